"""Files in, files out: the only floor that reads layers and writes results."""

from geo_tej.io.project import law_papers, read_law, read_project
from geo_tej.io.read import read_polygons
from geo_tej.io.write import replacing

__all__ = ["law_papers", "read_law", "read_polygons", "read_project", "replacing"]
