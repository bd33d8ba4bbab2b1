"""What a page shows where scripts are off: a picture of the parcels by class, the classes as a table, and the foot."""

from __future__ import annotations

import base64
import io
import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import shapely
from PIL import Image

from geo_tej.crs import true_north
from geo_tej.maps.classes import classes_of, sites, size_words
from geo_tej.maps.looks import CONTEXT, Look, round_length
from geo_tej.maps.release import foot_lines, warnings
from geo_tej.maps.words import PAGE_WORDS
from geo_tej.ragged import runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.verdict import Assessment

WIDE, HIGH = 720, 540
"""The most pixels of the picture."""

_KILOMETRE = 1000
_SEEN_DEG = 0.5
"""North that is off by less is up."""

_TOGETHER = 50_000
"""So many polygons at a time are drawn, for the sake of memory."""

_GROUND, _EDGE = "#f4f4f2", "#3b3f45"
_OUTLINED_PX = 9.0
"""Parcels that are typically wider than this are outlined and patterned."""

_STYLE = (
    "<style>.folium-map{display:none}.tej-still{font:14px/1.5 system-ui,sans-serif;max-width:920px;margin:16px auto;"
    "padding:0 12px;color:#1c2530}.tej-still h1{font-size:20px;margin:0}.tej-still img{max-width:100%;border:1px solid "
    "#9aa4b0}.tej-still table{border-collapse:collapse}.tej-still th,.tej-still td{padding:3px 14px 3px 0;"
    "text-align:left;font-weight:400}.tej-still i{display:inline-block;width:22px;height:14px;border:1px solid #6b7480;"
    "vertical-align:-2px}</style>"
)


def still_page(
    assessment: Assessment, bounds: Sequence[float], *, use: str | None, language: Language, kind: str = "constraint"
) -> str:
    """Return the page without scripts as HTML: title, picture, table of the classes, and what the map says of itself.

    Parameters
    ----------
    assessment
        What to show, by its first pathway.
    bounds
        West, south, east and north of the picture in the CRS of the parcels.
    use
        The use to show; how many uses may come unless given.
    language
        Of the words.
    kind
        "tolerance" shows whether boundaries may change the verdicts, others the verdicts.
    """
    project, pathway = assessment.project, assessment.questions.pathways[0].id
    found = classes_of(assessment, kind=kind, use=use, pathway=pathway, language=language)
    main = np.flatnonzero(sites(assessment.parcels))
    codes, area = found.codes[main], assessment.evidence.area_m2[main]
    water = [
        shape
        for layer in project.layers.values()
        if layer.role == "context" and layer.style == "water" and layer.frame is not None
        for shape in layer.frame.geometry.to_numpy()
    ]
    picture = picture_of(
        assessment.parcels.geometry.to_numpy()[main], codes, found.looks, bounds, water=np.array(water, object)
    )
    rows = [
        (look, name, size_words(int((codes == code).sum()), float(area[codes == code].sum()), language))
        for code, (name, look) in enumerate(zip(found.names, found.looks, strict=True))
        if (codes == code).any() or code not in found.spare
    ]
    foot = [
        *foot_lines(assessment, language),
        *(["", line] for line in warnings(project, assessment.parcels, language)),
    ]
    notice = [project.notice[language]] if project.notice else []
    return still(
        project.title[language],
        [*notice, found.title],
        picture=picture,
        bar_m=bar_m(bounds),
        turn=true_north(project.crs, bounds),
        rows=rows,
        foot=[*foot, ["", project.rulebook.disclaimer[language]], ["", assessment.assessment_id]],
        language=language,
    )


def still(  # noqa: PLR0913  what such a page is made of
    title: str,
    lines: Iterable[str],
    *,
    picture: str,
    bar_m: float,
    turn: float,
    rows: Iterable[tuple[Look, str, str]],
    foot: Iterable[Sequence[str]],
    language: Language,
) -> str:
    """Return title, lines, picture, table and foot as HTML; all that comes from data is text in it.

    North lies `turn` degrees clockwise of the picture's top.
    """
    words_of = {name: words[language] for name, words in PAGE_WORDS.items()}
    far = f"{bar_m / 1000:g} km" if bar_m >= _KILOMETRE else f"{bar_m:g} m"
    north = words_of["still" if abs(turn) < _SEEN_DEG else "still_right" if turn > 0 else "still_left"]
    under = north.format(n=far, t=f"{abs(turn):.0f}")
    told = [
        f'<tr><td><i style="{escape(_swatch(look))}"></i></td><th scope="row">{escape(name)}</th>'
        f"<td>{escape(size)}</td></tr>"
        for look, name, size in rows
    ]
    said = "".join(f"<p><b>{escape(label)}</b> {escape(words)}</p>" for label, words in foot)
    return (
        f'{_STYLE}<main class="tej-still"><h1>{escape(title)}</h1>'
        + "".join(f"<p>{escape(line)}</p>" for line in lines)
        + (f'<p><img src="{picture}" alt="{escape(title)}"><br>{under}</p>' if picture else "")
        + f"<table>{''.join(told)}</table><p>{escape(words_of['no_script'])}</p>{said}</main>"
    )


def _swatch(look: Look) -> str:
    """Return the style of a square that looks as the class does."""
    ink = look.get("ink")
    patterns = {
        "dots": f"radial-gradient({ink} 1px,transparent 1.3px) 0 0/5px 5px",
        "lines": f"repeating-linear-gradient(135deg,{ink} 0 1px,transparent 1px 4px)",
        "cross": f"repeating-linear-gradient(45deg,{ink} 0 1px,transparent 1px 4px),"
        f"repeating-linear-gradient(135deg,{ink} 0 1px,transparent 1px 4px)",
    }
    over = patterns.get(look.get("pattern", ""))
    return f"background:{over + ',' if over else ''}{look['fill']}"


