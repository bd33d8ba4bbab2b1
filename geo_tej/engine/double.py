"""Ground that several parcels of one kind claim: whatever is counted there counts twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_tej.i18n import Said
from geo_tej.measure import HAIRLINE_M
from geo_tej.topology import overlapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_tej.model import Project

_COLUMNS = ("layer", "kind", "what", "area_m2", "width_m", "x", "y")

_WORDS = {
    "overlap": (" 相互重叠", " lie over each other"),
    "gap": (" 留有缝隙", ": a gap"),
    "near_duplicate_boundary": (" 边界近似重合", ": boundaries nearly coincide"),
    "spike": (" 有尖刺", ": a spike"),
}


def double_ground(project: Project) -> pd.DataFrame:
    """Return where parcels of one kind lie over each other by more than a hairline (1 cm), the largest first.

    A survey over rights parcels is meant to lie there, and a layer that declares `tiles = false` may lie over itself.

    Returns
    -------
    pandas.DataFrame
        `layer` of the first parcel, `kind` of problem, `what` the two are called, `area_m2`, mean `width_m`, and a
        place in the project's CRS (`x`, `y`).
    """
    return project.once("double ground", lambda: _found(project))


def place_words(place: Mapping[Any, Any]) -> Said:
    """Write a place where boundaries are amiss as a line.

    >>> place_words({"kind": "overlap", "what": "A1 / A2", "area_m2": 1234.5, "width_m": 3.0, "x": 500000.4, "y": 3.0})
    'A1 / A2 lie over each other: 1,234.5 m², 3.00 m wide, at 500000, 3'
    >>> place_words({"kind": "spike", "what": "A1", "area_m2": 0.0, "width_m": 0.0, "x": 500000.4, "y": 3.0})
    'A1: a spike, at 500000, 3'
    """
    zh, en = _WORDS[place["kind"]]
    where = f"{place['x']:.0f}, {place['y']:.0f}"
    size_zh = size = ""
    if place["area_m2"]:
        area, width = f"{place['area_m2']:,.1f}", f"{place['width_m']:,.2f}"
        size_zh, size = f"：{area} 平方米，均宽 {width} 米", f": {area} m², {width} m wide"
    return Said(
        f"{rows_in_chinese(place['what'])}{zh}{size_zh}，位于 {where}", f"{place['what']}{en}{size}, at {where}"
    )


def rows_in_chinese(what: str) -> str:
    """Name rows in Chinese where they have no other name.

    >>> rows_in_chinese("row 1 / row 3"), rows_in_chinese("A1 / row of houses")
    ('第 1 行 / 第 3 行', 'A1 / row of houses')
    """
    return " / ".join(re.sub(r"^row (\d+)$", r"第 \1 行", name) for name in what.split(" / "))


def _found(project: Project) -> pd.DataFrame:
    free = [layer.id for layer in project.layers.values() if layer.tiles is False]
    parcels = project.parcels[~project.parcels["parcel_layer"].isin(free)]
    tables = []
    for _, alike in parcels.groupby("kind", sort=False):
        places = overlapping(alike)
        places = places[places["width_m"] > HAIRLINE_M]
        ids, layers = alike.index.to_numpy(dtype=object), alike["parcel_layer"].to_numpy(dtype=object)
        first, second = places["row"].to_numpy(dtype=np.intp), places["other"].to_numpy(dtype=np.intp)
        words = [f"{one} / {other}" for one, other in zip(ids[first], ids[second], strict=True)]
        tables.append(places.assign(layer=layers[first], what=words))
    if not tables:
        return pd.DataFrame(columns=list(_COLUMNS))
    return pd.concat(tables, ignore_index=True).sort_values("area_m2", ascending=False, kind="stable")[list(_COLUMNS)]
