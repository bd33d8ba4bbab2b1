"""How the ground of parcels is shared out among outcomes: told once each parcel and case, whatever questions ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_tej.model import OUTCOMES, Outcome
from geo_tej.ragged import members, runs
from geo_tej.rules import PROHIBITED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.verdict.cases import Cases
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.hearing import Heard
    from geo_tej.verdict.kinds import Kinds
    from geo_tej.verdict.pieces import Together, Whole


def shared_out(
    evidence: Evidence, kinds: Kinds, cases: Cases, heard: Heard, ground: Together
) -> tuple[NDArray[np.int32], dict[str, NDArray[np.float64]]]:
    """Return the row of every parcel and question, and columns of m² with a row a parcel and case."""
    number = np.diff(cases.first)[kinds.of_parcel]
    case, parcel = runs(cases.first[kinds.of_parcel], number)
    row_of = (cases.of - cases.first[:-1, None]).astype(np.int32)[kinds.of_parcel]
    row_of += (np.cumsum(number) - number).astype(np.int32)[:, None]
    face, row = members(evidence.faces.parcel, parcel)
    of_kind, question = kinds.of_face[face], cases.question[case[row]]
    least, most = heard.face_least[of_kind, question], heard.face_most[of_kind, question]
    parcel_least, parcel_most = (each[cases.kind, cases.question] for each in (heard.parcel_least, heard.parcel_most))
    most = np.maximum(most, parcel_most[case[row]])
    outcome = np.where(least == most, least, np.int8(Outcome.UNKNOWN))
    area_m2 = evidence.faces.area_m2[face]

    def added_up(has: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(row[has], area_m2[has], minlength=len(case)).astype(float)

    def largest(whole: Whole, of_parcel: NDArray[np.int8]) -> NDArray[np.float64]:
        free = np.where(whole.strictest[case] < PROHIBITED, evidence.area_m2[parcel], 0.0)
        parted = np.flatnonzero(whole.barred[case] >= 0)
        free[parted] = ground.largest_m2[ground.jobs.of(whole.barred[case[parted]], parcel[parted])]
        return np.where(of_parcel[case] < PROHIBITED, free, 0.0)

    return row_of, {
        **{f"{name}_m2": added_up(outcome == code) for code, name in enumerate(OUTCOMES)},
        "possibly_prohibited_m2": added_up((least < PROHIBITED) & (most == PROHIBITED)),
        "largest_remaining_m2": largest(ground.strictest, parcel_most),
        "largest_possible_m2": largest(ground.mildest, parcel_least),
    }
