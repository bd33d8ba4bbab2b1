"""The jobs behind the commands: questions become frames, frames become files. No words for a terminal here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_tej.lazy import resolve

if TYPE_CHECKING:
    from geo_tej.engine.chosen import chosen_parcels
    from geo_tej.engine.exports import export_rulebook
    from geo_tej.engine.jobs import only_kind, run, save_map, write_assessment
    from geo_tej.engine.ledgers import write_ledger
    from geo_tej.engine.lists import (
        SCHEMAS,
        as_json,
        coverage_table,
        extracts,
        layer_rows,
        rule_rows,
        todo_rows,
        write_coverage,
    )
    from geo_tej.engine.signing import sign_rule
    from geo_tej.engine.starter import init
    from geo_tej.engine.ways_out import record, transitions, write_transition
    from geo_tej.transition.told import report as transition_report

_HOME = {
    "SCHEMAS": "lists",
    "as_json": "lists",
    "chosen_parcels": "chosen",
    "coverage_table": "lists",
    "export_rulebook": "exports",
    "extracts": "lists",
    "init": "starter",
    "layer_rows": "lists",
    "only_kind": "jobs",
    "record": "ways_out",
    "rule_rows": "lists",
    "run": "jobs",
    "save_map": "jobs",
    "sign_rule": "signing",
    "todo_rows": "lists",
    "transitions": "ways_out",
    "write_assessment": "jobs",
    "write_coverage": "lists",
    "write_ledger": "ledgers",
    "write_transition": "ways_out",
}

__all__ = [
    "SCHEMAS", "as_json", "chosen_parcels", "coverage_table", "export_rulebook", "extracts", "init", "layer_rows",
    "only_kind", "record", "rule_rows", "run", "save_map", "sign_rule", "todo_rows", "transition_report", "transitions",
    "write_assessment", "write_coverage", "write_ledger", "write_transition",
]  # fmt: skip


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    if name == "transition_report":
        from geo_tej.transition.told import report  # noqa: PLC0415  as light as the others

        return report
    return resolve(__name__, _HOME, name)
