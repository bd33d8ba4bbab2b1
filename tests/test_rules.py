"""Three-valued truth, matching, and which questions a rule speaks on."""

from __future__ import annotations

import datetime as dt
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tej.i18n import Text
from geo_tej.model import Action, Comparison, Outcome, Pathway, Rule, Use, When
from geo_tej.rules import MAYBE, NO, YES, Questions, action_mask, matches, missing_facts, speaks, strictest, truth

T = Text("", "")


def rule(**changes):
    written = {
        "id": "r", "ref": "", "kind": "zone", "layer": "z", "where": {}, "uses": frozenset({"hotel"}),
        "actions": frozenset({Action.NEW}), "outcome": Outcome.CONDITIONAL, "binds": "ground", "condition": T,
        "source": "act", "article": "1", "verified": True,
    }  # fmt: skip
    return Rule(**(written | changes))


def fact(name):
    return Comparison(fact=name, operator="is", value="yes")


VALUES = {YES: "yes", NO: "no", MAYBE: None}


@pytest.mark.parametrize("three", list(product((NO, MAYBE, YES), repeat=3)))
def test_all_is_the_least_and_any_the_greatest(three):
    facts = pd.DataFrame({name: [VALUES[value]] for name, value in zip("abc", three, strict=True)}, dtype=object)
    tests = tuple(fact(name) for name in "abc")
    assert truth(When(how="all", tests=tests), facts).tolist() == [min(three)]
    assert truth(When(how="any", tests=tests), facts).tolist() == [max(three)]
    assert truth(None, facts).tolist() == [YES]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("is", 5, [NO, YES, NO]), ("in", (5, 6), [NO, YES, YES]), ("at_least", 5, [NO, YES, YES]),
        ("more_than", 5, [NO, NO, YES]), ("at_most", 5, [YES, YES, NO]), ("less_than", 5, [YES, NO, NO]),
    ],
)  # fmt: skip
def test_every_operator_at_below_and_above_its_number(operator, value, expected):
    numbers = pd.DataFrame({"beds": [4.99, 5, 6, np.nan]})
    test = When(how="all", tests=(Comparison(fact="beds", operator=operator, value=value),))
    assert truth(test, numbers).tolist() == [*expected, MAYBE]


# 浙江省风景名胜区条例 art. 58: 以上 includes the number (shared fixtures, CONFIRMED S1)
@pytest.mark.parametrize(("floor", "major"), [(999.99, NO), (1000, YES), (1000.01, YES)])
def test_the_threshold_of_a_major_project_includes_its_number(floor, major):
    test = When(how="all", tests=(Comparison(fact="floor_area_m2", operator="at_least", value=1000),))
    assert truth(test, pd.DataFrame({"floor_area_m2": [floor]})).tolist() == [major]


def test_days_compare_and_a_column_that_is_not_there_is_unknown():
    started = When(how="all", tests=(Comparison(fact="built", operator="less_than", value=dt.date(2008, 1, 1)),))
    days = pd.DataFrame({"built": [dt.date(2007, 12, 31), dt.date(2008, 1, 1), None]}, dtype=object)
    assert truth(started, days).tolist() == [YES, NO, MAYBE]
    assert truth(started, pd.DataFrame(index=range(2))).tolist() == [MAYBE, MAYBE]


def test_missing_facts_are_named_for_each_parcel():
    facts = pd.DataFrame({"a": ["yes", None], "b": [None, None]}, dtype=object)
    missing = missing_facts(When(how="all", tests=(fact("a"), fact("b"))), facts)
    assert {name: list(where) for name, where in missing.items()} == {"a": [False, True], "b": [True, True]}
    assert missing_facts(None, facts) == {}


@pytest.mark.parametrize(
    ("where", "zone", "expected"),
    [
        ({}, {"grade": "1"}, (YES, ())),
        ({"grade": ("1", "2")}, {"grade": "2"}, (YES, ())),
        ({"grade": ("1",)}, {"grade": "2"}, (NO, ())),
        ({"grade": ("1",)}, {"grade": "unknown"}, (MAYBE, ("grade",))),
        ({"grade": ("1",)}, {}, (MAYBE, ("grade",))),
        ({"grade": ("unknown",)}, {"grade": "unknown"}, (YES, ())),
        ({"grade": ("1",), "core": ("yes",)}, {"grade": "unknown", "core": "no"}, (NO, ())),
        ({"grade": ("1",), "core": ("yes",)}, {"grade": "unknown", "core": "unknown"}, (MAYBE, ("grade", "core"))),
        ({"grade": ("1",), "core": ("yes",)}, {"grade": "1", "core": "unknown"}, (MAYBE, ("core",))),
    ],
)
def test_a_zone_matches_surely_perhaps_or_not(where, zone, expected):
    assert matches(rule(where=where), zone) == expected


@pytest.mark.parametrize(("code", "header"), [("0901", "09"), ("090102", "0901x"), ("0902", "0902"), ("10", None)])
def test_the_longest_prefix_speaks_and_no_other(code, header):
    headers = ("09", "0902", "090102")
    wanted = {"0901x": "090102"}.get(header, header)
    speaking = [
        each
        for each in headers
        if matches(rule(where={"code": (each,)}, match="prefix", other_headers=headers), {"code": code})[0] == YES
    ]
    assert speaking == ([] if wanted is None else [wanted])


USES = tuple(Use(id=name, ref="", title=T, group="other") for name in ("hotel", "shop"))
WAYS = (
    Pathway(id="keep", title=T, actions=(Action.REUSE, Action.OPERATE)),
    Pathway(id="build", title=T, actions=(Action.NEW, Action.OPERATE)),
)
ASKED = Questions(uses=USES, pathways=WAYS)


def test_a_rule_speaks_on_its_uses_and_verbs_only():
    said = speaks(rule(), ASKED)
    assert said[ASKED.number("hotel", "build")] == action_mask([Action.NEW])
    assert np.flatnonzero(said).tolist() == [ASKED.number("hotel", "build")]
    assert len(ASKED) == 4


def test_discretion_can_only_make_an_outcome_stricter():
    for outcome, could_be in product(list(Outcome)[:3], repeat=2):
        assert strictest(rule(outcome=outcome, could_be=could_be)) == max(outcome, could_be)
        assert strictest(rule(outcome=outcome, could_be=None)) == outcome


@given(st.frozensets(st.sampled_from(Action)), st.frozensets(st.sampled_from(Action)))
def test_masks_of_actions_are_sets(left, right):
    assert action_mask(left | right) == action_mask(left) | action_mask(right)
    assert (action_mask(left) & action_mask(right) > 0) == bool(left & right)


@pytest.mark.parametrize(("day", "holds"), [(1, False), (2, True), (3, True), (4, False)])
def test_a_rule_holds_from_its_first_day_until_before_its_last(day, holds):
    dated = rule(valid_from=dt.date(2026, 1, 2), valid_until=dt.date(2026, 1, 4))
    assert dated.holds_on(dt.date(2026, 1, day)) is holds
    assert rule().holds_on(dt.date(1900, 1, day))
