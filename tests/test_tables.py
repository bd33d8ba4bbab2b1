"""Tables say what the assessment says, in every kind of file, whatever the names in them."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from specimens import box, parcels, square, town

from geo_tej import model
from geo_tej.errors import OutputError
from geo_tej.i18n import Text
from geo_tej.io.write import replacing, replacing_all
from geo_tej.maps.looks import OUTCOMES
from geo_tej.tables import workbook, write_table, write_verdicts
from geo_tej.verdict import assess, enterprise_verdicts, explain

FORMULA = '=HYPERLINK("http://x","y")'
NAMES = [FORMULA, "bell\x07 & <b>", "造纸厂" + "长" * 40_000]
SEWER = {"sewer": "yes"}
SUFFIXES = ("csv", "gpkg", "parquet", "xlsx")


@pytest.fixture(scope="module")
def project(book):
    """A1 and A2 under a mixed plan, A3 under one of works; A1 meets core scenic ground, A2 a flood's edge."""
    plots = parcels(square(), square(100), square(200), name=NAMES, willing=["yes"] * 3)
    made = town(
        book,
        plots,
        zoning=[({"class": "mixed"}, box(-1000, -1000, 200, 2000)), ({"class": "works"}, box(200, -1000, 2000, 2000))],
        scenic=[({"grade": "2", "core": "yes"}, box(0, 0, 40, 100))],
        flood=[({"class": "shallow"}, box(100, 0, 120, 100))],
        firms=[("F1", "A1"), ("F1", "A2"), ("F2", "A3"), ("F3", "gone")],
    )
    people = pd.DataFrame(
        {
            "name": ["-1+2 厂", "@firm", "homeless"],
            "industry": ["13", "22", "35"],
            "above_designated": [True, False, None],
            "willing": [True, False, None],
        },
        index=made.enterprises.index,
    )
    return replace(made, enterprises=people, notice=Text("示意数据", "Made-up data"))


@pytest.fixture(scope="module")
def assessment(project):
    return assess(project, facts=SEWER)


@pytest.fixture(scope="module")
def files(assessment, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    for suffix in SUFFIXES:
        write_verdicts(assessment, folder / f"verdicts.{suffix}")
        write_verdicts(assessment, folder / f"firms.{suffix}", enterprises=True)
    return folder


@pytest.fixture(scope="module")
def table(files):
    return pd.read_parquet(files / "verdicts.parquet")


def read_long(path):
    if path.suffix == ".csv":
        return pd.read_csv(path, keep_default_na=False)
    if path.suffix == ".gpkg":
        return pyogrio.read_dataframe(path, layer="verdicts")
    return pd.read_parquet(path)


def rows_of(path, sheet):
    return [list(row) for row in openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)]


@pytest.mark.parametrize("suffix", ["csv", "gpkg", "parquet"])
@pytest.mark.parametrize("enterprises", [False, True])
def test_every_row_is_a_verdict_of_the_assessment(assessment, files, suffix, enterprises):
    written = read_long(files / f"{'firms' if enterprises else 'verdicts'}.{suffix}")
    verdicts = assessment.verdicts.join(assessment.grounds, on="ground")
    if enterprises:
        verdicts = enterprise_verdicts(assessment)
    assert len(written) == len(verdicts)
    for name in verdicts.columns.drop(["open", "ground"], errors="ignore"):
        if name.endswith("_m2"):
            assert written[name].to_list() == pytest.approx(verdicts[name].to_list(), abs=1e-9), name
        else:
            assert written[name].astype(str).to_list() == verdicts[name].astype(str).to_list(), name


def test_words_and_approvals_are_those_of_an_explanation(assessment, table):
    for row in table.to_dict("records"):
        told = explain(assessment, row["parcel_id"], row["use"], row["pathway"])
        assert row["words"] == told.headline("en")
        if row["at_least"] != "prohibited":
            assert row["approvals"].count("(") == len(told.permits)


