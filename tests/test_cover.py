"""Overlaps without their shapes: areas by integration, against an engine that constructs them, on nasty input."""

from __future__ import annotations

from functools import reduce

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import CRS
from specimens import box, square

from geo_tej.overlay import chart, cover
from geo_tej.overlay.measured import Limits, measured
from geo_tej.overlay.shapes import from_geometry, from_wkb
from geo_tej.overlay.zones import index_polygons

GRID = CRS(4549)
PLACES = [(0.0, 0.0), (500_000.0, 3_270_000.0), (40_500_000.0, 3_270_000.0)]


def only_polygons(shape):
    parts = [part for part in shapely.get_parts(shapely.make_valid(shape)) if part.geom_type.endswith("Polygon")]
    return shapely.union_all(parts)


def rings(step):
    """Draw polygons of 3 to 8 corners; with a step, corners on a lattice, so that edges and corners are shared."""
    number = st.floats(-40, 140) if step is None else st.integers(-2, 6).map(lambda count: count * step)
    corners = st.lists(st.tuples(number, number), min_size=3, max_size=8)
    return corners.map(lambda points: only_polygons(shapely.Polygon(points)))


def shapes(step):
    """Put rings together, cut them out of each other: holes, islands in holes, parts, slivers, corners that touch."""
    ways = st.sampled_from(["union", "difference", "symmetric_difference"])
    return st.builds(
        lambda first, rest: only_polygons(reduce(lambda left, more: getattr(left, more[0])(more[1]), rest, first)),
        rings(step),
        st.lists(st.tuples(ways, rings(step)), max_size=3),
    )


@st.composite
def towns(draw):
    step = draw(st.sampled_from([None, 5.0, 20.0, 25.0, 1e-3]))
    east, north = draw(st.sampled_from(PLACES))
    plots, zones = (
        [
            shapely.transform(shape, lambda points: points + np.array([east, north]))
            for shape in draw(st.lists(shapes(step), min_size=1, max_size=4))
        ]
        for _ in range(2)
    )
    plots, zones = ([shape for shape in some if shape.is_valid and shape.area > 0] for some in (plots, zones))
    assume(plots and zones)
    if draw(st.booleans()):
        plots += zones  # the same edges, the other way round or the same
    return plots, [(draw(st.sampled_from("ab")), shape) for shape in zones]


def found(plots, zones):
    index = index_polygons(
        np.array([shape for _, shape in zones], dtype=object), ["z"] * len(zones), [name for name, _ in zones], GRID
    )
    rows = measured(from_geometry(np.array(plots, dtype=object)), index, Limits.of(None, index.names))
    return {
        (int(plot), index.names[key][1]): area
        for plot, key, area in zip(rows.parcel, rows.key, rows.area_m2, strict=True)
    }


def agrees(plots, zones):
    """Compare with GEOS, where that agrees with itself: what it cuts off and what it leaves are the plot."""
    ours = found(plots, zones)
    for name in {name for name, _ in zones}:
        of_class = shapely.union_all([shape for other, shape in zones if other == name])
        theirs, rest = (
            shapely.area(shapely.intersection(plots, of_class)),
            shapely.area(shapely.difference(plots, of_class)),
        )
        for plot, whole in enumerate(shapely.area(plots)):
            if theirs[plot] + rest[plot] == pytest.approx(whole, rel=1e-6, abs=1e-4):
                assert ours.get((plot, name), 0.0) == pytest.approx(theirs[plot], rel=1e-6, abs=1e-4)
    return True


@given(towns())
def test_areas_agree_with_another_engine_on_nasty_input(town):
    assert agrees(*town)


@settings(max_examples=10)
@given(towns())
def test_areas_agree_with_geopandas_overlay(town):
    plots, zones = town
    left = gpd.GeoDataFrame({"plot": range(len(plots))}, geometry=plots, crs=GRID)
    right = gpd.GeoDataFrame({"name": [name for name, _ in zones]}, geometry=[shape for _, shape in zones], crs=GRID)
    pieces = gpd.overlay(left, right.dissolve("name").reset_index(), keep_geom_type=True)
    theirs = pieces.assign(area=pieces.area).groupby(["plot", "name"])["area"].sum().to_dict()
    ours = found(plots, zones)
    for pair in theirs.keys() | ours.keys():
        assert ours.get(pair, 0.0) == pytest.approx(theirs.get(pair, 0.0), rel=1e-6, abs=1e-4)


@given(towns())
def test_areas_agree_where_no_cell_of_the_chart_is_free(town):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chart, "FEWEST_CELLS", 1)
        patch.setattr(chart, "CELLS_PER_EDGE", 1)
        patch.setattr(cover, "PAIRS_AT_ONCE", 7)
        patch.setattr(cover, "PIECES_AT_ONCE", 5)
        assert agrees(*town)


