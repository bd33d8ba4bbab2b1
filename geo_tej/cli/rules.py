"""The command `rules`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import as_day, json_option, language_option, manifest_option, on_option, scenario_option
from geo_tej.cli.shared import finish, loaded, print_table, progress
from geo_tej.errors import QuestionError

if TYPE_CHECKING:
    from datetime import date

    from geo_tej.i18n import Language
    from geo_tej.model import Rulebook


_CHANGES = ("added", "removed", "changed")


@click.command()
@click.argument("rulebook", required=False)
@click.option("--todo", is_flag=True, help="Rank the unverified rules by the verdicts on your layers they hold open.")
@click.option("--coverage", is_flag=True, help="Show, use by layer, where the rulebook speaks.")
@click.option("--diff", nargs=2, metavar="A B", help="Say which rules differ between two rulebooks, names or folders.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the coverage to a .csv or .xlsx file.")
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
        _diff(*diff, lang or "en", as_json=as_json)
    elif todo:
        _todo(manifest, scenario, as_day(on), lang, as_json=as_json)
    elif coverage:
        _coverage(_book(rulebook, manifest, scenario), as_day(on), lang or "en", output, as_json=as_json)
    else:
        from geo_tej import engine  # noqa: PLC0415
        from geo_tej.report import rulebook_report  # noqa: PLC0415

        book = _book(rulebook, manifest, scenario)
        rows = engine.as_json(engine.rule_rows(book, on=as_day(on))) if as_json else ""
        click.echo(rows or rulebook_report(book, lang or "en", on=as_day(on)))


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

    with progress() as tell:
        tell("layers")
        project = loaded(manifest, scenario)
        tell("assess")
        rows = engine.todo_rows(project, on=on)
    if as_json:
        click.echo(engine.as_json(rows))
    else:
        header, cells, rest = todo_report(rows, lang or project.language)
        if cells:
            print_table(header, cells)
        click.echo(rest)
    finish(project)


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


def _diff(left: str, right: str, language: Language, *, as_json: bool) -> None:
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.rulebook import read_rulebook  # noqa: PLC0415
    from geo_tej.rulebook.audit import difference  # noqa: PLC0415
    from geo_tej.rulebook.changes import change_words  # noqa: PLC0415

    books = read_rulebook(left), read_rulebook(right)
    rows = difference(*books)
    if as_json:
        click.echo(engine.as_json(rows))
    else:
        for line in change_words(rows, *books, language):
            click.echo(line)
        counts = [sum(row["part"] == "rule" and row["change"] == kind for row in rows) for kind in _CHANGES]
        click.echo("rules: " + ", ".join(f"{count} {kind}" for count, kind in zip(counts, _CHANGES, strict=True)))
