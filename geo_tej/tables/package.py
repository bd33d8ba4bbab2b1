"""The layers and tables of a GeoPackage of verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.frames import columns_of
from geo_tej.i18n import STATE_WORDS
from geo_tej.model import OUTCOMES
from geo_tej.tables.sets import dictionary
from geo_tej.tables.words import about
from geo_tej.verdict.words import finding_words, law_words

if TYPE_CHECKING:
    from geo_tej.tables.told import Told


def package_layers(told: Told) -> dict[str, pd.DataFrame]:
    """Return the layers and tables of a GeoPackage: the ground once, each rule once, everything else by id."""
    assessment = told.assessment
    counts: dict[str, Any] = {}
    for way, codes in told.by_pathway(told.codes("outcome")):
        for code, name in enumerate(OUTCOMES):
            counts[f"{way.id}_{name}"] = (codes == code).sum(axis=1)
    ground = assessment.parcels.geometry.to_numpy()
    if told.enterprises:
        ground = np.array([shapely.union_all(ground[places]) if len(places) else None for places in told.groups])
    counts |= told.steady_of_subjects()
    frame = told.subjects.assign(**counts).reset_index()
    states = dictionary(
        np.asarray(assessment.layers["state"].cat.codes), [words[told.language] for words in STATE_WORDS]
    )
    tables = {
        "enterprises" if told.enterprises else "parcels": gpd.GeoDataFrame(
            frame, geometry=ground, crs=assessment.parcels.crs
        ),
        "verdicts": told.table(),
        "findings": _findings(told),
        "rules": _rules(told),
        "layers": assessment.layers.assign(words=states),
        "about": pd.DataFrame(about(assessment, told.language), columns=["name", "words"]),
    }
    if told.enterprises:
        tables["occupancy"] = columns_of(assessment.project.occupancy, ("enterprise_id", "parcel_id", "relation"))
    return tables


def _findings(told: Told) -> pd.DataFrame:
    """Return the findings that decide a verdict, by parcel and rule; the many others change nothing that is asked."""
    assessment, found = told.assessment, told.assessment.found
    told_of = np.isin(found.parcel, told.told_places)
    decides = np.isin(np.arange(len(found.parcel)), np.concatenate([*told.deciding.decided_by, np.empty(0, np.intp)]))
    findings = assessment.findings[(told_of & decides)[found.is_rule]]
    return findings[["parcel_id", "rule", "zone_class", "area_m2", "share", "distance_m", "holds"]].reset_index(
        drop=True
    )


def _rules(told: Told) -> pd.DataFrame:
    """Return a row a rule, with its words and law."""
    rulebook, language, rules = told.assessment.project.rulebook, told.language, told.assessment.rules
    return pd.DataFrame(
        {
            "rule": [rule.id for rule in rules],
            "ref": [rule.ref for rule in rules],
            "layer": [rule.layer or "" for rule in rules],
            "outcome": [OUTCOMES[rule.outcome] for rule in rules],
            "binds": [rule.binds for rule in rules],
            "verified": [rule.verified for rule in rules],
            "source": [rule.source for rule in rules],
            "article": [rule.article for rule in rules],
            "words": [finding_words(rule, language) for rule in rules],
            "law": [law_words(rulebook, rule, language) for rule in rules],
        }
    )
