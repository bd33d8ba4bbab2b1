"""The programme as written, table by table."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from geo_tej.siting.nouns import Direction, Measured, SourceKind  # noqa: TC001  pydantic needs them at run time
from geo_tej.siting.values import CLASS_VALUES, FAO, FIVE
from geo_tej.strict import Strict, Words

_ID = r"^[\w-]+$"


def _fraction(value: object) -> object:
    """Read 1/3 as people write it in a pairwise matrix."""
    if isinstance(value, str):
        try:
            return float(Fraction(value.replace(" ", "")))
        except (ValueError, ZeroDivisionError) as fault:
            message = 'a comparison is a number, or a fraction like "1/3"'
            raise ValueError(message) from fault
    return value


Pair = Annotated[float, BeforeValidator(_fraction, json_schema_input_type=float | str)]
Positive = Annotated[float, Field(gt=0)]
NotBelow = Annotated[float, Field(ge=0)]


class ProjectEntry(Strict):
    """One [[project]]: what is to be placed."""

    id: str = Field(pattern=_ID)
    title: Words
    use: str | tuple[str, ...]
    pathway: str
    area_m2: tuple[Positive, Positive]
    least_width_m: NotBelow = 0.0
    count: int = Field(1, ge=1)
    cost: NotBelow = 0.0
    cost_per_m2: NotBelow = 0.0

    @model_validator(mode="after")
    def _from_to(self) -> ProjectEntry:
        if self.area_m2[0] > self.area_m2[1]:
            message = f"area_m2 runs from {self.area_m2[0]:g} to {self.area_m2[1]:g}; the smaller comes first"
            raise ValueError(message)
        return self


class GroundEntry(Strict):
    """Where numbers or shapes come from: a layer of the manifest, or a file beside the programme."""

    layer: str | None = None
    path: str | None = None
    sublayer: str | None = None
    band: int = Field(1, ge=1)
    column: str | None = None
    classes: tuple[str, ...] = ()
    derive: Literal["value", "slope_deg"] = "value"
    resampling: Literal["nearest", "bilinear", "average"] = "bilinear"

    @model_validator(mode="after")
    def _one_source(self) -> GroundEntry:
        if (self.layer is None) == (self.path is None):
            message = "name either a `layer` of the manifest or a `path`"
            raise ValueError(message)
        if self.path is not None and ("://" in self.path or self.path.startswith("/vsi")):
            message = f"{self.path!r} is remote; only local files are read"
            raise ValueError(message)
        if self.column is not None and not self.classes:
            message = "a `column` needs the `classes` in it that count"
            raise ValueError(message)
        return self


class ExclusionEntry(GroundEntry):
    """One [[exclusion]]: ground that is barred beyond the law."""

    id: str = Field(pattern=_ID)
    title: Words
    basis: Words
    above: float | None = None
    below: float | None = None
    within_m: Positive | None = None
    beyond_m: Positive | None = None
    inside: bool = False

    @model_validator(mode="after")
    def _one_test(self) -> ExclusionEntry:
        raster = self.above is not None or self.below is not None
        given = [raster, self.within_m is not None, self.beyond_m is not None, self.inside]
        if sum(given) != 1:
            message = (
                "say what bars: `above` or `below` a number, `within_m` or `beyond_m` a distance, or `inside = true`; "
                "one of them an exclusion"
            )
            raise ValueError(message)
        return self


class ElevationEntry(Strict):
    """The elevation model that a view is looked up in."""

    layer: str | None = None
    path: str | None = None
    band: int = Field(1, ge=1)


class CriterionEntry(GroundEntry):
    """One [[criterion]]: what makes a place better."""

    id: str = Field(pattern=_ID)
    title: Words
    unit: Words
    measure: Measured
    direction: Direction
    value: dict[str, Any]
    statistic: Literal["mean", "min", "max"] = "mean"
    radius_m: NotBelow = 0.0
    eye_m: NotBelow = 0.0
    elevation: ElevationEntry | None = None

    @model_validator(mode="after")
    def _what_it_needs(self) -> CriterionEntry:
        if self.measure == "view" and (not self.radius_m or self.elevation is None):
            message = "a view needs `radius_m`, how far is looked, and `elevation`, the heights it is looked up in"
            raise ValueError(message)
        if self.derive == "slope_deg" and self.measure not in ("value", "zonal"):
            message = f"`derive` is of no use to the measure {self.measure}"
            raise ValueError(message)
        return self


class LinearEntry(Strict):
    """From the number that is worst to the one that is best, in a straight line."""

    kind: Literal["linear"]
    worst: float
    best: float

    @model_validator(mode="after")
    def _apart(self) -> LinearEntry:
        if self.worst == self.best or not math.isfinite(self.worst + self.best):
            message = "`worst` and `best` are two different numbers"
            raise ValueError(message)
        return self


class StepsEntry(Strict):
    """Numbers that part the scale, and the value of each interval: one more than there are breaks."""

    kind: Literal["steps"]
    breaks: tuple[float, ...] = Field(min_length=1)
    values: tuple[Annotated[float, Field(ge=0, le=1)], ...]

    @model_validator(mode="after")
    def _fits(self) -> StepsEntry:
        _check_breaks(self.breaks, len(self.values), "values")
        return self


class ClassesEntry(Strict):
    """Numbers that part the scale, and the class of each interval: S1 to N2, or 5 to 1, or both ends turned round."""

    kind: Literal["classes"]
    breaks: tuple[float, ...] = Field(min_length=1)
    classes: tuple[str, ...]
    values: tuple[Annotated[float, Field(ge=0, le=1)], ...] = ()

    @model_validator(mode="after")
    def _known(self) -> ClassesEntry:
        _check_breaks(self.breaks, len(self.classes), "classes")
        scale = next((scale for scale in (FAO, FIVE) if set(self.classes) <= set(scale)), None)
        if not self.values and scale is None:
            message = f"classes are of {', '.join(FAO)} or of {', '.join(FIVE)}; others need their `values`"
            raise ValueError(message)
        if self.values and len(self.values) != len(self.classes):
            message = f"{len(self.classes)} classes need {len(self.classes)} values"
            raise ValueError(message)
        return self

    def worth(self) -> tuple[float, ...]:
        """Return the value of each interval."""
        if self.values:
            return self.values
        scale = FAO if set(self.classes) <= set(FAO) else FIVE
        return tuple(CLASS_VALUES[scale.index(name)] for name in self.classes)


class FuzzyEntry(Strict):
    """Four corners of a trapezoid: nothing, full, full, nothing; inf for a side that does not fall."""

    kind: Literal["fuzzy"]
    corners: tuple[float, float, float, float]
    smooth: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> FuzzyEntry:
        if list(self.corners) != sorted(self.corners) or not any(map(math.isfinite, self.corners)):
            message = (
                "the corners of a trapezoid rise from the first to the fourth; open sides are -inf, -inf or inf, inf"
            )
            raise ValueError(message)
        return self


VALUES: dict[str, type[LinearEntry | StepsEntry | ClassesEntry | FuzzyEntry]] = {
    "linear": LinearEntry,
    "steps": StepsEntry,
    "classes": ClassesEntry,
    "fuzzy": FuzzyEntry,
}


class GroupEntry(Strict):
    """One [[weights.group]]: criteria that are weighed among themselves."""

    id: str = Field(pattern=_ID)
    of: tuple[str, ...] = Field(min_length=1)
    matrix: tuple[tuple[Pair, ...], ...] = ()
    weight: NotBelow | None = None


class WeightsEntry(Strict):
    """The weights: compared in pairs, given directly or in a table, or by entropy."""

    method: Literal["ahp", "direct", "entropy"]
    of: tuple[str, ...] = ()
    matrix: tuple[tuple[Pair, ...], ...] = ()
    direct: dict[str, NotBelow] = Field(default_factory=dict)
    group: tuple[GroupEntry, ...] = ()
    table: str | None = None


class GroundSearchEntry(Strict):
    """How ground is cut from the raster: sizes in m² and m, compactness 4πA/P² and suitability from 0 to 1."""

    least_m2: NotBelow = 0.0
    most_m2: Positive = math.inf
    least_width_m: NotBelow = 0.0
    compactness: float = Field(0.0, ge=0, le=1)
    suitability: float = Field(0.5, ge=0, le=1)


class CandidatesEntry(Strict):
    """Where candidates come from."""

    sources: tuple[SourceKind, ...] = ("enterprise", "parcel")
    kind: Literal["rights", "survey", "all"] = "rights"
    merge_up_to: int = Field(2, ge=2, le=4)
    ground: GroundSearchEntry = GroundSearchEntry()
    price_per_m2: dict[SourceKind, NotBelow] = Field(default_factory=dict)


class LimitsEntry(Strict):
    """What all projects together may take."""

    land_m2: Positive | None = None
    land_of: Literal["all", "new"] = "all"
    budget: Positive | None = None
    maximise: Literal["score", "score_hectares"] = "score"


class StabilityEntry(Strict):
    """How weights are shaken."""

    draws: int = Field(1000, ge=1, le=100_000)
    spread: float = Field(0.25, gt=0, lt=1)
    top: int = Field(3, ge=1)
    seed: int = Field(1, ge=0)


class GradingEntry(Strict):
    """A look-up of priority: a row a restriction from bad to good, a column a suitability from bad to good."""

    restrictions: tuple[
        Literal["prohibited", "open", "state", "province", "city", "county", "conditional", "permitted"], ...
    ]
    table: tuple[tuple[int, ...], ...]
    phases: dict[str, Words] = Field(default_factory=dict)


class ProgrammeEntry(Strict):
    """The programme as written."""

    title: Words
    within: str | None = None
    cell_m: Positive = 10.0
    project: tuple[dict[str, Any], ...] = Field(min_length=1)
    exclusion: tuple[dict[str, Any], ...] = ()
    criterion: tuple[dict[str, Any], ...] = Field(min_length=1)
    weights: WeightsEntry
    candidates: CandidatesEntry = CandidatesEntry()
    limits: LimitsEntry = LimitsEntry()
    stability: StabilityEntry = StabilityEntry()
    grading: GradingEntry | None = None


def _check_breaks(breaks: tuple[float, ...], intervals: int, what: str) -> None:
    if list(breaks) != sorted(set(breaks)):
        message = "`breaks` rise from one to the next"
        raise ValueError(message)
    if intervals != len(breaks) + 1:
        message = f"{len(breaks)} breaks make {len(breaks) + 1} intervals, not {intervals}: give as many {what}"
        raise ValueError(message)
