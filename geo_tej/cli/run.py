"""The command `run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import language_option, manifest_option, scenario_option
from geo_tej.cli.shared import finish, loaded, progress

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.verdict import Assessment


@click.command()
@manifest_option
@scenario_option
@language_option
@click.option(
    "-o", "--output", default="maps", show_default=True, type=click.Path(path_type=Path), help="Folder to write to."
)
def run(manifest: Path, scenario: str | None, lang: Language | None, output: Path) -> None:
    """Do the whole job: check the layers, assess every parcel, write tables and maps.

    Example: geo-tej run -o maps
    """
    from geo_tej import engine  # noqa: PLC0415  keeps --help instant

    told: list[str] = []
    with progress() as tell:
        tell("layers")
        project = loaded(manifest, scenario)
        assessment, written = engine.run(
            project, output, language=lang or project.language, tell=tell, warn=told.append
        )
    for warning in told:
        click.echo(f"geo-tej: {warning}", err=True)
    _summary(assessment, lang or project.language)
    click.echo(f"{output}/: " + ", ".join(written))
    finish(project)


def _summary(assessment: Assessment, language: Language) -> None:
    from geo_tej.report import summary  # noqa: PLC0415

    click.echo(summary(assessment, language))
