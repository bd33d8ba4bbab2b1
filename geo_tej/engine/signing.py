"""Signing a rule off: who read which text on which day, and a hash of what the rule said then."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

from geo_tej.errors import ManifestError, OutputError, QuestionError, gather
from geo_tej.io import law_papers
from geo_tej.io.present import present_day
from geo_tej.io.signed import HASH, SIGNOFF_COLUMNS, no_rule, sign_off, signable
from geo_tej.io.write import replacing
from geo_tej.rulebook import read_rulebook
from geo_tej.rulebook.audit import fingerprint
from geo_tej.spreadsheet import WORKBOOKS, Sheet, read_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geo_tej.model import Route, RouteReason, Rule, SignOff


class Signed(NamedTuple):
    """The file that was signed in, the ids of what is signed, and the earlier sign-offs that still count."""

    path: Path
    named: tuple[str, ...]
    earlier: tuple[SignOff, ...]


def sign_rule(manifest: Path, rule: str, signoff: SignOff, *, scenario: str | None = None) -> Signed:
    """Add a row to the manifest's sign-offs; return the file, what is signed, and who had signed some of it before.

    `rule` is an id, a ref, a matrix, a route or `route/reason`. When what it names
    changes, the sign-off no longer counts.

    Raises
    ------
    QuestionError
        If there is no such rule, a ref is of rules of several sources, the day has not come, or the same person signed
        it for the same text on that day.
    ManifestError, RulebookError, OutputError
        If the manifest names no file of sign-offs, it is at fault, or it cannot be written.
    """
    if signoff.when > present_day():
        message = (
            f"--when {signoff.when.isoformat()}: has not come; a sign-off is of the day on which the text was read"
        )
        raise QuestionError(message)
    law, path = law_papers(manifest, scenario=scenario)
    if path is None:
        message = f'{manifest}: names no sign-offs; add the line signoffs = "signoffs.csv" at its top'
        raise ManifestError(message)
    if path.suffix.lower() in WORKBOOKS:
        message = f"{path}: is a workbook, which is signed in a spreadsheet; to sign from here keep it as .csv"
        raise OutputError(message)
    book = read_rulebook(law)
    named = signable(book, rule)
    if not named:
        raise QuestionError(no_rule(book, rule))
    _require_one_source(rule, named)
    faults: list[str] = []
    sheet = read_sheet(path, faults) if path.exists() and path.read_bytes().strip() else None
    if faults:
        message = f"{manifest}: {gather(faults)}"
        raise ManifestError(message)
    sheet = sheet or Sheet(title=path.name, columns=())
    columns = list(dict.fromkeys([*sheet.columns, *SIGNOFF_COLUMNS, HASH]))
    values = (rule, signoff.who, signoff.when.isoformat(), signoff.text, fingerprint(named.values()))
    row = dict(zip((*SIGNOFF_COLUMNS, HASH), values, strict=True))
    with replacing(path) as beside:
        with beside.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([each[column] for column in columns] for each in sheet.rows)
            writer.writerow([row.get(column, "") for column in columns])
        now = signable(sign_off(book, beside, faults), rule)
        if faults:
            raise QuestionError(gather(faults))
    earlier = {each for rule_now in now.values() for each in rule_now.signoffs} - {signoff}
    return Signed(path, tuple(named), tuple(sorted(earlier, key=lambda each: (each.when, each.who))))


def _require_one_source(name: str, named: Mapping[str, Rule | Route | RouteReason]) -> None:
    """Refuse a name of rules that rest on several sources: who signs says that one text was read."""
    sources: dict[str, list[str]] = {}
    for each, cited in named.items():
        sources.setdefault(cited.source, []).append(each)
    if len(sources) > 1:
        told = "; ".join(f"{', '.join(ids)} on {source or 'none'}" for source, ids in sources.items())
        message = f"{name!r} names rules that rest on {len(sources)} sources ({told}); sign each by its id"
        raise QuestionError(message)
