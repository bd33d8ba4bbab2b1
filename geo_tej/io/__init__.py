"""Files in, files out: the only floor that reads layers and writes results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_tej.lazy import resolve

if TYPE_CHECKING:
    from geo_tej.io.making import make_project
    from geo_tej.io.project import law_papers, read_law, read_project
    from geo_tej.io.read import read_polygons
    from geo_tej.io.write import replacing

_HOME = {
    "law_papers": "project",
    "make_project": "making",
    "read_law": "project",
    "read_polygons": "read",
    "read_project": "project",
    "replacing": "write",
}

__all__ = ["law_papers", "make_project", "read_law", "read_polygons", "read_project", "replacing"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    return resolve(__name__, _HOME, name)
