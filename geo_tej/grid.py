"""Numbers from rasters: slope of the ground, and one number a parcel with cells by their covered fraction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from rasterio.transform import array_bounds

from geo_tej.crs import require_same
from geo_tej.model import Raster

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_M, HIGHEST_M = -500.0, 9000.0
COVERED = 1 - 1e-6
"""Share of a parcel that must have data for its number to be known."""


def slope_deg(elevation_m: NDArray[np.float64], cell_x_m: float, cell_y_m: float) -> NDArray[np.float64]:
    """Return slopes in degrees by Horn's third-order finite difference.

    Horn, B. K. P.: Hill shading and the reflectance map, Proceedings of the IEEE 69 (1), 1981. Cells at the edge,
    and those with a neighbour without data, have none (NaN).

    >>> slope_deg(np.array([[0.0, 10, 20]] * 3), 10, 10)[1, 1].round(6)
    np.float64(45.0)
    >>> bool(np.isnan(slope_deg(np.zeros((2, 2)), 10, 10)).all())
    True
    """
    z = elevation_m
    slope = np.full(z.shape, np.nan)
    if min(z.shape) < 3:  # noqa: PLR2004  a window of three by three
        return slope
    west = z[:-2, :-2] + 2 * z[1:-1, :-2] + z[2:, :-2]
    east = z[:-2, 2:] + 2 * z[1:-1, 2:] + z[2:, 2:]
    north = z[:-2, :-2] + 2 * z[:-2, 1:-1] + z[:-2, 2:]
    south = z[2:, :-2] + 2 * z[2:, 1:-1] + z[2:, 2:]
    gradient = np.hypot((east - west) / (8 * cell_x_m), (south - north) / (8 * cell_y_m))
    slope[1:-1, 1:-1] = np.degrees(np.arctan(gradient))
    return slope


def derive(raster: Raster, how: Literal["value", "slope_deg"]) -> Raster:
    """Return the raster itself, or the slope of the ground it describes; heights beyond the Earth's are no data."""
    if how == "value":
        return raster
    height = np.where((raster.values < LOWEST_M) | (raster.values > HIGHEST_M), np.nan, raster.values)
    slope = slope_deg(height, abs(raster.transform.a), abs(raster.transform.e))
    return Raster(values=slope, transform=raster.transform, crs=raster.crs)


def zonal(parcels: gpd.GeoDataFrame, raster: Raster, statistic: Literal["mean", "min", "max"]) -> pd.Series:
    """Return one number a parcel; cells count by the fraction of them that the parcel covers.

    A parcel that lies even partly on cells without data, or beyond the raster, has none (NaN): nobody knows.

    Raises
    ------
    CRSError
        If parcels and raster are not in the same CRS.
    """
    require_same(parcels.crs, raster.crs, left_name="parcels", right_name="the raster")
    numbers = pd.Series(np.nan, index=parcels.index, dtype=float)
    present = ~(parcels.geometry.isna() | parcels.geometry.is_empty)
    if not present.any():
        return numbers
    rows, columns = raster.values.shape
    west, south, east, north = array_bounds(rows, columns, raster.transform)
    northwards = raster.transform.e > 0
    source = NumPyRasterSource(
        raster.values[::-1] if northwards else raster.values,
        xmin=west,
        ymin=min(south, north),
        xmax=east,
        ymax=max(south, north),
        nodata=np.nan,
        srs_wkt=raster.crs.to_wkt(),
    )
    shapes = gpd.GeoDataFrame(geometry=parcels.geometry[present].reset_index(drop=True), crs=parcels.crs)
    table = exact_extract(source, shapes, [statistic, "count"], output="pandas")
    cell_m2 = abs(raster.transform.a * raster.transform.e)
    covered = table["count"].to_numpy() * cell_m2 >= shapes.area.to_numpy() * COVERED
    numbers[present.to_numpy()] = np.where(covered, table[statistic].to_numpy(), np.nan)
    return numbers
