"""Whether ids are unique among any number of them: eight bytes an id, and the file once more only in doubt."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from geo_tej.ledgers.columns import numbers, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_PLACES = 1024
_AT_ONCE = 1 << 24
"""Fingerprints that are compared in one go."""


def fingerprints(ids: pa.Array) -> NDArray[np.uint64]:
    """Return 64-bit fingerprints: equal for equal ids, and for others hardly ever.

    Texts are summed up byte by byte, each byte times a number for its place.

    >>> one, other, again = fingerprints(pa.array(["A1", "1A", "A1"]))
    >>> bool(one == again), bool(one == other)
    (True, False)
    """
    if pa.types.is_integer(ids.type):
        return plain(ids).astype(np.int64).view(np.uint64)
    text = ids.cast(pa.large_string())
    _, offsets, data = text.buffers()
    offset = np.frombuffer(offsets, np.int64)[text.offset : text.offset + len(text) + 1]
    letters = np.frombuffer(data or b"", np.uint8)[offset[0] : offset[-1]].astype(np.uint64)
    offset = offset - offset[0]
    place = np.arange(len(letters)) - np.repeat(offset[:-1], np.diff(offset))
    factors = np.random.default_rng(0).integers(1 << 63, size=_PLACES, dtype=np.uint64) * 2 + 1
    total = np.r_[np.uint64(0), np.cumsum((letters + np.uint64(1)) * factors[place % _PLACES])]
    return np.asarray(total[offset[1:]] - total[offset[:-1]])


def alike(prints: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Return the fingerprints that stand more than once in arrays, which may be memory-mapped.

    >>> alike([np.array([3, 1], np.uint64), np.array([2, 3], np.uint64)]).tolist()
    [3]
    """
    steps = max(-(-sum(map(len, prints)) // _AT_ONCE), 1)
    width = 2**64 // steps + 1
    found = [np.empty(0, np.uint64)]
    for step in range(steps):
        some = [each if steps == 1 else each[each // np.uint64(width) == step] for each in prints]
        together = np.concatenate([*some, np.empty(0, np.uint64)])
        if (together[1:] <= together[:-1]).any():
            together = np.sort(together)
            found.append(together[1:][together[1:] == together[:-1]])
    return np.unique(np.concatenate(found))


def repeated(ids: Iterable[pa.Array], suspects: NDArray[np.uint64]) -> list[str]:
    """Return the ids that stand more than once, among those with suspect fingerprints."""
    seen: Counter[object] = Counter()
    for some in ids:
        seen.update(some.take(numbers(np.flatnonzero(np.isin(fingerprints(some), suspects)))).to_pylist())
    return [str(value) for value, number in seen.items() if number > 1]
