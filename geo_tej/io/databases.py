"""GeoPackage and File Geodatabase: whole, with the names and the coded values that they keep beside the data."""

from __future__ import annotations

import sqlite3
import tempfile
import xml.etree.ElementTree as ET
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyogrio

from geo_tej.errors import LayerError
from geo_tej.i18n import Said
from geo_tej.io.vector import choose_layer, read_gdal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from geo_tej.io.account import Ask, Raw

Domains = dict[str, dict[str, str]]
LABEL = ".label"
"""What is added to a column's name for the words that its codes stand for."""
_SUSPECT_BYTES = 256 * 1024**2


def read_geopackage(path: Path, ask: Ask, *, spatial: bool = True) -> Raw:
    """Read a layer of a GeoPackage, with the aliases and coded values of its schema extension.

    Raises
    ------
    LayerError
        If it is cut short, or holds a value beyond the limit.
    """
    _require_whole(path)
    large = path.stat().st_size > _SUSPECT_BYTES
    layer = choose_layer(path, ask.sublayer, spatial=spatial) if large or ask.sublayer is None else ask.sublayer
    if large:
        _require_small_values(path, layer, ask.limits.attribute_bytes)
    rows, aliases, domains = _schema_of(path, layer)
    raw = read_gdal(path, "geopackage", replace(ask, sublayer=layer), spatial=spatial, said=rows)
    return with_labels(raw, aliases, domains)


def read_filegdb(path: Path, ask: Ask, *, spatial: bool = True) -> Raw:
    """Read a feature class of a File Geodatabase, with its fields' aliases and coded-value domains.

    Raises
    ------
    LayerError
        If it cannot be read.
    """
    if path.suffix.lower() != ".gdb":  # GDAL goes by the name
        with tempfile.TemporaryDirectory(prefix="geo-tej-") as folder:
            link = Path(folder) / f"{path.name}.gdb"
            link.symlink_to(path.resolve(), target_is_directory=True)
            return read_filegdb(link, ask, spatial=spatial)
    layer = choose_layer(path, ask.sublayer, spatial=spatial)
    raw = read_gdal(path, "filegdb", replace(ask, sublayer=layer), spatial=spatial)
    try:
        items = pyogrio.read_dataframe(path, layer="GDB_Items", read_geometry=False, LIST_ALL_TABLES="YES")
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RuntimeError, OSError) as fault:
        return replace(raw, remarks=(*raw.remarks, _unread(fault)))
    aliases, domains = gdb_schema(dict(zip(items["Name"], items["Definition"], strict=True)), layer)
    return with_labels(raw, aliases, domains)


def _unread(fault: Exception) -> Said:
    return Said(f"属性域和字段别名无法读取：{fault}", f"its domains and aliases cannot be read: {fault}")


def gdb_schema(definitions: Mapping[str, str | None], layer: str) -> tuple[dict[str, str], Domains]:
    """Return the aliases and coded values of a feature class from the definitions of a geodatabase's items, in XML."""
    domains: Domains = {}
    fields: list[tuple[str, str, str]] = []
    for name, written in definitions.items():
        if not isinstance(written, str) or "<!" in written[:400]:
            continue
        try:
            root = ET.fromstring(written)  # noqa: S314  definitions with a document type are left out above
        except ET.ParseError:
            continue
        values = {
            (each.findtext("Code") or ""): (each.findtext("Name") or "") for each in root.iter("CodedValue")
        }  # fmt: skip
        if values and root.findtext("DomainName"):
            domains[root.findtext("DomainName") or name] = values
        if name == layer:
            fields = [
                (each.findtext("Name") or "", each.findtext("AliasName") or "", _domain_of(each))
                for each in root.iter("GPFieldInfoEx")
            ]
    aliases = {name: alias for name, alias, _ in fields if alias and alias != name}
    return aliases, {name: domains[domain] for name, _, domain in fields if domain in domains}


