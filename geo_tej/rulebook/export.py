"""A rulebook as an editable set: its text, and every table with what a spreadsheet may know of its columns."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_tej.model import Level
from geo_tej.rulebook.articles import RULES, SETBACKS
from geo_tej.rulebook.entries import OUTCOME_ORDER, RuleEntry
from geo_tej.rulebook.rows import RULE_COLUMNS, entry_of, row_of
from geo_tej.rulebook.terms import PERMITS, USES
from geo_tej.rulebook.written import KINDS
from geo_tej.spreadsheet import Row, Sheet
from geo_tej.strict import validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geo_tej.model import Fact, Matrix, Rulebook
    from geo_tej.rulebook.written import Reading

REMARK = "#remark"
"""The column that keeps what stood in rulebook.toml beside a rule that became a row."""

_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?")
_HOW_WRITTEN = re.compile(
    r'^header_row\s*=\s*[\d\[][^\n]*\n|\bheader_row\s*=\s*(?:\d+|\[[\s\d,]*\])\s*,\s*|^encoding\s*=\s*"[^"]*"[^\n]*\n',
    re.MULTILINE,
)
"""The keys of rulebook.toml that say how its tables are written, and mean nothing of those that are written out."""

_FLAGS = ("true", "false")


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table to write: headings, rows, which columns are amounts, and what may stand in which column."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    amounts: frozenset[str] = frozenset()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    matrix: Matrix | None = None


@dataclass(frozen=True, kw_only=True)
class Editable:
    """The text of rulebook.toml and its tables, those first that planners edit most."""

    text: str
    tables: tuple[Table, ...]


def editable(book: Rulebook, reading: Reading) -> Editable:
    """Return a rulebook that was read as an editable set, its setbacks as rows of a table.

    A setback that would not be the same as a row stays in the text.
    """
    text, moved = _cut_setbacks(reading.written.text, reading.written.toml, book.facts)
    text = _HOW_WRITTEN.sub("", text)  # tables are written in UTF-8, with their headings in the first row
    sheets = {_stem(file): sheet for file, sheet in reading.sheets.items()}
    if moved:
        name = _stem(SETBACKS)
        sheets[name] = _with_rows(sheets.get(name, Sheet(title=name, columns=())), moved)
    matrices = {_stem(matrix.file): matrix for matrix in book.matrices.values()}
    first = [_stem(USES), *matrices, *map(_stem, (SETBACKS, RULES, PERMITS))]
    order = sorted(sheets, key=lambda name: (first.index(name) if name in first else len(first), name))
    tables = [
        Table(
            name=name,
            columns=sheets[name].columns,
            rows=tuple(tuple(row[column] for column in sheets[name].columns) for row in sheets[name].rows),
            amounts=frozenset(column for column, kind in KINDS.items() if kind == "number"),
            choices=_choices(book, name),
            matrix=matrices.get(name),
        )
        for name in order
    ]
    return Editable(text=text, tables=tuple(tables))


def _stem(file: str) -> str:
    return Path(file).stem


def _choices(book: Rulebook, name: str) -> dict[str, tuple[str, ...]]:
    """Return the closed lists of a table's columns."""
    if name == _stem(USES):
        return {"group": tuple(book.groups)}
    if name == _stem(PERMITS):
        levels = tuple(level.name.lower() for level in Level if level)
        return {"level": levels, "source": tuple(book.sources), "verified": _FLAGS}
    if name in (_stem(SETBACKS), _stem(RULES)):
        return {
            "kind": ("zone", "setback", "raster", "fact"),
            "layer": tuple(book.layers),
            "outcome": OUTCOME_ORDER,
            "could_be": OUTCOME_ORDER[1:],
            "binds": ("ground", "parcel"),
            "source": tuple(book.sources),
            "verified": _FLAGS,
            "grants": _FLAGS,
        }
    return {}


