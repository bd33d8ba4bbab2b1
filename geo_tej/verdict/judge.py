"""From evidence and rules to spans: for each parcel and question the mildest and the strictest it can be, and why.

Everything is a table of parcels (or faces) x questions of small integers. A rule raises `least` where it surely holds
and `most` where it could; ground-binding rules do so face by face, and a parcel's faces are put together at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.ground import remaining
from geo_tej.measure import HAIRLINE_M, mean_width_m
from geo_tej.model import UNKNOWN, Level, Outcome
from geo_tej.rules import (
    MAYBE,
    NO,
    SPEAKS_NOT,
    YES,
    Questions,
    action_mask,
    matches,
    missing_facts,
    outcomes,
    speaks,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from geo_tej.model import Decision, LawLayer, Rule, Rulebook
    from geo_tej.verdict.evidence import Evidence, Key

PROHIBITED = np.int8(Outcome.PROHIBITED)
WORD = 64


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a verdict is open: `kind` layer, attribute, fact, unverified, officer, unlisted, base or geometry."""

    kind: str
    layer: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgement:
    """Parcels x questions: the span, the causes that hold it open (codes into `open_sets`), areas and level.

    `area_m2` is outcomes (with unknown) x parcels x questions; `largest_m2` the largest piece that is not prohibited.
    """

    least: NDArray[np.int8]
    most: NDArray[np.int8]
    open: NDArray[np.int32]
    open_sets: tuple[tuple[Cause, ...], ...]
    area_m2: NDArray[np.float64]
    largest_m2: NDArray[np.float64]
    level: NDArray[np.int8]


@dataclass(eq=False)
class _Ledger:
    """The tables being filled."""

    parcel_least: NDArray[np.int8]
    parcel_most: NDArray[np.int8]
    face_least: NDArray[np.int8]
    face_most: NDArray[np.int8]
    granted: dict[str, NDArray[np.uint8]]
    level: NDArray[np.int8]
    raised: dict[Cause, list[tuple[str, NDArray[np.intp], NDArray[np.int8]]]] = field(default_factory=dict)

    def note(self, cause: Cause, table: str, rows: NDArray[np.intp], ceiling: NDArray[np.int8]) -> None:
        if len(rows):
            self.raised.setdefault(cause, []).append((table, rows, ceiling))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Bench:
    """What stays the same while rules are heard."""

    evidence: Evidence
    questions: Questions
    rulebook: Rulebook
    outcome: Mapping[str, tuple[NDArray[np.int8], NDArray[np.int8]]]
    decided: Mapping[str, Mapping[int, NDArray[np.int8]]]
    face_order: NDArray[np.intp]
    face_start: NDArray[np.intp]
    hit_order: NDArray[np.intp]
    hit_start: NDArray[np.intp]
    truths: dict[str, NDArray[np.int8]] = field(default_factory=dict)

    def held(self, rule: Rule) -> NDArray[np.int8]:
        """Tell, a parcel each, whether a rule's tests hold; worked out once a rule, however many zones it speaks on."""
        if rule.id not in self.truths:
            self.truths[rule.id] = truth(rule.when, self.evidence.facts)
        return self.truths[rule.id]

    def faces_of(self, key: int) -> NDArray[np.intp]:
        return self.evidence.faces.face[self.face_order[self.face_start[key] : self.face_start[key + 1]]]

    def voices(
        self, rule: Rule, owner: NDArray[np.intp]
    ) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int8], NDArray[np.int8], NDArray[np.int8]]]:
        """Give the rows (by their parcels) on which a rule speaks alike: which, its outcome, its ceiling, its leeway.

        The leeway is the ceiling of what is still at an officer's discretion. Where an officer has decided, nothing
        is: outcome and ceiling are what was decided, though never milder than what the rule says by itself.
        """
        outcome, ceiling = self.outcome[rule.id]
        decided = self.decided.get(rule.id, {})
        alike = ~np.isin(owner, list(decided))
        if alike.any() or not decided:
            yield alike, outcome, ceiling, ceiling
        for parcel, said in decided.items():
            here = owner == parcel
            if here.any():
                settled = (said != SPEAKS_NOT) & (outcome != SPEAKS_NOT)
                firm = np.where(settled, np.maximum(outcome, said), outcome)
                yield here, firm, np.where(settled, firm, ceiling), np.where(settled, SPEAKS_NOT, ceiling)

    def parcels_of(self, key: int) -> NDArray[np.intp]:
        return self.evidence.hits.parcel[self.hit_order[self.hit_start[key] : self.hit_start[key + 1]]]


