"""Zones and parcels in every state that files hold them in: rings not closed, curves, stray lines; all is told."""

from __future__ import annotations

import math
import struct
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from click.testing import CliRunner
from pyogrio import raw as ogr
from specimens import EAST, NORTH, box, parcels, square

from geo_tej.cli import main

SOUND = shapely.to_wkb(box(200, 0, 300, 50))


def points(*places):
    return len(places).to_bytes(4, "little") + b"".join(struct.pack("<dd", EAST + x, NORTH + y) for x, y in places)


OPEN = b"\x01\x03\x00\x00\x00\x01\x00\x00\x00" + points((0, 0), (100, 0), (100, 100), (0, 100))
ROUND = (
    b"\x01\x0a\x00\x00\x00\x01\x00\x00\x00"  # a curve polygon of one ring, which is a circular string
    b"\x01\x08\x00\x00\x00" + points((0, 50), (50, 100), (100, 50), (50, 0), (0, 50))
)
LINE = shapely.to_wkb(shapely.LineString([(EAST, NORTH), (EAST + 50, NORTH)]))


def files(folder, rows, *, suffix="parquet", column="zone_class", of="zones"):
    """Write rows of WKB, and a sound file of the other kind beside."""
    plots = parcels(square(), square(200)).reset_index()
    zones = gpd.GeoDataFrame({"zone_class": ["a", "b"]}, geometry=[square(), square(200)], crs=4549)
    plots.to_parquet(folder / "parcels.parquet")
    zones.to_parquet(folder / "zones.parquet")
    names = np.array(["a", "b"][: len(rows)], dtype=object)
    path = folder / f"{of}.{suffix}"
    if suffix == "parquet":
        table = pa.table({column: pa.array(names), "geometry": pa.array(rows, pa.binary())})
        pq.write_table(table.replace_schema_metadata(pq.read_schema(path).metadata), path)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ogr.write(
                path, geometry=np.array(rows, dtype=object), crs="EPSG:4549", field_data=[names], fields=[column],
                geometry_type="Unknown", driver="GPKG",
            )  # fmt: skip
    other = {"zones": "parcels", "parcels": "zones"}[of]
    given = {of: path, other: folder / f"{other}.parquet"}
    return CliRunner().invoke(
        main, ["ledger", str(given["parcels"]), str(given["zones"]), "-o", str(folder / "ledger.parquet")]
    )


def areas(folder):
    return pd.read_parquet(folder / "ledger.parquet")["area_m2"].tolist()


@pytest.mark.parametrize("suffix", ["parquet", "gpkg"])
@pytest.mark.parametrize(("of", "called"), [("zones", "row 1, a"), ("parcels", "a")])
def test_rings_that_are_not_closed_are_closed_and_told(tmp_path, suffix, of, called):
    column = {"zones": "zone_class", "parcels": "parcel_id"}[of]
    told = files(tmp_path, [OPEN, SOUND], suffix=suffix, of=of, column=column)
    assert (told.exit_code, told.stderr) == (0, f"geo-tej: {of}: {called}: repaired (its ring was not closed)\n")
    assert areas(tmp_path) == [pytest.approx(10_000), pytest.approx(5000)]


def test_a_line_among_zones_is_left_out_and_told_and_nothing_but_lines_is_refused(tmp_path):
    told = files(tmp_path, [LINE, SOUND])
    assert told.exit_code == 0
    assert told.stderr == "geo-tej: zones: row 1, a: left out, it is a LineString, and only polygons have ground\n"
    assert areas(tmp_path) == [pytest.approx(5000)]
    told = files(tmp_path, [LINE, LINE])
    assert (told.exit_code, "2 of its rows are LineString" in told.stderr) == (2, True)


def test_bytes_that_are_no_geometry_are_left_out_of_zones_and_refused_of_parcels(tmp_path):
    told = files(tmp_path, [b"none", SOUND])
    assert (told.exit_code, "row 1, a: left out, it cannot be read" in told.stderr) == (0, True)
    told = files(tmp_path, [b"none", SOUND], of="parcels", column="parcel_id")
    assert (told.exit_code, "a geometry cannot be read: a: " in told.stderr) == (2, True)


def test_curved_zones_are_drawn_as_chords_within_a_millimetre(tmp_path):
    told = files(tmp_path, [ROUND, SOUND], suffix="gpkg")
    assert (told.exit_code, "curves of 1 rows are drawn as chords within 1 mm" in told.stderr) == (0, True), told.output
    assert areas(tmp_path) == [pytest.approx(math.pi * 50**2, abs=math.pi * 100 * 0.001), pytest.approx(5000)]


@pytest.mark.parametrize(("suffix", "of"), [("parquet", "zones"), ("parquet", "parcels"), ("gpkg", "parcels")])
def test_curves_that_are_not_drawn_are_refused_with_the_way_out(tmp_path, suffix, of):
    column = {"zones": "zone_class", "parcels": "parcel_id"}[of]
    told = files(tmp_path, [ROUND, SOUND], suffix=suffix, of=of, column=column)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "has curves; write it anew with chords" in told.stderr
