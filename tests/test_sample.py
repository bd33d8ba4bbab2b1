"""The sample town is what its page says it is, its ledger is right, and a planner learns something from it."""

from __future__ import annotations

import json
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
import rasterio
import shapely
from click.testing import CliRunner

from geo_tej import assess, engine, read_project
from geo_tej.cli import main
from geo_tej.engine.keeping import FOLDER
from geo_tej.transition import current, order_faults
from geo_tej.transition.told import report
from geo_tej.verdict import Cause

ROOT = Path(__file__).parent.parent
LAYERS = ROOT / "layers"
KEY = ["parcel_id", "use", "pathway"]
SCENARIOS = ("grade-2", "grade-3", "grade-unknown")
GENERAL = {"主景区", "外围保护地带", "地质灾害调查范围"}
ZONES = {
    "plan_town": ("plans.gpkg", {"code": "code", "scheme": "scheme"}),
    "plan_village": ("plans.gpkg", {"code": "code", "scheme": "scheme"}),
    "scenic": (
        "plans.gpkg",
        {
            "grade": "grade_unknown",
            "core": "core",
            "detailed_plan": "detailed_plan",
            "function_zone": "function_zone",
        },
    ),
    "growth_boundary": ("plans.gpkg", {"class": "class"}),
    **{
        name: ("control.gpkg", {"class": "class"})
        for name in ("redline", "farmland", "drinking_water", "river_strip", "flood", "heritage", "geohazard")
    },
}


def site(*numbers: int) -> set[str]:
    return {f"SD-{number:04d}" for number in numbers}


def raw(file: str, layer: str) -> gpd.GeoDataFrame:
    return gpd.read_file(LAYERS / file, layer=layer)


def only(file: str, layer: str) -> shapely.Geometry:
    (shape,) = raw(file, layer).geometry
    return shape


def rights_of(project):
    return project.parcels[project.parcels["kind"] == "rights"]


@pytest.fixture(scope="session")
def project():
    return read_project(LAYERS / "layers.toml")


@pytest.fixture(scope="session")
def rights(project):
    return rights_of(project)


@pytest.fixture(scope="session")
def patches(project):
    return project.parcels[project.parcels["kind"] == "survey"]


@pytest.fixture(scope="session")
def assessment(project, rights):
    return assess(project, parcels=rights)


@pytest.fixture(scope="session")
def states(assessment):
    return assessment.layers.pivot_table(
        index="parcel_id", columns="layer", values="state", aggfunc="first", observed=True
    )


@pytest.fixture(scope="session")
def scenarios():
    """Spans as codes, mild to strict, of every question under each assumed grade."""
    spans = {}
    for name in SCENARIOS:
        project = read_project(LAYERS / "layers.toml", scenario=name)
        verdicts = assess(project, parcels=rights_of(project)).verdicts.set_index(KEY)
        spans[name] = verdicts[["at_least", "at_most"]].apply(lambda column: column.cat.codes)
    return spans


# The figures of the case


def test_it_is_small_enough_to_keep():
    made = {"__pycache__", FOLDER}  # what Python and runs leave there is kept by nobody
    files = [path for path in LAYERS.rglob("*") if path.is_file() and made.isdisjoint(path.parts)]
    assert sum(path.stat().st_size for path in files) < 5_000_000


def test_every_layer_was_read(project):
    assert project.faults == {}
    assert {layer for layer in project.rulebook.layers if layer not in project.layers} == set()


def test_the_town_and_its_park_have_the_size_of_the_case(project):
    assert only("base.gpkg", "town").area / 1e6 == pytest.approx(193.6, abs=0.5)
    assert only("base.gpkg", "park").area / 1e4 == pytest.approx(100.2, abs=0.05)
    assert project.crs.to_epsg() == 4549
    place = gpd.GeoSeries.from_xy([119.57], [29.54], crs=4490).to_crs(project.crs).iloc[0]
    assert only("base.gpkg", "town").covers(place)


def test_patches_tile_the_town_without_gap_or_overlap(patches):
    shapes = patches.geometry.to_numpy()
    assert len(shapes) >= 10_000
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapes).min() > 0
    assert shapely.coverage_is_valid(shapes)
    union, town = shapely.coverage_union_all(shapes), only("base.gpkg", "town")
    assert shapely.get_num_interior_rings(union) == 0
    assert shapely.symmetric_difference(union, town).area < 1e-3
    assert shapely.area(shapes).sum() == pytest.approx(town.area, abs=0.01)
    assert patches[["land_use_code", "land_use_scheme"]].notna().all(axis=None)


