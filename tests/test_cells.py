"""Shapes as cells, rasters brought onto a grid, distances, and what is seen: squares, arithmetic, and other engines."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.features import geometry_mask
from specimens import EAST, GRID, NORTH, box, square, write_raster

from geo_tej.errors import CRSError, FrameError
from geo_tej.grid import Grid, align, burn, codes, cover, distance_m, eligibility, lines_up, water_view
from geo_tej.io.cells import written_cells
from geo_tej.model import Raster

CELLS = Grid(west=EAST, north=NORTH + 100, cell_m=10, rows=10, columns=12, crs=GRID)


def shapes(*drawn):
    return np.array(drawn, dtype=object)


def blobs(seed, count=6):
    rng = np.random.default_rng(seed)
    middle = shapely.points(
        np.column_stack([EAST + rng.uniform(-20, 140, count), NORTH + rng.uniform(-20, 120, count)])
    )
    return shapely.buffer(middle, rng.uniform(3, 40, count), quad_segs=4)


@given(st.integers(0, 2**32 - 1))
def test_cover_adds_up_to_the_ground(seed):
    drawn = blobs(seed)
    inside = shapely.intersection(shapely.union_all(drawn), shapely.box(*CELLS.bounds))
    share = cover(drawn, CELLS)
    assert share.sum(dtype=float) * CELLS.cell_m**2 == pytest.approx(shapely.area(inside), rel=1e-5, abs=1e-3)
    assert share.min() >= 0
    assert share.max() <= 1
    assert ((share > 0) <= burn(drawn, CELLS, rule="touched")).all()


@given(st.integers(0, 2**32 - 1))
def test_centres_are_those_of_gdal(seed):
    drawn = blobs(seed)
    mask = ~geometry_mask(list(drawn), CELLS.shape, CELLS.transform)
    np.testing.assert_array_equal(burn(drawn, CELLS), mask)


@given(st.integers(0, 2**32 - 1), st.integers(1, 7))
def test_windows_together_are_the_whole(seed, side):
    drawn = blobs(seed)
    whole = np.zeros(CELLS.shape, np.uint8)
    for row, column, part in CELLS.windows(side):
        rows, columns = part.shape
        whole[row : row + rows, column : column + columns] = codes([drawn[:3], drawn[3:]], part)
    np.testing.assert_array_equal(whole, codes([drawn[:3], drawn[3:]], CELLS))


def test_the_first_layer_that_covers_a_cell_names_it():
    table = codes([shapes(box(0, 0, 20, 100)), shapes(box(10, 0, 40, 100)), shapes()], CELLS)
    assert table[0, :5].tolist() == [1, 1, 2, 2, 0]
    with pytest.raises(FrameError, match="251 layers"):
        codes([shapes()] * 251, CELLS)


def test_a_grid_lies_on_whole_multiples_and_its_parts_keep_their_place():
    grid = Grid.over((EAST + 5, NORTH + 1, EAST + 120, NORTH + 99), 10, GRID)
    assert grid == CELLS
    assert grid.part(2, 3, 1, 1).bounds == (EAST + 30, NORTH + 70, EAST + 40, NORTH + 80)
    assert grid.padded(1).shape == (12, 14)


def raster(values, side, west=0.0, north=100.0):
    return Raster(
        values=np.array(values, float), transform=Affine(side, 0, EAST + west, 0, -side, NORTH + north), crs=GRID
    )


def test_cells_that_line_up_are_taken_as_they_are_and_nothing_is_made_up_beyond():
    small = raster(np.arange(6).reshape(2, 3), 10, west=110, north=110)
    assert lines_up(small, CELLS)
    placed = align(small, CELLS)
    assert placed[0, 11] == 3
    assert np.isnan(placed).sum() == CELLS.rows * CELLS.columns - 1
    assert np.isnan(align(raster(np.empty((0, 0)), 10), CELLS)).all()


@pytest.mark.parametrize("how", ["nearest", "bilinear"])
def test_a_plane_stays_a_plane_between_its_cells(how):
    plane = raster(np.tile(np.arange(8) * 30.0 + 15, (6, 1)), 30, west=-30, north=120)
    assert not lines_up(plane, CELLS)
    placed = align(plane, CELLS, resampling=how)
    middles = np.arange(12) * 10.0 + 5 + 30
    expected = middles if how == "bilinear" else np.floor(middles / 30) * 30 + 15
    assert np.allclose(placed, expected)


def test_no_data_is_not_smeared_into_numbers():
    gap = raster([[1, 1, np.nan, 1, 1]] * 4, 30)
    placed = align(gap, CELLS)
    assert np.isnan(placed[0, 5:10]).all()  # all cells between the last number and the gap
    assert (placed[0, :4] == 1).all()
    averaged = align(raster(np.tile([0.0, 1.0], (20, 12)), 5), CELLS, resampling="average")
    assert np.allclose(averaged, 0.5)


def test_another_system_is_refused():
    with pytest.raises(CRSError, match="the grid"):
        align(raster([[1.0]], 10), Grid(west=0, north=0, cell_m=10, rows=1, columns=1, crs=GRID.geodetic_crs))


def test_distances_between_cells_are_right_within_a_cell():
    away = distance_m(shapes(square(0, 0, 10)), CELLS, reach_m=80)
    assert away[9, 0] == 0
    assert away[9, 5] == pytest.approx(40, abs=15)
    assert away[0, 11] == 80
    assert (distance_m(shapes(), CELLS, reach_m=50) == 50).all()
    beyond = distance_m(shapes(square(-40, 0, 10)), CELLS, reach_m=80)  # outside the grid, and still near
    assert beyond[9, 0] == pytest.approx(35, abs=15)


LAKE = np.zeros((41, 41), dtype=bool)
LAKE[:, 30:33] = True
MIDDLE = np.array([[EAST + 205.0, NORTH + 205.0]])


def elevation(**changes):
    values = np.zeros((41, 41))
    for place, height in changes.get("walls", []):
        values[place] = height
    return raster(values, 10, north=410)


def test_half_the_horizon_of_a_shore_is_water():
    band = np.zeros((41, 41), dtype=bool)
    band[:, 21:] = True
    share = water_view(MIDDLE, elevation(), band, eye_m=2, radius_m=100)
    assert share[0] == pytest.approx(0.5, abs=1 / 36)
    assert water_view(MIDDLE, elevation(), np.zeros_like(band), eye_m=2, radius_m=100).tolist() == [0]


def test_a_wall_hides_the_water_and_a_higher_eye_sees_over_it():
    wall = elevation(walls=[((slice(None), 25), 10.0)])
    assert water_view(MIDDLE, wall, LAKE, eye_m=2, radius_m=150)[0] == 0
    assert water_view(MIDDLE, elevation(), LAKE, eye_m=2, radius_m=150)[0] > 0
    assert water_view(MIDDLE, wall, LAKE, eye_m=40, radius_m=150)[0] > 0


def test_the_earth_curves_away():
    far = raster(np.zeros((3, 2001)), 100, north=300)
    lake = np.zeros((3, 2001), dtype=bool)
    lake[1, 400:420] = True
    eye = np.array([[EAST + 50.0, NORTH + 150.0]])
    assert water_view(eye, far, lake, eye_m=50, radius_m=45_000, azimuths=4).tolist() != [0.25]
    near = np.zeros_like(lake)
    near[1, 50:60] = True
    straight = water_view(eye, far, near, eye_m=50, radius_m=6000, azimuths=4)
    assert np.isnan(straight[0])  # lines to the north, south and west leave the heights


def test_where_heights_are_missing_before_water_is_seen_nobody_knows():
    gap = elevation(walls=[((slice(None), 25), np.nan)])
    assert np.isnan(water_view(MIDDLE, gap, LAKE, eye_m=2, radius_m=150)[0])
    assert np.isnan(water_view(MIDDLE, elevation(), LAKE, eye_m=2, radius_m=900)[0])
    assert np.isnan(water_view(MIDDLE + 5000, elevation(), LAKE, eye_m=2, radius_m=50)[0])


def test_written_cells_are_cloud_optimised_with_their_tags(tmp_path):
    path = tmp_path / "cells.tif"
    with written_cells(path, CELLS, bands=1, dtype="uint8", nodata=255) as target:
        for row, column, part in CELLS.windows(5):
            target.write(np.full(part.shape, row + column, np.uint8), 1, row, column)
        target.tag({"LEGEND_001": "示例 <b>"})
        target.describe(1, "codes")
    with rasterio.open(path) as source:
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.tags()["LEGEND_001"] == "示例 <b>"
        assert source.descriptions == ("codes",)
        assert source.read(1)[9, 11] == 5 + 10
        assert source.transform == CELLS.transform
    assert [each.name for each in tmp_path.iterdir()] == ["cells.tif"]


def test_a_raster_in_another_projected_system_is_brought_over_and_said(tmp_path):
    from geo_tej.i18n import Text  # noqa: PLC0415
    from geo_tej.io.cells import open_cells, read_cells  # noqa: PLC0415
    from geo_tej.siting.nouns import Ground  # noqa: PLC0415

    class Stub:
        crs = GRID
        title = Text("", "")

    write_raster(tmp_path / "own.tif", raster(np.arange(144.0).reshape(12, 12), 10, west=-10, north=110))
    own = open_cells(Ground(path="own.tif"), Stub, tmp_path)
    assert own.remark == ""
    part = read_cells(own, square(0, 0, 10).bounds, margin=1)
    assert part.values.shape == (3, 3)
    assert (
        align(part, CELLS)[9, 0]
        == align(raster(np.arange(144.0).reshape(12, 12), 10, west=-10, north=110), CELLS)[9, 0]
    )
    with rasterio.open(tmp_path / "own.tif") as source:
        profile, data = source.profile, source.read()
    profile.update(crs="EPSG:32650", transform=Affine(10, 0, 789_000, 0, -10, 3_271_500))
    with rasterio.open(tmp_path / "utm.tif", "w", **profile) as target:
        target.write(data)
    other = open_cells(Ground(path="utm.tif"), Stub, tmp_path)
    assert "brought from" in other.remark
    assert read_cells(other, (0, 0, 10, 10)).values.size == 0


@given(st.integers(0, 2**32 - 1))
def test_eligible_cells_are_those_of_gdal_and_cover_is_exact(seed):
    area = gpd.GeoSeries([box(3, 4, 117, 96)], crs=GRID)
    first, second = (gpd.GeoSeries(blobs(seed + number, 4), crs=GRID) for number in (0, 1))
    asked = {"first": (first, 0.0), "second": (second, 7.0)}
    found = eligibility(area, asked, cell_m=10)
    grown = second.buffer(7.0, quad_segs=64)
    outside = geometry_mask(list(area), found.grid.shape, found.grid.transform)
    barred = ~geometry_mask([*first, *grown], found.grid.shape, found.grid.transform)
    assert found.eligible_m2 == pytest.approx((~outside & ~barred).sum() * 100, abs=100)  # a centre on the chord
    assert found.table["first_cells"].sum() == ((found.code > 0) & (found.code < 255)).sum()
    assert (found.table["first_cells"] <= found.table["cells"]).all()
    exact = shapely.area(shapely.difference(area.iloc[0], shapely.union_all([*first, *grown])))
    assert eligibility(area, asked, cell_m=10, rule="cover").eligible_m2 == pytest.approx(exact, rel=1e-3, abs=0.5)


def test_eligibility_by_touch_on_another_tools_cells_and_in_another_system():
    area = gpd.GeoSeries([box(0, 0, 100, 100)], crs=GRID)
    pole = gpd.GeoSeries([shapely.Point(EAST + 50, NORTH + 50)], crs=GRID)
    assert eligibility(area, {"pole": (pole, 1.0)}, cell_m=10).share == 1  # no centre within a metre
    touched = eligibility(area, {"pole": (pole, 1.0)}, cell_m=10, rule="touched")
    assert touched.table.loc["pole", "cells"] == 4
    elsewhere = eligibility(area, {"pole": (pole, 1.0)}, cell_m=10, grid=CELLS.part(0, 0, 10, 10))
    assert elsewhere.grid.shape == (10, 10)
    with pytest.raises(CRSError, match="exclusion pole"):
        eligibility(area, {"pole": (pole.to_crs(4548), 1.0)}, cell_m=10)
    with pytest.raises(CRSError, match="degrees"):
        eligibility(area.to_crs(4490), {}, cell_m=10)
