"""Sign-offs that may be needed and may not: which, on which parcels, and what that hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.rules import MAYBE, NO, missing_facts
from geo_tej.verdict.cause import Cause, missing
from geo_tej.verdict.table import held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_tej.model import Permit, Rule, Rulebook
    from geo_tej.verdict.evidence import Evidence
    from geo_tej.verdict.table import Findings


@dataclass(frozen=True, kw_only=True, eq=False)
class Possible:
    """Rules with sign-offs that may hold: a row a parcel and rule, and what leaves it open as a code into `causes`."""

    parcel: NDArray[np.intp]
    rule: NDArray[np.intp]
    code: NDArray[np.intp]
    causes: tuple[tuple[Cause, ...], ...]


@dataclass(frozen=True, kw_only=True)
class PossiblePermit:
    """A sign-off that may be needed, and what that hangs on."""

    permit: Permit
    causes: tuple[Cause, ...]


def possible(evidence: Evidence, rulebook: Rulebook, found: Findings) -> Possible:
    """Find the rules with sign-offs that may hold on parcels, but not surely, with what leaves each of them open.

    Only rules that speak on what is asked are looked at. What leaves them open is an attribute or a fact that is not
    known, a text that nobody has checked, or a layer without data.
    """
    known: dict[tuple[Cause, ...], int] = {}
    parcels, rules, codes = [], [], []
    for parcel, rule, causes in _rows(evidence, rulebook, found):
        parcels.append(parcel)
        rules.append(np.full(len(parcel), rule))
        codes.append(np.full(len(parcel), known.setdefault(causes, len(known))))
    nothing = np.empty(0, np.intp)
    return Possible(
        parcel=np.concatenate([*parcels, nothing]).astype(np.intp),
        rule=np.concatenate([*rules, nothing]).astype(np.intp),
        code=np.concatenate([*codes, nothing]).astype(np.intp),
        causes=tuple(known),
    )


def _rows(
    evidence: Evidence, rulebook: Rulebook, found: Findings
) -> Iterator[tuple[NDArray[np.intp], int, tuple[Cause, ...]]]:
    """Give, a rule and set of causes each, the parcels on which it may hold for them."""
    table, truths = found.table, held(evidence, found.table)
    asking = table.asking & table.said.any(axis=1)
    rows = np.setdiff1d(np.flatnonzero(found.is_rule), found.gone_wholly)
    speaker = found.speaker[rows]
    rows = rows[asking[speaker] & ~(found.holds[rows] & table.verified[speaker])]
    rows = rows[np.argsort(found.row[rows], kind="stable")]
    for mine in np.split(rows, np.flatnonzero(np.diff(found.row[rows])) + 1) if len(rows) else []:
        number = int(found.speaker[mine[0]])
        rule = table.rules[number]
        causes = [Cause(kind="attribute", layer=rule.layer, name=name) for name in found.unknown(int(mine[0]))]
        if not rule.verified:
            causes.append(Cause(kind="unverified", layer=rule.layer, name=rule.id))
        holds = truths[:, table.test_of[number]]
        for parcels, facts in _by_fact(evidence, rulebook, rule, found.parcel[mine], holds):
            yield parcels, number, (*causes, *facts)
    for column in np.flatnonzero(evidence.unsurveyed.any(axis=0)).tolist():
        name, without = evidence.layers[column], np.flatnonzero(evidence.unsurveyed[:, column])
        of_layer = table.of_layer[name]
        for number in of_layer[asking[of_layer]].tolist():
            may_hold = without[truths[without, table.test_of[number]] != NO]
            yield may_hold, number, (Cause(kind="layer", layer=name),)


def _by_fact(
    evidence: Evidence, rulebook: Rulebook, rule: Rule, parcels: NDArray[np.intp], holds: NDArray[np.int8]
) -> Iterator[tuple[NDArray[np.intp], tuple[Cause, ...]]]:
    """Part parcels by which facts a rule lacks there."""
    absent = missing_facts(rule.when, evidence.known)
    if not absent:
        yield parcels, ()
        return
    lacking = np.column_stack([out[parcels] & (holds[parcels] == MAYBE) for out in absent.values()])
    patterns, which = np.unique(lacking, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        names = [name for name, out in zip(absent, pattern, strict=True) if out]
        yield parcels[which.ravel() == number], tuple(dict.fromkeys(missing(rulebook, name) for name in names))
