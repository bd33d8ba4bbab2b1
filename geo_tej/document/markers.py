"""Markers in a document: `{{ geo-tej: KIND key=value … }}`, read strictly."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_tej.errors import choices
from geo_tej.measure import MOST_TOLERANCE_M

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MARKER = re.compile(r"\{\{\s*geo-tej:(?P<asked>[^{}\n]*)\}\}")
_NAME = r"geo[-_ \u2010-\u2014]?tej"
_KIND = r"(?:map|check|text|table|report)\b"
_ALMOST = re.compile(
    rf"[{{｛]{{2,}}\s*{_NAME}\s*(?:[:：]|\s{_KIND})[^{{}}｛｝\n]*[}}｝]*"
    rf"|[{{｛]\s*{_NAME}\s*[:：\s]\s*{_KIND}[^{{}}｛｝\n]*[}}｝]*"
    rf"|(?<![\w-]){_NAME}\s*[:：][^{{}}｛｝\n]*[}}｝]{{2,}}",
    re.IGNORECASE,
)
"""What somebody meant as a marker: its name with braces on a side and a colon or a kind, whatever else is amiss."""

KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "map": ((), ("kind", "use", "pathway", "parcel", "tolerance", "height", "caption", "lang")),
    "check": (("parcel",), ("use", "pathway", "lang")),
    "text": (("parcel",), ("use", "pathway", "lang")),
    "table": (("kind",), ("use", "pathway", "by", "layer", "lang")),
    "report": (("parcel",), ("use", "pathway", "lang")),
}
"""The kinds of marker: keys that must be there, and keys that may be."""
TABLES = ("overlap", "matrix", "approvals")
MAPS = ("constraint", "use", "tolerance")
GROUPED_BY = ("village", "parcel")
HEIGHTS_PX = (160, 2000)


@dataclass(frozen=True, kw_only=True)
class Marker:
    """One marker as asked: what stood in it, its kind and options, and where it stands, for messages."""

    asked: str
    kind: str
    options: Mapping[str, str]
    where: str


class MarkerFaultError(ValueError):
    """A marker that cannot be served."""


def read_marker(asked: str, where: str) -> Marker:
    """Read what stands in a marker.

    >>> read_marker(' map use=tourist-hotel height=480 ', "line 3").options
    {'use': 'tourist-hotel', 'height': '480'}

    Raises
    ------
    MarkerFaultError
        If it is no kind of marker, or an option is unknown, missing, given twice or of no value.
    """
    asked = asked.strip()
    if "--" in asked and (">" in asked or asked.endswith("-")):
        message = f"{where}: the marker holds signs that end a comment: {asked!r}"
        raise MarkerFaultError(message)
    try:
        kind, *pairs = shlex.split(asked) or [""]
    except ValueError as fault:
        message = f"{where}: a quotation mark is not closed in {asked!r}"
        raise MarkerFaultError(message) from fault
    if kind not in KINDS:
        message = f"{where}: a marker of kind {kind!r} is not known; {choices(kind, list(KINDS))}"
        raise MarkerFaultError(message)
    needed, allowed = KINDS[kind]
    options: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not value:
            message = f"{where}: {pair!r} is no option; write it like parcel=SD-0107"
            raise MarkerFaultError(message)
        if key not in needed + allowed:
            message = f"{where}: {kind} has no option {key!r}; {choices(key, needed + allowed)}"
            raise MarkerFaultError(message)
        if key in options:
            message = f"{where}: {key} is given twice"
            raise MarkerFaultError(message)
        options[key] = value
    for key in needed:
        if key not in options:
            message = f"{where}: {kind} needs {key}="
            raise MarkerFaultError(message)
    _check_values(kind, options, where)
    return Marker(asked=asked, kind=kind, options=options, where=where)


def almost_markers(text: str) -> Iterator[re.Match[str]]:
    """Find what somebody meant as a marker and what is none, as where a brace or the colon is missing.

    >>> [found[0] for found in almost_markers("{{ geo-tej: map }} { geo-tej: map }} geo-tej: map }}")]
    ['{ geo-tej: map }}', 'geo-tej: map }}']
    >>> list(almost_markers("geo-tej: maps of a town"))
    []
    """
    markers = [found.span() for found in MARKER.finditer(text)]
    for found in _ALMOST.finditer(text):
        if not any(start < found.end() and found.start() < stop for start, stop in markers):
            yield found


def almost(found: re.Match[str], where: str) -> str:
    """Say that what looks like a marker is none, and how one is written."""
    meant = found[0].strip()
    braces = [] if meant.startswith("{{") else ["two braces before it"]
    braces += [] if meant.endswith("}}") else ["two braces behind it, on the same line"]
    named = re.match(r"[{｛]*\s*geo-tej:", meant)
    amiss = [*braces, *([] if named else ["a colon right behind geo-tej"])]
    return f"{where}: {meant} is no marker; write it like {{{{ geo-tej: map }}}}, with {' and '.join(amiss)}"


def _check_values(kind: str, options: Mapping[str, str], where: str) -> None:
    kinds = MAPS if kind == "map" else TABLES
    closed: dict[str, Iterable[str]] = {"kind": kinds, "by": GROUPED_BY, "lang": ("zh", "en")}
    for key, allowed in closed.items():
        if key in options and options[key] not in allowed:
            message = f"{where}: {key}={options[key]} is not known; {choices(options[key], list(allowed))}"
            raise MarkerFaultError(message)
    if kind == "map" and options.get("kind") == "use" and "use" not in options:
        message = f"{where}: a map of kind=use needs use="
        raise MarkerFaultError(message)
    tolerance = options.get("tolerance", "1")
    if not re.fullmatch(r"\d+(\.\d+)?", tolerance, re.ASCII) or not 0 < float(tolerance) <= MOST_TOLERANCE_M:
        message = f"{where}: tolerance={tolerance} is no tolerance; it is given in metres, up to {MOST_TOLERANCE_M:g}"
        raise MarkerFaultError(message)
    low, high = HEIGHTS_PX
    height = options.get("height", str(low))
    if not height.isascii() or not height.isdigit() or not low <= int(height) <= high:
        message = f"{where}: height={height} is no height; it is given in pixels, from {low} to {high}"
        raise MarkerFaultError(message)
