"""Each route on drawn parcels: admissible only when everything says so, and open when anything is not known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimen_routes import KNOWN, firms_town, questions, reason, route_book, standings, told, when
from specimen_texts import RULES, rule
from specimens import layer_of, square

from geo_tej.errors import RulebookError
from geo_tej.model import TransitionData
from geo_tej.rulebook.audit import difference
from geo_tej.rulebook.register import register_rows
from geo_tej.transition.told import report, schema


@pytest.fixture(scope="module")
def law(tmp_path_factory):
    return route_book(tmp_path_factory.mktemp("law") / "routes")


def test_a_route_that_nothing_speaks_against_is_admissible(law):
    worked_out = told(firms_town(law))
    assert standings(worked_out) == ["admissible"] * 3
    assert questions(worked_out) == []


@pytest.mark.parametrize(
    ("fact", "values", "expected"),
    [
        ("listed", [True, False, None], ["barred", "admissible", "open"]),
        ("beds", [10.0, 9.0, np.nan], ["conditional", "admissible", "open"]),
    ],
)
def test_each_fact_bars_sets_a_condition_or_is_asked_for(law, fact, values, expected):
    worked_out = told(firms_town(law, facts=KNOWN | {fact: values}))
    assert standings(worked_out) == expected
    assert questions(worked_out, "F3") == [("fact", fact)]


def test_one_question_is_named_where_one_settles_it(law):
    worked_out = told(firms_town(law, facts=KNOWN | {"listed": [None, True, None], "beds": [1.0, None, None]}))
    by_firm = {
        firm["id"]: next(route for route in firm["routes"] if route["route"] == "stay")
        for firm in report(worked_out, language="en")["enterprises"]
    }
    assert by_firm["F1"]["one_question"] == "listed"
    assert (by_firm["F2"]["one_question"], by_firm["F2"]["open"]) == (None, [])  # barred whatever the beds are
    assert (by_firm["F3"]["one_question"], len(by_firm["F3"]["open"])) == (None, 2)


def test_answering_the_question_settles_it(law):
    project = firms_town(law, facts=KNOWN | {"listed": [None] * 3})
    assert standings(told(project)) == ["open"] * 3
    assert standings(told(project, facts={"listed": "no"})) == ["admissible"] * 3
    assert standings(told(project, facts={"listed": "yes"})) == ["barred"] * 3


def test_a_text_that_nobody_read_permits_nothing(law):
    worked_out = told(firms_town(law))
    assert standings(worked_out, "unread") == ["open"] * 3
    assert questions(worked_out, "F1", "unread") == [("unverified", "unread")]


def test_an_unread_restriction_may_hold(law):
    worked_out = told(firms_town(law, facts=KNOWN | {"sewer": ["no", "yes", None]}))
    assert standings(worked_out, "buy") == ["open", "admissible", "open"]
    assert questions(worked_out, "F1", "buy") == [("unverified", "buy/rumour")]
    assert questions(worked_out, "F3", "buy") == [("fact", "sewer"), ("unverified", "buy/rumour")]


def test_what_is_left_to_an_authority_stays_open(law):
    worked_out = told(firms_town(law, flood=[({"class": "deep"}, square(0))]))
    assert standings(worked_out, "buy") == ["open", "admissible", "admissible"]
    assert questions(worked_out, "F1", "buy") == [("officer", "buy/deep")]


def test_ground_bars_where_it_is_met_and_is_asked_for_where_it_is_not_known(law):
    rows = [({"core": "yes", "grade": "2"}, square(0)), ({"core": "unknown", "grade": "2"}, square(100))]
    worked_out = told(firms_town(law, scenic=rows))
    assert standings(worked_out) == ["barred", "open", "admissible"]
    assert ("attribute", "core") in questions(worked_out, "F2")


@pytest.mark.parametrize("missing", ["absent", "failed", "partly surveyed"])
def test_a_layer_that_is_missing_leaves_open_what_rests_on_it(law, missing):
    scenic = {
        "absent": None,
        "failed": layer_of(law, "scenic", [], fault="unreadable"),
        "partly surveyed": layer_of(law, "scenic", [], extent=(0, 0, 150, 100)),
    }[missing]
    worked_out = told(firms_town(law, scenic=scenic))
    expected = ["admissible", "open", "open"] if missing == "partly surveyed" else ["open"] * 3
    assert standings(worked_out) == expected
    assert ("layer", "scenic") in questions(worked_out, "F3")


def test_a_layer_that_no_rule_speaks_of_is_not_clear_either(tmp_path):
    silent = "".join(f"\n[[rule]]{text}" for text in RULES.split("\n[[rule]]")[1:] if 'layer = "flood"' not in text)
    book = route_book(tmp_path / "silent", rules=silent)
    assert standings(told(firms_town(book, flood=[])), "buy") == ["open"] * 3
    assert questions(told(firms_town(book, flood=[])), "F1", "buy") == [("layer", "flood")]


def test_a_route_is_only_as_good_as_the_uses_on_the_ground(law, tmp_path):
    no_plan = told(firms_town(law, zoning=[({"class": "mixed"}, square(0))]))
    assert standings(no_plan) == ["admissible", "open", "open"]
    barred = rule("no-shop", layer='"scenic"', where='{ grade = ["2"] }', uses='["shop"]', binds='"parcel"')
    book = route_book(tmp_path / "barred", rules=RULES + barred)
    worked_out = told(firms_town(book, scenic=[({"grade": "2", "core": "no"}, square(100))]))
    assert standings(worked_out) == ["admissible", "barred", "admissible"]


def test_what_a_use_waits_for_the_route_waits_for_too(tmp_path):
    maybe = rule("maybe", layer='"scenic"', where='{ grade = ["1"] }', uses='["shop"]', binds='"parcel"')
    book = route_book(tmp_path / "maybe", rules=RULES + maybe)
    worked_out = told(firms_town(book, scenic=[({"grade": "unknown", "core": "no"}, square(0))]))
    assert standings(worked_out) == ["open", "admissible", "admissible"]
    assert questions(worked_out) == [("attribute", "grade")]
    (judged,) = [each for each in worked_out.routes if each.route.id == "stay"]
    assert {question.use for question in judged.open[0]} == {"shop"}


def test_a_use_that_the_route_does_not_carry_cannot_come_by_it(law):
    worked_out = told(firms_town(law), uses=["hotel"])
    assert standings(worked_out) == ["barred"] * 3
    assert standings(worked_out, "buy") == ["admissible"] * 3


def test_relocation_is_conditional_at_best_and_open_without_a_word_on_quota(law):
    assert standings(told(firms_town(law)), "move") == ["conditional"] * 3
    silent = told(firms_town(law, data=TransitionData()))
    assert standings(silent, "move") == ["open"] * 3
    assert questions(silent, "F1", "move") == [("quota", None)]
    next_year = told(firms_town(law), on=date(2027, 1, 1))  # of which nobody has said what its quota is
    assert (standings(next_year, "move"), next_year.available_m2) == (["open"] * 3, None)


def test_relocation_is_barred_where_the_whole_quota_is_too_little(law):
    data = firms_town(law).transition
    small = replace(data, quota=(replace(data.quota[0], area_m2=5000.0),))
    links = [("F1", "A1", "owner"), ("F2", "A2", "tenant")]
    worked_out = told(firms_town(law, data=small, links=links))
    assert standings(worked_out, "move") == ["barred", "open"]
    assert questions(worked_out, "F2", "move") == [("need", None)]
    assert worked_out.needs_m2 == (10_000.0, None)


def test_a_firm_without_ground_has_every_route_open(law):
    project = firms_town(law)
    firms = pd.concat([project.enterprises, pd.DataFrame({"name": ["nowhere"]}, index=["F9"])]).rename_axis(
        "enterprise_id"
    )
    worked_out = told(replace(project, enterprises=firms))
    for judged in worked_out.routes:
        assert standings(worked_out, judged.route.id)[-1] == "open", judged.route.id
        assert ("geometry", None) in questions(worked_out, "F9", judged.route.id)
    spans = worked_out.frame[worked_out.frame["enterprise_id"] == "F9"]
    assert set(spans["at_least"]) == set(spans["at_most"]) == {"unknown"}


def test_parcels_that_part_are_told_apart(law):
    links = [("F1", "A1", "owner"), ("F1", "A2", "owner"), ("F2", "A3", "owner")]
    worked_out = told(firms_town(law, links=links, facts=KNOWN | {"listed": [True, False, None]}))
    assert standings(worked_out) == ["partly", "open"]
    (route,) = [
        each for each in report(worked_out, language="en")["enterprises"][0]["routes"] if each["route"] == "stay"
    ]
    assert route["parcels"] == {"admissible": ["A2"], "conditional": [], "open": [], "barred": ["A1"]}
    assert (route["at_least"], route["at_most"]) == ("permitted", "prohibited")


def test_facts_of_the_firm_and_of_its_place_on_the_parcel_are_heard(law):
    project = firms_town(law, facts={name: [None] * 3 for name in KNOWN})
    assert standings(told(project)) == ["open"] * 3
    firms = project.enterprises.assign(listed=[True, False, False], beds=[1.0, 1.0, 1.0])
    links = project.occupancy.assign(listed=[None, None, True])
    worked_out = told(replace(project, enterprises=firms, occupancy=links))
    assert standings(worked_out) == ["barred", "admissible", "barred"]


def test_rows_that_disagree_count_as_the_stricter_in_any_order(law):
    links = [("F1", "A1", "owner"), ("F1", "A1", "tenant"), ("F2", "A2", "owner"), ("F2", "A2", None)]
    for rows in (links, links[::-1]):
        worked_out = told(firms_town(law, links=rows))
        held = worked_out.held
        assert {firm: held.relation[held.of(n)[0]] for n, firm in enumerate(worked_out.firms)} == {
            "F1": "tenant", "F2": "",
        }  # fmt: skip
        assert worked_out.needs_m2 == (None, None)


def test_facts_for_all_are_heard_last(law):
    project = firms_town(law, facts=KNOWN | {"listed": [None, False, None]})
    everywhere = replace(project, transition=replace(project.transition, facts={"listed": True}))
    assert standings(told(everywhere)) == ["barred", "admissible", "barred"]


def test_willingness_speaks_and_decides_nothing(law):
    worked_out = told(firms_town(law, firms={"willing": [True, False, None]}))
    assert standings(worked_out) == ["admissible"] * 3
    effects = [
        [(reason["id"], reason["holds"]) for reason in firm["routes"][0]["reasons"]]
        for firm in report(worked_out, language="en")["enterprises"]
    ]
    assert effects == [
        [("willing", "yes")],
        [("unwilling", "yes")],
        [("willing", "maybe"), ("unwilling", "maybe")],
    ]


def test_approvals_are_in_order_and_once_each(law):
    worked_out = told(firms_town(law, facts=KNOWN | {"beds": [12.0, 1.0, 1.0], "listed": [False, False, True]}))
    approvals = [firm["routes"][0]["approvals"] for firm in report(worked_out, language="en")["enterprises"]]
    assert approvals == [["opinion", "permit"], ["permit"], []]
    unknown = told(firms_town(law, facts=KNOWN | {"beds": [12.0, None, 1.0], "listed": [False, False, True]}))
    first, second, _ = [firm["routes"][0] for firm in report(unknown, language="en")["enterprises"]]
    assert (first["approvals"], first["possible_approvals"]) == (["opinion", "permit"], [])
    assert second["approvals"] == ["permit"]
    assert second["possible_approvals"] == [{"approval": "opinion", "depends_on": ["beds"]}]


def test_a_route_out_of_force_is_not_told(tmp_path):
    book = route_book(tmp_path / "dated", edit={'article = "5"\n': 'article = "5"\nvalid_until = 2026-01-01\n'})
    assert "unread" not in [judged.route.id for judged in told(firms_town(book)).routes]
    assert "unread" in [judged.route.id for judged in told(firms_town(book), on=date(2025, 12, 31)).routes]


def test_a_rulebook_without_routes_tells_none(book):
    worked_out = told(firms_town(book))
    assert worked_out.routes == ()
    assert len(worked_out.frame) == 0
    assert report(worked_out, language="en")["enterprises"][0]["routes"] == []


def test_the_report_is_what_its_schema_says(law):
    links = [("F1", "A1", "owner"), ("F1", "A2", "tenant"), ("F2", "A3", "owner")]
    project = firms_town(law, links=links, facts={name: [None] * 3 for name in KNOWN})
    for language in ("zh", "en"):
        told_of = json.loads(json.dumps(report(told(project), language=language), allow_nan=False))
        jsonschema.validate(told_of, schema())
    assert [firm["id"] for firm in report(told(project), language="en", firms=["F2"])["enterprises"]] == ["F2"]


def test_the_identity_changes_with_what_the_answer_rests_on(law):
    project = firms_town(law)
    names = {
        report(told(each), language="en")["transition_id"]
        for each in (
            project,
            replace(project, transition=replace(project.transition, weights={"area": 3.0})),
            replace(project, enterprises=project.enterprises.assign(willing=[True, False, True])),
            replace(project, transition=TransitionData()),
        )
    }
    assert len(names) == 4
    assert report(told(project), language="zh")["transition_id"] in names


def test_the_whole_register_holds_the_routes(law):
    rows = {row["id"]: row for row in register_rows(law)}
    assert (rows["route/stay"]["kind"], rows["route/stay"]["ref"], rows["route/stay"]["uses"]) == (
        "route",
        "R-1",
        ["shop"],
    )
    assert rows["route/unread"]["verified"] is False
    assert [each["id"] for each in rows["route/buy"]["reasons"]] == ["deep", "rumour"]
    assert rows["term/long"]["years"] == 40


def test_the_order_of_rows_does_not_matter(law):
    facts = {"listed": [True, None, False], "beds": [1.0, 20.0, np.nan], "sewer": ["no", None, "yes"]}
    links = [("F1", "A1", "owner"), ("F2", "A2", "tenant"), ("F3", "A3", "owner"), ("F1", "A3", "tenant")]
    project = firms_town(law, facts=facts, links=links, firms={"willing": [True, None, False]})
    turned = replace(
        project,
        parcels=project.parcels.iloc[::-1],
        enterprises=project.enterprises.iloc[::-1],
        occupancy=project.occupancy.iloc[::-1].reset_index(drop=True),
    )
    key = ["enterprise_id", "route"]
    left, right = (told(each).frame.set_index(key).sort_index() for each in (project, turned))
    pd.testing.assert_frame_equal(left, right)
    ranks = [
        {worked.firms[n]: (each.best_rank, each.worst_rank) for n, each in enumerate(worked.priority)}
        for worked in (told(project), told(turned))
    ]
    assert ranks[0] == ranks[1]


TESTS = [("listed", "is = true"), ("listed", "is = false"), ("beds", "at_least = 10"), ("beds", "less_than = 10")]


@given(
    effect=st.sampled_from(["bars", "conditions", "leaves_open"]),
    test=st.sampled_from(TESTS),
    verified=st.sampled_from(["true", "false"]),
    facts=st.fixed_dictionaries(
        {
            "listed": st.lists(st.sampled_from([True, False, None]), min_size=3, max_size=3),
            "beds": st.lists(st.sampled_from([1.0, 10.0, np.nan]), min_size=3, max_size=3),
        }
    ),
)
def test_one_more_reason_never_makes_a_route_milder(tmp_path_factory, law, effect, test, verified, facts):  # noqa: PLR0913
    decider = {"decider": '"somebody"'} if effect == "leaves_open" else {}
    more = reason("more", effect, law="12", verified=verified, when=when(*test), **decider)
    stricter = route_book(
        tmp_path_factory.mktemp("more") / "law",
        edit={'\n[[route]]\nid = "unread"': more + '\n[[route]]\nid = "unread"'},
    )
    assert len(stricter.routes["stay"].reasons) == len(law.routes["stay"].reasons) + 1
    before, after = (told(firms_town(book, facts=KNOWN | facts)).routes[0] for book in (law, stricter))
    assert (after.least >= before.least).all()
    assert (after.most >= before.most).all()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('ref = "R-1"', 'reff = "R-1"', "unknown key `reff`"),
        ('uses = ["shop"]', 'uses = ["shoop"]', "use 'shoop' is not in the rulebook; did you mean shop"),
        ('source = "act"\narticle = "6"', 'source = "deed"\narticle = "6"', "route buy: source 'deed'"),
        ('approvals = ["permit"]', 'approvals = ["permitt"]', "approval 'permitt'"),
        ('fact = "listed", is = true', 'fact = "listd", is = true', "fact 'listd'"),
        ('where = { core = ["yes"] }', 'where = { core = ["perhaps"] }', "value of core 'perhaps'"),
        ('layer = "flood"', 'layer = "floods"', "layer 'floods'"),
        ('effect = "bars"', 'effect = "forbids"', "reason.0.effect"),
        ('article = "2"\nverified = true', 'article = "2"', "is law: say `source`, `article` and `verified`"),
        ('decider = "the water board"', "", "`decider` belongs to a reason that leaves_open"),
        ('actions = ["new"]\nsupplement', "supplement", "such a route must have `actions`"),
        ('id = "unread"', 'id = "stay"', "this id stands more than once"),
        ('except = ["workshop"]', 'except = ["workshop"]\nyear = 4', "unknown key `year`"),
        ('id = "beds"', 'id = "listed"', "the reason listed stands more than once"),
        ('first = true\nafter = ["gone"]', 'after = ["gone"]', "no way leads to it"),
        ('after = ["planned"]', 'after = ["plant"]', "after 'plant'"),
        ("full_at = 20000", "full_at = 0", "must differ"),
        ('fact = "area_m2"', 'fact = "aria_m2"', "fact 'aria_m2'"),
    ],
)
def test_every_fault_of_a_route_is_named(tmp_path, old, new, said):
    with pytest.raises(RulebookError) as fault:
        route_book(tmp_path / "wrong", edit={old: new})
    assert said in str(fault.value)


def test_all_faults_are_told_at_once(tmp_path):
    with pytest.raises(RulebookError, match="2 faults"):
        route_book(
            tmp_path / "wrong",
            edit={
                'source = "act"\narticle = "6"': 'source = "x"\narticle = "6"',
                'fact = "area_m2"': 'fact = "aria_m2"',
            },
        )


def test_rules_diff_tells_of_routes(law, tmp_path):
    other = route_book(tmp_path / "other", edit={"years = 40": "years = 50", 'article = "6"': 'article = "6a"'})
    rows = [(row["part"], row["id"], list(row["keys"])) for row in difference(law, other)]
    assert ("route", "buy", ["article"]) in rows
    assert ("term", "long", ["years"]) in rows
    assert len(rows) == 2
