"""Say one verdict in words: the span, why, under which article, and what would settle it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.errors import QuestionError, choices
from geo_tej.i18n import OUTCOME_SIGNS, area, mark, percent, span
from geo_tej.model import OUTCOMES, Outcome
from geo_tej.verdict.cause import Cause
from geo_tej.verdict.steadiness import steadiness, steadiness_words
from geo_tej.verdict.words import (
    EVERYWHERE,
    cause_words,
    decision_words,
    doubt_words,
    finding_words,
    law_words,
    layer_title,
    open_words,
    permit_words,
    rule_name,
    zone_words,
)

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.model import Decision, Permit, Project, Rule, Rulebook
    from geo_tej.verdict.assessment import Assessment
    from geo_tej.verdict.steadiness import Steadiness


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
class Silence:
    """A zone whose layer bars the use by not listing it, and how much of the parcel lies in it."""

    layer: str
    zone_class: str
    area_m2: float
    share: float


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
    silences: tuple[Silence, ...] = ()
    steady: Steadiness | None = None

    @property
    def outcome(self) -> Outcome:
        """The outcome where mildest and strictest agree, else UNKNOWN."""
        return self.at_least if self.at_least == self.at_most else Outcome.UNKNOWN

    def __repr__(self) -> str:
        """Say the verdict in a line."""
        language = self.assessment.project.language
        return f"<Explanation {self.parcel} {self.use} {self.pathway}: {self.headline(language)}>"

    def _repr_html_(self) -> str:
        """Say the whole verdict in a notebook."""
        return f"<pre>{escape(self.text(self.assessment.project.language))}</pre>"

    def headline(self, language: Language) -> str:
        """Say the span and, where it is open, what is to be settled."""
        project = self.assessment.project
        rules = self.assessment.rules_by_id
        words = tuple(what for _, what, _ in open_words(project, self.causes, rules, language, named=False))
        return span(self.at_least, self.at_most, language, tuple(dict.fromkeys(words)))

    def text(self, language: Language = "en") -> str:
        """Say the whole verdict, a line each reason, decision, open question and approval."""
        project, rulebook = self.assessment.project, self.assessment.project.rulebook
        zh = language == "zh"
        rules = self.assessment.rules_by_id
        use, pathway = rulebook.uses[self.use].title[language], rulebook.pathways[self.pathway].title[language]
        lines = [f"{self.parcel} · {use} · {pathway}{'：' if zh else ': '}{self.headline(language)}"]
        blocked = self.area_m2["prohibited"]
        whole = sum(self.area_m2.values())
        if self.outcome != Outcome.PROHIBITED and blocked > 0:
            kept = f"{blocked:,.2f} m² ({percent(blocked / whole)})"
            lines.append(f"  须避让 {kept}" if zh else f"  keep clear of {kept}")
        if self.steady is not None:
            lines.append(f"  ↔ {steadiness_words(self.assessment, self.steady, language)}")
        by_ground: dict[str, list[Reason]] = {}
        for reason in self.reasons:
            by_ground.setdefault(ground_words(project, reason, language), []).append(reason)
        for ground, reasons in by_ground.items():
            lines.append(f"  {ground}")
            said_here: list[str] = []
            for reason in reasons:
                said_here.append(f"    {reason_words(rulebook, reason, language)}")
                said_here += self._decision_lines(language, "      ", of=reason.rule.id)
            lines += dict.fromkeys(said_here)
        # a decision whose rule no longer speaks here is still told: somebody has to look at it again
        told = {reason.rule.id for reason in self.reasons}
        for name in dict.fromkeys(each.rule for each in self.decisions if each.rule not in told):
            lines += [
                f"  {law_words(rulebook, rules[name], language)}",
                *self._decision_lines(language, "    ", of=name),
            ]
        silent = dict.fromkeys(Cause(kind="unlisted", layer=each.layer) for each in self.silences)
        lines += [
            f"  {OUTCOME_SIGNS[Outcome.PROHIBITED]} {cause_words(project, cause, rules, language)[0]}"
            for cause in silent
        ]
        said = open_words(project, self.causes, rules, language)
        lines += dict.fromkeys(
            f"  ? {what}{'：' if zh else ': '}{settled}{how_to_say(rulebook, cause)}" for cause, what, settled in said
        )
        lines += [permit_words(rulebook, permit, language) for permit in self.permits]
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


def ground_words(project: Project, reason: Reason, language: Language) -> str:
    """Say where a finding lies and on how much of the parcel."""
    if not reason.layer:
        return EVERYWHERE[language]
    where = layer_title(project, reason.layer, language)
    if not reason.area_m2:
        return where
    zone = zone_words(project.rulebook.layers.get(reason.layer), reason.zone_class, language)
    size, share = area(reason.area_m2, language, project.rulebook.units), percent(reason.share)
    return f"{where}{mark(zone, language)} {size}{'，' if language == 'zh' else ', '}{share}"


def sign_of(rule: Rule) -> str:
    """Return the sign of what a rule says; a duty has none of the outcomes' signs."""
    return "·" if rule.is_duty else OUTCOME_SIGNS[rule.outcome]


