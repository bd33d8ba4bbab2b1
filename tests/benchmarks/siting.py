"""Exclusion by 50 layers of shapes, with setbacks, and scoring by three criteria, beside atlite's ExclusionContainer.

The size is the number of cells along each side of the grid. Both exclude the cells whose centre lies in a shape, so the
eligible area is the same but for setbacks, which atlite draws with fewer corners. We also say which layer bars a cell,
and score what is left; the peer only excludes. The eligible share by the true cover of cells is told beside, untimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from pyproj import CRS

from geo_tej.grid import Grid
from geo_tej.i18n import Text
from geo_tej.io.cells import Cells
from geo_tej.model import Raster
from geo_tej.sites.measures import Sources
from geo_tej.sites.surfaces import Barred, Surfaces, suitability, surfaces, windows
from geo_tej.siting.nouns import (
    Criterion,
    Exclusion,
    Ground,
    Limits,
    Programme,
    Search,
    TourismProject,
    Trial,
    ValueFunction,
    Weighting,
)
from tests.benchmarks.common import arguments, report, timed

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRID = CRS(4549)
CELL_M, WEST, NORTH = 10, 400_000, 3_400_000
LAYERS = 50
NOTHING = Text("", "")
WEIGHTS = {"height": 0.5, "cover": 0.3, "near": 0.2}
SAME = 1e-3
"""How far the eligible areas may be apart, as a share."""

Layers = list[tuple["NDArray[np.object_]", float]]


def bodies(rng: np.random.Generator, count: int, side_m: float, largest_m: float) -> NDArray[np.object_]:
    """Draw uneven bodies of forty corners."""
    middle = rng.uniform(0, side_m, (count, 2))
    turn = np.sort(rng.uniform(0, 2 * np.pi, (count, 40)), axis=1)
    radius = rng.uniform(0.1, 1, (count, 1)) * largest_m * rng.uniform(0.6, 1, (count, 40))
    x = WEST + middle[:, :1] + radius * np.cos(turn)
    y = NORTH - middle[:, 1:] + radius * np.sin(turn)
    return np.asarray(shapely.make_valid(shapely.polygons(np.stack([x, y], axis=2))))


def ways(rng: np.random.Generator, count: int, side_m: float) -> NDArray[np.object_]:
    """Draw roads and rivers that wind from west to east."""
    x = np.broadcast_to(WEST + np.linspace(0, side_m, 400), (count, 400))
    y = NORTH - rng.uniform(0, side_m, (count, 1)) + np.cumsum(rng.normal(0, side_m / 600, (count, 400)), axis=1)
    return np.asarray(shapely.linestrings(np.stack([x, y], axis=2)))


def layers_of(side_m: float) -> Layers:
    """Draw 50 layers with their setbacks in m: zones without one, roads, and smaller bodies with one."""
    rng = np.random.default_rng(20260630)
    density = (side_m / 100_000) ** 2
    listed: Layers = []
    for number in range(LAYERS):
        if number % 3 == 0:
            listed.append((bodies(rng, max(2, int(60 * density)), side_m, 1500.0), 0.0))
        elif number % 3 == 1:
            listed.append((ways(rng, 2, side_m), float(rng.integers(20, 200))))
        else:
            listed.append((bodies(rng, max(2, int(80 * density)), side_m, 400.0), float(rng.integers(50, 300))))
    return listed


def ground(cell_m: float, side_m: float, seed: int) -> Cells:
    """Make a raster of smooth hills over the grid and a little beyond."""
    count = int(side_m / cell_m) + 20
    along = np.arange(count) * cell_m
    values = np.add.outer(100 + 40 * np.cos(along / 5000), 60 * np.sin(along / 7000 + seed))
    place = Affine(cell_m, 0, WEST - 10 * cell_m, 0, -cell_m, NORTH + 10 * cell_m)
    bounds = (place.c, place.f - count * cell_m, place.c + count * cell_m, place.f)
    raster = Raster(values=values, transform=place, crs=GRID)
    return Cells(name=f"ground {seed}", crs=GRID, bounds=bounds, cell_m=cell_m, raster=raster)


def programme_of(layers: Layers) -> Programme:
    """Make a programme of one project, an exclusion a layer and three criteria."""
    here = Ground(layer="none")
    return Programme(
        title=NOTHING,
        projects=(
            TourismProject(id="one", title=NOTHING, uses=("hotel",), pathway="new", least_m2=1, most_m2=1),
        ),
        exclusions=tuple(
            Exclusion(
                id=f"layer{number}", title=NOTHING, basis=NOTHING, kind="distance" if away else "inside", ground=here,
                within_m=away or None,
            )
            for number, (_, away) in enumerate(layers)
        ),
        criteria=(
            Criterion(
                id="height", title=NOTHING, unit=NOTHING, measure="zonal", direction="less", ground=here,
                value=ValueFunction(kind="linear", worst=200, best=0),
            ),
            Criterion(
                id="cover", title=NOTHING, unit=NOTHING, measure="zonal", direction="more", ground=here,
                value=ValueFunction(kind="steps", breaks=(60, 90, 120), values=(0.1, 0.4, 0.7, 1.0)),
            ),
            Criterion(
                id="near", title=NOTHING, unit=NOTHING, measure="zonal", direction="middle", ground=here,
                value=ValueFunction(kind="fuzzy", corners=(20, 80, 120, 200)),
            ),
        ),
        weighting=Weighting(method="direct", weights=WEIGHTS),
        search=Search(),
        limits=Limits(),
        trial=Trial(),
        within=None,
        cell_m=CELL_M,
        folder=".",
        sha256="",
    )  # fmt: skip


def made_of(layers: Layers, size: int) -> tuple[Surfaces, Grid]:
    """Return what the cells are worked out from, and the grid."""
    side_m = size * CELL_M
    shapes = {f"layer{number}": drawn for number, (drawn, _) in enumerate(layers)}
    sources = Sources(
        cells={"height": ground(30, side_m, 1), "cover": ground(50, side_m, 2), "near": ground(90, side_m, 3)},
        shapes=shapes,
        heights={},
    )
    area = shapely.box(WEST, NORTH - side_m, WEST + side_m, NORTH)
    free = Barred(reasons=(), shapes=(), open=np.empty(0, object), free=np.array([area], dtype=object))
    made = surfaces(programme_of(layers), area, {"one": free}, sources)
    return made, Grid(west=WEST, north=NORTH, cell_m=CELL_M, rows=size, columns=size, crs=GRID)


def ours(layers: Layers, size: int) -> tuple[float, float]:
    """Return the eligible share by the centres of cells, and the mean suitability of what is eligible."""
    made, grid = made_of(layers, size)
    centres, worth = 0, 0.0
    for part in windows(made, grid):
        eligible = part.code["one"] == 0
        centres += int(eligible.sum())
        worth += float(suitability(part.values, WEIGHTS)[eligible].sum())
    return centres / size**2, worth / max(centres, 1)


def by_cover(layers: Layers, size: int) -> float:
    """Return the eligible share by the true cover of cells."""
    made, grid = made_of(layers, size)
    return sum(float(part.free(made, "one").sum(dtype=float)) for part in windows(made, grid)) / size**2


def peer(layers: Layers, size: int) -> float:
    """Return the eligible share that atlite finds; it buffers only what it is given as frames."""
    from atlite.gis import ExclusionContainer  # noqa: PLC0415  an extra of the benchmarks

    excluder = ExclusionContainer(crs=GRID.to_epsg(), res=CELL_M)
    for shapes, away in layers:
        excluder.add_geometry(gpd.GeoDataFrame(geometry=shapes, crs=GRID), buffer=away)
    side_m = size * CELL_M
    inner = shapely.box(WEST, NORTH - side_m, WEST + side_m - CELL_M / 2, NORTH - CELL_M / 2)
    whole = gpd.GeoSeries([shapely.box(*inner.bounds)], crs=GRID)
    mask, _ = excluder.compute_shape_availability(whole)
    return float(mask.sum()) / size**2


def main() -> None:
    """Run the benchmark."""
    given = arguments(__doc__ or "", size=10_000)
    layers = layers_of(given.size * CELL_M)
    found = timed(lambda: ours(layers, given.size))
    theirs = timed(lambda: peer(layers, given.size))
    by_centre, worth = found.result
    report(
        size=given.size,
        agree=abs(by_centre - theirs.result) <= SAME * theirs.result,
        ours=found,
        peers={"atlite": theirs},
        as_json=given.json,
        eligible_share={"centre": by_centre, "cover": by_cover(layers, given.size), "atlite": theirs.result},
        mean_suitability=round(worth, 4),
    )


if __name__ == "__main__":
    main()
