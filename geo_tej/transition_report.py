"""What `transition` prints: all enterprises in a table, one in full, quota, priority and progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.i18n import CLAUSE, COLON, GROUP_WORDS, LIST, OUTCOME_SHORT, Text, area, aside, mark
from geo_tej.transition.events import current
from geo_tej.transition.holdings import enterprise_name
from geo_tej.transition.routes import STANDINGS
from geo_tej.transition.told import decisions_on, priority_part, progress_parts, quota_part, route_part
from geo_tej.transition.words import (
    CONFIDENTIAL,
    EFFECT_SIGNS,
    EFFECT_WORDS,
    FITS_WORDS,
    LAND_WORDS,
    LATER,
    NOT_BEGUN,
    STANDING_SHORT,
    STANDING_SIGNS,
    STANDING_WORDS,
    WHY_WORDS,
    estimate_words,
    law_of,
    rank_legend,
    rank_words,
    span_words,
    supplement_words,
)
from geo_tej.verdict.cause import Cause
from geo_tej.verdict.explanation import how_to_say, perhaps_words
from geo_tej.verdict.words import about_words, decision_words, foot_words, permit_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_tej.i18n import Language
    from geo_tej.transition.assessed import Transition
    from geo_tej.transition.routes import Judged
    from geo_tej.transition.told import PriorityPart, RoutePart

NO_ROUTES = Text(
    "规则库{book}未载明任何退出路径；在 rulebook.toml 中以 [[route]] 写明后才能评估。",
    "the rulebook {book} names no routes; write them as [[route]] in its rulebook.toml to have them assessed",
)
NO_STATUSES = Text(
    "规则库{book}未载明进展步骤；在 rulebook.toml 中以 [[status]] 写明。",
    "the rulebook {book} names no steps; write them as [[status]] in its rulebook.toml",
)
NO_ENTERPRISES = Text("项目中没有企业。", "the project has no enterprises")
WORDS = {
    "enterprise": Text("企业", "enterprise"),
    "name": Text("名称", "name"),
    "rank": Text("优先", "rank"),
    "status": Text("进展", "status"),
    "ground": Text("用地", "ground"),
    "chosen": Text("已选路径", "chosen route"),
    "priority": Text("优先次序", "priority"),
    "routes": Text("退出路径", "routes"),
    "quota": Text("用地指标", "land quota"),
    "progress": Text("进展统计", "progress"),
    "ties": Text("并列", "ties"),
    "uses": Text("可考虑用途", "uses that could come"),
    "supplement": Text("补缴地价（估算）", "supplement (estimate)"),
    "date": Text("日期", "date"),
    "one": Text("只差一项", "only this is open"),
    "perhaps": Text("可能", "possibly"),
    "approvals": Text("依次办理", "approvals in order"),
    "level": Text("与 {names} 并列", "level with {names}"),
}  # fmt: skip


def no_routes(told: Transition, language: Language) -> str:
    """Say that nothing can be told, where the rulebook names no routes or the project has no enterprises."""
    if not told.routes:
        return NO_ROUTES[language].format(book=told.assessment.project.rulebook.id)
    return "" if told.firms else NO_ENTERPRISES[language]


def no_statuses(told: Transition, language: Language) -> str:
    """Say that no progress can be told, where the rulebook names no steps."""
    return NO_STATUSES[language].format(book=told.assessment.project.rulebook.id)


def overview(told: Transition, language: Language) -> tuple[list[str], list[list[str]]]:
    """Return the header and a row an enterprise, those first that come first."""
    reached = current(told.events, told.assessment.on)
    statuses = told.assessment.project.rulebook.statuses
    header = [
        WORDS["rank"][language], WORDS["enterprise"][language], WORDS["name"][language],
        *(judged.route.short[language] for judged in told.routes), WORDS["status"][language],
    ]  # fmt: skip
    rows = []
    for firm in told.order:
        name = told.firms[firm]
        event = reached.get(name)
        cells = []
        for judged in told.routes:
            standing = told.standing(firm, judged)
            mark = "*" if told.chosen(firm) == judged.route.id else ""
            cells.append(f"{STANDING_SIGNS[standing]} {STANDING_SHORT[standing][language]}{mark}")
        status = NOT_BEGUN[language] if event is None else statuses[event.status].title[language]
        rows.append([rank_words(told, firm), name, enterprise_name(told.assessment.project, name), *cells, status])
    return header, rows


def legend(told: Transition, language: Language) -> str:
    """Say what the table's signs mean, and its ranks where any is a span or shared."""
    signs = "  ".join(f"{sign} {words[language]}" for sign, words in zip(STANDING_SIGNS, STANDING_WORDS, strict=True))
    chosen = f"* {WORDS['chosen'][language]}" if any(told.chosen(firm) for firm in range(len(told.firms))) else ""
    return "\n".join(filter(None, ("  ".join(filter(None, (signs, chosen))), rank_legend(told, language))))


