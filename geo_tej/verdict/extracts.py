"""The extract of one parcel, as data: the contract that other programs hold on to. Its JSON Schema is shipped."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from geo_tej.measure import ellipsoidal_area_m2, registered_m2
from geo_tej.model import LEVELS, OUTCOMES, STATES, Outcome
from geo_tej.rules import action_mask
from geo_tej.verdict.assessment import Assessment, assume, suppose
from geo_tej.verdict.cause import Cause
from geo_tej.verdict.explanation import Explanation, Reason, Silence, explain, reasons_of, silences_of
from geo_tej.verdict.steadiness import centimetres, steadiness, steadiness_words
from geo_tej.verdict.words import cause_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_tej.i18n import Language
    from geo_tej.model import Permit
    from geo_tej.verdict.judge import Judgement
    from geo_tej.verdict.steadiness import Steadiness

OutcomeWord = Literal["permitted", "conditional", "prohibited", "unknown"]
Strict = ConfigDict(extra="forbid")


class RulebookPart(BaseModel):
    """Which law was applied."""

    model_config = Strict
    id: str
    version: str
    sha256: str


class InputPart(BaseModel):
    """A layer that the answer rests on; `sha256` over its logical content, empty if it could not be read."""

    model_config = Strict
    layer: str
    sha256: str
    date: str | None


class AreaPart(BaseModel):
    """The parcel's areas in m²; `convention` says which one shares refer to."""

    model_config = Strict
    drawn_m2: float
    ellipsoidal_m2: float
    registered_m2: float | None
    convention: Literal["drawn"]


class OverlapPart(BaseModel):
    """How much of the parcel lies in a class of zone.

    By the registered convention, where there is a registered area: `registered_m2` is the drawn overlap times
    registered over drawn, rounded to whole m², and `registered_share` that rounded area by the registered one.
    """

    model_config = Strict
    zone_class: str
    area_m2: float
    share: float = Field(ge=0, le=1)
    registered_m2: float | None
    registered_share: float | None


class LayerPart(BaseModel):
    """A layer's state at the parcel."""

    model_config = Strict
    id: str
    state: Literal["affected", "not_affected", "no_data", "failed", "silent"]
    overlaps: list[OverlapPart]


class FindingPart(BaseModel):
    """A rule that speaks on the parcel; `holds` is false where an attribute or fact that it asks for is unknown.

    A zone that bars uses because its layer does not list them is one too, without a rule, ref, source and article.
    `signed` says who checked the rule's text and when, where a sign-off of the project says so.
    """

    model_config = Strict
    rule: str
    ref: str
    action: list[str]
    binds: Literal["ground", "parcel"]
    layer: str | None
    zone_class: str
    area_m2: float
    share: float
    distance_m: float | None
    outcome: OutcomeWord
    source: str
    article: str
    condition: str
    verified: bool
    signed: str
    holds: bool


class ApprovalPart(BaseModel):
    """A sign-off."""

    model_config = Strict
    ref: str
    what: str
    authority: str
    level: Literal["county", "city", "province", "state"]
    article: str
    before: str


class OpenPart(BaseModel):
    """Why a verdict is open, and what would settle it."""

    model_config = Strict
    cause: Literal["layer", "attribute", "fact", "unverified", "officer", "unlisted", "base", "geometry", "size"]
    layer: str | None
    fact: str | None
    rule: str | None
    words: str
    settled_by: str


class PossibleApprovalPart(BaseModel):
    """An approval, by its id in `approvals`, that may be needed and may not, and what that hangs on."""

    model_config = Strict
    approval: str
    depends_on: list[OpenPart]


class BranchPart(BaseModel):
    """What the verdict would be if an unknown attribute or fact had a value."""

    model_config = Strict
    attribute: str
    value: str
    outcome: OutcomeWord
    at_least: OutcomeWord
    at_most: OutcomeWord


class DecisionPart(BaseModel):
    """What an officer decided on a rule that leaves something to them: it stands beside the finding."""

    model_config = Strict
    rule: str
    decision: Literal["permitted", "conditional", "prohibited"]
    reason: str
    officer: str
    date: str
    document: str


class BoundaryPart(BaseModel):
    """A boundary: that of a class of zone, or a distance around a class of objects."""

    model_config = Strict
    layer: str
    zone_class: str
    distance_m: float | None


class SteadyPart(BaseModel):
    """Whether a verdict is stable if boundaries are off by their tolerances, or from which error on it may change.

    Of a parcel, the first of its verdicts that may. `changes_at_m` is how far a boundary must be off, as a lower bound
    rounded down to a centimetre; `boundary` is null for the edge of the plans in force.
    """

    model_config = Strict
    stable: bool
    changes_at_m: float | None
    boundary: BoundaryPart | None
    words: str


