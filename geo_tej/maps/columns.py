"""Columns in a page: a header and arrays as one deflated block of text, geometry on an integer grid.

The page's `unpack.js` and `shapes.js` read what is written here. Arrays are stored byte plane by byte plane (all first
bytes, then all second ones), which deflates far better than whole numbers do. A boundary that two polygons share is
written once: the later ring says which run of which earlier ring it walks back along.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

PRECISION_M = 0.05
"""How far a vertex may stand from where it was surveyed, unless a coarser precision is asked for."""

POLYGON, LINE, POINT = 0, 1, 2
_FINEST_ZOOM = 22
_HALF_WORLD_M = np.pi * 6_378_137.0
_TYPES = {"uint8": "u1", "uint16": "u2", "uint32": "u4", "int32": "i4", "float32": "f4", "float64": "f8"}
_LARGE_BYTES = 20_000_000
"""Above this much, the last percent of compression is not worth its time."""
_NUMBERED = re.compile(r"(.*?)([1-9]\d{0,8}|0\d{1,8}|0)(\D*)", re.DOTALL)


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
    head = text.encode("utf-8", "backslashreplace")
    whole = b"".join([len(head).to_bytes(4, "little"), head, *planes])
    return base64.b64encode(zlib.compress(whole, 9 if len(whole) < _LARGE_BYTES else 6)).decode("ascii")


def grid_zoom(precision_m: float, latitude_deg: float) -> int:
    """Return the coarsest Web Mercator zoom on whose pixels no vertex moves by more than a precision.

    >>> grid_zoom(0.05, 29.5), grid_zoom(0.05, 0.0), grid_zoom(1.0, 29.5)
    (21, 22, 17)
    """
    pixel_m = 2 * _HALF_WORLD_M * np.cos(np.radians(latitude_deg)) / 256
    return int(np.clip(np.ceil(np.log2(pixel_m / (precision_m * np.sqrt(2)))), 0, _FINEST_ZOOM))


def grid_xy(x: NDArray[np.float64], y: NDArray[np.float64], crs: CRS, zoom: int) -> NDArray[np.int64]:
    """Return coordinates of a CRS as whole pixels of a Web Mercator zoom, (n, 2), y downwards."""
    east, north = _to_mercator(crs).transform(x, y)
    unit = 2 * _HALF_WORLD_M / (256 << zoom)
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


def shapes(geometry: NDArray[np.object_], crs: CRS, prefix: str, *, zoom: int) -> dict[str, NDArray[Any]]:
    """Return the columns of polygons, lines or points: rings a shape, points a ring, and where the points are.

    Points are differences, or runs along earlier rings (`runs`). A polygon's rings come without their last vertex,
    outer ones counter-clockwise and holes clockwise, so the rule of non-zero winding fills them.

    Parameters
    ----------
    geometry
        Shapes of one dimension; empty ones and None have no ring.
    crs
        Of the geometry.
    prefix
        Of the columns' names.
    zoom
        On whose pixels the vertices stand, see `grid_zoom`.
    """
    part, of_shape = shapely.get_parts(geometry, return_index=True)
    if len(part) and shapely.get_type_id(part[0]) == shapely.GeometryType.POLYGON:
        ring, of_part = shapely.get_rings(shapely.orient_polygons(part), return_index=True)
        kind, of_shape = POLYGON, of_shape[of_part]
    else:
        ring = part
        line = len(part) and shapely.get_type_id(part[0]) != shapely.GeometryType.POINT
        kind = LINE if line else POINT
    xy, of_ring = shapely.get_coordinates(ring, return_index=True)
    if kind == POLYGON:
        open_end = np.diff(of_ring, append=-1) == 0
        xy, of_ring = xy[open_end], of_ring[open_end]
    grid = grid_xy(xy[:, 0], xy[:, 1], crs, zoom)
    points = np.bincount(of_ring, minlength=len(ring))
    del part, ring, xy  # they would double what a million parcels take
    columns = {
        f"{prefix}.kind": np.array([kind, zoom], np.uint8),
        f"{prefix}.rings": smallest(np.bincount(of_shape, minlength=len(geometry))),
        f"{prefix}.points": smallest(points),
    }
    literal = np.ones(len(grid), bool)
    if kind == POLYGON and len(grid):
        grid, literal, walked = runs(grid, of_ring, points)
        columns |= {f"{prefix}.{name}": values for name, values in walked.items()}
    steps = np.diff(grid, axis=0, prepend=np.zeros((1, 2), np.int64))[literal].astype(np.int32)
    folded = zigzag(steps)
    return columns | {
        f"{prefix}.x": smallest(folded[:, 0]),
        f"{prefix}.y": smallest(folded[:, 1]),
    }


def runs(
    grid: NDArray[np.int64], of_ring: NDArray[np.intp], points: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], dict[str, NDArray[Any]]]:
    """Find where rings walk back along earlier rings, as neighbours in a coverage do.

    Returns the vertices, each ring turned so that it begins with a run where it has one; which of them must be written;
    and the runs: `gap`, the vertices written since the run before; `back`, how many rings earlier the other ring is;
    `at`, where in it the run begins; `length`, how many of its vertices follow, backwards.
    """
    count = len(grid)
    kind = np.int32 if count < np.iinfo(np.int32).max else np.int64  # a million parcels have many millions of vertices
    of_ring = of_ring.astype(kind)
    here = np.arange(count, dtype=kind)
    first: NDArray[Any] = np.repeat((np.cumsum(points) - points).astype(kind), points)
    size: NDArray[Any] = np.repeat(points, points).astype(kind)
    following = np.where(here - first + 1 == size, first, here + 1)
    before = np.where(here == first, first + size - 1, here - 1)
    number = pd.factorize(grid[:, 0] << 32 | grid[:, 1])[0].astype(kind)
    low, high = np.minimum(number, number[following]), np.maximum(number, number[following])
    edge = pd.factorize(low.astype(np.int64) * count + high)[0].astype(kind)
    earliest = np.full(int(edge.max()) + 1, count, kind)
    np.minimum.at(earliest, edge, here)
    mate = earliest[edge]
    shared = (of_ring[mate] < of_ring) & (number[mate] == number[following]) & (low != high)

    source = np.where(shared, following[mate], np.where(shared[before], mate[before], -1))
    walked = source >= 0
    goes_on = walked & walked[before] & (source == before[source[before]]) & (here != before)
    begins = walked & ~goes_on
    turn = np.zeros(len(points), np.intp)
    beginnings = np.flatnonzero(begins)[::-1]
    turn[of_ring[beginnings]] = beginnings - first[beginnings]

    order = first + (here - first + turn[of_ring]) % np.maximum(size, 1)
    walked, source = walked[order], source[order]
    begins = walked & (~goes_on[order] | (here == first))
    start = np.flatnonzero(begins)
    run = np.cumsum(begins) - 1
    length = np.bincount(run[walked], minlength=len(start))
    written = np.cumsum(~walked)
    other = of_ring[source[start]]
    at = (source[start] - first[source[start]] - turn[other]) % np.maximum(points[other], 1)
    return grid[order], ~walked, {
        "gap": smallest(np.diff(written[start], prepend=0)),
        "back": smallest(of_ring[start] - other),
        "at": smallest(at),
        "length": smallest(length),
    }  # fmt: skip


def zigzag(values: NDArray[np.int32]) -> NDArray[np.uint32]:
    """Fold signed numbers into unsigned ones, small staying small: 0, -1, 1, -2 become 0, 1, 2, 3."""
    return ((values << 1) ^ (values >> 31)).astype(np.uint32)


def smallest(values: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers from 0 in the narrowest unsigned type that holds them."""
    most = int(values.max()) if len(values) else 0
    return values.astype(np.min_scalar_type(most) if most < 1 << 32 else np.float64)


