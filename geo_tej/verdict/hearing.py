"""Every rule is heard: where it surely holds it raises `least`, where it could it raises `most`, and says why.

Everything is a table of parcels or faces x questions of small integers. Rules that bind the ground speak face by face.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.measure import is_wide
from geo_tej.model import Level, Outcome
from geo_tej.ragged import firsts
from geo_tej.rules import MAYBE, NO, PROHIBITED, SPEAKS_NOT, YES, missing_facts
from geo_tej.verdict.cause import Cause, missing
from geo_tej.verdict.kinds import coded
from geo_tej.verdict.precedence import asides, doubts, gives_way
from geo_tej.verdict.table import EVERYWHERE, held

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from geo_tej.model import LawLayer, Rulebook
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.precedence import Aside, Quiet
    from geo_tej.verdict.table import Table


@dataclass(frozen=True, kw_only=True)
class Note:
    """That a cause holds rows of the faces' or the parcels' table open, as far as a ceiling, a question each."""

    cause: Cause
    of_faces: bool
    rows: NDArray[np.intp]
    ceiling: NDArray[np.int8]


@dataclass(frozen=True, kw_only=True, eq=False)
class Heard:
    """What rules have raised so far: parcels and faces x questions; `granted` are actions, by base layer."""

    parcel_least: NDArray[np.int8]
    parcel_most: NDArray[np.int8]
    face_least: NDArray[np.int8]
    face_most: NDArray[np.int8]
    level: NDArray[np.int8]
    granted: Mapping[str, NDArray[np.uint8]]
    notes: list[Note] = field(default_factory=list)

    def note(self, cause: Cause, rows: NDArray[np.intp], ceiling: NDArray[np.int8], *, of_faces: bool) -> None:
        """Write down a cause."""
        if len(rows) and (ceiling != SPEAKS_NOT).any():
            self.notes.append(Note(cause=cause, of_faces=of_faces, rows=rows, ceiling=ceiling))

    def lacking(self, cause: Cause, faces: NDArray[np.intp], lacks: NDArray[np.bool_]) -> None:
        """Hold faces open to prohibition where `lacks` (a row a face) says so; a note for each pattern of questions."""
        some = lacks.any(axis=1)
        faces, lacks = faces[some], lacks[some]
        if not len(faces):
            return
        which = coded(np.packbits(lacks, axis=1))
        for number, pattern in enumerate(lacks[firsts(which)]):
            ceiling = np.where(pattern, PROHIBITED, SPEAKS_NOT).astype(np.int8)
            rows = faces[which == number]
            _raise(self.face_most, rows, ceiling)
            self.note(cause, rows, ceiling, of_faces=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class _ByKey:
    """What belongs to each key."""

    key: NDArray[np.intp]
    member: NDArray[np.intp]

    @classmethod
    def of(cls, key: NDArray[np.intp], member: NDArray[np.intp]) -> _ByKey:
        """Sort members by their keys."""
        order = np.argsort(key, kind="stable")
        return cls(key=key[order], member=member[order])

    def members(self, key: int) -> NDArray[np.intp]:
        """Return the members of a key, in their order."""
        return self.member[slice(*np.searchsorted(self.key, (key, key + 1)))]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Bench:
    """What stays the same while rules are heard."""

    evidence: Evidence
    rulebook: Rulebook
    table: Table
    held: NDArray[np.int8]
    decided: Mapping[str, Mapping[int, NDArray[np.int8]]]
    hits: _ByKey
    faces: _ByKey
    asked: NDArray[np.bool_]
    heard: Heard
    asides: Mapping[str, Aside]

    def holds(self, number: int) -> NDArray[np.int8]:
        """Tell, a parcel each, whether a rule's tests hold."""
        return self.held[:, self.table.test_of[number]]

    def asked_of(self, key: int) -> list[int]:
        """Return the rows of a key whose rules speak on anything that is asked."""
        rows = self.table.rows.of(key)
        return [rows.start + place for place in np.flatnonzero(self.asked[rows.start : rows.stop]).tolist()]

    def voices(
        self, number: int, owner: NDArray[np.intp]
    ) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int8], NDArray[np.int8], NDArray[np.int8]]]:
        """Give the rows (by their parcels) on which a rule speaks alike: which, its outcome, its ceiling, its leeway.

        The leeway is the ceiling of what is still at an officer's discretion. Where an officer has decided, nothing
        is: outcome and ceiling are what was decided, though never milder than what the rule says by itself.
        """
        outcome, ceiling = self.table.outcome[number], self.table.ceiling[number]
        decided = self.decided.get(self.table.rules[number].id, {})
        alike = ~np.isin(owner, list(decided)) if decided else np.ones(len(owner), dtype=bool)
        if not decided or alike.any():
            yield alike, outcome, ceiling, ceiling
        for parcel, said in decided.items():
            here = owner == parcel
            if here.any():
                settled = (said != SPEAKS_NOT) & (outcome != SPEAKS_NOT)
                firm = np.where(settled, np.maximum(outcome, said), outcome)
                yield here, firm, np.where(settled, firm, ceiling), np.where(settled, SPEAKS_NOT, ceiling)


