"""The words of a page that are neither the law's nor the project's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.i18n import IN_PART_SIGN, IN_PART_WORDS, LEVEL_WORDS, OUTCOME_SHORT, Text
from geo_tej.verdict.explanation import IN_PART, KEEP
from geo_tej.verdict.footprint import ALL_BARRED
from geo_tej.verdict.words import EVERYWHERE

if TYPE_CHECKING:
    from geo_tej.i18n import Language

PAGE_WORDS = {
    "search": Text("查找地块、企业、地名", "Find a parcel, firm or place"),
    "nothing_found": Text("未找到", "nothing found"),
    "found": Text("找到 {n} 项", "{n} found"),
    "show": Text("图上显示", "Show"),
    "outcome": Text("准入结论", "Outcome"),
    "shares": Text("占用比例", "Share"),
    "tolerance": Text("边界误差", "Boundary error"),
    "steady": Text("结论稳定", "stable"),
    "unsteady": Text("结论可能改变", "may change"),
    "all_uses": Text("全部用途", "All uses"),
    "all_steady": Text("全部用途结论稳定", "all uses stable"),
    "some_unsteady": Text("部分用途结论可能改变", "some uses may change"),
    "layer": Text("图层", "Layer"),
    "others": Text("附加图层", "Added layers"),
    "numbered": Text("图层 {n}", "layer {n}"),
    "answers": Text("查询结果", "Answers"),
    "list": Text("列表", "List"),
    "list_label": Text("图上地块列表", "List of the parcels in view"),
    "in_view": Text("当前视图内 {n} 宗", "{n} parcels in view"),
    "first_of": Text("，列出前 {n} 宗", ", the first {n} listed"),
    "print": Text("打印", "Print"),
    "print_label": Text("打印到一张图纸", "Print on one sheet"),
    "keys": Text(
        "方向键平移，加减号缩放，上下翻页键逐宗查看，回车打开地图中心的地块，Esc 关闭",
        "Arrow keys move, plus and minus zoom, Page Down and Page Up go from parcel to parcel, Enter opens the one in "
        "the middle, Escape closes",
    ),
    "no_parcel_here": Text("此处没有地块", "no parcel here"),
    "copy_id": Text("复制编号", "Copy id"),
    "copy_command": Text("复制查询命令", "Copy command"),
    "copied": Text("已复制", "Copied"),
    "everywhere": EVERYWHERE,
    "data_date": Text("数据日期", "Data of"),
    "review": Text("审图号", "Map review no."),
    "no_review": Text("（公开前填写）", "(to be filled in before publication)"),
    "precision": Text("坐标精度", "Positions"),
    "within_m": Text("±{m} 米", "within {m} m"),
    "release": Text("使用范围", "Release"),
    "internal": Text("内部使用：清单未设 publish", "internal: the manifest has no `publish`"),
    "large_scale": Text(
        "本图连续覆盖约 {km2} 平方公里，坐标精度相当于 1:2000 及更大比例尺，超过 25 平方公里；"
        "公开前请按自然资发〔2020〕95号核定，或降低坐标精度（precision_m）。",
        "This map covers about {km2} km² at the accuracy of 1:2000 or larger, more than 25 km²: have it cleared "
        "before publication (Zi Ran Zi Fa [2020] 95), or lower its precision (precision_m).",
    ),
    "overview": Text("总览：未被禁止的用途数", "Overview: uses not barred"),
    "overview_counts": Text("（含有条件）", "(conditional ones too)"),
    "pathway": Text("实施路径", "Pathway"),
    "use": Text("用途", "Use"),
    "legend": Text("图例", "Legend"),
    "layers": Text("图层", "Layers"),
    "parcels": Text("地块", "Parcels"),
    "controls": Text("控制要素", "Control layers"),
    "context": Text("底图", "Base"),
    "enterprises": Text("企业", "Enterprises"),
    "enterprise": Text("企业", "Enterprise"),
    "relief": Text("地形晕渲", "Relief"),
    "count": Text("{n} 宗，{ha} 公顷", "{n} parcels, {ha} ha"),
    "count_one": Text("1 宗，{ha} 公顷", "1 parcel, {ha} ha"),
    "some_one": Text("1 项", "1 use"),
    "some": Text("{n} 项", "{n} uses"),
    "none_sure": Text("暂无可定用途，{open}", "none certain yet, {open}"),
    "none": Text("无", "none"),
    "open_some": Text("有待核实项", "some to be settled"),
    "signature": Text("须{level}审批", "signed by the {level}"),
    "close": Text("关闭", "Close"),
    "menu": Text("图例与图层", "Legend and layers"),
    "heads": Text("压占", "Lies on"),
    "area": Text("面积", "Area"),
    "registered": Text("登记面积", "registered"),
    "village": Text("所在村", "Village"),
    "land_use": Text("现状地类", "Present land use"),
    "tenure": Text("权利类型", "Tenure"),
    "term_end": Text("终止日期", "Term ends"),
    "uses": Text("逐项用途", "Use by use"),
    "why": Text("依据", "Reasons"),
    "to_settle": Text("待核实", "To be settled"),
    "approvals": Text("须办审批", "Approvals needed"),
    "on_part": IN_PART,
    "kept": KEEP,
    "keep_clear": Text(
        "须避让 {area}（{share}），余下最大一块 {rest}", "Keep clear of {area} ({share}); largest piece left {rest}"
    ),
    "keep_clear_at_most": Text(
        "须避让 {area}（{share}），余下最大一块至多 {most}",
        "Keep clear of {area} ({share}); largest piece left at most {most}",
    ),
    "feared": Text(
        "可能还须避让 {area}（{share}）；余下最大一块确定 {rest}，至多 {most}",
        "May also have to keep clear of {area} ({share}); largest piece left for sure {rest}, at most {most}",
    ),
    "stood": ALL_BARRED,
    "in_part": Text(f"{IN_PART_SIGN} {IN_PART_WORDS['zh']}", f"{IN_PART_SIGN} {IN_PART_WORDS['en']}"),
    "possible_approvals": Text("可能须办（视未定事项）", "Possibly needed"),
    "depends": Text("待核：{what}", "depends on: {what}"),
    "unchecked": Text("条文核对结果", "the text, not checked"),
    "without": Text("{layer}资料", "data of {layer}"),
    "possibly": Text("可能", "possibly"),
    "no_reason": Text("没有条文列出此用途", "no text lists this use"),
    "more": Text("其余 {n} 条", "{n} more"),
    "states": Text("图层核查", "Layer by layer"),
    "no_site": Text("名下无地块，无从核查", "No parcel on record: nothing can be said"),
    "its_parcels": Text("占用地块", "Parcels"),
    "designated": Text("规模以上", "above designated size"),
    "differs": Text("因地块而异：", "differs by parcel: "),
    "of_enterprise": Text("各地块结果区间", "the range over its parcels"),
    "within": Text("距离小于 {m} 米", "within {m} m"),
    "on": Text("法规日期", "Law as of"),
    "rulebook": Text("规则库", "Rulebook"),
    "assumed": Text("情景", "Scenario"),
    "stated": Text("本次假设", "Assumed for this answer"),
    "failed": Text("以下图层读取失败，相关结论从严：", "These layers could not be read; answers are held strict: "),
    "no_script": Text(
        "启用脚本后，本页为可缩放、可逐宗查询的地图。",
        "With scripts on, this page is a map to zoom into and to ask of each parcel.",
    ),
    "still": Text("上北；图左下横线长 {n}", "North is up; the bar at the lower left is {n} long"),
    "still_right": Text(
        "真北自正上方右偏 {t}°；图左下横线长 {n}",
        "North is {t}° to the right of up; the bar at the lower left is {n} long",
    ),
    "still_left": Text(
        "真北自正上方左偏 {t}°；图左下横线长 {n}",
        "North is {t}° to the left of up; the bar at the lower left is {n} long",
    ),
    "wait": Text("正在读取地图……", "Reading the map …"),
    "old_browser": Text(
        "浏览器版本过低，无法显示本页地图；请使用 2023 年以后的浏览器。",
        "This browser is too old for the map of this page; one from 2023 or later shows it.",
    ),
    "square_metres": Text("平方米", "m²"),
    "hectares": Text("公顷", "ha"),
    "mu": Text("亩", "mu"),
    "zoom_in": Text("放大", "Zoom in"),
    "zoom_out": Text("缩小", "Zoom out"),
    "north": Text("北", "N"),
    "sources": Text("数据来源", "Sources"),
}  # fmt: skip


def class_words(language: Language) -> list[str]:
    """Name the classes of an outcome as legends show them: see `looks.OUTCOMES`.

    >>> class_words("en")[:3]
    ['no bar found', 'conditional', 'conditional · signed by the county']
    """
    permitted, conditional, prohibited, unknown = (words[language] for words in OUTCOME_SHORT)
    signed = [PAGE_WORDS["signature"][language].format(level=level[language]) for level in LEVEL_WORDS[1:]]
    return [permitted, conditional, *(f"{conditional} · {words}" for words in signed), unknown, prohibited]
