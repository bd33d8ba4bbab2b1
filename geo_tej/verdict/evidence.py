"""Everything measured about a batch of parcels before any rule is asked: what it meets, its faces, its facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo_tej import frames
from geo_tej.crs import require_same
from geo_tej.grid import derive, zonal
from geo_tej.ground import Faces, cut
from geo_tej.measure import HAIRLINE_M, mean_width_m
from geo_tej.model import Layer, State
from geo_tej.overlay import Overlaps, Pieces, index_zones, ledger, meet
from geo_tej.rules import NO, YES, matches, truth
from geo_tej.setback import strips
from geo_tej.threads import CHUNK, elementwise, side_by_side
from geo_tej.verdict.in_force import in_force, only_there
from geo_tej.verdict.key import Key
from geo_tej.verdict.present_use import told_by_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_tej.model import Project, Rule


@dataclass(frozen=True, kw_only=True, eq=False)
class Hits:
    """A row a parcel and key that meet: positions, area in m², share of the parcel, distance in m (NaN for zones)."""

    parcel: NDArray[np.intp]
    key: NDArray[np.intp]
    area_m2: NDArray[np.float64]
    share: NDArray[np.float64]
    distance_m: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """What is known of a batch of parcels; `unsurveyed` and `states` are parcels x `layers`."""

    ids: pd.Index
    area_m2: NDArray[np.float64]
    keys: tuple[Key, ...]
    hits: Hits
    faces: Faces
    facts: pd.DataFrame
    layers: tuple[str, ...]
    states: NDArray[np.int8]
    unsurveyed: NDArray[np.bool_]

    def only(self, parcel: int) -> Evidence:
        """Return the evidence of one parcel of the batch."""
        return self.at(np.array([parcel]))

    def at(self, parcels: NDArray[np.intp], faces: NDArray[np.intp] | None = None) -> Evidence:
        """Return the evidence of some parcels of the batch, in their order there, and of all or some of their faces."""
        hit, of_hit = members(self.hits.parcel, parcels)
        if faces is None:
            faces, of_face = members(self.faces.parcel, parcels)
        else:
            of_face = np.searchsorted(parcels, self.faces.parcel[faces])
        held, of_held = members(self.faces.face, faces)
        return Evidence(
            ids=self.ids[parcels],
            area_m2=self.area_m2[parcels],
            keys=self.keys,
            hits=Hits(
                parcel=of_hit, key=self.hits.key[hit], area_m2=self.hits.area_m2[hit],
                share=self.hits.share[hit], distance_m=self.hits.distance_m[hit],
            ),
            faces=Faces(
                parcel=of_face, polygon=self.faces.polygon[faces], area_m2=self.faces.area_m2[faces],
                face=of_held, key=self.faces.key[held],
            ),
            facts=self.facts.iloc[parcels],
            layers=self.layers,
            states=self.states[parcels],
            unsurveyed=self.unsurveyed[parcels],
        )  # fmt: skip


def members(of: NDArray[np.intp], chosen: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places in a sorted array of what belongs to each of `chosen`, and the place of that among them."""
    first, stop = np.searchsorted(of, chosen), np.searchsorted(of, chosen, side="right")
    owner = np.repeat(np.arange(len(chosen)), stop - first)
    return np.arange(len(owner)) + np.repeat(first - np.cumsum(stop - first) + (stop - first), stop - first), owner


@dataclass(frozen=True, kw_only=True, eq=False)
class Met:
    """What a batch of parcels meets: keys, pieces of ground sorted by parcel and key, distances, and the ledger."""

    keys: tuple[Key, ...]
    pieces: Pieces
    distance_m: NDArray[np.float64]
    ledger: Overlaps


