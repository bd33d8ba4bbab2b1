"""Verdicts: `assess()` is the one way from layers to them, `explain()` and `extract()` say them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_tej.lazy import resolve

if TYPE_CHECKING:
    from geo_tej.verdict.assessment import Assessment, assess
    from geo_tej.verdict.cause import Cause
    from geo_tej.verdict.enterprises import enterprise_verdicts
    from geo_tej.verdict.explanation import Explanation, explain
    from geo_tej.verdict.extracts import extract

_HOME = {
    "Assessment": "assessment",
    "Cause": "cause",
    "Explanation": "explanation",
    "assess": "assessment",
    "enterprise_verdicts": "enterprises",
    "explain": "explanation",
    "extract": "extracts",
}

__all__ = ["Assessment", "Cause", "Explanation", "assess", "enterprise_verdicts", "explain", "extract"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    return resolve(__name__, _HOME, name)
