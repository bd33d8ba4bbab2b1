"""The matrices of a rulebook.toml, their symbols and footnotes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from geo_tej.errors import choices
from geo_tej.model import Action
from geo_tej.rulebook.entries.rules import OUTCOME_ORDER, LawEntry, OutcomeName, WhenEntry
from geo_tej.strict import Strict, Words


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
    their name (`R-1|R-2` is a list of names), `uses` the same for rows. `rows_in` is the heading of the column that
    names the rows, where that is not the first; `articles_in` that of the column which cites an article a row; columns
    in `skip`, and those left of `rows_in`, are not read.
    """

    id: str
    ref: str = ""
    binds: Literal["ground", "parcel"]
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
    uses: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    rows_in: str | None = None
    articles_in: str | None = None
    skip: tuple[str, ...] = ()
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
        for key in ("rows_in_english", "articles_in"):
            if self.transposed and getattr(self, key) is not None:
                message = f"`{key}` names a column beside the uses; in a transposed table uses are columns"
                raise ValueError(message)
        if not all((*self.columns.values(), *self.uses.values())):
            message = "a heading or row that stands for nothing is left out of `columns` and `uses`"
            raise ValueError(message)
        return self
