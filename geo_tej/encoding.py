"""Bytes to text, never mojibake in silence: what is declared, what the file says, what strictly fits, or a guess."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_tej.errors import EncodingError
from geo_tej.i18n import Said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_tej.i18n import Language

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDER = {"shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030", "big5": "cp950"}
"""Codings whose texts are often written in the wider one under the same name."""

_FIRST_OF_THREE_BYTES = 0x800
_HAN = range(0x4E00, 0xA000)
_KANA, _NARROW = range(0x3041, 0x3100), range(0xFF61, 0xFFA0)
"""Japanese letters; and those of half width, which stray bytes make."""
_BIG5_IN_USE = (b"\xa4\x40", b"\xc6\x7e")
"""Big5's characters that are in frequent use, from the first to the last."""


@dataclass(frozen=True, kw_only=True)
class Coding:
    """How bytes become text: the codec, how it was known, and what a reader should be told of it."""

    name: str
    how: str
    remarks: tuple[str, ...] = ()


def codec(name: str) -> str:
    """Return Python's name of a coding, in its widest form: GBK, CP936 and GB2312 are all read as GB18030.

    Raises
    ------
    EncodingError
        If there is no such coding.

    >>> codec("GBK"), codec("936"), codec("65001"), codec("UTF8")
    ('gb18030', 'gb18030', 'utf-8', 'utf-8')
    """
    plain = name.strip().strip('"').lower().replace("_", "-")
    for prefix in ("ansi ", "ansi-", "ldid/", "windows-", "oem "):
        plain = plain.removeprefix(prefix)
    plain = {"65001": "utf-8", "936": "gbk", "950": "big5", "88591": "latin-1", "8859-1": "latin-1"}.get(plain, plain)
    try:
        found = codecs.lookup(f"cp{plain}" if plain.isdigit() else plain)
        "".encode(found.name)  # base64 and its like are codecs too, and no codings of text
    except (LookupError, ValueError) as fault:
        message = f"{name!r} is no coding of text; write it like UTF-8 or GBK"
        raise EncodingError(message) from fault
    return _WIDER.get(found.name, found.name)


def judge(  # noqa: PLR0911  one answer after the other
    data: bytes, *, declared: str | None = None, word: str = "", whose: str = "", language: Language = "en"
) -> Coding:
    """Say how bytes are to be read as text.

    In this order: a byte-order mark, the coding declared, the file's own word (`word`, said by `whose`), strict
    UTF-8, strict GB18030 where the language is Chinese, else what chardet makes of all of it.

    Raises
    ------
    EncodingError
        If what was declared does not fit, or nothing does.

    >>> judge("造纸厂".encode("gbk"), language="zh").name
    'gb18030'
    >>> judge("造纸厂".encode("gbk"), word="UTF-8", whose=".cpg", language="zh").remarks
    ('its .cpg says UTF-8, which its text is not; read as gb18030: say encoding to settle it',)
    >>> judge(b"").how
    'nothing but ASCII'
    """
    if declared is not None:
        name = codec(declared)
        _strictly(data, name, f"declared as {declared}")
        return Coding(name="utf-8-sig" if name == "utf-8" else name, how="declared")
    for mark, name in _MARKS:
        if data.startswith(mark):
            _strictly(data, name, "marked")
            return Coding(name=name, how="by its byte-order mark")
    if data.isascii() and b"\x1b" not in data:
        return Coding(name="utf-8", how="nothing but ASCII")
    if word:
        spoken = _word(data, word, language)
        if spoken is not None:
            return Coding(name=spoken, how=f"by its {whose}")
        rest = judge(data, language=language)
        said = Said(
            f"{whose} 注明 {word}，与文字不符，按 {rest.name} 读取；可用 encoding 声明",
            f"its {whose} says {word}, which its text is not; read as {rest.name}: say encoding to settle it",
        )
        return Coding(name=rest.name, how=rest.how, remarks=(said, *rest.remarks))
    if fits(data, "utf-8"):
        return Coding(name="utf-8", how="strict UTF-8", remarks=_doubt(data))
    if language == "zh" and fits(data, "gb18030"):
        how = "strict GB18030, as the project is Chinese"
        return Coding(name="gb18030", how=how, remarks=_doubt_of_han(data))
    return _guessed(data)


def decode(
    data: bytes, *, declared: str | None = None, word: str = "", whose: str = "", language: Language = "en"
) -> tuple[str, Coding]:
    """Return bytes as text, and how they were read.

    Raises
    ------
    EncodingError
        If no coding fits, or the one declared does not.

    >>> decode("名称".encode("utf-8-sig"))[0]
    '名称'
    """
    coding = judge(data, declared=declared, word=word, whose=whose, language=language)
    return data.decode(coding.name), coding


def fits(data: bytes, name: str) -> bool:
    """Say whether all bytes are text in a coding."""
    try:
        data.decode(name)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _strictly(data: bytes, name: str, how: str) -> None:
    try:
        data.decode(name)
    except UnicodeDecodeError as fault:
        message = f"its text is {how}, but byte {fault.start:,} ({data[fault.start]:#04x}) is none of that coding"
        raise EncodingError(message) from fault


