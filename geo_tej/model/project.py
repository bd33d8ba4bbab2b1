"""A town as it was read: where its layers come from, the layers, the project."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from geo_tej.keeps import Keeps
from geo_tej.model.transition import TransitionData
from geo_tej.shown import LayerShown, ProjectShown, RasterShown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from affine import Affine
    from pyproj import CRS
    from shapely import Geometry

    from geo_tej.accounts import Account
    from geo_tej.i18n import Text
    from geo_tej.model.law import Decision, Role
    from geo_tej.model.rulebook import Rulebook


@dataclass(frozen=True, kw_only=True)
class Provenance(Keeps):
    """Where a layer comes from; `digest` hashes what it holds, and gives nothing where it could not be read."""

    path: Path
    sublayer: str | None = None
    source: Text | None = None
    licence: str = ""
    date: dt.date | None = None
    digest: Callable[[], str] = field(default=str, compare=False)

    @property
    def sha256(self) -> str:
        """The hash of what the layer holds, worked out when it is asked for."""
        return self.once("sha256", self.digest)


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What an overlap must reach to count: area in m², share 0..1, mean width in m."""

    area_m2: float = 0.0
    share: float = 0.0
    width_m: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Raster(RasterShown, Keeps):
    """Cells with their place: float64 values (rows, columns), NaN where there are none."""

    values: np.ndarray
    transform: Affine
    crs: CRS


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Layer(LayerShown, Keeps):
    """A layer of the manifest as read: its frame or raster, or the fault that kept it from being read.

    A layer of which a part was lost has both: what is left is heard, and elsewhere nobody knows. `odd` are the values
    of an attribute that the rulebook does not list, by attribute, as the data say them: they are heard as unknown.
    """

    id: str
    role: Role
    title: Text
    provenance: Provenance
    frame: gpd.GeoDataFrame | None = None
    table: pd.DataFrame | None = None
    raster: Raster | None = None
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    odd: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extent: Geometry | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    fault: str | None = None
    remarks: tuple[str, ...] = ()
    style: str = ""
    show: bool = False
    rows_read: int = 0
    repaired: int = 0
    set_aside: int = 0
    account: Account | None = None
    tiles: bool | None = None
    tolerance_m: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Project(ProjectShown, Keeps):
    """A manifest as read: the rulebook as signed off, the layers or their faults, the parcels, what was decided."""

    title: Text
    manifest: Path
    crs: CRS
    on: dt.date
    language: Literal["zh", "en"]
    notice: Text | None
    scenario: str | None
    scenario_title: Text | None
    rulebook: Rulebook
    layers: Mapping[str, Layer]
    parcels: gpd.GeoDataFrame
    enterprises: pd.DataFrame
    occupancy: pd.DataFrame
    area: Geometry | None
    decisions: tuple[Decision, ...] = ()
    publish: frozenset[str] | None = None
    precision_m: float = 0.05
    tolerance_m: float | None = None
    review_number: str = ""
    transition: TransitionData = field(default_factory=TransitionData)

    @cached_property
    def faults(self) -> dict[str, str]:
        """The control layers that could not be read, each with why."""
        return {layer.id: layer.fault for layer in self.layers.values() if layer.fault is not None}
