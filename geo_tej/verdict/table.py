"""The one table of what speaks: a row a rule and what a parcel can meet, by their places, and how well they match.

Judging, findings, explanations, extracts, tables and maps all join to it; nobody else asks whether a rule matches.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.model import UNKNOWN
from geo_tej.ragged import runs
from geo_tej.rules import NO, SPEAKS_NOT, YES, Questions, action_mask, asks_for, matches, strictest
from geo_tej.verdict.tests import Tests

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo_tej.model import LawLayer, Rule, Rulebook
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.key import Key

OF_GROUND = ("zone", "matrix", "setback")
"""The kinds of rules that speak of zones or objects."""

EVERYWHERE = -1
"""In place of a key: the rule asks for no zone and no object; it may speak on every parcel."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Rules and keys that match, by their places, sorted by key; those that speak everywhere come first.

    `match` is MAYBE or YES, and `unknown` names the attributes that leave it open.
    """

    rule: NDArray[np.intp]
    key: NDArray[np.intp]
    match: NDArray[np.int8]
    unknown: tuple[tuple[str, ...], ...]
    start: NDArray[np.intp]

    def of(self, key: int) -> range:
        """Return the rows of a key."""
        return range(int(self.start[key + 1]), int(self.start[key + 2]))


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Which rule speaks on what, and what it says.

    `said`, `outcome` and `ceiling` are rules x questions: the actions spoken on as bits, what the rule says and the
    strictest that discretion could make it (-1: nothing). `needed` are the actions that a question means.
    `test_of` says which of `tests` a rule has; the first is none. `rank` is each rule's place by its id. Rules that are
    `asking` ask for sign-offs; `of_layer` are the rules that speak of zones or objects of a layer. `silent` are
    the keys that bar what they do not list, `foreign` those of layers with tables of uses of which none, nor any rule
    that lists, speaks: nobody knows what may come there.
    """

    rules: tuple[Rule, ...]
    keys: tuple[Key, ...]
    questions: Questions
    rows: Rows
    said: NDArray[np.uint8]
    outcome: NDArray[np.int8]
    ceiling: NDArray[np.int8]
    needed: NDArray[np.uint8]
    tests: Tests
    test_of: NDArray[np.intp]
    rank: NDArray[np.intp]
    layers: Mapping[str, LawLayer]
    silent: NDArray[np.intp]
    foreign: NDArray[np.intp]
    asking: NDArray[np.bool_]
    verified: NDArray[np.bool_]
    of_layer: Mapping[str, NDArray[np.intp]]

    def number(self, rule: Rule) -> int:
        """Return the place of a rule."""
        return self._numbers[rule.id]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {rule.id: number for number, rule in enumerate(self.rules)}

    def listed(self, key: int, held: NDArray[np.int8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return, rows x questions, the actions that a zone's rules surely and perhaps list; `held` is rows x tests.

        A use that only an unverified rule, an unknown attribute or a missing fact lists may be unlisted after all.
        """
        surely = np.zeros((len(held), len(self.needed)), np.uint8)
        perhaps = surely.copy()
        for row in self.rows.of(key):
            number = self.rows.rule[row]
            if self.rules[number].lists:
                holds, named = held[:, self.test_of[number]], self.said[number]
                perhaps[holds != NO] |= named
                if self.rows.match[row] == YES and self.rules[number].verified:
                    surely[holds == YES] |= named
        return surely, perhaps


@dataclass(frozen=True, kw_only=True, eq=False)
class Law:
    """What of a table is the same for all questions; `speaks` is rules x all uses of the rulebook, actions are bits."""

    rules: tuple[Rule, ...]
    keys: tuple[Key, ...]
    rows: Rows
    tests: Tests
    test_of: NDArray[np.intp]
    rank: NDArray[np.intp]
    silent: NDArray[np.intp]
    foreign: NDArray[np.intp]
    uses: Mapping[str, int]
    speaks: NDArray[np.bool_]
    actions: NDArray[np.uint8]
    outcome: NDArray[np.int8]
    ceiling: NDArray[np.int8]
    asking: NDArray[np.bool_]
    verified: NDArray[np.bool_]
    of_layer: Mapping[str, NDArray[np.intp]]


def match(rulebook: Rulebook, rules: Sequence[Rule], keys: Sequence[Key]) -> Law:
    """Match every rule with every key."""
    tests = Tests.of([None, *(rule.when for rule in rules)])
    number_of = {when: number for number, when in enumerate(tests.whens)}
    rows = _rows(rules, keys, {})
    silent, foreign = _without_list(rulebook.layers, rules, keys, rows, {})
    by_layer: dict[str, list[int]] = {name: [] for name in rulebook.layers}
    for number, rule in enumerate(rules):
        if rule.layer is not None:
            by_layer[rule.layer].append(number)
    return Law(
        rules=tuple(rules),
        keys=tuple(keys),
        rows=rows,
        tests=tests,
        test_of=np.array([number_of[rule.when] for rule in rules], np.intp),
        rank=np.argsort(np.argsort([rule.id for rule in rules], kind="stable"), kind="stable"),
        silent=silent,
        foreign=foreign,
        uses={name: number for number, name in enumerate(rulebook.uses)},
        speaks=np.array([[use in rule.uses for use in rulebook.uses] for rule in rules], bool).reshape(
            len(rules), len(rulebook.uses)
        ),
        actions=np.array([action_mask(rule.actions) for rule in rules], np.uint8),
        outcome=np.array([rule.outcome for rule in rules], np.int8),
        ceiling=np.array([strictest(rule) for rule in rules], np.int8),
        asking=np.array([asks_for(rule) for rule in rules], bool),
        verified=np.array([rule.verified for rule in rules], bool),
        of_layer={
            name: np.array([number for number in numbers if rules[number].kind in OF_GROUND], np.intp)
            for name, numbers in by_layer.items()
        },
    )


def held(evidence: Evidence, table: Table) -> NDArray[np.int8]:
    """Tell, parcels x tests of a table, whether they hold, found out once."""
    return evidence.once("held", lambda: table.tests.held(evidence.known), of=table.tests)


def tabulate(
    rulebook: Rulebook, rules: Sequence[Rule], keys: Sequence[Key], questions: Questions, *, law: Law | None = None
) -> Table:
    """Say what every rule says on each question, where it matches a key; `law` has matched them already."""
    law = match(rulebook, rules, keys) if law is None else law
    ways = np.array([action_mask(pathway.actions) for pathway in questions.pathways], np.uint8)
    uses = law.speaks[:, [law.uses[use.id] for use in questions.uses]]
    said = np.where(uses[:, :, None], law.actions[:, None, None] & ways, np.uint8(0))
    said = said.reshape(len(law.rules), len(questions))
    return Table(
        rules=law.rules,
        keys=law.keys,
        questions=questions,
        rows=law.rows,
        said=said,
        outcome=np.where(said > 0, law.outcome[:, None], np.int8(SPEAKS_NOT)),
        ceiling=np.where(said > 0, law.ceiling[:, None], np.int8(SPEAKS_NOT)),
        needed=np.tile(ways, len(questions.uses)),
        tests=law.tests,
        test_of=law.test_of,
        rank=law.rank,
        layers=rulebook.layers,
        silent=law.silent,
        foreign=law.foreign,
        asking=law.asking,
        verified=law.verified,
        of_layer=law.of_layer,
    )


def assuming(table: Table, attributes: Mapping[tuple[str, str], str]) -> Table:
    """Return the table where attributes, by (layer, attribute), are taken as this value if they are unknown."""
    rows = _rows(table.rules, table.keys, attributes)
    silent, foreign = _without_list(table.layers, table.rules, table.keys, rows, attributes)
    return replace(table, rows=rows, silent=silent, foreign=foreign)


def _without_list(
    layers: Mapping[str, LawLayer],
    rules: Sequence[Rule],
    keys: Sequence[Key],
    rows: Rows,
    assume: Mapping[tuple[str, str], str],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the zones that bar what they do not list, and those that no list of their layer speaks of."""
    zones = [number for number, key in enumerate(keys) if key.distance_m is None]
    foreign = []
    for number in zones:
        tables, attributes = layers[keys[number].layer].tables, _assumed(keys[number], assume)
        spoken = any(matches(columns, attributes)[0] != NO for columns in tables)
        if tables and not spoken and not any(rules[rows.rule[row]].lists for row in rows.of(number)):
            foreign.append(number)
    barring = [number for number in zones if layers[keys[number].layer].unlisted == "prohibited"]
    return np.array([each for each in barring if each not in foreign], np.intp), np.array(foreign, np.intp)


def _rows(rules: Sequence[Rule], keys: Sequence[Key], assume: Mapping[tuple[str, str], str]) -> Rows:
    by_place: dict[tuple[str | None, float | None], list[int]] = {}
    for number, rule in enumerate(rules):
        by_place.setdefault((rule.layer, rule.distance_m), []).append(number)
    rows: list[tuple[int, int, int, tuple[str, ...]]] = [
        (number, EVERYWHERE, YES, ()) for number, rule in enumerate(rules) if rule.kind in ("fact", "raster")
    ]
    for place, key in enumerate(keys):
        attributes = _assumed(key, assume)
        for number in by_place.get((key.layer, key.distance_m), []):
            rule = rules[number]
            if rule.kind in OF_GROUND:
                match, unknown = matches(rule, attributes)
                if match != NO:
                    rows.append((number, place, match, unknown))
    of_key = np.array([key for _, key, _, _ in rows], np.intp)
    return Rows(
        rule=np.array([number for number, _, _, _ in rows], np.intp),
        key=of_key,
        match=np.array([match for _, _, match, _ in rows], np.int8),
        unknown=tuple(unknown for _, _, _, unknown in rows),
        start=np.searchsorted(of_key, np.arange(EVERYWHERE, len(keys) + 1)),
    )


def _assumed(key: Key, assume: Mapping[tuple[str, str], str]) -> Mapping[str, str]:
    return {
        name: assume.get((key.layer, name), value) if value == UNKNOWN else value
        for name, value in key.attributes.items()
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class Findings:
    """What speaks on parcels: a row a parcel, what it meets there and who speaks, in codes.

    Rows are sorted by parcel and by the rules' ids. `hit` is a place in the evidence's hits and `row` one in the
    table's; a rule that speaks everywhere has no hit (-1), and a zone that bars uses by not listing them has no row.
    `speaker` is the place of a rule or, from `len(table.rules)` on, of one of the `silences`, which are keys.
    `spoken` is speakers x questions. `gone_on` are the questions (a row each of `gone`, which are places) on which a
    finding gives way on all of its ground to an overlay that prevails.
    """

    table: Table
    parcel: NDArray[np.intp]
    hit: NDArray[np.intp]
    row: NDArray[np.intp]
    speaker: NDArray[np.intp]
    holds: NDArray[np.bool_]
    area_m2: NDArray[np.float64]
    share: NDArray[np.float64]
    silences: NDArray[np.intp]
    spoken: NDArray[np.bool_]
    gone: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    gone_on: NDArray[np.bool_] = field(default_factory=lambda: np.empty((0, 0), bool))

    @property
    def is_rule(self) -> NDArray[np.bool_]:
        """Whether a rule speaks, rather than a zone by its silence."""
        return np.asarray(self.row >= 0)

    def speaks(self, question: int) -> NDArray[np.bool_]:
        """Tell which findings speak on a question."""
        told = np.asarray(self.spoken[self.speaker, question])
        if len(self.gone):
            told[self.gone[self.gone_on[:, question]]] = False
        return told

    @property
    def gone_wholly(self) -> NDArray[np.intp]:
        """The places of findings that give way to an overlay on all that they speak on."""
        if not len(self.gone):
            return self.gone
        return self.gone[(self.gone_on | ~self.spoken[self.speaker[self.gone]]).all(axis=1)]

    def questions(self, place: int) -> NDArray[np.bool_]:
        """Tell on which questions a finding speaks."""
        told = np.asarray(self.spoken[self.speaker[place]])
        at = int(np.searchsorted(self.gone, place))
        return told & ~self.gone_on[at] if at < len(self.gone) and self.gone[at] == place else told

    def silence(self, speaker: int) -> Key | None:
        """Return the zone whose silence a speaker is, None where it is a rule."""
        number = speaker - len(self.table.rules)
        return self.table.keys[self.silences[number]] if number >= 0 else None

    def unknown(self, place: int) -> tuple[str, ...]:
        """Return the attributes that leave open whether a finding's zone is one that its rule speaks of."""
        row = int(self.row[place])
        return self.table.rows.unknown[row] if row >= 0 else ()


def find(evidence: Evidence, table: Table) -> Findings:
    """Join what parcels meet with what speaks there, wherever it may hold."""
    hits, rows, truths = evidence.hits, table.rows, held(evidence, table)
    first = rows.start[hits.key + 1]
    row, hit = runs(first, rows.start[hits.key + 2] - first)
    everywhere, count = rows.of(EVERYWHERE), len(evidence.ids)
    parcel = np.concatenate([hits.parcel[hit], np.repeat(np.arange(count), len(everywhere))])
    hit = np.concatenate([hit, np.full(count * len(everywhere), -1)])
    row = np.concatenate([row, np.tile(np.arange(len(everywhere)), count)])
    holds = truths[parcel, table.test_of[rows.rule[row]]]
    heard = holds != NO
    parcel, hit, row, holds = parcel[heard], hit[heard], row[heard], holds[heard]
    silences = _silences(evidence, table, truths)
    silent = np.concatenate([*(places for _, _, places in silences), np.empty(0, np.intp)]).astype(np.intp)
    number = np.repeat(np.arange(len(silences)), [len(places) for _, _, places in silences])
    parcel, hit = np.concatenate([parcel, hits.parcel[silent]]), np.concatenate([hit, silent])
    speaker = np.concatenate([rows.rule[row], len(table.rules) + number]).astype(np.intp)
    rank = np.concatenate([table.rank, len(table.rank) + np.arange(len(silences))])
    order = np.lexsort((rank[speaker], parcel))
    barred = np.array([barred for _, barred, _ in silences], bool).reshape(-1, len(table.needed))
    return Findings(
        table=table,
        parcel=parcel[order],
        hit=hit[order],
        row=np.concatenate([row, np.full(len(silent), -1)])[order],
        speaker=speaker[order],
        holds=np.concatenate([(holds == YES) & (rows.match[row] == YES), np.ones(len(silent), bool)])[order],
        area_m2=np.where(hit >= 0, _at(hits.area_m2, hit), evidence.area_m2[parcel])[order],
        share=np.where(hit >= 0, _at(hits.share, hit), 1.0)[order],
        silences=np.array([key for key, _, _ in silences], np.intp),
        spoken=np.concatenate([table.said > 0, barred]),
    )


def _at(values: NDArray[np.float64], places: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return values at places, whatever stands there for -1."""
    return np.concatenate([values, [np.nan]])[places]


def _silences(
    evidence: Evidence, table: Table, held: NDArray[np.int8]
) -> list[tuple[int, NDArray[np.bool_], NDArray[np.intp]]]:
    """Return the keys that bar what they do not list, the questions that they bar, and the hits where they do."""
    found = []
    for key in table.silent:
        met = np.flatnonzero(evidence.hits.key == key)
        kinds, which = np.unique(held[evidence.hits.parcel[met]], axis=0, return_inverse=True)
        _, perhaps = table.listed(int(key), kinds)
        for number, barred in enumerate((perhaps & table.needed) == 0):
            if barred.any():
                found.append((int(key), barred, met[which.ravel() == number]))
    return found
