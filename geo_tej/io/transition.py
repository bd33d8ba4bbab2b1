"""What a manifest says of ways out: land values, quota, weights, facts that hold for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_tej.errors import QuestionError, choices
from geo_tej.i18n import SQUARE_METRES_PER_MU
from geo_tej.io.signed import read_day, rows_of
from geo_tej.model import LandValue, Quota, TransitionData
from geo_tej.verdict.question import stated_fact

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from geo_tej.io.manifest import TransitionEntry
    from geo_tej.model import Rulebook

VALUE_COLUMNS = ("value", "per", "date", "source")
VALUE_OPTIONS = ("scheme", "code", "use", "term_years", "licence")
UNITS_M2 = {"m2": 1.0, "mu": SQUARE_METRES_PER_MU, "ha": 10_000.0}


def read_transition(
    entry: TransitionEntry, folder: Path, rulebook: Rulebook, enterprises: pd.DataFrame, faults: list[str]
) -> TransitionData:
    """Read [transition] and what it names; faults are added to `faults`."""
    criteria = list(rulebook.criteria)
    faults += [
        f"transition.weights: criterion {name!r} is not in the rulebook {rulebook.id}; {choices(name, criteria)}"
        for name in entry.weights
        if name not in criteria
    ]
    facts = {}
    for name, value in entry.facts.items():
        try:
            facts[name] = stated_fact(rulebook, name, value)
        except QuestionError as fault:
            faults.append(f"transition.facts: {fault}")
    routes = [*rulebook.routes]
    if "route" in enterprises and routes:
        faults += [
            f"enterprises: {firm}: route {route!r} is not in the rulebook {rulebook.id}; {choices(route, routes)}"
            for firm, route in enterprises["route"].items()
            if isinstance(route, str) and route not in routes
        ]
    values: tuple[LandValue, ...] = ()
    if entry.land_values is not None:
        values = read_land_values(folder / entry.land_values, rulebook, faults)
    return TransitionData(
        land_values=values,
        quota=tuple(
            Quota(
                year=each.year,
                area_m2=each.area_m2 if each.area_m2 is not None else (each.area_mu or 0.0) * SQUARE_METRES_PER_MU,
                source=each.source,
            )
            for each in entry.quota
        ),
        weights=entry.weights,
        facts=facts,
        reduction_rate=entry.reduction_rate,
        currency=entry.currency,
        events=None if entry.events is None else folder / entry.events,
    )


def read_land_values(path: Path, rulebook: Rulebook, faults: list[str]) -> tuple[LandValue, ...]:
    """Read land values per m², mu or ha; a row is of a present `code` in its `scheme`, or of a new `use`.

    A use is given by its id or reference, by a tag (`@term40`) or by its group.
    """
    tags = {f"@{tag}" for use in rulebook.uses.values() for tag in use.tags}
    known = {*rulebook.uses, *(use.ref for use in rulebook.uses.values() if use.ref), *tags, *rulebook.groups}
    found: dict[tuple[str, str, str], LandValue] = {}
    for place, row in rows_of(path, VALUE_COLUMNS, faults, optional=VALUE_OPTIONS):
        before = len(faults)
        if bool(row["code"]) == bool(row["use"]):
            faults.append(f"{place}: a value is of a present `code`, or of a new `use`; give one of them")
        if row["code"] and not row["scheme"]:
            faults.append(f"{place}: the code {row['code']!r} means nothing without its scheme")
        if row["use"] and row["use"] not in known:
            near = choices(row["use"], sorted(known))
            faults.append(f"{place}: use {row['use']!r} is not in the rulebook {rulebook.id}; {near}")
        if row["per"] and row["per"] not in UNITS_M2:
            faults.append(f"{place}: per {row['per']!r}; {choices(row['per'], list(UNITS_M2))}")
        value = _positive(row["value"], f"{place}, column value", faults)
        term = _positive(row["term_years"], f"{place}, column term_years", faults)
        day = read_day(row["date"], f"{place}, column date", faults)
        key = (row["scheme"], row["code"], row["use"])
        if key in found and found[key].date == day:
            faults.append(f"{place}: {row['use'] or row['code']!r} has two values on one day")
        if len(faults) > before or value is None or day is None or not row["per"]:
            continue
        if key in found and found[key].date > day:  # the latest holds
            continue
        found[key] = LandValue(
            value=value / UNITS_M2[row["per"]], date=day, source=row["source"], scheme=row["scheme"],
            code=row["code"], use=row["use"], term_years=term, licence=row["licence"],
        )  # fmt: skip
    return tuple(found.values())


def _positive(text: str, place: str, faults: list[str]) -> float | None:
    if not text:  # an empty cell has been told where it must not be
        return None
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not 0 <= number < float("inf"):
        faults.append(f"{place}: {text!r} is no number of 0 or more")
        return None
    return number
