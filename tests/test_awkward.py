"""Files as other programs write them, one cause each: read right, or refused with the right reason."""

from __future__ import annotations

import json
import math
import struct
import warnings
import zipfile

import ezdxf
import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rasterio
import shapely
from pyogrio import raw as ogr
from pyproj import CRS
from rasterio.control import GroundControlPoint
from specimens import EAST, GRID, NORTH, square

from geo_tej.encoding import judge
from geo_tej.errors import LayerError
from geo_tej.io.raster import read_raster, world_file_told
from geo_tej.io.read import read_table
from geo_tej.io.reading import read_layer

SQUARE = [(EAST + x, NORTH + y) for x, y in ((0, 0), (10, 0), (10, 10), (0, 10))]
DEGREES = shapely.box(119.5, 29.5, 119.6, 29.6)


def test_open_lines_of_a_drawing_are_read_where_lines_are_wanted(tmp_path):
    doc = ezdxf.new()
    space = doc.modelspace()
    space.add_lwpolyline(SQUARE, close=True)
    half = [(EAST, NORTH, 1), (EAST + 10, NORTH, 0)]
    space.add_lwpolyline(half, format="xyb", dxfattribs={"layer": "路"})
    space.add_line((EAST, NORTH, 5), (EAST + 3, NORTH + 4, 5))
    space.add_arc((EAST, NORTH), 10, 0, 90)
    space.add_polyline3d([(EAST, NORTH, 0), (EAST, NORTH + 7, 1)])
    space.add_spline([(EAST, NORTH, 0), (EAST + 5, NORTH + 5, 0), (EAST + 9, NORTH, 0)])
    space.add_lwpolyline([SQUARE[0], SQUARE[0]])
    space.add_text("x")
    doc.saveas(tmp_path / "a.dxf")
    read = read_layer(tmp_path / "a.dxf", crs=GRID, only_polygons=False)
    lengths = dict(zip(read.frame["kind"] + read.frame["layer"], read.frame.length, strict=True))
    kinds = ["LWPOLYLINE0", "LWPOLYLINE路", "LINE0", "ARC0", "POLYLINE0", "SPLINE0"]
    assert list(lengths) == kinds
    expected = [lengths["LWPOLYLINE0"], 5 * math.pi, 5, 5 * math.pi, 7, lengths["SPLINE0"]]
    assert list(lengths.values()) == pytest.approx(expected, abs=0.01)
    assert not read.frame.has_z.any()
    assert any("not read: 1 open LWPOLYLINE, 1 TEXT" in each for each in read.account.remarks)
    alone = read_layer(tmp_path / "a.dxf", crs=GRID)
    assert alone.frame["kind"].tolist() == ["LWPOLYLINE"]
    assert any("enclose no ground: 2 open LWPOLYLINE" in each for each in alone.account.remarks)


def test_a_logical_value_that_is_not_known_is_not_no(tmp_path):
    frame = gpd.GeoDataFrame({"legal": [True, False, True], "n": [1, 2, 3]}, geometry=[square()] * 3, crs=GRID)
    frame.to_file(tmp_path / "a.shp")
    data = (tmp_path / "a.dbf").read_bytes()
    start, length = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    blank = start + 2 * length + 1
    (tmp_path / "a.dbf").write_bytes(data[:blank] + b"?" + data[blank + 1 :])
    assert read_layer(tmp_path / "a.shp").frame["legal"].tolist() == [True, False, None]


def csv(folder, text, **options):
    path = folder / "firms.csv"
    path.write_text(text, encoding="utf-8")
    return read_layer(path, only_polygons=False, **options)


def points(read):
    return shapely.get_coordinates(read.frame.geometry.to_numpy()).tolist()


