"""What people made of the sample's land: park and town seat, roads, villages, and the patches that tile the town."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sample_ground import CRS, GRID_M, Array, Ground, Shore, normals, octaves, ribbon, rounded, softened, spline
from scipy.ndimage import gaussian_filter, map_coordinates

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import LineString, Polygon
    from shapely.geometry.base import BaseGeometry

PARK_M2 = 1_002_000.0
PARK_S = (11_450.0, 13_380.0)
STREET_M = 16.0
ROWS = ((30.0, 178.0), (194.0, 346.0), (362.0, 505.0))
COLUMNS = (11_458.0, 11_720.0, 11_995.0, 12_290.0, 12_560.0, 12_830.0, 13_110.0, 13_372.0)
CUTS = ("2322213", "3223322", "2232232")
"""How many plots stand side by side in each cell, a row of the park each."""
SEAT_S = (9_350.0, 11_200.0)
SEAT_ROWS = ((45.0, 150.0), (162.0, 262.0), (274.0, 374.0), (386.0, 480.0))
SEAT_COLUMNS = (9_362.0, 9_560.0, 9_755.0, 9_950.0, 10_150.0, 10_350.0, 10_560.0, 10_770.0, 10_980.0, 11_188.0)
VILLAGES = (  # stream number and place along it, or bank, metres along it and inland
    (0, 0.30), (0, 0.72), (1, 0.35), (1, 0.75), (2, 0.33), (2, 0.74), (3, 0.45), (4, 0.40), (5, 0.28), (5, 0.70),
    (6, 0.36), (6, 0.78), (7, 0.34), (7, 0.78), (8, 0.38), (8, 0.74),
    ("north", 7600.0, 520.0), ("southwest", 8300.0, 480.0), ("east", 7700.0, 900.0),
)  # fmt: skip
HALF_WIDTH_M = {"national": 14.0, "provincial": 12.0, "county": 8.0, "township": 4.5, "village": 3.0}


@dataclass(frozen=True, kw_only=True, eq=False)
class Works:
    """What was built: the park, the seat, their plots, roads, villages."""

    park: Polygon
    seat: Polygon
    plots: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame


def make_works(rng: np.random.Generator, ground: Ground) -> Works:
    """Lay out the park, the seat, the villages and the roads."""
    east = ground.shores["east"]
    depth = _park_depth(ground, east)
    park = _along_shore(ground, east, PARK_S, depth)
    seat = _along_shore(ground, east, SEAT_S, 495.0)
    plots = _plots(east, ROWS, COLUMNS, CUTS, depth - 10)
    blocks = _plots(east, SEAT_ROWS, SEAT_COLUMNS, ("1" * 9,) * 4, 480.0).assign(area="seat")
    villages = _villages(rng, ground, park.union(seat))
    everything = gpd.GeoDataFrame(pd.concat([plots.assign(area="park"), blocks], ignore_index=True), crs=CRS)
    roads = _roads(ground, east, depth, villages)
    return Works(park=park, seat=seat, plots=everything, roads=roads, villages=villages)


def _along_shore(ground: Ground, east: Shore, span: tuple[float, float], depth: float) -> Polygon:
    s = np.r_[np.arange(*span, 25.0), span[1]]
    outline = shapely.Polygon(np.r_[east.at(s, -120.0), east.at(s, depth)[::-1]])
    return rounded(max(shapely.get_parts(outline - ground.water), key=shapely.area))


def _park_depth(ground: Ground, east: Shore) -> float:
    low, high = 400.0, 700.0
    while high - low > 1e-4:
        depth = (low + high) / 2
        less = _along_shore(ground, east, PARK_S, depth).area < PARK_M2
        low, high = (depth, high) if less else (low, depth)
    return low


def _plots(
    east: Shore,
    rows: tuple[tuple[float, float], ...],
    columns: tuple[float, ...],
    cuts: tuple[str, ...],
    last_m: float,
) -> gpd.GeoDataFrame:
    """Cut blocks between streets into plots, square to the shore."""
    records = []
    for row, (near, far) in enumerate(rows):
        far_edge = last_m if row == len(rows) - 1 else far
        for column, parts in enumerate(cuts[row]):
            edges = np.linspace(columns[column] + STREET_M / 2, columns[column + 1] - STREET_M / 2, int(parts) + 1)
            for part in range(int(parts)):
                s = edges[[part, part + 1]]
                near_edge = near + (14.0 * ((part + column) % 3) if row == 0 else 0.0)
                for front, back in _halved(near_edge, far_edge, deep=(row + 2 * column + part) % 5 == 0):
                    ring = np.r_[east.at(s, front), east.at(s, back)[::-1]]
                    records.append((row, column, part, *s, front, back, rounded(shapely.Polygon(ring))))
    names = ["row", "column", "part", "s0", "s1", "front", "back", "geometry"]
    plots = gpd.GeoDataFrame(dict(zip(names, zip(*records, strict=True), strict=True)), crs=CRS)
    return plots.set_geometry(_with_common_nodes(plots.geometry.to_numpy()), crs=CRS)


def _with_common_nodes(plots: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return plots whose common edges have the same nodes, so that neighbours touch and nothing more."""
    noded = shapely.union_all(shapely.boundary(plots), grid_size=GRID_M)
    faces = np.array(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))), dtype=object)
    plot, face = shapely.STRtree(faces).query(shapely.point_on_surface(plots), predicate="within")
    return np.asarray(faces[face[np.argsort(plot)]])


