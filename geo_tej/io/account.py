"""What a reader is asked, what it gives back, and how much it may take: frozen values for the rest of this floor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    from pyproj import CRS

    from geo_tej.accounts import Account, SetAside
    from geo_tej.i18n import Language

Axes = Literal["east-north", "north-east"]
GB = 1024**3


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much a file may take before it is refused.

    `ratio` is how many times its packed size a file in an archive may take, once it is larger than 64 MB.
    """

    unpacked_bytes: int = 4 * GB
    ratio: int = 100
    members: int = 10_000
    nested: int = 3
    text_bytes: int = 2 * GB
    attribute_bytes: int = 16 * 1024**2
    raster_cells: int = 1_000_000_000


LIMITS = Limits()


@dataclass(frozen=True, kw_only=True)
class Ask:
    """How a file is to be read: what the manifest declares, and whom to tell how far it is (rows read, rows in all).

    `lines` says whether what a drawing holds of open lines is wanted too.
    """

    sublayer: str | None = None
    encoding: str | None = None
    crs: CRS | None = None
    axes: Axes = "east-north"
    language: Language = "en"
    lines: bool = False
    limits: Limits = LIMITS
    tell: Callable[[int, int], None] = field(default=lambda _done, _of: None)


@dataclass(frozen=True, kw_only=True)
class Raw:
    """A file as it stands: every row, those that could not be read without geometry, and who says what of it.

    `crs` is the file's word, None where it has none; `crs_how` says whose word that is. `closed` are the positions of
    rows whose rings were closed.
    """

    frame: gpd.GeoDataFrame
    format: str
    crs: CRS | None = None
    crs_how: str = "the file's word"
    encoding: str = "utf-8"
    encoding_how: str = "as the format has it"
    remarks: tuple[str, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    closed: tuple[int, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    domains: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Read:
    """A layer's frame, and the account of how it came about; `fault` says why none of its rows has a place."""

    frame: gpd.GeoDataFrame
    account: Account
    fault: str | None = None