def below(told: Transition, language: Language) -> str:
    """Write what stands under the table: weights, ties, quota, the routes' law, and what all this is."""
    project, rulebook = told.assessment.project, told.assessment.project.rulebook
    lines = [*_priority_lines(told, language), *_quota_lines(told, language)]
    colon, stop = COLON[language], CLAUSE[language]
    lines.append("")
    for route in (judged.route for judged in told.routes):
        said = (route.title[language], LAND_WORDS[route.land][language], law_of(rulebook, route, language))
        lines.append(f"{route.short[language]}{colon}{stop.join(said)}")
    lines += ["", CONFIDENTIAL[language]]
    lines += about_words(project, language)
    lines.append(_foot(told, language))
    return "\n".join(lines)


def _foot(told: Transition, language: Language) -> str:
    return foot_words(told.assessment.project.rulebook, told.assessment.on, language)


def _priority_lines(told: Transition, language: Language) -> list[str]:
    criteria = told.assessment.project.rulebook.criteria
    if not criteria or not told.priority:
        return []
    joint, colon = ("、", "：") if language == "zh" else (", ", ": ")
    weights = [f"{criteria[each.criterion].title[language]} {each.weight:g}" for each in told.priority[0].contributions]
    lines = [WORDS["priority"][language] + colon + joint.join(weights)]
    groups = {frozenset((firm, *each.tied)) for firm, each in enumerate(told.priority) if each.tied}
    tied = sorted((sorted(group) for group in groups), key=lambda group: told.priority[group[0]].best_rank)
    if tied:
        said = CLAUSE[language].join(LIST[language].join(told.firms[firm] for firm in group) for group in tied)
        lines.append(f"  {WORDS['ties'][language]}{colon}{said}")
    return lines


def _quota_lines(told: Transition, language: Language) -> list[str]:
    quota, zh, units = quota_part(told, language), language == "zh", told.assessment.project.rulebook.units
    if not any(judged.route.quota for judged in told.routes):
        return []
    if quota.available_m2 is None:
        return [f"{WORDS['quota'][language]}{'：未提供' if zh else ': none stated'}"]
    available, needed = (
        area(value, language, units[:1] + units[2:]) for value in (quota.available_m2, quota.needed_m2)
    )
    head = (
        f"{quota.year}年用地指标：可用 {available}，需要 {needed}"
        if zh
        else (f"land quota of {quota.year}: {available} available, {needed} needed")
    )
    if quota.short_m2:
        short = area(quota.short_m2, language, units[:1] + units[2:])
        head += f"，缺 {short}" if zh else f", {short} short"
    if quota.need_unknown:
        names = LIST[language].join(quota.need_unknown)
        head += f"；需求未知：{names}" if zh else f"; need not known: {names}"
    lines = [head]
    for each in quota.claims:
        need = "?" if each.need_m2 is None else area(each.need_m2, language, units[:1] + units[2:])
        rivals = aside(LIST[language].join(each.rivals), language)
        rank = rank_words(told, told.firm(each.enterprise))
        lines.append(
            f"  {rank:>5}  {each.enterprise}  {need}  {FITS_WORDS[each.fits][language]}{rivals}{CLAUSE[language]}"
            f"{WHY_WORDS[each.why][language]}"
        )
    return lines


