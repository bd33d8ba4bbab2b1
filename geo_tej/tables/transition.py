"""The ways out of enterprises as tables: a row an enterprise and route, and for people a workbook of sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from geo_tej.errors import OutputError
from geo_tej.i18n import aside
from geo_tej.model import Outcome
from geo_tej.tables.files import write_csv, write_layers, write_parquet
from geo_tej.tables.words import WORDS as TABLE_WORDS
from geo_tej.tables.words import about
from geo_tej.tables.workbook import LINE_PT, opened, put
from geo_tej.transition.events import current, in_order
from geo_tej.transition.holdings import enterprise_name
from geo_tej.transition.routes import STANDINGS, Standing
from geo_tej.transition.told import decisions_on, priority_part, progress_parts, quota_part, route_part
from geo_tej.transition.words import (
    CONFIDENTIAL,
    EFFECT_WORDS,
    FITS_WORDS,
    LAND_WORDS,
    MISSING_WORDS,
    NOT_BEGUN,
    STANDING_SHORT,
    STANDING_SIGNS,
    STANDING_WORDS,
    WHY_WORDS,
    law_of,
    rank_legend,
    rank_words,
    span_words,
    supplement_words,
)
from geo_tej.verdict.words import decision_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.tables.workbook import Book
    from geo_tej.transition.assessed import Transition

SHADES = {
    Standing.ADMISSIBLE: Outcome.PERMITTED,
    Standing.CONDITIONAL: Outcome.CONDITIONAL,
    Standing.OPEN: Outcome.UNKNOWN,
    Standing.PARTLY: Outcome.UNKNOWN,
    Standing.BARRED: Outcome.PROHIBITED,
}
HEADS = {
    "enterprise_id": ("企业", "enterprise"), "name": ("名称", "name"), "area_m2": ("用地（平方米）", "ground (m²)"),
    "route": ("路径代码", "route id"), "route_title": ("路径", "route"), "land": ("土地权利", "land right"),
    "standing": ("结论代码", "standing code"), "standing_words": ("结论", "standing"), "chosen": ("已选", "chosen"),
    "for": ("有利", "for"), "against": ("不利", "against"), "law_bars": ("排除、附条件", "bars and conditions"),
    "open": ("待核实", "to be settled"), "settled_by": ("如何落实", "what would settle it"),
    "one_question": ("只差一项", "a single question"), "approvals": ("依次办理", "approvals in order"),
    "possible_approvals": ("可能须办", "possibly needed"),
    "supplement": ("补缴地价（估算）", "supplement (estimate)"), "rank": ("优先", "rank"), "score": ("得分", "score"),
    "tied": ("并列", "ties with"), "status": ("进展", "status"), "since": ("自", "since"), "date": ("日期", "date"),
    "note": ("备注", "note"), "officer": ("经办人", "officer"), "step": ("进展", "step"),
    "need_m2": ("需要（平方米）", "need (m²)"),
    "fits": ("指标", "quota"), "why": ("原因", "why"), "law": ("依据条文", "law"), "words": ("内容", "what it says"),
    "parcel": ("地块", "parcel"), "use": ("用途", "use"), "amount": ("金额", "amount"), "missing": ("缺少", "missing"),
    "old": ("原用途地价（每平方米）", "present value per m²"), "new": ("新用途地价（每平方米）", "new value per m²"),
    "old_factor": ("原用途年期修正", "present factor"), "new_factor": ("新用途年期修正", "new factor"),
    "old_years": ("剩余年限", "years left"), "new_years": ("新用途年限", "years at the new use"),
    "counted_m2": ("计价面积（平方米）", "area counted (m²)"), "effect": ("作用", "effect"),
    "decisions": ("裁量决定", "decided"),
}  # fmt: skip
SHEETS = {
    "overview": ("总表", "Overview"), "routes": ("路径", "Routes"), "supplement": ("补缴地价", "Supplement"),
    "priority": ("优先次序", "Priority"), "quota": ("用地指标", "Quota"), "events": ("进展记录", "Events"),
    "progress": ("进展统计", "Progress"), "law": ("依据", "Law"), "about": ("说明", "About"),
}  # fmt: skip

ROUTES = (
    "enterprise_id", "name", "route_title", "standing_words", "land", "for", "against", "law_bars", "open",
    "settled_by", "decisions", "one_question", "approvals", "possible_approvals",
    "supplement",
)  # fmt: skip
SUPPLEMENT = (
    "enterprise_id", "parcel", "use", "amount", "counted_m2", "new", "new_factor", "new_years", "old", "old_factor",
    "old_years", "missing",
)  # fmt: skip


def write_transition_table(told: Transition, path: Path, *, language: Language) -> None:
    """Write a row an enterprise and route; `.xlsx` has sheets for people, `.gpkg` the ground and the events too.

    Raises
    ------
    OutputError
        If the file's ending is not known.
    """
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        _write_workbook(told, path, language)
    elif suffix == ".gpkg":
        layers = {"enterprises": _ground(told, language), "routes": route_table(told, language)}
        layers |= {"events": pd.DataFrame(_events(told, language))} if told.events else {}
        write_layers(layers | {"about": pd.DataFrame(_about(told, language), columns=["name", "words"])}, path)
    elif suffix == ".csv":
        table = route_table(told, language)
        notice = told.assessment.project.notice
        write_csv(table.assign(notice=notice[language]) if notice else table, path)
    elif suffix == ".parquet":
        write_parquet(route_table(told, language), path)
    else:
        message = f"{path.name}: {suffix or 'no ending'} is no kind of table; known: .csv, .gpkg, .parquet, .xlsx"
        raise OutputError(message)


def route_table(told: Transition, language: Language) -> pd.DataFrame:
    """Return a row an enterprise and route, in words of one language."""
    project, rulebook = told.assessment.project, told.assessment.project.rulebook
    reached = current(told.events, told.assessment.on)
    lines, colon = "\n", "：" if language == "zh" else ": "
    rows = []
    for firm, name in enumerate(told.firms):
        rank = told.priority[firm]
        for judged in told.routes:
            part = route_part(told, firm, judged, language)
            standing = STANDINGS.index(part.standing)
            effects = {
                effect: lines.join(each.words for each in part.reasons if each.effect == effect and each.holds == "yes")
                for effect in EFFECT_WORDS
            }
            rows.append(
                {
                    "enterprise_id": name,
                    "name": enterprise_name(project, name),
                    "area_m2": sum(told.ground[name].values()),
                    "route": part.route,
                    "route_title": judged.route.title[language],
                    "land": LAND_WORDS[judged.route.land][language],
                    "standing": part.standing,
                    "standing_words": f"{STANDING_SIGNS[standing]} {STANDING_WORDS[standing][language]}",
                    "at_least": part.at_least,
                    "at_most": part.at_most,
                    **{f"{key}_parcels": " ".join(parcels) for key, parcels in part.parcels.items()},
                    "chosen": told.chosen(firm) == part.route,
                    "for": effects["for"],
                    "against": effects["against"],
                    "law_bars": lines.join(
                        filter(None, (effects["bars"], effects["conditions"], effects["leaves_open"]))
                    ),
                    "open": lines.join(each.what for each in part.open),
                    "decisions": lines.join(
                        f"{each.parcel}{colon}{decision_words(each, language)}"
                        for reason in part.reasons
                        for each in decisions_on(told, f"{part.route}/{reason.id}", firm)
                    ),
                    "settled_by": lines.join(dict.fromkeys(each.settled_by for each in part.open)),
                    "one_question": part.one_question or "",
                    "approvals": lines.join(rulebook.permits[each].what[language] for each in part.approvals),
                    "possible_approvals": lines.join(
                        f"{rulebook.permits[each.approval].what[language]} ({'; '.join(each.depends_on)})"
                        if language == "en"
                        else f"{rulebook.permits[each.approval].what[language]}（视{'；'.join(each.depends_on)}而定）"
                        for each in part.possible_approvals
                    ),
                    "supplement": supplement_words(part.supplement, language),
                    "supplement_lowest": part.supplement.lowest if part.supplement else None,
                    "supplement_highest": part.supplement.highest if part.supplement else None,
                    "score_at_least": rank.at_least,
                    "score_at_most": rank.at_most,
                    "best_rank": rank.best_rank,
                    "worst_rank": rank.worst_rank,
                    "status": reached[name].status if name in reached else "",
                }
            )
    table = pd.DataFrame(rows)
    numbers = [name for name in ("supplement_lowest", "supplement_highest") if name in table]
    return table.astype(dict.fromkeys(numbers, float))


def _ground(told: Transition, language: Language) -> gpd.GeoDataFrame:
    """Return a row an enterprise with its ground, how each route stands, its rank and status."""
    assessment = told.assessment
    shapes = assessment.parcels.geometry.to_numpy()
    reached = current(told.events, assessment.on)
    rows, ground = [], []
    for firm, name in enumerate(told.firms):
        places = [int(place) for place in told.held.parcel[told.held.of(firm)] if place >= 0]
        ground.append(shapely.union_all(shapes[places]) if places else None)
        rows.append(
            {
                "enterprise_id": name,
                "name": enterprise_name(assessment.project, name),
                **{judged.route.id: STANDINGS[told.standing(firm, judged)] for judged in told.routes},
                "chosen": told.chosen(firm),
                "best_rank": told.priority[firm].best_rank,
                "worst_rank": told.priority[firm].worst_rank,
                "need_m2": told.needs_m2[firm],
                "status": reached[name].status if name in reached else "",
            }
        )
    del language  # ids throughout: this layer is for a GIS, the words are in `routes`
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=ground, crs=assessment.parcels.crs)


def _events(told: Transition, language: Language) -> list[dict[str, Any]]:
    statuses = told.assessment.project.rulebook.statuses
    return [
        {
            "enterprise_id": each.enterprise, "status": each.status, "words": statuses[each.status].title[language],
            "date": each.date.isoformat(), "note": each.note, "officer": each.officer,
        }
        for each in in_order(told.events)
    ]  # fmt: skip


def _about(told: Transition, language: Language) -> list[tuple[str, str]]:
    return [*about(told.assessment, language), ("confidential", CONFIDENTIAL[language])]


def _write_workbook(told: Transition, path: Path, language: Language) -> None:
    said = dict(about(told.assessment, language))
    title = " · ".join(said[name] for name in ("title", "notice", "scenario") if name in said)
    with opened(path, title) as book:
        _overview(book, told, language, title)
        table = route_table(told, language)
        _fill(book, "routes", ROUTES, table.to_dict("records"), language)
        _fill(book, "supplement", SUPPLEMENT, _supplements(told, language), language)
        _priority_sheet(book, told, language)
        _fill(book, "quota", ["rank", "enterprise_id", "need_m2", "fits", "why"], _claims(told, language), language)
        steps = [{**event, "step": event["words"]} for event in _events(told, language)]
        _fill(book, "events", ["enterprise_id", "step", "date", "note", "officer"], steps, language)
        _progress_sheet(book, told, language)
        _fill(book, "law", ["route_title", "effect", "words", "law"], _law(told, language), language)
        sheet = book.sheet(_sheet("about", language), 1, 2)
        for row, (name, words) in enumerate(_about(told, language)):
            put(sheet, row, 0, TABLE_WORDS[name][language] if name in TABLE_WORDS else "", book.look(bold=True))
            put(sheet, row, 1, words, book.look(text_wrap=True, valign="top"))
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 90)


def _sheet(name: str, language: Language) -> str:
    return SHEETS[name][0 if language == "zh" else 1]


def _head(name: str, language: Language) -> str:
    return HEADS[name][0 if language == "zh" else 1] if name in HEADS else name


def _fill(book: Book, sheet: str, columns: Sequence[str], rows: list[Any], language: Language) -> None:
    """Add a sheet of rows; one without rows is left out."""
    if rows:
        heads = [(name, _head(name, language)) for name in columns]
        book.fill(_sheet(sheet, language), heads, ([row.get(name) for name in columns] for row in rows), len(rows))


def _overview(book: Book, told: Transition, language: Language, title: str) -> None:
    """Add the sheet of enterprises x routes, in the order of priority; signs differ where colours do not print."""
    routes, reached = told.routes, current(told.events, told.assessment.on)
    statuses = told.assessment.project.rulebook.statuses
    sheet = book.sheet(_sheet("overview", language), len(told.firms) + 3, len(routes) + 5)
    bold = book.look(bold=True, text_wrap=True, valign="top", bottom=1)
    put(sheet, 0, 0, title, book.look(bold=True, font_size=14))
    signs = "　".join(f"{sign} {words[language]}" for sign, words in zip(STANDING_SIGNS, STANDING_WORDS, strict=True))
    put(sheet, 1, 0, "　".join(filter(None, (signs, rank_legend(told, language)))))
    heads = [_head(name, language) for name in ("rank", "enterprise_id", "name")]
    heads += [judged.route.title[language] for judged in routes] + [
        _head("status", language),
        _head("chosen", language),
    ]
    for column, words in enumerate(heads):
        put(sheet, 2, column, words, bold)
    for row, firm in enumerate(told.order, start=3):
        name = told.firms[firm]
        put(sheet, row, 0, rank_words(told, firm))
        put(sheet, row, 1, name)
        put(sheet, row, 2, enterprise_name(told.assessment.project, name))
        for column, judged in enumerate(routes, start=3):
            standing = told.standing(firm, judged)
            words = f"{STANDING_SIGNS[standing]} {STANDING_SHORT[standing][language]}"
            put(sheet, row, column, words, book.filled(SHADES[standing], align="center", valign="vcenter"))
        status = statuses[reached[name].status].title[language] if name in reached else ""
        put(sheet, row, len(routes) + 3, status)
        chosen = told.chosen(firm)
        known = told.assessment.project.rulebook.routes
        put(sheet, row, len(routes) + 4, known[chosen].short[language] if chosen in known else "")
    sheet.set_column(0, 1, 9)
    sheet.set_column(2, 2, 18)
    sheet.set_column(3, len(routes) + 2, 15)
    sheet.set_column(len(routes) + 3, len(routes) + 4, 14)
    sheet.set_row(2, LINE_PT * 3)
    sheet.freeze_panes(3, 3)
    sheet.repeat_rows(0, 2)
    sheet.autofilter(2, 0, max(len(told.firms) + 2, 3), len(heads) - 1)


def _supplements(told: Transition, language: Language) -> list[dict[str, Any]]:
    uses = told.assessment.project.rulebook.uses
    rows = []
    for firm, name in enumerate(told.firms):
        for judged in told.routes:
            part = route_part(told, firm, judged, language).supplement
            for each in part.estimates if part else ():
                rows.append(  # noqa: PERF401  a nest of loops reads better than a nest of comprehensions
                    {
                        "enterprise_id": name, "parcel": each.parcel, "use": uses[each.use].title[language],
                        "amount": each.amount, "counted_m2": each.area_m2, "new": each.new.value if each.new else None,
                        "old": each.old.value if each.old else None, "new_factor": round(each.new_factor, 4),
                        "old_factor": round(each.old_factor, 4), "new_years": _rounded(each.new_years),
                        "old_years": _rounded(each.old_years),
                        "missing": _missing(each.missing, language),
                    }
                )  # fmt: skip
    return rows


def _rounded(years: float | None) -> float | None:
    return None if years is None else round(years, 2)


def _missing(names: list[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(MISSING_WORDS[name][language] for name in names)


def _priority_sheet(book: Book, told: Transition, language: Language) -> None:
    criteria = told.assessment.project.rulebook.criteria
    if not criteria:
        return
    rows = []
    for firm, name in enumerate(told.firms):
        part = priority_part(told, firm, language)
        row: dict[str, Any] = {
            "enterprise_id": name, "score": span_words(part.at_least, part.at_most), "tied": " ".join(part.tied),
            "rank": rank_words(told, firm),
        }  # fmt: skip
        for each in part.contributions:
            row[each.criterion] = span_words(each.at_least, each.at_most)
        row["missing"] = " ".join(dict.fromkeys(word for each in part.contributions for word in each.missing))
        rows.append(row)
    weights = {each.criterion: each.weight for each in told.priority[0].contributions} if told.priority else {}
    heads = [(name, _head(name, language)) for name in ("enterprise_id", "rank", "score", "tied")]
    heads += [(name, f"{each.title[language]} ({weights.get(name, each.weight):g})") for name, each in criteria.items()]
    heads.append(("missing", _head("missing", language)))
    cells = ([row.get(key) for key, _ in heads] for row in rows)
    book.fill(_sheet("priority", language), heads, cells, len(rows))


def _claims(told: Transition, language: Language) -> list[dict[str, Any]]:
    return [
        {
            "rank": rank_words(told, told.firm(each.enterprise)),
            "enterprise_id": each.enterprise, "need_m2": each.need_m2,
            "fits": " ".join([FITS_WORDS[each.fits][language], *each.rivals]), "why": WHY_WORDS[each.why][language],
        }
        for each in quota_part(told, language).claims
    ]  # fmt: skip


def _progress_sheet(book: Book, told: Transition, language: Language) -> None:
    statuses = told.assessment.project.rulebook.statuses
    parts = progress_parts(told)
    if not statuses:
        return
    names = {"": NOT_BEGUN[language], **{s.id: s.title[language] for s in statuses.values()}}
    heads = [("date", _head("date", language)), *((f"n_{name}", words) for name, words in names.items())]
    unit = aside({"zh": "平方米", "en": "m²"}[language], language)
    heads += [(f"{name}_m2", words + unit) for name, words in names.items()]
    rows = [
        [
            part.date,
            *(part.enterprises.get(name, 0) for name in names),
            *(part.area_m2.get(name, 0.0) for name in names),
        ]
        for part in parts
    ]
    book.fill(_sheet("progress", language), heads, rows, len(rows))


def _law(told: Transition, language: Language) -> list[dict[str, Any]]:
    rulebook = told.assessment.project.rulebook
    rows = []
    for route in (judged.route for judged in told.routes):
        rows.append(
            {"route_title": route.title[language], "effect": "", "words": route.words[language],
             "law": law_of(rulebook, route, language)}
        )  # fmt: skip
        rows += [
            {"route_title": route.title[language], "effect": EFFECT_WORDS[each.effect][language],
             "words": each.words[language], "law": law_of(rulebook, each, language)}
            for each in route.reasons
        ]  # fmt: skip
    return rows
