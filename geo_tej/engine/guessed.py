"""A manifest guessed from a folder of somebody's files: each guess with a comment on why, ready to be corrected."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from geo_tej import placing
from geo_tej.codes import find_code, scheme_of_column
from geo_tej.crs import named, require_projected
from geo_tej.errors import CRSError, GeoTejError, OutputError
from geo_tej.frames import POLYGONAL
from geo_tej.io.account import Ask
from geo_tej.io.archives import at_hand, empty_in, layers_in
from geo_tej.io.kinds import VECTORS
from geo_tej.io.read import read_table
from geo_tej.io.reading import read_raw
from geo_tej.io.tabular import has_coordinates
from geo_tej.io.vector import layer_names
from geo_tej.offset import CHINA

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd

    from geo_tej.model import LawLayer, Rulebook

PARCEL_IDS = (
    "parcel_id",
    "ZDDM",
    "BDCDYH",
    "宗地代码",
    "不动产单元号",
    "TBBH",
    "图斑编号",
    "地块编号",
    "DKBH",
    "plot_id",
    "BSM",
    "标识码",
)
PARCEL_COLUMNS = {
    "name": ("name", "DKMC", "地块名称", "名称", "ZDMC", "QLRMC"),
    "village": ("village", "ZLDWMC", "村", "ZL", "坐落"),
    "land_use_code": ("land_use_code", "DLBM"),
    "registered_m2": ("registered_m2", "ZDMJ", "宗地面积"),
}
"""What parcels may bring, and the names of columns by convention (TD/T 1055, 宗地基本信息)."""

_SURVEY = ("TBBH", "图斑编号")
_FIRMS = {
    "enterprise_id": ("enterprise_id", "企业编号", "统一社会信用代码", "序号"),
    "name": ("name", "企业名称", "单位名称", "名称"),
    "industry": ("industry", "行业代码"),
}
_NAMES = {
    "redline": ("stbhhx", "生态保护红线", "红线"), "farmland": ("yjjbnt", "永久基本农田", "基本农田"),
    "growth_boundary": ("czkfbj", "城镇开发边界", "开发边界"), "scenic": ("fjmsq", "风景名胜", "风景区"),
    "drinking_water": ("水源",), "river_strip": ("河道",), "flood": ("hlfxkzx", "洪涝", "洪水", "淹没"),
    "heritage": ("lswhbhx", "历史文化", "文物"), "roads": ("公路", "道路", "road"), "power": ("电力", "电网"),
    "geohazard": ("地质灾害", "地灾"), "wetland": ("湿地",), "reserve": ("zrbhd", "自然保护"),
    "railway": ("铁路",), "pipeline": ("管道", "油气"), "plan_village": ("村庄规划",),
    "plan_town": ("zxcqghydyh", "ghydyh", "控规", "详细规划", "用地用海"), "dem": ("dem", "高程"),
}  # fmt: skip
"""What layers are called in practice, by the rulebook's names for them (data sets of 国土空间规划 and 三调)."""

_AREAS = ("xzq", "行政区", "镇界", "县界", "范围", "boundary", "town", "area")
_LEAST_WORD = 3
_MOST = 0.5
"""More than this share of rows is most of them."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A layer or table in a folder: where, what it is, what it holds, or why it cannot be read."""

    path: Path
    sublayer: str | None
    kind: str
    frame: pd.DataFrame | None = None
    crs: CRS | None = None
    fault: str = ""

    @property
    def label(self) -> str:
        """Return what it is called: its sublayer, else its file."""
        return self.sublayer or self.path.stem

    @property
    def geometry(self) -> gpd.GeoSeries | None:
        """Return its geometries, None where it has none."""
        return getattr(self.frame, "geometry", None)


@dataclass(frozen=True, kw_only=True)
class Guess:
    """One [[layer]] of a manifest: its lines, why it is guessed so, and whether it can stand as it is."""

    id: str
    role: str
    found: Found
    columns: tuple[tuple[str, str], ...] = ()
    why: tuple[str, ...] = ()
    stands: bool = True


@dataclass(frozen=True)
class _Home:
    """The CRS to compute in, and west, south, east, north of the project's ground in it, where that is known."""

    crs: str
    ground: tuple[float, float, float, float] | None


