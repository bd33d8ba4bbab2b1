"""The classes of a map of verdicts: which parcel is in which, what each is called, and how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.i18n import OUTCOME_SHORT
from geo_tej.maps.looks import OUTCOMES, RAMP, TOLERANCE, Look, overview_bins
from geo_tej.maps.words import PAGE_WORDS, class_words
from geo_tej.model import Outcome
from geo_tej.verdict.steadiness import tolerance_words

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.verdict import Assessment
    from geo_tej.verdict.robust import Robustness

_OPEN, _BARRED = 6, 7
"""Among the classes of an outcome, see `looks.OUTCOMES`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Classes:
    """How many uses may come to each parcel, how one stands, or whether that is stable: a class a parcel, and these."""

    title: str
    codes: NDArray[np.intp]
    names: tuple[str, ...]
    looks: tuple[Look, ...]
    spare: frozenset[int]


def classes_of(
    assessment: Assessment, *, use: str | None, pathway: str, language: Language, kind: str = "constraint"
) -> Classes:
    """Return the classes of a use by a pathway, or of how many uses may come where no use is given.

    Of the kind "tolerance", where one was asked for, whether the verdict or any of them may change if boundaries are
    off. `spare` are the classes that a legend leaves out when no parcel is in them.
    """
    judged, asked = assessment.judgement, assessment.questions
    if kind == "tolerance" and assessment.robust is not None:
        return _steadiness(assessment, assessment.robust, use=use, pathway=pathway, language=language)
    way = next(each for each in asked.pathways if each.id == pathway).title[language]
    if use is not None:
        number = asked.number(use, pathway)
        least, most, level = judged.least[:, number], judged.most[:, number], judged.level[:, number]
        codes = np.select(
            [least != most, least == Outcome.PERMITTED, least == Outcome.PROHIBITED],
            [_OPEN, 0, _BARRED],
            1 + level.astype(int),
        )
        title = next(each for each in asked.uses if each.id == use).title[language]
        return Classes(
            title=f"{title} · {way}",
            codes=codes,
            names=tuple(class_words(language)),
            looks=tuple(OUTCOMES),
            spare=frozenset(range(1, _OPEN)),
        )
    columns = [asked.number(each.id, pathway) for each in asked.uses]
    sure = (judged.most[:, columns] < Outcome.PROHIBITED).sum(axis=1)
    maybe = (judged.least[:, columns] < Outcome.PROHIBITED).any(axis=1)
    bins = overview_bins(len(asked.uses))
    words = {name: text[language] for name, text in PAGE_WORDS.items()}
    names = [
        words["some_one" if high == 1 else "some"].format(n=f"{low}–{high}" if low < high else low)
        for low, high in bins
    ]
    return Classes(
        title=f"{words['overview']} · {way}",
        codes=np.select(
            [(sure >= low) & (sure <= high) for low, high in bins],
            range(len(bins)),
            np.where(maybe, len(bins), len(bins) + 1),
        ),
        names=(
            *names,
            words["none_sure"].replace("{open}", words["open_some"]),
            OUTCOME_SHORT[Outcome.PROHIBITED][language],
        ),
        looks=(*RAMP[::-1][: len(bins)], OUTCOMES[_OPEN], OUTCOMES[_BARRED]),
        spare=frozenset(),
    )


def _steadiness(
    assessment: Assessment, robust: Robustness, *, use: str | None, pathway: str, language: Language
) -> Classes:
    asked = assessment.questions
    uses = [each for each in asked.uses if use in (None, each.id)]
    stable = robust.stable[:, [asked.number(each.id, pathway) for each in uses]].all(axis=1)
    title = [f"{PAGE_WORDS['tolerance'][language]} ±{tolerance_words(assessment, language)}"]
    title += [uses[0].title[language]] if use is not None else []
    title.append(next(each for each in asked.pathways if each.id == pathway).title[language])
    names = ("all_steady", "some_unsteady") if use is None else ("steady", "unsteady")
    return Classes(
        title=" · ".join(title),
        codes=np.where(stable, 0, 1),
        names=tuple(PAGE_WORDS[name][language] for name in names),
        looks=tuple(TOLERANCE),
        spare=frozenset(),
    )


def sites(parcels: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which parcels are sites that people ask about: rights parcels, or all where there are none."""
    rights = (parcels["kind"] == "rights").to_numpy() if "kind" in parcels else np.zeros(len(parcels), bool)
    return rights if rights.any() else np.ones(len(parcels), bool)


def size_words(count: int, area_m2: float, language: Language) -> str:
    """Say how many parcels a class has, on how many hectares.

    >>> size_words(1, 25_000.0, "en"), size_words(1200, 25_000.0, "zh")
    ('1 parcel, 2.5 ha', '1,200 宗，2.5 公顷')
    """
    words = PAGE_WORDS["count_one" if count == 1 else "count"][language]
    return words.format(n=f"{count:,}", ha=f"{area_m2 / 10_000:,.1f}")
