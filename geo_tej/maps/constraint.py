"""The interactive page of an assessment: parcels by verdict, zones, enterprises, and the law behind each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.errors import MapError, QuestionError, choices
from geo_tej.maps.answers import answer_columns, opening_bounds
from geo_tej.maps.layers import PAPERS, source_map
from geo_tej.maps.still import still_page

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.maps.page import OfflineMap
    from geo_tej.maps.tiles import OnlineTiles
    from geo_tej.verdict import Assessment

KINDS = ("constraint", "use")


def constraint_map(  # noqa: PLR0913  what a page may be asked for
    assessment: Assessment,
    *,
    language: Language | None = None,
    kind: str = "constraint",
    use: str | None = None,
    parcel: str | None = None,
    paper: str = "A4",
    offline: bool = True,
    tiles: OnlineTiles | None = None,
) -> OfflineMap:
    """Return an interactive map of an assessment, as one page that opens without a network.

    Every parcel, use and pathway of the assessment is in the page; of attributes, those that the manifest publishes.

    Parameters
    ----------
    assessment
        What to show.
    language
        Of the page's words; the project's unless given.
    kind
        "constraint" opens on how many uses may come, with the control layers on; "use" opens on one use.
    use
        The use to open on; the first that was assessed unless given.
    parcel
        A parcel to open on.
    paper
        The sheet that the page prints on: A4 or A3.
    offline
        Whether an element that would be fetched is an error when the page is made.
    tiles
        A base of tiles from a server, for those who are connected.

    Returns
    -------
    OfflineMap
        A `folium.Map`; save it with `.save("page.html")`, or add folium elements to it first.

    Raises
    ------
    QuestionError
        If the kind, the use or the parcel is not one of those there are.
    MapError
        If the paper is not one of those there are.
    """
    if kind not in KINDS:
        message = f"a map of kind {kind!r} is not known; known: {', '.join(KINDS)}"
        raise QuestionError(message)
    asked = [each.id for each in assessment.questions.uses]
    if use is not None and use not in asked:
        message = f"use {use!r} was not assessed; {choices(use, asked)}"
        raise QuestionError(message)
    if paper not in PAPERS:
        message = f"paper {paper!r} is not known; known: {', '.join(PAPERS)}"
        raise MapError(message)
    language = language or assessment.project.language
    opens_on = (use or asked[0]) if kind == "use" else None
    header, columns = answer_columns(assessment, language, opens_on=opens_on, parcel=parcel, paper=paper)
    return source_map(
        header,
        columns,
        title=assessment.project.title[language],
        language=language,
        scripts=("map/answers.js",),
        offline=offline,
        tiles=tiles,
        still=still_page(assessment, opening_bounds(assessment), use=opens_on, language=language),
    )
