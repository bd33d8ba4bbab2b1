"""Boundaries are let go one by one, the nearest first, until a verdict moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.model import Outcome
from geo_tej.ragged import members
from geo_tej.verdict.cause import SIZE
from geo_tej.verdict.evidence import Standing
from geo_tej.verdict.judge import decided_rows
from geo_tej.verdict.pieces import least_sizes
from geo_tej.verdict.robust.near import Pairs, bodies, pairs_near
from geo_tej.verdict.robust.nouns import Robustness
from geo_tej.verdict.robust.plans import places, plans, silent_layers
from geo_tej.verdict.robust.room import FINE_M, Land, Rooms, no_rooms, rooms
from geo_tej.verdict.robust.singles import hear_singles
from geo_tej.verdict.robust.under import reach_buildings
from geo_tej.verdict.standing import BARRED, keeping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo_tej.model import Decision, Project, Rulebook
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.judge import Judgement
    from geo_tej.verdict.key import Key
    from geo_tej.verdict.robust.plans import Plans
    from geo_tej.verdict.robust.singles import Singles
    from geo_tej.verdict.table import Table

PROHIBITED, CONDITIONAL = np.int8(Outcome.PROHIBITED), np.int8(Outcome.CONDITIONAL)
BATCH = 4_000
"""So many parcels are searched at a time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Now:
    """The verdicts as they are, parcels x questions."""

    least: NDArray[np.int8]
    most: NDArray[np.int8]
    level: NDArray[np.int8]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    """All that is known of a batch before boundaries are let go; the pairs' last key is ground without a plan.

    `small` tells where a parcel is smaller than the use asks for, which no boundary changes. `stood` is where buildings
    that are to be kept raise a verdict, until a boundary comes as far as them, and `nowhere` where nobody knows where
    they stand: there any ground that is barred counts.
    """

    pairs: Pairs
    singles: Singles
    least_room: Rooms
    most_room: Rooms
    now: _Now
    small: NDArray[np.bool_]
    stood: NDArray[np.int8]
    nowhere: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Turns:
    """Boundaries in the order in which they are let go, sorted by parcel and distance.

    `row` is the pair that flips, -1 where only room changes; `boundary` the pair that is named for it. `decides` tells
    the edges of places that say which plan is in force: what happens beyond them is not worked out.
    """

    parcel: NDArray[np.intp]
    distance_m: NDArray[np.float64]
    row: NDArray[np.intp]
    boundary: NDArray[np.intp]
    decides: NDArray[np.bool_]

    def of(self, parcels: NDArray[np.intp]) -> _Turns:
        """Return those of some parcels."""
        rows = np.isin(self.parcel, parcels)
        return _Turns(
            parcel=self.parcel[rows], distance_m=self.distance_m[rows], row=self.row[rows],
            boundary=self.boundary[rows], decides=self.decides[rows],
        )  # fmt: skip


def robustness(  # noqa: PLR0913  what was asked, what was found, and by how much boundaries may move
    project: Project,
    parcels: NDArray[np.object_],
    evidence: Evidence,
    table: Table,
    judgement: Judgement,
    *,
    tolerance_m: Mapping[str, float],
    default_m: float | None = None,
    decisions: Sequence[Decision] = (),
) -> Robustness:
    """Find for each verdict how far boundaries can move before it may change; `tolerance_m` is by layer."""
    land, singles = _land(project, parcels, evidence, table, tolerance_m, decisions)
    now = _Now(least=judgement.least, most=judgement.most, level=judgement.level)
    same = no_rooms(now.least.shape)
    small = np.array([SIZE in causes for causes in judgement.open_sets], dtype=bool)[judgement.open]
    nowhere = (evidence.built.standing == Standing.UNKNOWN)[:, None] & keeping(table.questions)
    case = _Case(
        pairs=land.pairs, singles=singles, least_room=same, most_room=same, now=now, small=small,
        stood=np.where(nowhere, np.int8(0), judgement.stood), nowhere=nowhere,
    )  # fmt: skip
    deciding = places(project.rulebook, evidence.keys)
    distance, boundary = np.full(now.least.shape, np.inf, np.float32), np.full(now.least.shape, -1, np.int32)
    _search(case, _turns(case, deciding), distance, boundary)
    # room is costly to measure, and of no interest where a verdict may change sooner
    open_ = distance > FINE_M
    of_least, of_most = case.stood < BARRED, (case.stood == 0) & ~nowhere
    case = replace(
        case,
        least_room=_rooms(land, singles, singles.parcel_least, singles.face_least, now.least, open_ & of_least),
        most_room=_rooms(land, singles, singles.parcel_most, singles.face_most, now.most, open_ & of_most),
    )
    turns = _turns(case, deciding)
    moved = np.unique(turns.parcel[turns.row < 0])
    distance[moved], boundary[moved] = np.inf, -1
    _search(case, turns.of(moved), distance, boundary)
    reach_buildings(project.rulebook, land, singles, table.questions, judgement, deciding, distance, boundary)
    _let_overlays_decide(project.rulebook, evidence, table, land.pairs, distance, boundary)
    distance[shapely.is_missing(parcels) | shapely.is_empty(parcels)] = np.nan
    return Robustness(
        default_m=default_m,
        tolerance_m=dict(tolerance_m),
        fixed=tuple(name for name in evidence.layers if name in project.layers and name not in tolerance_m),
        keys=evidence.keys,
        distance_m=distance,
        boundary=boundary,
    )


