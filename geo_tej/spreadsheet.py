"""Tables that planners keep in a spreadsheet, CSV or XLSX: read as text, every odd cell told with its place."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from geo_tej.encoding import fits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

WORKBOOKS = (".xlsx", ".xlsm")
MOST_CELLS = 5_000_000
"""No table of a rulebook is larger; a sheet that is has a stray cell far below or to the right."""

_EXACT = 10**15
"""From here on a spreadsheet's numbers lose digits."""

_PADDED = re.compile(r"0+")
_LEADING_ZERO = re.compile(r"0\d+")
_KEPT_FROM_RUNNING = re.compile(r"^'(?=[=+\-@].)", re.DOTALL)
"""The apostrophe that keeps a text of a CSV from being run as a formula."""

_MARKS = {
    b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig", b"\x84\x31\x95\x33": "gb18030",
}  # fmt: skip
"""What the first bytes say of a text: the mark of Unicode in each coding."""

GUESSED = "gb18030"
"""What a CSV is in that is not UTF-8, unless something else is declared."""

HeadsIn = int | tuple[int, int] | None
"""In which row headings stand, or from which to which, counted from 1."""

Kinds = Mapping[str, Literal["number", "date"]]
"""The columns that hold amounts and days; all others hold text."""


class Cell(NamedTuple):
    """What a cell says, and how it was stored: text, number, date, or a fault that it cannot be read."""

    text: str = ""
    stored: Literal["text", "number", "date", "fault"] = "text"


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The cells of one sheet as they stand, row by row from row 1; `guessed` for a CSV taken for GBK."""

    title: str
    rows: tuple[tuple[Cell, ...], ...]
    hidden: bool = False
    ragged: bool = False
    fault: str = ""
    guessed: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is written."""
        return not any(cell.text.strip() for row in self.rows for cell in row)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a sheet by the names of its columns, with its number as the spreadsheet shows it.

    `unread` are the columns in which it holds a fault, such as a formula without value, and nothing in `cells`.
    """

    number: int
    cells: Mapping[str, str]
    unread: frozenset[str] = frozenset()

    def __getitem__(self, column: str) -> str:
        """Return what stands in a column, nothing where there is no such column."""
        return self.cells.get(column, "")

    @property
    def remark(self) -> bool:
        """Whether the row is a remark, which begins with #."""
        return next((text for text in self.cells.values() if text), "").startswith("#")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table with one row of headings: `title` names file and sheet, `letters` say where each column stands.

    `heads` is the number of the row of headings.
    """

    title: str
    columns: tuple[str, ...]
    heads: int = 1
    letters: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()

    def at(self, row: Row | int, column: str = "") -> str:
        """Name a row, or a cell of it, as the spreadsheet shows them."""
        number = row if isinstance(row, int) else row.number
        where = f"{self.title}, row {number}"
        return f"{where}, column {column} ({self.letters[column]})" if column in self.letters else where


def letters(number: int) -> str:
    """Name a column, counted from 1, as a spreadsheet does.

    >>> letters(1), letters(26), letters(27), letters(703)
    ('A', 'Z', 'AA', 'AAA')
    """
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def read_sheet(path: Path, faults: list[str]) -> Sheet | None:
    """Read a file that holds one table, every cell as it is stored; a fault for each odd cell and row."""
    return as_sheet(read_grid(path), faults)


def read_grid(path: Path, *, encoding: str | None = None) -> Grid:
    """Read a file that holds one table: a CSV, or a workbook whose only sheet it is, or the one named like the file.

    A CSV is in the text coding declared, unless it bears a mark of Unicode.
    """
    if path.suffix.lower() not in WORKBOOKS:
        return _csv_grid(path, encoding)
    grids, fault = read_workbook(path)
    filled = {title: grid for title, grid in grids.items() if not grid.empty and not title.startswith("#")}
    if fault or (path.stem not in filled and len(filled) != 1):
        among = f"{path.name}: has no sheet {path.stem!r}; its sheets: {', '.join(filled) or 'none that is filled'}"
        return Grid(title=path.name, rows=(), fault=fault or among)
    return filled.get(path.stem) or next(iter(filled.values()))


def _csv_grid(path: Path, declared: str | None) -> Grid:
    """Read a CSV in UTF-8, GBK, UTF-16 or as declared, divided by commas, semicolons or tabs."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        return Grid(title=path.name, rows=(), fault=f"{path.name}: cannot be read: {fault.strerror or fault}")
    marked = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    names = tuple(filter(None, (marked or declared,))) or ("utf-8-sig", GUESSED)
    encoding = next((name for name in names if fits(data, name)), None)
    if encoding is None:
        known = "neither UTF-8 nor GBK" if len(names) > 1 else f"not in {names[0]}"
        return Grid(title=path.name, rows=(), fault=f"{path.name}: is {known}")
    divider, text = _divider(_lines(data.decode(encoding)).removeprefix("\ufeff"))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=divider))
    except csv.Error as fault:
        return Grid(title=path.name, rows=(), fault=f"{path.name}: is no CSV: {fault}")
    cells = tuple(tuple(map(Cell, row)) for row in rows)
    return Grid(title=path.name, rows=cells, ragged=True, guessed=encoding == GUESSED and not (marked or declared))


