"""The jobs behind the commands: questions become frames, frames become files. No words for a terminal here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_tej.lazy import resolve

if TYPE_CHECKING:
    from geo_tej.engine.chosen import chosen_parcels, write_survey
    from geo_tej.engine.double import double_ground, place_words
    from geo_tej.engine.embedding import embed
    from geo_tej.engine.exports import export_rulebook
    from geo_tej.engine.jobs import only_kind, write_assessment
    from geo_tej.engine.layering import coverage, places, problems, write_layers_page, write_set_aside
    from geo_tej.engine.leftover import left_over
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
    from geo_tej.engine.whole_job import Asked, Ran, run

_HOME = {
    "Asked": "engine.whole_job",
    "Ran": "engine.whole_job",
    "SCHEMAS": "engine.lists",
    "as_json": "engine.lists",
    "check_map_name": "engine.mapping",
    "chosen_parcels": "engine.chosen",
    "coverage": "engine.layering",
    "coverage_table": "engine.lists",
    "double_ground": "engine.double",
    "embed": "engine.embedding",
    "export_rulebook": "engine.exports",
    "extracts": "engine.lists",
    "init": "engine.starter",
    "layer_details": "engine.lists",
    "layer_rows": "engine.lists",
    "left_over": "engine.leftover",
    "only_kind": "engine.jobs",
    "place_words": "engine.double",
    "places": "engine.layering",
    "problems": "engine.layering",
    "record": "engine.transition_jobs",
    "require_plan": "engine.site",
    "rule_rows": "engine.lists",
    "run": "engine.whole_job",
    "save_map": "engine.mapping",
    "save_sheet": "engine.mapping",
    "save_siting_map": "engine.site",
    "sign_rule": "engine.signing",
    "site_rows": "engine.site",
    "sites_of": "engine.site",
    "tiles_asked_for": "engine.mapping",
    "todo_rows": "engine.lists",
    "transition_report": "engine.transition_jobs",
    "transitions": "engine.transition_jobs",
    "write_assessment": "engine.jobs",
    "write_coverage": "engine.lists",
    "write_layers_page": "engine.layering",
    "write_set_aside": "engine.layering",
    "write_siting": "engine.site",
    "write_survey": "engine.chosen",
    "write_transition": "engine.transition_jobs",
}

__all__ = [
    "SCHEMAS",
    "Asked",
    "Ran",
    "as_json",
    "check_map_name",
    "chosen_parcels",
    "coverage",
    "coverage_table",
    "double_ground",
    "embed",
    "export_rulebook",
    "extracts",
    "init",
    "layer_details",
    "layer_rows",
    "left_over",
    "only_kind",
    "place_words",
    "places",
    "problems",
    "record",
    "require_plan",
    "rule_rows",
    "run",
    "save_map",
    "save_sheet",
    "save_siting_map",
    "sign_rule",
    "site_rows",
    "sites_of",
    "tiles_asked_for",
    "todo_rows",
    "transition_report",
    "transitions",
    "write_assessment",
    "write_coverage",
    "write_layers_page",
    "write_set_aside",
    "write_siting",
    "write_survey",
    "write_transition",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    return resolve("geo_tej", _HOME, name)
