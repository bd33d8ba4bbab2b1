"""The one way from a programme to ranked places: candidates, verdicts, usable ground, scores, and a plan for all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.errors import ProgrammeError
from geo_tej.grid import Grid
from geo_tej.grid.align import WHOLE
from geo_tej.i18n import Text
from geo_tej.shown import SitesShown
from geo_tej.sites.law import ask, joined_facts, mosaic
from geo_tej.sites.measures import measure, open_sources
from geo_tej.sites.ranking import options, ranked, standings
from geo_tej.sites.surfaces import barred_by_law, suitability, surfaces, windows
from geo_tej.siting.assign import assign
from geo_tej.siting.candidates import enterprise_sites, ground_sites, merged_sites, parcel_sites, rivals, together
from geo_tej.siting.score import contributions
from geo_tej.siting.values import class_of, value_of
from geo_tej.siting.weights import entropy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from numpy.typing import NDArray

    from geo_tej.model import Project
    from geo_tej.sites.law import Reason
    from geo_tej.sites.measures import Sources
    from geo_tej.sites.surfaces import Surfaces
    from geo_tej.siting.assign import Plan
    from geo_tej.siting.nouns import Programme
    from geo_tej.verdict import Assessment

LEAST_CELLS_ACROSS = 10
"""Fewer cells across the area's longer side tell nothing of where in it a place is."""

