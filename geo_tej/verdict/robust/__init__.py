"""How robust verdicts are: whether they would change if boundaries moved by as much as the maps may be wrong.

A layer's boundaries move by at most its tolerance: what a point is labelled is what lies within that distance of it.
Zones that share a boundary move together, so that no gap opens between them; they may come to overlap. Objects that the
law measures from do not vanish, however narrow they are. Parcels, survey extents and rasters stay where they are. A
verdict is stable only where every such movement leaves its span and its approval level as they are; where that is not
sure, it may change.

The way it goes: every class of zone that a parcel meets, or could meet, comes in or goes out at some distance (`near`).
Each by itself is heard by the rules, once a kind (`singles`). What is sure to be met gives the mildest that a verdict
can become, what is possible the strictest; whether a use still finds room there is measured on moved ground (`room`).
Parcel by parcel, boundaries are then let go in the order of their distances until a verdict moves (`search`).
"""

from geo_tej.verdict.robust.nouns import Robustness, tolerances
from geo_tej.verdict.robust.search import robustness

__all__ = ["Robustness", "robustness", "tolerances"]
