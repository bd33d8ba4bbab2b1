"""From evidence and rules to spans: for each parcel and question the mildest and the strictest it can be, and why.

Parcels that no rule can tell apart are judged once (`kinds`), every rule is heard on them (`hearing`), and a parcel's
faces are put together (`pieces`). Only then is every parcel given what its kind was found to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.model import Outcome
from geo_tej.ragged import firsts, members
from geo_tej.rules import SPEAKS_NOT
from geo_tej.threads import side_by_side
from geo_tej.verdict.cause import SIZE, Cause
from geo_tej.verdict.hearing import Heard, Note, hear
from geo_tej.verdict.kinds import Kinds, alike, each_its_own
from geo_tej.verdict.pieces import Together, put_together, too_small
from geo_tej.verdict.standing import Spans, stand
from geo_tej.verdict.steps import AFRESH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo_tej.model import Decision, Rulebook
    from geo_tej.rules import Questions
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.steps import Steps
    from geo_tej.verdict.table import Table

PROHIBITED = np.int8(Outcome.PROHIBITED)
WORD = 64
BLOCK = 5_000
"""The faces of so many parcels are added up at a time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgement:
    """Parcels x questions: the span, the causes that hold it open (codes into `open_sets`), areas and level.

    `area_m2` is outcomes (with unknown) x parcels x questions; `feared_m2` the ground that may be prohibited or not.
    `largest_m2` is the largest piece that surely is not prohibited, `largest_possible_m2` the largest that may not be.
    `stood` tells where a building that is to be kept stands on ground that bars (`standing.BARRED`), or may (`OPENED`).
    """

    least: NDArray[np.int8]
    most: NDArray[np.int8]
    open: NDArray[np.int32]
    open_sets: tuple[tuple[Cause, ...], ...]
    area_m2: NDArray[np.float64]
    feared_m2: NDArray[np.float64]
    largest_m2: NDArray[np.float64]
    largest_possible_m2: NDArray[np.float64]
    level: NDArray[np.int8]
    stood: NDArray[np.int8]

    @property
    def outcome(self) -> NDArray[np.int8]:
        """The outcome where mildest and strictest agree, else UNKNOWN."""
        return np.where(self.least == self.most, self.least, np.int8(Outcome.UNKNOWN))

    @property
    def feared_in_part(self) -> NDArray[np.bool_]:
        """Whether some ground may be prohibited though the parcel as a whole surely is not."""
        return (self.most < PROHIBITED) & (self.feared_m2 > 0)

    def at(self, parcels: NDArray[np.intp]) -> Judgement:
        """Return the judgement of some of the parcels."""
        return Judgement(
            least=self.least[parcels],
            most=self.most[parcels],
            open=self.open[parcels],
            open_sets=self.open_sets,
            area_m2=self.area_m2[:, parcels],
            feared_m2=self.feared_m2[parcels],
            largest_m2=self.largest_m2[parcels],
            largest_possible_m2=self.largest_possible_m2[parcels],
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
    return _conclude(evidence, kinds, samples, hear(samples, rulebook, table, chosen), table.questions, steps)


def heard_on(evidence: Evidence, rulebook: Rulebook, table: Table, decisions: Sequence[Decision] = ()) -> Heard:
    """Let the rules speak on the one parcel in the evidence."""
    return hear(evidence, rulebook, table, decided_rows(evidence, table.questions, decisions))


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
    np.maximum(heard.face_most, heard.face_least, out=heard.face_most)
    np.maximum(heard.parcel_most, heard.parcel_least, out=heard.parcel_most)
    ground = put_together(evidence, kinds, owner, (heard.face_least, heard.face_most), questions, steps)
    kind = ground.kind
    lost = np.flatnonzero(~np.isin(np.arange(len(samples.ids)), owner))
    heard.note(Cause(kind="geometry"), lost, np.full(len(questions), PROHIBITED, np.int8), of_faces=False)
    ground_most = np.where(np.isin(kind, lost)[:, None], PROHIBITED, ground.most)
    least = np.maximum(heard.parcel_least[kind], ground.least)
    most = np.maximum(np.maximum(heard.parcel_most[kind], ground_most), least)
    codes, sets = _open(heard.notes, owner, kind, least, most, ground_most)
    face_least = np.maximum(heard.face_least, heard.parcel_least[owner])
    face_most = np.maximum(heard.face_most, heard.parcel_most[owner])
    face_outcome = np.where(face_least == face_most, face_least, np.int8(Outcome.UNKNOWN))
    level = np.where(least == PROHIBITED, np.int8(0), heard.level[kind])
    of_parcel, count = ground.of_parcel, len(evidence.ids)
    possible = _largest(evidence, ground, ground.least, heard.parcel_least, ground.left_m2[0])
    surely = _largest(evidence, ground, ground.most, heard.parcel_most, ground.left_m2[1])
    small = too_small(evidence, questions, least[of_parcel] == Outcome.PERMITTED)
    codes, sets = _with_size(codes[of_parcel], sets, small)
    most = np.maximum(most[of_parcel], np.where(small, np.int8(Outcome.CONDITIONAL), np.int8(0)))
    spans = Spans(least=least[of_parcel], most=most, level=level[of_parcel], open=codes, open_sets=sets)
    spans, stood = stand(evidence, kinds, owner, heard, questions, spans)
    del ground, heard  # they take as much room as the areas that are made next
    area_m2, feared_m2 = np.zeros((len(Outcome), count, len(questions))), np.zeros((count, len(questions)))
    for outcome in Outcome:
        _add_up(evidence, kinds, face_outcome == outcome, area_m2[outcome])
    _add_up(evidence, kinds, (face_least < PROHIBITED) & (face_most == PROHIBITED), feared_m2)
    return Judgement(
        least=spans.least,
        most=spans.most,
        open=spans.open,
        open_sets=spans.open_sets,
        area_m2=area_m2,
        feared_m2=feared_m2,
        largest_m2=surely,
        largest_possible_m2=possible,
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


def _add_up(evidence: Evidence, kinds: Kinds, has: NDArray[np.bool_], into: NDArray[np.float64]) -> None:
    """Add up, parcels x questions, the faces that have something; `has` is kinds of faces x questions."""
    faces, count = evidence.faces, len(evidence.ids)
    if not has.any():
        return
    if count == 1:
        for face, area in zip(kinds.of_face.tolist(), faces.area_m2.tolist(), strict=True):
            into[0, has[face]] += area
        return
    from scipy.sparse import csr_array  # noqa: PLC0415  heavy, and only needed here

    start, counted = np.searchsorted(faces.parcel, np.arange(count + 1)), has.astype(float)

    def some(first: int) -> None:
        bounds = start[first : first + BLOCK + 1]
        mine = slice(bounds[0], bounds[-1])
        shape = (len(bounds) - 1, len(counted))
        weights = csr_array((faces.area_m2[mine], kinds.of_face[mine], bounds - bounds[0]), shape=shape)
        into[first : first + BLOCK] = weights @ counted

    side_by_side([partial(some, first) for first in range(0, count, BLOCK)], size=count)


def _largest(
    evidence: Evidence,
    ground: Together,
    outcome: NDArray[np.int8],
    of_parcels: NDArray[np.int8],
    left_m2: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the largest piece of each parcel that is free of prohibition, by outcomes of situations and of kinds."""
    free = (outcome < PROHIBITED) & (of_parcels[ground.kind] < PROHIBITED)
    largest = np.where(free[ground.of_parcel], evidence.area_m2[:, None], 0.0)
    barred = of_parcels[ground.kind[ground.of_parcel[ground.parted]]] == PROHIBITED
    mine = ~np.isnan(left_m2)
    largest[ground.parted] = np.where(mine, np.where(barred, 0.0, left_m2), largest[ground.parted])
    return largest


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
    words = np.zeros((-(-max(len(causes), 1) // WORD), *least.shape), np.uint64)
    by_kind = np.argsort(kind, kind="stable")
    for note in notes:
        touched = np.unique(owner[note.rows] if note.of_faces else note.rows)
        rows = by_kind[members(kind[by_kind], touched)[0]]
        effect = np.minimum(note.ceiling, ground_most[rows]) if note.of_faces else note.ceiling
        word, bit = divmod(number_of[note.cause], WORD)
        words[word][rows] |= np.where((effect > least[rows]) & undecided[rows], np.uint64(1 << bit), np.uint64(0))
    code = np.zeros(least.size, np.int64)
    for each in words if code.size > 1 else ():
        more, kinds = pd.factorize(each.ravel(), sort=True)
        code = pd.factorize(code * max(len(kinds), 1) + more, sort=True)[0]
    sets = tuple(
        tuple(cause for number, cause in enumerate(causes) if int(column[number // WORD]) >> (number % WORD) & 1)
        for column in words.reshape(len(words), -1)[:, firsts(code)].T
    )
    return code.reshape(least.shape).astype(np.int32), sets
