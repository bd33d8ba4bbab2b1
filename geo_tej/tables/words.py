"""The words of tables that are neither the law's nor the project's, and texts as files can hold them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from geo_tej.i18n import CLAUSE, COLON, IN_PART_WORDS, LAYER_WORDS, OUTCOME_WORDS, Text, wide
from geo_tej.model import Outcome
from geo_tej.verdict.assumed import ASSUMED, assumed_at, assumed_words
from geo_tej.verdict.steadiness import asked_words
from geo_tej.verdict.words import SCENARIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_tej.i18n import Language
    from geo_tej.model import Rule
    from geo_tej.verdict import Assessment

PARCEL_COLUMNS = ("name", "village", "land_use_code", "land_use_scheme", "tenure", "term_end", "registered_m2", "kind")
ENTERPRISE_COLUMNS = ("name", "industry", "industry_name", "above_designated", "line_commissioned")
"""What verdicts tell of an enterprise. Whether it is willing to move is its own affair: only the transition says it."""

MOST_LETTERS = 32_767
"""What a cell of Excel holds."""

BY_PARCEL = Text("分地块", "by parcel")
NO_PARCEL = Text("无可评估的地块", "no parcel to assess")
LEGEND = (
    OUTCOME_WORDS[Outcome.PERMITTED],
    Text("有条件符合；注明须批准的最高层级", "conditional; the highest authority that must sign is named"),
    OUTCOME_WORDS[Outcome.PROHIBITED],
    Text("待核实，或各地块结论不一；注明可能的范围", "to be settled, or differing by parcel; the span is shown"),
)
WORDS = {
    "parcel_id": Text("地块", "parcel"),
    "enterprise_id": Text("企业", "enterprise"),
    "name": Text("名称", "name"),
    "industry": Text("行业代码", "industry code"),
    "industry_name": Text("行业", "industry"),
    "above_designated": Text("规模以上", "above designated size"),
    "parcels": Text("用地", "parcels"),
    "area_m2": Text("面积（平方米）", "area (m²)"),
    "changes_at_m": Text("界线偏差达（米）可能改变", "may change from (m)"),
    "boundary": Text("有关界线", "boundary"),
    "tolerance": Text("边界误差", "boundary error"),
    "use": Text("用途", "use"),
    "pathway": Text("实施路径", "pathway"),
    "outcome": Text("结论", "outcome"),
    "open": Text("待核实", "to be settled"),
    "ref": Text("规则", "rule"),
    "law": Text("依据条文", "law"),
    "zone": Text("分区", "zone"),
    "share": Text("占地块比例", "share of the parcel"),
    "condition": Text("规定", "what it says"),
    "decisions": Text("裁量决定", "decided"),
    "actions": Text("行为", "actions"),
    "uses": Text("适用用途", "uses"),
    "verified": Text("条文已核", "text checked"),
    **LAYER_WORDS,
    "yes": Text("是", "yes"),
    "no": Text("否", "no"),
    "all": Text("全部", "all"),
    "reasons_sheet": Text("依据", "Reasons"),
    "law_sheet": Text("规则", "Law"),
    "layers_sheet": Text("图层", "Layers"),
    "about_sheet": Text("说明", "About"),
    "title": Text("项目", "project"),
    "notice": Text("注意", "notice"),
    "scenario": SCENARIO,
    "assumed": ASSUMED,
    "disclaimer": Text("声明", "disclaimer"),
    "rulebook": Text("规则库", "rulebook"),
    "on": Text("法规日期", "law as of"),
    "assessment_id": Text("评估编号", "assessment"),
    "legend": Text("图例", "legend"),
    "in_part_short": Text("部分用地可能须避让", "some ground may have to be kept clear"),
    "level_short": Text("所写为最高审批级别", "with the highest authority needed"),
    "in_part": Text(
        f"{IN_PART_WORDS['zh']}，面积见单元格批注",
        f"{IN_PART_WORDS['en']}; the cell's note says how much",
    ),
    "approvals": Text("依次办理", "approvals in order"),
    "possible_approvals": Text("可能须办", "possibly needed"),
    "left_out": Text(
        "依据过多，未列入本表；请见 .parquet 或 .gpkg，或减少地块、用途。",
        "There are too many reasons for a sheet; write .parquet or .gpkg, or choose fewer parcels or uses.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """Why a verdict is as it is, in words; the area and the share are None where no layer is spoken of."""

    ref: str
    law: str
    layer: str
    zone: str
    area_m2: float | None
    share: float | None
    condition: str


def about(assessment: Assessment, language: Language, assumed: list[str] | None = None) -> list[tuple[str, str]]:
    """Return what the verdicts are and are not, by the names of `WORDS`; `assumed` if not that of parcels."""
    if assumed is None:
        assumed = assumed_words(assumed_at(assessment), language)
    project, rulebook = assessment.project, assessment.project.rulebook
    said = [
        ("title", project.title[language]),
        ("notice", project.notice[language] if project.notice else ""),
        ("scenario", project.scenario_title[language] if project.scenario_title else project.scenario or ""),
        ("assumed", CLAUSE[language].join(assumed)),
        ("tolerance", asked_words(assessment, language)),
        ("disclaimer", rulebook.disclaimer[language]),
        ("rulebook", f"{rulebook.title[language]} ({rulebook.id} {rulebook.version}, {rulebook.date.isoformat()})"),
        ("on", assessment.on.isoformat()),
        ("assessment_id", assessment.assessment_id),
    ]
    return [(name, words) for name, words in said if words]


def head_words(said: Mapping[str, str], language: Language) -> str:
    """Put what stands over a table in a row: its titles, the notice, the scenario, and what was assumed."""
    told = [said[name] for name in ("title", "pathway", "notice", "scenario") if name in said]
    told += [ASSUMED[language] + COLON[language] + said["assumed"]] if "assumed" in said else []
    return " · ".join(told)


def ref_words(rule: Rule) -> str:
    """Name a rule as its rulebook's readers do."""
    return rule.ref or rule.id


def plain(value: object) -> str:
    """Return a value as whole text, nothing where there is none."""
    return "" if value is None or value is pd.NA or value != value else whole(str(value))  # noqa: PLR0124  NaN is not itself


@lru_cache(maxsize=1 << 16)
def whole(text: str) -> str:
    r"""Return a text that UTF-8 can hold: halves of letters become the mark for what cannot be read.

    >>> whole("a\ud83d")
    'a\ufffd'
    """
    return re.sub(r"[\ud800-\udfff]", "\ufffd", text)


def harmless(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula.

    >>> harmless("=1+1"), harmless("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def cell(text: str) -> str:
    """Return a text that a cell can hold: characters that XML forbids replaced, the rest of a very long one cut."""
    text = re.sub(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


@lru_cache(10_000)
def lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a cell: broken at spaces, and anywhere between Chinese letters.

    >>> lines("cafes, tea and snacks", 12), lines("茶饮、咖啡、小吃", 8), lines("", 8)
    (2, 2, 1)
    """
    count, filled = 1, 0
    for piece in re.findall(r"\n|[\u2e80-\U0010ffff]|[^\s\u2e80-\U0010ffff]+[^\S\n]*|[^\S\n]+", text):
        if piece == "\n":
            count, filled = count + 1, 0
            continue
        taken = wide(piece.rstrip())
        if filled and filled + taken > width:
            count, filled = count + 1, 0
        count += max(0, taken - 1) // width
        filled = (filled + wide(piece)) if taken <= width else taken % width
    return count