def judge(  # noqa: PLR0913  what is known, what is asked, and what is taken as given
    evidence: Evidence,
    rulebook: Rulebook,
    rules: Sequence[Rule],
    questions: Questions,
    *,
    assume: Mapping[tuple[str, str], str] | None = None,
    decisions: Sequence[Decision] = (),
) -> Judgement:
    """Judge every parcel of the evidence on every question.

    Parameters
    ----------
    evidence
        What was measured.
    rulebook
        The law's layers and permits.
    rules
        The rules in force on the day asked for.
    questions
        Uses x pathways.
    assume
        Attributes, by (layer, attribute), to be taken as this value where they are unknown.
    decisions
        What officers decided, oldest first: they settle what a rule leaves to them, and soften nothing.
    """
    count, faces, asked = len(evidence.ids), len(evidence.faces.parcel), len(questions)
    keys = np.arange(len(evidence.keys) + 1)
    face_order, hit_order = (np.argsort(each, kind="stable") for each in (evidence.faces.key, evidence.hits.key))
    bench = _Bench(
        evidence=evidence,
        questions=questions,
        rulebook=rulebook,
        outcome={rule.id: outcomes(rule, questions) for rule in rules},
        decided=_decided(evidence, questions, decisions),
        face_order=face_order,
        face_start=np.searchsorted(evidence.faces.key[face_order], keys),
        hit_order=hit_order,
        hit_start=np.searchsorted(evidence.hits.key[hit_order], keys),
    )
    tables = _Ledger(
        parcel_least=np.zeros((count, asked), np.int8),
        parcel_most=np.zeros((count, asked), np.int8),
        face_least=np.zeros((faces, asked), np.int8),
        face_most=np.zeros((faces, asked), np.int8),
        granted={name: np.zeros((faces, asked), np.uint8) for name, law in rulebook.layers.items() if law.base},
        level=np.zeros((count, asked), np.int8),
    )
    of_layer: dict[str | None, list[Rule]] = {}
    for rule in rules:
        of_layer.setdefault(rule.layer, []).append(rule)
    for number, key in enumerate(evidence.keys):
        _hear_key(bench, tables, number, _assumed(key, assume), of_layer.get(key.layer, []))
    everyone = np.arange(count)
    for rule in rules:
        if rule.kind in ("fact", "raster"):
            _hear(bench, tables, rule, YES, (), everyone, None)
    for position, name in enumerate(evidence.layers):
        unsurveyed = np.flatnonzero(evidence.unsurveyed[:, position])
        _fear(bench, tables, rulebook.layers[name], of_layer.get(name, []), unsurveyed)
    _require_grant(bench, tables)
    return _conclude(bench, tables)


def _decided(
    evidence: Evidence, questions: Questions, decisions: Sequence[Decision]
) -> dict[str, dict[int, NDArray[np.int8]]]:
    """Return, by rule and parcel, what was decided on each question; -1 where nothing was. The latest counts."""
    table: dict[str, dict[int, NDArray[np.int8]]] = {}
    uses = np.repeat([use.id for use in questions.uses], len(questions.pathways))
    for decision in decisions:
        parcel = int(evidence.ids.get_indexer(pd.Index([decision.parcel]))[0])
        if parcel >= 0:
            said = table.setdefault(decision.rule, {}).setdefault(parcel, np.full(len(questions), SPEAKS_NOT, np.int8))
            said[uses == decision.use] = decision.outcome
    return table


def _assumed(key: Key, assume: Mapping[tuple[str, str], str] | None) -> Key:
    if not assume:
        return key
    attributes = {
        name: assume.get((key.layer, name), value) if value == UNKNOWN else value
        for name, value in key.attributes.items()
    }
    return replace(key, attributes=attributes)


def _hear_key(bench: _Bench, tables: _Ledger, number: int, key: Key, rules: Sequence[Rule]) -> None:
    """Let every rule of a layer speak on the parcels and faces that meet one of its classes."""
    parcels, faces = bench.parcels_of(number), bench.faces_of(number)
    if not len(parcels):
        return
    law = bench.rulebook.layers[key.layer]
    matching: list[tuple[Rule, int, tuple[str, ...]]] = []
    for rule in rules:
        if rule.kind not in ("zone", "matrix", "setback") or rule.distance_m != key.distance_m:
            continue
        match, unknown = matches(rule, key.attributes)
        if match != NO:
            matching.append((rule, match, unknown))
            _hear(bench, tables, rule, match, unknown, parcels, faces)
    if key.distance_m is None and law.unlisted != "silent" and len(faces):
        _hear_unlisted(bench, tables, law, matching, faces, foreign=_is_foreign(law, key, matching))


