"""Markdown and HTML documents: where their markers are, and how what is put in is renewed, byte for byte elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_tej.document.markers import ALMOST, MARKER, Marker, MarkerFaultError, almost, read_marker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_BEGIN = re.compile(r"<!-- geo-tej: (?P<asked>[^\n]*?) -->")
_END = "<!-- /geo-tej -->"
_FENCE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}(?P=fence)[`~]*[ \t\r]*$|\Z)", re.MULTILINE | re.DOTALL
)
_SPAN = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)")
_HTML_CODE = re.compile(
    r"<(?P<tag>pre|code|script|style|textarea)\b.*?</(?P=tag)\s*>|<!--(?! geo-tej:| /geo-tej).*?-->",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a marker is, with what an earlier run put there: from `start` to `stop`; `alone` on its lines or not."""

    marker: Marker
    start: int
    stop: int
    alone: bool
    indent: str


def find_places(text: str, *, markup: bool) -> tuple[list[Place], list[str]]:
    """Return the places of a document's markers, in order, and the faults of those that cannot be read.

    Code is left alone: fences and spans of Markdown, or elements of HTML where `markup`.
    """
    code = [
        found.span() for pattern in ((_HTML_CODE,) if markup else (_FENCE, _SPAN)) for found in pattern.finditer(text)
    ]
    blocks = _blocks(text)
    found: list[tuple[int, int, str]] = []
    faults: list[str] = []
    faults += [
        f"line {_line(text, start)}: what was put in here has no end; its line {_END} is gone"
        for start, stop, _ in blocks
        if stop < 0
    ]
    found += [block for block in blocks if block[1] >= 0]
    hidden = [*code, *((start, stop) for start, stop, _ in found)]
    found += [
        (sign.start(), sign.end(), sign["asked"])
        for sign in MARKER.finditer(text)
        if not any(start <= sign.start() < stop for start, stop in hidden)
    ]
    faults += [
        almost(sign, f"line {_line(text, sign.start())}")
        for sign in ALMOST.finditer(text)
        if not any(start <= sign.start() < stop for start, stop in hidden)
    ]
    found = [each for each in found if not any(start < each[0] and each[1] < stop for start, stop in code)]
    places = []
    for start, stop, asked in sorted(found):
        try:
            marker = read_marker(asked, f"line {_line(text, start)}")
        except MarkerFaultError as fault:
            faults.append(str(fault))
            continue
        line_start = text.rfind("\n", 0, start) + 1
        line_stop = text.find("\n", stop)
        before, after = text[line_start:start], text[stop : line_stop if line_stop >= 0 else len(text)]
        alone = not before.strip() and not after.strip()
        if not alone and marker.kind != "text":
            faults.append(f"{marker.where}: a {marker.kind} needs a line of its own")
        places.append(Place(marker=marker, start=start, stop=stop, alone=alone, indent=before if alone else ""))
    return places, faults


def _blocks(text: str) -> list[tuple[int, int, str]]:
    blocks, at = [], 0
    while (begin := _BEGIN.search(text, at)) is not None:
        end = text.find(_END, begin.end())
        nested = _BEGIN.search(text, begin.end())
        if end < 0 or (nested is not None and nested.start() < end):
            blocks.append((begin.start(), -1, begin["asked"]))
            at = begin.end()
        else:
            at = end + len(_END)
            blocks.append((begin.start(), at, begin["asked"]))
    return blocks


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def renewed(text: str, places: Sequence[Place], written: Callable[[Place], list[str]]) -> str:
    """Return a document with what its markers stand for in their places, and nothing else changed."""
    newline = "\r\n" if "\r\n" in text else "\n"
    parts, at = [], 0
    for place in places:
        begin = f"<!-- geo-tej: {place.marker.asked} -->"
        lines = written(place)
        if place.alone:
            body = newline.join([begin, "", *lines, "", _END])
            body = newline.join(
                place.indent + line if number and line else line for number, line in enumerate(body.split(newline))
            )
        else:
            body = begin + " ".join(lines) + _END
        parts += [text[at : place.start], body]
        at = place.stop
    return "".join([*parts, text[at:]])