def progress_table(told: Transition, language: Language) -> tuple[list[str], list[list[str]]]:
    """Return the header and a row a day: enterprises by status, and their ground in hectares."""
    statuses = told.assessment.project.rulebook.statuses
    names = {"": NOT_BEGUN[language], **{each.id: each.title[language] for each in statuses.values()}}
    header = [WORDS["date"][language], *names.values()]
    rows = []
    for part in progress_parts(told):
        cells = [
            f"{count:,}{aside(area(part.area_m2.get(name, 0.0), language, ('ha',)), language)}" if count else "—"
            for name, count in ((name, part.enterprises.get(name, 0)) for name in names)
        ]
        rows.append([part.date, *cells])
    return header, rows


def enterprise_report(told: Transition, name: str, language: Language) -> str:
    """Write one enterprise in full: its ground, its steps, its place in the order, and every route with its reasons."""
    firm = told.firm(name)
    project, rulebook = told.assessment.project, told.assessment.project.rulebook
    colon, joint = COLON[language], LIST[language]
    ground = told.ground[name]
    size = area(sum(ground.values()), language, rulebook.units)
    lines = [f"{name} {enterprise_name(project, name)}{aside(project.title[language], language)}"]
    lines.append(f"  {WORDS['ground'][language]}{colon}{joint.join(ground) or '—'}" + (f"  {size}" if ground else ""))
    chosen = told.chosen(firm)
    if chosen in rulebook.routes:
        lines.append(f"  {WORDS['chosen'][language]}{colon}{rulebook.routes[chosen].title[language]}")
    on, steps = told.assessment.on, [event for event in told.events if event.enterprise == name]
    for event in sorted(steps, key=lambda each: (each.date, each.number)):
        said = [event.date.isoformat(), rulebook.statuses[event.status].title[language], event.note, event.officer]
        later = f" {LATER[language].format(day=on.isoformat())}" if event.date > on else ""
        lines.append("  · " + "  ".join(filter(None, said)) + later)
    lines += ["", *_score_lines(told, firm, priority_part(told, firm, language), language)]
    for judged in told.routes:
        lines += ["", *_route_lines(told, firm, judged, route_part(told, firm, judged, language), language)]
    lines += ["", CONFIDENTIAL[language]]
    lines += about_words(project, language)
    return "\n".join([*lines, _foot(told, language)])


def _score_lines(told: Transition, firm: int, part: PriorityPart, language: Language) -> list[str]:
    criteria, zh = told.assessment.project.rulebook.criteria, language == "zh"
    if not part.contributions:
        return []
    score = span_words(part.at_least, part.at_most)
    rank, of = rank_words(told, firm).rstrip("="), len(told.firms)
    head = (
        f"优先次序：{of} 家企业中排第 {rank} 位，{score} 分（满分 {part.of:g}）"
        if zh
        else f"priority: rank {rank} of {of}, {score} of {part.of:g} points"
    )
    level = WORDS["level"][language].format(names=LIST[language].join(part.tied)) if part.tied else ""
    lines = [head + (f"{'，' if zh else ', '}{level}" if level else "")]
    for each in part.contributions:
        value = span_words(each.at_least, each.at_most)
        lack = ""
        if each.missing:
            named = LIST[language].join(each.missing)
            lack = aside(f"缺：{named}" if zh else f"missing: {named}", language)
        lines.append(f"  {criteria[each.criterion].title[language]} {value}/{each.weight:g}{lack}")
    return lines


