"""The words people read, in Chinese and English, and how numbers and spans are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Self

from geo_tej.errors import QuestionError

Language = Literal["zh", "en"]
SQUARE_METRES_PER_MU = 2000 / 3
_PIECES = re.compile(r"[《〔（“]*(?:[^\s\u2e80-\U0010ffff]+|[\u2e80-\U0010ffff])[，。；：、）〕》”～]*[^\S\n]*")
"""What a line is never broken within: a word or a Chinese letter, with the marks that belong to it."""


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


def require_language(language: str) -> None:
    """Refuse a language that nothing is said in.

    Raises
    ------
    QuestionError
        If it is neither "zh" nor "en".
    """
    if language not in ("zh", "en"):
        message = f"language {language!r} is not known; known: zh, en"
        raise QuestionError(message)


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


LIST, CLAUSE, COLON = Text("、", ", "), Text("；", "; "), Text("：", ": ")
"""What stands between the items of a list, between clauses, and before what is said of something."""

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
DIFFERS = Text("因地块而异", "differs by parcel")
_UNKNOWN = 3
"""The place of what nobody knows among the words of outcomes."""

TO_SETTLE = Text("，待核：", ", to be settled: ")
"""What stands between a span and what is still to be settled."""
OUTCOME_SIGNS = ("●", "◐", "×", "?")
IN_PART_SIGN = "◔"
"""Marks a verdict, no prohibition, of which some ground must or may have to be kept clear."""
IN_PART_WORDS = Text("部分土地须避让或可能须避让", "some of the ground must or may have to be kept clear")
"""Says what the sign means."""
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
ROLE_WORDS = {
    "area": Text("项目范围", "area"),
    "parcels": Text("地块", "parcels"),
    "enterprises": Text("企业", "enterprises"),
    "occupancy": Text("企业用地关系", "occupancy"),
    "buildings": Text("建筑", "buildings"),
    "zones": Text("分区", "zones"),
    "objects": Text("要素", "objects"),
    "raster": Text("栅格", "raster"),
    "context": Text("底图", "context"),
}
RELATION_WORDS = {"owner": Text("权利人", "owner"), "tenant": Text("承租人", "tenant")}

LAYER_WORDS = {
    "layer": Text("图层", "layer"),
    "role": Text("类型", "role"),
    "format": Text("格式", "format"),
    "rows": Text("记录数", "rows"),
    "repaired": Text("修复", "repaired"),
    "set_aside": Text("剔除", "set aside"),
    "crs": Text("坐标系", "CRS"),
    "encoding": Text("编码", "encoding"),
    "coverage": Text("覆盖率", "coverage"),
    "source": Text("来源", "source"),
    "licence": Text("许可", "licence"),
    "date": Text("日期", "date"),
    "fault": Text("故障", "fault"),
    "remarks": Text("备注", "remarks"),
    "not_supplied": Text("未提供", "not supplied"),
    "failed": STATE_WORDS[3],
}
"""What is told of a layer."""
GROUP_WORDS = {
    "tourism": Text("旅游业", "Tourism"),
    "producer": Text("生产性服务业", "Producer services"),
    "other": Text("其他服务业", "Other services"),
}


def aside(words: str, language: Language) -> str:
    """Put words in round brackets, as they follow what they are about; nothing where there are none.

    >>> aside("grade 1", "en"), aside("一级", "zh"), aside("", "en")
    (' (grade 1)', '（一级）', '')
    """
    return _bracketed(words, ("（", "）") if language == "zh" else (" (", ")"))


def mark(words: str, language: Language) -> str:
    """Put words in square brackets, as a mark or a place follows what it belongs to; nothing where there are none.

    >>> mark("text not checked", "en"), mark("条文待核", "zh"), mark("", "zh")
    (' [text not checked]', '〔条文待核〕', '')
    """
    return _bracketed(words, ("〔", "〕") if language == "zh" else (" [", "]"))


def _bracketed(words: str, brackets: tuple[str, str]) -> str:
    return words.join(brackets) if words else ""


def one_of(words: list[str], language: Language) -> str:
    """Name alternatives, the last after "or".

    >>> one_of(["grade 1", "grade 2", "grade 3"], "en"), one_of(["一级", "二级", "三级"], "zh"), one_of(["lake"], "en")
    ('grade 1, grade 2 or grade 3', '一级、二级或三级', 'lake')
    """
    *first, last = words
    return (LIST[language].join(first) + {"zh": "或", "en": " or "}[language] if first else "") + last


def span(  # noqa: PLR0913  all that a headline has
    at_least: int,
    at_most: int,
    language: Language,
    open_words: tuple[str, ...] = (),
    *,
    differs: bool = False,
    beside: str = "",
) -> str:
    """Write a verdict: one outcome, or the span it may still fall in and what is to be settled.

    What is said beside follows the outcomes in brackets.

    >>> span(1, 1, "en")
    'conditional'
    >>> span(1, 2, "zh", ("分级",))
    '有条件符合～不符合，待核：分级'
    >>> span(0, 2, "en", ("grade", "sewage"))
    'no bar found to not permitted, to be settled: grade; sewage'
    >>> span(0, 1, "en", ("grade",), beside="on 5 m²")
    'no bar found to conditional (on 5 m²), to be settled: grade'

    Of what nothing is known, there is only what is to be settled.

    >>> span(3, 3, "en", ("no parcel to assess",)), span(3, 3, "zh", ("无可评估的地块",))
    ('to be settled: no parcel to assess', '待核实：无可评估的地块')

    Parcels that are settled each and differ leave nothing open.

    >>> span(1, 2, "en", differs=True), span(1, 2, "zh", differs=True)
    ('differs by parcel: conditional to not permitted', '因地块而异：有条件符合～不符合')
    """
    if at_least == at_most:
        known = at_least != _UNKNOWN or not open_words
        said = "" if known else COLON[language] + CLAUSE[language].join(open_words)
        return OUTCOME_WORDS[at_least][language] + aside(beside, language) + said
    said = short_span(at_least, at_most, language) + aside(beside, language)
    if differs:
        return DIFFERS[language] + COLON[language] + said
    if not open_words:
        return said
    return f"{said}{TO_SETTLE[language]}{CLAUSE[language].join(open_words)}"


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


@lru_cache(10_000)
def wide(text: str) -> int:
    """Return how many columns a text takes: Chinese letters take two.

    >>> wide("SD-0101、"), wide("民宿")
    (9, 4)
    """
    return sum(2 if ord(letter) >= 0x2E80 else 1 for letter in text)  # noqa: PLR2004


def padded(text: str, width: int) -> str:
    """Fill a text up with blanks to so many columns.

    >>> padded("民宿", 6), padded("homestay", 6)
    ('民宿  ', 'homestay')
    """
    return text + " " * max(width - wide(text), 0)


def folded(text: str, width: int) -> str:
    """Break the lines of a text that take more columns: at blanks, or between Chinese letters; the rest is set in.

    No line begins with a mark that closes something.

    >>> print(folded("  a hotel may come here", 14))
      a hotel may
          come
          here
    >>> print(folded("旅游饭店，民宿", 8))
    旅游饭
        店，
        民宿
    >>> folded("short", 80), folded("", 80)
    ('short', '')
    """
    return "\n".join(_folded(line, width) for line in text.split("\n"))


def _folded(line: str, width: int) -> str:
    if wide(line) <= width:
        return line
    inner = " " * (len(line) - len(line.lstrip()) + 4)
    lines, current = [], line[: len(line) - len(line.lstrip())]
    for piece in _PIECES.findall(line.lstrip()):
        if current.strip() and wide(current + piece.rstrip()) > width:
            lines.append(current.rstrip())
            current = inner
        current += piece
    return "\n".join([*lines, current.rstrip()])
