"""Rasters onto a grid: said when they do not line up, and never a number where there was none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import rasterio.warp

from geo_tej.crs import require_same

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.grid.cells import Grid
    from geo_tej.model import Raster

WHOLE = 1e-6
"""How far, in cells, the lines of two grids may be apart and still be the same."""


def lines_up(raster: Raster, grid: Grid) -> bool:
    """Say whether the cells of a raster are cells of the grid, so that nothing needs to be resampled."""
    place = raster.transform
    if place.b or place.d or abs(place.a - grid.cell_m) > WHOLE or abs(place.e + grid.cell_m) > WHOLE:
        return False
    offsets = np.array([(place.c - grid.west) / grid.cell_m, (place.f - grid.north) / grid.cell_m])
    return bool((np.abs(offsets - np.round(offsets)) < WHOLE).all())


def align(
    raster: Raster, grid: Grid, *, resampling: Literal["nearest", "bilinear", "average"] = "bilinear"
) -> NDArray[np.floating]:
    """Return a raster's values on the cells of a grid, as precise as they are, NaN where it has none or does not reach.

    Cells that line up are taken as they are; others are resampled as asked. Beside a cell without data `bilinear` has
    none either: what is between a number and nothing is not known. `average` weighs cells by the share they cover.

    >>> from affine import Affine
    >>> from pyproj import CRS
    >>> from geo_tej.grid.cells import Grid
    >>> from geo_tej.model import Raster
    >>> coarse = Raster(values=np.array([[0.0, 20, np.nan]]), transform=Affine(20, 0, 0, 0, -20, 20), crs=CRS(4549))
    >>> grid = Grid(west=0, north=20, cell_m=10, rows=1, columns=7, crs=CRS(4549))
    >>> align(coarse, grid).tolist(), align(coarse, grid, resampling="nearest").tolist()
    ([[0.0, 5.0, 15.0, nan, nan, nan, nan]], [[0.0, 0.0, 20.0, 20.0, nan, nan, nan]])

    Raises
    ------
    CRSError
        If they are not in the same CRS.
    """
    require_same(raster.crs, grid.crs, left_name="the raster", right_name="the grid")
    if not raster.values.size:
        return np.full(grid.shape, np.nan)
    place = raster.transform
    if place.b or place.d or (resampling == "average" and not lines_up(raster, grid)):
        return _averaged(raster, grid, resampling)
    column = (grid.west + (np.arange(grid.columns) + 0.5) * grid.cell_m - place.c) / place.a
    row = (grid.north - (np.arange(grid.rows) + 0.5) * grid.cell_m - place.f) / place.e
    rows, columns = raster.values.shape
    # columns first: they are few until rows are added, and whole rows are copied fast
    if resampling == "nearest" or lines_up(raster, grid):
        wide = raster.values[:, np.clip(column.astype(int), 0, columns - 1)]
        values = wide[np.clip(row.astype(int), 0, rows - 1)]
    else:
        kind = raster.values.dtype
        down, right = _between(row, rows, kind), _between(column, columns, kind)
        wide = raster.values[:, right[0]] * (1 - right[2]) + raster.values[:, right[1]] * right[2]
        values = wide[down[0]]
        values *= (1 - down[2])[:, None]
        values += wide[down[1]] * down[2][:, None]
    values[(row < 0) | (row >= rows)] = np.nan
    values[:, (column < 0) | (column >= columns)] = np.nan
    return np.asarray(values)


def _between(
    at: NDArray[np.floating], count: int, kind: np.dtype[Any]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.floating]]:
    """Return the cells whose middles lie before and after places, and how far along; the edge's half cell is flat."""
    middle = np.clip(at - 0.5, 0, count - 1)
    before = np.minimum(middle.astype(np.intp), max(count - 2, 0))
    return before, np.minimum(before + 1, count - 1), (middle - before).astype(kind)


def _averaged(raster: Raster, grid: Grid, resampling: str) -> NDArray[np.float64]:
    """Warp by GDAL, which averages by covered share."""
    values = np.full(grid.shape, np.nan)
    rasterio.warp.reproject(
        np.ascontiguousarray(raster.values, dtype=float),
        values,
        src_transform=raster.transform,
        src_crs=raster.crs,
        src_nodata=np.nan,
        dst_transform=grid.transform,
        dst_crs=grid.crs,
        dst_nodata=np.nan,
        resampling=rasterio.warp.Resampling[resampling],
    )
    return values
