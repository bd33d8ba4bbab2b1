"""What the command line prints: a parcel, a rulebook, a run, as plain text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.i18n import (
    CLAUSE,
    COLON,
    GROUP_WORDS,
    IN_PART_SIGN,
    LIST,
    OUTCOME_SHORT,
    STATE_WORDS,
    Text,
    area,
    aside,
    mark,
    padded,
    percent,
    short_span,
    wide,
)
from geo_tej.measure import ellipsoidal_area_m2
from geo_tej.model import Outcome, State
from geo_tej.rules import speaks
from geo_tej.verdict import explain
from geo_tej.verdict.explanation import ground_words, reason_words, reasons_of
from geo_tej.verdict.steadiness import asked_words, count_words, head_word, steadiness, steadiness_words
from geo_tej.verdict.words import (
    EVERYWHERE,
    about_words,
    decision_words,
    finding_words,
    foot_words,
    land_use_words,
    law_words,
    layer_title,
    open_words,
    unchecked_words,
    zone_words,
)

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Project, Rule, Rulebook
    from geo_tej.rules import Questions
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
    "rules": Text("{count:,} 条规则", "{count:,} rules"),
    "one_rules": Text("1 条规则", "1 rule"),
    "idle": Text(
        "；另有 {count:,} 条条文待核的规则在此未使任何结论悬置",
        "; {count:,} more texts are unchecked and hold nothing open here",
    ),
    "unverified": Text("{count:,} 条条文待核", "{count:,} whose text has not been checked"),
    "in_tables": Text("另有对照表规则 {count:,} 条", "and {count:,} from tables"),
    "uses_of": Text("{count:,} 项用途", "{count:,} uses"),
    "uses": Text("用途", "uses"),
    "pathways": Text("实施路径", "pathways"),
    "facts": Text("事实", "facts"),
    "notes": Text("说明", "notes"),
    "asked": Text(
        "{parcels:,} 宗地块 × {uses:,} 项用途 × {ways:,} 种实施路径，共 {verdicts:,} 个结论",
        "{parcels:,} parcels × {uses:,} uses × {ways:,} pathways = {verdicts:,} verdicts",
    ),
    "routes": Text("退出路径", "routes"),
    "assumed": Text("假设", "assumed"),
    "in_part": Text(
        "{sign} 可能还须避让部分土地；面积见 --use、--pathway",
        "{sign} some of the ground may have to be kept clear; --use and --pathway say how much",
    ),
    "unsteady": Text("{of} 项结论中 {n} 项可能改变（{sign}）", "{n} of {of} verdicts may change ({sign})"),
}
_WITHOUT_RULE = ("base", "geometry", "layer")
"""The kinds of causes that no rule's own line names."""
_UNSTEADY = "↔"
"""Marks a verdict that boundaries may change."""


def parcel_report(assessment: Assessment, parcel: str, language: Language, *, in_full: bool) -> str:
    """Write what `check` prints of one parcel: areas, layer states, verdicts; every reason where `in_full`."""
    project, rulebook = assessment.project, assessment.project.rulebook
    place = assessment.position(parcel)
    row = assessment.parcels.iloc[place]
    name = row.get("name")
    clause, colon = CLAUSE[language], COLON[language]
    lines = [f"{parcel}" + (f" {name}" if isinstance(name, str) else "") + aside(project.title[language], language)]
    lines.append("  " + clause.join(_areas(assessment, place, language)))
    code, scheme = (row.get(name) for name in ("land_use_code", "land_use_scheme"))
    if isinstance(code, str):
        present = land_use_words(rulebook.codes, code, scheme if isinstance(scheme, str) else "", language)
        lines.append(f"  {_WORDS['land_use'][language]}{colon}{present}")
    lines += [f"  {words}" for words in about_words(project, language)]
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
        foot_words(rulebook, assessment.on, language),
    ]
    return "\n".join(lines)


def _begins(rulebook: Rulebook, day: date) -> dict[str, date]:
    """Return the texts whose rules begin after a day, and when the first of each does."""
    begins: dict[str, date] = {}
    for rule in rulebook.rules:
        if rule.valid_from is not None and rule.valid_from > day:
            begins[rule.source] = min(rule.valid_from, begins.get(rule.source, rule.valid_from))
    return begins


def _later_lines(assessment: Assessment, language: Language) -> list[str]:
    """Name the texts whose rules begin after the day asked of, which are not heard."""
    rulebook, day = assessment.project.rulebook, assessment.on
    begins = rulebook.once("begins", lambda: _begins(rulebook, day), of=day)
    if not begins:
        return []
    texts = [(rulebook.sources[source].title[language], first.isoformat()) for source, first in begins.items()]
    if language == "zh":
        return [f"当日尚未施行、未予适用：{'、'.join(f'《{title}》（{first}起）' for title, first in texts)}。"]
    joint = "; ".join(f"{title} (from {first})" for title, first in texts)
    return [f"not yet in force on that day and not applied: {joint}."]


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
    lines, comma = [], "，" if language == "zh" else ", "
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
                share = percent(float(evidence.hits.share[row]))
                said.append(f"{zone} {covered}{comma}{share}")
        ground = COLON[language] + CLAUSE[language].join(said) if said else ""
        lines.append(f"  {STATE_WORDS[state][language]}  {title}{ground}")
    lines += [
        f"  {STATE_WORDS[state][language]}  {LIST[language].join(titles)}" for state, titles in sorted(rest.items())
    ]
    return lines


