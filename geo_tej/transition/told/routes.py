"""How one route stands for one enterprise: reasons, what is open, approvals, uses that may come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_tej.model import OUTCOMES, Outcome
from geo_tej.rules import NO, YES, missing_facts
from geo_tej.transition.routes import STANDINGS, Standing
from geo_tej.transition.told.parts import OpenPart, PossibleApprovalPart, ReasonPart, RouteDecisionPart, RoutePart
from geo_tej.transition.told.supplements import supplement_part
from geo_tej.transition.words import open_words
from geo_tej.verdict.cause import missing
from geo_tej.verdict.words import cause_words, unchecked_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Decision, RouteReason
    from geo_tej.transition.assessed import Transition
    from geo_tej.transition.routes import Judged


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
    least, most = told.span(firm, judged)
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
        at_least=OUTCOMES[least],
        at_most=OUTCOMES[most],
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
        supplement=supplement_part(told, firm, judged, language),
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
