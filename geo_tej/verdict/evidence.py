"""Everything measured about a batch of parcels before any rule is asked: what it meets, its faces, its facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_tej.crs import require_same
from geo_tej.ground import Faces
from geo_tej.keeps import Keeps
from geo_tej.model import Layer, State
from geo_tej.overlay import Overlaps, Pieces, index_zones
from geo_tej.overlay.framed import Told, told_in_frames, told_of
from geo_tej.overlay.measured import Limits
from geo_tej.ragged import members
from geo_tej.rules import NO, YES, matches, truth
from geo_tej.threads import CHUNK, side_by_side
from geo_tej.verdict.in_force import in_force, only_there
from geo_tej.verdict.key import Key
from geo_tej.verdict.known import Known, first_known, same
from geo_tej.verdict.present_use import told_by_codes
from geo_tej.verdict.steps import AFRESH, Extent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_tej.model import Project, Rule, Rulebook
    from geo_tej.verdict.steps import Steps


BATCH = 10_000
"""So many parcels are overlapped with a layer at a time: what that takes room for meanwhile does not grow with all."""

STANDING = "existing_floor_area_m2"
"""The fact that buildings tell, where a rulebook asks for it: what stands there, not what a project would build."""


_MARGIN_M = 1e-3
"""What is farther from an object than its setback by this is not near it, however numbers are rounded."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Hits:
    """A row a parcel and key that meet: positions, area in m², share of the parcel, distance in m (NaN for zones)."""

    parcel: NDArray[np.intp]
    key: NDArray[np.intp]
    area_m2: NDArray[np.float64]
    share: NDArray[np.float64]
    distance_m: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence(Keeps):
    """What is known of a batch of parcels; `unsurveyed` and `states` are parcels x `layers`."""

    ids: pd.Index
    area_m2: NDArray[np.float64]
    keys: tuple[Key, ...]
    hits: Hits
    faces: Faces
    known: Known
    layers: tuple[str, ...]
    states: NDArray[np.int8]
    unsurveyed: NDArray[np.bool_]

    @property
    def facts(self) -> pd.DataFrame:
        """What is known of each parcel as a frame."""
        return self.known.frame

    def only(self, parcel: int) -> Evidence:
        """Return the evidence of one parcel of the batch."""
        return self.at(np.array([parcel]))

    def at(self, parcels: NDArray[np.intp], faces: NDArray[np.intp] | None = None) -> Evidence:
        """Return the evidence of some parcels of the batch, in their order there, and of all or some of their faces."""
        if _all(parcels, len(self.ids)) and (faces is None or _all(faces, len(self.faces.parcel))):
            return self
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
            known=self.known.at(parcels),
            layers=self.layers,
            states=self.states[parcels],
            unsurveyed=self.unsurveyed[parcels],
        )  # fmt: skip


def _all(places: NDArray[np.intp], count: int) -> bool:
    """Tell whether places are all there are, in order."""
    return len(places) == count and bool((places == np.arange(count)).all())


@dataclass(frozen=True, kw_only=True, eq=False)
class Ledger:
    """The overlaps of a batch with zones, of which frames are made when they are asked for; `of` are its parcels."""

    of: pd.Index
    ids: pd.Index
    names: tuple[tuple[str, str], ...]
    pieces: Pieces
    told: Told

    @cached_property
    def frames(self) -> Overlaps:
        """What is kept and what thresholds drop."""
        frames = told_in_frames(self.ids, self.names, self.pieces, self.told)
        if self.of is self.ids:
            return frames
        return Overlaps(*(frame[frame["parcel_id"].isin(self.of)].reset_index(drop=True) for frame in frames))


