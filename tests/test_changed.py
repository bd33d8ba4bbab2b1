"""`run` twice: the second time only what is new is done, with the same files as from scratch, whatever came between."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from shapely.affinity import rotate
from specimens import GRID, box, make_book, make_project, parcels, plane, square, town, write_raster

import geo_tej
from geo_tej import assess, engine, read_project
from geo_tej.cli import main
from geo_tej.engine.digest import digest
from geo_tej.engine.keeping import FOLDER, Kept, read_record, read_work, write_work
from geo_tej.engine.news import news, parts
from geo_tej.engine.recall import Recall
from geo_tej.io.inputs import input_files
from geo_tej.model import Decision, Outcome, SignOff

ROOT = Path(__file__).parent.parent
UNCHANGED = "unchanged since the last run"
KILLED = 9


def call(*words, code=0):
    told = CliRunner().invoke(main, [str(word) for word in words])
    assert told.exit_code == code, told.output
    return told


def told(manifest, out, *words, code=0):
    """Run and return what `--json` says."""
    return json.loads(call("run", "-m", manifest, "-o", out, "--json", *words, code=code).stdout)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def from_scratch(manifest, *words, code=0):
    """Run the project, as it is now, as if nobody had run it before; return the files."""
    here, aside = manifest.parent / FOLDER, manifest.parent.parent / "aside"
    here.rename(aside)
    try:
        with TemporaryDirectory() as out:
            call("run", "-m", manifest, "-o", out, *words, code=code)
            return contents(Path(out))
    finally:
        shutil.rmtree(here) if here.is_dir() else here.unlink(missing_ok=True)
        aside.rename(here)


@pytest.fixture
def manifest(tmp_path, monkeypatch):
    make_project(tmp_path / "town")
    monkeypatch.chdir(tmp_path)
    return Path("town/layers.toml").resolve()


def write(manifest, layer, shapes, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=GRID)
    (manifest.parent / f"{layer}.gpkg").unlink()
    frame.to_file(manifest.parent / f"{layer}.gpkg", engine="pyogrio")


def edit(manifest, name, old, new):
    path = manifest.parent / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_second_run_writes_nothing_and_says_so(manifest):
    first = call("run", "-m", manifest, "-o", "out")
    files = contents(Path("out"))
    written = {path.name: path.stat().st_mtime_ns for path in Path("out").iterdir()}
    second = call("run", "-m", manifest, "-o", "out")
    assert first.stderr == second.stderr == ""
    *said, news, last = second.stdout.splitlines()
    assert [*said, last] == first.stdout.splitlines()
    assert news.startswith(UNCHANGED)
    assert contents(Path("out")) == files
    assert {path.name: path.stat().st_mtime_ns for path in Path("out").iterdir()} == written


def test_json_says_the_same(manifest):
    first = told(manifest, "out")
    assert (first["parcels"], first["recomputed"], first["layers_changed"]) == (3, 3, None)
    assert set(first["files"].values()) == {"written"}
    second = told(manifest, "out")
    assert (second["recomputed"], second["layers_changed"]) == (0, [])
    assert set(second["files"].values()) == {"unchanged"}
    assert second["summary"] == first["summary"]


def test_an_edited_zone_recomputes_the_parcels_it_can_reach(manifest):
    call("run", "-m", manifest, "-o", "out")
    write(manifest, "flood", [box(240, 0, 300, 100)], **{"class": ["deep"]})
    said = told(manifest, "out")
    assert (said["recomputed"], said["layers_changed"]) == (2, ["flood"])  # the old zone touched A2
    assert contents(Path("out")) == from_scratch(manifest)
    shown = call("run", "-m", manifest, "-o", "out").stdout
    assert UNCHANGED in shown


EDITS = {
    "a zone is added": lambda to: write(to, "scenic", [box(100, 0, 150, 100), box(0, 50, 120, 90)],
                                        grade=["2", "1"], core=["yes", "no"]),
    "a layer is emptied": lambda to: write(to, "flood", gpd.GeoSeries([]), **{"class": []}),
    "a road moves": lambda to: write(to, "roads", [box(-50, -105, 400, -2)], **{"class": ["main"]}),
    "a parcel is added": lambda to: write(to, "parcels", [square(100 * number) for number in range(4)],
                                          parcel_id=["A1", "A2", "A3", "A4"], name=["a", "b", "c", "d"]),
    "a rule says something else": lambda to: edit(to, "rulebook/rulebook.toml", "distance_m = 10", "distance_m = 45"),
    "a table of uses says something else": lambda to: edit(to, "rulebook/zoning.csv", "shop,P", "shop,C"),
    "a parcel is removed": lambda to: write(to, "parcels", [square(0), square(100)], parcel_id=["A1", "A2"],
                                            name=["a", "b"]),
    "a fact of a parcel is known": lambda to: write(to, "parcels", [square(0), square(100)],
                                                    parcel_id=["A1", "A2"], sewer=["no", "yes"]),
    "a raster rises": lambda to: write_raster(to.parent / "dem.tif", plane(0.4)),
    "a firm has another name": lambda to: edit(to, "firms.csv", "Paper mill", "Pulp mill"),
    "a firm sits elsewhere": lambda to: edit(to, "occupancy.csv", "F1,A2", "F2,A2"),
    "another day": lambda to: edit(to, "layers.toml", "2026-06-30", "2027-06-30"),
    "a threshold": lambda to: edit(to, "layers.toml", 'path = "scenic.gpkg",',
                                   'path = "scenic.gpkg", thresholds = { share = 0.6 },'),
    "an extent": lambda to: edit(to, "layers.toml", 'path = "flood.gpkg", extent = "zoning"', 'path = "flood.gpkg"'),
    "another title": lambda to: edit(to, "layers.toml", 'title = "Scenic"', 'title = "Scenic area"'),
}  # fmt: skip


RECOMPUTED = {"a zone is added": 2, "a layer is emptied": 2, "a road moves": 3, "a parcel is added": 1,
              "a rule says something else": 4}  # fmt: skip


@pytest.mark.parametrize("third", range(3))
def test_after_each_edit_only_what_it_can_reach_is_overlapped_and_the_files_are_those_from_scratch(manifest, third):
    # one edit after the other, a third of them a test: there may be a process for each
    edits = list(EDITS.items())
    for _, change in edits[: 5 * third]:
        change(manifest)
    call("run", "-m", manifest, "-o", "out")
    for what, change in edits[5 * third : 5 * third + 5]:
        change(manifest)
        assert told(manifest, "out")["recomputed"] == RECOMPUTED.get(what, 0), what
        assert contents(Path("out")) == from_scratch(manifest), what


def test_a_decision_is_heard(manifest):
    call("run", "-m", manifest, "-o", "out")
    edit(manifest, "layers.toml", 'rulebook = "rulebook"', 'rulebook = "rulebook"\ndecisions = "decisions.csv"')
    header, row = (
        "parcel,use,rule,decision,reason,officer,date,document\n",
        "A3,workshop,shallow,prohibited,no,me,2026-01-01,1\n",
    )
    (manifest.parent / "decisions.csv").write_text(header + row, encoding="utf-8")
    assert told(manifest, "out")["recomputed"] == 0
    assert contents(Path("out")) == from_scratch(manifest)
    assert UNCHANGED in call("run", "-m", manifest, "-o", "out").stdout
    (manifest.parent / "decisions.csv").write_text(header, encoding="utf-8")
    assert "verdicts.parquet" in [name for name, how in told(manifest, "out")["files"].items() if how == "written"]
    assert contents(Path("out")) == from_scratch(manifest)


def test_a_comment_in_the_manifest_changes_no_file(manifest):
    call("run", "-m", manifest, "-o", "out")
    edit(manifest, "layers.toml", "rulebook =", "# our law\nrulebook =")
    assert set(told(manifest, "out")["files"].values()) == {"unchanged"}
    assert UNCHANGED in call("run", "-m", manifest, "-o", "out").stdout


def test_what_is_asked_counts(manifest):
    call("run", "-m", manifest, "-o", "out")
    assert set(told(manifest, "out", "--lang", "zh")["files"].values()) == {"written"}
    assert contents(Path("out")) == from_scratch(manifest, "--lang", "zh")


def test_every_field_of_a_question_is_part_of_what_its_results_are_known_by(manifest):
    plain = engine.Asked(manifest=manifest)
    others = [
        engine.Asked(manifest=manifest.parent), engine.Asked(manifest=manifest, scenario="s"),
        engine.Asked(manifest=manifest, language="zh"), engine.Asked(manifest=manifest, tolerance=5),
    ]  # fmt: skip
    assert len({digest(each) for each in (plain, *others)}) == 1 + len(vars(plain))


def test_equal_projects_have_one_hash_in_every_process(manifest):
    words = "import sys; from geo_tej import read_project; from geo_tej.engine.digest import digest"
    script = f"{words}; print(digest(read_project(sys.argv[1])))"
    found = {
        subprocess.run(  # noqa: S603  our own words
            [sys.executable, "-c", script, str(manifest)], capture_output=True, text=True, check=True,
            env=environment() | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert found == {digest(read_project(manifest)) + "\n"}


def environment():
    return os.environ | {"PYTHONPATH": str(Path(geo_tej.__file__).parent.parent)}


# What is said of it


def spoken(manifest, *words):
    """Run and return the lines on what is new."""
    lines = call("run", "-m", manifest, "-o", "out", *words).stdout.splitlines()
    return [line for line in lines if line.startswith(("new since", "done again", "stood", "较上次", "重做", "沿用"))]


def test_a_run_says_what_is_new_what_was_done_again_and_what_stood(manifest):
    assert spoken(manifest) == []
    write(manifest, "flood", [box(240, 0, 300, 100)], **{"class": ["deep"]})
    assert spoken(manifest)[:3] == [
        "new since the last run: layer flood (content)",
        "done again: 2 of 3 parcels overlapped; 3 parcels judged",
        "stood: overlaps of 1 parcels",
    ]
    assert spoken(manifest, "--tolerance", "5", "--lang", "zh")[:3] == [
        "较上次运行的变化：语言 en → zh、边界误差 无 → 5 m",
        "重做：判定 3 块地",
        "沿用：3 块地的叠加",
    ]
    assert spoken(manifest, "--fresh") == []
    (first, *_) = spoken(manifest, "--tolerance", "5")
    assert first == "new since the last run: tolerance none → 5 m"


SAID = {
    "a rule says something else": "law",
    "a zone is added": "content",
    "a parcel is added": "parcels",
    "a fact of a parcel is known": "facts",
    "a firm sits elsewhere": "firms",
    "another day": "on",
    "a threshold": "settings",
    "an extent": "extent",
    "another title": "settings",
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_new_has_a_name(manifest, name):
    last = parts_of(manifest)
    EDITS[name](manifest)
    found = {each.what for each in news(last, parts_of(manifest))}
    assert SAID[name] in found
    assert found <= {SAID[name], "content", "parcels", "facts", "account"}


def parts_of(manifest):
    return parts(read_project(manifest), language="en", tolerance=None, events=())


def test_signatures_decisions_and_tolerances_have_names(manifest):
    project = read_project(manifest)
    rules = project.rulebook.rules
    signed = replace(rules[0], signoffs=(SignOff(who="me", when=dt.date(2026, 1, 1), text="1"),), verified=True)
    decision = Decision(
        parcel="A3",
        use="workshop",
        rule="shallow",
        outcome=Outcome.PROHIBITED,
        reason="no",
        officer="me",
        date=dt.date(2026, 1, 1),
        document="1",
    )
    others = {
        "signoffs": replace(project, rulebook=replace(project.rulebook, rules=(signed, *rules[1:]))),
        "decisions": replace(project, decisions=(decision,)),
        "tolerance": replace(project, tolerance_m=5.0),
        "scenario": replace(project, scenario="dry"),
        "rest": replace(project, review_number="1"),
    }
    plain = parts(project, language="en", tolerance=None, events=())
    assert news(plain, plain) == ()
    for name, other in others.items():
        assert [each.what for each in news(plain, parts(other, language="en", tolerance=None, events=()))] == [name]


def test_every_field_of_a_project_is_among_its_parts(manifest):
    project = read_project(manifest)
    plain = parts(project, language="en", tolerance=None, events=())
    for each in fields(project):
        if each.compare and each.name not in (
            "layers",
            "rulebook",
            "parcels",
            "transition",
            "enterprises",
            "occupancy",
        ):
            other = replace(
                project,
                **{each.name: dt.date(1999, 1, 1) if each.name == "on" else ("another",)}
                if each.name != "tolerance_m"
                else {"tolerance_m": 3.0},
            )
            assert parts(other, language="en", tolerance=None, events=()) != plain, each.name


# Whatever comes between two runs

STOP = """
import os, signal, sys
left = int(sys.argv[2])
def count(frame, event, _):
    global left
    if event == "call" and "geo_tej" in frame.f_code.co_filename and frame.f_code.co_name[0] != "<":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
