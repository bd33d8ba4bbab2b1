"""A rulebook in a planner's hands: folders and workbooks that say the same, every fault with its cell, what changed."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from specimen_texts import RULEBOOK, RULES, TABLES, rule
from specimens import make_book, make_project, write_rulebook

from geo_tej.cli import main
from geo_tej.engine import export_rulebook
from geo_tej.errors import OutputError, RulebookError
from geo_tej.rulebook import bundled, read_rulebook
from geo_tej.rulebook.audit import difference, logical
from geo_tej.tables.law import LEGEND

BOOKS = {**bundled(), **{path.parent.name: path.parent for path in Path(__file__).parent.glob("law/*/rulebook.toml")}}


def call(*words, code=0):
    told = CliRunner().invoke(main, [str(word) for word in words])
    assert told.exit_code == code, told.output
    return told.stdout if code == 0 else told.stderr


def refused(path):
    with pytest.raises(RulebookError) as caught:
        read_rulebook(path)
    return str(caught.value)


def same(path, book):
    again = read_rulebook(path)
    assert logical(again) == logical(book)
    assert again.sha256 == book.sha256
    assert difference(again, book) == []


def change(path, sheet, cells):
    """Change cells of a workbook, as a spreadsheet would."""
    workbook = openpyxl.load_workbook(path)
    for cell, value in cells.items():
        workbook[sheet][cell] = value
    workbook.save(path)
    return path


# written and read again


@pytest.mark.parametrize("name", BOOKS)
def test_a_rulebook_written_as_tables_is_the_same_rulebook(tmp_path, name):
    book = read_rulebook(BOOKS[name])
    said = call("rules", BOOKS[name], "--export", tmp_path / "set").splitlines()
    assert sorted(map(Path, said)) == sorted((tmp_path / "set").iterdir())
    assert call("rules", BOOKS[name], "--export", tmp_path / "one.xlsx") == f"{tmp_path / 'one.xlsx'}\n"
    same(tmp_path / "set", book)
    same(tmp_path / "one.xlsx", book)
    call("rules", tmp_path / "one.xlsx", "--export", tmp_path / "again")
    for file in (tmp_path / "set").iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("name", BOOKS)
def test_a_rulebook_from_a_chinese_spreadsheet_is_the_same_rulebook(tmp_path, name):
    export_rulebook(BOOKS[name], tmp_path / "set")
    for file in (tmp_path / "set").glob("*.csv"):
        file.write_bytes(file.read_text(encoding="utf-8-sig").encode("gb18030"))
    same(tmp_path / "set", read_rulebook(BOOKS[name]))


@pytest.mark.parametrize("coding", ["utf-8-sig", "gb18030", "utf-16"])
def test_the_mark_of_unicode_is_no_part_of_a_heading_in_any_coding(tmp_path, coding):
    """Whoever turns an exported CSV into GB 18030 with a converter turns its mark of Unicode with it."""
    folder, again = write_rulebook(tmp_path / "law"), tmp_path / "again"
    export_rulebook(folder, again)
    for file in again.glob("*.csv"):
        text = file.read_text(encoding="utf-8-sig")
        file.write_bytes((text if coding.startswith("utf") else "\ufeff" + text).encode(coding))
    law = read_rulebook(again)
    assert law.sha256 == read_rulebook(folder).sha256
    assert not any("not UTF-8" in note for note in law.notes)


def test_a_heading_that_is_misspelt_is_told_once_and_not_all_that_hangs_on_it(tmp_path):
    with pytest.raises(RulebookError) as told:
        make_book(tmp_path / "law", uses=TABLES["uses.csv"].replace("use_id", "use_ids"))
    assert str(told.value) == "rulebook law: uses.csv, row 1: there is no column 'use_id'; did you mean use_ids?"


def test_a_cell_at_fault_is_told_once(tmp_path):
    export_rulebook(write_rulebook(tmp_path / "law"), tmp_path / "law.xlsx")
    book = openpyxl.load_workbook(tmp_path / "law.xlsx")
    book["zoning"]["B2"] = "=1+1"
    book.save(tmp_path / "law.xlsx")
    with pytest.raises(RulebookError, match=r"sheet zoning, row 2, column mixed \(B\): is a formula") as told:
        read_rulebook(tmp_path / "law.xlsx")
    assert "faults" not in str(told.value)


@pytest.mark.parametrize("name", BOOKS)
def test_no_setback_is_left_in_the_text_and_none_is_lost(tmp_path, name):
    book = read_rulebook(BOOKS[name])
    export_rulebook(BOOKS[name], tmp_path / "set")
    text = (tmp_path / "set" / "rulebook.toml").read_text(encoding="utf-8")
    setbacks = [each.id for each in book.rules if each.kind == "setback"]
    assert not any(each["kind"] == "setback" for each in tomllib.loads(text).get("rule", []))
    if setbacks:
        with (tmp_path / "set" / "setbacks.csv").open(encoding="utf-8-sig", newline="") as file:
            assert [row["id"] for row in csv.DictReader(file)] == setbacks


def test_remarks_beside_a_setback_go_with_it_and_all_others_stay(tmp_path):
    text = (BOOKS["starter"] / "rulebook.toml").read_text(encoding="utf-8")
    export_rulebook(BOOKS["starter"], tmp_path / "set")
    left = (tmp_path / "set" / "rulebook.toml").read_text(encoding="utf-8")
    cells = (tmp_path / "set" / "setbacks.csv").read_text(encoding="utf-8-sig")
    for remark in (line for line in text.splitlines() if line.startswith("#")):
        assert remark in left or remark.lstrip("# ") in cells


def test_a_workbook_in_a_folder_may_hold_some_of_the_tables(tmp_path):
    book = read_rulebook(BOOKS["harbor"])
    export_rulebook(BOOKS["harbor"], tmp_path / "law" / "rulebook.xlsx")
    same(tmp_path / "law", book)  # the workbook holds the text too
    workbook = openpyxl.load_workbook(tmp_path / "law" / "rulebook.xlsx")
    lines = ["" if row[0].value is None else row[0].value for row in workbook["rulebook.toml"].iter_rows(max_col=1)]
    assert "is both a file and a sheet" in refused_with(tmp_path / "law", "rulebook.toml", "\n".join(lines))
    del workbook["rulebook.toml"]
    workbook.save(tmp_path / "law" / "rulebook.xlsx")
    same(tmp_path / "law", book)
    (tmp_path / "law" / "historic.csv").write_bytes((BOOKS["harbor"] / "historic.csv").read_bytes())
    message = refused(tmp_path / "law")
    assert "historic.csv: the same table stands in historic.csv and rulebook.xlsx, sheet historic; keep one" in message
    del workbook["historic"]
    workbook.save(tmp_path / "law" / "rulebook.xlsx")
    same(tmp_path / "law", book)


def refused_with(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    return refused(folder)


def test_a_workbook_that_a_spreadsheet_program_saved_anew_is_the_same_rulebook():
    """`geo-tej rules tests/law/harbor --export harbor.xlsx`, opened and saved as XLSX by LibreOffice Calc 7.4."""
    same(Path(__file__).parent / "law" / "harbor-saved-by-calc.xlsx", read_rulebook(BOOKS["harbor"]))


def test_each_table_may_be_a_workbook_of_its_own(tmp_path, book):
    folder = write_rulebook(tmp_path / "law")
    for name in TABLES:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        workbook = openpyxl.Workbook()
        for row in rows:
            workbook.active.append(row)
        workbook.save(folder / name.replace(".csv", ".xlsx"))
        (folder / name).unlink()
    same(folder, book)


def test_rules_say_the_same_in_the_text_and_in_tables(tmp_path, book):
    strip = next(block for block in RULES.split("\n[[rule]]\n") if 'id = "strip"' in block)
    row = "id,layer,where,distance_m,uses,actions,outcome,binds,condition,source,article,verified\n"
    row += "strip,roads,class=main,10,all,new,prohibited,ground,as the act says,act,9,true\n"
    other = make_book(tmp_path / "law", rules=RULES.replace(f"\n[[rule]]\n{strip}", ""), setbacks=row)
    assert (logical(other), other.sha256) == (logical(book), book.sha256)


def test_a_table_in_a_workbook_is_pleasant_to_edit(tmp_path):
    export_rulebook(BOOKS["zhejiang-scenic"], tmp_path / "law.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "law.xlsx")
    assert workbook.sheetnames[:2] == ["uses", "plan-2023"]
    assert workbook.sheetnames[-2:] == ["rulebook.toml", LEGEND]
    plan = workbook["plan-2023"]
    assert plan.freeze_panes == "B2"
    assert (plan["C1"].value, plan["C1"].number_format, plan["C2"].number_format) == ("01", "@", "@")
    (offered,) = [each for each in plan.data_validations.dataValidation if "C2" in each.sqref]
    _, _, place = offered.formula1.partition("!")
    cells = [cell.value for (cell,) in workbook[LEGEND][place.replace("$", "")]]
    assert cells == ["A", "C", "T", "R", "P", "K", "X"]
    setbacks = workbook["setbacks"]
    heads = [cell.value for cell in setbacks[1]]
    assert isinstance(setbacks.cell(2, heads.index("distance_m") + 1).value, int)
    lists = {str(each.sqref) for each in setbacks.data_validations.dataValidation}
    assert len(lists) >= 5
    uses = workbook["uses"]
    assert uses["A1"].font.bold
    assert {cell.number_format for cell in uses["H"] if cell.value} == {"@"}
    assert uses.column_dimensions["H"].width > len("landuse2023")


def test_formulas_in_a_rulebook_stay_text(tmp_path):
    evil = TABLES["uses.csv"].replace("商店", "=cmd()").replace("workshop,other", "+1+1,other")
    folder = write_rulebook(tmp_path / "law", uses=evil)
    export_rulebook(folder, tmp_path / "law.xlsx")
    assert {cell.data_type for row in openpyxl.load_workbook(tmp_path / "law.xlsx")["uses"] for cell in row} <= set(
        "sn"
    )
    export_rulebook(folder, tmp_path / "set")
    text = (tmp_path / "set" / "uses.csv").read_text(encoding="utf-8-sig")
    assert "'=cmd()" in text
    assert "'+1+1" in text
    for written in (tmp_path / "law.xlsx", tmp_path / "set"):
        same(written, read_rulebook(folder))


def test_what_somebody_edited_is_never_written_over(tmp_path):
    for target in ("set", "law.xlsx"):
        call("rules", "starter", "--export", tmp_path / target)
        before = (tmp_path / "law.xlsx").read_bytes() if target == "law.xlsx" else b""
        assert "holds something already" in call("rules", "starter", "--export", tmp_path / target, code=2)
        assert not before or (tmp_path / "law.xlsx").read_bytes() == before
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert "is a file" in call("rules", "starter", "--export", tmp_path / "file", code=2)


def test_names_that_no_sheet_can_have_are_refused_and_nothing_is_written(tmp_path):
    long = "uses-of-the-town-and-its-neighbouring-villages"
    folder = write_rulebook(tmp_path / "law", text=RULEBOOK.replace("zoning.csv", f"{long}.csv"))
    (folder / "zoning.csv").rename(folder / f"{long}.csv")
    with pytest.raises(OutputError, match=f"'{long}' is no name that a sheet can have"):
        export_rulebook(folder, tmp_path / "law.xlsx")
    assert not (tmp_path / "law.xlsx").exists()
    export_rulebook(folder, tmp_path / "set")
    same(tmp_path / "set", read_rulebook(folder))


def test_the_manifests_own_rulebook_is_written_without_being_named(tmp_path):
    path = make_project(tmp_path / "town")
    call("rules", "-m", path, "--export", tmp_path / "law.xlsx")
    same(tmp_path / "law.xlsx", read_rulebook(tmp_path / "town" / "rulebook"))


def test_a_manifest_may_name_a_workbook(tmp_path):
    path = make_project(tmp_path, edit={'rulebook = "rulebook"': 'rulebook = "law.xlsx"'})
    export_rulebook(tmp_path / "rulebook", tmp_path / "law.xlsx")
    told = json.loads(call("check", "A1", "-m", path, "--json"))
    assert told[0]["rulebook"]["sha256"] == read_rulebook(tmp_path / "rulebook").sha256


# faults


def test_every_fault_of_every_sheet_is_told_at_once_with_its_cell(tmp_path):
    export_rulebook(BOOKS["harbor"], tmp_path / "law.xlsx")
    change(tmp_path / "law.xlsx", "uses", {"E3": "residental"})
    change(tmp_path / "law.xlsx", "table-2", {"C5": "Q", "D4": "=1+1"})
    change(tmp_path / "law.xlsx", "rules", {"D2": "district=R-9", "M3": 7})
    change(tmp_path / "law.xlsx", "permits", {"F2": "town"})
    faults = call("rules", tmp_path / "law.xlsx", code=2).splitlines()[1:]
    for words in (
        "law.xlsx, sheet uses, row 3, column group (E): group 'residental'",
        "law.xlsx, sheet table-2, row 5, column MU (C): symbol 'Q' is not declared",
        "law.xlsx, sheet table-2, row 4, column C-1 (D): is a formula",
        "law.xlsx, sheet rules, row 2, column where (D): value of district 'R-9'",
        "law.xlsx, sheet rules, row 3, column verified (M): '7' is neither true nor false",
        "law.xlsx, sheet permits, row 2, column level (F): level 'town'",
    ):
        assert any(words in fault for fault in faults), words


def test_symbols_in_full_width_letters_are_the_symbols(tmp_path):
    export_rulebook(BOOKS["starter"], tmp_path / "law.xlsx")
    grid = openpyxl.load_workbook(tmp_path / "law.xlsx")["zoning"]
    cell = next(cell for row in grid.iter_rows(min_row=2, min_col=2) for cell in row if cell.value in ("P", "C", "X"))
    change(tmp_path / "law.xlsx", "zoning", {cell.coordinate: chr(ord(cell.value) + 0xFEE0)})
    same(tmp_path / "law.xlsx", read_rulebook(BOOKS["starter"]))


def test_a_cell_at_fault_is_told_once_and_is_not_missing_as_well(tmp_path):
    export_rulebook(bundled()["zhejiang-scenic"], tmp_path / "law.xlsx")
    change(tmp_path / "law.xlsx", "setbacks", {"E2": "=10+5"})
    change(tmp_path / "law.xlsx", "permits", {"F3": "=1"})
    message = refused(tmp_path / "law.xlsx")
    assert message.startswith("rulebook law.xlsx: 2 faults:")
    assert message.count("is a formula that no spreadsheet has worked out") == 2


def test_a_list_with_a_wrong_word_is_told_once(tmp_path):
    export_rulebook(BOOKS["harbor"], tmp_path / "law.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "law.xlsx")["rules"]
    (actions,) = (cell.column_letter for cell in sheet[1] if cell.value == "actions")
    change(tmp_path / "law.xlsx", "rules", {f"{actions}2": "bild"})
    faults = [line for line in call("rules", tmp_path / "law.xlsx", code=2).splitlines() if "column actions" in line]
    assert len(faults) == 1


def test_a_sheet_that_nobody_reads_is_a_fault_and_a_file_is_a_note(tmp_path):
    export_rulebook(BOOKS["starter"], tmp_path / "law.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "law.xlsx")
    workbook.create_sheet("setback").append(["id"])
    workbook.create_sheet("#my remarks").append(["x"])
    workbook.create_sheet("Sheet1")
    workbook.save(tmp_path / "law.xlsx")
    message = refused(tmp_path / "law.xlsx")
    assert "law.xlsx, sheet setback: no table of the rulebook is called so; did you mean setbacks?" in message
    assert "remarks" not in message.replace("is a remark", "")
    folder = write_rulebook(tmp_path / "law", setback="id\nx\n")
    assert read_rulebook(folder).notes == ("setback.csv: is not read: no table of the rulebook is called so",)


def test_a_hidden_sheet_is_not_taken_for_law(tmp_path):
    export_rulebook(BOOKS["starter"], tmp_path / "law.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "law.xlsx")
    workbook["zoning"].sheet_state = "hidden"
    workbook.save(tmp_path / "law.xlsx")
    assert "sheet zoning: is hidden, and law that nobody sees is not applied" in refused(tmp_path / "law.xlsx")


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ({"A3": 5}, "row 3: is a line of text, in column A and nowhere else"),
        ({"B3": "x"}, "row 3: is a line of text, in column A and nowhere else"),
        ({"A12": "id = "}, "sheet rulebook.toml: is not TOML"),
    ],
)
def test_the_text_in_a_workbook_is_text(tmp_path, cells, named):
    export_rulebook(BOOKS["starter"], tmp_path / "law.xlsx")
    assert named in refused(change(tmp_path / "law.xlsx", "rulebook.toml", cells))


def test_a_workbook_without_the_text_is_no_rulebook(tmp_path):
    export_rulebook(BOOKS["starter"], tmp_path / "law.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "law.xlsx")
    del workbook["rulebook.toml"]
    workbook.save(tmp_path / "law.xlsx")
    assert "has no sheet rulebook.toml" in refused(tmp_path / "law.xlsx")
    assert "nor a workbook" in refused(tmp_path / "gone.xlsx")


# what changed


def test_cells_that_changed_are_told_by_use_and_column(tmp_path):
    export_rulebook(BOOKS["harbor"], tmp_path / "law.xlsx")
    change(tmp_path / "law.xlsx", "table-2", {"C4": "SUP", "E9": None, "F5": "P"})
    change(tmp_path / "law.xlsx", "rules", {"E2": "area_m2 less_than 800"})
    said = call("rules", "--diff", BOOKS["harbor"], tmp_path / "law.xlsx").splitlines()
    assert said == [
        "rule lot-r1: when: all: area_m2 less_than 900 → all: area_m2 less_than 800",
        "table table-2: duplex × MU: P (permitted by right) → SUP (by special use permit)",
        "table table-2: bed and breakfast × M-1: empty → P (permitted by right)",
        "table table-2: retail × C-2: P (permitted by right) → empty",
        said[-1],
    ]
    rows = json.loads(call("rules", "--diff", BOOKS["harbor"], tmp_path / "law.xlsx", "--json"))
    cells = {(row["id"], row["row"], row["column"]): row["keys"]["cell"] for row in rows if row["part"] == "cell"}
    assert cells["table-2", "duplex", "MU"] == {"before": "P", "after": "SUP"}
    assert len(cells) == 3
    zh = call("rules", "--diff", BOOKS["harbor"], tmp_path / "law.xlsx", "--lang", "zh")
    assert "表格 table-2: 双拼住宅 × MU: P" in zh


def test_a_symbol_that_means_something_else_is_told_by_action(tmp_path):
    text = RULEBOOK.replace(
        'outcomes = { "*" = "conditional" }', 'outcomes = { reuse = "permitted", "*" = "conditional" }'
    )
    make_book(tmp_path / "a")
    make_book(tmp_path / "b", text=text)
    said = call("rules", "--diff", tmp_path / "a", tmp_path / "b").splitlines()
    assert said[:-1] == ["table zoning, symbol C: reuse of the building: conditional → no bar found"]


def test_rows_and_tables_that_came_and_went_are_told(tmp_path):
    make_book(tmp_path / "a")
    make_book(tmp_path / "b", zoning="use,mixed,works\nhotel,C,\nshop,P,P\n")
    said = call("rules", "--diff", tmp_path / "a", tmp_path / "b")
    assert "table zoning: workshop × mixed: removed: P (allowed)" in said
    assert "table zoning: workshop × works: added: X (not allowed)" in call(
        "rules", "--diff", tmp_path / "b", tmp_path / "a"
    )


# whatever is written


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff"), max_size=12)


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.sampled_from(["", "P", "C", "X"]), min_size=2, max_size=2), min_size=3, max_size=3),
    st.fixed_dictionaries({
        "distance_m": st.floats(0.01, 1e4),
        "condition": WORDS,
        "article": WORDS,
        "uses": st.sampled_from(["all", ["hotel"], ["@night", "shop"]]),
        "where": st.sampled_from([{}, {"class": ["main"]}, {"class": ["lane", "main"]}]),
        "when": st.sampled_from([
            None, {"all": [{"fact": "beds", "more_than": 3.5}]}, {"any": [{"fact": "sewer", "in": ["yes", "no"]},
                                                                          {"fact": "listed", "is": True}]},
        ]),
    }),
)  # fmt: skip
def test_any_rulebook_written_and_read_again_is_the_same(symbols, setback):
    zoning = "use,mixed,works\n" + "".join(
        f"{use},{','.join(cells)}\n" for use, cells in zip(("hotel", "shop", "workshop"), symbols, strict=True)
    )
    written = {
        key: json.dumps(value, ensure_ascii=False) for key, value in setback.items() if key not in ("where", "when")
    }
    tables = {key: setback[key] for key in ("where", "when") if setback[key]}
    written |= {key: toml(value) for key, value in tables.items()}
    text = rule("made", kind='"setback"', layer='"roads"', **written)
    with TemporaryDirectory() as folder:
        source = write_rulebook(Path(folder) / "law", zoning=zoning, rules=RULES + text)
        book = read_rulebook(source)
        for target in ("set", "law.xlsx"):
            export_rulebook(source, Path(folder) / target)
            assert read_rulebook(Path(folder) / target).sha256 == book.sha256


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    path = tmp_path_factory.mktemp("law") / "law.xlsx"
    export_rulebook(BOOKS["harbor"], path)
    return path


def in_words(path):
    """Tell whether a workbook is read, or refused with its name."""
    try:
        return bool(read_rulebook(path).rules)
    except RulebookError as fault:
        return str(fault).startswith(f"rulebook {path.name}")


SHEETS = ["uses", "table-2", "historic", "rules", "permits", "rulebook.toml", LEGEND]
VALUES = st.sampled_from(
    ["", None, "P", "#", "x", 0, 901, 0.5, True, "=1+1", "a|b", "all", "class=", "🏠", "use", 1e20]
)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(SHEETS), st.integers(1, 9), st.integers(1, 9), VALUES), min_size=1, max_size=3)
)
def test_any_cells_of_a_workbook_are_read_or_refused_in_words(workbook, cells):
    with TemporaryDirectory() as folder:
        changed = openpyxl.load_workbook(workbook)
        for sheet, row, column, value in cells:
            changed[sheet].cell(row, column).value = value
        changed.save(Path(folder) / "law.xlsx")
        assert in_words(Path(folder) / "law.xlsx")


@settings(max_examples=60)
@given(st.integers(0, 20_000), st.binary(min_size=1, max_size=4))
def test_a_workbook_with_broken_bytes_is_read_or_refused_in_words(workbook, place, broken):
    data = bytearray(workbook.read_bytes())
    place %= len(data)
    data[place : place + len(broken)] = broken
    with TemporaryDirectory() as folder:
        path = Path(folder) / "law.xlsx"
        path.write_bytes(bytes(data))
        assert in_words(path)
