"""The extract: valid by its schema, every id in it resolves, and its numbers are those drawn."""

from __future__ import annotations

import json

import jsonschema
import pytest
from specimens import box, default_frames, make_project, parcels, square, town

from geo_tej.io import read_project
from geo_tej.verdict import assess, explain, extract
from geo_tej.verdict.assumed import assumed_at, assumed_lines, assumed_words
from geo_tej.verdict.extracts import schema


@pytest.fixture(scope="module")
def town_read(tmp_path_factory):
    plots = default_frames()["parcels"]
    plots.loc[3] = {"parcel_id": "A4", "name": None, "registered_m2": None, "geometry": None}
    scenic = default_frames()["scenic"].assign(grade=["unknown"])
    return read_project(make_project(tmp_path_factory.mktemp("extract"), parcels=plots, scenic=scenic))


@pytest.fixture(scope="module")
def asked(town_read):
    return assess(town_read)


@pytest.fixture(params=["A1", "A2", "A3", "A4"])
def told(request, asked):
    return extract(asked, request.param)


def test_it_is_valid_by_the_shipped_schema(told):
    jsonschema.validate([told], schema())
    assert json.loads(json.dumps([told], allow_nan=False)) == [told]


def test_findings_and_approvals_resolve_and_none_is_idle(told):
    named = {name for verdict in told["verdicts"] for name in verdict["findings"]}
    assert named == set(told["findings"])
    needed = {name for verdict in told["verdicts"] for name in verdict["approvals"]}
    perhaps = {each["approval"] for verdict in told["verdicts"] for each in verdict["possible_approvals"]}
    assert needed | perhaps == set(told["approvals"])


def test_every_question_is_answered_and_every_layer_has_a_state(told, town_read):
    book = town_read.rulebook
    assert [(verdict["use"], verdict["pathway"]) for verdict in told["verdicts"]] == [
        (use, pathway) for use in book.uses for pathway in book.pathways
    ]
    assert [layer["id"] for layer in told["layers"]] == list(book.layers)
    assert told["rulebook"] == {"id": "tiny", "version": "1", "sha256": book.sha256}
    assert {each["layer"] for each in told["inputs"]} == set(town_read.layers)
    assert told["disclaimer"] == "Made up"
    assert told["on"] == "2026-06-30"


def test_a_span_is_open_where_and_only_where_it_names_causes(told):
    for verdict in told["verdicts"]:
        is_open = verdict["at_least"] != verdict["at_most"]
        assert bool(verdict["open"]) == is_open
        assert verdict["outcome"] == ("unknown" if is_open else verdict["at_least"])
        assert all(cause["words"] and cause["settled_by"] for cause in verdict["open"])


def test_branches_lie_within_the_span(told):
    order = ["permitted", "conditional", "prohibited"]
    for verdict in told["verdicts"]:
        low, high = order.index(verdict["at_least"]), order.index(verdict["at_most"])
        for branch in verdict["branches"]:
            assert low <= order.index(branch["at_least"]) <= order.index(branch["at_most"]) <= high


def find(told, use, pathway):
    return next(each for each in told["verdicts"] if (each["use"], each["pathway"]) == (use, pathway))


def test_an_unknown_grade_is_answered_for_each_of_its_values(town_read):
    told = extract(assess(town_read, facts={"sewer": "yes"}), "A2")
    branches = {each["value"]: each["outcome"] for each in find(told, "hotel", "keep")["branches"]}
    assert branches == {"1": "prohibited", "2": "conditional"}
    assert find(told, "hotel", "keep")["open"][0]["cause"] == "attribute"


def test_a_missing_fact_is_answered_for_each_of_its_values(asked):
    verdict = find(extract(asked, "A1"), "hotel", "keep")
    assert {each["value"]: each["outcome"] for each in verdict["branches"]} == {
        "yes": "conditional",
        "no": "prohibited",
    }
    assert [each["fact"] for each in verdict["open"]] == ["sewer"]


def test_areas_and_shares_are_those_drawn(asked):
    told = extract(asked, "A2")
    layers = {each["id"]: each for each in told["layers"]}
    (half,) = layers["scenic"]["overlaps"]
    assert (half["area_m2"], half["share"]) == (5000, pytest.approx(0.5))
    (strip,) = layers["roads"]["overlaps"]
    assert (strip["area_m2"], strip["share"]) == (pytest.approx(500), pytest.approx(0.05))
    assert told["area"]["drawn_m2"] == 10_000
    assert told["area"]["convention"] == "drawn"
    areas = find(told, "shop", "build")["area_m2_by_outcome"]
    assert areas == pytest.approx({"permitted": 4750, "conditional": 0, "prohibited": 5250, "unknown": 0}, abs=1e-3)


