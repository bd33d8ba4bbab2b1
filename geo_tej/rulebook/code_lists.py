"""The code lists of a rulebook: land-use codes, how schemes correspond, industries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from geo_tej.codes import Cardinality, Code, CodeLists, Counterpart, Industry, Scheme, codes_of, counterpart, find_code
from geo_tej.errors import choices
from geo_tej.frames import zone_class
from geo_tej.i18n import Text
from geo_tej.spreadsheet import Row, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from geo_tej.model import LawLayer, Source

CODES, COUNTERPARTS, INDUSTRIES = "landuse-codes.csv", "landuse-mapping.csv", "industry.csv"
_NEEDED = {
    CODES: ("scheme", "code", "name_zh", "name_en", "verified", "source"),
    COUNTERPARTS: ("from_scheme", "from_code", "to_scheme", "to_code", "cardinality", "verified"),
    INDUSTRIES: ("section", "section_name", "division", "name", "sector"),
}


def code_lists(
    schemes: Mapping[str, Scheme],
    industry_column: str | None,
    sources: Mapping[str, Source],
    sheets: Mapping[str, Sheet],
    faults: list[str],
) -> CodeLists:
    """Check the rows of the three tables that a rulebook may have; put every fault, with its cell, into `faults`."""
    codes = _codes(sheets[CODES], schemes, sources, faults)
    lists = CodeLists(schemes=schemes, codes=codes, industry_column=industry_column)
    pairs = _counterparts(sheets[COUNTERPARTS], lists, faults)
    industries = _industries(sheets[INDUSTRIES], faults)
    whole = [name for name, scheme in schemes.items() if scheme.extends is None]
    faults += [
        f"rulebook.toml, scheme {scheme.id}: extends {scheme.extends!r}; {choices(scheme.extends, whole)}"
        for scheme in schemes.values()
        if scheme.extends is not None and scheme.extends not in whole
    ]
    return CodeLists(
        schemes=schemes, codes=codes, counterparts=pairs, industries=industries, industry_column=industry_column
    )


def need_codes(lists: CodeLists, schemes: Iterable[str], codes: Sequence[str], place: str, faults: list[str]) -> None:
    """Refuse codes that a scheme does not list, where the rulebook has the scheme's list."""
    for scheme in schemes:
        strange = [code for code in codes if find_code(lists, code, scheme) is None]
        listed = [code for name, code in lists.codes if name == scheme] if strange else []
        faults += [f"{place}: {code!r} is no code of {scheme}; {choices(code, listed)}" for code in strange if listed]


def named_codes(layer: LawLayer, lists: CodeLists) -> LawLayer:
    """Give a layer of codes and schemes the words for each code that the lists have, under its whole zone class."""
    if set(layer.attributes) != {"code", "scheme"}:
        return layer
    said = {}
    for scheme in lists.schemes.values():
        for name in filter(None, (scheme.extends, scheme.id)):
            for found in codes_of(lists, name):
                values = {"code": found.code, "scheme": scheme.id}
                said[zone_class({each: values[each] for each in layer.attributes})] = Text(
                    f"{found.code} {found.title.zh}（{scheme.title.zh}）",
                    f"{found.code} {found.title.en} ({scheme.title.en})",
                )
    return replace(layer, names={**said, **layer.names})


def need_codes_of_uses(lists: CodeLists, uses: Sheet, faults: list[str]) -> None:
    """Refuse rows of uses.csv whose land-use or industrial codes the lists do not have."""
    for row in uses.rows:
        for scheme in lists.schemes.values():
            written = row[scheme.use_column or ""]
            place = uses.at(row, scheme.use_column or "")
            need_codes(lists, [scheme.id], [code for code in written.split("|") if code], place, faults)
        faults += [
            f"{uses.at(row, lists.industry_column or '')}: the division of {code!r} is not in {INDUSTRIES}"
            for code in filter(None, row[lists.industry_column or ""].split("|"))
            if lists.industries and code[:2] not in lists.industries
        ]