def _divider(text: str) -> tuple[str, str]:
    """Tell what divides the cells: what the first line says (`sep=;`), or what gives the headings most columns."""
    first, _, rest = text.partition("\n")
    if re.fullmatch(r"sep=[,;\t]\r?", first):
        return first[4], rest
    try:
        counts = {each: len(next(csv.reader(io.StringIO(text, newline=""), delimiter=each), [])) for each in ",;\t"}
    except csv.Error:
        return ",", text
    return max(counts, key=counts.__getitem__), text


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_workbook(path: Path) -> tuple[dict[str, Grid], str]:
    """Read every sheet of a workbook by its name, or say in one sentence why it is none."""
    import openpyxl  # noqa: PLC0415  only where there is a workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on what openpyxl does not keep, such as extended validations
            book = openpyxl.load_workbook(path)
            formulas = any(cell.data_type == "f" for sheet in book.worksheets for cell in _cells(sheet))
            values = openpyxl.load_workbook(path, data_only=True) if formulas else book
            return {sheet.title: _grid(path.name, sheet, values[sheet.title]) for sheet in book.worksheets}, ""
    except OSError as fault:
        return {}, f"{path.name}: cannot be read: {fault.strerror or fault}"
    except Exception as fault:  # noqa: BLE001  openpyxl lets through whatever its parts raise on broken files
        return {}, f"{path.name}: is no workbook that can be read ({type(fault).__name__}); save it anew as .xlsx"


def _cells(sheet: Any) -> Iterator[Any]:  # noqa: ANN401  openpyxl's
    if sheet.max_row * sheet.max_column <= MOST_CELLS:
        for row in sheet.iter_rows():
            yield from row


def _grid(file: str, sheet: Any, values: Any) -> Grid:  # noqa: ANN401
    title = f"{file}, sheet {sheet.title}"
    hidden = sheet.sheet_state != "visible"
    if sheet.max_row * sheet.max_column > MOST_CELLS:
        fault = f"{title}: reaches to row {sheet.max_row}, column {letters(sheet.max_column)}; delete what is empty"
        return Grid(title=title, rows=(), hidden=hidden, fault=fault)
    rows = [
        [_read(cell, cached) for cell, cached in zip(*pair, strict=True)]
        for pair in zip(sheet.iter_rows(), values.iter_rows(), strict=True)
    ]
    for merged in sheet.merged_cells.ranges:
        if merged.min_col == 1 < merged.max_col:
            continue  # a heading across the sheet
        for row in rows[merged.min_row - 1 : merged.max_row]:
            row[merged.min_col - 1 : merged.max_col] = [rows[merged.min_row - 1][merged.min_col - 1]] * (
                len(row[merged.min_col - 1 : merged.max_col])
            )
    return Grid(title=title, rows=tuple(map(tuple, rows)), hidden=hidden)


