"""What a verdict would be if what is unknown had a value."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from geo_tej.model import OUTCOMES, Outcome
from geo_tej.verdict.assessment import assume, suppose
from geo_tej.verdict.extracts.parts import BranchPart

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_tej.verdict.assessment import Assessment
    from geo_tej.verdict.cause import Cause
    from geo_tej.verdict.explanation import Explanation
    from geo_tej.verdict.judge import Judgement


def judging(assessment: Assessment, parcel: str) -> Callable[[Cause, str], Judgement]:
    """Return how one parcel is judged where an unknown attribute or fact has a value, once a value."""
    return cache(partial(_judged, assessment, parcel))


def branch_parts(told: Explanation, judged: Callable[[Cause, str], Judgement]) -> list[BranchPart]:
    """Say what the verdict would be under each value of what leaves it open."""
    number = told.assessment.questions.number(told.use, told.pathway)
    rulebook = told.assessment.project.rulebook
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
            judgement = judged(cause, value)
            least, most = int(judgement.least[0, number]), int(judgement.most[0, number])
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


def _judged(assessment: Assessment, parcel: str, cause: Cause, value: str) -> Judgement:
    if cause.kind == "attribute":
        return assume(assessment, parcel, (str(cause.layer), str(cause.name)), value)
    return suppose(assessment, parcel, str(cause.name), value)


def _values_that_matter(told: Explanation, fact: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the values that some rule on this verdict tests for, or all where a test is no equality of one kind."""
    tests = [
        test for reason in told.reasons if reason.rule.when for test in reason.rule.when.tests if test.fact == fact
    ]
    if fact in told.assessment.project.rulebook.uses[told.use].columns:
        named = told.assessment.project.rulebook.uses[told.use].columns[fact].split("|")
        return tuple(value for value in values if value in named)
    return values if tests else ()
