"""Why each verdict is as it is: the findings that decide it, and the zones that do not list the use.

A "ground" is a row of the assessment's findings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.model import Outcome
from geo_tej.rules import asks_for
from geo_tej.tables.sets import Sets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_tej.verdict import Assessment
    from geo_tej.verdict.cause import Cause
    from geo_tej.verdict.table import Findings


@dataclass(frozen=True, eq=False)
class Deciding:
    """What decides the verdicts of an assessment's parcels."""

    assessment: Assessment

    @property
    def found(self) -> Findings:
        """What speaks on the parcels."""
        return self.assessment.found

    @cached_property
    def outcome(self) -> NDArray[np.int8]:
        """What each speaker says."""
        said = [rule.outcome for rule in self.assessment.rules]
        return np.array(said + [Outcome.PROHIBITED] * len(self.found.silences), np.int8)

    @cached_property
    def _decisions(self) -> dict[int, list[tuple[int, int, int]]]:
        """What officers decided on each question, oldest first: place of the parcel, number of the rule, outcome."""
        found: dict[int, list[tuple[int, int, int]]] = {}
        rules = {rule.id: number for number, rule in enumerate(self.assessment.rules)}
        for (place, question), decisions in self.assessment.decided.items():
            found.setdefault(question, []).extend((place, rules[each.rule], int(each.outcome)) for each in decisions)
        return found

    @cached_property
    def decided_by(self) -> list[NDArray[np.intp]]:
        """The grounds that make the verdicts of each question: they set the mildest, raise the span, may bar ground."""
        rules, judged, found = self.assessment.rules, self.assessment.judgement, self.found
        place, speaker, zones = found.parcel, found.speaker, len(found.silences)
        worst = np.maximum(self.outcome, np.array([rule.could_be or 0 for rule in rules] + [0] * zones, np.int8))
        sure = found.holds & np.array([rule.verified for rule in rules] + [True] * zones, bool)[speaker]
        feared, decisive = judged.grounds["possibly_prohibited_m2"] > 0, []
        for question in range(found.spoken.shape[1]):
            mine = np.flatnonzero(found.speaks(question))
            least, most = judged.least[place[mine], question], judged.most[place[mine], question]
            said = self.outcome[speaker[mine]]
            for parcel, rule, outcome in self._decisions.get(question, ()):
                said[(place[mine] == parcel) & (speaker[mine] == rule)] = max(self.outcome[rule], outcome)
            decides = sure[mine] & (said >= least)
            may_bar = feared[judged.ground[place[mine], question]] & (worst[speaker[mine]] == Outcome.PROHIBITED)
            decisive.append(mine[decides | may_bar | ((most > least) & (worst[speaker[mine]] > least))])
        return decisive

    @cached_property
    def speaker_sets(self) -> Sets:
        """What decides each verdict."""
        questions = ((self.found.parcel[rows], self.found.speaker[rows]) for rows in self.decided_by)
        return Sets.interned(len(self.assessment.parcels), questions)

    @cached_property
    def approval_sets(self) -> Sets:
        """The rules whose approvals each verdict needs; a prohibited use needs none."""
        asks = [asks_for(rule) and rule.verified for rule in self.assessment.rules]
        found, least = self.found, self.assessment.judgement.least
        able = np.flatnonzero(np.array(asks + [False] * len(found.silences), bool)[found.speaker] & found.holds)

        def questions() -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
            for question in range(found.spoken.shape[1]):
                rows = able[found.speaks(question)[able]]
                rows = rows[least[found.parcel[rows], question] != Outcome.PROHIBITED]
                yield found.parcel[rows], found.speaker[rows]

        return Sets.interned(len(least), questions())

    @cached_property
    def possible_sets(self) -> Sets:
        """The rules whose approvals each verdict may need, with what leaves them open: codes into `possible`."""
        found, least, said = self.assessment.possible, self.assessment.judgement.least, self.assessment.table.said
        number = self.possible[1]

        def questions() -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
            for question in range(least.shape[1]):
                asked = (said[found.rule, question] > 0) & (least[found.parcel, question] != Outcome.PROHIBITED)
                yield found.parcel[asked], number[asked]

        return Sets.interned(len(least), questions())

    @cached_property
    def possible(self) -> tuple[list[tuple[int, tuple[Cause, ...]]], NDArray[np.intp]]:
        """The pairs of a rule and what leaves it open, and which of them each row of what is possible is."""
        found = self.assessment.possible
        pairs, number = np.unique(np.column_stack([found.rule, found.code]), axis=0, return_inverse=True)
        return [(int(rule), found.causes[code]) for rule, code in pairs.tolist()], number.ravel()

    @cached_property
    def by_verdict(self) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """Places of verdicts (parcel x question) in order, and the grounds that decide them, strictest first."""
        width = len(self.assessment.questions)
        rows = np.concatenate([*self.decided_by, np.empty(0, np.intp)])
        question = np.repeat(np.arange(width), [len(each) for each in self.decided_by])
        verdict = self.found.parcel[rows] * width + question
        order = np.lexsort((-self.found.area_m2[rows], -self.outcome[self.found.speaker[rows]], verdict))
        return verdict[order], rows[order]

    def of(self, verdict: int) -> list[int]:
        """Return the grounds that decide one verdict of a parcel, by its place among all."""
        places, rows = self.by_verdict
        return rows[slice(*np.searchsorted(places, [verdict, verdict + 1]))].tolist()  # type: ignore[no-any-return]
