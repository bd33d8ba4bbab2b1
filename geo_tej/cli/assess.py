"""The command `assess`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import (
    fact_option,
    language_option,
    manifest_option,
    on_option,
    pathway_option,
    scenario_option,
    use_option,
)
from geo_tej.cli.shared import assessed, finish, progress

if TYPE_CHECKING:
    from geo_tej.i18n import Language


@click.command()
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="A .gpkg, .parquet, .xlsx or .csv file."
)
@click.option("--enterprises", is_flag=True, help="A row an enterprise, with the range over its parcels.")
@click.option("--kind", type=click.Choice(["rights", "survey"]), help="Only parcels of this kind.")
@use_option
@pathway_option
@on_option
@fact_option
@manifest_option
@scenario_option
@language_option
def assess(  # noqa: PLR0913
    output: Path,
    enterprises: bool,  # noqa: FBT001
    kind: str | None,
    uses: tuple[str, ...],
    pathways: tuple[str, ...],
    on: str | None,
    facts: tuple[str, ...],
    manifest: Path,
    scenario: str | None,
    lang: Language | None,
) -> None:
    """Assess every parcel, or every enterprise, and write the table.

    Example: geo-tej assess --enterprises -o enterprises.xlsx
    """
    from geo_tej import engine  # noqa: PLC0415

    with progress() as tell:
        assessment = assessed(manifest, scenario, uses, pathways, on, facts, kind, tell)
        project = assessment.project
        tell(output.name)
        engine.write_assessment(assessment, output, enterprises=enterprises, language=lang or project.language)
    click.echo(str(output))
    finish(project)
