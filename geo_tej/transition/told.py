"""The ways out as data: the contract that other programs hold on to. Its JSON Schema is shipped."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo_tej.model import OUTCOMES, Outcome
from geo_tej.rules import NO, YES, missing_facts
from geo_tej.transition.events import current, progress
from geo_tej.transition.holdings import enterprise_name
from geo_tej.transition.routes import STANDINGS, Standing
from geo_tej.transition.words import (
    ASSUMPTION_WORDS,
    FORMULA,
    MISSING_WORDS,
    missing_fact_words,
    open_words,
)
from geo_tej.verdict.cause import missing
from geo_tej.verdict.words import cause_words, unchecked_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Decision, RouteReason
    from geo_tej.transition.assessed import Transition
    from geo_tej.transition.routes import Judged
    from geo_tej.transition.supplement import Estimate

Strict = ConfigDict(extra="forbid")
StandingWord = Literal["admissible", "conditional", "open", "partly", "barred"]
OutcomeWord = Literal["permitted", "conditional", "prohibited"]


class RulebookPart(BaseModel):
    """Which law was applied."""

    model_config = Strict
    id: str
    version: str
    sha256: str


class RouteDecisionPart(BaseModel):
    """What an officer decided on what a route leaves open, on one parcel: it stands beside the reason."""

    model_config = Strict
    parcel: str
    decision: OutcomeWord
    reason: str
    officer: str
    date: str
    document: str


class ReasonPart(BaseModel):
    """A reason that holds, or may hold, on some of the enterprise's parcels."""

    model_config = Strict
    id: str
    effect: Literal["bars", "conditions", "leaves_open", "for", "against"]
    holds: Literal["yes", "maybe"]
    words: str
    source: str
    article: str
    verified: bool
    parcels: list[str]
    decisions: list[RouteDecisionPart]


class OpenPart(BaseModel):
    """What keeps a route open on some parcels, and what would settle it; `fact` can be stated by `--fact`."""

    model_config = Strict
    what: str
    settled_by: str
    kind: str
    fact: str | None
    use: str | None
    parcels: list[str]


class ValuePart(BaseModel):
    """A land value per m²."""

    model_config = Strict
    value: float
    date: str
    term_years: float | None
    source: str
    licence: str


class EstimatePart(BaseModel):
    """A supplement of one parcel and use: the amount with its inputs, or null with what is missing."""

    model_config = Strict
    parcel: str
    use: str
    amount: float | None
    floored: bool
    area_m2: float | None
    area_is: str
    old: ValuePart | None
    new: ValuePart | None
    old_years: float | None
    new_years: float | None
    old_factor: float
    new_factor: float
    longest_years: float | None
    missing: list[str]


class SupplementPart(BaseModel):
    """The range of supplements over the uses that may still come; null where nothing can be told of a parcel.

    It is over `estimated` of `uses` (parcel and use); what the others lack is in `missing`.
    """

    model_config = Strict
    currency: str
    estimated: int
    uses: int
    lowest: float | None
    highest: float | None
    formula: str
    assumptions: list[str]
    missing: list[str]
    estimates: list[EstimatePart]


class PossibleApprovalPart(BaseModel):
    """An approval that a route may need and may not, and what that hangs on."""

    model_config = Strict
    approval: str
    depends_on: list[str]


class RoutePart(BaseModel):
    """How one route stands for one enterprise; `one_question` where a single one would settle it."""

    model_config = Strict
    route: str
    standing: StandingWord
    at_least: OutcomeWord
    at_most: OutcomeWord
    parcels: dict[str, list[str]]
    uses: dict[str, dict[str, int]]
    reasons: list[ReasonPart]
    open: list[OpenPart]
    one_question: str | None
    approvals: list[str]
    possible_approvals: list[PossibleApprovalPart]
    supplement: SupplementPart | None


class ContributionPart(BaseModel):
    """What one criterion adds to a score."""

    model_config = Strict
    criterion: str
    weight: float
    at_least: float
    at_most: float
    missing: list[str]


class PriorityPart(BaseModel):
    """An enterprise's score and rank, or the spans of them, and the enterprises that tie with it."""

    model_config = Strict
    at_least: float
    at_most: float
    of: float
    best_rank: int
    worst_rank: int
    tied: list[str]
    contributions: list[ContributionPart]


class StatusPart(BaseModel):
    """The last step that an enterprise took by the day asked of."""

    model_config = Strict
    status: str
    since: str
    note: str
    officer: str


