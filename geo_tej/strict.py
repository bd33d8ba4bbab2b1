"""Strict reading of TOML and CSV: every fault of a file at once, each with its place and the way out."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from geo_tej.errors import GeoTejError, choices
from geo_tej.i18n import Text
from geo_tej.spreadsheet import plain_rows, read_sheet
from geo_tej.stand_in import MOST, Left, plain, stood_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydantic_core import ErrorDetails

ID = r"^[\w-]+$"
"""What an id is made of."""


def _text(value: object) -> object:
    if isinstance(value, str):
        return Text(value, value)
    if isinstance(value, dict):
        if set(value) != {"zh", "en"} or not all(isinstance(item, str) for item in value.values()):
            message = "a text is a string, or a table with the keys zh and en"
            raise ValueError(message)
        return Text(value["zh"], value["en"])
    return value


Words = Annotated[Text, BeforeValidator(_text, json_schema_input_type=str | dict[str, str])]


class Strict(BaseModel):
    """A table whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)

    def clashes(self) -> dict[str, bool]:
        """Return what would be wrong with keys that do not go together, and whether it is."""
        return {}

    @model_validator(mode="after")
    def _go_together(self, info: ValidationInfo) -> Self:
        found = [message for message, wrong in self.clashes().items() if wrong]
        if isinstance(info.context, list):
            info.context.extend(found)
        elif found:
            raise PydanticCustomError(CLASH, "{found}", {"found": "\n".join(found)})
        return self


CLASH = "clash"
"""The type of a fault that lies in no single key."""


Table = TypeVar("Table", bound=Strict)


_DAY = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})")
"""Year first; spreadsheets write 2026-07-01 back as 2026/7/1."""


def as_date(text: str) -> date | None:
    """Read a day as people and spreadsheets write it, year first; None if it is none.

    >>> as_date("2026/7/1"), as_date("2026-02-30"), as_date("")
    (datetime.date(2026, 7, 1), None, None)
    """
    written = _DAY.fullmatch(text)
    try:
        return date(int(written[1]), int(written[3]), int(written[4])) if written else None
    except ValueError:
        return None


def parse_toml(text: str, name: str, error: type[GeoTejError]) -> dict[str, Any]:
    """Read TOML.

    Raises
    ------
    GeoTejError
        Of the class given, if it is none.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        message = f"{name}: is not TOML in UTF-8: {fault}{_hint(text, str(fault))}"
        raise error(message) from fault


_AT_LINE = re.compile(r"at line (\d+)")
_LIKE_A_DAY = re.compile(r"=\s*(\d{4}-\d{1,2}-\d{1,2})\b")


def _hint(text: str, fault: str) -> str:
    """Say what is likely meant in the line at which TOML cannot be read, where that is a mistake that people make."""
    place = _AT_LINE.search(fault)
    line = text.splitlines()[int(place[1]) - 1] if place and int(place[1]) <= len(text.splitlines()) else ""
    day = _LIKE_A_DAY.search(line)
    if day and (as_date(day[1]) is None or len(day[1]) < len("2026-06-30")):
        return f"; {day[1]} is no date: write it like 2026-06-30"
    if "\\" in line and '"' in line:
        return "; write a path with /, or between single quotes: '..\\file.gpkg'"
    return ""


def read_toml(path: Path, error: type[GeoTejError]) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    GeoTejError
        Of the class given, if there is no such file, it is not UTF-8 or not TOML.
    """
    return parse_toml(toml_text(path, error), str(path), error)


