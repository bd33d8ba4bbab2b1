"""Tables and counts over many parcels: overlaps, verdicts, approvals."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.document.blocks import Table
from geo_tej.document.content.phrases import is_given, words_of
from geo_tej.i18n import CLAUSE, LEVEL_WORDS, OUTCOME_SHORT
from geo_tej.model import Level, Outcome
from geo_tej.verdict.explanation import permits_of, possible_permits_of
from geo_tej.verdict.reasons import reasons_of
from geo_tej.verdict.words import layer_title, zone_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from geo_tej.i18n import Language
    from geo_tej.model import Permit
    from geo_tej.verdict import Assessment


HECTARE_M2 = 10_000.0


def overlap_table(assessment: Assessment, by: str, language: Language, *, layer: str | None) -> Table:
    """Return how much ground lies under each layer, or each zone class of one layer, a row a group, with its total.

    Zone classes of a layer that lie over one another count once a parcel, at most as all of it.
    """
    words, project = words_of(language), assessment.project
    groups = _groups(assessment, by, language)
    ledger = assessment.overlaps
    if layer is not None:
        ledger = ledger[ledger["layer"] == layer]
    column = "layer" if layer is None else "zone_class"
    whole = dict(zip(assessment.parcels.index, assessment.evidence.area_m2.tolist(), strict=True))
    sizes = ledger.groupby(["parcel_id", column], observed=True)["area_m2"].sum().reset_index()
    ground: dict[tuple[str, str], float] = {
        (str(parcel), str(key)): min(float(size), whole[parcel])
        for parcel, key, size in zip(sizes["parcel_id"], sizes[column], sizes["area_m2"], strict=True)
    }
    met = {key for _, key in ground}
    order = [each.id for each in project.layers.values()] if layer is None else list(project.layers[layer].classes)
    columns = [key for key in order if key in met]
    titles = [
        layer_title(project, key, language)
        if layer is None
        else zone_words(project.rulebook.layers.get(layer), key, language)
        for key in columns
    ]

    def cells(members: Sequence[str]) -> list[float]:
        sizes = [sum(whole[each] for each in members)]
        return sizes + [sum(ground.get((each, key), 0.0) for each in members) for key in columns]

    rows = [(name, str(len(members)), *map(_hectares, cells(members))) for name, members in groups.items()]
    everyone = [each for members in groups.values() for each in members]
    total = (words["total"], str(len(everyone)), *map(_hectares, cells(everyone)))
    return Table(
        caption=words["overlap"].format(group=words[f"by_{by}"]),
        header=(words[by], words["parcels"], words["area_ha"], *titles),
        rows=tuple(rows),
        total=total,
        numbers=frozenset(range(1, len(columns) + 3)),
    )


def _hectares(square_metres: float) -> str:
    return f"{square_metres / HECTARE_M2:,.4f}" if square_metres else "0"


def matrix_table(assessment: Assessment, by: str, language: Language, *, what: str, counts_parcels: bool) -> Table:
    """Return how many verdicts have which outcome, a row a group, with its total."""
    words = words_of(language)
    judged = assessment.judgement
    outcome = np.where(judged.least == judged.most, judged.least, np.int8(Outcome.UNKNOWN))
    groups = _groups(assessment, by, language)

    def cells(members: Sequence[str]) -> list[str]:
        rows = assessment.parcels.index.get_indexer(members)
        counted = np.bincount(outcome[rows].ravel(), minlength=len(Outcome))
        return [f"{count:,}" for count in [len(members), *counted.tolist()]]

    everyone = [each for members in groups.values() for each in members]
    unit = words["parcel_count" if counts_parcels else "verdict_count"]
    return Table(
        caption=words["matrix"].format(group=words[f"by_{by}"], what=f"{what}{CLAUSE[language]}{unit}"),
        header=(words[by], words["parcels"], *(outcome_words[language] for outcome_words in OUTCOME_SHORT)),
        rows=tuple((name, *cells(members)) for name, members in groups.items()),
        total=(words["total"], *cells(everyone)),
        numbers=frozenset(range(1, 6)),
    )


def approvals_table(assessment: Assessment, by: str, language: Language, *, what: str) -> Table:
    """Return which approvals are needed, or may be, for how many parcels: a row a group and approval, with all of them.

    A parcel for which an approval is needed for one use or pathway is not counted as one for which it may be.
    """
    words = words_of(language)
    wanted: dict[str, set[str]] = {}
    possible: dict[str, set[str]] = {}
    for place, parcel in enumerate(assessment.parcels.index):
        for number in np.flatnonzero(assessment.judgement.least[place] < Outcome.PROHIBITED).tolist():
            sure = permits_of(assessment, tuple(reasons_of(assessment, parcel, number)))
            for permit in sure:
                wanted.setdefault(permit.id, set()).add(str(parcel))
            for each in possible_permits_of(assessment, place, number, sure):
                possible.setdefault(each.permit.id, set()).add(str(parcel))
    possible = {name: parcels - wanted.get(name, set()) for name, parcels in possible.items()}
    permits = [
        permit
        for permit in assessment.project.rulebook.permits.values()
        if wanted.get(permit.id) or possible.get(permit.id)
    ]
    rows = []
    for name, members in _groups(assessment, by, language).items():
        for permit in permits:
            counts = [len(each.get(permit.id, set()) & set(members)) for each in (wanted, possible)]
            if any(counts):
                told = (permit.what[language], permit.authority[language], LEVEL_WORDS[permit.level][language])
                rows.append((name, *told, *(f"{count:,}" for count in counts)))
    everyone: set[str] = set().union(*wanted.values())
    perhaps = set[str]().union(*possible.values()) - everyone
    needed = [permit for permit in permits if permit.id in wanted]
    return Table(
        caption=words["approvals"].format(group=words[f"by_{by}"], what=what),
        header=(
            words[by],
            words["approval"],
            words["authority"],
            words["level"],
            words["needed_by"],
            words["may_need"],
        ),
        rows=tuple(rows),
        total=(
            words["total"],
            f"{len(permits)}",
            "",
            _highest(needed, language),
            f"{len(everyone):,}",
            f"{len(perhaps):,}",
        ),
        numbers=frozenset({4, 5}),
    )


def _highest(permits: Sequence[Permit], language: Language) -> str:
    level = max((permit.level for permit in permits), default=Level.NONE)
    return LEVEL_WORDS[level][language]


def _groups(assessment: Assessment, by: str, language: Language) -> dict[str, list[str]]:
    """Return the parcels of each group, by name."""
    parcels: pd.DataFrame = assessment.parcels
    nobody = words_of(language)["no_village"]
    if by == "parcel":
        names = [str(parcel) for parcel in parcels.index]
    else:
        column = parcels["village"] if "village" in parcels else [None] * len(parcels)
        names = [str(value) if is_given(value) else nobody for value in column]
    groups: dict[str, list[str]] = {}
    for name, parcel in zip(names, parcels.index, strict=True):
        groups.setdefault(name, []).append(parcel)
    return dict(sorted(groups.items(), key=lambda each: (each[0] == nobody, each[0])))


def counts_in_words(assessment: Assessment, use: str | None, pathway: str, language: Language) -> str:
    """Say how many parcels have which outcome of a use, or how many may take some use, for those who see no map."""
    judged, asked = assessment.judgement, assessment.questions
    zh = language == "zh"
    if use is not None:
        number = asked.number(use, pathway)
        least, most = judged.least[:, number], judged.most[:, number]
        codes = np.where(least == most, least, np.int8(Outcome.UNKNOWN)).tolist()
        told = [(OUTCOME_SHORT[code][language], count) for code, count in sorted(Counter(codes).items())]
    else:
        columns = [asked.number(each.id, pathway) for each in asked.uses]
        some = int((judged.most[:, columns] < Outcome.PROHIBITED).any(axis=1).sum())
        told = [
            ("至少一种用途未被禁止" if zh else "with some use not barred", some),
            ("其他" if zh else "others", len(judged.most) - some),
        ]
    return ("、" if zh else ", ").join(f"{words} {count}" for words, count in told)