def hear(
    evidence: Evidence, rulebook: Rulebook, table: Table, decided: Mapping[str, Mapping[int, NDArray[np.int8]]]
) -> Heard:
    """Hear every rule on every parcel of the evidence; `decided` is what officers decided, by rule and parcel."""
    parcels, faces, asked = len(evidence.ids), len(evidence.faces.parcel), len(table.questions)
    bench = _Bench(
        evidence=evidence,
        rulebook=rulebook,
        table=table,
        held=held(evidence, table),
        decided=decided,
        hits=_ByKey.of(evidence.hits.key, evidence.hits.parcel),
        faces=_ByKey.of(evidence.faces.key, evidence.faces.face),
        asked=np.asarray(table.said.any(axis=1))[table.rows.rule],
        asides=asides(evidence, rulebook, table),
        heard=Heard(
            parcel_least=np.zeros((parcels, asked), np.int8),
            parcel_most=np.zeros((parcels, asked), np.int8),
            face_least=np.zeros((faces, asked), np.int8),
            face_most=np.zeros((faces, asked), np.int8),
            level=np.zeros((parcels, asked), np.int8),
            granted={name: np.zeros((faces, asked), np.uint8) for name, law in rulebook.layers.items() if law.base},
        ),
    )
    for key in np.unique(evidence.hits.key).tolist():
        _hear_key(bench, key)
    everyone = np.arange(parcels)
    for row in bench.asked_of(EVERYWHERE):
        _hear(bench, row, everyone, None)
    for column in np.flatnonzero(evidence.unsurveyed.any(axis=0)).tolist():
        _fear(bench, rulebook.layers[evidence.layers[column]], np.flatnonzero(evidence.unsurveyed[:, column]))
    for name, aside in bench.asides.items():
        if name in bench.heard.granted:
            bench.heard.granted[name][:] |= np.where(aside.granted, table.needed, np.uint8(0))
    _require_grant(bench)
    return bench.heard


def _hear_key(bench: _Bench, key: int) -> None:
    """Let every rule that matches a key speak on the parcels and faces that meet it."""
    parcels, faces = bench.hits.members(key), bench.faces.members(key)
    for row in bench.asked_of(key):
        _hear(bench, row, parcels, faces)
    law = bench.rulebook.layers[bench.table.keys[key].layer]
    if bench.table.keys[key].distance_m is None and law.unlisted != "silent" and len(faces):
        _hear_unlisted(bench, law, key, faces)


def _hear_unlisted(bench: _Bench, law: LawLayer, key: int, faces: NDArray[np.intp]) -> None:
    """Give uses that a layer does not list, for any action asked, the meaning that the rulebook declares for them.

    In a zone that is foreign to the layer's tables nothing is unlisted: nobody knows what may come there.
    """
    table, heard = bench.table, bench.heard
    owner = bench.evidence.faces.parcel[faces]
    needed, foreign = table.needed, key in table.foreign
    surely, perhaps = table.listed(key, bench.held[owner])
    listing = [row for row in table.rows.of(key) if table.rules[table.rows.rule[row]].lists]
    spoken = any(table.rows.match[row] == YES and table.rules[table.rows.rule[row]].verified for row in listing)
    unheard = (perhaps & needed) == 0
    partly = ~unheard & ((perhaps & needed) != needed)
    doubtful = ~unheard & ((surely & needed) != needed)
    if law.unlisted == "permitted" and spoken and law.base:
        heard.granted[law.id][faces] |= np.where(unheard, needed, np.uint8(0))
    elif law.unlisted == "prohibited" and not foreign:
        unlisted = np.where(unheard, PROHIBITED, SPEAKS_NOT).astype(np.int8)
        aside = bench.asides.get(law.id)
        if aside is not None:
            for cause, mask in aside.doubts.items():
                heard.lacking(cause, faces, unheard & aside.perhaps[faces] & mask[faces])
            unlisted[aside.surely[faces] | aside.perhaps[faces]] = SPEAKS_NOT
        heard.face_least[faces] = np.maximum(heard.face_least[faces], unlisted)
        if law.base:
            heard.granted[law.id][faces] |= np.where(unheard, needed, np.uint8(0))
    elif (law.unlisted == "unknown" or foreign) and not law.base:
        heard.lacking(Cause(kind="unlisted", layer=law.id), faces, unheard)
    if law.unlisted in ("prohibited", "unknown") and not law.base:
        heard.lacking(Cause(kind="unlisted", layer=law.id), faces, partly)
        for row in listing:
            said = table.said[table.rows.rule[row]] > 0
            for cause, where in doubts(bench.evidence, bench.rulebook, table, row, owner):
                heard.lacking(cause, faces, doubtful & said & where[:, None])


