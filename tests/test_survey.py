"""The coordinate TXT of land surveys: each variant gives the same plot, and what is in doubt is refused or told."""

from __future__ import annotations

import re

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from geo_tej.errors import CRSError, LayerError, OutputError
from geo_tej.io.account import Ask
from geo_tej.io.reading import read_layer
from geo_tej.io.survey import read_survey
from geo_tej.io.survey_lines import header_of, survey_text
from geo_tej.measure import ellipsoidal_area_m2

HEAD = """[属性描述]
格式版本号=1.01版本
数据产生单位=示例单位
数据产生日期=2025-06-30
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=40
精度=0.001
转换参数=,,,,,,
[地块坐标]
"""
HEADER = "10,2.9800,SD-001,示例地块,面,,商业服务业用地,09,@\n"
OUTER = [(3268150, 457400), (3268150, 457600), (3268000, 457600), (3268000, 457400)]
HOLE = [(3268080, 457480), (3268080, 457500), (3268070, 457500), (3268070, 457480)]
PLOT = shapely.Polygon([(y, x) for x, y in OUTER], [[(y, x) for x, y in HOLE]])
GRID = CRS(4549)


def points(  # noqa: PLR0913  what writers do differently
    *, zone=40_000_000, prefix="J", closed=True, swapped=False, restart=False, blank="", comma=","
):
    lines, number = [], 0
    for ring, corners in enumerate((OUTER, HOLE), start=1):
        first = 0 if restart else number
        for place, (north, east) in enumerate([*corners, corners[0]][: None if closed else 4]):
            label = first + place % 4 + 1
            pair = (east + zone, north) if swapped else (north, east + zone)
            cells = [f"{prefix}{label}", str(ring), *(f"{each:.3f}" for each in pair)]
            lines.append(blank + comma.join(cells))
        number += 4
    return "\n".join(lines) + "\n"


EXAMPLE = HEAD + HEADER + points()
VARIANTS = {
    "as the standard has it": EXAMPLE,
    "without the zone before eastings": HEAD + HEADER + points(zone=0),
    "no 带号, zone before eastings": HEAD.replace("带号=40\n", "") + HEADER + points(),
    "no letter before numbers": HEAD + HEADER + points(prefix=""),
    "rings not closed": HEAD + HEADER.replace("10,", "8,") + points(closed=False),
    "rings closed and points counted apart": HEAD + HEADER.replace("10,", "8,") + points(),
    "X and Y swapped": HEAD + HEADER + points(swapped=True),
    "X and Y swapped without zone": HEAD + HEADER + points(swapped=True, zone=0),
    "numbers begin again in holes": HEAD + HEADER + points(restart=True),
    "@ first": HEAD + "@,10,2.9800,SD-001,示例地块,面,,商业服务业用地,09\n" + points(),
    "@ glued": HEAD + "10,2.9800,SD-001,示例地块,面,,商业服务业用地,09@\n" + points(),
    "@ missing": HEAD + HEADER.replace(",@", "") + points(),
    "twelve items": HEAD + HEADER.replace(",@", ",a,b,c,@") + points(),
    "公顷": HEAD + HEADER.replace("2.9800", "2.9800公顷") + points(),
    "地上": HEAD + HEADER.replace(",@", ",地上,@") + points(),
    "blanks and tabs": HEAD + "\t " + HEADER + points(blank="  \t"),
    "tabs for commas": HEAD + HEADER + points(comma="\t"),
    "Chinese commas": HEAD + HEADER.replace(",", "，") + points(comma="，"),
    "CRLF": EXAMPLE.replace("\n", "\r\n"),
    "a byte-order mark": "\ufeff" + EXAMPLE,
    "heights": HEAD + HEADER + points().replace(".000\n", ".000,12.5\n"),
    "no sections": HEADER + points(),
    "empty lines": EXAMPLE.replace("\n", "\n\n"),
    "a small letter": HEAD + HEADER + points(prefix="j"),
    "letters as wide as characters": HEAD + HEADER + points(prefix="Ｊ"),
    "a dash in numbers": HEAD + HEADER + points(prefix="J-"),
    "JZD_": HEAD + HEADER + points(prefix="JZD_"),
    "blanks for commas": HEAD + HEADER + points(comma="  "),
    "semicolons for commas": HEAD + HEADER + points(comma=";"),
    "a remark after each point": HEAD + HEADER + points().replace(".000\n", ".000,界址点\n"),
    "a running number before each point": HEAD + HEADER + re.sub(r"(?m)^J", "7,J", points()),
    "keys with colons": HEAD.replace("=", "：") + HEADER + points(),
    "equals signs as wide as characters": HEAD.replace("=", "＝") + HEADER + points(),
    "the hole first": HEAD
    + HEADER
    + "".join(points().splitlines(keepends=True)[5:] + points().splitlines(keepends=True)[:5]),
    "units of degrees and zones": HEAD.replace("分带=3", "分带=3度").replace("带号=40", "带号=40带")
    + HEADER
    + points(),
}


