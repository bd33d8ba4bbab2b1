"""Tables of uses as other countries publish them, made up in their shapes: read, and their answers on drawn parcels."""

from __future__ import annotations

import csv
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from specimens import WHOLE, box, layer_of, parcels, square, town

from geo_tej.engine import export_rulebook
from geo_tej.errors import RulebookError
from geo_tej.i18n import Text
from geo_tej.model import Outcome
from geo_tej.rulebook import read_rulebook
from geo_tej.verdict import assess, explain

LAW = Path(__file__).parent / "law"
P, C, X = Outcome.PERMITTED, Outcome.CONDITIONAL, Outcome.PROHIBITED


def told(name, use, *, ground, side=100, facts=None, pathway=None, absent=()):  # noqa: PLR0913
    """Judge a use on one square parcel of a made-up place; layers that are not drawn are surveyed and empty."""
    book = read_rulebook(LAW / name)
    layers = {layer: None if layer in absent else [] for layer in book.layers}
    drawn = {layer: [(attributes, box(*WHOLE))] for layer, attributes in ground.items()}
    project = town(book, parcels(square(side=side)), **(layers | drawn))
    return explain(assess(project, facts=facts), "A1", use, pathway or next(iter(book.pathways)))


def span(verdict):
    return Outcome(verdict.at_least), Outcome(verdict.at_most)


NO_DRIVE = {"drive_through": False, "floor_area_m2": 200}
HARBOR = [
    # district, use, the answer that the ordinance gives, facts
    ("R-1", "dwelling", (P, P), {}),
    ("R-2", "dwelling", (P, P), {}),
    ("R-1", "duplex", (X, X), {}),  # an empty cell
    ("MU", "duplex", (P, P), {}),
    ("R-1", "home-office", (C, C), {}),
    ("R-1", "bnb", (C, X), {}),  # the board may refuse
    ("MU", "bnb", (P, P), {"floor_area_m2": 300}),  # "no more than 300" includes 300
    ("MU", "bnb", (X, X), {"floor_area_m2": 301}),
    ("MU", "bnb", (P, X), {}),  # nobody said how much
    ("C-1", "cafe", (P, P), {"drive_through": False}),
    ("C-1", "cafe", (C, C), {"drive_through": True}),
    ("C-2", "cafe", (C, C), NO_DRIVE),  # footnote 2 screens it anyway
    ("C-2", "workshop", (C, X), {}),
    ("M-1", "workshop", (P, P), {}),
    ("C-1", "dwelling", (X, X), {}),  # none new
    ("M-1", "marina", (X, X), {}),  # unlisted is prohibited
    ("C-2", "marina", (X, X), {}),
]


@pytest.mark.parametrize(("district", "use", "answer", "facts"), HARBOR)
def test_the_ordinance_answers_as_its_table_says(district, use, answer, facts):
    assert span(told("harbor", use, ground={"districts": {"district": district}}, facts=facts)) == answer


def test_existing_may_stay_where_none_may_be_built():
    ground = {"districts": {"district": "C-1"}}
    assert span(told("harbor", "dwelling", ground=ground, pathway="convert")) == (C, C)
    assert span(told("harbor", "dwelling", ground=ground, pathway="build")) == (X, X)


@pytest.mark.parametrize(
    ("district", "side", "answer"),
    [("R-1", 29, X), ("R-1", 30, P), ("R-2", 21, X), ("R-2", 22, P), ("C-1", 5, X), ("MU", 21, X)],
)
def test_a_lot_has_its_least_size_by_district(district, side, answer):
    assert told("harbor", "dwelling", ground={"districts": {"district": district}}, side=side).outcome == answer


def test_a_special_use_permit_is_named_with_who_gives_it():
    verdict = told("harbor", "bnb", ground={"districts": {"district": "R-1"}})
    assert "→ special use permit (board of zoning appeals, city)" in verdict.text("en")
    assert {cause.kind for cause in verdict.causes} == {"officer"}
    assert "the board of zoning appeals" in verdict.text("en")