def _hear(bench: _Bench, row: int, parcels: NDArray[np.intp], faces: NDArray[np.intp] | None) -> None:
    """Let one rule speak where it meets parcels, or the faces of them that it binds."""
    table, heard, number = bench.table, bench.heard, int(bench.table.rows.rule[row])
    rule, surely = table.rules[number], table.rows.match[row] == YES and table.rules[number].verified
    on_ground = rule.binds == "ground" and faces is not None
    rows = faces if on_ground and faces is not None else parcels
    owner = bench.evidence.faces.parcel[rows] if on_ground else rows
    holds = bench.holds(number)[owner]
    least, most = (heard.face_least, heard.face_most) if on_ground else (heard.parcel_least, heard.parcel_most)
    every_sure = (holds == YES) if surely else np.zeros(len(rows), dtype=bool)
    every_possible = (holds != NO) & ~every_sure
    for part, quiet in _parted(bench, row, rows, on_ground=on_ground):
        sure, possible = (every_sure, every_possible) if part is None else (every_sure & part, every_possible & part)
        for alike, outcome, ceiling, leeway in bench.voices(number, owner):
            here = rows[sure & alike]
            _raise(least, here, outcome if quiet is None else quiet.sure(outcome))
            _raise(most, here, ceiling if quiet is None else quiet.heard(ceiling))
            if rule.could_be is not None:
                cause = Cause(kind="officer", layer=rule.layer, name=rule.id)
                heard.note(cause, here, leeway if quiet is None else quiet.heard(leeway), of_faces=on_ground)
            for cause, mask in quiet.causes if quiet is not None else ():
                open_ = np.where(mask & quiet.perhaps, ceiling, SPEAKS_NOT)  # type: ignore[union-attr]
                heard.note(cause, here, open_.astype(np.int8), of_faces=on_ground)
        if table.asking[number]:
            level = max((bench.rulebook.permits[permit].level for permit in rule.approvals), default=Level.NONE)
            needs = np.where(table.said[number] > 0, level, SPEAKS_NOT).astype(np.int8)
            _raise(heard.level, owner[sure], needs if quiet is None else quiet.sure(needs))
        if possible.any() and not (rule.outcome == Outcome.PERMITTED and rule.could_be is None):
            _leave_open(bench, row, rows, owner, possible, quiet, of_faces=on_ground)
    if faces is not None and rule.lists and surely and rule.layer in heard.granted:
        granting = faces[bench.holds(number)[bench.evidence.faces.parcel[faces]] == YES]
        heard.granted[str(rule.layer)][granting] |= table.said[number]


def _parted(
    bench: _Bench, row: int, rows: NDArray[np.intp], *, on_ground: bool
) -> Iterator[tuple[NDArray[np.bool_] | None, Quiet | None]]:
    """Part the rows on which a rule speaks by the questions on which it gives way to an overlay; None is all of them.

    A rule that binds the parcel gives way where all of its zone's ground there does.
    """
    table = bench.table
    rule = table.rules[table.rows.rule[row]]
    aside = bench.asides.get(rule.layer or "")
    if aside is None or not gives_way(rule):
        yield None, None
        return
    places = rows
    if not on_ground:
        key = np.full(len(rows), table.rows.key[row])
        aside = aside.of_parcels(bench.evidence, rows, key)
        places = np.arange(len(rows))
    for part, quiet in aside.alike(places):
        mine = np.zeros(len(rows), dtype=bool)
        mine[part] = True
        yield mine, quiet


def _leave_open(  # noqa: PLR0913  a rule, and where it may hold
    bench: _Bench,
    row: int,
    rows: NDArray[np.intp],
    owner: NDArray[np.intp],
    possible: NDArray[np.bool_],
    quiet: Quiet | None,
    *,
    of_faces: bool,
) -> None:
    """Let a rule that may hold raise `most`, and note everything that keeps it from being sure."""
    heard, number = bench.heard, int(bench.table.rows.rule[row])
    rule = bench.table.rules[number]
    open_fact = possible & (bench.holds(number)[owner] == MAYBE)
    absent_facts = missing_facts(rule.when, bench.evidence.known)
    for alike, _, highest, _ in bench.voices(number, owner):
        here, ceiling = rows[possible & alike], highest if quiet is None else quiet.heard(highest)
        _raise(heard.face_most if of_faces else heard.parcel_most, here, ceiling)
        for attribute in bench.table.rows.unknown[row]:
            heard.note(Cause(kind="attribute", layer=rule.layer, name=attribute), here, ceiling, of_faces=of_faces)
        for fact, absent in absent_facts.items():
            lacking = rows[open_fact & alike & absent[owner]]
            heard.note(missing(bench.rulebook, fact), lacking, ceiling, of_faces=of_faces)
        if not rule.verified:
            heard.note(Cause(kind="unverified", layer=rule.layer, name=rule.id), here, ceiling, of_faces=of_faces)


