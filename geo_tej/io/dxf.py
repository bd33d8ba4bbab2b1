"""DXF drawings: closed polylines and hatches, open lines where wanted, each with its CAD layer; arcs as chords."""

from __future__ import annotations

import cmath
import logging
import math
import re
import struct
from collections import Counter
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.accounts import SetAside
from geo_tej.encoding import Coding, codec
from geo_tej.errors import EncodingError, LayerError, choices
from geo_tej.i18n import Said, Text
from geo_tej.io.account import Raw
from geo_tej.io.texts import longest_line, read_text
from geo_tej.io.vector import CURVE_TOLERANCE_M

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from geo_tej.io.account import Ask

_CORNERS = 3
_CHORD_M = CURVE_TOLERANCE_M / 2
_MOST_CHORDS = 100_000
_DEEPEST = 16
_UNITS = {
    1: Text("英寸", "inches"), 2: Text("英尺", "feet"), 4: Text("毫米", "millimetres"), 5: Text("厘米", "centimetres"),
    7: Text("千米", "kilometres"),
}  # fmt: skip
_CODEPAGE = re.compile(rb"\$DWGCODEPAGE\s*\r?\n\s*3\s*\r?\n\s*(\w+)")
_VERSION = re.compile(rb"\$ACADVER\s*\r?\n\s*1\s*\r?\n\s*AC(\d+)")
_END = re.compile(r"^[ \t]*0[ \t]*\r?\n[ \t]*EOF\b", re.MULTILINE)
_UNICODE_SINCE = 1021
_BROKEN = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, StopIteration, AssertionError,
    EOFError, struct.error,
)  # fmt: skip
"""What ezdxf raises where a drawing breaks off or contradicts itself, beside errors of its own."""


