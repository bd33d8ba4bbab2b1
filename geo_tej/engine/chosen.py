"""Which parcels a question means: by id, by a point, by the polygons of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from geo_tej.errors import LayerError, QuestionError, choices
from geo_tej.io.read import read_polygons

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from geo_tej.model import Project


def chosen_parcels(
    project: Project, names: Iterable[str], *, at: tuple[float, float] | None = None, shape: Path | None = None
) -> gpd.GeoDataFrame:
    """Return the parcels that a question names, by id, by a point in degrees, or by the polygons of a file.

    Raises
    ------
    QuestionError
        If an id is unknown, no parcel lies at the point, or nothing is asked.
    LayerError, CRSError
        If the file cannot be read or placed.
    """
    parcels = project.parcels
    names = list(dict.fromkeys(names))
    for name in names:
        if name not in parcels.index:
            message = f"parcel {name!r} is not in the project; {choices(name, parcels.index.astype(str).to_list())}"
            raise QuestionError(message)
    chosen = [parcels.loc[names]] if names else []
    if at is not None:
        chosen.append(_at(project, at))
    if shape is not None:
        chosen.append(_from_file(project, shape))
    if not chosen:
        message = "nothing is asked: name a parcel, or give --at LON,LAT, or --shape FILE"
        raise QuestionError(message)
    named = gpd.GeoDataFrame(pd.concat(chosen), crs=project.crs).rename_axis("parcel_id")
    if shape is None:
        return named[~named.index.duplicated()]
    twice = named.index[named.index.duplicated()]
    if len(twice):
        message = f"{shape}: the parcel_id {twice[0]!r} stands for more than one parcel of this question; rename one"
        raise QuestionError(message)
    return named


def _at(project: Project, at: tuple[float, float]) -> gpd.GeoDataFrame:
    longitude, latitude = at
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):  # noqa: PLR2004  degrees on the globe
        message = f"--at {longitude:g},{latitude:g}: a longitude and a latitude in degrees are needed, in that order"
        raise QuestionError(message)
    point = gpd.GeoSeries([shapely.Point(longitude, latitude)], crs=project.crs.geodetic_crs).to_crs(project.crs)
    hit = project.parcels[project.parcels.covers(point.iloc[0])]
    if not len(hit):
        away = project.parcels.distance(point.iloc[0])
        message = (
            f"no parcel lies at {longitude:g},{latitude:g}; the nearest is {away.idxmin()}, {away.min():,.0f} m away"
        )
        raise QuestionError(message)
    return hit


def _from_file(project: Project, path: Path) -> gpd.GeoDataFrame:
    frame, _ = read_polygons(path, crs=project.crs)
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if not len(frame):
        message = f"{path}: has no polygons"
        raise LayerError(message)
    ids = frame["parcel_id"].astype(str) if "parcel_id" in frame else pd.Series(_numbered(path.stem, len(frame)))
    return gpd.GeoDataFrame(geometry=frame.geometry.to_numpy(), index=pd.Index(ids, name="parcel_id"), crs=project.crs)


def _numbered(stem: str, count: int) -> list[str]:
    return [stem] if count == 1 else [f"{stem}-{number}" for number in range(1, count + 1)]
