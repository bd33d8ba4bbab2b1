"""Sign-offs turn a rule into a verified one; decisions close a question, stand beside the finding, soften nothing."""

from __future__ import annotations

import base64
import datetime as dt
import json
import zlib
from dataclasses import replace

import jsonschema
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from specimen_texts import RULES, rule
from specimens import box, default_frames, make_book, make_project, parcels, square, town

from geo_tej.cli import main
from geo_tej.errors import ManifestError
from geo_tej.io import read_law, read_project
from geo_tej.maps import constraint_map
from geo_tej.model import Decision, Outcome
from geo_tej.rulebook import read_rulebook
from geo_tej.tables import write_verdicts
from geo_tej.tables.deciding import Deciding
from geo_tej.verdict import assess, explain, extract
from geo_tej.verdict.extracts import schema

SIGNED = "rule,who,when,text\n"
DECIDED = "parcel,use,rule,decision,reason,officer,date,document\n"
ON = "on = 2026-06-30"
PLOT = parcels(square())
SHALLOW = default_frames()["flood"].assign(**{"class": ["shallow"]})


def project(folder, *, signoffs=None, decisions=None, **changes):
    """Write a project with papers beside its manifest."""
    keys = [f'{name} = "{name}.csv"' for name, text in (("signoffs", signoffs), ("decisions", decisions)) if text]
    path = make_project(folder, edit={ON: "\n".join([ON, *keys])}, **changes)
    for name, text in (("signoffs", signoffs), ("decisions", decisions)):
        if text:
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def refused(path):
    with pytest.raises(ManifestError) as caught:
        read_project(path)
    return str(caught.value)


# sign-offs


def test_a_sign_off_turns_a_rule_into_a_verified_one(tmp_path):
    before = explain(assess(read_project(project(tmp_path / "a"))), "A3", "shop", "keep")
    assert (before.at_least, before.at_most, before.causes[0].kind) == (0, 2, "unverified")
    signed = SIGNED + "often,示例人员,2026-07-01,gazette of 2020\n"
    assessment = assess(read_project(project(tmp_path / "b", signoffs=signed)))
    after = explain(assessment, "A3", "shop", "keep")
    assert (after.at_least, after.at_most, after.causes) == (2, 2, ())
    assert "text checked by 示例人员 on 2026-07-01" in after.text("en")
    assert "条文经示例人员于2026-07-01核对" in after.text("zh")
    assert "text not checked" not in after.text("en")
    told = extract(assessment, "A3")
    jsonschema.validate([told], schema())
    (finding,) = [each for each in told["findings"].values() if each["rule"] == "often"]
    assert (finding["verified"], finding["signed"]) == (True, "示例人员, 2026-07-01")
    assert {each["signed"] for each in told["findings"].values() if each["rule"] != "often"} == {""}


def test_the_shipped_rulebook_is_untouched_and_the_identity_is_not(tmp_path):
    plain = read_project(project(tmp_path / "a"))
    paths = [project(tmp_path / who, signoffs=f"{SIGNED}often,{who},2026-07-01,gazette\n") for who in ("Li", "Wang")]
    signed = [read_project(path) for path in paths]
    assert len({assess(each).assessment_id for each in (plain, *signed)}) == 3
    assert {each.rulebook.sha256 for each in signed} == {plain.rulebook.sha256}
    shipped = {each.id: each for each in read_rulebook(tmp_path / "Li" / "rulebook").rules}
    assert (shipped["often"].verified, shipped["often"].signed) == (False, "")


@pytest.mark.parametrize(
    ("name", "meant"), [("often", {"often"}), ("R9", {"often", "deep"}), ("plan", {"plan/mixed/C/conditional"})]
)
def test_a_row_names_a_rule_all_rules_of_a_ref_or_a_whole_matrix(tmp_path, name, meant):
    rules = rule("often", ref='"R9"', layer='"flood"', verified="false") + rule("deep", ref='"R9"', layer='"flood"')
    path = project(tmp_path, signoffs=f"{SIGNED}{name},Li,2026-07-01,gazette\n", rules=rules)
    signed = {each.id for each in read_law(path).rules if each.signed}
    assert meant <= signed
    assert all(each.verified for each in read_law(path).rules if each.id in signed)
    assert {each.split("/")[0] for each in signed} == {each.split("/")[0] for each in meant}


