"""The interactive page of an assessment: parcels by verdict, zones, enterprises, and the law behind each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_tej.errors import MapError, QuestionError, choices
from geo_tej.i18n import require_language
from geo_tej.maps.answers import answer_columns, opening_bounds
from geo_tej.maps.layers import PAPERS, source_map
from geo_tej.maps.still import still_page

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.maps.page import OfflineMap
    from geo_tej.maps.tiles import OnlineTiles
    from geo_tej.verdict import Assessment

KINDS = ("constraint", "use", "tolerance")


def require_ground(assessment: Assessment) -> None:
    """Refuse to draw parcels of which none has any ground.

    Raises
    ------
    MapError
        If there is nothing to draw.
    """
    if not np.isfinite(assessment.parcels.total_bounds).all():
        message = "none of the parcels has any ground, so there is nothing to draw; geo-tej layers says why"
        raise MapError(message)


def require_tolerance(assessment: Assessment) -> None:
    """Refuse to show how robust verdicts are where that was not asked.

    Raises
    ------
    QuestionError
        If the assessment has no tolerance.
    """
    if assessment.robust is None:
        message = (
            "no tolerance was asked for, so nothing is known of what boundaries would change; say by how many metres "
            "they may be off, like --tolerance 5, or tolerance = 5 in the manifest"
        )
        raise QuestionError(message)


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
        "constraint" opens on how many uses may come, with the control layers on; "use" opens on one use;
        "tolerance" on whether verdicts would change if boundaries were off, of a use or of all.
    use
        The use to open on; the first that was assessed unless given, and where tolerances are shown only if alone.
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
        If what is given is no assessment, the language, the kind, the use or the parcel is not one of those there are,
        or no tolerance was asked for.
    MapError
        If the paper is not one of those there are, or no parcel has any ground.
    """
    if not hasattr(assessment, "judgement"):
        message = f"a map is of an assessment, not of a {type(assessment).__name__}: constraint_map(assess(project))"
        raise QuestionError(message)
    require_language(language or "en")
    if kind not in KINDS:
        message = f"a map of kind {kind!r} is not known; known: {', '.join(KINDS)}"
        raise QuestionError(message)
    if kind == "tolerance":
        require_tolerance(assessment)
    asked = [each.id for each in assessment.questions.uses]
    if use is not None and use not in asked:
        message = f"use {use!r} was not assessed; {choices(use, asked)}"
        raise QuestionError(message)
    if paper not in PAPERS:
        message = f"paper {paper!r} is not known; known: {', '.join(PAPERS)}"
        raise MapError(message)
    require_ground(assessment)
    language = language or assessment.project.language
    opens_on = {"use": use or asked[0], "tolerance": use or (asked[0] if len(asked) == 1 else None)}.get(kind)
    header, columns = answer_columns(assessment, language, opens_on=opens_on, parcel=parcel, paper=paper)
    return source_map(
        header | {"opens_mode": "tolerance" if kind == "tolerance" else "outcome"},
        columns,
        title=assessment.project.title[language],
        language=language,
        scripts=("map/answers.js",),
        offline=offline,
        tiles=tiles,
        still=still_page(assessment, opening_bounds(assessment), use=opens_on, language=language, kind=kind),
    )
