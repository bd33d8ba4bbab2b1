"""The command `check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import Output, as_point, json_option, question_options
from geo_tej.cli.shared import finish, loaded, progress, say
from geo_tej.errors import QuestionError
from geo_tej.i18n import told_in

if TYPE_CHECKING:
    from geo_tej.cli.options import Asked


@click.command(short_help="Say what may come to a parcel, and why.")
@click.argument("parcels", nargs=-1)
@click.option("--at", metavar="LON,LAT", help="The parcels at a point, in degrees.")
@click.option(
    "--shape", type=click.Path(path_type=Path),
    help="A file whose polygons are taken as parcels: any vector format, also a survey coordinate TXT.",
)  # fmt: skip
@click.option(
    "--crs", help="The file's coordinate reference system, like EPSG:4549, where it says none or a wrong one."
)
@click.option("--axes", type=click.Choice(["east-north", "north-east"]), help="Which coordinate stands first in it.")
@click.option("--offset", type=click.Choice(["gcj02", "bd09"]), help="The offset of the web map that it was drawn on.")
@click.option("--encoding", help="The coding of its text, like GBK.")
@click.option("--sublayer", help="Which layer of the file, where it holds several.")
@click.option("--txt", type=Output(), help="Also write the parcels as a survey coordinate TXT.")
@question_options("use", "pathway", "on", "fact", "tolerance")
@json_option
def check(  # noqa: PLR0913  the ways to name a parcel
    asked: Asked,
    *,
    parcels: tuple[str, ...],
    at: str | None,
    shape: Path | None,
    txt: Path | None,
    as_json: bool,
    **of_file: str | None,
) -> None:
    """Say what may come to a parcel, why, and what is still open.

    Example: geo-tej check SD-0107 --use tourist-hotel --pathway keep_building
    """
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.verdict import assess  # noqa: PLC0415

    declared = {name: value for name, value in of_file.items() if value is not None}
    _refuse_mixtures(shape, txt, [f"--{name}" for name in declared])
    with progress() as tell:
        tell("layers")
        project = loaded(asked)
        told: list[str] = []
        chosen = engine.chosen_parcels(
            project, parcels, at=as_point(at), shape=shape, declared=declared, tell=told.append
        )
        tell("check")
        assessment = assess(project, parcels=chosen, **asked.question)
        if txt is not None:
            engine.write_survey(project, chosen, txt)
    language = asked.language(project)
    for remark in told:
        click.echo(f"geo-tej: {told_in(remark, language)}", err=True)
    if as_json:
        click.echo(engine.as_json(engine.extracts(assessment, language=language)))
    else:
        from geo_tej.report import parcel_report  # noqa: PLC0415

        for parcel in assessment.parcels.index:
            say(parcel_report(assessment, parcel, language, in_full=asked.uses is not None))
    finish(project, asked)


def _refuse_mixtures(shape: Path | None, txt: Path | None, stray: list[str]) -> None:
    """Refuse what does not go together."""
    if shape is None and stray:
        message = f"{' and '.join(stray)} {'belongs' if len(stray) == 1 else 'belong'} to --shape FILE"
        raise QuestionError(message)
    if txt is not None and txt.suffix.lower() != ".txt":
        message = f"--txt {txt}: a survey coordinate file is text; name it .txt"
        raise QuestionError(message)