def reason_words(rulebook: Rulebook, reason: Reason, language: Language) -> str:
    """Say a rule's outcome, under what it would hold, its condition, its law, and how a decision names it."""
    doubt = "" if reason.holds else doubt_words(rulebook, reason.rule, reason.unknown, language)
    said = f"{sign_of(reason.rule)} {finding_words(reason.rule, language, doubt)}"
    law = f"{law_words(rulebook, reason.rule, language)} · {rule_name(rulebook, reason.rule)}"
    return f"{said}{'。' if language == 'zh' else '; '}{law}"


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
    reasons = tuple(reasons_of(assessment, parcel, number))
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
        decisions=assessment.decided.get((place, number), ()),
        silences=tuple(silences_of(assessment, parcel, number)),
        steady=steadiness(assessment, parcel, number),
    )


def reasons_of(assessment: Assessment, parcel: str, question: int | None = None) -> list[Reason]:
    """Return every rule that speaks on a parcel, or on one question, heading layers first, then the strictest."""
    evidence, found = assessment.found_on(assessment.position(parcel))
    heads = {name for name, law in assessment.project.rulebook.layers.items() if law.heads_extract}
    reasons = []
    for place in np.flatnonzero(found.is_rule):
        speaker, hit = found.speaker[place], found.hit[place]
        if question is not None and not found.spoken[speaker, question]:
            continue
        rule = assessment.rules[speaker]
        reasons.append(
            Reason(
                rule=rule,
                layer=rule.layer,
                zone_class=evidence.keys[evidence.hits.key[hit]].label if hit >= 0 else "",
                area_m2=float(found.area_m2[place]),
                share=float(found.share[place]),
                distance_m=float(evidence.hits.distance_m[hit]) if hit >= 0 else np.nan,
                holds=bool(found.holds[place]),
                unknown=found.unknown(int(place)),
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


def silences_of(assessment: Assessment, parcel: str, question: int | None = None) -> list[Silence]:
    """Return the zones on a parcel that bar a use by not listing it, or bar it on one question, largest first."""
    evidence, found = assessment.found_on(assessment.position(parcel))
    barred = found.spoken[found.speaker]
    silent = np.flatnonzero(~found.is_rule & (barred.any(axis=1) if question is None else barred[:, question]))
    keys = [evidence.keys[evidence.hits.key[found.hit[place]]] for place in silent]
    told = [
        Silence(layer=key.layer, zone_class=key.label, area_m2=float(found.area_m2[at]), share=float(found.share[at]))
        for key, at in zip(keys, silent, strict=True)
    ]
    return sorted(told, key=lambda silence: (-silence.area_m2, silence.layer, silence.zone_class))


def permits_of(assessment: Assessment, reasons: tuple[Reason, ...]) -> tuple[Permit, ...]:
    """Return the sign-offs that verified rules trigger where they surely hold, once each, in the table's order."""
    wanted = {
        permit
        for reason in reasons
        if reason.rule.outcome != Outcome.PROHIBITED and reason.holds and reason.rule.verified
        for permit in reason.rule.approvals
    }
    return tuple(permit for permit in assessment.project.rulebook.permits.values() if permit.id in wanted)
