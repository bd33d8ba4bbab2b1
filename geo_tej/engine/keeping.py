"""What is kept between runs, in a folder beside the manifest that may be deleted at any time.

Nothing here is trusted: what cannot be read, or was made by anything else than what runs now, counts as not there.
Every file is written whole or not at all, so that two runs at once, or one that is killed, do no harm.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from geo_tej.engine.recall import SCHEMAS
from geo_tej.errors import OutputError
from geo_tej.i18n import Said
from geo_tej.io.write import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = ".geo-tej"
_IGNORED = "# What geo-tej run keeps so that the next run is quick. It may be deleted at any time.\n*\n"
_MADE_BY = "made-by"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A part of a run: the hash of all that it depends on, and of each file that it wrote."""

    key: str
    files: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Record:
    """A run into a folder: the hash of what it was asked and read, what it said, its stages, its parts (`news`)."""

    key: str
    language: str
    summary: str
    warned: tuple[str, ...]
    notes: tuple[str, ...]
    faulty: bool
    parcels: int
    stages: Mapping[str, Stage]
    parts: Mapping[str, str]


@dataclass(frozen=True)
class Kept:
    """Where a project's runs are kept, by what: work by scenario, records by the folder written to."""

    folder: Path
    made_by: str

    def work(self, scenario: str | None) -> Path:
        """Return where the costly steps of a scenario are kept."""
        return self.folder / f"work-{_short(scenario or '')}.zip"

    def record(self, output: Path) -> Path:
        """Return where the record of the last run into a folder is kept."""
        return self.folder / f"run-{_short(str(output.resolve()))}.json"


def read_work(kept: Kept, scenario: str | None) -> tuple[dict[str, pa.Table], Said | None]:
    """Return the tables of the costly steps, and why they cannot be used where some are there."""
    path = kept.work(scenario)
    try:
        with zipfile.ZipFile(path) as file:
            if file.read(_MADE_BY).decode() != kept.made_by:
                return {}, _of_another(path)
            tables = {name: _table(name, file.read(name)) for name in file.namelist() if name != _MADE_BY}
    except (FileNotFoundError, NotADirectoryError):
        return {}, None
    except (OSError, KeyError, ValueError, NotImplementedError, EOFError, zipfile.BadZipFile, pa.ArrowException):
        return {}, _damaged(path)
    return (tables, None) if "parcels" in tables else ({}, _damaged(path))


def write_work(kept: Kept, scenario: str | None, tables: Mapping[str, pa.Table]) -> str | None:
    """Keep the tables of the costly steps; return why they could not be kept."""
    try:
        _open(kept)
        with replacing(kept.work(scenario)) as beside, zipfile.ZipFile(beside, "w") as file:
            file.writestr(_MADE_BY, kept.made_by)
            for name, table in tables.items():
                file.writestr(name, _bytes(table))
    except OSError as fault:
        return Said(f"未能为下次运行留存中间结果：{fault}", f"nothing is kept for the next run: {fault}")
    return None


def read_record(kept: Kept, output: Path) -> tuple[Record | None, Said | None]:
    """Return the record of the last run into a folder, and why it cannot be used where one is there."""
    path = kept.record(output)
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if told.pop(_MADE_BY) != kept.made_by:
            return None, _of_another(path)
        stages = {
            str(name): Stage(key=str(stage["key"]), files={str(file): str(sha) for file, sha in stage["files"].items()})
            for name, stage in told.pop("stages").items()
        }
        parts = {str(name): str(value) for name, value in told.pop("parts").items()}
        lists = {name: tuple(told[name]) for name in ("warned", "notes")}
        return Record(**told | {"stages": stages, "parts": parts} | lists), None
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None, Said(
            f"{path}：无法读取，因此不知较上次运行有何变化，成果文件全部重写",
            f"{path}: cannot be read, so what is new since the last run is not known and every file is written again",
        )


def write_record(kept: Kept, output: Path, record: Record) -> None:
    """Keep the record of a run; where it cannot be kept, the next run does more."""
    try:
        _open(kept)
        with replacing(kept.record(output)) as beside:
            told = {_MADE_BY: kept.made_by, **asdict(record)}
            beside.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    except OutputError:
        return


def _of_another(path: Path) -> Said:
    return Said(
        f"{path}：由其他版本的 geo_tej 或其依赖包留存，不能沿用，全部重做",
        f"{path}: is of another version of geo_tej or its packages; everything is done again",
    )


def _damaged(path: Path) -> Said:
    return Said(f"{path}：已损坏，全部重做", f"{path}: is damaged; everything is done again")


def _open(kept: Kept) -> None:
    """Make the folder, which keeps itself out of a repository."""
    ignored = kept.folder / ".gitignore"
    if not ignored.exists():
        with replacing(ignored) as beside:
            beside.write_text(_IGNORED, encoding="utf-8")


def _table(name: str, content: bytes) -> pa.Table:
    with pa.ipc.open_file(pa.BufferReader(content)) as file:
        table = file.read_all()
    if not table.schema.equals(SCHEMAS[name.partition("/")[0]]):
        message = f"{name}: has other columns"
        raise ValueError(message)
    return table


def _bytes(table: pa.Table) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as file:
        file.write_table(table)
    return memoryview(sink.getvalue())


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
