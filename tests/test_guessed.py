"""A manifest guessed from a folder: a comment on every guess, and it can be read as it is."""

from __future__ import annotations

import json
import tomllib

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import GRID, box, default_frames, plane, square, write_frame, write_raster
from test_survey import EXAMPLE

from geo_tej.cli import main
from geo_tej.engine.guessed import Drafted, write_draft
from geo_tej.io import read_project
from geo_tej.rulebook import read_rulebook

FRAMES = default_frames()
EVIL = 'a"]\n[[layer]]\nid = "x'


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path):
    data = tmp_path / "资料"
    (data / "规划").mkdir(parents=True)
    plots = FRAMES["parcels"].rename(columns={"parcel_id": "ZDDM", "registered_m2": "ZDMJ"}).assign(DLBM="0601")
    write_frame(data / "宗地.gpkg", plots)
    write_frame(data / "规划" / "生态保护红线.gpkg", FRAMES["flood"].rename(columns={"class": "klass"}))
    write_frame(data / "规划" / "控规.gpkg", FRAMES["zoning"].assign(YDYHFLDM="090104").drop(columns="class"))
    write_frame(data / "镇界.gpkg", gpd.GeoDataFrame({"n": [1]}, geometry=[box(-500, -500, 900, 900)], crs=GRID))
    write_frame(data / "flood.gpkg", FRAMES["flood"].rename(columns={"class": "klass"}).to_crs(4528).set_crs(4528))
    write_frame(data / "flood_survey.gpkg", FRAMES["flood"])
    write_raster(data / "dem.tif", plane())
    (data / "企业.csv").write_bytes("企业编号,企业名称\nF1,造纸厂\n".encode("gbk"))
    pd.DataFrame({"企业编号": ["F1"], "ZDDM": ["A1"]}).to_excel(data / "占用.xlsx", index=False)
    (data / "地块.txt").write_text(EXAMPLE.replace("4045", "4050").replace("3268", "3270"), encoding="gbk")
    (data / "坏.gpkg").write_bytes(b"SQLite format 3\x00")
    (data / "说明.md").write_text("# x", encoding="utf-8")
    return data


def test_a_folder_becomes_a_manifest_that_can_be_read(folder, tmp_path):
    told = call("init", tmp_path / "town", "--from", folder, "--rulebook", "zhejiang-scenic")
    assert told.exit_code == 0, told.stderr
    path = tmp_path / "town" / "layers" / "layers.toml"
    text = path.read_text(encoding="utf-8")
    written = tomllib.loads(text)
    roles = {each["id"]: each["role"] for each in written["layer"]}
    assert (written["crs"], written["language"], written["area"]) == ("EPSG:4549", "zh", "area")
    assert roles == {
        "area": "area", "parcels": "parcels", "parcels-2": "parcels", "enterprises": "enterprises",
        "occupancy": "occupancy", "redline": "zones",
        "plan_town": "zones", "flood": "zones", "flood-2": "context", "dem": "raster",
    }  # fmt: skip
    (plots,) = [each for each in written["layer"] if each["path"].endswith("宗地.gpkg")]
    assert (
        plots["columns"] | {"parcel_id": "ZDDM", "land_use_code": "DLBM", "registered_m2": "ZDMJ"} == plots["columns"]
    )
    flood = next(each for each in written["layer"] if each["id"] == "flood")
    assert flood["path"].endswith("flood.gpkg")
    for words in (
        "the column ZDDM is full and different in every row", "YDYHFLDM holds codes of 用地用海2023 by convention",
        "the file says EPSG:4528", "its name says '生态保护红线'", "坏.gpkg: cannot be read", "which column is ",
    ):  # fmt: skip
        assert f"{words}" in "\n".join(line for line in text.splitlines() if line.startswith("#"))
    project = read_project(path)
    assert not project.faults
    assert sorted(project.parcels.index) == ["A1", "A2", "A3", "SD-001"]
    assert call("layers", "-m", path.parent).exit_code == 0
    assert "exists already" in call("init", tmp_path / "town", "--from", folder).stderr


