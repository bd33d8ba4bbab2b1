"""The faces of a parcel: pieces of its ground on which the set of zone classes is constant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.crs import require_same
from geo_tej.frames import check_parcels
from geo_tej.measure import CIRCLE_TOLERANCE_M, HAIRLINE_M, mean_width_m, widest_circle_m
from geo_tej.overlay import Pieces, ZoneIndex, index_zones, meet, polygons, resolution_m2
from geo_tej.threads import cores, elementwise, side_by_side

if TYPE_CHECKING:
    from numpy.typing import NDArray


BATCH = 2_000
"""So many parcels are cut at a time."""

ROUGH_M = (2.0, 0.5)
"""How far the diameters of rough circles may be from the true one: a rough one is found much sooner."""


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
        `parcel_id, zones, area_m2, geometry`, in the order of the parcels. A parcel without ground has no face.

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
    return gpd.GeoDataFrame(
        {
            "parcel_id": parcels.index.to_numpy()[faces.parcel],
            "zones": pd.Series([tuple(sorted(keys)) for keys in held], dtype=object),
            "area_m2": faces.area_m2,
        },
        geometry=faces.polygon,
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
        partial(_cut, parcels[first:stop], _part(pieces, slice(*place[number : number + 2]), first))
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


def _part(pieces: Pieces, rows: slice, first: int) -> Pieces:
    return Pieces(
        parcel=pieces.parcel[rows] - first,
        key=pieces.key[rows],
        area_m2=pieces.area_m2[rows],
        ground=pieces.ground[rows],
    )


def _cut(parcels: NDArray[np.object_], pieces: Pieces) -> Faces:
    present = np.flatnonzero(shapely.area(np.where(shapely.is_missing(parcels), shapely.Polygon(), parcels)) > 0)
    parcel, polygon = present, parcels[present]
    held_face = np.empty(0, dtype=np.intp)
    held_key = np.empty(0, dtype=np.intp)
    partial = np.flatnonzero(~shapely.is_missing(pieces.ground))
    rank = _rank(pieces.parcel[partial])
    for turn in range(int(rank.max(initial=-1)) + 1):
        cutting = np.full(len(parcels), -1, dtype=np.intp)
        chosen = partial[rank == turn]
        cutting[pieces.parcel[chosen]] = chosen
        piece = cutting[parcel]
        met = piece >= 0
        inside, inside_of, outside, outside_of = _split(
            polygon[met], pieces.ground[piece[met]], resolution_m2(parcels[parcel[met]])
        )
        old = np.flatnonzero(met)
        source = np.r_[np.flatnonzero(~met), old[outside_of], old[inside_of]]
        new_polygon = np.r_[polygon[~met], outside, inside]
        is_inside = np.r_[np.zeros((~met).sum() + len(outside), dtype=bool), np.ones(len(inside), dtype=bool)]
        real = shapely.area(new_polygon) > resolution_m2(parcels[parcel[source]])
        source, new_polygon, is_inside = source[real], new_polygon[real], is_inside[real]
        held_face, held_key = _follow(held_face, held_key, source, len(parcel))
        new_keys = pieces.key[piece[source[is_inside]]]
        held_face = np.r_[held_face, np.flatnonzero(is_inside)]
        held_key = np.r_[held_key, new_keys]
        parcel, polygon = parcel[source], new_polygon
    whole = np.flatnonzero(shapely.is_missing(pieces.ground))
    order = np.argsort(parcel, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    parcel, polygon = parcel[order], polygon[order]
    full_face, full_key = _spread(parcel, pieces.parcel[whole], pieces.key[whole])
    face, key = np.r_[place[held_face], full_face], np.r_[held_key, full_key]
    order = np.lexsort((key, face))
    return Faces(parcel=parcel, polygon=polygon, area_m2=shapely.area(polygon), face=face[order], key=key[order])


def _split(
    polygon: NDArray[np.object_], knife: NDArray[np.object_], least_m2: NDArray[np.float64]
) -> tuple[NDArray[np.object_], NDArray[np.intp], NDArray[np.object_], NDArray[np.intp]]:
    """Split polygons by a knife each: the parts inside and outside with the place of the polygon each came from.

    Most faces lie wholly in or out of what cuts their parcel: only what is left of the others is worked out.
    """
    clip = np.full(len(polygon), shapely.Polygon(), dtype=object)
    near = np.flatnonzero(shapely.intersects(polygon, knife))
    clip[near] = shapely.intersection(polygon[near], knife[near])
    inside, inside_of = polygons(clip)
    clipped = np.bincount(inside_of, shapely.area(inside), minlength=len(polygon))
    rest = polygon.copy()
    rest[shapely.area(polygon) - clipped <= least_m2] = shapely.Polygon()
    # A knife that is only near takes nothing, but it does smooth away spikes that earlier cuts have left.
    split = np.flatnonzero(~shapely.is_empty(rest) & _boxes_meet(polygon, knife))
    rest[split] = shapely.difference(polygon[split], knife[split])
    return inside, inside_of, *polygons(rest)


def _boxes_meet(left: NDArray[np.object_], right: NDArray[np.object_]) -> NDArray[np.bool_]:
    (west, south, east, north), (west2, south2, east2, north2) = shapely.bounds(left).T, shapely.bounds(right).T
    return np.asarray((west <= east2) & (west2 <= east) & (south <= north2) & (south2 <= north))


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
    real = width >= HAIRLINE_M
    pieces, owner, width = pieces[real], owner[real], width[real]
    area = shapely.area(pieces)
    of_ground = np.ones((len(numbers), len(sizes)), dtype=bool) if asked is None else asked[numbers]
    width = _widths(pieces, area, width, sizes, of_ground[owner])
    return Remaining(count=count, ground=numbers[owner], piece=pieces, area_m2=area, width_m=width)


def _widths(
    piece: NDArray[np.object_],
    area_m2: NDArray[np.float64],
    mean_m: NDArray[np.float64],
    sizes: NDArray[np.float64],
    asked: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return how wide pieces are as far as a size asked of them wants: the less it decides, the less is measured.

    The circle around the centroid is a least width; the disc of a piece's area and the short side of the smallest
    rectangle around it are greatest ones. What they leave open a rough circle settles for the most part.
    """
    disc_m = np.sqrt(4 * area_m2 / np.pi)
    large = asked & (area_m2[:, None] >= sizes[:, 0]) & (sizes[:, 1] <= disc_m[:, None])

    def unsure(least_m: NDArray[np.float64], most_m: NDArray[np.float64]) -> NDArray[np.intp]:
        between = (least_m[:, None] < sizes[:, 1]) & (sizes[:, 1] - CIRCLE_TOLERANCE_M <= most_m[:, None])
        return np.flatnonzero((large & between).any(axis=1))

    width, most = mean_m.copy(), disc_m.copy()
    some = unsure(width, most)
    width[some] = np.maximum(width[some], elementwise(_central_circle_m, piece[some]))
    most[some] = np.minimum(most[some], elementwise(_narrow_side_m, piece[some]))
    for tolerance in ROUGH_M:
        some = unsure(width, most)
        rough = elementwise(partial(widest_circle_m, tolerance_m=tolerance), piece[some])
        width[some], most[some] = np.maximum(width[some], rough), np.minimum(most[some], rough + tolerance)
    some = unsure(width, most)
    width[some] = elementwise(widest_circle_m, piece[some])
    return width


