"""The command line: help that ends in an example, exit codes, and JSON that programs can hold on to."""

from __future__ import annotations

import json
import re

import jsonschema
import pandas as pd
import pytest
from click.testing import CliRunner
from specimens import default_frames, make_project, parcels, square, zones

from geo_tej.cli import main
from geo_tej.verdict.extracts import schema

COMMANDS = sorted(main.commands)


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("cli"))


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("faulty"), flood=None)


def test_the_commands_are_there():
    assert {"run", "layers", "check", "assess", "ledger", "map", "rules", "init"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_ends_in_an_example_of_the_command(command):
    text = main.commands[command].help.strip()
    assert re.match(rf"Example: geo-tej {command}\b", text.splitlines()[-1].strip())
    told = call(command, "--help")
    assert told.exit_code == 0
    assert f"Example: geo-tej {command}" in told.output
    assert call(command, "-h").output == told.output


def test_help_and_version_of_the_whole():
    told = call("--help")
    assert all(f"\n  {command} " in told.output for command in COMMANDS)
    assert call("--version").output.startswith("geo-tej, version ")


def refused(told):
    """Hold that nothing was said but one sentence on stderr, with the exit code 2."""
    assert told.exit_code == 2, told.output
    assert told.stdout == ""
    assert told.stderr.startswith("geo-tej: ")
    assert "Traceback" not in told.stderr
    return told.stderr


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["check", "A9"], ["A9", "A1"]),
        (["check"], ["--at LON,LAT", "--shape FILE"]),
        (["check", "A1", "--use", "hotle"], ["hotle", "hotel"]),
        (["check", "A1", "--pathway", "bild"], ["bild", "build"]),
        (["check", "A1", "--fact", "sewr=yes"], ["sewr", "sewer"]),
        (["check", "A1", "--fact", "sewer=often"], ["sewer=often", "yes, no"]),
        (["check", "A1", "--fact", "sewer"], ["sewer", "write it like"]),
        (["check", "A1", "--fact", "sewer=yes", "--fact", "sewer=no"], ["sewer", "twice"]),
        (["check", "A1", "--on", "tomorrow"], ["tomorrow", "2026-06-30"]),
        (["check", "--at", "here"], ["here", "119.57,29.54"]),
        (["check", "--at", "29.5,119.5"], ["longitude and a latitude"]),
        (["check", "--at", "119.0,29.0"], ["no parcel lies at", "nearest"]),
        (["check", "--shape", "no-such.gpkg"], ["no-such.gpkg"]),
        (["check", "A1", "--scenario", "wet"], ["wet"]),
        (["layers", "--scenario", "wet"], ["wet"]),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_in_one_sentence(manifest, words, named):
    said = refused(call(*words, "-m", manifest))
    assert all(word in said for word in named)
    assert said.count("\n") == 1


@pytest.mark.parametrize("command", ["layers", "check", "rules"])
def test_a_manifest_that_is_not_there_is_named(tmp_path, command):
    words = ["A1"] if command == "check" else []
    assert "nowhere.toml: there is no such file" in refused(call(command, *words, "-m", tmp_path / "nowhere.toml"))


def test_a_fault_of_the_parcels_writes_nothing(tmp_path):
    path = make_project(tmp_path / "town", parcels=None)
    output = tmp_path / "out"
    refused(call("assess", "-o", output / "verdicts.csv", "-m", path))
    refused(call("run", "-o", output, "-m", path))
    assert not output.exists()


def test_an_unknown_use_writes_nothing(manifest, tmp_path):
    refused(call("assess", "--use", "hotle", "-o", tmp_path / "verdicts.csv", "-m", manifest))
    assert list(tmp_path.iterdir()) == []


def test_check_as_json_is_a_list_even_of_one(manifest):
    for names in (["A1"], ["A1", "A3"]):
        told = call("check", *names, "--json", "-m", manifest)
        assert told.exit_code == 0
        assert told.stderr == ""
        extracts = json.loads(told.stdout)
        jsonschema.validate(extracts, schema())
        assert [each["parcel"] for each in extracts] == names


def test_check_by_place_by_shape_and_by_name_agree(manifest, tmp_path):
    plots = default_frames()["parcels"]
    centre = plots.geometry[:1].centroid.to_crs(4490).iloc[0]
    plots[:1].drop(columns=["name", "registered_m2"]).to_crs(4490).to_file(tmp_path / "one.gpkg")
    words = ["--use", "shop", "--json", "-m", manifest]
    by_name, by_place, by_shape = (
        json.loads(call("check", *question, *words).stdout)
        for question in (["A1"], ["--at", f"{centre.x},{centre.y}"], ["--shape", tmp_path / "one.gpkg"])
    )
    assert by_name == by_place
    assert [each["parcel"] for each in by_shape] == ["A1"]
    assert by_shape[0]["verdicts"][0]["outcome"] == by_name[0]["verdicts"][0]["outcome"]


