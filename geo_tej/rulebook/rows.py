"""A rule as a row of a table, and back: how lists, places and tests are written in one cell.

Lists are divided by `|` (`new|enlarge`). A place is `class=main|lane; grade=1`. Tests are `beds at_least 10; sewer is
no`: all must hold, or any of them where `any:` stands before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from geo_tej.errors import choices
from geo_tej.stand_in import Left
from geo_tej.strict import as_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geo_tej.model import Fact
    from geo_tej.spreadsheet import Row, Sheet

RULE_COLUMNS = (
    "id", "ref", "kind", "layer", "where", "distance_m", "when", "uses", "except", "actions", "outcome", "could_be",
    "decider_zh", "decider_en", "binds", "condition_zh", "condition_en", "source", "article", "verified",
    "valid_from", "valid_until", "approvals", "grants",
)  # fmt: skip
"""The columns of a table of rules; texts may also stand in one column (`condition`) for both languages."""

COLUMNS = {"condition": "condition_zh", "decider": "decider_zh"}
"""Under which column a fault in a key is told, where the two differ."""

TRUTHS = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
_TEST = re.compile(r"(\S+)\s+(is|stated|in|at_least|more_than|at_most|less_than)\s+(\S.*)")
_TEXTS = ("condition", "decider")


def need_columns(sheet: Sheet, faults: list[str], *, kind: str | None) -> None:
    """Note a fault for each column that a table of rules does not have."""
    allowed = [*RULE_COLUMNS, *_TEXTS]
    faults += [
        f"{sheet.at(sheet.heads, column)}: unknown column {column!r}; {choices(column, allowed)}"
        for column in sheet.columns
        if column not in allowed and not column.startswith("#")
    ]
    own = ("kind",) if kind is None else ("layer", "distance_m")
    faults += [
        f"{sheet.at(sheet.heads)}: the column {column!r} is missing"
        for column in ("id", *own, "uses", "actions", "outcome", "binds", "source", "article", "verified")
        if sheet.columns and column not in sheet.columns
    ]


def entry_of(
    row: Row, sheet: Sheet, facts: Mapping[str, Fact], faults: list[str], *, kind: str | None = None
) -> dict[str, Any]:
    """Return the rule of a row as it would stand in rulebook.toml; `Left.UNREAD` stands for cells that cannot be."""
    entry: dict[str, Any] = {"kind": kind} if kind is not None else {}
    entry |= dict.fromkeys(row.unread.intersection(RULE_COLUMNS), Left.UNREAD)
    for column, text in row.cells.items():
        if not text or column not in RULE_COLUMNS or column.endswith(("_zh", "_en")):
            continue
        try:
            entry[column] = _READ.get(column, _plain)(text, facts)
        except ValueError as fault:
            faults.append(f"{sheet.at(row, column)}: {fault}")
            entry[column] = Left.UNREAD
    for name in _TEXTS:
        zh, en, both = row[f"{name}_zh"], row[f"{name}_en"], row[name]
        if zh or en or both:
            entry[name] = {"zh": zh or both or en, "en": en or both or zh}
    if "article" in sheet.columns:
        entry.setdefault("article", "")
    if kind is not None and entry["kind"] != kind:
        faults.append(f"{sheet.at(row, 'kind')}: {entry['kind']!r} in a table of the kind {kind}")
        entry["kind"] = kind
    return entry


def _plain(text: str, _: object = None) -> str:
    return text


def _list(text: str, _: object = None) -> list[str]:
    return [each.strip() for each in text.split("|") if each.strip()]


def _list_or_all(text: str, _: object = None) -> list[str] | str:
    return text if text == "all" else _list(text)


def _one_or_list(text: str, _: object = None) -> list[str] | str:
    return _list(text) if "|" in text else text


def _number(text: str, _: object = None) -> float:
    try:
        return float(text)
    except ValueError:
        message = f"{text!r} is not a number"
        raise ValueError(message) from None


def _flag(text: str, _: object = None) -> bool:
    if text.lower() not in TRUTHS:
        message = f"{text!r} is neither true nor false"
        raise ValueError(message)
    return TRUTHS[text.lower()]


def _day(text: str, _: object = None) -> Any:  # noqa: ANN401  a date, for pydantic to check
    day = as_date(text)
    if day is None:
        message = f"{text!r} is no date; write it like 2026-06-30"
        raise ValueError(message)
    return day


def _where(text: str, _: object = None) -> dict[str, list[str]]:
    where: dict[str, list[str]] = {}
    for part in filter(str.strip, text.split(";")):
        name, equals, values = part.partition("=")
        if not equals or not name.strip() or name.strip() in where:
            message = f"{part.strip()!r} is no place; write attribute=value|value, and ; between attributes"
            raise ValueError(message)
        where[name.strip()] = _list(values)
    return where


def _when(text: str, facts: Mapping[str, Fact]) -> dict[str, Any]:
    how, colon, rest = text.partition(":")
    if not (colon and how.strip() in ("all", "any")):
        how, rest = "all", text
    tests = []
    for part in filter(str.strip, rest.split(";")):
        written = _TEST.fullmatch(part.strip())
        if written is None:
            others = "stated, in, at_least, more_than, at_most, less_than"
            message = f"{part.strip()!r} is no test; write: fact is value (or {others})"
            raise ValueError(message)
        name, operator, value = written.groups()
        fact = facts.get(name)
        read = _VALUES.get("number" if fact is None else fact.type, _plain)
        tests.append(
            {"fact": name, operator: [read(each) for each in _list(value)] if operator == "in" else read(value)}
        )
    return {how.strip(): tests}


_VALUES: dict[str, Callable[[str], Any]] = {"number": _number, "bool": _flag, "date": _day}
_READ: dict[str, Callable[[str, Mapping[str, Fact]], Any]] = {
    "layer": _one_or_list, "where": _where, "distance_m": _number, "when": _when, "uses": _list_or_all, "except": _list,
    "actions": _list_or_all, "approvals": _list, "verified": _flag, "grants": _flag, "valid_from": _day,
    "valid_until": _day,
}  # fmt: skip


def row_of(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return a rule of rulebook.toml as the cells of a row; whoever writes it reads it back and compares."""
    cells: dict[str, str] = {}
    for key, value in entry.items():
        if key in _TEXTS:
            zh, en = (value, value) if isinstance(value, str) else (value["zh"], value["en"])
            cells |= {f"{key}_zh": zh, f"{key}_en": en}
        elif key == "where":
            cells[key] = "; ".join(f"{name}={'|'.join(values)}" for name, values in value.items())
        elif key == "when":
            ((how, tests),) = value.items()
            written = "; ".join(map(_test, tests))
            cells[key] = written if how == "all" else f"{how}: {written}"
        else:
            cells[key] = _cell(value)
    return cells


def _test(test: Mapping[str, Any]) -> str:
    ((operator, value),) = [(name, value) for name, value in test.items() if name != "fact"]
    return f"{test['fact']} {operator} {_cell(value)}"


def _cell(value: Any) -> str:  # noqa: ANN401  a value of TOML, kind by kind
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "|".join(map(_cell, value))
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)