def read_dxf(path: Path, ask: Ask) -> Raw:
    """Read what encloses ground in a drawing's model space, blocks included; `layer` is the CAD layer.

    `sublayer` takes one CAD layer. Open lines are read where they are wanted (`lines`); what is not read is counted
    in a remark.

    Raises
    ------
    LayerError
        If it is damaged, cut short, holds nothing that is wanted, or has no such CAD layer.
    """
    from ezdxf.lldxf.const import DXFError  # noqa: PLC0415  only drawings need it

    text, coding = _text(path, ask)
    try:
        with _quiet():
            drawing = _drawing(path, text)
            entities = list(_entities(drawing.modelspace(), 0))
    except (DXFError, OSError, *_BROKEN) as fault:
        why = str(fault)[:100] or "a part of it is empty"
        message = f"{path}: cannot be read: it is no sound DXF ({why})"
        raise LayerError(message) from fault
    layers = sorted({_layer(entity) for entity in entities})
    if ask.sublayer is not None and ask.sublayer not in layers:
        message = f"{path}: has no CAD layer {ask.sublayer!r}; {choices(ask.sublayer, layers)}"
        raise LayerError(message)
    meant = [each for each in entities if ask.sublayer in (None, _layer(each))]
    rows, shapes, set_aside, others = _drawn(meant, lines=ask.lines)
    if not rows:
        told = ", ".join(f"{count} {kind}" for kind, count in others.most_common(5)) or "nothing"
        wanted = "line, polyline" if ask.lines else "closed polyline"
        message = f"{path}: no {wanted} or hatch in it; there are {told}"
        raise LayerError(message)
    mm = f"{CURVE_TOLERANCE_M * 1000:.0f}"
    remarks: list[str] = [Said(f"弧线以弦代替，偏差不超过 {mm} 毫米", f"arcs are drawn as chords within {mm} mm")]
    if others:
        told = ", ".join(f"{count} {kind}" for kind, count in others.most_common(5))
        why_zh, why = ("", "") if ask.lines else ("不围成土地、", ", as they enclose no ground")
        remarks.append(Said(f"{why_zh}未读入：{told}", f"not read{why}: {told}"))
    unit = _UNITS.get(int(drawing.header.get("$INSUNITS", 0)))
    if unit is not None:
        remarks.append(
            Said(
                f"图形单位标为{unit['zh']}；坐标按原值以米计",
                f"its drawing unit is said to be {unit['en']}; coordinates are taken as they are, as metres",
            )
        )
    frame = gpd.GeoDataFrame(pd.DataFrame(rows), geometry=np.array(shapes, dtype=object))
    return Raw(
        frame=frame, format="dxf", encoding=coding.name, encoding_how=coding.how,
        remarks=(*coding.remarks, *remarks), set_aside=tuple(set_aside),
    )  # fmt: skip


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what ezdxf logs of odd tags from the terminal: what cannot be read is told by its error."""
    logger = logging.getLogger("ezdxf")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _drawn(
    entities: list[Any], *, lines: bool
) -> tuple[list[dict[str, Any]], list[shapely.Geometry | None], list[SetAside], Counter[str]]:
    """Return a row and a shape for what is wanted, what cannot be drawn, and a count of everything else."""
    from ezdxf.lldxf.const import DXFError  # noqa: PLC0415  only drawings need it

    rows: list[dict[str, Any]] = []
    shapes: list[shapely.Geometry | None] = []
    set_aside: list[SetAside] = []
    others: Counter[str] = Counter()
    for entity in entities:
        shape = None
        try:
            shape = _shape(entity, lines=lines)
        except (DXFError, shapely.errors.ShapelyError, *_BROKEN) as fault:
            set_aside.append(SetAside(row=len(rows) + 1, reason=_undrawn(fault)))
        else:
            if shape is None:
                others[_kind(entity)] += 1
                continue
        handle = str(entity.dxf.handle or "") or None
        rows.append({"layer": _layer(entity), "handle": handle, "kind": entity.dxftype()})
        shapes.append(shape)
    return rows, shapes, set_aside, others


def _undrawn(fault: Exception) -> Said:
    return Said(f"无法绘出：{str(fault)[:80]}", f"cannot be drawn: {str(fault)[:80]}")


def _text(path: Path, ask: Ask) -> tuple[str | None, Coding]:
    """Return a drawing's text, None where it is binary, and how it is coded: UTF-8 since AutoCAD 2007."""
    with path.open("rb") as file:
        head = file.read(65_536)
    if head.startswith(b"AutoCAD Binary DXF"):
        return None, Coding(name="utf-8", how="as the format has it")
    version, page = _VERSION.search(head), _CODEPAGE.search(head)
    modern = version is not None and int(version[1]) >= _UNICODE_SINCE
    word = "utf-8" if modern else _known(page[1].decode()) if page else ""
    text, coding = read_text(path, ask, word=word, whose="version" if modern else "$DWGCODEPAGE", longest=longest_line)
    end = _END.search(text)
    if end is None:
        message = f"{path}: cannot be read: it is cut short: there is no EOF at its end"
        raise LayerError(message)
    return text[: end.end()] + "\n", coding  # what some programs write after it is none of the drawing


def _known(page: str) -> str:
    """Return the coding of a drawing's code page, empty where it is none that is known."""
    try:
        return codec(re.sub(r"(?i)^(ansi|dos)_?", "", page))
    except EncodingError:
        return ""


def _drawing(path: Path, text: str | None) -> Any:  # noqa: ANN401  a drawing of ezdxf
    from io import StringIO  # noqa: PLC0415

    from ezdxf import filemanagement  # noqa: PLC0415

    return filemanagement.readfile(path) if text is None else filemanagement.read(StringIO(text, newline=None))


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


def _layer(entity: Any) -> str:  # noqa: ANN401
    """Return the CAD layer of an entity; one that is damaged says none, and lies on layer 0."""
    from ezdxf.lldxf.const import DXFError  # noqa: PLC0415  only drawings need it

    try:
        return _unescaped(str(entity.dxf.get("layer", "0")))
    except DXFError:
        return "0"


