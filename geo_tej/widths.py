"""How wide pieces of ground are, as far as least sizes want to know it: the less it decides, the less is measured.

A piece is as wide as the largest circle in it. That circle is dear to find; whether one of a given diameter fits is
cheap to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.measure import CIRCLE_TOLERANCE_M, widest_circle_m
from geo_tej.ragged import runs
from geo_tej.threads import elementwise

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 16
"""So many circles are worth a thread."""

QUARTER = 2
"""So many chords a quarter circle has around a rim: they lie inside the curve, so that a band is never too wide."""

BLUR = 0.012
"""Part of a distance by which a band may still be too wide: GEOS simplifies a rim by a hundredth of it."""


def widths_m(
    piece: NDArray[np.object_],
    area_m2: NDArray[np.float64],
    mean_m: NDArray[np.float64],
    sizes: NDArray[np.float64],
    asked: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return how wide pieces are, in m, within 5 cm where it decides on a size that is asked of them, else at least.

    The circle around the centroid is a least width; the disc of a piece's area and the short side of the smallest
    rectangle around it are greatest ones. What they leave open is held against one size after the other.

    Parameters
    ----------
    piece, area_m2, mean_m
        Polygons, their areas and their mean widths.
    sizes
        Rows of least area in m² and least width in m.
    asked
        Pieces x sizes.

    >>> squares = shapely.box(0, 0, [10, 10.02, 30], [10, 10.02, 30])
    >>> sizes, area = np.array([[50, 10.0], [50, 25.0]]), shapely.area(squares)
    >>> width = widths_m(squares, area, area / 20, sizes, np.ones((3, 2), bool))
    >>> (width[:, None] >= sizes[:, 1] - CIRCLE_TOLERANCE_M).tolist()
    [[True, False], [True, False], [True, True]]
    >>> widths_m(squares[:0], area[:0], area[:0], sizes, np.ones((0, 2), bool)).tolist()
    []
    """
    least_m, of_size = np.unique(sizes[:, 1], return_inverse=True)
    disc_m = np.sqrt(4 * area_m2 / np.pi)
    wanted = np.zeros((len(piece), len(least_m)), dtype=bool)
    for number, (area, of) in enumerate(zip(sizes[:, 0], of_size.ravel(), strict=True)):
        wanted[:, of] |= asked[:, number] & (area_m2 >= area)
    wanted &= least_m <= disc_m[:, None]
    width, most = mean_m.copy(), disc_m.copy()

    def unsure() -> NDArray[np.bool_]:
        return wanted & (width[:, None] < least_m) & (least_m - CIRCLE_TOLERANCE_M <= most[:, None])

    some = np.flatnonzero(unsure().any(axis=1))
    width[some] = np.maximum(width[some], elementwise(_central_circle_m, piece[some]))
    most[some] = np.minimum(most[some], elementwise(narrow_side_m, piece[some]))
    tried = np.zeros_like(wanted)
    while (some := np.flatnonzero((left := unsure() & ~tried).any(axis=1))).size:
        turn = _middle(left[some])
        tried[some, turn] = True
        told = elementwise(_held_against, piece[some], least_m[turn])
        wide, narrow = told > 0, told < 0
        width[some[wide]] = np.maximum(width[some[wide]], least_m[turn[wide]])
        less = np.nextafter(least_m[turn[narrow]] - CIRCLE_TOLERANCE_M, 0.0)
        most[some[narrow]] = np.minimum(most[some[narrow]], less)
    some = np.flatnonzero(unsure().any(axis=1))
    width[some] = elementwise(widest_circle_m, piece[some], chunk=FEW)
    return width


def _middle(rows: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the middle one of the columns that are true in each row."""
    rank = np.cumsum(rows, axis=1)
    return np.asarray(np.argmax(rank > rank[:, -1:] // 2, axis=1))


def _held_against(piece: NDArray[np.object_], width_m: NDArray[np.float64]) -> NDArray[np.int8]:
    """Say of pieces whether they are as wide (1), narrower by more than the tolerance (-1), or too near to tell (0).

    A point that is left when the rim is taken off is the centre of a circle: its distance to the rim is measured.
    Narrow is a piece that a band along its rim covers; that nothing seems left when the rim is taken off proves
    nothing, as GEOS takes some rings to be turned inside out.
    """
    centre = shapely.point_on_surface(shapely.buffer(piece, -(1 + BLUR) / 2 * width_m, quad_segs=QUARTER))
    gap = shapely.distance(centre, shapely.boundary(piece))
    told = np.where(2 * gap >= width_m, np.int8(1), np.int8(0))
    rest = np.flatnonzero(told == 0)
    reach_m = (1 - BLUR) / 2 * (width_m[rest] - CIRCLE_TOLERANCE_M)
    band = shapely.buffer(_open_rims(piece[rest]), reach_m, quad_segs=QUARTER)
    told[rest[shapely.covers(band, piece[rest])]] = -1
    return told


def _open_rims(piece: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the rings of pieces as two lines each, none of them closed: no inside is looked for."""
    rings, owner = shapely.get_rings(piece, return_index=True)
    number = shapely.get_num_coordinates(rings)
    half = number // 2
    # the point where a ring is parted ends one line and begins the other
    point, line = runs(np.repeat(np.cumsum(number) - number, 2) + _pairs(0, half), _pairs(half + 1, number - half))
    lines = shapely.linestrings(shapely.get_coordinates(rings)[point], indices=line)
    return np.asarray(shapely.multilinestrings(lines, indices=np.repeat(owner, 2)))


def _pairs(left: NDArray[np.intp] | int, right: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return numbers of two kinds in turn."""
    return np.column_stack([np.broadcast_to(left, right.shape), right]).ravel()


def _central_circle_m(piece: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the diameters of the circles around the centroids of pieces, 0 where that lies outside."""
    centre = shapely.centroid(piece)
    gap = shapely.distance(centre, shapely.boundary(piece))
    return np.where(shapely.contains(piece, centre), 2 * gap, 0.0)


def narrow_side_m(piece: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the short sides of the smallest rectangles around pieces.

    >>> narrow_side_m(shapely.box(0, 0, [3, 9], [90, 4])).tolist(), narrow_side_m(np.empty(0, object)).tolist()
    ([3.0, 4.0], [])
    """
    corner, of = shapely.get_coordinates(shapely.oriented_envelope(piece), return_index=True)
    first = np.searchsorted(of, np.arange(len(piece)))
    one, other = (corner[first + number + 1] - corner[first + number] for number in (0, 1))
    return np.asarray(np.minimum(np.hypot(*one.T), np.hypot(*other.T)))
