"""What is missing is said once: layers together, the plan by itself; a parcel without ground has no areas."""

from __future__ import annotations

import geopandas as gpd
import pytest
from click.testing import CliRunner
from programmes import PROGRAMME
from specimens import box, default_frames, layer_of, make_project, parcels, square, town

from geo_tej import assess, explain, read_programme, read_project
from geo_tej.cli import main
from geo_tej.document.content.check import closing, layer_table
from geo_tej.document.content.paragraph import text_paragraph
from geo_tej.errors import ProgrammeError
from geo_tej.io.manifest import manifest_path
from geo_tej.model import Thresholds
from geo_tej.report import parcel_report
from geo_tej.sites.finding import LEAST_CELLS_ACROSS, find_sites
from geo_tej.verdict import extract


def text(book, *, language="en", **layers):
    answered = assess(town(book, parcels(square()), **layers))
    return explain(answered, "A1", "hotel", "build").text(language), answered


def test_one_missing_layer_is_named(book):
    told, _ = text(book, flood=None)
    assert "  ? data of flood: supply the layer, or declare the extent it was surveyed over" in told
    assert "data of flood" in told.splitlines()[0]


def test_many_missing_layers_are_one_line(book):
    told, _ = text(book, flood=None, scenic=None, roads=None)
    (line,) = [each for each in told.splitlines() if each.startswith("  ? data of")]
    assert line.startswith("  ? data of 3 layers (flood, roads, scenic): supply the layers, or declare the extents")
    assert "data of 3 layers" in told.splitlines()[0]
    assert "(flood" not in told.splitlines()[0]
    chinese, _ = text(book, language="zh", flood=None, scenic=None, roads=None)
    assert "  ? 3 个图层资料缺失（flood、roads、scenic）：补充这些图层，或声明其调查范围" in chinese


def test_the_table_of_uses_says_that_the_plan_and_layers_are_missing(book):
    _, answered = text(book, zoning=None, flood=None, roads=None)
    lines = parcel_report(answered, "A1", "en", in_full=False).split("why\n")[1].splitlines()
    assert lines[0].startswith("  ? data of 2 layers (flood, roads): supply the layers, or declare")
    assert lines[1] == "  ? data of plan: supply the layer, or declare the extent it was surveyed over"


def test_the_table_of_uses_lists_open_facts_with_how_to_state_them_and_the_uses_they_are_of(book):
    _, answered = text(book)
    for language, said, word in (("en", "why\n", "hotel"), ("zh", "依据\n", "旅馆")):
        lines = parcel_report(answered, "A1", language, in_full=False).split(said)[1].split("\n\n")[0].splitlines()
        asked = [number for number, line in enumerate(lines) if line.startswith("  ?")]
        assert len(asked) == 1
        assert lines[asked[0]].endswith(" [--fact sewer=yes|no]")
        assert lines[asked[0] + 1] == f"      {word}"
    settled = assess(answered.project, facts={"sewer": "yes"})
    assert "--fact" not in parcel_report(settled, "A1", "en", in_full=False)


def test_the_table_of_uses_says_which_uses_a_plan_bars_by_not_listing_them(book):
    half = [({"class": "mixed"}, square(side=50)), ({"class": "works"}, square(50, side=100))]
    _, answered = text(book, zoning=half)
    lines = parcel_report(answered, "A1", "en", in_full=False).split("why\n")[1].splitlines()
    place = lines.index("    × plan does not list this use")
    assert lines[place + 1] == "      hotel"
    ground = next(line for line in reversed(lines[:place]) if not line.startswith("    "))
    assert ground.startswith("  plan [works] 5,000.00 m²")
    chinese = parcel_report(answered, "A1", "zh", in_full=False)
    assert "    × plan未列此用途\n      旅馆\n" in chinese


def test_a_class_that_the_rulebook_does_not_list_is_told_with_what_it_may_be(tmp_path):
    plan = default_frames()["zoning"].assign(**{"class": ["Mixd"]})
    path = make_project(tmp_path, zoning=plan)
    project = read_project(path)
    assert project.layers["zoning"].odd == {"class": ("Mixd",)}
    answered = assess(project)
    cure = "where the data say 'Mixd' (did you mean mixed?), which the rulebook does not list (mixed, works), correct"
    told = explain(answered, "A1", "workshop", "build").text("en")
    assert f"  ? class of plan: {cure} the layer; else a ruling of the authority in charge" in told
    assert (
        f"  ? plan does not provide for this use: {cure} the layer; else find out what the plan in force says" in told
    )
    chinese = explain(answered, "A1", "workshop", "build").text("zh")
    assert (
        "数据为“Mixd”（是否应为mixed？）的，规则库未列该值（所列：mixed、works），应更正图层；其余：由主管部门认定"
        in chinese
    )
    assert f"  ? class of plan: {cure}" in parcel_report(answered, "A1", "en", in_full=False)
    missing = read_project(make_project(tmp_path / "none", zoning=plan.assign(**{"class": [None]})))
    assert "the data say" not in explain(assess(missing), "A1", "workshop", "build").text("en")


