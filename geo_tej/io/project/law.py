"""The rulebook that a manifest names, with the sign-offs beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.errors import ManifestError, gather
from geo_tej.io.manifest import Manifest, manifest_path, read_manifest
from geo_tej.io.present import present_day
from geo_tej.io.signed import sign_off
from geo_tej.rulebook import find_rulebook, read_rulebook

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.model import Rulebook


def read_law(manifest: str | Path = "layers/layers.toml", *, scenario: str | None = None) -> Rulebook:
    """Read a manifest's rulebook with the sign-offs beside it, and none of its layers.

    Raises
    ------
    ManifestError, RulebookError
        If the manifest, its sign-offs or the rulebook are at fault.
    """
    path = manifest_path(manifest)
    written, _, _ = read_manifest(path, scenario=scenario)
    faults: list[str] = []
    rulebook = law_of(written, path.parent, faults)
    if faults:
        message = f"{path}: {gather(faults)}"
        raise ManifestError(message)
    return rulebook


def law_papers(manifest: str | Path = "layers/layers.toml", *, scenario: str | None = None) -> tuple[Path, Path | None]:
    """Return where a manifest's rulebook lies, and its sign-offs, where it names a file of them.

    Raises
    ------
    ManifestError, RulebookError
        If the manifest is at fault, or there is no such rulebook.
    """
    path = manifest_path(manifest)
    written, _, _ = read_manifest(path, scenario=scenario)
    signoffs = None if written.signoffs is None else path.parent / written.signoffs
    return find_rulebook(written.rulebook, beside=path.parent), signoffs


def law_of(written: Manifest, folder: Path, faults: list[str]) -> Rulebook:
    """Read the rulebook of a manifest in a folder, signed; what is wrong with the sign-offs joins the faults."""
    rulebook = read_rulebook(find_rulebook(written.rulebook, beside=folder))
    if written.signoffs is None:
        return rulebook
    return sign_off(rulebook, folder / written.signoffs, faults, until=max(written.on, present_day()))