def _is_foreign(law: LawLayer, key: Key, matching: Sequence[tuple[Rule, int, tuple[str, ...]]]) -> bool:
    """Tell whether a layer has tables of uses and none of them, nor any rule that lists, speaks of a class of zone."""
    if not law.tables or any(rule.lists for rule, _, _ in matching):
        return False
    return all(matches(columns, key.attributes)[0] == NO for columns in law.tables)


def _hear_unlisted(  # noqa: PLR0913
    bench: _Bench,
    tables: _Ledger,
    law: LawLayer,
    matching: Sequence[tuple[Rule, int, tuple[str, ...]]],
    faces: NDArray[np.intp],
    *,
    foreign: bool,
) -> None:
    """Give uses that a layer does not list, for any action asked, the meaning that the rulebook declares for them.

    A use that only an unverified rule, an unknown attribute or a missing fact lists may be unlisted after all. In a
    zone that is `foreign` to the layer's tables nothing is unlisted: nobody knows what may come there.
    """
    evidence = bench.evidence
    owner = evidence.faces.parcel[faces]
    needed = _needed(bench.questions)
    surely = np.zeros((len(faces), len(needed)), np.uint8)
    perhaps = surely.copy()
    listing = [(rule, match, unknown) for rule, match, unknown in matching if rule.lists]
    spoken = any(match == YES and rule.verified for rule, match, _ in listing)
    for rule, match, _ in listing:
        held, named = bench.held(rule)[owner], speaks(rule, bench.questions)
        perhaps[held != NO] |= named
        if match == YES and rule.verified:
            surely[held == YES] |= named
    unheard = (perhaps & needed) == 0
    partly = ~unheard & ((perhaps & needed) != needed)
    doubtful = ~unheard & ((surely & needed) != needed)
    if law.unlisted == "permitted" and spoken and law.base:
        tables.granted[law.id][faces] |= np.where(unheard, needed, np.uint8(0))
    elif law.unlisted == "prohibited" and not foreign:
        unlisted = np.where(unheard, PROHIBITED, SPEAKS_NOT).astype(np.int8)
        tables.face_least[faces] = np.maximum(tables.face_least[faces], unlisted)
        if law.base:
            tables.granted[law.id][faces] |= np.where(unheard, needed, np.uint8(0))
    elif (law.unlisted == "unknown" or foreign) and not law.base:
        _note_lacking(tables, Cause(kind="unlisted", layer=law.id), faces, unheard)
    if law.unlisted in ("prohibited", "unknown") and not law.base:
        _note_lacking(tables, Cause(kind="unlisted", layer=law.id), faces, partly)
        for rule, _, unknown in listing:
            for cause, where in _doubts(bench, rule, unknown, owner):
                heard = speaks(rule, bench.questions) > 0
                _note_lacking(tables, cause, faces, doubtful & heard & where[:, None])


def _doubts(
    bench: _Bench, rule: Rule, unknown: tuple[str, ...], owner: NDArray[np.intp]
) -> Iterator[tuple[Cause, NDArray[np.bool_]]]:
    """Name what keeps a rule that matches from surely holding, and on which faces, given by their parcels."""
    everywhere = np.ones(len(owner), dtype=bool)
    for attribute in unknown:
        yield Cause(kind="attribute", layer=rule.layer, name=attribute), everywhere
    if not rule.verified:
        yield Cause(kind="unverified", layer=rule.layer, name=rule.id), everywhere
    for fact, absent in missing_facts(rule.when, bench.evidence.facts).items():
        yield _missing(bench.rulebook, fact), absent[owner]


