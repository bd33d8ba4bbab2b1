"""The faces of a parcel: pieces of its ground on which the set of zone classes is constant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.crs import require_same
from geo_tej.frames import check_parcels
from geo_tej.measure import CIRCLE_TOLERANCE_M, HAIRLINE_M, is_wide, mean_width_m
from geo_tej.overlay import Pieces, ZoneIndex, index_zones, meet, polygons, resolution_m2
from geo_tej.ragged import members
from geo_tej.threads import cores, elementwise, side_by_side
from geo_tej.widths import widths_m

if TYPE_CHECKING:
    from numpy.typing import NDArray


BATCH = 2_000
"""So many parcels are cut at a time."""

GRIDS_M = (0.0, 2.0**-26, 2.0**-20, 2.0**-10)
"""Grids that lines are drawn on, one after the other where faces do not add up; the first is what coordinates can tell.

The coarsest is one millimetre."""

_BALANCE = 4.0
"""Faces add up to what they were cut from but for so many times what coordinates cannot tell from nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Faces:
    """Faces of a batch, sorted by parcel: their parcel's position, polygon and area, and the keys that cover each.

    `face` and `key` are the two columns of a long table, sorted: this face lies in that key.
    """

    parcel: NDArray[np.intp]
    polygon: NDArray[np.object_]
    area_m2: NDArray[np.float64]
    face: NDArray[np.intp]
    key: NDArray[np.intp]


def ground(parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame | ZoneIndex) -> gpd.GeoDataFrame:
    """Cut parcels into faces, each with the tuple of (layer, zone class) pairs that hold on it.

    Faces of a parcel do not overlap and add up to it.

    Parameters
    ----------
    parcels
        Polygons with the index or column `parcel_id`, in a projected CRS in metres.
    zones
        Polygons with `zone_class` and perhaps `layer`, in the same CRS; or an index made by `index_zones`.

    Returns
    -------
    geopandas.GeoDataFrame
        `parcel_id, zones, area_m2, geometry`, in the order of parcels, then zones. A parcel without ground has no face.

    Raises
    ------
    CRSError, FrameError
        As `overlaps`.

    Examples
    --------
    >>> def frame(**columns):
    ...     return gpd.GeoDataFrame(columns, crs=4549)
    >>> plot = frame(parcel_id=["A"], geometry=[shapely.box(457400, 3268000, 457410, 3268010)])
    >>> half = frame(zone_class=["core"], geometry=[shapely.box(457405, 3268000, 457500, 3268100)])
    >>> ground(plot, half)[["parcel_id", "zones", "area_m2"]]
      parcel_id             zones  area_m2
    0         A                ()     50.0
    1         A  ((zones, core),)     50.0
    >>> ground(plot, half[:0])["zones"].tolist()
    [()]
    """
    parcels = check_parcels(parcels)
    index = zones if isinstance(zones, ZoneIndex) else index_zones(zones)
    require_same(parcels.crs, index.crs, left_name="parcels", right_name="zones")
    geometry = parcels.geometry.to_numpy()
    faces = cut(geometry, meet(geometry, index))
    names = index.keys.to_list()
    held: list[list[tuple[str, str]]] = [[] for _ in faces.parcel]
    for face, key in zip(faces.face, faces.key, strict=True):
        held[face].append(names[key])
    told = [tuple(sorted(keys)) for keys in held]
    order = np.array(sorted(range(len(told)), key=lambda face: (faces.parcel[face], told[face])), dtype=np.intp)
    return gpd.GeoDataFrame(
        {
            "parcel_id": parcels.index.to_numpy()[faces.parcel[order]],
            "zones": pd.Series([told[face] for face in order], dtype=object),
            "area_m2": faces.area_m2[order],
        },
        geometry=faces.polygon[order],
        crs=parcels.crs,
    )


