"""What a change of use costs at the order of magnitude: the difference of land values, or what is missing for it.

Supplement = (value at the new use - value at the old use) x area, both on one day and for the remaining term, not
below 0. Where a reduction rate r is given, a value stated for a term of N years counts for n years by the factor
[1 - 1/(1+r)^n] / [1 - 1/(1+r)^N] (year-term correction of land appraisal, as in GB/T 18508; an assumption here).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_tej.transition.holdings import DAYS_A_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from geo_tej.model import LandValue, Rulebook, Term, TransitionData, Use

ASSUMPTIONS = ("same_date", "area", "term_new", "no_correction", "correction", "unverified_term", "not_a_valuation")
"""What an estimate takes for granted, by the names of the words that say it."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A supplement with everything it was worked out from, or the names of what is missing (then no amount)."""

    use: str
    amount: float | None
    floored: bool = False
    area_m2: float | None = None
    area_is: str = ""
    old: LandValue | None = None
    new: LandValue | None = None
    old_years: float | None = None
    new_years: float | None = None
    old_factor: float = 1.0
    new_factor: float = 1.0
    longest: Term | None = None
    missing: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()


def factor(rate: float, years: float, stated_years: float) -> float:
    """Return what a value stated for one term counts for another, by the reduction rate.

    >>> round(factor(0.06, 40, 40), 6), round(factor(0.06, 20, 40), 6)
    (1.0, 0.762309)
    """
    return float((1 - (1 + rate) ** -years) / (1 - (1 + rate) ** -stated_years))


def estimate(  # noqa: PLR0913  a parcel, what it is now, what it would be
    data: TransitionData,
    rulebook: Rulebook,
    use: Use,
    *,
    area_m2: float | None,
    area_is: str,
    scheme: str,
    code: str,
    term_end: date | None,
) -> Estimate:
    """Estimate one parcel's supplement for one use."""
    old = _of_code(data.land_values, scheme, code)
    new = _of_use(data.land_values, use)
    longest = next((term for term in rulebook.terms.values() if use.id in term.uses), None)
    missing = [
        name
        for name, lacking in (
            ("area", area_m2 is None or not area_m2 > 0),
            ("present_use", not code),
            ("old_value", bool(code) and old is None),
            ("new_value", new is None),
            ("same_date", old is not None and new is not None and old.date != new.date),
            ("term_end", term_end is None),
            ("longest_term", longest is None),
        )
        if lacking
    ]
    if old is not None and term_end is not None and term_end <= old.date:
        missing.append("term_over")
    rate = data.reduction_rate
    if rate is not None:
        missing += ["old_value_term"] * (old is not None and old.term_years is None)
        missing += ["new_value_term"] * (new is not None and new.term_years is None)
    if missing or area_m2 is None or old is None or new is None or term_end is None or longest is None:
        return Estimate(use=use.id, amount=None, missing=tuple(missing), old=old, new=new, longest=longest)
    old_years = (term_end - old.date).days / DAYS_A_YEAR
    new_years = min(old_years, longest.years)
    old_factor = new_factor = 1.0
    if rate is not None and old.term_years is not None and new.term_years is not None:
        old_factor = factor(rate, old_years, old.term_years)
        new_factor = factor(rate, new_years, new.term_years)
    difference = (new.value * new_factor - old.value * old_factor) * area_m2
    taken = [
        "same_date", "area", "term_new", "correction" if rate is not None else "no_correction",
        *(["unverified_term"] if not longest.verified else []), "not_a_valuation",
    ]  # fmt: skip
    return Estimate(
        use=use.id, amount=max(0.0, difference), floored=difference < 0, area_m2=area_m2, area_is=area_is, old=old,
        new=new, old_years=old_years, new_years=new_years, old_factor=old_factor, new_factor=new_factor,
        longest=longest, assumptions=tuple(taken),
    )  # fmt: skip


def _of_code(values: Iterable[LandValue], scheme: str, code: str) -> LandValue | None:
    """Return the value of a present code: that of its longest beginning in the same scheme."""
    fitting = [each for each in values if each.code and each.scheme == scheme and code.startswith(each.code)]
    return max(fitting, key=lambda each: len(each.code), default=None)


def _of_use(values: Iterable[LandValue], use: Use) -> LandValue | None:
    """Return the value for a new use: its own, else by a tag of it, else by its group."""
    ranked = [
        (rank, each)
        for each in values
        for rank, fits in enumerate(
            (each.use in (use.id, use.ref), each.use.removeprefix("@") in use.tags, each.use == use.group)
        )
        if each.use and fits
    ]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None
