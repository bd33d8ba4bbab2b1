"""The faces of a parcel: pieces of its ground on which the set of zone classes is constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.crs import require_same
from geo_tej.frames import check_parcels
from geo_tej.measure import CIRCLE_TOLERANCE_M, HAIRLINE_M, mean_width_m, widest_circle_m
from geo_tej.overlay import Pieces, ZoneIndex, index_zones, meet, polygons, resolution_m2

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Faces:
    """Faces of a batch, sorted by parcel: their parcel's position, polygon and area, and the keys that cover each.

    `face` and `key` are the two columns of a long table: this face lies in that key.
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
    """Cut parcels by the pieces that cover them in part; pieces that cover a parcel wholly hold on all its faces."""
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
        knife = pieces.ground[piece[met]]
        inside, inside_of = polygons(shapely.intersection(polygon[met], knife))
        outside, outside_of = polygons(shapely.difference(polygon[met], knife))
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
    return Faces(
        parcel=parcel,
        polygon=polygon,
        area_m2=shapely.area(polygon),
        face=np.r_[place[held_face], full_face],
        key=np.r_[held_key, full_key],
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Remaining:
    """The connected pieces that stay of a parcel: areas in m², and widths in m as far as they were asked for."""

    piece: NDArray[np.object_]
    area_m2: NDArray[np.float64]
    width_m: NDArray[np.float64]

    def fits(self, sizes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say for each (area, width) whether one piece has both; the widest circle is found within 5 cm."""
        large = self.area_m2[:, None] >= sizes[:, 0]
        wide = self.width_m[:, None] >= sizes[:, 1] - CIRCLE_TOLERANCE_M
        return np.asarray((large & wide).any(axis=0))


def remaining(polygon: NDArray[np.object_], *, widths_m: NDArray[np.float64]) -> Remaining:
    """Put the free faces of a parcel together and measure the pieces, hairlines left out.

    A piece is as wide as the largest circle in it. That lies between twice the area over the perimeter and the
    diameter of a disc of its area, so the circle is only looked for where one of `widths_m` lies between them.

    >>> left = remaining(shapely.box([0, 20], [0, 0], [3, 30], [90, 90]), widths_m=np.array([5.0]))
    >>> left.fits(np.array([[200, 5], [200, 11], [1000, 5]])).tolist(), left.area_m2.tolist()
    ([True, False, False], [270.0, 900.0])
    >>> remaining(np.empty(0, dtype=object), widths_m=np.array([5.0])).fits(np.array([[0, 0]])).tolist()
    [False]
    """
    whole = shapely.union_all(polygon)
    pieces: NDArray[np.object_] = shapely.get_parts(whole)
    # Rounded coordinates leave corridors of nanometres between pieces that touch no more: open them.
    inner = shapely.buffer(whole, -HAIRLINE_M / 2, join_style="mitre")
    if shapely.get_num_geometries(inner) > len(pieces):
        pieces = shapely.get_parts(
            shapely.intersection(shapely.buffer(inner, HAIRLINE_M / 2, join_style="mitre"), whole)
        )
        pieces = pieces[shapely.get_dimensions(pieces) == len("xy")]
    width = mean_width_m(pieces)
    pieces, width = pieces[width >= HAIRLINE_M], width[width >= HAIRLINE_M]
    area = shapely.area(pieces)
    disc = np.sqrt(4 * area / np.pi)
    unsure = ((width[:, None] < widths_m) & (widths_m <= disc[:, None])).any(axis=1)
    width[unsure] = widest_circle_m(pieces[unsure])
    return Remaining(piece=pieces, area_m2=area, width_m=width)


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