class EnterprisePart(BaseModel):
    """One enterprise and its ways out."""

    model_config = Strict
    id: str
    name: str
    parcels: dict[str, float]
    area_m2: float
    chosen: str
    status: StatusPart | None
    priority: PriorityPart
    routes: list[RoutePart]


class LawPart(BaseModel):
    """A route as the rulebook has it."""

    model_config = Strict
    id: str
    ref: str
    title: str
    words: str
    land: Literal["kept", "new_contract", "auction", "leaves"]
    source: str
    article: str
    verified: bool


class ClaimPart(BaseModel):
    """One enterprise that relocates, in the order of priority."""

    model_config = Strict
    enterprise: str
    why: Literal["chosen", "only_way"]
    need_m2: float | None
    fits: Literal["yes", "no", "open"]
    rivals: list[str]


class QuotaPart(BaseModel):
    """What those who relocate need against what is available in the year of the day asked of."""

    model_config = Strict
    year: int
    available_m2: float | None
    needed_m2: float
    need_unknown: list[str]
    short_m2: float | None
    entries: list[dict[str, Any]]
    claims: list[ClaimPart]


class ProgressPart(BaseModel):
    """Enterprises and ground by status on one day; the status "" has taken no step."""

    model_config = Strict
    date: str
    enterprises: dict[str, int]
    area_m2: dict[str, float]


class Report(BaseModel):
    """The ways out of a project's enterprises: the contract that other programs hold on to."""

    model_config = Strict
    schema_: Literal[1] = Field(1, alias="schema")
    transition_id: str
    assessment_id: str
    on: str
    rulebook: RulebookPart
    routes: list[LawPart]
    enterprises: list[EnterprisePart]
    quota: QuotaPart
    progress: list[ProgressPart]
    disclaimer: str


