"""The command `init`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Make a starter project.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    help="A folder of files: the manifest is guessed from them, each guess with a comment on why, and the rulebook "
    "drafted with their classes of zone, to be filled in.",
)
@click.option("--rulebook", help="A bundled rulebook, such as zhejiang-scenic, instead of one to edit.")
def init(folder: Path, source: Path | None, rulebook: str | None) -> None:
    """Make a starter project: layers/ with a manifest to fill in and a rulebook to edit; your files go beside them.

    Example: geo-tej init my-town --from data
    """
    from geo_tej import engine  # noqa: PLC0415

    for path in engine.init(folder, source=source, rulebook=rulebook):
        click.echo(str(path))
    layers = folder / "layers"
    if source is not None:
        click.echo(f"1. Read the comments in {layers / 'layers.toml'}, correct it, then: geo-tej layers -m {layers}")
        if rulebook is None:
            click.echo(
                f"2. Write down your law: fill in the tables in {layers / 'rulebook'} (its rulebook.toml says how)"
            )
        last = 2 if rulebook else 3
        click.echo(f"{last}. geo-tej check PARCEL -m {layers}; geo-tej map constraint -m {layers} -o map.html")
        return
    click.echo(
        f"Put your layers into {folder / 'layers'}, name them in layers.toml, then: cd {folder} && geo-tej layers"
    )
