"""Say one verdict in words: the span, why, under which article, and what would settle it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.errors import QuestionError, choices
from geo_tej.i18n import OUTCOME_SIGNS, area, percent, span
from geo_tej.model import OUTCOMES, Outcome
from geo_tej.rules import NO, YES, matches, speaks, truth
from geo_tej.verdict.judge import Cause
from geo_tej.verdict.words import (
    cause_words,
    decision_words,
    doubt_words,
    finding_words,
    law_words,
    layer_title,
    permit_words,
    zone_words,
)

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.model import Decision, Permit, Project, Rule, Rulebook
    from geo_tej.verdict.assessment import Assessment


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A finding on one verdict: the rule, where it lies, how much ground, and whether it surely holds.

    `unknown` names the zone's attributes that are not known and that the rule asks for.
    """

    rule: Rule
    layer: str | None
    zone_class: str
    area_m2: float
    share: float
    distance_m: float
    holds: bool
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One verdict with everything it rests on; `text()` says it."""

    assessment: Assessment
    parcel: str
    use: str
    pathway: str
    at_least: Outcome
    at_most: Outcome
    causes: tuple[Cause, ...]
    reasons: tuple[Reason, ...]
    permits: tuple[Permit, ...]
    area_m2: dict[str, float]
    largest_remaining_m2: float
    level: int
    decisions: tuple[Decision, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The outcome where mildest and strictest agree, else UNKNOWN."""
        return self.at_least if self.at_least == self.at_most else Outcome.UNKNOWN

    def headline(self, language: Language) -> str:
        """Say the span and, where it is open, what is to be settled."""
        project = self.assessment.project
        rules = {rule.id: rule for rule in self.assessment.rules}
        words = tuple(cause_words(project, cause, rules, language)[0] for cause in self.causes)
        return span(self.at_least, self.at_most, language, tuple(dict.fromkeys(words)))

    def _silences(self, language: Language) -> list[str]:
        """Name the layers that bar the use by not listing it, where no rule bars it."""
        if self.at_least != Outcome.PROHIBITED or any(
            reason.holds and reason.rule.outcome == Outcome.PROHIBITED for reason in self.reasons
        ):
            return []
        assessment, project = self.assessment, self.assessment.project
        evidence = assessment.evidence.only(assessment.position(self.parcel))
        met = dict.fromkeys(evidence.keys[number].layer for number in evidence.hits.key)
        silent = [name for name in met if project.rulebook.layers[name].unlisted == "prohibited"]
        return [cause_words(project, Cause(kind="unlisted", layer=name), {}, language)[0] for name in silent]

    def text(self, language: Language = "en") -> str:
        """Say the whole verdict, a line each reason, decision, open question and approval."""
        project, rulebook = self.assessment.project, self.assessment.project.rulebook
        zh = language == "zh"
        rules = {rule.id: rule for rule in self.assessment.rules}
        use, pathway = rulebook.uses[self.use].title[language], rulebook.pathways[self.pathway].title[language]
        lines = [f"{self.parcel} · {use} · {pathway}{'：' if zh else ': '}{self.headline(language)}"]
        blocked = self.area_m2["prohibited"]
        whole = sum(self.area_m2.values())
        if self.outcome != Outcome.PROHIBITED and blocked > 0:
            kept = f"{blocked:,.2f} m² ({percent(blocked / whole)})"
            lines.append(f"  须避让 {kept}" if zh else f"  keep clear of {kept}")
        by_ground: dict[str, list[Reason]] = {}
        for reason in self.reasons:
            by_ground.setdefault(_ground_words(project, reason, language), []).append(reason)
        for ground, reasons in by_ground.items():
            lines.append(f"  {ground}")
            said_here: list[str] = []
            for reason in reasons:
                said_here.append(f"    {_reason_words(rulebook, reason, language)}")
                said_here += self._decision_lines(language, "      ", of=reason.rule.id)
            lines += dict.fromkeys(said_here)
        # a decision whose rule no longer speaks here is still told: somebody has to look at it again
        told = {reason.rule.id for reason in self.reasons}
        for name in dict.fromkeys(each.rule for each in self.decisions if each.rule not in told):
            lines += [
                f"  {law_words(rulebook, rules[name], language)}",
                *self._decision_lines(language, "    ", of=name),
            ]
        lines += [f"  {OUTCOME_SIGNS[Outcome.PROHIBITED]} {words}" for words in self._silences(language)]
        said = [(cause, *cause_words(project, cause, rules, language)) for cause in self.causes]
        lines += dict.fromkeys(
            f"  ? {what}{'：' if zh else ': '}{settled}{how_to_say(rulebook, cause)}" for cause, what, settled in said
        )
        lines += [permit_words(permit, language) for permit in self.permits]
        return "\n".join(lines)

    def _decision_lines(self, language: Language, indent: str, *, of: str) -> list[str]:
        return [f"{indent}→ {decision_words(each, language)}" for each in self.decisions if each.rule == of]


def how_to_say(rulebook: Rulebook, cause: Cause) -> str:
    """Return how a fact is stated on the command line."""
    if cause.kind != "fact":
        return ""
    fact = rulebook.facts[str(cause.name)]
    values = {"bool": ("yes", "no"), "number": ("…",), "date": ("YYYY-MM-DD",)}.get(fact.type, fact.values)
    return f" [--fact {fact.id}={'|'.join(values)}]"


