"""What the sheets of a workbook say: the cells and notes of a matrix, and the rows of reasons, law and layers."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.i18n import (
    CLAUSE,
    COLON,
    IN_PART_SIGN,
    LEVEL_WORDS,
    LIST,
    OUTCOME_SHORT,
    OUTCOME_SIGNS,
    STATE_WORDS,
    area,
    percent,
    span,
    told_in,
)
from geo_tej.model import STATES, Outcome
from geo_tej.tables.words import BY_PARCEL, ref_words
from geo_tej.verdict.words import action_words, law_words, layer_title, zone_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from geo_tej.model import Rule
    from geo_tej.tables.told import Told

    Heads = list[tuple[str, str]]

LAW = ("ref", "outcome", "condition", "law", "layer", "zone", "actions", "uses", "verified")
ORIGIN = ("source", "licence", "date", "rows", "repaired", "set_aside", "fault", "remarks")
REASON = ("ref", "law", "layer", "zone", "area_m2", "share", "condition")
_REASON = attrgetter(*REASON)


def heads_of(told: Told, names: Iterable[str]) -> Heads:
    """Return columns as pairs of id and word."""
    return [(name, told.word(name)) for name in names]


def matrix_cells(told: Told) -> tuple[NDArray[np.intp], list[tuple[str, int, int]]]:
    """Return a code a verdict, and for each code its sign with a word or two, its outcome and its level."""
    language, spans = told.language, (told.codes("at_least"), told.codes("at_most"), told.codes("level"))
    in_part = told.in_part
    distinct, code = np.unique(np.stack([*spans, told.differs, in_part], axis=1), axis=0, return_inverse=True)
    said = []
    for least, most, level, differs, partly in distinct.tolist():
        mark = f" {IN_PART_SIGN}" if partly else ""
        if least != most:
            word = (BY_PARCEL if differs else OUTCOME_SHORT[Outcome.UNKNOWN])[language]
            between = f"{OUTCOME_SIGNS[least]}–{OUTCOME_SIGNS[most]}"
            said.append((f"{OUTCOME_SIGNS[Outcome.UNKNOWN]} {word}\n{between}{mark}", int(Outcome.UNKNOWN), 0))
        else:
            named = level if least == Outcome.CONDITIONAL else 0
            word = (LEVEL_WORDS[named] if named else OUTCOME_SHORT[least])[language]
            said.append((f"{OUTCOME_SIGNS[least]} {word}{mark}", least, named))
    return code.ravel(), said


def matrix_note(told: Told, subject: int, question: int) -> str:
    """Say one cell of a matrix in full: the headline, a line each reason, and the approvals in order."""
    verdict = subject * len(told.assessment.questions) + question
    said = [str(told.span_words[verdict])]
    for place in told.groups[subject].tolist():
        whose = f"{told.assessment.parcels.index[place]} " if told.enterprises else ""
        said += [f"{IN_PART_SIGN} {whose}{words}" for words in [told.ground_words(place, question)] if words]
        for reason in told.why(place, question):
            covered = ""
            if reason.area_m2 is not None and reason.share is not None:
                covered = f"{area(reason.area_m2, told.language, ('m2',))} {percent(reason.share)}"
            head = " ".join(part for part in (reason.layer, reason.zone, covered) if part)
            head += CLAUSE[told.language] if head else ""
            said.append(f"- {whose}{head}{reason.condition} {reason.law}".rstrip())
        if told.assessment.robust is not None:
            said.append(f"↔ {whose}{told.steady_words(place, question)}")
        said += [f"→ {whose}{words}" for words in told.decision_words(place, question)]
    needed = {"approvals": told.approvals[verdict], "possible_approvals": told.possible_approvals[verdict]}
    said += [f"{told.word(name)}{COLON[told.language]}{words}" for name, words in needed.items() if words]
    return "\n".join(said)


def matrix_facts(told: Told, pathway: int) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the columns that say which parcel or enterprise a row of a pathway's matrix is, and their values."""
    known = told.subjects.columns
    trade = "industry_name" if "industry_name" in known else "industry"
    shown = [name for name in ("name", trade) if name in known]
    columns: list[Iterable[Any]] = [told.subjects.index, *(told.subjects[name] for name in shown)]
    if "above_designated" in known:
        shown.append("above_designated")
        yes_or_no = {True: told.word("yes"), False: told.word("no")}
        columns.append(told.subjects["above_designated"].map(yes_or_no))
    if told.enterprises:
        index = told.assessment.parcels.index
        columns.append(LIST[told.language].join(map(str, index[places])) for places in told.groups)
    else:
        columns.append(told.assessment.evidence.area_m2)
    names = [str(told.verdicts.columns[0]), *shown, "parcels" if told.enterprises else "area_m2"]
    if told.steady is not None:
        steady = told.steady_of_subjects(pathway)
        names += ["changes_at_m", "boundary"]
        columns += [(None if np.isnan(each) else each for each in steady["changes_at_m"]), steady["boundary"]]
    return names, (list(row) for row in zip(*columns, strict=True))