def test_rights_parcels_do_not_tile_and_do_not_overlap(rights):
    park = rights[rights.index.isin(site(*range(101, 152)))]
    assert (len(rights), len(park)) == (77, 51)
    pairs = shapely.STRtree(rights.geometry.to_numpy()).query(rights.geometry.to_numpy(), predicate="overlaps")
    assert not pairs.size
    assert park.drop("SD-0118").area.between(5_000, 50_000).all()
    assert park.area.sum() < only("base.gpkg", "park").area


def test_the_park_lies_on_the_shore_where_three_rivers_meet():
    water = raw("base.gpkg", "water")
    assert len(water) == 3
    assert shapely.get_num_geometries(water.union_all()) == 1
    assert only("base.gpkg", "park").distance(water.union_all()) < 100


def test_firms_and_villages_are_as_many_as_in_the_case(project):
    firms, links = project.enterprises, project.occupancy
    assert (len(firms), int(firms["above_designated"].sum())) == (53, 15)
    assert links["parcel_id"].isin(rights_of(project).index).all()
    in_park = links.loc[links["parcel_id"].str.startswith("SD-01"), "enterprise_id"]
    assert in_park.nunique() == 34
    assert set(firms.index) - set(links["enterprise_id"]) == {"E53"}
    assert set(links["enterprise_id"]) <= set(firms.index)
    assert links.groupby("parcel_id")["enterprise_id"].nunique()["SD-0105"] == 5
    parcels = links.groupby("enterprise_id")["parcel_id"].nunique()
    assert parcels[["E01", "E08"]].to_list() == [3, 3]
    assert set(links["relation"]) == {"owner", "tenant"}
    assert (firms["line_commissioned"] == 2025).sum() == 3
    assert len(raw("base.gpkg", "villages")) == 19


def test_nothing_bears_a_real_name(project):
    villages = raw("base.gpkg", "villages")["name"]
    assert villages.str.fullmatch(r"示例村\d\d").all()
    assert villages.is_unique
    assert project.enterprises["name"].str.fullmatch(r"示例(电器|家纺|车架|铸造|五金|伞架)\d\d").all()
    for file in ("base.gpkg", "control.gpkg", "plans.gpkg"):
        for layer in pyogrio.list_layers(LAYERS / file)[:, 0]:
            frame = pyogrio.read_dataframe(LAYERS / file, layer=layer, read_geometry=False)
            names = set(frame.get("name", pd.Series(dtype=object)).dropna()) - GENERAL
            assert all("示例" in name for name in names), layer
    assert rights_of(project)["village"].str.startswith("示例").all()
    assert "示意数据" in project.notice.zh
    assert "Illustrative" in project.notice.en


# What is missing or odd on purpose


@pytest.mark.parametrize(
    ("fact", "numbers"),
    [
        ("building_legal", (109, 120, 131, 136, 141, 149, 203, 214, 224)),
        ("sewage_to", (117, 135, 220, 222)),
        ("soil_listed", (108, 124, 140, 146, 216)),
    ],
)
def test_facts_that_nobody_has_told(rights, fact, numbers):
    assert set(rights.index[rights[fact].isna()]) == site(*numbers)


def test_the_grade_over_the_shore_is_not_known_and_its_edge_cuts_the_park(assessment):
    scenic = assessment.overlaps.query("layer == 'scenic' and parcel_id.str.startswith('SD-01')")
    unknown = scenic["zone_class"].str.startswith("grade=unknown;")
    assert scenic.loc[~unknown, "zone_class"].str.startswith("grade=outer;").all()
    assert len(site(112, 113, 115, 128, 143) & set(scenic["parcel_id"][scenic["parcel_id"].duplicated()])) == 5
    inside = scenic.loc[unknown, "area_m2"].sum() / scenic["area_m2"].sum()
    assert inside == pytest.approx(2 / 3, abs=0.05)


def test_some_parcels_have_no_plan_and_some_have_two_codes(assessment, rights):
    plans = assessment.overlaps[assessment.overlaps["layer"].isin(["plan_town", "plan_village"])]
    assert set(rights.index) - set(plans["parcel_id"]) == site(209, 218, 219)
    counts = plans[plans["area_m2"] > 1].groupby("parcel_id").size()
    assert set(counts.index[counts > 1]) == site(124, 144)
    assert set(counts) == {1, 2}
    assert {"用地用海2023", "GB/T 21010-2017"} == set(plans["zone_class"].str.extract("scheme=(.*)")[0])


