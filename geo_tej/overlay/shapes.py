"""Polygons as flat arrays of coordinates, so that a million of them are measured without a million objects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

POLYGON, MULTIPOLYGON = 3, 6
"""Type numbers of WKB, and of shapely."""

_HEADER, _COUNT, _NUMBER = 5, 4, 8
"""Bytes of a WKB header (byte order and type), of a count and of a coordinate."""
_LEAST_RING = 4
"""Points of the smallest ring, the first one twice."""
_ROUNDING = 1e-12
"""Part of a box's area below which the turn of an edge about the box's centre is not certain."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shapes:
    """Rings of polygons, those of a polygon side by side and its shells as well as its holes closed.

    `row` names the polygon of each ring, in ascending order; polygons without ground have none. Coordinates
    `x`, `y` are those of the file; `first` says where each ring begins, and ends with the number of points.
    """

    count: int
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    first: NDArray[np.intp]
    row: NDArray[np.intp]
    is_hole: NDArray[np.bool_]

    @cached_property
    def present(self) -> NDArray[np.intp]:
        """The polygons that have rings, ascending."""
        return np.asarray(self.row[self._first_ring])

    @cached_property
    def _first_ring(self) -> NDArray[np.intp]:
        return np.asarray(np.flatnonzero(np.r_[True, self.row[1:] != self.row[:-1]][: len(self.row)]))

    @cached_property
    def first_point(self) -> NDArray[np.intp]:
        """Where the points of each present polygon begin, and the number of all points."""
        return np.asarray(np.r_[self.first[:-1][self._first_ring], len(self.x)])

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """West, south, east, north of each present polygon."""
        if not len(self.present):
            return np.empty((0, 4))
        start = self.first_point[:-1]
        return np.stack(
            [
                np.minimum.reduceat(self.x, start),
                np.minimum.reduceat(self.y, start),
                np.maximum.reduceat(self.x, start),
                np.maximum.reduceat(self.y, start),
            ],
            axis=1,
        )

    @cached_property
    def centre(self) -> NDArray[np.float64]:
        """The middle of each present polygon's box."""
        return (self.bounds[:, :2] + self.bounds[:, 2:]) / 2

    @cached_property
    def local(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates from the middle of each polygon's box: small numbers, of which products are exact enough."""
        number = np.diff(self.first_point)
        return self.x - np.repeat(self.centre[:, 0], number), self.y - np.repeat(self.centre[:, 1], number)

    @cached_property
    def _turns(self) -> NDArray[np.float64]:
        """Twice the signed area that each edge sweeps about the box's centre; 0 at the last point of a ring."""
        u, v = self.local
        turn = np.zeros(len(u))
        turn[:-1] = u[:-1] * v[1:]
        turn[:-1] -= u[1:] * v[:-1]
        turn[self.first[1:] - 1] = 0.0
        return turn

    @cached_property
    def ring_area(self) -> NDArray[np.float64]:
        """The area of each ring, positive where it runs counter-clockwise."""
        return np.add.reduceat(self._turns, self.first[:-1]) / 2 if len(self.row) else np.empty(0)

    @cached_property
    def area(self) -> NDArray[np.float64]:
        """The area of each present polygon, holes taken out."""
        if not len(self.row):
            return np.empty(0)
        size = np.abs(self.ring_area)
        return np.add.reduceat(np.where(self.is_hole, -size, size), self._first_ring)

    @cached_property
    def starlike(self) -> NDArray[np.bool_]:
        """Which present polygons are certainly valid: one ring, seen whole from the middle of its box.

        All edges turn the same way about that point, and once around it. Most parcels are such; of the others
        nothing is said.
        """
        if not len(self.row):
            return np.empty(0, dtype=bool)
        _, v = self.local
        last = self.first[1:] - 1
        turn = self._turns.copy()
        turn[last] = np.inf
        least = np.minimum.reduceat(turn, self.first[:-1])
        turn[last] = -np.inf
        most = np.maximum.reduceat(turn, self.first[:-1])
        upward = np.zeros(len(v), dtype=np.int32)
        upward[:-1] = (v[:-1] < 0) & (v[1:] >= 0)
        downward = np.zeros(len(v), dtype=np.int32)
        downward[:-1] = (v[:-1] >= 0) & (v[1:] < 0)
        upward[last] = downward[last] = 0
        once = (np.add.reduceat(upward, self.first[:-1]) == 1) & (np.add.reduceat(downward, self.first[:-1]) == 1)
        box = self.bounds
        margin = _ROUNDING * ((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]))
        alone = np.diff(self._rings_of) == 1
        first = self._first_ring
        round_it = (least[first] > margin) | (most[first] < -margin)
        return np.asarray(alone & round_it & once[first])

    @cached_property
    def ring_of_point(self) -> NDArray[np.intp]:
        """The ring of each point."""
        return np.repeat(np.arange(len(self.row)), np.diff(self.first))

    def perimeter(self, chosen: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the lengths of the edges of chosen present polygons, by position among the present."""
        point, owner = spans(self.first_point[chosen], self.first_point[chosen + 1])
        ring = self.ring_of_point[point]
        step = np.hypot(np.diff(self.x[point]), np.diff(self.y[point])) * (ring[1:] == ring[:-1])
        return np.asarray(np.bincount(owner[1:], step, minlength=len(chosen)), dtype=np.float64)

    def geometry(self, chosen: NDArray[np.intp]) -> NDArray[np.object_]:
        """Return chosen present polygons, by position among the present and ascending, as shapely's."""
        ring, owner = spans(self._rings_of[chosen], self._rings_of[chosen + 1])
        point, place = spans(self.first[ring], self.first[ring + 1])
        rings = shapely.linearrings(np.column_stack([self.x[point], self.y[point]]), indices=place)
        part = np.cumsum(~self.is_hole[ring]) - 1
        parts = shapely.polygons(rings, indices=part)
        owner = owner[~self.is_hole[ring]]
        several = np.bincount(owner, minlength=len(chosen)) > 1
        whole = np.empty(len(chosen), dtype=object)
        whole[owner] = parts
        many = several[owner]
        whole[several] = shapely.multipolygons(parts[many], indices=np.unique(owner[many], return_inverse=True)[1])
        return whole

    @cached_property
    def _rings_of(self) -> NDArray[np.intp]:
        return np.asarray(np.r_[self._first_ring, len(self.row)])


def spans(start: NDArray[np.intp], stop: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return all numbers of many ranges one after the other, and which range each comes from.

    >>> spans(np.array([4, 9]), np.array([6, 10]))[0].tolist()
    [4, 5, 9]
    """
    length = stop - start
    owner = np.repeat(np.arange(len(start)), length)
    return np.arange(len(owner)) + np.repeat(start - (np.cumsum(length) - length), length), owner


def from_geometry(geometry: NDArray[np.object_]) -> Shapes:
    """Take polygons and multipolygons apart; what is missing or empty has no rings."""
    parts, row_of_part = shapely.get_parts(geometry, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    number = np.bincount(ring, minlength=len(rings))
    return Shapes(
        count=len(geometry),
        x=np.ascontiguousarray(points[:, 0]),
        y=np.ascontiguousarray(points[:, 1]),
        first=np.r_[0, np.cumsum(number)],
        row=row_of_part[part],
        is_hole=np.r_[False, part[1:] == part[:-1]][: len(part)],
    )


def from_wkb(data: NDArray[np.uint8], offset: NDArray[np.int64], present: NDArray[np.bool_]) -> Shapes | None:
    """Read polygons and multipolygons from the bytes of a column of WKB, value i at `offset[i]` to `offset[i + 1]`.

    Third and fourth coordinates are left out. Returns None where a value is anything else, big-endian, cut short or
    has an open ring: shapely is then the one to read it, and to say what is wrong.
    """
    found = _walk(data, offset, np.flatnonzero(present))
    if found is None:
        return None
    row, place, number, stride, is_hole = found
    if (row[1:] < row[:-1]).any():
        order = np.argsort(row, kind="stable")
        row, place, number, stride, is_hole = row[order], place[order], number[order], stride[order], is_hole[order]
    first = np.r_[0, np.cumsum(number)]
    inner, ring = spans(first[:-1], first[1:])
    inner -= first[ring]
    points = _at(data, f"V{2 * _NUMBER}", place[ring] + inner * stride[ring]).view("<f8").reshape(-1, 2)
    bits = points.view(np.uint64)
    if (bits[first[:-1]] != bits[first[1:] - 1]).any():
        return None
    return Shapes(
        count=len(present),
        x=np.ascontiguousarray(points[:, 0]),
        y=np.ascontiguousarray(points[:, 1]),
        first=first,
        row=row,
        is_hole=is_hole,
    )


def _walk(
    data: NDArray[np.uint8], offset: NDArray[np.int64], row: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]] | None:
    """Walk through many values at once, a ring of each at a time.

    Returns row, place of the first point, number of points, bytes from point to point and whether it is a hole, of
    every ring; None where a value cannot be walked.
    """
    at, end = offset[:-1][row].astype(np.int64), offset[1:][row].astype(np.int64)
    if (end - at < _HEADER + _COUNT).any():
        return None
    kind, start, stride = _headers(data, at, end)
    if not np.isin(kind, (POLYGON, MULTIPOLYGON)).all():
        return None
    many = kind == MULTIPOLYGON
    parts = np.where(many, _counts(data, start, end), 1)
    at = np.where(many, start + _COUNT, at)
    rings = np.zeros(len(row), dtype=np.int64)
    shell = np.ones(len(row), dtype=bool)
    found = [(row[:0], at[:0], at[:0], at[:0], shell[:0])]
    while True:
        left = (rings > 0) | (parts > 0)
        row, at, end, stride, parts, rings, shell = (each[left] for each in (row, at, end, stride, parts, rings, shell))
        if not len(row):
            break
        opening = rings == 0
        if opening.any():
            kind, start, wide = _headers(data, at[opening], end[opening])
            if (kind != POLYGON).any():
                return None
            rings[opening] = _counts(data, start, end[opening])
            at[opening] = start + _COUNT
            stride[opening] = wide
            shell[opening] = True
            parts -= opening
        drawn = rings > 0
        number = _counts(data, at[drawn], end[drawn])
        place = at[drawn] + _COUNT
        stop = place + number * stride[drawn]
        if (number < _LEAST_RING).any() or (stop > end[drawn]).any():
            return None
        found.append((row[drawn], place, number, stride[drawn], ~shell[drawn]))
        at[drawn] = stop
        shell[drawn] = False
        rings -= drawn
    row, place, number, stride, is_hole = (np.concatenate(column) for column in zip(*found, strict=True))
    return row, place, number, stride, is_hole


def _headers(
    data: NDArray[np.uint8], at: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Read headers, of ISO WKB or extended: kind (0 where it cannot be read), where they end, bytes a point."""
    whole = at + _HEADER <= end
    at = np.where(whole, at, 0)
    word = _at(data, "<u4", at + 1).astype(np.int64)
    kind = word & 0xFFFF
    further = np.isin(kind // 1000, (1, 2)) + 2 * (kind // 1000 == len("xyz")) + (word >> 31) + (word >> 30 & 1)
    readable = whole & (data[at] == 1)
    return np.where(readable, kind % 1000, 0), at + _HEADER + _COUNT * (word >> 29 & 1), _NUMBER * (2 + further)


def _counts(data: NDArray[np.uint8], at: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """Read counts; 0 where the value ends before."""
    whole = at + _COUNT <= end
    return np.where(whole, _at(data, "<u4", np.where(whole, at, 0)).astype(np.int64), 0)


def _at(data: NDArray[np.uint8], kind: str, byte: NDArray[np.int64]) -> NDArray[Any]:
    """Read values that begin at any byte."""
    size = np.dtype(kind).itemsize
    if not len(byte):
        return np.empty(0, dtype=kind)
    view = np.ndarray((len(data) - size + 1,), dtype=kind, buffer=data, strides=(1,))
    return view[byte]
