"""Everything measured about a batch of parcels before any rule is asked: what it meets, its faces, its facts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo_tej import frames
from geo_tej.crs import require_same
from geo_tej.grid import derive, zonal
from geo_tej.ground import Faces, Remaining, cut
from geo_tej.measure import HAIRLINE_M, mean_width_m
from geo_tej.model import Layer, State
from geo_tej.overlay import Overlaps, Pieces, index_zones, ledger, meet
from geo_tej.rules import NO, YES, matches, truth
from geo_tej.setback import strips
from geo_tej.verdict.in_force import in_force, only_there
from geo_tej.verdict.key import Key
from geo_tej.verdict.present_use import told_by_codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_tej.model import Project, Rule

__all__ = ["Evidence", "Hits", "Key", "gather"]


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
    pieces_left: dict[tuple[int, bytes], Remaining] = field(default_factory=dict)

    def only(self, parcel: int) -> Evidence:
        """Return the evidence of one parcel of the batch."""
        hit = self.hits.parcel == parcel
        first, stop = np.searchsorted(self.faces.parcel, [parcel, parcel + 1])
        held = (self.faces.face >= first) & (self.faces.face < stop)
        return replace(
            self,
            ids=self.ids[parcel : parcel + 1],
            area_m2=self.area_m2[parcel : parcel + 1],
            hits=Hits(
                parcel=self.hits.parcel[hit] - parcel, key=self.hits.key[hit], area_m2=self.hits.area_m2[hit],
                share=self.hits.share[hit], distance_m=self.hits.distance_m[hit],
            ),
            faces=Faces(
                parcel=self.faces.parcel[first:stop] - parcel, polygon=self.faces.polygon[first:stop],
                area_m2=self.faces.area_m2[first:stop], face=self.faces.face[held] - first, key=self.faces.key[held],
            ),
            facts=self.facts.iloc[parcel : parcel + 1],
            states=self.states[parcel : parcel + 1],
            unsurveyed=self.unsurveyed[parcel : parcel + 1],
            pieces_left={},
        )  # fmt: skip


def gather(
    project: Project, parcels: gpd.GeoDataFrame, rules: Sequence[Rule], facts: Mapping[str, object]
) -> tuple[Evidence, Overlaps]:
    """Measure a batch of parcels against every layer that the rules speak of; also the ledger of zone overlaps."""
    geometry = parcels.geometry.to_numpy()
    area = np.nan_to_num(shapely.area(geometry))
    law = tuple(project.rulebook.layers)
    keys: list[Key] = []
    tables: list[Pieces] = []
    distances: list[NDArray[np.float64]] = []
    ledgers: list[Overlaps] = []
    for name in law:
        layer = project.layers.get(name)
        if layer is None or layer.frame is None:
            continue
        require_same(parcels.crs, layer.frame.crs, left_name="parcels", right_name=f"layer {name}")
        if layer.role == "zones" or any(rule.layer == name and rule.kind in ("zone", "matrix") for rule in rules):
            pieces, found, met = _zones(parcels, geometry, layer)
            ledgers.append(met)
            tables.append(replace(pieces, key=pieces.key + len(keys)))
            keys += found
            distances.append(np.full(len(pieces.parcel), np.nan))
        if any(rule.layer == name and rule.kind == "setback" for rule in rules):
            pieces, found, distance = _setbacks(geometry, layer, rules)
            tables.append(replace(pieces, key=pieces.key + len(keys)))
            keys += found
            distances.append(distance)
    pieces = _together(tables)
    order = np.lexsort((pieces.key, pieces.parcel))
    distance = np.concatenate([*distances, np.empty(0)])[order]
    pieces = Pieces(
        parcel=pieces.parcel[order], key=pieces.key[order], area_m2=pieces.area_m2[order], ground=pieces.ground[order]
    )
    faces, pieces, distance = in_force(project.rulebook, keys, cut(geometry, pieces), pieces, distance)
    known = _facts(project, parcels, area, facts)
    states, unsurveyed = _states(project, geometry, pieces, keys, rules, known)
    states, unsurveyed = only_there(project.rulebook, keys, faces, law, states, unsurveyed)
    evidence = Evidence(
        ids=parcels.index,
        area_m2=area,
        keys=tuple(keys),
        hits=Hits(
            parcel=pieces.parcel, key=pieces.key, area_m2=pieces.area_m2,
            share=np.minimum(pieces.area_m2 / area[pieces.parcel], 1.0), distance_m=distance,
        ),
        faces=faces,
        facts=known,
        layers=law,
        states=states,
        unsurveyed=unsurveyed,
    )  # fmt: skip
    kept = pd.concat([met.kept for met in ledgers], ignore_index=True) if ledgers else frames.empty_overlaps()
    dropped = pd.concat([met.dropped for met in ledgers], ignore_index=True) if ledgers else None
    if dropped is None:
        dropped = frames.empty_overlaps().assign(width_m=pd.Series(dtype=float), reason=pd.Series(dtype=object))
    return evidence, Overlaps(kept, dropped)


def _zones(
    parcels: gpd.GeoDataFrame, geometry: NDArray[np.object_], layer: Layer
) -> tuple[Pieces, list[Key], Overlaps]:
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
    return pieces, keys, met


def _setbacks(
    geometry: NDArray[np.object_], layer: Layer, rules: Iterable[Rule]
) -> tuple[Pieces, list[Key], NDArray[np.float64]]:
    """Meet parcels with the objects of a layer, at every distance that a rule asks for."""
    frame = layer.frame
    assert frame is not None  # noqa: S101  narrows the type; gather() has looked
    keys: list[Key] = []
    tables: list[Pieces] = []
    distances: list[NDArray[np.float64]] = []
    half_width = frame["half_width_m"].to_numpy(float) if "half_width_m" in frame else np.zeros(len(frame))
    wanted = [rule for rule in rules if rule.layer == layer.id and rule.distance_m is not None]
    classes = frame["zone_class"].to_numpy(object)
    for name, attributes in layer.classes.items():
        reach = sorted({rule.distance_m or 0.0 for rule in wanted if matches(rule, attributes)[0] != NO})
        for distance in reach:
            chosen = classes == name
            hit = strips(
                geometry,
                frame.geometry.to_numpy()[chosen],
                distance_m=distance,
                half_width_m=half_width[chosen],
            )
            tables.append(
                Pieces(
                    parcel=hit.parcel,
                    key=np.full(len(hit.parcel), len(keys), dtype=np.intp),
                    area_m2=hit.area_m2,
                    ground=hit.ground,
                )
            )
            distances.append(hit.distance_m)
            keys.append(Key(layer=layer.id, zone_class=name, attributes=attributes, distance_m=distance))
    return _together(tables), keys, np.concatenate([*distances, np.empty(0)])


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
    return np.where(_surveyed(geometry, buildings, 0.0), total, np.nan)


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
            unsurveyed[:, position] = ~_surveyed(geometry, layer, reach)
        absent = State.FAILED if layer is not None and layer.fault is not None else State.NO_DATA
        states[unsurveyed[:, position], position] = absent
        states[hit[:, position], position] = State.AFFECTED
        if not speaking and name not in places and project.rulebook.layers[name].unlisted == "silent":
            states[:, position] = State.SILENT
            unsurveyed[:, position] = False
    return states, unsurveyed


def _surveyed(geometry: NDArray[np.object_], layer: Layer, reach_m: float) -> NDArray[np.bool_]:
    """Tell which parcels, and all ground within reach of them, lie inside the extent that was surveyed."""
    if layer.extent is None:
        return np.zeros(len(geometry), dtype=bool)
    shapely.prepare(layer.extent)
    inside = shapely.covers(layer.extent, geometry)
    partly = np.flatnonzero(~inside & shapely.intersects(layer.extent, geometry))
    inside[partly] = mean_width_m(shapely.difference(geometry[partly], layer.extent)) < HAIRLINE_M
    if reach_m > 0:
        edge = layer.extent.boundary
        shapely.prepare(edge)
        inside &= ~shapely.dwithin(edge, geometry, reach_m)
    return np.asarray(inside)
