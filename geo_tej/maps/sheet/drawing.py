"""The strokes of a sheet: axes in millimetres, shapes as few paths, words as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.collections import PathCollection
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke

from geo_tej.maps.sheet.nouns import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from geo_tej.maps.looks import Look
    from geo_tej.maps.sheet.nouns import Frame, Sheet

DENSE = 2000
"""So many shapes are pixels in a file of vectors, and their lines thin."""

HATCHES = {"dots": "...", "lines": "////", "cross": "xxxx"}
HALO = [withStroke(linewidth=2.2, foreground="white")]
_ACCENTED = (("\u0100", "\u036f"), ("\u1e00", "\u1eff"))
_TOGETHER = 500


def axes_at(sheet: Sheet, left_mm: float, bottom_mm: float, width_mm: float, height_mm: float) -> Axes:
    """Return new axes without ticks at a place of the sheet."""
    across, up = sheet.width_mm, sheet.height_mm
    axes = sheet.figure.add_axes((left_mm / across, bottom_mm / up, width_mm / across, height_mm / up))
    axes.set_xticks([])
    axes.set_yticks([])
    for edge in axes.spines.values():
        edge.set_zorder(20)
    return axes


def plot_in(sheet: Sheet, frame: Frame) -> Plot:
    """Return an empty map that fills a frame."""
    plot = Plot(axes_at(sheet, frame.left_mm, frame.bottom_mm, frame.width_mm, frame.height_mm), frame)
    fill_frame(plot)
    return plot


def fill_frame(plot: Plot) -> None:
    """Show the ground of the frame, and no more."""
    plot.axes.set_xlim(plot.frame.west, plot.frame.east)
    plot.axes.set_ylim(plot.frame.south, plot.frame.north)


def draw(plot: Plot, geometry: NDArray[np.object_], order: float, **style: Any) -> None:  # noqa: ANN401
    """Draw shapes that meet the frame, as one collection."""
    seen = geometry[shapely.intersects(geometry, plot.frame.box)]
    if len(seen):
        rasterized = len(seen) > DENSE
        plot.axes.add_collection(PathCollection(_outlines(seen), zorder=order, rasterized=rasterized, **style))


def write(axes: Axes, x: float, y: float, words: str, **style: Any) -> None:  # noqa: ANN401
    """Write words as they are: a dollar sign starts no formula, and accents stand on their letters.

    Chinese type has no letters with carons and the like, and would put them together from pieces.
    """
    families = mpl.rcParams["font.family"]
    accented = any(first <= letter <= last for letter in words for first, last in _ACCENTED)
    axes.text(x, y, words, parse_math=False, va="center", family=families[::-1] if accented else families, **style)


def dash(look: Look) -> Any:  # noqa: ANN401
    """Return a look's line as matplotlib has it."""
    return (0, tuple(look["dash"])) if look.get("dash") else "solid"


def _outlines(geometry: NDArray[np.object_]) -> list[Outline]:
    """Return shapes as compound paths of many each, which are drawn far sooner than a path a shape."""
    return [compound(geometry[first : first + _TOGETHER]) for first in range(0, len(geometry), _TOGETHER)]


def compound(geometry: NDArray[np.object_]) -> Outline:
    """Return shapes as one path."""
    parts = shapely.get_parts(geometry)
    areal = shapely.get_dimensions(parts) == 2  # noqa: PLR2004  polygons
    lines = np.concatenate([shapely.get_rings(shapely.orient_polygons(parts[areal])), parts[~areal]])
    vertices, of_line = shapely.get_coordinates(lines, return_index=True)
    codes = np.full(len(vertices), Outline.LINETO, np.uint8)
    codes[np.diff(of_line, prepend=-1) != 0] = Outline.MOVETO
    return Outline(vertices, codes)
