"""The files that show an assessment as a map: an interactive page, or a sheet for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.errors import OutputError
from geo_tej.i18n import Text
from geo_tej.io.write import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.maps import OnlineTiles
    from geo_tej.verdict import Assessment


_LARGE_BYTES = 25_000_000
_LARGEST_BYTES = 150_000_000
_HEAVY = Text(
    "{file} 有 {mb} MB，打开较慢；可用 --use、--pathway 缩小范围",
    "{file} is {mb} MB, slow to open on a phone; --use and --pathway make it smaller",
)


def tiles_asked_for(name: str | None, key: str | None) -> OnlineTiles | None:
    """Return the tiles of a service by name, or None where none are asked for.

    Raises
    ------
    MapError
        If the service is not known, or its key is missing.
    """
    if name is None:
        return None
    from geo_tej.maps import OnlineTiles  # noqa: PLC0415  folium is heavy; only maps need it

    return OnlineTiles(name, key=key)


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


def require_size(size: int, name: str, way_out: str) -> None:
    """Refuse a page that no phone and few browsers would open.

    Parameters
    ----------
    size
        Of the page, in bytes.
    name
        Of the page, for the message.
    way_out
        What to ask for instead, for the message.

    Raises
    ------
    OutputError
        If the page is too large.
    """
    if size > _LARGEST_BYTES:
        message = (
            f"{name}: would have {size / 1e6:,.0f} MB, more than the {_LARGEST_BYTES / 1e6:.0f} MB that browsers open; "
            f"{way_out}, or a coarser precision_m in the manifest"
        )
        raise OutputError(message)


def save_map(  # noqa: PLR0913  what a page may be asked for
    assessment: Assessment,
    path: Path,
    *,
    language: Language,
    kind: str = "constraint",
    paper: str = "A4",
    tiles: OnlineTiles | None = None,
    anyway: bool = False,
) -> list[str]:
    """Write one interactive page that opens without a network; return what must be cleared before it is public.

    Raises
    ------
    OutputError
        If the file is not named as a page, cannot be written, or would be too large and is not wanted `anyway`.
    """
    from geo_tej.maps import constraint_map  # noqa: PLC0415  folium is heavy; only maps need it
    from geo_tej.maps.release import warnings  # noqa: PLC0415

    check_map_name(path, static=None)
    page = constraint_map(assessment, language=language, kind=kind, paper=paper, tiles=tiles)
    with replacing(path) as beside:
        page.save(str(beside))
        size = beside.stat().st_size
        if not anyway:
            require_size(size, path.name, "ask for less (--use, --pathway) or all the same (--anyway)")
    heavy = _HEAVY[language].format(mb=f"{size / 1e6:,.0f}", file=path.name)
    return warnings(assessment.project, assessment.parcels, language) + [heavy] * (size > _LARGE_BYTES)


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
