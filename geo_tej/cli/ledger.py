"""The command `ledger`."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from geo_tej.cli.options import json_option
from geo_tej.errors import INTERRUPTED, QuestionError
from geo_tej.model import Thresholds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo_tej.ledgers import Ledger

_REPAIRS_SHOWN = 10


@click.command(short_help="Write the bare overlaps of two files.")
@click.argument("parcels", type=click.Path(path_type=Path))
@click.argument("zones", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="A .parquet, .csv or .xlsx file.")
@click.option("--parcel-id", default="parcel_id", show_default=True, help="Column of PARCELS with the ids.")
@click.option("--zone-class", default="zone_class", show_default=True, help="Column of ZONES with the classes.")
@click.option("--layer", help="Column of ZONES that tells layers apart. Default: all is one layer.")
@click.option("--parcels-sublayer", metavar="NAME", help="Which layer of PARCELS, where the file holds several.")
@click.option("--zones-sublayer", metavar="NAME", help="Which layer of ZONES, where the file holds several.")
@click.option("--crs", help="The CRS to compute in, such as EPSG:4549. Default: that of PARCELS, if in metres.")
@click.option("--parcels-crs", help="The CRS of PARCELS, where the file names none.")
@click.option("--zones-crs", help="The CRS of ZONES, where the file names none.")
@click.option(
    "--min-area", multiple=True, metavar="[LAYER=]M2", help="Drop overlaps of less area; for one layer or all others."
)
@click.option(
    "--min-share", multiple=True, metavar="[LAYER=]SHARE", help="Drop overlaps of less of the parcel, 0 to 1."
)
@click.option(
    "--min-width",
    multiple=True,
    metavar="[LAYER=]M",
    help="Drop slivers: overlaps of less mean width, twice the area over the perimeter. Default: none is dropped.",
)
@click.option(
    "--dropped",
    type=click.Path(path_type=Path),
    help="Where what is dropped is listed, with width and reason; Default: OUTPUT's name with -dropped.",
)
@click.option("--ellipsoidal", is_flag=True, help="Also the areas on the ellipsoid (ellipsoidal_m2).")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", show_default=True, help="Who works.")
@click.option("--scheduler", help="Address of a Dask scheduler, like tcp://host:8786; else one on this machine.")
@click.option("--workers", type=click.IntRange(1), help="Threads, or Dask's processes; default: one a processor.")
@click.option(
    "--step",
    type=click.IntRange(1),
    default=1 << 20,
    show_default=True,
    help="Parcels between two notes in the journal.",
)
@json_option
def ledger(  # noqa: PLR0913
    parcels: Path,
    zones: Path,
    output: Path,
    parcel_id: str,
    zone_class: str,
    layer: str | None,
    parcels_sublayer: str | None,
    zones_sublayer: str | None,
    crs: str | None,
    parcels_crs: str | None,
    zones_crs: str | None,
    min_area: tuple[str, ...],
    min_share: tuple[str, ...],
    min_width: tuple[str, ...],
    dropped: Path | None,
    ellipsoidal: bool,  # noqa: FBT001  click passes flags so
    engine: Literal["local", "dask"],
    scheduler: str | None,
    workers: int | None,
    step: int,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Write how much of each parcel of one file lies in each class of zone of another.

    Areas are those of the drawing, in the system of the parcels; zones of one class that overlap count once, and
    touching is not overlapping. Files of any size: parcels are read in batches. What takes more than --step parcels
    keeps a journal in a hidden folder beside OUTPUT: interrupted, the same command goes on from there, and does again
    only what has changed. OUTPUT is there whole or not at all.

    Example: geo-tej ledger parcels.parquet zones.parquet -o ledger.parquet
    """
    from geo_tej.ledgers import Question, write_ledger  # noqa: PLC0415

    if scheduler is not None and engine != "dask":
        message = "--scheduler belongs to --engine dask"
        raise QuestionError(message)
    thresholds = _thresholds(area=min_area, share=min_share, width=min_width)
    if thresholds and dropped is None:
        dropped = output.with_name(f"{output.stem}-dropped{output.suffix}")
    question = Question(
        parcels=parcels, zones=zones, parcel_id=parcel_id, zone_class=zone_class, layer=layer, crs=crs,
        parcels_crs=parcels_crs, zones_crs=zones_crs, parcels_sublayer=parcels_sublayer, zones_sublayer=zones_sublayer,
        thresholds=thresholds, ellipsoidal=ellipsoidal,
    )  # fmt: skip
    try:
        with _counting() as tell:
            written = write_ledger(
                question, output, dropped=dropped, engine=engine, workers=workers, scheduler=scheduler, step=step,
                tell=tell,
            )  # fmt: skip
    except KeyboardInterrupt:
        click.echo("geo-tej: interrupted; the same command goes on from the last finished step", err=True)
        sys.exit(INTERRUPTED)
    _tell(written, output, dropped, as_json=as_json)


def _thresholds(**options: tuple[str, ...]) -> dict[str, Thresholds]:
    """Read `--min-area`, `--min-share`, `--min-width`: thresholds by layer, under "" those of all others."""
    given: dict[str, dict[str, float]] = {name: {} for name in options}
    for name, texts in options.items():
        for text in texts:
            layer, _, number = text.rpartition("=")
            try:
                value = float(number)
            except ValueError:
                value = -1.0
            if not 0 <= value < float("inf") or (name == "share" and value > 1):
                kind = "share of a parcel, 0 to 1" if name == "share" else "number of at least 0"
                message = (
                    f"--min-{name} {text}: is no {kind}; write it like --min-{name} 0.5, or water=0.5 for one layer"
                )
                raise QuestionError(message)
            given[name][layer] = value
    layers = dict.fromkeys(layer for values in given.values() for layer in values)
    return {
        layer: Thresholds(
            **{
                field: given[name].get(layer, given[name].get("", 0.0))
                for name, field in (("area", "area_m2"), ("share", "share"), ("width", "width_m"))
            }
        )
        for layer in layers
    }


@contextmanager
def _counting() -> Iterator[Callable[[int, int], None]]:
    """Show parcels done, their rate and the time left, on a terminal only, on stderr."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.console import Console  # noqa: PLC0415  only for a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        TextColumn("ledger"), BarColumn(), MofNCompleteColumn(), TextColumn("parcels, {task.fields[rate]} a second,"),
        TimeRemainingColumn(), TextColumn("left"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="…")

        def tell(done: int, of: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, total=of, rate="…" if speed is None else f"{speed:,.0f}")

        yield tell


def _tell(written: Ledger, output: Path, dropped: Path | None, *, as_json: bool) -> None:
    for what, lines in (("zones", written.repaired_zones), ("parcels", written.repaired_parcels)):
        for line in lines[:_REPAIRS_SHOWN]:
            click.echo(f"geo-tej: {what}: {line}", err=True)
        if len(lines) > _REPAIRS_SHOWN:
            click.echo(f"geo-tej: {what}: {len(lines) - _REPAIRS_SHOWN:,} more repaired", err=True)
    if as_json:
        told: dict[str, object] = {"output": str(output), "overlaps": written.rows, "parcels": written.parcels}
        told |= {"dropped": written.dropped, "dropped_to": None if dropped is None else str(dropped)}
        told |= {"crs": written.crs, "repaired_zones": list(written.repaired_zones)}
        click.echo(
            json.dumps(told | {"repaired_parcels": list(written.repaired_parcels)}, ensure_ascii=False, indent=2)
        )
        return
    click.echo(f"{output}: {written.rows:,} overlaps")
    if dropped is not None:
        click.echo(f"{dropped}: {written.dropped:,} dropped")
