"""Rasters read by the window, so that size does not matter, and shapes that a programme names."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
import rasterio.shutil
import shapely
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from geo_tej.crs import require_projected
from geo_tej.errors import CRSError, LayerError, OutputError
from geo_tej.io.raster import measured, require_placed
from geo_tej.io.reading import read_layer
from geo_tej.model import Raster

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

    from geo_tej.grid import Grid
    from geo_tej.model import Project
    from geo_tej.siting.nouns import Ground

CACHE_MB = 128
"""What GDAL may keep in memory; its own share of the machine would be gigabytes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """A raster that is read by the window: in memory, or a file in the project's system or brought to it."""

    name: str
    crs: CRS
    bounds: tuple[float, float, float, float]
    cell_m: float
    raster: Raster | None = None
    path: Path | None = None
    band: int = 1
    remark: str = ""


def open_cells(ground: Ground, project: Project, folder: Path) -> Cells:
    """Return the raster that a programme names, not yet read.

    A file in another projected system is brought to the project's, which `remark` says.

    Raises
    ------
    LayerError
        If it cannot be read, has no such band, or is a turned grid.
    CRSError
        If it has no system, or one in degrees.
    """
    if ground.layer is not None:
        layer = project.layers[ground.layer]
        if layer.raster is None:
            message = f"{ground.name}: has no cells"
            raise LayerError(message)
        raster = layer.raster
        rows, columns = raster.values.shape
        return Cells(
            name=ground.name, crs=raster.crs, cell_m=abs(raster.transform.a), raster=raster,
            bounds=rasterio.transform.array_bounds(rows, columns, raster.transform),
        )  # fmt: skip
    path = folder / str(ground.path)
    with _opened(path) as source:
        if not 1 <= ground.band <= source.count:
            message = f"{path}: has no band {ground.band}, only {source.count}"
            raise LayerError(message)
        require_placed(source, path)
        from pyproj import CRS as Crs  # noqa: PLC0415, N811  only for a file

        own = Crs.from_wkt(source.crs.to_wkt()) if source.crs else None
        require_projected(own, what=str(path), bounds=source.bounds)
        if source.transform.b or source.transform.d:
            message = f"{path}: is a turned grid; warp it so that its rows run east"
            raise LayerError(message)
        same = own is not None and own.equals(project.crs, ignore_axis_order=True)
        with _in(source, project.crs, same=same) as placed:
            return Cells(
                name=str(ground.path), crs=project.crs, cell_m=abs(placed.transform.a), path=path, band=ground.band,
                bounds=tuple(placed.bounds), remark="" if same else f"brought from {own.name if own else ''}",
            )  # fmt: skip


def read_cells(cells: Cells, bounds: Sequence[float], *, margin: int = 2) -> Raster:
    """Return the cells around bounds, with so many more on each side, NaN where there is no data.

    Where the raster does not reach, the cells are fewer; there may be none at all.
    """
    west, south, east, north = bounds
    if cells.raster is not None:
        place = cells.raster.transform
        rows, columns = cells.raster.values.shape
        first, stop, top, bottom = _span(place, (west, south, east, north), margin, rows, columns)
        return replace(
            cells.raster,
            values=cells.raster.values[top:bottom, first:stop],
            transform=place * rasterio.Affine.translation(first, top),
        )
    with _opened(Path(str(cells.path))) as source:
        same = not cells.remark
        with _in(source, cells.crs, same=same) as placed:
            first, stop, top, bottom = _span(
                placed.transform, (west, south, east, north), margin, placed.height, placed.width
            )
            window = Window(first, top, stop - first, bottom - top)
            if stop <= first or bottom <= top:
                values = np.empty((0, 0))
            else:
                read = placed.read(cells.band, window=window, masked=True)
                values = measured(read, source, cells.band)
            return Raster(
                values=values,
                transform=placed.transform * rasterio.Affine.translation(first, top),
                crs=cells.crs,
            )


