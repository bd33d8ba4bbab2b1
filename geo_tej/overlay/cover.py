"""How much of each polygon lies under each key, by integration along boundaries: no overlap is ever constructed.

The indicator of a polygon is the sum, over its edges, of the ground below each edge, taken negative for edges that run
eastward (a polygon lies on the left of its edges). The area of an overlap is therefore a sum over pairs of edges, one
of either polygon, of the ground below both: the integral of the lower of two straight lines, which has a closed form
and is continuous in the coordinates. Nothing is decided by a comparison that rounding could turn, so shared edges,
shared corners and slivers need no care. Only boundary near the polygon takes part: of all that lies above the
polygon's box, the winding number at one point whose keys are known says enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.overlay.shapes import spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from geo_tej.overlay.chart import Chart
    from geo_tej.overlay.shapes import Shapes

    Points = Callable[[NDArray[Any], NDArray[Any]], tuple[NDArray[np.intp], NDArray[np.intp]]]

PAIRS_AT_ONCE = 1 << 17
"""Pairs of edges are integrated in blocks of this many, which stay in the processor's cache."""
PIECES_AT_ONCE = 1 << 20
"""Polygons are worked on in blocks that meet about this many pieces of boundary."""
MOST_PAIRS = 1 << 18
"""Above this many pairs of edges a polygon is dearer to integrate than to clip."""
_ROUNDING = 1e-9
"""How much of a polygon its integrated area may be above all of it, or below nothing."""
_MOST_CELLS = 1 << 12
"""Windows of more cells are not searched for a free one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cover:
    """Which present polygons (by position among them) lie under which keys: area, and whether that is all of it.

    The area is NaN where the pair must be clipped: it has too many edges to be integrated, or came out as more than
    all or less than nothing. No overlap's perimeter is
    longer than `most_rim_m`, that of the polygon and of all boundary near it.
    """

    polygon: NDArray[np.intp]
    key: NDArray[np.intp]
    area_m2: NDArray[np.float64]
    whole: NDArray[np.bool_]
    most_rim_m: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Near:
    """Pieces of boundary whose boxes meet those of polygons, a row each, sorted by polygon; and the groups they form.

    `group` is the position of the pair (polygon, key) in `polygon_of_group`, `key_of_group`.
    """

    polygon: NDArray[np.intp]
    piece: NDArray[np.intp]
    group: NDArray[np.intp]
    polygon_of_group: NDArray[np.intp]
    key_of_group: NDArray[np.intp]


def cover(shapes: Shapes, chart: Chart, keys: int, held_at: Points, *, certain: float = 1.0) -> Cover:
    """Measure polygons against the boundaries of a chart with a number of keys.

    `held_at` returns the pairs of position and key that hold at points, as for `chart.draw`. Overlaps below this part
    of what coordinates can tell from nothing are none, and those as near to all of the polygon are all of it: who
    clips afterwards, and decides by that, asks for less than 1, since the cells of a chart have their own rounding.
    """
    box = shapes.bounds
    window = np.stack([chart.column(box[:, 0]), chart.line(box[:, 1]), chart.column(box[:, 2]), chart.line(box[:, 3])])
    reached = chart.taken(*window) > 0
    quiet, busy = np.flatnonzero(~reached), np.flatnonzero(reached)
    position, key = chart.keys_of(chart.region_of_cell[window[1][quiet] * chart.columns + window[0][quiet]])
    found = [_whole(shapes, quiet[position], key)]
    for block in _blocks(window[:, busy], chart):
        found += _met(shapes, busy[block], window[:, busy[block]], chart, keys, held_at, certain)
    together = {
        name: np.concatenate([getattr(each, name) for each in found])
        for name in ("polygon", "key", "area_m2", "whole", "most_rim_m")
    }
    order = np.argsort(together["polygon"] * keys + together["key"], kind="stable")
    return Cover(**{name: column[order] for name, column in together.items()})


def _whole(shapes: Shapes, polygon: NDArray[np.intp], key: NDArray[np.intp]) -> Cover:
    return Cover(
        polygon=polygon,
        key=key,
        area_m2=shapes.area[polygon],
        whole=np.ones(len(polygon), dtype=bool),
        most_rim_m=np.zeros(len(polygon)),
    )


def _blocks(window: NDArray[np.intp], chart: Chart) -> list[NDArray[np.intp]]:
    """Part polygons into blocks that meet so many pieces that their arrays stay small, large polygons by themselves."""
    left, low, right, high = window
    line, owner = spans(low, high + 1)
    start = chart.start_of_cell[line * chart.columns + left[owner]]
    stop = chart.start_of_cell[line * chart.columns + right[owner] + 1]
    met = np.cumsum(np.bincount(owner, stop - start, minlength=len(left)))
    return np.split(np.arange(len(left)), np.flatnonzero(np.diff(met // PIECES_AT_ONCE)) + 1)


def _met(  # noqa: PLR0913  polygons, and what to look them up in
    shapes: Shapes,
    busy: NDArray[np.intp],
    window: NDArray[np.intp],
    chart: Chart,
    keys: int,
    held_at: Points,
    certain: float,
) -> tuple[Cover, Cover]:
    """Measure polygons that boundary comes near to: those wholly under a key, and those that may be crossed."""
    box = shapes.bounds[busy]
    near = _near(box, window, chart, keys)
    x, y, held = _known_points(box, window, chart, near, keys, held_at)
    group = near.polygon_of_group * keys + near.key_of_group
    inside = np.isin(group, held, assume_unique=True)
    area = _areas(shapes, busy, chart, near, inside, x, y)
    full = shapes.area[busy[near.polygon_of_group]]
    perimeter = shapes.perimeter(busy)
    blur = resolution(box, perimeter)[near.polygon_of_group]
    piece = near.piece
    length = np.hypot(chart.x2[piece] - chart.x1[piece], chart.y2[piece] - chart.y1[piece])
    rim = perimeter[near.polygon_of_group] + np.bincount(near.group, length, minlength=len(group))
    area[np.abs(area - full / 2) > full * (0.5 + _ROUNDING) + blur] = np.nan
    real = ~(area <= blur * certain)
    all_of_it = area >= full - blur * certain
    other = held[~np.isin(held, group, assume_unique=True)]
    crossed = Cover(
        polygon=busy[near.polygon_of_group[real]],
        key=near.key_of_group[real],
        area_m2=np.where(all_of_it, full, area)[real],
        whole=all_of_it[real],
        most_rim_m=rim[real],
    )
    return _whole(shapes, busy[other // keys], other % keys), crossed


def resolution(bounds: NDArray[np.float64], perimeter: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area in m² that coordinates in boxes cannot tell from nothing along perimeters in m.

    Four units in the last place of the largest coordinate, along the whole perimeter: 2e-6 m² for a parcel of
    1 km perimeter at a northing of 3,270,000 m.
    """
    largest = np.fmax.reduce(np.abs(bounds), axis=1, initial=0.0)  # what has no bounds has no largest coordinate
    return np.asarray(4 * np.spacing(largest) * perimeter)