def schema() -> dict[str, Any]:
    """Return the report's JSON Schema."""
    return Report.model_json_schema(by_alias=True) | {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def report(told: Transition, *, language: Language, firms: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the ways out as plain data; `firms` limits the enterprises that are told of, not what is worked out."""
    assessment, rulebook = told.assessment, told.assessment.project.rulebook
    chosen = told.firms if firms is None else list(firms)
    reached = current(told.events, assessment.on)
    parts = []
    for name in chosen:
        firm = told.firm(name)
        ground = told.ground[name]
        event = reached.get(name)
        parts.append(
            EnterprisePart(
                id=name, name=enterprise_name(assessment.project, name), parcels=dict(ground),
                area_m2=round(sum(ground.values()), 4), chosen=told.chosen(firm),
                status=None if event is None else StatusPart(
                    status=event.status, since=event.date.isoformat(), note=event.note, officer=event.officer
                ),
                priority=priority_part(told, firm, language),
                routes=[route_part(told, firm, judged, language) for judged in told.routes],
            )
        )  # fmt: skip
    told_of = Report(
        schema=1, transition_id=identity(told), assessment_id=assessment.assessment_id, on=assessment.on.isoformat(),
        rulebook=RulebookPart(id=rulebook.id, version=rulebook.version, sha256=rulebook.sha256),
        routes=[
            LawPart(
                id=each.id, ref=each.ref, title=each.title[language], words=each.words[language], land=each.land,
                source=each.source, article=each.article, verified=each.verified,
            )
            for each in (judged.route for judged in told.routes)
        ],
        enterprises=parts, quota=quota_part(told, language), progress=progress_parts(told),
        disclaimer=rulebook.disclaimer[language],
    )  # fmt: skip
    return told_of.model_dump(mode="json", by_alias=True)


def identity(told: Transition) -> str:
    """Hash what the ways out depend on: the assessment, who sits where, values, quota, weights, steps, sign-offs."""
    project, rulebook = told.assessment.project, told.assessment.project.rulebook
    signed = [
        (route.id, route.signoffs, [reason.signoffs for reason in route.reasons]) for route in rulebook.routes.values()
    ]
    people = [table.astype(str).to_csv() for table in (project.enterprises, project.occupancy)]
    depends = (told.assessment.assessment_id, people, replace(project.transition, events=None), told.events, signed)
    return hashlib.sha256(repr(depends).encode()).hexdigest()[:16]


def decisions_on(told: Transition, reason: str, firm: int) -> list[Decision]:
    """Return what officers decided on what a route leaves open, on an enterprise's parcels, oldest first."""
    its = {told.held.parcel_id[row] for row in told.held.of(firm)}
    decided = told.assessment.project.transition.decisions
    return [each for each in decided if each.rule == reason and each.parcel in its]


def route_part(told: Transition, firm: int, judged: Judged, language: Language) -> RoutePart:
    """Say how one route stands for one enterprise."""
    held = told.held
    own = held.of(firm)
    standings = judged.standing[own]
    reasons, approvals = [], []
    perhaps: dict[str, list[str]] = {}
    for reason, holds in judged.reasons:
        if (holds[own] == NO).all():
            continue
        sure = bool((holds[own] == YES).any())
        if sure and reason.verified:
            approvals += list(reason.approvals)
        else:
            for approval in reason.approvals:
                perhaps.setdefault(approval, []).extend(_depends_on(told, reason, own, language))
        reasons.append(
            ReasonPart(
                id=reason.id, effect=reason.effect, holds="yes" if sure else "maybe", words=reason.words[language],
                source=reason.source, article=reason.article, verified=reason.verified,
                parcels=[held.parcel_id[row] for row in own if holds[row] != NO],
                decisions=[
                    RouteDecisionPart(
                        parcel=each.parcel, decision=OUTCOMES[each.outcome], reason=each.reason, officer=each.officer,
                        date=each.date.isoformat(), document=each.document,
                    )
                    for each in decisions_on(told, f"{judged.route.id}/{reason.id}", firm)
                ],
            )
        )  # fmt: skip
    asked: dict[Any, list[str]] = {}
    for row in own:
        for question in judged.open[row]:
            asked.setdefault(question, []).append(held.parcel_id[row])
    opened: dict[tuple[str, str], OpenPart] = {}
    for question, where in asked.items():
        what, settled = open_words(told, question, language)
        if (what, settled) in opened:  # one text to be read, for the route and for a reason of it
            where = [*opened[what, settled].parcels, *where]  # noqa: PLW2901  the parcels of both
        opened[what, settled] = OpenPart(
            what=what, settled_by=settled, kind=question.cause.kind,
            fact=question.cause.name if question.cause.kind == "fact" else None, use=question.use or None,
            parcels=list(dict.fromkeys(where)),
        )  # fmt: skip
    barred = (standings == Standing.BARRED).all()
    needed = [] if barred else list(dict.fromkeys([*approvals, *judged.route.approvals]))
    return RoutePart(
        route=judged.route.id,
        standing=STANDINGS[told.standing(firm, judged)],
        at_least=OUTCOMES[int(judged.least[own].min())],
        at_most=OUTCOMES[int(judged.most[own].max())],
        parcels={
            name: [held.parcel_id[row] for row, each in zip(own, standings, strict=True) if each == code]
            for code, name in enumerate(STANDINGS)
            if code != Standing.PARTLY
        },
        uses=uses_by_group(told, firm, judged),
        reasons=reasons,
        open=list(opened.values()),
        one_question=next(iter(opened.values())).what if len(opened) == 1 else None,
        approvals=needed,
        possible_approvals=[
            PossibleApprovalPart(approval=name, depends_on=list(dict.fromkeys(hangs)))
            for name, hangs in perhaps.items()
            if name not in needed and not barred
        ],
        supplement=_supplement(told, firm, judged, language),
    )


def _depends_on(told: Transition, reason: RouteReason, own: NDArray[np.intp], language: Language) -> list[str]:
    """Say what leaves a reason open on an enterprise's parcels: facts that nobody told, a text that nobody checked."""
    rulebook = told.assessment.project.rulebook
    absent = [name for name, out in missing_facts(reason.when, told.held.facts).items() if out[own].any()]
    causes = dict.fromkeys(missing(rulebook, name) for name in absent)
    said = [cause_words(told.assessment.project, cause, {}, language)[0] for cause in causes]
    return said if reason.verified else [*said, reason.words[language] + unchecked_words(reason, language)]


def uses_by_group(told: Transition, firm: int, judged: Judged) -> dict[str, dict[str, int]]:
    """Count, a group of uses each, how many could come to at least one of the enterprise's parcels by a route.

    By the mildest that each can be: permitted, conditional, or open where it may still be either or barred.
    """
    if not judged.route.actions:
        return {}
    uses = told.assessment.project.rulebook.uses
    own = told.held.of(firm)
    counts: dict[str, dict[str, int]] = {}
    for number, name in enumerate(judged.uses):
        group = counts.setdefault(
            uses[name].group, dict.fromkeys(("permitted", "conditional", "open", "prohibited"), 0)
        )
        spans = {(int(judged.use_least[row, number]), int(judged.use_most[row, number])) for row in own}
        settled = [least for least, most in spans if least == most]
        mild = min(settled, default=int(Outcome.PROHIBITED))
        still = any(least != most and least < mild for least, most in spans)
        group["open" if still else OUTCOMES[mild]] += 1
    return counts


def _supplement(told: Transition, firm: int, judged: Judged, language: Language) -> SupplementPart | None:
    if not judged.route.supplement:
        return None
    found = told.estimates(firm, judged)
    every = [each for parcel in found.values() for each in parcel]
    ranges = [supplement_range(parcel) for parcel in found.values()]
    complete = bool(ranges) and all(each is not None for each in ranges)
    return SupplementPart(
        currency=told.assessment.project.transition.currency[language],
        estimated=sum(each.amount is not None for each in every),
        uses=len(every),
        lowest=round(sum(each[0] for each in ranges if each), 2) if complete else None,
        highest=round(sum(each[1] for each in ranges if each), 2) if complete else None,
        formula=FORMULA[language],
        assumptions=[
            ASSUMPTION_WORDS[name][language] for name in dict.fromkeys(n for each in every for n in each.assumptions)
        ],
        missing=[
            MISSING_WORDS[name][language] for name in dict.fromkeys(n for each in every for n in each.missing)
        ],
        estimates=[_estimate(parcel, each) for parcel, its in found.items() for each in its],
    )  # fmt: skip


def supplement_range(estimates: tuple[Estimate, ...]) -> tuple[float, float] | None:
    """Return the lowest and highest supplement of a parcel's uses, None where none of them has an amount."""
    amounts = [each.amount for each in estimates if each.amount is not None]
    return (min(amounts), max(amounts)) if amounts else None


def _estimate(parcel: str, each: Estimate) -> EstimatePart:
    def value(of: Any) -> ValuePart | None:  # noqa: ANN401  a land value or none
        if of is None:
            return None
        return ValuePart(
            value=of.value, date=of.date.isoformat(), term_years=of.term_years, source=of.source, licence=of.licence
        )

    return EstimatePart(
        parcel=parcel, use=each.use, amount=None if each.amount is None else round(each.amount, 2),
        floored=each.floored, area_m2=each.area_m2, area_is=each.area_is, old=value(each.old), new=value(each.new),
        old_years=each.old_years, new_years=each.new_years, old_factor=each.old_factor, new_factor=each.new_factor,
        longest_years=None if each.longest is None else each.longest.years, missing=list(each.missing),
    )  # fmt: skip


def priority_part(told: Transition, firm: int, language: Language) -> PriorityPart:
    """Say where an enterprise comes in the order, and why."""
    each = told.priority[firm]
    return PriorityPart(
        at_least=round(each.at_least, 6), at_most=round(each.at_most, 6),
        of=sum(part.weight for part in each.contributions), best_rank=each.best_rank, worst_rank=each.worst_rank,
        tied=[told.firms[other] for other in each.tied],
        contributions=[
            ContributionPart(
                criterion=part.criterion, weight=part.weight, at_least=round(part.at_least, 6),
                at_most=round(part.at_most, 6),
                missing=[missing_fact_words(told, name, language) for name in part.missing],
            )
            for part in each.contributions
        ],
    )  # fmt: skip


def quota_part(told: Transition, language: Language) -> QuotaPart:
    """Say what those who relocate need against what is available."""
    needs = [each.need_m2 for each in told.claims]
    needed = sum(need for need in needs if need is not None)
    available = told.available_m2
    return QuotaPart(
        year=told.assessment.on.year, available_m2=available, needed_m2=round(needed, 4),
        need_unknown=[told.firms[each.firm] for each in told.claims if each.need_m2 is None],
        short_m2=None if available is None else round(max(0.0, needed - available), 4),
        entries=[
            {"year": each.year, "area_m2": round(each.area_m2, 4), "source": each.source[language],
             "counted": each.year == told.assessment.on.year}
            for each in told.assessment.project.transition.quota
        ],
        claims=[
            ClaimPart(
                enterprise=told.firms[each.firm], why=each.why, need_m2=each.need_m2, fits=each.fits,
                rivals=[told.firms[other] for other in each.rivals],
            )
            for each in told.claims
        ],
    )  # fmt: skip


def progress_parts(told: Transition) -> list[ProgressPart]:
    """Return the progress day by day."""
    statuses = told.assessment.project.rulebook.statuses
    rows = progress(told.events, on=told.assessment.on, statuses=statuses, ground=told.ground)
    return [
        ProgressPart(date=row["date"].isoformat(), enterprises=row["enterprises"], area_m2=row["area_m2"])
        for row in rows
    ]
