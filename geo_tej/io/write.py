"""Write results whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from geo_tej.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path beside the target to write to, and put it in the target's place when all went well.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    made = _not_there(target.parent)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".writing-", dir=target.parent))
    except OSError as fault:
        message = f"{target}: cannot be written: {fault.strerror or fault}"
        raise OutputError(message) from fault
    try:
        beside = folder / target.name
        yield beside
        if beside.exists():
            beside.chmod(0o644)
            beside.replace(target)
    except OutputError:
        raise
    except OSError as fault:
        message = f"{target}: cannot be written: {fault.strerror or fault}"
        raise OutputError(message) from fault
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _without_empty(made)


def require_folder(folder: Path) -> None:
    """Refuse a path that cannot be a folder to write to, before anything is worked out for it; make nothing.

    Raises
    ------
    OutputError
        If it, or what it would lie in, is a file or may not be written to.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    why = ""
    if not there.is_dir():
        why = f"{there} is a file; name a folder"
    elif not os.access(there, os.W_OK | os.X_OK):
        why = f"{there} may not be written to"
    if why:
        message = f"{folder}: cannot be written: {why}"
        raise OutputError(message)


def require_place(target: Path) -> None:
    """Refuse a path that cannot be a file to write, before anything is worked out for it; make nothing.

    Raises
    ------
    OutputError
        If it is a folder, or there can be none to put it in.
    """
    if target.is_dir():
        message = f"{target}: cannot be written: it is a folder; name a file in it"
        raise OutputError(message)
    try:
        require_folder(target.parent)
    except OutputError as fault:
        message = f"{target}: {str(fault).removeprefix(f'{target.parent}: ')}"
        raise OutputError(message) from fault


@contextmanager
def replacing_all(folder: Path) -> Iterator[Path]:
    """Give a folder to write several files to, and move them all into the target folder when all went well.

    Files of the same names are replaced, others in the folder stay.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    made = _not_there(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    except OSError as fault:
        message = f"{folder}: cannot be written: {fault.strerror or fault}"
        raise OutputError(message) from fault
    try:
        yield beside
        _put_in_place(beside, folder)
    except OutputError:
        raise
    except OSError as fault:
        message = f"{folder}: cannot be written: {fault.strerror or fault}"
        raise OutputError(message) from fault
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        _without_empty(made)


def _not_there(folder: Path) -> list[Path]:
    """Return the folders that must be made for one to be there, the innermost first."""
    return [each for each in (folder, *folder.parents) if not each.exists()]


def _without_empty(made: list[Path]) -> None:
    """Remove the folders that were made and that nothing was put into."""
    with suppress(OSError):
        for folder in made:
            folder.rmdir()


def _put_in_place(beside: Path, folder: Path) -> None:
    """Move every file into the folder; if one cannot be, put back what was there."""
    written = sorted(beside.iterdir())
    kept = Path(tempfile.mkdtemp(prefix=".before-", dir=beside))
    moved: list[Path] = []
    try:
        for file in written:
            target = folder / file.name
            if target.is_dir():
                raise IsADirectoryError(errno.EISDIR, f"{file.name} there is a folder")
            moved.append(target)
            if target.exists():
                target.replace(kept / file.name)
            file.chmod(0o644)
            file.replace(target)
    except OSError:
        for target in moved:
            target.unlink(missing_ok=True)
            if (kept / target.name).exists():
                (kept / target.name).replace(target)
        raise
