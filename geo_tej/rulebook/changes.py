"""What changed from one rulebook to another, in words: rules key by key, tables of uses cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_tej.i18n import ACTION_WORDS, OUTCOME_SHORT, Text
from geo_tej.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from geo_tej.i18n import Language
    from geo_tej.model import Matrix, Rulebook

_CHANGED = {
    "added": Text("新增", "added"),
    "removed": Text("删除", "removed"),
    "changed": Text("修改", "changed"),
}
_PARTS = {
    "rule": Text("规则", "rule"), "cell": Text("表格", "table"), "symbol": Text("符号", "symbol"),
    "source": Text("依据", "source"), "pathway": Text("实施路径", "pathway"), "layer": Text("图层", "layer"),
    "fact": Text("事实", "fact"), "measure": Text("量测", "measure"), "use": Text("用途", "use"),
    "permit": Text("审批", "permit"), "rulebook": Text("规则库", "rulebook"),
    "route": Text("退出路径", "route"), "term": Text("出让年限", "term"), "criterion": Text("优先指标", "criterion"),
    "status": Text("进展", "status"),
}  # fmt: skip
_EMPTY = Text("空", "empty")


def cell_changes(left: Rulebook, right: Rulebook) -> list[dict[str, Any]]:
    """Return the cells of tables that changed, and the symbols whose meaning did; `id` is the table's name.

    A cell that one of the tables does not have is None on its side, one that is there and empty is "".
    """
    rows: list[dict[str, Any]] = []
    before, after = _tables(left), _tables(right)
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        cells = [{} if each is None else each.cells for each in (old, new)]
        for place in dict.fromkeys([*cells[0], *cells[1]]):
            values = [each.get(place) for each in cells]
            if values[0] != values[1]:
                rows.append(_row("cell", name, *values) | {"row": place[0], "column": place[1]})
        if old is not None and new is not None:
            meanings = ({symbol: _meaning(each, symbol) for symbol in each.symbols} for each in (old, new))
            olds, news = meanings
            rows += [
                _row("symbol", name, olds[symbol], news[symbol]) | {"symbol": symbol}
                for symbol in olds
                if symbol in news and olds[symbol] != news[symbol] and _is_used(symbol, old, new)
            ]
    return rows


def _is_used(symbol: str, *matrices: Matrix) -> bool:
    return any(text.startswith(symbol) for matrix in matrices for text in matrix.cells.values())


def _tables(book: Rulebook) -> dict[str, Matrix]:
    """Return the tables by the names of their files, which several matrices may share."""
    return {Path(matrix.file).stem: matrix for matrix in reversed(list(book.matrices.values()))}


def _meaning(matrix: Matrix, symbol: str) -> dict[str, Any]:
    said = matrix.symbols[symbol]
    outcomes = {action.value: outcome.name.lower() for action, outcome in said.outcomes.items()}
    return {"zh": said.title.zh, "en": said.title.en, **dict(sorted(outcomes.items()))}


def _row(part: str, name: str, before: object, after: object) -> dict[str, Any]:
    change = "added" if before is None else "removed" if after is None else "changed"
    return {
        "part": part, "id": name, "ref": "", "change": change, "keys": {"cell": {"before": before, "after": after}},
    }  # fmt: skip


def change_words(
    rows: Sequence[Mapping[str, Any]], left: Rulebook, right: Rulebook, language: Language
) -> Iterator[str]:
    """Give a line a change; the rules that a table makes are told by its cells."""
    told = {(row["part"], row["id"]) for row in rows}
    matrices = {name: Path(matrix.file).stem for book in (left, right) for name, matrix in book.matrices.items()}
    for row in rows:
        if row["part"] == "cell":
            yield _cell_words(row, left, right, language)
        elif row["part"] == "symbol":
            yield from _symbol_words(row, language)
        elif row["part"] != "rule" or not _follows(row, matrices, told):
            yield from _other_words(row, language)


def _follows(row: Mapping[str, Any], matrices: Mapping[str, str], told: set[tuple[str, str]]) -> bool:
    """Tell whether a rule changed because cells or symbols of its table did, and in nothing else."""
    made_by = matrices.get(str(row["id"]).split("/")[0], "")
    meant = ("symbol", made_by) in told
    explained = {"uses", "condition", "actions"} if meant else {"uses"}
    return (meant or ("cell", made_by) in told) and not set(row["keys"]) - explained


def _cell_words(row: Mapping[str, Any], left: Rulebook, right: Rulebook, language: Language) -> str:
    uses = right.uses if row["row"] in right.uses else left.uses
    use = uses[row["row"]].title[language] if row["row"] in uses else row["row"]
    values = row["keys"]["cell"]
    sides = [
        _symbol(_tables(book).get(row["id"]), values[side], language)
        for book, side in ((left, "before"), (right, "after"))
    ]
    told = [side for side in sides if side]
    arrow = f"{told[0]} → {told[1]}" if len(told) == len(sides) else f"{_CHANGED[row['change']][language]}: {told[0]}"
    return f"{_head(row, language)}: {use} × {row['column']}: {arrow}"


def _symbol(matrix: Matrix | None, text: str | None, language: Language) -> str:
    if text is None:
        return ""
    if not text:
        return _EMPTY[language]
    known = matrix.symbols.get(text) if matrix is not None else None
    return text if known is None else f"{text} ({known.title[language]})"


def _symbol_words(row: Mapping[str, Any], language: Language) -> Iterator[str]:
    before, after = row["keys"]["cell"]["before"], row["keys"]["cell"]["after"]
    head = f"{_head(row, language)}, {_PARTS['symbol'][language]} {row['symbol']}"
    if before[language] != after[language]:
        yield f"{head}: {before[language]} → {after[language]}"
    for action, words in ACTION_WORDS.items():
        old, new = (
            OUTCOME_SHORT[Outcome[side[action].upper()]][language] if action in side else "—"
            for side in (before, after)
        )
        if old != new:
            yield f"{head}: {words[language]}: {old} → {new}"


def _head(row: Mapping[str, Any], language: Language) -> str:
    part = "cell" if row["part"] == "symbol" else row["part"]
    name = f"{row['id']} ({row['ref']})" if row["ref"] else row["id"]
    return f"{_PARTS[part][language]} {name}"


def _other_words(row: Mapping[str, Any], language: Language) -> Iterator[str]:
    if row["change"] != "changed":
        yield f"{_head(row, language)}: {_CHANGED[row['change']][language]}"
    for key, values in row["keys"].items():
        yield f"{_head(row, language)}: {key}: {_values(values['before'], values['after'], language)}"


def _values(before: object, after: object, language: Language) -> str:
    """Say how a value changed; of lists only what came and went."""
    if isinstance(before, list) and isinstance(after, list):
        came = [f"+ {_value(each, language)}" for each in after if each not in before]
        went = [f"− {_value(each, language)}" for each in before if each not in after]
        if came or went:
            return ", ".join([*went, *came])
    return f"{_value(before, language)} → {_value(after, language)}"


def _value(value: object, language: Language) -> str:
    if isinstance(value, dict):
        if set(value) == {"zh", "en"}:
            return str(value[language])
        if set(value) == {"fact", "operator", "value"}:
            return f"{value['fact']} {value['operator']} {_value(value['value'], language)}"
        if set(value) == {"how", "tests"}:
            return f"{value['how']}: {'; '.join(_value(each, language) for each in value['tests'])}"
        return "; ".join(f"{key}={_value(each, language)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(_value(each, language) for each in value)
    return "—" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
