"""Facts that tables bring as columns: text cells become what the rulebook says they are, or are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from geo_tej.facts import as_series, odd_words, read_column

if TYPE_CHECKING:
    from geo_tej.model import Rulebook

Frame = TypeVar("Frame", bound=pd.DataFrame)


def read_facts(parcels: Frame, rulebook: Rulebook) -> tuple[Frame, list[str]]:
    """Return a table with its facts as numbers, truths, dates or listed values, and a remark on each odd column.

    What cannot be read as its type is not known (None): it opens verdicts, and never closes one.
    """
    remarks = []
    for name, fact in rulebook.facts.items():
        if name not in parcels.columns:
            continue
        values, odd = read_column(fact, parcels[name])
        if odd:
            remarks.append(f"{odd_words(name, odd, fact)}; taken as not known")
        parcels = parcels.assign(**{name: as_series(fact, values, parcels.index)})
    return parcels, remarks
