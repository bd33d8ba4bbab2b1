"""The part of a parcel that lies outside the extent over which a layer was surveyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.i18n import area, percent
from geo_tej.verdict.hairlines import LEAST_M2

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.verdict.assessment import Assessment


def unseen_m2(assessment: Assessment, place: int, layer: str) -> float | None:
    """Return how much of a parcel lies outside a layer's extent in m²; None where that cannot be told.

    It is 0 where only what rules reach beyond the parcel was not surveyed.
    """
    evidence, read = assessment.evidence, assessment.project.layers.get(layer)
    if not evidence.unsurveyed[place, evidence.layers.index(layer)]:
        return 0.0
    if read is None or read.frame is None or read.extent is None:
        return None
    outside = float(shapely.area(shapely.difference(np.asarray(assessment.parcels.geometry)[place], read.extent)))
    return None if np.isnan(outside) else outside


def unseen_words(
    assessment: Assessment, place: int, layer: str, language: Language, units: tuple[str, ...] = ("m2",)
) -> str:
    """Say on how much of a parcel a layer has no data, where that is some of it and not all."""
    missing, whole = unseen_m2(assessment, place, layer), float(assessment.evidence.area_m2[place])
    if missing is None or not LEAST_M2 <= missing <= whole - LEAST_M2:
        return ""
    size, share = area(missing, language, units), percent(missing / whole)
    return f"{size}（{share}）无数据" if language == "zh" else f"no data on {size}, {share}"
