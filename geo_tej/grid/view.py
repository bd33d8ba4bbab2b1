"""What is seen from where: how much of the horizon around a point shows water, over an elevation model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.model import Raster

AZIMUTHS = 72
"""Lines of sight around a point, 5 degrees apart."""

EARTH_RADIUS_M, REFRACTION = 6_371_000.0, 0.13
"""The ground falls away by d² (1 - k) / 2R; k = 0.13 is the usual refraction of light (Gauss)."""

_AT_ONCE = 2_000_000


def water_view(  # noqa: PLR0913  where, over what, and how far is looked
    points: NDArray[np.float64],
    elevation: Raster,
    water: NDArray[np.bool_],
    *,
    eye_m: float,
    radius_m: float,
    azimuths: int = AZIMUTHS,
) -> NDArray[np.float64]:
    """Return for each point the share of the horizon, 0 to 1, in whose direction some water is seen within a radius.

    Along each line of sight cells are met one by one; a cell is seen if no nearer one rises above the line to it. The
    curve of the Earth and refraction are allowed for. Where a line runs onto cells without elevation before it shows
    water, nobody knows what is seen, and the point has no share (NaN).

    Parameters
    ----------
    points
        Eastings and northings, (n, 2), in the CRS of the elevation.
    elevation
        Heights in m.
    water
        Its cells that are water.
    eye_m
        Height of the eye above ground in m.
    radius_m
        How far is looked, in m.
    azimuths
        Lines of sight a point.
    """
    share = np.full(len(points), np.nan)
    cell = min(abs(elevation.transform.a), abs(elevation.transform.e))
    away = np.arange(1, max(2, int(radius_m / cell) + 1)) * cell
    fall = away**2 * (1 - REFRACTION) / (2 * EARTH_RADIUS_M)
    turn = np.arange(azimuths) * 2 * np.pi / azimuths
    step = max(1, _AT_ONCE // (azimuths * len(away)))
    for first in range(0, len(points), step):
        at = points[first : first + step]
        east = at[:, 0, None, None] + np.sin(turn)[None, :, None] * away
        north = at[:, 1, None, None] + np.cos(turn)[None, :, None] * away
        height, wet = _sampled(elevation, water, east, north)
        eye = _sampled(elevation, water, at[:, 0], at[:, 1])[0] + eye_m
        rise = (height - fall - eye[:, None, None]) / away
        dark = np.isnan(rise)
        unknown = np.maximum.accumulate(dark, axis=2)
        highest = np.maximum.accumulate(np.where(dark, -np.inf, rise), axis=2)
        before = np.concatenate([np.full((*rise.shape[:2], 1), -np.inf), highest[:, :, :-1]], axis=2)
        seen = (wet & ~unknown & (rise >= before)).any(axis=2)
        doubtful = unknown[:, :, -1] & ~seen
        share[first : first + step] = np.where(np.isnan(eye) | doubtful.any(axis=1), np.nan, seen.mean(axis=1))
    return share


def _sampled(
    elevation: Raster, water: NDArray[np.bool_], east: NDArray[np.float64], north: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return elevation and water at places, NaN and no water beyond the raster."""
    column, row = ~elevation.transform * (east, north)
    column, row = np.floor(column).astype(np.intp), np.floor(row).astype(np.intp)
    rows, columns = elevation.values.shape
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    row, column = np.where(inside, row, 0), np.where(inside, column, 0)
    return np.where(inside, elevation.values[row, column], np.nan), inside & water[row, column]
