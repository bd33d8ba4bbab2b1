"""All benchmarks one after the other, each in a process of its own, as the page of results in the README.

`python -m tests.benchmarks.results > results.md` takes about half an hour and wants the machine for itself. A benchmark
whose answers differ from its peer's ends it, and nothing is printed.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

LEDGER = (10_000, 100_000, 1_000_000)
PACKAGES = ("geopandas", "shapely", "duckdb", "sedonadb", "atlite", "folium")

Told = dict[str, Any]


def told(name: str, size: int) -> Told:
    """Run a benchmark and return what it tells."""
    words = [sys.executable, "-m", f"tests.benchmarks.{name}", "--size", str(size), "--json"]
    print(f"{name}, {size:,}", file=sys.stderr)  # noqa: T201  half an hour in silence is long
    run = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  ourselves
    if run.returncode:
        sys.exit(f"{name}, {size:,}: ended in {run.returncode}; {run.stdout.strip()}")
    return dict(json.loads(run.stdout))


def machine() -> str:
    """Name the machine and what runs on it."""
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    cores = os.cpu_count() or 1
    has = [f"{cores} cores of {names[0] if names else platform.processor()}"]
    has += [f"{kb / 2**20:.0f} GB" for kb in memory]
    has += [f"{platform.system()}, Python {platform.python_version()}"]
    return ", ".join(has) + "; " + ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write a table in Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ("---",) * len(head), *rows])


def ledgers(by_size: dict[int, Told]) -> str:
    """Write seconds and peak memory of the ledger and its peers, a column a size; a peer has those it was asked for."""
    engines = ["geo_tej", *dict.fromkeys(peer for each in by_size.values() for peer in each["peers"])]

    def cell(engine: str, size: int) -> str:
        at = by_size[size]
        asked = at if engine == "geo_tej" else at["peers"].get(engine)
        if asked is None or asked.get("size", size) != size:
            return ""
        times = "" if engine == "geo_tej" else f" ({at['ratio'][engine]:,.1f} ×)"
        return f"{asked['seconds']:,.1f} s{times}, {asked['peak_mb']:,.0f} MB"

    return table(
        ("`ledger`", *(f"{size:,} parcels" for size in by_size)),
        [(engine, *(cell(engine, size) for size in by_size)) for engine in engines],
    )


def others() -> list[tuple[str, ...]]:
    """Run all other benchmarks; return what was done, how long it took, and what stands beside it."""
    verdicts, changed, check = told("verdicts", 100_000), told("changed", 100_000), told("check", 50)
    reading, page, large = told("reading", 1_000_000), told("page", 100_000), told("page", 1_000_000)
    siting = told("siting", 10_000)
    scratch = changed["peers"]["from scratch"]["seconds"]
    linear = ", ".join(f"{seconds:.1f} s for {int(size):,}" for size, seconds in verdicts["linear_s"].items())
    formats = ", ".join(
        f"{reading[suffix]['seconds']:.1f} s of {name} ({reading[suffix]['times']:.2f} × geopandas)"
        for suffix, name in (("gpkg", "GeoPackage"), ("shp", "Shapefile"), ("parquet", "GeoParquet"))
    )
    peer, many = page["peers"]["folium.GeoJson"], page["ratio"]["folium.GeoJson"]
    return [
        (
            "100,000 parcels × 40 uses × 3 pathways judged by the sample's whole rulebook (`verdicts`)",
            f"{verdicts['seconds']:.1f} s, {verdicts['peak_mb']:,.0f} MB",
            f"{linear}; overlaps included {verdicts['whole_s']:.1f} s",
        ),
        (
            "the same after one zone was edited (`changed`)",
            f"{changed['seconds']:.1f} s",
            f"from scratch {scratch:.1f} s; {changed['recomputed']:,} parcels overlapped again",
        ),
        (
            "one parcel and use, in a process that holds the project (`check`)",
            f"{check['milliseconds']:.1f} ms",
            f"as data, with what each open question would change, {check['extract_milliseconds']:.1f} ms",
        ),
        (
            "the same as a cold command",
            f"{check['cold_seconds']:.2f} s",
            f"{check['cold_over_imports']:.2f} × `import geopandas, rasterio`",
        ),
        ("1,000,000 parcels read, checked, repaired (`reading`)", formats, "`geopandas.read_file`, `read_parquet`"),
        (
            "100,000 parcels on a page, to the first picture (`page`)",
            f"{page['seconds']:.2f} s, {page['bytes'] / 1e6:.2f} MB",
            f"`folium.GeoJson` {peer['seconds']:.0f} s ({many:,.0f} ×), {page['peer_bytes'] / 1e6:.0f} MB",
        ),
        ("1,000,000 parcels on a page", f"{large['seconds']:.1f} s, {large['bytes'] / 1e6:.1f} MB", ""),
        (
            "50 exclusions and three criteria on 10,000 × 10,000 cells (`siting`)",
            f"{siting['seconds']:.1f} s",
            f"atlite, exclusions only, {siting['peers']['atlite']['seconds']:.1f} s",
        ),
    ]


def main() -> None:
    """Run all, and print the page."""
    ledger = ledgers({size: told("ledger", size) for size in LEDGER})
    rest = table(("", "geo_tej", "beside it"), others())
    print(f"{machine()}\n\n{ledger}\n\n{rest}")  # noqa: T201  that is its output


if __name__ == "__main__":
    main()
