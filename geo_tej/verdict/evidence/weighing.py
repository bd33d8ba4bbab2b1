"""What is known of a batch before any rule is asked: its faces, its facts, and where nobody has looked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_tej.model import Layer, State
from geo_tej.rules import YES, truth
from geo_tej.threads import side_by_side
from geo_tej.verdict.evidence.built import built_on
from geo_tej.verdict.evidence.nouns import Evidence, Hits, Met
from geo_tej.verdict.evidence.way import way_of
from geo_tej.verdict.in_force import in_force, only_there
from geo_tej.verdict.known import Known, first_known, same
from geo_tej.verdict.present_use import told_by_codes
from geo_tej.verdict.steps import AFRESH, Extent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_tej.model import Project, Rule
    from geo_tej.overlay import Pieces
    from geo_tej.verdict.key import Key
    from geo_tej.verdict.steps import Steps

STANDING = "existing_floor_area_m2"
"""The fact that buildings tell, where a rulebook asks for it: what stands there, not what a project would build."""


def weigh(  # noqa: PLR0913  what is known of a batch comes from these
    project: Project,
    parcels: gpd.GeoDataFrame,
    rules: Sequence[Rule],
    facts: Mapping[str, object],
    met: Met,
    steps: Steps = AFRESH,
) -> Evidence:
    """Put together what is known of a batch: what it meets, its faces, facts, and where nobody has looked."""
    geometry, rulebook = parcels.geometry.to_numpy(), project.rulebook
    layers, area = tuple(rulebook.layers), np.nan_to_num(shapely.area(geometry))
    cut, (known, recorded) = side_by_side(
        [partial(steps.cut, geometry, met.pieces), partial(_facts, project, parcels, geometry, area, facts, steps)],
        size=len(area),
    )
    faces, pieces, distance = in_force(rulebook, met.keys, cut, met.pieces, met.distance_m)
    states, unsurveyed = _states(project, geometry, pieces, met.keys, rules, known, steps)
    states, unsurveyed = only_there(rulebook, met.keys, faces, layers, states, unsurveyed)
    return Evidence(
        ids=parcels.index,
        area_m2=area,
        keys=met.keys,
        hits=Hits(
            parcel=pieces.parcel, key=pieces.key, area_m2=pieces.area_m2,
            share=np.minimum(pieces.area_m2 / area[pieces.parcel], 1.0), distance_m=distance,
        ),
        faces=faces,
        built=built_on(project, geometry, faces, steps),
        known=known,
        recorded=recorded,
        layers=layers,
        states=states,
        unsurveyed=unsurveyed,
    )  # fmt: skip


def _facts(  # noqa: PLR0913  what is known of a batch comes from these
    project: Project,
    parcels: gpd.GeoDataFrame,
    geometry: NDArray[np.object_],
    area: NDArray[np.float64],
    given: Mapping[str, object],
    steps: Steps,
) -> tuple[Known, Known]:
    """Put together what is known of each parcel: its columns, what rasters say, and what the question states.

    Also return what is recorded of the facts that it states.
    """
    columns = pd.DataFrame(parcels, copy=False)
    known: dict[str, NDArray[Any]] = {"area_m2": _said(area)}
    for name, fact in project.rulebook.facts.items():
        if name in columns and name != "area_m2":
            known[name] = columns[name].to_numpy()
        if fact.codes:
            told = told_by_codes(fact, columns, project.rulebook.codes)
            known[name] = first_known(known[name], told) if name in known else told
    buildings = next((layer for layer in project.layers.values() if layer.role == "buildings"), None)
    if buildings is not None and buildings.frame is not None and STANDING in project.rulebook.facts:
        drawn = _floor_area(geometry, buildings, steps)
        known[STANDING] = first_known(known[STANDING], drawn) if STANDING in known else drawn
    for measure in project.rulebook.measures.values():
        layer = project.layers.get(measure.layer)
        if layer is None or layer.raster is None:
            known[measure.id] = np.full(len(area), np.nan)
        else:
            known[measure.id] = steps.measured(measure, geometry, layer.raster)
    recorded = {name: known[name] for name in given if name in known}
    known.update({name: same(value, len(area)) for name, value in given.items()})
    return Known(ids=parcels.index, columns=known), Known(ids=parcels.index, columns=recorded)


def _said(area_m2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return areas as they are said, in hundredths of m²: a square drawn with 1000.00 m² has the 1000 that a law names.

    What is smaller keeps its own, so that no parcel has none.
    """
    return np.where(area_m2 < 0.01, area_m2, np.round(area_m2, 2))  # noqa: PLR2004  the last digit that is said


def _floor_area(geometry: NDArray[np.object_], buildings: Layer, steps: Steps) -> NDArray[np.float64]:
    """Add up the floor area of the buildings on each parcel, told by a point on each building.

    Where nobody says that buildings were surveyed over the whole parcel, it is not known (NaN).
    """
    frame = buildings.frame
    assert frame is not None  # noqa: S101  narrows the type; _facts() has looked
    points = buildings.once("points", lambda: _tree(shapely.point_on_surface(frame.geometry.to_numpy())))
    parcel, building = points.query(geometry, predicate="intersects")
    floor = frame["floor_area_m2"].to_numpy(float)[building]
    total = np.bincount(parcel, floor, minlength=len(geometry)).astype(float)
    if buildings.extent is None:
        return np.full(len(geometry), np.nan)
    return np.where(steps.surveyed(geometry, Extent(buildings.extent), 0.0), total, np.nan)


def _tree(points: NDArray[np.object_]) -> shapely.STRtree:
    tree = shapely.STRtree(points)
    tree.query(shapely.Point(0, 0))  # it builds itself when it is first used
    return tree


def _states(  # noqa: PLR0913  six independent things decide a state, and how it is found
    project: Project,
    geometry: NDArray[np.object_],
    pieces: Pieces,
    keys: Sequence[Key],
    rules: Sequence[Rule],
    known: Known,
    steps: Steps,
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Tell the state of every layer at every parcel, and where a layer was not surveyed over all of it."""
    way, law = way_of(project, rules), list(project.rulebook.layers)
    count = len(geometry)
    layer_of_key = way.layer_of_key if keys is way.keys else np.array([law.index(key.layer) for key in keys], np.intp)
    hit = np.zeros((count, len(law)), dtype=bool)
    hit[pieces.parcel, layer_of_key[pieces.key]] = True
    unsurveyed = np.ones((count, len(law)), dtype=bool)
    for extent, reach, positions in way.looked:
        unsurveyed[:, positions] = ~steps.surveyed(geometry, extent, reach)[:, None]
    for position, measures in way.rasters.items():
        unsurveyed[:, position] = False
        for measure in measures:
            unsurveyed[:, position] |= np.isnan(known[measure].astype(float))
        for rule in way.speaking[law[position]]:
            hit[:, position] |= truth(rule.when, known) == YES
    states = np.where(unsurveyed, way.absent, np.int8(State.NOT_AFFECTED))
    states[hit] = State.AFFECTED
    states[:, way.silent] = State.SILENT
    unsurveyed[:, way.silent] = False
    return states, unsurveyed
