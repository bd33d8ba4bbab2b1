"""The matrices of a rulebook.toml, their symbols and footnotes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from geo_tej.errors import choices
from geo_tej.model import Action
from geo_tej.rulebook.entries.rules import OUTCOME_ORDER, LawEntry, OutcomeName, WhenEntry
from geo_tej.strict import Strict, Words

_RULING = "`could_be` and `decider` go together: say who decides"


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

    def clashes(self) -> dict[str, bool]:
        """Tell of actions that there are not, of a ruling by nobody, and of a symbol that says nothing."""
        verbs = [verb.value for verb in Action]
        return {
            f"unknown action {action!r}; {choices(action, verbs)}": True
            for action in self.outcomes
            if action not in ("*", *verbs)
        } | {
            _RULING: (self.could_be is None) != (self.decider is None),
            "a symbol without outcomes says nothing: it has no `approvals` and nobody decides on it": (
                not self.outcomes and (bool(self.approvals) or self.could_be is not None)
            ),
        }

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

    def clashes(self) -> dict[str, bool]:
        """Tell of a ruling by nobody or of no use, and of a footnote that says nothing."""
        milder = self.could_be is not None and (OUTCOME_ORDER.index(self.could_be) <= OUTCOME_ORDER.index(self.outcome))
        return {
            _RULING: (self.could_be is None) != (self.decider is None),
            "`could_be` is what the decider may choose beyond `outcome`; it is not stricter": milder,
            "a footnote without actions says nothing; leave `actions` out to mean all": not self.actions,
        }


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

    def clashes(self) -> dict[str, bool]:
        """Tell of what does not go with a table read through another scheme, of headings upside down and of twins."""
        through, head = self.through is not None, self.header_row
        return (
            super().clashes()
            | {
                "a matrix read `through` another scheme has `verified = false`, and one scheme in `where`": (
                    through and (self.verified or len(self.where.get("scheme", ())) != 1)
                ),
                "a matrix read `through` another scheme has one code a column, and blanks that are unlisted": (
                    through and (self.transposed or bool(self.columns) or self.blank != "unlisted")
                ),
                "`header_row` is one row, or the first and the last of several": isinstance(head, tuple)
                and head[0] > head[1],
                "a heading or row that stands for nothing is left out of `columns` and `uses`": not all(
                    (*self.columns.values(), *self.uses.values())
                ),
            }
            | {
                f"`{key}` names a column beside the uses; in a transposed table uses are columns": (
                    self.transposed and getattr(self, key) is not None
                )
                for key in ("rows_in_english", "articles_in")
            }
            | {
                f"the {what} {each!r} stands more than once": True
                for what, ids in (("symbol", [e.id for e in self.symbol]), ("footnote", [e.id for e in self.footnote]))
                for each in dict.fromkeys(ids)
                if ids.count(each) > 1
            }
        )
