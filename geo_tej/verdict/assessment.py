"""The one way from layers to verdicts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_tej.crs import require_same
from geo_tej.errors import QuestionError, choices
from geo_tej.frames import categories, check_parcels
from geo_tej.model import LEVELS, OUTCOMES, SEMANTICS, STATES, Outcome
from geo_tej.rules import NO, YES, Questions, matches, truth
from geo_tej.verdict.evidence import Evidence, gather
from geo_tej.verdict.judge import Cause, Judgement, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import geopandas as gpd

    from geo_tej.model import Decision, Fact, Pathway, Project, Rule, Rulebook, Use


@dataclass(frozen=True, kw_only=True, eq=False)
class Assessment:
    """Verdicts of a batch of parcels, with everything they rest on.

    `overlaps` and `dropped` are the ledger; `findings`, `verdicts` and `layers` are made from codes when asked for.
    """

    project: Project
    on: date
    facts: Mapping[str, object]
    questions: Questions
    rules: tuple[Rule, ...]
    parcels: gpd.GeoDataFrame
    evidence: Evidence
    judgement: Judgement
    overlaps: pd.DataFrame
    dropped: pd.DataFrame
    assessment_id: str
    decisions: tuple[Decision, ...] = ()

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """A row a parcel x use x pathway: span, outcome, open causes (a code into `open_sets`), areas and level."""
        judged, asked = self.judgement, self.questions
        count, uses, pathways = len(self.parcels), len(asked.uses), len(asked.pathways)
        outcome = np.where(judged.least == judged.most, judged.least, np.int8(Outcome.UNKNOWN))

        return pd.DataFrame(
            {
                "parcel_id": categories(np.repeat(np.arange(count), uses * pathways), self.parcels.index),
                "use": categories(
                    np.tile(np.repeat(np.arange(uses), pathways), count), [u.id for u in asked.uses], ordered=True
                ),
                "pathway": categories(
                    np.tile(np.arange(pathways), count * uses), [p.id for p in asked.pathways], ordered=True
                ),
                "outcome": categories(outcome, OUTCOMES, ordered=True),
                "at_least": categories(judged.least, OUTCOMES, ordered=True),
                "at_most": categories(judged.most, OUTCOMES, ordered=True),
                "open": judged.open.ravel(),
                **{f"{name}_m2": judged.area_m2[code].ravel() for code, name in enumerate(OUTCOMES)},
                "largest_remaining_m2": judged.largest_m2.ravel(),
                "level": categories(judged.level, LEVELS, ordered=True),
            }
        )

    @property
    def open_sets(self) -> tuple[tuple[Cause, ...], ...]:
        """The sets of open causes that the codes of `verdicts.open` stand for."""
        return self.judgement.open_sets

    @cached_property
    def findings(self) -> pd.DataFrame:
        """A row a parcel and rule that speaks on it: layer, class, ground, whether it surely holds, and the law."""
        hits, keys = self.evidence.hits, self.evidence.keys
        held = {rule.id: truth(rule.when, self.evidence.facts) for rule in self.rules}
        rows: list[pd.DataFrame] = []
        of_key = np.argsort(hits.key, kind="stable")
        start = np.searchsorted(hits.key[of_key], np.arange(len(keys) + 1))
        for number, key in enumerate(keys):
            met = of_key[start[number] : start[number + 1]]
            for rule in self.rules:
                if rule.layer != key.layer or rule.distance_m != key.distance_m or rule.kind == "raster":
                    continue
                match, _ = matches(rule, key.attributes)
                here = met[held[rule.id][hits.parcel[met]] != NO]
                if match == NO or not len(here):
                    continue
                sure = (held[rule.id][hits.parcel[here]] == YES) & (match == YES)
                rows.append(
                    _finding(
                        rule,
                        hits.parcel[here],
                        sure,
                        key.label,
                        hits.area_m2[here],
                        hits.share[here],
                        hits.distance_m[here],
                    )
                )
        for rule in self.rules:
            if rule.kind in ("fact", "raster"):
                here = np.flatnonzero(held[rule.id] != NO)
                area = self.evidence.area_m2[here]
                nothing = np.full(len(here), np.nan)
                rows.append(_finding(rule, here, held[rule.id][here] == YES, "", area, np.ones(len(here)), nothing))
        if not rows:
            return _finding(None, np.empty(0, np.intp), np.empty(0, bool), "", np.empty(0), np.empty(0), np.empty(0))
        table = pd.concat(rows, ignore_index=True).sort_values(["parcel", "rule"], kind="stable", ignore_index=True)
        table.insert(0, "parcel_id", self.parcels.index.to_numpy()[table["parcel"]])
        return table.drop(columns="parcel")

    @cached_property
    def layers(self) -> pd.DataFrame:
        """A row a parcel and layer of the rulebook: its state."""
        names = self.evidence.layers
        return pd.DataFrame(
            {
                "parcel_id": np.repeat(self.parcels.index.to_numpy(), len(names)),
                "layer": categories(np.tile(np.arange(len(names)), len(self.parcels)), names),
                "state": categories(self.evidence.states, STATES),
            }
        )

    def position(self, parcel: str) -> int:
        """Return the place of a parcel in the batch.

        Raises
        ------
        QuestionError
            If it was not assessed.
        """
        place = self.parcels.index.get_indexer([parcel])[0]
        if place < 0:
            message = (
                f"parcel {parcel!r} was not assessed; {choices(str(parcel), self.parcels.index.astype(str).to_list())}"
            )
            raise QuestionError(message)
        return int(place)


def _finding(  # noqa: PLR0913  the columns of one table
    rule: Rule | None,
    parcel: np.ndarray,
    certain: np.ndarray,
    label: str,
    area: np.ndarray,
    share: np.ndarray,
    distance: np.ndarray,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "parcel": parcel,
            "rule": rule.id if rule else "",
            "ref": rule.ref if rule else "",
            "layer": (rule.layer or "") if rule else "",
            "zone_class": label,
            "area_m2": area,
            "share": share,
            "distance_m": distance,
            "outcome": OUTCOMES[rule.outcome] if rule else "",
            "binds": rule.binds if rule else "",
            "holds": certain,
            "verified": rule.verified if rule else False,
            "source": rule.source if rule else "",
            "article": rule.article if rule else "",
        }
    )


def assess(  # noqa: PLR0913  the question has these parts
    project: Project,
    *,
    parcels: gpd.GeoDataFrame | None = None,
    uses: Iterable[str] | None = None,
    pathways: Iterable[str] | None = None,
    on: date | None = None,
    facts: Mapping[str, object] | None = None,
) -> Assessment:
    """Say for each parcel, use and pathway what the law lets come, as far as it is known.

    Pure in the batch: parcels given are judged by themselves, and nothing is read or written.

    Parameters
    ----------
    project
        The rulebook and the layers.
    parcels
        Polygons indexed by `parcel_id` in the project's CRS; all of the project's unless given.
    uses, pathways
        Their ids (or a use's reference); all of the rulebook's unless given.
    on
        The day whose law applies; the manifest's unless given.
    facts
        Facts that the question states, for all its parcels.

    Raises
    ------
    QuestionError
        If a use, pathway or fact is not in the rulebook.
    FrameError, CRSError
        If the parcels are unfit, or not in the project's CRS.
    """
    rulebook = project.rulebook
    batch = check_parcels(project.parcels if parcels is None else parcels)
    require_same(batch.crs, project.crs, left_name="parcels", right_name="the project")
    asked = Questions(uses=_uses(rulebook, uses), pathways=_pathways(rulebook, pathways))
    stated = {name: stated_fact(rulebook, name, value) for name, value in (facts or {}).items()}
    day = project.on if on is None else on.date() if isinstance(on, datetime) else on
    rules = rulebook.on(day)
    evidence, ledger = gather(project, batch, rules, stated)
    decisions = _decisions(project, batch)
    return Assessment(
        project=project,
        on=day,
        facts=stated,
        questions=asked,
        rules=rules,
        parcels=batch,
        evidence=evidence,
        judgement=judge(evidence, rulebook, rules, asked, decisions=decisions),
        overlaps=ledger.kept,
        dropped=ledger.dropped,
        assessment_id=_identity(project, batch, day, stated, decisions),
        decisions=decisions,
    )


def assume(assessment: Assessment, parcel: str, attribute: tuple[str, str], value: str) -> Judgement:
    """Judge one parcel again as if an unknown attribute of a layer had this value."""
    evidence = assessment.evidence.only(assessment.position(parcel))
    return judge(
        evidence,
        assessment.project.rulebook,
        assessment.rules,
        assessment.questions,
        assume={attribute: value},
        decisions=assessment.decisions,
    )


def suppose(assessment: Assessment, parcel: str, fact: str, value: str) -> Judgement:
    """Judge one parcel again as if an unknown fact had this value."""
    evidence = assessment.evidence.only(assessment.position(parcel))
    evidence = replace(evidence, facts=evidence.facts.assign(**{fact: value}))
    return judge(
        evidence,
        assessment.project.rulebook,
        assessment.rules,
        assessment.questions,
        decisions=assessment.decisions,
    )


def _decisions(project: Project, batch: gpd.GeoDataFrame) -> tuple[Decision, ...]:
    """Return the decisions on parcels of a batch; ground that only bears a parcel's name was not decided on."""
    found = []
    for decision in project.decisions:
        ours, theirs = (frame.index.get_indexer([decision.parcel])[0] for frame in (project.parcels, batch))
        if min(ours, theirs) >= 0:
            left, right = project.parcels.geometry.iloc[ours], batch.geometry.iloc[theirs]
            if left is right or shapely.equals_identical(left, right):
                found.append(decision)
    return tuple(found)


def _uses(rulebook: Rulebook, names: Iterable[str] | None) -> tuple[Use, ...]:
    if names is None:
        return tuple(rulebook.uses.values())
    by_ref = {use.ref: use for use in rulebook.uses.values() if use.ref}
    chosen = {}
    for name in names:
        use = rulebook.uses.get(name) or by_ref.get(name)
        if use is None:
            message = f"use {name!r} is not in the rulebook {rulebook.id}; {choices(name, list(rulebook.uses))}"
            raise QuestionError(message)
        chosen[use.id] = use
    return tuple(chosen.values())


def _pathways(rulebook: Rulebook, names: Iterable[str] | None) -> tuple[Pathway, ...]:
    if names is None:
        return tuple(rulebook.pathways.values())
    for name in (names := tuple(dict.fromkeys(names))):
        if name not in rulebook.pathways:
            message = f"pathway {name!r} is not in the rulebook {rulebook.id}; {choices(name, list(rulebook.pathways))}"
            raise QuestionError(message)
    return tuple(rulebook.pathways[name] for name in names)


def stated_fact(rulebook: Rulebook, name: str, value: object) -> object:
    """Return a stated fact as its type.

    Raises
    ------
    QuestionError
        If no rule asks for it, or its value is none of its type.
    """
    if name == "area_m2" or name not in rulebook.facts:
        known = [fact for fact in rulebook.facts if fact != "area_m2"]
        message = f"fact {name!r} is not one a rule of {rulebook.id} asks for; {choices(name, known)}"
        raise QuestionError(message)
    fact = rulebook.facts[name]
    try:
        return _PARSE[fact.type](fact, value)
    except (ValueError, TypeError, KeyError) as fault:
        allowed = {
            "number": "a number", "bool": "yes or no", "date": "a date like 2026-06-30",
            "enum": f"one of {', '.join(fact.values)}",
        }  # fmt: skip
        message = f"fact {name}={value}: must be {allowed[fact.type]}"
        raise QuestionError(message) from fault


def _number(_: Fact, value: Any) -> float:  # noqa: ANN401
    number = float(value)
    if not np.isfinite(number):
        raise ValueError(value)
    return number


def _enum(fact: Fact, value: Any) -> str:  # noqa: ANN401
    return fact.values[fact.values.index(str(value))]


def _yes_no(_: Fact, value: Any) -> bool:  # noqa: ANN401
    return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}[str(value).lower()]


