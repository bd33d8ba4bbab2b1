"""What `check` prints of a parcel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_tej.i18n import (
    CLAUSE,
    COLON,
    GROUP_WORDS,
    IN_PART_SIGN,
    LIST,
    OUTCOME_SIGNS,
    STATE_WORDS,
    area,
    aside,
    padded,
    percent,
    short_span,
    wide,
)
from geo_tej.measure import HAIRLINE_M, ellipsoidal_area_m2, mean_width_m
from geo_tej.model import Outcome, State
from geo_tej.report.words import WORDS
from geo_tej.verdict import Cause, explain
from geo_tej.verdict.assumed import assumed_at, assumed_lines
from geo_tej.verdict.explanation import ground_words, how_to_say, reason_words
from geo_tej.verdict.footprint import ALL_BARRED
from geo_tej.verdict.outlived import outlived_on
from geo_tej.verdict.reasons import reasons_spoken, silences_spoken
from geo_tej.verdict.standing import BARRED
from geo_tej.verdict.steadiness import asked_words, head_word, steadiness, steadiness_words
from geo_tej.verdict.unseen import unseen_words
from geo_tej.verdict.words import (
    OUTLIVED,
    about_words,
    cause_words,
    decision_words,
    foot_words,
    land_use_words,
    law_words,
    layer_title,
    open_words,
    zone_words,
)

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Rulebook
    from geo_tej.rules import Questions
    from geo_tej.verdict import Assessment
    from geo_tej.verdict.words import Cites

_OF_A_RULE = ("officer", "unverified")
"""The kinds of causes that a rule's own line names."""

_OF_THE_PARCEL = ("geometry", "layer")
"""The kinds of causes that are said without the questions that they hold open, since most are."""

_OF_DATA = ("base", *_OF_THE_PARCEL)
"""The kinds of causes that are said first."""

_UNSTEADY = "↔"
"""Marks a verdict that boundaries may change."""


def parcel_report(assessment: Assessment, parcel: str, language: Language, *, in_full: bool) -> str:
    """Write what `check` prints of one parcel: areas, layer states, verdicts; every reason where `in_full`."""
    project, rulebook = assessment.project, assessment.project.rulebook
    place = assessment.position(parcel)
    name, code, scheme = (_cell(assessment, place, column) for column in ("name", "land_use_code", "land_use_scheme"))
    clause, colon = CLAUSE[language], COLON[language]
    lines = [f"{parcel}" + (f" {name}" if isinstance(name, str) else "") + aside(project.title[language], language)]
    lines.append("  " + clause.join(_areas(assessment, place, language)))
    if isinstance(code, str):
        present = land_use_words(rulebook.codes, code, scheme if isinstance(scheme, str) else "", language)
        lines.append(f"  {WORDS['land_use'][language]}{colon}{present}")
    lines += [f"  {words}" for words in about_words(project, language)]
    lines += [f"  {words}" for words in assumed_lines(assumed_at(assessment, place), language)]
    lines += [
        "",
        WORDS["layers"][language],
        *_layer_lines(assessment, place, language),
        "",
        WORDS["verdicts"][language],
    ]
    asked = assessment.questions
    if in_full:
        for use in asked.uses:
            told = [explain(assessment, parcel, use.id, way.id) for way in asked.pathways]
            lines += [each.text(language, alone=False) for each in told]
        asked_m = asked_words(assessment, language)
        lines += [f"  {head_word(language)} {asked_m}"] if asked_m else []
    else:
        lines += _matrix_lines(assessment, place, language)
        lines += _steady_lines(assessment, parcel, language)
        lines += ["", WORDS["why"][language], *_open_lines(assessment, place, language)]
        lines += _reason_lines(assessment, parcel, language)
        lines += _stood_lines(assessment, place, language)
        lines += _outlived_lines(assessment, parcel, language)
    lines += [
        "",
        *_later_lines(assessment, language),
        foot_words(rulebook, assessment.on, language),
    ]
    return "\n".join(lines)


def _cell(assessment: Assessment, place: int, column: str) -> object:
    """Return what a column of the parcels, where there is one, says of a parcel."""
    return assessment.parcels[column].array[place] if column in assessment.parcels.columns else None


