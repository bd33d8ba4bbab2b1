"""Write results whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from geo_tej.errors import GeoTejError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WRITERS = ("pyogrio", "rasterio", "sqlite3", "xlsxwriter")
"""Packages that write files and whose faults are no OSError."""

_LITTLE_BYTES = 1 << 20
"""Where a disk has no more room than this, it is taken to be what a writer that does not say so died of."""

_FULL = "the disk is full; make room there, or write elsewhere"


@contextmanager
def told_unwritable(target: Path) -> Iterator[None]:
    """Turn what goes wrong while a file or folder is written, whoever writes it, into one sentence.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        yield
    except GeoTejError:
        raise
    except Exception as fault:
        first = _of_the_system(fault)
        if first is None and type(fault).__module__.partition(".")[0] not in _WRITERS:
            raise
        message = f"{target}: cannot be written: {_why(first or fault, target)}"
        raise OutputError(message) from fault


def _of_the_system(fault: BaseException | None) -> OSError | None:
    """Return the system's fault that a fault is, or that a writer made another of while it cleaned up."""
    while fault is not None and not isinstance(fault, OSError):
        fault = fault.__cause__ or fault.__context__
    return fault


def _why(fault: Exception, target: Path) -> str:
    """Say in the system's words what a fault comes from, or in its own where the system has none."""
    told = re.search(r"\[errno (\d+)\]", str(fault), re.IGNORECASE)
    number = fault.errno if isinstance(fault, OSError) else None
    number = int(told[1]) if number is None and told is not None else number
    there = next(path for path in (target, *target.absolute().parents) if path.exists())
    if number == errno.ENOSPC or (number is None and shutil.disk_usage(there).free < _LITTLE_BYTES):
        return _FULL
    if isinstance(fault, OSError) and fault.strerror:
        return fault.strerror
    return os.strerror(number) if number is not None else str(fault).partition("\n")[0]


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path beside the target to write to, and put it in the target's place when all went well.

    Raises
    ------
    OutputError
        If the file cannot be written, or there is no folder for it and none to make it in.
    """
    made = not target.parent.exists()
    with told_unwritable(target):
        folder = _room_in(target.parent)
    try:
        with told_unwritable(target):
            beside = folder / target.name
            yield beside
            if beside.exists():
                beside.chmod(0o644)
                beside.replace(target)
    finally:
        _gone(folder, made=made)


def require_folder(folder: Path) -> None:
    """Refuse a path that cannot be a folder to write to, before anything is worked out for it; make nothing.

    Raises
    ------
    OutputError
        If it, or what it would lie in, is a file or may not be written to, or if there is no folder to make it in.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    why = ""
    if not there.is_dir():
        why = f"{there} is a file; name a folder"
    elif there not in (folder, folder.absolute().parent):
        why = f"there is no folder {folder.parent}; correct the path, or make that folder first"
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


def require_others(targets: Iterable[Path], sources: Iterable[Path]) -> None:
    """Refuse to write over what is read: by its name, through a link, or under a name of which the system says so.

    Raises
    ------
    OutputError
        If a target is one of the sources.
    """
    known = sorted(sources)
    for target in targets:
        source = next((each for each in known if _same(target, each)), None)
        if source is not None:
            which = "" if source.absolute() == target.absolute() else f"{source}, "
            message = f"{target}: is {which}one of the files to be read; write to another"
            raise OutputError(message)


def _same(one: Path, other: Path) -> bool:
    """Say whether two paths lead to one file, which need not be there."""
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


@contextmanager
def replacing_all(folder: Path) -> Iterator[Path]:
    """Give a folder to write several files to, and move them all into the target folder when all went well.

    Files of the same names are replaced, others in the folder stay.

    Raises
    ------
    OutputError
        If the folder cannot be written to, or there is none to make it in.
    """
    made = not folder.exists()
    with told_unwritable(folder):
        beside = _room_in(folder)
    try:
        with told_unwritable(folder):
            yield beside
            _put_in_place(beside, folder)
    finally:
        _gone(beside, made=made)


def _room_in(folder: Path) -> Path:
    """Make a hidden folder in one, which is made too where it is missing."""
    made = not folder.exists()
    folder.mkdir(exist_ok=True)
    try:
        return Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    except OSError:
        if made:
            folder.rmdir()
        raise


def _gone(inner: Path, *, made: bool) -> None:
    """Remove a hidden folder, and with it the one that it lies in if that was made and nothing was put into it."""
    shutil.rmtree(inner, ignore_errors=True)
    if made:
        with suppress(OSError):
            inner.parent.rmdir()


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
