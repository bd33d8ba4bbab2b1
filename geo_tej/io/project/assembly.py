"""Put a project together from its manifest: the rulebook, every layer or its fault, the parcels, the firms."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej import crs as crs_judge
from geo_tej.errors import ManifestError, gather
from geo_tej.io.account import Limits
from geo_tej.io.facts import told_by_firms
from geo_tej.io.manifest import LayerEntry, Manifest, Scenario, manifest_path, read_manifest
from geo_tej.io.parcels import all_parcels, identified, need_ground
from geo_tej.io.people import firms_once, people_of, with_links_told
from geo_tej.io.project.law import law_of
from geo_tej.io.project.layer import doubts_of, ground_of, read_layer
from geo_tej.io.project.mapping import faults_of_mapping
from geo_tej.io.rows import Reading
from geo_tej.io.signed import read_decisions
from geo_tej.io.transition import read_transition
from geo_tej.model import Layer, Project, Raster, Rulebook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd
    from shapely import Geometry

    from geo_tej.model import Decision


def read_project(
    manifest: str | Path = "layers/layers.toml",
    *,
    scenario: str | None = None,
    tell: Callable[[str, int, int], None] = lambda _layer, _done, _of: None,
) -> Project:
    """Read a manifest and everything it names.

    Parameters
    ----------
    manifest
        The TOML file, or a folder in which it lies as `layers.toml` or `layers/layers.toml`.
    scenario
        A scenario of the manifest to put in force instead of its own.
    tell
        Called with a layer's id, rows read and rows in all, while it is read.

    Raises
    ------
    ManifestError, RulebookError, FrameError, CRSError, LayerError
        If the manifest, the rulebook, the parcels or the enterprises are at fault. A fault of a control layer is
        kept in its `Layer.fault` instead.
    """
    path = manifest_path(manifest)
    written, chosen, words = read_manifest(path, scenario=scenario)
    return put_together(written, path, chosen=chosen, words=words, tell=tell)


def put_together(  # noqa: PLR0913  a manifest, and what is at hand already
    written: Manifest,
    path: Path,
    *,
    chosen: str | None = None,
    words: Scenario | None = None,
    law: Rulebook | None = None,
    given: Mapping[str, pd.DataFrame | Raster] | None = None,
    tell: Callable[[str, int, int], None] = lambda _layer, _done, _of: None,
) -> Project:
    """Read what a manifest names, but for the rulebook and the layers that are given; the errors of `read_project`.

    A layer that is given is in hand: its fault is an error, whatever its role.
    """
    crs = crs_judge.require_projected(crs_judge.parse(written.crs, what="manifest, crs"), what="the manifest's crs")
    unsigned: list[str] = []  # told together with what is wrong with the decisions, which need the parcels
    rulebook = law_of(written, path.parent, unsigned) if law is None else law
    faults: list[str] = []
    for entry in written.layer:
        faults += faults_of_mapping(entry, rulebook)
    if faults:
        message = f"{path}: {gather(faults + unsigned)}"
        raise ManifestError(message)
    layers: dict[str, Layer] = {}
    limits = Limits(**dict(written.limits))
    asked = Counter((str(entry.path), entry.sublayer) for entry in written.layer)
    several = frozenset(table for table, times in asked.items() if times > 1)
    reading = Reading(path.parent, crs, rulebook, written.language, limits, tell, given or {}, several)
    for entry in sorted(written.layer, key=lambda each: (each.id != written.area, each.role != "parcels")):
        try:
            layers[entry.id] = read_layer(entry, reading, _near(written, layers))
        except ManifestError as fault:
            faults.append(str(fault))
    if faults:
        message = f"{path}: {gather(faults + unsigned)}"
        raise ManifestError(message)
    rulebook = _named_classes(written, rulebook)
    layers = {entry.id: _with_extent(layers[entry.id], entry, layers) for entry in written.layer}
    need_ground(layers)
    layers = layers if given else firms_once(identified(layers))
    parcels = all_parcels(written, layers, crs)
    layers = with_links_told(layers, parcels.index)
    enterprises, occupancy = people_of(layers)
    parcels = told_by_firms(parcels, enterprises, occupancy, rulebook)
    decisions: tuple[Decision, ...] = ()
    if written.decisions is not None:
        decisions = read_decisions(path.parent / written.decisions, rulebook, parcels.index, unsigned)
    ways_out = read_transition(written.transition, path.parent, rulebook, enterprises, unsigned)
    if unsigned:
        message = f"{path}: {gather(unsigned)}"
        raise ManifestError(message)
    return Project(
        title=written.title,
        manifest=path,
        crs=crs,
        on=written.on,
        language=written.language,
        notice=written.notice,
        scenario=chosen,
        scenario_title=words.title if words else None,
        rulebook=rulebook,
        layers=layers,
        parcels=parcels,
        enterprises=enterprises,
        occupancy=occupancy,
        area=ground_of(layers[written.area]) if written.area else None,
        decisions=tuple(each for each in decisions if each.use),
        publish=None if written.publish is None else frozenset(written.publish),
        precision_m=written.precision_m,
        tolerance_m=written.tolerance,
        review_number=written.review_number,
        transition=replace(ways_out, decisions=tuple(each for each in decisions if not each.use)),
    )


def _named_classes(written: Manifest, rulebook: Rulebook) -> Rulebook:
    """Return the rulebook with the names that the manifest gives to classes of its layers: words, and no law."""
    named = dict(rulebook.layers)
    for entry in written.layer:
        if entry.names and entry.id in named:
            law = named[entry.id]
            attribute = next(iter(law.attributes), "class")
            words = {name if "=" in name else f"{attribute}={name}": said for name, said in entry.names.items()}
            named[entry.id] = replace(law, names={**law.names, **words})
    return replace(rulebook, layers=named)


def _near(written: Manifest, layers: Mapping[str, Layer]) -> Geometry | None:
    """Return the ground that layers must not lie far from: the project's area, else the box of the parcels read."""
    area = layers.get(written.area) if written.area is not None else None
    if area is not None and area.frame is not None and len(area.frame):
        return ground_of(area)
    frames = [layer.frame for layer in layers.values() if layer.role == "parcels" and layer.frame is not None]
    bounds = np.array([frame.total_bounds for frame in frames if len(frame)]).reshape(-1, 4)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return None
    return shapely.box(*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0)).boundary


def _with_extent(layer: Layer, entry: LayerEntry, layers: Mapping[str, Layer]) -> Layer:
    if entry.extent is None or layer.fault is not None:
        return layer
    extent = ground_of(layers[entry.extent]) if isinstance(entry.extent, str) else shapely.box(*entry.extent)
    if (doubts := doubts_of(layer)) and extent is not None:
        extent = shapely.difference(extent, shapely.union_all(doubts))  # nobody knows what holds there
    frame = layer.frame
    if frame is not None and len(frame) and extent is not None and not shapely.intersects(extent, frame.geometry).any():
        fault = (
            f"layer {layer.id}: none of its {len(frame)} rows lies in the extent it declares; "
            "its coordinates or their system must be wrong"
        )
        return replace(layer, fault=fault, frame=None)
    return replace(layer, extent=extent)