def _matrix_lines(assessment: Assessment, place: int, language: Language) -> list[str]:
    asked, judged = assessment.questions, assessment.judgement
    spans = [
        short_span(least, most, language)
        for least, most in zip(judged.least[place].tolist(), judged.most[place].tolist(), strict=True)
    ]
    in_part = judged.feared_in_part[place].tolist()
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
    return [*lines, *([f"  {_WORDS['in_part'][language].format(sign=IN_PART_SIGN)}"] if any(in_part) else [])]


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
    said = open_words(assessment.project, telling, rules, language)
    return list(dict.fromkeys(f"  ? {what}{COLON[language]}{settled}" for _, what, settled in said))


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
    """Say what bars or conditions anything on a parcel, by ground: what it says, and below it for which questions."""
    rulebook, asked = assessment.project.rulebook, assessment.questions
    meant = {use.id for use in asked.uses}
    by_ground: dict[str, dict[str, NDArray[np.uint8]]] = {}
    decided: dict[tuple[str, str], list[str]] = {}
    for reason in reasons_of(assessment, parcel):
        spoken = speaks(reason.rule, asked)
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
    lines = []
    for ground, heard in by_ground.items():
        lines.append(f"  {ground}")
        for said, spoken in heard.items():
            lines.append(f"    {said}")
            lines += [f"      {words}" for words in [_questions_meant(asked, spoken, language)] if words]
            lines += [f"      → {words}" for words in dict.fromkeys(decided[ground, said])]
    return lines


def _questions_meant(asked: Questions, spoken: NDArray[np.uint8], language: Language, *, most: int = 4) -> str:
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
    counted = _WORDS["asked"][language].format(
        parcels=len(assessment.parcels), uses=len(asked.uses), ways=len(asked.pathways), verdicts=outcome.size
    )
    lines = [f"{project.title[language]}{COLON[language]}{counted}"]
    lines += about_words(project, language)
    for group in dict.fromkeys(use.group for use in asked.uses):
        columns = [asked.number(use.id, way.id) for use in asked.uses for way in asked.pathways if use.group == group]
        counts = np.bincount(outcome[:, columns].ravel(), minlength=len(Outcome))
        shares = [f"{OUTCOME_SHORT[code][language]} {percent(counts[code] / max(counts.sum(), 1))}" for code in Outcome]
        lines.append(f"  {padded(project.rulebook.groups[group][language], 20)} {'  '.join(shares)}")
    lines += [f"  {words}" for words in [count_words(assessment, language)] if words]
    return "\n".join([*lines, foot_words(project.rulebook, assessment.on, language)])


def rulebook_report(rulebook: Rulebook, language: Language, *, on: date | None = None) -> str:
    """Write what `rules` prints: what the rulebook holds, and the rules by layer."""
    rules = rulebook.rules if on is None else rulebook.on(on)
    unverified = sum(not rule.verified for rule in rules)
    edition = LIST[language].join((f"{rulebook.id} {rulebook.version}", rulebook.date.isoformat()))
    counted = (_counted("rules", len(rules), language), _counted("unverified", unverified, language))
    lines = [
        f"{rulebook.title[language]}{aside(edition, language)}",
        f"  {CLAUSE[language].join((*counted, _counted('uses_of', len(rulebook.uses), language)))}",
    ]
    by_layer = Counter(rule.layer for rule in rules if rule.kind == "matrix")
    for layer in [*rulebook.layers, None]:
        own = [rule for rule in rules if rule.layer == layer and rule.kind != "matrix"]
        if not own and not by_layer[layer]:
            continue
        title = rulebook.layers[layer].title[language] if layer else EVERYWHERE[language]
        in_tables = _counted("in_tables", by_layer[layer], language) if by_layer[layer] else ""
        lines.append(title + aside(in_tables, language))
        alike: dict[str, list[Rule]] = {}
        for rule in own:
            head = f"  {rule.ref}  " if rule.ref else "  "
            stop = "。" if language == "zh" else "; "
            said = f"{head}{finding_words(rule, language)}{stop}{law_words(rulebook, rule, language)}"
            alike.setdefault(said, []).append(rule)
        for said, rules_alike in alike.items():
            lines += [said, *(f"      {_id_and_zones(rulebook, rule, language)}" for rule in rules_alike)]
    if rulebook.routes:
        lines.append(_WORDS["routes"][language])
        lines += [
            f"  {route.ref or route.id}  {route.title[language]}{CLAUSE[language]}"
            f"{law_words(rulebook, route, language)}{unchecked_words(route, language)}"
            for route in rulebook.routes.values()
        ]
    for name, ids in (("uses", rulebook.uses), ("pathways", rulebook.pathways), ("facts", rulebook.facts)):
        lines.append(f"{_WORDS[name][language]}{COLON[language]}{LIST[language].join(ids)}")
    if rulebook.lapsed or rulebook.notes:
        lines += [_WORDS["notes"][language], *(f"  {note}" for note in (*rulebook.lapsed, *rulebook.notes))]
    return "\n".join(lines)


