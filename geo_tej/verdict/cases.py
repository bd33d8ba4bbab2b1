"""Questions that find the ground of a kind of parcel alike, face by face, are one case: it is judged once for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.bits import ranks
from geo_tej.ragged import firsts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.verdict.hearing import Heard

_END, _WORD = 2, 32
"""So many bits are one end of a span, and so many a word that holds the spans of faces."""
_FACES = _WORD // (2 * _END)


@dataclass(frozen=True, kw_only=True, eq=False)
class Cases:
    """The cases of kinds of parcels, sorted by kind; `of` is kinds x questions.

    Each has its `kind` and a `question` that stands for it; those of a kind begin at `first`, which ends with the end.
    """

    of: NDArray[np.int32]
    kind: NDArray[np.intp]
    question: NDArray[np.intp]
    first: NDArray[np.intp]


def cases_of(heard: Heard, owner: NDArray[np.intp]) -> Cases:
    """Tell apart what was heard of kinds of parcels and of their faces, whose `owner` is sorted."""
    kinds, asked = heard.parcel_least.shape
    spans = _spans(heard.parcel_least, heard.parcel_most).astype(np.uint64)
    code = (np.arange(kinds, dtype=np.uint64)[:, None] << np.uint64(2 * _END)) | spans
    of_faces, rank = _spans(heard.face_least, heard.face_most), ranks(owner)
    known = kinds << (2 * _END)
    for first in range(0, int(rank.max(initial=-1)) + 1, _FACES):
        mine = np.flatnonzero((rank >= first) & (rank < first + _FACES))
        having, start = np.unique(owner[mine], return_index=True)
        shift = (2 * _END * (rank[mine] - first)).astype(np.uint32)[:, None]
        word = np.bitwise_or.reduceat(of_faces[mine].astype(np.uint32) << shift, start, axis=0)
        told, distinct = pd.factorize((code[having] << np.uint64(_WORD) | word).ravel())
        code[having] = (known + told).reshape(word.shape).astype(np.uint64)
        known += len(distinct)
    told, distinct = pd.factorize(code.ravel())
    kind, question = np.divmod(firsts(told), max(asked, 1))
    return Cases(
        of=told.reshape(code.shape).astype(np.int32),
        kind=kind,
        question=question,
        first=np.searchsorted(kind, np.arange(kinds + 1)),
    )


def _spans(least: NDArray[np.int8], most: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Return the two ends of spans as one number."""
    return (least | most << _END).astype(np.uint8)