def written(folder, text, encoding="utf-8", name="plot.txt"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_the_same_plot(tmp_path, variant, encoding):
    read = read_layer(written(tmp_path, VARIANTS[variant], encoding), to=GRID)
    (row,) = read.frame.itertuples()
    assert row.geometry.symmetric_difference(PLOT).area < 1e-6
    assert (row.plot_id, row.name, row.declared_ha, row.use, row.code) == (
        "SD-001", "示例地块", 2.98, "商业服务业用地", "09",
    )  # fmt: skip
    assert read.account.set_aside == ()
    assert not any("declares 2.98" in each for each in read.account.remarks)
    told = "; ".join(read.account.remarks)
    assert ("swapped" in told) == ("swapped" in variant)
    assert ("not closed" in told) == (variant == "rings not closed")
    assert ("closing points are not counted" in told) == (variant == "rings closed and points counted apart")


def test_the_published_areas_of_the_example(tmp_path):
    raw = read_survey(written(tmp_path, EXAMPLE), Ask())
    assert raw.crs.to_epsg() == 4528
    assert raw.frame.area.iloc[0] == pytest.approx(29_800.0)
    assert ellipsoidal_area_m2(raw.frame.geometry.to_numpy(), raw.crs)[0] == pytest.approx(29_798.6723, abs=1e-3)


SYSTEMS = {
    ("2000国家大地坐标系", "3", "40", 40): 4528, ("2000国家大地坐标系", "3", "40", 0): 4549,
    ("CGCS2000", "3", "39", 39): 4527, ("2000国家大地坐标系", "6", "20", 20): 4498,
    ("2000国家大地坐标系", "6", "20", 0): 4509, ("1980西安坐标系", "3", "40", 40): 2364,
    ("1980西安坐标系", "3", "40", 0): 2385, ("80坐标系", "6", "20", 20): 2334, ("1954北京坐标系", "3", "40", 40): 2416,
    ("54坐标系", "6", "20", 20): 21420,
}  # fmt: skip


@pytest.mark.parametrize("words", SYSTEMS)
def test_the_system_is_what_its_keys_say(tmp_path, words):
    name, width, zone, before = words
    head = (
        HEAD.replace("2000国家大地坐标系", name).replace("几度分带=3", f"几度分带={width}").replace("=40", f"={zone}")
    )
    raw = read_survey(written(tmp_path, head + HEADER + points(zone=before * 1_000_000)), Ask())
    assert raw.crs.to_epsg() == SYSTEMS[words]


def test_an_old_datum_is_not_taken_for_a_new_one(tmp_path):
    path = written(tmp_path, EXAMPLE.replace("2000国家大地坐标系", "1980西安坐标系"))
    assert read_layer(path).frame.crs.to_epsg() == 2364
    with pytest.raises(CRSError, match=r"Xian 1980.*no parameters.*100 m away"):
        read_layer(path, to=GRID)


@pytest.mark.parametrize("longitude_first", [True, False])
def test_degrees(tmp_path, longitude_first):
    degrees = gpd.GeoSeries([PLOT], crs=GRID).to_crs(4490).iloc[0]
    lines = [
        f"J{number},{ring},{x:.9f},{y:.9f}" if longitude_first else f"J{number},{ring},{y:.9f},{x:.9f}"
        for ring, line in enumerate((degrees.exterior, degrees.interiors[0]), start=1)
        for number, (x, y) in enumerate(line.coords, start=1)
    ]
    read = read_layer(written(tmp_path, HEAD + HEADER + "\n".join(lines)), to=GRID)
    assert read.frame.geometry.iloc[0].symmetric_difference(PLOT).area < 0.5
    assert read.account.crs.startswith("EPSG:4490")


def second(text=None):
    return (text or HEADER + points()).replace("SD-001", "SD-002").replace("45", "46")


def test_several_plots_and_parts(tmp_path):
    read = read_layer(written(tmp_path, EXAMPLE + second()), to=GRID)
    assert read.frame["plot_id"].tolist() == ["SD-001", "SD-002"]
    assert read.frame.area.tolist() == pytest.approx([29_800] * 2)
    apart = EXAMPLE.replace("457480", "458480").replace("457500", "458500")
    apart = apart.replace("4045", "4045").replace("40457480", "40458480").replace("40457500", "40458500")
    read = read_layer(written(tmp_path, apart), to=GRID)
    assert read.frame.geometry.iloc[0].geom_type == "MultiPolygon"
    assert read.frame.area.iloc[0] == pytest.approx(30_200)
    assert any("lies outside the first: read as another part" in each for each in read.account.remarks)


LOST = {
    "cut short": ("\n".join((HEAD + HEADER + points()).splitlines()[:-2]), "may be cut short"),
    "a ring of two points": (HEAD + "2,,P,,面,,,,@\nJ1,1,3268150,40457400\nJ2,1,3268150,40457600", "three points"),
    "no points": (HEAD + HEADER, "no points"),
    "a wrong coordinate": (EXAMPLE.replace("J3,1,3268000", "J3,1,3868000"), "a coordinate must be wrong"),
    "a line that is none": (EXAMPLE.replace("J3,1,3268000.000", "J3,1,3268o00.000"), "is no point"),
    "rings that cross": (EXAMPLE.replace("J6,2,3268080.000,40457500", "J6,2,3268080.000,40457700"), "crosses"),
}


@pytest.mark.parametrize("name", LOST)
def test_a_plot_in_doubt_is_set_aside_and_the_other_is_not(tmp_path, name):
    text, why = LOST[name]
    read = read_layer(written(tmp_path, text + "\n" + second()), to=GRID)
    assert read.frame["plot_id"].iloc[-1] == "SD-002"
    assert read.frame.area.iloc[-1] == pytest.approx(29_800)
    assert read.frame.geometry.iloc[0] is None
    (aside,) = read.account.set_aside
    assert aside.row == 1
    assert why in aside.reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD.replace("带号=40", "带号=39") + HEADER + points(), r"带号=39.*begin with zone 40"),
        (HEAD.replace("带号=40", "带号=") + HEADER + points(zone=0), r"no 带号.*declare crs"),
        (HEAD.replace("带号=40", "带号=99") + HEADER + points(zone=0), "no zone 99"),
        (HEAD.replace("2000国家大地坐标系", "火星坐标系") + HEADER + points(), "坐标系=火星坐标系 is not known"),
        (EXAMPLE + second(HEADER + points(zone=0)), "different zones"),
        (EXAMPLE + second(HEADER + points(zone=39_000_000)), "different zones"),
    ],
)
def test_a_system_in_doubt_is_refused_with_why(tmp_path, text, words):
    with pytest.raises(CRSError, match=words):
        read_layer(written(tmp_path, text), to=GRID)
    if "火星" not in words:
        assert read_layer(written(tmp_path, HEAD.replace("带号=40", "") + HEADER + points(zone=0)), crs=GRID).frame.crs


