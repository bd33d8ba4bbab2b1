"""geo-tej layers: a line a layer, every repair in JSON, the quarantine as a table, and a page that shows the places."""

from __future__ import annotations

import copy
import json
import pickle

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
from click.testing import CliRunner
from rich.cells import cell_len
from specimens import EAST, GRID, NORTH, box, default_frames, make_project, square

from geo_tej import assess, engine
from geo_tej.cli import main
from geo_tej.cli.shared import shortened
from geo_tej.engine import coverage, double_ground, problems
from geo_tej.i18n import Said, told_in
from geo_tej.io import read_project

FRAMES = default_frames()
TIE = shapely.Polygon([(EAST, NORTH), (EAST + 100, NORTH + 100), (EAST + 100, NORTH), (EAST, NORTH + 100)])
NEEDLE = shapely.Polygon([(EAST, NORTH), (EAST + 90, NORTH), (EAST, NORTH)])
EVIL = "<script>alert(1)</script>"


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    plots = gpd.GeoDataFrame(
        {"parcel_id": ["A1", "A2", "A3", EVIL]}, geometry=[TIE, square(100), square(190), NEEDLE], crs=GRID
    )
    zoning = gpd.GeoDataFrame(
        {"class": ["mixed", "mixed"]},
        geometry=[square(-1000, -1000, 3000).difference(square(0, 0, 10)), square(2000.1, -1000, 3000)], crs=GRID,
    )  # fmt: skip
    edit = {
        "layer = [": 'layer = [\n  { id = "town", role = "area", title = "Town", path = "scenic.gpkg" },',
        'rulebook = "rulebook"': 'rulebook = "rulebook"\narea = "town"',
    }
    scenic = gpd.GeoDataFrame({"grade": ["2"], "core": ["no"]}, geometry=[square(0, 0, 200)], crs=GRID)
    path = make_project(tmp_path_factory.mktemp("told"), parcels=plots, zoning=zoning, scenic=scenic, edit=edit)
    (path.parent / "firms.csv").write_bytes("enterprise_id,name\nF1,造纸厂\n".encode("gbk"))
    return path


def test_a_line_a_layer_and_the_remarks_below(manifest):
    told = call("layers", "-m", manifest)
    assert told.exit_code == 0
    (line,) = [each for each in told.stdout.splitlines() if each.startswith("parcels ")]
    assert line.split()[:7] == ["parcels", "parcels", "4", "1", "1", "EPSG:4549", "(file)"]
    (firms,) = [each for each in told.stdout.splitlines() if each.startswith("firms ")]
    assert "gb18030 (fits)" in firms
    assert "  parcels: A1: repaired (its outline crosses itself" in told.stdout
    table = told.stdout.split("\n  ")[0]
    assert table.count("\n") == len(read_project(manifest).layers)


def test_json_lists_each_repair_and_each_record_set_aside(manifest):
    rows = {row["id"]: row for row in json.loads(call("layers", "--json", "-m", manifest).stdout)}
    plots = rows["parcels"]
    assert (plots["format"], plots["crs_how"], plots["encoding"]) == ("GeoPackage", "the file's word", "utf-8")
    (repair,) = plots["repairs"]
    assert (repair["row"], repair["name"], repair["change_m2"]) == (1, "A1", pytest.approx(5000))
    (aside,) = plots["quarantine"]
    assert (aside["row"], aside["name"]) == (4, EVIL)
    assert "encloses no ground" in aside["reason"]
    assert aside["geometry"].startswith("POLYGON")
    assert rows["scenic"]["coverage"] == pytest.approx(1.0)
    assert rows["flood"]["coverage"] == pytest.approx(0.0)


def test_the_places_of_problems(manifest):
    project = read_project(manifest)
    told = problems(project)
    kinds = set(zip(told["layer"], told["kind"], strict=True))
    assert kinds == {
        ("parcels", "repaired"), ("parcels", "set_aside"), ("parcels", "overlap"), ("zoning", "gap"),
        ("zoning", "near_duplicate_boundary"),
    }  # fmt: skip
    overlap = told[told["kind"] == "overlap"].iloc[0]
    assert (overlap["what"], overlap["area_m2"]) == ("A2 / A3", pytest.approx(1000))
    gap = told[told["kind"] == "gap"].iloc[0]
    assert square(0, 0, 10).contains(shapely.Point(gap["x"], gap["y"]))
    assert coverage(project)["parcels"] == pytest.approx(0.375, abs=0.01)


def test_the_terminal_and_json_tell_where_parcels_lie_over_each_other(manifest):
    told = call("layers", "-m", manifest).stdout
    (line,) = [each for each in told.splitlines() if "lie over each other" in each]
    assert line.startswith("  parcels: A2 / A3 lie over each other: 1,000.0 m²")
    assert "A2 / A3 相互重叠：1,000.0 平方米" in call("layers", "--lang", "zh", "-m", manifest).stdout
    rows = {row["id"]: row for row in json.loads(call("layers", "--json", "-m", manifest).stdout)}
    (place,) = rows["parcels"]["overlaps"]
    assert (place["what"], place["area_m2"]) == ("A2 / A3", pytest.approx(1000))
    assert (
        square(190, 0, 10).buffer(0).union(square(190, 90, 10)).envelope.contains(shapely.Point(place["x"], place["y"]))
    )
    assert rows["zoning"]["overlaps"] == []


