"""What the manifest says of a layer's role and columns, held against the rulebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.codes import scheme_of_column
from geo_tej.io.manifest import COLUMNS, LayerEntry

if TYPE_CHECKING:
    from geo_tej.model import Rulebook

NUMBERS = ("registered_m2", "floor_area_m2", "half_width_m", "line_commissioned")
"""Columns whose cells are numbers; all others are texts."""


def faults_of_mapping(entry: LayerEntry, rulebook: Rulebook) -> list[str]:
    """Find keys of a column mapping that mean nothing, and codes that would come without their scheme."""
    place = f"layer {entry.id}"
    law = rulebook.layers.get(entry.id)
    faults = _faults_of_role(entry, rulebook)
    given = (*entry.columns, *entry.constants)
    known = set(COLUMNS[entry.role])
    if entry.role in ("zones", "objects") and law is not None:
        known |= set(law.attributes)
        if "scheme" in law.attributes and "scheme" not in given and not _tells(entry.columns.get("code"), rulebook):
            faults.append(
                f"{place}: a code means nothing without its scheme; "
                "name the column (columns.scheme) or the scheme itself (constants.scheme)"
            )
    if entry.role in ("parcels", "enterprises", "occupancy"):
        known |= set(rulebook.facts)
    if entry.role == "parcels":
        coded = entry.columns.get("land_use_code")
        if coded is not None and "land_use_scheme" not in given and not _tells(coded, rulebook):
            faults.append(
                f"{place}: land_use_code means nothing without its scheme; "
                "name the column (columns.land_use_scheme) or the scheme itself (constants.land_use_scheme)"
            )
    for name, value in entry.constants.items():
        if name in entry.columns:
            faults.append(f"{place}: {name!r} is given both as a column and as a constant; keep one")
        if name in NUMBERS and not isinstance(value, float):
            faults.append(f"{place}: constants.{name} must be a number, not {value!r}")
    if entry.role in ("zones", "objects") and law is None:
        return faults
    return faults + [
        f"{place}: {name!r} is no column of the role {entry.role}; known: {', '.join(sorted(known))}"
        for name in given
        if name not in known
    ]


def _tells(column: str | None, rulebook: Rulebook) -> bool:
    """Say whether the name of a column of codes tells their scheme; codes are held against it when they are read."""
    return column is not None and scheme_of_column(rulebook.codes, column) is not None


def _faults_of_role(entry: LayerEntry, rulebook: Rulebook) -> list[str]:
    """Refuse a role in which the rulebook's rules on the layer would not be heard, and thresholds that hide it."""
    law = rulebook.layers.get(entry.id)
    if law is None:
        message = f"layer {entry.id}: `names` are words for classes of a layer of the rulebook, and this is none"
        return [message] * bool(entry.names)
    faults = []
    measured = any(measure.layer == entry.id for measure in rulebook.measures.values())
    drawn = any(rule.layer == entry.id and rule.kind in ("zone", "matrix", "setback") for rule in rulebook.rules)
    roles = ("raster",) * measured + ("zones", "objects") * (drawn or not measured)
    if entry.role not in roles:
        wanted = " or ".join(roles)
        faults.append(f"layer {entry.id}: the rulebook speaks of it, so its role must be {wanted}, not {entry.role}")
    if law.heads_extract and any(dict(entry.thresholds).values()):
        faults.append(f"layer {entry.id}: every overlap with it is told, whatever its size; it can have no thresholds")
    return faults
