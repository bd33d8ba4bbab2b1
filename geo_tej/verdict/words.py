"""How causes, findings and permits are said, in one place for the command line, tables and maps."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from geo_tej.codes import counterpart, find_code
from geo_tej.errors import nearest
from geo_tej.i18n import ACTION_WORDS, CLAUSE, COLON, LEVEL_WORDS, LIST, OUTCOME_SHORT, Text, aside, mark, one_of
from geo_tej.model import UNKNOWN, Action
from geo_tej.verdict.footprint import STANDING_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from geo_tej.codes import CodeLists
    from geo_tej.i18n import Language
    from geo_tej.model import Decision, LawLayer, Permit, Project, Route, RouteReason, Rule, Rulebook
    from geo_tej.verdict.cause import Cause

ATTRIBUTE_WORDS = {
    "grade": Text("保护分级", "protection grade"),
    "core": Text("是否核心景区", "whether it is core scenic area"),
    "detailed_plan": Text("是否在详细规划范围内", "whether a detailed plan covers it"),
    "function_zone": Text("功能分区", "function zone"),
    "class": Text("类别", "class"),
    "code": Text("用地代码", "land-use code"),
    "scheme": Text("用地分类标准", "land-use scheme"),
}
DUTY = Text("应办", "to be done")
EVERYWHERE = Text("不论位置", "on any site")
SCENARIO = Text("情景", "scenario")
UNCHECKED = Text("条文待核", "text not checked")
_UNCHECKED_BEFORE = Text(
    "所核文本自{}起施行，此前规定待核", "text in force since {}; what held before has not been checked"
)
_OPEN_WORDS = {
    "layer": (
        Text("{layer}资料缺失", "data of {layer}"),
        Text("补充该图层，或声明其调查范围", "supply the layer, or declare the extent it was surveyed over"),
    ),
    "attribute": (
        Text("{layer}的{name}", "{name} of {layer}"),
        Text("由主管部门认定", "a ruling of the authority in charge"),
    ),
    "unverified": (
        Text("{name}的原文", "the text of {name}"),
        Text("核对原文后签认该规则", "check the rule against it and sign it off"),
    ),
    "officer": (
        Text("依{name}裁量", "discretion under {name}"),
        Text("取得{decider}书面意见", "a written opinion of {decider}"),
    ),
    "unlisted": (
        Text("{layer}未列此用途", "{layer} does not list this use"),
        Text("由主管部门解释", "an interpretation by the authority in charge"),
    ),
    "base": (
        Text("{layer}未载明此用途", "{layer} does not provide for this use"),
        Text("查明现行规划对该地块的规定", "find out what the plan in force says here"),
    ),
    "size": (
        Text("地块小于该用途的最小面积或宽度", "the parcel is smaller than the use's least area or width"),
        Text(
            "与相邻土地合并，或另定最小面积、宽度（筛查参数，非法定指标）",
            "join it with neighbouring ground, or set another least size (a parameter of the screening, no law)",
        ),
    ),
    "geometry": (
        Text("地块图形缺失", "the parcel has no ground drawn"),
        Text("补充地块图形", "supply the parcel's geometry"),
    ),
}
_FEW = 2
"""So many missing layers are named even where there is little room."""

_LAYERS = (
    Text("{count} 个图层资料缺失", "data of {count} layers"),
    Text("补充这些图层，或声明其调查范围", "supply the layers, or declare the extents they were surveyed over"),
)
_PLANS = (
    Text("现行规划资料缺失", "data of the plans in force"),
    Text(
        "补充适用于该处的规划图层，或声明其范围", "supply the plan that holds here, or declare the extents of the plans"
    ),
)
_ODD = Text(
    "数据为{values}的，规则库未列该值（所列：{listed}），应更正图层；其余：{settled}",
    "where the data say {values}, which the rulebook does not list ({listed}), correct the layer; else {settled}",
)
_MOST_ODD = 6
"""So many values are named of those that a layer has and should not have, and of those that it may have."""

_NO_PLAN = Text("该处无现行规划依据", "no plan in force covers all of it")


def layer_title(project: Project, layer: str | None, language: Language) -> str:
    """Return what a layer is called: the rulebook's name for it, else the manifest's."""
    if layer is None:
        return ""
    law = project.rulebook.layers.get(layer)
    return law.title[language] if law else project.layers[layer].title[language]


def zone_words(law: LawLayer | None, zone_class: str, language: Language) -> str:
    """Say a zone class in words where the rulebook has them.

    >>> from geo_tej.model import LawLayer
    >>> scenic = LawLayer(id="scenic", title=Text("", ""), attributes={"grade": (), "core": ()},
    ...     names={"grade=2": Text("二级保护区", "grade 2"), "core=no": Text("", "")})
    >>> zone_words(scenic, "grade=2;core=no", "en")
    'grade 2'
    >>> zone_words(None, "level1", "zh")
    'level1'

    Nearness to objects is said after their class.

    >>> roads = LawLayer(id="roads", title=Text("", ""), attributes={"class": ()},
    ...     names={"class=main": Text("干路", "main road")})
    >>> zone_words(roads, "main < 20 m", "zh"), zone_words(roads, "main < 20 m", "en"), zone_words(None, " < 5 m", "en")
    ('干路20米内', 'main road within 20 m', 'within 5 m')

    Where the rulebook has words for a code together with its scheme, those are said.

    >>> plan = LawLayer(id="plan", title=Text("", ""), attributes={"code": (), "scheme": ()},
    ...     names={"code=0601;scheme=GB": Text("0601 工业用地（GB）", "0601 industrial (GB)")})
    >>> zone_words(plan, "code=0601;scheme=GB", "en"), zone_words(plan, "code=0601;scheme=unknown", "en")
    ('0601 industrial (GB)', '0601, land-use scheme unknown')
    """
    plain, below, distance = zone_class.partition(" < ")
    if below:
        within = f"{distance.removesuffix(' m')}米内" if language == "zh" else f"within {distance}"
        return f"{zone_words(law, plain, language)}{'' if language == 'zh' else ' '}{within}".strip()
    if law is None:
        return zone_class
    if zone_class in law.names:
        return law.names[zone_class][language]
    pairs = (
        zone_class.split(";") if len(law.attributes) > 1 else [f"{next(iter(law.attributes), 'class')}={zone_class}"]
    )
    said = []
    for pair in pairs:
        name, _, value = pair.partition("=")
        if pair in law.names:
            words = law.names[pair][language]
        elif value == UNKNOWN:
            unknown = {"zh": "未知", "en": "unknown"}[language]
            words = f"{ATTRIBUTE_WORDS.get(name, Text(name, name))[language]}{'' if language == 'zh' else ' '}{unknown}"
        else:
            words = value
        if words:
            said.append(words)
    return ("、" if language == "zh" else ", ").join(said)


def land_use_words(lists: CodeLists, code: str, scheme: str, language: Language) -> str:
    """Say a code of present land use by its scheme's name, and what other schemes may call it.

    >>> from geo_tej.codes import Code, CodeLists, Scheme
    >>> old = Scheme(id="GB", title=Text("国标", "GB"))
    >>> works = Code(scheme="GB", code="0601", title=Text("工业用地", "industrial"), level="2", verified=True,
    ...     source="gb", note=Text("", ""))
    >>> lists = CodeLists(schemes={"GB": old}, codes={("GB", "0601"): works})
    >>> land_use_words(lists, "0601", "GB", "zh"), land_use_words(lists, "0601", "GB", "en")
    ('0601 工业用地（国标）', '0601 industrial (GB)')
    >>> land_use_words(lists, "9999", "GB", "en"), land_use_words(CodeLists(), "0601", "", "en")
    ('9999 (GB)', '0601')
    """
    found = find_code(lists, code, scheme)
    system = lists.schemes[scheme].title[language] if scheme in lists.schemes else scheme
    named = code if found is None else f"{code} {found.title[language]}"
    said = named if not system else f"{named}（{system}）" if language == "zh" else f"{named} ({system})"
    for other in lists.schemes.values():
        pair = counterpart(lists, code, scheme, other.id) if other.id != scheme else None
        if pair is None:
            continue
        classes = [find_code(lists, to, other.id) for to in pair.to_codes]
        joint = " / ".join(f"{each.code} {each.title[language]}" for each in classes if each is not None)
        doubt = "" if pair.verified else aside({"zh": "对照待核", "en": "pairing not checked"}[language], language)
        about = {"zh": "；{}约当 {}{}", "en": "; about {1} in {0}{2}"}[language]
        said += about.format(other.title[language], joint, doubt)
    return said


def cause_words(project: Project, cause: Cause, rules: dict[str, Rule], language: Language) -> tuple[str, str]:
    """Say what keeps a verdict open, and what would settle it."""
    if cause.kind == "fact":
        fact = project.rulebook.facts[str(cause.name)]
        return fact.title[language], fact.question[language]
    if cause.kind == "standing":
        what, settled = STANDING_WORDS[str(cause.name)]
        return what[language], settled[language]
    what, settled = _OPEN_WORDS[cause.kind]
    if cause.kind == "base" and cause.layer is None:
        return _NO_PLAN[language], settled[language]
    name, decider = "", ""
    if cause.kind == "attribute":
        name = ATTRIBUTE_WORDS.get(str(cause.name), Text(str(cause.name), str(cause.name)))[language]
    elif cause.kind in ("unverified", "officer"):
        rule = rules[str(cause.name)]
        name = law_words(project.rulebook, rule, language)
        name += unchecked_words(rule, language) if rule.unread_before is not None else ""
        decider = rule.decider[language] if rule.decider else ""
    words = {"layer": layer_title(project, cause.layer, language), "name": name, "decider": decider}
    cure = settled[language].format(**words)
    if cause.kind in ("attribute", "base"):
        cure = _odd_words(project, cause, cure, language)
    return what[language].format(**words), cure


def _odd_words(project: Project, cause: Cause, settled: str, language: Language) -> str:
    """Say, before what else would settle it, which values of a layer the rulebook does not list: a slip of the data."""
    layer, law = project.layers.get(cause.layer or ""), project.rulebook.layers.get(cause.layer or "")
    if layer is None or law is None:
        return settled
    for name, values in layer.odd.items():
        if cause.kind == "base" or cause.name == name:
            listed = law.attributes.get(name, ())
            given = [_odd_value(value, listed, language) for value in values[:_MOST_ODD]]
            settled = _ODD[language].format(
                values=one_of(given, language) + ("…" if len(values) > _MOST_ODD else ""),
                listed=LIST[language].join(listed[:_MOST_ODD]) + ("…" if len(listed) > _MOST_ODD else ""),
                settled=settled,
            )
    return settled


def _odd_value(value: str, listed: tuple[str, ...], language: Language) -> str:
    near = one_of(nearest(value, listed), language) if nearest(value, listed) else ""
    if language == "zh":
        return f"“{value}”" + aside(f"是否应为{near}？" if near else "", language)
    return f"'{value}'" + aside(f"did you mean {near}?" if near else "", language)


def open_words(
    project: Project, causes: Iterable[Cause], rules: dict[str, Rule], language: Language, *, named: bool = True
) -> list[tuple[Cause, str, str]]:
    """Say what keeps a verdict open and what would settle it, all layers that are missing in one; `named` names them.

    Each comes with its cause, that of several layers with the first of theirs.
    """
    causes = list(dict.fromkeys(causes))
    missing = [cause for cause in causes if cause.kind == "layer"]
    plans = [cause for cause in missing if _is_plan(project, cause)]
    groups = [(plans, _PLANS), ([cause for cause in missing if cause not in plans], _LAYERS)]
    together = {cause: (group, words) for group, words in groups if len(group) > 1 for cause in group}
    said = []
    for cause in causes:
        group, words = together.get(cause, ([cause], None))
        if words is None:
            said.append((cause, *cause_words(project, cause, rules, language)))
        elif cause == group[0]:
            titles = LIST[language].join(layer_title(project, each.layer, language) for each in group)
            shown = aside(titles, language) if named or len(group) <= _FEW else ""
            said.append((cause, words[0][language].format(count=len(group)) + shown, words[1][language]))
    return said


def _is_plan(project: Project, cause: Cause) -> bool:
    law = project.rulebook.layers.get(cause.layer or "")
    return law is not None and law.base


class Cites(Protocol):
    """What rests on an article of a source."""

    @property
    def source(self) -> str:
        """The source's id."""

    @property
    def article(self) -> str:
        """The article, "" or "—" where none is named."""


