"""Geometries as they come, made valid and flat: the arrays' side of mending, which needs no frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_tej.crs import FULL_CIRCLE_DEG
from geo_tej.i18n import Said, Text, told_in
from geo_tej.measure import is_wide
from geo_tej.overlay.clip import polygons
from geo_tej.overlay.shapes import MULTIPOLYGON, POLYGON
from geo_tej.threads import elementwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

_IN_WORDS = {
    "Self-intersection": Text("自相交", "its outline crosses itself"),
    "Ring Self-intersection": Text("环自相交", "a ring meets itself"),
    "Nested shells": Text("外环嵌套", "an outline lies within another"),
    "Hole lies outside shell": Text("洞在外环之外", "a hole lies outside the outline"),
    "Holes are nested": Text("洞相互嵌套", "a hole lies within another"),
    "Duplicate Rings": Text("环重复", "a ring is drawn twice"),
    "Interior is disconnected": Text("内部不连通", "its inside is not connected"),
    "Too few points in geometry component": Text("顶点过少", "it has too few points"),
    "Invalid Coordinate": Text("坐标无效", "a coordinate is no number"),
    "Ring is not closed": Text("环未闭合", "a ring is not closed"),
}
"""What GEOS says of geometries that are not valid."""

COLLECTION = 7
"""Shapely's type number of a collection."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of the geometry at a position: why it was changed and by how many m², None where nothing is left.

    `doubt` is the ground that belongs to it in one reading of its rings and not in another, None where all agree.
    """

    row: int
    reason: str
    change_m2: float | None
    doubt: shapely.Geometry | None = None


def repaired(
    geometry: NDArray[np.object_], *, only_polygons: bool = True, doubtful: bool = False
) -> tuple[NDArray[np.object_], tuple[Change, ...]]:
    """Return flat geometries whose polygons are valid, None where that leaves no ground; and what was changed.

    With `only_polygons` collections keep nothing but their polygons; lines and points by themselves stay as they are.
    The array given is returned where nothing had to be done. What rings enclose an even number of times is outside, as
    for PostGIS's `ST_MakeValid`; `doubtful` asks which ground another reading sees otherwise.

    >>> tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> repaired(np.array([tie, None], dtype=object))[1]
    (Change(row=0, reason='its outline crosses itself at 1 1', change_m2=2.0, doubt=None),)
    >>> repaired(np.array([None], dtype=object))[1]
    ()

    Of parts that overlap, what both hold may be outside or inside.

    >>> parts = shapely.multipolygons(shapely.box([0, 1], [0, 1], [2, 3], [2, 3]))
    >>> valid, changes = repaired(np.array([parts], dtype=object), doubtful=True)
    >>> valid[0].area, changes[0].doubt.bounds
    (6.0, (1.0, 1.0, 2.0, 2.0))
    """
    if bool((shapely.has_z(geometry) | shapely.has_m(geometry)).any()):
        geometry = elementwise(shapely.force_2d, geometry)
    kinds = shapely.get_type_id(geometry)
    drawn = np.isin(kinds, (POLYGON, MULTIPOLYGON, COLLECTION))
    broken = drawn.copy()
    broken[drawn] = ~elementwise(shapely.is_valid, geometry[drawn])
    rows = np.flatnonzero(broken | ((kinds == COLLECTION) & only_polygons & ~shapely.is_empty(geometry)))
    if not len(rows):
        return geometry, ()
    before = geometry[rows]
    after = elementwise(lambda part: _each_valid(part, only_polygons=only_polygons), before)
    mixed = (kinds[rows] == COLLECTION) & only_polygons
    doubts = elementwise(_doubts, before, after) if doubtful else np.full(len(rows), None, dtype=object)
    changes = tuple(
        Change(row=int(row), reason=_reason(old, mixed=bool(of_mixed)), change_m2=_change_m2(old, new), doubt=doubt)
        for row, old, new, of_mixed, doubt in zip(rows, before, after, mixed, doubts, strict=True)
    )
    geometry = geometry.copy()
    geometry[rows] = after
    return geometry, changes


def mended(geometry: NDArray[np.object_], names: Sequence[Any] | pd.Series) -> tuple[NDArray[np.object_], list[str]]:
    """Return polygons that are valid, flat and nothing but polygons; and a line for each that was changed.

    >>> bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> mended(np.array([bow, None], dtype=object), ["B", "C"])[1]
    ['B: repaired (its outline crosses itself at 1 1); area +2.00 m²']
    """
    valid, changes = repaired(geometry, doubtful=True)
    called = list(names)
    return valid, [change_words(str(called[each.row]), each.reason, each.change_m2, each.doubt) for each in changes]


def change_words(name: str, reason: str, change_m2: float | None, doubt: shapely.Geometry | None = None) -> Said:
    """Write a change as a line.

    >>> change_words("A1", "its outline crosses itself at 1 1", None)
    'A1: left out, it encloses no ground (its outline crosses itself at 1 1)'
    >>> change_words("A1", "an outline lies within another", -1.0, shapely.box(0, 0, 1, 1))
    'A1: repaired (an outline lies within another); area -1.00 m²; whether 1.00 m² are in it depends on the reading'
    """
    why = told_in(reason, "zh")
    if change_m2 is None:
        return Said(f"{name}：未围成土地（{why}），已剔除", f"{name}: left out, it encloses no ground ({reason})")
    zh, en = "", ""
    if doubt is not None:
        zh = f"，其中 {doubt.area:,.2f} 平方米是否在内因读法而异"
        en = f"; whether {doubt.area:,.2f} m² are in it depends on the reading"
    return Said(
        f"{name}：已修复（{why}），面积变化 {change_m2:+.2f} 平方米{zh}",
        f"{name}: repaired ({reason}); area {change_m2:+.2f} m²{en}",
    )


def _reason(before: shapely.Geometry, *, mixed: bool) -> Said:
    reason = str(shapely.is_valid_reason(before))
    if not mixed or reason != "Valid Geometry":
        kind, _, place = reason.removesuffix("]").partition("[")
        words = _IN_WORDS.get(kind, Text(kind, kind))
        where = " ".join(map(_coordinate, place.split()))
        return Said(f"{words.zh}，位于 {where}", f"{words.en} at {where}") if place else Said(words.zh, words.en)
    kinds = shapely.get_type_id(shapely.get_parts(before))
    only_parts = bool(np.isin(kinds, (POLYGON, MULTIPOLYGON)).all())
    if only_parts:
        return Said("各部分已合并", "its parts were put together")
    return Said("其中的线和点已舍去", "its lines and points were left out")


def _coordinate(number: str) -> str:
    """Say a coordinate as precisely as somebody can look for it: to the centimetre, of degrees to the seventh decimal.

    >>> _coordinate("460651.558666548"), _coordinate("119.57000000001"), _coordinate("1")
    ('460651.56', '119.57', '1')
    """
    value = float(number)
    return f"{value:.{2 if abs(value) > FULL_CIRCLE_DEG else 7}f}".rstrip("0").rstrip(".")


def _change_m2(before: shapely.Geometry, after: shapely.Geometry | None) -> float | None:
    return None if after is None else float(shapely.area(after) - shapely.area(before))


def _doubts(before: NDArray[np.object_], after: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the ground that the rings hold in one reading and not in another, None where they are of one mind.

    The readings are the one that was made, and that of shells without their holes, whatever they hold twice.
    """
    found = np.full(len(before), None, dtype=object)
    for place, (old, new) in enumerate(zip(before, after, strict=True)):
        if new is None:
            continue
        try:
            other = shapely.make_valid(old, method="structure", keep_collapsed=False)
            parts, _ = polygons(np.array([shapely.symmetric_difference(new, shapely.union_all(other))], dtype=object))
        except shapely.errors.GEOSException:
            continue
        parts = parts[is_wide(parts)]
        if len(parts):
            found[place] = shapely.union_all(parts)
    return found


