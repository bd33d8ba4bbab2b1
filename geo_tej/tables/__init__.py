"""Verdicts and other tables as files: Parquet, CSV, GeoPackage, Excel; the same input gives the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from geo_tej.errors import OutputError
from geo_tej.tables.files import write_csv, write_layers, write_parquet
from geo_tej.tables.package import package_layers
from geo_tej.tables.told import Told
from geo_tej.tables.workbook import write_sheet, write_workbook

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from geo_tej.i18n import Language
    from geo_tej.verdict import Assessment

__all__ = ["write_table", "write_verdicts"]


def write_verdicts(
    assessment: Assessment, path: Path, *, enterprises: bool = False, language: Language | None = None
) -> None:
    """Write a row a parcel (or enterprise) x use x pathway; `.xlsx` has a sheet a pathway, `.gpkg` the ground too.

    In `.csv`, which cannot say what it is elsewhere, the notice of a project that has one stands in every row.
    A `.gpkg` has the tables `findings`, which decide a verdict, and `rules`, which they join to; other rules that speak
    on a parcel and change nothing are in the extracts of `check`.

    Parameters
    ----------
    assessment
        What was asked and answered.
    path
        A file that ends in `.csv`, `.gpkg`, `.parquet` or `.xlsx`; one that exists is replaced.
    enterprises
        Write the enterprises' verdicts instead of the parcels'.
    language
        Of the words; the project's unless given. Column names stay English ids, but for `.xlsx`.

    Raises
    ------
    OutputError
        If the file's ending is not known, or the rows do not fit.
    """
    suffix = _suffix(path)
    told = Told(assessment, language or assessment.project.language, enterprises)
    if suffix == ".xlsx":
        write_workbook(told, path)
    elif suffix == ".gpkg":
        write_layers(package_layers(told), path)
    elif suffix == ".csv":
        write_csv(told.table(noticed=True), path)
    else:
        write_parquet(told.table(), path)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as it is: named indexes as columns; `.xlsx` without geometry, `.csv` with it as WKT.

    In `.csv` a text that a spreadsheet would take for a formula gets an apostrophe before it, and the file starts with
    the mark that makes Excel read Chinese; `.parquet` and `.gpkg` hold the data exactly.

    Raises
    ------
    OutputError
        If the file's ending is not known, the frame has no geometry for `.gpkg`, or too many rows for `.xlsx`.
    """
    suffix = _suffix(path)
    if any(frame.index.names):
        frame = frame.reset_index()
    if suffix == ".parquet":
        write_parquet(frame, path)
    elif suffix == ".csv":
        write_csv(frame, path)
    elif suffix == ".xlsx":
        write_sheet(frame, path)
    elif isinstance(frame, gpd.GeoDataFrame):
        write_layers({path.stem: frame}, path)
    else:
        message = "a table without geometry is no .gpkg; write .csv, .parquet or .xlsx"
        raise OutputError(message)


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".gpkg", ".parquet", ".xlsx"):
        message = f"{path.name}: {suffix or 'no ending'} is no kind of table; known: .csv, .gpkg, .parquet, .xlsx"
        raise OutputError(message)
    return suffix
