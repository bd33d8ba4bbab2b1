"""Candidates: enterprise sites, parcels, parcels merged with neighbours of the same tenure, ground cut from cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rasterio.features import shapes as vectorised
from scipy import ndimage

from geo_tej.errors import ProgrammeError
from geo_tej.measure import widest_circle_m

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

    from geo_tej.grid import Grid

TOUCH_M = 0.01
"""How far neighbours may be drawn apart and still touch."""

SHARED_M = 1.0
"""How long an edge neighbours must share, so that a corner joins nothing."""

MOST_MERGED = 50_000
"""So many merged candidates are more than anyone can look at; fewer parcels must be asked for."""


def enterprise_sites(parcels: gpd.GeoDataFrame, occupancy: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the ground of each enterprise, all its parcels together; enterprises on the same ground are one site."""
    known = occupancy[occupancy["parcel_id"].isin(parcels.index)]
    firms: dict[tuple[str, ...], list[str]] = {}
    for enterprise, its in known.groupby("enterprise_id", sort=False)["parcel_id"]:
        firms.setdefault(tuple(sorted(set(its))), []).append(str(enterprise))
    names = [parts[0] if len(parts) == 1 else who[0] for parts, who in firms.items()]
    return _sites(parcels, names, list(firms), "enterprise")


