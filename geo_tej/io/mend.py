"""Geometries as they come, made valid and flat; changes are told with their area, what is beyond it is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.accounts import Repair, SetAside
from geo_tej.frames import POLYGONAL
from geo_tej.overlay import polygons
from geo_tej.threads import elementwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_COLLECTION = 7
_MIXING = np.array([1.0, 3.7, 7.3, 11.9])
_LONGEST = 2_000


def mend(
    frame: gpd.GeoDataFrame, *, names: pd.Series | None = None, closed: Sequence[int] = (), only_polygons: bool = True
) -> tuple[gpd.GeoDataFrame, tuple[Repair, ...], tuple[SetAside, ...]]:
    """Return valid, flat geometries, what was repaired, and the rows that were set aside: those have no geometry left.

    Parameters
    ----------
    frame
        Rows in a projected CRS, in metres.
    names
        What rows are called in what is told of them.
    closed
        Positions of rows whose rings were closed when they were read.
    only_polygons
        Whether lines and points are set aside, and dropped from collections; else they stay as they are.

    >>> tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> mended, repairs, _ = mend(gpd.GeoDataFrame(geometry=[tie]))
    >>> mended.area.tolist(), repairs[0].change_m2
    ([2.0], 2.0)
    >>> mend(gpd.GeoDataFrame(geometry=[None]))[1:]
    ((), ())
    """
    geometry = frame.geometry.to_numpy()
    if bool((shapely.has_z(geometry) | shapely.has_m(geometry)).any()):
        geometry = shapely.force_2d(geometry)
    kinds = shapely.get_type_id(geometry)
    empty = shapely.is_empty(geometry)
    drawn = np.isin(kinds, (*POLYGONAL, _COLLECTION)) & ~empty
    broken = np.flatnonzero(drawn & ~elementwise(shapely.is_valid, geometry))
    mixed = np.flatnonzero(kinds == _COLLECTION) if only_polygons else np.array([], dtype=np.intp)
    others = np.flatnonzero((kinds >= 0) & ~drawn & ~empty & only_polygons)
    if not (len(broken) or len(mixed) or len(others) or len(closed)):
        same = geometry is frame.geometry.to_numpy()
        return (frame if same else _with(frame, geometry)), (), ()
    geometry = geometry.copy()
    label = names.fillna("").astype(str).to_numpy() if names is not None else np.full(len(frame), "", dtype=object)
    repairs = [
        Repair(
            row=row + 1, name=label[row], reason="its ring was not closed", change_m2=0.0, place=_place(geometry[row])
        )
        for row in closed
        if geometry[row] is not None
    ]
    lost: list[SetAside] = []
    for row in np.union1d(broken, mixed).astype(int).tolist():
        before = geometry[row]
        reason = shapely.is_valid_reason(before)
        after = _valid(before, only_polygons=only_polygons)
        geometry[row] = after
        if after is None:
            lost.append(_aside(frame, row, label[row], f"it encloses no ground ({reason})", before))
            continue
        if row in mixed and reason == "Valid Geometry":
            reason = "its lines and points were left out"
            if _is_all_polygons(before):
                reason = "its parts were put together"
        change = float(shapely.area(after) - shapely.area(before))
        repairs.append(Repair(row=row + 1, name=label[row], reason=reason, change_m2=change, place=_place(after)))
    for row in others.tolist():
        kind = geometry[row].geom_type
        lost.append(_aside(frame, row, label[row], f"it is a {kind}, and only polygons have ground", geometry[row]))
        geometry[row] = None
    return _with(frame, geometry), tuple(sorted(repairs, key=lambda each: each.row)), tuple(lost)


def repair_words(repair: Repair) -> str:
    """Write a repair as a line."""
    return f"{repair.name or f'row {repair.row}'}: repaired ({repair.reason}); area {repair.change_m2:+.2f} m²"


def duplicates(frame: gpd.GeoDataFrame) -> NDArray[np.intp]:
    """Return the positions of rows whose geometry stands in an earlier row already.

    >>> duplicates(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1), None, shapely.box(0, 0, 1, 1), None])).tolist()
    [2]
    """
    geometry = frame.geometry.to_numpy()
    mixed = pd.Series(shapely.bounds(geometry) @ _MIXING)  # NaN where there is nothing; alike where the same
    alike = np.flatnonzero(mixed.notna() & mixed.duplicated(keep=False))
    if not len(alike):
        return np.array([], dtype=np.intp)
    written = pd.Series(shapely.to_wkb(shapely.normalize(geometry[alike])))
    return np.asarray(alike[written.duplicated().to_numpy()])


def _with(frame: gpd.GeoDataFrame, geometry: NDArray[np.object_]) -> gpd.GeoDataFrame:
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs))


def _valid(geometry: shapely.Geometry, *, only_polygons: bool) -> shapely.Geometry | None:
    """Make a geometry valid; None where nothing of it has ground, or a coordinate is no number."""
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return None
    try:
        made = shapely.make_valid(geometry)
    except shapely.errors.GEOSException:
        return None
    parts: NDArray[np.object_]
    parts, _ = polygons(np.array([made], dtype=object))
    if not len(parts):
        return None
    if not only_polygons and shapely.get_type_id(geometry) == _COLLECTION:
        return made
    whole = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return whole if whole.is_valid else shapely.union_all(parts)


def _is_all_polygons(collection: shapely.Geometry) -> bool:
    return bool(np.isin(shapely.get_type_id(shapely.get_parts(collection)), POLYGONAL).all())


def _place(geometry: shapely.Geometry) -> tuple[float, float] | None:
    point = shapely.point_on_surface(geometry)
    return None if point is None or point.is_empty else (float(point.x), float(point.y))


def _aside(frame: gpd.GeoDataFrame, row: int, name: str, reason: str, geometry: shapely.Geometry) -> SetAside:
    cells = frame.drop(columns=frame.geometry.name).iloc[row]
    return SetAside(
        row=row + 1, name=name, reason=reason, geometry=shapely.to_wkt(geometry)[:_LONGEST],
        attributes={str(key): str(value) for key, value in cells.items() if pd.notna(value)},
    )  # fmt: skip
