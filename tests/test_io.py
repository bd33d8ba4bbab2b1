"""Bad input: what stops the run and what only fails a layer, by name and before anything is judged."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from specimen_texts import MANIFEST
from specimens import EAST, NORTH, default_frames, make_project, square

from geo_tej.errors import CRSError, FrameError, GeoTejError, LayerError, ManifestError, RulebookError
from geo_tej.io import read_project
from geo_tej.verdict import assess

FRAMES = default_frames()
PARCELS = FRAMES["parcels"]


def edited(old, new):
    return {"edit": {old: new}}


FAULTS = {
    "no on": (edited("on = 2026-06-30", ""), ManifestError, ["layers.toml", "`on` is missing"]),
    "quoted date": (edited("2026-06-30", '"2026-06-30"'), ManifestError, ["without quotes", "on = 2026-06-30"]),
    "no such day": (edited("2026-06-30", "2026-06-31"), ManifestError, ["TOML"]),
    "no crs": (edited('crs = "EPSG:4549"', ""), ManifestError, ["`crs` is missing"]),
    "crs of nothing": (edited("EPSG:4549", "EPSG:1"), CRSError, ["manifest, crs", "EPSG:1"]),
    "computing in degrees": (edited("EPSG:4549", "EPSG:4490"), CRSError, ["degrees"]),
    "computing in web mercator": (edited("EPSG:4549", "EPSG:3857"), CRSError, ["EPSG:3857", "times the true ones"]),
    "unknown key": (edited('title = "Specimen town"', 'titel = "x"'), ManifestError, ["titel", "title"]),
    "unknown role": (edited('role = "objects"', 'role = "roads"'), ManifestError, ["role"]),
    "no layers": ({"manifest": MANIFEST[: MANIFEST.index("layer =")]}, ManifestError, ["layer"]),
    "no parcels": (edited('id = "parcels", role = "parcels"', 'id = "parcels", role = "context"'), ManifestError,
                   ['role = "parcels"']),
    "duplicate id": (edited('id = "flood"', 'id = "scenic"'), ManifestError, ["scenic", "more than once"]),
    "id that leads away": (edited('id = "firms"', 'id = "../firms"'), ManifestError, ["id"]),
    "remote path": (edited("flood.gpkg", "https://example.org/f.gpkg"), ManifestError, ["flood", "remote"]),
    "remote vsi path": (edited("flood.gpkg", "/vsicurl/http://x/f.gpkg"), ManifestError, ["flood", "remote"]),
    "offset of a raster": (edited('"dem.tif"', '"dem.tif", offset = "gcj02"'), ManifestError, ["layer dem", "offset"]),
    "unknown offset": (edited('"flood.gpkg"', '"flood.gpkg", offset = "mars"'), ManifestError, ["flood", "gcj02"]),
    "limit of nothing": (edited("on = 2026-06-30", "on = 2026-06-30\nlimits = { members = 0 }"), ManifestError,
                         ["limits.members"]),
    "extent of no layer": (edited('"flood.gpkg", extent = "zoning"', '"flood.gpkg", extent = "plan"'), ManifestError,
                           ["flood", "plan"]),
    "extent of three": (edited('"flood.gpkg", extent = "zoning"', '"flood.gpkg", extent = [1, 2, 3]'), ManifestError,
                        ["layer flood"]),
    "column not there": (edited('"flood.gpkg"', '"flood.gpkg", columns = { class = "klass" }'), ManifestError,
                         ["layer flood", "'klass'", "class"]),
    "column of nothing": (edited('"flood.gpkg"', '"flood.gpkg", columns = { colour = "class" }'), ManifestError,
                          ["layer flood", "colour"]),
    "id column not there": ({"parcels": PARCELS.rename(columns={"parcel_id": "nr"})}, ManifestError,
                            ["layer parcels", "parcel_id"]),
    "unknown scenario": (edited('language = "en"', 'scenario = "wet"'), ManifestError, ["wet"]),
    "unknown rulebook": (edited('rulebook = "rulebook"', 'rulebook = "lawbook"'), RulebookError, ["lawbook"]),
    "negative threshold": (edited('"flood.gpkg"', '"flood.gpkg", thresholds = { area_m2 = -1 }'), ManifestError,
                           ["area_m2"]),
    "parcels are points": ({"parcels": PARCELS.assign(geometry=PARCELS.centroid)}, FrameError, ["polygons", "Point"]),
    "parcels missing": ({"parcels": None}, LayerError, ["parcels.gpkg", "no such file"]),
    "parcels damaged": ({"parcels": b"SQLite format 3\x00 no more"}, LayerError, ["parcels.gpkg", "cannot be read"]),
    "firms without name": ({"firms": "enterprise_id,title\nF1,a\n"}, ManifestError, ["layer firms", "name"]),
    "firms missing": ({"firms": None}, LayerError, ["firms.csv", "no such file"]),
}  # fmt: skip
MANIFEST_WITH_LANGUAGE = MANIFEST.replace("on = 2026", 'language = "en"\non = 2026')


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_manifest_or_parcels_stops_the_run_by_name(tmp_path, name):
    changes, error, words = FAULTS[name]
    path = make_project(tmp_path, **{"manifest": MANIFEST_WITH_LANGUAGE} | changes)
    with pytest.raises(error) as caught:
        read_project(path)
    for word in words:
        assert word in str(caught.value)


def test_all_faults_of_a_manifest_are_told_at_once(tmp_path):
    path = make_project(
        tmp_path, edit={"on = 2026-06-30": "", 'role = "raster"': 'role = "roster"', "crs = ": "csr = "}
    )
    with pytest.raises(ManifestError, match=r"4 faults:") as caught:
        read_project(path)
    assert all(word in str(caught.value) for word in ("`on`", "role", "csr", "`crs`"))


VALUES = st.one_of(
    st.integers(-5, 5), st.booleans(), st.just("x"), st.just([1]), st.just({"a": 1}), st.just([]), st.just([{"id": 1}])
)


def as_toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {as_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, (bool, int)) else f'"{value}"'


@given(
    st.sampled_from(["title", "crs", "on", "rulebook", "language", "area", "scenario", "scenarios", "layer"]), VALUES
)
def test_a_value_of_the_wrong_kind_is_a_fault_and_no_crash(tmp_path_factory, key, value):
    table = {"title": "t", "crs": "EPSG:4549", "on": 1, "rulebook": "starter", key: value}
    path = tmp_path_factory.mktemp("odd") / "layers.toml"
    path.write_text("".join(f"{name} = {as_toml(item)}\n" for name, item in table.items()), encoding="utf-8")
    with pytest.raises(GeoTejError):
        read_project(path)


def test_a_scenario_is_put_in_force_and_asked_for_by_name(tmp_path):
    more = {"on = 2026": 'scenario = "dry"\non = 2026'}
    manifest = MANIFEST + (
        '\n[scenarios.dry]\ntitle = "Dry"\n\n[scenarios.wet]\ntitle = "Wet"\n'
        'layers.flood = { path = "scenic.gpkg", columns = { }, constants = { class = "deep" } }\n'
    )  # fmt: skip
    path = make_project(tmp_path, manifest=manifest, edit=more)
    dry, wet = read_project(path), read_project(path, scenario="wet")
    assert (dry.scenario, wet.scenario, wet.scenario_title.en) == ("dry", "wet", "Wet")
    assert list(dry.layers["flood"].classes) == ["often"]
    assert list(wet.layers["flood"].classes) == ["deep"]
    assert assess(dry).assessment_id != assess(wet).assessment_id
    with pytest.raises(ManifestError, match=r"damp.*dry"):
        read_project(path, scenario="damp")


def test_a_manifest_of_wrong_kinds_under_a_scenario_is_a_fault(tmp_path):
    path = tmp_path / "layers.toml"
    head = 'title = "t"\ncrs = "EPSG:4549"\non = 2026-06-30\nrulebook = "starter"\nlayer = 5\nscenario = "a"\n'
    path.write_text(head + '[scenarios.a]\ntitle = "a"\nlayers.x = { path = "y" }\n', encoding="utf-8")
    with pytest.raises(ManifestError):
        read_project(path)


def test_layers_come_from_any_system_to_the_one_of_the_project(tmp_path):
    project = read_project(make_project(tmp_path, parcels=PARCELS.to_crs(4490), flood=FRAMES["flood"].to_crs(32650)))
    assert project.parcels.crs.to_epsg() == 4549
    assert project.parcels.area.to_list() == pytest.approx([10_000] * 3, rel=1e-6)
    assert project.layers["flood"].frame.area.sum() == pytest.approx(10_000, rel=1e-6)


def test_a_layer_may_say_its_system_where_the_file_does_not(tmp_path):
    bare = FRAMES["flood"].to_crs(4528).set_crs(None, allow_override=True)
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        path = make_project(tmp_path, flood=bare, edit={'"flood.gpkg"': '"flood.gpkg", crs = "EPSG:4528"'})
    project = read_project(path)
    assert not project.faults
    assert project.layers["flood"].frame.geometry.iloc[0].symmetric_difference(square(200)).area < 1e-3


def test_dimensions_and_text_ids(tmp_path):
    high = PARCELS.assign(geometry=shapely.force_3d(PARCELS.geometry.to_numpy(), 12.0), parcel_id=[101, 102, 103])
    project = read_project(make_project(tmp_path, parcels=high))
    assert project.parcels.index.tolist() == ["101", "102", "103"]
    assert not project.parcels.has_z.any()
    assert project.parcels.geometry.iloc[0].equals(square())


def test_a_parcel_layer_without_any_ground_is_refused(tmp_path):
    nothing = PARCELS.set_geometry(gpd.GeoSeries([None] * 3, crs=4549))
    for number, plots in enumerate((PARCELS[:0], nothing)):
        with pytest.raises(FrameError, match="nothing to judge"):
            read_project(make_project(tmp_path / str(number), parcels=plots))


def test_a_bow_tie_is_repaired_and_remarked(tmp_path):
    tie = shapely.Polygon([(EAST, NORTH), (EAST + 100, NORTH + 100), (EAST + 100, NORTH), (EAST, NORTH + 100)])
    shapes = gpd.GeoSeries([tie, *PARCELS.geometry[1:]], crs=4549)
    layer = read_project(make_project(tmp_path, parcels=PARCELS.set_geometry(shapes))).layers["parcels"]
    assert (layer.repaired, layer.set_aside, layer.rows_read) == (1, 0, 3)
    assert "A1: repaired (its outline crosses itself" in layer.remarks[0]
    assert layer.frame.geometry.is_valid.all()
    assert layer.frame.area.iloc[0] == pytest.approx(5000)