def test_a_footnote_says_its_own_article_and_words():
    verdict = told("harbor", "inn", ground={"districts": {"district": "C-1"}})
    assert "Screened from lots in residential districts; Harbor zoning ordinance, 4.3.2" in verdict.text("en")
    assert "4.3.2" in verdict.text("en")


@pytest.mark.parametrize(
    ("use", "answer"),
    [("dwelling", (C, C)), ("inn", (X, X)), ("bnb", (C, X)), ("theatre", (C, X)), ("duplex", (X, X))],
)
def test_an_overlay_makes_nothing_milder(use, answer):
    """Its letter P means another thing than the base table's: each table has its own symbols."""
    district = {"dwelling": "R-1", "inn": "C-2", "bnb": "R-1", "theatre": "C-1", "duplex": "R-1"}[use]
    ground = {"districts": {"district": district}, "historic": {"overlay": "H"}}
    assert span(told("harbor", use, ground=ground)) == answer


@pytest.mark.parametrize(("use", "answer"), [("theatre", (X, X)), ("shop", (P, P)), ("marina", (X, X))])
def test_an_overlay_may_bar_what_it_does_not_list_and_pass_its_blanks(use, answer):
    ground = {"districts": {"district": "C-2"}, "airport": {"zone": "A"}}
    assert span(told("harbor", use, ground=ground)) == answer


@pytest.mark.parametrize("district", ["PUD", "unknown"])
@pytest.mark.parametrize("use", ["dwelling", "shop", "marina"])
def test_a_district_without_a_column_is_open_and_never_permitted(district, use):
    verdict = told("harbor", use, ground={"districts": {"district": district}}, facts=NO_DRIVE)
    assert verdict.outcome == Outcome.UNKNOWN or use == "marina"
    assert verdict.at_most == X
    assert verdict.causes or use == "marina"


def test_ground_that_no_district_covers_is_never_permitted():
    assert span(told("harbor", "shop", ground={})) == (P, X)
    assert span(told("harbor", "shop", ground={}, absent=("districts",))) == (P, X)


def test_where_districts_overlap_each_must_list_the_use():
    book = read_rulebook(LAW / "harbor")
    two = [({"district": "C-1"}, square()), ({"district": "R-1"}, box(50, 0, 100, 100))]
    project = town(book, parcels(square()), districts=two, historic=[], airport=[])
    shop = explain(assess(project), "A1", "shop", "build")
    assert shop.area_m2["prohibited"] == pytest.approx(5000)
    assert shop.outcome == C  # on the half that is commercial alone
    assert explain(assess(project), "A1", "dwelling", "build").outcome == X  # none new in C-1, which covers all


# districts down, uses across

GEBIETE = [
    ("WR", "wohnen", (P, P)), ("WR", "laden", (C, X)), ("WR", "gaststaette", (X, X)), ("WA", "hotel", (C, X)),
    ("WA", "laden", (P, P)), ("GE", "wohnen", (C, X)), ("GE", "werkstatt", (P, P)), ("MI", "vergnuegung", (X, X)),
]  # fmt: skip


@pytest.mark.parametrize(("art", "use", "answer"), GEBIETE)
def test_a_table_may_list_districts_down_and_uses_across(art, use, answer):
    assert span(told("gebiete", use, ground={"gebiete": {"art": art}})) == answer


def test_a_district_without_a_row_is_open_too():
    assert span(told("gebiete", "wohnen", ground={"gebiete": {"art": "SO"}})) == (P, X)


# codes, circles and numbered conditions

FENQU = [
    ("01", "dwelling", (P, P), {}), ("0101", "dwelling", (P, P), {}), ("010101", "eatery", (P, P), {}),
    ("0102", "eatery", (C, C), {"road_width_m": 8}),  # the finest column that fits is 01
    ("0102", "eatery", (X, X), {"road_width_m": 7.9}), ("0102", "eatery", (C, X), {}),
    ("0101", "hotel", (C, C), {}), ("02", "hotel", (P, P), {"road_width_m": 12}), ("03", "dwelling", (X, X), {}),
    ("03", "factory", (P, P), {}), ("02", "factory", (X, X), {}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "use", "answer", "facts"), FENQU)
