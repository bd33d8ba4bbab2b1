"""The assessment of a batch of parcels: verdicts, and everything they rest on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.errors import QuestionError, choices
from geo_tej.model import OUTCOMES
from geo_tej.shown import table
from geo_tej.verdict.assessment.frames import (
    findings_frame,
    grounds_frame,
    layers_frame,
    verdicts_frame,
    with_hairlines,
)
from geo_tej.verdict.assessment.identity import identity
from geo_tej.verdict.evidence import Standing
from geo_tej.verdict.hairlines import hairlines
from geo_tej.verdict.judge import Judgement, fears, heard_on
from geo_tej.verdict.possible import Possible, possible
from geo_tej.verdict.precedence import found_in
from geo_tej.verdict.standing import UnderBuildings, under_buildings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from geo_tej.model import Decision, Project, Rule
    from geo_tej.rules import Questions
    from geo_tej.verdict.cause import Cause
    from geo_tej.verdict.evidence import Evidence, Ledger
    from geo_tej.verdict.hearing import Heard
    from geo_tej.verdict.robust.nouns import Robustness
    from geo_tej.verdict.table import Findings, Table


@dataclass(frozen=True, kw_only=True, eq=False)
class Assessment:
    """Verdicts of a batch of parcels, with everything they rest on.

    The frames are `verdicts` (a row a parcel, use and pathway), `grounds` (the areas that these point to), `findings`
    (the rules that speak, and where), `overlaps` and `dropped` (the ledger), and `layers` (the state of every layer at
    every parcel); they are made when they are asked for. `explain` says one verdict in words, `assessment_id` is a
    hash of all that the answers rest on.

    `robust` is None unless a tolerance was asked for (`assess(..., tolerance=5)`, or the manifest's). It then holds, a
    parcel and question each, whether a verdict is `stable` if boundaries are off by as much as the tolerances of their
    layers, else `distance_m`, the least movement in m that may change it, and `boundary`, which one; `verdicts` has
    them as the columns `stable`, `changes_at_m` and `boundary`.
    """

    project: Project
    on: date
    facts: Mapping[str, object]
    questions: Questions
    rules: tuple[Rule, ...]
    parcels: gpd.GeoDataFrame
    evidence: Evidence
    table: Table
    judgement: Judgement
    ledger: Ledger
    decisions: tuple[Decision, ...] = ()
    robust: Robustness | None = None

    def __repr__(self) -> str:
        """Say what was asked, in a line."""
        asked = f"{len(self.questions.uses)} uses x {len(self.questions.pathways)} pathways"
        where = self.project.title[self.project.language]
        return f"<Assessment {where!r} on {self.on.isoformat()}: {len(self.parcels)} parcels x {asked}>"

    def _repr_html_(self) -> str:
        """Say it in a notebook: a line, and how many verdicts there are of each outcome, a row a pathway."""
        rows = [
            (pathway.id, *map(str, np.bincount(outcome, minlength=len(OUTCOMES))))
            for pathway, outcome in zip(self.questions.pathways, self._outcomes_by_pathway(), strict=True)
        ]
        return table(repr(self), ("pathway", *OUTCOMES), rows)

    def _outcomes_by_pathway(self) -> list[NDArray[np.int8]]:
        ways = len(self.questions.pathways)
        outcome = self.judgement.outcome.reshape(len(self.parcels), -1)
        return [outcome[:, way::ways].ravel() for way in range(ways)]

    @property
    def overlaps(self) -> pd.DataFrame:
        """How much of each parcel lies in which class of zone."""
        return self.ledger.frames.kept

    @cached_property
    def dropped(self) -> pd.DataFrame:
        """The overlaps that a threshold kept out, and the gaps that are too narrow to count."""
        return with_hairlines(self.ledger.frames.dropped, hairlines(self.project, self.parcels, self.evidence))

    @cached_property
    def assessment_id(self) -> str:
        """A hash of everything that the answers depend on."""
        tolerance_m = self.robust.tolerance_m if self.robust else {}
        return identity(self.project, self.parcels, self.on, self.facts, self.decisions, tolerance_m)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """A row a parcel x use x pathway: span, outcome, level, and codes of what stands behind many of them.

        `open` are codes into `open_sets`, the causes that leave a verdict open, and `ground` are rows of `grounds`:
        `assessment.verdicts.join(assessment.grounds, on="ground")` has the areas beside each verdict.

        Where a tolerance was asked for, also whether the verdict is `stable` within it, or `changes_at_m` which
        error of a boundary (a lower bound, NaN where stable), and the layer and class of that `boundary`.
        """
        return verdicts_frame(self.parcels.index, self.questions, self.judgement, self.robust, self.evidence.keys)

    @cached_property
    def grounds(self) -> pd.DataFrame:
        """How the ground of parcels is shared out, in m²: by outcome, and the largest pieces.

        `possibly_prohibited_m2` is the ground that may be prohibited and may not, whatever the verdict of the parcel;
        the largest piece that remains is given as it surely is and, with that ground, as it possibly is.
        """
        return grounds_frame(self.judgement)

    @property
    def open_sets(self) -> tuple[tuple[Cause, ...], ...]:
        """The sets of open causes that the codes of `verdicts.open` stand for."""
        return self.judgement.open_sets

    @cached_property
    def found(self) -> Findings:
        """What speaks on each parcel, in codes."""
        return found_in(self.evidence, self.project.rulebook, self.table)

    @cached_property
    def _told(self) -> dict[int, tuple[Evidence, Findings]]:
        return {}

    def found_on(self, place: int) -> tuple[Evidence, Findings]:
        """Return the evidence of one parcel by itself, and what speaks on it."""
        if place not in self._told:
            self._told.clear()
            evidence = self.evidence.only(place)
            self._told[place] = evidence, found_in(evidence, self.project.rulebook, self.table)
        return self._told[place]

    def feared_on(self, place: int) -> tuple[tuple[Cause, ...], ...]:
        """Return, a question each, why ground of one parcel may be prohibited that surely is not."""
        evidence, heard = self._heard_on(place)
        return evidence.once("fears", partial(fears, heard, len(self.questions)), of=self.table)

    def under_buildings_on(self, place: int) -> UnderBuildings | None:
        """Return how much of the ground under the buildings of one parcel bars each question, or may.

        None where it is not known what stands there.
        """
        evidence, heard = self._heard_on(place)
        if evidence.built.standing[0] == Standing.UNKNOWN:
            return None
        return evidence.once("under buildings", partial(under_buildings, evidence, heard), of=self.table)

    def _heard_on(self, place: int) -> tuple[Evidence, Heard]:
        evidence, _ = self.found_on(place)
        return evidence, heard_on(evidence, self.project.rulebook, self.table, self.decisions)

    def possible_on(self, place: int) -> Possible:
        """Return the rules with sign-offs that may hold on one parcel, but not surely."""
        evidence, found = self.found_on(place)
        return evidence.once("possible", partial(possible, evidence, self.project.rulebook, found), of=self.table)

    @cached_property
    def possible(self) -> Possible:
        """The rules with sign-offs that may hold on each parcel, but not surely."""
        return possible(self.evidence, self.project.rulebook, self.found)

    @cached_property
    def rules_by_id(self) -> dict[str, Rule]:
        """The rules in force, by id."""
        return self.project.once("rules", lambda: {rule.id: rule for rule in self.rules}, of=self.rules)

    @cached_property
    def decided(self) -> dict[tuple[int, int], tuple[Decision, ...]]:
        """What officers decided, oldest first, by place of the parcel and question, where the rule speaks on it."""
        if not self.decisions:
            return {}
        numbers = {rule.id: number for number, rule in enumerate(self.rules)}
        ways = len(self.questions.pathways)
        found: dict[tuple[int, int], tuple[Decision, ...]] = {}
        for each in self.decisions:
            if each.rule not in numbers:
                continue
            for question in np.flatnonzero(self.table.said[numbers[each.rule]]).tolist():
                if self.questions.uses[question // ways].id == each.use:
                    key = (self.position(each.parcel), question)
                    found[key] = (*found.get(key, ()), each)
        return found

    def at(self, places: NDArray[np.intp]) -> Assessment:
        """Return the assessment of some of the parcels, as if only they had been asked for."""
        parcels = self.parcels.iloc[places]
        decisions = tuple(each for each in self.decisions if each.parcel in parcels.index)
        return replace(
            self,
            parcels=parcels,
            evidence=self.evidence.at(places),
            judgement=self.judgement.at(places),
            ledger=replace(self.ledger, of=parcels.index),
            decisions=decisions,
            robust=self.robust.at(places) if self.robust else None,
        )

    @cached_property
    def findings(self) -> pd.DataFrame:
        """A row a parcel and rule that speaks on it: layer, class, ground, whether it surely holds, and the law."""
        return findings_frame(self.parcels.index, self.rules, self.evidence, self.found)

    @cached_property
    def layers(self) -> pd.DataFrame:
        """A row a parcel and layer of the rulebook: its state."""
        return layers_frame(self.parcels.index, self.evidence)

    def position(self, parcel: str) -> int:
        """Return the place of a parcel in the batch.

        Raises
        ------
        QuestionError
            If it was not assessed.
        """
        index = self.parcels.index
        try:
            return int(index.get_loc(parcel))
        except KeyError as fault:
            message = f"parcel {parcel!r} was not assessed; {choices(str(parcel), index.astype(str).to_list())}"
            raise QuestionError(message) from fault
