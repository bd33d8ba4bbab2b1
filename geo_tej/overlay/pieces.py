"""The overlaps of a batch with their shapes: for faces, widths and areas on the ellipsoid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_tej.overlay.clip import clip, resolution_m2
from geo_tej.overlay.cover import cover
from geo_tej.overlay.shapes import from_geometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.overlay.zones import ZoneIndex

_CERTAIN_M2 = 1.0
"""No polygon of this area is so small that coordinates cannot tell it from nothing."""


CERTAIN = 0.5
"""Overlaps within this part of what coordinates can tell from nothing, or from all, are settled without clipping."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """The overlaps of a batch, a row each: parcel position, key position, area, and the ground where partial.

    `ground` is None where the parcel is wholly inside, else the polygon of the overlap.
    """

    parcel: NDArray[np.intp]
    key: NDArray[np.intp]
    area_m2: NDArray[np.float64]
    ground: NDArray[np.object_]

    def at(self, rows: NDArray[Any] | slice, *, of: int = 0) -> Pieces:
        """Return some rows, with the positions of parcels counted from the parcel `of`."""
        return Pieces(
            parcel=self.parcel[rows] - of, key=self.key[rows], area_m2=self.area_m2[rows], ground=self.ground[rows]
        )


def meet(parcels: NDArray[np.object_], index: ZoneIndex) -> Pieces:
    """Overlap an array of polygons with indexed zones: one row a parcel and key, in that order.

    What a parcel gets depends on it and on the zones that touch it alone, to the last bit.
    """
    if len(parcels) == 1 and (alone := _alone(parcels, index)) is not None:
        return alone
    shapes = from_geometry(parcels)
    found = cover(shapes, index.chart, len(index.names), index.held_at, certain=CERTAIN)
    parcel, key = shapes.present[found.polygon], found.key
    whole = shapely.area(parcels[parcel])
    area, ground = whole.copy(), np.full(len(parcel), None, dtype=object)
    real = np.ones(len(parcel), dtype=bool)
    partial = np.flatnonzero(~found.whole)
    if len(partial):
        met = _clipped(parcels, parcel[partial], key[partial], index)
        ground[partial], area[partial], real[partial] = met
    return Pieces(parcel=parcel[real], key=key[real], area_m2=area[real], ground=ground[real])


def _clipped(
    parcels: NDArray[np.object_], parcel: NDArray[np.intp], key: NDArray[np.intp], index: ZoneIndex
) -> tuple[NDArray[np.object_], NDArray[np.float64], NDArray[np.bool_]]:
    """Clip pairs of parcel and key: the ground of each (None where it is all of the parcel), its area, if it is any."""
    clips = clip(parcels, parcel, key, *index.bodies, len(index.names))
    blur, whole = resolution_m2(parcels[parcel]), shapely.area(parcels[parcel])
    size = np.nan_to_num(shapely.area(clips))
    full = size >= whole - blur
    clips[full] = None
    return clips, np.where(full, whole, size), size > blur


def _alone(parcels: NDArray[np.object_], index: ZoneIndex) -> Pieces | None:
    """Overlap one polygon with the few zones about it, told apart by predicates and clipping; None where it is tiny.

    It comes to the same as to chart and to clip: what the chart settles lies well within what clipping settles alike.
    """
    area = float(shapely.area(parcels[0]))
    if not area >= _CERTAIN_M2:
        return None
    key, whole = index.around(parcels[0])
    sizes, ground = np.full(len(key), area), np.full(len(key), None, dtype=object)
    real = np.ones(len(key), dtype=bool)
    if len(whole) < len(key):
        partial = np.flatnonzero(~np.isin(key, whole))
        met = _clipped(parcels, np.zeros(len(partial), np.intp), key[partial], index)
        ground[partial], sizes[partial], real[partial] = met
    return Pieces(parcel=np.zeros(int(real.sum()), np.intp), key=key[real], area_m2=sizes[real], ground=ground[real])
