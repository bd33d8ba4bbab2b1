"""Part of an assessment, and the files that one becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_tej.io.write import replacing
from geo_tej.tables import write_verdicts

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.verdict import Assessment


def only_kind(assessment: Assessment, kind: str) -> Assessment:
    """Return the part of an assessment that is of parcels of one kind, unless all are of it or none is."""
    parcels = assessment.parcels
    if "kind" not in parcels.columns:
        return assessment
    chosen = np.flatnonzero(parcels["kind"] == kind)
    return assessment if len(chosen) in (0, len(parcels)) else assessment.at(chosen)


def write_assessment(assessment: Assessment, path: Path, *, enterprises: bool, language: Language) -> None:
    """Write verdicts of parcels or enterprises, whole or not at all."""
    with replacing(path) as beside:
        write_verdicts(assessment, beside, enterprises=enterprises, language=language)
