"""The only judge of coordinate reference systems: fit for areas, the same as another, or refused."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError as ProjError

from geo_tej.errors import CRSError

if TYPE_CHECKING:
    from collections.abc import Sequence

FULL_CIRCLE_DEG = 360.0
AREAL_SCALE_TOLERANCE = 0.01
"""How far a computing CRS may stretch areas at the project's centre."""

_LIKELY_IN_CHINA = "CGCS2000 3-degree Gauss-Kruger, e.g. EPSG:4549 (central meridian 120 E) or EPSG:4548 (117 E)"
_AREAL_SCALE_HINT = "choose a national grid or the UTM zone of the place"


def parse(value: Any, *, what: str) -> CRS:  # noqa: ANN401  pyproj takes codes, WKT, dicts and its own values
    """Read a CRS from what pyproj understands.

    Raises
    ------
    CRSError
        If it is no CRS; `what` names the thing that carries it.

    >>> parse("EPSG:4549", what="the manifest").to_epsg()
    4549
    """
    try:
        return CRS.from_user_input(value)
    except ProjError as fault:
        message = f"{what}: {value!r} is no coordinate reference system (write it like EPSG:4549)"
        raise CRSError(message) from fault


def likely(bounds: Sequence[float]) -> str:  # noqa: PLR0911  one system after the other
    """Say which CRS coordinates of these bounds may be in: words for a message, never a decision.

    >>> likely([119.5, 29.5, 119.6, 29.6])
    'these look like degrees: EPSG:4490 (CGCS2000) or EPSG:4326 (WGS 84)'
    """
    west, south, east, north = (float(value) for value in bounds)
    if not np.isfinite([west, south, east, north]).all():
        return "there are no coordinates to judge by"
    if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:  # noqa: PLR2004  degrees on the globe
        return "these look like degrees: EPSG:4490 (CGCS2000) or EPSG:4326 (WGS 84)"
    if 25_000_000 < west < 46_000_000:  # noqa: PLR2004  a zone number before the easting
        zone = int(west // 1_000_000)
        return f"the eastings begin with zone {zone}: likely EPSG:{4488 + zone} (CGCS2000 3-degree zone {zone})"
    if 8_000_000 < west < 15_100_000 and 400_000 < south < 7_200_000:  # noqa: PLR2004  China in Web Mercator
        zone = int(west // 1_000_000)
        other = f", or zone {zone} of 6 degrees (EPSG:{4478 + zone})" if zone >= 13 else ""  # noqa: PLR2004
        return f"these look like Web Mercator (EPSG:3857){other}: declare it"
    if 15_100_000 < west < 24_000_000 and 1_800_000 < south < 6_000_000:  # noqa: PLR2004  the same, 6 degrees wide
        zone = int(west // 1_000_000)
        return f"the eastings begin with zone {zone}: likely EPSG:{4478 + zone} (CGCS2000 6-degree zone {zone})"
    if 25_000_000 < south < 46_000_000 and 1_800_000 < west < 6_000_000:  # noqa: PLR2004  north before east
        zone = int(south // 1_000_000)
        return f'north stands before east, in zone {zone}: likely EPSG:{4488 + zone} with axes = "north-east"'
    if 1_800_000 < west < 6_000_000 and 100_000 < south < 900_000:  # noqa: PLR2004
        return f'north seems to stand before east (axes = "north-east"): in China likely {_LIKELY_IN_CHINA}'
    if 100_000 < west < 900_000 and 1_800_000 < south < 6_000_000:  # noqa: PLR2004  metres on a national grid
        return f"these look like metres without a zone number: in China likely {_LIKELY_IN_CHINA}"
    return 'declare it, like crs = "EPSG:4549"'


def require_projected(crs: CRS | None, *, what: str, bounds: Sequence[float] | None = None) -> CRS:
    """Return a CRS that areas may be computed in, or say why this one will not do.

    Parameters
    ----------
    crs
        The CRS to judge.
    what
        The thing that carries it, for the message.
    bounds
        West, south, east, north in that CRS; at their centre the areal scale must be within 1 %.

    Raises
    ------
    CRSError
        If it is missing, in degrees, not in metres, or stretches areas by more than 1 % (Web Mercator does).
    """
    if crs is None:
        hint = likely(bounds) if bounds is not None else 'declare it, like crs = "EPSG:4549"'
        message = f"{what} has no coordinate reference system; {hint}"
        raise CRSError(message)
    if crs.is_geographic:
        message = f"{what} is in degrees ({named(crs)}), where areas have no meaning; reproject it to metres"
        raise CRSError(message)
    if not crs.is_projected or any(axis.unit_name not in ("metre", "meter") for axis in crs.axis_info[:2]):
        message = f"{what} is in {named(crs)}, which is not a projected system in metres; {_AREAL_SCALE_HINT}"
        raise CRSError(message)
    if bounds is not None and np.isfinite(np.asarray(bounds, dtype=float)).all():
        scale = areal_scale(crs, ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2))
        if not abs(scale - 1) <= AREAL_SCALE_TOLERANCE:
            message = (
                f"{what} is in {named(crs)}, whose areas are {scale:.2f} times the true ones at this place; "
                f"{_AREAL_SCALE_HINT}"
            )
            raise CRSError(message)
    return crs


def in_metres(crs: CRS) -> CRS:
    """Return the same projection in metres where a projected CRS is in feet; any other CRS as it is.

    >>> in_metres(CRS(2263)).axis_info[0].unit_name, in_metres(CRS(4549)) == CRS(4549)
    ('metre', True)
    """
    crs = crs.sub_crs_list[0] if crs.is_compound else crs
    if not crs.is_projected or all(axis.unit_conversion_factor == 1 for axis in crs.axis_info[:2]):
        return crs
    parts = crs.to_json_dict()
    for axis in parts["coordinate_system"]["axis"]:
        axis["unit"] = "metre"
    parts.pop("id", None)
    return CRS.from_json_dict(parts | {"name": f"{crs.name} in metres"})


def require_metres(bounds: Sequence[float], crs: CRS, *, what: str) -> None:
    """Refuse coordinates that can only be degrees though their CRS says metres.

    Raises
    ------
    CRSError
        If all of them lie between -360 and 360, where no projected country lies.
    """
    numbers = np.asarray(bounds, dtype=float)
    if crs.is_projected and len(numbers) and np.isfinite(numbers).all() and np.abs(numbers).max() <= FULL_CIRCLE_DEG:
        message = (
            f"{what} says {named(crs)}, but its coordinates ({numbers[0]:g}, {numbers[1]:g}) look like degrees; "
            'declare what they are, like crs = "EPSG:4490"'
        )
        raise CRSError(message)


def areal_scale(crs: CRS, point: tuple[float, float]) -> float:
    """Return the factor by which a projected CRS multiplies true areas at a point (easting, northing).

    >>> round(areal_scale(CRS(3857), (13_310_000, 3_441_000)), 2)
    1.32
    """
    longitude, latitude = to_degrees(crs).transform(*point)
    if not np.isfinite([longitude, latitude]).all():
        return float("nan")
    return float(_projection(crs).get_factors(longitude, latitude).areal_scale)


def true_north(crs: CRS, bounds: Sequence[float]) -> float:
    """Return by how many degrees true north lies clockwise of the grid's, in the middle of west, south, east, north.

    >>> round(true_north(CRS(5514), (-745_000, -1_042_000, -743_000, -1_040_000)), 1)  # Prague, in Krovak's grid
    7.8
    >>> true_north(CRS(3857), (13_300_000, 3_440_000, 13_320_000, 3_442_000))
    0.0
    """
    west, south, east, north = bounds
    x, y = (west + east) / 2, (south + north) / 2
    way = to_degrees(crs)
    longitude, latitude = way.transform(x, y)
    there = way.transform(longitude, latitude + (1e-4 if latitude < 0 else -1e-4), direction="INVERSE")
    step = np.subtract(there, (x, y)) * (1 if latitude < 0 else -1)
    return round(math.degrees(math.atan2(*step)), 3) + 0.0 if np.isfinite(step).all() else 0.0


def to_degrees(crs: CRS) -> Transformer:
    """Return the way from a CRS to the longitudes and latitudes of its own datum."""
    return _to_degrees(crs.srs)


@lru_cache(maxsize=8)
def _to_degrees(written: str) -> Transformer:
    """Return the way from a CRS, as it is written: the hash of a CRS is that of its WKT, made anew every time."""
    crs = CRS(written)
    return Transformer.from_crs(crs, geodetic(crs) or CRS(4326), always_xy=True)


def geodetic(crs: CRS) -> CRS | None:
    """Return the geodetic CRS of a CRS, None where it has none."""
    return _geodetic(crs.srs)


@lru_cache(maxsize=8)
def _geodetic(written: str) -> CRS | None:
    return CRS(written).geodetic_crs


@lru_cache(maxsize=8)
def _projection(crs: CRS) -> Proj:
    return Proj(crs)


def require_same(left: CRS | None, right: CRS | None, *, left_name: str, right_name: str) -> None:
    """Refuse to compute across two coordinate systems.

    Raises
    ------
    CRSError
        If they are not the same; the message names both.
    """
    if left is None or right is None or left != right:
        message = (
            f"{left_name} is in {named(left)}, {right_name} in {named(right)}; "
            "reproject one of them with to_crs() first"
        )
        raise CRSError(message)


def named(crs: CRS | None) -> str:
    """Name a CRS for a message, by its code where it has one."""
    if crs is None:
        return "no coordinate reference system"
    code = crs.to_epsg()
    return f"EPSG:{code} ({crs.name})" if code else crs.name
