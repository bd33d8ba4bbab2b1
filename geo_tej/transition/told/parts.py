"""The parts of the report on ways out: the contract that other programs hold on to. Its JSON Schema is shipped."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Strict = ConfigDict(extra="forbid")
StandingWord = Literal["admissible", "conditional", "open", "partly", "barred"]
OutcomeWord = Literal["permitted", "conditional", "prohibited"]
SpanWord = Literal["permitted", "conditional", "prohibited", "unknown"]


class RulebookPart(BaseModel):
    """Which law was applied."""

    model_config = Strict
    id: str
    version: str
    sha256: str


class RouteDecisionPart(BaseModel):
    """What an officer decided on what a route leaves open, on one parcel: it stands beside the reason."""

    model_config = Strict
    parcel: str
    decision: OutcomeWord
    reason: str
    officer: str
    date: str
    document: str


class ReasonPart(BaseModel):
    """A reason that holds, or may hold, on some of the enterprise's parcels."""

    model_config = Strict
    id: str
    effect: Literal["bars", "conditions", "leaves_open", "for", "against"]
    holds: Literal["yes", "maybe"]
    words: str
    source: str
    article: str
    verified: bool
    parcels: list[str]
    decisions: list[RouteDecisionPart]


class OpenPart(BaseModel):
    """What keeps a route open on some parcels, and what would settle it; `fact` can be stated by `--fact`."""

    model_config = Strict
    what: str
    settled_by: str
    kind: str
    fact: str | None
    use: str | None
    parcels: list[str]


class ValuePart(BaseModel):
    """A land value per m²."""

    model_config = Strict
    value: float
    date: str
    term_years: float | None
    source: str
    licence: str


class EstimatePart(BaseModel):
    """A supplement of one parcel and use: the amount with its inputs, or null with what is missing."""

    model_config = Strict
    parcel: str
    use: str
    amount: float | None
    floored: bool
    area_m2: float | None
    area_is: str
    old: ValuePart | None
    new: ValuePart | None
    old_years: float | None
    new_years: float | None
    old_factor: float
    new_factor: float
    longest_years: float | None
    missing: list[str]


class SupplementPart(BaseModel):
    """The range of supplements over the uses that may still come; null where nothing can be told of a parcel.

    It is over `estimated` of `uses` (parcel and use); what the others lack is in `missing`.
    """

    model_config = Strict
    currency: str
    estimated: int
    uses: int
    lowest: float | None
    highest: float | None
    formula: str
    assumptions: list[str]
    missing: list[str]
    estimates: list[EstimatePart]


class PossibleApprovalPart(BaseModel):
    """An approval that a route may need and may not, and what that hangs on."""

    model_config = Strict
    approval: str
    depends_on: list[str]


class RoutePart(BaseModel):
    """How one route stands for one enterprise; `one_question` where a single one would settle it."""

    model_config = Strict
    route: str
    standing: StandingWord
    at_least: SpanWord
    at_most: SpanWord
    parcels: dict[str, list[str]]
    uses: dict[str, dict[str, int]]
    reasons: list[ReasonPart]
    open: list[OpenPart]
    one_question: str | None
    approvals: list[str]
    possible_approvals: list[PossibleApprovalPart]
    supplement: SupplementPart | None


class ContributionPart(BaseModel):
    """What one criterion adds to a score."""

    model_config = Strict
    criterion: str
    weight: float
    at_least: float
    at_most: float
    missing: list[str]


class PriorityPart(BaseModel):
    """An enterprise's score and rank, or the spans of them, and the enterprises that tie with it."""

    model_config = Strict
    at_least: float
    at_most: float
    of: float
    best_rank: int
    worst_rank: int
    tied: list[str]
    contributions: list[ContributionPart]


class StatusPart(BaseModel):
    """The last step that an enterprise took by the day asked of."""

    model_config = Strict
    status: str
    since: str
    note: str
    officer: str


class EnterprisePart(BaseModel):
    """One enterprise and its ways out."""

    model_config = Strict
    id: str
    name: str
    parcels: dict[str, float]
    area_m2: float
    chosen: str
    status: StatusPart | None
    priority: PriorityPart
    routes: list[RoutePart]


class LawPart(BaseModel):
    """A route as the rulebook has it."""

    model_config = Strict
    id: str
    ref: str
    title: str
    words: str
    land: Literal["kept", "new_contract", "auction", "leaves"]
    source: str
    article: str
    verified: bool


class ClaimPart(BaseModel):
    """One enterprise that relocates, in the order of priority."""

    model_config = Strict
    enterprise: str
    why: Literal["chosen", "only_way"]
    need_m2: float | None
    fits: Literal["yes", "no", "open"]
    rivals: list[str]


class QuotaPart(BaseModel):
    """What those who relocate need against what is available in the year of the day asked of."""

    model_config = Strict
    year: int
    available_m2: float | None
    needed_m2: float
    need_unknown: list[str]
    short_m2: float | None
    entries: list[dict[str, Any]]
    claims: list[ClaimPart]


class ProgressPart(BaseModel):
    """Enterprises and ground by status on one day; the status "" has taken no step."""

    model_config = Strict
    date: str
    enterprises: dict[str, int]
    area_m2: dict[str, float]


class AssumedPart(BaseModel):
    """A fact that the question stated of all, and the enterprises of which the data record another value or none."""

    model_config = Strict
    fact: str
    value: bool | float | str
    otherwise: list[str]
    unrecorded: list[str]


class Report(BaseModel):
    """The ways out of a project's enterprises: the contract that other programs hold on to."""

    model_config = Strict
    schema_: Literal[1] = Field(1, alias="schema")
    transition_id: str
    assessment_id: str
    on: str
    assumed: list[AssumedPart]
    rulebook: RulebookPart
    routes: list[LawPart]
    enterprises: list[EnterprisePart]
    quota: QuotaPart
    progress: list[ProgressPart]
    disclaimer: str


def schema() -> dict[str, Any]:
    """Return the report's JSON Schema."""
    return Report.model_json_schema(by_alias=True) | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
