"""Rulebooks: a folder of TOML and CSV becomes one frozen value, or an error that names every fault."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from geo_tej.errors import RulebookError
from geo_tej.rulebook.reader import Reader

if TYPE_CHECKING:
    from geo_tej.model import Rulebook

__all__ = ["bundled", "find_rulebook", "read_rulebook"]


def bundled() -> dict[str, Path]:
    """Return the rulebooks that come with the package, by name."""
    folder = Path(str(files("geo_tej") / "rulebooks"))
    return {path.parent.name: path.parent for path in sorted(folder.glob("*/rulebook.toml"))}


def find_rulebook(name: str, *, beside: Path) -> Path:
    """Return the folder of a bundled rulebook, or of one at a path relative to `beside`.

    Raises
    ------
    RulebookError
        If there is neither.
    """
    if name in bundled():
        return bundled()[name]
    folder = beside / name
    if (folder / "rulebook.toml").is_file():
        return folder
    message = f"rulebook {name!r}: neither a bundled one ({', '.join(bundled())}) nor a folder with a rulebook.toml"
    raise RulebookError(message)


def read_rulebook(folder: str | Path) -> Rulebook:
    """Read a rulebook folder strictly.

    Raises
    ------
    RulebookError
        If anything in it cannot be followed; the message names file, rule and key of every fault.
    """
    path = find_rulebook(str(folder), beside=Path())
    return Reader(path).rulebook()
