"""Geometries from their bytes, whatever their state: open rings are closed, curves drawn as chords, and all told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from geo_tej.errors import LayerError
from geo_tej.io.arrow import PARQUET

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from geo_tej.io.arrow import Source

CURVES = "has curves; write it anew with chords, like ogr2ogr -nlt CONVERT_TO_LINEAR NEW OLD"


def drawn(wkb: NDArray[np.object_], names: Sequence[object], source: Source) -> tuple[NDArray[np.object_], list[str]]:
    """Return flat geometries, and a line for each that had to be helped or could not be.

    Raises
    ------
    LayerError
        If there are curves in a file that GDAL is not asked to read.
    """
    geometry, curved, told = helped(wkb, names)
    if curved:
        if source.path.suffix.lower() in PARQUET:
            message = f"{source.path}: {CURVES}"
            raise LayerError(message)
        from geo_tej.io.vector import chord_words, chords  # noqa: PLC0415  next to no file has curves

        geometry = shapely.force_2d(chords(source.path, source.sublayer or "", geometry, curved, None, source.crs))
        told.append(str(chord_words(len(curved))))
    return geometry, told


def helped(wkb: NDArray[np.object_], names: Sequence[object]) -> tuple[NDArray[np.object_], list[int], list[str]]:
    """Return flat geometries of WKB, the positions of curves (None there), and a line for each that was helped.

    >>> import numpy as np
    >>> helped(np.array([shapely.to_wkb(shapely.Point(0, 0)), None, b"no WKB"]), ["a", "b", "c"])[2]
    ['c: left out, it cannot be read (ParseException: Unknown WKB type 303)']
    """
    try:
        flat: NDArray[np.object_] = shapely.force_2d(shapely.from_wkb(wkb))
    except (shapely.errors.GEOSException, NotImplementedError, ValueError, TypeError):
        from geo_tej.io.vector import shapes_of  # noqa: PLC0415  wakes pandas, and next to no file needs it

        made, closed, curved, lost = shapes_of(wkb)
        told = [f"{names[row]}: repaired (its ring was not closed)" for row in closed]
        told += [f"{names[each.row - 1]}: left out, it cannot be read ({each.reason})" for each in lost]
        return shapely.force_2d(made), curved, told
    return flat, [], []
