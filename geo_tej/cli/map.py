"""The command `map`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import Output, question_options
from geo_tej.cli.shared import assessed, finish, loaded, progress
from geo_tej.errors import QuestionError

if TYPE_CHECKING:
    from geo_tej.cli.options import Asked


@click.command(name="map", short_help="Write an interactive page, or a sheet.")
@click.argument("kind", type=click.Choice(["constraint", "use", "tolerance", "siting"]))
@click.option("-o", "--output", required=True, type=Output(), help="The file to write.")
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
    "--paper",
    type=click.Choice(["A4", "A3"]),
    help="The sheet it prints on, of a page or with --static. Default: A4.",
)
@click.option("--font", type=click.Path(path_type=Path), help="A font file with Chinese characters, for --static.")
@click.option("--anyway", is_flag=True, help="Write the page even if it is too large for most browsers.")
@click.option("--tiles", help="A base from a server: tianditu, tianditu-image, tianditu-terrain, gaode, osm.")
@click.option("--tiles-key", help="Your key for the tiles, where the service needs one.")
@question_options("use", "pathway", "on", "fact", "tolerance")
def map_(  # noqa: PLR0913  what a page or sheet may be asked for
    asked: Asked,
    *,
    kind: str,
    output: Path,
    programme: Path | None,
    static: str | None,
    paper: str | None,
    font: Path | None,
    anyway: bool,
    tiles: str | None,
    tiles_key: str | None,
) -> None:
    """Write one interactive page that opens without a network, or a sheet: constraints, one use, or ranked places.

    The kind tolerance shows which verdicts may change if boundaries are off by --tolerance; siting needs an extra:
    pip install '.[siting]'.

    Example: geo-tej map use --use tourist-hotel -o hotel.html
    """
    from geo_tej import engine  # noqa: PLC0415

    _require_sense(
        asked, kind, programme=programme, static=static, paper=paper, font=font, tiles=tiles, tiles_key=tiles_key
    )
    if kind == "siting" and programme is not None:
        _siting(asked, output, programme, anyway=anyway)
        return
    engine.check_map_name(output, static=static)
    base = engine.tiles_asked_for(tiles, tiles_key)
    with progress() as tell:
        assessment = assessed(asked, tell)
        language = asked.language(assessment.project)
        tell(output.name)
        if static:
            told = engine.save_sheet(
                assessment, output, language=language, kind=kind, form=static, paper=paper or "A4", font=font
            )
        else:
            told = engine.save_map(
                assessment, output, language=language, kind=kind, paper=paper or "A4", tiles=base, anyway=anyway
            )
    for warning in told:
        click.echo(f"geo-tej: {warning}", err=True)
    click.echo(str(output))
    finish(assessment.project, asked)


def _require_sense(asked: Asked, kind: str, **given: object) -> None:
    """Refuse what a kind of map lacks, or has no use for."""
    siting, sheet = kind == "siting", given["static"]
    page_only = ("static", "tiles", "tiles_key", "paper", "font")
    faults = {
        "map use needs --use, like --use tourist-hotel; geo-tej rules lists the uses": (
            kind == "use" and asked.uses is None
        ),
        "map siting has no use for --tolerance; map constraint and map use have": siting and asked.tolerance,
        "map siting is a page without tiles or sheet; leave out --static, --tiles, --paper and --font": (
            siting and any(given[name] for name in page_only)
        ),
        "map siting needs --programme, like --programme layers/tourism.toml": siting and given["programme"] is None,
        "map siting takes uses and pathways from its programme; leave out --use and --pathway": (
            siting and (asked.uses or asked.pathways)
        ),
        f"map {kind} has no use for --programme; map siting has": not siting and given["programme"] is not None,
        "a sheet has no tiles: leave out --tiles or --static": sheet and given["tiles"],
        "--font is for sheets: add --static, or leave it out": given["font"] is not None and not sheet,
        "--tiles-key belongs to --tiles, like --tiles tianditu": given["tiles_key"] and not given["tiles"],
    }
    for message, holds in faults.items():
        if holds:
            raise QuestionError(message)


def _siting(asked: Asked, output: Path, programme: Path, *, anyway: bool) -> None:
    """Write the page of ranked places alone."""
    from geo_tej import engine  # noqa: PLC0415

    engine.check_map_name(output, static=None)
    with progress() as tell:
        tell("layers")
        project = loaded(asked)
        sites = engine.sites_of(project, programme, on=asked.on, facts=asked.facts, tell=tell)
        tell(output.name)
        engine.save_siting_map(sites, output, language=asked.language(project), anyway=anyway)
    click.echo(str(output))
    finish(project, asked)
