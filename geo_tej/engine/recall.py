"""The costly steps done with an earlier run in mind: only parcels that something new can reach are worked on again.

Parcels are known by their ground, not by their names. A parcel's share of a layer is what it was where the parcel is,
and where no zone or object that has changed, as it was or as it is, comes within reach of it. Faces, and what is left
of them, are known by all that they are made from. Everything that looks at more than one parcel is done afresh.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geo_tej.ground import Faces
from geo_tej.overlay import Pieces
from geo_tej.ragged import members
from geo_tej.setback import Strips
from geo_tej.verdict.steps import Extent, Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from geo_tej.model import Measure, Raster
    from geo_tej.overlay import ZoneIndex

PRINT = 16
"""Bytes of a fingerprint."""
SLACK_M = 1e-3
"""How much farther than its reach a change is followed: far more than rounding, far less than a parcel."""

_PRINT = pa.binary(PRINT)
SCHEMAS = {
    "parcels": pa.schema({"print": _PRINT}),
    "things": pa.schema({"label": pa.string(), "reach_m": pa.float64(), "ground": pa.binary()}),
    "zones": pa.schema(
        {"parcel": pa.int32(), "zone_class": pa.string(), "area_m2": pa.float64(), "ground": pa.binary()}
    ),
    "strips": pa.schema(
        {"parcel": pa.int32(), "distance_m": pa.float64(), "area_m2": pa.float64(), "ground": pa.binary()}
    ),
    "cuts": pa.schema({"print": _PRINT, "polygon": pa.binary(), "rank": pa.list_(pa.int32())}),
    "left": pa.schema({"print": _PRINT, "fits": pa.list_(pa.bool_()), "largest_m2": pa.float64()}),
    "values": pa.schema({"value": pa.float64()}),
}  # fmt: skip
"""What is kept of an assessment, by the first part of a table's name; the rest of it names a layer or a step."""


@dataclass(frozen=True, eq=False)
class _Batch:
    """Parcels by their ground: fingerprints, and the place that each has in the earlier run, -1 where it is new."""

    parcels: NDArray[np.object_]
    prints: NDArray[np.object_]
    place: NDArray[np.intp]


