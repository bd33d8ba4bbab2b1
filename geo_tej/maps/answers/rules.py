"""The rules that a page of answers needs, numbered as they are met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.rules import asks_for
from geo_tej.verdict.cause import missing
from geo_tej.verdict.table import EVERYWHERE
from geo_tej.verdict.words import cause_words, finding_parts, law_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo_tej.maps.answers.laid_out import Page
    from geo_tej.model import Rule


def rules_of(page: Page, code: int) -> list[Rule]:
    """Return the rules that may speak where a key is met, or everywhere."""
    rows = page.assessment.table.rows
    return [page.assessment.rules[rows.rule[row]] for row in rows.of(code)]


def unsurveyed_rules(page: Page, column: int) -> list[Rule]:
    """Return the rules of a layer with sign-offs that may speak where nobody has surveyed it, if that is anywhere."""
    evidence = page.assessment.evidence
    if not evidence.unsurveyed[:, column].any():
        return []
    return [
        rule
        for rule in page.assessment.rules
        if rule.layer == evidence.layers[column] and rule.kind in ("zone", "matrix", "setback") and asks_for(rule)
    ]


def spoken_rules(page: Page) -> list[Rule]:
    """Return the rules that a page needs, in the order in which it meets them: those that speak on what was asked."""
    evidence, table = page.assessment.evidence, page.assessment.table
    met = [
        *(rule for code in (*range(len(evidence.keys)), EVERYWHERE) for rule in rules_of(page, code)),
        *(rule for column in range(len(evidence.layers)) for rule in unsurveyed_rules(page, column)),
    ]
    return [rule for rule in {each.id: each for each in met}.values() if table.said[table.number(rule)].any()]


def rule_rows(page: Page, chosen: Sequence[Rule]) -> list[list[Any]]:
    """Return what a page says of each of its rules."""
    ids = sorted(rule.id for rule in page.assessment.rules)
    rank = {name: place for place, name in enumerate(ids)}
    tested = {rule.id: place for place, rule in enumerate(each for each in chosen if each.when)}
    permit = {name: place for place, name in enumerate(page.rulebook.permits)}
    return [_row(page, rule, rank=rank[rule.id], test=tested.get(rule.id), permit=permit) for rule in chosen]


def _row(page: Page, rule: Rule, *, rank: int, test: int | None, permit: Mapping[str, int]) -> list[Any]:
    asked, language = page.assessment.questions, page.language
    said = page.assessment.table.said[page.assessment.table.number(rule)]
    heard = said.reshape(len(asked.uses), len(asked.pathways)) > 0
    return [
        rule.ref,
        int(rule.outcome),
        rule.is_duty,
        law_words(page.rulebook, rule, language),
        rule.verified,
        np.flatnonzero(heard.any(axis=1)).tolist(),
        np.flatnonzero(heard.any(axis=0)).tolist(),
        test,
        [permit[name] for name in rule.approvals],
        rule.layer if rule.layer is None else page.assessment.evidence.layers.index(rule.layer),
        finding_parts(rule, language),
        rank,
        rule.id,
        finding_parts(rule, language, decided=True) if rule.could_be is not None else None,
        _facts(page, rule) if rule.approvals and rule.when else [],
    ]


def _facts(page: Page, rule: Rule) -> list[str]:
    """Name the facts, and the layers of measures, that a rule asks for."""
    names = dict.fromkeys(test.fact for test in rule.when.tests) if rule.when else {}
    causes = dict.fromkeys(missing(page.rulebook, name) for name in names)
    return [cause_words(page.project, cause, {}, page.language)[0] for cause in causes]
