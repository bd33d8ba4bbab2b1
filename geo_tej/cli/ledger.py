"""The command `ledger`."""

from __future__ import annotations

from pathlib import Path

import click

from geo_tej.cli.shared import progress


@click.command()
@click.argument("parcels", type=click.Path(path_type=Path))
@click.argument("zones", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="A .parquet, .csv or .xlsx file.")
@click.option("--parcel-id", default="parcel_id", show_default=True, help="Column of PARCELS with the ids.")
@click.option("--zone-class", default="zone_class", show_default=True, help="Column of ZONES with the classes.")
@click.option("--layer", help="Column of ZONES that tells layers apart; one layer unless given.")
def ledger(  # noqa: PLR0913
    parcels: Path, zones: Path, output: Path, parcel_id: str, zone_class: str, layer: str | None
) -> None:
    """Write how much of each parcel of one file lies in each class of zone of another.

    Example: geo-tej ledger parcels.parquet zones.parquet -o ledger.parquet
    """
    from geo_tej import engine  # noqa: PLC0415

    with progress() as tell:
        tell("ledger")
        rows = engine.write_ledger(parcels, zones, output, parcel_id=parcel_id, zone_class=zone_class, layer=layer)
    click.echo(f"{output}: {rows:,} overlaps")
