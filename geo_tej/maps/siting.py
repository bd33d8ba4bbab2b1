"""The interactive page of ranked places: suitability, what bars ground, the ranking, and weights that can be moved."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import rasterio.warp
import shapely
from branca.element import Figure
from pyproj import Transformer

from geo_tej.crs import true_north
from geo_tej.errors import MapError, QuestionError
from geo_tej.grid import Grid
from geo_tej.i18n import LEVEL_WORDS
from geo_tej.maps.columns import grid_xy, grid_zoom, pack
from geo_tej.maps.looks import OUTLINES
from geo_tej.maps.page import OfflineMap, Plain, asset
from geo_tej.maps.release import foot_lines, published, warnings
from geo_tej.maps.relief import relief_png
from geo_tej.maps.siting_words import SITING_WORDS
from geo_tej.maps.still import bar_m, picture_of, still
from geo_tej.model import LEVELS
from geo_tej.sites import Sites
from geo_tej.sites.surfaces import barred_cells, legend, window
from geo_tej.tables.places import SOURCE_WORDS, plan_words
from geo_tej.verdict.words import layer_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

    from geo_tej.i18n import Language
    from geo_tej.model import Layer
    from geo_tej.siting.nouns import TourismProject

MOST_SIDE = 420
"""So many cells along its longer side the page's suitability has at most; the rasters beside it are whole."""

UNKNOWN = 255
DIGITS = 7
SHOWN_M2 = 0.5
"""Barred ground smaller than this is no layer of the page."""

DRAWN_M = 0.3
"""Outlines of barred ground are drawn to this."""

_FIT, _OTHER, _UNDRAWN = {"fill": "#3d926e"}, {"fill": "#d9dcd6"}, {"fill": "#ffffff"}
_LISTED = 12


def siting_map(sites: Sites, *, language: Language | None = None) -> OfflineMap:
    """Return an interactive map of ranked places, as one page that opens without a network.

    The page ranks again when its sliders move the weights, shows what each criterion contributes to a candidate that
    is clicked, switches barred ground by reason, and gives the weights back as TOML.

    Parameters
    ----------
    sites
        What `find_sites` found.
    language
        Of the page's words; the project's unless given.

    Returns
    -------
    OfflineMap
        A `folium.Map`; save it with `.save("siting.html")`, or add folium elements to it first.

    Raises
    ------
    QuestionError
        If it is given something else, such as a project.
    """
    if not isinstance(sites, Sites):
        message = (
            f"a map of places is of what find_sites found, not of a {type(sites).__name__}: "
            "siting_map(find_sites(project, programme))"
        )
        raise QuestionError(message)
    language = language or sites.project.language
    page = _Page(sites, language)
    header = page.header()
    bounds = header["bounds"]
    result = OfflineMap(
        title=f"{sites.programme.title[language]} · {sites.project.title[language]}",
        language="zh-CN" if language == "zh" else "en",
        location=[(bounds[0][0] + bounds[1][0]) / 2, (bounds[0][1] + bounds[1][1]) / 2],
        zoom_start=14,
        zoom_control=False,
        attributionControl=False,
        fade_animation=False,
        zoom_snap=0.25,
        max_zoom=20,
    )
    contents = _Contents(pack(header, page.columns), page.still(header))
    result.add_child(contents, name="geo_tej_siting")
    return result


class _Contents(Plain):
    """The page's data, style and scripts, put into the figure of its map."""

    def __init__(self, block: str, still: str) -> None:
        super().__init__("")
        self._name = "siting"
        self.block, self.still = block, still

    def render(self, **_: object) -> str:
        """Put style, scripts and data into the page's figure."""
        figure, page_map = self.get_root(), self._parent
        if not isinstance(figure, Figure) or page_map is None:
            message = "the contents of a map can only be rendered within it"
            raise MapError(message)
        name = self.get_name()
        scripts = "".join(f"<script>{asset(script)}</script>" for script in ("map/unpack.js", "siting/page.js"))
        start = f"geoTej.openSiting({page_map.get_name()}, document.getElementById('{name}'));"
        figure.header.add_child(Plain(f"<style>{asset('siting/page.css')}</style>"), name="geo_tej_siting_style")
        figure.html.add_child(Plain(f"<noscript>{self.still}</noscript>{scripts}"), name="geo_tej_siting_js")
        figure.html.add_child(Plain(f'<script type="text/plain" id="{name}">{self.block}</script>'), name=name)
        figure.script.add_child(Plain(start), name=f"{name}_start")
        return ""


