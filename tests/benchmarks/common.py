"""What every benchmark shares: its arguments, seconds and peak memory of a piece of work, and how both are told.

A benchmark is `python -m tests.benchmarks.NAME [--size N] [--json]`. It does the same work in its own way and in that
of a peer, in one process, compares the answers, and only then tells how long each took.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
KB, MB = 1024, 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Timed(Generic[T]):
    """What a piece of work gave, how long it took, and the most memory the process held meanwhile, inputs included.

    `size` is how much of the benchmark's size the work did, where a peer is too slow for all of it.
    """

    result: T
    seconds: float
    peak_mb: float
    size: int | None = None


def arguments(description: str, *, size: int) -> argparse.Namespace:
    """Read `--size` and `--json` from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--size", type=int, default=size, help="how many parcels (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one object instead of words")
    given = parser.parse_args()
    if given.size < 1:
        parser.error(f"--size {given.size}: must be at least 1")
    return given


def timed(work: Callable[[], T], *, size: int | None = None) -> Timed[T]:
    """Do a piece of work once, and measure it."""
    gc.collect()
    _forget_peak()
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    return Timed(result=result, seconds=seconds, peak_mb=_peak_mb(), size=size)


def report(
    *, size: int, agree: bool, ours: Timed[Any], peers: Mapping[str, Timed[Any]], as_json: bool, **more: object
) -> None:
    """Print seconds, peak memory and ratios (peer / ours, for as much work), or that the answers differ.

    `more` is printed beside, such as seconds at other sizes. Where the answers differ no time is told, and the exit
    code is 1.
    """
    told: dict[str, Any] = {"size": size, "agree": agree}
    if agree:
        told |= {"seconds": round(ours.seconds, 3), "peak_mb": round(ours.peak_mb, 1)}
        told["peers"] = {name: _numbers(peer, size) for name, peer in peers.items()}
        told["ratio"] = {
            name: round(peer.seconds / (peer.size or size) / (ours.seconds / (ours.size or size)), 2)
            for name, peer in peers.items()
        }
        told |= more
    if as_json:
        print(json.dumps(told, ensure_ascii=False))  # noqa: T201  that is its output
    else:
        print("\n".join(_lines(told)))  # noqa: T201
    if not agree:
        sys.exit(1)


def _numbers(peer: Timed[Any], size: int) -> dict[str, float]:
    part = {} if peer.size in (None, size) else {"size": peer.size}
    return {"seconds": round(peer.seconds, 3), "peak_mb": round(peer.peak_mb, 1), **part}


def _lines(told: Mapping[str, Any]) -> list[str]:
    if not told["agree"]:
        return [f"size {told['size']:,}: the answers differ"]
    lines = [f"size {told['size']:,}: {told['seconds']:.3f} s, {told['peak_mb']:,.0f} MB; the answers agree"]
    for name, peer in told["peers"].items():
        part = f" for {peer['size']:,}" if "size" in peer else ""
        lines.append(
            f"  {name}: {peer['seconds']:.3f} s{part}, {peer['peak_mb']:,.0f} MB; {told['ratio'][name]:,.1f} x"
        )
    known = {"size", "agree", "seconds", "peak_mb", "peers", "ratio"}
    return lines + [f"  {name}: {value}" for name, value in told.items() if name not in known]


def _forget_peak() -> None:
    """Let the kernel count the peak from here on, where it can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text(encoding="ascii").splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / KB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MB if sys.platform == "darwin" else peak / KB
