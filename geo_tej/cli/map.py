"""The command `map`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import (
    as_day,
    as_facts,
    fact_option,
    language_option,
    manifest_option,
    on_option,
    pathway_option,
    scenario_option,
    use_option,
)
from geo_tej.cli.shared import assessed, finish, loaded, progress
from geo_tej.errors import QuestionError

if TYPE_CHECKING:
    from geo_tej.i18n import Language


@click.command(name="map")
@click.argument("kind", type=click.Choice(["constraint", "use", "siting"]))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The .html file to write.")
@click.option("--programme", type=click.Path(path_type=Path), help="The programme of a map siting.")
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
    programme: Path | None,
    uses: tuple[str, ...],
    pathways: tuple[str, ...],
    on: str | None,
    facts: tuple[str, ...],
    manifest: Path,
    scenario: str | None,
    lang: Language | None,
) -> None:
    """Write one interactive page that opens without a network: all constraints, one use, or ranked places.

    Example: geo-tej map use --use tourist-hotel -o hotel.html
    """
    from geo_tej import engine  # noqa: PLC0415

    if kind == "use" and not uses:
        message = "map use needs --use, like --use tourist-hotel; geo-tej rules lists the uses"
        raise QuestionError(message)
    if kind == "siting":
        _siting(output, programme, uses or pathways, on, facts, manifest, scenario, lang)
        return
    if programme is not None:
        message = f"map {kind} has no use for --programme; map siting has"
        raise QuestionError(message)
    with progress() as tell:
        assessment = assessed(manifest, scenario, uses, pathways, on, facts, None, tell)
        tell(output.name)
        engine.save_map(assessment, output, language=lang or assessment.project.language, kind=kind)
    click.echo(str(output))
    finish(assessment.project)


def _siting(  # noqa: PLR0913
    output: Path,
    programme: Path | None,
    asked: tuple[str, ...],
    on: str | None,
    facts: tuple[str, ...],
    manifest: Path,
    scenario: str | None,
    lang: Language | None,
) -> None:
    """Write the page of ranked places alone."""
    from geo_tej import engine  # noqa: PLC0415

    if programme is None:
        message = "map siting needs --programme, like --programme layers/tourism.toml"
        raise QuestionError(message)
    if asked:
        message = "map siting takes uses and pathways from its programme; leave out --use and --pathway"
        raise QuestionError(message)
    with progress() as tell:
        tell("layers")
        project = loaded(manifest, scenario)
        sites = engine.sites_of(project, programme, on=as_day(on), facts=as_facts(facts), tell=tell)
        tell(output.name)
        engine.save_siting_map(sites, output, language=lang or project.language)
    click.echo(str(output))
    finish(project)
