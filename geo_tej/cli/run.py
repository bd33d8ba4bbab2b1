"""The command `run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import question_options
from geo_tej.cli.shared import finish, loaded, progress

if TYPE_CHECKING:
    from geo_tej.cli.options import Asked
    from geo_tej.i18n import Language
    from geo_tej.verdict import Assessment


@click.command()
@question_options("tolerance")
@click.option(
    "-o", "--output", default="maps", show_default=True, type=click.Path(path_type=Path), help="Folder to write to."
)
def run(asked: Asked, *, output: Path) -> None:
    """Do the whole job: check the layers, assess every parcel, write tables and maps.

    Example: geo-tej run -o maps
    """
    from geo_tej import engine  # noqa: PLC0415  keeps --help instant

    engine.require_folder(output)
    told: list[str] = []
    with progress() as tell:
        tell("layers")
        project = loaded(asked)
        language = asked.language(project)
        assessment, written = engine.run(
            project, output, language=language, tolerance=asked.tolerance, tell=tell, warn=told.append
        )
    for warning in told:
        click.echo(f"geo-tej: {warning}", err=True)
    _summary(assessment, language)
    click.echo(f"{output}/: " + ", ".join(written))
    if left := engine.left_over(output, written):
        click.echo(f"geo-tej: {output}/ also holds {', '.join(left)}, of an earlier run and not of this one", err=True)
    finish(project)


def _summary(assessment: Assessment, language: Language) -> None:
    from geo_tej.report import summary  # noqa: PLC0415

    click.echo(summary(assessment, language))
