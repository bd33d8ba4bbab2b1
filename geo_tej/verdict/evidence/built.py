"""Where buildings stand on parcels: how much of each face lies under them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.measure import is_wide, mean_width_m
from geo_tej.overlay import index_zones
from geo_tej.ragged import members
from geo_tej.threads import elementwise
from geo_tej.verdict.steps import Extent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.ground import Faces
    from geo_tej.model import Layer, Project
    from geo_tej.overlay import Pieces, ZoneIndex
    from geo_tej.verdict.steps import Steps

LEAST_M2, LEAST_WIDTH_M = 1.0, 0.25
"""Footprints on a parcel that are smaller, or of less mean width, are slivers of a neighbour's and no building."""

TRACE_M2 = 0.01
"""Less of a building than this on a face is none: areas are told with two decimals."""


class Standing(IntEnum):
    """What is known of buildings on a parcel."""

    UNKNOWN = 0
    NONE = 1
    BUILT = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Built:
    """Ground under buildings: `standing` a parcel each (codes of `Standing`), `face_m2` how much of each face.

    `ground` are the footprints on each parcel, None where there are none. `layer` is the layer of buildings, None where
    the project has none. What is drawn on a parcel that was not surveyed as a whole is counted too, but its standing is
    unknown: more may stand there.
    """

    layer: str | None
    standing: NDArray[np.int8]
    ground: NDArray[np.object_]
    face_m2: NDArray[np.float64]

    @classmethod
    def unknown(cls, parcels: int, faces: int, layer: str | None = None) -> Built:
        """Return that nothing is known of buildings."""
        standing, ground = np.full(parcels, Standing.UNKNOWN, np.int8), np.full(parcels, None, dtype=object)
        return cls(layer=layer, standing=standing, ground=ground, face_m2=np.zeros(faces))

    def at(self, parcels: NDArray[np.intp], faces: NDArray[np.intp]) -> Built:
        """Return what is known of some parcels and faces."""
        return Built(
            layer=self.layer, standing=self.standing[parcels], ground=self.ground[parcels], face_m2=self.face_m2[faces]
        )


def built_on(project: Project, parcels: NDArray[np.object_], faces: Faces, steps: Steps) -> Built:
    """Find the ground of parcels that lies under buildings, and where nobody knows what stands."""
    layers = [layer for layer in project.layers.values() if layer.role == "buildings"]
    if not layers or not any(pathway.keeps_building for pathway in project.rulebook.pathways.values()):
        return Built.unknown(len(parcels), len(faces.parcel), layers[0].id if layers else None)
    surveyed, found = np.ones(len(parcels), dtype=bool), [_footprints(layer, parcels, steps) for layer in layers]
    for layer in layers:
        if layer.extent is None or layer.fault is not None:
            surveyed[:] = False
        else:
            surveyed &= steps.surveyed(parcels, Extent(layer.extent), 0.0)
    owner, footprint = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.argsort(owner, kind="stable")
    owner, footprint = owner[order], footprint[order]
    ground = np.full(len(parcels), None, dtype=object)
    shapely.multipolygons(footprint, indices=owner, out=ground)
    standing = np.where(surveyed, np.where(shapely.is_missing(ground), Standing.NONE, Standing.BUILT), Standing.UNKNOWN)
    return Built(
        layer=layers[0].id, standing=standing.astype(np.int8), ground=ground, face_m2=_by_face(faces, owner, footprint)
    )


def footprints_index(layer: Layer) -> ZoneIndex | None:
    """Return the footprints of a layer of buildings united and indexed; None where it has none."""
    frame = layer.frame
    if frame is None or frame.empty:
        return None
    return layer.once("footprints", lambda: index_zones(frame.assign(layer=layer.id, zone_class="building")))


def _footprints(
    layer: Layer, parcels: NDArray[np.object_], steps: Steps
) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Return the footprints of buildings on parcels in parts, a row each with its parcel; slivers are left out."""
    index = footprints_index(layer)
    if index is None:
        return np.empty(0, np.intp), np.empty(0, object)
    pieces: Pieces = steps.meet(layer.id, parcels, index)
    ground = np.where(shapely.is_missing(pieces.ground), parcels[pieces.parcel], pieces.ground)
    part, piece = shapely.get_parts(ground, return_index=True)
    least = layer.thresholds
    large = shapely.area(part) >= max(LEAST_M2, least.area_m2)
    large &= mean_width_m(part) >= max(LEAST_WIDTH_M, least.width_m)
    return pieces.parcel[piece[large]], part[large]


def _by_face(faces: Faces, owner: NDArray[np.intp], footprint: NDArray[np.object_]) -> NDArray[np.float64]:
    """Add up how much of each face lies under footprints, which are sorted by their parcels."""
    face, of = members(faces.parcel, owner)
    polygon, under = faces.polygon[face], footprint[of]
    near = np.flatnonzero(shapely.intersects(shapely.box(*shapely.bounds(polygon).T), under))
    common = elementwise(shapely.intersection, polygon[near], under[near])
    area_m2 = shapely.area(common)
    real = np.flatnonzero(area_m2 >= TRACE_M2)
    real = real[is_wide(common[real])]
    return np.bincount(face[near[real]], area_m2[real], minlength=len(faces.parcel)).astype(float)