def _word(data: bytes, word: str, language: Language) -> str | None:
    """Return the coding a file says it has, unless its bytes say otherwise."""
    try:
        name = codec(word)
    except EncodingError:
        return None
    if not fits(data, name):
        return None
    if name != "utf-8" and fits(data, "utf-8") and not _doubt(data):
        return None  # text of another coding is strict UTF-8 only by rare chance
    narrow = not name.startswith(("utf", "gb", "cp950", "big5", "euc", "shift", "cp932", "cp949"))
    if narrow and language == "zh" and fits(data, "gb18030") and _is_han(data.decode("gb18030")):
        return None  # any bytes are text in a coding of one byte a letter, which cannot write Chinese
    return name


def _is_han(text: str) -> bool:
    """Say whether most of what is not ASCII is Chinese characters, and of those in use."""
    others = [letter for letter in text if not letter.isascii()]
    return sum(ord(letter) in _HAN for letter in others) > 0.8 * len(others) and _in_use(others)  # or punctuation


def _in_use(letters: Sequence[str]) -> bool:
    """Say whether half of letters or more are of two high bytes in GB18030, as nearly all of Chinese text is.

    An accented letter of a Western coding and the ASCII letter after it make a character too, but none of those.

    >>> _in_use("造纸厂"), _in_use("魌")
    (True, False)
    """
    codes = [letter.encode("gb18030") for letter in letters if not letter.isascii()]
    return 2 * sum(len(code) > 2 or not code[1:].isascii() for code in codes) >= len(codes)  # noqa: PLR2004  four bytes


def _doubt(data: bytes) -> tuple[str, ...]:
    """Tell short text that is strict UTF-8 by chance: all its letters two bytes long, and all Chinese as GB18030."""
    odd = [letter for letter in data.decode("utf-8") if not letter.isascii()]
    if not odd or max(map(ord, odd)) >= _FIRST_OF_THREE_BYTES or not fits(data, "gb18030"):
        return ()
    other = data.decode("gb18030")
    if not all(letter.isascii() or ord(letter) in _HAN for letter in other):
        return ()
    shown, instead = "".join(odd)[:8], "".join(letter for letter in other if not letter.isascii())[:8]
    said = f"read as UTF-8 ({shown}), but it could be GB18030 ({instead}): say encoding to settle it"
    return (Said(f"按 UTF-8 读取（{shown}），也可能是 GB18030（{instead}）；可用 encoding 声明", said),)


def _doubt_of_han(data: bytes) -> tuple[str, ...]:
    """Tell text that fits GB18030, but in characters that hardly anybody writes: it may be of another coding.

    >>> _doubt_of_han("造紙廠鄉鎮".encode("big5"))
    ('read as GB18030 (硑\ue1fd紅秏马), but it could be Big5 (造紙廠鄉鎮): say encoding to settle it',)
    >>> _doubt_of_han("造紙廠鄉鎮".encode("gbk")), _doubt_of_han("造纸厂".encode("gbk"))
    ((), ())
    """
    odd = [letter for letter in data.decode("gb18030") if not letter.isascii()]
    rare = sum(not _writes(letter, "gb2312") for letter in odd)
    instead = _other_east(data) if 3 * rare > len(odd) else None
    if instead is None:
        if _in_use(odd):
            return ()
        western = "".join(letter for letter in data.decode("cp1252", "replace") if not letter.isascii())[:8]
        instead = ("西文编码", "a Western coding", western)
    shown = "".join(odd)[:8]
    coding_zh, coding, other = instead
    said = f"read as GB18030 ({shown}), but it could be {coding} ({other}): say encoding to settle it"
    return (Said(f"按 GB18030 读取（{shown}），也可能是 {coding_zh}（{other}）；可用 encoding 声明", said),)


def _writes(text: str, name: str) -> bool:
    """Say whether a text can be written in a coding."""
    try:
        text.encode(name)
    except UnicodeEncodeError:
        return False
    return True


def _other_east(data: bytes) -> tuple[str, str, str] | None:
    """Return Big5 or Shift-JIS, as it is called and what it would read, where bytes are likely text in it."""
    if fits(data, "cp950"):
        other = [letter for letter in data.decode("cp950") if not letter.isascii()]
        if all(_BIG5_IN_USE[0] <= letter.encode("cp950") <= _BIG5_IN_USE[1] for letter in other):
            return "Big5", "Big5", "".join(other)[:8]
    if fits(data, "cp932"):
        other = [letter for letter in data.decode("cp932") if not letter.isascii()]
        if any(code in _KANA for code in map(ord, other)) and not any(code in _NARROW for code in map(ord, other)):
            return "Shift-JIS", "Shift-JIS", "".join(other)[:8]
    return None


def _guessed(data: bytes) -> Coding:
    import chardet  # noqa: PLC0415  only for text that no strict coding fits

    found = chardet.detect(data, max_bytes=len(data))
    name = found["encoding"]
    if not name or not fits(data, name):
        message = 'its text is in no coding that can be told; say it, like encoding = "GBK"'
        raise EncodingError(message)
    said = Said(
        f"编码猜测为 {name}，请核对名称，并用 encoding 声明",
        f"its coding was guessed to be {name}; look at its names, and say encoding to settle it",
    )
    return Coding(name=codec(name), how="guessed from all of its text", remarks=(said,))
