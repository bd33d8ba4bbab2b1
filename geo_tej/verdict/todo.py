"""Which unread articles matter most: the verdicts of one's own layers that each unverified rule holds open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.verdict.cause import Cause

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.model import Rule
    from geo_tej.verdict.assessment import Assessment

SLIVER = 1e-9
"""A share of a parcel that is nothing but rounding."""


def todo(assessment: Assessment) -> pd.DataFrame:
    """Rank the unverified rules by the verdicts (parcel x use x pathway) that they hold open, most first.

    A rule holds a verdict open if it is named among its causes; or, in a base layer, if the verdict waits for a plan
    that provides for the use, and this rule would be that plan.

    Returns
    -------
    pandas.DataFrame
        A row an unverified rule in force, indexed by its id: `verdicts` that it holds open, `alone` those that wait
        for nothing else, so that reading one text settles them, and `parcels` on which there are such verdicts.
    """
    rows = {rule.id: _counts(assessment, rule) for rule in assessment.rules if not rule.verified}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["verdicts", "alone", "parcels"], dtype=int)
    return table.rename_axis("rule").sort_values(list(table.columns), ascending=False, kind="stable")


def _counts(assessment: Assessment, rule: Rule) -> tuple[int, int, int]:
    judged = assessment.judgement
    named = Cause(kind="unverified", layer=rule.layer, name=rule.id)
    plan = Cause(kind="base", layer=rule.layer)
    grants, wholly = _would_grant(assessment, rule)
    # a truth value a set of causes, then spread over the verdicts: sets are few, verdicts are many
    names = _spread(assessment, [named in causes for causes in judged.open_sets])
    waits = _spread(assessment, [plan in causes for causes in judged.open_sets])
    few = _spread(assessment, [set(causes) <= {named, plan} for causes in judged.open_sets])
    # of several that would do, the strictest does by itself where its zone is all of the parcel
    milder = {Cause(kind="unverified", layer=each.layer, name=each.id) for each in _no_stricter(assessment, rule)}
    enough = _spread(assessment, [set(causes) <= {named, plan, *milder} for causes in judged.open_sets])
    held = names | (waits & grants)
    alone = held & ((few & (wholly | ~waits)) | (enough & wholly & _all_of_it(assessment, rule)[:, None]))
    return int(held.sum()), int(alone.sum()), int(held.any(axis=1).sum())


def _no_stricter(assessment: Assessment, rule: Rule) -> list[Rule]:
    """Return the unverified rules of the same layer that cannot be stricter than this one."""
    alike = [each for each in assessment.rules if each.layer == rule.layer and not each.verified]
    return [each for each in alike if max(each.outcome, each.could_be or each.outcome) <= rule.outcome]


def _all_of_it(assessment: Assessment, rule: Rule) -> NDArray[np.bool_]:
    """Tell on which parcels the zone of a rule is the whole ground."""
    found, whole = assessment.found, np.zeros(len(assessment.evidence.ids), dtype=bool)
    mine = (found.speaker == assessment.table.number(rule)) & (found.share > 1 - SLIVER)
    whole[found.parcel[mine]] = True
    return whole


def _spread(assessment: Assessment, of_sets: list[bool]) -> NDArray[np.bool_]:
    """Give every verdict what is true of its set of open causes."""
    return np.asarray(np.array(of_sets, dtype=bool)[assessment.judgement.open], dtype=np.bool_)


def _would_grant(assessment: Assessment, rule: Rule) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell, parcels x questions, where a rule of a base layer would grant some, or all, of the actions meant."""
    evidence = assessment.evidence
    nothing = np.zeros(assessment.judgement.open.shape, dtype=bool)
    if rule.layer is None or not assessment.project.rulebook.layers[rule.layer].base:
        return nothing, nothing
    number = assessment.table.number(rule)
    met = np.zeros(len(evidence.ids), dtype=bool)
    met[assessment.found.parcel[assessment.found.speaker == number]] = True
    said = assessment.table.said[number]
    return met[:, None] & (said > 0), met[:, None] & (said == assessment.table.needed)