def areas(values: NDArray[np.float64]) -> NDArray[Any]:
    """Return areas in m² as 400ths, in such a way that two decimals of them are those of the area itself.

    What lies between two 400ths goes to the odd one, so it never looks like a tie. NaN becomes 0.

    >>> (areas(np.array([0.1347, 0.1353, 0.135])) / 400).round(2).tolist()
    [0.13, 0.14, 0.14]
    """
    parts = np.nan_to_num(values) * 400
    whole, below = np.rint(parts), np.floor(parts)
    return smallest(np.where(np.abs(parts - whole) < 1e-5, whole, np.where(below % 2 == 1, below, below + 1)))  # noqa: PLR2004


def text(values: Sequence[object], prefix: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return a text column: how it is written, for the header, and its arrays.

    Values that differ in one number only ("Plot 12", "Plot 7") are written as numbers, few values as codes, others as
    they are. None and NaN become the empty text.
    """
    cells = ["" if value is None or value != value else str(value) for value in values]  # noqa: PLR0124  NaN
    distinct_cells = list(dict.fromkeys(cells))
    if len(distinct_cells) * 2 <= len(cells) or len(cells) < 100:  # noqa: PLR2004  too few to gain by
        code = {cell: number for number, cell in enumerate(distinct_cells)}
        return {"words": distinct_cells}, {
            f"{prefix}.code": smallest(np.array([code[cell] for cell in cells], np.int64))
        }
    found = [_NUMBERED.fullmatch(cell) for cell in cells]
    forms = {
        (each[1], each[3], len(each[2]) if each[2][0] == "0" and each[2] != "0" else 0) if each else None
        for each in found
    }
    widths = {len(each[2]) for each in found if each}
    padded = len(widths) == 1
    if (
        None not in forms
        and len({form[:2] for form in forms if form}) == 1
        and (padded or all(not f[2] for f in forms if f))
    ):
        prefix_words, suffix = next((form[0], form[1]) for form in forms if form)
        numbers = np.array([int(each[2]) for each in found if each], np.int64)
        folded = zigzag(np.diff(numbers, prepend=0).astype(np.int32))
        form = [prefix_words, widths.pop() if padded else 0, suffix]
        return {"form": form}, {f"{prefix}.number": smallest(folded)}
    blob = json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return {}, {f"{prefix}.text": np.frombuffer(blob, np.uint8)}


def distinct(rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the distinct rows of a table of whole numbers, and for each row which of them it is."""
    which = np.zeros(len(rows), np.int64)
    for column in rows.T:
        which, _ = pd.factorize(which * (int(column.max(initial=0)) + 1) + column.astype(np.int64))
    found = np.zeros((int(which.max(initial=-1)) + 1, rows.shape[1]), rows.dtype)
    found[which] = rows
    return found, smallest(which)


def starts(sorted_owner: NDArray[np.integer[Any]], count: int) -> NDArray[np.uint32]:
    """Return where each owner's rows begin in a table sorted by owner, and where the last one's end."""
    return np.searchsorted(sorted_owner, np.arange(count + 1)).astype(np.uint32)