def _halved(front: float, back: float, *, deep: bool) -> list[tuple[float, float]]:
    middle = (front + back) / 2
    return [(front, middle), (middle, back)] if deep and back - front < 150.0 and back - front > 110.0 else [
        (front, back)
    ]  # fmt: skip


def _villages(rng: np.random.Generator, ground: Ground, kept_free: BaseGeometry) -> gpd.GeoDataFrame:
    """Return villages as rounded settlements, with their centre."""
    shapes, centres = [], []
    for place in VILLAGES:
        if len(place) == 2:
            line = ground.streams[int(place[0])]
            centre = shapely.get_coordinates(line.interpolate(float(place[1]), normalized=True))[0] + 40
        else:
            centre = ground.shores[str(place[0])].at(float(place[1]), float(place[2]))
        size = rng.uniform(75, 125)
        knots = centre + rng.normal(0, size, (16, 2)) * np.array([1.25, 0.8])
        blob = shapely.union_all(shapely.points(knots).tolist()).buffer(size * 0.62)
        blob = softened(blob, 28.0) - ground.water.buffer(60) - kept_free.buffer(40)
        shapes.append(rounded(max(shapely.get_parts(blob), key=shapely.area)))
        centres.append(shapely.Point(np.round(centre, 2)))
    names = [f"示例村{number:02d}" for number in range(1, len(VILLAGES) + 1)]
    return gpd.GeoDataFrame({"name": names, "centre": centres}, geometry=shapes, crs=CRS)


