"""The only judge of a frame's shape: what a parcel frame and a zone frame must have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.crs import require_projected
from geo_tej.errors import FrameError
from geo_tej.model import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

POLYGONAL = (3, 6)
"""Shapely's type numbers of Polygon and MultiPolygon."""

OVERLAPS: dict[str, Any] = {
    "parcel_id": "object",
    "layer": "object",
    "zone_class": "object",
    "area_m2": float,
    "share": float,
}
"""The columns of a ledger."""


def drawn(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Say which rows have a geometry that is not empty.

    >>> drawn(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1), shapely.Polygon(), None])).tolist()
    [True, False, False]
    """
    geometry = frame.geometry.to_numpy()
    return np.asarray(~(shapely.is_missing(geometry) | shapely.is_empty(geometry)))


def check_parcels(parcels: gpd.GeoDataFrame, *, name: str = "parcels") -> gpd.GeoDataFrame:
    """Return parcels indexed by `parcel_id`, or say what is wrong with them.

    A column `parcel_id` becomes the index; the frame given is not changed. Missing and empty geometries are
    allowed: such a parcel overlaps nothing, and whoever judges it must say so.

    Raises
    ------
    FrameError
        If there is no `parcel_id`, an id is missing or stands twice, or a geometry is invalid or no polygon.
    CRSError
        If the CRS is missing, in degrees, or unfit for areas.
    """
    if not isinstance(parcels, gpd.GeoDataFrame):
        message = f"{name}: a GeoDataFrame is needed, not a {type(parcels).__name__}"
        raise FrameError(message)
    if parcels.index.name != "parcel_id":
        if "parcel_id" not in parcels.columns:
            message = (
                f"{name}: there is no column or index `parcel_id`; there are {', '.join(map(str, parcels.columns))}"
            )
            raise FrameError(message)
        parcels = parcels.set_index("parcel_id")
    if parcels.index.hasnans:
        message = f"{name}: {int(parcels.index.isna().sum())} rows have no parcel_id"
        raise FrameError(message)
    if not parcels.index.is_unique:
        twice = parcels.index[parcels.index.duplicated()].unique()
        message = f"{name}: parcel_id must be unique; {_some(twice)} stand more than once"
        raise FrameError(message)
    _check_polygons(parcels, name, parcels.index)
    return parcels


def check_zones(zones: gpd.GeoDataFrame, *, name: str = "zones") -> gpd.GeoDataFrame:
    """Return zones with the text columns `layer` and `zone_class`, rows without ground left out.

    A missing `layer` column makes all of them one layer named "zones"; a cell that holds nothing is "unknown".

    Raises
    ------
    FrameError
        If there is no `zone_class`, or a geometry is invalid or no polygon.
    CRSError
        If the CRS is missing, in degrees, or unfit for areas.
    """
    if not isinstance(zones, gpd.GeoDataFrame):
        message = f"{name}: a GeoDataFrame is needed, not a {type(zones).__name__}"
        raise FrameError(message)
    if "zone_class" not in zones.columns:
        message = f"{name}: there is no column `zone_class`; there are {', '.join(map(str, zones.columns))}"
        raise FrameError(message)
    _check_polygons(zones, name, zones.index)
    layer = zones["layer"] if "layer" in zones.columns else pd.Series("zones", index=zones.index)
    kept = drawn(zones)
    return gpd.GeoDataFrame(
        {"layer": _words(layer)[kept], "zone_class": _words(zones["zone_class"])[kept]},
        geometry=zones.geometry[kept],
        crs=zones.crs,
    )


def _words(cells: pd.Series) -> pd.Series:
    return cells.astype(str).where(cells.notna(), UNKNOWN)


def zone_class(attributes: Mapping[str, str]) -> str:
    """Name a zone class by its attributes: the value alone where there is one, else `name=value` pairs.

    >>> zone_class({"class": "level1"})
    'level1'
    >>> zone_class({"grade": "2", "core": "no"})
    'grade=2;core=no'
    """
    if len(attributes) == 1:
        return next(iter(attributes.values()))
    return ";".join(f"{name}={value}" for name, value in attributes.items())


def categories(codes: NDArray[Any], names: Iterable[Any], *, ordered: bool = False) -> pd.Categorical:
    """Return small integers as the names they stand for, without copying a name for each."""
    return pd.Categorical.from_codes(codes.ravel(), list(names), ordered=ordered)  # type: ignore[call-overload,no-any-return]


def empty_overlaps() -> pd.DataFrame:
    """Return a ledger without rows."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in OVERLAPS.items()})


def _check_polygons(frame: gpd.GeoDataFrame, name: str, index: pd.Index) -> None:
    geometry = frame.geometry.to_numpy()
    present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    odd = present & ~np.isin(shapely.get_type_id(geometry), POLYGONAL)
    if odd.any():
        kinds = sorted({part.geom_type for part in geometry[odd]})
        message = f"{name}: only polygons have ground; {_some(index[odd])} are {', '.join(kinds)}"
        raise FrameError(message)
    broken = present & ~shapely.is_valid(geometry)
    if broken.any():
        reason = shapely.is_valid_reason(geometry[broken][0])
        message = (
            f"{name}: {_some(index[broken])} are not valid ({reason}); "
            "repair them with make_valid() and look at what changed"
        )
        raise FrameError(message)
    bounds = shapely.total_bounds(geometry) if present.any() else None
    require_projected(frame.crs, what=name, bounds=bounds)


def _some(items: pd.Index, *, limit: int = 3) -> str:
    shown = ", ".join(str(item) for item in items[:limit])
    return shown + (f" and {len(items) - limit} more" if len(items) > limit else "")


def called(frame: pd.DataFrame) -> dict[str, str] | list[str]:
    """Return the ids of a frame with the names that its rows have, where it has names."""
    ids = frame.index.astype(str).to_list()
    names = frame.get("name")
    return ids if names is None else dict(zip(ids, names.fillna("").astype(str), strict=True))


def columns_of(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Return those of some columns that a frame has."""
    return frame[[name for name in dict.fromkeys(names) if name in frame.columns]]