def _with_rows(sheet: Sheet, rows: Sequence[Mapping[str, str]]) -> Sheet:
    """Add rows to a table of rules, with the columns that they need."""
    used = {column for row in rows for column, text in row.items() if text}
    lasting = ("id", "ref", "layer", "where", "distance_m", "uses", "except", "actions", "outcome", "binds",
               "condition_zh", "condition_en", "source", "article", "verified", "approvals")  # fmt: skip
    wanted = [column for column in (*RULE_COLUMNS, REMARK) if column in used or column in lasting]
    columns = (*sheet.columns, *(column for column in wanted if column not in sheet.columns))
    number = max((row.number for row in sheet.rows), default=1)
    added = [Row(number=number + place, cells=row) for place, row in enumerate(rows, start=1)]
    return Sheet(title=sheet.title, columns=columns, rows=(*sheet.rows, *added))


def _cut_setbacks(text: str, toml: Mapping[str, Any], facts: Mapping[str, Fact]) -> tuple[str, list[dict[str, str]]]:
    """Take the setbacks out of the text of rulebook.toml and return them as rows, with the remarks beside them.

    Everything else stays as it is written. Where the text is not written rule by rule, nothing is taken out.
    """
    entries = toml.get("rule", [])
    lines = text.split("\n")
    blocks = _blocks(lines)
    if len(blocks) != len(entries):
        return text, []
    rows: dict[int, dict[str, str]] = {}
    for place, entry in enumerate(entries):
        row = _faithful_row(entry, facts) if entry.get("kind") == "setback" else None
        if row is not None:
            start, stop = blocks[place]
            remark = " ".join(_remarks(lines[start:stop]))
            rows[place] = {column: text for column, text in row.items() if column != "kind"} | {REMARK: remark}
    gone = {line for place in rows for line in range(*blocks[place])}
    left = "\n".join(line for number, line in enumerate(lines) if number not in gone)
    try:
        same = tomllib.loads(left)
    except tomllib.TOMLDecodeError:
        return text, []
    kept = [entry for place, entry in enumerate(entries) if place not in rows]
    if same != {**toml, "rule": kept} and same != {key: value for key, value in toml.items() if key != "rule" or kept}:
        return text, []
    return left, list(rows.values())


def _blocks(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Find the lines of each [[rule]], from the remarks right above it to its last key and the blank line after."""
    heads = [
        (number, found[1])
        for number, line in enumerate(lines)
        if (found := _HEADER.fullmatch(line)) and not found[1].startswith("rule.")
    ]
    blocks = []
    for (start, name), (stop, _) in pairwise([*heads, (len(lines), "")]):
        if name != "rule" or not lines[start].lstrip().startswith("[["):
            continue
        last = max(number for number in range(start, stop) if not _is_idle(lines[number]))
        after = next((number for number in range(last + 1, stop) if lines[number].strip()), stop)
        above = next((number for number in range(start, 0, -1) if not lines[number - 1].lstrip().startswith("#")), 0)
        blocks.append((above, after))
    return blocks


def _is_idle(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _remarks(lines: Iterable[str]) -> list[str]:
    """Return the remarks among the lines of a rule."""
    found = []
    for line in lines:
        for place in (number for number, letter in enumerate(line) if letter == "#"):
            try:
                bare = tomllib.loads(line[:place]) == tomllib.loads(line)
            except tomllib.TOMLDecodeError:
                continue
            if bare:
                found.append(line[place + 1 :].strip())
                break
    return found


def _faithful_row(entry: Mapping[str, Any], facts: Mapping[str, Fact]) -> dict[str, str] | None:
    """Return a rule as a row if the row, read again, is the same rule."""
    faults: list[str] = []
    row = row_of(entry)
    sheet = Sheet(title="", columns=tuple(row))
    again = entry_of(Row(number=1, cells={name: text.strip() for name, text in row.items()}), sheet, facts, faults)
    if again is None or faults:
        return None
    rules = [validate(RuleEntry, table, "", faults) for table in (entry, again)]
    return row if rules[0] == rules[1] and rules[0] is not None else None
