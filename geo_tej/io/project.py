"""From a manifest to a project: the rulebook, every layer or its fault, the parcels."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej import crs as crs_judge
from geo_tej.accounts import Account
from geo_tej.codes import codes_without_scheme, scheme_of_column, unlisted_codes
from geo_tej.errors import CRSError, FrameError, LayerError, ManifestError, gather
from geo_tej.frames import POLYGONAL, drawn, zone_class
from geo_tej.i18n import Said, told_in
from geo_tej.io.account import Limits
from geo_tej.io.archives import is_remote, require_within, without_password
from geo_tej.io.aside import aside
from geo_tej.io.facts import read_facts, told_by_firms
from geo_tej.io.manifest import COLUMNS, REQUIRED, LayerEntry, Manifest, Scenario, manifest_path, read_manifest
from geo_tej.io.parcels import all_parcels, identified, need_ground
from geo_tej.io.people import firms_once, people_of, with_links_told
from geo_tej.io.raster import read_raster, world_file_told
from geo_tej.io.read import content_hash, need_columns
from geo_tej.io.rows import Reading, table_rows, vector_rows
from geo_tej.io.schemes import with_scheme
from geo_tej.io.signed import read_decisions, sign_off
from geo_tej.io.transition import read_transition
from geo_tej.model import UNKNOWN, LawLayer, Layer, Project, Provenance, Raster, Rulebook, Thresholds
from geo_tej.rulebook import find_rulebook, read_rulebook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from shapely import Geometry

    from geo_tej.model import Decision

CONTROL = ("area", "buildings", "zones", "objects", "raster", "context")
"""Roles whose fault leaves the rest standing."""

CONTROL_OF_LAW = ("zones", "objects", "buildings")
"""Roles of which no row may be lost in silence: what it held could have barred a use."""

POLYGON_ROLES = ("area", "parcels", "zones", "buildings")
"""Roles whose rows are polygons; lines and points among them are set aside."""

_NOT_SPOKEN_OF = Said("规则库未涉及该图层", "the rulebook does not speak of this layer")
_NUMBERS = ("registered_m2", "floor_area_m2", "half_width_m", "line_commissioned")


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
    rulebook = _law(written, path.parent, unsigned) if law is None else law
    faults: list[str] = []
    for entry in written.layer:
        faults += _faults_of_mapping(entry, rulebook)
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
            layers[entry.id] = _read_layer(entry, reading, _near(written, layers))
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
        area=_ground_of(layers[written.area]) if written.area else None,
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


def read_law(manifest: str | Path = "layers/layers.toml", *, scenario: str | None = None) -> Rulebook:
    """Read a manifest's rulebook with the sign-offs beside it, and none of its layers.

    Raises
    ------
    ManifestError, RulebookError
        If the manifest, its sign-offs or the rulebook are at fault.
    """
    path = manifest_path(manifest)
    written, _, _ = read_manifest(path, scenario=scenario)
    faults: list[str] = []
    rulebook = _law(written, path.parent, faults)
    if faults:
        message = f"{path}: {gather(faults)}"
        raise ManifestError(message)
    return rulebook


def law_papers(manifest: str | Path = "layers/layers.toml", *, scenario: str | None = None) -> tuple[Path, Path | None]:
    """Return where a manifest's rulebook lies, and its sign-offs, where it names a file of them.

    Raises
    ------
    ManifestError, RulebookError
        If the manifest is at fault, or there is no such rulebook.
    """
    path = manifest_path(manifest)
    written, _, _ = read_manifest(path, scenario=scenario)
    signoffs = None if written.signoffs is None else path.parent / written.signoffs
    return find_rulebook(written.rulebook, beside=path.parent), signoffs


def _law(written: Manifest, folder: Path, faults: list[str]) -> Rulebook:
    rulebook = read_rulebook(find_rulebook(written.rulebook, beside=folder))
    return rulebook if written.signoffs is None else sign_off(rulebook, folder / written.signoffs, faults)


def _faults_of_mapping(entry: LayerEntry, rulebook: Rulebook) -> list[str]:
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
        if name in _NUMBERS and not isinstance(value, float):
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


def _near(written: Manifest, layers: Mapping[str, Layer]) -> Geometry | None:
    """Return the ground that layers must not lie far from: the project's area, else the box of the parcels read."""
    area = layers.get(written.area) if written.area is not None else None
    if area is not None and area.frame is not None and len(area.frame):
        return _ground_of(area)
    frames = [layer.frame for layer in layers.values() if layer.role == "parcels" and layer.frame is not None]
    bounds = np.array([frame.total_bounds for frame in frames if len(frame)]).reshape(-1, 4)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return None
    return shapely.box(*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0)).boundary


