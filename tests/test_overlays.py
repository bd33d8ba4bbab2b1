"""Districts that overlap: both must list, an overlay prevails, an overlay adds; what that hangs on is told."""

from __future__ import annotations

import dataclasses

import pytest
from chromium import chromium, opened
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import WHOLE, box, parcels, square, town, write_rulebook

from geo_tej.errors import RulebookError
from geo_tej.maps import constraint_map
from geo_tej.model import Outcome
from geo_tej.report import parcel_report
from geo_tej.rulebook import read_rulebook
from geo_tej.verdict import assess, explain

P, C, X = Outcome.PERMITTED, Outcome.CONDITIONAL, Outcome.PROHIBITED

TEXT = """
id = "overlaps"
version = "1"
date = 2026-01-01
title = "Districts that overlap"
disclaimer = "Made up."

[[source]]
id = "code"
title = "Code"

[[group]]
id = "all"
title = "All"

[[pathway]]
id = "build"
title = "build"
actions = ["new"]

[[pathway]]
id = "convert"
title = "convert"
actions = ["new", "reuse"]

[[layer]]
id = "districts"
title = "districts"
base = true
attributes = { district = ["R", "C", "D"] }
unlisted = "prohibited"

[[layer]]
id = "corridor"
title = "corridor overlay"
attributes = { overlay = ["T", "H"] }
unlisted = "silent"
prevails_over = ["districts"]

[[layer]]
id = "airport"
title = "airport overlay"
attributes = { overlay = ["A"] }
unlisted = "silent"

[[fact]]
id = "floor_area_m2"
type = "number"
title = "floor area"
question = "How much?"

[[symbol]]
id = "P"
title = "permitted"
outcomes = { "*" = "permitted" }

[[symbol]]
id = "S"
title = "special use"
outcomes = { "*" = "conditional" }
approvals = ["sup"]
could_be = "prohibited"
decider = "the board"

[[symbol]]
id = "L"
title = "limited"
outcomes = { "*" = "conditional" }

[[symbol]]
id = "X"
title = "prohibited"
outcomes = { "*" = "prohibited" }

[[symbol]]
id = "N"
title = "for new building alone"
outcomes = { new = "permitted" }

[[matrix]]
id = "districts"
file = "districts.csv"
layer = "districts"
attribute = "district"
rows = "use"
binds = "ground"
source = "code"
article = "1"
verified = true

[[matrix]]
id = "corridor"
file = "corridor.csv"
layer = "corridor"
attribute = "overlay"
rows = "use"
binds = "ground"
source = "code"
article = "2"
verified = true

[[matrix.footnote]]
id = "*"
condition = "At most 500 m2."
outcome = "prohibited"
when = { all = [{ fact = "floor_area_m2", more_than = 500 }] }

[[matrix]]
id = "airport"
file = "airport.csv"
layer = "airport"
attribute = "overlay"
rows = "use"
binds = "ground"
source = "code"
article = "3"
verified = true

[[rule]]
id = "lot"
kind = "zone"
layer = "districts"
where = { district = ["R"] }
when = { all = [{ fact = "area_m2", less_than = 500 }] }
uses = "all"
actions = "all"
outcome = "prohibited"
binds = "parcel"
condition = "Lots have at least 500 m2."
source = "code"
article = "4"
verified = true
"""
TABLES = {
    "uses": "use_id,name,group\nhouse,house,all\nflats,flats,all\nshop,shop,all\nbar,bar,all\nmill,mill,all\n",
    "districts": "use,R,C,D\nhouse,P,,P\nflats,S,P,S\nshop,,P,L\nbar,,S,S\nmill,X,,P\n",
    "corridor": "use,T,H\nhouse,X,\nflats,P,L\nshop,P*,S\nbar,,P\nmill,N,S\n",
    "airport": "use,A\nflats,X\n",
    "permits": "ref,what,authority,level,source,article,before,verified\n"
    "sup,special use permit,board,city,code,1,,true\n",
}


@pytest.fixture
def make(tmp_path):
    def made(**changes):
        return read_rulebook(write_rulebook(tmp_path / "law", **{"rules": "", "text": TEXT, **TABLES, **changes}))

    return made


def put(book, *, corridor=(), absent=False, side=100, unverified=False, **layers):
    if unverified:
        rules = tuple(dataclasses.replace(rule, verified=rule.layer != "corridor") for rule in book.rules)
        book = dataclasses.replace(book, rules=rules)
    drawn = {"districts": [({"district": "R"}, box(*WHOLE))], "airport": [], "corridor": list(corridor)} | layers
    return town(book, parcels(square(side=side)), **(drawn | ({"corridor": None} if absent else {})))


def told(project, use, pathway="build", **facts):
    return explain(assess(project, facts=facts), "A1", use, pathway)


def span(verdict):
    return Outcome(verdict.at_least), Outcome(verdict.at_most)


