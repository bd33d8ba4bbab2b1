"""The code lists of a rulebook folder: land-use codes, how schemes correspond, industries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from geo_tej.codes import Cardinality, Code, CodeLists, Counterpart, Industry, Scheme, codes_of, counterpart, find_code
from geo_tej.errors import choices
from geo_tej.frames import zone_class
from geo_tej.i18n import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geo_tej.model import LawLayer, Source

CODES, COUNTERPARTS, INDUSTRIES = "landuse-codes.csv", "landuse-mapping.csv", "industry.csv"
_NEEDED = {
    CODES: ("scheme", "code", "name_zh", "name_en", "verified", "source"),
    COUNTERPARTS: ("from_scheme", "from_code", "to_scheme", "to_code", "cardinality", "verified"),
    INDUSTRIES: ("section", "section_name", "division", "name", "sector"),
}
Rows = list[dict[str, str]]


def code_lists(
    schemes: Mapping[str, Scheme],
    industry_column: str | None,
    sources: Mapping[str, Source],
    tables: Mapping[str, Rows],
    faults: list[str],
) -> CodeLists:
    """Check the rows of the three tables that a rulebook may have; put every fault, with its row, into `faults`."""
    codes = _codes(_complete(CODES, tables, faults), schemes, sources, faults)
    lists = CodeLists(schemes=schemes, codes=codes, industry_column=industry_column)
    pairs = _counterparts(_complete(COUNTERPARTS, tables, faults), lists, faults)
    industries = _industries(_complete(INDUSTRIES, tables, faults), faults)
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
        listed = [code for name, code in lists.codes if name == scheme]
        faults += [
            f"{place}: {code!r} is no code of {scheme}; {choices(code, listed)}"
            for code in (codes if listed else ())
            if find_code(lists, code, scheme) is None
        ]


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


def need_codes_of_uses(lists: CodeLists, uses: Rows, faults: list[str]) -> None:
    """Refuse rows of uses.csv whose land-use or industrial codes the lists do not have."""
    for row in uses:
        for scheme in lists.schemes.values():
            written = row.get(scheme.use_column or "", "")
            place = f"uses.csv, row {row['#']}, column {scheme.use_column}"
            need_codes(lists, [scheme.id], [code for code in written.split("|") if code], place, faults)
        industries = row.get(lists.industry_column or "", "")
        faults += [
            f"uses.csv, row {row['#']}, column {lists.industry_column}: the division of {code!r} is not in {INDUSTRIES}"
            for code in filter(None, industries.split("|"))
            if lists.industries and code[:2] not in lists.industries
        ]


def read_through(rows: Rows, lists: CodeLists, scheme: str, through: str) -> Rows:
    """Write the columns of a matrix, codes of the scheme `through`, as codes of another by their counterparts.

    A code that may be several classes has a symbol only where all of them have the same.
    """
    if not rows:
        return rows
    first, *headers = [key for key in rows[0] if key != "#"]
    columns: dict[str, list[str]] = {}
    for code in codes_of(lists, scheme):
        pair = counterpart(lists, code.code, scheme, through)
        above = [[header for header in headers if to.startswith(header)] for to in (pair.to_codes if pair else ())]
        if above and all(above):
            columns[code.code] = [max(fitting, key=len) for fitting in above]
    return [
        {"#": row["#"], first: row[first]}
        | {
            code: row[sources[0]] if len({row[each] for each in sources}) == 1 else ""
            for code, sources in columns.items()
        }
        for row in rows
    ]


def _complete(name: str, tables: Mapping[str, Rows], faults: list[str]) -> Rows:
    """Return the rows of a table in which every needed cell is filled; tell the others."""
    whole = []
    for row in tables.get(name, []):
        missing = [column for column in _NEEDED[name] if not row.get(column)]
        if missing:
            faults.append(f"{name}, row {row['#']}: the column {missing[0]} is missing or empty")
        elif row.get("verified", "true") not in ("true", "false"):
            faults.append(f"{name}, row {row['#']}: verified must be true or false, not {row['verified']!r}")
        else:
            whole.append(row)
    return whole


def _codes(
    rows: Rows, schemes: Mapping[str, Scheme], sources: Mapping[str, Source], faults: list[str]
) -> dict[tuple[str, str], Code]:
    codes: dict[tuple[str, str], Code] = {}
    for row in rows:
        place, key = f"{CODES}, row {row['#']}", (row["scheme"], row["code"])
        if row["scheme"] not in schemes:
            faults.append(f"{place}: scheme {row['scheme']!r}; {choices(row['scheme'], list(schemes))}")
        if row["source"] not in sources:
            faults.append(f"{place}: source {row['source']!r}; {choices(row['source'], list(sources))}")
        if key in codes:
            faults.append(f"{place}: the code {row['code']} of {row['scheme']} stands more than once")
        codes[key] = Code(
            scheme=row["scheme"], code=row["code"], title=Text(row["name_zh"], row["name_en"]),
            level=row.get("level", ""), verified=row["verified"] == "true", source=row["source"], note=_note(row),
        )  # fmt: skip
    return codes


def _counterparts(rows: Rows, lists: CodeLists, faults: list[str]) -> dict[tuple[str, str, str], Counterpart]:
    pairs: dict[tuple[str, str, str], Counterpart] = {}
    for row in rows:
        place = f"{COUNTERPARTS}, row {row['#']}"
        key = (row["from_scheme"], row["from_code"], row["to_scheme"])
        to_codes = tuple(row["to_code"].split("|"))
        need_codes(lists, [row["from_scheme"]], [row["from_code"]], f"{place}, column from_code", faults)
        need_codes(lists, [row["to_scheme"]], to_codes, f"{place}, column to_code", faults)
        if row["cardinality"] not in get_args(Cardinality):
            faults.append(f"{place}: cardinality {row['cardinality']!r}; known: {', '.join(get_args(Cardinality))}")
        if key in pairs:
            faults.append(f"{place}: {key[1]} of {key[0]} stands more than once")
        pairs[key] = Counterpart(
            scheme=key[0], code=key[1], title=row.get("from_name", ""), to_scheme=key[2], to_codes=to_codes,
            cardinality=row["cardinality"], verified=row["verified"] == "true", note=_note(row),  # type: ignore[arg-type]
        )  # fmt: skip
    return pairs


def _industries(rows: Rows, faults: list[str]) -> dict[str, Industry]:
    found: dict[str, Industry] = {}
    for row in rows:
        if row["sector"] not in ("1", "2", "3"):
            faults.append(f"{INDUSTRIES}, row {row['#']}: sector must be 1, 2 or 3, not {row['sector']!r}")
            continue
        if row["division"] in found:
            faults.append(f"{INDUSTRIES}, row {row['#']}: the division {row['division']} stands more than once")
        found[row["division"]] = Industry(
            division=row["division"], title=Text(row["name"], row["name"]), section=row["section"],
            section_title=Text(row["section_name"], row["section_name"]), sector=int(row["sector"]),
        )  # fmt: skip
    return found


def _note(row: Mapping[str, str]) -> Text:
    return Text(row.get("note_zh", ""), row.get("note_en", ""))
