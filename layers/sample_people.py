"""Who holds what in the sample: rights parcels, buildings, enterprises and where they sit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sample_ground import CRS, Array, Ground, normals, rounded
from sample_law import INTAKE_S, SCHEME_21010, blob

if TYPE_CHECKING:
    from sample_town import Works
    from shapely import Polygon


class Site(NamedTuple):
    """A plot outside the park: beside a village (by number), on a bank (metres along and inland), or at a point."""

    name: str
    place: int | tuple[str, float, float] | tuple[float, float]
    offset: tuple[float, float]
    wide: float
    deep: float
    planned: str | None
    now: str


OTHERS = (
    Site("示例村01游客服务点", 0, (150, 70), 95, 80, "0504", "0601"),
    Site("示例村02老粮站", 1, (-130, 90), 80, 75, "0501", "0604"),
    Site("示例村03老厂", 2, (140, -90), 120, 95, "0601", "0601"),
    Site("示例村04民宿用地", 3, (40, -30), 70, 75, "0702", "0702"),
    Site("示例村05老厂", 4, (110, 60), 110, 90, None, "0601"),
    Site("示例村06会堂", 5, (-40, 20), 80, 70, "0702", "0807"),
    Site("示例村07茶厂", 6, (120, 80), 105, 85, "0504", "0601"),
    Site("示例村08老厂", 7, (-140, -80), 130, 90, "0601", "0601"),
    Site("示例村09小学旧址", 8, (60, 50), 90, 85, "0501", "0803"),
    Site("示例村10木材厂", 9, (130, -70), 115, 100, "0601", "0601"),
    Site("示例村11游客服务点", 10, (-110, 100), 85, 80, "0504", "0702"),
    Site("示例村12砖厂", 11, (100, 60), 140, 110, "0601", "0601"),
    Site("示例村13研学点", 12, (90, -90), 100, 80, "0505", "0601"),
    Site("示例村14砖厂", 13, (100, 60), 140, 110, None, "0601"),
    Site("示例村14村口", 13, (-130, -50), 90, 80, None, "0702"),
    Site("示例北岸河边仓库", ("north", 10_400.0, 72.0), (0, 0), 120, 95, "0604", "0604"),
    Site("取水口旁地块", ("north", INTAKE_S + 60.0, 200.0), (0, 0), 95, 70, "0504", "0601"),
    Site("水厂下游地块", ("north", INTAKE_S + 700.0, 208.0), (0, 0), 100, 80, "0504", "0601"),
    Site("水厂上游外地块", ("north", INTAKE_S - 3_200.0, 205.0), (0, 0), 100, 80, "0501", "0601"),
    Site("南岸码头地块", ("southwest", 9_000.0, 70.0), (0, 0), 120, 80, "0504", "0604"),
    Site("山腰厂区", (454_350.0, 3_267_600.0), (60, 30), 110, 90, "0601", "0601"),
    Site("红线内林场", (458_300.0, 3_275_200.0), (0, 0), 120, 90, "0504", "0601"),
)
SEAT_PLOTS = ((0, 4), (1, 5), (2, 8), (3, 6))
BOW_TIE, TOUCHING, BARE_ROAD = "SD-0118", "SD-0107", "SD-0142"
CORNER = "SD-0212"
BUILDING_LEGAL = {"no": (5, 14, 26, 39, 47), "": (9, 20, 31, 36, 41, 49)}
SEWAGE = {"inside": (3, 22), "none": (12, 30, 43), "": (17, 35)}
LISTED = {"yes": (11, 34), "": (8, 24, 40, 46)}
KEY_UNIT = {"yes": (11, 28), "": (8, 33)}
REGISTERED = {4: 1.034, 15: 0.982, 27: 1.078, 38: 0.951, 44: 1.012}
"""Numbers of park parcels whose facts are not the usual ones."""

LAND_RIGHT = {"出让": "granted", "划拨": "allocated", "租赁": "leased", "集体": "collective"}
RIGHT_UNKNOWN = ("SD-0113", "SD-0129")
"""Parcels of which nobody has looked up the right."""

EVENTS = (
    ("E16", "planned", "2026-01-12", "列入年度退出计划", "示例人员甲"),
    ("E22", "planned", "2026-01-12", "列入年度退出计划", "示例人员甲"),
    ("E25", "planned", "2026-01-12", "列入年度退出计划", "示例人员甲"),
    ("E41", "planned", "2026-01-12", "列入年度退出计划", "示例人员甲"),
    ("E46", "planned", "2026-01-12", "", "示例人员甲"),
    ("E16", "agreed", "2026-02-27", "签订收购协议", "示例人员乙"),
    ("E41", "agreed", "2026-02-27", "签订收购协议", "示例人员乙"),
    ("E22", "agreed", "2026-03-20", "签订搬迁安置协议", "示例人员乙"),
    ("E16", "moved", "2026-04-15", "设备迁出", "示例人员乙"),
    ("E12", "planned", "2026-04-20", "拟协议变更为旅游用途", "示例人员甲"),
    ("E46", "withdrawn", "2026-04-28", "企业放弃", "示例人员甲"),
    ("E41", "moved", "2026-05-11", "", "示例人员乙"),
    ("E12", "agreed", "2026-05-30", "补充合同已签", "示例人员乙"),
    ("E16", "cleared", "2026-05-30", "", "示例人员乙"),
    ("E16", "converted", "2026-06-25", "移交储备机构", "示例人员乙"),
    ("E37", "planned", "2026-07-15", "下半年计划", "示例人员甲"),
)
"""What has been done so far: enterprise, status, day, note, officer; the last lies after the day asked of."""

LAND_VALUES = (
    ("GB/T 21010-2017", "0601", "", 200_000, "mu", 50),
    ("GB/T 21010-2017", "0604", "", 220_000, "mu", 50),
    ("", "", "@term40", 1_650, "m2", 40),
    ("", "", "tourist-hotel", 1_900, "m2", 40),
    ("", "", "producer", 780, "m2", 50),
)
"""Values of land: scheme and code of the present use, or the new use; value, per, term. None for other services."""

TRADES = (
    ("电器", "38", "电气机械和器材制造业"),
    ("家纺", "17", "纺织业"),
    ("车架", "37", "铁路、船舶、航空航天和其他运输设备制造业"),
    ("铸造", "33", "金属制品业"),
    ("五金", "33", "金属制品业"),
    ("伞架", "24", "文教、工美、体育和娱乐用品制造业"),
)


def make_parcels(ground: Ground, works: Works) -> gpd.GeoDataFrame:
    """Return the rights parcels: the park's plots (SD-01..) and others in the town (SD-02..)."""
    park = _park_parcels(works)
    park.loc[park["parcel_id"] == BOW_TIE, "geometry"] = _crossed(park)
    others = _other_parcels(ground, works)
    parcels = gpd.GeoDataFrame(pd.concat([park, others], ignore_index=True), crs=CRS)
    area = shapely.area(shapely.make_valid(parcels.geometry.to_numpy()))
    factor = pd.Series(1.0, index=parcels.index)
    factor.update(pd.Series({number - 1: value for number, value in REGISTERED.items()}))
    parcels["registered_m2"] = np.round(area * factor, 1)
    ids, right = parcels["parcel_id"], parcels["tenure"].map(LAND_RIGHT)
    parcels["land_right"] = right.where(~ids.isin(RIGHT_UNKNOWN), None)
    return parcels


