"""From a manifest to a project: the rulebook, every layer or its fault, the parcels."""

from geo_tej.io.project.assembly import put_together, read_project
from geo_tej.io.project.law import law_papers, read_law
from geo_tej.io.project.layer import CONTROL, CONTROL_OF_LAW, POLYGON_ROLES

__all__ = ["CONTROL", "CONTROL_OF_LAW", "POLYGON_ROLES", "law_papers", "put_together", "read_law", "read_project"]
