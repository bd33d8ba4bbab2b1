"""Candidates drawn by hand: firms, neighbours of one tenure, ground cut from cells, and who shares ground."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from specimens import EAST, GRID, NORTH, box, parcels, square

from geo_tej.errors import ProgrammeError
from geo_tej.grid import Grid
from geo_tej.siting.candidates import enterprise_sites, ground_sites, merged_sites, parcel_sites, rivals, together


def test_firms_on_the_same_ground_are_one_site_and_a_firm_on_two_parcels_is_one():
    plots = parcels(square(0), square(100), square(200))
    firms = pd.DataFrame([("F1", "A1"), ("F2", "A1"), ("F3", "A2"), ("F3", "A3"), ("F4", "gone")])
    sites = enterprise_sites(plots, firms.set_axis(["enterprise_id", "parcel_id"], axis=1))
    assert sites.index.tolist() == ["A1", "F3"]
    assert sites["parcels"].tolist() == [("A1",), ("A2", "A3")]
    assert sites.area.tolist() == [10_000, 20_000]


def test_neighbours_of_one_tenure_are_merged_and_unknown_tenure_never_is():
    plots = parcels(
        square(0), square(100), square(200), square(300), square(400, 100),
        tenure=["granted", "granted", "collective", None, None],
    )  # fmt: skip
    assert merged_sites(plots, up_to=4).index.tolist() == ["A1+A2"]
    row = parcels(square(0), square(100), square(200), tenure=["granted"] * 3)
    assert merged_sites(row, up_to=2).index.tolist() == ["A1+A2", "A2+A3"]
    assert merged_sites(row, up_to=3).index.tolist() == ["A1+A2", "A1+A2+A3", "A2+A3"]
    assert merged_sites(row, up_to=3).geometry.iloc[1].equals(box(0, 0, 300, 100))


def test_a_corner_or_a_road_between_joins_nothing_and_a_slit_of_drawing_does():
    tenure = ["granted"] * 2
    assert len(merged_sites(parcels(square(0), square(100, 100), tenure=tenure), up_to=2)) == 0
    assert len(merged_sites(parcels(square(0), square(106), tenure=tenure), up_to=2)) == 0
    slit = merged_sites(parcels(square(0), square(100.005), tenure=tenure), up_to=2)
    assert slit.geometry.iloc[0].geom_type == "Polygon"


def test_parcels_without_tenure_cannot_be_merged():
    with pytest.raises(ProgrammeError, match="need the tenure"):
        merged_sites(parcels(square()), up_to=2)


CELLS = Grid(west=EAST, north=NORTH + 300, cell_m=10, rows=30, columns=60, crs=GRID)


def cut(free, **limits):
    asked = {"least_m2": 0, "most_m2": np.inf, "width_m": 0, "compactness": 0} | limits
    return ground_sites(free, CELLS, **asked)


def test_ground_hangs_together_by_edges_and_is_large_enough():
    free = np.zeros(CELLS.shape, dtype=bool)
    free[:10, :10] = free[10:12, 10:12] = True  # they meet at a corner only
    assert cut(free).area.tolist() == [10_000, 400]
    assert cut(free, least_m2=500).index.tolist() == ["G001"]
    assert cut(free, least_m2=500).geometry.iloc[0].equals(box(0, 200, 100, 300))
    assert len(cut(np.zeros(CELLS.shape, dtype=bool))) == 0


def test_a_neck_is_cut_and_a_strip_is_not_compact():
    free = np.zeros(CELLS.shape, dtype=bool)
    free[:12, :12] = free[:12, 40:52] = free[5, :] = True
    assert len(cut(free)) == 1
    assert len(cut(free, width_m=50)) == 2
    strip = np.zeros(CELLS.shape, dtype=bool)
    strip[3:5, :] = True
    assert len(cut(strip, compactness=0.3)) == 0
    assert len(cut(free, width_m=50, compactness=0.6)) == 2


def test_ground_that_is_too_large_is_cut_along_a_mesh():
    whole = np.ones(CELLS.shape, dtype=bool)
    pieces = cut(whole, most_m2=10_000)
    assert len(pieces) == 18
    assert pieces.area.max() <= 10_000 + 1e-6
    assert pieces.area.sum() == pytest.approx(180_000)


def test_the_same_parcels_are_one_candidate_and_names_stay_apart():
    plots = parcels(square(0), square(100), tenure=["granted"] * 2)
    firms = pd.DataFrame([("A2", "A1"), ("A2", "A2")], columns=["enterprise_id", "parcel_id"])
    listed = together([enterprise_sites(plots, firms), parcel_sites(plots), merged_sites(plots, up_to=2)], GRID)
    assert listed.index.tolist() == ["A2", "A1", "A2 (2)"] or listed.index.is_unique
    assert listed["source"].tolist() == ["enterprise", "parcel", "parcel"]
    assert len(together([], GRID)) == 0


def test_who_shares_ground_competes():
    plots = parcels(square(0), square(100), tenure=["granted"] * 2)
    listed = together([parcel_sites(plots), merged_sites(plots, up_to=2)], GRID)
    ground = cut(np.ones(CELLS.shape, dtype=bool), most_m2=90_000)
    listed = together([listed, ground], GRID)
    groups = {frozenset(group) for group in rivals(listed)}
    assert {frozenset(("A1", "A1+A2")), frozenset(("A2", "A1+A2"))} <= groups
    overlapping = ground.index[shapely.intersects(ground.geometry.to_numpy(), box(10, 10, 20, 20))][0]
    assert frozenset(("A1", overlapping)) in groups
    assert frozenset(("A1", "A2")) not in groups  # they only touch
