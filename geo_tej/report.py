"""What the command line prints: a parcel, a rulebook, a run, as plain text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.i18n import GROUP_WORDS, OUTCOME_SHORT, STATE_WORDS, Text, area, percent, short_span
from geo_tej.measure import ellipsoidal_area_m2
from geo_tej.model import Outcome, State
from geo_tej.rules import speaks
from geo_tej.verdict import explain
from geo_tej.verdict.explanation import reasons_of
from geo_tej.verdict.steadiness import asked_words, count_words, head_word, steadiness, steadiness_words
from geo_tej.verdict.words import (
    decision_words,
    doubt_words,
    finding_words,
    land_use_words,
    law_words,
    layer_title,
    open_words,
    rule_name,
    zone_words,
)

if TYPE_CHECKING:
    from datetime import date

    from geo_tej.i18n import Language
    from geo_tej.model import Project, Rule, Rulebook
    from geo_tej.verdict import Assessment

_WORDS = {
    "drawn": Text("图上面积", "drawn"),
    "ellipsoid": Text("椭球面积", "on the ellipsoid"),
    "registered": Text("登记面积", "registered"),
    "no_ground": Text("没有图形，均待核实", "no ground drawn, so everything is to be settled"),
    "land_use": Text("现状地类", "present land use"),
    "layers": Text("图层", "layers"),
    "verdicts": Text("结论", "verdicts"),
    "why": Text("依据", "why"),
    "rules": Text("条规则", "rules"),
    "unverified": Text("条未核对原文", "not checked against their text"),
    "uses": Text("用途", "uses"),
    "pathways": Text("实施路径", "pathways"),
    "facts": Text("事实", "facts"),
    "notes": Text("说明", "notes"),
    "routes": Text("退出路径（? 条文待核）", "ways out (? text not checked)"),
    "assumed": Text("假设", "assumed"),
    "unsteady": Text("{of} 项结论中 {n} 项可能改变（{sign}）", "{n} of {of} verdicts may change ({sign})"),
}
_WITHOUT_RULE = ("base", "geometry", "layer")
"""The kinds of causes that no rule's own line names."""
_UNSTEADY = "↔"
"""Marks a verdict that boundaries may change."""

_WIDE = 0x2E80
"""From here on, characters take two columns of a terminal."""


def parcel_report(assessment: Assessment, parcel: str, language: Language, *, in_full: bool) -> str:
    """Write what `check` prints of one parcel: areas, layer states, verdicts; every reason where `in_full`."""
    project, rulebook = assessment.project, assessment.project.rulebook
    place = assessment.position(parcel)
    row = assessment.parcels.iloc[place]
    name = row.get("name")
    lines = [f"{parcel}" + (f" {name}" if isinstance(name, str) else "") + f"  ({project.title[language]})"]
    lines.append("  " + "; ".join(_areas(assessment, place, language)))
    code, scheme = (row.get(name) for name in ("land_use_code", "land_use_scheme"))
    if isinstance(code, str):
        present = land_use_words(rulebook.codes, code, scheme if isinstance(scheme, str) else "", language)
        lines.append(f"  {_WORDS['land_use'][language]}: {present}")
    if project.notice is not None:
        lines.append(f"  {project.notice[language]}")
    if project.scenario_title is not None:
        lines.append(f"  {project.scenario_title[language]}")
    lines += [
        "",
        _WORDS["layers"][language],
        *_layer_lines(assessment, place, language),
        "",
        _WORDS["verdicts"][language],
    ]
    asked = assessment.questions
    if in_full:
        for use in asked.uses:
            lines += [explain(assessment, parcel, use.id, way.id).text(language) for way in asked.pathways]
        asked_m = asked_words(assessment, language)
        lines += [f"  {head_word(language)} {asked_m}"] if asked_m else []
    else:
        lines += _matrix_lines(assessment, place, language)
        lines += _steady_lines(assessment, parcel, language)
        lines += ["", _WORDS["why"][language], *_open_lines(assessment, place, language)]
        lines += _reason_lines(assessment, parcel, language)
    lines += [
        "",
        *_later_lines(assessment, language),
        f"{rulebook.title[language]} {rulebook.version}, {assessment.on.isoformat()}. {rulebook.disclaimer[language]}",
    ]
    return "\n".join(lines)