def test_codes_that_begin_with_0_and_circled_conditions(code, use, answer, facts):
    assert span(told("fenqu", use, ground={"fenqu": {"code": code}}, facts=facts)) == answer


@pytest.mark.parametrize("code", ["1", "101", "04", "unknown"])
def test_a_code_that_lost_its_zero_is_open_not_prohibited_and_not_permitted(code):
    assert span(told("fenqu", "dwelling", ground={"fenqu": {"code": code}})) == (P, X)


@pytest.mark.parametrize(("grade", "use", "answer"), [("1", "dwelling", X), ("2", "dwelling", C), ("2", "factory", P)])
def test_a_zone_over_the_plan_is_heard_beside_it(grade, use, answer):
    code = "03" if use == "factory" else "0101"
    assert told("fenqu", use, ground={"fenqu": {"code": code}, "flood": {"grade": grade}}).outcome == answer


# a table in Shift_JIS whose cells may hold nothing but the number of a limit

YOUTO = [
    ("１低", "shop", 10, (X, X)), ("２低", "shop", 150, (P, P)), ("２低", "shop", 150.1, (X, X)),
    ("１中", "shop", 500, (P, P)), ("１中", "shop", 501, (X, X)), ("２中", "office", 1500, (P, P)),
    ("２中", "office", 1501, (X, X)), ("１住", "hotel", 3000, (P, P)), ("１住", "hotel", 3001, (X, X)),
    ("１住", "hotel", None, (P, X)), ("準住", "karaoke", 10_000, (P, P)), ("準住", "karaoke", 10_001, (X, X)),
    ("商業", "hotel", None, (P, P)), ("工業", "hotel", 10, (X, X)), ("工業", "house", None, (P, P)),
    ("工専", "house", 50, (X, X)), ("１低", "hospital", None, (X, X)), ("１中", "hospital", None, (P, P)),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "use", "floor", "answer"), YOUTO)
def test_a_use_is_allowed_up_to_the_floor_area_that_its_number_says(zone, use, floor, answer):
    facts = {} if floor is None else {"floor_area_m2": floor}
    assert span(told("youto", use, ground={"youto": {"zone": zone}}, facts=facts)) == answer


def test_a_text_coding_that_nobody_declared_is_asked_for_where_letters_come_out_wrong(tmp_path):
    folder = tmp_path / "law"
    shutil.copytree(LAW / "youto", folder)
    text = (folder / "rulebook.toml").read_text(encoding="utf-8")
    (folder / "rulebook.toml").write_text(text.replace('encoding = "shift_jis"', ""), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"別表.csv: not UTF-8 and so read as GBK; .*`encoding` at the head"):
        read_rulebook(folder)
    (folder / "rulebook.toml").write_text(text.replace("shift_jis", "shiftjs"), encoding="utf-8")
    with pytest.raises(RulebookError, match="'shiftjs' is no coding of text"):
        read_rulebook(folder)
    (folder / "rulebook.toml").write_text(text.replace('marks_alone = "○"', ""), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"column ２低 \(C\): symbol '①'.*`marks_alone`"):
        read_rulebook(folder)


# from the class above to the use beside: two rows of headings, an empty corner, blanks that need permission

GPDO = [
    ("E", "dwelling", {"years_in_use": 2}, (C, X)), ("E", "dwelling", {"years_in_use": 1.9}, (X, X)),
    ("E", "shop", {}, (P, P)), ("E", "school", {}, (C, X)), ("C3", "hmo", {}, (P, P)), ("C4", "dwelling", {}, (P, P)),
    ("agricultural", "dwelling", {"floor_area_m2": 1000, "dwellings": 10}, (C, X)),
    ("agricultural", "dwelling", {"floor_area_m2": 1000, "dwellings": 11}, (X, X)),
    ("agricultural", "shop", {"floor_area_m2": 1000}, (P, P)),
    ("agricultural", "shop", {"floor_area_m2": 1001}, (X, X)),
    ("agricultural", "hmo", {}, (P, X)),  # not applicable: neither a yes nor a no
    ("SG takeaway", "dwelling", {"floor_area_m2": 150}, (C, X)), ("SG takeaway", "shop", {}, (P, P)),
    ("SG takeaway", "dwelling", {"floor_area_m2": 151}, (X, X)), ("B2", "dwelling", {}, (C, X)),
]  # fmt: skip


