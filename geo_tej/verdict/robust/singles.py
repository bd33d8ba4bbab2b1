"""Every key by itself: what the rules say on a parcel that met nothing else, once for all parcels alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo_tej.ground import Faces
from geo_tej.rules import PROHIBITED
from geo_tej.verdict.evidence import Built, Evidence, Hits
from geo_tej.verdict.hearing import hear
from geo_tej.verdict.kinds import told_apart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_tej.model import Rulebook
    from geo_tej.verdict.robust.near import Pairs
    from geo_tej.verdict.table import Table

GROUND, NO_GROUND = shapely.box(0, 0, 100, 100), shapely.Polygon()
"""What stands for ground on which a base layer must list a use, and for ground of which that is not asked."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Singles:
    """What is said of kinds of pairs x questions, and the kind of each pair and of each parcel that meets nothing.

    `parcel_least` and `parcel_most` are of rules that bind the whole parcel, with those that speak everywhere;
    `face_least` and `face_most` of rules that bind ground. The last kind is of ground on which no plan is in force.
    """

    parcel_least: NDArray[np.int8]
    parcel_most: NDArray[np.int8]
    face_least: NDArray[np.int8]
    face_most: NDArray[np.int8]
    level: NDArray[np.int8]
    of_pair: NDArray[np.intp]
    of_parcel: NDArray[np.intp]

    @property
    def no_plan(self) -> int:
        """The kind of ground on which no plan is in force."""
        return len(self.level) - 1


def hear_singles(
    evidence: Evidence,
    rulebook: Rulebook,
    table: Table,
    pairs: Pairs,
    decided: Mapping[str, Mapping[int, NDArray[np.int8]]],
) -> Singles:
    """Let the rules speak on each pair by itself; `decided` is what officers decided, by rule and parcel.

    Rules ask for one key at a time, so that what they say together is the strictest of what they say one by one. Only
    of base layers several classes on the same ground are asked together: one by one they are stricter.
    """
    alone = sorted({parcel for said in decided.values() for parcel in said})
    like = told_apart(evidence, table, alone)
    width = len(evidence.keys) + 1
    code = np.r_[like[pairs.parcel] * width + pairs.key + 1, like * width]
    _, first, kind = np.unique(code, return_index=True, return_inverse=True)
    parcel = np.r_[pairs.parcel, np.arange(len(like))][first]
    key = np.r_[pairs.key, np.full(len(like), -1)][first]
    chosen = {
        rule: {int(place): row for each, row in said.items() for place in np.flatnonzero(parcel == each)}
        for rule, said in decided.items()
    }
    heard = hear(_by_itself(evidence, rulebook, parcel, key), rulebook, table, chosen)
    met = np.flatnonzero(key >= 0)
    face_least, face_most = (np.zeros((len(key) + 1, len(table.questions)), np.int8) for _ in range(2))
    face_least[met], face_most[met] = heard.face_least, np.maximum(heard.face_most, heard.face_least)
    face_most[-1] = PROHIBITED
    nothing = np.zeros((1, len(table.questions)), np.int8)
    return Singles(
        parcel_least=np.concatenate([heard.parcel_least, nothing]),
        parcel_most=np.concatenate([np.maximum(heard.parcel_most, heard.parcel_least), nothing]),
        face_least=face_least,
        face_most=face_most,
        level=np.concatenate([heard.level, nothing]),
        of_pair=kind[: len(pairs.key)].ravel(),
        of_parcel=kind[len(pairs.key) :].ravel(),
    )


def _by_itself(evidence: Evidence, rulebook: Rulebook, parcel: NDArray[np.intp], key: NDArray[np.intp]) -> Evidence:
    """Return evidence in which each row of parcels meets one key, over all of its ground, or none (-1)."""
    met = np.flatnonzero(key >= 0)
    base = np.array([rulebook.layers[each.layer].base and each.distance_m is None for each in evidence.keys], bool)
    polygon = np.full(len(met), NO_GROUND, dtype=object)
    polygon[base[key[met]] if len(met) else []] = GROUND
    ids = pd.RangeIndex(len(key))
    return Evidence(
        ids=ids,
        area_m2=evidence.area_m2[parcel],
        keys=evidence.keys,
        hits=Hits(
            parcel=met, key=key[met], area_m2=evidence.area_m2[parcel[met]], share=np.ones(len(met)),
            distance_m=np.full(len(met), np.nan),
        ),
        faces=Faces(
            parcel=met, polygon=polygon, area_m2=shapely.area(polygon), face=np.arange(len(met)), key=key[met]
        ),
        built=Built.unknown(len(key), len(met)),
        known=replace(evidence.known.at(parcel), ids=ids),
        recorded=replace(evidence.recorded.at(parcel), ids=ids),
        layers=evidence.layers,
        states=evidence.states[parcel],
        unsurveyed=evidence.unsurveyed[parcel],
    )  # fmt: skip
