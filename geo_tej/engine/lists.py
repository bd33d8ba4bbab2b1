"""What a project and a rulebook hold, as rows for JSON and tables."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_tej.engine.double import double_ground
from geo_tej.engine.layering import places
from geo_tej.engine.transition_jobs import transitions
from geo_tej.i18n import CLAUSE, told_in
from geo_tej.io.manifest import schema as manifest_schema
from geo_tej.io.write import replacing
from geo_tej.model import OUTCOMES, STATES
from geo_tej.programme import schema as programme_schema
from geo_tej.rulebook.audit import coverage, plain
from geo_tej.rulebook.register import register_rows
from geo_tej.tables import write_table
from geo_tej.transition.todo import todo as ways_todo
from geo_tej.transition.todo import unread
from geo_tej.transition.told import schema as transition_schema
from geo_tej.verdict import assess, extract
from geo_tej.verdict.extracts import schema as extract_schema
from geo_tej.verdict.todo import todo
from geo_tej.verdict.words import EVERYWHERE, law_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    from geo_tej.accounts import Account, Repair
    from geo_tej.i18n import Language
    from geo_tej.model import Project, Rulebook
    from geo_tej.verdict import Assessment
    from geo_tej.verdict.words import Cites


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "manifest": manifest_schema,
    "extract": extract_schema,
    "programme": programme_schema,
    "transition": transition_schema,
}
"""The JSON Schemas that are shipped in `geo_tej/schemas/`."""


def extracts(assessment: Assessment, *, language: Language) -> list[dict[str, Any]]:
    """Return the extract of every parcel of an assessment."""
    return [extract(assessment, parcel, language=language) for parcel in assessment.parcels.index]


def layer_rows(
    project: Project,
    assessment: Assessment | None = None,
    *,
    covered: Mapping[str, float | None] | None = None,
    language: Language = "en",
) -> list[dict[str, Any]]:
    """Return a row a layer: what it is, what was repaired or set aside, why it failed; and parcels by state.

    `covered` is the share of the project's area that each layer covers, 0 to 1; `language` that of the remarks.
    """
    counts: dict[str, dict[str, int]] = {}
    if assessment is not None:
        table = pd.crosstab(assessment.layers["layer"], assessment.layers["state"])
        counts = {str(layer): {state: int(table.loc[layer].get(state, 0)) for state in STATES} for layer in table.index}
    supplied = [
        {
            "id": layer.id,
            "role": layer.role,
            "title": layer.title[project.language],
            "rows": layer.rows_read,
            "repaired": layer.repaired,
            "set_aside": layer.set_aside,
            **_account(layer.account),
            "coverage": (covered or {}).get(layer.id),
            "extent": "declared" if layer.extent is not None else "",
            "date": layer.provenance.date.isoformat() if layer.provenance.date else "",
            "licence": layer.provenance.licence,
            "fault": layer.fault or "",
            "remarks": CLAUSE[language].join(told_in(each, language) for each in layer.remarks),
            **counts.get(layer.id, {}),
        }
        for layer in project.layers.values()
    ]
    missing = [
        {
            "id": law.id, "role": "", "title": law.title[project.language], "rows": 0, "repaired": 0, "set_aside": 0,
            **_account(None), "coverage": None, "extent": "", "date": "", "licence": "", "fault": "",
            "remarks": "not supplied", **counts.get(law.id, {}),
        }
        for law in project.rulebook.layers.values()
        if law.id not in project.layers
    ]  # fmt: skip
    return supplied + missing


def _account(account: Account | None) -> dict[str, str]:
    """Return whose word a layer's CRS and coding are."""
    names = ("format", "crs", "crs_how", "encoding", "encoding_how")
    return {name: "" if account is None else getattr(account, name) for name in names}


def _repair(repair: Repair) -> dict[str, Any]:
    """Return a repair as data, with how many m² are in it in one reading of its outline and not in another."""
    told = asdict(replace(repair, doubt=None))
    del told["doubt"]
    return told | {"doubtful_m2": 0.0 if repair.doubt is None else float(repair.doubt.area)}


