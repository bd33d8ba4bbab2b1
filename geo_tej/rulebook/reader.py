"""Read a rulebook as a whole: everything is checked, and all faults are told at once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from geo_tej.errors import RulebookError, gather
from geo_tej.model import Rulebook
from geo_tej.rulebook.articles import read_articles
from geo_tej.rulebook.audit import logical
from geo_tej.rulebook.entries import HeadEntry, MatrixEntry
from geo_tej.rulebook.matrix import read_matrix
from geo_tej.rulebook.routes import ROUTE_FACTS, WAYS, read_routes
from geo_tej.rulebook.terms import read_not_encoded, read_terms
from geo_tej.rulebook.written import REPORT, TOML, Reading, open_rulebook
from geo_tej.stand_in import STAND_IN
from geo_tej.strict import validate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from geo_tej.model import LawLayer, Matrix, MatrixRow, Rule

LISTS = ("source", "pathway", "layer", "fact", "measure", "rule", "symbol", "matrix", "group", "scheme", *WAYS)
"""The keys of rulebook.toml that are lists of tables."""


def read(path: Path) -> tuple[Rulebook, Reading]:
    """Return a rulebook and what was read for it.

    Raises
    ------
    RulebookError
        With every fault.
    """
    reading = Reading(open_rulebook(path))
    toml = reading.written.toml
    head = validate(HeadEntry, {key: value for key, value in toml.items() if key not in LISTS}, TOML, reading.faults)
    terms = read_terms(reading, head)
    rules = read_articles(reading, terms)
    facts, layers = dict(terms.facts), dict(terms.layers)
    matrices: dict[str, Matrix] = {}
    rows: list[MatrixRow] = []
    for entry in reading.entries("matrix", MatrixEntry):
        found = read_matrix(reading, terms, entry, facts)
        if found is not None:
            rules += found.rules
            rows += found.rows
            matrices[entry.id] = found.matrix
            if entry.layer in layers:
                layers[entry.layer] = replace(layers[entry.layer], tables=(*layers[entry.layer].tables, found.columns))
    reading.faults += _doubled(rules)
    facts |= ROUTE_FACTS if "route" in toml else {}
    ways = read_routes(reading, replace(terms, facts=facts))
    not_encoded = read_not_encoded(reading)
    reading.sheet(REPORT, optional=True)
    reading.unread()
    _tell_classes_without_column(reading, layers)
    if reading.guessed:
        told = f"{', '.join(reading.guessed)}: not UTF-8 and so read as GBK; if letters come out wrong, say `encoding`"
        (reading.faults or reading.notes).append(f'{told} at the head of {TOML} ("shift_jis", …)')
    if reading.faults or head is None:
        message = f"rulebook {reading.written.name}: {gather(list(dict.fromkeys(reading.faults)))}"
        raise RulebookError(message)
    book = Rulebook(
        id=head.id, version=head.version, date=head.date, title=head.title, disclaimer=head.disclaimer,
        units=head.units, sources=terms.sources, pathways=terms.pathways, layers=layers, facts=facts,
        measures=terms.measures, uses=terms.uses, groups=terms.groups, permits=terms.permits, rules=tuple(rules),
        notes=tuple(reading.notes), not_encoded=not_encoded, matrices=matrices, codes=terms.codes,
        matrix_rows=tuple(rows), articles=head.articles,
        routes=ways.routes, terms=ways.terms, criteria=ways.criteria, statuses=ways.statuses,
    )  # fmt: skip
    return replace(book, digest=partial(book.once, "digest", partial(_digest, book))), reading


def _doubled(rules: Sequence[Rule]) -> list[str]:
    """Return a fault for each id that more than one rule has."""
    seen: set[str] = set()
    faults = []
    for rule in rules:
        if rule.id in seen and not rule.id.startswith(STAND_IN):
            faults.append(f"{rule.where_from}: the rule id {rule.id!r} stands more than once")
        seen.add(rule.id)
    return faults


def _digest(book: Rulebook) -> str:
    """Hash what a rulebook says: the same, however it is written, in whichever files and order."""
    said = json.dumps(logical(book), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _tell_classes_without_column(reading: Reading, layers: Mapping[str, LawLayer]) -> None:
    """Note the classes of zone for which no table has a column: what may come there stays open."""
    for layer in layers.values():
        if layer.unlisted == "silent":
            continue
        for attribute in dict.fromkeys(name for table in layer.tables for name in table.where):
            spoken = {value for table in layer.tables for value in table.where.get(attribute, ())}
            without = [value for value in layer.attributes.get(attribute, ()) if value not in spoken]
            if without:
                reading.notes.append(
                    f"layer {layer.id}: no table has a column for {attribute} = {', '.join(without)}; "
                    "what may come there stays open unless a rule says so"
                )
