"""Ways out in a rulebook.toml: routes and their reasons, longest terms, criteria of priority, statuses."""

from __future__ import annotations

from datetime import date  # noqa: TC003  pydantic needs it at run time
from typing import Literal

from pydantic import Field

from geo_tej.model import Action  # noqa: TC001  pydantic needs it at run time
from geo_tej.rulebook.entries.rules import LawEntry, WhenEntry
from geo_tej.strict import Strict, Words


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

    def clashes(self) -> dict[str, bool]:
        """Tell of a reason that is never heard, or of law without its text."""
        of_law = self.effect in ("bars", "conditions", "leaves_open")
        return {
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


class RouteEntry(LawEntry):
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
    reason: tuple[ReasonEntry, ...] = ()

    def clashes(self) -> dict[str, bool]:
        """Tell of a supplement without a change, and of what is wrong with any text of law."""
        return super().clashes() | {
            "a supplement is the difference of two uses' land values: such a route must have `actions`": (
                self.supplement and not self.actions
            ),
        }


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

    def clashes(self) -> dict[str, bool]:
        """Tell of a criterion that measures nothing, or two things."""
        return {
            "a criterion has tests (`when`, `layer`) or else a `fact` with `zero_at` and `full_at`": (
                (self.when is None and self.layer is None) != bool(self.fact)
            ),
            "`zero_at` and `full_at` must differ": self.zero_at == self.full_at,
        }


class StatusEntry(Strict):
    """A [[status]]: a step of an enterprise, and the steps it may follow."""

    id: str
    title: Words
    after: tuple[str, ...] = ()
    first: bool = False
    done: bool = False

    def clashes(self) -> dict[str, bool]:
        """Tell of a step that nobody can take."""
        message = "a status is `first = true` or has `after`; else it can never be reached"
        return {message: not self.first and not self.after}
