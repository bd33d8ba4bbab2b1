"""Columns of Arrow from numpy and back, by their buffers: pyarrow's own ways wake pandas, which takes its time."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def numbers(values: NDArray[Any]) -> pa.Array:
    """Return numbers as a column.

    >>> numbers(np.array([0.5, 2])).to_pylist()
    [0.5, 2.0]
    """
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def texts(values: Sequence[str]) -> pa.StringArray:
    """Return texts as a column.

    >>> texts(["水", "", "a"]).to_pylist()
    ['水', '', 'a']
    """
    coded = [value.encode("utf-8", "replace") for value in values]
    offsets = np.fromiter(accumulate(map(len, coded), initial=0), np.int32, count=len(coded) + 1)
    return pa.StringArray.from_buffers(len(coded), pa.py_buffer(offsets), pa.py_buffer(b"".join(coded)))


def plain(column: pa.Array) -> NDArray[Any]:
    """Return a column of whole numbers, none missing, as numpy's.

    >>> plain(pa.array([4, 5, 6])[1:]).tolist()
    [5, 6]
    """
    values = np.frombuffer(column.buffers()[1], column.type.to_pandas_dtype())
    return np.asarray(values[column.offset : column.offset + len(column)])
