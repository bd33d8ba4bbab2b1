"""Codes of three countries as they were published, some of their rows: every cell is answered as it is printed."""

from __future__ import annotations

import csv

import pytest
from specimens import parcels, square, town, write_rulebook
from test_law_elsewhere import LAW, C, P, X, span, told
from test_overlays import TABLES, TEXT

from geo_tej.engine import export_rulebook
from geo_tej.errors import RulebookError
from geo_tej.model import Outcome
from geo_tej.rulebook import read_rulebook
from geo_tej.verdict import assess

MEANS = {
    "raleigh": {"P": (P, P), "L": (C, C), "S": (C, X), "--": (X, X)},
    "matamata": {"P": (P, P), "C": (C, C), "D": (C, X), "N/C": (C, X), "}N/C": (C, X)},
    "baunvo": {"Z": (P, P), "A": (C, X), "-": (X, X), "Z1": (C, C), "Z2,3": (P, P), "A3": (C, X)},
}
PRINTED = {
    # table, rows of headings, heading of the last column of districts, layer and attribute
    "raleigh": ("table.csv", 2, -1, "districts", "district"),
    "matamata": ("activities.csv", 1, None, "zones", "zone"),
    "baunvo": ("gebiete.csv", 1, None, "gebiete", "art"),
}
FACTS = {"matamata": {"meets_standards": True}, "baunvo": {"mainly_business": True, "core_area_only": False}}


def printed(name):
    """Read what stands in a published table: the words of each cell by use and district."""
    file, heads, last, _, _ = PRINTED[name]
    with (LAW / name / file).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    if name == "baunvo":
        rows = [list(column) for column in zip(*rows, strict=True)]
    districts = rows[heads - 1][1:last]
    return {row[0]: dict(zip(districts, row[1:last], strict=True)) for row in rows[heads:] if row[1]}


