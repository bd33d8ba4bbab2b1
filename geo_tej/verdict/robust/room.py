"""Whether a use still finds room on a parcel when the ground that bars it is moved, and from which distance on not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.bits import holds, packed, ranks
from geo_tej.ground import Remaining, remaining
from geo_tej.measure import CIRCLE_TOLERANCE_M
from geo_tej.overlay import polygons, unite_by
from geo_tej.ragged import members
from geo_tej.threads import elementwise
from geo_tej.verdict.robust.near import MARGIN_M, Body, moved_on
from geo_tej.widths import narrow_side_m

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.robust.near import Pairs
    from geo_tej.verdict.robust.plans import Plans

FINE_M = 0.05
"""How exactly the distance is found from which on there is no room, or some."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rooms:
    """From which distance on room is lost, and won, parcels x questions (infinite: not within the tolerance).

    `cause` is, for each finite one, the place of the pair whose boundary does it most likely: the nearest.
    """

    lost_m: NDArray[np.float32]
    won_m: NDArray[np.float32]
    cause: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Land:
    """Parcels with what lies around them, ready to be moved; `sizes` are least areas and widths that uses ask for."""

    parcels: NDArray[np.object_]
    evidence: Evidence
    pairs: Pairs
    found: Mapping[int, Body]
    plans: Plans
    moves_m: NDArray[np.float64]
    plan_moves_m: NDArray[np.float64]
    sizes: NDArray[np.float64]
    size_of: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Jobs:
    """Parcels with a set of pairs that bar their ground, each once; `row` belongs to `job` and bars ground there."""

    parcel: NDArray[np.intp]
    job: NDArray[np.intp]
    row: NDArray[np.intp]
    of_question: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Parts:
    """Shapes that reach into parcels, sorted by their owner; how far they reach, and by how much they may move (m)."""

    owner: NDArray[np.intp]
    shape: NDArray[np.object_]
    reach_m: NDArray[np.float64]
    moves_m: NDArray[np.float64]


def no_rooms(shape: tuple[int, ...]) -> Rooms:
    """Return that room is neither lost nor won."""
    never = np.full(shape, np.inf, np.float32)
    return Rooms(lost_m=never, won_m=never, cause=np.full(shape, -1, np.int32))


def rooms(land: Land, barring: NDArray[np.bool_], asked: NDArray[np.bool_], fitting: NDArray[np.bool_]) -> Rooms:
    """Find from which distance on room is lost where there is some, and won where there is none.

    Parameters
    ----------
    land
        Parcels and what lies around them.
    barring
        Pairs x questions: whether a pair bars its ground.
    asked
        Parcels x questions: where an answer is needed.
    fitting
        Parcels x questions: whether there is room now.
    """
    lost, won = np.full(asked.shape, np.inf, np.float32), np.full(asked.shape, np.inf, np.float32)
    cause = np.full(asked.shape, -1, np.int32)
    for gained, result in ((False, lost), (True, won)):
        parcel, question = np.nonzero(asked & (fitting != gained))
        chosen = land.pairs.hit if gained else np.ones(len(land.pairs.parcel), bool)
        mask = barring & chosen[:, None] & asked[land.pairs.parcel]
        jobs = _jobs(land, mask, parcel, question)
        if not len(jobs.parcel):
            continue
        if gained:
            likely = _may_be_won(land, jobs, land.size_of[question])
            jobs, parcel, question = (
                _jobs(land, mask, parcel[likely], question[likely]),
                parcel[likely],
                question[likely],
            )
        item, which = np.unique(jobs.of_question * len(land.sizes) + land.size_of[question], return_inverse=True)
        job, size = np.divmod(item, len(land.sizes))
        found = _critical(land, jobs, job, size, gained=gained)
        result[parcel, question] = found[which.ravel()]
        cause[parcel, question] = _nearest(land, jobs)[jobs.of_question]
    return Rooms(lost_m=lost, won_m=won, cause=cause)


def _jobs(land: Land, mask: NDArray[np.bool_], parcel: NDArray[np.intp], question: NDArray[np.intp]) -> _Jobs:
    """Tell the sets of barring pairs apart, parcel by parcel."""
    pairs, empty = land.pairs, np.empty(0, np.intp)
    if not len(parcel):
        return _Jobs(parcel=empty, job=empty, row=empty, of_question=empty)
    told = np.column_stack([parcel, packed(pairs.parcel, mask, len(land.parcels))[parcel, question]])
    sets, of_question = np.unique(told, axis=0, return_inverse=True)
    owner = sets[:, 0]
    member, job = members(pairs.parcel, owner)
    barred = holds(sets[:, 1:].astype(np.uint8), job, ranks(pairs.parcel)[member])
    return _Jobs(parcel=owner, job=job[barred], row=member[barred], of_question=of_question.ravel())


