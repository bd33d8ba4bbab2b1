"""Interactive pages that open anywhere."""

from geo_tej.maps.answers import opening_bounds
from geo_tej.maps.constraint import constraint_map
from geo_tej.maps.layers import Panel, ParcelLayer, Source, SourceLayer, parcel_columns, source_map
from geo_tej.maps.page import OfflineFigure, OfflineMap
from geo_tej.maps.siting import siting_map
from geo_tej.maps.tiles import OnlineTiles

__all__ = [
    "OfflineFigure", "OfflineMap", "OnlineTiles", "Panel", "ParcelLayer", "Source", "SourceLayer", "constraint_map",
    "opening_bounds", "parcel_columns", "siting_map", "source_map",
]  # fmt: skip
