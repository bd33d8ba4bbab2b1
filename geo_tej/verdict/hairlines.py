"""Gaps too narrow to be ground, which are passed over and listed: beside the plans, and outside what was surveyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo_tej.measure import is_wide, mean_width_m
from geo_tej.model import State
from geo_tej.verdict.steps import Extent

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_tej.model import Project
    from geo_tej.verdict.evidence import Evidence

LEAST_M2 = 0.005
"""What is printed as 0.00 m² is the dust of rounded coordinates, and no gap."""

UNSURVEYED, UNPLANNED = "unsurveyed", "unplanned"
"""Why such ground is listed: nobody looked there, or no plan is drawn there."""


def hairlines(project: Project, parcels: gpd.GeoDataFrame, evidence: Evidence) -> pd.DataFrame:
    """Return the gaps narrower than a hairline (1 cm) on parcels, as rows of what is dropped from a ledger.

    Returns
    -------
    pandas.DataFrame
        `parcel_id, layer, zone_class` (none), `area_m2, share, width_m` and `reason`.
    """
    parts = [_unsurveyed(project, parcels.geometry.to_numpy(), evidence), _unplanned(project, evidence)]
    found = pd.concat(
        [pd.DataFrame(part, columns=["parcel", "layer", "area_m2", "width_m", "reason"]) for part in parts]
    )
    parcel = found["parcel"].to_numpy(np.intp)
    return pd.DataFrame(
        {
            "parcel_id": evidence.ids.to_numpy()[parcel],
            "layer": found["layer"].to_numpy(object),
            "zone_class": np.full(len(found), "", dtype=object),
            "area_m2": found["area_m2"].to_numpy(float),
            "share": found["area_m2"].to_numpy(float) / evidence.area_m2[parcel],
            "width_m": found["width_m"].to_numpy(float),
            "reason": found["reason"].to_numpy(object),
        }
    )


def _unsurveyed(
    project: Project, geometry: NDArray[np.object_], evidence: Evidence
) -> list[tuple[int, str, float, float, str]]:
    """List the ground of parcels just outside the extent over which a layer was surveyed."""
    rows = []
    known: dict[int, list[tuple[int, float, float]]] = {}
    for column, name in enumerate(evidence.layers):
        layer = project.layers.get(name)
        if layer is None or layer.frame is None or layer.extent is None:
            continue
        if id(layer.extent) not in known:
            known[id(layer.extent)] = _beyond(geometry, layer.extent)
        rows += [
            (parcel, name, area, width, UNSURVEYED)
            for parcel, area, width in known[id(layer.extent)]
            if evidence.states[parcel, column] != State.SILENT
        ]
    return rows


def _beyond(geometry: NDArray[np.object_], extent: shapely.Geometry) -> list[tuple[int, float, float]]:
    near = np.flatnonzero(shapely.intersects(Extent(extent).edge, geometry))
    outside = shapely.difference(geometry[near], extent)
    area, width = shapely.area(outside), mean_width_m(outside)
    gap = (area >= LEAST_M2) & ~is_wide(outside)
    return list(zip(near[gap].tolist(), area[gap].tolist(), width[gap].tolist(), strict=True))


def _unplanned(project: Project, evidence: Evidence) -> list[tuple[int, str, float, float, str]]:
    """List the ground of parcels on which no plan is drawn, under the plan that covers most of the parcel."""
    laws, faces = project.rulebook.layers, evidence.faces
    base = np.array([laws[key.layer].base and key.distance_m is None for key in evidence.keys], dtype=bool)
    planned = np.zeros(len(faces.parcel), dtype=bool)
    planned[faces.face[base[faces.key]]] = True
    bare = np.flatnonzero(~planned & (faces.area_m2 >= LEAST_M2))
    bare = bare[~is_wide(faces.polygon[bare])]
    width = mean_width_m(faces.polygon[bare])
    rows = []
    for face, wide in zip(bare.tolist(), width.tolist(), strict=True):
        parcel = int(faces.parcel[face])
        first, stop = np.searchsorted(evidence.hits.parcel, [parcel, parcel + 1])
        plans = first + np.flatnonzero(base[evidence.hits.key[first:stop]])
        if len(plans):
            most = plans[np.argmax(evidence.hits.area_m2[plans])]
            rows.append(
                (parcel, evidence.keys[evidence.hits.key[most]].layer, float(faces.area_m2[face]), wide, UNPLANNED)
            )
    return rows