def law_words(rulebook: Rulebook, rule: Cites, language: Language) -> str:
    """Cite a rule, or whatever rests on law: title of the source and article."""
    title = rulebook.sources[rule.source].title[language]
    if rule.article in ("", "—"):
        return f"《{title}》" if language == "zh" else title
    if rule.article in rulebook.articles:
        said = rulebook.articles[rule.article][language]
        return f"《{title}》{said}" if language == "zh" else f"{title}, {said}"
    plain = rule.article.replace("(", "").replace(")", "").isdigit()
    if language == "zh":
        return f"《{title}》" + (f"第{rule.article}条" if plain else rule.article)
    return f"{title}, " + (f"art. {rule.article}" if plain else rule.article)


def rule_name(rulebook: Rulebook, rule: Rule) -> str:
    """Return how a decision or a sign-off names a rule: its ref, or its id where the ref could mean another decision.

    >>> from types import SimpleNamespace as Namespace
    >>> one, other = (Namespace(id=name, ref="A-1", could_be=2) for name in ("near", "far"))
    >>> both, alone = (Namespace(rules=rules, once=lambda _, make: make()) for rules in ((one, other), (one,)))
    >>> rule_name(both, one), rule_name(alone, one)
    ('near', 'A-1')
    """
    if rule.could_be is None:
        return rule.ref or rule.id
    left = rulebook.once("left open", lambda: Counter(each.ref for each in rulebook.rules if each.could_be is not None))
    return rule.id if left[rule.ref] > 1 or not rule.ref else rule.ref


