"""Rules from tables of uses by classes of zone: the cells that say the same under one heading are one rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from geo_tej.i18n import Text
from geo_tej.model import Action, Columns, Comparison, Fact, Matrix, MatrixRow, Outcome, Rule, Symbol, When
from geo_tej.rulebook.cells import read_table, symbols_of
from geo_tej.rulebook.code_lists import read_through
from geo_tej.rulebook.entries import OUTCOME_ORDER
from geo_tej.rulebook.serving import NAMES, row_label, rows_of_uses
from geo_tej.rulebook.terms import check_where, need_permits
from geo_tej.rulebook.written import TOML

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo_tej.rulebook.cells import Table
    from geo_tej.rulebook.entries import MatrixEntry, OutcomeName
    from geo_tej.rulebook.serving import Serving
    from geo_tej.rulebook.terms import Terms
    from geo_tej.rulebook.written import Reading
    from geo_tej.spreadsheet import Sheet


class Read(NamedTuple):
    """What a table of uses gives: rules, the classes of zone it speaks of, its cells, and rows that uses join to."""

    rules: list[Rule]
    columns: Columns
    matrix: Matrix
    rows: list[MatrixRow]


class Said(NamedTuple):
    """What the cells of one rule have in common."""

    heading: str
    symbol: str
    outcome: OutcomeName
    row: str
    variant: str
    article: str = ""


class Noted(NamedTuple):
    """Under which heading, and in which row, cells bear a footnote."""

    heading: str
    mark: str
    row: str
    variant: str
    article: str = ""


def read_matrix(reading: Reading, terms: Terms, entry: MatrixEntry, facts: dict[str, Fact]) -> Read | None:
    """Read one table of uses: its rules, the classes it speaks of, and what is written in it; None where it cannot be.

    Several rows that serve one use are variants, which a fact tells apart: it is added to `facts`.
    """
    place = f"{TOML}, matrix {entry.id}"
    reading.known(entry.source, terms.sources, f"{place}: source")
    need_permits(reading, entry.approvals, terms, place)
    symbols = symbols_of(reading, terms, entry, place)
    sheet = reading.sheet(entry.file, heads_in=entry.header_row, corner=entry.rows)
    if entry.through is not None and reading.known(entry.through, terms.codes.schemes, f"{place}: through"):
        sheet = read_through(sheet, terms.codes, entry.where["scheme"][0], entry.through)
    if reading.known(entry.layer, terms.layers, f"{place}: layer"):
        check_where(reading, entry.where, terms.layers[entry.layer], place)
    if not sheet.rows:
        return None
    table = read_table(reading, terms, entry, sheet, symbols)
    serving = rows_of_uses(reading, terms, table, place)
    said, noted = _alike(reading, table, serving)
    variants = {each.variant for each in said} - {""}
    _add_variants(reading, entry, facts, variants, place)
    for each in noted:
        told_apart = table.whens[each.mark]
        if each.variant and told_apart is not None and told_apart.how == "any":
            reading.faults.append(
                f"{place}, footnote {each.mark}: stands beside one of several rows of a use, and its tests are `any`; "
                "write a [[rule]] for it"
            )
    rules = [_rule(table, each, uses) for each, uses in said.items()]
    rules += [_footnote(table, each, uses) for each, uses in noted.items()]
    rows = _joined_rows(terms, table, sheet, serving)
    return Read(rules=rules, columns=table.columns, matrix=_as_written(table), rows=rows)


def _alike(
    reading: Reading, table: Table, serving: Mapping[str, Serving]
) -> tuple[dict[Said, set[str]], dict[Noted, set[str]]]:
    """Put the uses together whose cells say the same under one heading, and those whose cells bear one footnote.

    Rows that serve one use are variants where their cells differ.
    """
    said: dict[Said, set[str]] = {}
    noted: dict[Noted, set[str]] = {}
    for use, rows in serving.items():
        for heading in table.classes:
            keys = rows.speaking(reading, table, use, heading)
            given = {key: table.cells[key][heading] for key in keys}
            alike = len(given) == 1 or (
                len({(cell.symbol.id if cell.symbol else "", cell.footnotes) for cell in given.values()}) == 1
            )
            for key, cell in given.items() if not alike else [("/".join(keys), next(iter(given.values())))]:
                if cell.symbol is None:
                    continue
                variant = "" if alike else key
                label = row_label(table, key)
                article = "; ".join(dict.fromkeys(filter(None, map(table.article, keys if alike else [key]))))
                for outcome in table.by_outcome[cell.symbol.id]:
                    said.setdefault(Said(heading, cell.symbol.id, outcome, label, variant, article), set()).add(use)
                for mark in cell.footnotes:
                    noted.setdefault(Noted(heading, mark, label, variant, article), set()).add(use)
    return said, noted


def _as_written(table: Table) -> Matrix:
    """Return the cells as they stand, with what their symbols and footnotes mean."""
    meanings = {
        name: Symbol(
            title=symbol.title,
            outcomes={
                action: Outcome[outcome.upper()]
                for outcome, actions in table.by_outcome[name].items()
                for action in sorted(actions)
            },
        )
        for name, symbol in table.symbols.items()
    }
    footnotes = {each.id: each.condition for each in table.entry.footnote}
    return Matrix(id=table.entry.id, file=table.entry.file, cells=table.written, symbols=meanings, footnotes=footnotes)


def _joined_rows(terms: Terms, table: Table, sheet: Sheet, serving: Mapping[str, Serving]) -> list[MatrixRow]:
    """Return the rows of a table that a column of uses.csv joins uses to, those that are named in vain first."""
    entry = table.entry
    if entry.rows == "use" or entry.rows in NAMES:
        return []
    absent = [
        MatrixRow(matrix=entry.id, name=key, cells={}, uses=frozenset([use.id]), remarks={})
        for use in terms.uses.values()
        for key in filter(None, use.columns.get(entry.rows, "").split("|"))
        if key not in table.cells
    ]
    remarks = {} if entry.transposed else {row[sheet.columns[0]]: row.cells for row in sheet.rows}
    return absent + [
        MatrixRow(
            matrix=entry.id, name=key, cells={heading: table.written[key, heading] for heading in cells},
            uses=frozenset(use for use, rows in serving.items() if key in (*rows.own, *rows.groups)),
            remarks={
                name[1:]: text
                for name, text in remarks.get(key, {}).items()
                if len(name) > 1 and name.startswith("#") and text
            },
        )
        for key, cells in table.cells.items()
    ]  # fmt: skip


def _add_variants(reading: Reading, entry: MatrixEntry, facts: dict[str, Fact], variants: set[str], place: str) -> None:
    """Make the fact that tells variants of a use apart, or add to its values."""
    if not variants:
        return
    known = facts.get(entry.rows)
    if known is not None and known.type != "enum":
        reading.faults.append(f"{place}: rows = {entry.rows!r} is a fact already, and none with listed values")
    values = variants | set(known.values if known is not None else ())
    facts[entry.rows] = Fact(
        id=entry.rows,
        type="enum",
        values=tuple(sorted(values)),
        title=Text("设施类型与档次", "kind and grade of the facility"),
        question=Text("拟建的是哪一类、哪一档设施？", "Which kind and grade of facility is meant?"),
    )


def _row_words(table: Table, row: str, words: Text) -> Text:
    """Put the name of the row before a condition, and what holds for the whole table behind it."""
    if row:
        in_english = "/".join(table.english.get(each, each) for each in row.split("/"))
        words = Text(f"{row}：{words.zh}", f"{in_english}: {words.en}")
    told = table.entry.condition
    return words if told is None else Text(f"{words.zh}（{told.zh}）", f"{words.en} ({told.en})")


def _with_row(article: str, of_row: str) -> str:
    """Cite the article of a row behind the table's.

    >>> _with_row("6.1.4", "6.2.1.A"), _with_row("6.1.4", "")
    ('6.1.4, 6.2.1.A', '6.1.4')
    """
    return ", ".join(filter(None, (article, of_row)))


def _common(table: Table, heading: str, uses: Iterable[str]) -> dict[str, Any]:
    """Return what a table's rules under one heading have in common."""
    entry = table.entry
    return {
        "ref": entry.ref, "kind": "matrix", "layer": entry.layer, "uses": frozenset(uses), "binds": entry.binds,
        "where": {**entry.where, entry.attribute: table.classes[heading]}, "source": entry.source,
        "verified": entry.verified, "match": entry.match,
        "other_headers": table.columns.other_headers if entry.match == "prefix" else (),
        "valid_from": entry.valid_from, "valid_until": entry.valid_until,
        "where_from": f"{table.title}, column {heading}",
    }  # fmt: skip


