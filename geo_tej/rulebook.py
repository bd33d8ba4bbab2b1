"""Read a rulebook: a folder of TOML and CSV becomes one frozen value, or an error that names every fault."""

from __future__ import annotations

import hashlib
import json
from datetime import date  # noqa: TC003  pydantic needs it at run time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from geo_tej.errors import RulebookError, choices, gather
from geo_tej.i18n import GROUP_WORDS, Text
from geo_tej.model import (
    UNKNOWN,
    Action,
    Comparison,
    Fact,
    LawLayer,
    Level,
    Measure,
    Outcome,
    Pathway,
    Permit,
    Rule,
    Rulebook,
    Source,
    Use,
    When,
)
from geo_tej.strict import Strict, Words, read_csv, read_toml, validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OutcomeName = Literal["permitted", "conditional", "prohibited"]
BUILT_IN_FACTS = {
    "area_m2": Fact(
        id="area_m2",
        type="number",
        title=Text("宗地面积（平方米）", "area of the parcel (m²)"),
        question=Text("宗地面积是多少？", "What is the area of the parcel?"),
    ),
}
USE_COLUMNS = (
    "use_id", "ref", "name_zh", "name_en", "group", "tags", "least_area_m2", "least_width_m",
)  # fmt: skip


class _Source(Strict):
    id: str
    title: Words
    issued: str = ""
    ref: str = ""


class _Pathway(Strict):
    id: str
    title: Words
    actions: tuple[Action, ...] = Field(min_length=1)


class _Layer(Strict):
    id: str
    title: Words
    base: bool = False
    attributes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    names: dict[str, Words] = Field(default_factory=dict)
    unlisted: Literal["permitted", "prohibited", "unknown", "silent"]
    heads_extract: bool = False


class _Fact(Strict):
    id: str
    type: Literal["number", "bool", "enum", "date"]
    values: tuple[str, ...] = ()
    title: Words
    question: Words

    @model_validator(mode="after")
    def _values_for_enum(self) -> _Fact:
        if (self.type == "enum") != bool(self.values):
            message = "`values` belongs to a fact of type enum, and such a fact must have it"
            raise ValueError(message)
        return self


class _Measure(Strict):
    id: str
    layer: str
    derive: Literal["value", "slope_deg"]
    statistic: Literal["mean", "min", "max"]
    title: Words


class _Test(Strict):
    fact: str
    is_: str | bool | float | date | None = Field(None, alias="is")
    in_: tuple[str | float, ...] | None = Field(None, alias="in")
    at_least: float | date | None = None
    more_than: float | date | None = None
    at_most: float | date | None = None
    less_than: float | date | None = None

    @model_validator(mode="after")
    def _one_operator(self) -> _Test:
        if len(self.given()) != 1:
            message = "a test has exactly one of is, in, at_least, more_than, at_most, less_than"
            raise ValueError(message)
        return self

    def given(self) -> list[tuple[str, Any]]:
        pairs = [("is", self.is_), ("in", self.in_)]
        pairs += [(name, getattr(self, name)) for name in ("at_least", "more_than", "at_most", "less_than")]
        return [(name, value) for name, value in pairs if value is not None]


class _When(Strict):
    all: tuple[_Test, ...] | None = None
    any: tuple[_Test, ...] | None = None

    @model_validator(mode="after")
    def _one_list(self) -> _When:
        if bool(self.all) == bool(self.any):
            message = "`when` has one list of tests, `all` or `any`"
            raise ValueError(message)
        return self


