"""Words, numbers and strict reading: the bottom floor."""

from __future__ import annotations

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tej import errors
from geo_tej.errors import GeoTejError, choices, gather
from geo_tej.i18n import (
    ACTION_WORDS,
    LEVEL_WORDS,
    OUTCOME_WORDS,
    STATE_WORDS,
    Text,
    area,
    folded,
    percent,
    span,
    wide,
)
from geo_tej.model import LEVELS, OUTCOMES, STATES, Action
from geo_tej.strict import read_csv

ERRORS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, GeoTejError)]


@pytest.mark.parametrize("error", [each for each in ERRORS if each is not GeoTejError])
def test_every_error_is_ours_and_a_builtin(error):
    assert issubclass(error, (ValueError, OSError))
    assert error.__doc__


def test_every_code_has_its_words_in_both_languages():
    for words, codes in ((OUTCOME_WORDS, OUTCOMES), (STATE_WORDS, STATES), (LEVEL_WORDS, LEVELS)):
        assert len(words) == len(codes)
        assert all(text.zh and text.en for text in words)
    assert set(ACTION_WORDS) == {action.value for action in Action}


def test_spans_in_the_words_of_the_design():
    assert span(1, 2, "zh", ("分级",)) == "有条件符合～不符合，待核：分级"
    assert span(0, 0, "zh") == "符合（未见禁限，仍须报批）"
    assert span(0, 0, "en") == "no bar found (approvals still needed)"
    assert [span(code, code, "en") for code in (1, 2)] == ["conditional", "not permitted"]


@pytest.mark.parametrize(
    ("square_metres", "units", "written"),
    [
        (1503 * 2000 / 3, ("ha", "mu"), "100.2000 ha = 1,503.00 mu"),  # shared fixtures: 1503 亩 = 100.2 ha
        (1_000_000, ("m2", "ha"), "1,000,000.00 m² = 100.0000 ha"),
        (0, ("m2",), "0.00 m²"),
        (2000 / 3, ("m2", "mu"), "666.67 m² = 1.00 mu"),
    ],
)
def test_areas_in_the_units_of_the_trade(square_metres, units, written):
    assert area(square_metres, "en", units) == written


@given(st.floats(0, 1))
def test_a_percentage_never_rounds_something_to_nothing_or_to_all(share):
    said = percent(share)
    assert (said == "0 %") == (share == 0)
    assert (said == "100 %") == (share >= 1 - 1e-6)  # an area is known to a millionth


def test_one_fault_stands_alone_and_many_are_a_list():
    assert gather(["a"]) == "a"
    assert gather(["a", "b"]).splitlines() == ["2 faults:", "  - a", "  - b"]
    assert choices("hotle", ["hotel", "shop"]) == "did you mean hotel?"
    assert choices("zzz", [str(number) for number in range(10)]).endswith("and 2 more")
    assert Text("湖", "lake")["zh"] == "湖"


CELL = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters='\r\n",\x00\ufeff'), max_size=6)


@given(st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=5))
def test_a_table_is_read_back_as_written_but_for_blanks(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_text("\n".join(["a,b", *(",".join(row) for row in rows)]), encoding="utf-8")
    faults = []
    read = read_csv(path, faults)
    kept = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    assert faults == []
    assert [[row["a"], row["b"]] for row in read] == kept


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"", "is empty"), (b"a,a\n1,2\n", "stands more than once"), (b"a,b\n1\n", "row 2: has 1 cells"),
     (b"a\n\xff\xff\xff\n", "neither UTF-8 nor GBK")],
)  # fmt: skip
def test_odd_tables_are_faults(tmp_path, content, fault):
    (tmp_path / "t.csv").write_bytes(content)
    faults = []
    read_csv(tmp_path / "t.csv", faults)
    assert any(fault in each for each in faults)


GLOSSARY = {
    "parcel": "地块", "enterprise": "企业", "use": "用途", "pathway": "实施路径", "layer": "图层", "zone": "分区",
    "rulebook": "规则库", "law as of": "法规日期", "no bar found": "未见禁限", "not permitted": "不符合",
    "to be settled": "待核实", "boundary error": "边界误差", "registered area": "登记面积", "tenure": "权利类型",
    "present land use": "现状地类", "set aside": "剔除", "repaired": "修复", "licence": "许可", "date": "日期",
    "scenario": "情景", "decided": "裁量决定", "land quota": "用地指标", "approvals needed": "须办审批",
}  # fmt: skip
SPOKEN = (
    "i18n", "verdict.words", "verdict.steadiness", "report.words", "transition_report", "transition.words",
    "tables.words", "tables.places", "tables.transition", "document.words", "maps.words", "maps.siting_words",
    "rulebook.changes",
)  # fmt: skip


def texts(value):
    if isinstance(value, Text):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, tuple) and len(value) == 2 and all(isinstance(each, str) for each in value):
        yield Text(*value)
    elif isinstance(value, tuple):
        for each in value:
            yield from texts(each)


@pytest.mark.parametrize("module", SPOKEN)
def test_each_notion_has_one_word_in_each_language(module):
    said = [each for value in vars(import_module(f"geo_tej.{module}")).values() for each in texts(value)]
    assert said
    strays = {(each.en, each.zh) for each in said if GLOSSARY.get(each.en.lower(), each.zh) != each.zh}
    assert not strays
    assert not [each.zh for each in said if any(mark in each.zh for mark in (": ", "; ", ", ", " ("))]


@given(st.text("旅游饭店，。（）《》 hotel-19\n", max_size=200), st.integers(20, 60))
def test_folding_breaks_lines_and_loses_nothing(text, width):
    broken = folded(text, width)
    assert broken.replace("\n", "").replace(" ", "") == text.replace("\n", "").replace(" ", "")
    longest = max((wide(word) for word in text.split()), default=0)
    indent = max((len(line) - len(line.lstrip()) for line in text.split("\n")), default=0) + 4
    assert all(wide(line) <= max(width, longest + indent) for line in broken.split("\n"))


def test_no_line_begins_with_what_closes():
    broken = folded("规划允许（须换成本地规划的用途表），依据《条例》第四十七条。" * 3, 20)
    assert not [line for line in broken.split("\n") if line.strip()[:1] in "，。；：、）》"]
