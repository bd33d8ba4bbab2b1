"""The tables of a rulebook.toml as they are written: keys, types and what goes with what."""

from __future__ import annotations

from datetime import date  # noqa: TC003  pydantic needs it at run time
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from geo_tej.encoding import codec
from geo_tej.errors import choices
from geo_tej.model import Action
from geo_tej.strict import Strict, Words

OutcomeName = Literal["permitted", "conditional", "prohibited"]
OUTCOME_ORDER: tuple[OutcomeName, ...] = ("permitted", "conditional", "prohibited")


class SourceEntry(Strict):
    """A [[source]]."""

    id: str
    title: Words
    issued: str = ""
    ref: str = ""
    since: date | None = None


class PathwayEntry(Strict):
    """A [[pathway]]."""

    id: str
    title: Words
    actions: tuple[Action, ...] = Field(min_length=1)


class PlaceEntry(Strict):
    """The zones inside which a plan holds."""

    layer: str
    where: dict[str, tuple[str, ...]] = Field(min_length=1)


class LayerEntry(Strict):
    """A [[layer]]."""

    id: str
    title: Words
    base: bool = False
    attributes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    names: dict[str, Words] = Field(default_factory=dict)
    unlisted: Literal["permitted", "prohibited", "unknown", "silent"]
    heads_extract: bool = False
    within: PlaceEntry | None = None
    yields_to: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _plans_replace_plans(self) -> LayerEntry:
        if not self.base and (self.within is not None or self.yields_to):
            message = "`within` and `yields_to` say which plan is in force; they belong to layers with `base = true`"
            raise ValueError(message)
        return self


class FactEntry(Strict):
    """A [[fact]]."""

    id: str
    type: Literal["number", "bool", "enum", "date"]
    values: tuple[str, ...] = ()
    title: Words
    question: Words
    codes: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _values_for_enum(self) -> FactEntry:
        if (self.type == "enum") != bool(self.values):
            message = "`values` belongs to a fact of type enum, and such a fact must have it"
            raise ValueError(message)
        for value in {value for of_scheme in self.codes.values() for value in of_scheme} - set(self.values):
            message = f"`codes` tell {value!r}, which is none of its values; {choices(value, self.values)}"
            raise ValueError(message)
        return self


class MeasureEntry(Strict):
    """A [[measure]]."""

    id: str
    layer: str
    derive: Literal["value", "slope_deg"]
    statistic: Literal["mean", "min", "max"]
    title: Words


class TestEntry(Strict):
    """One comparison of a fact or measure; `stated` is `is`, and does not hold where nobody has stated the fact."""

    fact: str
    is_: str | bool | float | date | None = Field(None, alias="is")
    stated: str | bool | float | date | None = None
    in_: tuple[str | float | date, ...] | None = Field(None, alias="in")
    at_least: float | date | None = None
    more_than: float | date | None = None
    at_most: float | date | None = None
    less_than: float | date | None = None

    @model_validator(mode="after")
    def _one_operator(self) -> TestEntry:
        if len(self.given()) != 1:
            message = "a test has exactly one of is, stated, in, at_least, more_than, at_most, less_than"
            raise ValueError(message)
        return self

    def given(self) -> list[tuple[str, Any]]:
        """Return the operators that are written, with their values."""
        pairs = [("is", self.is_), ("stated", self.stated), ("in", self.in_)]
        pairs += [(name, getattr(self, name)) for name in ("at_least", "more_than", "at_most", "less_than")]
        return [(name, value) for name, value in pairs if value is not None]


class WhenEntry(Strict):
    """Tests that must all hold, or any of which must."""

    all: tuple[TestEntry, ...] | None = None
    any: tuple[TestEntry, ...] | None = None

    @model_validator(mode="after")
    def _one_list(self) -> WhenEntry:
        if bool(self.all) == bool(self.any):
            message = "`when` has one list of tests, `all` or `any`"
            raise ValueError(message)
        return self


class LawEntry(Strict):
    """What every text of law says of itself, a rule's as a matrix's."""

    binds: Literal["ground", "parcel"]
    source: str
    article: str
    verified: bool
    valid_from: date | None = None
    valid_until: date | None = None
    approvals: tuple[str, ...] = ()


