"""What is kept in a building is judged by where the building stands: houses on the specimens' first square."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from specimen_texts import rule
from specimens import box, houses, make_book, parcels, span, square, town, verdict

from geo_tej import read_project
from geo_tej.model import Action, Decision, Outcome, Pathway
from geo_tej.model.outcomes import IN_BUILDINGS
from geo_tej.verdict import assess, explain, extract
from geo_tej.verdict.cause import IN_PART, NO_BUILDING, WHERE
from geo_tej.verdict.evidence import Standing

PERMITTED, CONDITIONAL, PROHIBITED = range(3)
PLOT = parcels(square())
WEST = [({"class": "deep"}, box(-50, -50, 40, 150))]
"""Deep water on the western 40 m: barred."""
IN, ACROSS, OUT = square(10, 10, 20), square(30, 40, 20), square(60, 60, 20)
"""Houses of 400 m²: in the water, half of it in the water, and clear of it."""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return make_book(tmp_path_factory.mktemp("law") / "tiny")


def told(book, *shapes, flood=WEST, way="keep", **more):
    return verdict(town(book, PLOT, flood=flood, buildings=houses(*shapes, **more)), "shop", way)


def names(explanation):
    return {(cause.kind, cause.name) for cause in explanation.causes}


@pytest.mark.parametrize(
    ("shapes", "expected", "named"),
    [
        ([OUT], (CONDITIONAL, CONDITIONAL), set()),
        ([ACROSS], (CONDITIONAL, PROHIBITED), {("standing", IN_PART)}),
        ([IN], (PROHIBITED, PROHIBITED), set()),
        ([IN, OUT], (CONDITIONAL, PROHIBITED), {("standing", IN_PART)}),
        ([IN, square(10, 60, 20)], (PROHIBITED, PROHIBITED), set()),
        ([], (CONDITIONAL, PROHIBITED), {("standing", NO_BUILDING)}),
    ],
)
def test_what_counts_is_the_ground_under_the_buildings(book, shapes, expected, named):
    said = told(book, *shapes)
    assert span(said) == expected
    assert names(said) == named
    assert span(told(book, *shapes, way="build")) == (CONDITIONAL, CONDITIONAL)  # new ground will do for that


def test_words_say_how_much_of_the_building_stands_there(book):
    assert "all of the building (400.00 m²) stands on ground where this is not permitted" in told(book, IN).text("en")
    assert "建筑物占地 400.00 平方米，全部位于不允许该用途的范围内" in told(book, IN).text("zh")
    said = told(book, ACROSS)
    assert "part of the building (200.00 m² of 400.00 m²) stands on ground where this is not" in said.text("en")
    assert "其中 200.00 平方米位于不允许该用途的范围内" in said.text("zh")
    assert "to be settled: part of the building stands on ground" in said.headline("en")
    assert "building" not in told(book, OUT).headline("en")


def test_where_all_of_it_is_barred_nothing_is_left_to_sign(book):
    said = told(book, IN)
    assert (said.level, said.permits, said.causes) == (0, (), ())


@pytest.mark.parametrize(
    ("buildings", "why"),
    [
        (None, "no layer of buildings"),
        (houses(OUT, extent=None), "no extent declared"),
        (houses(OUT, extent=(0, 0, 90, 100)), "not surveyed in the east"),
        (houses(OUT, fault="2 of 3 rows have no geometry"), "rows are lost"),
        (houses(fault="all"), "could not be read"),
    ],
)
def test_where_nobody_knows_what_stands_barred_ground_may_lie_under_it(book, buildings, why):
    said = verdict(town(book, PLOT, flood=WEST, buildings=buildings), "shop", "keep")
    assert (span(said), why) == ((CONDITIONAL, PROHIBITED), why)
    assert names(said) == {("standing", WHERE)}
    assert "where the building stands" in said.headline("en")
    assert "建筑物所在位置" in said.headline("zh")
    assert said.building is None
    clear = verdict(town(book, PLOT, buildings=buildings), "shop", "keep")
    assert span(clear) == (PERMITTED, PERMITTED)  # nothing bars anything


def test_without_a_building_nothing_is_a_bare_yes(book):
    said = told(book, flood=[])
    assert span(said) == (PERMITTED, PROHIBITED)
    assert names(said) == {("standing", NO_BUILDING)}
    assert "no building is recorded on the parcel" in said.text("en")
    barred = told(book, flood=[({"class": "deep"}, square())])
    assert span(barred) == (PROHIBITED, PROHIBITED)
    assert "no building is recorded on the parcel" in barred.text("en")
    assert "该地块未记载建筑物" in barred.text("zh")


def test_what_may_bar_a_building_is_named_for_it_and_nothing_else(book):
    pools = [({"class": "unknown"}, box(-50, -50, 40, 150)), ({"class": "often"}, box(80, -50, 150, 150))]

    def hotel(*shapes):
        return verdict(town(book, PLOT, flood=pools, buildings=houses(*shapes)), "hotel", facts={"sewer": "yes"})

    unread, unknown = ("unverified", "often"), ("attribute", "class")
    east = hotel(square(85, 10, 10))
    assert (span(east), names(east)) == ((CONDITIONAL, PROHIBITED), {unread})
    west = hotel(IN)  # the west may be flooded often too
    assert (span(west), names(west)) == ((CONDITIONAL, PROHIBITED), {unread, unknown})
    clear = hotel(OUT)
    assert (span(clear), names(clear)) == ((CONDITIONAL, CONDITIONAL), set())
    half = hotel(ACROSS)
    assert names(half) == {unread, unknown, ("standing", IN_PART)}
    assert "200.00 m² of 400.00 m²) stands on ground where this may not be permitted" in half.text("en")


def test_what_an_unknown_class_would_change_follows_the_building(book):
    pool = [({"class": "unknown"}, box(-50, -50, 40, 150))]
    found = assess(town(book, PLOT, flood=pool, buildings=houses(IN)), uses="shop", pathways="keep")
    (said,) = extract(found, "A1")["verdicts"]
    outcomes = {branch["value"]: branch["outcome"] for branch in said["branches"]}
    assert outcomes == {"deep": "prohibited", "shallow": "permitted", "often": "unknown"}
    assert (said["building"]["built_m2"], said["building"]["possibly_prohibited_m2"]) == (400.0, 400.0)


def test_a_decision_that_bars_the_ground_bars_the_building(tmp_path):
    text = rule("r", layer='"flood"', where='{ class = ["shallow"] }', outcome='"conditional"',
                could_be='"prohibited"', decider='"the water board"')  # fmt: skip
    law = make_book(tmp_path / "law", rules=text)
    place = town(law, PLOT, flood=[({"class": "shallow"}, box(-50, -50, 40, 150))], buildings=houses(IN))
    assert span(verdict(place)) == (CONDITIONAL, PROHIBITED)
    assert names(verdict(place)) == {("officer", "r")}
    for outcome in (CONDITIONAL, PROHIBITED):
        word = Decision(
            parcel="A1", use="shop", rule="r", outcome=Outcome(outcome), reason="", officer="Li",
            date=dt.date(2026, 1, 1), document="letter",
        )  # fmt: skip
        decided = verdict(replace(place, decisions=(word,)))
        assert span(decided) == (outcome, outcome)


def test_slivers_of_a_neighbours_house_are_no_building(book):
    assert names(told(book, box(-20, 0, 0.04, 20), flood=[])) == {("standing", NO_BUILDING)}  # 0.8 m²
    assert names(told(book, box(-20, 0, 0.2, 90), flood=[])) == {("standing", NO_BUILDING)}  # a wall's breadth
    assert span(told(book, OUT, box(-20, 0, 0.04, 20))) == (CONDITIONAL, CONDITIONAL)
    assert span(told(book, IN, box(99.95, 0, 120, 15))) == (PROHIBITED, PROHIBITED)
    assert span(told(book, box(-20, 0, 10, 20))) == (PROHIBITED, PROHIBITED)  # half of a house is one


def test_a_house_that_touches_barred_ground_is_not_on_it(book):
    assert span(told(book, box(40, 0, 60, 20))) == (CONDITIONAL, CONDITIONAL)
    assert span(told(book, box(39.99999, 0, 60, 20))) == (CONDITIONAL, CONDITIONAL)


def test_standingthat_overlap_count_once(book):
    said = told(book, ACROSS, square(35, 40, 20))
    assert (said.building.built_m2, said.building.prohibited_m2) == pytest.approx((500.0, 200.0))


def test_actions_say_what_keeps_a_building():
    def keeps(*actions):
        return Pathway(id="p", title="", actions=tuple(map(Action, actions))).keeps_building

    assert all(keeps(action) for action in IN_BUILDINGS)
    assert keeps("reuse", "change_building_use", "operate")
    assert not keeps("operate")
    assert not keeps("new", "operate")
    assert not keeps("reuse", "enlarge")
    assert not keeps("rebuild", "change_land_use", "operate")


def test_parcels_alike_but_for_their_standingare_told_apart(book):
    plots = parcels(square(), square(), square(), square(), square())
    alike = assess(town(book, plots, flood=WEST, buildings=houses(IN)), uses="shop", pathways="keep")
    assert set(alike.judgement.least.ravel().tolist()) == {PROHIBITED}
    row = parcels(*(square(200 * n) for n in range(3)))
    west = [({"class": "deep"}, box(200 * n - 50, -50, 200 * n + 40, 150)) for n in range(3)]
    shapes = [square(10, 10, 20), square(230, 40, 20)]
    several = assess(town(book, row, flood=west, buildings=houses(*shapes)), uses="shop", pathways="keep")
    ends = np.column_stack([several.judgement.least[:, 0], several.judgement.most[:, 0]])
    assert ends.tolist() == [[2, 2], [1, 2], [1, 2]]
    assert several.evidence.built.standing.tolist() == [Standing.BUILT, Standing.BUILT, Standing.NONE]
    part = several.at(np.array([1]))
    assert explain(part, "A2", "shop", "keep").building.prohibited_m2 == pytest.approx(200)


@pytest.mark.parametrize(("gap", "stable"), [(3, False), (12, True)])
def test_a_boundary_that_may_come_as_far_as_the_house_leaves_it_unsteady(book, gap, stable):
    place = town(book, PLOT, flood=WEST, buildings=houses(box(40 + gap, 40, 80, 60)))
    robust = assess(place, uses="shop", pathways="keep", tolerance=5).robust
    assert robust.stable.tolist() == [[stable]]
    if not stable:
        assert robust.distance_m[0, 0] == pytest.approx(gap)


@pytest.mark.parametrize(("east", "stable"), [(30, True), (38, False)])
def test_a_house_in_the_water_may_come_out_of_it(book, east, stable):
    place = town(book, PLOT, flood=WEST, buildings=houses(box(10, 10, east, 30)))
    assert assess(place, uses="shop", pathways="keep", tolerance=5).robust.stable.tolist() == [[stable]]


def test_where_nobody_knows_what_stands_any_water_that_comes_in_matters(book):
    near = [({"class": "deep"}, box(-50, -50, -3, 150))]
    for buildings, stable in ((None, False), (houses(OUT), True)):
        place = town(book, parcels(square()), flood=[*near, ({"class": "shallow"}, square())], buildings=buildings)
        found = assess(place, uses="workshop", pathways="keep", tolerance=5)
        assert found.robust is not None
        assert found.robust.stable.tolist() == [[stable]] or not stable
    place = town(book, PLOT, flood=near)
    assert assess(place, uses="shop", pathways="keep", tolerance=5).robust.stable.tolist() == [[False]]


def test_the_samples_buildings_are_told_on_the_ground_they_stand_on():
    project = read_project(Path(__file__).parents[1] / "layers" / "layers.toml")
    asked = {"SD-0225": "restaurant", "SD-0112": "homestay", "SD-0124": "warehousing", "TB-07094": "cafe"}
    found = assess(project, parcels=list(asked), uses=list(asked.values()), pathways="keep_building")
    said = {parcel: explain(found, parcel, use, "keep_building") for parcel, use in asked.items()}
    assert {parcel: span(each) for parcel, each in said.items()} == {
        "SD-0225": (1, 2), "SD-0112": (1, 2), "SD-0124": (1, 2), "TB-07094": (2, 2)
    }  # fmt: skip
    standing = shapely.union_all(project.layers["buildings"].frame.geometry.to_numpy())
    for parcel in ("SD-0225", "SD-0112", "SD-0124"):
        ground = project.parcels.geometry[parcel]
        drawn = standing.intersection(ground).area
        assert said[parcel].building.built_m2 == pytest.approx(drawn, abs=0.05)
        under = said[parcel].building
        assert (under.possibly_prohibited_m2 == pytest.approx(drawn, abs=0.05)) == (parcel != "SD-0124")
    assert said["SD-0124"].building.prohibited_m2 == pytest.approx(3679.31, abs=0.01)
    assert "no building is recorded on the parcel" in said["TB-07094"].text("en")
