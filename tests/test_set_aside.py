"""What cannot be mended is set aside with its reason, and a parcel that was set aside is judged unknown."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from specimens import EAST, GRID, NORTH, default_frames, make_project, square
from test_survey import EXAMPLE, second

from geo_tej.cli import main
from geo_tej.engine.layering import set_aside_table
from geo_tej.errors import LayerError, MapError
from geo_tej.i18n import told_in
from geo_tej.io import read_project
from geo_tej.maps import constraint_map
from geo_tej.offset import shifted
from geo_tej.verdict import assess

FRAMES = default_frames()


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


NEEDLE = shapely.Polygon([(EAST, NORTH), (EAST + 90, NORTH), (EAST, NORTH)])
OTHERS = {"no ground": NEEDLE, "a line": shapely.LineString([(EAST, NORTH), (EAST + 9, NORTH)])}


@pytest.mark.parametrize("how", OTHERS)
def test_a_parcel_that_was_set_aside_is_unknown_and_stays(tmp_path, how):
    plots = FRAMES["parcels"].set_geometry(gpd.GeoSeries([OTHERS[how], square(100), square(200)], crs=GRID))
    project = read_project(make_project(tmp_path, parcels=plots))
    layer = project.layers["parcels"]
    assert project.parcels.index.tolist() == ["A1", "A2", "A3"]
    assert [(each.name, each.row) for each in layer.account.set_aside] == [("A1", 1)]
    assert layer.set_aside == 1
    verdicts = assess(project).verdicts
    mine = verdicts[verdicts["parcel_id"] == "A1"]
    assert len(mine) == len(verdicts) / 3
    assert set(mine["outcome"]) == {"unknown"}


@pytest.mark.parametrize("how", OTHERS)
def test_a_zone_that_was_set_aside_softens_nothing(tmp_path, how):
    sound = assess(read_project(make_project(tmp_path / "sound"))).judgement
    zones = gpd.GeoDataFrame({"class": ["often", "deep"]}, geometry=[square(200), OTHERS[how]], crs=GRID)
    project = read_project(make_project(tmp_path / "lost", flood=zones))
    assert "1 of 2 rows have no geometry" in project.faults["flood"]
    assert (assess(project).judgement.most >= sound.most).all()


def test_a_survey_of_which_a_plot_is_set_aside_answers_for_both(tmp_path):
    frame = gpd.GeoDataFrame(
        {"class": ["mixed"]}, geometry=[shapely.box(450_000, 3_260_000, 470_000, 3_275_000)], crs=GRID
    )
    plots = FRAMES["parcels"].assign(geometry=[shapely.transform(each, lambda xy: xy - (43_000, 2_000)) for each in
                                               FRAMES["parcels"].geometry])  # fmt: skip
    manifest = make_project(tmp_path / "town", zoning=frame, parcels=plots)
    cut = "\n".join(EXAMPLE.splitlines()[:-2]) + "\n" + second()
    (tmp_path / "plots.txt").write_text(cut, encoding="gbk")
    words = ["check", "--shape", tmp_path / "plots.txt", "--use", "shop", "--pathway", "keep", "--json", "-m", manifest]
    told = CliRunner().invoke(main, [str(word) for word in words])
    outcomes = {each["parcel"]: each["verdicts"][0]["outcome"] for each in json.loads(told.stdout)}
    assert outcomes["SD-001"] == "unknown"
    assert set(outcomes) == {"SD-001", "SD-002"}
    assert "row 1 is set aside: it declares 10 points" in told.stderr


PLOTS, GROUND = FRAMES["parcels"], shapely.box(EAST - 1000, NORTH - 1000, EAST + 2000, NORTH + 2000)


def bare(frame):
    return frame.set_crs(None, allow_override=True)


def scaled(frame, factor):
    return bare(frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), lambda xy: xy * factor)))


def swapped(frame):
    return frame.set_geometry(
        gpd.GeoSeries(shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=frame.crs)
    )


FLOOD = FRAMES["flood"]
MISTAKES = {
    "4548 for 4549": (
        FLOOD.set_crs(4548, allow_override=True),
        None,
        ["29", "km from the project's area", "EPSG:4549"],
    ),
    "4527 for 4528": (FLOOD.to_crs(4528).set_crs(4527, allow_override=True), None, ["begin with zone 40", "EPSG:4528"]),
    "4528 for 4549": (FLOOD.set_crs(4528, allow_override=True), None, ["do not begin with zone 40", "EPSG:4549"]),
    "4549 for 4528": (FLOOD.to_crs(4528).set_crs(4549, allow_override=True), None, ["begin with zone 40", "EPSG:4528"]),
    "degrees as metres": (
        FLOOD.to_crs(4490).set_crs(4549, allow_override=True),
        None,
        ["look like degrees", "EPSG:4490"],
    ),
    "metres as degrees": (FLOOD.set_crs(4490, allow_override=True), None, ["no degrees", "EPSG:4549"]),
    "swapped degrees": (swapped(FLOOD.to_crs(4490)), None, ["axes are swapped", "north-east", "EPSG:4490"]),
    "swapped metres": (
        swapped(FLOOD),
        None,
        ["km from the project's area", "axes swapped", 'declare axes = "north-east"'],
    ),
    "Web Mercator": (bare(FLOOD.to_crs(3857)), None, ["no coordinate reference system", "EPSG:3857"]),
    "UTM": (bare(FLOOD.to_crs(32650)), None, ["no coordinate reference system", "EPSG:32650"]),
    "feet": (scaled(FLOOD, 1 / 0.3048), "EPSG:4549", ["km from the project's area", "in feet it lies on the area"]),
    "nothing said": (bare(FLOOD), None, ["no coordinate reference system", "EPSG:4549"]),
    "an old datum": (FLOOD.set_crs(2385, allow_override=True), None, ["no parameters are known", "100 m"]),
    "elsewhere": (
        FLOOD.set_geometry(FLOOD.translate(50_000, 0)),
        None,
        ["50 km from the project's area", "nor does any other usual system bring it there"],
    ),
    "two kinds of feet": (scaled(FLOOD, 1 / 0.3048), "EPSG:4549", ["+units=ft", "+units=us-ft", "up to 7 m apart"]),
    "millimetres": (scaled(FLOOD, 1000), "EPSG:4549", ["in millimetres it lies on the area", "+units=mm"]),
    "kilometres": (scaled(FLOOD, 1e-3), "EPSG:4549", ["in kilometres it lies on the area", "+units=km"]),
    "UTM zone 50 for 51": (
        FLOOD.to_crs(32651).set_crs(32650, allow_override=True),
        None,
        ["as EPSG:32651", "or as EPSG:4550", " m apart: ask where it comes from"],
    ),
}


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
@pytest.mark.parametrize("name", MISTAKES)
def test_a_layer_in_a_wrong_place_is_refused_with_the_remedy(tmp_path, name):
    frame, declared, words = MISTAKES[name]
    edit = {'"flood.gpkg"': f'"flood.gpkg", crs = "{declared}"'} if declared else {}
    project = read_project(make_project(tmp_path, flood=frame, edit=edit))
    assert list(project.faults) == ["flood"]
    for word in words:
        assert word in project.faults["flood"]


RIGHT = {
    "the remedy for swapped metres": (swapped(FLOOD), 'axes = "north-east"', "the file's word"),
    "the remedy for 4548": (FLOOD.set_crs(4548, allow_override=True), 'crs = "EPSG:4549"', "the manifest's word"),
    "zone before eastings": (bare(FLOOD.to_crs(4528)), "", "inferred: the eastings begin with zone 40"),
    "north before east": (bare(swapped(FLOOD.to_crs(4528))), "", "stand second"),
    "degrees on the area": (bare(FLOOD.to_crs(4490)), "", "inferred: they are degrees"),
    "latitude first": (bare(swapped(FLOOD.to_crs(4490))), "", "latitude first"),
    "Web Mercator that says so": (FLOOD.to_crs(3857), "", "the file's word"),
    "feet that say so": (FLOOD.to_crs(
        "+proj=tmerc +lon_0=120 +x_0=500000 +ellps=GRS80 +units=us-ft"), "", "the file's word"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
@pytest.mark.parametrize("name", RIGHT)
def test_what_is_told_or_can_be_inferred_lands_in_its_place(tmp_path, name):
    frame, key, how = RIGHT[name]
    path = make_project(tmp_path, flood=frame, edit={'"flood.gpkg"': f'"flood.gpkg", {key}' if key else '"flood.gpkg"'})
    layer = read_project(path).layers["flood"]
    assert layer.fault is None
    assert layer.frame.geometry.iloc[0].symmetric_difference(square(200)).area < 0.01
    assert how in layer.account.crs_how
    assert not how.startswith("inferred") or any("has no CRS; taken for" in each for each in layer.remarks)


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
@pytest.mark.parametrize("unit_m", [0.3048, 1200 / 3937, 1e-3, 1e3])
def test_the_remedy_for_a_unit_brings_a_layer_to_its_place(tmp_path, unit_m):
    frame = scaled(FLOOD, 1 / unit_m)
    edit = {'"flood.gpkg"': '"flood.gpkg", crs = "EPSG:4549"'}
    fault = read_project(make_project(tmp_path / "a", flood=frame, edit=edit)).faults["flood"]
    away = []
    for number, remedy in enumerate(re.findall(r'crs = "[^"]+"', fault)):
        edit = {'"flood.gpkg"': f'"flood.gpkg", {remedy}'}
        layer = read_project(make_project(tmp_path / str(number), flood=frame, edit=edit)).layers["flood"]
        away.append(layer.frame.geometry.iloc[0].hausdorff_distance(square(200)) if layer.frame is not None else 1e9)
    assert min(away) < 1e-3


@pytest.mark.parametrize("offset", ["gcj02", "bd09"])
def test_an_offset_is_undone_where_declared_and_pointed_out_where_not(tmp_path, offset):
    import numpy as np  # noqa: PLC0415

    from geo_tej.offset import shifted  # noqa: PLC0415

    degrees = FLOOD.to_crs(4326)
    moved = degrees.set_geometry(
        gpd.GeoSeries(
            shapely.transform(degrees.geometry.to_numpy(), lambda xy: np.column_stack(shifted(*xy.T, offset))), crs=4326
        )
    )
    town = gpd.GeoDataFrame({"class": ["mixed"]}, geometry=[square(-100, -100, 500)], crs=GRID)
    edit = {
        '"zoning.gpkg", extent = "zoning"': '"zoning.gpkg"',
        'language = "en"': 'area = "town"',
        "layer = [": 'layer = [\n  { id = "town", role = "area", title = "Town", path = "zoning.gpkg" },',
    }
    del edit['language = "en"']
    edit['rulebook = "rulebook"'] = 'rulebook = "rulebook"\narea = "town"'
    undeclared = read_project(make_project(tmp_path / "a", flood=moved, zoning=town, edit=edit)).layers["flood"]
    assert undeclared.frame is None or undeclared.frame.distance(square(200)).iloc[0] > 300  # not moved
    told = "; ".join(undeclared.account.remarks if undeclared.account else undeclared.remarks)
    assert f'declare offset = "{offset}"' in told
    edit['"flood.gpkg"'] = f'"flood.gpkg", offset = "{offset}"'
    declared = read_project(make_project(tmp_path / "b", flood=moved, zoning=town, edit=edit)).layers["flood"]
    assert declared.fault is None
    assert declared.frame.geometry.iloc[0].hausdorff_distance(square(200)) < 0.1
    assert f"{offset} undone" in declared.account.crs_how


def test_parcels_whose_place_is_not_known_are_unknown_and_stay(tmp_path):
    town = gpd.GeoDataFrame({"class": ["mixed"]}, geometry=[square(-100, -100, 500)], crs=GRID)
    edit = {
        "layer = [": 'layer = [\n  { id = "town", role = "area", title = "Town", path = "zoning.gpkg" },',
        'rulebook = "rulebook"': 'rulebook = "rulebook"\narea = "town"',
    }
    plots = PLOTS.set_crs(4548, allow_override=True)
    project = read_project(make_project(tmp_path, parcels=plots, zoning=town, edit=edit))
    assert re.search(r"layer parcels lies \d+ km from the project's area.*EPSG:4549", project.faults["parcels"])
    aside = project.layers["parcels"].account.set_aside
    assert [each.name for each in aside] == project.parcels.index.tolist() == ["A1", "A2", "A3"]
    assert all(each.geometry.startswith("POLYGON") and each.attributes["parcel_id"] == each.name for each in aside)
    assert set(assess(project).verdicts["outcome"]) <= {"unknown", "no"}
    with pytest.raises(MapError, match="nothing to draw"):
        constraint_map(assess(project))


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
@pytest.mark.parametrize(("plots", "word"), [(bare(PLOTS), "EPSG:4549"), (bare(PLOTS.to_crs(4490)), "EPSG:4490")])
def test_parcels_that_nothing_places_fail_and_every_command_goes_on(tmp_path, plots, word):
    manifest = make_project(tmp_path, parcels=plots)
    page, table, out = tmp_path / "layers.html", tmp_path / "aside.csv", tmp_path / "out"
    told = call("layers", "-o", page, "--quarantine", table, "-m", manifest)
    assert told.exit_code == 1
    assert word in told.stderr
    assert pd.read_csv(table, comment="#")["name"].tolist() == ["A1", "A2", "A3"]
    assert "failed" in told.stdout
    ran = call("run", "-o", out, "-m", manifest)
    assert ran.exit_code == 1
    assert "nothing to draw" in ran.stderr
    assert len(pd.read_parquet(out / "verdicts.parquet")) == len(assess(read_project(manifest)).verdicts)


def twice(*rows):
    """Draw parcels from rows of the specimens: (row, id) each."""
    frame = PLOTS.iloc[[row for row, _ in rows]].reset_index(drop=True)
    return frame.assign(parcel_id=[name for _, name in rows])


def test_a_parcel_that_stands_twice_alike_is_taken_once(tmp_path):
    project = read_project(make_project(tmp_path, parcels=twice((0, "A1"), (1, "A2"), (2, "A3"), (1, "A2"))))
    layer = project.layers["parcels"]
    assert project.parcels.index.tolist() == ["A1", "A2", "A3"]
    assert [(each.name, each.row, each.reason) for each in layer.account.set_aside] == [
        ("A2", 4, "it says again what row 2 of parcels says")
    ]
    assert (layer.rows_read, layer.set_aside) == (4, 1)
    assert "A2 stands in rows 2, 4 of parcels, which say the same: it is taken once" in layer.remarks
    sound = assess(read_project(make_project(tmp_path / "sound"))).verdicts
    assert assess(project).verdicts.equals(sound)


DIFFERING = {
    "ground": twice((0, "A1"), (1, "A1"), (2, "A3")),
    "facts alone": twice((0, "A1"), (0, "A1"), (2, "A3")).assign(registered_m2=[10_020.0, 10_030.0, None]),
}


@pytest.mark.parametrize("how", DIFFERING)
def test_parcels_of_one_id_that_differ_are_both_unknown(tmp_path, how):
    manifest = make_project(tmp_path, parcels=DIFFERING[how])
    project = read_project(manifest)
    layer = project.layers["parcels"]
    assert project.parcels.index.tolist() == ["A1", "A1-row-2", "A3"]
    assert project.parcels.geometry.isna().tolist() == [True, True, False]
    assert project.parcels["registered_m2"].isna().all()
    assert [(each.name, each.row) for each in layer.account.set_aside] == [("A1", 1), ("A1-row-2", 2)]
    assert layer.account.set_aside[1].attributes["parcel_id"] == "A1"
    (said,) = [each for each in layer.remarks if "differ" in each]
    assert "judged unknown as A1, A1-row-2" in said
    assert "内容不同" in told_in(said, "zh")
    verdicts = assess(project).verdicts
    assert set(verdicts["outcome"][verdicts["parcel_id"] != "A3"]) == {"unknown"}
    assert call("layers", "-m", manifest).exit_code == 0


def test_an_id_that_stands_in_very_many_rows_is_told_in_few_words(tmp_path):
    plots = gpd.GeoDataFrame({"parcel_id": ["A"] * 300}, geometry=[square(west) for west in range(300)], crs=GRID)
    layer = read_project(make_project(tmp_path, parcels=plots)).layers["parcels"]
    assert len(layer.account.set_aside) == 300
    assert max(map(len, [*layer.remarks, *(each.reason for each in layer.account.set_aside)])) < 250


def test_a_parcel_without_id_is_named_by_its_row_and_takes_nobodys_name(tmp_path):
    plots = twice((0, "parcels-row-2"), (1, None), (2, "A3"))
    project = read_project(make_project(tmp_path, parcels=plots))
    assert project.parcels.index.tolist() == ["parcels-row-2", "parcels-row-2-2", "A3"]
    (aside,) = project.layers["parcels"].account.set_aside
    assert (aside.name, aside.row, aside.reason) == ("parcels-row-2-2", 2, "it has no parcel_id")
    verdicts = assess(project).verdicts
    assert set(verdicts["outcome"][verdicts["parcel_id"] == "parcels-row-2-2"]) == {"unknown"}
    assert any("1 rows have no parcel_id" in each for each in project.layers["parcels"].remarks)


def test_an_id_that_stands_in_two_layers_is_no_silent_pick(tmp_path):
    edit = {"layer = [": 'layer = [\n  { id = "more", role = "parcels", title = "More", path = "scenic.gpkg" },'}
    more = twice((2, "A1"))
    manifest = make_project(tmp_path, scenic=more.assign(grade="2", core="no"), edit=edit)
    project = read_project(manifest)
    assert project.parcels.index.tolist() == ["A1", "A1-row-1", "A2", "A3"]
    assert {layer.id for layer in project.layers.values() if any("differ" in said for said in layer.remarks)} == {
        "more", "parcels",
    }  # fmt: skip
    assert project.parcels.geometry.isna().tolist() == [True, True, False, False]


def test_rows_that_came_without_geometry_are_in_the_quarantine(tmp_path):
    plots = PLOTS.set_geometry(gpd.GeoSeries([None, square(100), square(200)], crs=GRID))
    flood = gpd.GeoDataFrame({"class": ["often", "deep"]}, geometry=[square(200), None], crs=GRID)
    project = read_project(make_project(tmp_path, parcels=plots, flood=flood))
    told = set_aside_table(project)
    assert told[["layer", "row", "name", "reason"]].to_numpy().tolist() == [
        ["parcels", 1, "A1", "it has no geometry"], ["flood", 2, "", "it has no geometry"],
    ]  # fmt: skip
    assert json.loads(told["attributes"].iloc[1]) == {"class": "deep"}
    assert len(told) == sum(layer.set_aside for layer in project.layers.values())


def test_links_out_of_the_folder_are_refused(tmp_path):
    path = make_project(tmp_path / "town")
    (tmp_path / "town" / "flood.gpkg").rename(tmp_path / "elsewhere.gpkg")
    (tmp_path / "town" / "flood.gpkg").symlink_to(tmp_path / "elsewhere.gpkg")
    assert "symbolic link that leads out" in read_project(path).faults["flood"]
    (tmp_path / "town" / "parcels.gpkg").rename(tmp_path / "plots.gpkg")
    (tmp_path / "town" / "parcels.gpkg").symlink_to(tmp_path / "plots.gpkg")
    with pytest.raises(LayerError, match="symbolic link"):
        read_project(path)


def test_one_row_in_a_wrong_place_costs_one_row_and_is_told(tmp_path):
    nowhere = shapely.box(0, 0, 1, 1)
    turned = shapely.transform(square(200), lambda xy: xy[:, ::-1])
    shapes = [square(0), nowhere, turned, square(100)]
    path = make_project(tmp_path, flood=gpd.GeoDataFrame({"class": ["often"] * 4}, geometry=shapes, crs=GRID))
    layer = read_project(path).layers["flood"]
    assert [(each.row, each.reason.split(":")[0]) for each in layer.account.set_aside] == [
        (2, "it lies at 0, 0"), (3, "its axes are swapped"),
    ]  # fmt: skip
    assert "2 of 4 rows have no geometry" in layer.fault
    assert len(layer.frame) == 2
    assert any("2 of its rows lie more than 1,000 km" in each for each in layer.remarks)


def test_check_takes_a_file_whose_system_is_said_on_the_command_line(tmp_path):
    manifest = make_project(tmp_path / "town")
    PLOTS[:1].set_crs(4548, allow_override=True).to_file(tmp_path / "one.gpkg")
    words = ["check", "--shape", tmp_path / "one.gpkg", "--use", "shop", "--json", "-m", manifest]
    refused = CliRunner().invoke(main, [str(word) for word in words])
    assert refused.exit_code == 2
    assert "km from the project's area" in refused.stderr
    told = CliRunner().invoke(main, [str(word) for word in [*words, "--crs", "EPSG:4549"]])
    assert json.loads(told.stdout)[0]["area"]["drawn_m2"] == pytest.approx(10_000)
    assert "declared is EPSG:4549" in told.stderr


def test_check_says_remedies_as_options_that_work(tmp_path):
    manifest = make_project(tmp_path / "town")
    swapped(PLOTS[:1].to_crs(4490)).set_crs(4549, allow_override=True).to_file(tmp_path / "one.gpkg")
    words = ["check", "--shape", tmp_path / "one.gpkg", "--use", "shop", "--json", "-m", manifest]
    refused = call(*words)
    assert refused.exit_code == 2
    assert "say --crs EPSG:4490 and --axes north-east" in refused.stderr
    told = json.loads(call(*words, "--crs", "EPSG:4490", "--axes", "north-east").stdout)
    assert told[0]["area"]["drawn_m2"] == pytest.approx(10_000)
    stray = call("check", "A1", "--use", "shop", "--offset", "gcj02", "-m", manifest)
    assert (stray.exit_code, "--offset belongs to --shape FILE" in stray.stderr) == (2, True)


def test_check_undoes_an_offset_and_takes_a_coding(tmp_path):
    manifest = make_project(tmp_path / "town")
    ring = gpd.GeoSeries([square(20, side=50)], crs=GRID).to_crs(4326)[0].exterior.coords
    moved = [tuple(float(each) for each in shifted(x, y, "gcj02")) for x, y in ring]
    wkt = shapely.Polygon(moved).wkt
    (tmp_path / "drawn.csv").write_bytes(f'parcel_id,wkt\n造纸厂,"{wkt}"\n'.encode("gbk"))
    words = [
        "check",
        "--shape",
        tmp_path / "drawn.csv",
        "--crs",
        "EPSG:4326",
        "--use",
        "shop",
        "--json",
        "-m",
        manifest,
    ]
    told = call(*words, "--offset", "gcj02", "--encoding", "GBK")
    (extract,) = json.loads(told.stdout)
    assert extract["parcel"] == "造纸厂"
    assert extract["area"]["drawn_m2"] == pytest.approx(2500, rel=1e-3)
    zoning = next(each for each in extract["layers"] if each["id"] == "zoning")
    assert zoning["overlaps"][0]["share"] == pytest.approx(1)


def test_check_writes_a_survey_txt_as_it_was_read(tmp_path):
    manifest = make_project(tmp_path / "town")
    text = EXAMPLE.replace("面,,商", "面,G50-1,商").replace(",40457", ",40500").replace(",3268", ",3270")
    (tmp_path / "plot.txt").write_text(text, encoding="gbk")
    for source, target in (("plot", "first"), ("first", "second")):
        words = ["check", "--shape", tmp_path / f"{source}.txt", "--use", "shop", "--txt", tmp_path / f"{target}.txt"]
        assert call(*words, "-m", manifest).exit_code in (0, 1)
    first, second = ((tmp_path / f"{name}.txt").read_text("utf-8") for name in ("first", "second"))
    assert "10,2.9800,SD-001,示例地块,面,G50-1,商业服务业用地,09,@" in first
    assert first == second


def test_check_writes_the_parcels_as_a_survey_txt(tmp_path):
    manifest = make_project(tmp_path / "town")
    words = ["check", "A1", "A2", "--use", "shop", "--json", "--txt", tmp_path / "plots.txt", "-m", manifest]
    by_name = json.loads(CliRunner().invoke(main, [str(word) for word in words]).stdout)
    words = ["check", "--shape", tmp_path / "plots.txt", "--use", "shop", "--json", "-m", manifest]
    by_file = json.loads(CliRunner().invoke(main, [str(word) for word in words]).stdout)
    assert [each["parcel"] for each in by_file] == ["A1", "A2"]
    for one, other in zip(by_name, by_file, strict=True):
        assert one["area"]["drawn_m2"] == pytest.approx(other["area"]["drawn_m2"])
        outcomes = [[each["outcome"] for each in told["verdicts"]] for told in (one, other)]
        assert outcomes[0] == outcomes[1]
