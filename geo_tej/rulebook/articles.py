"""Rules one by one: from [[rule]] in rulebook.toml, and from the rows of the tables `setbacks` and `rules`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from geo_tej.model import Action, Comparison, Outcome, Rule, When
from geo_tej.rulebook.entries import RuleEntry
from geo_tej.rulebook.rows import COLUMNS, entry_of, need_columns
from geo_tej.rulebook.terms import check_where, need_permits, resolve_uses
from geo_tej.rulebook.written import TOML
from geo_tej.strict import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo_tej.rulebook.entries import WhenEntry
    from geo_tej.rulebook.terms import Terms
    from geo_tej.rulebook.written import Reading
    from geo_tej.spreadsheet import Row, Sheet

SETBACKS, RULES = "setbacks.csv", "rules.csv"
"""Tables of rules: one of setbacks alone, one whose column `kind` says what each row is."""

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "number": ((int, float), "a number"),
    "bool": ((bool,), "true or false"),
    "date": ((date,), "a date like 2026-06-30"),
}


def read_articles(reading: Reading, terms: Terms) -> list[Rule]:
    """Read every rule that is written out by itself."""
    items: list[tuple[RuleEntry, Callable[[str], str]]] = [
        (item, partial(_in_text, item.id)) for item in reading.entries("rule", RuleEntry)
    ]
    return [rule for item, at in (*items, *_from_tables(reading, terms)) for rule in _rules(reading, terms, item, at)]


def _from_tables(reading: Reading, terms: Terms) -> Iterator[tuple[RuleEntry, Callable[[str], str]]]:
    """Give the rules that stand in tables, each with what names the place of its keys."""
    for file, kind in ((SETBACKS, "setback"), (RULES, None)):
        sheet = reading.sheet(file, optional=True)
        need_columns(sheet, reading.faults, kind=kind)
        for row in reading.rows(sheet, ("id",)):
            at = partial(_in_table, sheet, row)
            table = entry_of(row, sheet, terms.facts, reading.faults, kind=kind)
            item = validate(RuleEntry, table, sheet.at(row), reading.faults, cell=at, mend=True)
            if item:
                yield item, at


def _in_text(name: str, key: str) -> str:
    """Name the place of a rule in rulebook.toml, whichever its key."""
    return f"{TOML}, rule {name}" if key == "id" else f"{TOML}, rule {name}: {key}"


def _in_table(sheet: Sheet, row: Row, key: str) -> str:
    """Name the cell of a rule in a table."""
    return sheet.at(row, COLUMNS.get(key, key))


def _rules(reading: Reading, terms: Terms, item: RuleEntry, at: Callable[[str], str]) -> list[Rule]:
    """Read what an entry stands for: a rule, or the same rule in each of several layers."""
    reading.known(item.source, terms.sources, at("source"))
    need_permits(reading, item.approvals, terms, at("approvals"))
    for _, layer in item.by_layer():
        if layer is not None and reading.known(layer, terms.layers, at("layer")):
            check_where(reading, item.where, terms.layers[layer], at("where"))
    names = list(terms.uses) if item.uses == "all" else item.uses
    chosen = resolve_uses(reading, names, terms.uses, at("uses"))
    one = Rule(
        id=item.id, ref=item.ref, kind=item.kind, layer=None, where=item.where,
        uses=chosen - resolve_uses(reading, item.except_, terms.uses, at("except")),
        actions=frozenset(Action if item.actions == "all" else item.actions),
        outcome=Outcome[item.outcome.upper()], binds=item.binds, condition=item.condition,
        source=item.source, article=item.article, verified=item.verified, lists=item.lists_uses(),
        could_be=None if item.could_be is None else Outcome[item.could_be.upper()], decider=item.decider,
        distance_m=item.distance_m, when=read_when(reading, terms, item.when, at("when")),
        valid_from=item.valid_from, valid_until=item.valid_until, approvals=item.approvals, where_from=at("id"),
    )  # fmt: skip
    return [replace(one, id=name, layer=layer) for name, layer in item.by_layer()]


def read_when(reading: Reading, terms: Terms, written: WhenEntry | None, place: str) -> When | None:
    """Read the tests of a rule; a fault for each fact that is not known and each value that it cannot have."""
    if written is None:
        return None
    tests = []
    for test in written.all or written.any or ():
        if len(test.given()) != 1:
            continue
        ((operator, value),) = test.given()
        known = reading.known(test.fact, [*terms.facts, *terms.measures], f"{place}: fact")
        if known and ("fact", test.fact, "type") not in reading.doubted:
            _value_fits(reading, terms, test.fact, operator, value, place)
        tests.append(Comparison(fact=test.fact, operator=operator, value=value))  # type: ignore[arg-type]
    return When(how="all" if written.all else "any", tests=tuple(tests))


def _value_fits(  # noqa: PLR0913  a test, and where it stands
    reading: Reading, terms: Terms, name: str, operator: str, value: Any, place: str  # noqa: ANN401
) -> None:  # fmt: skip
    fact = terms.facts.get(name)
    values = value if isinstance(value, tuple) else (value,)
    kind = "number" if fact is None else fact.type
    if fact is not None and kind == "enum":
        if operator not in ("is", "stated", "in"):
            reading.faults.append(f"{place}: {name} is one of {', '.join(fact.values)}: test it by is, stated or in")
        for each in values:
            reading.known(str(each), fact.values, f"{place}: value of {name}")
        return
    types, what = _KINDS[kind]
    fitting = [isinstance(each, types) and isinstance(each, bool) == (kind == "bool") for each in values]
    reading.faults += [
        f"{place}: {name} is {what}, {each!r} is not"
        for each, fits in zip(values, fitting, strict=True)
        if not fits
    ]  # fmt: skip