class TolerancePart(BaseModel):
    """By how many metres the boundaries of layers were taken to be off, by layer, and which layers were not moved."""

    model_config = Strict
    metres: dict[str, float]
    fixed: list[str]
    parcel: SteadyPart


class VerdictPart(BaseModel):
    """Parcel x use x pathway; `tolerance` is null where it was not asked.

    Of the ground, `possibly_prohibited_m2` may be prohibited and may not, whatever the verdict of the whole: the
    largest piece that remains is told as it surely is and, with that ground, as it possibly is.
    """

    model_config = Strict
    use: str
    pathway: str
    outcome: OutcomeWord
    at_least: OutcomeWord
    at_most: OutcomeWord
    words: str
    open: list[OpenPart]
    branches: list[BranchPart]
    area_m2_by_outcome: dict[OutcomeWord, float]
    possibly_prohibited_m2: float
    possibly_prohibited_by: list[OpenPart]
    largest_remaining_m2: float
    largest_possible_m2: float
    findings: list[str]
    decisions: list[DecisionPart]
    approvals: list[str]
    possible_approvals: list[PossibleApprovalPart]
    tolerance: SteadyPart | None


class DroppedPart(BaseModel):
    """An overlap that a threshold kept out."""

    model_config = Strict
    layer: str
    zone_class: str
    area_m2: float
    width_m: float | None
    reason: str


class Extract(BaseModel):
    """Everything the tool says of one parcel."""

    model_config = Strict
    schema_: Literal[1] = Field(1, alias="schema")
    extract_id: str
    parcel: str
    on: str
    rulebook: RulebookPart
    scenario: str | None
    notice: str | None
    inputs: list[InputPart]
    area: AreaPart
    layers: list[LayerPart]
    findings: dict[str, FindingPart]
    approvals: dict[str, ApprovalPart]
    verdicts: list[VerdictPart]
    tolerance: TolerancePart | None
    dropped: list[DroppedPart]
    disclaimer: str


