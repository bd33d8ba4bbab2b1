"""How each route stands for each enterprise: the same three-valued honesty as verdicts, and what would settle it.

A route is first a permission: one whose text nobody has checked counts as absent. Then it is as good as the mildest
of its uses on the ground, and its reasons raise it: what surely holds raises `least`, what may hold raises `most`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.model import Outcome, Pathway, State
from geo_tej.rules import MAYBE, NO, SPEAKS_NOT, YES, Questions, matches, missing_facts, truth
from geo_tej.verdict.cause import Cause
from geo_tej.verdict.judge import judge
from geo_tej.verdict.table import tabulate

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from geo_tej.model import Criterion, Route, RouteReason, Rulebook
    from geo_tej.transition.holdings import Holdings
    from geo_tej.verdict import Assessment
    from geo_tej.verdict.judge import Judgement

CEILING = {"bars": Outcome.PROHIBITED, "conditions": Outcome.CONDITIONAL, "leaves_open": Outcome.PROHIBITED}
"""How far a reason can raise a route."""


class Standing(IntEnum):
    """How a route stands: on one parcel never PARTLY, which says that an enterprise's parcels part."""

    ADMISSIBLE = 0
    CONDITIONAL = 1
    OPEN = 2
    PARTLY = 3
    BARRED = 4


STANDINGS = tuple(standing.name.lower() for standing in Standing)


@dataclass(frozen=True)
class Question:
    """What keeps a route open: a cause of the route itself, or (`use`) of the use that is nearest to an answer."""

    cause: Cause
    use: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """One route, a row a holding: the span, what holds it open, and how far each reason holds (NO, MAYBE, YES)."""

    route: Route
    least: NDArray[np.int8]
    most: NDArray[np.int8]
    open: tuple[tuple[Question, ...], ...]
    reasons: tuple[tuple[RouteReason, NDArray[np.int8]], ...]
    use_least: NDArray[np.int8]
    use_most: NDArray[np.int8]
    uses: tuple[str, ...]

    @cached_property
    def standing(self) -> NDArray[np.int8]:
        """How the route stands on each holding."""
        known = np.array([Standing.ADMISSIBLE, Standing.CONDITIONAL, Standing.BARRED], np.int8)[self.least]
        return np.where(self.least == self.most, known, np.int8(Standing.OPEN))


def together(standings: NDArray[np.int8]) -> Standing:
    """Say how a route stands for an enterprise, from how it stands on its parcels.

    >>> together(np.array([0, 1])).name, together(np.array([1, 2])).name, together(np.array([1, 4])).name
    ('CONDITIONAL', 'OPEN', 'PARTLY')
    >>> together(np.array([4, 4])).name, together(np.array([2, 4])).name
    ('BARRED', 'PARTLY')
    """
    barred = standings == Standing.BARRED
    if barred.any() and not barred.all():
        return Standing.PARTLY
    return Standing(int(standings.max()))


def judge_routes(
    assessment: Assessment, held: Holdings, *, needs_m2: NDArray[np.float64], available_m2: float | None
) -> tuple[Judged, ...]:
    """Judge every route that is law on the day, on every holding.

    `needs_m2` is what each enterprise needs elsewhere (NaN: not known) of `available_m2` (None: nobody said).
    """
    routes = _in_force(assessment.project.rulebook, assessment.on)
    acting = [route for route in routes if route.actions]
    asked = Questions(
        uses=assessment.questions.uses,
        pathways=tuple(Pathway(id=route.id, title=route.title, actions=route.actions) for route in acting),
    )
    verdicts = None
    if acting:
        rulebook, evidence = assessment.project.rulebook, assessment.evidence
        table = tabulate(rulebook, assessment.rules, evidence.keys, asked)
        verdicts = judge(evidence, rulebook, table, decisions=assessment.decisions)
    place = {route.id: number for number, route in enumerate(acting)}
    need = needs_m2[held.firm]
    found = []
    for route in routes:
        span = _Span(len(held))
        if route.quota:
            _hear_quota(span, need, available_m2)
        found.append(_judge(span, assessment, held, route, place.get(route.id), asked, verdicts))
    return tuple(found)


def _in_force(rulebook: Rulebook, day: date) -> list[Route]:
    """Return the routes that are law on a day with those of their reasons that are, as they count on it."""
    found = []
    for route in rulebook.routes.values():
        if route.holds_on(day):
            reasons = tuple(rulebook.as_read(each, day) for each in route.reasons if each.holds_on(day))
            found.append(replace(rulebook.as_read(route, day), reasons=reasons))
    return found