MOST_CELLS_IN_HAND = 100_000_000
"""So many cells at most are looked at for contiguous ground; beyond, larger cells must be asked for."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Sites(SitesShown):
    """Places for a programme's projects: candidates, what was measured, ranks, why not, and the plan for all.

    `ranking` has a row a project and candidate, `barred` one a project, candidate and reason, whose words are in
    `reasons`. `pieces`, the largest usable piece, and what was measured on it, `measures`, `values` and `classes`, are
    there for the candidates on which a project fits, by project and candidate.
    """

    project: Project
    programme: Programme
    assessment: Assessment
    candidates: gpd.GeoDataFrame
    pieces: gpd.GeoSeries
    measures: pd.DataFrame
    values: pd.DataFrame
    classes: pd.DataFrame
    weights: Mapping[str, float]
    ranking: pd.DataFrame
    barred: pd.DataFrame
    reasons: Mapping[str, Reason]
    plan: Plan
    surfaces: Surfaces
    grid: Grid
    remarks: tuple[Text, ...]
    site_id: str

    @property
    def contributions(self) -> pd.DataFrame:
        """What each criterion adds to the score, candidates x criteria, NaN where it is not known."""
        return contributions(self.values, self.weights)


def find_sites(
    project: Project,
    programme: Programme,
    *,
    on: date | None = None,
    facts: Mapping[str, object] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Sites:
    """Find and rank places for a programme's projects.

    A candidate is ranked for a project only where the rulebook allows all its uses by its pathway, with or without
    conditions, and enough usable ground is left in one piece: without what the law bars or leaves open, and without the
    programme's exclusions and what their data does not cover.

    Parameters
    ----------
    project
        The rulebook and the layers.
    programme
        As read by `read_programme`.
    on, facts
        As in `assess`.
    tell
        Is told what is being done.

    Raises
    ------
    ProgrammeError
        If there is no candidate, or the data of a criterion reaches none.
    GeoTejError
        If a source cannot be read or placed, or a fact is not known.
    """
    area = _area(project, programme)
    _require_fine(programme.cell_m, shapely.bounds(area))
    grid = Grid.over(shapely.bounds(area), programme.cell_m, project.crs)
    sources = open_sources(project, programme)
    remarks = _remarks(programme, sources, grid)
    tell("law")
    tiles = mosaic(project, area)
    if not len(tiles):
        message = f"no parcel lies within {programme.within or 'the area'}: there is nothing to ask the law of"
        raise ProgrammeError(message)
    law = barred_by_law(ask(project, tiles, programme.projects, on=on, facts=facts), programme.projects)
    made = surfaces(programme, area, law, sources)
    tell("candidates")
    drawn = _drawn(project, programme, area)
    weights = dict(programme.weighting.weights or {})
    if "ground" in programme.search.sources:
        drawn = together([drawn, _cut(made, grid, weights)], project.crs)
    if not len(drawn):
        message = f"there is no candidate of the kinds {', '.join(programme.search.sources)} in the area"
        raise ProgrammeError(message)
    lies_on = [
        tuple(parts) or _under(shape, tiles) for parts, shape in zip(drawn["parcels"], drawn.geometry, strict=True)
    ]
    candidates = joined_facts(project.parcels, drawn, lies_on)
    tell("assess")
    assessment = ask(project, candidates, programme.projects, on=on, facts=facts)
    stands = standings(programme, assessment, sources)
    tell("criteria")
    measures = _measured(programme, stands.pieces, sources)
    columns = {each.id: measures[each.id].to_numpy(float) for each in programme.criteria}
    values, classes = (
        pd.DataFrame(
            {each.id: made_of(each.value, columns[each.id]) for each in programme.criteria}, index=measures.index
        )
        for made_of in (value_of, class_of)
    )
    if programme.weighting.weights is None:
        weights = dict(zip(values.columns, entropy(values.to_numpy(float)).tolist(), strict=True))
    tell("ranks")
    ranking = ranked(programme, stands, values, weights)
    plan = assign(
        options(programme, project, ranking, candidates), programme.projects, programme.limits, rivals(candidates)
    )
    return Sites(
        project=project,
        programme=programme,
        assessment=assessment,
        candidates=candidates,
        measures=measures,
        values=values,
        classes=classes,
        weights=weights,
        ranking=ranking,
        pieces=stands.pieces,
        barred=stands.barred,
        reasons=stands.reasons,
        plan=plan,
        surfaces=made,
        grid=grid,
        remarks=tuple(dict.fromkeys(remarks)),
        site_id=_identity(programme, assessment, measures),
    )


def _remarks(programme: Programme, sources: Sources, grid: Grid) -> list[Text]:
    """Say which rasters were brought to the project's system, and which onto the cells of the grid, and how."""
    said = []
    resampling = {each.id: each.ground.resampling for each in programme.criteria}
    resampling |= {each.id: each.ground.resampling for each in programme.exclusions}
    for name, cells in {**sources.cells, **{f"{name}, view": each for name, each in sources.heights.items()}}.items():
        if cells.remark:
            said.append(Text(f"{cells.name}：由其他坐标系转入项目坐标系", f"{cells.name}: {cells.remark}"))
        away = np.array([cells.bounds[0] - grid.west, cells.bounds[3] - grid.north]) / grid.cell_m
        if name in resampling and (cells.cell_m != grid.cell_m or np.abs(away - np.round(away)).max() > WHOLE):
            how, size = resampling[name], f"{cells.cell_m:g} m → {grid.cell_m:g} m"
            said.append(Text(f"{cells.name}：栅格对齐 {size}，{how}", f"{cells.name}: cells {size} by {how}"))
    return said


def _require_fine(cell_m: float, bounds: NDArray[np.float64]) -> None:
    """Refuse cells that are too coarse for the area."""
    longer = float(max(bounds[2] - bounds[0], bounds[3] - bounds[1]))
    if cell_m * LEAST_CELLS_ACROSS > longer:
        message = (
            f"cell_m = {cell_m:g}: the area is only {longer:,.0f} m long; "
            f"take cells of at most {longer / LEAST_CELLS_ACROSS:,.0f} m"
        )
        raise ProgrammeError(message)


def _area(project: Project, programme: Programme) -> shapely.Geometry:
    """Return the ground that is looked at: the programme's, else the project's, else that of all parcels."""
    if programme.within is not None:
        frame = project.layers[programme.within].frame
        shape = shapely.union_all(frame.geometry.to_numpy()) if frame is not None else None
        if shape is None or shapely.area(shape) == 0:
            message = f"within {programme.within!r}: this layer has no polygons"
            raise ProgrammeError(message)
        return shape
    if project.area is not None:
        return project.area
    return shapely.box(*project.parcels.total_bounds)


