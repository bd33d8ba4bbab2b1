"""Two files become a job: zones are read, taken to one CRS, repaired and indexed; the parcels' file is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer

from geo_tej.crs import in_metres, likely, parse, require_metres, require_projected
from geo_tej.errors import CRSError, FrameError, LayerError, QuestionError, choices, gather
from geo_tej.io.arrow import batches, open_polygons
from geo_tej.io.repaired import COLLECTION, mended
from geo_tej.ledgers.batch import Job
from geo_tej.ledgers.drawn import drawn
from geo_tej.model import UNKNOWN, Thresholds
from geo_tej.overlay.measured import Limits
from geo_tej.overlay.shapes import MULTIPOLYGON, POLYGON
from geo_tej.overlay.zones import index_polygons

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray
    from pyproj import CRS

    from geo_tej.io.arrow import Source
    from geo_tej.overlay.zones import ZoneIndex

ONE_LAYER = "zones"
"""The layer of zones that have no column for it."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a ledger is asked: two files, their columns, the CRS to compute in, and what is too little to count.

    Without `crs` the parcels' is used, in metres if it is in feet; `parcels_crs` and `zones_crs` are for files that do
    not say theirs, `parcels_sublayer` and `zones_sublayer` for those that hold several layers. `thresholds` hold for
    the layers named, those of the name "" for all others.
    """

    parcels: Path
    zones: Path
    parcel_id: str = "parcel_id"
    zone_class: str = "zone_class"
    layer: str | None = None
    crs: str | None = None
    parcels_crs: str | None = None
    zones_crs: str | None = None
    parcels_sublayer: str | None = None
    zones_sublayer: str | None = None
    thresholds: Mapping[str, Thresholds] = field(default_factory=dict)
    ellipsoidal: bool = False


def read_job(question: Question) -> tuple[Source, Job, list[str]]:
    """Read the zones and look at the parcels; also a line for each zone that was repaired.

    Raises
    ------
    LayerError, FrameError, CRSError
        If a file cannot be read, lacks a column, or is in no CRS that areas can be computed in.
    """
    parcels = open_polygons(question.parcels, sublayer=question.parcels_sublayer, option="--parcels-sublayer")
    zones = open_polygons(question.zones, sublayer=question.zones_sublayer, option="--zones-sublayer")
    faults = [
        fault
        for source, column, ours in (
            (parcels, question.parcel_id, "parcel_id"),
            (zones, question.zone_class, "zone_class"),
            (zones, question.layer, "layer"),
        )
        if column is not None and (fault := source.lacks(column, ours=ours))
    ]
    if faults:
        raise LayerError(gather(faults))
    parcels = _declared(parcels, question.parcels_crs, option="--parcels-crs")
    zones = _declared(zones, question.zones_crs, option="--zones-crs")
    index, remarks = _index(question, zones, _computing_crs(question, parcels))
    layers = sorted({layer for layer, _ in index.names})
    unknown = [layer for layer in question.thresholds if layer not in ("", *layers)] if layers else []
    if unknown:
        message = f"{zones.path}: there is no layer {unknown[0]!r} to have a threshold; {choices(unknown[0], layers)}"
        raise QuestionError(message)
    general = question.thresholds.get("", Thresholds())
    limits = Limits.of({layer: question.thresholds.get(layer, general) for layer in layers}, index.names)
    job = Job(
        index=index,
        limits=limits,
        ellipsoidal=question.ellipsoidal,
        parcels_crs=_known(parcels, option="--parcels-crs"),
        what=str(parcels.path),
    )
    return parcels, job, remarks


def _declared(source: Source, crs: str | None, *, option: str) -> Source:
    return source if crs is None else replace(source, crs=parse(crs, what=option))


def _known(source: Source, *, option: str) -> CRS:
    """Return the CRS of a file, or say how to declare it; refuse metres that are degrees."""
    if source.crs is None:
        hint = likely(source.bounds) if source.bounds is not None else "nothing tells which"
        message = f"{source.path} has no coordinate reference system; {hint}; declare it with {option}"
        raise CRSError(message)
    if source.bounds is not None:
        require_metres(source.bounds, source.crs, what=str(source.path))
    return source.crs


def _computing_crs(question: Question, parcels: Source) -> CRS:
    """Choose the CRS that is asked for, else the parcels', in metres; refuse one that is unfit for areas."""
    own = _known(parcels, option="--parcels-crs")
    chosen = in_metres(own) if question.crs is None else parse(question.crs, what="--crs")
    bounds = parcels.bounds
    if bounds is not None and chosen != own:
        bounds = Transformer.from_crs(own, chosen, always_xy=True).transform_bounds(*bounds)
    try:
        return require_projected(chosen, what=str(parcels.path) if question.crs is None else "--crs", bounds=bounds)
    except CRSError as fault:
        if question.crs is not None:
            raise
        message = f"{fault}, or name the system to compute in, like --crs EPSG:4549"
        raise CRSError(message) from fault


