"""Short ways to a file: polygons, tables; the hash of what was read, and the columns that must be there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from geo_tej.accounts import Account
from geo_tej.crs import require_metres, require_projected
from geo_tej.errors import GeoTejError, LayerError, ManifestError, choices
from geo_tej.io.account import LIMITS, Ask, Limits
from geo_tej.io.archives import at_hand
from geo_tej.io.kinds import VECTORS
from geo_tej.io.reading import read_layer, read_raw
from geo_tej.io.tabular import read_cells

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyproj import CRS

    from geo_tej.i18n import Language
    from geo_tej.model import Raster


def read_polygons(
    path: Path | str, *, crs: CRS | None = None, sublayer: str | None = None
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Read polygons of any vector file, reprojected to a CRS where one is given; also what is to be told of them.

    Raises
    ------
    LayerError
        If the file cannot be read.
    CRSError
        If it has no CRS, or one unfit for areas and none to go to.
    """
    read = read_layer(path, sublayer=sublayer, to=crs)
    frame = read.frame
    if crs is None:
        require_projected(frame.crs, what=str(path), bounds=frame.total_bounds)
        require_metres(frame.total_bounds, frame.crs, what=str(path))
    return frame, [*read.account.remarks, *(f"row {each.row}: {each.reason}" for each in read.account.set_aside)]


def read_table(  # noqa: PLR0913  what the manifest may say of a table
    path: Path | str,
    *,
    sublayer: str | None = None,
    encoding: str | None = None,
    language: Language = "zh",
    limits: Limits = LIMITS,
    remote: bool = False,
) -> tuple[pd.DataFrame, Account]:
    """Read a table of text cells from CSV, XLSX, or the attributes of a layer; and the account of how it was read.

    Raises
    ------
    LayerError
        If there is no such file, or it is damaged.
    """
    ask = Ask(sublayer=sublayer, encoding=encoding, language=language, limits=limits)
    try:
        with at_hand(path, ask, remote=remote) as (local, kind):
            if kind in ("csv", "xlsx"):
                table, coding, remarks = read_cells(local, kind, ask)
                return table, Account(
                    format=VECTORS[kind], rows=len(table), encoding=coding.name, encoding_how=coding.how,
                    remarks=(*coding.remarks, *remarks),
                )  # fmt: skip
    except OSError as fault:
        if isinstance(fault, GeoTejError):
            raise
        message = f"{path}: cannot be read: {fault.strerror or fault}"
        raise LayerError(message) from fault
    raw = read_raw(path, ask, remote=remote, spatial=False)
    table = pd.DataFrame(raw.frame.drop(columns=raw.frame.geometry.name)).astype(object)
    return table.where(table.notna() & (table != ""), None), Account(
        format=VECTORS[raw.format], rows=len(table), encoding=raw.encoding, encoding_how=raw.encoding_how,
        remarks=raw.remarks,
    )  # fmt: skip


def content_hash(frame: pd.DataFrame | None, raster: Raster | None = None) -> str:
    """Hash a layer's logical content: columns, values, WKB; or the cells and their place."""
    digest = hashlib.sha256()
    if raster is not None:
        digest.update(raster.values.tobytes())
        digest.update(repr(tuple(raster.transform)).encode())
    if frame is not None:
        attributes: Any = frame
        if isinstance(frame, gpd.GeoDataFrame):
            attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name))
            for shape in shapely.to_wkb(frame.geometry.to_numpy()):
                digest.update(len(shape or b"").to_bytes(8, "little") + (shape or b""))
        digest.update(attributes.astype(str).to_csv(index=True).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def need_columns(frame: pd.DataFrame, mapping: Mapping[str, str], *, layer: str) -> None:
    """Refuse a mapping that names columns which the file lacks.

    Raises
    ------
    ManifestError
        Naming each such column, and the nearest that is there.
    """
    there = [str(column) for column in frame.columns]
    faults = [
        f"layer {layer}: the column {column!r} (for {name}) is not in the file; {choices(column, there)}"
        for name, column in mapping.items()
        if column not in there
    ]
    if faults and any("\x80" <= letter <= "\xff" for column in there for letter in column):
        faults.append(f'layer {layer}: its column names look garbled; declare their coding, like encoding = "GBK"')
    if faults:
        raise ManifestError("; ".join(faults))
