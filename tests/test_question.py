"""What is asked of a project from Python: as people give it, or refused in one sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from specimens import GRID, box, parcels, square, town, zones

from geo_tej.errors import CRSError, QuestionError, choices
from geo_tej.io import read_project
from geo_tej.model import Thresholds
from geo_tej.overlay import overlaps
from geo_tej.verdict import assess


@pytest.fixture(scope="module")
def project(book):
    return town(book, parcels(square(), square(100)))


@pytest.mark.parametrize(
    "on", [date(2026, 6, 30), datetime(2026, 6, 30, 12, tzinfo=UTC), pd.Timestamp("2026-06-30"), "2026-06-30"]
)
def test_a_day_is_a_date_or_its_text(project, on):
    assert assess(project, on=on).on == date(2026, 6, 30)


@pytest.mark.parametrize("on", ["2026-06-31", "30.6.2026", 2026, ""])
def test_what_is_no_day_is_refused(project, on):
    with pytest.raises(QuestionError, match=r"^on .*: is no day; give a date, or its text like 2026-06-30$"):
        assess(project, on=on)


def test_one_use_may_be_named_alone(project):
    answered = assess(project, uses="hotel", pathways="keep")
    assert [use.id for use in answered.questions.uses] == ["hotel"]
    assert [pathway.id for pathway in answered.questions.pathways] == ["keep"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"uses": "hotle"}, "use 'hotle' is not in the rulebook tiny; did you mean hotel?"),
        ({"uses": [5]}, "use 5 is not in the rulebook tiny; known: hotel, shop, workshop"),
        ({"pathways": [None]}, "pathway None is not in the rulebook tiny; known: keep, build"),
        ({"facts": ["beds"]}, "facts are names with values"),
        ({"facts": {"bed": 1}}, "fact 'bed' is not one a rule of tiny asks for; did you mean beds?"),
    ],
)
def test_what_is_not_in_the_rulebook_is_refused(project, question, said):
    with pytest.raises(QuestionError) as fault:
        assess(project, **question)
    assert str(fault.value).startswith(said)


def test_a_path_is_no_project():
    with pytest.raises(QuestionError, match=r"^a Project is needed, as read_project\(\) or .* returns it, not a str$"):
        assess("layers/layers.toml")


def test_parcels_far_from_the_project_are_refused(project):
    elsewhere = gpd.GeoDataFrame({"parcel_id": ["x"]}, geometry=[shapely.box(0, 0, 10, 10)], crs=GRID)
    with pytest.raises(CRSError, match=r"^the frame of parcels lies 3,\d\d\d km from the project's area"):
        assess(project, parcels=elsewhere)
    beside = parcels(box(5000, 0, 5100, 100))
    assert len(assess(project, parcels=beside).parcels) == 1


def test_a_column_nearly_named_like_a_fact_is_pointed_out(project):
    with pytest.warns(UserWarning, match="the column sewerr is not a fact of the rulebook .* is it sewer"):
        assess(project, parcels=parcels(square(), sewerr=["yes"]))


def test_columns_that_are_nobodys_business_are_not(project):
    assert len(assess(project, parcels=parcels(square(), sewer=["yes"], sewers=["a"], owner=["b"])).parcels) == 1


@pytest.mark.parametrize("thresholds", [0.1, {"zones": 0.1}, {"zones": {"area_m2": 1}}, "small"])
def test_a_threshold_that_is_none_is_refused(thresholds):
    with pytest.raises(QuestionError, match=r"^thresholds: .* is none; say of what, like Thresholds\(area_m2=1.0\)"):
        overlaps(parcels(square()), zones(("core", square())), thresholds=thresholds)
    assert len(overlaps(parcels(square()), zones(("core", square())), thresholds={"zones": Thresholds()}).kept) == 1


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA])
def test_a_zone_without_a_class_is_of_an_unknown_class(nothing):
    found = overlaps(parcels(square()), zones(("core", square()), (nothing, square(50)))).kept
    assert found["zone_class"].tolist() == ["core", "unknown"]


def test_a_manifest_that_is_not_there_is_told_without_a_command_line(tmp_path):
    with pytest.raises(ValueError, match=r"there is no such file; name another manifest \(on the command line with"):
        read_project(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("given", "allowed", "said"),
    [
        ("1", ["21", "19", "18", "01"], "did you mean 01?"),
        ("Tourist Hotel", ["tourist-hotel", "hotel"], "did you mean tourist-hotel?"),
        ("GB0000X", ["GB90000", "GB00002", "GB00001"], "did you mean GB00001 or GB00002 or GB90000?"),
        ("zz", [], "there are none"),
    ],
)
def test_the_nearest_spelling_is_named_first(given, allowed, said):
    assert choices(given, allowed) == said