def test_the_reasons_are_those_that_decide(table):
    by = table.set_index(["parcel_id", "use", "pathway"]).astype({"rules": str, "reasons": str, "open": str})
    assert by.loc[("A1", "shop", "keep"), "rules"] == "plan/mixed/P/permitted"
    assert "core" in by.loc[("A1", "shop", "build"), "rules"]
    assert "Example act, art. 9" in by.loc[("A1", "shop", "build"), "reasons"]
    assert by.loc[("A2", "workshop", "keep"), "rules"] == "shallow"
    assert "discretion" in by.loc[("A2", "workshop", "keep"), "open"]
    assert by.loc[("A3", "hotel", "keep"), "reasons"] == "plan does not list this use"
    assert by.loc[("A3", "hotel", "keep"), "approvals"] == ""


def test_a_verdict_without_findings_still_says_what_is_open(project, tmp_path):
    layers = {name: layer for name, layer in project.layers.items() if name != "zoning"}
    blank = assess(replace(project, layers=layers), uses=["shop"], pathways=["keep"])
    write_verdicts(blank, tmp_path / "blank.parquet")
    write_verdicts(blank, tmp_path / "blank.xlsx")
    assert set(pd.read_parquet(tmp_path / "blank.parquet")["open"]) == {"data of plan"}
    assert all(row[4] == "data of plan" for row in rows_of(tmp_path / "blank.xlsx", "Reasons")[1:])


def test_parquet_keeps_words_as_dictionaries_and_says_what_it_is(table):
    assert all(isinstance(table[name].dtype, pd.CategoricalDtype) for name in ("words", "open", "rules", "reasons"))
    assert table.attrs["notice"] == "Made-up data"
    assert table.attrs["disclaimer"] == "Made up"


def test_names_are_exact_where_they_can_be(files, table):
    ground = pyogrio.read_dataframe(files / "verdicts.gpkg", layer="parcels")
    assert table["name"].cat.categories.to_list() == NAMES
    assert ground["name"].to_list() == NAMES


def test_formulas_stay_text(files):
    assert read_long(files / "verdicts.csv")["name"][0] == f"'{FORMULA}"
    assert read_long(files / "firms.csv")["name"][0] == "'-1+2 厂"
    sheet = openpyxl.load_workbook(files / "verdicts.xlsx")["keep"]
    assert (sheet["B4"].value, sheet["B4"].data_type) == (FORMULA, "s")
    assert sheet["B5"].value == "bell\ufffd & <b>"
    assert len(sheet["B6"].value) == 32_767
    assert sheet["B6"].value.endswith("…")


def test_csv_opens_in_excel_as_chinese(files):
    assert (files / "verdicts.csv").read_bytes().startswith(b"\xef\xbb\xbfparcel_id,")


def test_a_csv_carries_the_notice_of_a_project_that_has_one(project, files, table, tmp_path):
    written = read_long(files / "firms.csv")
    assert set(written["notice"]) == {"Made-up data"}
    assert set(written["rulebook"]) == {"tiny 1"}
    assert "notice" not in table
    write_verdicts(assess(replace(project, notice=None), uses=["shop"]), tmp_path / "plain.csv")
    assert not {"notice", "rulebook"} & set(read_long(tmp_path / "plain.csv"))


def test_enterprises_above_designated_size_are_told(files):
    firms = pd.read_parquet(files / "firms.parquet").drop_duplicates("enterprise_id")
    assert firms["above_designated"].fillna(value=False).to_list() == [True, False, False]
    ground = pyogrio.read_dataframe(files / "firms.gpkg", layer="enterprises")
    assert ground["above_designated"].fillna(-1).to_list() == [1, 0, -1]


