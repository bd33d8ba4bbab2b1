"""Weights of criteria: from pairwise comparison, given directly, along a hierarchy, or from how candidates differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from geo_tej.errors import ProgrammeError, gather
from geo_tej.siting.nouns import Consistency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""Mean consistency index of random matrices of 1 to 15 rows: Saaty, The Analytic Hierarchy Process, 1980."""

MOST_RATIO = 0.1
"""The consistency ratio above which comparisons are too contradictory to use (Saaty 1980)."""

CLOSES = 5e-4
"""How far weights that are printed with three decimals may be from their sum."""

RECIPROCAL = 5e-3
"""How far a pair of a matrix may be from reciprocal: 0.333 stands for 1/3."""


def ahp(
    matrix: Sequence[Sequence[float]] | NDArray[np.float64],
    *,
    names: Sequence[str] | None = None,
    method: Literal["eigenvector", "geometric_mean", "column_mean"] = "eigenvector",
) -> tuple[NDArray[np.float64], Consistency]:
    """Return the weights of a pairwise matrix and how consistent it is.

    Weights are the principal eigenvector, the geometric means of rows, or the means of the columns' shares; the
    consistency is always that of the eigenvalue: CI = (λ - n) / (n - 1), CR = CI / RI (Saaty 1980).

    Raises
    ------
    ProgrammeError
        If the matrix is not square, positive and reciprocal, or has more than 15 rows; all faults at once.

    >>> weights, consistency = ahp([[1, 2, 3, 5], [1 / 2, 1, 2, 4], [1 / 3, 1 / 2, 1, 3], [1 / 5, 1 / 4, 1 / 3, 1]])
    >>> weights.round(6).tolist(), round(consistency.ratio, 6)
    ([0.472862, 0.284378, 0.169901, 0.072859], 0.018929)
    """
    pairs = _checked(matrix, names)
    count = len(pairs)
    labels = list(names) if names is not None else [str(place) for place in range(1, count + 1)]
    values, vectors = np.linalg.eig(pairs)
    first = int(np.argmax(values.real))
    principal = np.abs(vectors[:, first].real)
    principal /= principal.sum()
    weights = {
        "eigenvector": principal,
        "geometric_mean": np.exp(np.log(pairs).mean(axis=1)),
        "column_mean": (pairs / pairs.sum(axis=0)).mean(axis=1),
    }[method]
    largest = float(values.real[first])
    index = max(0.0, (largest - count) / (count - 1)) if count > 1 else 0.0
    random = RANDOM_INDEX[count - 1]
    strain = np.abs(np.log(pairs * principal / principal[:, None]))
    row, column = np.unravel_index(int(np.argmax(np.triu(strain))), strain.shape)
    worst = (labels[int(row)], labels[int(column)]) if row != column else None
    return weights / weights.sum(), Consistency(
        lambda_max=largest, index=index, ratio=index / random if random else 0.0, worst=worst
    )


def require_consistent(
    matrix: Sequence[Sequence[float]] | NDArray[np.float64], names: Sequence[str], *, place: str = "the matrix"
) -> tuple[dict[str, float], Consistency]:
    """Return the weights of a pairwise matrix by name, or say which pair contradicts the others most.

    Raises
    ------
    ProgrammeError
        As `ahp`, or if the consistency ratio is above 0.1.
    """
    weights, consistency = ahp(matrix, names=names)
    if consistency.ratio > MOST_RATIO and consistency.worst is not None:
        left, right = (list(names).index(name) for name in consistency.worst)
        given, agreed = float(np.asarray(matrix)[left][right]), weights[left] / weights[right]
        message = (
            f"{place}: the consistency ratio is {consistency.ratio:.3f}, above {MOST_RATIO:g}; compare "
            f"{consistency.worst[0]} and {consistency.worst[1]} again: {_ratio(given)} was said, all "
            f"comparisons together make it {_ratio(agreed)}"
        )
        raise ProgrammeError(message)
    return dict(zip(names, weights.tolist(), strict=True)), consistency


def direct(weights: Mapping[str, float]) -> dict[str, float]:
    """Return weights that were given, closed to 1 where three decimals left them a little apart.

    Raises
    ------
    ProgrammeError
        If one is negative or they do not add up to 1.

    >>> direct({"slope": 0.333, "view": 0.667})
    {'slope': 0.333, 'view': 0.667}
    >>> direct({"slope": 0.5, "view": 0.4})
    Traceback (most recent call last):
    geo_tej.errors.ProgrammeError: the weights add up to 0.9, not to 1
    """
    below = [name for name, weight in weights.items() if not weight >= 0]
    if below:
        message = f"the weight of {below[0]} is {weights[below[0]]:g}; a weight is 0 or more"
        raise ProgrammeError(message)
    total = sum(weights.values())
    if not abs(total - 1) <= CLOSES:
        message = f"the weights add up to {total:.6g}, not to 1"
        raise ProgrammeError(message)
    return {name: weight / total for name, weight in weights.items()}


