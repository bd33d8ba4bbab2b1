"""A starter project for one's own layers."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from importlib.resources import files
from typing import TYPE_CHECKING

from geo_tej.engine.guessed import drafted_layers, guessed_manifest, looked_through, write_draft
from geo_tej.errors import OutputError
from geo_tej.io.write import replacing, require_folder, told_unwritable
from geo_tej.rulebook import find_rulebook, read_rulebook

if TYPE_CHECKING:
    from pathlib import Path


def init(folder: Path, *, source: Path | None = None, rulebook: str | None = None) -> list[Path]:
    """Make a starter project: a manifest to fill in, a rulebook to edit, an empty place for layers.

    With a `source` folder the manifest is guessed from the files in it, which stay where they are, and the rulebook to
    edit is drafted for their classes of zone; a bundled `rulebook` takes the place of the one to edit.

    Raises
    ------
    OutputError
        If there is something in the way, or nothing to look through.
    RulebookError
        If there is no such rulebook.
    """
    layers = folder / "layers"
    if folder.exists() and not folder.is_dir():
        message = f"{folder} is a file; choose an empty folder"
        raise OutputError(message)
    if (layers / "layers.toml").exists():
        message = f"{layers / 'layers.toml'} exists already; choose an empty folder"
        raise OutputError(message)
    own = layers / "rulebook"
    if own.exists():
        message = f"{own} exists already; choose an empty folder"
        raise OutputError(message)
    require_folder(folder)
    law = read_rulebook(find_rulebook(rulebook or "starter", beside=folder))
    found = looked_through(source) if source is not None else None
    drafted = drafted_layers(found) if found is not None and rulebook is None else []
    title = source.resolve().name if source is not None else "My town"
    written = [layers / "layers.toml"]
    new = [each for each in (folder, layers) if not each.exists()]
    with ExitStack() as undo, told_unwritable(folder):
        for each in (*new, own):
            undo.callback(shutil.rmtree, each, ignore_errors=True)
        layers.mkdir(parents=True, exist_ok=True)
        if drafted:
            write_draft(own, drafted, title)
            law = read_rulebook(own)
        elif rulebook is None:
            shutil.copytree(str(files("geo_tej") / "rulebooks" / "starter"), own)
        if rulebook is None:
            written.append(own)
        if found is None:
            text = _template(rulebook)
        else:
            text = guessed_manifest(
                found, beside=layers, rulebook=law, rulebook_name=rulebook or "rulebook", title=title, drafted=drafted
            )
        with replacing(layers / "layers.toml") as beside:
            beside.write_text(text, encoding="utf-8")
        undo.pop_all()
    return written


def _template(rulebook: str | None) -> str:
    """Return a manifest to fill in, for a bundled rulebook or for the one to edit."""
    text = (files("geo_tej") / "rulebooks" / "layers-template.toml").read_text(encoding="utf-8")
    return text if rulebook is None else text.replace('rulebook = "rulebook" ', f'rulebook = "{rulebook}"', 1)