class Recall(Steps):
    """The costly steps, from the tables `before` of an earlier run where they still hold; `after` is for the next one.

    `afresh` says which parcels of the first batch were overlapped again.
    """

    def __init__(self, before: Mapping[str, pa.Table]) -> None:
        self.before = before
        self.after: dict[str, pa.Table] = {}
        self._known = _Places(before["parcels"]["print"] if before else pa.array([], _PRINT))
        self._batches: list[_Batch] = []
        self._afresh: list[NDArray[np.bool_]] = []
        self._lock = Lock()

    @property
    def afresh(self) -> NDArray[np.bool_]:
        """Which parcels of the first batch were overlapped again."""
        count = len(self._batches[0].parcels) if self._batches else 0
        return np.asarray(np.logical_or.reduce([np.zeros(count, dtype=bool), *self._afresh]))

    def meet(self, layer: str, parcels: NDArray[np.object_], index: ZoneIndex) -> Pieces:
        """Overlap with the zones of a layer the parcels that a changed part of one touches."""
        batch, name = self._batch(parcels), f"zones/{layer}"
        part, zone = shapely.get_parts(index.geometry, return_index=True)
        classes = np.array([zone_class for _, zone_class in index.names], dtype=object)
        things = _things(classes[index.key_of_zone[zone]], part, np.zeros(len(part)))
        known = self._out_of_reach(name, batch, things)
        rows, owner = self._rows(name, known, batch)
        table = self._table(name).take(rows)
        key = pd.Index(classes).get_indexer(table["zone_class"].to_pandas().to_numpy(object))
        known[owner[key < 0]] = False
        kept = known[owner]
        again = np.flatnonzero(~known)
        new = super().meet(layer, parcels[again], index) if len(again) else _NO_PIECES
        parcel, key = np.r_[again[new.parcel], owner[kept]], np.r_[new.key, key[kept]].astype(np.intp)
        order = np.lexsort((key, parcel))
        pieces = Pieces(
            parcel=parcel[order],
            key=key[order],
            area_m2=np.r_[new.area_m2, _numbers(table, "area_m2")[kept]][order],
            ground=np.r_[new.ground, _shapes(table, "ground")[kept]][order],
        )
        self._overlapped(batch, known)
        self._keep(name, batch, things, pieces.parcel, classes[pieces.key], pieces.area_m2, _wkb(pieces.ground))
        return pieces

    def strips(  # noqa: PLR0913  as of the steps
        self,
        layer: str,
        zone_class: str,
        parcels: NDArray[np.object_],
        objects: NDArray[np.object_],
        *,
        distance_m: float,
        half_width_m: NDArray[np.float64],
    ) -> Strips:
        """Find the strips of the parcels within reach of a changed object."""
        batch, name = self._batch(parcels), f"strips/{distance_m!r}/{layer}/{zone_class}"
        things = _things([""] * len(objects), objects, distance_m + np.nan_to_num(half_width_m))
        known = self._out_of_reach(name, batch, things)
        rows, owner = self._rows(name, known, batch)
        table = self._table(name).take(rows)
        again = np.flatnonzero(~known)
        new = _NO_STRIPS
        if len(again):
            new = super().strips(
                layer, zone_class, parcels[again], objects, distance_m=distance_m, half_width_m=half_width_m
            )
        parcel = np.r_[again[new.parcel], owner].astype(np.intp)
        order = np.argsort(parcel, kind="stable")
        strips = Strips(
            parcel=parcel[order],
            distance_m=np.r_[new.distance_m, _numbers(table, "distance_m")][order],
            area_m2=np.r_[new.area_m2, _numbers(table, "area_m2")][order],
            ground=np.r_[new.ground, _shapes(table, "ground")][order],
        )
        self._overlapped(batch, known)
        self._keep(name, batch, things, strips.parcel, strips.distance_m, strips.area_m2, _wkb(strips.ground))
        return strips

    def cut(self, parcels: NDArray[np.object_], pieces: Pieces) -> Faces:
        """Cut the parcels that were not cut by the very same pieces before."""
        batch, table = self._batch(parcels), self._table("cuts")
        parted, prints = _prints_of_cuts(batch.prints, pieces)
        place = _Places(table["print"])
        first = place.first(prints)
        known = first >= 0
        rows, owner = members(place.code, place.code[first[known]])
        parcel = parted[known][owner]
        asked, cutting = parcels.copy(), ~np.isin(pieces.parcel, parted[known])
        asked[parted[known]] = None
        new = super().cut(asked, pieces.at(cutting))
        faces = _with_faces(new, parcel, table.take(rows), pieces)
        self._keep_cuts(batch, parted, prints, faces, pieces)
        return faces

    def measured(self, measure: Measure, parcels: NDArray[np.object_], raster: Raster) -> NDArray[np.float64]:
        """Take the numbers of the parcels that no raster of the same cells was asked for before."""
        place = [*raster.transform, *raster.values.shape, raster.crs.to_wkt(), measure.derive, measure.statistic]
        name = hashlib.sha256(repr(place).encode() + raster.values.tobytes()).hexdigest()
        return self._values(
            f"values/{name}",
            parcels,
            lambda again: super(Recall, self).measured(measure, parcels[again], raster),
        )

    def surveyed(self, parcels: NDArray[np.object_], extent: Extent, reach_m: float) -> NDArray[np.bool_]:
        """Tell it of the parcels that no such extent was asked for before."""
        name = hashlib.sha256(repr(reach_m).encode() + shapely.to_wkb(extent.ground)).hexdigest()
        found = self._values(
            f"values/{name}", parcels, lambda again: super(Recall, self).surveyed(parcels[again], extent, reach_m)
        )
        return found.astype(bool)

    def left(
        self,
        polygon: NDArray[np.object_],
        job: NDArray[np.intp],
        *,
        count: int,
        sizes: NDArray[np.float64],
        asked: NDArray[np.bool_],
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Put together and measure the faces that were not left over together before."""
        table = self._table("left")
        jobs, prints = _prints_of_jobs(polygon, job, sizes, asked)
        first = _Places(table["print"]).first(prints)
        known = first >= 0
        again = np.isin(job, jobs[~known])
        fits, largest_m2 = super().left(polygon[again], job[again], count=count, sizes=sizes, asked=asked)
        rows = table.take(first[known])
        fits[jobs[known]] = np.array(rows["fits"].to_pylist(), dtype=bool).reshape(-1, len(sizes))
        largest_m2[jobs[known]] = _numbers(rows, "largest_m2")
        if "left" not in self.after:
            self.after["left"] = _made("left", prints, list(fits[jobs]), largest_m2[jobs])
        return fits, largest_m2

    def _batch(self, parcels: NDArray[np.object_]) -> _Batch:
        with self._lock:
            for batch in self._batches:
                if batch.parcels is parcels:
                    return batch
            prints = _prints(parcels)
            batch = _Batch(parcels, prints, self._known.first(prints))
            self._batches.append(batch)
            if "parcels" not in self.after:
                self.after["parcels"] = _made("parcels", prints)
            return batch

    def _is_first(self, batch: _Batch) -> bool:
        first = self._batches[0]
        return batch is first or np.array_equal(batch.prints, first.prints)

    def _table(self, name: str) -> pa.Table:
        kind = name.partition("/")[0]
        return self.before[name] if name in self.before else SCHEMAS[kind].empty_table()

    def _out_of_reach(self, name: str, batch: _Batch, things: pa.Table) -> NDArray[np.bool_]:
        """Tell which parcels were there before, and have nothing in reach that has come, gone or changed since."""
        if name not in self.before:
            return np.zeros(len(batch.parcels), dtype=bool)
        known = batch.place >= 0
        changed = _differing(self._table(f"things/{name}"), things)
        if len(changed):
            tree, reach = shapely.STRtree(batch.parcels), _numbers(changed, "reach_m") + SLACK_M
            _, reached = tree.query(_shapes(changed, "ground"), predicate="dwithin", distance=reach)
            known[reached] = False
        return known

    def _rows(self, name: str, known: NDArray[np.bool_], batch: _Batch) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows that known parcels have in a table, and whose each is."""
        place = np.flatnonzero(known)
        rows, owner = members(self._table(name)["parcel"].to_numpy(), batch.place[place])
        return rows, place[owner]

    def _overlapped(self, batch: _Batch, known: NDArray[np.bool_]) -> None:
        if self._is_first(batch):
            self._afresh.append(~known)

    def _keep(self, name: str, batch: _Batch, things: pa.Table, *columns: Iterable[object]) -> None:
        if name not in self.after and self._is_first(batch):
            self.after[f"things/{name}"] = things
            self.after[name] = _made(name, *columns)

    def _keep_cuts(
        self,
        batch: _Batch,
        parted: NDArray[np.intp],
        prints: NDArray[np.object_],
        faces: Faces,
        pieces: Pieces,
    ) -> None:
        if "cuts" in self.after or not self._is_first(batch):
            return
        once = ~pd.Index(prints).duplicated()
        parted, prints = parted[once], prints[once]
        face, of = members(faces.parcel, parted)
        held, holder = members(faces.face, face)
        width = pieces.key.max(initial=0) + 1
        pair = pieces.parcel * width + pieces.key
        place = np.searchsorted(pair, faces.parcel[faces.face[held]] * width + faces.key[held])
        rank = place - np.searchsorted(pieces.parcel, pieces.parcel[place])
        start = np.searchsorted(holder, np.arange(len(face) + 1))
        ranks = pa.ListArray.from_arrays(pa.array(start, pa.int32()), pa.array(rank, pa.int32()))
        self.after["cuts"] = _made("cuts", prints[of], _wkb(faces.polygon[face]), ranks)

    def _values(
        self,
        name: str,
        parcels: NDArray[np.object_],
        measured: Callable[[NDArray[np.intp]], NDArray[np.float64] | NDArray[np.bool_]],
    ) -> NDArray[np.float64]:
        """Take what was found for parcels that are known, and measure the others."""
        batch = self._batch(parcels)
        known = (batch.place >= 0) & (name in self.before)
        found, again = np.empty(len(parcels)), np.flatnonzero(~known)
        found[known] = _numbers(self._table(name).take(batch.place[known]), "value")
        if len(again):
            found[again] = measured(again)
        if name not in self.after and self._is_first(batch):
            self.after[name] = _made(name, found)
        return found


_NOWHERE, _NO_NUMBERS, _NO_GROUND = np.empty(0, np.intp), np.empty(0), np.empty(0, object)
_NO_PIECES = Pieces(parcel=_NOWHERE, key=_NOWHERE, area_m2=_NO_NUMBERS, ground=_NO_GROUND)
_NO_STRIPS = Strips(parcel=_NOWHERE, distance_m=_NO_NUMBERS, area_m2=_NO_NUMBERS, ground=_NO_GROUND)


class _Places:
    """Where fingerprints stand in a column."""

    def __init__(self, prints: pa.ChunkedArray | pa.Array) -> None:
        self.code, distinct = pd.factorize(np.array(prints.to_pylist(), dtype=object))
        self._distinct = pd.Index(distinct)
        _, self._first = np.unique(self.code, return_index=True)

    def first(self, prints: NDArray[np.object_]) -> NDArray[np.intp]:
        """Return the first row of each fingerprint, -1 where there is none."""
        number = self._distinct.get_indexer(pd.Index(prints, dtype=object))
        return np.where(number >= 0, np.r_[self._first, -1][number], -1)


def _prints(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    return _hashed(_wkb(geometry))


def _hashed(content: Iterable[bytes | None]) -> NDArray[np.object_]:
    return np.array([hashlib.blake2b(each or b"", digest_size=PRINT).digest() for each in content], dtype=object)


def _wkb(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.asarray(shapely.to_wkb(geometry), dtype=object)


def _shapes(table: pa.Table, name: str) -> NDArray[np.object_]:
    return np.asarray(shapely.from_wkb(np.array(table[name].to_pylist(), dtype=object)), dtype=object)


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(table[name].to_numpy(), dtype=np.float64)


def _made(name: str, *columns: Iterable[object]) -> pa.Table:
    """Make a table from the columns of its kind."""
    schema = SCHEMAS[name.partition("/")[0]]
    arrays = [
        each if isinstance(each, pa.Array) else pa.array(each, field.type)
        for each, field in zip(columns, schema, strict=True)
    ]
    return pa.table(arrays, schema=schema)


def _things(label: Iterable[str], ground: NDArray[np.object_], reach_m: NDArray[np.float64]) -> pa.Table:
    """Put down what a step has to do with: zones or objects, and how far each reaches."""
    return _made("things", list(label), reach_m, _wkb(ground))


def _differing(before: pa.Table, now: pa.Table) -> pa.Table:
    """Return the things that have gone and those that have come; all of both where the others changed their order.

    >>> squares = shapely.box([0, 5, 9], 0, [1, 6, 9.5], 1)
    >>> old = _things("abc", squares, np.zeros(3))
    >>> [len(_differing(old, _things("abc", squares, np.array([0, reach, 0])))) for reach in (0, 2)]
    [0, 2]
    >>> len(_differing(old, old.take([1, 0, 2])))
    6
    """
    if before.equals(now):
        return now.slice(0, 0)
    lists = [list(zip(*(column.to_pylist() for column in table.columns), strict=True)) for table in (before, now)]
    counts = [Counter(each) for each in lists]
    same = {thing for thing, count in counts[0].items() if counts[1][thing] == count}
    orders = [[thing for thing in each if thing in same] for each in lists]
    if orders[0] != orders[1]:
        return pa.concat_tables([before, now])
    changed = [
        table.filter(pa.array((thing not in same for thing in each), pa.bool_()))
        for table, each in zip((before, now), lists, strict=True)
    ]
    return pa.concat_tables(changed)


def _prints_of_cuts(parcels: NDArray[np.object_], pieces: Pieces) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Return the parcels that are cut at all, each with a fingerprint of it and of its pieces in their order."""
    parted = np.unique(pieces.parcel[~shapely.is_missing(pieces.ground)])
    row, owner = members(pieces.parcel, parted)
    ground, start = _prints(pieces.ground[row]), np.searchsorted(owner, np.arange(len(parted) + 1))
    return parted, _hashed(
        parcels[parcel] + b"".join(ground[start[number] : start[number + 1]]) for number, parcel in enumerate(parted)
    )


def _prints_of_jobs(
    polygon: NDArray[np.object_], job: NDArray[np.intp], sizes: NDArray[np.float64], asked: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Return the jobs that have faces, each with a fingerprint of them in their order and of what is asked."""
    jobs, start = np.unique(job, return_index=True)
    faces, every, stop = _prints(polygon), repr(sizes.tolist()).encode(), np.r_[start, len(job)]
    return jobs, _hashed(
        every + asked[number].tobytes() + b"".join(faces[first:last])
        for number, first, last in zip(jobs, stop[:-1], stop[1:], strict=True)
    )


def _with_faces(new: Faces, parcel: NDArray[np.intp], told: pa.Table, pieces: Pieces) -> Faces:
    """Put remembered faces, a row each with its parcel and the ranks of the pieces that cover it, among new ones."""
    ranks = told["rank"].combine_chunks()
    count = np.asarray(ranks.value_lengths(), dtype=np.intp)
    holder = np.repeat(np.arange(len(parcel)), count)
    piece = np.searchsorted(pieces.parcel, parcel[holder]) + np.asarray(ranks.flatten(), dtype=np.intp)
    polygon = np.r_[new.polygon, _shapes(told, "polygon")]
    order = np.argsort(np.r_[new.parcel, parcel], kind="stable")
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    face = number[np.r_[new.face, len(new.parcel) + holder]]
    key = np.r_[new.key, pieces.key[piece]]
    held = np.lexsort((key, face))
    return Faces(
        parcel=np.r_[new.parcel, parcel][order].astype(np.intp),
        polygon=polygon[order],
        area_m2=shapely.area(polygon[order]),
        face=face[held],
        key=key[held].astype(np.intp),
    )
