"""Values, weights, scores, grades and plans: numbers that others published, answers by hand, and properties."""

from __future__ import annotations

import csv
import itertools
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymcdm import weights as kept_weights

from geo_tej.errors import ProgrammeError
from geo_tej.i18n import Text
from geo_tej.measure import closed
from geo_tej.siting.assign import assign
from geo_tej.siting.grading import grade, look_up, restriction_of, strictest, unclosed
from geo_tej.siting.nouns import Grading, Limits, TourismProject, Trial, ValueFunction
from geo_tej.siting.score import contributions, rank, score, stability
from geo_tej.siting.values import FAO, class_of, level_of, runs_against, value_of
from geo_tej.siting.weights import ahp, direct, entropy, hierarchy, require_consistent

PUBLISHED = Path(__file__).parent / "published"
SAID = json.loads((PUBLISHED / "suitability.json").read_text(encoding="utf-8"))
WORDS = Text("", "")


def rows_of(name):
    with (PUBLISHED / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def matrix(rows):
    return [[float(Fraction(each)) for each in row] for row in rows]


@pytest.mark.parametrize("method", ["eigenvector", "geometric_mean", "column_mean"])
def test_a_published_comparison_in_pairs(method):
    weights, consistency = ahp(matrix(SAID["ahp"]["matrix"]), method=method)
    assert weights.round(6).tolist() == SAID["ahp"][method]
    assert round(consistency.lambda_max, 5) == SAID["ahp"]["lambda_max"]
    assert round(consistency.index, 6) == SAID["ahp"]["ci"]
    assert round(consistency.ratio, 6) == SAID["ahp"]["cr"]


def test_a_matrix_that_contradicts_itself_is_refused_by_its_worst_pair():
    pairs = matrix(SAID["ahp"]["contradicts_itself"])
    assert round(ahp(pairs)[1].ratio, 4) == SAID["ahp"]["its_cr"]
    with pytest.raises(ProgrammeError, match=r"6\.130, above 0\.1; compare slope and view again: 9 was said"):
        require_consistent(pairs, ["slope", "view", "road"])


def test_the_worst_pair_is_the_one_that_was_changed():
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    pairs = weights[:, None] / weights
    pairs[1, 3], pairs[3, 1] = 1 / 9, 9
    with pytest.raises(ProgrammeError, match=r"compare b and d again: 1/9 was said, all comparisons"):
        require_consistent(pairs, list("abcd"))


@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=9))
def test_a_consistent_matrix_gives_back_its_weights(given_weights):
    weights = np.array(given_weights) / sum(given_weights)
    found, consistency = ahp(weights[:, None] / weights)
    assert np.allclose(found, weights)
    assert consistency.ratio < 1e-9


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([[1, 3], [0.5, 1]], "1 against 2 is 3, the other way round 0.5, which is not its reciprocal"),
        ([[2, 3], [1 / 3, 1]], "1 against itself is 2, not 1"),
        ([[1, 3]], "not square"),
        ([[1, -3], [-1 / 3, 1]], "not above 0"),
        (np.ones((16, 16)).tolist(), "16 criteria are too many"),
    ],
)
def test_what_is_no_comparison_in_pairs_is_refused(pairs, told):
    with pytest.raises(ProgrammeError, match=told):
        ahp(pairs)


def test_the_published_leaves_add_up_to_their_parents_and_to_one():
    rows = rows_of("qinghai_lake_weights.csv")
    leaves = [(row["indicator"], row["parent"], float(row["weight"])) for row in rows]
    assert hierarchy(leaves) == pytest.approx({name: weight for name, _, weight in leaves})
    parents = [(name, "", weight) for name, weight in SAID["qinghai_lake"]["c"].items()]
    assert len(hierarchy(parents + leaves)) == 28


def test_published_weights_that_contradict_their_hierarchy_are_refused_all_at_once():
    said = SAID["qinghai_lake"]
    above = {name: parent for parent, below in said["under"].items() for name in below}
    rows = [(name, "", weight) for name, weight in said["b"].items()]
    rows += [(name, above[name], weight) for name, weight in said["c"].items()]
    with pytest.raises(ProgrammeError) as refused:
        hierarchy(rows)
    for told in ("B1 weighs 0.612, what stands under it adds up to 0.496", "B2 weighs 0.251", "B3 weighs 0.137"):
        assert told in str(refused.value)


