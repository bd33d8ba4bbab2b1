"""An enterprise has the range over its parcels: the mildest and the strictest, and which is which."""

from __future__ import annotations

import pytest
from specimens import parcels, square, town

from geo_tej.verdict import assess, enterprise_verdicts

PLOTS = parcels(square(0), square(100), square(200))
FIRMS = [("F1", "A1"), ("F1", "A2"), ("F2", "A3"), ("F3", "A2"), ("F1", "A1"), ("F4", "Z9")]


@pytest.fixture(scope="module")
def table(book):
    flood = [({"class": "deep"}, square(100)), ({"class": "often"}, square(200))]
    return enterprise_verdicts(assess(town(book, PLOTS, flood=flood, firms=FIRMS))).set_index(
        ["enterprise_id", "use", "pathway"]
    )


@pytest.mark.parametrize(
    ("firm", "least", "most", "outcome"),
    [
        ("F1", "permitted", "prohibited", "unknown"),
        ("F2", "permitted", "prohibited", "unknown"),
        ("F3", "prohibited", "prohibited", "prohibited"),
        ("F4", "unknown", "unknown", "unknown"),  # no parcel of it was assessed
    ],
)
def test_the_range_goes_from_the_mildest_to_the_strictest_parcel(table, firm, least, most, outcome):
    row = table.loc[(firm, "shop", "keep")]
    assert (row["at_least"], row["at_most"], row["outcome"]) == (least, most, outcome)


def test_parcels_are_listed_by_outcome_once_each(table):
    row = table.loc[("F1", "shop", "keep")]
    assert (row["permitted_parcels"], row["prohibited_parcels"], row["unknown_parcels"]) == ("A1", "A2", "")
    assert table.loc[("F2", "shop", "keep"), "unknown_parcels"] == "A3"
    names = [name for name in table.columns if name.endswith("_parcels")]
    assert (table.loc["F4", names] == "").all(axis=None)


def test_parcels_that_are_settled_and_differ_are_told_from_what_is_open(table):
    told = table.xs(("shop", "keep"), level=("use", "pathway"))["differs"]
    assert told.to_dict() == {"F1": True, "F2": False, "F3": False, "F4": False}


def test_the_highest_authority_counts(book):
    scenic = [({"grade": "2", "core": "no"}, square(100))]
    rows = enterprise_verdicts(assess(town(book, PLOTS, scenic=scenic, firms=FIRMS), facts={"sewer": "yes"}))
    rows = rows.set_index(["enterprise_id", "use", "pathway"])["level"]
    assert rows["F1", "hotel", "keep"] == "province"
    assert rows["F2", "hotel", "keep"] == "county"


def test_every_enterprise_has_every_question(table, book):
    assert len(table) == 4 * len(book.uses) * len(book.pathways)
    assert not table.index.duplicated().any()


def test_no_enterprises_no_rows(book):
    assert len(enterprise_verdicts(assess(town(book, PLOTS)))) == 0


def test_a_parcel_that_is_not_in_the_project_leaves_the_range_open(book):
    firms = [("F1", "A1"), ("F1", "Z9")]
    rows = enterprise_verdicts(assess(town(book, PLOTS, firms=firms))).set_index(["enterprise_id", "use", "pathway"])
    assert rows.loc[("F1", "shop", "keep"), "at_most"] == "prohibited"