def _begins(rulebook: Rulebook, day: date) -> list[tuple[Cites, bool, date]]:
    """Return what begins after a day, whether only in part, and when: texts, or articles of those heard on it."""
    heard = {(rule.source, rule.article) for rule in rulebook.on(day)}
    known = {source for source, _ in heard}
    begins: dict[tuple[str, str], tuple[Cites, bool, date]] = {}
    for rule in rulebook.rules:
        if rule.valid_from is not None and rule.valid_from > day:
            text = rule if rule.source in known else replace(rule, article="")
            place = text.source, text.article
            first = min(rule.valid_from, begins[place][2]) if place in begins else rule.valid_from
            begins[place] = text, place in heard, first
    return list(begins.values())


def _later_lines(assessment: Assessment, language: Language) -> list[str]:
    """Name the texts and articles that begin after the day asked of, which are not heard."""
    rulebook, day = assessment.project.rulebook, assessment.on
    begins = rulebook.once("begins", lambda: _begins(rulebook, day), of=day)
    if not begins:
        return []
    joint = CLAUSE[language].join(
        law_words(rulebook, text, language)
        + (WORDS["later_in_part"][language] if in_part else "")
        + aside(WORDS["later_from"][language].format(day=first.isoformat()), language)
        for text, in_part, first in begins
    )
    return [WORDS["later"][language].format(texts=joint)]


def _areas(assessment: Assessment, place: int, language: Language) -> list[str]:
    units = assessment.project.rulebook.units
    drawn = float(assessment.evidence.area_m2[place])
    geometry = assessment.parcels.geometry.to_numpy()[place : place + 1]
    if not drawn:
        return [WORDS["no_ground"][language], *_registered(assessment, place, language)]
    ground = float(ellipsoidal_area_m2(geometry, assessment.project.crs)[0])
    said = [
        f"{WORDS['drawn'][language]} {area(drawn, language, units)}",
        f"{WORDS['ellipsoid'][language]} {area(ground, language, ('m2',))}",
    ]
    return said + _registered(assessment, place, language)


def _registered(assessment: Assessment, place: int, language: Language) -> list[str]:
    if "registered_m2" not in assessment.parcels:
        return []
    registered = float(assessment.parcels["registered_m2"].to_numpy(float, na_value=np.nan)[place])
    return [] if np.isnan(registered) else [f"{WORDS['registered'][language]} {area(registered, language, ('m2',))}"]


def _layer_lines(assessment: Assessment, place: int, language: Language) -> list[str]:
    evidence, project = assessment.evidence, assessment.project
    lines, comma = [], "，" if language == "zh" else ", "
    rest: dict[int, list[str]] = {}
    for column, name in enumerate(evidence.layers):
        state = int(evidence.states[place, column])
        title = layer_title(project, name, language)
        unseen = unseen_words(assessment, place, name, language)
        if state != State.AFFECTED:
            rest.setdefault(state, []).append(title + aside(unseen, language))
            continue
        said = []
        for row in np.flatnonzero(evidence.hits.parcel == place):
            key = evidence.keys[evidence.hits.key[row]]
            if key.layer == name:
                zone = zone_words(project.rulebook.layers.get(name), key.label, language)
                covered = area(float(evidence.hits.area_m2[row]), language, ("m2",))
                share = percent(float(evidence.hits.share[row]))
                strip = WORDS["strip"][language] if _is_strip(assessment, int(row)) else ""
                said.append(f"{zone} {covered}{comma}{share}{aside(strip, language)}")
        said += [unseen] if unseen else []
        ground = COLON[language] + CLAUSE[language].join(said) if said else ""
        lines.append(f"  {STATE_WORDS[state][language]}  {title}{ground}")
    lines += [
        f"  {STATE_WORDS[state][language]}  {LIST[language].join(titles)}" for state, titles in sorted(rest.items())
    ]
    return lines