@dataclass(frozen=True, kw_only=True, eq=False)
class Met:
    """What a batch of parcels meets: keys, pieces of ground sorted by parcel and key, distances, and the ledger."""

    keys: tuple[Key, ...]
    pieces: Pieces
    distance_m: NDArray[np.float64]
    ledger: Ledger


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stop:
    """Zones of a layer, or objects of a class and a distance around them: their keys, boxes, and how to meet them."""

    keys: tuple[Key, ...]
    boxes: NDArray[np.float64]
    meet: Callable[[Steps, NDArray[np.object_]], tuple[Pieces, NDArray[np.float64]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Way:
    """All that parcels of a project can meet under some rules; `limits` are what overlaps with each key must reach.

    `boxes` are those of all stops, and `stop_of_box` says whose each is. `looked` are extents that were surveyed, how
    far from a parcel rules reach, and the layers (by their places) of which both are true; `rasters` are the measures
    of layers of cells. `absent` is the state of each layer where nobody has looked; the `silent` have nothing to say.
    """

    stops: tuple[_Stop, ...]
    boxes: NDArray[np.float64]
    stop_of_box: NDArray[np.intp]
    keys: tuple[Key, ...]
    first: NDArray[np.intp]
    limits: Limits
    names: tuple[tuple[str, str], ...]
    of_zones: NDArray[np.bool_]
    layer_of_key: NDArray[np.intp]
    speaking: Mapping[str, tuple[Rule, ...]]
    looked: tuple[tuple[Extent, float, NDArray[np.intp]], ...]
    rasters: Mapping[int, tuple[str, ...]]
    absent: NDArray[np.int8]
    silent: NDArray[np.intp]

    def near(self, west: float, south: float, east: float, north: float) -> list[int]:
        """Return the stops of which any box touches the ground between these bounds."""
        left, low, right, high = self.boxes
        touched = (left <= east) & (right >= west) & (low <= north) & (high >= south)
        return sorted(set(self.stop_of_box[touched].tolist()))


def _way(project: Project, rules: Sequence[Rule]) -> _Way:
    """Find out what parcels can meet: what does not depend on them is made once."""
    stops: list[_Stop] = []
    for name in project.rulebook.layers:
        layer = project.layers.get(name)
        if layer is None or layer.frame is None:
            continue
        require_same(project.crs, layer.frame.crs, left_name="parcels", right_name=f"layer {name}")
        # GEOS works out the box of a collection when it is first asked for: threads must not share one that is not
        boxes = shapely.bounds(layer.frame.geometry.to_numpy())
        if layer.role == "zones" or any(rule.layer == name and rule.kind in ("zone", "matrix") for rule in rules):
            classes = layer.frame["zone_class"].to_numpy(object)[~np.isnan(boxes[:, 0])]
            keys = [
                Key(layer=name, zone_class=each, attributes=layer.classes[each])
                for each in sorted({*map(str, classes)})
            ]
            stops.append(_Stop(keys=tuple(keys), boxes=boxes, meet=partial(_zones, layer)))
        stops += [_setback(layer, boxes, zone_class, distance) for zone_class, distance in _distances(layer, rules)]
    law = list(project.rulebook.layers)
    speaking: dict[str, list[Rule]] = {name: [] for name in law}
    for rule in rules:
        if rule.layer is not None:
            speaking[rule.layer].append(rule)
    every = tuple(key for stop in stops for key in stop.keys)
    names = tuple((key.layer, key.zone_class) for key in every)
    return _Way(
        stops=tuple(stops),
        keys=every,
        first=np.cumsum([0, *(len(stop.keys) for stop in stops)]),
        limits=Limits.of({name: layer.thresholds for name, layer in project.layers.items()}, names),
        names=names,
        of_zones=np.array([key.distance_m is None for key in every], dtype=bool),
        layer_of_key=np.array([law.index(key.layer) for key in every], dtype=np.intp),
        speaking={name: tuple(own) for name, own in speaking.items()},
        boxes=np.concatenate([np.empty((0, 4)), *(stop.boxes for stop in stops)]).T.copy(),
        stop_of_box=np.repeat(np.arange(len(stops)), [len(stop.boxes) for stop in stops]),
        looked=_looked(project, speaking),
        rasters=_rasters(project),
        absent=np.array([_absent(project.layers.get(name)) for name in law], np.int8),
        silent=_silent(project.rulebook, speaking),
    )


def _rasters(project: Project) -> dict[int, tuple[str, ...]]:
    """Return, for the places of layers of cells, the measures taken of them."""
    return {
        position: tuple(each.id for each in project.rulebook.measures.values() if each.layer == name)
        for position, name in enumerate(project.rulebook.layers)
        if (layer := project.layers.get(name)) is not None and layer.raster is not None
    }


def _absent(layer: Layer | None) -> State:
    """Return the state of a layer where nobody has looked."""
    return State.FAILED if layer is not None and layer.fault is not None else State.NO_DATA


def _silent(rulebook: Rulebook, speaking: Mapping[str, Sequence[Rule]]) -> NDArray[np.intp]:
    """Return the places of layers that have nothing to say: no rule speaks of them, and none holds only within them."""
    places = {each.within.layer for each in rulebook.layers.values() if each.within is not None}
    silent = [
        not speaking[name] and name not in places and each.unlisted == "silent"
        for name, each in rulebook.layers.items()
    ]
    return np.flatnonzero(silent)


def _looked(
    project: Project, speaking: Mapping[str, Sequence[Rule]]
) -> tuple[tuple[Extent, float, NDArray[np.intp]], ...]:
    """Return extents that were surveyed, how far from a parcel rules reach, and the places of layers with both.

    Most layers of a town were surveyed over the same extent.
    """
    extents: dict[bytes, Extent] = {}
    looked: dict[tuple[bytes, float], list[int]] = {}
    for position, (name, own) in enumerate(speaking.items()):
        layer = project.layers.get(name)
        if layer is None or layer.frame is None or layer.extent is None:
            continue
        reach = max((rule.distance_m or 0.0 for rule in own), default=0.0)
        if reach and "half_width_m" in layer.frame:
            reach += float(layer.frame["half_width_m"].max() if len(layer.frame) else 0.0)
        extent = layer.extent.wkb
        extents.setdefault(extent, Extent(layer.extent))
        looked.setdefault((extent, reach), []).append(position)
    return tuple((extents[extent], reach, np.array(places)) for (extent, reach), places in looked.items())


def _way_of(project: Project, rules: Sequence[Rule]) -> _Way:
    return project.once("way", lambda: _way(project, rules), of=rules)


def meet_layers(project: Project, parcels: gpd.GeoDataFrame, rules: Sequence[Rule], steps: Steps = AFRESH) -> Met:
    """Overlap a batch of parcels with the zones of every layer, and find the objects that they come near to."""
    way = _way_of(project, rules)
    geometry = parcels.geometry.to_numpy()
    boxes = shapely.bounds(geometry)
    present = boxes[~np.isnan(boxes[:, 0])]
    bounds = (*present[:, :2].min(axis=0), *present[:, 2:].max(axis=0)) if len(present) else ()
    # whoever remembers an earlier assessment must see that nothing is near any more
    places = range(len(way.stops)) if steps is not AFRESH else way.near(*bounds) if bounds else []
    # who remembers knows parcels by the very array, and gets all of them
    several = steps is AFRESH and len(geometry) > BATCH
    batches = {first: geometry[first : first + BATCH] for first in range(0, len(geometry), BATCH)}
    of = [(number, first) for number in places for first in (batches if several else (0,))]
    jobs = [partial(way.stops[number].meet, steps, batches[first] if several else geometry) for number, first in of]
    found = side_by_side(jobs) if len(geometry) >= CHUNK else [job() for job in jobs]
    pieces = _together(
        [
            replace(each, key=each.key + way.first[number], parcel=each.parcel + first)
            for (number, first), (each, _) in zip(of, found, strict=True)
        ]
    )
    distance = np.concatenate([*(distance for _, distance in found), np.empty(0)])
    of_zones = way.of_zones[pieces.key]
    overlaps = pieces.at(of_zones)
    told = told_of(geometry, overlaps, way.limits)
    kept = np.ones(len(pieces.parcel), dtype=bool)
    kept[of_zones] = told.reason == 0
    kept = np.flatnonzero(kept)
    order = kept[np.lexsort((pieces.key[kept], pieces.parcel[kept]))]
    return Met(
        keys=way.keys,
        pieces=pieces.at(order),
        distance_m=distance[order],
        ledger=Ledger(of=parcels.index, ids=parcels.index, names=way.names, pieces=overlaps, told=told),
    )


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
    cut, known = side_by_side(
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
        known=known,
        layers=layers,
        states=states,
        unsurveyed=unsurveyed,
    )  # fmt: skip


def _zones(layer: Layer, steps: Steps, geometry: NDArray[np.object_]) -> tuple[Pieces, NDArray[np.float64]]:
    """Overlap parcels with the zones of a layer."""
    index = layer.once("index", lambda: index_zones(layer.frame.assign(layer=layer.id)))  # type: ignore[union-attr]
    pieces = steps.meet(layer.id, geometry, index)
    return pieces, np.full(len(pieces.parcel), np.nan)


def _distances(layer: Layer, rules: Iterable[Rule]) -> list[tuple[str, float]]:
    """Return the classes of a layer's objects, each with every distance that a rule asks for around them."""
    wanted = [rule for rule in rules if rule.layer == layer.id and rule.kind == "setback"]
    return [
        (name, distance)
        for name, attributes in layer.classes.items()
        for distance in sorted({rule.distance_m or 0.0 for rule in wanted if matches(rule, attributes)[0] != NO})
    ]


def _setback(layer: Layer, boxes: NDArray[np.float64], zone_class: str, distance_m: float) -> _Stop:
    """Make ready to find the parcels that come within a distance of a class of objects."""
    frame = layer.frame
    assert frame is not None  # noqa: S101  narrows the type; _way() has looked
    chosen = frame["zone_class"].to_numpy(object) == zone_class
    half_width = frame["half_width_m"].to_numpy(float)[chosen] if "half_width_m" in frame else np.zeros(chosen.sum())
    objects = frame.geometry.to_numpy()[chosen]
    shapely.prepare(objects)
    shapely.dwithin(objects, shapely.Point(0, 0), 0.0)  # what is prepared builds itself when it is first used

    def meet_objects(steps: Steps, geometry: NDArray[np.object_]) -> tuple[Pieces, NDArray[np.float64]]:
        if len(geometry) == 1 and not shapely.dwithin(objects, geometry[0], distance_m + half_width + _MARGIN_M).any():
            return _together([]), np.empty(0)
        hit = steps.strips(layer.id, zone_class, geometry, objects, distance_m=distance_m, half_width_m=half_width)
        key = np.zeros(len(hit.parcel), np.intp)
        return Pieces(parcel=hit.parcel, key=key, area_m2=hit.area_m2, ground=hit.ground), hit.distance_m

    reach = np.nan_to_num(distance_m + half_width)[:, None]
    return _Stop(
        keys=(Key(layer=layer.id, zone_class=zone_class, attributes=layer.classes[zone_class], distance_m=distance_m),),
        boxes=boxes[chosen] + reach * np.array([-1.0, -1.0, 1.0, 1.0]),
        meet=meet_objects,
    )


def _together(tables: Sequence[Pieces]) -> Pieces:
    return Pieces(
        parcel=np.concatenate([*(table.parcel for table in tables), np.empty(0, np.intp)]),
        key=np.concatenate([*(table.key for table in tables), np.empty(0, np.intp)]),
        area_m2=np.concatenate([*(table.area_m2 for table in tables), np.empty(0)]),
        ground=np.concatenate([*(table.ground for table in tables), np.empty(0, object)]),
    )


def _facts(  # noqa: PLR0913  what is known of a batch comes from these
    project: Project,
    parcels: gpd.GeoDataFrame,
    geometry: NDArray[np.object_],
    area: NDArray[np.float64],
    given: Mapping[str, object],
    steps: Steps,
) -> Known:
    """Put together what is known of each parcel: its columns, what rasters say, and what the question states."""
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
    known.update({name: same(value, len(area)) for name, value in given.items()})
    return Known(ids=parcels.index, columns=known)


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
    points = buildings.once("points", lambda: shapely.STRtree(shapely.point_on_surface(frame.geometry.to_numpy())))
    parcel, building = points.query(geometry, predicate="intersects")
    floor = frame["floor_area_m2"].to_numpy(float)[building]
    total = np.bincount(parcel, floor, minlength=len(geometry)).astype(float)
    if buildings.extent is None:
        return np.full(len(geometry), np.nan)
    return np.where(steps.surveyed(geometry, Extent(buildings.extent), 0.0), total, np.nan)


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
    way, law = _way_of(project, rules), list(project.rulebook.layers)
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
