"""Files in, files out: the only floor that reads layers and writes results."""

from geo_tej.io.project import read_law, read_project
from geo_tej.io.read import read_polygons
from geo_tej.io.write import replacing

__all__ = ["read_law", "read_polygons", "read_project", "replacing"]