def meet_layers(project: Project, parcels: gpd.GeoDataFrame, rules: Sequence[Rule]) -> Met:
    """Overlap a batch of parcels with the zones of every layer, and find the objects that they come near to."""
    geometry = parcels.geometry.to_numpy()
    shapely.bounds(geometry)
    jobs: list[Callable[[], tuple[Pieces, list[Key], NDArray[np.float64], Overlaps | None]]] = []
    for name in project.rulebook.layers:
        layer = project.layers.get(name)
        if layer is None or layer.frame is None:
            continue
        require_same(parcels.crs, layer.frame.crs, left_name="parcels", right_name=f"layer {name}")
        # GEOS works out the box of a collection when it is first asked for: threads must not share one that is not
        shapely.bounds(layer.frame.geometry.to_numpy())
        if layer.role == "zones" or any(rule.layer == name and rule.kind in ("zone", "matrix") for rule in rules):
            jobs.append(partial(_zones, parcels, geometry, layer))
        jobs += [
            partial(_setback, geometry, layer, zone_class, distance)
            for zone_class, distance in _distances(layer, rules)
        ]
    found = side_by_side(jobs)
    first = np.cumsum([0, *(len(keys) for _, keys, _, _ in found)])
    pieces = _together([replace(each[0], key=each[0].key + first[number]) for number, each in enumerate(found)])
    order = np.lexsort((pieces.key, pieces.parcel))
    ledgers = [each for *_, each in found if each is not None]
    nothing = frames.empty_overlaps().assign(width_m=pd.Series(dtype=float), reason=pd.Series(dtype=object))
    return Met(
        keys=tuple(key for _, keys, _, _ in found for key in keys),
        pieces=Pieces(
            parcel=pieces.parcel[order],
            key=pieces.key[order],
            area_m2=pieces.area_m2[order],
            ground=pieces.ground[order],
        ),
        distance_m=np.concatenate([*(distance for _, _, distance, _ in found), np.empty(0)])[order],
        ledger=Overlaps(
            pd.concat([each.kept for each in ledgers], ignore_index=True) if ledgers else frames.empty_overlaps(),
            pd.concat([each.dropped for each in ledgers], ignore_index=True) if ledgers else nothing,
        ),
    )


def weigh(
    project: Project, parcels: gpd.GeoDataFrame, rules: Sequence[Rule], facts: Mapping[str, object], met: Met
) -> Evidence:
    """Put together what is known of a batch: what it meets, its faces, facts, and where nobody has looked."""
    geometry, rulebook = parcels.geometry.to_numpy(), project.rulebook
    layers, area = tuple(rulebook.layers), np.nan_to_num(shapely.area(geometry))
    laid, known = side_by_side(
        [partial(cut, geometry, met.pieces), partial(_facts, project, parcels, area, facts)], size=len(area)
    )
    faces, pieces, distance = in_force(rulebook, met.keys, laid, met.pieces, met.distance_m)
    states, unsurveyed = _states(project, geometry, pieces, met.keys, rules, known)
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
        facts=known,
        layers=layers,
        states=states,
        unsurveyed=unsurveyed,
    )  # fmt: skip


def _zones(
    parcels: gpd.GeoDataFrame, geometry: NDArray[np.object_], layer: Layer
) -> tuple[Pieces, list[Key], NDArray[np.float64], Overlaps]:
    """Overlap parcels with the zones of a layer, but for what its thresholds keep out."""
    index = index_zones(layer.frame.assign(layer=layer.id))  # type: ignore[union-attr]
    pieces = meet(geometry, index)
    met = ledger(parcels, index.keys, pieces, thresholds=layer.thresholds)
    if len(met.dropped):
        names = pd.MultiIndex.from_arrays(
            [parcels.index.to_numpy()[pieces.parcel], index.keys.get_level_values(1).to_numpy()[pieces.key]]
        )
        kept = names.isin(pd.MultiIndex.from_frame(met.kept[["parcel_id", "zone_class"]]))
        pieces = Pieces(
            parcel=pieces.parcel[kept], key=pieces.key[kept], area_m2=pieces.area_m2[kept], ground=pieces.ground[kept]
        )
    keys = [Key(layer=layer.id, zone_class=name, attributes=layer.classes[name]) for _, name in index.keys]
    return pieces, keys, np.full(len(pieces.parcel), np.nan), met


