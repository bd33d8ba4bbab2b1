"""Land eligibility without a rulebook: how much of an area exclusions and setbacks leave, by a cell rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import shapely

from geo_tej.crs import require_projected, require_same
from geo_tej.grid.cells import Grid, burn, clipped, codes, cover
from geo_tej.setback import quarter_segments

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Eligibility:
    """What exclusions leave of an area.

    `code` is by cell 0 where it is eligible, else the number of the first exclusion that bars it, from 1, and 255
    outside the area. `table` has a row an exclusion: `cells`, how many it bars by itself; `first_cells`, how many it
    bars that none before it did. `area_m2` and `eligible_m2` are by the cell rule, by true cover for the rule `cover`.
    """

    grid: Grid
    code: NDArray[np.uint8]
    table: pd.DataFrame
    area_m2: float
    eligible_m2: float

    @property
    def share(self) -> float:
        """The eligible share of the area, 0 to 1."""
        return self.eligible_m2 / self.area_m2 if self.area_m2 else 0.0


def eligibility(
    area: gpd.GeoSeries | gpd.GeoDataFrame,
    exclusions: Mapping[str, tuple[gpd.GeoSeries | gpd.GeoDataFrame, float]],
    *,
    cell_m: float,
    rule: Literal["centre", "touched", "cover"] = "centre",
    grid: Grid | None = None,
) -> Eligibility:
    """Say how much of an area is left when shapes, each with its setback, are taken out.

    `centre` and `touched` are the cell rules of GDAL that most tools use, so that their counts can be compared cell by
    cell; with `cover` areas are exact along every boundary, and `code` is by centre.

    Parameters
    ----------
    area
        Polygons in a projected CRS in metres.
    exclusions
        By name, in the order in which they bar: shapes in the same CRS, and their setback in m (0 for none), drawn
        with a chord error below a centimetre.
    cell_m
        The side of a cell; cells lie on whole multiples of it.
    grid
        Cells to use instead, where another tool's lie elsewhere.

    Raises
    ------
    CRSError
        If a CRS is missing, in degrees, or not the area's.

    Examples
    --------
    >>> import geopandas as gpd
    >>> field = gpd.GeoSeries([shapely.box(457400, 3268000, 457500, 3268100)], crs=4549)
    >>> road = gpd.GeoSeries([shapely.LineString([(457400, 3268050), (457500, 3268050)])], crs=4549)
    >>> eligibility(field, {"road": (road, 10)}, cell_m=10).share
    0.8
    >>> round(eligibility(field, {"road": (road, 12)}, cell_m=10, rule="cover").share, 6)
    0.76
    >>> eligibility(field, {}, cell_m=10).share
    1.0
    """
    require_projected(area.crs, what="the area", bounds=area.total_bounds)
    for name, (shapes, _) in exclusions.items():
        require_same(area.crs, shapes.crs, left_name="the area", right_name=f"exclusion {name}")
    whole = area.geometry.to_numpy()
    barred = [_grown(shapes.geometry.to_numpy(), setback_m) for shapes, setback_m in exclusions.values()]
    cells = grid or Grid.over(area.total_bounds, cell_m, area.crs)
    by: Literal["centre", "touched"] = "touched" if rule == "touched" else "centre"
    code = np.full(cells.shape, 255, np.uint8)
    own = np.zeros(len(barred), np.int64)
    total, left = 0.0, 0.0
    for row, column, part in cells.windows():
        inside = burn(whole, part, rule=by)
        first = codes(barred, part, rule=by)
        own += np.array([(burn(shapes, part, rule=by) & inside).sum() for shapes in barred], np.int64)
        rows, columns = part.shape
        code[row : row + rows, column : column + columns] = np.where(inside, first, np.uint8(255))
        if rule == "cover":
            free = clipped(whole, part)
            total += float(cover(free, part).sum(dtype=float)) * part.cell_m**2
            zones = [clipped(shapes, part) for shapes in barred]
            if zones and len(free):
                free = shapely.difference(shapely.union_all(free), shapely.union_all(np.concatenate(zones)))
                free = np.array([free], dtype=object)
            left += float(cover(free, part).sum(dtype=float)) * part.cell_m**2
    if rule != "cover":
        total, left = (float(count) * cells.cell_m**2 for count in ((code != 255).sum(), (code == 0).sum()))  # noqa: PLR2004
    counts = np.bincount(code.ravel(), minlength=256)
    table = pd.DataFrame(
        {"cells": own, "first_cells": counts[1 : len(barred) + 1]}, index=pd.Index(list(exclusions), name="exclusion")
    )
    return Eligibility(grid=cells, code=code, table=table, area_m2=total, eligible_m2=left)


def _grown(shapes: NDArray[np.object_], setback_m: float) -> NDArray[np.object_]:
    present = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    return np.asarray(
        shapely.buffer(present, setback_m, quad_segs=quarter_segments(setback_m)) if setback_m else present
    )