class _Page:
    """Header and columns of one page."""

    def __init__(self, sites: Sites, language: Language) -> None:
        self.sites, self.language = sites, language
        self.columns: dict[str, NDArray[Any]] = {}
        self.zoom = grid_zoom(sites.project.precision_m, _degrees(np.array(sites.grid.bounds), sites.grid.crs)[0][0])
        self.place = {name: number for number, name in enumerate(sites.candidates.index)}
        west, south, east, north = sites.grid.bounds
        cell = max(sites.grid.cell_m, max(east - west, north - south) / MOST_SIDE)
        self.grid = sites.grid if cell == sites.grid.cell_m else Grid.over(sites.grid.bounds, cell, sites.grid.crs)

    def header(self) -> dict[str, Any]:
        """Return the header, filling the columns on the way."""
        sites, language = self.sites, self.language
        project, rulebook = sites.project, sites.project.rulebook
        criteria = sites.programme.criteria
        return {
            "words": {name: words[language] for name, words in SITING_WORDS.items()},
            "language": language,
            "title": sites.programme.title[language],
            "place": project.title[language],
            "notice": project.notice[language] if project.notice else "",
            "scenario": project.scenario_title[language] if project.scenario_title else "",
            "foot": foot_lines(sites.assessment, language),
            "warnings": warnings(project, sites.assessment.parcels, language),
            "disclaimer": rulebook.disclaimer[language],
            "site": sites.site_id,
            "outlines": OUTLINES,
            "failed": [layer_title(project, name, language) for name in project.faults],
            "levels": [words[language] for words in LEVEL_WORDS],
            "trial": [sites.programme.trial.draws, sites.programme.trial.top],
            "consistency": [
                [group, f"{told.ratio:.3f}"] for group, told in sites.programme.weighting.consistency.items()
            ],
            "criteria": [
                {
                    "id": each.id, "title": each.title[language], "unit": each.unit[language],
                    "weight": sites.weights.get(each.id, 0.0),
                }
                for each in criteria
            ],
            "candidates": self._candidates(),
            "projects": [self._project(each) for each in sites.programme.projects],
            "plan": plan_words(sites, language),
            "layers": [
                self._layer(layer)
                for layer in project.layers.values()
                if layer.frame is not None and len(layer.frame) and layer.role in ("context", "area")
            ],
            "raster": self._raster(),
            "relief": relief_png(project),
            "bounds": _degrees(shapely.bounds(sites.surfaces.area), project.crs),
        }  # fmt: skip

    def still(self, header: Mapping[str, Any]) -> str:
        """Return what is shown where scripts are off: candidates of the first project, and who is ranked for each."""
        sites, language = self.sites, self.language
        ranked = sites.ranking[sites.ranking["rank"].notna()].sort_values(["project", "rank"], kind="stable")
        names = {name: each["id"] for name, each in zip(sites.candidates.index, header["candidates"], strict=True)}
        rows = [
            (
                _FIT if project is sites.programme.projects[0] else _UNDRAWN,
                f"{project.title[language]} {row['rank']:.0f}",
                f"{names[row['candidate']]} · {row['score']:.3f} · {LEVEL_WORDS[LEVELS.index(row['level'])][language]}",
            )
            for project in sites.programme.projects
            for row in ranked[ranked["project"] == project.id].head(_LISTED).to_dict("records")
        ]
        first = set(ranked.loc[ranked["project"] == sites.programme.projects[0].id, "candidate"])
        fits = sites.candidates.index.isin(first)
        order = np.argsort(fits, kind="stable")
        bounds = shapely.bounds(sites.surfaces.area)
        picture = picture_of(
            sites.candidates.geometry.to_numpy()[order],
            np.where(fits, 0, 1)[order],
            (_FIT, _OTHER),
            bounds,
            water=np.empty(0, object),
        )
        foot = [*header["foot"], *(["", line] for line in (*header["warnings"], header["disclaimer"], header["site"]))]
        return still(
            header["title"],
            [header["place"], *filter(None, [header["notice"]]), sites.programme.projects[0].title[language]],
            picture=picture,
            bar_m=bar_m(bounds),
            turn=true_north(sites.project.crs, bounds),
            rows=[*rows, (_OTHER, SITING_WORDS["no_place"][language], f"{int((~fits).sum()):,}")],
            foot=foot,
            language=language,
        )

    def _candidates(self) -> list[dict[str, Any]]:
        table = self.sites.candidates
        told = {
            source: published(self.sites.project, "enterprises" if source == "enterprise" else "parcels", "name")
            for source in set(table["source"])
        }
        names = table["name"].where(table["source"].map(told)) if "name" in table else [None] * len(table)
        return [
            {
                "id": self._shown_id(str(candidate), source, parts), "name": "" if pd.isna(name) else str(name),
                "source": SOURCE_WORDS[self._shown_source(source, parts)][self.language],
                "parcels": [str(part) for part in parts],
                "area": round(float(shape.area), 2), "rings": self._rings(shape),
            }
            for candidate, name, source, parts, shape in zip(
                table.index, names, table["source"], table["parcels"], table.geometry, strict=True
            )
        ]  # fmt: skip

    def _shown_id(self, candidate: str, source: str, parts: Sequence[str]) -> str:
        """Return what a candidate is called: an enterprise's site by its parcels, unless the firm's id is published."""
        told = source != "enterprise" or published(self.sites.project, "enterprises", "enterprise_id")
        return candidate if told else "+".join(map(str, parts))

    def _shown_source(self, source: str, parts: Sequence[str]) -> str:
        """Return what a candidate was made of; that parcels are one firm's is said only where firms are published."""
        told = any(published(self.sites.project, "enterprises", name) for name in ("enterprise_id", "name"))
        return source if source != "enterprise" or told else "merged" if len(parts) > 1 else "parcel"

    def _project(self, project: TourismProject) -> dict[str, Any]:
        sites, language, rulebook = self.sites, self.language, self.sites.project.rulebook
        rows = sites.ranking[sites.ranking["project"] == project.id]
        barred = sites.barred[sites.barred["project"] == project.id]
        reasons = list(dict.fromkeys(barred["reason"]))
        of = {name: barred.loc[places] for name, places in barred.groupby("candidate").groups.items()}
        places = sites.plan.places[sites.plan.places["project"] == project.id]
        phases = sites.programme.grading.phases if sites.programme.grading else {}
        return {
            "id": project.id,
            "title": project.title[language],
            "uses": [rulebook.uses[use].title[language] for use in project.uses],
            "pathway": rulebook.pathways[project.pathway].title[language],
            "least": project.least_m2,
            "most": project.most_m2,
            "width": project.least_width_m,
            "reasons": [
                [sites.reasons[name].title[language], sites.reasons[name].article[language]] for name in reasons
            ],
            "rows": [self._row(row, of.get(row["candidate"]), reasons, phases) for row in rows.to_dict("records")],
            "plan": [
                [self.place[row["candidate"]], float(row["area_m2"]), float(row["cost"])]
                for row in places.to_dict("records")
            ],
            "barred": self._barred(project.id),
        }

    def _row(
        self,
        row: dict[Any, Any],
        barred: pd.DataFrame | None,
        reasons: list[str],
        phases: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        """Give one candidate of one project: how it stands, what was measured, how firm its rank is."""
        sites, language = self.sites, self.language
        key = (row["project"], row["candidate"])
        bars = (
            [] if barred is None else barred.sort_values("area_m2", ascending=False, kind="stable").to_dict("records")
        )
        told: dict[str, Any] = {
            "at": self.place[row["candidate"]],
            "status": row["status"],
            "level": LEVELS.index(row["level"]),
            "usable": round(row["usable_m2"], 2),
            "ground": [round(row[f"{name}_m2"], 2) for name in ("permitted", "conditional", "prohibited", "unknown")],
            "excluded": round(row["excluded_m2"], 2),
            "no_data": round(row["no_data_m2"], 2),
            "open": row[f"open_{language}"],
            "settled": row[f"settled_{language}"],
            "barred": [[reasons.index(each["reason"]), round(each["area_m2"], 2)] for each in bars],
        }  # fmt: skip
        if key in sites.values.index:
            told |= {
                "measured": [_number(each, 3) for each in sites.measures.loc[key]],
                "values": [_number(each, 9) for each in sites.values.loc[key]],
                "classes": list(sites.classes.loc[key]),
                "piece": self._rings(sites.pieces.loc[key]),
            }
            if row["rank"] == row["rank"] and row["top_share"] == row["top_share"]:
                told["shaken"] = [float(row["top_share"]), int(row["rank_best"]), int(row["rank_worst"])]
                told["others"] = [int(row["topsis_rank"]), int(row["vikor_rank"])]
        if row["grade"] == row["grade"] and row["grade"] is not None:
            grade = int(row["grade"])
            told["grade"] = f"{grade} {phases[grade][language]}" if grade in phases else str(grade)
        return told

    def _barred(self, name: str) -> list[dict[str, Any]]:
        """Give the ground that each reason bars to a project, and what is open."""
        made = self.sites.surfaces
        law = made.barred[name]
        shapes = [*law.shapes, *barred_cells(made, self.grid)]
        listed = [
            {
                "title": reason.title[self.language], "article": reason.article[self.language], "by": reason.kind,
                **self._drawn(shape),
            }
            for reason, shape in zip(legend(made, name), shapes, strict=True)
        ]  # fmt: skip
        words = SITING_WORDS["open_ground"][self.language]
        listed.append({"title": words, "article": "", "by": "open", **self._drawn(law.open)})
        return [each for each in listed if each["area"] > SHOWN_M2]

    def _layer(self, layer: Layer) -> dict[str, Any]:
        frame = layer.frame
        assert frame is not None  # noqa: S101  narrows the type; the caller has looked
        geometry = frame.geometry.to_numpy()
        lines, points = [], []
        polygon = shapely.get_dimensions(geometry) == len("xy")
        rings = [ring for shape in geometry[polygon] for ring in self._rings(shape)]
        for shape in geometry[~polygon]:
            for part in shapely.get_parts(shape):
                places = self._lat_lon(shapely.get_coordinates(part))
                if len(places) == 1:
                    points.append(places[0])
                else:
                    lines.append(places)
        named = "name" in frame and points and published(self.sites.project, layer.role, "name")
        names = [None if name is None else str(name) for name in frame["name"]] if named else []
        return {
            "title": layer.title[self.language], "style": layer.style, "rings": rings, "lines": lines, "points": points,
            "names": names,
        }  # fmt: skip

    def _drawn(self, shapes: NDArray[np.object_]) -> dict[str, Any]:
        """Give shapes as one, drawn as finely as a page shows, with their area in m²."""
        if not len(shapes):
            return {"rings": [], "area": 0.0}
        whole = shapely.union_all(shapes)
        return {
            "rings": self._rings(shapely.simplify(whole, DRAWN_M)),
            "area": round(float(shapely.area(whole)), 2),
        }

    def _rings(self, shape: shapely.Geometry) -> list[list[list[list[float]]]]:
        """Return the polygons of a shape as rings of latitude and longitude, the outer first."""
        parts = shapely.get_parts(shape)
        parts = parts[(shapely.get_dimensions(parts) == len("xy")) & ~shapely.is_empty(parts)]
        return [
            [self._lat_lon(shapely.get_coordinates(ring)[:-1]) for ring in shapely.get_rings(part)] for part in parts
        ]

    def _lat_lon(self, xy: NDArray[np.float64]) -> list[list[float]]:
        """Return coordinates as latitude and longitude, no finer than the precision that the project states."""
        turns = grid_xy(xy[:, 0], xy[:, 1], self.sites.project.crs, self.zoom) / (256 << self.zoom)
        latitude = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * turns[:, 1]))))
        return np.column_stack([latitude, turns[:, 0] * 360 - 180]).round(DIGITS).tolist()  # type: ignore[no-any-return]

    def _raster(self) -> dict[str, Any]:
        """Give the values of criteria and the free cells of each project, on the pixels of the page's map."""
        made = window(self.sites.surfaces, self.grid)
        crs = self.sites.project.crs
        transform, width, height = rasterio.warp.calculate_default_transform(
            crs, "EPSG:3857", self.grid.columns, self.grid.rows, *self.grid.bounds
        )
        west, north = transform.c, transform.f
        east, south = west + transform.a * width, north + transform.e * height

        def placed(cells: NDArray[np.uint8], nothing: int) -> NDArray[np.uint8]:
            target = np.full((height, width), nothing, np.uint8)
            rasterio.warp.reproject(
                cells, target, src_transform=self.grid.transform, src_crs=crs, src_nodata=nothing,
                dst_transform=transform, dst_crs="EPSG:3857", dst_nodata=nothing,
                resampling=rasterio.warp.Resampling.nearest,
            )  # fmt: skip
            return target.ravel()

        for number, values in enumerate(made.values.values()):
            cells = np.where(np.isnan(values), UNKNOWN, np.round(np.nan_to_num(values) * (UNKNOWN - 1)))
            self.columns[f"value.{number}"] = placed(cells.astype(np.uint8), UNKNOWN)
        for number, code in enumerate(made.code.values()):
            self.columns[f"free.{number}"] = placed((code == 0).astype(np.uint8), 0)
        back = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)
        (left, right), (bottom, top) = back.transform([west, east], [south, north])
        return {
            "width": width, "height": height,
            "bounds": [[round(bottom, DIGITS), round(left, DIGITS)], [round(top, DIGITS), round(right, DIGITS)]],
        }  # fmt: skip


@cache
def _to_degrees(crs: CRS) -> Transformer:
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def _degrees(bounds: NDArray[np.float64], crs: CRS) -> list[list[float]]:
    west, south, east, north = (float(each) for each in bounds)
    west, south, east, north = _to_degrees(crs).transform_bounds(west, south, east, north)
    return [[round(south, DIGITS), round(west, DIGITS)], [round(north, DIGITS), round(east, DIGITS)]]


def _number(value: float, digits: int) -> float | None:
    return None if value is None or math.isnan(value) else round(float(value), digits)
