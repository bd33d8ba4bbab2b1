"""Ways in which lost data, wrong places or loose words once made an answer too soft, and must not again."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.affinity import rotate
from specimen_texts import RULEBOOK, RULES, TABLES, rule
from specimens import EAST, NORTH, box, default_frames, layer_of, make_book, make_project, parcels, square, town

from geo_tej.errors import ManifestError, RulebookError
from geo_tej.ground import remaining
from geo_tej.io import read_project
from geo_tej.verdict import assess, explain
from geo_tej.verdict.steps import AFRESH, Extent

PLOT = parcels(square())
TEST = '{ all = [{ fact = "beds", is = 1 }] }'
ZONES = default_frames()["flood"]


def strictest(path, parcel="A3", use="shop", pathway="build"):
    project = read_project(path)
    return int(explain(assess(project), parcel, use, pathway).at_most), project.faults


@pytest.mark.parametrize(
    ("flood", "named"),
    [
        (ZONES.assign(geometry=[None]), "have no geometry"),
        (gpd.GeoDataFrame({"class": ["deep", "deep"]}, geometry=[None, square(900)], crs=4549), "1 of 2 rows"),
        (ZONES.set_crs(4548, allow_override=True), "km from the project's area"),
        (ZONES.set_crs(4490, allow_override=True), "the coordinates are no degrees"),
        (ZONES.assign(geometry=ZONES.translate(3_000_000, 0)), "km from the project's area|no place in"),
        (ZONES.assign(geometry=ZONES.boundary), "is a polygon"),
    ],
)
def test_a_layer_that_lost_its_ground_or_lies_elsewhere_has_failed(tmp_path, flood, named):
    most, faults = strictest(make_project(tmp_path, flood=flood))
    assert most == 2
    assert any(part in faults["flood"] for part in named.split("|"))


def test_what_is_left_of_a_layer_is_still_heard(tmp_path):
    flood = gpd.GeoDataFrame({"class": ["deep", "deep"]}, geometry=[None, square(200)], crs=4549)
    project = read_project(make_project(tmp_path, flood=flood))
    told = explain(assess(project), "A3", "shop", "keep")
    assert (int(told.at_least), int(told.at_most)) == (2, 2)


OVERLAPPING = shapely.MultiPolygon([box(-50, -50, 150, 150), box(-20, -30, 200, 170)])
"""Both parts hold the plot A1: what rings enclose twice is outside in one reading and inside in another."""


def test_ground_that_a_broken_outline_holds_in_one_reading_only_is_not_known(tmp_path):
    flood = gpd.GeoDataFrame({"class": ["deep"]}, geometry=[OVERLAPPING], crs=4549)
    project = read_project(make_project(tmp_path, flood=flood))
    (repair,) = project.layers["flood"].account.repaired
    assert repair.doubt.area == pytest.approx(170 * 180)
    assert "30,600.00 m²" in " ".join(project.layers["flood"].remarks)
    told = explain(assess(project), "A1", "shop", "keep")
    assert (int(told.at_least), int(told.at_most)) == (0, 2)
    assert {cause.layer for cause in told.causes} == {"flood"}


def test_ground_that_a_plan_holds_in_one_reading_only_grants_nothing(tmp_path):
    sound = default_frames()["zoning"]
    assert strictest(make_project(tmp_path / "sound", zoning=sound), "A1", pathway="keep")[0] < 2
    whole = shapely.union_all(sound.geometry)
    pit = shapely.Polygon(whole.exterior, [box(-50, -50, 250, 150).exterior, box(-20, -20, 200, 120).exterior])
    plan = gpd.GeoDataFrame({"class": ["mixed"]}, geometry=[pit], crs=4549)
    assert strictest(make_project(tmp_path / "odd", zoning=plan), "A1", pathway="keep")[0] == 2


ISLAND = shapely.Polygon(
    box(-900, -900, 1900, 900).exterior, [box(-50, -50, 250, 150).exterior, box(-20, -20, 200, 120).exterior]
)
"""A hole within a hole, where the plot A1 lies, is an island in one reading, and in another it is not."""


def test_an_island_in_one_reading_is_neither_barred_nor_granted(tmp_path):
    flood = gpd.GeoDataFrame({"class": ["deep"]}, geometry=[ISLAND], crs=4549)
    told = explain(assess(read_project(make_project(tmp_path / "flood", flood=flood))), "A1", "shop", "keep")
    assert (int(told.at_least), int(told.at_most)) == (0, 2)
    assert ("layer", "flood") in {(cause.kind, cause.layer) for cause in told.causes}
    plan = gpd.GeoDataFrame({"class": ["mixed"]}, geometry=[ISLAND], crs=4549)
    path = make_project(tmp_path / "plan", zoning=plan)
    law = next(path.parent.rglob("rulebook.toml"))
    text = law.read_text(encoding="utf-8")
    head, base, rest = text.partition("base = true")
    law.write_text(head + base + rest.replace('unlisted = "prohibited"', 'unlisted = "silent"', 1), encoding="utf-8")
    told = explain(assess(read_project(path)), "A1", "shop", "keep")
    assert int(told.at_most) == 2
    assert ("layer", "zoning") in {(cause.kind, cause.layer) for cause in told.causes}


def test_an_area_surveyed_ends_where_a_reading_of_its_outline_does(tmp_path):
    """What a second row holds for sure is surveyed, whatever may be read of the first."""
    rows = [ISLAND, box(-20, -20, 100, 120)]
    plan = gpd.GeoDataFrame({"class": ["mixed", "mixed"]}, geometry=rows, crs=4549)
    surveyed = read_project(make_project(tmp_path, zoning=plan)).layers["flood"].extent
    assert surveyed.contains(square(0))
    assert surveyed.contains(square(400))
    assert not surveyed.intersects(square(110, side=50))


def test_an_outline_of_which_all_readings_agree_is_as_known_as_any(tmp_path):
    tie = shapely.Polygon([(0, 0), (20, 20), (20, 0), (0, 20)])
    tie = shapely.transform(tie, lambda at: np.add(at, [EAST, NORTH + 40]))
    flood = gpd.GeoDataFrame({"class": ["deep"]}, geometry=[tie], crs=4549)
    project = read_project(make_project(tmp_path, flood=flood))
    assert [each.doubt for each in project.layers["flood"].account.repaired] == [None]
    assert project.layers["flood"].extent.equals(read_project(make_project(tmp_path / "b")).layers["flood"].extent)


@pytest.mark.parametrize("width", [-20.0, float("inf")])
def test_a_half_width_that_is_none_fails_the_layer(tmp_path, width):
    axis = gpd.GeoDataFrame(
        {"class": ["main"], "half_width_m": [width]},
        geometry=[shapely.LineString(box(-20, -500, -15, 500).exterior.coords[:2])], crs=4549,
    )  # fmt: skip
    most, faults = strictest(make_project(tmp_path, roads=axis), "A1")
    assert most == 2
    assert "half_width_m" in faults["roads"]


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        ('path = "flood.gpkg", columns = { class = "class" }, constants = { class = "shallow" }', "both as a column"),
        ('path = "flood.gpkg", constants = { half_width_m = "wide" }', "must be a number"),
    ],
)
def test_a_mapping_that_contradicts_itself_is_refused(tmp_path, edit, named):
    path = make_project(tmp_path, edit={'path = "flood.gpkg"': edit})
    with pytest.raises(ManifestError, match=named):
        read_project(path)


def test_a_layer_that_heads_the_extract_has_no_thresholds(tmp_path):
    path = make_project(tmp_path, edit={'path = "flood.gpkg"': 'path = "flood.gpkg", thresholds = { area_m2 = 100 }'})
    law = tmp_path / "rulebook" / "rulebook.toml"
    heading = law.read_text(encoding="utf-8").replace('id = "flood",', 'id = "flood", heads_extract = true,')
    law.write_text(heading, encoding="utf-8")
    with pytest.raises(ManifestError, match="no thresholds"):
        read_project(path)


def test_a_duty_of_whoever_comes_grants_nothing(tmp_path):
    duty = rule("low", layer='"zoning"', outcome='"conditional"')
    plan = {"zoning": [({"class": "works"}, square(-500, -500, 1000))]}
    for number, rules in enumerate((RULES, RULES + duty)):
        law = make_book(tmp_path / str(number), rules=rules)
        told = explain(assess(town(law, PLOT, **plan)), "A1", "hotel", "keep")
        assert int(told.at_most) == 2


def test_silence_permits_only_where_the_layer_has_spoken(tmp_path):
    text = RULEBOOK.replace('["mixed", "works"] }, unlisted = "prohibited"', '[] }, unlisted = "permitted"')
    law = make_book(tmp_path / "law", text=text)
    for name, most in (("mixed", 0), ("farm", 2)):
        plan = [({"class": name}, square(-500, -500, 1000))]
        told = explain(assess(town(law, PLOT, zoning=plan)), "A1", "workshop", "keep")
        assert int(told.at_most) == most, name


@pytest.mark.parametrize("angle", [0, 7, 33.3, 58, 81.7])
def test_pieces_that_only_a_rounding_joins_are_two(angle):
    plot = rotate(box(0, 0, 40, 50), angle, origin=(500_020, 3_270_025))
    strip = rotate(box(-5, 20, 45, 40), angle, origin=(500_020, 3_270_025))
    left = remaining(np.array([shapely.difference(plot, strip)]), np.array([0]), count=1, sizes=np.array([[0.0, 5.0]]))
    assert sorted(left.area_m2) == pytest.approx([400, 800], rel=1e-6)


def test_a_building_survey_of_part_of_a_parcel_is_no_floor_area(tmp_path):
    text = RULEBOOK.replace('id = "beds"', 'id = "existing_floor_area_m2"')
    large = rule(
        "big", kind='"fact"', binds='"parcel"', when='{ all = [{ fact = "existing_floor_area_m2", at_least = 1000 }] }'
    )
    law = make_book(tmp_path / "law", text=text, rules=large)
    project = town(law, PLOT)
    shed = layer_of(law, "flood", [({}, square(0, 0, 5))], role="buildings", extent=(0, 0, 10, 100))
    shed.frame["floor_area_m2"] = 25.0
    project.layers["houses"] = shed  # type: ignore[index]
    assert int(explain(assess(project), "A1", "shop", "keep").at_most) == 2


@pytest.mark.parametrize(
    "keys",
    [
        {"kind": '"fact"', "when": TEST, "binds": '"parcel"', "where": '{ a = ["b"] }'},
        {"layer": '"flood"', "outcome": '"prohibited"', "could_be": '"conditional"', "decider": '"x"'},
        {"layer": '"flood"', "outcome": '"prohibited"', "grants": "true"},
    ],
)  # fmt: skip
def test_a_key_that_would_be_ignored_is_a_fault(tmp_path, keys):
    with pytest.raises(RulebookError, match="rule r"):
        make_book(tmp_path / "law", rules=rule("r", **keys))


def test_a_permit_that_stands_twice_is_a_fault(tmp_path):
    table = TABLES["permits.csv"]
    with pytest.raises(RulebookError, match="more than once"):
        make_book(tmp_path / "law", permits=table + table.splitlines()[1] + "\n")


def test_of_two_plans_on_one_ground_both_must_list_the_use(tmp_path):
    text = RULEBOOK.replace('{ id = "flood", title = "flood",', '{ id = "flood", title = "flood", base = true,')
    text = text.replace('"often"] }, unlisted = "silent"', '"often"] }, unlisted = "unknown"')
    grant = rule("g", layer='"flood"', outcome='"permitted"', where='{ class = ["shallow"] }', uses='["shop"]')
    law = make_book(tmp_path / "law", text=text, rules=grant)
    over = [({"class": "shallow"}, square(-500, -500, 1000))]
    for use, most in (("shop", 0), ("workshop", 2)):
        told = explain(assess(town(law, PLOT, flood=over)), "A1", use, "keep")
        assert int(told.at_most) == most, use


def test_a_layer_that_is_no_plan_grants_nothing_by_silence(tmp_path):
    text = RULEBOOK.replace('"often"] }, unlisted = "silent"', '"often"] }, unlisted = "permitted"')
    law = make_book(
        tmp_path / "law", text=text, rules=rule("d", layer='"flood"', where='{ class = ["deep"] }', uses='["hotel"]')
    )
    over = [({"class": "deep"}, square(-500, -500, 1000))]
    told = explain(assess(town(law, PLOT, zoning=[], flood=over)), "A1", "shop", "keep")
    assert int(told.at_most) == 2


def test_what_stands_on_a_parcel_says_nothing_of_what_is_to_be_built(tmp_path):
    text = RULEBOOK.replace('id = "beds"', 'id = "floor_area_m2"')
    when = '{ all = [{ fact = "floor_area_m2", at_least = 1000 }] }'
    law = make_book(tmp_path / "law", text=text, rules=rule("big", kind='"fact"', binds='"parcel"', when=when))
    houses = layer_of(law, "flood", [({}, square(0, 0, 10))], role="buildings")
    project = town(law, PLOT)
    project.layers["houses"] = replace(houses, frame=houses.frame.assign(floor_area_m2=100.0))  # type: ignore[index]
    told = explain(assess(project), "A1", "shop", "build")
    assert (told.at_least, told.at_most) == (0, 2)
    assert [cause.name for cause in told.causes] == ["floor_area_m2"]


@pytest.mark.parametrize(
    ("shape", "open_"),
    [
        (square(side=95), False),  # 9025 m²; a workshop needs 9000
        (square(side=94), True),
        (shapely.union(square(side=80), square(200, 0, 80)), True),  # two pieces, neither large enough
    ],
)
def test_a_parcel_smaller_than_a_use_needs_is_no_plain_yes_though_nothing_bars_it(tmp_path, shape, open_):
    project = town(make_book(tmp_path / "law", rules=""), parcels(shape))
    told = explain(assess(project), "A1", "workshop", "keep")
    assert (told.at_least, told.at_most) == (0, int(open_))
    assert ("smaller than the use's least area" in told.text("en")) == open_
    assert [cause.kind for cause in told.causes] == ["size"] * open_


def test_a_parcel_narrower_than_a_use_needs_is_no_plain_yes(tmp_path):
    uses = TABLES["uses.csv"].replace("shop,2,商店,shop,other,,,", "shop,2,商店,shop,other,,,20")
    law = make_book(tmp_path / "law", rules="", uses=uses)
    for width, most in [(20, 0), (19.9, 1)]:
        told = explain(assess(town(law, parcels(box(0, 0, width, 100)))), "A1", "shop", "keep")
        assert (told.at_least, told.at_most) == (0, most)


def test_gaps_too_narrow_to_count_are_listed(tmp_path):
    """Half a centimetre between two zones of the plan, and as much outside the survey of floods."""
    law = make_book(tmp_path / "law", rules=RULES)
    plan = [({"class": "mixed"}, box(-10, -10, 50, 110)), ({"class": "mixed"}, box(50.005, -10, 110, 110))]
    floods = layer_of(law, "flood", [], extent=(0, 0, 99.996, 100))
    assessment = assess(town(law, PLOT, zoning=plan, flood=floods))
    told = explain(assessment, "A1", "shop", "keep")
    assert (told.at_least, told.at_most) == (0, 0)
    rows = assessment.dropped.sort_values("reason")
    assert rows[["layer", "zone_class", "reason"]].to_numpy().tolist() == [
        ["zoning", "", "unplanned"], ["flood", "", "unsurveyed"],
    ]  # fmt: skip
    assert rows["area_m2"].tolist() == pytest.approx([0.5, 0.4], rel=1e-3)
    assert rows["share"].tolist() == pytest.approx([0.5 / 10_000, 0.4 / 10_000], rel=1e-3)
    wide = town(law, PLOT, zoning=plan, flood=layer_of(law, "flood", [], extent=(0, 0, 99.97, 100)))
    assert assess(wide).dropped["reason"].tolist() == ["unplanned"]
    assert explain(assess(wide), "A1", "shop", "keep").at_most == 2


@pytest.mark.parametrize(("corner", "known"), [(0.0, True), (0.5, False)])
def test_a_corner_nobody_surveyed_is_not_lost_to_a_corridor_of_nanometres_that_hangs_on_it(corner, known):
    # twice the area over the perimeter of both together is 1.2 mm: by that alone they would be a hairline
    plot = square()
    gap = shapely.union_all([box(0, 0, 1e-5, 100), box(0, 100 - 1e-5, 100, 100), box(0, 0, corner, corner)])
    surveyed = AFRESH.surveyed(np.array([plot]), Extent(shapely.difference(square(-100, -100, 300), gap)), 0.0)
    assert surveyed.tolist() == [known]