def finding_words(rule: Rule, language: Language, doubt: str = "", *, decided: bool = False) -> str:
    """Say a rule's outcome or duty, for which verbs and under what, its condition, and who checked its text.

    `doubt` is under what it would hold, where it may not. Once it was `decided`, nobody may hold it stricter.
    """
    outcome, beside, said = finding_parts(rule, language, decided=decided)
    aside_words = CLAUSE[language].join(filter(None, (doubt, beside)))
    return f"{outcome}{aside(aside_words, language)}{COLON[language]}{said}"


def finding_parts(rule: Rule, language: Language, *, decided: bool = False) -> tuple[str, str, str]:
    """Say a rule in three parts: its outcome; for which verbs and who may hold it stricter; its condition and marks."""
    beside = [action_words(rule, language)] if rule.kind == "matrix" and rule.actions != frozenset(Action) else []
    if rule.could_be is not None and rule.decider is not None and not decided:
        stricter, decider = OUTCOME_SHORT[rule.could_be][language], rule.decider[language]
        beside.append(f"{decider}可认定为{stricter}" if language == "zh" else f"{decider} may hold it {stricter}")
    condition = rule.condition[language].rstrip("." if language == "en" else "。")
    marks = unchecked_words(rule, language) + "".join(mark(said, language) for said in signed_words(rule, language))
    return outcome_words(rule, language), CLAUSE[language].join(beside), condition + marks


