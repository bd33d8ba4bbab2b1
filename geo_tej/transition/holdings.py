"""Who sits where, and what is known there: a row an enterprise and parcel, its facts from all who tell them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_tej.facts import strictly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_tej.model import Project
    from geo_tej.verdict import Assessment

DAYS_A_YEAR = 365.2425


@dataclass(frozen=True, kw_only=True, eq=False)
class Holdings:
    """A row an enterprise and parcel it sits on; one row without a parcel for an enterprise that has none.

    `firm` and `parcel` are places in the project's enterprises and the assessment's parcels (-1: not assessed);
    `facts` has a column a fact that somebody told, `recorded` what is told of those that the question states.
    """

    firm: NDArray[np.intp]
    parcel: NDArray[np.intp]
    parcel_id: tuple[str, ...]
    facts: pd.DataFrame
    recorded: pd.DataFrame
    term_end: tuple[date | None, ...]
    relation: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.firm)

    def of(self, firm: int) -> NDArray[np.intp]:
        """Return the rows of an enterprise."""
        return np.flatnonzero(self.firm == firm)


def holdings(assessment: Assessment) -> Holdings:
    """Put together who sits where with what is known there.

    A fact is taken from the question (`--fact`), else from the row that says who sits where, the parcel, the
    enterprise, or what holds for all; the first that knows it.
    """
    project = assessment.project
    # where two rows disagree, the tenant's counts before the owner's, and an unknown relation before both
    key = ["enterprise_id", "parcel_id"]
    ordered = project.occupancy.sort_values([*key, *(["relation"] if "relation" in project.occupancy else [])])
    links = ordered.drop_duplicates(key, keep="last").reset_index(drop=True)
    of_firm = links.groupby("enterprise_id").indices if len(links) else {}
    rows: list[tuple[int, int]] = []
    for place, name in enumerate(project.enterprises.index):
        own = of_firm.get(name, np.array([-1]))
        rows += [(place, int(link)) for link in own]
    firm = np.array([place for place, _ in rows], dtype=np.intp)
    link = np.array([place for _, place in rows], dtype=np.intp)
    ids = tuple(str(links["parcel_id"].iloc[place]) if place >= 0 else "" for place in link)
    parcel = np.asarray(assessment.parcels.index.get_indexer(list(ids)), dtype=np.intp)
    sources = (
        _rows(links, link),
        _rows(assessment.parcels.drop(columns=assessment.parcels.geometry.name), parcel),
        _rows(project.enterprises, firm),
    )
    term_end = tuple(_day(value) for value in _first("term_end", sources, len(rows)))
    relation = tuple(value if isinstance(value, str) else "" for value in _first("relation", sources[:1], len(rows)))
    facts, recorded = _facts(assessment, parcel, sources)
    on = assessment.on
    if "line_age_years" in project.rulebook.facts:
        commissioned = pd.to_numeric(_first("line_commissioned", sources, len(rows)), errors="coerce")
        left = pd.Series([None if day is None else (day - on).days / DAYS_A_YEAR for day in term_end], dtype=float)
        for name, value in (("line_age_years", on.year - commissioned.astype(float)), ("term_left_years", left)):
            facts[name] = facts[name].where(facts[name].notna(), value) if name in facts else value
            if name in recorded:
                recorded[name] = recorded[name].where(recorded[name].notna(), value)
    return Holdings(
        firm=firm, parcel=parcel, parcel_id=ids, facts=facts, recorded=recorded, term_end=term_end, relation=relation
    )  # fmt: skip


def _facts(
    assessment: Assessment, parcel: NDArray[np.intp], sources: tuple[pd.DataFrame, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the facts of each row, and what is recorded of those that the question states."""
    project, evidence = assessment.project, assessment.evidence
    links, _, firms = sources
    known, recorded = _rows(evidence.known.frame, parcel), _rows(evidence.recorded.frame, parcel)
    columns: dict[str, Any] = {}
    overruled: dict[str, Any] = {}
    for name in (*project.rulebook.facts, *project.rulebook.measures):
        stated = name in assessment.facts
        value = _first(name, (links, recorded if stated else known, firms), len(parcel))
        if name in project.transition.facts:
            value = value.where(value.notna(), project.transition.facts[name])
        if stated:
            columns[name], overruled[name] = pd.Series([assessment.facts[name]] * len(parcel)), value
        elif value.notna().any():
            columns[name] = value
    rows, what = pd.RangeIndex(len(parcel)), "enterprises, occupancy and what holds for all"
    told, otherwise = pd.DataFrame(columns, index=rows), pd.DataFrame(overruled, index=rows)
    return strictly(told, project.rulebook, what=what), strictly(otherwise, project.rulebook, what=what)


def _rows(frame: pd.DataFrame, places: NDArray[np.intp]) -> pd.DataFrame:
    """Return rows of a frame by place; nothing is known where the place is -1."""
    taken = frame.reset_index(drop=True).reindex(places)
    return taken.reset_index(drop=True)


def _first(name: str, sources: tuple[pd.DataFrame, ...], count: int) -> pd.Series:
    """Return a column from the first source that knows it, row by row."""
    value = pd.Series([None] * count, dtype=object)
    for source in sources:
        if name in source.columns:
            given = source[name].astype(object)
            value = value.where(value.notna(), given.where(given.notna(), None))
    return value


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def area_m2(assessment: Assessment, parcel: int) -> tuple[float, str]:
    """Return a parcel's area and which it is: the registered one where there is one, else the drawn one."""
    row: Mapping[str, Any] = assessment.parcels.iloc[parcel]
    registered = row.get("registered_m2")
    if registered is not None and np.isfinite(float(registered)) and float(registered) > 0:
        return float(registered), "registered"
    return float(assessment.evidence.area_m2[parcel]), "drawn"


def enterprise_name(project: Project, firm: str) -> str:
    """Return what an enterprise is called, its id where it has no name."""
    name = project.enterprises["name"].get(firm) if "name" in project.enterprises else None
    return name if isinstance(name, str) and name else firm
