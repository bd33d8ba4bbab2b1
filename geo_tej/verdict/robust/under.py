"""At which distance a boundary comes as far as the buildings that are to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_tej.rules import PROHIBITED
from geo_tej.verdict.evidence import Standing
from geo_tej.verdict.robust.near import near_to
from geo_tej.verdict.standing import BARRED, keeping

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.model import Rulebook
    from geo_tej.rules import Questions
    from geo_tej.verdict.judge import Judgement
    from geo_tej.verdict.robust.room import Land
    from geo_tej.verdict.robust.singles import Singles


def reach_buildings(  # noqa: PLR0913  what lies around parcels, what is said of it, and what was found so far
    rulebook: Rulebook,
    land: Land,
    singles: Singles,
    questions: Questions,
    judgement: Judgement,
    deciding: NDArray[np.bool_],
    distance: NDArray[np.float32],
    boundary: NDArray[np.int32],
) -> None:
    """Lower distances, and name boundaries, where one that can bar ground comes sooner to a building to be kept.

    Whether the verdict would really change is not worked out: it may. Edges of plans can bar ground on both sides, and
    so can places that say which plan is in force (`deciding`).
    """
    built, keys, pairs = land.evidence.built, land.evidence.keys, land.pairs
    asked = np.flatnonzero(keeping(questions))
    rows = np.flatnonzero(built.standing == Standing.BUILT)
    if not len(asked) or not len(rows):
        return
    matters = (judgement.least < PROHIBITED) | (judgement.stood == BARRED)
    width = len(keys) + 1
    code = pairs.parcel * width + pairs.key
    for number, body in land.found.items():
        key = keys[number]
        place, gap_m = near_to(built.ground[rows], body, key.distance_m or 0.0, land.moves_m[number])
        parcel = rows[place]
        pair = np.minimum(np.searchsorted(code, parcel * width + number), len(code) - 1)
        met = code[pair] == parcel * width + number if len(code) else np.zeros(len(parcel), dtype=bool)
        parcel, pair, gap_m = parcel[met], pair[met], np.maximum(gap_m[met], 0.0).astype(np.float32)
        if not len(parcel):
            continue
        either = bool(deciding[number]) or (rulebook.layers[key.layer].base and key.distance_m is None)
        bars = either | (singles.face_most[np.ix_(singles.of_pair[pair], asked)] == PROHIBITED)
        cells = np.ix_(parcel, asked)
        sooner = bars & matters[cells] & (gap_m[:, None] < distance[cells])
        row, column = np.nonzero(sooner)
        distance[parcel[row], asked[column]] = gap_m[row]
        boundary[parcel[row], asked[column]] = number
