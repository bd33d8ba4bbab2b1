"""What is kept in a building stands where the building stands: the ground that is left around it is of no help.

A question of which all actions keep a building is judged on the ground under buildings. If all of that is barred, the
use surely cannot come; if some of it is, or may be, nobody can say before more is known. Where nobody knows what stands
on a parcel, any barred ground may lie under the building; and where none is recorded there is none to keep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.bits import BYTE, ranks
from geo_tej.ragged import firsts, members
from geo_tej.rules import PROHIBITED
from geo_tej.verdict.cause import IN_PART, NO_BUILDING, WHERE, Cause
from geo_tej.verdict.evidence import Standing
from geo_tej.verdict.kinds import as_bytes, coded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.rules import Questions
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.hearing import Heard
    from geo_tej.verdict.kinds import Kinds

OPENED, BARRED = np.int8(1), np.int8(2)
"""That where buildings stand leaves a verdict open to prohibition, and that it surely prohibits."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Spans:
    """Parcels x questions: the ends of spans, the highest level, and codes into the sets of open causes."""

    least: NDArray[np.int8]
    most: NDArray[np.int8]
    level: NDArray[np.int8]
    open: NDArray[np.int32]
    open_sets: tuple[tuple[Cause, ...], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class UnderBuildings:
    """The ground under the buildings of one parcel in m²: all of it, and what is, or may be, prohibited a question."""

    built_m2: float
    prohibited_m2: NDArray[np.float64]
    possibly_prohibited_m2: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stances:
    """Parcels of one kind on whose faces buildings stand alike; a parcel stands for each stance.

    `face` are the kinds of faces on which a building stands, or may stand, each with its `stance`, which are sorted.
    """

    of_parcel: NDArray[np.intp]
    standing: NDArray[np.int8]
    stance: NDArray[np.intp]
    face: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Found:
    """Stances x questions: where all buildings are barred, where some may be, and why as codes into `sets`."""

    barred: NDArray[np.bool_]
    opened: NDArray[np.bool_]
    why: NDArray[np.intp]
    sets: tuple[tuple[Cause, ...], ...]


def keeping(questions: Questions) -> NDArray[np.bool_]:
    """Tell of which questions all actions keep a building that stands."""
    return np.tile([each.keeps_building for each in questions.pathways], len(questions.uses))


def stand(  # noqa: PLR0913  where buildings stand, what was heard of the ground, and what was made of it
    evidence: Evidence, kinds: Kinds, owner: NDArray[np.intp], heard: Heard, questions: Questions, spans: Spans
) -> tuple[Spans, NDArray[np.int8]]:
    """Judge questions that keep a building by the ground that it stands on, also telling where that mattered.

    Parameters
    ----------
    owner
        The kind of parcel that each kind of face belongs to, sorted.
    spans
        What the ground of parcels as a whole says.
    """
    stood = np.zeros(spans.least.shape, np.int8)
    asked = np.flatnonzero(keeping(questions))
    if not len(asked):
        return spans, stood
    stances = _stances(evidence, kinds, owner)
    found = _found(stances, heard, asked, evidence.built.layer)
    if not (found.barred.any() or found.opened.any()):
        return spans, stood
    parcel, column = np.nonzero((found.barred | found.opened)[stances.of_parcel] & (spans.least[:, asked] < PROHIBITED))
    stance, cell = stances.of_parcel[parcel], (parcel, asked[column])
    barred = found.barred[stance, column]
    stood[cell] = np.where(barred, BARRED, OPENED)
    least, most, level, codes = spans.least.copy(), spans.most.copy(), spans.level.copy(), spans.open.copy()
    most[cell] = PROHIBITED
    least[cell] = np.where(barred, PROHIBITED, least[cell])
    level[cell] = np.where(barred, np.int8(0), level[cell])
    sets = (*found.sets, ())
    before, why = codes[cell].astype(np.int64), np.where(barred, len(sets) - 1, found.why[stance, column])
    told, distinct = pd.factorize(before * len(sets) + why)
    added = [() if sets[each] == () else _ranked({*spans.open_sets[old], *sets[each]})
             for old, each in (divmod(int(pair), len(sets)) for pair in distinct)]  # fmt: skip
    codes[cell] = len(spans.open_sets) + told
    after = Spans(least=least, most=most, level=level, open=codes, open_sets=(*spans.open_sets, *added))
    return after, stood


def under_buildings(evidence: Evidence, heard: Heard) -> UnderBuildings:
    """Add up the ground under the buildings of the one parcel in the evidence."""
    under = evidence.built.face_m2[:, None]
    barred, feared = heard.face_least == PROHIBITED, heard.face_most == PROHIBITED
    return UnderBuildings(
        built_m2=float(under.sum()),
        prohibited_m2=(under * barred).sum(axis=0),
        possibly_prohibited_m2=(under * (feared & ~barred)).sum(axis=0),
    )


def _stances(evidence: Evidence, kinds: Kinds, owner: NDArray[np.intp]) -> _Stances:
    """Tell parcels of a kind apart by the faces on which buildings stand."""
    built, faces = evidence.built, evidence.faces
    bearing = (built.standing[faces.parcel] == Standing.BUILT) & (built.face_m2 > 0)
    rank = ranks(owner)[kinds.of_face]
    bits = np.zeros((len(evidence.ids), int(rank.max(initial=0)) // BYTE + 1), np.uint8)
    where = faces.parcel[bearing], rank[bearing] // BYTE
    np.bitwise_or.at(bits, where, np.uint8(1) << (rank[bearing] % BYTE).astype(np.uint8))
    of_parcel = coded(np.column_stack([as_bytes(kinds.of_parcel), built.standing.view(np.uint8), bits]))
    first = firsts(of_parcel)
    face, stance = members(faces.parcel, first)
    counts = bearing[face] | (built.standing[first][stance] == Standing.UNKNOWN)
    pair = np.unique(stance[counts] * (len(owner) + 1) + kinds.of_face[face[counts]])
    stance, face = np.divmod(pair, len(owner) + 1)
    return _Stances(of_parcel=of_parcel, standing=built.standing[first], stance=stance, face=face)


def _found(stances: _Stances, heard: Heard, asked: NDArray[np.intp], layer: str | None) -> _Found:
    """Hold the ground under buildings against what was heard of it."""
    bars, fears = (table[np.ix_(stances.face, asked)] == PROHIBITED for table in (heard.face_least, heard.face_most))
    with_ground, starts = np.unique(stances.stance, return_index=True)

    def each(combine: np.ufunc, faces: NDArray[np.bool_]) -> NDArray[np.bool_]:
        table = np.zeros((len(stances.standing), len(asked)), dtype=bool)
        if len(starts):
            table[with_ground] = combine.reduceat(faces, starts, axis=0)
        return table

    built, none = (stances.standing == which for which in (Standing.BUILT, Standing.NONE))
    barred = each(np.logical_and, bars) & built[:, None]
    opened = (each(np.logical_or, fears | bars) & ~barred) | none[:, None]
    # where all of it may be barred, and none surely, it is all the same where a building stands
    unlike = opened & (each(np.logical_or, bars) | ~each(np.logical_and, fears | bars))
    why: dict[Cause, NDArray[np.bool_]] = {
        Cause(kind="standing", layer=layer, name=NO_BUILDING): opened & none[:, None],
        Cause(kind="standing", layer=layer, name=IN_PART): unlike & built[:, None],
        Cause(kind="standing", layer=layer, name=WHERE): unlike & ~(built | none)[:, None],
    }
    touches = np.zeros(len(heard.face_least), dtype=bool)
    for note in heard.notes:
        if not note.of_faces or not (note.ceiling[asked] == PROHIBITED).any():
            continue
        touches[note.rows] = True
        rows = np.flatnonzero(touches[stances.face])
        touches[note.rows] = False
        if len(rows):
            may = why.setdefault(note.cause, np.zeros_like(opened))
            holds = ~bars[rows] & (note.ceiling[asked] == PROHIBITED)
            np.logical_or.at(may, stances.stance[rows], holds)
    return _coded(why, barred, opened)


def _coded(why: dict[Cause, NDArray[np.bool_]], barred: NDArray[np.bool_], opened: NDArray[np.bool_]) -> _Found:
    """Give the same sets of causes one code."""
    causes = [cause for cause, where in why.items() if (where & opened).any()]
    row, column = np.nonzero(opened)
    told = np.packbits(np.column_stack([why[cause][row, column] for cause in causes]), axis=1) if causes else None
    code = np.zeros(len(row), np.int64) if told is None else coded(told)
    sets = tuple(
        _ranked({cause for cause in causes if why[cause][row[first], column[first]]}) for first in firsts(code).tolist()
    )
    codes = np.zeros(opened.shape, np.intp)
    codes[row, column] = code
    return _Found(barred=barred, opened=opened, why=codes, sets=sets)


def _ranked(causes: set[Cause]) -> tuple[Cause, ...]:
    return tuple(sorted(causes, key=lambda cause: cause.rank))