def test_no_plot_is_an_error(tmp_path):
    with pytest.raises(LayerError, match="has no parcel"):
        read_layer(written(tmp_path, HEAD))


@pytest.mark.parametrize(("declared", "unit"), [("2.5", None), ("29800", "m²"), ("44.7", "亩")])
def test_a_declared_area_is_compared_with_the_computed_one(tmp_path, declared, unit):
    read = read_layer(written(tmp_path, EXAMPLE.replace("2.9800", declared)), to=GRID)
    (told,) = [each for each in read.account.remarks if "declares" in each]
    assert "its points enclose 2.9800 ha" in told
    assert (unit is None) != (f"agree in {unit}" in told)


def test_a_declared_area_on_the_ellipsoid_agrees_too(tmp_path):
    read = read_layer(written(tmp_path, EXAMPLE.replace("2.9800", "2.9799")), to=GRID)
    assert not any("declares" in each for each in read.account.remarks)


def test_a_header_without_anything_is_a_header():
    assert header_of(["@"]).plot_id == ""
    assert header_of([]).count is None


def test_what_is_written_reads_the_same(tmp_path):
    parcels = gpd.GeoDataFrame(
        index=["SD-001", "名,字@"],
        geometry=[PLOT, shapely.MultiPolygon([PLOT, shapely.box(458000, 3268000, 458100, 3268100)])],
        crs=4549,
    )  # fmt: skip
    text = survey_text(parcels, by="示例单位", on="2025-06-30", names={"SD-001": "示例地块"})
    raw = read_survey(written(tmp_path, text), Ask())
    assert raw.set_aside == ()
    assert raw.frame["plot_id"].tolist() == ["SD-001", "名 字"]
    assert not [each for each in raw.remarks if "declares" in each and "ha" in each]
    for drawn, shape in zip(raw.frame.to_crs(4549).geometry, parcels.geometry, strict=True):
        assert drawn.symmetric_difference(shape).area < 1e-6
    again = survey_text(raw.frame.set_index("plot_id"), by="示例单位", on="2025-06-30", names={"SD-001": "示例地块"})
    assert again == text


