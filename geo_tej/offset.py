"""The offsets of Chinese web maps: GCJ-02 and BD-09, put on and undone. Degrees, longitude first, on WGS 84.

The formulas are the public reconstruction of GCJ-02 (eviltransform); WGS 84 and CGCS2000 are the same at parcel scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Offset = Literal["gcj02", "bd09"]
Degrees = tuple["NDArray[np.float64]", "NDArray[np.float64]"]

_AXIS_M = 6_378_245.0
_ECCENTRICITY_2 = 0.006_693_421_622_965_943
_TURN = np.pi * 3000 / 180
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north of the box in which the offsets are put on."""


def shifted(longitude: NDArray[np.float64], latitude: NDArray[np.float64], offset: Offset) -> Degrees:
    """Put an offset on true degrees; outside China nothing is shifted.

    >>> east, north = shifted(np.array([119.56, 0.0]), np.array([29.53, 51.5]), "gcj02")
    >>> east.round(6).tolist(), north.round(6).tolist()
    ([119.564775, 0.0], [29.527299, 51.5])
    """
    inside = _in_china(longitude, latitude)
    east, north = _shift_deg(longitude, latitude)
    east, north = longitude + np.where(inside, east, 0.0), latitude + np.where(inside, north, 0.0)
    if offset == "gcj02":
        return east, north
    radius = np.hypot(east, north) + 2e-5 * np.sin(north * _TURN)
    angle = np.arctan2(north, east) + 3e-6 * np.cos(east * _TURN)
    return (
        np.where(inside, radius * np.cos(angle) + 0.0065, east),
        np.where(inside, radius * np.sin(angle) + 0.006, north),
    )


def undone(longitude: NDArray[np.float64], latitude: NDArray[np.float64], offset: Offset) -> Degrees:
    """Take an offset off again, by fixed-point iteration to 1e-10 degrees (a hundredth of a millimetre).

    >>> east, north = undone(np.array([119.564775]), np.array([29.527299]), "gcj02")
    >>> east.round(5).tolist(), north.round(5).tolist()
    ([119.56], [29.53])
    """
    east, north = np.array(longitude, dtype=float), np.array(latitude, dtype=float)
    for _ in range(20):
        there_east, there_north = shifted(east, north, offset)
        step_east, step_north = longitude - there_east, latitude - there_north
        east, north = east + step_east, north + step_north
        if not len(east) or max(np.nanmax(np.abs(step_east)), np.nanmax(np.abs(step_north))) < 1e-10:  # noqa: PLR2004
            break
    return east, north


def _in_china(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.bool_]:
    west, south, east, north = CHINA
    return (longitude > west) & (longitude < east) & (latitude > south) & (latitude < north)


def _shift_deg(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> Degrees:
    """Return the shift of GCJ-02 in degrees: sums of sines in metres, over the length of a degree."""
    x, y = longitude - 105, latitude - 35
    waves = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    root = np.sqrt(np.abs(x))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += 2 / 3 * (waves + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3))
    east += 2 / 3 * (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += 2 / 3 * (waves + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3))
    north += 2 / 3 * (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30))
    angle = np.radians(latitude)
    flat = 1 - _ECCENTRICITY_2 * np.sin(angle) ** 2
    return (
        np.degrees(east / (_AXIS_M / np.sqrt(flat) * np.cos(angle))),
        np.degrees(north / (_AXIS_M * (1 - _ECCENTRICITY_2) / flat**1.5)),
    )