@pytest.mark.parametrize("suffix", ["csv", "gpkg", "parquet", "xlsx"])
def test_halves_of_letters_are_marked_as_unreadable(tmp_path, suffix):
    half = pd.Categorical.from_codes([0, -1], pd.Index(["\ud83d"], dtype=object))
    frame = parcels(square(), square(100), name=pd.Series(["a\ud83d", "b"], dtype=object), kind=half)
    write_table(frame, tmp_path / f"t.{suffix}")
    read = {"csv": pd.read_csv, "gpkg": pyogrio.read_dataframe, "parquet": pd.read_parquet, "xlsx": pd.read_excel}
    again = read[suffix](tmp_path / f"t.{suffix}")
    assert again["name"].to_list() == ["a\ufffd", "b"]
    assert again["kind"][0] == "\ufffd"
    assert again["kind"].isna().to_list() == [False, True]


@pytest.mark.parametrize("place", [replacing, replacing_all])
def test_what_cannot_be_written_is_said_once(tmp_path, place):
    with pytest.raises(OutputError, match=r"^too long$"), place(tmp_path / "t"):
        raise OutputError("too long")  # noqa: EM101


@pytest.mark.parametrize("enterprises", [False, True])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_assessment_gives_the_same_bytes(assessment, files, tmp_path, suffix, enterprises):
    again = tmp_path / f"again.{suffix}"
    again.write_text("something that was there before")
    write_verdicts(assessment, again, enterprises=enterprises)
    assert again.read_bytes() == (files / f"{'firms' if enterprises else 'verdicts'}.{suffix}").read_bytes()
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_willingness_is_nowhere(files):
    for path in files.iterdir():
        if path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path)
            text = str([row for sheet in book for row in sheet.iter_rows(values_only=True)])
        elif path.suffix == ".gpkg":
            layers = pyogrio.list_layers(path)[:, 0]
            text = str([pyogrio.read_dataframe(path, layer=layer).columns.to_list() for layer in layers])
        else:
            text = str(read_long(path).columns.to_list())
        assert "willing" not in text.lower(), path.name


def test_a_geopackage_has_one_feature_a_parcel(assessment, files):
    ground = pyogrio.read_dataframe(files / "verdicts.gpkg", layer="parcels")
    assert ground.crs == assessment.parcels.crs
    assert ground.area.to_list() == [10_000] * 3
    counts = ground[[name for name in ground if name.startswith("keep_")]]
    assert counts.sum(axis=1).to_list() == [3, 3, 3]
    assert counts["keep_prohibited"].to_list() == [0, 0, 2]
    states = pyogrio.read_dataframe(files / "verdicts.gpkg", layer="layers")
    assert states["state"].to_list() == assessment.layers["state"].astype(str).to_list()
    found = pyogrio.read_dataframe(files / "verdicts.gpkg", layer="findings")
    told = set(assessment.findings[["parcel_id", "rule", "area_m2"]].itertuples(index=False, name=None))
    kept = set(found[["parcel_id", "rule", "area_m2"]].itertuples(index=False, name=None))
    assert kept <= told
    rules = pyogrio.read_dataframe(files / "verdicts.gpkg", layer="rules")
    joined = found.merge(rules, on="rule", validate="many_to_one")
    assert len(joined) == len(found)
    assert set(rules["law"]) == {"Example act, art. 1", "Example act, art. 9"}
    verdicts = pyogrio.read_dataframe(files / "verdicts.gpkg", layer="verdicts")
    spoken = {(row.parcel_id, ref) for row in verdicts.itertuples() for ref in row.rules.split("; ") if ref != "—"}
    assert {(row.parcel_id, row.ref or row.rule) for row in joined.itertuples()} == spoken


def test_a_geopackage_of_one_use_has_only_what_decides_it(project, tmp_path):
    one = assess(project, uses=["shop"])
    write_verdicts(one, tmp_path / "shop.gpkg")
    found = pyogrio.read_dataframe(tmp_path / "shop.gpkg", layer="findings")
    refs = {rule.id: rule.ref or rule.id for rule in one.rules}
    written = {(row.parcel_id, refs[row.rule]) for row in found.itertuples()}
    verdicts = pyogrio.read_dataframe(tmp_path / "shop.gpkg", layer="verdicts")
    spoken = {(row.parcel_id, ref) for row in verdicts.itertuples() for ref in row.rules.split("; ") if ref != "—"}
    assert written == spoken
    assert len(found) < len(one.findings)


