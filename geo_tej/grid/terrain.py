"""What an elevation model says of the ground: its slope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from geo_tej.model import Raster

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_M, HIGHEST_M = -500.0, 9000.0


def slope_deg(elevation_m: NDArray[np.float64], cell_x_m: float, cell_y_m: float) -> NDArray[np.float64]:
    """Return slopes in degrees by Horn's third-order finite difference.

    Horn, B. K. P.: Hill shading and the reflectance map, Proceedings of the IEEE 69 (1), 1981. Cells at the edge,
    and those with a neighbour without data, have none (NaN).

    >>> slope_deg(np.array([[0.0, 10, 20]] * 3), 10, 10)[1, 1].round(6)
    np.float64(45.0)
    >>> bool(np.isnan(slope_deg(np.zeros((2, 2)), 10, 10)).all())
    True
    """
    z = elevation_m
    slope = np.full(z.shape, np.nan)
    if min(z.shape) < 3:  # noqa: PLR2004  a window of three by three
        return slope
    west = z[:-2, :-2] + 2 * z[1:-1, :-2] + z[2:, :-2]
    east = z[:-2, 2:] + 2 * z[1:-1, 2:] + z[2:, 2:]
    north = z[:-2, :-2] + 2 * z[:-2, 1:-1] + z[:-2, 2:]
    south = z[2:, :-2] + 2 * z[2:, 1:-1] + z[2:, 2:]
    gradient = np.hypot((east - west) / (8 * cell_x_m), (south - north) / (8 * cell_y_m))
    slope[1:-1, 1:-1] = np.degrees(np.arctan(gradient))
    return slope


def derive(raster: Raster, how: Literal["value", "slope_deg"]) -> Raster:
    """Return the raster itself, or the slope of the ground it describes; heights beyond the Earth's are no data."""
    if how == "value":
        return raster
    height = np.where((raster.values < LOWEST_M) | (raster.values > HIGHEST_M), np.nan, raster.values)
    slope = slope_deg(height, abs(raster.transform.a), abs(raster.transform.e))
    return Raster(values=slope, transform=raster.transform, crs=raster.crs)
