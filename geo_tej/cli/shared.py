"""What commands do alike: read the project, show progress and tables, end with the right code."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from geo_tej.errors import QuestionError
from geo_tej.i18n import told_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from geo_tej.cli.options import Asked
    from geo_tej.model import Project
    from geo_tej.verdict import Assessment

FAULTY_LAYER = 1
"""Exit code: a control layer could not be read, and the outputs say so."""

INTERRUPTED = 130
"""Exit code: somebody pressed Ctrl-C."""


def loaded(asked: Asked) -> Project:
    """Read the project."""
    from geo_tej.io import read_project  # noqa: PLC0415

    return read_project(asked.manifest, scenario=asked.scenario)


def assessed(asked: Asked, tell: Callable[[str], None], *, kind: str | None = None) -> Assessment:
    """Read the project and assess its parcels, or those of one kind."""
    from geo_tej.verdict import assess as judge  # noqa: PLC0415

    tell("layers")
    project = loaded(asked)
    parcels = project.parcels if kind is None else project.parcels[project.parcels["kind"] == kind]
    if not len(parcels):
        message = f"the project has no parcels of the kind {kind}"
        raise QuestionError(message)
    tell("assess")
    return judge(project, parcels=parcels, **asked.question)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show what is being done while it lasts, on a terminal only, on stderr."""
    if not sys.stderr.isatty():
        yield lambda _stage: None
        return
    from rich.console import Console  # noqa: PLC0415  not woken in vain

    console = Console(stderr=True)
    with console.status("") as status:
        yield lambda stage: status.update(f"{stage} …")


def read_with_bars(asked: Asked) -> Project:
    """Read the project, with a bar for the layer that is being read, on a terminal only, on stderr."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    from geo_tej.io import read_project  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("layers", total=None)

        def tell(layer: str, done: int, of: int) -> None:
            bars.update(bar, description=layer, completed=done, total=of)

        return read_project(asked.manifest, scenario=asked.scenario, tell=tell)


def print_table(header: list[str], rows: list[list[str]], *, one_line: bool = False) -> None:
    """Print rows as a table; cells are text, never markup; `one_line` cuts what does not fit into a row's line."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in header:
        table.add_column(name, no_wrap=one_line, overflow="ellipsis" if one_line else "fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console()
    console.print(table) if console.is_terminal else Console(width=200).print(table)


def say(text: str) -> None:
    """Print text for people: on a terminal long lines are broken to its width, elsewhere they stay whole."""
    from geo_tej.i18n import folded  # noqa: PLC0415

    click.echo(folded(text, shutil.get_terminal_size().columns) if sys.stdout.isatty() else text)


def finish(project: Project, *, on: date | None = None) -> None:
    """Leave with 1 if a control layer could not be read, having said which; point out what else is amiss."""
    from geo_tej.report import complaints  # noqa: PLC0415

    leave([told_in(each, project.language) for each in complaints(project, on=on)], faulty=bool(project.faults))


def leave(told: Iterable[str], *, faulty: bool) -> None:
    """Say on stderr what there is to complain of, and leave with 1 where a control layer could not be read."""
    for line in told:
        click.echo(f"geo-tej: {line}", err=True)
    if faulty:
        sys.exit(FAULTY_LAYER)
