"""The geometries of a layer, made valid and flat; changes are told with their area, what is lost is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.accounts import Repair
from geo_tej.frames import POLYGONAL
from geo_tej.i18n import Said, told_in
from geo_tej.io.aside import aside
from geo_tej.io.repaired import COLLECTION, change_words, repaired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo_tej.accounts import SetAside

_ODD, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)


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
    given = frame.geometry.to_numpy()
    geometry, changes = repaired(given, only_polygons=only_polygons, doubtful=True)
    kinds = shapely.get_type_id(geometry)
    others = np.flatnonzero((kinds >= 0) & ~np.isin(kinds, (*POLYGONAL, COLLECTION)) & ~shapely.is_empty(geometry))
    if not only_polygons:
        others = others[:0]
    if not (len(changes) or len(others) or len(closed)):
        return (frame if geometry is given else _with(frame, geometry)), (), ()

    def called(row: int) -> str:
        name = None if names is None else names.iloc[row]
        return "" if pd.isna(name) else str(name)

    shut = Said("环未闭合", "its ring was not closed")
    repairs = [
        Repair(row=row + 1, name=called(row), reason=shut, change_m2=0.0, place=_place(geometry[row]))
        for row in closed
        if given[row] is not None
    ]
    lost: list[SetAside] = []
    for each in changes:
        row, name = each.row, called(each.row)
        if each.change_m2 is None:
            why = Said(f"未围成土地（{told_in(each.reason, 'zh')}）", f"it encloses no ground ({each.reason})")
            lost += aside(frame, [row], [name], why)
        else:
            place = _place(geometry[row])
            repairs.append(
                Repair(
                    row=row + 1, name=name, reason=each.reason, change_m2=each.change_m2, place=place, doubt=each.doubt
                )
            )
    if len(others):
        geometry = geometry.copy()
        for row in others.tolist():
            kind = geometry[row].geom_type
            why = Said(f"几何类型为 {kind}，只有面才占有土地", f"it is a {kind}, and only polygons have ground")
            lost += aside(frame, [row], [called(row)], why)
            geometry[row] = None
    return _with(frame, geometry), tuple(sorted(repairs, key=lambda each: each.row)), tuple(lost)


def repair_words(repair: Repair) -> Said:
    """Write a repair as a line."""
    if repair.name:
        return change_words(repair.name, repair.reason, repair.change_m2, repair.doubt)
    told = (repair.reason, repair.change_m2, repair.doubt)
    return Said(change_words(f"第 {repair.row} 行", *told).zh, change_words(f"row {repair.row}", *told))


def duplicates(frame: gpd.GeoDataFrame) -> NDArray[np.intp]:
    """Return the positions of rows whose geometry stands in an earlier row already.

    >>> duplicates(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1), None, shapely.box(0, 0, 1, 1), None])).tolist()
    [2]
    """
    geometry = frame.geometry.to_numpy()
    bounds = shapely.bounds(geometry)
    there = np.flatnonzero(np.isfinite(bounds[:, 0]))
    alike = there[_repeated(_mixed(bounds[there]))]
    if not len(alike):
        return np.array([], dtype=np.intp)
    written = pd.Series(shapely.to_wkb(shapely.normalize(geometry[alike])))
    return np.asarray(alike[written.duplicated().to_numpy()])


def _mixed(bounds: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Return a number a row that is the same for the same bounds, and hardly for others, on a grid neither."""
    bits = np.ascontiguousarray(bounds + 0.0).view(np.uint64)  # -0.0 is 0.0
    mixed = np.zeros(len(bounds), dtype=np.uint64)
    for column in bits.T:
        mixed = (mixed ^ column) * _ODD
        mixed ^= mixed >> _HALF
    return mixed


def _repeated(numbers: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Say which numbers stand more than once."""
    ordered = np.sort(numbers)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.isin(numbers, twice) if len(twice) else np.zeros(len(numbers), dtype=bool)


def _with(frame: gpd.GeoDataFrame, geometry: NDArray[np.object_]) -> gpd.GeoDataFrame:
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs))


def _place(geometry: shapely.Geometry) -> tuple[float, float] | None:
    point = shapely.point_on_surface(geometry)
    return None if point is None or point.is_empty else (float(point.x), float(point.y))
