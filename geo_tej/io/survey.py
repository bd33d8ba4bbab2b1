"""The coordinate TXT of land surveys (勘测定界界址点坐标): read in all its variants, written so that it reads the same.

Two sections: `[属性描述]` with keys, and `[地块坐标]` with a header line a parcel, ended by `@`, and a line a boundary
point: number, ring, X (north), Y (east). Where a variant leaves two readings open the parcel is set aside, with why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo_tej import placing
from geo_tej.crs import parse
from geo_tej.errors import CRSError, LayerError, OutputError
from geo_tej.io.account import Raw
from geo_tej.io.texts import read_text
from geo_tej.measure import ellipsoidal_area_m2
from geo_tej.model import SetAside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pyproj import CRS

    from geo_tej.io.account import Ask

_DATUMS: tuple[tuple[str, placing.Datum], ...] = (
    ("2000", "CGCS2000"), ("CGCS", "CGCS2000"), ("1980", "Xian 1980"), ("80", "Xian 1980"), ("西安", "Xian 1980"),
    ("1954", "Beijing 1954"), ("54", "Beijing 1954"), ("北京", "Beijing 1954"),
)  # fmt: skip
_GEODETIC = {"CGCS2000": 4490, "Xian 1980": 4610, "Beijing 1954": 4214}
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_LABEL = re.compile(r"[A-Za-z]{0,3}(\d+)")
_MOST_DEGREES = 180.0
_LEAST_NORTHING = 1_000_000.0
_CORNERS = 3
HECTARE_M2 = 10_000.0
_HECTARES = 1e-4
"""Areas are written to the fourth decimal of a hectare."""

_MEANT = {"地块编号": "plot_id", "地块名称": "name", "图幅号": "sheet", "地块用途": "use", "地类编码": "code"}


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A parcel as it is written: its header and its points, each with the line it stands in."""

    line: int
    items: tuple[str, ...]
    points: tuple[tuple[str, int, float, float], ...]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A survey TXT as it is written: keys and parcels."""

    keys: Mapping[str, str] = field(default_factory=dict)
    plots: tuple[Plot, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a parcel's header says; None and empty where it says nothing."""

    count: int | None
    declared_ha: float | None
    plot_id: str
    name: str
    sheet: str
    use: str
    code: str
    extra: tuple[str, ...]


def read_survey(path: Path, ask: Ask) -> Raw:
    """Read a survey TXT as parcels in its own CRS: plot_id, name, declared_ha, sheet, use, code, and what is extra.

    Raises
    ------
    LayerError
        If it is no text, or has no parcel.
    CRSError
        If nothing says which zone it is in.
    """
    text, coding = read_text(path, ask, language="zh")
    survey = parse_survey(text)
    if not survey.plots:
        message = f"{path}: has no parcel: no header line that ends in @, and no points"
        raise LayerError(message)
    said, how, remarks = crs_of(survey, str(path), declared=ask.crs is not None)
    rows: list[dict[str, object]] = []
    shapes: list[shapely.Geometry | None] = []
    set_aside: list[SetAside] = []
    places = _places(survey, said or ask.crs, remarks)
    for number, (plot, pairs) in enumerate(zip(survey.plots, places, strict=True), start=1):
        header = header_of(plot.items)
        label = header.plot_id or header.name or f"{path.stem}-{number}"
        shape, notes, faults = _drawn(plot, pairs, header)
        reasons = [*plot.faults, *faults]
        remarks += [f"{label}: {note}" for note in notes]
        if reasons:
            shape = None
            written = "; ".join(f"{name},{ring},{x:.3f},{y:.3f}" for name, ring, x, y in plot.points)
            set_aside.append(SetAside(row=number, name=label, reason="; ".join(reasons), geometry=written))
        shapes.append(shape)
        rows.append({
            "plot_id": label, "name": header.name or None, "declared_ha": header.declared_ha,
            "sheet": header.sheet or None, "use": header.use or None, "code": header.code or None,
            "extra": ",".join(header.extra) or None,
        })  # fmt: skip
    frame = gpd.GeoDataFrame(rows, geometry=np.array(shapes, dtype=object), crs=said)
    remarks += area_remarks(frame, said or ask.crs)
    return Raw(
        frame=frame, format="survey", crs=said, crs_how=how, encoding=coding.name, encoding_how=coding.how,
        remarks=(*coding.remarks, *survey.faults, *remarks), set_aside=tuple(set_aside),
    )  # fmt: skip