def extract(assessment: Assessment, parcel: str, *, language: Language | None = None) -> dict[str, Any]:
    """Return the extract of one parcel, ready for JSON; `schema()` describes it.

    Parameters
    ----------
    assessment
        What was asked and answered.
    parcel
        Its id.
    language
        Of the words in it; the project's unless given.

    Raises
    ------
    QuestionError
        If the parcel was not assessed.
    """
    place = assessment.position(parcel)
    project, rulebook, asked = assessment.project, assessment.project.rulebook, assessment.questions
    spoken = language or project.language
    reasons = reasons_of(assessment, parcel)
    names = {_name(reason): f"F{number}" for number, reason in enumerate(reasons, start=1)}
    silences = {
        (each.layer, each.zone_class): (f"S{number}", each)
        for number, each in enumerate(silences_of(assessment, parcel), start=1)
    }
    branches = _Branches(assessment, parcel)
    verdicts: list[VerdictPart] = []
    approvals: dict[str, Permit] = {}
    used: set[str] = set()
    for use in asked.uses:
        for pathway in asked.pathways:
            told = explain(assessment, parcel, use.id, pathway.id)
            approvals |= {permit.id: permit for permit in told.permits}
            approvals |= {each.permit.id: each.permit for each in told.possible_permits}
            found = [names[_name(reason)] for reason in told.reasons]
            found += [silences[each.layer, each.zone_class][0] for each in told.silences]
            used |= set(found)
            verdicts.append(_verdict(told, found, branches.of(told), spoken))
    question = json.dumps([[use.id for use in asked.uses], [pathway.id for pathway in asked.pathways], parcel])
    identity = hashlib.sha256(f"{assessment.assessment_id}{question}".encode()).hexdigest()[:16]
    whole = Extract(
        schema=1,
        extract_id=identity,
        parcel=str(parcel),
        on=assessment.on.isoformat(),
        rulebook=RulebookPart(id=rulebook.id, version=rulebook.version, sha256=rulebook.sha256),
        scenario=project.scenario_title[spoken] if project.scenario_title else None,
        notice=project.notice[spoken] if project.notice else None,
        inputs=[
            InputPart(
                layer=layer.id,
                sha256=layer.provenance.sha256,
                date=layer.provenance.date.isoformat() if layer.provenance.date else None,
            )
            for layer in project.layers.values()
        ],
        area=_area(assessment, place),
        layers=_layers(assessment, place),
        findings={
            names[_name(reason)]: _finding(reason, asked_actions(assessment), spoken)
            for reason in reasons
            if names[_name(reason)] in used
        }
        | {name: _silence(each, assessment, spoken) for name, each in silences.values() if name in used},
        approvals={
            permit.id: ApprovalPart(
                ref=permit.id, what=permit.what[spoken], authority=permit.authority[spoken],
                level=LEVELS[permit.level], article=permit.article, before=permit.before[spoken],
            )
            for permit in approvals.values()
        },
        verdicts=verdicts,
        tolerance=_tolerance(assessment, parcel, spoken),
        dropped=_dropped(assessment, parcel),
        disclaimer=rulebook.disclaimer[spoken],
    )  # fmt: skip
    return whole.model_dump(mode="json", by_alias=True)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of what `check --json` prints: a list of extracts."""
    written = Extract.model_json_schema(by_alias=True, mode="serialization")
    definitions = written.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "geo_tej extracts",
        "type": "array",
        "items": written,
        "$defs": definitions,
    }


def asked_actions(assessment: Assessment) -> frozenset[Any]:
    """Return all actions of the pathways that were asked for."""
    return frozenset(action for pathway in assessment.questions.pathways for action in pathway.actions)


class _Branches:
    """Verdicts of one parcel under each value of what is unknown, judged once a value."""

    def __init__(self, assessment: Assessment, parcel: str) -> None:
        self.assessment, self.parcel = assessment, parcel
        self.judged: dict[tuple[Cause, str], Judgement] = {}

    def of(self, told: Explanation) -> list[BranchPart]:
        number = self.assessment.questions.number(told.use, told.pathway)
        rulebook = self.assessment.project.rulebook
        parts = []
        for cause in told.causes:
            if cause.kind == "attribute":
                values = rulebook.layers[str(cause.layer)].attributes[str(cause.name)]
                attribute = f"{cause.layer}.{cause.name}"
            elif cause.kind == "fact":
                values = _values_that_matter(told, str(cause.name), rulebook.facts[str(cause.name)].values)
                attribute = str(cause.name)
            else:
                continue
            for value in values:
                judged = self._judge(cause, value)
                least, most = int(judged.least[0, number]), int(judged.most[0, number])
                parts.append(
                    BranchPart(
                        attribute=attribute,
                        value=value,
                        outcome=OUTCOMES[least if least == most else Outcome.UNKNOWN],
                        at_least=OUTCOMES[least],
                        at_most=OUTCOMES[most],
                    )
                )
        return parts

    def _judge(self, cause: Cause, value: str) -> Judgement:
        if (cause, value) not in self.judged:
            if cause.kind == "attribute":
                attribute = (str(cause.layer), str(cause.name))
                self.judged[cause, value] = assume(self.assessment, self.parcel, attribute, value)
            else:
                self.judged[cause, value] = suppose(self.assessment, self.parcel, str(cause.name), value)
        return self.judged[cause, value]


def _values_that_matter(told: Explanation, fact: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the values that some rule on this verdict tests for, or all where a test is no equality of one kind."""
    tests = [
        test for reason in told.reasons if reason.rule.when for test in reason.rule.when.tests if test.fact == fact
    ]
    if fact in told.assessment.project.rulebook.uses[told.use].columns:
        named = told.assessment.project.rulebook.uses[told.use].columns[fact].split("|")
        return tuple(value for value in values if value in named)
    return values if tests else ()


def _open(told: Explanation, causes: Iterable[Cause], language: Language) -> list[OpenPart]:
    """Say each cause, and what would settle it."""
    opens = []
    for cause in causes:
        words, settled = cause_words(told.assessment.project, cause, told.assessment.rules_by_id, language)
        fact = cause.name if cause.kind == "fact" else None
        rule = cause.name if cause.kind in ("unverified", "officer") else None
        opens.append(
            OpenPart(cause=cause.kind, layer=cause.layer, fact=fact, rule=rule, words=words, settled_by=settled)
        )
    return opens


def _verdict(told: Explanation, found: list[str], branches: list[BranchPart], language: Language) -> VerdictPart:
    return VerdictPart(
        use=told.use,
        pathway=told.pathway,
        outcome=OUTCOMES[told.outcome],
        at_least=OUTCOMES[told.at_least],
        at_most=OUTCOMES[told.at_most],
        words=told.headline(language),
        open=_open(told, told.causes, language),
        branches=branches,
        area_m2_by_outcome={name: round(value, 4) for name, value in told.area_m2.items()},
        possibly_prohibited_m2=round(told.possibly_prohibited_m2, 4),
        possibly_prohibited_by=_open(told, told.feared, language),
        largest_remaining_m2=round(told.largest_remaining_m2, 4),
        largest_possible_m2=round(told.largest_possible_m2, 4),
        findings=found,
        decisions=[
            DecisionPart(
                rule=each.rule, decision=OUTCOMES[each.outcome], reason=each.reason, officer=each.officer,
                date=each.date.isoformat(), document=each.document,
            )
            for each in told.decisions
        ],
        approvals=[permit.id for permit in told.permits],
        possible_approvals=[
            PossibleApprovalPart(approval=each.permit.id, depends_on=_open(told, each.causes, language))
            for each in told.possible_permits
        ],
        tolerance=_steady(told.assessment, told.steady, language) if told.steady else None,
    )  # fmt: skip


