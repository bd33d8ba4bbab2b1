"""Shapefiles: with parts missing, in the coding of their text, and whole."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_tej.encoding import Coding, fits, judge
from geo_tej.errors import EncodingError, LayerError
from geo_tej.i18n import Said
from geo_tej.io.vector import configured, read_gdal

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_tej.io.account import Ask, Raw

_HEADER, _FIELD = 32, 32
_LANGUAGES = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x13: "cp932", 0x4D: "gbk", 0x4E: "cp949", 0x4F: "cp950",
    0x50: "cp874", 0x64: "cp852", 0x65: "cp866", 0x78: "cp950", 0x79: "cp949", 0x7A: "gbk", 0x7B: "cp932",
    0x7C: "cp874", 0x7D: "cp1255", 0x7E: "cp1256", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253",
    0xCC: "cp1257",
}  # fmt: skip
"""Language driver ids of dBase, by which ESRI marks codings; 0x57 says nothing (any ANSI), and is left out."""


@dataclass(frozen=True)
class Table:
    """A .dbf: its records, their length in bytes, and where its text stands (name, offset in the record, width).

    `truths` says where its logical values stand (number of the field, offset in the record).
    """

    rows: int
    length: int
    start: int
    language: int
    fields: tuple[tuple[bytes, int, int], ...]
    truths: tuple[tuple[int, int], ...]
    data: bytes

    @property
    def deleted(self) -> int:
        """Return how many records are marked as deleted: they are no rows."""
        return self.data[:: max(self.length, 1)].count(b"*")

    def unknown(self, offset: int) -> NDArray[np.bool_]:
        """Say in which rows a logical value says neither yes nor no: blank or `?`, which GDAL reads as no."""
        records = np.frombuffer(self.data, dtype=np.uint8).reshape(-1, self.length)
        kept = records[records[:, 0] != ord("*"), offset]
        return ~np.isin(kept, np.frombuffer(b"TtYyFfNn01", dtype=np.uint8))

    def texts(self) -> bytes:
        """Return all text, names first; records as they stand, which are ASCII but for their text."""
        return b"\n".join([*(name for name, _, _ in self.fields), self.data])


def read_shapefile(path: Path, ask: Ask) -> Raw:
    """Read a Shapefile; a missing .shx is made anew in a copy, a missing .dbf leaves rows without attributes.

    Raises
    ------
    LayerError
        If the .shp or .dbf is cut short, or the text is in no coding that can be told.
    """
    _require_whole(path)
    dbf, shx = beside(path, ".dbf"), beside(path, ".shx")
    remarks = []
    if dbf is None:
        remarks.append(Said("缺 .dbf：没有属性", "its .dbf is missing: there are no attributes"))
    if beside(path, ".prj") is None:
        remarks.append(Said("缺 .prj", "its .prj is missing"))
    table = read_dbf(dbf) if dbf is not None else None
    word, whose = _word(path, table)
    try:
        coding = judge(
            table.texts() if table else b"", declared=ask.encoding, word=word, whose=whose, language=ask.language
        )
    except EncodingError as fault:
        trimmed = _with_cut_letters(table, ask, word, whose)
        if trimmed is None:
            message = f"{path}: {fault}"
            raise LayerError(message) from fault
        coding = trimmed
    if table is not None and shx is not None and (shapes := (shx.stat().st_size - 100) // 8) != table.rows:
        message = f"{path}: its .dbf has {table.rows:,} records, the .shp {shapes:,}: they are not of one layer"
        raise LayerError(message)
    plain = coding.name in ("utf-8", "utf-8-sig")
    deleted = table.deleted if table is not None else 0
    if deleted:
        said = f"{deleted} of its records are marked as deleted: they are left out"
        remarks.append(Said(f"{deleted} 条记录标记为已删除，未读入", said))
    named = replace(ask, sublayer=None)
    if shx is None:
        remarks.append(Said("缺 .shx：已在副本中重建", "its .shx is missing: made anew, in a copy"))
        with tempfile.TemporaryDirectory(prefix="geo-tej-") as folder, configured(SHAPE_RESTORE_SHX="YES"):
            raw = read_gdal(
                _copied(path, Path(folder)), "shapefile", named, encoding="UTF-8" if plain else "ISO-8859-1"
            )
    else:
        raw = read_gdal(path, "shapefile", named, encoding="UTF-8" if plain else "ISO-8859-1", deleted=deleted)
    frame = raw.frame if plain else _decoded(raw.frame, coding.name)
    if table is not None:
        frame = _with_unknown(frame, table)
    return replace(
        raw, frame=frame, encoding=coding.name, encoding_how=coding.how, crs_how="its .prj",
        remarks=(*remarks, *coding.remarks, *raw.remarks),
    )  # fmt: skip


def _with_unknown(frame: gpd.GeoDataFrame, table: Table) -> gpd.GeoDataFrame:
    """Leave logical values out that say neither yes nor no."""
    for number, offset in table.truths:
        unknown = table.unknown(offset)
        if unknown.any() and len(unknown) == len(frame):
            name = frame.columns[number]
            frame = frame.assign(**{str(name): frame[name].astype(object).where(~unknown, None)})
    return frame


def read_dbf(path: Path) -> Table:
    """Read a .dbf's structure and records.

    Raises
    ------
    LayerError
        If it is cut short.
    """
    data = path.read_bytes()
    rows = int.from_bytes(data[4:8], "little")
    start, length = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    if len(data) < _HEADER or len(data) < start + rows * length:
        message = (
            f"{path}: cannot be read: it is cut short: {len(data):,} bytes, {start + rows * length:,} are announced"
        )
        raise LayerError(message)
    fields: list[tuple[bytes, int, int]] = []
    truths = []
    offset = 1
    for place in range(_HEADER, start - 1, _FIELD):
        written = data[place : place + _FIELD]
        if written[:1] == b"\r" or len(written) < _FIELD:
            break
        width = written[16]
        if written[11:12] == b"C":
            width += written[17] * 256
            fields.append((written[:11].split(b"\x00")[0], offset, width))
        else:
            truths += [(len(fields), offset)] * (written[11:12] == b"L")
            fields.append((written[:11].split(b"\x00")[0], offset, 0))
        offset += width
    return Table(rows, length, start, data[29], tuple(fields), tuple(truths), data[start : start + rows * length])


def beside(path: Path, suffix: str) -> Path | None:
    """Return the part of a layer with an ending, in whatever case it is written."""
    for ending in (suffix, suffix.upper()):
        if (part := path.with_suffix(ending)).is_file():
            return part
    return None


def _word(path: Path, table: Table | None) -> tuple[str, str]:
    """Return the coding that a Shapefile says it has, and where."""
    cpg = beside(path, ".cpg")
    if cpg is not None:
        word = cpg.read_bytes()[:64].decode("ascii", "replace").strip("\x00 \r\n\t\ufeff")
        if word:
            return word, ".cpg"
    if table is not None and table.language in _LANGUAGES:
        return _LANGUAGES[table.language], f"language id ({table.language:#04x})"
    return "", ""


def _with_cut_letters(table: Table | None, ask: Ask, word: str, whose: str) -> Coding | None:
    """Try again with letters that the width of a field cut in two left out."""
    if table is None:
        return None
    for name in filter(None, (ask.encoding, word, "utf-8", "gb18030" if ask.language == "zh" else None)):
        trimmed, cut = _trimmed(table, name)
        try:
            coding = judge(trimmed, declared=ask.encoding, word=word, whose=whose, language=ask.language)
        except EncodingError:
            continue
        if fits(trimmed, coding.name) and cut:
            said = Said(
                f"{cut} 个单元格末尾被字段宽度截去半个字",
                f"{cut} cells end in half a letter, cut by the width of their field",
            )
            return replace(coding, remarks=(*coding.remarks, said))
    return None


def _trimmed(table: Table, name: str) -> tuple[bytes, int]:
    """Return all text without the halves of letters at the ends of full fields, and how many there were."""
    cells = [field[0] for field in table.fields]
    cut = 0
    for row in range(table.rows):
        record = table.data[row * table.length : (row + 1) * table.length]
        for _, offset, width in table.fields:
            cell = record[offset : offset + width]
            if cell and not cell.isascii() and not fits(cell, name):
                shorter = next((cell[:-drop] for drop in (1, 2, 3) if fits(cell[:-drop], name)), None)
                if shorter is not None:
                    cell = shorter
                    cut += 1
            cells.append(cell)
    return b"\n".join(cells), cut


def _decoded(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Decode text that was read byte by byte as Latin-1: names and cells, each distinct cell once."""
    renamed = {column: _text(column, name) for column in frame.columns if column != frame.geometry.name}
    for column in renamed:
        cells = frame[column]
        if isinstance(cells.dtype, pd.StringDtype) or cells.dtype == object:
            known = {cell: _text(cell, name) for cell in cells.dropna().unique() if isinstance(cell, str)}
            frame = frame.assign(**{column: cells.astype(object).map(lambda cell, known=known: known.get(cell, cell))})
    return frame.rename(columns=renamed)


def _text(cell: str, name: str) -> str:
    data = cell.encode("latin-1", "ignore")
    for drop in range(4):
        try:
            return data[: len(data) - drop].decode(name)
        except UnicodeDecodeError:
            continue
    return data.decode(name, "replace")


def _require_whole(path: Path) -> None:
    """Refuse a .shp that is shorter than it announces."""
    size = path.stat().st_size
    with path.open("rb") as file:
        announced = int.from_bytes(file.read(28)[24:28], "big") * 2
    if size < max(announced, 100):
        message = f"{path}: cannot be read: it is cut short: {size:,} bytes, {announced:,} are announced"
        raise LayerError(message)


def _copied(path: Path, folder: Path) -> Path:
    """Put a layer's parts into a folder of our own, linked where that can be."""
    for part in path.parent.iterdir():
        if part.stem == path.stem and part.is_file():
            target = folder / (part.stem + part.suffix.lower())
            try:
                target.symlink_to(part.resolve())
            except OSError:
                shutil.copyfile(part, target)
    return folder / (path.stem + ".shp")
