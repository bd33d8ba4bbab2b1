"""The command `embed`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import Output, project_options
from geo_tej.cli.shared import finish, loaded, progress

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.cli.options import Asked


@click.command(short_help="Put maps and extracts into a document.")
@click.argument("document", type=Output())
@project_options
def embed(asked: Asked, *, document: Path) -> None:
    """Put maps and extracts into a document (.md, .qmd, .html, .docx) where its markers stand, or renew them.

    \b
    Markers:
      {{ geo-tej: map use=tourist-hotel height=480 }}   a map; also parcel=, pathway=, caption=
      {{ geo-tej: check parcel=SD-0107 }}               the extract as tables; with use=, every reason
      {{ geo-tej: text parcel=SD-0107 }}                one paragraph; with use=, its verdict
      {{ geo-tej: table kind=overlap by=village }}      also kind=matrix, kind=approvals; by=parcel
      {{ geo-tej: report parcel=SD-0107 use=museum }}   the check report in its sections

    Example: geo-tej embed plan.md
    """  # noqa: D301  the backspace itself tells click to keep the lines
    from geo_tej import engine  # noqa: PLC0415

    with progress() as tell:
        tell("layers")
        project = loaded(asked)
        done = engine.embed(project, document, language=asked.language(project), tell=tell)
    click.echo(f"{document}: {', '.join(done.markers)}")
    finish(project, asked)
