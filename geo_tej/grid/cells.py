"""A grid of square cells in a projected CRS, its windows, and shapes as cells: by centre, touch or covered share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from rasterio.features import rasterize

from geo_tej.errors import FrameError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

Rule = Literal["centre", "touched"]
WINDOW = 1024
"""Cells along the side of a window: what is worked on at once stays in tens of megabytes."""

SNAP = 1e-9


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Square cells north up: the north-west corner and the side of a cell in m, rows, columns and CRS."""

    west: float
    north: float
    cell_m: float
    rows: int
    columns: int
    crs: CRS

    @classmethod
    def over(cls, bounds: Sequence[float], cell_m: float, crs: CRS) -> Grid:
        """Return the grid over west, south, east, north whose lines lie on whole multiples of the cell.

        >>> from pyproj import CRS
        >>> grid = Grid.over((457405, 3268001, 457431, 3268020), 10, CRS(4549))
        >>> grid.west, grid.north, grid.rows, grid.columns
        (457400, 3268020, 2, 4)
        """
        west, south, east, north = bounds
        left, bottom = math.floor(west / cell_m + SNAP), math.floor(south / cell_m + SNAP)
        right, top = math.ceil(east / cell_m - SNAP), math.ceil(north / cell_m - SNAP)
        return cls(
            west=left * cell_m, north=top * cell_m, cell_m=cell_m, rows=max(top - bottom, 1),
            columns=max(right - left, 1), crs=crs,
        )  # fmt: skip

    @property
    def transform(self) -> Affine:
        """The affine transform from column and row to coordinates."""
        return Affine(self.cell_m, 0, self.west, 0, -self.cell_m, self.north)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        return (
            self.west,
            self.north - self.rows * self.cell_m,
            self.west + self.columns * self.cell_m,
            self.north,
        )

    def part(self, row: int, column: int, rows: int, columns: int) -> Grid:
        """Return a part of the grid, which may reach beyond it."""
        return Grid(
            west=self.west + column * self.cell_m, north=self.north - row * self.cell_m, cell_m=self.cell_m, rows=rows,
            columns=columns, crs=self.crs,
        )  # fmt: skip

    def padded(self, cells: int) -> Grid:
        """Return the grid with so many cells more on each side."""
        return self.part(-cells, -cells, self.rows + 2 * cells, self.columns + 2 * cells)

    def windows(self, side: int = WINDOW) -> Iterator[tuple[int, int, Grid]]:
        """Give the parts that tile the grid, each with its first row and column."""
        for row in range(0, self.rows, side):
            for column in range(0, self.columns, side):
                yield row, column, self.part(
                    row, column, min(side, self.rows - row), min(side, self.columns - column)
                )  # fmt: skip


def burn(geometry: NDArray[np.object_], grid: Grid, *, rule: Rule = "centre") -> NDArray[np.bool_]:
    """Return the cells whose centre lies in a shape, or that a shape touches.

    These are the rules of GDAL's rasterize, which land-eligibility tools use; `cover` gives the true shares.

    >>> from pyproj import CRS
    >>> grid = Grid(west=0, north=20, cell_m=10, rows=2, columns=2, crs=CRS(4549))
    >>> corner = np.array([shapely.box(0, 16, 4, 20)])
    >>> burn(corner, grid).any(), burn(corner, grid, rule="touched").sum()
    (np.False_, np.int64(1))
    >>> burn(np.array([], dtype=object), grid).any()
    np.False_
    """
    return codes([geometry], grid, rule=rule) > 0


def codes(layers: Sequence[NDArray[np.object_]], grid: Grid, *, rule: Rule = "centre") -> NDArray[np.uint8]:
    """Return for each cell the number of the first layer, from 1, that covers it; 0 where none does.

    Raises
    ------
    FrameError
        If there are more than 250 layers.
    """
    if len(layers) > 250:  # noqa: PLR2004  what a byte holds, with room for what is said beside them
        message = f"{len(layers)} layers are too many for one raster; at most 250 are told apart"
        raise FrameError(message)
    cells = np.zeros(grid.shape, np.uint8)
    for number in range(len(layers), 0, -1):
        inside = clipped(layers[number - 1], grid)
        if len(inside):
            rasterize(
                ((shape, number) for shape in inside),
                out=cells,
                transform=grid.transform,
                all_touched=rule == "touched",
            )
    return cells


def cover(geometry: NDArray[np.object_], grid: Grid) -> NDArray[np.float32]:
    """Return the share of each cell that shapes cover together, exact at the boundary; overlaps count once.

    >>> from pyproj import CRS
    >>> grid = Grid(west=0, north=20, cell_m=10, rows=2, columns=2, crs=CRS(4549))
    >>> shapes = np.array([shapely.box(0, 10, 15, 20), shapely.box(0, 10, 5, 20)])
    >>> cover(shapes, grid).tolist()
    [[1.0, 0.5], [0.0, 0.0]]
    """
    share = np.zeros(grid.rows * grid.columns, np.float32)
    parts = clipped(geometry, grid)
    if len(parts) > 1:
        parts = np.array([shapely.union_all(parts)], dtype=object)
    if len(parts):
        west, south, east, north = grid.bounds
        cells = np.broadcast_to(np.zeros(1, np.uint8), grid.shape)
        source = NumPyRasterSource(cells, xmin=west, ymin=south, xmax=east, ymax=north, srs_wkt=grid.crs.to_wkt())
        frame = gpd.GeoDataFrame(geometry=parts, crs=grid.crs)
        table = exact_extract(source, frame, ["cell_id", "coverage"], output="pandas")
        for where, covered in zip(table["cell_id"], table["coverage"], strict=True):
            share[np.asarray(where, dtype=np.intp)] += covered
    return np.minimum(share, 1).reshape(grid.shape)


def clipped(geometry: NDArray[np.object_], grid: Grid) -> NDArray[np.object_]:
    """Return the polygons and lines that reach into a grid, cut to a cell around it."""
    west, south, east, north = grid.padded(1).bounds
    if not len(geometry):
        return geometry
    box = shapely.bounds(geometry)
    near = (box[:, 0] < east) & (box[:, 2] > west) & (box[:, 1] < north) & (box[:, 3] > south)
    found = geometry[near]
    outside = ~((box[near, 0] >= west) & (box[near, 2] <= east) & (box[near, 1] >= south) & (box[near, 3] <= north))
    if outside.any():
        found = found.copy()
        found[outside] = shapely.clip_by_rect(found[outside], west, south, east, north)
    return np.asarray(found[~shapely.is_empty(found)])


def distance_m(geometry: NDArray[np.object_], grid: Grid, *, reach_m: float) -> NDArray[np.float64]:
    """Return how far each cell's centre is from the nearest shape's edge, 0 inside, nothing farther than `reach_m`.

    Measured between cells (exact Euclidean transform), so right to within a cell's diagonal.
    """
    from scipy.ndimage import distance_transform_edt  # noqa: PLC0415  only for surfaces

    margin = math.ceil(reach_m / grid.cell_m) + 1
    touched = burn(geometry, grid.padded(margin), rule="touched")
    if not touched.any():
        return np.full(grid.shape, reach_m)
    away = distance_transform_edt(~touched)[margin:-margin, margin:-margin] * grid.cell_m
    return np.asarray(np.minimum(away, reach_m))
