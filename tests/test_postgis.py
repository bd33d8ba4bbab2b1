"""Tables of a real PostGIS server: the same town, curves, no SRID, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from postgis import postgis
from specimens import EAST, GRID, NORTH, box, default_frames, make_project, square

from geo_tej.errors import CRSError, LayerError
from geo_tej.io import read_project
from geo_tej.io.reading import read_layer

WIDE = box(-2000, -2000, 3000, 3000)
CIRCLE = f"CURVEPOLYGON(CIRCULARSTRING({EAST + 1000} {NORTH}, {EAST - 1000} {NORTH}, {EAST + 1000} {NORTH}))"


def insert(table, frame, srid=4549, more=""):
    rows = ", ".join(
        f"({number}, 'A{number}', '造纸厂', 1.5{more and ', ' + more}, ST_GeomFromText('{shape.wkt}', {srid}))"
        for number, shape in enumerate(frame, start=1)
    )
    return f"INSERT INTO {table} VALUES {rows};"  # noqa: S608  our own words


@pytest.fixture(scope="module")
def server():
    with postgis() as running:
        running.sql(
            "CREATE SCHEMA town;"
            'CREATE TABLE town.plots (n int, parcel_id text, "名称" text, m numeric(9,2), '
            "shape geometry(Geometry, 4549));"
        )
        running.sql(insert("town.plots", [square(0), square(100).difference(square(120, 20, 10))]))
        running.sql("CREATE TABLE bare (n int, parcel_id text, t text, m numeric, geom geometry);")
        running.sql(insert("bare", [square(0)], srid=0))
        running.sql("CREATE TABLE curves (n int, geom geometry)")
        running.sql(f"INSERT INTO curves VALUES (1, ST_GeomFromText('{CIRCLE}', 4549))")  # noqa: S608  our own words
        running.sql('CREATE TABLE "odd""name" (n int, geom geometry(Polygon, 4549))')
        yield running


def test_a_table_is_read_with_its_system_and_its_text(server):
    read = read_layer(server.url, sublayer="town.plots", to=GRID, near=WIDE, name="parcel_id")
    assert (read.account.format, read.account.rows, read.account.crs_how) == ("PostGIS", 2, "its SRID 4549")
    assert list(read.frame.columns) == ["n", "parcel_id", "名称", "m", "geometry"]
    assert read.frame["名称"].tolist() == ["造纸厂"] * 2
    assert read.frame["m"].tolist() == [1.5, 1.5]
    assert read.frame.area.tolist() == [10_000, 9_900]


def test_curves_become_chords_within_a_millimetre(server):
    read = read_layer(server.url, sublayer="curves")
    points = shapely.get_coordinates(read.frame.geometry.iloc[0])
    middles = (points[1:] + points[:-1]) / 2
    assert (1000 - np.hypot(middles[:, 0] - EAST, middles[:, 1] - NORTH)).max() < 1e-3
    assert any("curves of 1 rows" in each for each in read.account.remarks)


def test_a_project_over_a_database_and_its_fault_is_one_layer(server, tmp_path):
    edit = {'"flood.gpkg"': f'"{server.url}", sublayer = "plots", constants = {{ class = "often" }}'}
    project = read_project(make_project(tmp_path / "a", edit=edit))
    assert not project.faults
    assert len(project.layers["flood"].frame) == 2
    edit = {'"flood.gpkg"': f'"{server.url}", sublayer = "plos"'}
    project = read_project(make_project(tmp_path / "b", edit=edit))
    assert list(project.faults) == ["flood"]
    assert "did you mean" in project.faults["flood"]
    assert default_frames()["flood"].crs == GRID


def test_what_is_not_there_or_says_nothing_is_refused(server):
    with pytest.raises(LayerError, match="has 4 such tables; say which as sublayer"):
        read_layer(server.url)
    with pytest.raises(LayerError, match="no table 'x' with a geometry"):
        read_layer(server.url, sublayer="x")
    with pytest.raises(CRSError, match=r"no coordinate reference system.*EPSG:4549"):
        read_layer(server.url, sublayer="bare", to=GRID, near=WIDE)
    assert len(read_layer(server.url, sublayer="bare", crs=GRID).frame) == 1
    assert len(read_layer(server.url, sublayer='odd"name').frame) == 0


def test_a_server_that_does_not_answer_keeps_the_password():
    with pytest.raises(LayerError, match="cannot be read") as caught:
        read_layer("postgresql://me:secret@127.0.0.1:1/town")
    assert "secret" not in str(caught.value)
    assert "postgresql://me@127.0.0.1:1/town" in str(caught.value)


def test_without_the_driver_it_says_what_to_install(monkeypatch):
    import sys  # noqa: PLC0415

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LayerError, match=r"pip install 'geo_tej\[postgis\]'"):
        read_layer("postgresql://me@127.0.0.1:1/town")