def _fear(bench: _Bench, law: LawLayer, parcels: NDArray[np.intp]) -> None:
    """Where a layer was not surveyed, anything that its rules could say is possible."""
    heard, cause = bench.heard, Cause(kind="layer", layer=law.id)
    if law.unlisted in ("prohibited", "unknown"):
        ceiling = np.full(len(bench.table.questions), PROHIBITED, np.int8)
        _raise(heard.parcel_most, parcels, ceiling)
        heard.note(cause, parcels, ceiling, of_faces=False)
        return
    numbers = bench.table.of_layer[law.id]
    for number in numbers[bench.table.said[numbers].any(axis=1)].tolist():
        rows = parcels[bench.holds(number)[parcels] != NO]
        for alike, _, ceiling, _ in bench.voices(number, rows):
            _raise(heard.parcel_most, rows[alike], ceiling)
            heard.note(cause, rows[alike], ceiling, of_faces=False)


def _require_grant(bench: _Bench) -> None:
    """Hold ground open to prohibition where a base layer on it lists a use for less than all actions asked for.

    Where several base layers lie, each must list it, unless the rulebook says that one yields to another.
    """
    evidence, heard, needed = bench.evidence, bench.heard, bench.table.needed
    wide = is_wide(evidence.faces.polygon)
    without = wide.copy()
    unsurveyed = wide.copy()
    met = [number for number in np.unique(evidence.faces.key).tolist() if evidence.keys[number].distance_m is None]
    for name, granted in heard.granted.items():
        keys = [number for number in met if evidence.keys[number].layer == name]
        of_plan = np.zeros(len(evidence.keys), dtype=bool)
        of_plan[keys] = True
        covered = np.unique(evidence.faces.face[of_plan[evidence.faces.key]])
        without[covered] = False
        if bench.rulebook.layers[name].within is None:
            unsurveyed &= evidence.unsurveyed[evidence.faces.parcel, evidence.layers.index(name)]
        lacks = wide[:, None] & ((granted & needed) != needed)
        would = _hear_would_grant(bench, keys, lacks, granted)
        covered = covered[wide[covered]]
        left = lacks[covered] & (((granted[covered] | would[covered]) & needed) != needed)
        heard.lacking(Cause(kind="base", layer=name), covered, left)
    missing_data, nowhere = np.flatnonzero(without & unsurveyed), np.flatnonzero(without & ~unsurveyed)
    for name in [each for each in heard.granted if bench.rulebook.layers[each].within is None]:
        heard.lacking(Cause(kind="layer", layer=name), missing_data, np.ones((len(missing_data), len(needed)), bool))
    heard.lacking(Cause(kind="base"), nowhere, np.ones((len(nowhere), len(needed)), bool))


def _hear_would_grant(
    bench: _Bench, keys: list[int], lacks: NDArray[np.bool_], granted: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return what rules of a plan's zones would grant if they surely held, and note what keeps them from it.

    `lacks` (faces x questions) is where the plan does not grant all that is asked.
    """
    table, would = bench.table, np.zeros_like(granted)
    for key in keys:
        members = bench.faces.members(key)
        for row in table.rows.of(key):
            number = int(table.rows.rule[row])
            rule = table.rules[number]
            if not rule.lists or table.rows.match[row] != YES:
                continue
            holds = bench.holds(number)[bench.evidence.faces.parcel[members]]
            faces = members[(holds == MAYBE) | ((holds == YES) & np.bool_(not rule.verified))]
            if not len(faces):
                continue
            grants = table.said[number] & table.needed & ~granted[faces]
            would[faces] |= grants
            for cause, where in doubts(bench.evidence, bench.rulebook, table, row, bench.evidence.faces.parcel[faces]):
                bench.heard.lacking(cause, faces, lacks[faces] & (grants > 0) & where[:, None])
    return would


def _raise(values: NDArray[np.int8], rows: NDArray[np.intp], floor: NDArray[np.int8]) -> None:
    """Raise rows of a table to at least these values."""
    if len(rows) and (floor != SPEAKS_NOT).any():
        values[rows] = np.maximum(values[rows], floor)