def looked_through(folder: Path) -> list[Found]:
    """Read what lies in a folder and below it; what cannot be read says why.

    Raises
    ------
    OutputError
        If it is no folder.
    """
    if not folder.is_dir():
        message = f"{folder}: is no folder to look through"
        raise OutputError(message)
    found = []
    for path, kind in layers_in(folder):
        if kind == "zip":
            found.append(_looked_at(path, None, _inside(path)))
            continue
        names: Sequence[str | None] = [None]
        if kind in ("geopackage", "filegdb"):
            try:
                names = layer_names(path)
            except GeoTejError as fault:
                found.append(Found(path=path, sublayer=None, kind=kind, fault=str(fault)))
                continue
        found += [_looked_at(path, name if len(names) > 1 else None, kind) for name in names]
    return found + [Found(path=path, sublayer=None, kind="file", fault="it is empty") for path in empty_in(folder)]


def guessed_manifest(found: Sequence[Found], *, beside: Path, rulebook: Rulebook, rulebook_name: str) -> str:
    """Return the text of a manifest in a folder (`beside`) for what was found, a comment on every guess."""
    crs, why_crs = _computing(found)
    home = _Home(crs, _ground(found, CRS(crs)))
    guesses = _ordered([guess for each in found for guess in _guess(each, rulebook, home)])
    area = next((each.id for each in guesses if each.role == "area" and each.stands), None)
    chinese = any(re.search(r"[\u4e00-\u9fff]", each.label + "".join(map(str, _columns(each)))) for each in found)
    language = "zh" if chinese else "en"
    lines = [
        "# Guessed from what lies in a folder: any line may be wrong. Read the comments, correct, then: geo-tej layers",
        "",
        'title = "My town"',
        f"crs = {_text(crs)}  # {why_crs}",
        "on = 2026-01-01  # the day whose law applies: say it",
        f"rulebook = {_text(rulebook_name)}",
        f'language = "{language}"  # {"there are Chinese names" if chinese else "no Chinese names were found"}',
    ]
    if area is not None:
        lines.append(f"area = {_text(area)}  # the ground that layers must not lie far from")
    for guess in guesses:
        lines += ["", *_block(guess, beside, area)]
    if not any(each.role == "parcels" and each.stands for each in guesses):
        lines += [
            "",
            '# No layer of parcels was found: one with role = "parcels" and a column of unique ids is needed.',
        ]
    return "\n".join(lines) + "\n"


def _looked_at(path: Path, sublayer: str | None, kind: str) -> Found:
    known = {"path": path, "sublayer": sublayer, "kind": kind}
    if kind == "raster":
        return Found(**known)  # type: ignore[arg-type]
    ask = Ask(sublayer=sublayer, language="zh", lines=True)
    try:
        if kind in ("csv", "xlsx", "dbf"):
            table, _ = read_table(path, sublayer=sublayer)
            if not has_coordinates(table):
                return Found(**known, frame=table)  # type: ignore[arg-type]
        raw = read_raw(path, ask)
    except GeoTejError as fault:
        return Found(**known, fault=str(fault))  # type: ignore[arg-type]
    return Found(**known, frame=raw.frame, crs=raw.crs)  # type: ignore[arg-type]


def _inside(path: Path) -> str:
    """Return the kind of what an archive holds; what it is if that cannot be told."""
    try:
        with at_hand(path, Ask(language="zh")) as (_, kind):
            return kind
    except GeoTejError:
        return "zip"


def _columns(found: Found) -> list[str]:
    return [] if found.frame is None else [str(name) for name in found.frame.columns if name != "geometry"]


