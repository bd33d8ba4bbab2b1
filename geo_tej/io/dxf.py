"""DXF drawings: closed polylines and hatches, each with the CAD layer it lies on; arcs as chords within 1 mm."""

from __future__ import annotations

import logging
import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.encoding import Coding, codec
from geo_tej.errors import EncodingError, LayerError, choices
from geo_tej.io.account import Raw
from geo_tej.io.texts import read_text
from geo_tej.io.vector import CURVE_TOLERANCE_M
from geo_tej.model import SetAside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo_tej.io.account import Ask

_CORNERS = 3
_DEEPEST = 16
_UNITS = {1: "inches", 2: "feet", 4: "millimetres", 5: "centimetres", 7: "kilometres"}
_CODEPAGE = re.compile(rb"\$DWGCODEPAGE\s*\r?\n\s*3\s*\r?\n\s*(\w+)")
_VERSION = re.compile(rb"\$ACADVER\s*\r?\n\s*1\s*\r?\n\s*AC(\d+)")
_UNICODE_SINCE = 1021


def read_dxf(path: Path, ask: Ask) -> Raw:
    """Read what encloses ground in a drawing's model space, blocks included; `layer` is the CAD layer.

    `sublayer` takes one CAD layer. Open lines, points and texts are counted in a remark.

    Raises
    ------
    LayerError
        If it is damaged, cut short, encloses no ground, or has no such CAD layer.
    """
    from ezdxf.lldxf.const import DXFError  # noqa: PLC0415  only drawings need it

    text, coding = _text(path, ask)
    logging.getLogger("ezdxf").setLevel(logging.CRITICAL)
    try:
        drawing = _drawing(path, text)
        entities = list(_entities(drawing.modelspace(), 0))
    except (DXFError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError,
            OverflowError, ZeroDivisionError, AssertionError) as fault:  # fmt: skip
        message = f"{path}: cannot be read: it is no sound DXF ({str(fault)[:100]})"
        raise LayerError(message) from fault
    layers = sorted({str(entity.dxf.layer) for entity in entities})
    if ask.sublayer is not None and ask.sublayer not in layers:
        message = f"{path}: has no CAD layer {ask.sublayer!r}; {choices(ask.sublayer, layers)}"
        raise LayerError(message)
    meant = [each for each in entities if ask.sublayer in (None, each.dxf.layer)]
    rows, shapes, set_aside, others = _drawn(meant)
    if not rows:
        told = ", ".join(f"{count} {kind}" for kind, count in others.most_common(5)) or "nothing"
        message = f"{path}: no closed polyline or hatch in it; there are {told}"
        raise LayerError(message)
    remarks = [f"arcs are drawn as chords within {CURVE_TOLERANCE_M * 1000:.0f} mm"]
    if others:
        told = ", ".join(f"{count} {kind}" for kind, count in others.most_common(5))
        remarks.append(f"not read, as they enclose no ground: {told}")
    unit = _UNITS.get(int(drawing.header.get("$INSUNITS", 0)))
    if unit is not None:
        remarks.append(f"its drawing unit is said to be {unit}; coordinates are taken as they are, as metres")
    frame = gpd.GeoDataFrame(pd.DataFrame(rows), geometry=np.array(shapes, dtype=object))
    return Raw(
        frame=frame, format="dxf", encoding=coding.name, encoding_how=coding.how,
        remarks=(*coding.remarks, *remarks), set_aside=tuple(set_aside),
    )  # fmt: skip


def _drawn(
    entities: list[Any],
) -> tuple[list[dict[str, Any]], list[shapely.Geometry | None], list[SetAside], Counter[str]]:
    """Return a row and a shape for what encloses ground, what cannot be drawn, and a count of everything else."""
    from ezdxf.lldxf.const import DXFError  # noqa: PLC0415  only drawings need it

    rows: list[dict[str, Any]] = []
    shapes: list[shapely.Geometry | None] = []
    set_aside: list[SetAside] = []
    others: Counter[str] = Counter()
    for entity in entities:
        shape = None
        try:
            shape = _ground(entity)
        except (DXFError, shapely.errors.ShapelyError, ValueError, TypeError, IndexError, KeyError, AttributeError,
                ZeroDivisionError, OverflowError, RecursionError, AssertionError) as fault:  # fmt: skip
            set_aside.append(SetAside(row=len(rows) + 1, reason=f"cannot be drawn: {str(fault)[:80]}"))
        else:
            if shape is None:
                others[_kind(entity)] += 1
                continue
        handle = str(entity.dxf.handle or "") or None
        rows.append({"layer": str(entity.dxf.layer), "handle": handle, "kind": entity.dxftype()})
        shapes.append(shape)
    return rows, shapes, set_aside, others


