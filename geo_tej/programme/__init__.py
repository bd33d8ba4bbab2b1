"""The programme: which tourism projects look for a place, what bars and what favours one, read strictly from TOML."""

from geo_tej.programme.reader import read_programme, schema

__all__ = ["read_programme", "schema"]
