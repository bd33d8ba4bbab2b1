"""Firms under ids that are theirs alone, and who sits where, held against the firms and parcels that there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import pandas as pd

from geo_tej.errors import FrameError, choices
from geo_tej.facts import YES_OR_NO
from geo_tej.i18n import Said
from geo_tej.io.aside import Row, aside, free_name, places, some
from geo_tej.io.manifest import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from geo_tej.accounts import SetAside
    from geo_tej.model import Layer

_SHOWN = 5


def people_of(layers: Mapping[str, Layer]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the firms of all layers, by their id, and all rows of who sits where.

    Raises
    ------
    FrameError
        If an id stands more than once, as it may in tables in hand.
    """
    enterprises, occupancy = (_whole(_tables(layers, role).values(), role) for role in ("enterprises", "occupancy"))
    for name in ("above_designated", "willing"):
        if name in enterprises:
            enterprises = enterprises.assign(
                **{name: enterprises[name].map(lambda value: YES_OR_NO.get(str(value).lower()))}
            )
    twice = enterprises["enterprise_id"][enterprises["enterprise_id"].duplicated()]
    if len(twice):
        message = f"enterprises: enterprise_id must be unique; {twice.iloc[0]} stands more than once"
        raise FrameError(message)
    return enterprises.set_index("enterprise_id"), occupancy


def firms_once(layers: Mapping[str, Layer]) -> dict[str, Layer]:
    """Return layers whose firms have an id each and stand in one row each; what rows of one id differ in is not known.

    Whichever of them is meant, what they agree in holds; the rest is set aside, and the firm stays.
    """
    tables = _tables(layers, "enterprises")
    if not tables:
        return dict(layers)
    whole = _whole(tables.values(), "enterprises").astype(object)
    whole = whole.where(whole.notna(), None)  # of two empty cells none differs
    rows: list[Row] = [(name, row) for name, table in tables.items() for row in range(len(table))]
    ids = whole["enterprise_id"]
    nameless, twice = ids.isna().to_numpy(), ids.duplicated(keep=False).to_numpy() & ids.notna().to_numpy()
    if not (nameless.any() or twice.any()):
        return dict(layers)
    taken = set(ids[~nameless])
    told = [(name, _nameless_words(many, name)) for name, many in _layers_of(rows, nameless).items()]
    heard = whole.assign(
        enterprise_id=[
            free_name(f"{name}-row-{row + 1}", taken) if without else firm
            for (name, row), without, firm in zip(rows, nameless, ids, strict=True)
        ]
    )
    more: list[tuple[str, SetAside]] = []
    kept = ~heard["enterprise_id"].duplicated().to_numpy()
    for firm, group in ids[twice].groupby(ids[twice], sort=False):
        its = [rows[place] for place in group.index]
        odd = [str(name) for name in whole if len(whole[name].loc[group.index].unique()) > 1]
        heard.loc[group.index[0], odd] = None
        said, reason = _of_one_firm(str(firm), its, odd)
        told += [(name, said) for name in dict.fromkeys(name for name, _ in its)]
        more += [(name, aside(tables[name], [row], [firm], reason)[0]) for name, row in its if odd]
    spans = dict(zip(tables, pairwise(accumulate(map(len, tables.values()), initial=0)), strict=True))
    changed = {
        name: _changed(
            layers[name],
            heard.iloc[start:stop].loc[kept[start:stop], list(tables[name].columns)],
            [each for of, each in more if of == name],
            list(dict.fromkeys(said for of, said in told if of == name)),
        )
        for name, (start, stop) in spans.items()
    }
    return {**layers, **changed}


def _tables(layers: Mapping[str, Layer], role: str) -> dict[str, pd.DataFrame]:
    return {name: each.table for name, each in layers.items() if each.role == role and each.table is not None}


def _whole(tables: Iterable[pd.DataFrame], role: str) -> pd.DataFrame:
    """Return the rows of all tables in one; without any, an empty one with the columns of the role."""
    listed = list(tables)
    if len(listed) > 1:
        return pd.concat([each.astype(object) for each in listed], ignore_index=True).infer_objects()
    return listed[0].reset_index(drop=True) if listed else pd.DataFrame(columns=list(COLUMNS[role]))


def _layers_of(rows: Sequence[Row], chosen: NDArray[np.bool_]) -> Counter[str]:
    return Counter(name for (name, _), meant in zip(rows, chosen, strict=True) if meant)