def _computing(found: Iterable[Found]) -> tuple[str, str]:
    """Return the CRS to compute in, and why: the commonest that is fit, else a zone of the place."""
    fit: Counter[str] = Counter()
    places = []
    for each in found:
        if each.crs is None or each.geometry is None or not len(each.geometry):
            continue
        bounds = each.geometry.total_bounds
        code: int | None = each.crs.to_epsg()
        try:
            require_projected(each.crs, what=each.label, bounds=bounds)
        except CRSError:
            code = None
        if code is not None:
            fit[f"EPSG:{code}"] += 1
        if np.isfinite(bounds).all() and each.crs.geodetic_crs is not None:
            to_degrees = Transformer.from_crs(each.crs, each.crs.geodetic_crs, always_xy=True)
            places.append(to_degrees.transform((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2))
    if fit:
        commonest, count = fit.most_common(1)[0]
        return commonest, f"{count} of the layers are in it"
    if not places:
        return "EPSG:4549", "nothing says where the layers lie: correct it"
    longitude, latitude = np.median(np.array(places), axis=0)
    west, south, east, north = CHINA
    if west < longitude < east and south < latitude < north:
        crs = placing.gauss_kruger("CGCS2000", 3, round(longitude / 3), prefixed=False)
        return (
            f"EPSG:{crs.to_epsg()}",
            f"the layers are in degrees near {longitude:.2f}, {latitude:.2f}: their 3-degree zone",
        )
    zone = int((longitude + 180) // 6) + 1
    belt = (32600 if latitude >= 0 else 32700) + zone
    return f"EPSG:{belt}", f"the layers lie near {longitude:.2f}, {latitude:.2f}: the UTM zone of the place"


def _ground(found: Iterable[Found], to: CRS) -> tuple[float, float, float, float] | None:
    """Return the bounds of the layer that is the project's area by its name, in a CRS."""
    for each in found:
        if each.geometry is not None and each.crs is not None and len(each.geometry) == 1 and _is_area(each):
            west, south, east, north = each.geometry.set_crs(each.crs, allow_override=True).to_crs(to).total_bounds
            return west, south, east, north
    return None


def _is_area(found: Found) -> bool:
    return any(word in found.label.lower() for word in _AREAS)


def _guess(found: Found, rulebook: Rulebook, home: _Home) -> list[Guess]:
    """Return what a layer is guessed to be; a table may be two things."""
    if not found.fault and found.kind != "raster" and found.geometry is None:
        return _guessed_table(found)
    return [_guessed_layer(found, rulebook, home)]


def _guessed_layer(found: Found, rulebook: Rulebook, home: _Home) -> Guess:
    """Return what a layer with geometry is guessed to be, or a raster, or what cannot be read."""
    if found.fault:
        return Guess(
            id=_id(found.label), role="context", found=found, why=(f"cannot be read: {found.fault}",), stands=False
        )
    law, why = _law_meant(found, rulebook)
    if found.kind == "raster":
        role, stands = ("raster", law is not None)
        return Guess(id=law.id if law else _id(found.label), role=role, found=found, why=(why,), stands=stands)
    if law is not None:
        return _guessed_zones(found, law, why, rulebook, home)
    kinds = shapely.get_type_id(np.array([] if found.geometry is None else found.geometry, dtype=object))
    drawn = np.isin(kinds, POLYGONAL)
    if len(kinds) and drawn.mean() > _MOST:
        identity = _unique(found)
        if identity is not None:
            return _guessed_parcels(found, identity, rulebook, home)
        if len(kinds) == 1 and _is_area(found):
            return Guess(
                id="area", role="area", found=found, why=("one polygon whose name says an area", *_of_crs(found, home))
            )
    said = "nothing says what it is: drawn on the map, and judged by no rule"
    return Guess(id=_id(found.label), role="context", found=found, why=(said, *_of_crs(found, home)))


def _guessed_parcels(found: Found, identity: str, rulebook: Rulebook, home: _Home) -> Guess:
    there = _columns(found)
    columns = [("parcel_id", identity)]
    why = [f"parcels: the column {identity} {_how_full(found, identity)}"]
    for ours, theirs in PARCEL_COLUMNS.items():
        column = next((name for name in theirs if name in there and name != identity), None)
        if column is None:
            continue
        if ours == "land_use_code" and not _codes_fit(found, column, rulebook):
            why.append(f"{column} may hold land-use codes, but of which scheme is not told: left out")
            continue
        columns.append((ours, column))
        why.append(f"{column} is {ours} by convention")
    return Guess(id="parcels", role="parcels", found=found, columns=tuple(columns), why=(*why, *_of_crs(found, home)))


def _guessed_zones(found: Found, law: LawLayer, why: str, rulebook: Rulebook, home: _Home) -> Guess:
    there = _columns(found)
    columns = []
    reasons = [why, *_of_crs(found, home)]
    for name in law.attributes:
        coded = next((each for each in there if scheme_of_column(rulebook.codes, each) is not None), None)
        if name in there:
            columns.append((name, name))
        elif name == "code" and coded is not None and _codes_fit(found, coded, rulebook):
            columns.append((name, coded))
            reasons.append(f"{coded} holds codes of {scheme_of_column(rulebook.codes, coded)} by convention")
        elif name != "scheme":
            reasons.append(
                f"which column is {name}? there are {', '.join(there[:12]) or 'none'}; without it {name} is unknown"
            )
    given = {name for name, _ in columns}
    stands = "scheme" not in law.attributes or "scheme" in given or "code" in given
    geometry = found.geometry.to_numpy() if found.geometry is not None else np.array([])
    drawn = np.isin(shapely.get_type_id(geometry), POLYGONAL)
    role = "zones" if len(drawn) and drawn.all() else "objects"
    if role == "objects" and (shapely.get_dimensions(geometry) == 1).any():
        reasons.append("it holds lines: the law measures from the edge, so say constants.half_width_m")
        stands = False
    return Guess(id=law.id, role=role, found=found, columns=tuple(columns), why=tuple(reasons), stands=stands)


def _guessed_table(found: Found) -> list[Guess]:
    """Return a list of enterprises, who sits where, or both where one table holds both."""
    there = _columns(found)
    firms = [(ours, next((name for name in theirs if name in there), None)) for ours, theirs in _FIRMS.items()]
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
            words = (name, law.title.zh, law.title.en, *_NAMES.get(name, ()))
            word = next((each for each in words if each and _said(each.lower(), label)), None)
            if word is not None:
                return law, f"its name says {word!r}, which is the rulebook's {name}"
    coded = next((each for each in _columns(found) if each.upper() == "YDYHFLDM"), None)
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


def _unique(found: Found) -> str | None:
    """Return the column that names parcels: known by convention, and different in every row, or else in most."""
    if found.frame is None or not len(found.frame):
        return None
    there = {name: found.frame[name].nunique() / len(found.frame) for name in PARCEL_IDS if name in found.frame.columns}
    best = max(there, key=lambda name: there[name], default=None)
    return best if best is not None and there[best] > _MOST else None


def _how_full(found: Found, name: str) -> str:
    """Say whether a column of ids is full and without repetition, and what becomes of rows where it is not."""
    cells = pd.Series(dtype=object) if found.frame is None else found.frame[name]
    empty, again = int(cells.isna().sum()), int(cells.dropna().duplicated(keep=False).sum())
    if not empty and not again:
        return "is full and different in every row"
    said = [f"repeats in {again} rows"] * bool(again) + [f"is empty in {empty} rows"] * bool(empty)
    return f"names most rows, but {' and '.join(said)}: those are set aside with their reason (geo-tej layers)"


def _of_crs(found: Found, home: _Home) -> tuple[str, ...]:
    """Say what is known of a layer's CRS, where it is not the one of computing."""
    crs = home.crs
    if found.crs is not None:
        code = found.crs.to_epsg()
        return () if f"EPSG:{code}" == crs else (f"the file says {named(found.crs)}; it is taken to {crs}",)
    if found.geometry is None or not len(found.geometry):
        return ()
    bounds = shapely.bounds(found.geometry.to_numpy())
    points = np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])
    points = points[np.isfinite(points).all(axis=1)]
    inferred = placing.inferred(points, CRS(crs), home.ground)
    if inferred is not None:
        return (f"it has no CRS: {inferred[1]}, so {named(inferred[0].crs)}",)
    if home.ground is not None:
        return (str(placing.refusal(None, points, CRS(crs), home.ground, what="it")),)
    return (f"it has no CRS, and nothing in its numbers says which: declare it, like crs = {_text(crs)}",)


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
        sorted_ones.append(Guess(id=name, role=role, found=guess.found, columns=columns, why=why, stands=stands))
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