def _distances(layer: Layer, rules: Iterable[Rule]) -> list[tuple[str, float]]:
    """Return the classes of a layer's objects, each with every distance that a rule asks for around them."""
    wanted = [rule for rule in rules if rule.layer == layer.id and rule.kind == "setback"]
    return [
        (name, distance)
        for name, attributes in layer.classes.items()
        for distance in sorted({rule.distance_m or 0.0 for rule in wanted if matches(rule, attributes)[0] != NO})
    ]


def _setback(
    geometry: NDArray[np.object_], layer: Layer, zone_class: str, distance_m: float
) -> tuple[Pieces, list[Key], NDArray[np.float64], None]:
    """Find the parcels that come within a distance of a class of objects."""
    frame = layer.frame
    assert frame is not None  # noqa: S101  narrows the type; meet_layers() has looked
    half_width = frame["half_width_m"].to_numpy(float) if "half_width_m" in frame else np.zeros(len(frame))
    chosen = frame["zone_class"].to_numpy(object) == zone_class
    hit = strips(geometry, frame.geometry.to_numpy()[chosen], distance_m=distance_m, half_width_m=half_width[chosen])
    pieces = Pieces(parcel=hit.parcel, key=np.zeros(len(hit.parcel), np.intp), area_m2=hit.area_m2, ground=hit.ground)
    key = Key(layer=layer.id, zone_class=zone_class, attributes=layer.classes[zone_class], distance_m=distance_m)
    return pieces, [key], hit.distance_m, None


def _together(tables: Sequence[Pieces]) -> Pieces:
    return Pieces(
        parcel=np.concatenate([*(table.parcel for table in tables), np.empty(0, np.intp)]),
        key=np.concatenate([*(table.key for table in tables), np.empty(0, np.intp)]),
        area_m2=np.concatenate([*(table.area_m2 for table in tables), np.empty(0)]),
        ground=np.concatenate([*(table.ground for table in tables), np.empty(0, object)]),
    )


def _facts(
    project: Project, parcels: gpd.GeoDataFrame, area: NDArray[np.float64], given: Mapping[str, object]
) -> pd.DataFrame:
    """Put together what is known of each parcel: its columns, what rasters say, and what the question states."""
    known = pd.DataFrame({"area_m2": area}, index=parcels.index)
    for name, fact in project.rulebook.facts.items():
        if name in parcels.columns:
            known[name] = parcels[name]
        if fact.codes:
            told = told_by_codes(fact, parcels, project.rulebook.codes)
            known[name] = known[name].where(known[name].notna(), told) if name in known else told
    buildings = next((layer for layer in project.layers.values() if layer.role == "buildings"), None)
    if buildings is not None and buildings.frame is not None and "floor_area_m2" in project.rulebook.facts:
        drawn = pd.Series(_floor_area(parcels.geometry.to_numpy(), buildings), index=parcels.index)
        known["floor_area_m2"] = known["floor_area_m2"].fillna(drawn) if "floor_area_m2" in known else drawn
    for measure in project.rulebook.measures.values():
        layer = project.layers.get(measure.layer)
        if layer is None or layer.raster is None:
            known[measure.id] = np.nan
        else:
            known[measure.id] = zonal(parcels, derive(layer.raster, measure.derive), measure.statistic)
    for name, value in given.items():
        known[name] = pd.Series([value] * len(known), index=known.index)
    return known