def test_a_parcel_without_ground_has_no_areas(tmp_path):
    plots = default_frames()["parcels"]
    bow = plots.geometry.to_numpy().copy()
    bow[0] = None
    path = make_project(tmp_path, parcels=gpd.GeoDataFrame(plots.drop(columns="geometry"), geometry=bow, crs=plots.crs))
    told = CliRunner().invoke(main, ["check", "A1", "-m", str(path)]).stdout
    assert "no ground drawn, so everything is to be settled; registered 10,020.00 m²" in told
    assert "0.00 m²" not in told.replace("10,020.00 m²", "")
    assert "100 %" not in told


def test_a_manifest_is_found_in_the_folder_that_init_makes(tmp_path):
    path = make_project(tmp_path / "town" / "layers")
    assert manifest_path(tmp_path / "town") == path
    assert manifest_path(tmp_path / "town" / "layers") == path
    assert manifest_path(path) == path
    assert len(read_project(tmp_path / "town").parcels) == 3
    assert manifest_path(tmp_path) == tmp_path / "layers.toml"


def test_cells_too_coarse_for_the_area_are_refused(tmp_path):
    project = read_project(make_project(tmp_path))
    (tmp_path / "programme.toml").write_text(PROGRAMME.replace("cell_m = 10", "cell_m = 5000"), encoding="utf-8")
    with pytest.raises(ProgrammeError, match=r"cell_m = 5000: the area is only .* m long; take cells of at most"):
        find_sites(project, read_programme(tmp_path / "programme.toml", project))
    assert LEAST_CELLS_ACROSS == 10


def test_no_plan_says_why_and_the_way_out(tmp_path):
    path = make_project(tmp_path)
    large = PROGRAMME.replace("area_m2 = [1000, 5000]", "area_m2 = [100000, 500000]")
    (tmp_path / "programme.toml").write_text(large, encoding="utf-8")
    words = ["site", str(tmp_path / "programme.toml"), "-m", str(path), "-o", str(tmp_path / "out")]
    told = CliRunner().invoke(main, words)
    assert told.exit_code == 2
    assert "the number of places that fit leaves none (Inn: " in told.stderr
    assert "at most Inn 0/1" in told.stderr
    assert told.stderr.endswith("--anyway writes the ranking all the same\n")
    assert not (tmp_path / "out").exists()


def test_ground_beyond_the_surveyed_extent_is_told_with_its_share(book):
    west = (0, 0, 95, 100)
    plan = layer_of(book, "zoning", [({"class": "mixed"}, box(*west))], extent=west)
    flood = layer_of(book, "flood", [], extent=west)
    answered = assess(town(book, parcels(square()), zoning=plan, flood=flood))
    told = parcel_report(answered, "A1", "en", in_full=False)
    assert "  affected  plan: mixed 9,500.00 m², 95 %; no data on 500.00 m², 5 %\n" in told
    assert "  no data  flood (no data on 500.00 m², 5 %)\n" in told
    assert "500.00 平方米（5 %）无数据" in parcel_report(answered, "A1", "zh", in_full=False)
    (row,) = [row for row in layer_table(answered, "A1", "en").rows if row[0] == "plan"]
    assert "no data on 500.00 m²" in row[2]
    unseen = {each["id"]: each["unsurveyed_m2"] for each in extract(answered, "A1")["layers"]}
    assert (unseen["zoning"], unseen["flood"]) == (500.0, 500.0)
    _, whole = text(book)
    assert {each["unsurveyed_m2"] for each in extract(whole, "A1")["layers"]} == {0.0}
    lost = assess(town(book, parcels(square()), flood=None))
    assert {each["id"]: each["unsurveyed_m2"] for each in extract(lost, "A1")["layers"]}["flood"] is None
    assert "no data on" not in parcel_report(whole, "A1", "en", in_full=False)


def test_documents_close_with_what_was_assumed(book):
    made = town(book, parcels(square(), sewer=["no"]))
    answered = assess(made, facts={"sewer": "yes"})
    assert "Assumed for this answer: sewer = yes (recorded: no)." in closing(answered, "en").words
    assert "本次假设：sewer = 是（数据记载：否）。" in closing(answered, "zh").words
    assert "ssumed" not in closing(assess(made), "en").words
    (paragraph,) = text_paragraph(answered, "A1", "en", with_verdict=True)
    assert "Assumed for this answer: sewer = yes (recorded: no)." in paragraph.words


@pytest.mark.parametrize(("wide", "told"), [(0.00005, True), (0.009, True), (0.02, False)])
def test_an_overlap_that_is_a_strip_of_less_than_a_centimetre_is_named_with_the_way_out(book, wide, told):
    flood = [({"class": "often"}, box(100 - wide, 0, 300, 100))]
    strip = {"zh": "窄于1厘米的条带", "en": "a strip of less than 1 cm; thresholds = { width_m = … }"}
    for language, words in strip.items():
        said = parcel_report(assess(town(book, parcels(square()), flood=flood)), "A1", language, in_full=False)
        assert (words in said) == told
    gone = town(book, parcels(square()), flood=flood, thresholds={"flood": Thresholds(width_m=0.01)})
    assert strip["en"] not in parcel_report(assess(gone), "A1", "en", in_full=False)
