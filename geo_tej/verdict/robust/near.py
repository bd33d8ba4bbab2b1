"""At which distances classes of zones come in on parcels, and go out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.measure import CIRCLE_TOLERANCE_M, mean_width_m
from geo_tej.model import Thresholds
from geo_tej.overlay import polygons, resolution_m2, unite_by
from geo_tej.ragged import runs
from geo_tej.threads import PREPARED, elementwise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo_tej.model import Layer, Project
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.key import Key

SHORT = 16
"""Boundaries are looked for in lines of so many edges."""

QUARTER = 16
"""Chords a quarter circle of moved boundaries."""

AROUND = 1 / math.cos(math.pi / 4 / QUARTER)
"""How much further the corners of such chords lie than the curve that they are drawn around."""

MARGIN_M = 1.0
"""So much further than the tolerance a parcel's surroundings are kept."""

SLACK_M = 0.001
"""Distances that are searched for by halves are found to this much, and taken at the lower end."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Parcels and the keys that they meet, or that could come in; sorted by parcel.

    `hit` are those that are met, `whole` those that cover the parcel. `gap_m` is the distance to the boundary (infinite
    beyond the tolerance). A pair that is met goes out at `flips_m` at the soonest, one that is not comes in there;
    infinite where it does neither within the tolerance.
    """

    parcel: NDArray[np.intp]
    key: NDArray[np.intp]
    hit: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    gap_m: NDArray[np.float64]
    flips_m: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Body:
    """What a key's ground comes from: shapes, and how far around each it reaches (m).

    Zones reach no further than themselves, objects as far as the law says, from their edge. `outline` are the
    boundaries of zones in short lines, without those that zones of the class share.
    """

    shape: NDArray[np.object_]
    reach_m: NDArray[np.float64]
    outline: shapely.STRtree | None


def bodies(
    project: Project, keys: Sequence[Key], parcels: NDArray[np.object_], tolerance_m: Mapping[str, float]
) -> dict[int, Body]:
    """Return what lies within reach of the parcels, by the place of its key; layers that do not move are left out."""
    tree = shapely.STRtree(parcels)
    near: dict[str, NDArray[np.bool_]] = {}
    found = {}
    for place, key in enumerate(keys):
        if key.layer not in tolerance_m:
            continue
        layer, tolerance = project.layers[key.layer], tolerance_m[key.layer]
        frame = layer.frame
        assert frame is not None  # noqa: S101  narrows the type; only layers with a frame have a tolerance
        chosen = frame["zone_class"].to_numpy(object) == key.zone_class
        shape = frame.geometry.to_numpy()
        if key.distance_m is None:
            if key.layer not in near:
                near[key.layer] = _within(tree, shape, tolerance + 2 * MARGIN_M)
            found[place] = zone_body(shape[chosen & near[key.layer]])
        else:
            reach = key.distance_m + _half_width(layer)
            chosen &= ~np.isnan(reach)
            chosen[chosen] = _within(tree, shape[chosen], reach[chosen] + tolerance + 2 * MARGIN_M)
            found[place] = Body(shape=shape[chosen], reach_m=reach[chosen], outline=None)
    return found


def zone_body(shape: NDArray[np.object_]) -> Body:
    """Unite zones, and lay their outline out in short lines."""
    united = shapely.get_parts(shapely.union_all(shape)) if len(shape) else shape
    united = united[shapely.area(united) > 0]
    lines = short_lines(united)
    tree = shapely.STRtree(lines)
    return Body(shape=united, reach_m=np.zeros(len(united)), outline=tree)


def _half_width(layer: Layer) -> NDArray[np.float64]:
    frame = layer.frame
    assert frame is not None  # noqa: S101  narrows the type; the caller has looked
    return frame["half_width_m"].to_numpy(float) if "half_width_m" in frame else np.zeros(len(frame))


