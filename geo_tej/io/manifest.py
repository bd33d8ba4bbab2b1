"""The manifest: what a project is made of, read strictly."""

from __future__ import annotations

import datetime as dt  # noqa: TC003  pydantic needs it at run time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from geo_tej.errors import ManifestError, choices, gather
from geo_tej.i18n import Text
from geo_tej.io.account import LIMITS
from geo_tej.io.archives import is_database, is_remote
from geo_tej.measure import MOST_TOLERANCE_M
from geo_tej.strict import ID, Strict, Words, read_toml, validate

COLUMNS: dict[str, tuple[str, ...]] = {
    "area": ("name",),
    "parcels": (
        "parcel_id", "name", "village", "land_use_code", "land_use_scheme", "tenure", "term_end", "registered_m2",
    ),
    "enterprises": (
        "enterprise_id", "name", "industry", "industry_name", "above_designated", "line_commissioned", "willing",
        "term_end", "route", "relocation_m2",
    ),
    "occupancy": ("enterprise_id", "parcel_id", "relation", "term_end"),
    "buildings": ("floor_area_m2", "legal"),
    "zones": ("name",),
    "objects": ("name", "half_width_m"),
    "raster": (),
    "context": ("name",),
}  # fmt: skip
"""Our names for columns, by role; zones and objects have their rulebook layer's attributes besides."""

REQUIRED = {
    "parcels": ("parcel_id",),
    "enterprises": ("enterprise_id", "name"),
    "occupancy": ("enterprise_id", "parcel_id"),
    "buildings": ("floor_area_m2",),
}


Number = Annotated[float, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
"""Numbers as TOML writes them: neither true nor "5", which would pass for 1 and 5."""


class ThresholdsEntry(Strict):
    """What an overlap must reach to count."""

    area_m2: Number = Field(0.0, ge=0, allow_inf_nan=False)
    share: Number = Field(0.0, ge=0, le=1)
    width_m: Number = Field(0.0, ge=0, allow_inf_nan=False)


class LayerEntry(Strict):
    """One [[layer]] of the manifest."""

    id: str = Field(pattern=ID)
    role: Literal["area", "parcels", "enterprises", "occupancy", "buildings", "zones", "objects", "raster", "context"]
    title: Words
    path: str
    sublayer: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str | float] = Field(default_factory=dict)
    crs: str | None = None
    encoding: str | None = None
    source: Words | None = None
    licence: str = ""
    date: dt.date | None = None
    extent: str | tuple[float, float, float, float] | None = None
    thresholds: ThresholdsEntry = ThresholdsEntry()
    kind: Literal["rights", "survey"] = "rights"
    axes: Literal["east-north", "north-east"] = "east-north"
    offset: Literal["gcj02", "bd09"] | None = None
    remote: bool = False
    tiles: bool | None = None
    style: Literal["water", "road", "place", "outline"] = "outline"
    band: Whole = Field(1, ge=1)
    show: bool = False
    tolerance: Number | None = Field(
        None,
        ge=0,
        le=MOST_TOLERANCE_M,
        allow_inf_nan=False,
        description="By how many metres the boundaries of zones or objects may be off; 0 for not at all.",
    )
    names: dict[str, Words] = Field(default_factory=dict)


class LimitsEntry(Strict):
    """How much a file may take before it is refused; see `geo_tej.io.account.Limits`."""

    unpacked_bytes: Whole = Field(LIMITS.unpacked_bytes, ge=1)
    ratio: Whole = Field(LIMITS.ratio, ge=1)
    members: Whole = Field(LIMITS.members, ge=1)
    nested: Whole = Field(LIMITS.nested, ge=1, le=10)
    text_bytes: Whole = Field(LIMITS.text_bytes, ge=1)
    attribute_bytes: Whole = Field(LIMITS.attribute_bytes, ge=1_000, le=2**31 - 1)
    raster_cells: Whole = Field(LIMITS.raster_cells, ge=1)


class QuotaEntry(Strict):
    """Building land that may be had elsewhere in one year; its area in one of the units."""

    year: Whole = Field(ge=1900, le=2200)
    area_m2: Number | None = Field(None, ge=0, allow_inf_nan=False)
    area_mu: Number | None = Field(None, ge=0, allow_inf_nan=False)
    source: Words

    @model_validator(mode="after")
    def _one_area(self) -> QuotaEntry:
        if (self.area_m2 is None) == (self.area_mu is None):
            message = "a quota has one area, `area_m2` or `area_mu`"
            raise ValueError(message)
        return self


