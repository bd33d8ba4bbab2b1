"""Judge one parcel again, as if something unknown were known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geo_tej.verdict.judge import Judgement, judge
from geo_tej.verdict.table import assuming

if TYPE_CHECKING:
    from geo_tej.verdict.assessment.value import Assessment


def assume(assessment: Assessment, parcel: str, attribute: tuple[str, str], value: str) -> Judgement:
    """Judge one parcel again as if an unknown attribute of a layer had this value."""
    evidence = assessment.evidence.only(assessment.position(parcel))
    table = assuming(assessment.table, {attribute: value})
    return judge(evidence, assessment.project.rulebook, table, decisions=assessment.decisions)


def suppose(assessment: Assessment, parcel: str, fact: str, value: str) -> Judgement:
    """Judge one parcel again as if an unknown fact had this value."""
    evidence = assessment.evidence.only(assessment.position(parcel))
    evidence = replace(evidence, known=evidence.known.stating(fact, value))
    return judge(evidence, assessment.project.rulebook, assessment.table, decisions=assessment.decisions)
