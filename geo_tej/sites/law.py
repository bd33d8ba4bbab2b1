"""What the law says of candidates and of ground, project by project: asked of `assess()`, never worked out here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_tej.i18n import Text
from geo_tej.model import OUTCOMES, Outcome
from geo_tej.rules import Questions, speaks
from geo_tej.verdict import assess
from geo_tej.verdict.cause import SIZE, Cause
from geo_tej.verdict.reasons import silences_of
from geo_tej.verdict.words import cause_words, law_words, layer_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from geo_tej.model import Project, Rule
    from geo_tej.siting.nouns import TourismProject
    from geo_tej.verdict import Assessment

INSET_M = 0.02
"""Faces are asked of so far within their edge, so that they do not meet the zones that begin there."""

MOST_SLIVER_M2 = 0.01

_NOT_FACTS = ("geometry", "parcel_layer", "kind", "name", "village", "registered_m2")


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why ground is barred: the words, the article or document, and whether law, programme, or doubt bars it."""

    id: str
    title: Text
    article: Text
    kind: str


def joined_facts(
    parcels: gpd.GeoDataFrame, candidates: gpd.GeoDataFrame, parts: Sequence[Sequence[str]]
) -> gpd.GeoDataFrame:
    """Return candidates with what is known of the parcels they lie on: what all agree on, the rest is unknown.

    Registered areas of whole parcels add up; names and villages are told one after the other.
    """
    columns = [name for name in parcels.columns if name not in _NOT_FACTS]
    owner = np.repeat(np.arange(len(candidates)), [len(each) for each in parts])
    its = pd.DataFrame(parcels.drop(columns="geometry")).loc[[name for each in parts for name in each]]
    grouped, everyone = its.groupby(owner), range(len(candidates))
    table = candidates.copy()
    for name in columns:
        agreed = grouped[name].nunique(dropna=False).eq(1)
        table[name] = grouped[name].first().where(agreed).reindex(everyone).to_numpy()
    if "registered_m2" in its:
        total = grouped["registered_m2"].agg(lambda areas: areas.sum(skipna=False)).reindex(everyone).to_numpy(float)
        table["registered_m2"] = np.where([bool(each) for each in candidates["parcels"]], total, np.nan)
    for name in ("name", "village"):
        if name in its:
            said = grouped[name].agg(lambda words: "、".join(dict.fromkeys(map(str, words.dropna()))))
            table[name] = said.reindex(everyone).to_numpy(object)
    return table


def mosaic(project: Project, within: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the parcels that tile an area, cut to it: rights parcels first, survey patches where there are none.

    Of what no parcel covers there is no verdict.
    """
    parcels = project.parcels
    near = parcels[shapely.intersects(parcels.geometry.to_numpy(), within)]
    kinds = near["kind"].to_numpy(object) if "kind" in near else np.full(len(near), "rights", dtype=object)
    first, rest = near[kinds == "rights"], near[kinds != "rights"]
    ground = rest.geometry.to_numpy().copy()
    if len(first) and len(rest):
        left, right = shapely.STRtree(first.geometry.to_numpy()).query(ground, predicate="intersects")
        for place in np.unique(left):
            over = shapely.union_all(first.geometry.to_numpy()[right[left == place]])
            ground[place] = shapely.difference(ground[place], over)
    whole = pd.concat([first, rest.set_geometry(gpd.GeoSeries(ground, index=rest.index, crs=rest.crs))])
    shapes = shapely.intersection(whole.geometry.to_numpy(), within)
    shapes = np.array([_polygonal(shape) for shape in shapes], dtype=object)
    kept = shapely.area(shapes) > MOST_SLIVER_M2
    return gpd.GeoDataFrame(whole[kept].drop(columns="geometry"), geometry=shapes[kept], crs=project.crs)


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the polygons of a cut, which may leave lines and points along its edge."""
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == len("xy")]) if len(parts) != 1 else shape


def ask(
    project: Project,
    parcels: gpd.GeoDataFrame,
    projects: Iterable[TourismProject],
    *,
    on: date | None,
    facts: Mapping[str, object] | None,
) -> Assessment:
    """Assess parcels for all uses and pathways of the tourism projects."""
    listed = list(projects)
    uses = list(dict.fromkeys(use for each in listed for use in each.uses))
    pathways = list(dict.fromkeys(each.pathway for each in listed))
    return assess(project, parcels=parcels, uses=uses, pathways=pathways, on=on, facts=facts, tolerance=0)