def test_two_people_may_sign_one_rule_and_are_told_in_order(tmp_path):
    text = SIGNED + "often,Wang,2026-08-01,gazette\noften,Li,2026/7/1,gazette\n"
    (signed,) = [each for each in read_law(project(tmp_path, signoffs=text)).rules if each.signed]
    assert signed.signed == "Li, 2026-07-01; Wang, 2026-08-01"


def signing(path, *words):
    told = CliRunner().invoke(main, ["rules", "-m", str(path), *words])
    return told.exit_code, told.output


OFTEN = ("--sign", "often", "--who", "Li", "--when", "2026-07-01", "--text", "gazette, =1")


def test_signing_adds_a_row_with_a_hash_that_counts(tmp_path):
    path = project(tmp_path, signoffs=SIGNED + "deep,示例人员,2026-06-01,公报\n")
    assert signing(path, *OFTEN) == (0, f"{tmp_path / 'signoffs.csv'}: 1 signed: often\n")
    lines = (tmp_path / "signoffs.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[:2] == ["rule,who,when,text,hash", "deep,示例人员,2026-06-01,公报,"]
    assert lines[2].startswith('often,Li,2026-07-01,"gazette, =1",r')
    book = read_law(path)
    assert {each.id: each.signed for each in book.rules if each.signed} == {
        "often": "Li, 2026-07-01", "deep": "示例人员, 2026-06-01",
    }  # fmt: skip
    assert book.lapsed == ()
    code, said = signing(path, *OFTEN)
    assert (code, "signed off twice" in said) == (2, True)
    assert (tmp_path / "signoffs.csv").read_text(encoding="utf-8-sig").splitlines() == lines


def test_signing_again_tells_who_had_signed_before(tmp_path):
    path = project(tmp_path, signoffs=SIGNED)
    signing(path, *OFTEN)
    code, said = signing(path, "--sign", "often", "--who", "Wang", "--when", "2026-08-01", "--text", "gazette")
    assert (code, "signed before, which counts as it did: Li on 2026-07-01 (gazette, =1)" in said) == (0, True)


def test_signing_a_large_matrix_names_a_few_of_its_cells(tmp_path):
    path = project(tmp_path, signoffs=SIGNED)
    (path.parent / "rulebook" / "zoning.csv").write_text(
        "use,mixed,works\nhotel,C,C\nshop,P,P\nworkshop,X,X\n", encoding="utf-8"
    )
    said = signing(path, "--sign", "plan", *OFTEN[2:])[1]
    assert ": 6 signed: plan/" in said
    assert said.count("plan/") == 5
    assert said.endswith(" and 1 more\n")


def test_a_rule_is_named_in_check_as_a_decision_names_it(tmp_path):
    path = project(tmp_path, flood=SHALLOW)
    for words in (["--use", "workshop", "--pathway", "keep"], []):
        told = CliRunner().invoke(main, ["check", "A3", "-m", str(path), "--lang", "en", *words]).stdout
        (line,) = [each for each in told.splitlines() if "may hold it" in each]
        name = line.rpartition(" · ")[2]
        row = f"A3,workshop,{name},not permitted,w,Li,2026-07-01,d\n"
        (read,) = read_project(project(tmp_path / str(len(words)), flood=SHALLOW, decisions=DECIDED + row)).decisions
        assert read.rule == "shallow"


def test_a_sign_off_lapses_when_the_rule_changes_and_everybody_is_told(tmp_path):
    path = project(tmp_path, signoffs=SIGNED)
    signing(path, *OFTEN)
    law = tmp_path / "rulebook" / "rulebook.toml"
    before = law.read_text(encoding="utf-8")
    assert 'id = "often"' in before
    head, tail = before.split('id = "often"')
    law.write_text(head + 'id = "often"' + tail.replace('article = "9"', 'article = "10"', 1), encoding="utf-8")
    book = read_law(path)
    assert [each.verified for each in book.rules if each.id == "often"] == [False]
    (told,) = book.lapsed
    assert "signoffs.csv, row 2: 'often' has changed since Li signed it on 2026-07-01" in told
    assert told in signing(path)[1]
    layers = CliRunner().invoke(main, ["layers", "-m", str(path)])
    assert told in layers.stderr
    assert explain(assess(read_project(path)), "A3", "shop", "keep").causes[0].kind == "unverified"
    assert signing(path, *(word.replace("Li", "Wang") for word in OFTEN))[0] == 0
    assert read_law(path).lapsed == ()
    assert [each.signed for each in read_law(path).rules if each.id == "often"] == ["Wang, 2026-07-01"]


def test_what_else_changes_leaves_a_sign_off_as_it_is(tmp_path):
    path = project(tmp_path, signoffs=SIGNED)
    signing(path, *OFTEN)
    law = tmp_path / "rulebook" / "rulebook.toml"
    text = law.read_text(encoding="utf-8").replace("distance_m = 10", "distance_m = 20")
    law.write_text("# a remark\n" + text, encoding="utf-8")
    assert [each.signed for each in read_law(path).rules if each.id == "often"] == ["Li, 2026-07-01"]


def test_a_matrix_is_signed_as_a_whole_and_lapses_with_any_cell(tmp_path):
    path = project(tmp_path, signoffs=SIGNED)
    code, said = signing(path, "--sign", "plan", *OFTEN[2:])
    assert (code, "4 signed: plan/mixed" in said) == (0, True)
    table = tmp_path / "rulebook" / "zoning.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("hotel,C,", "hotel,C,C"), encoding="utf-8")
    assert "'plan' has changed" in read_law(path).lapsed[0]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--sign", "oftn", *OFTEN[2:]), "did you mean often?"),
        (OFTEN[:4], "--when, --text"),
        (("--who", "Li"), "--sign"),
        ((*OFTEN[:5], "1 July", *OFTEN[6:]), "--when 1 July: is no date"),
        ((*OFTEN, "--todo"), "--todo and --sign"),
        (("starter", *OFTEN), "leave 'starter' out"),
    ],
)
def test_half_a_sign_off_is_refused_and_nothing_written(tmp_path, words, named):
    path = project(tmp_path, signoffs=SIGNED)
    code, said = signing(path, *words)
    assert (code, named in said) == (2, True), said
    assert (tmp_path / "signoffs.csv").read_text(encoding="utf-8") == SIGNED


