"""Ways out for enterprises: worked out, written, and followed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.errors import ManifestError, QuestionError, choices
from geo_tej.frames import called
from geo_tej.io.events import read_events, record_event
from geo_tej.io.write import replacing
from geo_tej.model import StatusEvent
from geo_tej.tables.transition import write_transition_table
from geo_tej.transition import transition
from geo_tej.transition.told import report as transition_report
from geo_tej.verdict import assess
from geo_tej.verdict.steps import AFRESH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.model import Project
    from geo_tej.transition import Transition
    from geo_tej.verdict.steps import Steps

__all__ = ["record", "transition_report", "transitions", "write_transition"]


def transitions(
    project: Project,
    *,
    uses: Iterable[str] | None = None,
    on: date | None = None,
    facts: Mapping[str, object] | None = None,
    steps: Steps = AFRESH,
) -> Transition:
    """Work out the ways out of all enterprises, on the parcels that they sit on.

    Raises
    ------
    QuestionError
        If a use or fact is not in the rulebook.
    LayerError
        If the events cannot be read, or tell of an enterprise or status that there is none of.
    """
    held = project.parcels.index.isin(project.occupancy["parcel_id"])
    parcels = project.parcels[held] if held.any() else project.parcels.iloc[:0]
    pathways = list(project.rulebook.pathways)[:1]  # the routes bring their own
    assessment = assess(
        project, parcels=parcels, uses=uses, pathways=pathways, on=on, facts=facts, tolerance=0, steps=steps
    )
    return transition(assessment, events=events_of(project))


def events_of(project: Project) -> tuple[StatusEvent, ...]:
    """Read the project's events; none where it names no file, or the file is not there yet.

    Raises
    ------
    QuestionError
        If an event is of an enterprise or status that there is none of.
    """
    path = project.transition.events
    if path is None:
        return ()
    events = read_events(path)
    for event in events:
        for what, name, known in (
            ("enterprise", event.enterprise, list(map(str, project.enterprises.index))),
            ("status", event.status, list(project.rulebook.statuses)),
        ):
            if name not in known:
                message = f"{path}, row {event.number}: {what} {name!r} is not known; {choices(name, known)}"
                raise QuestionError(message)
    return events


def record(  # noqa: PLR0913  an event has these parts
    project: Project, enterprise: str, status: str, *, day: date, note: str = "", officer: str = ""
) -> StatusEvent:
    """Record that an enterprise took a step.

    Raises
    ------
    ManifestError
        If the manifest names no file for events, or the rulebook no steps.
    QuestionError
        If there is no such enterprise or status, or the order is impossible.
    """
    path = project.transition.events
    if path is None:
        message = f'{project.manifest}: no file for events; name one: [transition] events = "events.gpkg"'
        raise ManifestError(message)
    if not project.rulebook.statuses:
        message = f"the rulebook {project.rulebook.id} names no steps; write them as [[status]] in its rulebook.toml"
        raise ManifestError(message)
    firms = [str(name) for name in project.enterprises.index]
    if enterprise not in firms:
        message = f"enterprise {enterprise!r} is not in the project; {choices(enterprise, called(project.enterprises))}"
        raise QuestionError(message)
    if status not in project.rulebook.statuses:
        known = choices(status, project.rulebook.statuses)
        message = f"status {status!r} is not in the rulebook {project.rulebook.id}; {known}"
        raise QuestionError(message)
    event = StatusEvent(number=0, enterprise=enterprise, status=status, date=day, note=note, officer=officer)
    return record_event(path, event, project.rulebook.statuses)


def write_transition(told: Transition, path: Path, *, language: Language) -> None:
    """Write the ways out as a table, whole or not at all.

    Raises
    ------
    QuestionError
        If the rulebook names no routes, so that there is nothing to write.
    OutputError
        If the file's ending is not known, or it cannot be written.
    """
    if not told.routes:
        message = (
            f"the rulebook {told.assessment.project.rulebook.id} names no routes, so there is nothing to write; "
            "write them as [[route]] in its rulebook.toml"
        )
        raise QuestionError(message)
    with replacing(path) as beside:
        write_transition_table(told, beside, language=language)