def hierarchy(rows: Iterable[tuple[str, str, float]]) -> dict[str, float]:
    """Return the weights of a hierarchy's leaves from rows of (name, parent, weight).

    Either every weight is a share of the whole, so that children add up to their parent, or every weight is a share of
    its parent, so that children add up to 1. A parent without a row of its own weighs what its children add up to.

    Raises
    ------
    ProgrammeError
        If a name stands twice, is its own ancestor, or the weights contradict each other; all faults at once.

    >>> hierarchy([("access", "", 0.4), ("view", "", 0.6), ("road", "access", 0.1), ("pier", "access", 0.3)])
    {'view': 0.6, 'road': 0.1, 'pier': 0.3}
    >>> hierarchy([("access", "", 0.4), ("view", "", 0.6), ("road", "access", 0.25), ("pier", "access", 0.75)])
    {'view': 0.6, 'road': 0.1, 'pier': 0.3}
    """
    table = list(rows)
    weight = {name: number for name, _, number in table}
    parent = {name: above for name, above, _ in table}
    faults = [f"{name} stands twice" for name in weight if sum(name == each for each, _, _ in table) > 1]
    faults += [f"the weight of {name} is {number:g}; a weight is 0 or more" for name, _, number in table if number < 0]
    faults += [f"{name} stands under itself" for name in parent if _circles(name, parent)]
    if faults:
        raise ProgrammeError(gather(faults))
    children: dict[str, list[str]] = {}
    for name, above in parent.items():
        children.setdefault(above if above in weight else "", []).append(name)
    sums = {above: sum(weight[name] for name in below) for above, below in children.items()}
    inner = [above for above in sums if above]
    local = bool(inner) and all(abs(sums[above] - 1) <= CLOSES for above in inner)
    if not abs(sums.get("", 0.0) - 1) <= CLOSES:
        faults.append(f"the weights at the top add up to {sums.get('', 0.0):.6g}, not to 1")
    if not local:
        faults += [
            f"{above} weighs {weight[above]:.6g}, what stands under it adds up to {sums[above]:.6g}"
            for above in inner
            if abs(sums[above] - weight[above]) > CLOSES
        ]
    if faults:
        raise ProgrammeError(gather(faults))
    leaves = {name: _share(name, weight, parent) if local else weight[name] for name in weight if name not in sums}
    total = sum(leaves.values())
    return {name: round(number / total, 12) for name, number in leaves.items()}


def entropy(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of criteria by Shannon's entropy: what tells candidates apart weighs more.

    Candidates are rows, and those with a missing value are left out; 0 ln 0 is 0 (Shannon 1948), a criterion that is
    the same everywhere, even 0 everywhere, weighs nothing.

    Raises
    ------
    ProgrammeError
        If fewer than two candidates are complete, or no criterion tells them apart.

    >>> entropy(np.array([[0.2, 0.5], [0.8, 0.5]])).tolist()
    [1.0, 0.0]
    """
    complete = values[~np.isnan(values).any(axis=1)]
    if len(complete) < 2:  # noqa: PLR2004
        message = f"entropy needs at least two candidates with every criterion known; there are {len(complete)}"
        raise ProgrammeError(message)
    total = complete.sum(axis=0)
    share = np.divide(complete, total, out=np.full_like(complete, 1 / len(complete)), where=total > 0)
    spread = share * np.log(share, out=np.zeros_like(share), where=share > 0)
    difference = np.maximum(0.0, 1 + spread.sum(axis=0) / np.log(len(complete)))
    difference[difference < 1e-12] = 0.0  # noqa: PLR2004  noise of logarithms
    if not difference.any():
        message = "entropy finds no criterion that tells the candidates apart; give weights or compare the criteria"
        raise ProgrammeError(message)
    return np.asarray(difference / difference.sum())


def _checked(
    matrix: Sequence[Sequence[float]] | NDArray[np.float64], names: Sequence[str] | None
) -> NDArray[np.float64]:
    rows = [list(row) for row in matrix]
    count = len(rows)
    if not count or any(len(row) != count for row in rows) or (names is not None and len(names) != count):
        wanted = f"{len(names)} criteria need {len(names)} rows of {len(names)}" if names else "rows and columns differ"
        message = f"the pairwise matrix is not square: {wanted}"
        raise ProgrammeError(message)
    if count > len(RANDOM_INDEX):
        message = f"{count} criteria are too many to compare in pairs; put them into groups of at most 9"
        raise ProgrammeError(message)
    pairs = np.array(rows, dtype=float)
    if not (np.isfinite(pairs) & (pairs > 0)).all():
        message = "the pairwise matrix has entries that are not above 0"
        raise ProgrammeError(message)
    labels = list(names) if names is not None else [str(place) for place in range(1, count + 1)]
    faults = [
        f"{labels[row]} against {labels[column]} is {pairs[row, column]:g}, the other way round "
        f"{pairs[column, row]:g}, which is not its reciprocal"
        if row != column
        else f"{labels[row]} against itself is {pairs[row, row]:g}, not 1"
        for row in range(count)
        for column in range(row, count)
        if abs(pairs[row, column] * pairs[column, row] - 1) > RECIPROCAL
    ]
    if faults:
        raise ProgrammeError(gather(faults))
    return pairs


def _ratio(number: float) -> str:
    return f"{number:.2g}" if number > 0.95 else f"1/{1 / number:.2g}"  # noqa: PLR2004  as good as 1


def _circles(name: str, parent: Mapping[str, str]) -> bool:
    seen, above = {name}, parent[name]
    while above in parent:
        if above in seen:
            return True
        seen.add(above)
        above = parent[above]
    return False


def _share(name: str, weight: Mapping[str, float], parent: Mapping[str, str]) -> float:
    share = weight[name]
    while parent[name] in weight:
        name = parent[name]
        share *= weight[name]
    return share
