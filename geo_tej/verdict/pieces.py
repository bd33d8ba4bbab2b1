"""From faces to parcels: what prohibited ground leaves free, and whether a use still fits there.

Which faces are barred is told a kind of parcel; only how the rest hangs together is measured parcel by parcel, once
each set of barred faces, whatever use or table asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.bits import holds, packed, ranks
from geo_tej.ground import remaining
from geo_tej.measure import mean_width_m
from geo_tej.model import Outcome
from geo_tej.ragged import firsts, members
from geo_tej.threads import elementwise, side_by_side
from geo_tej.verdict.kinds import as_bytes, coded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.rules import Questions
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.kinds import Kinds
    from geo_tej.verdict.steps import Steps

PROHIBITED = np.int8(Outcome.PROHIBITED)
_KIND = 8
"""So many bytes a number of a kind takes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Together:
    """Outcomes of ground, put together: a row a situation, which is a kind of parcel and what fits on it.

    `of_parcel` says in which situation each parcel is, `kind` of which kind each situation is. `least` and `most` are
    situations x questions. `left_m2` are the largest free pieces of the parcels in `parted`, a row each, where only
    some of the ground is prohibited (NaN elsewhere): in the mildest and in the strictest case.
    """

    of_parcel: NDArray[np.intp]
    kind: NDArray[np.intp]
    least: NDArray[np.int8]
    most: NDArray[np.int8]
    parted: NDArray[np.intp]
    left_m2: tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Whole:
    """Outcomes by kinds of parcels x questions: the strictest face's, and which set of faces is barred (-1: none)."""

    strictest: NDArray[np.int8]
    barred: NDArray[np.int32]


def put_together(  # noqa: PLR0913  outcomes of kinds, what they are kinds of, and who measures
    evidence: Evidence,
    kinds: Kinds,
    owner: NDArray[np.intp],
    tables: tuple[NDArray[np.int8], NDArray[np.int8]],
    questions: Questions,
    steps: Steps,
) -> Together:
    """Turn outcomes of kinds of faces, the mildest and the strictest, into outcomes of parcels.

    Prohibited ground prohibits the parcel only if no piece that is left has the use's least area and width.

    Parameters
    ----------
    owner
        The kind of parcel that each kind of face belongs to, in order.
    tables
        Kinds of faces x questions: the mildest and the strictest outcomes.
    steps
        Who measures what is left.
    """
    wholes, kind_of_set, sets = _barred(owner, tables, len(kinds.parcel))
    parted = np.flatnonzero(np.isin(kinds.of_parcel, kind_of_set))
    sizes, size_of = least_sizes(questions)
    order, first_job, place = _jobs(kinds.of_parcel, kind_of_set)
    job_set = np.repeat(np.arange(len(kind_of_set)), np.diff(first_job))
    polygon, job = _free(evidence, kinds, ranks(owner), order, job_set, sets)
    asked = np.zeros((len(kind_of_set), len(sizes)), dtype=bool)
    for whole in wholes:
        row, question = np.nonzero(whole.barred >= 0)
        asked[whole.barred[row, question], size_of[question]] = True
    fits, largest = steps.left(polygon, job, count=len(order), sizes=sizes, asked=asked[job_set])
    kind = kinds.of_parcel[parted]
    parcel_rows, left_m2 = [], [np.full((len(parted), len(questions)), np.nan) for _ in wholes]
    for left, whole in zip(left_m2, wholes, strict=True):
        row, question = np.nonzero(whole.barred[kind] >= 0)
        mine = first_job[whole.barred[kind[row], question]] + place[parted[row]]
        outcome = whole.strictest[kind]
        outcome[row, question] = np.where(fits[mine, size_of[question]], Outcome.CONDITIONAL, PROHIBITED)
        parcel_rows.append(outcome)
        left[row, question] = largest[mine]
    return _situations(kinds, wholes, parted, (parcel_rows[0], parcel_rows[1]), (left_m2[0], left_m2[1]))


def _barred(
    owner: NDArray[np.intp], tables: tuple[NDArray[np.int8], NDArray[np.int8]], count: int
) -> tuple[list[_Whole], NDArray[np.intp], NDArray[np.uint8]]:
    """Find the sets of barred faces among kinds of parcels: for each, its kind and its faces as bits of bytes."""
    with_ground, starts = np.unique(owner, return_index=True)
    found = side_by_side([partial(_parted, owner, with_ground, starts, table, count) for table in tables], size=count)
    keys = [key for *_, key in found]
    rows = np.concatenate(keys)
    which = coded(rows)
    distinct, parts = rows[firsts(which)], np.split(which, [len(keys[0])])
    wholes = []
    for (strictest, parted, _), part in zip(found, parts, strict=True):
        barred = np.full(strictest.shape, -1, np.int32)
        barred[parted] = part
        wholes.append(_Whole(strictest=strictest, barred=barred))
    kind = np.ascontiguousarray(distinct[:, :_KIND]).view(np.int64).ravel()
    return wholes, kind.astype(np.intp), distinct[:, _KIND:]


