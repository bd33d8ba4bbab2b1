"""A rulebook drafted for the layers in a folder: their classes of zone as tables to fill in, and no law made up.

Cells are empty, texts unread and whatever is not listed is unknown: nothing is permitted or barred before somebody has
written down what the law says.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import pandas as pd

from geo_tej.engine.guessed.kinds import class_column, is_control, is_polygonal, kind_of, parcel_id, zoned_parcels
from geo_tej.engine.guessed.toml import toml_comment, toml_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from geo_tej.engine.guessed.found import Found

_RUNS = ("=", "+", "-", "@")


@dataclass(frozen=True, kw_only=True, eq=False)
class Drafted:
    """A layer of the drafted rulebook: the file it is of, the column that tells its classes, and those found in it."""

    id: str
    kind: str
    found: Found | None
    word: str = ""
    column: str | None = None
    classes: tuple[str, ...] = ()
    of_parcels: bool = False

    @property
    def headings(self) -> dict[str, list[str]]:
        """Return the classes by the heading that they stand under, in one line of text."""
        headings: dict[str, list[str]] = {}
        for name in self.classes:
            headings.setdefault(" ".join(name.split()), []).append(name)
        return headings

    @property
    def title(self) -> str:
        """Return what the layer is called."""
        return self.found.label if self.found is not None else self.id


def drafted_layers(found: Sequence[Found]) -> list[Drafted]:
    """Return the layers whose zones may grant or bar uses, by what they are called; there is always a zoning."""
    taken: Counter[str] = Counter()
    layers = []
    for each in found:
        said = kind_of(each) if each.geometry is not None and is_polygonal(each) else None
        if said is None or not is_control(said[0]) or (said[0] != "zoning" and _is_cadastre(each)):
            continue
        kind, word = said
        taken[kind] += 1
        name = kind if taken[kind] == 1 else f"{kind}_{taken[kind]}"
        column = class_column(each, kind)
        layers.append(
            Drafted(id=name, kind=kind, found=each, word=word, column=column, classes=_classes(each, column))
        )  # fmt: skip
    layers.sort(key=lambda layer: layer.kind != "zoning")
    if not layers or layers[0].kind != "zoning":
        parcels = next(((each, column) for each in found if (column := zoned_parcels(each)) is not None), None)
        if parcels is not None:
            each, column = parcels
            zoned = Drafted(
                id="zoning", kind="zoning", found=each, column=column, classes=_classes(each, column), of_parcels=True
            )
            return [zoned, *layers]
        nothing = Drafted(id="zoning", kind="zoning", found=None, classes=("residential", "commercial", "industrial"))
        layers.insert(0, nothing)
    return layers


def drafted_files(layers: Sequence[Drafted], name: str) -> dict[str, str]:
    """Return the files of a rulebook for layers, by their names."""
    rulebooks = files("geo_tej") / "rulebooks"
    tables = {"uses.csv": (rulebooks / "draft-uses.csv").read_text(encoding="utf-8")}
    uses = [line.split(",")[0] for line in tables["uses.csv"].splitlines()[1:]]
    head = (rulebooks / "draft-rulebook.toml").read_text(encoding="utf-8")
    blocks = [head.replace('"Draft"', toml_text(f"Rulebook of {name}"))]
    for layer in layers:
        blocks.append(_layer_block(layer))
        if layer.classes:
            blocks.append(_matrix_block(layer))
            empty = [""] * len(layer.headings)
            tables[f"{layer.id}.csv"] = _table([["use", *map(_kept, layer.headings)], *([use, *empty] for use in uses)])
    return {"rulebook.toml": "\n".join(blocks), **tables}


def write_draft(folder: Path, layers: Sequence[Drafted], name: str) -> None:
    """Write the drafted rulebook; its tables bear the mark by which spreadsheets know UTF-8."""
    folder.mkdir(parents=True)
    for file, text in drafted_files(layers, name).items():
        encoding = "utf-8" if file.endswith(".toml") else "utf-8-sig"
        (folder / file).write_text(text, encoding=encoding, newline="")


def _is_cadastre(found: Found) -> bool:
    return "parcel" in found.label.casefold() and parcel_id(found, surely_parcels=True) is not None


def _classes(found: Found, column: str | None) -> tuple[str, ...]:
    """Return the classes that stand in a column, as they are read, in order; what can be no heading is left out."""
    if column is None or found.frame is None:
        return ("inside",)
    names = dict.fromkeys(_text(value) for value in found.frame[column].dropna())
    return tuple(sorted(name for name in names if name and name not in ("use", "unknown") and not name.startswith("#")))


def _text(value: object) -> str:
    """Write a value as the manifest's reader does: whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() if not pd.isna(value) else ""  # type: ignore[call-overload]


def _layer_block(layer: Drafted) -> str:
    base = layer.kind == "zoning"
    what = "the plan in force: only such a layer can permit anything" if base else "zones that may bar uses"
    lines = [
        "[[layer]]",
        f"id = {toml_text(layer.id)}  # {toml_comment(what)}",
        f"title = {toml_text(layer.title)}",
    ]
    if base:
        lines.append("base = true")
    lines += [
        "attributes = { class = [] }",
        'unlisted = "unknown"  # an empty cell means: "prohibited" where the law says so, "silent" where none bars',
    ]
    if not base:
        lines.append(
            '# prevails_over = ["zoning"]  # if what it lists stands in place of the zoning; then unlisted = "silent"'
        )
    return "\n".join([*lines, ""])


def _matrix_block(layer: Drafted) -> str:
    odd = {heading: names for heading, names in layer.headings.items() if "|" in heading or names != [heading]}
    lines = [
        "[[matrix]]",
        f"id = {toml_text(layer.id)}",
        f"file = {toml_text(f'{layer.id}.csv')}  # a row a use, a column a class: fill in P, C, K or X",
        f"layer = {toml_text(layer.id)}",
        'attribute = "class"',
        'rows = "use"',
        'binds = "ground"',
        'source = "law"',
        'article = ""  # the article of the table',
        "verified = false  # true once somebody has checked the table against the text: before, it permits nothing",
    ]
    if odd:
        pairs = ", ".join(f"{toml_text(head)} = [{', '.join(map(toml_text, names))}]" for head, names in odd.items())
        lines.append(f"columns = {{ {pairs} }}")
    return "\n".join([*lines, ""])


def _kept(name: str) -> str:
    """Keep a spreadsheet from running a class that begins like a formula."""
    return f"'{name}" if len(name) > 1 and name.startswith(_RUNS) else name


def _table(rows: Iterable[Sequence[str]]) -> str:
    """Write rows as a CSV; it says what divides them where its headings hold other dividers."""
    heads, *others = rows
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([heads, *others])
    return f"sep=,\n{text.getvalue()}" if ";" in "".join(heads) else text.getvalue()
