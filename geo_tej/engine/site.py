"""Places for a programme: find them and write tables, rasters and the page."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.engine.mapping import check_map_name, require_size
from geo_tej.errors import ProgrammeError
from geo_tej.io.cells import written_cells
from geo_tej.io.write import replacing, replacing_all
from geo_tej.programme import read_programme
from geo_tej.sites import find_sites
from geo_tej.sites.surfaces import OPEN, OUTSIDE, UNASSESSED, legend, suitability, windows
from geo_tej.tables.places import no_plan_words, plan_words, ranking_table, write_sites

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    from geo_tej.grid import Grid
    from geo_tej.i18n import Language
    from geo_tej.model import Project
    from geo_tej.sites import Sites
    from geo_tej.sites.surfaces import Surfaces

TOGETHER = {
    OPEN: {"zh": "待核实", "en": "to be settled"},
    UNASSESSED: {"zh": "无地块或无数据", "en": "no parcel or no data"},
    OUTSIDE: {"zh": "范围外", "en": "outside the area"},
    0: {"zh": "未见排除", "en": "nothing bars it"},
}


def sites_of(
    project: Project,
    programme: Path,
    *,
    on: date | None = None,
    facts: Mapping[str, object] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Sites:
    """Read a programme and find places for its projects."""
    return find_sites(project, read_programme(programme, project), on=on, facts=facts, tell=tell)


def require_plan(sites: Sites, *, language: Language) -> None:
    """Refuse a programme that nothing satisfies.

    Raises
    ------
    ProgrammeError
        If there is no plan for all projects; the message says which limit leaves none.
    """
    if not sites.plan.feasible:
        way_out = {"zh": "；加 --anyway 仍可输出排序", "en": "; --anyway writes the ranking all the same"}[language]
        raise ProgrammeError(no_plan_words(sites.plan, sites, language) + way_out)


def write_siting(
    sites: Sites, folder: Path, *, language: Language, tell: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Write tables, rasters and the page of ranked places into a folder, all of them or none; return their names.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    with replacing_all(folder) as beside:
        tell("sites.xlsx")
        write_sites(sites, beside, language)
        tell("suitability.tif")
        write_surfaces(sites.surfaces, sites.grid, sites.weights, beside)
        tell("siting.html")
        _save(sites, beside / "siting.html", language)
        return sorted(path.name for path in beside.iterdir())


def save_siting_map(sites: Sites, path: Path, *, language: Language, anyway: bool = False) -> None:
    """Write the page alone, `anyway` even if it is too large for most browsers.

    Raises
    ------
    OutputError
        If the file is not named as a page, or cannot be written.
    """
    check_map_name(path, static=None)
    with replacing(path) as beside:
        _save(sites, beside, language, anyway=anyway)


def write_surfaces(made: Surfaces, grid: Grid, weights: Mapping[str, float], folder: Path) -> None:
    """Write, for each project, suitability with the free share of cells, and what bars them, window by window.

    `suitability-ID.tif` has the weighted sum where ground is free and every criterion known, and the free share of the
    cell; both have no data (NaN) where nobody knows. `exclusions-ID.tif` has codes whose legend is in the tags.
    """
    with ExitStack() as stack:
        pairs = {
            name: (
                stack.enter_context(
                    written_cells(folder / f"suitability-{name}.tif", grid, bands=2, dtype="float32", nodata=np.nan)
                ),
                stack.enter_context(
                    written_cells(folder / f"exclusions-{name}.tif", grid, bands=1, dtype="uint8", nodata=OUTSIDE)
                ),
            )
            for name in made.barred
        }
        for part in windows(made, grid):
            worth = suitability(part.values, weights)
            for name, (value, barred) in pairs.items():
                free = part.free(made, name)
                suited = np.where((part.code[name] == 0) & (free > 0), worth, np.nan)
                value.write(suited.astype(np.float32), 1, part.row, part.column)
                outside = part.code[name] == OUTSIDE
                value.write(np.where(outside, np.nan, free).astype(np.float32), 2, part.row, part.column)
                barred.write(part.code[name], 1, part.row, part.column)
        for name, (value, barred) in pairs.items():
            value.tag(_about(made, weights))
            value.describe(1, "suitability, 0 worst to 1 best")
            value.describe(2, "share of the cell that nothing bars")
            barred.tag(legend_tags(made, name))
            barred.describe(1, "what bars the cell's centre")


def legend_tags(made: Surfaces, project: str) -> dict[str, str]:
    """Return the legend of a raster of exclusions as tags: a code each, with words and article in both languages."""
    said: dict[int, dict[str, Any]] = {code: dict(words) for code, words in TOGETHER.items()}
    for number, reason in enumerate(legend(made, project), start=1):
        said[number] = {
            "zh": reason.title.zh, "en": reason.title.en, "article_zh": reason.article.zh,
            "article_en": reason.article.en, "by": reason.kind,
        }  # fmt: skip
    return {f"LEGEND_{code:03d}": json.dumps(words, ensure_ascii=False) for code, words in sorted(said.items())}


def site_rows(sites: Sites, *, language: Language) -> dict[str, Any]:
    """Return the ranking and the plan as `site --json` prints them."""
    table = ranking_table(sites, language).drop(columns="geometry")
    rows = json.loads(table.to_json(orient="records", force_ascii=False))
    plan = sites.plan
    return {
        "site_id": sites.site_id,
        "programme": sites.programme.title[language],
        "weights": dict(sites.weights),
        "consistency": {
            name: {"lambda_max": told.lambda_max, "ci": told.index, "cr": told.ratio}
            for name, told in sites.programme.weighting.consistency.items()
        },
        "ranking": rows,
        "plan": {
            "feasible": plan.feasible,
            "places": json.loads(plan.places.to_json(orient="records", force_ascii=False)),
            "objective": _number(plan.objective),
            "gap": _number(plan.gap),
            "one_more_hectare": _number(plan.one_more_hectare),
            "blocked_by": list(plan.blocked_by),
            "words": plan_words(sites, language),
        },
        "disclaimer": sites.project.rulebook.disclaimer[language],
    }


def _about(made: Surfaces, weights: Mapping[str, float]) -> dict[str, str]:
    criteria = {
        each.id: {
            "zh": each.title.zh,
            "en": each.title.en,
            "unit": each.unit.en,
            "weight": round(weights.get(each.id, 0), 9),
        }
        for each in made.programme.criteria
    }
    return {
        "LEGEND": "0 worst to 1 best; no data: barred, to be settled, not known, or outside",
        "CRITERIA": json.dumps(criteria, ensure_ascii=False),
        "SLOPE": "Horn 1981, Proceedings of the IEEE 69 (1): third-order finite difference",
        "PROGRAMME_SHA256": made.programme.sha256,
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _save(sites: Sites, path: Path, language: Language, *, anyway: bool = False) -> None:
    from geo_tej.maps import siting_map  # noqa: PLC0415  folium is heavy; only maps need it

    siting_map(sites, language=language).save(str(path))
    if not anyway:
        require_size(path.stat().st_size, path.name, "ask for fewer projects or candidates in the programme")
