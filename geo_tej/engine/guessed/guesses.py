"""What a layer or table is guessed to be, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo_tej.codes import find_code, scheme_of_column
from geo_tej.engine.guessed.conventions import FIRM_COLUMNS, LAYER_NAMES, PARCEL_COLUMNS, PARCEL_IDS
from geo_tej.engine.guessed.found import Found, columns_of, is_area
from geo_tej.engine.guessed.kinds import class_column, is_ordinal, is_polygonal, kind_of, named_like, parcel_id
from geo_tej.engine.guessed.systems import Home, crs_told
from geo_tej.frames import POLYGONAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_tej.engine.guessed.draft import Drafted
    from geo_tej.model import LawLayer, Rulebook

_LEAST_WORD = 3
_FROM_THE_EDGE = ("roads", "railway", "power", "pipeline")
"""Layers of things from whose edge the law measures, whether they are drawn as ground or as lines."""


@dataclass(frozen=True, kw_only=True)
class Guess:
    """One [[layer]] of a manifest: its lines, why it is guessed so, and whether it can stand as it is."""

    id: str
    role: str
    found: Found
    columns: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    why: tuple[str, ...] = ()
    stands: bool = True


def guesses_of(found: Found, rulebook: Rulebook, home: Home, drafted: Sequence[Drafted] = ()) -> list[Guess]:
    """Return what a layer is guessed to be; a table may be two things. `drafted` is the rulebook made for it."""
    if not found.fault and found.kind != "raster" and found.geometry is None:
        return _guessed_table(found)
    mine = [_guessed_draft(layer, found, home) for layer in drafted if layer.found is found]
    if mine and not any(layer.of_parcels for layer in drafted if layer.found is found):
        return mine
    return [_guessed_layer(found, rulebook, home, drafting=bool(drafted)), *mine]


def _guessed_draft(layer: Drafted, found: Found, home: Home) -> Guess:
    """Return a layer of which the rulebook beside the manifest was drafted."""
    why = [f"its name says {layer.word!r}: the rulebook's {layer.id}, whose table is to be filled in"]
    if layer.of_parcels:
        why = [f"no layer of zones was found, but parcels say theirs: the rulebook's {layer.id}, to be filled in"]
    columns: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    if layer.column is None:
        constants = (("class", "inside"),)
        why.append(f"no column tells classes apart (there are {', '.join(columns_of(found)[:12]) or 'none'})")
    else:
        columns = (("class", layer.column),)
        some = ", ".join(layer.classes[:8]) + (", …" if len(layer.classes) > 8 else "")  # noqa: PLR2004  some of them
        why.append(f"{layer.column} is taken for its classes: {some}")
    return Guess(id=layer.id, role="zones", found=found, columns=columns, constants=constants,
                 why=(*why, *crs_told(found, home)))  # fmt: skip


def _guessed_layer(found: Found, rulebook: Rulebook, home: Home, *, drafting: bool = False) -> Guess:
    """Return what a layer with geometry is guessed to be, or a raster, or what cannot be read."""
    if found.fault:
        return Guess(
            id=_id(found.label), role="context", found=found, why=(f"cannot be read: {found.fault}",), stands=False
        )
    law, why = (None, "nothing says what it is") if drafting else _law_meant(found, rulebook)
    if found.kind == "raster":
        role, stands = ("raster", law is not None)
        return Guess(id=law.id if law else _id(found.label), role=role, found=found, why=(why,), stands=stands)
    if law is not None:
        return _guessed_zones(found, law, why, rulebook, home)
    kind, word = kind_of(found) or ("", "")
    if is_polygonal(found):
        if found.frame is not None and len(found.frame) == 1 and kind in ("", "parcels") and is_area(found):
            return Guess(
                id="area", role="area", found=found, why=("one polygon whose name says an area", *crs_told(found, home))
            )
        identity = parcel_id(found, surely_parcels=kind == "parcels") if kind in ("", "parcels", "zoning") else None
        if identity is not None:
            return _guessed_parcels(found, identity, rulebook, home)
    said = (
        "nothing says what it is"
        if not kind
        else f"its name says {word!r} ({kind}), of which the rulebook says nothing"
    )
    said += ": drawn on the map, and judged by no rule"
    return Guess(id=_id(found.label), role="context", found=found, why=(said, *crs_told(found, home)))


def _guessed_parcels(found: Found, identity: str, rulebook: Rulebook, home: Home) -> Guess:
    there = columns_of(found)
    columns = [("parcel_id", identity)]
    why = [f"parcels: the column {identity} {_how_full(found, identity)}"]
    if is_ordinal(found, identity):
        why.append(f"{identity} numbers the rows of this file: another edition may give a parcel another number")
    for ours, theirs in PARCEL_COLUMNS.items():
        column = named_like([name for name in there if name != identity], theirs)
        if column is None:
            continue
        if ours == "land_use_code" and not _codes_fit(found, column, rulebook):
            why.append(f"{column} may hold land-use codes, but of which scheme is not told: left out")
            continue
        columns.append((ours, column))
        why.append(f"{column} is {ours} by convention")
    return Guess(id="parcels", role="parcels", found=found, columns=tuple(columns), why=(*why, *crs_told(found, home)))


def _guessed_zones(found: Found, law: LawLayer, why: str, rulebook: Rulebook, home: Home) -> Guess:
    there = columns_of(found)
    columns = []
    reasons = [why, *crs_told(found, home)]
    for name in law.attributes:
        coded = next((each for each in there if scheme_of_column(rulebook.codes, each) is not None), None)
        if name in there:
            columns.append((name, name))
        elif name == "code" and coded is not None and _codes_fit(found, coded, rulebook):
            columns.append((name, coded))
            reasons.append(f"{coded} holds codes of {scheme_of_column(rulebook.codes, coded)} by convention")
        elif name == "class" and (column := class_column(found, law.id)) is not None and _fits(found, column, law):
            columns.append((name, column))
            reasons.append(f"{column} is taken for its class")
        elif name != "scheme":
            reasons.append(
                f"which column is {name}? there are {', '.join(there[:12]) or 'none'}; without it {name} is unknown"
            )
    given = {name for name, _ in columns}
    stands = "scheme" not in law.attributes or "scheme" in given or "code" in given
    geometry = found.geometry.to_numpy() if found.geometry is not None else np.array([])
    drawn = np.isin(shapely.get_type_id(geometry), POLYGONAL)
    role = "zones" if len(drawn) and drawn.all() and law.id not in _FROM_THE_EDGE else "objects"
    if role == "objects" and (shapely.get_dimensions(geometry) == 1).any():
        reasons.append("it holds lines: the law measures from the edge, so say constants.half_width_m")
        stands = False
    return Guess(id=law.id, role=role, found=found, columns=tuple(columns), why=tuple(reasons), stands=stands)


def _guessed_table(found: Found) -> list[Guess]:
    """Return a list of enterprises, who sits where, or both where one table holds both."""
    there = columns_of(found)
    firms = [(ours, next((name for name in theirs if name in there), None)) for ours, theirs in FIRM_COLUMNS.items()]
    columns = tuple((ours, name) for ours, name in firms if name is not None)
    given = dict(columns)
    guesses = []
    if "enterprise_id" in given and any(name in there for name in PARCEL_IDS):
        parcel = next(name for name in PARCEL_IDS if name in there)
        pair = (("enterprise_id", given["enterprise_id"]), ("parcel_id", parcel))
        guesses.append(Guess(id="occupancy", role="occupancy", found=found, columns=pair,
                             why=("it names enterprises and parcels in one row",)))  # fmt: skip
    if {"enterprise_id", "name"} <= set(given):
        again = 0 if found.frame is None else int(found.frame[given["enterprise_id"]].duplicated(keep=False).sum())
        why = ["it has the columns of a list of enterprises"]
        if again:
            why.append(f"{given['enterprise_id']} repeats in {again} rows, and an enterprise is one row: give a list")
        guesses.append(Guess(id="enterprises", role="enterprises", found=found, columns=columns, why=tuple(why),
                             stands=not again))  # fmt: skip
    said = f"a table without coordinates: {', '.join(there[:8])}"
    return guesses or [Guess(id=_id(found.label), role="enterprises", found=found, why=(said,), stands=False)]


def _law_meant(found: Found, rulebook: Rulebook) -> tuple[LawLayer | None, str]:
    """Return the rulebook's layer that the name of a file or sublayer means, and why."""
    labels = [text.lower() for text in (found.sublayer or "", found.path.stem) if text]
    for label in labels:
        for name, law in rulebook.layers.items():
            words = (name, law.title.zh, law.title.en, *LAYER_NAMES.get(name, ()))
            word = next((each for each in words if each and _said(each.lower(), label)), None)
            if word is not None:
                return law, f"its name says {word!r}, which is the rulebook's {name}"
    coded = next((each for each in columns_of(found) if each.upper() == "YDYHFLDM"), None)
    base = next((law for law in rulebook.layers.values() if law.base and "code" in law.attributes), None)
    if coded is not None and base is not None and "plan" in base.id:
        return base, f"its column {coded} holds planned uses"
    return None, "nothing says what it is"


