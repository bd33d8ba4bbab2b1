"""Land elsewhere: what those who relocate need against what is available, in the order of priority."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo_tej.transition.priority import Priority


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One enterprise that relocates: why, what it needs in m² (None: not known), and whether the quota reaches it.

    `fits` is yes, no, or open: where ties, scores or needs that are not known could decide it either way.
    """

    firm: int
    why: str
    need_m2: float | None
    fits: str
    rivals: tuple[int, ...] = ()


def claims(
    needs: Mapping[int, float | None], why: Mapping[int, str], order: Sequence[Priority], available_m2: float | None
) -> tuple[Claim, ...]:
    """Say whom the quota reaches, nobody overtaking: whoever comes first is served first, also where it is not enough.

    A claim surely fits where it fits even after all who could come before it; it surely does not where those who
    surely come before leave too little. Everything else is open, and names the rivals that decide it.
    """
    found = []
    for firm in sorted(needs, key=lambda each: (order[each].best_rank, order[each].worst_rank, each)):
        own = needs[firm]
        others = [other for other in needs if other != firm]
        before = [other for other in others if order[other].at_least > order[firm].at_most]
        maybe = [other for other in others if other not in before and order[other].at_most >= order[firm].at_least]
        fits = "open"
        if available_m2 is not None:
            surely = sum(needs[other] or 0.0 for other in before) + (own or 0.0)
            at_worst = math.fsum(_or_all(needs[other]) for other in (*before, *maybe, firm))
            fits = "no" if surely > available_m2 else "yes" if at_worst <= available_m2 else "open"
        found.append(
            Claim(firm=firm, why=why[firm], need_m2=own, fits=fits, rivals=tuple(maybe) if fits == "open" else ())
        )
    return tuple(found)


def _or_all(need: float | None) -> float:
    return math.inf if need is None else need
