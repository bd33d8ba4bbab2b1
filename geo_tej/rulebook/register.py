"""Everything a rulebook holds as flat rows: rules, sign-offs, routes, uses, cells, codes, and what is no rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_tej.codes import industry_of, is_tertiary
from geo_tej.rulebook.audit import TOLD, plain, rule_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from geo_tej.model import Rulebook


def register_rows(rulebook: Rulebook, *, on: date | None = None) -> list[dict[str, Any]]:
    """Return a row an entry, each with its `ref` and `kind`: first the rules, in force on a day where one is given.

    Entries that are no rules have the kinds `permit`, `route`, `term`, `use`, `matrix_row`, `code`, `code_mapping`,
    `industry` and `not_encoded`; they carry the keys of a rule, empty where they have nothing to say, and keys of their
    own.
    """
    rules = rulebook.rules if on is None else rulebook.on(on)
    others = (_permits, _routes, _terms, _uses, _matrix_rows, _codes, _mappings, _industries, _not_encoded)
    return [rule_row(rule) for rule in rules] + [row for each in others for row in each(rulebook)]


def _entry(kind: str, ref: str, said: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return a row with the keys of a rule, and after them those of its own kind."""
    empty: dict[str, Any] = dict.fromkeys(TOLD) | {
        "id": f"{kind}/{ref}", "kind": kind, "ref": ref, "where": {}, "uses": [], "actions": [], "article": "",
        "signed": "", "signoffs": [], "approvals": [],
    }  # fmt: skip
    return empty | {key: plain(value) for key, value in (said | own).items()}


def _permits(rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    for permit in rulebook.permits.values():
        triggers = [rule for rule in rulebook.rules if permit.id in rule.approvals]
        uses = frozenset().union(*(rule.uses for rule in triggers))
        said = {
            "condition": permit.what, "source": permit.source, "article": permit.article, "verified": permit.verified,
            "uses": uses, "decider": permit.authority,
        }  # fmt: skip
        own = {"level": permit.level, "before": permit.before, "triggered_by": tuple(rule.id for rule in triggers)}
        yield _entry("permit", permit.id, said, own)


def _routes(rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    for route in rulebook.routes.values():
        keys = (
            "uses",
            "actions",
            "source",
            "article",
            "verified",
            "signoffs",
            "valid_from",
            "valid_until",
            "approvals",
        )
        said = {name: getattr(route, name) for name in keys}
        said |= {"id": f"route/{route.id}", "condition": route.words}
        own = {name: getattr(route, name) for name in ("title", "land", "quota", "supplement", "reasons")}
        yield _entry("route", route.ref, said, own)


def _terms(rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    for term in rulebook.terms.values():
        said = {name: getattr(term, name) for name in ("uses", "source", "article", "verified")}
        yield _entry("term", "", said | {"id": f"term/{term.id}"}, {"years": term.years})


def _uses(rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    for use in rulebook.uses.values():
        written = use.columns.get(rulebook.codes.industry_column or "", "").split("|")
        divisions = {found.division: found for code in written if (found := industry_of(rulebook.codes, code))}
        said = {"uses": (use.id,), "condition": use.title, "verified": use.columns.get("verified") == "true"}
        own = {
            "group": use.group, "tags": use.tags, "least_area_m2": use.least_area_m2,
            "least_width_m": use.least_width_m,
            "industries": {name: each.title for name, each in divisions.items()},
            "tertiary": all(is_tertiary(rulebook.codes, code) for code in written) if divisions else None,
        }  # fmt: skip
        yield _entry("use", use.ref or use.id, {**use.columns, **said}, own)


def _matrix_rows(rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    cells = {rule.id.split("/")[0]: rule for rule in rulebook.rules if rule.kind == "matrix"}
    for row in rulebook.matrix_rows:
        rule = cells.get(row.matrix)
        said: dict[str, Any] = {"id": f"matrix_row/{row.matrix}/{row.name}", "uses": row.uses}
        if rule is not None:
            said |= {
                "layer": rule.layer, "source": rule.source, "article": rule.article, "verified": rule.verified,
                "binds": rule.binds,
            }  # fmt: skip
        own = {"matrix": row.matrix, "cells": row.cells, "exists": bool(row.cells), "remarks": row.remarks}
        yield _entry("matrix_row", row.name, said, own)


def _codes(rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    for code in rulebook.codes.codes.values():
        said = {"condition": code.title, "source": code.source, "verified": code.verified}
        own = {"scheme": code.scheme, "code": code.code, "level": code.level, "note": code.note}
        yield _entry("code", f"{code.scheme} {code.code}", said, own)


def _mappings(rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    for pair in rulebook.codes.counterparts.values():
        ref = f"{pair.scheme} {pair.code} → {pair.to_scheme} {'|'.join(pair.to_codes)}"
        own = {
            "scheme": pair.scheme, "code": pair.code, "to_scheme": pair.to_scheme, "to_codes": pair.to_codes,
            "cardinality": pair.cardinality, "note": pair.note,
        }  # fmt: skip
        yield _entry("code_mapping", ref, {"verified": pair.verified}, own)


def _industries(rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    for each in rulebook.codes.industries.values():
        own = {"section": each.section, "section_title": each.section_title, "sector": each.sector}
        yield _entry("industry", each.division, {"condition": each.title}, own)


def _not_encoded(rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    for row in rulebook.not_encoded:
        own = {"source_table": row.source_table, "reason": row.reason}
        yield _entry("not_encoded", row.ref, {"condition": row.title}, own)
