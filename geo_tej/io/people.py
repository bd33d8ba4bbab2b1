"""Who sits where, held against the enterprises and parcels that there are: what is not among them is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geo_tej.errors import choices

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


def _remarks(links: pd.DataFrame, known: Mapping[str, list[str] | None]) -> list[str]:
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
    return lines + [f"and {len(odd) - _SHOWN} more such rows"] * (len(odd) > _SHOWN)


def _place(each: tuple[int, str, object]) -> tuple[int, str]:
    return each[0], each[1]


def _words(row: int, what: str, given: object, names: list[str] | None) -> str:
    if what == "again":
        return f"row {row} says again what row {given} says"
    if not isinstance(given, str):
        return f"row {row} has no {what}"
    return f"row {row}: {what} {given!r} is not in the project; {choices(given, names or [])}"
