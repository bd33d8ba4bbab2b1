"""The command `run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import json_option, question_options
from geo_tej.cli.shared import leave, progress, say
from geo_tej.i18n import Text

if TYPE_CHECKING:
    from geo_tej.cli.options import Asked
    from geo_tej.engine import Ran

_SAME = Text(
    "与上次运行相比没有变化：图层、规则、地块和成果文件均未改动",
    "unchanged since the last run: layers, law, parcels, files",
)
_LAYERS = Text("图层：有变化的是 {names}", "layers: {names} changed")
_NO_LAYER = Text("图层：没有变化", "layers: unchanged")
_OVERLAPS = Text(
    "叠加：{parcels:,} 块地中重算 {recomputed:,} 块，其余沿用上次结果",
    "overlaps: {recomputed:,} of {parcels:,} parcels recomputed, the others as before",
)
_KEPT = Text("未改动的文件：{names}", "unchanged: {names}")


@click.command(short_help="Do the whole job: layers, verdicts, tables, maps.")
@click.option(
    "-o", "--output", default="maps", show_default=True, type=click.Path(path_type=Path), help="Folder to write to."
)
@click.option("--fresh", is_flag=True, help="Do everything again, whatever the last run has kept.")
@json_option
@question_options("tolerance")
def run(asked: Asked, *, output: Path, fresh: bool, as_json: bool) -> None:
    """Do the whole job: check the layers, assess every parcel, write tables and maps.

    A second run does only what is new since the last one: it tells inputs by their content, and of an edited layer it
    works on the parcels that the edit can reach. What it needs for that lies in .geo-tej beside the manifest, and may
    be deleted at any time.

    Example: geo-tej run -o maps
    """
    from geo_tej import engine  # noqa: PLC0415  keeps --help instant

    engine.require_folder(output)
    job = engine.Asked(manifest=asked.manifest, scenario=asked.scenario, language=asked.lang, tolerance=asked.tolerance)
    with progress() as tell:
        ran = engine.run(job, output, fresh=fresh, tell=tell)
    left = engine.left_over(output, ran.files)
    if as_json:
        click.echo(engine.as_json(_told(ran, output) | {"left_over": left}))
    else:
        say(ran.summary)
        for line in _news(ran):
            click.echo(line)
        click.echo(f"{output}/: " + ", ".join(ran.files))
    if left:
        click.echo(f"geo-tej: {output}/ also holds {', '.join(left)}, of an earlier run and not of this one", err=True)
    leave(ran.notes, faulty=ran.faulty)


def _news(ran: Ran) -> list[str]:
    """Say how much of a run was as the last one had left it, where there was one."""
    if ran.changed is None:
        return []
    if not ran.written:
        return [_SAME[ran.language]]
    kept = ", ".join(name for name in ran.files if name not in ran.written)
    return [
        _LAYERS[ran.language].format(names=", ".join(ran.changed)) if ran.changed else _NO_LAYER[ran.language],
        _OVERLAPS[ran.language].format(recomputed=ran.recomputed, parcels=ran.parcels),
        *([_KEPT[ran.language].format(names=kept)] if kept else []),
    ]


def _told(ran: Ran, output: Path) -> dict[str, object]:
    return {
        "folder": str(output),
        "files": {name: "written" if name in ran.written else "unchanged" for name in ran.files},
        "parcels": ran.parcels,
        "recomputed": ran.recomputed,
        "layers_changed": None if ran.changed is None else list(ran.changed),
        "faulty": ran.faulty,
        "notes": list(ran.notes),
        "summary": ran.summary.splitlines(),
    }
