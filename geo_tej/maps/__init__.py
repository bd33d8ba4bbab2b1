"""Interactive pages that open anywhere."""

from geo_tej.maps.constraint import constraint_map
from geo_tej.maps.page import OfflineMap
from geo_tej.maps.siting import siting_map

__all__ = ["OfflineMap", "constraint_map", "siting_map"]
