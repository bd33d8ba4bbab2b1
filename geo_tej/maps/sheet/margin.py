"""What stands around a sheet's map: title, legend, scale, north, and what the sheet says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Polygon, Rectangle
from matplotlib.transforms import Affine2D

from geo_tej.crs import true_north
from geo_tej.maps.looks import Look, round_length
from geo_tej.maps.release import foot_lines, warnings
from geo_tej.maps.sheet.drawing import HATCHES, axes_at, dash, write
from geo_tej.maps.sheet.nouns import LEGEND_MM, MARGIN_MM
from geo_tej.maps.type import wrapped
from geo_tej.maps.words import PAGE_WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from geo_tej.maps.sheet.nouns import Frame, Key, Sheet, Subject

_CONTINUED = 0.74
"""Of a line's height, where it goes on with the one above."""


def write_title(sheet: Sheet, subject: Subject, heading: str) -> None:
    """Write the project's title, what the map shows, and the project's notice at the head of the sheet."""
    axes = axes_at(sheet, MARGIN_MM, sheet.height_mm - MARGIN_MM - 12, sheet.width_mm - 2 * MARGIN_MM, 12)
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 12)
    project, language = subject.project, subject.language
    write(axes, 0, 8.6, project.title[language], size=15, weight="bold")
    write(axes, 0, 3.0, heading, size=9.5, color="#404a56")
    if project.notice is not None:
        write(axes, 1, 8.6, project.notice[language], size=9, ha="right", color="#6a4b00", weight="bold")


def write_margin(sheet: Sheet, subject: Subject, frame: Frame, key: Key) -> None:
    """Write legend, scale and what the sheet says of itself in the column at the right, and draw north."""
    axes = axes_at(sheet, sheet.width_mm - MARGIN_MM - LEGEND_MM, MARGIN_MM, LEGEND_MM, frame.height_mm)
    axes.axis("off")
    axes.set_xlim(0, LEGEND_MM)
    axes.set_ylim(0, frame.height_mm)
    foot = _write_foot(axes, subject, frame)
    _write_legend(axes, subject, key, foot_mm=foot, height_mm=frame.height_mm)
    _draw_north(sheet, subject, frame)


def _write_legend(axes: Axes, subject: Subject, key: Key, *, foot_mm: float, height_mm: float) -> None:
    """Write the legend from the top down, in lines as high as the room above the foot allows."""
    rows: list[tuple[str, str, Look, str]] = [("head", PAGE_WORDS["legend"][subject.language], {}, "")]
    rows += [("row", name, look, size) for look, name, size in key.classes]
    rows += [("head", PAGE_WORDS["layers"][subject.language], {}, "")] if key.layers else []
    rows += [("row" if look else "sub", name, look, size) for look, name, size in key.layers]
    lines = sum(1 + (len(wrapped(words, 28 if size else 44)) - 1) * _CONTINUED for _, words, _, size in rows)
    step = min(5.2, (height_mm - foot_mm - 4) / max(lines + 1.2, 1))
    type_size = min(7.6, step * 1.55)
    y = height_mm - step * 0.6
    for kind, words, look, size in rows:
        broken = wrapped(words, 28 if size else 44)
        indent = 10.0 if kind == "row" else 0.0
        if kind == "row":
            _draw_swatch(axes, look, y, step)
        for line in broken:
            write(
                axes, indent, y, line, size=type_size + (0.8 if kind == "head" else 0),
                weight="bold" if kind == "head" else "normal", color="#1c2530" if kind != "sub" else "#404a56",
            )  # fmt: skip
            if size and line is broken[0]:
                write(axes, LEGEND_MM, y, size, size=type_size - 0.6, ha="right", color="#404a56")
            y -= step if line is broken[-1] else step * _CONTINUED


def _draw_swatch(axes: Axes, look: Look, y: float, step: float) -> None:
    tall = min(3.4, step * 0.72)
    corner = (0.2, y - tall / 2)
    axes.add_patch(
        Rectangle(
            corner, 7.6, tall, facecolor=look.get("fill") or "none", alpha=look.get("alpha"),
            hatch=HATCHES.get(look.get("pattern", "")), edgecolor=look.get("ink") or "none", linewidth=0,
        )
    )  # fmt: skip
    stroke = look.get("stroke", "#4a4f57")
    axes.add_patch(Rectangle(corner, 7.6, tall, fill=False, edgecolor=stroke, linewidth=0.6, linestyle=dash(look)))


def _write_foot(axes: Axes, subject: Subject, frame: Frame) -> float:
    """Write scale bar, dates, sources and the disclaimer from the bottom up; return how high they reach, in mm."""
    assessment, language = subject.assessment, subject.language
    colon = "：" if language == "zh" else ": "
    lines = [f"{label}{colon}{said}" for label, said in foot_lines(assessment, language)]
    lines += warnings(subject.project, assessment.parcels, language)
    lines += [subject.project.rulebook.disclaimer[language], assessment.assessment_id]
    broken = [line for words in lines for line in wrapped(words, 68)]
    y = 1.2
    for line in reversed(broken):
        write(axes, 0, y, line, size=5.6, color="#404a56")
        y += 2.75
    y += 3.5
    ground_m = round_length(frame.scale * 0.036)
    bar_mm = ground_m / frame.scale * 1000
    for part in range(4):
        colour = "black" if part % 2 == 0 else "white"
        axes.add_patch(
            Rectangle((part * bar_mm / 4, y), bar_mm / 4, 1.1, facecolor=colour, edgecolor="black", linewidth=0.5)
        )
    label = f"{ground_m / 1000:g} km" if ground_m >= 1000 else f"{ground_m:g} m"  # noqa: PLR2004
    write(axes, bar_mm + 1.5, y + 0.5, label, size=6.5)
    write(axes, LEGEND_MM, y + 0.5, f"1 : {frame.scale:,.0f}", size=7.5, ha="right", weight="bold")
    return y + 5


def _draw_north(sheet: Sheet, subject: Subject, frame: Frame) -> None:
    """Draw an arrow to true north in the upper right corner of the map."""
    right, top = frame.left_mm + frame.width_mm, frame.bottom_mm + frame.height_mm
    axes = axes_at(sheet, right - 13, top - 16, 10, 13)
    axes.set_facecolor("white")
    axes.set_xlim(0, 10)
    axes.set_ylim(0, 13)
    turned = Affine2D().rotate_deg_around(5, 9, -true_north(subject.project.crs, frame.box.bounds))
    for side, colour in ((7.2, "black"), (2.8, "white")):
        half = turned.transform([(5, 12), (side, 6), (5, 7.4)])
        axes.add_patch(Polygon(half, facecolor=colour, edgecolor="black", linewidth=0.5))
    write(axes, 5, 3, PAGE_WORDS["north"][subject.language], size=8, ha="center", weight="bold")
