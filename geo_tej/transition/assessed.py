"""Everything about the ways out of a project's enterprises, from one assessment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.errors import QuestionError, choices
from geo_tej.model import OUTCOMES, Outcome
from geo_tej.transition.holdings import Holdings, area_m2, holdings
from geo_tej.transition.priority import Priority, priorities
from geo_tej.transition.quota import Claim, claims
from geo_tej.transition.routes import Judged, Standing, judge_routes, together
from geo_tej.transition.supplement import Estimate, estimate
from geo_tej.verdict.assumed import Assumed, assumed_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo_tej.model import Rule, StatusEvent
    from geo_tej.verdict import Assessment


@dataclass(frozen=True, kw_only=True, eq=False)
class Transition:
    """Routes, supplements, quota, priority and progress of all enterprises; enterprises are told by their place.

    `ground` are the parcels of each enterprise that were assessed, with their areas in m²; `needs_m2` what each needs
    elsewhere (None: not known) of `available_m2`, the quota of the year of the day asked of (None: nobody said).
    """

    assessment: Assessment
    held: Holdings
    routes: tuple[Judged, ...]
    priority: tuple[Priority, ...]
    ground: Mapping[str, Mapping[str, float]]
    needs_m2: tuple[float | None, ...]
    available_m2: float | None
    events: tuple[StatusEvent, ...] = ()

    @property
    def firms(self) -> list[str]:
        """The enterprises' ids."""
        return [str(name) for name in self.assessment.project.enterprises.index]

    def firm(self, name: str) -> int:
        """Return the place of an enterprise.

        Raises
        ------
        QuestionError
            If there is none of that id.
        """
        if name not in self.firms:
            message = f"enterprise {name!r} is not in the project; {choices(name, self.firms)}"
            raise QuestionError(message)
        return self.firms.index(name)

    @cached_property
    def order(self) -> list[int]:
        """The enterprises in the order of priority, ties by id."""
        return sorted(
            range(len(self.firms)),
            key=lambda firm: (self.priority[firm].best_rank, self.priority[firm].worst_rank, self.firms[firm]),
        )

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """The rules in force, by id."""
        return self.assessment.rules_by_id

    def assumed(self, firm: int | None = None) -> list[Assumed]:
        """Return what the question assumes of all enterprises, or of one, beside what is recorded of each.

        Of an enterprise on several parcels it is the first record that differs, else the first there is.
        """
        stated, firms = self.assessment.facts, range(len(self.firms)) if firm is None else [firm]
        recorded = {
            name: np.fromiter(
                (_record(self.held.recorded[name].iloc[self.held.of(each)], value) for each in firms), object
            )
            for name, value in stated.items()
        }
        return assumed_of(self.assessment.project.rulebook, stated, recorded, len(firms))

    def standing(self, firm: int, judged: Judged) -> Standing:
        """Say how a route stands for an enterprise."""
        return together(judged.standing[self.held.of(firm)])

    def span(self, firm: int, judged: Judged) -> tuple[Outcome, Outcome]:
        """Return a route's mildest and strictest over an enterprise's parcels; unknown where none was assessed."""
        own = self.held.of(firm)
        least, most = Outcome(int(judged.least[own].min())), Outcome(int(judged.most[own].max()))
        if least != most and (self.held.parcel[own] < 0).all():
            return Outcome.UNKNOWN, Outcome.UNKNOWN
        return least, most

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row an enterprise x route: how it stands, and its range over the parcels."""
        rows = [
            {
                "enterprise_id": name,
                "route": judged.route.id,
                "standing": self.standing(firm, judged).name.lower(),
                "at_least": OUTCOMES[self.span(firm, judged)[0]],
                "at_most": OUTCOMES[self.span(firm, judged)[1]],
            }
            for firm, name in enumerate(self.firms)
            for judged in self.routes
        ]
        columns = ["enterprise_id", "route", "standing", "at_least", "at_most"]
        return pd.DataFrame(rows, columns=columns)

    def chosen(self, firm: int) -> str:
        """Return the route that was chosen for an enterprise, nothing where none was."""
        enterprises = self.assessment.project.enterprises
        value = enterprises["route"].iloc[firm] if "route" in enterprises else None
        return value if isinstance(value, str) else ""

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Those who relocate: for whom it was chosen, and for whom, with nothing chosen, every other way is barred."""
        away = [judged for judged in self.routes if judged.route.quota]
        others = [judged for judged in self.routes if not judged.route.quota]
        why: dict[int, str] = {}
        for firm in range(len(self.firms)):
            chosen = self.chosen(firm)
            if chosen in [judged.route.id for judged in away]:
                why[firm] = "chosen"
            elif (
                not chosen
                and others
                and all(self.standing(firm, judged) == Standing.BARRED for judged in others)
                and any(self.standing(firm, judged) != Standing.BARRED for judged in away)
            ):
                why[firm] = "only_way"
        return claims({firm: self.needs_m2[firm] for firm in why}, why, self.priority, self.available_m2)

    def estimates(self, firm: int, judged: Judged) -> dict[str, tuple[Estimate, ...]]:
        """Return, a parcel each on which the route is not barred, the supplement of every use that may still come."""
        if not judged.route.supplement:
            return {}
        assessment, held = self.assessment, self.held
        uses = assessment.project.rulebook.uses
        found = {}
        for row in held.of(firm):
            if held.parcel[row] < 0 or judged.standing[row] == Standing.BARRED:
                continue
            place = int(held.parcel[row])
            parcel = assessment.parcels.iloc[place]
            size, kind = area_m2(assessment, place)
            found[held.parcel_id[row]] = tuple(
                estimate(
                    assessment.project.transition, assessment.project.rulebook, uses[use], area_m2=size, area_is=kind,
                    scheme=_text(parcel.get("land_use_scheme")), code=_text(parcel.get("land_use_code")),
                    term_end=held.term_end[row],
                )
                for number, use in enumerate(judged.uses)
                if judged.use_least[row, number] != Outcome.PROHIBITED
            )  # fmt: skip
        return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def transition(assessment: Assessment, *, events: Sequence[StatusEvent] = ()) -> Transition:
    """Say which ways out each enterprise of a project has.

    Pure in the assessment, whose parcels must hold the enterprises' ground; an enterprise on ground that was not
    assessed has every route open.
    """
    held = holdings(assessment)
    project = assessment.project
    ground = _ground(assessment, held)
    needs = tuple(_need_m2(assessment, held, ground, firm) for firm in range(len(project.enterprises)))
    quota = [each.area_m2 for each in project.transition.quota if each.year == assessment.on.year]
    available = sum(quota) if quota else None
    return Transition(
        assessment=assessment,
        held=held,
        routes=judge_routes(assessment, held, needs_m2=np.array(needs, dtype=float), available_m2=available),
        priority=priorities(assessment, held, project.transition.weights),
        ground=ground,
        needs_m2=needs,
        available_m2=available,
        events=tuple(events),
    )


