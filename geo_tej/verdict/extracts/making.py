"""Put the extract of one parcel together."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from geo_tej.i18n import require_language
from geo_tej.model import LEVELS
from geo_tej.verdict.assumed import assumed_at, plain
from geo_tej.verdict.explanation import explain
from geo_tej.verdict.extracts.branches import branch_parts, judging
from geo_tej.verdict.extracts.findings import asked_actions, finding_part, name_of, silence_part
from geo_tej.verdict.extracts.ground import area_part, dropped_parts, layer_parts
from geo_tej.verdict.extracts.parts import ApprovalPart, AssumedPart, Extract, InputPart, RulebookPart, VerdictPart
from geo_tej.verdict.extracts.verdicts import tolerance_part, verdict_part
from geo_tej.verdict.reasons import reasons_of, silences_of

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.model import Permit
    from geo_tej.verdict.assessment import Assessment


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
        If the parcel was not assessed, or nothing is said in the language.
    """
    require_language(language or "en")
    place = assessment.position(parcel)
    project, rulebook, asked = assessment.project, assessment.project.rulebook, assessment.questions
    spoken = language or project.language
    reasons = reasons_of(assessment, parcel)
    names = {name_of(reason): f"F{number}" for number, reason in enumerate(reasons, start=1)}
    silences = {
        (each.layer, each.zone_class): (f"S{number}", each)
        for number, each in enumerate(silences_of(assessment, parcel), start=1)
    }
    judged = judging(assessment, parcel)
    verdicts: list[VerdictPart] = []
    approvals: dict[str, Permit] = {}
    used: set[str] = set()
    for use in asked.uses:
        for pathway in asked.pathways:
            told = explain(assessment, parcel, use.id, pathway.id)
            approvals |= {permit.id: permit for permit in told.permits}
            approvals |= {each.permit.id: each.permit for each in told.possible_permits}
            found = [names[name_of(reason)] for reason in told.reasons]
            found += [silences[each.layer, each.zone_class][0] for each in told.silences]
            used |= set(found)
            verdicts.append(verdict_part(told, found, branch_parts(told, judged), spoken))
    question = json.dumps([[use.id for use in asked.uses], [pathway.id for pathway in asked.pathways], parcel])
    identity = hashlib.sha256(f"{assessment.assessment_id}{question}".encode()).hexdigest()[:16]
    whole = Extract(
        schema=1,
        extract_id=identity,
        parcel=str(parcel),
        on=assessment.on.isoformat(),
        rulebook=RulebookPart(id=rulebook.id, version=rulebook.version, sha256=rulebook.sha256),
        scenario=project.scenario_title[spoken] if project.scenario_title else None,
        assumed=[
            AssumedPart(fact=each.fact.id, value=plain(each.value), recorded=plain(each.recorded[0]))
            for each in assumed_at(assessment, place)
        ],
        notice=project.notice[spoken] if project.notice else None,
        inputs=[
            InputPart(
                layer=layer.id,
                sha256=layer.provenance.sha256,
                date=layer.provenance.date.isoformat() if layer.provenance.date else None,
            )
            for layer in project.layers.values()
        ],
        area=area_part(assessment, place),
        layers=layer_parts(assessment, place),
        findings={
            names[name_of(reason)]: finding_part(reason, asked_actions(assessment), spoken)
            for reason in reasons
            if names[name_of(reason)] in used
        }
        | {name: silence_part(each, assessment, spoken) for name, each in silences.values() if name in used},
        approvals={
            permit.id: ApprovalPart(
                ref=permit.id, what=permit.what[spoken], authority=permit.authority[spoken],
                level=LEVELS[permit.level], article=permit.article, before=permit.before[spoken],
            )
            for permit in approvals.values()
        },
        verdicts=verdicts,
        tolerance=tolerance_part(assessment, parcel, spoken),
        dropped=dropped_parts(assessment, parcel),
        disclaimer=rulebook.disclaimer[spoken],
    )  # fmt: skip
    return whole.model_dump(mode="json", by_alias=True)
