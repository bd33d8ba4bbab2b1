"""The nouns of siting: projects that look for a place, what bars a place, what makes one better, and by how much."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_tej.i18n import Text

Direction = Literal["more", "less", "middle"]
Measured = Literal["value", "zonal", "distance", "share", "view"]
Derived = Literal["value", "slope_deg"]
Resampling = Literal["nearest", "bilinear", "average"]
SourceKind = Literal["enterprise", "parcel", "merged", "ground"]


@dataclass(frozen=True, kw_only=True)
class TourismProject:
    """One thing to be placed; all its uses must be allowed by its pathway. Sizes in m² and m, costs in money."""

    id: str
    title: Text
    uses: tuple[str, ...]
    pathway: str
    least_m2: float
    most_m2: float
    least_width_m: float = 0.0
    count: int = 1
    cost: float = 0.0
    cost_per_m2: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ValueFunction:
    """How a measured number becomes a value from 0, worst, to 1, best.

    `linear` rises between two numbers; `steps` and `classes` give each interval its value, an interval holding its
    lower bound; `fuzzy` is the membership of a trapezoid with four corners, straight or smooth (Zadeh's S).
    """

    kind: Literal["linear", "steps", "classes", "fuzzy"]
    worst: float = 0.0
    best: float = 0.0
    breaks: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()
    corners: tuple[float, ...] = ()
    smooth: bool = False


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where numbers or shapes come from: a layer of the manifest or a file beside the programme."""

    layer: str | None = None
    path: str | None = None
    sublayer: str | None = None
    band: int = 1
    column: str | None = None
    classes: tuple[str, ...] = ()
    derive: Derived = "value"
    resampling: Resampling = "bilinear"

    @property
    def name(self) -> str:
        """What a message calls it."""
        return f"layer {self.layer}" if self.layer else str(self.path)


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """Ground that is barred beyond the law, and on what basis.

    A raster bars where it is above or below a number, shapes bar their inside, what is nearer than `within_m` or what
    is farther than `beyond_m` from their edge.
    """

    id: str
    title: Text
    basis: Text
    kind: Literal["raster", "distance", "inside"]
    ground: Ground
    above: float | None = None
    below: float | None = None
    within_m: float | None = None
    beyond_m: float | None = None


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """What makes a place better: how it is measured, in which unit, which way, and its value function."""

    id: str
    title: Text
    unit: Text
    measure: Measured
    direction: Direction
    ground: Ground
    value: ValueFunction
    statistic: Literal["mean", "min", "max"] = "mean"
    radius_m: float = 0.0
    eye_m: float = 0.0
    elevation: Ground | None = None


@dataclass(frozen=True, kw_only=True)
class Consistency:
    """How far a pairwise matrix is from contradicting itself (Saaty 1980), and its worst pair."""

    lambda_max: float
    index: float
    ratio: float
    worst: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Weighting:
    """Weights of criteria by id, adding up to 1; None by entropy, which needs the candidates first."""

    method: Literal["ahp", "direct", "entropy"]
    weights: Mapping[str, float] | None
    consistency: Mapping[str, Consistency] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Search:
    """Where candidates come from, and how ground is merged or cut."""

    sources: tuple[SourceKind, ...] = ("enterprise", "parcel")
    kind: Literal["rights", "survey"] | None = "rights"
    merge_up_to: int = 2
    ground_least_m2: float = 0.0
    ground_most_m2: float = float("inf")
    ground_width_m: float = 0.0
    ground_compactness: float = 0.0
    ground_suitability: float = 0.5
    price_per_m2: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What all projects together may take: land in m², of all or only of those that build new; and money."""

    land_m2: float | None = None
    land_of: Literal["all", "new"] = "all"
    budget: float | None = None
    maximise: Literal["score", "score_hectares"] = "score"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How weights are shaken to see how firm the ranks are: draws, how far each weight may move, and the seed."""

    draws: int = 1000
    spread: float = 0.25
    top: int = 3
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class Grading:
    """A look-up of priority from how far the law restricts a place and how suitable it is, both from bad to good."""

    restrictions: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    phases: Mapping[int, Text] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Programme:
    """A programme of tourism projects as read, with the digest of its text."""

    title: Text
    projects: tuple[TourismProject, ...]
    exclusions: tuple[Exclusion, ...]
    criteria: tuple[Criterion, ...]
    weighting: Weighting
    search: Search
    limits: Limits
    trial: Trial
    within: str | None
    cell_m: float
    folder: str
    sha256: str
    grading: Grading | None = None
