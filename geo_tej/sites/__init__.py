"""Places for tourism projects: the law of `assess()`, the criteria of a programme, ranks and a plan."""

from geo_tej.sites.finding import Sites, find_sites

__all__ = ["Sites", "find_sites"]
