"""From a measured number to a value between 0 and 1, by the function a criterion names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_tej.i18n import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo_tej.siting.nouns import Direction, ValueFunction

FAO = ("S1", "S2", "S3", "N1", "N2")
FIVE = ("5", "4", "3", "2", "1")
CLASS_VALUES = (1.0, 0.75, 0.5, 0.25, 0.0)
"""What a class counts, from the best to the worst, in even steps; a programme may give its own `values`."""

LEVEL_WORDS = (
    Text("最适宜", "highly suitable"),
    Text("较适宜", "moderately suitable"),
    Text("基本适宜", "marginally suitable"),
    Text("较不适宜", "hardly suitable"),
    Text("不适宜", "not suitable"),
)
"""The five usual levels of a value, from the best: fifths of the scale."""


def value_of(function: ValueFunction, measured: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the values of measured numbers, as precise as they are; what was not measured (NaN) has none.

    Zadeh's S: Zadeh, L. A.: Fuzzy sets, Information and Control 8 (3), 1965. S1 to N2: FAO, A framework for land
    evaluation, Soils Bulletin 32, 1976.

    >>> from geo_tej.siting.nouns import ValueFunction
    >>> slope = ValueFunction(kind="steps", breaks=(2, 8, 15), values=(1, 0.8, 0.6, 0.4))
    >>> value_of(slope, np.array([0, 2, 14.9, 40, np.nan])).tolist()
    [1.0, 0.8, 0.6, 0.4, nan]
    >>> value_of(ValueFunction(kind="linear", worst=500, best=0), np.array([])).tolist()
    []
    """
    numbers = np.asarray(measured)
    if function.kind == "linear":
        return _ramp(numbers, function.worst, function.best)
    if function.kind == "fuzzy":
        return _trapezoid(numbers, function.corners, smooth=function.smooth)
    value = np.asarray(function.values, dtype=numbers.dtype)[_interval(function.breaks, numbers)]
    value[np.isnan(numbers)] = np.nan
    return value


def class_of(function: ValueFunction, measured: NDArray[np.floating]) -> list[str | None]:
    """Return the named classes of measured numbers, None for what was not measured or has no classes.

    >>> from geo_tej.siting.nouns import ValueFunction
    >>> far = ValueFunction(kind="classes", breaks=(100, 300), values=(1, 0.5, 0), classes=("S1", "S2", "N1"))
    >>> class_of(far, np.array([100, 20, np.nan]))
    ['S2', 'S1', None]
    """
    numbers = np.asarray(measured, dtype=float)
    if not function.classes:
        return [None] * len(numbers)
    place = _interval(function.breaks, numbers)
    return [None if np.isnan(number) else function.classes[where] for number, where in zip(numbers, place, strict=True)]


def level_of(value: NDArray[np.floating]) -> NDArray[np.int8]:
    """Return the level of values, 0 the best of five to 4 the worst, -1 where there is none.

    >>> level_of(np.array([1, 0.8, 0.79, 0, np.nan])).tolist()
    [0, 0, 1, 4, -1]
    """
    numbers = np.asarray(value, dtype=float)
    level = 4 - np.searchsorted([0.2, 0.4, 0.6, 0.8], np.nan_to_num(numbers).round(9), side="right")
    return np.where(np.isnan(numbers), -1, level).astype(np.int8)


def runs_against(direction: Direction, function: ValueFunction) -> bool:
    """Say whether a value function contradicts the direction that its criterion declares.

    >>> from geo_tej.siting.nouns import ValueFunction
    >>> runs_against("less", ValueFunction(kind="linear", worst=0, best=100))
    True
    """
    if function.kind == "linear":
        return direction == "middle" or (function.best > function.worst) != (direction == "more")
    if function.kind == "fuzzy":
        rise, fall = (function.corners[0], function.corners[1]), (function.corners[2], function.corners[3])
        way = "middle" if _finite(rise) and _finite(fall) else "less" if _finite(fall) else "more"
        return direction != way
    steps = np.diff(function.values)
    return {"more": bool((steps < 0).any()), "less": bool((steps > 0).any()), "middle": False}[direction]


def _interval(breaks: Sequence[float], numbers: NDArray[np.floating]) -> NDArray[np.int8]:
    """Return in which interval numbers lie, from 0; what is not known lies in the first."""
    place = np.zeros(numbers.shape, np.int8)
    for each in breaks:
        place += numbers >= each
    return place


def _finite(pair: Sequence[float]) -> bool:
    return bool(np.isfinite(pair).all())


def _ramp(numbers: NDArray[np.floating], nothing: float, full: float) -> NDArray[np.floating]:
    """Return how far numbers are on the way from nothing, 0, to full, 1."""
    way = (numbers - nothing) / (full - nothing)
    return np.clip(way, 0, 1, out=way)


def _trapezoid(numbers: NDArray[np.floating], corners: Sequence[float], *, smooth: bool) -> NDArray[np.floating]:
    """Return memberships of a trapezoid; a side whose corners are infinite does not slope."""
    rise, full, fall, nothing = corners
    sides = []
    if _finite((rise, full)):
        sides.append(_ramp(numbers, rise, full) if full > rise else (numbers >= full).astype(numbers.dtype))
    if _finite((fall, nothing)):
        sides.append(_ramp(numbers, nothing, fall) if nothing > fall else (numbers <= fall).astype(numbers.dtype))
    straight = sides[0] if len(sides) == 1 else np.minimum(sides[0], sides[1])
    straight[np.isnan(numbers)] = np.nan
    return np.where(straight < 0.5, 2 * straight**2, 1 - 2 * (1 - straight) ** 2) if smooth else straight  # noqa: PLR2004
