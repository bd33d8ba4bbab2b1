"""Rows that cannot be used, with all that they held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from geo_tej.accounts import SetAside

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

_LONGEST = 2_000


def aside(
    frame: gpd.GeoDataFrame,
    rows: Sequence[int],
    names: Sequence[Any],  # cells
    reason: str,
) -> list[SetAside]:
    """Return rows of a frame, counted from 0, as set aside: their cells as text and what was drawn of them.

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
    drawn = shapely.to_wkt(chosen.geometry.to_numpy())
    cells = chosen.drop(columns=frame.geometry.name).to_dict("records")
    return [
        SetAside(
            row=row + 1, name="" if pd.isna(name) else str(name), reason=reason, geometry=(wkt or "")[:_LONGEST],
            attributes={str(key): str(value) for key, value in held.items() if pd.notna(value)},
        )
        for row, name, held, wkt in zip(rows, names, cells, drawn, strict=True)
    ]  # fmt: skip