def _central_circle_m(piece: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the diameters of the circles around the centroids of pieces, 0 where that lies outside."""
    centre = shapely.centroid(piece)
    gap = shapely.distance(centre, shapely.boundary(piece))
    return np.where(shapely.contains(piece, centre), 2 * gap, 0.0)


def _narrow_side_m(piece: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the short sides of the smallest rectangles around pieces."""
    sides = [shapely.distance(*pair) for pair in pairwise(_corners(shapely.oriented_envelope(piece)))]
    return np.asarray(np.minimum(sides[0], sides[1]))


def _corners(rectangle: NDArray[np.object_]) -> list[NDArray[np.object_]]:
    ring = shapely.get_exterior_ring(rectangle)
    return [shapely.get_point(ring, number) for number in range(3)]


def _united(collection: NDArray[np.object_]) -> NDArray[np.object_]:
    """Unite the members of each collection."""
    return np.asarray(shapely.union_all(collection[:, None], axis=1))


def _shrunk(polygon: NDArray[np.object_]) -> NDArray[np.object_]:
    """Take half a hairline off polygons, which parts what only a corridor of nanometres joins."""
    return np.asarray(shapely.buffer(polygon, -HAIRLINE_M / 2, join_style="mitre"))


def _opened(inner: NDArray[np.object_], polygon: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give polygons back what was taken off them, but for the corridors."""
    return np.asarray(shapely.intersection(shapely.buffer(inner, HAIRLINE_M / 2, join_style="mitre"), polygon))


def _rank(group: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the place of each member within its group of a sorted array, from 0 on."""
    if not len(group):
        return group
    first = np.r_[True, group[1:] != group[:-1]]
    return np.asarray(np.arange(len(group)) - np.flatnonzero(first)[np.cumsum(first) - 1])


def _follow(
    face: NDArray[np.intp], key: NDArray[np.intp], source: NDArray[np.intp], count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Hand the keys of old faces on to the new faces that came from them."""
    order = np.argsort(face, kind="stable")
    face, key = face[order], key[order]
    start = np.searchsorted(face, np.arange(count))
    stop = np.searchsorted(face, np.arange(count), side="right")
    number = (stop - start)[source]
    new_face = np.repeat(np.arange(len(source)), number)
    offset = np.arange(len(new_face)) - np.repeat(np.cumsum(number) - number, number)
    return new_face, key[np.repeat(start[source], number) + offset]


def _spread(
    parcel_of_face: NDArray[np.intp], parcel: NDArray[np.intp], key: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Put keys that cover whole parcels on every face of them."""
    start = np.searchsorted(parcel_of_face, parcel)
    number = np.searchsorted(parcel_of_face, parcel, side="right") - start
    face = np.repeat(start, number) + np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    return face, np.repeat(key, number)