def unchecked_words(rule: Rule | Route | RouteReason, language: Language) -> str:
    """Say that nobody has checked a text, or that what was checked is a later one; nothing where it is verified.

    >>> import datetime as dt
    >>> from types import SimpleNamespace as Namespace
    >>> early = Namespace(verified=False, unread_before=dt.date(2021, 1, 1))
    >>> unchecked_words(early, "en")
    ' [text in force since 2021-01-01; what held before has not been checked]'
    >>> unchecked_words(Namespace(verified=True), "en")
    ''
    """
    if rule.verified:
        return ""
    if rule.unread_before is None:
        return mark(UNCHECKED[language], language)
    return mark(_UNCHECKED_BEFORE[language].format(rule.unread_before.isoformat()), language)


def outcome_words(rule: Rule, language: Language) -> str:
    """Name what a rule says: an outcome, or a duty where it bars nothing and asks everyone for something."""
    return (DUTY if rule.is_duty else OUTCOME_SHORT[rule.outcome])[language]


def signed_words(rule: Rule, language: Language) -> list[str]:
    """Say who checked a rule against its text, a sentence each sign-off.

    >>> import datetime as dt
    >>> from types import SimpleNamespace as Namespace
    >>> signed = Namespace(signoffs=(Namespace(who="示例人员", when=dt.date(2026, 7, 1)),))
    >>> signed_words(signed, "zh"), signed_words(signed, "en"), signed_words(Namespace(signoffs=()), "en")
    (['条文经示例人员于2026-07-01核对'], ['text checked by 示例人员 on 2026-07-01'], [])
    """
    form = {"zh": "条文经{}于{}核对", "en": "text checked by {} on {}"}[language]
    return [form.format(each.who, each.when.isoformat()) for each in rule.signoffs]


