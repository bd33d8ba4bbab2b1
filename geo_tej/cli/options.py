"""The options that commands share, and how their words are read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from geo_tej.errors import QuestionError

manifest_option = click.option(
    "-m", "--manifest", default="layers/layers.toml", show_default=True, type=click.Path(path_type=Path),
    help="The manifest: which layers, which rulebook, which day.",
)  # fmt: skip
scenario_option = click.option("--scenario", help="A scenario of the manifest to put in force.")
language_option = click.option(
    "--lang", type=click.Choice(["zh", "en"]), help="Language of the output; the manifest's unless given."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of words.")
use_option = click.option("-u", "--use", "uses", multiple=True, help="A use, by id or reference; all unless given.")
pathway_option = click.option("--pathway", "pathways", multiple=True, help="A pathway; all unless given.")
on_option = click.option("--on", help="The day whose law applies, like 2026-06-30; the manifest's unless given.")
fact_option = click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact to take as given.")


def as_day(text: str | None, *, option: str = "--on") -> date | None:
    """Read a day, that of `--on` unless another option is named."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        message = f"{option} {text}: is no date; write it like 2026-06-30"
        raise QuestionError(message) from fault


def as_point(text: str | None) -> tuple[float, float] | None:
    """Read `--at`: longitude and latitude."""
    if text is None:
        return None
    try:
        longitude, latitude = (float(part) for part in text.split(","))
    except ValueError as fault:
        message = f"--at {text}: is no point; write it like 119.57,29.54"
        raise QuestionError(message) from fault
    return longitude, latitude


def as_facts(pairs: tuple[str, ...]) -> dict[str, object]:
    """Read `--fact` pairs, each name once."""
    facts: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            message = f"--fact {pair}: is no fact; write it like --fact sewage_to=outside"
            raise QuestionError(message)
        if name in facts:
            message = f"--fact {name}: is given twice"
            raise QuestionError(message)
        facts[name] = value
    return facts
