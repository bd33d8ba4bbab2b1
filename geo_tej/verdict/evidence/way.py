"""All that parcels of a project can meet under some rules: what does not depend on them, made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.crs import require_same
from geo_tej.model import Layer, State
from geo_tej.overlay import Pieces, index_zones
from geo_tej.overlay.measured import Limits
from geo_tej.rules import NO, matches
from geo_tej.threads import PREPARED
from geo_tej.verdict.key import Key
from geo_tej.verdict.steps import Extent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from geo_tej.model import Project, Rule, Rulebook
    from geo_tej.verdict.steps import Steps

_MARGIN_M = 1e-3
"""What is farther from an object than its setback by this is not near it, however numbers are rounded."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stop:
    """Zones of a layer, or objects of a class and a distance around them: their keys, boxes, and how to meet them."""

    keys: tuple[Key, ...]
    boxes: NDArray[np.float64]
    meet: Callable[[Steps, NDArray[np.object_]], tuple[Pieces, NDArray[np.float64]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Way:
    """All that parcels of a project can meet under some rules; `limits` are what overlaps with each key must reach.

    `boxes` are those of all stops, and `stop_of_box` says whose each is. `looked` are extents that were surveyed, how
    far from a parcel rules reach, and the layers (by their places) of which both are true; `rasters` are the measures
    of layers of cells. `absent` is the state of each layer where nobody has looked; the `silent` have nothing to say.
    """

    stops: tuple[Stop, ...]
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


def way_of(project: Project, rules: Sequence[Rule]) -> Way:
    """Return what parcels can meet, made when it is first asked for."""
    return project.once("way", lambda: _way(project, rules), of=rules)


def _way(project: Project, rules: Sequence[Rule]) -> Way:
    """Find out what parcels can meet: what does not depend on them is made once."""
    stops: list[Stop] = []
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
            stops.append(Stop(keys=tuple(keys), boxes=boxes, meet=partial(_zones, layer)))
        stops += [_setback(layer, boxes, zone_class, distance) for zone_class, distance in _distances(layer, rules)]
    law = list(project.rulebook.layers)
    speaking: dict[str, list[Rule]] = {name: [] for name in law}
    for rule in rules:
        if rule.layer is not None:
            speaking[rule.layer].append(rule)
    every = tuple(key for stop in stops for key in stop.keys)
    names = tuple((key.layer, key.zone_class) for key in every)
    return Way(
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


def _setback(layer: Layer, boxes: NDArray[np.float64], zone_class: str, distance_m: float) -> Stop:
    """Make ready to find the parcels that come within a distance of a class of objects."""
    frame = layer.frame
    assert frame is not None  # noqa: S101  narrows the type; _way() has looked
    chosen = frame["zone_class"].to_numpy(object) == zone_class
    half_width = frame["half_width_m"].to_numpy(float)[chosen] if "half_width_m" in frame else np.zeros(chosen.sum())
    objects = frame.geometry.to_numpy()[chosen]
    shapely.prepare(objects)
    shapely.dwithin(objects, shapely.Point(0, 0), 0.0)  # what is prepared builds itself when it is first used

    def meet_objects(steps: Steps, geometry: NDArray[np.object_]) -> tuple[Pieces, NDArray[np.float64]]:
        if len(geometry) == 1:
            with PREPARED:
                near = shapely.dwithin(objects, geometry[0], distance_m + half_width + _MARGIN_M)
            if not near.any():
                return together([]), np.empty(0)
        hit = steps.strips(layer.id, zone_class, geometry, objects, distance_m=distance_m, half_width_m=half_width)
        key = np.zeros(len(hit.parcel), np.intp)
        return Pieces(parcel=hit.parcel, key=key, area_m2=hit.area_m2, ground=hit.ground), hit.distance_m

    reach = np.nan_to_num(distance_m + half_width)[:, None]
    return Stop(
        keys=(Key(layer=layer.id, zone_class=zone_class, attributes=layer.classes[zone_class], distance_m=distance_m),),
        boxes=boxes[chosen] + reach * np.array([-1.0, -1.0, 1.0, 1.0]),
        meet=meet_objects,
    )


def together(tables: Sequence[Pieces]) -> Pieces:
    """Put tables of pieces one below the other."""
    return Pieces(
        parcel=np.concatenate([*(table.parcel for table in tables), np.empty(0, np.intp)]),
        key=np.concatenate([*(table.key for table in tables), np.empty(0, np.intp)]),
        area_m2=np.concatenate([*(table.area_m2 for table in tables), np.empty(0)]),
        ground=np.concatenate([*(table.ground for table in tables), np.empty(0, object)]),
    )