def test_a_sign_off_of_a_day_that_has_not_come_is_refused_and_does_not_count(tmp_path):
    path = project(tmp_path, signoffs=SIGNED + "often,Li,2099-01-01,gazette\ndeep,Li,2026-07-01,gazette\n")
    code, said = signing(path, *OFTEN[:5], "2099-01-01", *OFTEN[6:])
    assert (code, "--when 2099-01-01: has not come" in said) == (2, True)
    book = read_law(path)
    assert "row 2: 'often' is signed by Li on 2099-01-01, a day that has not come" in book.lapsed[0]
    assert {each.id: each.signed for each in book.rules}["often"] == ""
    told = CliRunner().invoke(main, ["check", "A3", "-u", "shop", "-m", str(path)]).stderr
    assert "a day that has not come; that does not count" in told
    assert "sign-offs: 1 is of a later day than 2026-06-30" in told


def test_a_ref_of_rules_on_several_sources_is_signed_by_ids(tmp_path):
    rules = rule("often", ref='"R9"', layer='"flood"', verified="false")
    rules += rule("deep", ref='"R9"', layer='"flood"', source='"notice"')
    path = project(tmp_path, signoffs=SIGNED, rules=rules)
    law = tmp_path / "rulebook" / "rulebook.toml"
    text, act = law.read_text(encoding="utf-8"), '{ id = "act", title = "Example act" }'
    law.write_text(text.replace(act, f'{act}, {{ id = "notice", title = "Notice" }}'), encoding="utf-8")
    code, said = signing(path, "--sign", "R9", *OFTEN[2:])
    assert (code, "'R9' names rules that rest on 2 sources (often on act; deep on notice)" in said) == (2, True), said
    assert signing(path, *OFTEN)[0] == 0


