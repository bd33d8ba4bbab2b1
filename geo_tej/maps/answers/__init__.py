"""The columns and the header of a page of answers: verdicts by parcel, the law behind each, layers, enterprises."""

from geo_tej.maps.answers.laid_out import firms_bounds, opening_bounds
from geo_tej.maps.answers.making import DEFAULT_MANIFEST, answer_columns
from geo_tej.maps.answers.parcels import UNSTEADY

__all__ = ["DEFAULT_MANIFEST", "UNSTEADY", "answer_columns", "firms_bounds", "opening_bounds"]
