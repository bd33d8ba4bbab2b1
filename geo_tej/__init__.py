"""Which site may take which use, under which article: zoning constraints from layers and law as data."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from geo_tej.lazy import resolve

if TYPE_CHECKING:
    from geo_tej.errors import GeoTejError
    from geo_tej.grid import eligibility
    from geo_tej.io import make_project, read_project
    from geo_tej.maps import constraint_map, siting_map
    from geo_tej.model import Project, Raster, Rulebook, Thresholds
    from geo_tej.overlay import Overlaps, index_zones, overlaps
    from geo_tej.programme import read_programme
    from geo_tej.rulebook import read_rulebook
    from geo_tej.sites import Sites, find_sites
    from geo_tej.verdict import Assessment, Explanation, assess, enterprise_verdicts, explain, extract

_HOME = {
    "Assessment": "verdict",
    "Explanation": "verdict",
    "GeoTejError": "errors",
    "Overlaps": "overlay",
    "Project": "model",
    "Raster": "model",
    "Rulebook": "model",
    "Sites": "sites",
    "Thresholds": "model",
    "assess": "verdict",
    "constraint_map": "maps",
    "eligibility": "grid",
    "enterprise_verdicts": "verdict",
    "explain": "verdict",
    "extract": "verdict",
    "find_sites": "sites",
    "index_zones": "overlay",
    "make_project": "io",
    "overlaps": "overlay",
    "read_programme": "programme",
    "read_project": "io",
    "read_rulebook": "rulebook",
    "siting_map": "maps",
}

__all__ = [
    "Assessment",
    "Explanation",
    "GeoTejError",
    "Overlaps",
    "Project",
    "Raster",
    "Rulebook",
    "Sites",
    "Thresholds",
    "assess",
    "constraint_map",
    "eligibility",
    "enterprise_verdicts",
    "explain",
    "extract",
    "find_sites",
    "index_zones",
    "make_project",
    "overlaps",
    "read_programme",
    "read_project",
    "read_rulebook",
    "siting_map",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    if name == "__version__":
        return version("geo_tej")
    return resolve(__name__, _HOME, name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
