"""What GDAL reads in bulk (GeoPackage, Shapefile, geodatabase, FlatGeobuf); what it refuses is rescued."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyogrio import raw as ogr
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from geo_tej.accounts import SetAside
from geo_tej.crs import FULL_CIRCLE_DEG
from geo_tej.encoding import judge
from geo_tej.errors import EncodingError, LayerError, choices
from geo_tej.i18n import Said
from geo_tej.io.account import Raw
from geo_tej.io.framing import framed
from geo_tej.io.rescue import by_fiona

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from geo_tej.io.account import Ask

CURVE_TOLERANCE_M = 0.001
_ARC_STEP_DEG = "0.02"
"""Chords of this angle stay within 1 mm of arcs of up to 65 km radius; points not needed for that are dropped."""
_CURVE_LOST = Said("逐条读取的记录中的曲线", "a curve in a record that had to be rescued")
_DEGREES = CRS(4326)
_EARTH_RADIUS_M = 6_371_000.0
_BATCH = 65_536
_PIECE = 1_000
"""How many records are tried at once when a bulk read was refused, before they are halved."""
_WARNINGS = 5
_MOST_LOST = 0.1
"""A file of which more than this share of records cannot be rescued is damaged as a whole."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Attributes and geometries as read, and what had to be done to them."""

    attributes: pd.DataFrame
    geometry: NDArray[np.object_]
    crs: str | None = None
    closed: tuple[int, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    remarks: tuple[str, ...] = ()
    curved: tuple[int, ...] = ()


def read_gdal(  # noqa: PLR0913  what GDAL has to be told
    path: Path,
    kind: str,
    ask: Ask,
    *,
    encoding: str = "UTF-8",
    spatial: bool = True,
    deleted: int = 0,
    said: int | None = None,
) -> Raw:
    """Read one layer of a file that GDAL knows, with every row it holds but those that are marked as deleted.

    `said` is how many rows the layer named says that it has; where that is known, the file need not be opened twice.

    Raises
    ------
    LayerError
        If GDAL cannot open it, it holds several layers and none is named, or fewer rows come than it says it has.
    """
    with _heard() as told:
        layer, info = ask.sublayer, None
        if layer is None or said is None or not spatial:
            layer, info = _chosen(path, layer, encoding, spatial=spatial)
            said = int(info["features"])
            if spatial and info.get("geometry_type") is None:
                message = f"{path}: has no geometry"
                raise LayerError(message)
        try:
            rows = _in_bulk(path, layer, encoding, ask, said)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.GeometryError, pyogrio.errors.FeatureError,
                pyogrio.errors.FieldError, pa.ArrowException, OSError, ValueError, RuntimeError) as fault:  # fmt: skip
            if isinstance(fault, EncodingError):
                message = f"{path}: {fault}"
                raise LayerError(message) from fault
            info = info or _info(path, layer, encoding)
            rows = _rescued(path, layer, encoding, info, fault)
    if said > len(rows.attributes) + deleted:
        message = f"{path}: says that it has {said:,} rows, but {len(rows.attributes):,} can be read: it is damaged"
        raise LayerError(message)
    crs, undefined = _crs((info or {}).get("crs") or rows.crs)
    frame = framed(rows.attributes, rows.geometry, crs)
    remarks = [*undefined, *rows.remarks, *_distinct(told)]
    if rows.curved:
        remarks.append(chord_words(len(rows.curved)))
    return Raw(
        frame=frame, format=kind, crs=crs, remarks=tuple(remarks), set_aside=rows.set_aside, closed=rows.closed
    )  # fmt: skip


def chord_words(rows: int) -> Said:
    """Say that curves were drawn as chords, and how near."""
    mm = f"{CURVE_TOLERANCE_M * 1000:.0f}"
    return Said(
        f"{rows} 行的曲线以弦代替，偏差不超过 {mm} 毫米", f"curves of {rows} rows are drawn as chords within {mm} mm"
    )


def choose_layer(path: Path, sublayer: str | None, *, spatial: bool = True, option: str = "as sublayer") -> str:
    """Return the name of the layer meant: the one named, or the only one; `option` is how one is named.

    Raises
    ------
    LayerError
        If the file cannot be opened, has no such layer, or has several and none is named.
    """
    listed = _listed(path)
    names = [str(name) for name, _ in listed]
    if sublayer is not None:
        if sublayer not in names:
            message = f"{path}: has no sublayer {sublayer!r}; {choices(sublayer, names)}"
            raise LayerError(message)
        return sublayer
    meant = [str(name) for name, kind in listed if kind is not None] if spatial else names
    if not meant:
        message = f"{path}: has no geometry" if names else f"{path}: holds no layer"
        raise LayerError(message)
    if len(meant) > 1:
        message = f"{path}: holds {len(meant)} layers; say which {option}: {choices('', meant)}"
        raise LayerError(message)
    return meant[0]


