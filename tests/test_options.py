"""Options that do not go together are refused, and what cannot be written is told before anything is worked out."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
from click.testing import CliRunner
from specimen_texts import RULES, rule
from specimens import GRID, box, make_project, square, write_frame

from geo_tej.cli import main


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def refused(told):
    assert told.exit_code == 2, told.output
    assert told.stdout == ""
    assert told.stderr.startswith("geo-tej: ")
    return told.stderr


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    sewer = rule("sewer_shop", kind='"fact"', when='{ all = [{ fact = "sewer", is = "no" }] }', uses='["shop"]',
                 binds='"parcel"')  # fmt: skip
    return make_project(tmp_path_factory.mktemp("town"), rules=RULES + sewer)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "A1", "--sublayer", "plots"], "--sublayer belongs to --shape FILE"),
        (["check", "A1", "--crs", "4549", "--sublayer", "x"], "--crs and --sublayer belong to --shape FILE"),
        (["check", "A1", "--txt", "a.shp"], "--txt a.shp: a survey coordinate file is text; name it .txt"),
        (["map", "constraint", "-o", "a.html", "--font", "nope.ttf"], "--font is for sheets: add --static"),
        (["map", "siting", "-o", "a.html", "--paper", "A3"], "map siting is a page without tiles or sheet"),
        (["transition", "--json", "-o", "a.xlsx"], "--json prints what is asked; leave it out with -o"),
        (["ledger", "a", "b", "-o", "c.csv", "--scheduler", "tcp://x:1"], "--scheduler belongs to --engine dask"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words, said):
    assert said in refused(call(*words))


WRITERS = {
    "run": ["run"],
    "assess": ["assess"],
    "map": ["map", "constraint"],
    "site": ["site", "programme.toml"],
    "transition": ["transition"],
}


@pytest.mark.parametrize("command", WRITERS)
def test_what_cannot_be_written_is_told_before_anything_is_read(tmp_path, command):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    folder = command in ("run", "site")
    target = tmp_path / "file" if folder else tmp_path / "file" / "a.html"
    said = refused(call(*WRITERS[command], "-o", target, "-m", tmp_path / "none.toml"))
    assert f"{tmp_path / 'file'} is a file; name a folder" in said
    assert (tmp_path / "file").read_text(encoding="utf-8") == "x"
    if not folder:
        assert "it is a folder; name a file in it" in refused(call(*WRITERS[command], "-o", _folder(tmp_path)))


def _folder(tmp_path):
    path = tmp_path / "folder.html"
    path.mkdir()
    return path


def test_a_run_points_out_what_an_earlier_one_left(manifest, tmp_path):
    (tmp_path / "transition.xlsx").write_text("old", encoding="utf-8")
    (tmp_path / "mine.xlsx").write_text("mine", encoding="utf-8")
    told = call("run", "-o", tmp_path, "-m", manifest)
    assert told.exit_code == 0, told.output
    assert f"{tmp_path}/ also holds transition.xlsx, of an earlier run and not of this one" in told.stderr
    assert "mine.xlsx" not in told.output


def shape(folder, **columns):
    path = folder / "plots.gpkg"
    write_frame(path, gpd.GeoDataFrame(columns, geometry=[square(0), square(300)], crs=GRID))
    return path


def test_a_shape_is_heard_with_its_ids_and_facts(manifest, tmp_path):
    path = shape(tmp_path, ZDDM=["X1", "X2"], sewer=["no", "是"], ZDMJ=[10_050.0, None], other=["a", "b"])
    told = call("check", "--shape", path, "--json", "-u", "shop", "--pathway", "keep", "-m", manifest)
    first, second = json.loads(told.stdout)
    assert (first["parcel"], second["parcel"]) == ("X1", "X2")
    assert (first["verdicts"][0]["outcome"], second["verdicts"][0]["outcome"]) == ("prohibited", "permitted")
    assert (first["area"]["registered_m2"], second["area"]["registered_m2"]) == (10_050.0, None)
    assert "plots.gpkg: taken from it are the columns parcel_id (ZDDM), registered_m2 (ZDMJ), sewer" in told.stderr


def test_a_fact_of_a_shape_that_is_not_understood_is_told_and_open(manifest, tmp_path):
    path = shape(tmp_path, sewer=["perhaps", "yes"])
    told = call("check", "--shape", path, "--json", "-u", "shop", "--pathway", "keep", "-m", manifest)
    assert [each["verdicts"][0]["outcome"] for each in json.loads(told.stdout)] == ["unknown", "permitted"]
    assert "sewer: perhaps cannot be read as one of yes, no; taken as not known" in told.stderr


def test_remedies_on_the_command_line_are_options(manifest, tmp_path):
    path = shape(tmp_path, name=["a", "b"])
    write_frame(tmp_path / "more.gpkg", gpd.read_file(path))
    gpd.read_file(path).to_file(tmp_path / "more.gpkg", layer="second", engine="pyogrio")
    assert "say which with --sublayer" in refused(call("check", "--shape", tmp_path / "more.gpkg", "-m", manifest))
    degrees = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs=GRID).set_crs(4490, allow_override=True)
    write_frame(tmp_path / "wrong.gpkg", degrees)
    said = refused(call("check", "--shape", tmp_path / "wrong.gpkg", "-m", manifest))
    assert "say --crs EPSG:4549" in said
    assert "crs = " not in said
