"""A starter project for one's own layers."""

from __future__ import annotations

import shutil
from importlib.resources import files
from typing import TYPE_CHECKING

from geo_tej.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path


def init(folder: Path) -> list[Path]:
    """Make a starter project: a manifest to fill in, a rulebook to edit, an empty place for layers.

    Raises
    ------
    OutputError
        If there is something in the way.
    """
    layers = folder / "layers"
    if folder.exists() and not folder.is_dir():
        message = f"{folder} is a file; choose an empty folder"
        raise OutputError(message)
    if (layers / "layers.toml").exists():
        message = f"{layers / 'layers.toml'} exists already; choose an empty folder"
        raise OutputError(message)
    rulebook = layers / "rulebook"
    if rulebook.exists():
        message = f"{rulebook} exists already; choose an empty folder"
        raise OutputError(message)
    try:
        layers.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        message = f"{folder}: cannot be written: {fault.strerror or fault}"
        raise OutputError(message) from fault
    shutil.copytree(str(files("geo_tej") / "rulebooks" / "starter"), rulebook)
    template = (files("geo_tej") / "rulebooks" / "layers-template.toml").read_text(encoding="utf-8")
    (layers / "layers.toml").write_text(template, encoding="utf-8")
    return [layers / "layers.toml", rulebook]