def test_a_project_without_a_file_of_sign_offs_is_told_what_to_add(tmp_path):
    code, said = signing(project(tmp_path), *OFTEN)
    assert (code, 'add the line signoffs = "signoffs.csv"' in said) == (2, True)


def test_sign_offs_and_decisions_may_be_kept_in_a_workbook(tmp_path):
    path = project(tmp_path, flood=SHALLOW, signoffs=SIGNED, decisions=DECIDED)
    text = path.read_text(encoding="utf-8").replace("signoffs.csv", "s.xlsx").replace("decisions.csv", "d.xlsx")
    path.write_text(text, encoding="utf-8")
    rows = {
        "s": [("rule", "who", "when", "text"), ("often", "Li", dt.date(2026, 7, 1), "gazette")],
        "d": [tuple(DECIDED.strip().split(",")),
              ("A3", 3, "shallow", "conditional", "w", "Li", dt.date(2026, 7, 2), "d")],
    }  # fmt: skip
    for name, table in rows.items():
        workbook = openpyxl.Workbook()
        for row in table:
            workbook.active.append(row)
        workbook.save(tmp_path / f"{name}.xlsx")
    read = read_project(path)
    assert [each.signed for each in read.rulebook.rules if each.signed] == ["Li, 2026-07-01"]
    assert [(each.use, each.date) for each in read.decisions] == [("workshop", dt.date(2026, 7, 2))]
    code, said = signing(path, *OFTEN)
    assert (code, "is a workbook" in said) == (2, True)


def test_a_table_from_a_chinese_spreadsheet_is_read(tmp_path):
    path = project(tmp_path, signoffs=SIGNED)
    (tmp_path / "signoffs.csv").write_bytes((SIGNED + "often,示例人员,2026/7/1,公报\n").encode("gbk"))
    (signed,) = [each for each in read_law(path).rules if each.signed]
    assert signed.signed == "示例人员, 2026-07-01"


def test_a_decision_of_a_later_day_counts_and_says_so(tmp_path):
    path = project(tmp_path, flood=SHALLOW, decisions=DECIDED + "A3,workshop,shallow,prohibited,why,Li,2026-12-01,d\n")
    told = CliRunner().invoke(main, ["check", "A3", "-u", "workshop", "--pathway", "keep", "-m", str(path)])
    assert "Li, 2026-12-01, d)" in told.stdout
    assert "decisions: 1 is of a later day than 2026-06-30, whose law applies; it counts all the same" in told.stderr
    told = CliRunner().invoke(main, ["check", "A3", "-u", "workshop", "-m", str(path), "--lang", "zh"])
    assert told.stderr == "geo-tej: 裁量决定：1 件的日期晚于适用法律之日 2026-06-30，仍予采用\n"
    told = CliRunner().invoke(main, ["check", "A3", "-u", "workshop", "-m", str(path), "--on", "2026-12-01"])
    assert "Li, 2026-12-01, d)" in told.stdout
    assert "later day" not in told.stderr


