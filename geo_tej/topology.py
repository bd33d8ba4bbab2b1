"""Where polygons that should tile do not: overlaps, gaps, boundaries that nearly coincide, spikes; with places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_tej.measure import mean_width_m
from geo_tej.overlay import polygons, resolution_m2

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

NEAR_M = 0.5
"""Boundaries that run nearer than this and are not the same were meant to be the same."""

COLUMNS: dict[str, Any] = {
    "kind": "object", "row": "int64", "other": "int64", "area_m2": float, "width_m": float, "x": float, "y": float,
}  # fmt: skip
"""What is told of a place: kind, the positions of the rows (-1: none), m², mean width in m, easting, northing."""

_SHARP = np.cos(np.radians(1))
_SPIKE_M = 1.0
_CHUNK = 20_000


def overlapping(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return where rows of one layer lie over each other; narrow ones are boundaries that nearly coincide.

    >>> import geopandas as gpd
    >>> told = overlapping(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)]))
    >>> told[["kind", "row", "other", "area_m2"]].to_numpy().tolist()
    [['overlap', 0, 1, 2.0]]
    >>> len(overlapping(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 2, 2), shapely.box(2, 0, 3, 2), None])))
    0
    """
    geometry = frame.geometry.to_numpy()
    tree = shapely.STRtree(geometry)
    told = []
    for start in range(0, len(geometry), _CHUNK):
        left, right = tree.query(geometry[start : start + _CHUNK], predicate="intersects")
        left = left + start
        left, right = left[left < right], right[left < right]
        apart = shapely.touches(geometry[left], geometry[right])
        left, right = left[~apart], right[~apart]
        common = shapely.intersection(geometry[left], geometry[right])
        area = shapely.area(common)
        real = area > np.maximum(resolution_m2(geometry[left]), resolution_m2(geometry[right]))
        told.append(_told("overlap", common[real], left[real], right[real]))
    return _joined(told)


def gaps(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return holes that rows which should tile leave among them, and slits between them.

    >>> import geopandas as gpd
    >>> gaps(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 2, 2))])).area_m2.tolist()
    [1.0]
    >>> len(gaps(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 9, 9), None])))
    0
    """
    whole = shapely.union_all(frame.geometry.to_numpy())
    parts, _ = polygons(np.array([whole], dtype=object))
    if not len(parts):
        return _joined([])
    rings, of_part = shapely.get_rings(parts, return_index=True)
    holes = shapely.polygons(rings[np.r_[False, of_part[1:] == of_part[:-1]]])
    shut = shapely.buffer(shapely.buffer(whole, NEAR_M / 2, join_style="mitre"), -NEAR_M / 2, join_style="mitre")
    slits, _ = polygons(np.array([shapely.difference(shut, shapely.union_all([whole, *holes]))], dtype=object))
    slits = slits[(shapely.area(slits) > resolution_m2(slits)) & (mean_width_m(slits) > 1e-3)]  # noqa: PLR2004  a millimetre
    found = np.concatenate([holes[shapely.area(holes) > resolution_m2(holes)], slits])
    tree = shapely.STRtree(frame.geometry.to_numpy())
    beside = [np.sort(tree.query(each, predicate="intersects"))[:2] for each in found]
    first = np.array([rows[0] if len(rows) else -1 for rows in beside], dtype=np.int64)
    second = np.array([rows[1] if len(rows) > 1 else -1 for rows in beside], dtype=np.int64)
    return _told("gap", found, first, second)


def spikes(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return vertices from which a boundary runs back within a degree of where it came, more than a metre each way.

    >>> import geopandas as gpd
    >>> spike = shapely.Polygon([(0, 0), (9, 0), (9, 4), (30, 4.001), (9, 4.002), (9, 9), (0, 9)])
    >>> spikes(gpd.GeoDataFrame(geometry=[spike, None]))[["row", "x"]].to_numpy().tolist()
    [[0.0, 30.0]]
    """
    parts, row = polygons(frame.geometry.to_numpy())
    rings, of_part = shapely.get_rings(parts, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    if not len(points):
        return _joined([])
    steps = np.diff(points, axis=0)
    inside = of_ring[1:] == of_ring[:-1]
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    here = inside[1:] & inside[:-1] & (lengths[1:] > _SPIKE_M) & (lengths[:-1] > _SPIKE_M)
    along = (steps[1:] * steps[:-1]).sum(axis=1)
    sharp = np.flatnonzero(here & (along < -_SHARP * lengths[1:] * lengths[:-1])) + 1
    rows = row[of_part[of_ring[sharp]]]
    table = {
        "kind": "spike", "row": rows, "other": -1, "area_m2": 0.0, "width_m": 0.0,
        "x": points[sharp, 0], "y": points[sharp, 1],
    }  # fmt: skip
    return pd.DataFrame(table, columns=list(COLUMNS)).astype(COLUMNS)


def _told(kind: str, shapes: NDArray[np.object_], row: NDArray[np.intp], other: NDArray[np.intp]) -> pd.DataFrame:
    width = mean_width_m(shapes)
    points = shapely.point_on_surface(shapes)
    table = {
        "kind": np.where(width < NEAR_M, "near_duplicate_boundary", kind).astype(object), "row": row, "other": other,
        "area_m2": shapely.area(shapes), "width_m": width, "x": shapely.get_x(points), "y": shapely.get_y(points),
    }  # fmt: skip
    return pd.DataFrame(table, columns=list(COLUMNS)).astype(COLUMNS)


def _joined(told: list[pd.DataFrame]) -> pd.DataFrame:
    if not told:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
    return pd.concat(told, ignore_index=True)