@pytest.mark.parametrize(("present", "use", "facts", "answer"), GPDO)
def test_a_change_of_use_is_read_from_a_table_of_classes(present, use, facts, answer):
    assert span(told("gpdo", use, ground={"units": {"use_class": present}}, facts=facts)) == answer


@pytest.mark.parametrize(
    ("kind", "use", "answer"),
    [("listed building", "dwelling", (C, X)), ("AONB", "dwelling", (C, X)), ("conservation area", "dwelling", (P, P)),
     ("listed building", "hmo", (P, P))],
)  # fmt: skip
def test_a_designation_takes_a_permitted_change_away(kind, use, answer):
    present = "C4" if use == "dwelling" else "C3"
    ground = {"units": {"use_class": present}, "designations": {"kind": kind}}
    verdict = told("gpdo", use, ground=ground)
    assert span(verdict) == answer
    assert [permit.id for permit in verdict.permits] == ["FULL"] * (answer != (P, P))


def test_what_needs_permission_and_what_prior_approval_is_told_by_who_signs():
    ground = {"units": {"use_class": "B2"}}
    assert [permit.what.en for permit in told("gpdo", "dwelling", ground=ground).permits] == ["planning permission"]
    ground = {"units": {"use_class": "E"}}
    assert [permit.what.en for permit in told("gpdo", "school", ground=ground).permits] == ["prior approval"]


# a table as a county published it: headings in three rows, ranges of districts, blanks with spaces, a slip of the pen

DAVIDSON = [
    ("MUL", "hotel", (P, P)), ("MUL-A", "hotel", (P, P)), ("OL", "hotel", (X, X)), ("OG", "hotel", (P, P)),
    ("RS7.5", "cultural-center", (C, X)), ("IR", "cultural-center", (C, X)), ("North", "car-wash", (X, X)),
    ("South", "car-wash", (C, C)), ("AG", "short-term-rental", (C, C)), ("IG", "heavy-industry", (P, P)),
    ("IR", "heavy-industry", (X, X)), ("MUI-A", "personal-care", (P, P)), ("SP", "single-family", (X, X)),
    ("OR40", "restaurant", (C, C)), ("SCR", "multi-family", (P, P)), ("CN-A", "bnb", (C, C)),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "use", "answer"), DAVIDSON)
def test_headings_in_several_rows_are_one_heading(zone, use, answer):
    assert span(told("davidson", use, ground={"zoning": {"zone": zone}})) == answer


