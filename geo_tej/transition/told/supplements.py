"""The range of supplements over the uses that may still come, with what each rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_tej.transition.told.parts import EstimatePart, SupplementPart, ValuePart
from geo_tej.transition.words import ASSUMPTION_WORDS, FORMULA, MISSING_WORDS

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.transition.assessed import Transition
    from geo_tej.transition.routes import Judged
    from geo_tej.transition.supplement import Estimate


def supplement_part(told: Transition, firm: int, judged: Judged, language: Language) -> SupplementPart | None:
    """Say what an enterprise would pay by a route, None where the route asks for no supplement."""
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
