"""The judge of frames: what parcels and zones must have, and what is said of those that have not."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal
from specimens import EAST, GRID, NORTH, parcels, square, zones

from geo_tej.errors import CRSError, FrameError
from geo_tej.frames import OVERLAPS, categories, check_parcels, check_zones, empty_overlaps, zone_class

BOW_TIE = shapely.Polygon([(EAST, NORTH), (EAST + 10, NORTH + 10), (EAST + 10, NORTH), (EAST, NORTH + 10)])


def test_the_column_becomes_the_index_and_the_frame_given_stays():
    plain = parcels(square(), square(100), name=["a", "b"]).reset_index()
    before = plain.copy()
    checked = check_parcels(plain)
    assert checked.index.tolist() == ["A1", "A2"]
    assert checked["name"].tolist() == ["a", "b"]
    assert_frame_equal(pd.DataFrame(plain), pd.DataFrame(before))


def test_missing_and_empty_ground_is_allowed_in_parcels_and_left_out_of_zones():
    assert len(check_parcels(parcels(square(), None, shapely.Polygon()))) == 3
    assert len(check_parcels(parcels(None))) == 1
    checked = check_zones(zones(("a", square()), ("b", None), ("c", shapely.Polygon())))
    assert checked["zone_class"].tolist() == ["a"]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"parcel_id": ["A1"]}), "a GeoDataFrame is needed"),
        (parcels(square()).rename_axis("id"), "no column or index `parcel_id`"),
        (parcels(square(), square(100)).rename({"A2": "A1"}), "parcel_id must be unique; A1 stand"),
        (parcels(square(), square(100)).rename({"A2": None}), "1 rows have no parcel_id"),
        (parcels(square(), shapely.Point(EAST, NORTH)), "only polygons have ground; A2 are Point"),
        (parcels(square(), BOW_TIE), r"A2 are not valid \(Self-intersection.*make_valid"),
    ],
)
def test_parcels_that_will_not_do_are_named(frame, words):
    with pytest.raises(FrameError, match=f"(?s)plots: .*{words}"):
        check_parcels(frame, name="plots")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"zone_class": ["a"]}), "a GeoDataFrame is needed"),
        (zones(("a", square())).rename(columns={"zone_class": "class"}), "no column `zone_class`; there are class"),
        (zones(("a", shapely.LineString([(EAST, NORTH), (EAST + 1, NORTH)]))), "only polygons"),
        (zones(("a", BOW_TIE)), "not valid"),
    ],
)
def test_zones_that_will_not_do_are_named(frame, words):
    with pytest.raises(FrameError, match=words):
        check_zones(frame)


@pytest.mark.parametrize("code", [None, 4490, 3857])
def test_the_system_of_a_frame_is_judged(code):
    frame = parcels(square())
    frame = frame.set_crs(None, allow_override=True) if code is None else frame.to_crs(code)
    with pytest.raises(CRSError):
        check_parcels(frame)
    with pytest.raises(CRSError):
        check_zones(frame.assign(zone_class="a"))


def test_many_faults_are_shortened():
    many = gpd.GeoDataFrame({"parcel_id": ["A"] * 2 + list("BBCCDDEE")}, geometry=[square()] * 10, crs=GRID)
    with pytest.raises(FrameError, match="A, B, C and 2 more"):
        check_parcels(many)


def test_zones_without_a_layer_are_one_layer_and_classes_are_text():
    checked = check_zones(gpd.GeoDataFrame({"zone_class": [1, 2]}, geometry=[square(), square(100)], crs=GRID))
    assert checked["layer"].tolist() == ["zones", "zones"]
    assert checked["zone_class"].tolist() == ["1", "2"]


def test_names_of_classes_and_codes():
    assert zone_class({"class": "level1"}) == "level1"
    assert zone_class({"grade": "1", "core": "no"}) != zone_class({"grade": "1", "core": "yes"})
    coded = categories(np.array([[1, 0], [1, 1]]), ["a", "b"], ordered=True)
    assert coded.tolist() == ["b", "a", "b", "b"]
    assert coded.ordered


def test_an_empty_ledger_has_its_columns():
    assert list(empty_overlaps().columns) == list(OVERLAPS)
    assert empty_overlaps()["area_m2"].dtype == float
