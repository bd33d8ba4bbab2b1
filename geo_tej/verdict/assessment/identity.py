"""What the answers depend on, as one hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from geo_tej.model import SEMANTICS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import geopandas as gpd

    from geo_tej.model import Decision, Project


def identity(  # noqa: PLR0913  what the answers depend on
    project: Project,
    parcels: gpd.GeoDataFrame,
    day: date,
    facts: Mapping[str, object],
    decisions: tuple[Decision, ...],
    tolerance_m: Mapping[str, float],
) -> str:
    """Hash what the answers depend on: CRS, columns, geometry, rulebook, day, facts, and the semantics of answering.

    Sign-offs, decisions and tolerances are part of it where there are any.
    """
    digest = hashlib.sha256()
    head = project.once("identity", lambda: _identity_of(project)) | {
        "on": _written(day.isoformat()),
        "facts": _written({name: str(facts[name]) for name in facts}),
    }
    if decisions:
        head["decided"] = _written([astuple(each) for each in decisions])
    if tolerance_m:
        head["tolerance"] = _written(dict(sorted(tolerance_m.items())))
    parts = ", ".join(f'"{name}": {head[name]}' for name in sorted(head))
    digest.update(f"{{{parts}}}".encode())
    columns = [name for name in (*project.rulebook.facts, "registered_m2") if name in parcels.columns]
    digest.update(pd.DataFrame(parcels[columns]).astype(str).to_csv().encode())
    for shape in shapely.to_wkb(parcels.geometry.to_numpy()):
        digest.update(len(shape or b"").to_bytes(8, "little") + (shape or b""))
    return digest.hexdigest()[:16]


def _identity_of(project: Project) -> dict[str, str]:
    """Return the parts of an identity that are the same for all questions, each written out."""
    head: dict[str, Any] = {
        "semantics": SEMANTICS,
        "crs": project.crs.to_wkt(),
        "rulebook": project.rulebook.sha256,
        "scenario": project.scenario,
        "layers": {
            name: [
                layer.provenance.sha256, layer.fault is not None, sorted(layer.classes), str(layer.thresholds),
                layer.extent.wkb_hex if layer.extent is not None else None,
            ]
            for name, layer in sorted(project.layers.items())
            if layer.role in ("zones", "objects", "raster", "buildings", "area")
        },
    }  # fmt: skip
    signed = {rule.id: [astuple(each) for each in rule.signoffs] for rule in project.rulebook.rules if rule.signoffs}
    if signed:
        head["signed"] = signed
    return {name: _written(value) for name, value in head.items()}


def _written(value: Any) -> str:  # noqa: ANN401  what JSON holds
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
