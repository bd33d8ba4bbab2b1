"""The costly steps: what is told of many parcels at once is what is told of each."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_tej.threads import CHUNK
from geo_tej.verdict.steps import AFRESH, Extent

SURVEYED = shapely.union(shapely.box(0, 0, 900, 300), shapely.box(0, 0, 300, 900)) - shapely.box(100, 100, 140, 140)


@pytest.mark.parametrize("reach_m", [0.0, 25.0])
def test_many_parcels_are_told_inside_an_extent_as_each_is(reach_m):
    west, south = np.random.default_rng(7).uniform(-50, 900, (2, 2 * CHUNK + 200))
    parcels = np.r_[shapely.box(west, south, west + 8, south + 12), [None, shapely.Polygon()]]
    together = AFRESH.surveyed(parcels, Extent(SURVEYED), reach_m)
    edge = SURVEYED.boundary
    alone = shapely.covers(SURVEYED, parcels) & ~(shapely.dwithin(edge, parcels, reach_m) & np.bool_(reach_m > 0))
    assert together.tolist() == alone.tolist()
    assert 0 < together.sum() < len(parcels) / 2


@pytest.mark.parametrize("parcels", [[None] * (2 * CHUNK), [shapely.box(1, 1, 9, 9)] * (2 * CHUNK)])
def test_parcels_without_ground_and_parcels_on_one_spot_are_told_too(parcels):
    there = np.array(parcels, dtype=object)
    assert AFRESH.surveyed(there, Extent(SURVEYED), 0.0).tolist() == [parcels[0] is not None] * len(parcels)
