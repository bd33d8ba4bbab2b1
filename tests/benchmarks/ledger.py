"""`geo-tej ledger` against geopandas.overlay, DuckDB spatial and SedonaDB: whole processes, from file to file.

Every answer is compared with ours, area by area, before a time is told. Peers that would take minutes at a size are
asked for less of it, and their ratio is that for as much work. `--only` asks some peers, `--seed` draws another town.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from tests.benchmarks.common import KB, Timed, report

PEERS = ("geopandas.overlay", "DuckDB spatial", "SedonaDB", "SedonaDB, expert's recipe")
MOST = {"geopandas.overlay": 100_000, "DuckDB spatial": 100_000, "SedonaDB": 100_000}
"""Parcels that a peer is asked for at most."""
SHORT_S, TIMES = 5.0, 3
"""A process of fewer seconds is run so many times: of so little, what else the machine does is too large a part."""
OURS = [sys.executable, "-c", "from geo_tej.cli import main; main()", "ledger"]


def run(words: list[str], output: Path, *, size: int) -> Timed[Path]:
    """Run a process, a short one three times; seconds from its start to its end, the fewest, and its peak of memory."""
    runs = [_run_once(words, output, size=size)]
    if runs[0].seconds < SHORT_S:
        runs += [_run_once(words, output, size=size) for _ in range(TIMES - 1)]
    return min(runs, key=lambda each: each.seconds)


def _run_once(words: list[str], output: Path, *, size: int) -> Timed[Path]:
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)  # noqa: S603  ourselves and the peers
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{words}: ended in {process.returncode}")
    return Timed(result=output, seconds=seconds, peak_mb=usage.ru_maxrss / KB, size=size)


def same(ours: Path, theirs: Path) -> bool:
    """Say whether all areas are equal within 1e-6 of them or 1e-4 m²."""
    columns = ["parcel_id", "zone_class", "area_m2"]
    left, right = (pd.read_parquet(path, columns=columns) for path in (ours, theirs))
    both = left.merge(right, on=columns[:2], how="outer").fillna(0.0)
    return bool(np.allclose(both["area_m2_x"], both["area_m2_y"], rtol=1e-6, atol=1e-4))


def main() -> None:
    """Make towns, run all, compare, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000, help="how many parcels (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one object instead of words")
    parser.add_argument("--seed", type=int, default=1, help="which town (default: %(default)s)")
    parser.add_argument("--only", action="append", choices=PEERS, help="ask this peer; all unless given")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        peers, agree = {}, True
        runs: dict[int, Timed[Path]] = {}
        for name in given.only or PEERS:
            size = min(given.size, MOST.get(name, given.size))
            inputs, place = _town(Path(folder), size, given.seed)
            if size not in runs:
                runs[size] = run([*OURS, *inputs, "-o", str(place / "ours.parquet")], place / "ours.parquet", size=size)
            output = place / f"{name}.parquet"
            words = [sys.executable, "-m", "tests.benchmarks.ledger_peers", name, *inputs, str(output)]
            peers[name] = run(words, output, size=size)
            agree &= same(runs[size].result, output)
        inputs, place = _town(Path(folder), given.size, given.seed)
        ours = runs.get(given.size) or run([*OURS, *inputs, "-o", str(place / "ours.parquet")], place, size=given.size)
        at_size = {f"{size:,} parcels": round(each.seconds, 3) for size, each in sorted(runs.items())}
        report(size=given.size, agree=agree, ours=ours, peers=peers, as_json=given.json, seconds_at=at_size)


def _town(folder: Path, size: int, seed: int) -> tuple[list[str], Path]:
    place = folder / str(size)
    if not place.exists():
        place.mkdir()  # in a process of its own: a child counts its parent's memory as its own
        words = [sys.executable, "-m", "tests.benchmarks.town", str(place), str(size), str(seed)]
        subprocess.run(words, check=True)  # noqa: S603  ourselves
    return [str(place / "parcels.parquet"), str(place / "zones.parquet")], place


if __name__ == "__main__":
    main()
