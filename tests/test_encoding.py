"""Bytes become text by somebody's word or by a strict fit; a guess and a contradiction are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_tej.encoding import codec, decode, judge
from geo_tej.errors import EncodingError

MILL = "造纸厂"


@pytest.mark.parametrize(
    ("data", "given", "name", "how"),
    [
        (MILL.encode("utf-8"), {}, "utf-8", "strict UTF-8"),
        (MILL.encode("utf-8-sig"), {}, "utf-8-sig", "byte-order mark"),
        (MILL.encode("utf-16"), {}, "utf-16", "byte-order mark"),
        (MILL.encode("gbk"), {"language": "zh"}, "gb18030", "strict GB18030"),
        ("㐀𠀀".encode("gb18030"), {"language": "zh"}, "gb18030", "strict GB18030"),
        (MILL.encode("gbk"), {"declared": "GBK"}, "gb18030", "declared"),
        ("é".encode("latin-1"), {"declared": "latin-1"}, "iso8859-1", "declared"),
        (MILL.encode("gbk"), {"word": "936", "whose": "LDID"}, "gb18030", "by its LDID"),
        ("Dejvická".encode("cp1250"), {"word": "cp1250", "whose": ".cpg"}, "cp1250", "by its .cpg"),
        (b"\x1b plain", {}, "utf-8", "strict UTF-8"),
        (b"plain", {"word": "nonsense", "whose": ".cpg"}, "utf-8", "ASCII"),
    ],
)
def test_a_coding_is_known_by_somebodys_word_or_a_strict_fit(data, given, name, how):
    coding = judge(data, **given)
    assert (coding.name, coding.remarks) == (name, ())
    assert how in coding.how
    assert data.decode(coding.name)


@pytest.mark.parametrize(
    ("data", "word", "name"),
    [
        (MILL.encode("gbk"), "UTF-8", "gb18030"),  # the commonest lie
        (MILL.encode("utf-8"), "GBK", "utf-8"),
        (MILL.encode("utf-8"), "ISO-8859-1", "utf-8"),
        (MILL.encode("gbk"), "ISO-8859-1", "gb18030"),  # any bytes are Latin-1
        (MILL.encode("gbk"), "cp1252", "gb18030"),
        (MILL.encode("gbk"), "klingon", "gb18030"),
    ],
)
def test_a_file_that_says_what_its_text_is_not_is_told(data, word, name):
    coding = judge(data, word=word, whose=".cpg", language="zh")
    assert coding.name == name
    assert f"its .cpg says {word}, which its text is not" in coding.remarks[0]
    assert data.decode(coding.name) == MILL


def test_what_is_declared_must_fit():
    with pytest.raises(EncodingError, match=r"declared as UTF-8, but byte 0 \(0xd4\)"):
        judge(MILL.encode("gbk"), declared="UTF-8")
    for nonsense in ("klingon", "base64", "", "rot13"):
        with pytest.raises(EncodingError, match="no coding of text"):
            codec(nonsense)


def test_a_short_text_that_could_be_two_things_is_told():
    (remark,) = judge("小".encode("gbk"), language="zh").remarks  # D0 A1 is a Cyrillic letter in UTF-8
    assert "could be GB18030 (小)" in remark


def test_a_guess_is_told_and_what_is_no_text_is_refused():
    text = "Žluťoučký kůň úpěl ďábelské ódy v Bubenči"
    coding = judge(text.encode("cp1250"))
    assert "guessed" in coding.how
    assert "say encoding" in coding.remarks[0]


@given(st.text(), st.sampled_from(["zh", "en"]))
def test_utf_8_comes_back_as_it_was(text, language):
    data = text.encode("utf-8", "ignore")
    read, _ = decode(data, language=language)
    assert read == data.decode("utf-8").removeprefix("\ufeff")


@given(st.text(st.characters(codec="gb2312", min_codepoint=0x4E00), min_size=1))
def test_chinese_in_gbk_comes_back_or_is_told(text):
    read, told = decode(text.encode("gbk"), language="zh")
    assert read == text or "could be GB18030" in told.remarks[0]


@pytest.mark.parametrize(
    ("text", "name", "called"),
    [
        ("造紙廠鄉鎮", "big5", "Big5"),
        ("製紙工場の土地", "shift_jis", "Shift-JIS"),
        ("こうじょう", "shift_jis", "Shift-JIS"),
    ],
)
def test_text_of_another_coding_of_the_east_that_fits_gb18030_is_told(text, name, called):
    coding = judge(text.encode(name), language="zh")
    assert coding.name == "gb18030"
    assert f"but it could be {called} ({text[:8]}" in coding.remarks[0]
    assert f"也可能是 {called}" in coding.remarks[0].zh


@pytest.mark.parametrize("text", ["造纸厂", "造紙廠鄉鎮", "丽", "联通", "㐂", "建德市三都镇", "第３組"])
def test_chinese_in_gbk_is_not_taken_for_another_coding_of_the_east(text):
    assert not any(
        "Big5" in each or "Shift-JIS" in each for each in judge(text.encode("gb18030"), language="zh").remarks
    )
