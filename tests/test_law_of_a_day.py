"""The law of a day: what is asked of a day before the text that was read is neither forgotten nor granted."""

from __future__ import annotations

import datetime as dt

from specimen_texts import RULEBOOK, rule
from specimens import make_book, parcels, span, square, town, verdict

from geo_tej.report import parcel_report
from geo_tej.verdict import assess

DATED = RULEBOOK.replace('title = "Example act"', 'title = "Example act", since = 2020-01-01')
SINCE, BEFORE = dt.date(2020, 1, 1), dt.date(2019, 12, 31)
PERMITTED, PROHIBITED = 0, 2


def test_before_the_day_of_its_text_a_rule_grants_nothing_and_still_may_bar(tmp_path):
    """A yes that nobody has read counts as absent, a no as possible."""
    book = make_book(tmp_path / "law", text=DATED, rules=rule("wet", layer='"flood"', actions='["new"]'))
    project = town(book, parcels(square()), flood=[({"class": "deep"}, square())])
    for use, pathway, then, earlier in [
        ("shop", "keep", (PERMITTED, PERMITTED), (PERMITTED, PROHIBITED)),
        ("shop", "build", (PROHIBITED, PROHIBITED), (PERMITTED, PROHIBITED)),
    ]:
        assert span(verdict(project, use, pathway, on=SINCE)) == then
        told = verdict(project, use, pathway, on=BEFORE)
        assert span(told) == earlier
        assert "text in force since 2020-01-01; what held before has not been checked" in told.text("en")
        assert "所核文本自2020-01-01起施行，此前规定待核" in told.text("zh")


def test_a_rule_that_names_its_first_day_is_no_law_before_it(tmp_path):
    book = make_book(tmp_path / "law", text=DATED, rules=rule("wet", layer='"flood"', valid_from="2015-01-01"))
    assert [each.verified for each in book.on(dt.date(2015, 1, 1)) if each.id == "wet"] == [True]
    assert not [each for each in book.on(dt.date(2014, 12, 31)) if each.id == "wet"]


def test_texts_that_begin_later_are_named(tmp_path):
    book = make_book(tmp_path / "law", rules=rule("wet", layer='"flood"', valid_from="2015-01-01"))
    project = town(book, parcels(square()))
    early, late = (assess(project, on=day) for day in (dt.date(2014, 12, 31), dt.date(2015, 1, 1)))
    told = parcel_report(early, "A1", "en", in_full=False)
    assert "not yet in force on that day and not applied: Example act, art. 9 (from 2015-01-01). What held" in told
    assert "当日尚未施行、未予适用：《Example act》第9条（2015-01-01起）。此前" in parcel_report(
        early, "A1", "zh", in_full=False
    )
    assert "not yet in force" not in parcel_report(late, "A1", "en", in_full=False)


def test_an_article_of_a_text_that_is_heard_is_named_alone(tmp_path):
    rules = rule("wet", layer='"flood"', article='"1"') + rule(
        "deep", layer='"flood"', article='"1"', valid_from="2015-01-01"
    )
    book = make_book(
        tmp_path / "law", rules=rules + rule("far", layer='"flood"', article='"7"', valid_from="2016-01-01")
    )
    told = parcel_report(assess(town(book, parcels(square())), on=dt.date(2014, 12, 31)), "A1", "en", in_full=False)
    later = "Example act, art. 1, in part (from 2015-01-01); Example act, art. 7 (from 2016-01-01)"
    assert f"not yet in force on that day and not applied: {later}. What held" in told


def test_the_day_of_a_text_is_part_of_what_a_rulebook_says(tmp_path, book):
    assert make_book(tmp_path / "law", text=DATED).sha256 != book.sha256
