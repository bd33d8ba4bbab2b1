"""The rulebook zhejiang-scenic: every row of its register is law or is listed with a reason, and its traps hold."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import shapely
from specimens import EAST, NORTH, WHOLE, box, layer_of, parcels, plane, square, town, write_frame

from geo_tej import read_project
from geo_tej.errors import GeoTejError
from geo_tej.io.signed import sign_off
from geo_tej.model import Action, Outcome
from geo_tej.rulebook import bundled, read_rulebook
from geo_tej.rulebook.register import register_rows
from geo_tej.verdict import assess, explain
from geo_tej.verdict.words import zone_words

PERMITTED, CONDITIONAL, PROHIBITED = Outcome.PERMITTED, Outcome.CONDITIONAL, Outcome.PROHIBITED
SCHEME_2023, SCHEME_21010 = "用地用海2023", "GB/T 21010-2017"
FOLDER = bundled()["zhejiang-scenic"]
SIGNED = Path(__file__).parents[1] / "layers" / "signoffs.csv"
TOLD = {
    "building_legal": "yes", "sewage_to": "outside", "soil_listed": "no", "soil_key_unit": "no",
    "scenic_plan_approved": "yes", "project_approval": "lower", "ropeway": "no", "temporary_building": "no",
    "liquid_ammonia": "no", "road_access": "no", "relation": "owner",
    "land_right": "granted", "present_use": "industry",
}  # fmt: skip
"""What is known of the site unless a test says otherwise."""

FACILITIES = """
索道等 XKP, 机动车道、停车场 KPR, 游船码头 PPP, 栈道 PPN, 土路 PPP, 石砌步道 PPP,
其他铺装 PPP, 游览车停靠站 PPP, 饮食点 KPP, 野餐点 KPP, 一般餐厅 XPR, 中级餐厅 XXP,
高级餐厅 XXP, 野营点 XPP, 家庭客栈 XKP, 一般旅馆 XXP, 中级旅馆 XXP, 高级旅馆 XXP,
展览馆 PPP, 解说设施 RRR, 咨询中心 KPR, 商摊、小卖部 KPP, 商店 XPP, 银行 XXP,
卫生救护站 PPR, 医院 XXP, 疗养院 XXP, 行政管理设施 KPR, 景点保护设施 RRR, 游客监控设施 RRR,
环境监控设施 RRR, 风雨亭 PPP, 休息椅凳 RRR, 景观小品 PPP, 邮电所 KPP, 多媒体信息亭 PPP,
夜景照明设施 XKP, 应急供电设施 PPP, 给水设施 PPR, 排水管网 PPR, 垃圾站 XPR, 公厕 RRR,
防火通道 PRR, 消防站 XPR, 科教、纪念类设施 PPP, 节庆、乡土类设施 XPP, 宗教设施 KKP, 水库 XKK
"""

REGISTER = {
    "scenic_rules": [f"SC-{number:02}" for number in range(1, 43)],
    "control_layers": [f"CL-{number:03}" for number in range(1, 54)],
    "setbacks": [
        *(f"HWY-{number}" for number in range(1, 12)),
        *(f"RAIL-{number}{letter}" for number in range(1, 5) for letter in "ab"), "RAIL-5", "RAIL-6",
        *(f"PWR-{number}" for number in range(1, 9)), "PIPE-1", "PIPE-2",
        *(f"RIV-{number}" for number in range(1, 7)), *(f"DIKE-{number}" for number in range(1, 5)),
        *(f"RES-{number}" for number in range(1, 4)), "HYD-1", "TUN-1",
        *(f"WAT-{number}" for number in range(1, 6)), "RD-T1",
    ],
    "permits": [f"PM-{number:02}" for number in range(1, 26)],
    "use_catalogue": [f"U{number:02}" for number in range(1, 41)],
    "facility_matrix": [row.strip().rpartition(" ")[0] for row in FACILITIES.replace("\n", " ").split(", ")],
}  # fmt: skip
SIZES = {"scenic_rules": 42, "control_layers": 53, "setbacks": 52, "permits": 25, "use_catalogue": 40,
         "facility_matrix": 48}  # fmt: skip

DISTANCES = {
    "HWY-1": {20}, "HWY-2": {15}, "HWY-3": {10}, "HWY-4": {5}, "HWY-5": {30}, "HWY-6": {3}, "HWY-7": {70, 65},
    "HWY-8": {30, 25}, "HWY-9": {100, 200}, "RAIL-1a": {10}, "RAIL-1b": {8}, "RAIL-2a": {12}, "RAIL-2b": {10},
    "RAIL-3a": {15}, "RAIL-3b": {12}, "RAIL-4a": {20}, "RAIL-4b": {15}, "RAIL-5": {200}, "PWR-1": {5}, "PWR-2": {10},
    "PWR-3": {15}, "PWR-4": {20}, "PWR-5": {25}, "PWR-6": {30}, "PWR-7": {0.75}, "PWR-8": {100, 50}, "PIPE-1": {5},
    "RIV-1": {None, 20, 10, 5}, "RIV-2": {5}, "RIV-3": {7}, "RIV-4": {2}, "RIV-5": {None},
    "DIKE-1": {20, 30}, "DIKE-2": {10, 20}, "DIKE-3": {5, 10},
    "DIKE-4": {23, 13, 8, 40, 30, 20}, "RES-1": {None}, "RES-2": {50, 100}, "RES-3": {100, 300}, "HYD-1": {20},
    "TUN-1": {15}, "RD-T1": {30},
}  # fmt: skip
"""From the register; 7 and 8 add the control zone's own width to 50 m and 20 m; strips lo to hi have both."""


@pytest.fixture(scope="session")
def law():
    """The rulebook where somebody has read the plan's table of uses, as in the sample town."""
    faults = []
    book = sign_off(read_rulebook("zhejiang-scenic"), SIGNED, faults)
    assert not faults
    return book