def _later_lines(assessment: Assessment, language: Language) -> list[str]:
    """Name the texts whose rules begin after the day asked of, which are not heard."""
    rulebook, day = assessment.project.rulebook, assessment.on
    begins: dict[str, date] = {}
    for rule in rulebook.rules:
        if rule.valid_from is not None and rule.valid_from > day:
            begins[rule.source] = min(rule.valid_from, begins.get(rule.source, rule.valid_from))
    if not begins:
        return []
    texts = [(rulebook.sources[source].title[language], first.isoformat()) for source, first in begins.items()]
    if language == "zh":
        return [f"当日尚未施行、未予适用：{'、'.join(f'《{title}》（{first}起）' for title, first in texts)}。"]
    joint = "; ".join(f"{title} (from {first})" for title, first in texts)
    return [f"not yet in force on that day, and not heard: {joint}."]


def _areas(assessment: Assessment, place: int, language: Language) -> list[str]:
    units = assessment.project.rulebook.units
    drawn = float(assessment.evidence.area_m2[place])
    geometry = assessment.parcels.geometry.to_numpy()[place : place + 1]
    if not drawn:
        return [_WORDS["no_ground"][language], *_registered(assessment, place, language)]
    ground = float(ellipsoidal_area_m2(geometry, assessment.project.crs)[0])
    said = [
        f"{_WORDS['drawn'][language]} {area(drawn, language, units)}",
        f"{_WORDS['ellipsoid'][language]} {area(ground, language, ('m2',))}",
    ]
    return said + _registered(assessment, place, language)


def _registered(assessment: Assessment, place: int, language: Language) -> list[str]:
    if "registered_m2" not in assessment.parcels:
        return []
    registered = float(assessment.parcels["registered_m2"].to_numpy(float, na_value=np.nan)[place])
    return [] if np.isnan(registered) else [f"{_WORDS['registered'][language]} {area(registered, language, ('m2',))}"]


def _layer_lines(assessment: Assessment, place: int, language: Language) -> list[str]:
    evidence, project = assessment.evidence, assessment.project
    lines = []
    rest: dict[int, list[str]] = {}
    for column, name in enumerate(evidence.layers):
        state = int(evidence.states[place, column])
        title = layer_title(project, name, language)
        if state != State.AFFECTED:
            rest.setdefault(state, []).append(title)
            continue
        said = []
        for row in np.flatnonzero(evidence.hits.parcel == place):
            key = evidence.keys[evidence.hits.key[row]]
            if key.layer == name:
                zone = zone_words(project.rulebook.layers.get(name), key.label, language)
                covered = area(float(evidence.hits.area_m2[row]), language, ("m2",))
                said.append(f"{zone} {covered} {percent(float(evidence.hits.share[row]))}")
        lines.append(f"  {STATE_WORDS[state][language]}  {title}" + (f": {'; '.join(said)}" if said else ""))
    joint = "、" if language == "zh" else ", "
    lines += [f"  {STATE_WORDS[state][language]}  {joint.join(titles)}" for state, titles in sorted(rest.items())]
    return lines


def _matrix_lines(assessment: Assessment, place: int, language: Language) -> list[str]:
    asked, judged = assessment.questions, assessment.judgement
    spans = [
        short_span(least, most, language)
        for least, most in zip(judged.least[place].tolist(), judged.most[place].tolist(), strict=True)
    ]
    if assessment.robust is not None:
        spans = [
            said if steady else f"{said} {_UNSTEADY}"
            for said, steady in zip(spans, assessment.robust.stable[place].tolist(), strict=True)
        ]
    titles = [way.title[language] for way in asked.pathways]
    across = max(map(_columns, (*spans, *titles))) + 2
    width = max(_columns(use.title[language]) for use in asked.uses) + 4
    lines = ["  " + " " * width + "".join(_padded(title, across) for title in titles).rstrip()]
    for group in dict.fromkeys(use.group for use in asked.uses):
        lines.append("  " + assessment.project.rulebook.groups.get(group, GROUP_WORDS["other"])[language])
        for use in asked.uses:
            if use.group == group:
                cells = [_padded(spans[asked.number(use.id, way.id)], across) for way in asked.pathways]
                lines.append("  " + _padded("  " + use.title[language], width) + "".join(cells).rstrip())
    return lines