def test_all_faults_of_sign_offs_and_decisions_are_told_at_once(tmp_path):
    signed = SIGNED + "oftne,Li,2026-07-01,gazette\noften,,soon,\noften,Li,2026-02-30,g\n"
    signed += "deep,Li,2026-07-01,g\ndeep,Li,2026-07-01,g\n"
    decided = DECIDED + "A9,shpo,shalow,maybe,why,Li,then,doc\nA1,workshop,deep,permitted,why,Li,2026-07-01,\n"
    said = refused(project(tmp_path, signoffs=signed, decisions=decided))
    for words in (
        "signoffs.csv, row 2: rule 'oftne' is not in the rulebook tiny, by id or ref; did you mean often",
        "signoffs.csv, row 3: the column who is empty",
        "signoffs.csv, row 3: the column text is empty",
        "signoffs.csv, row 3, column when: 'soon' is no date",
        "signoffs.csv, row 4, column when: '2026-02-30' is no date",
        "signoffs.csv, row 6: 'deep' is signed off twice",
        "decisions.csv, row 2: parcel 'A9' is not in the project",
        "decisions.csv, row 2: use 'shpo' is not in the rulebook tiny; did you mean shop",
        "decisions.csv, row 2: rule 'shalow' is not in the rulebook",
        "decisions.csv, row 2: decision 'maybe'; known: permitted (未见禁限), conditional (有条件符合)",
        "decisions.csv, row 2, column date: 'then' is no date",
        "decisions.csv, row 3: the column document is empty",
        "decisions.csv, row 3: rule 'deep' leaves nothing to an officer",
        "13 faults:",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("papers", "words"),
    [
        ({"signoffs": "rule,who,when\noften,Li,2026-07-01\n"}, "signoffs.csv, row 1: the column 'text' is missing"),
        ({"signoffs": "rule,who,when,text,x\noften,Li,2026-07-01,g,\n"}, "signoffs.csv, row 1: unknown column 'x'"),
        ({"signoffs": SIGNED + "often,Li\n"}, "signoffs.csv, row 2: has 2 cells"),
        ({"signoffs": "rul,who,when,text\nx,y,2026-07-01,z\n"}, "the column 'rule' is missing"),
        ({"decisions": DECIDED + "A1,shop,shallow,permitted,w,Li,2026-07-01,d\n"}, "does not speak on the use shop"),
        ({"decisions": DECIDED + "A1,3,shallow,prohibited,w,Li,2026-07-01,d\n" * 2}, "decided twice on one day"),
    ],
)
def test_a_table_that_is_not_as_it_should_be_is_refused(tmp_path, papers, words):
    assert words in refused(project(tmp_path, **papers))


def test_a_table_that_is_not_there_or_far_away_is_refused(tmp_path):
    path = make_project(tmp_path / "a", edit={ON: f'{ON}\nsignoffs = "gone.csv"\ndecisions = "lost.csv"'})
    said = refused(path)
    made = "geo-tej rules --sign makes it; or make it with the header rule,who,when,text"
    assert f"gone.csv: cannot be read: there is no such file; {made}" in said
    assert f"lost.csv: cannot be read: there is no such file; make it with the header {DECIDED.strip()}" in said
    (tmp_path / "a" / "lost.csv").write_text(DECIDED, encoding="utf-8")
    assert signing(path, *OFTEN)[0] == 0
    assert read_project(path).decisions == ()
    assert "remote" in refused(make_project(tmp_path / "b", edit={ON: f'{ON}\ndecisions = "https://x/d.csv"'}))


def test_rules_as_json_say_who_signed_which_text(tmp_path):
    path = project(tmp_path, signoffs=SIGNED + "often,Li,2026-07-01,gazette\n")
    told = CliRunner().invoke(main, ["rules", "--json", "-m", str(path)])
    rows = {row["id"]: row for row in json.loads(told.stdout)}
    assert (rows["often"]["verified"], rows["often"]["signed"]) == (True, "Li, 2026-07-01")
    assert rows["often"]["signoffs"] == [{"who": "Li", "when": "2026-07-01", "text": "gazette"}]
    assert (rows["deep"]["signed"], rows["deep"]["signoffs"]) == ("", [])
    assert "text checked by Li on 2026-07-01" in CliRunner().invoke(main, ["rules", "-m", str(path)]).stdout


# decisions


def decided(outcome, *, parcel="A1", use="workshop", on="shallow", day=1):
    return Decision(
        parcel=parcel, use=use, rule=on, outcome=Outcome[outcome.upper()], reason="the bank is firm", officer="Li",
        date=dt.date(2026, 7, day), document="letter 9",
    )  # fmt: skip


