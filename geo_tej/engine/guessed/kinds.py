"""What kind of layer a file is by what it is called, and which of its columns says what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo_tej.engine.guessed.conventions import (
    CLASS_COLUMNS,
    CONTROLS,
    KIND_WORDS,
    ORDINALS,
    PARCEL_IDS,
    ZONE_OF_PARCEL,
)
from geo_tej.engine.guessed.found import Found, columns_of
from geo_tej.frames import POLYGONAL

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 0.5
"""More than this share of rows is most of them."""

MOST_CLASSES = 200
_PREFIX, _INSIDE = 4, 5
_OTHER_WORDS = re.compile(
    r"name|nombre|^nom$|nome|naam|scheme|addr|owner|desc|date|note|comment|shape|length|area|user|url|名|备注|日期",
    re.IGNORECASE,
)
_ID_WORDS = re.compile(r"id|no|nr|num|key|ref|code|编号|代码|号", re.IGNORECASE)


def kind_of(found: Found) -> tuple[str, str] | None:
    """Return what a layer is by the name of its sublayer or file, and the word that says so.

    >>> from pathlib import Path
    >>> kind_of(Found(path=Path("S_FLD_HAZ_AR.shp"), sublayer=None, kind="shapefile"))
    ('flood', 'fld')
    >>> kind_of(Found(path=Path("railroads.shp"), sublayer=None, kind="shapefile"))
    ('railway', 'railroad')
    >>> kind_of(Found(path=Path("data.gpkg"), sublayer="x", kind="geopackage")) is None
    True
    """
    for label in filter(None, (found.sublayer, found.path.stem)):
        for kind, words in KIND_WORDS.items():
            word = next((each for each in words if _says(label, each)), None)
            if word is not None:
                return kind, word
    return None


def is_polygonal(found: Found) -> bool:
    """Tell whether most of what a layer holds are polygons."""
    kinds = shapely.get_type_id(np.array([] if found.geometry is None else found.geometry, dtype=object))
    return bool(len(kinds)) and float(np.isin(kinds, POLYGONAL).mean()) > MOST


def is_control(kind: str) -> bool:
    """Tell whether zones of a kind may bar uses, or grant them."""
    return kind == "zoning" or kind in CONTROLS


def named_like(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """Return the first column that bears one of the names, the first of these first, whatever its letters' case.

    >>> named_like(["Shape", "Pin"], ["APN", "PIN"]), named_like([], ["PIN"])
    ('Pin', None)
    """
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(column.casefold(), column)
    return next((by_name[name.casefold()] for name in names if name.casefold() in by_name), None)


def parcel_id(found: Found, *, surely_parcels: bool) -> str | None:
    """Return the column that names parcels: known by convention and different in most rows.

    Of a layer that surely holds parcels, else one that is full and different in every row: what looks like a number of
    the cadastre before what numbers rows.
    """
    frame = found.frame
    if frame is None or not len(frame):
        return None
    there = columns_of(found)
    known = [column for column in (named_like(there, [name]) for name in PARCEL_IDS) if column is not None]
    best = max(known, key=lambda column: frame[column].nunique(), default=None)
    if best is not None and frame[best].nunique() / len(frame) > MOST:
        return best
    if not surely_parcels:
        return None
    full = [column for column in there if frame[column].notna().all() and frame[column].is_unique]
    full = [column for column in full if not pd.api.types.is_float_dtype(frame[column])]
    return min(full, key=lambda column: (is_ordinal(found, column), not _ID_WORDS.search(column)), default=None)


def is_ordinal(found: Found, column: str) -> bool:
    """Tell whether a column numbers the rows of one edition of a file."""
    numbers = found.frame is not None and pd.api.types.is_numeric_dtype(found.frame[column])
    return numbers and column.upper() in ORDINALS


def zoned_parcels(found: Found) -> str | None:
    """Return the column of a cadastre that says which zone each parcel lies in, if there is one."""
    frame, said = found.frame, kind_of(found)
    if frame is None or said is None or said[0] != "parcels" or not is_polygonal(found):
        return None
    column = named_like(columns_of(found), ZONE_OF_PARCEL)
    return column if column is not None and 0 < frame[column].nunique() <= MOST_CLASSES else None


def class_column(found: Found, kind: str) -> str | None:
    """Return the column that tells zones apart: known by convention, else the text with fewest values."""
    frame = found.frame
    if frame is None or not len(frame):
        return None
    there = [column for column in columns_of(found) if 0 < frame[column].nunique() <= MOST_CLASSES]
    known = named_like(there, CLASS_COLUMNS.get(kind, CLASS_COLUMNS["zoning"]))
    if known is not None:
        return known
    texts = [column for column in there if not pd.api.types.is_numeric_dtype(frame[column])]
    texts = [column for column in texts if not _OTHER_WORDS.search(column)]
    texts = [column for column in texts if not pd.api.types.is_datetime64_any_dtype(frame[column])]
    return min(texts, key=lambda column: (named_like([column], _classes_elsewhere()) is None, frame[column].nunique()),
               default=None)  # fmt: skip


def _classes_elsewhere() -> tuple[str, ...]:
    return (
        "CLASS",
        "TYPE",
        "TYP",
        "TIPO",
        "FTYPE",
        "KIND",
        "CATEGORY",
        "STATUS",
        "SCHUTZSTATUS",
        "类型",
        "类别",
        "等级",
    )


def _says(label: str, word: str) -> bool:
    """Tell whether a word stands in a label: Chinese anywhere, else at the head of a part, or inside if it is long."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", label).casefold()
    parts = [part for part in re.split(r"[^a-zà-ÿ\u3040-\u9fff]+", plain) if part]
    if "\u3040" <= word[0] <= "\u9fff":
        return word in plain
    short = len(word) < _PREFIX
    return any(part == word or (not short and part.startswith(word)) for part in parts) or (
        len(word) >= _INSIDE and word in plain
    )
