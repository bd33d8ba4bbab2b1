"""The law: sources, uses, layers, facts, rules, permits, and what officers sign or decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from geo_tej.model.outcomes import BUILDING_ANEW, IN_BUILDINGS, Action, Level, Outcome

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from geo_tej.i18n import Text


Binds = Literal["ground", "parcel"]
Unlisted = Literal["permitted", "prohibited", "unknown", "silent"]
Kind = Literal["zone", "matrix", "setback", "raster", "fact"]
Role = Literal["area", "parcels", "enterprises", "occupancy", "buildings", "zones", "objects", "raster", "context"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A text of law, a plan or a standard; `since` is the first day on which the text as read is in force."""

    id: str
    title: Text
    issued: str = ""
    ref: str = ""
    since: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class Pathway:
    """What someone means to do with a parcel, as the law's verbs."""

    id: str
    title: Text
    actions: tuple[Action, ...]

    @property
    def keeps_building(self) -> bool:
        """Whether all of it happens in a building that stands already, so that what counts is where that stands."""
        return not IN_BUILDINGS.isdisjoint(self.actions) and BUILDING_ANEW.isdisjoint(self.actions)


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a site may become. Least sizes in m² and m, None where unset."""

    id: str
    ref: str
    title: Text
    group: str
    tags: frozenset[str] = frozenset()
    columns: Mapping[str, str] = field(default_factory=dict)
    least_area_m2: float | None = None
    least_width_m: float | None = None


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The classes of zone that a table of uses has columns for, as rules have their place."""

    where: Mapping[str, tuple[str, ...]]
    match: Literal["exact", "prefix"] = "exact"
    other_headers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Symbol:
    """What a letter in a table of uses means: an outcome for each action that it speaks of."""

    title: Text
    outcomes: Mapping[Action, Outcome]


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A table of uses as it is written: what stands in each cell, by row and column, and what the symbols mean."""

    id: str
    file: str
    cells: Mapping[tuple[str, str], str]
    symbols: Mapping[str, Symbol]
    footnotes: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something holds: in zones of a layer that have these attributes."""

    layer: str
    where: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class LawLayer:
    """A layer as the rulebook speaks of it: attributes with their closed lists of values ([] = free).

    `tables` are the columns of its tables: of a class that is in none they say nothing, not that all is unlisted.
    A plan may hold only `within` a place, and there replace the plans that name it in `yields_to`.
    What an overlay lists stands in place of what the tables of the layers in `prevails_over` say on the same use.
    """

    id: str
    title: Text
    base: bool = False
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, Text] = field(default_factory=dict)
    unlisted: Unlisted = "silent"
    heads_extract: bool = False
    tables: tuple[Columns, ...] = ()
    within: Place | None = None
    yields_to: tuple[str, ...] = ()
    prevails_over: tuple[str, ...] = ()
    prevails: Literal["always", "where_milder"] = "always"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A named value that a rule may ask for.

    `codes` are, by scheme and value, the beginnings of codes of present land use that tell it.
    """

    id: str
    type: Literal["number", "bool", "enum", "date"]
    title: Text
    question: Text
    values: tuple[str, ...] = ()
    codes: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One number a parcel, from a raster."""

    id: str
    layer: str
    derive: Literal["value", "slope_deg"]
    statistic: Literal["mean", "min", "max"]
    title: Text


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One comparison of a fact or measure with a value.

    Where a fact is not known a test may hold, but for `stated`: that is `is`, and does not hold unless it is stated.
    """

    fact: str
    operator: Literal["is", "stated", "in", "at_least", "more_than", "at_most", "less_than"]
    value: str | float | bool | dt.date | tuple[str | float | bool | dt.date, ...]


@dataclass(frozen=True, kw_only=True)
class When:
    """Tests that must all hold, or any of which must."""

    how: Literal["all", "any"]
    tests: tuple[Comparison, ...]


@dataclass(frozen=True, kw_only=True)
class SignOff:
    """That somebody read a rule against its text: who, on which day, and which text."""

    who: str
    when: dt.date
    text: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One sentence of law: where, for which uses and actions, with what outcome, under which article.

    `lists` tells a rule that says which uses may come from a duty of whoever comes. `unread_before` is the day from
    which on its text was read, where the day asked of lies before it: what held then is not verified.
    """

    id: str
    ref: str
    kind: Kind
    layer: str | None
    where: Mapping[str, tuple[str, ...]]
    uses: frozenset[str]
    actions: frozenset[Action]
    outcome: Outcome
    binds: Binds
    condition: Text
    source: str
    article: str
    verified: bool
    lists: bool = False
    could_be: Outcome | None = None
    decider: Text | None = None
    distance_m: float | None = None
    when: When | None = None
    match: Literal["exact", "prefix"] = "exact"
    other_headers: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    approvals: tuple[str, ...] = ()
    where_from: str = ""
    signoffs: tuple[SignOff, ...] = ()
    unread_before: dt.date | None = None

    @property
    def signed(self) -> str:
        """Who checked the rule against its text, and when; empty where no sign-off says so."""
        return "; ".join(f"{each.who}, {each.when.isoformat()}" for each in self.signoffs)

    @property
    def is_duty(self) -> bool:
        """Whether it bars nothing and lists no use: it asks something of whoever comes."""
        return self.outcome == Outcome.PERMITTED and not self.lists

    def holds_on(self, day: dt.date) -> bool:
        """Say whether the rule is in force on a day; `valid_until` is the first day it is not."""
        return in_force_on(self.valid_from, self.valid_until, day)


def in_force_on(first: dt.date | None, end: dt.date | None, day: dt.date) -> bool:
    """Say whether a day lies from the first on and before the end."""
    return (first is None or first <= day) and (end is None or day < end)


@dataclass(frozen=True, kw_only=True)
class Permit:
    """A sign-off that rules trigger: what, by whom, at which level, under which article, before what."""

    id: str
    what: Text
    authority: Text
    level: Level
    source: str
    article: str
    before: Text
    verified: bool


@dataclass(frozen=True, kw_only=True)
class MatrixRow:
    """A row of a matrix that uses are joined to: its symbols by column, and which uses it serves, perhaps none.

    A row that a use names and that the matrix does not have has no symbols. `remarks` are the columns headed `#`.
    """

    matrix: str
    name: str
    cells: Mapping[str, str]
    uses: frozenset[str]
    remarks: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class NotEncoded:
    """A row of the law's tables that is no rule, and why it cannot be one."""

    ref: str
    source_table: str
    title: Text
    reason: Text


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What an officer decided for a parcel and use on a rule; for a parcel alone on `route/reason` (no use, "")."""

    parcel: str
    use: str
    rule: str
    outcome: Outcome
    reason: str
    officer: str
    date: dt.date
    document: str
