"""Status events in a GeoPackage: a table that QGIS reads and to which several people may write at once."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from geo_tej.errors import LayerError, QuestionError, gather
from geo_tej.model import StatusEvent
from geo_tej.transition.events import order_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from geo_tej.model import Status

TABLE = "status_events"
COLUMNS = ("enterprise_id", "status", "date", "note", "officer")
WAIT_S = 60
"""So long a writer waits for others to finish."""

OVER_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afs")
"""Kinds of file systems on which locks are not to be relied on: two writers could lose an event."""

_APPLICATION, _VERSION = 0x47504B47, 10300
_MAKE = f"""
CREATE TABLE IF NOT EXISTS gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES
  ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL),
  ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,
AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],
AUTHORITY["EPSG","4326"]]', NULL);
CREATE TABLE IF NOT EXISTS gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE IF NOT EXISTS gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE {TABLE} (
  fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, enterprise_id TEXT NOT NULL, status TEXT NOT NULL,
  date DATE NOT NULL, note TEXT NOT NULL DEFAULT '', officer TEXT NOT NULL DEFAULT '');
INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('{TABLE}', 'attributes', '{TABLE}');
"""  # noqa: S608  our own names
"""What a GeoPackage holds besides, also where nothing has geometry: without it, GDAL does not open the file."""


def read_events(path: Path) -> tuple[StatusEvent, ...]:
    """Read all events, in the order they were recorded; none where there is no such file yet.

    Raises
    ------
    LayerError
        If the file is no GeoPackage, its table lacks a column, or a row of it cannot be read.
    """
    if not path.exists():
        return ()
    with _connected(path, write=False) as connection:
        return _events(connection, path) if _has_table(connection) else ()


def record_event(path: Path, event: StatusEvent, statuses: Mapping[str, Status]) -> StatusEvent:
    """Add an event if its order is possible, and return it as numbered; others may be writing at the same time.

    The order is checked inside the transaction that writes, after everyone who wrote before.

    Raises
    ------
    QuestionError
        If the event cannot follow what is recorded, or what is recorded cannot follow it.
    LayerError
        If the file cannot be written to.
    """
    refuse_network(path)
    if not path.exists():
        _refuse(order_faults([event], statuses))  # makes no file for what cannot be
    with _connected(path, write=True) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not _has_table(connection):
                _make(connection)
            told = [each for each in _events(connection, path) if each.enterprise == event.enterprise]
            before = set(order_faults(told, statuses))
            new = replace(event, number=_next_number(connection))
            _refuse([fault for fault in order_faults([*told, new], statuses) if fault not in before])
            values = (new.enterprise, new.status, new.date.isoformat(), new.note, new.officer)
            connection.execute(
                f"INSERT INTO {TABLE} (fid, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608  our own names
                (new.number, *values),
            )
            connection.execute(
                "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?",
                (TABLE,),
            )
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return new


def _refuse(faults: list[str]) -> None:
    if faults:
        raise QuestionError(gather(faults))


def refuse_network(path: Path) -> None:
    """Refuse a path on which the locks of several writers are not to be relied on.

    Raises
    ------
    LayerError
        If the path is an address, a network share, or lies on a file system that is known to be one.
    """
    text = str(path)
    if "://" in text or text.startswith(("/vsi", "\\\\", "//")):
        message = f"{path}: events are kept in a local file; name one on this machine"
        raise LayerError(message)
    kind = _file_system(path)
    if kind in OVER_NETWORK:
        message = (
            f"{path}: lies on a network drive ({kind}), where two writers could lose an event; "
            "keep the file on a disk of this machine"
        )
        raise LayerError(message)


def _file_system(path: Path) -> str:
    """Return the kind of file system that a path lies on, nothing where the system does not tell."""
    mounts = Path("/proc/self/mountinfo")
    if not mounts.exists():
        return ""
    folder = path.parent.resolve()
    longest, kind = -1, ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        head, _, tail = line.partition(" - ")
        point = head.split(" ")[4].replace("\\040", " ")
        if folder.is_relative_to(point) and len(point) >= longest:
            longest, kind = len(point), tail.split(" ")[0]
    return kind


@contextmanager
def _connected(path: Path, *, write: bool) -> Iterator[sqlite3.Connection]:
    """Open a GeoPackage, and say in a sentence what is wrong with it."""
    if write and not path.parent.is_dir():
        message = f"{path}: there is no folder {path.parent}; make it first"
        raise LayerError(message)
    mode = "rwc" if write else "ro"
    connection = None
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=WAIT_S, isolation_level=None
        )
        yield connection
    except sqlite3.OperationalError as fault:
        why = str(fault)
        if "locked" in why:
            way_out = f"somebody else has kept it locked for {WAIT_S} s; close it there and try again"
        elif "readonly" in why or "unable to open" in why:
            way_out = "it cannot be written to; make it and its folder writable" if write else "it cannot be opened"
        elif "disk is full" in why:
            way_out = "cannot be written: the disk is full; make room there, and record it again"
        else:
            way_out = why
        message = f"{path}: {way_out}"
        raise LayerError(message) from fault
    except sqlite3.DatabaseError as fault:
        message = f"{path}: is no GeoPackage, or a damaged one ({fault}); restore it from a copy"
        raise LayerError(message) from fault
    finally:
        if connection is not None:
            connection.close()


def _has_table(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (TABLE,))
    return found.fetchone() is not None


def _make(connection: sqlite3.Connection) -> None:
    """Make the table, and all that a GeoPackage needs where the file is new."""
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    for statement in _MAKE.split(";\n"):
        if statement.strip():
            connection.execute(statement)


def _next_number(connection: sqlite3.Connection) -> int:
    return 1 + int(connection.execute(f"SELECT coalesce(max(fid), 0) FROM {TABLE}").fetchone()[0])  # noqa: S608  our own name


def _events(connection: sqlite3.Connection, path: Path) -> tuple[StatusEvent, ...]:
    present = {row[1] for row in connection.execute(f"PRAGMA table_info({TABLE})")}
    lacking = [name for name in COLUMNS if name not in present]
    if lacking:
        message = f"{path}: the table {TABLE} lacks the column {', '.join(lacking)}; start a new file, or add it"
        raise LayerError(message)
    rows = connection.execute(f"SELECT fid, {', '.join(COLUMNS)} FROM {TABLE} ORDER BY fid")  # noqa: S608  our own names
    events, faults = [], []
    for number, enterprise, status, day, note, officer in rows:
        try:
            when = date.fromisoformat(str(day)[:10])
        except ValueError:
            faults.append(f"row {number}: {day!r} is no date")
            continue
        events.append(
            StatusEvent(
                number=number, enterprise=str(enterprise), status=str(status), date=when, note=str(note or ""),
                officer=str(officer or ""),
            )
        )  # fmt: skip
    if faults:
        message = f"{path}: {gather(faults)}"
        raise LayerError(message)
    return tuple(events)
