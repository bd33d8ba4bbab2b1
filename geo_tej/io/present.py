"""The present day: the one thing that is asked of the clock, to refuse what is signed on a day that has not come."""

from __future__ import annotations

import datetime as dt


def present_day() -> dt.date:
    """Return the day it is, by the clock of the machine in its own time zone."""
    return dt.datetime.now(tz=dt.UTC).astimezone().date()
