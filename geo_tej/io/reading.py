"""The front door: any layer's file becomes a frame and an account of how it was read, or an error that says why not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from geo_tej.accounts import Account
from geo_tej.crs import named, parse
from geo_tej.errors import GeoTejError, LayerError
from geo_tej.i18n import Said
from geo_tej.io.account import LIMITS, Ask, Axes, Limits, Raw, Read
from geo_tej.io.archives import at_hand, is_database
from geo_tej.io.kinds import VECTORS
from geo_tej.io.mend import duplicates, mend, repair_words
from geo_tej.io.placed import place

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyproj import CRS
    from shapely import Geometry

    from geo_tej.i18n import Language
    from geo_tej.offset import Offset

_SHOWN = 5


def read_layer(  # noqa: PLR0913  what the manifest may say of a layer
    path: Path | str,
    *,
    sublayer: str | None = None,
    encoding: str | None = None,
    crs: CRS | str | None = None,
    axes: Axes = "east-north",
    offset: Offset | None = None,
    language: Language = "en",
    to: CRS | None = None,
    near: Geometry | None = None,
    name: str | None = None,
    only_polygons: bool = True,
    limits: Limits = LIMITS,
    remote: bool = False,
    what: str | None = None,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> Read:
    """Read a layer of any format, whatever its name ends in; every row is kept, those set aside without geometry.

    Parameters
    ----------
    path
        A file, a .gdb folder, an archive of one, an http(s) address where `remote` allows it, or a PostGIS database
        as postgresql://user@host/database with the table as sublayer.
    sublayer
        Which layer, sheet, CAD layer or table of several.
    encoding, crs, axes, offset
        What is declared; it goes before the file's own word. `axes` says which coordinate stands first, `offset`
        takes off GCJ-02 or BD-09.
    language
        The project's: in a Chinese one text that is not UTF-8 is tried as GB18030.
    to
        The CRS to take it to; without one it stays in its own and areas of repairs are in its units.
    near
        The project's ground in `to`: what lies far from it is refused, and what has no CRS is judged by it.
    name
        The column by which rows are called in what is told of them.
    only_polygons
        Whether lines and points are set aside.
    limits
        How much it may take.
    tell
        Called with rows read and rows in all.

    Raises
    ------
    LayerError
        If it cannot be read.
    CRSError
        If nothing says where it lies, or what does must be wrong.
    """
    what = what or str(path)
    declared = parse(crs, what=what) if crs is not None else None
    ask = Ask(
        sublayer=sublayer,
        encoding=encoding,
        crs=declared,
        axes=axes,
        language=language,
        lines=not only_polygons,
        limits=limits,
        tell=tell,
    )
    raw = read_raw(path, ask, remote=remote)
    return settled(raw, ask, to=to, near=near, offset=offset, name=name, only_polygons=only_polygons, what=what)


def settled(  # noqa: PLR0913  what is asked of a layer, whoever read it
    raw: Raw,
    ask: Ask,
    *,
    what: str,
    to: CRS | None = None,
    near: Geometry | None = None,
    offset: Offset | None = None,
    name: str | None = None,
    only_polygons: bool = True,
) -> Read:
    """Place and mend a layer as it stands, with the parameters and errors of `read_layer`."""
    placed = place(raw, ask, to=to, near=near, offset=offset, what=what)
    names = placed.frame[name] if name is not None and name in placed.frame.columns else None
    frame, repairs, lost = mend(placed.frame, names=names, closed=raw.closed, only_polygons=only_polygons)
    aside = tuple(sorted((*raw.set_aside, *placed.set_aside, *lost), key=lambda each: each.row))
    if names is not None:
        aside = tuple(each if each.name else replace(each, name=_name(names.iloc[each.row - 1])) for each in aside)
    remarks = [*raw.remarks, *placed.remarks]
    twice = duplicates(frame)
    if len(twice):
        shown = ", ".join(str(row + 1) for row in twice[:_SHOWN]) + (" …" if len(twice) > _SHOWN else "")
        said = f"{len(twice)} rows have the geometry of an earlier row (rows {shown})"
        remarks.append(Said(f"{len(twice)} 行与前面某行几何相同（第 {shown} 行）", said))
    account = Account(
        format=VECTORS.get(raw.format, raw.format), rows=len(frame), crs=named(placed.crs), crs_how=placed.how,
        encoding=raw.encoding, encoding_how=raw.encoding_how, repaired=repairs, set_aside=aside,
        remarks=(*remarks, *(repair_words(each) for each in repairs)), aliases=raw.aliases, domains=raw.domains,
    )  # fmt: skip
    return Read(frame=frame, account=account)


def read_raw(path: Path | str, ask: Ask, *, remote: bool = False, spatial: bool = True) -> Raw:
    """Read a file as it stands, in its own CRS; `spatial` asks for geometries.

    Raises
    ------
    LayerError
        If it cannot be read.
    """
    if is_database(str(path)):
        from geo_tej.io.postgis import read_postgis  # noqa: PLC0415  an extra

        return read_postgis(str(path), ask)
    try:
        with at_hand(path, ask, remote=remote) as (local, kind):
            return _told_of(path, local, _read(local, kind, ask, spatial=spatial))
    except MemoryError as fault:
        message = f"{path}: cannot be read: it does not fit into memory"
        raise LayerError(message) from fault
    except GeoTejError as fault:
        raise _by_its_own_name(fault, path) from fault
    except OSError as fault:
        message = f"{path}: cannot be read: {fault.strerror or fault}"
        raise LayerError(message) from fault


def _read(path: Path, kind: str, ask: Ask, *, spatial: bool) -> Raw:  # noqa: C901, PLR0911  one line a format
    """Hand a local file to the reader of its kind; each is imported when it is needed."""
    match kind:
        case "geopackage":
            from geo_tej.io.databases import read_geopackage  # noqa: PLC0415

            return read_geopackage(path, ask, spatial=spatial)
        case "filegdb":
            from geo_tej.io.databases import read_filegdb  # noqa: PLC0415

            return read_filegdb(path, ask, spatial=spatial)
        case "shapefile":
            from geo_tej.io.shapefile import read_shapefile  # noqa: PLC0415

            return read_shapefile(path, ask)
        case "parquet":
            from geo_tej.io.parquet import read_geoparquet  # noqa: PLC0415

            return read_geoparquet(path, ask, spatial=spatial)
        case "flatgeobuf":
            from geo_tej.io.vector import read_gdal  # noqa: PLC0415

            return read_gdal(path, kind, replace(ask, sublayer=None), spatial=spatial)
        case "geojson":
            from geo_tej.io.geojson import read_geojson  # noqa: PLC0415

            return read_geojson(path, ask)
        case "kml":
            from geo_tej.io.kml import read_kml  # noqa: PLC0415

            return read_kml(path, ask)
        case "dxf":
            from geo_tej.io.dxf import read_dxf  # noqa: PLC0415

            return read_dxf(path, ask)
        case "survey":
            from geo_tej.io.survey import read_survey  # noqa: PLC0415

            return read_survey(path, ask)
        case "csv" | "xlsx":
            from geo_tej.io.tabular import read_coordinates  # noqa: PLC0415

            return read_coordinates(path, kind, ask)
        case "dbf":
            message = f"{path}: has no geometry: it is the table of a Shapefile; name the .shp"
        case _:
            message = f"{path}: is a raster, not polygons, lines or points"
    raise LayerError(message)


def _told_of(path: Path | str, local: Path, raw: Raw) -> Raw:
    """Say which file of an archive was read."""
    if local == Path(path) or str(path).startswith(("http:", "https:", "/vsi")):
        return raw
    said = Said(f"读自压缩包中的 {local.name}", f"read from {local.name} in the archive")
    return replace(raw, remarks=(said, *raw.remarks))


def _by_its_own_name(fault: GeoTejError, path: Path | str) -> GeoTejError:
    """Put the path that was given into a message that names a temporary one."""
    message = str(fault)
    start = message.find("/geo-tej-")
    if start < 0 or str(path) in message:
        return fault
    begin = message.rfind(" ", 0, start) + 1
    end = message.find(": ", start)
    inner = message[begin : end if end >= 0 else len(message)]
    return type(fault)(message.replace(inner, f"{path} ({Path(inner).name})", 1))


def _name(cell: object) -> str:
    return "" if cell is None or cell != cell else str(cell)  # noqa: PLR0124  NaN is not itself