def _park_parcels(works: Works) -> gpd.GeoDataFrame:
    plots = works.plots[works.plots["area"] == "park"].reset_index(drop=True)
    number = np.arange(1, len(plots) + 1)
    tenure = np.where(number % 9 == 4, "划拨", np.where(number % 11 == 7, "租赁", "出让"))
    year = 2046 + (number * 7) % 15
    term = [f"{y}-{1 + (n * 5) % 12:02d}-{1 + (n * 11) % 28:02d}" for y, n in zip(year, number, strict=True)]
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"SD-01{n:02d}" for n in number],
            "name": [f"示例园区{n:02d}号地块" for n in number],
            "village": "示例镇区",
            "land_use_code": np.where(number % 17 == 5, "0604", "0601"),
            "land_use_scheme": SCHEME_21010,
            "tenure": tenure,
            "term_end": np.where(tenure == "划拨", None, term),
            "building_legal": _fact(number, "yes", BUILDING_LEGAL),
            "sewage_to": _fact(number, "outside", SEWAGE),
            "soil_listed": _fact(number, "no", LISTED),
            "soil_key_unit": _fact(number, "no", KEY_UNIT),
        },
        geometry=plots.geometry.to_numpy(),
        crs=CRS,
    )


def _fact(number: np.ndarray, usual: str, others: dict[str, tuple[int, ...]]) -> np.ndarray:
    value = np.full(len(number), usual, dtype=object)
    for other, which in others.items():
        value[np.isin(number, which)] = other or None
    return value


