"""How findings, approvals and articles are said: one bracket, one stop, in the reader's language."""

from __future__ import annotations

import re

import pytest
from specimen_texts import RULEBOOK, rule
from specimens import make_book, make_project, parcels, square, town, verdict

from geo_tej import read_project
from geo_tej.errors import ManifestError
from geo_tej.rulebook import bundled, read_rulebook
from geo_tej.verdict.words import law_words, zone_words

DOUBTFUL = rule(
    "wet", layer='"flood"', where='{ class = ["deep"] }', outcome='"conditional"', could_be='"prohibited"',
    decider='{ zh = "水利局", en = "the water board" }', condition='{ zh = "须加固。", en = "Walls are raised." }',
    when='{ all = [{ fact = "sewer", is = "no" }] }', article='"9（二）"', approvals='["permit"]',
)  # fmt: skip
ARTICLES = '[articles]\n"9（二）" = { zh = "第9条第二项", en = "art. 9(2)" }\n'


@pytest.fixture
def said(tmp_path):
    book = make_book(tmp_path / "law", text=RULEBOOK + ARTICLES, rules=DOUBTFUL)
    project = town(book, parcels(square()), flood=[({"class": "deep"}, square())])
    return lambda language, **facts: verdict(project, "shop", "build", facts=facts).text(language)


def test_a_doubt_and_a_discretion_share_one_bracket_and_the_law_follows_one_stop(said):
    english, chinese = said("en"), said("zh")
    assert (
        "◐ conditional (possibly; the water board may hold it not permitted): Walls are raised; Example act, art. 9(2)"
        in english
    )
    assert "◐ 有条件符合（可能；水利局可认定为不符合）：须加固。《Example act》第9条第二项" in chinese
    assert not re.search(r"\.;|\) \(|。。", english + chinese)


def test_an_approval_is_said_with_who_level_article_and_what_it_comes_before(said):
    assert "→ permit (county office, county); Example act, art. 2; before: works" in said("en", sewer="no")
    assert "→ 许可（县，县级）：《Example act》第2条；应在开工之前" in said("zh", sewer="no")


def test_every_article_of_the_bundled_law_is_said_in_english():
    book = read_rulebook(bundled()["zhejiang-scenic"])
    cited = [*book.rules, *book.permits.values(), *book.routes.values(), *book.terms.values()]
    cited += [reason for route in book.routes.values() for reason in route.reasons if reason.source]
    assert len(cited) > 1000
    for each in cited:
        assert not re.search(r"[\u3400-\u9fff（）]", law_words(book, each, "en")), each.article


def test_classes_have_words_from_the_rulebook_or_the_manifest(tmp_path):
    scenic = read_rulebook(bundled()["zhejiang-scenic"]).layers["flood"]
    assert zone_words(scenic, "1-in-20", "zh") == "二十年一遇"
    path = make_project(tmp_path / "town")
    text = path.read_text(encoding="utf-8")
    named = 'path = "flood.gpkg", names = { often = { zh = "常淹", en = "often under water" } },'
    path.write_text(text.replace('path = "flood.gpkg",', named), encoding="utf-8")
    project = read_project(path)
    assert zone_words(project.rulebook.layers["flood"], "often", "zh") == "常淹"
    assert project.rulebook.sha256 == read_project(make_project(tmp_path / "other")).rulebook.sha256
    wrong = text.replace('path = "firms.csv"', 'path = "firms.csv", names = { a = "b" }')
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(ManifestError, match="layer firms: `names` are words for classes of a layer of the rulebook"):
        read_project(path)