def test_published_ranks_of_weights_are_those_of_the_numbers():
    rows = rows_of("qinghai_lake_weights.csv")
    ranks = rank(pd.Series([float(row["weight"]) for row in rows]))
    printed = pd.Series([int(row["published_rank"]) for row in rows])
    last = ranks + ranks.map(ranks.value_counts()) - 1  # the print breaks ties, each within the places that tie
    assert ((ranks <= printed) & (printed <= last)).all()


def test_published_ranks_and_grades_of_79_sites():
    rows = rows_of("qinghai_lake_scores.csv")
    scores = pd.Series([float(row["score_published"]) for row in rows])
    printed = pd.Series([int(row["rank_published"]) for row in rows])
    ranks = rank(scores)
    assert len(rows) == 79
    assert ((ranks <= printed) & (printed < ranks + ranks.map(ranks.value_counts()))).all()
    cuts = ValueFunction(
        kind="classes", breaks=tuple(SAID["qinghai_lake"]["cuts"]), values=(0, 0.25, 0.5, 0.75, 1),
        classes=tuple(SAID["qinghai_lake"]["grades"]),
    )  # fmt: skip
    grades = class_of(cuts, scores.to_numpy())
    assert grades == [row["grade_published"] for row in rows]
    assert pd.Series(grades).value_counts().to_dict() == SAID["qinghai_lake"]["grades"]


def test_published_slope_scores():
    said = SAID["national_2017"]
    function = ValueFunction(kind="steps", breaks=tuple(said["breaks_deg"]), values=(1, 0.8, 0.6, 0.4))
    assert (value_of(function, np.array([1, 5, 10, 20.0])) * 100).tolist() == said["scores"]


def test_the_published_table_of_restriction_and_suitability():
    said = SAID["urumqi"]
    table = Grading(restrictions=tuple(said["restrictions"]), table=tuple(map(tuple, said["table"])))
    found = [[look_up(table, name, column) for column in range(4)] for name in said["restrictions"]]
    assert found == said["table"]
    assert strictest(["弱限制", "限制", "无限制"], said["restrictions"]) == "限制"
    priority = grade(table, ["弱限制", "禁止", "限制"], pd.Series([0.6, np.nan, np.nan], index=list("abc")))
    assert priority.tolist() == [4, 1, pd.NA]


def test_published_totals_that_do_not_close_are_told_not_smoothed():
    said = SAID["urumqi"]
    ((left, right, one, other),) = unclosed({"zones": said["zones_km2"], "classes": said["classes_km2"]})
    assert (left, right, round(other - one, 2)) == ("zones", "classes", said["apart_km2"])
    assert unclosed({"zones": said["zones_km2"], "again": said["zones_km2"][::-1]}) == []


def test_published_percentages_are_closed_by_largest_remainder():
    for name, total in (("fangyan", 100), ("kaihua", 100)):
        parts = SAID["closing"]["fangyan_km2" if name == "fangyan" else "kaihua"]
        percent = closed([part / sum(parts) * 100 for part in parts])
        assert sum(percent) == pytest.approx(total)
        expected = SAID["closing"]["fangyan_percent" if name == "fangyan" else "kaihua_closed"]
        assert percent == pytest.approx(expected)
    parts, printed = SAID["urumqi"]["zones_km2"], SAID["urumqi"]["zones_percent"]
    assert max(abs(part / sum(parts) * 100 - said) for part, said in zip(parts, printed, strict=True)) < 0.011


@pytest.mark.parametrize(
    ("weights", "told"), [({"a": 0.5, "b": 0.4}, "add up to 0.9"), ({"a": 1.2, "b": -0.2}, "weight of b is -0.2")]
)
def test_direct_weights_must_be_whole(weights, told):
    with pytest.raises(ProgrammeError, match=told):
        direct(weights)


def test_a_hierarchy_that_runs_in_circles_or_twice_is_refused():
    with pytest.raises(ProgrammeError, match="under itself"):
        hierarchy([("a", "b", 0.5), ("b", "a", 0.5)])
    with pytest.raises(ProgrammeError, match="a stands twice"):
        hierarchy([("a", "", 0.5), ("a", "", 0.5)])


@given(st.integers(0, 2**32 - 1))
def test_entropy_is_the_kept_librarys_where_nothing_is_zero(seed):
    table = np.random.default_rng(seed).uniform(0.1, 1, (6, 4))
    assert np.allclose(entropy(table), kept_weights.entropy_weights(table))