def _hear(  # noqa: PLR0913  a rule, how it matched, and whom it meets
    bench: _Bench,
    tables: _Ledger,
    rule: Rule,
    match: int,
    unknown: tuple[str, ...],
    parcels: NDArray[np.intp],
    faces: NDArray[np.intp] | None,
) -> None:
    """Let one rule speak: where it surely holds it raises both tables, where it could it raises `most`."""
    evidence = bench.evidence
    held = bench.held(rule)
    on_ground = rule.binds == "ground" and faces is not None
    rows = faces if on_ground and faces is not None else parcels
    owner = evidence.faces.parcel[rows] if on_ground else rows
    table = "face" if on_ground else "parcel"
    least, most = (tables.face_least, tables.face_most) if on_ground else (tables.parcel_least, tables.parcel_most)
    sure = (held[owner] == YES) if match == YES and rule.verified else np.zeros(len(rows), dtype=bool)
    possible = (held[owner] != NO) & ~sure
    for alike, outcome, ceiling, leeway in bench.voices(rule, owner):
        _raise(least, rows[sure & alike], outcome)
        _raise(most, rows[sure & alike], ceiling)
        if rule.could_be is not None:
            tables.note(Cause(kind="officer", layer=rule.layer, name=rule.id), table, rows[sure & alike], leeway)
    if rule.approvals and rule.outcome != Outcome.PROHIBITED:
        level = max((bench.rulebook.permits[permit].level for permit in rule.approvals), default=Level.NONE)
        heard = bench.outcome[rule.id][0] != SPEAKS_NOT
        _raise(tables.level, np.unique(owner[sure]), np.where(heard, level, SPEAKS_NOT).astype(np.int8))
    if faces is not None and rule.lists and rule.layer is not None and bench.rulebook.layers[rule.layer].base:
        _grant(bench, tables, rule, faces, sure if on_ground else None, match, held)
    if not possible.any() or (rule.outcome == Outcome.PERMITTED and rule.could_be is None):
        return
    _leave_open(bench, tables, rule, unknown, table, rows, possible)


def _leave_open(  # noqa: PLR0913
    bench: _Bench,
    tables: _Ledger,
    rule: Rule,
    unknown: tuple[str, ...],
    table: str,
    rows: NDArray[np.intp],
    possible: NDArray[np.bool_],
) -> None:
    """Let a rule that may hold raise `most`, and note everything that keeps it from being sure."""
    evidence = bench.evidence
    on_ground = table == "face"
    owner = evidence.faces.parcel[rows] if on_ground else rows
    open_fact = possible & (bench.held(rule)[owner] == MAYBE)
    missing = missing_facts(rule.when, evidence.facts)
    for alike, _, ceiling, _ in bench.voices(rule, owner):
        here = possible & alike
        _raise(tables.face_most if on_ground else tables.parcel_most, rows[here], ceiling)
        for attribute in unknown:
            tables.note(Cause(kind="attribute", layer=rule.layer, name=attribute), table, rows[here], ceiling)
        for fact, absent in missing.items():
            tables.note(_missing(bench.rulebook, fact), table, rows[open_fact & alike & absent[owner]], ceiling)
        if not rule.verified:
            tables.note(Cause(kind="unverified", layer=rule.layer, name=rule.id), table, rows[here], ceiling)


def _missing(rulebook: Rulebook, fact: str) -> Cause:
    """Return the cause that a fact is, or that the raster is of which it is a measure."""
    if fact in rulebook.measures:
        return Cause(kind="layer", layer=rulebook.measures[fact].layer)
    return Cause(kind="fact", name=fact)


def _grant(  # noqa: PLR0913
    bench: _Bench,
    tables: _Ledger,
    rule: Rule,
    faces: NDArray[np.intp],
    sure: NDArray[np.bool_] | None,
    match: int,
    held: NDArray[np.int8],
) -> None:
    """Write down for which actions a verified rule of the base layer has spoken on these faces."""
    if sure is None:
        sure = (held[bench.evidence.faces.parcel[faces]] == YES) & (match == YES and rule.verified)
    tables.granted[str(rule.layer)][faces[sure]] |= speaks(rule, bench.questions)


def _fear(bench: _Bench, tables: _Ledger, law: LawLayer, rules: Sequence[Rule], parcels: NDArray[np.intp]) -> None:
    """Where a layer was not surveyed, anything that its rules could say is possible."""
    if not len(parcels):
        return
    cause = Cause(kind="layer", layer=law.id)
    if law.unlisted in ("prohibited", "unknown"):
        ceiling = np.full(len(bench.questions), PROHIBITED, np.int8)
        _raise(tables.parcel_most, parcels, ceiling)
        tables.note(cause, "parcel", parcels, ceiling)
        return
    for rule in rules:
        if rule.kind not in ("zone", "matrix", "setback"):
            continue
        rows = parcels[bench.held(rule)[parcels] != NO]
        for alike, _, ceiling, _ in bench.voices(rule, rows):
            _raise(tables.parcel_most, rows[alike], ceiling)
            tables.note(cause, "parcel", rows[alike], ceiling)


