"""A manifest guessed from a folder: a comment on every guess, and it can be read as it is."""

from __future__ import annotations

import json
import tomllib

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from specimens import GRID, box, default_frames, plane, square, write_frame, write_raster
from test_survey import EXAMPLE

from geo_tej.cli import main
from geo_tej.io import read_project

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
