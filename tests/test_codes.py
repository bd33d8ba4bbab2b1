"""Code lists: what a code means in each scheme, what it is in another, which industries are services."""

from __future__ import annotations

import csv

import pytest
from specimen_texts import RULES
from specimens import make_book

from geo_tej.codes import (
    CodeLists,
    ambiguous,
    codes_of,
    counterpart,
    find_code,
    industry_of,
    is_tertiary,
    meanings,
    scheme_of_column,
    scheme_of_names,
)
from geo_tej.errors import RulebookError
from geo_tej.rulebook import bundled, read_rulebook

NOW, LAND, SURVEY, TOWN = "用地用海2023", "GB/T 21010-2017", "三调工作分类", "GB 50137-2011"


@pytest.fixture(scope="session")
def lists():
    return read_rulebook("zhejiang-scenic").codes


def test_the_lists_have_every_row_of_the_register(lists):
    assert {scheme: len(codes_of(lists, scheme)) for scheme in lists.schemes} == {
        NOW: 175,
        LAND: 85,
        SURVEY: 31,
        TOWN: 33,
    }
    assert (len(lists.codes), len(lists.counterparts), len(lists.industries)) == (324, 128, 97)
    assert not any(pair.verified for pair in lists.counterparts.values())


def test_37_codes_of_four_digits_mean_different_things_and_one_that_differs_in_name_does_not(lists):
    both = [code for scheme, code in lists.codes if scheme == LAND and (NOW, code) in lists.codes]
    named = [code for code in both if len({text.zh for text in meanings(lists, code).values()}) > 1]
    other = [code for code in both if ambiguous(lists, code, (LAND, NOW))]
    assert len([code for code in other if len(code) == 4]) == 37
    assert {code for code in other if len(code) == 2} == {"05", "06", "09", "10", "11", "12"}
    assert set(named) - set(other) >= {"0203", "07"}
    assert "0203" not in other


def test_a_code_has_its_schemes_name(lists):
    assert find_code(lists, "0702", LAND).title.zh == "农村宅基地"
    assert find_code(lists, "0702", NOW).title.zh == "城镇社区服务设施用地"
    assert find_code(lists, "0101", SURVEY).scheme == LAND  # the survey lists only what differs
    assert find_code(lists, "9999", NOW) is None
    assert find_code(lists, "0101", "no scheme") is None


@pytest.mark.parametrize(
    ("code", "scheme", "to", "codes", "cardinality"),
    [
        ("0504", LAND, NOW, ("090104",), "1:1"),
        ("090104", NOW, LAND, ("0504",), "1:1"),
        ("0601", LAND, NOW, ("1001",), "1:n"),
        ("100102", NOW, LAND, ("0601",), "n:1"),  # by the class above it
        ("0906", LAND, NOW, ("1504", "1507"), "1:n"),
        ("0101", SURVEY, NOW, ("0101",), "1:1"),  # by the scheme it extends
        ("08H2", SURVEY, NOW, ("0802", "0803", "0804", "0805", "0806", "0807"), "1:n"),
        ("B22", TOWN, NOW, ("0902",), "n:1"),
        ("1704", NOW, SURVEY, ("1104", "1104A"), "1:n"),
    ],
)
def test_a_code_has_a_counterpart_in_either_direction(  # noqa: PLR0913
    lists, code, scheme, to, codes, cardinality
):
    found = counterpart(lists, code, scheme, to)
    assert (found.to_codes, found.cardinality, found.verified) == (codes, cardinality, False)


def test_where_the_lists_do_not_say_there_is_no_counterpart(lists):
    assert counterpart(lists, "S4", TOWN, NOW) is None
    assert counterpart(lists, "0504", LAND, TOWN) is None
    assert counterpart(CodeLists(), "0504", LAND, NOW) is None


def test_names_tell_the_scheme_and_codes_alone_do_not(lists):
    assert scheme_of_names(lists, [("0601", "工业用地")]) == LAND
    assert scheme_of_names(lists, [("0601", "农村道路")]) == NOW
    assert scheme_of_names(lists, [("05H1", "商业服务业设施用地"), ("0101", "水田")]) == SURVEY
    assert scheme_of_names(lists, [("0101", "水田")]) is None  # alike in both
    assert scheme_of_names(lists, [("0601", "工业用地"), ("0601", "农村道路")]) is None
    assert scheme_of_names(lists, []) is None
    assert scheme_of_column(lists, "YDYHFLDM") == NOW
    assert scheme_of_column(lists, "dlbm") == SURVEY
    assert scheme_of_column(lists, "code") is None


