"""Where plans are in force, and how far the edge of what they cover is away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.measure import is_wide
from geo_tej.rules import MAYBE, YES
from geo_tej.threads import elementwise
from geo_tej.verdict.in_force import lies, lies_in
from geo_tej.verdict.robust.near import MARGIN_M, SLACK_M, Body, to_outline, widest_circles, zone_body

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo_tej.model import Rulebook
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.key import Key


@dataclass(frozen=True, kw_only=True, eq=False)
class Plans:
    """Ground on which no plan is in force: `bare` parcels have some, `flips_m` tells when it goes, or comes.

    `gap_m` is the distance to the nearest edge of a plan. `silent` (parcels x `layers`) are the base layers that do not
    speak on a parcel, because they hold only elsewhere or yield to another. `cover` is all ground of a base layer that
    moves, by layer.
    """

    layers: tuple[str, ...]
    bare: NDArray[np.bool_]
    gap_m: NDArray[np.float64]
    flips_m: NDArray[np.float64]
    silent: NDArray[np.bool_]
    cover: Mapping[str, Body]


def silent_layers(rulebook: Rulebook, evidence: Evidence) -> dict[str, NDArray[np.bool_]]:
    """Return, by layer, the parcels on which it does not speak: it holds only elsewhere, or yields to another plan."""
    keys, faces, count = evidence.keys, evidence.faces, len(evidence.ids)
    silent: dict[str, NDArray[np.bool_]] = {}
    for name, law in rulebook.layers.items():
        if law.within is None:
            continue
        nowhere, everywhere = np.ones(count, dtype=bool), np.ones(count, dtype=bool)
        nowhere[faces.parcel[lies(keys, faces, law.within, MAYBE)]] = False
        everywhere[faces.parcel[~lies(keys, faces, law.within, YES)]] = False
        silent[name] = silent.get(name, np.zeros(count, bool)) | nowhere
        for other, each in rulebook.layers.items():
            if name in each.yields_to:
                silent[other] = silent.get(other, np.zeros(count, bool)) | everywhere
    return silent


def places(rulebook: Rulebook, keys: Sequence[Key]) -> NDArray[np.bool_]:
    """Tell which keys are places that say where a plan is in force."""
    found = np.zeros(len(keys), dtype=bool)
    for law in rulebook.layers.values():
        if law.within is not None:
            found |= lies_in(keys, law.within, MAYBE)
    return found


def plans(  # noqa: PLR0913  parcels, what lies there, and what moves
    rulebook: Rulebook,
    parcels: NDArray[np.object_],
    evidence: Evidence,
    found: Mapping[int, Body],
    tolerance_m: Mapping[str, float],
    silent: Mapping[str, NDArray[np.bool_]],
) -> Plans:
    """Find the ground on which no plan is in force, and at which distance some goes or comes."""
    count, faces = len(parcels), evidence.faces
    wide = is_wide(faces.polygon)
    base = tuple(name for name, law in rulebook.layers.items() if law.base)
    held = np.zeros((len(faces.parcel), len(base)), dtype=bool)
    cover, margin, nearest = {}, np.full(count, -np.inf), np.full(count, np.inf)
    outlines = []
    for column, name in enumerate(base):
        own = [place for place, key in enumerate(evidence.keys) if key.layer == name and key.distance_m is None]
        held[faces.face[np.isin(faces.key, own)], column] = True
        whole = np.ones(count, dtype=bool)
        whole[faces.parcel[wide & ~held[:, column]]] = False
        gap = np.full(count, np.inf)
        moving = [found[place].shape for place in own if place in found]
        if moving:
            cover[name] = zone_body(np.concatenate(moving))
            outline = cover[name].outline
            assert outline is not None  # noqa: S101  zones have one
            outlines.append((outline, tolerance_m[name]))
            near, distance = to_outline(parcels, outline, tolerance_m[name])
            gap[near] = distance
        margin[whole] = np.maximum(margin[whole], gap[whole])
        nearest = np.minimum(nearest, gap)
    uncovered = np.flatnonzero(wide & ~held.any(axis=1))
    bare = np.zeros(count, dtype=bool)
    bare[faces.parcel[uncovered]] = True
    flips = np.where(bare, np.inf, np.maximum(margin, 0.0))
    if len(uncovered):
        deep = _depth_m(faces.polygon[uncovered], outlines)
        deepest = np.zeros(count)
        np.maximum.at(deepest, faces.parcel[uncovered], deep)
        flips[bare] = np.maximum(deepest[bare] - SLACK_M, 0.0)
    return Plans(
        layers=base,
        bare=bare,
        gap_m=nearest,
        flips_m=flips,
        silent=np.column_stack([silent.get(name, np.zeros(count, bool)) for name in base])
        if base
        else np.zeros((count, 0), bool),
        cover=cover,
    )


def _depth_m(ground: NDArray[np.object_], outlines: Sequence[tuple[shapely.STRtree, float]]) -> NDArray[np.float64]:
    """Return how far the furthest corner of each ground, or its middle, is from all outlines at least."""
    xy, owner = shapely.get_coordinates(ground, return_index=True)
    deepest = np.zeros(len(ground))
    np.maximum.at(deepest, owner, _away_m(shapely.points(xy), outlines))
    shallow = np.flatnonzero(np.isfinite(deepest))
    circle = elementwise(widest_circles, ground[shallow])
    deepest[shallow] = np.maximum(deepest[shallow], _away_m(shapely.get_point(circle, 0), outlines))
    return deepest


def _away_m(points: NDArray[np.object_], outlines: Sequence[tuple[shapely.STRtree, float]]) -> NDArray[np.float64]:
    """Return how far points are from the nearest outline, infinite beyond the tolerance."""
    away = np.full(len(points), np.inf)
    for outline, tolerance in outlines:
        (point, _), distance = outline.query_nearest(
            points, max_distance=tolerance + MARGIN_M, return_distance=True, all_matches=False
        )
        away[point] = np.minimum(away[point], distance)
    return away
