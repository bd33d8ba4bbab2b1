"""What a marker stands for, before it is written as Markdown, HTML or Word: paragraphs, tables, a map."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading within what is put in."""

    words: str


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """One paragraph."""

    words: str
    strong: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of text under a header; `total` is the last row, `numbers` the columns that hold numbers."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None = None
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Map:
    """A map: an interactive page where the document can hold one, and the picture of a sheet.

    `name` is that of its files, without ending; `alt` says what is seen to those who cannot.
    """

    name: str
    caption: str
    alt: str
    height_px: int


Block = Heading | Paragraph | Table | Map
