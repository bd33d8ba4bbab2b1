"""Frames that people make themselves are heard as files are: what is not understood is never a yes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimen_routes import firms_town, route_book, standings
from specimen_routes import told as ways_out
from specimen_texts import RULES, rule
from specimens import box, make_book, parcels, square, town

from geo_tej.errors import FrameError
from geo_tej.verdict import assess, explain

FACT_RULES = RULES + "".join(
    rule(f"fact_{number}", kind='"fact"', when=f"{{ all = [{test}] }}", uses='["shop"]', binds='"parcel"')
    for number, test in enumerate(
        [
            '{ fact = "listed", is = true }',
            '{ fact = "beds", more_than = 10 }',
            '{ fact = "sewer", is = "no" }',
            '{ fact = "area_m2", less_than = 9000 }',
        ]
    )
)
KNOWN = {"listed": False, "beds": 3, "sewer": "yes"}


@pytest.fixture(scope="module")
def facts_book(tmp_path_factory):
    return make_book(tmp_path_factory.mktemp("law") / "facts", rules=FACT_RULES)


def told(book, plots=None, **columns):
    """Explain the shop on one parcel of 100 m, all of whose facts are known but for what is said."""
    given_columns = {name: [value] for name, value in (KNOWN | columns).items()}
    project = town(book, parcels(square()))
    return explain(assess(project, parcels=parcels(plots or square(), **given_columns)), "A1", "shop", "keep")


def span(explained):
    return int(explained.at_least), int(explained.at_most)


def test_what_is_known_and_bars_nothing_leaves_the_plan_s_word(facts_book):
    assert span(told(facts_book)) == (0, 0)


NO_WORDS = ["no", "No", "NO", " no", "否", False, np.False_, 0, 0.0, "0", "false"]
YES_WORDS = ["yes", "YES", "是", True, np.True_, 1, 1.0, "1", " true "]
NOTHING = [None, np.nan, pd.NA, pd.NaT, "", "  ", "unknown"]
NEITHER = ["maybe", "NEIN", "zz", 2, -1, 0.5, "yes?", "n", np.inf]


@pytest.mark.parametrize("value", NO_WORDS, ids=repr)
def test_no_bars_however_it_is_written(facts_book, value):
    assert span(told(facts_book, sewer=value)) == (2, 2)
    assert span(told(facts_book, listed=value)) == (0, 0)


@pytest.mark.parametrize("value", YES_WORDS, ids=repr)
def test_yes_is_yes_however_it_is_written(facts_book, value):
    assert span(told(facts_book, sewer=value)) == (0, 0)
    assert span(told(facts_book, listed=value)) == (2, 2)


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("value", NOTHING, ids=repr)
def test_nothing_is_an_open_question(facts_book, name, value):
    explained = told(facts_book, **{name: value})
    assert span(explained) == (0, 2)
    assert [(cause.kind, cause.name) for cause in explained.causes] == [("fact", name)]


@pytest.mark.parametrize("value", NEITHER, ids=repr)
def test_what_is_not_understood_is_refused_with_what_could_be(facts_book, value):
    with pytest.raises(FrameError, match=r"^parcels: sewer: .* cannot be read as one of yes, no; leave empty what"):
        told(facts_book, sewer=value)
    with pytest.raises(FrameError, match=r"^parcels: listed: .* cannot be read as yes or no; leave empty what is not"):
        told(facts_book, listed=value)


def test_all_facts_that_are_not_understood_are_told_at_once(facts_book):
    with pytest.raises(FrameError, match=r"3 faults:") as fault:
        told(facts_book, sewer=[1, 2], beds="many", listed="NEIN")
    assert all(part in str(fault.value) for part in ("listed: NEIN", "beds: many", "sewer: [1, 2]"))


@given(value=st.one_of(st.text(max_size=6), st.booleans(), st.integers(-3, 3), st.floats(), st.none()))
def test_no_value_of_a_fact_is_a_yes_but_yes(facts_book, value):
    try:
        explained = told(facts_book, sewer=value)
    except FrameError:
        return
    assert (span(explained) == (0, 0)) == (str(value).strip().lower() in ("yes", "true", "1", "1.0", "是"))


def test_a_column_of_area_is_not_the_ground(facts_book):
    assert span(told(facts_book, box(0, 0, 50, 50), area_m2=12_000)) == (2, 2)
    assert span(told(facts_book, area_m2=1)) == (0, 0)


def test_a_column_that_stands_twice_is_refused(facts_book):
    plots = parcels(square(), sewer=["yes"], other=["no"]).rename(columns={"other": "sewer"})
    with pytest.raises(FrameError, match="the column sewer stands more than once"):
        assess(town(facts_book, parcels(square())), parcels=plots)


def test_a_project_put_together_by_hand_is_heard_the_same_way(facts_book):
    project = replace(town(facts_book, parcels(square())), parcels=parcels(square(), sewer=["perhaps"]))
    with pytest.raises(FrameError, match="sewer: perhaps"):
        assess(project)


def test_the_frame_given_is_not_changed(facts_book):
    plots = parcels(square(), sewer=["NO"], listed=[0])
    before = plots.copy()
    answered = assess(town(facts_book, parcels(square())), parcels=plots)
    pd.testing.assert_frame_equal(plots, before)
    assert answered.parcels["sewer"].tolist() == ["no"]
    assert answered.parcels["listed"].tolist() == [False]


def test_what_firms_tell_is_heard_as_strictly(tmp_path):
    law, known = route_book(tmp_path / "routes"), {"beds": [1.0] * 3, "sewer": ["yes"] * 3}
    project = firms_town(law, facts=known, firms={"listed": ["是", 0, ""]})
    assert standings(ways_out(project)) == ["barred", "admissible", "open"]
    project = firms_town(law, facts=known, firms={"listed": ["NEIN", False, None]})
    with pytest.raises(FrameError, match="enterprises, occupancy and what holds for all: listed: NEIN cannot be read"):
        ways_out(project)
