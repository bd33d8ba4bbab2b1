"""Who sits where, held against the enterprises and parcels that there are: what is not among them is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geo_tej.errors import choices
from geo_tej.i18n import Said

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from geo_tej.model import Layer

_SHOWN = 5


def with_links_told(layers: Mapping[str, Layer], parcels: pd.Index) -> dict[str, Layer]:
    """Return layers with a remark on each row of occupancy that names no enterprise or parcel of the project.

    Such rows stay: an enterprise that also sits on ground that nobody knows is not to be judged without it.
    """
    tables = [each.table for each in layers.values() if each.role == "enterprises" and each.table is not None]
    known = {
        "enterprise_id": [str(name) for table in tables for name in table["enterprise_id"]] if tables else None,
        "parcel_id": [str(name) for name in parcels],
    }
    return {
        name: replace(layer, remarks=(*layer.remarks, *_remarks(layer.table, known)))
        if layer.role == "occupancy" and layer.table is not None
        else layer
        for name, layer in layers.items()
    }


def _remarks(links: pd.DataFrame, known: Mapping[str, list[str] | None]) -> list[Said]:
    odd: list[tuple[int, str, object]] = []
    for column, names in known.items():
        there = None if names is None else set(names)
        odd += [
            (row, column, given)
            for row, given in enumerate(links[column].tolist(), start=1)
            if not isinstance(given, str) or (there is not None and given not in there)
        ]
    first: dict[tuple[object, object], int] = {}
    for row, pair in enumerate(zip(links["enterprise_id"], links["parcel_id"], strict=True), start=1):
        if first.setdefault(pair, row) != row:
            odd.append((row, "again", first[pair]))
    lines = [_words(row, what, given, known.get(what)) for row, what, given in sorted(odd, key=_place)[:_SHOWN]]
    more = len(odd) - _SHOWN
    return lines + [Said(f"另有 {more} 行同类问题", f"and {more} more such rows")] * (more > 0)


def _place(each: tuple[int, str, object]) -> tuple[int, str]:
    return each[0], each[1]


def _words(row: int, what: str, given: object, names: list[str] | None) -> Said:
    if what == "again":
        return Said(f"第 {row} 行与第 {given} 行重复", f"row {row} says again what row {given} says")
    if not isinstance(given, str):
        return Said(f"第 {row} 行缺少 {what}", f"row {row} has no {what}")
    near = choices(given, names or [])
    return Said(
        f"第 {row} 行：{what} {given!r} 不在项目中", f"row {row}: {what} {given!r} is not in the project; {near}"
    )
