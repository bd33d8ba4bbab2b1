"""Which site may take which use, under which article: zoning constraints from layers and law as data.

Read a project, assess its parcels, and say, draw or write what came out::

    from geo_tej import assess, explain, read_project

    project = read_project("layers/layers.toml")
    assessment = assess(project, uses=["tourist-hotel"])
    assessment.verdicts.join(assessment.grounds, on="ground")                 # a DataFrame, with areas
    explain(assessment, "SD-0107", "tourist-hotel", "keep_building").text()   # one verdict in words

- Projects: `read_project` from a manifest, `make_project` from GeoDataFrames, `read_rulebook` for the law alone.
- Verdicts: `assess`, then `explain` (one), `extract` (a parcel, as data), `enterprise_verdicts` (a firm on several).
- Pages: `constraint_map`, `siting_map`, both a `folium.Map`.
- Places for projects: `read_programme`, then `find_sites`.
- Bare geometry: `overlaps` of parcels and zones, `index_zones` to ask it often, `eligibility` on a grid.

Every error is a `GeoTejError`. Ground is in a projected CRS in metres; areas are m², shares 0 to 1.
"""

from __future__ import annotations

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
        from importlib.metadata import version  # noqa: PLC0415  thirty milliseconds that hardly anybody asks for

        return version("geo_tej")
    return resolve(__name__, _HOME, name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
