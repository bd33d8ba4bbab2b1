"""Rows that say who sits where are held against the firms and parcels there are; none is lost."""

from __future__ import annotations

import pandas as pd
import pytest
from specimens import make_project

from geo_tej.i18n import told_in
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


FIRMS = "enterprise_id,name,industry,willing\n"


def firms(folder, rows, **more):
    project = read_project(make_project(folder, firms=FIRMS + rows, **more))
    return project, project.layers["firms"]


def test_rows_of_a_firm_that_say_the_same_are_taken_once(tmp_path):
    project, layer = firms(tmp_path, "F1,纸厂,22,yes\nF2,瓦厂,30,no\nF1,纸厂,22,yes\n")
    assert project.enterprises.index.tolist() == ["F1", "F2"]
    assert project.enterprises["willing"].tolist() == [True, False]
    assert layer.remarks == ("F1 stands in rows 1, 3 of firms, which say the same: it is taken once",)
    assert not layer.account.set_aside


def test_what_the_rows_of_a_firm_differ_in_is_not_known_and_the_rows_are_set_aside(tmp_path):
    project, layer = firms(tmp_path, "F1,纸厂,22,yes\nF2,瓦厂,30,no\nF1,纸厂,26,\n")
    assert project.enterprises.index.tolist() == ["F1", "F2"]
    assert project.enterprises.loc["F1", "name"] == "纸厂"
    assert pd.isna(project.enterprises.loc["F1", ["industry", "willing"]]).all()
    assert project.enterprises.loc["F2", ["industry", "willing"]].tolist() == ["30", False]
    assert [(each.row, each.name) for each in layer.account.set_aside] == [(1, "F1"), (3, "F1")]
    assert layer.account.set_aside[1].attributes["industry"] == "26"
    assert layer.set_aside == 2
    assert "F1 stands in rows 1, 3 of firms, which differ in industry, willing" in layer.remarks[0]
    assert "企业编号 F1 重复（firms 第 1、3 行），industry、willing 不一致" in told_in(layer.remarks[0], "zh")


def test_firms_without_an_id_are_named_and_many_that_repeat_are_told_in_a_few_lines(tmp_path):
    rows = "".join(f"F{number},纸厂,22,yes\n" for number in [*range(9), *range(9)])
    project, layer = firms(tmp_path, f"{rows},砖厂,30,no\n")
    assert project.enterprises.index.tolist() == [*(f"F{number}" for number in range(9)), "firms-row-19"]
    assert layer.remarks[0] == "1 rows have no enterprise_id: they are named firms-row-NUMBER"
    assert layer.remarks[-1] == "and 5 more ids of firms that stand in several rows"


def test_firms_and_who_sits_where_may_come_in_several_layers(tmp_path):
    sits = '  { id = "occupancy", role = "occupancy", title = "Who is where", path = "occupancy.csv" },\n'
    more = (
        '  { id = "more", role = "enterprises", title = "More", path = "more.csv" },\n'
        '  { id = "links", role = "occupancy", title = "Links", path = "links.csv" },\n'
    )
    (tmp_path / "more.csv").write_text("enterprise_id,name,willing\nF1,另一厂,no\nF3,砖厂,yes\n", encoding="utf-8")
    (tmp_path / "links.csv").write_text(HEAD + "F3,A1\n", encoding="utf-8")
    project = read_project(make_project(tmp_path, edit={sits: sits + more}))
    assert project.enterprises.index.tolist() == ["F1", "F2", "F3"]
    assert project.enterprises["name"].fillna("").tolist() == ["", "Tile works", "砖厂"]
    assert project.enterprises["willing"].tolist() == [None, None, True]
    assert len(project.occupancy) == 4
    assert "row 1 of firms and row 1 of more, which differ in name, willing" in project.layers["more"].remarks[0]
