"""The jobs behind the commands: questions become frames, frames become files. No words for a terminal here."""

from geo_tej.engine.chosen import chosen_parcels, write_survey
from geo_tej.engine.embed import embed
from geo_tej.engine.exports import export_rulebook
from geo_tej.engine.jobs import only_kind, write_assessment
from geo_tej.engine.layering import coverage, problems, write_layers_page, write_set_aside
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
from geo_tej.engine.transitions import record, transitions, write_transition
from geo_tej.engine.whole_job import Asked, Ran, run
from geo_tej.io.write import require_folder, require_place
from geo_tej.transition.told import report as transition_report

__all__ = [
    "SCHEMAS", "Asked", "Ran", "as_json", "check_map_name", "chosen_parcels", "coverage", "coverage_table", "embed",
    "export_rulebook", "extracts", "init", "layer_details", "layer_rows", "left_over", "only_kind", "problems",
    "record", "require_folder", "require_place", "require_plan", "rule_rows", "run", "save_map", "save_sheet",
    "save_siting_map", "sign_rule", "site_rows", "sites_of", "tiles_asked_for", "todo_rows", "transition_report",
    "transitions", "write_assessment", "write_coverage", "write_layers_page", "write_set_aside", "write_siting",
    "write_survey", "write_transition",
]  # fmt: skip
