"""A chart of zone boundaries: which pieces of them run through each cell of a grid, and what holds where none does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.overlay.linked import linked
from geo_tej.overlay.shapes import spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from geo_tej.overlay.shapes import Shapes

FEWEST_CELLS, MOST_CELLS = 1 << 10, 1 << 22
"""A chart has about 16 cells an edge of a zone, between these."""
CELLS_PER_EDGE = 16

_SHORT = 0.999
"""Pieces are this much shorter than a cell, so that none reaches beyond the next cell."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chart:
    """A grid over all zones with a free rim, the pieces of boundaries in its cells, and its free regions.

    Pieces are directed, with the zone on their left, and no longer than a cell. `piece_of_entry` lists them by cell
    (row by row), a piece in each cell that its box meets; `begins_x`, `begins_y` say whether the cell is the first
    of its box. A region is a connected set of cells without pieces: the same keys hold all over it.
    """

    west: float
    south: float
    cell: float
    columns: int
    rows: int
    x1: NDArray[np.float64]
    y1: NDArray[np.float64]
    x2: NDArray[np.float64]
    y2: NDArray[np.float64]
    key: NDArray[np.intp]
    start_of_cell: NDArray[np.int32]
    piece_of_entry: NDArray[np.int32]
    begins_x: NDArray[np.bool_]
    begins_y: NDArray[np.bool_]
    taken_before: NDArray[np.int32]
    region_of_cell: NDArray[np.int32]
    start_of_region: NDArray[np.intp]
    key_of_region: NDArray[np.intp]

    def column(self, x: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the column of each easting, the nearest where it lies outside."""
        return np.asarray(np.clip(np.floor((x - self.west) / self.cell), 0, self.columns - 1).astype(np.intp))

    def line(self, y: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the row of each northing, the nearest where it lies outside."""
        return np.asarray(np.clip(np.floor((y - self.south) / self.cell), 0, self.rows - 1).astype(np.intp))

    def taken(
        self, left: NDArray[np.intp], low: NDArray[np.intp], right: NDArray[np.intp], high: NDArray[np.intp]
    ) -> NDArray[np.int32]:
        """Count the cells with pieces in windows of cells, by a table of sums."""
        wide = self.columns + 1
        table = self.taken_before
        upper, lower = (high + 1) * wide, low * wide
        count = table[upper + right + 1] - table[upper + left] - table[lower + right + 1] + table[lower + left]
        return np.asarray(count)

    def keys_of(self, region: NDArray[np.integer[Any]]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return, for each key that holds in one of the regions, the position among `region` and the key."""
        entry, position = spans(self.start_of_region[region], self.start_of_region[region + 1])
        return position, self.key_of_region[entry]


def draw(
    edges: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    key: NDArray[np.intp],
    held_at: Callable[[NDArray[Any], NDArray[Any]], tuple[NDArray[np.intp], NDArray[np.intp]]],
) -> Chart:
    """Draw the chart of edges (x1, y1, x2, y2), each with its key and its zone on the left.

    `held_at` takes eastings and northings and returns the pairs of position and key that hold there.
    """
    west, south, cell, columns, rows = _frame(*edges)
    x1, y1, x2, y2, source = _short(*edges, cell * _SHORT)
    left, right = (np.floor((bound(x1, x2) - west) / cell).astype(np.int64) for bound in (np.minimum, np.maximum))
    low, high = (np.floor((bound(y1, y2) - south) / cell).astype(np.int64) for bound in (np.minimum, np.maximum))
    piece = np.arange(len(x1))
    wide, tall = right > left, high > low
    corners = [
        (piece, low * columns + left, True, True),
        (piece[wide], (low * columns + right)[wide], False, True),
        (piece[tall], (high * columns + left)[tall], True, False),
        (piece[wide & tall], (high * columns + right)[wide & tall], False, False),
    ]
    at = np.concatenate([corner[1] for corner in corners])
    order = np.argsort(at, kind="stable")
    begins_x, begins_y = (
        np.concatenate([np.full(len(corner[0]), corner[which]) for corner in corners])[order] for which in (2, 3)
    )
    number = np.bincount(at, minlength=columns * rows)
    free = number == 0
    taken_before = np.zeros((rows + 1, columns + 1), dtype=np.int32)
    np.cumsum(np.cumsum(~free.reshape(rows, columns), axis=0, dtype=np.int32), axis=1, out=taken_before[1:, 1:])
    region, example = _regions(free.reshape(rows, columns))
    position, held = held_at(west + (example % columns + 0.5) * cell, south + (example // columns + 0.5) * cell)
    order_of_held = np.lexsort((held, position))
    return Chart(
        west=west,
        south=south,
        cell=cell,
        columns=columns,
        rows=rows,
        x1=x1,
        y1=y1,
        x2=x2,
        y2=y2,
        key=key[source],
        start_of_cell=np.r_[0, np.cumsum(number)].astype(np.int32),
        piece_of_entry=np.concatenate([corner[0] for corner in corners])[order].astype(np.int32),
        begins_x=begins_x,
        begins_y=begins_y,
        taken_before=taken_before.ravel(),
        region_of_cell=region,
        start_of_region=np.searchsorted(position[order_of_held], np.arange(len(example) + 1)),
        key_of_region=held[order_of_held],
    )


def edges_of(
    shapes: Shapes,
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], NDArray[np.intp]]:
    """Return the edges of polygons as (x1, y1, x2, y2), each with the polygon on its left, and whose they are."""
    start = np.delete(np.arange(len(shapes.x)), shapes.first[1:] - 1)
    ring = np.repeat(np.arange(len(shapes.row)), np.diff(shapes.first) - 1)
    backward = ((shapes.ring_area < 0) != shapes.is_hole)[ring]
    tail, head = np.where(backward, start + 1, start), np.where(backward, start, start + 1)
    return (shapes.x[tail], shapes.y[tail], shapes.x[head], shapes.y[head]), shapes.row[ring]


def _frame(
    x1: NDArray[np.float64], y1: NDArray[np.float64], x2: NDArray[np.float64], y2: NDArray[np.float64]
) -> tuple[float, float, float, int, int]:
    """Choose the cells: about 16 an edge, at least as long as lets edges be cut into 16 pieces on average."""
    if not len(x1):
        return 0.0, 0.0, 1.0, 1, 1
    west, east = min(x1.min(), x2.min()), max(x1.max(), x2.max())
    south, north = min(y1.min(), y2.min()), max(y1.max(), y2.max())
    wanted = min(max(CELLS_PER_EDGE * len(x1), FEWEST_CELLS), MOST_CELLS)
    length = float(np.hypot(x2 - x1, y2 - y1).sum())
    width, height = float(east - west), float(north - south)
    cell = max(np.sqrt(width * height / wanted), (width + height) / wanted, length / wanted)
    cell = max(cell, float(np.spacing(max(abs(west), abs(east), abs(south), abs(north)))) * FEWEST_CELLS)
    columns, rows = int(np.ceil(width / cell)) + 2, int(np.ceil(height / cell)) + 2
    return float(west - cell), float(south - cell), float(cell), columns + 1, rows + 1


def _short(
    x1: NDArray[np.float64],
    y1: NDArray[np.float64],
    x2: NDArray[np.float64],
    y2: NDArray[np.float64],
    longest: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Cut edges into equal pieces that span no more than a length each way; also the edge each comes from."""
    number = np.maximum(np.ceil(np.maximum(np.abs(x2 - x1), np.abs(y2 - y1)) / longest), 1).astype(np.int64)
    turn, source = spans(np.zeros_like(number), number)
    begin, end = turn / number[source], (turn + 1) / number[source]
    return (
        x1[source] + (x2 - x1)[source] * begin,
        y1[source] + (y2 - y1)[source] * begin,
        np.where(end == 1, x2[source], x1[source] + (x2 - x1)[source] * end),
        np.where(end == 1, y2[source], y1[source] + (y2 - y1)[source] * end),
        source,
    )


def _regions(free: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Give each free cell the number of its region (not cornerwise), -1 elsewhere; also a cell of each region."""
    begins = free.copy()
    begins[:, 1:] &= ~free[:, :-1]
    run = np.where(free, np.cumsum(begins.ravel(), dtype=np.int32).reshape(free.shape) - 1, -1)
    meets = free[1:] & free[:-1] & (begins[1:] | begins[:-1])
    region = linked(run[:-1][meets], run[1:][meets], int(begins.sum()))
    _, first = np.unique(region, return_index=True)
    return np.where(free, np.r_[region, -1][run], -1).astype(np.int32).ravel(), np.flatnonzero(begins.ravel())[first]
