"""Tables of codes that stand for sets or words: a million rows hold few distinct ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_tej.verdict.kinds import coded

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import NDArray


def dictionary(codes: NDArray[Any], words: Iterable[Hashable]) -> pd.Categorical:
    """Return small integers as words, of which several may be the same; -1 is none."""
    place: dict[Hashable, int] = {}
    number = [place.setdefault(word, len(place)) for word in words]
    return pd.Categorical.from_codes(np.array([*number, -1], np.int32)[codes], list(place))  # type: ignore[call-overload,no-any-return]


@dataclass(frozen=True, eq=False)
class Sets:
    """A table rows x questions of codes, each standing for a set of numbers."""

    codes: NDArray[np.int32]
    members: tuple[tuple[int, ...], ...]

    @classmethod
    def interned(cls, count: int, questions: Iterable[tuple[NDArray[np.intp], NDArray[np.intp]]]) -> Sets:
        """Give each set of numbers that a row has on a question a code; a question is (rows, numbers)."""
        known: dict[tuple[int, ...], int] = {(): 0}
        columns = []
        for rows, numbers in questions:
            kinds, which = np.unique(numbers, return_inverse=True)
            has = np.zeros((count, len(kinds) + 1), dtype=bool)
            has[rows, which] = True
            packed = np.packbits(has, axis=1)
            code = coded(packed)
            _, first = np.unique(code, return_index=True)
            distinct, place = np.unique(packed[first], axis=0, return_inverse=True)
            held = np.unpackbits(distinct, axis=1, count=len(kinds)).astype(bool)
            names = [known.setdefault(tuple(kinds[row].tolist()), len(known)) for row in held]
            columns.append(np.array(names, np.int32)[place.ravel()][code])
        return cls(np.stack(columns, axis=1), tuple(known))

    def united(self, groups: Sequence[NDArray[np.intp]], *, alone: tuple[int, ...] = ()) -> Sets:
        """Unite the sets of groups of rows; a group without rows gets `alone`."""
        known: dict[tuple[int, ...], int] = {(): 0}
        codes = np.zeros((len(groups), self.codes.shape[1]), np.int32)
        for row, places in enumerate(groups):
            for question, column in enumerate(self.codes[places].T):
                union = {number for code in set(column.tolist()) for number in self.members[code]}
                members = tuple(sorted(union)) if len(places) else alone
                codes[row, question] = known.setdefault(members, len(known))
        return Sets(codes, tuple(known))
