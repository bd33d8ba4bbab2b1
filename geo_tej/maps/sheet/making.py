"""Make a sheet of an assessment, and write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from geo_tej.errors import MapError, OutputError, choices
from geo_tej.maps.constraint import require_ground, require_tolerance
from geo_tej.maps.sheet.content import draw_content, outline_parcel
from geo_tej.maps.sheet.drawing import HALO, plot_in, write
from geo_tej.maps.sheet.frames import SHEETS_MM, enlarged_frame, whole_frame
from geo_tej.maps.sheet.margin import write_margin, write_title
from geo_tej.maps.sheet.nouns import Sheet, Subject
from geo_tej.maps.type import chinese_family

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.maps.sheet.nouns import Frame, Plot
    from geo_tej.verdict import Assessment

FORMATS = ("png", "svg", "pdf")
DPI = 300
_INCH_MM = 25.4


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
        subject = Subject(
            assessment=assessment, language=language, kind=kind, use=use, pathway=pathway or asked.pathways[0].id
        )
        return _drawn(subject, parcel, bounds, paper)


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


def _drawn(subject: Subject, parcel: str | None, bounds: Sequence[float] | None, paper: str) -> Figure:
    width_mm, height_mm = SHEETS_MM[paper]
    figure = Figure(figsize=(width_mm / _INCH_MM, height_mm / _INCH_MM), facecolor="white")
    sheet = Sheet(figure, width_mm, height_mm)
    plot = plot_in(sheet, whole_frame(subject.assessment, paper, parcel=parcel, bounds=bounds))
    key = draw_content(plot, subject)
    if parcel is not None:
        outline_parcel(plot, subject, parcel)
    elif bounds is None:
        enlarged = enlarged_frame(subject.assessment, plot.frame)
        if enlarged is not None:
            _draw_inset(sheet, plot, subject, enlarged)
    write_title(sheet, subject, key.heading)
    write_margin(sheet, subject, plot.frame, key)
    return figure


def _draw_inset(sheet: Sheet, whole: Plot, subject: Subject, frame: Frame) -> None:
    """Draw some of the ground once more and larger, with its own scale, and where it lies on the whole map."""
    plot = plot_in(sheet, frame)
    draw_content(plot, subject)  # what it shows is in the legend already
    ground = frame.scale / 1000
    write(
        plot.axes, frame.west + 1.5 * ground, frame.south + 2.5 * ground, f"1 : {frame.scale:,.0f}", size=6.5,
        weight="bold", zorder=12, path_effects=HALO,
    )  # fmt: skip
    place = (frame.west, frame.south)
    box = Rectangle(
        place, frame.width_mm * ground, frame.height_mm * ground, fill=False, edgecolor="#111827", linewidth=0.9
    )
    box.set_zorder(13)
    whole.axes.add_patch(box)
