"""What `rules` prints: what a rulebook holds, what is still to be read in it, and what it leaves out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from geo_tej.i18n import CLAUSE, COLON, LIST, OUTCOME_SHORT, Text, aside, mark, padded, wide
from geo_tej.model import Outcome
from geo_tej.report.words import WORDS, counted_words
from geo_tej.verdict.words import EVERYWHERE, finding_words, law_words, unchecked_words, zone_words

if TYPE_CHECKING:
    from datetime import date

    from geo_tej.i18n import Language
    from geo_tej.model import Rule, Rulebook

_ALONE = Text(
    "\n“仅因此条”：不再待其他条文或数据、核对该条即可定的结论；为 0 的，须与其他条文一并核对才能定。",
    "\nby it alone: verdicts that wait for nothing else, so that reading this text settles them; "
    "where it is 0, others must be read along with it.",
)
"""What the column of a list of texts to read means."""


def rulebook_report(rulebook: Rulebook, language: Language, *, on: date | None = None) -> str:
    """Write what `rules` prints: what the rulebook holds, and the rules by layer."""
    rules = rulebook.rules if on is None else rulebook.on(on)
    unverified = sum(not rule.verified for rule in rules)
    edition = LIST[language].join((f"{rulebook.id} {rulebook.version}", rulebook.date.isoformat()))
    counted = (counted_words("rules", len(rules), language), counted_words("unverified", unverified, language))
    lines = [
        f"{rulebook.title[language]}{aside(edition, language)}",
        f"  {CLAUSE[language].join((*counted, counted_words('uses_of', len(rulebook.uses), language)))}",
    ]
    by_layer = Counter(rule.layer for rule in rules if rule.kind == "matrix")
    for layer in [*rulebook.layers, None]:
        own = [rule for rule in rules if rule.layer == layer and rule.kind != "matrix"]
        if not own and not by_layer[layer]:
            continue
        title = rulebook.layers[layer].title[language] if layer else EVERYWHERE[language]
        in_tables = counted_words("in_tables", by_layer[layer], language) if by_layer[layer] else ""
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
        lines.append(WORDS["routes"][language])
        lines += [
            f"  {route.ref or route.id}  {route.title[language]}{CLAUSE[language]}"
            f"{law_words(rulebook, route, language)}{unchecked_words(route, language)}"
            for route in rulebook.routes.values()
        ]
    for name, ids in (("uses", rulebook.uses), ("pathways", rulebook.pathways), ("facts", rulebook.facts)):
        lines.append(f"{WORDS[name][language]}{COLON[language]}{LIST[language].join(ids)}")
    if rulebook.lapsed or rulebook.notes:
        lines += [WORDS["notes"][language], *(f"  {note}" for note in (*rulebook.lapsed, *rulebook.notes))]
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
    rest = counted_words("idle", idle, language) if idle else ""
    if not rows:
        return header, cells, "条文均已核对。" if zh else "Every text has been checked."
    of = {row["kind"]: row["of"] for row in rows}
    verdicts, ways = of.get("rule", 0), of.get("route")
    if zh:
        routes = "" if ways is None else f"，退出路径计企业×地块×路径 {ways:,} 项"
        return header, cells, f"共 {verdicts:,} 个结论{routes}{rest}{_ALONE['zh'] if cells else ''}"
    routes = "" if ways is None else f" and {ways:,} routes (each for an enterprise and a parcel)"
    return header, cells, f"of {verdicts:,} verdicts{routes}{rest}{_ALONE['en'] if cells else ''}"


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
        counted = [counted_words("rules", layer["rules"], language)]
        if layer["unverified"]:
            counted.append(counted_words("unverified", layer["unverified"], language))
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
