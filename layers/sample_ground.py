"""The lie of the sample's land: three rivers that meet, side valleys, hills, and the town's edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio.features
import shapely
from rasterio.transform import Affine, from_origin
from scipy.interpolate import CubicSpline
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import LineString, Polygon
    from shapely.geometry.base import BaseGeometry

Array = np.ndarray[Any, np.dtype[np.float64]]

CRS = "EPSG:4549"
ORIGIN = np.array([458300.0, 3269000.0])
CELL_M = 30.0
HALF_GRID_M = 11_400.0
TOWN_M2 = 193.6e6
WATER_LEVEL_M = 23.0
GRID_M = 0.01

WEST_TO_NORTHEAST = [
    (-13000, 3000), (-9600, 1300), (-6900, 1900), (-4300, 350), (-2000, -450), (300, -150), (2000, 900), (3400, 2700),
    (4700, 4900), (7100, 6500), (9000, 9000), (12000, 11500),
]  # fmt: skip
SOUTH = [(2700, -13000), (1300, -9700), (2200, -6900), (500, -4500), (700, -2300), (1050, -1000), (2000, 900)]
STREAMS = {  # bank, place along it, length (m), bend (m)
    "north": [(0.22, 5200, 500), (0.42, 5000, 450), (0.62, 5200, 500), (0.80, 4600, -400)],
    "east": [(0.20, 4700, 420), (0.37, 6000, -520), (0.70, 5600, 600)],
    "southwest": [(0.20, 4600, 450), (0.655, 5600, 520), (0.84, 3600, -350)],
}


def spline(points: Sequence[tuple[float, float]] | Array, *, step_m: float = 20.0) -> Array:
    """Return a smooth curve through points, about a vertex every step."""
    given = np.asarray(points, dtype=float)
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(given, axis=0).T))]
    curve = CubicSpline(along, given)
    return np.asarray(curve(np.linspace(0, along[-1], max(int(along[-1] / step_m), 4))))


def normals(curve: Array) -> Array:
    """Return the unit normals on the left of a curve."""
    tangent = np.gradient(curve, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    return np.column_stack([-tangent[:, 1], tangent[:, 0]])


def ribbon(curve: Array, half_width: Array) -> BaseGeometry:
    """Return the polygon between a curve's two banks."""
    side = normals(curve) * half_width[:, None]
    return shapely.polygons(np.r_[curve + side, (curve - side)[::-1]]).buffer(0)


