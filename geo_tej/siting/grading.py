"""Priority from two sides: how far the law restricts a place, and how suitable it is; and totals that must close."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.errors import ProgrammeError, choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geo_tej.siting.nouns import Grading


def strictest(restrictions: Iterable[str], order: Sequence[str]) -> str:
    """Return the strictest of the restrictions that lie on one place; `order` runs from the strictest to none.

    >>> strictest(["weak", "none", "strong"], ["barred", "strong", "weak", "none"])
    'strong'
    >>> strictest([], ["barred", "strong", "weak", "none"])
    'none'
    """
    met = [order.index(each) for each in restrictions]
    return order[min(met, default=len(order) - 1)]


def look_up(grading: Grading, restriction: str, column: int) -> int:
    """Return what a table gives for a restriction and a suitability, 0 the worst of its columns.

    Raises
    ------
    ProgrammeError
        If the table has no such restriction.
    """
    if restriction not in grading.restrictions:
        message = f"the grading has no row for {restriction}; {choices(restriction, grading.restrictions)}"
        raise ProgrammeError(message)
    return grading.table[grading.restrictions.index(restriction)][column]


def grade(grading: Grading, restrictions: Sequence[str], scores: pd.Series) -> pd.Series:
    """Return the priority of places by restriction and score.

    Scores are cut into as many equal parts as the table has columns. A place without a score has no priority, unless
    its whole row says the same.
    """
    width = len(grading.table[0])
    grades: list[int | None] = []
    for restriction, score in zip(restrictions, scores, strict=True):
        row = [look_up(grading, restriction, column) for column in range(width)]
        if len(set(row)) == 1:
            grades.append(row[0])
        else:
            grades.append(None if np.isnan(score) else row[min(width - 1, int(score * width + 1e-9))])
    return pd.Series(grades, index=scores.index, dtype="Int64")


def restriction_of(status: str, level: str, known: Sequence[str]) -> str:
    """Return the restriction that a candidate's status stands for: who must sign, where the table tells them apart."""
    if status in ("permitted", "prohibited", "open"):
        return status
    return level if level in known else "conditional"


def unclosed(tables: Mapping[str, Sequence[float]], *, tolerance: float = 1e-9) -> list[tuple[str, str, float, float]]:
    """Return the pairs of tables of the same ground whose parts do not add up to the same, with both totals.

    Nothing is smoothed: whoever published them has to say which is right.

    >>> unclosed({"zones": [480, 95], "classes": [500, 75], "parcels": [400, 100]})
    [('zones', 'parcels', 575.0, 500.0), ('classes', 'parcels', 575.0, 500.0)]
    """
    names = list(tables)
    totals = {name: float(sum(tables[name])) for name in names}
    return [
        (left, right, totals[left], totals[right])
        for number, left in enumerate(names)
        for right in names[number + 1 :]
        if abs(totals[left] - totals[right]) > tolerance * max(abs(totals[left]), abs(totals[right]), 1.0)
    ]
