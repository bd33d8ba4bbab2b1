"""Whatever is written in a rulebook, it is read or refused with a sentence; it never breaks the reader."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st
from specimen_texts import RULEBOOK, RULES, TABLES
from specimens import make_book

from geo_tej.errors import RulebookError
from geo_tej.model import Rulebook

KEYS = sorted(tomllib.loads(RULEBOOK + RULES))
VALUES = ["5", "true", '"x"', "[1]", "[]", "{ a = 1 }", "[{ id = 1 }]", '[{ id = "x" }]', "[[1]]", '[{ id = ["a"] }]']


def read(**changes):
    with TemporaryDirectory() as folder, suppress(RulebookError):
        return make_book(Path(folder) / "law", **changes)
    return None


def without(key):
    """Write the tiny rulebook as plain TOML values, one key left out."""
    from geo_tej.engine import as_json  # noqa: PLC0415

    table = {name: value for name, value in tomllib.loads(RULEBOOK).items() if name not in (key, "date")}
    date = "" if key == "date" else "date = 2026-01-01\n"
    return date + "".join(f"{name} = {inline(value, as_json)}\n" for name, value in table.items())


def inline(value, write):
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{name}" = {inline(item, write)}' for name, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item, write) for item in value) + "]"
    return write(value)


@given(st.sampled_from(KEYS), st.sampled_from(VALUES))
def test_any_value_under_any_key(key, value):
    rules = "" if key == "rule" else RULES
    law = read(text=f"{key} = {value}\n" + without(key), rules=rules)
    assert law is None or isinstance(law, Rulebook)


def test_the_tiny_rulebook_written_plainly_is_itself(book):
    assert read(text=without("")).rules == book.rules


CELLS = st.sampled_from(
    ["", "hotel", "shop", "P", "X", "use", "mixed", "#", "use_id", '"', "1e400", "nan", "湖", ",", " "]
)


@given(st.sampled_from(sorted(TABLES)), st.lists(st.lists(CELLS, max_size=4), max_size=4))
def test_any_table(name, rows):
    content = "\n".join(",".join(row) for row in rows)
    law = read(**{name.removesuffix(".csv"): content})
    assert law is None or isinstance(law, Rulebook)


@given(st.sampled_from(sorted(TABLES)), st.integers(0, 3), st.integers(0, 7), CELLS)
def test_any_cell(name, row, column, cell):
    rows = [line.split(",") for line in TABLES[name].splitlines()]
    row, column = row % len(rows), column % len(rows[0])
    rows[row][column] = cell
    law = read(**{name.removesuffix(".csv"): "\n".join(",".join(cells) for cells in rows)})
    assert law is None or isinstance(law, Rulebook)
