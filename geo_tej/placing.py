"""Where coordinates lie and what they must be, judged against the ground that is known: told, or inferred."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from pyproj import CRS, Transformer
from pyproj.transformer import TransformerGroup

from geo_tej.crs import FULL_CIRCLE_DEG, likely, named
from geo_tej.errors import CRSError
from geo_tej.i18n import Said
from geo_tej.offset import CHINA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

Datum = Literal["CGCS2000", "Xian 1980", "Beijing 1954"]

FAR_M = 20_000.0
"""A layer all of which is farther than this from the project's area (or than the area is wide) is in a wrong place."""

_FIRST_CODES: dict[tuple[Datum, int, bool], tuple[int, int]] = {
    ("CGCS2000", 6, True): (13, 4491), ("CGCS2000", 6, False): (13, 4502),
    ("CGCS2000", 3, True): (25, 4513), ("CGCS2000", 3, False): (25, 4534),
    ("Xian 1980", 6, True): (13, 2327), ("Xian 1980", 6, False): (13, 2338),
    ("Xian 1980", 3, True): (25, 2349), ("Xian 1980", 3, False): (25, 2370),
    ("Beijing 1954", 6, True): (13, 21413), ("Beijing 1954", 6, False): (13, 21453),
    ("Beijing 1954", 3, True): (25, 2401), ("Beijing 1954", 3, False): (25, 2422),
}  # fmt: skip
"""The first zone and its EPSG code, by datum, width of zone in degrees, and whether the zone stands in the easting."""

_ZONES = {6: range(13, 24), 3: range(25, 46)}
_LIKE_WEB_MERCATOR = 15
"""Up to this zone, numbers before eastings can be those of Web Mercator as well: only the place tells them apart."""
_GEOCENTRIC_AXIS_M = 6_378_137.0
_UNITS = {
    "feet": (0.3048, "ft"), "US survey feet": (1200 / 3937, "us-ft"), "millimetres": (1e-3, "mm"),
    "kilometres": (1e3, "km"),
}  # fmt: skip
"""Units that coordinates come in by mistake: in metres, and as PROJ writes them."""
_NAMED = 3
"""How many ways to read coordinates an error names."""


@dataclass(frozen=True)
class Reading:
    """A way to read coordinates: in a CRS, perhaps north before east, perhaps in another unit of `scale` metres."""

    crs: CRS
    swapped: bool = False
    scale: float = 1.0
    unit: str = ""

    def remedy(self, claimed: CRS | None = None) -> str:
        """Say what to write into the manifest beside the CRS that is claimed already, or what to do to the file."""
        code = self.crs.to_epsg()
        parts = [f'crs = "EPSG:{code}"' if code else named(self.crs)] if self.crs != claimed else []
        if self.swapped:
            parts.append('axes = "north-east"')
        if self.unit:
            written = _in_unit(self.crs, _UNITS[self.unit][1])
            instead = f', or declare crs = "{written}"' if written else ""
            return f"convert them to metres{instead}"
        return "declare " + " and ".join(parts)


def gauss_kruger(datum: Datum, width_deg: int, zone: int, *, prefixed: bool) -> CRS:
    """Return the Chinese Gauss-Krüger zone of a datum.

    Raises
    ------
    CRSError
        If there is no such zone.

    >>> gauss_kruger("CGCS2000", 3, 40, prefixed=False).to_epsg()
    4549
    """
    if width_deg not in _ZONES or zone not in _ZONES[width_deg]:
        message = (
            f"there is no zone {zone} of {width_deg} degrees in China: 3-degree zones are 25 to 45, 6-degree 13 to 23"
        )
        raise CRSError(message)
    first, code = _FIRST_CODES[datum, width_deg, prefixed]
    return CRS(code + zone - first)


def zone_number(crs: CRS) -> int | None:
    """Return the zone number that stands before the eastings of a CRS, None where none does.

    >>> zone_number(CRS(4528)), zone_number(CRS(4549)), zone_number(CRS(4490))
    (40, None, None)
    """
    operation = crs.coordinate_operation
    if operation is None:
        return None
    easting = next((each.value for each in operation.params if each.name == "False easting"), 0.0)
    zone, rest = divmod(float(easting), 1_000_000)
    return int(zone) if zone and rest == 500_000 else None  # noqa: PLR2004  the false easting of every zone


