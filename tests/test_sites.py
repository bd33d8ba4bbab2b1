"""Places for projects: only where the law allows, every exclusion with its article, unknown never a yes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from click.testing import CliRunner
from programmes import PROGRAMME, programme, town
from specimens import EAST, NORTH, box, default_frames, houses, layer_of

from geo_tej import assess, find_sites, read_programme, read_project
from geo_tej.cli import main
from geo_tej.engine.site import write_siting
from geo_tej.errors import CRSError, ProgrammeError
from geo_tej.model import Outcome
from geo_tej.site_report import sites_report
from geo_tej.sites.law import ground_of
from geo_tej.sites.surfaces import OPEN, OUTSIDE, UNASSESSED, legend, window, windows
from geo_tej.tables.places import barred_table, plan_words, ranking_table

SAMPLE = Path(__file__).parents[1] / "layers"


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("siting-town")


@pytest.fixture(scope="session")
def project(folder):
    return town(folder)


@pytest.fixture(scope="session")
def sites(project, folder):
    return find_sites(project, programme(project, folder))


def row(sites, name, candidate):
    found = sites.ranking[(sites.ranking["project"] == name) & (sites.ranking["candidate"] == candidate)]
    return found.iloc[0]


def test_only_allowed_ground_of_one_piece_counts(sites):
    first, second, third = (row(sites, "inn", name) for name in ("A1", "A2", "A3"))
    assert (first["status"], first["level"]) == ("conditional", "county")
    assert first["prohibited_m2"] == pytest.approx(500, abs=0.5)  # 5 m of the road's strip
    assert first["usable_m2"] == pytest.approx(9500, abs=1)
    assert (second["status"], second["level"]) == ("conditional", "province")
    assert second["usable_m2"] == pytest.approx(4750, abs=1)  # beside the core, and beside the strip
    assert third["status"] == "open"  # only a text that nobody checked bars it: unknown is never a yes
    assert third[["rank", "score"]].isna().all()
    assert third["open_en"] != ""


def test_areas_by_outcome_are_those_of_assess(sites, project):
    hotel = assess(project, uses=["hotel"], pathways=["build"])
    verdicts = hotel.verdicts.join(hotel.grounds, on="ground").set_index("parcel_id")
    for name in ("A1", "A2", "A3"):
        for outcome in ("permitted", "conditional", "prohibited", "unknown"):
            expected = verdicts.loc[name, f"{outcome}_m2"]
            assert row(sites, "inn", name)[f"{outcome}_m2"] == pytest.approx(expected)


def test_criteria_are_measured_on_the_usable_piece_from_its_edge(sites):
    assert sites.measures.loc[("inn", "A1"), "road"] == pytest.approx(10, abs=0.05)
    assert sites.measures.loc[("stall", "A1"), "road"] == pytest.approx(5)
    assert sites.values.loc[("inn", "A1")].tolist() == pytest.approx([0.9, 0.5], abs=1e-3)
    assert sites.classes.loc[("inn", "A1"), "height"] == "S3"
    assert row(sites, "inn", "A1")["score"] == pytest.approx(0.4 * 0.9 + 0.6 * 0.5, abs=1e-3)
    assert row(sites, "inn", "A1")["tied"]


def test_every_exclusion_names_its_article(sites):
    table = barred_table(sites, "en")
    inn = table[(table["project"] == "inn") & (table["candidate"] == "A2")]
    assert inn["article"].tolist() == ["Example act, art. 9"] * 2
    assert inn["reason"].tolist() == ["scenic", "roads"]
    assert inn["area_m2"].tolist() == pytest.approx([5000, 500], abs=1)
    assert table["article"].ne("").all()


def test_what_no_rule_lists_is_barred_by_the_plan(project, folder):
    read = programme(
        project, folder, edit={'use = "hotel"': 'use = "workshop"', 'pathway = "build"': 'pathway = "keep"'}
    )
    changed = replace(project.layers["zoning"], frame=project.layers["zoning"].frame.assign(zone_class="works"),
                      classes={"works": {"class": "works"}})  # fmt: skip
    found = find_sites(replace(project, layers=project.layers | {"zoning": changed}), read)
    assert row(found, "inn", "A1")["status"] == "prohibited"
    assert barred_table(found, "en").query("project == 'inn'")["reason"].str.len().gt(0).all()


def test_a_programme_bars_ground_with_its_basis_and_leaves_the_rest(project, folder):
    near = '\n[[exclusion]]\nid = "near"\ntitle = "Near"\nbasis = "Brief, item 2"\nlayer = "scenic"\nwithin_m = 20\n'
    found = find_sites(
        project, programme(project, folder, text=PROGRAMME.replace("[[criterion]]", f"{near}\n[[criterion]]", 1))
    )
    first = row(found, "stall", "A1")
    assert first["excluded_m2"] == pytest.approx(20 * 100)
    assert first["usable_m2"] == pytest.approx(80 * 100)
    told = barred_table(found, "en").query("project == 'stall' and candidate == 'A1'")
    assert told[["reason", "article"]].to_numpy().tolist() == [["Near", "Brief, item 2"]]
    far = near.replace("within_m = 20", "beyond_m = 20")
    found = find_sites(
        project, programme(project, folder, text=PROGRAMME.replace("[[criterion]]", f"{far}\n[[criterion]]", 1))
    )
    assert row(found, "stall", "A1")["excluded_m2"] == pytest.approx(80 * 100)


def test_too_little_ground_is_no_place(project, folder):
    found = find_sites(project, programme(project, folder, edit={"area_m2 = [1000, 5000]": "area_m2 = [4800, 9000]"}))
    assert row(found, "inn", "A2")["status"] == "too_small"
    assert row(found, "inn", "A1")["status"] == "conditional"
    narrow = find_sites(project, programme(project, folder, edit={"least_width_m = 20": "least_width_m = 60"}))
    assert row(narrow, "inn", "A2")["status"] == "too_small"  # what is left of it is 50 m wide


def test_ground_that_may_be_closed_is_no_usable_ground_and_leaves_the_place_open(project, folder):
    half = [({"class": "unknown"}, box(60, 0, 100, 100))]
    layers = {"flood": layer_of(project.rulebook, "flood", half), "buildings": houses(box(5, 5, 25, 25))}
    flooded = replace(project, layers=project.layers | layers)
    asked = {"area_m2 = [500, 900]": "area_m2 = [7000, 9000]"}
    first = row(find_sites(flooded, programme(project, folder, edit=asked)), "stall", "A1")
    assert first["status"] == "open"
    assert "class of flood" in first["open_en"]
    assert first["usable_m2"] == pytest.approx(6000)
    enough = row(find_sites(flooded, programme(project, folder)), "stall", "A1")
    assert (enough["status"], enough["usable_m2"]) == ("conditional", pytest.approx(6000))


def test_missing_data_is_not_zero_and_no_place_is_made_up(project, folder):
    raster = project.layers["dem"].raster
    values = raster.values.copy()
    column = int((EAST + 150 - raster.transform.c) / 10)
    values[:, column] = np.nan
    holed = replace(
        project, layers=project.layers | {"dem": replace(project.layers["dem"], raster=replace(raster, values=values))}
    )
    without = PROGRAMME.replace(PROGRAMME[PROGRAMME.index("[[exclusion]]") : PROGRAMME.index("[[criterion]]")], "")
    found = find_sites(holed, programme(project, folder, text=without))
    second = row(found, "stall", "A2")
    assert second["status"] in ("permitted", "conditional")
    assert pd.isna(second["rank"])
    assert second["missing"] == "height"
    assert second["score_to"] - second["score_from"] == pytest.approx(0.6)
    barred = find_sites(holed, programme(project, folder))  # the same gap under an exclusion: not usable there
    assert row(barred, "stall", "A2")["no_data_m2"] > 0
    assert row(barred, "stall", "A2")["usable_m2"] < 10_000 - 1


def test_data_that_reaches_no_candidate_is_refused(project, folder):
    raster = project.layers["dem"].raster
    away = replace(raster, transform=raster.transform.translation(9e5, 0) @ raster.transform)
    moved = replace(project, layers=project.layers | {"dem": replace(project.layers["dem"], raster=away)})
    with pytest.raises(ProgrammeError, match=r"exclusion steep: layer dem covers .* no candidate lies"):
        find_sites(moved, programme(project, folder))


def test_a_raster_in_degrees_is_refused(project, folder):
    with rasterio.open(
        folder / "deg.tif", "w", driver="GTiff", width=4, height=4, count=1, dtype="float32", crs="EPSG:4490",
        transform=rasterio.Affine(0.001, 0, 119, 0, -0.001, 30),
    ) as target:  # fmt: skip
        target.write(np.ones((1, 4, 4), "float32"))
    with pytest.raises(CRSError, match=r"deg\.tif is in degrees"):
        find_sites(project, programme(project, folder, edit={'layer = "dem"\nderive': 'path = "deg.tif"\nderive'}))


def test_merged_and_ground_candidates_are_judged_as_one(project, folder):
    wanted = 'sources = ["parcel", "merged", "ground"]\n[candidates.ground]\nleast_m2 = 2000\nsuitability = 0.3'
    read = programme(project, folder, edit={'sources = ["parcel"]': wanted})
    found = find_sites(project, read)
    assert set(found.candidates["source"]) == {"parcel", "merged", "ground"}
    assert row(found, "inn", "A1+A2")["prohibited_m2"] == pytest.approx(500 + 5000 + 250, abs=1)
    ground = found.candidates[found.candidates["source"] == "ground"]
    assert len(ground)
    inn = found.ranking[(found.ranking["project"] == "inn") & found.ranking["candidate"].isin(ground.index)]
    assert (inn["prohibited_m2"] <= 0.5 * inn["area_m2"]).all()
    assert found.plan.places["candidate"].is_unique
    assert ground.index.tolist() == [f"G{number:03d}" for number in range(1, len(ground) + 1)]


def test_the_same_usable_ground_under_two_names_is_ranked_once(folder):
    plots = default_frames()["parcels"].assign(tenure="granted", sewer="yes")
    yard = plots.iloc[[0]].assign(parcel_id="A4", geometry=[box(-60, 0, -40, 100)])
    project = town(folder / "yard", parcels=pd.concat([plots, yard], ignore_index=True),
                   occupancy="enterprise_id,parcel_id\nF1,A1\nF1,A4\n")  # fmt: skip
    read = programme(project, folder / "yard", edit={'sources = ["parcel"]': 'sources = ["enterprise", "parcel"]'})
    found = find_sites(project, read)
    for name in ("inn", "stall"):
        firm, plot = row(found, name, "F1"), row(found, name, "A1")
        assert firm["usable_m2"] == pytest.approx(plot["usable_m2"])
        assert firm["rank"] >= 1
        assert (plot["status"], plot["open_en"], plot["open_zh"]) == (
            "same", "its usable ground is F1's", "可用地与 F1 相同",
        )  # fmt: skip
        assert pd.isna(plot["rank"])
        assert row(found, name, "A2")["rank"] >= 1
    assert "same usable ground as another candidate" in set(ranking_table(found, "en")["outcome"])
    assert "A1" not in set(found.plan.places["candidate"])


def test_entropy_weighs_by_the_candidates(project, folder):
    text = PROGRAMME.replace(
        PROGRAMME[PROGRAMME.index("[weights]") : PROGRAMME.index("[stability]")], '[weights]\nmethod = "entropy"\n'
    )
    found = find_sites(project, programme(project, folder, text=text))
    assert found.weights == pytest.approx({"road": 1.0, "height": 0.0})  # the ground is level


def test_the_same_question_has_the_same_id_and_another_another(project, folder, sites):
    again = find_sites(project, programme(project, folder))
    assert again.site_id == sites.site_id
    pd.testing.assert_frame_equal(again.ranking, sites.ranking)
    other = find_sites(project, programme(project, folder, edit={"seed = 3": "seed = 4"}))
    assert other.site_id != sites.site_id


def test_faces_asked_again_have_the_areas_of_the_parcels(sites):
    for each in sites.programme.projects:
        faces, _ = ground_of(sites.assessment, [each])
        table = sites.ranking[sites.ranking["project"] == each.id].set_index("candidate").loc[sites.candidates.index]
        eligible = table["at_most"] != "prohibited"
        for outcome in (Outcome.PROHIBITED, Outcome.UNKNOWN):
            by_face = np.bincount(faces["parcel"], faces["area_m2"] * (faces[each.id] == outcome), minlength=len(table))
            assert np.allclose(by_face[eligible], table[f"{outcome.name.lower()}_m2"][eligible], atol=0.5)


def test_cells_say_what_bars_them_and_windows_are_the_whole(sites):
    made, grid = sites.surfaces, sites.grid
    whole = window(made, grid)
    names = [reason.title.en for reason in legend(made, "inn")]

    def at(east, north):
        return whole.code["inn"][int((grid.north - NORTH - north) / 10), int((EAST + east - grid.west) / 10)]

    assert names[at(125, 55) - 1] == "scenic"
    assert at(55, 55) == 0
    assert at(255, 55) == OPEN
    assert (whole.code["inn"] == OUTSIDE).sum() == 0
    free = whole.free(made, "inn")
    assert free.sum(dtype=float) * 100 == pytest.approx(9500 + 4750, abs=1)
    for part in windows(made, grid, side=7):
        rows, columns = part.grid.shape
        cut = (slice(part.row, part.row + rows), slice(part.column, part.column + columns))
        np.testing.assert_array_equal(part.code["inn"], whole.code["inn"][cut])
        np.testing.assert_allclose(part.free(made, "inn"), free[cut], atol=1e-6)
        for name, values in part.values.items():
            np.testing.assert_allclose(values, whole.values[name][cut], atol=1e-5)


def test_grids_that_do_not_line_up_are_told(sites, project, folder):
    assert sites.remarks == ()  # the heights have cells of 10 m on whole multiples
    found = find_sites(project, programme(project, folder, edit={"cell_m = 10": "cell_m = 4"}))
    assert [remark.en for remark in found.remarks] == ["layer dem: cells 10 m → 4 m by bilinear"]


def test_ground_without_a_parcel_or_data_is_not_free(project, folder):
    read = programme(project, folder)
    gap = replace(project, parcels=project.parcels.loc[["A1", "A3"]])
    found = find_sites(gap, read)
    made = window(found.surfaces, found.grid)
    column = int((EAST + 155 - found.grid.west) / 10)
    assert set(made.code["stall"][:, column]) == {UNASSESSED}


def test_files_hold_what_was_found(sites, tmp_path):
    names = write_siting(sites, tmp_path / "out", language="zh")
    assert names == sorted(path.name for path in (tmp_path / "out").iterdir())
    table = pd.read_csv(tmp_path / "out" / "ranking.csv", encoding="utf-8-sig")
    assert len(table) == len(sites.ranking)
    assert "'=" not in table.to_csv()
    layers = {name for name, _ in pyogrio.list_layers(tmp_path / "out" / "sites.gpkg")}
    assert {"ranking", "pieces", "plan", "barred", "weights", "about"} <= layers
    assert gpd.read_file(tmp_path / "out" / "sites.gpkg", layer="ranking").geometry.notna().all()
    book = openpyxl.load_workbook(tmp_path / "out" / "sites.xlsx")
    assert book.sheetnames == ["选址排序", "组合方案", "排除依据", "权重", "说明"]
    assert book["选址排序"]["A1"].value == "项目"
    with rasterio.open(tmp_path / "out" / "exclusions-inn.tif") as source:
        said = json.loads(source.tags()["LEGEND_001"])
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert said["article_en"] == "Example act, art. 9"
    with rasterio.open(tmp_path / "out" / "suitability-inn.tif") as source:
        worth, free = source.read()
        assert source.count == 2
        assert np.nanmax(worth) <= 1
        assert np.nansum(free) * 100 == pytest.approx(9500 + 4750, abs=1)
        assert "Horn 1981" in source.tags()["SLOPE"]


def test_same_input_same_files(sites, tmp_path):
    for name in ("one", "two"):
        write_siting(sites, tmp_path / name, language="en")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_a_plan_that_cannot_be_is_said(project, folder):
    read = programme(project, folder, text=PROGRAMME + "\n[limits]\nbudget = 900\nland_m2 = 90000\n")
    found = find_sites(project, read)
    assert not found.plan.feasible
    assert "the budget leaves none (1,000 are needed, 900 allowed" in plan_words(found, "en")[0]
    assert "投资预算" in plan_words(found, "zh")[0]


def test_nothing_fits_and_still_all_is_told(project, folder):
    read = programme(project, folder, edit={"area_m2 = [1000, 5000]": "area_m2 = [90000, 90000]"})
    found = find_sites(project, read)
    assert set(found.ranking.query("project == 'inn'")["status"]) <= {"too_small", "open", "prohibited"}
    assert found.plan.blocked_by == ("count",)
    assert len(ranking_table(found, "en")) == 6


def test_hostile_names_are_text(tmp_path):
    frame = default_frames()["parcels"]
    frame["name"] = ["=cmd()", "{{ 7*7 }}", "</script><script>window.hacked=1</script>"]
    hostile = town(tmp_path / "town", parcels=frame)
    found = find_sites(hostile, programme(hostile, tmp_path))
    write_siting(found, tmp_path / "out", language="en")
    table = pd.read_csv(tmp_path / "out" / "ranking.csv", encoding="utf-8-sig")
    assert "'=cmd()" in set(table["name"])
    assert "window.hacked" not in (tmp_path / "out" / "siting.html").read_text(encoding="utf-8")


def run(*words):
    return CliRunner().invoke(main, ["site", *map(str, words)])


@pytest.mark.usefixtures("project")
def test_the_command_writes_all_or_nothing(folder, tmp_path):
    path = tmp_path / "programme.toml"
    path.write_text(PROGRAMME, encoding="utf-8")
    manifest = folder / "layers.toml"
    done = run(path, "-o", tmp_path / "out", "-m", manifest, "--lang", "en")
    assert done.exit_code == 0, done.output
    assert "Inn" in done.output
    assert (tmp_path / "out" / "siting.html").exists()
    told = run(path, "-m", manifest, "--json")
    found = json.loads(told.stdout)
    assert found["plan"]["feasible"] is True
    assert len(found["ranking"]) == 6
    path.write_text(PROGRAMME + "\n[limits]\nland_m2 = 100\n", encoding="utf-8")
    refused = run(path, "-o", tmp_path / "none", "-m", manifest, "--lang", "en")
    assert refused.exit_code == 2
    assert "there is no plan: the land quota leaves none" in refused.stderr
    assert not (tmp_path / "none").exists()
    assert run(path, "-o", tmp_path / "none", "-m", manifest, "--anyway").exit_code == 0
    assert run(path, "-m", manifest).exit_code == 2


@pytest.mark.usefixtures("project")
def test_the_page_alone(folder, tmp_path):
    path = tmp_path / "programme.toml"
    path.write_text(PROGRAMME, encoding="utf-8")
    words = ["map", "siting", "-m", str(folder / "layers.toml"), "-o", str(tmp_path / "page.html")]
    done = CliRunner().invoke(main, [*words, "--programme", str(path)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "page.html").exists()
    assert "needs --programme" in CliRunner().invoke(main, words).stderr


def test_the_samples_programme_finds_places_for_all():
    project = read_project(SAMPLE / "layers.toml")
    found = find_sites(project, read_programme(SAMPLE / "tourism.toml", project))
    assert found.plan.feasible
    assert len(found.plan.places) == 3
    verdicts = found.assessment.verdicts
    prohibited = set(
        verdicts[verdicts["at_most"] == "prohibited"][["parcel_id", "use", "pathway"]].itertuples(
            index=False, name=None
        )
    )
    ranked = found.ranking[found.ranking["rank"].notna()]
    by_id = {each.id: each for each in found.programme.projects}
    for name, candidate in ranked[["project", "candidate"]].itertuples(index=False):
        for use in by_id[name].uses:
            assert (candidate, use, by_id[name].pathway) not in prohibited
    assert set(found.candidates["source"]) == {"enterprise", "parcel", "merged", "ground"}
    taken = found.candidates.geometry.loc[found.plan.places["candidate"]].to_numpy()
    assert shapely.area(shapely.union_all(taken)) == pytest.approx(shapely.area(taken).sum(), rel=1e-6)


def test_what_shaken_weights_and_a_hectare_more_mean_is_said(sites, project):
    top = sites.programme.trial.top
    for language, head in (("en", f"in the top {top}"), ("zh", f"居前{top}名")):
        _, header, rows, _ = sites_report(sites, language)[0]
        assert head in header[-1]
        assert all(row[-1].endswith(" %") or row[-1] == "—" for row in rows)
    limits = replace(sites.programme.limits, land_m2=1e6)
    for maximise, said in (("score", "the sum of the projects' scores by"), ("score_hectares", "times hectares by")):
        aimed = replace(sites.programme, limits=replace(limits, maximise=maximise))
        assert said in plan_words(find_sites(project, aimed), "en")[1]
