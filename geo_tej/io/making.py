"""A project put together from frames in memory, judged as strictly as one that a manifest names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard

import geopandas as gpd
import pandas as pd
from shapely import Geometry

from geo_tej.errors import FrameError, ManifestError, choices, gather
from geo_tej.facts import strictly
from geo_tej.frames import check_parcels
from geo_tej.i18n import Text
from geo_tej.io.framing import framed
from geo_tej.io.manifest import COLUMNS, LayerEntry, Manifest
from geo_tej.io.project import put_together
from geo_tej.model import Raster, Rulebook
from geo_tej.rulebook import read_rulebook
from geo_tej.verdict.question import day_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from geo_tej.i18n import Language
    from geo_tej.model import Project

Surveyed: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries | Geometry
Role = Literal["area", "parcels", "enterprises", "occupancy", "buildings", "zones", "objects", "raster"]

_EXTENT = "extent"


def make_project(  # noqa: PLR0913  a town has these parts
    rulebook: Rulebook | str | Path,
    *,
    on: date | str,
    parcels: gpd.GeoDataFrame,
    zones: Mapping[str, gpd.GeoDataFrame] | None = None,
    objects: Mapping[str, gpd.GeoDataFrame] | None = None,
    rasters: Mapping[str, Raster] | None = None,
    buildings: gpd.GeoDataFrame | None = None,
    enterprises: pd.DataFrame | None = None,
    occupancy: pd.DataFrame | None = None,
    extent: Surveyed | Mapping[str, Surveyed] | None = None,
    title: str = "",
    language: Language = "en",
) -> Project:
    """Put a project together from frames, as `read_project` does from the files of a manifest.

    Columns have the names that a manifest maps to: `parcel_id`, `land_use_code` with `land_use_scheme`,
    `registered_m2` and the rulebook's facts for parcels, the attributes of the rulebook's layer for zones and objects,
    `half_width_m` for centrelines. The frames given are not changed.

    Parameters
    ----------
    rulebook
        As `read_rulebook` returns it, or what it takes: the name of a bundled one, a folder, a workbook.
    on
        The day whose law applies.
    parcels
        Polygons with the index or column `parcel_id`, in the projected CRS in metres in which all is computed.
    zones, objects
        The control layers, by the rulebook's id of each: areas of a class, and what the law measures distances from.
        Another CRS is taken to that of the parcels.
    rasters
        Rasters by the rulebook's id of each, in the CRS of the parcels.
    buildings
        Polygons with `floor_area_m2`.
    enterprises, occupancy
        Firms by `enterprise_id`, and which parcels each sits on.
    extent
        The ground over which the layers were surveyed, for all or by layer. Without it a layer says nothing where it
        has no rows: nobody knows whether somebody has looked.
    title, language
        What the project is called, and the language of what is made of it.

    Raises
    ------
    FrameError, CRSError, ManifestError
        If a frame is unfit, is no layer of the rulebook, lacks its columns, or lies elsewhere.
    RulebookError, QuestionError
        If the rulebook cannot be followed, or `on` is no day.

    Examples
    --------
    >>> import shapely
    >>> plot = gpd.GeoDataFrame(
    ...     {"parcel_id": ["A"]}, geometry=[shapely.box(457400, 3268000, 457500, 3268100)], crs=4549
    ... )
    >>> plan = gpd.GeoDataFrame({"class": ["commercial"]}, geometry=plot.buffer(500), crs=4549)
    >>> make_project("starter", on="2026-06-30", parcels=plot, zones={"zoning": plan}, extent=plan, title="Plot A")
    <Project 'Plot A' on 2026-06-30: 1 parcel, rulebook starter, layers extent, parcels, zoning>

    No zones at all: nobody knows what the plan says.

    >>> make_project("starter", on="2026-06-30", parcels=plot)
    <Project '' on 2026-06-30: 1 parcel, rulebook starter, layers parcels>
    """
    law = rulebook if isinstance(rulebook, Rulebook) else read_rulebook(rulebook)
    plots = strictly(check_parcels(parcels), law, what="parcels")
    surveyed = dict(_extents(extent, plots))
    frames: list[tuple[str, Role, pd.DataFrame | Raster | None]] = [
        *((name, "area", ground) for name, ground in surveyed.items()),
        ("parcels", "parcels", plots),
        *((name, "zones", frame) for name, frame in (zones or {}).items()),
        *((name, "objects", frame) for name, frame in (objects or {}).items()),
        *((name, "raster", raster) for name, raster in (rasters or {}).items()),
        ("buildings", "buildings", buildings),
        ("enterprises", "enterprises", enterprises),
        ("occupancy", "occupancy", occupancy),
    ]
    given = [(name, role, value) for name, role, value in frames if value is not None]
    faults = [fault for name, role, value in given for fault in _faults(name, role, value, law)]
    ids = [name for name, _, _ in given]
    faults += [f"{name}: stands for more than one layer" for name in dict.fromkeys(ids) if ids.count(name) > 1]
    faults += [
        f"extent: {name[len(_EXTENT) + 1 :]!r} is none of the layers given"
        for name in surveyed
        if name != _EXTENT and name[len(_EXTENT) + 1 :] not in ids
    ]
    if faults:
        raise FrameError(gather(faults))
    at_hand = {name: value if isinstance(value, Raster) else _plain(value) for name, _, value in given}
    layers = tuple(_entry(name, role, at_hand[name], law, surveyed) for name, role, _ in given)
    manifest = Manifest(
        title=Text(title, title), crs=plots.crs.to_wkt(), on=day_of(on), rulebook=law.id, language=language,
        area=_EXTENT if _EXTENT in surveyed else None, layer=layers,
    )  # fmt: skip
    return put_together(manifest, Path("frames"), law=law, given=at_hand)


def _extents(
    extent: Surveyed | Mapping[str, Surveyed] | None, parcels: gpd.GeoDataFrame
) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Give the grounds that were surveyed, each as a layer of its own: for all layers, or one each."""
    if extent is None:
        return
    if _is_ground(extent):
        yield _EXTENT, _ground(extent, parcels)
        return
    for name, ground in extent.items():
        yield f"{_EXTENT}-{name}", _ground(ground, parcels)


