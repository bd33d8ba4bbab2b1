"""What can go wrong, named: one root error, one class for each thing that can be at fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


INTERRUPTED = 130
"""Exit code: somebody pressed Ctrl-C."""
INTERRUPTED_WORDS = "geo-tej: interrupted; no half-written file is left"


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


def choices(given: str, allowed: Sequence[str] | Mapping[str, object], *, limit: int = 8) -> str:
    """Say what is allowed instead of `given`, the nearest spellings first.

    What is allowed may be given with what it is called: a name, or an entry that has a title and perhaps a `ref`. What
    is called by a word that holds `given`, or is like it, is near too, and is told with its name.

    >>> choices("hotle", ["hotel", "shop"])
    'did you mean hotel?'
    >>> choices("1", ["21", "18", "01"]), choices("GB0000X", ["GB90000", "GB00001"])
    ('did you mean 01?', 'did you mean GB00001 or GB90000?')
    >>> choices("x", ["hotel", "shop"])
    'known: hotel, shop'
    >>> choices("x", [])
    'there are none'
    >>> choices("hotel", {"tourist-hotel": "tourist hotel", "shop": "shop"})
    'did you mean tourist-hotel (tourist hotel)?'
    >>> choices("x", {"inn": "guesthouse"})
    'known: inn (guesthouse)'
    """
    names = _names(allowed) if isinstance(allowed, Mapping) else {}
    allowed = list(allowed)
    near = (nearest(given, allowed) if not names else _nearest_named(given, names))[:limit]
    told = [_told(each, given, names.get(each, ())) for each in near or allowed[:limit]]
    if near:
        return f"did you mean {' or '.join(told)}?"
    if not allowed:
        return "there are none"
    return f"known: {', '.join(told)}" + (f" and {len(allowed) - limit} more" if len(allowed) > limit else "")


def _names(entries: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Return by what names entries go besides their ids: as given, or their titles and ref."""
    names = {}
    for each, entry in entries.items():
        title = entry if isinstance(entry, str) else getattr(entry, "title", "")
        in_words = (title,) if isinstance(title, str) else (getattr(title, "zh", ""), getattr(title, "en", ""))
        names[each] = tuple(filter(None, dict.fromkeys((*in_words, getattr(entry, "ref", "")))))
    return names


def _nearest_named(given: str, names: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the ids that are the same as `given`; else those that hold it, themselves or in a name, or are like it."""
    ids, word = list(names), _bare(given)
    same = [each for each in ids if _bare(each) == word]
    if same:
        return same
    holds = len(word) > 1 or not word.isascii()
    holding = [each for each in ids if holds and any(word in _bare(name) for name in (each, *names[each]))]
    called: dict[str, list[str]] = {}
    for each in ids:
        for name in names[each]:
            called.setdefault(name, []).append(each)
    alike = [each for name in nearest(given, list(called)) for each in called[name]]
    return list(dict.fromkeys([*holding, *nearest(given, ids), *alike]))


def _told(each: str, given: str, names: Sequence[str]) -> str:
    """Say an id with the name that is in the script of what was given, else the first."""
    fitting = [name for name in names if name.isascii() == given.isascii() and len(name) > 1]
    name = next(iter(fitting or names), "")
    return f"{each} ({name})" if name and name != each else each


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
