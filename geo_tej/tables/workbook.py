"""Workbooks of Excel: how sheets look, are filtered and printed."""

from __future__ import annotations

import io
import math
import re
from contextlib import contextmanager
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xlsxwriter

from geo_tej.errors import OutputError
from geo_tej.i18n import IN_PART_SIGN, OUTCOME_SHORT, OUTCOME_SIGNS, OUTCOME_WORDS, aside, wide
from geo_tej.model import Outcome
from geo_tej.tables.files import ALWAYS
from geo_tej.tables.sheets import (
    LAW,
    heads_of,
    law_rows,
    layer_heads,
    layer_rows,
    matrix_cells,
    matrix_facts,
    matrix_note,
    most_reasons,
    reason_heads,
    reason_rows,
)
from geo_tej.tables.words import LEGEND, about, cell, head_words, lines, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from geo_tej.tables.sheets import Heads
    from geo_tej.tables.told import Told

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""What a sheet of Excel holds."""

MOST_NOTES, MOST_REASONS = 20_000, 200_000
"""Beyond these, a workbook has no cell notes and no sheet of reasons: it would open too slowly to be of use."""

COLOURS = {
    (Outcome.PERMITTED, 0): "#C7E7E0",
    (Outcome.CONDITIONAL, 0): "#FBEEC9",
    (Outcome.CONDITIONAL, 1): "#FBEEC9",
    (Outcome.CONDITIONAL, 2): "#F9E6B9",
    (Outcome.CONDITIONAL, 3): "#F6DAAA",
    (Outcome.CONDITIONAL, 4): "#F0CD9F",
    (Outcome.PROHIBITED, 0): "#DCA8A5",
    (Outcome.UNKNOWN, 0): "#F1EFF7",
}
"""Those of the map by outcome and level, half way to white, but for that of open verdicts, which is light already."""

HATCHES = {Outcome.CONDITIONAL: (18, "#C79A4B"), Outcome.UNKNOWN: (14, "#BDB6CF")}
"""Excel's patterns and their ink, as on the map dots and lines: in grey print two light colours are one."""

A3 = 8
LINE_PT, MOST_LINES = 16.5, 6
ACROSS = {"name": 18, "industry_name": 22, "parcels": 22, "above_designated": 9, "area_m2": 13, "industry": 9}
"""How wide the facts of a matrix are; an id is 11."""

USE_WIDE = {"zh": 8.5, "en": 15}
"""How wide the uses of a matrix are."""

PAGE_WIDE = 450
"""So wide a matrix is still read when printed on one page."""

WIDEST, WIDEST_OF = 44, {"condition": 64, "decisions": 64, "open": 30, "zone": 28}
SAMPLED = 200
"""So many rows tell how wide a column is."""


class Book:
    """A workbook being written, with the looks of its cells."""

    def __init__(self, file: IO[bytes], title: str) -> None:
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book: Any = xlsxwriter.Workbook(file, options)
        self.book.set_properties({"created": ALWAYS.replace(tzinfo=None), "title": cell(title)})
        self.title = title
        self._looks: dict[tuple[tuple[str, object], ...], Any] = {}

    def look(self, **given: object) -> Any:  # noqa: ANN401  xlsxwriter's
        """Return a format, made once."""
        key = tuple(sorted(given.items()))
        if key not in self._looks:
            self._looks[key] = self.book.add_format(given)
        return self._looks[key]

    def filled(self, outcome: int, level: int = 0, **more: object) -> Any:  # noqa: ANN401
        """Return the format of an outcome."""
        colour = COLOURS[Outcome(outcome), level]
        pattern, ink = HATCHES.get(Outcome(outcome), (1, colour))
        # a solid fill has its colour as the ink
        return self.look(
            pattern=pattern, fg_color=ink, bg_color=colour, border=1, border_color="#FFFFFF", text_wrap=True, **more
        )

    def sheet(self, name: str, rows: int, columns: int) -> Any:  # noqa: ANN401
        """Add a landscape sheet that prints as wide as the page, under a name that Excel takes."""
        if rows > MOST_ROWS or columns > MOST_COLUMNS:
            message = (
                f"{rows:,} rows x {columns:,} columns are more than a sheet of .xlsx holds ({MOST_ROWS:,} x "
                f"{MOST_COLUMNS:,}); write .parquet, or choose fewer parcels or uses"
            )
            raise OutputError(message)
        taken = {sheet.get_name().lower() for sheet in self.book.worksheets()}
        bare = re.sub(r"[\[\]:*?/\\]", " ", cell(name)).strip("' ")[:27] or "sheet"
        name = next(each for each in (bare, *(f"{bare} {n}" for n in range(2, 99))) if each.lower() not in taken)
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(A3)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        said = cell(self.title)[:120].replace("&", "&&")
        sheet.set_footer(f"&L{said}&C&A&R&P / &N")
        return sheet

    def fill(self, name: str, heads: Heads, rows: Iterable[Iterable[object]], count: int) -> None:
        """Add a sheet of rows under one row of headers (id, words), as wide as what is in it asks for."""
        sheet = self.sheet(name, count + 1, len(heads))
        bold = self.look(bold=True, text_wrap=True, valign="top", bottom=1, bg_color="#E8EBF0")
        styles = [self._column(key) for key, _ in heads]
        colours = {words: self.filled(outcome, valign="top") for words, outcome in _outcomes()}
        open_one = self.filled(Outcome.UNKNOWN, valign="top")
        coming = iter(rows)
        sample = [list(row) for row in islice(coming, SAMPLED)]
        widths = [_width(key, words, [row[column] for row in sample]) for column, (key, words) in enumerate(heads)]
        for column, (width, (_, words)) in enumerate(zip(widths, heads, strict=True)):
            put(sheet, 0, column, words, bold)
            sheet.set_column(column, column, width + 2)
        high = max((lines(words, width - 2) for width, (_, words) in zip(widths, heads, strict=True)), default=1)
        sheet.set_row(0, LINE_PT * high)
        last = 1
        for last, row in enumerate(chain(sample, coming), start=1):
            high = 1
            for column, value in enumerate(row):
                key = heads[column][0]
                style = colours.get(str(value), open_one) if key == "outcome" else styles[column]
                put(sheet, last, column, value, style)
                if isinstance(value, str) and key != "open":
                    high = max(high, lines(value, widths[column]))
            if high > 1:
                sheet.set_row(last, LINE_PT * min(high, MOST_LINES))
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, last, max(len(heads) - 1, 0))

    def _column(self, key: str) -> Any:  # noqa: ANN401
        """Return how the cells of a column look; what is to be settled stays on one line, so that rows stay low."""
        ruled = {"valign": "top", "bottom": 1, "bottom_color": "#D5D9E2"}
        if key.endswith("_m2"):
            return self.look(num_format="#,##0.00", **ruled)
        if key == "share":
            return self.look(num_format="0.0%", **ruled)
        if key in ("ref", "source", "condition", "decisions"):
            return self.look(align="left", indent=1, text_wrap=True, **ruled)
        return self.look(text_wrap=key != "open", **ruled)