@pytest.mark.parametrize("version", ["R12", "R2000", "R2018"])
def test_a_drawing_with_the_line_ends_of_windows_is_the_same_drawing(tmp_path, version):
    doc = ezdxf.new(version)
    doc.modelspace().add_polyline2d(SQUARE, close=True, dxfattribs={"layer": "宗地"})
    doc.modelspace().add_circle((EAST + 50, NORTH + 50), 5)
    doc.saveas(tmp_path / "unix.dxf")
    data = (tmp_path / "unix.dxf").read_bytes()
    (tmp_path / "windows.dxf").write_bytes(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    for name in ("unix.dxf", "windows.dxf"):
        frame = read_layer(tmp_path / name, crs=GRID).frame
        assert frame["layer"].tolist() == ["宗地", "0"]
        assert frame.area.tolist() == pytest.approx([100, 25 * np.pi], rel=1e-3)


def test_what_stands_after_the_end_of_a_drawing_is_none_of_it(tmp_path):
    doc = ezdxf.new("R12")
    doc.modelspace().add_polyline2d(SQUARE[:3], close=True)
    doc.saveas(tmp_path / "a.dxf")
    with (tmp_path / "a.dxf").open("a") as file:
        file.write("sent by mail\n0\nSECTION\n")
    assert read_layer(tmp_path / "a.dxf", crs=GRID).frame.area.tolist() == [50]


@pytest.mark.parametrize(
    ("crs", "declared", "unit_m"),
    [("EPSG:4490", None, 111_195.0), (None, "EPSG:4490", 111_195.0), ("EPSG:2227", None, 1200 / 3937)],
)
def test_curves_are_drawn_within_a_millimetre_of_ground_in_degrees_and_feet_too(tmp_path, crs, declared, unit_m):
    middle = (6_000_000.0, 2_100_000.0) if crs == "EPSG:2227" else (119.5, 29.5)
    radius = 100 / unit_m
    ring = np.array([(1, 0), (0, 1), (-1, 0), (0, -1), (1, 0)]) * radius + middle
    string = struct.pack("<BII", 1, 8, 5) + ring.astype("<f8").tobytes()
    wkb = np.array([struct.pack("<BII", 1, 10, 1) + string], dtype=object)
    path = tmp_path / "round.gpkg"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ogr.write(path, geometry=wkb, field_data=[np.array([1])], fields=["n"], geometry_type="Polygon", crs=crs)
    drawn = shapely.get_coordinates(read_layer(path, crs=declared).frame.geometry.iloc[0])
    chords = (drawn[1:] + drawn[:-1]) / 2 - middle
    assert ((radius - np.hypot(*chords.T)) * unit_m).max() < 1e-3
    assert len(drawn) > 500


def test_a_curve_in_a_table_costs_its_row(tmp_path):
    arc = "CIRCULARSTRING(0 0,1 1,2 0)"
    read = csv(tmp_path, f'n,wkt\n1,"{arc}"\n2,POINT(457400 3268000)\n3,"MULTICURVE({arc})"\n',
               crs=GRID)  # fmt: skip
    assert points(read) == [[457400, 3268000]]
    assert [(each.row, "curve" in each.reason) for each in read.account.set_aside] == [(1, True), (3, True)]


def test_a_ragged_row_costs_one_row_and_a_ragged_table_of_facts_is_refused(tmp_path):
    text = "id,lon,lat\nA,119.5,29.5\nB,城关,119.5,29.5\nC,119.6\nD,119.6,29.6\nE,119.7,29.7\nF,119.8,29.8\n"
    read = csv(tmp_path, text)
    assert points(read) == [[119.5, 29.5], [119.6, 29.6], [119.7, 29.7], [119.8, 29.8]]
    assert read.frame["id"].tolist() == ["A", None, None, "D", "E", "F"]
    assert [each.row for each in read.account.set_aside] == [2, 3]
    assert read.account.set_aside[0].attributes == {
        "cell 1": "B",
        "cell 2": "城关",
        "cell 3": "119.5",
        "cell 4": "29.5",
    }
    with pytest.raises(LayerError, match=r"row 3 has 4 cells, the header 3 \(2 such rows\)"):
        read_table(tmp_path / "firms.csv")
    with pytest.raises(LayerError, match=r"row 2 has 2 cells, the header 3 \(2 such rows\)"):
        csv(tmp_path, "id,lon,lat\nA,119.5\nB,119.5\nC,119.6,29.6\n")


def test_decimal_commas(tmp_path):
    assert points(csv(tmp_path, "n;lon;lat\n1;119,5;29,25\n2;119,505;29,251\n")) == [[119.5, 29.25], [119.505, 29.251]]
    assert points(csv(tmp_path, "n;lon;lat\n1;119,505;29,251\n")) == [[119.505, 29.251]]
    metres = "n;easting;northing\n1;457.400,25;3.268.000,5\n2;457400,125;3268000,125\n"
    assert points(csv(tmp_path, metres, crs=GRID)) == [[457400.25, 3268000.5], [457400.125, 3268000.125]]
    thousands = 'n,easting,northing\n1,"457,400","3,268,000.5"\n'
    assert points(csv(tmp_path, thousands, crs=GRID)) == [[457400, 3268000.5]]


def test_quoted_marks_separate_nothing_and_a_broken_quotation_is_named_by_its_line(tmp_path):
    assert points(csv(tmp_path, '"a\t\n\tb\t","lon","lat"\nx,119.5,29.5\n')) == [[119.5, 29.5]]
    with pytest.raises(LayerError, match="line 3: a quotation mark within a quoted cell is not doubled"):
        csv(tmp_path, 'n,lon,lat\n1,119.5,29.5\n"the "big" one",119.5,29.5\n')


def test_a_column_without_a_name_is_called_by_its_place(tmp_path):
    read = csv(tmp_path, ",lon,lat\n0,119.5,29.5\n")
    assert read.frame["column 1"].tolist() == ["0"]
    assert any("column 1" in str(each) for each in read.account.remarks)


def book(path, *sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows, merged in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for cells in merged:
            sheet.merge_cells(cells)
    made.save(path)
    return path


def test_a_header_in_two_rows_below_a_title(tmp_path):
    rows = [
        ["企业一览表"], ["序号", "企业名称", "坐标", None, "面积", None],
        [None, None, "经度", "纬度", "登记", "实测"],
        [1, "造纸厂", "119°30′00″", "29°15′00″", 100, 101.5], [2, "瓦窑", "119.6", 29.6, 200, 202],
    ]  # fmt: skip
    path = book(tmp_path / "firms.xlsx", ("封面", [], []), ("一", rows, ["A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:F2"]))
    read = read_layer(path, only_polygons=False)
    assert points(read) == [[119.5, 29.25], [119.6, 29.6]]
    assert read.frame.columns[:2].tolist() == ["序号", "企业名称"]
    assert read.frame[["登记", "实测"]].to_numpy().tolist() == [["100", "101.5"], ["200", "202"]]
    assert any("two rows" in str(each) for each in read.account.remarks)
    assert any("'一'" in str(each) for each in read.account.remarks)


def test_a_sheet_that_says_it_reaches_to_the_end_of_the_world(tmp_path):
    path = book(tmp_path / "a.xlsx", ("a", [["lon", "lat"], [119.5, 29.5]], []))
    changed(path, "xl/worksheets/sheet1.xml", b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    assert points(read_layer(path, only_polygons=False)) == [[119.5, 29.5]]


def test_a_sheet_with_fills_that_say_nothing(tmp_path):
    path = book(tmp_path / "a.xlsx", ("a", [["lon", "lat", "on"], [119.5, 29.5, pd.Timestamp("2026-06-30")]], []))
    changed(path, "xl/styles.xml", b'<fill><patternFill patternType="gray125"/></fill>', b"<fill/>")
    read = read_layer(path, only_polygons=False)
    assert read.frame["on"].tolist() == ["2026-06-30"]


def changed(path, name, old, new):
    """Change a member of an archive."""
    with zipfile.ZipFile(path) as packed:
        held = {each: packed.read(each) for each in packed.namelist()}
    assert old in held[name]
    with zipfile.ZipFile(path, "w") as packed:
        for each, data in held.items():
            packed.writestr(each, data.replace(old, new) if each == name else data)


MARK = "<Placemark><name>甲</name><Point><coordinates>119.5,29.5</coordinates></Point></Placemark>"


@pytest.mark.parametrize(
    "text",
    [
        f"<Document>{MARK}</Document>", f'<?xml version="1.0"?><!-- from a phone -->\n<Folder>{MARK}</Folder>', MARK,
        f'<kml><Schema parent="Placemark" name="S_宗地"/>{MARK.replace("Placemark", "S_宗地")}</kml>',
    ],
)  # fmt: skip
def test_parts_of_kml_and_placemarks_of_a_schema(tmp_path, text):
    (tmp_path / "a.kml").write_text(text, encoding="utf-8")
    read = read_layer(tmp_path / "a.kml", only_polygons=False)
    assert points(read) == [[119.5, 29.5]]
    assert read.frame["name"].tolist() == ["甲"]


def test_extended_data_may_be_called_name_and_takes_nothing_away(tmp_path):
    data = '<ExtendedData><Data name="name"><value>乙</value></Data></ExtendedData>'
    (tmp_path / "a.kml").write_text(f"<kml>{MARK.replace('<Point>', data + '<Point>')}</kml>", encoding="utf-8")
    frame = read_layer(tmp_path / "a.kml", only_polygons=False).frame
    assert frame[["name", "name_"]].to_numpy().tolist() == [["甲", "乙"]]


def test_what_else_a_kml_says(tmp_path):
    own = "<S><地类>09</地类><Point><coordinates>119.5,29.5</coordinates></Point></S>"
    bold = MARK.replace("<Point>", "<description>a <b>bold</b> word</description><Point>")
    text = f'<kml><Document><Schema parent="Placemark" name="S"/>{own}{bold}<GroundOverlay/></Document></kml>'
    (tmp_path / "a.kml").write_text(text, encoding="utf-8")
    read = read_layer(tmp_path / "a.kml", only_polygons=False)
    assert read.frame["地类"].dropna().tolist() == ["09"]
    assert read.frame["description"].dropna().tolist() == ["a bold word"]
    assert any("1 pictures" in str(each) for each in read.account.remarks)


def test_rings_of_two_corners_cost_no_feature_that_has_other_ground(tmp_path):
    needle = [[119.5, 29.5], [119.6, 29.5], [119.5, 29.5]]
    ring = [list(each) for each in DEGREES.exterior.coords]
    shapes = [{"type": "MultiPolygon", "coordinates": [[ring], [needle]]},
              {"type": "Polygon", "coordinates": [ring, needle]}, {"type": "Polygon", "coordinates": [needle]},
              {"type": "MultiPolygon", "coordinates": [[needle]]}]  # fmt: skip
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes]
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    read = read_layer(tmp_path / "a.geojson")
    assert [None if shape is None else shape.equals(DEGREES) for shape in read.frame.geometry] == [
        True,
        True,
        None,
        None,
    ]
    assert [each.row for each in read.account.set_aside] == [3, 4]
    assert any("rows 1, 2" in str(each) for each in read.account.remarks)


def test_lines_of_a_sequence_that_are_no_features_lose_nothing(tmp_path):
    shape = shapely.geometry.mapping(DEGREES)
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    lines = [feature, {"type": "FeatureCollection", "features": [feature, feature]}, shape]
    (tmp_path / "a.geojsonl").write_text("\n".join(json.dumps(line) for line in lines))
    assert len(read_layer(tmp_path / "a.geojsonl").frame.geometry.dropna()) == 4
    (tmp_path / "a.geojsonl").write_text(json.dumps(feature) + '\n{"type": "Topology"}')
    with pytest.raises(LayerError, match="a line of type 'Topology' among features"):
        read_layer(tmp_path / "a.geojsonl")


def test_of_several_files_in_a_kmz_its_document_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as packed:
        packed.writestr("tiles/0.kml", f"<kml>{MARK}{MARK}</kml>")
        packed.writestr("doc.kml", f"<kml><NetworkLink><Link><href>tiles/0.kml</href></Link></NetworkLink>{MARK}</kml>")
    read = read_layer(tmp_path / "a.kmz", only_polygons=False)
    assert len(read.frame) == 1
    assert any("not followed" in str(each) for each in read.account.remarks)


@pytest.mark.parametrize("word", ["ISO-8859-1", "1252"])
def test_western_text_that_says_so_is_not_taken_for_chinese(word):
    data = "Côte d'Ivoire\nSüdliche Weinstraße\nRéservoir".encode("latin-1")
    found = judge(data, word=word, whose=".cpg", language="zh")
    assert "é" in data.decode(found.name)
    assert not found.remarks
    assert judge("造纸厂\n瓦窑".encode("gbk"), word=word, whose=".cpg", language="zh").name == "gb18030"


def test_text_that_is_hardly_chinese_is_pointed_out():
    assert "could be a Western coding (é)" in judge("Réservoir".encode("latin-1"), language="zh").remarks[0]
    assert judge("造纸厂".encode("gbk"), language="zh").remarks == ()


def grid(path, values, *, transform=rasterio.Affine(10, 0, EAST, 0, -10, NORTH), crs="EPSG:4549", **more):  # noqa: B008
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1, dtype=values.dtype,
            transform=transform, crs=crs, **more,
        ) as file:  # fmt: skip
            file.write(values, 1)
    return path


def test_scale_and_offset_of_a_raster_are_applied_and_its_mask_is_no_data(tmp_path):
    path = grid(tmp_path / "dem.tif", np.array([[100, 200, -1]], dtype=np.int16), nodata=-1)
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.1,), (5.0,)
    np.testing.assert_allclose(read_raster(path).values, [[15, 25, np.nan]])
    path = grid(tmp_path / "masked.tif", np.array([[1, 2]], dtype=np.uint8))
    with rasterio.open(path, "r+") as file:
        file.write_mask(np.array([[255, 0]], dtype=np.uint8))
    np.testing.assert_allclose(read_raster(path).values, [[1, np.nan]])