def _steady(assessment: Assessment, steady: Steadiness, language: Language, *, whole: bool = False) -> SteadyPart:
    key = steady.key
    return SteadyPart(
        stable=steady.stable,
        changes_at_m=None
        if steady.changes_at_m is None
        else float(centimetres(np.array([steady.changes_at_m], np.float32))[0]),
        boundary=None
        if key is None
        else BoundaryPart(layer=key.layer, zone_class=key.zone_class, distance_m=key.distance_m),
        words=steadiness_words(assessment, steady, language, whole=whole),
    )


def _tolerance(assessment: Assessment, parcel: str, language: Language) -> TolerancePart | None:
    robust, steady = assessment.robust, steadiness(assessment, parcel)
    if robust is None or steady is None:
        return None
    return TolerancePart(
        metres=dict(robust.tolerance_m), fixed=list(robust.fixed),
        parcel=_steady(assessment, steady, language, whole=True),
    )  # fmt: skip


def _name(reason: Reason) -> tuple[str, str]:
    return reason.rule.id, reason.zone_class


def _finding(reason: Reason, asked: frozenset[Any], language: Language) -> FindingPart:
    rule = reason.rule
    actions = [action.value for action in asked if action in rule.actions]
    return FindingPart(
        rule=rule.id, ref=rule.ref, action=sorted(actions, key=lambda name: int(action_mask([name]))), binds=rule.binds,
        layer=reason.layer, zone_class=reason.zone_class, area_m2=round(reason.area_m2, 4), share=reason.share,
        distance_m=None if math.isnan(reason.distance_m) else round(reason.distance_m, 3),
        outcome=OUTCOMES[rule.outcome], source=rule.source, article=rule.article,
        condition=rule.condition[language], verified=rule.verified, signed=rule.signed,
        holds=reason.holds,
    )  # fmt: skip


def _silence(silence: Silence, assessment: Assessment, language: Language) -> FindingPart:
    words, _ = cause_words(assessment.project, Cause(kind="unlisted", layer=silence.layer), {}, language)
    actions = sorted((action.value for action in asked_actions(assessment)), key=lambda name: int(action_mask([name])))
    return FindingPart(
        rule="", ref="", action=actions, binds="ground", layer=silence.layer, zone_class=silence.zone_class,
        area_m2=round(silence.area_m2, 4), share=silence.share, distance_m=None, outcome="prohibited", source="",
        article="", condition=words, verified=True, signed="", holds=True,
    )  # fmt: skip


def _area(assessment: Assessment, place: int) -> AreaPart:
    geometry = assessment.parcels.geometry.to_numpy()[place : place + 1]
    return AreaPart(
        drawn_m2=round(float(assessment.evidence.area_m2[place]), 4),
        ellipsoidal_m2=round(float(ellipsoidal_area_m2(geometry, assessment.project.crs)[0]), 4),
        registered_m2=_registered(assessment, place),
        convention="drawn",
    )


def _registered(assessment: Assessment, place: int) -> float | None:
    if "registered_m2" not in assessment.parcels.columns:
        return None
    value = float(assessment.parcels["registered_m2"].to_numpy(float, na_value=np.nan)[place])
    return None if math.isnan(value) else value


def _layers(assessment: Assessment, place: int) -> list[LayerPart]:
    evidence = assessment.evidence
    met = evidence.hits.parcel == place
    drawn, registered = float(evidence.area_m2[place]), _registered(assessment, place)
    parts = []
    for column, name in enumerate(evidence.layers):
        overlaps = []
        for row in np.flatnonzero(met):
            key = evidence.keys[evidence.hits.key[row]]
            if key.layer != name:
                continue
            area = float(evidence.hits.area_m2[row])
            scaled = None if registered is None else registered_m2(area, drawn_m2=drawn, registered_m2=registered)
            overlaps.append(
                OverlapPart(
                    zone_class=key.label,
                    area_m2=round(area, 4),
                    share=float(evidence.hits.share[row]),
                    registered_m2=scaled,
                    registered_share=None if scaled is None or not registered else min(scaled / registered, 1.0),
                )
            )
        state = STATES[evidence.states[place, column]]
        parts.append(LayerPart(id=name, state=state, overlaps=overlaps))
    return parts


def _dropped(assessment: Assessment, parcel: str) -> list[DroppedPart]:
    rows = assessment.dropped[assessment.dropped["parcel_id"] == parcel]
    return [
        DroppedPart(
            layer=row["layer"], zone_class=row["zone_class"], area_m2=round(row["area_m2"], 4),
            width_m=round(row["width_m"], 4) if math.isfinite(row["width_m"]) else None, reason=row["reason"],
        )
        for row in rows.to_dict("records")
    ]  # fmt: skip
