"""What a parcel can meet: zones of a class, or the nearness of objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Key:
    """What a parcel can meet: a class of zone of a layer, or coming within a distance of a class of objects."""

    layer: str
    zone_class: str
    attributes: Mapping[str, str]
    distance_m: float | None = None

    @property
    def label(self) -> str:
        """The zone class as the ledger names it."""
        return self.zone_class if self.distance_m is None else f"{self.zone_class} < {self.distance_m:g} m"