OUTLIVED = Text(
    "按现有图层和规则，该条已不涉及本宗地块，此裁量决定须重新核查",
    "as layers and law now stand this rule no longer speaks on the parcel: the decision is to be looked at again",
)
"""What is said of a decision whose rule no longer speaks."""


def decision_words(decision: Decision, language: Language) -> str:
    """Say what an officer decided, why, who, when and in which document."""
    said = OUTCOME_SHORT[decision.outcome][language]
    if language == "zh":
        return f"裁量决定：{said}。{decision.reason}（{decision.officer}，{decision.date}，{decision.document}）"
    return f"decided: {said}. {decision.reason} ({decision.officer}, {decision.date}, {decision.document})"


def doubt_words(rulebook: Rulebook, rule: Rule, attributes: tuple[str, ...], language: Language) -> str:
    """Say under what a rule would hold that may not: the unknown attributes' values, or nothing but that it may."""
    law = rulebook.layers.get(rule.layer or "")
    if not attributes or law is None:
        return {"zh": "可能", "en": "possibly"}[language]
    said = [
        one_of([law.names.get(f"{name}={value}", Text(value, value))[language] for value in rule.where[name]], language)
        for name in attributes
    ]
    return f"若为{'且'.join(said)}" if language == "zh" else f"if {' and '.join(said)}"


def action_words(rule: Rule, language: Language) -> str:
    """Name the verbs that a rule speaks of."""
    return LIST[language].join(
        ACTION_WORDS[action.value][language]
        for action in sorted(rule.actions, key=lambda a: list(ACTION_WORDS).index(a.value))
    )


def about_words(project: Project, language: Language) -> list[str]:
    """Return the project's notice and the scenario that is in force, a line each, where it has them."""
    scenario = project.scenario_title
    return [
        *([project.notice[language]] if project.notice is not None else []),
        *([SCENARIO[language] + COLON[language] + scenario[language]] if scenario is not None else []),
    ]


def foot_words(rulebook: Rulebook, on: date, language: Language) -> str:
    """Say which rulebook was asked, of which day, and what the answer is not."""
    book, day, disclaimer = (
        f"{rulebook.title[language]} {rulebook.version}",
        on.isoformat(),
        rulebook.disclaimer[language],
    )
    return f"{book}，法规日期 {day}。{disclaimer}" if language == "zh" else f"{book}, law as of {day}. {disclaimer}"


def permit_words(rulebook: Rulebook, permit: Permit, language: Language) -> str:
    """Say a sign-off: what, by whom, at which level, under which article, and before what."""
    what, by, level = permit.what[language], permit.authority[language], LEVEL_WORDS[permit.level][language]
    law, before = law_words(rulebook, permit, language), permit.before[language]
    unread = "" if permit.verified else mark(UNCHECKED[language], language)
    if language == "zh":
        return f"  → {what}（{by}，{level}）：{law}{unread}" + (f"；应在{before}之前" if before else "")
    return f"  → {what} ({', '.join(filter(None, (by, level)))}); {law}{unread}" + (
        f"; before: {before}" if before else ""
    )