def _require_grant(bench: _Bench, tables: _Ledger) -> None:
    """Hold ground open to prohibition where a base layer on it lists a use for less than all actions asked for.

    Where several base layers lie, each must list it, unless the rulebook says that one yields to another.
    """
    evidence = bench.evidence
    needed = _needed(bench.questions)
    wide = mean_width_m(evidence.faces.polygon) >= HAIRLINE_M
    without = wide.copy()
    unsurveyed = wide.copy()
    for name, granted in tables.granted.items():
        keys = [number for number, key in enumerate(evidence.keys) if key.layer == name and key.distance_m is None]
        covered = np.unique(evidence.faces.face[np.isin(evidence.faces.key, keys)])
        without[covered] = False
        if bench.rulebook.layers[name].within is None:
            unsurveyed &= evidence.unsurveyed[evidence.faces.parcel, evidence.layers.index(name)]
        covered = covered[wide[covered]]
        _note_lacking(tables, Cause(kind="base", layer=name), covered, (granted[covered] & needed) != needed)
    missing, nowhere = np.flatnonzero(without & unsurveyed), np.flatnonzero(without & ~unsurveyed)
    for name in [each for each in tables.granted if bench.rulebook.layers[each].within is None]:
        _note_lacking(tables, Cause(kind="layer", layer=name), missing, np.ones((len(missing), len(needed)), bool))
    _note_lacking(tables, Cause(kind="base"), nowhere, np.ones((len(nowhere), len(needed)), bool))


def _needed(questions: Questions) -> NDArray[np.uint8]:
    """Return, a question each, the actions of its pathway as bits."""
    return np.array([action_mask(pathway.actions) for _ in questions.uses for pathway in questions.pathways], np.uint8)


