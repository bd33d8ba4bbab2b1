"""Suitability and exclusions as cells, window by window: what bars a cell, how much of it is free, what it is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from rasterio.features import shapes as vectorised

from geo_tej.grid import align, burn, codes, cover, derive, distance_m
from geo_tej.grid.cells import WINDOW, clipped
from geo_tej.io.cells import read_cells
from geo_tej.model import Outcome
from geo_tej.sites.law import Reason, bars, ground_of
from geo_tej.sites.measures import barred_zone, is_barred, prepared, views
from geo_tej.siting.values import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from geo_tej.grid import Grid
    from geo_tej.sites.measures import Sources
    from geo_tej.siting.nouns import Criterion, Exclusion, Programme, TourismProject, ValueFunction
    from geo_tej.verdict import Assessment

UNASSESSED, OPEN, OUTSIDE = 253, 254, 255
"""Codes of cells that no reason bars and that are not free either: no parcel or no data, to be settled, beyond."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Barred:
    """The ground that law bars to one project: polygons by reason in order, what is open, and what is free."""

    reasons: tuple[Reason, ...]
    shapes: tuple[NDArray[np.object_], ...]
    open: NDArray[np.object_]
    free: NDArray[np.object_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Surfaces:
    """Everything that cells are worked out from."""

    programme: Programme
    area: shapely.Geometry
    barred: Mapping[str, Barred]
    sources: Sources
    zones: Mapping[str, NDArray[np.object_]]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Excluded:
    """What the programme bars of a window: the first exclusion, from 1; cells of rasters; and cells without data."""

    first: NDArray[np.uint8]
    by_raster: NDArray[np.bool_]
    unknown: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Window:
    """Cells of one window. `values` is 0 to 1 a criterion, NaN where not known; `code` is by project.

    `code` is 0 where ground is free, else the number of the first reason that bars the cell's centre, from 1 in the
    order of `legend`.
    """

    row: int
    column: int
    grid: Grid
    values: Mapping[str, NDArray[np.floating]]
    code: Mapping[str, NDArray[np.uint8]]
    own: _Excluded

    def free(self, made: Surfaces, project: str) -> NDArray[np.float32]:
        """Return the share of each cell on which nothing bars a project, NaN where nobody knows."""
        return _free(made, made.barred[project], self.grid, self.own)


def barred_by_law(assessment: Assessment, projects: Sequence[TourismProject]) -> dict[str, Barred]:
    """Return, by project, the ground that the law bars, leaves open and leaves free, from parcels that tile an area.

    Ground that several reasons bar stands under each of them.
    """
    ground, faces = ground_of(assessment, projects)
    shapes, parcels = ground.geometry.to_numpy(), assessment.parcels.index.to_numpy()[ground["parcel"].to_numpy()]
    table: dict[str, Barred] = {}
    for project in projects:
        outcome = ground[project.id].to_numpy(np.int8)
        found, reasons = bars(assessment, project)
        of_parcel = _listed(found)
        of_face: dict[str, list[str]] = {}
        if faces is not None:
            found, more = bars(faces, project)
            reasons |= more
            of_face = _listed(found)
        its: dict[str, list[int]] = {name: [] for name in reasons}
        for place in np.flatnonzero(outcome == Outcome.PROHIBITED).tolist():
            for name in of_face.get(str(place)) or of_parcel.get(str(parcels[place]), []):
                its[name].append(place)
        table[project.id] = Barred(
            reasons=tuple(reasons[name] for name, places in its.items() if places),
            shapes=tuple(shapes[places] for places in its.values() if places),
            open=shapes[outcome == Outcome.UNKNOWN],
            free=shapes[outcome < Outcome.PROHIBITED],
        )
    return table


def _listed(found: pd.DataFrame) -> dict[str, list[str]]:
    listed: dict[str, list[str]] = {}
    for parcel, reason in zip(found["parcel_id"], found["reason"], strict=True):
        listed.setdefault(str(parcel), []).append(reason)
    return listed


def surfaces(programme: Programme, area: shapely.Geometry, barred: Mapping[str, Barred], sources: Sources) -> Surfaces:
    """Return what cells are worked out from."""
    zones = {each.id: barred_zone(each, sources) for each in programme.exclusions if each.kind != "raster"}
    return Surfaces(programme=programme, area=area, barred=barred, sources=sources, zones=zones)


def legend(made: Surfaces, project: str) -> list[Reason]:
    """Return the reasons of a project in the order of their codes: of the law first, then the programme's."""
    return [*made.barred[project].reasons, *reasons_of(made.programme)]


def reasons_of(programme: Programme) -> list[Reason]:
    """Return the programme's own exclusions as reasons."""
    return [Reason(id=each.id, title=each.title, article=each.basis, kind="programme") for each in programme.exclusions]


def windows(made: Surfaces, grid: Grid, *, side: int = WINDOW) -> Iterator[Window]:
    """Give the cells of a grid, a window at a time."""
    for row, column, part in grid.windows(side):
        yield window(made, part, row, column)


def window(made: Surfaces, grid: Grid, row: int = 0, column: int = 0) -> Window:
    """Work out the cells of one window."""
    inside = burn(np.array([made.area], dtype=object), grid)
    values = {
        each.id: value_of(each.value, measured(each, made.sources, grid, inside)) for each in made.programme.criteria
    }
    own = _excluded(made, grid)
    code: dict[str, NDArray[np.uint8]] = {}
    for name, law in made.barred.items():
        cells = codes(law.shapes, grid)
        ours = (cells == 0) & (own.first > 0)
        cells[ours] = own.first[ours] + np.uint8(len(law.shapes))
        cells[(cells == 0) & burn(law.open, grid)] = OPEN
        cells[(cells == 0) & (own.unknown | ~burn(law.free, grid))] = UNASSESSED
        cells[~inside] = OUTSIDE
        code[name] = cells
    return Window(row=row, column=column, grid=grid, values=values, code=code, own=own)


def measured(criterion: Criterion, sources: Sources, grid: Grid, inside: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Return what a criterion measures at each cell: rasters brought onto the grid, distances between cells.

    Views are looked up at the cells of the elevation model, or of the grid where those are larger, and only `inside`.
    """
    if criterion.id in sources.cells:
        raster = prepared(criterion, read_cells(sources.cells[criterion.id], grid.bounds))
        if not raster.values.size:
            return np.full(grid.shape, np.nan)
        how = "average" if criterion.measure == "share" else criterion.ground.resampling
        return align(replace(raster, values=raster.values.astype(np.float32)), grid, resampling=how)
    if criterion.measure == "distance":
        return distance_m(sources.shapes[criterion.id], grid, reach_m=farthest(criterion.value))
    if criterion.measure == "share":
        return cover(sources.shapes[criterion.id], grid).astype(float)
    return _seen(criterion, sources, grid, inside)


def farthest(function: ValueFunction) -> float:
    """Return the number beyond which a value function does not change any more."""
    numbers = {
        "linear": (function.worst, function.best), "fuzzy": function.corners, "steps": function.breaks,
        "classes": function.breaks,
    }[function.kind]  # fmt: skip
    return max(number for number in numbers if np.isfinite(number))


def suitability(values: Mapping[str, NDArray[np.floating]], weights: Mapping[str, float]) -> NDArray[np.floating]:
    """Return the weighted sum of values; where one that counts is not known, neither is the sum (NaN)."""
    counted = [name for name, weight in weights.items() if weight > 0]
    total = weights[counted[0]] * values[counted[0]]
    for name in counted[1:]:
        total += weights[name] * values[name]
    return total


def _excluded(made: Surfaces, grid: Grid) -> _Excluded:
    """Work out what the programme bars, all its plain shapes in one pass."""
    exclusions = made.programme.exclusions
    nothing = np.empty(0, dtype=object)
    first = codes([made.zones[each.id] if _plain(each) else nothing for each in exclusions], grid)
    by_raster, unknown = np.zeros(grid.shape, dtype=bool), np.zeros(grid.shape, dtype=bool)
    for number, each in enumerate(exclusions, start=1):
        if _plain(each):
            continue
        mask, lacking = _barred_mask(made, each, grid)
        first[mask & ((first == 0) | (first > number))] = number
        if each.kind == "raster":
            by_raster |= mask
            unknown |= lacking
    return _Excluded(first=first, by_raster=by_raster, unknown=unknown)


def _plain(exclusion: Exclusion) -> bool:
    """Tell an exclusion that bars the inside of its shapes from one by raster, or by being too far."""
    return exclusion.kind != "raster" and exclusion.beyond_m is None


def _barred_mask(made: Surfaces, exclusion: Exclusion, grid: Grid) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the cells that an exclusion bars, and those of which its raster says nothing."""
    if exclusion.kind != "raster":
        near = burn(made.zones[exclusion.id], grid)
        return near if exclusion.beyond_m is None else ~near, np.zeros(grid.shape, dtype=bool)
    raster = derive(read_cells(made.sources.cells[exclusion.id], grid.bounds), exclusion.ground.derive)
    numbers = np.full(grid.shape, np.nan)
    if raster.values.size:
        numbers = align(raster, grid, resampling=exclusion.ground.resampling)
    return is_barred(exclusion, numbers), np.isnan(numbers)


def _free(made: Surfaces, law: Barred, grid: Grid, own: _Excluded) -> NDArray[np.float32]:
    """Return the share of each cell that is free: exact along shapes, whole cells of rasters; NaN where not known."""
    free = clipped(law.free, grid)
    plain = [clipped(made.zones[each.id], grid) for each in made.programme.exclusions if _plain(each)]
    zone = np.concatenate(plain) if plain else np.empty(0, dtype=object)
    if len(free) and len(zone):
        free = shapely.difference(free, shapely.union_all(zone))
    for each in made.programme.exclusions:
        if each.beyond_m is not None and len(free):
            free = shapely.intersection(free, shapely.union_all(clipped(made.zones[each.id], grid)))
    share = cover(free, grid)
    share[own.by_raster] = 0
    share[own.unknown & (share > 0)] = np.nan
    return share


def _seen(criterion: Criterion, sources: Sources, grid: Grid, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the share of the horizon that shows water, at cells of the elevation's size within the area."""
    step = max(1, round(sources.heights[criterion.id].cell_m / grid.cell_m))
    rows, columns = -(-grid.rows // step), -(-grid.columns // step)
    y, x = np.mgrid[0:rows, 0:columns]
    middle = (step * grid.cell_m) / 2
    points = np.column_stack(
        [grid.west + x.ravel() * step * grid.cell_m + middle, grid.north - y.ravel() * step * grid.cell_m - middle]
    )
    padded = np.zeros((rows * step, columns * step), dtype=bool)
    padded[: grid.rows, : grid.columns] = inside
    wanted = padded.reshape(rows, step, columns, step).any(axis=(1, 3)).ravel()
    seen = np.full(len(points), np.nan)
    if wanted.any():
        seen[wanted] = views(criterion, points[wanted], sources)
    coarse = seen.reshape(rows, columns)
    return np.repeat(np.repeat(coarse, step, axis=0), step, axis=1)[: grid.rows, : grid.columns]


def barred_cells(made: Surfaces, grid: Grid) -> list[NDArray[np.object_]]:
    """Return, for each exclusion of the programme, the ground it bars within the area, cells of rasters as squares."""
    listed = []
    for each in made.programme.exclusions:
        if each.kind != "raster":
            zone = shapely.union_all(made.zones[each.id])
            cut = (
                shapely.intersection(made.area, zone) if each.beyond_m is None else shapely.difference(made.area, zone)
            )
            listed.append(np.array([cut], dtype=object))
            continue
        mask, _ = _barred_mask(made, each, grid)
        squares = np.array(
            [
                shapely.geometry.shape(shape)
                for shape, _ in vectorised(mask.astype(np.uint8), mask=mask, transform=grid.transform)
            ],
            dtype=object,
        )
        listed.append(shapely.intersection(squares, made.area))
    return listed