def test_a_parcel_that_only_touches_the_strip_does_not_overlap_it(assessment, rights, states):
    strip = raw("control.gpkg", "river_strip").union_all()
    touching = rights.geometry["SD-0107"]
    assert touching.touches(strip)
    assert (touching & strip).length == pytest.approx(131, abs=1)
    met = set(assessment.overlaps.query("layer == 'river_strip'")["parcel_id"])
    assert {name for name in met if name.startswith("SD-01")} == site(101, 106, 108, 110, 116)
    assert "SD-0107" not in set(assessment.dropped["parcel_id"])
    assert states.loc["SD-0107", "river_strip"] == "not_affected"


def test_a_road_takes_two_per_cent_of_a_factory(rights):
    roads = raw("control.gpkg", "roads")
    road = roads.loc[roads["name"] == "示例厂后路"].union_all()
    shares = rights.geometry.map(lambda shape: (shape & road).area / shape.area)
    assert set(shares.index[shares > 0.001]) == {"SD-0142"}
    assert shares["SD-0142"] == pytest.approx(0.02, abs=0.001)


def test_the_bow_tie_is_repaired_and_said(project, rights):
    drawn = raw("parcels.gpkg", "rights").set_index("parcel_id").geometry
    assert list(drawn.index[~drawn.is_valid]) == ["SD-0118"]
    layer = project.layers["parcels"]
    assert layer.repaired == 1
    assert [remark for remark in layer.remarks if "SD-0118" in remark and "repaired" in remark]
    mended = rights.geometry["SD-0118"]
    assert mended.is_valid
    assert mended.area == pytest.approx(shapely.make_valid(drawn["SD-0118"]).area, rel=1e-9)


def test_hazards_were_not_surveyed_everywhere_and_there_is_no_wetland(project, states):
    hazards = states["geohazard"]
    assert set(hazards.index[hazards == "no_data"]) == site(116, 117, 118, 134, 135, 150, 151, 215, 216)
    assert hazards["SD-0225"] == "affected"
    assert len(raw("control.gpkg", "wetland")) == 0
    assert (states["wetland"] == "not_affected").all()
    assert project.layers["wetland"].extent.equals(only("base.gpkg", "town"))


def test_zones_of_one_class_that_overlap_count_once(assessment, rights):
    water = raw("control.gpkg", "drinking_water")
    upper, lower = water.loc[water["class"] == "level2"].geometry
    parcel = rights.geometry["SD-0222"]
    united, added = (parcel & (upper | lower)).area, (parcel & upper).area + (parcel & lower).area
    assert added > united + 100
    rows = assessment.overlaps.query("layer == 'drinking_water'").set_index("parcel_id")
    assert rows.loc["SD-0222", "area_m2"] == pytest.approx(united, rel=1e-9)
    assert rows.loc[["SD-0221", "SD-0222", "SD-0223"], "zone_class"].to_list() == ["level1", "level2", "quasi"]


def test_registered_areas_differ_where_the_page_says(rights):
    off = (rights["registered_m2"] / rights.area - 1).abs()
    differing = off[off > 1e-4]
    assert set(differing.index) == site(104, 115, 127, 138, 144)
    assert differing.between(0.01, 0.08).all()


def test_the_rest_of_the_page_is_so(assessment, states):
    met = assessment.overlaps.set_index(["parcel_id", "layer"])["share"]
    assert 0 < met["SD-0212", "farmland"] < 0.05
    assert met["SD-0226", "redline"] == 1
    assert site(150, 151) <= set(states.index[states["power"] == "affected"])


def test_parcels_that_the_page_names_are_there(rights):
    text = (LAYERS / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"SD-\d{4}", text)) <= set(rights.index)


# The ledger, and the slope


