"""A rulebook as files that people edit: one workbook with all tables, or a text with a CSV a table."""

from __future__ import annotations

import csv
import re
from itertools import chain
from typing import TYPE_CHECKING, Any

import xlsxwriter

from geo_tej.errors import OutputError
from geo_tej.i18n import ACTION_WORDS, OUTCOME_SHORT, wide
from geo_tej.model import Action, Outcome
from geo_tej.rulebook.written import TOML
from geo_tej.tables.files import ALWAYS
from geo_tej.tables.words import MOST_LETTERS, harmless, lines
from geo_tej.tables.workbook import COLOURS, LINE_PT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from geo_tej.model import Matrix
    from geo_tej.rulebook.export import Editable, Table

LEGEND = "#legend"
_LONGEST_NAME = 31
_NO_NAME = re.compile(r"[\[\]:*?/\\]|^'|'$")
_NARROWEST, _WIDEST, _MOST_LINES = 6, 44, 8
_HELP = (
    ("一行一条，第一行是列名；# 开头的列、行和工作表只是备注。",
     "A row is an entry, row 1 holds the headings; columns, rows and sheets that begin with # are remarks."),
    ("几项写在一格：用 | 分开（new|enlarge）；地点：class=main|lane; grade=1；条件：beds at_least 10; sewer is no。",
     "Several in one cell: | (new|enlarge); a place: class=main|lane; grade=1; tests: beds at_least 10; sewer is no."),
    ("编码按文本填写（0901，不是 901）。表格不能设为隐藏。",
     "Codes are text (0901, not 901). A hidden sheet is not read."),
    ("改完后用 geo-tej rules 文件名 检查：全部错误一次列出，注明工作表、行、列。",
     "Check with `geo-tej rules FILE`: it names every fault at once, with sheet, row and column."),
)  # fmt: skip


