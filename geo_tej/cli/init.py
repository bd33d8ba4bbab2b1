"""The command `init`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a starter project: a manifest to fill in, a rulebook to edit, an empty layers/.

    Example: geo-tej init my-town
    """
    from geo_tej import engine  # noqa: PLC0415

    for path in engine.init(folder):
        click.echo(str(path))
    click.echo(
        f"Put your layers into {folder / 'layers'}, name them in layers.toml, then: cd {folder} && geo-tej layers"
    )
