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
    """Return the layers and tables of a GeoPackage: the ground once, everything else by id."""
    assessment, rulebook = told.assessment, told.assessment.project.rulebook
    rules = assessment.rules_by_id
    counts: dict[str, Any] = {}
    for way, codes in told.by_pathway(told.codes("outcome")):
        for code, name in enumerate(OUTCOMES):
            counts[f"{way.id}_{name}"] = (codes == code).sum(axis=1)
    ground = assessment.parcels.geometry.to_numpy()
    if told.enterprises:
        ground = np.array([shapely.union_all(ground[places]) if len(places) else None for places in told.groups])
    counts |= told.steady_of_subjects()
    frame = told.subjects.assign(**counts).reset_index()
    found = assessment.found
    met = np.isin(found.parcel[found.is_rule], told.told_places)
    findings = assessment.findings[met].reset_index(drop=True)
    findings["words"] = findings["rule"].map(lambda name: finding_words(rules[name], told.language))
    findings["law"] = findings["rule"].map(lambda name: law_words(rulebook, rules[name], told.language))
    states = dictionary(
        np.asarray(assessment.layers["state"].cat.codes), [words[told.language] for words in STATE_WORDS]
    )
    tables = {
        "enterprises" if told.enterprises else "parcels": gpd.GeoDataFrame(
            frame, geometry=ground, crs=assessment.parcels.crs
        ),
        "verdicts": told.table(),
        "findings": findings,
        "layers": assessment.layers.assign(words=states),
        "about": pd.DataFrame(about(assessment, told.language), columns=["name", "words"]),
    }
    if told.enterprises:
        tables["occupancy"] = columns_of(assessment.project.occupancy, ("enterprise_id", "parcel_id", "relation"))
    return tables