def bar_m(bounds: Sequence[float]) -> float:
    """Return the length of the picture's scale bar: a round one of about a fifth of its width."""
    west, _, east, _ = bounds
    return round_length((east - west) / 5) if np.isfinite(bounds).all() and east > west else 0.0


def picture_of(
    geometry: NDArray[np.object_],
    codes: NDArray[np.intp],
    looks: Sequence[Look],
    bounds: Sequence[float],
    *,
    water: NDArray[np.object_],
) -> str:
    """Return polygons coloured and patterned by class as a PNG in a data address, nothing where bounds hold nothing."""
    west, south, east, north = bounds
    if not (np.isfinite(bounds).all() and east > west and north > south):
        return ""
    pixel = max((east - west) / WIDE, (north - south) / HIGH)
    wide, high = math.ceil((east - west) / pixel), math.ceil((north - south) / pixel)
    palette = [_GROUND, CONTEXT["water"]["fill"], _EDGE]
    first = len(palette)
    palette += [look["fill"] for look in looks] + [look.get("ink", look["fill"]) for look in looks]
    image = np.zeros((high, wide), np.uint8)
    image[shapes_at(water, west, north, pixel, (high, wide)) >= 0] = 1
    place = shapes_at(geometry, west, north, pixel, (high, wide))
    inside = place >= 0
    image[inside] = first + codes[place[inside]]
    if np.median(np.sqrt(shapely.area(geometry)) if len(geometry) else 0) > _OUTLINED_PX * pixel:
        row, column = np.indices(image.shape)
        lines, other = (row + column) % 6 == 0, (row - column) % 6 == 0
        masks = {"lines": lines, "cross": lines | other, "dots": (row % 6 < 2) & (column % 6 < 2)}  # noqa: PLR2004
        for code, look in enumerate(looks):
            if "pattern" in look:
                image[(image == first + code) & masks[look["pattern"]]] = first + len(looks) + code
        edge = np.zeros_like(inside)
        edge[:-1] |= place[:-1] != place[1:]
        edge[:, :-1] |= place[:, :-1] != place[:, 1:]
        image[edge] = 2
    long = int(bar_m(bounds) / pixel)
    image[-12:-9, 10 : 10 + long] = image[-18:-9, [10, min(9 + long, wide - 1)]] = 2
    drawn = Image.fromarray(image, mode="P")
    drawn.putpalette([int(colour[at : at + 2], 16) for colour in palette for at in (1, 3, 5)])
    file = io.BytesIO()
    drawn.save(file, format="png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def shapes_at(
    geometry: NDArray[np.object_], west: float, north: float, pixel: float, size: tuple[int, int]
) -> NDArray[np.intp]:
    """Return which polygon covers the middle of each pixel, -1 for none; of several, the last.

    One that covers no middle has the pixel that its own middle lies in.

    >>> shapes_at(np.array([shapely.box(0, 0, 2, 1)]), 0.0, 2.0, 1.0, (2, 3)).tolist()
    [[-1, -1, -1], [0, 0, -1]]
    """
    high, wide = size
    place = np.full(high * wide, -1, np.intp)
    for first in range(0, len(geometry), _TOGETHER):
        some = geometry[first : first + _TOGETHER]
        at, owner = _covered(some, west, north, pixel, size)
        place[at] = first + owner
        missed = np.setdiff1d(np.arange(len(some)), owner)
        box = shapely.bounds(some[missed])
        column, line = (box[:, 0] + box[:, 2]) / 2 - west, north - (box[:, 1] + box[:, 3]) / 2
        seen = (column >= 0) & (column < wide * pixel) & (line >= 0) & (line < high * pixel)
        small = (line[seen] // pixel).astype(np.intp) * wide + (column[seen] // pixel).astype(np.intp)
        free = place[small] < 0
        place[small[free]] = first + missed[seen][free]
    return place.reshape(size)


def _covered(
    geometry: NDArray[np.object_], west: float, north: float, pixel: float, size: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pixels whose middles polygons cover, row by row in one sequence, and which polygon each time."""
    high, wide = size
    parts, of_shape = shapely.get_parts(geometry, return_index=True)
    areal = shapely.get_dimensions(parts) == len("xy")
    rings, of_part = shapely.get_rings(parts[areal], return_index=True)
    xy, of_ring = shapely.get_coordinates(rings, return_index=True)
    x, y = (xy[:, 0] - west) / pixel, (north - xy[:, 1]) / pixel
    shape = of_shape[areal][of_part][of_ring]
    along = np.flatnonzero(of_ring[:-1] == of_ring[1:])
    low, top = np.minimum(y[along], y[along + 1]), np.maximum(y[along], y[along + 1])
    start = np.clip(np.ceil(low - 0.5), 0, high).astype(np.intp)
    count = np.clip(np.ceil(top - 0.5), 0, high).astype(np.intp) - start
    row, of_edge = runs(start, count)
    edge = along[of_edge]
    slope = (x[edge + 1] - x[edge]) / (y[edge + 1] - y[edge])
    crossing = x[edge] + (row + 0.5 - y[edge]) * slope
    order = np.lexsort((crossing, row, shape[edge]))
    owner, row, crossing = shape[edge][order], row[order], crossing[order]
    left = np.clip(np.ceil(crossing[::2] - 0.5), 0, wide).astype(np.intp)
    run = np.clip(np.ceil(crossing[1::2] - 0.5), 0, wide).astype(np.intp) - left
    at, of_run = runs(row[::2] * wide + left, run)
    return at, owner[::2][of_run]