def _open_lines(assessment: Assessment, place: int, language: Language) -> list[str]:
    """Say what no rule's line tells: that no plan is known here, which layers are missing, and what grants unread."""
    judged = assessment.judgement
    causes = {cause for code in set(judged.open[place].tolist()) for cause in judged.open_sets[code]}
    rules = {rule.id: rule for rule in assessment.rules}
    telling = sorted(
        (
            each
            for each in causes
            if each.kind in _WITHOUT_RULE
            or (each.kind == "unverified" and rules[str(each.name)].outcome == Outcome.PERMITTED)
        ),
        key=lambda each: each.rank,
    )
    colon = {"zh": "：", "en": ": "}[language]
    said = open_words(assessment.project, telling, rules, language)
    return list(dict.fromkeys(f"  ? {what}{colon}{settled}" for _, what, settled in said))


def _steady_lines(assessment: Assessment, parcel: str, language: Language) -> list[str]:
    """Say of a parcel whether boundaries could change any of its verdicts; those that may are marked in the table."""
    steady, robust = steadiness(assessment, parcel), assessment.robust
    if steady is None or robust is None:
        return []
    lines = ["", f"{head_word(language)} {asked_words(assessment, language)}"]
    lines.append(f"  {steadiness_words(assessment, steady, language, whole=True)}")
    if not steady.stable and steady.changes_at_m is not None:
        stable = robust.stable[assessment.position(parcel)]
        lines.append("  " + _WORDS["unsteady"][language].format(n=int((~stable).sum()), of=len(stable), sign=_UNSTEADY))
    return lines


def _reason_lines(assessment: Assessment, parcel: str, language: Language) -> list[str]:
    project, rulebook = assessment.project, assessment.project.rulebook
    lines = []
    asked = assessment.questions
    for reason in reasons_of(assessment, parcel):
        if reason.rule.outcome == Outcome.PERMITTED or not speaks(reason.rule, asked).any():
            continue
        where = layer_title(project, reason.layer, language)
        zone = zone_words(rulebook.layers.get(reason.layer or ""), reason.zone_class, language)
        parts = [part for part in (where, zone, percent(reason.share) if where and reason.area_m2 else "") if part]
        doubt = "" if reason.holds else doubt_words(rulebook, reason.rule, reason.unknown, language)
        head = " ".join(parts)
        said = finding_words(reason.rule, language, doubt) + _uses_meant(assessment, reason.rule, language)
        law = f"{law_words(rulebook, reason.rule, language)} · {rule_name(rulebook, reason.rule)}"
        lines.append(f"  - {head + ': ' if head else ''}{said}; {law}")
        lines += [
            f"    → {rulebook.uses[each.use].title[language]}: {decision_words(each, language)}"
            for each in assessment.decisions
            if (each.parcel, each.rule) == (parcel, reason.rule.id) and each.use in [use.id for use in asked.uses]
        ]
    return list(dict.fromkeys(lines))


def _uses_meant(assessment: Assessment, rule: Rule, language: Language, *, most: int = 4) -> str:
    """Name the uses that a rule speaks of, unless it speaks of all that were asked for."""
    meant = [use.title[language] for use in assessment.questions.uses if use.id in rule.uses]
    if len(meant) == len(assessment.questions.uses):
        return ""
    joint, more = ("、", f"等 {len(meant)} 项") if language == "zh" else (", ", f" and {len(meant) - most} more")
    named = joint.join(meant[:most]) + (more if len(meant) > most else "")
    return f"（{named}）" if language == "zh" else f" ({named})"


def complaints(project: Project, *, on: date | None = None) -> list[str]:
    """Say which signatures are lapsed or of a later day, which layers failed, and in which something was repaired."""
    day = on or project.on
    later = sum(each.date > day for each in project.decisions)
    return [
        *(
            [f"decisions: {later} are of a later day than {day}, whose law applies; they count all the same"]
            if later
            else []
        ),
        *project.rulebook.lapsed,
        *(f"layer {layer} failed: {fault}" for layer, fault in project.faults.items()),
        *(
            f"layer {each.id}: {each.repaired} repaired; geo-tej layers says how"
            for each in project.layers.values()
            if each.repaired and each.role in ("zones", "objects")
        ),
    ]


