"""`run` does the whole job or nothing of it, the same each time, and a layer that fails softens no answer."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from click.testing import CliRunner
from specimen_texts import rule
from specimens import default_frames, make_project

from geo_tej import assess, enterprise_verdicts, read_project
from geo_tej.cli import main
from geo_tej.i18n import OUTCOME_SIGNS
from geo_tej.model import OUTCOMES

KEY = ["parcel_id", "use", "pathway"]
FILES = {
    "constraints.html", "layers.csv", "overlaps.parquet",
    "enterprises.csv", "enterprises.gpkg", "enterprises.parquet", "enterprises.xlsx",
    "verdicts.gpkg", "verdicts.parquet", "verdicts.xlsx",
}  # fmt: skip
CONTROL = ["zoning", "scenic", "flood", "roads", "dem"]


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def names(folder):
    return {path.name for path in folder.iterdir()}


def refused(told):
    """Hold that nothing was said but one sentence on stderr, with the exit code 2."""
    assert told.exit_code == 2, told.output
    assert told.stdout == ""
    assert told.stderr.startswith("geo-tej: ")
    assert told.stderr.count("\n") == 1
    return told.stderr


def spans(folder):
    """Read the spans of a run as codes, mild to strict."""
    table = pd.read_parquet(folder / "verdicts.parquet").set_index(KEY)
    order = {"permitted": 0, "conditional": 1, "prohibited": 2}
    return table[["at_least", "at_most"]].apply(lambda column: column.astype(str).map(order).astype(int))


def states(folder, layer):
    table = pyogrio.read_dataframe(folder / "verdicts.gpkg", layer="layers")
    return set(table.loc[table["layer"] == layer, "state"])


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def whole(manifest, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "maps"
    told = call("run", "-m", manifest, "-o", out)
    assert (told.exit_code, told.stderr) == (0, "")
    return out, told.stdout


def test_it_writes_what_it_says(whole):
    out, said = whole
    assert names(out) == FILES
    assert said.splitlines()[-1] == f"{out}/: " + ", ".join(sorted(FILES))
    assert all((out / name).stat().st_size > 0 for name in FILES)
    assert "Specimen town: 3 parcels × 3 uses × 2 pathways = 18 verdicts" in said
    assert "Made up" in said
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o644}


def test_the_files_agree_with_the_assessment(whole, manifest):
    out, _ = whole
    assessment = assess(read_project(manifest))
    outcomes = assessment.verdicts["outcome"].astype(str).to_list()
    assert pd.read_parquet(out / "verdicts.parquet")["outcome"].astype(str).to_list() == outcomes
    assert pyogrio.read_dataframe(out / "verdicts.gpkg", layer="verdicts")["outcome"].to_list() == outcomes
    overlaps = pd.read_parquet(out / "overlaps.parquet")
    assert overlaps["area_m2"].to_list() == assessment.overlaps["area_m2"].to_list()
    layers = pd.read_csv(out / "layers.csv").set_index("id")
    counted = assessment.layers.groupby(["layer", "state"], observed=True).size()
    for (layer, state), count in counted.items():
        assert layers.loc[layer, state] == count


def test_numbers_of_parcels_are_whole_in_the_layers_table(whole):
    text = (whole[0] / "layers.csv").read_text(encoding="utf-8-sig")
    assert not re.search(r",\d+\.0(,|$)", text, flags=re.MULTILINE)


def test_the_second_run_gives_the_same_bytes_and_leaves_other_files(whole, manifest, tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "verdicts.xlsx").write_text("old", encoding="utf-8")
    for _ in range(2):
        assert call("run", "-m", manifest, "-o", tmp_path).exit_code == 0
        assert names(tmp_path) == FILES | {"notes.txt"}
        for name in FILES:
            assert (tmp_path / name).read_bytes() == (whole[0] / name).read_bytes(), name
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


# A control layer at fault


def truncated(folder, layer):
    (path,) = folder.glob(f"{layer}.*")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def missing(folder, layer):
    (path,) = folder.glob(f"{layer}.*")
    path.unlink()


def without_crs(folder, layer):
    frame = default_frames()[layer].set_crs(None, allow_override=True)
    (folder / f"{layer}.gpkg").unlink()
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.write_dataframe(frame, folder / f"{layer}.gpkg")


FAULTS = [(fault, layer) for fault in (truncated, missing) for layer in CONTROL] + [
    (without_crs, layer) for layer in CONTROL if layer != "dem"
]


@pytest.mark.parametrize(("fault", "layer"), FAULTS)
def test_a_layer_that_fails_is_said_everywhere_and_softens_nothing(whole, tmp_path, fault, layer):
    path = make_project(tmp_path / "town")
    fault(path.parent, layer)
    out = tmp_path / "out"
    told = call("run", "-m", path, "-o", out)
    assert told.exit_code == 1
    (line,) = told.stderr.splitlines()
    assert line.startswith(f"geo-tej: layer {layer} failed: ")
    assert f"{layer}." in line or f"layer {layer}" in line.removeprefix(f"geo-tej: layer {layer} failed: ")
    assert names(out) == FILES
    assert told.stdout.splitlines()[-1] == f"{out}/: " + ", ".join(sorted(FILES))
    layers = pd.read_csv(out / "layers.csv").set_index("id")
    assert layers["fault"].notna().to_dict() == {name: name == layer for name in layers.index}
    assert layers.loc[layer, "failed"] == 3
    assert states(out, layer) == {"failed"}
    book = openpyxl.load_workbook(out / "verdicts.xlsx")
    head, *rows = book["Layers"].iter_rows(values_only=True)
    column = {name: place for place, name in enumerate(head)}
    (row,) = [each for each in rows if each[0] == layer]
    assert row[column["failed"]] == 3
    assert row[column["fault"]]
    before, after = spans(whole[0]), spans(out)
    assert after.index.equals(before.index)
    softer = after["at_most"] < before["at_most"]
    assert list(after.index[softer]) == []
    assert (after["at_least"] <= after["at_most"]).all()


def test_the_page_says_that_a_layer_failed(tmp_path):
    from chromium import chromium, opened  # noqa: PLC0415  only here a browser is needed

    path = make_project(tmp_path / "town", flood=b"SQLite format 3\x00 and no more")
    assert call("run", "-m", path, "-o", tmp_path, "--lang", "en").exit_code == 1
    with chromium() as browser, opened(browser, tmp_path / "constraints.html") as page:
        said = page.text_content(".tej-failed")
    assert "could not be read" in said
    assert "flood" in said.lower()


def test_what_a_failed_layer_prohibited_is_not_granted(tmp_path):
    flood = default_frames()["flood"].assign(**{"class": ["deep"]})
    sound, broken = make_project(tmp_path / "a", flood=flood), make_project(tmp_path / "b", flood=flood)
    missing(broken.parent, "flood")
    first, second = (assess(read_project(path)).verdicts.set_index(KEY) for path in (sound, broken))
    flooded = ("A3", "shop", "keep")
    assert first.loc[flooded, "at_least"] == "prohibited"
    assert second.loc[flooded, "at_most"] == "prohibited"
    assert second.loc[flooded, "outcome"] == "unknown"


# Faults that stop it


def rights(change):
    return change(default_frames()["parcels"])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"edit": {"on = 2026-06-30\n": ""}}, ["on"]),
        ({"edit": {"on = 2026-06-30": 'on = "tomorrow"'}}, ["on", "tomorrow"]),
        ({"edit": {'crs = "EPSG:4549"': 'crs = "EPSG:4490"'}}, ["crs", "degrees"]),
        ({"edit": {'rulebook = "rulebook"': 'rulebook = "no-law"'}}, ["no-law"]),
        ({"edit": {'title = "Specimen town"': 'title = "T"\ncolour = "red"'}}, ["colour"]),
        ({"edit": {'path = "flood.gpkg"': 'path = "flood.gpkg", shade = 1'}}, ["shade", "columns"]),
        ({"edit": {'path = "parcels.gpkg"': 'path = "parcels.gpkg", columns = { parcel_id = "nr" }'}}, ["nr"]),
        ({"edit": {'extent = "zoning" },\n  { id = "dem"': 'extent = "moon" },\n  { id = "dem"'}}, ["moon"]),
        ({"edit": {"layer = [": "layer = ["[:-1]}}, ["layers.toml"]),
        ({"rules": rule("core", layer='"scenic"', colour="1")}, ["colour", "core"]),
        ({"parcels": None}, ["parcels.gpkg"]),
        ({"parcels": b"SQLite format 3\x00"}, ["parcels.gpkg"]),
        ({"firms": None}, ["firms.csv"]),
        ({"occupancy": "enterprise_id,where\nF1,A1\n"}, ["parcel_id"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_a_fault_of_the_input_stops_it_and_nothing_is_written(tmp_path, changes, named):
    path = make_project(tmp_path / "town", **changes)
    (tmp_path / "out").mkdir()
    said = refused(call("run", "-m", path, "-o", tmp_path / "out"))
    assert all(word in said for word in named)
    assert names(tmp_path / "out") == set()
    assert names(tmp_path) == {"town", "out"}
    refused(call("run", "-m", path, "-o", tmp_path / "other" / "out"))
    assert names(tmp_path) == {"town", "out"}


def nothing_is_decided(result, out):
    """Say whether a run told of parcels that it could not place, judged none of them, and drew no page."""
    assert result.exit_code == 1
    assert set(pd.read_parquet(out / "verdicts.parquet")["outcome"]) == {"unknown"}
    assert not (out / "constraints.html").exists()
    return str(result.stderr)


def test_parcels_without_a_crs_are_judged_unknown(tmp_path):
    path = make_project(tmp_path / "town")
    without_crs(path.parent, "parcels")
    said = nothing_is_decided(call("run", "-m", path, "-o", tmp_path / "out"), tmp_path / "out")
    assert "parcels has no coordinate reference system" in said


def test_parcels_in_degrees_are_placed_where_their_crs_says(whole, tmp_path):
    path = make_project(tmp_path / "town", parcels=rights(lambda plots: plots.to_crs(4490)))
    assert call("run", "-m", path, "-o", tmp_path / "out").exit_code == 0
    one, other = (pd.read_parquet(folder / "verdicts.parquet") for folder in (whole[0], tmp_path / "out"))
    assert one["outcome"].to_list() == other["outcome"].to_list()


def test_parcels_in_degrees_that_are_called_metres_are_judged_unknown(tmp_path):
    plots = rights(lambda plots: plots.to_crs(4490).set_crs(4549, allow_override=True))
    path = make_project(tmp_path / "town", parcels=plots)
    said = nothing_is_decided(call("run", "-m", path, "-o", tmp_path / "out"), tmp_path / "out")
    assert "layer parcels failed" in said


@pytest.mark.parametrize("command", ["run", "map", "assess"])
def test_a_file_where_the_folder_should_be_stops_it(manifest, tmp_path, command):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    words = {
        "run": ["run", "-o", tmp_path / "taken"],
        "map": ["map", "constraint", "-o", tmp_path / "taken" / "map.html"],
        "assess": ["assess", "-o", tmp_path / "taken" / "table.csv"],
    }[command]
    said = refused(call(*words, "-m", manifest))
    assert "taken" in said
    assert "cannot be written" in said
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"
    assert names(tmp_path) == {"taken"}


def test_a_run_that_cannot_put_one_file_in_place_puts_none(manifest, tmp_path):
    (tmp_path / "verdicts.gpkg").mkdir()
    (tmp_path / "layers.csv").write_text("old", encoding="utf-8")
    said = refused(call("run", "-m", manifest, "-o", tmp_path))
    assert "cannot be written" in said
    assert names(tmp_path) == {"verdicts.gpkg", "layers.csv"}
    assert (tmp_path / "layers.csv").read_text(encoding="utf-8") == "old"


def test_an_ending_that_is_no_table_stops_it(manifest, tmp_path):
    assert ".txt" in refused(call("assess", "-o", tmp_path / "table.txt", "-m", manifest))
    assert names(tmp_path) == set()


# Pages and enterprises


@pytest.mark.parametrize(
    ("words", "language"),
    [
        (["constraint"], "en"),
        (["constraint", "--lang", "zh"], "zh-CN"),
        (["use", "--use", "hotel", "--lang", "zh"], "zh-CN"),
        (["use", "--use", "2", "--pathway", "keep"], "en"),
    ],
)
def test_map_writes_a_page(manifest, tmp_path, words, language):
    path = tmp_path / "deep" / "map.html"
    told = call("map", *words, "-o", path, "-m", manifest)
    assert (told.exit_code, told.stdout, told.stderr) == (0, f"{path}\n", "")
    assert names(path.parent) == {"map.html"}
    page = path.read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in page
    assert "Specimen town" in page
    assert not re.search(r"""<(?:script|link|img)[^>]*(?:src|href)=["'](?:https?:)?//""", page)


