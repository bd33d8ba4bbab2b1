"""A project put together from frames answers as the same town read from files; unfit frames are refused."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from specimens import GRID, WHOLE, box, default_frames, make_project, plane, square

import geo_tej
from geo_tej import GeoTejError, Project, assess, explain, read_project
from geo_tej import make_project as from_frames
from geo_tej.errors import CRSError, FrameError, QuestionError

FIRMS = pd.DataFrame({"enterprise_id": ["F1", "F2"], "name": ["Paper mill", "Tile works"]})
SITS = pd.DataFrame({"enterprise_id": ["F1", "F1", "F2"], "parcel_id": ["A1", "A2", "A3"]})


def town(book, **changes) -> Project:
    """Put the town of the specimens together from its frames."""
    frames = default_frames()
    given = {
        "parcels": frames["parcels"], "zones": {name: frames[name] for name in ("zoning", "scenic", "flood")},
        "objects": {"roads": frames["roads"].assign(half_width_m=0.0)}, "rasters": {"dem": plane()},
        "enterprises": FIRMS, "occupancy": SITS, "extent": box(*WHOLE), "on": "2026-06-30", "title": "Town",
    } | changes  # fmt: skip
    return from_frames(book, **given)


def test_frames_and_files_give_the_same_answers(book, tmp_path):
    read = read_project(make_project(tmp_path))
    made = town(book)
    columns = ["parcel_id", "use", "pathway", "outcome", "at_least", "at_most", "ground"]
    left, right = (assess(project) for project in (read, made))
    pd.testing.assert_frame_equal(left.verdicts[columns], right.verdicts[columns])
    pd.testing.assert_frame_equal(left.grounds, right.grounds)
    pd.testing.assert_frame_equal(left.overlaps, right.overlaps)
    pd.testing.assert_frame_equal(left.layers, right.layers)
    assert made.on == date(2026, 6, 30)
    assert made.enterprises["name"].to_dict() == {"F1": "Paper mill", "F2": "Tile works"}
    assert made.occupancy.values.tolist() == SITS.values.tolist()
    assert made.faults == {}


def test_the_frames_given_are_not_changed(book):
    frames = default_frames()
    before = {name: frame.copy() for name, frame in frames.items()}
    town(book, parcels=frames["parcels"], zones={"zoning": frames["zoning"]}, objects={}, rasters={})
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_another_crs_is_taken_to_that_of_the_parcels(book):
    frames = default_frames()
    zones = {name: frames[name].to_crs(4490) for name in ("zoning", "scenic", "flood")}
    made = town(book, zones=zones)
    assert made.layers["scenic"].frame.crs == GRID
    assert assess(made).overlaps["area_m2"].round(3).tolist() == assess(town(book)).overlaps["area_m2"].tolist()


def test_what_nobody_surveyed_is_not_known(book):
    told = explain(assess(town(book, extent=None)), "A1", "shop", "keep")
    assert (int(told.at_least), int(told.at_most)) == (0, 2)
    layers = assess(town(book, extent={"flood": box(*WHOLE)})).layers
    states = layers[layers["parcel_id"] == "A1"].set_index("layer")["state"]
    assert (states["flood"], states["scenic"]) == ("not_affected", "no_data")


def test_the_extent_may_be_a_frame(book):
    ground = gpd.GeoDataFrame(geometry=[box(*WHOLE)], crs=GRID)
    assert town(book, extent=ground).layers["flood"].extent.equals(box(*WHOLE))
    assert town(book, extent=ground.geometry).layers["flood"].extent.equals(box(*WHOLE))


def test_values_are_read_as_those_of_files(book):
    zones = {"scenic": gpd.GeoDataFrame({"grade": [2.0], "core": [True]}, geometry=[square()], crs=GRID)}
    made = town(book, zones=zones)
    assert list(made.layers["scenic"].classes) == ["grade=2;core=yes"]
    odd = {"scenic": zones["scenic"].assign(grade="third")}
    assert list(town(book, zones=odd).layers["scenic"].classes) == ["grade=unknown;core=yes"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"zones": {"scenik": square()}}, "scenik: a GeoDataFrame is needed, not a Polygon"),
        ({"zones": {"scenik": default_frames()["scenic"]}}, "scenik: .* no such layer; did you mean scenic?"),
        (
            {"zones": {"scenic": default_frames()["zoning"].rename(columns={"class": "kind"})}},
            "scenic: has none of the columns grade, core that the rulebook asks for, but kind, geometry",
        ),
        ({"zones": {"roads": default_frames()["roads"]}}, "roads: stands for more than one layer"),
        ({"extent": {"flod": box(*WHOLE)}}, "extent: 'flod' is none of the layers given"),
        ({"rasters": {"dem": plane().values}}, "dem: a Raster is needed, not a ndarray"),
        (
            {"parcels": default_frames()["parcels"].assign(sewer="NEIN")},
            "parcels: sewer: NEIN cannot be read as one of",
        ),
        ({"parcels": default_frames()["parcels"].drop(columns="parcel_id")}, "no column or index `parcel_id`"),
        (
            {"objects": {"roads": default_frames()["roads"].set_geometry("geometry").boundary.to_frame("geometry")}},
            "none",
        ),
    ],
)
def test_a_frame_that_is_unfit_is_refused(book, changes, said):
    with pytest.raises(FrameError, match=said):
        town(book, **changes)


def test_frames_without_a_place_are_refused(book):
    frames = default_frames()
    with pytest.raises(CRSError, match="parcels is in degrees"):
        town(book, parcels=frames["parcels"].to_crs(4490))
    with pytest.raises(CRSError, match="layer scenic"):
        town(
            book,
            zones={
                "scenic": frames["scenic"]
                .set_crs(None, allow_override=True)
                .translate(3e6)
                .to_frame("geometry")
                .assign(grade="1")
            },
        )
    with pytest.raises(QuestionError, match="is no day"):
        town(book, on="June")


def test_all_faults_are_told_at_once(book):
    with pytest.raises(FrameError, match="2 faults") as fault:
        town(book, zones={"a": default_frames()["scenic"], "b": default_frames()["scenic"]})
    assert "a: the rulebook tiny has no such layer" in str(fault.value)
    assert "b: the rulebook tiny has no such layer" in str(fault.value)


def test_projects_and_answers_say_what_they_are_in_a_line(book):
    project = town(book, title="<b>Town</b>")
    answered = assess(project)
    told = explain(answered, "A1", "shop", "keep")
    for value in (project, book, answered, told, *project.layers.values()):
        assert len(repr(value)) < 200
        assert "\n" not in repr(value)
    assert repr(project).startswith("<Project '<b>Town</b>' on 2026-06-30: 3 parcels, rulebook tiny, layers ")
    for value in (project, answered, told):
        shown = value._repr_html_()
        assert len(shown) < 5000
        assert "<b>Town" not in shown
    counts = answered.verdicts.query("pathway == 'keep'")["outcome"].value_counts(sort=False)
    row = "".join(f"<td>{count}</td>" for count in counts)
    assert f"<tr><td>keep</td>{row}</tr>" in answered._repr_html_()


def test_what_people_need_is_at_the_root():
    names = {"GeoTejError", "Thresholds", "index_zones", "Project", "Rulebook", "Raster", "Explanation", "make_project"}
    assert names <= set(geo_tej.__all__)
    assert issubclass(FrameError, GeoTejError)


def test_parcels_in_hand_whose_ids_stand_twice_or_are_missing_are_refused(book):
    plots = default_frames()["parcels"]
    for names, words in ((["A1", "A1", "A3"], "A1 stand more than once"), (["A1", None, "A3"], "no parcel_id")):
        with pytest.raises(FrameError, match=words):
            town(book, parcels=plots.assign(parcel_id=names))
