"""One parcel: `check` in a process that holds the project, and the cold command against two bare imports.

`seconds` is the median of many warm questions, each of another parcel and use: everything that `check` prints of one
use and pathway, from the parcel to the words. All are asked in turn, several times over, and the fastest time of each
counts. `extract_milliseconds` is that of the extract as data, which also judges the parcel under every value of what is
open. Before any time is told, each answer is held against that of all
parcels assessed together, and the command's against the process's.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from geo_tej import assess, explain, extract, read_project
from geo_tej.report import parcel_report
from tests.benchmarks.common import Timed, arguments, report, timed

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MANIFEST = Path("layers/layers.toml")
PARCEL, USE, PATHWAY = "SD-0149", "tourist-hotel", "keep_building"
IMPORTS = [sys.executable, "-c", "import geopandas, rasterio"]
COLD = [
    sys.executable, "-c", "from geo_tej.cli import main; main()", "check", PARCEL, "--use", USE, "--pathway", PATHWAY,
    "--lang", "en", "-m", str(MANIFEST),
]  # fmt: skip
TIMES = 7


def started(words: list[str]) -> tuple[float, str]:
    """Return how long a process took, and what it printed; modules are compiled once, as those installed are."""
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    told = subprocess.run(words, check=True, capture_output=True, text=True, env=compiled)  # noqa: S603  ourselves
    return time.perf_counter() - start, told.stdout


def fastest(ask: Callable[[str, str], T], asked: list[tuple[str, str]]) -> tuple[list[float], list[T]]:
    """Ask all questions in turn, several times over; return the fastest time of each, and the last answers."""
    seconds = np.full((TIMES, len(asked)), np.inf)
    answers: list[T] = []
    for turn in range(TIMES):
        answers = []
        for number, each in enumerate(asked):
            start = time.perf_counter()
            answers.append(ask(*each))
            seconds[turn, number] = time.perf_counter() - start
    return seconds.min(axis=0).tolist(), answers


def main() -> None:
    """Ask for one parcel after the other, start the command, compare all answers, and tell."""
    given = arguments(__doc__.splitlines()[0], size=50)
    project = read_project(MANIFEST)
    rights = project.parcels[project.parcels["kind"] == "rights"]
    plots = rights.iloc[np.linspace(0, len(rights) - 1, min(given.size, len(rights))).astype(int)]
    uses = list(project.rulebook.uses)
    asked = [(plots.index[number % len(plots)], uses[number % len(uses)]) for number in range(given.size)]

    def words(parcel: str, use: str) -> str:
        alone = assess(project, parcels=parcel, uses=[use], pathways=[PATHWAY])
        return parcel_report(alone, parcel, "en", in_full=True)

    def data(parcel: str, use: str) -> dict[str, object]:
        alone = assess(project, parcels=parcel, uses=[use], pathways=[PATHWAY])
        return extract(alone, parcel, language="en")

    together = assess(project, parcels=plots, pathways=[PATHWAY])
    agree = all(
        explain(together, parcel, use, PATHWAY).text("en", alone=False) in words(parcel, use) for parcel, use in asked
    )
    told = [data(*each)["verdicts"] for each in asked]
    whole = timed(lambda: fastest(words, asked))
    extracts, again = fastest(data, asked)
    agree &= told == [each["verdicts"] for each in again]
    rounds = [(started(IMPORTS)[0], started(COLD)) for _ in range(TIMES)]
    imports, cold = min(each for each, _ in rounds), min(seconds for _, (seconds, _) in rounds)
    agree &= all(printed == words(PARCEL, USE) + "\n" for _, (_, printed) in rounds)
    seconds = statistics.median(whole.result[0])
    report(
        size=1, agree=agree, ours=Timed(result=None, seconds=seconds, peak_mb=whole.peak_mb), peers={},
        as_json=given.json, milliseconds=round(1000 * seconds, 2),
        extract_milliseconds=round(1000 * statistics.median(extracts), 2),
        cold_seconds=round(cold, 3), imports_seconds=round(imports, 3), cold_over_imports=round(cold / imports, 2),
    )  # fmt: skip


if __name__ == "__main__":
    main()
