"""The command line: it asks, the engine answers, and words go to the terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo_tej.errors import GeoTejError, QuestionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo_tej.i18n import Language
    from geo_tej.model import Project, Rulebook
    from geo_tej.verdict import Assessment

FAULTY_LAYER, FAULTY_INPUT = 1, 2
"""Exit codes: a control layer could not be read and outputs say so; nothing was done."""

_CHANGES = ("added", "removed", "changed")


class _Commands(click.Group):
    """Turns an error made on purpose into one sentence on stderr and the exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  what a command returns
        try:
            return super().invoke(ctx)
        except GeoTejError as fault:
            click.echo(f"geo-tej: {fault}", err=True)
            sys.exit(FAULTY_INPUT)

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


def _option(*names: str, **settings: Any) -> Callable[..., Any]:  # noqa: ANN401  click's settings
    return click.option(*names, **settings)


manifest_option = _option(
    "-m", "--manifest", default="layers/layers.toml", show_default=True, type=click.Path(path_type=Path),
    help="The manifest: which layers, which rulebook, which day.",
)  # fmt: skip
scenario_option = _option("--scenario", help="A scenario of the manifest to put in force.")
language_option = _option(
    "--lang", type=click.Choice(["zh", "en"]), help="Language of the output; the manifest's unless given."
)
json_option = _option("--json", "as_json", is_flag=True, help="Print JSON instead of words.")
use_option = _option("-u", "--use", "uses", multiple=True, help="A use, by id or reference; all unless given.")
pathway_option = _option("--pathway", "pathways", multiple=True, help="A pathway; all unless given.")
on_option = _option("--on", help="The day whose law applies, like 2026-06-30; the manifest's unless given.")
fact_option = _option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact to take as given.")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="geo_tej", prog_name="geo-tej")
def main() -> None:
    """Say which site may take which use, under which article, and map it.

    Example: geo-tej run
    """


@main.command()
@manifest_option
@scenario_option
@language_option
@_option(
    "-o", "--output", default="maps", show_default=True, type=click.Path(path_type=Path), help="Folder to write to."
)
def run(manifest: Path, scenario: str | None, lang: Language | None, output: Path) -> None:
    """Do the whole job: check the layers, assess every parcel, write tables and maps.

    Example: geo-tej run -o maps
    """
    from geo_tej import engine  # noqa: PLC0415  keeps --help instant

    with _progress() as tell:
        tell("layers")
        project = _project(manifest, scenario)
        assessment, written = engine.run(project, output, language=lang or project.language, tell=tell)
    _summary(assessment, lang or project.language)
    click.echo(f"{output}/: " + ", ".join(written))
    _end(project)


