"""What an extract says of each use and pathway: the verdict, what leaves it open, how steady it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_tej.model import OUTCOMES
from geo_tej.verdict.extracts.parts import (
    BoundaryPart,
    BranchPart,
    BuildingPart,
    DecisionPart,
    OpenPart,
    PossibleApprovalPart,
    SteadyPart,
    TolerancePart,
    VerdictPart,
)
from geo_tej.verdict.steadiness import centimetres, steadiness, steadiness_words
from geo_tej.verdict.words import cause_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_tej.i18n import Language
    from geo_tej.verdict.assessment import Assessment
    from geo_tej.verdict.cause import Cause
    from geo_tej.verdict.explanation import Explanation
    from geo_tej.verdict.footprint import Footprint
    from geo_tej.verdict.steadiness import Steadiness


def verdict_part(told: Explanation, found: list[str], branches: list[BranchPart], language: Language) -> VerdictPart:
    """Say one verdict, with the findings it rests on and its branches."""
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
        building=_building(told.building, language),
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


def _building(under: Footprint | None, language: Language) -> BuildingPart | None:
    if under is None:
        return None
    return BuildingPart(
        built_m2=round(under.built_m2, 4), prohibited_m2=round(under.prohibited_m2, 4),
        possibly_prohibited_m2=round(under.possibly_prohibited_m2, 4), words=under.words(language),
    )  # fmt: skip


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


def tolerance_part(assessment: Assessment, parcel: str, language: Language) -> TolerancePart | None:
    """Say how steady the verdicts on a parcel are, None where it was not asked."""
    robust, steady = assessment.robust, steadiness(assessment, parcel)
    if robust is None or steady is None:
        return None
    return TolerancePart(
        metres=dict(robust.tolerance_m), fixed=list(robust.fixed),
        parcel=_steady(assessment, steady, language, whole=True),
    )  # fmt: skip