def _said(word: str, label: str) -> bool:
    """Say whether a name stands in a label: as a word where it is Latin, anywhere where it is Chinese."""
    if word.isascii():
        return word == label or re.search(rf"(?:^|[^a-z]){re.escape(word)}(?:[^a-z]|$)", label) is not None
    return word in label or (len(label) >= _LEAST_WORD and label in word)


def _codes_fit(found: Found, column: str, rulebook: Rulebook) -> bool:
    scheme = scheme_of_column(rulebook.codes, column)
    if scheme is None or found.frame is None:
        return False
    codes = {str(code).strip() for code in found.frame[column].dropna()}
    return bool(codes) and all(find_code(rulebook.codes, code, scheme) is not None for code in codes)


def _fits(found: Found, column: str, law: LawLayer) -> bool:
    """Tell whether the values of a column are classes that the rulebook lists."""
    listed = law.attributes["class"]
    return found.frame is not None and set(found.frame[column].dropna().astype(str)) <= set(listed)


def _how_full(found: Found, name: str) -> str:
    """Say whether a column of ids is full and without repetition, and what becomes of rows where it is not."""
    cells = pd.Series(dtype=object) if found.frame is None else found.frame[name]
    empty, again = int(cells.isna().sum()), int(cells.dropna().duplicated(keep=False).sum())
    if not empty and not again:
        return "is full and different in every row"
    said = [f"repeats in {again} rows"] * bool(again) + [f"is empty in {empty} rows"] * bool(empty)
    return f"names most rows, but {' and '.join(said)}: those are set aside with their reason (geo-tej layers)"


def _id(label: str) -> str:
    return re.sub(r"[^\w-]+", "-", label).strip("-") or "layer"
