"""A starter project for one's own layers."""

from __future__ import annotations

import shutil
from importlib.resources import files
from typing import TYPE_CHECKING

from geo_tej.engine.guessed import drafted_layers, guessed_manifest, looked_through, write_draft
from geo_tej.errors import OutputError
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
    law = read_rulebook(find_rulebook(rulebook or "starter", beside=folder))
    found = looked_through(source) if source is not None else None
    drafted = drafted_layers(found) if found is not None and rulebook is None else []
    try:
        layers.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        message = f"{folder}: cannot be written: {fault.strerror or fault}"
        raise OutputError(message) from fault
    written = [layers / "layers.toml"]
    title = source.resolve().name if source is not None else "My town"
    if drafted:
        write_draft(own, drafted, title)
        law = read_rulebook(own)
        written.append(own)
    elif rulebook is None:
        shutil.copytree(str(files("geo_tej") / "rulebooks" / "starter"), own)
        written.append(own)
    if found is None:
        text = (files("geo_tej") / "rulebooks" / "layers-template.toml").read_text(encoding="utf-8")
        if rulebook is not None:
            text = text.replace('rulebook = "rulebook" ', f'rulebook = "{rulebook}"', 1)
    else:
        text = guessed_manifest(
            found, beside=layers, rulebook=law, rulebook_name=rulebook or "rulebook", title=title, drafted=drafted
        )
    (layers / "layers.toml").write_text(text, encoding="utf-8")
    return written
