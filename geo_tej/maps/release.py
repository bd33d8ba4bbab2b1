"""What of a project may leave the building, and what a map that is made public must say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely
from pyproj import Transformer

from geo_tej.i18n import CLAUSE
from geo_tej.maps.words import PAGE_WORDS
from geo_tej.offset import CHINA
from geo_tej.verdict.assumed import assumed_at, assumed_words
from geo_tej.verdict.steadiness import asked_words

if TYPE_CHECKING:
    import geopandas as gpd

    from geo_tej.i18n import Language
    from geo_tej.model import Project
    from geo_tej.verdict import Assessment

LARGEST_OPEN_M2 = 25e6
"""Continuous cover of a map at 1:500 to 1:2000 that needs no clearance (Zi Ran Zi Fa [2020] 95)."""

LARGE_SCALE_M = 1.0
"""Positions better than this are those of 1:2000 and larger: half a millimetre on the sheet."""


def published(project: Project, role: str, column: str) -> bool:
    """Tell whether a column of a role may be in a file that leaves the building: all may, unless the manifest lists."""
    if project.publish is None:
        return True
    return f"{role}.{column}" in project.publish or (role == "parcels" and column in project.publish)


def covered_m2(parcels: gpd.GeoDataFrame) -> float:
    """Return how much ground a map of parcels covers without a break, in m²: what lies around all of them."""
    west, south, east, north = parcels.total_bounds
    return float(shapely.area(shapely.box(west, south, east, north))) if len(parcels) and west == west else 0.0  # noqa: PLR0124


def under_review(parcels: gpd.GeoDataFrame) -> bool:
    """Tell whether parcels lie where maps are reviewed before publication (审图号): around China, taken widely."""
    west, south, east, north = parcels.total_bounds
    if west != west:  # noqa: PLR0124  no parcel has ground
        return True
    to_degrees = Transformer.from_crs(parcels.crs, "EPSG:4326", always_xy=True)
    return bool(
        shapely.box(*CHINA).intersects(shapely.Point(to_degrees.transform((west + east) / 2, (south + north) / 2)))
    )


def warnings(project: Project, parcels: gpd.GeoDataFrame, language: Language) -> list[str]:
    """Say what has to be cleared before a map of parcels is made public."""
    covered = covered_m2(parcels)
    if project.precision_m >= LARGE_SCALE_M or covered <= LARGEST_OPEN_M2 or not under_review(parcels):
        return []
    return [PAGE_WORDS["large_scale"][language].format(km2=f"{covered / 1e6:,.1f}")]


def foot_lines(assessment: Assessment, language: Language) -> list[list[str]]:
    """Return what a map says of itself, as labels and words: law, data, review number, positions."""
    project, rulebook = assessment.project, assessment.project.rulebook
    words = {name: text[language] for name, text in PAGE_WORDS.items()}
    provenance = [layer.provenance for layer in project.layers.values()]
    days = sorted({each.date.isoformat() for each in provenance if each.date})
    sources = sorted({each.source[language] for each in provenance if each.source})
    lines = []
    if project.scenario_title is not None:
        lines.append([words["assumed"], project.scenario_title[language]])
    lines += [[words["stated"], each] for each in assumed_words(assumed_at(assessment), language)]
    lines.append([words["on"], assessment.on.isoformat()])
    lines.append([words["rulebook"], f"{rulebook.title[language]} {rulebook.version} ({rulebook.date.isoformat()})"])
    if days:
        lines.append([words["data_date"], days[0] if len(days) == 1 else f"{days[0]} – {days[-1]}"])
    if sources:
        lines.append([words["sources"], CLAUSE[language].join(sources)])
    lines.append([words["precision"], words["within_m"].replace("{m}", f"{project.precision_m:g}")])
    if assessment.robust is not None:
        lines.append([words["tolerance"], asked_words(assessment, language)])
    if project.review_number or under_review(assessment.parcels):
        lines.append([words["review"], project.review_number or words["no_review"]])
    if project.publish is None:
        lines.append([words["release"], words["internal"]])
    return lines
