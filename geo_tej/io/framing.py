"""Attributes and geometries put together, so that no attribute is lost to its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS


def framed(attributes: pd.DataFrame, geometry: NDArray[np.object_], crs: CRS | None) -> gpd.GeoDataFrame:
    """Return attributes with the column `geometry`; an attribute of that name becomes `geometry_`.

    >>> import numpy as np, pandas as pd, shapely
    >>> framed(pd.DataFrame({"geometry": ["x"]}), np.array([shapely.Point(0, 0)]), None).columns.tolist()
    ['geometry_', 'geometry']
    """
    name = "geometry"
    while name in attributes.columns:
        name += "_"
    renamed = attributes.rename(columns={"geometry": name}) if name != "geometry" else attributes
    return gpd.GeoDataFrame(renamed, geometry=geometry, crs=crs)
