"""What the law drew over the sample's land: plans, scenic area, control layers, setbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from sample_ground import CRS, GRID_M, Array, Ground, octaves, rounded, softened
from sample_town import COLUMNS, PARK_S, ROWS, SEAT_ROWS, SEAT_S, Works, axis_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

SCHEME_2023, SCHEME_21010 = "用地用海2023", "GB/T 21010-2017"
PARK_CODES = (
    ("0901", "090104", "100101", "1401", "0903", "100101", "090104"),
    ("100101", "0901", "100101", "1101", "090104", "100101", "100102"),
    ("110101", "100101", "0902", "100101", "0901", "090104", "080301"),
)
SEAT_CODES = (
    ("1401", "0701", "0901", "0901", "090104", "0903", "0701", "1401", "0803"),
    ("0701", "0701", "0801", "0901", "0901", "0902", "0701", "0804", "0701"),
    ("0701", "0806", "0701", "0902", "0804", "0701", "0701", "0701", "100101"),
    ("0702", "0701", "0701", "0701", "0805", "0701", "100101", "1101", "1402"),
)
PLAN_CUTS = {(1, 2): ("0901", 0.25), (2, 3): ("090104", 0.78)}
"""Cells of the park that two codes share: the second code, and the share of the cell's length that the first has."""
LIMITS = {"09": (1.6, 15.0), "10": (1.2, 18.0), "11": (1.0, 15.0), "07": (1.4, 18.0), "08": (1.2, 18.0)}
UNPLANNED = ("示例村05", "示例村14")
INTAKE_S = 7_000.0
CORE = np.array([455_500.0, 3_274_900.0])
SPIT = np.array([457_700.0, 3_267_200.0])


def plan_town(ground: Ground, works: Works) -> gpd.GeoDataFrame:
    """Return the town plan: blocks, streets and shore green, without gaps over park and seat."""
    east = ground.shores["east"]
    named: list[tuple[BaseGeometry, str]] = []
    for (area, row, column), plots in works.plots.groupby(["area", "row", "column"]):
        cell = shapely.coverage_union_all(plots.geometry.to_numpy())
        if area == "park" and (row, column) in PLAN_CUTS:
            code, share = PLAN_CUTS[row, column]
            s = np.array([plots["s0"].min() * (1 - share) + plots["s1"].max() * share, plots["s1"].max() + 5])
            named.append((cell & shapely.Polygon(np.r_[east.at(s, -5.0), east.at(s[::-1], 600.0)]), code))
        named.append((cell, (PARK_CODES if area == "park" else SEAT_CODES)[row][column]))
    kerb = shapely.union_all([shape for shape, _ in named]).buffer(4.0, join_style="mitre")
    for span, (row, *_) in ((PARK_S, ROWS), (SEAT_S, SEAT_ROWS)):
        s = np.arange(span[0] - 30, span[1] + 30, 20.0)
        band = shapely.Polygon(np.r_[east.at(s, -150.0), east.at(s[::-1], row[0] + 30)])
        named.append((band - kerb, "1401"))
    parts = parted(works.park | works.seat, [shape for shape, _ in named])
    shapes, codes = coded(parts, [code for _, code in named], "1207")
    far, height = np.array([LIMITS.get(code[:2], (0.0, 0.0)) for code in codes]).T
    return frame(shapes, code=codes, scheme=SCHEME_2023, far=far, height_m=height)