def read_through(sheet: Sheet, lists: CodeLists, scheme: str, through: str) -> Sheet:
    """Write the columns of a matrix, codes of the scheme `through`, as codes of another by their counterparts.

    A code that may be several classes has a symbol only where all of them have the same.
    """
    if not sheet.columns:
        return sheet
    first, *headers = sheet.columns
    columns: dict[str, list[str]] = {}
    for code in codes_of(lists, scheme):
        pair = counterpart(lists, code.code, scheme, through)
        above = [[header for header in headers if to.startswith(header)] for to in (pair.to_codes if pair else ())]
        if above and all(above):
            columns[code.code] = [max(fitting, key=len) for fitting in above]
    rows = [
        Row(
            number=row.number,
            cells={first: row[first]}
            | {
                code: row[sources[0]] if len({row[each] for each in sources}) == 1 else ""
                for code, sources in columns.items()
            },
        )
        for row in sheet.rows
    ]
    letters = {name: letter for name, letter in sheet.letters.items() if name == first}
    return Sheet(title=sheet.title, columns=(first, *columns), letters=letters, rows=tuple(rows))


def _complete(name: str, sheet: Sheet, faults: list[str]) -> Iterator[Row]:
    """Give the rows of a table in which every needed cell is filled; tell the others."""
    for row in sheet.rows:
        missing = [column for column in _NEEDED[name] if not row[column]]
        if row.remark:
            continue
        if missing:
            faults.append(f"{sheet.at(row)}: the column {missing[0]} is missing or empty")
        elif row["verified"] not in ("true", "false", ""):
            place = sheet.at(row, "verified")
            faults.append(f"{place}: verified must be true or false, not {row['verified']!r}")
        else:
            yield row


def _codes(
    sheet: Sheet, schemes: Mapping[str, Scheme], sources: Mapping[str, Source], faults: list[str]
) -> dict[tuple[str, str], Code]:
    codes: dict[tuple[str, str], Code] = {}
    for row in _complete(CODES, sheet, faults):
        key = (row["scheme"], row["code"])
        if row["scheme"] not in schemes:
            faults.append(
                f"{sheet.at(row, 'scheme')}: scheme {row['scheme']!r}; {choices(row['scheme'], list(schemes))}"
            )
        if row["source"] not in sources:
            faults.append(
                f"{sheet.at(row, 'source')}: source {row['source']!r}; {choices(row['source'], list(sources))}"
            )
        if key in codes:
            faults.append(f"{sheet.at(row, 'code')}: the code {row['code']} of {row['scheme']} stands more than once")
        codes[key] = Code(
            scheme=row["scheme"], code=row["code"], title=Text(row["name_zh"], row["name_en"]),
            level=row["level"], verified=row["verified"] == "true", source=row["source"], note=_note(row),
        )  # fmt: skip
    return codes


def _counterparts(sheet: Sheet, lists: CodeLists, faults: list[str]) -> dict[tuple[str, str, str], Counterpart]:
    pairs: dict[tuple[str, str, str], Counterpart] = {}
    for row in _complete(COUNTERPARTS, sheet, faults):
        key = (row["from_scheme"], row["from_code"], row["to_scheme"])
        to_codes = tuple(row["to_code"].split("|"))
        need_codes(lists, [row["from_scheme"]], [row["from_code"]], sheet.at(row, "from_code"), faults)
        need_codes(lists, [row["to_scheme"]], to_codes, sheet.at(row, "to_code"), faults)
        if row["cardinality"] not in get_args(Cardinality):
            place = sheet.at(row, "cardinality")
            faults.append(f"{place}: cardinality {row['cardinality']!r}; known: {', '.join(get_args(Cardinality))}")
        if key in pairs:
            faults.append(f"{sheet.at(row)}: {key[1]} of {key[0]} stands more than once")
        pairs[key] = Counterpart(
            scheme=key[0], code=key[1], title=row["from_name"], to_scheme=key[2], to_codes=to_codes,
            cardinality=row["cardinality"], verified=row["verified"] == "true", note=_note(row),  # type: ignore[arg-type]
        )  # fmt: skip
    return pairs


def _industries(sheet: Sheet, faults: list[str]) -> dict[str, Industry]:
    found: dict[str, Industry] = {}
    for row in _complete(INDUSTRIES, sheet, faults):
        if row["sector"] not in ("1", "2", "3"):
            faults.append(f"{sheet.at(row, 'sector')}: sector must be 1, 2 or 3, not {row['sector']!r}")
            continue
        if row["division"] in found:
            faults.append(f"{sheet.at(row, 'division')}: the division {row['division']} stands more than once")
        found[row["division"]] = Industry(
            division=row["division"], title=Text(row["name"], row["name"]), section=row["section"],
            section_title=Text(row["section_name"], row["section_name"]), sector=int(row["sector"]),
        )  # fmt: skip
    return found


def _note(row: Row) -> Text:
    return Text(row["note_zh"], row["note_en"])