ALL_OVER = box(*WHOLE)
PREVAILS = [
    ("R", "T", "house", (X, X)), ("R", "T", "flats", (P, P)), ("R", "T", "bar", (X, X)), ("C", "T", "bar", (C, X)),
    ("R", "H", "flats", (C, C)), ("R", "H", "bar", (P, P)), ("C", "H", "shop", (C, X)), ("R", "H", "house", (P, P)),
    ("R", "T", "mill", (P, P)), ("R", "H", "mill", (C, X)), ("D", "T", "house", (X, X)),
]  # fmt: skip


@pytest.mark.parametrize(("district", "overlay", "use", "answer"), PREVAILS)
def test_what_an_overlay_lists_stands_in_place_of_the_district_and_the_rest_is_the_districts(
    make, district, overlay, use, answer
):
    project = put(make(), corridor=[({"overlay": overlay}, ALL_OVER)], districts=[({"district": district}, ALL_OVER)])
    assert span(told(project, use)) == answer


def test_without_the_overlay_the_district_alone_answers(make):
    assert [span(told(put(make()), use)) for use in ("house", "flats", "shop", "bar", "mill")] == [
        (P, P), (C, X), (X, X), (X, X), (X, X),
    ]  # fmt: skip


MILDER = [
    ("R", "T", "house", (P, P)), ("R", "T", "flats", (P, P)), ("C", "H", "flats", (P, P)), ("C", "H", "shop", (P, P)),
    ("R", "H", "shop", (C, X)), ("C", "H", "bar", (P, P)), ("D", "H", "shop", (C, C)), ("D", "H", "flats", (C, C)),
    ("D", "T", "mill", (P, P)), ("C", "T", "mill", (P, P)), ("C", "T", "bar", (C, X)),
]  # fmt: skip


@pytest.mark.parametrize(("district", "overlay", "use", "answer"), MILDER)
def test_an_overlay_may_add_to_the_district_and_take_nothing_away(make, district, overlay, use, answer):
    book = make(text=TEXT.replace('["districts"]\n', '["districts"]\nprevails = "where_milder"\n'))
    project = put(book, corridor=[({"overlay": overlay}, ALL_OVER)], districts=[({"district": district}, ALL_OVER)])
    assert span(told(project, use)) == answer


def test_an_overlay_that_bars_what_it_does_not_list_replaces_the_whole_table(make):
    text = TEXT.replace('unlisted = "silent"\nprevails_over', 'unlisted = "prohibited"\nprevails_over')
    project = put(make(text=text), corridor=[({"overlay": "H"}, ALL_OVER)])
    assert [span(told(project, use)) for use in ("house", "flats", "bar")] == [(X, X), (C, C), (P, P)]


def test_a_condition_of_the_overlay_that_nobody_knows_leaves_it_open(make):
    project = put(make(), corridor=[({"overlay": "T"}, ALL_OVER)])
    assert span(told(project, "shop", floor_area_m2=500)) == (P, P)
    assert span(told(project, "shop", floor_area_m2=501)) == (X, X)
    verdict = told(project, "shop")
    assert span(verdict) == (P, X)
    assert [cause.name for cause in verdict.causes] == ["floor_area_m2"]


def test_other_layers_and_other_rules_of_the_district_stay(make):
    airport = [({"overlay": "A"}, ALL_OVER)]
    project = put(make(), corridor=[({"overlay": "T"}, ALL_OVER)], airport=airport)
    assert span(told(project, "flats")) == (X, X)
    small = put(make(), corridor=[({"overlay": "T"}, ALL_OVER)], side=20)
    assert span(told(small, "flats")) == (X, X)


def test_a_pathway_that_the_overlay_lists_in_part_is_not_given_away(make):
    project = put(make(), corridor=[({"overlay": "T"}, ALL_OVER)])
    assert span(told(project, "mill", "build")) == (P, P)
    assert span(told(project, "mill", "convert")) == (X, X)


def test_half_a_parcel_under_the_overlay(make):
    half = [({"overlay": "H"}, box(50, -1000, 2000, 2000))]
    bar = told(put(make(), corridor=half), "bar")
    assert bar.area_m2["permitted"] == pytest.approx(5000)
    assert bar.area_m2["prohibited"] == pytest.approx(5000)
    assert span(bar) == (C, C)


@pytest.mark.parametrize("use", ["flats", "bar", "house", "mill"])
def test_an_overlay_that_was_not_surveyed_leaves_open_what_it_could_say(make, use):
    verdict = told(put(make(), absent=True), use)
    assert verdict.at_most == X
    assert verdict.at_least == P
    assert ("layer", "corridor") in {(cause.kind, cause.layer) for cause in verdict.causes}


def test_an_overlay_that_nobody_has_read_permits_nothing(make):
    verdict = told(put(make(), corridor=[({"overlay": "H"}, ALL_OVER)], unverified=True), "bar")
    assert verdict.at_most == X
    assert "unverified" in {cause.kind for cause in verdict.causes}


