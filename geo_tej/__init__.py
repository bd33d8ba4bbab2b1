"""Which site may take which use, under which article: zoning constraints from layers and law as data."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from geo_tej.lazy import resolve

if TYPE_CHECKING:
    from geo_tej.io import read_project
    from geo_tej.maps import constraint_map
    from geo_tej.overlay import Overlaps, overlaps
    from geo_tej.rulebook import read_rulebook
    from geo_tej.verdict import Assessment, assess, enterprise_verdicts, explain, extract

_HOME = {
    "Assessment": "verdict",
    "Overlaps": "overlay",
    "assess": "verdict",
    "constraint_map": "maps",
    "enterprise_verdicts": "verdict",
    "explain": "verdict",
    "extract": "verdict",
    "overlaps": "overlay",
    "read_project": "io",
    "read_rulebook": "rulebook",
}

__all__ = [
    "Assessment",
    "Overlaps",
    "assess",
    "constraint_map",
    "enterprise_verdicts",
    "explain",
    "extract",
    "overlaps",
    "read_project",
    "read_rulebook",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    if name == "__version__":
        return version("geo_tej")
    return resolve(__name__, _HOME, name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
