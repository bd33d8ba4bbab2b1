"""What rules say: where they match, whether their tests hold, on which questions. A rule finds, it never decides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from geo_tej.model import UNKNOWN, Action, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from geo_tej.model import Comparison, Pathway, Rule, Use, When

NO, MAYBE, YES = 0, 1, 2
"""Truth in three values, ordered so that `all` is the least and `any` the greatest (Kleene)."""

PROHIBITED = np.int8(Outcome.PROHIBITED)
"""The strictest that a table of outcomes may hold, of its type."""

SPEAKS_NOT = -1
"""In a table of outcomes: the rule says nothing on the question."""

ACTION_BIT = {action: np.uint8(1 << number) for number, action in enumerate(Action)}


class Placed(Protocol):
    """What speaks of zones of some attributes."""

    @property
    def where(self) -> Mapping[str, tuple[str, ...]]:
        """The attributes' values it speaks of."""

    @property
    def match(self) -> str:
        """How values are compared."""

    @property
    def other_headers(self) -> tuple[str, ...]:
        """The values that are spoken of elsewhere, where values are prefixes."""


class Facts(Protocol):
    """What is known of parcels, a row each: a frame, or columns by name."""

    @property
    def columns(self) -> Collection[str]:
        """The facts of which something is known."""

    def __len__(self) -> int:
        """Return the number of parcels."""

    def __getitem__(self, fact: str, /) -> ArrayLike:
        """Return what is known of a fact, a parcel each."""


@dataclass(frozen=True, kw_only=True)
class Questions:
    """The uses and pathways asked for; question number = use position x pathways + pathway position."""

    uses: tuple[Use, ...]
    pathways: tuple[Pathway, ...]

    def __len__(self) -> int:
        """Return the number of questions."""
        return len(self.uses) * len(self.pathways)

    def number(self, use: str, pathway: str) -> int:
        """Return the position of a question."""
        uses = [each.id for each in self.uses]
        pathways = [each.id for each in self.pathways]
        return uses.index(use) * len(pathways) + pathways.index(pathway)


def action_mask(actions: Iterable[Action]) -> np.uint8:
    """Return a set of actions as bits."""
    return np.uint8(sum(int(ACTION_BIT[action]) for action in actions))


def speaks(rule: Rule, questions: Questions) -> NDArray[np.uint8]:
    """Return, a question each, the actions of its pathway that a rule speaks on, as bits (0: it is silent)."""
    rule_actions = action_mask(rule.actions)
    by_pathway = np.array([action_mask(pathway.actions) & rule_actions for pathway in questions.pathways], np.uint8)
    by_use = np.array([use.id in rule.uses for use in questions.uses])
    return np.where(by_use[:, None], by_pathway[None, :], np.uint8(0)).ravel()


def strictest(rule: Rule) -> int:
    """Return the strictest outcome that discretion could make of a rule's own."""
    return rule.outcome if rule.could_be is None else max(rule.outcome, rule.could_be)


def matches(rule: Placed, attributes: Mapping[str, str]) -> tuple[int, tuple[str, ...]]:
    """Tell whether a zone with these attributes is one the rule speaks of, and which attributes leave it open.

    >>> from types import SimpleNamespace as Namespace
    >>> core = Namespace(where={"core": ("yes",)}, match="exact", other_headers=())
    >>> matches(core, {"core": "yes"}), matches(core, {"core": "no"}), matches(core, {"core": "unknown"})
    ((2, ()), (0, ()), (1, ('core',)))
    >>> shops = Namespace(where={"code": ("09",)}, match="prefix", other_headers=("09", "0902"))
    >>> matches(shops, {"code": "090101"})[0], matches(shops, {"code": "0902"})[0]
    (2, 0)
    """
    unknown = []
    for attribute, wanted in rule.where.items():
        value = attributes.get(attribute, UNKNOWN)
        if value == UNKNOWN and UNKNOWN not in wanted:
            unknown.append(attribute)
        elif not _among(value, wanted, rule):
            return NO, ()
    return (MAYBE, tuple(unknown)) if unknown else (YES, ())


