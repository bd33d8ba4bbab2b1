"""Columns of a file under our names, cells as clean text and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_tej.io.manifest import COLUMNS, REQUIRED, LayerEntry
from geo_tej.io.project.mapping import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd

    from geo_tej.accounts import Account


def mapping_of(entry: LayerEntry, table: pd.DataFrame, more: Iterable[str]) -> dict[str, str]:
    """Return our names for the file's columns: the manifest's, and those that bear our name already."""
    mapping = dict(entry.columns)
    for name in (*COLUMNS[entry.role], *more):
        if name not in mapping and name not in entry.constants and name in table.columns:
            mapping[name] = name
    for name in REQUIRED.get(entry.role, ()):
        mapping.setdefault(name, name)
    return mapping


def without_aliases(mapping: dict[str, str], frame: gpd.GeoDataFrame, account: Account) -> dict[str, str]:
    """Let a mapping name a column by the alias that the file has for it."""
    columns = {alias: column for column, alias in account.aliases.items()}
    return {
        name: columns[column] if column not in frame.columns and column in columns else column
        for name, column in mapping.items()
    }


def cleaned_columns(table: pd.DataFrame, mapping: Mapping[str, str], entry: LayerEntry) -> pd.DataFrame:
    """Return the mapped columns under our names, text stripped, numbers as numbers."""
    cleaned = pd.DataFrame(index=table.index)
    for name, column in mapping.items():
        values = table[column]
        if name in NUMBERS:
            cleaned[name] = pd.to_numeric(values, errors="coerce")
        else:
            cleaned[name] = _texts(values)
    for name, value in entry.constants.items():
        cleaned[name] = float(value) if name in NUMBERS else str(value)
    return cleaned


def _texts(values: pd.Series) -> pd.Series:
    """Write cells as text: each distinct one once, where those that are equal are also written alike."""
    if values.dtype == object:
        return values.map(_text)
    code, distinct = pd.factorize(values, use_na_sentinel=True)
    texts = np.array([*map(_text, np.asarray(distinct, dtype=object)), None], dtype=object)
    return pd.Series(texts[code], index=values.index)


def _text(value: Any) -> str | None:  # noqa: ANN401  a cell
    """Write a cell as text: whole numbers without a decimal point, dates as days, nothing as None."""
    if isinstance(value, str):
        return value.strip() or None
    if pd.isna(value):
        return None
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return str(value).strip() or None
