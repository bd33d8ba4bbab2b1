"""What the layers of a project are worth: coverage, problems with their places, what was set aside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_tej.engine.double import double_ground, rows_in_chinese
from geo_tej.errors import OutputError
from geo_tej.i18n import told_in
from geo_tej.io.mend import duplicates
from geo_tej.io.project import POLYGON_ROLES
from geo_tej.io.write import replacing
from geo_tej.tables import write_table
from geo_tej.topology import COLUMNS, gaps, overlapping, spikes

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.accounts import Repair, SetAside
    from geo_tej.i18n import Language
    from geo_tej.model import Layer, Project

_PROBLEM = ("layer", "kind", "what", "area_m2", "width_m", "x", "y")


def coverage(project: Project) -> dict[str, float | None]:
    """Return which share of the project's area each layer of polygons covers; None where that cannot be said."""
    area = project.area
    shares: dict[str, float | None] = {}
    for layer in project.layers.values():
        known = area is not None and area.area > 0 and layer.frame is not None and layer.role in POLYGON_ROLES
        shares[layer.id] = _covered(layer, area) if known else None
    return shares


def problems(project: Project, *, language: Language = "en") -> pd.DataFrame:
    """Return a row a problem: layer, kind, what rows are called, m², mean width in m, place in the project's CRS.

    Repairs and rows set aside are those of reading; the rest are those of `places`.
    """
    tables = [
        pd.DataFrame(
            [
                {"layer": layer.id, "kind": "set_aside", "what": _what(each, language)}
                for each in layer.account.set_aside
            ]
            + [
                {
                    "layer": layer.id, "kind": "repaired", "what": _what(each, language),
                    "area_m2": each.change_m2, "x": each.place[0] if each.place else np.nan,
                    "y": each.place[1] if each.place else np.nan,
                }
                for each in layer.account.repaired
            ]
        )
        for layer in project.layers.values()
        if layer.account is not None
    ]  # fmt: skip
    amiss = places(project)
    if language == "zh":
        amiss = amiss.assign(what=amiss["what"].map(rows_in_chinese))
    return _together([*tables, amiss])


def places(project: Project) -> pd.DataFrame:
    """Return where boundaries are amiss, as `problems` does, without what was repaired or set aside.

    Parcels of one kind, and zones that should tile, are looked at for overlaps and boundaries that nearly coincide,
    zones for gaps too; all polygons for spikes and duplicates.
    """

    def found() -> pd.DataFrame:
        layers = project.layers.values()
        return _together([double_ground(project), *(_between(each, tiles=_tiles(each, project)) for each in layers)])

    return project.once("places", found)


def _together(tables: list[pd.DataFrame]) -> pd.DataFrame:
    tables = [table for table in tables if len(table)]
    if not tables:
        return pd.DataFrame(columns=list(_PROBLEM))
    return pd.concat(tables, ignore_index=True).reindex(columns=list(_PROBLEM))


def _what(each: SetAside | Repair, language: Language) -> str:
    """Name a row and say what was done to it."""
    row = f"第 {each.row} 行" if language == "zh" else f"row {each.row}"
    return f"{each.name or row}{'：' if language == 'zh' else ': '}{told_in(each.reason, language)}"


def set_aside_table(project: Project, *, language: Language = "en") -> pd.DataFrame:
    """Return a row a record that was set aside: layer, file, row, name, reason, and all that it held."""
    rows = [
        {
            "layer": layer.id, "file": layer.provenance.path.name, "row": each.row, "name": each.name,
            "reason": told_in(each.reason, language),
            "attributes": json.dumps(dict(each.attributes), ensure_ascii=False), "geometry": each.geometry,
        }
        for layer in project.layers.values()
        for each in (layer.account.set_aside if layer.account is not None else ())
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["layer", "file", "row", "name", "reason", "attributes", "geometry"])


def write_set_aside(project: Project, path: Path, *, language: Language) -> int:
    """Write the records that were set aside as a table; return how many there are."""
    table = set_aside_table(project, language=language)
    with replacing(path) as beside:
        write_table(table, beside)
    return len(table)


def write_layers_page(project: Project, rows: list[dict[str, Any]], path: Path, *, language: Language) -> int:
    """Write a page of the layers and a map of their problems; return how many problems there are.

    Raises
    ------
    OutputError
        If the path does not end in .html, or cannot be written.
    """
    from geo_tej.maps.problems import layers_page  # noqa: PLC0415  pages are heavy

    if path.suffix.lower() not in (".html", ".htm"):
        message = f"{path.name}: a page is written as .html"
        raise OutputError(message)
    told = problems(project, language=language)
    with replacing(path) as beside:
        beside.write_text(layers_page(project, rows, told, language=language), encoding="utf-8")
    return len(told)


def _covered(layer: Layer, area: shapely.Geometry | None) -> float:
    if layer.frame is None or area is None:
        return 0.0
    union = shapely.union_all(layer.frame.geometry.to_numpy())
    return float(shapely.intersection(union, area).area / area.area)


def _tiles(layer: Layer, project: Project) -> bool:
    """Say whether a layer's rows should tile: its manifest says so, or it is a base layer of the law.

    Parcels are looked at by kind.
    """
    if layer.role == "parcels":
        return False
    if layer.tiles is not None:
        return layer.tiles
    law = project.rulebook.layers.get(layer.id)
    return law is not None and law.base


def _between(layer: Layer, *, tiles: bool) -> pd.DataFrame:
    frame = layer.frame
    if frame is None or layer.role not in POLYGON_ROLES or not len(frame):
        return pd.DataFrame()
    found = [spikes(frame)]
    if tiles:
        found += [overlapping(frame), gaps(frame)]
    twice = duplicates(frame)
    points = shapely.point_on_surface(frame.geometry.to_numpy()[twice])
    found.append(
        pd.DataFrame({
            "kind": "duplicate", "row": twice, "other": -1, "area_m2": shapely.area(frame.geometry.to_numpy()[twice]),
            "width_m": 0.0, "x": shapely.get_x(points), "y": shapely.get_y(points),
        }, columns=list(COLUMNS))
    )  # fmt: skip
    table = pd.concat([each for each in found if len(each)] or [found[0]], ignore_index=True)
    names = frame["parcel_id"].astype(str) if "parcel_id" in frame else pd.Series(frame.index + 1).map("row {}".format)
    called = names.to_numpy(dtype=object)
    first, second = table["row"].to_numpy(dtype=int), table["other"].to_numpy(dtype=int)
    words = [
        " / ".join(str(called[row]) for row in pair if row >= 0) for pair in zip(first, second, strict=True)
    ]  # fmt: skip
    return table.assign(layer=layer.id, what=words).drop(columns=["row", "other"])
