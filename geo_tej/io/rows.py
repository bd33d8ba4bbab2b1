"""The rows of a layer, from its file or as they are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geo_tej.accounts import Account
from geo_tej.errors import CRSError
from geo_tej.i18n import Said
from geo_tej.io.account import Ask, Limits, Raw, Read
from geo_tej.io.aside import aside
from geo_tej.io.kinds import VECTORS
from geo_tej.io.read import read_table
from geo_tej.io.reading import read_layer, read_raw, settled
from geo_tej.keeps import Keeps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pyproj import CRS
    from shapely import Geometry

    from geo_tej.i18n import Language
    from geo_tej.io.manifest import LayerEntry
    from geo_tej.model import Raster, Rulebook


@dataclass(frozen=True, eq=False)
class Reading(Keeps):
    """What all layers of a project are read with; `several` are the tables, by path and name, that several ask for."""

    folder: Path
    crs: CRS
    rulebook: Rulebook
    language: Language
    limits: Limits
    tell: Callable[[str, int, int], None]
    given: Mapping[str, pd.DataFrame | Raster]
    several: frozenset[tuple[str, str | None]] = frozenset()


def vector_rows(
    entry: LayerEntry, path: Path | str, reading: Reading, near: Geometry | None, *, only_polygons: bool
) -> Read:
    """Read a layer's rows from its file, or take those that are given."""
    what, name = f"layer {entry.id}", entry.columns.get("parcel_id", "parcel_id")
    if isinstance(frame := reading.given.get(entry.id), gpd.GeoDataFrame):
        raw = Raw(frame=frame, format="frame", crs=frame.crs, crs_how="the frame's word")
        return settled(
            raw,
            Ask(limits=reading.limits),
            to=reading.crs,
            near=near,
            name=name,
            only_polygons=only_polygons,
            what=what,
        )

    def read() -> Read:
        try:
            return placed()
        except CRSError as fault:
            if entry.role != "parcels":
                raise
            return _unplaced(entry, path, reading, name, fault)

    def placed() -> Read:
        return read_layer(
            path, sublayer=entry.sublayer, encoding=entry.encoding, crs=entry.crs, axes=entry.axes,
            offset=entry.offset, language=reading.language, to=reading.crs, near=near, name=name,
            only_polygons=only_polygons, limits=reading.limits, remote=entry.remote, what=what,
            tell=lambda done, of: reading.tell(entry.id, done, of),
        )  # fmt: skip

    if (str(entry.path), entry.sublayer) not in reading.several:
        return read()
    # a table that serves several layers is read once for all that read it alike
    asked = (
        path, entry.sublayer, entry.encoding, entry.crs, entry.axes, entry.offset, name, only_polygons, entry.remote
    )  # fmt: skip
    return reading.once(repr(asked), read, of=near)


def _unplaced(entry: LayerEntry, path: Path | str, reading: Reading, name: str, fault: CRSError) -> Read:
    """Return parcels whose place is not known: all are set aside, and none disappears."""
    ask = Ask(sublayer=entry.sublayer, encoding=entry.encoding, language=reading.language, limits=reading.limits)
    raw = read_raw(path, ask, remote=entry.remote)
    frame = raw.frame
    names = frame[name].tolist() if name in frame.columns else [""] * len(frame)
    reason = Said(f"位置无法确定：{fault}", f"its place is not known: {fault}")
    known = {each.row for each in raw.set_aside}
    rows = [row for row in range(len(frame)) if row + 1 not in known]
    account = Account(
        format=VECTORS.get(raw.format, raw.format), rows=len(frame), encoding=raw.encoding,
        encoding_how=raw.encoding_how, set_aside=(*raw.set_aside, *aside(frame, rows, [names[row] for row in rows],
        reason)), remarks=raw.remarks, aliases=raw.aliases, domains=raw.domains,
    )  # fmt: skip
    nowhere = gpd.GeoSeries([None] * len(frame), index=frame.index, crs=reading.crs)
    return Read(frame=frame.set_geometry(nowhere, crs=reading.crs), account=account, fault=str(fault))


def table_rows(entry: LayerEntry, path: Path | str, reading: Reading) -> tuple[pd.DataFrame, Account]:
    """Read a table from its file, or take the one that is given."""
    table = reading.given.get(entry.id)
    if isinstance(table, pd.DataFrame):
        return table, Account(format="frame", rows=len(table))
    return read_table(
        path, sublayer=entry.sublayer, encoding=entry.encoding, limits=reading.limits, remote=entry.remote
    )