def _read_layer(entry: LayerEntry, reading: Reading, near: Geometry | None) -> Layer:
    """Read one layer; a control layer that cannot be read comes back with its fault."""
    path: Path | str = entry.path if is_remote(entry.path) else reading.folder / entry.path
    base: dict[str, Any] = {
        "id": entry.id,
        "role": entry.role,
        "title": entry.title,
        "thresholds": Thresholds(**dict(entry.thresholds)),
        "style": entry.style,
        "show": entry.show,
        "tiles": entry.tiles,
        "tolerance_m": entry.tolerance,
    }
    provenance: dict[str, Any] = {
        "path": Path(without_password(str(path))), "sublayer": entry.sublayer, "source": entry.source,
        "licence": entry.licence, "date": entry.date,
    }  # fmt: skip
    try:
        if isinstance(path, Path):
            require_within(path, reading.folder)
        read = _contents(entry, path, reading, near)
    except (LayerError, CRSError, FrameError) as fault:
        if entry.role not in CONTROL or entry.id in reading.given:
            raise
        return Layer(**base, provenance=Provenance(**provenance), fault=str(fault))
    digest = partial(content_hash, read.get("frame", read.get("table")), read.get("raster"))
    return Layer(**base, **read, provenance=Provenance(**provenance, digest=digest))


def _contents(entry: LayerEntry, path: Path | str, reading: Reading, near: Geometry | None) -> dict[str, Any]:
    what, rulebook = f"layer {entry.id}", reading.rulebook
    if entry.role == "raster":
        return _raster(entry, path, reading)
    if entry.role in ("enterprises", "occupancy"):
        return _people_read(entry, path, reading)
    law = rulebook.layers.get(entry.id)
    read = vector_rows(entry, path, reading, near, only_polygons=entry.role in POLYGON_ROLES)
    frame, account = read.frame, read.account
    ours = rulebook.facts if entry.role == "parcels" else law.attributes if law is not None else ()
    mapping = _without_aliases(_mapping(entry, frame, ours), frame, account)
    need_columns(frame, mapping, layer=entry.id)
    entry, coded = with_scheme(entry, frame, rulebook.codes)
    cleaned = gpd.GeoDataFrame(_cleaned(frame, mapping, entry), geometry=frame.geometry, crs=frame.crs)
    remarks = [*account.remarks, *coded]
    without = pd.Series(~drawn(cleaned), index=cleaned.index)
    account = _with_empty_told(account, frame, without, mapping.get("parcel_id"))
    lost: list[str] = []
    _need_some_polygons(entry, cleaned, account)
    if entry.role != "parcels" and without.any():
        lost.append(_lost_words(int(without.sum()), len(cleaned), read.account))
        cleaned = cleaned[~without]
    elif without.any():
        count = int(without.sum())
        remarks.append(
            Said(f"{count} 宗地块没有几何，判为待核实", f"{count} parcels have no ground, and are judged unknown")
        )
    classes: dict[str, dict[str, str]] = {}
    unknown = 0
    if entry.role == "objects":
        _need_polygons_for_zones(cleaned, entry, rulebook)
        cleaned, rows = _with_half_width(cleaned, entry)
        unknown = len(rows)
        account = _with_told(account, frame, rows, None, Said("线的半宽未知", "its half_width_m is not known"))
        no_width = Said(f"{unknown} 条线的半宽未知", f"the half_width_m of {unknown} lines is not known")
        lost += [no_width] * bool(unknown)
    if entry.role in ("zones", "objects"):
        cleaned, classes, more = _classes(cleaned, entry, law)
        remarks += more + _remarks_on_codes(rulebook, classes.values())
    if entry.role == "parcels":
        cleaned, more = read_facts(cleaned, rulebook)
        remarks += more + _remarks_on_codes(rulebook, _land_use(cleaned))
    return {
        "frame": cleaned.reset_index(drop=True),
        "account": account,
        "classes": classes,
        "rows_read": account.rows,
        "repaired": len(account.repaired),
        "set_aside": int(without.sum()) + unknown,
        "remarks": tuple(remarks if entry.role in CONTROL_OF_LAW else remarks + lost),
        "fault": f"{what}: {'; '.join(lost)}" if lost and entry.role in CONTROL_OF_LAW else read.fault,
    }


