"""How ways out are said in words: standings, reasons, open questions, supplements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from geo_tej.i18n import CLAUSE, Text, area, aside
from geo_tej.verdict.words import cause_words, law_words, layer_title, unchecked_words

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.model import Route, RouteReason, Rulebook
    from geo_tej.transition.assessed import Transition
    from geo_tej.transition.routes import Question
    from geo_tej.transition.supplement import Estimate

CONFIDENTIAL = Text(
    "内部工作底稿：含企业意愿，不宜公开。", "A working paper: it says which firms are willing; not for publication."
)
NOT_BEGUN = Text("未启动", "not begun")
LATER = Text("（晚于 {day}，尚未计入）", "(after {day}: does not count yet)")
STANDING_WORDS = (
    Text("可行", "admissible"),
    Text("有条件", "conditional"),
    Text("待核实", "to be settled"),
    Text("各地块不一", "differs by parcel"),
    Text("不可行", "barred"),
)
STANDING_SHORT = (
    Text("可行", "admissible"),
    Text("有条件", "conditional"),
    Text("待核实", "to settle"),
    Text("不一", "differs"),
    Text("不可行", "barred"),
)
STANDING_SIGNS = ("●", "◐", "?", "◔", "×")
EFFECT_SIGNS = {"bars": "×", "conditions": "◐", "leaves_open": "?", "for": "+", "against": "−"}
EFFECT_WORDS = {
    "bars": Text("排除", "bars it"),
    "conditions": Text("附条件", "sets a condition"),
    "leaves_open": Text("待裁量", "leaves it open"),
    "for": Text("有利", "speaks for it"),
    "against": Text("不利", "speaks against it"),
}
LAND_WORDS = {
    "kept": Text("权利人、权利类型不变", "holder and right stay"),
    "new_contract": Text("重签出让合同", "a new contract"),
    "auction": Text("收回后公开出让", "taken back and auctioned"),
    "leaves": Text("企业退出土地", "the firm leaves the land"),
}
FITS_WORDS = {
    "yes": Text("指标够用", "the quota reaches it"),
    "no": Text("指标不足", "the quota does not reach it"),
    "open": Text("尚难确定", "not yet to be told"),
}
WHY_WORDS = {
    "chosen": Text("已选定搬迁", "chosen"),
    "only_way": Text("其他路径均不可行", "every other route is barred"),
}
MISSING_WORDS = {
    "area": Text("面积", "the area"),
    "present_use": Text("现状用途代码", "the code of the present use"),
    "old_value": Text("原用途地价", "the land value at the present use"),
    "new_value": Text("新用途地价", "the land value at the new use"),
    "same_date": Text("同一估价期日的地价", "land values of one and the same day"),
    "term_end": Text("土地使用权到期日", "the day on which the land right ends"),
    "term_over": Text("尚未到期的土地使用权", "a land right that has not ended"),
    "longest_term": Text("新用途最高年限", "the longest term of the new use"),
    "old_value_term": Text("原用途地价对应的年限", "the term that the present value is for"),
    "new_value_term": Text("新用途地价对应的年限", "the term that the new value is for"),
}
ASSUMPTION_WORDS = {
    "same_date": Text("新、原用途地价为同一估价期日。", "Both land values are of one day."),
    "area": Text("面积优先采用登记面积，没有的采用图上面积。", "The area is the registered one, else the drawn one."),
    "term_new": Text(
        "剩余年限从估价期日算起；新用途年限取剩余年限与最高年限中较短者（假定，以合同和当地规定为准）。",
        "The term left counts from the day of valuation; the new use has it up to its longest term (an assumption: the "
        "contract and local rules prevail).",
    ),
    "no_correction": Text(
        "未作年期修正：地价视为已对应剩余年限（假定）。",
        "No year-term correction: the values are taken to be for the term left (an assumption).",
    ),
    "correction": Text(
        "按还原率作年期修正：[1−1/(1+r)^n]÷[1−1/(1+r)^N]（地价评估通行方法，GB/T 18508，文本未核，系假定）。",
        "Year-term correction by the reduction rate: [1-1/(1+r)^n] / [1-1/(1+r)^N] (common in land "
        "appraisal, GB/T 18508, text not read: an assumption).",
    ),
    "unverified_term": Text("最高年限条文未核。", "The text of the longest term has not been checked."),
    "not_a_valuation": Text(
        "数量级估算，不是评估结论；以评估和集体决策为准；差额为负的按 0 计。",
        "An order of magnitude, no valuation: appraisal and collective decision prevail; a negative difference is 0.",
    ),
}  # fmt: skip
FORMULA = Text(
    "补缴地价 =（新用途地价 × 年期修正 − 原用途地价 × 年期修正）× 面积",
    "supplement = (value at the new use x term factor - value at the present use x term factor) x area",
)
_RANKS = (
    Text("优先 2–4：评分尚缺资料，可能排第 2 至第 4 位", "rank 2–4: for lack of data it may be any from 2 to 4"),
    Text("=：得分相同，位次并列", "=: the same score, so level with another"),
)
_YEARS = Text("新、原用途年限 {new}、{old} 年", "for {new} years at the new use, {old} at the present")
_OPEN = {
    "geometry": (
        Text("用地未知或未评估", "the ground is not known or was not assessed"),
        Text("补充企业用地关系和地块图形", "say which parcels the enterprise sits on, and draw them"),
    ),
    "quota": (
        Text("年度用地指标", "land quota of the year"),
        Text("在清单 [transition] quota 中填写", "state it in the manifest, [transition] quota"),
    ),
    "need": (
        Text("搬迁用地需求", "land needed elsewhere"),
        Text("填写企业表 relocation_m2", "state it in the enterprises' table, relocation_m2"),
    ),
    "unverified": (
        Text("{law}的原文", "the text of {law}"),
        Text("核对原文后签认", "check the route against it and sign it off"),
    ),
    "officer": (
        Text("依{law}裁量", "discretion under {law}"),
        Text("取得{decider}书面意见", "a written opinion of {decider}"),
    ),
}  # fmt: skip


def law_of(rulebook: Rulebook, said: Route | RouteReason, language: Language) -> str:
    """Cite a route or a reason; a reason that is a plain fact cites nothing."""
    if not said.source:
        return ""
    return law_words(rulebook, said, language) + unchecked_words(said, language)


def open_words(told: Transition, question: Question, language: Language) -> tuple[str, str]:
    """Say what keeps a route open, and what would settle it."""
    project, cause = told.assessment.project, question.cause
    rulebook = project.rulebook
    if question.use:
        what, settled = cause_words(project, cause, told.rules, language)
        use = rulebook.uses[question.use].title[language]
        return (f"{what}（就“{use}”而言）" if language == "zh" else f"{what} (for {use})"), settled
    if cause.kind in ("fact", "attribute", "layer"):
        return cause_words(project, cause, {}, language)
    what_words, settled_words = _OPEN[cause.kind]
    route_id, _, reason_id = str(cause.name or "").partition("/")
    law, decider = "", ""
    if route_id:
        route = next(judged.route for judged in told.routes if judged.route.id == route_id)
        reason = next((each for each in route.reasons if each.id == reason_id), None)
        said = reason or route
        law = law_words(rulebook, said, language)
        law += unchecked_words(said, language) if said.unread_before is not None else ""
        decider = reason.decider[language] if reason is not None and reason.decider is not None else ""
    return what_words[language].format(law=law), settled_words[language].format(decider=decider)


def rank_legend(told: Transition, language: Language) -> str:
    """Say what ranks mean that are a span, or shared; nothing where all are plain."""
    spans = any(each.best_rank != each.worst_rank for each in told.priority)
    ties = any(each.tied for each in told.priority)
    said = [words[language] for words, any_such in zip(_RANKS, (spans, ties), strict=True) if any_such]
    return CLAUSE[language].join(said)


def rank_words(told: Transition, firm: int) -> str:
    """Write a rank, the span of it where scores are not known, with `=` where it ties."""
    each = told.priority[firm]
    said = f"{each.best_rank}" if each.best_rank == each.worst_rank else f"{each.best_rank}–{each.worst_rank}"
    return said + ("=" if each.tied else "")


def span_words(low: float, high: float) -> str:
    """Write a score, or the span of it.

    >>> span_words(1.0, 1.0), span_words(1.0, 2.5)
    ('1.00', '1.00–2.50')
    """
    said, most = f"{low:.2f}", f"{high:.2f}"
    return said if said == most else f"{said}–{most}"


def missing_fact_words(told: Transition, name: str, language: Language) -> str:
    """Name a fact or layer that a criterion of priority lacks."""
    rulebook = told.assessment.project.rulebook
    if name in rulebook.facts:
        return rulebook.facts[name].title[language]
    return layer_title(told.assessment.project, name, language) if name in rulebook.layers else name


def estimate_words(told: Transition, parcel: str, each: Estimate, language: Language) -> str:
    """Say a supplement with its inputs, or what is missing for it."""
    project = told.assessment.project
    use, currency = project.rulebook.uses[each.use].title[language], project.transition.currency[language]
    joint, colon = ("、", "：") if language == "zh" else (", ", ": ")
    if each.amount is None or each.old is None or each.new is None or each.area_m2 is None:
        lacking = joint.join(MISSING_WORDS[name][language] for name in each.missing)
        return f"{parcel} · {use}{colon}" + (
            f"缺{lacking}，不予估算" if language == "zh" else f"no estimate without {lacking}"
        )
    pairs = ((each.new.value, each.new_factor), (each.old.value, each.old_factor))
    new, old = (f"{value:,.2f} × {scaled:.6f}" for value, scaled in pairs)
    values = f"({new} − {old}) × {area(each.area_m2, language, ('m2',))}"
    years = _YEARS[language].format(new=f"{each.new_years:.2f}", old=f"{each.old_years:.2f}")
    floored = {"zh": "，差额为负，按 0 计", "en": ", negative and so 0"}[language] if each.floored else ""
    return f"{parcel} · {use}{colon}{values} = {each.amount:,.0f} {currency}{aside(years, language)}{floored}"


class SupplementTold(Protocol):
    """A range of supplements as it is told."""

    currency: str
    estimated: int
    uses: int
    lowest: float | None
    highest: float | None
    missing: list[str]


def supplement_words(supplement: SupplementTold | None, language: Language) -> str:
    """Say the range of a supplement, over how many uses, and what the others lack; nothing where there is none."""
    zh = language == "zh"
    if supplement is None or not supplement.uses:
        return ""
    lacking = ("、" if zh else ", ").join(supplement.missing)
    if supplement.lowest is None or supplement.highest is None:
        return f"缺{lacking}，不予估算" if zh else f"no estimate without {lacking}"
    low, high = f"{supplement.lowest:,.0f}", f"{supplement.highest:,.0f}"
    said = f"{low if low == high else f'{low}–{high}'} {supplement.currency}".strip()
    if not supplement.missing:
        return said
    counted, of = supplement.estimated, supplement.uses
    if zh:
        return f"{said}（地块×用途 {of} 项中的 {counted} 项；其余缺{lacking}）"
    return f"{said} (for {counted} of {of} pairs of parcel and use; the others lack {lacking})"