def _within(
    tree: shapely.STRtree, shape: NDArray[np.object_], distance_m: float | NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which shapes lie within a distance of anything in a tree."""
    near = np.zeros(len(shape), dtype=bool)
    near[tree.query(shape, predicate="dwithin", distance=distance_m)[0]] = True
    return near


def short_lines(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the rings of polygons as lines of at most 16 edges.

    >>> short_lines(np.array([shapely.box(0, 0, 1, 1), shapely.Point(0, 0).buffer(1, quad_segs=8)])).size
    3
    >>> short_lines(np.empty(0, dtype=object)).size
    0
    """
    xy, ring = shapely.get_coordinates(shapely.get_rings(polygons), return_index=True)
    first = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]]) if len(ring) else np.empty(0, np.intp)
    last = np.r_[first[1:], len(ring)] - 1
    pieces = -(-(last - first) // SHORT)
    number, owner = runs(np.zeros_like(first), pieces)
    start = first[owner] + SHORT * number
    point, line = runs(start, np.minimum(start + SHORT, last[owner]) - start + 1)
    return np.asarray(shapely.linestrings(xy[point], indices=line), dtype=object)


def pairs_near(
    parcels: NDArray[np.object_],
    evidence: Evidence,
    found: Mapping[int, Body],
    tolerance_m: Mapping[str, float],
    thresholds: Mapping[str, Thresholds],
) -> Pairs:
    """Find every pair of parcel and key that is met or could be, and the distance at which each flips."""
    keys, width = evidence.keys, max(len(evidence.keys), 1)
    limit = np.array([key.distance_m or 0.0 for key in keys])
    moves = np.array([tolerance_m.get(key.layer, 0.0) for key in keys])
    near = [near_to(parcels, body, limit[number], moves[number]) for number, body in found.items()]
    met = evidence.hits.parcel * width + evidence.hits.key
    close = np.concatenate(
        [np.empty(0, np.intp), *(parcel * width + key for key, (parcel, _) in zip(found, near, strict=True))]
    )
    pair = np.unique(np.r_[met, close])
    parcel, key = np.divmod(pair, width)
    hit, gap_m = np.isin(pair, met), np.full(len(pair), np.inf)
    gap_m[np.searchsorted(pair, close)] = np.concatenate([np.empty(0), *(gap for _, gap in near)])
    distance_m, share = np.full(len(pair), np.nan), np.zeros(len(pair))
    distance_m[np.searchsorted(pair, met)] = evidence.hits.distance_m
    share[np.searchsorted(pair, met)] = evidence.hits.share
    flips_m = np.where(hit, limit[key] - distance_m, gap_m) if len(pair) else gap_m
    for number, body in found.items():
        rows = np.flatnonzero((key == number) & hit)
        if body.outline is None:
            flips_m[rows] = _out_of_reach_m(parcels[parcel[rows]], body, flips_m[rows], moves[number])
        else:
            flips_m[rows] = np.inf
            rows = rows[np.isfinite(gap_m[rows])]
            flips_m[rows] = depth_m(parcels[parcel[rows]], body, thresholds[keys[number].layer], moves[number])
    flips_m = np.maximum(flips_m, 0.0)
    flips_m[np.isnan(flips_m) | (flips_m > moves[key] if len(pair) else False)] = np.inf
    kept = hit | np.isfinite(flips_m)
    return Pairs(
        parcel=parcel[kept], key=key[kept], hit=hit[kept], whole=share[kept] >= 1.0,
        gap_m=np.maximum(gap_m, 0.0)[kept], flips_m=flips_m[kept],
    )  # fmt: skip


def near_to(
    parcels: NDArray[np.object_], body: Body, limit_m: float, tolerance_m: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the parcels that a boundary comes near to, and how near; below 0 where objects are nearer than a limit."""
    if body.outline is not None:
        return to_outline(parcels, body.outline, tolerance_m)
    present = _present(parcels)
    tree, reach = shapely.STRtree(parcels[present]), body.reach_m + tolerance_m
    shape, parcel = tree.query(body.shape, predicate="dwithin", distance=reach)
    gap = np.maximum(
        elementwise(shapely.distance, parcels[present[parcel]], body.shape[shape]) - body.reach_m[shape] + limit_m, 0.0
    )
    return _least(present[parcel], gap - limit_m)


def to_outline(
    parcels: NDArray[np.object_], outline: shapely.STRtree, tolerance_m: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the parcels within a tolerance of an outline, and their distances to it, 0 where it crosses them."""
    present = _present(parcels)
    parcel, line = outline.query(parcels[present], predicate="dwithin", distance=tolerance_m)
    gap = elementwise(shapely.distance, parcels[present[parcel]], outline.geometries[line])
    return _least(present[parcel], gap)


def _present(parcels: NDArray[np.object_]) -> NDArray[np.intp]:
    return np.flatnonzero(~(shapely.is_missing(parcels) | shapely.is_empty(parcels)))


def _least(owner: NDArray[np.intp], value: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the owners, once each and sorted, and the least value of each."""
    order = np.argsort(owner, kind="stable")
    owner, value = owner[order], value[order]
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else np.empty(0, np.intp)
    return owner[starts], np.minimum.reduceat(value, starts) if len(starts) else value


def depth_m(
    parcels: NDArray[np.object_], body: Body, thresholds: Thresholds, tolerance_m: float
) -> NDArray[np.float64]:
    """Return by how much zones may shrink before their overlap with a parcel no longer counts, or a little less.

    Infinite beyond the tolerance. Vertices tell it where a zone's edge runs through a parcel, and the centre of the
    widest circle where it is narrow; where neither does, or thresholds ask for more than a trace, zones are shrunk.
    """
    xy, owner = shapely.get_coordinates(parcels, return_index=True)
    deepest = _deepest(xy, owner, len(parcels), body, tolerance_m)
    shallow = np.flatnonzero(np.isfinite(deepest))
    if len(shallow):
        place, shape = shapely.STRtree(body.shape).query(parcels[shallow], predicate="intersects")
        ground, source = polygons(elementwise(shapely.intersection, parcels[shallow[place]], body.shape[shape]))
        real = mean_width_m(ground) > SLACK_M
        centre = shapely.get_coordinates(shapely.get_point(elementwise(widest_circles, ground[real]), 0))
        more = _deepest(centre, shallow[place[source[real]]], len(parcels), body, tolerance_m)
        deepest = np.maximum(deepest, more)
    if thresholds != Thresholds():
        deepest = np.zeros(len(parcels))
    return _refined(parcels, body, thresholds, np.minimum(deepest, tolerance_m + SLACK_M), tolerance_m)


def _refined(
    parcels: NDArray[np.object_],
    body: Body,
    thresholds: Thresholds,
    low_m: NDArray[np.float64],
    tolerance_m: float,
) -> NDArray[np.float64]:
    """Raise least depths to true ones, by halves."""
    depth, high = low_m.copy(), np.full(len(parcels), tolerance_m)
    low = low_m

    def stay(rows: NDArray[np.intp], by_m: NDArray[np.float64]) -> NDArray[np.bool_]:
        return _stays(parcels[rows], body, thresholds, by_m)

    depth[low > tolerance_m] = np.inf
    rows = np.flatnonzero(low <= tolerance_m)
    rows = rows[stay(rows, np.minimum(low[rows] + 5 * SLACK_M, tolerance_m))]
    deep = stay(rows, high[rows])
    depth[rows[deep]] = np.inf
    rows = rows[~deep]
    while len(rows):
        middle = (depth[rows] + high[rows]) / 2
        over = stay(rows, middle)
        depth[rows], high[rows] = np.where(over, middle, depth[rows]), np.where(over, high[rows], middle)
        rows = rows[high[rows] - depth[rows] > SLACK_M]
    return depth


def moved_on(
    shape: NDArray[np.object_],
    reach_m: NDArray[np.float64],
    by_m: NDArray[np.float64],
    ground: NDArray[np.object_],
) -> NDArray[np.object_]:
    """Return what of grounds lies within reach of shapes that have grown, or shrunk, by so many metres.

    What grows is drawn around the true curve, and what shrinks within it, so that nothing is thought to stay that might
    not. Objects that the law measures from shrink at their corners too, but they do not vanish.
    """
    west, south, east, north = shapely.bounds(ground).T
    margin = np.abs(reach_m) + 2 * np.abs(by_m) + MARGIN_M
    local = shapely.intersection(shape, shapely.box(west - margin, south - margin, east + margin, north + margin))
    radius = np.where((by_m > 0) | (reach_m + by_m < 0), (reach_m + by_m) * AROUND, reach_m + by_m)
    shrunk = np.flatnonzero((reach_m > 0) & (by_m < 0))
    core = shapely.buffer(local[shrunk], by_m[shrunk] * AROUND, quad_segs=QUARTER)
    stays = ~shapely.is_empty(core)
    local[shrunk[stays]], radius[shrunk[stays]] = core[stays], reach_m[shrunk[stays]]
    moved = np.where(radius == 0, local, shapely.buffer(local, radius, quad_segs=QUARTER))
    return np.asarray(shapely.intersection(moved, ground))


def _out_of_reach_m(
    parcels: NDArray[np.object_], body: Body, moved_m: NDArray[np.float64], tolerance_m: float
) -> NDArray[np.float64]:
    """Return by how much objects may shrink before parcels are out of their reach, at most `moved_m`.

    That is how far their edges may move back; at corners an object draws back further than its edges do.
    """
    shape, parcel = shapely.STRtree(parcels).query(body.shape, predicate="dwithin", distance=body.reach_m)

    def within(rows: NDArray[np.intp], by_m: NDArray[np.float64]) -> NDArray[np.bool_]:
        at = np.full(len(parcels), np.nan)
        at[rows] = by_m
        pair = np.flatnonzero(~np.isnan(at[parcel]))
        core = elementwise(_shrunk, body.shape[shape[pair]], at[parcel[pair]])
        near = shapely.dwithin(core, parcels[parcel[pair]], body.reach_m[shape[pair]])
        reached = np.zeros(len(parcels), dtype=bool)
        reached[parcel[pair[near]]] = True
        return reached[rows]

    out = moved_m.copy()
    rows = np.flatnonzero(shapely.get_dimensions(parcels) >= 0)
    last = np.clip(moved_m - 2 * SLACK_M, 0.0, tolerance_m)
    rows = rows[~within(rows, last[rows])]
    low, high = np.zeros(len(rows)), last[rows]
    while len(rows) and (high - low).max() > SLACK_M:
        middle = (low + high) / 2
        inside = within(rows, middle)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    out[rows] = low
    return out


def _shrunk(shape: NDArray[np.object_], by_m: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return shapes that have shrunk; what would vanish stays as it is."""
    core = shapely.buffer(shape, -by_m, quad_segs=QUARTER)
    return np.where(shapely.is_empty(core), shape, core)


def _stays(
    parcels: NDArray[np.object_], body: Body, thresholds: Thresholds, by_m: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell of parcels in zones whether an overlap would still count when the zones had shrunk by so many metres."""
    place, shape = shapely.STRtree(body.shape).query(parcels, predicate="intersects")
    left, source = polygons(elementwise(moved_on, body.shape[shape], body.reach_m[shape], -by_m[place], parcels[place]))
    owner, ground = unite_by(place[source], left)
    area, whole = shapely.area(ground), shapely.area(parcels[owner])
    enough = (area >= thresholds.area_m2) & (area / whole >= thresholds.share) & (area > resolution_m2(parcels[owner]))
    wide = mean_width_m(ground) >= thresholds.width_m
    stays = np.zeros(len(parcels), dtype=bool)
    stays[owner[enough & wide]] = True
    return stays


def widest_circles(ground: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the radii of the widest circles in polygons, from their centres."""
    return np.asarray(shapely.maximum_inscribed_circle(ground, tolerance=CIRCLE_TOLERANCE_M))


def _deepest(
    xy: NDArray[np.float64], owner: NDArray[np.intp], count: int, body: Body, tolerance_m: float
) -> NDArray[np.float64]:
    """Return, for each owner of points, how far the one that lies deepest in the body is from its outline."""
    deepest = np.zeros(count)
    if not len(xy) or not len(body.shape) or body.outline is None:
        return deepest
    points = shapely.points(xy)
    position, shape = shapely.STRtree(body.shape).query(points)
    with PREPARED:
        shapely.prepare(body.shape)
        inside = np.unique(position[shapely.contains_xy(body.shape[shape], xy[position, 0], xy[position, 1])])
    far = np.full(len(inside), np.inf)
    (point, _), distance = body.outline.query_nearest(
        points[inside], max_distance=tolerance_m + MARGIN_M, return_distance=True, all_matches=False
    )
    far[point] = distance
    np.maximum.at(deepest, owner[inside], far)
    return deepest
