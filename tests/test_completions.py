"""Whatever is not known may turn out in many ways: every answer must hold for each of them.

A parcel is four strips of ground, 25 m by 100 m. Random law lies on it, of which attributes, facts, texts, an officer's
word, a layer or the plan of a strip may be unknown. `answer` judges a world in which all is known, by hand.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import box, houses, layer_of, parcels, square, town
from test_verdict_properties import law

from geo_tej.i18n import Text
from geo_tej.model import Action, Comparison, Decision, Outcome, Rule, When
from geo_tej.verdict import assess, explain

PERMITTED, CONDITIONAL, PROHIBITED = range(3)
STRIPS, WIDE_M, HIGH_M = 4, 25.0, 100.0
PLOT = parcels(square())
VALUES = {"scenic": {"grade": ("1", "2"), "core": ("yes", "no")}, "flood": {"class": ("deep", "shallow", "often")}}
PLAN = {
    "mixed": {"hotel": CONDITIONAL, "shop": PERMITTED, "workshop": PERMITTED},
    "works": {"hotel": PROHIBITED, "shop": PERMITTED, "workshop": PROHIBITED},
    None: {"hotel": PROHIBITED, "shop": PROHIBITED, "workshop": PROHIBITED},
}
LEAST = {"hotel": (1000, 15), "shop": (0, 0), "workshop": (9000, 0)}
FACTS = {"sewer": ("yes", "no"), "listed": (True, False)}
WAYS = {"keep": "reuse", "build": "new"}
BARRING = ("silent", "prohibited", "unknown")
FEW = settings(settings.get_profile("house"), max_examples=60)


def subsets(values):
    return st.sets(st.sampled_from(values), min_size=1).map(lambda found: tuple(sorted(found)))


TESTS = st.sampled_from(sorted(FACTS)).flatmap(
    lambda name: st.builds(
        Comparison, fact=st.just(name), operator=st.sampled_from(["is", "stated"]), value=st.sampled_from(FACTS[name])
    )
)
WHENS = st.builds(When, how=st.sampled_from(["all", "any"]), tests=st.lists(TESTS, min_size=1, max_size=2).map(tuple))


@st.composite
def rules(draw):
    """Draw a rule on a zone, or on facts alone."""
    layer = draw(st.sampled_from([*sorted(VALUES), None]))
    where = {}
    if layer:
        names = draw(subsets(tuple(VALUES[layer])))
        where = {name: draw(subsets(VALUES[layer][name])) for name in names}
    outcome = draw(st.sampled_from([PERMITTED, CONDITIONAL, PROHIBITED]))
    stricter = draw(st.sampled_from([None, CONDITIONAL, PROHIBITED]))
    could_be = stricter if stricter is not None and stricter > outcome else None
    return Rule(
        id=f"r{draw(st.integers(0, 10**9))}", ref="", kind="zone" if layer else "fact", layer=layer, where=where,
        uses=frozenset(draw(subsets(tuple(LEAST)))),
        actions=frozenset(map(Action, draw(subsets(tuple(WAYS.values()))))),
        outcome=Outcome(outcome), binds=draw(st.sampled_from(["ground", "parcel"])) if layer else "parcel",
        condition=Text("", ""), source="act", article="9", verified=draw(st.booleans()),
        could_be=None if could_be is None else Outcome(could_be),
        decider=None if could_be is None else Text("局", "board"), lists=layer == "flood" and draw(st.booleans()),
        when=draw(st.one_of(st.none(), WHENS)) if layer else draw(WHENS),
        approvals=draw(st.sampled_from([(), ("permit",), ("opinion",)])),
    )  # fmt: skip


@st.composite
def zones(draw):
    """Draw a zone: its layer, attributes that may be unknown, and the strips that it lies on."""
    layer = draw(st.sampled_from(sorted(VALUES)))
    attributes = {name: draw(st.sampled_from([*values, "unknown"])) for name, values in VALUES[layer].items()}
    first = draw(st.integers(0, STRIPS - 1))
    return layer, attributes, range(first, draw(st.integers(first + 1, STRIPS)))


@st.composite
def worlds(draw):
    """Draw law and ground of which some is unknown: `None` is a fact, a layer or a strip's plan that nobody knows.

    `built` are the strips on which houses are recorded, one each.
    """
    return {
        "rules": draw(st.lists(rules(), max_size=4, unique_by=lambda each: each.id)),
        "zones": draw(st.lists(zones(), max_size=2)),
        "facts": {name: draw(st.sampled_from([*values, None])) for name, values in FACTS.items()},
        "plan": draw(st.lists(st.sampled_from(["mixed", "mixed", "works", None]), min_size=STRIPS, max_size=STRIPS)),
        "surveyed": draw(st.sampled_from([True, True, False])),
        "unlisted": draw(st.sampled_from(BARRING)),
        "built": draw(st.one_of(st.none(), st.frozensets(st.integers(0, STRIPS - 1), max_size=STRIPS))),
        "decided": draw(st.dictionaries(st.sampled_from(sorted(LEAST)), st.sampled_from([CONDITIONAL, PROHIBITED]))),
    }


def strip(places):
    return box(places[0] * WIDE_M, 0, (places[-1] + 1) * WIDE_M, HIGH_M)


def recorded(built):
    """Draw a house on each of these strips, far from its edges."""
    return None if built is None else houses(*(box(n * WIDE_M + 5, 5, n * WIDE_M + 20, 50) for n in sorted(built)))


def asked(world):
    """Ask the product."""
    book = law()
    book = replace(
        book,
        rules=(*(each for each in book.rules if each.kind == "matrix"), *world["rules"]),
        layers=book.layers | {"flood": replace(book.layers["flood"], unlisted=world["unlisted"])},
    )
    rows = {"zoning": [({"class": each}, strip([place])) for place, each in enumerate(world["plan"]) if each]}
    for layer, attributes, places in world["zones"]:
        if layer != "flood" or world["surveyed"]:
            rows.setdefault(layer, []).append((attributes, strip(places)))
    if not world["surveyed"]:
        rows["flood"] = layer_of(book, "flood", [], extent=None)
    stated = {name: value for name, value in world["facts"].items() if value is not None}
    decided = [
        Decision(
            parcel="A1", use=use, rule=rule.id, outcome=Outcome(outcome), reason="", officer="Li",
            date=dt.date(2026, 1, 1), document="letter",
        )
        for use, outcome in world["decided"].items()
        for rule in world["rules"]
        if rule.could_be is not None
    ]  # fmt: skip
    place = town(book, PLOT, buildings=recorded(world["built"]), **rows)
    return assess(replace(place, decisions=tuple(decided)), facts=stated)


def completions(world, rng, most=150):
    """Give worlds in which all is known: every way in which the unknown may turn out, or many of them at random."""
    choices, known = [], [zone for zone in world["zones"] if zone[0] != "flood" or world["surveyed"]]
    for layer, attributes, _ in known:
        open_to = [VALUES[layer][name] if value == "unknown" else (value,) for name, value in attributes.items()]
        choices.append([dict(zip(attributes, each, strict=True)) for each in product(*open_to)])
    facts = [FACTS[name] if value is None else (value,) for name, value in world["facts"].items()]
    texts = [(True,) if each.verified else (True, False) for each in world["rules"]]
    words = [(each.outcome,) if each.could_be is None else (each.outcome, each.could_be) for each in world["rules"]]
    plans = [(each,) if each else ("mixed", "works", None) for each in world["plan"]]
    water = [] if world["surveyed"] else [(None, *VALUES["flood"]["class"])] * STRIPS
    barring = {"silent": (False,), "prohibited": (True,), "unknown": (True, False)}[world["unlisted"]]
    somewhere = [*({place} for place in range(STRIPS)), set(range(STRIPS))]
    # where none is recorded one may have been missed; without a survey only where it stands is asked
    built = {None: somewhere, frozenset(): [set(), *somewhere]}.get(world["built"], [world["built"]])
    parts = [*choices, *facts, *texts, *words, *plans, *water, barring, built, (False, True)]
    sizes = [len(each) for each in parts]
    count = int(np.prod(sizes))
    picked = (
        product(*parts)
        if count <= most
        else ([each[rng.integers(size)] for each, size in zip(parts, sizes, strict=True)] for _ in range(most))
    )
    for each in picked:
        values = iter(each)
        ground = [(layer, next(values), places) for layer, _, places in known]
        told = {name: next(values) for name in world["facts"]}
        in_force = [next(values) for _ in world["rules"]]
        said = [next(values) for _ in world["rules"]]
        plan = [next(values) for _ in range(STRIPS)]
        if not world["surveyed"]:
            flood = [next(values) for _ in range(STRIPS)]
            ground += [("flood", {"class": value}, range(n, n + 1)) for n, value in enumerate(flood) if value]
        yield {
            "bars_unlisted": next(values), "built": next(values), "whole_or_nothing": next(values),
            "decided": world["decided"], "zones": ground, "plan": plan,
            "told_plan": world["plan"], "facts": told, "stated": world["facts"],
            "rules": [(rule, word) for rule, on, word in zip(world["rules"], in_force, said, strict=True) if on],
        }  # fmt: skip


def holds(rule, world):
    if rule.when is None:
        return True
    facts = {"is": world["facts"], "stated": world["stated"]}
    return (all if rule.when.how == "all" else any)(
        facts[test.operator][test.fact] == test.value for test in rule.when.tests
    )


def unlisted(world, use, way):
    """Give the strips of water whose zone no rule lists the use for."""
    for layer, attributes, places in world["zones"]:
        listing = (
            rule
            for rule, _ in world["rules"]
            if rule.lists and use in rule.uses and Action(WAYS[way]) in rule.actions and holds(rule, world)
        )
        if layer == "flood" and not any(attributes["class"] in rule.where["class"] for rule in listing):
            yield from places


def of_houses(world, way, ground):
    """Say whether a house can be kept: not where none stands, or all stand on barred ground, or some and it matters."""
    under = [ground[place] == PROHIBITED for place in world["built"]]
    lost = all(under) or (any(under) and world["whole_or_nothing"])
    return PROHIBITED if way == "keep" and lost else PERMITTED


def answer(world, use, way):
    """Judge a known world: the outcome, the ground that is free, the largest piece, and the approvals."""
    ground, whole = [PLAN[each][use] for each in world["plan"]], PERMITTED
    approvals = (
        {"permit"} if use == "hotel" and "mixed" in world["told_plan"] else set()
    )  # an unknown plan's are its own
    for rule, said in world["rules"]:
        if use not in rule.uses or Action(WAYS[way]) not in rule.actions or not holds(rule, world):
            continue
        met = [
            set(places)
            for layer, attributes, places in world["zones"]
            if layer == rule.layer and all(attributes[name] in wanted for name, wanted in rule.where.items())
        ]
        if rule.layer and not met:
            continue
        if rule.outcome != PROHIBITED:
            approvals |= set(rule.approvals)
        if rule.could_be is not None and use in world["decided"]:
            said = max(rule.outcome, world["decided"][use])  # noqa: PLW2901  the officer's word
        if rule.binds == "parcel":
            whole = max(whole, said)
        else:
            for place in set().union(*met):
                ground[place] = max(ground[place], said)
    for place in unlisted(world, use, way) if world["bars_unlisted"] else ():
        ground[place] = PROHIBITED
    free = [] if whole == PROHIBITED else [place for place, each in enumerate(ground) if each < PROHIBITED]
    runs = "".join("x" if place in free else " " for place in range(STRIPS)).split()
    largest = max((len(run) for run in runs), default=0)
    area, width = LEAST[use]
    together = max(ground)
    if free and len(free) < STRIPS:
        fits = any(
            len(run) * WIDE_M * HIGH_M >= area and min(len(run) * WIDE_M, HIGH_M) >= width for run in runs
        )  # fmt: skip
        together = CONDITIONAL if fits else PROHIBITED
    outcome = max(whole, together, of_houses(world, way, ground))
    piece = WIDE_M * HIGH_M
    return outcome, len(free) * piece, largest * piece, set() if outcome == PROHIBITED else approvals


@FEW
@given(world=worlds(), seed=st.integers(0, 2**32 - 1))
def test_however_the_unknown_turns_out_the_answer_holds(world, seed):
    told = asked(world)
    turns = list(completions(world, np.random.default_rng(seed)))
    for use, way in product(LEAST, WAYS):
        said = explain(told, "A1", use, way)
        sure = {permit.id for permit in said.permits}
        perhaps = sure | {each.permit.id for each in said.possible_permits}
        for turn in turns:
            outcome, free_m2, piece_m2, approvals = answer(turn, use, way)
            assert said.at_least <= outcome <= said.at_most
            assert said.surely_free_m2 <= free_m2 + 0.01
            assert free_m2 <= 10_000 - said.area_m2["prohibited"] + 0.01
            assert said.largest_remaining_m2 <= piece_m2 + 0.01
            assert piece_m2 <= said.largest_possible_m2 + 0.01
            assert outcome == PROHIBITED or sure <= approvals <= perhaps
