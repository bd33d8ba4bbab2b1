"""The command `rules`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_tej.cli.options import Output, as_day, json_option, question_options
from geo_tej.cli.shared import finish, loaded, print_table, progress, say
from geo_tej.errors import QuestionError
from geo_tej.i18n import Said, told_in

if TYPE_CHECKING:
    from datetime import date

    from geo_tej.cli.options import Asked
    from geo_tej.i18n import Language
    from geo_tej.model import Rulebook


_SHOWN = 5
"""So many ids of what was signed are named."""

_CHANGES = ("added", "removed", "changed")


@click.command(short_help="List, check, sign and compare rulebooks.")
@click.argument("rulebook", required=False)
@click.option("--todo", is_flag=True, help="Rank the unverified rules by the verdicts on your layers they hold open.")
@click.option("--coverage", is_flag=True, help="Show, use by layer, where the rulebook speaks.")
@click.option(
    "--diff", nargs=2, metavar="A B", help="Say what differs between two rulebooks: names, folders, workbooks."
)
@click.option(
    "--export",
    type=Output(fresh=True),
    metavar="FOLDER|FILE.xlsx",
    help="Write the rulebook as tables to edit.",
)
@click.option("--sign", metavar="RULE", help="Sign a rule, a ref or a matrix off in the manifest's sign-offs.")
@click.option("--who", help="Who read the text (with --sign).")
@click.option("--when", help="On which day, like 2026-06-30 (with --sign).")
@click.option("--text", help="Which text: gazette, edition, address (with --sign).")
@click.option("-o", "--output", type=Output(), help="Write the coverage to a .csv or .xlsx file.")
@question_options("on")
@json_option
def rules(  # noqa: PLR0913  each is a question of its own
    asked: Asked,
    *,
    rulebook: str | None,
    todo: bool,
    coverage: bool,
    diff: tuple[str, str] | None,
    export: Path | None,
    sign: str | None,
    who: str | None,
    when: str | None,
    text: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """List and check a rulebook: a bundled one by name, a folder, a workbook, or the manifest's with its sign-offs.

    --todo says which texts to read first, --coverage where the law is encoded, --diff what changed, cell by cell.

    A rulebook is a folder: rulebook.toml and its tables (uses, permits, not-encoded, setbacks, rules, and those that
    [[matrix]] names), each as NAME.csv, as NAME.xlsx, or as the sheet NAME of one rulebook.xlsx; or it is one workbook
    of any name, whose sheet rulebook.toml holds that text. --export writes either, ready to edit; a spreadsheet keeps
    the zeros of codes (0901) in the workbook, not in a CSV. Faults are told all at once, with sheet, row and column.

    --sign adds a row (rule, who, when, text, hash) to the sign-offs; it no longer counts once the rule has changed.

    Example: geo-tej rules zhejiang-scenic --export my-rules.xlsx
    """
    chosen = {"--todo": todo, "--coverage": coverage, "--diff": diff is not None, "--export": export is not None}
    _one_of(chosen | {"--sign": sign is not None}, rulebook, output)
    _whole({"--sign": sign, "--who": who, "--when": when, "--text": text})
    if output is not None and rulebook is not None:
        _require_other(output, rulebook)
    if export is not None:
        _export(asked, rulebook, export)
    elif sign is not None and who and text:
        _sign(asked, sign, who, as_day(when, option="--when"), text)
    elif diff is not None:
        _diff(*diff, asked.lang or "en", as_json=as_json)
    elif todo:
        _todo(asked, as_json=as_json)
    elif coverage:
        _coverage(asked, _book(asked, rulebook), output, as_json=as_json)
    else:
        from geo_tej import engine  # noqa: PLC0415
        from geo_tej.report import rulebook_report  # noqa: PLC0415

        book = _book(asked, rulebook)
        rows = engine.as_json(engine.rule_rows(book, on=asked.on)) if as_json else ""
        say(rows or rulebook_report(book, asked.lang or "en", on=asked.on))


def _one_of(asked: dict[str, bool], rulebook: str | None, output: Path | None) -> None:
    """Refuse questions to `rules` that do not go together."""
    chosen = [name for name, wanted in asked.items() if wanted]
    if len(chosen) > 1:
        message = f"{' and '.join(chosen)} are different questions; ask one at a time"
        raise QuestionError(message)
    if rulebook is not None and chosen in (["--todo"], ["--diff"], ["--sign"]):
        what = "the two rulebooks that follow it" if chosen == ["--diff"] else "your own layers (-m MANIFEST)"
        message = f"{chosen[0]} is asked of {what}; leave {rulebook!r} out"
        raise QuestionError(message)
    if output is not None and chosen != ["--coverage"]:
        message = "-o belongs to --coverage; the others print, with --json for programs"
        raise QuestionError(message)


def _whole(signing: dict[str, str | None]) -> None:
    """Refuse half a sign-off."""
    missing = [name for name, value in signing.items() if not value or not value.strip()]
    if missing and len(missing) < len(signing):
        message = f"{', '.join(missing)}: a sign-off is --sign RULE --who NAME --when DAY --text WHICH"
        raise QuestionError(message)


def _require_other(output: Path, rulebook: str) -> None:
    """Refuse to write over a rulebook that is named itself, not by the manifest."""
    from geo_tej.io.parts import kept_of  # noqa: PLC0415
    from geo_tej.io.write import require_others  # noqa: PLC0415
    from geo_tej.rulebook import find_rulebook  # noqa: PLC0415

    require_others([output], kept_of(find_rulebook(rulebook, beside=Path())))


def _export(asked: Asked, rulebook: str | None, target: Path) -> None:
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.io import law_papers  # noqa: PLC0415
    from geo_tej.rulebook import find_rulebook  # noqa: PLC0415

    source = (
        law_papers(asked.manifest, scenario=asked.scenario)[0]
        if rulebook is None
        else find_rulebook(rulebook, beside=Path())
    )
    for path in engine.export_rulebook(source, target):
        click.echo(str(path))


def _sign(asked: Asked, rule: str, who: str, when: date | None, text: str) -> None:
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.model import SignOff  # noqa: PLC0415

    if when is not None:
        signoff = SignOff(who=who.strip(), when=when, text=text.strip())
        path, named, earlier = engine.sign_rule(asked.manifest, rule, signoff, scenario=asked.scenario)
        more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
        click.echo(f"{path}: {len(named)} signed: {', '.join(named[:_SHOWN])}{more}")
        if earlier:
            told = "; ".join(f"{each.who} on {each.when.isoformat()} ({each.text})" for each in earlier)
            said = Said(f"此前已有签认，仍予采用：{told}", f"signed before, which counts as it did: {told}")
            click.echo(f"geo-tej: {told_in(said, asked.lang or 'en')}", err=True)


def _book(asked: Asked, rulebook: str | None) -> Rulebook:
    from geo_tej.io import read_law  # noqa: PLC0415
    from geo_tej.rulebook import read_rulebook  # noqa: PLC0415

    return read_law(asked.manifest, scenario=asked.scenario) if rulebook is None else read_rulebook(rulebook)


def _todo(asked: Asked, *, as_json: bool) -> None:
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.report import todo_report  # noqa: PLC0415

    with progress() as tell:
        tell("layers")
        project = loaded(asked)
        tell("assess")
        rows = engine.todo_rows(project, on=asked.on)
    if as_json:
        click.echo(engine.as_json(rows))
    else:
        header, cells, rest = todo_report(rows, asked.language(project))
        if cells:
            print_table(header, cells)
        say(rest)
    finish(project, asked)


def _coverage(asked: Asked, book: Rulebook, output: Path | None, *, as_json: bool) -> None:
    from geo_tej import engine  # noqa: PLC0415
    from geo_tej.report import coverage_report  # noqa: PLC0415

    table, language = engine.coverage_table(book, on=asked.on), asked.lang or "en"
    if output is not None:
        engine.write_coverage(table, output, language=language)
    if as_json:
        click.echo(engine.as_json(table))
    else:
        say(coverage_report(table, language) if output is None else str(output))


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