def _each_valid(geometry: NDArray[np.object_], *, only_polygons: bool) -> NDArray[np.object_]:
    made = np.empty(len(geometry), dtype=object)
    made[:] = [_valid(each, only_polygons=only_polygons) for each in geometry]
    return made


def _valid(geometry: shapely.Geometry, *, only_polygons: bool) -> shapely.Geometry | None:
    """Make a geometry valid; None where nothing of it has ground, or a coordinate is no number."""
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return None
    try:
        made = _by_parts(geometry) or shapely.make_valid(geometry)
    except shapely.errors.GEOSException:
        return None
    parts: NDArray[np.object_]
    parts, _ = polygons(np.array([made], dtype=object))
    if not len(parts):
        return None
    if not only_polygons and shapely.get_type_id(geometry) == COLLECTION:
        return made
    whole = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return whole if whole.is_valid else shapely.union_all(parts)


def _by_parts(geometry: shapely.Geometry) -> shapely.Geometry | None:
    """Make the parts of a multipolygon valid one by one; None where they are no valid whole then.

    The same ground as if made valid at once, but of a country's ten thousand islands only one has to be looked at.
    """
    if shapely.get_type_id(geometry) != MULTIPOLYGON:
        return None
    parts = shapely.get_parts(geometry)
    broken = ~shapely.is_valid(parts)
    parts[broken] = shapely.make_valid(parts[broken])
    drawn, _ = polygons(parts)
    whole = shapely.multipolygons(drawn) if len(drawn) else None
    return whole if whole is not None and whole.is_valid else None