def test_every_cell_of_a_published_table_is_answered_as_it_is_printed():
    """Read by hand: the words of rows 3 to 5 above each other, the first district of each range."""
    with (LAW / "davidson" / "land-use.csv").open(encoding="utf-8", newline="") as file:
        printed = list(csv.reader(file))
    heads = [" ".join(filter(None, words)) for words in zip(*printed[2:5], strict=True)]
    book = read_rulebook(LAW / "davidson")
    entry = tomllib.loads((LAW / "davidson" / "rulebook.toml").read_text(encoding="utf-8"))["matrix"][0]
    zones = [entry["columns"].get(head, [head])[0] for head in heads[1:]]
    ground = [square(number % 10 * 150, number // 10 * 150) for number in range(len(zones))]
    drawn = [({"zone": zone}, shape) for zone, shape in zip(zones, ground, strict=True)]
    verdicts = assess(town(book, parcels(*ground), zoning=drawn), pathways=["build"]).verdicts
    found = {(row.use, row.parcel_id): (row.at_least, row.at_most) for row in verdicts.itertuples()}
    means = {"": (X, X), "ne": (X, X), "P": (P, P), "PC": (C, C), "A": (C, C), "SE": (C, X), "O": (C, X)}
    rows = {row[0]: [cell.strip() for cell in row[1:]] for row in printed[5:]}
    for use in book.uses.values():
        for number, cell in enumerate(rows[use.title.en], start=1):
            assert found[use.id, f"A{number}"] == tuple(each.name.lower() for each in means[cell]), (use.id, number)


def test_a_slip_in_a_published_table_is_refused_until_somebody_says_what_it_means(tmp_path):
    folder = tmp_path / "davidson"
    shutil.copytree(LAW / "davidson", folder)
    text = (folder / "rulebook.toml").read_text(encoding="utf-8")
    (folder / "rulebook.toml").write_text(text.replace('id = "ne"', 'id = "X"'), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"land-use.csv, row 8, column R80 thru R6-A \(D\): symbol 'ne' is not"):
        read_rulebook(folder)
    (folder / "rulebook.toml").write_text(text.replace("[3, 5]", "[5, 3]"), encoding="utf-8")
    with pytest.raises(RulebookError, match="`header_row` is one row, or the first and the last of several"):
        read_rulebook(folder)
    (folder / "rulebook.toml").write_text(text.replace("[3, 5]", "[3, 500]"), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"land-use\.csv, row 500: holds no headings"):
        read_rulebook(folder)


# lists a zone, where what nobody names needs consent in one zone and is prohibited in the next

LISMORE = {
    # use: R1, R2, E1
    "home-occupation": (P, P, P), "dwelling-house": (C, C, X), "residential-flat": (C, X, X), "shop-top": (C, X, C),
    "neighbourhood-shop": (C, C, C), "restaurant": (C, C, C), "office": (X, X, C), "hotel": (C, C, C),
    "farm-stay": (X, X, C), "car-park": (X, X, C), "service-station": (X, X, C), "vet": (X, X, C),
    "warehouse": (X, X, X), "childcare": (C, C, C), "stadium": (X, X, X), "swimming-school": (C, C, C),
}  # fmt: skip


@pytest.mark.parametrize("use", LISMORE)
def test_what_no_item_names_is_told_zone_by_zone(use):
    for zone, answer in zip(("R1", "R2", "E1"), LISMORE[use], strict=True):
        verdict = told("lismore", use, ground={"zones": {"zone": zone}})
        assert span(verdict) == (answer, answer), zone
        assert [permit.id for permit in verdict.permits] == ["consent"] * (answer == C)


@pytest.mark.parametrize("name", ["youto", "gpdo", "davidson", "lismore"])
def test_foreign_tables_written_out_are_the_same_law(name, tmp_path):
    for target in (tmp_path / "law.xlsx", tmp_path / "law"):
        export_rulebook(LAW / name, target)
        assert read_rulebook(target).sha256 == read_rulebook(LAW / name).sha256


# what the loader refuses


def refused(tmp_path, **files):
    folder = tmp_path / "harbor"
    folder.mkdir()
    for file in (LAW / "harbor").iterdir():
        text = file.read_text(encoding="utf-8")
        for old, new in files.get(file.stem.replace("-", "_"), {}).items():
            assert old in text
            text = text.replace(old, new)
        (folder / file.name).write_text(text, encoding="utf-8")
    with pytest.raises(RulebookError) as caught:
        read_rulebook(folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("table_2", "P1,P,P", "P9,P,P", ["row 5, column MU (C)", "'P9'", "footnotes: 1, 2, 3"]),
        ("table_2", "duplex", "dupplex", ["table-2.csv, row 4, column use (A): use 'dupplex'", "duplex"]),
        ("table_2", "use,R-1 / R-2,MU", "use,R-1|R-2,R-2", ["row 1, column R-2 (C)", "'R-2' stands under 'R-1|R-2'"]),
        ("table_2", "duplex,,P", "dwelling|duplex,,P", ["'dwelling' stands in more than one row"]),
        ("table_2", "MU,C-1", "MU,C-9", ["row 1, column C-9 (D)", "C-1"]),
        ("rulebook", 'blank = "-"', 'blank = "none"', ["blank 'none'", "unlisted"]),
        ("rulebook", 'approvals = ["sup"]\ncould_be', 'approvals = ["sop"]\ncould_be', ["symbol SUP", "'sop'"]),
        ("rulebook", 'fact = "floor_area_m2", more', 'fact = "floor_m2", more', ["footnote 1", "floor_area_m2"]),
        ("rulebook", 'id = "3"', 'id = "2"', ["footnote '2' stands more than once"]),
        ("rulebook", '"R-1 / R-2" =', '"R-1 und R-2" =', ["columns 'R-1 und R-2'", "R-1 / R-2"]),
        ("rules", "district=R-1,", "R-1,", ["rules.csv, row 2, column where (D)", "attribute=value"]),
        ("rules", "less_than 900", "smaller 900", ["rules.csv, row 2, column when (E)", "less_than"]),
        ("rules", "code,5.1,true", "code,5.1,perhaps", ["column verified (M)", "'perhaps' is neither true nor false"]),
        ("rules", "code,5.2", "kode,5.2", ["rules.csv, row 3, column source (K)", "'kode'"]),
        ("rules", "lot-r2,zone", "lot-r2,fact", ["rules.csv, row 3", "fact"]),
    ],
)
def test_what_cannot_be_followed_is_named_with_its_cell(tmp_path, file, old, new, named):
    message = refused(tmp_path, **{file: {old: new}})
    for words in named:
        assert words in message


def test_a_cell_that_can_be_read_in_two_ways_is_refused(tmp_path):
    text = (LAW / "harbor" / "rulebook.toml").read_text(encoding="utf-8")
    assert "P1" in (LAW / "harbor" / "table-2.csv").read_text(encoding="utf-8")
    more = '[[symbol]]\nid = "P1"\ntitle = "another"\noutcomes = { "*" = "permitted" }\n\n[[matrix]]\nid = "table-2"'
    other = text.replace('[[matrix]]\nid = "table-2"', more)
    folder = tmp_path / "law"
    folder.mkdir()
    for file in (LAW / "harbor").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "rulebook.toml").write_text(other.replace('id = "3"', 'id = "12"'), encoding="utf-8")
    (folder / "table-2.csv").write_text(
        (folder / "table-2.csv").read_text(encoding="utf-8").replace("P3", "P12").replace("P 2, 3", "P 2"),
        encoding="utf-8",
    )
    with pytest.raises(RulebookError, match=r"'P12' can be read as P with 12 or P1 with 2"):
        read_rulebook(folder)


