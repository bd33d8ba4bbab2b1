"""Which parcels are alike to every rule: most of a town's are, and one of each kind is judged for all.

Parcels are of one kind if they meet the same keys, have the same tests answered alike, lie on the same surveyed layers,
and have faces of the same kinds. What differs among them is how large their ground is, and what of it hangs together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.measure import is_wide
from geo_tej.threads import elementwise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.table import Table


@dataclass(frozen=True, kw_only=True, eq=False)
class Kinds:
    """The kind of every parcel and face of a batch, and a parcel and a face that stand for each kind.

    A kind of face belongs to one kind of parcel; both are numbered in the order of the batch.
    """

    of_parcel: NDArray[np.intp]
    of_face: NDArray[np.intp]
    parcel: NDArray[np.intp]
    face: NDArray[np.intp]


def alike(evidence: Evidence, table: Table, decided: Iterable[int] = ()) -> Kinds:
    """Sort parcels and faces by what rules can tell apart; `decided` are parcels that are like no other."""
    parcel = coded(_seen(evidence, table, decided))
    wide = elementwise(is_wide, evidence.faces.polygon)
    lies = np.zeros((len(wide), len(evidence.keys)), dtype=bool)
    lies[evidence.faces.face, evidence.faces.key] = True
    face = coded(np.column_stack([as_bytes(parcel[evidence.faces.parcel]), wide, np.packbits(lies, axis=1)]))
    of_parcel = _patterns(parcel, evidence.faces.parcel, face)
    _, first_parcel = np.unique(of_parcel, return_index=True)
    pair = of_parcel[evidence.faces.parcel] * (face.max(initial=0) + 1) + face
    _, first_face, of_face = np.unique(pair, return_index=True, return_inverse=True)
    return Kinds(of_parcel=of_parcel, of_face=of_face.ravel(), parcel=first_parcel, face=first_face)


def each_its_own(evidence: Evidence) -> Kinds:
    """Take every parcel and face as a kind of its own."""
    parcel, face = np.arange(len(evidence.ids)), np.arange(len(evidence.faces.parcel))
    return Kinds(of_parcel=parcel, of_face=face, parcel=parcel, face=face)


def told_apart(evidence: Evidence, table: Table, decided: Iterable[int] = ()) -> NDArray[np.int64]:
    """Give parcels numbers by what rules can tell apart whatever they meet; `decided` are like no other."""
    return coded(_told(evidence, table, decided))


def _seen(evidence: Evidence, table: Table, decided: Iterable[int]) -> NDArray[np.uint8]:
    """Return, a row of bytes a parcel, everything that rules can ask of it but for its faces."""
    met = np.zeros((len(evidence.ids), len(evidence.keys)), dtype=bool)
    met[evidence.hits.parcel, evidence.hits.key] = True
    return np.column_stack([np.packbits(met, axis=1), _told(evidence, table, decided)])


def _told(evidence: Evidence, table: Table, decided: Iterable[int]) -> NDArray[np.uint8]:
    """Return, a row of bytes a parcel, what rules can ask of it but for what it meets."""
    count = len(evidence.ids)
    compared = table.tests.compared(evidence.known).astype(np.uint8)
    alone = np.zeros(count, np.int64)
    for number, parcel in enumerate(decided, start=1):
        alone[parcel] = number
    return np.column_stack([np.packbits(evidence.unsurveyed, axis=1), as_bytes(alone), compared])


def as_bytes(numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return whole numbers as rows of bytes."""
    return np.ascontiguousarray(numbers, np.int64).view(np.uint8).reshape(len(numbers), 8)


def coded(rows: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Give distinct rows of bytes numbers, in the order in which they come."""
    if len(rows) <= 1:
        return np.zeros(len(rows), np.int64)
    words = np.zeros((len(rows), -(-rows.shape[1] // 8) * 8), np.uint8)
    words[:, : rows.shape[1]] = rows
    code = np.zeros(len(rows), np.int64)
    for column in words.view(np.uint64).T:
        more, distinct = pd.factorize(column)
        code = pd.factorize(code * max(len(distinct), 1) + more)[0].astype(np.int64)
    return code


def _patterns(start: NDArray[np.int64], owner: NDArray[np.intp], face: NDArray[np.int64]) -> NDArray[np.intp]:
    """Give parcels with the same start and set of faces the same number, told by one face after the other."""
    faces = int(face.max(initial=0)) + 1
    pair = np.unique(owner * faces + face)
    owner, face = np.divmod(pair, faces)
    first = np.searchsorted(owner, np.arange(len(start)))
    count = np.searchsorted(owner, np.arange(len(start)), side="right") - first
    code, known = start.copy(), int(start.max(initial=0)) + 1
    for turn in range(int(count.max(initial=0))):
        longer = np.flatnonzero(count > turn)
        told, distinct = pd.factorize(code[longer] * faces + face[first[longer] + turn])
        code[longer] = known + told
        known += len(distinct)
    return np.asarray(pd.factorize(code)[0], dtype=np.intp)
