"""The ledger in the way of others, a process each: `python -m tests.benchmarks.ledger_peers PEER PARCELS ZONES OUT`.

All write `parcel_id, zone_class, area_m2` as Parquet; zones that overlap within a class are united first, for all.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

SLIVER_M2 = 1e-6
RECIPE_VERTICES = 128


def united(zones: str) -> gpd.GeoDataFrame:
    """Read zones and unite each class; its parts are rows of their own."""
    frame = gpd.read_parquet(zones)
    return frame.dissolve("zone_class", as_index=False)[["zone_class", "geometry"]].explode(ignore_index=True)


def geopandas_overlay(parcels: str, zones: str, output: str) -> None:
    """Cut with `geopandas.overlay`."""
    pieces = gpd.overlay(gpd.read_parquet(parcels), united(zones), keep_geom_type=True)
    areas = pieces.assign(area_m2=pieces.area).groupby(["parcel_id", "zone_class"], as_index=False)["area_m2"].sum()
    areas.to_parquet(output)


def duckdb_spatial(parcels: str, zones: str, output: str) -> None:
    """Join in DuckDB with its extension spatial."""
    import duckdb  # noqa: PLC0415  one peer a process
    import duckdb_extension_spatial  # noqa: PLC0415

    (extension,) = Path(duckdb_extension_spatial.__file__).parent.rglob("spatial.duckdb_extension")
    cut = united(zones)
    with duckdb.connect() as db:
        db.execute(f"LOAD '{extension}'")
        db.register("cut", pd.DataFrame({"zone_class": cut["zone_class"], "wkb": cut.geometry.to_wkb()}))
        db.execute("CREATE TABLE z AS SELECT zone_class, ST_GeomFromWKB(wkb) AS shape FROM cut")
        db.execute(f"""COPY (SELECT parcel_id, zone_class, sum(ST_Area(ST_Intersection(p.geometry, z.shape))) AS area_m2
            FROM read_parquet('{parcels}') p JOIN z ON ST_Intersects(p.geometry, z.shape)
            GROUP BY ALL HAVING area_m2 > {SLIVER_M2}) TO '{output}' (FORMAT parquet)""")  # noqa: S608  our own files


def sedona_plain(parcels: str, zones: str, output: str) -> None:
    """Join in SedonaDB as the manual shows."""
    _sedona(parcels, united(zones), output, "ST_Area(ST_Intersection(p.geometry, z.geometry))")


def sedona_recipe(parcels: str, zones: str, output: str) -> None:
    """Join in SedonaDB as an expert does: zones in small pieces, and what a piece covers is not cut."""
    whole = "CASE WHEN ST_Covers(z.geometry, p.geometry) THEN ST_Area(p.geometry)"
    cut = _small(united(zones))
    _sedona(parcels, cut, output, f"{whole} ELSE ST_Area(ST_Intersection(p.geometry, z.geometry)) END")


def _sedona(parcels: str, zones: gpd.GeoDataFrame, output: str, area: str) -> None:
    import sedona.db  # noqa: PLC0415  one peer a process

    db = sedona.db.connect()
    db.read_parquet(parcels).to_view("p")
    db.create_data_frame(zones).to_view("z")
    db.sql(f"""SELECT parcel_id, zone_class, sum(piece) AS area_m2 FROM (
        SELECT p.parcel_id, z.zone_class, {area} AS piece FROM p JOIN z ON ST_Intersects(p.geometry, z.geometry)
        ) t GROUP BY parcel_id, zone_class HAVING sum(piece) > {SLIVER_M2}""").to_parquet(output)  # noqa: S608


def _small(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Halve zones across their longer side until no piece has more than 128 vertices."""
    shapes, names = zones.geometry.to_numpy(), zones["zone_class"].to_numpy()
    done: list[tuple[np.ndarray, np.ndarray]] = []
    while len(shapes):
        large = shapely.get_num_coordinates(shapes) > RECIPE_VERTICES
        done.append((shapes[~large], names[~large]))
        shapes, names = shapes[large], names[large]
        west, south, east, north = shapely.bounds(shapes).reshape(-1, 4).T
        wide = east - west >= north - south
        x, y = np.where(wide, (west + east) / 2, east), np.where(wide, north, (south + north) / 2)
        halves = (
            shapely.box(west, south, x, y),
            shapely.box(np.where(wide, x, west), np.where(wide, south, y), east, north),
        )
        shapes, place = shapely.get_parts(
            np.concatenate([shapely.intersection(shapes, half) for half in halves]), return_index=True
        )
        names = np.concatenate([names, names])[place]
        polygons = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
        shapes, names = shapes[polygons], names[polygons]
    shapes, names = (np.concatenate(column) for column in zip(*done, strict=True))
    return gpd.GeoDataFrame({"zone_class": names}, geometry=shapes, crs=zones.crs)


if __name__ == "__main__":
    peers = {
        "geopandas.overlay": geopandas_overlay,
        "DuckDB spatial": duckdb_spatial,
        "SedonaDB": sedona_plain,
        "SedonaDB, expert's recipe": sedona_recipe,
    }
    peers[sys.argv[1]](*sys.argv[2:])