def toml_text(path: Path, error: type[GeoTejError]) -> str:
    """Return what is written in a TOML file; the errors are those of `read_toml`."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = f"{path}: there is no such file"
    except UnicodeDecodeError as fault:
        message = f"{path}: is not TOML in UTF-8: {fault}"
    except OSError as fault:
        message = f"{path}: cannot be read: {fault.strerror or fault}"
    raise error(message)


def validate(  # noqa: PLR0913  a table, its place, and what to do about faults
    model: type[Table],
    table: object,
    place: str,
    faults: list[str],
    *,
    cell: Callable[[str], str] | None = None,
    mend: bool = False,
) -> Table | None:
    """Read one table strictly; put each fault, with its place, into `faults` and return None if any.

    Where the table is a row of a sheet, `cell` names the cell of a key. With `mend`, a table with faults is returned
    as far as it can be read, for whoever checks the rest of it: `stand_in.STAND_IN` stands for the names that cannot.
    """
    try:
        return model.model_validate(table)
    except ValidationError as invalid:
        errors = invalid.errors()
    clashes = _tell(model, errors, place, faults, cell)
    mended, hidden = _rest(model, table, errors)
    faults += [f"{place}: {each}" for each in hidden if each not in clashes]
    return mended if mend else None


def _tell(
    model: type[Table],
    errors: list[ErrorDetails],
    place: str,
    faults: list[str],
    cell: Callable[[str], str] | None,
) -> list[str]:
    """Put each fault of a table, with its place, into `faults`; return those that lie in no single key."""
    said: dict[tuple[str, ...], list[str]] = {}
    clashes: list[str] = []
    within = {error["loc"][:depth] for error in errors for depth in range(1, len(error["loc"]) - 1)}
    for error in errors:
        keys, level = _place_in(model, error["loc"])
        key = ".".join(keys)
        given = f" (given: {str(error['input'])[:80]!r})" if keys or cell is None else ""
        where = cell(keys[0]) if cell is not None and keys else f"{place}: `{key}`" if keys else place
        if error["input"] is Left.UNREAD:  # its fault is told already
            continue
        if error["type"] == "literal_error" and error["loc"][:-1] in within:  # a list, in which something is wrong
            continue
        if error["type"] == "extra_forbidden":
            known = sorted(field.alias or name for name, field in level.model_fields.items())
            faults.append(f"{place}: unknown key `{key}`; {choices(keys[-1], known)}")
        elif error["type"] == "missing":
            faults.append(f"{place}: the key `{key}` is missing")
        elif error["type"] == CLASH:
            clashes += (found := error["msg"].split("\n"))
            faults += [f"{where}: {each}{given}" for each in found]
        else:
            said.setdefault((where, given), []).append(_reason(error))
    for (where, given), reasons in said.items():
        first, *others = dict.fromkeys(reasons)
        faults.append(f"{where}: {' or '.join([first, *(each.removeprefix('must be ') for each in others)])}{given}")
    return clashes


def _rest(model: type[Table], table: object, errors: list[ErrorDetails]) -> tuple[Table | None, list[str]]:
    """Return a table as far as it can be read, and the clashes in it whatever stands in for what cannot."""
    first, common = None, None
    tables = list(stood_in(model, table, errors))
    for mended in tables:
        found: list[str] = []
        try:
            read = model.model_validate(mended, context=found)
        except ValidationError:
            continue
        first = read if first is None else first
        common = found if common is None else [each for each in common if each in found]
    sure = len(tables) < MOST  # else not all that may stand there was tried
    return first, list(dict.fromkeys(common or [])) if sure else []


def _place_in(model: type[BaseModel], place: tuple[int | str, ...]) -> tuple[list[str], type[BaseModel]]:
    """Return the keys that lead to a fault, and the innermost table that they name keys of.

    What pydantic adds to the way through a choice of types is left out.
    """
    keys, level, kind = [], model, cast("Any", model)
    for part in place:
        kind = plain(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = {field.alias or name: field for name, field in kind.model_fields.items()}
            level, kind = kind, fields[str(part)].annotation if str(part) in fields else None
            keys.append(str(part))
        elif get_origin(kind) in (Union, UnionType):
            kind = None
        elif kind is not None:
            inner = get_args(kind)
            kind = inner[-1 if get_origin(kind) is dict else 0] if inner else None
            keys.append(str(part))
    return keys, level


_REASONS = {
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "must be a table"),
    **dict.fromkeys(("tuple_type", "list_type"), "must be a list"),
    **dict.fromkeys(("float_type", "float_parsing"), "must be a number"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "must be a date, like 2026-06-30 without quotes",
    ),
    "string_type": "must be text",
    "dataclass_type": "must be text, or a table with the keys zh and en",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length}",
    "too_long": "must have at most {max_length}",
}
"""What is wrong with a value, in words, by pydantic's name for it."""


def _reason(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in ("literal_error", "enum"):
        return choices(str(error["input"]), re.findall(r"'([^']*)'", str(context.get("expected", ""))))
    if kind == "string_pattern_mismatch" and context.get("pattern") == ID:
        return "must be of letters, digits, _ and - only"
    if kind in _REASONS:
        return _REASONS[kind].format(**{name: str(value).removesuffix(".0") for name, value in context.items()})
    return error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")


def read_csv(path: Path, faults: list[str]) -> list[dict[str, str]]:
    """Read a table with a header, CSV or XLSX, cells as text and stripped; a fault for each odd row.

    Rows carry their number in the file under the key `#`.
    """
    return plain_rows(read_sheet(path, faults))
