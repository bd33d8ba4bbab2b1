"""The ledger: squares whose overlaps are arithmetic, and another engine as oracle."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely import affinity
from specimens import EAST, GRID, NORTH, box, parcels, square, zones

from geo_tej.errors import CRSError, FrameError
from geo_tej.model import Thresholds
from geo_tej.overlay import index_zones, overlaps, polygons, resolution_m2
from geo_tej.overlay.clip import BODY_VERTICES

PLOT = parcels(square())
RING = square(-50, -50, 200).difference(square(25, 25, 50))


def areas(plots, *shapes, **options):
    kept, _ = overlaps(plots, zones(*shapes), **options)
    return {(row.parcel_id, row.zone_class): row.area_m2 for row in kept.itertuples()}


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (box(50, 0, 300, 100), 5000),  # half
        (box(-10, -10, 110, 110), 10_000),  # inside
        (square(), 10_000),  # the same square
        (box(20, 20, 30, 40), 200),  # an island in the parcel
        (RING, 7500),  # a zone with a hole in the parcel
        (square(25, 25, 200).difference(square(30, 30, 150)), 5 * 75 + 5 * 70),  # hole over the corner
        (box(90, 90, 110, 110), 100),  # a corner
        (shapely.Polygon([(EAST, NORTH), (EAST + 100, NORTH), (EAST, NORTH + 100)]), 5000),  # a triangle
        (shapely.MultiPolygon([box(0, 0, 10, 10), box(90, 90, 200, 200)]), 200),  # two parts
    ],
)
def test_areas_are_the_drawn_ones(zone, expected):
    (row,) = overlaps(PLOT, zones(("a", zone))).kept.to_dict("records")
    assert row["area_m2"] == pytest.approx(expected, abs=1e-6)
    assert row["share"] == pytest.approx(expected / 10_000, abs=1e-9)
    assert (row["parcel_id"], row["layer"], row["zone_class"]) == ("A1", "zones", "a")


@pytest.mark.parametrize(
    "zone",
    [
        box(100, 0, 200, 100),  # an edge
        box(100, 100, 200, 200),  # a corner
        box(-100, -100, 200, 200).difference(square()),  # all around
        box(100, 20, 200, 30),  # a piece of an edge
        box(500, 500, 600, 600),  # far away
    ],
)
def test_touching_is_not_overlapping(zone):
    kept, dropped = overlaps(PLOT, zones(("a", zone)), thresholds=Thresholds(area_m2=5))
    assert kept.empty
    assert dropped.empty


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (square(-20, -20, 140), 10_000),  # strictly around the first part
        (square(480, -20, 140), 10_000),  # strictly around the second
        (square(-20, -20, 700), 20_000),  # around both
        (square(200, 0, 100), 0),  # between them
        (box(50, 0, 550, 100), 10_000),  # half of each
    ],
)
def test_each_part_of_a_parcel_is_met_for_itself(zone, expected):
    plot = parcels(shapely.MultiPolygon([square(0), square(500)]))
    assert sum(areas(plot, ("a", zone)).values()) == pytest.approx(expected)


def test_zones_of_one_class_count_once_and_classes_apart():
    twice = areas(PLOT, ("a", box(0, 0, 60, 100)), ("a", box(40, 0, 100, 100)), ("b", box(40, 0, 100, 100)))
    assert twice == {("A1", "a"): pytest.approx(10_000), ("A1", "b"): pytest.approx(6000)}


def test_neighbours_of_one_class_add_up():
    assert areas(PLOT, ("a", box(0, 0, 50, 100)), ("a", box(50, 0, 100, 100))) == {("A1", "a"): pytest.approx(10_000)}


def test_layers_are_kept_apart_though_their_classes_have_one_name():
    both = pd.concat([zones(("a", box(0, 0, 60, 100)), layer="one"), zones(("a", box(40, 0, 100, 100)), layer="two")])
    assert overlaps(PLOT, both).kept[["layer", "area_m2"]].to_numpy().tolist() == [["one", 6000.0], ["two", 6000.0]]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [({"area_m2": 200.01}, "area"), ({"share": 0.0201}, "share"), ({"width_m": 2.5}, "width")],
)
def test_what_a_threshold_drops_is_listed(limits, reason):
    strip = ("a", box(98, 0, 200, 100))  # 2 m of the parcel, 200 m², mean width 2·200/204
    kept, dropped = overlaps(PLOT, zones(strip), thresholds=Thresholds(**limits))
    (row,) = dropped.to_dict("records")
    assert kept.empty
    assert row["reason"] == reason
    assert row["width_m"] == pytest.approx(400 / 204)
    assert row["area_m2"] == pytest.approx(200)


def test_thresholds_are_reached_by_their_own_value_and_hold_for_their_layer():
    strip = zones(("a", box(98, 0, 200, 100)), layer="water")
    assert len(overlaps(PLOT, strip, thresholds=Thresholds(area_m2=199.999, share=0.0199)).kept) == 1
    assert len(overlaps(PLOT, strip, thresholds={"other": Thresholds(area_m2=500)}).kept) == 1
    assert overlaps(PLOT, strip, thresholds={"water": Thresholds(area_m2=500)}).kept.empty


@pytest.mark.parametrize("zone", [square(-10, -10, 200), square(), box(0, 0, 500, 500)])
def test_a_threshold_never_drops_a_parcel_that_is_wholly_covered(zone):
    kept, dropped = overlaps(PLOT, zones(("a", zone)), thresholds=Thresholds(width_m=1e6, area_m2=1e6))
    assert (len(kept), len(dropped)) == (1, 0)


def test_empty_inputs_give_empty_ledgers_with_their_columns():
    for plots, over in [
        (PLOT[:0], zones(("a", square()))),
        (PLOT, zones()),
        (parcels(shapely.Polygon(), None), zones()),
    ]:
        kept, dropped = overlaps(plots, over)
        assert list(kept.columns) == ["parcel_id", "layer", "zone_class", "area_m2", "share"]
        assert len(kept) == len(dropped) == 0


def test_a_zone_of_many_vertices_is_cut_without_loss():
    circle = shapely.Point(EAST + 50, NORTH + 50).buffer(45, quad_segs=20 * BODY_VERTICES)
    plots = parcels(square(0, 0, 50), square(50, 0, 50), square(0, 50, 50), square(50, 50, 50), square(45, 45, 10))
    found = areas(plots, ("a", circle))
    assert sum(area for (name, _), area in found.items() if name != "A5") == pytest.approx(circle.area, rel=1e-9)
    assert found["A5", "a"] == pytest.approx(100)


def test_frames_in_two_systems_or_without_ids_are_refused():
    with pytest.raises(CRSError, match=r"parcels .*4549.*zones .*4548"):
        overlaps(PLOT, zones(("a", square())).to_crs(4548))
    with pytest.raises(FrameError, match="parcel_id"):
        overlaps(PLOT.reset_index(drop=True), zones(("a", square())))


def shapes(count):
    point = st.tuples(st.floats(-150, 150), st.floats(-150, 150))
    shape = st.builds(
        lambda centre, size, corners, turn: affinity.rotate(
            shapely.Point(EAST + centre[0], NORTH + centre[1]).buffer(size, quad_segs=corners), turn
        ),
        point, st.floats(2, 120), st.integers(1, 4), st.floats(0, 90),
    )  # fmt: skip
    return st.lists(st.tuples(st.sampled_from("ab"), shape), min_size=1, max_size=count)


@given(plots=shapes(4), over=shapes(6))
def test_areas_agree_with_geopandas_overlay(plots, over):
    plot, zone = parcels(*(shape for _, shape in plots)), zones(*over)
    ours = overlaps(plot, zone).kept.set_index(["parcel_id", "zone_class"])["area_m2"]
    pieces = gpd.overlay(plot.reset_index(), zone.dissolve("zone_class").reset_index(), keep_geom_type=True)
    theirs = pieces.assign(area=pieces.area).groupby(["parcel_id", "zone_class"])["area"].sum()
    both = pd.concat([ours, theirs], axis=1).fillna(0.0)
    assert np.allclose(both["area_m2"], both["area"], rtol=1e-6, atol=2 * resolution_m2(plot.geometry.to_numpy()).max())


@given(plots=shapes(3), over=shapes(5))
def test_parts_and_remainder_are_the_parcel_and_no_share_exceeds_it(plots, over):
    plot = parcels(*(shape for _, shape in plots))
    one = zones(*(("a", shape) for _, shape in over))
    kept = overlaps(plot, one).kept.set_index("parcel_id")
    rest = plot.difference(one.union_all()).area
    covered = kept["area_m2"].reindex(plot.index).fillna(0.0)
    assert np.allclose(covered + rest, plot.area, rtol=1e-6)
    assert (kept["share"] <= 1).all()


@given(over=shapes(6), data=st.data())
def test_the_order_of_zones_does_not_matter(over, data):
    plot = parcels(square(-50, -50), square(50, -50), square(-50, 50))
    shuffled = data.draw(st.permutations(over))
    left, right = (overlaps(plot, zones(*rows)).kept for rows in (over, shuffled))
    assert_frame_equal(left, right, rtol=1e-9)


def test_an_index_serves_many_batches_and_nothing_is_changed():
    over = zones(("b", box(50, 0, 250, 100)), ("a", box(0, 0, 60, 50)))
    before = over.copy()
    plots = parcels(square(0), square(100), square(200))
    index = index_zones(over)
    whole = overlaps(plots, over).kept
    pieces = pd.concat([overlaps(plots[i : i + 1], index).kept for i in range(3)], ignore_index=True)
    assert_frame_equal(whole, pieces)
    assert_frame_equal(pd.DataFrame(over), pd.DataFrame(before))
    assert whole["parcel_id"].tolist() == ["A1", "A1", "A2", "A3"]
    assert index.crs == GRID


def test_the_polygons_of_a_collection_are_found_however_deep_they_lie():
    multi = shapely.MultiPolygon([square(0), square(200)])
    line = shapely.LineString([(0, 0), (1, 1)])
    nested = shapely.GeometryCollection([line, shapely.GeometryCollection([multi, line]), square(400)])
    parts, position = polygons(np.array([line, nested, multi], dtype=object))
    assert position.tolist() == [1, 1, 1, 2, 2]
    assert shapely.area(parts).tolist() == [10_000] * 5
