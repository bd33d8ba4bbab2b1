"""A manifest guessed from a folder of somebody's files: each guess with a comment on why, ready to be corrected."""

from geo_tej.engine.guessed.conventions import PARCEL_COLUMNS, PARCEL_IDS
from geo_tej.engine.guessed.draft import Drafted, drafted_layers, write_draft
from geo_tej.engine.guessed.found import Found, looked_through
from geo_tej.engine.guessed.guesses import Guess
from geo_tej.engine.guessed.manifest import guessed_manifest

__all__ = [
    "PARCEL_COLUMNS",
    "PARCEL_IDS",
    "Drafted",
    "Found",
    "Guess",
    "drafted_layers",
    "guessed_manifest",
    "looked_through",
    "write_draft",
]
