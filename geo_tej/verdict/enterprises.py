"""What an enterprise may become: the range over its parcels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.frames import categories
from geo_tej.model import LEVELS, OUTCOMES, Outcome

if TYPE_CHECKING:
    from geo_tej.verdict.assessment import Assessment


def enterprise_verdicts(assessment: Assessment) -> pd.DataFrame:
    """Return a row an enterprise x use x pathway: the range over its parcels, and the parcels by outcome.

    `at_least` is the mildest parcel's, `at_most` the strictest's; of an enterprise with a parcel that was not assessed
    they are the mildest and the strictest there are, and of one without any that was both are unknown. `level` is the
    highest authority that any of its parcels needs. Parcels that are settled each, and differ, are told by `differs`:
    the `outcome` is unknown though nothing is to be settled.

    Returns
    -------
    pandas.DataFrame
        `enterprise_id, use, pathway, outcome, differs, at_least, at_most, level`, and for each outcome the ids of the
        parcels that have it, joined by a space.
    """
    project, asked, judged = assessment.project, assessment.questions, assessment.judgement
    links = project.occupancy
    ids = assessment.parcels.index.astype(str).to_numpy(dtype=object)
    rows = []
    for enterprise in project.enterprises.index:
        its = links.loc[links["enterprise_id"] == enterprise, "parcel_id"].unique()
        places = assessment.parcels.index.get_indexer(its)
        rows.append((enterprise, places))
    width = len(asked)
    least = np.full((len(rows), width), Outcome.PERMITTED, np.int8)
    most = np.full((len(rows), width), Outcome.PROHIBITED, np.int8)
    level = np.zeros((len(rows), width), np.int8)
    differs = np.zeros((len(rows), width), bool)
    lists = {name: np.full((len(rows), width), "", dtype=object) for name in OUTCOMES}
    outcome = np.where(judged.least == judged.most, judged.least, np.int8(Outcome.UNKNOWN))
    for row, (_, places) in enumerate(rows):
        known = len(places) > 0 and bool((places >= 0).all())
        places = places[places >= 0]  # noqa: PLW2901  the rest is said
        if not len(places):
            least[row] = most[row] = Outcome.UNKNOWN
            continue
        if known:
            least[row] = judged.least[places].min(axis=0)
            most[row] = judged.most[places].max(axis=0)
            differs[row] = (outcome[places] != Outcome.UNKNOWN).all(axis=0) & (least[row] != most[row])
        level[row] = judged.level[places].max(axis=0)
        for code, name in enumerate(OUTCOMES):
            for question in range(width):
                lists[name][row, question] = " ".join(ids[places[outcome[places, question] == code]])
    use = np.repeat(np.arange(len(asked.uses)), len(asked.pathways))
    pathway = np.tile(np.arange(len(asked.pathways)), len(asked.uses))

    return pd.DataFrame(
        {
            "enterprise_id": np.repeat([enterprise for enterprise, _ in rows], width),
            "use": categories(np.tile(use, len(rows)), [each.id for each in asked.uses], ordered=True),
            "pathway": categories(np.tile(pathway, len(rows)), [each.id for each in asked.pathways], ordered=True),
            "outcome": categories(
                np.where(least == most, least, np.int8(Outcome.UNKNOWN)), list(OUTCOMES), ordered=True
            ),
            "differs": differs.ravel(),
            "at_least": categories(least, list(OUTCOMES), ordered=True),
            "at_most": categories(most, list(OUTCOMES), ordered=True),
            "level": categories(level, list(LEVELS), ordered=True),
            **{f"{name}_parcels": lists[name].ravel() for name in OUTCOMES},
        }
    )
