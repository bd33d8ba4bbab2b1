"""Numbers of candidates: what each criterion measures on them, and the ground that the programme bars."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from rasterio.features import shapes as vectorised
from rasterio.transform import array_bounds

from geo_tej.errors import ProgrammeError
from geo_tej.grid import derive, water_view, zonal
from geo_tej.grid.align import align
from geo_tej.grid.cells import Grid, burn
from geo_tej.io.cells import open_cells, read_cells, shapes_of
from geo_tej.model import Raster
from geo_tej.setback import quarter_segments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_tej.io.cells import Cells
    from geo_tej.model import Project
    from geo_tej.siting.nouns import Criterion, Exclusion, Ground, Programme

VIEWPOINTS = 25
"""From at most so many points of a site it is looked around."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sources:
    """What a programme measures by: rasters not yet read, and shapes, by the id of criterion or exclusion."""

    cells: Mapping[str, Cells]
    shapes: Mapping[str, NDArray[np.object_]]
    heights: Mapping[str, Cells]


def open_sources(project: Project, programme: Programme) -> Sources:
    """Open every raster and read every layer of shapes that a programme names.

    Raises
    ------
    LayerError, CRSError
        If one cannot be read or placed.
    """
    folder = Path(programme.folder)
    cells: dict[str, Cells] = {}
    shapes: dict[str, NDArray[np.object_]] = {}
    heights: dict[str, Cells] = {}
    named = [(each.id, each.ground) for each in programme.criteria]
    named += [(each.id, each.ground) for each in programme.exclusions]
    for name, ground in named:
        if is_raster(ground, project, folder):
            cells[name] = open_cells(ground, project, folder)
        else:
            shapes[name] = shapes_of(ground, project, folder)
    for criterion in programme.criteria:
        if criterion.elevation is not None:
            heights[criterion.id] = open_cells(criterion.elevation, project, folder)
    return Sources(cells=cells, shapes=shapes, heights=heights)


def is_raster(ground: Ground, project: Project, folder: Path) -> bool:
    """Tell whether a programme's ground is a raster."""
    if ground.layer is not None:
        return project.layers[ground.layer].role == "raster"
    return (folder / str(ground.path)).suffix.lower() in (".tif", ".tiff", ".img", ".vrt", ".asc", ".nc", ".jp2")


def measure(criterion: Criterion, candidates: gpd.GeoDataFrame, sources: Sources) -> pd.Series:
    """Return what a criterion measures on each candidate's whole ground, NaN where its data does not reach.

    Raises
    ------
    ProgrammeError
        If its data reaches none of the candidates.
    """
    geometry = candidates.geometry.to_numpy()
    reach = sources.cells.get(criterion.id) or sources.heights.get(criterion.id)
    if reach is not None:
        _require_overlap(f"criterion {criterion.id}", reach, geometry)
    if criterion.measure == "distance":
        number = distances(geometry, sources.shapes[criterion.id])
    elif criterion.measure == "view":
        number = _views(criterion, geometry, sources)
    elif criterion.measure == "value":
        number = _at_points(criterion, geometry, sources.cells[criterion.id])
    elif criterion.id in sources.shapes:
        number = _shares(geometry, sources.shapes[criterion.id])
    else:
        number = _zonal(criterion, candidates, sources.cells[criterion.id])
    return pd.Series(number, index=candidates.index, dtype=float, name=criterion.id)


