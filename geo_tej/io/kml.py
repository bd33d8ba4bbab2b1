"""KML and KMZ: every placemark of every folder; a document type, which KML has no use for, is refused."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo_tej.accounts import SetAside
from geo_tej.errors import LayerError, choices
from geo_tej.i18n import Said
from geo_tej.io.account import Raw
from geo_tej.io.framing import framed
from geo_tej.io.texts import longest_element, read_text, unmade

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from geo_tej.io.account import Ask

_DECLARED = re.compile(r"""\A<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["'][^>]*\?>""")
_OF_FEATURES = ("styleUrl", "visibility", "open", "address", "phoneNumber", "Snippet")
_DEEPEST = 100
_CORNERS = 4


def read_kml(path: Path, ask: Ask) -> Raw:
    """Read the placemarks of a KML in WGS 84: name, description, folder, extended data.

    Raises
    ------
    LayerError
        If it is no XML to its end, has a document type, or no placemark.
    """
    with path.open("rb") as file:
        head = file.read(400).removeprefix(b"\xef\xbb\xbf").decode("ascii", "replace").lstrip()
    declared = _DECLARED.match(head)
    word = declared[1] if declared else ""
    text, coding = read_text(path, ask, word=word, whose="XML declaration", longest=longest_element)
    text = text.lstrip("\ufeff \t\r\n")
    text = re.sub(r"\A<\?xml[^>]*\?>", "", text)
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        message = f"{path}: has a document type (<!DOCTYPE>), which KML needs not and which can hide files; remove it"
        raise LayerError(message)
    try:
        root = ET.fromstring(text)  # noqa: S314  a text with entities was refused above
    except (ET.ParseError, ValueError, RecursionError) as fault:
        message = f"{path}: cannot be read: it is no XML to its end: {fault}"
        raise LayerError(message) from fault
    rows: list[dict[str, Any]] = []
    shapes: list[shapely.Geometry | None] = []
    set_aside: list[SetAside] = []
    closed: list[int] = []
    links = sum(_plain(each.tag) == "NetworkLink" for each in root.iter())
    try:
        marks = list(_placemarks([root], (), 0, _kinds(root)))
    except RecursionError as fault:
        message = f"{path}: cannot be read: its folders are nested deeper than {_DEEPEST}"
        raise LayerError(message) from fault
    if ask.sublayer is not None:
        folders = sorted({folder for folder, _ in marks})
        if ask.sublayer not in folders:
            message = f"{path}: has no folder {ask.sublayer!r}; {choices(ask.sublayer, folders)}"
            raise LayerError(message)
        marks = [each for each in marks if each[0] == ask.sublayer]
    for folder, mark in marks:
        shut: list[bool] = []
        shape: shapely.Geometry | None = None
        try:
            made = [drawn for child in mark if (drawn := _geometry(child, shut)) is not None]
            shape = made[0] if len(made) == 1 else shapely.geometrycollections(made) if made else None
        except (ValueError, IndexError, shapely.errors.ShapelyError) as fault:
            set_aside.append(SetAside(row=len(rows) + 1, reason=unmade(fault)))
        closed += [len(rows)] * bool(shut and shape is not None)
        rows.append({"folder": folder or None} | _attributes(mark))
        shapes.append(shape)
    if not rows:
        message = f"{path}: has no placemark" + (f", only {links} links to other files" if links else "")
        raise LayerError(message)
    pictures = sum(_plain(each.tag) in ("GroundOverlay", "PhotoOverlay") for each in root.iter())
    not_followed = Said(f"其中 {links} 个外部链接未读入", f"{links} links to other files in it are not followed")
    not_read = Said(f"其中 {pictures} 幅叠加图片未读入", f"{pictures} pictures laid over the ground in it are not read")
    remarks = [not_followed] * bool(links) + [not_read] * bool(pictures)
    frame = framed(pd.DataFrame(rows), np.array(shapes, dtype=object), CRS(4326))
    return Raw(
        frame=frame, format="kml", crs=CRS(4326), crs_how="as the format has it (WGS 84)", encoding=coding.name,
        encoding_how=coding.how, remarks=(*coding.remarks, *remarks), set_aside=tuple(set_aside), closed=tuple(closed),
    )  # fmt: skip