def summary(assessment: Assessment, language: Language) -> str:
    """Write what `run` prints: how many parcels have which outcome, by use group."""
    asked, judged = assessment.questions, assessment.judgement
    outcome = np.where(judged.least == judged.most, judged.least, np.int8(Outcome.UNKNOWN))
    project = assessment.project
    lines = [f"{project.title[language]}: {len(assessment.parcels):,} × {len(asked.uses)} × {len(asked.pathways)}"]
    if project.notice is not None:
        lines.append(project.notice[language])
    if project.scenario_title is not None:
        lines.append(project.scenario_title[language])
    for group in dict.fromkeys(use.group for use in asked.uses):
        columns = [asked.number(use.id, way.id) for use in asked.uses for way in asked.pathways if use.group == group]
        counts = np.bincount(outcome[:, columns].ravel(), minlength=len(Outcome))
        shares = [f"{OUTCOME_SHORT[code][language]} {percent(counts[code] / max(counts.sum(), 1))}" for code in Outcome]
        lines.append(f"  {_padded(project.rulebook.groups[group][language], 20)} {'  '.join(shares)}")
    lines += [f"  {words}" for words in [count_words(assessment, language)] if words]
    lines.append(
        f"{project.rulebook.title[language]} {project.rulebook.version}. {project.rulebook.disclaimer[language]}"
    )
    return "\n".join(lines)


def rulebook_report(rulebook: Rulebook, language: Language, *, on: date | None = None) -> str:
    """Write what `rules` prints: what the rulebook holds, and the rules by layer."""
    rules = rulebook.rules if on is None else rulebook.on(on)
    unverified = sum(not rule.verified for rule in rules)
    counted = f"{len(rules)} {_WORDS['rules'][language]}, {unverified} {_WORDS['unverified'][language]}"
    lines = [
        f"{rulebook.title[language]} ({rulebook.id} {rulebook.version}, {rulebook.date.isoformat()})",
        f"  {counted}; {len(rulebook.uses)} {_WORDS['uses'][language]}",
    ]
    by_layer = Counter(rule.layer for rule in rules if rule.kind == "matrix")
    for layer in [*rulebook.layers, None]:
        own = [rule for rule in rules if rule.layer == layer and rule.kind != "matrix"]
        if not own and not by_layer[layer]:
            continue
        title = rulebook.layers[layer].title[language] if layer else ("—")
        lines.append(f"{title}" + (f"  (+{by_layer[layer]} matrix)" if by_layer[layer] else ""))
        alike: dict[str, list[Rule]] = {}
        for rule in own:
            head = f"  {rule.ref}  " if rule.ref else "  "
            said = f"{head}{finding_words(rule, language)}; {law_words(rulebook, rule, language)}"
            alike.setdefault(said, []).append(rule)
        for said, rules_alike in alike.items():
            lines += [said, *(f"      {_id_and_zones(rulebook, rule, language)}" for rule in rules_alike)]
    if rulebook.routes:
        lines.append(_WORDS["routes"][language])
        lines += [
            f"  {route.ref or route.id}  {route.title[language]}{'' if route.verified else ' ?'}; "
            f"{law_words(rulebook, route, language)}"
            for route in rulebook.routes.values()
        ]
    for name, ids in (("uses", rulebook.uses), ("pathways", rulebook.pathways), ("facts", rulebook.facts)):
        lines.append(f"{_WORDS[name][language]}: {', '.join(ids)}")
    if rulebook.lapsed or rulebook.notes:
        lines += [_WORDS["notes"][language], *(f"  {note}" for note in (*rulebook.lapsed, *rulebook.notes))]
    return "\n".join(lines)


def _id_and_zones(rulebook: Rulebook, rule: Rule, language: Language, *, most: int = 6) -> str:
    """Say a rule's id, and in which zones of its layer it holds."""
    law, joint = rulebook.layers.get(rule.layer or ""), "、" if language == "zh" else ", "
    said = []
    for name, values in rule.where.items():
        words = [
            zone_words(law, value if law and len(law.attributes) == 1 else f"{name}={value}", language)
            for value in values
        ]
        more = [f"… {len(words) - most}"] if len(words) > most else []
        said.append(
            joint.join([*(word or f"{name}={value}" for word, value in zip(words[:most], values, strict=False)), *more])
        )
    where = {"zh": "；", "en": "; "}[language].join(said)
    return f"{rule.id}" + (f" [{where}]" if where else "")


