"""Rows that say who sits where are held against the firms and parcels there are; none is lost."""

from __future__ import annotations

import pytest
from specimens import make_project

from geo_tej.io import read_project

HEAD = "enterprise_id,parcel_id\n"


def remarks(folder, links):
    project = read_project(make_project(folder, occupancy=HEAD + links))
    return project, project.layers["occupancy"].remarks


def test_sound_rows_need_no_words(tmp_path):
    assert remarks(tmp_path, "F1,A1\nF1,A2\nF2,A3\n")[1] == ()


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ("F1,A1\nF1,A9\n", "row 2: parcel_id 'A9' is not in the project; known: A1, A2, A3"),
        ("F1,A1\nF01,A2\n", "row 2: enterprise_id 'F01' is not in the project; did you mean F1?"),
        ("F1,A1\nF2,\n", "row 2 has no parcel_id"),
        ("F1,A1\n,A2\n", "row 2 has no enterprise_id"),
        ("F1,A1\nF2,A3\nF1,A1\n", "row 3 says again what row 1 says"),
    ],
)
def test_a_row_that_names_nobody_or_nothing_is_told_and_kept(tmp_path, links, said):
    project, told = remarks(tmp_path, links)
    assert said in told
    assert len(project.occupancy) == links.count("\n")


def test_a_table_of_wrong_rows_is_told_in_a_few_lines(tmp_path):
    _, told = remarks(tmp_path, "".join(f"F1,X{number}\n" for number in range(20)))
    assert len(told) == 6
    assert told[-1] == "and 15 more such rows"
