"""The ledger of one batch: a pure function from Arrow to Arrow, the same in a thread, a process or elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import shapely
from pyproj import Transformer

from geo_tej.errors import CRSError, FrameError, LayerError
from geo_tej.io.repaired import COLLECTION, mended
from geo_tej.ledgers.columns import numbers, texts
from geo_tej.ledgers.drawn import CURVES, helped
from geo_tej.ledgers.ids import fingerprints
from geo_tej.overlay.measured import DROPPED_FOR, measured
from geo_tej.overlay.shapes import MULTIPOLYGON, POLYGON, from_geometry, from_wkb

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

    from geo_tej.overlay.measured import Limits, Measured
    from geo_tej.overlay.shapes import Shapes
    from geo_tej.overlay.zones import ZoneIndex

_NAMED = 3
"""Faulty parcels that an error names."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """What is asked of every batch: the zones, the thresholds, and how parcels come to the CRS of the zones."""

    index: ZoneIndex
    limits: Limits
    ellipsoidal: bool
    parcels_crs: CRS
    what: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """The ledger of a batch, what was dropped of it, a line for each parcel repaired, fingerprints of the ids."""

    kept: pa.RecordBatch
    dropped: pa.RecordBatch
    prints: NDArray[np.uint64]
    repaired: tuple[str, ...]


def ledger_of(job: Job, batch: pa.RecordBatch) -> Part:
    """Measure a batch with the columns `parcel_id` and `geometry` (WKB).

    Raises
    ------
    FrameError, LayerError, CRSError
        If an id is missing, or a geometry is no polygon, cannot be read, or has no place in the CRS of the zones.
    """
    ids = batch.column("parcel_id")
    if ids.null_count:
        message = f"{job.what}: {ids.null_count} rows have no parcel_id"
        raise FrameError(message)
    shapes, repaired = _shapes(job, ids, batch.column("geometry"))
    found = measured(shapes, job.index, job.limits, ellipsoidal=job.ellipsoidal)
    dropped = np.flatnonzero(found.reason)
    kept = np.flatnonzero(found.reason == 0) if len(dropped) else slice(None)
    return Part(
        kept=_table(job, ids, found, kept),
        dropped=_table(job, ids, found, dropped, why=True),
        prints=fingerprints(ids),
        repaired=tuple(repaired),
    )


def _table(
    job: Job, ids: pa.Array, found: Measured, rows: NDArray[np.intp] | slice, *, why: bool = False
) -> pa.RecordBatch:
    columns = {"parcel_id": ids.take(numbers(found.parcel[rows]))}
    for part, name in enumerate(("layer", "zone_class")):
        words = sorted({names[part] for names in job.index.names})
        place = {word: code for code, word in enumerate(words)}
        code = np.array([place[names[part]] for names in job.index.names], dtype=np.int32)
        columns[name] = pa.DictionaryArray.from_arrays(numbers(code[found.key[rows]]), texts(words))
    columns |= {"area_m2": numbers(found.area_m2[rows]), "share": numbers(found.share[rows])}
    if job.ellipsoidal:
        columns["ellipsoidal_m2"] = numbers(found.ellipsoidal_m2[rows])
    if why:
        columns["width_m"] = numbers(found.width_m[rows])
        columns["reason"] = texts([DROPPED_FOR[code] for code in found.reason[rows]])
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _shapes(job: Job, ids: pa.Array, geometry: pa.Array) -> tuple[Shapes, list[str]]:
    """Read polygons, take them to the zones' CRS, and repair those that are not valid."""
    shapes = _read(geometry)
    if shapes is None:
        drawn, told = _drawn(job, ids, geometry)
        drawn = shapely.transform(drawn, lambda x, y: _moved(job, x, y), interleaved=False)
        repaired, remarks = mended(drawn, ids.to_pylist())
        return _placed(job, ids, from_geometry(repaired)), [*told, *remarks]
    shapes = _placed(job, ids, _to_zones(job, shapes))
    suspects = np.flatnonzero(~shapes.starlike)
    if shapely.is_valid(shapes.geometry(suspects)).all():
        return shapes, []
    drawn = np.full(shapes.count, None, dtype=object)
    drawn[shapes.present] = shapes.geometry(np.arange(len(shapes.present)))
    repaired, remarks = mended(drawn, ids.to_pylist())
    return from_geometry(repaired), remarks


def _read(geometry: pa.Array) -> Shapes | None:
    """Read plain polygons straight from their bytes; None where something is not plain."""
    if not (pa.types.is_binary(geometry.type) or pa.types.is_large_binary(geometry.type)):
        geometry = geometry.cast(pa.large_binary())
    size = np.int64 if pa.types.is_large_binary(geometry.type) else np.int32
    _, offsets, data = geometry.buffers()
    offset = np.frombuffer(offsets, size)[geometry.offset : geometry.offset + len(geometry) + 1]
    present = np.ones(len(geometry), dtype=bool)
    if geometry.null_count:
        present = geometry.is_valid().to_numpy(zero_copy_only=False)
    return from_wkb(np.frombuffer(data or b"", np.uint8), offset.astype(np.int64), present)


def _drawn(job: Job, ids: pa.Array, geometry: pa.Array) -> tuple[NDArray[np.object_], list[str]]:
    """Read geometries of any kind, and refuse those without ground; also a line for each whose ring was closed."""
    drawn, curved, told = helped(geometry.to_numpy(zero_copy_only=False), ids.to_pylist())
    if curved:
        message = f"{job.what}: {CURVES}"
        raise LayerError(message)
    lost = [line for line in told if ": left out" in line]
    if lost:
        message = f"{job.what}: a geometry cannot be read: {lost[0]}"
        raise LayerError(message)
    kind = shapely.get_type_id(drawn)
    odd = np.flatnonzero((kind >= 0) & ~np.isin(kind, (POLYGON, MULTIPOLYGON, COLLECTION)) & ~shapely.is_empty(drawn))
    if len(odd):
        kinds = sorted({part.geom_type for part in drawn[odd]})
        message = f"{job.what}: only polygons have ground; {_some(ids, odd)} are {', '.join(kinds)}"
        raise FrameError(message)
    drawn[shapely.is_empty(drawn)] = None
    points, row = shapely.get_coordinates(drawn, return_index=True)
    _refuse(job, ids, np.unique(row[~np.isfinite(points).all(axis=1)]))
    return drawn, told


def _to_zones(job: Job, shapes: Shapes) -> Shapes:
    if job.parcels_crs == job.index.crs:
        return shapes
    x, y = _moved(job, shapes.x, shapes.y)
    return replace(shapes, x=x, y=y)


def _moved(job: Job, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if job.parcels_crs == job.index.crs:
        return x, y
    x, y = Transformer.from_crs(job.parcels_crs, job.index.crs, always_xy=True).transform(x, y)
    return x, y


def _placed(job: Job, ids: pa.Array, shapes: Shapes) -> Shapes:
    """Refuse polygons whose coordinates are no numbers, or became none on the way to the zones' CRS."""
    _refuse(job, ids, shapes.present[~np.isfinite(shapes.bounds).all(axis=1)])
    return shapes


def _refuse(job: Job, ids: pa.Array, astray: NDArray[np.intp]) -> None:
    if len(astray):
        message = (
            f"{job.what}: {_some(ids, astray)} have no place in {job.index.crs.name}; "
            "the coordinates are not in the system that the file says"
        )
        raise CRSError(message)


def _some(ids: pa.Array, rows: NDArray[np.intp]) -> str:
    shown = ", ".join(str(ids[int(row)].as_py()) for row in rows[:_NAMED])
    return shown + (f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else "")