def _read(cell: Any, cached: Any) -> Cell:  # noqa: ANN401, PLR0911  a kind of cell each
    """Read one cell as text; a number keeps the zeros that its format shows."""
    from openpyxl.utils.escape import unescape  # noqa: PLC0415

    value = cached.value
    if value is None:
        if cell.data_type == "f":
            return Cell("a formula that no spreadsheet has worked out; type the value itself", "fault")
        return Cell()
    if cached.data_type == "e":
        return Cell(f"the error {value}", "fault")
    if isinstance(value, bool):
        return Cell(str(value).lower())
    if isinstance(value, datetime | date | time):
        return Cell(value.isoformat().removesuffix("T00:00:00"), "date")
    if isinstance(value, int | float):
        if abs(value) >= _EXACT:
            return Cell(f"a number so long that digits are lost ({value:g}); store it as text", "fault")
        if value != int(value):
            return Cell(repr(value), "number")
        padded = _PADDED.fullmatch(str(cell.number_format)) is not None and value >= 0
        digits = str(int(value)).zfill(len(cell.number_format) if padded else 0)
        return Cell(digits, "text" if padded else "number")
    return Cell(_lines(unescape(str(value))))


def as_sheet(  # noqa: PLR0913  a grid, and all that may be known of it
    grid: Grid,
    faults: list[str],
    *,
    kinds: Kinds | None = None,
    notes: list[str] | None = None,
    heads_in: HeadsIn = None,
    corner: str = "",
) -> Sheet | None:
    """Take the first row of a grid as headings, or the rows `heads_in`; tell every odd cell and row.

    Of several rows of headings, from the first to the last, the words that stand above each other are one heading.

    `corner` is what the first column is called where its heading is empty.

    Lines above the headings that hold one cell, the first, are the table's title; they are noted and not read.
    Text that a spreadsheet stores as a number is read as its digits, and noted, unless others in the column begin with
    0: then this one has lost its own. Text stored as a date is refused: 3-4 was typed, and 4 March stands there.
    """
    if grid.fault or grid.empty:
        faults.append(grid.fault or f"{grid.title}: is empty")
        return None
    may_run = grid.ragged and kinds is not None
    lines: list[Sequence[Cell]] = [[_trimmed(cell, may_run=may_run) for cell in row] for row in grid.rows]
    first, last = (heads_in, heads_in) if isinstance(heads_in, int) else heads_in or (0, 0)
    lines = _one_heading(lines, first, last)
    above = last - 1 if last else _title_lines(lines)
    heads = _headings(lines[above], corner) if above < len(lines) else []
    if not heads:
        faults.append(f"{grid.title}, row {above + 1}: holds no headings")
        return None
    if heads_in is None and above and notes is not None:
        said = "; ".join(cell.text for line in lines[:above] for cell in line if cell.text)
        notes.append(f"{grid.title}: what stands above the headings in row {above + 1} is not read: {said}")
    sheet = Sheet(
        title=grid.title,
        columns=tuple(filter(None, heads)),
        heads=above + 1,
        letters={head: letters(number) for number, head in enumerate(heads, start=1) if head},
    )
    twice = sorted({name for name in sheet.columns if heads.count(name) > 1})
    if twice:
        faults.append(f"{grid.title}, row {above + 1}: the column {twice[0]!r} stands more than once")
    rows = _named_rows(grid, heads, lines, above + 1, faults)
    head = {head: cell for head, cell in zip(heads, lines[above], strict=False) if head}
    faults += [
        f"{sheet.at(number, name)}: is {cell.text}"
        for number, row in [(above + 1, head), *rows]
        for name, cell in row.items()
        if cell.stored == "fault" and not name.startswith("#")
    ]
    if kinds is not None:
        digits = _odd_texts(sheet, head, rows, kinds, faults)
        if digits and notes is not None:
            notes.append(
                f"{grid.title}: numbers that stand for text ({', '.join(digits)}) are read as their digits; "
                "a code that begins with 0 must be stored as text"
            )
    kept = [
        Row(
            number=number,
            cells={name: "" if cell.stored == "fault" else cell.text for name, cell in row.items()},
            unread=frozenset(name for name, cell in row.items() if cell.stored == "fault"),
        )
        for number, row in rows
    ]
    return replace(sheet, rows=tuple(kept))


def _trimmed(cell: Cell, *, may_run: bool) -> Cell:
    """Return a cell without blanks around its text, nor the apostrophe that keeps text which may run from running."""
    text = cell.text.strip()
    if may_run and text.startswith("'"):
        text = _KEPT_FROM_RUNNING.sub("", text)
    return cell if text == cell.text else cell._replace(text=text)


