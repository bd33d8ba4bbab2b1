"""One question, one identity: it changes with what the answer rests on, and with nothing else."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace

import geopandas as gpd
import pytest
from specimen_texts import RULES
from specimens import box, default_frames, layer_of, make_project, parcels, plane, square, town

from geo_tej.io import read_project
from geo_tej.model import Thresholds
from geo_tej.verdict import assess, extract

PLOT = parcels(square())


def identity(folder, facts=None, on=None, **changes):
    return assess(read_project(make_project(folder, **changes)), facts=facts, on=on).assessment_id


@pytest.fixture(scope="module")
def same(tmp_path_factory):
    return identity(tmp_path_factory.mktemp("same") / "town")


def test_the_same_project_elsewhere_under_other_names_is_the_same(tmp_path, same):
    path = make_project(tmp_path / "moved" / "far")
    shutil.move(path.parent / "flood.gpkg", path.parent / "water.gpkg")
    path.write_text(path.read_text(encoding="utf-8").replace("flood.gpkg", "water.gpkg"), encoding="utf-8")
    assert assess(read_project(path)).assessment_id == same
    assert identity(tmp_path / "b", edit={'title = "Specimen town"': 'title = "Other"\nlanguage = "zh"'}) == same


def test_asking_twice_gives_one_identity(tmp_path):
    project = read_project(make_project(tmp_path))
    first, second = (extract(assess(project), "A1")["extract_id"] for _ in range(2))
    assert first == second
    assert extract(assess(project, uses=["shop"]), "A1")["extract_id"] != first
    assert extract(assess(project), "A2")["extract_id"] != first


CHANGES = {
    "a parcel": {"parcels": default_frames()["parcels"].assign(geometry=[square(1), square(101), square(201)])},
    "a zone": {"flood": default_frames()["flood"].assign(geometry=[box(200, 0, 299, 100)])},
    "an attribute": {"scenic": default_frames()["scenic"].assign(grade=["1"])},
    "a raster": {"dem": plane(0.5)},
    "a rule": {"rules": RULES.replace("distance_m = 10", "distance_m = 11")},
    "the day": {"on": dt.date(2026, 7, 1)},
    "a fact": {"facts": {"sewer": "yes"}},
    "a fact of the parcels": {"parcels": default_frames()["parcels"].assign(sewer=["yes", "no", None])},
    "a layer gone": {"edit": {'path = "flood.gpkg"': 'path = "gone.gpkg"'}},
    "the surveyed extent": {"edit": {'path = "flood.gpkg", extent = "zoning"': 'path = "flood.gpkg"'}},
    "a threshold": {
        "edit": {'path = "flood.gpkg"': 'path = "flood.gpkg", thresholds = { area_m2 = 20000, width_m = 200 }'}
    },
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_what_the_answer_rests_on_is_in_the_identity(tmp_path, same, what):
    assert identity(tmp_path, **CHANGES[what]) != same


def test_an_extent_that_changes_the_answer_changes_the_identity(book):
    wide, narrow = (layer_of(book, "flood", [], extent=extent) for extent in ((-900, -900, 900, 900), (0, 0, 50, 50)))
    left, right = (assess(town(book, PLOT, flood=layer)) for layer in (wide, narrow))
    assert not left.verdicts["at_most"].equals(right.verdicts["at_most"])
    assert left.assessment_id != right.assessment_id


def test_a_threshold_that_changes_the_answer_changes_the_identity(book):
    project = town(book, PLOT, flood=[({"class": "deep"}, square(90, 90))])
    limited = replace(project.layers["flood"], thresholds=Thresholds(area_m2=1000))
    left = assess(project)
    right = assess(replace(project, layers=project.layers | {"flood": limited}))
    assert len(right.dropped) == 1
    assert not left.verdicts["at_least"].equals(right.verdicts["at_least"])
    assert left.assessment_id != right.assessment_id


def test_the_registered_area_that_an_extract_prints_is_in_its_identity(tmp_path):
    frames = default_frames()["parcels"]
    found = []
    for number, registered in enumerate((10_020.0, 12_000.0)):
        path = make_project(tmp_path / str(number), parcels=frames.assign(registered_m2=[registered, None, None]))
        found.append(extract(assess(read_project(path)), "A1"))
    assert found[0]["layers"] != found[1]["layers"]
    assert found[0]["extract_id"] != found[1]["extract_id"]


def test_a_saved_copy_in_another_format_is_the_same_ground(tmp_path):
    plots = default_frames()["parcels"]
    path = make_project(tmp_path / "gpkg")
    other = make_project(tmp_path / "parquet", edit={"parcels.gpkg": "parcels.parquet"})
    gpd.GeoDataFrame(plots).to_parquet(other.parent / "parcels.parquet")
    left, right = (assess(read_project(each)) for each in (path, other))
    assert left.assessment_id == right.assessment_id
