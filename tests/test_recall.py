"""An assessment with an earlier one in mind is the assessment from scratch, to the last bit, and does no more."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate
from specimen_texts import RULES, rule
from specimens import WHOLE, box, houses, layer_of, make_book, parcels, plane, square, town

from geo_tej import assess
from geo_tej.engine.recall import SCHEMAS, Recall
from geo_tej.model import Decision, Outcome, Thresholds
from geo_tej.overlay import index_zones, meet
from geo_tej.setback import strips
from geo_tej.verdict.steps import AFRESH, Steps

FRAMES = ("overlaps", "dropped", "findings", "verdicts", "layers")
LAWS = {
    "plain": RULES,
    "wider strips": RULES.replace("distance_m = 10", "distance_m = 25")
    + rule("yard", layer='"roads"', kind='"setback"', distance_m="3"),
    "milder": RULES.replace('where = { class = ["deep"] }', 'where = { class = ["shallow"] }'),
}  # fmt: skip


@cache
def law(name="plain"):
    assert name == "plain" or LAWS[name] != RULES
    with TemporaryDirectory() as folder:
        return make_book(Path(folder) / "law", rules=LAWS[name])


def assert_same(one, other):
    """Hold that two assessments say the same of everything, in the same order, types and last digits."""
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert one.open_sets == other.open_sets
    assert one.assessment_id == other.assessment_id
    left, right = one.evidence.faces, other.evidence.faces
    for name in ("parcel", "area_m2", "face", "key"):
        assert np.array_equal(getattr(left, name), getattr(right, name)), name
    assert (shapely.to_wkb(left.polygon) == shapely.to_wkb(right.polygon)).all()
    pd.testing.assert_frame_equal(one.evidence.facts, other.evidence.facts, check_exact=True)


def remembering(project, before):
    """Assess with an earlier run in mind; return the steps after the answer was held against that from scratch."""
    steps = Recall(before)
    assert_same(assess(project, steps=steps), assess(project))
    assert all(table.schema.equals(SCHEMAS[name.partition("/")[0]]) for name, table in steps.after.items())
    return steps


# A town that is edited

WAYS = {
    "scenic": {"grade": ["1", "2", "unknown"], "core": ["yes", "no"]},
    "flood": {"class": ["deep", "shallow", "often"]},
    "roads": {"class": ["main", "lane"]},
}
PLAIN = st.builds(
    lambda west, south, wide, high: box(west, south, west + wide, south + high),
    st.integers(-60, 260), st.integers(-60, 150), st.integers(1, 150), st.integers(1, 150),
)  # fmt: skip
TURNED = st.builds(rotate, PLAIN, st.integers(1, 89))
ROUND = st.builds(lambda shape, by: shapely.buffer(shape, by, quad_segs=40), PLAIN, st.integers(1, 30))
RINGED = st.builds(lambda shape: shape.difference(shapely.buffer(shape, -4)), TURNED)
APART = st.builds(lambda one, other: shapely.union_all([one, other]), ROUND, TURNED)
SHAPE = st.one_of(PLAIN, TURNED, ROUND, RINGED, APART)
ZONE = st.sampled_from(sorted(WAYS)).flatmap(
    lambda layer: st.tuples(
        st.just(layer),
        st.fixed_dictionaries({name: st.sampled_from(values) for name, values in WAYS[layer].items()}),
        SHAPE,
        st.sampled_from([0.0, 2.0, 7.5]),
    )
)
PLOT = st.one_of(PLAIN, TURNED, st.just(None))
SEWERS = st.sampled_from(["yes", "no", None])


@st.composite
def towns(draw):
    """Draw what a town is made of: rows of zones, parcels by name, and the settings beside them."""
    plots = draw(st.lists(st.tuples(PLOT, SEWERS), min_size=2, max_size=5))
    named = {f"P{number}": plot for number, plot in enumerate(plots)} | {"P": (square(), None)}
    return {"rows": draw(st.lists(ZONE, max_size=6)), "plots": named, "law": "plain", "thresholds": 0.0, "rise": 0.0,
            "extent": WHOLE, "decided": False}  # fmt: skip


def drawn(made):
    """Put the town together."""
    rows = {name: [row for row in made["rows"] if row[0] == name] for name in WAYS}
    layers = {
        name: layer_of(
            law(made["law"]), name, [(given_, shape) for _, given_, shape, _ in found],
            role="objects" if name == "roads" else "zones", extent=made["extent"],
            **({"half_width_m": [half for *_, half in found]} if name == "roads" else {}),
        )
        for name, found in rows.items()
    }  # fmt: skip
    plots = parcels(
        *(shape for shape, _ in made["plots"].values()), sewer=[sewer for _, sewer in made["plots"].values()]
    )
    plots.index = pd.Index(list(made["plots"]), name="parcel_id")
    limits = {name: Thresholds(area_m2=made["thresholds"], width_m=made["thresholds"] / 10) for name in WAYS}
    decision = Decision(
        parcel="P", use="workshop", rule="shallow", outcome=Outcome.PROHIBITED, reason="floods", officer="me",
        date=dt.date(2026, 1, 1), document="1",
    )  # fmt: skip
    project = town(law(made["law"]), plots, thresholds=limits, dem=plane(made["rise"]), **layers)
    return replace(project, decisions=(decision,) if made["decided"] else ())


@st.composite
def edits(draw, made):
    """Draw one edit of a town."""
    made = made | {"rows": list(made["rows"]), "plots": dict(made["plots"])}
    what = draw(
        st.sampled_from(["nothing", "add", "remove", "redraw", "rename", "reorder", "plot", "plots", "setting"])
    )
    if what == "add" or not made["rows"]:
        made["rows"].insert(draw(st.integers(0, len(made["rows"]))), draw(ZONE))
        return made
    place = draw(st.integers(0, len(made["rows"]) - 1))
    layer, _, _, half = row = made["rows"][place]
    if what == "remove":
        del made["rows"][place]
    elif what == "redraw":
        made["rows"][place] = (*row[:2], draw(SHAPE), half)
    elif what == "rename":
        named = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in WAYS[layer].items()})
        made["rows"][place] = (layer, draw(named), *row[2:])
    elif what == "reorder":
        made["rows"] = draw(st.permutations(made["rows"]))
    elif what == "plot":
        made["plots"][draw(st.sampled_from(sorted(made["plots"])))] = draw(st.tuples(PLOT, SEWERS))
    elif what == "plots":
        names = draw(st.permutations(sorted(made["plots"])))
        made["plots"] = {name: made["plots"][name] for name in dict.fromkeys(["P", *names[1:]])}
    elif what == "setting":
        changed = st.one_of(
            st.fixed_dictionaries({"law": st.sampled_from(sorted(LAWS))}),
            st.fixed_dictionaries({"thresholds": st.sampled_from([0.0, 50.0, 2000.0])}),
            st.fixed_dictionaries({"rise": st.sampled_from([0.0, 0.4])}),
            st.fixed_dictionaries({"extent": st.sampled_from([WHOLE, (-1000, -1000, 150, 2000), None])}),
            st.fixed_dictionaries({"decided": st.booleans()}),
        )
        made |= draw(changed)
    return made


@settings(max_examples=25)
@given(st.data())
def test_an_edited_town_is_answered_as_from_scratch_whatever_was_edited(data):
    made, before = data.draw(towns()), {}
    before = remembering(drawn(made), before).after
    for _ in range(3):
        made = data.draw(edits(made))
        before = remembering(drawn(made), before).after


# What is worked on again, and what is not

ROW = parcels(*(square(100 * number) for number in range(8)), sewer=["yes"] * 8)
NAMES = [f"A{number}" for number in range(1, 9)]


def again(before, after):
    """Return the parcels that are overlapped again when one town follows another."""
    first = remembering(before, {})
    second = remembering(after, first.after)
    return [str(name) for name in after.parcels.index[second.afresh]]


def scenic(*shapes, grade="1"):
    return [({"grade": grade, "core": "no"}, shape) for shape in shapes]


def roads(*shapes, half_width_m=0.0):
    rows = [({"class": "main"}, shape) for shape in shapes]
    return layer_of(law(), "roads", rows, role="objects", half_width_m=[half_width_m] * len(rows))


def test_the_same_town_again_needs_nothing():
    project = town(law(), ROW, scenic=scenic(box(50, 0, 250, 50)), roads=roads(box(0, -20, 800, -5)))
    assert again(project, project) == []


def test_only_parcels_on_the_old_or_the_new_ground_of_a_zone_are_overlapped_again():
    fixed = box(510, 10, 590, 50)
    before = town(law(), ROW, scenic=scenic(box(10, 10, 90, 50), fixed))
    after = town(law(), ROW, scenic=scenic(box(310, 10, 390, 50), fixed))
    assert again(before, after) == ["A1", "A4"]


def test_a_zone_that_only_touches_a_parcel_reaches_it():
    before = town(law(), ROW, scenic=scenic(box(110, 10, 190, 50)))
    after = town(law(), ROW, scenic=scenic(box(100, 10, 190, 50)))
    assert again(before, after) == ["A1", "A2"]


def test_zones_of_a_class_that_overlap_are_one_and_change_as_one():
    before = town(law(), ROW, scenic=scenic(box(10, 10, 250, 50), box(210, 0, 450, 30)))
    after = town(law(), ROW, scenic=scenic(box(10, 10, 250, 50), box(210, 0, 460, 30)))
    assert again(before, after) == NAMES[:5]
    apart = town(law(), ROW, scenic=[*scenic(box(10, 10, 250, 50)), *scenic(box(210, 0, 450, 30), grade="2")])
    edited = town(law(), ROW, scenic=[*scenic(box(10, 10, 250, 50)), *scenic(box(210, 0, 460, 30), grade="2")])
    assert again(apart, edited) == ["A3", "A4", "A5"]


def test_one_part_of_many_reaches_no_farther_than_itself():
    fixed = [box(100 * number + 10, 10, 100 * number + 40, 50) for number in range(1, 8)]
    before, after = (shapely.MultiPolygon([box(10, 10, wide, 50), *fixed]) for wide in (40, 60))
    assert again(town(law(), ROW, scenic=scenic(before)), town(law(), ROW, scenic=scenic(after))) == ["A1"]


@pytest.mark.parametrize(("half_width_m", "reached"), [(0.0, ["A3"]), (95.0, ["A2", "A3", "A4"])])
def test_an_object_reaches_as_far_as_the_setback_and_its_half_width(half_width_m, reached):
    fixed = shapely.Point(shapely.get_coordinates(box(750, -5, 751, -4))[0])
    before, after = (
        town(law(), ROW, roads=roads(fixed, box(250, south, 251, south + 1), half_width_m=half_width_m))
        for south in (-6, -5)
    )
    assert again(before, after) == reached


def test_an_attribute_of_a_zone_counts_and_a_name_of_a_parcel_does_not():
    zone = box(110, 10, 190, 50)
    before = town(law(), ROW, scenic=scenic(zone))
    assert again(before, town(law(), ROW, scenic=scenic(zone, grade="2"))) == ["A2"]
    renamed = ROW.rename(index={"A2": "B"})
    assert again(before, town(law(), renamed, scenic=scenic(zone))) == []


def test_a_parcel_that_is_moved_added_or_given_twice_is_the_only_one_overlapped_again():
    zone = scenic(box(0, 10, 800, 50))
    before = town(law(), ROW, scenic=zone)
    moved = ROW.set_geometry([*ROW.geometry[:3], square(305), *ROW.geometry[4:]])
    assert again(before, town(law(), moved, scenic=zone)) == ["A4"]
    more = pd.concat(
        [ROW.iloc[::-1], ROW.iloc[:1].rename(index={"A1": "twin"}), parcels(square(0, 300)).rename(index={"A1": "new"})]
    )
    assert again(before, town(law(), more, scenic=zone)) == ["new"]
    assert again(town(law(), more, scenic=zone), before) == []


def test_facts_decisions_thresholds_and_outcomes_of_rules_overlap_nothing_again():
    zone, flood = scenic(box(0, 10, 800, 50)), [({"class": "shallow"}, box(0, 0, 250, 100))]
    before = town(law(), ROW, scenic=zone, flood=flood)
    decision = Decision(
        parcel="A1", use="workshop", rule="shallow", outcome=Outcome.PROHIBITED, reason="", officer="", document="",
        date=dt.date(2026, 1, 1),
    )  # fmt: skip
    later = [
        town(law(), ROW.assign(sewer="no"), scenic=zone, flood=flood),
        replace(before, decisions=(decision,)),
        town(law(), ROW, thresholds={"scenic": Thresholds(area_m2=5000)}, scenic=zone, flood=flood),
        town(law("milder"), ROW, scenic=zone, flood=flood),
        replace(before, on=dt.date(2027, 1, 1)),
    ]
    assert [again(before, each) for each in later] == [[]] * len(later)


def test_a_new_setback_is_measured_everywhere():
    road = roads(box(0, -6, 800, -5))
    assert again(town(law(), ROW, roads=road), town(law("wider strips"), ROW, roads=road)) == NAMES


@pytest.fixture
def counted(monkeypatch):
    """Count what the steps done afresh are given."""
    worked = dict.fromkeys(("meet", "strips", "cut", "measured", "surveyed", "left"), 0)

    def counting(name, size):
        plain = getattr(Steps, name)

        def step(self, *given, **more):
            worked[name] += size(*given)
            return plain(self, *given, **more)

        monkeypatch.setattr(Steps, name, step)

    counting("meet", lambda _layer, plots, _index: len(plots))
    counting("strips", lambda _layer, _class, plots, _objects: len(plots))
    counting("cut", lambda _plots, pieces: int((~shapely.is_missing(pieces.ground)).sum()))
    counting("measured", lambda _measure, plots, _raster: len(plots))
    counting("surveyed", lambda plots, *_: len(plots))
    counting("left", lambda polygon, _job: len(polygon))
    return worked


def test_each_step_works_on_what_is_new_alone(counted):
    zones = {"scenic": scenic(box(0, 10, 800, 50)), "flood": [({"class": "deep"}, box(0, 40, 790, 70))]}
    before = town(law(), ROW, roads=roads(box(0, -6, 800, -5)), **zones)
    steps = Recall({})
    assess(before, steps=steps)
    assert all(counted.values()), counted
    first = dict(counted)
    counted.update(dict.fromkeys(counted, 0))
    again_steps = Recall(steps.after)
    assess(before, steps=again_steps)
    assert not any(counted.values()), counted
    moved = ROW.set_geometry([*ROW.geometry[:3], square(305), *ROW.geometry[4:]])
    assess(replace(before, parcels=moved), steps=Recall(again_steps.after))
    assert {name: counted[name] > 0 for name in counted} == dict.fromkeys(counted, True)
    assert all(counted[name] * 8 <= first[name] for name in counted), (counted, first)


def test_a_batch_beside_the_first_is_answered_from_it_and_kept_out_of_what_is_remembered():
    project = town(law(), ROW, scenic=scenic(box(0, 10, 800, 50)))
    steps = Recall({})
    assess(project, steps=steps)
    kept = dict(steps.after)
    part = ROW.iloc[[5, 2]]
    assert_same(assess(project, parcels=part, steps=steps), assess(project, parcels=part))
    assert all(steps.after[name].equals(table) for name, table in kept.items())


# Why that is so: a parcel's share depends on what touches it alone


@settings(max_examples=25)
@given(st.lists(SHAPE, min_size=1, max_size=6), st.lists(SHAPE, max_size=4), st.lists(TURNED, min_size=1, max_size=4))
def test_a_share_does_not_depend_on_other_parcels_nor_on_far_zones(near, far, plots):
    def zones(shapes):
        rows = layer_of(law(), "flood", [({"class": "deep"}, shape) for shape in shapes])
        return index_zones(rows.frame.assign(layer="flood"))

    ground, objects = np.array(plots, dtype=object), np.array(near, dtype=object)
    away = np.array([shapely.affinity.translate(shape, 20_000, 7_000) for shape in far], dtype=object)
    whole = meet(ground, zones([*away, *near]))
    hit = strips(ground, np.r_[away, objects], distance_m=8)
    for number, plot in enumerate(ground):
        alone = meet(np.array([plot]), zones(near))
        mine = whole.parcel == number
        assert np.array_equal(alone.area_m2, whole.area_m2[mine])
        assert list(shapely.to_wkb(alone.ground)) == list(shapely.to_wkb(whole.ground[mine]))
        lone, row = strips(np.array([plot]), objects, distance_m=8), hit.parcel == number
        assert list(shapely.to_wkb(lone.ground)) == list(shapely.to_wkb(hit.ground[row]))
        assert np.array_equal(lone.distance_m, hit.distance_m[row])


def test_the_steps_done_afresh_keep_nothing():
    assert type(AFRESH) is Steps
    assert not vars(AFRESH)


def test_an_edited_building_is_looked_at_again_where_it_stands():
    plots, pool = parcels(square(0), square(200), square(400)), [({"class": "deep"}, box(-50, -50, 900, 40))]
    at = {"in": (10, 10), "out": (60, 60)}

    def place(*where):
        return town(law(), plots, flood=pool, buildings=houses(*(
            square(200 * n + at[each][0], at[each][1], 20) for n, each in enumerate(where)
        )))  # fmt: skip

    before = remembering(place("in", "out", "out"), {})
    after = remembering(place("in", "in", "out"), before.after)
    assert after.afresh.tolist() == [False, True, False]
    assert not remembering(place("in", "in", "out"), after.after).afresh.any()
    gone = replace(place("in", "in", "out"), layers={**place().layers, "buildings": houses()})
    remembering(gone, after.after)
