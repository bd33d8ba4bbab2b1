"""The bare overlaps of two files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.errors import LayerError, choices
from geo_tej.io.read import read_polygons
from geo_tej.io.write import replacing
from geo_tej.overlay import overlaps
from geo_tej.tables import write_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd


def write_ledger(  # noqa: PLR0913  two files, their columns, and where to
    parcels: Path, zones: Path, output: Path, *, parcel_id: str, zone_class: str, layer: str | None
) -> int:
    """Write the bare overlaps of two files; return the number of rows.

    Raises
    ------
    LayerError, FrameError, CRSError, OutputError
        If a file cannot be read, lacks a column, is in another CRS or invalid, or the output cannot be written.
    """
    left, _ = read_polygons(parcels)
    right, _ = read_polygons(zones, crs=left.crs)
    left = _renamed(left, {parcel_id: "parcel_id"}, parcels)
    right = _renamed(right, {zone_class: "zone_class"} | ({layer: "layer"} if layer else {}), zones)
    kept = overlaps(left, right).kept
    with replacing(output) as beside:
        write_table(kept, beside)
    return len(kept)


def _renamed(frame: gpd.GeoDataFrame, names: Mapping[str, str], path: Path) -> gpd.GeoDataFrame:
    for column, ours in names.items():
        if column not in frame.columns:
            message = (
                f"{path}: there is no column {column!r} (for {ours}); {choices(column, list(map(str, frame.columns)))}"
            )
            raise LayerError(message)
    spare = [ours for column, ours in names.items() if column != ours and ours in frame.columns]
    return frame.drop(columns=spare).rename(columns=dict(names))
