"""One front door: every format by its content, and the same ground out of each of them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import struct
import sys
import warnings
import zipfile
from contextlib import closing

import ezdxf
import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from pyogrio import raw as ogr
from specimens import EAST, GRID, NORTH, box, default_frames, make_project, square

from geo_tej.errors import CRSError, GeoTejError, LayerError
from geo_tej.io import read_project
from geo_tej.io.databases import gdb_schema
from geo_tej.io.reading import read_layer
from geo_tej.io.rescue import by_fiona

NAMES = ["造纸厂", "瓦窑", None]
SHAPES = [square(0), square(100).difference(square(120, 20, 10)), square(300)]
TOWN = gpd.GeoDataFrame({"parcel_id": ["A1", "A2", "A3"], "名称": NAMES, "n": [1, 2, 3]}, geometry=SHAPES, crs=GRID)
WIDE = box(-2000, -2000, 3000, 3000)


def written(folder, suffix, frame=TOWN, **options):
    path = folder / f"town.{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if suffix == "parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path, **({"driver": "OpenFileGDB"} if suffix == "gdb" else {}) | options)
    return path


def plain(cells):
    return [None if pd.isna(cell) or cell == "" else cell for cell in cells]


def kml(folder, *, head='<?xml version="1.0" encoding="UTF-8"?>', encoding="utf-8", body=None):
    def ring(line):
        return " ".join(f"{x:.12f},{y:.12f},0" for x, y in line.coords)

    marks = ""
    for row in TOWN.to_crs(4326).itertuples():
        holes = "".join(
            f"<innerBoundaryIs><LinearRing><coordinates>{ring(hole)}</coordinates></LinearRing></innerBoundaryIs>"
            for hole in row.geometry.interiors
        )
        marks += (
            f"<Folder><name>f{row.n}</name><Placemark><name>{plain([row.名称])[0] or ''}</name><ExtendedData>"
            f'<Data name="parcel_id"><value>{row.parcel_id}</value></Data></ExtendedData><Polygon><outerBoundaryIs>'
            f"<LinearRing><coordinates>{ring(row.geometry.exterior)}</coordinates></LinearRing></outerBoundaryIs>"
            f"{holes}</Polygon></Placemark></Folder>"
        )
    path = folder / "town.kml"
    text = f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body or marks}</Document></kml>'
    path.write_bytes(text.encode(encoding))
    return path


def table(**more):
    return pd.DataFrame({"parcel_id": TOWN["parcel_id"], "名称": TOWN["名称"], "wkt": TOWN.geometry.to_wkt()} | more)


def files(folder):
    made = {suffix: written(folder, suffix) for suffix in ("gpkg", "shp", "geojson", "parquet", "fgb", "gdb")}
    made["kml"] = kml(folder)
    table().to_csv(folder / "town.csv", index=False)
    table().to_excel(folder / "town.xlsx", index=False)
    return made | {"csv": folder / "town.csv", "xlsx": folder / "town.xlsx"}


FORMATS = {
    "gpkg": "GeoPackage", "shp": "Shapefile", "geojson": "GeoJSON", "parquet": "GeoParquet", "fgb": "FlatGeobuf",
    "gdb": "File Geodatabase", "kml": "KML", "csv": "CSV", "xlsx": "XLSX",
}  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return files(tmp_path_factory.mktemp("town"))


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("ending", ["own", "none", "wrong"])
def test_the_same_town_out_of_every_format_whatever_its_ending(town, tmp_path, suffix, ending):
    path = town[suffix]
    if ending != "own":
        if suffix == "shp":
            pytest.skip("its parts are known by their endings")
        other = tmp_path / ("town" if ending == "none" else "town.pdf")
        shutil.copytree(path, other) if path.is_dir() else shutil.copy(path, other)
        path = other
    declared = GRID if suffix in ("csv", "xlsx") else None
    read = read_layer(path, to=GRID, near=WIDE, name="parcel_id", crs=declared)
    account = read.account
    assert account.format == FORMATS[suffix]
    assert (account.rows, account.repaired, account.set_aside) == (3, (), ())
    read_in_order = read.frame.sort_values("parcel_id")  # FlatGeobuf sorts by place
    assert read_in_order["parcel_id"].tolist() == ["A1", "A2", "A3"]
    names = read_in_order["name" if suffix == "kml" else "名称"]
    assert plain(names) == NAMES
    for drawn, shape in zip(read_in_order.geometry, SHAPES, strict=True):
        assert drawn.symmetric_difference(shape).area < 0.01
    assert account.crs_how


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "fgb", "gdb", "shp", "kml", "csv"])
@pytest.mark.parametrize("depth", [1, 2])
def test_a_layer_in_an_archive_and_in_an_archive_in_an_archive(town, tmp_path, suffix, depth):
    packed = tmp_path / "town.gpkg"  # as such archives are called
    with zipfile.ZipFile(packed, "w") as archive:
        source = town[suffix]
        parts = sorted(source.rglob("*")) if source.is_dir() else sorted(source.parent.glob("town.*"))
        for part in parts:
            if part.is_file() and (source.is_dir() or suffix == "shp" or part == source):
                if suffix == "shp" and part.suffix not in (".shp", ".dbf", ".shx", ".prj", ".cpg"):
                    continue
                archive.write(part, f"数据/{part.relative_to(source.parent)}")
    if depth == 2:
        outer = tmp_path / "outer.zip"
        with zipfile.ZipFile(outer, "w") as archive:
            archive.write(packed, "inner.zip")
        packed = outer
    read = read_layer(packed, to=GRID, near=WIDE, crs=GRID if suffix == "csv" else None)
    assert read.frame.area.sum() == pytest.approx(29_900, abs=0.1)
    assert "in the archive" in read.account.remarks[0]


@pytest.mark.parametrize(
    ("missing", "told"), [(".shx", ".shx is missing"), (".dbf", "no attributes"), (".cpg", ""), (".prj", ".prj")]
)
def test_a_shapefile_with_a_part_missing(tmp_path, missing, told):
    path = written(tmp_path, "shp", encoding="GBK")
    path.with_suffix(missing).unlink()
    before = sorted(part.name for part in tmp_path.iterdir())
    read = read_layer(path, crs=GRID if missing == ".prj" else None, to=GRID, near=WIDE, language="zh")
    assert read.frame.area.sum() == pytest.approx(29_900)
    assert told in "; ".join(read.account.remarks)
    assert sorted(part.name for part in tmp_path.iterdir()) == before  # nothing is written beside the user's files
    if missing == ".dbf":
        assert "parcel_id" not in read.frame
    else:
        assert plain(read.frame["名称"]) == NAMES


@pytest.mark.parametrize(
    ("cpg", "language_id", "declared", "language", "coding", "how"),
    [
        ("GBK", None, None, "en", "gb18030", "by its .cpg"),
        ("UTF-8", None, None, "zh", "gb18030", "strict GB18030"),  # the .cpg lies
        (None, 0x4D, None, "en", "gb18030", "language id"),
        (None, 0x57, None, "zh", "gb18030", "strict GB18030"),
        (None, 0x57, "GBK", "en", "gb18030", "declared"),
    ],
)
def test_the_coding_of_a_shapefile(  # noqa: PLR0913  what says it, and what comes of it
    tmp_path, cpg, language_id, declared, language, coding, how
):
    path = written(tmp_path, "shp", encoding="GBK")
    path.with_suffix(".cpg").unlink()
    if cpg:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    if language_id is not None:
        data = bytearray(path.with_suffix(".dbf").read_bytes())
        data[29] = language_id
        path.with_suffix(".dbf").write_bytes(bytes(data))
    read = read_layer(path, encoding=declared, language=language)
    assert (read.account.encoding, plain(read.frame["名称"])) == (coding, NAMES)
    assert how in read.account.encoding_how
    assert (cpg == "UTF-8") == any("says UTF-8, which its text is not" in each for each in read.account.remarks)


def test_a_letter_cut_by_the_width_of_its_field_is_told(tmp_path):
    frame = gpd.GeoDataFrame({"s": ["a" + "新安江街道造纸厂" * 20]}, geometry=[square()], crs=GRID)
    path = written(tmp_path, "shp", frame, encoding="GBK")
    path.with_suffix(".cpg").unlink()
    data = path.with_suffix(".dbf").read_bytes()
    assert data.count("新".encode("gbk")) > 3
    cut = data[:-2] + "纸".encode("gbk")[:1] + data[-1:]  # half a letter at the end of the only field
    path.with_suffix(".dbf").write_bytes(cut)
    read = read_layer(path, language="zh")
    assert read.frame["s"].iloc[0].startswith("a新安江街道造纸厂")
    assert "�" not in read.frame["s"].iloc[0]
    assert any("half a letter" in each for each in read.account.remarks)


def circle(radius):
    ring = [(EAST + radius, NORTH), (EAST, NORTH + radius), (EAST - radius, NORTH), (EAST, NORTH - radius)]
    points = b"".join(struct.pack("<dd", *point) for point in [*ring, ring[0]])
    return struct.pack("<BII", 1, 10, 1) + struct.pack("<BII", 1, 8, 5) + points


@pytest.mark.parametrize(("driver", "suffix"), [("GPKG", "gpkg"), ("OpenFileGDB", "gdb")])
@pytest.mark.parametrize("radius", [5, 1000])
def test_curves_become_chords_within_a_millimetre(tmp_path, driver, suffix, radius):
    shapes = np.array([shapely.to_wkb(shapely.multipolygons([square(300)])), circle(radius)], dtype=object)
    path = tmp_path / f"curved.{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ogr.write(
            path, geometry=shapes, field_data=[np.array(["a", "b"], dtype=object)], fields=["n"],
            geometry_type="MultiPolygon", crs="EPSG:4549", driver=driver,
        )  # fmt: skip
    read = read_layer(path, to=GRID)
    drawn = read.frame.set_index("n").geometry
    assert drawn["a"].equals(shapely.multipolygons([square(300)]))
    points = shapely.get_coordinates(drawn["b"])
    middles = (points[1:] + points[:-1]) / 2
    away = np.hypot(middles[:, 0] - EAST, middles[:, 1] - NORTH)
    assert (radius - away).max() < 1e-3
    assert len(points) < 6000
    assert any("curves of 1 rows are drawn as chords within 1 mm" in each for each in read.account.remarks)


def test_aliases_and_coded_values_of_a_geopackage_are_kept(tmp_path):
    path = written(tmp_path, "gpkg", TOWN.assign(grade=["1", "2", "9"]))
    with closing(sqlite3.connect(path)) as database:
        database.executescript("""
        CREATE TABLE gpkg_data_columns (table_name TEXT, column_name TEXT, name TEXT, title TEXT, description TEXT,
          mime_type TEXT, constraint_name TEXT);
        CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT, constraint_type TEXT, value TEXT, min NUMERIC,
          min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT);
        INSERT INTO gpkg_data_columns VALUES ('town', 'grade', 'grade', '保护级别', NULL, NULL, 'grades');
        INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, value, description)
          VALUES ('grades', 'enum', '1', '一级'), ('grades', 'enum', '2', '二级');
        """)
    read = read_layer(path)
    assert read.account.aliases == {"grade": "保护级别"}
    assert read.account.domains == {"grade": {"1": "一级", "2": "二级"}}
    assert plain(read.frame["grade.label"]) == ["一级", "二级", None]


def drawing(folder, *, version="R2010", encoding=None):
    doc = ezdxf.new(version)
    if encoding:
        doc.encoding = encoding
    space = doc.modelspace()
    space.add_lwpolyline(list(square(0).exterior.coords)[:-1], close=True, dxfattribs={"layer": "宗地"})
    space.add_lwpolyline(list(square(100).exterior.coords)[:3], dxfattribs={"layer": "宗地"})
    space.add_circle((EAST, NORTH), 50, dxfattribs={"layer": "圆"})
    space.add_text("造纸厂")
    hatch = space.add_hatch(dxfattribs={"layer": "绿地"})
    hatch.paths.add_polyline_path(list(square(300).exterior.coords)[:-1], is_closed=True)
    hatch.paths.add_polyline_path(list(square(320, 20, 10).exterior.coords)[:-1], is_closed=True)
    block = doc.blocks.new("yard")
    block.add_lwpolyline([(0, 0), (10, 0), (10, 10), (0, 10)], close=True, dxfattribs={"layer": "院"})
    space.add_blockref("yard", (EAST, NORTH))
    path = folder / "plan.dxf"
    doc.saveas(path)
    return path


@pytest.mark.parametrize(("version", "encoding"), [("R2010", None), ("R2000", "cp936")])
def test_a_drawing_gives_closed_lines_and_hatches_by_cad_layer(tmp_path, version, encoding):
    path = drawing(tmp_path, version=version, encoding=encoding)
    read = read_layer(path, crs=GRID, to=GRID, near=WIDE, language="zh")  # its code page says ANSI_1252
    areas = read.frame.dissolve("layer").area
    assert areas["宗地"] == pytest.approx(10_000)
    assert areas["绿地"] == pytest.approx(9_900)
    assert areas["院"] == pytest.approx(100)
    assert areas["圆"] == pytest.approx(np.pi * 2500, abs=np.pi * 100 * 0.001)
    assert read_layer(path, crs=GRID, sublayer="绿地", language="zh").frame.area.sum() == pytest.approx(9_900)
    told = "; ".join(read.account.remarks)
    assert "1 open LWPOLYLINE" in told
    assert "1 TEXT" in told
    with pytest.raises(LayerError, match=r"no CAD layer '绿化'.*绿地"):
        read_layer(path, crs=GRID, sublayer="绿化", language="zh")


def test_kml_keeps_every_folder_and_reads_one(tmp_path):
    path = kml(tmp_path)
    assert read_layer(path).frame["folder"].tolist() == ["f1", "f2", "f3"]
    assert read_layer(path, sublayer="f2").frame["parcel_id"].tolist() == ["A2"]
    gbk = kml(tmp_path, head='<?xml version="1.0" encoding="GBK"?>', encoding="gbk")
    assert read_layer(gbk, to=GRID).frame["name"].iloc[0] == "造纸厂"


BAD_KML = {
    "entities": '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>',
    "outside": '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
}


@pytest.mark.parametrize("name", BAD_KML)
def test_kml_with_entities_is_refused(tmp_path, name):
    with pytest.raises(LayerError, match="document type"):
        read_layer(kml(tmp_path, head=BAD_KML[name]))


def test_one_bad_feature_costs_one_feature(tmp_path):
    told = json.loads(TOWN.to_crs(4326).to_json())
    told["features"][1]["geometry"]["coordinates"] = [[[119.5, None], [1, 2]]]
    told["features"][2]["geometry"]["coordinates"][0].pop()  # not closed
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(told), encoding="utf-8")
    read = read_layer(path, to=GRID, name="parcel_id")
    assert [(each.row, each.name) for each in read.account.set_aside] == [(2, "A2")]
    assert [(each.row, each.reason) for each in read.account.repaired] == [(3, "its ring was not closed")]
    assert read.frame.geometry.isna().tolist() == [False, True, False]
    assert read.frame.area.iloc[2] == pytest.approx(10_000, abs=0.1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"type": "Topology", "arcs": []}', "TopoJSON"),
        ('{"type": "Feature"', "no JSON to its end"),
        ('{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": nul', "no JSON to its end"),
        ('{"a": 1}', "no GeoJSON"),
        ('{"type": "FeatureCollection", "features": []} x', "no JSON to its end"),
        ('{"type": "FeatureCollection", "crs": {"type": "link"}, "features": []}', "names no system"),
        pytest.param("[" * 100_000, "no JSON to its end", id="deep"),
        ('{"geometryType": "esriGeometryPolygon", "features": []}', "Esri JSON"),
    ],
)
def test_json_that_is_no_geojson_is_refused_with_why(tmp_path, text, words):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises((LayerError, CRSError), match=words):
        read_layer(tmp_path / "a.json")


POINTS = TOWN.assign(geometry=TOWN.centroid)
DEGREES = POINTS.to_crs(4490).geometry
COORDINATES = {
    "经度纬度": ({"经度": DEGREES.x, "纬度": DEGREES.y}, {}, "taken for WGS 84"),
    "lon;lat": ({"lon": DEGREES.x, "lat": DEGREES.y}, {"sep": ";"}, "taken for WGS 84"),
    "x, y in degrees": ({"x": DEGREES.x, "y": DEGREES.y}, {}, "inferred: they are degrees"),
    "prefix": ({"x": POINTS.geometry.x + 40_000_000, "y": POINTS.geometry.y}, {}, "begin with zone 40"),
    "X is north": ({"X": POINTS.geometry.y, "Y": POINTS.geometry.x + 40_000_000}, {}, "north before east"),
}


@pytest.mark.parametrize("name", COORDINATES)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_table_with_coordinates(tmp_path, name, kind):
    columns, options, how = COORDINATES[name]
    frame = pd.DataFrame({"名称": ["a", "b", "c"], **columns})
    path = tmp_path / f"firms.{kind}"
    frame.to_csv(path, index=False, encoding="gbk", **options) if kind == "csv" else frame.to_excel(path, index=False)
    read = read_layer(path, to=GRID, near=WIDE, only_polygons=False, language="zh")
    assert how in read.account.crs_how
    assert shapely.distance(read.frame.geometry.to_numpy(), POINTS.geometry.to_numpy()).max() < 0.001
    assert any("web map" in each for each in (*read.account.remarks, read.account.crs_how)) == ("begin" not in how) or (
        "north before" in how
    )


def test_a_table_with_odd_cells_and_without_coordinates(tmp_path):
    path = tmp_path / "firms.csv"
    path.write_text("n,lon,lat\na,119°33'36\"E,29.53\nb,x,29.5\nc,,\n", encoding="utf-8")
    read = read_layer(path, only_polygons=False)
    assert read.frame.geometry.x.iloc[0] == pytest.approx(119.56)
    assert [each.row for each in read.account.set_aside] == [2]
    path.write_text("n,m\n1,2\n", encoding="utf-8")
    with pytest.raises(LayerError, match=r"no columns hold coordinates.*longitude and latitude"):
        read_layer(path)
    path.write_text('wkt,n\n"SRID=4549;POLYGON((0 0,1 0,1 1))",1\nPOLYGON((0 0,"", 2\n', encoding="utf-8")
    with pytest.raises(GeoTejError):
        read_layer(path)


def test_several_layers_are_never_chosen_among_in_silence(tmp_path):
    path = written(tmp_path, "gpkg")
    TOWN[:1].to_file(path, layer="other")
    with pytest.raises(LayerError, match=r"holds 2 layers; say which as sublayer"):
        read_layer(path)
    assert len(read_layer(path, sublayer="other").frame) == 1
    with pytest.raises(LayerError, match=r"no sublayer 'twon'; did you mean town"):
        read_layer(path, sublayer="twon")
    packed = tmp_path / "two.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("a", "b"):
            archive.write(path, f"{name}.gpkg")
    with pytest.raises(LayerError, match=r"holds 2 layers.*a, b"):
        read_layer(packed)


def test_an_undefined_system_is_no_system(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = written(tmp_path, "gpkg", TOWN.set_crs(None, allow_override=True))
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE gpkg_geometry_columns SET srs_id = -1")
        database.execute("UPDATE gpkg_contents SET srs_id = -1")
        database.commit()
    with pytest.raises(CRSError, match=r"no coordinate reference system.*EPSG:4549"):
        read_layer(path, to=GRID, near=WIDE)


def test_dimensions_mixed_types_and_rows_without_ground(tmp_path):
    shapes = [
        shapely.force_3d(square(0), 7.0), shapely.GeometryCollection([square(100), shapely.Point(EAST, NORTH)]),
        shapely.LineString([(EAST, NORTH), (EAST + 1, NORTH)]), None, shapely.Polygon(),
        shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH), (EAST, NORTH)]), square(0),
    ]  # fmt: skip
    path = written(tmp_path, "gpkg", gpd.GeoDataFrame({"id": list("abcdefg")}, geometry=shapes, crs=GRID))
    read = read_layer(path, to=GRID, name="id")
    assert [(each.name, each.row) for each in read.account.set_aside] == [("c", 3), ("f", 6)]
    assert [(each.name, round(each.change_m2, 2)) for each in read.account.repaired] == [("b", 0.0)]
    assert not read.frame.has_z.any()
    assert read.frame.area.fillna(0).tolist() == [10_000, 10_000, 0, 0, 0, 0, 10_000]
    assert any("1 rows have the geometry of an earlier row (rows 7)" in each for each in read.account.remarks)


def test_a_polygon_of_a_hundred_thousand_points(tmp_path):
    angles = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    ring = np.column_stack([EAST + 500 * np.cos(angles), NORTH + 500 * np.sin(angles)])
    path = written(tmp_path, "gpkg", gpd.GeoDataFrame(geometry=[shapely.Polygon(ring)], crs=GRID))
    assert read_layer(path, to=GRID).frame.area.iloc[0] == pytest.approx(np.pi * 500**2, rel=1e-6)


def test_progress_is_told(town):
    told = []
    read_layer(town["gpkg"], tell=lambda done, of: told.append((done, of)))
    assert told == [(3, 3)]


def test_a_shapefile_whose_parts_are_of_two_layers_is_refused_and_deleted_records_are_not_rows(tmp_path):
    path = written(tmp_path, "shp")
    other = tmp_path / "other"
    other.mkdir()
    table = written(other, "shp", TOWN[:2]).with_suffix(".dbf").read_bytes()
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    path.with_suffix(".dbf").write_bytes(table)
    with pytest.raises(LayerError, match=r"\.dbf has 2 records, the \.shp 3: they are not of one layer"):
        read_layer(path)
    data[int.from_bytes(data[8:10], "little")] = ord("*")
    path.with_suffix(".dbf").write_bytes(bytes(data))
    assert read_layer(path).frame["parcel_id"].tolist() == ["A2", "A3"]


def test_aliases_and_domains_of_a_geodatabase_are_in_its_definitions():
    field = "<GPFieldInfoEx><Name>{}</Name><AliasName>{}</AliasName><DomainName>{}</DomainName></GPFieldInfoEx>"
    definitions = {
        "grades": "<GPCodedValueDomain2><DomainName>grades</DomainName><CodedValues><CodedValue><Name>一级</Name>"
        "<Code>1</Code></CodedValue></CodedValues></GPCodedValueDomain2>",
        "town": f"<DEFeatureClassInfo>{field.format('BHJB', '保护级别', 'grades')}{field.format('n', 'n', '')}"
        "</DEFeatureClassInfo>",
        "other": f"<DEFeatureClassInfo>{field.format('x', '别名', '')}</DEFeatureClassInfo>",
        "odd": "<!DOCTYPE x><a/>", "cut": "<a", "none": None,
    }  # fmt: skip
    aliases, domains = gdb_schema(definitions, "town")
    assert (aliases, domains) == ({"BHJB": "保护级别"}, {"BHJB": {"1": "一级"}})


def test_a_geodatabase_says_nothing_odd_of_its_definitions(town):
    assert read_layer(town["gdb"]).account.remarks == ()


def test_a_column_may_be_named_by_its_alias(tmp_path):
    manifest = make_project(
        tmp_path, flood=default_frames()["flood"].rename(columns={"class": "FLDJ"}),
        edit={'"flood.gpkg"': '"flood.gpkg", columns = { class = "洪水等级" }'},
    )  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "flood.gpkg")) as database:
        database.executescript("""
        CREATE TABLE gpkg_data_columns (table_name TEXT, column_name TEXT, name TEXT, title TEXT, description TEXT,
          mime_type TEXT, constraint_name TEXT);
        INSERT INTO gpkg_data_columns VALUES ('flood', 'FLDJ', 'FLDJ', '洪水等级', NULL, NULL, NULL);
        """)
    assert list(read_project(manifest).layers["flood"].classes) == ["often"]


def test_an_attribute_of_the_name_of_the_geometry_is_kept(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("lon,lat,geometry\n119.5,29.5,note\n", encoding="utf-8")
    assert read_layer(path, only_polygons=False).frame["geometry_"].tolist() == ["note"]


def test_sheets_and_formulas_that_could_be_missed_are_told(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["lon", "lat", "n"])
    book.active.append([119.5, 29.5, "=1+1"])
    book.create_sheet("other").append(["x"])
    book.save(tmp_path / "a.xlsx")
    told = "; ".join(read_layer(tmp_path / "a.xlsx", only_polygons=False).account.remarks)
    assert "it has 2 sheets; read is 'Sheet'" in told
    assert "1 formulas have no stored value" in told


def test_without_fiona_nothing_is_rescued_by_it(tmp_path, monkeypatch):
    path = written(tmp_path, "gpkg")
    assert by_fiona(path, "town", 1, ["parcel_id"])[0] == ["A1"]
    assert by_fiona(path, "town", 99, ["parcel_id"]) is None
    monkeypatch.setitem(sys.modules, "fiona", None)
    assert by_fiona(path, "town", 1, ["parcel_id"]) is None


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_titles_above_a_header_are_left_out_and_told(tmp_path, kind):
    rows = [["三都镇企业名单", None, None], ["名称", "经度", "纬度"], ["造纸厂", "119.56", "29.53"]]
    path = tmp_path / f"firms.{kind}"
    frame = pd.DataFrame(rows)
    frame.to_csv(path, index=False, header=False) if kind == "csv" else frame.to_excel(path, index=False, header=False)
    read = read_layer(path, only_polygons=False)
    assert read.frame[["名称", "经度"]].to_numpy().tolist() == [["造纸厂", "119.56"]]
    assert "its first 1 rows are titles above the header: left out" in read.account.remarks


@pytest.mark.parametrize("mark", ["", "\x1e"])
def test_a_sequence_of_features_a_line_each(tmp_path, mark):
    features = json.loads(TOWN.to_crs(4326).to_json())["features"]
    path = tmp_path / "town.geojsonl"
    path.write_text("".join(f"{mark}{json.dumps(each)}\n" for each in features), encoding="utf-8")
    assert read_layer(path, to=GRID).frame["parcel_id"].tolist() == ["A1", "A2", "A3"]
    path.write_text("".join(f"{mark}{json.dumps(each)}\n" for each in features)[:-40], encoding="utf-8")
    with pytest.raises(LayerError, match="no JSON to its end"):
        read_layer(path)


def test_pictures_in_a_kmz_are_no_layers(tmp_path):
    path = tmp_path / "town.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(kml(tmp_path), "doc.kml")
        archive.writestr("files/photo.png", b"\x89PNG\r\n\x1a\n")
    assert len(read_layer(path).frame) == 3


@pytest.mark.parametrize("suffix", ["gpkg", "parquet", "fgb"])
def test_long_numbers_keep_their_digits_beside_a_gap(tmp_path, suffix):
    codes = pd.array([3301820010010000001, None, 3301820010010000003], dtype="Int64")
    read = read_layer(written(tmp_path, suffix, TOWN.assign(code=codes).drop(columns=["名称"])))
    by_id = dict(zip(read.frame["parcel_id"], read.frame["code"], strict=True))
    assert [str(by_id["A1"]), str(by_id["A3"])] == ["3301820010010000001", "3301820010010000003"]
    assert pd.isna(by_id["A2"])


def test_long_numbers_of_a_spreadsheet_are_told(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["lon", "lat", "code"])
    book.active.append([119.5, 29.5, 3301820010010000001])
    book.save(tmp_path / "a.xlsx")
    told = read_layer(tmp_path / "a.xlsx", only_polygons=False).account.remarks
    assert any("1 numbers have more than 15 digits" in each for each in told)
