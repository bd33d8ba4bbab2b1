"""The command `layers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import json_option, manifest_option, scenario_option
from geo_tej.cli.shared import finish, loaded, print_table, progress

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@manifest_option
@scenario_option
@json_option
def layers(manifest: Path, scenario: str | None, as_json: bool) -> None:  # noqa: FBT001  click passes flags so
    """Say what each layer is, what was repaired or set aside, and what is missing.

    Example: geo-tej layers
    """
    from geo_tej import engine  # noqa: PLC0415

    with progress() as tell:
        tell("layers")
        project = loaded(manifest, scenario)
    rows = engine.layer_rows(project)
    if as_json:
        click.echo(engine.as_json(rows))
    else:
        print_table(
            ["id", "role", "title", "rows", "repaired", "set aside", "extent", "date", "remarks"],
            [
                [
                    row["id"], row["role"] or "—", row["title"], f"{row['rows']:,}", str(row["repaired"]),
                    str(row["set_aside"]), row["extent"] or "—", row["date"] or "—",
                    f"FAILED: {row['fault']}" if row["fault"] else row["remarks"],
                ]
                for row in rows
            ],
        )  # fmt: skip
    finish(project)
