"""What can go wrong, named: one root error, one class for each thing that can be at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


INTERRUPTED = 130
"""Exit code: somebody pressed Ctrl-C."""


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
    >>> choices("1", ["21", "18", "01"]), choices("GB0000X", ["GB90000", "GB00001"])
    ('did you mean 01?', 'did you mean GB00001 or GB90000?')
    >>> choices("x", ["hotel", "shop"])
    'known: hotel, shop'
    >>> choices("x", [])
    'there are none'
    """
    near = nearest(str(given), allowed)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if not allowed:
        return "there are none"
    shown = ", ".join(list(allowed)[:limit])
    return f"known: {shown}" + (f" and {len(allowed) - limit} more" if len(allowed) > limit else "")


def nearest(given: str, allowed: Sequence[str], *, most: int = 3, cutoff: float = 0.6) -> list[str]:
    """Return the same word otherwise written, else the likest, of those the ones that begin alike first."""
    from difflib import SequenceMatcher  # noqa: PLC0415  only when something is already wrong

    same = [each for each in allowed if _bare(each) == _bare(given)]
    if same:
        return same[:most]
    matcher = SequenceMatcher(b=given)
    found = []
    for each in allowed:
        matcher.set_seq1(each)
        if matcher.real_quick_ratio() >= cutoff and matcher.quick_ratio() >= cutoff and matcher.ratio() >= cutoff:
            found.append((-matcher.ratio(), -_begin_alike(given, each), each))
    return [each for *_, each in sorted(found)[:most]]


def _begin_alike(one: str, other: str) -> int:
    """Return how many letters two words begin with alike."""
    differ = [left != right for left, right in zip(one, other, strict=False)]
    return differ.index(True) if True in differ else len(differ)


def _bare(word: str) -> str:
    """Return a word without what people leave out or add: case, spaces, hyphens, zeros before a number."""
    return word.casefold().replace(" ", "").replace("-", "").replace("_", "").lstrip("0")
