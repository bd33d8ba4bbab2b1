"""What is known of parcels, a column a fact: arrays that rules ask, and a frame for whoever wants one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """What is known of a batch of parcels, a row each, by fact; what is not known is None or NaN.

    >>> plots = Known(ids=pd.Index(["a", "b"]), columns={"floor_area_m2": np.array([20.0, np.nan])})
    >>> len(plots), plots.at(np.array([1]))["floor_area_m2"].tolist(), plots.stating("sewage_to", "inside")["sewage_to"]
    (2, [nan], array(['inside', 'inside'], dtype=object))
    >>> plots.frame.shape, Known(ids=pd.Index([]), columns={}).frame.shape
    ((2, 1), (0, 0))
    """

    ids: pd.Index
    columns: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        """Return the number of parcels."""
        return len(self.ids)

    def __getitem__(self, fact: str) -> NDArray[Any]:
        """Return what is known of a fact."""
        return self.columns[fact]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """It as a frame, its index the parcels' ids."""
        return pd.DataFrame(dict(self.columns), index=self.ids)

    def at(self, parcels: NDArray[np.intp]) -> Known:
        """Return what is known of some of the parcels."""
        return Known(ids=self.ids[parcels], columns={name: values[parcels] for name, values in self.columns.items()})

    def stating(self, fact: str, value: object) -> Known:
        """Return it with a fact stated of all parcels."""
        return Known(ids=self.ids, columns={**self.columns, fact: same(value, len(self))})


def same(value: object, count: int) -> NDArray[Any]:
    """Return a stated fact as a column."""
    return np.full(count, value, dtype=type(value) if isinstance(value, (bool, float)) else object)


def first_known(stated: NDArray[Any], told: NDArray[Any]) -> NDArray[Any]:
    """Return what is stated of a fact, and where nothing is, what is told of it otherwise."""
    without = np.asarray(pd.isna(stated))
    if not without.any():
        return stated
    return np.where(without, told, stated)
