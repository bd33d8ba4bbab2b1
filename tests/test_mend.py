"""Mending: what comes out is valid and flat, every change is told with its area, and no row disappears."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from specimens import EAST, GRID, NORTH, square

from geo_tej.io.mend import duplicates, mend, repair_words


def rows(*shapes):
    return gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=np.array(shapes, dtype=object), crs=GRID)


CORNERS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=3, max_size=9)


@given(st.lists(CORNERS, min_size=1, max_size=5))
def test_any_rings_become_valid_and_every_change_is_told(rings):
    shapes = [shapely.Polygon([(EAST + x, NORTH + y) for x, y in ring]) for ring in rings]
    before = [shape.wkb for shape in shapes]
    mended, repairs, aside = mend(rows(*shapes))
    assert [shape.wkb for shape in shapes] == before  # nothing given is changed
    assert len(mended) == len(shapes)
    told = {each.row - 1: each.change_m2 for each in repairs}
    lost = {each.row - 1 for each in aside}
    for row, (old, new) in enumerate(zip(shapes, mended.geometry, strict=True)):
        if row in lost:
            assert new is None
            assert shapely.make_valid(old).area == 0
        elif row in told:
            assert new.is_valid
            assert new.area - old.area == pytest.approx(told[row], abs=1e-6)
        else:
            assert new.equals(old)
            assert old.is_valid


def test_lines_stay_among_objects_and_are_set_aside_among_polygons():
    line = shapely.LineString([(EAST, NORTH), (EAST + 9, NORTH)])
    mixed = shapely.GeometryCollection([square(), line])
    kept, repairs, aside = mend(rows(line, mixed, square()), only_polygons=False)
    assert (repairs, aside) == ((), ())
    assert kept.geometry.iloc[0].equals(line)
    mended, repairs, aside = mend(rows(line, mixed, square()), names=pd.Series(["a", None, "c"]))
    assert [(each.row, each.name, each.attributes) for each in aside] == [(1, "a", {"n": "0"})]
    assert mended.geometry.iloc[1].equals(square())
    assert repair_words(repairs[0]) == "row 2: repaired (its lines and points were left out); area +0.00 m²"


def test_a_coordinate_that_is_no_number_is_set_aside():
    odd = shapely.Polygon([(EAST, NORTH), (np.inf, NORTH), (EAST, NORTH + 9)])
    mended, _, aside = mend(rows(odd, square()))
    assert mended.geometry.iloc[0] is None
    assert [each.row for each in aside] == [1]


def test_duplicates_are_found_however_they_are_drawn():
    turned = shapely.Polygon(np.roll(shapely.get_coordinates(square())[:-1], 1, axis=0))
    assert duplicates(rows(square(), square(200), turned, square(), None, shapely.Polygon())).tolist() == [2, 3]
    inner = square().difference(square(10, 10, 10))
    assert duplicates(rows(square(), inner)).tolist() == []
