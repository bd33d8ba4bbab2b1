"""How robust verdicts are, as it is told: words, extract, tables, the command line, documents, pages and sheets."""

from __future__ import annotations

import json

import jsonschema
import openpyxl
import pandas as pd
import pyogrio
import pytest
from chromium import PHONE, chromium, opened
from click.testing import CliRunner
from specimen_texts import MANIFEST
from specimens import box, default_frames, make_book, make_project, parcels, square, town

from geo_tej import assess, explain, read_project
from geo_tej.cli import main
from geo_tej.document.content import check_blocks, verdict_blocks
from geo_tej.errors import ManifestError, QuestionError
from geo_tej.maps import constraint_map, sheet
from geo_tej.report import parcel_report
from geo_tej.tables import write_verdicts
from geo_tej.verdict import extract
from geo_tej.verdict.extracts import schema
from geo_tej.verdict.steadiness import metres, steadiness

FIRMS = [("F1", "A1"), ("F1", "A2"), ("F2", "A2")]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return make_book(tmp_path_factory.mktemp("law"))


@pytest.fixture(scope="module")
def assessment(book):
    """A1 lies 3 m beside ground that bars everything, A2 far from it."""
    flood = [({"class": "deep"}, box(103, -50, 300, 150))]
    plots = parcels(square(), square(-300), name=["<b>one</b>", "two"])
    return assess(town(book, plots, firms=FIRMS, flood=flood), uses=["shop", "workshop"], tolerance=5)


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_verdict_says_whether_it_is_stable_or_which_boundary_is_near(assessment):
    near = explain(assessment, "A1", "shop", "keep")
    assert "  ↔ may change if a boundary is off by 3.0 m or more: flood [deep]" in near.text("en").splitlines()
    assert "  ↔ 界线偏差达到 3.0 m 时，结论可能改变（flood〔deep〕）" in near.text("zh").splitlines()
    far = explain(assessment, "A2", "shop", "keep")
    assert "  ↔ stable if boundaries are off by up to 5 m" in far.text("en").splitlines()
    assert "  ↔ 界线偏差在 5 m 以内，结论不变" in far.text("zh").splitlines()


def test_what_was_not_asked_is_not_told(assessment):
    plain = assess(assessment.project, uses=["shop"])
    assert "↔" not in explain(plain, "A1", "shop", "keep").text("en")
    assert "↔" not in parcel_report(plain, "A1", "en", in_full=False)
    assert steadiness(plain, "A1") is None
    assert extract(plain, "A1")["tolerance"] is None
    assert {each["tolerance"] for each in extract(plain, "A1")["verdicts"]} == {None}
    assert "stable" not in plain.verdicts
    with pytest.raises(QuestionError, match="--tolerance 5"):
        constraint_map(plain, kind="tolerance")


def test_the_report_of_a_parcel_marks_what_may_change_and_says_what_was_not_moved(assessment):
    said = parcel_report(assessment, "A1", "en", in_full=False)
    assert (
        "boundary error ±5 m; not moved: elevation\n"
        "  some verdicts may change if a boundary is off by 3.0 m or more: flood" in said
    )
    assert "4 of 4 verdicts may change (↔)" in said
    assert said.count(" ↔") == 4
    calm = parcel_report(assessment, "A2", "zh", in_full=False)
    assert "界线偏差在 5 m 以内，全部结论不变" in calm
    assert "↔" not in calm


def test_distances_are_rounded_down():
    assert [metres(each) for each in (0.0, 0.09, 2.98, 2.999, 3.0, 12.37)] == [
        "0.0",
        "0.0",
        "2.9",
        "3.0",
        "3.0",
        "12.3",
    ]


def test_the_extract_carries_the_distance_and_fits_its_schema(assessment):
    told = extract(assessment, "A1")
    jsonschema.validate([told, extract(assessment, "A2")], schema())
    parcel = told["tolerance"]["parcel"]
    assert (parcel["stable"], parcel["changes_at_m"]) == (False, 3.0)
    assert parcel["boundary"] == {"layer": "flood", "zone_class": "deep", "distance_m": None}
    assert told["tolerance"]["metres"] == {"zoning": 5.0, "scenic": 5.0, "flood": 5.0, "roads": 5.0}
    assert told["tolerance"]["fixed"] == ["dem"]
    assert {(each["tolerance"]["stable"], each["tolerance"]["changes_at_m"]) for each in told["verdicts"]} == {
        (False, 3.0)
    }
    calm = extract(assessment, "A2")
    assert calm["tolerance"]["parcel"] == {
        "stable": True, "changes_at_m": None, "boundary": None,
        "words": "all verdicts stable if boundaries are off by up to 5 m",
    }  # fmt: skip


