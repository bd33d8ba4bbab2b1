"""Scores and ranks of candidates by three methods, what each criterion contributes, and how firm the ranks are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_tej.errors import ProgrammeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from geo_tej.siting.nouns import Trial

SAME = 9
"""Scores that agree to so many decimals are a tie."""


def score(values: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Score candidates by weighted sum, TOPSIS and VIKOR, and rank those whose every criterion is known.

    A criterion that is not known is never zero: such a candidate has no score and no rank but the span from
    `score_from`, were the missing worst, to `score_to`, were it best. TOPSIS: Hwang and Yoon 1981. VIKOR: Opricovic
    1998, v = 0.5, the smaller the better; all by pymcdm, on the values, which are of one scale already.

    Parameters
    ----------
    values
        A row a candidate, a column a criterion, from 0 to 1, NaN where not known.
    weights
        By criterion, adding up to 1; a criterion without one does not count.

    Returns
    -------
    pandas.DataFrame
        The same index: `score, score_from, score_to, rank, tied, topsis, topsis_rank, vikor, vikor_rank, missing`.
        Ranks start from 1 and ties share the better one; `missing` names criteria, joined by a space.

    Raises
    ------
    ProgrammeError
        If pymcdm is not installed.
    """
    counted = [name for name in values.columns if weights.get(name, 0) > 0]
    matrix = values[counted].to_numpy(float)
    weight = np.array([weights[name] for name in counted])
    known = ~np.isnan(matrix)
    complete = known.all(axis=1)
    held = np.where(known, matrix, 0.0) @ weight
    table = pd.DataFrame(index=values.index)
    table["score"] = np.where(complete, _by("WSM", matrix, weight, complete), np.nan)
    table["score_from"], table["score_to"] = held, held + (~known) @ weight
    table["rank"] = rank(table["score"])
    table["tied"] = table["rank"].duplicated(keep=False) & complete
    table["topsis"] = _by("TOPSIS", matrix, weight, complete)
    table["topsis_rank"] = rank(table["topsis"])
    table["vikor"] = _by("VIKOR", matrix, weight, complete)
    table["vikor_rank"] = rank(-table["vikor"])
    table["missing"] = [" ".join(np.array(counted, dtype=object)[~row]) for row in known]
    return table


def rank(scores: pd.Series) -> pd.Series:
    """Return ranks from 1, the highest score first; ties share the better rank, and what has no score has none.

    >>> rank(pd.Series([0.5, 0.7, 0.5, np.nan])).tolist()
    [2, 1, 2, <NA>]
    """
    return scores.round(SAME).rank(method="min", ascending=False).astype("Int64")


def contributions(values: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Return what each criterion adds to the weighted sum: weight times value, NaN where the value is not known.

    >>> contributions(pd.DataFrame({"slope": [1.0], "view": [np.nan]}), {"slope": 0.4, "view": 0.6}).iloc[0].tolist()
    [0.4, nan]
    """
    return values.mul(pd.Series({name: weights.get(name, 0.0) for name in values.columns}))


def stability(values: pd.DataFrame, weights: Mapping[str, float], trial: Trial) -> pd.DataFrame:
    """Return how firm ranks are when every weight moves by up to `spread` of itself and all are closed to 1 again.

    Returns
    -------
    pandas.DataFrame
        The same index: `top_share`, the share of draws in which a candidate is among the `top` first, ties included;
        `rank_best` and `rank_worst` over the draws. Missing for candidates that cannot be ranked.
    """
    counted = [name for name in values.columns if weights.get(name, 0) > 0]
    matrix = values[counted].to_numpy(float)
    complete = ~np.isnan(matrix).any(axis=1)
    table = pd.DataFrame({"top_share": np.nan, "rank_best": np.nan, "rank_worst": np.nan}, index=values.index)
    if complete.any():
        centre = np.array([weights[name] for name in counted])
        moved = centre * np.random.default_rng(trial.seed).uniform(
            1 - trial.spread, 1 + trial.spread, (trial.draws, len(centre))
        )
        scores = (matrix[complete] @ (moved / moved.sum(axis=1, keepdims=True)).T).round(SAME)
        ranks = _ranks(scores)
        table.loc[complete, "top_share"] = (ranks <= trial.top).mean(axis=1)
        table.loc[complete, "rank_best"] = ranks.min(axis=1)
        table.loc[complete, "rank_worst"] = ranks.max(axis=1)
    return table.astype({"rank_best": "Int64", "rank_worst": "Int64"})


def _ranks(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return ranks down each column, the highest first, ties sharing the better."""
    ordered = np.sort(scores, axis=0)
    return np.column_stack(
        [
            len(scores) - np.searchsorted(ordered[:, draw], scores[:, draw], side="right") + 1
            for draw in range(scores.shape[1])
        ]
    )


def _by(
    name: str, matrix: NDArray[np.float64], weight: NDArray[np.float64], complete: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Score the complete rows by a method of pymcdm; where nothing tells them apart they are all alike."""
    scores = np.full(len(matrix), np.nan)
    rows = matrix[complete]
    if not len(rows):
        return scores
    telling = np.ptp(rows, axis=0) > 0
    if name == "WSM":
        telling[:] = True
    if len(rows) == 1 or not telling.any():
        scores[complete] = rows @ weight if name == "WSM" else {"TOPSIS": 0.5, "VIKOR": 0.0}[name]
        return scores
    if name == "VIKOR" and _vikor_degenerates(rows[:, telling], weight[telling]):
        scores[complete] = 0.0
        return scores
    method = _method(name)
    scores[complete] = method(
        rows[:, telling], weight[telling] / weight[telling].sum(), np.ones(int(telling.sum())), validation=False
    )
    return scores * weight[telling].sum() if name == "WSM" else scores


def _vikor_degenerates(rows: NDArray[np.float64], weight: NDArray[np.float64]) -> bool:
    """Say whether all rows are equally far from the ideal by sum or by worst criterion, where VIKOR divides by 0."""
    far = weight * (rows.max(axis=0) - rows) / np.ptp(rows, axis=0)
    return bool(np.ptp(far.sum(axis=1)) == 0 or np.ptp(far.max(axis=1)) == 0)


def _method(name: str) -> Callable[..., Any]:
    try:
        from pymcdm import methods  # noqa: PLC0415  an extra, and only scoring needs it
    except ImportError as fault:
        message = "scoring needs pymcdm, which is not installed: pip install 'geo_tej[siting]'"
        raise ProgrammeError(message) from fault
    if name == "VIKOR":
        return methods.VIKOR()  # type: ignore[no-any-return]
    return getattr(methods, name)(normalization_function=_as_it_is)  # type: ignore[no-any-return]


def _as_it_is(column: NDArray[np.float64], cost: bool = False) -> NDArray[np.float64]:  # noqa: FBT001, FBT002  pymcdm's form
    """Leave values as they are: they are of one scale."""
    del cost
    return column