def _parted(
    owner: NDArray[np.intp],
    with_ground: NDArray[np.intp],
    starts: NDArray[np.intp],
    table: NDArray[np.int8],
    count: int,
) -> tuple[NDArray[np.int8], NDArray[np.bool_], NDArray[np.uint8]]:
    """Return the strictest outcomes of kinds of parcels, where only some faces are barred, and kind and set there."""
    strictest = np.zeros((count, table.shape[1]), np.int8)
    mildest = np.full_like(strictest, PROHIBITED)
    if len(owner):
        strictest[with_ground] = np.maximum.reduceat(table, starts, axis=0)
        mildest[with_ground] = np.minimum.reduceat(table, starts, axis=0)
    parted = (strictest == PROHIBITED) & (mildest < PROHIBITED)
    kind = as_bytes(np.nonzero(parted)[0])
    return strictest, parted, np.column_stack([kind, packed(owner, table == PROHIBITED, count)[parted]])


def _jobs(
    of_parcel: NDArray[np.intp], kind_of_set: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Give every set of barred faces to all parcels of its kind.

    Returns the parcels of the jobs, sorted by set, the first job of each set, and the place of a parcel in its kind.
    """
    by_kind = np.argsort(of_parcel, kind="stable")
    sorted_kinds = of_parcel[by_kind]
    place = np.empty(len(of_parcel), np.intp)
    place[by_kind] = ranks(sorted_kinds)
    member, of_set = members(sorted_kinds, kind_of_set)
    return by_kind[member], np.searchsorted(of_set, np.arange(len(kind_of_set) + 1)), place


def _free(  # noqa: PLR0913  faces of parcels, by kinds, and which are barred
    evidence: Evidence,
    kinds: Kinds,
    rank: NDArray[np.intp],
    parcel: NDArray[np.intp],
    job_set: NDArray[np.intp],
    sets: NDArray[np.uint8],
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return the faces that are free in each job, and the job of each."""
    faces = evidence.faces
    face, job = members(faces.parcel, parcel)
    free = ~holds(sets, job_set[job], rank[kinds.of_face[face]])
    return faces.polygon[face[free]], job[free]


def _situations(
    kinds: Kinds,
    wholes: list[_Whole],
    parted: NDArray[np.intp],
    rows: tuple[NDArray[np.int8], NDArray[np.int8]],
    left_m2: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Together:
    """Tell the distinct outcomes of each kind of parcel apart; a kind that is never parted has just one."""
    kind = kinds.of_parcel[parted]
    told = np.concatenate([as_bytes(kind).view(np.int8), *rows], axis=1)
    _, first, which = np.unique(
        np.ascontiguousarray(told).view(f"V{told.shape[1]}").ravel(), return_index=True, return_inverse=True
    )
    plain = np.setdiff1d(np.arange(len(kinds.parcel)), kind)
    place = np.zeros(len(kinds.parcel), np.intp)
    place[plain] = np.arange(len(plain))
    of_parcel = place[kinds.of_parcel]
    of_parcel[parted] = len(plain) + which.ravel()
    least, most = (
        np.concatenate([whole.strictest[plain], row[first]]) for whole, row in zip(wholes, rows, strict=True)
    )
    return Together(
        of_parcel=of_parcel,
        kind=np.r_[plain, kind[first]],
        least=least,
        most=most,
        parted=parted,
        left_m2=left_m2,
    )


def too_small(evidence: Evidence, questions: Questions, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell, parcels x questions, where a parcel as a whole has not the least area and width of a use.

    Elsewhere than `asked` it is not told. A face that is large enough by itself settles it for most parcels; the
    others are put together and measured.
    """
    if not asked.any():
        return asked
    sizes, size_of = least_sizes(questions)
    faces, count = evidence.faces, len(evidence.ids)
    in_one = shapely.get_num_geometries(faces.polygon) == 1
    width = np.where(in_one, elementwise(mean_width_m, faces.polygon), -1.0)
    fits = np.zeros((count, len(sizes)), dtype=bool)
    for number, (least_m2, least_m) in enumerate(sizes):
        fits[faces.parcel[(faces.area_m2 >= least_m2) & (width >= least_m)], number] = True
    with_ground = np.isin(np.arange(count), faces.parcel)
    fits[~with_ground] = True
    of_size = np.column_stack([asked[:, size_of == number].any(axis=1) for number in range(len(sizes))])
    open_to = of_size & ~fits & (evidence.area_m2[:, None] >= sizes[:, 0])
    unsure = np.flatnonzero(open_to.any(axis=1))
    face, job = members(faces.parcel, unsure)
    whole = remaining(faces.polygon[face], job, count=len(unsure), sizes=sizes, asked=open_to[unsure])
    fits[unsure] |= whole.fits(sizes)
    return asked & ~fits[:, size_of]


def least_sizes(questions: Questions) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the distinct least (area, width) of the uses, 0 where unset, and which one each question has."""
    each = [(use.least_area_m2 or 0.0, use.least_width_m or 0.0) for use in questions.uses]
    sizes = sorted(set(each))
    place = {size: number for number, size in enumerate(sizes)}
    size_of = np.repeat(np.array([place[size] for size in each], np.intp), len(questions.pathways))
    return np.array(sizes, dtype=float).reshape(-1, 2), size_of
