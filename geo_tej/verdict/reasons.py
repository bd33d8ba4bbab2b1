"""What speaks on a parcel, one by one: rules, and zones that bar uses by not listing them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.model import Rule
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
class Silence:
    """A zone whose layer bars the use by not listing it, and how much of the parcel lies in it."""

    layer: str
    zone_class: str
    area_m2: float
    share: float


def reasons_of(assessment: Assessment, parcel: str, question: int | None = None) -> list[Reason]:
    """Return every rule that speaks on a parcel, or on one question, heading layers first, then the strictest."""
    _, found = assessment.found_on(assessment.position(parcel))
    heard = found.is_rule if question is None else found.is_rule & found.speaks(question)
    return [reason for reason, _ in _reasons_at(assessment, parcel, heard)]


def reasons_spoken(assessment: Assessment, parcel: str) -> list[tuple[Reason, NDArray[np.bool_]]]:
    """Return every rule that speaks on a parcel, in the order of `reasons_of`, and the questions it speaks on there."""
    _, found = assessment.found_on(assessment.position(parcel))
    told = _reasons_at(assessment, parcel, found.is_rule)
    return [(reason, found.questions(place)) for reason, place in told]


def _reasons_at(assessment: Assessment, parcel: str, heard: NDArray[np.bool_]) -> list[tuple[Reason, int]]:
    """Return the rules of some findings on a parcel, in order, each with the place of its finding."""
    evidence, found = assessment.found_on(assessment.position(parcel))
    heads = {name for name, law in assessment.project.rulebook.layers.items() if law.heads_extract}
    reasons = []
    for place in np.flatnonzero(heard).tolist():
        hit, rule = int(found.hit[place]), assessment.rules[found.speaker[place]]
        reason = Reason(
            rule=rule,
            layer=rule.layer,
            zone_class=evidence.keys[evidence.hits.key[hit]].label if hit >= 0 else "",
            area_m2=float(found.area_m2[place]),
            share=float(found.share[place]),
            distance_m=float(evidence.hits.distance_m[hit]) if hit >= 0 else np.nan,
            holds=bool(found.holds[place]),
            unknown=found.unknown(place),
        )
        reasons.append((reason, place))
    return sorted(
        reasons,
        key=lambda each: (
            each[0].layer not in heads,
            -each[0].rule.outcome,
            not each[0].rule.verified,
            -each[0].area_m2,
            each[0].rule.id,
        ),
    )


def silences_of(assessment: Assessment, parcel: str, question: int | None = None) -> list[Silence]:
    """Return the zones on a parcel that bar a use by not listing it, or bar it on one question, largest first."""
    spoken = silences_spoken(assessment, parcel)
    return [silence for silence, barred in spoken if (barred.any() if question is None else barred[question])]


def silences_spoken(assessment: Assessment, parcel: str) -> list[tuple[Silence, NDArray[np.bool_]]]:
    """Return the zones on a parcel that bar uses by not listing them, and the questions they bar, largest first."""
    evidence, found = assessment.found_on(assessment.position(parcel))
    told = []
    for place in np.flatnonzero(~found.is_rule):
        key = evidence.keys[evidence.hits.key[found.hit[place]]]
        size, share = float(found.area_m2[place]), float(found.share[place])
        silence = Silence(layer=key.layer, zone_class=key.label, area_m2=size, share=share)
        told.append((silence, found.questions(int(place))))
    return sorted(told, key=lambda each: (-each[0].area_m2, each[0].layer, each[0].zone_class))
