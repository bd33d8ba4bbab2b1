"""A table of a PostGIS database, read in batches and never written; needs the extra `postgis`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from geo_tej.errors import LayerError, choices
from geo_tej.io.account import Raw
from geo_tej.io.archives import without_password
from geo_tej.io.framing import framed
from geo_tej.io.vector import CURVE_TOLERANCE_M, chord_words, shapes_of, unit_m

if TYPE_CHECKING:
    from geo_tej.accounts import SetAside
    from geo_tej.io.account import Ask

_BATCH = 20_000
_SECONDS = 600
_BY_DEVIATION = 1
"""How ST_CurveToLine takes its tolerance: as the largest distance of chord and arc, which its last chord exceeds."""


def read_postgis(address: str, ask: Ask) -> Raw:
    """Read the table that `sublayer` names, `schema.table` or `table`; or the only one with a geometry.

    Raises
    ------
    LayerError
        If the driver is not installed, the database does not answer, or there is no such table.
    """
    try:
        import psycopg  # noqa: PLC0415  an extra
    except ImportError as fault:
        message = f"{without_password(address)}: needs a driver: pip install 'geo_tej[postgis]'"
        raise LayerError(message) from fault
    try:
        with psycopg.connect(address, connect_timeout=10) as connection:
            connection.read_only = True
            connection.execute(f"SET statement_timeout = {_SECONDS * 1000}")
            return _table(connection, without_password(address), ask)
    except psycopg.Error as fault:
        said = (str(fault).strip().splitlines() or [type(fault).__name__])[0]
        message = f"{without_password(address)}: cannot be read: {said}"
        raise LayerError(message) from fault


def _table(connection: Any, address: str, ask: Ask) -> Raw:  # noqa: ANN401  of psycopg, which may not be there
    from psycopg import sql  # noqa: PLC0415

    schema, table, column, srid = _chosen(connection, address, ask)
    named = sql.Identifier(schema, table)
    fields = connection.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = %s AND table_name = %s AND udt_name NOT IN ('geometry', 'geography', 'raster') "
        "ORDER BY ordinal_position",
        (schema, table),
    ).fetchall()
    names = [str(name) for (name,) in fields]
    (count,) = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(named)).fetchone()
    (curved,) = connection.execute(
        sql.SQL("SELECT count(*) FROM {} WHERE ST_HasArc({}::geometry)").format(named, sql.Identifier(column))
    ).fetchone()
    if not srid:  # the column says none, its rows may
        found = connection.execute(
            sql.SQL("SELECT DISTINCT ST_SRID({}::geometry) FROM {} LIMIT 2").format(sql.Identifier(column), named)
        ).fetchall()
        srid = found[0][0] if len(found) == 1 and found[0][0] else 0
    crs = _crs(connection, srid)
    shape = sql.SQL("ST_AsBinary(CASE WHEN ST_HasArc({0}::geometry) THEN ST_CurveToLine({0}::geometry, {1}, {2}, 0) "
                    "ELSE {0}::geometry END, 'NDR')").format(
        sql.Identifier(column), sql.Literal(CURVE_TOLERANCE_M / unit_m(crs) / 4), sql.Literal(_BY_DEVIATION)
    )  # fmt: skip
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join([shape, *(sql.Identifier(name) for name in names)]), named
    )
    rows: list[tuple[Any, ...]] = []
    shapes = []
    closed: list[int] = []
    lost: list[SetAside] = []
    with connection.cursor(name="geo_tej") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(query)
        while batch := cursor.fetchmany(_BATCH):
            written = np.empty(len(batch), dtype=object)
            written[:] = [None if row[0] is None else bytes(row[0]) for row in batch]
            made, shut, _, faults = shapes_of(written, len(rows))
            shapes.append(made)
            closed += shut
            lost += faults
            rows += [tuple(map(_cell, row[1:])) for row in batch]
            ask.tell(len(rows), count)
    geometry = np.concatenate(shapes) if shapes else np.array([], dtype=object)
    frame = framed(pd.DataFrame(rows, columns=names, index=pd.RangeIndex(len(rows))), geometry, crs)
    remarks = (chord_words(curved),) * bool(curved)
    return Raw(
        frame=frame, format="postgis", crs=crs, crs_how=f"its SRID {srid}", remarks=remarks, set_aside=tuple(lost),
        closed=tuple(closed),
    )  # fmt: skip


def _chosen(connection: Any, address: str, ask: Ask) -> tuple[str, str, str, int]:  # noqa: ANN401
    """Return schema, table, geometry column and SRID of the table meant."""
    tables = connection.execute(
        "SELECT f_table_schema, f_table_name, f_geometry_column, srid FROM geometry_columns UNION ALL "
        "SELECT f_table_schema, f_table_name, f_geography_column, srid FROM geography_columns ORDER BY 1, 2, 3"
    ).fetchall()
    named = {f"{schema}.{table}": (schema, table, column, srid) for schema, table, column, srid in reversed(tables)}
    meant = [name for name in named if ask.sublayer is None or ask.sublayer in (name, name.split(".", 1)[1])]
    if len(meant) == 1:
        return named[meant[0]]
    if not meant:
        told = choices(ask.sublayer or "", sorted({*named, *(name.split(".", 1)[1] for name in named)}))
        message = f"{address}: has no table {ask.sublayer!r} with a geometry; {told}"
    else:
        message = f"{address}: has {len(meant)} such tables; say which as sublayer: {choices('', sorted(meant))}"
    raise LayerError(message)


def _crs(connection: Any, srid: int) -> CRS | None:  # noqa: ANN401
    found = connection.execute(
        "SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = %s", (srid,)
    ).fetchone()
    if not srid or found is None:
        return None
    for written in (f"{found[0]}:{found[1]}", found[2]):
        try:
            return CRS.from_user_input(written)
        except ProjError:
            continue
    return None


def _cell(value: Any) -> Any:  # noqa: ANN401
    """Return a value as a cell: numbers of any precision as floats, what is nested as text."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if type(value).__name__ == "Decimal":
        return float(value)
    return value if hasattr(value, "isoformat") else str(value)