def laid_on_strip(ground: Ground, works: Works, strip: gpd.GeoDataFrame) -> Works:
    """Lay the front of one plot on the river strip's own vertices, so that the two touch and do not overlap."""
    number = int(TOUCHING[-2:]) - 1
    plot, east = works.plots.iloc[number], ground.shores["east"]
    outer = shapely.points(shapely.get_coordinates(strip.geometry.to_numpy()))
    s, t = east.where(outer)
    sides = np.array([plot["s0"], plot["s1"]])
    reach = shapely.Polygon(np.r_[east.at(sides, 15.0), east.at(sides[::-1], 80.0)])
    near = (s > sides[0]) & (s < sides[1]) & (t > 15) & shapely.dwithin(outer, reach, 1)
    front = shapely.get_coordinates(outer[near])[np.argsort(s[near])]
    shape = shapely.Polygon(np.round(np.r_[front, east.at(sides[::-1], plot["back"])], 2))
    shapes = works.plots.geometry.to_numpy().copy()
    shapes[number] = shape
    return replace(works, plots=works.plots.set_geometry(shapes, crs=CRS))


def _crossed(park: gpd.GeoDataFrame) -> Polygon:
    """Return the plot with two of its corners in the wrong order."""
    a, b, c, d, *_ = shapely.get_coordinates(park.loc[park["parcel_id"] == BOW_TIE, "geometry"].iloc[0])
    return shapely.Polygon([a, b, np.round(d + 0.22 * (c - d), 2), np.round(c + 0.22 * (d - c), 2)])


def _other_parcels(ground: Ground, works: Works) -> gpd.GeoDataFrame:
    rows = []
    seat = works.plots[works.plots["area"] == "seat"].set_index(["row", "column"])
    for row, column in SEAT_PLOTS:
        rows.append(
            (f"示例镇区{row + 1}-{column + 1}街坊", "示例镇区", "0701", seat.loc[(row, column), "geometry"], "出让")
        )
    for site in OTHERS:
        shape = rectangle(ground, works, site)
        near = works.villages["name"].iloc[nearest(works, shape)]
        rows.append((site.name, near, site.now, shape, "集体" if site.now in ("0702", "0807") else "划拨"))
    names, villages, codes, shapes, tenures = zip(*rows, strict=True)
    count = len(rows)
    number = np.arange(1, count + 1)
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"SD-02{n:02d}" for n in number],
            "name": names,
            "village": villages,
            "land_use_code": codes,
            "land_use_scheme": SCHEME_21010,
            "tenure": tenures,
            "term_end": [f"{2050 + n}-06-30" if tenure == "出让" else None
                         for n, tenure in zip(number, tenures, strict=True)],
            "building_legal": _fact(number, "yes", {"no": (7,), "": (3, 14, 24)}),
            "sewage_to": _fact(number, "outside", {"inside": (24,), "": (20, 22), "none": (10, 19)}),
            "soil_listed": _fact(number, "no", {"yes": (14,), "": (16,)}),
            "soil_key_unit": _fact(number, "no", {"": (16,)}),
        },
        geometry=list(shapes),
        crs=CRS,
    )  # fmt: skip


def nearest(works: Works, shape: Polygon) -> int:
    """Return the number of the village nearest to a shape."""
    return int(shapely.distance(works.villages["centre"].to_numpy(), shape.centroid).argmin())


