"""The costly steps from layers to verdicts: what each says of a parcel depends on it and on what it meets alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej import ground, overlay, setback
from geo_tej.grid import derive, zonal_of
from geo_tej.measure import is_wide
from geo_tej.threads import CHUNK, PREPARED, elementwise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.ground import Faces
    from geo_tej.model import Measure, Raster
    from geo_tej.overlay import Pieces, ZoneIndex
    from geo_tej.setback import Strips


TILE = 32
"""So many parcels, about, are asked together whether they lie far inside an extent."""

_MARGIN_M = 1e-3
"""What is nearer to an edge than a reach by this is asked by itself, however numbers are rounded."""


@dataclass(frozen=True, eq=False)
class Extent:
    """Ground that was surveyed, made ready to be asked."""

    ground: shapely.Geometry

    @cached_property
    def edge(self) -> shapely.Geometry:
        """Its boundary."""
        edge = self.ground.boundary
        shapely.prepare(edge)
        return edge


class Steps:
    """The costly steps, done afresh; whoever remembers an earlier assessment puts others in their place.

    Another's must give the same to the last bit, in the same order. `layer` and `zone_class` only name the step.
    """

    def meet(self, layer: str, parcels: NDArray[np.object_], index: ZoneIndex) -> Pieces:  # noqa: ARG002  a name
        """Overlap parcels with the zones of a layer, thresholds left aside."""
        return overlay.meet(parcels, index)

    def strips(  # noqa: PLR0913  as of setback.strips, and a name
        self,
        layer: str,  # noqa: ARG002  a name
        zone_class: str,  # noqa: ARG002  a name
        parcels: NDArray[np.object_],
        objects: NDArray[np.object_],
        *,
        distance_m: float,
        half_width_m: NDArray[np.float64],
    ) -> Strips:
        """Find the parcels nearer to objects than a distance, and the strip of each."""
        return setback.strips(parcels, objects, distance_m=distance_m, half_width_m=half_width_m)

    def cut(self, parcels: NDArray[np.object_], pieces: Pieces) -> Faces:
        """Cut parcels into faces by what meets them."""
        return ground.cut(parcels, pieces)

    def measured(self, measure: Measure, parcels: NDArray[np.object_], raster: Raster) -> NDArray[np.float64]:
        """Take one number a parcel from a raster."""
        derived = raster.once(measure.derive, partial(derive, raster, measure.derive))
        return zonal_of(parcels, derived, measure.statistic)

    def surveyed(self, parcels: NDArray[np.object_], extent: Extent, reach_m: float) -> NDArray[np.bool_]:
        """Tell which parcels, and all ground within reach of them, lie inside the extent that was surveyed."""
        if len(parcels) < 2 * CHUNK:
            with PREPARED:
                return _inside(extent, reach_m, parcels)
        with PREPARED:
            inside = _far_inside(extent, reach_m, parcels)
        rest = np.flatnonzero(~inside)
        inside[rest] = elementwise(partial(_inside_of, extent.ground.wkb, reach_m), parcels[rest])
        return inside

    def left(
        self,
        polygon: NDArray[np.object_],
        job: NDArray[np.intp],
        *,
        count: int,
        sizes: NDArray[np.float64],
        asked: NDArray[np.bool_],
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Say, jobs x least sizes, whether a use fits on free faces put together, and the largest piece in m².

        `asked` says which sizes are asked of which job; whether others fit is not told.
        """
        remaining = ground.remaining(polygon, job, count=count, sizes=sizes, asked=asked)
        return remaining.fits(sizes), remaining.largest_m2()


def _far_inside(extent: Extent, reach_m: float, parcels: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell parcels that surely lie inside: a box around a whole tile of them does, and is not near the edge."""
    boxes = shapely.bounds(parcels)
    present = np.flatnonzero(~np.isnan(boxes[:, 0]))
    inside, corner = np.zeros(len(parcels), dtype=bool), boxes[present, :2]
    side = np.ceil(np.sqrt(len(present) / TILE))
    low, high = corner.min(axis=0, initial=np.inf), corner.max(axis=0, initial=-np.inf)
    place = np.floor((corner - low) / np.maximum(high - low, 1.0) * side)
    _, tile = np.unique(place[:, 0] * (side + 1) + place[:, 1], return_inverse=True)
    order = np.argsort(tile, kind="stable")
    start = np.searchsorted(tile[order], np.arange(int(tile.max(initial=-1)) + 1))
    west, south = np.minimum.reduceat(boxes[present[order], :2], start).T
    east, north = np.maximum.reduceat(boxes[present[order], 2:], start).T
    around = shapely.box(west, south, east, north)
    shapely.prepare(extent.ground)
    far = shapely.covers(extent.ground, around) & ~shapely.dwithin(extent.edge, around, reach_m + _MARGIN_M)
    inside[present] = far[tile]
    return inside


def _inside_of(survey: bytes, reach_m: float, parcels: NDArray[np.object_]) -> NDArray[np.bool_]:
    # what GEOS prepares must not be shared by threads
    return _inside(Extent(shapely.from_wkb(survey)), reach_m, parcels)


def _inside(extent: Extent, reach_m: float, parcels: NDArray[np.object_]) -> NDArray[np.bool_]:
    ground = extent.ground
    shapely.prepare(ground)
    inside = shapely.covers(ground, parcels)
    partly = np.flatnonzero(~inside)
    if len(partly):
        partly = partly[shapely.intersects(ground, parcels[partly])]
        inside[partly] = ~is_wide(shapely.difference(parcels[partly], ground))
    if reach_m > 0:
        some = np.flatnonzero(inside)
        inside[some] = ~shapely.dwithin(extent.edge, parcels[some], reach_m)
    return np.asarray(inside)


AFRESH = Steps()