def _block(guess: Guess, beside: Path, area: str | None) -> list[str]:
    found = guess.found
    path = os.path.relpath(found.path.resolve(), beside.resolve())
    lines = [
        "[[layer]]",
        f"id = {_text(guess.id)}",
        f'role = "{guess.role}"',
        f"title = {_text(found.label)}",
        f"path = {_text(Path(path).as_posix())}",
    ]
    if found.sublayer is not None:
        lines.append(f"sublayer = {_text(found.sublayer)}")
    if guess.role == "parcels" and any(name in _SURVEY for name in _columns(found)):
        lines.append('kind = "survey"  # its columns are those of survey patches (图斑)')
    if guess.columns:
        pairs = ", ".join(f"{ours} = {_text(theirs)}" for ours, theirs in guess.columns)
        lines.append(f"columns = {{ {pairs} }}")
    if guess.role in ("zones", "objects"):
        over = f"extent = {_text(area)}" if area else "extent = [west, south, east, north]"
        lines.append(f"# {over}  # say over which ground it was surveyed: without that, nothing there means no data")
    kind = VECTORS.get(found.kind, found.kind)
    comments = [f"# {_comment(f'{kind}: {why}' if place == 0 else why)}" for place, why in enumerate(guess.why)]
    return comments + (lines if guess.stands else [f"# {line}".replace("# # ", "# ") for line in lines])


def _id(label: str) -> str:
    return re.sub(r"[^\w-]+", "-", label).strip("-") or "layer"


def _text(value: str) -> str:
    """Write a string of TOML."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    """Write a text so that it stays in its comment."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)[:400]
