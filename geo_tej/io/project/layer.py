"""Read one layer of the manifest: its rows or cells, or the fault that leaves the rest standing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej import crs as crs_judge
from geo_tej.accounts import Account
from geo_tej.codes import codes_without_scheme, unlisted_codes
from geo_tej.errors import CRSError, FrameError, LayerError
from geo_tej.frames import drawn
from geo_tej.i18n import Said, told_in
from geo_tej.io.archives import is_remote, require_within, without_password
from geo_tej.io.aside import aside
from geo_tej.io.facts import read_facts
from geo_tej.io.project.classes import with_classes
from geo_tej.io.project.columns import cleaned_columns, mapping_of, without_aliases
from geo_tej.io.project.shapes import need_polygons_for_zones, with_half_width
from geo_tej.io.raster import read_raster, world_file_told
from geo_tej.io.read import content_hash, need_columns
from geo_tej.io.rows import Reading, table_rows, vector_rows
from geo_tej.io.schemes import with_scheme
from geo_tej.model import Layer, Provenance, Raster, Rulebook, Thresholds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shapely import Geometry

    from geo_tej.io.manifest import LayerEntry

CONTROL = ("area", "buildings", "zones", "objects", "raster", "context")
"""Roles whose fault leaves the rest standing."""

CONTROL_OF_LAW = ("zones", "objects", "buildings")
"""Roles of which no row may be lost in silence: what it held could have barred a use."""

SEAM_M = 0.001
"""Gaps between the rows of a layer that are narrower than this are not outside the ground they cover together."""

LEAST_SEAM_M = 0.01
"""Seams that are shorter than this together are left open: so much may be the rounding of corners."""

POLYGON_ROLES = ("area", "parcels", "zones", "buildings")
"""Roles whose rows are polygons; lines and points among them are set aside."""


def read_layer(entry: LayerEntry, reading: Reading, near: Geometry | None) -> Layer:
    """Read one layer; a control layer that cannot be read comes back with its fault."""
    path: Path | str = entry.path if is_remote(entry.path) else reading.folder / entry.path
    base: dict[str, Any] = {
        "id": entry.id,
        "role": entry.role,
        "title": entry.title,
        "thresholds": Thresholds(**dict(entry.thresholds)),
        "style": entry.style,
        "show": entry.show,
        "tiles": entry.tiles,
        "tolerance_m": entry.tolerance,
    }
    provenance: dict[str, Any] = {
        "path": Path(without_password(str(path))), "sublayer": entry.sublayer, "source": entry.source,
        "licence": entry.licence, "date": entry.date,
    }  # fmt: skip
    try:
        if isinstance(path, Path):
            require_within(path, reading.folder)
        read = _contents(entry, path, reading, near)
    except (LayerError, CRSError, FrameError) as fault:
        if entry.role not in CONTROL or entry.id in reading.given:
            raise
        return Layer(**base, provenance=Provenance(**provenance), fault=str(fault))
    digest = partial(content_hash, read.get("frame", read.get("table")), read.get("raster"))
    return Layer(**base, **read, provenance=Provenance(**provenance, digest=digest))


def _contents(entry: LayerEntry, path: Path | str, reading: Reading, near: Geometry | None) -> dict[str, Any]:
    what, rulebook = f"layer {entry.id}", reading.rulebook
    if entry.role == "raster":
        return _raster(entry, path, reading)
    if entry.role in ("enterprises", "occupancy"):
        return _people_read(entry, path, reading)
    law = rulebook.layers.get(entry.id)
    read = vector_rows(entry, path, reading, near, only_polygons=entry.role in POLYGON_ROLES)
    frame, account = read.frame, read.account
    ours = rulebook.facts if entry.role == "parcels" else law.attributes if law is not None else ()
    mapping = without_aliases(mapping_of(entry, frame, ours), frame, account)
    need_columns(frame, mapping, layer=entry.id)
    entry, coded = with_scheme(entry, frame, rulebook.codes)
    cleaned = gpd.GeoDataFrame(cleaned_columns(frame, mapping, entry), geometry=frame.geometry, crs=frame.crs)
    remarks = [*account.remarks, *coded]
    if entry.role in (*CONTROL_OF_LAW, "area"):
        remarks += _remarks_on_doubts(account)
    without = pd.Series(~drawn(cleaned), index=cleaned.index)
    account = _with_empty_told(account, frame, without, mapping.get("parcel_id"))
    lost: list[str] = []
    _need_some_polygons(entry, cleaned, account)
    if entry.role != "parcels" and without.any():
        lost.append(_lost_words(int(without.sum()), len(cleaned), read.account))
        cleaned = cleaned[~without]
    elif without.any():
        called = cleaned.loc[without, "parcel_id"].items()
        remarks.append(
            _no_ground([f"{entry.id}-row-{row + 1}" if pd.isna(name) else str(name) for row, name in called])
        )
    if entry.role in (*CONTROL_OF_LAW, "area"):
        cleaned = _without_doubts(cleaned, account)
    classes: dict[str, dict[str, str]] = {}
    odd: dict[str, tuple[str, ...]] = {}
    unknown = 0
    if entry.role == "objects":
        need_polygons_for_zones(cleaned, entry, rulebook)
        cleaned, rows = with_half_width(cleaned, entry)
        unknown = len(rows)
        account = _with_told(account, frame, rows, None, Said("线的半宽未知", "its half_width_m is not known"))
        no_width = Said(f"{unknown} 条线的半宽未知", f"the half_width_m of {unknown} lines is not known")
        lost += [no_width] * bool(unknown)
    if entry.role in ("zones", "objects"):
        cleaned, classes, odd, more = with_classes(cleaned, entry, law)
        remarks += more + _remarks_on_codes(rulebook, classes.values())
    if entry.role == "parcels":
        cleaned, more = read_facts(cleaned, rulebook)
        remarks += more + _remarks_on_codes(rulebook, _land_use(cleaned))
    return {
        "frame": cleaned.reset_index(drop=True),
        "account": account,
        "classes": classes,
        "odd": odd,
        "rows_read": account.rows,
        "repaired": len(account.repaired),
        "set_aside": int(without.sum()) + unknown,
        "remarks": tuple(remarks if entry.role in CONTROL_OF_LAW else remarks + lost),
        "fault": f"{what}: {'; '.join(lost)}" if lost and entry.role in CONTROL_OF_LAW else read.fault,
    }


_NAMED = 5
"""So many parcels are named in a remark."""


def _no_ground(names: list[str]) -> Said:
    """Name the parcels without ground, a few of many.

    >>> _no_ground(["A1"])
    'parcel A1 has no ground, and is judged unknown'
    """
    zh, en = "、".join(names[:_NAMED]), ", ".join(names[:_NAMED])
    rest = len(names) - _NAMED
    zh += f"等 {len(names):,} 宗" if rest > 0 else ""
    en += f" and {rest:,} more" if rest > 0 else ""
    have = "parcel {} has no ground, and is" if len(names) == 1 else "parcels {} have no ground, and are"
    return Said(f"地块 {zh} 没有几何，判为待核实", f"{have.format(en)} judged unknown")


def _people_read(entry: LayerEntry, path: Path | str, reading: Reading) -> dict[str, Any]:
    """Read enterprises or occupancy, with the facts that they tell."""
    rulebook = reading.rulebook
    table, account = table_rows(entry, path, reading)
    mapping = mapping_of(entry, table, rulebook.facts)
    need_columns(table, mapping, layer=entry.id)
    people, odd = read_facts(cleaned_columns(table, mapping, entry), rulebook)
    remarks = (*account.remarks, *odd)
    return {"table": people, "rows_read": len(table), "account": account, "remarks": remarks}


def _raster(entry: LayerEntry, path: Path | str, reading: Reading) -> dict[str, Any]:
    """Read a raster in the project's CRS, however that is written, whose rows run east."""
    crs = reading.crs
    raster = reading.given.get(entry.id)
    told: tuple[Said, ...] = ()
    if not isinstance(raster, Raster):
        raster = read_raster(path, band=entry.band, declared=entry.crs, limits=reading.limits, remote=entry.remote)
        told = world_file_told(Path(path), raster.transform)
    code = raster.crs.to_epsg()
    if not raster.crs.equals(crs, ignore_axis_order=True) and (code is None or code != crs.to_epsg()):
        message = f"layer {entry.id} is in {raster.crs.name}, the project in {crs.name}; warp it to that system first"
        raise CRSError(message)
    if raster.transform.b or raster.transform.d:
        message = f"layer {entry.id}: is a turned grid; warp it so that its rows run east"
        raise LayerError(message)
    cells = int(raster.values.size)
    how = "the manifest's word" if entry.crs is not None else "the file's word"
    account = Account(format="raster", rows=cells, crs=crs_judge.named(crs), crs_how=how)
    return {"raster": replace(raster, crs=crs), "rows_read": cells, "account": account, "remarks": told}