def _remarks_on_codes(rulebook: Rulebook, pairs: Iterable[Mapping[str, str]]) -> list[str]:
    """Tell the codes that their scheme does not list, and those that nobody can read without one."""
    given = list(pairs)
    return unlisted_codes(rulebook.codes, given) + codes_without_scheme(rulebook.codes, given)


def _land_use(parcels: pd.DataFrame) -> Iterable[Mapping[str, str]]:
    """Return the distinct codes of present land use among parcels, each with its scheme."""
    if not {"land_use_code", "land_use_scheme"} <= set(parcels.columns):
        return []
    distinct = parcels[["land_use_code", "land_use_scheme"]].dropna(subset="land_use_code").drop_duplicates()
    return [{"code": str(code), "scheme": str(scheme)} for code, scheme in distinct.itertuples(index=False)]


def _people_read(entry: LayerEntry, path: Path | str, reading: Reading) -> dict[str, Any]:
    """Read enterprises or occupancy, with the facts that they tell."""
    rulebook = reading.rulebook
    table, account = table_rows(entry, path, reading)
    mapping = _mapping(entry, table, rulebook.facts)
    need_columns(table, mapping, layer=entry.id)
    people, odd = read_facts(_cleaned(table, mapping, entry), rulebook)
    remarks = (*account.remarks, *odd)
    return {"table": people, "rows_read": len(table), "account": account, "remarks": remarks}


def _need_some_polygons(entry: LayerEntry, frame: gpd.GeoDataFrame, account: Account) -> None:
    """Refuse a layer of polygons whose rows are all lines or points: their role is another."""
    others = [each.reason for each in account.set_aside if "only polygons have ground" in each.reason]
    if others and entry.role in POLYGON_ROLES and not drawn(frame).any():
        message = (
            f"layer {entry.id}: none of its {len(frame)} rows is a polygon ({others[0]}); lines and points are objects"
        )
        raise FrameError(message)


def _with_empty_told(account: Account, frame: gpd.GeoDataFrame, without: pd.Series, name: str | None) -> Account:
    """List the rows that came without geometry among those set aside."""
    known = {each.row for each in account.set_aside}
    return _with_told(
        account,
        frame,
        [row for row in np.flatnonzero(without).tolist() if row + 1 not in known],
        name,
        Said("没有几何", "it has no geometry"),
    )


def _with_told(account: Account, frame: gpd.GeoDataFrame, rows: Sequence[int], name: str | None, why: Said) -> Account:
    """List rows of a file, counted from 0, among those set aside."""
    names = [""] * len(rows) if name is None else frame[name].iloc[list(rows)].tolist()
    more = aside(frame, rows, names, why)
    known = sorted((*account.set_aside, *more), key=lambda each: each.row)
    return replace(account, set_aside=tuple(known)) if more else account


