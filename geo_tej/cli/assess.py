"""The command `assess`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import Output, question_options
from geo_tej.cli.shared import assessed, finish, progress

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.cli.options import Asked


@click.command(short_help="Write the verdicts of all parcels or firms.")
@click.option("-o", "--output", required=True, type=Output(), help="A .gpkg, .parquet, .xlsx or .csv file.")
@click.option("--enterprises", is_flag=True, help="A row an enterprise, with the range over its parcels.")
@click.option("--kind", type=click.Choice(["rights", "survey"]), help="Only parcels of this kind.")
@question_options("use", "pathway", "on", "fact", "tolerance")
def assess(asked: Asked, *, output: Path, enterprises: bool, kind: str | None) -> None:
    """Assess every parcel, or every enterprise, and write the table.

    Example: geo-tej assess --enterprises -o enterprises.xlsx
    """
    from geo_tej import engine  # noqa: PLC0415

    with progress() as tell:
        assessment = assessed(asked, tell, kind=kind)
        project = assessment.project
        tell(output.name)
        engine.write_assessment(assessment, output, enterprises=enterprises, language=asked.language(project))
    click.echo(str(output))
    finish(project, asked)
