"""GeoJSON, feature by feature: one that cannot be made into a geometry costs one feature."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from json import JSONDecodeError, JSONDecoder
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo_tej.accounts import SetAside
from geo_tej.crs import parse
from geo_tej.errors import CRSError, LayerError
from geo_tej.i18n import Said
from geo_tej.io.account import Raw
from geo_tej.io.framing import framed
from geo_tej.io.texts import longest_string, read_text, unmade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo_tej.io.account import Ask

_SPACE = re.compile(r"[ \t\n\r\x1e]*")
_DEPTH = {"Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2, "MultiPolygon": 3}
_CORNERS = 4
_SHOWN = 5
_OTHERS = {
    "Topology": "is TopoJSON; convert it to GeoJSON",
    "esriGeometryPolygon": "is Esri JSON; export it as GeoJSON",
    "gdal_streamed_alg": "is a GDAL pipeline, not data",
}


def read_geojson(path: Path, ask: Ask) -> Raw:
    """Read GeoJSON in WGS 84, or in the CRS that its member `crs` names as older files do.

    Raises
    ------
    LayerError
        If it is no JSON to its end, or no GeoJSON.
    """
    text, coding = read_text(path, ask, longest=longest_string)
    outer: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    shapes: list[shapely.Geometry | None] = []
    set_aside: list[SetAside] = []
    closed: list[int] = []
    pointless: list[int] = []
    try:
        for feature in _features(text, outer):
            shape, fault, was_open, needles = _geometry(feature)
            if fault is not None:
                set_aside.append(SetAside(row=len(rows) + 1, reason=fault, geometry=_shown(feature.get("geometry"))))
            if was_open:
                closed.append(len(rows))
            if needles:
                pointless.append(len(rows) + 1)
            properties = feature.get("properties")
            rows.append(_flat(properties if isinstance(properties, dict) else {}, feature.get("id")))
            shapes.append(shape)
    except (JSONDecodeError, RecursionError, IndexError) as fault:
        message = f"{path}: cannot be read: it is no JSON to its end: {fault}"
        raise LayerError(message) from fault
    kind = outer.get("type")
    if kind not in ("FeatureCollection", "Feature", *_DEPTH, "GeometryCollection"):
        known = next((words for mark, words in _OTHERS.items() if f'"{mark}"' in text[:20_000]), None)
        message = f"{path}: {known or 'cannot be read: it is JSON, but no GeoJSON (no FeatureCollection)'}"
        raise LayerError(message)
    crs, how, remarks = _crs(outer, path)
    if pointless:
        shown = ", ".join(map(str, pointless[:_SHOWN])) + (" …" if len(pointless) > _SHOWN else "")
        remarks.append(
            Said(
                f"不足三个角点、不围成土地的环已舍去（第 {shown} 行）",
                f"rings of fewer than three corners, which enclose no ground, were left out (rows {shown})",
            )
        )
    frame = framed(pd.DataFrame(rows, index=pd.RangeIndex(len(rows))), np.array(shapes, dtype=object), crs)
    return Raw(
        frame=frame, format="geojson", crs=crs, crs_how=how, encoding=coding.name, encoding_how=coding.how,
        remarks=(*coding.remarks, *remarks), set_aside=tuple(set_aside), closed=tuple(closed),
    )  # fmt: skip


def _features(text: str, outer: dict[str, Any]) -> Iterator[dict[str, Any]]:  # noqa: C901  a small parser
    """Give the features of a text one after the other; what stands around them goes into `outer`."""
    decoder = JSONDecoder(parse_constant=_no_number)
    start = _after_space(text, 0)
    if text[start : start + 1] == "[":
        yield from (each for each in decoder.raw_decode(text, start)[0] if isinstance(each, dict))
        return
    place = _after_space(text, start + 1)
    while text[place : place + 1] == '"':
        key, place = decoder.raw_decode(text, place)
        place = _expect(text, place, ":")
        if key == "features" and text[place : place + 1] == "[":
            place = _after_space(text, place + 1)
            while text[place : place + 1] not in ("]", ""):
                feature, place = decoder.raw_decode(text, place)
                yield feature if isinstance(feature, dict) else {"geometry": feature}
                place = _after_space(text, place)
                if text[place : place + 1] == ",":
                    place = _after_space(text, place + 1)
                elif text[place : place + 1] != "]":
                    raise JSONDecodeError("a feature does not end", text, place)  # noqa: EM101
            place = _expect(text, place, "]")
        else:
            outer[key], place = decoder.raw_decode(text, place)
        place = _after_space(text, place)
        if text[place : place + 1] == ",":
            place = _after_space(text, place + 1)
    place = _expect(text, place, "}")
    if outer.get("type") == "Feature":
        yield outer
        while text[place : place + 1] == "{":  # a sequence: a feature a line
            further, place = decoder.raw_decode(text, place)
            yield from _held(further, text, place)
            place = _after_space(text, place)
    elif outer.get("type") in (*_DEPTH, "GeometryCollection"):
        yield {"geometry": outer}
    if text[place:].strip("\x00 \t\r\n"):
        raise JSONDecodeError("something follows the end", text, place)  # noqa: EM101


def _held(further: dict[str, Any], text: str, place: int) -> list[dict[str, Any]]:
    """Return the features that a further line of a sequence holds: itself, its geometry, or a collection's."""
    kind = further.get("type")
    if kind == "Feature":
        return [further]
    if kind in (*_DEPTH, "GeometryCollection"):
        return [{"geometry": further}]
    if kind == "FeatureCollection" and isinstance(further.get("features"), list):
        return [each if isinstance(each, dict) else {"geometry": each} for each in further["features"]]
    message = f"a line of type {str(kind)[:30]!r} among features"
    raise JSONDecodeError(message, text, place)


