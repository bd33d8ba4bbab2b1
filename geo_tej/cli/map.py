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
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The file to write.")
@click.option(
    "--programme",
    type=click.Path(path_type=Path),
    help="The projects to place, for a map siting: a programme like layers/tourism.toml.",
)
@click.option(
    "--static",
    type=click.Choice(["png", "svg", "pdf"]),
    help="Write a sheet for paper, without a browser, instead of a page.",
)
@click.option(
    "--paper", type=click.Choice(["A4", "A3"]), default="A4", show_default=True, help="The sheet it prints on."
)
@click.option("--font", type=click.Path(path_type=Path), help="A font file with Chinese characters, for --static.")
@click.option("--anyway", is_flag=True, help="Write the page even if it is too large for most browsers.")
@click.option("--tiles", help="A base from a server: tianditu, tianditu-image, tianditu-terrain, gaode, osm.")
@click.option("--tiles-key", help="Your key for the tiles, where the service needs one.")
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
    static: str | None,
    paper: str,
    font: Path | None,
    anyway: bool,  # noqa: FBT001
    tiles: str | None,
    tiles_key: str | None,
    uses: tuple[str, ...],
    pathways: tuple[str, ...],
    on: str | None,
    facts: tuple[str, ...],
    manifest: Path,
    scenario: str | None,
    lang: Language | None,
) -> None:
    """Write one interactive page that opens without a network, or a sheet: constraints, one use, or ranked places.

    A map siting needs an extra: pip install '.[siting]'.

    Example: geo-tej map use --use tourist-hotel -o hotel.html
    """
    from geo_tej import engine  # noqa: PLC0415

    if kind == "use" and not uses:
        message = "map use needs --use, like --use tourist-hotel; geo-tej rules lists the uses"
        raise QuestionError(message)
    if kind == "siting":
        if static or tiles or tiles_key:
            message = "map siting is a page without tiles; leave out --static and --tiles"
            raise QuestionError(message)
        _siting(output, programme, uses or pathways, on, facts, manifest, scenario, lang, anyway=anyway)
        return
    if programme is not None:
        message = f"map {kind} has no use for --programme; map siting has"
        raise QuestionError(message)
    if static and tiles:
        message = "a sheet has no tiles: leave out --tiles or --static"
        raise QuestionError(message)
    if tiles_key and not tiles:
        message = "--tiles-key belongs to --tiles, like --tiles tianditu"
        raise QuestionError(message)
    engine.check_map_name(output, static=static)
    base = engine.tiles_asked_for(tiles, tiles_key)
    with progress() as tell:
        assessment = assessed(manifest, scenario, uses, pathways, on, facts, None, tell)
        language = lang or assessment.project.language
        tell(output.name)
        if static:
            told = engine.save_sheet(
                assessment, output, language=language, kind=kind, form=static, paper=paper, font=font
            )
        else:
            told = engine.save_map(
                assessment, output, language=language, kind=kind, paper=paper, tiles=base, anyway=anyway
            )
    for warning in told:
        click.echo(f"geo-tej: {warning}", err=True)
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
    *,
    anyway: bool,
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
        engine.save_siting_map(sites, output, language=lang or project.language, anyway=anyway)
    click.echo(str(output))
    finish(project)
