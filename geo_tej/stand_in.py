"""What can still be read of a table with faults: something stands in for what is wrong, and the rest is checked.

Whatever is found wrong with every value that could stand there is wrong anyhow, and is told with the other faults.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from enum import Enum
from itertools import islice, product
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel

from geo_tej.i18n import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails

STAND_IN = "\N{REPLACEMENT CHARACTER}"
"""What stands in for a name that cannot be read; no fault is told of it."""


class Left(Enum):
    """What a table holds, or does not, where nothing can be said of a value."""

    UNREAD = "unread"
    """A cell that cannot be read, whose fault is told already."""
    OUT = "out"
    """A key that is left out."""


MOST = 64
"""How many tables are tried for one with faults: as many as six faults with two ways out each."""


def stood_in(model: type[BaseModel], table: object, errors: Iterable[ErrorDetails]) -> Iterator[dict[str, Any]]:
    """Give a table without its faults, in each way in which something may stand in for them, as far as that goes."""
    if not isinstance(table, dict):
        return
    spots: dict[tuple[str, ...], tuple[list[str | int], list[Any]]] = {}
    for error in errors:
        way, kind = _spot(model, table, error["loc"])
        if not way:
            continue
        unknown = error["type"] == "extra_forbidden"
        spots[tuple(map(str, way))] = way, [Left.OUT] if unknown else values_for(kind)
    for chosen in islice(product(*(values for _, values in spots.values())), MOST):
        mended = deepcopy(table)
        for (way, _), value in zip(spots.values(), chosen, strict=True):
            _put(mended, way, value)
        yield mended


def plain(kind: Any) -> Any:  # noqa: ANN401  any annotation
    """Return a type without what annotates it, and without None beside it."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
            continue
        members = [each for each in get_args(kind) if each is not NoneType]
        if get_origin(kind) not in (Union, UnionType) or len(members) != 1:
            return kind
        kind = members[0]


def values_for(kind: Any) -> list[Any]:  # noqa: ANN401  any annotation
    """Return what may stand in for a value of a type: all of a short list, one of what there is no end of.

    >>> from typing import Literal
    >>> values_for(Literal["ground", "parcel"]), values_for(tuple[float, ...] | None)
    (['ground', 'parcel'], [<Left.OUT: 'out'>, [1.0]])
    """
    if get_origin(kind) in (Union, UnionType):
        found = [value for each in get_args(kind) if each is not NoneType for value in values_for(each)]
    else:
        found = _some(plain(kind))
    return [Left.OUT, *found] if NoneType in get_args(kind) else found


_ONE: Mapping[Any, list[Any]] = {
    str: [STAND_IN], bool: [True, False], int: [1], float: [1.0], date: [date(2000, 1, 1)], Text: [STAND_IN],
}  # fmt: skip


def _some(kind: Any) -> list[Any]:  # noqa: ANN401  any annotation
    """Return what may stand in for a value of one plain type."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return list(inner)
    if origin is dict:
        return [{}, {STAND_IN: values_for(inner[-1])[-1]}]
    if origin in (tuple, list):
        return [[values_for(inner[0])[-1]]]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        needed = {field.alias or name: field for name, field in kind.model_fields.items() if field.is_required()}
        return [{name: values_for(field.annotation)[-1] for name, field in needed.items()}]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [next(iter(kind)).value]
    return _ONE.get(kind, [STAND_IN])


def _spot(model: type[BaseModel], table: object, place: tuple[int | str, ...]) -> tuple[list[str | int], Any]:
    """Return the way to the innermost key of a model that a fault lies in, and its type; none for a whole model."""
    way: list[str | int] = []
    spot: list[str | int] = []
    found: Any = None
    kind, node = cast("Any", model), table
    for part in place:
        kind = plain(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = {field.alias or name: field for name, field in kind.model_fields.items()}
            field = fields.get(str(part))
            way.append(part)
            spot = list(way)
            kind = cast("Any", field.annotation if field else None)
            found = kind if field is None or field.is_required() else kind | None
            node = node.get(part) if isinstance(node, dict) else None
        elif get_origin(kind) in (dict, tuple, list) and isinstance(node, (dict, list, tuple)):
            inner = get_args(kind)
            kind = inner[-1 if get_origin(kind) is dict else 0]
            way.append(part)
            node = _inside(node, part)
        else:
            break
    ends = plain(kind)
    whole = isinstance(ends, type) and issubclass(ends, BaseModel) and isinstance(node, dict)
    return ([], None) if whole else (spot, found)


def _inside(node: Any, part: int | str) -> Any:  # noqa: ANN401  any TOML
    try:
        return node[part]
    except (KeyError, IndexError, TypeError):
        return None


def _put(table: Any, way: list[str | int], value: Any) -> None:  # noqa: ANN401  any TOML
    """Put a value where a way leads, or take out what stands there."""
    for part in way[:-1]:
        table = _inside(table, part)
    if isinstance(table, dict):
        table.pop(way[-1], None)
        table |= {} if value is Left.OUT else {way[-1]: deepcopy(value)}