from geo_tej.cli import main
sys.setprofile(count)
main(["run", "-m", sys.argv[1], "-o", "out"], standalone_mode=False)
"""


def stopped(manifest, chance):
    """Begin a run that is killed at some call of ours."""
    words = [sys.executable, "-c", STOP, str(manifest), str(chance.randint(200, 12_000))]
    assert subprocess.run(words, env=environment(), check=False, capture_output=True).returncode in (0, -KILLED)  # noqa: S603


def cut_short(manifest, chance):
    path = chance.choice(sorted(kept(manifest).glob("*-*")))
    path.write_bytes(path.read_bytes()[: chance.randint(0, path.stat().st_size)])


def copied(manifest, chance):
    path = chance.choice(sorted(manifest.parent.glob("*.gpkg")))
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


def zones(manifest, chance):
    count = chance.randint(0, 3)
    shapes = [
        box(west, south, west + chance.randint(1, 150), south + chance.randint(1, 120))
        for west, south in ((chance.randint(-50, 260), chance.randint(-50, 90)) for _ in range(count))
    ]
    write(manifest, "flood", gpd.GeoSeries(shapes), **{"class": [chance.choice(["deep", "shallow"]) for _ in shapes]})


def plots(manifest, chance):
    count = chance.randint(1, 4)
    write(
        manifest,
        "parcels",
        [square(100 * number) for number in range(count)],
        parcel_id=[f"A{number + 1}" for number in range(count)],
        sewer=chance.choices(["yes", "no"], k=count),
    )


def no_layer(manifest, _chance):
    path, text = manifest, manifest.read_text(encoding="utf-8")
    gone = next((part for part in text.split("[[layer]]") if 'id = "roads"' in part), None)
    if gone is not None:
        path.write_text(text.replace("[[layer]]" + gone, ""), encoding="utf-8")


def strictness(manifest, chance):
    path = manifest.parent / "rulebook/zoning.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("shop,P", "shop,C") if chance.random() < 0.5 else text.replace("shop,C", "shop,P"))


def decided(manifest, chance):
    text = manifest.read_text(encoding="utf-8")
    if "decisions" not in text:
        manifest.write_text(text.replace('rulebook = "rulebook"', 'rulebook = "rulebook"\ndecisions = "d.csv"'))
    rows = ["A1,workshop,shallow,prohibited,no,me,2026-01-01,1"] if chance.random() < 0.5 else []
    header = "parcel,use,rule,decision,reason,officer,date,document"
    (manifest.parent / "d.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")


@pytest.mark.parametrize("seed", [1, 2])
def test_files_are_those_from_scratch_whatever_comes_between(manifest, seed):
    chance = random.Random(seed)  # noqa: S311  which edits, not secrets
    words = []
    call("run", "-m", manifest, "-o", "out")
    for _ in range(3):
        for change in chance.sample([stopped, cut_short, copied, zones, plots, no_layer, strictness, decided], k=2):
            change(manifest, chance)
        words = chance.choice([[], ["--tolerance", "5"], words])
        call("run", "-m", manifest, "-o", "out", *words)
        assert contents_of_files(Path("out")) == from_scratch(manifest, *words)


# The files there


def test_files_that_were_removed_or_altered_are_written_again(manifest):
    call("run", "-m", manifest, "-o", "out")
    files = contents(Path("out"))
    Path("out/verdicts.xlsx").unlink()
    Path("out/layers.csv").write_text("mine", encoding="utf-8")
    said = told(manifest, "out")
    assert said["files"]["verdicts.xlsx"] == said["files"]["layers.csv"] == "written"
    assert said["recomputed"] == 0
    assert contents(Path("out")) == files


def test_another_folder_is_written_from_what_is_known(manifest):
    call("run", "-m", manifest, "-o", "out")
    assert told(manifest, "other")["recomputed"] == 0
    assert contents(Path("other")) == contents(Path("out"))
    assert UNCHANGED in call("run", "-m", manifest, "-o", "out").stdout


def test_a_table_that_is_no_more_is_removed_unless_somebody_changed_it(manifest):
    cut = ('path = "scenic.gpkg",', 'path = "scenic.gpkg", thresholds = { share = 0.6 },')
    for mine in (False, True):
        edit(manifest, "layers.toml", *cut)
        call("run", "-m", manifest, "-o", "out")
        assert Path("out/dropped.csv").exists()
        if mine:
            Path("out/dropped.csv").write_text("mine", encoding="utf-8")
        edit(manifest, "layers.toml", *reversed(cut))
        call("run", "-m", manifest, "-o", "out")
        assert Path("out/dropped.csv").exists() == mine


def test_fresh_does_everything_again(manifest):
    call("run", "-m", manifest, "-o", "out")
    files = contents(Path("out"))
    said = told(manifest, "out", "--fresh")
    assert (said["recomputed"], set(said["files"].values())) == (3, {"written"})
    assert contents(Path("out")) == files


def test_a_layer_at_fault_is_told_again_each_time(manifest):
    (manifest.parent / "flood.gpkg").unlink()
    first, second = (call("run", "-m", manifest, "-o", "out", code=1) for _ in range(2))
    assert first.stderr == second.stderr
    assert "flood failed" in second.stderr
    assert UNCHANGED in second.stdout
    make_project(manifest.parent)
    assert told(manifest, "out")["layers_changed"] == ["flood"]
    assert contents(Path("out")) == from_scratch(manifest)


def test_what_lies_on_other_machines_is_read_each_time_and_compared_by_content(manifest, monkeypatch):
    with monkeypatch.context() as there:
        there.setattr("geo_tej.engine.whole_job.input_files", lambda *_, **__: None)
        call("run", "-m", manifest, "-o", "out")
        assert set(told(manifest, "out")["files"].values()) == {"unchanged"}
        write(manifest, "flood", [box(240, 0, 300, 100)], **{"class": ["deep"]})
        assert told(manifest, "out")["recomputed"] == 2
    assert contents(Path("out")) == from_scratch(manifest)


def test_the_files_that_count_are_all_that_may_be_looked_at(tmp_path):
    path = make_project(
        tmp_path, edit={'path = "scenic.gpkg"': 'path = "scenic.shp"', "on = 2026": 'decisions = "d.csv"\non = 2026'}
    )
    for name in ("scenic.shp", "scenic.dbf", "scenic.shp.xml", "rulebook/.hidden/x", "other.dbf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    names = {str(file.relative_to(tmp_path)) for file in input_files(path)}
    assert {
        "layers.toml",
        "scenic.shp",
        "scenic.dbf",
        "scenic.shp.xml",
        "d.csv",
        "rulebook/uses.csv",
        "dem.tif",
    } <= names
    assert not {"other.dbf", "rulebook/.hidden/x"} & names
    far = path.read_text(encoding="utf-8").replace(
        'path = "flood.gpkg"', 'path = "postgresql://host/town", sublayer = "f"'
    )
    path.write_text(far, encoding="utf-8")
    assert input_files(path) is None


def test_a_project_that_has_become_unfit_is_refused_and_its_files_stay(manifest):
    call("run", "-m", manifest, "-o", "out")
    files = contents(Path("out"))
    edit(manifest, "layers.toml", "EPSG:4549", "EPSG:4326")
    assert call("run", "-m", manifest, "-o", "out", code=2).stdout == ""
    assert contents(Path("out")) == files


# What is kept


def kept(manifest):
    return manifest.parent / FOLDER


def test_what_is_kept_ignores_itself_and_may_be_deleted(manifest):
    call("run", "-m", manifest, "-o", "out")
    assert (kept(manifest) / ".gitignore").read_text(encoding="utf-8").splitlines()[-1] == "*"
    assert not list(kept(manifest).glob(".writing-*"))
    shutil.rmtree(kept(manifest))
    said = told(manifest, "out")
    assert (said["recomputed"], said["layers_changed"], said["notes"]) == (3, None, [])
    assert contents(Path("out")) == from_scratch(manifest)


def shortened(path):
    path.write_bytes(path.read_bytes()[:-200])


def turned(path):
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as file:
        member = max(file.infolist(), key=lambda each: each.file_size)
    content[member.header_offset + 60 + member.file_size // 2] ^= 0xFF
    path.write_bytes(content)


def of_another(path):
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, b"another" if name == "made-by" else content)


def with_other_columns(path):
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members["parcels"] = members["left"]
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)


DAMAGES = {
    "shortened": shortened,
    "a byte turned": turned,
    "of another version": of_another,
    "other columns": with_other_columns,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("hello", encoding="utf-8"),
    "an archive of something else": lambda path: zipfile.ZipFile(path, "w").close(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_cannot_be_trusted_counts_as_not_there_and_that_is_told(tmp_path, damage):
    steps = Recall({})
    assess(town(make_book(tmp_path / "law"), parcels(square(), rotate(square(100), 3))), steps=steps)
    store = Kept(tmp_path / FOLDER, "us")
    assert write_work(store, None, steps.after) is None
    tables, fault = read_work(store, None)
    assert fault is None
    assert {name: table.equals(steps.after[name]) for name, table in tables.items()} == dict.fromkeys(steps.after, True)
    DAMAGES[damage](store.work(None))
    tables, fault = read_work(store, None)
    assert tables == {}
    assert "everything is done again" in fault
    assert read_work(store, "another scenario") == ({}, None)


def test_what_cannot_be_trusted_is_done_again_with_one_line_said(manifest):
    call("run", "-m", manifest, "-o", "out")
    (work,) = kept(manifest).glob("work-*")
    turned(work)
    write(manifest, "flood", [box(240, 0, 300, 100)], **{"class": ["deep"]})
    again = call("run", "-m", manifest, "-o", "out")
    assert again.stderr.count("\n") == 1
    assert "everything is done again" in again.stderr
    assert "3 of 3 parcels overlapped" in again.stdout
    assert contents(Path("out")) == from_scratch(manifest)
    assert UNCHANGED in call("run", "-m", manifest, "-o", "out").stdout


def test_a_record_that_cannot_be_read_counts_as_none(manifest):
    call("run", "-m", manifest, "-o", "out")
    files = contents(Path("out"))
    (record,) = kept(manifest).glob("run-*")
    store = Kept(kept(manifest), json.loads(record.read_text(encoding="utf-8"))["made-by"])
    sound = record.read_text(encoding="utf-8")
    found, fault = read_record(store, Path("out"))
    assert (found is None, fault) == (False, None)
    for content in (
        "",
        "[]",
        "{}",
        "\x00",
        sound[:-9],
        sound.replace('"key"', '"kye"'),
        sound.replace("made-by", "by"),
        sound.replace(store.made_by, "another"),
    ):
        record.write_text(content, encoding="utf-8")
        found, fault = read_record(store, Path("out"))
        assert found is None
        assert str(record) in fault
    said = told(manifest, "out")
    assert (said["news"], said["notes"]) == (None, [fault])
    assert (said["recomputed"], set(said["files"].values())) == (0, {"written"})
    assert contents(Path("out")) == files


def test_where_nothing_can_be_kept_the_job_is_done_and_that_is_said(manifest):
    kept(manifest).write_text("a file in the way", encoding="utf-8")
    for _ in range(2):
        said = call("run", "-m", manifest, "-o", "out")
        assert "nothing is kept for the next run" in said.stderr
        assert said.stderr.count("\n") == 1
    assert contents(Path("out")) == from_scratch(manifest)


# Killed in the middle, and two at once

KILL = """
import os, sys
from pathlib import Path
from geo_tej import engine
from geo_tej.engine import keeping