def _changed(layer: Layer, table: pd.DataFrame, more: Sequence[SetAside], told: Sequence[Said]) -> Layer:
    """Return a layer with another table, more rows set aside, and what is said of its ids in a few lines."""
    shown = [*told[:_SHOWN]]
    if len(told) > _SHOWN:
        others = len(told) - _SHOWN
        said = f"and {others} more ids of firms that stand in several rows"
        shown.append(Said(f"另有 {others} 个企业编号重复", said))
    account = layer.account
    return replace(
        layer,
        table=table.infer_objects().reset_index(drop=True),
        account=None if account is None else replace(account, set_aside=(*account.set_aside, *more)),
        set_aside=layer.set_aside + len(more),
        remarks=(*layer.remarks, *shown),
    )


def _nameless_words(number: int, layer: str) -> Said:
    return Said(
        f"{number} 行没有企业编号，以“{layer}-row-行号”为名",
        f"{number} rows have no enterprise_id: they are named {layer}-row-NUMBER",
    )


def _of_one_firm(firm: str, rows: Sequence[Row], odd: Sequence[str]) -> tuple[Said, Said]:
    """Return a line on the rows that bear one id, and why they are set aside where they differ."""
    at_zh, at, names = places(rows, "zh"), places(rows, "en"), some(list(odd))
    columns_zh, columns = "、".join(names), ", ".join(names)
    reason = Said(
        f"企业编号 {firm} 重复（{at_zh}），{columns_zh} 不一致，无法判断以哪一行为准",
        f"its enterprise_id {firm} stands in {at}, which differ in {columns}: which is meant is not known",
    )
    if not odd:
        return Said(
            f"企业编号 {firm} 重复（{at_zh}），内容完全相同，只计一次",
            f"{firm} stands in {at}, which say the same: it is taken once",
        ), reason
    return Said(
        f"企业编号 {firm} 重复（{at_zh}），{columns_zh} 不一致，均按未知处理；请分别编号或删去其一",
        f"{firm} stands in {at}, which differ in {columns}: that is taken as not known; "
        "give each an id of its own, or delete the one that is wrong",
    ), reason


def with_links_told(layers: Mapping[str, Layer], parcels: pd.Index) -> dict[str, Layer]:
    """Return layers with a remark on each row of occupancy that names no enterprise or parcel of the project.

    Such rows stay: an enterprise that also sits on ground that nobody knows is not to be judged without it.
    """
    tables = [each.table for each in layers.values() if each.role == "enterprises" and each.table is not None]
    known = {
        "enterprise_id": [str(name) for table in tables for name in table["enterprise_id"]] if tables else None,
        "parcel_id": [str(name) for name in parcels],
    }
    return {
        name: replace(layer, remarks=(*layer.remarks, *_remarks(layer.table, known)))
        if layer.role == "occupancy" and layer.table is not None
        else layer
        for name, layer in layers.items()
    }


def _remarks(links: pd.DataFrame, known: Mapping[str, list[str] | None]) -> list[Said]:
    odd: list[tuple[int, str, object]] = []
    for column, names in known.items():
        there = None if names is None else set(names)
        odd += [
            (row, column, given)
            for row, given in enumerate(links[column].tolist(), start=1)
            if not isinstance(given, str) or (there is not None and given not in there)
        ]
    first: dict[tuple[object, object], int] = {}
    for row, pair in enumerate(zip(links["enterprise_id"], links["parcel_id"], strict=True), start=1):
        if first.setdefault(pair, row) != row:
            odd.append((row, "again", first[pair]))
    lines = [_words(row, what, given, known.get(what)) for row, what, given in sorted(odd, key=_place)[:_SHOWN]]
    more = len(odd) - _SHOWN
    return lines + [Said(f"另有 {more} 行同类问题", f"and {more} more such rows")] * (more > 0)


def _place(each: tuple[int, str, object]) -> tuple[int, str]:
    return each[0], each[1]


def _words(row: int, what: str, given: object, names: list[str] | None) -> Said:
    if what == "again":
        return Said(f"第 {row} 行与第 {given} 行重复", f"row {row} says again what row {given} says")
    if not isinstance(given, str):
        return Said(f"第 {row} 行缺少 {what}", f"row {row} has no {what}")
    near = choices(given, names or [])
    return Said(
        f"第 {row} 行：{what} {given!r} 不在项目中", f"row {row}: {what} {given!r} is not in the project; {near}"
    )
