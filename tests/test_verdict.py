"""What each verdict must be: the rules of the ground 5.6 and 5.7, one by one, on squares."""

from __future__ import annotations

import datetime as dt

import pytest
import shapely
from specimen_texts import RULEBOOK, rule
from specimens import WHOLE, box, houses, layer_of, make_book, parcels, plane, span, square, town, verdict

from geo_tej.errors import CRSError, FrameError, QuestionError
from geo_tej.verdict import assess, explain

PLOT = parcels(square())
PERMITTED, CONDITIONAL, PROHIBITED = range(3)


def causes(told):
    return {(cause.kind, cause.layer, cause.name) for cause in told.causes}


def road(width):
    """Draw a main road so near that its setback takes a strip of this width from the parcel."""
    return [({"class": "main"}, box(-300, -900, width - 10, 900))]


def test_a_verified_plan_permits_and_a_permit_makes_it_conditional(book):
    assert span(verdict(town(book, PLOT))) == (PERMITTED, PERMITTED)
    told = verdict(town(book, PLOT), "hotel", facts={"sewer": "yes"})
    assert span(told) == (CONDITIONAL, CONDITIONAL)
    assert [permit.id for permit in told.permits] == ["permit"]
    assert told.level == 1


def test_what_a_plan_does_not_list_is_what_the_rulebook_says(book, tmp_path):
    works = {"zoning": [({"class": "works"}, box(*WHOLE))]}
    assert span(verdict(town(book, PLOT, **works), "hotel", facts={"sewer": "yes"})) == (PROHIBITED, PROHIBITED)
    for word, expected in [("permitted", (0, 0)), ("unknown", (0, 2)), ("silent", (0, 2))]:
        law = make_book(tmp_path / word, text=RULEBOOK.replace('unlisted = "prohibited"', f'unlisted = "{word}"'))
        told = verdict(town(law, PLOT, **works), "hotel", facts={"sewer": "yes"})
        assert span(told) == expected
        assert bool(told.causes) == (expected == (0, 2))


@pytest.mark.parametrize(
    ("plan", "cause"),
    [
        ([], ("base", None, None)),
        (None, ("layer", "zoning", None)),
        ("failed", ("layer", "zoning", None)),
        ("elsewhere", ("layer", "zoning", None)),
        ([({"class": "unknown"}, box(*WHOLE))], ("base", "zoning", None)),
    ],
)
def test_permitted_needs_a_finding_of_the_plan_on_all_of_the_ground(book, plan, cause):
    if plan == "failed":
        plan = layer_of(book, "zoning", [], fault="no such file")
    elif plan == "elsewhere":
        plan = layer_of(book, "zoning", [], extent=(500, 500, 900, 900))
    told = verdict(town(book, PLOT, zoning=plan))
    assert span(told) == (PERMITTED, PROHIBITED)
    assert cause in causes(told)


def test_an_unverified_permission_counts_as_absent(tmp_path):
    law = make_book(tmp_path / "law", text=RULEBOOK.replace("verified = true", "verified = false"))
    assert span(verdict(town(law, PLOT))) == (PERMITTED, PROHIBITED)
    assert causes(verdict(town(law, PLOT)))


def test_an_unverified_restriction_is_possible_and_no_more(book):
    pool, house = [({"class": "often"}, square(20, 20, 30))], houses(square(60, 60, 20))
    told = verdict(town(book, PLOT, flood=pool, buildings=house), "hotel", facts={"sewer": "yes"})
    assert span(told) == (CONDITIONAL, CONDITIONAL)  # what is left is large enough: nothing worse can come of it
    told = verdict(town(book, PLOT, flood=[({"class": "often"}, square())]))
    assert span(told) == (PERMITTED, PROHIBITED)
    assert causes(told) == {("unverified", "flood", "often")}


def test_an_unknown_attribute_opens_what_its_values_could_raise(book):
    unknown = {"scenic": [({"core": "no"}, square(60, 60))]}
    told = verdict(town(book, PLOT, **unknown), "hotel", facts={"sewer": "yes"})
    assert span(told) == (CONDITIONAL, PROHIBITED)
    assert causes(told) == {("attribute", "scenic", "grade")}
    assert span(verdict(town(book, PLOT, **unknown), "shop", "build")) == (PERMITTED, PERMITTED)


def test_a_missing_fact_opens_and_a_stated_one_closes(book):
    project = town(book, PLOT)
    told = verdict(project, "hotel")
    assert span(told) == (CONDITIONAL, PROHIBITED)
    assert causes(told) == {("fact", None, "sewer")}
    assert span(verdict(project, "hotel", facts={"sewer": "yes"})) == (CONDITIONAL, CONDITIONAL)
    assert span(verdict(project, "hotel", facts={"sewer": "no"})) == (PROHIBITED, PROHIBITED)
    stated = town(book, parcels(square(), sewer=["no"]))
    assert span(verdict(stated, "hotel")) == (PROHIBITED, PROHIBITED)
    assert span(verdict(stated, "hotel", facts={"sewer": "yes"})) == (CONDITIONAL, CONDITIONAL)


def test_an_officers_discretion_stays_open(book):
    told = verdict(town(book, PLOT, flood=[({"class": "shallow"}, square(90, 90))]), "workshop")
    assert span(told) == (CONDITIONAL, PROHIBITED)
    assert causes(told) == {("officer", "flood", "shallow")}


