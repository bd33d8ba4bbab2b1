"""Write guesses as a manifest, ready to be corrected."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyproj import CRS

from geo_tej.engine.guessed.conventions import SURVEY_IDS
from geo_tej.engine.guessed.found import Found, columns_of
from geo_tej.engine.guessed.guesses import Guess, guesses_of
from geo_tej.engine.guessed.systems import Home, computing_crs, ground_of
from geo_tej.engine.guessed.toml import toml_comment, toml_text
from geo_tej.io.kinds import VECTORS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from geo_tej.engine.guessed.draft import Drafted
    from geo_tej.model import Rulebook


def guessed_manifest(  # noqa: PLR0913  what was found, where the manifest lies, and the law
    found: Sequence[Found],
    *,
    beside: Path,
    rulebook: Rulebook,
    rulebook_name: str,
    title: str = "My town",
    drafted: Sequence[Drafted] = (),
) -> str:
    """Return the text of a manifest in a folder (`beside`) for what was found, a comment on every guess.

    `drafted` are the layers of the rulebook where it was drafted for what was found.
    """
    crs, why_crs = computing_crs(found)
    home = Home(crs, ground_of(found, CRS(crs)))
    guesses = _ordered([guess for each in found for guess in guesses_of(each, rulebook, home, drafted)])
    area = next((each.id for each in guesses if each.role == "area" and each.stands), None)
    chinese = any(re.search(r"[\u4e00-\u9fff]", each.label + "".join(map(str, columns_of(each)))) for each in found)
    language = "zh" if chinese else "en"
    lines = [
        "# Guessed from what lies in a folder: any line may be wrong. Read the comments, correct, then: geo-tej layers",
        "",
        f"title = {toml_text(title)}",
        f"crs = {toml_text(crs)}  # {why_crs}",
        "on = 2026-01-01  # the day whose law applies: say it",
        f"rulebook = {toml_text(rulebook_name)}",
        f'language = "{language}"  # {"there are Chinese names" if chinese else "no Chinese names were found"}',
    ]
    if area is not None:
        lines.append(f"area = {toml_text(area)}  # the ground that layers must not lie far from")
    bases = {name for name, law in rulebook.layers.items() if law.base}
    taken = [guess.id for guess in guesses if guess.role == "zones" and guess.stands]
    for guess in guesses:
        lines += ["", *_block(guess, beside, area, bases, taken)]
    if not any(each.role == "parcels" and each.stands for each in guesses):
        lines += [
            "",
            '# No layer of parcels was found: one with role = "parcels" and a column of unique ids is needed.',
        ]
    return "\n".join(lines) + "\n"


def _ordered(guesses: list[Guess]) -> list[Guess]:
    """Sort guesses as a manifest reads, and give each an id of its own; of several areas only the first stands."""
    order = ("area", "parcels", "enterprises", "occupancy", "buildings", "zones", "objects", "raster", "context")
    taken: Counter[str] = Counter()
    sorted_ones: list[Guess] = []
    for guess in sorted(guesses, key=lambda each: _rank(each, order)):
        taken[guess.id] += 1
        again = taken[guess.id] > 1
        name = f"{guess.id}-{taken[guess.id]}" if again else guess.id
        role = "context" if again and guess.role in ("area", "zones", "objects") else guess.role
        stands = guess.stands and not (again and guess.role in ("enterprises", "occupancy", "raster"))
        why = (
            (*guess.why, f"there is another layer for {guess.id}: choose one")
            if again and role != "parcels"
            else guess.why
        )
        twin = _twin(guess, sorted_ones)
        if twin is not None and stands:
            stands, why = False, (*why, f"most of its ids stand in {twin.found.label} ({twin.id}): choose one")
        columns = guess.columns if role == guess.role else ()
        sorted_ones.append(replace(guess, id=name, role=role, columns=columns, why=why, stands=stands))
    return sorted_ones


def _twin(guess: Guess, before: Sequence[Guess]) -> Guess | None:
    """Return the layer of parcels among those before that holds most ids of another: a copy, or another edition."""
    if guess.role != "parcels":
        return None
    mine = _ids(guess)
    others = (each for each in before if each.role == "parcels" and each.stands)
    return next((each for each in others if mine and 2 * len(mine & _ids(each)) > len(mine)), None)


def _ids(guess: Guess) -> set[str]:
    column = dict(guess.columns)["parcel_id"]
    return set() if guess.found.frame is None else set(guess.found.frame[column].dropna().astype(str))


def _rank(guess: Guess, order: Sequence[str]) -> tuple[bool, int, int, bool, str]:
    """Sort by role, the parcels of most rows first; a layer that bears the very name before those that only hold it."""
    frame = guess.found.frame
    rows = len(frame) if frame is not None and guess.role == "parcels" else 0
    return (
        not guess.stands,
        order.index(guess.role),
        -rows,
        guess.found.label.lower() != guess.id,
        str(guess.found.path),
    )


def _block(guess: Guess, beside: Path, area: str | None, bases: Collection[str], taken: Collection[str]) -> list[str]:
    found = guess.found
    path = os.path.relpath(found.path.resolve(), beside.resolve())
    lines = [
        "[[layer]]",
        f"id = {toml_text(guess.id)}",
        f'role = "{guess.role}"',
        f"title = {toml_text(found.label)}",
        f"path = {toml_text(Path(path).as_posix())}",
    ]
    if found.sublayer is not None:
        lines.append(f"sublayer = {toml_text(found.sublayer)}")
    if guess.role == "parcels" and any(name in SURVEY_IDS for name in columns_of(found)):
        lines.append('kind = "survey"  # its columns are those of survey patches (图斑)')
    if guess.columns:
        pairs = ", ".join(f"{ours} = {toml_text(theirs)}" for ours, theirs in guess.columns)
        lines.append(f"columns = {{ {pairs} }}")
    if guess.constants:
        pairs = ", ".join(f"{ours} = {toml_text(value)}" for ours, value in guess.constants)
        lines.append(f"constants = {{ {pairs} }}")
    if guess.role == "zones" and guess.id in bases:
        lines.append(f"extent = {toml_text(guess.id)}  # taken as surveyed wherever it has zones")
    elif guess.role in ("zones", "objects"):
        ground = area or next((name for name in taken if name in bases), None)
        over = f"extent = {toml_text(ground)}" if ground else "extent = [west, south, east, north]"
        lines.append(f"# {over}  # say over which ground it was surveyed: without that, nothing there means no data")
    kind = VECTORS.get(found.kind, found.kind)
    comments = [f"# {toml_comment(f'{kind}: {why}' if place == 0 else why)}" for place, why in enumerate(guess.why)]
    return comments + (lines if guess.stands else [f"# {line}".replace("# # ", "# ") for line in lines])
