"""One record by fiona, where pyogrio refuses it. The only file that knows fiona, which newer Pythons do not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry import shape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def by_fiona(path: Path, layer: str, fid: int, fields: Sequence[str]) -> tuple[list[Any], bytes | None] | None:
    """Return a record's attributes and WKB; None where fiona is not there, or refuses it too."""
    try:
        import fiona  # noqa: PLC0415  there may be none
        from fiona.errors import FionaError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        with fiona.open(path, layer=layer) as source:
            record = source.get(fid)
            if record is None:
                return None
            geometry = shapely.to_wkb(shape(record.geometry)) if record.geometry is not None else None
            return [record.properties.get(name) for name in fields], geometry
    except (FionaError, OSError, ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError):
        return None
