"""Whether verdicts would change if boundaries moved: drawn by hand, and against towns whose boundaries are moved."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from specimen_texts import RULEBOOK, RULES
from specimens import WHOLE, box, make_book, parcels, square, town
from test_in_force import TEXT

from geo_tej.errors import QuestionError
from geo_tej.model import Thresholds
from geo_tej.verdict import assess
from geo_tej.verdict.robust import tolerances
from geo_tej.verdict.robust.near import short_lines

WEST, EAST, SOUTH, NORTH = WHOLE[0], WHOLE[2], WHOLE[1], WHOLE[3]


@cache
def law(text=RULEBOOK):
    with TemporaryDirectory() as folder:
        return make_book(Path(folder) / "law", text=text, rules=RULES)


def judged(tolerance, *, plots=None, book=None, **rows):
    project = town(book or law(), parcels(square()) if plots is None else plots, **rows)
    return assess(project, tolerance=tolerance)


def told(assessment, use="shop", pathway="keep", parcel=0):
    """Return the distance at which a verdict of a parcel may change, and the class of zone that does it."""
    robust, question = assessment.robust, assessment.questions.number(use, pathway)
    boundary = int(robust.boundary[parcel, question])
    names = [*(key.label for key in robust.keys), "no plan", None]
    return float(robust.distance_m[parcel, question]), names[boundary]


DEEP_AHEAD = [({"class": "deep"}, box(103, -50, 300, 150))]


def test_a_parcel_3_m_from_a_prohibited_zone_is_stable_at_2_m_and_not_at_5():
    assert told(judged(2, flood=DEEP_AHEAD)) == (np.inf, None)
    assert told(judged(5, flood=DEEP_AHEAD)) == (3.0, "deep")
    distance, boundary = judged(5, flood=DEEP_AHEAD).robust.of_parcels
    assert (distance[0], judged(5, flood=DEEP_AHEAD).robust.keys[boundary[0]].layer) == (3.0, "flood")


def test_a_zone_that_lies_4_m_into_a_parcel_may_go_out_at_4_m():
    inside = [({"class": "deep"}, box(96, -50, 300, 150))]
    distance, zone = told(judged(6, flood=inside))
    assert distance == pytest.approx(4, abs=0.02)
    assert distance <= 4
    assert zone == "deep"
    assert told(judged(3, flood=inside)) == (np.inf, None)


def test_a_narrow_zone_across_a_parcel_goes_out_at_half_its_width():
    distance, _ = told(judged(5, flood=[({"class": "deep"}, box(40, -50, 46, 150))]))
    assert distance == pytest.approx(3, abs=0.02)
    assert distance <= 3


def test_room_is_won_where_a_zone_that_covers_the_parcel_draws_back():
    covered = [({"class": "deep"}, box(-2, -50, 300, 150))]
    distance, zone = told(judged(5, flood=covered))
    assert 1.9 <= distance <= 2.05
    assert zone == "deep"
    assert told(judged(1, flood=covered)) == (np.inf, None)


def test_room_is_lost_where_a_zone_leaves_little_of_the_parcel():
    distance, zone = told(judged(5, flood=[({"class": "deep"}, box(3, -50, 300, 150))]))
    assert 2.85 <= distance <= 3
    assert zone == "deep"


def test_objects_flip_at_the_difference_from_the_distance_of_the_law():
    beyond = judged(5, roads=[({"class": "main"}, box(-50, -200, 400, -12))])
    assert told(beyond, pathway="build") == (pytest.approx(2), "main < 10 m")
    assert told(beyond, pathway="keep") == (np.inf, None)
    within = told(judged(5, roads=[({"class": "main"}, box(-50, -200, 400, -7))]), pathway="build")
    assert within == (pytest.approx(3), "main < 10 m")
    assert told(judged(2, roads=[({"class": "main"}, box(-50, -200, 400, -12))]), pathway="build")[0] == 2


def test_the_corner_of_an_object_draws_back_further_than_its_edges():
    corner = [({"class": "main"}, box(-300, -300, -5, -5))]
    gap = np.hypot(5, 5)
    distance, _ = told(judged(5, roads=corner), pathway="build")
    assert distance == pytest.approx((10 - gap) / np.sqrt(2), abs=0.02)
    assert distance <= (10 - gap) / np.sqrt(2)


def test_a_narrow_object_does_not_vanish():
    assert told(judged(5, roads=[({"class": "main"}, box(-50, -6, 150, -2))]), pathway="build") == (np.inf, None)


def test_another_class_of_the_plan_may_come_in_and_changes_only_what_it_does_not_list():
    plan = [({"class": "mixed"}, box(WEST, SOUTH, 102, NORTH)), ({"class": "works"}, box(102, SOUTH, EAST, NORTH))]
    assert told(judged(5, zoning=plan), "workshop") == (2.0, "works")
    same = [({"class": "mixed"}, box(WEST, SOUTH, 102, NORTH)), ({"class": "mixed"}, box(102, SOUTH, EAST, NORTH))]
    assert judged(5, zoning=same).robust.stable.all()


def test_the_edge_of_the_plan_may_come_in():
    assert told(judged(5, zoning=[({"class": "mixed"}, box(WEST, SOUTH, 104, NORTH))])) == (4.0, "no plan")
    outside = judged(5, zoning=[({"class": "mixed"}, box(200, SOUTH, EAST, NORTH))])
    assert outside.robust.stable.all()


def test_a_zone_that_touches_may_come_in_at_once_and_one_that_a_threshold_drops_as_well():
    assert told(judged(5, flood=[({"class": "deep"}, box(100, -50, 300, 150))])) == (0.0, "deep")
    sliver = [({"class": "deep"}, box(99.9, -50, 300, 150))]
    dropped = judged(5, flood=sliver, thresholds={"flood": Thresholds(width_m=0.5)})
    assert len(dropped.dropped) == 1
    assert told(dropped) == (0.0, "deep")


def test_an_overlap_goes_out_where_what_is_left_falls_under_the_threshold():
    inside = [({"class": "deep"}, box(96, -50, 300, 150))]
    distance, _ = told(judged(6, flood=inside, thresholds={"flood": Thresholds(area_m2=150)}))
    assert distance == pytest.approx(2.5, abs=0.02)
    assert distance <= 2.5


def test_the_first_boundary_of_two_is_named_and_a_layer_moves_by_its_own_tolerance():
    project = town(
        law(), parcels(square()), flood=DEEP_AHEAD, scenic=[({"core": "yes", "grade": "2"}, box(-300, 0, -4, 100))]
    )
    assert told(assess(project, tolerance=5), pathway="build") == (3.0, "deep")
    own = replace(project, layers=project.layers | {"flood": replace(project.layers["flood"], tolerance_m=2.0)})
    assert told(assess(own, tolerance=5), pathway="build") == (4.0, "grade=2;core=yes")
    assert told(assess(own, tolerance=5)) == (np.inf, None)
    assert tolerances(own, 5.0)["flood"] == 2.0
    assert tolerances(own, None) == {"flood": 2.0}
    assert tolerances(replace(own, tolerance_m=3.0), None) == {"zoning": 3.0, "flood": 2.0, "scenic": 3.0, "roads": 3.0}
    still = replace(project, layers=project.layers | {"flood": replace(project.layers["flood"], tolerance_m=0.0)})
    assert told(assess(still, tolerance=5)) == (np.inf, None)
    assert set(assess(still, tolerance=5).robust.fixed) == {"flood", "dem"}


def test_what_is_not_asked_is_not_worked_out_and_changes_no_identity():
    plain, asked = judged(None, flood=DEEP_AHEAD), judged(5, flood=DEEP_AHEAD)
    assert plain.robust is None
    assert judged(0, flood=DEEP_AHEAD).robust is None
    assert plain.assessment_id != asked.assessment_id
    assert judged(0, flood=DEEP_AHEAD).assessment_id == plain.assessment_id
    assert np.array_equal(plain.judgement.least, asked.judgement.least)


@pytest.mark.parametrize("tolerance", [-1, float("nan"), float("inf"), 5000])
def test_a_tolerance_is_a_length(tolerance):
    with pytest.raises(QuestionError, match="tolerance"):
        judged(tolerance)


def test_a_parcel_without_ground_is_told_nothing_of():
    robust = judged(5, plots=parcels(square(), shapely.Polygon()), flood=DEEP_AHEAD).robust
    assert np.isnan(robust.distance_m[1]).all()
    assert not robust.stable[1].any()


def test_a_part_of_an_assessment_keeps_what_is_known_of_its_parcels():
    whole = judged(5, plots=parcels(square(), square(-200)), flood=DEEP_AHEAD)
    part = whole.at(np.array([1]))
    assert part.robust.distance_m.tolist() == whole.robust.distance_m[1:].tolist()
    assert part.assessment_id == assess(part.project, parcels=part.parcels, tolerance=5).assessment_id


def test_short_lines_keep_every_edge():
    shapes = np.array([shapely.Point(0, 0).buffer(10, quad_segs=20), shapely.box(0, 0, 1, 1)])
    lines = short_lines(shapes)
    assert shapely.length(lines).sum() == pytest.approx(shapely.length(shapes).sum())
    assert (shapely.get_num_coordinates(lines) <= 17).all()
    assert len(short_lines(shapes[:0])) == 0


PLOTS = parcels(square(0), square(100), square(40, 100, 60), box(0, 100, 30, 112))
VALUES = {
    "scenic": {"grade": ["1", "2", "unknown"], "core": ["yes", "no", "unknown"]},
    "flood": {"class": ["deep", "shallow", "often", "unknown"]},
    "roads": {"class": ["main", "lane", "unknown"]},
    "detail": {"class": ["mixed", "works"]},
}
SHAPES = st.builds(
    lambda west, south, wide, high: box(west, south, west + wide, south + high),
    st.integers(-40, 190), st.integers(-40, 150), st.integers(1, 150), st.integers(1, 150),
)  # fmt: skip


def zone_of(layers):
    return st.sampled_from(layers).flatmap(
        lambda layer: st.tuples(
            st.just(layer), st.fixed_dictionaries({k: st.sampled_from(v) for k, v in VALUES[layer].items()}), SHAPES
        )
    )


MOVE = st.sampled_from(["out", "in", "shift", "stay"])
settings.register_profile("moves", settings.get_profile("house"), max_examples=25)


def moved(shape, how, by, angle, layer=None):
    """Move a shape's boundary by a distance at most."""
    if how == "out":
        return shape.buffer(by)
    if how == "in":
        left = shape.buffer(-by)
        return shape if left.is_empty and layer == "roads" else left  # objects do not vanish
    if how == "shift":
        return shapely.affinity.translate(shape, by * np.cos(angle), by * np.sin(angle))
    return shape