def _text(path: Path, ask: Ask) -> tuple[str | None, Coding]:
    """Return a drawing's text, None where it is binary, and how it is coded: UTF-8 since AutoCAD 2007."""
    with path.open("rb") as file:
        head = file.read(65_536)
    if head.startswith(b"AutoCAD Binary DXF"):
        return None, Coding(name="utf-8", how="as the format has it")
    version, page = _VERSION.search(head), _CODEPAGE.search(head)
    modern = version is not None and int(version[1]) >= _UNICODE_SINCE
    word = "utf-8" if modern else _known(page[1].decode()) if page else ""
    text, coding = read_text(path, ask, word=word, whose="version" if modern else "$DWGCODEPAGE")
    if not re.search(r"\n\s*0\s*\r?\n\s*EOF\s*\Z", text[-200:].rstrip("\x00\x1a \r\n")):
        message = f"{path}: cannot be read: it is cut short: there is no EOF at its end"
        raise LayerError(message)
    return text, coding


def _known(page: str) -> str:
    """Return the coding of a drawing's code page, empty where it is none that is known."""
    try:
        return codec(re.sub(r"(?i)^(ansi|dos)_?", "", page))
    except EncodingError:
        return ""


def _drawing(path: Path, text: str | None) -> Any:  # noqa: ANN401  a drawing of ezdxf
    from io import StringIO  # noqa: PLC0415

    from ezdxf import filemanagement  # noqa: PLC0415

    return filemanagement.readfile(path) if text is None else filemanagement.read(StringIO(text))


def _entities(space: Any, depth: int) -> Iterator[Any]:  # noqa: ANN401  of ezdxf
    """Give entities, those of inserted blocks in their places."""
    if depth > _DEEPEST:
        raise RecursionError
    for entity in space:
        if entity.dxftype() == "INSERT":
            copies = entity.multi_insert() if entity.mcount > 1 else [entity]
            yield from chain.from_iterable(_entities(copy.virtual_entities(), depth + 1) for copy in copies)
        else:
            yield entity


def _kind(entity: Any) -> str:  # noqa: ANN401
    return f"open {entity.dxftype()}" if entity.dxftype() in ("LWPOLYLINE", "POLYLINE") else str(entity.dxftype())


def _ground(entity: Any) -> shapely.Geometry | None:  # noqa: ANN401
    """Return the ground that an entity encloses, None where it encloses none."""
    from ezdxf import path as paths  # noqa: PLC0415

    kind = entity.dxftype()
    if kind in ("HATCH", "MPOLYGON"):
        return _hatch([_ring(each) for each in paths.from_hatch(entity)])
    if kind in ("LWPOLYLINE", "POLYLINE", "CIRCLE", "ELLIPSE", "SPLINE"):
        if kind == "POLYLINE" and not (entity.is_2d_polyline or entity.is_3d_polyline):
            return None
        drawn = paths.make_path(entity)
        ring = _ring(drawn)
        closed = getattr(entity, "is_closed", False) or getattr(entity, "closed", False) or kind == "CIRCLE"
        if len(ring) > _CORNERS and ((ring[0] == ring[-1]).all() or closed):
            if (ring[0] != ring[-1]).any():
                ring = np.vstack([ring, ring[:1]])
            return shapely.polygons(ring)
    return None


def _ring(path: Any) -> np.ndarray:  # noqa: ANN401
    return np.array([(point.x, point.y) for point in path.flattening(CURVE_TOLERANCE_M / 2, segments=4)], dtype=float)


def _hatch(rings: list[np.ndarray]) -> shapely.Geometry:
    """Put the boundaries of a hatch together: what an odd number of them enclose is hatched."""
    rings = [
        ring if (ring[0] == ring[-1]).all() else np.vstack([ring, ring[:1]]) for ring in rings if len(ring) >= _CORNERS
    ]
    drawn = [shapely.make_valid(shapely.polygons(ring)) for ring in rings if len(ring) > _CORNERS]
    if not drawn:
        message = "a hatch without a boundary"
        raise ValueError(message)
    shape = drawn[0]
    for each in drawn[1:]:
        shape = shapely.symmetric_difference(shape, each)
    return shape
