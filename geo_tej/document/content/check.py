"""A parcel's extract as tables: particulars, layers, verdicts, and what every output says once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_tej.document.blocks import Block, Paragraph, Table
from geo_tej.document.content.phrases import capital, words_of
from geo_tej.document.content.reasons import reason_blocks
from geo_tej.i18n import CLAUSE, STATE_WORDS, area, percent, short_span
from geo_tej.measure import ellipsoidal_area_m2
from geo_tej.verdict.steadiness import head_word, steadiness, steadiness_words, tolerance_words
from geo_tej.verdict.words import foot_words, layer_title, zone_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_tej.i18n import Language
    from geo_tej.verdict import Assessment


def check_blocks(assessment: Assessment, parcel: str, language: Language, *, in_full: bool) -> list[Block]:
    """Return a parcel's extract as tables: particulars, layers, verdicts; and every reason where `in_full`."""
    words = words_of(language)
    blocks: list[Block] = [
        Table(
            caption=words["check"].format(parcel=parcel),
            header=(words["item"], words["said"]),
            rows=tuple(area_rows(assessment, parcel, language)),
        ),
        layer_table(assessment, parcel, language),
    ]
    blocks += reason_blocks(assessment, parcel, language) if in_full else [use_table(assessment, parcel, language)]
    return [*blocks, closing(assessment, language)]


def area_rows(assessment: Assessment, parcel: str, language: Language) -> list[tuple[str, str]]:
    """Return a parcel's areas and particulars as labels and words."""
    words, units = words_of(language), assessment.project.rulebook.units
    place = assessment.position(parcel)
    row = assessment.parcels.iloc[place]
    geometry = assessment.parcels.geometry.to_numpy()[place : place + 1]
    rows = [(words["id"], parcel), (words["name"], row.get("name")), (words["village"], row.get("village"))]
    rows.append((words["drawn"], area(float(assessment.evidence.area_m2[place]), language, units)))
    ground = float(ellipsoidal_area_m2(geometry, assessment.project.crs)[0])
    rows.append((words["ellipsoid"], area(ground, language, ("m2",))))
    registered = float(row.get("registered_m2", np.nan))
    if not np.isnan(registered):
        rows.append((words["registered"], area(registered, language, ("m2",))))
    links = assessment.project.occupancy
    firms = links.loc[links["parcel_id"] == parcel, "enterprise_id"].to_list()
    table = assessment.project.enterprises
    named = [str(table.loc[firm].get("name", firm)) if firm in table.index else str(firm) for firm in firms]
    steady, robust = steadiness(assessment, parcel), assessment.robust
    if steady is not None and robust is not None:
        said = steadiness_words(assessment, steady, language, whole=True)
        rows.append((f"{head_word(language)} ±{tolerance_words(assessment, language)}", said))
    rows.append((words["enterprises"], ("、" if language == "zh" else ", ").join(named)))
    return [(label, str(value)) for label, value in rows if value is not None and value == value and str(value)]  # noqa: PLR0124


def layer_table(assessment: Assessment, parcel: str, language: Language, layers: Sequence[str] | None = None) -> Table:
    """Return the state of every layer at a parcel, or of some of them, and how much of it lies where."""
    words = words_of(language)
    evidence, place = assessment.evidence, assessment.position(parcel)
    met: dict[str, list[str]] = {}
    comma = "，" if language == "zh" else ", "
    for row in np.flatnonzero(evidence.hits.parcel == place):
        key = evidence.keys[evidence.hits.key[row]]
        zone = zone_words(assessment.project.rulebook.layers.get(key.layer), key.label, language)
        size = area(float(evidence.hits.area_m2[row]), language, assessment.project.rulebook.units)
        met.setdefault(key.layer, []).append(f"{zone} {size}{comma}{percent(float(evidence.hits.share[row]))}".strip())
    rows = [
        (
            layer_title(assessment.project, layer, language),
            STATE_WORDS[int(evidence.states[place, column])][language],
            CLAUSE[language].join(met.get(layer, [])),
        )
        for column, layer in enumerate(evidence.layers)
        if layers is None or layer in layers
    ]
    return Table(
        caption=words["layers_table"].format(parcel=parcel),
        header=(words["layer"], words["state"], words["ground"]),
        rows=tuple(rows),
    )


def use_table(assessment: Assessment, parcel: str, language: Language) -> Table:
    """Return the verdict of every use and pathway at a parcel."""
    words, asked = words_of(language), assessment.questions
    place, judged = assessment.position(parcel), assessment.judgement
    rows = []
    for use in asked.uses:
        spans = [
            short_span(int(judged.least[place, number]), int(judged.most[place, number]), language)
            for way in asked.pathways
            for number in [asked.number(use.id, way.id)]
        ]
        rows.append((use.title[language], *spans))
    return Table(
        caption=words["uses_table"].format(parcel=parcel),
        header=(words["use"], *(way.title[language] for way in asked.pathways)),
        rows=tuple(rows),
    )


def closing(assessment: Assessment, language: Language) -> Paragraph:
    """Return what every output says once: the law's name, version and day, and that this is a screening."""
    project = assessment.project
    said = [foot_words(project.rulebook, assessment.on, language)]
    if project.notice is not None:
        said.append(capital(project.notice[language]))
    return Paragraph(
        words=("。" if language == "zh" else ". ").join(part.rstrip("。.") for part in said)
        + ("。" if language == "zh" else ".")
    )
