"""A rulebook written anew as tables to edit, and read again before anybody is told that it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.errors import OutputError, RulebookError
from geo_tej.io.write import replacing, replacing_all
from geo_tej.rulebook.export import editable
from geo_tej.rulebook.reader import read
from geo_tej.spreadsheet import WORKBOOKS
from geo_tej.tables.law import write_law_csvs, write_law_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.model import Rulebook


def export_rulebook(source: Path, target: Path) -> list[Path]:
    """Write a rulebook as an editable set: a workbook if the target ends in .xlsx, else a folder of CSVs.

    Raises
    ------
    RulebookError
        If the rulebook is at fault.
    OutputError
        If something stands there, or the rulebook would not be read back as the same.
    """
    book, reading = read(source)
    law = editable(book, reading)
    if target.suffix.lower() in WORKBOOKS:
        _refuse(target, taken=target.exists())
        with replacing(target) as beside:
            write_law_workbook(law, beside, title=f"{book.id} {book.version}")
            _need_the_same(book, beside, target)
        return [target]
    if target.exists() and not target.is_dir():
        message = f"{target} is a file; name a folder, or a file that ends in .xlsx"
        raise OutputError(message)
    _refuse(target, taken=target.exists() and any(target.iterdir()))
    with replacing_all(target) as beside:
        write_law_csvs(law, beside)
        _need_the_same(book, beside, target)
        written = sorted(file.name for file in beside.iterdir())
    return [target / name for name in written]


def _refuse(target: Path, *, taken: bool) -> None:
    if taken:
        message = f"{target} holds something already, perhaps what you edited; choose another place"
        raise OutputError(message)


def _need_the_same(book: Rulebook, written: Path, target: Path) -> None:
    try:
        again = read(written)[0].sha256
    except RulebookError as fault:
        message = f"{target}: the rulebook cannot be told in such tables: {fault}"
        raise OutputError(message) from fault
    if again != book.sha256:
        message = f"{target}: the rulebook would not be read back as the same; nothing is written"
        raise OutputError(message)