def _is_strip(assessment: Assessment, row: int) -> bool:
    """Tell whether a hit is with polygons, narrower than a hairline, and of a layer that may have thresholds."""
    evidence = assessment.evidence
    number = int(evidence.hits.key[row])
    key, faces = evidence.keys[number], evidence.faces
    law = assessment.project.rulebook.layers.get(key.layer)
    if key.distance_m is not None or (law is not None and law.heads_extract):
        return False
    of_key = faces.face[faces.key == number]
    polygon = faces.polygon[of_key[faces.parcel[of_key] == evidence.hits.parcel[row]]]
    if not len(polygon):
        return False
    if 2 * shapely.area(polygon).sum() > 2 * HAIRLINE_M * shapely.length(polygon).sum():
        return False  # together they are even wider, for where they touch is no outline any more
    width = mean_width_m(np.array([shapely.union_all(polygon)], dtype=object))
    return bool(width[0] < HAIRLINE_M)


def _matrix_lines(assessment: Assessment, place: int, language: Language) -> list[str]:
    asked, judged = assessment.questions, assessment.judgement
    spans = [
        short_span(least, most, language)
        for least, most in zip(judged.least[place].tolist(), judged.most[place].tolist(), strict=True)
    ]
    in_part = judged.in_part[place].tolist()
    spans = [f"{said} {IN_PART_SIGN}" if each else said for said, each in zip(spans, in_part, strict=True)]
    if assessment.robust is not None:
        spans = [
            said if steady else f"{said} {_UNSTEADY}"
            for said, steady in zip(spans, assessment.robust.stable[place].tolist(), strict=True)
        ]
    titles = [way.title[language] for way in asked.pathways]
    across = max(map(wide, (*spans, *titles))) + 2
    width = max(wide(use.title[language]) for use in asked.uses) + 4
    lines = ["  " + " " * width + "".join(padded(title, across) for title in titles).rstrip()]
    for group in dict.fromkeys(use.group for use in asked.uses):
        lines.append("  " + assessment.project.rulebook.groups.get(group, GROUP_WORDS["other"])[language])
        for use in asked.uses:
            if use.group == group:
                cells = [padded(spans[asked.number(use.id, way.id)], across) for way in asked.pathways]
                lines.append("  " + padded("  " + use.title[language], width) + "".join(cells).rstrip())
    return [*lines, *([f"  {WORDS['in_part'][language]}"] if any(in_part) else [])]


def _open_lines(assessment: Assessment, place: int, language: Language) -> list[str]:
    """Say what is open: data, facts and what grants unread, and below it for which questions.

    What an officer or an unread text leaves open, the line of its own rule tells.
    """
    judged, asked, rules = assessment.judgement, assessment.questions, assessment.rules_by_id
    of: dict[Cause, NDArray[np.uint8]] = {}
    for question, code in enumerate(judged.open[place].tolist()):
        for cause in judged.open_sets[code]:
            of.setdefault(cause, np.zeros(len(asked), np.uint8))[question] = 1
    telling = sorted(
        (
            each
            for each in of
            if each.kind not in _OF_A_RULE
            or (each.kind == "unverified" and rules[str(each.name)].outcome == Outcome.PERMITTED)
        ),
        key=lambda each: (each.kind not in _OF_DATA, each.rank),
    )
    lines: dict[str, NDArray[np.uint8]] = {}
    for cause, what, settled in open_words(assessment.project, telling, rules, language):
        hint = how_to_say(assessment.project.rulebook, cause)
        meant = np.ones(len(asked), np.uint8) if cause.kind in _OF_THE_PARCEL else of[cause]
        line = f"  ? {what}{COLON[language]}{settled}{hint}"
        lines[line] = lines.get(line, np.zeros_like(meant)) | meant
    said = []
    for line, meant in lines.items():
        said.append(line)
        said += [f"      {words}" for words in [_questions_meant(asked, meant, language)] if words]
    return said


def _steady_lines(assessment: Assessment, parcel: str, language: Language) -> list[str]:
    """Say of a parcel whether boundaries could change any of its verdicts; those that may are marked in the table."""
    steady, robust = steadiness(assessment, parcel), assessment.robust
    if steady is None or robust is None:
        return []
    lines = ["", f"{head_word(language)} {asked_words(assessment, language)}"]
    lines.append(f"  {steadiness_words(assessment, steady, language, whole=True)}")
    if not steady.stable and steady.changes_at_m is not None:
        stable = robust.stable[assessment.position(parcel)]
        lines.append("  " + WORDS["unsteady"][language].format(n=int((~stable).sum()), of=len(stable), sign=_UNSTEADY))
    return lines


