"""What lies in the frame of a map: relief, layers, parcels by the verdict asked for, names of places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_tej.i18n import wide
from geo_tej.maps.classes import classes_of, sites, size_words
from geo_tej.maps.looks import CONTEXT, HUES, OUTLINES, Look
from geo_tej.maps.release import published
from geo_tej.maps.relief import elevation, shade
from geo_tej.maps.sheet.drawing import DENSE, HALO, HATCHES, compound, dash, draw, fill_frame, write
from geo_tej.maps.sheet.nouns import Key, Row
from geo_tej.verdict.words import zone_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from geo_tej.maps.sheet.nouns import Plot, Subject
    from geo_tej.model import Layer, Project

_POINT_MM = 25.4 / 72
_NAME_SIZE = 7.0
_NAME_AWAY_MM = 2.6
_AROUND = ((0.0, 1.0), (0.5, 0.0), (-0.5, 0.0), (0.0, -1.0))
"""Where a name may stand by its place, in turn: above, to the right, to the left, below."""


def draw_content(plot: Plot, subject: Subject) -> Key:
    """Draw what lies in the frame; return what the legend tells of it."""
    _draw_relief(plot, subject.project)
    layers = [
        *_draw_layers(plot, subject, ("area",), 8),
        *_draw_layers(plot, subject, ("context",), 2),
        *_draw_layers(plot, subject, ("zones", "objects"), 3),
    ]
    heading, classes = _draw_parcels(plot, subject)
    _write_names(plot, subject.project)
    return Key(heading, classes, layers)


def outline_parcel(plot: Plot, subject: Subject, parcel: str) -> None:
    """Draw a parcel's outline once more and bold, with its id in it."""
    assessment = subject.assessment
    shape = assessment.parcels.geometry.iloc[[assessment.position(parcel)]].to_numpy()
    draw(plot, shape, 10, facecolor="none", edgecolor="white", linewidth=3.4)
    draw(plot, shape, 11, facecolor="none", edgecolor="#111827", linewidth=1.8)
    if shape[0] is not None and not shape[0].is_empty:
        middle = shapely.point_on_surface(shape[0])
        write(plot.axes, middle.x, middle.y, parcel, size=8, ha="center", weight="bold", zorder=12, path_effects=HALO)


def _draw_relief(plot: Plot, project: Project) -> None:
    raster = elevation(project)
    if raster is None:
        return
    rows, columns = raster.values.shape
    west, north = raster.transform.c, raster.transform.f
    light = shade(raster.values, abs(raster.transform.a))
    shown = plot.axes.imshow(
        light, cmap="gray", vmin=0, vmax=255, alpha=0.35, zorder=1, interpolation="bilinear", aspect="auto",
        extent=(west, west + columns * raster.transform.a, north + rows * raster.transform.e, north),
    )  # fmt: skip
    if project.area is not None:  # the raster's edge is no line of the map
        shown.set_clip_path(compound(np.array([project.area], object)), plot.axes.transData)
    fill_frame(plot)


def _draw_layers(plot: Plot, subject: Subject, roles: Sequence[str], order: float) -> list[Row]:
    """Draw the layers of some roles; return their rows of the legend, of those that can be seen."""
    key: list[Row] = []
    project = subject.project
    hue = 0
    for layer in project.layers.values():
        control = layer.role in ("zones", "objects")
        colour = HUES[hue % len(HUES)]
        if control and layer.frame is not None and len(layer.frame):
            hue += 1
        if layer.role not in roles or layer.frame is None or not len(layer.frame):
            continue
        law = project.rulebook.layers.get(layer.id)
        if control and not (layer.show or (law and law.heads_extract)):
            continue
        if control:
            key += _draw_zones(plot, subject, layer, colour, order)
        elif layer.style != "place":
            look: Look = CONTEXT.get(layer.style) or _outline_look(project, layer)
            geometry = layer.frame.geometry.to_numpy()
            draw(
                plot, geometry, order, facecolor=look.get("fill", "none"), edgecolor=look["stroke"],
                linewidth=look["width"] * 0.6, linestyle=dash(look),
            )  # fmt: skip
            drawn = geometry if "fill" in look else shapely.boundary(geometry)
            if shapely.intersects(drawn, plot.frame.box).any():
                key.append(Row(look, layer.title[subject.language]))
    return key


def _outline_look(project: Project, layer: Layer) -> Look:
    """Return how a layer that is an outline looks: no two of the first few alike, as on the page."""
    outlines = [
        each.id
        for each in project.layers.values()
        if each.role in ("context", "area")
        and each.style not in (*CONTEXT, "place")
        and each.frame is not None
        and len(each.frame)
    ]
    return OUTLINES[outlines.index(layer.id) % len(OUTLINES)]


