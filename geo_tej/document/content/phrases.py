"""Words that several parts of a document share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.document.words import WORDS

if TYPE_CHECKING:
    from geo_tej.i18n import Language


def words_of(language: Language) -> dict[str, str]:
    """Return the words of documents in one language."""
    return {name: text[language] for name, text in WORDS.items()}


def capital(words: str) -> str:
    """Return words as they stand at the head of a sentence."""
    return words[:1].upper() + words[1:]


def is_given(value: object) -> bool:
    """Tell whether a cell holds a text."""
    return isinstance(value, str) and bool(value)
