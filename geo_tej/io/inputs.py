"""Which files a project is read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.io.archives import is_remote
from geo_tej.io.manifest import manifest_path, read_manifest
from geo_tej.rulebook import find_rulebook

if TYPE_CHECKING:
    from pathlib import Path


def input_files(manifest: str | Path, *, scenario: str | None = None) -> set[Path] | None:
    """Return all files that reading a project may look at; None where some lie on other machines.

    With a file go all that share its stem, as the parts of a Shapefile do; with a folder all that is in it but for
    what is hidden.

    Raises
    ------
    ManifestError, RulebookError
        If the manifest is at fault, or there is no such rulebook.
    """
    path = manifest_path(manifest)
    written, _, _ = read_manifest(path, scenario=scenario)
    named = [entry.path for entry in written.layer]
    if any(map(is_remote, named)):
        return None
    named += [
        name
        for name in (
            written.signoffs,
            written.decisions,
            written.transition.land_values,
            written.transition.events,
        )
        if name is not None
    ]
    places = [find_rulebook(written.rulebook, beside=path.parent), *(path.parent / name for name in named)]
    return {path, *(file for place in places for file in _files(place))}


def _files(place: Path) -> set[Path]:
    """Return a file and those beside it that share its stem, or all files of a folder."""
    if place.is_dir():
        inside = (each for each in place.rglob("*") if each.is_file())
        return {each for each in inside if not any(part.startswith(".") for part in each.relative_to(place).parts)}
    stem = place.name.partition(".")[0]
    beside = place.parent.iterdir() if place.parent.is_dir() else ()
    return {place, *(each for each in beside if each.name.partition(".")[0] == stem and each.is_file())}