def standing(assessment: Assessment, project: TourismProject, *, of_parts: bool = False) -> pd.DataFrame:
    """Return how each parcel stands for a project: the strictest of its uses, areas by outcome where there is one use.

    How large its ground must be, a project says itself; the uses' least sizes are left aside. `of_parts` are pieces of
    parcels: whether a building stands on the parcel is no question of each of them.

    Columns: `outcome, at_least, at_most` as codes, `level`, `open` (sets of causes), and `permitted_m2` and so on.
    """
    numbers = _questions(assessment, project)
    judged = assessment.judgement

    def aside(cause: Cause) -> bool:
        return cause == SIZE or (of_parts and cause.kind == "standing")

    by_these = np.array([bool(causes) and all(map(aside, causes)) for causes in judged.open_sets], dtype=bool)
    most = np.where(by_these[judged.open[:, numbers]], judged.least[:, numbers], judged.most[:, numbers]).max(axis=1)
    least = judged.least[:, numbers].max(axis=1)
    causes = [
        tuple(dict.fromkeys(cause for code in row for cause in judged.open_sets[code] if cause != SIZE))
        for row in judged.open[:, numbers].tolist()
    ]
    table = pd.DataFrame(
        {
            "outcome": np.where(least == most, least, np.int8(Outcome.UNKNOWN)),
            "at_least": least,
            "at_most": most,
            "level": judged.level[:, numbers].max(axis=1),
            "open": pd.Series(causes, index=assessment.parcels.index, dtype=object),
        },
        index=assessment.parcels.index,
    )
    for name in (f"{outcome}_m2" for outcome in OUTCOMES):
        table[name] = judged.m2(name)[:, numbers[0]] if len(numbers) == 1 else np.nan
    return table


def ground_of(assessment: Assessment, projects: Sequence[TourismProject]) -> tuple[gpd.GeoDataFrame, Assessment | None]:
    """Return the faces of parcels with the outcome of each project on them, and the assessment of those asked again.

    Columns: `parcel`, its position, `area_m2`, and one named by each project.

    A parcel of one face has its own verdict there. The faces of others are asked of as if they were parcels, a little
    within their edge; no face is milder than what its parcel is surely held to as a whole. What may be permitted or
    conditional and no worse is told as conditional, for it is free of prohibition.
    """
    faces = assessment.evidence.faces
    owner = np.asarray(faces.parcel)
    alone = np.bincount(owner, minlength=len(assessment.parcels))[owner] == 1
    known = assessment.parcels.drop(columns="geometry").iloc[owner].reset_index(drop=True)
    inner = shapely.buffer(np.asarray(faces.polygon), -INSET_M, join_style="mitre")
    hollow = shapely.is_empty(inner)
    inner[hollow] = np.asarray(faces.polygon)[hollow]
    table = gpd.GeoDataFrame(
        {"parcel": owner, "area_m2": faces.area_m2}, geometry=np.asarray(faces.polygon), crs=assessment.parcels.crs
    )
    asked = gpd.GeoDataFrame(known, geometry=inner, crs=assessment.parcels.crs)
    asked.index = pd.Index([f"{number}" for number in range(len(asked))], name="parcel_id")
    split = asked[~alone]
    again = (
        assess(
            assessment.project,
            parcels=split,
            uses=[use.id for use in assessment.questions.uses],
            pathways=[pathway.id for pathway in assessment.questions.pathways],
            on=assessment.on,
            facts=assessment.facts,
            tolerance=0,
        )
        if len(split)
        else None
    )
    for project in projects:
        whole = standing(assessment, project)
        outcome = _free_or_unknown(whole)[owner]
        if again is not None:
            said = standing(again, project, of_parts=True)
            outcome[~alone] = _free_or_unknown(said)
            barred = whole["at_least"].to_numpy(np.int8)[owner[~alone]] == Outcome.PROHIBITED
            outcome[~alone] = np.where(barred, np.int8(Outcome.PROHIBITED), outcome[~alone])
        table[project.id] = outcome
    return table, again


def _free_or_unknown(stands: pd.DataFrame) -> NDArray[np.int8]:
    """Return outcomes, UNKNOWN only where a prohibition is possible and not sure."""
    outcome, most = stands["outcome"].to_numpy(np.int8), stands["at_most"].to_numpy(np.int8)
    return np.where((outcome == Outcome.UNKNOWN) & (most < Outcome.PROHIBITED), most, outcome)


def fears_of(assessment: Assessment, project: TourismProject, place: int) -> tuple[Cause, ...]:
    """Return why ground of a candidate may be prohibited to a project that surely is not."""
    feared = assessment.feared_on(place)
    return tuple(
        dict.fromkeys(cause for question in _questions(assessment, project).tolist() for cause in feared[question])
    )