def with_labels(raw: Raw, aliases: Mapping[str, str], domains: Mapping[str, Mapping[str, str]]) -> Raw:
    """Add a column of words beside each column of coded values."""
    if not domains and raw.frame.columns[-1] == raw.frame.geometry.name:
        return replace(raw, aliases=dict(aliases))
    frame = raw.frame
    for name, values in domains.items():
        if name in frame.columns and f"{name}{LABEL}" not in frame.columns:
            words = frame[name].map(lambda code, values=values: values.get(_code(code)))
            frame = frame.assign(**{f"{name}{LABEL}": words})
    ordered: gpd.GeoDataFrame = frame[[*frame.columns.drop(frame.geometry.name), frame.geometry.name]]
    return replace(
        raw, frame=ordered, aliases=dict(aliases), domains={name: dict(told) for name, told in domains.items()}
    )


def _domain_of(field: ET.Element) -> str:
    return field.findtext("DomainName") or field.findtext("Domain/DomainName") or ""


def _code(value: Any) -> str:  # noqa: ANN401  a cell
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _require_whole(path: Path) -> None:
    """Refuse an SQLite file that is shorter than its pages."""
    with path.open("rb") as file:
        head = file.read(100)
    page = int.from_bytes(head[16:18], "big")
    size = (65_536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    if head[24:28] != head[92:96]:
        size = 0  # written by a library that leaves the count of pages as it was
    if len(head) < 100 or path.stat().st_size < size:  # noqa: PLR2004  the header's length
        message = f"{path}: cannot be read: it is cut short: {path.stat().st_size:,} bytes, {size:,} are announced"
        raise LayerError(message)


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _require_small_values(path: Path, layer: str, most: int) -> None:
    """Refuse a table one of whose values is larger than the limit, without loading it."""
    with closing(_opened(path)) as database:
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, most)
        try:
            names = [row[1] for row in database.execute(f"PRAGMA table_info({_quoted(layer)})")]
            sums = ", ".join(f"max(length({_quoted(name)}))" for name in names)
            largest = database.execute(f"SELECT {sums} FROM {_quoted(layer)}").fetchone()  # noqa: S608  names are quoted
        except sqlite3.DataError:
            largest = (most + 1,)
        except sqlite3.Error as fault:
            message = f"{path}: cannot be read: {fault}"
            raise LayerError(message) from fault
    if max(filter(None, largest), default=0) > most:
        message = f"{path}: layer {layer} holds a value of more than {most:,} bytes (limits.attribute_bytes)"
        raise LayerError(message)


def _schema_of(path: Path, layer: str) -> tuple[int | None, dict[str, str], Domains]:
    """Return how many rows a layer says that it has, None where it does not; its aliases and its coded values."""
    rows: int | None = None
    aliases: dict[str, str] = {}
    domains: Domains = {}
    try:
        with closing(_opened(path)) as database:
            rows = _rows_said(database, layer)
            fields = database.execute(
                "SELECT column_name, name, title, constraint_name FROM gpkg_data_columns WHERE table_name = ?", (layer,)
            ).fetchall()
            for column, name, title, constraint in fields:
                alias = title or name
                if alias and alias != column:
                    aliases[column] = str(alias)
                if constraint:
                    values = database.execute(
                        "SELECT value, description FROM gpkg_data_column_constraints "
                        "WHERE constraint_name = ? AND constraint_type = 'enum'",
                        (constraint,),
                    ).fetchall()
                    if values:
                        domains[column] = {str(value): str(words or value) for value, words in values}
    except sqlite3.Error:
        return rows, {}, {}
    return rows, aliases, domains


def _rows_said(database: sqlite3.Connection, layer: str) -> int | None:
    """Return the count of rows that GDAL keeps beside a layer, which it takes for true; None where there is none."""
    try:
        found = database.execute(
            "SELECT feature_count FROM gpkg_ogr_contents JOIN gpkg_contents USING (table_name) "
            "WHERE table_name = ? AND data_type = 'features'",
            (layer,),
        ).fetchone()
    except sqlite3.Error:
        return None
    return found[0] if found is not None and isinstance(found[0], int) and found[0] >= 0 else None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
