"""Cutting polygons with polygons, where the shape of an overlap is wanted and not only its area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.overlay.cover import resolution
from geo_tej.overlay.shapes import POLYGON
from geo_tej.threads import copies

if TYPE_CHECKING:
    from numpy.typing import NDArray

BODY_VERTICES = 128
"""Zone bodies are cut until no piece has more vertices than this."""

_MOST_CUTS = 40


def cut_bodies(geometry: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Halve polygons across their longer side until each piece has few vertices; also whose piece each is."""
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


def clip(  # noqa: PLR0913  pairs, and what to look them up in
    parcels: NDArray[np.object_],
    parcel: NDArray[np.intp],
    key: NDArray[np.intp],
    bodies: shapely.STRtree,
    key_of_body: NDArray[np.intp],
    keys: int,
) -> NDArray[np.object_]:
    """Return the ground that each pair of parcel and key shares: pairs each once; None where there is none."""
    place, cuts = _cuts(parcels, parcel, key, bodies, key_of_body, keys)
    clips, source = polygons(cuts)
    pair, clips = unite_by(place[source], clips)
    ground = np.full(len(parcel), None, dtype=object)
    ground[pair] = clips
    return ground


def clipped_m2(  # noqa: PLR0913  as clip
    parcels: NDArray[np.object_],
    parcel: NDArray[np.intp],
    key: NDArray[np.intp],
    bodies: shapely.STRtree,
    key_of_body: NDArray[np.intp],
    keys: int,
) -> NDArray[np.float64]:
    """Return the area of the ground that each pair shares, which need not be put together for that."""
    place, cuts = _cuts(parcels, parcel, key, bodies, key_of_body, keys)
    return np.asarray(np.bincount(place, shapely.area(cuts), minlength=len(parcel)), dtype=np.float64)


def _cuts(  # noqa: PLR0913  as clip
    parcels: NDArray[np.object_],
    parcel: NDArray[np.intp],
    key: NDArray[np.intp],
    bodies: shapely.STRtree,
    key_of_body: NDArray[np.intp],
    keys: int,
) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Return the parts of bodies in parcels, and the position of the pair each belongs to."""
    wanted, first = np.unique(parcel * keys + key, return_index=True)
    crossed = np.unique(parcel)
    chosen = parcels[crossed]
    position, body = bodies.query(chosen, predicate="intersects")
    pair = crossed[position] * keys + key_of_body[body]
    met = np.isin(pair, wanted)
    # a tree answers in an order that far zones have a say in: what is cut must not
    order = np.flatnonzero(met)[np.lexsort((body[met], position[met]))]
    position, body, pair = position[order], body[order], pair[order]
    large = shapely.get_num_coordinates(chosen) > BODY_VERTICES
    chosen[large] = copies(chosen[large])  # other threads may be cutting the same parcels
    shapely.prepare(chosen[large])
    cuts = bodies.geometries[body]
    cut = np.ones(len(body), dtype=bool)
    doubtful = large[position]
    cut[doubtful] = ~shapely.contains_properly(chosen[position[doubtful]], cuts[doubtful])
    cuts[cut] = shapely.intersection(chosen[position[cut]], cuts[cut])
    return first[np.searchsorted(wanted, pair)], cuts


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
    """Return the area in m² that the coordinates of polygons cannot tell from nothing; see `cover.resolution`."""
    return resolution(shapely.bounds(geometry), shapely.length(geometry))


def polygons(geometry: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return the polygons among geometries and their parts, with the position each came from."""
    parts, position = shapely.get_parts(geometry, return_index=True)
    while (shapely.get_type_id(parts) > POLYGON).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        position = position[inner]
    real = (shapely.get_type_id(parts) == POLYGON) & ~shapely.is_empty(parts)
    return parts[real], position[real]
