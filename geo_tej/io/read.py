"""Read one file: polygons, lines, tables, rasters; repairs are told, what cannot be read says why."""

from __future__ import annotations

import hashlib
from io import StringIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo_tej.crs import likely, parse, require_metres, require_projected
from geo_tej.errors import CRSError, LayerError, ManifestError, choices
from geo_tej.io.repaired import mended
from geo_tej.model import Raster


def read_polygons(
    path: Path | str, *, crs: CRS | None = None, sublayer: str | None = None
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Read polygons of any vector file, reprojected to a CRS where one is given; also what was repaired.

    Raises
    ------
    LayerError
        If the file cannot be read.
    CRSError
        If it has no CRS, or one unfit for areas and none to go to.
    """
    frame = read_vector(Path(path), sublayer=sublayer)
    if crs is not None:
        frame = to_crs(frame, crs, what=str(path))
    else:
        require_projected(frame.crs, what=str(path), bounds=frame.total_bounds)
        require_metres(frame.total_bounds, frame.crs, what=str(path))
    repaired, remarks = repair(frame)
    return repaired, remarks


def read_vector(path: Path, *, sublayer: str | None = None, encoding: str | None = None) -> gpd.GeoDataFrame:
    """Read a vector file as it is.

    Raises
    ------
    LayerError
        If there is no such file, it is damaged, or has no geometry.
    """
    if not path.exists():
        message = f"{path}: there is no such file"
        raise LayerError(message)
    try:
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            frame = gpd.read_parquet(path)
        else:
            frame = gpd.read_file(path, layer=sublayer, encoding=encoding, engine="pyogrio")
    except Exception as fault:
        message = f"{path}: cannot be read: {_first_line(fault)}{_sublayers(path, sublayer)}"
        raise LayerError(message) from fault
    if not isinstance(frame, gpd.GeoDataFrame):
        message = f"{path}: has no geometry"
        raise LayerError(message)
    return frame


def read_table(path: Path, *, sublayer: str | None = None, encoding: str | None = None) -> pd.DataFrame:
    """Read a table of text cells from CSV (UTF-8 or GBK), XLSX, or the attributes of a vector file.

    Raises
    ------
    LayerError
        If there is no such file, or it is damaged.
    """
    if not path.exists():
        message = f"{path}: there is no such file"
        raise LayerError(message)
    try:
        if path.suffix.lower() == ".csv":
            text = _decode(path.read_bytes(), encoding)
            table = pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)
        elif path.suffix.lower() == ".xlsx":
            table = pd.read_excel(path, sheet_name=sublayer or 0, dtype=str, keep_default_na=False)
        else:
            table = pd.DataFrame(read_vector(path, sublayer=sublayer, encoding=encoding).drop(columns="geometry"))
    except LayerError:
        raise
    except Exception as fault:
        message = f"{path}: cannot be read: {_first_line(fault)}"
        raise LayerError(message) from fault
    return table.astype(object).where(table != "", None)


def read_raster(path: Path, *, band: int = 1, declared: str | None = None) -> Raster:
    """Read one band of a raster as float64 with NaN where it has no data; its CRS by the manifest's word or its own.

    Raises
    ------
    LayerError
        If there is no such file, it is damaged, or lacks the band.
    CRSError
        If it has no CRS.
    """
    import rasterio  # noqa: PLC0415  heavy; only projects with a raster need it
    from rasterio.errors import RasterioError  # noqa: PLC0415

    if not path.exists():
        message = f"{path}: there is no such file"
        raise LayerError(message)
    try:
        with rasterio.open(path) as source:
            if band > source.count:
                message = f"{path}: has {source.count} bands, not {band}"
                raise LayerError(message)
            values = source.read(band, masked=True).astype(np.float64).filled(np.nan)
            transform, crs = source.transform, source.crs
    except RasterioError as fault:
        message = f"{path}: cannot be read: {_first_line(fault)}"
        raise LayerError(message) from fault
    if declared is not None:
        return Raster(values=values, transform=transform, crs=parse(declared, what=str(path)))
    if crs is None:
        message = f'{path} has no coordinate reference system; declare it, like crs = "EPSG:4549"'
        raise CRSError(message)
    return Raster(values=values, transform=transform, crs=CRS.from_wkt(crs.to_wkt()))


def to_crs(frame: gpd.GeoDataFrame, crs: CRS, *, what: str, declared: str | None = None) -> gpd.GeoDataFrame:
    """Take a frame to the project's CRS, by the manifest's word or the file's.

    Raises
    ------
    CRSError
        If neither says what the coordinates are.
    """
    if declared is not None:
        frame = frame.set_crs(parse(declared, what=what), allow_override=True)
    if frame.crs is None:
        if not len(frame):
            return frame.set_crs(crs)
        message = f"{what} has no coordinate reference system; {likely(frame.total_bounds)}"
        raise CRSError(message)
    require_metres(frame.total_bounds, frame.crs, what=what)
    if frame.crs == crs:
        return frame
    moved = frame.to_crs(crs)
    astray = ~np.isfinite(shapely.bounds(moved.geometry.to_numpy())).all(axis=1)
    astray &= ~(frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    if astray.any():
        message = (
            f"{what}: {int(astray.sum())} of its {len(frame)} rows have no place in {crs.name}; "
            "the coordinates are not in the system that it, or the manifest, says"
        )
        raise CRSError(message)
    return moved


def repair(frame: gpd.GeoDataFrame, *, names: pd.Series | None = None) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return polygons that are valid, flat and nothing but polygons; and a line for each that was changed."""
    label = names if names is not None else pd.Series(frame.index, index=frame.index)
    geometry, remarks = mended(frame.geometry.to_numpy(), label)
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs)), remarks


