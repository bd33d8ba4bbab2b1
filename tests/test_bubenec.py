"""The second example: real plots of another country, under made-up rules; nothing outside the data knows of either."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from chromium import chromium, opened
from click.testing import CliRunner

from geo_tej import assess, read_project
from geo_tej.cli import main
from geo_tej.verdict import Cause

SOURCE = Path(__file__).parent.parent / "layers" / "bubenec"
CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("made") / "bubenec"
    shutil.copytree(SOURCE, made, ignore=shutil.ignore_patterns("*.gpkg"))
    told = subprocess.run(
        [sys.executable, "make_bubenec.py"], cwd=made, capture_output=True, encoding="utf-8", check=False
    )
    assert told.returncode == 0, told.stderr
    assert "407 plots, 144 buildings" in told.stdout
    return made


@pytest.fixture(scope="session")
def project(folder):
    return read_project(folder)


@pytest.fixture(scope="session")
def assessment(project):
    return assess(project)


@pytest.fixture(scope="session")
def output(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("maps")
    told = CliRunner().invoke(main, ["run", "-m", str(folder), "-o", str(out)])
    assert (told.exit_code, told.stderr) == (0, "")
    return out, told.stdout


def metres(folder, layer):
    return pyogrio.read_dataframe(folder / "bubenec.gpkg", layer=layer).to_crs(5514)


def test_it_is_computed_in_metres_of_the_ground_not_of_the_web(folder, project):
    assert (project.crs.to_epsg(), len(project.parcels), project.faults) == (5514, 407, {})
    web = pyogrio.read_dataframe(folder / "bubenec.gpkg", layer="plots")
    assert web.crs.to_epsg() == 3857
    blown_up = web.set_index(web["ID"].astype(str)).area / project.parcels.area
    assert blown_up.between(2.4, 2.45).all()
    degrees = web.to_crs(4326).geometry
    geod = degrees.crs.get_geod()
    ground = np.array([abs(geod.geometry_area_perimeter(shape)[0]) for shape in degrees])
    np.testing.assert_allclose(project.parcels.area, ground, rtol=5e-4)


def test_the_ledger_is_what_another_engine_finds(folder, project, assessment):
    plots = metres(folder, "plots")
    plots = gpd.GeoDataFrame({"parcel_id": plots["ID"].astype(str)}, geometry=plots.geometry)
    houses = metres(folder, "buildings").assign(zone_class="building", layer="houses")
    zoning = gpd.read_file(folder / "zones.gpkg", layer="zoning").assign(layer="zoning")
    found = []
    for zones in (houses, zoning.rename(columns={"class": "zone_class"})):
        united = zones[["layer", "zone_class", "geometry"]].dissolve("zone_class", as_index=False)
        met = gpd.overlay(plots, united, how="intersection", keep_geom_type=True)
        found.append(pd.DataFrame(met.assign(oracle=met.area).drop(columns="geometry")))
    key = ["parcel_id", "layer", "zone_class"]
    ours = assessment.overlaps.astype(dict.fromkeys(key, object))
    both = ours.merge(pd.concat(found), on=key, how="outer", indicator=True)
    alone = both.loc[both["_merge"] != "both", ["area_m2", "oracle"]]
    assert alone.fillna(0).to_numpy().max(initial=0) < 1e-3
    both = both[both["_merge"] == "both"]
    assert len(both) > 550
    np.testing.assert_allclose(both["area_m2"], both["oracle"], rtol=1e-6, atol=1e-4)
    covered = assessment.overlaps.query("layer == 'zoning'").groupby("parcel_id", observed=True)["share"].sum()
    np.testing.assert_allclose(covered, 1, atol=1e-5)
    assert len(covered) == len(project.parcels)


@pytest.mark.parametrize(("rule", "reach"), [("street-line", 3.0), ("workshop-noise", 20.0)])
def test_setbacks_are_told_by_plain_distance_from_the_axis(folder, project, assessment, rule, reach):
    axes = shapely.union_all(metres(folder, "streets").geometry.to_numpy())
    gap = np.maximum(project.parcels.distance(axes) - 4.0, 0)
    assert (np.abs(gap - reach) > 1e-6).all()
    found = assessment.findings[assessment.findings["rule"] == rule].set_index("parcel_id")
    assert set(found.index) == set(gap.index[gap < reach])
    np.testing.assert_allclose(found["distance_m"], gap[found.index], atol=1e-6)
    assert found["holds"].all()
    strip = axes.buffer(reach + 4.0, quad_segs=200)
    plots = project.parcels.loc[found.index]
    short = plots.intersection(strip).area - found["area_m2"]  # the strip's chords lie up to 1 cm inside the curve
    assert short.between(-1e-3, 0.01 * plots.length).all()


def test_every_question_is_answered_once_and_settled_but_for_where_a_house_stands(project, assessment):
    verdicts = assessment.verdicts.join(assessment.grounds, on="ground")
    assert len(verdicts) == 407 * 3 * 2
    assert not verdicts.duplicated(["parcel_id", "use", "pathway"]).any()
    left = verdicts[verdicts["outcome"] == "unknown"]
    assert set(left["pathway"]) == {"keep_building"}  # houses are zones here, and no layer of buildings
    assert {assessment.open_sets[code] for code in left["open"]} == {(Cause(kind="standing", name="where"),)}
    assert (left["prohibited_m2"] > 0).all()
    assert (left["conditional_m2"] + left["permitted_m2"] > 0).all()
    settled = verdicts.drop(left.index)
    assert set(settled["outcome"]) == {"permitted", "conditional", "prohibited"}
    assert (settled["at_least"].astype(str) == settled["at_most"].astype(str)).all()
    assert set(assessment.layers["state"]) == {"affected", "not_affected"}
    parts = verdicts[[f"{name}_m2" for name in ("permitted", "conditional", "prohibited", "unknown")]].sum(axis=1)
    areas = project.parcels.area.reindex(verdicts["parcel_id"].astype(str))
    np.testing.assert_allclose(parts, areas, rtol=1e-6)


def test_verdicts_follow_from_the_five_rules(assessment, project):
    """Say by hand, from the ledger, what keeping the building allows."""
    kept = assessment.verdicts.query("pathway == 'keep_building'").astype({"parcel_id": object})
    outcome = kept.pivot_table(index="parcel_id", columns="use", values="outcome", aggfunc="first", observed=True)
    zoning = assessment.overlaps.query("layer == 'zoning'").pivot_table(
        index="parcel_id", columns="zone_class", values="area_m2", fill_value=0.0, observed=True
    )
    whole_open, whole_built = zoning.index[zoning["built-up"] == 0], zoning.index[zoning["open"] == 0]
    assert len(whole_open) > 50
    assert len(whole_built) > 50
    assert (outcome.loc[whole_open, "cafe"] == "conditional").all()
    assert (outcome.loc[whole_open, ["guesthouse", "workshop"]] == "prohibited").all(axis=None)
    assert (outcome.loc[whole_built, "cafe"] == "permitted").all()
    assert (outcome.loc[whole_built, "workshop"] == "conditional").all()
    small = project.parcels.area.reindex(whole_built) < 300
    assert (outcome.loc[whole_built, "guesthouse"] == np.where(small, "prohibited", "permitted")).all()
    assert small.any()
    assert not small.all()


def test_the_tables_are_written_and_agree(output, assessment):
    out, said = output
    names = ["constraints.html", "layers.csv", "overlaps.parquet", "verdicts.gpkg", "verdicts.parquet", "verdicts.xlsx"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert said.splitlines()[-1] == f"{out}/: " + ", ".join(names)
    assert "Bubeneč, Prague" in said
    assert "not the law of this place" in said
    expected = assessment.verdicts["outcome"].astype(str).to_list()
    assert pd.read_parquet(out / "verdicts.parquet")["outcome"].astype(str).to_list() == expected
    assert pyogrio.read_dataframe(out / "verdicts.gpkg", layer="verdicts")["outcome"].to_list() == expected
    plots = pyogrio.read_dataframe(out / "verdicts.gpkg", layer="parcels")
    assert (len(plots), plots.crs.to_epsg()) == (407, 5514)
    counts = assessment.verdicts.groupby(["pathway", "outcome"], observed=True).size()
    for (pathway, outcome), count in counts.items():
        assert plots[f"{pathway}_{outcome}"].sum() == count
    layers = pd.read_csv(out / "layers.csv").set_index("id")
    assert layers["rows"].to_dict() == {"survey": 1, "plots": 407, "zoning": 2, "houses": 144, "streets": 35}
    assert layers["fault"].isna().all()
    assert (layers["licence"] == "BSD-3-Clause").all()
    pd.testing.assert_frame_equal(
        pd.read_parquet(out / "overlaps.parquet").astype(assessment.overlaps.dtypes), assessment.overlaps
    )


def test_nothing_said_is_chinese(output):
    out, said = output
    assert not CHINESE.search(said)
    verdicts = pd.read_parquet(out / "verdicts.parquet").astype(str)
    assert not verdicts.apply(lambda column: column.str.contains(CHINESE)).any(axis=None)
    for layer in ("verdicts", "findings", "layers", "about"):
        table = pyogrio.read_dataframe(out / "verdicts.gpkg", layer=layer).astype(str)
        assert not table.apply(lambda column: column.str.contains(CHINESE)).any(axis=None), layer


def test_the_page_is_english_and_says_the_verdicts(output, assessment):
    out, _ = output
    with chromium() as browser, opened(browser, out / "constraints.html") as page:
        assert page.get_attribute("html", "lang") == "en"
        assert "Bubeneč, Prague" in page.title()
        assert "not the law of this place" in page.inner_text("body")
        for parcel in assessment.parcels.index[:3]:
            page.fill(".tej-input", parcel)
            page.keyboard.press("Enter")
            page.wait_for_selector(".tej-detail:not([hidden])")
            assert parcel in page.inner_text(".tej-detail h2")
            assert not CHINESE.search(page.text_content(".tej-detail"))
        page.click(".tej-detail details.tej-use summary")
        page.wait_for_selector(".tej-detail details[open] .tej-why")
        assert "Example ordinance, art. 1" in page.inner_text(".tej-detail")
        assert not CHINESE.search(page.inner_text("body"))
        assert not CHINESE.search(page.title())
