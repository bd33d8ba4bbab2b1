"""What the drawing of a sheet hands on: its subject, the frame of a map on paper and on the ground, the legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import shapely

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from geo_tej.i18n import Language
    from geo_tej.maps.looks import Look
    from geo_tej.model import Project
    from geo_tej.verdict import Assessment

MARGIN_MM = 10.0
LEGEND_MM = 70.0
"""Widths of the empty border around the sheet, and of the column at its right."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a sheet shows, and in which language."""

    assessment: Assessment
    language: Language
    kind: str
    use: str | None
    pathway: str

    @property
    def project(self) -> Project:
        """The project that was assessed."""
        return self.assessment.project


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where a map lies on the sheet, in mm from its lower left corner, and on the ground, in metres of its CRS."""

    left_mm: float
    bottom_mm: float
    width_mm: float
    height_mm: float
    scale: float
    west: float
    south: float

    @property
    def east(self) -> float:
        """The right edge on the ground."""
        return self.west + self.width_mm / 1000 * self.scale

    @property
    def north(self) -> float:
        """The upper edge on the ground."""
        return self.south + self.height_mm / 1000 * self.scale

    @property
    def box(self) -> shapely.Polygon:
        """The ground that lies in the frame."""
        return shapely.box(self.west, self.south, self.east, self.north)


@dataclass(frozen=True)
class Sheet:
    """A sheet being drawn, and its size."""

    figure: Figure
    width_mm: float
    height_mm: float


@dataclass(frozen=True)
class Plot:
    """A map being drawn: its axes, and the frame that they fill."""

    axes: Axes
    frame: Frame


class Row(NamedTuple):
    """A row of the legend; one without a look is a heading of those below it."""

    look: Look
    words: str
    size: str = ""


@dataclass(frozen=True)
class Key:
    """What the legend tells: what it is headed, the classes of parcels, the layers."""

    heading: str
    classes: list[Row]
    layers: list[Row]