def rounded(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape with coordinates on whole centimetres."""
    return shapely.set_precision(shape, GRID_M)


def softened(shape: BaseGeometry, radius_m: float, *, tolerance_m: float = 1.0) -> BaseGeometry:
    """Return a shape without corners or necks narrower than the radius."""
    opened = shape.buffer(-radius_m, quad_segs=12).buffer(2 * radius_m, quad_segs=12)
    return opened.buffer(-radius_m, quad_segs=12).simplify(tolerance_m)


@dataclass(frozen=True, kw_only=True, eq=False)
class Shore:
    """A bank as an axis of its own: `s` metres along it, `t` metres inland."""

    line: LineString
    curve: Array
    along: Array
    inland: Array

    def at(self, s: Array | float, t: Array | float) -> Array:
        """Return the points at places along the bank and distances inland."""
        s, t = np.broadcast_arrays(np.asarray(s, float), np.asarray(t, float))
        foot = [np.interp(s, self.along, self.curve[:, axis]) for axis in (0, 1)]
        step = [np.interp(s, self.along, self.inland[:, axis]) for axis in (0, 1)]
        return np.stack([foot[0] + t * step[0], foot[1] + t * step[1]], axis=-1)

    def where(self, points: NDArray[np.object_]) -> tuple[Array, Array]:
        """Return `s` and `t` of points on the inland side."""
        return shapely.line_locate_point(self.line, points), shapely.distance(self.line, points)


def shore(bank: LineString, water: BaseGeometry) -> Shore:
    """Return the axis of a bank, its small bends taken out."""
    length = float(bank.length)
    raw = shapely.get_coordinates(shapely.line_interpolate_point(bank, np.arange(0, length, 10.0)))
    curve = np.column_stack([gaussian_filter(raw[:, axis], 14, mode="nearest") for axis in (0, 1)])
    side = normals(curve)
    middle = curve[len(curve) // 2] + 80 * side[len(curve) // 2]
    inland = -side if water.contains(shapely.Point(middle)) else side
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(curve, axis=0).T))]
    return Shore(line=shapely.LineString(curve), curve=curve, along=along, inland=inland)


@dataclass(frozen=True, kw_only=True, eq=False)
class Dem:
    """Elevations on a grid."""

    values: Array
    transform: Affine

    def at(self, points: NDArray[np.object_]) -> Array:
        """Return the elevations at points."""
        x, y = shapely.get_coordinates(points).T
        column, row = ~self.transform * (x, y)
        return np.asarray(map_coordinates(self.values, [row - 0.5, column - 0.5], order=1, mode="nearest"))

    def outline(self, mask: NDArray[np.bool_], *, least_m2: float, radius_m: float) -> BaseGeometry:
        """Return the ground of a mask of cells as smooth polygons, small ones left out."""
        found = rasterio.features.shapes(mask.astype(np.uint8), mask=mask, transform=self.transform)
        whole = shapely.union_all([shapely.geometry.shape(part) for part, _ in found])
        parts = shapely.get_parts(softened(whole, radius_m, tolerance_m=4.0))
        solid = [shapely.Polygon(p.exterior, [r for r in p.interiors if shapely.Polygon(r).area > least_m2])
                 for p in parts if p.area > least_m2]  # fmt: skip
        return shapely.union_all(solid)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """Everything nature made, and the town's edge before it is shared out in patches."""

    town: Polygon
    water: Polygon
    junction: Array
    shores: dict[str, Shore]
    streams: list[LineString]
    dem: Dem


def make_ground(rng: np.random.Generator) -> Ground:
    """Make rivers, valleys, hills and the town's edge."""
    water, junction = _water()
    shores = {name: shore(bank, water) for name, bank in _banks(water).items()}
    streams = [_stream(shores[name], *spec) for name, specs in STREAMS.items() for spec in specs]
    dem = _dem(rng, water, streams)
    return Ground(town=_town(), water=water, junction=junction, shores=shores, streams=streams, dem=dem)


def octaves(rng: np.random.Generator, shape: tuple[int, int], sizes: Sequence[float]) -> Array:
    """Return smooth noise of several grains (sizes in cells), spread evenly over 0 to 1."""
    total = np.zeros(shape)
    for size in sizes:
        layer = gaussian_filter(rng.standard_normal(shape), size, mode="reflect")
        total += layer / layer.std() * size**0.8
    return np.asarray((total.ravel().argsort().argsort() / total.size).reshape(shape))


def _water() -> tuple[Polygon, Array]:
    main, south = spline(WEST_TO_NORTHEAST) + ORIGIN, spline(SOUTH) + ORIGIN
    place, branch = np.linspace(0, 1, len(main)), np.linspace(0, 1, len(south))
    swell = 1 / (1 + np.exp(-(place - 0.53) * 30))
    wide = 185 + 25 * np.sin(19 * place) + 15 * np.sin(43 * place + 1) + swell * (75 + 25 * np.sin(27 * place + 2))
    narrow = 165 + 18 * np.sin(17 * branch + 1) + 12 * np.sin(37 * branch)
    joined = shapely.union_all([ribbon(main, wide), ribbon(south, narrow)])
    water = rounded(softened(joined, 55.0, tolerance_m=0.8))
    return shapely.Polygon(shapely.get_parts(water)[0].exterior), np.array([1750.0, 700.0]) + ORIGIN


def _banks(water: Polygon) -> dict[str, LineString]:
    disc = shapely.Point(ORIGIN).buffer(11_300)
    lines = shapely.get_parts(shapely.line_merge(shapely.intersection(water.exterior, disc)))
    lines = lines[shapely.length(lines) > 5000]
    ends = np.array([(np.array(line.coords[0]) + np.array(line.coords[-1])) / 2 for line in lines]) - ORIGIN
    towards = {"north": (-0.5, 1.0), "east": (1.0, -0.4), "southwest": (-1.0, -1.0)}
    banks = {name: lines[int(np.argmax(ends @ np.array(way)))] for name, way in towards.items()}
    heading = {"north": 0, "east": 1, "southwest": 0}
    for name, line in banks.items():
        first, last = line.coords[0], line.coords[-1]
        if first[heading[name]] > last[heading[name]]:
            banks[name] = shapely.reverse(line)
    return banks


def _stream(bank: Shore, place: float, length_m: float, bend_m: float) -> LineString:
    start = bank.along[-1] * place
    foot, way = bank.at(start, 0.0), bank.at(start, 1.0) - bank.at(start, 0.0)
    far = np.linspace(-60, length_m, 9)
    swing = bend_m * np.sin(far / length_m * 2.2 * np.pi) * np.clip(far / 900, 0, 1)
    points = foot + far[:, None] * way + swing[:, None] * np.array([-way[1], way[0]])
    return shapely.LineString(spline(points))


def _dem(rng: np.random.Generator, water: Polygon, streams: list[LineString]) -> Dem:
    side = int(2 * HALF_GRID_M / CELL_M)
    transform = from_origin(ORIGIN[0] - HALF_GRID_M, ORIGIN[1] + HALF_GRID_M, CELL_M, CELL_M)
    size = (side, side)
    wet = rasterio.features.rasterize([water], out_shape=size, transform=transform).astype(bool)
    brook = rasterio.features.rasterize(streams, out_shape=size, transform=transform, all_touched=True).astype(bool)
    to_river = distance_transform_edt(~wet) * CELL_M
    to_brook = distance_transform_edt(~(brook | wet)) * CELL_M
    broad, ridges = octaves(rng, size, [70, 35, 18]), octaves(rng, size, [28, 14, 7, 3.5])
    flats = octaves(rng, size, [45, 20])
    back = np.clip(to_river - 220 - 620 * flats, 0, None)
    side_valley = np.clip(to_brook - 70 - 180 * flats, 0, None) * 1.15
    rise = 1 - np.exp(-np.minimum(back, side_valley) / 850)
    height = (90 + 420 * broad) * (1 - np.exp(-back / 2100)) * (0.55 + 0.75 * ridges)
    floor = 25.2 + 3.4 * np.clip((to_river - 60) / (200 + 900 * flats), 0, 1) + 0.012 * back
    land = gaussian_filter(floor + height * rise, 1.6)
    return Dem(values=np.where(wet, WATER_LEVEL_M, np.maximum(land, WATER_LEVEL_M + 1)), transform=transform)


def _town() -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 1500, endpoint=False)
    waves = [(2, 0.10, 0.8), (3, 0.085, 2.1), (5, 0.055, 0.3), (8, 0.03, 4.0), (13, 0.022, 1.2), (21, 0.013, 2.6)]
    radius = 1 + np.sum([size * np.cos(k * angle + shift) for k, size, shift in waves], axis=0)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    area = shapely.Polygon(ring).area
    return rounded(shapely.Polygon(ring * np.sqrt(TOWN_M2 / area) + ORIGIN))