def test_a_raster_that_nothing_places_is_refused_even_where_its_system_is_declared(tmp_path):
    values = np.ones((2, 2), dtype=np.uint8)
    path = grid(tmp_path / "a.tif", values, transform=rasterio.Affine.identity(), crs=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(LayerError, match="placed by nothing"):
            read_raster(path, declared="EPSG:4549")
        with rasterio.open(tmp_path / "b.tif", "w", driver="GTiff", width=2, height=2, count=1, dtype="uint8") as file:
            file.write(values, 1)
            file.gcps = ([GroundControlPoint(0, 0, EAST, NORTH), GroundControlPoint(2, 0, EAST, NORTH - 20),
                          GroundControlPoint(0, 2, EAST + 20, NORTH)], rasterio.CRS.from_epsg(4549))  # fmt: skip
        with pytest.raises(LayerError, match="only by ground control points"):
            read_raster(tmp_path / "b.tif", declared="EPSG:4549")


class Wkb(pa.ExtensionType):
    """The extension type by which pyarrow writes Parquet's own type of geometry."""

    def __init__(self, crs):
        self.crs = crs
        super().__init__(pa.binary(), "geoarrow.wkb")

    def __arrow_ext_serialize__(self):
        return json.dumps({"crs": self.crs} if self.crs else {}).encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, _storage, told):
        return cls(json.loads(told or b"{}").get("crs"))


