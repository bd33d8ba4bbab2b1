"""Rows that belong together and are of unlike number: runs of them in sorted arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def runs(first: NDArray[np.intp], count: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the numbers of runs that begin at `first` and are `count` long, and the run that each belongs to.

    >>> [each.tolist() for each in runs(np.array([7, 3, 5]), np.array([2, 0, 3]))]
    [[7, 8, 5, 6, 7], [0, 0, 2, 2, 2]]
    """
    owner = np.repeat(np.arange(len(count)), count)
    return np.arange(len(owner)) + np.repeat(first - np.cumsum(count) + count, count), owner


def members(of: NDArray[np.intp], chosen: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places in a sorted array of what belongs to each of `chosen`, and the place of that among them.

    >>> [each.tolist() for each in members(np.array([0, 0, 2, 2, 2]), np.array([2, 1, 0]))]
    [[2, 3, 4, 0, 1], [0, 0, 0, 2, 2]]
    """
    first = np.searchsorted(of, chosen)
    return runs(first, np.searchsorted(of, chosen, side="right") - first)


def firsts(code: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the first place of each of the numbers from 0 on, all of which occur.

    >>> firsts(np.array([1, 0, 1, 2, 0])).tolist(), firsts(np.empty(0, np.intp)).tolist()
    ([1, 0, 3], [])
    """
    first = np.empty(int(code.max(initial=-1)) + 1, np.intp)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return first
