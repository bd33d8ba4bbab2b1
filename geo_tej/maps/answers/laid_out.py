"""How a page of answers is laid out: the order of its parcels, what it opens on, how finely it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.maps.classes import sites
from geo_tej.maps.columns import grid_zoom, hilbert, starts
from geo_tej.maps.layers import degrees

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Project, Rulebook
    from geo_tej.verdict import Assessment


_LARGE = 1000
"""So many parcels can be told apart on a page that shows them all."""


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


def opening_bounds(assessment: Assessment) -> tuple[float, float, float, float]:
    """Return west, south, east and north of what the page opens on, in the CRS of the parcels.

    All rights parcels, or all parcels where none are; but where enterprises hold less than a hundredth of a large set,
    as of the survey patches of a whole town, what most of them hold.
    """
    parcels = assessment.parcels
    held = int(parcels.index.isin(assessment.project.occupancy["parcel_id"]).sum())
    if held and len(parcels) > max(_LARGE, 100 * held):
        return firms_bounds(assessment)
    west, south, east, north = (
        parcels.geometry[sites(parcels)]
        .bounds.dropna()
        .agg({"minx": "min", "miny": "min", "maxx": "max", "maxy": "max"})
    )
    return _with_margin(west, south, east, north, 0.2)


def firms_bounds(assessment: Assessment, *, margin: float = 0.4) -> tuple[float, float, float, float]:
    """Return west, south, east and north of where most of the enterprises are, in the CRS of the parcels.

    The middle three fifths of their parcels, and around them a margin as a share of the longer side.
    """
    parcels = assessment.parcels
    boxes = parcels[parcels.index.isin(assessment.project.occupancy["parcel_id"])].geometry.bounds.dropna()
    west, south = boxes["minx"].quantile(0.2), boxes["miny"].quantile(0.2)
    east, north = boxes["maxx"].quantile(0.8), boxes["maxy"].quantile(0.8)
    return _with_margin(west, south, east, north, margin)


def _with_margin(
    west: float, south: float, east: float, north: float, margin: float
) -> tuple[float, float, float, float]:
    around = margin * max(east - west, north - south)
    return west - around, south - around, east + around, north + around
