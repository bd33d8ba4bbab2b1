"""Reading, checking and repairing parcels, beside geopandas reading the same file: at most twice its time.

`python -m tests.benchmarks.reading [--size N] [--json]`. One parcel in 5,000 crosses itself.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from rich.progress import Progress

from geo_tej.io.reading import read_layer
from tests.benchmarks.common import Timed, arguments, report, timed

if TYPE_CHECKING:
    import argparse

    from geo_tej.io.account import Read

EAST, NORTH, SIDE_M = 500_000.0, 3_270_000.0, 20.0
BROKEN = 5_000
PEERS = {"gpkg": "geopandas.read_file", "shp": "geopandas.read_file", "parquet": "geopandas.read_parquet"}


def parcels(size: int) -> gpd.GeoDataFrame:
    """Draw octagons on a grid, one in 5,000 with two corners exchanged, so that its boundary crosses itself."""
    number = np.arange(size)
    across = int(np.ceil(np.sqrt(size)))
    angles = np.linspace(0, 2 * np.pi, 9)[:-1]
    corners = np.stack([np.cos(angles), np.sin(angles)], axis=-1) * SIDE_M * 0.4
    centres = np.column_stack([EAST + number % across * SIDE_M, NORTH + number // across * SIDE_M])
    points = centres[:, None, :] + corners[None]
    points[::BROKEN, [1, 4]] = points[::BROKEN, [4, 1]]
    return gpd.GeoDataFrame(
        {"parcel_id": [f"SD-{each:07d}" for each in number], "name": "造纸厂", "area_m2": number * 0.5},
        geometry=shapely.polygons(points), crs=4549,
    )  # fmt: skip


def ours(path: Path) -> Read:
    """Read with a progress bar, as the command line does."""
    with Progress(disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task(path.name, total=None)
        crs = CRS(4549)
        return read_layer(
            path, to=crs, name="parcel_id", tell=lambda done, of: bars.update(bar, completed=done, total=of)
        )  # fmt: skip


def theirs(path: Path) -> gpd.GeoDataFrame:
    """Read as geopandas does."""
    return gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)


def agree(read: Read, frame: gpd.GeoDataFrame, size: int) -> bool:
    """Say whether both read the same, but for what was repaired, which is every broken parcel and no other."""
    repaired = np.array([each.row - 1 for each in read.account.repaired], dtype=int)
    if repaired.tolist() != list(range(0, size, BROKEN)) or read.account.set_aside:
        return False
    kept = np.ones(size, dtype=bool)
    kept[repaired] = False
    same = shapely.equals_exact(read.frame.geometry.to_numpy()[kept], frame.geometry.to_numpy()[kept], 1e-9)
    cells = all((read.frame[name] == frame[name]).all() for name in ("parcel_id", "name", "area_m2"))
    return bool(same.all() and cells and read.frame.geometry.is_valid.all())


def main(given: argparse.Namespace) -> None:
    """Read each format twice, ours and theirs in turn, and tell the second time of both."""
    told = {}
    right = True
    first: tuple[Timed[Read], Timed[gpd.GeoDataFrame]] | None = None
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = parcels(given.size)
        for suffix, peer in PEERS.items():
            path = Path(folder) / f"parcels.{suffix}"
            frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path, encoding="UTF-8")
            for _ in range(2):
                own, other = timed(lambda path=path: ours(path)), timed(lambda path=path: theirs(path))
            right = right and agree(own.result, other.result, given.size)
            told[suffix] = {"seconds": round(own.seconds, 3), peer: round(other.seconds, 3),
                            "times": round(own.seconds / other.seconds, 2)}  # fmt: skip
            first = first or (own, other)
    assert first is not None
    report(
        size=given.size, agree=right, ours=first[0], peers={"geopandas.read_file": first[1]}, as_json=given.json, **told
    )


if __name__ == "__main__":
    main(arguments(__doc__.splitlines()[0], size=1_000_000))
