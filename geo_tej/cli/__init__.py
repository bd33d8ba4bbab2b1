"""The command line: it asks, the engine answers, and words go to the terminal."""

from __future__ import annotations

import atexit
import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from geo_tej.cli.assess import assess
from geo_tej.cli.check import check
from geo_tej.cli.embed import embed
from geo_tej.cli.init import init
from geo_tej.cli.layers import layers
from geo_tej.cli.ledger import ledger
from geo_tej.cli.map import map_
from geo_tej.cli.rules import rules
from geo_tej.cli.run import run
from geo_tej.cli.site import site
from geo_tej.cli.transition import transition
from geo_tej.errors import INTERRUPTED, INTERRUPTED_WORDS, GeoTejError

if TYPE_CHECKING:
    from collections.abc import Iterator

FAULTY_INPUT = 2
"""Exit code: the input or the question is at fault, and nothing was written."""


NEW_OBJECTS = 200_000
"""How many objects are made before garbage is looked for; the law and the modules make many that all stay."""


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for garbage less often: a command is over soon, and next to nothing it makes is garbage in a ring.

    When the process ends, what it still holds is not looked through: all memory is given back anyhow.
    """
    atexit.register(gc.freeze)
    before = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _ended() -> Iterator[None]:
    """Turn an error made on purpose into one sentence on stderr and the exit code 2, and Ctrl-C into 130."""
    try:
        yield
    except GeoTejError as fault:
        click.echo(f"geo-tej: {fault}", err=True)
        sys.exit(FAULTY_INPUT)
    except KeyboardInterrupt:
        click.echo(INTERRUPTED_WORDS, err=True)
        sys.exit(INTERRUPTED)


class _Commands(click.Group):
    """The commands, which end in words and an exit code whatever happens."""

    def make_context(self, *given: Any, **more: Any) -> click.Context:  # noqa: ANN401  click's own
        with _ended():
            return super().make_context(*given, **more)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  what a command returns
        with _ended(), _few_collections():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="geo_tej", prog_name="geo-tej")
def main() -> None:
    """Say which site may take which use, under which article, and map it.

    Example: geo-tej run
    """


for _command in (run, layers, check, assess, ledger, map_, embed, site, transition, rules, init):
    main.add_command(_command)
