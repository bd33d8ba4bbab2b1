"""From a TOML file to a programme: every fault at once, each with its table and key."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeVar

from geo_tej.errors import ProgrammeError, choices, gather
from geo_tej.programme.entries import (
    VALUES,
    ClassesEntry,
    CriterionEntry,
    ExclusionEntry,
    FuzzyEntry,
    GroundEntry,
    LinearEntry,
    ProgrammeEntry,
    ProjectEntry,
    StepsEntry,
)
from geo_tej.programme.weighing import read_weighting
from geo_tej.siting.nouns import (
    Criterion,
    Exclusion,
    Grading,
    Ground,
    Limits,
    Programme,
    Search,
    TourismProject,
    Trial,
    ValueFunction,
)
from geo_tej.siting.values import runs_against
from geo_tej.strict import Strict, read_toml, validate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from geo_tej.model import Project, Rulebook

Entry = TypeVar("Entry", bound=Strict)


def read_programme(path: Path, project: Project) -> Programme:
    """Read a programme for a project, whose rulebook has its uses and whose manifest may have its layers.

    Raises
    ------
    ProgrammeError
        If anything in it cannot be followed; all faults at once.
    """
    table = read_toml(path, ProgrammeError)
    faults: list[str] = []
    projects = _tables(ProjectEntry, table.get("project"), "project", faults)
    exclusions = _tables(ExclusionEntry, table.get("exclusion"), "exclusion", faults)
    criteria = _tables(CriterionEntry, table.get("criterion"), "criterion", faults)
    written = validate(ProgrammeEntry, table, "programme", faults)
    placed = [_project(entry, project.rulebook, faults) for entry in projects]
    barred = [_exclusion(entry, project, path.parent, faults) for entry in exclusions]
    judged = [_criterion(entry, project, path.parent, faults) for entry in criteria]
    if written is not None:
        _check_search(written, project, faults)
        weighting = read_weighting(written.weights, [entry.id for entry in criteria], path.parent, faults)
        grading = _grading(written, faults)
    if faults or written is None or weighting is None:
        message = f"{path}: {gather(faults)}"
        raise ProgrammeError(message)
    found, cut = written.candidates, written.candidates.ground
    return Programme(
        title=written.title,
        projects=tuple(each for each in placed if each is not None),
        exclusions=tuple(barred),
        criteria=tuple(each for each in judged if each is not None),
        weighting=weighting,
        search=Search(
            sources=tuple(dict.fromkeys(found.sources)),
            kind=None if found.kind == "all" else found.kind,
            merge_up_to=found.merge_up_to,
            ground_least_m2=cut.least_m2,
            ground_most_m2=cut.most_m2,
            ground_width_m=cut.least_width_m,
            ground_compactness=cut.compactness,
            ground_suitability=cut.suitability,
            price_per_m2={str(source): price for source, price in found.price_per_m2.items()},
        ),
        limits=Limits(**dict(written.limits)),
        trial=Trial(**dict(written.stability)),
        within=written.within,
        cell_m=written.cell_m,
        folder=str(path.parent),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        grading=grading,
    )


def schema() -> dict[str, Any]:
    """Return the programme's JSON Schema."""
    written = ProgrammeEntry.model_json_schema()
    for name, entry in (("project", ProjectEntry), ("exclusion", ExclusionEntry), ("criterion", CriterionEntry)):
        inner = entry.model_json_schema()
        written.setdefault("$defs", {}).update(inner.pop("$defs", {}))
        written["properties"][name]["items"] = inner
    values: dict[str, Any] = {"anyOf": [entry.model_json_schema() for entry in VALUES.values()]}
    written["properties"]["criterion"]["items"]["properties"]["value"] = values
    written["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    written["title"] = "geo_tej programme"
    return written


def _tables(model: type[Entry], listed: object, what: str, faults: list[str]) -> list[Entry]:
    """Read the tables of one kind one by one, so that a fault names its own; ids stand once."""
    read: list[Entry] = []
    names: list[str] = []
    for number, entry in enumerate(listed if isinstance(listed, list) else [], start=1):
        name = str(entry.get("id", f"number {number}")) if isinstance(entry, dict) else f"number {number}"
        names.append(name)
        sound = validate(model, entry, f"{what} {name}", faults)
        if sound is not None:
            read.append(sound)
    faults += [
        f"{what} {name}: this id stands more than once" for name in dict.fromkeys(names) if names.count(name) > 1
    ]
    return read


def _project(entry: ProjectEntry, rulebook: Rulebook, faults: list[str]) -> TourismProject | None:
    by_ref = {use.ref: use.id for use in rulebook.uses.values() if use.ref}
    asked = (entry.use,) if isinstance(entry.use, str) else entry.use
    before = len(faults)
    if not asked:
        faults.append(f"project {entry.id}: `use` names no use")
    faults += [
        f"project {entry.id}: use {name!r} is not in the rulebook {rulebook.id}; {choices(name, rulebook.uses)}"
        for name in asked
        if name not in rulebook.uses and name not in by_ref
    ]
    if entry.pathway not in rulebook.pathways:
        known = choices(entry.pathway, rulebook.pathways)
        faults.append(f"project {entry.id}: pathway {entry.pathway!r} is not in the rulebook {rulebook.id}; {known}")
    if len(faults) > before:
        return None
    uses = tuple(dict.fromkeys(by_ref.get(name, name) for name in asked))
    own = [rulebook.uses[name] for name in uses]
    return TourismProject(
        id=entry.id,
        title=entry.title,
        uses=uses,
        pathway=entry.pathway,
        least_m2=max([entry.area_m2[0], *(use.least_area_m2 or 0.0 for use in own)]),
        most_m2=max([entry.area_m2[1], *(use.least_area_m2 or 0.0 for use in own)]),
        least_width_m=max([entry.least_width_m, *(use.least_width_m or 0.0 for use in own)]),
        count=entry.count,
        cost=entry.cost,
        cost_per_m2=entry.cost_per_m2,
    )


def _exclusion(entry: ExclusionEntry, project: Project, folder: Path, faults: list[str]) -> Exclusion:
    by_raster = entry.above is not None or entry.below is not None
    place = f"exclusion {entry.id}"
    return Exclusion(
        id=entry.id,
        title=entry.title,
        basis=entry.basis,
        kind="raster" if by_raster else "inside" if entry.inside else "distance",
        ground=_ground(entry, place, project, folder, ("raster",) if by_raster else ("shapes",), faults),
        above=entry.above,
        below=entry.below,
        within_m=entry.within_m,
        beyond_m=entry.beyond_m,
    )


def _criterion(entry: CriterionEntry, project: Project, folder: Path, faults: list[str]) -> Criterion | None:
    place = f"criterion {entry.id}"
    kinds = {"value": ("raster",), "zonal": ("raster",), "share": ("raster", "shapes")}.get(entry.measure, ("shapes",))
    ground = _ground(entry, place, project, folder, kinds, faults)
    elevation = None
    if entry.elevation is not None:
        heights = validate(GroundEntry, dict(entry.elevation), f"{place}, elevation", faults)
        if heights is not None:
            elevation = _ground(heights, f"{place}, elevation", project, folder, ("raster",), faults)
    kind = entry.value.get("kind")
    if kind not in VALUES:
        faults.append(f"{place}: `value.kind` is {kind!r}; {choices(str(kind), list(VALUES))}")
        return None
    written = validate(VALUES[str(kind)], entry.value, f"{place}, value", faults)
    if written is None:
        return None
    function = _function(written)
    if runs_against(entry.direction, function):
        faults.append(f"{place}: the direction is {entry.direction!r}, but the value function runs another way")
    return Criterion(
        id=entry.id,
        title=entry.title,
        unit=entry.unit,
        measure=entry.measure,
        direction=entry.direction,
        ground=ground,
        value=function,
        statistic=entry.statistic,
        radius_m=entry.radius_m,
        eye_m=entry.eye_m,
        elevation=elevation,
    )


def _function(entry: LinearEntry | StepsEntry | ClassesEntry | FuzzyEntry) -> ValueFunction:
    if isinstance(entry, LinearEntry):
        return ValueFunction(kind="linear", worst=entry.worst, best=entry.best)
    if isinstance(entry, FuzzyEntry):
        return ValueFunction(kind="fuzzy", corners=entry.corners, smooth=entry.smooth)
    if isinstance(entry, ClassesEntry):
        return ValueFunction(kind="classes", breaks=entry.breaks, values=entry.worth(), classes=entry.classes)
    return ValueFunction(kind="steps", breaks=entry.breaks, values=entry.values)


def _ground(  # noqa: PLR0913  what is named, by whom, and where it may be
    entry: GroundEntry, place: str, project: Project, folder: Path, kinds: Sequence[str], faults: list[str]
) -> Ground:
    """Check that what is named exists, and is a raster or shapes as is needed."""
    if entry.layer is not None:
        layer = project.layers.get(entry.layer)
        if layer is None:
            faults.append(
                f"{place}: layer {entry.layer!r} is not in the manifest; {choices(entry.layer, project.layers)}"
            )
        elif ("raster" if layer.role == "raster" else "shapes") not in kinds or layer.role in (
            "enterprises",
            "occupancy",
        ):
            wanted = " or ".join({"raster": "a raster", "shapes": "a layer with shapes"}[kind] for kind in kinds)
            faults.append(f"{place}: layer {entry.layer} is of the role {layer.role}; {wanted} is needed")
        elif layer.fault is not None:
            faults.append(f"{place}: layer {entry.layer} could not be read: {layer.fault}")
    elif entry.path is not None and not (folder / entry.path).exists():
        faults.append(f"{place}: {folder / entry.path}: there is no such file")
    return Ground(
        layer=entry.layer, path=entry.path, sublayer=entry.sublayer, band=entry.band, column=entry.column,
        classes=entry.classes, derive=entry.derive, resampling=entry.resampling,
    )  # fmt: skip


def _check_search(written: ProgrammeEntry, project: Project, faults: list[str]) -> None:
    if written.within is not None:
        layer = project.layers.get(written.within)
        if layer is None or layer.frame is None or layer.role in ("enterprises", "occupancy"):
            faults.append(
                f"within {written.within!r} is no layer with ground; {choices(written.within, project.layers)}"
            )
    if not written.candidates.sources:
        faults.append("candidates: `sources` names none; known: enterprise, parcel, merged, ground")
    if "enterprise" in written.candidates.sources and not len(project.enterprises):
        faults.append("candidates: the project has no enterprises, whose sites are asked for")
    cut = written.candidates.ground
    if cut.least_m2 > cut.most_m2:
        faults.append("candidates.ground: `least_m2` is above `most_m2`")


def _grading(written: ProgrammeEntry, faults: list[str]) -> Grading | None:
    grading = written.grading
    if grading is None:
        return None
    widths: Mapping[int, int] = {len(row): number for number, row in enumerate(grading.table)}
    if len(grading.table) != len(grading.restrictions) or len(widths) != 1:
        faults.append(f"grading: {len(grading.restrictions)} restrictions need as many rows of one length")
        return None
    odd = [name for name in grading.phases if not name.lstrip("-").isdigit()]
    faults += [f"grading: phase {name!r} is not a number of the table" for name in odd]
    return Grading(
        restrictions=grading.restrictions,
        table=grading.table,
        phases={int(name): words for name, words in grading.phases.items() if name not in odd},
    )
