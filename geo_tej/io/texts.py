"""Text files read whole, within the limit and in the coding that can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_tej.encoding import Coding, decode
from geo_tej.errors import EncodingError, LayerError
from geo_tej.i18n import Said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.io.account import Ask

_QUOTE, _BACKSLASH, _NEWLINE, _TAG = b'"\\\n<'
_PIECE, _RUN = 4 * 1024**2, 64
"""How many bytes are looked at together; and how many backslashes may stand before a mark where pieces meet."""


def unmade(fault: Exception) -> Said:
    """Say why no geometry can be made of what is written."""
    return Said(f"几何无法生成：{str(fault)[:100]}", f"its geometry cannot be made: {str(fault)[:100]}")


def read_text(  # noqa: PLR0913  what is known of its coding, and of its values
    path: Path,
    ask: Ask,
    *,
    word: str = "",
    whose: str = "",
    language: Language | None = None,
    longest: Callable[[bytes], int] | None = None,
) -> tuple[str, Coding]:
    """Return a file's text, and how its bytes became text; `longest` measures the longest value in its bytes.

    Raises
    ------
    LayerError
        If it, or a value in it, is longer than the limit, it cannot be read, or is in no coding that can be told.
    """
    try:
        if path.stat().st_size > ask.limits.text_bytes:
            message = f"{path}: is longer than {ask.limits.text_bytes:,} bytes (limits.text_bytes)"
            raise LayerError(message)
        data = path.read_bytes()
        most = ask.limits.attribute_bytes
        if longest is not None and len(data) > most and longest(data) > most:
            message = f"{path}: holds a value of more than {most:,} bytes (limits.attribute_bytes)"
            raise LayerError(message)
        return decode(data, declared=ask.encoding, word=word, whose=whose, language=language or ask.language)
    except EncodingError as fault:
        message = f"{path}: {fault}"
        raise LayerError(message) from fault
    except OSError as fault:
        if isinstance(fault, LayerError):
            raise
        message = f"{path}: cannot be read: {fault.strerror or fault}"
        raise LayerError(message) from fault


def longest_line(data: bytes) -> int:
    r"""Return how many bytes the longest line has.

    >>> longest_line(b"a\nbcd\n"), longest_line(b"")
    (3, 0)
    """
    return max(int(lengths.max()) for lengths in _between(data, lambda part: part == _NEWLINE))


def longest_element(data: bytes) -> int:
    """Return how many bytes the longest text of XML has that no tag stands in.

    >>> longest_element(b"<a>bcd</a>")  # with the tag before it
    5
    """
    return max(int(lengths.max()) for lengths in _between(data, lambda part: part == _TAG))


def longest_string(data: bytes) -> int:
    r"""Return how many bytes the longest string between quotation marks has, as JSON writes them.

    >>> longest_string(rb'{"a": "b\\\"c\\\\", "d": 123456789012}'), longest_string(b"")
    (10, 0)
    """
    inside, longest = False, 0
    for lengths in _between(data, _quotes):
        within = lengths[0 if inside else 1 :: 2]
        longest = max(longest, int(within.max(initial=0)))
        inside ^= bool(len(lengths) % 2)
    return longest


def longest_cell(data: bytes) -> int:
    r"""Return how many bytes of a table stand at most without a quotation mark or the end of a line.

    >>> longest_cell(b'a,"b\nc,d",efghi\n')
    6
    """
    runs = _between(data, lambda part: (part == _NEWLINE) | (part == _QUOTE))
    return max(int(lengths.max()) for lengths in runs)


def _between(data: bytes, marks: Callable[[NDArray[np.uint8]], NDArray[np.bool_]]) -> Iterator[NDArray[np.intp]]:
    """Give, piece by piece, how many bytes stand before, between and after marks."""
    view = np.frombuffer(data, dtype=np.uint8)
    last = -1
    for start in range(0, len(view), _PIECE):
        before = min(start, _RUN)
        at = np.flatnonzero(marks(view[start - before : start + _PIECE])[before:]) + start
        if len(at):
            yield np.diff(at, prepend=last) - 1
            last = int(at[-1])
    yield np.array([len(view) - last - 1])


def _quotes(part: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Say which bytes are quotation marks that an odd number of backslashes does not take the meaning from."""
    marks = part == _QUOTE
    slashes = part == _BACKSLASH
    if slashes.any():
        place = np.arange(len(part))
        plain = np.maximum.accumulate(np.where(slashes, -1, place))  # the last byte that is no backslash, so far
        marks[1:] &= (place[:-1] - plain[:-1]) % 2 == 0
    return np.asarray(marks)