@pytest.fixture(scope="session")
def oracle(rights):
    """Overlaps by the engine of geopandas, from the files as they are."""
    plain = gpd.GeoDataFrame({"parcel_id": rights.index}, geometry=rights.geometry.to_numpy(), crs=rights.crs)
    tables = []
    for layer, (file, attributes) in ZONES.items():
        zones = raw(file, layer)
        parts = [ours + "=" + zones[column].astype(str) for ours, column in attributes.items()]
        zones["zone_class"] = parts[0].str.cat(parts[1:], sep=";") if len(parts) > 1 else zones["class"]
        united = zones[["zone_class", "geometry"]].dissolve("zone_class", as_index=False)
        met = gpd.overlay(plain, united, how="intersection", keep_geom_type=True)
        tables.append(pd.DataFrame({"layer": layer} | {name: met[name] for name in ("parcel_id", "zone_class")}))
        tables[-1]["area_m2"] = met.area
    return pd.concat(tables).set_index(["parcel_id", "layer", "zone_class"])["area_m2"]


def test_the_ledger_is_what_another_engine_finds(assessment, oracle, rights):
    met = pd.concat([assessment.overlaps, assessment.dropped])
    ledger = met.set_index(["parcel_id", "layer", "zone_class"])
    assert ledger.index.is_unique
    assert set(ledger.index) == set(oracle.index)
    both = pd.concat([ledger["area_m2"], oracle.rename("oracle")], axis=1)
    np.testing.assert_allclose(both["area_m2"], both["oracle"], rtol=1e-6, atol=1e-6)
    whole = rights.area.reindex(ledger.index.get_level_values("parcel_id")).to_numpy()
    np.testing.assert_allclose(ledger["share"], ledger["area_m2"] / whole, rtol=1e-9)
    sliver = assessment.dropped.iloc[0]
    assert len(assessment.dropped) == 1
    assert (sliver["parcel_id"], sliver["layer"], sliver["reason"]) == ("SD-0144", "plan_town", "width")
    assert sliver["width_m"] < 0.01


def test_every_parcel_has_a_slope_and_the_slopes_that_rules_speak_of_are_affected(assessment, states, rights):
    slope = assessment.evidence.facts["slope_mean_deg"]
    assert np.isfinite(slope).all()
    with rasterio.open(LAYERS / "dem.tif") as file:
        assert file.res == (30, 30)
        assert shapely.box(*file.bounds).covers(only("base.gpkg", "town"))
        falls = np.hypot(*np.gradient(file.read(1).astype(float), 30))
        spots = rights.representative_point()
        rows, columns = np.floor(~file.transform * np.array([spots.x, spots.y])).astype(int)[::-1]
    near = np.degrees(np.arctan(falls[rows, columns]))
    assert np.corrcoef(near, slope)[0, 1] > 0.9
    steep = states.index[states["dem"] == "affected"]
    assert set(steep) == set(slope.index[slope > 5])
    assert len(steep) < len(slope)


# What a planner learns


@pytest.fixture(scope="session")
def hotel(assessment):
    park = assessment.verdicts.query("use == 'tourist-hotel' and pathway == 'keep_building'").set_index("parcel_id")
    return park[park.index.astype(str).str.startswith("SD-01")].assign(
        causes=lambda rows: [assessment.open_sets[code] for code in rows["open"]]
    )


def test_a_hotel_can_come_here_and_not_there_and_elsewhere_one_question_decides(hotel):
    can, cannot = hotel[hotel["at_most"] < "prohibited"], hotel[hotel["at_least"] == "prohibited"]
    assert site(130, 145, 146, 148) <= set(can.index)
    assert site(110, 111, 126, 127, 134, 150, 151) <= set(cannot.index)
    opened = hotel.drop([*can.index, *cannot.index])
    one = opened[opened["causes"].map(lambda causes: [cause.kind for cause in causes] == ["fact"])]
    assert set(one.index) == site(131)
    assert hotel["causes"][next(iter(site(149)))] == tuple(
        Cause(kind="fact", layer=None, name=name) for name in ("building_legal", "relation")
    )
    assert set(one["causes"]) == {(Cause(kind="fact", layer=None, name="building_legal"),)}
    assert (one["at_least"] == "permitted").all()
    assert (one["at_most"] == "prohibited").all()
    assert (opened["causes"].map(len) > 0).all()
    assert (pd.concat([can, cannot])["outcome"].value_counts() > 0).sum() >= 3


def test_told_that_the_building_is_lawful_the_span_closes(project, rights):
    for value, span, left in [
        ("yes", ("permitted", "permitted"), []),
        ("no", ("conditional", "prohibited"), ["officer"]),
    ]:
        told = assess(
            project,
            parcels=rights.loc[["SD-0131", "SD-0149"]],
            uses=["tourist-hotel"],
            pathways=["keep_building"],
            facts={"building_legal": value, "relation": "owner"},
        )
        assert set(told.verdicts[["at_least", "at_most"]].itertuples(index=False, name=None)) == {span}
        assert [cause.kind for code in set(told.verdicts["open"]) for cause in told.open_sets[code]] == left


