"""Say one verdict in words: the span, why, under which article, and what would settle it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from geo_tej.errors import QuestionError, choices
from geo_tej.i18n import OUTCOME_SIGNS, Text, area, mark, percent, require_language, span
from geo_tej.model import OUTCOMES, Outcome
from geo_tej.rules import asks_for
from geo_tej.verdict.assumed import assumed_at, assumed_lines
from geo_tej.verdict.cause import Cause
from geo_tej.verdict.footprint import Footprint, building_lines, footprint
from geo_tej.verdict.possible import PossiblePermit
from geo_tej.verdict.reasons import Reason, Silence, reasons_of, silences_of
from geo_tej.verdict.steadiness import steadiness, steadiness_words
from geo_tej.verdict.words import (
    EVERYWHERE,
    OUTLIVED,
    about_words,
    cause_words,
    decision_words,
    doubt_words,
    finding_words,
    foot_words,
    law_words,
    layer_title,
    open_words,
    permit_words,
    rule_name,
    zone_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_tej.i18n import Language
    from geo_tej.model import Decision, Permit, Project, Rule, Rulebook
    from geo_tej.verdict.assessment import Assessment
    from geo_tej.verdict.steadiness import Steadiness

LEAST_M2 = 0.01
"""Less ground than this is none: areas are told with two decimals."""
IN_PART = Text("确定未被禁止 {sure}，可能还须避让 {feared}", "on {sure}; may also have to keep clear of {feared}")
KEEP = Text("须避让 {ground}", "keep clear of {ground}")
_GROUND = {
    "keep": KEEP,
    "feared": Text(
        "可能还须避让 {ground}，视{hangs}而定", "may also have to keep clear of {ground}, which depends on: {hangs}"
    ),
    "left": Text(
        "余下：确定 {sure}，最大一块 {piece}；至多 {most}，最大一块 {most_piece}",
        "left for sure {sure}, largest piece {piece}; at most {most}, largest piece {most_piece}",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One verdict with everything it rests on; `text()` says it.

    `possibly_prohibited_m2` is ground that may be prohibited and may not, and `feared` is what that hangs on; the
    largest piece that remains is given as it surely is and, with that ground, as it possibly is. `building` is the
    ground under the buildings that are to be kept, None where none are to be, or nobody knows where they stand.
    """

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
    largest_possible_m2: float
    level: int
    possible_permits: tuple[PossiblePermit, ...] = ()
    possibly_prohibited_m2: float = 0.0
    feared: tuple[Cause, ...] = ()
    decisions: tuple[Decision, ...] = ()
    silences: tuple[Silence, ...] = ()
    steady: Steadiness | None = None
    building: Footprint | None = None

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
        require_language(language)
        project = self.assessment.project
        rules = self.assessment.rules_by_id
        words = tuple(what for _, what, _ in open_words(project, self.causes, rules, language, named=False))
        return span(
            self.at_least,
            self.at_most,
            language,
            tuple(dict.fromkeys(words)),
            beside=""
            if self.at_most == Outcome.PROHIBITED
            else in_part_words(self.surely_free_m2, self.area_m2["prohibited"], self.possibly_prohibited_m2, language),
        )

    @property
    def surely_free_m2(self) -> float:
        """The ground that surely is not prohibited, in m²."""
        return max(sum(self.area_m2.values()) - self.area_m2["prohibited"] - self.possibly_prohibited_m2, 0.0)

    @property
    def partly_feared(self) -> bool:
        """Whether some of the ground may be prohibited, but surely not all."""
        return self.possibly_prohibited_m2 > 0 and self.surely_free_m2 > LEAST_M2

    def text(self, language: Language = "en", *, alone: bool = True) -> str:
        """Say the whole verdict, a line each reason, decision, open question and approval.

        Alone, it also says what was assumed for it, in which scenario, and under which rulebook of which day.

        Raises
        ------
        QuestionError
            If it is not said in the language.
        """
        require_language(language)
        project, rulebook = self.assessment.project, self.assessment.project.rulebook
        zh = language == "zh"
        rules = self.assessment.rules_by_id
        use, pathway = rulebook.uses[self.use].title[language], rulebook.pathways[self.pathway].title[language]
        lines = [f"{self.parcel} · {use} · {pathway}{'：' if zh else ': '}{self.headline(language)}"]
        lines += [f"  {each}" for each in self.ground_lines(language)]
        if self.steady is not None:
            lines.append(f"  ↔ {steadiness_words(self.assessment, self.steady, language)}")
        by_ground: dict[str, list[Reason]] = {}
        for reason in self.reasons:
            by_ground.setdefault(ground_words(project, reason, language), []).append(reason)
        for ground, reasons in by_ground.items():
            lines.append(f"  {ground}")
            said_here: list[str] = []
            for reason in reasons:
                decided = self._decision_lines(language, "      ", of=reason.rule.id)
                said_here += [f"    {reason_words(rulebook, reason, language, decided=bool(decided))}", *decided]
            lines += dict.fromkeys(said_here)
        # a decision whose rule no longer speaks here is still told: somebody has to look at it again
        told = {reason.rule.id for reason in self.reasons}
        for name in dict.fromkeys(each.rule for each in self.decisions if each.rule not in told):
            lines += [
                f"  {law_words(rulebook, rules[name], language)}",
                *self._decision_lines(language, "    ", of=name),
                *([] if rules[name].layer in project.faults else [f"    ! {OUTLIVED[language]}"]),
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
        lines += [possible_words(self.assessment, each, language) for each in self.possible_permits]
        if alone:
            assumed = assumed_at(self.assessment, self.assessment.position(self.parcel))
            lines += [f"  {words}" for words in (*assumed_lines(assumed, language), *about_words(project, language))]
            lines.append(f"  {foot_words(rulebook, self.assessment.on, language)}")
        return "\n".join(lines)

    def ground_lines(self, language: Language) -> list[str]:
        """Say which ground must be kept clear of, which may have to be, and what surely and possibly remains.

        Of a building that is to be kept it is said how much stands on such ground.
        """
        said = building_lines(self.building, language, settled=self.outcome == Outcome.PROHIBITED)
        if self.outcome == Outcome.PROHIBITED:
            return said
        whole = sum(self.area_m2.values())
        blocked = self.area_m2["prohibited"]
        if blocked > 0:
            said.append(_GROUND["keep"][language].format(ground=_portion(blocked, whole, language)))
        if self.partly_feared:
            hangs = hangs_on(self.assessment, self.feared, language)
            feared = _portion(self.possibly_prohibited_m2, whole, language)
            said.append(_GROUND["feared"][language].format(ground=feared, hangs=hangs))
            possible_m2 = self.surely_free_m2 + self.possibly_prohibited_m2
            said.append(
                _GROUND["left"][language].format(
                    sure=_portion(self.surely_free_m2, whole, language),
                    piece=area(self.largest_remaining_m2, language, ("m2",)),
                    most=_portion(possible_m2, whole, language),
                    most_piece=area(self.largest_possible_m2, language, ("m2",)),
                )
            )
        return said

    def _decision_lines(self, language: Language, indent: str, *, of: str) -> list[str]:
        return [f"{indent}→ {decision_words(each, language)}" for each in self.decisions if each.rule == of]


def _portion(square_metres: float, whole: float, language: Language) -> str:
    said, share = area(square_metres, language, ("m2",)), percent(square_metres / whole)
    return f"{said}（{share}）" if language == "zh" else f"{said} ({share})"


def in_part_words(sure_m2: float, kept_m2: float, feared_m2: float, language: Language) -> str:
    """Say on how much ground a verdict surely holds, and how much must or else may have to be kept clear.

    >>> in_part_words(5, 3, 0, "en"), in_part_words(5, 3, 2, "en"), in_part_words(5, 0, 0, "en")
    ('keep clear of 3.00 m²', 'on 5.00 m²; may also have to keep clear of 2.00 m²', '')
    """
    sure, kept, feared = (area(each, language, ("m2",)) for each in (sure_m2, kept_m2, feared_m2))
    if feared_m2 and sure_m2 > LEAST_M2:
        return IN_PART[language].format(sure=sure, feared=feared)
    return KEEP[language].format(ground=kept) if kept_m2 else ""


def hangs_on(assessment: Assessment, causes: tuple[Cause, ...], language: Language) -> str:
    """Say in a row what something hangs on."""
    said = (what for _, what, _ in open_words(assessment.project, causes, assessment.rules_by_id, language))
    return {"zh": "；", "en": "; "}[language].join(dict.fromkeys(said))


def possible_words(assessment: Assessment, each: PossiblePermit, language: Language) -> str:
    """Say a sign-off that may be needed, and what that hangs on."""
    said = permit_words(assessment.project.rulebook, each.permit, language).strip(" →")
    return f"  {perhaps_words(said, [hangs_on(assessment, each.causes, language)], language)}"


def perhaps_words(permit: str, hangs: Sequence[str], language: Language) -> str:
    """Say that a sign-off, in words, may be needed, and what that hangs on."""
    if language == "zh":
        return f"→? 可能须办：{permit}；视{'；'.join(hangs)}而定"
    return f"→? possibly: {permit}; depends on: {'; '.join(hangs)}"


def how_to_say(rulebook: Rulebook, cause: Cause) -> str:
    """Return how a fact is stated on the command line."""
    if cause.kind != "fact":
        return ""
    fact = rulebook.facts[str(cause.name)]
    values = {"bool": ("yes", "no"), "number": ("…",), "date": ("YYYY-MM-DD",)}.get(fact.type, fact.values)
    return f" [--fact {fact.id}={'|'.join(values)}]"


def ground_words(project: Project, reason: Reason | Silence, language: Language) -> str:
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


def reason_words(rulebook: Rulebook, reason: Reason, language: Language, *, decided: bool = False) -> str:
    """Say a rule's outcome, under what it would hold, its condition, its law, and how a decision names it."""
    doubt = "" if reason.holds else doubt_words(rulebook, reason.rule, reason.unknown, language)
    said = f"{sign_of(reason.rule)} {finding_words(reason.rule, language, doubt, decided=decided)}"
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
        message = f"use {use!r} was not assessed; {choices(use, {each.id: each for each in asked.uses})}"
        raise QuestionError(message)
    if pathway not in [each.id for each in asked.pathways]:
        message = f"pathway {pathway!r} was not assessed; {choices(pathway, [each.id for each in asked.pathways])}"
        raise QuestionError(message)
    number = asked.number(known[use], pathway)
    judged = assessment.judgement
    reasons = tuple(reasons_of(assessment, parcel, number))
    at_least = Outcome(int(judged.least[place, number]))
    permits = () if at_least == Outcome.PROHIBITED else permits_of(assessment, reasons)
    ground = {name: float(values[judged.ground[place, number]]) for name, values in judged.grounds.items()}
    feared_m2 = ground["possibly_prohibited_m2"]
    return Explanation(
        assessment=assessment,
        parcel=parcel,
        use=known[use],
        pathway=pathway,
        at_least=at_least,
        at_most=Outcome(int(judged.most[place, number])),
        causes=judged.open_sets[judged.open[place, number]],
        reasons=reasons,
        permits=permits,
        possible_permits=possible_permits_of(assessment, place, number, permits),
        area_m2={name: ground[f"{name}_m2"] for name in OUTCOMES},
        possibly_prohibited_m2=feared_m2,
        feared=assessment.feared_on(place)[number] if feared_m2 else (),
        largest_remaining_m2=ground["largest_remaining_m2"],
        largest_possible_m2=ground["largest_possible_m2"],
        level=int(judged.level[place, number]),
        decisions=assessment.decided.get((place, number), ()),
        silences=tuple(silences_of(assessment, parcel, number)),
        steady=steadiness(assessment, parcel, number),
        building=footprint(assessment, place, number),
    )


def permits_of(assessment: Assessment, reasons: tuple[Reason, ...]) -> tuple[Permit, ...]:
    """Return the sign-offs that verified rules trigger where they surely hold, once each, in the table's order."""
    wanted = {
        permit
        for reason in reasons
        if asks_for(reason.rule) and reason.holds and reason.rule.verified
        for permit in reason.rule.approvals
    }
    return tuple(permit for permit in assessment.project.rulebook.permits.values() if permit.id in wanted)


def possible_permits_of(
    assessment: Assessment, place: int, question: int, permits: tuple[Permit, ...]
) -> tuple[PossiblePermit, ...]:
    """Return the sign-offs beside `permits` that a verdict may need, in the table's order; one that bars needs none."""
    if assessment.judgement.least[place, question] == Outcome.PROHIBITED:
        return ()
    found, table = assessment.possible_on(place), assessment.table
    wanted: dict[str, dict[Cause, None]] = {}
    for number, code in zip(found.rule.tolist(), found.code.tolist(), strict=True):
        if table.said[number, question]:
            for name in assessment.rules[number].approvals:
                wanted.setdefault(name, {}).update(dict.fromkeys(found.causes[code]))
    sure = {permit.id for permit in permits}
    return tuple(
        PossiblePermit(permit=permit, causes=tuple(sorted(wanted[name], key=lambda cause: cause.rank)))
        for name, permit in assessment.project.rulebook.permits.items()
        if name in wanted and name not in sure
    )