@pytest.fixture(scope="session")
def listed():
    with (FOLDER / "not-encoded.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def ask(law):
    """Ask one question of a parcel of 1 ha under the town's plan (hotel land), all else not there."""

    def asked(  # noqa: PLR0913  a question has these parts
        use, pathway, plot=None, *, code="090104", scheme=SCHEME_2023, on=None, facts=None, **layers
    ):
        layers = {"plan_town": [({"code": code, "scheme": scheme}, box(*WHOLE))]} | layers
        plots = parcels(square() if plot is None else plot)
        known = TOLD | (facts or {})
        known = {name: value for name, value in known.items() if value is not None}
        assessment = assess(town(law, plots, **layers), uses=[use], pathways=[pathway], facts=known, on=on)
        return explain(assessment, "A1", use, pathway)

    return asked


def everywhere(**attributes):
    """Make a zone over all of the town."""
    return [(attributes, box(*WHOLE))]


def scenic(grade="3", core="no", detailed_plan="no"):
    return {"scenic": everywhere(grade=grade, core=core, detailed_plan=detailed_plan, function_zone="发展控制区")}


def span(told):
    return told.at_least, told.at_most


def refs(told, *, sure=True):
    return {reason.rule.ref for reason in told.reasons if reason.holds or not sure}


def barring(told):
    """Return the references of what surely prohibits."""
    return {r.rule.ref for r in told.reasons if r.holds and r.rule.verified and r.rule.outcome == PROHIBITED}


def causes(told):
    return {(cause.kind, cause.name) for cause in told.causes}


def signed(told):
    return {permit.id for permit in told.permits}


# The register


def test_the_register_has_as_many_rows_as_its_tables():
    assert {table: len(set(rows)) for table, rows in REGISTER.items()} == SIZES


def test_every_row_of_the_register_is_law_or_is_listed_with_a_reason(law, listed):
    served = {row.name for row in law.matrix_rows if row.cells and row.uses}
    encoded = {rule.ref for rule in law.rules} | set(law.permits) | {use.ref for use in law.uses.values()} | served
    away = [row["ref"] for row in listed]
    assert len(away) == len(set(away))
    assert not encoded & set(away)
    assert set(chain(*REGISTER.values())) <= encoded | set(away)
    for row in listed:
        assert row["ref"] in REGISTER[row["source_table"]]
        assert all(row[column] for column in ("title_zh", "title_en", "reason_zh", "reason_en")), row["ref"]
    for table, count in Counter(row["source_table"] for row in listed).items():
        assert count <= SIZES[table] / 4, table


def test_a_program_finds_every_row_of_the_register_by_its_ref(law):
    rows = register_rows(law)
    kinds = {row["ref"]: row["kind"] for row in rows}
    assert set(chain(*REGISTER.values())) <= set(kinds)
    assert len({row["id"] for row in rows}) == len(rows)
    assert all({"verified", "valid_from", "valid_until", "source", "article"} <= set(row) for row in rows)
    assert (kinds["SC-06"], kinds["SC-11"], kinds["U01"], kinds["公厕"]) == ("zone", "not_encoded", "use", "matrix_row")
    assert {row["tertiary"] for row in rows if row["kind"] == "use"} == {True, None}
    permits = [row for row in rows if row["kind"] == "permit"]
    assert {row["ref"] for row in permits} >= set(REGISTER["permits"])
    assert all(row["triggered_by"] and row["level"] for row in permits)
    codes = [(row["scheme"], row["code"]) for row in rows if row["kind"] == "code"]
    assert (len(codes), len(set(codes))) == (324, 324)
    assert sum(row["kind"] == "code_mapping" for row in rows) == 128
    before, since = (
        {row["id"] for row in register_rows(law, on=day)} for day in (dt.date(2025, 2, 28), dt.date(2025, 3, 1))
    )
    assert "heritage-control" in since - before
    assert "heritage-control-before-2025" in before - since


def test_every_rule_is_heard_on_ground_drawn_for_it(law):
    """Each rule has a parcel of its own, 1 km from the next, with the zone, object and facts that it asks for."""
    rules = [rule for rule in law.rules if rule.kind in ("zone", "setback", "fact")]
    plots, facts, drawn = [], [], {}
    for number, rule in enumerate(rules):
        row, column = divmod(number, 20)
        west, south = column * 1000, row * 1000
        plots.append(square(west, south))
        facts.append(_met(rule))
        zone = {attribute: values[0] for attribute, values in rule.where.items()}
        if rule.layer == "plan_scenic":
            drawn.setdefault("scenic", []).append(({"detailed_plan": "yes"}, square(west, south)))
        if rule.kind == "zone":
            drawn.setdefault(rule.layer, []).append((zone, square(west, south)))
        elif rule.kind == "setback":
            gap = rule.distance_m / 2
            drawn.setdefault(rule.layer, []).append((zone, box(west - gap - 5, south, west - gap, south + 100)))
    names = {name for known in facts for name in known}
    columns = {name: [known.get(name) for known in facts] for name in names}
    near = {rule.layer for rule in rules if rule.kind == "setback"}
    layers = {
        name: layer_of(law, name, rows, role="objects" if name in near else "zones", extent=None)
        for name, rows in drawn.items()
    }
    for day in (dt.date(2026, 6, 30), dt.date(2024, 6, 30)):
        heard = assess(town(law, parcels(*plots, **columns), **layers), on=day).findings
        pairs = set(zip(heard["parcel_id"], heard["rule"], strict=True))
        lost = [
            rule.id
            for number, rule in enumerate(rules, 1)
            if rule.holds_on(day) and (f"A{number}", rule.id) not in pairs
        ]
        assert lost == [], day
    assert all(any(rule.holds_on(day) for day in (dt.date(2026, 6, 30), dt.date(2024, 6, 30))) for rule in rules)


def test_no_rule_is_heard_where_its_zone_only_touches_or_lies_at_its_very_distance(law):
    """Zones lie along a parcel's edge and objects as far from it as the law says; beside the next they reach 1 cm more.

    What a plan takes from the town's inside its own range needs that range drawn, and is left to its own test.
    """
    rules = [rule for rule in law.rules if rule.kind in ("zone", "setback") and rule.layer != "plan_scenic"]
    plots, facts, drawn = [], [], {}
    for number, rule in enumerate(rules):
        west, south = number % 20 * 3000, number // 20 * 1000
        zone = {attribute: values[0] for attribute, values in rule.where.items()}
        for corner, more in [(west, 0), (west + 1500, 0.01)]:
            edge = corner - (rule.distance_m or 0) + more
            plots.append(square(corner, south))
            facts.append(_met(rule))
            drawn.setdefault(rule.layer, []).append((zone, box(edge - 5, south, edge, south + 100)))
    names = {name for known in facts for name in known}
    near = {rule.layer for rule in rules if rule.kind == "setback"}
    layers = {
        name: layer_of(law, name, rows, role="objects" if name in near else "zones", extent=None)
        for name, rows in drawn.items()
    }
    project = town(law, parcels(*plots, **{name: [known.get(name) for known in facts] for name in names}), **layers)
    for day in (dt.date(2026, 6, 30), dt.date(2024, 6, 30)):
        heard = assess(project, on=day).findings
        pairs = set(zip(heard["parcel_id"], heard["rule"], strict=True))
        found = {
            rule.id: tuple((f"A{2 * number + nth}", rule.id) in pairs for nth in (1, 2))
            for number, rule in enumerate(rules)
            if rule.holds_on(day)
        }
        assert {name: each for name, each in found.items() if each != (False, True)} == {}, day


def _met(rule):
    """Return facts with which a rule applies."""
    known = {test.fact: test.value for test in rule.when.tests} if rule.when else {}
    return {name: value[0] if isinstance(value, tuple) else value for name, value in known.items() if name != "area_m2"}


def test_no_rule_cites_a_row_that_the_register_does_not_have(law):
    assert {rule.ref for rule in law.rules} - {"FM"} <= set(chain(*REGISTER.values()))


def test_the_facility_table_is_the_registers(law):
    with (FOLDER / "facility.csv").open(encoding="utf-8", newline="") as file:
        shipped = {row["facility"]: "".join(row[grade] or "N" for grade in "123") for row in csv.DictReader(file)}
    rows = [row.rpartition(" ") for row in FACILITIES.replace("\n", " ").strip().split(", ")]
    assert len(rows) == 48
    assert shipped == {name.strip(): symbols for name, _, symbols in rows}
    cells = [rule for rule in law.rules if rule.ref == "FM"]
    assert cells
    assert not any(rule.verified for rule in cells)


def test_the_facility_table_is_silent_on_most_uses_and_says_which_rows_do_not_meet(law):
    spoken = set(chain(*(rule.uses for rule in law.rules if rule.ref == "FM")))
    assert len(spoken) < len(law.uses) / 2
    for row in ("博物馆", "游乐场", "体育训练", "居民住宅"):
        assert any(row in note and "does not exist" in note for note in law.notes)
    absent = {row.name: row.uses for row in law.matrix_rows if not row.cells}
    assert absent == {
        "博物馆": {"museum"}, "游乐场": {"amusement-park"}, "体育训练": {"sports"}, "居民住宅": {"housing"}
    }  # fmt: skip
    assert any("消防站" in note and "no use" in note for note in law.notes)


def test_every_sign_off_is_triggered_by_some_rule(law):
    assert set(law.permits) == set(chain(*(rule.approvals for rule in law.rules)))


def test_distances_are_the_registers(law):
    found = {}
    for rule in law.rules:
        if rule.ref in REGISTER["setbacks"]:
            found.setdefault(rule.ref, set()).add(rule.distance_m)
    assert found == DISTANCES


def test_what_the_register_marks_unverified_decides_nothing(law):
    doubtful = {"SC-36", "SC-37", "SC-38", "SC-39", "CL-001", "CL-044", "CL-045", "PWR-5", "PWR-6", "PM-07", "FM"}
    assert {rule.ref for rule in law.rules if rule.verified}.isdisjoint(doubtful)


# 2.2 Scenic area


def test_a_new_hotel_in_the_core_is_prohibited_by_both_regulations(ask):
    told = ask("tourist-hotel", "new_build", **scenic("1", "yes"))
    assert span(told) == (PROHIBITED, PROHIBITED)
    assert barring(told) == {"SC-06", "SC-20"}


@pytest.mark.parametrize(
    ("use", "code"),
    [("tourist-hotel", "090104"), ("homestay", "090104"), ("sanatorium", "0806"), ("vocational-training", "080405")],
)
def test_a_building_reused_in_the_core_is_a_human_decision_and_never_permitted(ask, use, code):
    told = ask(use, "keep_building", code=code, **scenic("3", "yes"))
    assert span(told) == (CONDITIONAL, PROHIBITED)
    assert ("officer", "core-reuse") in causes(told)


def test_a_camp_in_the_core_is_lodging_that_plans_may_not_place(ask):
    told = ask("camp-site", "new_build", **scenic("3", "yes"))
    assert told.at_least >= CONDITIONAL
    assert ("officer", "core-lodging") in causes(told)


def test_zhejiang_names_new_and_enlarge_only(law):
    rules = [rule for rule in law.rules if rule.ref == "SC-20"]
    barred = {rule.actions for rule in rules if rule.outcome == PROHIBITED}
    assert barred == {frozenset({Action.NEW, Action.ENLARGE})}
    assert all(rule.could_be == PROHIBITED and rule.decider for rule in rules if rule.outcome != PROHIBITED)


def test_grade_core_detailed_plan_and_function_zone_are_four_facts(law, ask):
    assert set(law.layers["scenic"].attributes) == {"grade", "core", "detailed_plan", "function_zone"}
    told = ask("tourist-hotel", "new_build", **scenic("1", "no"))  # grade 1 that is not core
    assert barring(told) == set()
    assert told.at_most == PROHIBITED
    assert {kind for kind, _ in causes(told)} == {"unverified"}
    assert "SC-06" in barring(ask("tourist-hotel", "new_build", **scenic("3", "yes")))


def test_an_unknown_grade_keeps_both_branches(ask):
    unknown = ask("wholesale-market", "new_build", code="090102", **scenic("unknown"))
    assert ("attribute", "grade") in causes(unknown)
    said = {reason.rule.where["grade"] for reason in unknown.reasons if "grade" in reason.rule.where}
    assert {("1",), ("3",), ("outer",)} <= said
    assert not any(reason.holds for reason in unknown.reasons if "grade" in reason.rule.where)
    branches = [ask("wholesale-market", "new_build", code="090102", **scenic(grade)) for grade in ("1", "3", "outer")]
    assert unknown.at_least <= min(told.at_least for told in branches)
    assert unknown.at_most >= max(told.at_most for told in branches)


def test_the_review_reaches_the_scenic_area_and_not_its_outer_belt(ask):
    inside = ask("museum", "new_build", code="080301", **scenic("3"))
    assert {"SC-07", "SC-24"} <= refs(inside)
    assert "PM-15" in signed(inside)
    belt = ask("museum", "new_build", code="080301", **scenic("outer"))
    assert {ref for ref in refs(belt, sure=False) if ref.startswith("SC")} == {"SC-16"}
    assert "PM-15" not in signed(belt)
    assert span(belt) == (CONDITIONAL, CONDITIONAL)


def test_the_ban_on_polluting_industry_reaches_the_outer_belt_but_not_what_stands(ask):
    built = ask("vehicle-repair", "new_build", code="1001", **scenic("outer"))
    assert ("officer", "polluting-industry") in causes(built)
    standing = ask("vehicle-repair", "keep_building", code="1001", **scenic("outer"))
    assert "SC-21" not in refs(standing, sure=False)


def test_the_detailed_plan_replaces_the_towns_plan_inside_its_range(ask):
    inside = ask("museum", "new_build", code="080301", **scenic("3", detailed_plan="yes"))
    outside = ask("museum", "new_build", code="080301", **scenic("3", detailed_plan="no"))
    assert "SC-14" in refs(inside)
    assert "SC-15" not in refs(inside)
    assert "SC-15" in refs(outside)
    assert "SC-14" not in refs(outside)


def planned(code, scheme=SCHEME_2023):
    return everywhere(code=code, scheme=scheme)


@pytest.mark.parametrize("scheme", [(SCHEME_2023, "090104", "1001"), (SCHEME_21010, "0504", "0601")])
@pytest.mark.parametrize("other", ["plan_town", "plan_village"])
def test_which_plan_is_in_force_depends_on_the_place(ask, scheme, other):
    name, hotel, works = scheme
    plans = {"plan_town": [], "plan_village": []}

    def asked(detailed_plan, detailed, elsewhere):
        more = plans | {other: planned(elsewhere, name)} if elsewhere else plans
        given = {"plan_scenic": planned(detailed, name)} if detailed else {"plan_scenic": None}
        return ask("tourist-hotel", "keep_building", **more, **given, **scenic("3", detailed_plan=detailed_plan))

    assert asked("yes", hotel, "0601").at_most < PROHIBITED  # what it replaces does not speak
    assert asked("yes", hotel, None).at_most < PROHIBITED
    barred = asked("yes", works, hotel)
    assert ("base", "plan_scenic") not in {(cause.kind, cause.layer) for cause in barred.causes}
    assert barred.at_least == CONDITIONAL  # industry: for a time only
    missing = asked("yes", None, hotel)
    assert missing.at_most == PROHIBITED
    assert ("layer", "plan_scenic") in {(cause.kind, cause.layer) for cause in missing.causes}
    beyond = asked("no", works, hotel)
    assert (beyond.at_most, "PM-06" in refs(beyond)) == (CONDITIONAL, True)
    assert beyond.at_least == asked("no", None, hotel).at_least  # nobody misses it where it does not hold
    assert ("layer", "plan_scenic") not in {(cause.kind, cause.layer) for cause in asked("no", None, hotel).causes}
    unknown = asked("unknown", works, hotel)
    assert {reason.layer for reason in unknown.reasons} >= {"plan_scenic", other}


def test_the_growth_boundary_leads_to_the_village_plan_outside(ask):
    outside = {"growth_boundary": everywhere(**{"class": "outside"})}
    hotel = ask("tourist-hotel", "new_build", plan_town=[], plan_village=planned("090104"), **outside)
    assert span(hotel) == (CONDITIONAL, PROHIBITED)  # whether it is on the entry list
    assert {("officer", "outside-tourism"), ("officer", "beyond-boundary-tourism")} <= causes(hotel)
    assert "CL-011" in refs(hotel)
    store = ask("warehousing", "new_build", plan_town=[], plan_village=planned("1101"), **outside)
    assert {"CL-009", "CL-011"} <= refs(store)
    inside = ask("tourist-hotel", "new_build", growth_boundary=everywhere(**{"class": "inside"}))
    assert "CL-010" not in refs(inside, sure=False)
    unplanned = ask("tourist-hotel", "new_build", plan_town=[], plan_village=[], **outside)
    assert unplanned.at_most == PROHIBITED
    assert ("base", None) in causes(unplanned)
    earlier = ask("tourist-hotel", "new_build", plan_town=[], plan_village=planned("090104"), on=dt.date(2026, 1, 31))
    assert {reason.rule.verified for reason in earlier.reasons if reason.rule.ref == "CL-010"} == {False}


@pytest.mark.parametrize(("area", "major"), [(1000, True), (999.994, False), (999.996, True)])
def test_a_parcel_that_is_said_to_have_1000_m2_has_them(ask, area, major):
    """Drawn with sides of 31.6227766 m it lacks some billionths of a square metre."""
    plot = square(side=area**0.5)
    assert plot.area != area
    told = ask("cafe", "new_build", plot, code="090103", facts={"floor_area_m2": 0}, **scenic("1", core="yes"))
    assert ("SC-34" in refs(told)) == major


@pytest.mark.parametrize(
    ("width", "floor", "major"),
    [(25.0, 0, True), (24.9, 999.99, False), (22.5, 1200, True), (22.5, 1000, True), (22.5, None, None)],
)
def test_a_major_project_in_the_core_is_land_or_floor_area_and_the_number_counts(ask, width, floor, major):
    told = ask("museum", "new_build", box(0, 0, width, 40), code="080301", facts={"floor_area_m2": floor},
               **scenic("3", "yes"))  # fmt: skip
    assert ("SC-34" in refs(told)) == ("PM-16" in signed(told)) == (told.level == 3) == bool(major)
    assert ("SC-34" in refs(told, sure=False)) == (major is not False)
    assert ("SC-25" in refs(told)) == bool(major)


@pytest.mark.parametrize(("width", "floor", "major"), [(60, 0, True), (59.9, 2999.99, False), (30, 3000, True)])
def test_a_major_project_in_the_detailed_plans_range(ask, width, floor, major):
    told = ask("museum", "new_build", box(0, 0, width, 50), code="080301", facts={"floor_area_m2": floor},
               **scenic("3", detailed_plan="yes"))  # fmt: skip
    assert ("PM-16" in signed(told)) == major


@pytest.mark.parametrize(
    ("facts", "refs_of"), [({"ropeway": "yes"}, "SC-08"), ({"project_approval": "province"}, "SC-34")]
)
def test_other_major_projects_are_so_anywhere_in_the_scenic_area(ask, facts, refs_of):
    told = ask("scenic-operation", "new_build", box(0, 0, 20, 40), facts={"floor_area_m2": 10, **facts}, **scenic("3"))
    assert refs_of in refs(told)
    assert "PM-16" in signed(told)


def test_before_the_scenic_plan_is_approved_nothing_is_built_and_one_past_its_period_counts(ask, law):
    assert "期满" in law.facts["scenic_plan_approved"].question.zh
    unbuilt = ask("museum", "new_build", code="080301", facts={"scenic_plan_approved": "no"}, **scenic("3"))
    assert barring(unbuilt) == {"SC-01"}
    silent = ask("museum", "new_build", code="080301", facts={"scenic_plan_approved": None}, **scenic("3"))
    assert causes(silent) == {("fact", "scenic_plan_approved")}
    assert span(ask("museum", "new_build", code="080301", **scenic("3"))) == (CONDITIONAL, CONDITIONAL)
    assert "SC-01" not in refs(ask("museum", "new_build", code="080301", **scenic("outer")), sure=False)


# 1.2 The facility table


def test_existing_may_stay_no_new_means_one_thing_for_reuse_and_another_for_new(ask):
    new = ask("homestay", "new_build", **scenic("2"))
    assert new.at_most == PROHIBITED
    assert any(kind == "unverified" and "/K/prohibited" in name for kind, name in causes(new))
    kept = ask("homestay", "keep_building", **scenic("2"))
    assert span(kept) == (CONDITIONAL, CONDITIONAL)
    assert {r.rule.outcome for r in kept.reasons if r.rule.ref == "FM"} == {CONDITIONAL}


def test_grades_of_restaurant_are_answered_apart(ask):
    asked = {
        kind: ask("restaurant", "new_build", code="090103", facts={"facility": kind}, **scenic("2"))
        for kind in (None, "一般餐厅", "中级餐厅", "高级餐厅")
    }
    assert span(asked["一般餐厅"]) == (CONDITIONAL, CONDITIONAL)
    assert asked["中级餐厅"].at_most == asked["高级餐厅"].at_most == PROHIBITED
    assert ("fact", "facility") in causes(asked[None])


# 3.2 Water, 3.3 heritage, hazards


def test_a_hotel_in_a_level_2_water_zone_is_open_until_it_is_known_where_the_sewage_goes(ask):
    zone = {"drinking_water": everywhere(**{"class": "level2"})}
    unknown = ask("tourist-hotel", "new_build", facts={"sewage_to": None}, **zone)
    assert span(unknown) == (CONDITIONAL, PROHIBITED)
    assert causes(unknown) == {("fact", "sewage_to")}
    inside = ask("tourist-hotel", "new_build", facts={"sewage_to": "inside"}, **zone)
    assert barring(inside) == {"CL-015", "CL-016"}
    outside = ask("tourist-hotel", "new_build", **zone)
    assert span(outside) == (CONDITIONAL, PROHIBITED)
    assert causes(outside) == {("officer", "water-2-sewered")}
    assert span(ask("tourist-hotel", "new_build", facts={"sewage_to": "none"}, **zone)) == (CONDITIONAL, CONDITIONAL)


def test_level_1_closes_what_stands_and_the_quasi_zone_does_not(ask):
    first = ask("museum", "keep_building", code="080301", drinking_water=everywhere(**{"class": "level1"}))
    assert barring(first) >= {"CL-013"}
    quasi = ask("museum", "keep_building", code="080301", drinking_water=everywhere(**{"class": "quasi"}))
    assert quasi.at_most < PROHIBITED


def test_a_rural_source_of_200_tonnes_bears_no_toilet(ask):
    told = ask("restaurant", "new_build", code="090103", drinking_water=everywhere(**{"class": "rural"}))
    assert ("officer", "water-rural") in causes(told)
    assert "CL-021" in refs(told)


def test_no_office_in_the_river_strip_but_a_pier_with_consent(ask):
    strip = {"river_strip": everywhere(**{"class": "managed"})}
    assert barring(ask("business-office", "new_build", code="0902", **strip)) == {"CL-022"}
    assert ("officer", "river-reuse") in causes(ask("business-office", "keep_building", code="0902", **strip))
    pier = ask("boating-pier", "new_build", code="1204", **strip)
    assert span(pier) == (CONDITIONAL, CONDITIONAL)
    assert "PM-23" in signed(pier)


def test_a_historic_town_bars_new_and_enlarged_building_save_public_services(ask):
    core = {"heritage": everywhere(**{"class": "town_core"})}
    assert barring(ask("retail", "new_build", code="090101", **core)) == {"CL-032"}
    assert ("officer", "town-core-rebuild") in causes(ask("retail", "redevelop", code="090101", **core))
    assert ("officer", "town-core-public") in causes(ask("clinic", "new_build", code="0806", **core))
    control = ask("retail", "new_build", code="090101", heritage=everywhere(**{"class": "town_control"}))
    assert {"CL-033", "CL-035"} <= refs(control)


@pytest.mark.parametrize(
    ("day", "span_then"),
    [(dt.date(2026, 3, 14), (PROHIBITED, PROHIBITED)), (dt.date(2026, 3, 15), (CONDITIONAL, PROHIBITED))],
)
def test_the_old_law_of_nature_reserves_ends_the_day_the_new_begins(ask, day, span_then):
    told = ask("museum", "new_build", code="080301", on=day, reserve=everywhere(**{"class": "core"}))
    assert span(told) == span_then
    assert ("unverified", "reserve-core-2026") in causes(told) or barring(told) == {"CL-042"}


def test_before_its_day_the_new_heritage_law_is_not_cited_and_the_old_one_not_forgotten(ask):
    zone = {"heritage": everywhere(**{"class": "protection"})}
    since = ask("retail", "new_build", code="090101", on=dt.date(2025, 3, 1), **zone)
    assert barring(since) == {"CL-029"}
    before = ask("retail", "new_build", code="090101", on=dt.date(2025, 2, 28), **zone)
    assert (barring(before), before.at_most) == (set(), PROHIBITED)
    assert ("unverified", "heritage-protection-before-2025") in causes(before)


@pytest.mark.parametrize(
    ("layer", "kind", "use", "pathway", "ref"),
    [
        ("drinking_water", "level1", "leisure-sightseeing", "keep_building", "CL-014"),
        ("drinking_water", "quasi", "dangerous-goods", "new_build", "CL-020"),
        ("river_strip", "managed", "cafe", "keep_building", "CL-023"),
        ("river_strip", "flood_line", "retail", "new_build", "RIV-5"),
        ("river_strip", "reservoir", "retail", "new_build", "RES-1"),
        ("redline", "一般", "tourist-hotel", "new_build", "CL-002"),
        ("redline", "一般", "museum", "new_build", "CL-003"),
        ("redline", "一般", "museum", "new_build", "CL-006"),
        ("farmland", "unknown", "car-park", "new_build", "CL-007"),
        ("geohazard", "danger", "retail", "new_build", "CL-036"),
        ("wetland", "national", "retail", "new_build", "CL-038"),
    ],
)
def test_a_control_zone_is_heard(ask, layer, kind, use, pathway, ref):  # noqa: PLR0913
    told = ask(use, pathway, code="090101", **{layer: everywhere(**{"class": kind})})
    assert ref in refs(told)


def test_inside_the_red_line_the_scenic_law_speaks_as_well(ask):
    told = ask("museum", "new_build", code="080301", redline=everywhere(**{"class": "一般"}), **scenic("3"))
    assert {"CL-003", "SC-07", "SC-24"} <= refs(told)


# 3.4 Setbacks


def objects(law, name, shape, half_width=None, **attributes):
    more = {} if half_width is None else {"half_width_m": np.array([half_width])}
    return layer_of(law, name, [(attributes, shape)], role="objects", **more)


@pytest.mark.parametrize(("edge", "hit"), [(-20.0, False), (-19.99, True)])
def test_the_setback_runs_from_the_edge_of_the_road_land_and_its_number_is_kept(law, ask, edge, hit):
    road = objects(law, "roads", box(edge - 30, -900, edge, 900), **{"class": "national"})
    told = ask("retail", "new_build", code="090101", roads=road)
    assert ("HWY-1" in refs(told)) == hit


def test_an_axis_brings_its_half_width_for_roads_and_outer_conductors(law, ask):
    line = shapely.LineString([(EAST - 25, NORTH - 900), (EAST - 25, NORTH + 900)])
    for half, hit in [(0.0, False), (5.0, False), (5.01, True)]:
        road = objects(law, "roads", line, half, **{"class": "national"})
        assert ("HWY-1" in refs(ask("retail", "new_build", code="090101", roads=road))) == hit
        wire = objects(law, "power", line, half, **{"class": "500kV"})
        assert ("PWR-4" in refs(ask("retail", "new_build", code="090101", power=wire))) == hit


@pytest.mark.parametrize(
    ("layer", "kind", "reach", "ref"),
    [
        *(("roads", name, reach, ref) for name, reach, ref in [
            ("national", 20, "HWY-1"), ("provincial", 15, "HWY-2"), ("county", 10, "HWY-3"),
            ("township", 5, "HWY-4"), ("expressway", 30, "HWY-5"), ("village", 3, "HWY-6"),
        ]),
        *(("power", name, reach, ref) for name, reach, ref in [
            ("10kV", 5, "PWR-1"), ("35kV", 10, "PWR-2"), ("110kV", 10, "PWR-2"), ("220kV", 15, "PWR-3"),
            ("500kV", 20, "PWR-4"), ("cable", 0.75, "PWR-7"),
        ]),
        ("pipeline", None, 5, "PIPE-1"), ("water_works", "bank_county", 5, "RIV-2"),
        ("water_works", "bank_flood_channel", 7, "RIV-3"), ("water_works", "bank_township", 2, "RIV-4"),
    ],
)  # fmt: skip
def test_nothing_is_built_nearer_than_the_law_says(law, ask, layer, kind, reach, ref):  # noqa: PLR0913
    named = {} if kind is None else {"class": kind}
    for gap, hit in [(reach, False), (reach - 0.01, True)]:
        thing = objects(law, layer, box(-gap - 10, -900, -gap, 900), **named)
        told = ask("retail", "new_build", code="090101", **{layer: thing})
        assert (ref in refs(told)) == hit
        if hit:
            assert {reason.rule.outcome for reason in told.reasons if reason.rule.ref == ref} == {PROHIBITED}
            assert told.at_least < PROHIBITED  # the rest of the parcel is left


def test_a_parcel_within_the_setback_takes_no_building_but_keeps_the_one_it_has(law, ask):
    road = objects(law, "roads", box(-30, -900, -1, 900), **{"class": "expressway"})
    thin = box(0, 0, 25, 400)
    assert barring(ask("cafe", "new_build", thin, code="090103", roads=road)) == {"HWY-5"}
    assert "HWY-5" not in refs(ask("cafe", "keep_building", thin, code="090103", roads=road), sure=False)


def test_a_gathering_place_keeps_its_distance_from_the_control_zone_and_not_from_the_road(law, ask):
    for edge, hit in [(-70.0, False), (-69.99, True)]:
        road = objects(law, "roads", box(-200, -900, edge, 900), **{"class": "national"})
        assert ("HWY-7" in refs(ask("school", "new_build", code="080403", roads=road))) == hit


@pytest.mark.parametrize(("setting", "reach"), [("urban", 10), ("suburb", 12), ("village", 15), ("elsewhere", 20)])
def test_a_railways_safety_zone_depends_on_where_it_runs(law, ask, setting, reach):
    for gap, hit in [(reach, False), (reach - 0.01, True)]:
        rail = objects(law, "railway", box(-gap - 10, -900, -gap, 900), setting=setting, **{"class": "high_speed"})
        told = ask("retail", "new_build", code="090101", railway=rail)
        assert any(ref.startswith("RAIL-") and ref.endswith("a") for ref in refs(told)) == hit
        assert told.at_most < PROHIBITED


def test_of_a_dike_the_least_width_binds_and_the_most_is_to_be_checked(law, ask):
    near = objects(law, "water_works", box(-60, -900, -10, 900), **{"class": "dike_1"})
    told = ask("retail", "new_build", box(0, 0, 9, 400), code="090101", water_works=near)
    assert barring(told) == {"RIV-1"}
    assert "DIKE-1" in refs(told)
    far = objects(law, "water_works", box(-75, -900, -25, 900), **{"class": "dike_1"})
    told = ask("retail", "new_build", code="090101", water_works=far)
    assert [r.rule.verified for r in told.reasons if r.rule.ref == "DIKE-1"] == [False]


# 3.7 Stacking


def test_the_strictest_wins_and_every_finding_is_kept(ask):
    told = ask(
        "tourist-hotel", "new_build", river_strip=everywhere(**{"class": "managed"}),
        drinking_water=everywhere(**{"class": "level1"}), geohazard=everywhere(**{"class": "prone_high"}),
        **scenic("3", "yes"),
    )  # fmt: skip
    assert span(told) == (PROHIBITED, PROHIBITED)
    assert barring(told) >= {"SC-06", "SC-20", "CL-013", "CL-022"}
    assert "CL-037" in refs(told)


def test_a_layer_that_nobody_supplied_is_not_clear(ask):
    assert ask("tourist-hotel", "keep_building").outcome == PERMITTED
    told = ask("tourist-hotel", "keep_building", drinking_water=None)
    assert span(told) == (PERMITTED, PROHIBITED)
    assert causes(told) == {("layer", None)}


# 4.1, 4.3 What the uses are


def test_every_use_with_a_code_is_of_the_tertiary_sector(law):
    tertiary = {str(division) for division in range(51, 98)} | {"05", "11", "43"}
    coded = {use.id: use.columns["gbt4754"].split("|") for use in law.uses.values() if use.columns["gbt4754"]}
    assert len(coded) == 39
    assert all(code[:2] in tertiary for codes in coded.values() for code in codes)
    assert "43" in coded["vehicle-repair"]


def test_hotels_catering_and_shops_are_no_producer_services(law, ask):
    producer = {use.ref for use in law.uses.values() if "producer" in use.tags}
    assert producer == {f"U{number:02}" for number in (8, 10, *range(20, 33), 40)}
    for use in ("tourist-hotel", "restaurant", "retail", "travel-agency"):
        told = ask(use, "keep_building", code="100101")
        said = {reason.rule.id.partition("-2023")[0] for reason in told.reasons if reason.rule.ref == "PM-07"}
        assert said == {"transition-tourism"}
        assert told.at_least == CONDITIONAL
    told = ask("rnd-design", "keep_building", code="100101")
    assert "transition-producer" in {reason.rule.id.partition("-2023")[0] for reason in told.reasons}


# 4.4 Codes


def test_a_code_without_its_scheme_is_refused(tmp_path):
    frame = parcels(square()).reset_index()
    write_frame(tmp_path / "parcels.gpkg", frame)
    write_frame(tmp_path / "plan.gpkg", frame.assign(code="0702"))
    text = (
        'title = "t"\ncrs = "EPSG:4549"\non = 2026-06-30\nrulebook = "zhejiang-scenic"\nlanguage = "zh"\n'
        '[[layer]]\nid = "parcels"\nrole = "parcels"\ntitle = "p"\npath = "parcels.gpkg"\n'
        '[[layer]]\nid = "plan_town"\nrole = "zones"\ntitle = "z"\npath = "plan.gpkg"\ncolumns = { code = "code" }\n'
    )
    (tmp_path / "layers.toml").write_text(text, encoding="utf-8")
    with pytest.raises(GeoTejError, match="without its scheme"):
        read_project(tmp_path / "layers.toml")
    stated = text.replace('{ code = "code" }', '{ code = "code" }\nconstants = { scheme = "用地用海2023" }')
    (tmp_path / "layers.toml").write_text(stated, encoding="utf-8")
    assert list(read_project(tmp_path / "layers.toml").layers["plan_town"].classes) == ["code=0702;scheme=用地用海2023"]


def test_one_code_means_two_things_in_two_schemes(ask):
    works = ask("cafe", "keep_building", code="0601", scheme=SCHEME_21010)
    track = ask("cafe", "keep_building", code="0601", scheme=SCHEME_2023)
    assert works.at_least == CONDITIONAL  # industry
    assert track.at_least == PROHIBITED  # a country lane
    neither = ask("cafe", "keep_building", code="0601", scheme="unknown")
    assert span(neither) == (PERMITTED, PROHIBITED)
    assert ("attribute", "scheme") in causes(neither)


def test_a_plan_in_old_codes_is_a_hint_and_never_a_yes(ask):
    hotel = ask("tourist-hotel", "keep_building", code="B14", scheme="GB 50137-2011")
    assert hotel.at_most == PROHIBITED
    assert causes(hotel) == {("unverified", "plan-town-50137/B14/A/permitted")}  # a signed text would be the plan's yes
    said = {reason.rule.id for reason in hotel.reasons if reason.layer == "plan_town"}
    assert "plan-town-50137/B14/A/permitted" in said
    bank = ask("tourist-hotel", "new_build", code="M1", scheme="GB 50137-2011")
    assert any(kind == "unverified" and name.startswith("plan-town-50137/M1") for kind, name in causes(bank))


def test_a_zone_is_told_by_its_codes_name(law):
    plan = law.layers["plan_town"]
    assert zone_words(plan, "code=0601;scheme=GB/T 21010-2017", "zh") == "0601 工业用地（GB/T 21010-2017）"
    assert zone_words(plan, "code=0601;scheme=用地用海2023", "en") == "0601 rural road (land-use classes 2023)"
    assert zone_words(plan, "code=B14;scheme=GB 50137-2011", "zh") == "B14 旅馆用地（GB 50137-2011）"
    assert zone_words(plan, "code=9999;scheme=用地用海2023", "zh") == "9999、用地用海分类2023"


def test_a_row_without_its_scheme_is_told_what_its_code_may_mean(tmp_path):
    frame = parcels(square()).reset_index()
    write_frame(tmp_path / "parcels.gpkg", frame)
    write_frame(tmp_path / "plan.gpkg", frame.assign(code="0601", scheme=None))
    text = (
        'title = "t"\ncrs = "EPSG:4549"\non = 2026-06-30\nrulebook = "zhejiang-scenic"\nlanguage = "zh"\n'
        '[[layer]]\nid = "parcels"\nrole = "parcels"\ntitle = "p"\npath = "parcels.gpkg"\n'
        '[[layer]]\nid = "plan_town"\nrole = "zones"\ntitle = "z"\npath = "plan.gpkg"\n'
        'columns = { code = "code", scheme = "scheme" }\n'
    )
    (tmp_path / "layers.toml").write_text(text, encoding="utf-8")
    without, remark = read_project(tmp_path / "layers.toml").layers["plan_town"].remarks
    assert without == "scheme: 1 of 1 zones are without a value; taken as unknown"
    assert "GB/T 21010-2017: 工业用地" in remark
    assert "用地用海2023: 农村道路" in remark


def test_a_code_that_its_scheme_does_not_list_is_told(tmp_path):
    frame = parcels(square()).reset_index()
    write_frame(tmp_path / "parcels.gpkg", frame.assign(DLBM="0999", DLMC="x"))
    write_frame(tmp_path / "plan.gpkg", frame.assign(code="0999"))
    text = (
        'title = "t"\ncrs = "EPSG:4549"\non = 2026-06-30\nrulebook = "zhejiang-scenic"\nlanguage = "zh"\n'
        '[[layer]]\nid = "parcels"\nrole = "parcels"\ntitle = "p"\npath = "parcels.gpkg"\n'
        'columns = { land_use_code = "DLBM" }\nconstants = { land_use_scheme = "三调工作分类" }\n'
        '[[layer]]\nid = "plan_town"\nrole = "zones"\ntitle = "z"\npath = "plan.gpkg"\ncolumns = { code = "code" }\n'
        'constants = { scheme = "用地用海2023" }\n'
    )
    (tmp_path / "layers.toml").write_text(text, encoding="utf-8")
    project = read_project(tmp_path / "layers.toml")
    assert "not in the rulebook's list of 用地用海2023: 0999" in project.layers["plan_town"].remarks
    assert "not in the rulebook's list of 三调工作分类: 0999" in project.layers["parcels"].remarks
    (tmp_path / "layers.toml").write_text(text.replace('constants = { land_use_scheme = "三调工作分类" }\n', ""))
    with pytest.raises(GeoTejError, match="the column DLBM has codes of '三调工作分类' by convention"):
        read_project(tmp_path / "layers.toml")


# 5 Mechanisms


@pytest.mark.parametrize(
    ("use", "asked"), [("tourist-hotel", True), ("retail", True), ("museum", False), ("warehousing", False)]
)
def test_commerce_tourism_and_entertainment_hold_the_land_for_40_years(law, ask, use, asked):
    assert "40" in law.permits["PM-03"].what.en
    assert ("PM-03" in signed(ask(use, "new_build", code=law.uses[use].columns["landuse2023"].split("|")[0]))) == asked


def test_a_building_whose_new_use_fits_the_plan_changes_it_for_good(ask):
    fits = ask("tourist-hotel", "keep_building", code="090104")
    assert "PM-06" not in signed(fits)
    assert "PM-06-plan" in signed(fits)
    storage = ask("warehousing", "keep_building", code="1101")
    assert "PM-06" not in signed(storage)
    assert "PM-06-plan" in signed(storage)
    works = ask("tourist-hotel", "keep_building", code="100101")
    assert "PM-06" in signed(works)
    assert "PM-06-plan" not in signed(works)


@pytest.mark.parametrize(("file", "scheme"), [("plan-2023.csv", SCHEME_2023), ("plan-21010.csv", SCHEME_21010)])
@pytest.mark.parametrize("plan", ["plan_town", "plan_village"])
def test_the_temporary_permit_hangs_on_what_the_plans_table_says_of_each_use(law, plan, file, scheme):
    """Where the table says T the change is temporary, where it grants the use it is not."""
    with (FOLDER / file).open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    said = {}
    for rule in law.rules:
        if rule.layer == plan and rule.kind == "zone" and scheme in rule.where.get("scheme", ()):
            for permit in {"PM-06", "PM-06-plan"} & set(rule.approvals):
                for code in rule.where["code"]:
                    said.setdefault(permit, set()).update((use, code) for use in rule.uses)
    for row in rows:
        for code, symbol in row.items():
            if code == "use" or code.startswith("#") or symbol not in "ACT" or not symbol:
                continue
            cell = (row["use"], code)
            assert (cell in said["PM-06"]) == (symbol == "T"), cell
            assert (cell in said["PM-06-plan"]) == (symbol != "T"), cell


def test_the_two_five_year_rules_are_two(law):
    temporary, transition = law.permits["PM-06"], law.permits["PM-07"]
    assert (temporary.source, transition.source) == ("zj-planning", "doc-2015-5")
    assert "收益金" in temporary.what.zh
    assert temporary.verified
    assert not transition.verified
    assert not any(rule.verified for rule in law.rules if "PM-07" in rule.approvals)


@pytest.mark.parametrize(
    ("use", "code", "survey"),
    [("museum", "080301", True), ("clinic", "0806", True), ("rnd-design", "0802", True), ("school", "080403", True),
     ("retail", "090101", False), ("tourist-hotel", "090104", False)],
)  # fmt: skip
def test_the_soil_is_surveyed_before_a_museum_or_a_clinic_and_not_before_a_shop(ask, use, code, survey):
    told = ask(use, "redevelop", code=code)
    assert ("PM-11" in signed(told)) == survey
    assert ("PM-13" in signed(ask(use, "redevelop", code=code, facts={"soil_key_unit": "yes"}))) is True


@pytest.mark.parametrize(
    ("use", "code", "scheme", "survey"),
    [
        ("exhibition", "080301", SCHEME_2023, True), ("exhibition", "0902", SCHEME_2023, False),
        ("exhibition", "0807", SCHEME_21010, True), ("exhibition", "0505", SCHEME_21010, False),
        ("sports", "0805", SCHEME_2023, True), ("sports", "0903", SCHEME_2023, False),
        ("performing-arts", "080302", SCHEME_2023, True), ("performing-arts", "0903", SCHEME_2023, False),
        ("maker-space", "0802", SCHEME_2023, True), ("maker-space", "0902", SCHEME_2023, False),
    ],
)  # fmt: skip
def test_the_planned_code_decides_whether_the_soil_is_surveyed(ask, use, code, scheme, survey):
    told = ask(use, "redevelop", code=code, scheme=scheme)
    assert ("PM-11" in signed(told)) == survey
    listed = ask(use, "redevelop", code=code, scheme=scheme, facts={"soil_listed": "yes"})
    assert (barring(listed) >= {"PM-12"}) == survey


def test_a_change_of_land_use_goes_to_those_who_granted_it_and_keeping_the_building_does_not(ask):
    change = {"PM-01", "PM-02", "PM-03", "PM-05", "PM-09"}
    assert change | {"PM-10"} <= signed(ask("tourist-hotel", "redevelop"))
    kept = signed(ask("tourist-hotel", "keep_building"))
    assert not kept & change
    assert {"PM-18", "PM-19", "PM-20"} <= kept


def test_five_years_of_transition_are_for_plants_that_the_plan_keeps(ask):
    assert "PM-07" in refs(ask("rnd-design", "keep_building", code="100101"), sure=False)
    assert "PM-07" not in refs(ask("rnd-design", "keep_building", code="0802"), sure=False)
    assert "PM-07" not in refs(ask("rnd-design", "redevelop", code="100101"), sure=False)


@pytest.mark.parametrize(
    ("present", "use", "code", "answer"),
    [
        ("housing", "tourist-hotel", "090104", PROHIBITED), ("housing", "housing", "0701", None),
        ("office", "museum", "080301", PROHIBITED), ("commerce", "housing", "0701", PROHIBITED),
        ("commerce", "business-office", "0902", None), ("industry", "tourist-hotel", "090104", CONDITIONAL),
    ],
)  # fmt: skip
def test_a_granted_project_that_surely_changes_its_use_is_barred_and_the_others_are_ruled(
    ask, present, use, code, answer
):
    told = ask(use, "redevelop", code=code, facts={"present_use": present})
    assert span(told) == ((CONDITIONAL, PROHIBITED) if answer is None else (answer, answer))
    assert ("PM-05" in barring(told)) == (answer == PROHIBITED)
    assert "PM-05" not in barring(
        ask(use, "redevelop", code=code, facts={"present_use": present, "land_right": "allocated"})
    )


@pytest.mark.parametrize(
    ("code", "scheme", "right", "locked"),
    [
        ("0501", SCHEME_21010, "granted", True), ("0505", SCHEME_21010, "granted", True),
        ("0701", SCHEME_2023, "granted", True),
        ("05H1", "三调工作分类", "granted", True), ("0601", "三调工作分类", "granted", False),
        ("0601", SCHEME_21010, "granted", False), ("0601", SCHEME_2023, "granted", False),  # a country lane
        ("0501", SCHEME_21010, "allocated", False), (None, SCHEME_21010, "granted", None),
    ],
)  # fmt: skip
def test_granted_housing_shops_and_offices_may_not_change_their_use(law, code, scheme, right, locked):
    plots = parcels(square(), land_use_code=[code], land_use_scheme=[scheme])
    known = TOLD | {"land_right": right}
    del known["present_use"]
    project = town(law, plots, plan_town=planned("090104"))
    told = explain(assess(project, facts=known), "A1", "tourist-hotel", "redevelop")
    assert (("officer", "planning-conditions-locked") in causes(told)) == (bool(locked) and code != "0701")
    assert (("fact", "present_use") in causes(told)) == (locked is None)
    assert (told.at_most == PROHIBITED) == (locked is not False)
    kept = explain(assess(project, facts=known), "A1", "tourist-hotel", "keep_building")
    assert kept.at_most == PERMITTED
    stated = assess(project, facts=known | {"present_use": "industry"})
    assert explain(stated, "A1", "tourist-hotel", "redevelop").at_most == CONDITIONAL


def test_the_five_years_are_for_services_and_not_for_housing(law):
    assert "housing" not in set(chain(*(rule.uses for rule in law.rules if rule.ref == "PM-07")))
    assert "委员会" in law.permits["PM-08"].authority.zh or "管委会" in law.permits["PM-08"].authority.zh


def test_whether_commercial_land_may_go_by_agreement_stays_open_to_the_reader(ask):
    told = ask("tourist-hotel", "redevelop")
    (bidding,) = [reason.rule for reason in told.reasons if reason.rule.id == "open-bidding"]
    assert (bidding.source, bidding.article, bidding.verified) == ("civil-code", "347", False)
    assert "open-bidding" not in {reason.rule.id for reason in ask("museum", "redevelop", code="080301").reasons}


def test_listed_soil_bars_housing_and_public_services_and_only_holds_up_the_rest(ask):
    assert barring(ask("museum", "redevelop", code="080301", facts={"soil_listed": "yes"})) == {"PM-12"}
    hotel = ask("tourist-hotel", "redevelop", facts={"soil_listed": "yes"})
    assert span(hotel) == (CONDITIONAL, CONDITIONAL)
    assert "PM-12" in signed(hotel)
    assert ("fact", "soil_listed") in causes(ask("museum", "redevelop", code="080301", facts={"soil_listed": None}))


def test_zhejiangs_soil_rule_begins_on_its_day(ask):
    before, since = (ask("clinic", "redevelop", code="0806", on=dt.date(2024, *day)) for day in [(2, 29), (3, 1)])
    assert "PM-14" not in signed(before)
    assert "PM-14" in signed(since)


@pytest.mark.parametrize(("right", "permit"), [("allocated", "PM-04"), ("collective", "PM-21"), ("granted", "PM-09")])
def test_the_kind_of_land_right_says_which_road_the_change_goes(ask, right, permit):
    roads = {"PM-04", "PM-21", "PM-09"}
    assert signed(ask("tourist-hotel", "redevelop", facts={"land_right": right})) & roads == {permit}


def test_whether_the_building_is_lawful_is_asked_by_name(ask):
    told = ask("tourist-hotel", "keep_building", facts={"building_legal": None})
    assert causes(told) == {("fact", "building_legal")}
    assert ("officer", "building-legal") in causes(ask("cafe", "keep_building", facts={"building_legal": "no"}))


@pytest.mark.parametrize("use", ["museum", "retail", "vocational-training"])
def test_no_use_brings_a_new_outfall_into_scenic_waters(ask, use):
    code = {"museum": "080301", "retail": "090101", "vocational-training": "080405"}[use]
    told = ask(use, "new_build", code=code, facts={"sewage_to": "inside"}, **scenic("3"))
    assert told.outcome == PROHIBITED
    assert "SC-31" in refs(told)
    assert ask(use, "new_build", code=code, facts={"sewage_to": "none"}, **scenic("3")).at_least == CONDITIONAL
    reused = ask(use, "keep_building", code=code, facts={"sewage_to": "inside"}, **scenic("3"))
    assert reused.at_least == CONDITIONAL


def test_motor_traffic_in_grade_1_is_restricted_by_a_text_that_nobody_has_read(ask):
    told = ask("car-park", "new_build", code="120803", **scenic("1", core="no"))
    assert told.at_most == PROHIBITED
    assert "SC-36" in refs(told)


@pytest.mark.parametrize(("gap", "sure", "perhaps"), [(49.9, True, True), (50.1, False, True), (100.1, False, False)])
def test_a_reservoirs_protected_area_binds_to_50_m_and_may_be_declared_to_100_m(ask, law, gap, sure, perhaps):
    reservoir = layer_of(law, "water_works", [({"class": "reservoir"}, box(-300 - gap, 0, -gap, 100))], role="objects")
    told = ask("museum", "new_build", code="080301", water_works=reservoir)
    heard = {reason.rule.verified for reason in told.reasons if reason.rule.ref == "RES-2"}
    assert heard == ({True} if sure else set()) | ({False} if perhaps else set())


@pytest.mark.parametrize(("kind", "ref"), [("dike_2_3", "DIKE-2"), ("reservoir", "RES-2")])
def test_before_the_day_of_its_text_the_law_of_water_works_binds_nothing_for_sure(ask, law, kind, ref):
    works = layer_of(law, "water_works", [({"class": kind}, box(-40, 0, -5, 100))], role="objects")
    for day, read in [(dt.date(2020, 11, 26), False), (dt.date(2020, 11, 27), True)]:
        told = ask("museum", "new_build", code="080301", water_works=works, on=day)
        assert {reason.rule.verified for reason in told.reasons if reason.rule.ref == ref} == {False, read}


@pytest.mark.parametrize(
    ("right", "its", "others"),
    [("granted", {"PM-02", "PM-05", "PM-09"}, {"PM-04", "PM-21"}),
     ("allocated", {"PM-04"}, {"PM-02", "PM-05", "PM-09", "PM-21"}),
     ("collective", {"PM-21"}, {"PM-02", "PM-04", "PM-05", "PM-09"})],
)  # fmt: skip
def test_approvals_are_those_of_the_kind_of_land_right_and_of_no_other(ask, right, its, others):
    found = signed(ask("tourist-hotel", "new_build", facts={"land_right": right}))
    assert its <= found
    assert not others & found


def test_approvals_are_listed_in_the_order_in_which_they_are_needed(ask):
    """What comes before the permits, then the land, then the works, and the opening last; each once."""
    told = ask("clinic", "new_build", code="080602", **scenic("3"))
    order = [permit.id for permit in told.permits]
    assert len(order) == len(set(order))
    wanted = ["PM-15", "PM-11", "PM-01", "PM-05", "PM-09", "PM-02", "PM-10", "PM-17", "PM-18"]
    assert [each for each in order if each in wanted] == wanted
    reused = [permit.id for permit in ask("tourist-hotel", "keep_building").permits]
    assert reused[-2:] == ["PM-18", "PM-19"]
    assert reused.index("PM-20") < reused.index("PM-18")


@pytest.mark.parametrize(("use", "asked"), [("cafe", False), ("retail", False), ("scenic-operation", True)])
def test_a_cable_car_is_asked_of_uses_that_may_have_one_and_heard_of_any_that_states_it(ask, use, asked):
    unsaid = ask(use, "new_build", facts={"ropeway": None}, **scenic("3", "yes"))
    assert any("ropeway" in reason.rule.id for reason in unsaid.reasons) == asked
    said = ask(use, "new_build", facts={"ropeway": "yes"}, **scenic("3", "yes"))
    assert {"SC-08", "SC-34", "SC-35"} <= refs(said)
    assert "PM-16" in signed(said)
    assert not any("ropeway" in reason.rule.id for reason in ask(use, "new_build", **scenic("3", "yes")).reasons)


@pytest.mark.parametrize(
    ("use", "pathway", "code", "ground", "permit"),
    [
        ("retail", "new_build", "090101", {"railway": {"class": "other", "setting": "village"}}, "RAIL-30"),
        ("retail", "new_build", "090101", {"water_works": {"class": "conveyance"}}, "TUN-1-consent"),
        ("retail", "new_build", "090101", {"heritage": {"class": "town_control"}}, "CL-035-consult"),
        ("exhibition", "keep_building", "0902", {"wetland": {"class": "park"}}, "CL-041-event"),
        ("performing-arts", "keep_building", "0903", {"scenic": {"grade": "3", "core": "no"}}, "SC-09-review"),
        ("film-base", "keep_building", "0903", {"scenic": {"grade": "3", "core": "no"}}, "SC-30-scheme"),
    ],
)
def test_who_must_consent_by_an_article_of_a_layer_is_in_the_list_of_approvals(ask, use, pathway, code, ground, permit):  # noqa: PLR0913
    drawn = {name: everywhere(**attributes) for name, attributes in ground.items()}
    assert permit in signed(ask(use, pathway, code=code, **drawn))
    assert permit not in signed(ask(use, pathway, code=code))


def test_a_rule_that_says_that_somebody_must_consent_names_the_approval(law):
    asks = ("须经", "征得", "征求", "再报批", "后报批", "后办理审批", "签订")
    mute = {
        rule.ref
        for rule in law.rules
        if rule.verified and rule.outcome == CONDITIONAL and not rule.approvals and rule.decider is None
        if any(word in rule.condition.zh for word in asks)
    }
    assert mute == set()


@pytest.mark.parametrize(("percent", "open_"), [(19.9, False), (20.1, True)])
def test_land_of_a_town_centre_is_asked_from_20_percent_of_slope_on(ask, percent, open_):
    told = ask("business-office", "new_build", code="0902", dem=plane(percent / 100))
    heard = {reason.rule.id for reason in told.reasons}
    assert ("slope-centre" in heard) == open_
    assert not {"slope-housing", "slope-logistics"} & heard


def test_uses_keep_the_groups_of_both_statistics(law):
    groups = {use: (found.columns["tourism_2018"], found.columns["producer_2019"]) for use, found in law.uses.items()}
    assert groups["tourist-hotel"] == ("住宿", "")
    assert groups["exhibition"] == ("", "商务服务")
    assert groups["vehicle-repair"] == ("", "生产性支持（仅43）")
    for use, (tourism, producer) in groups.items():
        assert {"tourism", "producer"} & law.uses[use].tags == {
            name for name, group in [("tourism", tourism), ("producer", producer)] if group
        }, use


# Rows read again as a lawyer would: who is meant by a text that names no use


def test_opening_up_wild_land_is_barred_where_a_farm_is_visited(ask, listed):
    told = ask("leisure-sightseeing", "new_build", code="0201", **scenic())
    assert "SC-04" in refs(told)
    assert "SC-04" not in refs(ask("leisure-sightseeing", "new_build", code="0201", **scenic(grade="outer")))
    assert "SC-04" not in refs(ask("restaurant", "new_build", code="090103", **scenic()))
    assert "SC-04" not in {row["ref"] for row in listed}


@pytest.mark.parametrize(("ref", "ground"), [
    ("SC-03", scenic()), ("CL-034", {"heritage": everywhere(**{"class": "town_control"})}),
])  # fmt: skip
def test_a_cold_store_in_scenic_or_historic_ground_is_asked_for_its_ammonia(ask, ref, ground):
    unknown, without, with_it = (
        ask("cold-storage", "keep_building", code="110101", facts={"liquid_ammonia": each}, **ground)
        for each in (None, "no", "yes")
    )
    assert ("fact", "liquid_ammonia") in causes(unknown)
    assert unknown.at_most == with_it.at_most == PROHIBITED
    assert without.at_most < PROHIBITED
    assert ref in refs(with_it)


def test_a_pier_changes_the_water_and_is_reviewed_for_it(ask):
    told = ask("boating-pier", "new_build", code="1204", **scenic())
    assert {"SC-09", "SC-32"} <= refs(told)
    assert "SC-09-review" in signed(told)


@pytest.mark.parametrize("use", ["tourist-hotel", "museum", "business-office"])
@pytest.mark.parametrize("pathway", ["redevelop", "new_build", "keep_building"])
def test_in_a_quasi_zone_of_a_source_new_building_has_conditions(ask, use, pathway):
    quasi = {"drinking_water": everywhere(**{"class": "quasi"})}
    told = ask(use, pathway, code="08", **quasi)
    assert ("CL-020" in refs(told)) == (pathway == "new_build" or use == "tourist-hotel")
    assert "CL-020" not in barring(told)


@pytest.mark.parametrize(("use", "sure"), [("scenic-operation", CONDITIONAL), ("private-club", PROHIBITED)])
def test_in_a_historic_core_what_serves_the_public_is_ruled_and_not_barred(ask, use, sure):
    told = ask(use, "new_build", code="0803", heritage=everywhere(**{"class": "town_core"}))
    assert ("CL-032" in barring(told)) == (sure == PROHIBITED)
    assert told.at_most == PROHIBITED


@pytest.mark.parametrize(("use", "far"), [("maker-space", 70), ("housing", 70), ("museum", None)])
def test_a_development_zone_or_a_settlement_keeps_its_distance_from_a_national_road(law, ask, use, far):
    for gap, inside in [(69.99, True), (70, False)]:
        told = ask(
            use,
            "new_build",
            code="0902",
            roads=objects(law, "roads", box(-gap - 5, 0, -gap, 100), **{"class": "national"}),
        )
        assert ("HWY-7" in refs(told)) == (far is not None and inside)
        assert "HWY-7" not in barring(told)


@pytest.mark.parametrize(("use", "asked"), [("dangerous-goods", True), ("fuel-station", True), ("warehousing", False)])
def test_under_a_power_line_no_flammables_are_kept_in_a_building_that_stands_there(law, ask, use, asked):
    line = objects(law, "power", box(-20, 0, -14.99, 100), **{"class": "220kV"})
    told = ask(use, "keep_building", code="1101", power=line)
    assert ("PWR-3" in refs(told)) == asked
    assert "PWR-3" not in barring(told)
    beyond = objects(law, "power", box(-20, 0, -15, 100), **{"class": "220kV"})
    assert "PWR-3" not in refs(ask(use, "keep_building", code="1101", power=beyond))


@pytest.mark.parametrize(("access", "sure"), [("yes", True), ("no", False), (None, False)])
def test_a_new_access_to_the_road_needs_its_permit(law, ask, access, sure):
    road = objects(law, "roads", box(-10, 0, -5, 100), **{"class": "county"})
    told = ask("tourist-hotel", "new_build", facts={"road_access": access}, roads=road)
    assert ("PM-25" in signed(told)) == sure
    assert ("PM-25" in refs(told, sure=False)) == (access != "no")


@pytest.mark.parametrize(("relation", "least", "most"), [
    ("tenant", CONDITIONAL, CONDITIONAL), ("owner", PERMITTED, PERMITTED), (None, PERMITTED, CONDITIONAL),
])  # fmt: skip
def test_a_building_let_on_allocated_land_needs_the_consent_that_a_sale_needs(ask, relation, least, most):
    told = ask("tourist-hotel", "keep_building", facts={"land_right": "allocated", "relation": relation})
    assert span(told) == (least, most)
    assert ("PM-04" in signed(told)) == (relation == "tenant")
    assert (("fact", "relation") in causes(told)) == (relation is None)
    assert "PM-04" not in refs(ask("tourist-hotel", "keep_building", facts={"relation": "tenant"}))


def test_a_plant_that_is_reused_has_its_eia_class_settled(ask):
    assert "PM-17" in signed(ask("testing", "keep_building", code="0802"))
    assert {"PM-17", "CL-047"} <= refs(ask("testing", "keep_building", code="0802", **scenic()))


@pytest.mark.parametrize("use", ["vocational-training", "sanatorium", "film-base"])
def test_what_grade_1_has_no_room_for_by_an_unread_text_is_held_open(ask, use):
    code = {"film-base": "0903", "sanatorium": "0806"}.get(use, "080405")
    told = ask(use, "new_build", code=code, **scenic(grade="1"))
    assert ("unverified", "grade-1-unrelated") in causes(told)
    assert told.at_most == PROHIBITED


def test_private_clubs_in_public_places_hang_on_a_text_that_nobody_has_read(ask):
    for ground in (scenic(), {"heritage": everywhere(**{"class": "control"})}):
        told = ask("private-club", "keep_building", code="0903", **ground)
        assert "U39" in refs(told, sure=False)
        assert "U39" not in barring(told)
        assert told.at_most == PROHIBITED


@pytest.mark.parametrize("kind", ["managed", "between_dikes", "flood_line"])
def test_nothing_floats_for_guests_in_any_part_of_a_rivers_managed_ground(ask, kind):
    assert "CL-023" in refs(
        ask("restaurant", "keep_building", code="090103", river_strip=everywhere(**{"class": kind}))
    )


def test_a_building_that_is_reused_on_wetland_neither_drains_it_nor_discharges_into_it(ask):
    told = ask("restaurant", "keep_building", code="090103", wetland=everywhere(**{"class": "general"}))
    assert "CL-039" in refs(told)
    assert span(told) == (CONDITIONAL, CONDITIONAL)


@pytest.mark.parametrize(("degrees", "heard"), [(4.9, 0), (5.1, 1), (24.9, 1), (25.1, 2)])
def test_farming_a_slope_has_measures_from_5_degrees_on_and_is_barred_over_25(ask, degrees, heard):
    told = ask("leisure-sightseeing", "new_build", code="0201", dem=plane(np.tan(np.radians(degrees))))
    assert sum(reason.rule.ref == "CL-043" for reason in told.reasons if reason.holds) == heard