@pytest.mark.skipif(int(pa.__version__.split(".")[0]) < 21, reason="this pyarrow does not write the type")
@pytest.mark.parametrize("crs", ["EPSG:4549", CRS(4549).to_json_dict(), None])
def test_parquet_with_its_own_type_of_geometry(tmp_path, crs):
    shape = square() if crs else DEGREES
    pa.register_extension_type(Wkb("x"))
    try:
        made = pa.ExtensionArray.from_storage(Wkb(crs), pa.array([shapely.to_wkb(shape), None], pa.binary()))
        pq.write_table(pa.table({"id": ["a", "b"], "where": made}), tmp_path / "a.parquet")
    finally:
        pa.unregister_extension_type("geoarrow.wkb")
    read = read_layer(tmp_path / "a.parquet")
    assert read.frame.geometry.tolist() == [shape, None]
    assert read.frame.crs == (CRS(4549) if crs else CRS("OGC:CRS84"))
    assert read.frame.columns.tolist() == ["id", "geometry"]


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_bounds_that_cover_geometries_in_parquet_are_no_attribute(tmp_path, version):
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[square()], crs=GRID)
    frame.to_parquet(tmp_path / "a.parquet", schema_version=version, write_covering_bbox=version == "1.1.0")
    read = read_layer(tmp_path / "a.parquet").frame
    assert read.columns.tolist() == ["id", "geometry"]
    assert read.geometry.iloc[0].equals(square())