def _let_overlays_decide(  # noqa: PLR0913  what lies near, what it says, and what was found so far
    rulebook: Rulebook,
    evidence: Evidence,
    table: Table,
    pairs: Pairs,
    distance: NDArray[np.float32],
    boundary: NDArray[np.int32],
) -> None:
    """Say that a verdict may change as soon as the edge of an overlay that prevails on its use may come or go.

    Zones are heard one by one, and what gives way to an overlay is not known of them: at its edge nothing is sure, nor
    at the edges of layers that it gives way to where these are milder.
    """
    overlays = [law for law in rulebook.layers.values() if law.prevails_over]
    weighed = [name for law in overlays if law.prevails == "where_milder" for name in law.prevails_over]
    for name in dict.fromkeys([*(law.id for law in overlays), *weighed]):
        own = np.array([key.layer == name and key.distance_m is None for key in evidence.keys] + [False], bool)
        every = rulebook.layers[name].unlisted != "silent"
        for pair in np.flatnonzero(own[pairs.key]).tolist():
            parcel, key = pairs.parcel[pair], int(pairs.key[pair])
            rules = [number for number in table.rows.rule[table.rows.of(key)] if table.rules[number].lists]
            spoken = np.full(len(table.questions), every) | (table.said[rules] > 0).any(axis=0)
            edge = 0.0 if pairs.hit[pair] and not pairs.whole[pair] else min(pairs.gap_m[pair], pairs.flips_m[pair])
            sooner = spoken & (edge < distance[parcel])
            distance[parcel, sooner], boundary[parcel, sooner] = edge, key


def _land(  # noqa: PLR0913  as robustness
    project: Project,
    parcels: NDArray[np.object_],
    evidence: Evidence,
    table: Table,
    tolerance_m: Mapping[str, float],
    decisions: Sequence[Decision],
) -> tuple[Land, Singles]:
    """Find what lies around parcels, and what the rules say of it."""
    rulebook, keys = project.rulebook, evidence.keys
    found = bodies(project, keys, parcels, tolerance_m)
    silent = silent_layers(rulebook, evidence)
    thresholds = {name: layer.thresholds for name, layer in project.layers.items()}
    met = _speaking(pairs_near(parcels, evidence, found, tolerance_m, thresholds), keys, silent)
    plan = plans(rulebook, parcels, evidence, found, tolerance_m, silent)
    singles = hear_singles(evidence, rulebook, table, met, decided_rows(evidence, table.questions, decisions))
    pairs, kind = _with_no_plan(met, plan, len(keys), singles)
    sizes, size_of = least_sizes(table.questions)
    plan_moves = np.array([tolerance_m.get(name, 0.0) for name in plan.layers])
    land = Land(
        parcels=parcels, evidence=evidence, pairs=pairs, found=found, plans=plan,
        moves_m=np.r_[[tolerance_m.get(key.layer, 0.0) for key in keys], plan_moves.max(initial=0.0)],
        plan_moves_m=plan_moves, sizes=sizes, size_of=size_of,
    )  # fmt: skip
    return land, replace(singles, of_pair=kind)


def _speaking(pairs: Pairs, keys: Sequence[Key], silent: Mapping[str, NDArray[np.bool_]]) -> Pairs:
    """Leave out the zones of plans that come near to a parcel on which they do not speak."""
    kept = np.ones(len(pairs.parcel), dtype=bool)
    for name, where in silent.items():
        own = np.array([key.layer == name and key.distance_m is None for key in keys], dtype=bool)
        kept &= pairs.hit | ~(own[pairs.key] & where[pairs.parcel])
    return _taken(pairs, np.flatnonzero(kept))


def _taken(pairs: Pairs, rows: NDArray[np.intp]) -> Pairs:
    return Pairs(
        parcel=pairs.parcel[rows], key=pairs.key[rows], hit=pairs.hit[rows], whole=pairs.whole[rows],
        gap_m=pairs.gap_m[rows], flips_m=pairs.flips_m[rows],
    )  # fmt: skip


