"""The command `site`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import Output, json_option, question_options
from geo_tej.cli.shared import finish, loaded, print_table, progress
from geo_tej.engine.leftover import SITING
from geo_tej.errors import QuestionError

if TYPE_CHECKING:
    from geo_tej.cli.options import Asked


@click.command(short_help="Find and rank places for projects.")
@click.argument("programme", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=Output(*SITING),
    help="The folder for tables, rasters and the page; needed unless --json.",
)
@click.option("--anyway", is_flag=True, help="Write the ranking even if no plan satisfies all projects together.")
@question_options("on", "fact")
@json_option
def site(asked: Asked, *, programme: Path, output: Path | None, anyway: bool, as_json: bool) -> None:
    """Find and rank places for the projects of a programme, only where the law allows.

    Ranking needs an extra: pip install '.[siting]'.

    Example: geo-tej site layers/tourism.toml -o siting
    """
    from geo_tej import engine  # noqa: PLC0415

    if output is None and not as_json:
        message = "site writes into a folder: name it with -o, like -o siting, or ask for --json"
        raise QuestionError(message)
    with progress() as tell:
        tell("layers")
        project = loaded(asked)
        language = asked.language(project)
        sites = engine.sites_of(project, programme, on=asked.on, facts=asked.facts, tell=tell)
        if not anyway:
            engine.require_plan(sites, language=language)
        names = [] if output is None else engine.write_siting(sites, output, language=language, tell=tell)
    if as_json:
        click.echo(engine.as_json(engine.site_rows(sites, language=language)))
    else:
        from geo_tej.site_report import sites_report  # noqa: PLC0415

        for title, header, rows, words in sites_report(sites, language):
            click.echo(title)
            if rows:
                print_table(header, rows)
            for line in words:
                click.echo(line)
            click.echo()
        for name in names:
            click.echo(str(Path(str(output)) / name))
    finish(project, asked)
