"""The lines of a survey coordinate TXT: taken apart into keys and parcels, and written. Pure: text in, text out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej import placing
from geo_tej.errors import OutputError
from geo_tej.io.coordinates import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from pyproj import CRS

NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_LABEL = re.compile(r"[A-Za-z]{0,4}[-_#]?(\d+(?:[-_]\d+)?)'?")
_SECTION = re.compile(r"[\[【].*[\]】]")
_KEY = re.compile(r"([^,=＝:：]+)[=＝:：](.*)")
_OF_PLACE = ("坐标系", "几度分带", "投影类型", "计量单位", "带号")
"""The keys that say where points lie."""
_KINDS = ("面", "线", "点", "多边形")
_SHOWN = 3
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""Letters, digits and marks as wide as a Chinese character, and what they are."""
HECTARE_M2 = 10_000.0


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
    contradictions: tuple[str, ...] = ()


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


def parse_survey(text: str) -> Survey:  # noqa: C901  a line is a section, a point, a key, a header or none of them
    r"""Take a survey TXT apart, line by line; nothing is judged yet.

    >>> parse_survey("[地块坐标]\n4,1,P1,,面,,,,@\nJ1,1,3,4").plots[0].points
    (('1', 1, 3.0, 4.0),)
    >>> parse_survey("").plots
    ()
    """
    keys: dict[str, str] = {}
    plots: list[Plot] = []
    faults: list[str] = []
    against: list[str] = []
    header: tuple[int, tuple[str, ...]] | None = None
    points: list[tuple[str, int, float, float]] = []
    odd: list[tuple[int, str]] = []

    def close() -> None:
        nonlocal header
        if header is not None or points:
            line, items = header or (0, ())
            plots.append(Plot(line=line, items=items, points=tuple(points), faults=_no_points(odd)))
        header = None
        points.clear()
        odd.clear()

    for number, written in enumerate(text.splitlines(), start=1):
        line = written.strip("\ufeff \t　\x1a")
        if not line:
            continue
        if _SECTION.fullmatch(line):
            close()
            continue
        point, key = _point(line), _KEY.fullmatch(line)
        line = line.replace("，", ",").replace("＠", "@")
        items = tuple(item.strip(" \t　") for item in re.split(r"[,\t]", line))
        if point is not None:
            points.append(point)
        elif key and header is None and not points:
            name, value = key[1].strip(" \t　"), key[2].strip(" \t　")
            if name in _OF_PLACE and keys.get(name, value) != value:
                against.append(f"{name}={keys[name]}, {name}={value}")
            keys[name] = value
        elif "@" in line or (len(items) >= 6 and not key):  # noqa: PLR2004  points have four items, headers nine
            close()
            header = (number, items)
        elif header is not None or points:
            odd.append((number, line))
        else:
            faults.append(f"line {number} was not understood: {line[:40]!r}")
    close()
    return Survey(keys=keys, plots=tuple(plots), faults=tuple(faults[:20]), contradictions=tuple(against))


def _no_points(odd: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """Tell the lines that are no points: the first of them, and how many there are besides."""
    told = [f"line {number} is no point: {line[:40]!r}" for number, line in odd[:_SHOWN]]
    more = len(odd) - _SHOWN
    return (*told, *([f"nor are {more} lines more, to line {odd[-1][0]}"] if more > 0 else []))


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
    kind = next((place for place, item in enumerate(plain) if item in _KINDS), None)
    before = plain[:4] if kind is None else plain[:kind]
    after = plain[4:] if kind is None else plain[kind + 1 :]
    before = [*before, "", "", "", ""][:4] if kind is None or len(before) <= 4 else before  # noqa: PLR2004
    after = [*after, "", "", ""]
    count = before[0] if before else ""
    number = NUMBER.match(before[1].replace("公顷", "").strip()) if len(before) > 1 else None
    return Header(
        count=int(count) if count.isdecimal() else None,
        declared_ha=float(number[0]) if number else None,
        plot_id=before[2] if len(before) > 2 else "",  # noqa: PLR2004
        name=before[3] if len(before) > 3 else "",  # noqa: PLR2004
        sheet=after[0], use=after[1], code=after[2],
        extra=tuple(item for item in (*before[4:], *after[3:]) if item),
    )  # fmt: skip


def survey_text(
    parcels: gpd.GeoDataFrame,
    *,
    by: str = "",
    on: str = "",
    names: Mapping[str, str] | None = None,
    of_header: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Write parcels, indexed by their ids, as a survey TXT in their 3-degree zone of CGCS2000.

    Rings begin in the north-west and run clockwise (holes the other way), are closed with the number of their first
    point, and points keep counting; areas are the drawn ones in hectares. `of_header` gives sheet, use and code.

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
        rest = ",".join(_cell(item) for item in (of_header or {}).get(str(identity), ("", "", "")))
        lines.append(f"{len(points)},{shape.area / HECTARE_M2:.4f},{_cell(str(identity))},{name},面,{rest},@")
        lines += points
    return "\n".join(lines) + "\n"


def _point(line: str) -> tuple[str, int, float, float] | None:
    """Return a point's number, ring and two coordinates, None where a line is no point.

    Items are parted by commas or tabs, else by semicolons or blanks; a height, a remark or a running number may stand
    with them.

    >>> _point("J1,1,3268150.000,40457400.000"), _point("Ｊ１ 1 3268150 40457400")
    (('1', 1, 3268150.0, 40457400.0), ('1', 1, 3268150.0, 40457400.0))
    >>> _point("4,1,P1,,面,,,,@") is None
    True
    """
    plain = line.translate(_PLAIN).strip()
    marks = r"[,\t]" if re.search(r"[,\t]", plain) else ";" if ";" in plain else r"\s+"
    items = [item.strip() for item in re.split(marks, plain)]
    while len(items) > 4 and not items[-1]:  # noqa: PLR2004
        items.pop()
    if len(items) == 5 and items[0].isdecimal() and not items[1].isdecimal() and _LABEL.fullmatch(items[1]):  # noqa: PLR2004
        items = items[1:]
    label = _LABEL.fullmatch(items[0])
    if len(items) not in (4, 5) or label is None or not items[1].isdecimal() or items[-1] in ("@", *_KINDS):
        return None
    x, y = (float(item) if NUMBER.fullmatch(item) else _degrees(item) for item in items[2:4])
    return None if x is None or y is None else (label[1], int(items[1]), x, y)


def _degrees(item: str) -> float | None:
    """Read degrees, minutes and seconds, None where an item is none."""
    number = number_of(item) if re.search("[°度]", item) else np.nan
    return float(number) if np.isfinite(number) else None


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
