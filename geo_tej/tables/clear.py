"""Ground that must or may have to be kept clear, in words beside the verdicts of parcels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_tej.model import OUTCOMES
from geo_tej.verdict.explanation import in_part_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.verdict.judge import Judgement


def clear_words(judged: Judgement, language: Language) -> tuple[NDArray[np.intp], list[str]]:
    """Return, parcel by parcel and question by question, a code of the words beside a verdict, and the words."""
    in_part = judged.in_part.ravel()
    rows, place = np.unique(judged.ground.ravel()[in_part], return_inverse=True)
    code = np.zeros(len(in_part), np.intp)
    code[in_part] = 1 + place.ravel()
    return code, ["", *(ground_words(judged, row, language) for row in rows.tolist())]


def ground_words(judged: Judgement, row: int, language: Language) -> str:
    """Say how much ground must or may have to be kept clear, for a row of areas."""
    kept, feared = (float(judged.grounds[name][row]) for name in ("prohibited_m2", "possibly_prohibited_m2"))
    whole = sum(float(judged.grounds[f"{name}_m2"][row]) for name in OUTCOMES)
    return in_part_words(max(whole - kept - feared, 0.0), kept, feared, language)