def _id_and_zones(rulebook: Rulebook, rule: Rule, language: Language, *, most: int = 6) -> str:
    """Say a rule's id, and in which zones of its layer it holds."""
    law = rulebook.layers.get(rule.layer or "")
    said = []
    for name, values in rule.where.items():
        words = [
            zone_words(law, value if law and len(law.attributes) == 1 else f"{name}={value}", language)
            for value in values
        ]
        more = [f"… {len(words) - most}"] if len(words) > most else []
        shown = (word or f"{name}={value}" for word, value in zip(words[:most], values, strict=False))
        said.append(LIST[language].join([*shown, *more]))
    return rule.id + mark(CLAUSE[language].join(said), language)


def _counted(name: str, count: int, language: Language) -> str:
    """Say how many there are of something, by its name in `_WORDS`."""
    words = _WORDS.get(f"one_{name}", _WORDS[name]) if count == 1 else _WORDS[name]
    return words[language].format(count=count)


def todo_report(rows: list[dict[str, Any]], language: Language) -> tuple[list[str], list[list[str]], str]:
    """Return what `rules --todo` prints: header and rows of the rules that hold something open, and a last line."""
    zh = language == "zh"
    header = (
        ["规则", "条目", "悬置的结论", "仅因此条", "地块", "待核条文"]
        if zh
        else ["rule", "ref", "verdicts held open", "by it alone", "parcels", "text to read"]
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
    rest = _counted("idle", idle, language) if idle else ""
    if not rows:
        return header, cells, "条文均已核对。" if zh else "Every text has been checked."
    of = {row["kind"]: row["of"] for row in rows}
    verdicts, ways = of.get("rule", 0), of.get("route")
    if zh:
        routes = "" if ways is None else f"，退出路径计企业×地块×路径 {ways:,} 项"
        return header, cells, f"共 {verdicts:,} 个结论{routes}{rest}"
    routes = "" if ways is None else f" and {ways:,} routes (each for an enterprise and a parcel)"
    return header, cells, f"of {verdicts:,} verdicts{routes}{rest}"


def coverage_report(table: dict[str, Any], language: Language) -> str:
    """Write what `rules --coverage` prints: a row a use, a numbered column a layer, a key, and what is no rule."""
    zh = language == "zh"
    signs = {"encoded": "●", "unverified": "○", "silent": "·"}
    key = {
        "encoded": Text("有条文已核的规则", "a rule whose text is checked"),
        "unverified": Text("仅有条文待核的规则", "only rules whose text is not checked"),
        "silent": Text("规则未涉及", "no rule"),
    }
    layers, uses = table["layers"], table["uses"]
    width = max((wide(use["title"][language]) for use in uses), default=0)
    refs = max((len(use["ref"]) for use in uses), default=0)
    lines = [f"{table['rulebook']['id']} {table['rulebook']['version']}"]
    lines.append(" " * (width + refs + 2) + "".join(f"{number:>3}" for number in range(1, len(layers) + 1)))
    lines += [
        f"{use['ref']:<{refs}}  {padded(use['title'][language], width)}"
        + "".join(f"  {signs[state]}" for state in use["layers"].values())
        for use in uses
    ]
    lines += ["", "  ".join(f"{sign} {key[state][language]}" for state, sign in signs.items())]
    for number, layer in enumerate(layers, start=1):
        counted = [_counted("rules", layer["rules"], language)]
        if layer["unverified"]:
            counted.append(_counted("unverified", layer["unverified"], language))
        if layer["unlisted"] != "silent":
            outcome = OUTCOME_SHORT[Outcome[layer["unlisted"].upper()]][language]
            counted.append(f"未列用途：{outcome}" if zh else f"a use it does not list: {outcome}")
        title = layer["title"][language] + (aside(layer["id"], language) if layer["id"] else "")
        lines.append(f"{number:>3}  {title}{COLON[language]}{CLAUSE[language].join(counted)}")
    states = [state for use in uses for state in use["layers"].values()]
    lines.append("  ".join(f"{key[state][language]} {states.count(state):,}" for state in signs))
    if table["not_encoded"]:
        count = f"{len(table['not_encoded']):,}"
        lines += ["", {"zh": "未写成规则", "en": "not written as rules"}[language] + aside(count, language)]
        lines += [
            f"  {row['ref']}  {row['title'][language]}{COLON[language]}{row['reason'][language]}"
            + mark(row["source_table"], language)
            for row in table["not_encoded"]
        ]
    return "\n".join(lines)