class RuleEntry(LawEntry):
    """A [[rule]]; where `layer` is a list, it stands for a rule in each of these layers."""

    id: str
    ref: str = ""
    kind: Literal["zone", "setback", "raster", "fact"]
    layer: str | tuple[str, ...] | None = None
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    distance_m: float | None = Field(None, gt=0, allow_inf_nan=False)
    when: WhenEntry | None = None
    uses: tuple[str, ...] | Literal["all"]
    except_: tuple[str, ...] = Field((), alias="except")
    actions: tuple[Action, ...] | Literal["all"]
    outcome: OutcomeName
    grants: bool | None = None
    could_be: OutcomeName | None = None
    decider: Words | None = None
    condition: Words

    @model_validator(mode="after")
    def _kind_has_its_keys(self) -> RuleEntry:
        alone = self.kind in ("fact", "raster")
        faults = {
            "`distance_m` belongs to the kind setback, and such a rule must have it": (self.kind == "setback")
            != (self.distance_m is not None),
            "every kind of rule but fact has a `layer`": (self.kind == "fact") != (self.layer is None),
            "an empty list of layers means that the rule never speaks; leave it out": self.layer == (),
            f"a rule of the kind {self.kind} must have `when`": alone and self.when is None,
            f"a rule of the kind {self.kind} binds the parcel, it covers no ground of its own": alone
            and self.binds == "ground",
            f"a rule of the kind {self.kind} has no `where`: it asks for facts, not for zones": alone
            and bool(self.where),
            "`grants` belongs to a rule of the kind zone that permits, with or without conditions": bool(self.grants)
            and (self.kind != "zone" or self.outcome == "prohibited"),
        }
        return self._without(faults)

    @model_validator(mode="after")
    def _can_be_heard(self) -> RuleEntry:
        order = OUTCOME_ORDER
        milder = self.could_be is not None and order.index(self.could_be) <= order.index(self.outcome)
        backwards = None not in (self.valid_from, self.valid_until) and self.valid_until <= self.valid_from  # type: ignore[operator]
        faults = {
            "an empty list of uses, actions or values means that the rule never speaks; leave the rule out": (
                not self.uses or not self.actions or not all(self.where.values())
            ),
            "`valid_until` must lie after `valid_from`; it is the first day on which the rule is not in force": (
                backwards
            ),
            "`could_be` and `decider` go together: say who decides": (self.could_be is None) != (self.decider is None),
            "`could_be` is what the decider may choose beyond `outcome`; it is not stricter": milder,
        }
        return self._without(faults)

    def _without(self, faults: dict[str, bool]) -> RuleEntry:
        for message, found in faults.items():
            if found:
                raise ValueError(message)
        return self

    def by_layer(self) -> list[tuple[str, str | None]]:
        """Return the id and layer of every rule that the entry stands for.

        >>> from types import SimpleNamespace as Namespace
        >>> RuleEntry.by_layer(Namespace(id="soil", layer="town"))
        [('soil', 'town')]
        >>> RuleEntry.by_layer(Namespace(id="soil", layer=("town", "village")))
        [('soil/town', 'town'), ('soil/village', 'village')]
        >>> RuleEntry.by_layer(Namespace(id="soil", layer=None))
        [('soil', None)]
        """
        if isinstance(self.layer, tuple):
            return [(f"{self.id}/{layer}", layer) for layer in self.layer]
        return [(self.id, self.layer)]

    def lists_uses(self) -> bool:
        """Tell whether the rule says which uses may come, and is not a duty of whoever comes.

        Unless `grants` says so: a prohibition and a permission do, and a condition that names its zones.
        """
        if self.grants is not None:
            return self.grants
        return self.kind == "zone" and (self.outcome != "conditional" or bool(self.where))


class ReasonEntry(Strict):
    """A [[route.reason]]."""

    id: str
    effect: Literal["bars", "conditions", "leaves_open", "against", "for"]
    words: Words
    when: WhenEntry | None = None
    layer: str | None = None
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    source: str = ""
    article: str = ""
    verified: bool | None = None
    decider: Words | None = None
    approvals: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _can_be_heard(self) -> ReasonEntry:
        of_law = self.effect in ("bars", "conditions", "leaves_open")
        faults = {
            "a reason has tests (`when`), a `layer`, or both; what always counts belongs into the route's words": (
                self.when is None and self.layer is None
            ),
            "`where` belongs to a reason with a `layer`": bool(self.where) and self.layer is None,
            "an empty list of values means that the reason never speaks; leave it out": not all(self.where.values()),
            f"a reason that {self.effect} is law: say `source`, `article` and `verified`": of_law
            and (not self.source or self.verified is None),
            "`approvals` belong to a reason that conditions": bool(self.approvals) and self.effect != "conditions",
            "`source` and `verified` go together": bool(self.source) != (self.verified is not None),
            "`decider` belongs to a reason that leaves_open, and such a reason must have it": (
                (self.effect == "leaves_open") != (self.decider is not None)
            ),
        }
        for message, found in faults.items():
            if found:
                raise ValueError(message)
        return self