def _day(_: Fact, value: Any) -> date:  # noqa: ANN401
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(value)


_PARSE: dict[str, Callable[[Fact, Any], object]] = {
    "number": _number,
    "enum": _enum,
    "bool": _yes_no,
    "date": _day,
}


def _identity(
    project: Project,
    parcels: gpd.GeoDataFrame,
    day: date,
    facts: Mapping[str, object],
    decisions: tuple[Decision, ...],
) -> str:
    """Hash what the answers depend on: CRS, columns, geometry, rulebook, day, facts, and the semantics of answering.

    Sign-offs and decisions are part of it where there are any.
    """
    digest = hashlib.sha256()
    head = {
        "semantics": SEMANTICS,
        "crs": project.crs.to_wkt(),
        "rulebook": project.rulebook.sha256,
        "on": day.isoformat(),
        "facts": {name: str(facts[name]) for name in sorted(facts)},
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
    if decisions:
        head["decided"] = [astuple(each) for each in decisions]
    digest.update(json.dumps(head, sort_keys=True, ensure_ascii=False, default=str).encode())
    columns = [name for name in (*project.rulebook.facts, "registered_m2") if name in parcels.columns]
    digest.update(pd.DataFrame(parcels[columns]).astype(str).to_csv().encode())
    for shape in shapely.to_wkb(parcels.geometry.to_numpy()):
        digest.update(len(shape or b"").to_bytes(8, "little") + (shape or b""))
    return digest.hexdigest()[:16]
