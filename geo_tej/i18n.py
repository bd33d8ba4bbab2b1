"""The words people read, in Chinese and English, and how numbers and spans are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

Language = Literal["zh", "en"]
SQUARE_METRES_PER_MU = 2000 / 3


@dataclass(frozen=True)
class Text:
    """A sentence in both languages.

    >>> Text("湖", "lake")["en"]
    'lake'
    """

    zh: str
    en: str

    def __getitem__(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.zh if language == "zh" else self.en


class Said(str):  # noqa: SLOT000  it has a slot: the Chinese
    """A sentence in English that knows its Chinese: plain text to programs, and told to people in their language.

    >>> Said("湖", "lake"), told_in(Said("湖", "lake"), "zh"), told_in("lake", "zh")
    ('lake', '湖', 'lake')
    """

    zh: str

    def __new__(cls, zh: str, en: str) -> Self:
        """Return the English, with the Chinese beside it."""
        made = super().__new__(cls, en)
        made.zh = zh
        return made

    def __reduce__(self) -> tuple[type[Said], tuple[str, str]]:
        """Return what it is made of, for copies and other processes."""
        return Said, (self.zh, str(self))


def told_in(words: str, language: Language) -> str:
    """Return a sentence in a language where it is known in it, else as it is."""
    return words.zh if language == "zh" and isinstance(words, Said) else str(words)


OUTCOME_WORDS = (
    Text("符合（未见禁限，仍须报批）", "no bar found (approvals still needed)"),
    Text("有条件符合", "conditional"),
    Text("不符合", "not permitted"),
    Text("待核实", "to be settled"),
)
OUTCOME_SHORT = (
    Text("未见禁限", "no bar found"),
    Text("有条件符合", "conditional"),
    Text("不符合", "not permitted"),
    Text("待核实", "to be settled"),
)
OUTCOME_SIGNS = ("●", "◐", "×", "?")
IN_PART_SIGN = "◔"
"""Marks a verdict, no prohibition, of which some ground may have to be kept clear."""
STATE_WORDS = (
    Text("涉及", "affected"),
    Text("不涉及", "not affected"),
    Text("无数据", "no data"),
    Text("读取失败", "failed"),
    Text("规则未涉及", "silent"),
)
LEVEL_WORDS = (
    Text("—", "—"),
    Text("县级", "county"),
    Text("市级", "city"),
    Text("省级", "province"),
    Text("国家级", "state"),
)
ACTION_WORDS = {
    "new": Text("新建", "new building"),
    "enlarge": Text("扩建", "enlarging"),
    "alter": Text("改建", "altering"),
    "rebuild": Text("重建", "rebuilding"),
    "reuse": Text("利用既有建筑", "reuse of the building"),
    "change_land_use": Text("改变土地用途", "change of land use"),
    "change_building_use": Text("改变建筑用途", "change of building use"),
    "operate": Text("经营", "operation"),
}
GROUP_WORDS = {
    "tourism": Text("旅游业", "Tourism"),
    "producer": Text("生产性服务业", "Producer services"),
    "other": Text("其他服务业", "Other services"),
}


def span(at_least: int, at_most: int, language: Language, open_words: tuple[str, ...] = ()) -> str:
    """Write a verdict: one outcome, or the span it may still fall in and what is to be settled.

    >>> span(1, 1, "en")
    'conditional'
    >>> span(1, 2, "zh", ("分级",))
    '有条件符合～不符合，待核：分级'
    >>> span(0, 2, "en", ("grade", "sewage"))
    'no bar found to not permitted, to be settled: grade; sewage'
    """
    if at_least == at_most:
        return OUTCOME_WORDS[at_least][language]
    said = short_span(at_least, at_most, language)
    if not open_words:
        return said
    return (
        f"{said}，待核：{'、'.join(open_words)}"
        if language == "zh"
        else f"{said}, to be settled: {'; '.join(open_words)}"
    )


def short_span(at_least: int, at_most: int, language: Language) -> str:
    """Write a verdict in its shortest words.

    >>> short_span(1, 1, "en"), short_span(1, 2, "zh")
    ('conditional', '有条件符合～不符合')
    """
    low, high = OUTCOME_SHORT[at_least][language], OUTCOME_SHORT[at_most][language]
    return low if at_least == at_most else low + ("～" if language == "zh" else " to ") + high


def area(square_metres: float, language: Language, units: tuple[str, ...] = ("m2", "ha")) -> str:
    """Write an area in the units asked for: m² with 2 decimals, ha with 4, 亩 (2000/3 m²) with 2.

    >>> area(12345.678, "en")
    '12,345.68 m² = 1.2346 ha'
    >>> area(2000, "zh", ("m2", "mu"))
    '2,000.00 平方米（合 3.00 亩）'
    """
    written = {
        "m2": f"{square_metres:,.2f} " + ("平方米" if language == "zh" else "m²"),
        "ha": f"{square_metres / 10_000:,.4f} " + ("公顷" if language == "zh" else "ha"),
        "mu": f"{square_metres / SQUARE_METRES_PER_MU:,.2f} " + ("亩" if language == "zh" else "mu"),
    }
    first, *rest = [written[unit] for unit in units]
    if not rest:
        return first
    return f"{first}（合 {'、'.join(rest)}）" if language == "zh" else " = ".join([first, *rest])


def percent(share: float) -> str:
    """Write a share 0..1 as a percentage, never rounding something to nothing or to all; 1e-6 is noise.

    >>> percent(0.5), percent(0.00001), percent(0.9999), percent(0.0), percent(0.9999999)
    ('50 %', '<0.1 %', '>99.9 %', '0 %', '100 %')
    """
    if 0 < share < 0.001:  # noqa: PLR2004  a tenth of a percent
        return "<0.1 %"
    if 0.999 < share < 1 - 1e-6:  # noqa: PLR2004
        return ">99.9 %"
    return f"{share * 100:.1f}".removesuffix(".0") + " %"
