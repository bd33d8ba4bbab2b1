"""A rulebook as it is written: the text of rulebook.toml, and tables as CSV, as XLSX, or as sheets of one workbook."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_tej.encoding import codec
from geo_tej.errors import EncodingError, RulebookError, choices
from geo_tej.spreadsheet import WORKBOOKS, Grid, Sheet, as_sheet, read_grid, read_workbook
from geo_tej.stand_in import STAND_IN
from geo_tej.strict import parse_toml, toml_text, validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from geo_tej.spreadsheet import HeadsIn, Kinds, Row
    from geo_tej.strict import Strict

TOML = "rulebook.toml"
"""The file, or the sheet of a workbook, that holds the text to which all tables belong."""

WORKBOOK = "rulebook.xlsx"
"""The workbook of a folder, whose sheets are tables."""

REPORT = "report.csv"
"""The table of a rulebook that lists the sections of its check reports; it is no law."""

KINDS: Kinds = {
    "least_area_m2": "number", "least_width_m": "number", "distance_m": "number", "valid_from": "date",
    "valid_until": "date",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Written:
    """The text of a rulebook and where its tables lie: in a folder, in the sheets of a workbook, or in both."""

    name: str
    text: str
    toml: Mapping[str, Any]
    folder: Path | None = None
    sheets: Mapping[str, Grid] = field(default_factory=dict)

    def places(self, file: str) -> list[Path | Grid]:
        """Return where a table stands: it bears the name of its file, without the ending."""
        stem = Path(file).stem
        found: list[Path | Grid] = []
        if self.folder is not None:
            files = dict.fromkeys([file, *(f"{stem}{ending}" for ending in (".csv", *WORKBOOKS))])
            found += [self.folder / each for each in files if (self.folder / each).is_file()]
        if stem in self.sheets and not self.sheets[stem].empty:
            found.append(self.sheets[stem])
        return found


def _changed(entry: Mapping[str, Any], item: Strict) -> list[str]:
    """Return the keys of an entry for whose text or table something stands in."""
    read = item.model_dump(by_alias=True, mode="python")
    return [key for key, value in entry.items() if isinstance(value, str | dict) and _lists(read.get(key)) != value]


def _lists(value: Any) -> Any:  # noqa: ANN401  what TOML holds
    """Write tuples as the lists that they were."""
    if isinstance(value, dict):
        return {key: _lists(each) for key, each in value.items()}
    return list(map(_lists, value)) if isinstance(value, tuple) else value


def open_rulebook(path: Path) -> Written:
    """Open a folder or a workbook that holds a rulebook.

    Raises
    ------
    RulebookError
        If there is no rulebook.toml in it, there are two, or it is not TOML.
    """
    if path.suffix.lower() in WORKBOOKS:
        sheets, name, folder = _sheets(path), path.name, None
    else:
        workbook = path / WORKBOOK
        sheets, name, folder = _sheets(workbook) if workbook.is_file() else {}, path.name, path
    inside = sheets.pop(TOML, None)
    beside = folder is not None and (folder / TOML).is_file()
    if inside is None or beside:
        if inside is not None:
            message = f"rulebook {name}: {TOML} is both a file and a sheet of {WORKBOOK}; keep one"
            raise RulebookError(message)
        if folder is None:
            message = f"rulebook {name}: has no sheet {TOML}; name the folder that it belongs to"
            raise RulebookError(message)
        file = folder / TOML
        text, place = toml_text(file, RulebookError), str(file)
    else:
        text, place = _text(inside), inside.title
    return Written(name=name, text=text, toml=parse_toml(text, place, RulebookError), folder=folder, sheets=sheets)


def _sheets(path: Path) -> dict[str, Grid]:
    grids, fault = read_workbook(path)
    if fault:
        message = f"rulebook {fault}"
        raise RulebookError(message)
    return grids


def _text(grid: Grid) -> str:
    """Return the text that a sheet holds, a line a row in its first column.

    Raises
    ------
    RulebookError
        If a line is no longer text, or there is something beside it.
    """
    for number, row in enumerate(grid.rows, start=1):
        if any(cell.text for cell in row[1:]) or (row and row[0].stored != "text"):
            message = f"rulebook {grid.title}, row {number}: is a line of text, in column A and nowhere else"
            raise RulebookError(message)
    return "\n".join(row[0].text if row else "" for row in grid.rows) + "\n"


@dataclass(eq=False)
class Reading:
    """One reading of a rulebook: what is written, the sheets read so far, and every fault and note on the way."""

    written: Written
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    guessed: list[str] = field(default_factory=list)
    doubted: set[tuple[str, str, str]] = field(default_factory=set)
    """Entries and the keys in them for which something stands in: what rests on them cannot be judged."""
    lost: bool = False
    """Whether a table could not be read: that nothing of it is known is then no further fault."""

    @property
    def encoding(self) -> str | None:
        """The text coding of the CSVs, where rulebook.toml says it."""
        said = self.written.toml.get("encoding")
        try:
            return codec(said) if isinstance(said, str) else None
        except EncodingError:  # told where the head is read
            return None

    def sheet(self, file: str, *, optional: bool = False, heads_in: HeadsIn = None, corner: str = "") -> Sheet:
        """Read a table, once; an empty one and a fault where it cannot be read."""
        if file in self.sheets:
            return self.sheets[file]
        places, nothing = self.written.places(file), Sheet(title=file, columns=())
        if file.startswith(STAND_IN):
            self.lost = True
            return nothing
        if optional and not places:
            return nothing
        if len(places) != 1:
            names = " and ".join(place.title if isinstance(place, Grid) else place.name for place in places)
            self.faults.append(
                f"{file}: the same table stands in {names}; keep one"
                if places
                else f"{file}: cannot be read: there is no such table, as .csv, as .xlsx or as a sheet of {WORKBOOK}"
            )
            self.lost = True
            if not places:
                return nothing
        place = places[0]
        grid = place if isinstance(place, Grid) else read_grid(place, encoding=self.encoding)
        self.guessed += [grid.title] * grid.guessed
        if grid.hidden:
            self.faults.append(
                f"{grid.title}: is hidden, and law that nobody sees is not applied; show it or delete it"
            )
        sheet = as_sheet(grid, self.faults, kinds=KINDS, notes=self.notes, heads_in=heads_in, corner=corner)
        if sheet is None:
            self.lost = True
            return nothing
        self.sheets[file] = sheet
        return sheet

    def rows(self, sheet: Sheet, needed: Sequence[str] = ()) -> Iterator[Row]:
        """Give the rows of a sheet but remarks; a fault for a column that it needs, or for each row without a cell."""
        absent = [column for column in needed if column not in sheet.columns] if sheet.rows else []
        self.faults += [
            f"{sheet.title}, row {sheet.heads}: there is no column {column!r}; {choices(column, sheet.columns)}"
            for column in absent
        ]
        if absent:
            self.lost = True
        if needed and needed[0] in absent:
            return
        for row in sheet.rows:
            if row.remark:
                continue
            missing = [column for column in needed if not row[column]]
            self.faults += [
                f"{sheet.at(row)}: the column {column} is missing or empty"
                for column in missing
                if column not in absent and column not in row.unread
            ]
            yield replace(row, cells={**row.cells, **dict.fromkeys(missing, f"{STAND_IN}{row.number}")})

    def known(self, name: str, known: Iterable[str], place: str) -> bool:
        """Tell whether a name is in the rulebook; a fault if not, unless the table of such names is at fault."""
        if name in known:
            return not name.startswith(STAND_IN)
        if name.startswith(STAND_IN) or (not known and self.lost):
            return False
        self.faults.append(f"{place} {name!r} is not in the rulebook; {choices(name, sorted(known))}")
        return False

    def entries(self, key: str, model: type[Any]) -> list[Any]:
        """Return the tables of rulebook.toml under a key, each id once."""
        given = self.written.toml.get(key, [])
        if not isinstance(given, list):
            self.faults.append(f"{TOML}: `{key}` is a list of tables, written [[{key}]]")
            return []
        read: list[Any] = []
        for number, entry in enumerate(given, start=1):
            name = entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
            item: Strict | None = validate(model, entry, f"{TOML}, {key} {name}", self.faults, mend=True)
            if item is None:
                self.lost = True
            else:
                self.doubted |= {(key, item.id, each) for each in _changed(entry, item)}  # type: ignore[attr-defined]
                self.once([other.id for other in read], item.id, f"{TOML}, {key} {item.id}")  # type: ignore[attr-defined]
                read.append(item)
        return read

    def once(self, ids: Iterable[str], name: str, place: str) -> None:
        """Note a fault where an id is taken already."""
        if name in ids and not name.startswith(STAND_IN):
            self.faults.append(f"{place}: this id stands more than once")

    def unread(self) -> None:
        """Tell of sheets and files that look like tables and are none: law in them would not be heard."""
        read = {Path(file).stem for file in self.sheets}
        self.faults += [
            f"{grid.title}: no table of the rulebook is called so; {choices(name, sorted(read))} "
            "(a sheet whose name begins with # is a remark)"
            for name, grid in self.written.sheets.items()
            if name not in read and not (grid.empty or grid.hidden or name.startswith("#"))
        ]
        folder = self.written.folder
        if folder is not None:
            self.notes += [
                f"{file.name}: is not read: no table of the rulebook is called so"
                for file in sorted(folder.iterdir())
                if file.suffix.lower() in (".csv", *WORKBOOKS)
                and file.stem not in {*read, Path(WORKBOOK).stem}
                and not file.name.startswith(("#", "~", "."))
            ]