def _unescaped(name: str) -> str:
    r"""Return a name whose letters outside the drawing's code page are escaped, as AutoCAD writes them up to 2006.

    >>> _unescaped(r"\U+5b97\U+5730"), _unescaped(r"\M+5D7DAb"), _unescaped(r"a\U+0007")
    ('宗地', '宗b', 'a\\U+0007')
    """
    name = re.sub(r"\\[Mm]\+([1-5])([0-9A-Fa-f]{4})", _of_code_page, name)
    return re.sub(r"\\[Uu]\+([0-9A-Fa-f]{4})", lambda found: _shown(chr(int(found[1], 16)), found[0]), name)


def _of_code_page(found: re.Match[str]) -> str:
    coding = ("cp932", "cp950", "cp949", "johab", "gb18030")[int(found[1]) - 1]
    return _shown(bytes.fromhex(found[2]).decode(coding, "ignore"), found[0])


def _shown(letter: str, escaped: str) -> str:
    """Return a letter, or what stood for it where it is none that can be shown."""
    return letter if letter.isprintable() and letter else escaped


def _kind(entity: Any) -> str:  # noqa: ANN401
    return f"open {entity.dxftype()}" if entity.dxftype() in ("LWPOLYLINE", "POLYLINE") else str(entity.dxftype())


def _shape(entity: Any, *, lines: bool) -> shapely.Geometry | None:  # noqa: ANN401
    """Return the ground that an entity encloses, else its line where lines are wanted, else None."""
    if entity.dxftype() in ("HATCH", "MPOLYGON"):
        return _hatch([_in_world(entity, _boundary(each)) for each in entity.paths])
    outline = _outline(entity)
    if outline is None:
        return None
    points, closed = outline
    ground = _enclosed(points, closed=closed)
    if ground is not None or not lines or len(points) < len("ab"):
        return ground
    line = shapely.linestrings(points)
    return line if shapely.length(line) else None


def _outline(entity: Any) -> tuple[NDArray[np.float64], bool] | None:  # noqa: ANN401
    """Return the points of an entity that is drawn as a line, and whether it is closed."""
    kind = entity.dxftype()
    if kind == "LINE":
        return np.array([entity.dxf.start.vec2, entity.dxf.end.vec2], dtype=float), False
    if kind in ("ARC", "CIRCLE", "ELLIPSE", "SPLINE"):
        tolerance = (_CHORD_M,) if kind in ("ARC", "CIRCLE") else (_CHORD_M, 8)
        points = np.array([(point.x, point.y) for point in entity.flattening(*tolerance)], dtype=float)
        return points, kind == "CIRCLE" or bool(getattr(entity, "closed", False))
    if kind == "LWPOLYLINE":
        vertices = [(x, y, bulge) for x, y, bulge in entity.get_points("xyb")]
        return _in_world(entity, _bulged(vertices, closed=entity.closed)), entity.closed
    if kind == "POLYLINE" and (entity.is_2d_polyline or entity.is_3d_polyline):
        vertices = [(each.dxf.location.x, each.dxf.location.y, each.dxf.bulge) for each in entity.vertices]
        drawn = _bulged(vertices, closed=entity.is_closed)
        return _in_world(entity, drawn) if entity.is_2d_polyline else drawn, entity.is_closed
    return None


def _enclosed(ring: NDArray[np.float64], *, closed: bool) -> shapely.Geometry | None:
    """Return the polygon of a ring, None where it is open."""
    if len(ring) < _CORNERS or not (closed or (ring[0] == ring[-1]).all()):
        return None
    return shapely.polygons(_shut(ring)) if len(_shut(ring)) > _CORNERS else None


