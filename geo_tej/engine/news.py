"""What is new since the last run, by name: layers, law, signatures, parcels, what is asked."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_tej.engine.digest import digest
from geo_tej.i18n import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from geo_tej.i18n import Language
    from geo_tej.model import Layer, Project, Rulebook

_CONTENT = ("frame", "table", "raster", "classes", "fault")
_ACCOUNT = ("account", "remarks", "rows_read", "repaired", "set_aside", "provenance")
"""What was done to a layer when it was read, and where it came from: hashed, and told with its content."""
_PLAIN = ("law", "on", "scenario", "language", "tolerance", "count")
"""Parts that are kept as they are and not as hashes, so that it can be said what they were."""
_TOLD_OTHERWISE = ("language", "tolerance_m", "scenario_title", "area")
"""What a project has besides that changes with another part, which is the one that is told."""
_WAYS_OUT = ("events", "route_decisions")
"""Parts that only ways out depend on."""

_WORDS = {
    "content": Text("图层 {name}（内容）", "layer {name} (content)"),
    "new_layer": Text("图层 {name}（新增）", "layer {name} (new)"),
    "no_layer": Text("图层 {name}（移除）", "layer {name} (gone)"),
    "account": Text("图层 {name}（来源或读取方式）", "layer {name} (where from, or how it is read)"),
    "extent": Text("图层 {name}（调查范围）", "layer {name} (extent surveyed)"),
    "settings": Text("图层 {name}（设置）", "layer {name} (settings)"),
    "law": Text("规则", "law"),
    "signoffs": Text("规则核对签认", "sign-offs"),
    "decisions": Text("裁量决定", "decisions"),
    "route_decisions": Text("退出路径的裁量决定", "decisions on ways out"),
    "parcels": Text("地块图形或编号", "parcels (ground or ids)"),
    "facts": Text("地块属性", "facts of parcels"),
    "firms": Text("企业或其用地关系", "enterprises, or what they sit on"),
    "events": Text("退出路径的数据（地价、状态事件、指标等）", "data on ways out (land values, events, quota)"),
    "on": Text("适用日期", "day"),
    "scenario": Text("情景", "scenario"),
    "language": Text("语言", "language"),
    "tolerance": Text("边界误差", "tolerance"),
    "order": Text("图层次序", "order of the layers"),
    "names": Text("规则的名称或说明", "names or notes of the law"),
    "rest": Text("清单的其他设置", "other settings of the manifest"),
}
_NONE = Text("无", "none")
_HEAD = Text("较上次运行的变化：", "new since the last run: ")
_JOINT = Text("、", "; ")


@dataclass(frozen=True, kw_only=True)
class New:
    """One thing that is new: which, the layer where it is one's, and what it was and is where that is short to say."""

    what: str
    layer: str = ""
    before: str = ""
    now: str = ""


def parts(project: Project, *, language: Language, tolerance: float | None, events: object) -> dict[str, str]:
    """Return all that a run looks at, taken apart: each part's hash, or itself where it is short.

    Parts of layers are named like `content/flood`. Whatever field a project gets counts: it is part of the rest.
    """
    whole = {each.name: getattr(project, each.name) for each in fields(project) if each.compare}
    layers, book, parcels, ways_out = (whole.pop(each) for each in ("layers", "rulebook", "parcels", "transition"))
    told: dict[str, object] = {
        "law": f"{book.id} {book.version} ({book.sha256})",
        "signoffs": _signoffs(book),
        "decisions": whole.pop("decisions"),
        "parcels": (parcels.index, parcels.geometry),
        "count": f"{len(parcels):,}",
        "facts": pd.DataFrame(parcels.drop(columns=parcels.geometry.name)),
        "firms": (whole.pop("enterprises"), whole.pop("occupancy")),
        "on": whole.pop("on").isoformat(),
        "scenario": whole.pop("scenario") or "",
        "language": language,
        "derived": [whole.pop(name) for name in _TOLD_OTHERWISE],
        "tolerance": _tolerances(project, tolerance),
        "order": tuple(layers),
        "names": book,
        "rest": whole,
        "events": (replace(ways_out, decisions=()), events),
        "route_decisions": ways_out.decisions,
    }
    for name, layer in layers.items():
        told |= {f"{kind}/{name}": value for kind, value in _of_layer(layer).items()}
    return {name: str(value) if name in _PLAIN else digest(value) for name, value in told.items()}


