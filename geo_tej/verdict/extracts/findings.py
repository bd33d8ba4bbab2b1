"""What an extract says of the rules that speak, and of zones that bar what they do not list."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from geo_tej.model import OUTCOMES
from geo_tej.rules import action_mask
from geo_tej.verdict.cause import Cause
from geo_tej.verdict.extracts.parts import FindingPart
from geo_tej.verdict.words import cause_words

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.verdict.assessment import Assessment
    from geo_tej.verdict.reasons import Reason, Silence


def name_of(reason: Reason) -> tuple[str, str]:
    """Return what tells a finding from the others of its parcel: the rule, and the class of zone."""
    return reason.rule.id, reason.zone_class


def asked_actions(assessment: Assessment) -> frozenset[Any]:
    """Return all actions of the pathways that were asked for."""
    return frozenset(action for pathway in assessment.questions.pathways for action in pathway.actions)


def finding_part(reason: Reason, asked: frozenset[Any], language: Language) -> FindingPart:
    """Say what a rule says on the parcel, to the actions asked for."""
    rule = reason.rule
    actions = [action.value for action in asked if action in rule.actions]
    return FindingPart(
        rule=rule.id, ref=rule.ref, action=sorted(actions, key=lambda name: int(action_mask([name]))), binds=rule.binds,
        layer=reason.layer, zone_class=reason.zone_class, area_m2=round(reason.area_m2, 4), share=reason.share,
        distance_m=None if math.isnan(reason.distance_m) else round(reason.distance_m, 3),
        outcome=OUTCOMES[rule.outcome], duty=rule.is_duty, source=rule.source, article=rule.article,
        condition=rule.condition[language], verified=rule.verified, signed=rule.signed,
        holds=reason.holds,
    )  # fmt: skip


def silence_part(silence: Silence, assessment: Assessment, language: Language) -> FindingPart:
    """Say that a zone bars uses because its layer does not list them."""
    words, _ = cause_words(assessment.project, Cause(kind="unlisted", layer=silence.layer), {}, language)
    actions = sorted((action.value for action in asked_actions(assessment)), key=lambda name: int(action_mask([name])))
    return FindingPart(
        rule="", ref="", action=actions, binds="ground", layer=silence.layer, zone_class=silence.zone_class,
        area_m2=round(silence.area_m2, 4), share=silence.share, distance_m=None, outcome="prohibited", duty=False,
        source="", article="", condition=words, verified=True, signed="", holds=True,
    )  # fmt: skip
