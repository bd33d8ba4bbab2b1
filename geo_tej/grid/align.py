"""Rasters onto a grid: said when they do not line up, and never a number where there was none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

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
) -> NDArray[np.float64]:
    """Return a raster's values on the cells of a grid, NaN where it has none or does not reach.

    Cells that line up are taken as they are; others are resampled as asked.

    Raises
    ------
    CRSError
        If they are not in the same CRS.
    """
    require_same(raster.crs, grid.crs, left_name="the raster", right_name="the grid")
    values = np.full(grid.shape, np.nan)
    if lines_up(raster, grid):
        row = round((grid.north - raster.transform.f) / grid.cell_m)
        column = round((grid.west - raster.transform.c) / grid.cell_m)
        below, right = min(0, row), min(0, column)
        taken = raster.values[max(0, row) : max(0, row + grid.rows), max(0, column) : max(0, column + grid.columns)]
        values[-below : -below + taken.shape[0], -right : -right + taken.shape[1]] = taken
        return values
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