def contradiction(crs: CRS, bounds: Sequence[float]) -> str | None:  # noqa: PLR0911  one mistake after the other
    """Say how coordinates cannot be in the CRS that is claimed for them; None where they can.

    >>> contradiction(CRS(4527), (40_457_400, 3_268_000, 40_457_600, 3_268_150))
    'the eastings begin with zone 40, not 39'
    >>> contradiction(CRS(4490), (29.5, 119.5, 29.6, 119.6))
    'a latitude of 119.5 is no place: the axes are swapped'
    >>> contradiction(CRS(4549), (457_400, 3_268_000, 457_600, 3_268_150)) is None
    True
    """
    west, south, east, north = (float(value) for value in bounds)
    if not np.isfinite([west, south, east, north]).all():
        return None
    largest = max(abs(west), abs(south), abs(east), abs(north))
    if crs.is_geographic:
        if largest > FULL_CIRCLE_DEG:
            return "the coordinates are no degrees"
        if max(abs(south), abs(north)) > 90 and max(abs(west), abs(east)) <= 90:  # noqa: PLR2004  degrees on the globe
            return f"a latitude of {south:g} is no place: the axes are swapped"
        return None
    if crs.is_projected and largest <= FULL_CIRCLE_DEG:
        return "the coordinates look like degrees"
    zone = zone_number(crs)
    found = int(west // 1_000_000) if 13_000_000 < west < 46_000_000 else None  # noqa: PLR2004  6- and 3-degree zones
    swapped = int(south // 1_000_000) if 13_000_000 < south < 46_000_000 else None  # noqa: PLR2004
    if found is None and swapped is not None and swapped in (zone, *_ZONES[3], *_ZONES[6]) and _is_chinese(crs):
        return f"the second coordinate begins with zone {swapped}: the axes are swapped"
    if zone is not None and found is not None and zone != found:
        return f"the eastings begin with zone {found}, not {zone}"
    if zone is not None and found is None and 100_000 < west < 900_000:  # noqa: PLR2004  an easting in a zone
        return f"the eastings do not begin with zone {zone}"
    if zone is None and found is not None and _is_chinese(crs):
        return f"the eastings begin with zone {found}"
    return None


def inferred(points: NDArray[np.float64], home: CRS, area: Sequence[float] | None) -> tuple[Reading, str] | None:
    """Return what coordinates without a word must be, with the evidence; None where it cannot be told.

    Only two things are evidence enough: a zone number before the eastings, and degrees that fall on the project's
    area. Metres without a zone number fit too many systems.

    Parameters
    ----------
    points
        Pairs of coordinates.
    home, area
        The project's CRS, and west, south, east, north of its ground in it, where that is known.
    """
    if not len(points):
        return None
    for swapped in (False, True):
        easting = points[:, 1 if swapped else 0]
        zones = np.unique(easting // 1_000_000).astype(int)
        if len(zones) != 1 or not _like_northings(points[:, 0 if swapped else 1]):
            continue
        width = next((width for width, numbers in _ZONES.items() if zones[0] in numbers), None)
        if width is None or (area is None and zones[0] <= _LIKE_WEB_MERCATOR):
            continue
        reading = Reading(gauss_kruger("CGCS2000", width, int(zones[0]), prefixed=True), swapped)
        if area is not None and not fits(reading, points, home, area):
            continue
        order = ", and stand second (north before east)" if swapped else ""
        where = ", and they fall on the project's area" if area is not None else ""
        order_zh = "、且在第二列（北坐标在前）" if swapped else ""
        where_zh = "，并落在项目范围内" if area is not None else ""
        return reading, Said(
            f"东坐标以带号 {zones[0]} 开头{order_zh}{where_zh}；基准按 CGCS2000",
            f"the eastings begin with zone {zones[0]}{order}{where}; the datum is taken for CGCS2000",
        )
    degrees = np.abs(points).max() <= 180 and home.geodetic_crs is not None  # noqa: PLR2004
    if degrees and area is not None and home.geodetic_crs is not None:
        for swapped in (False, True):
            reading = Reading(CRS(home.geodetic_crs.to_2d()), swapped)
            if fits(reading, points, home, area):
                order = ", latitude first," if swapped else ""
                return reading, Said(
                    f"数值为度{'（纬度在前）' if swapped else ''}，落在项目范围内；若取自网络地图，请声明 offset",
                    f"they are degrees{order} that fall on the project's area; if a web map gave them, declare offset",
                )
    return None


def readings(
    points: NDArray[np.float64], home: CRS, area: Sequence[float], *, claimed: CRS | None = None
) -> list[Reading]:
    """Return the ways to read coordinates in which they fall on the project's area, the likeliest first."""
    found: list[Reading] = []
    for reading in _candidates(home, area, claimed):
        again = reading.crs.is_geographic and any(
            each.crs.is_geographic and each.swapped == reading.swapped for each in found
        )  # degrees are the same on any datum, as far as this can tell
        if not again and fits(reading, points, home, area):
            found.append(reading)
    return found


def fits(reading: Reading, points: NDArray[np.float64], home: CRS, area: Sequence[float]) -> bool:
    """Say whether half of the points or more fall on the area or within a tenth of its width of it."""
    return bool(len(points)) and bool(inside(taken(reading, points, home), area).mean() >= 0.5)  # noqa: PLR2004  half


def inside(points: NDArray[np.float64], area: Sequence[float]) -> NDArray[np.bool_]:
    """Say which points lie in the box of an area, or within 2 km or a tenth of its width of it.

    >>> inside(np.array([[0.0, 0.0], [9_000.0, 0.0], [np.inf, 0.0]]), (0, 0, 1000, 1000)).tolist()
    [True, False, False]
    """
    west, south, east, north = area
    reach = max(2_000.0, 0.1 * max(east - west, north - south))
    across = (points[:, 0] > west - reach) & (points[:, 0] < east + reach)
    return np.asarray(across & (points[:, 1] > south - reach) & (points[:, 1] < north + reach))


def taken(reading: Reading, points: NDArray[np.float64], home: CRS) -> NDArray[np.float64]:
    """Take points, read so, to the project's CRS; what has no place there is infinite."""
    pairs = points[:, ::-1] if reading.swapped else points
    if reading.scale == 1.0 and reading.crs == home:
        return pairs
    x, y = _transformer(reading.crs.to_wkt(), home.to_wkt()).transform(
        pairs[:, 0] * reading.scale, pairs[:, 1] * reading.scale
    )
    return np.asarray(np.column_stack([x, y]))


def require_known_shift(source: CRS, home: CRS, *, what: str) -> None:
    """Refuse to take coordinates across datums between which no parameters are known.

    PROJ then takes the degrees over as they are, which is about 100 m wrong between Xian 1980 or Beijing 1954 and
    CGCS2000. Datums of the geocentric ellipsoid (WGS 84, CGCS2000, ETRS89, …) are the same at parcel scale.

    Raises
    ------
    CRSError
        If there are none.
    """
    left, right = source.geodetic_crs, home.geodetic_crs
    if left is None or right is None or left.ellipsoid is None or right.ellipsoid is None:
        return
    axes = {left.ellipsoid.semi_major_metre, right.ellipsoid.semi_major_metre}
    if axes == {_GEOCENTRIC_AXIS_M} or left.equals(right, ignore_axis_order=True):
        return
    if _is_ballpark(source.to_wkt(), home.to_wkt()):
        message = (
            f"{what} is in {named(source)}, and no parameters are known that lead to {named(home)}: it would lie about "
            "100 m away; have the surveying office transform it first"
        )
        raise CRSError(message)


def require_near(  # noqa: PLR0913  where it lies, what it was read in, and against what
    bounds: NDArray[np.float64],
    points: NDArray[np.float64],
    home: CRS,
    area: Sequence[float],
    *,
    claimed: CRS,
    what: str,
) -> None:
    """Refuse a layer all of whose rows lie far from the project's area; say how far, and how it would lie on it.

    Parameters
    ----------
    bounds
        West, south, east, north of each row, in the project's CRS.
    points
        The rows' middles as they were written.
    claimed
        The CRS that the layer is said to be in.

    Raises
    ------
    CRSError
        If none comes within 20 km of it, or within the area's own width.
    """
    if not len(bounds):
        return
    least = float(away_m(bounds, area).min())
    if least <= max(FAR_M, area[2] - area[0], area[3] - area[1]):
        return
    hint = (
        _instead(points, home, area, claimed) or "nor does any other usual system bring it there: is it the file meant?"
    )
    message = f"{what} lies {least / 1000:,.0f} km from the project's area, read in {named(claimed)}; {hint}"
    raise CRSError(message)


def away_m(bounds: NDArray[np.float64], area: Sequence[float]) -> NDArray[np.float64]:
    """Return how far boxes are from the area's box, in its units; 0 where they touch."""
    west, south, east, north = area
    across = np.maximum(np.maximum(west - bounds[:, 2], bounds[:, 0] - east), 0)
    along = np.maximum(np.maximum(south - bounds[:, 3], bounds[:, 1] - north), 0)
    return np.asarray(np.hypot(across, along))


def refusal(
    claimed: CRS | None, points: NDArray[np.float64], home: CRS, area: Sequence[float] | None, *, what: str
) -> CRSError:
    """Return the error for coordinates that nothing says how to read, or that cannot be what is claimed."""
    bounds = (*points.min(axis=0), *points.max(axis=0)) if len(points) else (np.nan,) * 4
    hint = _instead(points, home, area, claimed) if area is not None and len(points) else ""
    hint = hint or likely(bounds)
    if claimed is None:
        return CRSError(f"{what} has no coordinate reference system; {hint}")
    return CRSError(f"{what} says {named(claimed)}, but {contradiction(claimed, bounds)}; {hint}")


def _instead(points: NDArray[np.float64], home: CRS, area: Sequence[float], claimed: CRS | None) -> str:
    """Say in what systems coordinates would lie on the area, with the remedies; and how far these are apart."""
    found = readings(points, home, area, claimed=claimed)[:_NAMED]
    said = "; or ".join(f"as {named(each.crs)} {_lies(each)}: {each.remedy(claimed)}" for each in found)
    if len(found) < 2:  # noqa: PLR2004  two can be apart
        return said
    places = np.array([np.median(taken(each, points, home), axis=0) for each in found])
    apart = float(np.hypot(*(places - places[0]).T).max())
    return f"{said} (these lie up to {apart:,.0f} m apart: ask where it comes from)" if apart >= 1 else said


def _in_unit(crs: CRS, unit: str) -> str:
    """Write a CRS in metres as PROJ does, in another unit; empty where that cannot be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the datum's name is lost, which units do not need
        written = crs.to_proj4()
    return written.replace("+units=m ", f"+units={unit} ").removesuffix(" +type=crs") if "+units=m " in written else ""


def _lies(reading: Reading) -> str:
    if reading.unit:
        return f"in {reading.unit} it lies on the area"
    return "with its axes swapped it lies on the area" if reading.swapped else "it lies on the area"


def _candidates(home: CRS, area: Sequence[float], claimed: CRS | None) -> Iterator[Reading]:
    """Give what is seen in practice, the commonest first."""
    seen = []
    systems = _systems(home, area)
    if claimed is not None and claimed.utm_zone is not None:
        systems.sort(key=lambda crs: crs.utm_zone is None)  # the next zone of the same kind before all others
    for crs in ([claimed] if claimed is not None else []) + systems:
        if crs not in seen:
            seen.append(crs)
    for swapped in (False, True):
        for crs in seen:
            yield Reading(crs, swapped)
    for unit, (scale, _) in _UNITS.items():
        for crs in dict.fromkeys([claimed or home, home]):
            if crs.is_projected:
                yield Reading(crs, scale=scale, unit=unit)


def _systems(home: CRS, area: Sequence[float]) -> list[CRS]:
    """Return the systems that layers of an area come in: its own, degrees, national zones, UTM, Web Mercator."""
    geodetic = home.geodetic_crs
    if geodetic is None:
        return [home]
    middle = np.array([[(area[0] + area[2]) / 2, (area[1] + area[3]) / 2]])
    longitude, latitude = taken(Reading(home), middle, CRS(geodetic.to_2d()))[0]
    systems = [home, CRS(geodetic.to_2d()), CRS(4326)]
    west, south, east, north = CHINA
    if west < longitude < east and south < latitude < north:
        near = round(longitude / 3)
        for prefixed in (False, True):
            systems += [
                gauss_kruger("CGCS2000", 3, zone, prefixed=prefixed)
                for zone in (near, near - 1, near + 1)
                if zone in _ZONES[3]
            ]
            wide = int(longitude // 6) + 1
            systems += [gauss_kruger("CGCS2000", 6, wide, prefixed=prefixed)] if wide in _ZONES[6] else []
    belts = {int((longitude + shift + 180) // 6) % 60 + 1 for shift in (-1.5, 1.5)}  # neighbours where they meet
    return [*systems, *(CRS((32600 if latitude >= 0 else 32700) + belt) for belt in sorted(belts)), CRS(3857)]


def _like_northings(values: NDArray[np.float64]) -> bool:
    return bool((values > 1_800_000).all() and (values < 6_000_000).all())  # noqa: PLR2004  from Hainan to the Amur


def _is_chinese(crs: CRS) -> bool:
    geodetic = crs.geodetic_crs
    names = ("China Geodetic", "CGCS2000", "CGCS_2000", "Xian", "Beijing")
    return geodetic is not None and any(name in geodetic.name or name in crs.name for name in names)


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(CRS(source), CRS(target), always_xy=True)


@lru_cache(maxsize=64)
def _is_ballpark(source: str, target: str) -> bool:
    ways = TransformerGroup(CRS(source), CRS(target), always_xy=True).transformers
    return not ways or "Ballpark" in ways[0].description
