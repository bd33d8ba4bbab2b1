"""Nothing of the law is ever skipped: ways in which a rule might be lost in silence, and must not."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
import shapely
from specimen_texts import RULEBOOK, rule
from specimens import box, houses, layer_of, make_book, make_project, parcels, square, town, zones

from geo_tej.errors import GeoTejError
from geo_tej.io import read_project
from geo_tej.verdict import assess, explain

PLOT = parcels(square())
FORBIDS = RULEBOOK.replace('"often"] }, unlisted = "silent"', '"often"] }, unlisted = "prohibited"')
SHALLOW = {"layer": '"flood"', "where": '{ class = ["shallow"] }', "outcome": '"conditional"'}


def span(project, use="shop", pathway="keep", **question):
    told = explain(assess(project, **question), "A1", use, pathway)
    return int(told.at_least), int(told.at_most)


def test_an_unknown_class_may_be_one_that_does_not_list_the_use(tmp_path):
    law = make_book(tmp_path / "law", text=FORBIDS, rules=rule("r", **SHALLOW))
    assert span(town(law, PLOT, flood=[({"class": "shallow"}, square())])) == (1, 1)
    assert span(town(law, PLOT, flood=[({"class": "lane"}, square())])) == (2, 2)
    assert span(town(law, PLOT, flood=[({"class": "unknown"}, square())]))[1] == 2


@pytest.mark.parametrize("outcome", ["permitted", "conditional"])
def test_an_unverified_rule_does_not_list_a_use_that_a_layer_else_forbids(tmp_path, outcome):
    law = make_book(
        tmp_path / "law", text=FORBIDS, rules=rule("r", **SHALLOW | {"outcome": f'"{outcome}"'}, verified="false")
    )
    assert span(town(law, PLOT, flood=[({"class": "shallow"}, square())]))[1] == 2


TWO_PLANS = RULEBOOK.replace('{ id = "flood", title = "flood",', '{ id = "flood", title = "flood", base = true,')


@pytest.mark.parametrize("how", ["failed", "absent", "elsewhere"])
def test_one_plan_that_can_be_read_does_not_stand_for_another_that_cannot(tmp_path, how):
    law = make_book(tmp_path / "law", text=TWO_PLANS, rules=rule("r", layer='"flood"', where='{ class = ["deep"] }'))
    assert span(town(law, PLOT, flood=[({"class": "deep"}, square())])) == (2, 2)
    flood = {
        "failed": layer_of(law, "flood", [], fault="truncated"),
        "absent": None,
        "elsewhere": layer_of(law, "flood", [], extent=(500, 500, 900, 900)),
    }[how]
    assert span(town(law, PLOT, flood=flood))[1] == 2


def told_or_heard(folder, use="shop", pathway="build", **changes):
    """Return the verdict, or None where the project was refused; a refusal is an honest answer."""
    try:
        project = read_project(make_project(folder, **changes))
    except GeoTejError:
        return None
    told = explain(assess(project), "A1", use, pathway)
    return int(told.at_least), int(told.at_most)


def frame(shape, **columns):
    return zones(("x", shape)).drop(columns="zone_class").assign(**columns)


def test_a_setback_is_heard_whatever_role_the_layer_has_in_the_manifest(tmp_path):
    road = frame(box(-50, -500, -5, 500), **{"class": "main"})
    as_zones = {'id = "roads", role = "objects"': 'id = "roads", role = "zones"'}
    as_context = {'id = "roads", role = "objects"': 'id = "roads", role = "context"'}
    assert told_or_heard(tmp_path / "a", roads=road) == (1, 1)
    for number, edit in enumerate((as_zones, as_context)):
        told = told_or_heard(tmp_path / f"b{number}", roads=road, edit=edit)
        assert told is None or told[1] >= 1, edit


def test_a_zone_rule_is_heard_whatever_role_the_layer_has_in_the_manifest(tmp_path):
    pond = frame(square(), **{"class": "deep"})
    assert told_or_heard(tmp_path / "a", flood=pond) == (2, 2)
    told = told_or_heard(
        tmp_path / "b", flood=pond, edit={'id = "flood", role = "zones"': 'id = "flood", role = "objects"'}
    )
    assert told is None or told[1] == 2


def test_an_axis_without_a_half_width_is_no_edge(tmp_path):
    axis = frame(shapely.LineString(box(-20, -500, -10.5, 500).exterior.coords[:2]), **{"class": "main"})
    told = told_or_heard(tmp_path / "a", roads=axis)
    assert told is None or told[1] >= 1


def test_one_road_without_a_half_width_does_not_hide_the_others(tmp_path):
    near = frame(box(-50, -500, -5, 500), **{"class": "main", "half_width_m": 0.0})
    odd = frame(box(-950, -500, -900, 500), **{"class": "main", "half_width_m": None})
    told = told_or_heard(tmp_path / "a", roads=pd.concat([near, odd], ignore_index=True))
    assert told is None or told[1] >= 1


BOW_TIE = shapely.Polygon([(-60, -20), (-4, 120), (-4, -20), (-60, 120)])


def test_an_object_that_crosses_itself_does_not_break_the_answer(tmp_path):
    corner = square().exterior.coords[2]  # the south-west corner of the parcel
    shape = shapely.affinity.translate(BOW_TIE, *corner)
    told = told_or_heard(tmp_path / "a", roads=frame(shape, **{"class": "main"}))
    assert told is None or told[1] >= 1


def test_parcels_in_parts_are_judged_by_all_of_them(book):
    plot = parcels(shapely.MultiPolygon([square(0), square(400, 400)]))
    for west, house in [(-20, square(410, 410, 20)), (380, square(10, 10, 20))]:
        pond = [({"class": "deep"}, square(west, west, 150))]
        told = explain(assess(town(book, plot, flood=pond, buildings=houses(house))), "A1", "shop", "keep")
        assert (int(told.at_least), int(told.at_most)) == (1, 1)
        assert told.area_m2["prohibited"] == pytest.approx(10_000)


FACTS = {
    "listed": ("is = true", {"yes": 2, "no": 0}, "listed"),
    "beds": ("at_least = 10", {10: 2, 9: 0}, "beds"),
    "sewer": ('is = "no"', {"no": 2, "yes": 0}, "sewer"),
}


@pytest.mark.parametrize("name", FACTS)
@pytest.mark.parametrize("how", ["file", "question"])
def test_a_fact_is_heard_from_the_parcels_as_from_the_question(tmp_path, name, how):
    test, expected, column = FACTS[name]
    rules = rule("f", kind='"fact"', binds='"parcel"', when=f'{{ all = [{{ fact = "{name}", {test} }}] }}')
    for number, (value, outcome) in enumerate(expected.items()):
        columns = {"parcel_id": ["A1"]} | ({column: [value]} if how == "file" else {})
        plot = frame(square()).assign(**columns)
        project = read_project(make_project(tmp_path / str(number), parcels=plot, rules=rules))
        facts = {} if how == "file" else {name: value}
        assert span(project, facts=facts) == (outcome, outcome), value


def test_a_fact_of_the_parcels_that_is_none_of_its_values_is_unknown_or_refused(tmp_path):
    plot = frame(square()).assign(parcel_id=["A1"], sewer=["No"])
    told = told_or_heard(tmp_path / "a", "hotel", "keep", parcels=plot)
    assert told is None or told[1] == 2


def test_floor_area_is_not_known_where_no_building_was_surveyed(tmp_path):
    text = RULEBOOK.replace('id = "beds"', 'id = "existing_floor_area_m2"')
    rules = rule(
        "big", kind='"fact"', binds='"parcel"', when='{ all = [{ fact = "existing_floor_area_m2", at_least = 1000 }] }'
    )
    law = make_book(tmp_path / "law", text=text, rules=rules)
    project = town(law, PLOT)
    houses = replace(layer_of(law, "flood", []), id="houses", role="buildings")
    houses = replace(houses, frame=houses.frame.assign(floor_area_m2=[]), extent=box(500, 500, 900, 900))
    project = replace(project, layers=project.layers | {"houses": houses})
    assert span(project)[1] == 2
