"""Rasters: one band, in memory, within the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine
from pyproj import CRS

from geo_tej.crs import parse
from geo_tej.errors import CRSError, LayerError
from geo_tej.i18n import Said
from geo_tej.io.account import LIMITS, Ask, Limits
from geo_tej.io.archives import at_hand
from geo_tej.io.kinds import VECTORS
from geo_tej.model import Raster

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_DRIVERS = ("GTiff", "COG", "AAIGrid", "HFA", "PNG", "JPEG", "netCDF", "HDF5", "GRIB")
_WORLD_NUMBERS = 6
_SAME_CELL = 1e-3
"""World files are written with few digits: within this share of a cell they say the same."""


def read_raster(
    path: Path | str, *, band: int = 1, declared: str | None = None, limits: Limits = LIMITS, remote: bool = False
) -> Raster:
    """Read one band of a raster as float64 with NaN where it has no data; its CRS by the manifest's word or its own.

    Raises
    ------
    LayerError
        If there is no such file, it is damaged, no raster, larger than the limit, or lacks the band.
    CRSError
        If it has no CRS.
    """
    with at_hand(path, Ask(limits=limits), remote=remote) as (local, kind):
        if kind != "raster":
            message = f"{path}: cannot be read: it is no raster, but {VECTORS.get(kind, kind)}"
            raise LayerError(message)
        return _read(local, path, band, declared, limits)


def _read(local: Path, path: Path | str, band: int, declared: str | None, limits: Limits) -> Raster:
    import rasterio  # noqa: PLC0415  heavy; only projects with a raster need it
    from rasterio.errors import RasterioError  # noqa: PLC0415

    try:
        with rasterio.open(local) as source:
            _require_fit(source, path, band, limits)
            values = measured(source.read(band, masked=True), source, band)
            transform, crs = source.transform, source.crs
    except LayerError:
        raise
    except (RasterioError, ValueError, MemoryError) as fault:
        message = f"{path}: cannot be read: {(str(fault).splitlines() or [type(fault).__name__])[0]}"
        raise LayerError(message) from fault
    if declared is not None:
        return Raster(values=values, transform=transform, crs=parse(declared, what=str(path)))
    if crs is None:
        message = f'{path} has no coordinate reference system; declare it, like crs = "EPSG:4549"'
        raise CRSError(message)
    return Raster(values=values, transform=transform, crs=CRS.from_wkt(crs.to_wkt()))


def measured(cells: Any, source: Any, band: int) -> NDArray[np.float64]:  # noqa: ANN401  of rasterio
    """Return stored numbers, masked where there are none, as what they stand for, and NaN where there are none.

    Many rasters keep whole numbers with a scale and an offset.
    """
    scale, offset = float(source.scales[band - 1]), float(source.offsets[band - 1])
    values: NDArray[np.float64] = np.ma.filled(cells.astype(np.float64), np.nan)
    return values if (scale, offset) == (1.0, 0.0) else values * scale + offset


def _require_fit(source: Any, path: Path | str, band: int, limits: Limits) -> None:  # noqa: ANN401  of rasterio
    """Refuse what is no raster that is read, lacks the band, or is too large."""
    message = None
    if source.driver not in _DRIVERS:
        message = f"{path}: cannot be read: {source.driver} is no raster that is read"
    elif not source.count and source.subdatasets:
        message = f"{path}: holds {len(source.subdatasets)} grids side by side; save the one that is meant as GeoTIFF"
    elif band > source.count:
        message = f"{path}: has {source.count} bands, not {band}"
    elif source.width * source.height > limits.raster_cells:
        message = f"{path}: has {source.width:,} x {source.height:,} cells, too many (limits.raster_cells)"
    if message is not None:
        raise LayerError(message)
    require_placed(source, path)


def require_placed(source: Any, path: Path | str) -> None:  # noqa: ANN401  of rasterio
    """Refuse a raster of which nothing says where its cells lie: it would be read at 0, 0.

    Raises
    ------
    LayerError
        If it has no geotransform, no world file, or only ground control points.
    """
    if source.transform.is_identity:
        how = "only by ground control points" if source.gcps[0] else "by nothing (no geotransform, no world file)"
        message = f"{path}: its cells are placed {how}; warp it to a grid in a projected system"
        raise LayerError(message)


def world_file_told(path: Path, transform: Affine) -> tuple[Said, ...]:
    """Say where a world file beside a raster places it elsewhere than the file itself does, whose word is taken.

    A world file names the middle of the first cell, a transform its corner: taken for each other they lie half a cell
    apart (ESRI world file).
    """
    for suffix in (".tfw", ".tifw", ".tiffw", ".wld"):
        beside = path.with_suffix(suffix)
        try:
            told = [float(line) for line in beside.read_text(encoding="ascii").split()]
        except (OSError, ValueError):
            continue
        if len(told) != _WORLD_NUMBERS:
            continue
        a, d, b, e, x, y = told
        corner = Affine(a, b, x - (a + b) / 2, d, e, y - (d + e) / 2)
        away = max(abs(one - other) for one, other in zip(corner[:6], transform[:6], strict=True))
        if away > abs(transform.a) * _SAME_CELL:
            shift = float(np.hypot(corner.c - transform.c, corner.f - transform.f))
            return (
                Said(
                    f"坐标文件 {beside.name} 与栅格自身的定位不一致（首角相差 {shift:,.2f} 米），以栅格自身为准",
                    f"the world file {beside.name} does not place it as the raster itself does "
                    f"(first corner {shift:,.2f} m away); the raster's own word is taken",
                ),
            )
    return ()
