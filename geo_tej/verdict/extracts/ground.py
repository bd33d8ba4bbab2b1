"""What an extract says of the parcel's ground: areas, layers and their overlaps, and what was dropped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.measure import ellipsoidal_area_m2, registered_m2
from geo_tej.model import STATES
from geo_tej.verdict.extracts.parts import AreaPart, DroppedPart, LayerPart, OverlapPart
from geo_tej.verdict.unseen import unseen_m2

if TYPE_CHECKING:
    from geo_tej.verdict.assessment import Assessment


def area_part(assessment: Assessment, place: int) -> AreaPart:
    """Say how large a parcel is."""
    geometry = assessment.parcels.geometry.to_numpy()[place : place + 1]
    return AreaPart(
        drawn_m2=round(float(assessment.evidence.area_m2[place]), 4),
        ellipsoidal_m2=round(float(ellipsoidal_area_m2(geometry, assessment.project.crs)[0]), 4),
        registered_m2=_registered(assessment, place),
        convention="drawn",
    )


def _registered(assessment: Assessment, place: int) -> float | None:
    if "registered_m2" not in assessment.parcels.columns:
        return None
    value = float(assessment.parcels["registered_m2"].to_numpy(float, na_value=np.nan)[place])
    return None if math.isnan(value) else value


def layer_parts(assessment: Assessment, place: int) -> list[LayerPart]:
    """Say what state each layer is in at a parcel, and how much of it lies in each class of zone."""
    evidence = assessment.evidence
    met = evidence.hits.parcel == place
    drawn, registered = float(evidence.area_m2[place]), _registered(assessment, place)
    parts = []
    for column, name in enumerate(evidence.layers):
        overlaps = []
        for row in np.flatnonzero(met):
            key = evidence.keys[evidence.hits.key[row]]
            if key.layer != name:
                continue
            area = float(evidence.hits.area_m2[row])
            scaled = None if registered is None else registered_m2(area, drawn_m2=drawn, registered_m2=registered)
            overlaps.append(
                OverlapPart(
                    zone_class=key.label,
                    area_m2=round(area, 4),
                    share=float(evidence.hits.share[row]),
                    registered_m2=scaled,
                    registered_share=None if scaled is None or not registered else min(scaled / registered, 1.0),
                )
            )
        state = STATES[evidence.states[place, column]]
        unseen = unseen_m2(assessment, place, name)
        unsurveyed = None if unseen is None else round(unseen, 4)
        parts.append(LayerPart(id=name, state=state, unsurveyed_m2=unsurveyed, overlaps=overlaps))
    return parts


def dropped_parts(assessment: Assessment, parcel: str) -> list[DroppedPart]:
    """List the overlaps of a parcel that a threshold kept out."""
    rows = assessment.dropped[assessment.dropped["parcel_id"] == parcel]
    return [
        DroppedPart(
            layer=row["layer"], zone_class=row["zone_class"], area_m2=round(row["area_m2"], 4),
            width_m=round(row["width_m"], 4) if math.isfinite(row["width_m"]) else None, reason=row["reason"],
        )
        for row in rows.to_dict("records")
    ]  # fmt: skip
