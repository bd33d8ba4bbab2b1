"""The coordinate TXT of land surveys (勘测定界界址点坐标): read in all its variants, written so that it reads the same.

Two sections: `[属性描述]` with keys, and `[地块坐标]` with a header line a parcel, ended by `@`, and a line a boundary
point: number, ring, X (north), Y (east). Where a variant leaves two readings open the parcel is set aside, with why.
"""

from __future__ import annotations

from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo_tej import placing
from geo_tej.accounts import SetAside
from geo_tej.crs import parse
from geo_tej.errors import CRSError, LayerError
from geo_tej.i18n import Said, told_in
from geo_tej.io.account import Raw
from geo_tej.io.survey_lines import HECTARE_M2, Header, Plot, Survey, header_of, parse_survey
from geo_tej.io.texts import longest_line, read_text
from geo_tej.measure import ellipsoidal_area_m2

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pyproj import CRS

    from geo_tej.io.account import Ask

_DATUMS: tuple[tuple[str, placing.Datum], ...] = (
    ("2000", "CGCS2000"), ("CGCS", "CGCS2000"), ("1980", "Xian 1980"), ("80", "Xian 1980"), ("西安", "Xian 1980"),
    ("1954", "Beijing 1954"), ("54", "Beijing 1954"), ("北京", "Beijing 1954"),
)  # fmt: skip
_GEODETIC = {"CGCS2000": 4490, "Xian 1980": 4610, "Beijing 1954": 4214}
_MOST_DEGREES = 180.0
_LEAST_NORTHING = 1_000_000.0
_CORNERS = 3
_HECTARES = 1e-4
"""Areas are written to the fourth decimal of a hectare."""
_STRETCH = 6e-4
"""By how much a 3-degree zone stretches areas at its edge, at most; where points are in degrees, it is not known."""
_METRES = ("米", "M", "METRE", "METER", "METERS", "METRES")


def read_survey(path: Path, ask: Ask) -> Raw:
    """Read a survey TXT as parcels in its own CRS: plot_id, name, declared_ha, sheet, use, code, and what is extra.

    Raises
    ------
    LayerError
        If it is no text, or has no parcel.
    CRSError
        If nothing says which zone it is in.
    """
    text, coding = read_text(path, ask, language="zh", longest=longest_line)
    survey = parse_survey(text)
    if not survey.plots:
        message = f"{path}: has no parcel: no header line that ends in @, and no points"
        raise LayerError(message)
    said, how, remarks = crs_of(survey, str(path), declared=ask.crs is not None)
    rows: list[dict[str, object]] = []
    shapes: list[shapely.Geometry | None] = []
    set_aside: list[SetAside] = []
    places = _places(survey, said or ask.crs, remarks)
    headers = [header_of(plot.items) for plot in survey.plots]
    called = Counter(header.name for header in headers if not header.plot_id)
    for number, (plot, pairs, header) in enumerate(zip(survey.plots, places, headers, strict=True), start=1):
        name = header.name if called[header.name] < 2 else ""  # noqa: PLR2004  a name that others bear names nothing
        label = header.plot_id or name or f"{header.name or path.stem}-{number}"
        shape, notes, faults = _drawn(plot, pairs, header)
        reasons = [*plot.faults, *faults]
        remarks += [Said(f"{label}：{told_in(note, 'zh')}", f"{label}: {note}") for note in notes]
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


