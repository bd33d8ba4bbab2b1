"""CSV and XLSX: tables of text cells, and layers whose rows carry coordinates or WKT."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pyproj import CRS

from geo_tej.accounts import SetAside
from geo_tej.encoding import Coding
from geo_tej.errors import LayerError, choices
from geo_tej.i18n import Said
from geo_tej.io.account import Raw
from geo_tej.io.coordinates import ANY_WKT, columns_of, number_of, points_of, shapes_of
from geo_tej.io.framing import framed
from geo_tej.io.texts import longest_cell, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from geo_tej.io.account import Ask

_SEPARATORS = ",;\t|"
_EMPTY_FILL = re.compile(rb"<(\w+:)?fill\s*(?:/>|>\s*</(?:\w+:)?fill>)")
_LONGEST_CELL = 1_000
_MOST_COLUMNS = 1_000
_HEAD = 65_536
_MOST_EXACT = 1e15
"""Numbers below this are whole in a spreadsheet, which keeps 15 digits."""


def read_coordinates(path: Path, kind: str, ask: Ask) -> Raw:
    """Read a table whose rows carry longitude and latitude, easting and northing, X and Y, or WKT.

    Raises
    ------
    LayerError
        If it cannot be read, or no column holds coordinates.
    """
    table, coding, remarks, ragged = _cells(path, kind, ask)
    if 2 * len(ragged) > len(table):
        raise LayerError(_ragged_words(path, ragged, len(table.columns)))
    found = columns_of(table)
    if found is None:
        there = ", ".join(str(name)[:30] for name in table.columns[:8])
        message = (
            f"{path}: no columns hold coordinates; there are {there}. "
            "Name them longitude and latitude, easting and northing, or wkt"
        )
        raise LayerError(message)
    what, names = found
    set_aside = [_ragged_aside(row, cells, len(table.columns)) for row, cells in ragged.items()]
    crs: CRS | None = None
    how = "the file's word"
    if what == "wkt":
        geometry, crs = shapes_of(table[names[0]], set_aside)
        how = "the SRID in its EWKT"
    else:
        geometry, fault = points_of(table, names, degrees=what == "degrees")
        set_aside += fault
        if what == "degrees":
            crs, how = CRS(4326), f"the columns {names[0]} and {names[1]}: degrees, taken for WGS 84"
            remarks.append(
                Said(
                    "取自高德、百度、腾讯等网络地图的经纬度偏移 500 米以上，如是请声明 offset",
                    "degrees from a web map (高德, 百度, 腾讯) are shifted by 500 m or more: then declare offset",
                )
            )
    frame = framed(table.drop(columns=list(names) if what == "wkt" else []), geometry, crs)
    return Raw(
        frame=frame, format=kind, crs=crs, crs_how=how, encoding=coding.name, encoding_how=coding.how,
        remarks=(*coding.remarks, *remarks), set_aside=tuple(set_aside),
    )  # fmt: skip


def has_coordinates(table: pd.DataFrame) -> bool:
    """Say whether columns of a table hold coordinates or WKT."""
    return columns_of(table) is not None


def read_cells(path: Path, kind: str, ask: Ask) -> tuple[pd.DataFrame, Coding, list[str]]:
    """Return a table's cells as text, None where empty; how it is coded; and remarks.

    Raises
    ------
    LayerError
        If it is damaged, has two columns of one name, or rows of another length than its header.
    """
    table, coding, remarks, ragged = _cells(path, kind, ask)
    if ragged:
        raise LayerError(_ragged_words(path, ragged, len(table.columns)))
    return table, coding, remarks


def _cells(path: Path, kind: str, ask: Ask) -> tuple[pd.DataFrame, Coding, list[str], dict[int, list[str]]]:
    """Return a table as `read_cells` does, and by position the rows of another length than the header.

    What such a row holds in which column cannot be told: in the table it is empty.
    """
    if kind == "xlsx":
        table, remarks = read_xlsx(path, ask)
        return table, Coding(name="utf-8", how="as the format has it"), remarks, {}
    text, coding = read_text(path, ask, longest=longest_cell)
    text = text.lstrip("\ufeff")
    separator = _separator(text)
    before = csv.field_size_limit(min(ask.limits.attribute_bytes, 2**31 - 1))
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        rows = [row for row in reader if any(row)]
    except csv.Error as fault:
        why = f"line {reader.line_num:,}: {fault}"
        if "limit" in str(fault):
            why += f" (limits.attribute_bytes is {ask.limits.attribute_bytes:,})"
        elif "expected after" in str(fault):
            why = f"line {reader.line_num:,}: a quotation mark within a quoted cell is not doubled"
        message = f"{path}: cannot be read: {why}"
        raise LayerError(message) from fault
    finally:
        csv.field_size_limit(before)
    if not rows:
        message = f"{path}: cannot be read: it has no rows"
        raise LayerError(message)
    rows, remarks = _untitled(rows)
    header = [cell.strip() for cell in rows[0]]
    while header and not header[-1] and all(len(row) < len(header) or not row[len(header) - 1] for row in rows[1:]):
        header = header[:-1]
    header, unnamed = _named(header)
    _check_header(header, path)
    body = rows[1:]
    ragged = {
        place: row
        for place, row in enumerate(body)
        if len(row) < len(header) or any(cell for cell in row[len(header) :])
    }
    blank = [""] * len(header)
    cells = [blank if place in ragged else row[: len(header)] for place, row in enumerate(body)]
    return _table(cells, header), coding, remarks + unnamed, ragged


def _ragged_words(path: Path, ragged: Mapping[int, Sequence[str]], width: int) -> str:
    first = min(ragged)
    return (
        f"{path}: cannot be read: row {first + 2} has {len(ragged[first])} cells, the header {width} "
        f"({len(ragged)} such rows)"
    )


def _ragged_aside(row: int, cells: Sequence[str], width: int) -> SetAside:
    said = Said(
        f"有 {len(cells)} 个单元格，表头为 {width} 个，无法对应",
        f"it has {len(cells)} cells, the header {width}: which is which cannot be told",
    )
    return SetAside(
        row=row + 1, reason=said,
        attributes={f"cell {place}": cell[:_LONGEST_CELL] for place, cell in enumerate(cells, start=1) if cell},
    )  # fmt: skip


def read_xlsx(path: Path, ask: Ask) -> tuple[pd.DataFrame, list[str]]:
    """Return a sheet's cells as text, dates as days, None where empty; and remarks.

    Of several sheets the first is read, unless `sublayer` names one. A formula is the value that was stored with it.

    Raises
    ------
    LayerError
        If it is damaged, packed beyond the limits, or has no such sheet.
    """
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415  only sheets need it

    try:
        _require_small(path, ask)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = _book(path, data_only=True)
        try:
            if ask.sublayer is not None and ask.sublayer not in book.sheetnames:
                message = f"{path}: has no sheet {ask.sublayer!r}; {choices(ask.sublayer, book.sheetnames)}"
                raise LayerError(message)
            named = [book[ask.sublayer]] if ask.sublayer is not None else book.worksheets
            sheet, rows = next(((each, rows) for each in named if (rows := _rows(each))), (named[0], []))
            remarks = _remarks(book.sheetnames, sheet.title, ask) + _without_values(path, sheet.title, rows)
        finally:
            book.close()
    except LayerError:
        raise
    except (InvalidFileException, zipfile.BadZipFile, OSError, ValueError, KeyError, TypeError, IndexError,
            AttributeError, EOFError, SyntaxError) as fault:  # fmt: skip
        message = f"{path}: cannot be read: it is no sound XLSX ({str(fault)[:100]})"
        raise LayerError(message) from fault
    except Exception as fault:  # zlib.error, which is no ValueError
        if type(fault).__module__ != "zlib":
            raise
        message = f"{path}: cannot be read: it is no sound XLSX ({fault})"
        raise LayerError(message) from fault
    if not rows:
        message = f"{path}: cannot be read: the sheet has no rows"
        raise LayerError(message)
    long = sum(isinstance(cell, (int, float)) and abs(cell) >= _MOST_EXACT for row in rows for cell in row)
    if long:
        said = f"{long} numbers have more than 15 digits, of which a spreadsheet loses the last: keep ids as text"
        remarks.append(Said(f"{long} 个数超过 15 位，电子表格会丢失末位：编号请存为文本", said))
    rows, titles = _untitled(rows)
    remarks += titles
    width = max(
        len(row) - next((i for i, cell in enumerate(reversed(row)) if cell is not None), len(row)) for row in rows
    )
    cells = [[_cell(cell) for cell in row[:width]] + [""] * (width - len(row)) for row in rows]
    header, *body = _header_in_one_row(cells, remarks)
    header, unnamed = _named([name.strip() for name in header])
    _check_header(header, path)
    return _table(body, header), remarks + unnamed


def _book(path: Path, *, data_only: bool) -> Any:  # noqa: ANN401  of openpyxl
    """Open a workbook; colours that openpyxl refuses, as some programs write them, are blanked: no cell has them."""
    from openpyxl import load_workbook  # noqa: PLC0415  only sheets need it

    data = path.read_bytes()
    try:
        return load_workbook(io.BytesIO(data), read_only=True, data_only=data_only)
    except TypeError:
        plain = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(plain, "w") as copy:
            for member in packed.infolist():
                inner = packed.read(member)
                if member.filename == "xl/styles.xml":
                    inner = _EMPTY_FILL.sub(rb"<\1fill><\1patternFill/></\1fill>", inner)
                copy.writestr(member, inner)
        return load_workbook(plain, read_only=True, data_only=data_only)


def _rows(sheet: Any) -> list[list[Any]]:  # noqa: ANN401  of openpyxl
    """Return the rows of a sheet that hold anything; how far it says that it reaches is not believed."""
    sheet.reset_dimensions()
    rows = (list(row) for row in sheet.iter_rows(values_only=True))
    return [row for row in rows if any(cell not in (None, "") for cell in row)]


def _header_in_one_row(cells: list[list[str]], remarks: list[str]) -> list[list[str]]:
    """Join a header that stands in two rows: a cell merged over several columns, and below it the name of each.

    The second row belongs to it where it names columns that the first leaves empty, and holds no number.
    """
    if len(cells) < 3 or all(cells[0]):  # noqa: PLR2004  two rows of header and one of data
        return cells
    upper, lower = cells[:2]
    beneath = [name for name in lower if name]
    gaps = [place for place, name in enumerate(upper) if not name and place and lower[place]]
    if not gaps or any(not np.isnan(number_of(name)) or ANY_WKT.match(name) for name in beneath):
        return cells
    if any(not (above or below) for above, below in zip(upper, lower, strict=True)) or not all(
        lower[place - 1] for place in gaps
    ):
        return cells
    groups = [name or next(each for each in reversed(upper[:place]) if each) for place, name in enumerate(upper)]
    joined = [
        below if below and beneath.count(below) == 1 else f"{group} {below}".strip()
        for group, below in zip(groups, lower, strict=True)
    ]
    said = "its header stands in two rows, the upper one over several columns: joined"
    remarks.append(Said("表头占两行、上行跨列，已合并为一行", said))
    return [joined, *cells[2:]]


def _untitled(rows: list[list[Any]]) -> tuple[list[list[Any]], list[str]]:
    """Leave out titles above the header: rows of one cell before a row of several."""
    titles = 0
    while titles + 1 < len(rows) and _filled(rows[titles]) == 1 < _filled(rows[titles + 1]):
        titles += 1
    said = f"its first {titles} rows are titles above the header: left out"
    return rows[titles:], [Said(f"表头之上的 {titles} 行标题已略去", said)] * bool(titles)


def _filled(row: list[Any]) -> int:
    return sum(cell not in (None, "") for cell in row)


def _remarks(names: Sequence[str], read: str, ask: Ask) -> list[str]:
    several = ask.sublayer is None and len(names) > 1
    said = f"it has {len(names)} sheets; read is {read!r}: say which as sublayer"
    return [Said(f"共 {len(names)} 个工作表，读取的是“{read}”；可用 sublayer 指定", said)] * several


def _without_values(path: Path, title: str, rows: list[list[Any]]) -> list[str]:
    """Tell formulas whose value was not stored with them: they read as empty."""
    with zipfile.ZipFile(path) as packed:
        sheets = [name for name in packed.namelist() if name.startswith("xl/worksheets/")]
        if not any(b"<f" in packed.read(name) for name in sheets):
            return []
    book = _book(path, data_only=False)
    try:
        written = [list(row) for row in book[title].iter_rows(values_only=True)]
    finally:
        book.close()
    bare = sum(
        isinstance(formula, str) and formula.startswith("=") and value is None
        for formulas, values in zip(written, rows, strict=False)
        for formula, value in zip(formulas, values, strict=False)
    )
    said = f"{bare} formulas have no stored value and read as empty: open the file in a spreadsheet and save it"
    return [Said(f"{bare} 个公式没有存储结果，按空值读取：请用电子表格打开并保存", said)] * (bare > 0)


def _require_small(path: Path, ask: Ask) -> None:
    with zipfile.ZipFile(path) as packed:
        size = sum(member.file_size for member in packed.infolist())
    if size > ask.limits.unpacked_bytes:
        message = f"{path}: unpacks to more than {ask.limits.unpacked_bytes:,} bytes (limits.unpacked_bytes)"
        raise LayerError(message)


def _named(header: list[str]) -> tuple[list[str], list[str]]:
    """Name columns without a name by their place; also what is to be told of that.

    >>> _named(["id", "", "name"])
    (['id', 'column 2', 'name'], ['1 columns have no name: they are called by their place, like column 2'])
    """
    places = [place for place, name in enumerate(header, start=1) if not name]
    if not places or len(places) == len(header):
        return header, []
    named = [name or f"column {place}" for place, name in enumerate(header, start=1)]
    said = f"{len(places)} columns have no name: they are called by their place, like column {places[0]}"
    return named, [Said(f"{len(places)} 列没有列名，按位置命名，如 column {places[0]}", said)]


def _table(cells: list[list[str]], header: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(cells, columns=header, dtype=object, index=pd.RangeIndex(len(cells)))
    return table.where(table != "", None)


def _check_header(header: Sequence[str], path: Path) -> None:
    twice = sorted({name for name in header if header.count(name) > 1 and name})
    if twice:
        message = f"{path}: cannot be read: the column {twice[0]!r} stands more than once"
        raise LayerError(message)
    if not any(header):
        message = f"{path}: cannot be read: its first row names no column"
        raise LayerError(message)
    if len(header) > _MOST_COLUMNS:
        message = f"{path}: cannot be read: its first row names {len(header):,} columns, more than {_MOST_COLUMNS:,}"
        raise LayerError(message)


def _cell(value: Any) -> str:  # noqa: ANN401  a cell
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_EXACT:
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    return str(value)


def _separator(text: str) -> str:
    """Return the separator that the header is written with: of commas, semicolons, tabs and bars the most frequent."""
    bare = re.sub(r'"[^"]*"', "", text[:_HEAD])  # what is quoted separates nothing
    header = next((line for line in bare.split("\n", 5)[:5] if any(mark in line for mark in _SEPARATORS)), "")
    return max(_SEPARATORS, key=lambda mark: (header.count(mark), -_SEPARATORS.index(mark)))