def _draw_zones(plot: Plot, subject: Subject, layer: Layer, colour: str, order: float) -> list[Row]:
    """Draw a layer's classes of zone, the first the darkest; return their rows of the legend, below its title."""
    frame = layer.frame
    assert frame is not None  # noqa: S101  narrows the type; the caller has looked
    law = subject.project.rulebook.layers.get(layer.id)
    rows, title = [], layer.title[subject.language]
    for number, name in enumerate(layer.classes):
        shapes = frame.geometry.to_numpy()[(frame["zone_class"] == name).to_numpy()]
        alpha = 0.24 - 0.16 * number / max(len(layer.classes) - 1, 1) if len(layer.classes) > 1 else 0.16
        line = bool(len(shapes)) and shapely.get_dimensions(shapes[0]) == 1
        fill, edge = ("none", colour) if line else (colour, "none")
        draw(plot, shapes, order, facecolor=fill, edgecolor=edge, alpha=alpha)
        look = {"fill": colour, "alpha": alpha, "stroke": colour, "dash": (5, 3) if number % 2 else None}
        draw(plot, shapes, 7, facecolor="none", edgecolor=colour, linewidth=0.9, linestyle=dash(look))
        if shapely.intersects(shapes, plot.frame.box).any():
            rows.append(Row(look, title if name == layer.title["zh"] else zone_words(law, name, subject.language)))
    if not rows or (len(rows) == 1 and rows[0].words == title):
        return rows
    return [Row({}, title), *rows]


def _draw_parcels(plot: Plot, subject: Subject) -> tuple[str, list[Row]]:
    """Draw the parcels by the verdict asked for; return what the legend is headed, and the classes' rows of it."""
    assessment, language = subject.assessment, subject.language
    found = classes_of(assessment, kind=subject.kind, use=subject.use, pathway=subject.pathway, language=language)
    geometry, area = assessment.parcels.geometry.to_numpy(), assessment.evidence.area_m2
    main = sites(assessment.parcels)
    line, width = ("#3c3c3c", 0.15) if int(main.sum()) > DENSE else ("#3b3f45", 0.5)
    key = []
    for code, (name, look) in enumerate(zip(found.names, found.looks, strict=True)):
        chosen = main & (found.codes == code)
        if not chosen.any() and code in found.spare:
            continue
        draw(
            plot, geometry[chosen], 5, facecolor=look["fill"], hatch=HATCHES.get(look.get("pattern", "")),
            edgecolor=look.get("ink") or look["fill"], linewidth=0,
        )  # fmt: skip
        draw(plot, geometry[chosen], 6, facecolor="none", edgecolor=line, linewidth=width)
        key.append(Row(look, name, size_words(int(chosen.sum()), float(area[chosen].sum()), language)))
    return found.title, key


def _write_names(plot: Plot, project: Project) -> None:
    """Write the names of places beside them; one that finds no room is left out."""
    frame_mm = plot.frame.scale / 1000
    taken: list[shapely.Polygon] = []
    inside = plot.frame.box.buffer(-frame_mm)
    for point, name in _places(plot, project):
        far = (wide(name) / 2 * _NAME_SIZE * _POINT_MM + 0.6) * frame_mm
        high = (_NAME_SIZE * _POINT_MM + 0.6) * frame_mm
        for aside, up in _AROUND:
            x = point.x + aside * (far + 2 * _NAME_AWAY_MM * frame_mm)
            y = point.y + up * _NAME_AWAY_MM * frame_mm
            room = shapely.box(x - far / 2, y - high / 2, x + far / 2, y + high / 2)
            if inside.contains(room) and not any(room.intersects(other) for other in taken):
                taken.append(room)
                write(plot.axes, x, y, name, size=_NAME_SIZE, ha="center", color="#2b3440", zorder=9, path_effects=HALO)
                break


def _places(plot: Plot, project: Project) -> Iterator[tuple[shapely.Point, str]]:
    """Find the places in the frame whose names may be published."""
    for layer in project.layers.values():
        frame = layer.frame
        if layer.style != "place" or frame is None or "name" not in frame:
            continue
        if not published(project, layer.role, "name"):
            continue
        for point, name in zip(shapely.point_on_surface(frame.geometry.to_numpy()), frame["name"], strict=True):
            if isinstance(name, str) and plot.frame.box.contains(point):
                yield point, name
