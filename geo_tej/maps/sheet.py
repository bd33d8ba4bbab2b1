"""The cartographic sheet of an assessment without a browser: title, map at a round scale, legend, in ISO sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D

from geo_tej.crs import true_north
from geo_tej.errors import MapError, OutputError, choices
from geo_tej.i18n import wide
from geo_tej.maps.answers import opening_bounds
from geo_tej.maps.classes import classes_of, sites, size_words
from geo_tej.maps.constraint import require_ground, require_tolerance
from geo_tej.maps.looks import CONTEXT, HUES, OUTLINES, Look, round_length
from geo_tej.maps.release import foot_lines, published, warnings
from geo_tej.maps.relief import elevation, shade
from geo_tej.maps.type import chinese_family, wrapped
from geo_tej.maps.words import PAGE_WORDS
from geo_tej.verdict.words import zone_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Layer
    from geo_tej.verdict import Assessment

SHEETS_MM = {"A4": (297.0, 210.0), "A3": (420.0, 297.0)}
FORMATS = ("png", "svg", "pdf")
DPI = 300
_HATCHES = {"dots": "...", "lines": "////", "cross": "xxxx"}
_SCALES = [number * 10**power for power in range(2, 8) for number in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5)]
_HALO = [withStroke(linewidth=2.2, foreground="white")]
_ACCENTED = (("\u0100", "\u036f"), ("\u1e00", "\u1eff"))
_INCH_MM = 25.4
_DENSE = 2000
_TOGETHER = 500
_LEGEND_MM = 70.0
_CONTINUED = 0.74
"""Of a line's height, where it goes on with the one above."""

_MARGIN_MM = 10.0
_POINT_MM = 25.4 / 72
_READABLE_MM = 3.0
_NAME_SIZE = 7.0
_NAME_AWAY_MM = 2.6
_AROUND = ((0.0, 1.0), (0.5, 0.0), (-0.5, 0.0), (0.0, -1.0))
"""Where a name may stand by its place, in turn: above, to the right, to the left, below."""


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """Where the map lies on the sheet and on the ground."""

    width_mm: float
    height_mm: float
    scale: float
    west: float
    south: float

    @property
    def east(self) -> float:
        return self.west + self.width_mm / 1000 * self.scale

    @property
    def north(self) -> float:
        return self.south + self.height_mm / 1000 * self.scale

    @property
    def box(self) -> shapely.Polygon:
        return shapely.box(self.west, self.south, self.east, self.north)


def constraint_sheet(  # noqa: PLR0913  what a sheet may be asked for
    assessment: Assessment,
    *,
    language: Language | None = None,
    kind: str = "constraint",
    use: str | None = None,
    pathway: str | None = None,
    parcel: str | None = None,
    bounds: Sequence[float] | None = None,
    paper: str = "A4",
    font: Path | None = None,
) -> Figure:
    """Return a sheet as a matplotlib figure: how many uses may come, how one stands, or what boundaries may change.

    Parameters
    ----------
    assessment
        What to show.
    language
        Of the words; the project's unless given.
    kind
        "tolerance" shows whether the verdict, or any, would change if boundaries were off; others the verdict itself.
    use, pathway
        The verdict to show; how many uses may come, and the first pathway, unless given.
    parcel
        A parcel to frame and outline; all unless given.
    bounds
        West, south, east and north to frame in the CRS of the parcels, where no parcel is given; all parcels unless
        given.
    paper
        A4 or A3, landscape.
    font
        A file of type with Chinese characters; one that is installed unless given.

    Raises
    ------
    MapError
        If the paper, use, pathway or parcel is not known, no parcel has any ground, or no Chinese type is found where
        it is needed.
    QuestionError
        If no tolerance was asked for.
    """
    language = language or assessment.project.language
    if paper not in SHEETS_MM:
        message = f"paper {paper!r} is not known; known: {', '.join(SHEETS_MM)}"
        raise MapError(message)
    require_ground(assessment)
    if kind == "tolerance":
        require_tolerance(assessment)
    asked = assessment.questions
    for given, known, what in ((use, asked.uses, "use"), (pathway, asked.pathways, "pathway")):
        if given is not None and given not in [each.id for each in known]:
            message = f"{what} {given!r} was not assessed; {choices(given, [each.id for each in known])}"
            raise MapError(message)
    family = chinese_family(font)
    with mpl.rc_context({"font.family": [family, "DejaVu Sans"], "hatch.linewidth": 0.5, "svg.fonttype": "path"}):
        return _Sheet(assessment, language, kind, use, pathway or asked.pathways[0].id, parcel, bounds, paper).figure


