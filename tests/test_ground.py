"""Faces of a parcel: they add up to it, and what is left of it is measured piece by piece."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from specimens import EAST, NORTH, box, parcels, square, zones

from geo_tej.ground import cut, ground, remaining
from geo_tej.measure import CIRCLE_TOLERANCE_M, mean_width_m, widest_circle_m
from geo_tej.overlay import Pieces
from geo_tej.widths import widths_m

CIRCLES = st.lists(
    st.builds(
        lambda name, east, north, size: (name, shapely.Point(EAST + east, NORTH + north).buffer(size, quad_segs=3)),
        st.sampled_from("abc"), st.floats(-50, 250), st.floats(-50, 150), st.floats(3, 90),
    ),
    max_size=6,
)  # fmt: skip


def faces(plot, *shapes):
    """Return area by the set of classes that holds."""
    table = ground(plot, zones(*shapes))
    return {tuple(name for _, name in held): area for held, area in zip(table["zones"], table["area_m2"], strict=True)}


def test_two_half_zones_make_faces_by_what_holds_on_them():
    found = faces(parcels(square()), ("a", box(0, 0, 50, 100)), ("b", box(0, 0, 100, 50)))
    assert found == {(): 2500, ("a",): 2500, ("b",): 2500, ("a", "b"): 2500}


def test_a_zone_that_covers_all_holds_on_every_face_and_cuts_none():
    found = faces(parcels(square()), ("a", square(-10, -10, 200)), ("b", box(0, 0, 100, 40)))
    assert found == {("a",): 6000, ("a", "b"): 4000}


def test_a_hole_and_the_island_in_it_are_faces():
    ring = square(20, 20, 60).difference(square(40, 40, 20))
    table = ground(parcels(square()), zones(("a", ring)))
    assert sorted(table["area_m2"]) == pytest.approx([400, 3200, 6400])
    assert table.loc[table["area_m2"] < 500, "zones"].tolist() == [()]


def test_parcels_without_ground_have_no_face_and_no_zone_leaves_one():
    plots = parcels(square(), shapely.Polygon(), None)
    table = ground(plots, zones())
    assert table["parcel_id"].tolist() == ["A1"]
    assert table["zones"].tolist() == [()]


def test_no_ground_counts_twice_where_lines_nearly_coincide():
    # as overlays give them: the corners that pieces share with the parcel's sides lie beside these by a rounding
    plot, *ground = shapely.from_wkt([
        """POLYGON ((454946.19 3273974.03, 454899.01 3274042.37, 455010.37 3274195.91, 455102.6 3274202.67,
        455215.29 3274142.67, 455162.22 3273918.11, 454946.19 3273974.03))""",
        """POLYGON ((455010.37 3274195.91, 455102.6 3274202.67, 455215.29 3274142.67, 455177.01144403475
        3273980.69840536, 455113.58 3274019.04, 455046.9 3274062.74, 454978.53 3274101.84,
        454950.5491360414 3274113.4306945745, 455010.37 3274195.91))""",
        """POLYGON ((455180 3274020.742171011, 455180 3274161.459599787, 455215.29 3274142.67,
        455186.4749399517 3274020.742171011, 455180 3273993.3441586583, 455180 3274020.742171011))""",
        """POLYGON ((455215.29 3274142.67, 455179.10990727897 3273989.577826994, 455178.38 3273997.4,
        455153.18 3274035.96, 455148.38 3274087.4, 455120.43 3274136.76, 455120.2088125163 3274193.294467557,
        455215.29 3274142.67))""",
    ])  # fmt: skip
    area, ground = shapely.area(ground), np.array(ground)
    found = cut(np.array([plot]), Pieces(parcel=np.zeros(3, int), key=np.arange(3), area_m2=area, ground=ground))
    assert found.area_m2.sum() == pytest.approx(plot.area, abs=1e-4)
    assert np.bincount(found.key, found.area_m2[found.face]) == pytest.approx(area, abs=1e-4)


@given(CIRCLES)
def test_faces_add_up_do_not_overlap_and_have_one_set_of_classes_each(over):
    plots = parcels(square(0), square(100))
    table = ground(plots, zones(*over))
    assert np.allclose(table.groupby("parcel_id")["area_m2"].sum()[plots.index], 10_000, rtol=1e-6)
    assert shapely.union_all(table.geometry.to_numpy()).area == pytest.approx(20_000, rel=1e-6)
    by_class = {name: shapely.union_all([shape for other, shape in over if other == name]) for name in "abc"}
    for face in table[table["area_m2"] > 0.01].itertuples():
        inside = face.geometry.buffer(-0.001)
        if inside.is_empty:
            continue
        point = inside.representative_point()
        expected = {name for name, shape in by_class.items() if shape.covers(point)}
        assert {name for _, name in face.zones} == expected


@given(CIRCLES, st.randoms(use_true_random=False))
def test_the_order_of_zones_does_not_change_the_faces(over, random):
    shuffled = list(over)
    random.shuffle(shuffled)
    plot = parcels(square())
    left, right = (ground(plot, zones(*rows)).groupby("zones")["area_m2"].sum() for rows in (over, shuffled))
    assert np.allclose(left, right.reindex(left.index), atol=1e-4)


def left_of(*faces, sizes):
    """Put the free faces of one parcel together."""
    return remaining(np.array(faces, dtype=object), np.zeros(len(faces), int), count=1, sizes=np.array(sizes, float))


def test_what_remains_is_measured_piece_by_piece():
    sizes = np.array([[4000, 35], [4000, 40], [4000.1, 35], [4000, 45], [0, 0]])
    left = left_of(box(0, 0, 40, 100), box(60, 0, 100, 100), sizes=sizes)
    assert sorted(left.area_m2) == [4000, 4000]
    assert left.fits(sizes).tolist() == [[True, True, False, False, True]]


def test_grounds_are_put_together_by_themselves():
    faces = np.array([box(0, 0, 50, 100), box(50, 0, 100, 100), box(50, 0, 100, 100), square(200)])
    sizes = np.array([[10_000.0, 90.0], [5_000.0, 40.0]])
    left = remaining(faces, np.array([0, 0, 2, 3]), count=4, sizes=sizes)
    assert left.largest_m2().tolist() == [10_000, 0, 5_000, 10_000]
    assert left.fits(sizes).tolist() == [[True, True], [False, False], [False, True], [True, True]]


def test_area_and_width_must_be_met_by_one_piece():
    long_and_square = np.array([box(0, 0, 500, 4), square(0, 50, 20)])
    sizes = np.array([[2000, 4], [400, 15], [2000, 15]])
    assert left_of(*long_and_square, sizes=sizes).fits(sizes).tolist() == [[True, True, False]]


def test_touching_faces_are_one_piece_and_hairlines_are_none():
    left = left_of(box(0, 0, 50, 100), box(50, 0, 100, 100), sizes=[[10_000, 90]])
    assert left.area_m2.tolist() == [10_000]
    assert left.fits(np.array([[10_000, 90]])).tolist() == [[True]]
    assert not len(left_of(box(0, 0, 100, 0.004), sizes=[[0, 1]]).area_m2)
    assert left_of(sizes=[[0, 1]]).fits(np.array([[0, 0]])).tolist() == [[False]]


def test_corners_that_meet_are_no_passage():
    left = left_of(square(0, 0, 50), square(50, 50, 50), sizes=[[0, 10]])
    assert left.area_m2.tolist() == [2500, 2500]


@given(st.lists(st.tuples(st.floats(3, 90), st.floats(3, 90)), min_size=1, max_size=5), st.data())
def test_a_size_asked_of_a_ground_is_told_as_if_all_were_asked(sides, data):
    faces = np.array([shapely.box(0, 0, *side) for side in sides], dtype=object)
    numbers, sizes = np.arange(len(faces)), np.array([[0, 5], [200, 12], [900, 25], [2000, 0]], float)
    asked = np.array(data.draw(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=5, max_size=5)))
    everything = remaining(faces, numbers, count=5, sizes=sizes)
    some = remaining(faces, numbers, count=5, sizes=sizes, asked=asked)
    assert (some.fits(sizes)[asked] == everything.fits(sizes)[asked]).all()
    assert some.largest_m2().tolist() == everything.largest_m2().tolist()


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=3, max_size=9), st.data())
def test_widths_decide_on_sizes_as_widest_circles_do(points, data):
    piece = shapely.convex_hull(shapely.MultiPoint(points))
    hole = shapely.box(*(data.draw(st.integers(0, 60)) for _ in range(2)), 62, 62)
    pieces = shapely.get_parts(shapely.difference(piece, hole))
    pieces = pieces[shapely.area(pieces) > 1]
    sizes = np.array([[0, 2.5], [0, 10], [20, 10], [0, 17], [0, 30]])
    asked = np.ones((len(pieces), len(sizes)), dtype=bool)
    found = widths_m(pieces, shapely.area(pieces), mean_width_m(pieces), sizes, asked)
    true = widest_circle_m(pieces, tolerance_m=0.001)[:, None]
    roomy = shapely.area(pieces)[:, None] >= sizes[:, 0]
    told = found[:, None] >= sizes[:, 1] - CIRCLE_TOLERANCE_M
    assert told[roomy & (true >= sizes[:, 1])].all()
    assert not told[roomy & (true + 0.001 < sizes[:, 1] - CIRCLE_TOLERANCE_M)].any()


def test_a_ring_that_geos_takes_for_turned_inside_out_is_as_wide_as_its_circle():
    corners = [(16.3, 50.8), (0, 89.9), (1.7, 85.9), (23.9, 77.6), (40.3, 38.5), (86.4, 2.2), (160.5, 32.5), (80.9, 0)]
    piece, sizes = np.array([shapely.Polygon(corners)]), np.array([[0, 15.0], [0, 17.0], [0, 18.0]])
    width = widths_m(piece, shapely.area(piece), mean_width_m(piece), sizes, np.ones((1, 3), bool))
    assert (width >= sizes[:, 1]).tolist() == [True, True, False]
