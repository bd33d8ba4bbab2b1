"""The head of rulebook.toml and its terms: sources, pathways, layers, facts, measures, groups and schemes."""

from __future__ import annotations

from datetime import date  # noqa: TC003  pydantic needs it at run time
from typing import Literal

from pydantic import Field, field_validator

from geo_tej.encoding import codec
from geo_tej.errors import choices
from geo_tej.model import Action  # noqa: TC001  pydantic needs it at run time
from geo_tej.strict import Strict, Words


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
    prevails_over: tuple[str, ...] = ()
    prevails: Literal["always", "where_milder"] = "always"

    def clashes(self) -> dict[str, bool]:
        """Tell of a layer that replaces plans and is none, and of an overlay that cannot prevail."""
        return {
            "`within` and `yields_to` say which plan is in force; they belong to layers with `base = true`": (
                not self.base and (self.within is not None or bool(self.yields_to))
            ),
            "a layer that prevails over others is an overlay: without `base`, and with `unlisted` silent (they are "
            "heard on what it does not list) or prohibited; a plan that replaces another has `within`": (
                bool(self.prevails_over) and (self.base or self.unlisted not in ("silent", "prohibited"))
            ),
            '`prevails` goes with `prevails_over` and `unlisted = "silent"`': (
                self.prevails != "always" and (not self.prevails_over or self.unlisted != "silent")
            ),
        }


class FactEntry(Strict):
    """A [[fact]]."""

    id: str
    type: Literal["number", "bool", "enum", "date"]
    values: tuple[str, ...] = ()
    title: Words
    question: Words
    codes: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)

    def clashes(self) -> dict[str, bool]:
        """Tell of values that the fact's type has not, or lacks."""
        told = dict.fromkeys(value for of_scheme in self.codes.values() for value in of_scheme)
        return {
            "`values` belongs to a fact of type enum, and such a fact must have it": (
                (self.type == "enum") != bool(self.values)
            ),
        } | {
            f"`codes` tell {value!r}, which is none of its values; {choices(value, self.values)}": True
            for value in told
            if value not in self.values
        }


class MeasureEntry(Strict):
    """A [[measure]]."""

    id: str
    layer: str
    derive: Literal["value", "slope_deg"]
    statistic: Literal["mean", "min", "max"]
    title: Words


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


class DefaultsEntry(Strict):
    """What uses have where uses.csv is silent."""

    least_area_m2: float | None = None
    least_width_m: float | None = None
    least_note: Words | None = None


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

    @field_validator("encoding")
    @classmethod
    def _coding_is_known(cls, value: str | None) -> str | None:
        if value is not None:
            codec(value)
        return value
