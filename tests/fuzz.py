"""Mutated files, read in subprocesses: no crash, no hang, no answer that is wrong in silence.

`python -m tests.fuzz [--count 10000] [--format NAME] [--seed N]`. Each mutation is read by the front door; a reader may
refuse it with an error made on purpose, or give rows all of which are accounted for: with a geometry that is valid,
finite and lies where the coordinates of the file do, or set aside.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ezdxf
import numpy as np
import shapely

from geo_tej.errors import GeoTejError
from geo_tej.io.reading import read_layer

ROOT = Path(__file__).parent.parent
FORMATS = ("geojson", "kml", "csv", "dxf", "survey", "wkt")
SECONDS_A_FILE = 20
BATCH = 300
HEAP_MB = 4_000

_EAST, _NORTH = 500_000, 3_270_000
_RING = ((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
_SPANS = (
    b"", b"0", b"-", b"9" * 30, b"nan", b"inf", b"1e999", b",", b'"', b"[", b"]", b"{", b"}", b"<", b">", b"&x;",
    b"\x00", b"\xff\xfe", "名".encode("gbk"), b"\n", b"\r", b"\t", b"@", b"J1,1,", b"EOF", b"null", b"<!DOCTYPE x>",
    b"=", b"\\u0000",
)  # fmt: skip


def originals() -> dict[str, bytes]:
    """Return a small sound file of each text format: two squares of 100 m."""
    squares = [[(_EAST + x + shift, _NORTH + y) for x, y in _RING] for shift in (0, 300)]
    geojson = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "EPSG:4549"}},
        "features": [
            {"type": "Feature", "id": place, "properties": {"parcel_id": f"A{place}", "名称": "造纸厂", "m": 1.5},
             "geometry": {"type": "Polygon", "coordinates": [ring]}}
            for place, ring in enumerate(squares)
        ],
    }  # fmt: skip
    wkt = [f"POLYGON(({', '.join(f'{x} {y}' for x, y in ring)}))" for ring in squares]
    degrees = [[(119.56 + x / 1e5, 29.53 + y / 1e5) for x, y in ((0, 0), (90, 0), (90, 90), (0, 90), (0, 0))]] * 2
    marks = "".join(
        f"<Placemark><name>地{place}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}"
        "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        for place, ring in enumerate(" ".join(f"{x:.6f},{y:.6f},0" for x, y in ring) for ring in degrees)
    )
    doc = ezdxf.new("R2010")
    for ring in squares:
        doc.modelspace().add_lwpolyline(ring[:-1], close=True, dxfattribs={"layer": "宗地"})
    with tempfile.TemporaryDirectory() as folder:
        doc.saveas(Path(folder) / "a.dxf")
        drawing = (Path(folder) / "a.dxf").read_bytes().replace(b"\n", b"\r\n")  # as CAD programs write it
    points = [
        f"J{place + 1},1,{y:.3f},{x + 40_000_000:.3f}" for ring in squares for place, (x, y) in enumerate(ring)
    ]  # fmt: skip
    survey = (
        "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n带号=40\n[地块坐标]\n"
        f"5,1.0000,P1,甲,面,,用途,09,@\n{chr(10).join(points[:5])}\n5,1.0000,P2,乙,面,,用途,09,@\n{chr(10).join(points[5:])}\n"
    )
    return {
        "geojson": json.dumps(geojson, ensure_ascii=False).encode(),
        "kml": f'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}'
        "</Document></kml>".encode(),
        "csv": ("n,名称,lon,lat\n" + "".join(f"{n},厂,119.{n + 50},29.{n + 50}\n" for n in range(5))).encode("gbk"),
        "dxf": drawing,
        "survey": survey.encode("gbk"),
        "wkt": ("n,wkt\n" + "".join(f'{place},"{shape}"\n' for place, shape in enumerate(wkt))).encode(),
    }  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Change a file in one to six places: cut, doubled, swapped, replaced, flipped, or cut short."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        if not changed:
            break
        place = chance.randrange(len(changed))
        span = chance.choice((1, 1, 2, 5, 20, 200))
        match chance.randrange(7):
            case 0:
                del changed[place : place + span]
            case 1:
                changed[place:place] = changed[place : place + span]
            case 2:
                changed[place] ^= 1 << chance.randrange(8)
            case 3:
                changed[place : place + chance.choice((0, 1, 3))] = chance.choice(_SPANS)
            case 4:
                other = chance.randrange(len(changed))
                piece = changed[place : place + span]
                changed[place : place + span] = changed[other : other + span]
                changed[other : other + span] = piece
            case 5:
                changed[place] = ord(chance.choice("0123456789.,-"))
            case _:
                if chance.random() < 0.3:
                    del changed[place:]
    return bytes(changed)


def read_once(path: Path) -> str:
    """Read one file; return what came of it, or raise what must not come."""
    try:
        read = read_layer(path, crs=None if path.name.startswith(("geojson", "kml", "csv", "survey")) else "EPSG:4549",
                          only_polygons=not path.name.startswith("csv"), language="zh")  # fmt: skip
    except GeoTejError as fault:
        return "refused" if str(fault) else "an error without a word"
    frame, account = read.frame, read.account
    assert len(frame) == account.rows
    geometry = frame.geometry.to_numpy()
    aside = {each.row - 1 for each in account.set_aside}
    assert aside <= set(range(len(frame))), "a row set aside that there is not"
    assert all(each.reason for each in account.set_aside)
    for row in aside:
        assert geometry[row] is None or geometry[row].is_empty, "a row set aside has ground"
    real = geometry[~(shapely.is_missing(geometry) | shapely.is_empty(geometry))]
    assert shapely.is_valid(real).all(), "an invalid geometry came through"
    assert np.isfinite(shapely.bounds(real)).all(), "a coordinate that is no number came through"
    assert not shapely.has_z(real).any()
    return "set aside" if aside else "read"


def batch(kind: str, seed: int, count: int) -> dict[str, int]:
    """Read mutated files in this process; return how many were read, refused, or had rows set aside."""
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (HEAP_MB * 1024**2, HEAP_MB * 1024**2))
    original = originals()[kind]
    outcomes = {"read": 0, "refused": 0, "set aside": 0, "slowest_ms": 0}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            path = Path(folder) / f"{kind}.{'csv' if kind in ('csv', 'wkt') else kind}"
            chance = random.Random(f"{kind}/{seed}/{number}")  # noqa: S311  so that it can be done again
            data = mutated(original, chance)
            path.write_bytes(data)
            start = time.monotonic()
            try:
                outcomes[read_once(path)] += 1
            except BaseException as fault:
                kept = Path(tempfile.gettempdir()) / f"fuzz-{kind}-{seed}-{number}"
                kept.write_bytes(data)
                message = f"{kind}, seed {seed}, number {number} ({kept}): {type(fault).__name__}: {fault}"
                raise AssertionError(message) from fault
            outcomes["slowest_ms"] = max(outcomes["slowest_ms"], round((time.monotonic() - start) * 1000))
    return outcomes


def run(kind: str, *, count: int, seed: int = 1) -> dict[str, int]:
    """Read mutated files in subprocesses, a batch each, so that a crash or a hang is seen; return what came of them."""
    total = {"read": 0, "refused": 0, "set aside": 0, "slowest_ms": 0}
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        words = [sys.executable, "-m", "tests.fuzz", "--batch", kind, str(seed + start), str(size)]
        told = subprocess.run(  # noqa: S603  ourselves
            words, capture_output=True, text=True, check=False, cwd=ROOT, timeout=SECONDS_A_FILE * size
        )
        assert told.returncode == 0, f"{kind}, seed {seed + start}: exit {told.returncode}\n{told.stderr[-2000:]}"
        for name, number in json.loads(told.stdout).items():
            total[name] = max(total[name], number) if name == "slowest_ms" else total[name] + number
    return total


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Read mutated files of every text format in subprocesses.")
    parser.add_argument(
        "--count", type=int, default=10_000, help="how many files of each format (default: %(default)s)"
    )
    parser.add_argument("--format", choices=FORMATS, help="one format only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", nargs=3, metavar=("FORMAT", "SEED", "COUNT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.batch:
        print(json.dumps(batch(given.batch[0], int(given.batch[1]), int(given.batch[2]))))  # noqa: T201  its output
        return
    for kind in FORMATS if given.format is None else (given.format,):
        print(kind, run(kind, count=given.count, seed=given.seed), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