def test_an_enterprise_has_the_ground_of_its_parcels(files):
    ground = pyogrio.read_dataframe(files / "firms.gpkg", layer="enterprises")
    assert ground.geometry.iloc[:2].area.to_list() == [20_000, 10_000]
    assert ground.geometry.iloc[2] is None
    links = pyogrio.read_dataframe(files / "firms.gpkg", layer="occupancy")
    assert links.to_dict("list") == {"enterprise_id": ["F1", "F1", "F2", "F3"], "parcel_id": ["A1", "A2", "A3", "gone"]}


def test_an_enterprise_without_a_parcel_is_open(files):
    firms = pd.read_parquet(files / "firms.parquet")
    homeless = firms[firms["enterprise_id"] == "F3"]
    assert set(homeless["words"]) == {"to be settled: no parcel to assess"}
    assert homeless["permitted_m2"].sum() == 0


def test_parcels_that_differ_are_no_question(files):
    firms = read_long(files / "firms.csv")
    differing = firms[firms["differs"].astype(str) == "True"]
    assert set(differing["enterprise_id"]) == {"F1"}
    assert differing["words"].str.startswith("differs by parcel: ").all()
    assert not firms.drop(differing.index)["words"].str.startswith("differs").any()
    assert (differing["open"] == "").all()


def test_an_enterprise_adds_up_its_parcels(table, files):
    firms = pd.read_parquet(files / "firms.parquet")
    both = table[table["parcel_id"].isin(["A1", "A2"])].groupby(["use", "pathway"], observed=True)
    ours = firms[firms["enterprise_id"] == "F1"].set_index(["use", "pathway"])
    assert ours["conditional_m2"].to_list() == pytest.approx(both["conditional_m2"].sum().to_list())
    assert ours["largest_remaining_m2"].to_list() == both["largest_remaining_m2"].max().to_list()
    assert ours.loc[("workshop", "keep"), "rules"] == "shallow; plan/mixed/P/permitted"


def test_rows_sort_by_outcome_and_then_by_the_highest_authority(table):
    ordered = table.sort_values("rank", kind="stable")
    told = [
        (model.OUTCOMES.index(least), model.OUTCOMES.index(most), model.LEVELS.index(level))
        for least, most, level in ordered[["at_least", "at_most", "level"]].astype(str).to_numpy()
    ]
    assert told == sorted(told)
    assert len(set(told)) == ordered["rank"].nunique() > 3


def test_a_matrix_shows_symbols_and_words(files):
    rows = rows_of(files / "verdicts.xlsx", "keep")
    assumed = "assumed for this answer: sewer = yes (of 3 parcels, 3 not recorded)"
    assert rows[0][0] == f"town · keep · Made-up data · {assumed}"
    assert rows[2] == ["parcel", "name", "area (m²)", "hotel", "shop", "workshop"]
    assert rows[3][3:] == ["◐ province", "● no bar found", "● no bar found"]
    assert rows[4][5] == "? to be settled\n◐–×"
    assert rows[5][3:] == ["× not permitted", "● no bar found", "× not permitted"]
    sheet = openpyxl.load_workbook(files / "verdicts.xlsx")["keep"]
    fills = {sheet[place].value[0]: sheet[place].fill for place in ("D4", "E4", "F5", "D6")}
    assert {sign: fill.patternType for sign, fill in fills.items()} == {
        "◐": "gray0625", "●": "solid", "?": "lightUp", "×": "solid"
    }  # fmt: skip
    assert fills["●"].start_color.rgb == "FFC7E7E0"
    assert fills["×"].start_color.rgb == "FFDCA8A5"
    assert fills["◐"].end_color.rgb == "FFF6DAAA"
    assert sheet["D4"].comment.text.splitlines() == [
        "conditional",
        "- plan mixed 10,000.00 m² 100 %; conditional: by permit Example act, art. 1",
        "- scenic 2, yes 4,000.00 m² 40 %; conditional: as the act says Example act, art. 9",
        (
            "approvals in order: permit (county office, county); Example act, art. 2; before: works; "
            "opinion (province office, province); Example act, art. 3; before: works"
        ),
    ]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("C4", "A3:F6")
    assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$1:$3")


