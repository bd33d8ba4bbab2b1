"""Rulebooks: a folder of TOML and tables, or one workbook, becomes one frozen value, or an error with every fault."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from geo_tej.errors import RulebookError, gather
from geo_tej.rulebook.reader import read
from geo_tej.rulebook.written import REPORT, TOML, WORKBOOK, Reading, open_rulebook
from geo_tej.spreadsheet import WORKBOOKS

if TYPE_CHECKING:
    from geo_tej.model import Rulebook
    from geo_tej.spreadsheet import Sheet

__all__ = ["bundled", "find_rulebook", "read_report", "read_rulebook"]


def bundled() -> dict[str, Path]:
    """Return the rulebooks that come with the package, by name."""
    folder = Path(str(files("geo_tej") / "rulebooks"))
    return {path.parent.name: path.parent for path in sorted(folder.glob("*/rulebook.toml"))}


def find_rulebook(name: str, *, beside: Path) -> Path:
    """Return where a rulebook lies: a bundled one, or the folder or workbook at a path relative to `beside`.

    Raises
    ------
    RulebookError
        If there is neither.
    """
    if name in bundled():
        return bundled()[name]
    path = beside / name
    if any((path / file).is_file() for file in (TOML, WORKBOOK)) or (
        path.suffix.lower() in WORKBOOKS and path.is_file()
    ):
        return path
    message = (
        f"rulebook {name!r}: neither a bundled one ({', '.join(bundled())}) nor a folder with a {TOML}, "
        "nor a workbook (.xlsx) with a sheet of that name"
    )
    raise RulebookError(message)


def read_rulebook(folder: str | Path) -> Rulebook:
    """Read a rulebook strictly: a bundled one by name, a folder, or a workbook.

    Raises
    ------
    RulebookError
        If anything in it cannot be followed; the message names file, rule and key of every fault.
    """
    path = find_rulebook(str(folder), beside=Path())
    return read(path)[0]


def read_report(path: Path) -> Sheet:
    """Read the table of the sections of a rulebook's reports, empty where it has none.

    Raises
    ------
    RulebookError
        If it cannot be read.
    """
    reading = Reading(open_rulebook(path))
    sheet = reading.sheet(REPORT, optional=True)
    if reading.faults:
        message = f"rulebook {reading.written.name}: {gather(reading.faults)}"
        raise RulebookError(message)
    return sheet
