"""Things that hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def linked(one: NDArray[np.intp], other: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Give each of `count` things, of which pairs are linked, the number of its set, in the order of first members.

    Each thing takes the lowest number within reach until nothing changes.

    >>> linked(np.array([3, 1]), np.array([1, 0]), 5).tolist()
    [0, 0, 1, 0, 2]
    """
    label = np.arange(count)
    while len(one):
        low, high = label[one], label[other]
        apart = low != high
        one, other, low, high = one[apart], other[apart], low[apart], high[apart]
        np.minimum.at(label, np.maximum(low, high), np.minimum(low, high))
        while (label[label] != label).any():
            label = label[label]
    first = label == np.arange(count)
    return np.asarray((np.cumsum(first) - 1)[label])
