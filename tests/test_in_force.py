"""Which plan is in force where: one that holds only inside zones of another layer, and those it replaces."""

from __future__ import annotations

import numpy as np
import pytest
from specimen_texts import RULEBOOK
from specimens import WHOLE, box, make_book, parcels, span, square, town, verdict

from geo_tej.errors import RulebookError
from geo_tej.model import Outcome, State
from geo_tej.verdict import assess

PERMITTED, CONDITIONAL, PROHIBITED = Outcome.PERMITTED, Outcome.CONDITIONAL, Outcome.PROHIBITED
PLAN = '{ id = "zoning", title = "plan", base = true,'
DETAIL = (
    '{ id = "detail", title = "detail", base = true, attributes = { class = ["mixed", "works"] },'
    ' unlisted = "prohibited", within = { layer = "scenic", where = { core = ["yes"] } } },\n'
)
MATRIX = RULEBOOK[RULEBOOK.index("[[matrix]]") :]
TEXT = RULEBOOK.replace(PLAN, DETAIL + PLAN + ' yields_to = ["detail"],') + MATRIX.replace(
    '"plan"', '"detail"'
).replace('layer = "zoning"', 'layer = "detail"')


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return make_book(tmp_path_factory.mktemp("law"), text=TEXT, rules="")


def over(*shape, **attributes):
    return [(attributes, box(*(shape or WHOLE)))]


MIXED, WORKS = {"class": "mixed"}, {"class": "works"}


def asked(book, plot=None, **layers):
    return verdict(town(book, parcels(plot or square()), **layers), "workshop", "build")


def test_inside_its_place_the_plan_alone_speaks(book):
    core = over(core="yes", grade="2")
    assert span(asked(book, zoning=over(**WORKS), detail=over(**MIXED), scenic=core)) == (PERMITTED, PERMITTED)
    assert span(asked(book, zoning=over(**MIXED), detail=over(**WORKS), scenic=core)) == (PROHIBITED, PROHIBITED)
    assert span(asked(book, zoning=[], detail=over(**MIXED), scenic=core)) == (PERMITTED, PERMITTED)


def test_outside_its_place_it_does_not_speak(book):
    for scenic in ([], over(core="no", grade="2")):
        assert span(asked(book, zoning=over(**MIXED), detail=over(**WORKS), scenic=scenic)) == (PERMITTED, PERMITTED)
        assert span(asked(book, zoning=over(**MIXED), detail=None, scenic=scenic)) == (PERMITTED, PERMITTED)


def test_where_nobody_knows_both_must_list_the_use(book):
    perhaps = over(core="unknown", grade="2")
    assert span(asked(book, zoning=over(**MIXED), detail=over(**WORKS), scenic=perhaps))[1] == PROHIBITED
    assert span(asked(book, zoning=over(**WORKS), detail=over(**MIXED), scenic=perhaps))[1] == PROHIBITED
    assert span(asked(book, zoning=over(**MIXED), detail=over(**MIXED), scenic=perhaps)) == (PERMITTED, PERMITTED)


def test_a_plan_that_is_missing_in_its_place_holds_the_answer_open(book):
    told = asked(book, zoning=over(**MIXED), detail=None, scenic=over(core="yes", grade="2"))
    assert span(told) == (PERMITTED, PROHIBITED)
    assert {(cause.kind, cause.layer) for cause in told.causes} == {("layer", "detail"), ("base", None)}
    empty = asked(book, zoning=over(**MIXED), detail=[], scenic=over(core="yes", grade="2"))
    assert {(cause.kind, cause.layer) for cause in empty.causes} == {("base", None)}
    unsurveyed = asked(book, zoning=over(**MIXED), detail=None, scenic=None)
    assert ("layer", "detail") in {(cause.kind, cause.layer) for cause in unsurveyed.causes}


def test_half_a_parcel_is_half_under_each(book):
    project = town(
        book,
        parcels(square()),
        zoning=over(**MIXED),
        detail=over(**WORKS),
        scenic=over(-1000, -1000, 50, 2000, core="yes"),
    )
    judged = assess(project, uses=["workshop"], pathways=["build"])
    row = judged.grounds.iloc[judged.verdicts["ground"].iloc[0]]
    assert (row["permitted_m2"], row["prohibited_m2"]) == (5000, 5000)
    hits = judged.evidence.hits
    by_layer = {judged.evidence.keys[key].layer: area for key, area in zip(hits.key, hits.area_m2, strict=True)}
    assert (by_layer["zoning"], by_layer["detail"]) == (5000, 5000)
    raw = judged.overlaps.set_index("layer")["area_m2"]
    assert (raw["zoning"], raw["detail"]) == (10_000, 10_000)  # the ledger is of the drawing, not of the law


def test_a_plan_is_not_missed_where_it_cannot_hold(book):
    project = town(book, parcels(square(), square(200)), detail=None, scenic=over(-1000, -1000, 150, 2000, core="yes"))
    states = assess(project).evidence
    assert states.states[:, states.layers.index("detail")].tolist() == [State.NO_DATA, State.NOT_AFFECTED]
    assert np.array_equal(states.unsurveyed[:, states.layers.index("detail")], [True, False])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'yields_to = ["detail"]',
            'yields_to = ["details"]',
            "layer zoning: yields_to 'details' is not in the rulebook",
        ),
        ('yields_to = ["detail"]', 'yields_to = ["flood"]', "yields_to 'flood', which does not say `within`"),
        ('within = { layer = "scenic"', 'within = { layer = "scenery"', "layer detail: within 'scenery'"),
        ('where = { core = ["yes"] }', 'where = { core = ["si"] }', "layer detail: within: value of core 'si'"),
        ('where = { core = ["yes"] }', 'where = { kern = ["yes"] }', "'kern' is not in the rulebook"),
        ('title = "detail", base = true', 'title = "detail"', "belong to layers with `base = true`"),
    ],
)
def test_a_plan_that_cannot_be_placed_is_refused(tmp_path, old, new, told):
    with pytest.raises(RulebookError) as raised:
        make_book(tmp_path, text=TEXT.replace(old, new), rules="")
    assert told in str(raised.value)
