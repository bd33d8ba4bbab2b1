"""Words of the reports, and counts of things in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.i18n import IN_PART_SIGN, IN_PART_WORDS, Text

if TYPE_CHECKING:
    from geo_tej.i18n import Language

WORDS = {
    "drawn": Text("图上面积", "drawn"),
    "ellipsoid": Text("椭球面积", "on the ellipsoid"),
    "registered": Text("登记面积", "registered"),
    "no_ground": Text("没有图形，均待核实", "no ground drawn, so everything is to be settled"),
    "land_use": Text("现状地类", "present land use"),
    "layers": Text("图层", "layers"),
    "strip": Text(
        "窄于1厘米的条带；在该图层写明 thresholds = { width_m = … } 即不计入",
        "a strip of less than 1 cm; thresholds = { width_m = … } on this layer leaves such out",
    ),
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
    "later": Text(
        "当日尚未施行、未予适用：{texts}。此前的规定，本规则库未必载明。",
        "not yet in force on that day and not applied: {texts}. What held before them this rulebook may not tell.",
    ),
    "later_in_part": Text("的部分规定", ", in part"),
    "later_from": Text("{day}起", "from {day}"),
    "asked": Text(
        "{parcels:,} 宗地块 × {uses:,} 项用途 × {ways:,} 种实施路径，共 {verdicts:,} 个结论",
        "{parcels:,} parcels × {uses:,} uses × {ways:,} pathways = {verdicts:,} verdicts",
    ),
    "routes": Text("退出路径", "routes"),
    "in_part": Text(
        f"{IN_PART_SIGN} {IN_PART_WORDS['zh']}；面积见 --use、--pathway",
        f"{IN_PART_SIGN} {IN_PART_WORDS['en']}; --use and --pathway say how much",
    ),
    "unsteady": Text("{of} 项结论中 {n} 项可能改变（{sign}）", "{n} of {of} verdicts may change ({sign})"),
}


def counted_words(name: str, count: int, language: Language) -> str:
    """Say how many there are of something, by its name in `WORDS`."""
    words = WORDS.get(f"one_{name}", WORDS[name]) if count == 1 else WORDS[name]
    return words[language].format(count=count)
