"""Ledgers as files, written as they come."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from geo_tej.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Write = Callable[[pa.RecordBatch], None]

_GROUP_ROWS = 1 << 20
"""Rows of a row group of Parquet."""


def require_kind(path: Path) -> None:
    """Refuse an ending that no ledger is written to.

    Raises
    ------
    OutputError
        Naming those that are.
    """
    if path.suffix.lower() not in _WRITERS:
        ending = path.suffix or "no ending"
        message = f"{path.name}: {ending} is no kind of ledger; known: {', '.join(_WRITERS)}"
        raise OutputError(message)


@contextmanager
def writing(path: Path) -> Iterator[Write]:
    """Give a function that writes batches of one schema to a file, which is finished when all of them were."""
    with _WRITERS[path.suffix.lower()](path) as write:
        yield write


@contextmanager
def _parquet(path: Path) -> Iterator[Write]:
    """Write texts as dictionaries that are read back as texts."""
    waiting: list[pa.RecordBatch] = []
    files: list[pq.ParquetWriter] = []

    def flush() -> None:
        table = pa.Table.from_batches(waiting)
        if not files:
            files.append(pq.ParquetWriter(path, table.schema, store_schema=False))
        files[0].write_table(table, row_group_size=_GROUP_ROWS)
        waiting.clear()

    def write(batch: pa.RecordBatch) -> None:
        waiting.append(batch)
        if sum(map(len, waiting)) >= _GROUP_ROWS:
            flush()

    yield write
    flush()
    files[0].close()


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    from geo_tej.tables.files import append_csv  # noqa: PLC0415  pandas is heavy; Parquet needs none

    def write(batch: pa.RecordBatch) -> None:
        append_csv(batch.to_pandas(), path)

    yield write


@contextmanager
def _xlsx(path: Path) -> Iterator[Write]:
    from geo_tej.tables import write_table  # noqa: PLC0415  pandas is heavy; Parquet needs none

    waiting: list[pa.RecordBatch] = []
    yield waiting.append
    write_table(pa.Table.from_batches(waiting).to_pandas(), path)


_WRITERS = {".parquet": _parquet, ".csv": _csv, ".xlsx": _xlsx}
