"""The parts of an extract: the contract that other programs hold on to. Its JSON Schema is shipped."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

OutcomeWord = Literal["permitted", "conditional", "prohibited", "unknown"]
Strict = ConfigDict(extra="forbid")


class RulebookPart(BaseModel):
    """Which law was applied."""

    model_config = Strict
    id: str
    version: str
    sha256: str


class InputPart(BaseModel):
    """A layer that the answer rests on; `sha256` over its logical content, empty if it could not be read."""

    model_config = Strict
    layer: str
    sha256: str
    date: str | None


class AreaPart(BaseModel):
    """The parcel's areas in m²; `convention` says which one shares refer to."""

    model_config = Strict
    drawn_m2: float
    ellipsoidal_m2: float
    registered_m2: float | None
    convention: Literal["drawn"]


class OverlapPart(BaseModel):
    """How much of the parcel lies in a class of zone.

    By the registered convention, where there is a registered area: `registered_m2` is the drawn overlap times
    registered over drawn, rounded to whole m², and `registered_share` that rounded area by the registered one.
    """

    model_config = Strict
    zone_class: str
    area_m2: float
    share: float = Field(ge=0, le=1)
    registered_m2: float | None
    registered_share: float | None


class AssumedPart(BaseModel):
    """A fact that the question stated, and what the data record of it; null where they do not."""

    model_config = Strict
    fact: str
    value: bool | float | str
    recorded: bool | float | str | None


class LayerPart(BaseModel):
    """A layer's state at the parcel.

    `unsurveyed_m2` is the part of the parcel on which the layer has no data, null where there is no telling how much.
    """

    model_config = Strict
    id: str
    state: Literal["affected", "not_affected", "no_data", "failed", "silent"]
    unsurveyed_m2: float | None
    overlaps: list[OverlapPart]


class FindingPart(BaseModel):
    """A rule that speaks on the parcel; `holds` is false where an attribute or fact that it asks for is unknown.

    One that is a `duty` bars nothing and lists no use, so that "permitted" by it is no grant. A zone that bars uses
    because its layer does not list them is a finding too, without a rule, ref, source and article.
    `signed` says who checked the rule's text and when, where a sign-off of the project says so.
    """

    model_config = Strict
    rule: str
    ref: str
    action: list[str]
    binds: Literal["ground", "parcel"]
    layer: str | None
    zone_class: str
    area_m2: float
    share: float
    distance_m: float | None
    outcome: OutcomeWord
    duty: bool
    source: str
    article: str
    condition: str
    verified: bool
    signed: str
    holds: bool


class ApprovalPart(BaseModel):
    """A sign-off."""

    model_config = Strict
    ref: str
    what: str
    authority: str
    level: Literal["county", "city", "province", "state"]
    article: str
    before: str


class OpenPart(BaseModel):
    """Why a verdict is open, and what would settle it."""

    model_config = Strict
    cause: Literal[
        "layer", "attribute", "fact", "unverified", "officer", "unlisted", "base", "geometry", "size", "standing"
    ]
    layer: str | None
    fact: str | None
    rule: str | None
    words: str
    settled_by: str


class PossibleApprovalPart(BaseModel):
    """An approval, by its id in `approvals`, that may be needed and may not, and what that hangs on."""

    model_config = Strict
    approval: str
    depends_on: list[OpenPart]


class BranchPart(BaseModel):
    """What the verdict would be if an unknown attribute or fact had a value."""

    model_config = Strict
    attribute: str
    value: str
    outcome: OutcomeWord
    at_least: OutcomeWord
    at_most: OutcomeWord


class DecisionPart(BaseModel):
    """What an officer decided on a rule that leaves something to them: it stands beside the finding."""

    model_config = Strict
    rule: str
    decision: Literal["permitted", "conditional", "prohibited"]
    reason: str
    officer: str
    date: str
    document: str


class BoundaryPart(BaseModel):
    """A boundary: that of a class of zone, or a distance around a class of objects."""

    model_config = Strict
    layer: str
    zone_class: str
    distance_m: float | None


class SteadyPart(BaseModel):
    """Whether a verdict is stable if boundaries are off by their tolerances, or from which error on it may change.

    Of a parcel, the first of its verdicts that may. `changes_at_m` is how far a boundary must be off, as a lower bound
    rounded down to a centimetre; `boundary` is null for the edge of the plans in force.
    """

    model_config = Strict
    stable: bool
    changes_at_m: float | None
    boundary: BoundaryPart | None
    words: str


class TolerancePart(BaseModel):
    """By how many metres the boundaries of layers were taken to be off, by layer, and which layers were not moved."""

    model_config = Strict
    metres: dict[str, float]
    fixed: list[str]
    parcel: SteadyPart


class BuildingPart(BaseModel):
    """The ground under the buildings that are to be kept, 0 where none is recorded, and how much bars that, or may."""

    model_config = Strict
    built_m2: float
    prohibited_m2: float
    possibly_prohibited_m2: float
    words: list[str]


class VerdictPart(BaseModel):
    """Parcel x use x pathway; `tolerance` is null where it was not asked.

    What keeps a building is judged by the ground that it stands on: `building` is null for other pathways, and where
    nobody knows where buildings stand.

    Of the ground, `possibly_prohibited_m2` may be prohibited and may not, whatever the verdict of the whole: the
    largest piece that remains is told as it surely is and, with that ground, as it possibly is.
    """

    model_config = Strict
    use: str
    pathway: str
    outcome: OutcomeWord
    at_least: OutcomeWord
    at_most: OutcomeWord
    words: str
    open: list[OpenPart]
    branches: list[BranchPart]
    area_m2_by_outcome: dict[OutcomeWord, float]
    possibly_prohibited_m2: float
    possibly_prohibited_by: list[OpenPart]
    largest_remaining_m2: float
    largest_possible_m2: float
    building: BuildingPart | None
    findings: list[str]
    decisions: list[DecisionPart]
    approvals: list[str]
    possible_approvals: list[PossibleApprovalPart]
    tolerance: SteadyPart | None


class DroppedPart(BaseModel):
    """An overlap that a threshold kept out."""

    model_config = Strict
    layer: str
    zone_class: str
    area_m2: float
    width_m: float | None
    reason: str


class Extract(BaseModel):
    """Everything the tool says of one parcel."""

    model_config = Strict
    schema_: Literal[1] = Field(1, alias="schema")
    extract_id: str
    parcel: str
    on: str
    rulebook: RulebookPart
    scenario: str | None
    assumed: list[AssumedPart]
    notice: str | None
    inputs: list[InputPart]
    area: AreaPart
    layers: list[LayerPart]
    findings: dict[str, FindingPart]
    approvals: dict[str, ApprovalPart]
    verdicts: list[VerdictPart]
    tolerance: TolerancePart | None
    dropped: list[DroppedPart]
    disclaimer: str


def schema() -> dict[str, Any]:
    """Return the JSON Schema of what `check --json` prints: a list of extracts."""
    written = Extract.model_json_schema(by_alias=True, mode="serialization")
    definitions = written.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "geo_tej extracts",
        "type": "array",
        "items": written,
        "$defs": definitions,
    }
