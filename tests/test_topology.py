"""Overlaps, gaps, boundaries that nearly coincide and spikes, each at its place."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from specimens import EAST, GRID, NORTH, box, square

from geo_tej.topology import COLUMNS, gaps, overlapping, spikes


def rows(*shapes):
    return gpd.GeoDataFrame(geometry=np.array(shapes, dtype=object), crs=GRID)


@pytest.mark.parametrize(
    ("left", "right", "kind", "area"),
    [
        (square(0), square(90), "overlap", 1000.0),
        (square(0), square(99.9), "near_duplicate_boundary", 10.0),
        (square(0), square(0), "overlap", 10_000.0),
        (square(0), square(20, 20, 10), "overlap", 100.0),
    ],
)
def test_an_overlap_has_its_rows_its_area_and_its_place(left, right, kind, area):
    told = overlapping(rows(square(500), left, right))
    assert told[["kind", "row", "other"]].to_numpy().tolist() == [[kind, 1, 2]]
    assert told["area_m2"].iloc[0] == pytest.approx(area, rel=1e-6)
    assert left.intersection(right).buffer(1e-6).contains(shapely.Point(told["x"].iloc[0], told["y"].iloc[0]))


def test_touching_is_no_overlap_and_nothing_has_none():
    assert len(overlapping(rows(square(0), square(100), square(100, 100)))) == 0
    for nothing in (rows(), rows(None, shapely.Polygon())):
        for look in (overlapping, gaps, spikes):
            assert list(look(nothing).columns) == list(COLUMNS)
            assert len(look(nothing)) == 0


def test_a_hole_and_a_slit_between_zones_are_gaps():
    told = gaps(rows(box(0, 0, 100, 100).difference(square(10, 10, 20)), box(100, 0, 200, 100)))
    assert told[["kind", "area_m2"]].to_numpy().tolist() == [["gap", 400.0]]
    slit = gaps(rows(box(0, 0, 100, 100), box(100.1, 0, 200, 100)))
    assert slit["kind"].tolist() == ["near_duplicate_boundary"]
    assert slit["area_m2"].iloc[0] == pytest.approx(10, rel=0.01)
    assert slit[["row", "other"]].to_numpy().tolist() == [[0, 1]]
    assert len(gaps(rows(square(0), square(100), square(300)))) == 0  # what lies apart leaves no gap


def test_a_spike_is_found_and_a_corner_is_not():
    corner = shapely.Polygon([(EAST, NORTH), (EAST + 50, NORTH), (EAST + 50, NORTH + 2)])  # 2.3 degrees
    spike = shapely.Polygon(
        [(EAST, NORTH), (EAST + 9, NORTH), (EAST + 200, NORTH + 0.5), (EAST + 9, NORTH + 1), (EAST, NORTH + 9)]
    )
    told = spikes(rows(corner, spike))
    assert told[["row", "x", "y"]].to_numpy().tolist() == [[1, EAST + 200, NORTH + 0.5]]


@given(st.integers(1, 4), st.integers(1, 4), st.randoms(use_true_random=False))
def test_a_grid_tiles_whatever_its_order(across, along, random):
    cells = [square(100 * x, 100 * y) for x in range(across) for y in range(along)]
    random.shuffle(cells)
    frame = rows(*cells)
    assert len(overlapping(frame)) == len(gaps(frame)) == len(spikes(frame)) == 0