def parse_survey(text: str) -> Survey:
    r"""Take a survey TXT apart, line by line; nothing is judged yet.

    >>> parse_survey("[地块坐标]\n4,1,P1,,面,,,,@\nJ1,1,3,4").plots[0].points
    (('1', 1, 3.0, 4.0),)
    >>> parse_survey("").plots
    ()
    """
    keys: dict[str, str] = {}
    plots: list[Plot] = []
    faults: list[str] = []
    header: tuple[int, tuple[str, ...]] | None = None
    points: list[tuple[str, int, float, float]] = []
    odd: list[str] = []

    def close() -> None:
        if header is not None or points:
            line, items = header or (0, ())
            plots.append(Plot(line=line, items=items, points=tuple(points), faults=tuple(odd)))
        points.clear()
        odd.clear()

    for number, written in enumerate(text.splitlines(), start=1):
        line = written.strip("\ufeff \t　\x1a").replace("，", ",").replace("＠", "@")
        if not line or re.fullmatch(r"\[.*\]", line):
            continue
        items = tuple(item.strip(" \t　") for item in re.split(r"[,\t]", line))
        point = _point(items)
        if point is not None:
            points.append(point)
        elif "@" in line or (len(items) >= 6 and "=" not in line):  # noqa: PLR2004  points have four items, headers nine
            close()
            header = (number, items)
        elif "=" in line and header is None and not points:
            key, _, value = line.partition("=")
            keys[key.strip()] = value.strip()
        elif header is not None or points:
            odd.append(f"line {number} is no point: {line[:40]!r}")
        else:
            faults.append(f"line {number} was not understood: {line[:40]!r}")
    close()
    return Survey(keys=keys, plots=tuple(plots), faults=tuple(faults[:20]))


def header_of(items: Sequence[str]) -> Header:
    """Read a parcel's header: points, hectares, id, name, 面, sheet, use, code, and what else stands there.

    >>> told = header_of("10,2.9800公顷,SD-001,示例地块,面,,商业服务业用地,09,@".split(","))
    >>> told.count, told.declared_ha, told.plot_id, told.code
    (10, 2.98, 'SD-001', '09')
    >>> header_of(["@", "10", "2.98", "P", "n", "面", "", "", "09", "地上"]).extra
    ('地上',)
    """
    plain = [item.replace("@", "") for item in items]
    if items and items[0] == "@":
        plain = plain[1:]
    if plain and items[-1] == "@":
        plain = plain[:-1]
    kind = next((place for place, item in enumerate(plain) if item in ("面", "线", "点", "多边形")), None)
    before = plain[:4] if kind is None else plain[:kind]
    after = plain[4:] if kind is None else plain[kind + 1 :]
    before = [*before, "", "", "", ""][:4] if kind is None or len(before) <= 4 else before  # noqa: PLR2004
    after = [*after, "", "", ""]
    count = before[0] if before else ""
    number = _NUMBER.match(before[1].replace("公顷", "").strip()) if len(before) > 1 else None
    return Header(
        count=int(count) if count.isdecimal() else None,
        declared_ha=float(number[0]) if number else None,
        plot_id=before[2] if len(before) > 2 else "",  # noqa: PLR2004
        name=before[3] if len(before) > 3 else "",  # noqa: PLR2004
        sheet=after[0], use=after[1], code=after[2],
        extra=tuple(item for item in (*before[4:], *after[3:]) if item),
    )  # fmt: skip