def reason_heads(told: Told) -> Heads:
    """Return the columns of `reason_rows`."""
    whose = ["enterprise_id"] if told.enterprises else []
    decided = ["decisions"] if told.assessment.decided else []
    steady = ["tolerance"] if told.assessment.robust is not None else []
    return heads_of(told, [*whose, "parcel_id", "use", "pathway", "outcome", "open", *steady, *REASON, *decided])


def reason_rows(told: Told) -> Iterator[list[Any]]:
    """Give a row a parcel's verdict and reason, and one for each verdict without any."""
    asked, judged, language = told.assessment.questions, told.assessment.judgement, told.language
    index = told.assessment.parcels.index
    titles = [(use.title[language], way.title[language]) for use in asked.uses for way in asked.pathways]
    for subject, places in zip(told.subjects.index, told.groups, strict=True):
        for place in places.tolist():
            head = [subject, index[place]] if told.enterprises else [subject]
            spans = zip(judged.least[place].tolist(), judged.most[place].tolist(), strict=True)
            whole = zip(titles, spans, told.parcel_open_words(place), strict=True)
            for question, (title, (least, most), words) in enumerate(whole):
                line = [*head, *title, span(least, most, language), words]
                line += [told.steady_words(place, question)] if told.assessment.robust is not None else []
                reasons = [_REASON(reason) for reason in told.why(place, question)]
                decided = [told.joined(told.decision_words(place, question))] if told.assessment.decided else []
                yield from ([*line, *reason, *decided] for reason in reasons or [(None,) * len(REASON)])


def most_reasons(told: Told) -> int:
    """Return how many rows `reason_rows` gives at most."""
    width, parcels = len(told.assessment.questions), len(told.assessment.parcels)
    found = np.bincount(told.deciding.by_verdict[0], minlength=width * parcels)
    of_parcel = np.maximum(found, 1).reshape(parcels, width).sum(axis=1)
    return int(of_parcel[told.told_places].sum())


def law_rows(told: Told) -> Iterator[list[Any]]:
    """Give a row a rule."""
    rulebook, language = told.assessment.project.rulebook, told.language
    asked = {use.id: use.title[language] for use in told.assessment.questions.uses}
    for rule in told.assessment.rules:
        uses = [title for name, title in asked.items() if name in rule.uses]
        yield [
            ref_words(rule),
            OUTCOME_SHORT[rule.outcome][language],
            rule.condition[language],
            law_words(rulebook, rule, language),
            layer_title(told.assessment.project, rule.layer, language),
            told.joined(_where(told, rule)),
            action_words(rule, language),
            told.word("all") if len(uses) == len(asked) else told.joined(uses),
            told.word("yes" if rule.verified else "no"),
        ]


def _where(told: Told, rule: Rule) -> Iterator[str]:
    law = told.assessment.project.rulebook.layers.get(rule.layer or "")
    alone = law is None or len(law.attributes) == 1
    for name, values in rule.where.items():
        words = (zone_words(law, value if alone else f"{name}={value}", told.language) or value for value in values)
        yield LIST[told.language].join(words)


def layer_heads(told: Told) -> Heads:
    """Return the columns of `layer_rows`."""
    states = [(name, words[told.language]) for name, words in zip(STATES, STATE_WORDS, strict=True)]
    return [*heads_of(told, ("layer", "name")), *states, *heads_of(told, ORIGIN)]


def layer_rows(told: Told) -> Iterator[list[Any]]:
    """Give a row a layer: on how many parcels it has which state, and where it comes from."""
    project, language, evidence = told.assessment.project, told.language, told.assessment.evidence
    for name in dict.fromkeys([*project.layers, *evidence.layers]):
        layer, counts = project.layers.get(name), [None] * len(STATES)
        if name in evidence.layers:
            column = evidence.states[:, evidence.layers.index(name)]
            counts = np.bincount(column, minlength=len(STATES)).tolist()
        line = [name, layer_title(project, name, language), *counts]
        if layer is None:
            yield [*line, *(told.word("not_supplied") if column == "fault" else None for column in ORIGIN)]
            continue
        origin = layer.provenance
        yield [
            *line, origin.source[language] if origin.source else None, origin.licence, origin.date, layer.rows_read,
            layer.repaired, layer.set_aside, layer.fault,
            CLAUSE[language].join(told_in(each, language) for each in layer.remarks),
        ]  # fmt: skip
