"""The judge of coordinate systems: what is fit for areas, and what it says of the rest."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS, Geod, Transformer

from geo_tej import make_project
from geo_tej.crs import areal_scale, likely, parse, require_projected, require_same, true_north
from geo_tej.errors import CRSError, GeoTejError
from geo_tej.i18n import told_in
from geo_tej.report import complaints

# shared/domain/fixtures.json: 119.56 E, 29.53 N by pyproj 3.7.2
PLACES = {
    4549: (457347.19787197065, 3268095.327618913),
    4528: (40457347.19787197, 3268095.327618913),
    4527: (39748203.26192962, 3270748.7341955244),
    4548: (748203.2619296161, 3270748.7341955244),
    32650: (748103.9806238539, 3269440.4347960725),
}


@pytest.mark.parametrize("code", PLACES)
def test_the_published_coordinates_are_those_of_the_system(code):
    place = Transformer.from_crs(4490, code, always_xy=True).transform(119.56, 29.53)
    assert place == pytest.approx(PLACES[code], abs=1e-3 if code != 32650 else 0.1)


@pytest.mark.parametrize("code", PLACES)
def test_grids_in_metres_that_fit_the_place_pass(code):
    east, north = PLACES[code]
    crs = CRS(code)
    assert require_projected(crs, what="plots", bounds=(east, north, east + 1000, north + 1000)) is crs


def drawn_over_true(code, east, north, side=1000.0):
    """Compare a square's area in the plane with its geodesic area: the areal scale, measured."""
    ring = [(east, north), (east + side, north), (east + side, north + side), (east, north + side)]
    to_degrees = Transformer.from_crs(code, CRS(code).geodetic_crs, always_xy=True)
    longitude, latitude = zip(*(to_degrees.transform(*point) for point in ring), strict=True)
    area, _ = Geod(ellps="GRS80").polygon_area_perimeter(longitude, latitude)
    return side**2 / abs(area)


@pytest.mark.parametrize(
    ("code", "east", "north"),
    [(4549, *PLACES[4549]), (4548, *PLACES[4548]), (32650, *PLACES[32650]), (3857, 13_310_000, 3_441_000)],
)
def test_the_areal_scale_is_what_a_square_shows(code, east, north):
    assert areal_scale(CRS(code), (east + 500, north + 500)) == pytest.approx(
        drawn_over_true(code, east, north),
        rel=1e-4 if code != 3857 else 5e-3,  # PROJ takes Web Mercator for a sphere's
    )


@pytest.mark.parametrize(
    ("code", "bounds", "words"),
    [
        (None, None, r"plots has no coordinate reference system.*EPSG:4549"),
        (None, (119.5, 29.5, 119.6, 29.6), r"look like degrees: EPSG:4490"),
        (4490, None, r"plots is in degrees \(EPSG:4490"),
        (4326, (119.5, 29.5, 119.6, 29.6), r"in degrees"),
        (3857, (13_310_000, 3_441_000, 13_311_000, 3_442_000), r"EPSG:3857.* 1\.32 times"),
        (2263, None, r"not a projected system in metres"),  # New York, US survey feet
        (4978, None, r"not a projected system in metres"),  # geocentric
        (32650, (1_900_000, 3_270_000, 1_901_000, 3_271_000), r"times the true ones"),  # far out of its zone
    ],
)
def test_what_is_unfit_is_refused_by_name(code, bounds, words):
    with pytest.raises(CRSError, match=words):
        require_projected(None if code is None else CRS(code), what="plots", bounds=bounds)


def test_coordinates_that_are_no_place_are_refused():
    with pytest.raises(CRSError):
        require_projected(CRS(4549), what="plots", bounds=(1e9, 1e9, 1e9, 1e9))
    assert require_projected(CRS(4549), what="plots", bounds=(np.nan,) * 4) == CRS(4549)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((119.5, 29.5, 119.6, 29.6), "degrees"),
        ((457_000, 3_268_000, 458_000, 3_269_000), "EPSG:4549"),
        ((40_457_000, 3_268_000, 40_458_000, 3_269_000), "EPSG:4528"),
        ((39_748_000, 3_270_000, 39_749_000, 3_271_000), "EPSG:4527"),
        ((13_310_000, 3_441_000, 13_311_000, 3_442_000), "declare it"),
        ((np.nan,) * 4, "no coordinates"),
    ],
)
def test_a_hint_names_what_coordinates_look_like(bounds, words):
    assert words in likely(bounds)


def test_a_system_is_read_by_code_or_words_or_refused():
    assert parse("EPSG:4549", what="x") == parse(4549, what="x") == parse(CRS(4549).to_wkt(), what="x")
    for nonsense in ("EPSG:999999", "Gauss", ""):
        with pytest.raises(CRSError, match=r"layer x.*write it like EPSG:4549"):
            parse(nonsense, what="layer x")


def test_two_systems_do_not_mix():
    require_same(CRS(4549), CRS("EPSG:4549"), left_name="a", right_name="b")
    for left, right in [(4549, 4528), (4549, None), (None, None)]:
        with pytest.raises(CRSError, match=r"a is in .* b in .*reproject"):
            require_same(left and CRS(left), right and CRS(right), left_name="a", right_name="b")


def test_an_error_is_ours_and_a_builtin():
    assert issubclass(CRSError, GeoTejError)
    assert issubclass(CRSError, ValueError)


@pytest.mark.parametrize(("y_km", "x_km"), [(744, 1041), (530, 1150), (860, 1000)])
def test_true_north_is_that_of_the_cadastres_own_formula(y_km, x_km):
    """Krovak's convergence as Czech surveyors compute it by hand: C = 0.008257 Y + 2.373 Y / X degrees (km)."""
    turn = true_north(CRS(5514), (-1000 * y_km, -1000 * x_km) * 2)
    assert turn == pytest.approx(0.008257 * y_km + 2.373 * y_km / x_km, abs=0.03)


def test_true_north_turns_the_other_way_south_of_the_equator_and_west_of_the_meridian():
    east, west = (600_000, 9_000_000), (400_000, 9_000_000)
    turns = [true_north(CRS(code), at * 2) for code in (32648, 32748) for at in (east, west)]
    assert turns[0] == pytest.approx(-turns[1], abs=1e-3)
    assert turns[2] == pytest.approx(-turns[3], abs=1e-3)
    assert turns[0] < 0 < turns[2]


@pytest.mark.parametrize(("system", "told"), [(4547, "0.7"), (4549, None), (32650, None), (32651, None)])
def test_a_project_is_told_that_its_system_stretches_areas(system, told):
    place = gpd.GeoSeries(shapely.box([119.60], 29.53, 119.602, 29.532), crs=4490).to_crs(system)
    plots = gpd.GeoDataFrame({"parcel_id": ["A1"]}, geometry=place.to_numpy(), crs=system)
    project = make_project("starter", on="2026-06-30", parcels=plots)
    said = [each for each in complaints(project) if "larger" in each or "smaller" in each]
    assert bool(said) == bool(told)
    for each in said:
        assert f"EPSG:{system}" in each
        assert f"{told}" in each
        assert "larger here than on the ground" in each
        assert "大" in told_in(each, "zh")