@given(towns())
def test_areas_agree_where_polygons_are_clipped_for_having_too_many_edges(town):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cover, "MOST_PAIRS", 40)
        assert agrees(*town)


@given(towns())
def test_parts_and_what_is_left_are_the_whole(town):
    plots, zones = town
    ours = found(plots, zones)
    west, south, east, north = shapely.total_bounds([*plots, *(shape for _, shape in zones)])
    everything = shapely.box(west - 10, south - 10, east + 10, north + 10)
    for name in {name for name, _ in zones}:
        rest = only_polygons(everything - shapely.union_all([shape for other, shape in zones if other == name]))
        left = found(plots, [("rest", rest)])
        for plot, whole in enumerate(shapely.area(plots)):
            both = ours.get((plot, name), 0.0) + left.get((plot, "rest"), 0.0)
            assert both == pytest.approx(whole, rel=1e-6, abs=1e-4)


def test_a_sliver_and_a_corner_have_their_areas():
    plot = [square()]
    assert found(plot, [("a", box(-5, 99.99, 105, 120))]) == {(0, "a"): pytest.approx(1.0, abs=1e-6)}
    assert found(plot, [("a", box(99.999, 99.999, 120, 120))]) == {(0, "a"): pytest.approx(1e-6, abs=1e-7)}


@pytest.mark.parametrize("most", [0, 1 << 18])
def test_touching_is_no_overlap_and_all_around_is_all_whichever_way_it_is_measured(monkeypatch, most):
    monkeypatch.setattr(cover, "MOST_PAIRS", most)
    around = box(-50, -50, 150, 150)
    ours = found([square()], [("beside", box(100, 0, 200, 100)), ("ring", around - square()), ("on", square())])
    assert ours == {(0, "on"): square().area}


def test_a_boundary_that_ends_right_at_the_side_of_the_parcels_box_is_no_way_out():
    plot = shapely.box(500_000, 3_270_000, 500_050, 3_270_050)
    wedge = shapely.Polygon([(500_050, 3_270_050), (500_090, 3_270_080), (500_050, 3_270_090), (500_020, 3_270_040)])
    assert found([plot], [("a", wedge)]) == {(0, "a"): pytest.approx(plot.intersection(wedge).area)}


@pytest.mark.parametrize("flavor", ["extended", "iso"])
@pytest.mark.parametrize("dimension", [2, 3])
def test_polygons_are_read_from_their_bytes(flavor, dimension):
    holed = square(0).difference(square(20, 20, 10)).difference(square(50, 50, 10))
    many = shapely.MultiPolygon([holed, square(200), square(400).difference(square(420, 20, 30))])
    shapes = np.array([square(), None, holed, shapely.Polygon(), many, shapely.MultiPolygon()], dtype=object)
    if dimension == 3:
        shapes = shapely.force_3d(shapes, z=7.0)
    written = [
        b"" if value is None else value
        for value in shapely.to_wkb(shapes, flavor=flavor, include_srid=flavor == "extended")
    ]
    offset = np.cumsum([0, *map(len, written)])
    read = from_wkb(np.frombuffer(b"".join(written), np.uint8), offset, ~shapely.is_missing(shapes))
    direct = from_geometry(shapes)
    for name in ("x", "y", "first", "row", "is_hole", "area", "bounds"):
        np.testing.assert_array_equal(getattr(read, name), getattr(direct, name))
    assert read.present.tolist() == [0, 2, 4]
    assert read.area.tolist() == [10_000, 9800, 9800 + 10_000 + 9100]
    assert shapely.equals(read.geometry(np.array([0, 1, 2])), shapely.force_2d(shapes[[0, 2, 4]])).all()


OPEN = bytearray(shapely.to_wkb(square()))
OPEN[-16:-8] = np.float64(1).tobytes()


@pytest.mark.parametrize(
    "value",
    [
        b"", b"\x01", shapely.to_wkb(square())[:-1], shapely.to_wkb(square(), byte_order=0), bytes(OPEN),
        shapely.to_wkb(shapely.Point(1, 2)), shapely.to_wkb(shapely.GeometryCollection([square()])),
        b"\x01\x03\0\0\0\x01\0\0\0\xff\xff\xff\xff",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_others(value):
    assert from_wkb(np.frombuffer(value, np.uint8), np.array([0, len(value)]), np.array([True])) is None


@given(towns())
def test_what_is_seen_whole_from_its_middle_is_valid(town):
    plots = np.array([*town[0], shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])], dtype=object)
    assert shapely.is_valid(plots[from_geometry(plots).starlike]).all()


def test_most_parcels_are_seen_whole_from_their_middle_and_a_pentagram_is_not():
    angle = np.arange(6) * 4 * np.pi / 5
    star = shapely.Polygon(np.column_stack([np.cos(angle), np.sin(angle)]))
    assert from_geometry(np.array([square(), star], dtype=object)).starlike.tolist() == [True, False]
