"""The law of a place as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from geo_tej.codes import CodeLists
from geo_tej.keeps import Keeps
from geo_tej.model.law import Fact, LawLayer, Matrix, MatrixRow, Measure, NotEncoded, Pathway, Permit, Rule, Source, Use
from geo_tej.model.transition import Criterion, Route, RouteReason, Status, Term
from geo_tej.shown import RulebookShown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from geo_tej.i18n import Text


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