def layer_details(project: Project, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of layers with each repair, record set aside and place where boundaries are amiss; and what is named.

    `overlaps` are those of parcels of one kind, `problems` all places; aliases and domains are the file's.
    """
    told = []
    double, amiss = double_ground(project), places(project)
    for row in rows:
        layer = project.layers.get(row["id"])
        account = layer.account if layer is not None else None
        told.append(
            row
            | {
                "repairs": [_repair(each) for each in account.repaired] if account else [],
                "quarantine": [asdict(each) for each in account.set_aside] if account else [],
                "overlaps": double[double["layer"] == row["id"]].drop(columns="layer").to_dict("records"),
                "problems": amiss[amiss["layer"] == row["id"]].drop(columns="layer").to_dict("records"),
                "aliases": dict(account.aliases) if account else {},
                "domains": {name: dict(values) for name, values in account.domains.items()} if account else {},
            }
        )
    return told


def rule_rows(rulebook: Rulebook, *, on: date | None = None) -> list[dict[str, Any]]:
    """Return a row an entry of the rulebook, rules first, as `rules --json` prints it."""
    return register_rows(rulebook, on=on)


def todo_rows(project: Project, *, on: date | None = None) -> list[dict[str, Any]]:
    """Return a row an unverified rule, those first that hold most verdicts of the project open; then routes likewise.

    Of a route or a reason of one (`kind` route), what is counted is enterprises on parcels. The parcels are the rights
    parcels, which are the sites that people ask about; all, where there is no such kind.
    """
    parcels = project.parcels
    if "kind" in parcels.columns and (parcels["kind"] == "rights").any():
        parcels = parcels[parcels["kind"] == "rights"]
    assessment = assess(project, parcels=parcels, on=on, tolerance=0)
    rules = assessment.rules_by_id
    ranked = todo(assessment)
    counts = {name: ranked[name].tolist() for name in ranked.columns}
    of = len(parcels) * len(assessment.questions)
    told = [
        {
            "kind": "rule", "rule": rule.id, "ref": rule.ref, "layer": rule.layer, "outcome": OUTCOMES[rule.outcome],
            **{name: counts[name][place] for name in counts}, "of": of, "law": _law(project, rule),
        }
        for place, rule in enumerate(map(rules.__getitem__, ranked.index))
    ]  # fmt: skip
    return told + _routes_todo(project, on)


def _routes_todo(project: Project, on: date | None) -> list[dict[str, Any]]:
    """Return a row an unverified route or reason, those first that most enterprises wait for."""
    if not project.rulebook.routes or not len(project.enterprises):
        return []
    told = transitions(project, on=on)
    texts, ranked = unread(told), ways_todo(told)
    counts = {name: ranked[name].tolist() for name in ranked.columns}
    refs = {judged.route.id: judged.route.ref for judged in told.routes}
    return [
        {
            "kind": "route", "rule": name, "ref": refs[name.partition("/")[0]], "layer": None, "outcome": None,
            **{column: counts[column][place] for column in counts}, "of": len(told.held) * len(told.routes),
            "law": _law(project, texts[name]),
        }
        for place, name in enumerate(map(str, ranked.index))
    ]  # fmt: skip


def _law(project: Project, said: Cites) -> dict[str, str]:
    return {"zh": law_words(project.rulebook, said, "zh"), "en": law_words(project.rulebook, said, "en")}


def coverage_table(rulebook: Rulebook, *, on: date | None = None) -> dict[str, Any]:
    """Return how the rulebook speaks of each use in each layer, and which rows of the law are no rules."""
    rules = rulebook.rules if on is None else rulebook.on(on)
    laws = [(law.id, law.title, law.unlisted) for law in rulebook.layers.values()]
    return {
        "rulebook": {"id": rulebook.id, "version": rulebook.version},
        "layers": [
            {
                "id": name, "title": plain(title), "unlisted": unlisted,
                "rules": sum(rule.layer == name for rule in rules),
                "unverified": sum(rule.layer == name and not rule.verified for rule in rules),
            }
            for name, title, unlisted in [*laws, (None, EVERYWHERE, "silent")]
        ],
        "uses": [
            {
                "id": use, "ref": rulebook.uses[use].ref, "title": plain(rulebook.uses[use].title),
                "layers": {name or "": state for name, state in states.items()},
            }
            for use, states in coverage(rulebook, rules).items()
        ],
        "not_encoded": plain(rulebook.not_encoded),
    }  # fmt: skip


def write_coverage(table: dict[str, Any], path: Path, *, language: Language) -> None:
    """Write the coverage as a table: a row a use, a column a layer."""
    rows = [
        {"ref": use["ref"], "use": use["id"], "title": use["title"][language]}
        | {name or "everywhere": state for name, state in use["layers"].items()}
        for use in table["uses"]
    ]
    with replacing(path) as beside:
        write_table(pd.DataFrame(rows), beside)


def as_json(value: object) -> str:
    """Write a value as indented JSON in Unicode."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
