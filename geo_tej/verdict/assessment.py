"""The one way from layers to verdicts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_tej.errors import QuestionError, choices
from geo_tej.frames import categories
from geo_tej.measure import MOST_TOLERANCE_M
from geo_tej.model import LEVELS, OUTCOMES, SEMANTICS, STATES
from geo_tej.rules import Questions
from geo_tej.shown import table
from geo_tej.verdict.evidence import Evidence, Ledger, Met, meet_layers, weigh
from geo_tej.verdict.hairlines import hairlines
from geo_tej.verdict.judge import Judgement, fears, judge
from geo_tej.verdict.possible import Possible, possible
from geo_tej.verdict.question import batch_of, day_of, pathways_of, require_project, stated_facts, uses_of
from geo_tej.verdict.robust.nouns import Robustness, tolerances
from geo_tej.verdict.robust.search import robustness
from geo_tej.verdict.steps import AFRESH, Steps
from geo_tej.verdict.table import Findings, Table, assuming, find, match, tabulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_tej.model import Decision, Project, Rule
    from geo_tej.verdict.cause import Cause
    from geo_tej.verdict.key import Key
    from geo_tej.verdict.question import Names

NO_PLAN = "no plan in force"
"""In place of a layer and class: the boundary is the edge of what plans cover."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Assessment:
    """Verdicts of a batch of parcels, with everything they rest on.

    The frames are `verdicts` (a row a parcel, use and pathway), `findings` (the rules that speak, and where),
    `overlaps` and `dropped` (the ledger), and `layers` (the state of every layer at every parcel); they are made when
    they are asked for. `explain` says one verdict in words, `assessment_id` is a hash of all that the answers rest on.

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
        return _with_hairlines(self.ledger.frames.dropped, hairlines(self.project, self.parcels, self.evidence))

    @cached_property
    def assessment_id(self) -> str:
        """A hash of everything that the answers depend on."""
        tolerance_m = self.robust.tolerance_m if self.robust else {}
        return _identity(self.project, self.parcels, self.on, self.facts, self.decisions, tolerance_m)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """A row a parcel x use x pathway: span, outcome, open causes (a code into `open_sets`), areas and level.

        `possibly_prohibited_m2` is the ground that may be prohibited and may not, whatever the verdict of the parcel;
        the largest piece that remains is given as it surely is and, with that ground, as it possibly is.

        Where a tolerance was asked for, also whether the verdict is `stable` within it, or `changes_at_m` which
        error of a boundary (a lower bound, NaN where stable), and the layer and class of that `boundary`.
        """
        judged, asked = self.judgement, self.questions
        count, uses, pathways = len(self.parcels), len(asked.uses), len(asked.pathways)

        return pd.DataFrame(
            {
                "parcel_id": categories(
                    np.repeat(np.arange(count, dtype=np.int32), uses * pathways), self.parcels.index
                ),
                "use": categories(
                    np.tile(np.repeat(np.arange(uses, dtype=np.int16), pathways), count),
                    [u.id for u in asked.uses],
                    ordered=True,
                ),
                "pathway": categories(
                    np.tile(np.arange(pathways, dtype=np.int16), count * uses),
                    [p.id for p in asked.pathways],
                    ordered=True,
                ),
                "outcome": categories(judged.outcome, OUTCOMES, ordered=True),
                "at_least": categories(judged.least, OUTCOMES, ordered=True),
                "at_most": categories(judged.most, OUTCOMES, ordered=True),
                "open": _shared(judged.open),
                **{f"{name}_m2": _shared(judged.area_m2[code]) for code, name in enumerate(OUTCOMES)},
                "possibly_prohibited_m2": _shared(judged.feared_m2),
                "largest_remaining_m2": _shared(judged.largest_m2),
                "largest_possible_m2": _shared(judged.largest_possible_m2),
                "level": categories(judged.level, LEVELS, ordered=True),
                **({} if self.robust is None else _robust_columns(self.robust, self.evidence.keys)),
            },
            copy=False,
        )

    @property
    def open_sets(self) -> tuple[tuple[Cause, ...], ...]:
        """The sets of open causes that the codes of `verdicts.open` stand for."""
        return self.judgement.open_sets

    @cached_property
    def found(self) -> Findings:
        """What speaks on each parcel, in codes."""
        return find(self.evidence, self.table)

    @cached_property
    def _told(self) -> dict[int, tuple[Evidence, Findings]]:
        return {}

    def found_on(self, place: int) -> tuple[Evidence, Findings]:
        """Return the evidence of one parcel by itself, and what speaks on it."""
        if place not in self._told:
            self._told.clear()
            evidence = self.evidence.only(place)
            self._told[place] = evidence, find(evidence, self.table)
        return self._told[place]

    def feared_on(self, place: int) -> tuple[tuple[Cause, ...], ...]:
        """Return, a question each, why ground of one parcel may be prohibited that surely is not."""
        evidence, _ = self.found_on(place)
        judged = partial(fears, evidence, self.project.rulebook, self.table, self.decisions)
        return evidence.once("fears", judged, of=self.table)

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
        found, rules = self.found, self.rules
        rows = np.flatnonzero(found.is_rule)
        number, hit = found.speaker[rows], found.hit[rows]
        key = np.r_[self.evidence.hits.key, -1][hit]

        def of_rule(values: Iterable[Any], dtype: Any = object) -> np.ndarray:  # noqa: ANN401  numpy's own word
            return np.array([*values], dtype)[number]

        return pd.DataFrame(
            {
                "parcel_id": self.parcels.index.to_numpy()[found.parcel[rows]],
                "rule": of_rule(rule.id for rule in rules),
                "ref": of_rule(rule.ref for rule in rules),
                "layer": of_rule(rule.layer or "" for rule in rules),
                "zone_class": np.array([*(key.label for key in self.evidence.keys), ""], object)[key],
                "area_m2": found.area_m2[rows],
                "share": found.share[rows],
                "distance_m": np.r_[self.evidence.hits.distance_m, np.nan][hit],
                "outcome": of_rule(OUTCOMES[rule.outcome] for rule in rules),
                "binds": of_rule(rule.binds for rule in rules),
                "holds": found.holds[rows],
                "verified": of_rule((rule.verified for rule in rules), bool),
                "source": of_rule(rule.source for rule in rules),
                "article": of_rule(rule.article for rule in rules),
            }
        )

    @cached_property
    def layers(self) -> pd.DataFrame:
        """A row a parcel and layer of the rulebook: its state."""
        names = self.evidence.layers
        return pd.DataFrame(
            {
                "parcel_id": np.repeat(self.parcels.index.to_numpy(), len(names)),
                "layer": categories(np.tile(np.arange(len(names)), len(self.parcels)), names),
                "state": categories(self.evidence.states, STATES),
            }
        )

    def position(self, parcel: str) -> int:
        """Return the place of a parcel in the batch.

        Raises
        ------
        QuestionError
            If it was not assessed.
        """
        if parcel not in self.parcels.index:
            message = (
                f"parcel {parcel!r} was not assessed; {choices(str(parcel), self.parcels.index.astype(str).to_list())}"
            )
            raise QuestionError(message)
        return int(self.parcels.index.get_loc(parcel))


def assess(  # noqa: PLR0913  the question has these parts
    project: Project,
    *,
    parcels: gpd.GeoDataFrame | Names | None = None,
    uses: Iterable[str] | str | None = None,
    pathways: Iterable[str] | str | None = None,
    on: date | str | None = None,
    facts: Mapping[str, object] | None = None,
    tolerance: float | None = None,
    steps: Steps = AFRESH,
) -> Assessment:
    """Say for each parcel, use and pathway what the law lets come, as far as it is known.

    Pure in the batch: parcels given are judged by themselves, and nothing is read or written.

    Parameters
    ----------
    project
        The rulebook and the layers.
    parcels
        Ids of the project's own, one or several; or polygons indexed by `parcel_id` in the project's CRS, whose
        columns named like the rulebook's facts are read as those of files are. All of the project's unless given.
    uses, pathways
        Their ids (or a use's reference), one or several; all of the rulebook's unless given.
    on
        The day whose law applies, a date or its text like 2026-06-30; the manifest's unless given.
    facts
        Facts that the question states, for all its parcels.
    tolerance
        By how many metres boundaries may be wrong, for layers that do not say it themselves; the manifest's unless
        given. Asks how robust verdicts are (`Assessment.robust`); 0 does not.
    steps
        Who does the costly steps: whoever remembers an earlier assessment needs to do less.

    Raises
    ------
    QuestionError
        If a parcel is not in the project, a use, pathway or fact not in the rulebook, the day is none, or the
        tolerance is no length.
    FrameError, CRSError
        If the parcels are unfit, not in the project's CRS or far from its ground, or a fact among their columns
        cannot be read.
    """
    asked = prepare(
        project, parcels=parcels, uses=uses, pathways=pathways, on=on, facts=facts, tolerance=tolerance, steps=steps
    )
    return assess_met(asked)


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A question that has been checked, and what its parcels meet."""

    project: Project
    parcels: gpd.GeoDataFrame
    questions: Questions
    on: date
    facts: Mapping[str, object]
    rules: tuple[Rule, ...]
    met: Met
    tolerance: float | None
    tolerance_m: Mapping[str, float]
    steps: Steps


def prepare(  # noqa: PLR0913  the question has these parts
    project: Project,
    *,
    parcels: gpd.GeoDataFrame | Names | None = None,
    uses: Iterable[str] | str | None = None,
    pathways: Iterable[str] | str | None = None,
    on: date | str | None = None,
    facts: Mapping[str, object] | None = None,
    tolerance: float | None = None,
    steps: Steps = AFRESH,
) -> Prepared:
    """Check a question as `assess` does, and overlap its parcels with the layers."""
    rulebook = require_project(project).rulebook
    batch = batch_of(project, parcels)
    asked = Questions(uses=uses_of(rulebook, uses), pathways=pathways_of(rulebook, pathways))
    stated = stated_facts(rulebook, facts)
    day = project.on if on is None else day_of(on)
    if isinstance(tolerance, bool) or (tolerance is not None and not 0 <= tolerance <= MOST_TOLERANCE_M):
        message = f"tolerance {tolerance}: must be a length in metres, from 0 to {MOST_TOLERANCE_M:g}"
        raise QuestionError(message)
    rules = rulebook.on(day)
    return Prepared(
        project=project,
        parcels=batch,
        questions=asked,
        on=day,
        facts=stated,
        rules=rules,
        met=meet_layers(project, batch, rules, steps),
        tolerance=project.tolerance_m if tolerance is None else tolerance,
        tolerance_m=tolerances(project, tolerance),
        steps=steps,
    )


def assess_met(asked: Prepared) -> Assessment:
    """Assess parcels that have been overlapped: the rest of `assess`."""
    project, parcels, rules = asked.project, asked.parcels, asked.rules
    evidence = weigh(project, parcels, rules, asked.facts, asked.met, asked.steps)
    decisions = _decisions(project, parcels)
    law = project.once("law", lambda: match(project.rulebook, rules, evidence.keys), of=(rules, evidence.keys))
    table = tabulate(project.rulebook, rules, evidence.keys, asked.questions, law=law)
    judgement = judge(evidence, project.rulebook, table, decisions=decisions, steps=asked.steps)
    robust = None
    if asked.tolerance_m:
        robust = robustness(
            project, parcels.geometry.to_numpy(), evidence, table, judgement,
            tolerance_m=asked.tolerance_m, default_m=asked.tolerance, decisions=decisions,
        )  # fmt: skip
    return Assessment(
        project=project,
        on=asked.on,
        facts=asked.facts,
        questions=asked.questions,
        rules=rules,
        parcels=parcels,
        evidence=evidence,
        table=table,
        judgement=judgement,
        ledger=asked.met.ledger,
        decisions=decisions,
        robust=robust,
    )


def _with_hairlines(dropped: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """Return what thresholds dropped with the gaps; ground that a threshold took is told already."""
    told = pd.MultiIndex.from_frame(dropped[["parcel_id", "layer"]])
    gaps = gaps[~pd.MultiIndex.from_frame(gaps[["parcel_id", "layer"]]).isin(told)]
    if gaps.empty:
        return dropped
    return pd.concat([dropped, gaps], ignore_index=True) if len(dropped) else gaps.reset_index(drop=True)


def assume(assessment: Assessment, parcel: str, attribute: tuple[str, str], value: str) -> Judgement:
    """Judge one parcel again as if an unknown attribute of a layer had this value."""
    evidence = assessment.evidence.only(assessment.position(parcel))
    table = assuming(assessment.table, {attribute: value})
    return judge(evidence, assessment.project.rulebook, table, decisions=assessment.decisions)


def suppose(assessment: Assessment, parcel: str, fact: str, value: str) -> Judgement:
    """Judge one parcel again as if an unknown fact had this value."""
    evidence = assessment.evidence.only(assessment.position(parcel))
    evidence = replace(evidence, known=evidence.known.stating(fact, value))
    return judge(evidence, assessment.project.rulebook, assessment.table, decisions=assessment.decisions)


def _robust_columns(robust: Robustness, keys: Sequence[Key]) -> dict[str, Any]:
    """Return the columns of verdicts that tell how robust they are."""
    names = [*dict.fromkeys(f"{key.layer}: {key.label}" for key in keys), NO_PLAN]
    place = {name: number for number, name in enumerate(names)}
    code = np.array([*(place[f"{key.layer}: {key.label}"] for key in keys), len(names) - 1, -1])
    return {
        "stable": _shared(robust.stable),
        "changes_at_m": _shared(np.where(np.isfinite(robust.distance_m), robust.distance_m, np.float32(np.nan))),
        "boundary": categories(code[robust.boundary], names),
    }


def _shared(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return a table of numbers as one long column that shares its memory and cannot be written to."""
    column = numbers.reshape(-1)
    column.flags.writeable = False
    return column


def _decisions(project: Project, batch: gpd.GeoDataFrame) -> tuple[Decision, ...]:
    """Return the decisions on parcels of a batch; ground that only bears a parcel's name was not decided on."""
    found = []
    for decision in project.decisions:
        ours, theirs = (frame.index.get_indexer([decision.parcel])[0] for frame in (project.parcels, batch))
        if min(ours, theirs) >= 0:
            left, right = project.parcels.geometry.iloc[ours], batch.geometry.iloc[theirs]
            if left is right or shapely.equals_identical(left, right):
                found.append(decision)
    return tuple(found)


def _identity(  # noqa: PLR0913  what the answers depend on
    project: Project,
    parcels: gpd.GeoDataFrame,
    day: date,
    facts: Mapping[str, object],
    decisions: tuple[Decision, ...],
    tolerance_m: Mapping[str, float],
) -> str:
    """Hash what the answers depend on: CRS, columns, geometry, rulebook, day, facts, and the semantics of answering.

    Sign-offs, decisions and tolerances are part of it where there are any.
    """
    digest = hashlib.sha256()
    head = project.once("identity", lambda: _identity_of(project)) | {
        "on": _written(day.isoformat()),
        "facts": _written({name: str(facts[name]) for name in facts}),
    }
    if decisions:
        head["decided"] = _written([astuple(each) for each in decisions])
    if tolerance_m:
        head["tolerance"] = _written(dict(sorted(tolerance_m.items())))
    parts = ", ".join(f'"{name}": {head[name]}' for name in sorted(head))
    digest.update(f"{{{parts}}}".encode())
    columns = [name for name in (*project.rulebook.facts, "registered_m2") if name in parcels.columns]
    digest.update(pd.DataFrame(parcels[columns]).astype(str).to_csv().encode())
    for shape in shapely.to_wkb(parcels.geometry.to_numpy()):
        digest.update(len(shape or b"").to_bytes(8, "little") + (shape or b""))
    return digest.hexdigest()[:16]


def _identity_of(project: Project) -> dict[str, str]:
    """Return the parts of an identity that are the same for all questions, each written out."""
    head: dict[str, Any] = {
        "semantics": SEMANTICS,
        "crs": project.crs.to_wkt(),
        "rulebook": project.rulebook.sha256,
        "scenario": project.scenario,
        "layers": {
            name: [
                layer.provenance.sha256, layer.fault is not None, sorted(layer.classes), str(layer.thresholds),
                layer.extent.wkb_hex if layer.extent is not None else None,
            ]
            for name, layer in sorted(project.layers.items())
            if layer.role in ("zones", "objects", "raster", "buildings", "area")
        },
    }  # fmt: skip
    signed = {rule.id: [astuple(each) for each in rule.signoffs] for rule in project.rulebook.rules if rule.signoffs}
    if signed:
        head["signed"] = signed
    return {name: _written(value) for name, value in head.items()}


def _written(value: Any) -> str:  # noqa: ANN401  what JSON holds
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
