"""Zones made ready to be met: united within a class, their boundaries charted, their bodies at hand for cutting."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.overlay.chart import Chart, draw, edges_of
from geo_tej.overlay.clip import cut_bodies
from geo_tej.overlay.linked import linked
from geo_tej.overlay.shapes import from_geometry
from geo_tej.threads import PREPARED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

_WARMING = threading.Lock()
"""Held while a tree or a prepared polygon is used for the first time: it builds itself then, and bears no company."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ZoneIndex:
    """Zones made ready to be met by any number of batches of parcels, from any number of threads.

    `names` holds (layer, zone class) of each key, sorted; zones of one key do not overlap each other any more.
    """

    names: tuple[tuple[str, str], ...]
    geometry: NDArray[np.object_]
    key_of_zone: NDArray[np.intp]
    crs: CRS

    @property
    def keys(self) -> pd.MultiIndex:
        """The names as an index of `layer` and `zone_class`."""
        import pandas as pd  # noqa: PLC0415  only frames need it

        return pd.MultiIndex.from_tuples(self.names, names=["layer", "zone_class"])

    @cached_property
    def chart(self) -> Chart:
        """The boundaries on their grid."""
        edges, zone = edges_of(from_geometry(self.geometry))
        return draw(edges, self.key_of_zone[zone], self.held_at)

    def held_at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the pairs of point and key that hold there, sorted; a point on a boundary is held."""
        position, zone = self._zones.query(shapely.points(x, y))
        held = shapely.intersects_xy(self.geometry[zone], x[position], y[position])
        keys = max(len(self.names), 1)
        point, key = np.divmod(np.unique(position[held] * keys + self.key_of_zone[zone[held]]), keys)
        return point, key

    def around(self, polygon: shapely.Geometry) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the keys of the zones that meet a polygon, if only by touching, and of those that hold all of it."""
        zone = self._zones.query(polygon)
        with PREPARED:
            zone = zone[shapely.intersects(self.geometry[zone], polygon)]
            whole = zone[shapely.covers(self.geometry[zone], polygon)]
        return np.unique(self.key_of_zone[zone]), np.unique(self.key_of_zone[whole])

    @cached_property
    def _zones(self) -> shapely.STRtree:
        with _WARMING:
            tree = shapely.STRtree(self.geometry)
            shapely.prepare(self.geometry)
            west, south, east, north = shapely.bounds(self.geometry).T
            shapely.intersects_xy(self.geometry, (west + east) / 2, (south + north) / 2)
            tree.query(shapely.Point(0, 0))
        return tree

    @cached_property
    def bodies(self) -> tuple[shapely.STRtree, NDArray[np.intp]]:
        """The zones in pieces of few vertices, and the key of each."""
        with _WARMING:
            pieces, zone = cut_bodies(self.geometry)
            tree = shapely.STRtree(pieces)
            tree.query(shapely.Point(0, 0))
        return tree, self.key_of_zone[zone]


def index_polygons(
    geometry: NDArray[np.object_], layer: Sequence[str], zone_class: Sequence[str], crs: CRS
) -> ZoneIndex:
    """Unite and index valid polygons, each with its layer and zone class."""
    names = sorted(set(zip(layer, zone_class, strict=True)))
    place = {name: number for number, name in enumerate(names)}
    key = np.fromiter((place[pair] for pair in zip(layer, zone_class, strict=True)), dtype=np.intp, count=len(geometry))
    united, key_of_zone = unite_overlapping(geometry, key)
    return ZoneIndex(names=tuple(names), geometry=united, key_of_zone=key_of_zone, crs=crs)


def unite_overlapping(
    geometry: NDArray[np.object_], key: NDArray[np.intp]
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Unite the zones of a key whose interiors meet, and only those."""
    left, right = shapely.STRtree(geometry).query(geometry)
    rivals = (left < right) & (key[left] == key[right])
    left, right = left[rivals], right[rivals]
    large = shapely.get_num_coordinates(geometry)
    swap = large[left] < large[right]
    left, right = np.where(swap, right, left), np.where(swap, left, right)
    shapely.prepare(geometry[np.unique(left)])
    meets = shapely.intersects(geometry[left], geometry[right])
    left, right = left[meets], right[meets]
    meets = ~shapely.touches(geometry[left], geometry[right])
    left, right = left[meets], right[meets]
    if not len(left):
        return geometry, key
    group = linked(left, right, len(geometry))
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(group[order]) > 0])
    united = np.empty(len(starts), dtype=object)
    for number, members in enumerate(np.split(order, starts[1:])):
        united[number] = geometry[members[0]] if len(members) == 1 else shapely.union_all(geometry[members])
    return united, key[order[starts]]
