"""Facts that tables bring as columns: text cells become what the rulebook says they are, or are not known."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_tej.model import Fact, Rulebook

Frame = TypeVar("Frame", bound=pd.DataFrame)
YES_OR_NO = {"yes": True, "true": True, "1": True, "是": True, "no": False, "false": False, "0": False, "否": False}


def read_facts(parcels: Frame, rulebook: Rulebook) -> tuple[Frame, list[str]]:
    """Return a table with its facts as numbers, truths, dates or listed values, and a remark on each odd column.

    What cannot be read as its type is not known (None): it opens verdicts, and never closes one.
    """
    remarks = []
    for name, fact in rulebook.facts.items():
        if name not in parcels.columns:
            continue
        given = parcels[name]
        read = pd.Series([_value(fact, cell) for cell in given], index=parcels.index, dtype=object)
        odd = sorted({str(cell) for cell in given[given.notna() & read.isna()]})
        if odd:
            remarks.append(f"{name}: {', '.join(odd[:5])} cannot be read as {_kind(fact)}; taken as not known")
        parcels = parcels.assign(**{name: read.astype(float) if fact.type == "number" else read})
    return parcels, remarks


def _kind(fact: Fact) -> str:
    kinds = {"number": "a number", "bool": "yes or no", "date": "a date like 2026-06-30"}
    return kinds.get(fact.type, f"one of {', '.join(fact.values)}")


def _value(fact: Fact, cell: str | float | None) -> float | bool | str | date | None:
    if cell is None or pd.isna(cell):
        return None
    text = str(cell).strip()
    if fact.type == "enum" and text in fact.values:
        return text
    try:
        return _READ[fact.type](fact, text)
    except (ValueError, KeyError):
        return None


def _number(_: Fact, text: str) -> float | None:
    number = float(text)
    return number if np.isfinite(number) else None


def _listed(fact: Fact, text: str) -> str | None:
    plain = "yes" if YES_OR_NO[text.lower()] else "no"
    return plain if plain in fact.values else None


_READ: dict[str, Callable[[Fact, str], float | bool | str | date | None]] = {
    "number": _number,
    "bool": lambda _, text: YES_OR_NO[text.lower()],
    "date": lambda _, text: date.fromisoformat(text),
    "enum": _listed,
}
