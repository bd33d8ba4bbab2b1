"""Who comes first, what those who relocate need, and how far all have come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.transition.events import progress
from geo_tej.transition.told.parts import ClaimPart, ContributionPart, PriorityPart, ProgressPart, QuotaPart
from geo_tej.transition.words import missing_fact_words

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.transition.assessed import Transition


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
