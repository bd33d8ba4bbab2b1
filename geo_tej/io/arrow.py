"""Read polygons of a file batch by batch, as Arrow and WKB, without a frame and without the whole of it in memory."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from geo_tej.crs import parse
from geo_tej.errors import GeoTejError, LayerError, choices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyproj import CRS

PARQUET = (".parquet", ".geoparquet")
_BUFFER_BYTES = 1 << 22
_LONGITUDE_LATITUDE = "OGC:CRS84"
_ROWS = 1 << 15


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file of polygons before its rows are read: columns, number of rows, CRS, and bounds where it says them."""

    path: Path
    columns: tuple[str, ...]
    rows: int
    crs: CRS | None
    bounds: tuple[float, float, float, float] | None
    geometry: str
    encoding: str
    sublayer: str | None = None

    def lacks(self, column: str, *, ours: str) -> str | None:
        """Say that a column is not there, and which are; None where it is."""
        if column in self.columns:
            return None
        if not self.columns and not self.rows:
            return f"{self.path}: has no polygons"
        return f"{self.path}: there is no column {column!r} (for {ours}); {choices(column, self.columns)}"


def open_polygons(path: Path, *, sublayer: str | None = None, option: str = "--sublayer") -> Source:
    """Look at a vector file, and at one of its sublayers where it holds several; `option` is how that is named.

    Raises
    ------
    LayerError
        If there is no such file or sublayer, it is damaged or has no geometry, or which sublayer is meant is not said.
    """
    if not path.exists():
        message = f"{path}: there is no such file"
        raise LayerError(message)
    with _reading(path, sublayer):
        if path.suffix.lower() not in PARQUET:
            return _open_other(path, sublayer, option)
        if sublayer is not None:
            message = f"{path}: is Parquet, which holds no sublayers; leave out {option}"
            raise LayerError(message)
        return _open_parquet(path)


def batches(source: Source, columns: Sequence[str], *, rows: int = _ROWS) -> Iterator[pa.RecordBatch]:
    """Read columns and the geometry, as WKB in a column after them, some rows at a time.

    Raises
    ------
    LayerError
        If the file is damaged.
    """
    reader = _parquet_batches if source.path.suffix.lower() in PARQUET else _other_batches
    with _reading(source.path, source.sublayer):
        yield from reader(source, list(columns), rows)


@contextmanager
def _reading(path: Path, sublayer: str | None) -> Iterator[None]:
    try:
        yield
    except LayerError as fault:
        if fault.__cause__ is None:
            raise
        raise _explained(path, sublayer) from fault  # what it says are a library's words
    except (OSError, ValueError, KeyError, RuntimeError) as fault:
        raise _explained(path, sublayer) from fault


def _explained(path: Path, sublayer: str | None) -> LayerError:
    """Say of a file that cannot be read in batches what is said of it where layers are read whole."""
    from geo_tej.io.account import Ask  # noqa: PLC0415  only when something is already wrong
    from geo_tej.io.kinds import VECTORS  # noqa: PLC0415
    from geo_tej.io.reading import read_raw  # noqa: PLC0415

    try:
        kind = read_raw(path, Ask(sublayer=sublayer)).format
    except LayerError as told:
        return told
    except GeoTejError as told:
        return LayerError(str(told))
    return LayerError(f"{path}: is {VECTORS[kind]} of a kind that is not read in batches; save it as GeoPackage")


def _open_parquet(path: Path) -> Source:
    with pq.ParquetFile(path) as file:
        text = (file.schema_arrow.metadata or {}).get(b"geo")
        if text is None:
            message = f"{path}: has no geometry (it is Parquet, but not GeoParquet)"
            raise LayerError(message)
        geo = json.loads(text)
        name = geo["primary_column"]
        column = geo["columns"][name]
        crs = column.get("crs", _LONGITUDE_LATITUDE)
        return Source(
            path=path,
            columns=tuple(each for each in file.schema_arrow.names if each not in geo["columns"]),
            rows=file.metadata.num_rows,
            crs=None if crs is None else parse(crs, what=str(path)),
            bounds=_flat(column.get("bbox")),
            geometry=name,
            encoding=column.get("encoding", "WKB"),
        )


def _flat(bounds: Sequence[float] | None) -> tuple[float, float, float, float] | None:
    """Leave out heights."""
    if bounds is None:
        return None
    half = len(bounds) // 2
    return float(bounds[0]), float(bounds[1]), float(bounds[half]), float(bounds[half + 1])


def _parquet_batches(source: Source, columns: list[str], rows: int) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(source.path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=rows, columns=list(dict.fromkeys([*columns, source.geometry]))):
            geometry = batch.column(source.geometry)
            if isinstance(geometry, pa.ExtensionArray):
                geometry = geometry.storage
            if source.encoding != "WKB":
                geometry = _as_wkb(geometry, source.encoding)
            yield pa.RecordBatch.from_arrays(
                [*(batch.column(name) for name in columns), geometry], names=[*columns, "geometry"]
            )


def _as_wkb(geometry: pa.Array, encoding: str) -> pa.Array:
    """Turn coordinates in nested lists (GeoParquet's native encodings) into WKB."""
    import numpy as np  # noqa: PLC0415
    import shapely  # noqa: PLC0415

    kinds = {"polygon": shapely.GeometryType.POLYGON, "multipolygon": shapely.GeometryType.MULTIPOLYGON}
    if encoding not in kinds:
        message = f"only polygons have ground; its geometry is {encoding}"
        raise ValueError(message)
    missing = geometry.is_null().to_numpy(zero_copy_only=False)
    offsets: list[Any] = []
    inner = geometry
    while not pa.types.is_struct(inner.type):
        offsets.insert(0, inner.offsets.to_numpy() - inner.offsets[0].as_py())
        inner = inner.flatten()
    points = np.column_stack([inner.field(axis).to_numpy(zero_copy_only=False) for axis in ("x", "y")])
    drawn = shapely.from_ragged_array(kinds[encoding], points, tuple(offsets))
    return pa.array(np.where(missing, None, shapely.to_wkb(drawn)), type=pa.binary())


def _open_other(path: Path, sublayer: str | None, option: str) -> Source:
    import pyogrio  # noqa: PLC0415  not needed for Parquet

    from geo_tej.io.vector import choose_layer  # noqa: PLC0415  as pyogrio

    layer = choose_layer(path, sublayer, option=f"with {option}")
    info: dict[str, Any] = pyogrio.read_info(path, layer=layer, force_feature_count=True)
    if info["geometry_type"] is None:
        message = f"{path}: has no geometry"
        raise LayerError(message)
    return Source(
        path=path,
        columns=tuple(str(name) for name in info["fields"]),
        rows=int(info["features"]),
        crs=None if info["crs"] is None else parse(info["crs"], what=str(path)),
        bounds=_flat(info["total_bounds"]),
        geometry="",
        encoding="WKB",
        sublayer=layer,
    )


def _other_batches(source: Source, columns: list[str], rows: int) -> Iterator[pa.RecordBatch]:
    import pyogrio  # noqa: PLC0415  not needed for Parquet

    wanted = list(dict.fromkeys(columns))
    with pyogrio.open_arrow(source.path, layer=source.sublayer, columns=wanted, batch_size=rows, use_pyarrow=True) as (
        meta,
        reader,
    ):
        name = meta["geometry_name"] or "wkb_geometry"
        for batch in reader:
            geometry = batch.column(name)
            if isinstance(geometry, pa.ExtensionArray):
                geometry = geometry.storage
            yield pa.RecordBatch.from_arrays(
                [*(batch.column(each) for each in columns), geometry], names=[*columns, "geometry"]
            )
