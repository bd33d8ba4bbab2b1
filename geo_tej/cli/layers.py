"""The command `layers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from geo_tej.cli.options import Output, json_option, project_options
from geo_tej.cli.shared import finish, print_table, read_with_bars, say
from geo_tej.i18n import COLON, LAYER_WORDS, ROLE_WORDS, Said, Text, aside, percent, told_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geo_tej.cli.options import Asked
    from geo_tej.i18n import Language

_TOLD = ("layer", "role", "rows", "repaired", "set_aside", "crs", "encoding", "coverage", "date", "licence")
_DECLARED, _FITS, _BY_FILE = Text("清单指定", "declared"), Text("相符", "fits"), Text("文件自述", "file")
_BY_FORMAT = Text("格式规定", "format")
_BRIEF = {"repaired": Text("修复", "rep."), "set_aside": Text("剔除", "aside"), "coverage": Text("覆盖", "cov.")}
_KNOWN = {
    "the manifest": _DECLARED, "declared": _DECLARED, "inferred": Text("推断", "inferred"),
    "guessed": Text("推测", "guessed"), "strict": _FITS, "nothing but": _FITS,
    "as the format": _BY_FORMAT,
}  # fmt: skip

_SHOWN = 3
"""How many remarks a layer has on the screen; the rest is told by --json and the page."""


@click.command(short_help="Say what each layer is, and what is wrong with it.")
@project_options
@click.option("-o", "--output", type=Output(), help="A page (.html) with a map of the problems.")
@click.option("--quarantine", type=Output(), help="A table (.csv, .xlsx) of the records that were set aside.")
@json_option
def layers(asked: Asked, *, output: Path | None, quarantine: Path | None, as_json: bool) -> None:
    """Say what each layer is, what was repaired or set aside, and what is missing.

    Example: geo-tej layers -o layers.html
    """
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.report import outlived_words  # noqa: PLC0415

    project = read_with_bars(asked)
    language = asked.language(project)
    covered = engine.coverage(project)
    rows = engine.layer_rows(project, covered=covered, language=language)
    written = []
    if output is not None:
        count = engine.write_layers_page(project, rows, output, language=language)
        remarks = sum(len(layer.remarks) for layer in project.layers.values())
        written.append(told_in(_page_words(output, count, remarks), language))
    if quarantine is not None:
        count = engine.write_set_aside(project, quarantine, language=language)
        said = Said(f"{quarantine}：剔除 {count:,} 条记录", f"{quarantine}: {count:,} records set aside")
        written.append(told_in(said, language))
    if as_json:
        click.echo(engine.as_json(engine.layer_details(project, engine.layer_rows(project, covered=covered))))
    else:
        header = [*(LAYER_WORDS[name][language] for name in _TOLD), ""]
        brief = [*(_BRIEF.get(name, LAYER_WORDS[name])[language] for name in _TOLD if name != "role"), ""]
        lines = [_line(row, language) for row in rows]
        print_table(header, lines, brief=(brief, [_briefly(line, language) for line in lines]), cut=(4, 5, 7, 8))
        for layer in project.layers.values():
            _tell(layer.id, layer.remarks, language)
        amiss = engine.places(project)
        for (name, kind), places in amiss.groupby(["layer", "kind"], sort=False):
            if kind != "duplicate":  # remarks tell those
                words = [engine.place_words(place) for place in places.to_dict("records")]
                _tell(str(name), words, language)
    for line in written:
        click.echo(line, err=as_json)
    for line in outlived_words(project):
        click.echo(f"geo-tej: {told_in(line, language)}", err=True)
    finish(project, asked)


def _page_words(output: Path, problems: int, remarks: int) -> Said:
    """Say how many problems the page maps and how many remarks it tells, and that there are none only if so."""
    counts = [("处问题", "problem", problems)] * bool(problems or not remarks)
    counts += [("条备注", "remark", remarks)] * bool(remarks)
    zh = "，".join(f"{count:,} {what}" for what, _, count in counts)
    en = ", ".join(f"{count:,} {what}{'' if count == 1 else 's'}" for _, what, count in counts)
    return Said(f"{output}：{zh}", f"{output}: {en}")


def _line(row: dict[str, Any], language: Language) -> list[str]:
    crs, coding = row["crs"].split(" (")[0], row["encoding"]
    state = "failed" if row["fault"] else "not_supplied" if row["remarks"] == "not supplied" else ""
    return [
        row["id"], ROLE_WORDS[row["role"]][language] if row["role"] else "—",
        *(f"{row[name]:,}" for name in ("rows", "repaired", "set_aside")),
        crs + _whose(row["crs_how"], language) if crs else "—",
        coding + _whose(row["encoding_how"], language) if coding else "—",
        "—" if row["coverage"] is None else percent(row["coverage"]), row["date"] or "—", row["licence"] or "—",
        LAYER_WORDS[state][language] if state else "",
    ]  # fmt: skip


def _briefly(line: list[str], language: Language) -> list[str]:
    """Say a line without the role, and of CRS and coding what is not to be expected."""
    name, _, *numbers, crs, coding, covers, date, licence, state = line
    for usual in (_BY_FORMAT, _FITS):
        coding = coding.removesuffix(aside(usual[language], language))
    crs = crs.removeprefix("EPSG:").replace("（", " ").replace("）", "")  # brackets of two letters' width
    return [name, *numbers, crs, coding, covers, date, licence, state]


def _whose(how: str, language: Language) -> str:
    """Say in one word how something was known."""
    known = next((words for start, words in _KNOWN.items() if how.startswith(start)), _BY_FILE)
    return aside(known[language], language)


def _tell(layer: str, remarks: Sequence[str], language: Language) -> None:
    """Print what there is to say of a layer, below the table."""
    for remark in remarks[:_SHOWN]:
        say(f"  {layer}{COLON[language]}{told_in(remark, language)}")
    if len(remarks) > _SHOWN:
        more = len(remarks) - _SHOWN
        said = Said(f"另有 {more} 条（--json 或 -o layers.html）", f"and {more} more (--json, or -o layers.html)")
        say(f"  {layer}{COLON[language]}{told_in(said, language)}")