def _one_heading(lines: Sequence[Sequence[Cell]], first: int, last: int) -> list[Sequence[Cell]]:
    """Put the words of the headings in rows first to last, counted from 1, together in the last of them."""
    if not first < last <= len(lines):
        return list(lines)
    stacked = zip_longest(*lines[first - 1 : last], fillvalue=Cell())
    told = [
        next((cell for cell in cells if cell.stored == "fault"), cells[-1])._replace(
            text=" ".join(cell.text for cell in cells if cell.text)
        )
        for cells in stacked
    ]
    return [*lines[: last - 1], told, *lines[last:]]


def _headings(line: Sequence[Cell], corner: str) -> list[str]:
    heads = [cell.text for cell in line]
    while heads and not heads[-1]:
        heads.pop()
    return [heads[0] or corner, *heads[1:]] if heads else []


def _title_lines(lines: Sequence[Sequence[Cell]]) -> int:
    """Count the lines above the headings that hold one cell, the first; 0 where no line holds more."""
    filled = [[place for place, cell in enumerate(line) if cell.text] for line in lines]
    headings = next((number for number, places in enumerate(filled) if len(places) > 1), 0)
    titles = filled[:headings]
    return headings if titles and titles[0] and all(places in ([], [0]) for places in titles) else 0


def _named_rows(
    grid: Grid, heads: Sequence[str], lines: Sequence[Sequence[Cell]], start: int, faults: list[str]
) -> list[tuple[int, dict[str, Cell]]]:
    """Return the rows that are not blank, by the names of their columns; a fault for cells out of place."""
    rows: list[tuple[int, dict[str, Cell]]] = []
    for number, cells in enumerate(lines[start:], start=start + 1):
        last = max((place for place, cell in enumerate(cells, start=1) if cell.text), default=0)
        if not last:
            continue
        short = grid.ragged and len(cells) < len(heads)
        if short or last > len(heads):
            faults.append(
                f"{grid.title}, row {number}: has {len(cells) if short else last} cells, the header {len(heads)}"
            )
            continue
        named = list(zip(heads, cells, strict=False))
        faults += [
            f"{grid.title}, row {number}, column {letters(place)}: stands in a column without a heading"
            for place, (head, cell) in enumerate(named, start=1)
            if cell.text and not head
        ]
        rows.append((number, {head: cell for head, cell in named if head}))
    return rows


def _odd_texts(
    sheet: Sheet,
    head: Mapping[str, Cell],
    rows: Sequence[tuple[int, Mapping[str, Cell]]],
    kinds: Kinds,
    faults: list[str],
) -> list[str]:
    """Tell texts that are stored as something else; return the places where numbers are read as text all the same."""
    in_head = [(sheet.heads, name, cell) for name, cell in head.items()]
    digits = [f"row {sheet.heads}"] if _odd_text(sheet, in_head, faults) else []
    for name in sheet.columns:
        if not name.startswith("#"):
            kind = kinds.get(name, "text")
            cells = [(number, name, row[name]) for number, row in rows if row[name].stored != kind]
            texts = [(number, name, row[name]) for number, row in rows if row[name].stored == kind == "text"]
            if _odd_text(sheet, [*cells, *texts], faults):
                digits.append(f"column {name}")
    return digits


def _odd_text(sheet: Sheet, cells: Sequence[tuple[int, str, Cell]], faults: list[str]) -> bool:
    zeros = any(_LEADING_ZERO.fullmatch(cell.text) and cell.stored == "text" for _, _, cell in cells)
    numbers = False
    for number, name, cell in cells:
        if cell.stored == "date":
            faults.append(
                f"{sheet.at(number, name)}: is stored as a date ({cell.text}), and text is meant; "
                "format the cell as text and type it again"
            )
        elif cell.stored == "number" and zeros:
            faults.append(
                f"{sheet.at(number, name)}: {cell.text} is stored as a number beside codes that begin with 0, and may "
                "have lost its own; format the cell as text and type the code again"
            )
        numbers |= cell.stored == "number" and not zeros
    return numbers


def plain_rows(sheet: Sheet | None) -> list[dict[str, str]]:
    """Return the rows of a sheet as dictionaries that carry their number in the file under the key `#`."""
    return [{**row.cells, "#": str(row.number)} for row in sheet.rows] if sheet is not None else []