def test_a_matrix_tells_parcels_that_differ_from_questions_that_are_open(files):
    rows = rows_of(files / "firms.xlsx", "build")
    assert rows[2][:5] == ["enterprise", "name", "industry code", "above designated size", "parcels"]
    assert [row[3] for row in rows[3:]] == ["yes", "no", None]
    assert rows[3][4] == "A1, A2"
    assert rows[3][6] == "? by parcel\n●–◐ ◔"
    assert rows[5][5] == "? to be settled"


def test_a_matrix_on_paper_says_what_its_signs_mean(files):
    book = openpyxl.load_workbook(files / "verdicts.xlsx")
    for name in ("keep", "build"):
        signs = book[name]["A2"].value
        cells = "".join(str(cell.value) for row in book[name].iter_rows(min_row=4) for cell in row if cell.value)
        assert "◐ conditional (with the highest authority needed)" in signs
        assert ("◔" in signs) >= ("◔" in cells)
        assert all(sign in signs for sign in "●◐×?")


def test_reasons_give_layer_area_and_law(files):
    head, *rows = rows_of(files / "verdicts.xlsx", "Reasons")
    assert head[5:] == ["rule", "law", "layer", "zone", "area (m²)", "share of the parcel", "what it says"]
    core = next(row for row in rows if row[:3] == ["A1", "shop", "build"])
    assert core[3:] == [
        "conditional", None, "core", "Example act, art. 9", "scenic", "2, yes", 4000, 0.4,
        "not permitted: as the act says",
    ]  # fmt: skip


def test_no_prohibited_verdict_is_without_a_reason(files):
    for name in ("verdicts", "firms"):
        head, *rows = rows_of(files / f"{name}.xlsx", "Reasons")
        outcome, said = head.index("outcome"), head.index("what it says")
        assert all(row[said] for row in rows if row[outcome] == "not permitted")
        silence = next(row for row in rows if "A3" in row and "hotel" in row and "keep" in row)
        assert silence[-7:] == ["—", None, "plan", "works", 10_000, 1, "not permitted: plan does not list this use"]


def test_a_plan_that_lists_nothing_on_a_part_is_a_reason_where_that_part_counts(project, tmp_path):
    split = assess(replace(project, parcels=parcels(square(150))), uses=["hotel"], pathways=["keep"], facts=SEWER)
    write_verdicts(split, tmp_path / "split.xlsx")
    _, *rows = rows_of(tmp_path / "split.xlsx", "Reasons")
    assert [row[3] for row in rows] == ["conditional"] * 2
    assert [(row[5], row[9], row[10]) for row in rows] == [("—", 5_000, 0.5), (rows[1][5], 5_000, 0.5)]


def test_a_reason_that_may_hold_says_under_what(book, tmp_path):
    vague = town(book, parcels(square()), scenic=[({"grade": "unknown", "core": "no"}, square())])
    write_verdicts(assess(vague, facts=SEWER), tmp_path / "vague.xlsx")
    said = {row[-1] for row in rows_of(tmp_path / "vague.xlsx", "Reasons") if row[7] == "scenic"}
    assert said == {"not permitted (if 1): as the act says"}


def test_colours_are_those_of_the_map_half_way_to_white():
    good, *shades, still_open, bad = (look["fill"] for look in OUTCOMES)

    def lightened(colour):
        return "#" + "".join(f"{(int(colour[n : n + 2], 16) + 256) // 2:02X}" for n in (1, 3, 5))

    expected = {
        (0, 0): lightened(good), **{(1, level): lightened(shade) for level, shade in enumerate(shades)},
        (2, 0): lightened(bad), (3, 0): still_open.upper(),
    }  # fmt: skip
    assert expected == workbook.COLOURS


