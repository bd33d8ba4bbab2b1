"""Decisions that outlive their finding: the rule that an officer decided on no longer speaks on the parcel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.verdict.assessment import assess
from geo_tej.verdict.reasons import reasons_of

if TYPE_CHECKING:
    from datetime import date

    from geo_tej.model import Decision, Project
    from geo_tej.verdict.assessment import Assessment


def outlived_on(assessment: Assessment, parcel: str) -> tuple[Decision, ...]:
    """Return the decisions on a parcel whose rules no longer speak on it; of a layer that failed nothing is known."""
    decided = [each for each in assessment.decisions if each.parcel == parcel and each.use]
    if not decided:
        return ()
    speaking = {reason.rule.id for reason in reasons_of(assessment, parcel)}
    faults = assessment.project.faults
    unknown = {rule.id for rule in assessment.rules if rule.layer in faults}
    return tuple(each for each in decided if each.rule not in speaking | unknown)


def outlived(project: Project, *, on: date | None = None) -> tuple[Decision, ...]:
    """Return the decisions of a project whose rules no longer speak on their parcels, by parcel."""
    names = {each.parcel for each in project.decisions if each.use}
    parcels = project.parcels[project.parcels.index.isin(names)]
    if not len(parcels):
        return ()
    assessment = assess(project, parcels=parcels, on=on, tolerance=0)
    return tuple(each for name in parcels.index for each in outlived_on(assessment, name))