def _roads(ground: Ground, east: Shore, depth: float, villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return road land: a polygon a road, cut to the town, off the water but for the bridges."""
    axes: list[tuple[str, str, Array]] = [
        ("national", "示例国道", _parallel(ground.shores["north"], 760.0, 140.0)),
        ("provincial", "示例省道", _parallel(east, depth + 40, 0.0)),
        ("county", "示例县道1", _round_the_spit(ground.shores["southwest"])),
        ("county", "示例县道2", _parallel(ground.shores["north"], 340.0, 50.0)),
        ("county", "示例大桥", spline(east.at(13_440.0, np.array([depth + 45, 260.0, 0.0, -400.0, -1000.0])))),
    ]  # fmt: skip
    for number, stream in enumerate(ground.streams, 1):
        line = shapely.get_coordinates(shapely.offset_curve(stream.simplify(15), 55.0))
        axes.append(("township", f"示例乡道{number}", spline(line[:: max(len(line) // 14, 1)])))
    for number, (name, centre) in enumerate(zip(villages["name"], villages["centre"], strict=True), 1):
        to = villages["centre"].iloc[number % len(villages)]
        straight = shapely.LineString([centre, to])
        if straight.length < 3300 and straight.disjoint(ground.water):
            middle = (np.array(centre.coords[0]) + np.array(to.coords[0])) / 2 + 260 * np.sin(
                np.array([number, 2 * number])
            )
            axes.append(("village", f"{name}村道", spline(np.array([centre.coords[0], middle, to.coords[0]]))))
    lots = shapely.union_all([rounded(_along_shore(ground, east, span, far)) for span, far in
                              ((PARK_S, depth), (SEAT_S, 495.0))])  # fmt: skip
    land, rows = shapely.Polygon(), []
    for kind, name, axis in axes:
        band = ribbon(axis, np.full(len(axis), HALF_WIDTH_M[kind])) & ground.town
        cut = band - lots - land
        own = cut if name == "示例大桥" else cut - ground.water.buffer(20)
        parts = [rounded(p.simplify(0.3)) for p in shapely.get_parts(own) if p.area > 600]
        land = land | band
        rows += [(kind, name, part) for part in parts if not part.is_empty]
    kinds, names, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"class": kinds, "name": names}, geometry=list(shapes), crs=CRS)


def _round_the_spit(bank: Shore) -> Array:
    """Return a road that follows a bank on both rivers and cuts the tongue of land between them."""
    s = np.r_[np.arange(0, 11_200.0, 500), np.arange(16_200.0, bank.along[-1], 500)]
    return spline(bank.at(s, 420 + 70 * np.sin(s / 900)))


def _parallel(bank: Shore, inland_m: float, sway_m: float) -> Array:
    s = bank.along[::25]
    raw = bank.at(s, inland_m + sway_m * np.sin(s / 900))
    smooth = np.column_stack([gaussian_filter(raw[:, axis], 2.0, mode="nearest") for axis in (0, 1)])
    return spline(smooth[::2])


# ---- the patches ---------------------------------------------------------------------------------------------------


def make_patches(rng: np.random.Generator, ground: Ground, works: Works) -> gpd.GeoDataFrame:
    """Tile the town with patches that share one set of nodes."""
    roads = shapely.union_all(works.roads.geometry.to_numpy())
    settled = shapely.union_all(works.villages.geometry.to_numpy())
    built = works.park | works.seat
    land = ground.town - ground.water - roads - built
    fields = shapely.voronoi_polygons(shapely.multipoints(_seeds(rng, ground, settled)), only_edges=True)
    shares = shapely.voronoi_polygons(shapely.multipoints(works.villages["centre"].tolist()), only_edges=True,
                                      extend_to=ground.town.buffer(9000))  # fmt: skip
    lines = [
        shapely.intersection(fields, land),
        shapely.intersection(shares, (ground.water | roads) & ground.town),
        ground.town.boundary,
        shapely.intersection(shapely.union_all([ground.water.boundary, roads.boundary, settled.boundary]), ground.town),
        built.boundary, works.park.boundary,
        *shapely.boundary(works.plots.geometry.to_numpy()),
    ]  # fmt: skip
    noded = shapely.union_all(lines, grid_size=GRID_M)
    faces = np.array(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))), dtype=object)
    faces = faces[shapely.within(shapely.point_on_surface(faces), ground.town)]
    kind = _kinds(faces, ground, works, roads, settled)
    faces, kind = _without_slivers(faces, kind)
    code = _codes(rng, faces, kind, ground)
    inside = shapely.point_on_surface(faces)
    nearest = shapely.STRtree(works.villages["centre"].to_numpy()).nearest(inside)
    order = np.lexsort((shapely.get_x(inside), -np.round(shapely.get_y(inside), -2)))
    village = np.where(np.isin(kind, ["plot", "street"]), "示例镇区", works.villages["name"].to_numpy()[nearest])
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"TB-{number:05d}" for number in range(1, len(faces) + 1)],
            "village": village[order],
            "land_use_code": code[order],
            "land_use_scheme": "GB/T 21010-2017",
        },
        geometry=faces[order],
        crs=CRS,
    )


def _seeds(rng: np.random.Generator, ground: Ground, settled: BaseGeometry) -> Array:
    """Return points whose cells are small fields in the valleys, stands of wood on the hills, and house plots."""
    west, south, east, north = ground.town.buffer(400).bounds
    middle, reach = np.array([(west + east) / 2, (south + north) / 2]), max(east - west, north - south) * 0.75
    chosen = []
    for step, turn, low, high in ((90.0, 0.4, 0.0, 55.0), (140.0, 0.9, 55.0, 120.0), (235.0, 0.2, 120.0, 9e9)):
        axis = np.arange(-reach, reach, step)
        grid = np.stack(np.meshgrid(axis, axis * 1.18), axis=-1).reshape(-1, 2)
        grid[:, 0] += step / 2 * (np.round(grid[:, 1] / step / 1.18) % 2)
        grid += rng.uniform(-0.27, 0.27, grid.shape) * step
        grid += 260 * np.sin(grid[:, ::-1] / 1700 + turn)
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        points = shapely.points(grid @ spin + middle)
        height = ground.dem.at(points)
        chosen.append(points[(height >= low) & (height < high)])
    points = np.concatenate(chosen)
    points = points[shapely.within(points, ground.town.buffer(400)) & ~shapely.dwithin(points, settled, 12)]
    axis = np.arange(-reach, reach, 46.0)
    houses = shapely.points(np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2) + middle
                            + rng.uniform(-14, 14, (len(axis) ** 2, 2)))  # fmt: skip
    shapely.prepare(settled)
    return shapely.get_coordinates(np.r_[points, houses[shapely.within(houses, settled)]])


def _kinds(
    faces: NDArray[np.object_], ground: Ground, works: Works, roads: BaseGeometry, settled: BaseGeometry
) -> NDArray[np.str_]:
    inside = shapely.point_on_surface(faces)
    kind = np.full(len(faces), "field", dtype="U8")
    plots = shapely.union_all(works.plots.geometry.to_numpy())
    for name, area in (("village", settled), ("street", works.park | works.seat), ("plot", plots),
                       ("road", roads), ("water", ground.water)):  # fmt: skip
        shapely.prepare(area)
        kind[shapely.contains(area, inside)] = name
    return kind


def _without_slivers(
    faces: NDArray[np.object_], kind: NDArray[np.str_], *, least_m2: float = 700.0
) -> tuple[NDArray[np.object_], NDArray[np.str_]]:
    """Give faces that are too small to the neighbour of their kind with the longest common edge."""
    while True:
        small = np.flatnonzero((shapely.area(faces) < least_m2) & (kind != "plot"))
        which, near = shapely.STRtree(faces).query(faces[small], predicate="intersects")
        own = small[which]
        fit = (own != near) & ((kind[own] == kind[near]) | (shapely.area(faces[own]) < 20.0)) & (kind[near] != "plot")
        own, near = own[fit], near[fit]
        edge = shapely.length(shapely.intersection(faces[own], faces[near]))
        best: dict[int, tuple[float, int]] = {}
        for a, b, length in zip(own.tolist(), near.tolist(), edge.tolist(), strict=True):
            if length > best.get(a, (0.0, -1))[0]:
                best[a] = (length, b)
        taken: set[int] = set()
        gone: list[int] = []
        for a, (_, b) in best.items():
            if a not in taken and b not in taken:
                faces[b] = shapely.union(faces[b], faces[a])
                taken |= {a, b}
                gone.append(a)
        if not gone:
            return faces, kind
        left = np.setdiff1d(np.arange(len(faces)), gone)
        faces, kind = faces[left], kind[left]


def _codes(
    rng: np.random.Generator, faces: NDArray[np.object_], kind: NDArray[np.str_], ground: Ground
) -> NDArray[np.object_]:
    """Give each face a land-use code by its kind, its height, and broad patterns of growth."""
    inside = shapely.point_on_surface(faces)
    height = ground.dem.at(inside)
    grain = octaves(rng, ground.dem.values.shape, [14, 7])
    x, y = shapely.get_coordinates(inside).T
    column, row = ~ground.dem.transform * (x, y)
    mood = np.clip(map_coordinates(grain, [row, column], order=1, mode="nearest") + rng.normal(0, 0.1, len(x)), 0, 1)
    low = np.select([mood < 0.52, mood < 0.68, mood < 0.8, mood < 0.9, mood < 0.94],
                    ["0101", "0103", "0201", "0202", "1104"], "0307")  # fmt: skip
    high = np.select([mood < 0.12, mood < 0.3, mood < 0.5, mood < 0.6], ["0202", "0302", "0305", "0201"], "0301")
    code = np.where(height < 60 + 30 * mood, low, np.where(height > 140, np.where(mood < 0.35, "0302", "0301"), high))
    code = np.where((kind == "field") & (shapely.distance(inside, ground.water) < 45), "1106", code)
    house = rng.choice(["0702", "0601", "0803", "0807"], len(x), p=[0.93, 0.03, 0.02, 0.02])
    seat = np.select([mood < 0.3, mood < 0.45, mood < 0.55], ["0501", "0801", "0505"], "0701")
    is_park = shapely.distance(inside, ground.shores["east"].line) < 560
    is_park &= shapely.line_locate_point(ground.shores["east"].line, inside) > PARK_S[0]
    for name, value in (("village", house), ("plot", np.where(is_park, "0601", seat)), ("street", "1004"),
                        ("road", "1003"), ("water", "1101")):  # fmt: skip
        code = np.where(kind == name, value, code)
    return np.asarray(code.astype(object))


def half_strip(edge: Array, inside_m: float, outside_m: float) -> BaseGeometry:
    """Return the strip along an edge, so far inside and outside of it (inside is on its left)."""
    side = normals(edge)
    return rounded(shapely.Polygon(np.r_[edge + side * inside_m, (edge - side * outside_m)[::-1]]))


def axis_of(points: list[tuple[float, float]]) -> LineString:
    """Return a line through points, on whole centimetres."""
    return rounded(shapely.LineString(points))
