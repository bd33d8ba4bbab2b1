"""The command `check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import (
    as_day,
    as_facts,
    as_point,
    fact_option,
    json_option,
    language_option,
    manifest_option,
    on_option,
    pathway_option,
    scenario_option,
    use_option,
)
from geo_tej.cli.shared import finish, loaded, progress
from geo_tej.i18n import told_in

if TYPE_CHECKING:
    from geo_tej.i18n import Language


@click.command()
@click.argument("parcels", nargs=-1)
@click.option("--at", metavar="LON,LAT", help="The parcels at a point, in degrees.")
@click.option(
    "--shape", type=click.Path(path_type=Path),
    help="A file whose polygons are taken as parcels: any vector format, also a survey coordinate TXT.",
)  # fmt: skip
@click.option(
    "--crs", help="The file's coordinate reference system, like EPSG:4549, where it says none or a wrong one."
)
@click.option("--sublayer", help="Which layer of the file, where it holds several.")
@click.option("--txt", type=click.Path(path_type=Path), help="Also write the parcels as a survey coordinate TXT.")
@use_option
@pathway_option
@on_option
@fact_option
@manifest_option
@scenario_option
@language_option
@json_option
def check(  # noqa: PLR0913  the question has these parts
    parcels: tuple[str, ...],
    at: str | None,
    shape: Path | None,
    crs: str | None,
    sublayer: str | None,
    txt: Path | None,
    uses: tuple[str, ...],
    pathways: tuple[str, ...],
    on: str | None,
    facts: tuple[str, ...],
    manifest: Path,
    scenario: str | None,
    lang: Language | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Say what may come to a parcel, why, and what is still open.

    Example: geo-tej check SD-0107 --use tourist-hotel --pathway keep_building
    """
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.verdict import assess  # noqa: PLC0415

    with progress() as tell:
        tell("layers")
        project = loaded(manifest, scenario)
        told: list[str] = []
        chosen = engine.chosen_parcels(
            project, parcels, at=as_point(at), shape=shape, crs=crs, sublayer=sublayer, tell=told.append
        )
        tell("check")
        assessment = assess(
            project, parcels=chosen, uses=uses or None, pathways=pathways or None, on=as_day(on), facts=as_facts(facts)
        )
        if txt is not None:
            engine.write_survey(project, chosen, txt)
    language = lang or project.language
    for remark in told:
        click.echo(f"geo-tej: {told_in(remark, language)}", err=True)
    if as_json:
        click.echo(engine.as_json(engine.extracts(assessment, language=language)))
    else:
        from geo_tej.report import parcel_report  # noqa: PLC0415

        for parcel in assessment.parcels.index:
            click.echo(parcel_report(assessment, parcel, language, in_full=bool(uses)))
    finish(project)