class _Rule(Strict):
    id: str
    ref: str = ""
    kind: Literal["zone", "setback", "raster", "fact"]
    layer: str | None = None
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    distance_m: float | None = Field(None, gt=0)
    when: _When | None = None
    uses: tuple[str, ...] | Literal["all"]
    except_: tuple[str, ...] = Field((), alias="except")
    actions: tuple[Action, ...] | Literal["all"]
    outcome: OutcomeName
    could_be: OutcomeName | None = None
    decider: Words | None = None
    binds: Literal["ground", "parcel"]
    condition: Words
    source: str
    article: str
    verified: bool
    valid_from: date | None = None
    valid_until: date | None = None
    approvals: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _kind_has_its_keys(self) -> _Rule:
        if (self.kind == "setback") != (self.distance_m is not None):
            message = "`distance_m` belongs to the kind setback, and such a rule must have it"
            raise ValueError(message)
        if (self.kind == "fact") != (self.layer is None):
            message = "every kind of rule but fact has a `layer`"
            raise ValueError(message)
        if self.kind in ("fact", "raster") and self.when is None:
            message = f"a rule of the kind {self.kind} must have `when`"
            raise ValueError(message)
        if self.kind in ("fact", "raster") and self.binds == "ground":
            message = f"a rule of the kind {self.kind} binds the parcel, it covers no ground of its own"
            raise ValueError(message)
        if (self.could_be is None) != (self.decider is None):
            message = "`could_be` and `decider` go together: say who decides"
            raise ValueError(message)
        return self


class _Symbol(Strict):
    id: str
    title: Words
    outcomes: dict[str, OutcomeName] = Field(min_length=1)

    @model_validator(mode="after")
    def _actions_exist(self) -> _Symbol:
        for action in self.outcomes:
            if action != "*" and action not in [verb.value for verb in Action]:
                message = f"unknown action {action!r}; {choices(action, [verb.value for verb in Action])}"
                raise ValueError(message)
        return self


class _Matrix(Strict):
    id: str
    ref: str = ""
    file: str
    layer: str
    attribute: str
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    match: Literal["exact", "prefix"] = "exact"
    rows: str
    rows_in_english: str | None = None
    binds: Literal["ground", "parcel"]
    condition: Words | None = None
    source: str
    article: str
    verified: bool
    valid_from: date | None = None
    valid_until: date | None = None
    approvals: tuple[str, ...] = ()


class _Defaults(Strict):
    least_area_m2: float | None = None
    least_width_m: float | None = None
    least_note: Words | None = None


class _Group(Strict):
    id: str
    title: Words


class _Head(Strict):
    id: str
    version: str
    date: date
    title: Words
    disclaimer: Words
    units: tuple[Literal["m2", "ha", "mu"], ...] = ("m2", "ha")
    defaults: _Defaults = _Defaults()


def bundled() -> dict[str, Path]:
    """Return the rulebooks that come with the package, by name."""
    folder = Path(str(files("geo_tej") / "rulebooks"))
    return {path.parent.name: path.parent for path in sorted(folder.glob("*/rulebook.toml"))}


def find_rulebook(name: str, *, beside: Path) -> Path:
    """Return the folder of a bundled rulebook, or of one at a path relative to `beside`.

    Raises
    ------
    RulebookError
        If there is neither.
    """
    if name in bundled():
        return bundled()[name]
    folder = beside / name
    if (folder / "rulebook.toml").is_file():
        return folder
    message = f"rulebook {name!r}: neither a bundled one ({', '.join(bundled())}) nor a folder with a rulebook.toml"
    raise RulebookError(message)


def read_rulebook(folder: str | Path) -> Rulebook:
    """Read a rulebook folder strictly.

    Raises
    ------
    RulebookError
        If anything in it cannot be followed; the message names file, rule and key of every fault.
    """
    path = find_rulebook(str(folder), beside=Path())
    return _Reader(path).rulebook()


