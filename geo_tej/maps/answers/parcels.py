"""The parcels of a page of answers: shapes, verdicts, ground to keep clear of, how steady verdicts are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.maps.columns import areas, distinct, shapes, smallest, starts, text
from geo_tej.maps.layers import parcel_texts
from geo_tej.maps.release import published
from geo_tej.maps.words import PAGE_WORDS
from geo_tej.model import Outcome
from geo_tej.verdict.explanation import LEAST_M2
from geo_tej.verdict.standing import BARRED
from geo_tej.verdict.steadiness import decimetres, fixed_words, place_words, sentences, tolerance_words
from geo_tej.verdict.words import land_use_words

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from geo_tej.maps.answers.laid_out import Page

UNSTEADY = 1 << 7
"""In the numbers of verdicts: boundaries may change it."""

_DETAILS = ("name", "village", "tenure", "term_end")


def parcels_part(page: Page) -> tuple[dict[str, Any], dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what the header says of the parcels, the texts in it, and their columns."""
    parcels = page.assessment.parcels.iloc[page.order]
    judged = page.assessment.judgement
    spans = (judged.least | judged.most << 2 | judged.level << 4).astype(np.uint32)
    if page.assessment.robust is not None:
        spans |= np.where(page.assessment.robust.stable, np.uint32(0), np.uint32(UNSTEADY))
    profile = spans | judged.open.astype(np.uint32) << 8
    table, which = distinct(profile[page.order])
    columns = shapes(parcels.geometry.to_numpy(), page.project.crs, "parcels", zoom=page.zoom)
    columns["verdict.profile"] = which
    columns["verdict.table"] = smallest(table.ravel())
    columns["parcel.area"] = areas(page.assessment.evidence.area_m2[page.order])
    if "registered_m2" in parcels and published(page.project, "parcels", "registered_m2"):
        columns["parcel.registered"] = areas(parcels["registered_m2"].to_numpy(np.float64))
    columns |= _ground(page) | _stood(page)
    texts, of_texts = parcel_texts(parcels, [name for name in _DETAILS if _told(page, name)])
    if _told(page, "land_use_code"):
        texts["parcel.land_use"], arrays = text(_land_use(page, parcels), "parcel.land_use")
        of_texts |= arrays
    groups = [
        [_title(page, name), int(first), _shown(page, parcels.iloc[int(first)])]
        for name, first in zip(page.parcel_layers, page.group_start[:-1], strict=True)
    ]
    return {"groups": groups}, texts, columns | of_texts


def _told(page: Page, column: str) -> bool:
    """Tell whether a column of the parcels says anything, and may leave the building."""
    parcels = page.assessment.parcels
    return column in parcels and published(page.project, "parcels", column) and bool(parcels[column].notna().any())


def _land_use(page: Page, parcels: pd.DataFrame) -> list[str]:
    """Say the present land use of each parcel as `check` says it; without a scheme that is not published."""
    codes = parcels["land_use_code"].to_list()
    schemes = parcels["land_use_scheme"].to_list() if _told(page, "land_use_scheme") else [""] * len(codes)
    lists, said = page.project.rulebook.codes, {}
    for pair in set(zip(codes, schemes, strict=True)):
        code, scheme = (each if isinstance(each, str) else "" for each in pair)
        said[pair] = land_use_words(lists, code, scheme, page.language) if code else ""
    return [said[pair] for pair in zip(codes, schemes, strict=True)]


def _title(page: Page, parcel_layer: str) -> str:
    if not parcel_layer:
        return PAGE_WORDS["parcels"][page.language]
    return page.project.layers[parcel_layer].title[page.language]


def _shown(page: Page, parcel: pd.Series) -> bool:
    """Tell whether a parcel layer is on at the start: survey patches would hide rights parcels."""
    kinds = page.assessment.parcels.get("kind")
    return kinds is None or parcel["kind"] == "rights" or not (kinds == "rights").any()


def _ground(page: Page) -> dict[str, NDArray[Any]]:
    """Give the ground to keep clear of and what may have to be, where a verdict that is not prohibited has some."""
    judged = page.assessment.judgement
    ground = judged.ground[page.order]
    barred, feared = (judged.grounds[name][ground] for name in ("prohibited_m2", "possibly_prohibited_m2"))
    sure = page.assessment.evidence.area_m2[page.order][:, None] - barred - feared
    partly = (feared > 0) & (sure > LEAST_M2)
    kept = ((barred > 0) | partly) & (judged.least[page.order] < Outcome.PROHIBITED)
    parcel, question = np.nonzero(kept)
    return {
        "ground.start": starts(parcel, len(page.order)),
        "ground.question": smallest(question),
        "ground.barred": areas(barred[kept]),
        "ground.feared": areas(np.where(partly, feared, 0.0)[kept]),
        "ground.sure": areas(np.where(partly, sure, 0.0)[kept]),
        "ground.rest": areas(judged.grounds["largest_remaining_m2"][ground[kept]]),
        "ground.most": areas(judged.grounds["largest_possible_m2"][ground[kept]]),
    }


def _stood(page: Page) -> dict[str, NDArray[Any]]:
    """Give the verdicts that are prohibited because all buildings that are to be kept stand on barred ground."""
    parcel, question = np.nonzero(page.assessment.judgement.stood[page.order] == BARRED)
    return {"stood.start": starts(parcel, len(page.order)), "stood.question": smallest(question)}


def tolerance_part(page: Page) -> tuple[dict[str, Any] | None, dict[str, NDArray[Any]]]:
    """Give the distance to the boundary that may change each verdict that is not stable, if that was asked."""
    robust, language = page.assessment.robust, page.language
    if robust is None:
        return None, {}
    distance, boundary = robust.distance_m[page.order], robust.boundary[page.order]
    near = np.isfinite(distance)
    parcel, question = np.nonzero(near)
    codes, place = np.unique(boundary[near], return_inverse=True)
    columns = {
        "steady.start": starts(parcel, len(page.order)),
        "steady.question": smallest(question),
        "steady.distance": smallest(np.array([*map(decimetres, distance[near].tolist())], np.intp)),
        "steady.boundary": smallest(place.ravel()),
    }
    keys = [robust.keys[code] if code < len(robust.keys) else None for code in codes.tolist()]
    told = {
        "within": tolerance_words(page.assessment, language),
        "words": sentences(page.assessment, language),
        "boundaries": [place_words(page.project, key, language) for key in keys],
        "fixed": fixed_words(page.assessment, language),
    }
    return told, columns