def _route_lines(told: Transition, firm: int, judged: Judged, part: RoutePart, language: Language) -> list[str]:
    rulebook, zh = told.assessment.project.rulebook, language == "zh"
    route, standing = judged.route, STANDINGS.index(part.standing)
    colon, joint = COLON[language], LIST[language]
    lines = [f"{STANDING_SIGNS[standing]} {route.title[language]}{colon}{STANDING_WORDS[standing][language]}"]
    stop, gap = ("。", "") if zh else (". ", " ")
    land = LAND_WORDS[route.land][language]
    land = land[:1].upper() + land[1:]
    lines.append(f"    {land}{stop}{route.words[language]}{gap}{law_of(rulebook, route, language)}")
    if len({name for name, parcels in part.parcels.items() if parcels}) > 1:
        spread = [
            f"{STANDING_WORDS[STANDINGS.index(name)][language]} {joint.join(parcels)}"
            for name, parcels in part.parcels.items()
            if parcels
        ]
        lines.append("    " + CLAUSE[language].join(spread))
    said = []
    for group, counts in part.uses.items():
        told_of = [
            f"{OUTCOME_SHORT[code][language]} {counts[name]:,}"
            for code, name in enumerate(("permitted", "conditional", "prohibited", "open"))
            if counts[name]
        ]
        title = rulebook.groups.get(group, GROUP_WORDS["other"])[language]
        said.append(f"{title}{aside(joint.join(told_of), language)}")
    if said:
        lines.append(f"    {WORDS['uses'][language]}{colon}{joint.join(said)}")
    for reason in sorted(part.reasons, key=lambda each: list(EFFECT_SIGNS).index(each.effect)):
        by_id = next(each for each in route.reasons if each.id == reason.id)
        law = law_of(rulebook, by_id, language)
        head = f"    {EFFECT_SIGNS[reason.effect]} {EFFECT_WORDS[reason.effect][language]}"
        where = _where(reason.parcels, told.ground[told.firms[firm]], language)
        doubt = aside(WORDS["perhaps"][language], language) if reason.holds == "maybe" else ""
        lines.append(f"{head}{doubt}{colon}{reason.words}{'' if zh or not law else ' '}{law}{where}")
        lines += [
            f"      → {each.parcel}{colon}{decision_words(each, language)}"
            for each in decisions_on(told, f"{route.id}/{reason.id}", firm)
        ]
    for each in part.open:
        fact = how_to_say(rulebook, Cause(kind="fact", name=each.fact)) if each.fact else ""
        one = WORDS["one"][language] + colon if part.one_question is not None else ""
        where = _where(each.parcels, told.ground[told.firms[firm]], language)
        lines.append(f"    ? {one}{each.what}{colon}{each.settled_by}{fact}{where}")
    for number, name in enumerate(part.approvals, start=1):
        approval = permit_words(rulebook, rulebook.permits[name], language).strip(" →")
        lines.append(f"    {number}. {approval}")
    for perhaps in part.possible_approvals:
        approval = permit_words(rulebook, rulebook.permits[perhaps.approval], language).strip(" →")
        lines.append(f"    {perhaps_words(approval, perhaps.depends_on, language)}")
    return lines + _supplement_lines(told, firm, judged, part, language)


def _where(parcels: list[str], ground: Mapping[str, float], language: Language) -> str:
    """Name the parcels that something is said of, unless it is of all."""
    if not parcels or len(parcels) == len(ground):
        return ""
    return mark(LIST[language].join(parcels), language)


def _supplement_lines(told: Transition, firm: int, judged: Judged, part: RoutePart, language: Language) -> list[str]:
    supplement = part.supplement
    if supplement is None or not supplement.uses:
        return []
    lines = [f"    {WORDS['supplement'][language]}{COLON[language]}" + supplement_words(part.supplement, language)]
    found = told.estimates(firm, judged)
    for parcel, estimates in found.items():
        known = sorted((each for each in estimates if each.amount is not None), key=lambda each: each.amount or 0.0)
        shown = list(dict.fromkeys((*known[:1], *known[-1:]))) or list(estimates[:1])
        lines += [f"      {estimate_words(told, parcel, each, language)}" for each in shown]
    if supplement.estimated:
        lines += [f"      {supplement.formula}", *(f"      {words}" for words in supplement.assumptions)]
    return lines
