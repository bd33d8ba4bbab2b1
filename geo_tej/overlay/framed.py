"""Ledgers as frames: `overlaps` of two frames, and what thresholds drop from pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely

from geo_tej.crs import require_same
from geo_tej.errors import QuestionError
from geo_tej.frames import check_parcels, check_zones
from geo_tej.measure import mean_width_m
from geo_tej.model import Thresholds
from geo_tej.overlay.measured import DROPPED_FOR, Limits, measured, reasons
from geo_tej.overlay.shapes import from_geometry
from geo_tej.overlay.zones import ZoneIndex, index_polygons
from geo_tej.threads import elementwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_tej.overlay.pieces import Pieces


class Overlaps(NamedTuple):
    """What `overlaps` returns: the ledger, and what a threshold kept out of it (with `width_m` and `reason`)."""

    kept: pd.DataFrame
    dropped: pd.DataFrame

    def __repr__(self) -> str:
        """Say in a line how many overlaps there are."""
        return f"<Overlaps: {len(self.kept):,} kept, {len(self.dropped):,} dropped>"


def overlaps(
    parcels: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame | ZoneIndex,
    *,
    thresholds: Thresholds | Mapping[str, Thresholds] | None = None,
) -> Overlaps:
    """Measure how much of each parcel lies in each class of zone.

    Touching is not overlapping. Zones of one class that overlap each other count once.

    Parameters
    ----------
    parcels
        Polygons with the index or column `parcel_id`, in a projected CRS in metres.
    zones
        Polygons with `zone_class` and perhaps `layer`, in the same CRS; or an index made by `index_zones`.
    thresholds
        Area in m², share and mean width in m (twice the area over the perimeter) that an overlap must reach; one
        for all layers or one each. Without them only zero areas are left out.

    Returns
    -------
    Overlaps
        `kept` with `parcel_id, layer, zone_class, area_m2, share` (share of the drawn parcel, 0 to 1), ordered as
        the parcels and then by layer and class; `dropped` with `width_m` and `reason` as well.

    Raises
    ------
    CRSError
        If the two are not in the same CRS, or it is unfit for areas.
    FrameError
        If a frame lacks a column, or has invalid geometry.
    QuestionError
        If a threshold is no `Thresholds`.

    Examples
    --------
    >>> import geopandas as gpd
    >>> def frame(**columns):
    ...     return gpd.GeoDataFrame(columns, crs=4549)
    >>> plot = frame(parcel_id=["A"], geometry=[shapely.box(457400, 3268000, 457410, 3268010)])
    >>> half = frame(zone_class=["core"], geometry=[shapely.box(457405, 3268000, 457500, 3268100)])
    >>> overlaps(plot, half).kept
      parcel_id  layer zone_class  area_m2  share
    0         A  zones       core     50.0    0.5

    A zone that only touches, and no zone at all, give no row.

    >>> beside = frame(zone_class=["core"], geometry=[shapely.box(457410, 3268000, 457500, 3268100)])
    >>> len(overlaps(plot, beside).kept), len(overlaps(plot, half[:0]).kept)
    (0, 0)
    """
    _check_thresholds(thresholds)
    parcels = check_parcels(parcels)
    index = zones if isinstance(zones, ZoneIndex) else index_zones(zones)
    require_same(parcels.crs, index.crs, left_name="parcels", right_name="zones")
    found = measured(from_geometry(parcels.geometry.to_numpy()), index, Limits.of(thresholds, index.names))
    frame = _frame(parcels.index, index.names, found.parcel, found.key, found.area_m2, found.share)
    return _sorted_out(frame, found.width_m, found.reason)


def _check_thresholds(thresholds: Thresholds | Mapping[str, Thresholds] | None) -> None:
    given = thresholds.values() if isinstance(thresholds, Mapping) else [] if thresholds is None else [thresholds]
    for each in given:
        if not isinstance(each, Thresholds):
            message = f"thresholds: {each!r} is none; say of what, like Thresholds(area_m2=1.0), for all layers or each"
            raise QuestionError(message)


def ledger(
    parcels: gpd.GeoDataFrame,
    keys: pd.MultiIndex | Sequence[tuple[str, str]],
    pieces: Pieces,
    *,
    thresholds: Thresholds | Mapping[str, Thresholds] | None = None,
) -> Overlaps:
    """Make the two frames of `overlaps` from the pieces of a batch and the (layer, zone class) of each key."""
    names = list(keys)
    told = told_of(parcels.geometry.to_numpy(), pieces, Limits.of(thresholds, names))
    return told_in_frames(parcels.index, names, pieces, told)


class Told(NamedTuple):
    """What is told of pieces, a row each: share, mean width, and why it is dropped, as a code of `DROPPED_FOR`."""

    share: NDArray[np.float64]
    width_m: NDArray[np.float64]
    reason: NDArray[np.int8]


def told_of(parcels: NDArray[np.object_], pieces: Pieces, limits: Limits) -> Told:
    """Hold the pieces of a batch against what overlaps with their keys must reach."""
    share = np.minimum(pieces.area_m2 / shapely.area(parcels)[pieces.parcel], 1.0)
    partial = ~shapely.is_missing(pieces.ground)
    width_m = np.full(len(share), np.inf)
    width_m[partial] = elementwise(mean_width_m, pieces.ground[partial])
    return Told(share, width_m, reasons(limits, pieces.key, pieces.area_m2, share, width_m, partial))


def told_in_frames(ids: pd.Index, names: Sequence[tuple[str, str]], pieces: Pieces, told: Told) -> Overlaps:
    """Make the two frames of `overlaps` from pieces and what is told of them."""
    frame = _frame(ids, names, pieces.parcel, pieces.key, pieces.area_m2, told.share)
    return _sorted_out(frame, told.width_m, told.reason)


def index_zones(zones: gpd.GeoDataFrame) -> ZoneIndex:
    """Unite and index zones, so that batches of parcels can be met with them.

    Raises
    ------
    CRSError, FrameError
        As `overlaps`.
    """
    zones = check_zones(zones)
    return index_polygons(zones.geometry.to_numpy(), zones["layer"].tolist(), zones["zone_class"].tolist(), zones.crs)


def _frame(  # noqa: PLR0913  the columns of a ledger
    ids: pd.Index,
    names: Sequence[tuple[str, str]],
    parcel: NDArray[np.intp],
    key: NDArray[np.intp],
    area_m2: NDArray[np.float64],
    share: NDArray[np.float64],
) -> pd.DataFrame:
    layer, zone_class = (np.array([name[part] for name in names], dtype=object) for part in (0, 1))
    return pd.DataFrame(
        {
            "parcel_id": ids.to_numpy()[parcel],
            "layer": layer[key],
            "zone_class": zone_class[key],
            "area_m2": area_m2,
            "share": share,
        }
    )


def _sorted_out(frame: pd.DataFrame, width_m: NDArray[np.float64], reason: NDArray[np.int8]) -> Overlaps:
    out = reason > 0
    words = pd.Series(np.array(DROPPED_FOR, dtype=object)[reason[out]], dtype=object)
    dropped = frame[out].reset_index(drop=True).assign(width_m=width_m[out], reason=words)
    return Overlaps(frame[~out].reset_index(drop=True), dropped)
