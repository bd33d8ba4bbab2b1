"""What the rows of objects and zones must be drawn as: polygons for rules of zones, lines with a half-width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo_tej.errors import LayerError
from geo_tej.frames import POLYGONAL

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_tej.io.manifest import LayerEntry
    from geo_tej.model import Rulebook


def _are_polygons(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    return np.isin(shapely.get_type_id(frame.geometry.to_numpy()), POLYGONAL)


def need_polygons_for_zones(frame: gpd.GeoDataFrame, entry: LayerEntry, rulebook: Rulebook) -> None:
    """Refuse lines and points where the rulebook asks what lies on the objects themselves."""
    others = ~_are_polygons(frame)
    if others.any() and any(rule.layer == entry.id and rule.kind in ("zone", "matrix") for rule in rulebook.rules):
        message = f"layer {entry.id}: rules of kind zone need polygons; {int(others.sum())} rows are lines or points"
        raise LayerError(message)


def with_half_width(frame: gpd.GeoDataFrame, entry: LayerEntry) -> tuple[gpd.GeoDataFrame, list[int]]:
    """Give every object its half-width: 0 for polygons and points; and the rows of lines whose own is not known."""
    lines = shapely.get_dimensions(frame.geometry.to_numpy()) == 1
    if lines.any() and "half_width_m" not in frame:
        message = (
            f"layer {entry.id}: {int(lines.sum())} rows are centrelines, and the law measures from the edge; "
            "say half_width_m, as a column (columns.half_width_m) or for all (constants.half_width_m)"
        )
        raise LayerError(message)
    given = frame["half_width_m"] if "half_width_m" in frame else pd.Series(0.0, index=frame.index)
    odd = given[given.notna() & ~((given >= 0) & np.isfinite(given))]
    if len(odd):
        message = f"layer {entry.id}: half_width_m must be 0 or more, {odd.iloc[0]:g} is not"
        raise LayerError(message)
    unknown = lines & given.isna().to_numpy()
    return frame.assign(half_width_m=given.fillna(0.0))[~unknown], frame.index[unknown].tolist()
