"""A made-up country for benchmarks: a mesh of parcels, rivers with bands along them, and scattered reserves."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRID = CRS(4549)
CORNER = np.array([440_000.0, 3_200_000.0])
SIDE_M = 55.0
_ROWS_AT_ONCE = 1 << 17


def write_town(folder: Path, parcels: int, *, seed: int = 1) -> tuple[Path, Path]:
    """Write `parcels.parquet` (about so many, eight corners each) and `zones.parquet`; memory does not grow with them.

    Neighbours share their corners. Three rivers with ragged shores of about 100,000 vertices are the classes `water`,
    `near` and `far`; 150 reserves, of which some overlap, are the class `reserve`.
    """
    random = np.random.default_rng(seed)
    number = max(round(parcels**0.5), 1)
    files = folder / "parcels.parquet", folder / "zones.parquet"
    _write_parcels(files[0], number, random)
    _zones(number * SIDE_M, random).to_parquet(files[1])
    return files


def _write_parcels(path: Path, number: int, random: np.random.Generator) -> None:
    column = {"encoding": "WKB", "geometry_types": ["Polygon"], "crs": GRID.to_json_dict()}
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}
    schema = pa.schema([("parcel_id", pa.int64()), ("geometry", pa.binary())], metadata={b"geo": json.dumps(geo)})
    rows = max(_ROWS_AT_ONCE // number, 1)
    corners, done = _line(number, 0, random), 0
    with pq.ParquetWriter(path, schema) as file:
        for south in range(0, number, rows):
            north = range(south + 1, min(south + rows, number) + 1)
            lines = [corners, *(_line(number, line, random) for line in north)]
            rings = np.concatenate([_rings(low, high) for low, high in pairwise(lines)])
            wkb = shapely.to_wkb(shapely.polygons(rings))
            ids = pa.array(np.arange(done, done + len(rings)))
            file.write_table(pa.table([ids, pa.array(wkb, pa.binary())], schema=schema))
            corners, done = lines[-1], done + len(rings)


def _line(number: int, line: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return the corners along one line of the mesh and between them, and those of the line's half way up."""
    places = np.stack([np.arange(2 * number + 1) / 2, np.full(2 * number + 1, float(line))], axis=1)
    uprights = np.stack([np.arange(number + 1.0), np.full(number + 1, line + 0.5)], axis=1)
    points = np.concatenate([places, uprights]) * SIDE_M + random.uniform(-0.2, 0.2, (3 * number + 2, 2)) * SIDE_M
    return points + CORNER


def _rings(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rings of the parcels between two lines."""
    number = (len(low) - 2) // 3
    below, above, middle = low[: 2 * number + 1], high[: 2 * number + 1], low[2 * number + 1 :]
    ring = [
        below[0:-2:2], below[1::2], below[2::2], middle[1:], above[2::2], above[1::2], above[0:-2:2], middle[:-1],
        below[0:-2:2],
    ]  # fmt: skip
    return np.stack(ring, axis=1)


def _zones(side: float, random: np.random.Generator) -> gpd.GeoDataFrame:
    ends = [((0.0, 0.3), (1.0, 0.6)), ((0.4, 0.0), (0.7, 1.0)), ((0.0, 0.9), (0.5, 0.5))]
    rivers = [_river(np.array(end) * side, random) for end in ends]
    water = shapely.union_all(shapely.buffer(rivers, side * 0.005, quad_segs=4))
    near, far = (shapely.buffer(water, side * reach, quad_segs=8) for reach in (0.012, 0.05))
    shapes = [water, near - water, far - near, *(_reserve(side, random) for _ in range(150))]
    names = ["water", "near", "far", *["reserve"] * 150]
    return gpd.GeoDataFrame({"zone_class": names}, geometry=shapely.transform(shapes, lambda at: at + CORNER), crs=GRID)


def _river(ends: NDArray[np.float64], random: np.random.Generator) -> shapely.LineString:
    """Draw a line by moving the middle of every piece aside, again and again."""
    points = ends
    for _ in range(14):
        along = np.diff(points, axis=0)
        middle = points[:-1] + along / 2 + along[:, ::-1] * (1, -1) * random.uniform(-0.2, 0.2, (len(along), 1))
        points = np.insert(points, np.arange(1, len(points)), middle, axis=0)
    return shapely.LineString(points)


def _reserve(side: float, random: np.random.Generator) -> shapely.Geometry:
    angle = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    rough = sum(random.normal(0, 0.12 / wave) * np.cos(wave * angle + random.uniform(0, 6)) for wave in range(1, 30))
    radius = side * random.uniform(0.004, 0.025) * (1 + np.clip(rough, -0.6, 0.6))
    centre = random.uniform(0, side, 2)
    return shapely.make_valid(
        shapely.Polygon(centre + np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))
    )


if __name__ == "__main__":
    write_town(Path(sys.argv[1]), int(sys.argv[2]), seed=int(sys.argv[3]))
