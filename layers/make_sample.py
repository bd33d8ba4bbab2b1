"""Make the sample town: `python layers/make_sample.py` writes every data file beside itself. No real place or firm."""

from __future__ import annotations

import os
import sqlite3
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import sample_law as law
import sample_people as people
import shapely
from rasterio.transform import Affine
from sample_ground import CRS, Dem, Ground, make_ground, rounded
from sample_town import Works, make_patches, make_works

from geo_tej import read_rulebook
from geo_tej.io.events import record_event
from geo_tej.model import StatusEvent

if TYPE_CHECKING:
    from shapely import Polygon

SEED = 20260630
HERE = Path(__file__).resolve().parent
WRITTEN = "2026-06-30T00:00:00.000Z"


def main() -> None:
    """Make the town and write it."""
    os.environ["OGR_CURRENT_DATE"] = WRITTEN
    rng = np.random.default_rng(SEED)
    ground = make_ground(rng)
    works = make_works(rng, ground)
    patches = make_patches(rng, ground, works)
    town = shapely.coverage_union_all(patches.geometry.to_numpy())
    strip = law.river_strip(ground)
    works = people.laid_on_strip(ground, works, strip)
    parcels = people.make_parcels(ground, works)
    surveyed = law.geohazard_survey(ground)
    put("base.gpkg", "town", law.frame([town], name=["三江汇流示例镇"]))
    put("base.gpkg", "water", water(ground))
    put("base.gpkg", "villages", villages(works))
    put("base.gpkg", "park", law.frame([works.park], name=["示例工业园"]))
    put("base.gpkg", "geohazard_survey", law.frame([surveyed], name=["地质灾害调查范围"]))
    put("parcels.gpkg", "rights", parcels)
    put("parcels.gpkg", "buildings", people.make_buildings(rng, parcels))
    plan = law.plan_town(ground, works)
    put("plans.gpkg", "plan_town", plan)
    put("plans.gpkg", "plan_village", law.plan_village(ground, works, people.plan_spots(ground, works), plan))
    put("plans.gpkg", "scenic", law.scenic(ground, works))
    put("plans.gpkg", "growth_boundary", law.growth_boundary(plan))
    corner = people.farmland_corner(parcels)
    put("control.gpkg", "redline", law.redline(ground))
    put("control.gpkg", "farmland", law.farmland(rng, ground, patches, parcels, corner))
    put("control.gpkg", "drinking_water", law.drinking_water(ground))
    put("control.gpkg", "river_strip", strip)
    put("control.gpkg", "flood", law.flood(ground, works))
    put("control.gpkg", "heritage", law.heritage(ground))
    put("control.gpkg", "geohazard", law.geohazard(ground, surveyed))
    put("control.gpkg", "wetland", law.frame([], **{"class": []}))
    roads = pd.concat([works.roads, people.factory_road(ground, works)], ignore_index=True)
    put("control.gpkg", "roads", gpd.GeoDataFrame(roads, crs=CRS))
    put("control.gpkg", "power", law.power(ground))
    patches.to_parquet(HERE / "patches.parquet", index=False, compression="zstd", write_covering_bbox=False)
    write_dem(ground.dem, town)
    people.make_enterprises().to_csv(HERE / "enterprises.csv", index=False, lineterminator="\n")
    people.make_occupancy(parcels).to_csv(HERE / "occupancy.csv", index=False, lineterminator="\n")
    people.make_land_values().to_csv(HERE / "land-values.csv", index=False, lineterminator="\n")
    people.make_signoffs().to_csv(HERE / "signoffs.csv", index=False, lineterminator="\n")
    write_events()
    tell(patches, parcels, works)


def put(file: str, layer: str, frame: gpd.GeoDataFrame) -> None:
    """Write one layer of a GeoPackage; the first layer of a file begins it anew."""
    path = HERE / file
    first = _BEGUN.setdefault(file, layer) == layer
    if first:
        path.unlink(missing_ok=True)
    kind = None if len(frame) else "Polygon"
    frame.to_file(
        path, layer=layer, engine="pyogrio", append=not first, geometry_type=kind, layer_options={"SPATIAL_INDEX": "NO"}
    )


_BEGUN: dict[str, str] = {}


def water(ground: Ground) -> gpd.GeoDataFrame:
    """Return the three rivers, parted where they meet, within the town."""
    names, ends = ["示例西江", "示例南江", "示例东江"], ["north", "southwest", "east"]
    head = {
        "north": ground.shores["north"].at(4000.0, -150.0),
        "southwest": ground.shores["southwest"].at(ground.shores["southwest"].along[-1] - 5000.0, -150.0),
        "east": ground.shores["east"].at(17_000.0, -250.0),
    }
    middle = ground.junction
    points = shapely.multipoints(
        [middle + 900 * (head[end] - middle) / np.hypot(*(head[end] - middle)) for end in ends]
    )
    shares = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=ground.town.buffer(20_000)))
    shares = [shares[shapely.contains(shares, point)][0] for point in shapely.get_parts(points)]
    shapes = [rounded(share & ground.water & ground.town) for share in shares]
    return law.frame(shapes, name=names)


def villages(works: Works) -> gpd.GeoDataFrame:
    """Return the villages, a point each."""
    return law.frame(works.villages["centre"].to_numpy(), name=works.villages["name"].to_numpy())


def write_dem(dem: Dem, town: Polygon) -> None:
    """Write the elevations round the town as whole metres."""
    west, south, east, north = town.buffer(1000).bounds
    left, top = (int(value) for value in ~dem.transform * (west, north))
    right, bottom = (int(value) + 1 for value in ~dem.transform * (east, south))
    values = np.round(dem.values[top:bottom, left:right]).astype(np.int16)
    with rasterio.open(
        HERE / "dem.tif", "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1, dtype="int16",
        crs=CRS, transform=dem.transform * Affine.translation(left, top), compress="deflate", predictor=2, zlevel=9,
        nodata=-9999,
    ) as file:  # fmt: skip
        file.write(values, 1)


def write_events() -> None:
    """Record what has been done so far, as `geo-tej transition --record` does, under a fixed time of change."""
    path = HERE / "events.gpkg"
    path.unlink(missing_ok=True)
    statuses = read_rulebook("zhejiang-scenic").statuses
    for number, (firm, status, day, note, officer) in enumerate(people.EVENTS, start=1):
        event = StatusEvent(
            number=number, enterprise=firm, status=status, date=date.fromisoformat(day), note=note, officer=officer
        )
        record_event(path, event, statuses)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE gpkg_contents SET last_change = ?", (WRITTEN,))
    connection.close()


def tell(patches: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, works: Works) -> None:
    """Say what was written."""
    print(f"{len(patches)} patches, {patches.geometry.area.sum() / 1e6:.2f} km²")
    print(f"{len(parcels)} rights parcels; park {works.park.area / 1e4:.2f} ha")
    for file in sorted(HERE.glob("*.*")):
        if file.suffix in (".gpkg", ".parquet", ".tif", ".csv"):
            print(f"{file.name}: {file.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
