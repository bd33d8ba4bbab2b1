"""The command `run`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import Output, json_option, question_options
from geo_tej.cli.shared import leave, progress, say
from geo_tej.engine.leftover import RESULTS
from geo_tej.i18n import Text, told_in

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.cli.options import Asked
    from geo_tej.engine import Ran

_SAME = Text(
    "与上次运行相比没有变化：图层、规则、地块和成果文件均未改动",
    "unchanged since the last run: layers, law, parcels, files",
)
_NOTHING = Text(
    "较上次运行，输入没有变化；缺失或被改动的文件已重写",
    "new since the last run: nothing that is read; files that were missing or altered are written again",
)
_AGAIN = Text("重做：{done}", "done again: {done}")
_STOOD = Text("沿用：{done}", "stood: {done}")
_OVERLAPPED = Text("叠加 {n:,} 块地（共 {of:,} 块）", "{n:,} of {of:,} parcels overlapped")
_OTHERS = Text("{n:,} 块地的叠加", "overlaps of {n:,} parcels")
_JUDGED = Text("判定 {of:,} 块地", "{of:,} parcels judged")
_VERDICTS = Text("全部判定", "all verdicts")
_WAYS_OUT = Text("退出路径", "ways out")
_FILES = Text("文件 {names}", "files {names}")
_LEFT = Text(
    "{folder}/ 中另有 {names}，为以前运行所留，不属本次成果",
    "{folder}/ also holds {names}, of an earlier run and not of this one",
)
_JOINT = Text("；", "; ")


@click.command(short_help="Do the whole job: layers, verdicts, tables, maps.")
@click.option("-o", "--output", default="maps", show_default=True, type=Output(*RESULTS), help="Folder to write to.")
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
        click.echo(f"geo-tej: {_LEFT[ran.language].format(folder=output, names=', '.join(left))}", err=True)
    leave([told_in(each, ran.language) for each in ran.notes], faulty=ran.faulty)


def _news(ran: Ran) -> list[str]:
    """Say what is new since the last run, what was done again because of it and what stood; nothing of a first run."""
    from geo_tej.engine.news import news_words  # noqa: PLC0415

    if ran.news is None:
        return []
    if not ran.written:
        return [_SAME[ran.language]]
    head = news_words(ran.news, ran.language) if ran.news else _NOTHING[ran.language]
    again, stood = _done(ran)
    return [
        head,
        *(
            words[ran.language].format(done=_JOINT[ran.language].join(done))
            for words, done in ((_AGAIN, again), (_STOOD, stood))
            if done
        ),
    ]


def _done(ran: Ran) -> tuple[list[str], list[str]]:
    """Name what was done again, and what was not."""
    language, again, stood = ran.language, [], []
    if ran.judged:
        again += [_OVERLAPPED[language].format(n=ran.recomputed, of=ran.parcels)] if ran.recomputed else []
        again.append(_JUDGED[language].format(of=ran.parcels))
    others = ran.parcels - ran.recomputed
    stood += [_OTHERS[language].format(n=others)] if others else []
    stood += [] if ran.judged else [_VERDICTS[language]]
    if ran.ways_out is not None:
        (again if ran.ways_out else stood).append(_WAYS_OUT[language])
    kept = ", ".join(name for name in ran.files if name not in ran.written)
    return again, stood + ([_FILES[language].format(names=kept)] if kept else [])


def _told(ran: Ran, output: Path) -> dict[str, object]:
    from geo_tej.engine.news import layers_changed  # noqa: PLC0415

    return {
        "folder": str(output),
        "files": {name: "written" if name in ran.written else "unchanged" for name in ran.files},
        "parcels": ran.parcels,
        "recomputed": ran.recomputed,
        "judged": ran.judged,
        "ways_out": ran.ways_out,
        "news": None if ran.news is None else [asdict(each) for each in ran.news],
        "layers_changed": None if ran.news is None else list(layers_changed(ran.news)),
        "faulty": ran.faulty,
        "notes": list(ran.notes),
        "summary": ran.summary.splitlines(),
        "news_words": _news(ran),
    }
