"""What is asked of a project, judged before anything is measured: parcels, uses, pathways, day and stated facts."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo_tej.crs import require_same
from geo_tej.errors import QuestionError, choices
from geo_tej.facts import kind_words, read_fact, strictly
from geo_tej.frames import called, check_parcels
from geo_tej.model import Project
from geo_tej.placing import require_near
from geo_tej.threads import own

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from geo_tej.model import Pathway, Rulebook, Use

    Names = str | Sequence[str] | pd.Index
    """Ids of a project's own parcels, one or several."""

_ALIKE = 0.9
"""From this likeness on, a column's name is taken for a fact's name misspelt."""


def require_project(project: Project) -> Project:
    """Return a project, or say what is one.

    Raises
    ------
    QuestionError
        If it is something else, like the path of a manifest.
    """
    if not isinstance(project, Project):
        message = f"a Project is needed, as read_project() or make_project() returns it, not a {type(project).__name__}"
        raise QuestionError(message)
    return project


def batch_of(project: Project, parcels: gpd.GeoDataFrame | Names | None) -> gpd.GeoDataFrame:
    """Return the parcels that are asked about, by their ids or as a frame, or all of a project, as they can be judged.

    Raises
    ------
    QuestionError
        If an id is none of the project's.
    FrameError, CRSError
        If they are unfit, not in the project's CRS or far from its ground, or a fact among their columns cannot be
        read.
    """
    if isinstance(parcels, (Sequence, pd.Index)):
        return _named(project, parcels)
    batch = _checked(project, project.parcels if parcels is None else parcels)
    if parcels is not None and parcels is not project.parcels:
        _require_near(project, batch)
        _point_out_misspelt(batch, project)
    return strictly(batch, project.rulebook, what="parcels")


def _checked(project: Project, parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    batch = check_parcels(parcels)
    require_same(batch.crs, project.crs, left_name="parcels", right_name="the project")
    given = batch.geometry.to_numpy()
    geometry = own(given)
    return batch if geometry is given else batch.set_geometry(geometry, crs=batch.crs)


def _own(project: Project) -> gpd.GeoDataFrame:
    """Return all of a project's parcels, checked once."""
    parcels = project.parcels
    return project.once("batch", lambda: strictly(_checked(project, parcels), project.rulebook, what="parcels"))


def _named(project: Project, names: Names) -> gpd.GeoDataFrame:
    """Return parcels of a project by their ids, in the order in which they are named."""
    own = _own(project)
    wanted = list(dict.fromkeys(_each(names)))
    for name in wanted:
        if name not in own.index:
            message = f"parcel {name!r} is not in the project; {choices(str(name), called(own))}"
            raise QuestionError(message)
    places = [own.index.get_loc(name) for name in wanted]
    # a slice shares the memory of its columns, where rows that are picked are copied column by column
    return own.iloc[places[0] : places[0] + 1] if len(places) == 1 else own.iloc[places]


def _require_near(project: Project, batch: gpd.GeoDataFrame) -> None:
    """Refuse parcels all of which lie far from the project's ground, where no layer says anything."""
    own = project.area
    area = project.once("bounds", lambda: project.parcels.total_bounds if own is None else np.array(own.bounds))
    bounds = shapely.bounds(batch.geometry.to_numpy())
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if np.isfinite(area).all():
        middles = (bounds[:, :2] + bounds[:, 2:]) / 2
        require_near(bounds, middles, project.crs, area.tolist(), claimed=project.crs, what="the frame of parcels")


def _point_out_misspelt(batch: gpd.GeoDataFrame, project: Project) -> None:
    """Warn of columns that are no fact nor the project's own, and are named nearly like a fact that is not there."""
    facts = project.rulebook.facts
    lacking = [name for name in facts if name not in batch.columns]
    for column in map(str, batch.columns.difference(project.parcels.columns, sort=False)):
        near = get_close_matches(column, lacking, n=1, cutoff=_ALIKE) if column not in facts else []
        if near:
            message = f"parcels: the column {column} is not a fact of the rulebook and is not read; is it {near[0]}?"
            warnings.warn(message, UserWarning, stacklevel=5)


def uses_of(rulebook: Rulebook, names: Iterable[str] | str | None) -> tuple[Use, ...]:
    """Return uses by id or reference, all of them unless named.

    Raises
    ------
    QuestionError
        If one is not in the rulebook.
    """
    if names is None:
        return tuple(rulebook.uses.values())
    by_ref = {use.ref: use for use in rulebook.uses.values() if use.ref}
    chosen = {}
    for name in _each(names):
        use = rulebook.uses.get(name) or by_ref.get(name)
        if use is None:
            message = f"use {name!r} is not in the rulebook {rulebook.id}; {choices(str(name), rulebook.uses)}"
            raise QuestionError(message)
        chosen[use.id] = use
    return tuple(chosen.values())


def pathways_of(rulebook: Rulebook, names: Iterable[str] | str | None) -> tuple[Pathway, ...]:
    """Return pathways by id, all of them unless named.

    Raises
    ------
    QuestionError
        If one is not in the rulebook.
    """
    if names is None:
        return tuple(rulebook.pathways.values())
    for name in (chosen := tuple(dict.fromkeys(_each(names)))):
        if name not in rulebook.pathways:
            known = choices(str(name), rulebook.pathways)
            message = f"pathway {name!r} is not in the rulebook {rulebook.id}; {known}"
            raise QuestionError(message)
    return tuple(rulebook.pathways[name] for name in chosen)


def _each(names: Iterable[str] | str) -> Iterable[str]:
    return [names] if isinstance(names, str) else names


def day_of(on: date | str) -> date:
    """Return a day, however it is given.

    Raises
    ------
    QuestionError
        If it is none.
    """
    if isinstance(on, datetime):
        return on.date()
    if isinstance(on, date):
        return on
    try:
        return date.fromisoformat(on)
    except (TypeError, ValueError) as fault:
        message = f"on {on!r}: is no day; give a date, or its text like 2026-06-30"
        raise QuestionError(message) from fault


def stated_facts(rulebook: Rulebook, facts: Mapping[str, object] | None) -> dict[str, object]:
    """Return what a question states, each fact as its type.

    Raises
    ------
    QuestionError
        If no rule asks for one, or its value is none of its type.
    """
    if facts is not None and not isinstance(facts, Mapping):
        message = f'facts are names with values, like {{"sewage_to": "outside"}}, not a {type(facts).__name__}'
        raise QuestionError(message)
    return {name: stated_fact(rulebook, name, value) for name, value in (facts or {}).items()}


def stated_fact(rulebook: Rulebook, name: str, value: object) -> object:
    """Return a stated fact as its type.

    Raises
    ------
    QuestionError
        If no rule asks for it, or its value is none of its type.
    """
    if name == "area_m2" or name not in rulebook.facts:
        known = [fact for fact in rulebook.facts if fact != "area_m2"]
        message = f"fact {name!r} is not one a rule of {rulebook.id} asks for; {choices(str(name), known)}"
        raise QuestionError(message)
    fact = rulebook.facts[name]
    try:
        return read_fact(fact, value)
    except ValueError as fault:
        message = f"fact {name}={value}: must be {kind_words(fact)}"
        raise QuestionError(message) from fault