def told(law, *decisions, use="workshop", ground=None, **rows):
    rows = {"flood": [({"class": "shallow"}, ground or square())]} | rows
    return explain(assess(replace(town(law, PLOT, **rows), decisions=decisions)), "A1", use, "keep")


def test_without_a_decision_the_question_is_open(book):
    before = told(book)
    assert (before.at_least, before.at_most) == (1, 2)
    assert [cause.kind for cause in before.causes] == ["officer"]


@pytest.mark.parametrize(("outcome", "span"), [("permitted", (1, 1)), ("conditional", (1, 1)), ("prohibited", (2, 2))])
def test_a_decision_closes_the_open_question_and_softens_nothing(book, outcome, span):
    after = told(book, decided(outcome))
    assert (after.at_least, after.at_most) == span
    assert after.causes == ()
    assert [reason.rule.id for reason in after.reasons if reason.layer == "flood"] == ["shallow"]


def test_a_decision_is_said_beside_its_finding(book):
    after = told(book, decided("prohibited"))
    lines = after.text("en").splitlines()
    (finding,) = [
        number for number, line in enumerate(lines) if line.endswith(": as the act says; Example act, art. 9 · shallow")
    ]
    assert lines[finding + 1] == "      → decided: not permitted. the bank is firm (Li, 2026-07-01, letter 9)"
    assert "裁量决定：不符合。the bank is firm（Li，2026-07-01，letter 9）" in after.text("zh")


def test_a_decision_is_for_one_parcel_and_one_use(book):
    plots = parcels(square(), square(100))
    ground = {"flood": [({"class": "shallow"}, box(0, 0, 200, 100))]}
    assessment = assess(replace(town(book, plots, **ground), decisions=(decided("conditional"),)))
    assert explain(assessment, "A1", "workshop", "build").causes == ()
    assert [cause.kind for cause in explain(assessment, "A2", "workshop", "build").causes] == ["officer"]
    assert explain(assessment, "A1", "shop", "keep").decisions == ()
    assert "decided" not in explain(assessment, "A2", "workshop", "keep").text("en")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("not permitted", Outcome.PROHIBITED),
        ("Not Permitted", Outcome.PROHIBITED),
        ("prohibited", Outcome.PROHIBITED),
        ("不符合", Outcome.PROHIBITED),
        ("有条件符合", Outcome.CONDITIONAL),
        ("Conditional", Outcome.CONDITIONAL),
        ("no bar found", Outcome.PERMITTED),
        ("未见禁限", Outcome.PERMITTED),
        ("符合（未见禁限，仍须报批）", Outcome.PERMITTED),
    ],
)
def test_a_decision_may_be_written_as_outcomes_are_printed(tmp_path, written, meant):
    row = f"A1,workshop,shallow,{written},w,Li,2026-07-01,d\n"
    (read,) = read_project(project(tmp_path, decisions=DECIDED + row, flood=SHALLOW)).decisions
    assert read.outcome == meant


@pytest.mark.parametrize("written", ["not permited", "unpermitted", "permit", "符合", "to be settled", "不许可"])
def test_no_outcome_is_suggested_for_a_decision_that_cannot_be_read(tmp_path, written):
    said = refused(project(tmp_path, decisions=DECIDED + f"A1,workshop,shallow,{written},w,Li,2026-07-01,d\n"))
    assert f"decision {written!r}; known: permitted (未见禁限), conditional" in said
    assert "did you mean" not in said


def test_the_latest_decision_counts_and_the_earlier_is_still_told(tmp_path):
    rows = ["A3,workshop,shallow,prohibited,w,Li,2026-08-01,d2", "A3,3,shallow,conditional,w,Li,2026-07-01,d1"]
    path = project(tmp_path, decisions=DECIDED + "\n".join(rows) + "\n", flood=SHALLOW)
    after = explain(assess(read_project(path)), "A3", "workshop", "keep")
    assert (after.at_least, after.at_most) == (2, 2)
    assert [each.document for each in after.decisions] == ["d1", "d2"]


