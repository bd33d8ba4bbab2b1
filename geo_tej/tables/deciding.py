"""Why each verdict is as it is: the findings that decide it, and the layers that do not list the use.

A "ground" is a row a parcel and what speaks there: first the assessment's findings, then a row a parcel and zone of a
layer whose silence on a use prohibits it. What speaks is numbered: first the rules, then the zones that may be silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.model import Outcome
from geo_tej.rules import NO, matches, speaks
from geo_tej.tables.sets import Sets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_tej.verdict import Assessment
    from geo_tej.verdict.evidence import Key


@dataclass(frozen=True, eq=False)
class Deciding:
    """What decides the verdicts of an assessment's parcels."""

    assessment: Assessment

    @cached_property
    def silent_keys(self) -> list[int]:
        """The numbers of the evidence's zones that prohibit what their layer does not list."""
        layers = self.assessment.project.rulebook.layers
        keys = enumerate(self.assessment.evidence.keys)
        return [n for n, key in keys if key.distance_m is None and layers[key.layer].unlisted == "prohibited"]

    def silent_key(self, speaker: int) -> Key | None:
        """Return the zone that a speaker's number stands for, None where it is a rule's."""
        number = speaker - len(self.assessment.rules)
        return self.assessment.evidence.keys[self.silent_keys[number]] if number >= 0 else None

    @cached_property
    def _silences(self) -> NDArray[np.intp]:
        """The places of the evidence's hits on zones that may be silent."""
        return np.flatnonzero(np.isin(self.assessment.evidence.hits.key, self.silent_keys))

    @cached_property
    def speaker(self) -> NDArray[np.intp]:
        """What speaks on each ground."""
        rules = {rule.id: place for place, rule in enumerate(self.assessment.rules)}
        found = np.asarray(self.assessment.findings["rule"].map(rules), dtype=np.intp)
        zone = np.searchsorted(self.silent_keys, self.assessment.evidence.hits.key[self._silences])
        return np.concatenate([found, len(rules) + zone])

    @cached_property
    def place(self) -> NDArray[np.intp]:
        """The place of each ground's parcel."""
        found = self.assessment.parcels.index.get_indexer(self.assessment.findings["parcel_id"])
        return np.concatenate([found, self.assessment.evidence.hits.parcel[self._silences]])

    @cached_property
    def area_m2(self) -> NDArray[np.float64]:
        """The area of each ground."""
        hits = self.assessment.evidence.hits
        return np.concatenate([self.assessment.findings["area_m2"].to_numpy(float), hits.area_m2[self._silences]])

    @cached_property
    def share(self) -> NDArray[np.float64]:
        """The share of the parcel that each ground is."""
        hits = self.assessment.evidence.hits
        return np.concatenate([self.assessment.findings["share"].to_numpy(float), hits.share[self._silences]])

    @cached_property
    def holds(self) -> NDArray[np.bool_]:
        """Whether what speaks surely holds on each ground."""
        return np.concatenate([self.assessment.findings["holds"].to_numpy(bool), np.ones(len(self._silences), bool)])

    @cached_property
    def spoken(self) -> NDArray[np.bool_]:
        """Questions x speakers: whether a rule speaks on the question, or a zone's rules leave it unsaid."""
        asked, rules = self.assessment.questions, self.assessment.rules
        said = [speaks(rule, asked) > 0 for rule in rules]
        for number in self.silent_keys:
            key = self.assessment.evidence.keys[number]
            heard = np.zeros(len(asked), dtype=bool)
            for rule, mine in zip(rules, said, strict=False):
                zonal = rule.layer == key.layer and rule.kind in ("zone", "matrix") and rule.distance_m is None
                if zonal and matches(rule, key.attributes)[0] != NO:
                    heard |= mine
            said.append(~heard)
        return np.array(said).reshape(-1, len(asked)).T

    @cached_property
    def outcome(self) -> NDArray[np.int8]:
        """What each speaker says."""
        said = [rule.outcome for rule in self.assessment.rules]
        return np.array(said + [Outcome.PROHIBITED] * len(self.silent_keys), np.int8)

    @cached_property
    def _decisions(self) -> dict[int, list[tuple[int, int, int]]]:
        """What officers decided on each question, oldest first: place of the parcel, number of the rule, outcome."""
        asked = self.assessment.questions
        rules = {rule.id: number for number, rule in enumerate(self.assessment.rules)}
        found: dict[int, list[tuple[int, int, int]]] = {}
        for each in self.assessment.decisions:
            if each.rule in rules and each.use in [use.id for use in asked.uses]:
                place = self.assessment.position(each.parcel)
                for way in asked.pathways:
                    row = (place, rules[each.rule], int(each.outcome))
                    found.setdefault(asked.number(each.use, way.id), []).append(row)
        return found

    @cached_property
    def decided_by(self) -> list[NDArray[np.intp]]:
        """The grounds that make the verdicts of each question: those that set the mildest, or raise the span."""
        rules, judged = self.assessment.rules, self.assessment.judgement
        speaker, zones = self.speaker, len(self.silent_keys)
        worst = np.maximum(self.outcome, np.array([rule.could_be or 0 for rule in rules] + [0] * zones, np.int8))
        sure = self.holds & np.array([rule.verified for rule in rules] + [True] * zones, bool)[speaker]
        found = []
        for question, spoken in enumerate(self.spoken):
            mine = np.flatnonzero(spoken[speaker])
            least, most = judged.least[self.place[mine], question], judged.most[self.place[mine], question]
            said = self.outcome[speaker[mine]]
            for place, rule, outcome in self._decisions.get(question, ()):
                said[(self.place[mine] == place) & (speaker[mine] == rule)] = max(self.outcome[rule], outcome)
            decides = sure[mine] & (said >= least)
            found.append(mine[decides | ((most > least) & (worst[speaker[mine]] > least))])
        return found

    @cached_property
    def speaker_sets(self) -> Sets:
        """What decides each verdict."""
        questions = ((self.place[rows], self.speaker[rows]) for rows in self.decided_by)
        return Sets.interned(len(self.assessment.parcels), questions)

    @cached_property
    def approval_sets(self) -> Sets:
        """The rules whose approvals each verdict needs; a prohibited use needs none."""
        asks = [
            bool(rule.approvals) and rule.outcome != Outcome.PROHIBITED and rule.verified
            for rule in self.assessment.rules
        ]
        able = np.flatnonzero(np.array(asks + [False] * len(self.silent_keys), bool)[self.speaker] & self.holds)
        least = self.assessment.judgement.least

        def questions() -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
            for question, spoken in enumerate(self.spoken):
                rows = able[spoken[self.speaker[able]]]
                rows = rows[least[self.place[rows], question] != Outcome.PROHIBITED]
                yield self.place[rows], self.speaker[rows]

        return Sets.interned(len(least), questions())

    @cached_property
    def by_verdict(self) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """Places of verdicts (parcel x question) in order, and the grounds that decide them, strictest first."""
        width = len(self.assessment.questions)
        rows = np.concatenate([*self.decided_by, np.empty(0, np.intp)])
        question = np.repeat(np.arange(width), [len(each) for each in self.decided_by])
        verdict = self.place[rows] * width + question
        order = np.lexsort((-self.area_m2[rows], -self.outcome[self.speaker[rows]], verdict))
        return verdict[order], rows[order]

    def of(self, verdict: int) -> list[int]:
        """Return the grounds that decide one verdict of a parcel, by its place among all."""
        places, rows = self.by_verdict
        return rows[slice(*np.searchsorted(places, [verdict, verdict + 1]))].tolist()  # type: ignore[no-any-return]