def test_the_registered_convention_scales_and_rounds(asked):
    told = extract(asked, "A1")
    (strip,) = next(each for each in told["layers"] if each["id"] == "roads")["overlaps"]
    assert told["area"]["registered_m2"] == 10_020
    assert strip["registered_m2"] == 501  # 500 × 1.002
    assert strip["registered_share"] == pytest.approx(501 / 10_020)
    assert extract(asked, "A3")["area"]["registered_m2"] is None


def test_a_dropped_overlap_is_listed_and_leaves_the_layer_unaffected(tmp_path):
    flood = default_frames()["flood"].assign(geometry=[square(290, 90)])
    path = make_project(
        tmp_path, flood=flood, edit={'path = "flood.gpkg"': 'path = "flood.gpkg", thresholds = { area_m2 = 101 }'}
    )
    told = extract(assess(read_project(path)), "A3")
    (row,) = told["dropped"]
    assert (row["layer"], row["area_m2"], row["reason"]) == ("flood", 100, "area")
    assert row["width_m"] == pytest.approx(5)
    assert next(each for each in told["layers"] if each["id"] == "flood")["state"] == "not_affected"


def test_words_come_in_both_languages(asked):
    zh, en = (extract(asked, "A2", language=language) for language in ("zh", "en"))
    assert zh["extract_id"] == en["extract_id"]
    assert "待核" in find(zh, "hotel", "keep")["words"]
    assert "to be settled" in find(en, "hotel", "keep")["words"]


def test_a_use_that_is_not_listed_has_a_finding_that_says_so(book):
    plan = [({"class": "works"}, box(-900, -900, 900, 900))]
    told = extract(assess(town(book, parcels(square()), zoning=plan), uses=["hotel"]), "A1")
    jsonschema.validate([told], schema())
    silent = {name: each for name, each in told["findings"].items() if not each["rule"]}
    (said,) = silent.values()
    assert (said["layer"], said["share"], said["outcome"]) == ("zoning", 1, "prohibited")
    assert said["condition"] == "plan does not list this use"
    assert all(set(silent) <= set(verdict["findings"]) for verdict in told["verdicts"])


def test_what_a_question_states_is_told_beside_what_is_recorded(book):
    plots = parcels(square(), square(100), square(200), sewer=["no", "yes", None])
    made = town(book, plots)
    assert extract(assess(made), "A1")["assumed"] == []
    told = assess(made, facts={"sewer": "yes", "listed": False})
    for name, recorded in (("A1", "no"), ("A2", "yes"), ("A3", None)):
        whole = extract(told, name)
        jsonschema.validate([whole], schema())
        assert whole["assumed"] == [
            {"fact": "sewer", "value": "yes", "recorded": recorded},
            {"fact": "listed", "value": False, "recorded": None},
        ]
    assert (
        assumed_words(assumed_at(told), "en")[0] == "sewer = yes (of 3 parcels, 1 recorded otherwise, 1 not recorded)"
    )
    assert assumed_lines(assumed_at(told, 0), "zh")[0].startswith("本次假设：")
    assert "（数据记载：否）" in assumed_words(assumed_at(told, 0), "zh")[0]
    assert assumed_words(assumed_at(told), "zh")[1] == "listed = 否（3 个地块中，3 个未记载）"
    same = assess(town(book, plots.assign(sewer="yes")), facts={"sewer": "yes"})
    assert assumed_words(assumed_at(same), "en") == ["sewer = yes (as recorded of all 3 parcels)"]


def test_an_explanation_alone_says_what_was_assumed_in_which_scenario_and_of_which_day(tmp_path):
    scenario = '\n[scenarios.if-2]\ntitle = { zh = "假定二级", en = "assuming grade 2" }\n'
    path = make_project(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + scenario, encoding="utf-8")
    told = explain(assess(read_project(path, scenario="if-2"), facts={"sewer": "yes"}), "A1", "hotel", "build")
    alone, within = told.text("en"), told.text("en", alone=False)
    assert alone.startswith(within)
    for words in ("sewer = yes (not recorded)", "assuming grade 2", "law as of 2026-06-30"):
        assert words in alone.removeprefix(within)
    assert "假定二级" in told.text("zh")
    assert "法规日期 2026-06-30" in told._repr_html_() + told.text("zh")
