"""A parcel that is asked for alone gets the answer that it gets among all: ways that are sooner change nothing."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import EAST, NORTH, zones

from geo_tej import assess, explain, extract, read_project
from geo_tej.errors import QuestionError
from geo_tej.overlay import index_zones, meet
from geo_tej.overlay.cover import cover
from geo_tej.overlay.shapes import from_geometry
from geo_tej.report import parcel_report

LAYERS = Path(__file__).parents[1] / "layers"


@pytest.fixture(scope="module")
def project():
    return read_project(LAYERS / "layers.toml")


@pytest.fixture(scope="module")
def some(project):
    """Draw parcels of both kinds from all over the town, and those at the edge of what was surveyed."""
    every = project.parcels
    rights = np.flatnonzero(every["kind"] == "rights")
    places = np.unique(np.r_[rights[::6], np.arange(0, len(every), 397)])
    return every.iloc[places]


@pytest.fixture(scope="module")
def together(project, some):
    return assess(project, parcels=some)


def judged_alone(project, parcel, uses=None, pathways=None):
    return assess(project, parcels=project.parcels.loc[[parcel]], uses=uses, pathways=pathways)


@settings(max_examples=20)
@given(data=st.data())
def test_each_verdict_is_the_same_in_words_and_data_as_among_all(project, some, together, data):
    parcel = data.draw(st.sampled_from(some.index.to_list()))
    use = data.draw(st.sampled_from(list(project.rulebook.uses)))
    way = data.draw(st.sampled_from(list(project.rulebook.pathways)))
    alone = judged_alone(project, parcel, [use], [way])
    assert explain(alone, parcel, use, way).text("zh") == explain(together, parcel, use, way).text("zh")
    assert explain(alone, parcel, use, way).text("en", alone=False) in parcel_report(alone, parcel, "en", in_full=True)
    more = judged_alone(project, parcel, ["cafe", use], [way, "new_build"])
    ours, theirs = (extract(each, parcel) for each in (alone, more))
    told = next(each for each in theirs["verdicts"] if (each["use"], each["pathway"]) == (use, way))
    assert {**ours["verdicts"][0], "findings": None} == {**told, "findings": None}
    assert [ours["findings"][name] for name in ours["verdicts"][0]["findings"]] == [
        {**theirs["findings"][name], "action": ours["findings"][own]["action"]}
        for name, own in zip(told["findings"], ours["verdicts"][0]["findings"], strict=True)
    ]
    assert ours["layers"] == theirs["layers"]


@settings(max_examples=12)
@given(data=st.data())
def test_everything_measured_of_a_parcel_is_the_same_to_the_last_bit(project, some, together, data):
    parcel = data.draw(st.sampled_from(some.index.to_list()))
    part, alone = together.at(np.array([together.position(parcel)])), judged_alone(project, parcel)
    assert part.assessment_id == alone.assessment_id
    for name in ("states", "unsurveyed", "area_m2"):
        assert np.array_equal(getattr(part.evidence, name), getattr(alone.evidence, name))
    for name in ("key", "area_m2", "share", "distance_m"):
        assert np.array_equal(getattr(part.evidence.hits, name), getattr(alone.evidence.hits, name), equal_nan=True)
    pd.testing.assert_frame_equal(part.evidence.facts, alone.evidence.facts, check_dtype=False, rtol=0, atol=0)
    for name in ("least", "most", "level"):
        assert np.array_equal(getattr(part.judgement, name), getattr(alone.judgement, name))
    for name in alone.judgement.grounds:
        assert np.array_equal(part.judgement.m2(name), alone.judgement.m2(name))
    pd.testing.assert_frame_equal(part.overlaps, alone.overlaps, check_dtype=False, rtol=0, atol=0)
    pd.testing.assert_frame_equal(part.dropped, alone.dropped, check_dtype=False, rtol=0, atol=0)


CORNERS = st.tuples(*[st.integers(-3, 12)] * 2, *[st.integers(1, 9)] * 2)


def rectangle(corner):
    west, south, wide, high = corner
    return shapely.box(EAST + west, NORTH + south, EAST + west + wide, NORTH + south + high)


@given(plot=CORNERS, corners=st.lists(st.tuples(st.sampled_from("abc"), CORNERS), max_size=6))
def test_what_holds_all_or_nothing_of_a_polygon_is_told_as_the_chart_tells_it(plot, corners):
    drawn = np.array([rectangle(plot)], dtype=object)
    index = index_zones(zones(*[(name, rectangle(each)) for name, each in corners]))
    alone, among = meet(drawn, index), meet(np.repeat(drawn, 2), index)
    mine = among.parcel == 0
    assert alone.key.tolist() == among.key[mine].tolist()
    assert np.array_equal(alone.area_m2, among.area_m2[mine])
    assert [each is None for each in alone.ground] == [each is None for each in among.ground[mine]]
    charted = cover(from_geometry(drawn), index.chart, len(index.names), index.held_at)
    assert alone.key.tolist() == charted.key.tolist()


def test_questions_asked_of_another_day_and_project_do_not_get_what_was_kept(project, some):
    plot = some.iloc[[0]]
    first = assess(project, parcels=plot)
    early = assess(project, parcels=plot, on=project.on.replace(year=1990))
    again = assess(project, parcels=plot)
    assert len(early.rules) < len(first.rules)
    assert early.assessment_id != first.assessment_id == again.assessment_id
    assert np.array_equal(first.judgement.most, again.judgement.most)
    layers = {**project.layers, "scenic": replace(project.layers["scenic"], frame=None, fault="lost")}
    assert assess(replace(project, layers=layers), parcels=plot).evidence.layers == first.evidence.layers
    lost = assess(replace(project, layers=layers), parcels=plot).layers.set_index("layer")["state"]
    assert lost["scenic"] in ("failed", "silent")


def test_what_is_kept_is_no_part_of_the_value(project, some):
    assess(project, parcels=some.iloc[[0]])
    layer = project.layers["flood"]
    layer.once("size", lambda: 1)
    assert layer.once("size", lambda: 2) == 1
    assert replace(layer).once("size", lambda: 2) == 2
    assert pickle.loads(pickle.dumps(layer)).once("size", lambda: 3) == 3  # noqa: S301  ours


def test_parcels_of_the_project_may_be_asked_for_by_their_ids(project, some):
    one, other = some.index[3], some.index[11]
    named, given = assess(project, parcels=one), judged_alone(project, one)
    assert extract(named, one, language="en") == extract(given, one, language="en")
    several = assess(project, parcels=[other, one, other], uses=["cafe"])
    assert several.parcels.index.tolist() == [other, one]
    assert assess(project, parcels=[], uses=["cafe"]).verdicts.empty
    with pytest.raises(QuestionError, match="parcel 'nowhere' is not in the project"):
        assess(project, parcels=[one, "nowhere"])
