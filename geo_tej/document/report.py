"""The check report of a parcel, in the sections that the rulebook's `report.csv` lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_tej.document.blocks import Block, Heading, Paragraph, Table
from geo_tej.document.content import (
    area_rows,
    closing,
    layer_table,
    reason_table,
    use_table,
    verdict_blocks,
    words_of,
)
from geo_tej.errors import RulebookError, choices, gather
from geo_tej.i18n import CLAUSE, COLON, Text, aside
from geo_tej.verdict import explain
from geo_tej.verdict.reasons import reasons_of
from geo_tej.verdict.words import law_words

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.model import Rulebook
    from geo_tej.spreadsheet import Sheet
    from geo_tej.verdict import Assessment
    from geo_tej.verdict.reasons import Reason

COLUMNS = ("title_zh", "title_en", "content", "names")
CONTENTS = ("overview", "basis", "data", "layers", "land", "facts", "rest", "conclusion", "attached")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of a report: what it shows, of which layers or facts."""

    title: Text
    content: str
    names: tuple[str, ...] = ()


PLAIN = (
    Section(title=Text("概况", "The parcel"), content="overview"),
    Section(title=Text("依据", "Basis"), content="basis"),
    Section(title=Text("数据与坐标系", "Data and coordinate system"), content="data"),
    Section(title=Text("控制要素", "Layers"), content="layers"),
    Section(title=Text("其他要求", "Other duties"), content="rest"),
    Section(title=Text("结论与建议", "Conclusion and advice"), content="conclusion"),
)
"""The sections where a rulebook lists none."""


def read_sections(sheet: Sheet, rulebook: Rulebook) -> tuple[Section, ...]:
    """Read the sections of a rulebook's reports; the plain ones where it lists none. No layer is left out.

    Raises
    ------
    RulebookError
        If a row has a content, layer or fact that is not known; all faults at once.
    """
    if not sheet.columns:
        return PLAIN
    faults = [f"{sheet.title}: there is no column {name!r}" for name in COLUMNS if name not in sheet.columns]
    sections = []
    for row in sheet.rows if not faults else ():
        if row.remark:
            continue
        content, names = row["content"], tuple(row["names"].split())
        if content not in CONTENTS:
            faults.append(f"{sheet.at(row, 'content')}: {content!r}; {choices(content, CONTENTS)}")
        elif content == "layers":
            faults += [
                f"{sheet.at(row, 'names')}: layer {name!r}; {choices(name, list(rulebook.layers))}"
                for name in names
                if name not in rulebook.layers
            ]
        sections.append(Section(title=Text(row["title_zh"], row["title_en"]), content=content, names=names))
    if faults:
        raise RulebookError(gather(faults))
    return tuple(sections)


def report_blocks(
    assessment: Assessment, parcel: str, language: Language, sections: tuple[Section, ...]
) -> list[Block]:
    """Return the report of a parcel: numbered sections, the verdicts asked for in the conclusion."""
    words = words_of(language)
    asked = assessment.questions
    one = len(asked.uses) == 1
    reasons = _reasons(assessment, parcel, one=one)
    shown = {name for section in sections if section.content == "layers" for name in section.names}
    blocks: list[Block] = [Heading(words=words["report"].format(parcel=parcel))]
    told: set[str] = set()
    for number, section in enumerate(_whole(sections, assessment, shown, words), start=1):
        separator = "、" if language == "zh" else ". "
        blocks.append(Heading(words=f"{number}{separator}{section.title[language]}"))
        blocks += _section(assessment, parcel, language, section, reasons, told) or [Paragraph(words=words["nothing"])]
    return [*blocks, closing(assessment, language)]


def _whole(
    sections: tuple[Section, ...], assessment: Assessment, shown: set[str], words: dict[str, str]
) -> list[Section]:
    """Return the sections with one more before the rest for layers that none of them names."""
    left = tuple(name for name in assessment.evidence.layers if name not in shown)
    whole = []
    for section in sections:
        if section.content == "layers" and not section.names:
            whole.append(Section(title=section.title, content="layers", names=left))
            left = ()
        else:
            whole.append(section)
    if left:
        at = next((place for place, each in enumerate(whole) if each.content in ("rest", "conclusion")), len(whole))
        title = Text(words["other_layers"], words["other_layers"])
        whole.insert(at, Section(title=title, content="layers", names=left))
    return whole