def test_entropy_of_zeros_missing_and_alike():
    table = np.array([[0, 1, 0.5], [1, 1, 0.6], [np.nan, 0, 0]])
    weights = entropy(table)
    assert weights[1] == 0  # the incomplete row is left out, and the others are alike
    assert weights[0] > weights[2] > 0
    with pytest.raises(ProgrammeError, match="no criterion that tells"):
        entropy(np.ones((3, 2)))
    with pytest.raises(ProgrammeError, match="there are 1"):
        entropy(table[:1])


FUZZY = ValueFunction(kind="fuzzy", corners=(0, 10, 20, 40))


def test_fuzzy_values_straight_smooth_and_open():
    at = np.array([-1, 5, 15, 30, 41, np.nan])
    assert value_of(FUZZY, at).tolist()[:5] == [0, 0.5, 1, 0.5, 0]
    smooth = ValueFunction(kind="fuzzy", corners=(0, 10, np.inf, np.inf), smooth=True)
    assert value_of(smooth, np.array([2.5, 5, 7.5, 1000])).tolist() == [0.125, 0.5, 0.875, 1]
    edge = ValueFunction(kind="fuzzy", corners=(-np.inf, -np.inf, 10, 10))
    assert value_of(edge, np.array([10.0, 10.1])).tolist() == [1, 0]
    assert np.isnan(value_of(FUZZY, at)[5])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.sampled_from(["linear", "steps", "fuzzy"]))
def test_values_lie_between_0_and_1_and_what_is_not_known_has_none(numbers, kind):
    function = {
        "linear": ValueFunction(kind="linear", worst=100, best=-3),
        "steps": ValueFunction(kind="steps", breaks=(0, 10), values=(1, 0.3, 0)),
        "fuzzy": FUZZY,
    }[kind]
    given_numbers = np.array([*numbers, np.nan])
    before = given_numbers.copy()
    value = value_of(function, given_numbers)
    assert ((value[:-1] >= 0) & (value[:-1] <= 1)).all()
    assert np.isnan(value[-1])
    np.testing.assert_array_equal(given_numbers, before)


@pytest.mark.parametrize(
    ("direction", "function", "against"),
    [
        ("more", ValueFunction(kind="linear", worst=0, best=1), False),
        ("less", ValueFunction(kind="linear", worst=0, best=1), True),
        ("middle", FUZZY, False),
        ("more", FUZZY, True),
        ("less", ValueFunction(kind="steps", breaks=(1,), values=(1, 0)), False),
        ("more", ValueFunction(kind="steps", breaks=(1,), values=(1, 0)), True),
        ("more", ValueFunction(kind="fuzzy", corners=(0, 1, np.inf, np.inf)), False),
    ],
)
def test_a_direction_may_not_contradict_its_function(direction, function, against):
    assert runs_against(direction, function) is against


def test_classes_by_name_and_five_levels():
    function = ValueFunction(kind="classes", breaks=(2, 8, 15, 25), values=(1, 0.75, 0.5, 0.25, 0), classes=FAO)
    assert class_of(function, np.array([0, 2, 8, 15, 25, np.nan])) == ["S1", "S2", "S3", "N1", "N2", None]
    assert level_of(np.array([1, 0.6, 0.4, 0.2, 0.19])).tolist() == [0, 1, 2, 3, 4]


VALUES = pd.DataFrame(
    {"slope": [1, 0.5, 0.2, 0.5, np.nan], "view": [0.3, 0.6, 0.9, 0.6, 1]}, index=list("vwxyz"), dtype=float
)
WEIGHTS = {"slope": 0.4, "view": 0.6}


def test_scores_by_hand_ties_and_missing():
    table = score(VALUES, WEIGHTS)
    assert table["score"].round(9).tolist()[:4] == [0.58, 0.56, 0.62, 0.56]
    assert table["rank"].tolist() == [2, 3, 1, 3, pd.NA]
    assert table["tied"].tolist() == [False, True, False, True, False]
    assert table.loc["z", ["score_from", "score_to", "missing"]].tolist() == [0.6, 1.0, "slope"]
    assert np.isnan(table.loc["z", "score"])  # a missing criterion is never zero
    assert score(VALUES, {"view": 1.0}).loc["z", "rank"] == 1  # what does not count is not missed