def _near(box: NDArray[np.float64], window: NDArray[np.intp], chart: Chart, keys: int) -> _Near:
    """Find the pieces whose boxes overlap those of polygons; each once, in the first cell that both share."""
    left, low, right, high = window
    line, owner = spans(low, high + 1)
    first_cell = line * chart.columns + left[owner]
    entry, row = spans(
        chart.start_of_cell[first_cell].astype(np.intp),
        chart.start_of_cell[line * chart.columns + right[owner] + 1].astype(np.intp),
    )
    once = chart.begins_y[entry] | (line == low[owner])[row]
    entry, row = entry[once], row[once]
    first_of_row = chart.start_of_cell[first_cell + 1]
    once = chart.begins_x[entry] | (entry < first_of_row[row])
    entry, polygon = entry[once], owner[row[once]]
    piece = chart.piece_of_entry[entry].astype(np.intp)
    for one, other, side in ((chart.x1, chart.x2, 0), (chart.y1, chart.y2, 1)):
        lower, upper = box[polygon, side], box[polygon, side + 2]
        first, last = one[piece], other[piece]
        meets = (np.minimum(first, last) < upper) & (np.maximum(first, last) > lower)
        polygon, piece = polygon[meets], piece[meets]
    pair, group = np.unique(polygon * keys + chart.key[piece], return_inverse=True)
    return _Near(polygon=polygon, piece=piece, group=group, polygon_of_group=pair // keys, key_of_group=pair % keys)


def _known_points(  # noqa: PLR0913  boxes, and what to look them up in
    box: NDArray[np.float64],
    window: NDArray[np.intp],
    chart: Chart,
    near: _Near,
    keys: int,
    held_at: Points,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Choose a point in each box, in a free cell where there is one; also the pairs (polygon, key) that hold there."""
    left, low, right, high = window
    x, y = np.empty(len(box)), np.empty(len(box))
    cell = np.full(len(box), -1, dtype=np.intp)
    for east, north in ((0, 3), (0, 1), (2, 1), (2, 3)):
        column, line = (left if east == 0 else right), (low if north == 1 else high)
        corner = line * chart.columns + column
        chosen = (cell < 0) & (chart.region_of_cell[corner] >= 0)
        cell[chosen], x[chosen], y[chosen] = corner[chosen], box[chosen, east], box[chosen, north]
    searched = np.flatnonzero((cell < 0) & ((right - left + 1) * (high - low + 1) <= _MOST_CELLS))
    line, owner = spans(low[searched], high[searched] + 1)
    owner = searched[owner]
    inner, row = spans(line * chart.columns + left[owner], line * chart.columns + right[owner] + 1)
    free = chart.region_of_cell[inner] >= 0
    found, first = np.unique(owner[row[free]], return_index=True)
    cell[found] = inner[free][first]
    x[found] = np.clip(chart.west + (cell[found] % chart.columns + 0.5) * chart.cell, box[found, 0], box[found, 2])
    y[found] = np.clip(chart.south + (cell[found] // chart.columns + 0.5) * chart.cell, box[found, 1], box[found, 3])
    known, unknown = np.flatnonzero(cell >= 0), np.flatnonzero(cell < 0)
    position, key = chart.keys_of(chart.region_of_cell[cell[known]])
    held = known[position] * keys + key
    if len(unknown):
        x[unknown], y[unknown] = _clear_points(box, unknown, chart, near)
        position, key = held_at(x[unknown], y[unknown])
        held = np.sort(np.r_[held, unknown[position] * keys + key])
    return x, y, held


def _clear_points(
    box: NDArray[np.float64], chosen: NDArray[np.intp], chart: Chart, near: _Near
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Choose a point in each of some boxes well off all boundary: in the widest gap of a line in the widest gap."""
    place = np.full(len(box), -1, dtype=np.intp)
    place[chosen] = np.arange(len(chosen))
    close = place[near.polygon] >= 0
    owner, piece = place[near.polygon[close]], near.piece[close]
    box = box[chosen]
    x = _widest_gap(np.r_[owner, owner], np.r_[chart.x1[piece], chart.x2[piece]], box[:, 0], box[:, 2])
    x1, x2 = chart.x1[piece], chart.x2[piece]
    met = (np.minimum(x1, x2) < x[owner]) & (x[owner] < np.maximum(x1, x2))
    owner, piece, x1, x2 = owner[met], piece[met], x1[met], x2[met]
    part = (x[owner] - x1) / (x2 - x1)
    y = _widest_gap(owner, chart.y1[piece] + (chart.y2 - chart.y1)[piece] * part, box[:, 1], box[:, 3])
    return x, y


def _widest_gap(
    owner: NDArray[np.intp], value: NDArray[np.float64], least: NDArray[np.float64], most: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return, for each owner, the middle of the widest gap between its values, from its least to its most."""
    every = np.arange(len(least))
    owner, value = np.r_[owner, every, every], np.r_[value, least, most]
    value = np.clip(value, least[owner], most[owner])
    order = np.lexsort((value, owner))
    owner, value = owner[order], value[order]
    gap = np.where(owner[1:] == owner[:-1], np.diff(value), -1.0)
    by_size = np.lexsort((gap, owner[:-1]))
    widest = by_size[np.searchsorted(owner[:-1][by_size], every, side="right") - 1]
    return np.asarray(value[widest] + gap[widest] / 2)


def _areas(  # noqa: PLR0913  two sides, what is known of one point, and what is near
    shapes: Shapes,
    busy: NDArray[np.intp],
    chart: Chart,
    near: _Near,
    inside: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the area of each group, NaN where it has too many pairs of edges.

    Coordinates are taken from the middle of each polygon's box.
    """
    centre, corner = shapes.centre[busy], shapes.bounds[busy, 2:] - shapes.centre[busy]
    owner, groups = near.polygon, len(near.polygon_of_group)
    x1, x2 = (each[near.piece] - centre[owner, 0] for each in (chart.x1, chart.x2))
    y1, y2 = (each[near.piece] - centre[owner, 1] for each in (chart.y1, chart.y2))
    east, top = corner[owner, 0], corner[owner, 1]
    lines = _Lines.of(x1, y1, x2, y2)
    # Boundary that goes on above the box is continued along its top, to its eastern side.
    above = (y1 >= top) * 1.0 - (y2 >= top)
    at = np.where(y1 >= top, x1, x2)
    ray = np.flatnonzero((above != 0) & (at < east))
    x, y = (x - centre[:, 0])[owner], (y - centre[:, 1])[owner]
    # The point is looked at from inside the box: boundary that begins or ends right at its side is not near.
    eastern = x >= east
    over = np.where(eastern, (lines.x1 < x) & (x <= lines.x2), (lines.x1 <= x) & (x < lines.x2))
    over &= lines.y1 + lines.slope * (x - lines.x1) > y
    passed = above * np.where(eastern, x > at, x >= at)
    winding = inside - np.bincount(near.group, over * lines.sign + passed, minlength=groups)
    area = winding * shapes.area[busy[near.polygon_of_group]]
    lines = lines.and_rays(at[ray], top[ray], east[ray], above[ray])
    group, owner = np.r_[near.group, near.group[ray]], np.r_[owner, owner[ray]]
    edges, first_edge = _edges(shapes, busy)
    number = np.diff(first_edge)
    heavy = np.bincount(group, number[owner], minlength=groups) > MOST_PAIRS
    chosen = np.flatnonzero(~heavy[group] & (lines.x2 > lines.x1))
    stop = np.cumsum(number[owner[chosen]])
    cuts = np.searchsorted(stop, np.arange(PAIRS_AT_ONCE, stop.max(initial=0), PAIRS_AT_ONCE))
    for block in np.split(chosen, cuts):
        edge, line = spans(first_edge[owner[block]], first_edge[owner[block] + 1])
        line = block[line]
        begin, end = np.maximum(edges.x1[edge], lines.x1[line]), np.minimum(edges.x2[edge], lines.x2[line])
        both = begin < end
        edge, line = edge[both], line[both]
        area += np.bincount(
            group[line], _below_both(edges, edge, lines, line, begin[both], end[both]), minlength=groups
        )
    area[heavy] = np.nan
    return np.asarray(area)


@dataclass(frozen=True, eq=False)
class _Lines:
    """Lines from west to east (slope 0 where upright), with the sign of the ground below them."""

    x1: NDArray[np.float64]
    y1: NDArray[np.float64]
    x2: NDArray[np.float64]
    slope: NDArray[np.float64]
    sign: NDArray[np.float64]

    @classmethod
    def of(
        cls, x1: NDArray[np.float64], y1: NDArray[np.float64], x2: NDArray[np.float64], y2: NDArray[np.float64]
    ) -> _Lines:
        """Turn edges that have their polygon on the left so that they run eastward."""
        west = x1 > x2
        x1, x2 = np.where(west, x2, x1), np.where(west, x1, x2)
        y1, y2 = np.where(west, y2, y1), np.where(west, y1, y2)
        slope = np.divide(y2 - y1, x2 - x1, out=np.zeros(len(x1)), where=x2 > x1)
        return cls(x1, y1, x2, slope, np.where(west, 1.0, -1.0))

    def and_rays(
        self, x1: NDArray[np.float64], y: NDArray[np.float64], x2: NDArray[np.float64], sign: NDArray[np.float64]
    ) -> _Lines:
        """Return the lines and level ones after them."""
        return _Lines(
            np.r_[self.x1, x1], np.r_[self.y1, y], np.r_[self.x2, x2],
            np.r_[self.slope, np.zeros(len(x1))], np.r_[self.sign, sign],
        )  # fmt: skip


def _edges(shapes: Shapes, busy: NDArray[np.intp]) -> tuple[_Lines, NDArray[np.intp]]:
    """Return the edges of chosen polygons that are not upright, and where those of each begin."""
    point, owner = spans(shapes.first_point[busy], shapes.first_point[busy + 1])
    ring = shapes.ring_of_point[point]
    u, v = shapes.local
    drawn = np.flatnonzero((ring[1:] == ring[:-1]) & (u[point[1:]] != u[point[:-1]]))
    tail, head = point[drawn], point[drawn + 1]
    backward = ((shapes.ring_area < 0) != shapes.is_hole)[ring[drawn]]
    tail, head = np.where(backward, head, tail), np.where(backward, tail, head)
    first = np.r_[0, np.cumsum(np.bincount(owner[drawn], minlength=len(busy)))]
    return _Lines.of(u[tail], v[tail], u[head], v[head]), first


def _below_both(  # noqa: PLR0913  two sets of lines and where they share their range
    edges: _Lines,
    edge: NDArray[np.intp],
    lines: _Lines,
    line: NDArray[np.intp],
    begin: NDArray[np.float64],
    end: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Integrate the lower of two lines over a range: the one, plus what the other lies below it."""
    slope, base = edges.slope[edge], edges.y1[edge]
    start = edges.x1[edge]
    edge_begin, edge_end = base + slope * (begin - start), base + slope * (end - start)
    slope, base, start = lines.slope[line], lines.y1[line], lines.x1[line]
    fall_begin = base + slope * (begin - start) - edge_begin
    fall_end = base + slope * (end - start) - edge_end
    low = np.minimum(fall_begin, 0) + np.minimum(fall_end, 0)
    crossing = fall_begin * fall_end < 0
    share = np.divide(-low, np.abs(fall_end - fall_begin), out=np.ones_like(low), where=crossing)
    middle = edge_begin + edge_end + low * share
    return np.asarray(middle * (end - begin) * (edges.sign[edge] * lines.sign[line] / 2))