def test_only_chinese_zones_and_ground_can_be_written():
    with pytest.raises(OutputError, match="Gauss-Krüger zone"):
        survey_text(gpd.GeoDataFrame(index=["a"], geometry=[PLOT], crs=32650))
    with pytest.raises(OutputError, match="no polygons"):
        survey_text(gpd.GeoDataFrame(index=["a"], geometry=[None], crs=4549))


@given(
    st.lists(st.tuples(st.integers(-400, 400), st.integers(-400, 400)), min_size=3, max_size=8),
    st.sampled_from([4549, 4528, 4527, 4509]),  # 4509 is 4548 under another name: the same meridian
)
def test_any_plot_comes_back_to_the_millimetre(tmp_path_factory, corners, code):
    east = 457_000 + {4528: 40_000_000, 4527: 39_000_000}.get(code, 0)
    shape = shapely.MultiPoint([(east + x, 3_268_000 + y) for x, y in corners]).convex_hull
    if shape.geom_type != "Polygon":
        return
    text = survey_text(gpd.GeoDataFrame(index=["P"], geometry=[shape], crs=code))
    raw = read_survey(written(tmp_path_factory.mktemp("any"), text), Ask())
    back = raw.frame.geometry.iloc[0]
    shift = {4549: 40_000_000, 4509: 39_000_000}.get(code, 0)
    assert shapely.transform(back, lambda xy: xy - (shift, 0)).symmetric_difference(shape).area < 1e-3
    first = re.search(r"^J1,1,", text, re.MULTILINE)
    assert first is not None


def test_files_put_together_are_read_together_unless_they_contradict(tmp_path):
    other = EXAMPLE.replace("SD-001", "SD-002").replace(",40457", ",40458")
    read = read_layer(written(tmp_path, EXAMPLE + other), to=GRID)
    assert read.frame["plot_id"].tolist() == ["SD-001", "SD-002"]
    assert read.frame.area.tolist() == pytest.approx([29_800] * 2)
    bare = HEAD + HEADER + points(zone=0)
    with pytest.raises(CRSError, match=r"its sections contradict each other \(带号=40, 带号=39\); part them"):
        read_layer(written(tmp_path, bare + bare.replace("带号=40", "带号=39")))
    assert len(read_layer(written(tmp_path, bare + bare.replace("带号=40", "带号=39")), crs="EPSG:4549").frame) == 2


def test_a_unit_that_is_no_metre_is_refused(tmp_path):
    with pytest.raises(CRSError, match="计量单位=千米, and only metres and degrees are read"):
        read_layer(written(tmp_path, EXAMPLE.replace("计量单位=米", "计量单位=千米")))


def test_parcels_of_one_name_without_ids_are_numbered(tmp_path):
    nameless = HEADER.replace("SD-001", "")
    read = read_layer(written(tmp_path, HEAD + nameless + points() + nameless + points()))
    assert read.frame["plot_id"].tolist() == ["示例地块-1", "示例地块-2"]
    assert read_layer(written(tmp_path, HEAD + nameless + points())).frame["plot_id"].tolist() == ["示例地块"]


def test_degrees_with_minutes_and_seconds(tmp_path):
    corners = [
        ("29°31′48″", "119°33′36″"),
        ("29°31′48″", "119°34′"),
        ("29°31′40″", "119°34′"),
        ("29°31′40″", "119°33′36″"),
    ]
    lines = "".join(f"J{number},1,{north},{east}\n" for number, (north, east) in enumerate(corners, start=1))
    read = read_layer(written(tmp_path, HEAD + HEADER.replace("10,2.9800", "4,15.8978") + lines))
    assert read.frame.total_bounds == pytest.approx([119.56, 29 + 31 / 60 + 40 / 3600, 119 + 34 / 60, 29.53])


def test_an_area_of_degrees_is_not_held_against_the_grid(tmp_path):
    lines = "".join(
        f"J{number},1,{y:.9f},{x:.9f}\n"
        for number, (x, y) in enumerate(gpd.GeoSeries([PLOT], crs=GRID).to_crs(4490)[0].exterior.coords[:4], start=1)
    )
    for declared, told in (("3.0000", False), ("3.0100", True)):
        read = read_layer(written(tmp_path, HEAD + f"4,{declared},P,,面,,,,@\n" + lines))
        assert any(f"declares {declared}" in each for each in read.account.remarks) == told


def test_lines_that_are_no_points_are_told_in_few_words(tmp_path):
    read = read_layer(written(tmp_path, EXAMPLE + HEADER.replace("SD-001", "SD-002") + "J1,,1,2\n" * 40))
    (aside,) = read.account.set_aside
    assert aside.name == "SD-002"
    assert re.search(r"line 25 is no point: 'J1,,1,2'.*; nor are 37 lines more, to line 64", aside.reason)
    assert len(aside.reason) < 250
