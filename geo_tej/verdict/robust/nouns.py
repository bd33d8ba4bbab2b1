"""What is known of how robust verdicts are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_tej.model import Project
    from geo_tej.verdict.key import Key

MOVES = ("zones", "objects")
"""Roles of layers that have boundaries to move."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Robustness:
    """By how much boundaries must move before a verdict may change.

    Arrays are parcels x questions, in the order of `Assessment.parcels` and of uses x pathways.

    Attributes
    ----------
    distance_m
        The least movement, in m, that may change the verdict: its span or its approval level. Infinite where none
        within the tolerances does, NaN where the parcel has no ground. Where it is not sure, the smaller distance.
    boundary
        Whose boundary that is, as a place in `keys`: `len(keys)` is the edge of the plans in force, -1 is none.
    keys
        What parcels can meet: the classes of zones, and distances to objects.
    tolerance_m
        By how much boundaries may move, in m, by layer; `default_m` is what was asked for layers without their own.
    fixed
        Layers of the law that were not moved: rasters, and those with a tolerance of 0.

    Parcels, survey extents and rasters stay where they are.
    """

    default_m: float | None
    tolerance_m: Mapping[str, float]
    fixed: tuple[str, ...]
    keys: tuple[Key, ...]
    distance_m: NDArray[np.float32]
    boundary: NDArray[np.int32]

    def __repr__(self) -> str:
        """Say how many verdicts are stable, and within which distance."""
        return f"<Robustness within {self.searched_m:g} m: {int(self.stable.sum()):,} of {self.stable.size:,} stable>"

    @property
    def stable(self) -> NDArray[np.bool_]:
        """Whether a verdict surely stays as it is, parcels x questions."""
        return np.isinf(self.distance_m)

    @property
    def searched_m(self) -> float:
        """The largest of the tolerances: beyond it nothing is known."""
        return max(self.tolerance_m.values(), default=0.0)

    @property
    def of_parcels(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """The distance to the boundary that first changes one of a parcel's verdicts, and which one it is."""
        everyone = np.arange(len(self.distance_m))
        first = np.argmin(self.distance_m, axis=1)
        return self.distance_m[everyone, first], self.boundary[everyone, first]

    def at(self, parcels: NDArray[np.intp]) -> Robustness:
        """Return what is known of some of the parcels."""
        return replace(self, distance_m=self.distance_m[parcels], boundary=self.boundary[parcels])


def tolerances(project: Project, default_m: float | None) -> dict[str, float]:
    """Return by how much each layer's boundaries may move, by layer; those that do not move are left out.

    A layer's own tolerance goes before the default, which is the project's unless given; a default of 0 asks nothing.
    """
    default = project.tolerance_m if default_m is None else default_m
    if default == 0:
        return {}
    told = {
        name: project.layers[name].tolerance_m if project.layers[name].tolerance_m is not None else default
        for name in project.rulebook.layers
        if name in project.layers and project.layers[name].role in MOVES and project.layers[name].frame is not None
    }
    return {name: float(each) for name, each in told.items() if each}