def _note_lacking(tables: _Ledger, cause: Cause, faces: NDArray[np.intp], lacking: NDArray[np.bool_]) -> None:
    """Hold faces open to prohibition where `lacking` (a row a face) says so; a note for each pattern of questions."""
    some = lacking.any(axis=1)
    faces, lacking = faces[some], lacking[some]
    if not len(faces):
        return
    patterns, which = np.unique(lacking, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        ceiling = np.where(pattern, PROHIBITED, SPEAKS_NOT).astype(np.int8)
        rows = faces[which.ravel() == number]
        _raise(tables.face_most, rows, ceiling)
        tables.note(cause, "face", rows, ceiling)


def _raise(table: NDArray[np.int8], rows: NDArray[np.intp], values: NDArray[np.int8]) -> None:
    if len(rows) and (values != SPEAKS_NOT).any():
        table[rows] = np.maximum(table[rows], values)


def _conclude(bench: _Bench, tables: _Ledger) -> Judgement:
    evidence = bench.evidence
    np.maximum(tables.face_most, tables.face_least, out=tables.face_most)
    np.maximum(tables.parcel_most, tables.parcel_least, out=tables.parcel_most)
    ground_least, largest = _put_together(bench, tables.face_least)
    ground_most, _ = _put_together(bench, tables.face_most)
    grounded = np.zeros(len(evidence.ids), dtype=bool)
    grounded[evidence.faces.parcel] = True
    ground_most[~grounded] = PROHIBITED
    least = np.maximum(tables.parcel_least, ground_least)
    most = np.maximum(np.maximum(tables.parcel_most, ground_most), least)
    lost = np.flatnonzero(~grounded)
    tables.note(Cause(kind="geometry"), "parcel", lost, np.full(len(bench.questions), PROHIBITED, np.int8))
    codes, sets = _open(bench, tables, least, most, ground_most)
    owner = evidence.faces.parcel
    face_least = np.maximum(tables.face_least, tables.parcel_least[owner])
    face_most = np.maximum(tables.face_most, tables.parcel_most[owner])
    face_outcome = np.where(face_least == face_most, face_least, np.int8(Outcome.UNKNOWN))
    largest[tables.parcel_least == PROHIBITED] = 0.0
    return Judgement(
        least=least,
        most=most,
        open=codes,
        open_sets=sets,
        area_m2=_areas(evidence, face_outcome),
        largest_m2=largest,
        level=np.where(least == Outcome.PROHIBITED, np.int8(0), tables.level),
    )


def _areas(evidence: Evidence, face_outcome: NDArray[np.int8]) -> NDArray[np.float64]:
    areas = np.zeros((len(Outcome), len(evidence.ids), face_outcome.shape[1]))
    if len(evidence.faces.parcel):
        starts = np.flatnonzero(np.r_[True, np.diff(evidence.faces.parcel) > 0])
        for outcome in Outcome:
            weighed = (face_outcome == outcome) * evidence.faces.area_m2[:, None]
            areas[outcome][evidence.faces.parcel[starts]] = np.add.reduceat(weighed, starts, axis=0)
    return areas


def _put_together(bench: _Bench, faces: NDArray[np.int8]) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Turn outcomes of faces into outcomes of parcels, and say how large a piece is left free of prohibition.

    Prohibited ground prohibits the parcel only if no piece that is left has the use's least area and width.
    """
    evidence, questions = bench.evidence, bench.questions
    outcome = np.zeros((len(evidence.ids), len(questions)), np.int8)
    largest = np.zeros((len(evidence.ids), len(questions)))
    if not len(evidence.faces.parcel):
        return outcome, largest
    starts = np.flatnonzero(np.r_[True, np.diff(evidence.faces.parcel) > 0])
    parcel = evidence.faces.parcel[starts]
    stops = np.r_[starts[1:], len(evidence.faces.parcel)]
    outcome[parcel] = np.maximum.reduceat(faces, starts, axis=0)
    largest[parcel] = np.where(outcome[parcel] < PROHIBITED, evidence.area_m2[parcel][:, None], 0.0)
    partly = (outcome[parcel] == PROHIBITED) & (np.minimum.reduceat(faces, starts, axis=0) < PROHIBITED)
    sizes, size_of = _least_sizes(questions)
    widths = np.unique(sizes[:, 1])
    for row in np.flatnonzero(partly.any(axis=1)):
        asked = np.flatnonzero(partly[row])
        blocked = faces[starts[row] : stops[row]][:, asked] == PROHIBITED
        same: dict[bytes, list[int]] = {}
        for column, pattern in enumerate(np.packbits(blocked, axis=0).T):
            same.setdefault(pattern.tobytes(), []).append(column)
        for pattern, columns in same.items():
            key = (int(parcel[row]), pattern)
            left = evidence.pieces_left.get(key)
            if left is None:
                free = evidence.faces.polygon[starts[row] : stops[row]][~blocked[:, columns[0]]]
                left = evidence.pieces_left[key] = remaining(free, widths_m=widths)
            fit = left.fits(sizes)
            chosen = asked[columns]
            outcome[parcel[row], chosen] = np.where(fit[size_of[chosen]], Outcome.CONDITIONAL, Outcome.PROHIBITED)
            largest[parcel[row], chosen] = left.area_m2.max(initial=0.0)
    return outcome, largest


def _least_sizes(questions: Questions) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the distinct least (area, width) of the uses, 0 where unset, and which one each question has."""
    each = [(use.least_area_m2 or 0.0, use.least_width_m or 0.0) for use in questions.uses for _ in questions.pathways]
    sizes, size_of = np.unique(np.array(each, dtype=float).reshape(-1, 2), axis=0, return_inverse=True)
    return sizes, size_of.ravel()


def _open(
    bench: _Bench,
    tables: _Ledger,
    least: NDArray[np.int8],
    most: NDArray[np.int8],
    ground_most: NDArray[np.int8],
) -> tuple[NDArray[np.int32], tuple[tuple[Cause, ...], ...]]:
    """Find, for each open verdict, the causes that could still raise it; the same sets share a code."""
    causes = sorted(tables.raised, key=lambda cause: (cause.kind, cause.layer or "", cause.name or ""))
    undecided = most > least
    words = np.zeros((-(-max(len(causes), 1) // WORD), *least.shape), np.uint64)
    for number, cause in enumerate(causes):
        touched = np.zeros(least.shape, dtype=bool)
        for table, rows, ceiling in tables.raised[cause]:
            if table == "face":
                owner = np.unique(bench.evidence.faces.parcel[rows])
                effect = np.minimum(ceiling, ground_most[owner])
            else:
                owner = np.unique(rows)
                effect = np.broadcast_to(ceiling, (len(owner), len(ceiling)))
            touched[owner] |= effect > least[owner]
        words[number // WORD][touched & undecided] |= np.uint64(1 << (number % WORD))
    flat = words.reshape(len(words), -1)
    if len(words) == 1:
        distinct, codes = np.unique(flat[0], return_inverse=True)
        distinct = distinct[None, :]
    else:
        distinct, codes = np.unique(flat, axis=1, return_inverse=True)
    sets = tuple(
        tuple(cause for number, cause in enumerate(causes) if int(column[number // WORD]) >> (number % WORD) & 1)
        for column in distinct.T
    )
    return codes.reshape(least.shape).astype(np.int32), sets