def distances(geometry: NDArray[np.object_], features: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return how far each polygon's edge is from the nearest feature's, 0 where they meet; NaN where there is none."""
    away = np.full(len(geometry), np.nan)
    if len(features):
        found, distance = shapely.STRtree(features).query_nearest(geometry, return_distance=True, all_matches=False)
        away[found[0]] = distance
    return away


def barred_ground(
    exclusion: Exclusion, geometry: NDArray[np.object_], sources: Sources
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return, a candidate each, the ground that an exclusion bars, and the ground of which its data says nothing."""
    nothing = np.array([shapely.Polygon()] * len(geometry), dtype=object)
    if exclusion.kind == "raster":
        cells = sources.cells[exclusion.id]
        _require_overlap(f"exclusion {exclusion.id}", cells, geometry)
        pairs = [_barred_cells(exclusion, shape, cells) for shape in geometry]
        return tuple(np.array(each, dtype=object) for each in zip(*pairs, strict=True))  # type: ignore[return-value]
    zone = barred_zone(exclusion, sources)
    barred = nothing.copy()
    tree = shapely.STRtree(zone)
    left, right = tree.query(geometry, predicate="intersects")
    for place in np.unique(left):
        near = shapely.union_all(zone[right[left == place]])
        barred[place] = shapely.intersection(geometry[place], near)
    if exclusion.beyond_m is not None:
        barred = shapely.difference(geometry, barred)
    return barred, nothing


def barred_zone(exclusion: Exclusion, sources: Sources) -> NDArray[np.object_]:
    """Return the shapes of an exclusion grown by its distance; of `beyond_m`, the ground that is near enough."""
    shapes = sources.shapes[exclusion.id]
    reach = exclusion.beyond_m if exclusion.beyond_m is not None else exclusion.within_m
    return _grown(shapes, reach) if exclusion.kind == "distance" and reach else shapes


def is_barred(exclusion: Exclusion, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which numbers an exclusion by raster bars; what is not known it does not."""
    barred = np.zeros(numbers.shape, dtype=bool)
    if exclusion.above is not None:
        barred |= numbers > exclusion.above
    if exclusion.below is not None:
        barred |= numbers < exclusion.below
    return barred


def _grown(shapes: NDArray[np.object_], reach_m: float) -> NDArray[np.object_]:
    """Grow shapes with a chord error below a centimetre."""
    return np.asarray(shapely.buffer(shapes, reach_m, quad_segs=quarter_segments(reach_m))) if reach_m else shapes


def _require_overlap(what: str, cells: Cells, geometry: NDArray[np.object_]) -> None:
    if not len(geometry):
        return
    west, south, east, north = shapely.total_bounds(geometry)
    left, bottom, right, top = cells.bounds
    if left >= east or right <= west or bottom >= north or top <= south:
        message = (
            f"{what}: {cells.name} covers {left:,.0f} to {right:,.0f} east and {bottom:,.0f} to {top:,.0f} north, "
            f"where no candidate lies; they are at {west:,.0f} to {east:,.0f} and {south:,.0f} to {north:,.0f}"
        )
        raise ProgrammeError(message)


def _zonal(criterion: Criterion, candidates: gpd.GeoDataFrame, cells: Cells) -> NDArray[np.float64]:
    """Return statistics over cells by their covered share; of a land-cover raster the share of its classes."""
    if cells.raster is not None:
        return zonal(candidates, prepared(criterion, cells.raster), criterion.statistic).to_numpy(float)
    numbers = np.full(len(candidates), np.nan)
    for place in range(len(candidates)):
        one = candidates.iloc[place : place + 1]
        raster = prepared(criterion, read_cells(cells, one.total_bounds))
        if raster.values.size:
            numbers[place] = zonal(one, raster, criterion.statistic).iloc[0]
    return numbers


def prepared(criterion: Criterion, raster: Raster) -> Raster:
    """Return a raster as a criterion reads it: derived, or 1 and 0 where its classes are and are not."""
    if criterion.measure == "share":
        wanted = [float(name) for name in criterion.ground.classes]
        inside = np.where(np.isnan(raster.values), np.nan, np.isin(raster.values, wanted))
        return Raster(values=inside, transform=raster.transform, crs=raster.crs)
    return derive(raster, criterion.ground.derive)


def _at_points(criterion: Criterion, geometry: NDArray[np.object_], cells: Cells) -> NDArray[np.float64]:
    """Return the raster's value at a point within each candidate."""
    points = shapely.point_on_surface(geometry)
    numbers = np.full(len(geometry), np.nan)
    for place, (x, y) in enumerate(shapely.get_coordinates(points)):
        raster = derive(read_cells(cells, (x, y, x, y)), criterion.ground.derive)
        column, row = (int(np.floor(each)) for each in ~raster.transform * (x, y))
        rows, columns = raster.values.shape
        if 0 <= row < rows and 0 <= column < columns:
            numbers[place] = raster.values[row, column]
    return numbers


def _shares(geometry: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the share of each candidate that shapes cover, overlaps once."""
    share = np.zeros(len(geometry))
    left, right = shapely.STRtree(shapes).query(geometry, predicate="intersects")
    for place in np.unique(left):
        inside = shapely.intersection(geometry[place], shapely.union_all(shapes[right[left == place]]))
        share[place] = shapely.area(inside) / shapely.area(geometry[place])
    return share


def _views(criterion: Criterion, geometry: NDArray[np.object_], sources: Sources) -> NDArray[np.float64]:
    """Return the mean, best or worst share of the horizon that shows water, over points of each site."""
    heights = sources.heights[criterion.id]
    seen = np.full(len(geometry), np.nan)
    for place, shape in enumerate(geometry):
        points = viewpoints(shape, heights.cell_m)
        share = views(criterion, points, sources)
        if not np.isnan(share).any():
            seen[place] = {"mean": share.mean(), "min": share.min(), "max": share.max()}[criterion.statistic]
    return seen


def views(criterion: Criterion, points: NDArray[np.float64], sources: Sources) -> NDArray[np.float64]:
    """Return the share of the horizon that shows water, a point each."""
    heights = sources.heights[criterion.id]
    reach = criterion.radius_m
    west, south = points.min(axis=0) - reach
    east, north = points.max(axis=0) + reach
    raster = read_cells(heights, (west, south, east, north))
    if not raster.values.size:
        return np.full(len(points), np.nan)
    rows, columns = raster.values.shape
    left, bottom, right, top = array_bounds(rows, columns, raster.transform)
    del right, bottom
    grid = Grid(west=left, north=top, cell_m=heights.cell_m, rows=rows, columns=columns, crs=raster.crs)
    water = burn(sources.shapes[criterion.id], grid)
    upright = (
        raster
        if raster.transform.e < 0
        else Raster(values=align(raster, grid, resampling="nearest"), transform=grid.transform, crs=raster.crs)
    )
    return water_view(points, upright, water, eye_m=criterion.eye_m, radius_m=reach)


def viewpoints(shape: shapely.Geometry, spacing_m: float) -> NDArray[np.float64]:
    """Return points over a site from which it is looked around: a mesh, and always one within it.

    >>> viewpoints(shapely.box(0, 0, 30, 30), 30).tolist()
    [[15.0, 15.0]]
    """
    west, south, east, north = shapely.bounds(shape)
    spacing = max(spacing_m, float(np.sqrt(shapely.area(shape) / VIEWPOINTS)))
    x, y = np.meshgrid(np.arange(west + spacing / 2, east, spacing), np.arange(south + spacing / 2, north, spacing))
    inside = shapely.contains_xy(shape, x.ravel(), y.ravel())
    points = np.column_stack([x.ravel()[inside], y.ravel()[inside]])
    return points if len(points) else shapely.get_coordinates(shapely.point_on_surface(shape))


def _barred_cells(
    exclusion: Exclusion, shape: shapely.Geometry, cells: Cells
) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Return the part of a shape on cells that are barred, and the part on cells of which nothing is known."""
    raster = derive(read_cells(cells, shapely.bounds(shape)), exclusion.ground.derive)
    if not raster.values.size:
        return shapely.Polygon(), shape
    barred = _cells_where(is_barred(exclusion, raster.values), raster)
    known = _cells_where(~np.isnan(raster.values), raster)
    return shapely.intersection(shape, barred), shapely.difference(shape, known)


def _cells_where(mask: NDArray[np.bool_], raster: Raster) -> shapely.Geometry:
    parts: Sequence[shapely.Geometry] = [
        shapely.geometry.shape(each)
        for each, _ in vectorised(mask.astype(np.uint8), mask=mask, connectivity=4, transform=raster.transform)
    ]
    return shapely.union_all(parts)
