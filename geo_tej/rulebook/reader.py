"""Read a rulebook folder: everything is checked, and all faults are told at once."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING, Any

from geo_tej.codes import CodeLists, Scheme
from geo_tej.errors import RulebookError, choices, gather
from geo_tej.i18n import GROUP_WORDS, Text
from geo_tej.model import (
    UNKNOWN,
    Action,
    Comparison,
    Fact,
    LawLayer,
    Level,
    MatrixRow,
    Measure,
    NotEncoded,
    Outcome,
    Pathway,
    Permit,
    Place,
    Rule,
    Rulebook,
    Source,
    Use,
    When,
)
from geo_tej.rulebook.code_lists import (
    CODES,
    COUNTERPARTS,
    INDUSTRIES,
    code_lists,
    named_codes,
    need_codes,
    need_codes_of_uses,
    read_through,
)
from geo_tej.rulebook.entries import (
    DefaultsEntry,
    FactEntry,
    GroupEntry,
    HeadEntry,
    LayerEntry,
    MatrixEntry,
    MeasureEntry,
    PathwayEntry,
    RuleEntry,
    SchemeEntry,
    SourceEntry,
    SymbolEntry,
)
from geo_tej.rulebook.routes import ROUTE_FACTS, Checks, read_routes
from geo_tej.strict import read_csv, read_toml, validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from geo_tej.rulebook.routes import Asks

BUILT_IN_FACTS = {
    "area_m2": Fact(
        id="area_m2",
        type="number",
        title=Text("宗地面积（平方米）", "area of the parcel (m²)"),
        question=Text("宗地面积是多少？", "What is the area of the parcel?"),
    ),
}
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "number": ((int, float), "a number"),
    "bool": ((bool,), "true or false"),
    "date": ((date,), "a date like 2026-06-30"),
}
NOT_ENCODED = "not-encoded.csv"
USE_COLUMNS = (
    "use_id", "ref", "name_zh", "name_en", "group", "tags", "least_area_m2", "least_width_m",
)  # fmt: skip


class Reader:
    """One reading of a folder: collects faults, so that all are told at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.content: dict[str, Any] = {}
        self.matrix_rows: list[MatrixRow] = []
        self.toml = read_toml(folder / "rulebook.toml", RulebookError)

    def rulebook(self) -> Rulebook:
        """Return the rulebook, or raise RulebookError with every fault."""
        self.content["rulebook.toml"] = self.toml
        keys = (
            "source", "pathway", "layer", "fact", "measure", "rule", "symbol", "matrix", "group", "scheme",
            "route", "term", "criterion", "status",
        )  # fmt: skip
        head = validate(
            HeadEntry,
            {key: value for key, value in self.toml.items() if key not in keys},
            "rulebook.toml",
            self.faults,
        )
        sources = {item.id: Source(**dict(item)) for item in self._list("source", SourceEntry)}
        pathways = {item.id: Pathway(**dict(item)) for item in self._list("pathway", PathwayEntry)}
        layers = self._layers()
        facts = BUILT_IN_FACTS | {item.id: Fact(**dict(item)) for item in self._list("fact", FactEntry)}
        measures = {item.id: Measure(**dict(item)) for item in self._list("measure", MeasureEntry)}
        groups = GROUP_WORDS | {item.id: item.title for item in self._list("group", GroupEntry)}
        if not pathways:
            self.faults.append("rulebook.toml: there is no [[pathway]]; a question needs at least one")
        if not any(layer.base for layer in layers.values()):
            self.faults.append("rulebook.toml: no [[layer]] has `base = true`; without one nothing can be permitted")
        for measure in measures.values():
            self._known(measure.layer, layers, f"rulebook.toml, measure {measure.id}: layer")
        uses = self._uses(head.defaults if head else DefaultsEntry(), groups)
        permits = self._permits(sources)
        lists = self._code_lists(head, sources)
        need_codes_of_uses(lists, self.content["uses.csv"], self.faults)
        layers = {name: named_codes(layer, lists) for name, layer in layers.items()}
        rules = self._rules(layers, sources, uses, permits, facts, measures)
        symbols = {item.id: item for item in self._list("symbol", SymbolEntry)}
        for matrix in self._list("matrix", MatrixEntry):
            rules += self._matrix(matrix, symbols, layers, sources, uses, permits, facts, lists)
        self._unique(rules)
        asked = facts | (ROUTE_FACTS if "route" in self.toml else {})
        ways = read_routes(
            Checks(
                entries=self._list,
                known=self._known,
                uses=lambda names, place: self._resolve_uses(uses if names == "all" else names, uses, place),
                where=lambda where, layer, place: self._where(where, layers[layer], place),
                when=lambda item, place: self._when(item, asked, measures, place),
                faults=self.faults,
            ),
            sources=sources, layers=layers, permits=permits, facts=[*asked, *measures],
        )  # fmt: skip
        not_encoded = self._not_encoded()
        if self.faults or head is None:
            message = f"rulebook {self.folder.name}: {gather(list(dict.fromkeys(self.faults)))}"
            raise RulebookError(message)
        digest = hashlib.sha256(
            json.dumps(self.content, sort_keys=True, ensure_ascii=False, default=str).encode()
        ).hexdigest()
        return Rulebook(
            id=head.id, version=head.version, date=head.date, title=head.title, disclaimer=head.disclaimer,
            units=head.units, sources=sources, pathways=pathways, layers=layers, facts=asked, measures=measures,
            uses=uses, groups=groups, permits=permits, rules=tuple(rules), notes=tuple(self.notes), sha256=digest,
            not_encoded=not_encoded, codes=lists, matrix_rows=tuple(self.matrix_rows), routes=ways.routes,
            terms=ways.terms, criteria=ways.criteria, statuses=ways.statuses,
        )  # fmt: skip

    def _list(self, key: str, model: type[Any]) -> list[Any]:
        entries = self.toml.get(key, [])
        if not isinstance(entries, list):
            self.faults.append(f"rulebook.toml: `{key}` is a list of tables, written [[{key}]]")
            return []
        read: list[Any] = []
        for number, entry in enumerate(entries, start=1):
            name = entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
            item = validate(model, entry, f"rulebook.toml, {key} {name}", self.faults)
            if item is None:
                continue
            if any(other.id == item.id for other in read):
                self.faults.append(f"rulebook.toml, {key} {item.id}: this id stands more than once")
            read.append(item)
        return read

    def _layers(self) -> dict[str, LawLayer]:
        """Read the layers, and check that the plans among them hold within, and yield to, layers that exist."""
        layers: dict[str, LawLayer] = {}
        for item in self._list("layer", LayerEntry):
            within = None if item.within is None else Place(layer=item.within.layer, where=item.within.where)
            layers[item.id] = LawLayer(**dict(item) | {"within": within})
        for layer in layers.values():
            place = f"rulebook.toml, layer {layer.id}"
            for other in layer.yields_to:
                if self._known(other, layers, f"{place}: yields_to") and layers[other].within is None:
                    self.faults.append(
                        f"{place}: yields_to {other!r}, which does not say `within` which zones it holds"
                    )
            if layer.within is not None and self._known(layer.within.layer, layers, f"{place}: within"):
                self._where(layer.within.where, layers[layer.within.layer], f"{place}: within")
        return layers

    def _known(self, name: str, known: Iterable[str], place: str) -> bool:
        if name in known:
            return True
        self.faults.append(f"{place} {name!r} is not in the rulebook; {choices(name, sorted(known))}")
        return False

    def _csv(self, name: str) -> list[dict[str, str]]:
        rows = read_csv(self.folder / name, self.faults)
        self.content[name] = rows
        return rows

    def _code_lists(self, head: HeadEntry | None, sources: Mapping[str, Source]) -> CodeLists:
        """Read the land-use codes, their counterparts and the industries, where the folder lists them."""
        schemes = {item.id: Scheme(**dict(item)) for item in self._list("scheme", SchemeEntry)}
        industries = head.industries.use_column if head is not None and head.industries is not None else None
        here = [name for name in (CODES, COUNTERPARTS, INDUSTRIES) if (self.folder / name).exists()]
        tables = {name: self._csv(name) for name in here}
        return code_lists(schemes, industries, sources, tables, self.faults)

    def _number(self, text: str, place: str) -> float | None:
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            self.faults.append(f"{place}: {text!r} is not a number")
            return None
        if not 0 <= number < float("inf"):
            self.faults.append(f"{place}: {text!r} is not a size")
        return number

    def _uses(self, defaults: DefaultsEntry, groups: Mapping[str, Text]) -> dict[str, Use]:
        uses: dict[str, Use] = {}
        for row in self._csv("uses.csv"):
            place = f"uses.csv, row {row['#']}"
            missing = [column for column in ("use_id", "name_zh", "name_en", "group") if not row.get(column)]
            if missing:
                self.faults.append(f"{place}: the column {missing[0]} is missing or empty")
                continue
            if row["use_id"] in uses:
                self.faults.append(f"{place}: the use {row['use_id']!r} stands more than once")
            self._known(row["group"], groups, f"{place}: group")
            area = self._number(row.get("least_area_m2", ""), f"{place}, column least_area_m2")
            width = self._number(row.get("least_width_m", ""), f"{place}, column least_width_m")
            uses[row["use_id"]] = Use(
                id=row["use_id"],
                ref=row.get("ref", ""),
                title=Text(row["name_zh"], row["name_en"]),
                group=row["group"],
                tags=frozenset(filter(None, row.get("tags", "").split("|"))),
                columns={key: value for key, value in row.items() if key not in USE_COLUMNS and key != "#"},
                least_area_m2=defaults.least_area_m2 if area is None else area,
                least_width_m=defaults.least_width_m if width is None else width,
            )
        return uses

    def _permits(self, sources: Mapping[str, Source]) -> dict[str, Permit]:
        permits: dict[str, Permit] = {}
        if not (self.folder / "permits.csv").exists():
            return permits
        for row in self._csv("permits.csv"):
            place = f"permits.csv, row {row['#']}"
            missing = [key for key in ("ref", "what_zh", "what_en", "level", "source") if not row.get(key)]
            if missing:
                self.faults.append(f"{place}: the column {missing[0]} is missing or empty")
                continue
            levels = [level.name.lower() for level in Level if level]
            if row["level"] not in levels:
                self.faults.append(f"{place}: level {row['level']!r}; {choices(row['level'], levels)}")
                continue
            self._known(row["source"], sources, f"{place}: source")
            checked = row.get("verified", "").lower()
            if checked not in ("true", "false", ""):
                self.faults.append(f"{place}: verified must be true or false, not {row['verified']!r}")
            if row["ref"] in permits:
                self.faults.append(f"{place}: the permit {row['ref']} stands more than once")
            permits[row["ref"]] = Permit(
                id=row["ref"],
                what=Text(row["what_zh"], row["what_en"]),
                authority=Text(row.get("authority_zh", ""), row.get("authority_en", "")),
                level=Level[row["level"].upper()],
                source=row["source"],
                article=row.get("article", ""),
                before=Text(row.get("before_zh", ""), row.get("before_en", "")),
                verified=checked == "true",
            )
        return permits

    def _not_encoded(self) -> tuple[NotEncoded, ...]:
        """Read the rows of the law's tables that are no rules, where the folder lists them."""
        if not (self.folder / NOT_ENCODED).exists():
            return ()
        listed: dict[tuple[str, str], NotEncoded] = {}
        for row in self._csv(NOT_ENCODED):
            place = f"{NOT_ENCODED}, row {row['#']}"
            missing = [key for key in ("ref", "title_zh", "reason_zh", "reason_en") if not row.get(key)]
            if missing:
                self.faults.append(f"{place}: the column {missing[0]} is missing or empty")
                continue
            key = (row.get("source_table", ""), row["ref"])
            if key in listed:
                self.faults.append(f"{place}: {row['ref']!r} stands more than once")
            listed[key] = NotEncoded(
                ref=row["ref"],
                source_table=row.get("source_table", ""),
                title=Text(row["title_zh"], row.get("title_en") or row["title_zh"]),
                reason=Text(row["reason_zh"], row["reason_en"]),
            )
        return tuple(listed.values())

    def _resolve_uses(self, names: Iterable[str], uses: Mapping[str, Use], place: str) -> frozenset[str]:
        found: set[str] = set()
        tags = {tag for use in uses.values() for tag in use.tags}
        for name in names:
            if name.startswith("@"):
                if self._known(name[1:], tags, f"{place}: tag"):
                    found |= {use.id for use in uses.values() if name[1:] in use.tags}
            elif self._known(name, uses, f"{place}: use"):
                found.add(name)
        return frozenset(found)

    def _where(self, where: Mapping[str, tuple[str, ...]], layer: LawLayer, place: str) -> None:
        for attribute, values in where.items():
            if not self._known(attribute, layer.attributes, f"{place}: attribute of layer {layer.id}"):
                continue
            closed = layer.attributes[attribute]
            for value in values:
                if closed and value != UNKNOWN:
                    self._known(value, closed, f"{place}: value of {attribute}")

    def _rules(  # noqa: PLR0913  rules refer to all of these
        self,
        layers: Mapping[str, LawLayer],
        sources: Mapping[str, Source],
        uses: Mapping[str, Use],
        permits: Mapping[str, Permit],
        facts: Mapping[str, Fact],
        measures: Mapping[str, Measure],
    ) -> list[Rule]:
        rules = []
        for item in self._list("rule", RuleEntry):
            place = f"rulebook.toml, rule {item.id}"
            self._known(item.source, sources, f"{place}: source")
            for permit in item.approvals:
                self._known(permit, permits, f"{place}: approval")
            if item.layer is not None and self._known(item.layer, layers, f"{place}: layer"):
                self._where(item.where, layers[item.layer], place)
            names = list(uses) if item.uses == "all" else item.uses
            chosen = self._resolve_uses(names, uses, place) - self._resolve_uses(item.except_, uses, place)
            rules.append(
                Rule(
                    id=item.id, ref=item.ref, kind=item.kind, layer=item.layer, where=item.where, uses=chosen,
                    actions=frozenset(Action if item.actions == "all" else item.actions),
                    outcome=Outcome[item.outcome.upper()], binds=item.binds, condition=item.condition,
                    source=item.source, article=item.article, verified=item.verified,
                    lists=item.lists_uses(),
                    could_be=None if item.could_be is None else Outcome[item.could_be.upper()],
                    decider=item.decider, distance_m=item.distance_m,
                    when=self._when(item, facts, measures, place), valid_from=item.valid_from,
                    valid_until=item.valid_until, approvals=item.approvals, where_from=place,
                )
            )  # fmt: skip
        return rules

    def _when(self, item: Asks, facts: Mapping[str, Fact], measures: Mapping[str, Measure], place: str) -> When | None:
        if item.when is None:
            return None
        tests = []
        for test in item.when.all or item.when.any or ():
            ((operator, value),) = test.given()
            if self._known(test.fact, [*facts, *measures], f"{place}: fact"):
                self._value_fits(test.fact, operator, value, facts, place)
            tests.append(Comparison(fact=test.fact, operator=operator, value=value))  # type: ignore[arg-type]
        return When(how="all" if item.when.all else "any", tests=tuple(tests))

    def _value_fits(self, name: str, operator: str, value: Any, facts: Mapping[str, Fact], place: str) -> None:  # noqa: ANN401
        fact = facts.get(name)
        values = value if isinstance(value, tuple) else (value,)
        kind = "number" if fact is None else fact.type
        if fact is not None and kind == "enum":
            if operator not in ("is", "in"):
                self.faults.append(f"{place}: {name} is one of {', '.join(fact.values)}: test it by `is` or `in`")
            for each in values:
                self._known(str(each), fact.values, f"{place}: value of {name}")
            return
        types, what = _KINDS[kind]
        fitting = [isinstance(each, types) and isinstance(each, bool) == (kind == "bool") for each in values]
        self.faults += [
            f"{place}: {name} is {what}, {each!r} is not"
            for each, fits in zip(values, fitting, strict=True)
            if not fits
        ]

    def _matrix(  # noqa: PLR0913  cells refer to all of these
        self,
        matrix: MatrixEntry,
        symbols: Mapping[str, SymbolEntry],
        layers: Mapping[str, LawLayer],
        sources: Mapping[str, Source],
        uses: Mapping[str, Use],
        permits: Mapping[str, Permit],
        facts: dict[str, Fact],
        lists: CodeLists,
    ) -> list[Rule]:
        place = f"rulebook.toml, matrix {matrix.id}"
        self._known(matrix.source, sources, f"{place}: source")
        for permit in matrix.approvals:
            self._known(permit, permits, f"{place}: approval")
        rows = self._matrix_table(matrix, lists, place)
        if not self._known(matrix.layer, layers, f"{place}: layer") or not rows:
            return []
        layer = layers[matrix.layer]
        self._where(matrix.where, layer, place)
        first, *headers = [key for key in rows[0] if key != "#"]
        headers = [header for header in headers if not header.startswith("#")]
        self._where({matrix.attribute: tuple(headers)}, layer, f"{matrix.file}, row 1")
        need_codes(lists, matrix.where.get("scheme", ()), headers, f"{matrix.file}, row 1", self.faults)
        filled = self._symbols(matrix, rows, first, headers, symbols)
        rules: dict[tuple[str, ...], dict[str, Any]] = {}
        variants: set[str] = set()
        serving = self._rows_of_uses(matrix, list(filled), uses, place)
        self._note_rows(matrix, rows, headers, serving)
        for use, keys in serving.items():
            for header in headers:
                given = {key: filled[key][header] for key in keys}
                alike = len({symbol.id if symbol else "" for symbol in given.values()}) == 1
                for key, symbol in given.items() if not alike else [("/".join(keys), next(iter(given.values())))]:
                    if symbol is None:
                        continue
                    variant = "" if alike else key
                    variants |= {variant} - {""}
                    label = "" if matrix.rows == "use" else key
                    for outcome, actions in _by_outcome(symbol).items():
                        cell = (header, symbol.id, outcome, variant, label)
                        entry = rules.setdefault(cell, {"actions": actions, "uses": set(), "symbol": symbol})
                        entry["uses"].add(use)
        if variants:
            known = facts.get(matrix.rows)
            if known is not None and known.type != "enum":
                self.faults.append(f"{place}: rows = {matrix.rows!r} is a fact already, and none with listed values")
            variants |= set(known.values) if known is not None else set()
            facts[matrix.rows] = Fact(
                id=matrix.rows,
                type="enum",
                values=tuple(sorted(variants)),
                title=Text("设施类型与档次", "kind and grade of the facility"),
                question=Text("拟建的是哪一类、哪一档设施？", "Which kind and grade of facility is meant?"),
            )
        english = self._english(matrix, rows, first)
        return [self._cell(matrix, headers, cell, entry, english) for cell, entry in rules.items()]

    def _matrix_table(self, matrix: MatrixEntry, lists: CodeLists, place: str) -> list[dict[str, str]]:
        """Return the rows of a matrix's file, its columns written as codes of another scheme where it says so."""
        rows = self._csv(matrix.file)
        if matrix.through is None or not self._known(matrix.through, lists.schemes, f"{place}: through"):
            return rows
        return read_through(rows, lists, matrix.where["scheme"][0], matrix.through)

    def _english(self, matrix: MatrixEntry, rows: list[dict[str, str]], first: str) -> dict[str, str]:
        """Return what the rows are called in English, where the matrix names a column that says so."""
        column = matrix.rows_in_english
        if column is None:
            return {}
        if not self._known(column, list(rows[0]), f"{matrix.file}: rows_in_english"):
            return {}
        return {row[first]: row[column] or row[first] for row in rows}

    def _symbols(
        self,
        matrix: MatrixEntry,
        rows: list[dict[str, str]],
        first: str,
        headers: list[str],
        symbols: Mapping[str, SymbolEntry],
    ) -> dict[str, dict[str, SymbolEntry | None]]:
        """Return the symbol of each row and column, None where the cell is empty."""
        filled: dict[str, dict[str, SymbolEntry | None]] = {}
        for row in rows:
            if row[first] in filled:
                self.faults.append(f"{matrix.file}, row {row['#']}: the row {row[first]!r} stands more than once")
            cells = filled.setdefault(row[first], dict.fromkeys(headers))
            for header in headers:
                if row[header] and row[header] not in symbols:
                    self.faults.append(
                        f"{matrix.file}, row {row['#']}, column {header}: symbol {row[header]!r} is not declared; "
                        f"{choices(row[header], sorted(symbols))}"
                    )
                cells[header] = symbols.get(row[header])
        return filled

    def _rows_of_uses(
        self, matrix: MatrixEntry, keys: list[str], uses: Mapping[str, Use], place: str
    ) -> dict[str, list[str]]:
        """Tell which rows of a matrix serve each use; rows that a use names in vain are noted, not dropped."""
        if matrix.rows == "use":
            return {key: [key] for key in keys if self._known(key, uses, f"{matrix.file}: use")}
        if uses and not any(matrix.rows in use.columns for use in uses.values()):
            self.faults.append(f"{place}: rows = {matrix.rows!r} is not a column of uses.csv")
        serving: dict[str, list[str]] = {}
        for use in uses.values():
            named = [key for key in use.columns.get(matrix.rows, "").split("|") if key]
            absent = [key for key in named if key not in keys]
            self.notes += [
                f"{matrix.file}: the row {key!r}, which the use {use.id} names, does not exist: silent on it"
                for key in absent
            ]
            self.matrix_rows += [
                MatrixRow(matrix=matrix.id, name=key, cells={}, uses=frozenset([use.id]), remarks={}) for key in absent
            ]
            if present := [key for key in named if key in keys]:
                serving[use.id] = present
        if idle := [key for key in keys if not any(key in rows for rows in serving.values())]:
            self.notes.append(f"{matrix.file}: rows that serve no use and so give no rule: {'; '.join(idle)}")
        return serving

    def _note_rows(
        self, matrix: MatrixEntry, rows: list[dict[str, str]], headers: list[str], serving: Mapping[str, list[str]]
    ) -> None:
        """Keep the rows of a matrix that uses are joined to as they are written, those that serve no use as well."""
        if matrix.rows == "use":
            return
        first = next(key for key in rows[0] if key != "#")
        self.matrix_rows += [
            MatrixRow(
                matrix=matrix.id, name=row[first], cells={header: row[header] for header in headers},
                uses=frozenset(use for use, keys in serving.items() if row[first] in keys),
                remarks={key[1:]: row[key] for key in row if len(key) > 1 and key.startswith("#") and row[key]},
            )
            for row in rows
        ]  # fmt: skip

    def _cell(
        self,
        matrix: MatrixEntry,
        headers: list[str],
        key: tuple[str, ...],
        entry: dict[str, Any],
        english: Mapping[str, str],
    ) -> Rule:
        header, symbol_id, outcome, variant, row = key
        symbol: SymbolEntry = entry["symbol"]
        words = symbol.title
        if row:
            in_english = "/".join(english.get(each, each) for each in row.split("/"))
            words = Text(f"{row}：{words.zh}", f"{in_english}: {words.en}")
        if matrix.condition is not None:
            words = Text(f"{words.zh}（{matrix.condition.zh}）", f"{words.en} ({matrix.condition.en})")
        when = When(how="all", tests=(Comparison(fact=matrix.rows, operator="is", value=variant),)) if variant else None
        return Rule(
            id="/".join(filter(None, (matrix.id, header, row, symbol_id, outcome, variant and "variant"))),
            ref=matrix.ref, kind="matrix", layer=matrix.layer,
            where={**matrix.where, matrix.attribute: (header,)}, uses=frozenset(entry["uses"]),
            actions=entry["actions"], outcome=Outcome[outcome.upper()], binds=matrix.binds, condition=words,
            source=matrix.source, article=matrix.article, verified=matrix.verified, lists=True, when=when,
            match=matrix.match,
            other_headers=tuple(headers) if matrix.match == "prefix" else (), valid_from=matrix.valid_from,
            valid_until=matrix.valid_until, approvals=matrix.approvals if outcome == "conditional" else (),
            where_from=f"{matrix.file}, column {header}",
        )  # fmt: skip

    def _unique(self, rules: list[Rule]) -> None:
        seen: set[str] = set()
        for rule in rules:
            if rule.id in seen:
                self.faults.append(f"{rule.where_from}: the rule id {rule.id!r} stands more than once")
            seen.add(rule.id)


def _by_outcome(symbol: SymbolEntry) -> dict[str, frozenset[Action]]:
    grouped: dict[str, set[Action]] = {}
    for action in Action:
        outcome = symbol.outcomes.get(action.value, symbol.outcomes.get("*"))
        if outcome is not None:
            grouped.setdefault(outcome, set()).add(action)
    return {outcome: frozenset(actions) for outcome, actions in grouped.items()}
