"""A rulebook as a whole: what to read first, which uses it covers, how two of them differ."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
from click.testing import CliRunner
from specimen_texts import RULEBOOK, RULES, TABLES, rule
from specimens import make_book, make_project, parcels, square, town, write_rulebook

from geo_tej.cli import main
from geo_tej.errors import RulebookError
from geo_tej.rulebook import bundled, read_rulebook
from geo_tej.rulebook.audit import COVERAGE, coverage, difference
from geo_tej.verdict import assess
from geo_tej.verdict.todo import todo

NOT_ENCODED = "ref,source_table,title_zh,reason_zh,reason_en\nSC-99,scenic_rules.csv,风貌,无法量化,not measurable\n"


def call(*words):
    told = CliRunner().invoke(main, [str(word) for word in words])
    assert told.exit_code == 0, told.output
    return told.stdout


def refused(*words):
    told = CliRunner().invoke(main, [str(word) for word in words])
    assert (told.exit_code, told.stdout) == (2, "")
    return told.stderr


# to do

PLOTS = parcels(square(), square(100))
DOUBTFUL = (
    rule("one", layer='"flood"', where='{ class = ["deep"] }', uses='["shop"]', verified="false")
    + rule("two", layer='"flood"', where='{ class = ["deep", "often"] }', uses='["shop", "hotel"]', verified="false")
    + rule("idle", layer='"roads"', kind='"setback"', distance_m="5", verified="false")
    + rule("read", layer='"scenic"')
)


def test_unread_rules_are_ranked_by_the_verdicts_that_they_hold_open(tmp_path):
    law = make_book(tmp_path / "law", rules=DOUBTFUL)
    flood = [({"class": "deep"}, square()), ({"class": "often"}, square(100))]
    table = todo(assess(town(law, PLOTS, flood=flood)))
    # two pathways: A1 shop (both), A1 hotel, A2 shop, A2 hotel (only `two`)
    assert table.to_dict("index") == {
        "two": {"verdicts": 8, "alone": 6, "parcels": 2},
        "one": {"verdicts": 2, "alone": 0, "parcels": 1},
        "idle": {"verdicts": 0, "alone": 0, "parcels": 0},
    }
    assert list(table.index) == ["two", "one", "idle"]


def test_reading_the_first_text_settles_what_it_alone_held_open(tmp_path):
    law = make_book(tmp_path / "law", rules=DOUBTFUL)
    flood = [({"class": "deep"}, square()), ({"class": "often"}, square(100))]
    before = assess(town(law, PLOTS, flood=flood))
    signed = replace(law, rules=tuple(replace(each, verified=each.verified or each.id == "two") for each in law.rules))
    after = assess(town(signed, PLOTS, flood=flood))
    settled = (before.judgement.least < before.judgement.most) & (after.judgement.least == after.judgement.most)
    assert settled.sum() >= todo(before).loc["two", "alone"]
    assert "two" not in todo(after).index


def test_a_plan_that_nobody_has_read_holds_open_all_that_waits_for_a_plan(tmp_path):
    text = RULEBOOK.replace("verified = true", "verified = false")
    table = todo(assess(town(make_book(tmp_path / "law", text=text, rules=""), PLOTS)))
    # the plan's class mixed grants shop and workshop by P and hotel by C, on two parcels and two pathways
    assert table.to_dict("index") == {
        "plan/mixed/P/permitted": {"verdicts": 8, "alone": 8, "parcels": 2},
        "plan/mixed/C/conditional": {"verdicts": 4, "alone": 4, "parcels": 2},
        "plan/works/P/permitted": {"verdicts": 0, "alone": 0, "parcels": 0},
        "plan/works/X/prohibited": {"verdicts": 0, "alone": 0, "parcels": 0},
    }


def test_nothing_to_do_is_an_empty_table(book):
    checked = replace(book, rules=tuple(each for each in book.rules if each.verified))
    assert len(todo(assess(town(checked, PLOTS)))) == 0


def test_the_command_ranks_for_the_users_own_layers(tmp_path):
    path = make_project(tmp_path)
    rows = json.loads(call("rules", "--todo", "--json", "-m", path))
    (row,) = rows
    assert (row["rule"], row["verdicts"], row["of"], row["parcels"]) == ("often", 6, 18, 1)
    said = call("rules", "--todo", "-m", path)
    assert "often" in said
    assert "\nof 18 verdicts\n" in said
    (tmp_path / "signed.csv").write_text("rule,who,when,text\noften,Li,2026-07-01,g\n", encoding="utf-8")
    path.write_text('signoffs = "signed.csv"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert "Every text has been checked" in call("rules", "--todo", "-m", path)
    assert json.loads(call("rules", "--todo", "--json", "-m", path)) == []


def test_a_layer_that_failed_is_told_and_the_ranking_is_whole(tmp_path):
    path = make_project(tmp_path, scenic=None)
    told = CliRunner().invoke(main, ["rules", "--todo", "--json", "-m", str(path)])
    assert told.exit_code == 1
    assert json.loads(told.stdout)
    assert "layer scenic failed" in told.stderr


# coverage


def test_a_layer_speaks_of_a_use_by_read_rules_by_unread_ones_or_not_at_all(book):
    table = coverage(book, book.rules)
    assert list(table) == list(book.uses)
    assert table["hotel"] == {
        "zoning": "encoded", "scenic": "encoded", "flood": "encoded", "roads": "encoded", "dem": "encoded",
        None: "encoded",
    }  # fmt: skip
    assert table["shop"][None] == "silent"
    unread = coverage(book, [each for each in book.rules if each.id == "often"])
    assert {use: states["flood"] for use, states in unread.items()} == dict.fromkeys(book.uses, "unverified")


@pytest.mark.parametrize("name", bundled())
def test_every_bundled_rulebook_shows_every_use_and_layer(name):
    book = read_rulebook(name)
    table = json.loads(call("rules", name, "--coverage", "--json"))
    assert [use["id"] for use in table["uses"]] == list(book.uses)
    assert [layer["id"] for layer in table["layers"]] == [*book.layers, None]
    assert {state for use in table["uses"] for state in use["layers"].values()} <= set(COVERAGE)
    assert sum(layer["rules"] for layer in table["layers"]) == len(book.rules)
    for language in ("zh", "en"):
        said = call("rules", name, "--coverage", "--lang", language)
        assert all(use.title[language] in said for use in book.uses.values())
        assert all(layer.title[language] in said for layer in book.layers.values())


def test_coverage_is_of_a_day_where_one_is_asked(tmp_path):
    rules = rule("r", layer='"flood"', valid_until="2026-01-01")
    folder = write_rulebook(tmp_path / "law", rules=rules)
    for day, state in (("2025-12-31", "encoded"), ("2026-01-01", "silent")):
        table = json.loads(call("rules", folder, "--coverage", "--json", "--on", day))
        assert {use["layers"]["flood"] for use in table["uses"]} == {state}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_coverage_as_a_table(tmp_path, suffix):
    path = make_project(tmp_path / "town")
    file = tmp_path / f"coverage.{suffix}"
    assert call("rules", "--coverage", "-o", file, "-m", path) == f"{file}\n"
    table = pd.read_csv(file) if suffix == "csv" else pd.read_excel(file)
    assert table["use"].to_list() == ["hotel", "shop", "workshop"]
    assert table.set_index("use").loc["shop", ["flood", "everywhere"]].to_list() == ["encoded", "silent"]


def test_rows_of_the_law_that_are_no_rules_are_kept_and_listed(tmp_path):
    folder = write_rulebook(tmp_path / "law", **{"not-encoded": NOT_ENCODED})
    book = read_rulebook(folder)
    (row,) = book.not_encoded
    assert (row.ref, row.source_table, row.title.zh, row.reason.en) == (
        "SC-99", "scenic_rules.csv", "风貌", "not measurable",
    )  # fmt: skip
    assert book.sha256 != make_book(tmp_path / "other").sha256
    assert make_book(tmp_path / "other").not_encoded == ()
    (listed,) = json.loads(call("rules", folder, "--coverage", "--json"))["not_encoded"]
    assert listed["reason"] == {"zh": "无法量化", "en": "not measurable"}
    assert "SC-99  风貌：无法量化" in call("rules", folder, "--coverage", "--lang", "zh")


def test_faults_of_that_list_are_told_with_the_others(tmp_path):
    text = NOT_ENCODED + "SC-99,scenic_rules.csv,风貌,又,again\nSC-98,,无理由,,\n"
    with pytest.raises(RulebookError) as caught:
        make_book(tmp_path / "law", rules=RULES.replace('source = "act"', 'source = "atc"', 1), **{"not-encoded": text})
    assert "not-encoded.csv, row 3: 'SC-99' stands more than once" in str(caught.value)
    assert "not-encoded.csv, row 4: the column reason_zh is missing or empty" in str(caught.value)
    assert "'atc'" in str(caught.value)


# differences


def test_a_rulebook_does_not_differ_from_itself(tmp_path):
    assert difference(make_book(tmp_path / "a"), make_book(tmp_path / "b")) == []
    assert call("rules", "--diff", tmp_path / "a", tmp_path / "b") == "rules: 0 added, 0 removed, 0 changed\n"


def test_what_was_added_removed_and_changed_is_named(tmp_path):
    rules = RULES.replace("distance_m = 10", "distance_m = 11").replace('id = "deep"', 'id = "deeper"')
    make_book(tmp_path / "a")
    make_book(tmp_path / "b", rules=rules, text=RULEBOOK.replace('title = "flood"', 'title = "floods"'),
              uses=TABLES["uses.csv"].replace("1000,15", "900,15"))  # fmt: skip
    rows = json.loads(call("rules", "--diff", tmp_path / "a", tmp_path / "b", "--json"))
    assert [(row["change"], row["part"], row["id"], list(row["keys"])) for row in rows] == [
        ("removed", "rule", "deep", []),
        ("changed", "rule", "strip", ["distance_m"]),
        ("added", "rule", "deeper", []),
        ("changed", "layer", "flood", ["title"]),
        ("changed", "use", "hotel", ["least_area_m2"]),
    ]
    assert rows[1]["keys"]["distance_m"] == {"before": 10.0, "after": 11.0}
    said = call("rules", "--diff", tmp_path / "a", tmp_path / "b")
    assert said.endswith("rules: 1 added, 1 removed, 1 changed\n")
    assert "distance_m" in said


def test_bundled_rulebooks_are_told_apart_by_name():
    assert "removed" in call("rules", "--diff", "starter", "zhejiang-scenic")
    assert "nolaw" in refused("rules", "--diff", "starter", "nolaw")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--todo", "--coverage"], "--todo and --coverage"),
        (["starter", "--todo"], "your own layers"),
        (["starter", "--diff", "starter", "starter"], "leave 'starter' out"),
        (["-o", "x.csv"], "--coverage"),
        (["starter", "--coverage", "-o", "x.doc"], ".doc is no kind of table"),
    ],
)
def test_questions_that_do_not_go_together_are_refused(tmp_path, monkeypatch, words, named):
    monkeypatch.chdir(tmp_path)
    assert named in refused("rules", *words)
    assert list(tmp_path.iterdir()) == []
