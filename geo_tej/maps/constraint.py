"""The interactive page of an assessment: parcels by verdict, zones, enterprises, and the law behind each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from branca.element import Figure
from pyproj import Transformer

from geo_tej.errors import MapError, QuestionError
from geo_tej.i18n import GROUP_WORDS, LEVEL_WORDS, OUTCOME_SHORT, OUTCOME_WORDS, STATE_WORDS
from geo_tej.maps.columns import distinct, hilbert, pack, shapes, starts
from geo_tej.maps.page import OfflineMap, Plain, asset
from geo_tej.maps.relief import relief_png
from geo_tej.maps.words import PAGE_WORDS
from geo_tej.model import Outcome
from geo_tej.rules import YES
from geo_tej.verdict import enterprise_verdicts
from geo_tej.verdict.table import EVERYWHERE
from geo_tej.verdict.words import (
    cause_words,
    decision_words,
    doubt_words,
    finding_words,
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

KINDS = ("constraint", "use")
_SCRIPTS = ("map/unpack.js", "map/shapes.js", "map/page.js")
_DETAILS = ("name", "village", "land_use_code", "land_use_scheme", "tenure", "term_end")


def constraint_map(
    assessment: Assessment, *, language: Language | None = None, kind: str = "constraint", use: str | None = None
) -> OfflineMap:
    """Return an interactive map of an assessment, as one page that opens without a network.

    Parameters
    ----------
    assessment
        What to show; every parcel, use and pathway of it is in the page.
    language
        Of the page's words; the project's unless given.
    kind
        "constraint" opens on how many uses may come, with the control layers on; "use" opens on one use.
    use
        The use to open on; the first that was assessed unless given.

    Returns
    -------
    OfflineMap
        A `folium.Map`; save it with `.save("page.html")`, or add folium elements to it first.

    Raises
    ------
    QuestionError
        If the kind or the use is not one of those there are.
    """
    if kind not in KINDS:
        message = f"a map of kind {kind!r} is not known; known: {', '.join(KINDS)}"
        raise QuestionError(message)
    asked = [each.id for each in assessment.questions.uses]
    if use is not None and use not in asked:
        message = f"use {use!r} was not assessed; assessed: {', '.join(asked)}"
        raise QuestionError(message)
    language = language or assessment.project.language
    page = _Page(assessment, language)
    opens_on = (use or asked[0]) if kind == "use" else None
    header, columns = page.header(opens_on), page.columns
    title = assessment.project.title[language]
    bounds = header["bounds"]
    middle = [(bounds[0][0] + bounds[1][0]) / 2, (bounds[0][1] + bounds[1][1]) / 2]
    result = OfflineMap(
        title=title,
        language="zh-CN" if language == "zh" else "en",
        location=middle,
        zoom_start=12,
        zoom_control=False,
        attributionControl=False,
        fade_animation=False,
        zoom_snap=0.5,
        max_zoom=20,
    )
    result.add_child(_Contents(pack(header, columns), PAGE_WORDS["no_script"][language]), name="geo_tej_contents")
    return result


class _Contents(Plain):
    """The packed columns in a map's page, with the scripts that draw them."""

    def __init__(self, block: str, no_script: str) -> None:
        super().__init__("")
        self._name = "contents"
        self.block, self.no_script = block, no_script

    def render(self, **_: object) -> str:
        """Put style, scripts and columns into the page's figure."""
        figure, page_map = self.get_root(), self._parent
        if not isinstance(figure, Figure) or page_map is None:
            message = "the contents of a map can only be rendered within it"
            raise MapError(message)
        name = self.get_name()
        scripts = "".join(f"<script>{asset(script)}</script>" for script in _SCRIPTS)
        start = f"geoTej.open({page_map.get_name()}, document.getElementById('{name}'));"
        figure.header.add_child(Plain(f"<style>{asset('map/page.css')}</style>"), name="geo_tej_style")
        figure.html.add_child(Plain(f"<noscript><p>{self.no_script}</p></noscript>{scripts}"), name="geo_tej_script")
        figure.html.add_child(Plain(f'<script type="text/plain" id="{name}">{self.block}</script>'), name=name)
        figure.script.add_child(Plain(start), name=f"{name}_start")
        return ""


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

    def header(self, opens_on: str | None) -> dict[str, Any]:
        """Return the header, filling the columns on the way."""
        project, language = self.project, self.language
        asked = self.assessment.questions
        groups = list(dict.fromkeys(use.group for use in asked.uses))
        return {
            "words": {name: words[language] for name, words in PAGE_WORDS.items()},
            "language": language,
            "title": project.title[language],
            "notice": project.notice[language] if project.notice else "",
            "scenario": project.scenario_title[language] if project.scenario_title else "",
            "on": self.assessment.on.isoformat(),
            "rulebook": f"{self.rulebook.title[language]} {self.rulebook.version} ({self.rulebook.date.isoformat()})",
            "disclaimer": self.rulebook.disclaimer[language],
            "assessment": self.assessment.assessment_id,
            "units": list(self.rulebook.units),
            "failed": [layer_title(project, name, language) for name in project.faults],
            "sources": sorted(
                {layer.provenance.source[language] for layer in project.layers.values() if layer.provenance.source}
            ),
            "outcomes": [
                [short[language], whole[language]] for short, whole in zip(OUTCOME_SHORT, OUTCOME_WORDS, strict=True)
            ],
            "states": [words[language] for words in STATE_WORDS],
            "levels": [words[language] for words in LEVEL_WORDS],
            "groups": [self._group(name) for name in groups],
            "uses": [[use.title[language], use.ref, groups.index(use.group)] for use in asked.uses],
            "pathways": [pathway.title[language] for pathway in asked.pathways],
            "opens_on": None if opens_on is None else [use.id for use in asked.uses].index(opens_on),
            "parcels": self._parcels(),
            "law": self._law(),
            "layers": self._layers(),
            "enterprises": self._enterprises(),
            "relief": relief_png(project),
            "bounds": self._bounds(),
        }  # fmt: skip

    def _group(self, name: str) -> str:
        words = self.rulebook.groups.get(name) or GROUP_WORDS.get(name)
        return words[self.language] if words else name

    def _parcels(self) -> dict[str, Any]:
        parcels = self.assessment.parcels.iloc[self.order]
        judged = self.assessment.judgement
        spans = (judged.least | judged.most << 2 | judged.level << 4).astype(np.uint32)
        profile = spans | judged.open.astype(np.uint32) << 8
        table, which = distinct(profile[self.order])
        self.columns |= shapes(parcels.geometry.to_numpy(), self.project.crs, "parcels")
        self.columns["verdict.profile"] = which
        self.columns["verdict.table"] = table.ravel().astype(np.uint32)
        self.columns["parcel.area"] = parcels.geometry.area.to_numpy().round(4)
        if "registered_m2" in parcels:
            self.columns["parcel.registered"] = parcels["registered_m2"].to_numpy(np.float64)
        self._ground()
        details = {
            name: _dictionary(parcels[name]) for name in _DETAILS if name in parcels and parcels[name].notna().any()
        }
        return {
            "ids": [str(name) for name in parcels.index],
            "details": details,
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
        """Give the ground to keep clear of, where a verdict that is not prohibited has some."""
        judged = self.assessment.judgement
        barred = judged.area_m2[Outcome.PROHIBITED][self.order]
        kept = (barred > 0) & (judged.least[self.order] < Outcome.PROHIBITED)
        parcel, question = np.nonzero(kept)
        self.columns["ground.start"] = starts(parcel, len(self.order))
        self.columns["ground.question"] = question.astype(np.uint32)
        self.columns["ground.barred"] = barred[kept].round(4)
        self.columns["ground.rest"] = judged.largest_m2[self.order][kept].round(4)

    def _law(self) -> dict[str, Any]:
        """Give what each parcel meets, which rules speak there and whether they hold, and what is open."""
        assessment, evidence, language = self.assessment, self.assessment.evidence, self.language
        table = assessment.table
        place = np.empty(len(self.order), np.intp)
        place[self.order] = np.arange(len(self.order))
        hits = evidence.hits
        by_place = np.lexsort((hits.key, place[hits.parcel]))
        self.columns["hit.start"] = starts(place[hits.parcel][by_place], len(self.order))
        self.columns["hit.key"] = hits.key[by_place].astype(np.uint32)
        self.columns["hit.area"] = hits.area_m2[by_place].round(4)
        self.columns["hit.share"] = hits.share[by_place].astype(np.float32)
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
            words = zone_words(self.rulebook.layers.get(key.layer), key.zone_class, language)
            keys.append([evidence.layers.index(key.layer), words, key.distance_m, heard])
        general = [speaking.number(assessment.rules[table.rows.rule[row]]) for row in table.rows.of(EVERYWHERE)]
        everywhere = [number for number in general if number is not None]
        self._held(speaking.chosen)
        rules = {rule.id: rule for rule in assessment.rules}
        sets = assessment.open_sets
        causes = list(dict.fromkeys(cause for causes in sets for cause in causes))
        return {
            "layers": [
                [layer_title(self.project, name, language), self.rulebook.layers[name].heads_extract]
                for name in evidence.layers
            ],
            "keys": keys,
            "everywhere": everywhere,
            "rules": [speaking.row(rule) for rule in speaking.chosen],
            "permits": [permit_words(permit, language).strip(" →") for permit in self.rulebook.permits.values()],
            "causes": [list(cause_words(self.project, cause, rules, language)) for cause in causes],
            "decisions": self._decisions(place),
            "sets": [[causes.index(cause) for cause in each] for each in sets],
        }

    def _decisions(self, place: NDArray[np.intp]) -> list[list[Any]]:
        """Give what officers decided: the parcel, use and pathway, and the words."""
        ways = len(self.assessment.questions.pathways)
        return [
            [int(place[parcel]), *divmod(question, ways), decision_words(each, self.language)]
            for (parcel, question), decisions in self.assessment.decided.items()
            for each in decisions
        ]

    def _held(self, chosen: Sequence[Rule]) -> None:
        """Give, for the rules with tests, whether they hold at each parcel."""
        table = self.assessment.table
        tests = [table.test_of[table.number(rule)] for rule in chosen if rule.when]
        rows = table.held(self.assessment.evidence.facts)[self.order][:, tests or [0]]
        found, which = distinct(rows)
        self.columns["held.profile"] = which
        self.columns["held.table"] = found.ravel().astype(np.uint8)

    def _layers(self) -> list[dict[str, Any]]:
        """Give the shapes of zones, objects and context layers."""
        listed: list[dict[str, Any]] = []
        for layer in self.project.layers.values():
            if layer.frame is None or layer.role not in ("zones", "objects", "context", "area") or not len(layer.frame):
                continue
            listed.append(self._layer(layer, f"layer{len(listed)}"))
        return listed

    def _layer(self, layer: Layer, prefix: str) -> dict[str, Any]:
        frame = layer.frame
        assert frame is not None  # noqa: S101  narrows the type; the caller has looked
        geometry = frame.geometry.to_numpy()
        types = shapely.get_dimensions(geometry)
        chosen = np.flatnonzero(types == types.max())
        chosen = chosen[hilbert(geometry[chosen])]
        self.columns |= shapes(geometry[chosen], self.project.crs, prefix)
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
            self.columns[f"{prefix}.class"] = np.array(
                [code[name] for name in frame["zone_class"].iloc[chosen]], dtype=np.uint32
            )
            described["classes"] = [zone_words(law, name, self.language) for name in classes]
        elif "name" in frame:
            described["names"] = [None if name is None else str(name) for name in frame["name"].iloc[chosen]]
        return described

    def _enterprises(self) -> list[dict[str, Any]]:
        project, asked = self.project, self.assessment.questions
        if not len(project.enterprises):
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
        return [
            {
                "id": str(enterprise),
                "name": _or_nothing(row.get("name")),
                "industry": _or_nothing(row.get("industry_name")),
                "designated": row.get("above_designated") is True,
                "parcels": [
                    [place[link["parcel_id"]], _or_nothing(link.get("relation"))]
                    for link in links[links["enterprise_id"] == enterprise].to_dict("records")
                ],
            }
            for enterprise, row in zip(project.enterprises.index, project.enterprises.to_dict("records"), strict=True)
        ]

    def _bounds(self) -> list[list[float]]:
        """Return the south-west and north-east corners in degrees that the page opens on.

        Where most of the enterprises are: the middle three fifths of their parcels; without any, all parcels.
        """
        parcels = self.assessment.parcels
        shown = parcels[parcels.index.isin(self.project.occupancy["parcel_id"])]
        boxes = (shown if len(shown) else parcels).geometry.bounds.dropna()
        left_out = 0.2 if len(shown) else 0.0
        west, south = boxes["minx"].quantile(left_out), boxes["miny"].quantile(left_out)
        east, north = boxes["maxx"].quantile(1 - left_out), boxes["maxy"].quantile(1 - left_out)
        margin = (0.4 if len(shown) else 0.05) * max(east - west, north - south)
        to_degrees = Transformer.from_crs(self.project.crs, "EPSG:4326", always_xy=True)
        west, south, east, north = to_degrees.transform_bounds(
            west - margin, south - margin, east + margin, north + margin
        )
        return [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]]


class _Rules:
    """The rules that a page needs, numbered as they are met."""

    def __init__(self, page: _Page) -> None:
        self.page = page
        self.chosen: list[Rule] = []
        self._numbers: dict[str, int | None] = {}

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
            finding_words(rule, language),
        ]


def _dictionary(column: pd.Series) -> list[Any]:
    """Return a column as its distinct values and, for each row, which of them it has (-1: none)."""
    codes, values = column.astype(object).factorize()
    return [[str(value) for value in values], codes.tolist()]


def _or_nothing(value: object) -> str:
    """Return a cell as text, nothing where it is empty."""
    return "" if value is None or value != value else str(value)  # noqa: PLR0124  NaN is not itself
