"""Strings and comments of TOML that can hold any text."""

from __future__ import annotations

import json
import re


def toml_text(value: str) -> str:
    """Write a string of TOML."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_comment(text: str) -> str:
    """Write a text so that it stays in its comment."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)[:400]
