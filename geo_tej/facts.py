"""Facts as people write them, in cells and on command lines: one reading for all."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from geo_tej.model import Fact

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
    text = str(given).strip()
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


def kind_words(fact: Fact) -> str:
    """Say what a fact must be."""
    kinds = {"number": "a number", "bool": "yes or no", "date": "a date like 2026-06-30"}
    return kinds.get(fact.type, f"one of {', '.join(fact.values)}")
