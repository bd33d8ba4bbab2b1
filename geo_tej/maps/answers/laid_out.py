"""How a page of answers is laid out: the order of its parcels, what it opens on, how finely it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.maps.columns import grid_zoom, hilbert, starts
from geo_tej.maps.layers import degrees

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Project, Rulebook
    from geo_tej.verdict import Assessment


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """A page of answers: its parcels stand in `order`, those of one layer together, from `group_start` on."""

    assessment: Assessment
    language: Language
    order: NDArray[np.intp]
    parcel_layers: list[str]
    group_start: NDArray[Any]
    bounds: list[list[float]]
    zoom: int

    @property
    def project(self) -> Project:
        """The project that was assessed."""
        return self.assessment.project

    @property
    def rulebook(self) -> Rulebook:
        """The law that was applied."""
        return self.assessment.project.rulebook


def lay_out(assessment: Assessment, language: Language) -> Page:
    """Put the parcels in order: layer by layer, and within each so that neighbours stand together."""
    geometry = assessment.parcels.geometry.to_numpy()
    layer = assessment.parcels.get("parcel_layer")
    names = [""] * len(geometry) if layer is None else layer.fillna("").to_list()
    parcel_layers = list(dict.fromkeys(names))
    group = np.array([parcel_layers.index(name) for name in names], dtype=np.intp)
    along = hilbert(geometry)
    order = along[np.argsort(group[along], kind="stable")]
    bounds = degrees(opening_bounds(assessment), assessment.project.crs)
    return Page(
        assessment=assessment,
        language=language,
        order=order,
        parcel_layers=parcel_layers,
        group_start=starts(group[order], len(parcel_layers)),
        bounds=bounds,
        zoom=grid_zoom(assessment.project.precision_m, bounds[0][0]),
    )


def opening_bounds(assessment: Assessment, *, margin: float = 0.4) -> tuple[float, float, float, float]:
    """Return west, south, east and north of what the page opens on, in the CRS of the parcels.

    Where most of the enterprises are: the middle three fifths of their parcels, and around them a margin as a share of
    the longer side; without any, all parcels.
    """
    parcels = assessment.parcels
    shown = parcels[parcels.index.isin(assessment.project.occupancy["parcel_id"])]
    boxes = (shown if len(shown) else parcels).geometry.bounds.dropna()
    left_out = 0.2 if len(shown) else 0.0
    west, south = boxes["minx"].quantile(left_out), boxes["miny"].quantile(left_out)
    east, north = boxes["maxx"].quantile(1 - left_out), boxes["maxy"].quantile(1 - left_out)
    around = (margin if len(shown) else 0.05) * max(east - west, north - south)
    return west - around, south - around, east + around, north + around
