"""Supplements by hand, the quota in the order of priority, scores and ties: and no number where anything is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimen_routes import KNOWN, firms_town, reason, route_book, told, value, when
from specimens import square

from geo_tej.i18n import Text
from geo_tej.model import Quota, Term, TransitionData
from geo_tej.transition.priority import Contribution, ranked
from geo_tej.transition.quota import claims
from geo_tej.transition.supplement import estimate, factor
from geo_tej.transition.told import report

DAY = date(2026, 1, 1)
END = date(2046, 1, 1)  # 7305 days, 20.0004 years
YEARS = 7305 / 365.2425


@pytest.fixture(scope="module")
def law(tmp_path_factory):
    return route_book(tmp_path_factory.mktemp("law") / "routes")


def estimated(law, *values, use="shop", rate=None, **changes):
    asked = {"area_m2": 1000.0, "area_is": "drawn", "scheme": "code", "code": "0601", "term_end": END} | changes
    return estimate(TransitionData(land_values=values, reduction_rate=rate), law, law.uses[use], **asked)


def test_the_difference_times_the_area(law):
    told_of = estimated(law, value(300, code="06"), value(1800, use="shop"))
    assert told_of.amount == pytest.approx((1800 - 300) * 1000)
    assert (told_of.missing, told_of.floored) == ((), False)
    assert told_of.new_years == told_of.old_years == pytest.approx(YEARS)
    assert "no_correction" in told_of.assumptions


def test_the_year_term_correction_by_hand(law):
    told_of = estimated(law, value(300, code="06", term=50), value(1800, use="shop", term=40), rate=0.06)
    left = 1 - 1.06**-YEARS
    by_hand = (1800 * left / (1 - 1.06**-40) - 300 * left / (1 - 1.06**-50)) * 1000
    assert told_of.amount == pytest.approx(by_hand)
    assert by_hand == pytest.approx(1_154_000, rel=2e-3)  # 0.7623 x 1800 - 0.7277 x 300 = 1154
    assert "correction" in told_of.assumptions


def test_the_new_use_is_capped_at_its_longest_term(law):
    short = replace(
        law,
        terms={
            "short": Term(id="short", uses=frozenset({"shop"}), years=10, source="act", article="1", verified=False)
        },
    )
    told_of = estimated(short, value(300, code="06", term=50), value(1800, use="shop", term=10), rate=0.06)
    assert (told_of.new_years, told_of.new_factor) == (10, pytest.approx(1.0))
    assert told_of.old_years == pytest.approx(YEARS)
    assert "unverified_term" in told_of.assumptions


def test_a_value_for_its_own_term_counts_whole():
    assert factor(0.06, 40, 40) == pytest.approx(1.0)
    assert factor(0.06, 20, 40) < 1 < factor(0.06, 50, 40)


def test_a_negative_difference_is_nothing_and_says_so(law):
    told_of = estimated(law, value(2000, code="06"), value(1800, use="shop"))
    assert (told_of.amount, told_of.floored) == (0.0, True)


@pytest.mark.parametrize(
    ("values", "changes", "missing"),
    [
        ([value(1800, use="shop")], {}, ("old_value",)),
        ([value(300, code="06")], {}, ("new_value",)),
        ([value(300, code="06"), value(1800, use="hotel")], {}, ("new_value",)),
        ([value(300, code="05"), value(1800, use="shop")], {}, ("old_value",)),
        ([value(300, code="06"), value(1800, use="shop")], {"scheme": "other"}, ("old_value",)),
        ([value(300, code="06"), value(1800, use="shop")], {"code": ""}, ("present_use",)),
        ([value(300, code="06"), value(1800, use="shop")], {"area_m2": None}, ("area",)),
        ([value(300, code="06"), value(1800, use="shop")], {"area_m2": 0.0}, ("area",)),
        ([value(300, code="06"), value(1800, use="shop")], {"term_end": None}, ("term_end",)),
        ([value(300, code="06"), value(1800, use="shop")], {"term_end": date(2025, 1, 1)}, ("term_over",)),
        ([value(300, code="06"), value(1800, use="shop", day=date(2025, 1, 1))], {}, ("same_date",)),
        ([value(300, code="06"), value(1800, use="workshop")], {"use": "workshop"}, ("longest_term",)),
        ([value(300, code="06"), value(1800, use="shop", term=40)], {"rate": 0.06}, ("old_value_term",)),
        ([], {"code": "", "term_end": None, "area_m2": None}, ("area", "present_use", "new_value", "term_end")),
    ],
)
def test_no_number_where_anything_is_missing(law, values, changes, missing):
    told_of = estimated(law, *values, **changes)
    assert told_of.amount is None
    assert told_of.missing == missing


def test_the_nearest_value_counts(law):
    told_of = estimated(
        law,
        value(300, code="06"),
        value(400, code="0601"),
        value(900, use="other"),
        value(1800, use="2"),
        value(1, code="0602"),
    )
    assert (told_of.old.value, told_of.new.value) == (400, 1800)  # the longest code; the use by its reference


def test_a_firm_has_a_number_only_where_each_parcel_has_one(law):
    values = (value(300, code="06"), value(1800, use="shop"), value(2000, use="hotel"))
    links = [("F1", "A1", "owner"), ("F1", "A2", "owner"), ("F2", "A2", "owner")]
    project = firms_town(law, links=links, data=TransitionData(land_values=values, currency=Text("EUR", "EUR")))

    def supplements(of):
        firms = report(told(of), language="en")["enterprises"]
        return [next(r for r in firm["routes"] if r["route"] == "swap")["supplement"] for firm in firms]

    one, two = supplements(project)
    assert (one["lowest"], one["highest"], one["currency"]) == (2 * 15_000_000, 2 * 17_000_000, "EUR")
    assert (two["lowest"], two["highest"]) == (15_000_000, 17_000_000)
    assert (one["estimated"], one["uses"]) == (4, 6)  # a workshop has no value, and that is said
    assert one["missing"] == ["the land value at the new use", "the longest term of the new use"]
    ended = replace(project, parcels=project.parcels.assign(term_end=["2046-01-01", None, "2046-01-01"]))
    one, two = supplements(ended)
    assert (one["lowest"], one["highest"], two["lowest"]) == (None, None, None)
    assert "the day on which the land right ends" in one["missing"]


def test_a_barred_route_has_no_price(law):
    values = (value(300, code="06"), value(1800, use="shop"))
    core = [({"core": "yes", "grade": "2"}, square(100))]
    worked_out = told(firms_town(law, data=TransitionData(land_values=values), scenic=core), uses=["shop"])
    (swap,) = [judged for judged in worked_out.routes if judged.route.id == "swap"]
    assert [len(worked_out.estimates(firm, swap)) for firm in range(3)] == [1, 0, 1]
    firms = report(worked_out, language="en")["enterprises"]
    prices = [next(r for r in firm["routes"] if r["route"] == "swap")["supplement"]["lowest"] for firm in firms]
    assert prices == [15_000_000, None, 15_000_000]


def test_the_registered_area_counts_where_there_is_one(law):
    values = (value(300, code="06"), value(1800, use="shop"))
    project = firms_town(law, data=TransitionData(land_values=values))
    project = replace(project, parcels=project.parcels.assign(registered_m2=[9000.0, None, 10_000.0]))
    worked_out = told(project, uses=["shop"])
    (swap,) = [judged for judged in worked_out.routes if judged.route.id == "swap"]
    sizes = [worked_out.estimates(firm, swap)[f"A{firm + 1}"][0] for firm in range(3)]
    assert [(each.area_m2, each.area_is) for each in sizes] == [
        (9000.0, "registered"), (pytest.approx(10_000.0), "drawn"), (10_000.0, "registered"),
    ]  # fmt: skip


def scored(*pairs):
    """Rank enterprises with the least and the most that their scores can be."""
    return ranked(
        [
            (Contribution(criterion="c", weight=9, at_least=low, at_most=high, missing=() if low == high else ("x",)),)
            for low, high in pairs
        ]
    )


def test_whom_the_quota_reaches():
    order = scored((9, 9), (8, 8), (7, 7), (6, 6))
    found = claims({0: 40.0, 1: 50.0, 2: 30.0, 3: 5.0}, dict.fromkeys(range(4), "chosen"), order, 100.0)
    assert [(each.firm, each.fits) for each in found] == [(0, "yes"), (1, "yes"), (2, "no"), (3, "no")]  # no overtaking


def test_ties_are_named_where_they_decide():
    order = scored((9, 9), (5, 5), (5, 5))
    found = claims({0: 40.0, 1: 50.0, 2: 50.0}, dict.fromkeys(range(3), "chosen"), order, 100.0)
    assert [(each.fits, each.rivals) for each in found] == [("yes", ()), ("open", (2,)), ("open", (1,))]
    enough = claims({0: 40.0, 1: 30.0, 2: 30.0}, dict.fromkeys(range(3), "chosen"), order, 100.0)
    assert [each.fits for each in enough] == ["yes", "yes", "yes"]


def test_a_need_or_a_score_that_is_not_known_leaves_others_open():
    order = scored((9, 9), (8, 8), (7, 7))
    unknown = claims({0: None, 1: 50.0, 2: 60.0}, dict.fromkeys(range(3), "chosen"), order, 100.0)
    assert [each.fits for each in unknown] == ["open", "open", "no"]
    spanned = claims({0: 60.0, 1: 60.0}, dict.fromkeys(range(2), "chosen"), scored((5, 9), (7, 7)), 100.0)
    assert [(each.fits, each.rivals) for each in spanned] == [("open", (1,)), ("open", (0,))]
    assert [each.fits for each in claims({0: 1.0}, {0: "chosen"}, scored((1, 1)), None)] == ["open"]


@given(
    needs=st.lists(st.sampled_from([None, 10.0, 40.0, 70.0]), min_size=2, max_size=5),
    scores=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=5, max_size=5),
)
def test_the_quota_is_never_given_twice_and_knowing_more_reverses_nothing(needs, scores):
    order = scored(*((low, low + more) for low, more in scores[: len(needs)]))
    given_needs = dict(enumerate(needs))
    found = {each.firm: each for each in claims(given_needs, dict.fromkeys(given_needs, "chosen"), order, 100.0)}
    surely = [each.need_m2 for each in found.values() if each.fits == "yes"]
    assert sum(surely) <= 100.0
    exact = scored(*((low, low) for low, _ in scores[: len(needs)]))
    settled = {n: need if need is not None else 40.0 for n, need in given_needs.items()}
    after = {each.firm: each for each in claims(settled, dict.fromkeys(settled, "chosen"), exact, 100.0)}
    for firm, each in found.items():
        if each.fits != "open":
            assert after[firm].fits == each.fits


def test_who_relocates_is_who_chose_it_or_has_no_other_way(law):
    data = TransitionData(
        quota=(
            Quota(year=2026, area_m2=15_000.0, source=Text("q", "q")),
            Quota(year=2025, area_m2=9e9, source=Text("o", "o")),
        )
    )
    firms = {"route": ["move", None, "buy"], "willing": [True, False, True]}
    worked_out = told(firms_town(law, firms=firms, data=data))
    assert worked_out.available_m2 == 15_000.0  # the quota of other years is not counted
    assert [(worked_out.firms[each.firm], each.why, each.fits) for each in worked_out.claims] == [
        ("F1", "chosen", "yes")
    ]
    told_of = report(worked_out, language="en")["quota"]
    assert (told_of["needed_m2"], told_of["short_m2"]) == (10_000.0, 0.0)
    assert [entry["counted"] for entry in told_of["entries"]] == [True, False]


def test_with_every_other_way_barred_a_firm_must_relocate(tmp_path):
    bars = reason("x", "bars", law="1", when=when("listed", "is = true"))
    edit = {
        'article = "5"\nverified = false\n': 'article = "5"\nverified = false\n' + bars,
        'article = "6"\nverified = true\n': 'article = "6"\nverified = true\n' + bars,
        'article = "9"\nverified = true\n': 'article = "9"\nverified = true\n' + bars,
    }
    book = route_book(tmp_path / "barred", edit=edit)
    worked_out = told(firms_town(book, facts=KNOWN | {"listed": [True, False, None]}))
    assert [(worked_out.firms[each.firm], each.why) for each in worked_out.claims] == [("F1", "only_way")]


def test_a_stated_need_counts_before_the_ground(law):
    links = [("F1", "A1", "owner"), ("F2", "A2", "tenant"), ("F3", "A3", "tenant")]
    worked_out = told(firms_town(law, links=links, firms={"relocation_m2": [None, "4000", None]}))
    assert worked_out.needs_m2 == (pytest.approx(10_000.0), 4000.0, None)


def test_scores_are_the_weighted_sum_and_say_what_is_missing(law):
    project = firms_town(law, firms={"willing": [True, False, None]})
    firms = report(told(project), language="en")["enterprises"]
    spans = [(firm["priority"]["at_least"], firm["priority"]["at_most"]) for firm in firms]
    assert spans == [(2.5, 2.5), (0.5, 0.5), (0.5, 2.5)]  # 2 where willing, half a point for 1 of 2 ha
    ranks = [(firm["priority"]["best_rank"], firm["priority"]["worst_rank"]) for firm in firms]
    assert ranks == [(1, 1), (2, 3), (1, 2)]
    assert firms[2]["priority"]["contributions"][0]["missing"] == ["willing"]
    weighted = replace(project, transition=replace(project.transition, weights={"area": 4.0, "willing": 0.0}))
    assert [each.at_least for each in told(weighted).priority] == [2.0, 2.0, 2.0]


def test_ties_name_each_other(law):
    worked_out = told(firms_town(law))
    assert [each.tied for each in worked_out.priority] == [(1, 2), (0, 2), (0, 1)]
    assert {(each.best_rank, each.worst_rank) for each in worked_out.priority} == {(1, 1)}


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=6))
def test_ranks_hold_whatever_the_missing_values_turn_out_to_be(pairs):
    order = scored(*((low, low + more) for low, more in pairs))
    rng = np.random.default_rng(len(pairs))
    for _ in range(5):
        true = [low + rng.integers(0, more + 1) for low, more in pairs]
        for place, each in enumerate(order):
            rank = 1 + sum(other > true[place] for other in true)
            assert each.best_rank <= rank <= each.worst_rank
