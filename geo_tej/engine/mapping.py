"""The files that show an assessment as a map: an interactive page, or a sheet for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.errors import OutputError
from geo_tej.io.write import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.verdict import Assessment


def check_map_name(path: Path, *, static: str | None) -> None:
    """Refuse a file name that is not one of a page, or of a sheet of its form.

    Raises
    ------
    OutputError
        If the file has another ending.
    """
    suffix = path.suffix.lower()
    if static is None and suffix not in (".html", ".htm"):
        message = f"{path.name}: a page is written as .html (for a sheet, say --static png, svg or pdf)"
        raise OutputError(message)
    if static is not None and suffix != f".{static}":
        message = f"{path.name}: with --static {static} the file is named .{static}"
        raise OutputError(message)


def save_map(  # noqa: PLR0913  what a page may be asked for
    assessment: Assessment,
    path: Path,
    *,
    language: Language,
    kind: str = "constraint",
    paper: str = "A4",
    tiles: str | None = None,
    tiles_key: str | None = None,
) -> list[str]:
    """Write one interactive page that opens without a network; return what must be cleared before it is public."""
    from geo_tej.maps import OnlineTiles, constraint_map  # noqa: PLC0415  folium is heavy; only maps need it
    from geo_tej.maps.release import warnings  # noqa: PLC0415

    check_map_name(path, static=None)
    base = OnlineTiles(tiles, key=tiles_key) if tiles else None
    page = constraint_map(assessment, language=language, kind=kind, paper=paper, tiles=base)
    with replacing(path) as beside:
        page.save(str(beside))
    return warnings(assessment.project, assessment.parcels, language)


def save_sheet(  # noqa: PLR0913  what a sheet may be asked for
    assessment: Assessment,
    path: Path,
    *,
    language: Language,
    form: str,
    kind: str = "constraint",
    paper: str = "A4",
    font: Path | None = None,
) -> list[str]:
    """Write a sheet for paper at 300 dpi; return what must be cleared before it is public."""
    from geo_tej.maps import sheet  # noqa: PLC0415  matplotlib is heavy; only sheets need it
    from geo_tej.maps.release import warnings  # noqa: PLC0415

    check_map_name(path, static=form)
    use = assessment.questions.uses[0].id if kind == "use" else None
    drawn = sheet.constraint_sheet(assessment, language=language, use=use, paper=paper, font=font)
    with replacing(path) as beside:
        sheet.save_sheet(drawn, beside, form=form)
    return warnings(assessment.project, assessment.parcels, language)
