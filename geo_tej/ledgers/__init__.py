"""The bare overlaps of two files, at any size: streamed in batches, written whole or not at all, and resumed."""

from __future__ import annotations

import shutil
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from geo_tej.errors import FrameError, GeoTejError, OutputError
from geo_tej.io.arrow import batches
from geo_tej.io.parts import kept_of, manifests_beside
from geo_tej.io.write import replacing, require_others, require_place, told_unwritable
from geo_tej.ledgers.ids import alike, repeated
from geo_tej.ledgers.inputs import Question, read_job
from geo_tej.ledgers.journal import Entry, job_hash, step_key
from geo_tej.ledgers.output import require_kind, writing
from geo_tej.ledgers.workers import on_dask, on_threads, processors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from geo_tej.io.arrow import Source
    from geo_tej.ledgers.batch import Part
    from geo_tej.ledgers.workers import Promise

    Submit = Callable[[pa.RecordBatch], Promise]
    Tell = Callable[[int, int], None]

__all__ = ["Ledger", "Question", "write_ledger"]

STEP_PARCELS = 1 << 20
"""Parcels between two entries of the journal; a ledger of no more has none."""
STEP_BYTES, BATCH_BYTES = 1 << 28, 1 << 23
"""Geometry of a step, and of what one worker takes at a time."""
_AHEAD = 4
"""Batches that wait for each worker."""
_NAMED = 3
"""Repeated ids that an error names."""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What was written: rows of the ledger and of what was dropped, parcels read, and what was repaired."""

    parcels: int
    rows: int
    dropped: int
    crs: str
    repaired_parcels: tuple[str, ...]
    repaired_zones: tuple[str, ...]


def write_ledger(  # noqa: PLR0913  a question, two outputs, and who works how
    question: Question,
    output: Path,
    *,
    dropped: Path | None = None,
    engine: Literal["local", "dask"] = "local",
    workers: int | None = None,
    scheduler: str | None = None,
    step: int = STEP_PARCELS,
    tell: Tell = lambda _done, _of: None,
) -> Ledger:
    """Write the overlaps of two files, and into another file what thresholds dropped of them.

    Parcels are read in batches, and what comes of them is written as it comes, so that memory does not grow with the
    file. A ledger of more than `step` parcels keeps finished steps in a hidden folder beside the output, each under
    the hash of its parcels, the zones and the question: begun again after an interruption, it takes them from there.
    The output is put in its place when it is whole. `tell` is told the parcels done, and their number.

    Raises
    ------
    LayerError, FrameError, CRSError, QuestionError
        If a file cannot be read, lacks a column, or is in no CRS that areas can be computed in; if ids are missing or
        not unique; if a geometry is no polygon.
    OutputError
        If an output cannot be written.
    """
    targets = [output] if dropped is None else [output, dropped]
    _require_targets(targets, question)
    source, job, repaired_zones = read_job(question)
    with _journal(output) as folder, ExitStack() as stack:
        team = on_threads(job, workers) if engine == "local" else on_dask(job, workers, scheduler)
        submit = stack.enter_context(team)
        files = [folder / f"{number}{target.suffix.lower()}" for number, target in enumerate(targets)]
        parcels = _parcels(source, question)
        if source.rows <= step:
            parts = _worked(parcels, submit, _AHEAD * (workers or processors()), source.rows, tell)
            written = _write(parts, files)
            _require_unique(source, question, written.prints)
        else:
            entries = list(_worked_in_steps(parcels, submit, step, _Place(folder, job_hash(job)), source.rows, tell))
            _require_unique(source, question, [entry.prints for entry in entries])
            written = _write(chain.from_iterable(entry.parts() for entry in entries), files)
        _put_in_place(files, targets)
    return Ledger(
        parcels=source.rows,
        rows=written.rows,
        dropped=written.dropped,
        crs=job.index.crs.name,
        repaired_parcels=tuple(written.repaired),
        repaired_zones=tuple(repaired_zones),
    )


def _require_targets(targets: Sequence[Path], question: Question) -> None:
    for target in targets:
        require_kind(target)
        require_place(target)
    kept = kept_of(question.parcels) | kept_of(question.zones)
    for manifest in chain.from_iterable(map(manifests_beside, targets)):
        from geo_tej.io.inputs import files_to_keep  # noqa: PLC0415  reading manifests wakes pandas

        kept |= files_to_keep(manifest)
    require_others(targets, kept)
    if len({target.resolve() for target in targets}) < len(targets):
        message = f"{targets[0]}: the ledger and what is dropped need a file each"
        raise OutputError(message)


@contextmanager
def _journal(output: Path) -> Iterator[Path]:
    """Give a hidden folder beside the output, left behind only where the work was cut short after its first step."""
    folder = output.parent / f".{output.name}.unfinished"
    made = not output.parent.exists()
    try:
        with told_unwritable(output):
            output.parent.mkdir(exist_ok=True)
            folder.mkdir(exist_ok=True)
            yield folder
    except BaseException as fault:
        at_fault = isinstance(fault, GeoTejError) and not isinstance(fault, OutputError)
        if at_fault or not any(folder.glob("*.arrow")):
            shutil.rmtree(folder, ignore_errors=True)
        if made:
            with suppress(OSError):
                output.parent.rmdir()
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(files: Sequence[Path], targets: Sequence[Path]) -> None:
    for file, target in reversed(list(zip(files, targets, strict=True))):
        if target.parent.is_dir() and target.parent.samefile(file.parent.parent):
            file.replace(target)
        else:
            with replacing(target) as beside:
                shutil.copyfile(file, beside)


def _parcels(source: Source, question: Question) -> Iterator[pa.RecordBatch]:
    """Read parcels in batches that one worker takes at a time; one without rows where there are none."""
    empty = pa.RecordBatch.from_arrays([pa.nulls(0, pa.string()), pa.nulls(0, pa.binary())], ["parcel_id", "geometry"])
    for batch in batches(source, [question.parcel_id]) if source.rows else [empty]:
        named = batch.rename_columns(["parcel_id", "geometry"])
        number = max(-(-named.column("geometry").nbytes // BATCH_BYTES), 1)
        size = max(-(-len(named) // number), 1)
        yield from (named[start : start + size] for start in range(0, max(len(named), 1), size))


def _worked(parcels: Iterable[pa.RecordBatch], submit: Submit, ahead: int, rows: int, tell: Tell) -> Iterator[Part]:
    """Yield the parts of batches in their order, a number of them ahead in work."""
    waiting: deque[Promise] = deque()
    done = 0
    for batch in chain(parcels, [None]):
        if batch is not None:
            waiting.append(submit(batch))
        while waiting and (batch is None or len(waiting) > ahead):
            part = waiting.popleft().result()
            done += len(part.prints)
            tell(done, rows)
            yield part


@dataclass(frozen=True)
class _Place:
    """Where steps are kept, and the hash of the job they belong to."""

    folder: Path
    job: bytes

    def entry(self, batch: Iterable[pa.RecordBatch]) -> Entry:
        return Entry(self.folder, step_key(self.job, batch))


def _worked_in_steps(  # noqa: PLR0913  batches, who works, where to keep, whom to tell
    parcels: Iterable[pa.RecordBatch], submit: Submit, step: int, place: _Place, rows: int, tell: Tell
) -> Iterator[Entry]:
    """Yield the steps when each is on disk; while one is read, the one before it is worked on."""
    afresh = not any(place.folder.glob("*.kept.arrow"))
    waiting: deque[tuple[Entry, list[Promise]]] = deque()
    done = 0
    for batch in chain(_steps(parcels, step), [None]):
        if batch is not None:
            promises = [submit(each) for each in batch] if afresh else []
            entry = place.entry(batch)
            if not afresh and not entry.finished:
                promises = [submit(each) for each in batch]
            waiting.append((entry, promises))
        while waiting and (batch is None or len(waiting) > 1):
            entry, promises = waiting.popleft()
            if promises:
                entry.write([promise.result() for promise in promises])
            done += len(entry.prints)
            tell(done, rows)
            yield entry


def _steps(parcels: Iterable[pa.RecordBatch], step: int) -> Iterator[list[pa.RecordBatch]]:
    """Put batches together to steps of about so many parcels, and not too many bytes."""
    together: list[pa.RecordBatch] = []
    for batch in parcels:
        together.append(batch)
        if sum(map(len, together)) >= step or sum(each.nbytes for each in together) >= STEP_BYTES:
            yield together
            together = []
    if together:
        yield together


@dataclass(frozen=True, kw_only=True)
class _Written:
    """What went into the files, and the fingerprints of the ids it is about."""

    rows: int
    dropped: int
    repaired: list[str]
    prints: list[NDArray[np.uint64]]


def _write(parts: Iterable[Part], files: Sequence[Path]) -> _Written:
    """Write the ledger, and what was dropped where there is a file for it."""
    rows = dropped = 0
    repaired: list[str] = []
    prints: list[NDArray[np.uint64]] = []
    for file in files:
        file.unlink(missing_ok=True)
    with ExitStack() as stack:
        write = [stack.enter_context(writing(file)) for file in files]
        for part in parts:
            for each, table in zip(write, (part.kept, part.dropped), strict=False):
                each(table)
            rows += len(part.kept)
            dropped += len(part.dropped)
            repaired += part.repaired
            prints.append(part.prints)
    return _Written(rows=rows, dropped=dropped, repaired=repaired, prints=prints)


def _require_unique(source: Source, question: Question, prints: Sequence[NDArray[np.uint64]]) -> None:
    suspects = alike(prints)
    if not len(suspects):
        return
    twice = repeated((batch.column("parcel_id") for batch in _parcels(source, question)), suspects)
    if twice:
        more = f" and {len(twice) - _NAMED} more" if len(twice) > _NAMED else ""
        message = f"{source.path}: parcel_id must be unique; {', '.join(twice[:_NAMED])}{more} stand more than once"
        raise FrameError(message)
