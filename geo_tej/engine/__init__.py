"""The jobs behind the commands: questions become frames, frames become files. No words for a terminal here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_tej.lazy import resolve

if TYPE_CHECKING:
    from geo_tej.engine.chosen import chosen_parcels, write_survey
    from geo_tej.engine.embedding import embed
    from geo_tej.engine.exports import export_rulebook
    from geo_tej.engine.jobs import only_kind, run, write_assessment
    from geo_tej.engine.layering import coverage, problems, write_layers_page, write_set_aside
    from geo_tej.engine.lists import (
        SCHEMAS,
        as_json,
        coverage_table,
        extracts,
        layer_details,
        layer_rows,
        rule_rows,
        todo_rows,
        write_coverage,
    )
    from geo_tej.engine.mapping import check_map_name, save_map, save_sheet, tiles_asked_for
    from geo_tej.engine.signing import sign_rule
    from geo_tej.engine.site import require_plan, save_siting_map, site_rows, sites_of, write_siting
    from geo_tej.engine.starter import init
    from geo_tej.engine.transition_jobs import record, transition_report, transitions, write_transition

_HOME = {
    "SCHEMAS": "lists",
    "as_json": "lists",
    "check_map_name": "mapping",
    "chosen_parcels": "chosen",
    "coverage": "layering",
    "coverage_table": "lists",
    "embed": "embedding",
    "export_rulebook": "exports",
    "extracts": "lists",
    "init": "starter",
    "layer_details": "lists",
    "layer_rows": "lists",
    "only_kind": "jobs",
    "problems": "layering",
    "record": "transition_jobs",
    "require_plan": "site",
    "rule_rows": "lists",
    "run": "jobs",
    "save_map": "mapping",
    "save_sheet": "mapping",
    "save_siting_map": "site",
    "sign_rule": "signing",
    "site_rows": "site",
    "sites_of": "site",
    "tiles_asked_for": "mapping",
    "todo_rows": "lists",
    "transition_report": "transition_jobs",
    "transitions": "transition_jobs",
    "write_assessment": "jobs",
    "write_coverage": "lists",
    "write_layers_page": "layering",
    "write_set_aside": "layering",
    "write_siting": "site",
    "write_survey": "chosen",
    "write_transition": "transition_jobs",
}

__all__ = [
    "SCHEMAS", "as_json", "check_map_name", "chosen_parcels", "coverage", "coverage_table", "embed", "export_rulebook",
    "extracts", "init", "layer_details", "layer_rows", "only_kind", "problems", "record", "require_plan", "rule_rows",
    "run", "save_map", "save_sheet", "save_siting_map", "sign_rule", "site_rows", "sites_of", "tiles_asked_for",
    "todo_rows", "transition_report", "transitions", "write_assessment", "write_coverage", "write_layers_page",
    "write_set_aside", "write_siting", "write_survey", "write_transition",
]  # fmt: skip


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    return resolve(__name__, _HOME, name)
