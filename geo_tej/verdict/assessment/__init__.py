"""The one way from layers to verdicts: `assess()`, and the assessment that it returns."""

from geo_tej.verdict.assessment.asking import Prepared, assess, assess_met, prepare
from geo_tej.verdict.assessment.frames import NO_PLAN
from geo_tej.verdict.assessment.supposing import assume, suppose
from geo_tej.verdict.assessment.value import Assessment

__all__ = ["NO_PLAN", "Assessment", "Prepared", "assess", "assess_met", "assume", "prepare", "suppose"]