def end(stage):
    if stage == sys.argv[2]:
        os._exit(9)

def half(*given):
    end("keeping")
    return plain(*given)

plain, keeping._bytes = keeping._bytes, half
engine.run(engine.Asked(manifest=Path(sys.argv[1])), Path("out"), tell=end)
"""


@pytest.mark.parametrize("stage", ["assess", "keeping", "constraints.html"])
def test_a_run_killed_in_the_middle_leaves_what_the_next_one_can_use(manifest, stage):
    call("run", "-m", manifest, "-o", "out")
    files = contents(Path("out"))
    write(manifest, "flood", [box(240, 0, 300, 100)], **{"class": ["deep"]})
    words = [sys.executable, "-c", KILL, str(manifest), stage]
    ended = subprocess.run(words, env=environment(), check=False)  # noqa: S603  our own words
    assert ended.returncode == KILLED
    assert contents_of_files(Path("out")) == files
    said = told(manifest, "out")
    assert (said["notes"], said["recomputed"]) == ([], 0 if stage == "constraints.html" else 2)
    assert contents_of_files(Path("out")) == from_scratch(manifest)


def contents_of_files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_two_runs_at_once_do_each_other_no_harm(manifest):
    call("run", "-m", manifest, "-o", "out")
    write(manifest, "flood", [box(240, 0, 300, 100)], **{"class": ["deep"]})
    script = "import sys; from geo_tej.cli import main; main(['run', '-m', sys.argv[1], '-o', sys.argv[2]])"
    folders = ("out", "other")
    words = [sys.executable, "-c", script, str(manifest)]
    started = [subprocess.Popen([*words, folder], env=environment()) for folder in folders]  # noqa: S603  our own words
    assert [each.wait() for each in started] == [0, 0]
    fresh = from_scratch(manifest)
    for folder in folders:
        assert contents(Path(folder)) == fresh
        assert UNCHANGED in call("run", "-m", manifest, "-o", folder).stdout


# The sample town


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Copy the sample with some of its firms, what they sit on, and a part of its survey patches."""
    folder = tmp_path_factory.mktemp("sample") / "town"
    shutil.copytree(ROOT / "layers", folder, ignore=shutil.ignore_patterns("bubenec", "__pycache__", FOLDER, "*.py"))
    patches = gpd.read_parquet(folder / "patches.parquet")
    patches.iloc[::200].to_parquet(folder / "patches.parquet")
    firms, held = (pd.read_csv(folder / name, dtype=str) for name in ("enterprises.csv", "occupancy.csv"))
    firms = firms[firms["enterprise_id"].isin(["E01", "E02", "E16", "E22"])]
    held = held[held["enterprise_id"].isin(firms["enterprise_id"])]
    firms.to_csv(folder / "enterprises.csv", index=False)
    held.to_csv(folder / "occupancy.csv", index=False)
    for name, layer, column, wanted in (
        ("parcels.gpkg", "rights", "parcel_id", held["parcel_id"]),
        ("events.gpkg", "status_events", "enterprise_id", firms["enterprise_id"]),
    ):
        frame = pyogrio.read_dataframe(folder / name, layer=layer)
        pyogrio.write_dataframe(frame[frame[column].isin(wanted)], folder / name, layer=layer, append=False)
    return folder / "layers.toml"