def _index(question: Question, source: Source, crs: CRS) -> tuple[ZoneIndex, list[str]]:
    """Read the zones, take them to a CRS, repair and index them."""
    own = _known(source, option="--zones-crs")
    columns = [question.zone_class, *([question.layer] if question.layer else [])]
    read = list(batches(source, columns))
    words = [
        [UNKNOWN if value is None else str(value) for batch in read for value in batch.column(place).to_pylist()]
        for place in range(len(columns))
    ]
    names = [f"row {row}, {word}" for row, word in enumerate(words[0], start=1)]
    wkb = np.concatenate([*(_wkb(batch) for batch in read), np.empty(0, dtype=object)])
    geometry, told = _polygons(wkb, names, source)
    if own != crs:
        move = Transformer.from_crs(own, crs, always_xy=True).transform
        geometry = shapely.transform(geometry, move, interleaved=False)
    astray = ~np.isfinite(shapely.bounds(geometry)).all(axis=1) & ~shapely.is_missing(geometry)
    if astray.any():
        message = (
            f"{source.path}: {int(astray.sum())} of its {len(geometry)} rows have no place in {crs.name}; "
            "the coordinates are not in the system that the file says"
        )
        raise CRSError(message)
    geometry, remarks = mended(geometry, names)
    there = np.flatnonzero(~(shapely.is_missing(geometry) | shapely.is_empty(geometry)))
    classes = [words[0][row] for row in there]
    layers = [words[1][row] for row in there] if question.layer else [ONE_LAYER] * len(there)
    return index_polygons(geometry[there], layers, classes, crs), [*told, *remarks]


def _wkb(batch: pa.RecordBatch) -> NDArray[np.object_]:
    wkb = np.empty(len(batch), dtype=object)
    wkb[:] = batch.column("geometry").to_pylist()  # Arrow's own way to numpy wakes pandas
    return wkb


def _polygons(wkb: NDArray[np.object_], names: list[str], source: Source) -> tuple[NDArray[np.object_], list[str]]:
    """Read polygons; also a line for each row whose rings were closed, and for each that is none and is left out."""
    geometry, told = drawn(wkb, names, source)
    geometry[shapely.is_empty(geometry)] = None
    odd = ~shapely.is_missing(geometry) & ~np.isin(shapely.get_type_id(geometry), (POLYGON, MULTIPOLYGON, COLLECTION))
    if odd.any():
        kinds = sorted({part.geom_type for part in geometry[odd]})
        if odd.sum() == (~shapely.is_missing(geometry)).sum():
            message = f"{source.path}: only polygons have ground; {int(odd.sum())} of its rows are {', '.join(kinds)}"
            raise FrameError(message)
        for row in np.flatnonzero(odd):
            told.append(f"{names[row]}: left out, it is a {geometry[row].geom_type}, and only polygons have ground")
        geometry[odd] = None
    return geometry, told
