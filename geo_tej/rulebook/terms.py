"""What rules refer to, in one value: sources, pathways, layers, facts, measures, uses, groups, permits, symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_tej.codes import CodeLists, Scheme
from geo_tej.errors import choices
from geo_tej.i18n import GROUP_WORDS, Text
from geo_tej.model import UNKNOWN, Fact, LawLayer, Level, Measure, NotEncoded, Pathway, Permit, Place, Source, Use
from geo_tej.rulebook.code_lists import CODES, COUNTERPARTS, INDUSTRIES, code_lists, named_codes, need_codes_of_uses
from geo_tej.rulebook.entries import (
    DefaultsEntry,
    FactEntry,
    GroupEntry,
    HeadEntry,
    LayerEntry,
    MeasureEntry,
    PathwayEntry,
    SchemeEntry,
    SourceEntry,
    SymbolEntry,
)
from geo_tej.rulebook.written import TOML
from geo_tej.stand_in import STAND_IN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo_tej.rulebook.written import Reading
    from geo_tej.spreadsheet import Row, Sheet

BUILT_IN_FACTS = {
    "area_m2": Fact(
        id="area_m2",
        type="number",
        title=Text("地块面积（平方米）", "area of the parcel (m²)"),
        question=Text("地块面积是多少？", "What is the area of the parcel?"),
    ),
}
_USE_ID = r"[\w.-]+"
USES, PERMITS, NOT_ENCODED = "uses.csv", "permits.csv", "not-encoded.csv"
USE_COLUMNS = (
    "use_id", "ref", "name", "name_zh", "name_en", "group", "tags", "least_area_m2", "least_width_m",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Terms:
    """Everything that a rule can name."""

    sources: Mapping[str, Source]
    pathways: Mapping[str, Pathway]
    layers: Mapping[str, LawLayer]
    facts: Mapping[str, Fact]
    measures: Mapping[str, Measure]
    groups: Mapping[str, Text]
    uses: Mapping[str, Use]
    permits: Mapping[str, Permit]
    symbols: Mapping[str, SymbolEntry]
    codes: CodeLists


def read_terms(reading: Reading, head: HeadEntry | None) -> Terms:
    """Read what rules refer to."""
    defaults = head.defaults if head is not None else DefaultsEntry()
    sources = {item.id: Source(**dict(item)) for item in reading.entries("source", SourceEntry)}
    groups = GROUP_WORDS | {item.id: item.title for item in reading.entries("group", GroupEntry)}
    uses = _uses(reading, defaults, groups)
    codes = _codes(reading, head, sources)
    terms = Terms(
        sources=sources,
        pathways={item.id: Pathway(**dict(item)) for item in reading.entries("pathway", PathwayEntry)},
        layers={name: named_codes(layer, codes) for name, layer in _layers(reading).items()},
        facts=BUILT_IN_FACTS | {item.id: Fact(**dict(item)) for item in reading.entries("fact", FactEntry)},
        measures={item.id: Measure(**dict(item)) for item in reading.entries("measure", MeasureEntry)},
        groups=groups,
        uses=uses,
        permits=_permits(reading, sources),
        symbols={item.id: item for item in reading.entries("symbol", SymbolEntry)},
        codes=codes,
    )
    if not terms.pathways:
        reading.faults.append(f"{TOML}: there is no [[pathway]]; a question needs at least one")
    if not any(layer.base for layer in terms.layers.values()):
        reading.faults.append(f"{TOML}: no [[layer]] has `base = true`; without one nothing can be permitted")
    for measure in terms.measures.values():
        reading.known(measure.layer, terms.layers, f"{TOML}, measure {measure.id}: layer")
    for symbol in terms.symbols.values():
        need_permits(reading, symbol.approvals, terms, f"{TOML}, symbol {symbol.id}")
    return terms


def _layers(reading: Reading) -> dict[str, LawLayer]:
    """Read the layers, and check that the plans among them hold within, and yield to, layers that exist."""
    layers: dict[str, LawLayer] = {}
    for item in reading.entries("layer", LayerEntry):
        within = None if item.within is None else Place(layer=item.within.layer, where=item.within.where)
        layers[item.id] = LawLayer(**dict(item) | {"within": within})
    for layer in layers.values():
        place = f"{TOML}, layer {layer.id}"
        for other in layer.yields_to:
            if reading.known(other, layers, f"{place}: yields_to") and layers[other].within is None:
                reading.faults.append(f"{place}: yields_to {other!r}, which does not say `within` which zones it holds")
        for other in layer.prevails_over:
            if reading.known(other, layers, f"{place}: prevails_over") and layers[other].prevails_over:
                reading.faults.append(
                    f"{place}: prevails_over {other!r}, which itself prevails over others; name those"
                )
        if layer.within is not None and reading.known(layer.within.layer, layers, f"{place}: within"):
            check_where(reading, layer.within.where, layers[layer.within.layer], f"{place}: within")
    return layers


def _codes(reading: Reading, head: HeadEntry | None, sources: Mapping[str, Source]) -> CodeLists:
    """Read the land-use codes, their counterparts and the industries, where the rulebook lists them."""
    schemes = {item.id: Scheme(**dict(item)) for item in reading.entries("scheme", SchemeEntry)}
    industries = head.industries.use_column if head is not None and head.industries is not None else None
    sheets = {name: reading.sheet(name, optional=True) for name in (CODES, COUNTERPARTS, INDUSTRIES)}
    lists = code_lists(schemes, industries, sources, sheets, reading.faults)
    need_codes_of_uses(lists, reading.sheet(USES), reading.faults)
    return lists


def need_permits(reading: Reading, names: Iterable[str], terms: Terms, place: str) -> None:
    """Note a fault for each approval that is no permit of the rulebook."""
    for name in names:
        reading.known(name, terms.permits, f"{place}: approval")


def resolve_uses(reading: Reading, names: Iterable[str], uses: Mapping[str, Use], place: str) -> frozenset[str]:
    """Return the uses that names and @tags mean."""
    found: set[str] = set()
    tags = {tag for use in uses.values() for tag in use.tags}
    for name in names:
        if name.startswith("@"):
            if reading.known(name[1:], tags, f"{place}: tag"):
                found |= {use.id for use in uses.values() if name[1:] in use.tags}
        elif reading.known(name, uses, f"{place}: use"):
            found.add(name)
    return frozenset(found)


def check_where(reading: Reading, where: Mapping[str, tuple[str, ...]], layer: LawLayer, place: str) -> None:
    """Note a fault for each attribute that a layer has not, and each value that is not in its list."""
    if ("layer", layer.id, "attributes") in reading.doubted:
        return
    for attribute, values in where.items():
        if not reading.known(attribute, layer.attributes, f"{place}: attribute of layer {layer.id}"):
            continue
        closed = layer.attributes[attribute]
        for value in values:
            if closed and value != UNKNOWN:
                reading.known(value, closed, f"{place}: value of {attribute}")


def _size(reading: Reading, sheet: Sheet, row: Row, column: str) -> float | None:
    if not row[column]:
        return None
    try:
        number = float(row[column])
    except ValueError:
        reading.faults.append(f"{sheet.at(row, column)}: {row[column]!r} is not a number")
        return None
    if not 0 <= number < float("inf"):
        reading.faults.append(f"{sheet.at(row, column)}: {row[column]!r} is not a size")
    return number


def _words(reading: Reading, sheet: Sheet, row: Row, name: str, *, needed: bool = True) -> Text:
    """Return the words of a row in both languages: `name_zh` and `name_en`, or one column `name` for both."""
    both = row[name]
    words = Text(row[f"{name}_zh"] or both, row[f"{name}_en"] or both)
    if needed and not (words.zh and words.en):
        lacking = f"{name}_zh" if not words.zh else f"{name}_en"
        reading.faults.append(f"{sheet.at(row)}: the column {lacking} is missing or empty, and so is {name}")
    return words


def _uses(reading: Reading, defaults: DefaultsEntry, groups: Mapping[str, Text]) -> dict[str, Use]:
    uses: dict[str, Use] = {}
    sheet = reading.sheet(USES)
    for row in reading.rows(sheet, ("use_id", "group")):
        if not re.fullmatch(_USE_ID, row["use_id"]):
            place = sheet.at(row, "use_id")
            reading.faults.append(f"{place}: the use id {row['use_id']!r} must be of letters, digits, _, - and . only")
        if row["use_id"] in uses:
            reading.faults.append(f"{sheet.at(row, 'use_id')}: the use {row['use_id']!r} stands more than once")
        reading.known(row["group"], groups, f"{sheet.at(row, 'group')}: group")
        area, width = (_size(reading, sheet, row, column) for column in ("least_area_m2", "least_width_m"))
        uses[row["use_id"]] = Use(
            id=row["use_id"],
            ref=row["ref"],
            title=_words(reading, sheet, row, "name"),
            group=row["group"],
            tags=frozenset(filter(None, row["tags"].split("|"))),
            columns={column: row[column] for column in sheet.columns if column not in USE_COLUMNS},
            least_area_m2=defaults.least_area_m2 if area is None else area,
            least_width_m=defaults.least_width_m if width is None else width,
        )
    return uses


def _permits(reading: Reading, sources: Mapping[str, Source]) -> dict[str, Permit]:
    permits: dict[str, Permit] = {}
    sheet = reading.sheet(PERMITS, optional=True)
    levels = [level.name.lower() for level in Level if level]
    for row in reading.rows(sheet, ("ref", "level", "source")):
        level = row["level"] if row["level"] in levels else levels[0]
        if row["level"] != level and not row["level"].startswith(STAND_IN):
            place = sheet.at(row, "level")
            reading.faults.append(f"{place}: level {row['level']!r}; {choices(row['level'], levels)}")
        reading.known(row["source"], sources, f"{sheet.at(row, 'source')}: source")
        checked = row["verified"].lower()
        if checked not in ("true", "false", ""):
            place = sheet.at(row, "verified")
            reading.faults.append(f"{place}: verified must be true or false, not {row['verified']!r}")
        if row["ref"] in permits:
            reading.faults.append(f"{sheet.at(row, 'ref')}: the permit {row['ref']} stands more than once")
        permits[row["ref"]] = Permit(
            id=row["ref"],
            what=_words(reading, sheet, row, "what"),
            authority=_words(reading, sheet, row, "authority", needed=False),
            level=Level[level.upper()],
            source=row["source"],
            article=row["article"],
            before=_words(reading, sheet, row, "before", needed=False),
            verified=checked == "true",
        )
    return permits


def read_not_encoded(reading: Reading) -> tuple[NotEncoded, ...]:
    """Read the rows of the law's tables that are no rules, where the rulebook lists them."""
    listed: dict[tuple[str, str], NotEncoded] = {}
    sheet = reading.sheet(NOT_ENCODED, optional=True)
    for row in reading.rows(sheet, ("ref", "title_zh", "reason_zh", "reason_en")):
        key = (row["source_table"], row["ref"])
        if key in listed:
            reading.faults.append(f"{sheet.at(row)}: {row['ref']!r} stands more than once")
        listed[key] = NotEncoded(
            ref=row["ref"],
            source_table=row["source_table"],
            title=Text(row["title_zh"], row["title_en"] or row["title_zh"]),
            reason=Text(row["reason_zh"], row["reason_en"]),
        )
    return tuple(listed.values())