class TransitionEntry(Strict):
    """What [transition] says of the enterprises' ways out."""

    land_values: str | None = None
    events: str | None = None
    quota: tuple[QuotaEntry, ...] = ()
    weights: dict[str, Annotated[Number, Field(ge=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    facts: dict[str, bool | float | dt.date | str] = Field(default_factory=dict)
    reduction_rate: Number | None = Field(None, gt=0, lt=1)
    currency: Words = Text("", "")


class Manifest(Strict):
    """The manifest as written."""

    title: Words
    crs: str
    on: dt.date
    rulebook: str
    language: Literal["zh", "en"] = "en"
    area: str | None = None
    scenario: str | None = None
    notice: Words | None = None
    signoffs: str | None = Field(
        None,
        description="A table of who checked which rule against its text: rule (id, ref, matrix, route, route/reason), "
        "who, when (2026-06-30), text (which edition), and hash (what the rule said then), which may be left out.",
    )
    decisions: str | None = Field(
        None,
        description="A table of what officers decided, with the columns parcel (its id), use (id or ref; empty for a "
        "route), rule (id, ref where only one rule of it leaves something to decide, or route/reason), decision "
        "(permitted, conditional, prohibited, or as outcomes are printed), reason, officer, date (2026-06-30) and "
        "document.",
    )
    limits: LimitsEntry = LimitsEntry()
    publish: tuple[str, ...] | None = Field(
        None, description="The columns that may be in maps, like name or enterprises.name; all unless given."
    )
    precision_m: Number = Field(0.05, ge=0.03, le=1000, description="By how much maps may move a vertex, in metres.")
    tolerance: Number | None = Field(
        None,
        ge=0,
        le=MOST_TOLERANCE_M,
        allow_inf_nan=False,
        description="By how many metres boundaries may be off; asks whether verdicts are stable within that.",
    )
    review_number: str = Field("", description="The number of the map review, for maps that are made public.")
    transition: TransitionEntry = TransitionEntry()
    scenarios: dict[str, Any] = Field(default_factory=dict)
    layer: tuple[LayerEntry, ...] = Field(min_length=1)

    @field_validator("on", mode="before")
    @classmethod
    def _a_day(cls, value: object) -> object:
        if isinstance(value, str):
            message = "a date is written without quotes, like on = 2026-06-30"
            raise ValueError(message)  # noqa: TRY004  pydantic turns ValueError into a fault
        return value


class Scenario(Strict):
    """A named assumption that replaces keys of layers."""

    title: Words
    layers: dict[str, dict[str, Any]] = Field(default_factory=dict)


def manifest_path(path: str | Path) -> Path:
    """Return the TOML file itself, where a folder is given the `layers.toml` in it, or in its folder `layers`."""
    path = Path(path)
    if not path.is_dir():
        return path
    inner = path / "layers" / "layers.toml"
    return inner if inner.is_file() and not (path / "layers.toml").exists() else path / "layers.toml"


def read_manifest(path: Path, *, scenario: str | None = None) -> tuple[Manifest, str | None, Scenario | None]:
    """Read a manifest with its scenario put in force; return it with the scenario's id and words.

    Raises
    ------
    ManifestError
        If anything in it cannot be followed; all faults at once.
    """
    path = manifest_path(path)
    if not path.exists():
        message = (
            f"{path}: there is no such file; name another manifest (on the command line with -m), "
            "or make one with geo-tej init"
        )
        raise ManifestError(message)
    table = read_toml(path, ManifestError)
    faults: list[str] = []
    chosen = scenario or table.get("scenario")
    declared = table.get("scenarios", {})
    scenarios = {
        name: validate(Scenario, entry, f"scenario {name}", faults)
        for name, entry in (declared.items() if isinstance(declared, dict) else ())
    }
    in_force = None
    if chosen is not None:
        if chosen not in scenarios:
            faults.append(f"scenario {chosen!r} is not declared; {choices(str(chosen), list(scenarios))}")
        else:
            in_force = scenarios[chosen]
    if in_force is not None:
        _put_in_force(table, in_force, str(chosen), faults)
    manifest = validate(Manifest, table | _checked_layers(table, faults), "manifest", faults)
    if manifest is not None:
        _check(manifest, table["layer"], faults)
    if faults or manifest is None:
        message = f"{path}: {gather(faults)}"
        raise ManifestError(message)
    return manifest, chosen, in_force


def _checked_layers(table: dict[str, Any], faults: list[str]) -> dict[str, Any]:
    """Read the layers one by one, so that a fault names its layer and the keys that a layer has."""
    listed = table.get("layer")
    if not isinstance(listed, list) or not listed:
        return {}
    read = []
    for number, entry in enumerate(listed, start=1):
        name = entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
        read.append(validate(LayerEntry, entry, f"layer {name}", faults))
    sound = [entry for entry in read if entry is not None]
    return {"layer": sound or [LayerEntry(id="none", role="parcels", title=Text("", ""), path="none")]}


def _put_in_force(table: dict[str, Any], scenario: Scenario, name: str, faults: list[str]) -> None:
    listed = table.get("layer", [])
    entries = {
        entry.get("id"): entry for entry in (listed if isinstance(listed, list) else []) if isinstance(entry, dict)
    }
    for layer, changes in scenario.layers.items():
        if layer not in entries:
            faults.append(
                f"scenario {name}: layer {layer!r} is not declared; {choices(layer, [str(i) for i in entries])}"
            )
            continue
        for key, value in changes.items():
            if isinstance(value, dict) and isinstance(entries[layer].get(key), dict):
                entries[layer][key] = entries[layer][key] | value
            else:
                entries[layer][key] = value


def _check(manifest: Manifest, written: list[Any], faults: list[str]) -> None:
    """Check what layers say of each other; one that is at fault itself is there all the same."""
    tables = [entry for entry in written if isinstance(entry, dict)]
    ids = [str(entry.get("id")) for entry in tables]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    faults += [f"layer {name}: this id stands more than once" for name in twice]
    faults += [fault for entry in manifest.layer for fault in _entry_faults(entry, ids)]
    beside = {
        "signoffs": manifest.signoffs,
        "decisions": manifest.decisions,
        "transition.land_values": manifest.transition.land_values,
        "transition.events": manifest.transition.events,
    }
    for key, path in beside.items():
        if path is not None and is_remote(path):
            faults.append(f"{key} {path!r} is remote; only local files are read")
    events = manifest.transition.events
    if events is not None and Path(events).suffix.lower() != ".gpkg":
        faults.append(f"transition.events {events!r}: steps are kept in a GeoPackage; name it like events.gpkg")
    known = [f"{role}.{column}" for role, columns in COLUMNS.items() for column in columns]
    faults += [
        f"publish {name!r} is no column; {choices(name, [*COLUMNS['parcels'], *known])}"
        for name in manifest.publish or ()
        if name not in COLUMNS["parcels"] and name not in known
    ]
    if manifest.area is not None and manifest.area not in ids:
        faults.append(f"area {manifest.area!r} is no layer; {choices(manifest.area, ids)}")
    sound = {entry.id for entry in manifest.layer}
    if not any(entry.get("role") == "parcels" or str(entry.get("id")) not in sound for entry in tables):
        faults.append('no [[layer]] has role = "parcels"; there is nothing to judge')


def _entry_faults(entry: LayerEntry, ids: list[str]) -> list[str]:
    """Say where the keys of a layer contradict each other."""
    found = []
    if isinstance(entry.extent, str) and entry.extent not in ids:
        found.append(f"layer {entry.id}: extent {entry.extent!r} is no layer; {choices(entry.extent, ids)}")
    if entry.role in ("raster", "enterprises", "occupancy") and (entry.offset or entry.axes != "east-north"):
        found.append(f"layer {entry.id}: axes and offset are of coordinates; the role {entry.role} has none to move")
    if entry.tolerance is not None and entry.role not in ("zones", "objects"):
        found.append(
            f"layer {entry.id}: tolerance is of the boundaries of zones and objects; "
            f"the role {entry.role} has none that verdicts are held against"
        )
    if is_remote(entry.path) and not entry.remote and not is_database(entry.path):
        found.append(f"layer {entry.id}: path {entry.path!r} is remote; fetch it, or allow it with remote = true")
    return found


def schema() -> dict[str, Any]:
    """Return the manifest's JSON Schema."""
    written = Manifest.model_json_schema()
    written["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    written["title"] = "geo_tej manifest"
    return written