def test_check_closes_the_span_with_a_fact():
    question = ["check", "SD-0131", "--use", "tourist-hotel", "--pathway", "keep_building", "--json"]
    question += ["-m", str(LAYERS)]
    found = {}
    for facts in ([], ["--fact", "building_legal=yes"]):
        told = CliRunner().invoke(main, [*question, *facts])
        assert (told.exit_code, told.stderr) == (0, "")
        (extract,) = json.loads(told.stdout)
        (found[len(facts)],) = extract["verdicts"]
    assert (found[0]["outcome"], found[0]["at_least"], found[0]["at_most"]) == ("unknown", "permitted", "prohibited")
    assert found[2]["outcome"] == found[2]["at_most"] == "permitted"


def test_the_sample_does_not_answer_the_same_everywhere(assessment):
    counts = assessment.verdicts["outcome"].value_counts()
    assert (counts > 0).all()
    assert counts.max() < 0.75 * counts.sum()
    by_parcel = assessment.verdicts.groupby("parcel_id", observed=True)["outcome"].nunique()
    assert (by_parcel > 1).mean() > 0.5


def test_the_three_scenarios_answer_differently(scenarios):
    second, third, unknown = (scenarios[name] for name in SCENARIOS)
    assert (second != third).any(axis=1).sum() > 100
    all_three = (second != third).any(axis=1) & (second != unknown).any(axis=1) & (third != unknown).any(axis=1)
    assert all_three.any()
    hotel = ("SD-0107", "tourist-hotel", "keep_building")
    assert second.loc[hotel, "at_most"] > third.loc[hotel, "at_most"]


@pytest.mark.parametrize("scenario", ["grade-2", "grade-3"])
def test_what_a_grade_would_answer_lies_within_what_is_said_while_it_is_unknown(scenarios, scenario):
    assumed, unknown = scenarios[scenario], scenarios["grade-unknown"]
    assert assumed.index.equals(unknown.index)
    outside = (assumed["at_least"] < unknown["at_least"]) | (assumed["at_most"] > unknown["at_most"])
    assert list(assumed.index[outside]) == []


# The ways out of its firms


@pytest.fixture(scope="module")
def ways_out(project):
    return engine.transitions(project)


def test_every_firm_has_every_route_and_the_routes_part(ways_out):
    frame = ways_out.frame
    assert len(frame) == 53 * 7
    spread = frame.groupby("route")["standing"].agg(set)
    for route in ("temporary-use", "agreement", "auction", "reserve"):
        assert len(spread[route]) >= 3, route
    assert set(frame["standing"]) == {"admissible", "conditional", "open", "partly", "barred"}


def test_texts_that_nobody_read_let_no_firm_through(ways_out):
    frame = ways_out.frame.set_index("route")["standing"]
    for route, law in ways_out.assessment.project.rulebook.routes.items():
        if not law.verified:
            assert set(frame[route]) <= {"open", "barred"}, route


def test_hotels_and_catering_are_no_producer_services(project):
    routes = project.rulebook.routes
    assert not routes["reuse-producer"].uses & {"tourist-hotel", "budget-hotel", "homestay", "restaurant", "cafe"}
    assert "tourist-hotel" in routes["reuse-tourism"].uses
    hotel = engine.transitions(project, uses=["tourist-hotel"]).frame.set_index("route")["standing"]
    assert set(hotel["reuse-producer"]) == {"barred"}
    assert (hotel["temporary-use"] != "barred").sum() >= 10


def test_the_two_five_year_rules_are_two_routes(project):
    producer, temporary = (project.rulebook.routes[name] for name in ("reuse-producer", "temporary-use"))
    assert (producer.ref, producer.verified, producer.land) == ("PM-07", False, "kept")
    assert (temporary.ref, temporary.verified, temporary.land) == ("PM-06", True, "kept")
    assert "PM-06" in temporary.approvals
    assert "PM-06" not in producer.approvals
    assert "PM-07" not in temporary.approvals


