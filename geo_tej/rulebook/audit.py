"""Looking at a rulebook as a whole: its rules as plain rows, which uses it covers, how two of them differ."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from geo_tej.model import Level, Outcome
from geo_tej.rulebook.changes import cell_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo_tej.model import Route, RouteReason, Rule, Rulebook

COVERAGE = ("encoded", "unverified", "silent")
"""How a rulebook speaks of a use in a layer: by a verified rule, by unverified ones only, by none."""

TOLD = (
    "id", "ref", "kind", "layer", "where", "distance_m", "when", "uses", "actions", "outcome", "could_be",
    "decider", "binds", "condition", "source", "article", "verified", "signed", "signoffs",
    "valid_from", "valid_until", "approvals",
)  # fmt: skip
"""What `rules --json` prints of a rule."""

PARTS = (
    "sources", "pathways", "layers", "facts", "measures", "uses", "permits", "routes", "terms", "criteria", "statuses",
)  # fmt: skip
"""What a rulebook holds besides rules, each by id."""

_UNTOLD = {"where_from", "signoffs", "unread_before"}
"""Where a rule was read from and who signed it for one project: not what it says."""

_NAMES = {"id", "ref", "verified"}

_NOT_SAID = {"digest", "notes", "matrices", "lapsed"}
"""What follows from what a rulebook says; the cells of its tables are rules."""

_AS_IT_IS = (str, bool, int, float, type(None))
"""Kinds of values, themselves and none made from them, that JSON holds: most of a rulebook's are."""


def plain(value: Any) -> Any:  # noqa: ANN401  any value of the model, kind by kind
    """Return a value of the model as what JSON can hold, sets in order.

    >>> from geo_tej.i18n import Text
    >>> plain(Outcome.CONDITIONAL), plain(frozenset({"b", "a"})), plain(Text("湖", "lake")), plain(None)
    ('conditional', ['a', 'b'], {'zh': '湖', 'en': 'lake'}, None)
    """
    if isinstance(value, Outcome | Level):
        return value.name.lower()
    if isinstance(value, dt.date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return _told(value, _fields(type(value)))
    if isinstance(value, Mapping):
        return {str(key): each if type(each) in _AS_IT_IS else plain(each) for key, each in value.items()}
    if isinstance(value, frozenset | tuple):
        members = [each if type(each) in _AS_IT_IS else plain(each) for each in value]
        return sorted(members) if isinstance(value, frozenset) else members
    return str(value) if isinstance(value, StrEnum) else value


def _told(value: Any, names: Iterable[str]) -> dict[str, Any]:  # noqa: ANN401  any value of the model
    said = {name: getattr(value, name) for name in names}
    return {name: each if type(each) in _AS_IT_IS else plain(each) for name, each in said.items()}


@cache
def _fields(kind: Any) -> tuple[str, ...]:  # noqa: ANN401  a class of the model
    """Return the names of the fields of a kind of value."""
    return tuple(each.name for each in fields(kind))


def logical(book: Rulebook) -> dict[str, Any]:
    """Return what a rulebook says, as plain values: no matter in which files, in which order and by whom signed."""
    said = {each.name: plain(getattr(book, each.name)) for each in fields(book) if each.name not in _NOT_SAID}
    said["rules"] = [said_by(rule) for rule in sorted(book.rules, key=lambda rule: rule.id)]
    said["layers"] = {
        name: {key: value for key, value in layer.items() if layer["prevails_over"] or not key.startswith("prevails")}
        | {"tables": sorted(map(str, layer["tables"]))}
        for name, layer in said["layers"].items()
    }
    for name in ("not_encoded", "matrix_rows"):
        said[name] = sorted(json.dumps(each, sort_keys=True, ensure_ascii=False) for each in said[name])
    return said


def said_by(rule: Rule | Route | RouteReason) -> dict[str, Any]:
    """Return what a rule or a route says, as plain values."""
    kind: Any = type(rule)
    return _told(rule, (name for name in _fields(kind) if name not in _UNTOLD))


def fingerprint(rules: Iterable[Rule | Route | RouteReason]) -> str:
    """Return a short hash of what rules or routes say, whatever they are called and whether anybody has checked them.

    It begins with a letter, so that no spreadsheet takes it for a number.
    """
    said = [{name: value for name, value in said_by(rule).items() if name not in _NAMES} for rule in rules]
    lines = sorted(json.dumps(each, sort_keys=True, ensure_ascii=False) for each in said)
    return "r" + hashlib.sha256("\n".join(lines).encode()).hexdigest()[:11]


def rule_row(rule: Rule) -> dict[str, Any]:
    """Return a rule as `rules --json` prints it."""
    return {name: plain(getattr(rule, name)) for name in TOLD}


def coverage(rulebook: Rulebook, rules: Sequence[Rule]) -> dict[str, dict[str | None, str]]:
    """Say of each use, in each layer, how these rules speak of it; the layer None is for rules that need no layer.

    >>> from types import SimpleNamespace as Namespace
    >>> book = Namespace(uses={"shop": 0, "hotel": 1}, layers={"plan": 0, "flood": 1})
    >>> rules = [Namespace(layer="plan", uses={"shop", "hotel"}, verified=False),
    ...     Namespace(layer="plan", uses={"shop"}, verified=True)]
    >>> coverage(book, rules)["shop"], coverage(book, rules)["hotel"]["plan"]
    ({'plan': 'encoded', 'flood': 'silent', None: 'silent'}, 'unverified')
    """
    heard: dict[tuple[str, str | None], bool] = {}
    for rule in rules:
        for use in rule.uses:
            heard[use, rule.layer] = heard.get((use, rule.layer), False) or rule.verified
    said = {True: "encoded", False: "unverified", None: "silent"}
    return {use: {layer: said[heard.get((use, layer))] for layer in (*rulebook.layers, None)} for use in rulebook.uses}


def difference(left: Rulebook, right: Rulebook) -> list[dict[str, Any]]:
    """Say what was added, removed or changed from one rulebook to another: rules first, then what they rest on.

    Returns
    -------
    list of dict
        `part`, `id`, `ref`, `change` (added, removed or changed) and `keys`: each key that changed, with its value
        `before` and `after`. Rules are told apart by id. The cells of tables come last, with their `row` and `column`.
    """
    rows = _changes("rule", *({rule.id: rule for rule in book.rules} for book in (left, right)))
    for part in PARTS:
        one = {"criteria": "criterion", "statuses": "status"}.get(part, part.removesuffix("s"))
        rows += _changes(one, getattr(left, part), getattr(right, part))
    for name in ("title", "disclaimer", "units", "groups"):
        before, after = plain(getattr(left, name)), plain(getattr(right, name))
        if before != after:
            keys = {name: {"before": before, "after": after}}
            rows.append({"part": "rulebook", "id": right.id, "ref": "", "change": "changed", "keys": keys})
    return rows + cell_changes(left, right)


def _changes(part: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for name in [*left, *(name for name in right if name not in left)]:
        before, after = left.get(name), right.get(name)
        ref = getattr(after if after is not None else before, "ref", "")
        row: dict[str, Any] = {"part": part, "id": name, "ref": ref, "change": "changed", "keys": {}}
        if before is None or after is None:
            rows.append(row | {"change": "added" if before is None else "removed"})
            continue
        pairs = {
            each.name: {"before": plain(getattr(before, each.name)), "after": plain(getattr(after, each.name))}
            for each in fields(after)
            if each.name not in _UNTOLD
        }
        keys = {key: pair for key, pair in pairs.items() if pair["before"] != pair["after"]}
        if keys:
            rows.append(row | {"keys": keys})
    return rows