def _among(value: str, wanted: tuple[str, ...], rule: Placed) -> bool:
    if value in wanted:
        return True
    if rule.match == "exact":
        return False
    return _longest(value, rule.other_headers) in wanted


@lru_cache(maxsize=4096)
def _longest(value: str, headers: tuple[str, ...]) -> str | None:
    """Return the longest of the headers that a value begins with."""
    return max((header for header in headers if value.startswith(header)), key=len, default=None)


def asks_for(rule: Rule) -> bool:
    """Tell whether a rule asks for sign-offs; one that prohibits asks for none."""
    return bool(rule.approvals) and rule.outcome != Outcome.PROHIBITED


def truth(when: When | None, facts: Facts) -> NDArray[np.int8]:
    """Tell, a parcel each, whether tests hold: NO, MAYBE (a fact is missing) or YES."""
    if when is None:
        return np.full(len(facts), YES, dtype=np.int8)
    return combined(when, [compare_fact(test, facts) for test in when.tests])


def combined(when: When, compared: Sequence[NDArray[np.int8]]) -> NDArray[np.int8]:
    """Combine the truth of each test into that of all, or of any."""
    together = np.minimum.reduce(compared) if when.how == "all" else np.maximum.reduce(compared)
    return np.asarray(together, dtype=np.int8)


def missing_facts(when: When | None, facts: Facts) -> dict[str, NDArray[np.bool_]]:
    """Return, for each fact that tests ask for, the parcels where it is not known."""
    if when is None:
        return {}
    return {test.fact: compare_fact(test, facts) == MAYBE for test in when.tests}


def compare_fact(test: Comparison, facts: Facts) -> NDArray[np.int8]:
    """Compare one fact with a value: a missing fact is MAYBE, or NO where the law asks for one that is stated.

    >>> import pandas as pd
    >>> from geo_tej.model import Comparison
    >>> floor = pd.DataFrame({"floor_area_m2": [999.99, 1000.0, None]})
    >>> compare_fact(Comparison(fact="floor_area_m2", operator="at_least", value=1000), floor).tolist()
    [0, 2, 1]
    >>> compare_fact(Comparison(fact="sewage_to", operator="is", value="inside"), floor).tolist()
    [1, 1, 1]
    >>> compare_fact(Comparison(fact="sewage_to", operator="stated", value="inside"), floor).tolist()
    [0, 0, 0]
    """
    return compare([test], values_of(test.fact, facts), len(facts))[:, 0]


def values_of(fact: str, facts: Facts) -> NDArray[Any] | None:
    """Return what is known of a fact, a parcel each; None where no column tells it."""
    return np.asarray(facts[fact]) if fact in facts.columns else None


def compare(tests: Sequence[Comparison], values: NDArray[Any] | None, count: int) -> NDArray[np.int8]:
    """Compare what is known of one fact, as `values_of` gives it, with a value a column: each as `compare_fact`."""
    told = np.empty((count, len(tests)), dtype=np.int8)
    told[:] = [NO if test.operator == "stated" else MAYBE for test in tests]
    known = np.zeros(count, dtype=bool) if values is None else ~np.asarray(pd.isna(values))
    if values is None or not known.any():
        return told
    stated = values if known.all() else values[known]
    for column, test in enumerate(tests):
        told[known, column] = np.where(_compare(stated, test.operator, test.value), np.int8(YES), np.int8(NO))
    return told


def _compare(values: NDArray[Any], operator: str, value: Any) -> NDArray[np.bool_]:  # noqa: ANN401  a fact's value
    if operator in ("is", "stated"):
        return np.asarray(values == value, dtype=bool)
    if operator == "in":
        return np.asarray(np.logical_or.reduce([np.asarray(values == each, dtype=bool) for each in value]))
    compare_all = {
        "at_least": np.greater_equal, "more_than": np.greater, "at_most": np.less_equal, "less_than": np.less,
    }  # fmt: skip
    return np.asarray(compare_all[operator](values, value), dtype=bool)
