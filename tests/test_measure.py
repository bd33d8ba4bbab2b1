"""Areas against the geodesic, figures in print, and shapes whose width one can see."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod
from shapely import affinity
from specimens import GRID, box, square

from geo_tej.errors import CRSError
from geo_tej.measure import closed, ellipsoidal_area_m2, mean_width_m, registered_m2, widest_circle_m

# shared/domain/area_fixtures.csv: rings in EPSG:4549, their areas by pyproj 3.7.2's Geod and in the plane
FIXTURES = {
    "1 ha square": ("457400 3268100;457500 3268100;457500 3268000;457400 3268000", 10000.0, 9999.5534),
    "1 km square": ("457400 3269000;458400 3269000;458400 3268000;457400 3268000", 1000000.0, 999956.2813),
    "outer": ("457400 3268150;457600 3268150;457600 3268000;457400 3268000", 30000.0, 29998.6634),
    "hole": ("457480 3268080;457500 3268080;457500 3268070;457480 3268070", 200.0, 199.9911),
    "slanted pentagon": (
        (
            "457612.345 3268211.902;457734.118 3268190.447;457751.006 3268102.333;"
            "457660.5 3268071.25;457598.75 3268120.064"
        ),
        15464.4242,
        15463.7409,
    ),
    "1 cm sliver": ("457400 3268150.01;457600 3268150.01;457600 3268150;457400 3268150", 2.0, 1.9999),
}


def ring(text):
    return shapely.Polygon([tuple(map(float, point.split())) for point in text.split(";")])


def geodesic_m2(polygon, crs=GRID):
    degrees = gpd.GeoSeries([polygon], crs=crs).to_crs(crs.geodetic_crs).iloc[0]
    area, _ = Geod(ellps="GRS80").geometry_area_perimeter(shapely.orient_polygons(degrees))
    return abs(area)


@pytest.mark.parametrize("name", FIXTURES)
def test_areas_are_the_published_ones(name):
    text, planar, geodesic = FIXTURES[name]
    shape = ring(text)
    assert shape.area == pytest.approx(planar, abs=1e-3)
    assert ellipsoidal_area_m2([shape], GRID)[0] == pytest.approx(geodesic, abs=max(1e-4, geodesic * 1e-6))


def test_a_hole_is_taken_out():
    outer, hole = ring(FIXTURES["outer"][0]), ring(FIXTURES["hole"][0])
    holed = shapely.Polygon(outer.exterior, [hole.exterior])
    assert holed.area == 29800
    assert ellipsoidal_area_m2([holed], GRID)[0] == pytest.approx(29798.6723, abs=1e-3)


@given(
    east=st.floats(-140_000, 140_000), north=st.floats(-800_000, 1_500_000), side=st.floats(5, 1000),
    turn=st.floats(0, 90), squeeze=st.floats(0.05, 1),
)  # fmt: skip
def test_ellipsoidal_area_agrees_with_the_geodesic_to_a_millionth(east, north, side, turn, squeeze):
    shape = affinity.rotate(affinity.scale(square(east, north, side), 1, squeeze), turn)
    assert ellipsoidal_area_m2([shape], GRID)[0] == pytest.approx(geodesic_m2(shape), rel=1e-6, abs=1e-4)


def test_other_grids_give_the_same_ground():
    shape = gpd.GeoSeries([ring(FIXTURES["1 ha square"][0])], crs=GRID)
    for code in (4548, 4528, 32650, 4490):
        moved = shape.to_crs(code)
        assert ellipsoidal_area_m2(moved.to_numpy(), moved.crs)[0] == pytest.approx(9999.5534, rel=1e-6)


def test_nothing_and_parts_have_their_areas():
    two = shapely.MultiPolygon([square(0), square(500)])
    areas = ellipsoidal_area_m2([shapely.Polygon(), None, two, square(0)], GRID)
    assert areas[:2].tolist() == [0, 0]
    assert areas[2] == pytest.approx(2 * areas[3], rel=1e-5)
    assert ellipsoidal_area_m2([], GRID).tolist() == []


def test_a_crs_without_an_ellipsoid_is_refused():
    engineering = CRS.from_wkt(
        'ENGCRS["site",EDATUM["site"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]'
    )
    with pytest.raises(CRSError, match="no ellipsoid"):
        ellipsoidal_area_m2([square()], engineering)


@pytest.mark.parametrize(
    ("exact", "printed"),
    [
        ([23.1575, 36.0756, 40.7669], [23.16, 36.07, 40.77]),  # 方岩, km² of 147.08
        ([34.06 / 147.08 * 100, 53.06 / 147.08 * 100, 59.96 / 147.08 * 100], [23.16, 36.07, 40.77]),
        ([1 / 3 * 100] * 3, [33.34, 33.33, 33.33]),
        ([0.29, 0.71], [0.29, 0.71]),
        ([0.0, 100.0], [0.0, 100.0]),
    ],
)
def test_parts_close_as_printed(exact, printed):
    assert closed(exact, total=sum(printed)) == printed


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_parts_add_up_to_their_rounded_total_and_none_moves_by_a_unit(parts):
    rounded = closed(parts)
    assert round(sum(rounded) * 100) == round(sum(parts) * 100)
    assert all(abs(part - exact) <= 0.01 + 1e-6 for part, exact in zip(rounded, parts, strict=True))


@pytest.mark.parametrize(
    ("part", "drawn", "registered", "expected"),
    [(500, 1000, 1010, 505), (1000, 1000, 1010, 1010), (333.3, 1000, 1010, 337), (0, 1000, 1010, 0), (5, 0, 10, 0)],
)
def test_registered_convention(part, drawn, registered, expected):
    assert registered_m2(part, drawn_m2=drawn, registered_m2=registered) == expected


@pytest.mark.parametrize("half", [0.5, 1.5, 2.5])
def test_half_a_square_metre_rounds_up_in_a_register(half):
    assert registered_m2(half, drawn_m2=1000, registered_m2=1000) == half + 0.5


def test_mean_width_is_the_width_of_a_strip_and_half_the_side_of_a_square():
    widths = mean_width_m([box(0, 0, 10_000, 4), square(0, 0, 10), shapely.Polygon(), None])
    assert widths == pytest.approx([4, 5, 0, 0], rel=1e-3)


def test_the_widest_circle_is_not_widened_by_length_and_finds_the_bulge():
    corridor = box(0, 0, 500, 10)
    bulge = shapely.union_all([corridor, square(100, 0, 40)])
    frame = square(0, 0, 100).difference(square(10, 10, 80))
    assert widest_circle_m([corridor, bulge, shapely.Polygon(), None]) == pytest.approx([10, 40, 0, 0], abs=0.06)
    # in a square frame 10 m wide the largest circle sits in a corner, at distance r from the outer walls and
    # from the inner corner: r = 10·√2 / (1 + √2)
    assert widest_circle_m([frame])[0] == pytest.approx(20 * np.sqrt(2) / (1 + np.sqrt(2)), abs=0.06)