def parcel_sites(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return every parcel as a site of its own."""
    return _sites(parcels, [str(name) for name in parcels.index], [(name,) for name in parcels.index], "parcel")


def merged_sites(parcels: gpd.GeoDataFrame, *, up_to: int) -> gpd.GeoDataFrame:
    """Return every group of 2 to `up_to` parcels that share edges and have the same tenure; unknown is never the same.

    Raises
    ------
    ProgrammeError
        If the parcels have no tenure, or there are more groups than anyone can look at.
    """
    if "tenure" not in parcels.columns:
        message = "merged candidates need the tenure of parcels; map the column `tenure` in the manifest"
        raise ProgrammeError(message)
    left, right = neighbours(parcels.geometry.to_numpy())
    tenure = parcels["tenure"].to_numpy(object)
    same = np.array(
        [a == b and isinstance(a, str) and bool(a) for a, b in zip(tenure[left], tenure[right], strict=True)]
    )
    beside: dict[int, set[int]] = {}
    for one, other in zip(left[same] if len(left) else left, right[same] if len(right) else right, strict=True):
        beside.setdefault(int(one), set()).add(int(other))
    groups = {frozenset((one, other)) for one, others in beside.items() for other in others}
    grown, size = groups, 2
    while size < up_to and grown:
        grown = {
            group | {other} for group in grown for one in group for other in beside.get(one, ()) if other not in group
        }
        groups = groups | grown
        size += 1
        if len(groups) > MOST_MERGED:
            break
    if len(groups) > MOST_MERGED:
        message = (
            f"more than {MOST_MERGED:,} ways to merge parcels; lower `merge_up_to`, or name a smaller area `within`"
        )
        raise ProgrammeError(message)
    index = parcels.index.to_numpy()
    parts = sorted(tuple(sorted(map(str, index[list(group)]))) for group in groups)
    return _sites(parcels, ["+".join(group) for group in parts], parts, "merged")


def neighbours(geometry: NDArray[np.object_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return both ways the pairs of polygons that share an edge of a metre or more.

    >>> plots = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(20, 10, 30, 20)])
    >>> [side.tolist() for side in neighbours(plots)]
    [[0, 1], [1, 0]]
    """
    present = np.flatnonzero(~(shapely.is_missing(geometry) | shapely.is_empty(geometry)))
    tree = shapely.STRtree(geometry[present])
    left, right = (present[side] for side in tree.query(geometry[present], predicate="dwithin", distance=TOUCH_M))
    once = left < right
    left, right = left[once], right[once]
    edge = shapely.boundary(geometry[left])
    near = shapely.buffer(shapely.boundary(geometry[right]), TOUCH_M, cap_style="flat", join_style="mitre")
    together = shapely.length(shapely.intersection(edge, near)) >= SHARED_M
    left, right = left[together], right[together]
    return np.r_[left, right], np.r_[right, left]


def ground_sites(  # noqa: PLR0913  the cells, their place, and what a piece must be
    free: NDArray[np.bool_], grid: Grid, *, least_m2: float, most_m2: float, width_m: float, compactness: float
) -> gpd.GeoDataFrame:
    """Return contiguous free ground as sites: pieces that hang together by edges, wide, large and compact enough.

    Necks narrower than `width_m` are cut by a morphological opening; a piece larger than `most_m2` is cut along a mesh
    of squares of that size. Compactness is 4πA/P², 1 for a disc (Polsby and Popper 1991), without the stairs of cells.
    """
    radius = width_m / grid.cell_m / 2
    if radius > 1:
        reach = int(radius)
        row, column = np.ogrid[-reach : reach + 1, -reach : reach + 1]
        free = ndimage.binary_opening(free, structure=row**2 + column**2 <= radius**2)
    pieces = np.array(
        [
            shapely.geometry.shape(shape)
            for shape, _ in vectorised(free.astype(np.uint8), mask=free, connectivity=4, transform=grid.transform)
        ],
        dtype=object,
    )
    if len(pieces) and np.isfinite(most_m2):
        pieces = _meshed(pieces, most_m2)
    smooth = shapely.simplify(pieces, grid.cell_m) if len(pieces) else pieces
    area = shapely.area(pieces) if len(pieces) else np.empty(0)
    outline = shapely.length(smooth) if len(pieces) else np.empty(0)
    round_ = 4 * np.pi * area / np.maximum(outline, 1e-9) ** 2
    kept = (area >= max(least_m2, grid.cell_m**2)) & (round_ >= compactness)
    kept[kept] &= widest_circle_m(pieces[kept]) >= width_m - grid.cell_m
    order = np.argsort(-area[kept], kind="stable")
    chosen = pieces[kept][order]
    names = [f"G{number:03d}" for number in range(1, len(chosen) + 1)]
    return gpd.GeoDataFrame(
        {"source": "ground", "parcels": [()] * len(chosen)},
        geometry=chosen,
        index=pd.Index(names, name="parcel_id", dtype=object),
        crs=grid.crs,
    )


def together(frames: Iterable[gpd.GeoDataFrame], crs: CRS) -> gpd.GeoDataFrame:
    """Put candidates of several sources together; the same parcels are one candidate, of the first source."""
    listed = [frame for frame in frames if len(frame)]
    if not listed:
        return gpd.GeoDataFrame(
            {"source": pd.Series(dtype=object), "parcels": pd.Series(dtype=object)},
            geometry=gpd.GeoSeries([], crs=crs), index=pd.Index([], name="parcel_id", dtype=object),
        )  # fmt: skip
    table = pd.concat(listed)
    keys = [frozenset(parts) if parts else name for name, parts in zip(table.index, table["parcels"], strict=True)]
    table = table[~pd.Series(keys, dtype=object).duplicated().to_numpy()]
    names: list[str] = []
    taken: set[str] = set()
    for name in table.index:
        unique = next(each for each in [name, *(f"{name} ({number})" for number in range(2, 99))] if each not in taken)
        taken.add(unique)
        names.append(unique)
    return gpd.GeoDataFrame(table, crs=crs).set_axis(pd.Index(names, name="parcel_id", dtype=object))


def rivals(candidates: gpd.GeoDataFrame) -> list[tuple[str, ...]]:
    """Return the groups of candidates that share ground, of which only one can be built on.

    Those with a parcel in common are one group a parcel; others that overlap are pairs.
    """
    groups: dict[str, list[str]] = {}
    for name, parts in candidates["parcels"].items():
        for part in parts:
            groups.setdefault(part, []).append(str(name))
    listed = [tuple(group) for group in groups.values() if len(group) > 1]
    geometry = candidates.geometry.to_numpy()
    left, right = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    parts = [set(each) for each in candidates["parcels"]]
    loose = np.array(
        [one < other and not parts[one] & parts[other] for one, other in zip(left, right, strict=True)], dtype=bool
    )
    left, right = left[loose], right[loose]
    shared = shapely.area(shapely.intersection(geometry[left], geometry[right])) > 1.0
    names = candidates.index.to_numpy()
    return listed + [(names[one], names[other]) for one, other in zip(left[shared], right[shared], strict=True)]


def _sites(
    parcels: gpd.GeoDataFrame, names: Sequence[str], parts: Sequence[tuple[str, ...]], source: str
) -> gpd.GeoDataFrame:
    ground = parcels.geometry
    shapes = [
        ground.loc[group[0]] if len(group) == 1 else _joined(ground.loc[list(group)].to_numpy()) for group in parts
    ]
    return gpd.GeoDataFrame(
        {"source": source, "parcels": list(parts)},
        geometry=np.array(shapes, dtype=object),
        index=pd.Index(list(names), name="parcel_id", dtype=object),
        crs=parcels.crs,
    )


def _joined(geometry: NDArray[np.object_]) -> shapely.Geometry:
    """Unite neighbours; a slit between them no wider than they may be drawn apart is closed."""
    whole = shapely.union_all(geometry)
    closed = shapely.buffer(shapely.buffer(whole, TOUCH_M, join_style="mitre"), -TOUCH_M, join_style="mitre")
    return closed if shapely.get_num_geometries(closed) < shapely.get_num_geometries(whole) else whole


def _meshed(pieces: NDArray[np.object_], most_m2: float) -> NDArray[np.object_]:
    """Cut pieces that are too large along a mesh of squares of the largest size."""
    large = shapely.area(pieces) > most_m2
    side = float(np.sqrt(most_m2))
    cut: list[shapely.Geometry] = []
    for piece in pieces[large]:
        west, south, east, north = shapely.bounds(piece)
        columns, rows = max(1, int(np.ceil((east - west) / side))), max(1, int(np.ceil((north - south) / side)))
        x, y = (each.ravel() for each in np.meshgrid(west + np.arange(columns) * side, south + np.arange(rows) * side))
        cells = shapely.intersection(piece, shapely.box(x, y, x + side, y + side))
        parts = shapely.get_parts(cells)
        cut += list(parts[shapely.get_dimensions(parts) == len("xy")])
    return np.array([*pieces[~large], *cut], dtype=object)
