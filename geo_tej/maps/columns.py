"""Columns in a page: a header and arrays as one deflated block of text, geometry on an integer grid.

The page's `unpack.js` and `shapes.js` read what is written here. Arrays are stored byte plane by byte plane (all first
bytes, then all second ones), which deflates far better than whole numbers do.
"""

from __future__ import annotations

import base64
import json
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from pyproj import CRS

GRID_ZOOM = 21
"""Vertices stand on the pixels of this Web Mercator zoom: 7.5 cm at the equator, 6.5 cm at 30° of latitude."""

POLYGON, LINE, POINT = 0, 1, 2
_HALF_WORLD_M = np.pi * 6_378_137.0
_TYPES = {"uint8": "u1", "uint16": "u2", "uint32": "u4", "int32": "i4", "float32": "f4", "float64": "f8"}


def pack(header: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]) -> str:
    """Write a header and arrays as base64 of one zlib block.

    Parameters
    ----------
    header
        Anything JSON can say.
    columns
        One-dimensional arrays of uint8, uint16, uint32, int32, float32 or float64.

    Raises
    ------
    TypeError
        If an array is of another type.
    """
    listed, planes = [], []
    for name, values in columns.items():
        if values.dtype.name not in _TYPES:
            message = f"column {name!r}: {values.dtype} cannot be packed"
            raise TypeError(message)
        little = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<")))
        planes.append(little.view(np.uint8).reshape(len(values), values.dtype.itemsize).T.tobytes())
        listed.append([name, _TYPES[values.dtype.name], len(values)])
    text = json.dumps({**header, "columns": listed}, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    head = text.encode()
    block = zlib.compress(len(head).to_bytes(4, "little") + head + b"".join(planes), 9)
    return base64.b64encode(block).decode("ascii")


def grid_xy(x: NDArray[np.float64], y: NDArray[np.float64], crs: CRS) -> NDArray[np.int64]:
    """Return coordinates of a CRS as whole grid units, (n, 2), y downwards."""
    east, north = _to_mercator(crs).transform(x, y)
    unit = 2 * _HALF_WORLD_M / (256 << GRID_ZOOM)
    return np.column_stack(
        [np.rint((np.asarray(east) + _HALF_WORLD_M) / unit), np.rint((_HALF_WORLD_M - np.asarray(north)) / unit)]
    ).astype(np.int64)


@cache
def _to_mercator(crs: CRS) -> Transformer:
    return Transformer.from_crs(crs, "EPSG:3857", always_xy=True)


def hilbert(geometry: NDArray[np.object_]) -> NDArray[np.intp]:
    """Return an order of shapes in which neighbours stand close together."""
    import geopandas as gpd  # noqa: PLC0415  only for its curve

    if not len(geometry):
        return np.empty(0, np.intp)
    boxes = gpd.GeoSeries(shapely.envelope(geometry))
    known = ~(boxes.is_empty | boxes.isna())
    distance = np.zeros(len(geometry), dtype=np.int64)
    if known.any():
        distance[known] = boxes[known].hilbert_distance(level=16).to_numpy()
    return np.argsort(distance, kind="stable")


def shapes(geometry: NDArray[np.object_], crs: CRS, prefix: str) -> dict[str, NDArray[Any]]:
    """Return the columns of polygons, lines or points: rings a shape, points a ring, and vertices as differences.

    A polygon's rings are given without their last vertex and are filled by the even-odd rule, so holes and parts need
    no more than being listed.
    """
    part, of_shape = shapely.get_parts(geometry, return_index=True)
    if len(part) and shapely.get_type_id(part[0]) == shapely.GeometryType.POLYGON:
        ring, of_part = shapely.get_rings(part, return_index=True)
        kind, of_shape = POLYGON, of_shape[of_part]
    else:
        ring = part
        line = len(part) and shapely.get_type_id(part[0]) != shapely.GeometryType.POINT
        kind = LINE if line else POINT
    xy, of_ring = shapely.get_coordinates(ring, return_index=True)
    if kind == POLYGON:
        open_end = np.diff(of_ring, append=-1) == 0
        xy, of_ring = xy[open_end], of_ring[open_end]
    grid = grid_xy(xy[:, 0], xy[:, 1], crs)
    steps = np.diff(grid, axis=0, prepend=np.zeros((1, 2), np.int64)).astype(np.int32)
    zigzag = ((steps << 1) ^ (steps >> 31)).astype(np.uint32)
    return {
        f"{prefix}.kind": np.array([kind], np.uint8),
        f"{prefix}.rings": np.bincount(of_shape, minlength=len(geometry)).astype(np.uint32),
        f"{prefix}.points": np.bincount(of_ring, minlength=len(ring)).astype(np.uint32),
        f"{prefix}.x": np.ascontiguousarray(zigzag[:, 0]),
        f"{prefix}.y": np.ascontiguousarray(zigzag[:, 1]),
    }


def distinct(rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.uint32]]:
    """Return the distinct rows of a table, and for each row which of them it is."""
    found, which = np.unique(rows, axis=0, return_inverse=True)
    return found, which.ravel().astype(np.uint32)


def starts(sorted_owner: NDArray[np.integer[Any]], count: int) -> NDArray[np.uint32]:
    """Return where each owner's rows begin in a table sorted by owner, and where the last one's end."""
    return np.searchsorted(sorted_owner, np.arange(count + 1)).astype(np.uint32)
