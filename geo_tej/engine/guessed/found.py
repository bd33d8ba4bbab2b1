"""What lies in a folder: every layer and table, or why it cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_tej.engine.guessed.conventions import AREA_WORDS
from geo_tej.errors import GeoTejError, OutputError
from geo_tej.io.account import Ask
from geo_tej.io.archives import at_hand, empty_in, layers_in
from geo_tej.io.read import read_table
from geo_tej.io.reading import read_raw
from geo_tej.io.tabular import has_coordinates
from geo_tej.io.vector import layer_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from pyproj import CRS


@dataclass(frozen=True, kw_only=True)
class Found:
    """A layer or table in a folder: where, what it is, what it holds, or why it cannot be read."""

    path: Path
    sublayer: str | None
    kind: str
    frame: pd.DataFrame | None = None
    crs: CRS | None = None
    fault: str = ""

    @property
    def label(self) -> str:
        """Return what it is called: its sublayer, else its file."""
        return self.sublayer or self.path.stem

    @property
    def geometry(self) -> gpd.GeoSeries | None:
        """Return its geometries, None where it has none."""
        return getattr(self.frame, "geometry", None)


def projects_in(folder: Path) -> list[Path]:
    """Return the folders below a folder that hold a manifest or a rulebook, the uppermost: they are no data."""
    names = ("layers.toml", "rulebook.toml")
    held = {path.parent for path in folder.rglob("*.toml") if path.name in names} - {folder}
    return sorted(path for path in held if not held.intersection(path.parents))


def looked_through(folder: Path) -> list[Found]:
    """Read what lies in a folder and below it, but for other projects; what cannot be read says why.

    Raises
    ------
    OutputError
        If it is no folder.
    """
    if not folder.is_dir():
        message = f"{folder}: is no folder to look through"
        raise OutputError(message)
    found, projects = [], projects_in(folder)
    for path, kind in layers_in(folder, without=projects):
        if kind == "zip":
            found.append(_looked_at(path, None, _inside(path)))
            continue
        names: Sequence[str | None] = [None]
        if kind in ("geopackage", "filegdb"):
            try:
                names = layer_names(path)
            except GeoTejError as fault:
                found.append(Found(path=path, sublayer=None, kind=kind, fault=str(fault)))
                continue
        found += [_looked_at(path, name if len(names) > 1 else None, kind) for name in names]
    own = "left out with all that is in it: it holds a manifest or a rulebook, so it is a project of its own"
    found += [Found(path=path, sublayer=None, kind="folder", fault=own) for path in projects]
    empty = empty_in(folder, without=projects)
    return found + [Found(path=path, sublayer=None, kind="file", fault="it is empty") for path in empty]


def _looked_at(path: Path, sublayer: str | None, kind: str) -> Found:
    known = {"path": path, "sublayer": sublayer, "kind": kind}
    if kind == "raster":
        return Found(**known)  # type: ignore[arg-type]
    ask = Ask(sublayer=sublayer, language="zh", lines=True)
    try:
        if kind in ("csv", "xlsx", "dbf"):
            table, _ = read_table(path, sublayer=sublayer)
            if not has_coordinates(table):
                return Found(**known, frame=table)  # type: ignore[arg-type]
        raw = read_raw(path, ask)
    except GeoTejError as fault:
        return Found(**known, fault=str(fault))  # type: ignore[arg-type]
    return Found(**known, frame=raw.frame, crs=raw.crs)  # type: ignore[arg-type]


def _inside(path: Path) -> str:
    """Return the kind of what an archive holds; what it is if that cannot be told."""
    try:
        with at_hand(path, Ask(language="zh")) as (_, kind):
            return kind
    except GeoTejError:
        return "zip"


def columns_of(found: Found) -> list[str]:
    """Return the columns that are found, but for the geometry."""
    return [] if found.frame is None else [str(name) for name in found.frame.columns if name != "geometry"]


def is_area(found: Found) -> bool:
    """Tell whether a name says that a layer is the project's area."""
    return any(word in found.label.lower() for word in AREA_WORDS)
