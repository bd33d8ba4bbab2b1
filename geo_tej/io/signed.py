"""What people signed beside the manifest: sign-offs of rules, and officers' decisions on findings."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from geo_tej.errors import choices
from geo_tej.i18n import OUTCOME_SHORT, OUTCOME_WORDS, Said
from geo_tej.model import OUTCOMES, Decision, Outcome, SignOff
from geo_tej.rulebook.audit import fingerprint
from geo_tej.spreadsheet import read_sheet
from geo_tej.strict import as_date

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from geo_tej.model import Route, RouteReason, Rule, Rulebook

SIGNOFF_COLUMNS = ("rule", "who", "when", "text")
HASH = "hash"
"""The column that may say what the rules said when they were signed, as `fingerprint` puts it."""

DECISION_COLUMNS = ("parcel", "use", "rule", "decision", "reason", "officer", "date", "document")
DECIDED = tuple(name for name in OUTCOMES if name != "unknown")
DECIDED_WORDS = {
    said.casefold(): name
    for code, name in enumerate(DECIDED)
    for words in (OUTCOME_WORDS[code], OUTCOME_SHORT[code])
    for said in (name, words.zh, words.en)
}
"""What a decision may be called, as it is printed in either language, and which outcome that is."""


def sign_off(rulebook: Rulebook, path: Path, faults: list[str], *, until: date = dt.date.max) -> Rulebook:
    """Return a rulebook in which the rules that a file of sign-offs names are verified, and bear who signed.

    A row names a rule by its id, or all rules of a ref, or by the id of an entry all cells of a matrix and all layers
    of a rule with several; a route by its id or ref, a reason of a route as `route/reason`. A row whose hash is not
    that of what it names as it is does not count, nor does one of a day after `until`; that is told in `lapsed`, unless
    somebody signed it besides. Faults are added to `faults`, each with file and row; the rulebook given is not changed.
    """
    signed: dict[str, list[SignOff]] = {}
    lapsed: list[tuple[list[str], str]] = []
    for place, row in rows_of(path, SIGNOFF_COLUMNS, faults, optional=(HASH,)):
        meant = signable(rulebook, row["rule"])
        named = list(meant)
        if row["rule"] and not named:
            faults.append(f"{place}: {no_rule(rulebook, row['rule'])}")
        day = read_day(row["when"], f"{place}, column when", faults)
        if day is None:
            continue
        if day > until:
            told = Said(
                f"{place}：{row['who']}对{row['rule']}的签认日期 {day.isoformat()} 尚未到来，不予采用",
                f"{place}: {row['rule']!r} is signed by {row['who']} on {day.isoformat()}, a day that has not come; "
                "that does not count",
            )
            lapsed.append((named, told))
            continue
        if named and row[HASH] and row[HASH] != fingerprint(meant.values()):
            told = Said(
                f"{place}：{row['who']}于 {day.isoformat()} 签认后，{row['rule']}已有改动，签认不再采用；"
                "请重读条文后再次签认",
                f"{place}: {row['rule']!r} has changed since {row['who']} signed it on {day.isoformat()}; "
                "that no longer counts, so read the text again and sign anew",
            )
            lapsed.append((named, told))
            continue
        signoff = SignOff(who=row["who"], when=day, text=row["text"])
        for rule in named:
            if signoff in signed.setdefault(rule, []):
                faults.append(f"{place}: {rule!r} is signed off twice by the same person, on one day, for one text")
                break
            signed[rule].append(signoff)
    rules = tuple(
        replace(rule, verified=True, signoffs=tuple(sorted(signed[rule.id], key=lambda each: (each.when, each.who))))
        if rule.id in signed
        else rule
        for rule in rulebook.rules
    )
    routes = {name: _signed_route(route, signed) for name, route in rulebook.routes.items()}
    still = tuple(words for named, words in lapsed if not signed.keys() >= {*named})
    return replace(rulebook, rules=rules, routes=routes, lapsed=still)


def _signed_route(route: Route, signed: Mapping[str, list[SignOff]]) -> Route:
    reasons = tuple(
        replace(reason, verified=True, signoffs=tuple(signed[f"{route.id}/{reason.id}"]))
        if f"{route.id}/{reason.id}" in signed
        else reason
        for reason in route.reasons
    )
    if route.id in signed:
        return replace(route, verified=True, signoffs=tuple(signed[route.id]), reasons=reasons)
    return replace(route, reasons=reasons)


def read_decisions(path: Path, rulebook: Rulebook, parcels: Collection[str], faults: list[str]) -> tuple[Decision, ...]:
    """Read what officers decided, oldest first; faults are added to `faults`, each with file and row.

    A decision names the rule by its id, or by its ref where only one rule of that ref leaves something to decide; or
    what a route leaves open as `route/reason`, and then no use.
    """
    uses = {use.ref: use.id for use in rulebook.uses.values() if use.ref} | {name: name for name in rulebook.uses}
    found: dict[tuple[str, str, str, date], Decision] = {}
    for place, row in rows_of(path, DECISION_COLUMNS, faults, may_be_empty=("use",)):
        before = len(faults)
        of_route = row["rule"] in _left_open_by_routes(rulebook)
        if of_route and row["use"]:
            faults.append(f"{place}: {row['rule']} is a way out of the parcel, whatever comes: leave the use empty")
        elif not of_route and not row["use"]:
            faults.append(f"{place}: the column use is empty")
        complete = all(row[column] for column in DECISION_COLUMNS if column != "use" or not of_route)
        if row["parcel"] and row["parcel"] not in parcels:
            known = choices(row["parcel"], sorted(map(str, parcels)))
            faults.append(f"{place}: parcel {row['parcel']!r} is not in the project; {known}")
        use = "" if of_route else uses.get(row["use"])
        if row["use"] and use is None:
            faults.append(
                f"{place}: use {row['use']!r} is not in the rulebook {rulebook.id}; {choices(row['use'], list(uses))}"
            )
        decision = DECIDED_WORDS.get(row["decision"].strip().casefold())
        if row["decision"] and decision is None:
            # all are named, and none suggested: a word like another may mean its opposite
            known = ", ".join(f"{name} ({OUTCOME_SHORT[code].zh})" for code, name in enumerate(DECIDED))
            faults.append(f"{place}: decision {row['decision']!r}; known: {known}")
        rule = row["rule"] if of_route else _rule_decided(rulebook, row, use, decision, place, faults)
        day = read_day(row["date"], f"{place}, column date", faults)
        if len(faults) > before or not complete or use is None or rule is None or day is None or decision is None:
            continue
        key = (row["parcel"], use, rule, day)
        if key in found:
            on = f"{row['parcel']} and {use}" if use else row["parcel"]
            faults.append(f"{place}: {rule!r} is decided twice on one day for {on}")
        found[key] = Decision(
            parcel=row["parcel"], use=use, rule=rule, outcome=Outcome[decision.upper()],
            reason=row["reason"], officer=row["officer"], date=day, document=row["document"],
        )  # fmt: skip
    return tuple(sorted(found.values(), key=lambda each: (each.date, each.parcel, each.use, each.rule)))


def rules_named(rulebook: Rulebook, name: str) -> tuple[Rule, ...]:
    """Return the rule of an id, else all rules of a ref, else what one entry stands for: cells, or several layers."""
    by_id = tuple(rule for rule in rulebook.rules if rule.id == name)
    by_ref = tuple(rule for rule in rulebook.rules if rule.ref == name and name)
    of_entry = tuple(rule for rule in rulebook.rules if rule.id.split("/")[0] == name)
    return by_id or by_ref or of_entry


def signable(rulebook: Rulebook, name: str) -> dict[str, Rule | Route | RouteReason]:
    """Return what a sign-off names, by id: rules, else routes by id or ref, else the reason of a route."""
    rules = {rule.id: rule for rule in rules_named(rulebook, name)}
    by_id = {route.id: route for route in rulebook.routes.values() if route.id == name}
    by_ref = {route.id: route for route in rulebook.routes.values() if route.ref == name and name}
    reasons = {f"{route.id}/{reason.id}": reason for route in rulebook.routes.values() for reason in route.reasons}
    return {**(rules or by_id or by_ref)} or {key: reason for key, reason in reasons.items() if key == name}


def no_rule(rulebook: Rulebook, name: str) -> str:
    """Say that a rulebook has no rule of an id or ref, and which it has."""
    known = dict.fromkeys([rule.ref for rule in rulebook.rules if rule.ref] + [rule.id for rule in rulebook.rules])
    return f"rule {name!r} is not in the rulebook {rulebook.id}, by id or ref; {choices(name, list(known))}"


def _left_open_by_routes(rulebook: Rulebook) -> set[str]:
    """Return what routes leave to an authority, as `route/reason`."""
    return {
        f"{route.id}/{reason.id}"
        for route in rulebook.routes.values()
        for reason in route.reasons
        if reason.effect == "leaves_open"
    }


def _rule_decided(  # noqa: PLR0913  a decision in its parts
    rulebook: Rulebook, row: Mapping[str, str], use: str | None, decision: str | None, place: str, faults: list[str]
) -> str | None:
    """Return the id of the one rule that a decision is on, or tell why there is none."""
    name = row["rule"]
    named = rules_named(rulebook, name)
    if name and not named:
        left = _left_open_by_routes(rulebook)
        of_routes = f"; what routes leave open: {', '.join(sorted(left))}" if "/" in name and left else ""
        faults.append(f"{place}: {no_rule(rulebook, name)}{of_routes}")
    open_to = [rule for rule in named if rule.could_be is not None]
    if named and not open_to:
        faults.append(f"{place}: rule {name!r} leaves nothing to an officer (it has no could_be)")
    if use is None or not open_to:
        return None
    on_use = [rule for rule in open_to if use in rule.uses]
    if len(on_use) != 1:
        ids = ", ".join(rule.id for rule in on_use or open_to)
        why = "does not speak" if not on_use else f"leaves {len(on_use)} things to decide"
        faults.append(f"{place}: rule {name!r} {why} on the use {use}; name the rule by its id: {ids}")
        return None
    (rule,) = on_use
    strictest = max(rule.outcome, rule.could_be or rule.outcome)
    if decision is not None and Outcome[decision.upper()] > strictest:
        faults.append(f"{place}: rule {rule.id!r} can be {OUTCOMES[strictest]} at the strictest, not {row['decision']}")
        return None
    return rule.id


def rows_of(
    path: Path,
    columns: tuple[str, ...],
    faults: list[str],
    *,
    optional: tuple[str, ...] = (),
    may_be_empty: tuple[str, ...] = (),
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Give the rows of a file, each with its place, having told the cells that are empty and must not be."""
    if not path.exists():
        heads = ",".join(columns)
        by_sign = "geo-tej rules --sign makes it; or " if columns == SIGNOFF_COLUMNS else ""
        faults.append(f"{path.name}: cannot be read: there is no such file; {by_sign}make it with the header {heads}")
        return
    sheet = read_sheet(path, faults)
    if sheet is None or not sheet.rows:
        return
    header = [column for column in sheet.columns if not column.startswith("#")]
    lacking = [column for column in columns if column not in header]
    faults += [f"{sheet.at(sheet.heads)}: the column {column!r} is missing" for column in lacking]
    faults += [
        f"{sheet.at(sheet.heads)}: unknown column {column!r}; {choices(column, (*columns, *optional))}"
        for column in header
        if column not in (*columns, *optional)
    ]
    for row in sheet.rows:
        faults += [
            f"{sheet.at(row)}: the column {column} is empty"
            for column in columns
            if column in header and not row[column] and column not in may_be_empty
        ]
        yield sheet.at(row), dict.fromkeys((*lacking, *optional), "") | dict(row.cells)


def read_day(text: str, place: str, faults: list[str]) -> date | None:
    """Read a day, year first; what is none is told in `faults`."""
    day = as_date(text)
    if text and day is None:  # an empty cell has been told
        faults.append(f"{place}: {text!r} is no date; write it like 2026-06-30")
    return day