def test_check_says_the_verdict_its_law_and_the_disclaimer_in_both_languages(manifest):
    told = call("check", "A2", "--use", "shop", "--pathway", "build", "-m", manifest)
    assert told.exit_code == 0
    for words in (
        "A2 · shop · build: conditional",
        "keep clear of 5,250.00 m² (52.5 %)",
        "Example act, art. 9",
        "Made up",
    ):
        assert words in told.stdout
    assert "须避让" in call("check", "A2", "--use", "shop", "--pathway", "build", "--lang", "zh", "-m", manifest).stdout


def test_a_stated_fact_closes_a_question(manifest):
    for value, outcome in [("yes", "conditional"), ("no", "prohibited")]:
        told = call(
            "check", "A1", "--use", "1", "--pathway", "keep", "--fact", f"sewer={value}", "--json", "-m", manifest
        )
        assert json.loads(told.stdout)[0]["verdicts"][0]["outcome"] == outcome


def test_a_stated_fact_is_said_in_the_text_and_the_page(manifest, tmp_path):
    said = "assumed for this answer: sewer = yes (not recorded)"
    given = ("--fact", "sewer=yes", "-m", manifest)
    assert said in call("check", "A1", *given).stdout
    assert said.split(":", maxsplit=1)[0] not in call("check", "A1", "-m", manifest).stdout
    assert call("map", "constraint", "-o", tmp_path / "page.html", *given).exit_code == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Assumed for this answer</b> sewer = yes (of 3 parcels, 3 not recorded)" in page
    assert call("assess", "-o", tmp_path / "table.csv", *given).exit_code == 0
    assert set(pd.read_csv(tmp_path / "table.csv")["assumed"]) == {"sewer = yes (of 3 parcels, 3 not recorded)"}


@pytest.mark.parametrize("words", [["check", "A1", "--json"], ["layers", "--json"], ["check", "A1"], ["layers"]])
def test_a_layer_that_failed_ends_in_one_and_the_answer_is_whole(faulty, words):
    told = call(*words, "-m", faulty)
    assert told.exit_code == 1
    assert told.stdout
    assert "geo-tej: layer flood failed: " in told.stderr
    if "--json" in words:
        (row,) = [each for each in json.loads(told.stdout) if each.get("id") == "flood" or "layers" in each]
        assert (
            "flood.gpkg" in row["fault"]
            if "fault" in row
            else {"id": "flood", "state": "failed", "unsurveyed_m2": None, "overlaps": []} in row["layers"]
        )


def test_assess_writes_a_row_a_question_and_says_where(faulty, tmp_path):
    told = call("assess", "--use", "shop", "-o", tmp_path / "v.csv", "-m", faulty)
    assert told.exit_code == 1
    assert told.stdout == f"{tmp_path / 'v.csv'}\n"
    assert len(pd.read_csv(tmp_path / "v.csv")) == 3 * 2


def test_layers_tells_what_is_there_and_what_is_missing(manifest):
    rows = {row["id"]: row for row in json.loads(call("layers", "--json", "-m", manifest).stdout)}
    assert (rows["parcels"]["rows"], rows["flood"]["extent"], rows["dem"]["extent"]) == (3, "declared", "")
    assert "flood" in call("layers", "-m", manifest).stdout


def test_rules_lists_a_rulebook_in_words_and_as_json(manifest, book):
    rows = json.loads(call("rules", "--json", "-m", manifest).stdout)
    others = {"permit", "use", "matrix_row", "code", "code_mapping", "industry", "not_encoded"}
    assert [row["id"] for row in rows if row["kind"] not in others] == [rule.id for rule in book.rules]
    assert [row["ref"] for row in rows if row["kind"] == "use"] == ["1", "2", "3"]
    assert [row["uses"] for row in rows if row["ref"] == "opinion"] == [["hotel"]]
    assert rows[0] | {"uses": ["hotel", "shop", "workshop"], "outcome": "prohibited", "layer": "scenic"} == rows[0]
    assert "Zhejiang scenic-area rulebook" in call("rules", "zhejiang-scenic").stdout
    assert json.loads(call("rules", "starter", "--json").stdout)
    assert "Specimen" not in call("rules", "-m", manifest.parent / "layers.toml").stdout
    assert call("rules", "-m", manifest.parent).exit_code == 0
    assert "nolaw" in refused(call("rules", "nolaw"))