def _hear_quota(span: _Span, need: NDArray[np.float64], available_m2: float | None) -> None:
    """Raise a route that needs land elsewhere: who reaches it is for the ledger, so it is conditional at best."""
    everyone = np.ones(len(need), dtype=bool)
    span.surely(everyone, Outcome.CONDITIONAL)
    if available_m2 is None:
        span.perhaps(Question(Cause(kind="quota")), everyone, Outcome.PROHIBITED)
        return
    span.surely(need > available_m2, Outcome.PROHIBITED)
    span.perhaps(Question(Cause(kind="need")), np.isnan(need), Outcome.PROHIBITED)


class _Span:
    """The span of one route, raised bit by bit."""

    def __init__(self, count: int) -> None:
        self.least = np.zeros(count, np.int8)
        self.most = np.zeros(count, np.int8)
        self.doubts: list[tuple[Question, NDArray[np.bool_], NDArray[np.int8]]] = []

    def surely(self, where: NDArray[np.bool_], outcome: int | NDArray[np.int8]) -> None:
        raised = np.where(where, np.asarray(outcome, np.int8), np.int8(0))
        self.least = np.maximum(self.least, raised)
        self.most = np.maximum(self.most, raised)

    def perhaps(self, question: Question, where: NDArray[np.bool_], ceiling: int | NDArray[np.int8]) -> None:
        raised = np.where(where, np.asarray(ceiling, np.int8), np.int8(0))
        self.most = np.maximum(self.most, raised)
        self.doubts.append((question, where, raised))

    def doubted(self) -> tuple[tuple[Question, ...], ...]:
        """Return what holds each row open: only doubts that could raise it."""
        found: list[dict[Question, None]] = [{} for _ in self.least]
        for question, where, ceiling in self.doubts:
            for row in np.flatnonzero(where & (ceiling > self.least)):
                found[row][question] = None
        return tuple(tuple(sorted(each, key=_order)) for each in found)


def _order(question: Question) -> tuple[str, str, str, str]:
    cause = question.cause
    return question.use, cause.kind, cause.layer or "", cause.name or ""


def _judge(  # noqa: PLR0913  the route, where, and what is known of uses there
    span: _Span,
    assessment: Assessment,
    held: Holdings,
    route: Route,
    place: int | None,
    asked: Questions,
    verdicts: Judgement | None,
) -> Judged:
    everywhere = np.ones(len(held), dtype=bool)
    if not route.verified:
        span.perhaps(Question(Cause(kind="unverified", name=route.id)), everywhere, Outcome.PROHIBITED)
    span.perhaps(Question(Cause(kind="geometry")), held.parcel < 0, Outcome.PROHIBITED)
    uses = tuple(number for number, use in enumerate(asked.uses) if use.id in route.uses)
    least = np.zeros((len(held), len(uses)), np.int8)
    most = np.full((len(held), len(uses)), Outcome.PROHIBITED, np.int8)
    if place is not None and verdicts is not None:
        columns = np.array([number * len(asked.pathways) + place for number in uses], dtype=np.intp)
        least, most = _hear_uses(span, held, asked, uses, columns, verdicts)
    reasons = [(reason, _hear(span, assessment, held, route, reason)) for reason in route.reasons]
    return Judged(
        route=route, least=span.least, most=span.most, open=span.doubted(), reasons=tuple(reasons),
        use_least=least, use_most=most, uses=tuple(asked.uses[number].id for number in uses),
    )  # fmt: skip


