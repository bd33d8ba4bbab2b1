"""Where an overlay prevails: what it lists on a use stands in place of what the tables of other layers say there.

An overlay may prevail always, or only where it is milder (it adds uses to those of the district). Only what lists uses
gives way: tables with their footnotes, zone rules that list without asking for facts, and the silence on what is
unlisted. Setbacks, sizes and duties of the other layers stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.rules import NO, PROHIBITED, SPEAKS_NOT, YES, missing_facts
from geo_tej.verdict.cause import Cause, missing
from geo_tej.verdict.table import find, held

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from geo_tej.model import LawLayer, Rule, Rulebook
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.table import Findings, Table


@dataclass(frozen=True, eq=False)
class Aside:
    """What of one layer gives way, faces x questions: surely, or perhaps, and what leaves that open.

    `granted` is where an overlay lists the use in the layer's place.
    """

    surely: NDArray[np.bool_]
    perhaps: NDArray[np.bool_]
    granted: NDArray[np.bool_]
    doubts: dict[Cause, NDArray[np.bool_]] = field(default_factory=dict)

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> Aside:
        """Return that nothing gives way."""
        return cls(surely=np.zeros(shape, bool), perhaps=np.zeros(shape, bool), granted=np.zeros(shape, bool))

    def doubt(self, cause: Cause, faces: NDArray[np.intp], where: NDArray[np.bool_]) -> None:
        """Note what leaves open whether the layer gives way."""
        if where.any():
            mask = self.doubts.setdefault(cause, np.zeros_like(self.surely))
            mask[faces] |= where

    def of_parcels(self, evidence: Evidence, parcel: NDArray[np.intp], key: NDArray[np.intp]) -> Aside:
        """Return what gives way on all the ground of a zone in each parcel, parcels x questions."""
        surely = everywhere(evidence, self.surely, parcel, key)
        perhaps = everywhere(evidence, self.surely | self.perhaps, parcel, key) & ~surely
        causes = {
            cause: ~everywhere(evidence, ~mask, parcel, key) & perhaps for cause, mask in self.doubts.items()
        }  # fmt: skip
        return Aside(surely, perhaps, np.zeros_like(surely), causes)

    def alike(self, faces: NDArray[np.intp]) -> Iterator[tuple[NDArray[np.intp], Quiet]]:
        """Part faces, by their places in the list, into those on which the layer gives way alike."""
        every = np.hstack([self.surely[faces], self.perhaps[faces], *(mask[faces] for mask in self.doubts.values())])
        patterns, which = np.unique(every, axis=0, return_inverse=True)
        width = self.surely.shape[1]
        for number, pattern in enumerate(patterns):
            surely, perhaps, *masks = np.split(pattern, range(width, len(pattern), width))
            causes = tuple((cause, mask) for cause, mask in zip(self.doubts, masks, strict=True) if mask.any())
            yield np.flatnonzero(which.ravel() == number), Quiet(surely=surely, perhaps=perhaps, causes=causes)


@dataclass(frozen=True, kw_only=True, eq=False)
class Quiet:
    """The questions on which a rule gives way, surely or perhaps, and why only perhaps."""

    surely: NDArray[np.bool_]
    perhaps: NDArray[np.bool_]
    causes: tuple[tuple[Cause, NDArray[np.bool_]], ...]

    def heard(self, said: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return what is left of what a rule says where it may speak."""
        return np.where(self.surely, np.int8(SPEAKS_NOT), said)

    def sure(self, said: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return what is left of what a rule says where it surely speaks."""
        return np.where(self.surely | self.perhaps, np.int8(SPEAKS_NOT), said)


def gives_way(rule: Rule) -> bool:
    """Tell whether a rule is of those in whose place an overlay speaks."""
    return rule.kind == "matrix" or (rule.kind == "zone" and rule.lists and rule.when is None)


def asides(evidence: Evidence, rulebook: Rulebook, table: Table) -> dict[str, Aside]:
    """Return, by layer, what gives way to overlays on the faces of a batch; found out once."""
    if not any(law.prevails_over for law in rulebook.layers.values()):
        return {}
    return evidence.once("asides", partial(_asides, evidence, rulebook, table), of=table)


def doubts(
    evidence: Evidence, rulebook: Rulebook, table: Table, row: int, owner: NDArray[np.intp]
) -> Iterator[tuple[Cause, NDArray[np.bool_]]]:
    """Name what keeps a rule that matches from surely holding, and on which faces, given by their parcels."""
    rule = table.rules[table.rows.rule[row]]
    every = np.ones(len(owner), dtype=bool)
    for attribute in table.rows.unknown[row]:
        yield Cause(kind="attribute", layer=rule.layer, name=attribute), every
    if not rule.verified:
        yield Cause(kind="unverified", layer=rule.layer, name=rule.id), every
    for fact, absent in missing_facts(rule.when, evidence.known).items():
        yield missing(rulebook, fact), absent[owner]


def everywhere(
    evidence: Evidence, where: NDArray[np.bool_], parcel: NDArray[np.intp], key: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Tell, pairs of a parcel and key x questions, what holds on all of their ground; `where` is faces x questions."""
    faces, width = evidence.faces, len(evidence.keys)
    pair = faces.parcel[faces.face] * width + faces.key
    wanted, place = np.unique(parcel * width + key, return_inverse=True)
    at = np.minimum(np.searchsorted(wanted, pair), max(len(wanted) - 1, 0))
    mine = np.flatnonzero(wanted[at] == pair) if len(wanted) else np.empty(0, np.intp)
    kept, there = np.zeros((len(wanted), where.shape[1]), bool), np.zeros(len(wanted), bool)
    np.logical_or.at(kept, at[mine], ~where[faces.face[mine]])
    there[at[mine]] = True
    return np.asarray((there[:, None] & ~kept)[place.ravel()])


def found_in(evidence: Evidence, rulebook: Rulebook, table: Table) -> Findings:
    """Join what parcels meet with what speaks there, and say on which questions it gives way to an overlay."""
    found, away = find(evidence, table), asides(evidence, rulebook, table)
    if not away:
        return found
    gone, gone_on = [], []
    layer = np.array([*(key.layer for key in evidence.keys), ""], object)[np.r_[evidence.hits.key, -1][found.hit]]
    able = np.array([*map(gives_way, table.rules)] + [True] * len(found.silences), bool)[found.speaker]
    for name, aside in away.items():
        rows = np.flatnonzero(able & (layer == name) & (found.hit >= 0))
        hit = found.hit[rows]
        away_on = everywhere(evidence, aside.surely, evidence.hits.parcel[hit], evidence.hits.key[hit])
        some = away_on.any(axis=1)
        gone.append(rows[some])
        gone_on.append(away_on[some])
    every = np.concatenate(gone)
    order = np.argsort(every)
    return replace(found, gone=every[order], gone_on=np.concatenate(gone_on)[order])


def _asides(evidence: Evidence, rulebook: Rulebook, table: Table) -> dict[str, Aside]:
    shape = (len(evidence.faces.parcel), len(table.questions))
    found: dict[str, Aside] = {}
    for law in rulebook.layers.values():
        if not law.prevails_over:
            continue
        overlay = _Said.of(evidence, rulebook, table, law)
        if law.prevails == "always":
            for other in law.prevails_over:
                _let(found.setdefault(other, Aside.nothing(shape)), overlay.surely, overlay.perhaps, overlay)
            continue
        bases = {other: _Said.of(evidence, rulebook, table, rulebook.layers[other]) for other in law.prevails_over}
        _let_the_milder(found, shape, law.id, overlay, bases)
    return found


def _let_the_milder(
    found: dict[str, Aside], shape: tuple[int, int], name: str, overlay: _Said, bases: Mapping[str, _Said]
) -> None:
    """Let the layers that an overlay is milder than give way to it, and it to them where it is milder than none.

    An overlay says what it lists where no such layer says anything, and where one is stricter than it, whatever a
    second allows.
    """
    every = np.ones(shape, bool)
    any_surely, any_perhaps, all_surely, all_perhaps = ~every, ~every, every, every
    for other, base in bases.items():
        # of two spans the milder is the one whose ends are both milder; where they cross it is open
        not_milder = (base.least <= overlay.least) & (base.most <= overlay.most)
        milder = (overlay.least <= base.least) & (overlay.most <= base.most) & ~not_milder
        open_ = overlay.surely & ~milder & ~not_milder
        aside = found.setdefault(other, Aside.nothing(shape))
        _let(aside, overlay.surely & milder, (overlay.perhaps & ~not_milder) | open_, overlay, base)
        surely = overlay.surely & base.surely & not_milder
        perhaps = (overlay.surely | overlay.perhaps) & (base.surely | base.perhaps | base.might) & ~milder
        any_surely, all_surely = any_surely | surely, all_surely & (surely | ~(base.surely | base.perhaps | base.might))
        any_perhaps, all_perhaps = any_perhaps | perhaps, all_perhaps & (perhaps | ~base.surely)
    surely, perhaps = any_surely & all_surely, any_perhaps & all_perhaps
    mine = found.setdefault(name, Aside.nothing(shape))
    _let(mine, surely, perhaps & ~surely, overlay, *bases.values())
    mine.granted[:] = False


def _let(aside: Aside, surely: NDArray[np.bool_], perhaps: NDArray[np.bool_], *said: _Said) -> None:
    """Let a layer give way where others prevail, and note what leaves that open."""
    aside.surely[:] |= surely
    aside.granted[:] |= surely
    aside.perhaps[:] = (aside.perhaps | perhaps) & ~aside.surely
    for each in said:
        for cause, mask in each.doubts.items():
            aside.doubt(cause, np.arange(len(surely)), mask & perhaps)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Said:
    """What the lists of one layer say, faces x questions: whether they surely or perhaps speak, and between what.

    Where they do not, the layer `might` still say something: it has a zone whose silence is no silence of the law.
    """

    surely: NDArray[np.bool_]
    perhaps: NDArray[np.bool_]
    might: NDArray[np.bool_]
    least: NDArray[np.int8]
    most: NDArray[np.int8]
    doubts: dict[Cause, NDArray[np.bool_]]

    @classmethod
    def of(cls, evidence: Evidence, rulebook: Rulebook, table: Table, law: LawLayer) -> _Said:
        """Ask the rules of a layer that list uses, zone by zone."""
        faces, needed, truths = evidence.faces, table.needed, held(evidence, table)
        shape = (len(faces.parcel), len(table.questions))
        said = cls(
            surely=np.zeros(shape, bool), perhaps=np.zeros(shape, bool), might=np.zeros(shape, bool),
            least=np.zeros(shape, np.int8), most=np.zeros(shape, np.int8), doubts={},
        )  # fmt: skip
        for key in np.unique(faces.key).tolist():
            if table.keys[key].layer == law.id and table.keys[key].distance_m is None:
                said._add(evidence, rulebook, table, law, key, faces.face[faces.key == key], truths)
        column = evidence.layers.index(law.id)
        unseen = np.flatnonzero(evidence.unsurveyed[faces.parcel, column])
        if len(unseen):
            rules = [number for number, rule in enumerate(table.rules) if rule.layer == law.id and rule.lists]
            listed = np.bitwise_or.reduce(table.said[rules], axis=0) if rules else np.zeros(len(needed), np.uint8)
            could = (np.full(len(needed), law.unlisted == "prohibited") | ((listed & needed) == needed)) & ~said.surely
            said.perhaps[unseen] |= could[unseen]
            said.most[unseen] = PROHIBITED
            said.might[unseen] |= law.unlisted in ("permitted", "unknown")
            said._doubt(Cause(kind="layer", layer=law.id), unseen, could[unseen])
        return said

    def _add(  # noqa: PLR0913  a zone, and all that is known
        self, evidence: Evidence, rulebook: Rulebook, table: Table, law: LawLayer, key: int,
        faces: NDArray[np.intp], truths: NDArray[np.int8],
    ) -> None:  # fmt: skip
        owner, needed = evidence.faces.parcel[faces], table.needed
        surely, perhaps = table.listed(key, truths[owner])
        sure = (surely & needed) == needed
        may = ((perhaps & needed) == needed) & ~sure
        unheard = (perhaps & needed) == 0
        self.might[faces] |= unheard & np.bool_(law.unlisted in ("permitted", "unknown") or key in table.foreign)
        if law.unlisted == "prohibited" and key not in table.foreign:
            sure, may = np.ones_like(sure), np.zeros_like(may)
            self.least[faces] = np.maximum(self.least[faces], np.where(unheard, PROHIBITED, np.int8(0)))
            self.most[faces] = np.maximum(
                self.most[faces], np.where(sure & ((surely & needed) != needed), PROHIBITED, 0)
            )
        elif law.unlisted == "permitted" and key not in table.foreign and not law.base:
            sure, may = np.ones_like(sure), np.zeros_like(may)
        elif law.base:
            self.most[faces] = np.maximum(self.most[faces], np.where(~sure, PROHIBITED, np.int8(0)))
        for row in table.rows.of(key):
            number = int(table.rows.rule[row])
            rule = table.rules[number]
            if not gives_way(rule) and not rule.lists:
                continue
            holds = truths[owner, table.test_of[number]]
            firm = (holds == YES) & (table.rows.match[row] == YES) & np.bool_(rule.verified)
            outcome = np.maximum(table.outcome[number], 0)
            ceiling = np.maximum(table.ceiling[number], 0)
            self.least[faces] = np.maximum(self.least[faces], np.where(firm[:, None], outcome, 0))
            self.most[faces] = np.maximum(self.most[faces], np.where((holds != NO)[:, None], ceiling, 0))
            spoken = table.said[number] > 0
            for cause, where in doubts(evidence, rulebook, table, row, owner):
                self._doubt(cause, faces, (where & (holds != NO))[:, None] & spoken)
            if rule.could_be is not None:
                cause = Cause(kind="officer", layer=rule.layer, name=rule.id)
                self._doubt(cause, faces, (holds != NO)[:, None] & spoken)
        self.surely[faces] |= sure
        self.perhaps[faces] = (self.perhaps[faces] | may) & ~self.surely[faces]

    def _doubt(self, cause: Cause, faces: NDArray[np.intp], where: NDArray[np.bool_]) -> None:
        if where.any():
            self.doubts.setdefault(cause, np.zeros_like(self.surely))[faces] |= where