def write_workbook(told: Told, path: Path) -> None:
    """Write verdicts: a matrix a pathway, then reasons, law, layers and what the workbook is."""
    reasons = most_reasons(told)
    said = dict(about(told.assessment, told.language))
    title = head_words(said, told.language)
    with opened(path, title) as book:
        code, cells = matrix_cells(told)
        for number, (way, table) in enumerate(told.by_pathway(code)):
            _matrix(book, told, number, way.title[told.language], table, cells)
        if reasons <= MOST_REASONS:
            book.fill(told.word("reasons_sheet"), reason_heads(told), reason_rows(told), reasons)
        rules, layers = told.assessment.rules, list(layer_rows(told))
        book.fill(told.word("law_sheet"), heads_of(told, LAW), law_rows(told), len(rules))
        book.fill(told.word("layers_sheet"), layer_heads(told), layers, len(layers))
        _about(book, told, left_out=reasons > MOST_REASONS)


def write_sheet(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame, without its geometry, as a workbook of one sheet."""
    if isinstance(frame, gpd.GeoDataFrame):
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    with opened(path, "") as book:
        heads = [(str(name), str(name)) for name in frame.columns]
        book.fill("table", heads, frame.itertuples(index=False, name=None), len(frame))


class _Whole(io.BytesIO):
    """The bytes of a workbook, open to the last: a zip file that was cut short ends itself when it is collected."""

    def close(self) -> None:
        """Stay open."""


@contextmanager
def opened(path: Path, title: str) -> Iterator[Book]:
    """Give a workbook to write to, and put it into a file when it is whole."""
    whole = _Whole()
    book = Book(whole, title)
    yield book
    book.book.close()
    path.write_bytes(whole.getbuffer())


def put(sheet: Any, row: int, column: int, value: object, style: Any = None) -> None:  # noqa: ANN401  xlsxwriter's
    """Write a value as what it is; of nothing and NaN only the look."""
    if isinstance(value, (bool, np.bool_)):
        sheet.write_boolean(row, column, bool(value), style)
    elif isinstance(value, (int, float, np.integer, np.floating)) and np.isfinite(value):
        sheet.write_number(row, column, value, style)
    elif plain(value):
        sheet.write_string(row, column, cell(plain(value)), style)
    elif style is not None:
        sheet.write_blank(row, column, None, style)


def _width(key: str, words: str, values: Iterable[object]) -> int:
    """Return how wide a column is: as its texts, between the width of its header and the widest that reads well."""
    widest = max((wide(value) for value in values if isinstance(value, str)), default=0)
    least = 13 if key.endswith("_m2") else min(max(7, wide(words) + 2), 14)
    return max(least, min(widest, WIDEST_OF.get(key, WIDEST)))


def _outcomes() -> Iterator[tuple[str, Outcome]]:
    """Give the words of each outcome; all others are of open verdicts."""
    for outcome in Outcome:
        for words in (OUTCOME_WORDS[outcome], OUTCOME_SHORT[outcome]):
            yield from ((words.zh, outcome), (words.en, outcome))


def _matrix(  # noqa: PLR0913  a sheet has these parts
    book: Book,
    told: Told,
    number: int,
    title: str,
    codes: NDArray[np.intp],
    cells: Sequence[tuple[str, int, int]],
) -> None:
    """Add the sheet of one pathway: a row a parcel or enterprise, a column a use, a sign each cell."""
    asked, language = told.assessment.questions, told.language
    groups = told.assessment.project.rulebook.groups
    order = sorted(range(len(asked.uses)), key=lambda place: list(groups).index(asked.uses[place].group))
    facts, rows = matrix_facts(told, number)
    first, last = len(facts), len(facts) + len(order) - 1
    sheet = book.sheet(title, len(codes) + 3, last + 1)
    bold = book.look(bold=True, valign="bottom", bottom=1, text_wrap=True)
    head = book.look(bold=True, valign="top", align="center", border=1, border_color="#C5CAD6", text_wrap=True)
    over = book.look(bold=True, valign="vcenter", align="center", border=1, bg_color="#E8EBF0", text_wrap=True)
    fact = book.look(num_format="#,##0.00", valign="vcenter", text_wrap=True)
    filled = [book.filled(outcome, level, align="center", valign="vcenter") for _, outcome, level in cells]
    said = dict(about(told.assessment, language)) | {"pathway": title}
    put(sheet, 0, 0, head_words(said, language), book.look(bold=True, font_size=14))
    sheet.merge_range(1, 0, 1, first - 1, _signs(told), book.look(valign="vcenter", text_wrap=True))
    across = [ACROSS.get(name, 11) for name in facts]
    for column, name in enumerate(facts):
        put(sheet, 2, column, told.word(name), bold)
        sheet.set_column(column, column, across[column])
    names = [asked.uses[place].group for place in order]
    for group in dict.fromkeys(names):
        left = first + names.index(group)
        right = left + names.count(group) - 1
        if right > left:
            sheet.merge_range(1, left, 1, right, "", over)
        put(sheet, 1, left, groups[group][language], over)
    width = USE_WIDE[language]
    sheet.set_column(first, last, width)
    for column, place in enumerate(order, start=first):
        put(sheet, 2, column, asked.uses[place].title[language], head)
    deep = max((lines(asked.uses[place].title[language], int(width)) for place in order), default=1)
    sheet.set_row(0, 24)
    sheet.set_row(1, 2 * LINE_PT)
    sheet.set_row(2, (deep + 1) * LINE_PT)
    cell_high = max((lines(words, int(width)) for words, _, _ in cells), default=1)
    noted = len(codes) * len(asked) <= MOST_NOTES
    for row, values in enumerate(rows):
        high = max(lines(plain(value), size - 1) for value, size in zip(values, across, strict=True))
        sheet.set_row(row + 3, LINE_PT * min(max(high, cell_high), MOST_LINES))
        for column, value in enumerate(values):
            put(sheet, row + 3, column, value, fact)
        for column, place in enumerate(order, start=first):
            code = codes[row, place]
            put(sheet, row + 3, column, cells[code][0], filled[code])
            if noted:
                note = matrix_note(told, row, place * len(asked.pathways) + number)
                sheet.write_comment(row + 3, column, cell(note), {"x_scale": 4, "y_scale": 2})
    sheet.freeze_panes(3, min(first, 2))
    sheet.fit_to_pages(math.ceil((sum(across) + width * len(order)) / PAGE_WIDE), 0)
    sheet.repeat_columns(0, min(first, 2) - 1)
    sheet.repeat_rows(0, 2)
    sheet.autofilter(2, 0, max(len(codes) + 2, 3), last)


def _signs(told: Told) -> str:
    """Say what the signs in the cells of a matrix mean, for whoever has the sheet on paper."""
    said = [f"{sign} {words[told.language]}" for sign, words in zip(OUTCOME_SIGNS, OUTCOME_SHORT, strict=True)]
    said[Outcome.CONDITIONAL] += aside(told.word("level_short"), told.language)
    if told.in_part.any():
        said.append(f"{IN_PART_SIGN} {told.word('in_part_short')}")
    return "　".join(said)


def _about(book: Book, told: Told, *, left_out: bool) -> None:
    """Add the sheet that says what the workbook is."""
    sheet = book.sheet(told.word("about_sheet"), 1, 2)
    bold = book.look(bold=True, valign="top")
    wrapped = book.look(text_wrap=True, valign="top")
    said = about(told.assessment, told.language) + ([("reasons_sheet", told.word("left_out"))] if left_out else [])
    for row, (name, words) in enumerate(said):
        put(sheet, row, 0, told.word(name), bold)
        put(sheet, row, 1, words, wrapped)
    put(sheet, len(said) + 1, 0, told.word("legend"), bold)
    for row, outcome in enumerate(Outcome, start=len(said) + 2):
        put(sheet, row, 0, OUTCOME_SIGNS[outcome], book.filled(outcome, align="center"))
        put(sheet, row, 1, LEGEND[outcome][told.language], wrapped)
    put(sheet, len(said) + 2 + len(Outcome), 0, IN_PART_SIGN, book.look(align="center"))
    put(sheet, len(said) + 2 + len(Outcome), 1, told.word("in_part"), wrapped)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