def test_topsis_and_vikor_by_their_formulas():
    table = score(VALUES, WEIGHTS).loc[list("vwxy")]
    weighed = VALUES.loc[list("vwxy")].to_numpy() * [0.4, 0.6]
    good, bad = weighed.max(axis=0), weighed.min(axis=0)
    far, near = (np.sqrt(((weighed - end) ** 2).sum(axis=1)) for end in (good, bad))
    assert np.allclose(table["topsis"], near / (near + far))
    loss = (good - weighed) / (good - bad) * [0.4, 0.6]
    total, worst = loss.sum(axis=1), loss.max(axis=1)
    expected = (total - total.min()) / np.ptp(total) / 2 + (worst - worst.min()) / np.ptp(worst) / 2
    assert np.allclose(table["vikor"], expected)
    assert table["vikor_rank"].min() == 1


def test_alike_single_and_no_candidates_are_scored_too():
    assert score(VALUES.loc[["w", "y"]], WEIGHTS)["rank"].tolist() == [1, 1]
    assert score(VALUES.loc[["w"]], WEIGHTS)["vikor_rank"].tolist() == [1]
    empty = score(VALUES[:0], WEIGHTS)
    assert len(empty) == 0
    assert len(stability(VALUES[:0], WEIGHTS, Trial())) == 0


def test_contributions_add_up_to_the_score():
    adds = contributions(VALUES, WEIGHTS)
    assert np.allclose(adds.sum(axis=1, skipna=False)[:4], score(VALUES, WEIGHTS)["score"][:4])
    assert np.isnan(adds.loc["z", "slope"])


def test_stability_is_seeded_and_right_at_its_ends():
    table = stability(VALUES, WEIGHTS, Trial(draws=1000, spread=0.25, top=1, seed=7))
    assert table.equals(stability(VALUES, WEIGHTS, Trial(draws=1000, spread=0.25, top=1, seed=7)))
    assert not table.equals(stability(VALUES, WEIGHTS, Trial(draws=1000, spread=0.25, top=1, seed=8)))
    assert table["top_share"].isna().tolist() == [False] * 4 + [True]
    assert (stability(VALUES, WEIGHTS, Trial(top=4))["top_share"][:4] == 1).all()
    assert 0 < table.loc["x", "top_share"] < 1
    still = stability(VALUES, WEIGHTS, Trial(spread=1e-9))
    assert still["rank_best"].tolist()[:4] == score(VALUES, WEIGHTS)["rank"].tolist()[:4]


@given(st.integers(0, 2**32 - 1))
def test_ranks_do_not_depend_on_the_order_of_rows(seed):
    values = pd.DataFrame(np.random.default_rng(seed).integers(0, 4, (7, 2)) / 3, columns=["slope", "view"])
    shuffled = values.sample(frac=1, random_state=seed)
    left, right = score(values, WEIGHTS), score(shuffled, WEIGHTS).loc[values.index]
    for name in ("rank", "topsis_rank", "vikor_rank"):
        assert left[name].tolist() == right[name].tolist()


def project(name, least, most, **more):
    return TourismProject(id=name, title=WORDS, uses=("u",), pathway="p", least_m2=least, most_m2=most, **more)


def options(*rows):
    return pd.DataFrame(list(rows), columns=["project", "candidate", "score", "usable_m2"])


HOTEL, CAMP = project("hotel", 5000, 20_000, cost=10, cost_per_m2=1), project("camp", 3000, 8000, count=2)
PLACES = options(
    ("hotel", "A", 0.9, 12_000), ("hotel", "B", 0.5, 30_000), ("camp", "A", 0.8, 9000), ("camp", "B", 0.4, 9000),
    ("camp", "C", 0.3, 9000), ("camp", "D", 0.7, 4000),
)  # fmt: skip


def test_a_plan_takes_each_place_once_and_rivals_not_together():
    plan = assign(PLACES, [HOTEL, CAMP], Limits(), [["C", "D"]])
    assert plan.feasible
    assert plan.objective == pytest.approx(0.5 + 0.8 + 0.7)
    assert plan.places["candidate"].tolist() == ["B", "A", "D"]
    assert plan.places["cost"].tolist() == [5010, 0, 0]
    assert (plan.gap, plan.land_m2) == (0, 11_000)
    assert np.isnan(plan.one_more_hectare)