PLAN = [
    ({"class": "mixed"}, box(WEST, SOUTH, 120, NORTH)),
    ({"class": "works"}, box(120, SOUTH, EAST, 140)),
    ({"class": "mixed"}, box(120, 150, EAST, NORTH)),
]


@pytest.mark.parametrize(
    ("text", "layers"),
    [(RULEBOOK, ["flood", "roads", "scenic"]), (TEXT, ["detail", "flood", "scenic", "scenic"])],
    ids=["one plan", "a plan within a place"],
)
@settings.get_profile("moves")
@given(data=st.data(), tolerance=st.sampled_from([2.0, 7.0, 20.0]), part=st.floats(0.05, 1.0))
def test_no_verdict_that_is_told_stable_changes_when_boundaries_move(text, layers, data, tolerance, part):
    rows = data.draw(st.lists(zone_of(layers), max_size=5))
    by, facts = part * tolerance, data.draw(st.sampled_from([None, {"sewer": "yes"}]))
    by_layer, after = {}, {}
    for layer, attributes, shape in rows:
        by_layer.setdefault(layer, []).append((attributes, shape))
        other = moved(shape, data.draw(MOVE), by, data.draw(st.floats(0, 6.28)), layer)
        if not other.is_empty:
            after.setdefault(layer, []).append((attributes, other))
    for layer in by_layer:
        after.setdefault(layer, [])
    angle, how = data.draw(st.floats(0, 6.28)), data.draw(st.sampled_from(["shift", "stay"]))
    plan = [(attributes, moved(shape, how, by, angle)) for attributes, shape in PLAN]
    before = assess(town(law(text), PLOTS, zoning=PLAN, **by_layer), facts=facts, tolerance=tolerance)
    later = assess(town(law(text), PLOTS, zoning=plan, **after), facts=facts)
    surely = before.robust.distance_m > by + 1e-6
    for name in ("least", "most", "level"):
        left, right = getattr(before.judgement, name), getattr(later.judgement, name)
        assert (left[surely] == right[surely]).all(), name
    least = before.robust.distance_m[np.isfinite(before.robust.distance_m)]
    assert (least <= tolerance + 1e-3).all()


def test_a_parcel_too_small_for_a_use_is_as_stable_as_any():
    small = judged(5, plots=parcels(square(side=20), square(-300)))
    assert small.judgement.most[0, small.questions.number("workshop", "keep")] > 0
    assert told(small, "workshop") == (np.inf, None)
