"""Rows that cannot be used, with all that they held, and words for where they stand."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from geo_tej.accounts import SetAside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_tej.i18n import Language

_LONGEST = 2_000
_SHOWN = 5

Row = tuple[str, int]
"""A row of a layer: the layer's id, and its position, counted from 0."""


def aside(
    frame: pd.DataFrame,
    rows: Sequence[int],
    names: Sequence[Any],  # cells
    reason: str,
) -> list[SetAside]:
    """Return rows of a frame or table, counted from 0, as set aside: their cells as text and what was drawn of them.

    >>> import geopandas as gpd
    >>> plots = gpd.GeoDataFrame({"use": ["mill", None]}, geometry=[None, shapely.Point(1, 2)])
    >>> (told,) = aside(plots, [0], ["A1"], "it has no geometry")
    >>> told.row, told.name, told.attributes, told.geometry
    (1, 'A1', {'use': 'mill'}, '')
    >>> aside(plots, [], [], "it has no geometry")
    []
    """
    if not len(rows):
        return []
    chosen = frame.iloc[list(rows)]
    drawn: Sequence[str | None] = [None] * len(chosen)
    if isinstance(chosen, gpd.GeoDataFrame):
        drawn = shapely.to_wkt(chosen.geometry.to_numpy())
        chosen = chosen.drop(columns=chosen.geometry.name)
    cells = chosen.to_dict("records")
    return [
        SetAside(
            row=row + 1, name="" if pd.isna(name) else str(name), reason=reason, geometry=(wkt or "")[:_LONGEST],
            attributes={str(key): str(value) for key, value in held.items() if pd.notna(value)},
        )
        for row, name, held, wkt in zip(rows, names, cells, drawn, strict=True)
    ]  # fmt: skip


def free_name(name: str, taken: set[str]) -> str:
    """Return a name that nobody has yet, and take it."""
    free = next(each for each in chain([name], (f"{name}-{number}" for number in count(2))) if each not in taken)
    taken.add(free)
    return free


def places(rows: Sequence[Row], language: Language) -> str:
    """Name rows by their layers and numbers.

    >>> places([("plots", 0), ("plots", 2), ("survey", 4)], "en")
    'rows 1, 3 of plots and row 5 of survey'
    """
    told = []
    for layer in dict.fromkeys(name for name, _ in rows):
        numbers = some([str(row + 1) for name, row in rows if name == layer])
        if language == "zh":
            told.append(f"{layer} 第 {'、'.join(numbers)} 行")
        else:
            told.append(f"row{'s' * (len(numbers) > 1)} {', '.join(numbers)} of {layer}")
    return {"zh": "、", "en": " and "}[language].join(told)


def some(names: Sequence[str]) -> list[str]:
    """Return the first of many names."""
    return [*names[:_SHOWN], "…"] if len(names) > _SHOWN else list(names)