def _no_number(name: str) -> float:
    message = f"{name} is no number of JSON"
    raise JSONDecodeError(message, name, 0)


def _expect(text: str, place: int, mark: str) -> int:
    place = _after_space(text, place)
    if text[place : place + 1] != mark:
        message = f"{mark!r} is missing"
        raise JSONDecodeError(message, text, place)
    return _after_space(text, place + 1)


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _geometry(feature: dict[str, Any]) -> tuple[shapely.Geometry | None, str | None, bool, bool]:
    """Return a feature's geometry, why there is none, whether a ring had to be closed, and whether one was left out."""
    written = feature.get("geometry")
    if written is None:
        return None, None, False, False
    told = _Rings()
    try:
        return _made(written, told), None, bool(told.shut), bool(told.pointless)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as fault:
        return None, unmade(fault), False, False


@dataclass(frozen=True)
class _Rings:
    """How many points had the rings that were closed, and those that were left out as they enclose nothing."""

    shut: list[int] = field(default_factory=list)
    pointless: list[int] = field(default_factory=list)


def _made(written: dict[str, Any], told: _Rings) -> shapely.Geometry:  # noqa: PLR0911  a kind a line
    kind = written["type"]
    if kind == "GeometryCollection":
        return shapely.geometrycollections([_made(each, told) for each in written["geometries"]])
    if kind not in _DEPTH:
        message = f"{kind!r} is no kind of geometry"
        raise ValueError(message)
    held = written["coordinates"]
    match kind:
        case "Point":
            return shapely.Point(_numbers([held])[0]) if held else shapely.Point()
        case "MultiPoint":
            return shapely.multipoints(shapely.points(_numbers(held))) if held else shapely.MultiPoint()
        case "LineString":
            return shapely.linestrings(_numbers(held)) if held else shapely.LineString()
        case "MultiLineString":
            return shapely.multilinestrings([shapely.linestrings(_numbers(line)) for line in held])
        case "Polygon":
            return _polygon(held, told)
        case _:
            parts = [_polygon(rings, told) for rings in held if not _is_pointless(rings, told)]
            if held and not parts:
                message = "none of its rings has three corners"
                raise ValueError(message)
            return shapely.multipolygons(parts)


def _is_pointless(rings: list[Any], told: _Rings) -> bool:
    """Say whether a part of several has an outer ring of fewer than three corners."""
    few = bool(rings) and len(rings[0]) < _CORNERS
    told.pointless.extend([len(rings[0])] * few)
    return few


def _polygon(rings: list[Any], told: _Rings) -> shapely.Polygon:
    drawn = []
    for place, ring in enumerate(rings):
        pairs = _numbers(ring)
        if len(pairs) and (pairs[0] != pairs[-1]).any():
            pairs = np.vstack([pairs, pairs[:1]])
            told.shut.append(len(ring))
        if len(pairs) < _CORNERS:
            if place:
                told.pointless.append(len(ring))
                continue
            message = f"a ring of {len(ring)} points"
            raise ValueError(message)
        drawn.append(shapely.linearrings(pairs))
    return shapely.polygons(drawn[0], drawn[1:] or None) if drawn else shapely.Polygon()


def _numbers(held: list[Any]) -> np.ndarray:
    """Return positions as rows of two finite numbers; heights are dropped, as everything here is flat."""
    pairs = np.array([position[:2] for position in held], dtype=float).reshape(-1, 2)
    if any(isinstance(number, str) for position in held for number in position[:2]):
        message = "a coordinate is text"
        raise ValueError(message)
    if not np.isfinite(pairs).all():
        message = "a coordinate is no number"
        raise ValueError(message)
    return pairs


def _crs(outer: dict[str, Any], path: Path) -> tuple[CRS, str, list[str]]:
    member = outer.get("crs")
    if member is None:
        return CRS(4326), "as the format has it (WGS 84)", []
    try:
        name = member["properties"]["name"]
        return CRS(parse(name, what=str(path)).to_2d()), f"its member crs ({str(name)[:60]})", []
    except (TypeError, KeyError, CRSError):
        message = f"{path}: its member crs names no system ({str(member)[:60]}); declare crs"
        raise CRSError(message) from None


def _flat(properties: dict[str, Any], identity: object) -> dict[str, Any]:
    """Return attributes as cells: what is nested becomes JSON; the feature's id stands in `id` unless one does."""
    cells = {
        str(name): json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
        for name, value in properties.items()
    }
    if isinstance(identity, (str, int, float)):
        cells.setdefault("id", identity)
    return cells


def _shown(geometry: object) -> str:
    return str(geometry)[:2000]
