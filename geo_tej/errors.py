"""What can go wrong, named: one root error, one class for each thing that can be at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class GeoTejError(Exception):
    """The root of all errors that geo_tej raises on purpose."""


class CRSError(GeoTejError, ValueError):
    """A coordinate reference system is missing, unfit for areas, or not the one that is needed."""


class FrameError(GeoTejError, ValueError):
    """A frame lacks a column, an index or a geometry that it must have."""


class ManifestError(GeoTejError, ValueError):
    """The manifest says something that cannot be followed."""


class RulebookError(GeoTejError, ValueError):
    """The rulebook says something that cannot be followed."""


class ProgrammeError(GeoTejError, ValueError):
    """The programme of tourism projects says something that cannot be followed."""


class QuestionError(GeoTejError, ValueError):
    """The question names a parcel, use, pathway, date or fact that does not exist."""


class LayerError(GeoTejError, OSError):
    """A layer's file cannot be read."""


class EncodingError(GeoTejError, ValueError):
    """Bytes are no text in the coding that was declared, or in any that can be told."""


class MapError(GeoTejError, ValueError):
    """A page cannot be made as asked."""


class DocumentError(GeoTejError, ValueError):
    """A document cannot be read, or one of its markers cannot be served."""


class OutputError(GeoTejError, OSError):
    """A result cannot be written."""


def gather(faults: Sequence[str]) -> str:
    """Put all faults of one input into one message, the only one inline and many as a list.

    >>> gather(["no `on`"])
    'no `on`'
    >>> print(gather(["no `on`", "no `crs`"]))
    2 faults:
      - no `on`
      - no `crs`
    """
    if len(faults) == 1:
        return faults[0]
    return "\n".join([f"{len(faults)} faults:", *(f"  - {fault}" for fault in faults)])


def choices(given: str, allowed: Sequence[str], *, limit: int = 8) -> str:
    """Say what is allowed instead of `given`, the nearest spellings first.

    >>> choices("hotle", ["hotel", "shop"])
    'did you mean hotel?'
    >>> choices("x", ["hotel", "shop"])
    'known: hotel, shop'
    >>> choices("x", [])
    'there are none'
    """
    from difflib import get_close_matches  # noqa: PLC0415  only when something is already wrong

    near = get_close_matches(given, allowed, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if not allowed:
        return "there are none"
    shown = ", ".join(list(allowed)[:limit])
    return f"known: {shown}" + (f" and {len(allowed) - limit} more" if len(allowed) > limit else "")