def crs_of(survey: Survey, what: str, *, declared: bool = False) -> tuple[CRS | None, str, list[str]]:
    """Return the CRS that a survey says, whose word that is, and remarks.

    Raises
    ------
    CRSError
        If it names a datum or zone that there is not, contradicts its own eastings, or says nothing.
    """
    pairs = _pairs(survey)
    words = survey.keys.get("坐标系", "")
    datum, remarks = _datum(survey, what, declared=declared)
    if len(pairs) and np.abs(pairs).max() <= _MOST_DEGREES:
        return parse(_GEODETIC[datum], what=what), f"the file's word ({words or 'degrees'})", remarks
    width, zone = survey.keys.get("几度分带", ""), survey.keys.get("带号", "")
    try:
        number, prefixed = _zone(pairs, zone)
        wide = int(width) if width in ("3", "6") else 3 if number >= 25 else 6  # noqa: PLR2004  the numbers do not meet
        crs = placing.gauss_kruger(datum, wide, number, prefixed=prefixed)
    except CRSError as fault:
        if declared:
            return None, "", [*remarks, str(fault)]
        message = f"{what}: {fault}"
        raise CRSError(message) from fault
    evidence = f"坐标系={words or '—'}, 几度分带={width or '—'}, 带号={zone or '—'}"
    return crs, f"the file's word ({evidence})", remarks


def _datum(survey: Survey, what: str, *, declared: bool) -> tuple[placing.Datum, list[str]]:
    """Return the datum that a survey names, CGCS2000 where it names none, and remarks."""
    words = survey.keys.get("坐标系", "")
    datum = next((name for mark, name in _DATUMS if mark in words.upper()), None)
    if words and datum is None and not declared:
        message = f"{what}: 坐标系={words} is not known; declare crs"
        raise CRSError(message)
    remarks = ["its 转换参数 are not applied"] * bool(survey.keys.get("转换参数", "").strip(", "))
    if datum is None:
        remarks += [] if declared else ["it names no 坐标系; taken for 2000国家大地坐标系 (CGCS2000)"]
    return datum or "CGCS2000", remarks