def rectangle(ground: Ground, works: Works, site: Site) -> Polygon:
    """Return a site's plot; on a bank it is square to the shore, elsewhere clear of roads and water."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2 * (site.wide, site.deep)
    place = site.place
    if isinstance(place, tuple) and len(place) == 3:
        return rounded(shapely.Polygon(ground.shores[place[0]].at(*(corners + place[1:]).T)))
    if isinstance(place, int):
        middle = shapely.get_coordinates(works.villages["centre"].iloc[place])[0]
    else:
        middle = np.array(place)
    kept_free = works.roads.geometry.union_all() | ground.water
    for attempt in range(30):
        around = _turn(0.7 * attempt) @ np.array(site.offset) * (1 + 0.04 * attempt)
        shape = rounded(shapely.Polygon(corners @ _turn(float(np.sum(middle)) % np.pi) + middle + around))
        if shape.disjoint(kept_free):
            return shape
    message = f"{site.name}: there is no room for it"
    raise ValueError(message)


def _turn(angle: float) -> Array:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def plan_spots(ground: Ground, works: Works) -> gpd.GeoDataFrame:
    """Return the places for which the village plans foresee more than houses and fields."""
    planned = [site for site in OTHERS if site.planned is not None]
    shapes = [rectangle(ground, works, site).buffer(15.0, join_style="mitre") for site in planned]
    return gpd.GeoDataFrame({"code": [site.planned for site in planned]}, geometry=shapes, crs=CRS)


def farmland_corner(parcels: gpd.GeoDataFrame) -> Polygon:
    """Return a paddy that reaches over the corner of one rights parcel."""
    shape = parcels.loc[parcels["parcel_id"] == CORNER, "geometry"].iloc[0]
    corner, middle = shapely.get_coordinates(shape)[1], shapely.get_coordinates(shape.centroid)[0]
    away = (corner - middle) / np.hypot(*(corner - middle))
    return blob(corner + 78 * away, 88.0, 0.6)


def factory_road(ground: Ground, works: Works) -> gpd.GeoDataFrame:
    """Return the road whose land takes two per cent of a plot at the park's back."""
    plots = works.plots[works.plots["area"] == "park"].reset_index(drop=True)
    plot = plots.iloc[int(BARE_ROAD[-2:]) - 1]
    edge = ground.shores["east"].at(np.array([plot["s1"], plot["s0"]]), plot["back"])
    width = 0.02 * plot["geometry"].area / np.hypot(*(edge[1] - edge[0]))
    inside = plot["geometry"].centroid
    left = normals(edge)
    sign = 1.0 if (np.array(inside.coords[0]) - edge[0]) @ left[0] > 0 else -1.0
    ring = np.r_[edge + sign * left * width, (edge - sign * left * 4.0)[::-1]]
    return gpd.GeoDataFrame(
        {"class": ["village"], "name": ["示例厂后路"]}, geometry=[rounded(shapely.Polygon(ring))], crs=CRS
    )


