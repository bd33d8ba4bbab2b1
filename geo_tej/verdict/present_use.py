"""Facts that the code of a parcel's present land use tells, where nobody states them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from geo_tej.codes import CodeLists
    from geo_tej.model import Fact


def told_by_codes(fact: Fact, parcels: pd.DataFrame, lists: CodeLists) -> NDArray[np.object_]:
    """Return what a fact is by each parcel's `land_use_code` and `land_use_scheme`; None where they do not tell.

    >>> import pandas as pd
    >>> from types import SimpleNamespace as Namespace
    >>> from geo_tej.codes import CodeLists
    >>> fact = Namespace(codes={"GB": {"works": ("06",), "store": ("0604",)}})
    >>> plots = pd.DataFrame({"land_use_code": ["0601", "0604", "05", None], "land_use_scheme": "GB"})
    >>> told_by_codes(fact, plots, CodeLists()).tolist()
    ['works', 'store', None, None]
    >>> told_by_codes(fact, plots[["land_use_code"]], CodeLists()).tolist()  # a code without its scheme tells nothing
    [None, None, None, None]
    """
    told = np.full(len(parcels), None, dtype=object)
    if not {"land_use_code", "land_use_scheme"} <= set(parcels.columns):
        return told
    pairs = list(zip(parcels["land_use_code"], parcels["land_use_scheme"], strict=True))
    said = {pair: _value(fact.codes, *pair, lists) for pair in set(pairs)}
    told[:] = [said[pair] for pair in pairs]
    return told


def _value(
    codes: Mapping[str, Mapping[str, tuple[str, ...]]], code: object, scheme: object, lists: CodeLists
) -> str | None:
    """Return the value whose list has the longest beginning of a code, by its scheme or the one that extends."""
    if not isinstance(code, str) or not isinstance(scheme, str):
        return None
    extended = lists.schemes[scheme].extends if scheme in lists.schemes else None
    for name in (scheme, extended):
        fitting = {
            prefix: value
            for value, prefixes in codes.get(name or "", {}).items()
            for prefix in prefixes
            if code.startswith(prefix)
        }
        if fitting:
            return fitting[max(fitting, key=len)]
    return None
