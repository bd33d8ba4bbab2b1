"""Facts that tables bring as columns: text cells become what the rulebook says they are, or are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from geo_tej.facts import as_series, odd_words, read_column
from geo_tej.i18n import Said

if TYPE_CHECKING:
    import geopandas as gpd

    from geo_tej.model import Rulebook

Frame = TypeVar("Frame", bound=pd.DataFrame)


def read_facts(parcels: Frame, rulebook: Rulebook) -> tuple[Frame, list[str]]:
    """Return a table with its facts as numbers, truths, dates or listed values, and a remark on each odd column.

    What cannot be read as its type is not known (None): it opens verdicts, and never closes one.
    """
    remarks: list[str] = []
    for name, fact in rulebook.facts.items():
        if name not in parcels.columns:
            continue
        values, odd = read_column(fact, parcels[name].to_numpy(object))
        if odd:
            said = f"{odd_words(name, odd, fact)}; taken as not known"
            remarks.append(Said(f"{name}：{'、'.join(odd[:5])} 不符合该字段的取值，按未知处理", said))
        parcels = parcels.assign(**{name: as_series(fact, values, parcels.index)})
    return parcels, remarks


def told_by_firms(
    parcels: gpd.GeoDataFrame, enterprises: pd.DataFrame, occupancy: pd.DataFrame, rulebook: Rulebook
) -> gpd.GeoDataFrame:
    """Return parcels with the facts that rules ask for and the firms on them tell, where the parcel itself does not.

    The row that says who sits where counts before the firm's own. Where several firms sit on a parcel, all must tell
    the same; what one of them does not tell, or tells otherwise, is not known.
    """
    asked = {test.fact for rule in rulebook.rules if rule.when is not None for test in rule.when.tests}
    links = occupancy[occupancy["parcel_id"].astype(object).isin(parcels.index.to_numpy(object))]
    columns = {}
    for name in rulebook.facts:
        told = [table for table in (links, enterprises) if name in table.columns]
        if name not in asked or not told or links.empty:
            continue
        said = pd.Series([None] * len(links), index=links.index, dtype=object)
        if name in links.columns:
            said = links[name].astype(object)
        if name in enterprises.columns:
            firms = links["enterprise_id"].map(enterprises[name].astype(object))
            said = said.where(said.notna(), firms)
        by_parcel = said.groupby(links["parcel_id"])
        agreed = by_parcel.first().where(by_parcel.nunique(dropna=False).eq(1))
        value = pd.Series(parcels.index.map(agreed), index=parcels.index, dtype=object)
        if name in parcels.columns:
            value = parcels[name].astype(object).where(parcels[name].notna(), value)
        columns[name] = value.astype(float) if rulebook.facts[name].type == "number" else value
    return parcels.assign(**columns)