def _chosen(path: Path, sublayer: str | None, encoding: str, *, spatial: bool) -> tuple[str, dict[str, Any]]:
    """Return the name of the layer meant, as `choose_layer` does, and what GDAL says of it.

    A layer that is named and there is found without a list of all.
    """
    if sublayer is not None:
        try:
            info = _info(path, sublayer, encoding)
        except LayerError:
            return choose_layer(path, sublayer, spatial=spatial), _info(path, sublayer, encoding)
        if info["layer_name"] == sublayer:
            return sublayer, info
    layer = choose_layer(path, sublayer, spatial=spatial)
    return layer, _info(path, layer, encoding)


def layer_names(path: Path) -> list[str]:
    """Return the names of the layers of a file.

    Raises
    ------
    LayerError
        If it cannot be opened.
    """
    return [str(name) for name, _ in _listed(path)]


def _listed(path: Path) -> list[tuple[str, str | None]]:
    try:
        with _heard():
            return [(name, kind) for name, kind in pyogrio.list_layers(path)]
    except (pyogrio.errors.DataSourceError, RuntimeError, ValueError, OSError) as fault:
        message = f"{path}: cannot be read: {first_line(fault)}"
        raise LayerError(message) from fault


def first_line(fault: Exception) -> str:
    """Return what an error says in its first line."""
    return (str(fault).strip().splitlines() or [type(fault).__name__])[0]


@contextmanager
def configured(**options: str) -> Iterator[None]:
    """Set options of GDAL for a while."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in options}
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Keep what GDAL warns of, instead of losing or raising it."""
    told: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield told
        told += [str(warning.message).strip() for warning in caught]


def _distinct(told: Sequence[str]) -> list[str]:
    distinct = [f"GDAL: {words}" for words in dict.fromkeys(told)]
    more = len(distinct) - _WARNINGS
    return distinct[:_WARNINGS] + ([f"GDAL: and {more} more warnings"] if more > 0 else [])


def _info(path: Path, layer: str, encoding: str) -> dict[str, Any]:
    try:
        return dict(pyogrio.read_info(path, layer=layer, encoding=encoding, force_feature_count=True))
    except (pyogrio.errors.DataSourceError, RuntimeError, ValueError, OSError) as fault:
        message = f"{path}: cannot be read: {first_line(fault)}"
        raise LayerError(message) from fault


def _in_bulk(path: Path, layer: str, encoding: str, ask: Ask, features: int) -> Rows:
    """Read in batches of Arrow; geometries that cannot be made are closed, drawn as chords, or set aside."""
    attributes: list[pa.RecordBatch] = []
    shapes: list[NDArray[np.object_]] = []
    closed: list[int] = []
    curved: list[int] = []
    lost: list[SetAside] = []
    fids: list[NDArray[np.int64]] = []
    done = 0
    with pyogrio.open_arrow(
        path, layer=layer, encoding=encoding, use_pyarrow=True, batch_size=_BATCH, return_fids=True
    ) as (meta, reader):
        column = meta["geometry_name"] or "wkb_geometry"
        for batch in reader:
            fid = meta["fid_column"] or "OGC_FID"
            fids.append(batch.column(fid).to_numpy(zero_copy_only=False) if fid in batch.schema.names else np.array([]))
            if column in batch.schema.names:
                written = batch.column(column).to_numpy(zero_copy_only=False)
                made, shut, curves, faults = shapes_of(written, done)
                shapes.append(made)
                closed += shut
                curved += curves
                lost += faults
            else:
                shapes.append(np.full(batch.num_rows, None, dtype=object))
            kept = [name for name in batch.schema.names if name not in (column, fid)]
            attributes.append(batch.select(kept))
            done += batch.num_rows
            ask.tell(done, features)
        schema = reader.schema
    names = [name for name in schema.names if name not in (column, meta["fid_column"] or "OGC_FID")]
    schema = pa.schema([schema.field(name) for name in names])
    table, remarks = _attributes(pa.Table.from_batches(attributes, schema=schema), done, ask)
    geometry = np.concatenate(shapes) if shapes else np.array([], dtype=object)
    if curved:
        numbers = np.concatenate(fids)
        geometry = chords(path, layer, geometry, curved, numbers, ask.crs or _crs(meta["crs"])[0])
    return Rows(
        attributes=table, geometry=geometry, crs=meta["crs"], closed=tuple(closed), set_aside=tuple(lost),
        remarks=tuple(remarks), curved=tuple(curved),
    )  # fmt: skip


