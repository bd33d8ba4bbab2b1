"""From faces to parcels: what prohibited ground leaves free, and whether a use still fits there.

Which faces are barred is told a kind of parcel; only how the rest hangs together is measured parcel by parcel, once
each set of barred faces, whatever use or table asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.bits import holds, packed, ranks
from geo_tej.ground import remaining
from geo_tej.measure import mean_width_m
from geo_tej.model import Outcome
from geo_tej.ragged import firsts, members
from geo_tej.rules import PROHIBITED
from geo_tej.threads import elementwise
from geo_tej.verdict.kinds import as_bytes, coded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.rules import Questions
    from geo_tej.verdict.cases import Cases
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.kinds import Kinds
    from geo_tej.verdict.steps import Steps

_KIND = 8
"""So many bytes a number of a kind takes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Whole:
    """Cases put together: the strictest face's outcome, and which set of faces is barred (-1: all are, or none)."""

    strictest: NDArray[np.int8]
    barred: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Jobs:
    """Every set of barred faces with every parcel of its kind, sorted by set.

    `parcel` and `set` are those of each job. The jobs of a set begin at `first`, and parcels follow in it by `place`.
    """

    parcel: NDArray[np.intp]
    set: NDArray[np.intp]
    first: NDArray[np.intp]
    place: NDArray[np.intp]

    def of(self, barred: NDArray[np.int32], parcel: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the job of each pair of set and parcel."""
        return self.first[barred] + self.place[parcel]


@dataclass(frozen=True, kw_only=True, eq=False)
class Together:
    """Outcomes of ground, put together: a row a situation, which is a kind of parcel and what fits on it.

    `of_parcel` says in which situation each parcel is, `kind` of which kind each situation is. `least` and `most` are
    situations x questions. `mildest` and `strictest` are the same before it is asked what fits. `largest_m2` is the
    largest free piece of each job, which is a set of barred faces and a parcel that has it.
    """

    of_parcel: NDArray[np.intp]
    kind: NDArray[np.intp]
    least: NDArray[np.int8]
    most: NDArray[np.int8]
    mildest: Whole
    strictest: Whole
    jobs: Jobs
    largest_m2: NDArray[np.float64]


def put_together(  # noqa: PLR0913  outcomes of kinds, what they are kinds of, and who measures
    evidence: Evidence,
    kinds: Kinds,
    cases: Cases,
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
    (mildest, strictest), kind_of_set, sets = _barred(cases, owner, tables)
    sizes, size_of = least_sizes(questions)
    jobs = _jobs(kinds.of_parcel, kind_of_set)
    polygon, job = _free(evidence, kinds, ranks(owner), jobs, sets)
    wanted = np.zeros((len(cases.kind), len(sizes)), dtype=bool)
    wanted[cases.of, size_of] = True
    asked = np.zeros((len(kind_of_set), len(sizes)), dtype=bool)
    for whole in (mildest, strictest):
        case, size = np.nonzero(wanted & (whole.barred >= 0)[:, None])
        asked[whole.barred[case], size] = True
    asked = asked[jobs.set]
    fits, largest_m2 = steps.left(polygon, job, count=len(jobs.parcel), sizes=sizes, asked=asked)
    parted = np.flatnonzero(np.isin(kinds.of_parcel, kind_of_set))
    of_parcel, kind, first = _situations(kinds, parted, jobs, fits & asked)
    found, like, plain = cases.of[kind], parted[first], len(kind) - len(first)

    def outcomes(whole: Whole) -> NDArray[np.int8]:
        outcome, barred = whole.strictest[found], whole.barred[found[plain:]]
        row, question = np.nonzero(barred >= 0)
        fit = fits[jobs.of(barred[row, question], like[row]), size_of[question]]
        outcome[plain + row, question] = np.where(fit, np.int8(Outcome.CONDITIONAL), PROHIBITED)
        return outcome

    return Together(
        of_parcel=of_parcel,
        kind=kind,
        least=outcomes(mildest),
        most=outcomes(strictest),
        mildest=mildest,
        strictest=strictest,
        jobs=jobs,
        largest_m2=largest_m2,
    )


def _barred(
    cases: Cases, owner: NDArray[np.intp], tables: tuple[NDArray[np.int8], NDArray[np.int8]]
) -> tuple[list[Whole], NDArray[np.intp], NDArray[np.uint8]]:
    """Put the faces of each case together, and find the sets of barred ones: kinds, and faces as bits."""
    count = len(cases.kind)
    face, case = members(owner, cases.kind)
    with_ground, starts = np.unique(case, return_index=True)
    strictest, parted, rows = [], [], []
    for table in tables:
        outcome = table[face, cases.question[case]]
        ends = np.zeros(count, np.int8), np.full(count, PROHIBITED)
        if len(case):
            ends[0][with_ground] = np.maximum.reduceat(outcome, starts)
            ends[1][with_ground] = np.minimum.reduceat(outcome, starts)
        strictest.append(ends[0])
        parted.append(np.flatnonzero((ends[0] == PROHIBITED) & (ends[1] < PROHIBITED)))
        sets = packed(case, (outcome == PROHIBITED)[:, None], count)[parted[-1], 0]
        rows.append(np.column_stack([as_bytes(cases.kind[parted[-1]]), sets]))
    every = np.concatenate(rows)
    which = coded(every)
    distinct = every[firsts(which)]
    wholes = []
    for outcome, where, own in zip(strictest, parted, np.split(which, [len(rows[0])]), strict=True):
        barred = np.full(count, -1, np.int32)
        barred[where] = own
        wholes.append(Whole(strictest=outcome, barred=barred))
    kind = np.ascontiguousarray(distinct[:, :_KIND]).view(np.int64).ravel()
    return wholes, kind.astype(np.intp), distinct[:, _KIND:]


def _jobs(of_parcel: NDArray[np.intp], kind_of_set: NDArray[np.intp]) -> Jobs:
    """Give every set of barred faces to all parcels of its kind."""
    by_kind = np.argsort(of_parcel, kind="stable")
    sorted_kinds = of_parcel[by_kind]
    place = np.empty(len(of_parcel), np.intp)
    place[by_kind] = ranks(sorted_kinds)
    member, of_set = members(sorted_kinds, kind_of_set)
    first = np.searchsorted(of_set, np.arange(len(kind_of_set) + 1))
    return Jobs(parcel=by_kind[member], set=of_set, first=first, place=place)


def _free(
    evidence: Evidence, kinds: Kinds, rank: NDArray[np.intp], jobs: Jobs, sets: NDArray[np.uint8]
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return the faces that are free in each job, and the job of each."""
    faces = evidence.faces
    face, job = members(faces.parcel, jobs.parcel)
    free = ~holds(sets, jobs.set[job], rank[kinds.of_face[face]])
    return faces.polygon[face[free]], job[free]


def _situations(
    kinds: Kinds, parted: NDArray[np.intp], jobs: Jobs, fits: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Tell apart the parcels of each kind by what fits on them; a kind that is never parted has just one situation.

    Returns the situation of each parcel and the kind of each, those of parted parcels last, and for these the place of
    a parcel among `parted` that stands for it.
    """
    kind = kinds.of_parcel[parted]
    order = np.argsort(jobs.parcel, kind="stable")
    told = packed(np.searchsorted(parted, jobs.parcel[order]), fits[order], len(parted))
    which = coded(np.column_stack([as_bytes(kind), told.reshape(len(parted), told.shape[1] * told.shape[2])]))
    first = firsts(which)
    plain = np.setdiff1d(np.arange(len(kinds.parcel)), kind)
    place = np.zeros(len(kinds.parcel), np.intp)
    place[plain] = np.arange(len(plain))
    of_parcel = place[kinds.of_parcel]
    of_parcel[parted] = len(plain) + which
    return of_parcel, np.r_[plain, kind[first]], first


def too_small(evidence: Evidence, questions: Questions, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell, parcels x questions, where a parcel as a whole has not the least area and width of a use.

    Elsewhere than `asked` it is not told. A face that is large enough by itself settles it for most parcels; the
    others are put together and measured.
    """
    if not asked.any():
        return asked
    sizes, size_of = least_sizes(questions)
    faces, count = evidence.faces, len(evidence.ids)
    face, _ = members(faces.parcel, np.flatnonzero(asked.any(axis=1)))
    in_one = shapely.get_num_geometries(faces.polygon[face]) == 1
    width = np.where(in_one, elementwise(mean_width_m, faces.polygon[face]), -1.0)
    fits = np.zeros((count, len(sizes)), dtype=bool)
    for number, (least_m2, least_m) in enumerate(sizes):
        fits[faces.parcel[face[(faces.area_m2[face] >= least_m2) & (width >= least_m)]], number] = True
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
