"""How classes look, on pages and on sheets: told apart by pattern as well as by colour, from light to dark.

Colours are #rrggbb; `mean` stands for a pattern where it is too small to be seen; `pattern` is dots, lines or cross, in
the colour `ink`. Fills differ in lightness from class to class, so that grey copies can be read.
"""

from __future__ import annotations

import math
from typing import Any

Look = dict[str, Any]


def _look(fill: str, mean: str = "", pattern: str = "", ink: str = "") -> Look:
    look = {"fill": fill, "mean": mean or fill}
    return look | {"pattern": pattern, "ink": ink} if pattern else look


OPEN = _look("#f1eff7", "#d9d4e8", "lines", "#7a6ea8")
PROHIBITED = _look("#b9504a", "#a9453f", "cross", "#8a2f2a")
OUTCOMES = [
    _look("#8ecfc0"),
    *(_look(fill, fill, "dots", "#7a4b00") for fill in ("#f6dd92", "#f6dd92", "#f3cd72", "#ecb455", "#e09a3e")),
    OPEN,
    PROHIBITED,
]
"""Permitted; conditional by the level that must sign, from none to the state; to be settled; prohibited."""

RAMP = [_look(fill) for fill in ("#a9c4e0", "#6f9bc8", "#3c6ea8")]
"""How many uses may come: few to all."""

STATES = [
    _look("#f0bd84", "#e9b076", "dots", "#7a4500"),
    _look("#dfe9df"),
    OPEN,
    _look("#c9625c", "#c9625c", "cross", "#7d2722"),
    _look("#f4f4f2", "#ececea"),
]
"""Affected, not affected, no data, failed, silent."""

SHARES = [
    *(_look(fill) for fill in ("#f4f4f2", "#f3dfc1", "#e7b579", "#cc7d3d")),
    _look("#8f4a1c", "", "lines", "#5e2c0c"),
]
"""Share of a parcel under a layer: none, to a tenth, to half, to all but a trace, all."""

SHARE_CUTS = [0.1, 0.5, 1 - 1e-6]

HUES = [
    "#1f6fb2", "#c2185b", "#7b3fa0", "#5d7a1f", "#8d5524", "#d1495b", "#00838f", "#455a64", "#ad6f00", "#3949ab",
    "#6a1b4d", "#2e7d32",
]  # fmt: skip
"""Of control layers in turn: far from those of the answers."""

CONTEXT: dict[str, Look] = {
    "water": {"fill": "#b9d7e8", "stroke": "#b9d7e8", "width": 0.8},
    "road": {"fill": "#f6f1e4", "stroke": "#a89f8c", "width": 1.2},
}

OUTLINES: list[Look] = [
    {"stroke": "#3d434b", "width": 1.7, "dash": [9, 3, 2, 3]},
    {"stroke": "#00695c", "width": 1.6, "dash": [6, 4]},
    {"stroke": "#6d4c41", "width": 1.5, "dash": [2, 3]},
    {"stroke": "#37517e", "width": 1.5, "dash": [12, 3]},
]
"""Of context layers that are outlines, in turn."""

LOOKS = {
    "outcomes": OUTCOMES, "ramp": RAMP, "states": STATES, "shares": SHARES, "cuts": SHARE_CUTS, "hues": HUES,
    "context": CONTEXT, "outlines": OUTLINES,
}  # fmt: skip


def overview_bins(uses: int) -> list[tuple[int, int]]:
    """Return the classes of how many uses may come, from most to fewest, as (from, to).

    >>> overview_bins(40), overview_bins(3), overview_bins(1)
    ([(21, 40), (11, 20), (1, 10)], [(3, 3), (2, 2), (1, 1)], [(1, 1)])
    """
    tops = sorted({-(-uses * part // 4) for part in (1, 2, 4)})
    return [(low + 1, high) for low, high in zip([0, *tops[:-1]], tops, strict=True)][::-1]


def round_length(metres: float) -> float:
    """Return the largest 1, 2 or 5 times a power of ten within a length.

    >>> round_length(730), round_length(1999), round_length(51)
    (500.0, 1000.0, 50.0)
    """
    power = 10.0 ** math.floor(math.log10(metres))
    return float(power * max(step for step in (1, 2, 5) if step * power <= metres))
