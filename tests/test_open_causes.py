"""Open causes: each is named, what would settle it is said, and what is closed is closed."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from specimen_texts import RULEBOOK, RULES, rule
from specimens import WHOLE, box, default_frames, make_book, make_project, parcels, square, town, verdict

from geo_tej.errors import RulebookError
from geo_tej.io import read_project
from geo_tej.report import parcel_report
from geo_tej.verdict import assess, extract

PLOT = parcels(square())


def causes(told):
    return {(cause.kind, cause.layer, cause.name) for cause in told.causes}


def test_an_unverified_rule_on_an_unknown_attribute_has_two_open_ends(tmp_path):
    law = make_book(tmp_path / "law", rules=rule("r", layer='"flood"', where='{ class = ["deep"] }', verified="false"))
    told = verdict(town(law, PLOT, flood=[({}, square())]))
    assert causes(told) == {("attribute", "flood", "class"), ("unverified", "flood", "r")}


def test_a_fact_asked_for_on_an_unknown_attribute_is_open_besides_it(tmp_path):
    asks = rule("r", layer='"flood"', where='{ class = ["deep"] }', when='{ all = [{ fact = "sewer", is = "no" }] }')
    told = verdict(town(make_book(tmp_path / "law", rules=asks), PLOT, flood=[({}, square())]))
    assert causes(told) == {("attribute", "flood", "class"), ("fact", None, "sewer")}


def test_several_causes_on_one_verdict_are_all_named(book):
    rows = {"scenic": [({"core": "no"}, square())], "flood": [({"class": "often"}, square())]}
    told = verdict(town(book, PLOT, roads=None, **rows), "hotel", "build")
    assert causes(told) == {
        ("attribute", "scenic", "grade"), ("unverified", "flood", "often"), ("fact", None, "sewer"),
        ("layer", "roads", None),
    }  # fmt: skip


def test_a_cause_that_can_raise_no_further_is_not_named(book):
    told = verdict(town(book, PLOT, scenic=[({"grade": "1", "core": "no"}, square())]), "hotel")
    assert (told.at_least, told.at_most, told.causes) == (2, 2, ())


def test_every_cause_says_what_would_settle_it_in_both_languages(book):
    rows = {"scenic": [({}, square())], "flood": [({"class": "shallow"}, square())], "zoning": []}
    project = town(book, PLOT, roads=None, dem=None, **rows)
    for language in ("zh", "en"):
        for each in extract(assess(project), "A1", language=language)["verdicts"]:
            for cause in each["open"]:
                assert cause["words"]
                assert cause["settled_by"]
                assert "{" not in cause["words"] + cause["settled_by"]


UNREAD = RULEBOOK.replace("verified = true", "verified = false")


def test_a_plan_that_grants_but_was_not_read_waits_for_whoever_reads_it(tmp_path):
    law = make_book(tmp_path / "law", text=UNREAD, rules="")
    told = verdict(town(law, PLOT))
    assert (told.at_least, told.at_most) == (0, 2)
    assert causes(told) == {("unverified", "zoning", "plan/mixed/P/permitted")}
    assert "sign it off" in told.text("en")
    assert "签认" in told.text("zh")
    assert "does not provide" not in told.text("en")
    read = replace(law, rules=tuple(replace(each, verified="mixed/P" in each.id) for each in law.rules))
    assert causes(verdict(town(read, PLOT))) == set()


def test_a_plan_that_nobody_read_and_that_does_not_grant_has_no_sign_off_as_its_remedy(tmp_path):
    text = UNREAD.replace('unlisted = "prohibited"', 'unlisted = "silent"')
    law = make_book(tmp_path / "law", text=text, rules="")
    works = {"zoning": [({"class": "works"}, box(*WHOLE))]}
    assert causes(verdict(town(law, PLOT, **works), "hotel")) == {("base", "zoning", None)}


def test_what_an_unread_plan_grants_in_part_is_read_and_the_rest_asked_for(tmp_path):
    text = UNREAD.replace('{ "*" = "permitted" }', '{ reuse = "permitted" }')
    text = text.replace('actions = ["reuse"]', 'actions = ["reuse", "operate"]')
    told = verdict(town(make_book(tmp_path / "law", text=text, rules=""), PLOT))
    assert causes(told) == {("base", "zoning", None), ("unverified", "zoning", "plan/mixed/P/permitted")}


def test_the_summary_of_a_parcel_names_the_text_that_would_grant(tmp_path):
    assessment = assess(town(make_book(tmp_path / "law", text=UNREAD, rules=""), PLOT))
    said = parcel_report(assessment, "A1", "en", in_full=False)
    (line,) = [each for each in said.splitlines() if "? the text of" in each]
    assert line.endswith(": check the rule against it and sign it off")


@pytest.mark.parametrize("symbol", ['{ reuse = "permitted" }', '{ reuse = "conditional", new = "permitted" }'])
def test_a_plan_must_speak_on_every_action_that_is_meant(tmp_path, symbol):
    text = RULEBOOK.replace('{ "*" = "permitted" }', symbol).replace(
        'actions = ["reuse"]', 'actions = ["reuse", "operate"]'
    )
    told = verdict(town(make_book(tmp_path / "law", text=text), PLOT))
    assert told.at_most == 2
    assert causes(told) == {("base", "zoning", None)}


def test_sign_offs_and_their_level_rest_on_the_same_rules(tmp_path):
    doubtful = rule(
        "r",
        layer='"flood"',
        where='{ class = ["deep"] }',
        outcome='"conditional"',
        approvals='["opinion"]',
        verified="false",
    )
    told = verdict(town(make_book(tmp_path / "law", rules=doubtful), PLOT, flood=[({"class": "deep"}, square())]))
    assert max((permit.level for permit in told.permits), default=0) == told.level


@pytest.mark.parametrize("keys", [{"uses": "[]"}, {"actions": "[]"}, {"where": "{ class = [] }"}])
def test_a_rule_that_can_never_speak_is_a_fault(tmp_path, keys):
    with pytest.raises(RulebookError, match="rule r"):
        make_book(tmp_path / "law", rules=rule("r", layer='"flood"', **keys))


def test_a_rule_that_ends_before_it_begins_is_a_fault(tmp_path):
    dates = {"valid_from": "2026-02-01", "valid_until": "2026-01-01"}
    with pytest.raises(RulebookError, match="rule r"):
        make_book(tmp_path / "law", rules=rule("r", layer='"flood"', **dates))


def test_a_missing_value_of_a_parquet_column_is_not_a_value(tmp_path):
    path = make_project(tmp_path, edit={"parcels.gpkg": "parcels.parquet"})
    plots = default_frames()["parcels"]
    plots.assign(sewer=pd.array(["yes", None, "no"], dtype="string")).to_parquet(tmp_path / "parcels.parquet")
    spans = assess(read_project(path), uses=["hotel"], pathways=["keep"]).verdicts
    assert spans["at_most"].tolist() == ["conditional", "prohibited", "prohibited"]


def test_numbers_with_gaps_in_a_parquet_column_are_known_where_they_are(tmp_path):
    path = make_project(tmp_path, edit={"flood.gpkg": "flood.parquet"}, rules=RULES)
    flood = default_frames()["scenic"].drop(columns="core").assign(grade=pd.array([None], dtype="Int64"))
    flood.rename(columns={"grade": "class"}).to_parquet(tmp_path / "flood.parquet")
    layer = read_project(path).layers["flood"]
    assert list(layer.classes) == ["unknown"]
    assert layer.remarks == ("class: 1 of 1 zones are without a value; taken as unknown",)
