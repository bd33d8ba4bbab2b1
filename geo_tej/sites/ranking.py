"""The ranking: how each candidate stands for each project, how much of it is usable, its scores, and what bars it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.ground import remaining
from geo_tej.i18n import Text
from geo_tej.measure import CIRCLE_TOLERANCE_M
from geo_tej.model import LEVELS, OUTCOMES, Action, Outcome
from geo_tej.sites.law import bars, fears_of, ground_of, open_words, standing
from geo_tej.sites.measures import barred_ground
from geo_tej.sites.surfaces import reasons_of
from geo_tej.siting.grading import grade, restriction_of
from geo_tej.siting.score import score, stability
from geo_tej.siting.values import level_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo_tej.model import Project
    from geo_tej.sites.law import Reason
    from geo_tej.sites.measures import Sources
    from geo_tej.siting.nouns import Grading, Programme, TourismProject
    from geo_tej.verdict import Assessment

STATUSES = ("permitted", "conditional", "same", "too_small", "open", "prohibited")
"""How a candidate stands for a project, from a place to none; only the first two are ranked."""

STATUS_WORDS = {
    "permitted": Text("符合（未见禁限，仍须报批）", "no bar found (approvals still needed)"),
    "conditional": Text("有条件符合", "conditional"),
    "same": Text("可用地与另一候选相同", "same usable ground as another candidate"),
    "too_small": Text("可用地不足", "too little usable ground"),
    "open": Text("待核实", "to be settled"),
    "prohibited": Text("不符合", "not permitted"),
}

SAME_M = 0.001
"""Ground whose vertices differ by no more is drawn the same."""

SEEN_M2 = 0.01
"""Barred ground below this is noise of drawing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Standings:
    """How candidates stand before they are scored.

    `table` has a row a project and candidate, `pieces` the largest usable piece of each that fits, by the same index;
    `barred` a row a project, candidate and reason, and `reasons` their words.
    """

    table: pd.DataFrame
    pieces: gpd.GeoSeries
    barred: pd.DataFrame
    reasons: Mapping[str, Reason]


def standings(programme: Programme, assessment: Assessment, sources: Sources) -> Standings:
    """Return how every candidate stands for every project: verdict, areas, usable ground, and what bars it."""
    faces, _ = ground_of(assessment, programme.projects)
    geometry = assessment.parcels.geometry.to_numpy()
    excluded = [barred_ground(each, geometry, sources) for each in programme.exclusions]
    zones, lacking = ([each[part] for each in excluded] for part in (0, 1))
    reasons: dict[str, Reason] = {}
    tables, pieces, barred = [], [], [_barred_by_programme(programme, assessment, zones)]
    for project in programme.projects:
        found, words = bars(assessment, project)
        reasons |= words
        barred.append(found.assign(project=project.id))
        table, its = _stand(assessment, project, faces, _united(zones), _united(lacking))
        table = _once(table, its)
        tables.append(table.rename_axis("candidate").reset_index().assign(project=project.id))
        pieces.append(its)
    table = pd.concat(tables).set_index(["project", "candidate"])
    listed = pd.concat([each for each in barred if len(each)] or barred, ignore_index=True)
    fit = table["status"].isin(STATUSES[:2]).to_numpy()
    return Standings(
        table=table,
        pieces=gpd.GeoSeries(np.concatenate(pieces)[fit], index=table.index[fit], crs=assessment.parcels.crs),
        barred=listed.assign(candidate=listed["parcel_id"]).drop(columns="parcel_id"),
        reasons=reasons | {each.id: each for each in reasons_of(programme)},
    )