@pytest.mark.parametrize("order", [1, -1])
def test_of_plans_worth_as_much_on_the_same_places_it_is_the_cheapest(order):
    projects = [project("a", least=1000, most=1000, cost_per_m2=10), project("b", least=3000, most=3000, cost_per_m2=1)]
    table = pd.DataFrame(
        [(name, place, 0.5, 5000.0, price) for name in "ab" for place, price in (("P", 4.0), ("Q", 1.0))],
        columns=["project", "candidate", "score", "usable_m2", "price_per_m2"],
    )  # fmt: skip
    plan = assign(table[::order], projects, Limits())
    assert plan.objective == pytest.approx(1.0)
    assert plan.places[["project", "candidate"]].to_numpy().tolist() == [["a", "P"], ["b", "Q"]]
    assert plan.cost == pytest.approx(1000 * (10 + 4) + 3000 * (1 + 1))


def test_one_more_hectare_is_solved_again():
    limits = Limits(land_m2=12_000, maximise="score_hectares")
    plan = assign(PLACES, [HOTEL, CAMP], limits, [["C", "D"]])
    more = assign(PLACES, [HOTEL, CAMP], Limits(land_m2=22_000, maximise="score_hectares"), [["C", "D"]])
    assert plan.one_more_hectare == pytest.approx(more.objective - plan.objective)
    assert plan.places["area_m2"].sum() <= 12_000 + 1e-6


@pytest.mark.parametrize(
    ("limits", "blocked"),
    [
        (Limits(land_m2=10_999), ("land_m2",)),
        (Limits(budget=5009), ("budget",)),
        (Limits(land_m2=10_000, budget=5), ("land_m2", "budget")),
    ],
)
def test_what_cannot_be_is_told_by_its_limit(limits, blocked):
    plan = assign(PLACES, [HOTEL, CAMP], limits, [["C", "D"]])
    assert not plan.feasible
    assert plan.blocked_by == blocked
    assert plan.least_land_m2 == pytest.approx(11_000)
    assert plan.least_cost == pytest.approx(5010)
    assert len(plan.places) == 0


def test_too_few_places_are_told_with_how_many_fit():
    plan = assign(PLACES, [HOTEL, project("camp", 3000, 8000, count=4)], Limits(), [["C", "D"]])
    assert plan.blocked_by == ("count",)
    assert plan.most_placed == {"hotel": 0, "camp": 3} or sum(plan.most_placed.values()) == 3
    nothing = assign(PLACES[:0], [HOTEL], Limits(land_m2=1.0))
    assert (nothing.feasible, nothing.blocked_by) == (False, ("count",))


def test_only_new_land_counts_where_the_limit_says_so():
    built = PLACES.assign(new=PLACES["project"] == "hotel")
    assert assign(built, [HOTEL, CAMP], Limits(land_m2=5000, land_of="new")).feasible
    assert not assign(built, [HOTEL, CAMP], Limits(land_m2=5000)).feasible


@given(st.integers(0, 2**32 - 1))
def test_no_plan_is_better_than_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    names = ["A", "B", "C", "D"]
    wanted = [project("one", 1000, 9000, cost_per_m2=1), project("two", 2000, 9000, cost=500)]
    table = options(*[(each.id, name, float(rng.integers(1, 9)) / 10, 5000.0) for each in wanted for name in names])
    price = rng.integers(0, 3, len(names)).astype(float)
    table["price_per_m2"] = [price[names.index(name)] for name in table["candidate"]]
    budget = float(rng.integers(1000, 9000))
    value = table.set_index(["project", "candidate"])["score"]
    best = max(
        (
            value["one", left] + value["two", right]
            for left, right in itertools.permutations(names, 2)
            if 1000 * (1 + price[names.index(left)]) + 500 + 2000 * price[names.index(right)] <= budget
        ),
        default=None,
    )
    plan = assign(table, wanted, Limits(budget=budget))
    assert plan.feasible == (best is not None)
    if best is not None:
        assert plan.objective == pytest.approx(best)
        assert plan.cost <= budget + 1e-6


def test_restrictions_of_candidates():
    assert restriction_of("conditional", "province", ("prohibited", "province", "conditional")) == "province"
    assert restriction_of("conditional", "county", ("prohibited", "conditional")) == "conditional"
    assert restriction_of("open", "none", ()) == "open"