def _shut(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    return ring if (ring[0] == ring[-1]).all() else np.vstack([ring, ring[:1]])


def _bulged(points: list[tuple[float, float, float]], *, closed: bool) -> NDArray[np.float64]:
    """Draw a polyline whose segments may be arcs: a bulge is the tangent of a quarter of the arc's angle (DXF)."""
    drawn: list[tuple[float, float]] = []
    for place, (x, y, bulge) in enumerate(points):
        drawn.append((x, y))
        following = points[(place + 1) % len(points)]
        if bulge and (closed or place + 1 < len(points)):
            drawn += _arc((x, y), following[:2], bulge)
    return np.array(drawn, dtype=float).reshape(-1, 2)


def _arc(start: tuple[float, float], end: tuple[float, float], bulge: float) -> list[tuple[float, float]]:
    """Return the points between the ends of an arc, so that chords stay within the tolerance."""
    begin, chord = complex(*start), complex(*end) - complex(*start)
    if chord == 0:
        return []
    angle = 4 * math.atan(bulge)
    radius = abs(chord) / (2 * abs(math.sin(angle / 2)))
    centre = begin + chord / 2 + 1j * chord * (1 - bulge**2) / (4 * bulge)
    step = 2 * math.acos(max(1 - _CHORD_M / radius, 0.0))
    count = min(math.ceil(abs(angle) / max(step, 1e-6)), _MOST_CHORDS)
    turned = [centre + (begin - centre) * cmath.exp(1j * angle * number / count) for number in range(1, count)]
    return [(each.real, each.imag) for each in turned]


def _boundary(path: Any) -> NDArray[np.float64]:  # noqa: ANN401
    """Draw a boundary of a hatch: a polyline, or edges put end to end."""
    if hasattr(path, "vertices"):
        return _bulged([(x, y, bulge) for x, y, bulge in path.vertices], closed=True)
    drawn: list[NDArray[np.float64]] = []
    for edge in path.edges:
        piece = _edge(edge)
        if drawn and np.hypot(*(piece[-1] - drawn[-1][-1])) < np.hypot(*(piece[0] - drawn[-1][-1])):
            piece = piece[::-1]
        elif len(drawn) == 1 and min(np.hypot(*(piece[0] - drawn[0][0])), np.hypot(*(piece[-1] - drawn[0][0]))) < min(
            np.hypot(*(piece[0] - drawn[0][-1])), np.hypot(*(piece[-1] - drawn[0][-1]))
        ):
            drawn[0] = drawn[0][::-1]
            piece = (
                piece[::-1] if np.hypot(*(piece[-1] - drawn[0][-1])) < np.hypot(*(piece[0] - drawn[0][-1])) else piece
            )
        drawn.append(piece)
    return np.vstack(drawn) if drawn else np.empty((0, 2))


def _edge(edge: Any) -> NDArray[np.float64]:  # noqa: ANN401
    """Draw one edge of a hatch's boundary."""
    kind = type(edge).__name__
    if kind == "LineEdge":
        return np.array([(edge.start.x, edge.start.y), (edge.end.x, edge.end.y)], dtype=float)
    tool = edge.construction_tool()
    points = tool.flattening(_CHORD_M) if kind == "ArcEdge" else tool.flattening(_CHORD_M, 8)
    return np.array([(point.x, point.y) for point in points], dtype=float)


def _in_world(entity: Any, points: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: ANN401
    """Take points from an entity's own plane, which may be seen from below, to the drawing's."""
    ocs = entity.ocs()
    if not ocs.transform or not len(points):
        return points
    return np.array([(each.x, each.y) for each in ocs.points_to_wcs((x, y, 0.0) for x, y in points)], dtype=float)


def _hatch(rings: list[NDArray[np.float64]]) -> shapely.Geometry:
    """Put the boundaries of a hatch together: what an odd number of them enclose is hatched."""
    closed = [_shut(ring) for ring in rings if len(ring) >= _CORNERS]
    drawn = [shapely.make_valid(shapely.polygons(ring)) for ring in closed if len(ring) > _CORNERS]
    if not drawn:
        message = "a hatch without a boundary"
        raise ValueError(message)
    shape = drawn[0]
    for each in drawn[1:]:
        shape = shapely.symmetric_difference(shape, each)
    return shape
