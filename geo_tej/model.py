"""The nouns: frozen values that carry the law, the layers and the project, and nothing that works."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeVar

from geo_tej.codes import CodeLists
from geo_tej.i18n import Text
from geo_tej.keeps import Keeps
from geo_tej.shown import LayerShown, ProjectShown, RulebookShown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from affine import Affine
    from pyproj import CRS
    from shapely import Geometry

    from geo_tej.accounts import Account

SEMANTICS = 1
"""Raised only when the same input is given another answer; part of every assessment's identity."""

UNKNOWN = "unknown"
"""The attribute value that says: nobody knows."""


class Outcome(IntEnum):
    """How a use stands, from mild to strict; UNKNOWN where mild and strict cannot be told apart."""

    PERMITTED = 0
    CONDITIONAL = 1
    PROHIBITED = 2
    UNKNOWN = 3


OUTCOMES = tuple(outcome.name.lower() for outcome in Outcome)


class State(IntEnum):
    """What a layer says of a parcel."""

    AFFECTED = 0
    NOT_AFFECTED = 1
    NO_DATA = 2
    FAILED = 3
    SILENT = 4


STATES = tuple(state.name.lower() for state in State)


class Level(IntEnum):
    """The authority that must sign; 0 where none must."""

    NONE = 0
    COUNTY = 1
    CITY = 2
    PROVINCE = 3
    STATE = 4


LEVELS = tuple(level.name.lower() for level in Level)


class Action(StrEnum):
    """The law's verbs, which differ in what they forbid."""

    NEW = "new"
    ENLARGE = "enlarge"
    ALTER = "alter"
    REBUILD = "rebuild"
    REUSE = "reuse"
    CHANGE_LAND_USE = "change_land_use"
    CHANGE_BUILDING_USE = "change_building_use"
    OPERATE = "operate"


Binds = Literal["ground", "parcel"]
Unlisted = Literal["permitted", "prohibited", "unknown", "silent"]
Kind = Literal["zone", "matrix", "setback", "raster", "fact"]
Effect = Literal["bars", "conditions", "leaves_open", "against", "for"]
LandRight = Literal["kept", "new_contract", "auction", "leaves"]
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
    """One comparison of a fact or measure with a value."""

    fact: str
    operator: Literal["is", "in", "at_least", "more_than", "at_most", "less_than"]
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
        """Whether it bars nothing and asks everyone for something."""
        return self.outcome == Outcome.PERMITTED and self.kind == "fact"

    def holds_on(self, day: dt.date) -> bool:
        """Say whether the rule is in force on a day; `valid_until` is the first day it is not."""
        return _in_force(self.valid_from, self.valid_until, day)


def _in_force(first: dt.date | None, end: dt.date | None, day: dt.date) -> bool:
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
        return _in_force(self.valid_from, self.valid_until, day)


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
        return _in_force(self.valid_from, self.valid_until, day)


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


_Cited = TypeVar("_Cited", Rule, Route, RouteReason)


@dataclass(frozen=True, kw_only=True, repr=False)
class Rulebook(RulebookShown, Keeps):
    """The law as data. `digest` hashes its logical content; sign-offs stand beside it, in the rules.

    `lapsed` tells of sign-offs that do not count, since their rules have changed; `articles` says articles in words.
    """

    id: str
    version: str
    date: dt.date
    title: Text
    disclaimer: Text
    units: tuple[str, ...]
    sources: Mapping[str, Source]
    pathways: Mapping[str, Pathway]
    layers: Mapping[str, LawLayer]
    facts: Mapping[str, Fact]
    measures: Mapping[str, Measure]
    uses: Mapping[str, Use]
    groups: Mapping[str, Text]
    permits: Mapping[str, Permit]
    rules: tuple[Rule, ...]
    notes: tuple[str, ...]
    digest: Callable[[], str] = field(default=str, compare=False)
    not_encoded: tuple[NotEncoded, ...] = ()
    matrices: Mapping[str, Matrix] = field(default_factory=dict)
    lapsed: tuple[str, ...] = ()
    codes: CodeLists = field(default_factory=CodeLists)
    articles: Mapping[str, Text] = field(default_factory=dict)
    matrix_rows: tuple[MatrixRow, ...] = ()
    routes: Mapping[str, Route] = field(default_factory=dict)
    terms: Mapping[str, Term] = field(default_factory=dict)
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    statuses: Mapping[str, Status] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The hash of what it says, worked out when it is asked for."""
        return self.digest()

    def on(self, day: dt.date) -> tuple[Rule, ...]:
        """Return the rules in force on a day, as they count on it."""
        return self.once(
            "on", lambda: tuple(self.as_read(rule, day) for rule in self.rules if rule.holds_on(day)), of=day
        )

    def as_read(self, cited: _Cited, day: dt.date) -> _Cited:
        """Return what rests on a source as it counts on a day: not verified before the day of the text."""
        since = self.sources[cited.source].since if cited.source else None
        if since is None or since <= day or cited.valid_from is not None:
            return cited
        return replace(cited, verified=False, signoffs=(), unread_before=since)


@dataclass(frozen=True, kw_only=True)
class Provenance(Keeps):
    """Where a layer comes from; `digest` hashes what it holds, and gives nothing where it could not be read."""

    path: Path
    sublayer: str | None = None
    source: Text | None = None
    licence: str = ""
    date: dt.date | None = None
    digest: Callable[[], str] = field(default=str, compare=False)

    @property
    def sha256(self) -> str:
        """The hash of what the layer holds, worked out when it is asked for."""
        return self.once("sha256", self.digest)


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What an overlap must reach to count: area in m², share 0..1, mean width in m."""

    area_m2: float = 0.0
    share: float = 0.0
    width_m: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Raster(Keeps):
    """Cells with their place: float64 values (rows, columns), NaN where there are none."""

    values: np.ndarray
    transform: Affine
    crs: CRS


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Layer(LayerShown, Keeps):
    """A layer of the manifest as read: its frame or raster, or the fault that kept it from being read.

    A layer of which a part was lost has both: what is left is heard, and elsewhere nobody knows.
    """

    id: str
    role: Role
    title: Text
    provenance: Provenance
    frame: gpd.GeoDataFrame | None = None
    table: pd.DataFrame | None = None
    raster: Raster | None = None
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    extent: Geometry | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    fault: str | None = None
    remarks: tuple[str, ...] = ()
    style: str = ""
    show: bool = False
    rows_read: int = 0
    repaired: int = 0
    set_aside: int = 0
    account: Account | None = None
    tiles: bool | None = None
    tolerance_m: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Project(ProjectShown, Keeps):
    """A manifest as read: the rulebook as signed off, the layers or their faults, the parcels, what was decided."""

    title: Text
    manifest: Path
    crs: CRS
    on: dt.date
    language: Literal["zh", "en"]
    notice: Text | None
    scenario: str | None
    scenario_title: Text | None
    rulebook: Rulebook
    layers: Mapping[str, Layer]
    parcels: gpd.GeoDataFrame
    enterprises: pd.DataFrame
    occupancy: pd.DataFrame
    area: Geometry | None
    decisions: tuple[Decision, ...] = ()
    publish: frozenset[str] | None = None
    precision_m: float = 0.05
    tolerance_m: float | None = None
    review_number: str = ""
    transition: TransitionData = field(default_factory=TransitionData)

    @cached_property
    def faults(self) -> dict[str, str]:
        """The control layers that could not be read, each with why."""
        return {layer.id: layer.fault for layer in self.layers.values() if layer.fault is not None}
