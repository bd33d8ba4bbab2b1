"""One number a parcel from a raster, cells by their covered fraction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import shapely
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource
from exactextract.operation import Operation
from exactextract.raster import NumPyRasterSource
from rasterio.transform import array_bounds

from geo_tej.crs import require_same

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

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
    return pd.Series(zonal_of(parcels.geometry.to_numpy(), raster, statistic), index=parcels.index)


def zonal_of(
    geometry: NDArray[np.object_], raster: Raster, statistic: Literal["mean", "min", "max"]
) -> NDArray[np.float64]:
    """Return what `zonal` does of polygons in the raster's CRS."""
    numbers = np.full(len(geometry), np.nan)
    present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    if not present.any():
        return numbers
    shapes = geometry[present]
    source, wkt = raster.once("source", lambda: _source(raster))
    operations = [Operation(name, name, source) for name in (statistic, "count")]
    told = exact_extract(source, _Binaries(shapes, wkt), operations, output="geojson")
    value, count = (np.array([each["properties"][name] for each in told], float) for name in (statistic, "count"))
    cell_m2 = abs(raster.transform.a * raster.transform.e)
    covered = count * cell_m2 >= shapely.area(shapes) * COVERED
    numbers[present] = np.where(covered, value, np.nan)
    return numbers


def _source(raster: Raster) -> tuple[NumPyRasterSource, str]:
    """Return a raster as exactextract reads it, and the WKT of its CRS."""
    rows, columns = raster.values.shape
    west, south, east, north = array_bounds(rows, columns, raster.transform)
    northwards, wkt = raster.transform.e > 0, raster.crs.to_wkt()
    source = NumPyRasterSource(
        raster.values[::-1] if northwards else raster.values,
        xmin=west,
        ymin=min(south, north),
        xmax=east,
        ymax=max(south, north),
        nodata=np.nan,
        srs_wkt=wkt,
    )
    return source, wkt


class _Binaries(FeatureSource):  # type: ignore[misc]  # exactextract has no types
    """Shapes handed to exactextract as WKB: its own reader of frames writes each as GeoJSON text, far more slowly."""

    def __init__(self, shapes: NDArray[np.object_], wkt: str) -> None:
        super().__init__()
        self.wkb, self.wkt = shapely.to_wkb(shapes, output_dimension=2), wkt

    def __iter__(self) -> Iterator[_Binary]:
        return map(_Binary, self.wkb)

    def count(self) -> int:
        return len(self.wkb)

    def srs_wkt(self) -> str:
        return self.wkt


class _Binary(Feature):  # type: ignore[misc]  # as above
    """One shape as WKB, without attributes."""

    def __init__(self, wkb: bytes) -> None:
        super().__init__()
        self.wkb = wkb

    def geometry(self) -> bytes:
        return self.wkb

    def fields(self) -> list[str]:
        return []
