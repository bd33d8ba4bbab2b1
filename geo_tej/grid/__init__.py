"""Rasters: cells and their place, slope, numbers by parcel, shapes as cells, and what is seen from where."""

from geo_tej.grid.align import align, lines_up
from geo_tej.grid.cells import Grid, burn, codes, cover, distance_m
from geo_tej.grid.eligible import Eligibility, eligibility
from geo_tej.grid.terrain import derive, slope_deg
from geo_tej.grid.view import water_view
from geo_tej.grid.zones import zonal, zonal_of

__all__ = [
    "Eligibility",
    "Grid",
    "align",
    "burn",
    "codes",
    "cover",
    "derive",
    "distance_m",
    "eligibility",
    "lines_up",
    "slope_deg",
    "water_view",
    "zonal",
    "zonal_of",
]