def _remarks_on_codes(rulebook: Rulebook, pairs: Iterable[Mapping[str, str]]) -> list[str]:
    """Tell the codes that their scheme does not list, and those that nobody can read without one."""
    given = list(pairs)
    return unlisted_codes(rulebook.codes, given) + codes_without_scheme(rulebook.codes, given)


def _land_use(parcels: pd.DataFrame) -> Iterable[Mapping[str, str]]:
    """Return the distinct codes of present land use among parcels, each with its scheme."""
    if not {"land_use_code", "land_use_scheme"} <= set(parcels.columns):
        return []
    distinct = parcels[["land_use_code", "land_use_scheme"]].dropna(subset="land_use_code").drop_duplicates()
    return [{"code": str(code), "scheme": str(scheme)} for code, scheme in distinct.itertuples(index=False)]


def _need_some_polygons(entry: LayerEntry, frame: gpd.GeoDataFrame, account: Account) -> None:
    """Refuse a layer of polygons whose rows are all lines or points: their role is another."""
    others = [each.reason for each in account.set_aside if "only polygons have ground" in each.reason]
    if others and entry.role in POLYGON_ROLES and not drawn(frame).any():
        message = (
            f"layer {entry.id}: none of its {len(frame)} rows is a polygon ({others[0]}); lines and points are objects"
        )
        raise FrameError(message)


