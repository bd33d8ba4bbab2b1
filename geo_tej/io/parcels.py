"""Parcels of all layers under ids that are theirs alone: a row without one, or with another's, is set aside and stays.

What is set aside has no ground, so it is judged unknown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.errors import FrameError
from geo_tej.frames import check_parcels, drawn
from geo_tej.i18n import Said
from geo_tej.io.aside import Row, aside, free_name, places, some

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyproj import CRS

    from geo_tej.io.manifest import Manifest
    from geo_tej.model import Layer


@dataclass(frozen=True)
class _Aside:
    """What becomes of a row: why, and the id it is judged under; None where another row says the same."""

    reason: Said
    name: str | None


def need_ground(layers: Mapping[str, Layer]) -> None:
    """Refuse parcels of which none has any ground, unless it is known why: their layer is at fault.

    Raises
    ------
    FrameError
        If there is nothing to judge.
    """
    frames = _frames(layers)
    if any(layers[name].fault for name in frames):
        return
    if not any(drawn(frame).any() for frame in frames.values()):
        rows = sum(map(len, frames.values()))
        message = f"parcels: none of the {rows} rows has any ground; there is nothing to judge"
        raise FrameError(message)


def identified(layers: Mapping[str, Layer]) -> dict[str, Layer]:
    """Return layers whose parcels have an id each; rows without one, or with one that stands twice, are set aside.

    Rows that say the same (id, ground and all else) are one parcel. Where rows of one id differ nobody knows which is
    meant: none is heard, the first keeps the id, and the others are named by their row.
    """
    frames = _frames(layers)
    if not frames:
        return dict(layers)
    ids = pd.concat([frame["parcel_id"] for frame in frames.values()], ignore_index=True)
    nameless, twice = ids.isna().to_numpy(), ids.duplicated(keep=False).to_numpy() & ids.notna().to_numpy()
    if not (nameless.any() or twice.any()):
        return dict(layers)
    rows: list[Row] = [(name, row) for name, frame in frames.items() for row in range(len(frame))]
    taken = set(ids.dropna())
    without = [rows[place] for place in np.flatnonzero(nameless)]
    why = Said("没有地块编号", "it has no parcel_id")
    fates = {each: _Aside(why, free_name(f"{each[0]}-row-{each[1] + 1}", taken)) for each in without}
    told = [(name, _nameless_words(many, name)) for name, many in Counter(name for name, _ in without).items()]
    for parcel, group in ids[twice].groupby(ids[twice], sort=False):
        alike = [rows[place] for place in group.index]
        more, said = _of_one_id(str(parcel), alike, frames, taken)
        fates |= more
        told += [(name, said) for name in dict.fromkeys(name for name, _ in alike)]
    return {
        name: _without(layer, {row: fate for (of, row), fate in fates.items() if of == name}, _of(name, told))
        if name in frames
        else layer
        for name, layer in layers.items()
    }


def all_parcels(written: Manifest, layers: Mapping[str, Layer], crs: CRS) -> gpd.GeoDataFrame:
    """Return the parcels of all layers in one frame, each with its layer (`parcel_layer`) and its `kind`."""
    kinds = {entry.id: entry.kind for entry in written.layer}
    frames = [frame.assign(parcel_layer=name, kind=kinds[name]) for name, frame in _frames(layers).items()]
    parcels = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=crs)
    return check_parcels(parcels.set_index("parcel_id"), name="parcels")


def _frames(layers: Mapping[str, Layer]) -> dict[str, gpd.GeoDataFrame]:
    return {name: each.frame for name, each in layers.items() if each.role == "parcels" and each.frame is not None}


def _of(name: str, told: Sequence[tuple[str, Said]]) -> tuple[Said, ...]:
    return tuple(said for of, said in told if of == name)


def _nameless_words(number: int, layer: str) -> Said:
    return Said(
        f"{number} 行没有地块编号，已单列，以“{layer}-row-行号”为名，判为待核实",
        f"{number} rows have no parcel_id: set aside, and judged unknown as {layer}-row-NUMBER",
    )


def _of_one_id(
    parcel: str, rows: Sequence[Row], frames: Mapping[str, gpd.GeoDataFrame], taken: set[str]
) -> tuple[dict[Row, _Aside], Said]:
    """Return what becomes of the rows that bear one id, and a line on it."""
    at_zh, at = places(rows, "zh"), places(rows, "en")
    if _alike(rows, frames):
        why = Said(f"与 {places(rows[:1], 'zh')}完全相同", f"it says again what {places(rows[:1], 'en')} says")
        said = Said(
            f"地块编号 {parcel} 重复（{at_zh}），内容完全相同，只计一次",
            f"{parcel} stands in {at}, which say the same: it is taken once",
        )
        return {row: _Aside(why, None) for row in rows[1:]}, said
    why = Said(
        f"地块编号 {parcel} 重复（{at_zh}）且内容不同，无法判断以哪一行为准",
        f"its parcel_id {parcel} stands in {at}, which differ: which is meant is not known",
    )
    names = [parcel, *(free_name(f"{parcel}-row-{row + 1}", taken) for _, row in rows[1:])]
    said = Said(
        f"地块编号 {parcel} 重复（{at_zh}）且内容不同：均已单列，判为待核实，"
        f"名为 {'、'.join(some(names))}；请分别编号或删去其一",
        f"{parcel} stands in {at}, which differ: set aside, and judged unknown as {', '.join(some(names))}; "
        "give each an id of its own, or delete the one that is wrong",
    )
    return {row: _Aside(why, name) for row, name in zip(rows, names, strict=True)}, said


def _alike(rows: Sequence[Row], frames: Mapping[str, gpd.GeoDataFrame]) -> bool:
    """Say whether rows hold the same ground, however its rings begin, and the same else."""
    shapes = shapely.normalize([frames[name].geometry.iloc[row] for name, row in rows])
    if any(each is None or each != shapes[0] for each in shapes):
        return False
    cells = (frames[name].iloc[[row]].drop(columns="geometry").iloc[0].dropna().to_dict() for name, row in rows)
    first = next(cells)
    return all(each == first for each in cells)


def _without(layer: Layer, fates: Mapping[int, _Aside], remarks: tuple[Said, ...]) -> Layer:
    """Return a layer whose rows at fault have neither ground nor facts, but for those that another row says again."""
    if layer.frame is None or layer.account is None or not fates:
        return replace(layer, remarks=(*layer.remarks, *remarks))
    frame, known = layer.frame, {each.row - 1: each for each in layer.account.set_aside}
    rows = [row for row in fates if row not in known]
    names = [fates[row].name or frame["parcel_id"].iloc[row] for row in rows]
    more = [replace(each, reason=fates[each.row - 1].reason) for each in aside(frame, rows, names, "")]
    named = tuple(
        replace(each, name=each.name or fates[row].name or "") if row in fates else each for row, each in known.items()
    )
    heard = np.ones(len(frame), dtype=bool)
    heard[list(fates)] = False
    ids = frame["parcel_id"].astype(object).to_numpy(copy=True)
    for row, fate in fates.items():
        ids[row] = fate.name
    columns = {name: frame[name].where(heard) for name in frame.columns.drop(["parcel_id", "geometry"])}
    geometry = frame.geometry.to_numpy().copy()
    geometry[~heard] = None
    kept = np.array([row not in fates or fates[row].name is not None for row in range(len(frame))])
    cleaned = gpd.GeoDataFrame({"parcel_id": ids, **columns}, geometry=geometry, crs=frame.crs, index=frame.index)
    return replace(
        layer,
        frame=cleaned[kept].reset_index(drop=True),
        account=replace(layer.account, set_aside=(*named, *more)),
        set_aside=layer.set_aside + len(more),
        remarks=(*layer.remarks, *remarks),
    )
