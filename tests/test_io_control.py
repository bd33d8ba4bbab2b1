"""Control layers that cannot be read: they fail by name, and no verdict is softer than before."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from specimens import default_frames, make_project, plane, square, write_raster

from geo_tej.io import read_project
from geo_tej.io.read import read_table
from geo_tej.verdict import assess

FRAMES = default_frames()
pytestmark = pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return assess(read_project(make_project(tmp_path_factory.mktemp("sound")))).judgement


def truncated(folder, name):
    path = make_project(folder)
    file = folder / name
    file.write_bytes(file.read_bytes()[:60])
    return path


WAYS = {
    "missing": lambda folder, name: make_project(folder, **{name.split(".")[0]: None}),
    "truncated": truncated,
    "no bytes": lambda folder, name: make_project(folder, **{name.split(".")[0]: b""}),
    "a folder": lambda folder, name: (make_project(folder, **{name.split(".")[0]: None}), (folder / name).mkdir())[0],
    "no CRS": lambda folder, name: make_project(
        folder, **{name.split(".")[0]: FRAMES[name.split(".")[0]].set_crs(None, allow_override=True)}
    ),
}


@pytest.mark.parametrize("name", ["zoning.gpkg", "scenic.gpkg", "flood.gpkg", "roads.gpkg", "dem.tif"])
@pytest.mark.parametrize("how", WAYS)
def test_a_control_layer_that_cannot_be_read_fails_and_softens_nothing(tmp_path, sound, name, how):
    layer = name.split(".")[0]
    if (layer, how) == ("dem", "no CRS"):
        path = make_project(tmp_path)
        write_raster(tmp_path / name, replace(plane(), crs=None))
    else:
        path = WAYS[how](tmp_path, name)
    project = read_project(path)
    assert list(project.faults) == [layer]
    assert name in project.faults[layer] or f"layer {layer}" in project.faults[layer]
    judged = assess(project)
    states = judged.layers.set_index("layer")["state"]
    assert set(states[layer]) == {"failed"}
    assert (judged.judgement.most >= sound.most).all()
    assert (judged.judgement.least <= judged.judgement.most).all()


def test_a_raster_in_another_system_fails(tmp_path):
    path = make_project(tmp_path)
    write_raster(tmp_path / "dem.tif", replace(plane(), crs=FRAMES["flood"].to_crs(4548).crs))
    assert "dem" in read_project(path).faults


def test_a_band_that_is_not_there_fails(tmp_path):
    path = make_project(tmp_path, edit={'path = "dem.tif"': 'path = "dem.tif", band = 2'})
    assert "1 bands, not 2" in read_project(path).faults["dem"]


def test_cells_without_data_are_unknown(tmp_path):
    gap = plane()
    gap.values[100:, :] = np.nan  # the southern part, with the parcels
    project = read_project(make_project(tmp_path, dem=gap))
    assert not project.faults
    assert set(assess(project).layers.set_index("layer")["state"]["dem"]) == {"no_data"}


def test_a_raster_stored_from_the_south_is_read_or_fails(tmp_path):
    path = make_project(tmp_path)
    upright = plane(1.0)
    upright.values[:] += np.arange(len(upright.values))[:, None]
    turned = replace(
        upright, values=upright.values[::-1],
        transform=upright.transform * Affine.translation(0, len(upright.values)) * Affine.scale(1, -1),
    )  # fmt: skip
    write_raster(tmp_path / "dem.tif", upright)
    expected = assess(read_project(path)).evidence.facts["slope_mean_deg"]
    write_raster(tmp_path / "dem.tif", turned)
    project = read_project(path)
    if not project.faults:
        assert assess(project).evidence.facts["slope_mean_deg"].to_list() == pytest.approx(expected.to_list())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_table_in_the_codings_of_chinese_spreadsheets(tmp_path, encoding):
    text = "enterprise_id,name,willing\n0012,造纸厂,是\nF2,,否\n"
    project = read_project(make_project(tmp_path, firms=text.encode(encoding)))
    assert project.enterprises["name"].iloc[0] == "造纸厂"
    assert project.enterprises["name"].isna().tolist() == [False, True]
    assert project.enterprises.index.to_list() == ["0012", "F2"]  # an id keeps its zeros
    assert project.enterprises["willing"].to_list() == [True, False]


def test_a_table_says_its_coding_and_damage_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("id,name\n1,é\n".encode("latin-1"))
    assert read_table(path, encoding="latin-1")[0]["name"].to_list() == ["é"]
    path.write_text('id,name\n1,2,3\n4,"5\n', encoding="utf-8")
    with pytest.raises(OSError, match=r"a\.csv: cannot be read"):
        read_table(path)


def test_a_table_of_excel_keeps_text(tmp_path):
    path = make_project(tmp_path, edit={"firms.csv": "firms.xlsx"})
    pd.DataFrame({"enterprise_id": ["0012"], "name": ["=1+1"]}).to_excel(tmp_path / "firms.xlsx", index=False)
    project = read_project(path)
    assert project.enterprises.index.to_list() == ["0012"]


def test_rows_without_ground_and_odd_values_are_told(tmp_path):
    flood = gpd.GeoDataFrame({"class": ["deep", "swamp", None]}, geometry=[None, square(0), square(100)], crs=4549)
    layer = read_project(make_project(tmp_path, flood=flood)).layers["flood"]
    assert (layer.rows_read, layer.set_aside, len(layer.frame)) == (3, 1, 2)
    assert layer.fault == "layer flood: 1 of 3 rows have no geometry"
    assert any("swamp is not in the rulebook's list; taken as unknown" in remark for remark in layer.remarks)
    assert set(layer.frame["zone_class"]) == {"unknown"}


def test_an_empty_layer_with_an_extent_is_not_affected_and_without_has_no_data(tmp_path):
    empty = FRAMES["flood"][:0]
    for number, (edit, state) in enumerate(
        [({}, "not_affected"), ({'"flood.gpkg", extent = "zoning"': '"flood.gpkg"'}, "no_data")]
    ):
        project = read_project(make_project(tmp_path / str(number), flood=empty, edit=edit))
        assert set(assess(project).layers.set_index("layer")["state"]["flood"]) == {state}


def test_a_sublayer_is_chosen_by_name(tmp_path):
    path = make_project(tmp_path, edit={'"flood.gpkg"': '"town.gpkg", sublayer = "water"'})
    FRAMES["flood"].to_file(tmp_path / "town.gpkg", layer="water")
    FRAMES["scenic"].to_file(tmp_path / "town.gpkg", layer="scenic")
    assert list(read_project(path).layers["flood"].classes) == ["often"]
    path = make_project(tmp_path, edit={'"flood.gpkg"': '"town.gpkg", sublayer = "watr"'})
    assert "did you mean water?" in read_project(path).faults["flood"]


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "=cmd()", "../../etc/passwd", "{{ x }}", "a;b=c"])
def test_hostile_names_are_text(tmp_path, value):
    plots = FRAMES["parcels"].assign(parcel_id=[value, "A2", "A3"], name=value)
    project = read_project(make_project(tmp_path, parcels=plots))
    assert project.parcels.index[0] == value
    assert assess(project).verdicts["parcel_id"].iloc[0] == value


def test_a_raster_may_say_its_system_in_the_manifest_as_the_message_advises(tmp_path):
    path = make_project(tmp_path, edit={'path = "dem.tif"': 'path = "dem.tif", crs = "EPSG:4549"'})
    write_raster(tmp_path / "dem.tif", replace(plane(), crs=None))
    assert not read_project(path).faults


def test_a_shapefile_in_gbk_says_its_coding(tmp_path):
    shape = FRAMES["parcels"].drop(columns="registered_m2").assign(name="造纸厂", parcel_id=["地1", "地2", "地3"])
    path = make_project(
        tmp_path, parcels=None, edit={'path = "parcels.gpkg"': 'path = "parcels.shp", encoding = "GBK"'}
    )
    shape.to_file(tmp_path / "parcels.shp", encoding="GBK")
    (tmp_path / "parcels.cpg").unlink()
    project = read_project(path)
    assert project.parcels.index.to_list() == ["地1", "地2", "地3"]
    assert set(project.parcels["name"]) == {"造纸厂"}
