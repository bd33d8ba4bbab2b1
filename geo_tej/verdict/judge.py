"""From evidence and rules to spans: for each parcel and question the mildest and the strictest it can be, and why.

Parcels that no rule can tell apart are judged once (`kinds`), every rule is heard on them (`hearing`), and a parcel's
faces are put together (`pieces`). Only then is every parcel given what its kind was found to be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.model import Outcome
from geo_tej.ragged import firsts
from geo_tej.rules import PROHIBITED, SPEAKS_NOT
from geo_tej.verdict.cases import cases_of
from geo_tej.verdict.cause import SIZE, Cause
from geo_tej.verdict.grounds import shared_out
from geo_tej.verdict.hearing import Heard, Note, hear
from geo_tej.verdict.kinds import Kinds, alike, each_its_own
from geo_tej.verdict.pieces import put_together, too_small
from geo_tej.verdict.standing import Spans, stand
from geo_tej.verdict.steps import AFRESH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo_tej.model import Decision, Rulebook
    from geo_tej.rules import Questions
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.steps import Steps
    from geo_tej.verdict.table import Table

WORD = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgement:
    """Parcels x questions: the span, the causes that hold it open (codes into `open_sets`), ground and level.

    `ground` are places in the columns of `grounds`: the area of each outcome (with unknown), the ground that may be
    prohibited or not, the largest piece that surely is not prohibited, and the largest that possibly is not.
    `stood` tells where a building that is to be kept stands on ground that bars (`standing.BARRED`), or may (`OPENED`).
    """

    least: NDArray[np.int8]
    most: NDArray[np.int8]
    open: NDArray[np.int32]
    open_sets: tuple[tuple[Cause, ...], ...]
    ground: NDArray[np.int32]
    grounds: Mapping[str, NDArray[np.float64]]
    level: NDArray[np.int8]
    stood: NDArray[np.int8]

    @property
    def outcome(self) -> NDArray[np.int8]:
        """The outcome where mildest and strictest agree, else UNKNOWN."""
        return np.where(self.least == self.most, self.least, np.int8(Outcome.UNKNOWN))

    @property
    def in_part(self) -> NDArray[np.bool_]:
        """Whether some ground is prohibited, or may be, though the parcel as a whole surely is not."""
        barred = self.grounds["prohibited_m2"] + self.grounds["possibly_prohibited_m2"] > 0
        return (self.most < PROHIBITED) & barred[self.ground]

    def m2(self, name: str) -> NDArray[np.float64]:
        """Return a column of `grounds` for every parcel and question."""
        return self.grounds[name][self.ground]

    def at(self, parcels: NDArray[np.intp]) -> Judgement:
        """Return the judgement of some of the parcels."""
        return Judgement(
            least=self.least[parcels],
            most=self.most[parcels],
            open=self.open[parcels],
            open_sets=self.open_sets,
            ground=self.ground[parcels],
            grounds=self.grounds,
            level=self.level[parcels],
            stood=self.stood[parcels],
        )


def judge(  # noqa: PLR0913  what was measured, the law, and who decided and measures
    evidence: Evidence,
    rulebook: Rulebook,
    table: Table,
    *,
    decisions: Sequence[Decision] = (),
    kinds: Kinds | None = None,
    steps: Steps = AFRESH,
) -> Judgement:
    """Judge every parcel of the evidence on every question.

    Parameters
    ----------
    evidence
        What was measured.
    rulebook
        The law's layers and permits.
    table
        Which rule speaks on what, and the questions.
    decisions
        What officers decided, oldest first: they settle what a rule leaves to them, and soften nothing.
    kinds
        Which parcels are alike, found out unless given.
    steps
        Who measures what is left of parcels.
    """
    decided = decided_rows(evidence, table.questions, decisions)
    parcels = {parcel for said in decided.values() for parcel in said}
    if kinds is None:
        kinds = alike(evidence, table, sorted(parcels)) if len(evidence.ids) > 1 else each_its_own(evidence)
    kind_of = {int(kinds.of_parcel[parcel]): parcel for parcel in parcels}
    place = {parcel: kind for kind, parcel in kind_of.items()}
    chosen = {rule: {place[parcel]: row for parcel, row in said.items()} for rule, said in decided.items()}
    samples = evidence.at(kinds.parcel, kinds.face)
    alone = samples is evidence and len(evidence.ids) == 1
    heard = heard_on(evidence, rulebook, table, decisions) if alone else hear(samples, rulebook, table, chosen)
    return _conclude(evidence, kinds, samples, heard, table.questions, steps)


def heard_on(evidence: Evidence, rulebook: Rulebook, table: Table, decisions: Sequence[Decision] = ()) -> Heard:
    """Let the rules speak on the one parcel in the evidence, once."""

    def heard() -> Heard:
        return hear(evidence, rulebook, table, decided_rows(evidence, table.questions, decisions))

    return evidence.once("heard", heard, of=(table, tuple(decisions)))


def fears(heard: Heard, asked: int) -> tuple[tuple[Cause, ...], ...]:
    """Return, for so many questions, why ground of the one parcel that was heard may be prohibited that is not surely.

    These causes are named whether or not they hold the verdict of the whole parcel open.
    """
    least = np.maximum(heard.face_least, heard.parcel_least)
    named: list[set[Cause]] = [set() for _ in range(asked)]
    for note in heard.notes:
        free = (least[note.rows] if note.of_faces else heard.parcel_least) < PROHIBITED
        for question in np.flatnonzero((note.ceiling == PROHIBITED) & free.any(axis=0)).tolist():
            named[question].add(note.cause)
    return tuple(tuple(sorted(causes, key=lambda cause: cause.rank)) for causes in named)


def decided_rows(
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


def _conclude(  # noqa: PLR0913  all that was found, and the questions
    evidence: Evidence, kinds: Kinds, samples: Evidence, heard: Heard, questions: Questions, steps: Steps
) -> Judgement:
    owner = samples.faces.parcel
    # what binds the whole parcel binds all its ground
    face_least = np.maximum(heard.face_least, heard.parcel_least[owner])
    heard = replace(
        heard,
        face_least=face_least,
        face_most=np.maximum(heard.face_most, face_least),
        parcel_most=np.maximum(heard.parcel_most, heard.parcel_least),
        notes=[*heard.notes],
    )
    cases = cases_of(heard, owner)
    ground = put_together(evidence, kinds, cases, owner, (heard.face_least, heard.face_most), questions, steps)
    kind, of_parcel = ground.kind, ground.of_parcel
    lost = np.ones(len(samples.ids), dtype=bool)
    lost[owner] = False
    barred = np.full(len(questions), PROHIBITED, np.int8)
    heard.note(Cause(kind="geometry"), np.flatnonzero(lost), barred, of_faces=False)
    ground_most = np.where(lost[kind][:, None], PROHIBITED, ground.most)
    least = np.maximum(heard.parcel_least[kind], ground.least)
    most = np.maximum(np.maximum(heard.parcel_most[kind], ground_most), least)
    codes, sets = _open(heard.notes, owner, kind, least, most, ground_most)
    level = np.where(least == PROHIBITED, np.int8(0), heard.level[kind])
    row, grounds = shared_out(evidence, kinds, cases, heard, ground)
    small = too_small(evidence, questions, least[of_parcel] == Outcome.PERMITTED)
    codes, sets = _with_size(codes[of_parcel], sets, small)
    most = np.maximum(most[of_parcel], np.where(small, np.int8(Outcome.CONDITIONAL), np.int8(0)))
    spans = Spans(least=least[of_parcel], most=most, level=level[of_parcel], open=codes, open_sets=sets)
    spans, stood = stand(evidence, kinds, owner, heard, questions, spans)
    return Judgement(
        least=spans.least,
        most=spans.most,
        open=spans.open,
        open_sets=spans.open_sets,
        ground=row,
        grounds=grounds,
        level=spans.level,
        stood=stood,
    )


def _with_size(
    codes: NDArray[np.int32], sets: tuple[tuple[Cause, ...], ...], small: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], tuple[tuple[Cause, ...], ...]]:
    """Add to the causes of verdicts that the parcel is smaller than the use asks for.

    Least sizes are no law: they leave open whether a use may come without conditions, and bar none.
    """
    if not small.any():
        return codes, sets
    used, which = np.unique(codes[small], return_inverse=True)
    added = [tuple(sorted((*sets[code], SIZE), key=lambda cause: cause.rank)) for code in used]
    codes = codes.copy()
    codes[small] = len(sets) + which
    return codes, (*sets, *added)


def _open(  # noqa: PLR0913  what was noted, and the tables it is held against
    notes: Sequence[Note],
    owner: NDArray[np.intp],
    kind: NDArray[np.intp],
    least: NDArray[np.int8],
    most: NDArray[np.int8],
    ground_most: NDArray[np.int8],
) -> tuple[NDArray[np.int32], tuple[tuple[Cause, ...], ...]]:
    """Find, for each open verdict, the causes that could still raise it; the same sets share a code."""
    causes = sorted({note.cause for note in notes}, key=lambda cause: cause.rank)
    number_of = {cause: number for number, cause in enumerate(causes)}
    undecided = most > least
    number = np.cumsum(undecided).reshape(least.shape) - 1
    # nothing is above what is decided; ground raises no parcel beyond what its ground may be
    floor = np.where(undecided, least, np.int8(PROHIBITED))
    floor_of_faces = np.where(ground_most > least, floor, np.int8(PROHIBITED))
    words = np.zeros((-(-max(len(causes), 1) // WORD), int(undecided.sum())), np.uint64)
    for note in notes:
        touched = np.zeros(int(kind.max()) + 1, dtype=bool)
        touched[owner[note.rows] if note.of_faces else note.rows] = True
        rows, asked = np.flatnonzero(touched[kind]), np.flatnonzero(note.ceiling > 0)
        cells = np.ix_(rows, asked)
        row, column = np.nonzero(note.ceiling[asked] > (floor_of_faces if note.of_faces else floor)[cells])
        word, bit = divmod(number_of[note.cause], WORD)
        words[word][number[rows[row], asked[column]]] |= np.uint64(1 << bit)
    # what is decided has no cause
    words = np.pad(words, ((0, 0), (int(not undecided.all()), 0)))
    code = np.zeros(words.shape[1], np.int64)
    for each in words if code.size > 1 else ():
        more, kinds = pd.factorize(each, sort=True)
        code = pd.factorize(code * max(len(kinds), 1) + more, sort=True)[0]
    sets = tuple(
        tuple(cause for number, cause in enumerate(causes) if int(column[number // WORD]) >> (number % WORD) & 1)
        for column in words[:, firsts(code)].T
    )
    codes = np.zeros(least.shape, np.int32)
    codes[undecided] = code[len(code) - int(undecided.sum()) :]
    return codes, sets
