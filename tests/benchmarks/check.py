"""One parcel: `check` in a process that holds the project, and the cold command against two bare imports.

`seconds` is the median of the warm question: one use, one pathway.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from geo_tej import assess, extract, read_project
from tests.benchmarks.common import Timed, arguments, report, timed

MANIFEST = Path("layers/layers.toml")
PARCEL, USE, PATHWAY = "SD-0149", "tourist-hotel", "keep_building"
IMPORTS = [sys.executable, "-c", "import geopandas, rasterio"]
COLD = [
    sys.executable, "-c", "from geo_tej.cli import main; main()", "check", PARCEL, "--use", USE, "--pathway", PATHWAY,
    "--json", "-m", str(MANIFEST),
]  # fmt: skip
TIMES = 5


def started(words: list[str]) -> tuple[float, str]:
    """Return the shortest time that a process took, and what it printed."""
    took = []
    for _ in range(TIMES):
        start = time.perf_counter()
        told = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603  ourselves
        took.append(time.perf_counter() - start)
    return min(took), told.stdout


def main() -> None:
    """Ask for one parcel again and again, start the command, compare both answers, and tell."""
    given = arguments(__doc__.splitlines()[0], size=50)
    project = read_project(MANIFEST)
    plot = project.parcels.loc[[PARCEL]]

    def answer() -> dict[str, object]:
        return extract(assess(project, parcels=plot, uses=[USE], pathways=[PATHWAY]), PARCEL)

    warm = [timed(answer) for _ in range(given.size)]
    imports, _ = started(IMPORTS)
    cold, told = started(COLD)
    ours = Timed(result=None, seconds=statistics.median(each.seconds for each in warm), peak_mb=warm[-1].peak_mb)
    report(
        size=1, agree=json.loads(told) == [json.loads(json.dumps(warm[-1].result))], ours=ours, peers={},
        as_json=given.json, cold_seconds=round(cold, 3), imports_seconds=round(imports, 3),
        cold_over_imports=round(cold / imports, 2),
    )  # fmt: skip


if __name__ == "__main__":
    main()