def test_agreement_waits_for_the_contract_and_is_barred_by_the_lock(project, ways_out):
    told = {
        firm["id"]: next(route for route in firm["routes"] if route["route"] == "agreement")
        for firm in report(ways_out, language="en")["enterprises"]
    }
    firms = project.enterprises
    for firm, route in told.items():
        clause = firms.loc[firm, "contract_take_back"]
        asked = {each["fact"] for each in route["open"]}
        assert not (route["standing"] in ("admissible", "conditional") and clause is not False), firm
        if clause is None and route["standing"] == "open" and firm != "E53":
            assert "contract_take_back" in asked or "barred" in route["standing"], firm
    housing = {firm for firm, route in told.items() if any(each["id"] == "lock" for each in route["reasons"])}
    assert {told[firm]["standing"] for firm in housing if told[firm]["parcels"]["barred"]} <= {"barred", "partly"}
    assert "E35" in housing


def test_the_public_auction_cites_the_civil_code(project):
    auction = project.rulebook.routes["auction"]
    assert (auction.source, auction.article, auction.land) == ("civil-code-2020", "347", "auction")
    assert "Civil Code" in project.rulebook.sources[auction.source].title.en


def test_the_quota_is_short_and_says_for_whom(ways_out):
    quota = report(ways_out, language="en")["quota"]
    assert quota["available_m2"] == pytest.approx(82 * 2000 / 3, abs=1e-3)
    assert quota["short_m2"] > 0
    assert {each["fits"] for each in quota["claims"]} >= {"yes", "no"}
    assert quota["need_unknown"] == ["E34"]


def test_some_firms_tie(ways_out):
    assert any(each.tied for each in ways_out.priority)


def test_the_steps_so_far_are_in_a_possible_order(project, ways_out):
    assert order_faults(ways_out.events, project.rulebook.statuses) == []
    reached = current(ways_out.events, project.on)
    assert {each.status for each in reached.values()} == {"planned", "agreed", "moved", "converted", "withdrawn"}
    assert "E37" not in reached  # planned for July


def test_every_reason_of_law_names_its_article_and_every_fact_can_be_stated(project):
    for route in project.rulebook.routes.values():
        for reason in route.reasons:
            if reason.effect in ("bars", "conditions", "leaves_open"):
                assert reason.source in project.rulebook.sources, (route.id, reason.id)
            for test in reason.when.tests if reason.when else ():
                assert test.fact in project.rulebook.facts


# The script


def same_ground(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Tell whether shapes are the same to the centimetre that they are written to."""
    pair = (shapely.normalize(ours), shapely.normalize(theirs))
    return bool(np.all(shapely.equals_exact(*pair, tolerance=0.011)))


def test_the_script_makes_the_files_again(tmp_path):
    for script in [LAYERS / "make_sample.py", *LAYERS.glob("sample_*.py")]:
        shutil.copy(script, tmp_path)
    told = subprocess.run([sys.executable, "make_sample.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    made = {path.name for path in tmp_path.iterdir() if path.suffix in (".gpkg", ".parquet", ".csv", ".tif")}
    assert made == {path.name for path in LAYERS.iterdir() if path.suffix in (".gpkg", ".parquet", ".csv", ".tif")}
    for name in sorted(made):
        ours, theirs = LAYERS / name, tmp_path / name
        if name.endswith(".csv"):
            pd.testing.assert_frame_equal(pd.read_csv(ours), pd.read_csv(theirs))
        elif name.endswith(".tif"):
            with rasterio.open(ours) as one, rasterio.open(theirs) as other:
                assert (one.crs, one.transform, one.nodata) == (other.crs, other.transform, other.nodata)
                np.testing.assert_array_equal(one.read(1), other.read(1))
        else:
            layers = [None] if name.endswith(".parquet") else pyogrio.list_layers(ours)[:, 0].tolist()
            assert layers == [None] or layers == pyogrio.list_layers(theirs)[:, 0].tolist()
            for layer in layers:
                read = gpd.read_parquet if layer is None else gpd.read_file
                which = {} if layer is None else {"layer": layer}
                one, other = read(ours, **which), read(theirs, **which)
                if "geometry" not in one:  # a table, such as the events
                    pd.testing.assert_frame_equal(one, other)
                    continue
                assert one.crs == other.crs
                pd.testing.assert_frame_equal(
                    pd.DataFrame(one.drop(columns="geometry")), pd.DataFrame(other.drop(columns="geometry"))
                )
                assert same_ground(one.geometry.to_numpy(), other.geometry.to_numpy()), (name, layer)
