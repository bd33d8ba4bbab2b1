"""Names of a package, looked up in its modules when somebody asks for them: heavy ones are not woken in vain."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def resolve(package: str, home: Mapping[str, str], name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Return a name from the module of the package that is its home.

    Raises
    ------
    AttributeError
        If the package has no such name.

    >>> resolve("geo_tej", {"choices": "errors"}, "choices").__name__
    'choices'
    """
    if name not in home:
        message = f"module {package!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{package}.{home[name]}"), name)
