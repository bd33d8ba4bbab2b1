"""Which files a project is read from, and that no result takes the place of one."""

from __future__ import annotations

import os
import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING

from geo_tej.errors import GeoTejError
from geo_tej.io.archives import is_remote
from geo_tej.io.manifest import manifest_path, read_manifest
from geo_tej.io.parts import files_of, kept_of, manifests_beside
from geo_tej.io.write import require_folder, require_others, require_place
from geo_tej.rulebook import find_rulebook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
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
    places, elsewhere = _places(manifest, scenario)
    return None if elsewhere else {manifest_path(manifest), *(file for place in places for file in files_of(place))}


def require_outputs(outputs: Mapping[Path, Sequence[str] | None], manifest: Path, *, read: Iterable[Path] = ()) -> None:
    """Refuse outputs that cannot be written, or where they would take the place of what is read; make nothing.

    Parameters
    ----------
    outputs
        Files, each with no names; folders, each with the names, or patterns of names, of what is written to it; and
        with None what is either, and is refused elsewhere if something stands there.
    manifest
        Of the project; where there is none to be read, only itself is kept. One beside an output is heeded too.
    read
        What else is read, as a programme with the files that it names.

    Raises
    ------
    OutputError
        Naming the first that is refused.
    """
    own = manifest_path(manifest)
    others = [each for output in outputs for each in manifests_beside(output) if each.resolve() != own.resolve()]
    kept = files_to_keep(own).union(*map(files_to_keep, others), *map(_kept_with_named, read))
    for output, names in outputs.items():
        if names or (names is None and not output.is_file()):
            require_folder(output)
        elif names is not None:
            require_place(output)
        within = [each for name in names or () for each in {output / name, *output.glob(name)}]
        require_others(within or [output], kept)


def files_to_keep(manifest: str | Path) -> set[Path]:
    """Return the files that no result may take the place of: what a project is read from here, in any scenario.

    Of a manifest that cannot be read only itself.
    """
    path = manifest_path(manifest)
    kept = {path}
    scenarios: list[str | None] = [None]
    with suppress(GeoTejError):
        scenarios += read_manifest(path)[0].scenarios
    for scenario in scenarios:
        with suppress(GeoTejError):
            for place in _places(path, scenario)[0]:
                kept |= kept_of(place)
    return kept


def _kept_with_named(path: Path) -> set[Path]:
    """Return what is lost where something is written over an input; of a TOML file also the files that it names."""
    kept, tables = kept_of(path), []
    if path.suffix.lower() == ".toml":
        with suppress(OSError, ValueError):
            tables.append(tomllib.loads(path.read_text(encoding="utf-8")))
    while tables:
        for value in tables.pop().values():
            several = value if isinstance(value, list) else [value]
            tables += [each for each in several if isinstance(each, dict)]
            named = [path.parent / each for each in several if isinstance(each, str)]
            kept = kept.union(*(kept_of(each) for each in named if os.path.isfile(each)))  # noqa: PTH113  also of prose
    return kept


def _places(manifest: str | Path, scenario: str | None) -> tuple[list[Path], bool]:
    """Return all files and folders here that a manifest names, and whether it names others elsewhere."""
    path = manifest_path(manifest)
    written, _, _ = read_manifest(path, scenario=scenario)
    named = [
        *(entry.path for entry in written.layer),
        written.signoffs,
        written.decisions,
        written.transition.land_values,
        written.transition.events,
    ]
    here = [path.parent / name for name in named if name is not None and not is_remote(name)]
    elsewhere = any(is_remote(entry.path) for entry in written.layer)
    return [*here, find_rulebook(written.rulebook, beside=path.parent)], elsewhere