def make_buildings(rng: np.random.Generator, parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return plants as rectangles square to their plots, with floor area and whether they are lawful."""
    shapes, floors, lawful, stands = [], [], [], []
    for parcel in parcels.itertuples():
        whole = shapely.make_valid(parcel.geometry)
        frame = shapely.get_coordinates(shapely.oriented_envelope(whole))[:4]
        count = int(rng.integers(1, 4))
        for part in range(count):
            u = np.array([part + 0.16, part + 0.84]) / count
            v = np.array([0.16, rng.uniform(0.5, 0.8)])
            uv = np.array([[u[0], v[0]], [u[1], v[0]], [u[1], v[1]], [u[0], v[1]]])
            shape = rounded(shapely.Polygon(_in_frame(frame, uv)))
            if not shapely.covers(whole.buffer(-2.0), shape):
                continue
            storeys = int(rng.choice([1, 2, 3, 4], p=[0.35, 0.3, 0.25, 0.1]))
            shapes.append(shape)
            floors.append(round(shape.area * storeys, 1))
            lawful.append(parcel.building_legal if part == 0 or parcel.building_legal != "no" else "yes")
            stands.append(parcel.parcel_id)
    ids = [f"JZ-{number:03d}" for number in range(1, len(shapes) + 1)]
    columns = {"building_id": ids, "parcel_id": stands, "floor_area_m2": floors, "legal": lawful}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def _in_frame(frame: Array, uv: Array) -> Array:
    return np.asarray(frame[0] + uv[:, :1] * (frame[1] - frame[0]) + uv[:, 1:] * (frame[3] - frame[0]))


def make_enterprises() -> pd.DataFrame:
    """Return the 53 enterprises; 15 are above the designated size."""
    number = np.arange(1, 54)
    trade = [TRADES[(n - 1) % len(TRADES)] for n in number]
    large = np.isin(number, [*range(1, 13), 35, 38, 44])
    year = 1998 + (number * 11) % 25
    year[np.isin(number, [6, 19, 37])] = 2025
    return pd.DataFrame(
        {
            "enterprise_id": [f"E{n:02d}" for n in number],
            "name": [f"示例{name}{n:02d}" for n, (name, _, _) in zip(number, trade, strict=True)],
            "industry": [code for _, code, _ in trade],
            "industry_name": [words for _, _, words in trade],
            "above_designated": np.where(large, "yes", "no"),
            "line_commissioned": year,
            "willing": np.where(number % 7 == 3, "no", np.where(number % 10 == 9, "", "yes")),
            "industry_opinion": np.where(number % 6 == 1, "yes", np.where(number % 6 == 2, "no", "")),
            "temporary_opinion": np.where(number % 11 == 5, "refused", np.where(number % 4 == 3, "", "agreed")),
            "contract_take_back": np.where(number % 8 == 5, "yes", np.where(number % 5 == 3, "", "no")),
            "low_efficiency": np.where(number % 3 == 1, "yes", np.where(number % 7 == 5, "", "no")),
            "expropriation_planned": np.where(np.isin(number, [16, 41]), "yes", "no"),
            "change_allowed_later": np.where(number % 9 == 2, "no", np.where(number % 9 == 7, "", "yes")),
            "route": [CHOSEN.get(n, "") for n in number.tolist()],
            "relocation_m2": [ELSEWHERE.get(n, "") for n in number.tolist()],
        }
    )


CHOSEN = {
    12: "agreement", 16: "reserve", 20: "relocation", 22: "relocation", 25: "relocation", 27: "relocation",
    31: "relocation", 34: "relocation", 41: "reserve", 42: "relocation", 47: "relocation",
}  # fmt: skip
ELSEWHERE = {20: 9000, 31: 4000, 42: 7000}
"""The route chosen for some enterprises, and the land in m² that some need elsewhere."""


def make_land_values() -> pd.DataFrame:
    """Return what land is worth, all on one day."""
    names = ("scheme", "code", "use", "value", "per", "term_years")
    values = pd.DataFrame(LAND_VALUES, columns=list(names))
    return values.assign(date="2026-01-01", source="示意数据，不是公布的地价", licence="CC0-1.0")


def make_signoffs() -> pd.DataFrame:
    """Return who read the plans' tables of uses; the plans are made up, and so are the readers."""
    tables = [f"plan-{plan}-{scheme}" for plan in ("town", "village", "scenic") for scheme in ("2023", "21010")]
    return pd.DataFrame({"rule": tables}).assign(who="示例规划组", when="2026-06-30", text="示意规划用途对照表")


def make_occupancy(parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return who sits where: 34 firms in the park, 18 elsewhere, E53 nowhere."""
    park = parcels.loc[parcels["parcel_id"].str.startswith("SD-01"), "parcel_id"].tolist()
    other = parcels.loc[parcels["parcel_id"].str.startswith("SD-02"), "parcel_id"].tolist()
    links = [(f"E{n:02d}", park[n - 1], "owner") for n in range(1, 31)]
    links += [("E01", park[30], "owner"), ("E01", park[31], "owner"), ("E02", park[32], "owner"),
              ("E05", park[33], "owner"), ("E08", park[34], "owner"), ("E08", park[35], "tenant"),
              ("E12", park[36], "owner"), ("E15", park[37], "owner"), ("E21", park[38], "owner")]  # fmt: skip
    links += [(f"E{n}", park[4], "tenant") for n in (31, 32, 33)]
    links += [("E34", park[40], "tenant"), ("E31", park[41], "tenant"), ("E20", park[40], "tenant"),
              ("E17", park[4], "tenant")]  # fmt: skip
    links += [(f"E{n}", other[n - 35], "owner" if n % 4 else "tenant") for n in range(35, 53)]
    links += [("E36", other[18], "owner"), ("E40", other[19], "tenant"), ("E41", other[19], "tenant")]
    return pd.DataFrame(links, columns=["enterprise_id", "parcel_id", "relation"])