def bars(assessment: Assessment, project: TourismProject) -> tuple[pd.DataFrame, dict[str, Reason]]:
    """Return the reasons for which parcels are barred to a project, wholly or in part: `parcel_id, reason, area_m2`.

    A reason is a text of law in a layer, by its article; or a layer that does not list the use.
    """
    language = ("zh", "en")
    asked = Questions(
        uses=tuple(use for use in assessment.questions.uses if use.id in project.uses),
        pathways=tuple(way for way in assessment.questions.pathways if way.id == project.pathway),
    )
    heard = {rule.id: rule for rule in assessment.rules if _bars(rule) and speaks(rule, asked).any()}
    speaking = np.zeros(len(assessment.found.parcel), dtype=bool)
    for question in _questions(assessment, project).tolist():
        speaking |= assessment.found.speaks(question)
    found = assessment.findings
    found = found[found["rule"].isin(heard) & found["holds"].astype(bool) & speaking[assessment.found.is_rule]]
    reasons: dict[str, Reason] = {}
    key_of: dict[str, str] = {}
    for name in found["rule"].unique():
        rule = heard[name]
        law = Text(*(law_words(assessment.project.rulebook, rule, each) for each in language))  # type: ignore[arg-type]
        layer = Text(*(layer_title(assessment.project, rule.layer, each) for each in language))  # type: ignore[arg-type]
        key = f"{rule.layer or ''}|{rule.source}|{rule.article}"
        title = layer if layer.zh or layer.en else rule.condition
        key_of[name] = key
        reasons.setdefault(key, Reason(id=key, title=title, article=law, kind="law"))
    table = pd.DataFrame(
        {
            "parcel_id": found["parcel_id"].to_numpy(),
            "reason": found["rule"].map(key_of).to_numpy(),
            "area_m2": found["area_m2"].to_numpy(float),
        }
    )
    table = table.groupby(["parcel_id", "reason"], sort=False)["area_m2"].max().reset_index()
    barred = assessment.parcels.index[standing(assessment, project)["at_least"].to_numpy() == Outcome.PROHIBITED]
    silent = barred.difference(pd.Index(table["parcel_id"]))
    rows = []
    for name in silent:
        for layer_id in _unlisted_by(assessment, str(name), project):
            cause = Cause(kind="unlisted" if layer_id else "base", layer=layer_id or None)
            words = Text(*(cause_words(assessment.project, cause, {}, each)[0] for each in language))  # type: ignore[arg-type]
            key = f"{layer_id}|unlisted"
            plan = _plan_words(assessment.project, layer_id)
            reasons.setdefault(key, Reason(id=key, title=words, article=plan, kind="law"))
            rows.append((name, key, float(assessment.parcels.geometry.loc[name].area)))
    if rows:
        more = pd.DataFrame(rows, columns=["parcel_id", "reason", "area_m2"])
        table = pd.concat([table, more], ignore_index=True) if len(table) else more
    return table, reasons


def open_words(assessment: Assessment, causes: Sequence[Cause]) -> tuple[Text, Text]:
    """Say what is to be settled on a candidate, and what would settle it."""
    rules = assessment.rules_by_id
    said = {
        language: list(dict.fromkeys(cause_words(assessment.project, cause, rules, language) for cause in causes))
        for language in ("zh", "en")
    }  # fmt: skip
    joint = {"zh": "；", "en": "; "}
    what, settled = (
        Text(*(joint[language].join(dict.fromkeys(pair[part] for pair in said[language])) for language in ("zh", "en")))
        for part in (0, 1)
    )
    return what, settled


def _bars(rule: Rule) -> bool:
    return rule.verified and rule.outcome == Outcome.PROHIBITED


def _questions(assessment: Assessment, project: TourismProject) -> NDArray[np.intp]:
    return np.array([assessment.questions.number(use, project.pathway) for use in project.uses], dtype=np.intp)


def _unlisted_by(assessment: Assessment, parcel: str, project: TourismProject) -> list[str]:
    """Name the layers whose silence bars a project on a parcel that no rule bars."""
    questions = _questions(assessment, project).tolist()
    barring = (each.layer for question in questions for each in silences_of(assessment, parcel, question))
    return list(dict.fromkeys(barring)) or [""]


def _plan_words(project: Project, layer: str) -> Text:
    """Name the plan that does not list a use by where the layer comes from."""
    supplied = project.layers.get(layer)
    if supplied is None or supplied.provenance.source is None:
        return Text("", "")
    return supplied.provenance.source
