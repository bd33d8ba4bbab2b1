"""The files that one input is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_RESULTS = {".csv", ".gpkg", ".htm", ".html", ".parquet", ".pdf", ".png", ".svg", ".txt", ".xlsx"}
"""Endings under which results are written, none of them that of a part of a layer in several files."""


def files_of(place: Path) -> set[Path]:
    """Return a file and those beside it that share its stem, or all files of a folder but for what is hidden."""
    if place.is_dir():
        inside = (each for each in place.rglob("*") if each.is_file())
        return {each for each in inside if not any(part.startswith(".") for part in each.relative_to(place).parts)}
    stem = place.name.partition(".")[0]
    beside = place.parent.iterdir() if place.parent.is_dir() else ()
    return {place, *(each for each in beside if each.name.partition(".")[0] == stem and each.is_file())}


def kept_of(place: Path) -> set[Path]:
    """Return the files of an input that no result may take the place of.

    What shares its stem counts where it is a part of it, as those of a Shapefile are, and not where it may be a result,
    as roads.xlsx beside roads.gpkg.
    """
    files = files_of(place)
    return files if place.is_dir() else {file for file in files if file.suffix.lower() not in _RESULTS} | {place}


def manifests_beside(output: Path) -> list[Path]:
    """Return the manifest that lies in an output's folder, or in the folder that an output is, where one does."""
    return [each for place in (output.parent, output) if (each := place / "layers.toml").is_file()]