def cut(parcels: NDArray[np.object_], pieces: Pieces) -> Faces:
    """Cut parcels by the pieces that cover them in part; pieces that cover a parcel wholly hold on all its faces.

    Pieces are sorted by parcel. Long batches are cut in threads, which changes nothing of what comes out.
    """
    if len(parcels) < 2 * BATCH or cores() == 1:
        return _cut(parcels, pieces)
    bounds = np.linspace(0, len(parcels), max(len(parcels) // BATCH, 2) + 1).astype(int)
    place = np.searchsorted(pieces.parcel, bounds)
    jobs = [
        partial(_cut, parcels[first:stop], pieces.at(slice(*place[number : number + 2]), of=first))
        for number, (first, stop) in enumerate(pairwise(bounds))
    ]
    parts = side_by_side(jobs)
    number = np.cumsum([0, *(len(part.parcel) for part in parts)])
    return Faces(
        parcel=np.concatenate([part.parcel + first for part, first in zip(parts, bounds, strict=False)]),
        polygon=np.concatenate([part.polygon for part in parts]),
        area_m2=np.concatenate([part.area_m2 for part in parts]),
        face=np.concatenate([part.face + first for part, first in zip(parts, number, strict=False)]),
        key=np.concatenate([part.key for part in parts]),
    )


def _cut(parcels: NDArray[np.object_], pieces: Pieces) -> Faces:
    present = np.flatnonzero(shapely.area(np.where(shapely.is_missing(parcels), shapely.Polygon(), parcels)) > 0)
    partial = np.flatnonzero(~shapely.is_missing(pieces.ground))
    crossed = np.unique(pieces.parcel[partial])
    uncut = np.setdiff1d(present, crossed, assume_unique=True)
    drawn = [_Drawn(uncut, parcels[uncut], np.empty(0, np.intp), np.empty(0, np.intp))]
    for grid in GRIDS_M:
        found, crossed = _between_lines(parcels, pieces, crossed, grid)
        drawn.append(found)
        if not len(crossed):
            break
    number = np.cumsum([0, *(len(each.parcel) for each in drawn)])
    held_face = np.concatenate([each.face + first for each, first in zip(drawn, number, strict=False)])
    held_key = np.concatenate([each.key for each in drawn])
    parcel = np.concatenate([each.parcel for each in drawn])
    order = np.argsort(parcel, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    parcel, polygon = parcel[order], np.concatenate([each.polygon for each in drawn])[order]
    whole = np.flatnonzero(shapely.is_missing(pieces.ground))
    full_face, full = members(parcel, pieces.parcel[whole])
    face, key = np.r_[place[held_face], full_face], np.r_[held_key, pieces.key[whole[full]]]
    order = np.lexsort((key, face))
    return Faces(parcel=parcel, polygon=polygon, area_m2=shapely.area(polygon), face=face[order], key=key[order])


class _Drawn(NamedTuple):
    """Faces: their parcels and polygons, and which of them lies in which key of those that cover in part."""

    parcel: NDArray[np.intp]
    polygon: NDArray[np.object_]
    face: NDArray[np.intp]
    key: NDArray[np.intp]


def _between_lines(
    parcels: NDArray[np.object_], pieces: Pieces, crossed: NDArray[np.intp], grid_m: float
) -> tuple[_Drawn, NDArray[np.intp]]:
    """Draw the outlines of each parcel and of its pieces together, and take the faces between the lines.

    A point in each face tells what it lies in. Lines that nearly coincide may leave faces that do not add up to the
    parcel, or not to a piece: such parcels are given back, to be drawn on a coarser grid. On the coarsest none are.
    """
    partial = np.flatnonzero(~shapely.is_missing(pieces.ground) & np.isin(pieces.parcel, crossed))
    parcel, ground, owner = parcels[crossed], pieces.ground[partial], np.searchsorted(crossed, pieces.parcel[partial])
    group = np.r_[np.arange(len(crossed)), owner]
    order = np.argsort(group, kind="stable")
    outlines = np.r_[shapely.boundary(parcel), shapely.boundary(ground)][order]
    lines = shapely.union_all(
        shapely.geometrycollections(outlines, indices=group[order])[:, None], axis=1, grid_size=grid_m or None
    )
    polygon, of = shapely.get_parts(shapely.polygonize(lines[:, None]), return_index=True)
    leeway = _BALANCE * resolution_m2(parcel) + grid_m * shapely.length(lines)
    real = shapely.area(polygon) > resolution_m2(parcel)[of]
    polygon, of = polygon[real], of[real]
    point = shapely.point_on_surface(polygon)
    # what lies in a hole of the parcel is between lines too
    mine = shapely.intersects(parcel[of], point)
    polygon, of, point = polygon[mine], of[mine], point[mine]
    piece, face = members(owner, of)
    inside = shapely.intersects(ground[piece], point[face])
    face, piece = face[inside], piece[inside]
    area = shapely.area(polygon)
    off = np.abs(np.bincount(of, area, minlength=len(crossed)) - shapely.area(parcel)) > leeway
    covered = np.bincount(piece, area[face], minlength=len(partial))
    off[owner[np.abs(covered - shapely.area(ground)) > leeway[owner]]] = True
    off &= grid_m < GRIDS_M[-1]
    kept = ~off[of]
    held = kept[face]
    found = _Drawn(
        crossed[of[kept]], polygon[kept], (np.cumsum(kept) - 1)[face[held]], pieces.key[partial[piece[held]]]
    )
    return found, crossed[off]


@dataclass(frozen=True, kw_only=True, eq=False)
class Remaining:
    """The connected pieces that stay of grounds, sorted by ground: areas in m², and widths as far as asked for."""

    count: int
    ground: NDArray[np.intp]
    piece: NDArray[np.object_]
    area_m2: NDArray[np.float64]
    width_m: NDArray[np.float64]

    def fits(self, sizes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say, grounds x (area, width), whether one piece has both; the widest circle is found within 5 cm."""
        fit = np.zeros((self.count, len(sizes)), dtype=bool)
        for number, (area, width) in enumerate(sizes):
            fit[self.ground[(self.area_m2 >= area) & (self.width_m >= width - CIRCLE_TOLERANCE_M)], number] = True
        return fit

    def largest_m2(self) -> NDArray[np.float64]:
        """Return the area of the largest piece of each ground, 0 where nothing is left."""
        largest = np.zeros(self.count)
        np.maximum.at(largest, self.ground, self.area_m2)
        return largest


def remaining(
    polygon: NDArray[np.object_],
    ground: NDArray[np.intp],
    *,
    count: int,
    sizes: NDArray[np.float64],
    asked: NDArray[np.bool_] | None = None,
) -> Remaining:
    """Put free faces together, those of each ground by themselves, and measure the pieces, hairlines left out.

    A piece is as wide as the largest circle in it, which is only looked for where it decides on one of the `sizes`.

    Parameters
    ----------
    polygon, ground
        Faces, and the number of the ground that each belongs to, sorted.
    count
        How many grounds there are.
    sizes
        Rows of least area in m² and least width in m.
    asked
        Grounds x sizes: which sizes are asked of which ground, all unless given; whether others fit is not told.

    >>> faces, sizes = shapely.box([0, 20], [0, 0], [3, 30], [90, 90]), np.array([[200, 5], [200, 11], [1000, 5]])
    >>> left = remaining(faces, np.array([0, 0]), count=1, sizes=sizes)
    >>> left.fits(sizes).tolist(), left.area_m2.tolist(), left.largest_m2().tolist()
    ([[True, False, False]], [270.0, 900.0], [900.0])
    >>> remaining(faces[:0], np.empty(0, int), count=1, sizes=sizes).fits(np.array([[0, 0]])).tolist()
    [[False]]
    """
    if not len(polygon):
        return Remaining(count=count, ground=ground, piece=polygon, area_m2=np.empty(0), width_m=np.empty(0))
    numbers = np.unique(ground)
    place = np.searchsorted(numbers, ground)
    several = np.bincount(place, minlength=len(numbers)) > 1
    whole = np.empty(len(numbers), dtype=object)
    whole[place] = polygon
    joined = several[place]
    rank_of_joined = np.cumsum(several) - 1
    whole[several] = elementwise(
        _united, shapely.geometrycollections(polygon[joined], indices=rank_of_joined[place[joined]])
    )
    pieces, owner = shapely.get_parts(whole, return_index=True)
    # Rounded coordinates leave corridors of nanometres between pieces that touch no more: open them.
    inner = elementwise(_shrunk, whole)
    torn = np.flatnonzero(shapely.get_num_geometries(inner) > np.bincount(owner, minlength=len(whole)))
    if len(torn):
        opened, of = polygons(elementwise(_opened, inner[torn], whole[torn]))
        kept = ~np.isin(owner, torn)
        pieces, owner = np.r_[pieces[kept], opened], np.r_[owner[kept], torn[of]]
        order = np.argsort(owner, kind="stable")
        pieces, owner = pieces[order], owner[order]
    width = mean_width_m(pieces)
    real = is_wide(pieces)
    pieces, owner, width = pieces[real], owner[real], width[real]
    area = shapely.area(pieces)
    of_ground = np.ones((len(numbers), len(sizes)), dtype=bool) if asked is None else asked[numbers]
    width = widths_m(pieces, area, width, sizes, of_ground[owner])
    return Remaining(count=count, ground=numbers[owner], piece=pieces, area_m2=area, width_m=width)


def _united(collection: NDArray[np.object_]) -> NDArray[np.object_]:
    """Unite the members of each collection."""
    return np.asarray(shapely.union_all(collection[:, None], axis=1))


def _shrunk(polygon: NDArray[np.object_]) -> NDArray[np.object_]:
    """Take half a hairline off polygons, which parts what only a corridor of nanometres joins."""
    return np.asarray(shapely.buffer(polygon, -HAIRLINE_M / 2, join_style="mitre"))


def _opened(inner: NDArray[np.object_], polygon: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give polygons back what was taken off them, but for the corridors."""
    return np.asarray(shapely.intersection(shapely.buffer(inner, HAIRLINE_M / 2, join_style="mitre"), polygon))