def answered(told: Mapping[str, str]) -> dict[str, str]:
    """Return the parts that answers depend on, without those that only ways out ask for."""
    return {name: value for name, value in told.items() if name not in _WAYS_OUT}


def news(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[New, ...]:
    """Tell what is new from the parts of the last run and of this one."""
    changed = {name for name in (*before, *now) if before.get(name) != now.get(name)} - {"count"}
    found = list(_news_of_layers(before, now, changed))
    for name in _WORDS:
        if name not in changed or (name == "names" and changed & {"law", "signoffs"}):
            continue
        if name == "order" and any(each.what in ("new_layer", "no_layer") for each in found):
            continue
        plain = "count" if name == "parcels" else name if name in _PLAIN else None
        was, is_ = (before.get(plain, ""), now.get(plain, "")) if plain else ("", "")
        found.append(New(what=name, before=was, now=is_) if was != is_ else New(what=name))
    return tuple(found) or ((New(what="rest"),) if changed else ())


def layers_changed(found: tuple[New, ...]) -> tuple[str, ...]:
    """Return the layers whose content is new, those that have come or gone among them."""
    return tuple(each.layer for each in found if each.what in ("content", "new_layer", "no_layer"))


def news_words(found: tuple[New, ...], language: Language) -> str:
    """Say in a line what is new.

    >>> news_words((New(what="content", layer="flood"), New(what="tolerance", now="5 m")), "en")
    'new since the last run: layer flood (content); tolerance none → 5 m'
    """
    return _HEAD[language] + _JOINT[language].join(_said(each, language) for each in found)


def _said(new: New, language: Language) -> str:
    said = _WORDS[new.what][language].format(name=new.layer)
    if not new.before and not new.now:
        return said
    before, now = new.before or _NONE[language], new.now or _NONE[language]
    if new.what == "law":  # of an edition that is the same, the hash is what differs
        (before, was), (now, is_) = (each.removesuffix(")").rsplit(" (", 1) for each in (before, now))
        if before == now:
            return f"{said} {now} ({was[:8]} → {is_[:8]})"
    change = f"{before} → {now}"
    if new.what == "parcels":
        return f"{said}，{change}" if language == "zh" else f"{said}, {change}"
    return f"{said} {change}"


def _news_of_layers(before: Mapping[str, str], now: Mapping[str, str], changed: set[str]) -> Iterator[New]:
    for part in dict.fromkeys((*before, *now)):
        kind, slash, layer = part.partition("/")
        if not slash or part not in changed:
            continue
        if part not in before or part not in now:
            if kind == "content":
                yield New(what="new_layer" if part in now else "no_layer", layer=layer)
        elif kind != "account" or f"content/{layer}" not in changed:
            yield New(what=kind, layer=layer)


def _of_layer(layer: Layer) -> dict[str, Any]:
    """Take a layer apart into what it holds, how it was read, how far it was surveyed, and how it is to be taken."""
    whole = {each.name: getattr(layer, each.name) for each in fields(layer) if each.compare}
    return {
        "content": [whole.pop(name) for name in _CONTENT],
        "account": [whole.pop(name) for name in _ACCOUNT],
        "extent": whole.pop("extent"),
        "settings": whole,
    }


def _signoffs(book: Rulebook) -> list[object]:
    """Return who signed what, and what no longer counts."""
    routes = book.routes.values()
    reasons = [reason for route in routes for reason in route.reasons]
    signed = [
        *((each.id, each.signoffs) for each in book.rules),
        *((each.id, each.signoffs) for each in routes),
        *((each.id, each.signoffs) for each in reasons),
    ]
    return [*(each for each in signed if each[1]), book.lapsed]


def _tolerances(project: Project, asked: float | None) -> str:
    """Write by how much boundaries are taken to be off, empty where that is not asked."""
    default = project.tolerance_m if asked is None else asked
    if default == 0:
        return ""
    own = [f"{name} {each.tolerance_m:g} m" for name, each in project.layers.items() if each.tolerance_m is not None]
    return ", ".join([*([f"{default:g} m"] if default is not None else []), *own])
