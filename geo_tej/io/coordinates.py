"""Cells that hold coordinates: the columns they stand in, numbers as people write them, degrees, WKT."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import CRS

from geo_tej.accounts import SetAside
from geo_tej.i18n import Said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

_LONGITUDES = ("longitude", "lon", "lng", "long", "经度", "东经", "jd")
_LATITUDES = ("latitude", "lat", "纬度", "北纬", "wd")
_EASTINGS = ("easting", "east", "e", "东坐标", "横坐标", "东", "x_east")
_NORTHINGS = ("northing", "north", "n", "北坐标", "纵坐标", "北", "y_north")
_EITHER = (("x", "y"), ("x坐标", "y坐标"), ("xcoord", "ycoord"), ("coordx", "coordy"), ("pointx", "pointy"))
_SHAPES = ("wkt", "geom", "geometry", "thegeom", "shape", "wkbgeometry", "图形", "wktgeom")
_DEGREES = re.compile(
    r"\s*([NSEW北南东西]?)\s*(\d+(?:\.\d+)?)\s*[°度]\s*(?:(\d+(?:\.\d+)?)\s*['′分])?"
    r"\s*(?:(\d+(?:\.\d+)?)\s*[\"″秒])?\s*([NSEW]?)\s*",
    re.IGNORECASE,
)
_DECIMAL_COMMA = re.compile(r"\s*[+-]?(?:\d+|\d{1,3}(?:[.\s]\d{3})+),(?:\d{1,2}|\d{4,})\s*|\s*[+-]?\d{4,},\d+\s*")
ANY_WKT = re.compile(r"\s*(?:SRID=(\d+);)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)", re.IGNORECASE)


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-()（）°.]|deg$", "", name.lower())


def columns_of(table: pd.DataFrame) -> tuple[str, tuple[str, ...]] | None:
    """Return what kind of coordinates a table holds and in which columns, east or longitude first."""
    plain = {_plain(str(name)): str(name) for name in table.columns}
    for name in _SHAPES:
        if name in plain:
            cells = table[plain[name]].dropna()
            if len(cells) and cells.map(lambda cell: ANY_WKT.match(str(cell)) is not None).any():
                return "wkt", (plain[name],)
    for what, easts, norths in (("degrees", _LONGITUDES, _LATITUDES), ("metres", _EASTINGS, _NORTHINGS)):
        east = next((plain[name] for name in easts if name in plain), None)
        north = next((plain[name] for name in norths if name in plain), None)
        if east is not None and north is not None:
            numbers = np.abs(
                np.concatenate(_numbers(table[east].tolist(), table[north].tolist(), degrees=what == "degrees"))
            )
            in_degrees = bool((numbers[np.isfinite(numbers)] <= 180).all())  # noqa: PLR2004
            return ("degrees" if what == "degrees" and in_degrees else "metres"), (east, north)
    for east, north in _EITHER:
        if east in plain and north in plain:
            return "metres", (plain[east], plain[north])
    return None


def points_of(
    table: pd.DataFrame, names: tuple[str, ...], *, degrees: bool
) -> tuple[NDArray[np.object_], list[SetAside]]:
    """Make points of two columns; cells that are no numbers leave the row without one."""
    east, north = _numbers(table[names[0]].tolist(), table[names[1]].tolist(), degrees=degrees)
    there = np.isfinite(east) & np.isfinite(north)
    points = np.full(len(table), None, dtype=object)
    points[there] = shapely.points(east[there], north[there])
    given = table[list(names)].notna().any(axis=1).to_numpy()
    cells = table[list(names)].to_numpy()
    lost = [
        SetAside(
            row=int(row) + 1,
            reason=Said(
                f"{'、'.join(names)} 不是两个数：{cells[row][0]!r}、{cells[row][1]!r}",
                f"{', '.join(names)} are no two numbers: {cells[row][0]!r}, {cells[row][1]!r}",
            ),
        )
        for row in np.flatnonzero(given & ~there)
    ]
    return points, lost


def _numbers(
    east: Sequence[str | None], north: Sequence[str | None], *, degrees: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read two columns of coordinates, which write their decimals alike: after a point, or all after a comma.

    A comma is one before decimals where another number of digits than three follows it in any cell, and always
    in degrees.

    >>> _numbers(["119,56", "119,560"], ["29,5", "29,501"], degrees=False)[0].tolist()
    [119.56, 119.56]
    """
    cells = [cell for cell in (*east, *north) if cell is not None]
    commas = [cell for cell in cells if "," in cell]
    decimal = any(_DECIMAL_COMMA.fullmatch(cell) is not None for cell in commas) or (
        degrees and all(cell.count(",") == 1 and "." not in cell for cell in commas)
    )
    if commas and decimal:
        pair = [[None if cell is None else _with_point(cell) for cell in column] for column in (east, north)]
        east, north = pair
    read = (np.array([number_of(cell) for cell in column], dtype=float) for column in (east, north))
    return next(read), next(read)


def _with_point(cell: str) -> str:
    """Write a number with a decimal comma, and perhaps points or blanks between thousands, with a point."""
    if not re.fullmatch(r"\s*[+-]?[\d.\s]*,\d+\s*", cell):
        return cell
    return re.sub(r"[.\s]", "", cell).replace(",", ".")


def number_of(cell: str | None) -> float:
    """Read a number, also with thousands between commas, or degrees, minutes and seconds.

    >>> number_of("119°33′36″E"), number_of("3,268,095.3"), number_of("")
    (119.56, 3268095.3, nan)
    """
    if cell is None:
        return float("nan")
    text = cell.strip()
    written = _DEGREES.fullmatch(text)
    if written:
        sign = -1 if (written[1] + written[5]).upper() in ("S", "W", "南", "西") else 1
        return sign * round(float(written[2]) + float(written[3] or 0) / 60 + float(written[4] or 0) / 3600, 12)
    if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        text = text.replace(",", "")
    try:
        number = float(text)
    except ValueError:
        return float("nan")
    return number if np.isfinite(number) else float("nan")


def shapes_of(cells: pd.Series, set_aside: list[SetAside]) -> tuple[NDArray[np.object_], CRS | None]:
    """Make geometries of WKT and EWKT; return the CRS that all SRIDs name."""
    shapes = np.full(len(cells), None, dtype=object)
    codes = set()
    for row, cell in enumerate(cells):
        if cell is None:
            continue
        found = ANY_WKT.match(cell)
        code = found[1] if found else None
        codes.add(code)
        try:
            shapes[row] = shapely.from_wkt(cell.split(";", 1)[1] if code else cell)
        except NotImplementedError:
            said = Said(
                "是曲线，不能由表格读取；请写成折线", "it is a curve, which is not read from a table; write it as lines"
            )
            set_aside.append(SetAside(row=row + 1, reason=said, geometry=cell[:2000]))
        except (shapely.errors.ShapelyError, ValueError, TypeError) as fault:
            shapes[row] = _unclosed(cell)
            if shapes[row] is None:
                set_aside.append(SetAside(row=row + 1, reason=str(fault)[:100], geometry=cell[:2000]))
    code = codes.pop() if len(codes) == 1 else None
    try:
        return shapes, CRS(int(code)) if code else None
    except RuntimeError:  # a code that PROJ does not know
        return shapes, None


def _unclosed(cell: str) -> shapely.Geometry | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return shapely.from_wkt(cell.rsplit(";", 1)[-1], on_invalid="fix")
        except (shapely.errors.ShapelyError, NotImplementedError, ValueError, TypeError):
            return None