def _reasons(assessment: Assessment, parcel: str, *, one: bool) -> tuple[Reason, ...]:
    """Return the findings on the use asked for, or all where none was."""
    if not one:
        return tuple(reasons_of(assessment, parcel))
    use = assessment.questions.uses[0].id
    found = [
        reason for way in assessment.questions.pathways for reason in explain(assessment, parcel, use, way.id).reasons
    ]
    seen: dict[tuple[str, str | None, str], Reason] = {}
    for reason in found:
        seen.setdefault((reason.rule.id, reason.layer, reason.zone_class), reason)
    return tuple(seen.values())


def _section(  # noqa: PLR0913, PLR0911  a section is one of nine
    assessment: Assessment,
    parcel: str,
    language: Language,
    section: Section,
    reasons: tuple[Reason, ...],
    told: set[str],
) -> list[Block]:
    words, project, rulebook = words_of(language), assessment.project, assessment.project.rulebook
    if section.content == "overview":
        asked = assessment.questions
        rows = area_rows(assessment, parcel, language)
        joint = "、" if language == "zh" else ", "
        if len(asked.uses) == 1:
            rows.append((words["use"], asked.uses[0].title[language]))
        rows.append((words["pathway"], joint.join(way.title[language] for way in asked.pathways)))
        return [Table(caption=section.title[language], header=(words["item"], words["said"]), rows=tuple(rows))]
    if section.content == "basis":
        laws = list(dict.fromkeys(law_words(rulebook, reason.rule, language) for reason in reasons))
        head = (
            f"{rulebook.title[language]} {rulebook.version}{CLAUSE[language]}{words['on']} {assessment.on.isoformat()}"
        )
        return [Paragraph(words=head), *(Paragraph(words=law) for law in laws)]
    if section.content == "data":
        crs = project.crs.name + aside(project.crs.to_string(), language)
        return [
            Paragraph(words=words["crs"] + COLON[language] + crs),
            Table(
                caption=words["data_table"],
                header=(words["layer"], words["date"], words["source"]),
                rows=tuple(
                    (
                        layer.title[language],
                        layer.provenance.date.isoformat() if layer.provenance.date else "",
                        layer.provenance.source[language] if layer.provenance.source else "",
                    )
                    for layer in project.layers.values()
                ),
            ),
        ]
    if section.content == "layers":
        here = [reason for reason in reasons if reason.layer in section.names]
        told |= {reason.rule.id for reason in here}
        table = layer_table(assessment, parcel, language, section.names)
        return [table, *([reason_table(assessment, here, language, section.title[language])] if here else [])]
    if section.content == "land":
        row = assessment.parcels.loc[parcel]
        labels = (("land_use", "land_use_code"), ("tenure", "tenure"), ("term_end", "term_end"))
        rows = [
            (words[label], str(row[name]))
            for label, name in labels
            if name in row and row[name] == row[name] and row[name] is not None
        ]
        return (
            [Table(caption=section.title[language], header=(words["item"], words["said"]), rows=tuple(rows))]
            if rows
            else []
        )
    if section.content == "facts":
        here = [
            reason
            for reason in reasons
            if reason.rule.when
            and any(test.fact.startswith(name) for test in reason.rule.when.tests for name in section.names)
        ]
        told |= {reason.rule.id for reason in here}
        return [reason_table(assessment, here, language, section.title[language])] if here else []
    if section.content == "rest":
        here = [reason for reason in reasons if reason.layer is None and reason.rule.id not in told]
        return [reason_table(assessment, here, language, section.title[language])] if here else []
    if section.content == "conclusion":
        return _conclusion(assessment, parcel, language)
    return []


def _conclusion(assessment: Assessment, parcel: str, language: Language) -> list[Block]:
    asked = assessment.questions
    if len(asked.uses) > 1:
        return [Paragraph(words=words_of(language)["no_use"]), use_table(assessment, parcel, language)]
    blocks: list[Block] = []
    for way in asked.pathways:
        told = explain(assessment, parcel, asked.uses[0].id, way.id)
        blocks += [
            each
            for each in verdict_blocks(assessment, told, asked.uses[0], way, language)
            if not _is_reasons(each, language)
        ]
    return blocks


def _is_reasons(block: Block, language: Language) -> bool:
    """Tell the table of reasons, which the sections before have shown."""
    return isinstance(block, Table) and block.header[1] == words_of(language)["finding"]
