"""Facts as people write them, in cells, frames and on command lines: one reading for all."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from geo_tej.errors import FrameError, gather
from geo_tej.model import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_tej.model import Fact, Rulebook

Frame = TypeVar("Frame", bound=pd.DataFrame)

YES_OR_NO = {"yes": True, "true": True, "1": True, "是": True, "no": False, "false": False, "0": False, "否": False}


def read_fact(fact: Fact, given: object) -> float | bool | str | date:
    """Return a fact as its type.

    Yes and no, true and false, 1 and 0, 是 and 否 all say whether; where a fact's values are `yes` and `no`, too.

    Raises
    ------
    ValueError
        If it cannot be read as that.

    >>> from types import SimpleNamespace as Namespace
    >>> listed = Namespace(type="enum", values=("yes", "no"))
    >>> read_fact(listed, "是"), read_fact(Namespace(type="bool", values=()), "否")
    ('yes', False)
    """
    text = written(given)
    if fact.type == "enum" and text in fact.values:
        return text
    if fact.type == "number":
        number = float(text)
        if not np.isfinite(number):
            raise ValueError(text)
        return number
    if fact.type == "date":
        return given.date() if isinstance(given, datetime) else date.fromisoformat(text)
    if text.lower() not in YES_OR_NO:
        raise ValueError(text)
    truth = YES_OR_NO[text.lower()]
    if fact.type == "bool":
        return truth
    word = "yes" if truth else "no"
    if word not in fact.values:
        raise ValueError(text)
    return word


def read_column(fact: Fact, cells: Iterable[object]) -> tuple[list[object], tuple[str, ...]]:
    """Return a column of a fact as its type, and what stands there that is none, once each.

    Nothing, empty text, `unknown` and what cannot be read are not known (None): they open verdicts, and never close
    one.

    >>> from types import SimpleNamespace as Namespace
    >>> read_column(Namespace(type="bool", values=()), [True, 0, "否", 1.0, "perhaps", "", None, "unknown"])
    ([True, False, False, True, None, None, None, None], ('perhaps',))
    >>> read_column(Namespace(type="bool", values=()), [])
    ([], ())
    """
    read: dict[tuple[type, object], object] = {}
    odd: dict[str, None] = {}
    values = []
    for cell in cells:
        key = (type(cell), cell if pd.api.types.is_scalar(cell) else str(cell))
        if key not in read:
            read[key] = _cell(fact, cell, odd)
        values.append(read[key])
    return values, tuple(sorted(odd))


def _cell(fact: Fact, cell: object, odd: dict[str, None]) -> object:
    if is_nothing(cell):
        return None
    try:
        return read_fact(fact, cell)
    except ValueError:
        if (text := written(cell)) not in ("", UNKNOWN):
            odd[text] = None
        return None


def is_nothing(cell: object) -> bool:
    """Say whether a cell holds nothing: None, NaN, NaT or NA."""
    return bool(pd.api.types.is_scalar(cell) and pd.isna(cell))  # type: ignore[call-overload]


def written(cell: object) -> str:
    """Write a cell as text: whole numbers without a decimal point.

    >>> written(601.0), written(" yes "), written(True)
    ('601', 'yes', 'True')
    """
    whole = isinstance(cell, (float, np.floating)) and float(cell).is_integer()
    return str(int(cell)) if whole else str(cell).strip()  # type: ignore[call-overload]


def odd_words(name: str, odd: tuple[str, ...], fact: Fact) -> str:
    """Say that something cannot be read as a fact, and what could."""
    return f"{name}: {', '.join(odd[:5])} cannot be read as {kind_words(fact)}"


def strictly(frame: Frame, rulebook: Rulebook, *, what: str) -> Frame:
    """Return a frame whose facts are numbers, truths, dates or listed values, whoever made it.

    Raises
    ------
    FrameError
        If a column of a fact stands twice, or holds what cannot be read as its type; all such columns at once.
    """
    faults = []
    read: dict[str, pd.Series] = {}
    for name, fact in rulebook.facts.items():
        if name not in frame.columns:
            continue
        given = frame[name]
        if given.ndim > 1:
            faults.append(f"the column {name} stands more than once")
            continue
        cells = given.tolist()
        values, odd = read_column(fact, cells)
        if odd:
            faults.append(f"{odd_words(name, odd, fact)}; leave empty what is not known")
        if any(value is not cell for value, cell in zip(values, cells, strict=True)):
            read[name] = as_series(fact, values, given.index)
    if faults:
        message = f"{what}: {gather(faults)}"
        raise FrameError(message)
    return frame.assign(**read) if read else frame


def as_series(fact: Fact, values: list[object], index: pd.Index) -> pd.Series:
    """Return a fact that was read as a column: numbers as floats, all else as it is."""
    return pd.Series(values, index=index, dtype=float if fact.type == "number" else object)


def kind_words(fact: Fact) -> str:
    """Say what a fact must be."""
    kinds = {"number": "a number", "bool": "yes or no", "date": "a date like 2026-06-30"}
    return kinds.get(fact.type, f"one of {', '.join(fact.values)}")
