"""Tables from spreadsheets: what a cell says is read as it stands or refused, never changed in silence."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import numbers

from geo_tej.spreadsheet import Grid, as_sheet, letters, read_grid, read_sheet, read_workbook

KINDS = {"size": "number", "since": "date"}


def book(path, rows, *, title="t", then=None):
    """Write a workbook of one sheet, cell by cell as given."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if then is not None:
        then(sheet)
    workbook.save(path)
    return path


def read(path, *, kinds=KINDS):
    faults, notes = [], []
    sheet = as_sheet(read_grid(path), faults, kinds=kinds, notes=notes)
    cells = [[row[column] for column in sheet.columns] for row in sheet.rows] if sheet else None
    return cells, faults, notes


TABLE = 'use,名称,size\nhotel,旅馆,1000\n\nshop,"a, b",\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("divider", [",", ";", "\t"])
def test_csv_in_every_encoding_and_with_every_divider(tmp_path, encoding, divider):
    text = TABLE.replace("a, b", "a~ b").replace(",", divider).replace("~", ",")
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    sheet = read_sheet(tmp_path / "t.csv", faults := [])
    assert faults == []
    assert sheet.columns == ("use", "名称", "size")
    assert [(row.number, row["名称"]) for row in sheet.rows] == [(2, "旅馆"), (4, "a, b")]


def test_a_csv_may_say_what_divides_it(tmp_path):
    (tmp_path / "t.csv").write_text("sep=;\na,b;c\n1;2\n", encoding="utf-8")
    sheet = read_sheet(tmp_path / "t.csv", [])
    assert (sheet.columns, sheet.rows[0].number, sheet.rows[0]["c"]) == (("a,b", "c"), 2, "2")


