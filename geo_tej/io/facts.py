"""Facts that tables bring as columns: text cells become what the rulebook says they are, or are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from geo_tej.facts import kind_words, read_fact
from geo_tej.i18n import Said

if TYPE_CHECKING:
    from geo_tej.model import Fact, Rulebook

Frame = TypeVar("Frame", bound=pd.DataFrame)


def read_facts(parcels: Frame, rulebook: Rulebook) -> tuple[Frame, list[str]]:
    """Return a table with its facts as numbers, truths, dates or listed values, and a remark on each odd column.

    What cannot be read as its type is not known (None): it opens verdicts, and never closes one.
    """
    remarks: list[str] = []
    for name, fact in rulebook.facts.items():
        if name not in parcels.columns:
            continue
        given = parcels[name]
        read = pd.Series([_value(fact, cell) for cell in given], index=parcels.index, dtype=object)
        odd = sorted({str(cell) for cell in given[given.notna() & read.isna()]})
        if odd:
            said = f"{name}: {', '.join(odd[:5])} cannot be read as {kind_words(fact)}; taken as not known"
            remarks.append(Said(f"{name}：{'、'.join(odd[:5])} 不符合该字段的取值，按未知处理", said))
        parcels = parcels.assign(**{name: read.astype(float) if fact.type == "number" else read})
    return parcels, remarks


def _value(fact: Fact, cell: object) -> object:
    if cell is None or pd.isna(cell):  # type: ignore[call-overload]
        return None
    try:
        return read_fact(fact, cell)
    except ValueError:
        return None