@main.command()
@manifest_option
@scenario_option
@json_option
def layers(manifest: Path, scenario: str | None, as_json: bool) -> None:  # noqa: FBT001  click passes flags so
    """Say what each layer is, what was repaired or set aside, and what is missing.

    Example: geo-tej layers
    """
    from geo_tej import engine  # noqa: PLC0415

    with _progress() as tell:
        tell("layers")
        project = _project(manifest, scenario)
    rows = engine.layer_rows(project)
    if as_json:
        click.echo(engine.as_json(rows))
    else:
        _table(
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
    _end(project)


@main.command()
@click.argument("parcels", nargs=-1)
@_option("--at", metavar="LON,LAT", help="The parcels at a point, in degrees.")
@_option("--shape", type=click.Path(path_type=Path), help="A file whose polygons are taken as parcels.")
@use_option
@pathway_option
@on_option
@fact_option
@manifest_option
@scenario_option
@language_option
@json_option
def check(  # noqa: PLR0913  the question has these parts
    parcels: tuple[str, ...],
    at: str | None,
    shape: Path | None,
    uses: tuple[str, ...],
    pathways: tuple[str, ...],
    on: str | None,
    facts: tuple[str, ...],
    manifest: Path,
    scenario: str | None,
    lang: Language | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Say what may come to a parcel, why, and what is still open.

    Example: geo-tej check SD-0107 --use tourist-hotel --pathway keep_building
    """
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.verdict import assess  # noqa: PLC0415

    with _progress() as tell:
        tell("layers")
        project = _project(manifest, scenario)
        chosen = engine.chosen_parcels(project, parcels, at=_point(at), shape=shape)
        tell("check")
        assessment = assess(
            project, parcels=chosen, uses=uses or None, pathways=pathways or None, on=_day(on), facts=_facts(facts)
        )
    language = lang or project.language
    if as_json:
        click.echo(engine.as_json(engine.extracts(assessment, language=language)))
    else:
        from geo_tej.report import parcel_report  # noqa: PLC0415

        for parcel in assessment.parcels.index:
            click.echo(parcel_report(assessment, parcel, language, in_full=bool(uses)))
    _end(project)


@main.command()
@_option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="A .gpkg, .parquet, .xlsx or .csv file."
)
@_option("--enterprises", is_flag=True, help="A row an enterprise, with the range over its parcels.")
@_option("--kind", type=click.Choice(["rights", "survey"]), help="Only parcels of this kind.")
@use_option
@pathway_option
@on_option
@fact_option
@manifest_option
@scenario_option
@language_option
def assess(  # noqa: PLR0913
    output: Path,
    enterprises: bool,  # noqa: FBT001
    kind: str | None,
    uses: tuple[str, ...],
    pathways: tuple[str, ...],
    on: str | None,
    facts: tuple[str, ...],
    manifest: Path,
    scenario: str | None,
    lang: Language | None,
) -> None:
    """Assess every parcel, or every enterprise, and write the table.

    Example: geo-tej assess --enterprises -o enterprises.xlsx
    """
    from geo_tej import engine  # noqa: PLC0415

    with _progress() as tell:
        assessment = _assessment(manifest, scenario, uses, pathways, on, facts, kind, tell)
        project = assessment.project
        tell(output.name)
        engine.write_assessment(assessment, output, enterprises=enterprises, language=lang or project.language)
    click.echo(str(output))
    _end(project)


@main.command()
@click.argument("parcels", type=click.Path(path_type=Path))
@click.argument("zones", type=click.Path(path_type=Path))
@_option("-o", "--output", required=True, type=click.Path(path_type=Path), help="A .parquet, .csv or .xlsx file.")
@_option("--parcel-id", default="parcel_id", show_default=True, help="Column of PARCELS with the ids.")
@_option("--zone-class", default="zone_class", show_default=True, help="Column of ZONES with the classes.")
@_option("--layer", help="Column of ZONES that tells layers apart; one layer unless given.")
def ledger(  # noqa: PLR0913
    parcels: Path, zones: Path, output: Path, parcel_id: str, zone_class: str, layer: str | None
) -> None:
    """Write how much of each parcel of one file lies in each class of zone of another.

    Example: geo-tej ledger parcels.parquet zones.parquet -o ledger.parquet
    """
    from geo_tej import engine  # noqa: PLC0415

    with _progress() as tell:
        tell("ledger")
        rows = engine.write_ledger(parcels, zones, output, parcel_id=parcel_id, zone_class=zone_class, layer=layer)
    click.echo(f"{output}: {rows:,} overlaps")


@main.command(name="map")
@click.argument("kind", type=click.Choice(["constraint", "use"]))
@_option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The .html file to write.")
@use_option
@pathway_option
@on_option
@fact_option
@manifest_option
@scenario_option
@language_option
def map_(  # noqa: PLR0913
    kind: str,
    output: Path,
    uses: tuple[str, ...],
    pathways: tuple[str, ...],
    on: str | None,
    facts: tuple[str, ...],
    manifest: Path,
    scenario: str | None,
    lang: Language | None,
) -> None:
    """Write one interactive page that opens without a network: all constraints, or one use.

    Example: geo-tej map use --use tourist-hotel -o hotel.html
    """
    from geo_tej import engine  # noqa: PLC0415

    if kind == "use" and not uses:
        message = "map use needs --use, like --use tourist-hotel; geo-tej rules lists the uses"
        raise QuestionError(message)
    with _progress() as tell:
        assessment = _assessment(manifest, scenario, uses, pathways, on, facts, None, tell)
        tell(output.name)
        engine.save_map(assessment, output, language=lang or assessment.project.language, kind=kind)
    click.echo(str(output))
    _end(assessment.project)


@main.command()
@click.argument("rulebook", required=False)
@_option("--todo", is_flag=True, help="Rank the unverified rules by the verdicts on your layers that they hold open.")
@_option("--coverage", is_flag=True, help="Show, use by layer, where the rulebook speaks.")
@_option("--diff", nargs=2, metavar="A B", help="Say which rules differ between two rulebooks, names or folders.")
@_option("-o", "--output", type=click.Path(path_type=Path), help="Write the coverage to a .csv or .xlsx file.")
@on_option
@manifest_option
@scenario_option
@language_option
@json_option
def rules(  # noqa: PLR0913
    rulebook: str | None,
    todo: bool,  # noqa: FBT001
    coverage: bool,  # noqa: FBT001
    diff: tuple[str, str] | None,
    output: Path | None,
    on: str | None,
    manifest: Path,
    scenario: str | None,
    lang: Language | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """List and check a rulebook: a bundled one by name, a folder, or the manifest's with its sign-offs.

    --todo says which texts to read first, --coverage where the law is encoded, --diff what changed.

    Example: geo-tej rules zhejiang-scenic --coverage
    """
    _one_of({"--todo": todo, "--coverage": coverage, "--diff": diff is not None}, rulebook, output)
    if diff is not None:
        _diff(*diff, as_json=as_json)
    elif todo:
        _todo(manifest, scenario, _day(on), lang, as_json=as_json)
    elif coverage:
        _coverage(_book(rulebook, manifest, scenario), _day(on), lang or "en", output, as_json=as_json)
    else:
        from geo_tej import engine  # noqa: PLC0415
        from geo_tej.report import rulebook_report  # noqa: PLC0415

        book = _book(rulebook, manifest, scenario)
        rows = engine.as_json(engine.rule_rows(book, on=_day(on))) if as_json else ""
        click.echo(rows or rulebook_report(book, lang or "en", on=_day(on)))


@main.command()
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


def _one_of(asked: dict[str, bool], rulebook: str | None, output: Path | None) -> None:
    """Refuse questions to `rules` that do not go together."""
    chosen = [name for name, wanted in asked.items() if wanted]
    if len(chosen) > 1:
        message = f"{' and '.join(chosen)} are different questions; ask one at a time"
        raise QuestionError(message)
    if rulebook is not None and chosen in (["--todo"], ["--diff"]):
        what = "your own layers (-m MANIFEST)" if chosen == ["--todo"] else "the two rulebooks that follow it"
        message = f"{chosen[0]} is asked of {what}; leave {rulebook!r} out"
        raise QuestionError(message)
    if output is not None and chosen != ["--coverage"]:
        message = "-o belongs to --coverage; the others print, with --json for programs"
        raise QuestionError(message)


def _book(rulebook: str | None, manifest: Path, scenario: str | None) -> Rulebook:
    from geo_tej.io import read_law  # noqa: PLC0415
    from geo_tej.rulebook import read_rulebook  # noqa: PLC0415

    return read_law(manifest, scenario=scenario) if rulebook is None else read_rulebook(rulebook)


def _todo(manifest: Path, scenario: str | None, on: date | None, lang: Language | None, *, as_json: bool) -> None:
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.report import todo_report  # noqa: PLC0415

    with _progress() as tell:
        tell("layers")
        project = _project(manifest, scenario)
        tell("assess")
        rows = engine.todo_rows(project, on=on)
    if as_json:
        click.echo(engine.as_json(rows))
    else:
        header, cells, rest = todo_report(rows, lang or project.language)
        if cells:
            _table(header, cells)
        click.echo(rest)
    _end(project)


def _coverage(book: Rulebook, on: date | None, language: Language, output: Path | None, *, as_json: bool) -> None:
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.report import coverage_report  # noqa: PLC0415

    table = engine.coverage_table(book, on=on)
    if output is not None:
        engine.write_coverage(table, output, language=language)
    if as_json:
        click.echo(engine.as_json(table))
    else:
        click.echo(coverage_report(table, language) if output is None else str(output))


def _diff(left: str, right: str, *, as_json: bool) -> None:
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.rulebook import read_rulebook  # noqa: PLC0415
    from geo_tej.rulebook.audit import difference  # noqa: PLC0415

    rows = difference(read_rulebook(left), read_rulebook(right))
    if as_json:
        click.echo(engine.as_json(rows))
    elif rows:
        header = ["change", "part", "id", "ref", "keys"]
        _table(header, [[row["change"], row["part"], row["id"], row["ref"], ", ".join(row["keys"])] for row in rows])
    if not as_json:
        counts = [sum(row["part"] == "rule" and row["change"] == kind for row in rows) for kind in _CHANGES]
        click.echo("rules: " + ", ".join(f"{count} {kind}" for count, kind in zip(counts, _CHANGES, strict=True)))


def _project(manifest: Path, scenario: str | None) -> Project:
    from geo_tej.io import read_project  # noqa: PLC0415

    return read_project(manifest, scenario=scenario)


def _assessment(  # noqa: PLR0913
    manifest: Path,
    scenario: str | None,
    uses: tuple[str, ...],
    pathways: tuple[str, ...],
    on: str | None,
    facts: tuple[str, ...],
    kind: str | None,
    tell: Callable[[str], None],
) -> Assessment:
    from geo_tej.verdict import assess as judge  # noqa: PLC0415

    tell("layers")
    project = _project(manifest, scenario)
    parcels = project.parcels if kind is None else project.parcels[project.parcels["kind"] == kind]
    if not len(parcels):
        message = f"the project has no parcels of the kind {kind}"
        raise QuestionError(message)
    tell("assess")
    return judge(
        project, parcels=parcels, uses=uses or None, pathways=pathways or None, on=_day(on), facts=_facts(facts)
    )


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        message = f"--on {text}: is no date; write it like 2026-06-30"
        raise QuestionError(message) from fault


def _point(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        longitude, latitude = (float(part) for part in text.split(","))
    except ValueError as fault:
        message = f"--at {text}: is no point; write it like 119.57,29.54"
        raise QuestionError(message) from fault
    return longitude, latitude


def _facts(pairs: tuple[str, ...]) -> dict[str, object]:
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


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show what is being done while it lasts, on a terminal only, on stderr."""
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True)
    with console.status("") as status:
        yield lambda stage: status.update(f"{stage} …")


def _table(header: list[str], rows: list[list[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*header, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console()
    console.print(table) if console.is_terminal else Console(width=200).print(table)


def _summary(assessment: Assessment, language: Language) -> None:
    from geo_tej.report import summary  # noqa: PLC0415

    click.echo(summary(assessment, language))


def _end(project: Project) -> None:
    """Leave with 1 if a control layer could not be read, having said which."""
    for layer, fault in project.faults.items():
        click.echo(f"geo-tej: layer {layer} failed: {fault}", err=True)
    for each in project.layers.values():
        if each.repaired and each.role in ("zones", "objects"):
            click.echo(f"geo-tej: layer {each.id}: {each.repaired} repaired; geo-tej layers says how", err=True)
    if project.faults:
        sys.exit(FAULTY_LAYER)
