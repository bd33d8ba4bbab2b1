"""Read the ways out that a rulebook names: routes, terms of grants, criteria of priority, steps of an enterprise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from geo_tej.i18n import Text
from geo_tej.model import Criterion, Fact, Route, RouteReason, Status, Term
from geo_tej.rulebook.entries import CriterionEntry, RouteEntry, StatusEntry, TermEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from geo_tej.model import When
    from geo_tej.rulebook.entries import ReasonEntry, WhenEntry

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


class Asks(Protocol):
    """What may have tests."""

    @property
    def when(self) -> WhenEntry | None:
        """The tests."""


@dataclass(frozen=True, kw_only=True)
class Checks:
    """What the reader of a folder checks for others; each puts its faults into `faults`."""

    entries: Callable[[str, type[Any]], list[Any]]
    known: Callable[[str, Iterable[str], str], bool]
    uses: Callable[[Iterable[str] | str, str], frozenset[str]]
    where: Callable[[Mapping[str, tuple[str, ...]], str, str], None]
    when: Callable[[Asks, str], When | None]
    faults: list[str]


@dataclass(frozen=True, kw_only=True)
class WaysOut:
    """Everything that a rulebook says of ways out."""

    routes: dict[str, Route] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    criteria: dict[str, Criterion] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)


def read_routes(
    checks: Checks, *, sources: Iterable[str], layers: Iterable[str], permits: Iterable[str], facts: Iterable[str]
) -> WaysOut:
    """Read and check the tables of routes, terms, criteria and statuses of a rulebook."""
    sources, layers, permits, facts = map(tuple, (sources, layers, permits, facts))
    routes = {}
    for item in checks.entries("route", RouteEntry):
        place = f"rulebook.toml, route {item.id}"
        checks.known(item.source, sources, f"{place}: source")
        for permit in item.approvals:
            checks.known(permit, permits, f"{place}: approval")
        if item.valid_from and item.valid_until and item.valid_until <= item.valid_from:
            checks.faults.append(f"{place}: `valid_until` must lie after `valid_from`")
        told = len(checks.faults)
        uses = checks.uses(item.uses, place) - checks.uses(item.except_, place)
        if not uses and len(checks.faults) == told:
            checks.faults.append(f"{place}: no use is left that could come by it")
        reasons = tuple(_reason(checks, each, place, sources, layers, permits) for each in item.reason)
        twice = sorted({each.id for each in reasons if [other.id for other in reasons].count(each.id) > 1})
        checks.faults.extend(f"{place}: the reason {name} stands more than once" for name in twice)
        routes[item.id] = Route(
            **{name: getattr(item, name) for name in _ALIKE}, uses=uses, reasons=reasons, approvals=item.approvals
        )
    return WaysOut(
        routes=routes,
        terms=_terms(checks, sources),
        criteria=_criteria(checks, layers, facts),
        statuses=_statuses(checks),
    )


_ALIKE = (
    "id", "ref", "title", "short", "words", "land", "actions", "source", "article", "verified", "quota", "supplement",
    "valid_from", "valid_until",
)  # fmt: skip


def _reason(  # noqa: PLR0913  a reason refers to all of these
    checks: Checks,
    item: ReasonEntry,
    route: str,
    sources: tuple[str, ...],
    layers: tuple[str, ...],
    permits: tuple[str, ...],
) -> RouteReason:
    place = f"{route}, reason {item.id}"
    if item.source:
        checks.known(item.source, sources, f"{place}: source")
    for permit in item.approvals:
        checks.known(permit, permits, f"{place}: approval")
    if item.layer is not None and checks.known(item.layer, layers, f"{place}: layer"):
        checks.where(item.where, item.layer, place)
    return RouteReason(
        id=item.id, effect=item.effect, words=item.words, when=checks.when(item, place), layer=item.layer,
        where=item.where, source=item.source, article=item.article, verified=bool(item.verified),
        decider=item.decider, approvals=item.approvals, valid_from=item.valid_from, valid_until=item.valid_until,
    )  # fmt: skip


def _terms(checks: Checks, sources: tuple[str, ...]) -> dict[str, Term]:
    terms: dict[str, Term] = {}
    for item in checks.entries("term", TermEntry):
        place = f"rulebook.toml, term {item.id}"
        checks.known(item.source, sources, f"{place}: source")
        uses = checks.uses(item.uses, place) - checks.uses(item.except_, place)
        for other in terms.values():
            if both := sorted(uses & other.uses):
                checks.faults.append(f"{place}: {both[0]} has a term already, {other.id}; a use has one longest term")
        terms[item.id] = Term(
            id=item.id, uses=uses, years=item.years, source=item.source, article=item.article, verified=item.verified
        )
    return terms


def _criteria(checks: Checks, layers: tuple[str, ...], facts: tuple[str, ...]) -> dict[str, Criterion]:
    criteria = {}
    for item in checks.entries("criterion", CriterionEntry):
        place = f"rulebook.toml, criterion {item.id}"
        if item.fact:
            checks.known(item.fact, facts, f"{place}: fact")
        if item.layer is not None and checks.known(item.layer, layers, f"{place}: layer"):
            checks.where(item.where, item.layer, place)
        criteria[item.id] = Criterion(
            id=item.id, title=item.title, weight=item.weight, when=checks.when(item, place), layer=item.layer,
            where=item.where, fact=item.fact, zero_at=item.zero_at, full_at=item.full_at,
        )  # fmt: skip
    return criteria


def _statuses(checks: Checks) -> dict[str, Status]:
    statuses = {item.id: Status(**dict(item)) for item in checks.entries("status", StatusEntry)}
    for status in statuses.values():
        for before in status.after:
            checks.known(before, statuses, f"rulebook.toml, status {status.id}: after")
    reached = {name for name, status in statuses.items() if status.first}
    while more := {name for name, status in statuses.items() if name not in reached and reached & set(status.after)}:
        reached |= more
    checks.faults.extend(
        f"rulebook.toml, status {name}: no way leads to it from a status with `first = true`"
        for name in statuses
        if name not in reached
    )
    return statuses
