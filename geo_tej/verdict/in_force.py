"""Which plan is in force on which ground: one that holds only inside zones of another layer, and those it replaces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.model import UNKNOWN, State
from geo_tej.overlay import Pieces
from geo_tej.rules import MAYBE, NO, YES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo_tej.ground import Faces
    from geo_tej.model import Place, Rulebook
    from geo_tej.verdict.key import Key


@dataclass(frozen=True, kw_only=True, eq=False)
class _Within:
    """A plan that speaks only where zones of a place lie.

    Told of every key: is it the plan's `own`, of a layer `yielding` to it, a zone of the place, surely or perhaps.
    """

    place: Place
    own: NDArray[np.bool_]
    yielding: NDArray[np.bool_]
    surely: NDArray[np.bool_]
    perhaps: NDArray[np.bool_]


def _plans_within(rulebook: Rulebook, keys: Sequence[Key]) -> dict[str, _Within]:
    """Return the plans that speak only within a place, by layer, found out once."""

    def found() -> dict[str, _Within]:
        layer = [key.layer if key.distance_m is None else "" for key in keys]
        return {
            name: _Within(
                place=law.within,
                own=np.array([each == name for each in layer], bool),
                yielding=np.array([bool(each) and name in rulebook.layers[each].yields_to for each in layer], bool),
                surely=lies_in(keys, law.within, YES),
                perhaps=lies_in(keys, law.within, MAYBE),
            )
            for name, law in rulebook.layers.items()
            if law.within is not None
        }

    return rulebook.once("within", found, of=keys)


def in_force(
    rulebook: Rulebook, keys: Sequence[Key], faces: Faces, pieces: Pieces, distance: NDArray[np.float64]
) -> tuple[Faces, Pieces, NDArray[np.float64]]:
    """Leave plans out of the ground on which they do not speak.

    A layer with `within` speaks only on ground where a zone of that place surely or perhaps lies; the layers that
    yield to it do not speak where one surely does. Where nobody knows, all are heard.
    """
    silent = np.zeros(len(faces.face), dtype=bool)
    for plan in _plans_within(rulebook, keys).values():
        silent |= plan.own[faces.key] & ~_on_faces(faces, plan.perhaps)[faces.face]
        silent |= plan.yielding[faces.key] & _on_faces(faces, plan.surely)[faces.face]
    if not silent.any():
        return faces, pieces, distance
    kept = replace(faces, face=faces.face[~silent], key=faces.key[~silent])
    area = np.zeros(len(pieces.parcel))
    width = len(keys)
    silenced = np.unique(faces.parcel[faces.face[silent]] * width + faces.key[silent])
    pair = faces.parcel[kept.face] * width + kept.key
    number, inverse = np.unique(pair, return_inverse=True)
    total = np.bincount(inverse, kept.area_m2[kept.face], minlength=len(number))
    wanted = pieces.parcel * width + pieces.key
    place = np.minimum(np.searchsorted(number, wanted), max(len(number) - 1, 0))
    found = number[place] == wanted if len(number) else np.zeros(len(wanted), dtype=bool)
    area[found] = total[place[found]]
    changed = np.isin(wanted, silenced)
    stays = ~changed | found
    area = np.where(changed, area, pieces.area_m2)
    heard = Pieces(parcel=pieces.parcel[stays], key=pieces.key[stays], area_m2=area[stays], ground=pieces.ground[stays])
    return kept, heard, distance[stays]


def only_there(  # noqa: PLR0913  states of layers, and what decides where a plan holds
    rulebook: Rulebook,
    keys: Sequence[Key],
    faces: Faces,
    layers: Sequence[str],
    states: NDArray[np.int8],
    unsurveyed: NDArray[np.bool_],
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Say that a plan which holds only inside zones of another layer is not missed where no such zone can lie."""
    states, unsurveyed = states.copy(), unsurveyed.copy()
    for name, plan in _plans_within(rulebook, keys).items():
        position = layers.index(name)
        concerned = unsurveyed[:, layers.index(plan.place.layer)].copy()
        concerned[faces.parcel[_on_faces(faces, plan.perhaps)]] = True
        states[~concerned & unsurveyed[:, position], position] = State.NOT_AFFECTED
        unsurveyed[~concerned, position] = False
    return states, unsurveyed


def lies_in(keys: Sequence[Key], place: Place, least: int) -> NDArray[np.bool_]:
    """Tell which keys are zones of a place, surely (YES) or at least perhaps (MAYBE)."""
    return np.array(
        [
            key.layer == place.layer and key.distance_m is None and _matches(place.where, key.attributes) >= least
            for key in keys
        ],
        dtype=bool,
    )


def lies(keys: Sequence[Key], faces: Faces, place: Place, least: int) -> NDArray[np.bool_]:
    """Tell on which faces a zone of a place lies, surely (YES) or at least perhaps (MAYBE)."""
    return _on_faces(faces, lies_in(keys, place, least))


def _on_faces(faces: Faces, zones: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell on which faces any of some zones, told by their keys, lies."""
    there = np.zeros(len(faces.parcel), dtype=bool)
    there[faces.face[zones[faces.key]]] = True
    return there


def _matches(where: Mapping[str, tuple[str, ...]], attributes: Mapping[str, str]) -> int:
    """Tell whether a zone has the attributes of a place.

    >>> where = {"detailed_plan": ("yes",)}
    >>> [_matches(where, {"detailed_plan": value}) for value in ("yes", "no", "unknown")] == [YES, NO, MAYBE]
    True
    """
    said = YES
    for name, wanted in where.items():
        value = attributes.get(name, UNKNOWN)
        if value not in wanted:
            if value != UNKNOWN:
                return NO
            said = MAYBE
    return said
