"""Who comes first: a weighted sum of stated criteria; what is not known widens a score, it is never a zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.rules import MAYBE, NO, YES, missing_facts, truth
from geo_tej.transition.routes import placed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo_tej.model import Criterion
    from geo_tej.transition.holdings import Holdings
    from geo_tej.verdict import Assessment
    from geo_tej.verdict.cause import Cause


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What one criterion adds to a score: the least and the most it can, and the facts that part them."""

    criterion: str
    weight: float
    at_least: float
    at_most: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Priority:
    """An enterprise's place in the order: its score or the span of it, its rank or the span, and who ties with it."""

    contributions: tuple[Contribution, ...]
    at_least: float
    at_most: float
    best_rank: int
    worst_rank: int
    tied: tuple[int, ...] = ()


def priorities(assessment: Assessment, held: Holdings, weights: Mapping[str, float]) -> tuple[Priority, ...]:
    """Score and rank every enterprise.

    A criterion that tests holds where it holds on any of an enterprise's parcels. Areas (`…_m2`) add up over
    parcels, of other numbers the largest counts, scaled between `zero_at` and `full_at` and cut there.
    """
    criteria = assessment.project.rulebook.criteria.values()
    firms = range(len(assessment.project.enterprises))
    tables = [_contributions(assessment, held, each, weights.get(each.id, each.weight)) for each in criteria]
    given = [tuple(table[firm] for table in tables) for firm in firms]
    return ranked(given)


def ranked(given: Sequence[tuple[Contribution, ...]]) -> tuple[Priority, ...]:
    """Rank enterprises by their contributions; equal scores tie, and spans that overlap leave ranks open.

    >>> def scored(least, most=None):
    ...     return (Contribution(criterion="c", weight=1, at_least=least, at_most=least if most is None else most),)
    >>> [(p.best_rank, p.worst_rank, p.tied) for p in ranked([scored(1.0), scored(0.0), scored(1.0)])]
    [(1, 1, (2,)), (3, 3, ()), (1, 1, (0,))]
    >>> [(p.best_rank, p.worst_rank) for p in ranked([scored(1.0), scored(0.0, 2.0)])]
    [(1, 2), (1, 2)]
    """
    least = np.array([round(sum(each.at_least for each in row), 9) for row in given])
    most = np.array([round(sum(each.at_most for each in row), 9) for row in given])
    found = []
    for place, row in enumerate(given):
        above = int((least > most[place]).sum())
        possibly = int((most > least[place]).sum()) - int(most[place] > least[place])
        exact = (least == most) & (least == least[place])
        tied = np.flatnonzero(exact & (np.arange(len(given)) != place)) if most[place] == least[place] else ()
        found.append(
            Priority(
                contributions=row, at_least=float(least[place]), at_most=float(most[place]), best_rank=above + 1,
                worst_rank=possibly + 1, tied=tuple(int(other) for other in tied),
            )
        )  # fmt: skip
    return tuple(found)


def _contributions(assessment: Assessment, held: Holdings, criterion: Criterion, weight: float) -> list[Contribution]:
    firms = range(len(assessment.project.enterprises))
    if criterion.fact:
        return [_scaled(held, criterion, weight, firm) for firm in firms]
    on_ground, doubts = placed(assessment, held, criterion)
    holds = np.minimum(on_ground, truth(criterion.when, held.facts))
    missing = missing_facts(criterion.when, held.facts)
    found = []
    for firm in firms:
        rows = held.of(firm)
        best = int(holds[rows].max(initial=NO))
        names = tuple(name for name, where in missing.items() if (where[rows] & (holds[rows] == MAYBE)).any())
        names += tuple(_layer_name(cause) for cause, where in doubts.items() if where[rows].any())
        low, high = (weight if best == YES else 0.0), (weight if best != NO else 0.0)
        found.append(
            Contribution(
                criterion=criterion.id, weight=weight, at_least=low, at_most=high, missing=names if low < high else ()
            )
        )
    return found


def _layer_name(cause: Cause) -> str:
    return cause.layer or ""


def _scaled(held: Holdings, criterion: Criterion, weight: float, firm: int) -> Contribution:
    rows = held.of(firm)
    values = (
        held.facts[criterion.fact].iloc[rows].to_numpy(dtype=float, na_value=np.nan)
        if criterion.fact in held.facts
        else np.full(len(rows), np.nan)
    )
    if not len(values) or np.isnan(values).any():
        return Contribution(
            criterion=criterion.id, weight=weight, at_least=0.0, at_most=weight, missing=(criterion.fact,)
        )
    value = values.sum() if criterion.fact.endswith("_m2") else values.max()
    share = float(np.clip((value - criterion.zero_at) / (criterion.full_at - criterion.zero_at), 0.0, 1.0))
    return Contribution(criterion=criterion.id, weight=weight, at_least=share * weight, at_most=share * weight)
