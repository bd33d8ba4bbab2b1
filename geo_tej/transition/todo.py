"""Which unread texts matter most for ways out: the holdings on which each unverified route or reason is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from geo_tej.model import Route, RouteReason
    from geo_tej.transition.assessed import Transition
    from geo_tej.transition.routes import Judged

COLUMNS = ("verdicts", "alone", "parcels")


def unread(told: Transition) -> dict[str, Route | RouteReason]:
    """Return the routes and reasons of law that nobody has checked, a reason as `route/reason`."""
    found: dict[str, Route | RouteReason] = {}
    for route in (judged.route for judged in told.routes):
        if not route.verified:
            found[route.id] = route
        found |= {f"{route.id}/{each.id}": each for each in route.reasons if each.source and not each.verified}
    return found


def todo(told: Transition) -> pd.DataFrame:
    """Rank the unverified routes and reasons by the holdings (an enterprise on a parcel) that they hold open.

    Returns
    -------
    pandas.DataFrame
        A row a route or reason, indexed by its id: `verdicts` (holdings) that it holds open, `alone` those that wait
        for nothing else, and `parcels` among them.
    """
    of = {judged.route.id: judged for judged in told.routes}
    rows = {name: _counts(told, of[name.partition("/")[0]], name) for name in unread(told)}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS), dtype=int)
    return table.rename_axis("rule").sort_values(list(COLUMNS), ascending=False, kind="stable")


def _counts(told: Transition, judged: Judged, name: str) -> tuple[int, int, int]:
    causes = [[question.cause for question in each] for each in judged.open]
    named = [[(cause.kind, cause.name) == ("unverified", name) for cause in each] for each in causes]
    held = np.array([any(each) for each in named], dtype=bool)
    alone = np.array([any(each) and all(each) for each in named], dtype=bool)
    parcels = {told.held.parcel_id[row] for row in np.flatnonzero(held)} - {""}
    return int(held.sum()), int(alone.sum()), len(parcels)