def test_an_empty_table_of_a_drawing_is_refused_by_its_name(tmp_path):
    ezdxf.new("R2010").saveas(tmp_path / "a.dxf")
    text = (tmp_path / "a.dxf").read_text()
    start = text.index("  0\nTABLE\n  2\nVPORT")
    (tmp_path / "a.dxf").write_text(text[:start] + "  0\nENDTAB\n" + text[start:])
    with pytest.raises(LayerError, match="no sound DXF"):
        read_layer(tmp_path / "a.dxf", crs=GRID)


@pytest.mark.parametrize(("first", "away"), [((EAST + 5, NORTH - 5), None), ((EAST, NORTH), "7.07 m")])
def test_a_world_file_that_lies_half_a_cell_off_is_told(tmp_path, first, away):
    profile = {"driver": "GTiff", "width": 4, "height": 3, "count": 1, "dtype": "float32", "crs": "EPSG:4549"}
    corner = rasterio.Affine(10, 0, EAST, 0, -10, NORTH)
    with rasterio.open(tmp_path / "dem.tif", "w", transform=corner, **profile) as file:
        file.write(np.ones((3, 4), dtype="float32"), 1)
    (tmp_path / "dem.tfw").write_text(f"10\n0\n0\n-10\n{first[0]}\n{first[1]}\n")
    read = read_raster(tmp_path / "dem.tif")
    assert read.transform == corner
    told = world_file_told(tmp_path / "dem.tif", read.transform)
    assert len(told) == (away is not None)
    assert all(away in each and "the raster's own word is taken" in each for each in told)


