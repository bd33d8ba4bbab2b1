"""The extract of one parcel, as data: the contract that other programs hold on to."""

from geo_tej.verdict.extracts.making import extract
from geo_tej.verdict.extracts.parts import schema

__all__ = ["extract", "schema"]
