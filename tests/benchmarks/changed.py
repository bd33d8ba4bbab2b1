"""An assessment after one zone was edited, with the one before it in mind, against the same from scratch.

    python -m tests.benchmarks.changed [--size N] [--json]

The parcels and the law are those of `tests.benchmarks.verdicts`. The smallest zone of the scenic area is drawn ten
metres wider. What is timed is what `geo-tej run` does then between reading the layers and writing the tables: to read
what the last run has kept, to assess, and to make the frame of verdicts. The peer does all of it afresh; every frame
is compared, to the last bit. `unchanged_s` is the same with no edit at all, `first_s` the first run, which keeps what
it finds in `kept_mb` on disk; `recomputed` parcels were overlapped again.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import shapely

from geo_tej import assess, read_project
from geo_tej.engine.keeping import Kept, read_work, write_work
from geo_tej.engine.recall import Recall
from tests.benchmarks.common import MB, arguments, report, timed
from tests.benchmarks.verdicts import MANIFEST, town_of

FRAMES = ("overlaps", "dropped", "findings", "verdicts", "layers")
LAYER, WIDER_M = "scenic", 10.0


def edited(project):
    """Return the project with one zone drawn wider."""
    layer = project.layers[LAYER]
    ground = layer.frame.geometry.to_numpy().copy()
    smallest = int(np.argmin(shapely.area(ground)))
    ground[smallest] = shapely.buffer(ground[smallest], WIDER_M)
    drawn = layer.frame.set_geometry(ground, crs=layer.frame.crs)
    sha256 = f"{layer.provenance.sha256} edited"
    told = replace(layer.provenance, digest=lambda: sha256)
    return replace(project, layers={**project.layers, LAYER: replace(layer, frame=drawn, provenance=told)})


def same(one, other) -> bool:
    """Tell whether two assessments say the same to the last bit."""
    try:
        for name in FRAMES:
            pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    except AssertionError as difference:
        print(difference, file=sys.stderr)  # noqa: T201  a benchmark that fails says why
        return False
    return one.open_sets == other.open_sets and one.assessment_id == other.assessment_id


def main() -> None:
    """Time ours and the peer, compare their answers, and tell."""
    given = arguments("an assessment after one zone was edited", size=100_000)
    project = read_project(MANIFEST)
    parcels = town_of(project.parcels, given.size)
    with TemporaryDirectory() as folder:
        kept = Kept(Path(folder), "this benchmark")

        def first():
            steps = Recall({})
            assessment = assess(project, parcels=parcels, steps=steps)
            write_work(kept, None, steps.after)
            return len(assessment.verdicts)

        def again(now):
            steps = Recall(read_work(kept, None)[0])
            assessment = assess(now, parcels=parcels, steps=steps)
            return assessment, steps.afresh, len(assessment.verdicts)

        before = timed(first)
        unchanged = timed(lambda: int(again(project)[1].sum()))
        later = edited(project)
        peer = timed(lambda: (found := assess(later, parcels=parcels), len(found.verdicts))[0])
        ours = timed(lambda: again(later))
        kept_mb = kept.work(None).stat().st_size / MB
    assessment, afresh, _ = ours.result
    report(
        size=given.size,
        agree=unchanged.result == 0 and same(assessment, peer.result),
        ours=ours,
        peers={"from scratch": peer},
        as_json=given.json,
        recomputed=int(afresh.sum()),
        unchanged_s=round(unchanged.seconds, 2),
        first_s=round(before.seconds, 2),
        kept_mb=round(kept_mb, 1),
    )


if __name__ == "__main__":
    main()
