"""How a layer was read: whose word its CRS and its coding are, what was mended, and what was set aside with why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely import Geometry


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """A row that could not be used: which (counted from 1), what it is called, why, and what it held."""

    row: int
    reason: str
    name: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    geometry: str = ""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A row whose geometry was changed: which (counted from 1), why, by how many m², and where in the project's CRS.

    `doubt` is the ground that belongs to it in one reading of its outline and not in another, if there is any.
    """

    row: int
    reason: str
    change_m2: float
    name: str = ""
    place: tuple[float, float] | None = None
    doubt: Geometry | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """How a layer was read: what it is, whose word its CRS and its coding are, what was mended and set aside."""

    format: str
    rows: int
    crs: str = ""
    crs_how: str = ""
    encoding: str = ""
    encoding_how: str = ""
    repaired: tuple[Repair, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    remarks: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    domains: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