def _reason_lines(assessment: Assessment, parcel: str, language: Language) -> list[str]:
    """Say what bars or conditions anything on a parcel, by ground: what it says, and below it for which questions."""
    rulebook, asked = assessment.project.rulebook, assessment.questions
    meant = {use.id for use in asked.uses}
    by_ground: dict[str, dict[str, NDArray[np.bool_]]] = {}
    decided: dict[tuple[str, str], list[str]] = {}
    for reason, spoken in reasons_spoken(assessment, parcel):
        if reason.rule.outcome == Outcome.PERMITTED or not spoken.any():
            continue
        decisions = [
            each
            for each in assessment.decisions
            if (each.parcel, each.rule) == (parcel, reason.rule.id) and each.use in meant
        ]
        settled = {each.use for each in decisions} >= meant & set(reason.rule.uses)
        ground = ground_words(assessment.project, reason, language)
        said = reason_words(rulebook, reason, language, decided=settled)
        heard = by_ground.setdefault(ground, {})
        heard[said] = heard.get(said, np.zeros_like(spoken)) | spoken
        decided.setdefault((ground, said), []).extend(
            f"{rulebook.uses[each.use].title[language]}{COLON[language]}{decision_words(each, language)}"
            for each in decisions
        )
    for silence, barred in silences_spoken(assessment, parcel):
        unlisted, _ = cause_words(
            assessment.project, Cause(kind="unlisted", layer=silence.layer), assessment.rules_by_id, language
        )
        ground = ground_words(assessment.project, silence, language)
        said = f"{OUTCOME_SIGNS[Outcome.PROHIBITED]} {unlisted}"
        heard = by_ground.setdefault(ground, {})
        heard[said] = heard.get(said, np.zeros(len(asked), bool)) | barred
    lines = []
    for ground, heard in by_ground.items():
        lines.append(f"  {ground}")
        for said, spoken in heard.items():
            lines.append(f"    {said}")
            lines += [f"      {words}" for words in [_questions_meant(asked, spoken, language)] if words]
            lines += [f"      → {words}" for words in dict.fromkeys(decided.get((ground, said), ()))]
    return lines


def _stood_lines(assessment: Assessment, place: int, language: Language) -> list[str]:
    """Say that buildings stand on ground that bars keeping them, and for which questions."""
    barred = (assessment.judgement.stood[place] == BARRED).astype(np.uint8)
    if not barred.any():
        return []
    meant = _questions_meant(assessment.questions, barred, language)
    said = f"  {OUTCOME_SIGNS[Outcome.PROHIBITED]} {ALL_BARRED[language]}"
    return [said, *([f"      {meant}"] if meant else [])]


def _outlived_lines(assessment: Assessment, parcel: str, language: Language) -> list[str]:
    """Tell the decisions on a parcel whose rules no longer speak on it."""
    rulebook, meant = assessment.project.rulebook, {use.id for use in assessment.questions.uses}
    lines = []
    for each in outlived_on(assessment, parcel):
        if each.use in meant:
            rule = assessment.rules_by_id.get(each.rule)
            law = each.rule if rule is None else law_words(rulebook, rule, language)
            use = rulebook.uses[each.use].title[language]
            lines += [f"  {law}", f"      → {use}{COLON[language]}{decision_words(each, language)}"]
            lines.append(f"      ! {OUTLIVED[language]}")
    return lines


def _questions_meant(asked: Questions, spoken: NDArray[Any], language: Language, *, most: int = 4) -> str:
    """Name the uses and the pathways that a rule speaks of; nothing where it speaks of all that were asked for."""
    heard = spoken.reshape(len(asked.uses), len(asked.pathways))
    uses = [asked.uses[row].title[language] for row in np.flatnonzero(heard.any(axis=1))]
    ways = [asked.pathways[column].title[language] for column in np.flatnonzero(heard.any(axis=0))]
    said = []
    if len(uses) < len(asked.uses):
        more = f"等 {len(uses)} 项" if language == "zh" else f" and {len(uses) - most} more"
        said.append(CLAUSE[language].join(uses[:most]) + (more if len(uses) > most else ""))
    if len(ways) < len(asked.pathways):
        said.append(LIST[language].join(ways))
    return " · ".join(said)
