"""The cells of a table of uses: under which classes of zone, with which symbol and footnotes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from geo_tej.errors import choices
from geo_tej.model import Columns
from geo_tej.rulebook.articles import read_when
from geo_tej.rulebook.code_lists import need_codes
from geo_tej.rulebook.terms import check_where, need_permits
from geo_tej.rulebook.written import TOML

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from geo_tej.model import Action, When
    from geo_tej.rulebook.entries import MatrixEntry, OutcomeName, SymbolEntry
    from geo_tej.rulebook.terms import Terms
    from geo_tej.rulebook.written import Reading
    from geo_tej.spreadsheet import Row, Sheet

ANY_OTHER, TAG = "*", "@"
"""In place of a use, in a row: every use that no other row speaks of, and all uses that bear a tag (`@retail`)."""

UNLISTED = "unlisted"
"""What an empty cell means unless the matrix names a symbol: as the layer says of uses that it does not list."""

_BETWEEN = re.compile(r"[\s,;.、，；/()\[\]^]+")
_STARS = re.compile(r"([*†‡§]+)")
_BEGINS_MARKS = re.compile(r"\s*[(\[*†‡§^²³¹⁰-⁹①-⑳ᵃ-ᶻ]")
"""How footnotes begin behind a name; in a cell they may follow at once (P1), but R-1 and Type 2 are names."""


class Cell(NamedTuple):
    """What a cell says: a symbol, or nothing, and the footnotes that it bears."""

    symbol: SymbolEntry | None
    footnotes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table of uses once read: the cells by row and heading, and the classes that each heading stands for."""

    entry: MatrixEntry
    title: str
    symbols: Mapping[str, SymbolEntry]
    classes: Mapping[str, tuple[str, ...]]
    cells: Mapping[str, Mapping[str, Cell]]
    written: Mapping[tuple[str, str], str]
    places: Mapping[str, str] = field(default_factory=dict)
    english: Mapping[str, str] = field(default_factory=dict)
    whens: Mapping[str, When | None] = field(default_factory=dict)
    articles: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_outcome(self) -> dict[str, dict[OutcomeName, frozenset[Action]]]:
        """The actions that have each outcome, by symbol."""
        return {name: symbol.by_outcome() for name, symbol in self.symbols.items()}

    @cached_property
    def columns(self) -> Columns:
        """The classes of zone that the table speaks of."""
        every = tuple(value for values in self.classes.values() for value in values)
        where = {**self.entry.where, self.entry.attribute: every}
        return Columns(where=where, match=self.entry.match, other_headers=every)

    def article(self, key: str) -> str:
        """Return the article that a row cites by itself, if any."""
        return self.articles.get(key, "")


def symbols_of(reading: Reading, terms: Terms, entry: MatrixEntry, place: str) -> dict[str, SymbolEntry]:
    """Return the symbols that may stand in a table: the rulebook's, and the table's own instead of those."""
    symbols = {**terms.symbols, **{symbol.id: symbol for symbol in entry.symbol}}
    for symbol in entry.symbol:
        need_permits(reading, symbol.approvals, terms, f"{place}, symbol {symbol.id}")
    for footnote in entry.footnote:
        need_permits(reading, footnote.approvals, terms, f"{place}, footnote {footnote.id}")
    if entry.blank != UNLISTED:
        reading.known(entry.blank, [UNLISTED, *symbols], f"{place}: blank")
    if entry.marks_alone is not None:
        reading.known(entry.marks_alone, symbols, f"{place}: marks_alone")
    return symbols


def read_table(
    reading: Reading, terms: Terms, entry: MatrixEntry, sheet: Sheet, symbols: Mapping[str, SymbolEntry]
) -> Table:
    """Read the cells of a sheet, each with its place; rows are uses, whichever way the sheet lies."""
    first, others = _columns(reading, entry, sheet)
    rows = [row for row in sheet.rows if not row.remark and not _is_repeated(reading, sheet, row)]
    if entry.transposed:
        headings = {row[first]: sheet.at(row, first) for row in rows if row[first]}
        texts = {
            use: {row[first]: (_narrow(row[use], symbols), sheet.at(row, use)) for row in rows if row[first]}
            for use in others
        }  # fmt: skip
        doubled = [(row[first], sheet.at(row)) for row in rows]
    else:
        rows = [row for row in rows if not _is_heading(reading, terms, entry, sheet, row.cells, others, first)]
        headings = {column: sheet.at(sheet.heads, column) for column in others}
        texts = {
            row[first]: {column: (_narrow(row[column], symbols), sheet.at(row, column)) for column in others}
            for row in rows
        }
        doubled = [(row[first], sheet.at(row)) for row in rows]
    seen: set[str] = set()
    for key, where in doubled:
        if not key:
            reading.faults.append(f"{where}: has nothing in its first cell, so that nobody knows what it speaks of")
        elif key in seen:
            reading.faults.append(f"{where}: the row {key!r} stands more than once")
        seen.add(key)
    declared = [footnote.id for footnote in entry.footnote]
    classes, marked = _classes(reading, terms, entry, headings)
    told, noted = _rows_told(terms, entry, texts, declared)
    cells = {
        use: {
            heading: _with_marks(_cell(reading, entry, symbols, *texts[use][heading]), noted[use] + marked[heading])
            for heading in texts[use]
        }
        for use in texts
    }  # fmt: skip
    places = (
        {use: sheet.at(sheet.heads, use) for use in others}
        if entry.transposed
        else {row[first]: sheet.at(row, first) for row in rows}
    )
    return Table(
        entry=entry,
        title=sheet.title,
        symbols=symbols,
        classes=classes,
        cells={told[use]: line for use, line in cells.items()},
        written={(told[use], heading): text for use, line in texts.items() for heading, (text, _) in line.items()},
        places={told[use]: place for use, place in places.items() if use in told},
        english=_english(reading, entry, sheet, first),
        whens={
            each.id: read_when(reading, terms, each.when, f"{TOML}, matrix {entry.id}, footnote {each.id}")
            for each in entry.footnote
        },
        articles={told[row[first]]: row[entry.articles_in] for row in rows if row[first]}
        if entry.articles_in and not entry.transposed
        else {},
    )