@pytest.mark.parametrize(("key", "overlaps"), [("", 1), (', kind = "survey"', 0), (", tiles = false", 0)])
def test_parcels_of_one_kind_are_held_against_each_other_across_layers(tmp_path, key, overlaps):
    more = gpd.GeoDataFrame({"parcel_id": ["S1"], "grade": ["2"], "core": ["no"]}, geometry=[square(50)], crs=GRID)
    row = '\n  { id = "more", role = "parcels", title = "More", path = "scenic.gpkg"'
    path = make_project(tmp_path, scenic=more, edit={"layer = [": f"layer = [{row}{key} }},"})
    places = double_ground(read_project(path))
    assert sorted(places["what"]) == ["S1 / A1", "S1 / A2"][: 2 * overlaps]
    assert places["area_m2"].tolist() == pytest.approx([5000, 5000][: 2 * overlaps])


@pytest.mark.parametrize(("width", "count"), [(0.0, 0), (0.009, 0), (0.02, 1)])
def test_a_hairline_is_no_overlap(tmp_path, width, count):
    plots = gpd.GeoDataFrame({"parcel_id": ["A1", "A2"]}, geometry=[square(), square(100 - width)], crs=GRID)
    assert len(double_ground(read_project(make_project(tmp_path, parcels=plots)))) == count


def test_the_page_and_the_quarantine(manifest, tmp_path):
    page, table = tmp_path / "layers.html", tmp_path / "aside.csv"
    told = call("layers", "-o", page, "--quarantine", table, "--lang", "zh", "-m", manifest)
    assert f"{page}：5 处问题" in told.stdout
    assert f"{table}：剔除 1 条记录" in told.stdout
    text = page.read_text(encoding="utf-8")
    assert EVIL not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "//" not in text.replace("default-src 'none'", "")  # nothing is fetched
    assert text.count("<circle") == 4  # a needle has no place
    assert "边界近似重合" in text
    rows = pd.read_csv(table)
    assert rows[["layer", "file", "row", "name"]].to_numpy().tolist() == [["parcels", "parcels.gpkg", 4, EVIL]]
    refused = call("layers", "-o", tmp_path / "layers.pdf", "-m", manifest)
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_run_writes_the_quarantine_where_something_was_set_aside(manifest, tmp_path):
    assert "quarantine.csv" in call("run", "-o", tmp_path / "out", "-m", manifest).stdout
    sound = make_project(tmp_path / "sound")
    assert "quarantine.csv" not in call("run", "-o", tmp_path / "fine", "-m", sound).stdout
    assert FRAMES["parcels"]["parcel_id"].tolist() == ["A1", "A2", "A3"]


def test_a_chinese_reader_is_told_in_chinese_and_programs_in_english(manifest, tmp_path):
    told = call("layers", "-m", manifest, "--lang", "zh", "-o", tmp_path / "l.html", "--quarantine", tmp_path / "q.csv")
    assert "parcels：A1：已修复（自相交" in told.stdout
    page = (tmp_path / "l.html").read_text(encoding="utf-8")
    assert "未围成土地" in page
    assert "it encloses no ground" not in page
    assert "未围成土地" in pd.read_csv(tmp_path / "q.csv", comment="#")["reason"].iloc[0]
    rows = {row["id"]: row for row in json.loads(call("layers", "--json", "-m", manifest, "--lang", "zh").stdout)}
    assert "A1: repaired (its outline crosses itself" in rows["parcels"]["remarks"]
    assert rows["parcels"]["repairs"][0]["reason"].startswith("its outline crosses itself")


def test_what_is_said_in_two_languages_survives_copies_and_other_processes():
    said = Said("湖", "lake")
    for copied in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):  # noqa: S301  our own
        assert (copied, told_in(copied, "zh"), told_in(copied, "en")) == ("lake", "湖", "lake")


FEET = "+proj=tmerc +lat_0=0 +lon_0=120 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=us-ft +no_defs"


def leaning(*corners):
    """A polygon of metres on a grid that leans, so that no coordinate is a round number."""
    return shapely.affinity.rotate(
        shapely.Polygon([(EAST + x, NORTH + y) for x, y in corners]), 17.3, origin=(EAST, NORTH)
    )


