"""No result takes the place of what is read, and none is half-written."""

from __future__ import annotations

import gc
import os
import resource
import shutil
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import click
import geopandas as gpd
import pyogrio
import pytest
from click.testing import CliRunner
from specimens import GRID, make_project, square

from geo_tej.cli import main
from geo_tej.cli.options import Output
from geo_tej.errors import OutputError
from geo_tej.io.inputs import files_to_keep
from geo_tej.io.write import replacing, require_others

HERE = Path(__file__).parents[1] / "layers"
INPUTS = {
    "layers.toml", "parcels.gpkg", "patches.parquet", "enterprises.csv", "occupancy.csv", "land-values.csv",
    "events.gpkg", "signoffs.csv", "dem.tif", "base.gpkg", "plans.gpkg", "control.gpkg",
}  # fmt: skip
LINES = {
    ("run", "output"): ["run", "-o"],
    ("layers", "output"): ["layers", "-o"],
    ("layers", "quarantine"): ["layers", "--quarantine"],
    ("check", "txt"): ["check", "SD-0101", "--txt"],
    ("assess", "output"): ["assess", "-o"],
    ("map", "output"): ["map", "constraint", "-o"],
    ("embed", "document"): ["embed"],
    ("site", "output"): ["site", "tourism.toml", "-o"],
    ("transition", "output"): ["transition", "-o"],
    ("rules", "export"): ["rules", "--export"],
    ("rules", "output"): ["rules", "--coverage", "-o"],
}
"""A line for each output of a command on a project, to which its path is added."""
READ = {
    ("run", "manifest"), ("check", "shape"), ("ledger", "parcels"), ("ledger", "zones"), ("map", "programme"),
    ("map", "font"), ("site", "programme"), ("init", "source"),
}  # fmt: skip
OTHERWISE = {("ledger", "output"), ("ledger", "dropped"), ("init", "folder")}
"""Outputs of commands that are asked of no project; test_ledgers.py and test_making.py have them."""


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def refused(told):
    assert told.exit_code == 2, (told.output, told.exception)
    assert told.stderr.startswith("geo-tej: ")
    assert told.stderr.count("\n") == 1
    return told.stderr


def paths():
    """Give every parameter of a command that is a path."""
    for name, command in main.commands.items():
        for option in command.params:
            if isinstance(option.type, click.Path):
                yield (name, option.name), option.type


