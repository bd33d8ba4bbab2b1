"""Rasters: planes of known slope, and zonal numbers by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from specimens import EAST, GRID, NORTH, box, parcels, plane, square

from geo_tej.errors import CRSError
from geo_tej.grid import derive, slope_deg, zonal
from geo_tej.model import Raster


def cells(values, side=100):
    """Lay cells out from the parcels' corner, the first row in the north."""
    values = np.array(values, dtype=float)
    return Raster(values=values, transform=Affine(side, 0, EAST, 0, -side, NORTH + side * len(values)), crs=GRID)


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(1, 100))
def test_a_plane_has_its_slope_everywhere_but_at_the_edge(rise_east, rise_north, cell):
    east, north = np.meshgrid(np.arange(6) * cell, np.arange(5) * -cell)
    slope = slope_deg(rise_east * east + rise_north * north, cell, cell)
    expected = np.degrees(np.arctan(np.hypot(rise_east, rise_north)))
    assert np.allclose(slope[1:-1, 1:-1], expected, atol=1e-6)
    assert np.isnan(slope[[0, -1], :]).all()
    assert np.isnan(slope[:, [0, -1]]).all()


def test_cells_may_be_oblong_and_a_gap_has_no_slope_around_it():
    rows = np.tile(np.arange(5) * 10.0, (5, 1))
    assert slope_deg(rows, 20, 5)[2, 2] == pytest.approx(np.degrees(np.arctan(0.5)))
    rows[2, 2] = np.nan
    assert np.isnan(slope_deg(rows, 10, 10)[1:4, 1:4]).sum() == 8  # Horn leaves out the middle cell itself


@pytest.mark.parametrize(("statistic", "expected"), [("mean", 2.5), ("min", 1), ("max", 4)])
def test_a_parcel_over_four_cells_has_their_number(statistic, expected):
    plot = parcels(square(50, 50))  # a quarter of each cell
    assert zonal(plot, cells([[1, 2], [3, 4]]), statistic).tolist() == [expected]


def test_cells_count_by_the_fraction_covered():
    plot = parcels(box(0, 0, 110, 100))  # ten elevenths on the cell of 3, one on that of 4
    assert zonal(plot, cells([[1, 2], [3, 4]]), "mean").iloc[0] == pytest.approx((100 * 3 + 10 * 4) / 110)


def test_where_cells_or_ground_are_missing_nobody_knows():
    plots = parcels(square(0), square(90), square(150, 150), shapely.Polygon(), None)
    numbers = zonal(plots, cells([[1, 2], [3, np.nan]]), "mean")
    assert numbers.index.tolist() == plots.index.tolist()
    assert numbers.iloc[0] == 3
    assert numbers.iloc[1:].isna().all()


def test_a_raster_drawn_from_the_south_up_is_read_the_right_way_round():
    upright = cells([[1, 2], [3, 4]])
    turned = replace(upright, values=upright.values[::-1].copy(), transform=Affine(100, 0, EAST, 0, 100, NORTH))
    plots = parcels(square(0, 0), square(100, 100))
    assert zonal(plots, upright, "mean").tolist() == [3, 2]
    assert zonal(plots, turned, "mean").tolist() == [3, 2]


def test_the_slope_of_a_raster_keeps_its_place():
    steep = derive(plane(rise=1.0), "slope_deg")
    assert zonal(parcels(square()), steep, "mean").iloc[0] == pytest.approx(45)
    assert derive(plane(), "value").values.mean() == 100


def test_another_system_is_refused():
    with pytest.raises(CRSError, match="the raster"):
        zonal(parcels(square()).to_crs(4548), plane(), "mean")