def _with_empty_told(account: Account, frame: gpd.GeoDataFrame, without: pd.Series, name: str | None) -> Account:
    """List the rows that came without geometry among those set aside."""
    known = {each.row for each in account.set_aside}
    return _with_told(
        account,
        frame,
        [row for row in np.flatnonzero(without).tolist() if row + 1 not in known],
        name,
        Said("没有几何", "it has no geometry"),
    )


def _with_told(account: Account, frame: gpd.GeoDataFrame, rows: Sequence[int], name: str | None, why: Said) -> Account:
    """List rows of a file, counted from 0, among those set aside."""
    names = [""] * len(rows) if name is None else frame[name].iloc[list(rows)].tolist()
    more = aside(frame, rows, names, why)
    known = sorted((*account.set_aside, *more), key=lambda each: each.row)
    return replace(account, set_aside=tuple(known)) if more else account


def _lost_words(lost: int, rows: int, account: Account) -> str:
    """Say how many rows have no geometry left, and the first reason why."""
    reason = account.set_aside[0].reason if account.set_aside else ""
    why_zh, why = (f"（{told_in(reason, 'zh')}）", f" ({reason})") if reason else ("", "")
    return Said(f"{rows} 行中 {lost} 行没有几何{why_zh}", f"{lost} of {rows} rows have no geometry{why}")


def doubts_of(layer: Layer) -> list[Geometry]:
    """Return the grounds that rows of a layer hold in one reading of their outlines and not in another."""
    repairs = layer.account.repaired if layer.account is not None and layer.role in (*CONTROL_OF_LAW, "area") else ()
    return [each.doubt for each in repairs if each.doubt is not None]


def _without_doubts(frame: gpd.GeoDataFrame, account: Account) -> gpd.GeoDataFrame:
    """Leave rows, called by their place in the file, no ground that they do not hold in every reading.

    What a row may not hold it neither bars nor grants: it counts as not surveyed.
    """
    doubts = {each.row - 1: each.doubt for each in account.repaired if each.doubt is not None}
    rows = frame.index.intersection(list(doubts))
    if not len(rows):
        return frame
    frame = frame.copy()
    held = shapely.difference(frame.geometry.loc[rows].to_numpy(), np.array([doubts[row] for row in rows], object))
    geometry = frame.geometry.copy()
    geometry.loc[rows] = held
    frame = frame.set_geometry(geometry)
    return frame[drawn(frame)]


def _remarks_on_doubts(account: Account) -> list[str]:
    """Tell the ground of which nobody knows whether rows hold it, of a layer of the law."""
    grounds = [each.doubt for each in account.repaired if each.doubt is not None]
    if not grounds:
        return []
    rows, size = len(grounds), f"{shapely.union_all(grounds).area:,.2f}"
    return [
        Said(
            f"{rows} 行的边线可有不同读法：{size} 平方米是否属于其中不能确定，按未调查计",
            f"the outlines of {rows} rows can be read in different ways: whether they hold {size} m² is not known, "
            "and that ground counts as not surveyed",
        )
    ]


def ground_of(layer: Layer) -> Geometry | None:
    """Return the ground that all rows of a layer cover together, None where it has none.

    Gaps of less than a millimetre between rows are closed: zones that meet along a line stand that far apart once a
    corner of one, which lies on a side of the other, has come from another CRS or unit.
    """
    if layer.frame is None:
        return None
    ground = shapely.union_all(layer.frame.geometry.to_numpy())
    if len(layer.frame) == 1:
        return ground
    wider = shapely.buffer(ground, SEAM_M / 2, join_style="mitre")
    closed = shapely.union(ground, shapely.buffer(wider, -SEAM_M / 2, join_style="mitre"))
    shorter = shapely.length(ground) - shapely.length(closed)  # the two sides of what was closed are boundary no longer
    return closed if shorter > LEAST_SEAM_M else ground
