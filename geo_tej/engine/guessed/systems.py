"""The CRS to compute in, and what is known of a layer's own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import CRS, Transformer

from geo_tej import placing
from geo_tej.crs import named, require_projected
from geo_tej.engine.guessed.found import Found, is_area
from geo_tej.engine.guessed.toml import toml_text
from geo_tej.errors import CRSError
from geo_tej.offset import CHINA

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Home:
    """The CRS to compute in, and west, south, east, north of the project's ground in it, where that is known."""

    crs: str
    ground: tuple[float, float, float, float] | None


def computing_crs(found: Iterable[Found]) -> tuple[str, str]:
    """Return the CRS to compute in, and why: the commonest that is fit, else a zone of the place."""
    fit: Counter[str] = Counter()
    places = []
    for each in found:
        if each.crs is None or each.geometry is None or not len(each.geometry):
            continue
        bounds = each.geometry.total_bounds
        code: int | None = each.crs.to_epsg()
        try:
            require_projected(each.crs, what=each.label, bounds=bounds)
        except CRSError:
            code = None
        if code is not None:
            fit[f"EPSG:{code}"] += 1
        if np.isfinite(bounds).all() and each.crs.geodetic_crs is not None:
            to_degrees = Transformer.from_crs(each.crs, each.crs.geodetic_crs, always_xy=True)
            places.append(to_degrees.transform((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2))
    if fit:
        commonest, count = fit.most_common(1)[0]
        return commonest, f"{count} of the layers are in it"
    if not places:
        return "EPSG:4549", "nothing says where the layers lie: correct it"
    longitude, latitude = np.median(np.array(places), axis=0)
    west, south, east, north = CHINA
    if west < longitude < east and south < latitude < north:
        crs = placing.gauss_kruger("CGCS2000", 3, round(longitude / 3), prefixed=False)
        return (
            f"EPSG:{crs.to_epsg()}",
            f"the layers are in degrees near {longitude:.2f}, {latitude:.2f}: their 3-degree zone",
        )
    zone = int((longitude + 180) // 6) + 1
    belt = (32600 if latitude >= 0 else 32700) + zone
    return f"EPSG:{belt}", f"the layers lie near {longitude:.2f}, {latitude:.2f}: the UTM zone of the place"


def ground_of(found: Iterable[Found], to: CRS) -> tuple[float, float, float, float] | None:
    """Return the bounds of the layer that is the project's area by its name, in a CRS."""
    for each in found:
        if each.geometry is not None and each.crs is not None and len(each.geometry) == 1 and is_area(each):
            west, south, east, north = each.geometry.set_crs(each.crs, allow_override=True).to_crs(to).total_bounds
            return west, south, east, north
    return None


def crs_told(found: Found, home: Home) -> tuple[str, ...]:
    """Say what is known of a layer's CRS, where it is not the one of computing."""
    crs = home.crs
    if found.crs is not None:
        code = found.crs.to_epsg()
        return () if f"EPSG:{code}" == crs else (f"the file says {named(found.crs)}; it is taken to {crs}",)
    if found.geometry is None or not len(found.geometry):
        return ()
    bounds = shapely.bounds(found.geometry.to_numpy())
    points = np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])
    points = points[np.isfinite(points).all(axis=1)]
    inferred = placing.inferred(points, CRS(crs), home.ground)
    if inferred is not None:
        return (f"it has no CRS: {inferred[1]}, so {named(inferred[0].crs)}",)
    if home.ground is not None:
        return (str(placing.refusal(None, points, CRS(crs), home.ground, what="it")),)
    return (f"it has no CRS, and nothing in its numbers says which: declare it, like crs = {toml_text(crs)}",)
