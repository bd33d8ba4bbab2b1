"""Overlap a batch of parcels with the layers, and find the objects that they come near to."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.overlay.framed import told_of
from geo_tej.threads import CHUNK, side_by_side
from geo_tej.verdict.evidence.nouns import Ledger, Met
from geo_tej.verdict.evidence.way import together, way_of
from geo_tej.verdict.steps import AFRESH

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from geo_tej.model import Project, Rule
    from geo_tej.verdict.steps import Steps

BATCH = 10_000
"""So many parcels are overlapped with a layer at a time: what that takes room for meanwhile does not grow with all."""


def meet_layers(project: Project, parcels: gpd.GeoDataFrame, rules: Sequence[Rule], steps: Steps = AFRESH) -> Met:
    """Overlap a batch of parcels with the zones of every layer, and find the objects that they come near to."""
    way = way_of(project, rules)
    geometry = parcels.geometry.to_numpy()
    boxes = shapely.bounds(geometry)
    present = boxes[~np.isnan(boxes[:, 0])]
    bounds = (*present[:, :2].min(axis=0), *present[:, 2:].max(axis=0)) if len(present) else ()
    # whoever remembers an earlier assessment must see that nothing is near any more
    places = range(len(way.stops)) if steps is not AFRESH else way.near(*bounds) if bounds else []
    # who remembers knows parcels by the very array, and gets all of them
    several = steps is AFRESH and len(geometry) > BATCH
    batches = {first: geometry[first : first + BATCH] for first in range(0, len(geometry), BATCH)}
    of = [(number, first) for number in places for first in (batches if several else (0,))]
    jobs = [partial(way.stops[number].meet, steps, batches[first] if several else geometry) for number, first in of]
    found = side_by_side(jobs) if len(geometry) >= CHUNK else [job() for job in jobs]
    pieces = together(
        [
            replace(each, key=each.key + way.first[number], parcel=each.parcel + first)
            for (number, first), (each, _) in zip(of, found, strict=True)
        ]
    )
    distance = np.concatenate([*(distance for _, distance in found), np.empty(0)])
    of_zones = way.of_zones[pieces.key]
    overlaps = pieces.at(of_zones)
    told = told_of(geometry, overlaps, way.limits)
    kept = np.ones(len(pieces.parcel), dtype=bool)
    kept[of_zones] = told.reason == 0
    kept = np.flatnonzero(kept)
    order = kept[np.lexsort((pieces.key[kept], pieces.parcel[kept]))]
    return Met(
        keys=way.keys,
        pieces=pieces.at(order),
        distance_m=distance[order],
        ledger=Ledger(of=parcels.index, ids=parcels.index, names=way.names, pieces=overlaps, told=told),
    )