@pytest.mark.parametrize("how", ["absent", "failed", "no extent", "elsewhere", "partly"])
def test_missing_data_raises_only_what_its_rules_could_raise(book, how):
    layer = {
        "absent": None,
        "failed": layer_of(book, "scenic", [], fault="truncated"),
        "no extent": layer_of(book, "scenic", [], extent=None),
        "elsewhere": layer_of(book, "scenic", [], extent=(500, 500, 900, 900)),
        "partly": layer_of(book, "scenic", [], extent=(-900, -900, 50, 900)),
    }[how]
    project = town(book, PLOT, scenic=layer)
    state = assess(project).layers.set_index("layer")["state"]
    assert state["scenic"] == ("failed" if how == "failed" else "no_data")
    assert state.drop("scenic").isin(["affected", "not_affected"]).all()
    assert span(verdict(project, "shop", "build")) == (PERMITTED, PROHIBITED)
    assert causes(verdict(project, "shop", "build")) == {("layer", "scenic", None)}
    assert span(verdict(project, "shop", "keep")) == (PERMITTED, PERMITTED)
    assert span(verdict(project, "workshop", "keep")) == (PERMITTED, PERMITTED)


def test_states_of_layers(book):
    project = town(
        book, PLOT, scenic=layer_of(book, "scenic", [({"core": "no"}, square(50))], extent=(-900, -900, 60, 900)),
        roads=road(1),
    )  # fmt: skip
    states = assess(project).layers
    assert states.set_index("layer")["state"].to_dict() == {
        "zoning": "affected", "scenic": "affected", "flood": "not_affected", "roads": "affected",
        "dem": "not_affected",
    }  # fmt: skip
    assert span(verdict(project, "shop", "build"))[1] == PROHIBITED  # the part that was not surveyed stays open


def test_the_rulebook_may_have_nothing_for_a_layer(tmp_path):
    law = make_book(tmp_path / "law", rules="")
    state = assess(town(law, PLOT, flood=None)).layers.set_index("layer")["state"]
    assert state["flood"] == state["scenic"] == "silent"
    assert span(verdict(town(law, PLOT, flood=None))) == (PERMITTED, PERMITTED)


def test_a_setback_needs_the_ground_around_the_parcel_surveyed(book):
    near = layer_of(book, "roads", [], role="objects", extent=(-5, -900, 900, 900))
    told = verdict(town(book, PLOT, roads=near), "shop", "build")
    assert causes(told) == {("layer", "roads", None)}
    far = layer_of(book, "roads", [], role="objects", extent=(-10.01, -900, 900, 900))
    assert span(verdict(town(book, PLOT, roads=far), "shop", "build")) == (PERMITTED, PERMITTED)


def test_a_raster_rule_holds_above_its_number_and_missing_cells_open_it(book):
    for rise, expected in [(0.2, (0, 0)), (0.3, (1, 1))]:  # 11.3 and 16.7 degrees
        assert span(verdict(town(book, PLOT, dem=plane(rise)), "shop", "build")) == expected
    told = verdict(town(book, PLOT, dem=None), "shop", "build")
    assert span(told) == (PERMITTED, CONDITIONAL)
    assert causes(told) == {("layer", "dem", None)}


def test_the_strictest_finding_decides_and_all_are_kept(book):
    project = town(
        book, PLOT, scenic=[({"core": "yes", "grade": "2"}, square())], flood=[({"class": "deep"}, square())]
    )
    told = verdict(project, "hotel", "build", facts={"sewer": "no"})
    assert span(told) == (PROHIBITED, PROHIBITED)
    assert {reason.rule.id for reason in told.reasons} == {
        "core", "grade2", "deep", "sewer", "plan/mixed/C/conditional",
    }  # fmt: skip
    assert told.reasons[0].layer == "scenic"  # it heads the extract
    assert told.level == 0


def test_the_law_is_that_of_the_day(tmp_path):
    dated = rule("old", layer='"flood"', valid_until="2026-01-01") + rule(
        "new", layer='"flood"', valid_from="2026-01-01", outcome='"conditional"'
    )
    project = town(make_book(tmp_path / "law", rules=dated), PLOT, flood=[({}, square())])
    for day, expected in [(dt.date(2025, 12, 31), (2, 2)), (dt.date(2026, 1, 1), (1, 1)), (None, (1, 1))]:
        assert span(verdict(project, on=day)) == expected


def test_a_parcel_without_ground_is_open_from_end_to_end(book):
    for shape in (None, shapely.Polygon()):
        told = verdict(town(book, parcels(shape)))
        assert span(told) == (PERMITTED, PROHIBITED)
        assert ("geometry", None, None) in causes(told)


@pytest.mark.parametrize(
    "question",
    [{"uses": ["hotle"]}, {"pathways": ["burn"]}, {"facts": {"sewr": "yes"}}, {"facts": {"sewer": "often"}},
     {"facts": {"beds": "many"}}, {"facts": {"beds": "nan"}}, {"facts": {"listed": "maybe"}}, {"facts": {"area_m2": 1}},
    ],
)  # fmt: skip
def test_questions_that_cannot_be_asked_are_refused(book, question):
    with pytest.raises(QuestionError):
        assess(town(book, PLOT), **question)


def test_answers_that_were_not_asked_for_are_refused(book):
    asked = assess(town(book, PLOT), uses=["3"], pathways=["keep"])
    assert asked.verdicts["use"].tolist() == ["workshop"]
    for words in (("A2", "workshop", "keep"), ("A1", "shop", "keep"), ("A1", "workshop", "build")):
        with pytest.raises(QuestionError, match="was not assessed"):
            explain(asked, *words)


def test_parcels_from_elsewhere_are_judged_by_themselves_in_the_same_system(book):
    project = town(book, PLOT)
    assert assess(project, parcels=parcels(square(500))).verdicts["outcome"].astype(str).tolist()[2] == "permitted"
    with pytest.raises(CRSError):
        assess(project, parcels=PLOT.to_crs(4548))
    with pytest.raises(FrameError):
        assess(project, parcels=PLOT.rename_axis("id"))
    assert len(assess(project, parcels=PLOT[:0]).verdicts) == 0