def write_law_csvs(law: Editable, folder: Path) -> None:
    """Write a text and a CSV a table, which Excel reads as Chinese and runs nothing of."""
    (folder / TOML).write_text(law.text, encoding="utf-8", newline="\n")
    for table in law.tables:
        with (folder / f"{table.name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([_kept(text) for text in row] for row in (table.columns, *table.rows))


def _kept(text: str) -> str:
    return harmless(text) if len(text) > 1 else text


def write_law_workbook(law: Editable, path: Path, *, title: str) -> None:
    """Write all tables, the text and a legend as the sheets of one workbook.

    Raises
    ------
    OutputError
        If a name or a text is more than a workbook takes.
    """
    _refuse_what_excel_cuts(law)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book: Any = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": ALWAYS.replace(tzinfo=None), "title": title})
    looks = _Looks(book)
    legend = _Legend()
    for table in law.tables:
        _write_table(book.add_worksheet(table.name), table, looks, legend)
    text = book.add_worksheet(TOML)
    text.set_column(0, 0, 140, looks.code)
    for number, line in enumerate(law.text.split("\n")):
        if line:
            text.write_string(number, 0, line, looks.code)
    legend.write(book.add_worksheet(LEGEND), looks)
    book.close()


def _refuse_what_excel_cuts(law: Editable) -> None:
    names = [table.name for table in law.tables]
    for name in names:
        if len(name) > _LONGEST_NAME or _NO_NAME.search(name) or name.lower() == "history":
            message = f"{name!r} is no name that a sheet can have; export to a folder instead"
            raise OutputError(message)
    if twice := sorted({name for name in names if [each.lower() for each in names].count(name.lower()) > 1}):
        message = f"{' and '.join(twice)} would be one sheet; export to a folder instead"
        raise OutputError(message)
    texts = [text for table in law.tables for row in (table.columns, *table.rows) for text in row]
    if any(len(text) > MOST_LETTERS for text in (*texts, *law.text.split("\n"))):
        message = f"a text has more than {MOST_LETTERS:,} letters, which no cell holds; export to a folder instead"
        raise OutputError(message)


class _Looks:
    """How cells look; all but amounts are text, so that codes keep their zeros."""

    def __init__(self, book: Any) -> None:  # noqa: ANN401  xlsxwriter's
        text = {"num_format": "@", "valign": "top", "text_wrap": True}
        self.head = book.add_format({**text, "bold": True, "bottom": 1, "bg_color": "#E8EBF0"})
        self.text = book.add_format(text)
        self.symbol = book.add_format({**text, "align": "center"})
        self.remark = book.add_format({**text, "font_color": "#6B7280", "italic": True})
        self.amount = book.add_format({"valign": "top"})
        self.code = book.add_format({"num_format": "@", "font_name": "Consolas", "font_size": 10})
        self.outcome = {
            outcome: book.add_format({"bg_color": COLOURS[outcome, 0], "text_wrap": True, "valign": "top"})
            for outcome in (Outcome.PERMITTED, Outcome.CONDITIONAL, Outcome.PROHIBITED)
        }


class _Legend:
    """What symbols mean and what may stand in a cell, gathered while tables are written."""

    def __init__(self) -> None:
        self.lists: list[tuple[str, ...]] = []
        self.matrices: list[tuple[str, Matrix]] = []

    def source(self, allowed: tuple[str, ...]) -> str:
        """Return where a closed list stands, for a drop-down."""
        if allowed not in self.lists:
            self.lists.append(allowed)
        column = xlsxwriter.utility.xl_col_to_name(self.first_list + self.lists.index(allowed))
        return f"='{LEGEND}'!${column}$2:${column}${len(allowed) + 1}"

    first_list = 16
    """The column of the first closed list, to the right of all words."""

    def write(self, sheet: Any, looks: _Looks) -> None:  # noqa: ANN401
        """Write how to edit, what the symbols mean for each action, and the lists."""
        actions = list(Action)
        sheet.set_column(0, 1, 14)
        sheet.set_column(2, 3, 36)
        sheet.set_column(4, 3 + len(actions), 16)
        for row, line in enumerate(chain.from_iterable(_HELP)):
            sheet.write_string(row, 0, line)
        heads = ("table 表", "symbol 符号", "含义", "meaning", *(f"{ACTION_WORDS[each].zh} {each}" for each in actions))
        top = 2 * len(_HELP) + 1
        for place, head in enumerate(heads):
            sheet.write_string(top, place, head, looks.head)
        for row, (told, outcomes) in enumerate(self._meanings(), start=top + 1):
            for place, text in enumerate(told):
                sheet.write_string(row, place, text, looks.text)
            for action, outcome in outcomes.items():
                place = 4 + actions.index(action)
                words = f"{OUTCOME_SHORT[outcome].zh} {OUTCOME_SHORT[outcome].en}"
                sheet.write_string(row, place, words, looks.outcome[outcome])
        sheet.set_column(self.first_list, self.first_list + len(self.lists), None, None, {"hidden": True})
        for number, allowed in enumerate(self.lists):
            for place, text in enumerate(("allowed", *allowed)):
                sheet.write_string(place, self.first_list + number, text, looks.remark)

    def _meanings(self) -> Iterator[tuple[tuple[str, ...], Mapping[Action, Outcome]]]:
        """Give the words of each symbol and footnote, and a symbol's outcomes."""
        for table, matrix in self.matrices:
            for name, symbol in matrix.symbols.items():
                yield (table, name, symbol.title.zh, symbol.title.en), symbol.outcomes
            for name, words in matrix.footnotes.items():
                yield (table, f"+ {name}", words.zh, words.en), {}


def _write_table(sheet: Any, table: Table, looks: _Looks, legend: _Legend) -> None:  # noqa: ANN401
    widths = [_width(table, place) for place in range(len(table.columns))]
    for place, (column, width) in enumerate(zip(table.columns, widths, strict=True)):
        sheet.set_column(place, place, width, _look(table, column, place, looks))
        sheet.write_string(0, place, column, looks.head)
    for number, row in enumerate(table.rows, start=1):
        high = 1
        for place, (column, text) in enumerate(zip(table.columns, row, strict=True)):
            look = _look(table, column, place, looks)
            if column in table.amounts and _is_amount(text):
                sheet.write_number(number, place, float(text), look)
            elif text:
                sheet.write_string(number, place, text, look)
                high = max(high, lines(text, int(widths[place]) - 1))
        if high > 1:
            sheet.set_row(number, LINE_PT * min(high, _MOST_LINES))
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    if table.columns:
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
    _offer_choices(sheet, table, looks, legend)


def _offer_choices(sheet: Any, table: Table, looks: _Looks, legend: _Legend) -> None:  # noqa: ANN401
    last = len(table.rows) + 200  # rows that people add have the lists too
    offered = {
        place: table.choices[column]
        for place, column in enumerate(table.columns)
        if table.choices.get(column) and not column.startswith("#")
    }
    matrix = table.matrix
    symbols = [place for place, column in _symbol_columns(table)] if matrix is not None else []
    if matrix is not None:
        legend.matrices.append((table.name, matrix))
        offered |= dict.fromkeys(symbols, tuple(matrix.symbols))
    for place, allowed in offered.items():
        free = matrix is not None and bool(matrix.footnotes)
        sheet.data_validation(
            1, place, last, place,
            {
                "validate": "list", "source": legend.source(allowed), "ignore_blank": True,
                "error_type": "warning" if free else "stop", "error_title": table.columns[place][:32],
                "error_message": ("可选 / one of: " + " ".join(allowed))[:255],
            },
        )  # fmt: skip
    if matrix is not None and symbols:
        for name, symbol in matrix.symbols.items():
            outcomes = set(symbol.outcomes.values())
            alike = max(outcomes) if len(outcomes) == 1 else Outcome.CONDITIONAL
            text = name.replace('"', '""')
            rule = {"type": "cell", "criteria": "==", "value": f'"{text}"', "format": looks.outcome[alike]}
            sheet.conditional_format(1, symbols[0], last, symbols[-1], rule)


def _symbol_columns(table: Table) -> Iterator[tuple[int, str]]:
    for place, column in enumerate(table.columns):
        if place and not column.startswith("#"):
            yield place, column


def _look(table: Table, column: str, place: int, looks: _Looks) -> Any:  # noqa: ANN401
    if column.startswith("#"):
        return looks.remark
    if column in table.amounts:
        return looks.amount
    return looks.symbol if table.matrix is not None and place else looks.text


def _width(table: Table, place: int) -> float:
    texts = [table.columns[place], *(row[place] for row in table.rows)]
    return min(max(*(wide(text) + 2 for text in texts), _NARROWEST), _WIDEST)


def _is_amount(text: str) -> bool:
    """Tell whether a text is a number that a spreadsheet keeps whole, in the 15 digits that it has."""
    try:
        return bool(text) and float(f"{float(text):.15g}") == float(text) and abs(float(text)) != float("inf")
    except ValueError:
        return False