@pytest.mark.parametrize(("gap_m", "known"), [(0.0, True), (0.0004, True), (0.05, False)])
def test_seams_of_a_plan_in_feet_are_not_outside_of_what_was_surveyed(tmp_path, gap_m, known):
    west = leaning((-900, -900), (100, -900), (100, 900), (-900, 900))
    east = [leaning((100 + gap_m, south), (900, south), (900, north), (100 + gap_m, north))
            for south, north in ((-900, 33.3), (33.3, 900))]  # fmt: skip
    zoning = gpd.GeoDataFrame({"class": ["mixed"] * 3}, geometry=[west, *east], crs=GRID).to_crs(FEET)
    plots = gpd.GeoDataFrame(
        {"parcel_id": ["A1"]}, geometry=[leaning((80, 0), (120, 0), (120, 60), (80, 60))], crs=GRID
    )
    project = read_project(make_project(tmp_path, zoning=zoning, parcels=plots, occupancy="enterprise_id,parcel_id\n"))
    extent = project.layers["flood"].extent
    rows = shapely.union_all(project.layers["zoning"].frame.geometry.to_numpy())
    assert shapely.difference(rows, extent).area < 1e-6
    assert shapely.covers(extent.buffer(1e-6), project.parcels.geometry.iloc[0]) == known
    states = assess(project).layers.query("layer == 'flood'")["state"]
    assert states.to_list() == ["not_affected" if known else "no_data"]


@pytest.mark.parametrize(
    ("empty", "said"),
    [
        ([1], "parcel A2 has no ground, and is judged unknown"),
        ([0, 2], "parcels A1, A3 have no ground, and are judged unknown"),
    ],
)
def test_parcels_without_ground_are_named(tmp_path, empty, said):
    plots = gpd.GeoDataFrame(
        {"parcel_id": ["A1", "A2", "A3"]},
        geometry=[None if at in empty else square(at * 100) for at in range(3)],
        crs=GRID,
    )
    layer = read_project(make_project(tmp_path, parcels=plots)).layers["parcels"]
    (remark,) = [each for each in layer.remarks if "no ground" in each]
    assert remark == said
    assert "没有几何，判为待核实" in told_in(remark, "zh")


def test_the_terminal_and_json_tell_where_zones_do_not_tile(tmp_path):
    plan = [box(-1000, -1000, 500, 2000), box(510, -1000, 2000, 2000), box(480, -1000, 500, 0)]
    zones = gpd.GeoDataFrame(
        {"class": ["mixed"] * 3}, geometry=[plan[0].difference(square(0, 500)), *plan[1:]], crs=GRID
    )
    manifest = make_project(tmp_path, zoning=zones)
    told = call("layers", "-m", manifest).stdout
    assert "  zoning: row 1: a gap: 10,000.0 m², 50.00 m wide, at " in told
    assert "  zoning: row 1 / row 3 lie over each other: 20,000.0 m²" in told
    assert "zoning：第 1 行 留有缝隙：10,000.0 平方米" in call("layers", "--lang", "zh", "-m", manifest).stdout
    rows = {row["id"]: row for row in json.loads(call("layers", "--json", "-m", manifest).stdout)}
    found = {each["kind"]: each for each in rows["zoning"]["problems"]}
    assert set(found) == {"gap", "overlap"}
    assert square(0, 500).contains(shapely.Point(found["gap"]["x"], found["gap"]["y"]))
    assert rows["flood"]["problems"] == []


def test_rows_without_ground_cost_no_more_than_themselves(tmp_path):
    shapes = [
        square(),
        shapely.Polygon(),
        None,
        shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH), (np.inf, NORTH + 9)]),
    ]
    plots = gpd.GeoDataFrame({"parcel_id": ["A1", "A2", "A3", "A4"]}, geometry=shapes, crs=GRID)
    edit = {
        'rulebook = "rulebook"': 'rulebook = "rulebook"\narea = "town"',
        "layer = [": 'layer = [\n  { id = "town", role = "area", title = "Town", path = "zoning.gpkg" },',
    }
    town = gpd.GeoDataFrame({"class": ["mixed"]}, geometry=[square(-100, -100, 500)], crs=GRID)
    project = read_project(make_project(tmp_path, parcels=plots, zoning=town, edit=edit))
    assert project.faults == {}
    aside = project.layers["parcels"].account.set_aside
    assert [(each.row, each.name) for each in aside] == [(2, "A2"), (3, "A3"), (4, "A4")]
    assert project.parcels.index.tolist() == ["A1", "A2", "A3", "A4"]


def test_a_line_a_layer_on_a_narrow_terminal():
    header = ["id", "rows", "CRS", "licence"]
    rows = [["village_plan", "383,024", "4549 (file)", "CC0-1.0"], ["权属", "7", "4490 (inferred)", "未注明许可"]]
    lines = shortened([header, *rows], 40, [2, 3], gap=1)
    assert all(sum(map(cell_len, line)) + 3 <= 40 for line in lines)
    assert [line[:2] for line in lines] == [["id", "rows"], ["village_plan", "383,024"], ["权属", "7"]]
    assert lines[2][3] == "未注明许…"
    assert shortened([header, *rows], 200, [2, 3], gap=1) == [header, *rows]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_titles_are_in_the_language_asked_for(tmp_path, language):
    project = read_project(make_project(tmp_path))
    told = {row["id"]: row["title"] for row in engine.layer_rows(project, language=language)}
    assert told
    known = {**project.rulebook.layers, **project.layers}
    assert told == {name: known[name].title[language] for name in told}
