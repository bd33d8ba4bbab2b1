"""The command `map`."""

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
from geo_tej.errors import QuestionError

if TYPE_CHECKING:
    from geo_tej.i18n import Language


@click.command(name="map")
@click.argument("kind", type=click.Choice(["constraint", "use"]))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The .html file to write.")
@use_option
@pathway_option
@on_option
@fact_option
@manifest_option
@scenario_option
@language_option
def map_(  # noqa: PLR0913
    kind: str,
    output: Path,
    uses: tuple[str, ...],
    pathways: tuple[str, ...],
    on: str | None,
    facts: tuple[str, ...],
    manifest: Path,
    scenario: str | None,
    lang: Language | None,
) -> None:
    """Write one interactive page that opens without a network: all constraints, or one use.

    Example: geo-tej map use --use tourist-hotel -o hotel.html
    """
    from geo_tej import engine  # noqa: PLC0415

    if kind == "use" and not uses:
        message = "map use needs --use, like --use tourist-hotel; geo-tej rules lists the uses"
        raise QuestionError(message)
    with progress() as tell:
        assessment = assessed(manifest, scenario, uses, pathways, on, facts, None, tell)
        tell(output.name)
        engine.save_map(assessment, output, language=lang or assessment.project.language, kind=kind)
    click.echo(str(output))
    finish(assessment.project)