def _ground(assessment: Assessment, held: Holdings) -> dict[str, dict[str, float]]:
    return {
        str(name): {
            held.parcel_id[row]: area_m2(assessment, int(held.parcel[row]))[0]
            for row in held.of(firm)
            if held.parcel[row] >= 0
        }
        for firm, name in enumerate(assessment.project.enterprises.index)
    }


def _need_m2(
    assessment: Assessment, held: Holdings, ground: Mapping[str, Mapping[str, float]], firm: int
) -> float | None:
    """Return what an enterprise needs elsewhere: as stated (`relocation_m2`), else as much as it owns.

    Not known (None) for tenants, whose part of a parcel nobody has drawn, and without any parcel.
    """
    enterprises = assessment.project.enterprises
    if "relocation_m2" in enterprises:
        stated = float(pd.to_numeric(enterprises["relocation_m2"], errors="coerce").iloc[firm])
        if np.isfinite(stated) and stated >= 0:
            return stated
    own = held.of(firm)
    if (held.parcel[own] < 0).any() or any(held.relation[row] != "owner" for row in own):
        return None
    return sum(ground[str(enterprises.index[firm])].values())


def _record(records: pd.Series, stated: object) -> object:
    """Return the record that tells most against a stated value: one that differs, else one there is, else None."""
    known = records[records.notna()]
    other = known[known != stated]
    return next(iter([*other, *known]), None)