def test_the_tertiary_sector_is_f_to_t_with_05_11_and_43(lists):
    tertiary = {code for code in lists.industries if is_tertiary(lists, code)}
    assert tertiary == {str(division) for division in range(51, 98)} | {"05", "11", "43"}
    by_section = {each.section for each in lists.industries.values() if each.sector == 3}
    assert by_section == set("FGHIJKLMNOPQRST") | set("ABC")
    assert is_tertiary(lists, "C4310")
    assert is_tertiary(lists, "3391") is False
    assert is_tertiary(lists, "00") is None
    assert industry_of(lists, "6110").title.zh == "住宿业"


SCHEMES = """
[industries]
use_column = "trade"

[[scheme]]
id = "old"
title = "old"
use_column = "old"

[[scheme]]
id = "new"
title = "new"
extends = "old"
"""
CODES = "scheme,code,name_zh,name_en,verified,source\nold,1,市,shop,true,act\nnew,2,店,inn,true,act\n"
PAIRS = "from_scheme,from_code,to_scheme,to_code,cardinality,verified\nold,1,new,2,1:1,false\n"
TRADES = "section,section_name,division,name,sector\nF,trade,52,retail,3\n"
USES = (
    "use_id,ref,name_zh,name_en,group,tags,least_area_m2,least_width_m,old,trade\n"
    "hotel,1,旅馆,hotel,tourism,night,,,1,5210\nshop,2,商店,shop,other,,,,,\nworkshop,3,作坊,workshop,other,,,,,\n"
)


TABLES = {"landuse-codes": CODES, "landuse-mapping": PAIRS, "industry": TRADES, "uses": USES}


def book(folder, *, schemes=SCHEMES, **tables):
    return make_book(folder, rules=RULES + schemes, **(TABLES | tables))


def test_a_rulebook_brings_lists_of_its_own(tmp_path):
    lists = book(tmp_path).codes
    assert find_code(lists, "1", "new").title.en == "shop"
    assert counterpart(lists, "2", "new", "old").to_codes == ("1",)
    assert is_tertiary(lists, "5210")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"landuse-codes": CODES + "older,3,x,x,true,act\n"},
            "landuse-codes.csv, row 4, column scheme (A): scheme 'older'; did you mean old",
        ),
        ({"landuse-codes": CODES + "old,1,x,x,true,act\n"}, "the code 1 of old stands more than once"),
        (
            {"landuse-codes": CODES + "old,3,x,x,maybe,act\n"},
            "row 4, column verified (E): verified must be true or false, not 'maybe'",
        ),
        ({"landuse-codes": CODES + "old,3,,x,true,act\n"}, "row 4: the column name_zh is missing or empty"),
        (
            {"landuse-codes": CODES + "old,3,x,x,true,acts\n"},
            "row 4, column source (F): source 'acts'; did you mean act",
        ),
        ({"landuse-mapping": PAIRS + "old,9,new,2,1:1,false\n"}, "row 3, column from_code (B): '9' is no code of old"),
        ({"landuse-mapping": PAIRS + "old,1,new,7,1:1,false\n"}, "row 3, column to_code (D): '7' is no code of new"),
        ({"landuse-mapping": PAIRS.replace("1:1", "1:2")}, "row 2, column cardinality (E): cardinality '1:2'"),
        ({"landuse-mapping": PAIRS + "old,1,new,2,1:1,false\n"}, "row 3: 1 of old stands more than once"),
        (
            {"industry": TRADES.replace(",3", ",4")},
            "industry.csv, row 2, column sector (E): sector must be 1, 2 or 3, not '4'",
        ),
        (
            {"industry": TRADES + "F,trade,52,retail,3\n"},
            "row 3, column division (C): the division 52 stands more than once",
        ),
        ({"uses": USES.replace(",1,5210", ",8,5210")}, "uses.csv, row 2, column old (I): '8' is no code of old"),
        (
            {"uses": USES.replace("5210", "6110")},
            "row 2, column trade (J): the division of '6110' is not in industry.csv",
        ),
        ({"schemes": SCHEMES.replace('extends = "old"', 'extends = "new"')}, "scheme new: extends 'new'; known: old"),
    ],
)
def test_every_fault_of_the_lists_is_told_with_its_row(tmp_path, changed, told):
    with pytest.raises(RulebookError) as raised:
        book(tmp_path, **changed)
    assert told in str(raised.value)


def test_the_plans_tables_are_written_in_codes_that_exist(tmp_path):
    folder = bundled()["zhejiang-scenic"]
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (folder / "plan-2023.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[0][rows[0].index("0901")] = "0999"
    (tmp_path / "plan-2023.csv").write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    with pytest.raises(RulebookError, match="'0999' is no code of 用地用海2023"):
        read_rulebook(tmp_path)
