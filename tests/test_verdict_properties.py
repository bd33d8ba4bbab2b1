"""What must hold of every verdict, whatever lies on the parcel: properties over random zones."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimen_texts import RULEBOOK, RULES
from specimens import WHOLE, box, houses, layer_of, make_book, parcels, square, town

from geo_tej.model import OUTCOMES, Decision, Outcome
from geo_tej.verdict import assess
from geo_tej.verdict.judge import judge
from geo_tej.verdict.kinds import each_its_own

PLOTS = parcels(square(0), square(100), square(40, 100, 60))
LAW = {
    "plain": (RULEBOOK, RULES),
    "a layer that forbids what it does not list": (
        RULEBOOK.replace('"often"] }, unlisted = "silent"', '"often"] }, unlisted = "prohibited"'),
        RULES.replace('class = ["deep"]', 'class = ["shallow", "often"]').replace(
            'uses = ["workshop"]', 'uses = "all"'
        ),
    ),
}


@cache
def law(name="plain"):
    text, rules = LAW[name]
    with TemporaryDirectory() as folder:
        return make_book(Path(folder) / "law", text=text, rules=rules)


settings.register_profile("few", settings.get_profile("house"), max_examples=20)
FEW = settings.get_profile("few")
VALUES = {
    "scenic": {"grade": ["1", "2", "unknown"], "core": ["yes", "no", "unknown"]},
    "flood": {"class": ["deep", "shallow", "often", "unknown"]},
    "roads": {"class": ["main", "lane", "unknown"]},
}
SHAPES = st.builds(
    lambda west, south, wide, high: box(west, south, west + wide, south + high),
    st.integers(-40, 190), st.integers(-40, 150), st.integers(1, 150), st.integers(1, 150),
)  # fmt: skip
ZONE = st.sampled_from(sorted(VALUES)).flatmap(
    lambda layer: st.tuples(
        st.just(layer), st.fixed_dictionaries({k: st.sampled_from(v) for k, v in VALUES[layer].items()}), SHAPES
    )
)
ZONES = st.lists(ZONE, max_size=5)
BUILDINGS = st.one_of(
    st.none(),
    st.builds(
        lambda shapes, extent, fault: houses(*shapes, extent=extent, fault=fault),
        st.lists(SHAPES, max_size=4), st.sampled_from([WHOLE, WHOLE, (0, 0, 150, 150), None]),
        st.sampled_from([None, None, "a row is lost", "all"]),
    ),
)  # fmt: skip


def project(rows, *, book=None, plots=PLOTS, plan=None, **more):
    by_layer = {}
    for layer, given_attributes, shape in rows:
        by_layer.setdefault(layer, []).append((given_attributes, shape))
    plan = plan or [({"class": "mixed"}, box(-900, -900, 120, 900)), ({"class": "works"}, box(120, -900, 900, 900))]
    return town(book or law(), plots, **({"zoning": plan} | by_layer | more))


def spans(*arguments, facts=None, **options):
    judged = assess(project(*arguments, **options), facts=facts).judgement
    return judged.least.astype(int), judged.most.astype(int)


def settle(data, layer, attribute, value):
    """Draw a value for an attribute that is unknown."""
    return data.draw(st.sampled_from(VALUES[layer][attribute][:-1])) if value == "unknown" else value


@FEW
@given(ZONES, ZONE, BUILDINGS)
def test_adding_a_finding_never_lowers_at_least_and_closes_nothing(rows, more, buildings):
    least, most = spans(rows, buildings=buildings)
    after_least, after_most = spans([*rows, more], buildings=buildings)
    assert (after_least >= least).all()
    assert (after_most >= most).all()


@FEW
@given(ZONES, BUILDINGS)
def test_a_span_is_open_exactly_where_a_cause_is_named(rows, buildings):
    judged = assess(project(rows, buildings=buildings)).judgement
    assert (judged.least <= judged.most).all()
    named = np.array([bool(causes) for causes in judged.open_sets])[judged.open]
    assert (named == (judged.least < judged.most)).all()


@pytest.mark.parametrize("name", LAW)
@FEW
@given(rows=ZONES, data=st.data(), buildings=BUILDINGS)
def test_whatever_an_unknown_attribute_turns_out_to_be_lies_in_the_span(name, rows, data, buildings):
    least, most = spans(rows, book=law(name), buildings=buildings)
    settled = [(layer, {k: settle(data, layer, k, v) for k, v in zone.items()}, shape) for layer, zone, shape in rows]
    settled_least, settled_most = spans(settled, book=law(name), buildings=buildings)
    assert (settled_least >= least).all()
    assert (settled_most <= most).all()


@FEW
@given(ZONES, st.sampled_from(sorted(VALUES)), st.sampled_from(["failed", "absent", "unsurveyed"]))
def test_whatever_a_layer_that_cannot_be_read_would_say_lies_in_the_span(rows, name, how):
    known_least, known_most = spans(rows)
    empty = layer_of(
        law(), name, [], role="objects" if name == "roads" else "zones",
        extent=WHOLE if how == "failed" else None, fault="truncated" if how == "failed" else None,
    )  # fmt: skip
    rest = [row for row in rows if row[0] != name]
    least, most = spans(rest, **{name: None if how == "absent" else empty})
    assert (least <= known_least).all()
    assert (most >= known_most).all()


@FEW
@given(ZONES, st.sampled_from(["failed", "absent", "unsurveyed"]))
def test_without_the_plan_no_verdict_is_softer_at_its_strictest(rows, how):
    _, known_most = spans(rows)
    plan = layer_of(law(), "zoning", [], extent=None, fault="truncated" if how == "failed" else None)
    least, most = spans(rows, plan=None if how == "absent" else plan, **({"zoning": None} if how == "absent" else {}))
    assert (most >= known_most).all()
    assert (least <= most).all()


@FEW
@given(ZONES)
def test_a_missing_fact_spans_its_values(rows):
    least, most = spans(rows)
    for value in ("yes", "no"):
        stated_least, stated_most = spans(rows, facts={"sewer": value})
        assert (stated_least >= least).all()
        assert (stated_most <= most).all()


@FEW
@given(rows=ZONES, data=st.data())
def test_the_order_of_rows_layers_rules_and_parcels_does_not_matter(rows, data):
    first = assess(project(rows))
    shuffled = data.draw(st.permutations(rows))
    order = data.draw(st.permutations(range(len(PLOTS))))
    other = project(shuffled, plots=PLOTS.iloc[order])
    book = replace(
        other.rulebook, rules=other.rulebook.rules[::-1], layers=dict(reversed(other.rulebook.layers.items()))
    )
    second = assess(replace(other, rulebook=book, layers=dict(reversed(other.layers.items()))))
    assert np.array_equal(first.judgement.least[order], second.judgement.least)
    assert np.array_equal(first.judgement.most[order], second.judgement.most)
    for name in first.judgement.grounds:
        assert np.allclose(first.judgement.m2(name)[order], second.judgement.m2(name), atol=1e-3)
    left, right = (
        [{frozenset(each.judgement.open_sets[code]) for code in row} for row in each.judgement.open]
        for each in (first, second)
    )
    assert [left[place] for place in order] == right


@FEW
@given(ZONES, BUILDINGS)
def test_a_parcel_is_judged_by_itself(rows, buildings):
    whole = assess(project(rows, buildings=buildings))
    for place in range(len(PLOTS)):
        alone = assess(project(rows, buildings=buildings), parcels=PLOTS.iloc[[place]])
        assert np.array_equal(alone.judgement.least[0], whole.judgement.least[place])
        assert np.array_equal(alone.judgement.most[0], whole.judgement.most[place])


@pytest.mark.parametrize("name", LAW)
@FEW
@given(rows=ZONES, sewer=st.sampled_from(["yes", "no", None]), buildings=BUILDINGS)
def test_what_is_judged_once_for_all_alike_is_what_is_judged_rule_by_rule(name, rows, sewer, buildings):
    plots = parcels(square(0), square(100), square(40, 100, 60), square(0), square(100), box(0, 0, 40, 30))
    town_ = project(rows, book=law(name), plots=plots, buildings=buildings)
    judged = assess(town_, facts={"sewer": sewer} if sewer else None)
    least, most = naive.spans(judged.evidence, law(name), judged.rules, judged.questions)
    assert judged.judgement.least.tolist() == least.tolist()
    assert judged.judgement.most.tolist() == most.tolist()
    alone = judge(judged.evidence, law(name), judged.table, kinds=each_its_own(judged.evidence))
    for area in alone.grounds:
        assert np.array_equal(alone.m2(area), judged.judgement.m2(area))
    named, again = (
        [[{*each.open_sets[code]} for code in row] for row in each.open] for each in (alone, judged.judgement)
    )
    assert named == again


@FEW
@given(rows=ZONES, data=st.data())
def test_only_closing_an_open_cause_lowers_at_most(rows, data):
    before = assess(project(rows))
    settled = [(layer, {k: settle(data, layer, k, v) for k, v in zone.items()}, shape) for layer, zone, shape in rows]
    after = assess(project(settled), facts=data.draw(st.sampled_from([None, {"sewer": "yes"}, {"sewer": "no"}])))
    for place, question in np.argwhere(after.judgement.most < before.judgement.most):
        left, right = (set(each.open_sets[each.judgement.open[place, question]]) for each in (before, after))
        assert left - right


@FEW
@given(ZONES)
def test_a_part_of_an_assessment_is_the_assessment_of_the_part(rows):
    whole = assess(project(rows))
    part, alone = whole.at(np.array([0, 2])), assess(project(rows), parcels=PLOTS.iloc[[0, 2]])
    assert part.assessment_id == alone.assessment_id
    pd.testing.assert_frame_equal(part.findings, alone.findings)
    pd.testing.assert_frame_equal(part.overlaps, alone.overlaps, check_dtype=False)
    pd.testing.assert_frame_equal(part.layers, alone.layers)
    of_part, of_alone = (each.verdicts.join(each.grounds, on="ground") for each in (part, alone))
    columns = of_part.columns.drop(["open", "ground"])
    pd.testing.assert_frame_equal(of_part[columns], of_alone[columns])


@FEW
@given(ZONES)
def test_each_parcel_has_one_state_a_layer_and_findings_where_it_is_affected(rows):
    judged = assess(project(rows))
    assert not judged.layers.duplicated(["parcel_id", "layer"]).any()
    assert len(judged.layers) == len(PLOTS) * len(law().layers)
    affected = judged.layers[judged.layers["state"] == "affected"]
    met = set(zip(affected["parcel_id"], affected["layer"], strict=True))
    found = judged.findings[judged.findings["layer"] != ""]
    assert set(zip(found["parcel_id"], found["layer"], strict=True)) <= met
    assert (judged.overlaps["share"] <= 1).all()


@FEW
@given(ZONES)
def test_areas_by_outcome_add_up(rows):
    judged = assess(project(rows)).judgement
    drawn = PLOTS.area.to_numpy()[:, None]
    assert np.allclose(sum(judged.m2(f"{name}_m2") for name in OUTCOMES), drawn, rtol=1e-6)
    assert (judged.m2("largest_remaining_m2") <= judged.m2("largest_possible_m2")).all()
    assert (judged.m2("largest_possible_m2") <= drawn * (1 + 1e-6)).all()


DECISIONS = st.lists(
    st.builds(
        Decision, parcel=st.sampled_from(["A1", "A2", "A3"]), use=st.just("workshop"), rule=st.just("shallow"),
        outcome=st.sampled_from([Outcome.PERMITTED, Outcome.CONDITIONAL, Outcome.PROHIBITED]), reason=st.just("why"),
        officer=st.just("Li"), date=st.just(dt.date(2026, 7, 1)), document=st.just("letter"),
    ),
    max_size=3,
)  # fmt: skip


@FEW
@given(ZONES, DECISIONS)
def test_a_decision_lies_in_the_span_and_leaves_no_question_of_its_own(rows, decisions):
    town_ = project(rows)
    before = assess(town_).judgement
    after = assess(replace(town_, decisions=tuple(decisions))).judgement
    assert (after.least >= before.least).all()
    assert (after.most <= before.most).all()
    named = np.array([bool(causes) for causes in after.open_sets])[after.open]
    assert (named == (after.least < after.most)).all()
    for each in decisions:
        place = ["A1", "A2", "A3"].index(each.parcel)
        causes = {cause.kind for code in after.open[place] for cause in after.open_sets[code]}
        assert "officer" not in causes
