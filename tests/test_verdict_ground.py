"""Verdicts from ground: strips, corners and what is left of a parcel for a use."""

from __future__ import annotations

import pytest
from specimens import box, houses, parcels, span, square, town, verdict

from geo_tej.verdict import assess

PLOT = parcels(square())
PERMITTED, CONDITIONAL, PROHIBITED = range(3)


def road(width):
    """Draw a main road so near that its setback takes a strip of this width from the parcel."""
    return [({"class": "main"}, box(-300, -900, width - 10, 900))]


def test_a_strip_of_two_percent_is_kept_clear(book):
    told = verdict(town(book, PLOT, roads=road(2)), "shop", "build")
    assert span(told) == (CONDITIONAL, CONDITIONAL)
    assert told.area_m2 == pytest.approx({"permitted": 9800, "conditional": 0, "prohibited": 200, "unknown": 0})
    assert told.largest_remaining_m2 == pytest.approx(9800)
    assert "keep clear of 200.00 m² (2 %)" in told.text("en")
    assert "须避让 200.00 平方米（2 %）" in told.text("zh")
    assert span(verdict(town(book, PLOT, roads=road(2)), "shop", "keep")) == (PERMITTED, PERMITTED)


@pytest.mark.parametrize(
    ("use", "width", "expected"),
    [
        ("shop", 99, CONDITIONAL),  # least size unset
        ("shop", 100.1, PROHIBITED),  # all of it
        ("workshop", 9.9, CONDITIONAL),  # 9,010 m² of the 9,000 it needs
        ("workshop", 10.1, PROHIBITED),  # 8,990 m²
        ("hotel", 84.9, CONDITIONAL),  # 15.1 m of the 15 it needs
        ("hotel", 85.1, PROHIBITED),  # 14.9 m wide, though 1,490 m² large
    ],
)
def test_what_is_left_must_be_large_and_wide_enough(book, use, width, expected):
    told = verdict(town(book, PLOT, roads=road(width)), use, "build", facts={"sewer": "yes"})
    assert span(told) == (expected, expected)


def test_one_piece_must_be_large_enough_not_all_together(book):
    middle = {"flood": [({"class": "deep"}, box(47, -5, 53, 105))]}
    told = verdict(town(book, PLOT, **middle), "workshop")
    assert span(told) == (PROHIBITED, PROHIBITED)
    assert told.largest_remaining_m2 == pytest.approx(4700)


def test_two_blocks_of_ground_are_weighed_together(book):
    both = {"roads": road(6), "scenic": [({"core": "yes", "grade": "2"}, box(94, 0, 200, 100))]}
    assert span(verdict(town(book, PLOT, **both), "workshop", "build")) == (PROHIBITED, PROHIBITED)
    assert span(verdict(town(book, PLOT, roads=road(6)), "workshop", "build")) == (CONDITIONAL, CONDITIONAL)


def test_a_rule_that_binds_the_parcel_needs_only_a_corner(book):
    corner = {"scenic": [({"core": "no", "grade": "1"}, square(99, 99))]}
    told = verdict(town(book, PLOT, **corner), "hotel", facts={"sewer": "yes"})
    assert span(told) == (PROHIBITED, PROHIBITED)
    assert told.largest_remaining_m2 == 0


@pytest.mark.parametrize(
    ("use", "covered", "expected"),
    [("shop", 50, CONDITIONAL), ("workshop", 50, PROHIBITED), ("workshop", 95, CONDITIONAL), ("shop", 0, PROHIBITED)],
)
def test_ground_without_a_plan_may_have_to_be_kept_clear(book, use, covered, expected):
    plan = [({"class": "mixed"}, box(-500, -500, covered, 500))]
    told = verdict(town(book, PLOT, zoning=plan, buildings=houses(square(2, 2, 10))), use)
    assert span(told) == (PERMITTED, expected)
    assert {(cause.kind, cause.layer) for cause in told.causes} == {("base", None)}


def test_two_plans_on_one_parcel_give_each_its_ground(book):
    plans = [({"class": "mixed"}, box(-500, -500, 30, 500)), ({"class": "works"}, box(30, -500, 500, 500))]
    told = verdict(town(book, PLOT, zoning=plans), "workshop")
    assert span(told) == (PROHIBITED, PROHIBITED)  # 3,000 m² of the 9,000 it needs
    house = houses(square(2, 2, 10))
    told = verdict(town(book, PLOT, zoning=plans, buildings=house), "hotel", facts={"sewer": "yes"})
    assert span(told) == (CONDITIONAL, CONDITIONAL)
    assert told.area_m2 == pytest.approx({"permitted": 0, "conditional": 3000, "prohibited": 7000, "unknown": 0})


def test_areas_by_outcome_add_up_to_the_parcel(book):
    told = assess(
        town(
            book, parcels(square(), square(37, 12, 80)), flood=[({"class": "often"}, square(50, 50, 90))], roads=road(9)
        )
    )
    table = told.verdicts.join(told.grounds, on="ground")
    names = ["permitted_m2", "conditional_m2", "prohibited_m2", "unknown_m2"]
    drawn = table["parcel_id"].map({"A1": 10_000.0, "A2": 6400.0}).astype(float)
    assert table[names].sum(axis=1).to_numpy() == pytest.approx(drawn.to_numpy())
    assert (table["largest_remaining_m2"] <= drawn + 1e-6).all()
