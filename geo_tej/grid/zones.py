"""One number a parcel from a raster, cells by their covered fraction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from rasterio.transform import array_bounds

from geo_tej.crs import require_same

if TYPE_CHECKING:
    from geo_tej.model import Raster

COVERED = 1 - 1e-6
"""Share of a parcel that must have data for its number to be known."""


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