def _with_no_plan(pairs: Pairs, plan: Plans, key: int, singles: Singles) -> tuple[Pairs, NDArray[np.intp]]:
    """Add ground without a plan as one more key, and return the pairs with their kinds."""
    parcel = np.flatnonzero(plan.bare | np.isfinite(plan.flips_m))
    bare, flips = plan.bare[parcel], plan.flips_m[parcel]
    count = len(parcel)
    more = Pairs(
        parcel=np.r_[pairs.parcel, parcel],
        key=np.r_[pairs.key, np.full(count, key)],
        hit=np.r_[pairs.hit, bare],
        whole=np.r_[pairs.whole, np.zeros(count, dtype=bool)],
        gap_m=np.r_[pairs.gap_m, np.where(bare, plan.gap_m[parcel], flips)],
        flips_m=np.r_[pairs.flips_m, flips],
    )
    order = np.lexsort((more.key, more.parcel))
    return _taken(more, order), np.r_[singles.of_pair, np.full(count, singles.no_plan)][order]


def _rooms(  # noqa: PLR0913  what is said of pairs, what the verdicts are, and where it is of interest
    land: Land,
    singles: Singles,
    of_parcel: NDArray[np.int8],
    of_face: NDArray[np.int8],
    now: NDArray[np.int8],
    wanted: NDArray[np.bool_],
) -> Rooms:
    """Find where room decides, of the mildest outcomes or of the strictest, and from which distance on it flips."""
    pairs, count = land.pairs, len(land.parcels)
    barring = of_face[singles.of_pair] == PROHIBITED
    moving, still = np.isfinite(pairs.gap_m), pairs.hit & pairs.whole & np.isinf(pairs.gap_m)
    sure = pairs.hit & np.isinf(pairs.flips_m)
    fitting = now < PROHIBITED
    at_mildest = np.maximum(
        of_parcel[singles.of_parcel], _strictest(of_parcel[singles.of_pair], pairs.parcel, sure, count)
    )
    bars = _strictest(barring.astype(np.int8), pairs.parcel, moving, count) > 0
    for_good = _strictest(barring.astype(np.int8), pairs.parcel, still, count) > 0
    asked = wanted & bars & (fitting | ((at_mildest < PROHIBITED) & ~for_good))
    return rooms(land, barring, asked, fitting)


def _strictest(
    values: NDArray[np.int8], owner: NDArray[np.intp], chosen: NDArray[np.bool_], count: int
) -> NDArray[np.int8]:
    """Return the strictest of the chosen rows of each owner, 0 where none is chosen; owners are sorted."""
    result = np.zeros((count, values.shape[1]), np.int8)
    rows = np.flatnonzero(chosen)
    if len(rows):
        first = np.flatnonzero(np.r_[True, owner[rows][1:] != owner[rows][:-1]])
        result[owner[rows][first]] = np.maximum.reduceat(values[rows], first, axis=0)
    return result


def _turns(case: _Case, deciding: NDArray[np.bool_]) -> _Turns:
    """Put everything that may happen in order: what comes in before what goes out, at the same distance."""
    pairs = case.pairs
    flipping = np.flatnonzero(np.isfinite(pairs.flips_m))
    place = np.flatnonzero(np.r_[deciding, False][pairs.key] & np.isfinite(pairs.gap_m))
    parcels, distances, causes = [], [], []
    for room in (case.least_room, case.most_room):
        for critical in (room.lost_m, room.won_m):
            parcel, question = np.nonzero(np.isfinite(critical))
            parcels.append(parcel)
            distances.append(critical[parcel, question])
            causes.append(room.cause[parcel, question])
    changes = np.unique(
        np.column_stack([np.concatenate(parcels), np.concatenate(distances), np.concatenate(causes)]), axis=0
    )
    parcel = np.r_[pairs.parcel[flipping], pairs.parcel[place], changes[:, 0].astype(np.intp)]
    distance = np.r_[pairs.flips_m[flipping], pairs.gap_m[place], changes[:, 1]]
    row = np.r_[flipping, np.full(len(place) + len(changes), -1)]
    boundary = np.r_[flipping, place, changes[:, 2].astype(np.intp)]
    decides = np.r_[np.zeros(len(flipping), bool), np.ones(len(place), bool), np.zeros(len(changes), bool)]
    order = np.lexsort((np.where(row >= 0, pairs.hit[row], 2), distance, parcel))
    return _Turns(
        parcel=parcel[order], distance_m=distance[order], row=row[order], boundary=boundary[order],
        decides=decides[order],
    )  # fmt: skip


def _search(case: _Case, turns: _Turns, distance: NDArray[np.float32], boundary: NDArray[np.int32]) -> None:
    """Let boundaries go, and write down at which of them each verdict may change first, and at which distance."""
    turning = np.unique(turns.parcel)
    for start in range(0, len(turning), BATCH):
        _search_batch(case, turns, turning[start : start + BATCH], distance, boundary)