@pytest.mark.parametrize("suffix", ["csv", "gpkg", "parquet"])
def test_tables_have_columns_of_it(assessment, tmp_path, suffix):
    path = tmp_path / f"verdicts.{suffix}"
    write_verdicts(assessment, path, language="en")
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}.get(
        suffix, lambda file: pyogrio.read_dataframe(file, layer="verdicts")
    )
    rows = read(path)
    by_parcel = dict(iter(rows.groupby(rows["parcel_id"].astype(str))))
    assert by_parcel["A1"]["changes_at_m"].to_list() == [3.0] * 4
    assert {*by_parcel["A1"]["boundary"].astype(str)} == {"flood [deep]"}
    assert by_parcel["A2"]["stable"].astype(bool).all()
    assert by_parcel["A2"]["changes_at_m"].isna().all()
    if suffix == "gpkg":
        ground = pyogrio.read_dataframe(path, layer="parcels")
        assert ground["changes_at_m"].fillna(-1).to_list() == [3.0, -1]
        assert ground["stable"].astype(bool).to_list() == [False, True]


def test_an_enterprise_is_as_robust_as_its_least_robust_parcel(assessment, tmp_path):
    path = tmp_path / "firms.parquet"
    write_verdicts(assessment, path, enterprises=True, language="en")
    rows = pd.read_parquet(path).astype({"enterprise_id": str})
    stable = rows.groupby("enterprise_id")["stable"].all()
    assert stable.to_dict() == {"F1": False, "F2": True}
    assert set(rows.loc[rows["enterprise_id"] == "F1", "changes_at_m"]) == {3.0}


def test_a_workbook_says_it_in_its_sheets(assessment, tmp_path):
    path = tmp_path / "verdicts.xlsx"
    write_verdicts(assessment, path, language="en")
    read = openpyxl.load_workbook(path)
    cells = [str(cell) for sheet_ in read for row in sheet_.iter_rows(values_only=True) for cell in row]
    assert "may change from (m)" in cells
    assert "flood [deep]" in cells
    assert "may change if a boundary is off by 3.0 m or more: flood [deep]" in cells
    assert "±5 m; not moved: elevation" in cells


def test_the_frame_of_verdicts_has_columns_of_it(assessment):
    rows = assessment.verdicts
    assert rows["changes_at_m"].fillna(-1).to_list() == [3.0] * 4 + [-1.0] * 4
    assert rows["boundary"].astype(object).fillna("").to_list() == ["flood: deep"] * 4 + [""] * 4
    assert rows["stable"].to_list() == [False] * 4 + [True] * 4


def test_documents_say_it(assessment):
    blocks = check_blocks(assessment, "A1", "zh", in_full=False)
    rows = dict(blocks[0].rows)
    assert rows["边界误差 ±5 m"] == "界线偏差达到 3.0 m 时，部分结论可能改变（flood〔deep〕）"
    use, way = assessment.questions.uses[0], assessment.questions.pathways[0]
    said = verdict_blocks(assessment, explain(assessment, "A2", "shop", "keep"), use, way, "en")
    assert said[1].words == "boundary error: stable if boundaries are off by up to 5 m"


def test_the_manifest_states_tolerances_and_the_command_line_asks(tmp_path):
    frames = default_frames()
    frames["flood"] = frames["flood"].set_geometry([box(103, 0, 150, 100)])
    path = make_project(tmp_path / "town", parcels=frames["parcels"].iloc[:1], flood=frames["flood"], scenic=None)
    told = call("check", "A1", "-m", path, "--use", "shop", "--tolerance", "5", "--lang", "en")
    assert told.exit_code in (0, 1), told.output
    assert "↔ may change if a boundary is off by 3.0 m or more: flood" in told.stdout
    assert "↔" not in call("check", "A1", "-m", path, "--use", "shop").stdout
    own = make_project(
        tmp_path / "own", parcels=frames["parcels"].iloc[:1], flood=frames["flood"], scenic=None,
        manifest=MANIFEST.replace('path = "flood.gpkg",', 'path = "flood.gpkg", tolerance = 2,').replace(
            'title = "Specimen town"', 'title = "Specimen town"\ntolerance = 5'
        ),
    )  # fmt: skip
    project = read_project(own)
    assert (project.tolerance_m, project.layers["flood"].tolerance_m) == (5.0, 2.0)
    read = json.loads(call("check", "A1", "-m", own, "--use", "shop", "--pathway", "keep", "--json").stdout)[0]
    assert read["tolerance"]["metres"]["flood"] == 2.0
    assert read["tolerance"]["parcel"]["stable"]
    assert "up to 5 m (flood 2 m)" in read["tolerance"]["parcel"]["words"]
    silent = call("check", "A1", "-m", own, "--use", "shop", "--tolerance", "0", "--json").stdout
    assert json.loads(silent)[0]["tolerance"] is None