def test_where_no_district_lies_an_overlay_grants_nothing(make):
    verdict = told(put(make(), corridor=[({"overlay": "H"}, ALL_OVER)], districts=[]), "bar")
    assert verdict.at_most == X


def test_reasons_and_sign_offs_are_those_of_who_prevails(make):
    text = told(put(make(), corridor=[({"overlay": "T"}, ALL_OVER)]), "flats").text("en")
    assert "special use" not in text
    assert "Code, art. 2" in text
    assert "special use permit" in told(put(make()), "flats").text("en")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["districts"]', '["district"]', "prevails_over 'district'"),
        ('unlisted = "silent"\nprevails', 'unlisted = "unknown"\nprevails', "`unlisted` silent"),
        ('title = "corridor overlay"', 'title = "corridor overlay"\nbase = true', "without `base`"),
        ('prevails_over = ["districts"]', 'prevails = "where_milder"', "goes with `prevails_over`"),
        ('["districts"]', '["corridor"]', "itself prevails"),
    ],
)
def test_what_cannot_prevail_is_refused(make, old, new, said):
    assert old in TEXT
    with pytest.raises(RulebookError, match=said.replace("(", r"\(")):
        make(text=TEXT.replace(old, new, 1))


SYMBOLS = st.sampled_from(["", "P", "L", "X"])
RANK = {"": None, "P": P, "L": C, "X": X}


@settings(max_examples=40, deadline=None)
@given(cells=st.tuples(SYMBOLS, SYMBOLS, SYMBOLS), milder=st.booleans(), both=st.booleans())
def test_by_hand_the_answer_is_the_overlays_or_the_milder_or_the_districts(tmp_path_factory, cells, milder, both):
    base, over, second = cells
    text = TEXT.replace('["districts"]\n', '["districts"]\nprevails = "where_milder"\n') if milder else TEXT
    tables = TABLES | {
        "districts": f"use,R,C,D\nhouse,{base},P,P\n", "corridor": f"use,T,H\nhouse,{over},{second}\n",
    }  # fmt: skip
    book = read_rulebook(write_rulebook(tmp_path_factory.mktemp("law"), rules="", text=text, **tables))
    drawn = [({"overlay": "T"}, ALL_OVER)] + [({"overlay": "H"}, ALL_OVER)] * both
    of_district = X if base in ("", "X") else RANK[base]
    listed = [RANK[each] for each in (over, *[second] * both) if each]
    expected = max(listed) if listed else of_district
    if milder and listed:
        expected = min(of_district, max(listed))
    assert span(told(put(book, corridor=drawn), "house")) == (expected, expected)


@pytest.mark.parametrize(
    ("east", "use", "stable"),
    [(103, "bar", False), (110, "bar", True), (-50, "bar", True), (-3, "bar", False), (103, "house", True)],
)
def test_near_the_edge_of_an_overlay_a_verdict_may_change(make, east, use, stable):
    """It lies east of `east`: with 5 m of tolerance it may come to a parcel of 100 m, or leave a part of it bare."""
    project = put(make(), corridor=[({"overlay": "H"}, box(east, -1000, 2000, 2000))])
    robust = assess(project, tolerance=5).robust
    question = 2 * list(project.rulebook.uses).index(use)
    assert (robust.distance_m[0, question] > 5) == stable


def test_a_table_of_all_uses_tells_what_the_district_still_says(make):
    """Flats are the overlay's to say; a bar is not in it, and so the district's."""
    assessment = assess(put(make(), corridor=[({"overlay": "T"}, ALL_OVER)]))
    told = parcel_report(assessment, "A1", "en", in_full=False)
    assert "special use" not in told
    assert "districts does not list this use" in told
    without = assess(put(make()))
    assert "special use" in parcel_report(without, "A1", "en", in_full=False)


def test_a_page_says_what_explain_says_under_an_overlay(make, tmp_path):
    assessment = assess(put(make(), corridor=[({"overlay": "T"}, ALL_OVER)]))
    constraint_map(assessment, language="en").save(str(tmp_path / "page.html"))
    with chromium() as browser, opened(browser, tmp_path / "page.html") as page:
        page.fill(".tej-input", "A1")
        page.keyboard.press("Enter")
        page.evaluate("document.querySelectorAll('details.tej-use').forEach((each) => { each.open = true; })")
        page.wait_for_selector(".tej-why >> nth=2", state="attached")
        shown = {
            use: page.locator(f"details.tej-use:has(.tej-name:text-is('{use}')) .tej-why").inner_text()
            for use in ("flats", "house", "bar")
        }
    assert "special use" not in shown["flats"]
    assert "Code, art. 2" in shown["flats"]
    assert "Code, art. 1" not in shown["house"]
    assert "Code, art. 2" in shown["house"]
    assert "districts does not list this use" in shown["bar"]
