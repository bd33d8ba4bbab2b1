"""The weights of a programme: matrices, direct numbers, groups and tables become one weight a criterion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.errors import ProgrammeError, choices
from geo_tej.siting.nouns import Consistency, Weighting
from geo_tej.siting.weights import direct, hierarchy, require_consistent
from geo_tej.strict import read_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geo_tej.programme.entries import WeightsEntry

_NEEDS = {
    "ahp": "method ahp needs `of`, the criteria in order, and `matrix`, their comparison in pairs",
    "direct": "method direct needs [weights.direct] with a weight a criterion, or a `table`",
}


def read_weighting(entry: WeightsEntry, criteria: Sequence[str], folder: Path, faults: list[str]) -> Weighting | None:
    """Return the weights of all criteria, or put what is wrong into `faults`."""
    spare = {
        "ahp": ("direct", "table"), "direct": ("of", "matrix"), "entropy": ("of", "matrix", "direct", "group", "table"),
    }[entry.method]  # fmt: skip
    faults += [f"weights: method {entry.method} has no use for `{key}`" for key in spare if getattr(entry, key)]
    if entry.method == "entropy":
        return Weighting(method="entropy", weights=None)
    given = bool(entry.of and entry.matrix) if entry.method == "ahp" else bool(entry.direct or entry.table)
    if not given:
        faults.append(f"weights: {_NEEDS[entry.method]}")
        return None
    try:
        weights, consistency = _compared(entry) if entry.method == "ahp" else (_given(entry, folder), {})
    except ProgrammeError as fault:
        faults.append(f"weights: {fault}")
        return None
    absent = [name for name in criteria if name not in weights]
    strange = [name for name in weights if name not in criteria]
    faults += [f"weights: criterion {name} has no weight" for name in absent]
    faults += [f"weights: {name!r} is no criterion; {choices(name, list(criteria))}" for name in strange]
    return Weighting(method=entry.method, weights=weights, consistency=consistency)


def _compared(entry: WeightsEntry) -> tuple[dict[str, float], dict[str, Consistency]]:
    """Multiply the weights of matrices down the groups."""
    groups = {group.id: group for group in entry.group}
    top, consistency = require_consistent(entry.matrix, entry.of, place="the matrix")
    told = {"": consistency}
    weights: dict[str, float] = {}
    used: set[str] = set()
    waiting = list(top.items())
    while waiting:
        name, weight = waiting.pop(0)
        if name not in groups:
            weights[name] = weights.get(name, 0.0) + weight
            continue
        if name in used:
            message = f"group {name} stands twice"
            raise ProgrammeError(message)
        used.add(name)
        group = groups[name]
        inner, told[name] = require_consistent(group.matrix, group.of, place=f"group {name}")
        waiting += [(each, weight * share) for each, share in inner.items()]
    if set(groups) - used:
        message = f"group {min(set(groups) - used)} stands under nothing"
        raise ProgrammeError(message)
    return weights, told


def _given(entry: WeightsEntry, folder: Path) -> dict[str, float]:
    """Read weights from the programme or from a table; groups and parents must agree with what stands under them."""
    if entry.table is not None:
        return hierarchy(_rows(entry.table, folder))
    if not entry.group:
        return direct(entry.direct)
    above = {name: group.id for group in entry.group for name in group.of}
    rows = [(group.id, above.get(group.id, ""), group.weight) for group in entry.group]
    inner = [(name, parent, float(weight)) for name, parent, weight in rows if weight is not None]
    known = {name for name, *_ in inner}
    return hierarchy(
        inner
        + [(name, above[name] if above.get(name) in known else "", weight) for name, weight in entry.direct.items()]
    )


def _rows(table: str, folder: Path) -> list[tuple[str, str, float]]:
    faults: list[str] = []
    path = folder / table
    rows = read_csv(path, faults)
    if faults:
        raise ProgrammeError(faults[0])
    columns = ("indicator", "parent", "weight")
    missing = [name for name in columns if rows and name not in rows[0]]
    if not rows or missing:
        message = f"{path}: the columns indicator, parent and weight are needed"
        raise ProgrammeError(message)
    read = []
    for number, row in enumerate(rows, start=2):
        try:
            read.append((row["indicator"], row["parent"], float(row["weight"])))
        except ValueError as fault:
            message = f"{path}, row {number}: the weight {row['weight']!r} is no number"
            raise ProgrammeError(message) from fault
    return read
