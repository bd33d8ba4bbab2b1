"""Verdicts of many parcels under the whole rulebook of the sample, against judging them one by one.

    python -m tests.benchmarks.verdicts [--size N] [--json]

The parcels are the sample town's own, and then copies of them, each moved by a seeded draw of up to some thirty metres,
so that it meets zones and setbacks anew; facts are kept. What is timed is everything after the overlaps: facts, faces,
remaining pieces, all uses x pathways, and the frames of verdicts and of their areas; `whole_s` is all of `assess()`,
overlaps included, and `linear_s` is what is timed at other sizes. The peer is the naive judge of the tests: parcel by
parcel, question by question, rule by rule; it gets the faces and judges a draw of the parcels, and every verdict of
that draw is compared.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

sys.path.insert(0, str(Path(__file__).parents[1]))

import naive

from geo_tej import assess, read_project
from geo_tej.model import OUTCOMES
from geo_tej.verdict.assessment import assess_met, prepare
from tests.benchmarks.common import arguments, report, timed

SEED, SHIFT_M, DRAWN = 20_260_630, 30.0, 100
MANIFEST = Path(__file__).parents[2] / "layers" / "layers.toml"


def town_of(parcels: gpd.GeoDataFrame, size: int) -> gpd.GeoDataFrame:
    """Return so many parcels: the town's own first, then copies of them, each moved a little."""
    generator = np.random.default_rng(SEED)
    which, own = np.arange(size) % len(parcels), np.arange(size) < len(parcels)
    shift = np.where(own[:, None], 0.0, generator.normal(0, SHIFT_M / 2, (size, 2)))
    ground = parcels.geometry.to_numpy()[which]
    points, owner = shapely.get_coordinates(ground, return_index=True)
    moved = shapely.set_coordinates(ground.copy(), points + shift[owner])
    copies = parcels.iloc[which].drop(columns=parcels.geometry.name)
    names = pd.Index([f"{name}/{number}" for number, name in enumerate(copies.index)], name="parcel_id")
    return gpd.GeoDataFrame(copies.set_axis(names), geometry=moved, crs=parcels.crs)


def main() -> None:
    """Time ours and the peer, compare their verdicts, and tell."""
    given = arguments("verdicts of many parcels", size=100_000)
    project = read_project(MANIFEST)

    def after_overlaps(parcels):
        asked = prepare(project, parcels=parcels)
        return timed(lambda: _with_frame(assess_met(asked)), size=len(parcels))

    parcels = town_of(project.parcels, given.size)
    ours = after_overlaps(parcels)
    assessment = ours.result
    linear = {}
    for part in (4, 2):
        fewer = after_overlaps(parcels.iloc[: max(given.size // part, 1)])
        linear[str(fewer.size)] = round(fewer.seconds, 2)
        del fewer
    whole = timed(lambda: _with_frame(assess(project, parcels=parcels)).assessment_id)
    drawn = np.sort(np.random.default_rng(SEED).choice(given.size, min(DRAWN, given.size), replace=False))
    evidence = assessment.evidence.at(drawn)
    peer = timed(
        lambda: naive.spans(evidence, project.rulebook, assessment.rules, assessment.questions), size=len(drawn)
    )
    least, most = peer.result
    agree = bool(
        (least == assessment.judgement.least[drawn]).all() and (most == assessment.judgement.most[drawn]).all()
    )
    frames = assessment.verdicts, assessment.grounds
    report(
        size=given.size,
        agree=agree,
        ours=ours,
        peers={"one by one": peer},
        as_json=given.json,
        verdicts=len(frames[0]),
        frame_mb=round(float(sum(frame.memory_usage(index=True).sum() for frame in frames)) / 2**20, 1),
        outcomes={name: int((frames[0]["outcome"] == name).sum()) for name in OUTCOMES},
        linear_s=linear,
        whole_s=round(whole.seconds, 2),
        whole_peak_mb=round(whole.peak_mb, 1),
    )


def _with_frame(assessment):
    """Make the frame of verdicts and that of their areas, which are made when asked for."""
    assert len(assessment.verdicts)
    assert len(assessment.grounds)
    return assessment


if __name__ == "__main__":
    main()
