"""The columns and the header of a page of answers: verdicts by parcel, the law behind each, layers, enterprises."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_tej.i18n import GROUP_WORDS, LEVEL_WORDS, OUTCOME_SHORT, OUTCOME_SIGNS, OUTCOME_WORDS, STATE_WORDS, mark
from geo_tej.maps.columns import areas, distinct, grid_zoom, hilbert, shapes, smallest, starts
from geo_tej.maps.layers import degrees, parcel_texts
from geo_tej.maps.looks import LOOKS, overview_bins
from geo_tej.maps.release import foot_lines, published, warnings
from geo_tej.maps.relief import relief_png
from geo_tej.maps.words import PAGE_WORDS, class_words
from geo_tej.model import Outcome
from geo_tej.rules import YES
from geo_tej.verdict import Cause, enterprise_verdicts
from geo_tej.verdict.cause import missing
from geo_tej.verdict.explanation import LEAST_M2, how_to_say
from geo_tej.verdict.possible import asks_for
from geo_tej.verdict.steadiness import decimetres, fixed_words, place_words, sentences, tolerance_words
from geo_tej.verdict.table import EVERYWHERE
from geo_tej.verdict.words import (
    cause_words,
    decision_words,
    doubt_words,
    finding_parts,
    law_words,
    layer_title,
    permit_words,
    zone_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Layer, Rule
    from geo_tej.verdict import Assessment

DEFAULT_MANIFEST = Path("layers/layers.toml")
UNSTEADY = 1 << 7
"""In the numbers of verdicts: boundaries may change it."""
_DETAILS = ("name", "village", "land_use_code", "land_use_scheme", "tenure", "term_end")


def answer_columns(
    assessment: Assessment, language: Language, *, opens_on: str | None, parcel: str | None, paper: str
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the header and the columns of a page of answers, which opens on a use or on the overview."""
    page = _Page(assessment, language)
    opened = None if parcel is None else int(np.flatnonzero(page.order == assessment.position(parcel))[0])
    return page.header(opens_on) | {"opens_parcel": opened, "paper": paper}, page.columns


def opening_bounds(assessment: Assessment, *, margin: float = 0.4) -> tuple[float, float, float, float]:
    """Return west, south, east and north of what the page opens on, in the CRS of the parcels.

    Where most of the enterprises are: the middle three fifths of their parcels, and around them a margin as a share of
    the longer side; without any, all parcels.
    """
    parcels = assessment.parcels
    shown = parcels[parcels.index.isin(assessment.project.occupancy["parcel_id"])]
    boxes = (shown if len(shown) else parcels).geometry.bounds.dropna()
    left_out = 0.2 if len(shown) else 0.0
    west, south = boxes["minx"].quantile(left_out), boxes["miny"].quantile(left_out)
    east, north = boxes["maxx"].quantile(1 - left_out), boxes["maxy"].quantile(1 - left_out)
    around = (margin if len(shown) else 0.05) * max(east - west, north - south)
    return west - around, south - around, east + around, north + around


