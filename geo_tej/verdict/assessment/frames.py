"""The frames of an assessment: verdicts, findings, states of layers, gaps that are too narrow to count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_tej.frames import categories
from geo_tej.model import LEVELS, OUTCOMES, STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from geo_tej.model import Rule
    from geo_tej.rules import Questions
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.judge import Judgement
    from geo_tej.verdict.key import Key
    from geo_tej.verdict.robust.nouns import Robustness
    from geo_tej.verdict.table import Findings

NO_PLAN = "no plan in force"
"""In place of a layer and class: the boundary is the edge of what plans cover."""


def verdicts_frame(
    parcel_id: pd.Index, asked: Questions, judged: Judgement, robust: Robustness | None, keys: Sequence[Key]
) -> pd.DataFrame:
    """Return a row a parcel x use x pathway, on the memory of what was judged."""
    count, uses, pathways = len(parcel_id), len(asked.uses), len(asked.pathways)
    return pd.DataFrame(
        {
            "parcel_id": categories(np.repeat(np.arange(count, dtype=np.int32), uses * pathways), parcel_id),
            "use": categories(
                np.tile(np.repeat(np.arange(uses, dtype=np.int16), pathways), count),
                [u.id for u in asked.uses],
                ordered=True,
            ),
            "pathway": categories(
                np.tile(np.arange(pathways, dtype=np.int16), count * uses),
                [p.id for p in asked.pathways],
                ordered=True,
            ),
            "outcome": categories(judged.outcome, OUTCOMES, ordered=True),
            "at_least": categories(judged.least, OUTCOMES, ordered=True),
            "at_most": categories(judged.most, OUTCOMES, ordered=True),
            "open": _shared(judged.open),
            "ground": _shared(judged.ground),
            "level": categories(judged.level, LEVELS, ordered=True),
            **({} if robust is None else _robust_columns(robust, keys)),
        },
        copy=False,
    )


def grounds_frame(judged: Judgement) -> pd.DataFrame:
    """Return a row a parcel and way in which its ground is shared out among outcomes, as the codes of verdicts mean."""
    return pd.DataFrame({name: _shared(values) for name, values in judged.grounds.items()}, copy=False)


def _robust_columns(robust: Robustness, keys: Sequence[Key]) -> dict[str, Any]:
    """Return the columns of verdicts that tell how robust they are."""
    names = [*dict.fromkeys(f"{key.layer}: {key.label}" for key in keys), NO_PLAN]
    place = {name: number for number, name in enumerate(names)}
    code = np.array([*(place[f"{key.layer}: {key.label}"] for key in keys), len(names) - 1, -1])
    return {
        "stable": _shared(robust.stable),
        "changes_at_m": _shared(np.where(np.isfinite(robust.distance_m), robust.distance_m, np.float32(np.nan))),
        "boundary": categories(code[robust.boundary], names),
    }


def _shared(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return a table of numbers as one long column that shares its memory and cannot be written to."""
    column = numbers.reshape(-1)
    column.flags.writeable = False
    return column


def findings_frame(parcel_id: pd.Index, rules: Sequence[Rule], evidence: Evidence, found: Findings) -> pd.DataFrame:
    """Return a row a parcel and rule that speaks on it."""
    rows = np.flatnonzero(found.is_rule)
    number, hit = found.speaker[rows], found.hit[rows]
    key = np.r_[evidence.hits.key, -1][hit]

    def of_rule(values: Iterable[Any], dtype: Any = object) -> np.ndarray:  # noqa: ANN401  numpy's own word
        return np.array([*values], dtype)[number]

    return pd.DataFrame(
        {
            "parcel_id": parcel_id.to_numpy()[found.parcel[rows]],
            "rule": of_rule(rule.id for rule in rules),
            "ref": of_rule(rule.ref for rule in rules),
            "layer": of_rule(rule.layer or "" for rule in rules),
            "zone_class": np.array([*(key.label for key in evidence.keys), ""], object)[key],
            "area_m2": found.area_m2[rows],
            "share": found.share[rows],
            "distance_m": np.r_[evidence.hits.distance_m, np.nan][hit],
            "outcome": of_rule(OUTCOMES[rule.outcome] for rule in rules),
            "binds": of_rule(rule.binds for rule in rules),
            "holds": found.holds[rows],
            "verified": of_rule((rule.verified for rule in rules), bool),
            "source": of_rule(rule.source for rule in rules),
            "article": of_rule(rule.article for rule in rules),
        }
    )


def layers_frame(parcel_id: pd.Index, evidence: Evidence) -> pd.DataFrame:
    """Return a row a parcel and layer of the rulebook."""
    names = evidence.layers
    return pd.DataFrame(
        {
            "parcel_id": np.repeat(parcel_id.to_numpy(), len(names)),
            "layer": categories(np.tile(np.arange(len(names)), len(parcel_id)), names),
            "state": categories(evidence.states, STATES),
        }
    )


def with_hairlines(dropped: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """Return what thresholds dropped with the gaps; ground that a threshold took is told already."""
    told = pd.MultiIndex.from_frame(dropped[["parcel_id", "layer"]])
    gaps = gaps[~pd.MultiIndex.from_frame(gaps[["parcel_id", "layer"]]).isin(told)]
    if gaps.empty:
        return dropped
    return pd.concat([dropped, gaps], ignore_index=True) if len(dropped) else gaps.reset_index(drop=True)