def test_a_cadastre_with_a_fault_stays_the_cadastre_and_a_table_may_be_two_things(tmp_path):
    data = tmp_path / "资料"
    data.mkdir()
    plots = gpd.GeoDataFrame({"ZDDM": ["A1", "A2", "A2", None, "A5"]},
                             geometry=[square(west) for west in (0, 100, 200, 300, 400)], crs=GRID)  # fmt: skip
    write_frame(data / "宗地.gpkg", plots)
    write_frame(data / "镇界.gpkg", gpd.GeoDataFrame({"n": [1]}, geometry=[box(-500, -500, 900, 900)], crs=GRID))
    bare = gpd.GeoDataFrame({"n": [1, 2]}, geometry=[square(0), square(100)])
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        write_frame(data / "旧图.gpkg", bare)
    firms = pd.DataFrame({"企业编号": ["F1", "F2"], "企业名称": ["造纸厂", "砖厂"], "宗地代码": ["A1", "A5"]})
    firms.to_excel(data / "企业名单.xlsx", index=False)
    (data / "空.csv").write_bytes(b"")
    assert call("init", tmp_path / "town", "--from", data, "--rulebook", "zhejiang-scenic").exit_code == 0
    path = tmp_path / "town" / "layers" / "layers.toml"
    text = path.read_text(encoding="utf-8")
    roles = {each["id"]: each["role"] for each in tomllib.loads(text)["layer"]}
    assert roles == {"area": "area", "parcels": "parcels", "enterprises": "enterprises", "occupancy": "occupancy",
                     "旧图": "context"}  # fmt: skip
    assert "the column ZDDM names most rows, but repeats in 2 rows and is empty in 1 rows" in text
    assert "as EPSG:4549 (CGCS2000 / 3-degree Gauss-Kruger CM 120E) it lies on the area: declare crs" in text
    assert "cannot be read: it is empty" in text
    assert "空.csv" in text
    project = read_project(path)
    assert project.parcels.index.tolist() == ["A1", "A2", "A2-row-3", "parcels-row-4", "A5"]
    assert project.enterprises["name"].tolist() == ["造纸厂", "砖厂"]