class RouteEntry(Strict):
    """A [[route]]."""

    id: str
    ref: str = ""
    title: Words
    short: Words
    words: Words
    land: Literal["kept", "new_contract", "auction", "leaves"]
    actions: tuple[Action, ...] = ()
    uses: tuple[str, ...] | Literal["all"] = "all"
    except_: tuple[str, ...] = Field((), alias="except")
    quota: bool = False
    supplement: bool = False
    source: str
    article: str
    verified: bool
    valid_from: date | None = None
    valid_until: date | None = None
    approvals: tuple[str, ...] = ()
    reason: tuple[ReasonEntry, ...] = ()

    @model_validator(mode="after")
    def _land_changes_use(self) -> RouteEntry:
        if self.supplement and not self.actions:
            message = "a supplement is the difference of two uses' land values: such a route must have `actions`"
            raise ValueError(message)
        return self


class TermEntry(Strict):
    """A [[term]]: the longest that land may be granted for some uses."""

    id: str
    uses: tuple[str, ...] | Literal["all"]
    except_: tuple[str, ...] = Field((), alias="except")
    years: float = Field(gt=0, allow_inf_nan=False)
    source: str
    article: str
    verified: bool


class CriterionEntry(Strict):
    """A [[criterion]] of priority."""

    id: str
    title: Words
    weight: float = Field(ge=0, allow_inf_nan=False)
    when: WhenEntry | None = None
    layer: str | None = None
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    fact: str = ""
    zero_at: float = Field(0.0, allow_inf_nan=False)
    full_at: float = Field(1.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _tests_or_scale(self) -> CriterionEntry:
        if (self.when is None and self.layer is None) != bool(self.fact):
            message = "a criterion has tests (`when`, `layer`) or else a `fact` with `zero_at` and `full_at`"
            raise ValueError(message)
        if self.zero_at == self.full_at:
            message = "`zero_at` and `full_at` must differ"
            raise ValueError(message)
        return self


class StatusEntry(Strict):
    """A [[status]]: a step of an enterprise, and the steps it may follow."""

    id: str
    title: Words
    after: tuple[str, ...] = ()
    first: bool = False
    done: bool = False

    @model_validator(mode="after")
    def _can_be_reached(self) -> StatusEntry:
        if not self.first and not self.after:
            message = "a status is `first = true` or has `after`; else it can never be reached"
            raise ValueError(message)
        return self


class SymbolEntry(Strict):
    """A [[symbol]] of matrices: an outcome an action, who must approve, and who may still say no.

    Without outcomes (`{}`) it lists nothing: "not applicable" in a table is neither a yes nor a no.
    """

    id: str
    title: Words
    outcomes: dict[str, OutcomeName]
    approvals: tuple[str, ...] = ()
    could_be: OutcomeName | None = None
    decider: Words | None = None

    @model_validator(mode="after")
    def _actions_exist(self) -> SymbolEntry:
        for action in self.outcomes:
            if action != "*" and action not in [verb.value for verb in Action]:
                message = f"unknown action {action!r}; {choices(action, [verb.value for verb in Action])}"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _decided_by_someone(self) -> SymbolEntry:
        if (self.could_be is None) != (self.decider is None):
            message = "`could_be` and `decider` go together: say who decides"
            raise ValueError(message)
        if not self.outcomes and (self.approvals or self.could_be is not None):
            message = "a symbol without outcomes says nothing: it has no `approvals` and nobody decides on it"
            raise ValueError(message)
        return self

    def by_outcome(self) -> dict[OutcomeName, frozenset[Action]]:
        """Return the actions that have each outcome; those that the symbol does not name are in none."""
        grouped: dict[OutcomeName, set[Action]] = {}
        for action in Action:
            outcome = self.outcomes.get(action.value, self.outcomes.get("*"))
            if outcome is not None:
                grouped.setdefault(outcome, set()).add(action)
        return {outcome: frozenset(actions) for outcome, actions in grouped.items()}


class FootnoteEntry(Strict):
    """A [[matrix.footnote]]: what a mark beside a symbol adds, for the uses and zones of the cells that bear it.

    It makes nothing milder: of the symbol and its footnotes the strictest counts.
    """

    id: str = Field(min_length=1)
    condition: Words
    outcome: OutcomeName = "conditional"
    actions: tuple[Action, ...] | Literal["all"] = "all"
    when: WhenEntry | None = None
    could_be: OutcomeName | None = None
    decider: Words | None = None
    article: str | None = None
    approvals: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _decided_by_someone(self) -> FootnoteEntry:
        if (self.could_be is None) != (self.decider is None):
            message = "`could_be` and `decider` go together: say who decides"
            raise ValueError(message)
        if self.could_be is not None and OUTCOME_ORDER.index(self.could_be) <= OUTCOME_ORDER.index(self.outcome):
            message = "`could_be` is what the decider may choose beyond `outcome`; it is not stricter"
            raise ValueError(message)
        if not self.actions:
            message = "a footnote without actions says nothing; leave `actions` out to mean all"
            raise ValueError(message)
        return self


HeaderRow = Annotated[int, Field(ge=1)]


class MatrixEntry(LawEntry):
    """A [[matrix]]: a table of symbols, uses by classes of zone.

    `blank` is what an empty cell means: `unlisted`, as the layer says of uses that it does not list, or a symbol;
    `marks_alone` the symbol that is meant where a cell holds nothing but footnotes.
    `header_row` is the row of headings, where that is not the first one below the title, or the first and the last of
    several rows whose words make up one heading; `columns` says which classes a heading stands for, where it is not
    their name (`R-1|R-2` is a list of names).
    """

    id: str
    ref: str = ""
    file: str
    header_row: HeaderRow | tuple[HeaderRow, HeaderRow] | None = None
    layer: str
    attribute: str
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    match: Literal["exact", "prefix"] = "exact"
    rows: str
    rows_in_english: str | None = None
    condition: Words | None = None
    through: str | None = None
    blank: str = "unlisted"
    marks_alone: str | None = None
    columns: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    transposed: bool = False
    symbol: tuple[SymbolEntry, ...] = ()
    footnote: tuple[FootnoteEntry, ...] = ()

    @model_validator(mode="after")
    def _counterparts_are_hints(self) -> MatrixEntry:
        if self.through is None:
            return self
        if self.verified or len(self.where.get("scheme", ())) != 1:
            message = "a matrix read `through` another scheme has `verified = false`, and one scheme in `where`"
            raise ValueError(message)
        if self.transposed or self.columns or self.blank != "unlisted":
            message = "a matrix read `through` another scheme has one code a column, and blanks that are unlisted"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _headings_run_down(self) -> MatrixEntry:
        if isinstance(self.header_row, tuple) and self.header_row[0] > self.header_row[1]:
            message = "`header_row` is one row, or the first and the last of several"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _each_once(self) -> MatrixEntry:
        for what, ids in (("symbol", [each.id for each in self.symbol]), ("footnote", [e.id for e in self.footnote])):
            if twice := sorted({each for each in ids if ids.count(each) > 1}):
                message = f"the {what} {twice[0]!r} stands more than once"
                raise ValueError(message)
        if self.transposed and self.rows_in_english is not None:
            message = "`rows_in_english` names a column beside the uses; in a transposed table uses are columns"
            raise ValueError(message)
        return self


class DefaultsEntry(Strict):
    """What uses have where uses.csv is silent."""

    least_area_m2: float | None = None
    least_width_m: float | None = None
    least_note: Words | None = None


class GroupEntry(Strict):
    """A [[group]] of uses."""

    id: str
    title: Words


class SchemeEntry(Strict):
    """A [[scheme]] of land-use codes."""

    id: str
    title: Words
    extends: str | None = None
    columns: tuple[str, ...] = ()
    use_column: str | None = None
    suffixes: tuple[str, ...] = ()


class IndustriesEntry(Strict):
    """The column of uses.csv whose codes are those of industry.csv."""

    use_column: str


class HeadEntry(Strict):
    """The keys at the head of rulebook.toml."""

    id: str
    version: str
    date: date
    title: Words
    disclaimer: Words
    units: tuple[Literal["m2", "ha", "mu"], ...] = ("m2", "ha")
    defaults: DefaultsEntry = DefaultsEntry()
    industries: IndustriesEntry | None = None
    encoding: str | None = None
    articles: dict[str, Words] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _coding_is_known(self) -> HeadEntry:
        if self.encoding is not None:
            codec(self.encoding)
        return self
