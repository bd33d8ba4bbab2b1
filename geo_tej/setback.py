"""Setbacks: which parcels come nearer to an object than the law allows, and on how much ground."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.overlay import polygons, resolution_m2, unite_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHORD_ERROR_M = 0.01
"""How far a strip's round corners may lie inside the true curve."""

AT_M = 1e-6
"""A parcel this much nearer than the distance lies at it: coordinates of a map cannot tell the two apart."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Strips:
    """Setback hits of a batch, a row a parcel: its position, distance to the nearest edge (m), and the strip on it.

    `ground` is None where the strip covers the whole parcel.
    """

    parcel: NDArray[np.intp]
    distance_m: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    ground: NDArray[np.object_]


def strips(
    parcels: NDArray[np.object_],
    objects: NDArray[np.object_],
    *,
    distance_m: float,
    half_width_m: NDArray[np.float64] | float = 0.0,
) -> Strips:
    """Find the parcels nearer to objects than a distance, and the strip of each that is too near.

    Whether a parcel is hit is told by distance, never by a buffer; a parcel exactly at the distance is not hit.
    The strip's area comes from a buffer whose chords lie within 1 cm of the true curve.

    Parameters
    ----------
    parcels
        Polygons, in metres.
    objects
        What the law measures from: polygons of land, or lines with their half-width.
    distance_m
        The setback from the object's edge.
    half_width_m
        Added to the distance, for objects drawn by their axis; objects whose half-width is NaN are left out.

    Examples
    --------
    >>> plots = shapely.box([0, 30], [0, 0], [10, 40], [10, 10])
    >>> road = np.array([shapely.box(-10, -100, -5, 100)])
    >>> hit = strips(plots, road, distance_m=10)
    >>> hit.parcel.tolist(), hit.distance_m.tolist(), hit.area_m2.round(3).tolist()
    ([0], [5.0], [50.0])

    A parcel just at the distance, and no object at all, give nothing.

    >>> len(strips(plots, road, distance_m=5).parcel), len(strips(plots, road[:0], distance_m=5).parcel)
    (0, 0)
    """
    half = np.broadcast_to(np.asarray(half_width_m, dtype=float), (len(objects),))
    objects, half = objects[~np.isnan(half)], half[~np.isnan(half)]
    present = np.flatnonzero(~(shapely.is_missing(parcels) | shapely.is_empty(parcels)))
    reach = float(distance_m + half.max(initial=0.0))
    position, near = shapely.STRtree(objects).query(parcels[present], predicate="dwithin", distance=reach)
    if not len(position):
        return _NO_STRIPS
    order = np.lexsort((near, position))  # a tree answers in an order that far objects have a say in
    parcel, near = present[position[order]], near[order]
    gap = np.maximum(shapely.distance(parcels[parcel], objects[near]) - half[near], 0.0)
    hit = gap < distance_m - AT_M
    parcel, near, gap = parcel[hit], near[hit], gap[hit]
    radius = distance_m + half[near]
    west, south, east, north = shapely.bounds(parcels[parcel]).T
    margin = radius + 1.0
    window = shapely.box(west - margin, south - margin, east + margin, north + margin)
    local = shapely.intersection(objects[near], window)
    owner, ground = _clip(parcels, parcel, _buffer(local, radius))
    slipped = np.flatnonzero(~np.isin(parcel, owner))
    if len(slipped):
        grazed = _clip(parcels, parcel[slipped], _buffer(local[slipped], radius[slipped], around=True))
        owner, ground = np.r_[owner, grazed[0]], np.r_[ground, grazed[1]]
        order = np.argsort(owner, kind="stable")
        owner, ground = owner[order], ground[order]
    area = shapely.area(ground)
    total = shapely.area(parcels[owner])
    whole = total - area <= resolution_m2(parcels[owner])
    ground[whole] = None
    nearest = np.full(len(parcels), np.inf)
    np.minimum.at(nearest, parcel, gap)
    return Strips(
        parcel=owner,
        distance_m=nearest[owner],
        area_m2=np.where(whole, total, area),
        ground=ground,
    )


_NO_STRIPS = Strips(
    parcel=np.empty(0, np.intp), distance_m=np.empty(0), area_m2=np.empty(0), ground=np.empty(0, dtype=object)
)


def _clip(
    parcels: NDArray[np.object_], parcel: NDArray[np.intp], zone: NDArray[np.object_]
) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Clip parcels by zones, one polygon a parcel, in the parcels' order."""
    clips, source = polygons(shapely.intersection(parcels[parcel], zone))
    owner, ground = unite_by(parcel[source], clips)
    real = shapely.area(ground) > resolution_m2(parcels[owner])
    return owner[real], ground[real]


def quarter_segments(radius_m: float) -> int:
    """Return how many chords a quarter circle needs for `CHORD_ERROR_M`.

    >>> quarter_segments(20), quarter_segments(500)
    (25, 125)
    """
    if radius_m <= CHORD_ERROR_M:
        return 1
    return math.ceil(math.pi / 4 / math.acos(1 - CHORD_ERROR_M / radius_m))


def _buffer(geometry: NDArray[np.object_], radius: NDArray[np.float64], *, around: bool = False) -> NDArray[np.object_]:
    """Buffer by chords of the true curve, or around it, so that what the curve grazes is not missed."""
    zone = np.empty(len(geometry), dtype=object)
    for each in np.unique(radius):
        same = radius == each
        segments = quarter_segments(float(each))
        reach = each / math.cos(math.pi / 4 / segments) if around else each
        zone[same] = shapely.buffer(geometry[same], reach, quad_segs=segments)
    return zone