def _plain(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _kinds(root: ET.Element) -> frozenset[str]:
    """Return the tags of placemarks: KML 2.0 let a schema give them names of its own."""
    schemas = [each for each in root.iter() if _plain(each.tag) == "Schema" and each.get("parent") == "Placemark"]
    return frozenset(("Placemark", *(name for each in schemas if (name := each.get("name")))))


def _placemarks(
    elements: Iterable[ET.Element], folders: tuple[str, ...], depth: int, kinds: frozenset[str]
) -> Iterator[tuple[str, ET.Element]]:
    if depth > _DEEPEST:
        raise RecursionError
    for child in elements:
        kind = _plain(child.tag)
        if kind in kinds:
            yield "/".join(folders), child
        elif kind in ("Folder", "Document", "kml"):
            name = next((each.text or "" for each in child if _plain(each.tag) == "name"), "").strip()
            inner = (*folders, name) if kind == "Folder" and name else folders
            yield from _placemarks(child, inner, depth + 1, kinds)


def _attributes(mark: ET.Element) -> dict[str, str | None]:
    cells: dict[str, str | None] = {}
    of_schema = _plain(mark.tag) != "Placemark"
    for child in mark:
        kind = _plain(child.tag)
        if kind in ("name", "description"):
            cells[kind] = "".join(child.itertext()).strip() or None  # some write it with tags
        elif kind == "ExtendedData":
            for each in child.iter():
                name = each.get("name")
                if name and _plain(each.tag) == "SimpleData":
                    cells[_free(name, cells)] = (each.text or "").strip() or None
                elif name and _plain(each.tag) == "Data":
                    value = next((part.text for part in each if _plain(part.tag) == "value"), None)
                    cells[_free(name, cells)] = (value or "").strip() or None
        elif of_schema and not len(child) and kind not in _OF_FEATURES:
            cells[_free(kind, cells)] = (child.text or "").strip() or None
    return cells


def _free(name: str, taken: Mapping[str, object]) -> str:
    """Return a name that is not taken: extended data may be called name or description too."""
    while name in taken:
        name += "_"
    return name


def _geometry(element: ET.Element, shut: list[bool]) -> shapely.Geometry | None:
    match _plain(element.tag):
        case "Polygon":
            return _polygon(element, shut)
        case "LineString":
            return shapely.linestrings(_coordinates(element))
        case "LinearRing":
            return shapely.polygons(_ring(element, shut))
        case "Point":
            return shapely.points(_coordinates(element)[0])
        case "MultiGeometry":
            made = [drawn for child in element if (drawn := _geometry(child, shut)) is not None]
            kinds = {each.geom_type for each in made}
            return shapely.multipolygons(made) if kinds == {"Polygon"} else shapely.geometrycollections(made)
        case "Track" | "MultiTrack" | "Model":
            message = f"a {_plain(element.tag)} is no drawing of ground"
            raise ValueError(message)
    return None


def _polygon(element: ET.Element, shut: list[bool]) -> shapely.Geometry:
    outer, holes = None, []
    for boundary in element:
        for ring in boundary:
            if _plain(ring.tag) == "LinearRing":
                drawn = _ring(ring, shut)
                if _plain(boundary.tag) == "outerBoundaryIs":
                    outer = drawn
                else:
                    holes.append(drawn)
    if outer is None:
        message = "a polygon without an outer boundary"
        raise ValueError(message)
    return shapely.polygons(outer, holes or None)


def _ring(element: ET.Element, shut: list[bool]) -> shapely.Geometry:
    pairs = _coordinates(element)
    if (pairs[0] != pairs[-1]).any():
        pairs = np.vstack([pairs, pairs[:1]])
        shut.append(True)
    if len(pairs) < _CORNERS:
        message = f"a ring of {len(pairs)} points"
        raise ValueError(message)
    return shapely.linearrings(pairs)


def _coordinates(element: ET.Element) -> np.ndarray:
    """Read `lon,lat[,height]` triples, also where blanks stand after the commas."""
    text = next((each.text or "" for each in element if _plain(each.tag) == "coordinates"), "")
    rows = [each.split(",") for each in re.sub(r"\s*,\s*", ",", text).split()]
    pairs = np.array([[float(cell) for cell in row[:2]] for row in rows], dtype=float).reshape(len(rows), -1)
    if pairs.shape[1:] != (2,) or not len(pairs) or not np.isfinite(pairs).all():
        message = f"coordinates that are no pairs of numbers: {text.strip()[:40]!r}"
        raise ValueError(message)
    return pairs
