"""The specimens, on one page: squares of 100 m near (500000, 3270000) in EPSG:4549, and a tiny made-up law.

Looking north; a cell is 100 m wide::

    A1 | A2 | A3      three parcels side by side; zones are drawn over them by each test
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine
from pyproj import CRS
from specimen_texts import MANIFEST, RULEBOOK, RULES, TABLES

from geo_tej.frames import zone_class
from geo_tej.i18n import Text
from geo_tej.model import Layer, Project, Provenance, Raster, Thresholds
from geo_tej.rulebook import read_rulebook
from geo_tej.verdict import assess, explain

GRID = CRS(4549)
EAST, NORTH = 500_000, 3_270_000
WHOLE = (-1000, -1000, 2000, 2000)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Draw a box, in metres from the corner of the first parcel."""
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def square(west: float = 0, south: float = 0, side: float = 100) -> shapely.Polygon:
    """Draw a square, in metres from the corner of the first parcel."""
    return box(west, south, west + side, south + side)


def parcels(*shapes: shapely.Geometry, **columns: list) -> gpd.GeoDataFrame:
    """Number shapes as parcels A1, A2, …"""
    names = [f"A{number}" for number in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame(
        {"parcel_id": names, **columns}, geometry=np.array(shapes, dtype=object), crs=GRID
    ).set_index("parcel_id")


def zones(*shapes: tuple[str, shapely.Geometry], layer: str | None = None) -> gpd.GeoDataFrame:
    """Make zones of (class, shape) pairs."""
    columns = {"zone_class": [name for name, _ in shapes]} | ({"layer": layer} if layer else {})
    return gpd.GeoDataFrame(columns, geometry=np.array([shape for _, shape in shapes], dtype=object), crs=GRID)


def write_rulebook(folder: Path, *, rules: str = RULES, text: str = RULEBOOK, **tables: str) -> Path:
    """Write a rulebook folder; `tables` replace whole files, by name without `.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rulebook.toml").write_text(text + rules, encoding="utf-8")
    for name, content in (TABLES | {f"{name}.csv": content for name, content in tables.items()}).items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def make_book(folder: Path, **changes: str):
    """Write a rulebook and read it."""
    return read_rulebook(write_rulebook(folder, **changes))


def plane(rise: float = 0.0) -> Raster:
    """Make an elevation of 10 m cells over the town that rises to the east by `rise` m a metre."""
    west, south, east, north = WHOLE
    columns, rows = (east - west) // 10, (north - south) // 10
    values = np.tile(100 + rise * (np.arange(columns) * 10.0 + 5), (rows, 1))
    return Raster(values=values, transform=Affine(10, 0, EAST + west, 0, -10, NORTH + north), crs=GRID)


def layer_of(  # noqa: PLR0913  a layer has these parts
    book, name: str, rows, *, role: str = "zones", extent=WHOLE, fault=None, **more
) -> Layer:
    """Make a layer in memory from (attributes, shape) pairs; `more` are columns, such as `half_width_m`."""
    attributes = [dict.fromkeys(book.layers[name].attributes, "unknown") | given for given, _ in rows]
    classes = {zone_class(given): given for given in attributes}
    frame = gpd.GeoDataFrame(
        {"zone_class": [zone_class(given) for given in attributes], **more},
        geometry=np.array([shape for _, shape in rows], dtype=object),
        crs=GRID,
    )
    return Layer(
        id=name, role=role, title=Text(name, name), provenance=Provenance(path=Path(name), digest=frame.to_json),
        frame=None if fault else frame, classes={} if fault else classes, extent=box(*extent) if extent else None,
        fault=fault,
    )  # fmt: skip


def houses(*shapes, extent=WHOLE, fault=None, **more) -> Layer:
    """Make a layer of buildings in memory."""
    frame = gpd.GeoDataFrame({"floor_area_m2": [0.0] * len(shapes)}, geometry=np.array(shapes, dtype=object), crs=GRID)
    return Layer(
        id="buildings", role="buildings", title=Text("房屋", "houses"),
        provenance=Provenance(path=Path("buildings"), digest=frame.to_json), frame=None if fault == "all" else frame,
        extent=box(*extent) if extent else None, fault=fault, **more,
    )  # fmt: skip


def town(book, plots, *, thresholds=None, firms=(), buildings=None, **rows) -> Project:
    """Put a project together in memory: a plan of the class mixed over all, nothing else, unless rows say so.

    A keyword is a layer: a list of (attributes, shape) pairs, a `Layer`, a `Raster`, or None for no such layer.
    There are no buildings in the project unless they are given.
    """
    given = {"zoning": [({"class": "mixed"}, box(*WHOLE))], "dem": plane()} | rows
    layers = {}
    for name in book.layers:
        if name in given and given[name] is None:
            continue
        content = given.get(name, [])
        if isinstance(content, Raster):
            content = Layer(
                id=name, role="raster", title=Text(name, name), provenance=Provenance(path=Path(name)), raster=content
            )
        elif not isinstance(content, Layer):
            content = layer_of(book, name, content, role="objects" if name == "roads" else "zones")
        layers[name] = content
    if buildings is not None:
        layers["buildings"] = buildings
    if thresholds:
        layers = {name: replace(layer, thresholds=thresholds.get(name, Thresholds())) for name, layer in layers.items()}
    return Project(
        title=Text("镇", "town"), manifest=Path("layers.toml"), crs=GRID, on=dt.date(2026, 6, 30), language="en",
        notice=None, scenario=None, scenario_title=None, rulebook=book, layers=layers, parcels=plots,
        enterprises=pd.DataFrame(index=pd.Index(list(dict.fromkeys(firm for firm, _ in firms)), name="enterprise_id")),
        occupancy=pd.DataFrame(list(firms), columns=["enterprise_id", "parcel_id"]), area=None,
    )  # fmt: skip


def verdict(project: Project, use: str = "shop", pathway: str = "keep", **question):
    """Explain one verdict of the first parcel."""
    return explain(assess(project, **question), "A1", use, pathway)


def span(told) -> tuple[int, int]:
    """Return the mildest and the strictest that a verdict can be."""
    return int(told.at_least), int(told.at_most)


def write_frame(path: Path, frame: gpd.GeoDataFrame) -> None:
    """Write a vector file."""
    frame.to_file(path, engine="pyogrio")


def write_raster(path: Path, raster: Raster, *, nodata: float | None = -9999.0) -> None:
    """Write a GeoTIFF."""
    rows, columns = raster.values.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=rows, width=columns, count=1, dtype="float64", nodata=nodata,
        crs=None if raster.crs is None else raster.crs.to_wkt(), transform=raster.transform,
    ) as target:  # fmt: skip
        target.write(np.where(np.isnan(raster.values), nodata, raster.values), 1)


def default_frames() -> dict[str, gpd.GeoDataFrame]:
    """Draw the town as it is written to files: three parcels, each with a story of its own."""

    def drawn(shapes, **columns):
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=GRID)

    plots = [square(0), square(100), square(200)]
    return {
        "parcels": drawn(plots, parcel_id=["A1", "A2", "A3"], name=["east", "middle", "<script>"],
                         registered_m2=[10_020.0, 10_000.0, None]),
        "zoning": drawn([box(*WHOLE)], **{"class": ["mixed"]}),
        "scenic": drawn([box(100, 0, 150, 100)], grade=["2"], core=["yes"]),
        "flood": drawn([box(200, 0, 300, 100)], **{"class": ["often"]}),
        "roads": drawn([box(-50, -105, 400, -5)], **{"class": ["main"]}),
    }  # fmt: skip


def make_project(folder: Path, *, manifest: str = MANIFEST, edit=None, rules: str = RULES, **overrides) -> Path:
    """Write a whole project; an override replaces a layer's frame, raster, text or bytes, or leaves it out (None).

    `edit` maps pieces of the manifest's text to what stands there instead.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_rulebook(folder / "rulebook", rules=rules)
    files = {f"{name}.gpkg": frame for name, frame in default_frames().items()}
    files["dem.tif"] = plane()
    files["firms.csv"] = "enterprise_id,name\nF1,Paper mill\nF2,Tile works\n"
    files["occupancy.csv"] = "enterprise_id,parcel_id\nF1,A1\nF1,A2\nF2,A3\n"
    for name, content in overrides.items():
        (target,) = [file for file in files if file.split(".")[0] == name]
        files[target] = content
    for name, content in files.items():
        path = folder / name
        if isinstance(content, gpd.GeoDataFrame):
            write_frame(path, content)
        elif isinstance(content, Raster):
            write_raster(path, content)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        elif content is not None:
            path.write_text(content, encoding="utf-8")
    for old, new in (edit or {}).items():
        assert old in manifest
        manifest = manifest.replace(old, new)
    path = folder / "layers.toml"
    path.write_text(manifest, encoding="utf-8")
    return path
