"""Words, numbers and strict reading: the bottom floor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tej import errors
from geo_tej.errors import GeoTejError, choices, gather
from geo_tej.i18n import ACTION_WORDS, LEVEL_WORDS, OUTCOME_WORDS, STATE_WORDS, Text, area, percent, span
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