def test_a_project_that_init_makes_is_read_once_its_layers_are_there(tmp_path):
    told = call("init", tmp_path / "town")
    assert told.exit_code == 0
    folder = tmp_path / "town" / "layers"
    assert "parcels.gpkg" in refused(call("layers", "-m", folder))
    parcels(square()).reset_index().to_file(folder / "parcels.gpkg")
    zones(("a", square())).drop(columns="zone_class").assign(**{"class": "commercial"}).to_file(folder / "zoning.gpkg")
    assert call("layers", "-m", folder / "layers.toml").exit_code == 0
    told = json.loads(call("check", "A1", "--use", "shop", "--pathway", "keep_building", "--json", "-m", folder).stdout)
    assert told[0]["verdicts"][0]["outcome"] == "permitted"
    assert "exists already" in refused(call("init", tmp_path / "town"))


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_ledger_writes_the_overlaps_of_two_files(tmp_path, suffix):
    parcels(square(0), square(100)).reset_index(names="nr").to_file(tmp_path / "p.gpkg")
    zones(("core", square(50))).rename(columns={"zone_class": "grade"}).to_crs(4490).to_file(tmp_path / "z.geojson")
    output = tmp_path / f"ledger.{suffix}"
    files = [tmp_path / "p.gpkg", tmp_path / "z.geojson", "-o", output]
    assert "no column 'parcel_id'" in refused(call("ledger", *files))
    assert not output.exists()
    told = call("ledger", *files, "--parcel-id", "nr", "--zone-class", "grade")
    assert (told.exit_code, told.stdout) == (0, f"{output}: 2 overlaps\n")
    table = pd.read_csv(output) if suffix == "csv" else pd.read_parquet(output)
    assert table[["parcel_id", "layer", "zone_class"]].to_numpy().tolist() == [
        ["A1", "zones", "core"],
        ["A2", "zones", "core"],
    ]
    assert table["area_m2"].to_list() == pytest.approx([5000, 5000], abs=0.1)


def test_ledger_refuses_degrees_and_files_that_are_not_there(tmp_path):
    parcels(square()).reset_index().to_crs(4490).to_file(tmp_path / "p.gpkg")
    zones(("core", square())).to_file(tmp_path / "z.gpkg")
    assert "degrees" in refused(call("ledger", tmp_path / "p.gpkg", tmp_path / "z.gpkg", "-o", tmp_path / "o.csv"))
    assert "no such file" in refused(call("ledger", tmp_path / "x.gpkg", tmp_path / "z.gpkg", "-o", tmp_path / "o.csv"))
    assert not (tmp_path / "o.csv").exists()


def test_parcels_of_a_file_that_have_one_id_are_not_dropped_in_silence(manifest, tmp_path):
    twice = parcels(square(0), square(100)).reset_index().assign(parcel_id="P")
    twice.to_file(tmp_path / "twice.gpkg")
    told = call("check", "--shape", tmp_path / "twice.gpkg", "--json", "-m", manifest)
    assert told.exit_code == 2 or len(json.loads(told.stdout)) == 2


def test_a_shape_that_bears_the_name_of_a_parcel_is_not_taken_for_it(manifest, tmp_path):
    parcels(square(500)).reset_index().to_file(tmp_path / "other.gpkg")  # it is called A1 too
    told = call("check", "A1", "--shape", tmp_path / "other.gpkg", "--json", "-m", manifest)
    assert told.exit_code == 2 or len(json.loads(told.stdout)) == 2


@pytest.mark.parametrize("command", ["assess", "check", "map", "site", "transition"])
def test_options_of_a_question_say_that_they_repeat_and_where_their_names_are_listed(command):
    told = " ".join(call(command, "--help").output.split())
    asked = re.findall(r"(--(?:use|pathway|fact) [A-Z=]+ .*?)(?= -\w, | --|$)", told)
    assert len(asked) == {"site": 1, "transition": 2}.get(command, 3)
    assert all("may be repeated" in each and "geo-tej rules lists" in each for each in asked), asked


def test_the_ids_that_options_take_are_listed_by_rules(manifest):
    told = call("rules", "-m", manifest).output
    for head in ("uses", "pathways", "facts"):
        assert re.search(rf"^{head}: \w", told, re.MULTILINE), head