def plan_village(ground: Ground, works: Works, spots: gpd.GeoDataFrame, town: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the village plans: settlements, special spots, wood, water, fields; two villages have none."""
    shares = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(works.villages["centre"].tolist()), extend_to=ground.town)
    )
    bare = works.villages.loc[works.villages["name"].isin(UNPLANNED), "centre"]
    without = shapely.union_all([softened(shares[shapely.contains(shares, centre)][0], 60.0) for centre in bare])
    wood = ground.dem.outline(ground.dem.values > 95, least_m2=90_000, radius_m=50.0)
    settled = shapely.union_all(works.villages.geometry.to_numpy())
    taken = [shapely.union_all(town.geometry.to_numpy()), without]
    parts = parted(ground.town, [*taken, *spots.geometry, settled, ground.water, wood])[len(taken) :]
    shapes, codes = coded(parts, [*spots["code"], "0702", "1101", "03"], "01")
    return frame(shapes, code=codes, scheme=SCHEME_21010)


def growth_boundary(town: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the growth boundary: it runs round the ground of the town plan."""
    return frame(shapely.get_parts(shapely.coverage_union_all(town.geometry.to_numpy())), **{"class": "inside"})


def parted(whole: BaseGeometry, shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Share ground out among shapes, earlier ones first, the rest last; neighbours have the same nodes."""
    lines = [shapely.intersection(shape.boundary, whole) for shape in shapes]
    noded = shapely.union_all([whole.boundary, *lines], grid_size=GRID_M)
    faces = np.array(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))), dtype=object)
    inside = shapely.point_on_surface(faces)
    owner = np.full(len(faces), len(shapes))
    for number, shape in reversed(list(enumerate(shapes))):
        owner[shapely.contains(shape, inside)] = number
    kept = shapely.contains(whole, inside)
    return [shapely.coverage_union_all(faces[kept & (owner == number)]) for number in range(len(shapes) + 1)]


def coded(parts: list[BaseGeometry], codes: list[str], rest: str) -> tuple[list[BaseGeometry], list[str]]:
    """Return every connected part with its code; the last takes the rest's."""
    pairs = [
        (piece, code) for part, code in zip(parts, [*codes, rest], strict=True) for piece in shapely.get_parts(part)
    ]
    return [piece for piece, _ in pairs], [code for _, code in pairs]


def scenic(ground: Ground, works: Works) -> gpd.GeoDataFrame:
    """Return the scenic zones; the inner one's boundary cuts the park, two thirds of which lie inside."""
    low, high = 1000.0, 5000.0
    while high - low > 0.01:
        radius = (low + high) / 2
        less = (_inner(ground, radius) & works.park).area < works.park.area * 2 / 3
        low, high = (radius, high) if less else (low, radius)
    inner = _inner(ground, low)
    served = blob(np.array([459_200.0, 3_266_700.0]), 1950.0, 0.4) & inner
    core, valley = blob(CORE, 1150.0, 1.0), blob(np.array([451_900.0, 3_272_600.0]), 1250.0, 2.2)
    belt = softened(inner.buffer(800), 200.0, tolerance_m=3.0)
    served, inner, core, valley, belt, _ = parted(ground.town, [served, inner, core, valley, belt])
    rows = [
        ("主景区", served, None, "no", "yes", "旅游服务区"),
        ("主景区", inner, None, "no", "no", "风景游览区"),
        ("示例山核心景区", core, "1", "yes", "no", "特别保存区"),
        ("示例溪谷", valley, "3", "no", "no", "发展控制区"),
        ("外围保护地带", belt, "outer", "no", "no", "外围保护地带"),
    ]
    names, shapes, grades, cores, detailed, functions = zip(*rows, strict=True)
    known = {f"grade_{end}": [grade or value for grade in grades]
             for end, value in (("if_2", "2"), ("if_3", "3"), ("unknown", "unknown"))}  # fmt: skip
    return frame(
        np.array(shapes, dtype=object), name=names, core=cores, detailed_plan=detailed, function_zone=functions, **known
    )


def _inner(ground: Ground, radius: float) -> BaseGeometry:
    shape = blob(SPIT, radius, 3.0) | ground.water.buffer(150, quad_segs=12)
    return softened(shape, 120.0, tolerance_m=2.0) & ground.town


def river_strip(ground: Ground) -> gpd.GeoDataFrame:
    """Return the strip of 40 m along the banks."""
    strip = rounded(shapely.segmentize(ground.water.buffer(40, quad_segs=12).simplify(0.5), 25.0))
    parts = shapely.get_parts(rounded((strip - ground.water) & ground.town))
    return frame(parts, **{"class": "managed"})


def drinking_water(ground: Ground) -> gpd.GeoDataFrame:
    """Return the zones round an intake: two of level 2 overlap each other."""
    bank = ground.shores["north"]
    corridor = ground.water.buffer(260, quad_segs=12).simplify(1.0)

    def disc(s: float, radius: float) -> BaseGeometry:
        return shapely.Point(*bank.at(s, -100.0)).buffer(radius, quad_segs=24)

    level1 = disc(INTAKE_S, 420) & corridor
    upstream, downstream = disc(INTAKE_S - 900, 1700) & corridor, disc(INTAKE_S + 1000, 1400) & corridor
    quasi = (disc(INTAKE_S - 2500, 2300) & corridor) - upstream - downstream - level1
    shapes = [level1, upstream - level1, downstream - level1, quasi]
    kinds = ["level1", "level2", "level2", "quasi"]
    names = ["示例水厂取水口", "示例水厂上游", "示例水厂下游", "示例水厂上游外"]
    cut = np.array([rounded(shape & ground.town) for shape in shapes], dtype=object)
    return frame(cut, **{"class": kinds, "name": names})


def flood(ground: Ground, works: Works) -> gpd.GeoDataFrame:
    """Return the land that floods reach, by how often; the park's own bank holds the frequent one off."""
    often = ground.dem.outline(ground.dem.values <= 27.4, least_m2=60_000, radius_m=35.0)
    seldom = ground.dem.outline(ground.dem.values <= 28.3, least_m2=60_000, radius_m=35.0)
    dry = often - ground.water - works.park.buffer(-60)
    rows = [("1-in-20", dry), ("1-in-50", seldom - dry - ground.water)]
    return by_part(ground, rows)


def redline(ground: Ground) -> gpd.GeoDataFrame:
    """Return the red line on the high hills; the scenic core's wood is a protected area's core."""
    high = ground.dem.outline(ground.dem.values > 235, least_m2=250_000, radius_m=60.0)
    core = blob(CORE, 700.0, 0.5)
    return by_part(ground, [("核心保护区", core), ("一般", high - core)])


def geohazard(ground: Ground, surveyed: BaseGeometry) -> gpd.GeoDataFrame:
    """Return the hazards of the part of the town that was surveyed."""
    slope = np.degrees(np.arctan(np.hypot(*np.gradient(ground.dem.values, 30.0))))
    steep = ground.dem.outline(slope > 21, least_m2=120_000, radius_m=40.0)
    mild = ground.dem.outline(slope > 15, least_m2=200_000, radius_m=45.0)
    spots = [(454_350.0, 3_267_600.0), (457_550.0, 3_272_350.0), (461_900.0, 3_275_700.0)]
    danger = shapely.union_all([blob(np.array(spot), 120.0, number) for number, spot in enumerate(spots)])
    rows = [("danger", danger), ("prone_high", steep - danger), ("prone_low", mild - steep - danger)]
    return by_part(ground, [(kind, shape & surveyed) for kind, shape in rows])


def geohazard_survey(ground: Ground) -> BaseGeometry:
    """Return the part of the town whose hazards were surveyed: all but the north-east beyond the park's last street."""
    east = ground.shores["east"]
    s = COLUMNS[-2] + 20.0
    far = east.at(np.array([s, s, 30_000.0, 30_000.0]), np.array([-120.0, 12_000.0, 12_000.0, -120.0]))
    beyond = shapely.Polygon(np.r_[far[:2], [[475_000.0, 3_268_000.0], [475_000.0, 3_279_000.0]], east.at(
        np.array([19_000.0, 15_000.0, 13_600.0]), np.array([-120.0, -120.0, -120.0]))])  # fmt: skip
    return rounded(max(shapely.get_parts(ground.town - beyond.buffer(0)), key=shapely.area))


def heritage(ground: Ground) -> gpd.GeoDataFrame:
    """Return two sites, each with its protection area and control belt; the tower's belt reaches the park."""
    tower = blob(ground.shores["east"].at(PARK_S[0] + 60.0, 640.0), 62.0, 0.7)
    hall = blob(np.array([457_050.0, 3_272_600.0]), 45.0, 1.4)
    shapes, kinds, names = [], [], []
    for name, site, belt in (("示例塔", tower, 130.0), ("示例宗祠", hall, 70.0)):
        shapes += [rounded(site), rounded(site.buffer(belt, quad_segs=12) - site)]
        kinds += ["protection", "control"]
        names += [name, name]
    return frame(np.array(shapes, dtype=object), **{"class": kinds, "name": names})


def power(ground: Ground) -> gpd.GeoDataFrame:
    """Return lines by their axis; one of 110 kV crosses a corner of the park."""
    east = ground.shores["east"]
    corner = [tuple(east.at(s, t)) for s, t in
              ((10_100.0, 1500.0), (11_300.0, 1150.0), (12_400.0, 860.0), (13_130.0, 545.0), (13_480.0, 330.0),
               (13_900.0, 120.0), (14_500.0, -900.0))]  # fmt: skip
    seat = [tuple(east.at(s, t)) for s, t in ((8200.0, 560.0), (9300.0, 512.0), (10_300.0, 512.0), (11_260.0, 512.0))]
    hills = [(449_900.0, 3_268_700.0), (452_300.0, 3_268_200.0), (455_600.0, 3_267_350.0), (457_900.0, 3_266_100.0),
             (460_800.0, 3_265_650.0), (463_900.0, 3_266_600.0), (466_800.0, 3_266_900.0)]  # fmt: skip
    north = [(452_500.0, 3_275_100.0), (455_400.0, 3_273_300.0), (458_700.0, 3_273_900.0), (462_900.0, 3_273_600.0)]
    rows = [("110kV", "示例110千伏线", 4.5, corner), ("10kV", "示例10千伏线", 1.5, seat),
            ("220kV", "示例220千伏线", 7.0, hills), ("500kV", "示例500千伏线", 11.0, north)]  # fmt: skip
    kinds, names, halves, axes = zip(*rows, strict=True)
    lines = np.array([axis_of(list(axis)) for axis in axes], dtype=object)
    return frame(lines, **{"class": kinds, "name": names, "half_width_m": halves})


def farmland(
    rng: np.random.Generator, ground: Ground, patches: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, corner: Polygon
) -> gpd.GeoDataFrame:
    """Return permanent farmland: paddies in large groups, clear of all rights parcels but for one corner."""
    grain = octaves(rng, ground.dem.values.shape, [22, 9])
    inside = shapely.point_on_surface(patches.geometry.to_numpy())
    column, row = ~ground.dem.transform * tuple(shapely.get_coordinates(inside).T)
    chosen = (grain[row.astype(int), column.astype(int)] > 0.42) & (patches["land_use_code"] == "0101").to_numpy()
    rights = shapely.union_all(shapely.buffer(shapely.make_valid(parcels.geometry.to_numpy()), 12))
    chosen &= ~shapely.intersects(patches.geometry.to_numpy(), rights)
    groups = shapely.get_parts(shapely.coverage_union_all(patches.geometry.to_numpy()[chosen]))
    groups = groups[shapely.area(groups) > 25_000]
    return frame(np.r_[groups, corner], **{"class": "永久基本农田"})


def blob(centre: Array, radius: float, shift: float) -> Polygon:
    """Return a rounded patch of land of uneven radius."""
    angle = np.linspace(0, 2 * np.pi, max(40, int(radius / 15)), endpoint=False)
    uneven = 1 + 0.12 * np.cos(2 * angle + shift) + 0.08 * np.cos(3 * angle + 2 * shift) + 0.04 * np.cos(7 * angle)
    return rounded(shapely.Polygon(centre + radius * uneven[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])))


def by_part(ground: Ground, rows: list[tuple[str, BaseGeometry]]) -> gpd.GeoDataFrame:
    """Return classes of ground cut to the town, a row a connected part."""
    shapes, kinds = [], []
    for kind, shape in rows:
        parts = [part for part in shapely.get_parts(rounded(shape & ground.town)) if part.area > 400]
        shapes += parts
        kinds += [kind] * len(parts)
    return frame(np.array(shapes, dtype=object), **{"class": kinds})


def frame(shapes: Sequence[BaseGeometry], **columns: object) -> gpd.GeoDataFrame:
    """Return shapes with their columns; a single value stands in every row."""
    return gpd.GeoDataFrame(columns, index=range(len(shapes)), geometry=list(shapes), crs=CRS)