class _Reader:
    """One reading of a folder: collects faults, so that all are told at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.content: dict[str, Any] = {}
        self.toml = read_toml(folder / "rulebook.toml", RulebookError)

    def rulebook(self) -> Rulebook:
        self.content["rulebook.toml"] = self.toml
        lists = ("source", "pathway", "layer", "fact", "measure", "rule", "symbol", "matrix", "group")
        head = validate(
            _Head, {key: value for key, value in self.toml.items() if key not in lists}, "rulebook.toml", self.faults
        )
        sources = {item.id: Source(**dict(item)) for item in self._list("source", _Source)}
        pathways = {item.id: Pathway(**dict(item)) for item in self._list("pathway", _Pathway)}
        layers = {item.id: LawLayer(**dict(item)) for item in self._list("layer", _Layer)}
        facts = BUILT_IN_FACTS | {item.id: Fact(**dict(item)) for item in self._list("fact", _Fact)}
        measures = {item.id: Measure(**dict(item)) for item in self._list("measure", _Measure)}
        groups = GROUP_WORDS | {item.id: item.title for item in self._list("group", _Group)}
        if not pathways:
            self.faults.append("rulebook.toml: there is no [[pathway]]; a question needs at least one")
        if not any(layer.base for layer in layers.values()):
            self.faults.append("rulebook.toml: no [[layer]] has `base = true`; without one nothing can be permitted")
        for measure in measures.values():
            self._known(measure.layer, layers, f"rulebook.toml, measure {measure.id}: layer")
        uses = self._uses(head.defaults if head else _Defaults(), groups)
        permits = self._permits(sources)
        rules = self._rules(layers, sources, uses, permits, facts, measures)
        symbols = {item.id: item for item in self._list("symbol", _Symbol)}
        for matrix in self._list("matrix", _Matrix):
            rules += self._matrix(matrix, symbols, layers, sources, uses, permits, facts)
        self._unique(rules)
        if self.faults or head is None:
            message = f"rulebook {self.folder.name}: {gather(self.faults)}"
            raise RulebookError(message)
        digest = hashlib.sha256(
            json.dumps(self.content, sort_keys=True, ensure_ascii=False, default=str).encode()
        ).hexdigest()
        return Rulebook(
            id=head.id, version=head.version, date=head.date, title=head.title, disclaimer=head.disclaimer,
            units=head.units, sources=sources, pathways=pathways, layers=layers, facts=facts, measures=measures,
            uses=uses, groups=groups, permits=permits, rules=tuple(rules), notes=tuple(self.notes), sha256=digest,
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

    def _known(self, name: str, known: Iterable[str], place: str) -> bool:
        if name in known:
            return True
        self.faults.append(f"{place} {name!r} is not in the rulebook; {choices(name, sorted(known))}")
        return False

    def _csv(self, name: str) -> list[dict[str, str]]:
        rows = read_csv(self.folder / name, self.faults)
        self.content[name] = rows
        return rows

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

    def _uses(self, defaults: _Defaults, groups: Mapping[str, Text]) -> dict[str, Use]:
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
            permits[row["ref"]] = Permit(
                id=row["ref"],
                what=Text(row["what_zh"], row["what_en"]),
                authority=Text(row.get("authority_zh", ""), row.get("authority_en", "")),
                level=Level[row["level"].upper()],
                source=row["source"],
                article=row.get("article", ""),
                before=Text(row.get("before_zh", ""), row.get("before_en", "")),
                verified=row.get("verified", "") == "true",
            )
        return permits

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
        for item in self._list("rule", _Rule):
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
                    could_be=None if item.could_be is None else Outcome[item.could_be.upper()],
                    decider=item.decider, distance_m=item.distance_m,
                    when=self._when(item, facts, measures, place), valid_from=item.valid_from,
                    valid_until=item.valid_until, approvals=item.approvals, where_from=place,
                )
            )  # fmt: skip
        return rules

    def _when(self, item: _Rule, facts: Mapping[str, Fact], measures: Mapping[str, Measure], place: str) -> When | None:
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
        if fact is None or fact.type == "number":
            if isinstance(value, str):
                self.faults.append(f"{place}: {name} is a number, {value!r} is not")
        elif fact.type == "enum":
            if operator not in ("is", "in"):
                self.faults.append(f"{place}: {name} is one of {', '.join(fact.values)}: test it by `is` or `in`")
            for each in value if isinstance(value, tuple) else (value,):
                self._known(str(each), fact.values, f"{place}: value of {name}")
        elif fact.type == "bool" and not isinstance(value, bool):
            self.faults.append(f"{place}: {name} is true or false, {value!r} is not")

    def _matrix(  # noqa: PLR0913  cells refer to all of these
        self,
        matrix: _Matrix,
        symbols: Mapping[str, _Symbol],
        layers: Mapping[str, LawLayer],
        sources: Mapping[str, Source],
        uses: Mapping[str, Use],
        permits: Mapping[str, Permit],
        facts: dict[str, Fact],
    ) -> list[Rule]:
        place = f"rulebook.toml, matrix {matrix.id}"
        self._known(matrix.source, sources, f"{place}: source")
        for permit in matrix.approvals:
            self._known(permit, permits, f"{place}: approval")
        rows = self._csv(matrix.file)
        if not self._known(matrix.layer, layers, f"{place}: layer") or not rows:
            return []
        layer = layers[matrix.layer]
        self._where(matrix.where, layer, place)
        first, *headers = [key for key in rows[0] if key != "#"]
        headers = [header for header in headers if not header.startswith("#")]
        self._where({matrix.attribute: tuple(headers)}, layer, f"{matrix.file}, row 1")
        filled = self._symbols(matrix, rows, first, headers, symbols)
        rules: dict[tuple[str, ...], dict[str, Any]] = {}
        variants: set[str] = set()
        for use, keys in self._rows_of_uses(matrix, list(filled), uses, place).items():
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
            facts[matrix.rows] = Fact(
                id=matrix.rows,
                type="enum",
                values=tuple(sorted(variants)),
                title=Text("设施类型与档次", "kind and grade of the facility"),
                question=Text("拟建的是哪一类、哪一档设施？", "Which kind and grade of facility is meant?"),
            )
        english = self._english(matrix, rows, first)
        return [self._cell(matrix, headers, cell, entry, english) for cell, entry in rules.items()]

    def _english(self, matrix: _Matrix, rows: list[dict[str, str]], first: str) -> dict[str, str]:
        """Return what the rows are called in English, where the matrix names a column that says so."""
        column = matrix.rows_in_english
        if column is None:
            return {}
        if not self._known(column, list(rows[0]), f"{matrix.file}: rows_in_english"):
            return {}
        return {row[first]: row[column] or row[first] for row in rows}

    def _symbols(
        self,
        matrix: _Matrix,
        rows: list[dict[str, str]],
        first: str,
        headers: list[str],
        symbols: Mapping[str, _Symbol],
    ) -> dict[str, dict[str, _Symbol | None]]:
        """Return the symbol of each row and column, None where the cell is empty."""
        filled: dict[str, dict[str, _Symbol | None]] = {}
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
        self, matrix: _Matrix, keys: list[str], uses: Mapping[str, Use], place: str
    ) -> dict[str, list[str]]:
        """Tell which rows of a matrix serve each use; rows that a use names in vain are noted, not dropped."""
        if matrix.rows == "use":
            return {key: [key] for key in keys if self._known(key, uses, f"{matrix.file}: use")}
        if uses and not any(matrix.rows in use.columns for use in uses.values()):
            self.faults.append(f"{place}: rows = {matrix.rows!r} is not a column of uses.csv")
        serving: dict[str, list[str]] = {}
        for use in uses.values():
            named = [key for key in use.columns.get(matrix.rows, "").split("|") if key]
            self.notes += [
                f"{matrix.file}: the row {key!r}, which the use {use.id} names, does not exist: silent on it"
                for key in named
                if key not in keys
            ]
            if present := [key for key in named if key in keys]:
                serving[use.id] = present
        return serving

    def _cell(
        self,
        matrix: _Matrix,
        headers: list[str],
        key: tuple[str, ...],
        entry: dict[str, Any],
        english: Mapping[str, str],
    ) -> Rule:
        header, symbol_id, outcome, variant, row = key
        symbol: _Symbol = entry["symbol"]
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
            source=matrix.source, article=matrix.article, verified=matrix.verified, when=when, match=matrix.match,
            other_headers=tuple(headers) if matrix.match == "prefix" else (), valid_from=matrix.valid_from,
            valid_until=matrix.valid_until, approvals=matrix.approvals if outcome != "prohibited" else (),
            where_from=f"{matrix.file}, column {header}",
        )  # fmt: skip

    def _unique(self, rules: list[Rule]) -> None:
        seen: set[str] = set()
        for rule in rules:
            if rule.id in seen:
                self.faults.append(f"{rule.where_from}: the rule id {rule.id!r} stands more than once")
            seen.add(rule.id)


def _by_outcome(symbol: _Symbol) -> dict[str, frozenset[Action]]:
    grouped: dict[str, set[Action]] = {}
    for action in Action:
        outcome = symbol.outcomes.get(action.value, symbol.outcomes.get("*"))
        if outcome is not None:
            grouped.setdefault(outcome, set()).add(action)
    return {outcome: frozenset(actions) for outcome, actions in grouped.items()}