def _drawn(project: Project, programme: Programme, area: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the candidates that parcels are drawn as, of parcels most of which lies in the area."""
    search, parcels = programme.search, project.parcels
    if search.kind is not None and "kind" in parcels.columns:
        parcels = parcels[parcels["kind"] == search.kind]
    ground = parcels.geometry.to_numpy()
    own = shapely.area(ground)
    inside = np.divide(shapely.area(shapely.intersection(ground, area)), own, out=np.zeros(len(own)), where=own > 0)
    parcels = parcels[inside >= 0.5]  # noqa: PLR2004  most of it
    frames = []
    for source in search.sources:
        if source == "enterprise":
            frames.append(enterprise_sites(parcels, project.occupancy))
        elif source == "parcel":
            frames.append(parcel_sites(parcels))
        elif source == "merged":
            frames.append(merged_sites(parcels, up_to=search.merge_up_to))
    return together(frames, project.crs)


def _measured(programme: Programme, pieces: gpd.GeoSeries, sources: Sources) -> pd.DataFrame:
    """Measure the criteria on usable pieces, the same ground once for all projects."""
    keys = pd.Series(shapely.to_wkb(pieces.to_numpy()), dtype=object)
    code, _ = keys.factorize()
    first = np.flatnonzero(~keys.duplicated().to_numpy())
    ground = gpd.GeoDataFrame(geometry=pieces.to_numpy()[first], crs=pieces.crs)
    table = pd.DataFrame({each.id: measure(each, ground, sources) for each in programme.criteria}, index=ground.index)
    return table.iloc[code].set_index(pieces.index)


def _cut(made: Surfaces, grid: Grid, weights: Mapping[str, float]) -> gpd.GeoDataFrame:
    """Cut contiguous free and suitable ground out of the cells, for each project."""
    if grid.rows * grid.columns > MOST_CELLS_IN_HAND:
        message = (
            f"{grid.rows:,} x {grid.columns:,} cells are too many to cut ground from; ask for cells of more than "
            f"{grid.cell_m:g} m (`cell_m`), or for a smaller area (`within`)"
        )
        raise ProgrammeError(message)
    search = made.programme.search
    masks = {name: np.zeros(grid.shape, dtype=bool) for name in made.barred}
    for part in windows(made, grid):
        worth = suitability(part.values, weights) if weights else np.full(part.grid.shape, 1.0)
        good = worth >= search.ground_suitability
        rows, columns = part.grid.shape
        for name, mask in masks.items():
            free = (part.code[name] == 0) & (part.free(made, name) >= 0.5)  # noqa: PLR2004  most of the cell
            mask[part.row : part.row + rows, part.column : part.column + columns] = good & free
    frames = []
    for mask in masks.values():
        cut = ground_sites(
            mask, grid, least_m2=search.ground_least_m2, most_m2=search.ground_most_m2, width_m=search.ground_width_m,
            compactness=search.ground_compactness,
        )  # fmt: skip
        frames.append(cut)
    whole = together(frames, grid.crs)
    whole = whole[~pd.Series(shapely.to_wkb(shapely.normalize(whole.geometry.to_numpy()))).duplicated().to_numpy()]
    names = [f"G{number:03d}" for number in range(1, len(whole) + 1)]  # of whichever project: every project may take it
    return whole.set_axis(pd.Index(names, name="parcel_id", dtype=object))


def _under(shape: shapely.Geometry, tiles: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Return the parcels that a piece of ground lies on."""
    ground = tiles.geometry.to_numpy()
    near = tiles.sindex.query(shape, predicate="intersects")
    shared = shapely.area(shapely.intersection(ground[near], shape)) > 1.0
    return tuple(tiles.index.to_numpy()[near[shared]])


def _identity(programme: Programme, assessment: Assessment, measures: pd.DataFrame) -> str:
    """Hash what the answers depend on: programme, assessment of the candidates, and what was measured on them."""
    digest = hashlib.sha256(f"{programme.sha256} {assessment.assessment_id} ".encode())
    digest.update(measures.round(6).to_csv().encode())
    return digest.hexdigest()[:16]
