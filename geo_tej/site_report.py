"""What the command line prints of ranked places, as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geo_tej.i18n import Text, percent
from geo_tej.sites.ranking import STATUS_WORDS, STATUSES
from geo_tej.tables.places import PLACE_WORDS, place_words, plan_words, ranking_table
from geo_tej.verdict.assumed import assumed_at, assumed_lines

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.sites import Sites

    Part = tuple[str, list[str], list[list[str]], list[str]]

FIRST = 5
"""So many of the ranked candidates are printed; the tables have all."""

_COUNTS = Text("{}个候选：", "{} candidates: ")
_COLUMNS = ("rank", "candidate", "score", "outcome", "level", "usable_m2", "top_share")


def sites_report(sites: Sites, language: Language) -> list[Part]:
    """Return a title, a table and closing lines for each project, and for the plan."""
    table, joint = ranking_table(sites, language), "，" if language == "zh" else ", "
    words = place_words(sites, language)
    header = [words[name] for name in _COLUMNS]
    parts: list[Part] = []
    for project in sites.programme.projects:
        its = sites.ranking[sites.ranking["project"] == project.id]
        counts = its["status"].value_counts()
        said = joint.join(f"{STATUS_WORDS[name][language]} {counts[name]}" for name in STATUSES if counts.get(name, 0))
        rows = table[(table["project"] == project.id) & table["rank"].notna()].head(FIRST)
        parts.append(
            (
                f"{project.title[language]} — {_COUNTS[language].format(len(its))}{said}",
                header,
                [[_cell(row[name], name) for name in _COLUMNS] for _, row in rows.iterrows()],
                _unranked(sites, project.id, language),
            )
        )
    titles = {each.id: each.title[language] for each in sites.programme.projects}
    places = [
        [titles[row["project"]], str(row["candidate"]), f"{row['area_m2']:,.0f}", f"{row['cost']:,.0f}"]
        for _, row in sites.plan.places.iterrows()
    ]
    header = [PLACE_WORDS[name][language] for name in ("project", "candidate", "area_m2", "cost")]
    closing = [*plan_words(sites, language), *assumed_lines(assumed_at(sites.assessment), language)]
    parts.append((PLACE_WORDS["plan_sheet"][language], header, places, closing))
    return parts


def _unranked(sites: Sites, project: str, language: Language) -> list[str]:
    """Say how many candidates fit and are still not ranked, for want of which criteria."""
    its = sites.ranking[(sites.ranking["project"] == project) & sites.ranking["rank"].isna()]
    its = its[its["status"].isin(STATUSES[:2])]
    if not len(its):
        return []
    titles = {each.id: each.title[language] for each in sites.programme.criteria}
    names = dict.fromkeys(titles[name] for missing in its["missing"] for name in missing.split())
    if language == "zh":
        return [f"{len(its)}个候选因指标缺测未排名：{'、'.join(names)}"]
    return [f"{len(its)} candidates have no rank, for want of: {', '.join(names)}"]


def _cell(value: object, name: str) -> str:
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124  NaN is not itself
        return "—"
    if isinstance(value, float) and name == "top_share":
        return percent(value)
    if isinstance(value, float):
        return f"{value:.3f}" if value <= 1 else f"{value:,.0f}"
    return str(value)
