"""The head of rulebook.toml and its terms: sources, pathways, layers, facts, measures, groups and schemes."""

from __future__ import annotations

from datetime import date  # noqa: TC003  pydantic needs it at run time
from typing import Literal

from pydantic import Field, model_validator

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

    @model_validator(mode="after")
    def _plans_replace_plans(self) -> LayerEntry:
        if not self.base and (self.within is not None or self.yields_to):
            message = "`within` and `yields_to` say which plan is in force; they belong to layers with `base = true`"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _overlays_prevail_on_what_they_list(self) -> LayerEntry:
        if self.prevails_over and (self.base or self.unlisted not in ("silent", "prohibited")):
            message = (
                "a layer that prevails over others is an overlay: without `base`, and with `unlisted` silent (they are "
                "heard on what it does not list) or prohibited; a plan that replaces another has `within`"
            )
            raise ValueError(message)
        if self.prevails != "always" and (not self.prevails_over or self.unlisted != "silent"):
            message = '`prevails` goes with `prevails_over` and `unlisted = "silent"`'
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

    @model_validator(mode="after")
    def _coding_is_known(self) -> HeadEntry:
        if self.encoding is not None:
            codec(self.encoding)
        return self
