"""Put the report on a project's ways out together."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geo_tej.transition.events import current
from geo_tej.transition.holdings import enterprise_name
from geo_tej.transition.told.parts import EnterprisePart, LawPart, Report, RulebookPart, StatusPart
from geo_tej.transition.told.routes import route_part
from geo_tej.transition.told.totals import priority_part, progress_parts, quota_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_tej.i18n import Language
    from geo_tej.transition.assessed import Transition


def report(told: Transition, *, language: Language, firms: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the ways out as plain data; `firms` limits the enterprises that are told of, not what is worked out."""
    assessment, rulebook = told.assessment, told.assessment.project.rulebook
    chosen = told.firms if firms is None else list(firms)
    reached = current(told.events, assessment.on)
    parts = []
    for name in chosen:
        firm = told.firm(name)
        ground = told.ground[name]
        event = reached.get(name)
        parts.append(
            EnterprisePart(
                id=name, name=enterprise_name(assessment.project, name), parcels=dict(ground),
                area_m2=round(sum(ground.values()), 4), chosen=told.chosen(firm),
                status=None if event is None else StatusPart(
                    status=event.status, since=event.date.isoformat(), note=event.note, officer=event.officer
                ),
                priority=priority_part(told, firm, language),
                routes=[route_part(told, firm, judged, language) for judged in told.routes],
            )
        )  # fmt: skip
    told_of = Report(
        schema=1, transition_id=identity(told), assessment_id=assessment.assessment_id, on=assessment.on.isoformat(),
        rulebook=RulebookPart(id=rulebook.id, version=rulebook.version, sha256=rulebook.sha256),
        routes=[
            LawPart(
                id=each.id, ref=each.ref, title=each.title[language], words=each.words[language], land=each.land,
                source=each.source, article=each.article, verified=each.verified,
            )
            for each in (judged.route for judged in told.routes)
        ],
        enterprises=parts, quota=quota_part(told, language), progress=progress_parts(told),
        disclaimer=rulebook.disclaimer[language],
    )  # fmt: skip
    return told_of.model_dump(mode="json", by_alias=True)


def identity(told: Transition) -> str:
    """Hash what the ways out depend on: the assessment, who sits where, values, quota, weights, steps, sign-offs."""
    project, rulebook = told.assessment.project, told.assessment.project.rulebook
    signed = [
        (route.id, route.signoffs, [reason.signoffs for reason in route.reasons]) for route in rulebook.routes.values()
    ]
    people = [table.astype(str).to_csv() for table in (project.enterprises, project.occupancy)]
    depends = (told.assessment.assessment_id, people, replace(project.transition, events=None), told.events, signed)
    return hashlib.sha256(repr(depends).encode()).hexdigest()[:16]