def test_a_table_in_which_a_firm_stands_twice_is_no_list_of_firms(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    firms = pd.DataFrame({"企业编号": ["F1", "F1"], "企业名称": ["造纸厂"] * 2, "宗地代码": ["A1", "A2"]})
    firms.to_excel(data / "firms.xlsx", index=False)
    assert call("init", tmp_path / "town", "--from", data, "--rulebook", "zhejiang-scenic").exit_code == 0
    text = (tmp_path / "town" / "layers" / "layers.toml").read_text(encoding="utf-8")
    assert [each["role"] for each in tomllib.loads(text)["layer"]] == ["occupancy"]
    assert "企业编号 repeats in 2 rows, and an enterprise is one row" in text


def test_hostile_names_stay_text(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    frame = FRAMES["parcels"]
    frame.to_file(data / "plots.gpkg", layer=EVIL)
    FRAMES["zoning"].to_file(data / "plots.gpkg", layer="b")
    assert call("init", tmp_path / "town", "--from", data).exit_code == 0
    written = tomllib.loads((tmp_path / "town" / "layers" / "layers.toml").read_text(encoding="utf-8"))
    assert written["layer"][0]["sublayer"] == EVIL
    assert "x" not in [each["id"] for each in written["layer"]]


def test_degrees_become_the_zone_of_the_place_and_lines_ask_for_a_width(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    lines = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.LineString([(119.6, 29.5), (119.7, 29.6)])], crs=4490)
    write_frame(data / "公路.gpkg", lines)
    assert call("init", tmp_path / "town", "--from", data, "--rulebook", "zhejiang-scenic").exit_code == 0
    text = (tmp_path / "town" / "layers" / "layers.toml").read_text(encoding="utf-8")
    assert 'crs = "EPSG:4549"  # the layers are in degrees near 119.65, 29.55: their 3-degree zone' in text
    assert "say constants.half_width_m" in text
    assert '# id = "roads"' in text
    assert "No layer of parcels was found" in text
    assert call("layers", "-m", tmp_path / "town" / "layers").exit_code == 2


@pytest.mark.parametrize(
    "words", [["--from", "nowhere"], ["--rulebook", "nolaw"], ["--from", "nowhere", "--rulebook", "starter"]]
)
def test_what_is_not_there_is_refused_and_nothing_is_written(tmp_path, words):
    told = call("init", tmp_path / "town", *words)
    assert (told.exit_code, told.stdout) == (2, "")
    assert not (tmp_path / "town").exists()


def test_a_bundled_rulebook_without_a_folder(tmp_path):
    assert call("init", tmp_path / "town", "--rulebook", "zhejiang-scenic").exit_code == 0
    written = tomllib.loads((tmp_path / "town" / "layers" / "layers.toml").read_text(encoding="utf-8"))
    assert written["rulebook"] == "zhejiang-scenic"
    assert json.dumps(sorted(path.name for path in (tmp_path / "town" / "layers").iterdir())) == '["layers.toml"]'


def test_links_are_not_followed(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    write_frame(tmp_path / "plots.gpkg", gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=[square()], crs=GRID))
    (data / "plots.gpkg").symlink_to(tmp_path / "plots.gpkg")
    assert call("init", tmp_path / "town", "--from", data).exit_code == 0
    assert "plots" not in (tmp_path / "town" / "layers" / "layers.toml").read_text(encoding="utf-8")


def test_of_parcels_the_largest_layer_comes_first_and_copies_do_not_stand(tmp_path):
    data = tmp_path / "data"
    (data / "old").mkdir(parents=True)
    plots = gpd.GeoDataFrame({"ZDDM": ["A1", "A2", "A3"]}, geometry=[square(), square(100), square(200)], crs=GRID)
    write_frame(data / "zong.gpkg", plots)
    write_frame(data / "old" / "zong (1).gpkg", plots[:2])
    write_frame(data / "another.gpkg", plots[:1].assign(ZDDM="B1", geometry=[square(400)]))
    assert call("init", tmp_path / "town", "--from", data, "--rulebook", "zhejiang-scenic").exit_code == 0
    text = (tmp_path / "town" / "layers" / "layers.toml").read_text(encoding="utf-8")
    assert [(each["id"], each["title"]) for each in tomllib.loads(text)["layer"]] == [
        ("parcels", "zong"), ("parcels-3", "another"),
    ]  # fmt: skip
    assert "# most of its ids stand in zong (parcels): choose one" in text
    assert '# title = "zong (1)"' in text


def county(folder, crs, **layers):
    """Write layers as a county publishes them: a square of 3 x 3 parcels, three zones, a river, a road, a building."""
    folder.mkdir()
    drawn = {
        "plots": [square(100 * (n % 3), 100 * (n // 3)) for n in range(9)],
        "zones": [box(-10, -10, 150, 310), box(150, -10, 250, 310), box(250, -10, 310, 310)],
        "flood": [box(-10, 120, 310, 180)],
        "road": [shapely.LineString([(500_000, 3_270_100), (500_300, 3_270_100)])],
        "house": [square(10, 10, 20)],
    }
    for name, (what, columns) in layers.items():
        frame = gpd.GeoDataFrame(columns, geometry=drawn[what], crs=GRID).to_crs(crs)
        write_frame(folder / name, frame)
    return folder


COUNTIES = {
    "us": (2264, {
        "Tax_Parcels.shp": ("plots", {"OBJECTID": range(9), "PIN": [f"97{n}" for n in range(9)], "OWNER": ["x"] * 9}),
        "Zoning.shp": ("zones", {"OBJECTID": [1, 2, 3], "ZONING": ["R-1", "C-2", "M-1"]}),
        "S_FLD_HAZ_AR.shp": ("flood", {"FLD_AR_ID": ["a"], "FLD_ZONE": ["AE"]}),
        "Road_Centerlines.shp": ("road", {"CLASS": ["LOCAL"]}), "Buildings.shp": ("house", {"UPRN": [1]}),
    }, "PIN", "ZONING", ["C-2", "M-1", "R-1"], {"flood": "FLD_ZONE"}),
    "de": (25832, {
        "ax_flurstueck.gpkg": ("plots", {"gml_id": list("abcdefghi"), "flstkennz": [f"08{n}" for n in range(9)]}),
        "bp_baugebiet.gpkg": ("zones", {"besondereArtDerBaulNutzung": ["WA", "MI", "GE"]}),
        "ueberschwemmungsgebiete.gpkg": ("flood", {"art": ["HQ100"]}), "strassenachse.gpkg": ("road", {"art": ["L"]}),
        "ax_gebaeude.gpkg": ("house", {"gfk": ["1"]}),
    }, "flstkennz", "besondereArtDerBaulNutzung", ["GE", "MI", "WA"], {"flood": "art"}),
    "es": (4326, {
        "parcelas_catastrales.geojson": ("plots", {"REFCAT": [f"{n}VK" for n in range(9)]}),
        "calificacion_suelo.geojson": ("zones", {"CALIFICACION": ["Residencial", "Terciario", "Industrial"]}),
        "zonas_inundables.geojson": ("flood", {"nombre": ["Ebro"]}), "viales.geojson": ("road", {"tipo": ["local"]}),
    }, "REFCAT", "CALIFICACION", ["Industrial", "Residencial", "Terciario"], {"flood": None}),
    "cn": (4490, {
        "地块.gpkg": ("plots", {"地块编号": [f"A-{n}" for n in range(9)]}),
        "控制性详细规划.gpkg": ("zones", {"用地代码": ["R2", "B1", "M1"]}), "道路.gpkg": ("road", {"等级": ["支路"]}),
        "洪水风险区.gpkg": ("flood", {"等级": ["高"]}), "房屋.gpkg": ("house", {"层数": [3]}),
    }, "地块编号", "用地代码", ["B1", "M1", "R2"], {"flood": "等级"}),
    "fr": (4326, {
        "cadastre-parcelles.geojson": ("plots", {"id": [f"75056{n}" for n in range(9)]}),
        "zone_urba.gpkg": ("zones", {"libelle": ["UA", "UB", "N"], "typezone": ["U", "U", "N"]}),
        "ppri_zones.gpkg": ("flood", {"code": ["R"]}),
    }, "id", "libelle", ["N", "UA", "UB"], {"flood": "code"}),
    "zoned": (2264, {
        "parcels.gpkg": ("plots", {"FID_1": range(9), "zone_code": [1.0, 2.0, 2.0] * 3}),
    }, "FID_1", "zone_code", ["1", "2"], {}),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTIES)
@pytest.mark.filterwarnings("ignore:.*:UserWarning", "ignore:.*:RuntimeWarning")
def test_a_county_of_any_country_becomes_a_project_with_its_classes_to_fill_in(tmp_path, name):
    crs, layers, plot_id, class_of, classes, controls = COUNTIES[name]
    data = county(tmp_path / "data", crs, **layers)
    made = call("init", tmp_path / "town", "--from", data)
    assert made.exit_code == 0, made.stderr
    assert "rulebook" in made.stdout
    home = tmp_path / "town" / "layers"
    written = {each["id"]: each for each in tomllib.loads((home / "layers.toml").read_text(encoding="utf-8"))["layer"]}
    assert written["parcels"]["columns"]["parcel_id"] == plot_id
    assert written["zoning"]["columns"] == {"class": class_of}
    for control, column in controls.items():
        assert written[control].get("columns") == ({"class": column} if column else None)
        assert written[control].get("constants") == (None if column else {"class": "inside"})
    others = {each["role"] for key, each in written.items() if key not in ("parcels", "zoning", *controls)}
    assert others <= {"context"}
    assert call("layers", "-m", home).exit_code == 0
    project = read_project(home / "layers.toml")
    assert not project.faults
    assert sorted(project.layers["zoning"].classes) == classes
    assert not any(rule.uses for rule in project.rulebook.rules)
    before = json.loads(call("check", project.parcels.index[0], "-m", home, "--json").stdout)[0]
    assert {verdict["at_most"] for verdict in before["verdicts"]} == {"prohibited"}
    assert {verdict["outcome"] for verdict in before["verdicts"]} == {"unknown"}

    table = home / "rulebook" / "zoning.csv"
    assert table.read_text(encoding="utf-8-sig").splitlines()[0].split(",") == ["use", *classes]
    table.write_text(f"use,{','.join(classes)}\nshop,{','.join('P' for _ in classes)}\n*{',X' * len(classes)}\n")
    text = (
        (home / "rulebook" / "rulebook.toml").read_text(encoding="utf-8").replace("verified = false", "verified = true")
    )
    text = text.replace('unlisted = "unknown"', 'unlisted = "silent"').replace(
        'base = true\nattributes = { class = [] }\nunlisted = "silent"',
        'base = true\nattributes = { class = [] }\nunlisted = "prohibited"',
    )
    (home / "rulebook" / "rulebook.toml").write_text(text, encoding="utf-8")
    told = json.loads(call("check", project.parcels.index[0], "-m", home, "--json").stdout)[0]
    found = {verdict["use"]: verdict["outcome"] for verdict in told["verdicts"]}
    assert (found["shop"], found["dwelling"]) == ("permitted", "prohibited")
    page = tmp_path / "map.html"
    assert call("map", "constraint", "-m", home, "-o", page).exit_code == 0
    assert page.stat().st_size > 0


def test_classes_that_look_like_formulas_lists_and_remarks_stay_names(tmp_path):
    odd = ["=C|2", "@R", " R-1 "]
    data = county(tmp_path / "data", 4549, **{
        "parcels.gpkg": ("plots", {"PIN": range(9)}), "zoning.gpkg": ("zones", {"ZONE": odd}),
    })  # fmt: skip
    assert call("init", tmp_path / "town", "--from", data).exit_code == 0
    project = read_project(tmp_path / "town" / "layers" / "layers.toml")
    (columns,) = project.rulebook.layers["zoning"].tables
    assert sorted(columns.where["class"]) == ["=C|2", "@R", "R-1"]
    assert sorted(project.layers["zoning"].classes) == ["=C|2", "@R", "R-1"]


def test_a_folder_without_zones_drafts_a_zoning_to_rename(tmp_path):
    data = county(tmp_path / "data", 4549, **{"lots.gpkg": ("plots", {"APN": [f"x{n}" for n in range(9)]})})
    assert call("init", tmp_path / "town", "--from", data).exit_code == 0
    project = read_project(tmp_path / "town" / "layers" / "layers.toml")
    assert len(project.parcels) == 9
    assert project.rulebook.layers["zoning"].base


def test_roads_drawn_as_ground_are_measured_from_and_are_no_zones(tmp_path):
    data = county(tmp_path / "data", 4549, **{"公路.gpkg": ("flood", {"class": ["x"]})})
    assert call("init", tmp_path / "town", "--from", data, "--rulebook", "zhejiang-scenic").exit_code == 0
    text = (tmp_path / "town" / "layers" / "layers.toml").read_text(encoding="utf-8")
    (roads,) = [each for each in tomllib.loads(text)["layer"] if each["id"] == "roads"]
    assert roads["role"] == "objects"


NAMES = st.lists(st.text("aR1-=+@#|'\" ,;\t\n{}[]()*/²①中ü", min_size=1, max_size=6).map(str.strip), max_size=5)


@settings(max_examples=60, deadline=None)
@given(names=NAMES)
def test_whatever_classes_are_called_their_draft_can_be_read(tmp_path_factory, names):
    classes = tuple(sorted({name for name in names if name and not name.startswith("#")}))
    folder = tmp_path_factory.mktemp("draft") / "rulebook"
    write_draft(folder, [Drafted(id="zoning", kind="zoning", found=None, classes=classes)], 'a "town"')
    tables = read_rulebook(folder).layers["zoning"].tables
    assert sorted(value for table in tables for value in table.where["class"]) == sorted(classes)