def test_map_of_a_use_needs_one(manifest, tmp_path):
    assert "--use" in refused(call("map", "use", "-o", tmp_path / "map.html", "-m", manifest))
    assert "hotle" in refused(call("map", "use", "--use", "hotle", "-o", tmp_path / "map.html", "-m", manifest))
    assert names(tmp_path) == set()


FIRM = ["enterprise_id", "use", "pathway"]


def read_firms(path):
    if path.suffix == ".csv":
        return pd.read_csv(path, keep_default_na=False)
    if path.suffix == ".gpkg":
        return pyogrio.read_dataframe(path, layer="verdicts").fillna("")
    return pd.read_parquet(path)


@pytest.mark.parametrize("suffix", ["csv", "gpkg", "parquet"])
def test_enterprises_have_the_verdicts_of_their_parcels(manifest, tmp_path, suffix):
    path = tmp_path / f"firms.{suffix}"
    told = call("assess", "--enterprises", "-o", path, "-m", manifest)
    assert (told.exit_code, told.stdout) == (0, f"{path}\n")
    expected = enterprise_verdicts(assess(read_project(manifest))).astype(str)
    found = read_firms(path)[expected.columns].astype(str)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_enterprises_in_a_workbook_have_the_verdicts_of_their_parcels(manifest, tmp_path):
    path = tmp_path / "firms.xlsx"
    assert call("assess", "--enterprises", "--lang", "en", "-o", path, "-m", manifest).exit_code == 0
    project = read_project(manifest)
    expected = enterprise_verdicts(assess(project)).set_index(FIRM)
    sign = dict(zip(OUTCOMES, OUTCOME_SIGNS, strict=True))
    book = openpyxl.load_workbook(path)
    compared = 0
    for pathway in project.rulebook.pathways.values():
        _, _, head, *rows = book[pathway.title.en].iter_rows(values_only=True)
        uses = {use.title.en: use.id for use in project.rulebook.uses.values()}
        assert set(uses) < set(head)
        for row in rows:
            for title, cell in zip(head, row, strict=True):
                if title in uses:
                    told = expected.loc[(row[0], uses[title], pathway.id)]
                    assert cell[0] == sign[told["outcome"]]
                    if told["outcome"] == "unknown":
                        assert cell.removesuffix(" ◔").endswith(f"{sign[told['at_least']]}–{sign[told['at_most']]}")
                    compared += 1
    assert compared == len(expected)


