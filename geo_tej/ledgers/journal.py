"""The journal of a ledger that takes long: finished steps beside the output, found again by what they were made of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import shapely

from geo_tej.ledgers.batch import Part
from geo_tej.model import SEMANTICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from geo_tej.ledgers.batch import Job

_REPAIRED = b"geo_tej.repaired"


def job_hash(job: Job) -> bytes:
    """Hash all that the ledger of a batch depends on but the batch itself."""
    digest = hashlib.sha256()
    for shape in shapely.to_wkb(job.index.geometry):
        digest.update(shape)
    crs = [each.to_json() for each in (job.index.crs, job.parcels_crs)]
    digest.update(json.dumps([SEMANTICS, job.index.names, job.index.key_of_zone.tolist(), *crs]).encode())
    digest.update(repr([job.ellipsoidal, *(each.tolist() for each in vars(job.limits).values())]).encode())
    return digest.digest()


def step_key(job: bytes, batches: Iterable[pa.RecordBatch]) -> str:
    """Name a step by the job and by the bytes of its batches."""
    digest = hashlib.sha256(job)
    for batch in batches:
        digest.update(len(batch).to_bytes(8, "little"))
        for column in batch.columns:
            alone = pa.concat_arrays([column])  # without what the column is a slice of
            digest.update(str(column.type).encode())
            for buffer in alone.buffers():
                digest.update(buffer or b"")
    return digest.hexdigest()


@dataclass(frozen=True)
class Entry:
    """A step on disk: its parts under its key."""

    folder: Path
    key: str

    @property
    def finished(self) -> bool:
        """Whether all of it was written."""
        return self._file("kept.arrow").exists()

    @property
    def prints(self) -> NDArray[np.uint64]:
        """The fingerprints of its parcels' ids, left on disk."""
        return np.asarray(np.load(self._file("ids.npy"), mmap_mode="r"))

    def write(self, parts: Sequence[Part]) -> None:
        """Write what came of its batches; the file that says it is finished comes last, and whole."""
        np.save(self._file("ids.npy"), np.concatenate([part.prints for part in parts]))
        repaired = json.dumps([part.repaired for part in parts]).encode()
        for name, tables in (
            ("dropped.arrow", [part.dropped for part in parts]),
            ("kept.arrow", [part.kept for part in parts]),
        ):
            unfinished = self._file(f"{name}.unfinished")
            with pa.ipc.new_file(unfinished, tables[0].schema.with_metadata({_REPAIRED: repaired})) as file:
                for table in tables:
                    file.write_batch(table)
            unfinished.replace(self._file(name))

    def parts(self) -> Iterator[Part]:
        """Read its parts, one after the other."""
        with (
            pa.OSFile(str(self._file("kept.arrow"))) as kept_file,
            pa.OSFile(str(self._file("dropped.arrow"))) as dropped_file,
            pa.ipc.open_file(kept_file) as kept,
            pa.ipc.open_file(dropped_file) as dropped,
        ):
            repaired = json.loads(kept.schema.metadata[_REPAIRED])
            for number, lines in enumerate(repaired):
                yield Part(
                    kept=kept.get_batch(number).replace_schema_metadata(None),
                    dropped=dropped.get_batch(number).replace_schema_metadata(None),
                    prints=np.empty(0, np.uint64),
                    repaired=tuple(lines),
                )

    def _file(self, name: str) -> Path:
        return self.folder / f"{self.key}.{name}"
