"""The class of every zone, made of the attributes that the rulebook knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_tej.frames import zone_class
from geo_tej.i18n import Said
from geo_tej.model import UNKNOWN, LawLayer

if TYPE_CHECKING:
    import geopandas as gpd

    from geo_tej.io.manifest import LayerEntry

_NOT_SPOKEN_OF = Said("规则库未涉及该图层", "the rulebook does not speak of this layer")


def with_classes(
    frame: gpd.GeoDataFrame, entry: LayerEntry, law: LawLayer | None
) -> tuple[gpd.GeoDataFrame, dict[str, dict[str, str]], dict[str, tuple[str, ...]], list[str]]:
    """Give each zone its class, made of the attributes that the rulebook knows; odd values are told, and unknown.

    Returns
    -------
    tuple
        The zones with their classes, the attributes of each class, the odd values by attribute, and the remarks.
    """
    if law is None:
        return frame.assign(zone_class=entry.id), {entry.id: {}}, {}, [_NOT_SPOKEN_OF]
    remarks: list[str] = []
    strange: dict[str, tuple[str, ...]] = {}
    attributes: dict[str, list[Any]] = {}
    for name, closed in law.attributes.items():
        values = frame[name] if name in frame else pd.Series(UNKNOWN, index=frame.index, dtype=object)
        values = values.astype(object).where(values.notna(), UNKNOWN)
        odd = sorted({str(value) for value in values if closed and value not in (*closed, UNKNOWN)})
        if odd:
            strange[name] = tuple(odd)
            values_zh, values_en = "、".join(odd), ", ".join(odd)
            said = f"{name}: {values_en} is not in the rulebook's list; taken as unknown"
            remarks.append(Said(f"{name}：{values_zh} 不在规则库所列之内，按未知处理", said))
            values = values.where(~values.isin(odd), UNKNOWN)
        attributes[name] = values.tolist()
        lacking = int(frame[name].isna().sum()) if name in frame else 0
        if lacking:
            said = f"{name}: {lacking:,} of {len(frame):,} zones are without a value; taken as unknown"
            remarks.append(Said(f"{name}：{len(frame):,} 个分区中 {lacking:,} 个未填，按未知处理", said))
    if not attributes:
        attributes["class"] = [entry.id] * len(frame)
    rows = list(zip(*attributes.values(), strict=True))
    told = {row: {name: str(value) for name, value in zip(attributes, row, strict=True)} for row in dict.fromkeys(rows)}
    names = {row: zone_class(each) for row, each in told.items()}
    named = np.array([*(names[row] for row in rows), None], dtype=object)[:-1]
    return frame.assign(zone_class=named), {names[row]: each for row, each in told.items()}, strange, remarks
