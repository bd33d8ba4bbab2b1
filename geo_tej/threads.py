"""Elementwise work on long arrays of geometries, in as many threads as there are cores: shapely lets go of the lock."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

CHUNK = 500
"""Shorter arrays are not worth a thread; long ones are cut into more chunks than threads: some geometries are slow."""


def cores() -> int:
    """Return how many threads are of use, four at most."""
    return min(4, os.cpu_count() or 1)


def elementwise(function: Callable[..., NDArray[Any]], *arrays: NDArray[Any], chunk: int = CHUNK) -> NDArray[Any]:
    """Apply a function that works element by element to arrays of one length; the order stays.

    The longer it takes for each, the smaller a `chunk` is worth a thread.

    >>> import shapely
    >>> elementwise(shapely.area, shapely.box(0, 0, np.arange(1200), 1)).sum()
    np.float64(719400.0)
    >>> elementwise(shapely.area, np.empty(0, dtype=object)).tolist()
    []
    """
    size = len(arrays[0])
    if size < 2 * chunk or (threads := cores()) == 1:
        return function(*arrays)
    cuts = np.linspace(0, size, min(size // chunk, 8 * threads) + 1).astype(int)
    chunks = [tuple(array[start:stop] for array in arrays) for start, stop in pairwise(cuts)]
    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(lambda chunk: function(*chunk), chunks)))


def side_by_side(jobs: Iterable[Callable[[], Any]], *, size: int | None = None) -> list[Any]:
    """Do jobs in threads, and return what they give in their order; jobs on a `size` that is not worth it, in turn."""
    if size is not None and (size < 2 * CHUNK or cores() == 1):
        return [job() for job in jobs]
    with ThreadPoolExecutor(cores()) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]
