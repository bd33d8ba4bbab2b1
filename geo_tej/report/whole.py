"""What `run` prints: how many parcels have which outcome, and what there is to complain of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_tej.crs import areal_scale, named
from geo_tej.i18n import COLON, OUTCOME_SHORT, Said, padded, percent, told_in
from geo_tej.model import Outcome
from geo_tej.report.words import WORDS
from geo_tej.verdict.assumed import assumed_at, assumed_lines
from geo_tej.verdict.outlived import outlived
from geo_tej.verdict.steadiness import count_words
from geo_tej.verdict.words import OUTLIVED, about_words, foot_words

if TYPE_CHECKING:
    from datetime import date

    from geo_tej.i18n import Language
    from geo_tej.model import Layer, Project
    from geo_tej.verdict import Assessment


LITTLE_STRETCH = 0.003
"""How far areas may be stretched without a word: national grids stay within it in their own zone."""

_SHOWN = 3
"""How many remarks on a layer are told in its line."""


def complaints(project: Project, *, on: date | None = None, layers: bool = False) -> list[str]:
    """Say which signatures are lapsed or of a later day, which layers failed, and in which something was repaired.

    With `layers`, whatever there is to remark on a layer is told, in a line each.
    """
    day = on or project.on
    return [
        *_of_later_days(project, day),
        *project.rulebook.lapsed,
        *_stretched(project),
        *(
            Said(f"图层 {layer} 无法采用：{fault}", f"layer {layer} failed: {fault}")
            for layer, fault in project.faults.items()
        ),
        *(
            Said(
                f"图层 {each.id}：修复 {each.repaired} 条；详见 geo-tej layers",
                f"layer {each.id}: {each.repaired} repaired; geo-tej layers says how",
            )
            for each in project.layers.values()
            if each.repaired and each.role in ("zones", "objects") and not layers
        ),
        *(layer_words(each) for each in project.layers.values() if layers and _has_remarks(each)),
    ]


def _stretched(project: Project) -> list[Said]:
    """Say by how much the project's CRS stretches areas at the parcels, where that is no longer little."""
    bounds = np.asarray(project.parcels.total_bounds)
    if not np.isfinite(bounds).all():
        return []
    stretch = areal_scale(project.crs, (float(bounds[::2].mean()), float(bounds[1::2].mean()))) - 1
    if not abs(stretch) > LITTLE_STRETCH:
        return []
    more, larger = f"{abs(stretch):.2%}", stretch > 0
    return [
        Said(
            f"{named(project.crs)}：此处图上面积比实地{'大' if larger else '小'} {more}，宜改用当地分带的坐标系",
            f"{named(project.crs)} draws areas {more} {'larger' if larger else 'smaller'} here than on the ground; "
            "choose the grid's zone of the place",
        )
    ]


def _has_remarks(layer: Layer) -> bool:
    return bool(layer.repaired or layer.set_aside or layer.remarks)


def layer_words(layer: Layer) -> Said:
    """Say in a line what `layers` knows of a layer: how much was repaired and set aside, and the first remarks.

    >>> from types import SimpleNamespace as Namespace
    >>> layer_words(Namespace(id="flood", repaired=1, set_aside=2, remarks=("class: swamp is unknown",)))
    'layer flood: 1 repaired, 2 set aside; class: swamp is unknown; geo-tej layers says more'
    """
    counts = ((layer.repaired, "修复", "repaired"), (layer.set_aside, "剔除", "set aside"))
    rest = len(layer.remarks) - _SHOWN
    zh = ["，".join(f"{word} {count:,} 条" for count, word, _ in counts if count)]
    en = [", ".join(f"{count:,} {word}" for count, _, word in counts if count)]
    zh += [told_in(each, "zh") for each in layer.remarks[:_SHOWN]]
    en += [told_in(each, "en") for each in layer.remarks[:_SHOWN]]
    if rest > 0:
        zh.append(f"另有 {rest:,} 条备注")
        en.append(f"and {rest:,} more")
    return Said(
        f"图层 {layer.id}：{'；'.join([*filter(None, zh), '详见 geo-tej layers'])}",
        f"layer {layer.id}: {'; '.join([*filter(None, en), 'geo-tej layers says more'])}",
    )


def outlived_words(project: Project) -> list[str]:
    """Name the decisions whose rules no longer speak on their parcels."""
    return [
        Said(
            f"裁量决定：地块 {each.parcel}、用途 {each.use}、规则 {each.rule}（{each.officer}，{each.date}）："
            f"{OUTLIVED['zh']}",
            f"decisions: parcel {each.parcel}, use {each.use}, rule {each.rule} ({each.officer}, {each.date}): "
            f"{OUTLIVED['en']}",
        )
        for each in outlived(project)
    ]


def _of_later_days(project: Project, day: date) -> list[str]:
    """Say how many decisions and sign-offs are of a day after the one whose law applies; they count."""
    signed = {each for rule in project.rulebook.rules for each in rule.signoffs if each.when > day}
    counts = {
        ("decisions", "裁量决定"): sum(each.date > day for each in project.decisions),
        ("sign-offs", "签认"): len(signed),
    }
    return [
        Said(
            f"{zh}：{count:,} 件的日期晚于适用法律之日 {day}，仍予采用",
            f"{en}: 1 is of a later day than {day}, whose law applies; it counts all the same"
            if count == 1
            else f"{en}: {count:,} are of a later day than {day}, whose law applies; they count all the same",
        )
        for (en, zh), count in counts.items()
        if count
    ]


def summary(assessment: Assessment, language: Language) -> str:
    """Write what `run` prints: how many parcels have which outcome, by use group."""
    asked, judged = assessment.questions, assessment.judgement
    outcome = np.where(judged.least == judged.most, judged.least, np.int8(Outcome.UNKNOWN))
    project = assessment.project
    counted = WORDS["asked"][language].format(
        parcels=len(assessment.parcels), uses=len(asked.uses), ways=len(asked.pathways), verdicts=outcome.size
    )
    lines = [f"{project.title[language]}{COLON[language]}{counted}"]
    lines += [*about_words(project, language), *assumed_lines(assumed_at(assessment), language)]
    for group in dict.fromkeys(use.group for use in asked.uses):
        columns = [asked.number(use.id, way.id) for use in asked.uses for way in asked.pathways if use.group == group]
        counts = np.bincount(outcome[:, columns].ravel(), minlength=len(Outcome))
        shares = [f"{OUTCOME_SHORT[code][language]} {percent(counts[code] / max(counts.sum(), 1))}" for code in Outcome]
        lines.append(f"  {padded(project.rulebook.groups[group][language], 20)} {'  '.join(shares)}")
    lines += [f"  {words}" for words in [count_words(assessment, language)] if words]
    return "\n".join([*lines, foot_words(project.rulebook, assessment.on, language)])
