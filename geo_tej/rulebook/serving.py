"""Which rows of a table serve a use: its own, those of groups that it belongs to, and the one for any other use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_tej.rulebook.cells import ANY_OTHER, TAG
from geo_tej.rulebook.terms import resolve_uses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geo_tej.model import Use
    from geo_tej.rulebook.cells import Table
    from geo_tej.rulebook.terms import Terms
    from geo_tej.rulebook.written import Reading

NAMES: Mapping[str, Callable[[Use], str]] = {
    "ref": lambda use: use.ref,
    "name": lambda use: use.title.en,
    "name_zh": lambda use: use.title.zh,
    "name_en": lambda use: use.title.en,
}
"""What the rows of a table may be called by, beside the id of a use and a column of uses.csv."""


@dataclass(frozen=True)
class Serving:
    """The rows of one use, by their keys: its own, and those of groups of uses with their members, narrowest first.

    A group speaks on a use under a heading where the use's own row, and every narrower group, has an empty cell.
    """

    own: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    members: tuple[frozenset[str], ...] = ()

    def speaking(self, reading: Reading, table: Table, use: str, heading: str) -> tuple[str, ...]:
        """Return the rows that speak on the use under a heading; a fault where two groups do, neither the narrower."""
        if any(table.cells[key][heading].symbol is not None for key in self.own):
            return self.own
        said = [place for place, key in enumerate(self.groups) if table.cells[key][heading].symbol is not None]
        if not said:
            return self.own
        first, *others = said
        for other in others:
            key, wider = self.groups[first], self.groups[other]
            alike = table.cells[key][heading] == table.cells[wider][heading]
            if not alike and not self.members[first] < self.members[other]:
                reading.faults.append(
                    f"{table.places[wider]}: speaks on {use} under {heading!r} as {key!r} does, and neither group is "
                    "the narrower; give the use a row of its own"
                )
        return (self.groups[first],)


def rows_of_uses(reading: Reading, terms: Terms, table: Table, place: str) -> dict[str, Serving]:
    """Tell which rows of a table serve each use; rows that a use names in vain are noted, not dropped."""
    own: dict[str, list[str]] = {}
    groups: dict[str, frozenset[str]] = {}
    for name in table.entry.uses:
        reading.known(name, table.cells, f"{place}: uses")
    for key in table.cells:
        names = _names_of(table, key)
        wide = [name for name in names if name.startswith(TAG) or name == ANY_OTHER]
        if wide:
            every = terms.uses if ANY_OTHER in wide else ()
            tags = [name for name in wide if name != ANY_OTHER]
            groups[key] = frozenset(every) | resolve_uses(reading, tags, terms.uses, table.places[key])
        for name in names:
            if name not in wide and reading.known(name, terms.uses, f"{table.places[key]}: use"):
                own.setdefault(name, []).append(key)
    reading.faults += [
        f"{table.places[given[-1]]}: the use {name!r} stands in more than one row: {'; '.join(given)}"
        for name, given in own.items()
        if len(given) > 1
    ]
    if table.entry.rows != "use":
        _add_joined(reading, terms, table, own, groups, place)
    order = sorted(groups, key=lambda key: (len(groups[key]), list(groups).index(key)))
    serving = {}
    for use in terms.uses:
        mine = tuple(key for key in order if use in groups[key])
        if use in own or mine:
            serving[use] = Serving(tuple(own.get(use, ())), mine, tuple(groups[key] for key in mine))
    return serving


def row_label(table: Table, key: str) -> str:
    """Return how a row is called in words: not at all where it names uses by their ids and tags."""
    by_id = table.entry.rows == "use" and key not in table.entry.uses
    return "" if by_id or key == ANY_OTHER or key.startswith(TAG) else key


def _names_of(table: Table, key: str) -> tuple[str, ...]:
    """Return the uses and groups that a row names by itself."""
    if key in table.entry.uses:
        return table.entry.uses[key]
    if table.entry.rows == "use":
        return tuple(filter(None, map(str.strip, key.split("|"))))
    return (key,) if key == ANY_OTHER else ()


def _add_joined(  # noqa: PLR0913  a table, what its rows are so far, and where it stands
    reading: Reading,
    terms: Terms,
    table: Table,
    own: dict[str, list[str]],
    groups: Mapping[str, frozenset[str]],
    place: str,
) -> None:
    """Join rows that are called by the uses' names, or that a column of uses.csv lists."""
    rows, keys = table.entry.rows, table.cells
    if rows not in NAMES and terms.uses and not any(rows in use.columns for use in terms.uses.values()):
        reading.faults.append(f"{place}: rows = {rows!r} is not a column of uses.csv")
    serving = {key for given in own.values() for key in given} | set(groups)
    for use in terms.uses.values():
        named = [NAMES[rows](use)] if rows in NAMES else [key for key in use.columns.get(rows, "").split("|") if key]
        reading.notes += [
            f"{table.entry.file}: the row {key!r}, which the use {use.id} names, does not exist: silent on it"
            for key in named
            if key not in keys and rows not in NAMES
        ]
        serving |= set(named)
        own.setdefault(use.id, []).extend(key for key in named if key in keys)
        if not own[use.id]:
            del own[use.id]
    if idle := [key for key in keys if key not in serving]:
        reading.notes.append(f"{table.entry.file}: rows that serve no use and so give no rule: {'; '.join(idle)}")