@pytest.fixture
def town(tmp_path, monkeypatch):
    """A copy of the sample, in its place below the folder that commands run in."""
    shutil.copytree(HERE, tmp_path / "layers", ignore=shutil.ignore_patterns("*.py", "bubenec", ".*"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "layers"


def state(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_path_is_an_output_that_is_looked_at_or_is_read():
    outputs = {name for name, kind in paths() if isinstance(kind, Output)}
    assert outputs == set(LINES)
    others = {name for name, kind in paths() if not isinstance(kind, Output)} - OTHERWISE
    assert others - {(command, "manifest") for command in main.commands} == READ - {("run", "manifest")}


@pytest.mark.parametrize("line", [name for name, kind in paths() if isinstance(kind, Output) and not kind.names])
def test_no_output_takes_the_place_of_an_input(town, line):
    before = state(town)
    assert set(before) >= INPUTS
    for name in sorted(INPUTS):
        said = refused(call(*LINES[line], town / name))
        assert f"{name}: " in said
        assert "is one of the files to be read" in said or line == ("rules", "export")
    assert state(town) == before


@pytest.mark.parametrize("line", [name for name, kind in paths() if isinstance(kind, Output) and kind.names])
def test_no_file_of_a_folder_takes_the_place_of_an_input(town, line):
    text = (town / "layers.toml").read_text(encoding="utf-8")
    text = text.replace('"events.gpkg"', '"verdicts.gpkg"').replace('"dem.tif"', '"suitability-camp.tif"')
    (town / "layers.toml").write_text(text, encoding="utf-8")
    (town / "events.gpkg").rename(town / "verdicts.gpkg")
    (town / "dem.tif").rename(town / "suitability-camp.tif")
    shutil.copy(town / "tourism.toml", "tourism.toml")
    before = state(town)
    said = refused(call(*LINES[line], town))
    assert "is one of the files to be read" in said
    assert ("verdicts.gpkg" if line[0] == "run" else "suitability-camp.tif") in said
    assert state(town) == before


def test_links_parts_programmes_and_scenarios_are_kept_too(town):
    (town / "other.gpkg").symlink_to(town / "parcels.gpkg")
    said = refused(call("assess", "-o", town / "other.gpkg"))
    assert f"is {Path('layers/parcels.gpkg')}, one of the files to be read" in said
    assert (town / "other.gpkg").is_symlink()
    shutil.copy(town / "tourism.toml", "siting.html")
    assert "siting.html" in refused(call("site", "siting.html", "-o", "."))
    (town / "plots.shp").touch()
    (town / "plots.dbf").touch()
    (town / "plots.csv").touch()
    text = (town / "layers.toml").read_text(encoding="utf-8")
    other = '\n[scenarios.other]\ntitle = "other"\nlayers.parcels.path = "plots.shp"\n\n[[layer]]'
    (town / "layers.toml").write_text(text.replace("\n[[layer]]", other, 1), encoding="utf-8")
    kept = {path.name for path in files_to_keep(town)}
    assert INPUTS | {"plots.shp", "plots.dbf"} <= kept
    assert "plots.csv" not in kept


def test_the_files_of_another_project_in_the_folder_are_kept(town):
    call("init", "mine")
    before = state(town)
    for words in (
        ["assess", "-m", "mine/layers/layers.toml", "-o", town / "parcels.gpkg"],
        ["ledger", town / "patches.parquet", town / "base.gpkg", "-o", town / "land-values.csv"],
        ["ledger", town / "patches.parquet", town / "base.gpkg", "--dropped", town / "enterprises.csv",
         "--min-area", "1", "-o", "new.csv"],
    ):  # fmt: skip
        assert "is one of the files to be read" in refused(call(*words))
    assert state(town) == before


def test_a_file_that_is_to_be_read_and_is_not_there_yet_is_kept(town):
    (town / "events.gpkg").unlink()
    assert "events.gpkg: is one of the files" in refused(call("transition", "-o", "layers/events.gpkg"))


def test_the_files_of_a_rulebook_are_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call("init", "mine")
    before = state(Path("mine"))
    for name in ("uses.csv", "rulebook.toml"):
        path = Path("mine/layers/rulebook") / name
        assert "is one of the files" in refused(call("assess", "-m", "mine/layers/layers.toml", "-o", path))
        assert "is one of the files" in refused(call("rules", "mine/layers/rulebook", "--coverage", "-o", path))
    assert state(Path("mine")) == before


def test_a_name_that_the_system_takes_for_an_inputs_is_one(tmp_path):
    (tmp_path / "plots.gpkg").touch()
    os.link(tmp_path / "plots.gpkg", tmp_path / "PLOTS.gpkg")  # as a system without case would have it
    with pytest.raises(OutputError, match=r"PLOTS\.gpkg: is .*plots\.gpkg, one of the files to be read"):
        require_others([tmp_path / "PLOTS.gpkg"], [tmp_path / "plots.gpkg"])
    require_others([tmp_path / "new.gpkg"], [tmp_path / "plots.gpkg"])


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("line", LINES)
def test_a_chain_of_folders_that_are_not_there_is_a_slip(line):
    said = refused(call(*LINES[line], "resluts/2026/a.xlsx"))
    assert "there is no folder" in said
    assert not Path("resluts").exists()


def test_one_folder_that_is_not_there_is_made(tmp_path):
    with replacing(tmp_path / "new" / "a.txt") as beside:
        beside.write_text("whole", encoding="utf-8")
    assert state(tmp_path) == {"a.txt": b"whole"}
    with pytest.raises(OutputError, match="cannot be written"), replacing(tmp_path / "a" / "b" / "c.txt"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


@contextmanager
def little_room(size):
    """Let no file grow beyond a size, in bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


FULL = {
    "a.csv": ["assess", "-o"],
    "a.xlsx": ["assess", "-o"],
    "a.gpkg": ["assess", "-o"],
    "a.parquet": ["assess", "-o"],
    "m.html": ["map", "constraint", "-o"],
    "m.png": ["map", "constraint", "--static", "png", "-o"],
    "m.svg": ["map", "constraint", "--static", "svg", "-o"],
    "m.pdf": ["map", "constraint", "--static", "pdf", "-o"],
    "l.html": ["layers", "-o"],
    "q.csv": ["layers", "--quarantine"],
    "p.txt": ["check", "A1", "--txt"],
    "c.csv": ["rules", "--coverage", "-o"],
    "c.xlsx": ["rules", "--coverage", "-o"],
    "law": ["rules", "--export"],
    "law.xlsx": ["rules", "--export"],
    "out": ["run", "-o"],
    "plan.md": ["embed"],
}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("town"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of what libraries leave open
@pytest.mark.parametrize("name", FULL)
def test_a_disk_without_room_is_one_line_and_leaves_what_was_there(manifest, tmp_path, name):
    target = tmp_path / name
    fresh = name in ("law", "law.xlsx", "out")
    if not fresh:
        target.write_text("old\n\n{{ geo-tej: check parcel=A1 }}\n", encoding="utf-8")
    before = state(tmp_path)
    with little_room(3):
        told = call(*FULL[name], target, "-m", manifest)
    said = refused(told)
    del told
    gc.collect()
    assert f"{target}: cannot be written: " in said
    assert state(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ([] if fresh else [name])


@pytest.mark.parametrize("ending", ["parquet", "csv", "xlsx"])
def test_a_ledger_without_room_is_one_line(tmp_path, ending):
    plots = gpd.GeoDataFrame({"parcel_id": ["A"], "zone_class": ["a"]}, geometry=[square()], crs=GRID)
    plots.to_parquet(tmp_path / "plots.parquet")
    target = tmp_path / f"ledger.{ending}"
    target.write_text("old", encoding="utf-8")
    before = state(tmp_path)
    with little_room(3):
        told = call("ledger", tmp_path / "plots.parquet", tmp_path / "plots.parquet", "-o", target)
    assert "cannot be written" in refused(told)
    assert state(tmp_path) == before


def test_what_died_of_a_full_disk_says_so(tmp_path, monkeypatch):
    fault = pyogrio.errors.FeatureError("Could not add feature to layer at index 0")
    monkeypatch.setattr("geo_tej.io.write.shutil.disk_usage", lambda _: SimpleNamespace(free=4096))
    full = r"a\.gpkg: cannot be written: the disk is full; make room"
    with pytest.raises(OutputError, match=full), replacing(tmp_path / "a.gpkg"):
        raise fault
    monkeypatch.setattr("geo_tej.io.write.shutil.disk_usage", lambda _: SimpleNamespace(free=1 << 40))
    with pytest.raises(OutputError, match=r"a\.gpkg: cannot be written: Could not add"), replacing(tmp_path / "a.gpkg"):
        raise fault


def test_a_fault_of_our_own_is_no_fault_of_the_disk(tmp_path):
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "a.csv"):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())
