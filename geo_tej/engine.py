"""The jobs behind the commands: questions become frames, frames become files. No words for a terminal here."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from geo_tej.errors import LayerError, OutputError, QuestionError, choices
from geo_tej.i18n import Text
from geo_tej.io.manifest import schema as manifest_schema
from geo_tej.io.read import read_polygons
from geo_tej.io.write import replacing, replacing_all
from geo_tej.model import OUTCOMES, STATES
from geo_tej.overlay import overlaps
from geo_tej.rulebook.audit import coverage, plain, rule_row
from geo_tej.tables import write_table, write_verdicts
from geo_tej.verdict import assess, extract
from geo_tej.verdict.extracts import schema as extract_schema
from geo_tej.verdict.todo import todo
from geo_tej.verdict.words import law_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.model import Project, Rulebook
    from geo_tej.verdict import Assessment

SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {"manifest": manifest_schema, "extract": extract_schema}
"""The JSON Schemas that are shipped in `geo_tej/schemas/`."""


def run(
    project: Project, folder: Path, *, language: Language, tell: Callable[[str], None] = lambda _: None
) -> tuple[Assessment, list[str]]:
    """Do the whole job: assess every parcel, write the tables and the maps into a folder, all of them or none.

    Returns the assessment of the rights parcels, which are the sites that people ask about (of all, where there is
    no such kind), and the names of the files written.

    Raises
    ------
    GeoTejError
        If the project is unfit or the folder cannot be written to.
    """
    tell("assess")
    assessment = assess(project)
    rights = only_kind(assessment, "rights")
    with replacing_all(folder) as beside:
        for name in ("verdicts.parquet", "verdicts.gpkg", "verdicts.xlsx"):
            tell(name)
            write_verdicts(assessment if name == "verdicts.parquet" else rights, beside / name, language=language)
        if len(project.enterprises):
            for name in ("enterprises.xlsx", "enterprises.csv", "enterprises.gpkg", "enterprises.parquet"):
                tell(name)
                write_verdicts(rights, beside / name, enterprises=True, language=language)
        tell("overlaps.parquet")
        write_table(assessment.overlaps, beside / "overlaps.parquet")
        if len(assessment.dropped):
            write_table(assessment.dropped, beside / "dropped.csv")
        tell("layers.csv")
        layers = pd.DataFrame(layer_rows(project, assessment))
        write_table(layers.astype(dict.fromkeys(STATES, "Int64")), beside / "layers.csv")
        tell("constraints.html")
        save_map(assessment, beside / "constraints.html", language=language)
        written = sorted(path.name for path in beside.iterdir())
    return rights, written


def only_kind(assessment: Assessment, kind: str) -> Assessment:
    """Assess again only the parcels of one kind, unless all are of it or none is."""
    parcels = assessment.parcels
    if "kind" not in parcels.columns:
        return assessment
    chosen = parcels[parcels["kind"] == kind]
    if len(chosen) in (0, len(parcels)):
        return assessment
    return assess(
        assessment.project,
        parcels=chosen,
        uses=[use.id for use in assessment.questions.uses],
        pathways=[pathway.id for pathway in assessment.questions.pathways],
        on=assessment.on,
        facts=assessment.facts,
    )


def save_map(assessment: Assessment, path: Path, *, language: Language, kind: str = "constraint") -> None:
    """Write one interactive page that opens without a network."""
    from geo_tej.maps import constraint_map  # noqa: PLC0415  folium is heavy; only maps need it

    if path.suffix.lower() not in (".html", ".htm"):
        message = f"{path.name}: a page is written as .html"
        raise OutputError(message)
    page = constraint_map(assessment, language=language, kind=kind)
    with replacing(path) as beside:
        page.save(str(beside))


def write_assessment(assessment: Assessment, path: Path, *, enterprises: bool, language: Language) -> None:
    """Write verdicts of parcels or enterprises, whole or not at all."""
    with replacing(path) as beside:
        write_verdicts(assessment, beside, enterprises=enterprises, language=language)


def chosen_parcels(
    project: Project, names: Iterable[str], *, at: tuple[float, float] | None = None, shape: Path | None = None
) -> gpd.GeoDataFrame:
    """Return the parcels that a question names, by id, by a point in degrees, or by the polygons of a file.

    Raises
    ------
    QuestionError
        If an id is unknown, no parcel lies at the point, or nothing is asked.
    LayerError, CRSError
        If the file cannot be read or placed.
    """
    parcels = project.parcels
    names = list(dict.fromkeys(names))
    for name in names:
        if name not in parcels.index:
            message = f"parcel {name!r} is not in the project; {choices(name, parcels.index.astype(str).to_list())}"
            raise QuestionError(message)
    chosen = [parcels.loc[names]] if names else []
    if at is not None:
        chosen.append(_at(project, at))
    if shape is not None:
        chosen.append(_from_file(project, shape))
    if not chosen:
        message = "nothing is asked: name a parcel, or give --at LON,LAT, or --shape FILE"
        raise QuestionError(message)
    named = gpd.GeoDataFrame(pd.concat(chosen), crs=project.crs).rename_axis("parcel_id")
    if shape is None:
        return named[~named.index.duplicated()]
    twice = named.index[named.index.duplicated()]
    if len(twice):
        message = f"{shape}: the parcel_id {twice[0]!r} stands for more than one parcel of this question; rename one"
        raise QuestionError(message)
    return named


def _at(project: Project, at: tuple[float, float]) -> gpd.GeoDataFrame:
    longitude, latitude = at
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):  # noqa: PLR2004  degrees on the globe
        message = f"--at {longitude:g},{latitude:g}: a longitude and a latitude in degrees are needed, in that order"
        raise QuestionError(message)
    point = gpd.GeoSeries([shapely.Point(longitude, latitude)], crs=project.crs.geodetic_crs).to_crs(project.crs)
    hit = project.parcels[project.parcels.covers(point.iloc[0])]
    if not len(hit):
        away = project.parcels.distance(point.iloc[0])
        message = (
            f"no parcel lies at {longitude:g},{latitude:g}; the nearest is {away.idxmin()}, {away.min():,.0f} m away"
        )
        raise QuestionError(message)
    return hit


def _from_file(project: Project, path: Path) -> gpd.GeoDataFrame:
    frame, _ = read_polygons(path, crs=project.crs)
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if not len(frame):
        message = f"{path}: has no polygons"
        raise LayerError(message)
    ids = frame["parcel_id"].astype(str) if "parcel_id" in frame else pd.Series(_numbered(path.stem, len(frame)))
    return gpd.GeoDataFrame(geometry=frame.geometry.to_numpy(), index=pd.Index(ids, name="parcel_id"), crs=project.crs)


def _numbered(stem: str, count: int) -> list[str]:
    return [stem] if count == 1 else [f"{stem}-{number}" for number in range(1, count + 1)]


def extracts(assessment: Assessment, *, language: Language) -> list[dict[str, Any]]:
    """Return the extract of every parcel of an assessment."""
    return [extract(assessment, parcel, language=language) for parcel in assessment.parcels.index]


def layer_rows(project: Project, assessment: Assessment | None = None) -> list[dict[str, Any]]:
    """Return a row a layer: what it is, what was repaired or set aside, why it failed; and parcels by state."""
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
            "extent": "declared" if layer.extent is not None else "",
            "date": layer.provenance.date.isoformat() if layer.provenance.date else "",
            "licence": layer.provenance.licence,
            "fault": layer.fault or "",
            "remarks": "; ".join(layer.remarks),
            **counts.get(layer.id, {}),
        }
        for layer in project.layers.values()
    ]
    missing = [
        {
            "id": law.id, "role": "", "title": law.title[project.language], "rows": 0, "repaired": 0, "set_aside": 0,
            "extent": "", "date": "", "licence": "", "fault": "", "remarks": "not supplied", **counts.get(law.id, {}),
        }
        for law in project.rulebook.layers.values()
        if law.id not in project.layers
    ]  # fmt: skip
    return supplied + missing


def rule_rows(rulebook: Rulebook, *, on: date | None = None) -> list[dict[str, Any]]:
    """Return a row a rule, as `rules --json` prints it."""
    rules = rulebook.rules if on is None else rulebook.on(on)
    return [rule_row(rule) for rule in rules]


def todo_rows(project: Project, *, on: date | None = None) -> list[dict[str, Any]]:
    """Return a row an unverified rule, those first that hold most verdicts of the project open.

    The parcels are the rights parcels, which are the sites that people ask about; all, where there is no such kind.
    """
    parcels = project.parcels
    if "kind" in parcels.columns and (parcels["kind"] == "rights").any():
        parcels = parcels[parcels["kind"] == "rights"]
    assessment = assess(project, parcels=parcels, on=on)
    rules = {rule.id: rule for rule in assessment.rules}
    ranked = todo(assessment)
    counts = {name: ranked[name].tolist() for name in ranked.columns}
    of = len(parcels) * len(assessment.questions)
    return [
        {
            "rule": rule.id, "ref": rule.ref, "layer": rule.layer, "outcome": OUTCOMES[rule.outcome],
            **{name: counts[name][place] for name in counts}, "of": of,
            "law": {"zh": law_words(project.rulebook, rule, "zh"), "en": law_words(project.rulebook, rule, "en")},
        }
        for place, rule in enumerate(map(rules.__getitem__, ranked.index))
    ]  # fmt: skip


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
            for name, title, unlisted in [*laws, (None, Text("不限图层", "everywhere"), "silent")]
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


def write_ledger(  # noqa: PLR0913  two files, their columns, and where to
    parcels: Path, zones: Path, output: Path, *, parcel_id: str, zone_class: str, layer: str | None
) -> int:
    """Write the bare overlaps of two files; return the number of rows.

    Raises
    ------
    LayerError, FrameError, CRSError, OutputError
        If a file cannot be read, lacks a column, is in another CRS or invalid, or the output cannot be written.
    """
    left, _ = read_polygons(parcels)
    right, _ = read_polygons(zones, crs=left.crs)
    left = _renamed(left, {parcel_id: "parcel_id"}, parcels)
    right = _renamed(right, {zone_class: "zone_class"} | ({layer: "layer"} if layer else {}), zones)
    kept = overlaps(left, right).kept
    with replacing(output) as beside:
        write_table(kept, beside)
    return len(kept)


def _renamed(frame: gpd.GeoDataFrame, names: Mapping[str, str], path: Path) -> gpd.GeoDataFrame:
    for column, ours in names.items():
        if column not in frame.columns:
            message = (
                f"{path}: there is no column {column!r} (for {ours}); {choices(column, list(map(str, frame.columns)))}"
            )
            raise LayerError(message)
    spare = [ours for column, ours in names.items() if column != ours and ours in frame.columns]
    return frame.drop(columns=spare).rename(columns=dict(names))


def init(folder: Path) -> list[Path]:
    """Make a starter project: a manifest to fill in, a rulebook to edit, an empty place for layers.

    Raises
    ------
    OutputError
        If there is something in the way.
    """
    layers = folder / "layers"
    if folder.exists() and not folder.is_dir():
        message = f"{folder} is a file; choose an empty folder"
        raise OutputError(message)
    if (layers / "layers.toml").exists():
        message = f"{layers / 'layers.toml'} exists already; choose an empty folder"
        raise OutputError(message)
    rulebook = layers / "rulebook"
    if rulebook.exists():
        message = f"{rulebook} exists already; choose an empty folder"
        raise OutputError(message)
    try:
        layers.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        message = f"{folder}: cannot be written: {fault.strerror or fault}"
        raise OutputError(message) from fault
    shutil.copytree(str(files("geo_tej") / "rulebooks" / "starter"), rulebook)
    template = (files("geo_tej") / "rulebooks" / "layers-template.toml").read_text(encoding="utf-8")
    (layers / "layers.toml").write_text(template, encoding="utf-8")
    return [layers / "layers.toml", rulebook]


def as_json(value: object) -> str:
    """Write a value as indented JSON in Unicode."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
