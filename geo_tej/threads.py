"""Elementwise work on long arrays of geometries, in as many threads as there are cores: shapely lets go of the lock."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

CHUNK = 500
"""Shorter arrays are not worth a thread; long ones are cut into more chunks than threads: some geometries are slow."""

PREPARED = threading.RLock()
"""Held while what GEOS prepares is asked about lines or polygons, where several threads may know it.

It takes notes meanwhile, even after its first use, and the interpreter crashes where two threads make it do so at once;
about points, after the first, it may be asked by all.
"""


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
        futures = [pool.submit(job) for job in jobs]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(cancel_futures=True)  # whoever presses Ctrl-C waits for what is begun only
            raise


def own(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return geometries of which none is prepared, so that several threads may have them: copies of those that are.

    >>> import shapely
    >>> plots = shapely.box([0, 10], 0, [10, 20], 10)
    >>> own(plots) is plots
    True
    >>> _ = shapely.prepare(plots[:1])
    >>> shapely.is_prepared(own(plots)).tolist(), shapely.is_prepared(plots).tolist()
    ([False, False], [True, False])
    >>> own(plots[:0]).tolist()
    []
    """
    prepared = np.flatnonzero(shapely.is_prepared(geometry))
    if not len(prepared):
        return geometry
    geometry = geometry.copy()
    geometry[prepared] = copies(geometry[prepared])
    return geometry


def copies(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return copies of geometries, which may be prepared without the given ones being so.

    >>> import shapely
    >>> plot = shapely.box(0, 0, 1, 1)
    >>> _ = shapely.prepare(made := copies(np.array([plot, None])))
    >>> made[0] is plot, bool(shapely.is_prepared(plot)), made.tolist()
    (False, False, [<POLYGON ((1 0, 1 1, 0 1, 0 0, 1 0))>, None])
    """
    return np.asarray(shapely.set_srid(geometry, shapely.get_srid(geometry)), dtype=object)
