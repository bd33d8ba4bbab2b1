"""Why a verdict is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo_tej.model import Rulebook


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a verdict is open.

    `kind` is layer, attribute, fact, unverified, officer, unlisted, base, geometry, size or standing.
    """

    kind: str
    layer: str | None = None
    name: str | None = None

    @property
    def rank(self) -> tuple[str, str, str]:
        """What causes are sorted by."""
        return self.kind, self.layer or "", self.name or ""


SIZE = Cause(kind="size")
"""The parcel is smaller than the least area or width of the use, which is a parameter and no law."""

WHERE, NO_BUILDING, IN_PART = "where", "none", "part"
"""The names of causes of the kind standing: where a building stands that is to be kept."""


def missing(rulebook: Rulebook, fact: str) -> Cause:
    """Return the cause that a fact is, or that the raster is of which it is a measure."""
    if fact in rulebook.measures:
        return Cause(kind="layer", layer=rulebook.measures[fact].layer)
    return Cause(kind="fact", name=fact)