def _rule(table: Table, said: Said, uses: Iterable[str]) -> Rule:
    entry, symbol, outcome = table.entry, table.symbols[said.symbol], said.outcome
    stricter = symbol.could_be is not None and OUTCOME_ORDER.index(symbol.could_be) > Outcome[outcome.upper()]
    tests = (Comparison(fact=entry.rows, operator="is", value=said.variant),)
    approvals = [*entry.approvals * (outcome == "conditional"), *symbol.approvals * (outcome != "prohibited")]
    return Rule(
        **_common(table, said.heading, uses),
        id="/".join(
            filter(
                None, (entry.id, said.heading, said.row, symbol.id, outcome, said.variant and "variant", said.article)
            )
        ),
        actions=table.by_outcome[symbol.id][outcome],
        outcome=Outcome[outcome.upper()],
        condition=_row_words(table, said.row, symbol.title),
        article=_with_row(entry.article, said.article),
        lists=True,
        when=When(how="all", tests=tests) if said.variant else None,
        could_be=Outcome[symbol.could_be.upper()] if symbol.could_be is not None and stricter else None,
        decider=symbol.decider if stricter else None,
        approvals=tuple(dict.fromkeys(approvals)),
    )  # fmt: skip


def _footnote(table: Table, noted: Noted, uses: Iterable[str]) -> Rule:
    """Return what a footnote adds to the cells that bear it: a duty beside the symbol, which lists no use."""
    entry, footnote = table.entry, next(each for each in table.entry.footnote if each.id == noted.mark)
    tests = (Comparison(fact=entry.rows, operator="is", value=noted.variant),) if noted.variant else ()
    when = table.whens[noted.mark]
    if tests:
        when = When(how="all", tests=tests if when is None else (*tests, *when.tests))
    return Rule(
        **_common(table, noted.heading, uses),
        id="/".join(
            filter(
                None,
                (
                    entry.id,
                    noted.heading,
                    noted.row,
                    f"footnote {noted.mark}",
                    noted.variant and "variant",
                    noted.article,
                ),
            )
        ),
        actions=frozenset(Action if footnote.actions == "all" else footnote.actions),
        outcome=Outcome[footnote.outcome.upper()],
        condition=_row_words(table, noted.row, footnote.condition),
        article=_with_row(entry.article, noted.article) if footnote.article is None else footnote.article,
        when=when,
        could_be=None if footnote.could_be is None else Outcome[footnote.could_be.upper()],
        decider=footnote.decider,
        approvals=footnote.approvals,
    )