class _Page:
    """Header and columns of one page; parcels stand in the order of `self.order`."""

    def __init__(self, assessment: Assessment, language: Language) -> None:
        self.assessment, self.language = assessment, language
        self.project, self.rulebook = assessment.project, assessment.project.rulebook
        self.columns: dict[str, NDArray[Any]] = {}
        geometry = assessment.parcels.geometry.to_numpy()
        layer = assessment.parcels.get("parcel_layer")
        names = [""] * len(geometry) if layer is None else layer.fillna("").to_list()
        self.parcel_layers = list(dict.fromkeys(names))
        group = np.array([self.parcel_layers.index(name) for name in names], dtype=np.intp)
        along = hilbert(geometry)
        self.order = along[np.argsort(group[along], kind="stable")]
        self.group_start = starts(group[self.order], len(self.parcel_layers))
        self.bounds = degrees(opening_bounds(assessment), self.project.crs)
        self.zoom = grid_zoom(self.project.precision_m, self.bounds[0][0])
        self.texts: dict[str, Any] = {}

    def header(self, opens_on: str | None) -> dict[str, Any]:
        """Return the header, filling the columns on the way."""
        project, language = self.project, self.language
        asked = self.assessment.questions
        groups = list(dict.fromkeys(use.group for use in asked.uses))
        return {
            "page": "answers",
            "words": {name: words[language] for name, words in PAGE_WORDS.items()},
            "language": language,
            "title": project.title[language],
            "notice": project.notice[language] if project.notice else "",
            "failed": self._failed(),
            "warnings": warnings(project, self.assessment.parcels, language),
            "foot": foot_lines(self.assessment, language),
            "disclaimer": self.rulebook.disclaimer[language],
            "assessment": self.assessment.assessment_id,
            "command": self._command(),
            "units": list(self.rulebook.units),
            "outcomes": [
                [short[language], whole[language]] for short, whole in zip(OUTCOME_SHORT, OUTCOME_WORDS, strict=True)
            ],
            "class_words": class_words(language),
            "bins": overview_bins(len(asked.uses)),
            "looks": LOOKS,
            "signs": list(OUTCOME_SIGNS),
            "states": [words[language] for words in STATE_WORDS],
            "levels": [words[language] for words in LEVEL_WORDS],
            "groups": [self._group(name) for name in groups],
            "uses": [[use.title[language], use.ref, groups.index(use.group), use.id] for use in asked.uses],
            "pathways": [pathway.title[language] for pathway in asked.pathways],
            "pathway_ids": [pathway.id for pathway in asked.pathways],
            "opens_on": None if opens_on is None else [use.id for use in asked.uses].index(opens_on),
            "parcels": self._parcels(),
            "texts": self.texts,
            "law": self._law(),
            "layers": self._layers(),
            "enterprises": self._enterprises(),
            "relief": relief_png(project),
            "tolerance": self._tolerance(),
            "bounds": self.bounds,
        }

    def _failed(self) -> list[str]:
        """Say which layers could not be read."""
        failed = [layer_title(self.project, name, self.language) for name in self.project.faults]
        joint = "、" if self.language == "zh" else ", "
        return [PAGE_WORDS["failed"][self.language] + joint.join(failed)] if failed else []

    def _command(self) -> str:
        """Return the command that prints a parcel's extract, as it would be typed where the project lies."""
        asked = self.assessment
        options = [f"--on {asked.on.isoformat()}"] if asked.on != self.project.on else []
        options += [f"--fact {name}={value}" for name, value in asked.facts.items()]
        if asked.robust is not None and asked.robust.default_m:
            options.append(f"--tolerance {asked.robust.default_m:g}")
        options += [f"--scenario {self.project.scenario}"] if self.project.scenario else []
        manifest = self.project.manifest
        if not manifest.is_absolute() and manifest != DEFAULT_MANIFEST:
            options.append(f"-m {shlex.quote(manifest.as_posix())}")
        return " ".join(["geo-tej check", "{id}", *options])

    def _group(self, name: str) -> str:
        words = self.rulebook.groups.get(name) or GROUP_WORDS.get(name)
        return words[self.language] if words else name

    def _parcels(self) -> dict[str, Any]:
        parcels = self.assessment.parcels.iloc[self.order]
        judged = self.assessment.judgement
        spans = (judged.least | judged.most << 2 | judged.level << 4).astype(np.uint32)
        if self.assessment.robust is not None:
            spans |= np.where(self.assessment.robust.stable, np.uint32(0), np.uint32(UNSTEADY))
        profile = spans | judged.open.astype(np.uint32) << 8
        table, which = distinct(profile[self.order])
        self.columns |= shapes(parcels.geometry.to_numpy(), self.project.crs, "parcels", zoom=self.zoom)
        self.columns["verdict.profile"] = which
        self.columns["verdict.table"] = smallest(table.ravel())
        self.columns["parcel.area"] = areas(self.assessment.evidence.area_m2[self.order])
        if "registered_m2" in parcels and published(self.project, "parcels", "registered_m2"):
            self.columns["parcel.registered"] = areas(parcels["registered_m2"].to_numpy(np.float64))
        self._ground()
        told = [
            name
            for name in _DETAILS
            if name in parcels and published(self.project, "parcels", name) and parcels[name].notna().any()
        ]
        texts, columns = parcel_texts(parcels, told)
        self.texts |= texts
        self.columns |= columns
        return {
            "groups": [
                [self._title(name), int(first), self._shown(parcels.iloc[int(first)])]
                for name, first in zip(self.parcel_layers, self.group_start[:-1], strict=True)
            ],
        }

    def _title(self, parcel_layer: str) -> str:
        if not parcel_layer:
            return PAGE_WORDS["parcels"][self.language]
        return self.project.layers[parcel_layer].title[self.language]

    def _shown(self, parcel: pd.Series) -> bool:
        """Tell whether a parcel layer is on at the start: survey patches would hide rights parcels."""
        kinds = self.assessment.parcels.get("kind")
        return kinds is None or parcel["kind"] == "rights" or not (kinds == "rights").any()

    def _ground(self) -> None:
        """Give the ground to keep clear of and what may have to be, where a verdict that is not prohibited has some."""
        judged = self.assessment.judgement
        barred, feared = judged.area_m2[Outcome.PROHIBITED][self.order], judged.feared_m2[self.order]
        partly = feared > 0
        partly &= self.assessment.evidence.area_m2[self.order][:, None] - barred - feared > LEAST_M2
        kept = ((barred > 0) | partly) & (judged.least[self.order] < Outcome.PROHIBITED)
        parcel, question = np.nonzero(kept)
        self.columns["ground.start"] = starts(parcel, len(self.order))
        self.columns["ground.question"] = smallest(question)
        self.columns["ground.barred"] = areas(barred[kept])
        self.columns["ground.feared"] = areas(np.where(partly, feared, 0.0)[kept])
        self.columns["ground.rest"] = areas(judged.largest_m2[self.order][kept])
        self.columns["ground.most"] = areas(judged.largest_possible_m2[self.order][kept])

    def _tolerance(self) -> dict[str, Any] | None:
        """Give the distance to the boundary that may change each verdict that is not stable, if that was asked."""
        robust, language = self.assessment.robust, self.language
        if robust is None:
            return None
        distance, boundary = robust.distance_m[self.order], robust.boundary[self.order]
        near = np.isfinite(distance)
        parcel, question = np.nonzero(near)
        codes, place = np.unique(boundary[near], return_inverse=True)
        self.columns["steady.start"] = starts(parcel, len(self.order))
        self.columns["steady.question"] = smallest(question)
        self.columns["steady.distance"] = smallest(np.array([*map(decimetres, distance[near].tolist())], np.intp))
        self.columns["steady.boundary"] = smallest(place.ravel())
        keys = [robust.keys[code] if code < len(robust.keys) else None for code in codes.tolist()]
        return {
            "within": tolerance_words(self.assessment, language),
            "words": sentences(self.assessment, language),
            "boundaries": [place_words(self.project, key, language) for key in keys],
            "fixed": fixed_words(self.assessment, language),
        }

    def _law(self) -> dict[str, Any]:
        """Give what each parcel meets, which rules speak there and whether they hold, and what is open."""
        assessment, evidence, language = self.assessment, self.assessment.evidence, self.language
        table = assessment.table
        place = np.empty(len(self.order), np.intp)
        place[self.order] = np.arange(len(self.order))
        hits = evidence.hits
        by_place = np.lexsort((hits.key, place[hits.parcel]))
        self.columns["hit.count"] = smallest(np.bincount(place[hits.parcel], minlength=len(self.order)))
        self.columns["hit.key"] = smallest(hits.key[by_place])
        whole = hits.share[by_place] >= 1 - 1e-9
        self.columns["hit.area"] = smallest(np.where(whole, 0, np.maximum(areas(hits.area_m2[by_place]), 1)))
        states, which = distinct(evidence.states[self.order])
        self.columns["state.profile"] = which
        self.columns["state.table"] = states.ravel().astype(np.uint8)

        speaking = _Rules(self)
        keys = []
        for code, key in enumerate(evidence.keys):
            heard = []
            for row in table.rows.of(code):
                rule, unknown = assessment.rules[table.rows.rule[row]], table.rows.unknown[row]
                sure = table.rows.match[row] == YES
                number = speaking.number(rule)
                if number is not None:
                    heard.append([number, True if sure else doubt_words(self.rulebook, rule, unknown, language)])
            zone = zone_words(self.rulebook.layers.get(key.layer), key.label, language)
            ground = layer_title(self.project, key.layer, language) + mark(zone, language)
            keys.append([evidence.layers.index(key.layer), ground, key.distance_m, heard])
        general = [speaking.number(assessment.rules[table.rows.rule[row]]) for row in table.rows.of(EVERYWHERE)]
        everywhere = [number for number in general if number is not None]
        without = [
            [
                number
                for rule in assessment.rules
                if rule.layer == name and rule.kind in ("zone", "matrix", "setback") and asks_for(rule)
                for number in [speaking.number(rule)]
                if number is not None
            ]
            if evidence.unsurveyed[:, column].any()
            else []
            for column, name in enumerate(evidence.layers)
        ]
        self._held(speaking.chosen)
        rules = {rule.id: rule for rule in assessment.rules}
        sets = assessment.open_sets
        causes = list(dict.fromkeys(cause for causes in sets for cause in causes))
        return {
            "layers": [
                [
                    layer_title(self.project, name, language),
                    self.rulebook.layers[name].heads_extract,
                    cause_words(self.project, Cause(kind="unlisted", layer=name), rules, language)[0]
                    if self.rulebook.layers[name].unlisted == "prohibited"
                    else "",
                ]
                for name in evidence.layers
            ],
            "keys": keys,
            "everywhere": everywhere,
            "rules": [speaking.row(rule) for rule in speaking.chosen],
            "permits": [
                permit_words(self.rulebook, permit, language).strip(" →") for permit in self.rulebook.permits.values()
            ],
            "causes": [
                [*cause_words(self.project, cause, rules, language), how_to_say(self.rulebook, cause).strip()]
                for cause in causes
            ],
            "sets": [[causes.index(cause) for cause in each] for each in sets],
            "decisions": self._decisions(place),
            "without": without,
        }

    def _decisions(self, place: NDArray[np.intp]) -> list[list[Any]]:
        """Give what officers decided: the parcel, use, pathway and rule, and the words."""
        ways = len(self.assessment.questions.pathways)
        return [
            [int(place[parcel]), *divmod(question, ways), each.rule, decision_words(each, self.language)]
            for (parcel, question), decisions in self.assessment.decided.items()
            for each in decisions
        ]

    def _held(self, chosen: Sequence[Rule]) -> None:
        """Give, for the rules with tests, whether they hold at each parcel."""
        table = self.assessment.table
        tests = [table.test_of[table.number(rule)] for rule in chosen if rule.when]
        rows = table.tests.held(self.assessment.evidence.known)[self.order][:, tests or [0]]
        found, which = distinct(rows)
        self.columns["held.profile"] = which
        self.columns["held.table"] = found.ravel().astype(np.uint8)

    def _layers(self) -> list[dict[str, Any]]:
        """Give the shapes of zones, objects and context layers."""
        listed: list[dict[str, Any]] = []
        for layer in self.project.layers.values():
            if layer.frame is None or layer.role not in ("zones", "objects", "context", "area") or not len(layer.frame):
                continue
            if layer.style == "place" and not ("name" in layer.frame and published(self.project, layer.role, "name")):
                continue  # places are shown by their names alone
            listed.append(self._layer(layer, f"layer{len(listed)}"))
        return listed

    def _layer(self, layer: Layer, prefix: str) -> dict[str, Any]:
        frame = layer.frame
        assert frame is not None  # noqa: S101  narrows the type; the caller has looked
        geometry = frame.geometry.to_numpy()
        types = shapely.get_dimensions(geometry)
        chosen = np.flatnonzero(types == types.max())
        chosen = chosen[hilbert(geometry[chosen])]
        self.columns |= shapes(geometry[chosen], self.project.crs, prefix, zoom=self.zoom)
        law = self.rulebook.layers.get(layer.id)
        described: dict[str, Any] = {
            "title": layer.title[self.language],
            "role": layer.role,
            "style": layer.style,
            "prefix": prefix,
            "show": layer.role in ("context", "area") or layer.show or bool(law and law.heads_extract),
            "base": bool(law and law.base),
        }
        if layer.role in ("zones", "objects"):
            classes = list(layer.classes)
            code = {name: number for number, name in enumerate(classes)}
            self.columns[f"{prefix}.class"] = smallest(
                np.array([code[name] for name in frame["zone_class"].iloc[chosen]], np.intp)
            )
            described["classes"] = [zone_words(law, name, self.language) for name in classes]
        elif "name" in frame and published(self.project, layer.role, "name"):
            described["names"] = [None if name is None else str(name) for name in frame["name"].iloc[chosen]]
        return described

    def _enterprises(self) -> list[dict[str, Any]]:
        project, asked = self.project, self.assessment.questions
        if not len(project.enterprises) or not published(project, "enterprises", "name"):
            return []
        table = enterprise_verdicts(self.assessment)
        spans = (
            table["at_least"].cat.codes.to_numpy(np.uint32)
            | table["at_most"].cat.codes.to_numpy(np.uint32) << 2
            | table["level"].cat.codes.to_numpy(np.uint32) << 4
        )
        self.columns["enterprise.verdict"] = spans.reshape(len(project.enterprises) * len(asked)).astype(np.uint8)
        place = {name: number for number, name in enumerate(self.assessment.parcels.index[self.order])}
        links = project.occupancy[project.occupancy["parcel_id"].isin(place)]
        sites: dict[object, list[list[Any]]] = {}
        for link in links.to_dict("records"):
            relation = _or_nothing(link.get("relation")) if published(project, "occupancy", "relation") else ""
            sites.setdefault(link["enterprise_id"], []).append([place[link["parcel_id"]], relation])

        def told(row: dict[Any, Any], name: str) -> str:
            return _or_nothing(row.get(name)) if published(project, "enterprises", name) else ""

        return [
            {
                "id": str(enterprise) if published(project, "enterprises", "enterprise_id") else "",
                "name": told(row, "name"),
                "industry": told(row, "industry_name"),
                "designated": bool(told(row, "above_designated")) and row.get("above_designated") is True,
                "parcels": sites.get(enterprise, []),
            }
            for enterprise, row in zip(project.enterprises.index, project.enterprises.to_dict("records"), strict=True)
        ]