def test_the_sample_after_edits_is_the_sample_from_scratch(sample, tmp_path):
    out = tmp_path / "out"
    first = told(sample, out)
    assert set(told(sample, out)["files"].values()) == {"unchanged"}
    frame = pyogrio.read_dataframe(sample.parent / "plans.gpkg", layer="scenic")
    place = int(np.argmin(frame.area))
    grown = shapely.buffer(frame.geometry[place], 30)
    before, after = (shapely.union_all([frame.geometry[place], grown]), read_project(sample).parcels)
    frame.geometry = [grown if number == place else shape for number, shape in enumerate(frame.geometry)]
    pyogrio.write_dataframe(frame, sample.parent / "plans.gpkg", layer="scenic", append=False)
    said = told(sample, out)
    assert said["layers_changed"] == ["scenic"]
    assert 0 < said["recomputed"] <= int(shapely.dwithin(after.geometry.to_numpy(), before, 0.01).sum())
    assert said["recomputed"] < first["parcels"] / 10
    values = sample.parent / "land-values.csv"
    values.write_text(values.read_text(encoding="utf-8").replace("200000", "210000"), encoding="utf-8")
    later = told(sample, out)
    written = {name for name, how in later["files"].items() if how == "written"}
    assert (written, later["recomputed"]) == ({"transition.gpkg", "transition.parquet", "transition.xlsx"}, 0)
    assert later["summary"] == said["summary"]
    assert contents(out) == from_scratch(sample)
