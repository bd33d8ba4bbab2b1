"""The command `transition`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import Output, as_day, json_option, question_options
from geo_tej.cli.shared import finish, loaded, print_table, progress, say
from geo_tej.errors import QuestionError
from geo_tej.i18n import Said, told_in

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.cli.options import Asked
    from geo_tej.i18n import Language
    from geo_tej.model import Project
    from geo_tej.transition import Transition


@click.command(short_help="Say which ways out each firm has.")
@click.argument("enterprises", nargs=-1)
@click.option("--progress", "as_progress", is_flag=True, help="Show, day by day, how many have come how far.")
@click.option("--record", nargs=2, metavar="ENTERPRISE STATUS", help="Record that an enterprise took a step.")
@click.option("--date", "day", help="The day of the step, like 2026-06-30.")
@click.option("--note", default="", help="A note on the step.")
@click.option("--officer", default="", help="Who took it down.")
@click.option("-o", "--output", type=Output(), help="Write a .xlsx, .csv, .gpkg or .parquet file instead.")
@question_options("use", "on", "fact")
@json_option
def transition(  # noqa: PLR0913  the question has these parts
    asked: Asked,
    *,
    enterprises: tuple[str, ...],
    as_progress: bool,
    record: tuple[str, str] | None,
    day: str | None,
    note: str,
    officer: str,
    output: Path | None,
    as_json: bool,
) -> None:
    """Say which ways out each enterprise has, what they need and cost, and how far each has come.

    Without ENTERPRISES all in a table, with them each in full. --record writes down a step of one of them, as
    the rulebook names it. In zhejiang-scenic: planned, agreed, moved, cleared, converted, withdrawn.

    Example: geo-tej transition E12
    """
    from geo_tej import engine  # noqa: PLC0415

    _refuse_mixtures(enterprises, record, day, note, officer, output, as_progress=as_progress)
    if as_json and (output or record):
        message = f"--json prints what is asked; leave it out with {'-o' if output else '--record'}"
        raise QuestionError(message)
    with progress() as tell:
        tell("layers")
        project = loaded(asked)
        if record is not None:
            _record(project, record, day, note, officer, asked.language(project))
            return
        tell("transition")
        told = engine.transitions(project, uses=asked.uses, on=asked.on, facts=asked.facts)
        for name in enterprises:
            told.firm(name)
    language = asked.language(project)
    if output is not None:
        engine.write_transition(told, output, language=language)
        click.echo(str(output))
    elif as_json:
        click.echo(engine.as_json(engine.transition_report(told, language=language, firms=enterprises or None)))
    else:
        _print(told, enterprises, language, as_progress=as_progress)
    finish(project, asked)


def _refuse_mixtures(  # noqa: PLR0913
    enterprises: tuple[str, ...],
    record: tuple[str, str] | None,
    day: str | None,
    note: str,
    officer: str,
    output: Path | None,
    *,
    as_progress: bool,
) -> None:
    """Refuse what does not go together."""
    message = ""
    if record is None and (day or note or officer):
        message = "--date, --note and --officer belong to --record ENTERPRISE STATUS"
    elif record is not None and day is None:
        message = "--record needs the day of the step: --date 2026-06-30"
    elif record is not None and (enterprises or output or as_progress):
        message = "--record writes one step down; ask for anything else in a second command"
    elif as_progress and (enterprises or output):
        message = (
            "--progress is of all enterprises, on the terminal or with --json; -o writes it too, in a sheet of .xlsx"
        )
    elif enterprises and output:
        message = "-o writes all enterprises; leave their names out"
    if message:
        raise QuestionError(message)


def _record(  # noqa: PLR0913
    project: Project, step: tuple[str, str], day: str | None, note: str, officer: str, language: Language
) -> None:
    from geo_tej import engine  # noqa: PLC0415

    when = as_day(day, option="--date")
    assert when is not None  # noqa: S101  narrows the type; a step without a day was refused
    event = engine.record(project, *step, day=when, note=note, officer=officer)
    title = project.rulebook.statuses[event.status].title[language]
    click.echo(f"{project.transition.events}: {event.enterprise} {title} ({event.status}) {event.date}")
    if event.date > project.on:
        told = Said(
            f"项目的适用日期为 {project.on}：该进展自 --on {event.date} 起计入",
            f"the project's day is {project.on}: the step counts with --on {event.date} and later",
        )
        click.echo(f"geo-tej: {told_in(told, language)}", err=True)


def _print(told: Transition, enterprises: tuple[str, ...], language: Language, *, as_progress: bool) -> None:
    from geo_tej import transition_report as report  # noqa: PLC0415

    if as_progress:
        if told.assessment.project.rulebook.statuses:
            print_table(*report.progress_table(told, language))
        else:
            click.echo(report.no_statuses(told, language))
    elif nothing := report.no_routes(told, language):
        click.echo(nothing)
    elif enterprises:
        say("\n\n".join(report.enterprise_report(told, name, language) for name in enterprises))
    else:
        print_table(*report.overview(told, language))
        say(report.legend(told, language))
        click.echo("")
        say(report.below(told, language))
