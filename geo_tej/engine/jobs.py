"""The whole job, and the files that an assessment becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.engine.layering import set_aside_table
from geo_tej.engine.lists import layer_rows
from geo_tej.engine.mapping import require_size, save_map
from geo_tej.engine.transition_jobs import transitions
from geo_tej.errors import OutputError
from geo_tej.io.write import replacing, replacing_all
from geo_tej.model import STATES
from geo_tej.tables import write_table, write_verdicts
from geo_tej.tables.transition import write_transition_table
from geo_tej.verdict import assess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.model import Project
    from geo_tej.verdict import Assessment


def run(
    project: Project,
    folder: Path,
    *,
    language: Language,
    tell: Callable[[str], None] = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
) -> tuple[Assessment, list[str]]:
    """Do the whole job: assess every parcel, write the tables and the maps into a folder, all of them or none.

    A page that would be too large to open is left out; `warn` is told so, and what must be cleared before the page is
    made public.

    Returns the assessment of the rights parcels, which are the sites that people ask about (of all, where there is
    no such kind), and the names of the files written.

    Raises
    ------
    GeoTejError
        If the project is unfit or the folder cannot be written to.
    """
    tell("assess")
    assessment = assess(project)
    rights = only_kind(assessment, "rights")
    with replacing_all(folder) as beside:
        for name in ("verdicts.parquet", "verdicts.gpkg", "verdicts.xlsx"):
            tell(name)
            write_verdicts(assessment if name == "verdicts.parquet" else rights, beside / name, language=language)
        if len(project.enterprises):
            for name in ("enterprises.xlsx", "enterprises.csv", "enterprises.gpkg", "enterprises.parquet"):
                tell(name)
                write_verdicts(rights, beside / name, enterprises=True, language=language)
        if len(project.enterprises) and project.rulebook.routes:
            told = transitions(project)
            for name in ("transition.xlsx", "transition.gpkg", "transition.parquet"):
                tell(name)
                write_transition_table(told, beside / name, language=language)
        tell("overlaps.parquet")
        write_table(assessment.overlaps, beside / "overlaps.parquet")
        if len(assessment.dropped):
            write_table(assessment.dropped, beside / "dropped.csv")
        tell("layers.csv")
        layers = pd.DataFrame(layer_rows(project, assessment, language=language))
        write_table(layers.astype(dict.fromkeys(STATES, "Int64")), beside / "layers.csv")
        aside = set_aside_table(project, language=language)
        if len(aside):
            write_table(aside, beside / "quarantine.csv")
        tell("constraints.html")
        warned = _page(assessment, beside / "constraints.html", language)
        written = sorted(path.name for path in beside.iterdir())
    for each in warned:
        warn(each)
    return rights, written


def _page(assessment: Assessment, path: Path, language: Language) -> list[str]:
    """Write the page, or return why there is none."""
    page = save_map(assessment, path, language=language, anyway=True)
    try:
        require_size(path.stat().st_size, path.name, "make one of less with geo-tej map (--use, --pathway)")
    except OutputError as fault:
        path.unlink()
        return [str(fault)]
    return page


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