def test_a_decision_leaves_the_other_open_causes_open(book):
    unknown = {"flood": [({}, square())]}
    before, after = told(book, **unknown), told(book, decided("conditional"), **unknown)
    assert {cause.kind for cause in before.causes} == {"attribute", "unverified"}
    assert after.at_most == 2  # the class may be one that prohibits


def test_a_layer_not_surveyed_fears_no_more_of_a_rule_than_was_decided(tmp_path):
    law = make_book(
        tmp_path / "law",
        rules=rule(
            "r", layer='"flood"', where='{ class = ["shallow"] }', binds='"parcel"', outcome='"conditional"',
            could_be='"prohibited"', decider='"the board"',
        ),
    )  # fmt: skip
    for rows, kind in (({"flood": None}, "layer"), ({"flood": [({}, square())]}, "attribute")):
        before = told(law, use="shop", **rows)
        after = told(law, decided("conditional", use="shop", on="r"), use="shop", **rows)
        assert (before.at_least, before.at_most, after.at_least, after.at_most) == (0, 2, 0, 1)
        assert [cause.kind for cause in after.causes] == [kind]


def test_ground_that_an_officer_forbids_is_kept_clear_of(tmp_path):
    law = make_book(
        tmp_path / "law",
        rules=rule(
            "r", layer='"flood"', where='{ class = ["shallow"] }', outcome='"conditional"', could_be='"prohibited"',
            decider='"the board"',
        ),
    )  # fmt: skip
    after = told(law, decided("prohibited", use="shop", on="r"), use="shop", ground=box(0, 0, 30, 100))
    assert (after.at_least, after.at_most) == (1, 1)
    assert after.area_m2["prohibited"] == pytest.approx(3000)
    assert after.largest_remaining_m2 == pytest.approx(7000)


def test_a_finding_that_a_decision_makes_strict_still_decides_in_tables(book):
    ground = {"flood": [({"class": "shallow"}, square())]}
    assessment = assess(replace(town(book, PLOT, **ground), decisions=(decided("prohibited"),)))
    question = assessment.questions.number("workshop", "keep")
    deciding = Deciding(assessment)
    rules = [assessment.rules[deciding.found.speaker[row]].id for row in deciding.of(question)]
    assert rules == ["shallow"]


def test_tables_and_the_page_show_a_decision_beside_its_finding(book, tmp_path):
    ground = {"flood": [({"class": "shallow"}, square())]}
    plain = town(book, PLOT, firms=[("F1", "A1")], **ground)
    assessment = assess(replace(plain, decisions=(decided("conditional"),)))
    for name, enterprises in (("v", False), ("e", True)):
        write_verdicts(assessment, tmp_path / f"{name}.csv", enterprises=enterprises)
        write_verdicts(assessment, tmp_path / f"{name}.xlsx", enterprises=enterprises)
        table = pd.read_csv(tmp_path / f"{name}.csv", keep_default_na=False)
        said = table[table["decisions"] != ""]
        assert set(said["use"]) == {"workshop"}
        assert said["decisions"].str.contains("decided: conditional. ").all()
        assert said["reasons"].str.contains("Example act").all()
        pages = openpyxl.load_workbook(tmp_path / f"{name}.xlsx")
        head, *rows = pages["Reasons"].iter_rows(values_only=True)
        assert head[-1] == "decided"
        assert {row[head.index("use")] for row in rows if row[-1]} == {"workshop"}
        notes = [cell.comment.text for row in pages["keep"].iter_rows() for cell in row if cell.comment]
        assert sum("→" in note and "decided: conditional" in note for note in notes) == 1
    told = {name: _page_header(each)["law"]["decisions"] for name, each in (("d", assessment), ("p", assess(plain)))}
    assert {(parcel, use) for parcel, use, *_ in told["d"]} == {(0, 2)}
    assert told["p"] == []


def _page_header(assessment):
    """Read the header of a page's packed contents."""
    page = constraint_map(assessment).get_root().render()
    block = page.split('type="text/plain"')[1].split(">")[1].split("<")[0]
    data = zlib.decompress(base64.b64decode(block))
    return json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")])


