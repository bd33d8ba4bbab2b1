"""Which parcels a question means: by id, by a point, by the polygons of a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from geo_tej.codes import scheme_of_column
from geo_tej.engine.guessed import PARCEL_COLUMNS, PARCEL_IDS
from geo_tej.errors import CRSError, LayerError, QuestionError, choices
from geo_tej.facts import is_nothing, written
from geo_tej.frames import called, drawn
from geo_tej.i18n import Said, told_in
from geo_tej.io.facts import read_facts
from geo_tej.io.kinds import VECTORS
from geo_tej.io.reading import read_layer
from geo_tej.io.survey_lines import survey_text
from geo_tej.io.write import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from typing import Any

    from geo_tej.model import Project

_KEYS = "(crs|axes|offset|encoding)"
_OF_HEADER = ("sheet", "use", "code")
"""What a parcel's header in a survey TXT says besides its name: kept so that it can be written again."""


def chosen_parcels(  # noqa: PLR0913  the ways to name a parcel
    project: Project,
    names: Iterable[str],
    *,
    at: tuple[float, float] | None = None,
    shape: Path | None = None,
    declared: Mapping[str, Any] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> gpd.GeoDataFrame:
    """Return the parcels that a question names, by id, by a point in degrees, or by the polygons of a file.

    `declared` says what the file leaves open, as `read_layer` takes it: crs, axes, offset, encoding, sublayer; `tell`
    is called with each thing that is to be told of it: what was inferred, repaired or set aside.

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
            message = f"parcel {name!r} is not in the project; {choices(name, called(parcels))}"
            raise QuestionError(message)
    chosen = [parcels.loc[names]] if names else []
    if at is not None:
        chosen.append(_at(project, at))
    if shape is not None:
        chosen.append(_from_file(project, shape, declared or {}, tell))
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


def _from_file(
    project: Project, path: Path, declared: Mapping[str, Any], tell: Callable[[str], None]
) -> gpd.GeoDataFrame:
    """Read the polygons of a file; one that was set aside stays, without ground, so that it is judged unknown."""
    near = project.area if project.area is not None else shapely.box(*project.parcels.total_bounds)
    try:
        read = read_layer(path, **declared, language=project.language, to=project.crs, near=near, name="parcel_id")
    except (LayerError, CRSError) as fault:
        raise type(fault)(_in_options(str(fault))) from fault
    frame, account = read.frame, read.account
    lost = [
        Said(f"第 {each.row} 行剔除：{told_in(each.reason, 'zh')}", f"row {each.row} is set aside: {each.reason}")
        for each in account.set_aside
    ]
    for remark in (*account.remarks, *lost):
        said = Said(f"{path.name}：{_in_options(told_in(remark, 'zh'))}", f"{path.name}: {_in_options(remark)}")
        tell(said)
    aside = {each.row - 1 for each in account.set_aside}
    there = drawn(frame)
    if not there.any():
        why = f": {account.set_aside[0].reason}" if account.set_aside else ""
        message = f"{path}: has no polygons{why}"
        raise LayerError(message)
    kept = [row for row in range(len(frame)) if there[row] or row in aside]
    told, heard = _told_columns(frame, project)
    told, odd = read_facts(told, project.rulebook)
    told = told.assign(
        **{name: frame[name] for name in _OF_HEADER if account.format == VECTORS["survey"] and name not in told}
    )
    names = Said(f"采用其字段：{'、'.join(heard)}", f"taken from it are the columns {', '.join(heard)}")
    for remark in ([names] if heard else []) + odd:
        tell(Said(f"{path.name}：{told_in(remark, 'zh')}", f"{path.name}: {remark}"))
    ids = [*map(_id, told.pop("parcel_id"), _numbered(path.stem, len(frame)))]
    index = pd.Index([ids[row] for row in kept], name="parcel_id")
    geometry = frame.geometry.iloc[kept].to_numpy()
    return gpd.GeoDataFrame(told.iloc[kept].set_axis(index), geometry=geometry, crs=project.crs)


def _told_columns(frame: gpd.GeoDataFrame, project: Project) -> tuple[pd.DataFrame, list[str]]:
    """Return what a file says of its polygons under our names, and which of its columns that is.

    Ids and what parcels bring may have the names of convention; a code of land use is heard only with its scheme.
    """
    rulebook, there = project.rulebook, [column for column in frame.columns if column != frame.geometry.name]
    own = {"parcel_id": PARCEL_IDS, **PARCEL_COLUMNS, "land_use_scheme": ("land_use_scheme",)}
    own |= {fact: (fact,) for fact in rulebook.facts if fact != "area_m2"}
    found = {ours: next((name for name in names if name in there), None) for ours, names in own.items()}
    column = {ours: name for ours, name in found.items() if name is not None}
    constants = {}
    if "land_use_code" in column and "land_use_scheme" not in column:
        scheme = scheme_of_column(rulebook.codes, column["land_use_code"])
        if scheme is None:
            del column["land_use_code"]
        else:
            constants["land_use_scheme"] = scheme
    told = pd.DataFrame(
        {ours: frame[name].map(_cell) for ours, name in column.items()}, index=frame.index, dtype=object
    )
    if "registered_m2" in told:
        told["registered_m2"] = pd.to_numeric(told["registered_m2"], errors="coerce")
    heard = [ours if ours == name else f"{ours} ({name})" for ours, name in column.items()]
    return pd.DataFrame({"parcel_id": None}, index=frame.index).assign(**told, **constants), heard


def _cell(cell: object) -> str | None:
    return None if is_nothing(cell) else written(cell) or None


def _in_options(message: str) -> str:
    """Say a remedy as options: a question has no manifest to declare things in.

    >>> _in_options('declare crs = "EPSG:4549" and axes = "north-east"'), _in_options("say encoding to settle it")
    ('say --crs EPSG:4549 and --axes north-east', 'say --encoding to settle it')
    """
    message = re.sub(rf'\b{_KEYS} = "([^"\s]+)"', r"--\1 \2", message)
    message = re.sub(rf'\b{_KEYS} = (?=")', r"--\1 ", message)  # what holds blanks keeps its marks
    message = re.sub(rf"(?:(?<=declare )|(?<=say )|(?<=用 )|(?<=声明 )){_KEYS}\b", r"--\1", message)
    message = re.sub(r"\bdeclare (?=--|it, like --)", "say ", message)
    return message.replace("say which as sublayer", "say which with --sublayer")


def _id(cell: object, otherwise: str) -> str:
    return otherwise if cell is None or cell != cell else str(cell)  # noqa: PLR0124  NaN is not itself


def write_survey(project: Project, parcels: gpd.GeoDataFrame, path: Path) -> None:
    """Write parcels as a survey coordinate TXT (勘测定界), dated as the project is.

    Raises
    ------
    OutputError
        If the project does not compute in a Gauss-Krüger zone, a parcel has no ground, or it cannot be written.
    """
    names = {} if "name" not in parcels else {
        str(parcel): name for parcel, name in parcels["name"].items() if isinstance(name, str)
    }  # fmt: skip
    kept = [column for column in _OF_HEADER if column in parcels]
    of_header = {
        str(parcel): tuple(item if isinstance(item, str) else "" for item in items)
        for parcel, *items in parcels[kept].itertuples(name=None)
    } if len(kept) == len(_OF_HEADER) else {}  # fmt: skip
    text = survey_text(parcels, by=project.title["zh"], on=project.on.isoformat(), names=names, of_header=of_header)
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\r\n")


def _numbered(stem: str, count: int) -> list[str]:
    return [stem] if count == 1 else [f"{stem}-{number}" for number in range(1, count + 1)]
