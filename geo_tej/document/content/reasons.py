"""The verdicts of a parcel with their reasons, what is open and what is to be signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.document.blocks import Block, Paragraph, Table
from geo_tej.document.content.phrases import capital, words_of
from geo_tej.i18n import LEVEL_WORDS
from geo_tej.verdict import explain
from geo_tej.verdict.explanation import ground_words, hangs_on, sign_of
from geo_tej.verdict.steadiness import head_word, steadiness_words
from geo_tej.verdict.words import cause_words, decision_words, doubt_words, finding_words, law_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_tej.i18n import Language
    from geo_tej.model import Pathway, Use
    from geo_tej.verdict import Assessment
    from geo_tej.verdict.explanation import Explanation
    from geo_tej.verdict.reasons import Reason


def reason_blocks(assessment: Assessment, parcel: str, language: Language) -> list[Block]:
    """Return each verdict asked: its headline, its reasons with articles, what is open and what is to be signed."""
    blocks: list[Block] = []
    for use in assessment.questions.uses:
        for way in assessment.questions.pathways:
            blocks += verdict_blocks(assessment, explain(assessment, parcel, use.id, way.id), use, way, language)
    return blocks


def verdict_blocks(
    assessment: Assessment, told: Explanation, use: Use, way: Pathway, language: Language
) -> list[Block]:
    """Return one verdict with its reasons."""
    words, zh = words_of(language), language == "zh"
    project, rules = assessment.project, assessment.rules_by_id
    head = (
        f"{told.parcel} · {use.title[language]} · {way.title[language]}{'：' if zh else ': '}{told.headline(language)}"
    )
    blocks: list[Block] = [Paragraph(words=head, strong=True)]
    if told.steady is not None:
        said = steadiness_words(assessment, told.steady, language)
        blocks.append(Paragraph(words=f"{head_word(language)}{'：' if zh else ': '}{said}"))
    blocks += [Paragraph(words=each) for each in told.ground_lines(language)]
    if told.reasons:
        blocks.append(
            reason_table(
                assessment, told.reasons, language,
                words["reasons"].format(parcel=told.parcel, use=use.title[language], pathway=way.title[language]),
                decided=frozenset(each.rule for each in told.decisions),
            )
        )  # fmt: skip
    blocks += [Paragraph(words=decision_words(each, language)) for each in told.decisions]
    for what, settled in dict.fromkeys(cause_words(project, cause, rules, language) for cause in told.causes):
        blocks.append(
            Paragraph(words=f"{words['to_settle']}{'：' if zh else ': '}{what}{'。' if zh else '. '}{capital(settled)}")
        )
    if told.permits:
        blocks.append(
            Table(
                caption=words["approval"],
                header=(words["approval"], words["authority"], words["level"], words["before"]),
                rows=tuple(
                    (
                        permit.what[language],
                        permit.authority[language],
                        LEVEL_WORDS[permit.level][language],
                        permit.before[language],
                    )
                    for permit in told.permits
                ),
            )
        )
    if told.possible_permits:
        blocks.append(
            Table(
                caption=words["possible_approval"],
                header=(
                    words["possible_approval"], words["authority"], words["level"], words["before"], words["depends_on"]
                ),
                rows=tuple(
                    (
                        each.permit.what[language],
                        each.permit.authority[language],
                        LEVEL_WORDS[each.permit.level][language],
                        each.permit.before[language],
                        hangs_on(assessment, each.causes, language),
                    )
                    for each in told.possible_permits
                ),
            )
        )  # fmt: skip
    return blocks


def reason_table(
    assessment: Assessment,
    reasons: Iterable[Reason],
    language: Language,
    caption: str,
    *,
    decided: frozenset[str] = frozenset(),
) -> Table:
    """Return findings as rows: where and how much, what, under which law; `decided` are rules that officers settled."""
    words, rulebook, project = words_of(language), assessment.project.rulebook, assessment.project
    rows = []
    for reason in reasons:
        doubt = "" if reason.holds else doubt_words(rulebook, reason.rule, reason.unknown, language)
        said = (
            f"{sign_of(reason.rule)} {finding_words(reason.rule, language, doubt, decided=reason.rule.id in decided)}"
        )
        rows.append((ground_words(project, reason, language), said, law_words(rulebook, reason.rule, language)))
    return Table(
        caption=caption,
        header=(words["ground"], words["finding"], words["law"]),
        rows=tuple(dict.fromkeys(rows)),
    )
