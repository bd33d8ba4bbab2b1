"""One hash for any value that flows here: frozen values field by field, frames, arrays, ground, and the files of jobs.

What a value is made of is walked through, so that a field which is added tomorrow counts from then on.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from importlib.metadata import distributions
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import geo_tej

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray


def digest(value: object) -> str:
    """Hash a value by its content; equal content gives equal hashes in every run.

    >>> digest({"a": [1.0, None]}) == digest({"a": [1.0, None]}), digest((1,)) == digest((1.0,))
    (True, False)
    >>> digest(object())
    Traceback (most recent call last):
    TypeError: an object has no content to hash
    """
    found = hashlib.sha256()
    for part in _parts(value):
        found.update(len(part).to_bytes(8, "little") + part)
    return found.hexdigest()


def file_digest(path: Path) -> str:
    """Hash the bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_digest(paths: Iterable[Path], *, beside: Path) -> str:
    """Hash files by their names relative to a folder and their bytes; one that cannot be read counts as such."""
    told = []
    for path in sorted(paths):
        name = os.path.relpath(path, beside)
        try:
            told.append((name, file_digest(path)))
        except OSError as fault:
            told.append((name, str(fault.errno)))
    return digest(told)


def made_by() -> str:
    """Hash what makes results: the files of this package, the packages beside it, Python and the machine's kind."""
    root = Path(geo_tej.__file__).parent
    own = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    beside = sorted(f"{each.name} {each.version}" for each in distributions())
    return digest((files_digest(own, beside=root), beside, platform.python_version(), platform.machine()))


def _parts(value: object) -> Iterator[bytes]:
    """Take a value apart into bytes: what kind each part is, then what it says."""
    yield type(value).__name__.encode()
    if value is None or isinstance(value, (bool, int, float, str, PurePath)):
        yield repr(value).encode("utf-8", "surrogatepass")
    elif isinstance(value, (bytes, bytearray)):
        yield bytes(value)
    elif is_dataclass(value) and not isinstance(value, type):
        # what is not compared follows from the rest
        for field in (each for each in fields(value) if each.compare):
            yield field.name.encode()
            yield from _parts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _parts(key)
            yield from _parts(each)
    elif isinstance(value, AbstractSet):
        yield from sorted(digest(each).encode() for each in value)
    elif isinstance(value, (list, tuple)):
        yield str(len(value)).encode()
        for each in value:
            yield from _parts(each)
    else:
        yield from _of_library(value)


def _of_library(value: Any) -> Iterator[bytes]:  # noqa: ANN401  whatever a library's value is
    import numpy as np  # noqa: PLC0415  heavy, and not needed to hash files
    import pandas as pd  # noqa: PLC0415
    import shapely  # noqa: PLC0415

    if isinstance(value, pd.DataFrame):
        yield from _parts(tuple(map(str, value.columns)))
        yield from _of_library(value.index)
        for place in range(len(value.columns)):
            yield from _of_library(value.iloc[:, place])
    elif isinstance(value, (pd.Series, pd.Index)):
        yield f"{value.name!r} {value.dtype}".encode()
        yield from _of_array(value.to_numpy())
    elif isinstance(value, shapely.Geometry):
        yield shapely.to_wkb(value)
    elif isinstance(value, np.ndarray):
        yield from _of_array(value)
    else:
        yield from _of_scalar(value)


def _of_array(array: NDArray[Any]) -> Iterator[bytes]:
    import shapely  # noqa: PLC0415

    yield f"{array.dtype.str} {array.shape}".encode()
    if array.dtype != object:
        yield array.tobytes()
        return
    ground = shapely.is_geometry(array)
    yield from shapely.to_wkb(array[ground])
    others = [None if is_ground else each for each, is_ground in zip(array.ravel(), ground.ravel(), strict=True)]
    yield repr(others).encode("utf-8", "surrogatepass")


def _of_scalar(value: Any) -> Iterator[bytes]:  # noqa: ANN401  as above
    """Take apart a CRS, a day, a number of numpy, or what can be gone through, as the numbers of a raster's place."""
    if hasattr(value, "to_wkt"):
        yield value.to_wkt().encode()
    elif hasattr(value, "isoformat"):
        yield value.isoformat().encode()
    elif hasattr(value, "item"):
        yield repr(value.item()).encode()
    elif hasattr(value, "__iter__"):
        yield from _parts(tuple(value))
    else:
        message = f"an {type(value).__name__} has no content to hash"
        raise TypeError(message)
