"""Areas and widths: on the drawing, on the ellipsoid, as registered, and parts that close to their whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_tej.crs import geodetic, to_degrees
from geo_tej.errors import CRSError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyproj import CRS


HAIRLINE_M = 0.01
"""Free ground and gaps of a mean width below this are errors of drawing; no use fits on them. Barred ground counts."""

MOST_TOLERANCE_M = 1000.0
"""Boundaries that may be further off than this are no boundaries."""

CIRCLE_TOLERANCE_M = 0.05
"""How far the diameter of a widest circle may be from the true one."""


def ellipsoidal_area_m2(geometry: Any, crs: CRS) -> NDArray[np.float64]:  # noqa: ANN401  any array of geometries
    """Return the areas that polygons of a projected or geographic CRS have on its ellipsoid, in m².

    Vertices are taken to the authalic sphere (the sphere of the ellipsoid's area; Snyder, Map Projections:
    a Working Manual, USGS PP 1395, 1987, eq. 3-11 and 3-12), and each edge's strip down to the equator is
    summed as a spherical excess, so that edges are geodesics to within 1e-6 of the area at parcel size.
    Missing and empty geometries have the area 0.

    Raises
    ------
    CRSError
        If the CRS has no ellipsoid to compute on.

    >>> from pyproj import CRS
    >>> square = shapely.box(457400, 3268000, 457500, 3268100)
    >>> ellipsoidal_area_m2([square], CRS(4549)).round(4).tolist()
    [9999.5534]
    >>> ellipsoidal_area_m2([shapely.Polygon(), None], CRS(4549)).tolist()
    [0.0, 0.0]
    """
    datum = geodetic(crs)
    if datum is None or datum.ellipsoid is None:
        message = f"{crs.name} has no ellipsoid, so areas on the ground cannot be computed"
        raise CRSError(message)
    geometries = np.asarray(geometry, dtype=object)
    rings, owner_of_part = shapely.get_parts(geometries, return_index=True)
    rings, part_of_ring = shapely.get_rings(rings, return_index=True)
    areas = np.zeros(len(geometries))
    if not len(rings):
        return areas
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    longitude, latitude = (np.radians(axis) for axis in to_degrees(crs).transform(points[:, 0], points[:, 1]))
    authalic, radius = _authalic(latitude, datum.ellipsoid)
    same_ring = ring_of_point[1:] == ring_of_point[:-1]
    tangent = np.tan(authalic / 2)
    step = np.tan((longitude[1:] - longitude[:-1]) / 2)
    excess = 2 * np.arctan(step * (tangent[1:] + tangent[:-1]) / (1 + tangent[1:] * tangent[:-1]))
    ring_area = np.abs(np.bincount(ring_of_point[1:][same_ring], excess[same_ring], minlength=len(rings)))
    first_of_part = np.r_[True, part_of_ring[1:] != part_of_ring[:-1]]
    signed = np.where(first_of_part, ring_area, -ring_area) * radius**2
    np.add.at(areas, owner_of_part[part_of_ring], signed)
    return areas


def _authalic(latitude: NDArray[np.float64], ellipsoid: Any) -> tuple[NDArray[np.float64], float]:  # noqa: ANN401
    """Return authalic latitudes in radians and the authalic radius in metres."""
    flattening = 1 / ellipsoid.inverse_flattening if ellipsoid.inverse_flattening else 0.0
    eccentricity = np.sqrt(flattening * (2 - flattening))
    if eccentricity == 0:
        return latitude, float(ellipsoid.semi_major_metre)

    def q(sine: NDArray[np.float64]) -> NDArray[np.float64]:
        part = sine / (1 - (eccentricity * sine) ** 2) + np.arctanh(eccentricity * sine) / eccentricity
        return np.asarray((1 - eccentricity**2) * part)

    pole = q(np.array(1.0))
    return np.arcsin(np.clip(q(np.sin(latitude)) / pole, -1, 1)), float(ellipsoid.semi_major_metre * np.sqrt(pole / 2))


def mean_width_m(geometry: Any) -> NDArray[np.float64]:  # noqa: ANN401
    """Return the mean widths of polygons: twice the area over the perimeter, 0 for nothing.

    For a strip much longer than wide this is its width; a compact shape comes out at about half its side.

    >>> mean_width_m([shapely.box(0, 0, 200, 0.01), shapely.box(0, 0, 2, 2), shapely.Polygon(), None]).round(3).tolist()
    [0.01, 1.0, 0.0, 0.0]
    """
    geometries = np.asarray(geometry, dtype=object)
    perimeter, area = shapely.length(geometries), shapely.area(geometries)  # of what is missing no number is above 0
    return np.asarray(np.divide(2 * area, perimeter, out=np.zeros_like(area), where=perimeter > 0))


def is_wide(geometry: Any) -> NDArray[np.bool_]:  # noqa: ANN401
    """Tell which polygons are more than hairlines.

    Rounded coordinates leave corridors of nanometres hanging on ground that was cut out of another: where the mean
    width is small, it is taken again without what is narrower than a hairline throughout.

    >>> strip = shapely.box(0, 0, 200, 0.009)
    >>> hanging = shapely.union(shapely.box(0, 0, 0.5, 0.5), shapely.box(0, 0, 200, 1e-8))
    >>> is_wide([strip, hanging, shapely.box(0, 0, 200, 0.011), shapely.Polygon(), None]).tolist()
    [False, True, True, False, False]
    """
    geometries = np.asarray(geometry, dtype=object)
    wide = mean_width_m(geometries) >= HAIRLINE_M
    narrow = np.flatnonzero(~wide)
    narrow = narrow[shapely.area(geometries[narrow]) > HAIRLINE_M**2]
    if not len(narrow):
        return wide
    inner = shapely.buffer(geometries[narrow], -HAIRLINE_M / 2, join_style="mitre")
    wide[narrow] = mean_width_m(shapely.buffer(inner, HAIRLINE_M / 2, join_style="mitre")) >= HAIRLINE_M
    # GEOS may leave nothing of a ring that it takes to be turned inside out: a circle that fits proves otherwise
    still = narrow[~wide[narrow]]
    gap = shapely.distance(shapely.point_on_surface(geometries[still]), shapely.boundary(geometries[still]))
    wide[still] = 2 * gap >= HAIRLINE_M
    return wide


def widest_circle_m(geometry: Any, *, tolerance_m: float = CIRCLE_TOLERANCE_M) -> NDArray[np.float64]:  # noqa: ANN401
    """Return the diameters of the largest circles that fit in polygons, within 5 cm unless otherwise told.

    A piece of ground is as wide as the largest circle in it: a corridor is not widened by being long.

    >>> widest_circle_m([shapely.box(0, 0, 200, 10), shapely.Polygon()]).round(1).tolist()
    [10.0, 0.0]
    """
    geometries = np.asarray(geometry, dtype=object)
    widths = np.zeros(len(geometries))
    real = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    if real.any():
        circles = shapely.maximum_inscribed_circle(geometries[real], tolerance=tolerance_m / 2)
        widths[real] = 2 * shapely.length(circles)
    return widths


def registered_m2(area_m2: float, *, drawn_m2: float, registered_m2: float) -> float:
    """Scale a drawn area to the registered convention: times registered over drawn, to whole m², halves up.

    >>> registered_m2(500, drawn_m2=1000, registered_m2=1010)
    505.0
    """
    return math.floor(area_m2 * registered_m2 / drawn_m2 + 0.5) * 1.0 if drawn_m2 > 0 else 0.0


def closed(parts: Sequence[float], *, decimals: int = 2, total: float | None = None) -> list[float]:
    """Round parts so that they add up to their rounded total (largest remainder, Hamilton's method).

    >>> closed([23.1575, 36.0756, 40.7669])
    [23.16, 36.07, 40.77]
    >>> closed([])
    []
    """
    if not len(parts):
        return []
    unit = 10**decimals
    exact = np.asarray(parts, dtype=float) * unit
    whole = np.floor(exact)
    target = round((sum(parts) if total is None else total) * unit)
    missing = int(target - whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: max(missing, 0)]] += 1
    return [float(value) / unit for value in whole]
