"""How far each enterprise has come: the order in which steps may follow each other, and the state on any day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_tej.errors import choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from geo_tej.model import Status, StatusEvent

NOT_BEGUN = ""
"""The status of an enterprise that has taken no step."""


def in_order(events: Iterable[StatusEvent]) -> list[StatusEvent]:
    """Return events by day, those of one day by their number."""
    return sorted(events, key=lambda each: (each.date, each.number))


def order_faults(events: Iterable[StatusEvent], statuses: Mapping[str, Status]) -> list[str]:
    """Say what is impossible in the order of events, a sentence each.

    >>> import datetime as dt
    >>> from geo_tej.i18n import Text
    >>> from geo_tej.model import Status, StatusEvent
    >>> steps = {"planned": Status(id="planned", title=Text("", ""), first=True),
    ...     "moved": Status(id="moved", title=Text("", ""), after=("planned",))}
    >>> def event(number, status, day):
    ...     return StatusEvent(number=number, enterprise="E1", status=status, date=dt.date(2026, 1, day))
    >>> order_faults([event(1, "planned", 1), event(2, "moved", 2)], steps)
    []
    >>> order_faults([event(1, "moved", 2)], steps)
    ['E1 cannot be moved on 2026-01-02: nothing is recorded before it; moved comes after planned']
    """
    before: dict[str, StatusEvent] = {}
    faults = []
    for event in in_order(events):
        status, last = statuses.get(event.status), before.get(event.enterprise)
        if status is None:
            faults.append(
                f"{event.enterprise}: status {event.status!r} is not in the rulebook; "
                f"{choices(event.status, list(statuses))}"
            )
            continue
        allowed = status.first if last is None else last.status in status.after
        if not allowed:
            stands = "nothing is recorded before it" if last is None else f"it is {last.status} since {last.date}"
            wanted = [*(["the beginning"] if status.first else []), *status.after]
            faults.append(
                f"{event.enterprise} cannot be {event.status} on {event.date}: {stands}; "
                f"{event.status} comes after {' or '.join(wanted)}"
            )
        before[event.enterprise] = event
    return faults


def current(events: Iterable[StatusEvent], on: date) -> dict[str, StatusEvent]:
    """Return the last event of each enterprise up to a day."""
    return {event.enterprise: event for event in in_order(events) if event.date <= on}


def progress(
    events: Sequence[StatusEvent],
    *,
    on: date,
    statuses: Iterable[str],
    ground: Mapping[str, Mapping[str, float]],
) -> list[dict[str, Any]]:
    """Count enterprises and their ground by status, for each day with an event up to `on`, and for `on` itself.

    Parameters
    ----------
    events
        All that is recorded.
    on
        The last day told of.
    statuses
        Their ids, in the order they are counted.
    ground
        Enterprise id -> parcel id -> area in m². A parcel counts once under a status, however many enterprises on it
        have that status, and under each status that an enterprise on it has.

    Returns
    -------
    list of dict
        `date`, `enterprises` and `area_m2` by status; enterprises without an event are counted under "".
    """
    names = [NOT_BEGUN, *statuses]
    rows = []
    for day in sorted({event.date for event in events if event.date <= on} | {on}):
        reached = current(events, day)
        counts, areas = dict.fromkeys(names, 0), {name: dict[str, float]() for name in names}
        for firm, parcels in ground.items():
            status = reached[firm].status if firm in reached else NOT_BEGUN
            counts[status] = counts.get(status, 0) + 1
            areas.setdefault(status, {}).update(parcels)
        rows.append(
            {
                "date": day,
                "enterprises": counts,
                "area_m2": {status: round(sum(parcels.values()), 2) for status, parcels in areas.items()},
            }
        )
    return rows