class _Rules:
    """The rules that a page needs, numbered as they are met."""

    def __init__(self, page: _Page) -> None:
        self.page = page
        self.chosen: list[Rule] = []
        self._numbers: dict[str, int | None] = {}
        self.rank = {name: rank for rank, name in enumerate(sorted(rule.id for rule in page.assessment.rules))}

    def number(self, rule: Rule) -> int | None:
        """Return a rule's number, or None where it speaks on nothing that was asked."""
        if rule.id not in self._numbers:
            assessment = self.page.assessment
            heard = assessment.table.said[assessment.table.number(rule)].any()
            self._numbers[rule.id] = len(self.chosen) if heard else None
            if heard:
                self.chosen.append(rule)
        return self._numbers[rule.id]

    def row(self, rule: Rule) -> list[Any]:
        """Return what the page says of a rule."""
        page, language = self.page, self.page.language
        asked = page.assessment.questions
        said = page.assessment.table.said[page.assessment.table.number(rule)]
        heard = said.reshape(len(asked.uses), len(asked.pathways)) > 0
        tested = [each.id for each in self.chosen if each.when]
        permits = list(page.rulebook.permits)
        return [
            rule.ref,
            int(rule.outcome),
            rule.is_duty,
            law_words(page.rulebook, rule, language),
            rule.verified,
            np.flatnonzero(heard.any(axis=1)).tolist(),
            np.flatnonzero(heard.any(axis=0)).tolist(),
            tested.index(rule.id) if rule.when else None,
            [permits.index(permit) for permit in rule.approvals],
            rule.layer if rule.layer is None else page.assessment.evidence.layers.index(rule.layer),
            finding_parts(rule, language),
            self.rank[rule.id],
            rule.id,
            finding_parts(rule, language, decided=True) if rule.could_be is not None else None,
            self._facts(rule) if rule.approvals and rule.when else [],
        ]

    def _facts(self, rule: Rule) -> list[str]:
        """Name the facts, and the layers of measures, that a rule asks for."""
        book, language = self.page.rulebook, self.page.language
        names = dict.fromkeys(test.fact for test in rule.when.tests) if rule.when else {}
        causes = dict.fromkeys(missing(book, name) for name in names)
        return [cause_words(self.page.project, cause, {}, language)[0] for cause in causes]


def _or_nothing(value: object) -> str:
    """Return a cell as text, nothing where it is empty."""
    return "" if value is None or value != value else str(value)  # noqa: PLR0124  NaN is not itself