def shapes_of(
    written: NDArray[np.object_], first: int = 0
) -> tuple[NDArray[np.object_], list[int], list[int], list[SetAside]]:
    """Make geometries of WKB; return them, the positions of those that were closed or are curves, and what was lost.

    `first` is the position of the first of them.
    """
    try:
        return shapely.from_wkb(written), [], [], []
    except (shapely.errors.GEOSException, NotImplementedError, ValueError, TypeError):
        pass
    made = np.full(len(written), None, dtype=object)
    closed, curved, lost = [], [], []
    for place, wkb in enumerate(written):
        if wkb is None:
            continue
        try:
            made[place] = shapely.from_wkb(wkb)
        except NotImplementedError:
            curved.append(first + place)
        except (shapely.errors.GEOSException, ValueError, TypeError) as fault:
            mended = _closed(wkb)
            if mended is None:
                lost.append(SetAside(row=first + place + 1, reason=first_line(fault), geometry=bytes(wkb[:2000]).hex()))
            else:
                made[place] = mended
                closed.append(first + place)
    return made, closed, curved, lost


def _closed(wkb: bytes) -> shapely.Geometry | None:
    """Make a geometry whose rings are not closed, by closing them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return shapely.from_wkb(wkb, on_invalid="fix")
        except (shapely.errors.GEOSException, ValueError, TypeError):
            return None


def unit_m(crs: CRS | None) -> float:
    """Return how many metres a unit of a CRS is, a degree taken along a meridian; 1 where there is none."""
    if crs is None or not crs.axis_info:
        return 1.0
    unit = float(crs.axis_info[0].unit_conversion_factor)
    return unit * _EARTH_RADIUS_M if crs.is_geographic else unit


def chords(  # noqa: PLR0913  which records of what, and how near
    path: Path,
    layer: str,
    geometry: NDArray[np.object_],
    curved: Sequence[int],
    fids: NDArray[np.int64] | None,
    crs: CRS | None,
) -> NDArray[np.object_]:
    """Draw curves as chords, within a millimetre; numbers of no CRS that can be degrees are taken for degrees.

    Without `fids`, the numbers of all records in their order, the file is asked for them.
    """
    if fids is None:
        _, fids, _, _ = ogr.read(path, layer=layer, columns=[], read_geometry=False, return_fids=True)
    with configured(OGR_ARC_STEPSIZE=_ARC_STEP_DEG):
        for start in range(0, len(curved), _PIECE):
            places = np.array(curved[start : start + _PIECE])
            _, numbers, written, _ = ogr.read(
                path, layer=layer, columns=[], fids=fids[places], return_fids=True, force_2d=True
            )
            drawn = shapely.from_wkb(written)
            small = crs is None and np.nanmax(np.abs(shapely.total_bounds(drawn))) <= FULL_CIRCLE_DEG
            tolerance = CURVE_TOLERANCE_M / unit_m(_DEGREES if small else crs)
            drawn = shapely.simplify(drawn, tolerance / 2, preserve_topology=True)
            order = {int(number): place for place, number in enumerate(numbers)}
            geometry[places] = [drawn[order[int(fid)]] for fid in fids[places]]
    return geometry


def _attributes(table: pa.Table, rows: int, ask: Ask) -> tuple[pd.DataFrame, list[str]]:
    """Return attributes as a frame; text that is not UTF-8 is decoded as it was declared, or as can be told."""
    remarks: list[str] = []
    columns: dict[str, Any] = {}
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            try:
                column.validate(full=True)
            except pa.ArrowInvalid:
                cells = column.cast(pa.binary()).to_pylist()
                coding = judge(b"\n".join(filter(None, cells)), declared=ask.encoding, language=ask.language)
                said = f"{name}: its text is not UTF-8, as the format demands; read as {coding.name}"
                remarks.append(Said(f"{name}：文字不是该格式规定的 UTF-8，按 {coding.name} 读取", said))
                columns[name] = pd.Series(
                    [cell if cell is None else cell.decode(coding.name) for cell in cells], dtype=object
                )
                continue
        columns[name] = column.to_pandas(integer_object_nulls=True)  # as floats, long ids would lose their last digits
    return pd.DataFrame(columns, index=pd.RangeIndex(rows)), remarks


def _rescued(path: Path, layer: str, encoding: str, info: Mapping[str, Any], fault: Exception) -> Rows:
    """Read record by record where a bulk read is refused: by feature id, with fiona, else the record is set aside."""
    fids = _fids(path, layer, int(info["features"]))
    records: dict[int, tuple[list[Any], bytes | None]] = {}
    reasons: dict[int, str] = {}
    fields = [str(name) for name in info["fields"]]
    pieces = [fids[start : start + _PIECE] for start in range(0, len(fids), _PIECE)]
    while pieces:
        piece = pieces.pop()
        try:
            _, numbers, written, data = ogr.read(path, layer=layer, encoding=encoding, fids=piece, return_fids=True)
            if len(numbers) != len(piece):
                raise ValueError("a record did not come")  # noqa: EM101, TRY301  handled as any refusal, just below
        except (pyogrio.errors.DataSourceError, pyogrio.errors.GeometryError, pyogrio.errors.FeatureError,
                pyogrio.errors.FieldError, OSError, ValueError, RuntimeError) as refused:  # fmt: skip
            if len(piece) > 1:
                middle = len(piece) // 2
                pieces += [piece[:middle], piece[middle:]]
                continue
            number = int(piece[0])
            other = by_fiona(path, layer, number, fields)
            if other is None:
                reasons[number] = first_line(refused)
            else:
                records[number] = other
        else:
            for place, number in enumerate(numbers):
                records[int(number)] = (
                    [column[place] for column in data],
                    written[place] if written is not None else None,
                )
    if not records or len(reasons) > max(1, _MOST_LOST * len(fids)):
        lost = f" ({len(reasons):,} of {len(fids):,} records cannot be read)" if records else ""
        message = f"{path}: cannot be read: {first_line(fault)}{lost}"
        raise LayerError(message) from fault
    return _joined(fids, fields, records, reasons, fault)


def _joined(
    fids: NDArray[np.int64],
    fields: Sequence[str],
    records: Mapping[int, tuple[list[Any], bytes | None]],
    reasons: Mapping[int, str],
    fault: Exception,
) -> Rows:
    """Put rescued records together, those that were lost in their places without anything."""
    empty: tuple[list[Any], bytes | None] = ([None] * len(fields), None)
    rows = [records.get(int(fid), empty) for fid in fids]
    written = np.empty(len(rows), dtype=object)
    written[:] = [wkb for _, wkb in rows]
    geometry, closed, curved, lost = shapes_of(written)
    lost += [SetAside(row=place + 1, reason=reasons[int(fid)]) for place, fid in enumerate(fids) if int(fid) in reasons]
    lost += [SetAside(row=place + 1, reason=_CURVE_LOST) for place in curved]
    table = pd.DataFrame([cells for cells, _ in rows], columns=list(fields), index=pd.RangeIndex(len(rows)))
    why = first_line(fault)
    said = Said(
        f"无法整体读取（{why}），已逐条读取，{len(rows)} 条中缺 {len(reasons)} 条",
        f"a bulk read was refused ({why}); read record by record, {len(reasons)} of {len(rows)} lost",
    )
    return Rows(attributes=table, geometry=geometry, closed=tuple(closed), set_aside=tuple(lost), remarks=(said,))


def _fids(path: Path, layer: str, features: int) -> NDArray[np.int64]:
    try:
        _, fids, _, _ = ogr.read(path, layer=layer, columns=[], read_geometry=False, return_fids=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, OSError, ValueError, RuntimeError):
        return np.arange(features, dtype=np.int64)
    return np.asarray(fids)


@lru_cache(maxsize=64)
def _crs(written: str | None) -> tuple[CRS | None, tuple[str, ...]]:
    """Return a file's CRS, None where it has none or says that it is undefined."""
    if not written:
        return None, ()
    try:
        crs = CRS.from_user_input(written)
    except ProjError:
        said = f"its coordinate reference system cannot be read: {written[:60]!r}"
        return None, (Said(f"坐标系无法识别：{written[:60]!r}", said),)
    if "undefined" in crs.name.lower() or not (crs.is_projected or crs.is_geographic or crs.is_compound):
        said = f"its coordinate reference system is {crs.name!r}, which says nothing"
        return None, (Said(f"坐标系写作 {crs.name!r}，等于未注明", said),)
    return crs, ()
