"""Codes never come without their scheme: declared, or known by the name of their column where all codes are of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.codes import find_code, meanings, scheme_of_column, scheme_of_names
from geo_tej.errors import ManifestError, choices
from geo_tej.i18n import Said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from geo_tej.codes import CodeLists
    from geo_tej.io.manifest import LayerEntry

CODE_COLUMNS = {"code": "scheme", "land_use_code": "land_use_scheme"}
"""Our columns of codes, and those of their schemes."""

_SHOWN = 5


def with_scheme(entry: LayerEntry, frame: pd.DataFrame, lists: CodeLists) -> tuple[LayerEntry, list[str]]:
    """Return a layer's entry with the scheme that the name of its code column tells, and a remark that says so.

    Raises
    ------
    ManifestError
        If the column holds codes that the scheme does not list: then nobody knows what they are.
    """
    remarks: list[str] = []
    for ours, scheme_column in CODE_COLUMNS.items():
        column = entry.columns.get(ours)
        scheme = None if column is None else scheme_of_column(lists, column)
        remarks += _unlisted_scheme(lists, entry.constants.get(scheme_column))
        if column is None or scheme is None or scheme_column in (*entry.columns, *entry.constants):
            continue
        codes = sorted({str(code).strip() for code in frame[column].dropna() if str(code).strip()})
        odd = [code for code in codes if find_code(lists, code, scheme) is None]
        if odd:
            others = sorted({name for code in odd for name in meanings(lists, code)})
            instead = (
                _without_zero(lists, odd, scheme)
                or _as_named(lists, frame, column)
                or (f"; they are listed in {', '.join(others)}" if others else "")
            )
            message = (
                f"layer {entry.id}: the column {column} has codes of {scheme!r} by convention, but that does not list "
                f"{', '.join(odd[:_SHOWN])}{instead}; say the scheme itself (constants.{scheme_column})"
            )
            raise ManifestError(message)
        entry = entry.model_copy(update={"constants": entry.constants | {scheme_column: scheme}})
        said = f"the codes of {column} are taken for {scheme}, as the name of the column says"
        remarks.append(Said(f"{column} 的代码按字段名视为 {scheme}", said))
    return entry, remarks


def _unlisted_scheme(lists: CodeLists, declared: object) -> list[str]:
    """Tell a declared scheme that the rulebook, which lists some, does not list."""
    if declared is None or not lists.schemes or str(declared) in lists.schemes:
        return []
    instead = choices(str(declared), list(lists.schemes))
    return [
        Said(
            f"规则库未列出代码体系 {declared!r}；已列：{'、'.join(lists.schemes)}",
            f"the scheme {declared!r} is not listed in the rulebook; {instead}",
        )
    ]


def _without_zero(lists: CodeLists, odd: Sequence[str], scheme: str) -> str:
    """Say that codes were kept as numbers, where all of those not listed are listed with a zero before them."""
    plain = [code.removesuffix(".0") for code in odd]
    if not all(code.isdecimal() and find_code(lists, f"0{code}", scheme) is not None for code in plain):
        return ""
    return f": kept as numbers they have lost their first zero (0{plain[0]}); make the column one of text"


def _as_named(lists: CodeLists, frame: pd.DataFrame, column: str) -> str:
    """Say which scheme the names beside codes are of, where there is a column of such names."""
    for beside in (name for name in frame.columns if name not in (column, "geometry")):
        pairs = frame[[column, beside]].dropna().astype(str).drop_duplicates()
        scheme = scheme_of_names(lists, [(code.strip(), name.strip()) for code, name in pairs.to_numpy().tolist()])
        if scheme is not None:
            return f"; with the names in {beside} they are those of {scheme!r}"
    return ""