def _may_be_won(land: Land, jobs: _Jobs, size: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Leave out the questions that are sure to find no room: the parcel is too small, or boundaries move too little."""
    job = jobs.of_question
    roomy = shapely.area(land.parcels)[jobs.parcel[job]] >= land.sizes[size, 0]
    return np.asarray(roomy & (_won_at_the_soonest(land, jobs, job, size) <= land.moves_m.max(initial=0.0)))


def _nearest(land: Land, jobs: _Jobs) -> NDArray[np.intp]:
    """Return the pair of each job whose boundary is the nearest of those that move."""
    gap = np.where(land.moves_m[land.pairs.key[jobs.row]] > 0, land.pairs.gap_m[jobs.row], np.inf)
    order = np.lexsort((gap, jobs.job))
    nearest = np.full(len(jobs.parcel), -1, np.intp)
    first = np.flatnonzero(np.r_[True, np.diff(jobs.job[order]) > 0]) if len(order) else order
    nearest[jobs.job[order[first]]] = jobs.row[order[first]]
    return nearest


def _critical(
    land: Land, jobs: _Jobs, job: NDArray[np.intp], size: NDArray[np.intp], *, gained: bool
) -> NDArray[np.float64]:
    """Return, for jobs and sizes, the distance from which on there is no room any more, or some for the first time.

    Widths are only known to some centimetres: for room not to be lost, or not to be won, there must be as much more, or
    less. Room that is won is looked for by the short sides of rectangles around pieces: it may be found too soon, never
    too late.
    """
    doubt = np.array([0.0, -CIRCLE_TOLERANCE_M if gained else CIRCLE_TOLERANCE_M])
    sizes = np.maximum(land.sizes + doubt, 0.0)
    parts, cover = _parts(land, jobs)
    furthest = float(land.moves_m.max(initial=0.0))
    critical = np.full(len(job), np.inf)

    def flips(items: NDArray[np.intp], distance_m: NDArray[np.float64], *, rough: bool) -> NDArray[np.bool_]:
        wanted, place = np.unique(np.column_stack([job[items], distance_m]), axis=0, return_inverse=True)
        asked = sizes * (1.0, 0.0) if rough else sizes
        left = _left(land, jobs, parts, cover, wanted[:, 0].astype(np.intp), wanted[:, 1], asked, gained=gained)
        fit = _may_fit(left, sizes) if rough else left.fits(sizes)
        return np.asarray(fit[place.ravel(), size[items]] == gained)

    everything = np.arange(len(job))
    flipped = everything[flips(everything, np.full(len(job), furthest), rough=False)]
    low, high = np.zeros(len(flipped)), np.full(len(flipped), furthest)
    if gained:
        low = np.minimum(_won_at_the_soonest(land, jobs, job[flipped], size[flipped]), furthest)
    while (unsure := np.flatnonzero(high - low > FINE_M)).size:
        middle = (low[unsure] + high[unsure]) / 2
        over = flips(flipped[unsure], middle, rough=gained)
        low[unsure], high[unsure] = np.where(over, low[unsure], middle), np.where(over, middle, high[unsure])
    critical[flipped] = low
    return critical


def _may_fit(left: Remaining, sizes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell, grounds x sizes, where a piece may have the area and width: it is no wider than a rectangle around it."""
    side = elementwise(narrow_side_m, left.piece)
    return replace(left, width_m=np.minimum(side, np.sqrt(4 * left.area_m2 / np.pi))).fits(sizes)


def _won_at_the_soonest(land: Land, jobs: _Jobs, job: NDArray[np.intp], size: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how far boundaries must move at least before a size may fit on ground that zones set free.

    A circle on ground that is set free of a zone which covers the parcel lies as near to the zone's edge as that has
    moved, and on the parcel: its diameter is at most twice what the edge moved beyond the parcel's distance to it.
    """
    pairs, whole = land.pairs, land.pairs.whole[jobs.row]
    gap = np.zeros(len(jobs.parcel))
    np.maximum.at(gap, jobs.job[whole], pairs.gap_m[jobs.row[whole]])
    covered = np.zeros(len(jobs.parcel), dtype=bool)
    covered[jobs.job[whole]] = True
    width = land.sizes[size, 1] - 2 * CIRCLE_TOLERANCE_M
    return np.where(covered[job], gap[job] + np.maximum(width, 0.0) / 2, 0.0)


def _parts(land: Land, jobs: _Jobs) -> tuple[_Parts, _Parts]:
    """Return the shapes that bar ground, by pair, and those of the plans in force, by parcel x base layer."""
    pairs, faces = land.pairs, land.evidence.faces
    rows = np.unique(jobs.row)
    key = pairs.key[rows]
    owners, shapes, reaches, moves = [], [], [], []
    for number, body in land.found.items():
        mine = rows[key == number]
        owner, shape = _around(land, mine, pairs.parcel[mine], body, land.moves_m[number])
        owners.append(owner)
        shapes.append(body.shape[shape])
        reaches.append(body.reach_m[shape])
        moves.append(np.full(len(owner), land.moves_m[number]))
    still = rows[(key < len(land.evidence.keys)) & ~np.isin(key, list(land.found))]
    width = max(len(land.evidence.keys), 1)
    lying = faces.parcel[faces.face] * width + faces.key
    order = np.argsort(lying, kind="stable")
    face, place = members(lying[order], pairs.parcel[still] * width + pairs.key[still])
    owners.append(still[place])
    shapes.append(faces.polygon[faces.face[order[face]]])
    reaches.append(np.zeros(len(face)))
    moves.append(np.zeros(len(face)))
    barring = _sorted(owners, shapes, reaches, moves)
    return barring, _covering(land, np.unique(pairs.parcel[rows[key == len(land.evidence.keys)]]))


def _covering(land: Land, parcel: NDArray[np.intp]) -> _Parts:
    """Return the shapes of the base layers that speak on parcels, owned by parcel x base layer."""
    plans, faces = land.plans, land.evidence.faces
    owners, shapes, reaches, moves = [], [], [], []
    for column, name in enumerate(plans.layers):
        speaking = parcel[~plans.silent[parcel, column]]
        if name in plans.cover:
            body = plans.cover[name]
            at, shape = _around(land, np.arange(len(speaking)), speaking, body, land.plan_moves_m[column])
            owner, shapes_here, moving = speaking[at], body.shape[shape], land.plan_moves_m[column]
        else:
            own = np.array([key.layer == name and key.distance_m is None for key in land.evidence.keys], dtype=bool)
            face = np.unique(faces.face[own[faces.key]])
            face = face[np.isin(faces.parcel[face], speaking)]
            owner, shapes_here, moving = faces.parcel[face], faces.polygon[face], 0.0
        owners.append(owner)
        shapes.append(shapes_here)
        reaches.append(np.zeros(len(owner)))
        moves.append(np.full(len(owner), moving))
    return _sorted(owners, shapes, reaches, moves)


def _around(
    land: Land, owner: NDArray[np.intp], parcel: NDArray[np.intp], body: Body, moves_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which shapes of a body come near to the parcels of owners."""
    reach = float(body.reach_m.max(initial=0.0)) + moves_m + MARGIN_M
    box = shapely.box(*(shapely.bounds(land.parcels[parcel]) + np.array([-reach, -reach, reach, reach])).T)
    place, shape = shapely.STRtree(body.shape).query(box, predicate="intersects")
    return owner[place], shape


def _sorted(
    owners: list[NDArray[np.intp]],
    shapes: list[NDArray[np.object_]],
    reaches: list[NDArray[np.float64]],
    moves: list[NDArray[np.float64]],
) -> _Parts:
    owner = np.concatenate([np.empty(0, np.intp), *owners])
    order = np.argsort(owner, kind="stable")
    return _Parts(
        owner=owner[order],
        shape=np.concatenate([np.empty(0, object), *shapes])[order],
        reach_m=np.concatenate([np.empty(0), *reaches])[order],
        moves_m=np.concatenate([np.empty(0), *moves])[order],
    )


def _left(  # noqa: PLR0913  jobs, what bars their ground, and how far it moves
    land: Land,
    jobs: _Jobs,
    parts: _Parts,
    cover: _Parts,
    job: NDArray[np.intp],
    distance_m: NDArray[np.float64],
    sizes: NDArray[np.float64],
    *,
    gained: bool,
) -> Remaining:
    """Return what is left of parcels when what bars ground has grown by distances, or shrunk (`gained`).

    Widths are measured as far as sizes ask.
    """
    parcel = jobs.parcel[job]
    member, at = members(jobs.job, job)
    row = jobs.row[member]
    no_plan = land.pairs.key[row] == len(land.evidence.keys)
    sign = -1.0 if gained else 1.0
    barred_at, barred = _moved(land, parcel, parts, row[~no_plan], at[~no_plan], sign * distance_m)
    bare = np.unique(at[no_plan])
    if len(bare):
        covered = np.full(len(job), shapely.Polygon(), dtype=object)
        covered_at, shapes = _moved(land, parcel, cover, parcel[bare], bare, -sign * distance_m)
        place, united = unite_by(covered_at, shapes)
        covered[place] = united
        barred_at = np.r_[barred_at, bare]
        barred = np.r_[barred, shapely.difference(land.parcels[parcel[bare]], covered[bare])]
    free = land.parcels[parcel]
    place, united = unite_by(barred_at, barred)
    free[place] = elementwise(shapely.difference, free[place], united)
    piece, ground = polygons(free)
    return remaining(piece, ground, count=len(job), sizes=sizes)


def _moved(  # noqa: PLR0913  shapes, whose they are, and how far they move
    land: Land,
    parcel: NDArray[np.intp],
    parts: _Parts,
    owner: NDArray[np.intp],
    at: NDArray[np.intp],
    distance_m: NDArray[np.float64],
) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Return the ground on parcels of shapes that have grown, or shrunk, and the job each belongs to."""
    part, place = members(parts.owner, owner)
    job = at[place]
    by = np.clip(distance_m[job], -parts.moves_m[part], parts.moves_m[part])
    ground = land.parcels[parcel[job]]
    moved = elementwise(moved_on, parts.shape[part], parts.reach_m[part], by, ground)
    clip, source = polygons(moved)
    return job[source], clip