def content_hash(frame: pd.DataFrame | None, raster: Raster | None = None) -> str:
    """Hash a layer's logical content: columns, values, WKB; or the cells and their place."""
    digest = hashlib.sha256()
    if raster is not None:
        digest.update(raster.values.tobytes())
        digest.update(repr(tuple(raster.transform)).encode())
    if frame is not None:
        attributes: Any = frame
        if isinstance(frame, gpd.GeoDataFrame):
            attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name))
            for shape in shapely.to_wkb(frame.geometry.to_numpy()):
                digest.update(len(shape or b"").to_bytes(8, "little") + (shape or b""))
        digest.update(attributes.astype(str).to_csv(index=True).encode())
    return digest.hexdigest()


def need_columns(frame: pd.DataFrame, mapping: dict[str, str], *, layer: str) -> None:
    """Refuse a mapping that names columns which the file lacks.

    Raises
    ------
    ManifestError
        Naming each such column, and the nearest that is there.
    """
    there = [str(column) for column in frame.columns]
    faults = [
        f"layer {layer}: the column {column!r} (for {name}) is not in the file; {choices(column, there)}"
        for name, column in mapping.items()
        if column not in there
    ]
    if faults and any("\x80" <= letter <= "\xff" for column in there for letter in column):
        faults.append(f'layer {layer}: its column names look garbled; declare their coding, like encoding = "GBK"')
    if faults:
        raise ManifestError("; ".join(faults))


def _decode(data: bytes, encoding: str | None) -> str:
    if encoding is not None:
        return data.decode(encoding)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _first_line(fault: Exception) -> str:
    return (str(fault).strip().splitlines() or [type(fault).__name__])[0]


def _sublayers(path: Path, sublayer: str | None) -> str:
    if sublayer is None:
        return ""
    try:
        names = [str(name) for name in gpd.list_layers(path)["name"]]
    except Exception:  # noqa: BLE001  only adds a hint to an error that is already being raised
        return ""
    return f" (sublayer {sublayer!r}; {choices(sublayer, names)})" if sublayer not in names else ""