def test_a_declared_symbol_is_read_before_any_footnote(tmp_path):
    """A letter with a number may itself be a symbol: then no footnote is looked for."""
    book = read_rulebook(LAW / "harbor")
    assert any(rule.id == "table-2/MU/footnote 1" for rule in book.rules)
    folder = tmp_path / "law"
    folder.mkdir()
    for file in (LAW / "harbor").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    text = (folder / "rulebook.toml").read_text(encoding="utf-8")
    more = '[[symbol]]\nid = "P1"\ntitle = "P of the first kind"\noutcomes = { "*" = "conditional" }\n\n[[source]]'
    (folder / "rulebook.toml").write_text(text.replace("[[source]]", more, 1), encoding="utf-8")
    rules = {rule.id: rule for rule in read_rulebook(folder).rules}
    assert rules["table-2/MU/P1/conditional"].condition == Text("P of the first kind", "P of the first kind")
    assert rules["table-2/MU/P1/conditional"].uses == {"bnb", "cafe"}


def test_answers_do_not_rest_on_the_order_of_rows_and_columns():
    book = read_rulebook(LAW / "harbor")
    turned = replace(book, rules=tuple(reversed(book.rules)))
    layers = {"districts": [({"district": "MU"}, box(*WHOLE))], "historic": [], "airport": []}
    spans = [assess(town(each, parcels(square()), **layers)).judgement for each in (book, turned)]
    assert (spans[0].least == spans[1].least).all()
    assert (spans[0].most == spans[1].most).all()


def test_layers_drawn_in_memory_bear_the_rulebooks_attributes():
    """The helper of these tests draws what the manifest's reader would."""
    book = read_rulebook(LAW / "fenqu")
    layer = layer_of(book, "fenqu", [({"code": "0101"}, square())])
    assert layer.classes == {"0101": {"code": "0101"}}
