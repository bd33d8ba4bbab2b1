"""The rules of a rulebook.toml, and the tests of facts in them."""

from __future__ import annotations

from datetime import date  # noqa: TC003  pydantic needs it at run time
from typing import Any, Literal

from pydantic import Field

from geo_tej.model import Action  # noqa: TC001  pydantic needs it at run time
from geo_tej.strict import Strict, Words

OutcomeName = Literal["permitted", "conditional", "prohibited"]
OUTCOME_ORDER: tuple[OutcomeName, ...] = ("permitted", "conditional", "prohibited")


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

    def clashes(self) -> dict[str, bool]:
        """Tell of a test without operator, or with several."""
        message = "a test has exactly one of is, stated, in, at_least, more_than, at_most, less_than"
        return {message: len(self.given()) != 1}

    def given(self) -> list[tuple[str, Any]]:
        """Return the operators that are written, with their values."""
        pairs = [("is", self.is_), ("stated", self.stated), ("in", self.in_)]
        pairs += [(name, getattr(self, name)) for name in ("at_least", "more_than", "at_most", "less_than")]
        return [(name, value) for name, value in pairs if value is not None]


class WhenEntry(Strict):
    """Tests that must all hold, or any of which must."""

    all: tuple[TestEntry, ...] | None = None
    any: tuple[TestEntry, ...] | None = None

    def clashes(self) -> dict[str, bool]:
        """Tell of no list of tests, or two."""
        return {"`when` has one list of tests, `all` or `any`": bool(self.all) == bool(self.any)}


class LawEntry(Strict):
    """What every text of law says of itself, a rule's as a matrix's or a route's."""

    source: str
    article: str
    verified: bool
    valid_from: date | None = None
    valid_until: date | None = None
    approvals: tuple[str, ...] = ()

    def clashes(self) -> dict[str, bool]:
        """Tell of dates that run backwards."""
        message = "`valid_until` must lie after `valid_from`; it is the first day on which the text is not in force"
        return {message: bool(self.valid_from and self.valid_until and self.valid_until <= self.valid_from)}


class RuleEntry(LawEntry):
    """A [[rule]]; where `layer` is a list, it stands for a rule in each of these layers."""

    id: str
    ref: str = ""
    binds: Literal["ground", "parcel"]
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

    def clashes(self) -> dict[str, bool]:
        """Tell of keys that do not belong to the rule's kind, and of what would never be heard."""
        return super().clashes() | self._of_its_kind() | self._never_heard()

    def _of_its_kind(self) -> dict[str, bool]:
        alone = self.kind in ("fact", "raster")
        return {
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

    def _never_heard(self) -> dict[str, bool]:
        order = OUTCOME_ORDER
        milder = self.could_be is not None and order.index(self.could_be) <= order.index(self.outcome)
        return {
            "an empty list of uses, actions or values means that the rule never speaks; leave the rule out": (
                not self.uses or not self.actions or not all(self.where.values())
            ),
            "`could_be` and `decider` go together: say who decides": (self.could_be is None) != (self.decider is None),
            "`could_be` is what the decider may choose beyond `outcome`; it is not stricter": milder,
        }

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
