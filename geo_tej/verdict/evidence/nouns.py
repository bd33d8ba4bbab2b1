"""What is known of a batch of parcels, what it meets, and the ledger of overlaps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.ground import Faces
from geo_tej.keeps import Keeps
from geo_tej.overlay import Overlaps, Pieces
from geo_tej.overlay.framed import Told, told_in_frames
from geo_tej.ragged import members

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from geo_tej.verdict.evidence.built import Built
    from geo_tej.verdict.key import Key
    from geo_tej.verdict.known import Known


@dataclass(frozen=True, kw_only=True, eq=False)
class Hits:
    """A row a parcel and key that meet: positions, area in m², share of the parcel, distance in m (NaN for zones)."""

    parcel: NDArray[np.intp]
    key: NDArray[np.intp]
    area_m2: NDArray[np.float64]
    share: NDArray[np.float64]
    distance_m: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence(Keeps):
    """What is known of a batch of parcels; `unsurveyed` and `states` are parcels x `layers`.

    `built` is where buildings stand on them. `recorded` is what the data tell of the facts that the question states
    otherwise.
    """

    ids: pd.Index
    area_m2: NDArray[np.float64]
    keys: tuple[Key, ...]
    hits: Hits
    faces: Faces
    built: Built
    known: Known
    recorded: Known
    layers: tuple[str, ...]
    states: NDArray[np.int8]
    unsurveyed: NDArray[np.bool_]

    @property
    def facts(self) -> pd.DataFrame:
        """What is known of each parcel as a frame."""
        return self.known.frame

    def only(self, parcel: int) -> Evidence:
        """Return the evidence of one parcel of the batch."""
        return self.at(np.array([parcel]))

    def at(self, parcels: NDArray[np.intp], faces: NDArray[np.intp] | None = None) -> Evidence:
        """Return the evidence of some parcels of the batch, in their order there, and of all or some of their faces."""
        if _all(parcels, len(self.ids)) and (faces is None or _all(faces, len(self.faces.parcel))):
            return self
        hit, of_hit = members(self.hits.parcel, parcels)
        if faces is None:
            faces, of_face = members(self.faces.parcel, parcels)
        else:
            of_face = np.searchsorted(parcels, self.faces.parcel[faces])
        held, of_held = members(self.faces.face, faces)
        return Evidence(
            ids=self.ids[parcels],
            area_m2=self.area_m2[parcels],
            keys=self.keys,
            hits=Hits(
                parcel=of_hit, key=self.hits.key[hit], area_m2=self.hits.area_m2[hit],
                share=self.hits.share[hit], distance_m=self.hits.distance_m[hit],
            ),
            faces=Faces(
                parcel=of_face, polygon=self.faces.polygon[faces], area_m2=self.faces.area_m2[faces],
                face=of_held, key=self.faces.key[held],
            ),
            built=self.built.at(parcels, faces),
            known=self.known.at(parcels),
            recorded=self.recorded.at(parcels),
            layers=self.layers,
            states=self.states[parcels],
            unsurveyed=self.unsurveyed[parcels],
        )  # fmt: skip


def _all(places: NDArray[np.intp], count: int) -> bool:
    """Tell whether places are all there are, in order."""
    return len(places) == count and bool((places == np.arange(count)).all())


@dataclass(frozen=True, kw_only=True, eq=False)
class Ledger:
    """The overlaps of a batch with zones, of which frames are made when they are asked for; `of` are its parcels."""

    of: pd.Index
    ids: pd.Index
    names: tuple[tuple[str, str], ...]
    pieces: Pieces
    told: Told

    @cached_property
    def frames(self) -> Overlaps:
        """What is kept and what thresholds drop."""
        frames = told_in_frames(self.ids, self.names, self.pieces, self.told)
        if self.of is self.ids:
            return frames
        return Overlaps(*(frame[frame["parcel_id"].isin(self.of)].reset_index(drop=True) for frame in frames))


@dataclass(frozen=True, kw_only=True, eq=False)
class Met:
    """What a batch of parcels meets: keys, pieces of ground sorted by parcel and key, distances, and the ledger."""

    keys: tuple[Key, ...]
    pieces: Pieces
    distance_m: NDArray[np.float64]
    ledger: Ledger
