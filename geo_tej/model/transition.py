"""Ways out for enterprises: routes and their reasons, and what a town knows of values, quota and steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from geo_tej.i18n import Text
from geo_tej.model.law import Decision, SignOff, When, in_force_on

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from geo_tej.model.outcomes import Action


Effect = Literal["bars", "conditions", "leaves_open", "against", "for"]
LandRight = Literal["kept", "new_contract", "auction", "leaves"]


@dataclass(frozen=True, kw_only=True)
class RouteReason:
    """One thing that counts for or against a route: where, under which facts, to what effect, by which article.

    A reason that only speaks for or against may be a plain fact and no law: it then has no source.
    """

    id: str
    effect: Effect
    words: Text
    when: When | None = None
    layer: str | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    match: Literal["exact", "prefix"] = "exact"
    other_headers: tuple[str, ...] = ()
    source: str = ""
    article: str = ""
    verified: bool = False
    decider: Text | None = None
    approvals: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    signoffs: tuple[SignOff, ...] = ()
    unread_before: dt.date | None = None

    def holds_on(self, day: dt.date) -> bool:
        """Say whether the reason is in force on a day."""
        return in_force_on(self.valid_from, self.valid_until, day)


@dataclass(frozen=True, kw_only=True)
class Route:
    """A way out for an enterprise: what becomes of its land, under which article, in which order it is approved.

    A route with `actions` is only as good as the verdicts of its `uses` by these actions on the enterprise's ground.
    `quota` routes need land elsewhere; `supplement` routes cost the difference of land values.
    """

    id: str
    ref: str
    title: Text
    short: Text
    words: Text
    land: LandRight
    actions: tuple[Action, ...]
    uses: frozenset[str]
    source: str
    article: str
    verified: bool
    quota: bool = False
    supplement: bool = False
    approvals: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    reasons: tuple[RouteReason, ...] = ()
    signoffs: tuple[SignOff, ...] = ()
    unread_before: dt.date | None = None

    def holds_on(self, day: dt.date) -> bool:
        """Say whether the route is law on a day."""
        return in_force_on(self.valid_from, self.valid_until, day)


@dataclass(frozen=True, kw_only=True)
class Term:
    """The longest that a land right may be granted for some uses, in years."""

    id: str
    uses: frozenset[str]
    years: float
    source: str
    article: str
    verified: bool


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """What counts for priority: zones and tests that hold or not, or a number scaled 0 (`zero_at`) to 1 (`full_at`)."""

    id: str
    title: Text
    weight: float
    when: When | None = None
    layer: str | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    match: Literal["exact", "prefix"] = "exact"
    other_headers: tuple[str, ...] = ()
    fact: str = ""
    zero_at: float = 0.0
    full_at: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Status:
    """A step of an enterprise on its way out, and the steps that it may follow; `first` where it may begin."""

    id: str
    title: Text
    after: tuple[str, ...] = ()
    first: bool = False
    done: bool = False


@dataclass(frozen=True, kw_only=True)
class StatusEvent:
    """That an enterprise took a step, on which day; events of one day are in the order of their number."""

    number: int
    enterprise: str
    status: str
    date: dt.date
    note: str = ""
    officer: str = ""


@dataclass(frozen=True, kw_only=True)
class LandValue:
    """What land is worth per m², for a present code of a scheme or for some uses, on one day, for a term in years."""

    value: float
    date: dt.date
    source: str
    scheme: str = ""
    code: str = ""
    use: str = ""
    term_years: float | None = None
    licence: str = ""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """Building land that may be had elsewhere, in m², by year and source."""

    year: int
    area_m2: float
    source: Text


@dataclass(frozen=True, kw_only=True)
class TransitionData:
    """What a project says of its enterprises' ways out besides the law."""

    land_values: tuple[LandValue, ...] = ()
    quota: tuple[Quota, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    reduction_rate: float | None = None
    currency: Text = field(default_factory=lambda: Text("", ""))
    events: Path | None = None
    decisions: tuple[Decision, ...] = ()
