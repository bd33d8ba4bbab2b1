"""Frames as CSV, Parquet and GeoPackage."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geo_tej.tables.sets import dictionary
from geo_tej.tables.words import harmless, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

ALWAYS = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The date that files bear inside, so that the same input gives the same bytes."""


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as CSV that Excel reads as Chinese and runs nothing of."""
    flat = frame.to_wkt() if isinstance(frame, gpd.GeoDataFrame) else frame
    flat = reworded(flat, lambda text: harmless(whole(text)))
    flat.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def append_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write more rows to a CSV of the same kind, or the first ones and the header."""
    first = not path.exists()
    flat = reworded(frame, lambda text: harmless(whole(text)))
    flat.to_csv(
        path, mode="a", header=first, index=False, encoding="utf-8-sig" if first else "utf-8", lineterminator="\n"
    )


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as (Geo)Parquet."""
    reworded(frame, whole).to_parquet(path, index=False)


def write_layers(layers: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write frames, with or without geometry, as the layers of a new GeoPackage."""
    path.unlink(missing_ok=True)
    with _always_the_same_day():
        for name, frame in layers.items():
            plain = reworded(frame, whole)
            plain = plain.astype(dict.fromkeys(plain.select_dtypes("category").columns, object))
            ground: dict[str, Any] = {}
            if isinstance(frame, gpd.GeoDataFrame):
                polygons = bool(frame.geometry.dropna().geom_type.isin(["Polygon", "MultiPolygon"]).all())
                ground = {"geometry_type": "MultiPolygon" if polygons else "Unknown", "promote_to_multi": polygons}
            pyogrio.write_dataframe(plain, path, layer=whole(name), driver="GPKG", append=path.exists(), **ground)


def reworded(frame: pd.DataFrame, say: Callable[[str], str]) -> pd.DataFrame:
    """Return a frame with every text said otherwise, column names and dictionaries too."""

    def said(value: Any) -> Any:  # noqa: ANN401  whatever stands in a table
        return say(value) if isinstance(value, str) else value

    frame = frame.copy(deep=False)
    for place, dtype in enumerate(frame.dtypes):
        column = frame.iloc[:, place]
        if isinstance(dtype, pd.CategoricalDtype):
            words = [said(word) for word in dtype.categories]
            if words != dtype.categories.to_list():
                frame.isetitem(place, dictionary(column.cat.codes.to_numpy(), words))
        elif pd.api.types.is_object_dtype(dtype) or isinstance(dtype, pd.StringDtype):
            frame.isetitem(place, pd.Series([said(value) for value in column], dtype=dtype).array)
    renamed = {name: said(name) for name in frame.columns if said(name) != name}
    return frame.rename(columns=renamed) if renamed else frame


@contextmanager
def _always_the_same_day() -> Iterator[None]:
    """Keep the clock out of GeoPackages."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": ALWAYS.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