def test_what_a_spreadsheet_adds_at_the_ends_is_nothing(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,,\n1,2,,\n,,,\n3,4\n,,,,,\n", encoding="utf-8")
    sheet = read_sheet(tmp_path / "t.csv", faults := [])
    assert (faults, [row.cells for row in sheet.rows]) == ([], [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a,,b\n1,2,3\n", "row 2, column B: stands in a column without a heading"),
        ("a,b\n1,2,3\n", "row 2: has 3 cells, the header 2"),
        ("a,b\n1\n", "row 2: has 1 cells, the header 2"),
        (",\n1,2\n", "row 1: holds no headings"),
        ("a,a\n1,2\n", "row 1: the column 'a' stands more than once"),
        ("\n \n", "is empty"),
    ],
)
def test_cells_out_of_place_are_told(tmp_path, text, fault):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    faults = []
    read_sheet(tmp_path / "t.csv", faults)
    assert faults == [f"t.csv, {fault}" if fault.startswith("row") else f"t.csv: {fault}"]


def test_columns_are_called_as_a_spreadsheet_calls_them():
    assert [letters(number) for number in (1, 26, 27, 52, 53, 702, 703)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


# workbooks


def test_texts_numbers_dates_and_truths_are_read_as_they_stand(tmp_path):
    rows = [
        ["use", "code", "size", "since", "verified"],
        ["hotel", "0901", 1000, dt.date(2026, 6, 30), True],
        ["shop", "09", 0.5, dt.datetime(2026, 7, 1), False],  # noqa: DTZ001  a spreadsheet knows no zones
        [],
        [" inn ", None, 12.0, "2026-08-01", "true"],
    ]
    assert read(book(tmp_path / "t.xlsx", rows)) == (
        [
            ["hotel", "0901", "1000", "2026-06-30", "true"],
            ["shop", "09", "0.5", "2026-07-01", "false"],
            ["inn", "", "12", "2026-08-01", "true"],
        ],
        [],
        [],
    )


def test_a_code_stored_as_a_number_is_never_taken_for_one_with_a_zero(tmp_path):
    """0901 typed into a cell becomes 901: beside other codes with a zero that is refused."""
    _, faults, notes = read(book(tmp_path / "t.xlsx", [["code", "size"], ["0901", 1], [902, 2]]))
    assert notes == []
    (fault,) = faults
    assert fault.startswith(
        "t.xlsx, sheet t, row 3, column code (A): 902 is stored as a number beside codes that begin"
    )
    assert fault.endswith("may have lost its own; format the cell as text and type the code again")


def test_headings_that_are_numbers_are_codes_too(tmp_path):
    _, faults, _ = read(book(tmp_path / "t.xlsx", [["use", "0901", 902], ["a", "P", "P"]]))
    assert len(faults) == 1
    assert "row 1, column 902 (C): 902 is stored as a number" in faults[0]
    cells, faults, notes = read(book(tmp_path / "t.xlsx", [["use", 1, 2], ["a", "P", "X"]]))
    assert (cells, faults) == ([["a", "P", "X"]], [])
    assert "numbers that stand for text (row 1)" in notes[0]


def test_a_number_that_shows_its_zeros_keeps_them(tmp_path):
    def padded(sheet):
        sheet["A2"].number_format = "0000"

    cells, faults, notes = read(book(tmp_path / "t.xlsx", [["code"], [901], ["0902"]], then=padded))
    assert (cells, faults, notes) == ([["0901"], ["0902"]], [], [])


def test_numbers_read_as_text_are_told(tmp_path):
    cells, faults, notes = read(book(tmp_path / "t.xlsx", [["article", "#remark", "size"], [12, 5, 1], ["13", 6, 2]]))
    assert (cells, faults) == ([["12", "5", "1"], ["13", "6", "2"]], [])
    (note,) = notes
    assert note.startswith("t.xlsx, sheet t: numbers that stand for text (column article) are read as their digits")


def test_a_text_that_became_a_date_is_refused(tmp_path):
    _, faults, _ = read(book(tmp_path / "t.xlsx", [["article"], [dt.date(2026, 3, 4)]]))
    assert "row 2, column article (A): is stored as a date (2026-03-04)" in faults[0]


def test_a_number_too_long_to_be_exact_is_refused(tmp_path):
    _, faults, _ = read(book(tmp_path / "t.xlsx", [["code"], [330182001001000123]]))
    assert "digits are lost" in faults[0]


def test_a_formula_is_its_value_and_an_error_where_it_has_none(tmp_path):
    path = book(tmp_path / "t.xlsx", [["a", "b", "#c"], ["=1+1", "x", "=2+2"], ["y", "#N/A", "z"]])
    _, faults, _ = read(path)
    assert faults == [
        "t.xlsx, sheet t, row 2, column a (A): is a formula that no spreadsheet has worked out; type the value itself",
        "t.xlsx, sheet t, row 3, column b (B): is the error #N/A",
    ]


def test_the_value_that_a_spreadsheet_worked_out_is_read(tmp_path):
    import xlsxwriter  # noqa: PLC0415  it writes a formula with its value

    workbook = xlsxwriter.Workbook(str(tmp_path / "t.xlsx"))
    sheet = workbook.add_worksheet("t")
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_formula(1, 0, '="P"', None, "P")
    sheet.write_string(1, 1, "=not run")
    workbook.close()
    assert read(tmp_path / "t.xlsx") == ([["P", "=not run"]], [], [])


def test_merged_cells_say_the_same_in_each_and_a_heading_across_says_it_once(tmp_path):
    def merged(sheet):
        sheet.merge_cells("B3:C3")
        sheet.merge_cells("B4:B5")
        sheet.merge_cells("A2:C2")

    rows = [["use", "R1", "C1"], ["LODGING", None, None], ["hotel", "P", None], ["inn", "X", "P"], ["camp", None, "C"]]
    cells, faults, _ = read(book(tmp_path / "t.xlsx", rows, then=merged))
    assert faults == []
    assert cells == [["LODGING", "", ""], ["hotel", "P", "P"], ["inn", "X", "P"], ["camp", "X", "C"]]


def test_a_workbook_with_several_sheets_needs_one_of_the_name(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.active.append(["a"])
    workbook.create_sheet("other").append(["b"])
    workbook.create_sheet("#remarks").append(["c"])
    workbook.create_sheet("blank")
    workbook.save(tmp_path / "t.xlsx")
    grid = read_grid(tmp_path / "t.xlsx")
    assert grid.fault == "t.xlsx: has no sheet 't'; its sheets: Sheet, other"
    workbook.save(tmp_path / "other.xlsx")
    assert read_grid(tmp_path / "other.xlsx").title == "other.xlsx, sheet other"


def test_a_sheet_with_a_stray_cell_far_away_is_refused_before_it_is_read(tmp_path):
    def stray(sheet):
        sheet["XFD9999"] = "x"

    grids, _ = read_workbook(book(tmp_path / "t.xlsx", [["a"]], then=stray))
    assert "reaches to row 9999, column XFD" in grids["t"].fault


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0old", b"use,P\n"])
def test_what_is_no_workbook_is_told_in_one_sentence(tmp_path, content):
    (tmp_path / "t.xlsx").write_bytes(content)
    fault = read_grid(tmp_path / "t.xlsx").fault
    assert fault.startswith("t.xlsx: is no workbook that can be read")
    assert fault.endswith("save it anew as .xlsx")
    assert read_grid(tmp_path / "gone.xlsx").fault == "gone.xlsx: cannot be read: No such file or directory"


def test_text_is_text_whatever_its_format(tmp_path):
    def as_text(sheet):
        sheet["A2"].number_format = numbers.FORMAT_TEXT
        sheet["A2"].value = "007"

    assert read(book(tmp_path / "t.xlsx", [["code"], ["x"]], then=as_text))[0] == [["007"]]


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff"), max_size=8)


@given(st.lists(st.lists(TEXT.map(str.strip), min_size=2, max_size=2), max_size=5))
def test_any_text_is_the_same_from_csv_and_from_a_workbook(tmp_path_factory, rows):
    import csv  # noqa: PLC0415

    import xlsxwriter  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("t")
    with (folder / "t.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["a", "b"], *rows])
    workbook = xlsxwriter.Workbook(str(folder / "t.xlsx"), {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = workbook.add_worksheet("t")
    for number, row in enumerate([["a", "b"], *rows]):
        for place, text in enumerate(row):
            sheet.write_string(number, place, text)
    workbook.close()
    both = [read(folder / name, kinds=None) for name in ("t.csv", "t.xlsx")]
    assert both[0] == both[1]
    assert both[0][0] == [row for row in rows if any(row)]


def test_an_empty_grid_is_empty():
    assert Grid(title="t", rows=()).empty
    assert as_sheet(Grid(title="t", rows=()), faults := []) is None
    assert faults == ["t: is empty"]


def test_a_title_above_the_headings_is_noted_and_places_are_told_as_they_stand(tmp_path):
    (tmp_path / "t.csv").write_text("Table 4-1,,\n\nuse,a,b\nshop,P,P\n", encoding="utf-8")
    faults, notes = [], []
    sheet = as_sheet(read_grid(tmp_path / "t.csv"), faults, kinds={}, notes=notes)
    assert not faults
    assert sheet.columns == ("use", "a", "b")
    assert [sheet.at(row, "a") for row in sheet.rows] == ["t.csv, row 4, column a (B)"]
    (note,) = notes
    assert "headings in row 3 is not read: Table 4-1" in note


def test_headings_may_be_said_to_stand_in_any_row(tmp_path):
    (tmp_path / "t.csv").write_text(",homes,homes\nuse,a,b\nshop,P,P\n", encoding="utf-8")
    faults = []
    assert as_sheet(read_grid(tmp_path / "t.csv"), faults) is not None
    assert "row 1: the column 'homes' stands more than once" in faults[0]
    faults.clear()
    sheet = as_sheet(read_grid(tmp_path / "t.csv"), faults, heads_in=2)
    assert not faults
    assert (sheet.columns, sheet.heads) == (("use", "a", "b"), 2)
    assert as_sheet(read_grid(tmp_path / "t.csv"), faults, heads_in=9) is None
    assert "row 9: holds no headings" in faults[0]
