"""Which unread articles matter most: the verdicts of one's own layers that each unverified rule holds open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from geo_tej.verdict.assessment import Assessment


def todo(assessment: Assessment) -> pd.DataFrame:
    """Rank the unverified rules by the verdicts (parcel x use x pathway) that they hold open, most first.

    Returns
    -------
    pandas.DataFrame
        A row an unverified rule in force, indexed by its id: `verdicts` that it holds open, `alone` those where it is
        the only open cause, so that reading one text settles them, and `parcels` on which there are such verdicts.
    """
    judged = assessment.judgement
    counted = np.bincount(judged.open.ravel(), minlength=len(judged.open_sets))
    names = [rule.id for rule in assessment.rules if not rule.verified]
    table = pd.DataFrame(0, index=pd.Index(names, name="rule"), columns=["verdicts", "alone", "parcels"])
    holding: dict[str, list[int]] = {}
    for code, causes in enumerate(judged.open_sets):
        for cause in causes:
            if cause.kind == "unverified":
                holding.setdefault(str(cause.name), []).append(code)
    for name, codes in holding.items():
        alone = [code for code in codes if len(judged.open_sets[code]) == 1]
        parcels = np.isin(judged.open, codes).any(axis=1).sum()
        table.loc[name] = [counted[codes].sum(), counted[alone].sum(), parcels]
    return table.sort_values(["verdicts", "alone", "parcels"], ascending=False, kind="stable")
