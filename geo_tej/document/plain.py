"""Markdown and HTML documents: where their markers are, and how what is put in is renewed, byte for byte elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_tej.document.markers import MARKER, Marker, MarkerFaultError, almost, almost_markers, read_marker

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
_PARAGRAPHS = ("p", "h1", "h2", "h3", "h4", "h5", "h6")
_BOXES = ("div", "section", "article", "main", "body", "figure", "li", "td", "th", "dd", "blockquote", "aside")
_TAGS = "|".join((*_PARAGRAPHS, *_BOXES))
_LONGEST_TAG = 1000
_OPENING = re.compile(rf"<(?P<tag>{_TAGS})(?:\s[^<>]*)?>\s*\Z", re.IGNORECASE)
_CLOSING = re.compile(rf"\s*</(?P<tag>{_TAGS})\s*>", re.IGNORECASE)


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
        for sign in almost_markers(text)
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
        place, holder = (start, stop), _only_in(text, start, stop) if markup else None
        if holder is not None and holder[0] in _PARAGRAPHS and marker.kind != "text":
            place = holder[1:]  # these may not hold what a map or a table is
        before, after = _beside(text, *place)
        inline = marker.kind == "text" and holder is not None
        put_alone = markup and "\n" in text[start:stop]
        alone = not inline and (holder is not None or put_alone or not (before + after).strip())
        if not alone and marker.kind != "text":
            faults.append(f"{marker.where}: {_crowded(marker.kind, before.strip(), after.strip(), markup=markup)}")
        indent = before if alone and not before.strip() else ""
        places.append(Place(marker=marker, start=place[0], stop=place[1], alone=alone, indent=indent))
    return places, faults


def _beside(text: str, start: int, stop: int) -> tuple[str, str]:
    """Return what stands before and behind a part of a text, on its lines."""
    line_stop = text.find("\n", stop)
    return text[text.rfind("\n", 0, start) + 1 : start], text[stop : line_stop if line_stop >= 0 else len(text)]


def _only_in(text: str, start: int, stop: int) -> tuple[str, int, int] | None:
    """Return the element of HTML that holds nothing but a part of a text: its name, where it starts and stops."""
    opening = _OPENING.search(text[max(0, start - _LONGEST_TAG) : start])
    closing = _CLOSING.match(text, stop)
    if opening is None or closing is None or opening["tag"].lower() != closing["tag"].lower():
        return None
    return opening["tag"].lower(), start - len(opening[0]), closing.end()


def _crowded(kind: str, before: str, after: str, *, markup: bool) -> str:
    """Say what stands beside a marker that must stand alone."""
    where = "a line or an element of its own, such as a <p> that holds nothing else" if markup else "a line of its own"
    beside = [
        f"{words!r} stands {side} it" for words, side in ((before[-40:], "before"), (after[:40], "behind")) if words
    ]
    return f"a {kind} needs {where}; {' and '.join(beside)}"


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