def _floor_area(geometry: NDArray[np.object_], buildings: Layer) -> NDArray[np.float64]:
    """Add up the floor area of the buildings on each parcel, told by a point on each building.

    Where nobody says that buildings were surveyed over the whole parcel, it is not known (NaN).
    """
    frame = buildings.frame
    assert frame is not None  # noqa: S101  narrows the type; _facts() has looked
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    parcel, building = shapely.STRtree(points).query(geometry, predicate="intersects")
    floor = frame["floor_area_m2"].to_numpy(float)[building]
    total = np.bincount(parcel, floor, minlength=len(geometry)).astype(float)
    return np.where(_surveyed(geometry, buildings.extent, 0.0), total, np.nan)


def _states(  # noqa: PLR0913  six independent things decide a state
    project: Project,
    geometry: NDArray[np.object_],
    pieces: Pieces,
    keys: Sequence[Key],
    rules: Sequence[Rule],
    facts: pd.DataFrame,
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Tell the state of every layer at every parcel, and where a layer was not surveyed over all of it."""
    law = list(project.rulebook.layers)
    places = {each.within.layer for each in project.rulebook.layers.values() if each.within is not None}
    count = len(geometry)
    states = np.full((count, len(law)), State.NOT_AFFECTED, dtype=np.int8)
    unsurveyed = np.zeros((count, len(law)), dtype=bool)
    layer_of_key = np.array([law.index(key.layer) for key in keys], dtype=np.intp)
    hit = np.zeros((count, len(law)), dtype=bool)
    hit[pieces.parcel, layer_of_key[pieces.key]] = True
    # most layers of a town were surveyed over the same extent
    surveyed = cache(partial(_surveyed, geometry))
    for position, name in enumerate(law):
        speaking = [rule for rule in rules if rule.layer == name]
        layer = project.layers.get(name)
        if layer is not None and layer.raster is not None:
            measures = [m.id for m in project.rulebook.measures.values() if m.layer == name]
            unsurveyed[:, position] = facts[measures].isna().any(axis=1).to_numpy()
            for rule in speaking:
                hit[:, position] |= truth(rule.when, facts) == YES
        elif layer is None or layer.frame is None:
            unsurveyed[:, position] = True
        else:
            reach = max((rule.distance_m or 0.0 for rule in speaking), default=0.0)
            if reach and "half_width_m" in layer.frame:
                reach += float(layer.frame["half_width_m"].max() if len(layer.frame) else 0.0)
            unsurveyed[:, position] = ~surveyed(layer.extent, reach)
        absent = State.FAILED if layer is not None and layer.fault is not None else State.NO_DATA
        states[unsurveyed[:, position], position] = absent
        states[hit[:, position], position] = State.AFFECTED
        if not speaking and name not in places and project.rulebook.layers[name].unlisted == "silent":
            states[:, position] = State.SILENT
            unsurveyed[:, position] = False
    return states, unsurveyed


def _surveyed(geometry: NDArray[np.object_], extent: shapely.Geometry | None, reach_m: float) -> NDArray[np.bool_]:
    """Tell which parcels, and all ground within reach of them, lie inside the extent that was surveyed."""
    if extent is None:
        return np.zeros(len(geometry), dtype=bool)
    if len(geometry) < 2 * CHUNK:
        return _within(extent, reach_m, geometry)
    # threads must not share what GEOS prepares: each chunk reads the extent anew
    return elementwise(lambda some: _within(shapely.from_wkb(extent.wkb), reach_m, some), geometry)


def _within(extent: shapely.Geometry, reach_m: float, geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    shapely.prepare(extent)
    inside = shapely.covers(extent, geometry)
    partly = np.flatnonzero(~inside)
    partly = partly[shapely.intersects(extent, geometry[partly])]
    inside[partly] = mean_width_m(shapely.difference(geometry[partly], extent)) < HAIRLINE_M
    if reach_m > 0:
        edge = extent.boundary
        shapely.prepare(edge)
        some = np.flatnonzero(inside)
        inside[some] = ~shapely.dwithin(edge, geometry[some], reach_m)
    return np.asarray(inside)