@pytest.mark.parametrize("given", ["-1", "nan", "4000", "five"])
def test_a_tolerance_that_is_no_length_is_refused(tmp_path, given):
    told = call("check", "A1", "-m", make_project(tmp_path / "town"), "--tolerance", given)
    assert told.exit_code == 2
    assert told.stdout == ""
    assert "tolerance" in told.stderr


@pytest.mark.parametrize("given", ["true", '"5"', "nan", "[5]"])
def test_a_tolerance_of_the_manifest_is_a_number(tmp_path, given):
    for old, new in (
        ('path = "flood.gpkg",', f'path = "flood.gpkg", tolerance = {given},'),
        ('title = "Specimen town"', f'title = "Specimen town"\ntolerance = {given}'),
    ):
        path = make_project(tmp_path / "town", manifest=MANIFEST.replace(old, new, 1))
        with pytest.raises(ManifestError, match=r"`tolerance`: must be a (finite )?number"):
            read_project(path)
    with pytest.raises(QuestionError, match="must be a length"):
        assess(read_project(make_project(tmp_path / "town")), tolerance=True)


def test_ranked_places_have_no_tolerances():
    told = call("map", "siting", "-o", "places.html", "--tolerance", "5")
    assert told.exit_code == 2
    assert "map siting has no use for --tolerance" in told.stderr


def test_the_manifest_refuses_tolerances_that_mean_nothing(tmp_path):
    text = MANIFEST.replace('path = "dem.tif"', 'path = "dem.tif", tolerance = 5').replace(
        'path = "flood.gpkg",', 'path = "flood.gpkg", tolerance = -2,'
    )
    path = make_project(tmp_path / "town", manifest=text)
    with pytest.raises(ManifestError, match=r"flood.*tolerance"):
        read_project(path)
    path.write_text(text.replace("tolerance = -2", "tolerance = 2"), encoding="utf-8")
    with pytest.raises(ManifestError, match="layer dem: tolerance is of the boundaries of zones and objects"):
        read_project(path)


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_the_page_switches_to_tolerances_and_says_the_sentence(assessment, tmp_path, browser, size):
    path = tmp_path / "page.html"
    constraint_map(assessment, language="en", kind="use", use="shop", parcel="A1").save(str(path))
    with opened(browser, path, size=size) as page:
        if size is not None:
            page.get_by_role("button", name="Legend and layers").click()
        page.get_by_role("button", name="Boundary error", exact=True).click()
        legend = page.inner_text("body")
        assert "Boundary error ±5 m · shop · keep" in legend
        assert "may change" in legend
        assert "not moved: elevation" in legend
        codes = page.evaluate("(() => { for (const v of Object.values(window)) if (v && v.page && v.page.steadyWords)"
                              " return [...v.page.view().codes()]; })()")  # fmt: skip
        assert sorted(codes) == [0, 1]
        detail = page.text_content("body")
        assert explain(assessment, "A1", "shop", "keep").text("en").splitlines()[1].strip() in detail


def test_the_page_opens_on_tolerances_and_offers_no_such_view_where_they_were_not_asked(assessment, tmp_path, browser):
    path = tmp_path / "page.html"
    constraint_map(assessment, language="zh", kind="tolerance").save(str(path))
    with opened(browser, path) as page:
        said = page.inner_text("body")
        assert "部分用途结论可能改变" in said
        assert "全部用途结论稳定" in said
    constraint_map(assess(assessment.project), language="zh").save(str(path))
    with opened(browser, path) as page:
        assert "边界误差" not in page.inner_text("body")


def test_a_sheet_shows_them(assessment):
    figure = sheet.constraint_sheet(assessment, language="en", kind="tolerance", use="shop")
    said = [text.get_text() for axes in figure.axes for text in axes.texts] + [text.get_text() for text in figure.texts]
    assert "Boundary error ±5 m · shop · keep" in said
    assert {"stable", "may change"} <= set(said)