def todo_report(rows: list[dict[str, Any]], language: Language) -> tuple[list[str], list[list[str]], str]:
    """Return what `rules --todo` prints: header and rows of the rules that hold something open, and a last line."""
    zh = language == "zh"
    header = (
        ["规则", "条文编号", "悬置结论", "仅因此条", "宗地", "待核条文"]
        if zh
        else ["rule", "ref", "holds open", "alone", "parcels", "text to read"]
    )
    cells = [
        [
            row["rule"], row["ref"], f"{row['verdicts']:,}", f"{row['alone']:,}", f"{row['parcels']:,}",
            row["law"][language],
        ]
        for row in rows
        if row["verdicts"]
    ]  # fmt: skip
    idle = len(rows) - len(cells)
    if not rows:
        return header, cells, "规则均已核对。" if zh else "Every rule has been checked against its text."
    of = {row["kind"]: row["of"] for row in rows}
    verdicts, ways = of.get("rule", 0), of.get("route")
    if zh:
        routes = "" if ways is None else f"，退出路径计企业×宗地×路径 {ways:,} 项"
        return header, cells, f"共 {verdicts:,} 个结论{routes}；另有 {idle} 条未核对的规则在此未使任何结论悬置。"
    routes = "" if ways is None else f", of routes {ways:,} (enterprise, parcel and route)"
    return header, cells, f"of {verdicts:,} verdicts{routes}; {idle} more unverified texts hold nothing open here."


def coverage_report(table: dict[str, Any], language: Language) -> str:
    """Write what `rules --coverage` prints: a row a use, a numbered column a layer, a key, and what is no rule."""
    zh = language == "zh"
    signs = {"encoded": "●", "unverified": "○", "silent": "·"}
    key = {
        "encoded": Text("已编码且已核对", "encoded and checked"),
        "unverified": Text("仅有未核对的规则", "only by rules not checked against their text"),
        "silent": Text("未涉及", "silent"),
    }
    layers, uses = table["layers"], table["uses"]
    width = max((_columns(use["title"][language]) for use in uses), default=0)
    refs = max((len(use["ref"]) for use in uses), default=0)
    lines = [f"{table['rulebook']['id']} {table['rulebook']['version']}"]
    lines.append(" " * (width + refs + 2) + "".join(f"{number:>3}" for number in range(1, len(layers) + 1)))
    lines += [
        f"{use['ref']:<{refs}}  {_padded(use['title'][language], width)}"
        + "".join(f"  {signs[state]}" for state in use["layers"].values())
        for use in uses
    ]
    lines += ["", "  ".join(f"{sign} {key[state][language]}" for state, sign in signs.items())]
    for number, layer in enumerate(layers, start=1):
        counted = f"{layer['rules']} {_WORDS['rules'][language]}"
        if layer["unverified"]:
            counted += f", {layer['unverified']} {_WORDS['unverified'][language]}"
        if layer["unlisted"] != "silent":
            counted += f"；未列用途：{layer['unlisted']}" if zh else f"; a use it does not list: {layer['unlisted']}"
        lines.append(f"{number:>3}  {layer['title'][language]} ({layer['id'] or '—'}): {counted}")
    states = [state for use in uses for state in use["layers"].values()]
    lines.append("  ".join(f"{key[state][language]} {states.count(state):,}" for state in signs))
    if table["not_encoded"]:
        lines += ["", f"未编码（{len(table['not_encoded'])}）" if zh else f"not encoded ({len(table['not_encoded'])})"]
        lines += [
            f"  {row['ref']}  {row['title'][language]}: {row['reason'][language]}"
            + (f" [{row['source_table']}]" if row["source_table"] else "")
            for row in table["not_encoded"]
        ]
    return "\n".join(lines)


def _columns(text: str) -> int:
    return sum(2 if ord(letter) >= _WIDE else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    return text + " " * max(width - _columns(text), 0)
