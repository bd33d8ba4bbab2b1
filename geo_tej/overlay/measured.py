"""The ledger of a batch as plain arrays: areas, shares, and what falls under a threshold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.measure import ellipsoidal_area_m2, mean_width_m
from geo_tej.model import Thresholds
from geo_tej.overlay.clip import clip, clipped_m2
from geo_tej.overlay.cover import Cover, cover, resolution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.overlay.shapes import Shapes
    from geo_tej.overlay.zones import ZoneIndex

DROPPED_FOR = ("", "width", "share", "area")
"""Why an overlap is dropped, by code; where several thresholds would drop it, the last of them is named."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Limits:
    """What an overlap with each key must reach to be kept."""

    area_m2: NDArray[np.float64]
    share: NDArray[np.float64]
    width_m: NDArray[np.float64]

    @classmethod
    def of(cls, thresholds: Thresholds | Mapping[str, Thresholds] | None, names: Iterable[tuple[str, str]]) -> Limits:
        """Take the thresholds of each key's layer: one for all, one each, or none."""
        given = {} if thresholds is None else thresholds
        each = [given.get(layer, Thresholds()) if isinstance(given, Mapping) else given for layer, _ in names]
        return cls(
            area_m2=np.array([one.area_m2 for one in each], dtype=float),
            share=np.array([one.share for one in each], dtype=float),
            width_m=np.array([one.width_m for one in each], dtype=float),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """The ledger of a batch, a row an overlap, by parcel and key: position of the parcel, key, areas, share.

    `reason` is a code of `DROPPED_FOR`, 0 for what is kept; `width_m` is known where it was asked for, and infinite
    where the parcel lies wholly inside. `ellipsoidal_m2` is empty unless asked for.
    """

    parcel: NDArray[np.intp]
    key: NDArray[np.intp]
    area_m2: NDArray[np.float64]
    share: NDArray[np.float64]
    ellipsoidal_m2: NDArray[np.float64]
    width_m: NDArray[np.float64]
    reason: NDArray[np.int8]


def measured(shapes: Shapes, index: ZoneIndex, limits: Limits, *, ellipsoidal: bool = False) -> Measured:
    """Measure a batch of polygons against zones.

    Overlaps are constructed only where their shape decides: where one falls under a threshold or may be too narrow,
    where it has too many edges to be integrated, and where areas on the ellipsoid are wanted.
    """
    found = _settled(shapes, index, cover(shapes, index.chart, len(index.names), index.held_at))
    polygon, key, area = found.polygon, found.key, found.area_m2
    full = shapes.area[polygon]
    partial = ~found.whole
    narrow = 2 * area < limits.width_m[key] * found.most_rim_m
    small = (area < limits.area_m2[key]) | (area < limits.share[key] * full)
    shaped = partial & (narrow | small | ellipsoidal)
    ground = np.full(len(key), None, dtype=object)
    if shaped.any():
        drawn, place = np.unique(polygon[shaped], return_inverse=True)
        ground[shaped] = clip(shapes.geometry(drawn), place, key[shaped], *index.bodies, len(index.names))
    share = np.minimum(area / full, 1.0)
    width_m = np.where(partial, np.nan, np.inf)
    width_m[shaped] = mean_width_m(ground[shaped])
    reason = reasons(limits, key, area, share, width_m, partial)
    on_ground = np.empty(0)
    if ellipsoidal:
        met, place = np.unique(polygon[found.whole], return_inverse=True)
        on_ground = np.zeros(len(key))
        on_ground[found.whole] = ellipsoidal_area_m2(shapes.geometry(met), index.crs)[place]
        on_ground[partial] = ellipsoidal_area_m2(ground[partial], index.crs)
    return Measured(
        parcel=shapes.present[polygon],
        key=key,
        area_m2=area,
        share=share,
        ellipsoidal_m2=on_ground,
        width_m=width_m,
        reason=reason,
    )


def _settled(shapes: Shapes, index: ZoneIndex, found: Cover) -> Cover:
    """Clip the pairs that were not integrated, and leave out those that turn out not to overlap."""
    left = np.flatnonzero(np.isnan(found.area_m2))
    if not len(left):
        return found
    polygon = found.polygon[left]
    drawn, place = np.unique(polygon, return_inverse=True)
    size = clipped_m2(shapes.geometry(drawn), place, found.key[left], *index.bodies, len(index.names))
    full, blur = shapes.area[polygon], resolution(shapes.bounds[drawn], shapes.perimeter(drawn))[place]
    area, whole, real = found.area_m2.copy(), found.whole.copy(), np.ones(len(found.key), dtype=bool)
    whole[left] = size >= full - blur
    area[left] = np.where(whole[left], full, size)
    real[left] = size > blur
    return Cover(
        polygon=found.polygon[real],
        key=found.key[real],
        area_m2=area[real],
        whole=whole[real],
        most_rim_m=found.most_rim_m[real],
    )


def reasons(  # noqa: PLR0913  three thresholds, and what is held against them
    limits: Limits,
    key: NDArray[np.intp],
    area_m2: NDArray[np.float64],
    share: NDArray[np.float64],
    width_m: NDArray[np.float64],
    partial: NDArray[np.bool_],
) -> NDArray[np.int8]:
    """Say why each overlap is dropped, as a code of `DROPPED_FOR`; a parcel that lies wholly inside never is."""
    reason = np.zeros(len(key), dtype=np.int8)
    for code, (value, limit) in enumerate(
        ((width_m, limits.width_m), (share, limits.share), (area_m2, limits.area_m2)), start=1
    ):
        reason[partial & (value < limit[key])] = code
    return reason