def _ground_words(project: Project, reason: Reason, language: Language) -> str:
    """Say where a finding lies and on how much of the parcel."""
    if not reason.layer:
        return {"zh": "不限图层", "en": "everywhere"}[language]
    where = layer_title(project, reason.layer, language)
    zone = zone_words(project.rulebook.layers.get(reason.layer), reason.zone_class, language)
    size, share = area(reason.area_m2, language, project.rulebook.units), percent(reason.share)
    if language == "zh":
        return where + (f"〔{zone}〕" if zone else "") + f" {size}，{share}"
    return where + (f" [{zone}]" if zone else "") + f" {size}, {share}"


def sign_of(rule: Rule) -> str:
    """Return the sign of what a rule says; a duty has none of the outcomes' signs."""
    return "·" if rule.is_duty else OUTCOME_SIGNS[rule.outcome]


def _reason_words(rulebook: Rulebook, reason: Reason, language: Language) -> str:
    """Say a rule's outcome, under what it would hold, its condition and its law."""
    doubt = "" if reason.holds else doubt_words(rulebook, reason.rule, reason.unknown, language)
    if language == "zh":
        said = finding_words(reason.rule, language) + (f"（{doubt}）" if doubt else "")
        return f"{sign_of(reason.rule)} {said}。{law_words(rulebook, reason.rule, language)}".replace("。。", "。")
    said = finding_words(reason.rule, language) + (f" ({doubt})" if doubt else "")
    return f"{sign_of(reason.rule)} {said}; {law_words(rulebook, reason.rule, language)}"


def explain(assessment: Assessment, parcel: str, use: str, pathway: str) -> Explanation:
    """Return one verdict with its findings, open causes and approvals.

    Raises
    ------
    QuestionError
        If the parcel, the use or the pathway was not assessed.
    """
    place = assessment.position(parcel)
    asked = assessment.questions
    known = {each.id: each.id for each in asked.uses} | {each.ref: each.id for each in asked.uses if each.ref}
    if use not in known:
        message = f"use {use!r} was not assessed; {choices(use, list(known))}"
        raise QuestionError(message)
    if pathway not in [each.id for each in asked.pathways]:
        message = f"pathway {pathway!r} was not assessed; {choices(pathway, [each.id for each in asked.pathways])}"
        raise QuestionError(message)
    number = asked.number(known[use], pathway)
    judged = assessment.judgement
    reasons = tuple(reason for reason in reasons_of(assessment, parcel) if speaks(reason.rule, asked)[number])
    at_least = Outcome(int(judged.least[place, number]))
    return Explanation(
        assessment=assessment,
        parcel=parcel,
        use=known[use],
        pathway=pathway,
        at_least=at_least,
        at_most=Outcome(int(judged.most[place, number])),
        causes=judged.open_sets[judged.open[place, number]],
        reasons=reasons,
        permits=() if at_least == Outcome.PROHIBITED else permits_of(assessment, reasons),
        area_m2={name: float(judged.area_m2[code, place, number]) for code, name in enumerate(OUTCOMES)},
        largest_remaining_m2=float(judged.largest_m2[place, number]),
        level=int(judged.level[place, number]),
        decisions=_decisions(assessment, parcel, known[use], number),
    )


def _decisions(assessment: Assessment, parcel: str, use: str, number: int) -> tuple[Decision, ...]:
    """Return what was decided on one verdict, oldest first, where the rule is in force and speaks on it."""
    speaking = {rule.id for rule in assessment.rules if speaks(rule, assessment.questions)[number]}
    return tuple(
        each for each in assessment.decisions if each.parcel == parcel and each.use == use and each.rule in speaking
    )


def reasons_of(assessment: Assessment, parcel: str) -> list[Reason]:
    """Return every rule that speaks on a parcel, heading layers first, then the strictest and largest."""
    evidence = assessment.evidence.only(assessment.position(parcel))
    heads = {name for name, law in assessment.project.rulebook.layers.items() if law.heads_extract}
    held = {rule.id: int(truth(rule.when, evidence.facts)[0]) for rule in assessment.rules}
    reasons = []
    for row, number in enumerate(evidence.hits.key):
        key = evidence.keys[number]
        for rule in assessment.rules:
            if rule.layer != key.layer or rule.kind == "raster" or rule.distance_m != key.distance_m:
                continue
            match, unknown = matches(rule, key.attributes)
            if match == NO or held[rule.id] == NO:
                continue
            reasons.append(
                Reason(
                    rule=rule,
                    layer=key.layer,
                    zone_class=key.label,
                    area_m2=float(evidence.hits.area_m2[row]),
                    share=float(evidence.hits.share[row]),
                    distance_m=float(evidence.hits.distance_m[row]),
                    holds=match == YES and held[rule.id] == YES,
                    unknown=unknown,
                )
            )
    for rule in assessment.rules:
        if rule.kind in ("fact", "raster") and held[rule.id] != NO:
            whole = float(evidence.area_m2[0])
            reasons.append(
                Reason(
                    rule=rule,
                    layer=rule.layer,
                    zone_class="",
                    area_m2=whole,
                    share=1.0,
                    distance_m=np.nan,
                    holds=held[rule.id] == YES,
                )
            )
    return sorted(
        reasons,
        key=lambda reason: (
            reason.layer not in heads,
            -reason.rule.outcome,
            not reason.rule.verified,
            -reason.area_m2,
            reason.rule.id,
        ),
    )


def permits_of(assessment: Assessment, reasons: tuple[Reason, ...]) -> tuple[Permit, ...]:
    """Return the sign-offs that verified rules trigger where they surely hold, once each, in the table's order."""
    wanted = {
        permit
        for reason in reasons
        if reason.rule.outcome != Outcome.PROHIBITED and reason.holds and reason.rule.verified
        for permit in reason.rule.approvals
    }
    return tuple(permit for permit in assessment.project.rulebook.permits.values() if permit.id in wanted)