@pytest.mark.parametrize("name", PRINTED)
def test_every_cell_is_answered_as_it_is_printed(name):
    book, cells = read_rulebook(LAW / name), printed(name)
    *_, layer, attribute = PRINTED[name]
    districts = list(next(iter(cells.values())))
    ground = [square(number % 10 * 150, number // 10 * 150) for number in range(len(districts))]
    drawn = [({attribute: district}, shape) for district, shape in zip(districts, ground, strict=True)]
    others = {other: [] for other in book.layers if other != layer}
    project = town(book, parcels(*ground), **{layer: drawn}, **others)
    found = {
        (row.use, row.parcel_id): (row.at_least, row.at_most)
        for row in assess(project, facts=FACTS.get(name)).verdicts.itertuples()
    }
    uses = {use.title.en: use.id for use in book.uses.values()}
    asked = 0
    for use in uses.keys() & cells.keys():
        for number, district in enumerate(districts, start=1):
            means = MEANS[name][cells[use][district]]
            assert found[uses[use], f"A{number}"] == tuple(each.name.lower() for each in means), (use, district)
            asked += 1
    assert asked >= 70


# a row may speak on a group of uses, or on any other, where the use has none of its own


@pytest.mark.parametrize(
    ("district", "use", "answer"),
    [("R-1", "monastery", (C, X)), ("RX-", "monastery", (P, P)), ("CM", "monastery", (X, X)),
     ("CM", "museum", (X, X)), ("AP", "museum", (P, P)), ("R-1", "boardinghouse", (X, X)),
     ("DX-", "day-shelter", (X, X)), ("OP-", "college-community-college-university", (P, P))],
)  # fmt: skip
def test_a_row_says_except_as_listed_below(district, use, answer):
    assert span(told("raleigh", use, ground={"districts": {"district": district}})) == answer


def test_each_row_cites_the_article_of_its_standards():
    text = told("raleigh", "boardinghouse", ground={"districts": {"district": "OX-"}}).text("en")
    assert "Sec. 6.1.4, Sec. 6.2.2.B" in text
    group = told("raleigh", "monastery", ground={"districts": {"district": "R-1"}}).text("en")
    assert "Group Living, except as listed below: special use permit" in group
    assert "Sec. 6.2.2.A" in group


@pytest.mark.parametrize(
    ("zone", "precinct", "use", "facts", "answer"),
    [("Rural", None, "casino", {}, (C, X)), ("Kaitiaki", None, "quarry", {}, (C, X)),
     ("Rural", "dairy", "dwelling", {"meets_standards": True}, (X, X)),
     ("Business", "dairy", "flats", {"meets_standards": True}, (P, P)),
     ("Residential", None, "dwelling", {"meets_standards": True}, (C, C)),
     ("Rural", None, "dwelling", {"meets_standards": False}, (C, X)), ("Rural", None, "dwelling", {}, (P, X)),
     ("Business", "dairy", "flats", {"meets_standards": False}, (C, X))],
)  # fmt: skip
def test_what_is_not_listed_is_non_complying_and_a_precinct_speaks_instead_of_the_zone(
    zone, precinct, use, facts, answer
):
    ground = {"zones": {"zone": zone}} | ({"precinct": {"precinct": precinct}} if precinct else {})
    verdict = told("matamata", use, ground=ground, facts=facts)
    assert span(verdict) == answer
    assert [permit.id for permit in verdict.permits] == ["consent"] * (verdict.at_least == C)


@pytest.mark.parametrize(
    ("facts", "answer"),
    [({"mainly_business": True, "core_area_only": False}, (P, P)),
     ({"mainly_business": False, "core_area_only": False}, (C, X)),
     ({"mainly_business": True, "core_area_only": True}, (X, X)), ({}, (P, X))],
)  # fmt: skip
def test_an_arcade_in_a_mixed_area_hangs_on_its_part_and_its_kind(facts, answer):
    assert span(told("baunvo", "vergnuegungsstaetten", ground={"gebiete": {"art": "MI"}}, facts=facts)) == answer


@pytest.mark.parametrize("name", PRINTED)
def test_written_out_they_are_the_same_law(name, tmp_path):
    for target in (tmp_path / "law.xlsx", tmp_path / "law"):
        export_rulebook(LAW / name, target)
        assert read_rulebook(target).sha256 == read_rulebook(LAW / name).sha256


# the ways in which tables say which row, which column and which footnote is meant

USES = """use_id,name,group,tags
shop,Shop,all,retail|trade
cafe,Cafe,all,retail|trade
mill,Mill,all,trade
zoo,Zoo,all,
"""


def one_table(folder, table, *, keys="", unlisted="prohibited", uses=USES):
    """Read a rulebook of one table by districts R, C and D."""
    text = TEXT[: TEXT.index('[[layer]]\nid = "corridor"')] + TEXT[TEXT.index("[[fact]]") :]
    text = text[: text.index('[[matrix]]\nid = "corridor"')] + FOOTNOTES
    text = text.replace('rows = "use"\n', keys or 'rows = "use"\n', 1).replace('"prohibited"', f'"{unlisted}"', 1)
    tables = {"uses": uses, "districts": table, "permits": TABLES["permits"]}
    return read_rulebook(write_rulebook(folder / "law", rules="", text=text, **tables))


FOOTNOTES = """
[[matrix.footnote]]
id = "1"
condition = "At most 300 m2."
outcome = "prohibited"
when = { all = [{ fact = "floor_area_m2", more_than = 300 }] }

[[matrix.footnote]]
id = "*"
condition = "Screened."
"""


def answers(book, use, **facts):
    ground = [square(number * 150) for number in range(3)]
    drawn = [({"district": name}, shape) for name, shape in zip("RCD", ground, strict=True)]
    project = town(book, parcels(*ground), districts=drawn)
    verdicts = assess(project, uses=[use], pathways=["build"], facts=facts).verdicts
    return " ".join(Outcome[row.at_least.upper()].name[:2] for row in verdicts.itertuples())


def test_the_narrowest_row_that_says_something_counts(tmp_path):
    book = one_table(tmp_path, "use,R,C,D\nshop,,P,\n@retail,X,X,S\n@trade,P,X,X\n*,L,L,\n")
    assert {use: answers(book, use) for use in book.uses} == {
        "shop": "PR PE CO", "cafe": "PR PR CO", "mill": "PE PR PR", "zoo": "CO CO PR",
    }  # fmt: skip


def test_rows_may_be_called_as_they_are_published(tmp_path):
    keys = 'rows = "name"\nuses = { "Retail, other" = ["@retail"], "Works" = ["mill", "zoo"] }\n'
    book = one_table(tmp_path, 'use,R,C,D\nShop,P,,\n"Retail, other",X,L,\nWorks,,P,P\n', keys=keys)
    assert {use: answers(book, use) for use in book.uses} == {
        "shop": "PE CO PR", "cafe": "PR CO PR", "mill": "PR PE PE", "zoo": "PR PE PE",
    }  # fmt: skip


def test_two_groups_that_say_different_things_on_one_use_are_told(tmp_path):
    uses = USES.replace("mill,Mill,all,trade", "mill,Mill,all,works").replace(
        "retail|trade\ncafe", "retail|works\ncafe"
    )
    with pytest.raises(RulebookError, match=r"row 3, column use \(A\): speaks on shop under 'R' as '@retail' does"):
        one_table(tmp_path, "use,R,C,D\n@retail,P,P,P\n@works,X,P,\n", uses=uses)
    assert one_table(tmp_path, "use,R,C,D\nshop,S,,\n@retail,P,P,P\n@works,X,P,\n", uses=uses)


@pytest.mark.parametrize("cell", ["P*", "P *", "P(*)", "P¹", "P 1, *", "P (1)"])
def test_stars_and_small_numbers_behind_a_symbol_are_footnotes(tmp_path, cell):
    book = one_table(tmp_path, f'use,R,C,D\nshop,"{cell}",P,X\n')
    assert answers(book, "shop", floor_area_m2=200)[:2] == ("CO" if "*" in cell else "PE")
    assert answers(book, "shop", floor_area_m2=301)[:2] == ("CO" if "1" not in cell and "¹" not in cell else "PR")


def test_a_star_that_nobody_explains_is_not_passed_over(tmp_path):
    with pytest.raises(RulebookError, match=r"symbol 'P\*\*' is not declared"):
        one_table(tmp_path, "use,R,C,D\nshop,P**,P,X\n")


@pytest.mark.parametrize(
    "table", ["use,R*,C,D\nshop,P,P,X\n", "use,R,C,D\nshop (*),P,P,X\n", "use,R (*),C,D\nshop,P,P,X\n"]
)
def test_footnotes_of_a_heading_or_a_row_hold_for_its_cells(tmp_path, table):
    assert answers(one_table(tmp_path, table), "shop") == (
        "CO PE PR" if "R*" in table or "R (" in table else "CO CO PR"
    )


def test_columns_before_the_name_of_the_row_and_notes_behind_are_no_districts(tmp_path):
    keys = 'rows = "name"\nrows_in = "Specific use"\nskip = ["Parking"]\narticles_in = "See"\n'
    heads = "Group,Specific use,R,C,D,Parking,See\n"
    table = f"{heads}Trade,Shop,P,L,X,1 a lot,§ 7\n,Cafe,L,,,2,\n{heads}"
    book = one_table(tmp_path, table, keys=keys)
    assert [answers(book, use) for use in ("shop", "cafe")] == ["PE CO PR", "CO PR PR"]
    assert {rule.article for rule in book.rules} == {"1, § 7", "1"}
    assert any("the headings once more" in note for note in book.notes)


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ('rows = "use"\nrows_in = "Use"\n', "rows_in 'Use' is not in the rulebook"),
        ('rows = "use"\nskip = ["Parking"]\n', "skip 'Parking'"),
        ('rows = "use"\nuses = { "Shops" = ["shop"] }\n', "uses 'Shops'"),
        ('rows = "use"\nuses = { "shop" = [] }\n', "stands for nothing"),
        ('rows = "use"\nuses = { "shop" = ["@market"] }\n', "'market'"),
        ('rows = "use"\ntransposed = true\narticles_in = "See"\n', "`articles_in` names a column beside the uses"),
    ],
)
def test_what_is_named_in_vain_is_a_fault(tmp_path, keys, named):
    with pytest.raises(RulebookError) as caught:
        one_table(tmp_path, "use,R,C,D\nshop,P,P,X\n", keys=keys)
    assert named in str(caught.value)