def save_sheet(figure: Figure, path: Path | BinaryIO, *, form: str, dpi: int = DPI) -> None:
    """Write a sheet as png, svg or pdf, the same bytes for the same sheet.

    Raises
    ------
    OutputError
        If the form is not one of these.
    """
    if form not in FORMATS:
        message = f"a sheet is written as {', '.join(FORMATS)}, not as {form!r}"
        raise OutputError(message)
    nothing: dict[str, Any] = {
        "png": {"Software": None}, "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }[form]  # fmt: skip
    with mpl.rc_context({"svg.hashsalt": "geo_tej", "svg.fonttype": "path", "pdf.fonttype": 3, "hatch.linewidth": 0.5}):
        figure.savefig(path, format=form, dpi=dpi, metadata=nothing)


class _Sheet:
    """One sheet as it is drawn: `figure` when done."""

    def __init__(  # noqa: PLR0913
        self,
        assessment: Assessment,
        language: Language,
        kind: str,
        use: str | None,
        pathway: str,
        parcel: str | None,
        bounds: Sequence[float] | None,
        paper: str,
    ) -> None:
        self.assessment, self.language, self.kind = assessment, language, kind
        self.project = assessment.project
        self.words = {name: words[language] for name, words in PAGE_WORDS.items()}
        self.width_mm, self.height_mm = SHEETS_MM[paper]
        self.figure = Figure(figsize=(self.width_mm / _INCH_MM, self.height_mm / _INCH_MM), facecolor="white")
        self.frame = self._place(parcel, bounds)
        heading = self._draw_map(_MARGIN_MM, _MARGIN_MM, use, pathway)
        if parcel is not None:
            self._outline(parcel)
        elif bounds is None:
            self._enlarge(use, pathway)
        self._title(heading)
        self._marginalia()

    def _draw_map(self, left_mm: float, bottom_mm: float, use: str | None, pathway: str) -> str:
        """Draw what lies in the frame, and gather the legend on the way; return what the legend is headed."""
        self.map = self._axes(left_mm, bottom_mm, self.frame.width_mm, self.frame.height_mm)
        self.map.set_xlim(self.frame.west, self.frame.east)
        self.map.set_ylim(self.frame.south, self.frame.north)
        self.key: list[tuple[Look, str, str]] = []
        self.layer_key: list[tuple[Look, str, str]] = []
        self._relief()
        self._layers(("area",), 8)
        self._layers(("context",), 2)
        self._layers(("zones", "objects"), 3)
        heading = self._parcels(use, pathway)
        self._names()
        return heading

    def _enlarge(self, use: str | None, pathway: str) -> None:
        """Draw the ground of most enterprises once more and larger, in a corner without parcels.

        Only where parcels are too small on the sheet to be read, and a corner is free.
        """
        whole, parcels = self.frame, self.assessment.parcels
        main = parcels.geometry.to_numpy()[sites(parcels)]
        small = len(main) and np.median(np.sqrt(shapely.area(main))) / whole.scale * 1000 < _READABLE_MM
        if not small or not len(self.project.occupancy):
            return
        west, south, east, north = opening_bounds(self.assessment, margin=0.25)
        if not (np.isfinite([west, south, east, north]).all() and east > west and north > south):
            return
        for share in (0.42, 0.36, 0.3, 0.24, 0.2):
            least = max((east - west) / whole.width_mm, (north - south) / whole.height_mm) * 1000 / share
            scale = next((each for each in _SCALES if each >= least), _SCALES[-1])
            across, up = (east - west) / scale * 1000, (north - south) / scale * 1000
            if scale * 2 > whole.scale:
                return
            right, top = whole.width_mm - across, whole.height_mm - up
            for left_mm, bottom_mm in ((0.0, 0.0), (right, 0.0), (0.0, top)):  # north stands in the fourth corner
                x, y = whole.west + left_mm / 1000 * whole.scale, whole.south + bottom_mm / 1000 * whole.scale
                taken = shapely.box(x, y, x + across / 1000 * whole.scale, y + up / 1000 * whole.scale)
                if not shapely.intersects(main, taken).any():
                    self._inset((west, south, across, up, scale), left_mm, bottom_mm, use, pathway)
                    return

    def _inset(
        self, place: tuple[float, float, float, float, float], left: float, bottom: float, use: str | None, pathway: str
    ) -> None:
        west, south, across, up, scale = place
        kept = self.map, self.frame, self.key, self.layer_key
        self.frame = _Frame(width_mm=across, height_mm=up, scale=scale, west=west, south=south)
        self._draw_map(_MARGIN_MM + left, _MARGIN_MM + bottom, use, pathway)
        ground = scale / 1000
        said = f"1 : {scale:,.0f}"
        self._write(
            self.map, west + 1.5 * ground, south + 2.5 * ground, said, size=6.5, weight="bold", zorder=12,
            path_effects=_HALO,
        )  # fmt: skip
        self.map, self.frame, self.key, self.layer_key = kept
        box = Rectangle((west, south), across * ground, up * ground, fill=False, edgecolor="#111827", linewidth=0.9)
        box.set_zorder(13)
        self.map.add_patch(box)

    def _axes(self, left_mm: float, bottom_mm: float, width_mm: float, height_mm: float) -> Any:  # noqa: ANN401
        axes = self.figure.add_axes(
            (left_mm / self.width_mm, bottom_mm / self.height_mm, width_mm / self.width_mm, height_mm / self.height_mm)
        )
        axes.set_xticks([])
        axes.set_yticks([])
        for edge in axes.spines.values():
            edge.set_zorder(20)
        return axes

    def _place(self, parcel: str | None, bounds: Sequence[float] | None) -> _Frame:
        """Choose the round scale at which what is to be shown fits the frame, and centre it."""
        parcels = self.assessment.parcels
        if parcel is not None:
            west, south, east, north = parcels.geometry.iloc[self.assessment.position(parcel)].bounds
            reach = max(east - west, north - south, 60.0)
            west, south, east, north = west - reach, south - reach, east + reach, north + reach
        elif bounds is not None:
            west, south, east, north = bounds
        else:
            shown = parcels[sites(parcels)]
            west, south, east, north = self._around(shown.geometry.total_bounds)
        if not np.isfinite([west, south, east, north]).all():
            west, south, east, north = 0.0, 0.0, 1000.0, 1000.0
        width_mm = self.width_mm - 2 * _MARGIN_MM - _LEGEND_MM - 4
        height_mm = self.height_mm - 2 * _MARGIN_MM - 14
        least = max((east - west) / width_mm, (north - south) / height_mm) * 1000 * 1.04
        scale = next((each for each in _SCALES if each >= least), _SCALES[-1])
        return _Frame(
            width_mm=width_mm,
            height_mm=height_mm,
            scale=scale,
            west=(west + east) / 2 - width_mm / 2000 * scale,
            south=(south + north) / 2 - height_mm / 2000 * scale,
        )

    def _around(self, bounds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return bounds with the project's area, where that is little more: a border cut short looks like a fault."""
        if self.project.area is None or not np.isfinite(bounds).all():
            return bounds
        west, south, east, north = self.project.area.bounds
        whole = np.r_[np.minimum(bounds[:2], (west, south)), np.maximum(bounds[2:], (east, north))]
        return whole if ((whole[2:] - whole[:2]) <= 1.5 * (bounds[2:] - bounds[:2])).all() else bounds

    def _relief(self) -> None:
        raster = elevation(self.project)
        if raster is None:
            return
        rows, columns = raster.values.shape
        west, north = raster.transform.c, raster.transform.f
        light = shade(raster.values, abs(raster.transform.a))
        shown = self.map.imshow(
            light, cmap="gray", vmin=0, vmax=255, alpha=0.35, zorder=1, interpolation="bilinear", aspect="auto",
            extent=(west, west + columns * raster.transform.a, north + rows * raster.transform.e, north),
        )  # fmt: skip
        if self.project.area is not None:  # the raster's edge is no line of the map
            shown.set_clip_path(_compound(np.array([self.project.area], object)), self.map.transData)
        self.map.set_xlim(self.frame.west, self.frame.east)
        self.map.set_ylim(self.frame.south, self.frame.north)

    def _draw(self, geometry: NDArray[np.object_], order: float, **style: Any) -> None:  # noqa: ANN401
        """Draw shapes that meet the frame, as one collection."""
        seen = geometry[shapely.intersects(geometry, self.frame.box)]
        if len(seen):
            rasterized = len(seen) > _DENSE
            self.map.add_collection(PathCollection(_outlines(seen), zorder=order, rasterized=rasterized, **style))

    def _layers(self, roles: Sequence[str], order: float) -> None:
        hue = 0
        for layer in self.project.layers.values():
            control = layer.role in ("zones", "objects")
            colour = HUES[hue % len(HUES)]
            if control and layer.frame is not None and len(layer.frame):
                hue += 1
            if layer.role not in roles or layer.frame is None or not len(layer.frame):
                continue
            law = self.project.rulebook.layers.get(layer.id)
            if control and not (layer.show or (law and law.heads_extract)):
                continue
            if control:
                self._zones(layer, colour, order)
            elif layer.style != "place":
                look: Look = CONTEXT.get(layer.style) or self._outline_look(layer)
                self._draw(
                    layer.frame.geometry.to_numpy(), order, facecolor=look.get("fill", "none"),
                    edgecolor=look["stroke"], linewidth=look["width"] * 0.6, linestyle=_dash(look),
                )  # fmt: skip
                geometry = layer.frame.geometry.to_numpy()
                drawn = geometry if "fill" in look else shapely.boundary(geometry)
                if shapely.intersects(drawn, self.frame.box).any():
                    self.layer_key.append((look, layer.title[self.language], ""))

    def _outline_look(self, layer: Layer) -> Look:
        """Return how a layer that is an outline looks: no two of the first few alike, as on the page."""
        outlines = [
            each.id
            for each in self.project.layers.values()
            if each.role in ("context", "area")
            and each.style not in (*CONTEXT, "place")
            and each.frame is not None
            and len(each.frame)
        ]
        return OUTLINES[outlines.index(layer.id) % len(OUTLINES)]

    def _zones(self, layer: Layer, colour: str, order: float) -> None:
        frame = layer.frame
        assert frame is not None  # noqa: S101  narrows the type; the caller has looked
        law = self.project.rulebook.layers.get(layer.id)
        rows = []
        for number, name in enumerate(layer.classes):
            shapes = frame.geometry.to_numpy()[(frame["zone_class"] == name).to_numpy()]
            alpha = 0.24 - 0.16 * number / max(len(layer.classes) - 1, 1) if len(layer.classes) > 1 else 0.16
            line = bool(len(shapes)) and shapely.get_dimensions(shapes[0]) == 1
            self._draw(
                shapes,
                order,
                facecolor="none" if line else colour,
                edgecolor="none" if not line else colour,
                alpha=alpha,
            )
            dash = (0, (5, 3)) if number % 2 else "solid"
            self._draw(shapes, 7, facecolor="none", edgecolor=colour, linewidth=0.9, linestyle=dash)
            words = zone_words(law, name, self.language)
            if shapely.intersects(shapes, self.frame.box).any():
                look = {"fill": colour, "alpha": alpha, "stroke": colour, "dash": [5, 3] if number % 2 else None}
                rows.append((look, words, ""))
        title = layer.title[self.language]
        if len(rows) == 1 and rows[0][1] == title:
            self.layer_key += rows
        elif rows:
            self.layer_key += [({}, title, ""), *rows]

    def _parcels(self, use: str | None, pathway: str) -> str:
        """Draw the parcels by the verdict asked for; return what the legend is headed."""
        assessment = self.assessment
        found = classes_of(assessment, kind=self.kind, use=use, pathway=pathway, language=self.language)
        parcels = assessment.parcels
        geometry, area = parcels.geometry.to_numpy(), assessment.evidence.area_m2
        main = sites(parcels)
        dense = int(main.sum()) > _DENSE
        for code, (name, look) in enumerate(zip(found.names, found.looks, strict=True)):
            chosen = main & (found.codes == code)
            if not chosen.any() and code in found.spare:
                continue
            hatch = _HATCHES.get(look.get("pattern", ""))
            self._draw(
                geometry[chosen],
                5,
                facecolor=look["fill"],
                hatch=hatch,
                edgecolor=look.get("ink") or look["fill"],
                linewidth=0,
            )
            line = ("#3c3c3c", 0.15) if dense else ("#3b3f45", 0.5)
            self._draw(geometry[chosen], 6, facecolor="none", edgecolor=line[0], linewidth=line[1])
            self.key.append((look, name, size_words(int(chosen.sum()), float(area[chosen].sum()), self.language)))
        return found.title

    def _names(self) -> None:
        """Write the names of places beside them; one that finds no room is left out."""
        frame_mm = self.frame.scale / 1000
        taken: list[shapely.Polygon] = []
        inside = self.frame.box.buffer(-frame_mm)
        for layer in self.project.layers.values():
            frame = layer.frame
            if (
                layer.style != "place"
                or frame is None
                or "name" not in frame
                or not published(self.project, layer.role, "name")
            ):
                continue
            for point, name in zip(shapely.point_on_surface(frame.geometry.to_numpy()), frame["name"], strict=True):
                if not isinstance(name, str) or not self.frame.box.contains(point):
                    continue
                far = (wide(name) / 2 * _NAME_SIZE * _POINT_MM + 0.6) * frame_mm
                high = (_NAME_SIZE * _POINT_MM + 0.6) * frame_mm
                for aside, up in _AROUND:
                    x = point.x + aside * (far + 2 * _NAME_AWAY_MM * frame_mm)
                    y = point.y + up * _NAME_AWAY_MM * frame_mm
                    room = shapely.box(x - far / 2, y - high / 2, x + far / 2, y + high / 2)
                    if inside.contains(room) and not any(room.intersects(other) for other in taken):
                        taken.append(room)
                        self._write(
                            self.map, x, y, name, size=_NAME_SIZE, ha="center", color="#2b3440", zorder=9,
                            path_effects=_HALO,
                        )  # fmt: skip
                        break

    def _outline(self, parcel: str) -> None:
        shape = self.assessment.parcels.geometry.iloc[[self.assessment.position(parcel)]].to_numpy()
        self._draw(shape, 10, facecolor="none", edgecolor="white", linewidth=3.4)
        self._draw(shape, 11, facecolor="none", edgecolor="#111827", linewidth=1.8)
        if shape[0] is not None and not shape[0].is_empty:
            middle = shapely.point_on_surface(shape[0])
            self._write(
                self.map, middle.x, middle.y, parcel, size=8, ha="center", weight="bold", zorder=12, path_effects=_HALO
            )

    @staticmethod
    def _write(axes: Any, x: float, y: float, words: str, **style: Any) -> Any:  # noqa: ANN401
        """Write words as they are: a dollar sign starts no formula, and accents stand on their letters.

        Chinese type has no letters with carons and the like, and would put them together from pieces.
        """
        families = mpl.rcParams["font.family"]
        accented = any(first <= letter <= last for letter in words for first, last in _ACCENTED)
        return axes.text(
            x, y, words, parse_math=False, va="center", family=families[::-1] if accented else families, **style
        )

    def _title(self, heading: str) -> None:
        axes = self._axes(_MARGIN_MM, self.height_mm - _MARGIN_MM - 12, self.width_mm - 2 * _MARGIN_MM, 12)
        axes.axis("off")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 12)
        self._write(axes, 0, 8.6, self.project.title[self.language], size=15, weight="bold")
        self._write(axes, 0, 3.0, heading, size=9.5, color="#404a56")
        if self.project.notice is not None:
            self._write(
                axes, 1, 8.6, self.project.notice[self.language], size=9, ha="right", color="#6a4b00", weight="bold"
            )

    def _marginalia(self) -> None:
        """Write legend, scale, north and what the sheet says of itself, in the column at the right."""
        left = self.width_mm - _MARGIN_MM - _LEGEND_MM
        height = self.frame.height_mm
        axes = self._axes(left, _MARGIN_MM, _LEGEND_MM, height)
        axes.axis("off")
        axes.set_xlim(0, _LEGEND_MM)
        axes.set_ylim(0, height)
        foot = self._foot(axes)
        rows: list[tuple[str, str, Look, str]] = [("head", self.words["legend"], {}, "")]
        rows += [("row", name, look, size) for look, name, size in self.key]
        rows += [("head", self.words["layers"], {}, "")] if self.layer_key else []
        rows += [("row" if look else "sub", name, look, size) for look, name, size in self.layer_key]
        lines = sum(1 + (len(wrapped(words, 28 if size else 44)) - 1) * _CONTINUED for _, words, _, size in rows)
        step = min(5.2, (height - foot - 4) / max(lines + 1.2, 1))
        type_size = min(7.6, step * 1.55)
        y = height - step * 0.6
        for kind, words, look, size in rows:
            broken = wrapped(words, 28 if size else 44)
            indent = 10.0 if kind == "row" else 0.0
            if kind == "row":
                self._swatch(axes, look, y, step)
            for line in broken:
                self._write(
                    axes, indent, y, line, size=type_size + (0.8 if kind == "head" else 0),
                    weight="bold" if kind == "head" else "normal", color="#1c2530" if kind != "sub" else "#404a56",
                )  # fmt: skip
                if size and line is broken[0]:
                    self._write(axes, _LEGEND_MM, y, size, size=type_size - 0.6, ha="right", color="#404a56")
                y -= step if line is broken[-1] else step * _CONTINUED
        self._north()

    def _swatch(self, axes: Any, look: Look, y: float, step: float) -> None:  # noqa: ANN401
        tall = min(3.4, step * 0.72)
        axes.add_patch(
            Rectangle(
                (0.2, y - tall / 2), 7.6, tall, facecolor=look.get("fill") or "none", alpha=look.get("alpha"),
                hatch=_HATCHES.get(look.get("pattern", "")), edgecolor=look.get("ink") or "none", linewidth=0,
            )
        )  # fmt: skip
        dash = _dash(look)
        axes.add_patch(
            Rectangle(
                (0.2, y - tall / 2),
                7.6,
                tall,
                fill=False,
                edgecolor=look.get("stroke", "#4a4f57"),
                linewidth=0.6,
                linestyle=dash,
            )
        )

    def _foot(self, axes: Any) -> float:  # noqa: ANN401
        """Write scale bar, dates, sources and the disclaimer from the bottom up; return how high they reach, in mm."""
        lines = [
            f"{label}{'：' if self.language == 'zh' else ': '}{said}"
            for label, said in foot_lines(self.assessment, self.language)
        ]
        lines += warnings(self.project, self.assessment.parcels, self.language)
        lines += [self.project.rulebook.disclaimer[self.language], self.assessment.assessment_id]
        broken = [line for words in lines for line in wrapped(words, 68)]
        y = 1.2
        for line in reversed(broken):
            self._write(axes, 0, y, line, size=5.6, color="#404a56")
            y += 2.75
        y += 3.5
        ground_m = round_length(self.frame.scale * 0.036)
        bar_mm = ground_m / self.frame.scale * 1000
        for part in range(4):
            axes.add_patch(
                Rectangle(
                    (part * bar_mm / 4, y),
                    bar_mm / 4,
                    1.1,
                    facecolor="black" if part % 2 == 0 else "white",
                    edgecolor="black",
                    linewidth=0.5,
                )
            )
        label = f"{ground_m / 1000:g} km" if ground_m >= 1000 else f"{ground_m:g} m"  # noqa: PLR2004
        self._write(axes, bar_mm + 1.5, y + 0.5, label, size=6.5)
        self._write(axes, _LEGEND_MM, y + 0.5, f"1 : {self.frame.scale:,.0f}", size=7.5, ha="right", weight="bold")
        return y + 5

    def _north(self) -> None:
        axes = self._axes(_MARGIN_MM + self.frame.width_mm - 13, _MARGIN_MM + self.frame.height_mm - 16, 10, 13)
        axes.set_facecolor("white")
        axes.set_xlim(0, 10)
        axes.set_ylim(0, 13)
        turned = Affine2D().rotate_deg_around(5, 9, -true_north(self.project.crs, self.frame.box.bounds))
        for side, colour in ((7.2, "black"), (2.8, "white")):
            half = turned.transform([(5, 12), (side, 6), (5, 7.4)])
            axes.add_patch(Polygon(half, facecolor=colour, edgecolor="black", linewidth=0.5))
        self._write(axes, 5, 3, self.words["north"], size=8, ha="center", weight="bold")


def _dash(look: Look) -> Any:  # noqa: ANN401
    """Return a look's line as matplotlib has it."""
    return (0, tuple(look["dash"])) if look.get("dash") else "solid"


def _outlines(geometry: NDArray[np.object_]) -> list[Outline]:
    """Return shapes as compound paths of many each, which are drawn far sooner than a path a shape."""
    return [_compound(geometry[first : first + _TOGETHER]) for first in range(0, len(geometry), _TOGETHER)]


def _compound(geometry: NDArray[np.object_]) -> Outline:
    parts = shapely.get_parts(geometry)
    areal = shapely.get_dimensions(parts) == 2  # noqa: PLR2004  polygons
    lines = np.concatenate([shapely.get_rings(shapely.orient_polygons(parts[areal])), parts[~areal]])
    vertices, of_line = shapely.get_coordinates(lines, return_index=True)
    codes = np.full(len(vertices), Outline.LINETO, np.uint8)
    codes[np.diff(of_line, prepend=-1) != 0] = Outline.MOVETO
    return Outline(vertices, codes)