def _lost_words(lost: int, rows: int, account: Account) -> str:
    """Say how many rows have no geometry left, and the first reason why."""
    reason = account.set_aside[0].reason if account.set_aside else ""
    why_zh, why = (f"（{told_in(reason, 'zh')}）", f" ({reason})") if reason else ("", "")
    return Said(f"{rows} 行中 {lost} 行没有几何{why_zh}", f"{lost} of {rows} rows have no geometry{why}")


def _without_aliases(mapping: dict[str, str], frame: gpd.GeoDataFrame, account: Account) -> dict[str, str]:
    """Let a mapping name a column by the alias that the file has for it."""
    columns = {alias: column for column, alias in account.aliases.items()}
    return {
        name: columns[column] if column not in frame.columns and column in columns else column
        for name, column in mapping.items()
    }


def _raster(entry: LayerEntry, path: Path | str, reading: Reading) -> dict[str, Any]:
    """Read a raster in the project's CRS, however that is written, whose rows run east."""
    crs = reading.crs
    raster = reading.given.get(entry.id)
    told: tuple[Said, ...] = ()
    if not isinstance(raster, Raster):
        raster = read_raster(path, band=entry.band, declared=entry.crs, limits=reading.limits, remote=entry.remote)
        told = world_file_told(Path(path), raster.transform)
    code = raster.crs.to_epsg()
    if not raster.crs.equals(crs, ignore_axis_order=True) and (code is None or code != crs.to_epsg()):
        message = f"layer {entry.id} is in {raster.crs.name}, the project in {crs.name}; warp it to that system first"
        raise CRSError(message)
    if raster.transform.b or raster.transform.d:
        message = f"layer {entry.id}: is a turned grid; warp it so that its rows run east"
        raise LayerError(message)
    cells = int(raster.values.size)
    how = "the manifest's word" if entry.crs is not None else "the file's word"
    account = Account(format="raster", rows=cells, crs=crs_judge.named(crs), crs_how=how)
    return {"raster": replace(raster, crs=crs), "rows_read": cells, "account": account, "remarks": told}


