"""Text files read whole, within the limit and in the coding that can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.encoding import Coding, decode
from geo_tej.errors import EncodingError, LayerError
from geo_tej.i18n import Said

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.io.account import Ask


def unmade(fault: Exception) -> Said:
    """Say why no geometry can be made of what is written."""
    return Said(f"几何无法生成：{str(fault)[:100]}", f"its geometry cannot be made: {str(fault)[:100]}")


def read_text(
    path: Path, ask: Ask, *, word: str = "", whose: str = "", language: Language | None = None
) -> tuple[str, Coding]:
    """Return a file's text, and how its bytes became text.

    Raises
    ------
    LayerError
        If it is longer than the limit, cannot be read, or is in no coding that can be told.
    """
    try:
        if path.stat().st_size > ask.limits.text_bytes:
            message = f"{path}: is longer than {ask.limits.text_bytes:,} bytes (limits.text_bytes)"
            raise LayerError(message)
        data = path.read_bytes()
        return decode(data, declared=ask.encoding, word=word, whose=whose, language=language or ask.language)
    except EncodingError as fault:
        message = f"{path}: {fault}"
        raise LayerError(message) from fault
    except OSError as fault:
        if isinstance(fault, LayerError):
            raise
        message = f"{path}: cannot be read: {fault.strerror or fault}"
        raise LayerError(message) from fault
