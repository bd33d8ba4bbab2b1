"""Setbacks: hit by distance, strips whose area is arithmetic or within the stated chord error."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from specimens import EAST, NORTH, box, square

from geo_tej.setback import CHORD_ERROR_M, quarter_segments, strips

ROAD = np.array([box(-200, -500, -20, 500)])  # its edge is 20 m west of the parcel
PLOT = np.array([square()])


def array(*shapes):
    return np.array(shapes, dtype=object)


@pytest.mark.parametrize(
    ("distance", "hit"), [(19.999, False), (20, False), (20.001, True), (25, True), (119.9, True), (500, True)]
)
def test_a_parcel_is_hit_below_its_distance_and_not_at_it(distance, hit):
    found = strips(PLOT, ROAD, distance_m=distance)
    assert found.parcel.tolist() == [0] * hit
    assert found.distance_m.tolist() == pytest.approx([20] * hit)


def test_the_strip_is_the_ground_that_is_too_near():
    found = strips(PLOT, ROAD, distance_m=30)
    assert found.area_m2.tolist() == pytest.approx([1000])
    assert found.ground[0].equals(box(0, 0, 10, 100))


def test_a_strip_over_all_of_the_parcel_has_no_ground_of_its_own():
    found = strips(PLOT, ROAD, distance_m=120.5)
    assert found.area_m2.tolist() == [10_000]
    assert found.ground.tolist() == [None]


@pytest.mark.parametrize("angle", [7, 13, 30, 45, 61.3, 89.9])
def test_a_parcel_at_the_distance_of_a_road_that_runs_askew_is_not_hit(angle):
    """Turned on a map with coordinates of millions of metres, 20 m come out a billionth of a metre less."""
    plot, road = shapely.transform(np.r_[PLOT, ROAD], lambda xy: _turned(xy, angle))
    assert not len(strips(array(plot), array(road), distance_m=20).parcel)
    assert strips(array(plot), array(road), distance_m=20.01).area_m2 == pytest.approx([1], abs=1e-6)


def _turned(xy, angle):
    turn, corner = np.exp(1j * np.radians(angle)), np.array([EAST, NORTH])
    along = ((xy - corner) @ [1, 1j]) * turn
    return corner + np.column_stack([along.real, along.imag])


def test_a_half_width_is_added_to_the_distance_of_an_axis():
    axis = array(shapely.LineString([(EAST - 30, NORTH - 500), (EAST - 30, NORTH + 500)]))
    found = strips(PLOT, axis, distance_m=10, half_width_m=np.array([22.5]))
    assert found.distance_m.tolist() == pytest.approx([7.5])
    assert found.area_m2.tolist() == pytest.approx([250])
    assert not len(strips(PLOT, axis, distance_m=10, half_width_m=np.array([20.0])).parcel)


def test_each_object_has_its_own_half_width():
    axes = array(*(shapely.LineString([(EAST - x, NORTH - 500), (EAST - x, NORTH + 500)]) for x in (30, 40)))
    found = strips(PLOT, axes, distance_m=10, half_width_m=np.array([0.0, 35.0]))
    assert found.distance_m.tolist() == pytest.approx([5])
    assert found.area_m2.tolist() == pytest.approx([500])


def test_an_object_whose_half_width_is_not_known_hides_no_other():
    axes = array(*(shapely.LineString([(EAST - x, NORTH - 500), (EAST - x, NORTH + 500)]) for x in (5, 500)))
    found = strips(PLOT, axes, distance_m=10, half_width_m=np.array([0.0, np.nan]))
    assert found.parcel.tolist() == [0]


def test_strips_of_several_objects_count_once():
    both = array(box(-200, -500, -20, 500), box(-200, -500, -18, 500))
    assert strips(PLOT, both, distance_m=30).area_m2.tolist() == pytest.approx([1200])


def test_an_object_on_the_parcel_is_at_distance_zero():
    well = array(shapely.Point(EAST + 50, NORTH + 50))
    found = strips(PLOT, well, distance_m=10)
    assert found.distance_m.tolist() == [0]
    assert math.pi * 100 - 2 * math.pi * 10 * CHORD_ERROR_M < found.area_m2[0] <= math.pi * 100


@pytest.mark.parametrize("radius", [1, 20, 100, 500, 2000])
def test_the_chords_of_a_strip_lie_within_a_centimetre(radius):
    turn = math.pi / 2 / quarter_segments(radius) / 2
    assert radius * (1 - math.cos(turn)) <= CHORD_ERROR_M
    circle = shapely.Point(0, 0).buffer(radius, quad_segs=quarter_segments(radius))
    assert math.pi * radius**2 - circle.area <= 2 * math.pi * radius * CHORD_ERROR_M


def diamond(distance, angle, side=50.0):
    """Put a square so that one corner, its nearest point, lies at a distance and angle from the origin."""
    unit = np.array([math.cos(angle), math.sin(angle)])
    across = np.array([-unit[1], unit[0]])
    corner = np.array([EAST, NORTH]) + distance * unit
    return shapely.Polygon([corner, corner + side * (unit + across), corner + 2 * side * unit,
                            corner + side * (unit - across)])  # fmt: skip


@given(st.floats(0, 2 * math.pi), st.floats(0.05, 3))
def test_a_circle_of_500_m_is_not_short(angle, inside):
    # a default buffer (8 segments a quarter) falls 2.4 m short between its corners
    tip = array(diamond(500 - inside, angle))
    found = strips(tip, array(shapely.Point(EAST, NORTH)), distance_m=500)
    assert found.parcel.tolist() == [0]
    assert found.distance_m[0] == pytest.approx(500 - inside, abs=1e-6)


@pytest.mark.parametrize("inside", [0.005, 0.001])
def test_a_corner_between_chord_and_circle_is_hit(inside):
    middle_of_a_chord = math.pi / 2 / quarter_segments(500) / 2
    tip = array(diamond(500 - inside, middle_of_a_chord))
    assert strips(tip, array(shapely.Point(EAST, NORTH)), distance_m=500).parcel.tolist() == [0]


def test_missing_ground_and_missing_objects_give_nothing():
    found = strips(array(None, shapely.Polygon(), square()), ROAD, distance_m=30)
    assert found.parcel.tolist() == [2]
    assert not len(strips(PLOT, ROAD[:0], distance_m=30).parcel)
    assert not len(strips(PLOT[:0], ROAD, distance_m=30).parcel)


@given(
    st.lists(st.tuples(st.floats(-300, 300), st.floats(-300, 300)), min_size=1, max_size=5), st.floats(1, 200)
)  # fmt: skip
def test_hits_and_areas_agree_with_plain_shapely(places, distance):
    wells = array(*(shapely.Point(EAST + x, NORTH + y) for x, y in places))
    plots = array(*(square(x, y) for x in (-100, 0, 100) for y in (-100, 0)))
    found = strips(plots, wells, distance_m=distance)
    zone = shapely.union_all(shapely.buffer(wells, distance, quad_segs=400))
    away = np.array([shapely.distance(plot, wells).min() for plot in plots])
    surely = np.flatnonzero(away < distance - 0.011)
    assert set(surely) <= set(found.parcel) <= set(np.flatnonzero(away < distance))
    exact = shapely.area(shapely.intersection(plots[found.parcel], zone))
    slack = CHORD_ERROR_M * 2 * math.pi * distance * len(wells) + 1e-6
    assert np.all(np.abs(found.area_m2 - exact) <= slack)
