"""The command `layers`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo_tej.cli.options import json_option, project_options
from geo_tej.cli.shared import finish, print_table, read_with_bars
from geo_tej.i18n import Said, told_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_tej.cli.options import Asked
    from geo_tej.i18n import Language

_SHOWN = 3
"""How many remarks a layer has on the screen; the rest is told by --json and the page."""


@click.command()
@project_options
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A page (.html) with a map of the problems.")
@click.option(
    "--quarantine", type=click.Path(path_type=Path), help="A table (.csv, .xlsx) of the records that were set aside."
)
@json_option
def layers(asked: Asked, *, output: Path | None, quarantine: Path | None, as_json: bool) -> None:
    """Say what each layer is, what was repaired or set aside, and what is missing.

    Example: geo-tej layers -o layers.html
    """
    from geo_tej import engine  # noqa: PLC0415

    project = read_with_bars(asked)
    language = asked.language(project)
    covered = engine.coverage(project)
    rows = engine.layer_rows(project, covered=covered, language=language)
    written = []
    if output is not None:
        count = engine.write_layers_page(project, rows, output, language=language)
        written.append(f"{output}: {count} problems")
    if quarantine is not None:
        written.append(
            f"{quarantine}: {engine.write_set_aside(project, quarantine, language=language)} records set aside"
        )
    if as_json:
        click.echo(engine.as_json(engine.layer_details(project, engine.layer_rows(project, covered=covered))))
    else:
        header = ["id", "role", "rows", "repaired", "set aside", "CRS", "coding", "covers", "date", "licence", ""]
        brief = ["id", "rows", "rep.", "aside", "CRS", "coding", "cov.", "date", "licence", ""]
        lines = [_line(row) for row in rows]
        print_table(header, lines, brief=(brief, [_briefly(line) for line in lines]), cut=(4, 5, 7, 8))
        for layer in project.layers.values():
            _tell(layer.id, layer.remarks, language)
        amiss = engine.places(project)
        for (name, kind), places in amiss.groupby(["layer", "kind"], sort=False):
            if kind != "duplicate":  # remarks tell those
                words = [engine.place_words(place) for place in places.to_dict("records")]
                _tell(str(name), words, language)
    for line in written:
        click.echo(line, err=as_json)
    finish(project)


def _line(row: dict[str, Any]) -> list[str]:
    crs = row["crs"].split(" (")[0]
    coding = row["encoding"]
    return [
        row["id"], row["role"] or "—", f"{row['rows']:,}", str(row["repaired"]), str(row["set_aside"]),
        f"{crs} {_whose(row['crs_how'])}" if crs else "—", f"{coding} {_whose(row['encoding_how'])}" if coding else "—",
        "—" if row["coverage"] is None else f"{row['coverage']:.0%}", row["date"] or "—", row["licence"] or "—",
        "FAILED" if row["fault"] else "not supplied" if row["remarks"] == "not supplied" else "",
    ]  # fmt: skip


def _briefly(line: list[str]) -> list[str]:
    """Say a line without the role, and of CRS and coding what is not to be expected."""
    name, _, *numbers, crs, coding, covers, date, licence, state = line
    usual = coding.removesuffix(" (format)").removesuffix(" (fits)")
    return [name, *numbers, crs.removeprefix("EPSG:"), usual, covers, date, licence, state]


def _whose(how: str) -> str:
    """Say in one word how something was known."""
    words = {"the manifest": "declared", "declared": "declared", "inferred": "inferred", "guessed": "guessed",
             "strict": "fits", "nothing but": "fits", "as the format": "format"}  # fmt: skip
    return f"({next((word for start, word in words.items() if how.startswith(start)), 'file')})"


def _tell(layer: str, remarks: Sequence[str], language: Language) -> None:
    """Print what there is to say of a layer, below the table."""
    for remark in remarks[:_SHOWN]:
        click.echo(f"  {layer}: {told_in(remark, language)}")
    if len(remarks) > _SHOWN:
        more = len(remarks) - _SHOWN
        said = Said(f"另有 {more} 条（--json 或 -o layers.html）", f"and {more} more (--json, or -o layers.html)")
        click.echo(f"  {layer}: {told_in(said, language)}")