def crs_of(survey: Survey, what: str, *, declared: bool = False) -> tuple[CRS | None, str, list[str]]:
    """Return the CRS that a survey says, whose word that is, and remarks.

    Raises
    ------
    CRSError
        If it names a datum or zone that there is not, contradicts its own eastings, or says nothing.
    """
    pairs = _pairs(survey)
    words = survey.keys.get("坐标系", "")
    unit = survey.keys.get("计量单位", "")
    in_degrees = bool(len(pairs)) and np.abs(pairs).max() <= _MOST_DEGREES
    if unit and unit.upper() not in _METRES and not in_degrees and not declared:
        message = f"{what}: 计量单位={unit}, and only metres and degrees are read; convert it, or declare crs"
        raise CRSError(message)
    if survey.contradictions and not declared:
        message = f"{what}: its sections contradict each other ({'; '.join(survey.contradictions)}); part them"
        raise CRSError(message)
    datum, remarks = _datum(survey, what, declared=declared)
    if in_degrees:
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
    unused = Said("未采用其转换参数", "its 转换参数 are not applied")
    remarks: list[str] = [unused] * bool(survey.keys.get("转换参数", "").strip(", "))
    if datum is None:
        taken = Said(
            "未注明坐标系，按 2000国家大地坐标系", "it names no 坐标系; taken for 2000国家大地坐标系 (CGCS2000)"
        )
        remarks += [] if declared else [taken]
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
    loose = 0.0 if crs.is_projected else _STRETCH
    remarks: list[str] = []
    for name, declared, plane, ellipsoid in zip(frame["plot_id"], frame["declared_ha"], drawn, ground, strict=True):
        if declared is None or np.isnan(declared) or not plane > 0:
            continue
        computed = plane / HECTARE_M2
        if min(abs(declared - computed), abs(declared - ellipsoid / HECTARE_M2)) <= max(_HECTARES, loose * computed):
            continue
        unit = next(
            (word for word, size in (("m²", 1e-4), ("亩", 1 / 15))
             if abs(declared * size - computed) <= max(_HECTARES, 1e-3 * computed)),
            "",
        )  # fmt: skip
        off = f"{(declared - computed) / computed:+.2%}"
        said = f"{name}: declares {declared:.4f} ha, its points enclose {computed:.4f} ha ({off})"
        said_zh = f"{name}：申报 {declared:.4f} 公顷，界址点围成 {computed:.4f} 公顷（{off}）"
        also, also_zh = (f"; it would agree in {unit}", f"；若单位为 {unit} 则相符") if unit else ("", "")
        remarks.append(Said(said_zh + also_zh, said + also))
    return remarks


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
        which_zh = "X、Y 颠倒" if not crs.is_geographic else "经度在前"
        remarks.append(
            Said(
                f"{len(survey.plots)} 宗中 {swapped} 宗{which_zh}：东坐标在北坐标之前，已照此读取",
                f"{which} in {swapped} of {len(survey.plots)} parcels: east stands before north; read so",
            )
        )
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
        said = f"it declares {header.count} points: closing points are not counted"
        notes.append(Said(f"申报 {header.count} 个界址点，未计闭合点", said))
    if any(len(ring) <= _CORNERS for ring in rings):
        return None, notes, [*faults, "a ring has fewer than three points"]
    spread = np.ptp(pairs, axis=0).max()
    if spread > (1 if np.abs(pairs).max() <= _MOST_DEGREES else 100_000):
        return None, notes, [*faults, f"its points lie {spread:,.0f} apart: a coordinate must be wrong"]
    polygons = shapely.polygons([shapely.linearrings(ring) for ring in rings])
    shape = polygons[0]
    if not all(shapely.is_valid(polygons)):
        notes.append(Said("有环自相交", "a ring crosses itself"))
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
            said = f"ring {number} lies outside the first: read as another part"
            notes.append(Said(f"第 {number} 圈在第一圈之外，作为另一部分读取", said))
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
    """Group points by ring, in the order of their numbers; close open ones, part those that were closed and went on."""
    rings: list[tuple[int, NDArray[np.float64]]] = []
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
            rings.append((int(numbers[start]), ring))
            start = stop  # noqa: PLW2901  a ring that was closed and went on under its number
    if opened:
        said = f"{opened} of its {len(rings)} rings were not closed; closed"
        notes.append(Said(f"{len(rings)} 圈中 {opened} 圈未闭合，已闭合", said))
    return [ring for _, ring in sorted(rings, key=itemgetter(0))]