def test_run_writes_the_same_enterprises_as_assess(whole, manifest, tmp_path):
    for suffix in ("csv", "gpkg", "parquet", "xlsx"):
        path = tmp_path / f"enterprises.{suffix}"
        assert call("assess", "--enterprises", "-o", path, "-m", manifest).exit_code == 0
        assert path.read_bytes() == (whole[0] / path.name).read_bytes(), suffix


def test_enterprises_lie_where_their_parcels_lie(whole, manifest):
    firms = gpd.read_file(whole[0] / "enterprises.gpkg", layer="enterprises").set_index("enterprise_id")
    parcels = read_project(manifest).parcels
    assert firms.geometry["F1"].equals(parcels.geometry[["A1", "A2"]].union_all())
    assert firms.geometry["F2"].equals(parcels.geometry["A3"])


def test_a_run_tells_what_layers_knows_in_the_projects_language_every_time(tmp_path):
    flood = default_frames()["flood"]
    more = [
        flood.set_geometry(flood.translate(-at)).assign(**{"class": [said]})
        for at, said in ((120, None), (240, "swamp"))
    ]
    flood = pd.concat([flood, *more], ignore_index=True)
    for language, words in (
        (
            "en",
            "geo-tej: layer flood: class: swamp is not in the rulebook's list; taken as unknown; class: 1 of 3 zones ",
        ),
        ("zh", "geo-tej: 图层 flood：class：swamp 不在规则库所列之内，按未知处理；class：3 个分区中 1 个未填"),
    ):
        path = make_project(tmp_path / language, edit={"on = 2026": f'language = "{language}"\non = 2026'}, flood=flood)
        for _ in range(2):
            told = call("run", "-m", path, "-o", tmp_path / "out")
            assert (told.exit_code, words in told.stderr) == (0, True), told.stderr
        notes = json.loads(call("run", "-m", path, "-o", tmp_path / "out", "--json").stdout)["notes"]
        assert any(words.removeprefix("geo-tej: ") in each for each in notes)
    page = tmp_path / "layers.html"
    told = call("layers", "-m", path, "-o", page, "--lang", "en")
    assert "class: 1 of 3 zones are without a value; taken as unknown" in told.stdout
    assert "0 problems" not in told.stdout
    assert f"{page}: " in told.stdout
    assert "2 remarks" in told.stdout


@pytest.mark.parametrize("output", ["new", "there"])
def test_ctrl_c_is_one_line_and_leaves_no_empty_folder(manifest, tmp_path, monkeypatch, output):
    def pressed(*_, **__):
        raise KeyboardInterrupt

    (tmp_path / "there").mkdir()
    monkeypatch.setattr("geo_tej.engine.whole_job.assess", pressed)
    told = call("run", "-m", manifest, "-o", tmp_path / output, "--fresh")
    assert (told.exit_code, told.stdout) == (130, "")
    assert told.stderr == "geo-tej: interrupted; no half-written file is left\n"
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert not list((tmp_path / "there").iterdir())
