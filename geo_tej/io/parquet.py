"""GeoParquet, and plain Parquet tables; what it unpacks to is known before it is read."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from geo_tej.errors import LayerError
from geo_tej.i18n import Said
from geo_tej.io.account import Raw
from geo_tej.io.framing import framed
from geo_tej.io.vector import shapes_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo_tej.accounts import SetAside
    from geo_tej.io.account import Ask

_CODINGS = ("WKB", "wkb")
_BATCH = 65_536


def read_geoparquet(path: Path, ask: Ask, *, spatial: bool = True) -> Raw:
    """Read a GeoParquet file whose geometries are WKB; other encodings of GeoParquet 1.1 are left to GeoPandas.

    Raises
    ------
    LayerError
        If it is cut short, unpacks beyond the limit, or has no geometry.
    """
    try:
        file = pq.ParquetFile(path)
        _require_small(file, path, ask)
        geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}")) or _native(file, path)
        _require_geometry(geo, path, spatial=spatial)
        primary = str(geo.get("primary_column", "geometry"))
        told = geo.get("columns", {}).get(primary, {})
        if geo and told.get("encoding") not in _CODINGS:
            frame = gpd.read_parquet(path)
            ask.tell(len(frame), len(frame))
            return Raw(frame=frame, format="parquet", crs=frame.crs)
        return _of_wkb(file, primary if geo else None, told, ask)
    except LayerError:
        raise
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, AttributeError) as fault:
        message = f"{path}: cannot be read: {_damage(str(fault))}"
        raise LayerError(message) from fault


def _damage(said: str) -> str:
    """Say what Arrow found wrong with a file."""
    if "magic bytes" in said or "footer" in said.lower():
        return "it is cut short, or no Parquet to its end"
    return said.splitlines()[0][:150] if said else "it is damaged"


def _of_wkb(file: pq.ParquetFile, primary: str | None, told: dict[str, Any], ask: Ask) -> Raw:
    rows = file.metadata.num_rows
    columns = [name for name in file.schema_arrow.names if name not in _coverings(told)]
    unpacked, shapes = [], []
    closed: list[int] = []
    lost: list[SetAside] = []
    curved: list[int] = []
    done = 0
    for batch in _ahead(file.iter_batches(batch_size=_BATCH, columns=columns)):
        table = pa.Table.from_batches([batch])
        if primary is not None:
            made, shut, curves, faults = shapes_of(table.column(primary).to_numpy(), done)
            shapes.append(made)
            closed += shut
            lost += faults
            curved += curves
            table = table.drop_columns([primary])
        unpacked.append(table)
        done += table.num_rows
        ask.tell(done, rows)
    if curved:
        message = f"{len(curved)} of its geometries are curves, which GeoParquet does not have"
        raise ValueError(message)
    whole = pa.concat_tables(unpacked) if unpacked else file.schema_arrow.empty_table().select(columns)
    if primary is not None and primary in whole.column_names:
        whole = whole.drop_columns([primary])
    attributes = whole.to_pandas(integer_object_nulls=True)  # as floats, long ids would lose their last digits
    geometry = np.concatenate(shapes) if shapes else np.full(len(attributes), None, dtype=object)
    crs, remarks = _crs(told)
    frame = framed(attributes, geometry, crs)
    return Raw(
        frame=frame, format="parquet", crs=crs, closed=tuple(closed), set_aside=tuple(lost), remarks=tuple(remarks),
        crs_how="the file's word" if told.get("crs") else "as the format has it (OGC:CRS84)",
    )  # fmt: skip


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield batches while the next one is unpacked in another thread: pyarrow lets go of the lock."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _coverings(told: dict[str, Any]) -> set[str]:
    """Return the columns that only hold the bounds of each geometry, for those who look for places (GeoParquet 1.1)."""
    bounds = told.get("covering", {}).get("bbox", {})
    return {str(way[0]) for way in bounds.values() if way}


def _native(file: pq.ParquetFile, path: Path) -> dict[str, Any]:
    """Return what GeoParquet would say of a file that has Parquet's own type of geometry, nothing where it has none.

    Its CRS is OGC:CRS84 where left out, an SRID, a key of the file's metadata, or any other word for one
    (Parquet format 2.11, geospatial types).
    """
    found: dict[str, dict[str, Any]] = {}
    for place in range(len(file.schema)):
        column = file.schema.column(place)
        kind = json.loads(column.logical_type.to_json())
        if kind["Type"] in ("Geometry", "Geography"):
            word = kind.get("crs") or ""
            where, _, rest = word.partition(":")
            if where == "srid":
                word = f"EPSG:{rest}"
            elif where == "projjson":
                word = (file.schema_arrow.metadata or {}).get(rest.encode(), b"").decode()
            found[str(column.path)] = {"encoding": "WKB"} | ({"crs": word} if kind.get("crs") else {})
    if len(found) > 1:
        message = f"{path}: has {len(found)} columns of geometry ({', '.join(found)}) and does not say which is its own"
        raise LayerError(message)
    return {"primary_column": next(iter(found)), "columns": found} if found else {}


def _require_geometry(geo: object, path: Path, *, spatial: bool) -> None:
    if spatial and not geo:
        message = f"{path}: has no geometry: it is Parquet, but no GeoParquet"
        raise LayerError(message)


def _crs(told: dict[str, Any]) -> tuple[CRS | None, list[str]]:
    """Return the CRS of a geometry column: left out it is OGC:CRS84, null it is not known."""
    if "crs" not in told:
        return CRS("OGC:CRS84"), []
    if told["crs"] is None:
        return None, []
    try:
        return CRS.from_user_input(told["crs"]), []
    except ProjError:
        return None, [Said("坐标系无法识别", "its coordinate reference system cannot be read")]


def _require_small(file: pq.ParquetFile, path: Path, ask: Ask) -> None:
    size = sum(file.metadata.row_group(group).total_byte_size for group in range(file.num_row_groups))
    if size > ask.limits.unpacked_bytes:
        message = f"{path}: unpacks to {size:,} bytes, more than {ask.limits.unpacked_bytes:,} (limits.unpacked_bytes)"
        raise LayerError(message)
