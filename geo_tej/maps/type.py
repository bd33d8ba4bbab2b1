"""Type for sheets: a family with Chinese characters, and lines broken as Chinese is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from matplotlib import font_manager

from geo_tej.errors import MapError
from geo_tej.i18n import wide

if TYPE_CHECKING:
    from pathlib import Path

_FAMILIES = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "SimHei", "SimSun",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Noto Sans CJK JP", "Arial Unicode MS",
)  # fmt: skip
_PIECES = re.compile(r"\s+|[^\s\u2e80-\uffef“”‘’]+|.")
_CLOSING, _OPENING = "，。、；：！？）》〉」』〕】”’", "（《〈「『〔【“‘"


def chinese_family(font: Path | None) -> str:
    """Return the name of a type family with Chinese characters: of a file, or the first known one installed.

    Raises
    ------
    MapError
        If the file is no type, or none is installed.
    """
    if font is not None:
        try:
            font_manager.fontManager.addfont(str(font))
            return str(font_manager.FontProperties(fname=str(font)).get_name())
        except (OSError, RuntimeError) as fault:
            message = f"{font}: cannot be read as a font file ({fault})"
            raise MapError(message) from fault
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    found = next((family for family in _FAMILIES if family in installed), None)
    if found is None:
        message = (
            "no Chinese type is installed for the sheet; install one such as Noto Sans CJK SC "
            "(Debian: fonts-noto-cjk), or name a font file with --font"
        )
        raise MapError(message)
    return found


def wrapped(words: str, columns: int) -> list[str]:
    """Break words into lines of so many columns, between Chinese characters and at spaces.

    A sign that closes does not begin a line, nor does one that opens end it.

    >>> wrapped("面积（公顷），百分比 12.5 %", 8)
    ['面积（公', '顷），百', '分比', '12.5 %']
    """
    lines, line = [], ""
    for whole in _PIECES.findall(words):
        for piece in (whole[at : at + columns] for at in range(0, len(whole), columns)):
            if line and wide(line + piece) > columns and piece not in _CLOSING:
                kept = line.rstrip().rstrip(_OPENING)
                lines.append(kept)
                line = line.rstrip()[len(kept) :]
            if line or not piece.isspace():
                line += piece
    return [*lines, line.rstrip()]
