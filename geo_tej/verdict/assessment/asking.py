"""The one way from layers to verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from geo_tej.errors import QuestionError
from geo_tej.measure import MOST_TOLERANCE_M
from geo_tej.rules import Questions
from geo_tej.verdict.assessment.value import Assessment
from geo_tej.verdict.evidence import Met, meet_layers, weigh
from geo_tej.verdict.judge import judge
from geo_tej.verdict.question import batch_of, day_of, pathways_of, require_project, stated_facts, uses_of
from geo_tej.verdict.robust.nouns import tolerances
from geo_tej.verdict.steps import AFRESH, Steps
from geo_tej.verdict.table import match, tabulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import geopandas as gpd

    from geo_tej.model import Decision, Project, Rule
    from geo_tej.verdict.question import Names


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
        from geo_tej.verdict.robust.search import robustness  # noqa: PLC0415  not woken in vain

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
