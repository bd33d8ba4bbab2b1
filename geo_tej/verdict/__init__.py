"""Verdicts: `assess()` is the one way from layers to them, `explain()` and `extract()` say them."""

from geo_tej.verdict.assessment import Assessment, assess
from geo_tej.verdict.cause import Cause
from geo_tej.verdict.enterprises import enterprise_verdicts
from geo_tej.verdict.explanation import Explanation, explain
from geo_tej.verdict.extracts import extract

__all__ = ["Assessment", "Cause", "Explanation", "assess", "enterprise_verdicts", "explain", "extract"]
