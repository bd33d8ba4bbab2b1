"""Strict reading of TOML and CSV: every fault of a file at once, each with its place and the way out."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from geo_tej.errors import GeoTejError, choices
from geo_tej.i18n import Text
from geo_tej.spreadsheet import plain_rows, read_sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


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
        message = f"{name}: is not TOML in UTF-8: {fault}"
        raise error(message) from fault


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


def validate(
    model: type[Table], table: object, place: str, faults: list[str], *, cell: Callable[[str], str] | None = None
) -> Table | None:
    """Read one table strictly; put each fault, with its place, into `faults` and return None if any.

    Where the table is a row of a sheet, `cell` names the cell of a key.
    """
    try:
        return model.model_validate(table)
    except ValidationError as invalid:
        for error in invalid.errors():
            key = ".".join(str(part) for part in error["loc"]) or "the table"
            if error["type"] == "extra_forbidden":
                known = sorted(field.alias or name for name, field in model.model_fields.items())
                faults.append(f"{place}: unknown key `{key}`; {choices(key, known)}")
            elif error["type"] == "missing":
                faults.append(f"{place}: the key `{key}` is missing")
            else:
                reason = error["msg"].removeprefix("Value error, ")
                given = f" (given: {str(error['input'])[:80]!r})" if error["loc"] or cell is None else ""
                where = cell(str(error["loc"][0])) if cell is not None and error["loc"] else f"{place}: `{key}`"
                faults.append(f"{where}: {reason}{given}")
        return None


def read_csv(path: Path, faults: list[str]) -> list[dict[str, str]]:
    """Read a table with a header, CSV or XLSX, cells as text and stripped; a fault for each odd row.

    Rows carry their number in the file under the key `#`.
    """
    return plain_rows(read_sheet(path, faults))
