"""Sets of an owner's few members as bits of bytes: many sets are told apart and asked by whole columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BYTE = 8


def ranks(owner: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the place of each member among those of its owner; owners are sorted.

    >>> ranks(np.array([0, 0, 3, 3, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    return np.arange(len(owner)) - np.searchsorted(owner, owner)


def packed(owner: NDArray[np.intp], chosen: NDArray[np.bool_], count: int) -> NDArray[np.uint8]:
    """Return, owners x columns x bytes, which members each column has chosen, a bit each by the member's rank.

    Parameters
    ----------
    owner
        The owner of each member, sorted.
    chosen
        Members x columns.
    count
        How many owners there are.

    >>> packed(np.array([0, 0, 2]), np.array([[True, False], [True, True], [False, True]]), 3)[..., 0].tolist()
    [[3, 2], [0, 0], [0, 1]]
    """
    rank = ranks(owner)
    sets = np.zeros((count, chosen.shape[1], int(rank.max(initial=0)) // BYTE + 1), np.uint8)
    for byte in range(sets.shape[2]):
        mine = np.flatnonzero(rank // BYTE == byte)
        if len(mine):
            owners, starts = np.unique(owner[mine], return_index=True)
            bit = np.uint8(1) << (rank[mine] % BYTE).astype(np.uint8)
            sets[owners, :, byte] = np.bitwise_or.reduceat(chosen[mine] * bit[:, None], starts, axis=0)
    return sets


def holds(sets: NDArray[np.uint8], of: NDArray[np.intp], rank: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell whether sets, rows of bytes of which `of` names one each time, hold members of these ranks.

    >>> holds(np.array([[3], [2]], np.uint8), np.array([0, 1, 1]), np.array([0, 0, 1])).tolist()
    [True, False, True]
    """
    return np.asarray((sets[of, rank // BYTE] >> (rank % BYTE).astype(np.uint8)) & 1 == 1)
