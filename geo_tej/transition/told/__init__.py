"""The ways out as data: the contract that other programs hold on to."""

from geo_tej.transition.told.making import report
from geo_tej.transition.told.parts import PriorityPart, RoutePart, schema
from geo_tej.transition.told.routes import decisions_on, route_part
from geo_tej.transition.told.totals import priority_part, progress_parts, quota_part

__all__ = [
    "PriorityPart",
    "RoutePart",
    "decisions_on",
    "priority_part",
    "progress_parts",
    "quota_part",
    "report",
    "route_part",
    "schema",
]