def _is_ground(extent: Surveyed | Mapping[str, Surveyed]) -> TypeGuard[Surveyed]:
    return isinstance(extent, (gpd.GeoDataFrame, gpd.GeoSeries, Geometry))


def _ground(extent: Surveyed, parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if isinstance(extent, Geometry):
        return gpd.GeoDataFrame(geometry=[extent], crs=parcels.crs)
    return gpd.GeoDataFrame(geometry=extent.geometry.to_numpy(), crs=extent.crs)


def _faults(name: str, role: Role, value: object, law: Rulebook) -> list[str]:
    """Say what is wrong with a layer before any of its rows is looked at."""
    wanted = {"raster": Raster, "enterprises": pd.DataFrame, "occupancy": pd.DataFrame}.get(role, gpd.GeoDataFrame)
    if not isinstance(value, wanted):
        return [f"{name}: a {wanted.__name__} is needed, not a {type(value).__name__}"]
    if role not in ("zones", "objects", "raster"):
        return []
    if name not in law.layers:
        return [f"{name}: the rulebook {law.id} has no such layer; {choices(name, list(law.layers))}"]
    attributes = list(law.layers[name].attributes)
    if isinstance(value, pd.DataFrame) and attributes and not set(attributes) & set(map(str, value.columns)):
        there = ", ".join(map(str, value.columns))
        return [f"{name}: has none of the columns {', '.join(attributes)} that the rulebook asks for, but {there}"]
    return []


def _plain(frame: pd.DataFrame | Raster | None) -> pd.DataFrame:
    """Return a frame as a file would hold it: a named index as a column, cells as objects, the geometry last."""
    assert isinstance(frame, pd.DataFrame)  # noqa: S101  narrows the type; _faults() has looked
    kept = frame.reset_index() if frame.index.name is not None else frame.reset_index(drop=True)
    if not isinstance(kept, gpd.GeoDataFrame):
        return pd.DataFrame(kept.astype(object).rename(columns=str))
    attributes = pd.DataFrame(kept.drop(columns=kept.geometry.name)).astype(object).rename(columns=str)
    plain: pd.DataFrame = framed(attributes, kept.geometry.to_numpy(), kept.crs)
    return plain


def _entry(
    name: str, role: Role, frame: pd.DataFrame | Raster, law: Rulebook, surveyed: Mapping[str, gpd.GeoDataFrame]
) -> LayerEntry:
    """Write what a manifest would say of a frame."""
    known = [*COLUMNS[role]]
    if role in ("zones", "objects"):
        known += law.layers[name].attributes
    if role in ("parcels", "enterprises", "occupancy"):
        known += law.facts
    columns = {} if isinstance(frame, Raster) else {each: each for each in known if each in frame.columns}
    extent = next((each for each in (f"{_EXTENT}-{name}", _EXTENT) if each in surveyed), None)
    title = law.layers[name].title if name in law.layers else Text(name, name)
    try:
        return LayerEntry(
            id=name, role=role, title=title, path="frame", columns=columns,
            extent=None if role == "area" else extent,
        )  # fmt: skip
    except ValueError as fault:
        message = f"{name!r}: a layer's id has letters, digits, _ and - only"
        raise ManifestError(message) from fault