@pytest.mark.parametrize("word", ["", "Point"])
def test_values_at_grid_points_lie_in_the_middle_of_their_cells(tmp_path, word):
    profile = {"driver": "GTiff", "width": 4, "height": 3, "count": 1, "dtype": "float32", "crs": "EPSG:4549"}
    corner = rasterio.Affine(10, 0, EAST, 0, -10, NORTH)
    with rasterio.open(tmp_path / "dem.tif", "w", transform=corner, **profile) as file:
        file.write(np.ones((3, 4), dtype="float32"), 1)
        if word:
            file.update_tags(AREA_OR_POINT=word)
    assert read_raster(tmp_path / "dem.tif").transform == corner


@pytest.mark.parametrize(("name", "shift"), [("corner", 0), ("center", 5)])
def test_an_ascii_grid_names_the_corner_or_the_middle_of_its_first_cell(tmp_path, name, shift):
    (tmp_path / "dem.asc").write_text(
        f"ncols 2\nnrows 1\nxll{name} {EAST + shift}\nyll{name} {NORTH + shift}\ncellsize 10\n1 2\n"
    )
    read = read_raster(tmp_path / "dem.asc", declared="EPSG:4549")
    assert (read.transform.c, read.transform.f) == (EAST, NORTH + 10)


def test_parquet_in_several_groups_are_read_in_order(tmp_path):
    plots = gpd.GeoDataFrame({"n": range(7)}, geometry=[square(20 * n, 0, 10) for n in range(7)], crs=GRID)
    plots.to_parquet(tmp_path / "a.parquet", row_group_size=3)
    read = read_layer(tmp_path / "a.parquet")
    assert read.frame["n"].tolist() == list(range(7))
    assert read.frame.geometry.geom_equals(plots.geometry).all()