def _search_batch(
    case: _Case,
    turns: _Turns,
    parcels: NDArray[np.intp],
    distance: NDArray[np.float32],
    boundary: NDArray[np.int32],
) -> None:
    pairs = case.pairs
    turn, owner = members(turns.parcel, parcels)
    first = np.searchsorted(owner, np.arange(len(parcels)))
    last = np.searchsorted(owner, np.arange(len(parcels)), side="right") - 1
    place = np.arange(len(turn)) - first[owner]
    order_of = np.full(len(pairs.parcel), np.iinfo(np.intp).max)
    flips = turns.row[turn] >= 0
    order_of[turns.row[turn[flips]]] = place[flips]
    none = np.full(len(parcels), -1)
    unsure = _changed(case, parcels, order_of, none, np.full(len(parcels), -1.0))
    decided = np.full(len(parcels), np.iinfo(np.intp).max)
    np.minimum.at(decided, owner[turns.decides[turn]], place[turns.decides[turn]])
    ends = last - first
    some = _changed(case, parcels, order_of, ends, turns.distance_m[turn[last]]) | unsure
    some[decided <= ends] = True
    active, step = np.flatnonzero(some.any(axis=1)), 0
    while len(active):
        here = turn[first[active] + step]
        at = turns.distance_m[here]
        changed = _changed(case, parcels[active], order_of, np.full(len(active), step), at) | unsure[active]
        changed[decided[active] <= step] = True
        new = changed & some[active]
        row, question = np.nonzero(new)
        distance[parcels[active[row]], question] = at[row]
        boundary[parcels[active[row]], question] = pairs.key[turns.boundary[here]][row]
        some[active] &= ~changed
        step += 1
        active = active[some[active].any(axis=1) & (step <= ends[active])]


def _changed(
    case: _Case,
    parcels: NDArray[np.intp],
    order_of: NDArray[np.intp],
    step: NDArray[np.intp],
    distance_m: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Tell, parcels x questions, whether verdicts may change when the first boundaries up to a step are let go."""
    row, owner = members(case.pairs.parcel, parcels)
    flipped = order_of[row] <= step[owner]
    hit = case.pairs.hit[row]
    low = _spans(case, parcels, row, owner, hit & ~flipped, distance_m, mild=True)
    high = _spans(case, parcels, row, owner, hit | flipped, distance_m, mild=False)
    least, most, level = (each[parcels] for each in (case.now.least, case.now.most, case.now.level))
    changed = (low.least < least) | (high.least > least) | (low.most < most) | (high.most > most)
    return changed | ((least < PROHIBITED) & ((low.level < level) | (high.level > level)))


def _spans(  # noqa: PLR0913  what is met, and how far boundaries have moved
    case: _Case,
    parcels: NDArray[np.intp],
    row: NDArray[np.intp],
    owner: NDArray[np.intp],
    met: NDArray[np.bool_],
    distance_m: NDArray[np.float64],
    *,
    mild: bool,
) -> _Now:
    """Return the mildest or the strictest verdicts of parcels that meet these pairs."""
    singles, alone = case.singles, case.singles.of_parcel[parcels]
    kind, owner, count = singles.of_pair[row[met]], owner[met], len(parcels)
    everyone = np.ones(len(kind), dtype=bool)

    def together(values: NDArray[np.int8]) -> NDArray[np.int8]:
        return _strictest(values[kind], owner, everyone, count)

    def ground(
        values: NDArray[np.int8], room: Rooms, now: NDArray[np.int8], whole: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int8]:
        outcome = together(values)
        fits = now[parcels] < PROHIBITED
        fits = (
            fits | (room.won_m[parcels] <= distance_m[:, None])
            if mild
            else fits & (room.lost_m[parcels] > distance_m[:, None])
        )
        if whole is not None:
            fits = fits & ~whole
        return np.where((outcome == PROHIBITED) & fits, CONDITIONAL, outcome)

    stood = case.stood[parcels]
    least = np.maximum(
        np.maximum(singles.parcel_least[alone], together(singles.parcel_least)),
        ground(singles.face_least, case.least_room, case.now.least),
    )
    most = np.maximum(
        np.maximum(singles.parcel_most[alone], together(singles.parcel_most)),
        ground(singles.face_most, case.most_room, case.now.most, case.nowhere[parcels]),
    )
    least = np.where(stood == BARRED, PROHIBITED, least)
    most = np.where(stood > 0, PROHIBITED, most)
    return _Now(
        least=least,
        most=np.maximum(np.maximum(most, least), np.where(case.small[parcels], CONDITIONAL, np.int8(0))),
        level=np.maximum(singles.level[alone], together(singles.level)),
    )
