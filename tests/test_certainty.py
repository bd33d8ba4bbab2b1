"""What surely is, and what only may be: ground to keep clear of, what is left, approvals, an officer's word.

The parcel is a square of 100 m; its west is open, and other parts are closed or may be.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from specimen_texts import RULES, rule
from specimens import WHOLE, box, houses, layer_of, make_book, parcels, span, square, town, verdict

from geo_tej.model import Decision, Outcome
from geo_tej.report import parcel_report
from geo_tej.tables.told import Told
from geo_tej.verdict import assess, explain
from geo_tej.verdict.extracts import extract

PERMITTED, CONDITIONAL, PROHIBITED = range(3)
PLOT = parcels(square())
CLOSED = ({"class": "deep"}, box(80, -50, 150, 150))
UNKNOWN = ({"class": "unknown"}, box(50, -50, 80, 150))
OFFICER = Decision(
    parcel="A1", use="workshop", rule="shallow", outcome=Outcome.CONDITIONAL, reason="dry since 1954", officer="Li",
    date=dt.date(2026, 7, 1), document="letter 3",
)  # fmt: skip


def one(told, use="shop", pathway="build"):
    part = extract(told, "A1", language="en")
    return part, next(each for each in part["verdicts"] if (each["use"], each["pathway"]) == (use, pathway))


def test_open_closed_and_unknown_ground_are_told_apart(book):
    told = verdict(town(book, PLOT, flood=[CLOSED, UNKNOWN]), "shop", "build")
    assert span(told) == (CONDITIONAL, CONDITIONAL)
    assert told.area_m2["prohibited"] == pytest.approx(2000)
    assert told.possibly_prohibited_m2 == pytest.approx(3000)
    assert told.surely_free_m2 == pytest.approx(5000)
    assert told.largest_remaining_m2 == pytest.approx(5000)
    assert told.largest_possible_m2 == pytest.approx(8000)
    assert {(cause.kind, cause.name) for cause in told.feared} == {("attribute", "class"), ("unverified", "often")}
    assert told.headline("en") == "conditional (on 5,000.00 m²; may also have to keep clear of 3,000.00 m²)"
    assert told.headline("zh") == "有条件符合（确定未被禁止 5,000.00 平方米，可能还须避让 3,000.00 平方米）"
    english, chinese = told.text("en"), told.text("zh")
    assert "keep clear of 2,000.00 m² (20 %)" in english
    assert "may also have to keep clear of 3,000.00 m² (30 %), which depends on: class of flood" in english
    assert (
        "left for sure 5,000.00 m² (50 %), largest piece 5,000.00 m²; at most 8,000.00 m² (80 %), "
        "largest piece 8,000.00 m²"
    ) in english
    assert "须避让 2,000.00 平方米（20 %）" in chinese
    assert "可能还须避让 3,000.00 平方米（30 %），视flood的类别" in chinese


def test_a_verdict_that_grants_does_not_hide_ground_that_may_be_closed(book):
    told = verdict(town(book, PLOT, flood=[UNKNOWN], buildings=houses(square(2, 2, 10))), "shop", "keep")
    assert span(told) == (PERMITTED, CONDITIONAL)
    assert told.largest_remaining_m2 == pytest.approx(5000)  # 50 m in the west and 20 m in the east
    assert told.largest_possible_m2 == pytest.approx(10_000)
    assert "may also have to keep clear of 3,000.00 m²" in told.headline("en")


def test_ground_that_may_be_closed_in_all_leaves_nothing_for_sure(book):
    told = verdict(town(book, PLOT, flood=[({"class": "unknown"}, box(-50, -50, 150, 150))]), "shop", "build")
    assert span(told) == (PERMITTED, PROHIBITED)
    assert (told.largest_remaining_m2, told.surely_free_m2) == (0, 0)
    assert told.largest_possible_m2 == pytest.approx(10_000)
    assert told.headline("en").startswith("no bar found to not permitted, to be settled")


def test_what_may_bar_the_parcel_leaves_nothing_for_sure(book):
    told = verdict(town(book, PLOT, flood=[CLOSED]), "hotel", "build")  # a hotel without a sewer is barred
    assert span(told) == (CONDITIONAL, PROHIBITED)
    assert told.largest_remaining_m2 == 0
    assert told.largest_possible_m2 == pytest.approx(8000)


def test_settling_what_is_unknown_makes_both_figures_one(book):
    for value, left in (("deep", 5000), ("shallow", 8000)):
        settled = ({"class": value}, UNKNOWN[1])
        told = verdict(town(book, PLOT, flood=[CLOSED, settled]), "shop", "build")
        assert told.largest_remaining_m2 == told.largest_possible_m2 == pytest.approx(left)
        assert told.possibly_prohibited_m2 == 0
        assert told.feared == ()
        assert "may" not in told.headline("en")


def test_the_extract_and_the_tables_tell_the_same_ground(book):
    told = assess(town(book, PLOT, flood=[CLOSED, UNKNOWN]), uses=["shop"])
    _, part = one(told)
    assert part["possibly_prohibited_m2"] == pytest.approx(3000)
    assert {each["cause"] for each in part["possibly_prohibited_by"]} == {"attribute", "unverified"}
    assert part["open"] == []
    assert (part["largest_remaining_m2"], part["largest_possible_m2"]) == pytest.approx((5000, 8000))
    row = Told(told, "en", enterprises=False).table().query("use == 'shop' and pathway == 'build'").iloc[0]
    names = ["prohibited_m2", "possibly_prohibited_m2", "largest_remaining_m2", "largest_possible_m2"]
    assert row[names].tolist() == pytest.approx([2000, 3000, 5000, 8000])
    build = told.verdicts.join(told.grounds, on="ground").iloc[1]
    assert build[names].tolist() == pytest.approx([2000, 3000, 5000, 8000])


def test_the_table_of_all_uses_marks_what_may_have_to_be_kept_clear(book):
    told = assess(town(book, PLOT, flood=[CLOSED, UNKNOWN]), uses=["shop", "workshop"])
    said = parcel_report(told, "A1", "en", in_full=False)
    assert "conditional ◔" in said
    assert "◔ some of the ground must or may have to be kept clear" in said
    surely = assess(town(book, PLOT, flood=[CLOSED]), uses=["shop"], pathways=["build"])
    assert "conditional ◔" in parcel_report(surely, "A1", "en", in_full=False)
    assert explain(surely, "A1", "shop", "build").headline("en") == "conditional (keep clear of 2,000.00 m²)"
    assert "◔" not in parcel_report(assess(town(book, PLOT)), "A1", "en", in_full=False)


def test_tables_name_the_rule_that_may_bar_some_ground_and_say_what_an_explanation_says(book):
    told = assess(town(book, PLOT, flood=[CLOSED, UNKNOWN]), uses=["shop"], pathways=["build"])
    row = Told(told, "en", enterprises=False).table().iloc[0]
    explanation = explain(told, "A1", "shop", "build")
    assert explanation.possibly_prohibited_m2 > 0
    assert row["words"] == explanation.headline("en")
    assert {"deep", "often"} <= set(row["rules"].split("; "))


@pytest.fixture
def lawful(tmp_path):
    duties = rule(
        "works", kind='"fact"', when='{ all = [{ fact = "listed", is = true }] }', outcome='"conditional"',
        binds='"parcel"', approvals='["opinion"]', uses='["shop"]',
    ) + rule(
        "banks", layer='"flood"', where='{ class = ["often"] }', outcome='"conditional"', binds='"parcel"',
        approvals='["permit"]', uses='["shop"]', verified="false",
    )  # fmt: skip
    return make_book(tmp_path / "law", rules=RULES + duties)


def possible(told, use="shop"):
    return {
        each.permit.id: {(cause.kind, cause.layer, cause.name) for cause in each.causes}
        for each in explain(told, "A1", use, "keep").possible_permits
    }


def test_an_approval_that_hangs_on_an_attribute_a_fact_or_a_text_is_possible(lawful):
    plan = [({"class": "mixed"}, box(-900, -900, 900, 900))]
    told = assess(town(lawful, PLOT, zoning=plan, flood=[UNKNOWN]))
    assert possible(told) == {
        "opinion": {("fact", None, "listed")},
        "permit": {("attribute", "flood", "class"), ("unverified", "flood", "banks")},
    }
    words = explain(told, "A1", "shop", "keep")
    assert "possibly: opinion" in words.text("en")
    assert "depends on: listed" in words.text("en")
    assert "可能须办：意见" in words.text("zh")
    assert words.level == 0  # what is only possible is of no level


def test_an_approval_is_possible_where_its_layer_was_not_surveyed(lawful):
    told = assess(town(lawful, PLOT, scenic=layer_of(lawful, "scenic", [], extent=None)), facts={"sewer": "yes"})
    found = possible(told, "hotel")
    assert found == {"opinion": {("layer", "scenic", None)}}
    assert possible(assess(town(lawful, PLOT, scenic=layer_of(lawful, "scenic", [], extent=WHOLE))), "hotel") == {}


def test_what_surely_is_needed_is_not_also_possible_and_what_is_barred_needs_nothing(lawful):
    told = assess(town(lawful, PLOT), facts={"listed": True})
    assert possible(told) == {}
    assert [permit.id for permit in explain(told, "A1", "shop", "keep").permits] == ["opinion"]
    flooded = assess(town(lawful, PLOT, flood=[({"class": "deep"}, box(-9, -9, 109, 109))]))
    assert possible(flooded) == {}


def test_the_extract_and_the_tables_tell_the_same_approvals(lawful):
    told = assess(town(lawful, PLOT))
    whole, part = one(told, pathway="keep")
    assert part["approvals"] == []
    [found] = part["possible_approvals"]
    assert found["approval"] == "opinion"
    assert [(each["cause"], each["fact"]) for each in found["depends_on"]] == [("fact", "listed")]
    assert "opinion" in whole["approvals"]
    for language, what, form in (("en", "opinion", "(depends on: listed)"), ("zh", "意见", "（视listed而定）")):
        table = Told(told, language, enterprises=False).table().query("use == 'shop' and pathway == 'keep'")
        assert table["approvals"].iloc[0] == ""
        assert table["possible_approvals"].iloc[0].startswith(what)
        assert table["possible_approvals"].iloc[0].endswith(form)


@pytest.mark.parametrize(("language", "stricter"), [("en", "may hold it"), ("zh", "可认定为")])
def test_nobody_may_hold_stricter_what_an_officer_has_decided(book, language, stricter):
    open_ = town(book, PLOT, flood=[({"class": "shallow"}, box(-9, -9, 109, 109))])
    settled = replace(open_, decisions=(OFFICER,))
    for project, undecided in ((open_, True), (settled, False)):
        told = assess(project, uses=["workshop"])
        words = explain(told, "A1", "workshop", "keep").text(language)
        assert (stricter in words) == undecided
        assert (stricter in parcel_report(told, "A1", language, in_full=False)) == undecided
        table = Told(told, language, enterprises=False)
        assert (stricter in " ".join(table.table()["reasons"])) == undecided
        assert (stricter in " ".join(reason.condition for reason in table.why(0, 0))) == undecided
