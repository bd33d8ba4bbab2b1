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
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from geo_tej.cli.options import Asked
    from geo_tej.model import Project
    from geo_tej.verdict import Assessment

_LEAST_CELL = 4
FAULTY_LAYER = 1
"""Exit code: a control layer could not be read, and the outputs say so."""


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


def print_table(
    header: list[str],
    rows: list[list[str]],
    *,
    brief: tuple[list[str], list[list[str]]] | None = None,
    cut: Sequence[int] = (),
) -> None:
    """Print rows as a table; cells are text, never markup.

    With a `brief` header and rows, a row takes one line: on a terminal that is too narrow for the table those are
    printed instead, their columns to `cut` shortened, the widest first.
    """
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    console = console if console.is_terminal else Console(width=200)
    gap = 2
    if brief is not None and shortened([header, *rows], console.width, range(len(header)), gap=gap) != [header, *rows]:
        gap = 1
        header, *rows = shortened([brief[0], *brief[1]], console.width, cut, gap=gap)
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for name in header:
        table.add_column(name, no_wrap=brief is not None, overflow="fold" if brief is None else "ellipsis")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def shortened(rows: list[list[str]], width: int, cut: Sequence[int], *, gap: int) -> list[list[str]]:
    """Return rows of cells whose columns to `cut` are so short that a row fits into a width, in letters' widths.

    >>> shortened([["id", "licence"], ["A", "CC-BY-4.0 and more"]], 12, [1], gap=2)
    [['id', 'licence'], ['A', 'CC-BY-4…']]
    """
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    while sum(widths) + gap * (len(widths) - 1) > width:
        widest = max(cut, key=lambda column: widths[column])
        if widths[widest] <= _LEAST_CELL:
            break
        widths[widest] -= 1
    return [
        [
            cell if cell_len(cell) <= wide else set_cell_size(cell, wide - 1).rstrip() + "…"
            for cell, wide in zip(row, widths, strict=True)
        ]
        for row in rows
    ]


def say(text: str) -> None:
    """Print text for people: on a terminal long lines are broken to its width, elsewhere they stay whole."""
    from geo_tej.i18n import folded  # noqa: PLC0415

    click.echo(folded(text, shutil.get_terminal_size().columns) if sys.stdout.isatty() else text)


def finish(project: Project, asked: Asked) -> None:
    """Leave with 1 if a control layer could not be read, having said which; point out what else is amiss."""
    from geo_tej.report import complaints  # noqa: PLC0415

    told = [told_in(each, asked.language(project)) for each in complaints(project, on=asked.on)]
    leave(told, faulty=bool(project.faults))


def leave(told: Iterable[str], *, faulty: bool) -> None:
    """Say on stderr what there is to complain of, and leave with 1 where a control layer could not be read."""
    for line in told:
        click.echo(f"geo-tej: {line}", err=True)
    if faulty:
        sys.exit(FAULTY_LAYER)