def ranked(programme: Programme, stands: Standings, values: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Return the ranking: a row a project and candidate, those with a rank first, then by how near they come."""
    tables = []
    for project in programme.projects:
        fit = values[values.index.get_level_values("project") == project.id]
        scored = score(fit, weights).join(stability(fit, weights, programme.trial))
        table = stands.table.loc[[project.id]].join(scored)
        table["suitability_level"] = level_of(table["score"].to_numpy(float))
        table["grade"] = _grades(programme.grading, table)
        last = len(table) + 1
        order = np.lexsort(
            (np.arange(len(table)), table["status"].map(STATUSES.index), table["rank"].fillna(last).to_numpy(int))
        )
        tables.append(table.iloc[order])
    return pd.concat(tables).reset_index()


def options(
    programme: Programme, project: Project, ranking: pd.DataFrame, candidates: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return the ranked candidates as options of the assignment: score, usable ground, price, new land or not."""
    fit = ranking[ranking["rank"].notna()]
    source = candidates["source"].reindex(fit["candidate"])
    new = {
        each.id: Action.NEW in project.rulebook.pathways[each.pathway].actions for each in programme.projects
    }  # fmt: skip
    return pd.DataFrame(
        {
            "project": fit["project"].to_numpy(),
            "candidate": fit["candidate"].to_numpy(),
            "score": fit["score"].to_numpy(float),
            "usable_m2": fit["usable_m2"].to_numpy(float),
            "price_per_m2": [programme.search.price_per_m2.get(str(each), 0.0) for each in source],
            "new": [new[each] for each in fit["project"]],
        }
    )


def _stand(
    assessment: Assessment,
    project: TourismProject,
    faces: gpd.GeoDataFrame,
    zones: NDArray[np.object_] | None,
    lacking: NDArray[np.object_] | None,
) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    """Return how each candidate stands for one project, and the largest usable piece of each that is eligible.

    One that is too small for sure, but large enough if ground that may be prohibited is not, is open.
    """
    stands = standing(assessment, project)
    geometry = assessment.parcels.geometry.to_numpy()
    area = shapely.area(geometry)
    outcome = faces[project.id].to_numpy(np.int8)
    owner, polygon, of_face = faces["parcel"].to_numpy(), faces.geometry.to_numpy(), faces["area_m2"].to_numpy(float)
    table = pd.DataFrame({"status": ""}, index=assessment.parcels.index)
    table["at_least"] = [OUTCOMES[code] for code in stands["at_least"]]
    table["at_most"] = [OUTCOMES[code] for code in stands["at_most"]]
    table["level"] = [LEVELS[code] for code in stands["level"]]
    table["area_m2"] = area
    for code, name in enumerate(OUTCOMES):
        by_face = np.bincount(owner, of_face * (outcome == code), minlength=len(area))
        known = stands[f"{name}_m2"].to_numpy(float)
        table[f"{name}_m2"] = np.where(np.isnan(known), by_face, known)
    for name, shapes in (("excluded_m2", zones), ("no_data_m2", lacking)):
        table[name] = 0.0 if shapes is None else shapely.area(shapes)
    eligible = stands["at_most"].to_numpy() < Outcome.PROHIBITED
    barred = stands["at_least"].to_numpy() == Outcome.PROHIBITED
    fits, might = np.zeros(len(area), dtype=bool), np.zeros(len(area), dtype=bool)
    pieces = np.array([shapely.Polygon()] * len(area), dtype=object)
    for place in np.flatnonzero(eligible):
        free, perhaps = (
            polygon[(owner == place) & held] for held in (outcome < Outcome.PROHIBITED, outcome != Outcome.PROHIBITED)
        )
        for shapes in (zones, lacking):
            if shapes is not None and not shapely.is_empty(shapes[place]):
                free, perhaps = (shapely.difference(each, shapes[place]) for each in (free, perhaps))
        pieces[place], fits[place] = _largest(free, project)
        might[place] = not fits[place] and len(perhaps) > len(free) and _largest(perhaps, project)[1]
    table["usable_m2"] = shapely.area(pieces)
    free_of_bar = stands["at_most"].to_numpy() == Outcome.PERMITTED
    table["status"] = np.select(
        [barred, ~eligible | might, ~fits, free_of_bar], ["prohibited", "open", "too_small", "permitted"], "conditional"
    )
    asked = [
        (*causes, *(fears_of(assessment, project, place) if might[place] else ()))
        for place, causes in enumerate(stands["open"])
    ]
    said = [open_words(assessment, tuple(dict.fromkeys(causes))) for causes in asked]
    table["open_zh"], table["open_en"] = [what.zh for what, _ in said], [what.en for what, _ in said]
    table["settled_zh"], table["settled_en"] = [how.zh for _, how in said], [how.en for _, how in said]
    return table, pieces


def _once(table: pd.DataFrame, pieces: NDArray[np.object_]) -> pd.DataFrame:
    """Leave one of several candidates whose usable ground is the same: of the mildest status, and of the first source.

    The others are `same`, and say of which.
    """
    fit = np.flatnonzero(table["status"].isin(STATUSES[:2]))
    fit = fit[np.argsort(table["status"].iloc[fit].map(STATUSES.index), kind="stable")]
    ground = shapely.normalize(shapely.set_precision(pieces[fit], SAME_M))
    which = pd.Series(fit, index=fit).groupby(shapely.to_wkb(ground)).transform("first")
    which = which[which != which.index]
    if which.empty:
        return table
    told, names = table.copy(), table.index.to_numpy()[which]
    rows = table.index[which.index]
    told.loc[rows, "status"] = "same"
    told.loc[rows, ["open_zh", "settled_zh"]] = [[f"可用地与 {name} 相同", f"见 {name}"] for name in names]
    told.loc[rows, ["open_en", "settled_en"]] = [[f"its usable ground is {name}'s", f"see {name}"] for name in names]
    return told


def _largest(free: NDArray[np.object_], project: TourismProject) -> tuple[shapely.Geometry, bool]:
    """Return the largest free piece that is wide enough, else the largest, and whether the project fits on it."""
    parts = shapely.get_parts(free)
    parts = parts[(shapely.get_dimensions(parts) == len("xy")) & (shapely.area(parts) > 0)]
    if not len(parts):
        return shapely.Polygon(), False
    sizes = np.array([[project.least_m2, project.least_width_m]])
    left = remaining(parts, np.zeros(len(parts), np.intp), count=1, sizes=sizes)
    if not len(left.area_m2):
        return shapely.Polygon(), False
    wide = left.width_m >= project.least_width_m - CIRCLE_TOLERANCE_M
    best = int(np.argmax(np.where(wide, left.area_m2, 0.0) if wide.any() else left.area_m2))
    return left.piece[best], bool(wide[best] and left.area_m2[best] >= project.least_m2)


def _united(shapes: Sequence[NDArray[np.object_]]) -> NDArray[np.object_] | None:
    """Unite, a candidate each, the ground of several exclusions."""
    return np.asarray(shapely.union_all(np.stack(list(shapes)), axis=0)) if shapes else None


def _barred_by_programme(
    programme: Programme, assessment: Assessment, zones: Sequence[NDArray[np.object_]]
) -> pd.DataFrame:
    """Return what the programme's own exclusions bar, which is the same for every project."""
    names = assessment.parcels.index.to_numpy()
    rows = [
        (names[place], exclusion.id, float(area[place]), project.id)
        for exclusion, zone in zip(programme.exclusions, zones, strict=True)
        for area in [shapely.area(zone)]
        for place in np.flatnonzero(area > SEEN_M2)
        for project in programme.projects
    ]
    return pd.DataFrame(rows, columns=["parcel_id", "reason", "area_m2", "project"])


def _grades(grading: Grading | None, table: pd.DataFrame) -> pd.Series:
    """Return the priority that a programme's table gives to restriction and suitability; none without both."""
    nothing = pd.Series(pd.NA, index=table.index, dtype="Int64")
    if grading is None:
        return nothing
    pairs = zip(table["status"], table["level"], strict=True)
    restrictions = [restriction_of(status, level, grading.restrictions) for status, level in pairs]
    return grade(grading, restrictions, table["score"])