def _columns(reading: Reading, entry: MatrixEntry, sheet: Sheet) -> tuple[str, list[str]]:
    """Return the column that names the rows and those that are headings of zones."""
    first, *others = sheet.columns
    for key, names in (("rows_in", (entry.rows_in,)), ("articles_in", (entry.articles_in,)), ("skip", entry.skip)):
        for name in filter(None, names):
            reading.known(name, sheet.columns, f"{TOML}, matrix {entry.id}: {key}")
    if entry.rows_in in others:
        first, others = str(entry.rows_in), others[others.index(str(entry.rows_in)) + 1 :]
    left_out = {entry.articles_in, *entry.skip}
    return first, [column for column in others if not column.startswith("#") and column not in left_out]


def _is_repeated(reading: Reading, sheet: Sheet, row: Row) -> bool:
    """Tell a row that says the headings once more, as tables over several pages do. It is noted."""
    again = all(row[column] == column for column in sheet.columns)
    if again:
        reading.notes.append(f"{sheet.at(row)}: the headings once more, not read")
    return again


def _rows_told(
    terms: Terms, entry: MatrixEntry, texts: Iterable[str], declared: Sequence[str]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return, by the text of each row, its name without footnotes, and these."""
    known = {*entry.uses, *terms.uses, ANY_OTHER}

    def named(name: str) -> bool:
        return entry.rows != "use" or name in known or name.startswith(TAG) or set(name.split("|")) <= known

    parted = {text: (text, ()) if text in known else marks_after(text, declared, named) for text in texts}
    names = [name for name, _ in parted.values()]
    parted = {text: (text, ()) if names.count(name) > 1 else (name, marks) for text, (name, marks) in parted.items()}
    return {text: name for text, (name, _) in parted.items()}, {text: marks for text, (_, marks) in parted.items()}


def marks_after(text: str, declared: Sequence[str], named: Callable[[str], bool]) -> tuple[str, tuple[str, ...]]:
    """Part a name from the footnotes behind it; none where no name that is known stands before them.

    >>> marks_after("Hotel (1, 2)", ["1", "2"], lambda name: name == "Hotel")
    ('Hotel', ('1', '2'))
    >>> marks_after("C-1*", ["*", "1"], lambda name: name == "C-1"), marks_after("Type 1", ["1"], lambda name: True)
    (('C-1', ('*',)), ('Type 1', ()))
    >>> marks_after("", ["1"], lambda name: True)
    ('', ())
    """
    for place in range(1, len(text)):
        name, behind = text[:place].rstrip(), text[place:]
        if _BEGINS_MARKS.match(behind) and named(name) and (marks := _marks(_plain(behind), declared)):
            return name, marks
    return text, ()


def _with_marks(cell: Cell, marks: tuple[str, ...]) -> Cell:
    """Add the footnotes of its row and of its heading to a cell that says something."""
    return cell if cell.symbol is None or not marks else Cell(cell.symbol, tuple(dict.fromkeys(cell.footnotes + marks)))


def _is_heading(  # noqa: PLR0913  a row, and the table it stands in
    reading: Reading,
    terms: Terms,
    entry: MatrixEntry,
    sheet: Sheet,
    cells: Mapping[str, str],
    columns: Iterable[str],
    first: str,
) -> bool:
    """Tell a heading over a group of rows from a row: it names no use and its cells are empty. It is noted."""
    if (
        entry.rows != "use"
        or any(cells[column] for column in columns)
        or not cells[first]
        or cells[first] in entry.uses
    ):
        return False
    heading = not any(_is_use(terms, key.strip()) for key in cells[first].split("|"))
    if heading:
        reading.notes.append(f"{sheet.title}: {cells[first]!r} is no use and its row is empty: read as a heading")
    return heading


def _is_use(terms: Terms, key: str) -> bool:
    return key in terms.uses or key == ANY_OTHER or key.startswith(TAG)


def _classes(
    reading: Reading, terms: Terms, entry: MatrixEntry, headings: Mapping[str, str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return the classes of zone that each heading stands for, each class under one heading only, and its footnotes."""
    for name in entry.columns:
        reading.known(name, headings, f"{TOML}, matrix {entry.id}: columns")
    classes: dict[str, tuple[str, ...]] = {}
    marked: dict[str, tuple[str, ...]] = dict.fromkeys(headings, ())
    if entry.layer not in terms.layers:
        return classes, marked
    layer = terms.layers[entry.layer]
    seen: dict[str, str] = {}
    attribute = f"{TOML}, matrix {entry.id}: attribute of layer {layer.id}"
    if not reading.known(entry.attribute, layer.attributes, attribute):
        return {}, marked
    declared, listed = [footnote.id for footnote in entry.footnote], layer.attributes[entry.attribute]

    def named(name: str) -> bool:
        return name in entry.columns or not listed or set(map(str.strip, name.split("|"))) <= set(listed)

    for heading, place in headings.items():
        whole = heading in entry.columns or (listed and named(heading))
        name, marked[heading] = (heading, ()) if whole else marks_after(heading, declared, named)
        classes[heading] = entry.columns.get(name) or tuple(filter(None, map(str.strip, name.split("|"))))
        if not classes[heading]:
            reading.faults.append(f"{place}: the heading {heading!r} stands for no class of zone")
        check_where(reading, {entry.attribute: classes[heading]}, layer, place)
        need_codes(terms.codes, entry.where.get("scheme", ()), classes[heading], place, reading.faults)
        for each in classes[heading]:
            if seen.setdefault(each, heading) != heading:
                reading.faults.append(f"{place}: {each!r} stands under {seen[each]!r} already; one heading a class")
    return classes, marked


def _cell(
    reading: Reading, entry: MatrixEntry, symbols: Mapping[str, SymbolEntry], text: str, place: str
) -> Cell:  # fmt: skip
    """Read a cell: a symbol, alone or with the marks of footnotes after it (`P1`, `C (2, 5)`, `P¹`)."""
    if not text:
        return Cell(symbols.get(entry.blank))
    if text in symbols:
        return Cell(symbols[text])
    plain = _plain(text)
    declared = [footnote.id for footnote in entry.footnote]
    found = []
    for name in [name for name in symbols if plain.startswith(name) and declared]:
        marks = _marks(plain[len(name) :], declared)
        if marks is not None:
            found.append(Cell(symbols[name], marks))
    alone = _marks(plain, declared)
    beside = symbols.get(entry.marks_alone or "")
    if alone and beside is not None:
        found.append(Cell(beside, alone))
    if len(found) == 1:
        return found[0]
    if found:
        ways = " or ".join(f"{cell.symbol.id} with {', '.join(cell.footnotes)}" for cell in found if cell.symbol)
        reading.faults.append(f"{place}: {text!r} can be read as {ways}; put a space before the footnotes")
    else:
        near = choices(text, sorted(symbols)) + (f"; footnotes: {', '.join(declared)}" if declared else "")
        near += "; say by `marks_alone` which symbol footnotes without one mean" if alone else ""
        reading.faults.append(f"{place}: symbol {text!r} is not declared; {near}")
    return Cell(None)


def _narrow(text: str, symbols: Mapping[str, SymbolEntry]) -> str:
    """Write a symbol that was typed in full-width letters as it is declared."""
    narrow = unicodedata.normalize("NFKC", text).strip()
    return narrow if text not in symbols and narrow in symbols else text


def _marks(text: str, declared: Sequence[str]) -> tuple[str, ...] | None:
    """Return the footnotes that a text names, each once; None where something in it is none."""
    marks = tuple(dict.fromkeys(filter(None, _BETWEEN.split(_STARS.sub(r" \1 ", text)))))
    return marks if all(mark in declared for mark in marks) else None


def _plain(text: str) -> str:
    """Write small and circled numbers as plain ones; circled ones stand each for itself.

    >>> _plain("P¹²"), _plain("△①②")
    ('P12', '△ 1 2')
    """
    apart = (f" {letter}" if unicodedata.decomposition(letter).startswith("<circle>") else letter for letter in text)
    return unicodedata.normalize("NFKC", "".join(apart))


def _english(reading: Reading, entry: MatrixEntry, sheet: Sheet, first: str) -> dict[str, str]:
    """Return what the rows are called in English, where the matrix names a column that says so."""
    column = entry.rows_in_english
    if column is None or not reading.known(column, sheet.columns, f"{sheet.title}: rows_in_english"):
        return {}
    return {row[first]: row[column] or row[first] for row in sheet.rows}