def _zone(pairs: NDArray[np.float64], written: str) -> tuple[int, bool]:
    """Return the zone, and whether it stands before the eastings; the key 带号 and they must agree."""
    zones = np.unique(pairs.max(axis=1) // 1_000_000).astype(int) if len(pairs) else np.array([], dtype=int)
    before = zones[zones >= 13]  # noqa: PLR2004  the first zone; northings have fewer millions
    if len(before) > 1 or (len(before) and len(before) < len(zones)):
        message = (
            f"its eastings begin with different zones, or some with none ({', '.join(map(str, zones))}); part them"
        )
        raise CRSError(message)
    said = int(written) if written.isdecimal() else None
    found = int(before[0]) if len(before) else None
    if found is not None and said is not None and said != found:
        message = f"it says 带号={said}, but its eastings begin with zone {found}; correct one of them, or declare crs"
        raise CRSError(message)
    number = found if found is not None else said
    if number is None:
        message = 'it has no 带号, and its eastings no zone number; declare crs, like crs = "EPSG:4549"'
        raise CRSError(message)
    return number, found is not None


def area_remarks(frame: gpd.GeoDataFrame, crs: CRS | None) -> list[str]:
    """Say where a declared area is neither the drawn one nor the one on the ellipsoid."""
    if crs is None:
        return []
    geometry = frame.geometry.to_numpy()
    ground = ellipsoidal_area_m2(geometry, crs)
    drawn = shapely.area(geometry) if crs.is_projected else ground
    remarks = []
    for name, declared, plane, ellipsoid in zip(frame["plot_id"], frame["declared_ha"], drawn, ground, strict=True):
        if declared is None or np.isnan(declared) or not plane > 0:
            continue
        computed = plane / HECTARE_M2
        if min(abs(declared - computed), abs(declared - ellipsoid / HECTARE_M2)) <= _HECTARES:
            continue
        unit = next(
            (f"; it would agree in {word}" for word, size in (("m²", 1e-4), ("亩", 1 / 15))
             if abs(declared * size - computed) <= max(_HECTARES, 1e-3 * computed)),
            "",
        )  # fmt: skip
        remarks.append(
            f"{name}: declares {declared:.4f} ha, its points enclose {computed:.4f} ha "
            f"({(declared - computed) / computed:+.2%}){unit}"
        )
    return remarks


def survey_text(
    parcels: gpd.GeoDataFrame, *, by: str = "", on: str = "", names: Mapping[str, str] | None = None
) -> str:
    """Write parcels, indexed by their ids, as a survey TXT in their 3-degree zone of CGCS2000.

    Rings begin in the north-west and run clockwise (holes the other way), are closed with the number of their first
    point, and points keep counting; areas are the drawn ones in hectares.

    Raises
    ------
    OutputError
        If the parcels are not in a Gauss-Krüger zone of China, or one has no polygons.
    """
    crs = parcels.crs
    zone, width, shift = _zone_written(crs)
    lines = [
        "[属性描述]", "格式版本号=1.01版本", f"数据产生单位={_cell(by)}", f"数据产生日期={_cell(on)}",
        "坐标系=2000国家大地坐标系", f"几度分带={width}", "投影类型=高斯克吕格", "计量单位=米", f"带号={zone}",
        "精度=0.001", "转换参数=,,,,,,", "[地块坐标]",
    ]  # fmt: skip
    for identity, shape in zip(parcels.index, parcels.geometry, strict=True):
        if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
            message = f"{identity}: has no polygons; a survey TXT cannot hold it"
            raise OutputError(message)
        points = _points_written(shape, shift)
        name = _cell((names or {}).get(str(identity), ""))
        lines.append(f"{len(points)},{shape.area / HECTARE_M2:.4f},{_cell(str(identity))},{name},面,,,,@")
        lines += points
    return "\n".join(lines) + "\n"


def _point(items: tuple[str, ...]) -> tuple[str, int, float, float] | None:
    """Return a point's number, ring and two coordinates, None where a line is no point."""
    while len(items) > 4 and not items[-1]:  # noqa: PLR2004
        items = items[:-1]
    if len(items) not in (4, 5) or not _LABEL.fullmatch(items[0]) or not items[1].isdecimal():
        return None
    if not all(_NUMBER.fullmatch(item) for item in items[2:]):
        return None
    x, y = float(items[2]), float(items[3])
    label = _LABEL.fullmatch(items[0])
    return (label[1] if label else items[0]), int(items[1]), x, y


def _pairs(survey: Survey) -> NDArray[np.float64]:
    return np.array([[x, y] for plot in survey.plots for _, _, x, y in plot.points], dtype=float).reshape(-1, 2)


def _places(survey: Survey, crs: CRS | None, remarks: list[str]) -> list[NDArray[np.float64]]:
    """Return each parcel's points as east, north; X is north, unless the numbers say that the columns are swapped."""
    places = []
    swapped = 0
    for plot in survey.plots:
        pairs = np.array([[x, y] for _, _, x, y in plot.points], dtype=float).reshape(-1, 2)
        if not len(pairs):
            places.append(pairs)
            continue
        first, second = pairs[:, 0], pairs[:, 1]
        if np.abs(pairs).max() <= _MOST_DEGREES:  # in China every longitude is larger than every latitude
            east_first = bool((first > second).all())
        else:
            east_first = bool(((first > 10_000_000) | ((second > _LEAST_NORTHING) & (first < _LEAST_NORTHING))).all())  # noqa: PLR2004
        swapped += east_first
        places.append(pairs if east_first else pairs[:, ::-1])
    if swapped and crs is not None:
        which = "X and Y are swapped" if not crs.is_geographic else "longitude stands first"
        remarks.append(f"{which} in {swapped} of {len(survey.plots)} parcels: east stands before north; read so")
    return places


def _drawn(
    plot: Plot, pairs: NDArray[np.float64], header: Header
) -> tuple[shapely.Geometry | None, list[str], list[str]]:
    """Draw a parcel of its rings; return it, remarks, and why it cannot be drawn."""
    if not len(pairs):
        return None, [], ["it has no points"]
    notes: list[str] = []
    faults: list[str] = []
    rings = _rings(plot, pairs, notes)
    lines, distinct = len(pairs), sum(len(ring) - 1 for ring in rings)
    if header.count is not None and header.count not in (lines, distinct):
        faults.append(
            f"it declares {header.count} points and has {lines} lines, {distinct} points: it may be cut short"
        )
    elif header.count is not None and header.count == distinct != lines:
        notes.append(f"it declares {header.count} points: closing points are not counted")
    if any(len(ring) <= _CORNERS for ring in rings):
        return None, notes, [*faults, "a ring has fewer than three points"]
    spread = np.ptp(pairs, axis=0).max()
    if spread > (1 if np.abs(pairs).max() <= _MOST_DEGREES else 100_000):
        return None, notes, [*faults, f"its points lie {spread:,.0f} apart: a coordinate must be wrong"]
    polygons = shapely.polygons([shapely.linearrings(ring) for ring in rings])
    shape = polygons[0]
    if not all(shapely.is_valid(polygons)):
        notes.append("a ring crosses itself")
    for number, polygon in enumerate(polygons[1:], start=2):
        body, ring = shapely.make_valid(shape), shapely.make_valid(polygon)
        if body.covers(ring):
            shape = (
                shapely.difference(body, ring)
                if not (shape.is_valid and polygon.is_valid)
                else _with_hole(shape, polygon)
            )
        elif not body.intersects(ring) or body.touches(ring):
            shape = shapely.union(body, ring)
            notes.append(f"ring {number} lies outside the first: read as another part")
        else:
            faults.append(f"ring {number} crosses another ring")
    return shape, notes, faults


def _with_hole(shape: shapely.Geometry, hole: shapely.Polygon) -> shapely.Geometry:
    """Cut a hole, keeping every vertex as it is written."""
    parts = list(shapely.get_parts(shape))
    for place, part in enumerate(parts):
        if part.covers(hole):
            rings = [ring.coords for ring in part.interiors]
            parts[place] = shapely.Polygon(part.exterior.coords, [*rings, hole.exterior.coords])
    made = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    return made if made.is_valid else shapely.difference(shape, hole)


def _rings(plot: Plot, pairs: NDArray[np.float64], notes: list[str]) -> list[NDArray[np.float64]]:
    """Group points by ring, close the rings that are open, and part those that were closed and went on."""
    rings: list[NDArray[np.float64]] = []
    numbers = np.array([ring for _, ring, _, _ in plot.points])
    starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
    opened = 0
    for start, end in zip(starts, [*starts[1:], len(pairs)], strict=True):
        while start < end:
            same = np.flatnonzero((pairs[start + 1 : end] == pairs[start]).all(axis=1))
            stop = end
            if len(same):
                stop = start + 1 + int(same[0]) + 1
                ring = pairs[start:stop]
            else:
                ring = np.vstack([pairs[start:end], pairs[start]])
                opened += 1
            rings.append(ring)
            start = stop  # noqa: PLW2901  a ring that was closed and went on under its number
    if opened:
        notes.append(f"{opened} of its {len(rings)} rings were not closed; closed")
    return rings


def _zone_written(crs: CRS) -> tuple[int, int, float]:
    """Return zone, its width in degrees, and what is added to eastings so that they begin with it."""
    for width, zones in ((3, range(25, 46)), (6, range(13, 24))):
        for zone in zones:
            for prefixed in (True, False):
                if placing.gauss_kruger("CGCS2000", width, zone, prefixed=prefixed).equals(crs, ignore_axis_order=True):
                    return zone, width, 0.0 if prefixed else zone * 1_000_000.0
    message = f"a survey TXT is written in a Gauss-Krüger zone of CGCS2000, such as EPSG:4549; this is in {crs.name}"
    raise OutputError(message)


def _points_written(shape: shapely.Geometry, shift: float) -> list[str]:
    lines = []
    count = 0
    ring_number = 0
    for part in shapely.get_parts(shape):
        for place, ring in enumerate((part.exterior, *part.interiors)):
            ring_number += 1
            pairs = np.round(shapely.get_coordinates(ring)[:-1] + np.array([shift, 0.0]), 3)
            clockwise = not shapely.is_ccw(ring)
            if clockwise != (place == 0):
                pairs = pairs[::-1]
            corner = np.argmax(pairs[:, 1] - pairs[:, 0])
            pairs = np.roll(pairs, -corner, axis=0)
            first = count + 1
            for number, (east, north) in enumerate(pairs, start=first):
                lines.append(f"J{number},{ring_number},{north:.3f},{east:.3f}")
            count += len(pairs)
            lines.append(f"J{first},{ring_number},{pairs[0][1]:.3f},{pairs[0][0]:.3f}")
    return lines


def _cell(text: str) -> str:
    """Write a text so that it stays one item of its line."""
    return re.sub(r"[,，@＠=\[\]\s]+", " ", text).strip()