def test_a_decision_whose_finding_is_gone_is_still_told(book):
    after = told(book, decided("prohibited"), flood=[])
    assert (after.at_least, after.at_most) == (0, 0)
    assert "decided: not permitted" in after.text("en")
    assert "this rule no longer speaks on the parcel: the decision is to be looked at again" in after.text("en")
    assert "此裁量决定须重新核查" in after.text("zh")
    assert "looked at again" not in told(book, decided("prohibited")).text("en")


def test_a_decision_that_outlives_its_finding_is_named_by_check_layers_and_run(tmp_path):
    rows = DECIDED + "A3,workshop,shallow,prohibited,w,Li,2026-06-01,d\n"
    moved = SHALLOW.translate(xoff=-150)
    paths = [
        project(tmp_path / name, decisions=rows, flood=flood)
        for name, flood in (("there", SHALLOW), ("gone", SHALLOW.set_geometry(moved)))
    ]
    named = "decisions: parcel A3, use workshop, rule shallow (Li, 2026-06-01): as layers and law now stand"
    for path, gone in zip(paths, (False, True), strict=True):
        for words in (["layers"], ["run", "-o", str(tmp_path / "out")], ["run", "-o", str(tmp_path / "out")]):
            told_ = CliRunner().invoke(main, [*words, "-m", str(path)])
            assert (named in told_.stderr) == gone, told_.output
        for more in ([], ["-u", "workshop"]):
            said = CliRunner().invoke(main, ["check", "A3", "-m", str(path), *more]).stdout
            assert ("this rule no longer speaks on the parcel" in said) == gone
            assert "decided: not permitted" in said


def test_ground_that_only_bears_the_parcels_name_was_not_decided_on(book):
    ground = {"flood": [({"class": "shallow"}, box(0, 0, 500, 500))]}
    town_ = replace(town(book, PLOT, **ground), decisions=(decided("conditional"),))
    other = assess(town_, parcels=parcels(square(200)))
    assert [cause.kind for cause in explain(other, "A1", "workshop", "keep").causes] == ["officer"]
    assert other.decisions == ()


def test_the_extract_lists_decisions_and_its_identity_rests_on_them(tmp_path):
    rows = DECIDED + "A3,workshop,shallow,prohibited,=cmd(),<b>Li</b>,2026-07-01,d\n"
    plain = assess(read_project(project(tmp_path / "a", flood=SHALLOW)))
    noted = assess(read_project(project(tmp_path / "b", flood=SHALLOW, decisions=rows)))
    assert plain.assessment_id != noted.assessment_id
    written = extract(noted, "A3")
    jsonschema.validate([written], schema())
    listed = {(each["use"], each["pathway"]): each["decisions"] for each in written["verdicts"]}
    assert listed["workshop", "keep"] == [
        {
            "rule": "shallow", "decision": "prohibited", "reason": "=cmd()", "officer": "<b>Li</b>",
            "date": "2026-07-01", "document": "d",
        }
    ]  # fmt: skip
    assert listed["shop", "keep"] == []
    assert extract(plain, "A3")["findings"] == written["findings"]


def test_a_decision_stricter_than_the_rule_allows_is_refused(tmp_path):
    mild = RULES + rule(
        "mild", layer='"flood"', where='{ class = ["often"] }', outcome='"permitted"', could_be='"conditional"',
        decider='"the board"',
    )  # fmt: skip
    rows = DECIDED + "A3,shop,mild,prohibited,w,Li,2026-07-01,d\n"
    assert "'mild' can be conditional at the strictest" in refused(project(tmp_path, decisions=rows, rules=mild))


def test_check_tells_decisions_without_a_use_too(tmp_path):
    path = project(tmp_path, flood=SHALLOW, decisions=DECIDED + "A3,3,shallow,conditional,w,Li,2026-07-01,d\n")
    said = CliRunner().invoke(main, ["check", "A3", "-m", str(path)]).stdout
    assert "→ workshop: decided: conditional. w (Li, 2026-07-01, d)" in said
