"""Make polygons valid, and say what that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_tej.overlay.clip import polygons

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

COLLECTION = 7
"""Shapely's type number of a collection."""


def mended(geometry: NDArray[np.object_], names: Sequence[Any] | pd.Series) -> tuple[NDArray[np.object_], list[str]]:
    """Return polygons that are valid, flat and nothing but polygons; and a line for each that was changed.

    >>> bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> mended(np.array([bow, None], dtype=object), ["B", "C"])[1]
    ['B: repaired (Self-intersection[1 1]); area +2.00 m²']
    """
    geometry = shapely.force_2d(geometry)
    present = ~shapely.is_missing(geometry)
    broken = present & ~shapely.is_valid(geometry)
    mixed = present & (shapely.get_type_id(geometry) == COLLECTION)
    names = list(names)
    remarks = []
    for row in np.flatnonzero(broken | mixed):
        before = geometry[row]
        parts, _ = polygons(np.array([shapely.make_valid(before)], dtype=object))
        after = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
        change = shapely.area(after) - shapely.area(before)
        reason = shapely.is_valid_reason(before)
        remarks.append(f"{names[row]}: repaired ({reason}); area {change:+.2f} m²")
        geometry[row] = after
    return geometry, remarks