def test_words_are_in_the_language_asked_for(assessment, tmp_path):
    write_verdicts(assessment, tmp_path / "zh.xlsx", language="zh")
    write_verdicts(assessment, tmp_path / "zh.parquet", language="zh")
    book = openpyxl.load_workbook(tmp_path / "zh.xlsx")
    assert book.sheetnames == ["keep", "build", "依据", "规则", "图层", "说明"]
    assert book["keep"]["D4"].value == "◐ 省级"
    assert ["注意", "示意数据"] in rows_of(tmp_path / "zh.xlsx", "说明")
    assert "旅馆" in set(pd.read_parquet(tmp_path / "zh.parquet")["use_title"])


def test_layers_are_told_with_their_states(files):
    _, *rows = rows_of(files / "verdicts.xlsx", "Layers")
    assert next(row for row in rows if row[0] == "flood")[2:7] == [1, 2, 0, 0, 0]


def test_too_many_notes_and_reasons_are_left_out(assessment, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_NOTES", 1)
    monkeypatch.setattr(workbook, "MOST_REASONS", 1)
    write_verdicts(assessment, tmp_path / "big.xlsx")
    book = openpyxl.load_workbook(tmp_path / "big.xlsx")
    assert "Reasons" not in book.sheetnames
    assert book["keep"]["D4"].comment is None
    assert any("too many reasons" in str(row[1]) for row in rows_of(tmp_path / "big.xlsx", "About"))


def test_more_rows_than_a_sheet_holds_are_refused(assessment, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 4)
    with pytest.raises(OutputError, match=r"write \.parquet"):
        write_verdicts(assessment, tmp_path / "big.xlsx")


@pytest.mark.parametrize("name", ["verdicts.shp", "verdicts"])
def test_an_unknown_ending_is_refused(assessment, tmp_path, name):
    with pytest.raises(OutputError, match=r"known: \.csv, \.gpkg, \.parquet, \.xlsx"):
        write_verdicts(assessment, tmp_path / name)
    with pytest.raises(OutputError, match="no kind of table"):
        write_table(pd.DataFrame(), tmp_path / name)


def test_any_table_is_written_in_any_kind(tmp_path):
    frame = pd.DataFrame({"a": ["=1", None], "share": [0.5, np.nan], "sure": [True, False]})
    for suffix in ("csv", "parquet", "xlsx"):
        write_table(frame, tmp_path / f"t.{suffix}")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), frame)
    assert (tmp_path / "t.csv").read_text("utf-8-sig") == "a,share,sure\n'=1,0.5,True\n,,False\n"
    assert rows_of(tmp_path / "t.xlsx", "table") == [["a", "share", "sure"], ["=1", 0.5, True], [None, None, False]]
    with pytest.raises(OutputError, match="without geometry"):
        write_table(frame, tmp_path / "t.gpkg")


def test_a_table_with_geometry_keeps_it(tmp_path):
    frame = parcels(square(), None, name=["a", "b"])
    for suffix in SUFFIXES:
        write_table(frame, tmp_path / f"t.{suffix}")
    assert gpd.read_parquet(tmp_path / "t.parquet").area.fillna(0).to_list() == [10_000, 0]
    assert gpd.read_file(tmp_path / "t.gpkg")["parcel_id"].to_list() == ["A1", "A2"]
    assert pd.read_csv(tmp_path / "t.csv")["geometry"][0].startswith("POLYGON")
    assert rows_of(tmp_path / "t.xlsx", "table") == [["parcel_id", "name"], ["A1", "a"], ["A2", "b"]]


def test_a_table_without_rows_is_still_a_table(tmp_path):
    empty = pd.DataFrame({"a": pd.Series(dtype=object)})
    for suffix in ("csv", "parquet", "xlsx"):
        write_table(empty, tmp_path / f"t.{suffix}")
    assert (tmp_path / "t.csv").read_text("utf-8-sig") == "a\n"
    assert rows_of(tmp_path / "t.xlsx", "table") == [["a"]]
