"""Strict reading of TOML and CSV: every fault of a file at once, each with its place and the way out."""

from __future__ import annotations

import csv
import io
import tomllib
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from geo_tej.encoding import fits
from geo_tej.errors import GeoTejError, choices
from geo_tej.i18n import Text

if TYPE_CHECKING:
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


def read_toml(path: Path, error: type[GeoTejError]) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    GeoTejError
        Of the class given, if there is no such file, it is not UTF-8 or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        message = f"{path}: there is no such file"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        message = f"{path}: is not TOML in UTF-8: {fault}"
    except OSError as fault:
        message = f"{path}: cannot be read: {fault.strerror or fault}"
    raise error(message)


def validate(model: type[Table], table: object, place: str, faults: list[str]) -> Table | None:
    """Read one table strictly; put each fault, with its place, into `faults` and return None if any."""
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
                faults.append(f"{place}: `{key}`: {reason} (given: {str(error['input'])[:80]!r})")
        return None


def read_csv(path: Path, faults: list[str]) -> list[dict[str, str]]:
    """Read a CSV with a header, in UTF-8 or GBK, cells stripped; a fault for each odd row.

    Rows carry their number in the file under the key `#`.
    """
    try:
        data = path.read_bytes()
    except OSError as fault:
        faults.append(f"{path.name}: cannot be read: {fault.strerror or fault}")
        return []
    name = next((name for name in ("utf-8-sig", "gb18030") if fits(data, name)), None)
    if name is None:
        faults.append(f"{path.name}: is neither UTF-8 nor GBK")
        return []
    text = data.decode(name)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows:
        faults.append(f"{path.name}: is empty")
        return []
    header = [cell.strip() for cell in rows[0]]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        faults.append(f"{path.name}, row 1: the column {twice[0]!r} stands more than once")
    records = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            faults.append(f"{path.name}, row {number}: has {len(row)} cells, the header {len(header)}")
            continue
        records.append({"#": str(number)} | dict(zip(header, (cell.strip() for cell in row), strict=True)))
    return records