def _hear_uses(  # noqa: PLR0913  a span, and the verdicts of some uses on some ground
    span: _Span,
    held: Holdings,
    asked: Questions,
    uses: tuple[int, ...],
    columns: NDArray[np.intp],
    verdicts: Judgement,
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Raise a route to the mildest of its uses; where that is open, ask what the use nearest to an answer asks."""
    on_ground = held.parcel >= 0
    least = np.zeros((len(held), len(columns)), np.int8)
    most = np.full((len(held), len(columns)), Outcome.PROHIBITED, np.int8)
    rows, parcels = np.flatnonzero(on_ground), held.parcel[on_ground]
    least[rows] = verdicts.least[np.ix_(parcels, columns)]
    most[rows] = verdicts.most[np.ix_(parcels, columns)]
    if not len(columns):  # none of the uses that are asked of can come by this route
        span.surely(np.ones(len(held), dtype=bool), Outcome.PROHIBITED)
        return least, most
    span.surely(on_ground, least.min(axis=1))
    best = most.min(axis=1)
    asked_of: dict[Question, list[int]] = {}
    for row in rows[best[rows] > least.min(axis=1)[rows]]:
        hopeful = np.flatnonzero(least[row] == least[row].min())
        sets = [verdicts.open_sets[verdicts.open[held.parcel[row], columns[number]]] for number in hopeful]
        causes, number = min(zip(sets, hopeful, strict=True), key=lambda pair: len(pair[0]))
        for cause in causes:
            asked_of.setdefault(Question(cause, asked.uses[uses[number]].id), []).append(int(row))
    for question, where in asked_of.items():
        span.perhaps(question, np.isin(np.arange(len(held)), where), best)
    return least, most


def _hear(span: _Span, assessment: Assessment, held: Holdings, route: Route, reason: RouteReason) -> NDArray[np.int8]:
    """Raise a route by one reason; return how far the reason holds, a holding each."""
    on_ground, doubts = placed(assessment, held, reason)
    tested = truth(reason.when, held.facts)
    holds = np.minimum(on_ground, tested)
    if reason.effect not in CEILING:
        return holds
    ceiling = CEILING[reason.effect]
    if reason.effect == "leaves_open":
        name = f"{route.id}/{reason.id}"
        decided = _decided(assessment, held, name)
        span.surely((holds == YES) & (decided != SPEAKS_NOT), np.maximum(decided, 0))
        span.perhaps(Question(Cause(kind="officer", name=name)), (holds == YES) & (decided == SPEAKS_NOT), ceiling)
    elif reason.verified:
        span.surely(holds == YES, ceiling)
    else:
        span.perhaps(Question(Cause(kind="unverified", name=f"{route.id}/{reason.id}")), holds != NO, ceiling)
    for name, missing in missing_facts(reason.when, held.facts).items():
        span.perhaps(Question(Cause(kind="fact", name=name)), missing & (holds == MAYBE), ceiling)
    for cause, where in doubts.items():
        span.perhaps(Question(cause), where & (holds == MAYBE), ceiling)
    return holds


def _decided(assessment: Assessment, held: Holdings, name: str) -> NDArray[np.int8]:
    """Return what officers decided on what a route leaves open, a holding each; the latest counts."""
    said = {each.parcel: each.outcome for each in assessment.project.transition.decisions if each.rule == name}
    return np.array([said.get(parcel, SPEAKS_NOT) for parcel in held.parcel_id], np.int8)


def placed(
    assessment: Assessment, held: Holdings, reason: RouteReason | Criterion
) -> tuple[NDArray[np.int8], dict[Cause, NDArray[np.bool_]]]:
    """Tell, a holding each, whether its ground meets the zones that a reason speaks of, and what is not known."""
    count = len(held)
    if reason.layer is None:
        return np.full(count, YES, np.int8), {}
    evidence = assessment.evidence
    holds = np.full(len(assessment.parcels), NO, np.int8)
    doubts: dict[Cause, NDArray[np.bool_]] = {}
    for number, key in enumerate(evidence.keys):
        if key.layer != reason.layer or key.distance_m is not None:
            continue
        match, unknown = matches(reason, key.attributes)
        met = evidence.hits.parcel[evidence.hits.key == number]
        holds[met] = np.maximum(holds[met], match)
        for attribute in unknown:
            cause = Cause(kind="attribute", layer=reason.layer, name=attribute)
            doubts.setdefault(cause, np.zeros(len(holds), dtype=bool))[met] = True
    column = evidence.layers.index(reason.layer)
    layer = assessment.project.layers.get(reason.layer)
    unheard = evidence.states[:, column] == State.SILENT  # no rule speaks of it, so nobody asked where it was surveyed
    lacking = evidence.unsurveyed[:, column] | unheard | np.full(len(holds), layer is None or layer.fault is not None)
    holds = np.where(lacking, np.maximum(holds, MAYBE), holds).astype(np.int8)
    doubts[Cause(kind="layer", layer=reason.layer)] = lacking
    known = held.parcel >= 0
    rows = np.where(known, held.parcel, 0)
    return (
        np.where(known, holds[rows] if len(holds) else MAYBE, MAYBE).astype(np.int8),
        {cause: known & where[rows] for cause, where in doubts.items()} if len(holds) else {},
    )
