"""The ledger: how much of each parcel lies in each class of zone, exactly, and what was too thin to count.

The way the data goes: zones that overlap within a class are united; boundaries are indexed in short pieces and
bodies in small ones, once. A parcel that meets no piece of a zone's boundary lies wholly in or out, and one point
decides; only the parcels that a boundary crosses are clipped, and against small pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from geo_tej.crs import require_same
from geo_tej.frames import POLYGONAL, check_parcels, check_zones
from geo_tej.measure import mean_width_m
from geo_tej.model import Thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

BODY_VERTICES = 128
"""Zone bodies are cut until no piece has more vertices than this."""

BOUNDARY_VERTICES = 16
"""Zone boundaries are indexed in pieces of this many vertices."""

_MOST_CUTS = 40


class Overlaps(NamedTuple):
    """What `overlaps` returns: the ledger, and what a threshold kept out of it (with `width_m` and `reason`)."""

    kept: pd.DataFrame
    dropped: pd.DataFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class ZoneIndex:
    """Zones made ready to be met by any number of batches of parcels.

    `keys` holds (layer, zone_class); zones of one key do not overlap each other any more.
    """

    keys: pd.MultiIndex
    key_of_zone: NDArray[np.intp]
    bodies: shapely.STRtree
    zone_of_body: NDArray[np.intp]
    boundaries: shapely.STRtree
    zone_of_boundary: NDArray[np.intp]
    crs: CRS


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """The overlaps of a batch, a row each: parcel position, key position, area, and the ground where partial.

    `ground` is None where the parcel is wholly inside, else the polygon of the overlap.
    """

    parcel: NDArray[np.intp]
    key: NDArray[np.intp]
    area_m2: NDArray[np.float64]
    ground: NDArray[np.object_]


def overlaps(
    parcels: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame | ZoneIndex,
    *,
    thresholds: Thresholds | Mapping[str, Thresholds] | None = None,
) -> Overlaps:
    """Measure how much of each parcel lies in each class of zone.

    Touching is not overlapping. Zones of one class that overlap each other count once.

    Parameters
    ----------
    parcels
        Polygons with the index or column `parcel_id`, in a projected CRS in metres.
    zones
        Polygons with `zone_class` and perhaps `layer`, in the same CRS; or an index made by `index_zones`.
    thresholds
        Area in m², share and mean width in m (twice the area over the perimeter) that an overlap must reach; one
        for all layers or one each. Without them only zero areas are left out.

    Returns
    -------
    Overlaps
        `kept` with `parcel_id, layer, zone_class, area_m2, share` (share of the drawn parcel, 0 to 1), ordered as
        the parcels and then by layer and class; `dropped` with `width_m` and `reason` as well.

    Raises
    ------
    CRSError
        If the two are not in the same CRS, or it is unfit for areas.
    FrameError
        If a frame lacks a column, or has invalid geometry.

    Examples
    --------
    >>> import geopandas as gpd
    >>> def frame(**columns):
    ...     return gpd.GeoDataFrame(columns, crs=4549)
    >>> plot = frame(parcel_id=["A"], geometry=[shapely.box(457400, 3268000, 457410, 3268010)])
    >>> half = frame(zone_class=["core"], geometry=[shapely.box(457405, 3268000, 457500, 3268100)])
    >>> overlaps(plot, half).kept
      parcel_id  layer zone_class  area_m2  share
    0         A  zones       core     50.0    0.5

    A zone that only touches, and no zone at all, give no row.

    >>> beside = frame(zone_class=["core"], geometry=[shapely.box(457410, 3268000, 457500, 3268100)])
    >>> len(overlaps(plot, beside).kept), len(overlaps(plot, half[:0]).kept)
    (0, 0)
    """
    parcels = check_parcels(parcels)
    index = zones if isinstance(zones, ZoneIndex) else index_zones(zones)
    require_same(parcels.crs, index.crs, left_name="parcels", right_name="zones")
    pieces = meet(parcels.geometry.to_numpy(), index)
    return ledger(parcels, index.keys, pieces, thresholds=thresholds)


def ledger(
    parcels: gpd.GeoDataFrame,
    keys: pd.MultiIndex,
    pieces: Pieces,
    *,
    thresholds: Thresholds | Mapping[str, Thresholds] | None = None,
) -> Overlaps:
    """Make the two frames of `overlaps` from the pieces of a batch."""
    whole = shapely.area(parcels.geometry.to_numpy())[pieces.parcel]
    layers = keys.get_level_values(0).to_numpy(dtype=object)[pieces.key]
    frame = pd.DataFrame(
        {
            "parcel_id": parcels.index.to_numpy()[pieces.parcel],
            "layer": layers,
            "zone_class": keys.get_level_values(1).to_numpy(dtype=object)[pieces.key],
            "area_m2": pieces.area_m2,
            "share": np.minimum(pieces.area_m2 / whole, 1.0),
        }
    )
    if thresholds is None:
        dropped = frame[:0].assign(width_m=pd.Series(dtype=float), reason=pd.Series(dtype=object))
        return Overlaps(frame, dropped)
    limits = [_threshold(thresholds, layer) for layer in keys.get_level_values(0)]
    area, share, width = (
        np.array([getattr(limit, name) for limit in limits])[pieces.key] if limits else np.empty(0)
        for name in ("area_m2", "share", "width_m")
    )
    partial = ~shapely.is_missing(pieces.ground)
    width_m = np.full(len(frame), np.inf)
    width_m[partial] = mean_width_m(pieces.ground[partial])
    reasons = {
        "width": partial & (width_m < width),
        "share": partial & (frame["share"].to_numpy() < share),
        "area": partial & (pieces.area_m2 < area),
    }
    reason = np.full(len(frame), "", dtype=object)
    for name, hit in reasons.items():
        reason[hit] = name
    out = reason != ""
    dropped = frame[out].assign(width_m=width_m[out], reason=reason[out]).reset_index(drop=True)
    return Overlaps(frame[~out].reset_index(drop=True), dropped)


def _threshold(thresholds: Thresholds | Mapping[str, Thresholds], layer: str) -> Thresholds:
    return thresholds if isinstance(thresholds, Thresholds) else thresholds.get(layer, Thresholds())


def index_zones(zones: gpd.GeoDataFrame) -> ZoneIndex:
    """Unite, cut and index zones, so that batches of parcels can be met with them.

    Raises
    ------
    CRSError, FrameError
        As `overlaps`.
    """
    zones = check_zones(zones)
    keys = pd.MultiIndex.from_frame(
        zones[["layer", "zone_class"]].drop_duplicates().sort_values(["layer", "zone_class"])
    )
    key_of_row = keys.get_indexer(pd.MultiIndex.from_frame(zones[["layer", "zone_class"]]))
    geometry, key_of_zone = _disjoint(zones.geometry.to_numpy(), key_of_row)
    bodies, zone_of_body = _cut_bodies(geometry)
    boundaries, zone_of_boundary = _cut_boundaries(geometry)
    return ZoneIndex(
        keys=keys,
        key_of_zone=key_of_zone,
        bodies=shapely.STRtree(bodies),
        zone_of_body=zone_of_body,
        boundaries=shapely.STRtree(boundaries),
        zone_of_boundary=zone_of_boundary,
        crs=zones.crs,
    )


def meet(parcels: NDArray[np.object_], index: ZoneIndex) -> Pieces:
    """Overlap an array of polygons with indexed zones: one row a parcel and key, in that order."""
    present = np.flatnonzero(~(shapely.is_missing(parcels) | shapely.is_empty(parcels)))
    inside_parcel, inside_zone, crossed_parcel, crossed_zone = _sort_out(parcels, present, index)
    clip_parcel, clip_key, clips = _clip(parcels, crossed_parcel, crossed_zone, index)
    clips[shapely.area(clips) >= shapely.area(parcels[clip_parcel]) - resolution_m2(parcels[clip_parcel])] = None
    parcel = np.r_[inside_parcel, clip_parcel]
    key = np.r_[index.key_of_zone[inside_zone], clip_key]
    ground = np.r_[np.full(len(inside_parcel), None, dtype=object), clips]
    area = np.where(shapely.is_missing(ground), shapely.area(parcels[parcel]), shapely.area(ground))
    order = np.lexsort((key, parcel))
    return Pieces(parcel=parcel[order], key=key[order], area_m2=area[order], ground=ground[order])


def _disjoint(geometry: NDArray[np.object_], key: NDArray[np.intp]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Unite the zones of a key whose interiors meet, and only those."""
    left, right = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    rivals = (left < right) & (key[left] == key[right])
    left, right = left[rivals], right[rivals]
    meets = shapely.relate_pattern(geometry[left], geometry[right], "T********")
    left, right = left[meets], right[meets]
    if not len(left):
        return geometry, key
    from scipy.sparse import coo_array  # noqa: PLC0415  only for zones that overlap
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(len(left)), (left, right)), shape=(len(geometry), len(geometry)))
    _, cluster = connected_components(graph, directed=False)
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(cluster[order]) > 0])
    groups = np.split(order, starts[1:])
    united = np.array(
        [geometry[group[0]] if len(group) == 1 else shapely.union_all(geometry[group]) for group in groups],
        dtype=object,
    )
    return united, key[order[starts]]