def _are_polygons(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    return np.isin(shapely.get_type_id(frame.geometry.to_numpy()), POLYGONAL)


def _need_polygons_for_zones(frame: gpd.GeoDataFrame, entry: LayerEntry, rulebook: Rulebook) -> None:
    """Refuse lines and points where the rulebook asks what lies on the objects themselves."""
    others = ~_are_polygons(frame)
    if others.any() and any(rule.layer == entry.id and rule.kind in ("zone", "matrix") for rule in rulebook.rules):
        message = f"layer {entry.id}: rules of kind zone need polygons; {int(others.sum())} rows are lines or points"
        raise LayerError(message)


def _with_half_width(frame: gpd.GeoDataFrame, entry: LayerEntry) -> tuple[gpd.GeoDataFrame, list[int]]:
    """Give every object its half-width: 0 for polygons and points; and the rows of lines whose own is not known."""
    lines = shapely.get_dimensions(frame.geometry.to_numpy()) == 1
    if lines.any() and "half_width_m" not in frame:
        message = (
            f"layer {entry.id}: {int(lines.sum())} rows are centrelines, and the law measures from the edge; "
            "say half_width_m, as a column (columns.half_width_m) or for all (constants.half_width_m)"
        )
        raise LayerError(message)
    given = frame["half_width_m"] if "half_width_m" in frame else pd.Series(0.0, index=frame.index)
    odd = given[given.notna() & ~((given >= 0) & np.isfinite(given))]
    if len(odd):
        message = f"layer {entry.id}: half_width_m must be 0 or more, {odd.iloc[0]:g} is not"
        raise LayerError(message)
    unknown = lines & given.isna().to_numpy()
    return frame.assign(half_width_m=given.fillna(0.0))[~unknown], frame.index[unknown].tolist()


def _mapping(entry: LayerEntry, table: pd.DataFrame, more: Iterable[str]) -> dict[str, str]:
    """Return our names for the file's columns: the manifest's, and those that bear our name already."""
    mapping = dict(entry.columns)
    for name in (*COLUMNS[entry.role], *more):
        if name not in mapping and name not in entry.constants and name in table.columns:
            mapping[name] = name
    for name in REQUIRED.get(entry.role, ()):
        mapping.setdefault(name, name)
    return mapping


def _cleaned(table: pd.DataFrame, mapping: Mapping[str, str], entry: LayerEntry) -> pd.DataFrame:
    """Return the mapped columns under our names, text stripped, numbers as numbers."""
    cleaned = pd.DataFrame(index=table.index)
    for name, column in mapping.items():
        values = table[column]
        if name in _NUMBERS:
            cleaned[name] = pd.to_numeric(values, errors="coerce")
        else:
            cleaned[name] = _texts(values)
    for name, value in entry.constants.items():
        cleaned[name] = float(value) if name in _NUMBERS else str(value)
    return cleaned


def _texts(values: pd.Series) -> pd.Series:
    """Write cells as text: each distinct one once, where those that are equal are also written alike."""
    if values.dtype == object:
        return values.map(_text)
    code, distinct = pd.factorize(values, use_na_sentinel=True)
    texts = np.array([*map(_text, distinct), None], dtype=object)
    return pd.Series(texts[code], index=values.index)


def _text(value: Any) -> str | None:  # noqa: ANN401  a cell
    """Write a cell as text: whole numbers without a decimal point, dates as days, nothing as None."""
    if isinstance(value, str):
        return value.strip() or None
    if pd.isna(value):
        return None
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return str(value).strip() or None


def _classes(
    frame: gpd.GeoDataFrame, entry: LayerEntry, law: LawLayer | None
) -> tuple[gpd.GeoDataFrame, dict[str, dict[str, str]], list[str]]:
    """Give each zone its class, made of the attributes that the rulebook knows; odd values are told, and unknown."""
    if law is None:
        return frame.assign(zone_class=entry.id), {entry.id: {}}, [_NOT_SPOKEN_OF]
    remarks: list[str] = []
    attributes: dict[str, list[Any]] = {}
    for name, closed in law.attributes.items():
        values = frame[name] if name in frame else pd.Series(UNKNOWN, index=frame.index, dtype=object)
        values = values.astype(object).where(values.notna(), UNKNOWN)
        odd = sorted({str(value) for value in values if closed and value not in (*closed, UNKNOWN)})
        if odd:
            values_zh, values_en = "、".join(odd), ", ".join(odd)
            said = f"{name}: {values_en} is not in the rulebook's list; taken as unknown"
            remarks.append(Said(f"{name}：{values_zh} 不在规则库所列之内，按未知处理", said))
            values = values.where(~values.isin(odd), UNKNOWN)
        attributes[name] = values.tolist()
    if not attributes:
        attributes["class"] = [entry.id] * len(frame)
    rows = list(zip(*attributes.values(), strict=True))
    told = {row: {name: str(value) for name, value in zip(attributes, row, strict=True)} for row in dict.fromkeys(rows)}
    names = {row: zone_class(each) for row, each in told.items()}
    named = np.array([*(names[row] for row in rows), None], dtype=object)[:-1]
    return frame.assign(zone_class=named), {names[row]: each for row, each in told.items()}, remarks


def _with_extent(layer: Layer, entry: LayerEntry, layers: Mapping[str, Layer]) -> Layer:
    if entry.extent is None or layer.fault is not None:
        return layer
    extent = _ground_of(layers[entry.extent]) if isinstance(entry.extent, str) else shapely.box(*entry.extent)
    frame = layer.frame
    if frame is not None and len(frame) and extent is not None and not shapely.intersects(extent, frame.geometry).any():
        fault = (
            f"layer {layer.id}: none of its {len(frame)} rows lies in the extent it declares; "
            "its coordinates or their system must be wrong"
        )
        return replace(layer, fault=fault, frame=None)
    return replace(layer, extent=extent)


def _ground_of(layer: Layer) -> Geometry | None:
    if layer.frame is None:
        return None
    return shapely.union_all(layer.frame.geometry.to_numpy())
