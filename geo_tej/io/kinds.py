"""What a file is, by its first bytes and never by its ending."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from geo_tej.errors import LayerError

if TYPE_CHECKING:
    from pathlib import Path

HEAD_BYTES = 65_536

VECTORS = {
    "geopackage": "GeoPackage", "shapefile": "Shapefile", "filegdb": "File Geodatabase", "geojson": "GeoJSON",
    "parquet": "GeoParquet", "flatgeobuf": "FlatGeobuf", "kml": "KML", "dxf": "DXF",
    "survey": "survey TXT", "csv": "CSV", "xlsx": "XLSX", "postgis": "PostGIS",
}  # fmt: skip
"""The vector formats that are read, and their names for people."""

_MAGIC = (
    (b"SQLite format 3\x00", "geopackage"),
    (b"fgb\x03", "flatgeobuf"),
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"II*\x00", "raster"),
    (b"MM\x00*", "raster"),
    (b"II+\x00", "raster"),
    (b"MM\x00+", "raster"),
    (b"EHFA_HEADER_TAG", "raster"),
    (b"\x89PNG", "raster"),
    (b"\xff\xd8\xff", "raster"),
    (b"\x89HDF", "raster"),
    (b"CDF\x01", "raster"),
    (b"CDF\x02", "raster"),
    (b"GRIB", "raster"),
    (b"AutoCAD Binary DXF", "dxf"),
)
_REFUSED = (
    (b"AC10", "is a DWG drawing; save it as DXF"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Access file; save it as XLSX"),
    (b"Rar!", "is a RAR archive; unpack it, or pack it as ZIP"),
    (b"7z\xbc\xaf", "is a 7z archive; unpack it, or pack it as ZIP"),
    (b"\x1f\x8b", "is packed with gzip; unpack it first"),
    (b"!table", "is a MapInfo table; save it as GeoPackage"),
    (b"!TABLE", "is a MapInfo table; save it as GeoPackage"),
    (b"Version ", "is a MapInfo file; save it as GeoPackage"),
    (b"%PDF", "is a PDF; a drawing for print has no coordinates that can be trusted"),
    (b"version https://git-lfs", "is only the pointer of a Git LFS file; fetch the file itself"),
)
_SECTIONS = tuple(
    f"[{name}]".encode(coding)
    for name in ("地块坐标", "属性描述", "界址点坐标")
    for coding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
)
_DXF = re.compile(rb"\A(?:\s*999\r?\n[^\r\n]*\r?\n)*\s*0\s*\r?\n\s*(?:SECTION|EOF)\b")
_KML = re.compile(rb"<(\w+:)?kml\b", re.IGNORECASE)
_PART_OF_KML = re.compile(rb"(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(Document|Folder|Placemark)[\s>]", re.DOTALL)
_GRID = re.compile(rb"\A\s*ncols\s+\d+", re.IGNORECASE)
_POINT = re.compile(
    rb"^[ \t]*J?\d+[ \t]*,[ \t]*\d+[ \t]*,[ \t]*-?\d+\.?\d*[ \t]*,[ \t]*-?\d+\.?\d*[ \t]*\r?$", re.MULTILINE
)


def sniff(path: Path) -> str:  # noqa: C901  one thing that is no layer after the other
    """Return what a file or folder is: a key of `VECTORS`, or raster, zip, dbf.

    Raises
    ------
    LayerError
        If there is no such file, it is empty, or a kind that is not read; with what to do instead.
    """
    if not path.exists():
        message = f"{path}: there is no such file"
        raise LayerError(message)
    if path.is_dir():
        if (path / "gdb").exists() or any(path.glob("*.gdbtable")):
            return "filegdb"
        message = f"{path}: is a folder; name the file in it"
        raise LayerError(message)
    if not path.is_file():
        message = f"{path}: is a pipe or a device, and no file"
        raise LayerError(message)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as fault:
        message = f"{path}: cannot be read: {fault.strerror or fault}"
        raise LayerError(message) from fault
    if is_blank(head):
        message = f"{path}: cannot be read: it is empty"
        raise LayerError(message)
    kind = kind_of(head)
    if kind is None:
        for magic, why in _REFUSED:
            if head.startswith(magic):
                message = f"{path}: {why}"
                raise LayerError(message)
        message = f"{path}: cannot be read: it is none of {', '.join(VECTORS.values())}, ZIP, or a raster"
        raise LayerError(message)
    if kind == "shapefile" and path.suffix.lower() == ".shx":
        message = f"{path}: is the index of a Shapefile; name the .shp"
        raise LayerError(message)
    return kind


def is_blank(head: bytes) -> bool:
    r"""Say whether bytes hold nothing but zeros and blanks.

    >>> is_blank(b" \x00 "), is_blank(b"a")
    (True, False)
    """
    return not head.strip(b"\x00 \t\r\n")


def kind_of(head: bytes) -> str | None:
    """Return what bytes begin, None where that is not known; text of no other kind is csv."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if any(head.startswith(magic) for magic, _ in _REFUSED):
        return None
    if any(section in head for section in _SECTIONS):
        return "survey"
    if head[:1] in (b"\x03", b"\x83", b"\x8b", b"\xf5", b"\x30") and b"\x00" in head:
        return "dbf"
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    return _text_kind(head)


def _text_kind(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\x1e \t\r\n\v\f")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", "ignore").encode().lstrip()
    if text.startswith(b"{") or re.match(rb"\[\s*[\[{]", text):
        return "geojson"
    if text.startswith(b"<"):
        return "kml" if _KML.search(text) or _PART_OF_KML.match(text) else None
    if _DXF.match(text):
        return "dxf"
    if _GRID.match(text):
        return "raster"
    if b"@" in text and _POINT.search(text):
        return "survey"
    return "csv"