def _cut_bodies(geometry: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Halve polygons across their longer side until each piece has few vertices."""
    parts, owner = shapely.get_parts(geometry, return_index=True)
    done_parts, done_owner = [], []
    for _ in range(_MOST_CUTS):
        large = shapely.get_num_coordinates(parts) > BODY_VERTICES
        done_parts.append(parts[~large])
        done_owner.append(owner[~large])
        parts, owner = parts[large], owner[large]
        if not len(parts):
            break
        west, south, east, north = shapely.bounds(parts).T
        wide = (east - west) >= (north - south)
        middle_x, middle_y = np.where(wide, (west + east) / 2, east), np.where(wide, north, (south + north) / 2)
        first = shapely.box(west, south, middle_x, middle_y)
        second = shapely.box(np.where(wide, middle_x, west), np.where(wide, south, middle_y), east, north)
        halves = np.concatenate([shapely.intersection(parts, first), shapely.intersection(parts, second)])
        parts, position = polygons(halves)
        owner = np.r_[owner, owner][position]
    return np.concatenate([*done_parts, parts]), np.concatenate([*done_owner, owner])


def _cut_boundaries(geometry: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Cut the rings of polygons into short lines that share their end points."""
    parts, owner_of_part = shapely.get_parts(geometry, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(points):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.intp)
    count = np.bincount(ring)
    start_of_ring = np.cumsum(count) - count
    step = BOUNDARY_VERTICES - 1
    lines_of_ring = np.maximum(-(-(count - 1) // step), 1)
    ring_of_line = np.repeat(np.arange(len(rings)), lines_of_ring)
    number = np.arange(len(ring_of_line)) - np.repeat(np.cumsum(lines_of_ring) - lines_of_ring, lines_of_ring)
    first = start_of_ring[ring_of_line] + number * step
    last = np.minimum(first + step, start_of_ring[ring_of_line] + count[ring_of_line] - 1)
    length = last - first + 1
    line_of_point = np.repeat(np.arange(len(first)), length)
    offset = np.arange(len(line_of_point)) - np.repeat(np.cumsum(length) - length, length)
    lines = shapely.linestrings(points[first[line_of_point] + offset], indices=line_of_point)
    return lines, owner_of_part[part_of_ring[ring_of_line]]


def _sort_out(
    parcels: NDArray[np.object_], present: NDArray[np.intp], index: ZoneIndex
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Tell (parcel, zone) pairs apart: those wholly inside by one point a part, and those that must be clipped."""
    crossed, line = index.boundaries.query(parcels[present], predicate="intersects")
    zones = len(index.key_of_zone)
    crossing = np.unique(present[crossed] * zones + index.zone_of_boundary[line])
    parts, owner = shapely.get_parts(parcels[present], return_index=True)
    part, body = index.bodies.query(shapely.point_on_surface(parts), predicate="intersects")
    held = np.unique(np.column_stack([part, index.zone_of_body[body]]), axis=0)
    pair, parts_held = np.unique(present[owner[held[:, 0]]] * zones + held[:, 1], return_counts=True)
    uncrossed = ~np.isin(pair, crossing, assume_unique=True)
    pair, parts_held = pair[uncrossed], parts_held[uncrossed]
    whole = parts_held == shapely.get_num_geometries(parcels[pair // max(zones, 1)])
    crossing = np.union1d(crossing, pair[~whole])
    return *np.divmod(pair[whole], max(zones, 1)), *np.divmod(crossing, max(zones, 1))


def _clip(
    parcels: NDArray[np.object_], parcel: NDArray[np.intp], zone: NDArray[np.intp], index: ZoneIndex
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.object_]]:
    """Clip crossed parcels against the bodies of the zones that cross them, one polygon a parcel and key."""
    zones = max(len(index.key_of_zone), 1)
    crossed = np.unique(parcel)
    position, body = index.bodies.query(parcels[crossed], predicate="intersects")
    owner = crossed[position]
    wanted = np.isin(owner * zones + index.zone_of_body[body], parcel * zones + zone)
    owner, body = owner[wanted], body[wanted]
    clips, source = polygons(shapely.intersection(parcels[owner], index.bodies.geometries[body]))
    owner, key = owner[source], index.key_of_zone[index.zone_of_body[body[source]]]
    keys = max(len(index.keys), 1)
    pair, clips = unite_by(owner * keys + key, clips)
    owner, key = np.divmod(pair, keys)
    real = shapely.area(clips) > resolution_m2(parcels[owner])
    return owner[real], key[real], clips[real]


def unite_by(group: NDArray[np.intp], geometry: NDArray[np.object_]) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Unite geometries that carry the same group number, pairwise and in rounds; groups come back sorted."""
    order = np.argsort(group, kind="stable")
    group, geometry = group[order], geometry[order]
    while len(group) > 1 and (group[1:] == group[:-1]).any():
        first = np.r_[True, group[1:] != group[:-1]]
        rank = np.arange(len(group)) - np.flatnonzero(first)[np.cumsum(first) - 1]
        even = np.flatnonzero(rank % 2 == 0)
        paired = even[(even + 1 < len(group)) & (group[np.minimum(even + 1, len(group) - 1)] == group[even])]
        geometry = geometry.copy()
        geometry[paired] = shapely.union(geometry[paired], geometry[paired + 1])
        group, geometry = group[even], geometry[even]
    return group, geometry


def resolution_m2(geometry: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the area in m² that the coordinates of polygons cannot tell from nothing.

    Four units in the last place of the largest coordinate, along the whole perimeter: 2e-6 m² for a parcel of
    1 km perimeter at a northing of 3,270,000 m.
    """
    largest = np.abs(np.nan_to_num(shapely.bounds(geometry))).max(axis=1, initial=0.0)
    return np.asarray(4 * np.spacing(largest) * shapely.length(geometry))


def polygons(geometry: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return the polygons among geometries and their parts, with the position each came from."""
    parts, position = shapely.get_parts(geometry, return_index=True)
    while (shapely.get_type_id(parts) > POLYGONAL[0]).any():  # a part may be of several parts itself
        parts, inner = shapely.get_parts(parts, return_index=True)
        position = position[inner]
    real = (shapely.get_type_id(parts) == POLYGONAL[0]) & ~shapely.is_empty(parts)
    return parts[real], position[real]
