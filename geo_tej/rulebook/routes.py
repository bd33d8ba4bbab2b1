"""Read the ways out that a rulebook names: routes, terms of grants, criteria of priority, steps of an enterprise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from geo_tej.i18n import Text
from geo_tej.model import Criterion, Fact, Route, RouteReason, Status, Term
from geo_tej.rulebook.articles import read_when
from geo_tej.rulebook.entries import CriterionEntry, RouteEntry, StatusEntry, TermEntry
from geo_tej.rulebook.terms import check_where, need_permits, resolve_uses

if TYPE_CHECKING:
    from geo_tej.rulebook.entries import ReasonEntry
    from geo_tej.rulebook.terms import Terms
    from geo_tej.rulebook.written import Reading

ROUTE_FACTS = {
    "line_age_years": Fact(
        id="line_age_years",
        type="number",
        title=Text("生产线投产年数", "years since the line was commissioned"),
        question=Text("生产线哪一年投产？", "In which year was the production line commissioned?"),
    ),
    "term_left_years": Fact(
        id="term_left_years",
        type="number",
        title=Text("土地剩余年限（年）", "years left of the land right"),
        question=Text("土地使用权哪一天到期？", "On which day does the land right end?"),
    ),
}
"""Facts that are worked out from dates, known wherever a rulebook has routes."""

WAYS = ("route", "term", "criterion", "status")
"""The keys of rulebook.toml that are ways out, and what they need."""


@dataclass(frozen=True, kw_only=True)
class WaysOut:
    """Everything that a rulebook says of ways out."""

    routes: dict[str, Route] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    criteria: dict[str, Criterion] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)


def read_routes(reading: Reading, terms: Terms) -> WaysOut:
    """Read and check the tables of routes, terms, criteria and statuses of a rulebook."""
    routes = {}
    for item in reading.entries("route", RouteEntry):
        place = f"rulebook.toml, route {item.id}"
        reading.known(item.source, terms.sources, f"{place}: source")
        need_permits(reading, item.approvals, terms, place)
        told = len(reading.faults)
        uses = _uses(reading, terms, item, place)
        if not uses and not reading.lost and len(reading.faults) == told:
            reading.faults.append(f"{place}: no use is left that could come by it")
        reasons = tuple(_reason(reading, terms, each, place) for each in item.reason)
        twice = sorted({each.id for each in reasons if [other.id for other in reasons].count(each.id) > 1})
        reading.faults.extend(f"{place}: the reason {name} stands more than once" for name in twice)
        routes[item.id] = Route(
            **{name: getattr(item, name) for name in _ALIKE}, uses=uses, reasons=reasons, approvals=item.approvals
        )
    return WaysOut(
        routes=routes,
        terms=_terms(reading, terms),
        criteria=_criteria(reading, terms),
        statuses=_statuses(reading),
    )


def _uses(reading: Reading, terms: Terms, item: RouteEntry | TermEntry, place: str) -> frozenset[str]:
    """Return the uses that an entry names but does not except."""
    names = list(terms.uses) if item.uses == "all" else item.uses
    chosen = resolve_uses(reading, names, terms.uses, place)
    return chosen - resolve_uses(reading, item.except_, terms.uses, place)


_ALIKE = (
    "id", "ref", "title", "short", "words", "land", "actions", "source", "article", "verified", "quota", "supplement",
    "valid_from", "valid_until",
)  # fmt: skip


def _reason(reading: Reading, terms: Terms, item: ReasonEntry, route: str) -> RouteReason:
    place = f"{route}, reason {item.id}"
    if item.source:
        reading.known(item.source, terms.sources, f"{place}: source")
    need_permits(reading, item.approvals, terms, place)
    if item.layer is not None and reading.known(item.layer, terms.layers, f"{place}: layer"):
        check_where(reading, item.where, terms.layers[item.layer], place)
    return RouteReason(
        id=item.id, effect=item.effect, words=item.words, when=read_when(reading, terms, item.when, place),
        layer=item.layer, where=item.where, source=item.source, article=item.article, verified=bool(item.verified),
        decider=item.decider, approvals=item.approvals, valid_from=item.valid_from, valid_until=item.valid_until,
    )  # fmt: skip


def _terms(reading: Reading, terms: Terms) -> dict[str, Term]:
    found: dict[str, Term] = {}
    for item in reading.entries("term", TermEntry):
        place = f"rulebook.toml, term {item.id}"
        reading.known(item.source, terms.sources, f"{place}: source")
        uses = _uses(reading, terms, item, place)
        for other in found.values():
            if both := sorted(uses & other.uses):
                reading.faults.append(f"{place}: {both[0]} has a term already, {other.id}; a use has one longest term")
        found[item.id] = Term(
            id=item.id, uses=uses, years=item.years, source=item.source, article=item.article, verified=item.verified
        )
    return found


def _criteria(reading: Reading, terms: Terms) -> dict[str, Criterion]:
    criteria = {}
    for item in reading.entries("criterion", CriterionEntry):
        place = f"rulebook.toml, criterion {item.id}"
        if item.fact:
            reading.known(item.fact, [*terms.facts, *terms.measures], f"{place}: fact")
        if item.layer is not None and reading.known(item.layer, terms.layers, f"{place}: layer"):
            check_where(reading, item.where, terms.layers[item.layer], place)
        criteria[item.id] = Criterion(
            id=item.id, title=item.title, weight=item.weight, when=read_when(reading, terms, item.when, place),
        layer=item.layer, where=item.where, fact=item.fact, zero_at=item.zero_at, full_at=item.full_at,
        )  # fmt: skip
    return criteria


def _statuses(reading: Reading) -> dict[str, Status]:
    statuses = {item.id: Status(**dict(item)) for item in reading.entries("status", StatusEntry)}
    for status in statuses.values():
        for before in status.after:
            reading.known(before, statuses, f"rulebook.toml, status {status.id}: after")
    reached = {name for name, status in statuses.items() if status.first}
    while more := {name for name, status in statuses.items() if name not in reached and reached & set(status.after)}:
        reached |= more
    reading.faults.extend(
        f"rulebook.toml, status {name}: no way leads to it from a status with `first = true`"
        for name in statuses
        if name not in reached
    )
    return statuses
