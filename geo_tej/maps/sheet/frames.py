"""Choose the frames of a sheet's maps: round scales at which what is to be shown fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.maps.answers import firms_bounds
from geo_tej.maps.classes import sites
from geo_tej.maps.sheet.nouns import LEGEND_MM, MARGIN_MM, Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import Geometry

    from geo_tej.verdict import Assessment

SHEETS_MM = {"A4": (297.0, 210.0), "A3": (420.0, 297.0)}
"""Width and height of a sheet, landscape."""

_SCALES: list[float] = [number * 10.0**power for power in range(2, 8) for number in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5)]
_READABLE_MM = 3.0


def whole_frame(assessment: Assessment, paper: str, *, parcel: str | None, bounds: Sequence[float] | None) -> Frame:
    """Return the frame of the map: around a parcel, within bounds, or around all parcels, in the middle."""
    parcels = assessment.parcels
    if parcel is not None:
        west, south, east, north = parcels.geometry.iloc[assessment.position(parcel)].bounds
        reach = max(east - west, north - south, 60.0)
        west, south, east, north = west - reach, south - reach, east + reach, north + reach
    elif bounds is not None:
        west, south, east, north = bounds
    else:
        west, south, east, north = _with_area(parcels[sites(parcels)].geometry.total_bounds, assessment.project.area)
    if not np.isfinite([west, south, east, north]).all():
        west, south, east, north = 0.0, 0.0, 1000.0, 1000.0
    width_mm = SHEETS_MM[paper][0] - 2 * MARGIN_MM - LEGEND_MM - 4
    height_mm = SHEETS_MM[paper][1] - 2 * MARGIN_MM - 14
    scale = _round_scale(max((east - west) / width_mm, (north - south) / height_mm) * 1000 * 1.04)
    return Frame(
        left_mm=MARGIN_MM,
        bottom_mm=MARGIN_MM,
        width_mm=width_mm,
        height_mm=height_mm,
        scale=scale,
        west=(west + east) / 2 - width_mm / 2000 * scale,
        south=(south + north) / 2 - height_mm / 2000 * scale,
    )


def enlarged_frame(assessment: Assessment, whole: Frame) -> Frame | None:
    """Return the frame of an inset with the ground of most enterprises, larger, in a corner without parcels.

    None where parcels are large enough on the sheet to be read, or no corner is free.
    """
    parcels = assessment.parcels
    main = parcels.geometry.to_numpy()[sites(parcels)]
    small = len(main) and np.median(np.sqrt(shapely.area(main))) / whole.scale * 1000 < _READABLE_MM
    if not small or not len(assessment.project.occupancy):
        return None
    west, south, east, north = firms_bounds(assessment, margin=0.25)
    if not (np.isfinite([west, south, east, north]).all() and east > west and north > south):
        return None
    for share in (0.42, 0.36, 0.3, 0.24, 0.2):
        least = max((east - west) / whole.width_mm, (north - south) / whole.height_mm) * 1000 / share
        scale = _round_scale(least)
        across, up = (east - west) / scale * 1000, (north - south) / scale * 1000
        if scale * 2 > whole.scale:
            return None
        right, top = whole.width_mm - across, whole.height_mm - up
        for left_mm, bottom_mm in ((0.0, 0.0), (right, 0.0), (0.0, top)):  # north stands in the fourth corner
            x, y = whole.west + left_mm / 1000 * whole.scale, whole.south + bottom_mm / 1000 * whole.scale
            taken = shapely.box(x, y, x + across / 1000 * whole.scale, y + up / 1000 * whole.scale)
            if not shapely.intersects(main, taken).any():
                return Frame(
                    left_mm=whole.left_mm + left_mm,
                    bottom_mm=whole.bottom_mm + bottom_mm,
                    width_mm=across,
                    height_mm=up,
                    scale=scale,
                    west=west,
                    south=south,
                )
    return None


def _round_scale(least: float) -> float:
    return next((each for each in _SCALES if each >= least), _SCALES[-1])


def _with_area(bounds: NDArray[np.float64], area: Geometry | None) -> NDArray[np.float64]:
    """Return bounds with the project's area, where that is little more: a border cut short looks like a fault."""
    if area is None or not np.isfinite(bounds).all():
        return bounds
    west, south, east, north = area.bounds
    whole = np.r_[np.minimum(bounds[:2], (west, south)), np.maximum(bounds[2:], (east, north))]
    return whole if ((whole[2:] - whole[:2]) <= 1.5 * (bounds[2:] - bounds[:2])).all() else bounds
