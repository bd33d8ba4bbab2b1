"""A hard city, against PostGIS: hundreds of invalid zones, one of 94,000 vertices, feet here and degrees there."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from postgis import postgis

from geo_tej.cli import main

FEET, DEGREES = 2263, 4326  # New York Long Island in US survey feet; longitude and latitude
FOOT_M = 1200 / 3937
EAST_FT, NORTH_FT = 990_000, 190_000
SIDE_FT = 20_000
CLASSES = 12


def moved(shapes):
    return shapely.transform(shapes, lambda points: points + np.array([EAST_FT, NORTH_FT]))


def districts(random, count):
    """Share all edges among districts, of a few classes."""
    town = shapely.box(0, 0, SIDE_FT, SIDE_FT)
    places = shapely.multipoints(random.uniform(0, SIDE_FT, (count, 2)))
    return shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(places, extend_to=town)), town)


def shore(random, vertices):
    """Draw one body of water with a ragged shore."""
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = SIDE_FT / 4 * (1 + 0.2 * np.sin(7 * angle)) + random.uniform(-0.1, 0.1, vertices)
    return shapely.Polygon(SIDE_FT / 2 + np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))


def broken(random, count):
    """Draw bow ties, rings that run twice, spikes and holes that stick out; many overlap each other."""
    shapes = [
        [(0, 0), (1, 1), (1, 0), (0, 1)],
        [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (1, 0), (1, 1), (0, 1)],
        [(0, 0), (1, 0), (1, 1), (2, 1), (1, 1), (0, 1)],
    ]
    corners = random.uniform(0, SIDE_FT * 0.9, (count, 2))
    size = random.uniform(100, 1500, count)
    return [
        shapely.Polygon(corner + length * np.array(shapes[number % 3], float))
        for number, (corner, length) in enumerate(zip(corners, size, strict=True))
    ]


def plots(random, number):
    """Draw a gap-free mesh of skewed plots."""
    step = SIDE_FT / number
    x, y = np.meshgrid(np.arange(number + 1) * step, np.arange(number + 1) * step)
    x, y = x + random.uniform(-0.3, 0.3, x.shape) * step, y + random.uniform(-0.3, 0.3, y.shape) * step
    corners = [(x[:-1, :-1], y[:-1, :-1]), (x[:-1, 1:], y[:-1, 1:]), (x[1:, 1:], y[1:, 1:]), (x[1:, :-1], y[1:, :-1])]
    return shapely.polygons(np.stack([np.stack(corner, -1) for corner in corners], 2).reshape(-1, 4, 2))


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """Write parcels in feet (some of them whole districts) as GeoPackage, and zones in degrees as GeoParquet."""
    random = np.random.default_rng(20)
    folder = tmp_path_factory.mktemp("city")
    areas = districts(random, 1500)
    bad = broken(random, 300)
    zones = moved(np.array([*areas, shore(random, 94_000), *bad], dtype=object))
    names = [
        *(f"R{number % CLASSES}" for number in range(len(areas))),
        "WATER",
        *(f"X{n % 3}" for n in range(len(bad))),
    ]
    lots = moved(np.array([*plots(random, 22), *areas[:60]], dtype=object))
    ids = [f"LOT {number}" for number in range(len(lots))]
    gpd.GeoDataFrame({"lot": ids}, geometry=lots, crs=FEET).to_file(folder / "lots.gpkg")
    degrees = gpd.GeoDataFrame({"zoned": names}, geometry=zones, crs=FEET).to_crs(DEGREES)
    degrees.to_parquet(folder / "zones.parquet")
    return folder


def copied(name, columns, rows):
    lines = ["\t".join(row) for row in rows]
    return "\n".join([f"CREATE TABLE {name} ({columns});", f"COPY {name} FROM stdin;", *lines, "\\.", ""])


@pytest.fixture(scope="module")
def theirs(city):
    """Ask PostGIS for every overlap, in m²."""
    lots, zones = gpd.read_file(city / "lots.gpkg"), gpd.read_parquet(city / "zones.parquet")
    text = copied(
        "lots", "lot text, shape geometry", zip(lots["lot"], shapely.to_wkb(lots.geometry, hex=True), strict=True)
    )
    text += copied(
        "zones",
        "zoned text, shape geometry",
        zip(zones["zoned"], shapely.to_wkb(zones.geometry, hex=True), strict=True),
    )
    text += f"""
        CREATE TABLE mended AS
        SELECT zoned, ST_MakeValid(ST_Transform(ST_SetSRID(shape, {DEGREES}), {FEET})) AS shape FROM zones;
        CREATE INDEX ON mended USING gist (shape);
        UPDATE lots SET shape = ST_SetSRID(shape, {FEET});
        SELECT lot, zoned, ST_Area(ST_UnaryUnion(ST_CollectionExtract(
            ST_Collect(ST_Intersection(lots.shape, mended.shape)), 3))) AS area
        FROM lots JOIN mended ON ST_Intersects(lots.shape, mended.shape) GROUP BY lot, zoned;
    """  # noqa: S608  our own numbers
    with postgis() as server:
        rows = server.sql(text)
    return {(row["lot"], row["zoned"]): float(row["area"]) * FOOT_M**2 for row in rows}


def test_a_hard_city_has_the_areas_that_postgis_finds(city, theirs, tmp_path):
    told = CliRunner().invoke(
        main,
        ["ledger", str(city / "lots.gpkg"), str(city / "zones.parquet"), "-o", str(tmp_path / "ledger.parquet"),
         "--parcel-id", "lot", "--zone-class", "zoned"],
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "290 more repaired" in told.stderr
    rows = pd.read_parquet(tmp_path / "ledger.parquet")
    ours = dict(zip(zip(rows["parcel_id"], rows["zone_class"], strict=True), rows["area_m2"], strict=True))
    assert len(ours) > 2000
    for pair in ours.keys() | theirs.keys():
        assert ours.get(pair, 0.0) == pytest.approx(theirs.get(pair, 0.0), rel=1e-6, abs=1e-4), pair
