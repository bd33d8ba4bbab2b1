"""Rows taken to the project's CRS: by the manifest's word, the file's, or an inference that is stated; or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer

from geo_tej import placing
from geo_tej.accounts import SetAside
from geo_tej.crs import named, to_degrees
from geo_tej.errors import CRSError
from geo_tej.i18n import Said, told_in
from geo_tej.offset import CHINA, Offset, undone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo_tej.io.account import Ask, Raw

_SAMPLE = 400
_LOOKED_AT = 20_000
"""How many rows, evenly over a layer, its numbers are judged by."""
_VERY_FAR_M = 1_000_000.0
_WHOLLY, _BETTER = 0.995, 0.02
_OFFSETS: tuple[Offset, ...] = ("gcj02", "bd09")
_AREA = 2


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A frame in its place: the CRS it was read in, how that was known, and what is to be told."""

    frame: gpd.GeoDataFrame
    crs: CRS | None
    how: str
    remarks: tuple[str, ...] = ()
    set_aside: tuple[SetAside, ...] = ()


def place(  # noqa: C901, PLR0913  a layer's way into its place has these turns
    raw: Raw, ask: Ask, *, to: CRS | None, near: shapely.Geometry | None, offset: Offset | None, what: str
) -> Placed:
    """Say what rows are in, take off an offset, and take them to a CRS.

    Raises
    ------
    CRSError
        If nothing says what they are in, what says so must be wrong, or they lie far from the project's ground.
    """
    frame = raw.frame
    if ask.axes == "north-east":
        frame = _with(frame, shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1]), frame.crs)
    written = frame.geometry.to_numpy()
    bounds = shapely.bounds(written[:: max(len(written) // _LOOKED_AT, 1)])
    middles = np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])
    middles = middles[np.isfinite(middles).all(axis=1)]
    area = None if near is None or near.is_empty else near.bounds
    crs, how, remarks = _word(raw, ask)
    if not len(middles):
        return Placed(frame=_with(frame, frame.geometry.to_numpy(), to or crs), crs=crs or to, how=how)
    spread = (*np.quantile(middles, 0.1, axis=0), *np.quantile(middles, 0.9, axis=0))
    sample = middles[:: max(len(middles) // _SAMPLE, 1)]
    if crs is None:
        found = placing.inferred(sample, to, area) if to is not None else None
        if found is None:
            raise placing.refusal(None, sample, to or CRS(4326), area if to is not None else None, what=what)
        reading, how = found
        crs, how = reading.crs, f"inferred: {how}"
        said = Said(
            f"未注明坐标系，推断为 {named(crs)}：{told_in(found[1], 'zh')}",
            f"has no CRS; taken for {named(crs)}: {found[1]}",
        )
        remarks = [*remarks, said]
        if reading.swapped:
            frame = _with(frame, shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1]), None)
            middles, sample = middles[:, ::-1], sample[:, ::-1]
    elif placing.contradiction(crs, spread) is not None:
        raise placing.refusal(crs, sample, to or crs, area if to is not None else None, what=what)
    if frame.crs is not crs:
        frame = frame.set_crs(crs, allow_override=True)
    if offset is not None:
        frame = _without_offset(frame, crs, offset)
        how += f"; {offset} undone"
    if to is None:
        return Placed(frame=frame, crs=crs, how=how, remarks=tuple(remarks))
    placing.require_known_shift(crs, to, what=what)
    moved, lost = _moved(frame, to, what)
    if area is not None:
        there = shapely.bounds(moved.geometry.to_numpy())
        placing.require_near(there[np.isfinite(there).all(axis=1)], sample, to, area, claimed=crs, what=what)
        far = np.flatnonzero(placing.away_m(there, area) > _VERY_FAR_M)
        stray = _stray(frame, far, crs, to, area)
        astray = Said(
            f"{len(far)} 行距项目范围 1,000 千米以上",
            f"{len(far)} of its rows lie more than 1,000 km from the project's area",
        )
        remarks += [astray] * bool(len(far))
        moved, lost = _without(moved, stray), (*lost, *stray)
        if offset is None and near is not None:
            remarks += offset_remarks(moved, near, to)
    return Placed(frame=moved, crs=crs, how=how, remarks=tuple(remarks), set_aside=lost)


def offset_remarks(frame: gpd.GeoDataFrame, near: shapely.Geometry, home: CRS) -> list[str]:
    """Point out a layer in China that fits the project's ground only after GCJ-02 or BD-09 is taken off."""
    geometry = frame.geometry.to_numpy()
    geometry = geometry[~(shapely.is_missing(geometry) | shapely.is_empty(geometry))]
    sample = geometry[:: max(len(geometry) // _SAMPLE, 1)]
    points, owner = shapely.get_coordinates(sample, return_index=True)
    sample = np.delete(sample, owner[~np.isfinite(points).all(axis=1)])
    if not len(sample) or near.geom_type not in ("Polygon", "MultiPolygon") or home.geodetic_crs is None:
        return []
    degrees_of = to_degrees(home)
    west, south, east, north = CHINA
    longitude, latitude = degrees_of.transform(near.centroid.x, near.centroid.y)
    if not (west < longitude < east and south < latitude < north):
        return []
    before = _share_within(sample, near)
    if before >= _WHOLLY:
        return []
    to_home = Transformer.from_crs(home.geodetic_crs, home, always_xy=True)
    for offset in _OFFSETS:

        def back(xy: NDArray[np.float64], offset: Offset = offset) -> NDArray[np.float64]:
            degrees = undone(*degrees_of.transform(xy[:, 0], xy[:, 1]), offset)
            return np.asarray(np.column_stack(to_home.transform(*degrees)))

        after = _share_within(shapely.transform(sample, back), near)
        if after >= _WHOLLY and after - before >= _BETTER:
            shares = f"{before:.0%} of it lies in the project's area, and {after:.0%} once {offset} is undone"
            said = Said(
                f"{before:.0%} 在项目范围内，消除 {offset} 偏移后为 {after:.0%}："
                f'若取自网络地图，请声明 offset = "{offset}"；现未移动',
                f'{shares}: if it comes from a web map, declare offset = "{offset}"; it was not moved',
            )
            return [said]
    return []


def _share_within(geometry: NDArray[np.object_], near: shapely.Geometry) -> float:
    """Return how much of geometries lies in the ground: of their area, or of their number where they have none."""
    shapely.prepare(near)
    drawn = geometry[shapely.get_dimensions(geometry) == _AREA]
    if len(drawn):
        size = shapely.area(drawn)
        partly = ~shapely.covers(near, drawn)
        inside = size.copy()
        inside[partly] = shapely.area(shapely.intersection(shapely.make_valid(drawn[partly]), near))
        return float(inside.sum() / size.sum()) if size.sum() else 1.0
    return float(shapely.intersects(near, shapely.point_on_surface(geometry)).mean())


def _word(raw: Raw, ask: Ask) -> tuple[CRS | None, str, list[str]]:
    """Return the CRS that somebody says, and who: the manifest before the file."""
    if ask.crs is None:
        return raw.crs, raw.crs_how if raw.crs is not None else "", []
    differs = raw.crs is not None and not raw.crs.equals(ask.crs, ignore_axis_order=True)
    if raw.crs is None or not differs:
        return ask.crs, "the manifest's word", []
    said = Said(
        f"文件注明 {named(raw.crs)}，清单声明 {named(ask.crs)}，以清单为准",
        f"the file says {named(raw.crs)}; declared is {named(ask.crs)}, which holds",
    )
    return ask.crs, "the manifest's word", [said]


def _without_offset(frame: gpd.GeoDataFrame, crs: CRS, offset: Offset) -> gpd.GeoDataFrame:
    geodetic = crs.geodetic_crs or CRS(4326)
    degrees_of = to_degrees(crs)
    back = Transformer.from_crs(geodetic, crs, always_xy=True)

    def true(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.column_stack(back.transform(*undone(*degrees_of.transform(xy[:, 0], xy[:, 1]), offset))))

    return _with(frame, shapely.transform(shapely.force_2d(frame.geometry.to_numpy()), true), crs)


def _moved(frame: gpd.GeoDataFrame, to: CRS, what: str) -> tuple[gpd.GeoDataFrame, tuple[SetAside, ...]]:
    """Take rows to a CRS; those that have no place in it are set aside, unless they are most of them."""
    if frame.crs == to:
        return frame if frame.crs is to else frame.set_crs(to, allow_override=True), ()
    moved = frame.to_crs(to)
    geometry = moved.geometry.to_numpy()
    present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    astray = np.flatnonzero(present & ~np.isfinite(shapely.bounds(geometry)).all(axis=1))
    if not len(astray):
        return moved, ()
    if 2 * len(astray) >= present.sum():
        message = (
            f"{what}: {len(astray)} of its {len(frame)} rows have no place in {to.name}; "
            "the coordinates are not in the system that it, or the manifest, says"
        )
        raise CRSError(message)
    why = Said(f"在 {to.name} 中无对应位置", f"it has no place in {to.name}")
    lost = tuple(SetAside(row=int(row) + 1, reason=why, geometry=frame.geometry.iloc[row].wkt[:2000]) for row in astray)
    geometry = geometry.copy()
    geometry[astray] = None
    return _with(moved, geometry, to), lost


def _stray(
    frame: gpd.GeoDataFrame, far: NDArray[np.intp], crs: CRS, to: CRS, area: Sequence[float]
) -> tuple[SetAside, ...]:
    """Return the rows, of those far away, whose numbers are wrong: at 0, 0, or on the area with their axes swapped."""
    bounds = shapely.bounds(frame.geometry.to_numpy()[far])
    middles = np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])
    nowhere = (np.abs(middles) < 1).all(axis=1)
    swapped = placing.inside(placing.taken(placing.Reading(crs, swapped=True), middles, to), area)
    at_zero = Said("位于 (0, 0)", "it lies at 0, 0")
    turned = Said(
        "坐标轴颠倒：北坐标在前，与其他各行不同", "its axes are swapped: north stands before east, as in no other row"
    )
    return tuple(
        SetAside(row=int(row) + 1, reason=at_zero if zero else turned, geometry=frame.geometry.iloc[row].wkt[:2000])
        for row, zero in zip(far[nowhere | swapped], nowhere[nowhere | swapped], strict=True)
    )


def _without(frame: gpd.GeoDataFrame, stray: Sequence[SetAside]) -> gpd.GeoDataFrame:
    if not stray:
        return frame
    geometry = frame.geometry.to_numpy().copy()
    geometry[[each.row - 1 for each in stray]] = None
    return _with(frame, geometry, frame.crs)


def _with(frame: gpd.GeoDataFrame, geometry: NDArray[np.object_], crs: CRS | None) -> gpd.GeoDataFrame:
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=crs), crs=crs)
