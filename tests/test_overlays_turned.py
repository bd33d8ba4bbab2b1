"""However what is not known of overlays and districts turns out, the answer lies in the span that was given before."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import WHOLE, box, parcels, square, town, write_rulebook
from test_overlays import TABLES, TEXT, C, P, X, put, span, told

from geo_tej.rulebook import read_rulebook
from geo_tej.verdict import assess

STRIPS = 3
CELL = st.sampled_from(["", "P", "S", "L", "X", "N", "P*"])
BASE_CELL = st.sampled_from(["", "P", "S", "L", "X", "N"])
OVERLAY, DISTRICT = ("T", "H"), ("R", "C")
SETTLED_FACTS = (100, 900)


def of_strip(place):
    return box(place * 40, -50, place * 40 + 40, 200)


@st.composite
def worlds(draw):
    milder = draw(st.booleans())
    unlisted = "silent" if milder else draw(st.sampled_from(["silent", "prohibited"]))
    text = TEXT.replace('unlisted = "silent"\nprevails_over', f'unlisted = "{unlisted}"\nprevails_over')
    prevails = 'prevails = "where_milder"\n' if milder else ""
    text = text.replace('["districts"]\n', f'["districts", "second"]\n{prevails}')
    second = draw(st.sampled_from(["silent", "prohibited", "unknown", "permitted"]))
    based = draw(st.booleans())
    text = text.replace(
        '[[layer]]\nid = "airport"',
        f'[[layer]]\nid = "second"\ntitle = "second"\nunlisted = "{second}"\nattributes = {{ kind = ["M", "K"] }}\n'
        + "base = true\n" * based
        + '\n[[layer]]\nid = "airport"',
    )
    text = text.replace(
        'base = true\nattributes = { district = ["R", "C", "D"] }\nunlisted = "prohibited"',
        'base = true\nattributes = { district = ["R", "C", "D"] }\nunlisted = "'
        + draw(st.sampled_from(["silent", "prohibited", "unknown", "permitted"]))
        + '"',
    )
    binds = draw(st.tuples(*[st.sampled_from(["ground", "parcel"])] * 2))
    head, districts, rest = text.partition('[[matrix]]\nid = "districts"')
    rest, corridor, end = rest.partition('[[matrix]]\nid = "corridor"')
    text = (
        head
        + districts
        + rest.replace('"ground"', f'"{binds[0]}"')
        + '[[matrix]]\nid = "second"\nfile = "second.csv"\nlayer = "second"\nattribute = "kind"\nrows = "use"\n'
        'binds = "ground"\nsource = "code"\narticle = "8"\nverified = true\n\n'
        + corridor
        + end.replace('"ground"', f'"{binds[1]}"', 1)
    )
    tables = TABLES | {
        "uses": "use_id,name,group\nhouse,house,all\n",
        "districts": "use,R,C,D\nhouse," + ",".join(draw(st.tuples(BASE_CELL, BASE_CELL))) + ",P\n",
        "second": "use,M,K\nhouse," + ",".join(draw(st.tuples(BASE_CELL, BASE_CELL))) + "\n",
        "corridor": "use,T,H\nhouse," + ",".join(draw(st.tuples(CELL, CELL))) + "\n",
        "airport": "use,A\nhouse,X\n",
    }

    def some(*values):
        return [draw(st.sampled_from([*values, "unknown", None])) for _ in range(STRIPS)]

    return {
        "text": text,
        "tables": tables,
        "districts": some(*DISTRICT),
        "corridor": some(*OVERLAY),
        "second": some("M", "K"),
        "absent": draw(st.sampled_from([(), (), ("corridor",), ("second",), ("districts",)])),
        "unverified": draw(st.sampled_from([(), (), ("corridor",), ("districts",), ("second",)])),
        "floor_area_m2": draw(st.sampled_from([None, *SETTLED_FACTS])),
    }


NAME = {"districts": "district", "corridor": "overlay", "second": "kind"}
KNOWN = {"districts": DISTRICT, "corridor": OVERLAY, "second": ("M", "K")}


def answer(book, world):
    rows = {
        layer: None
        if layer in world["absent"]
        else [({NAME[layer]: value}, of_strip(place)) for place, value in enumerate(world[layer]) if value]
        for layer in NAME
    }
    rules = tuple(
        replace(rule, verified=rule.layer not in world["unverified"])
        for rule in book.rules
        if rule.layer not in world.get("untrue", ())
    )
    project = town(replace(book, rules=rules), parcels(square()), airport=[], **rows)
    facts = {} if world["floor_area_m2"] is None else {"floor_area_m2": world["floor_area_m2"]}
    return assess(project, facts=facts)


def turned(world, random):
    """Settle what is not known, as chance has it."""
    turn = dict(world)
    for layer in NAME:
        if layer in world["absent"]:
            turn[layer] = [str(random.choice([*KNOWN[layer], ""])) for _ in range(STRIPS)]
        turn[layer] = [str(random.choice(KNOWN[layer])) if value == "unknown" else value for value in turn[layer]]
    turn["absent"] = ()
    turn["untrue"] = world["unverified"] if random.integers(2) else ()
    turn["unverified"] = ()
    if turn["floor_area_m2"] is None:
        turn["floor_area_m2"] = int(random.choice(SETTLED_FACTS))
    return turn


@settings(max_examples=20, deadline=None)
@given(world=worlds(), seed=st.integers(0, 2**32 - 1))
def test_however_it_turns_out_the_answer_lies_in_the_span(world, seed):
    with TemporaryDirectory() as folder:
        book = read_rulebook(write_rulebook(Path(folder) / "law", rules="", text=world["text"], **world["tables"]))
    told_ = answer(book, world)
    before = told_.judgement
    named = np.array([bool(causes) for causes in before.open_sets])[before.open]
    assert (named == (before.least < before.most)).all()
    random = np.random.default_rng(seed)
    for _ in range(4):
        turn = turned(world, random)
        after = answer(book, turn).judgement
        assert (after.least >= before.least).all()
        assert (after.most <= before.most).all()
        assert (after.m2("prohibited_m2") >= before.m2("prohibited_m2") - 0.01).all()


TWO = (
    TEXT.replace('["districts"]\n', '["districts", "second"]\nprevails = "where_milder"\n')
    .replace(
        '[[layer]]\nid = "airport"',
        '[[layer]]\nid = "second"\ntitle = "second"\nunlisted = "silent"\nattributes = { kind = ["M", "K"] }\n\n'
        '[[layer]]\nid = "airport"',
    )
    .replace(
        '[[matrix]]\nid = "airport"',
        '[[matrix]]\nid = "second"\nfile = "second.csv"\nlayer = "second"\nattribute = "kind"\nrows = "use"\n'
        'binds = "ground"\nsource = "code"\narticle = "8"\nverified = true\n\n[[matrix]]\nid = "airport"',
    )
)
RANK = {"P": P, "L": C, "X": X}


@pytest.mark.parametrize(("first", "second", "over"), list(product(("P", "L", "X", ""), ("P", "L", "X", ""), "PLX")))
def test_over_two_layers_the_overlay_is_milder_than_the_stricter_or_gives_way(tmp_path, first, second, over):
    """What one of them allows takes nothing of the other away, nor of the overlay where it is stricter."""
    tables = TABLES | {
        "uses": "use_id,name,group\nhouse,house,all\n", "districts": f"use,R,C,D\nhouse,{first},P,P\n",
        "second": f"use,M,K\nhouse,{second},\n", "corridor": f"use,T,H\nhouse,{over},\n",
        "airport": "use,A\nhouse,X\n",
    }  # fmt: skip
    book = read_rulebook(write_rulebook(tmp_path / "law", rules="", text=TWO, **tables))
    corridor, both = [({"overlay": "T"}, box(*WHOLE))], [({"kind": "M"}, box(*WHOLE))]
    bases = [RANK[first] if first else X, *([RANK[second]] if second else [])]
    expected = min(RANK[over], max(bases))
    assert span(told(put(book, corridor=corridor, second=both), "house")) == (expected, expected)
    alone = min(RANK[over], bases[0])
    assert span(told(put(book, corridor=corridor, second=[]), "house")) == (alone, alone)


@pytest.fixture
def only_second(tmp_path):
    """An overlay that bars houses, and is to take none from zones M, where they may come."""
    tables = TABLES | {
        "uses": "use_id,name,group\nhouse,house,all\n", "districts": "use,R,C,D\nhouse,P,P,P\n",
        "second": "use,M,K\nhouse,P,\n", "corridor": "use,T,H\nhouse,X,\n", "airport": "use,A\nhouse,X\n",
    }  # fmt: skip
    text = TWO.replace('"districts", "second"', '"second"')
    return read_rulebook(write_rulebook(tmp_path / "law", rules="", text=text, **tables))


@pytest.mark.parametrize(("east", "stable"), [(-3, False), (-50, True), (103, False)])
def test_near_the_edge_of_a_layer_that_an_overlay_gives_way_to_a_verdict_may_change(only_second, east, stable):
    drawn = [({"kind": "M"}, box(east, -1000, 2000, 2000))]
    project = put(only_second, corridor=[({"overlay": "T"}, box(*WHOLE))], second=drawn)
    assert (assess(project, tolerance=5).robust.distance_m[0, 0] > 5) == stable


@pytest.mark.parametrize("second", ["", "M", "K"])
def test_an_overlay_that_adds_still_bars_where_the_other_layer_says_nothing(only_second, second):
    drawn = [({"kind": second}, box(*WHOLE))] if second else []
    verdict = told(put(only_second, corridor=[({"overlay": "T"}, box(*WHOLE))], second=drawn), "house")
    assert span(verdict) == ((P, P) if second == "M" else (X, X))
