"""The one paragraph that planners paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_tej.document.blocks import Block, Paragraph
from geo_tej.document.content.phrases import capital, is_given
from geo_tej.i18n import CLAUSE, COLON, LIST, area, aside, mark, percent
from geo_tej.model import State
from geo_tej.verdict import explain
from geo_tej.verdict.assumed import assumed_at, assumed_lines
from geo_tej.verdict.words import cause_words, layer_title, zone_words

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.verdict import Assessment


def text_paragraph(assessment: Assessment, parcel: str, language: Language, *, with_verdict: bool) -> list[Block]:
    """Return the one paragraph that planners paste: area, which zones on how much of it, what is not touched or open.

    `with_verdict` adds the verdicts of the uses that were assessed.
    """
    zh = language == "zh"
    place = assessment.position(parcel)
    evidence, project = assessment.evidence, assessment.project
    whole = float(evidence.area_m2[place])
    name = assessment.parcels.iloc[place].get("name")
    called = f"{parcel}（{name}）" if zh and is_given(name) else f"{parcel} ({name})" if is_given(name) else parcel
    units = project.rulebook.units
    in_ha_mu = _ha_mu(whole, language, units)
    said = [
        f"地块 {called}{'' if called.endswith('）') else ' '}面积 {in_ha_mu}"
        if zh
        else f"Parcel {called} has an area of {in_ha_mu}"
    ]
    grounds = _grounds(assessment, place, language)
    for heads, lead in ((True, "压占" if zh else "It lies on: "), (False, "其中" if zh else "Of this: ")):
        inside = [
            f"{ground}{' ' if zh else ', '}{_ha_mu(size, language, units)}{'，占 ' if zh else ', '}{percent(share)}"
            for layer, ground, size, share in grounds
            if project.rulebook.layers[layer].heads_extract == heads
        ]
        if inside:
            said.append(lead + CLAUSE[language].join(inside))
    measured = {layer for layer, *_ in grounds}
    by_state: dict[int, list[str]] = {}
    for column, layer in enumerate(evidence.layers):
        state = int(evidence.states[place, column])
        raster = layer in project.layers and project.layers[layer].raster is not None
        if layer not in measured and not (raster and state == State.NOT_AFFECTED):
            by_state.setdefault(state, []).append(layer_title(project, layer, language))
    for state, lead in (
        (State.AFFECTED, "涉及" if zh else "It is affected by: "),
        (State.NOT_AFFECTED, "不涉及" if zh else "It does not touch: "),
        (State.NO_DATA, "资料缺失、尚不能判断：" if zh else "No data, so not known: "),
        (State.FAILED, "图层读取失败、尚不能判断：" if zh else "Could not be read, so not known: "),
    ):
        if by_state.get(state):
            said.append(lead + LIST[language].join(by_state[state]))
    said += (
        _verdict_sentences(assessment, parcel, language)
        if with_verdict
        else _open_sentences(assessment, place, language)
    )
    rulebook = project.rulebook
    source = f"{rulebook.title[language]} {rulebook.version}"
    day = assessment.on.isoformat()
    said.append(
        f"以上依据{source}（{day}）筛查。{rulebook.disclaimer.zh.rstrip('。')}"
        if zh
        else f"Screened under the {source}, law as of {day}. {rulebook.disclaimer.en.rstrip('.')}"
    )
    said += [capital(line) for line in assumed_lines(assumed_at(assessment, place), language)]
    if project.notice is not None:
        said.append(capital(project.notice[language].rstrip("。.")))
    return [Paragraph(words="。".join(said) + "。" if zh else ". ".join(said) + ".")]


def _verdict_sentences(assessment: Assessment, parcel: str, language: Language) -> list[str]:
    asked = assessment.questions
    return [
        ("拟作" if language == "zh" else "")
        + capital(use.title[language])
        + aside(way.title[language], language)
        + COLON[language]
        + explain(assessment, parcel, use.id, way.id).headline(language)
        for use in asked.uses
        for way in asked.pathways
    ]


def _open_sentences(assessment: Assessment, place: int, language: Language) -> list[str]:
    """Say which attributes, facts and rulings hold any verdict of a parcel open."""
    rules = assessment.rules_by_id
    causes = {
        cause_words(assessment.project, cause, rules, language)[0]
        for code in set(assessment.judgement.open[place].tolist())
        for cause in assessment.open_sets[code]
        if cause.kind in ("attribute", "fact", "officer")
    }
    lead = {"zh": "待核实：", "en": "To be settled: "}[language]
    return [lead + CLAUSE[language].join(sorted(causes))] if causes else []


def _ha_mu(square_metres: float, language: Language, units: tuple[str, ...]) -> str:
    """Write an area as plans do: hectares, with mu behind them; of both only what the rulebook's units have."""
    said = [area(square_metres, language, (unit,)) for unit in ("ha", "mu") if unit in units]
    first, *rest = said or [area(square_metres, language, units)]
    return first + "".join(aside(each, language) for each in rest)


def _grounds(assessment: Assessment, place: int, language: Language) -> list[tuple[str, str, float, float]]:
    """Return what a parcel meets: layer, layer and zone in words, area in m², share."""
    evidence, project = assessment.evidence, assessment.project
    found = []
    for row in np.flatnonzero(evidence.hits.parcel == place):
        key = evidence.keys[evidence.hits.key[row]]
        zone = zone_words(project.rulebook.layers.get(key.layer), key.label, language)
        title = layer_title(project, key.layer, language)
        ground = title + mark(zone, language)
        found.append((key.layer, ground, float(evidence.hits.area_m2[row]), float(evidence.hits.share[row])))
    return found