def shapes_of(ground: Ground, project: Project, folder: Path) -> NDArray[np.object_]:
    """Return the shapes that a programme names, to their edge: lines with a half-width are as wide as they are.

    Raises
    ------
    LayerError
        If the file cannot be read or has no such column.
    """
    if ground.layer is not None:
        frame = project.layers[ground.layer].frame
        if frame is None:
            message = f"{ground.name}: has no shapes"
            raise LayerError(message)
    else:
        path = folder / str(ground.path)
        read = read_layer(
            path,
            sublayer=ground.sublayer,
            to=project.crs,
            language=project.language,
            only_polygons=False,
            what=str(path),
        )
        if read.account.set_aside:
            lost = read.account.set_aside[0]
            message = f"{path}: {len(read.account.set_aside)} rows cannot be used, like row {lost.row}: {lost.reason}"
            raise LayerError(message)
        frame = read.frame
    if ground.classes:
        column = ground.column or ("zone_class" if "zone_class" in frame else "class")
        if column not in frame:
            message = f"{ground.name}: there is no column {column!r} with the classes {', '.join(ground.classes)}"
            raise LayerError(message)
        frame = frame[frame[column].astype(str).isin(ground.classes)]
    geometry = frame.geometry.to_numpy()
    present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    shapes = shapely.make_valid(geometry[present])
    if "half_width_m" in frame:
        wide = frame["half_width_m"].to_numpy(float)[present]
        lines = (shapely.get_dimensions(shapes) < 2) & (np.nan_to_num(wide) > 0)  # noqa: PLR2004  no polygon yet
        shapes[lines] = shapely.buffer(shapes[lines], wide[lines], quad_segs=32)
    return np.asarray(shapes)


@contextmanager
def written_cells(path: Path, grid: Grid, *, bands: int, dtype: str, nodata: float) -> Iterator[Any]:
    """Give a raster to write windows to; when all went well it becomes a cloud-optimised GeoTIFF at the path.

    The value given has `write(array, band, row, column)` and `tag(band=None, **tags)`.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    beside = path.with_name(f".{path.name}.part.tif")
    profile = {
        "driver": "GTiff", "width": grid.columns, "height": grid.rows, "count": bands, "dtype": dtype,
        "nodata": nodata, "crs": grid.crs.to_wkt(), "transform": grid.transform, "tiled": True, "blockxsize": 512,
        "blockysize": 512, "compress": "deflate", "zlevel": 1, "bigtiff": "if_safer",
    }  # fmt: skip
    with rasterio.Env(GDAL_CACHEMAX=CACHE_MB):
        try:
            with rasterio.open(beside, "w", **profile) as target:
                yield _Windows(target)
            rasterio.shutil.copy(
                beside, path, driver="COG", compress="deflate", blocksize=512, predictor="yes",
                overview_resampling="nearest" if dtype.startswith("uint") else "average", bigtiff="if_safer",
            )  # fmt: skip
        except RasterioError as fault:
            message = f"{path}: cannot be written: {fault}"
            raise OutputError(message) from fault
        finally:
            beside.unlink(missing_ok=True)


class _Windows:
    """A raster being written."""

    def __init__(self, target: Any) -> None:  # noqa: ANN401  rasterio's
        self._target = target

    def write(self, array: NDArray[Any], band: int, row: int, column: int) -> None:
        """Write a window."""
        rows, columns = array.shape
        self._target.write(array, band, window=Window(column, row, columns, rows))

    def tag(self, tags: Mapping[str, str], *, band: int = 0) -> None:
        """Write tags of the file, or of a band."""
        self._target.update_tags(band, **tags)

    def describe(self, band: int, words: str) -> None:
        """Say what a band holds."""
        self._target.set_band_description(band, words)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with rasterio.Env(GDAL_CACHEMAX=CACHE_MB), rasterio.open(path) as source:
            yield source
    except RasterioError as fault:
        message = f"{path}: cannot be read as a raster: {fault}"
        raise LayerError(message) from fault


@contextmanager
def _in(source: Any, crs: CRS, *, same: bool) -> Iterator[Any]:  # noqa: ANN401  rasterio's
    if same:
        yield source
        return
    try:
        with WarpedVRT(source, crs=crs.to_wkt(), resampling=Resampling.nearest) as placed:
            yield placed
    except RasterioError as fault:
        message = f"{source.name}: cannot be brought to {crs.name}: {fault}"
        raise CRSError(message) from fault


def _span(
    place: rasterio.Affine, bounds: Sequence[float], margin: int, rows: int, columns: int
) -> tuple[int, int, int, int]:
    """Return the first and last column and row around bounds, within the raster."""
    west, south, east, north = bounds
    left, right = sorted([(west - place.c) / place.a, (east - place.c) / place.a])
    up, down = sorted([(north - place.f) / place.e, (south - place.f) / place.e])
    first, top = max(0, math.floor(left) - margin), max(0, math.floor(up) - margin)
    stop, bottom = min(columns, math.ceil(right) + margin), min(rows, math.ceil(down) + margin)
    return min(first, columns), max(stop, min(first, columns)), min(top, rows), max(bottom, min(top, rows))
