"""Bad input: a clear error in bounded memory and time, and the other layers unharmed."""

from __future__ import annotations

import http.server
import json
import shutil
import sqlite3
import threading
import warnings
import zipfile
from contextlib import closing
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyogrio import raw as ogr
from specimens import GRID, default_frames, make_project, square
from test_reading import drawing, kml

from geo_tej.errors import GeoTejError, LayerError
from geo_tej.io import read_project, vector
from geo_tej.io import texts as texts_module
from geo_tej.io.account import Ask, Limits
from geo_tej.io.archives import at_hand
from geo_tej.io.raster import read_raster
from geo_tej.io.read import read_table
from geo_tej.io.reading import read_layer
from geo_tej.verdict import assess

FRAMES = default_frames()
PLOTS = FRAMES["parcels"]


def saved(folder, suffix, frame=PLOTS):
    path = folder / f"plots.{suffix}"
    frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path)
    return path


def packed(folder, *members, name="a.zip"):
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members:
            archive.writestr(member, data)
    return path


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("suffix", ["gpkg", "shp", "dbf", "geojson", "parquet", "fgb", "kml", "dxf", "xlsx", "zip"])
def test_a_file_that_is_cut_short_is_refused(tmp_path, suffix, share):
    many = pd.concat([PLOTS.drop(columns="registered_m2")] * 50, ignore_index=True)
    if suffix in ("kml", "dxf"):
        path = kml(tmp_path) if suffix == "kml" else drawing(tmp_path)
    elif suffix == "xlsx":
        path = tmp_path / "plots.xlsx"
        pd.DataFrame({"wkt": many.geometry.to_wkt()}).to_excel(path, index=False)
    elif suffix == "zip":
        path = packed(tmp_path, ("plots.geojson", many.to_crs(4326).to_json()))
    else:
        path = saved(tmp_path, "shp" if suffix == "dbf" else suffix, many)
    short = path.with_suffix(".dbf") if suffix == "dbf" else path
    data = short.read_bytes()
    short.write_bytes(data[: int(len(data) * share)])
    try:
        read = read_layer(path, crs=GRID)
    except LayerError as fault:
        assert path.stem in str(fault)  # noqa: PT017  a few lost records of a FlatGeobuf may be rescued from
    else:
        assert (suffix, share) == ("fgb", 0.99)
        assert read.account.set_aside


def bomb(size):
    return b"0" * size


BOMBS = {
    "one member": [("a.geojson", bomb(30_000_000))],
    "many members": [(f"{number}.txt", b"x") for number in range(300)],
    "nested": None,
}


@pytest.mark.parametrize("name", BOMBS)
def test_an_archive_beyond_the_limits_is_refused(tmp_path, name):
    limits = Limits(unpacked_bytes=10_000_000, members=200, nested=2)
    path = packed(tmp_path, *(BOMBS[name] or [("x.txt", b"1")]))
    if name == "nested":
        for _ in range(4):
            path = packed(tmp_path, ("inner.zip", path.read_bytes()))
    with pytest.raises(LayerError, match=r"\(limits\.|nested deeper than 2"):
        read_layer(path, limits=limits)
    assert not list(tmp_path.glob("*.geojson"))


@pytest.mark.parametrize("name", ["../../evil.json", "/evil.json", "a/../../evil.json", "C:\\evil", "..\\evil"])
def test_a_name_that_leads_out_of_an_archive_is_refused(tmp_path, name):
    path = packed(tmp_path, (name, "{}"))
    with pytest.raises(LayerError, match="leads out of its folder"):
        read_layer(path)
    assert not list(tmp_path.parent.glob("evil*"))


def test_a_link_and_a_lock_in_an_archive_are_refused(tmp_path):
    link = zipfile.ZipInfo("a.geojson")
    link.external_attr = 0o120777 << 16
    with pytest.raises(LayerError, match="symbolic link"):
        read_layer(packed(tmp_path, (link, "/etc/passwd")))
    path = packed(tmp_path, ("a.geojson", "{}"))
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag of encryption, in both headers
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(LayerError, match="password"):
        read_layer(path)
    with pytest.raises(LayerError, match="holds no layer"):
        read_layer(packed(tmp_path, ("readme.md", "x")))


def test_limits_are_set_in_the_manifest(tmp_path):
    edit = {'rulebook = "rulebook"': 'rulebook = "rulebook"\nlimits = { unpacked_bytes = 1000 }',
            '"flood.gpkg"': '"flood.zip"'}  # fmt: skip
    path = make_project(tmp_path, edit=edit)
    with zipfile.ZipFile(tmp_path / "flood.zip", "w") as archive:
        archive.write(tmp_path / "flood.gpkg", "flood.gpkg")
    project = read_project(path)
    assert "more than 1,000 bytes (limits.unpacked_bytes)" in project.faults["flood"]
    assert list(project.faults) == ["flood"]


def test_a_value_beyond_the_limit_is_refused_unread(tmp_path, monkeypatch):
    from geo_tej.io import databases  # noqa: PLC0415

    path = saved(tmp_path, "gpkg")
    with closing(sqlite3.connect(path)) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE plots SET name = zeroblob(5000000)")
        database.commit()
    monkeypatch.setattr(databases, "_SUSPECT_BYTES", 1000)  # else only files of 256 MB are looked through
    with pytest.raises(LayerError, match=r"a value of more than 1,000,000 bytes \(limits.attribute_bytes\)"):
        read_layer(path, limits=Limits(attribute_bytes=1_000_000))
    with pytest.raises(LayerError, match=r"limits\.text_bytes"):
        read_layer(kml(tmp_path), limits=Limits(text_bytes=100))
    (tmp_path / "a.csv").write_text("wkt\n" + "x" * 5000, encoding="utf-8")
    with pytest.raises(LayerError, match=r"limits\.attribute_bytes"):
        read_layer(tmp_path / "a.csv", limits=Limits(attribute_bytes=1000))


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    path = saved(tmp_path, "gpkg")
    with pytest.raises(LayerError, match="was changed while it was read"), at_hand(path, Ask()) as (local, _):
        local.write_bytes(local.read_bytes() + b"more")


@pytest.mark.parametrize(
    "path", ["https://example.org/a.gpkg", "/vsicurl/https://example.org/a", "s3://a/b", "/vsizip/a"]
)
def test_remote_paths_are_refused_unless_allowed(path):
    with pytest.raises(LayerError, match="is remote; fetch it, or allow it"):
        read_layer(path)
    if "example" not in path:
        with pytest.raises(LayerError, match="only http and https"):
            read_layer(path, remote=True)


@pytest.fixture
def served(tmp_path):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_remote_layer_that_the_manifest_allows_is_fetched(tmp_path, served):
    path = make_project(tmp_path, edit={'"flood.gpkg"': f'"{served}/flood.gpkg", remote = true'})
    project = read_project(path)
    assert not project.faults
    assert len(project.layers["flood"].frame) == 1
    for address in (f"/vsicurl/{served}/flood.gpkg", f"{served}/flood.gpkg"):
        assert len(read_layer(address, remote=True).frame) == 1
    with pytest.raises(LayerError, match="cannot be fetched"):
        read_layer(f"{served}/none.gpkg", remote=True)
    with pytest.raises(LayerError, match=r"limits\.unpacked_bytes"):
        read_layer(f"{served}/flood.gpkg", remote=True, limits=Limits(unpacked_bytes=1000))


VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    "</OGRVRTDataSource>"
)
OTHERS = {
    "a GDAL driver that leads elsewhere": (VRT.encode(), "none of GeoPackage"),
    "a web page": (b"<!doctype html><html></html>", "none of GeoPackage"),
    "a drawing": (b"AC1027\x00\x00", "save it as DXF"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as XLSX"),
    "another archive": (b"Rar!\x1a\x07", "pack it as ZIP"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS"),
    "noise": (bytes(range(256)) * 9, "none of GeoPackage"),
    "nothing": (b"", "empty"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_layer_is_said_to_be_what_it_is(tmp_path, name):
    data, words = OTHERS[name]
    path = tmp_path / "layer.gpkg"
    path.write_bytes(data)
    with pytest.raises(LayerError, match=words) as caught:
        read_layer(path)
    assert "layer.gpkg" in str(caught.value)


def test_one_record_that_cannot_be_read_costs_one(tmp_path, monkeypatch):
    many = gpd.GeoDataFrame({"n": range(25)}, geometry=[square(100 * each) for each in range(25)], crs=GRID)
    path = saved(tmp_path, "gpkg", many)
    read = ogr.read

    def refusing(*args, fids=None, **options):
        if fids is not None and 7 in fids:
            message = "the record is damaged"
            raise RuntimeError(message)
        return read(*args, fids=fids, **options)

    def no_bulk(*_):
        message = "a bulk read is refused"
        raise RuntimeError(message)

    monkeypatch.setattr(ogr, "read", refusing)
    monkeypatch.setattr(vector, "_in_bulk", no_bulk)
    by_fiona = read_layer(path)
    assert by_fiona.account.set_aside == ()
    assert by_fiona.frame["n"].tolist() == list(range(25))
    monkeypatch.setattr(vector, "by_fiona", lambda *_: None)  # as where there is no fiona
    without = read_layer(path)
    assert [(each.row, each.reason) for each in without.account.set_aside] == [(7, "the record is damaged")]
    assert without.frame.geometry.isna().sum() == 1
    assert any("read record by record, 1 of 25 lost" in each for each in without.account.remarks)


def test_a_parcel_whose_record_cannot_be_read_stays_and_is_unknown(tmp_path, monkeypatch):
    path = make_project(tmp_path)
    read, bulk = ogr.read, vector._in_bulk  # noqa: SLF001  what is broken on purpose

    def refusing(*args, fids=None, **options):
        if fids is not None and 2 in fids:
            message = "the record is damaged"
            raise RuntimeError(message)
        return read(*args, fids=fids, **options)

    def no_bulk(local, *rest):
        if local.name == "parcels.gpkg":
            message = "a bulk read is refused"
            raise RuntimeError(message)
        return bulk(local, *rest)

    monkeypatch.setattr(ogr, "read", refusing)
    monkeypatch.setattr(vector, "_in_bulk", no_bulk)
    monkeypatch.setattr(vector, "by_fiona", lambda *_: None)
    project = read_project(path)
    assert project.parcels.index.tolist() == ["A1", "parcels-row-2", "A3"]
    verdicts = assess(project).verdicts
    assert set(verdicts["outcome"][verdicts["parcel_id"] == "parcels-row-2"]) == {"unknown"}


def test_unclosed_rings_in_wkb_are_closed_and_told(tmp_path):
    ring = np.array([shapely.get_coordinates(square())[:-1]])
    wkb = b"\x01\x03\x00\x00\x00\x01\x00\x00\x00" + len(ring[0]).to_bytes(4, "little") + ring.tobytes()
    path = tmp_path / "open.gpkg"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ogr.write(
            path, geometry=np.array([wkb, shapely.to_wkb(square(100))], dtype=object), crs="EPSG:4549",
            field_data=[np.array(["a", "b"], dtype=object)], fields=["n"], geometry_type="Polygon", driver="GPKG",
        )  # fmt: skip
    read = read_layer(path, to=GRID, name="n")
    assert read.frame.area.tolist() == [10_000, 10_000]
    assert [(each.name, each.reason) for each in read.account.repaired] == [("a", "its ring was not closed")]


def test_a_raster_is_bounded_and_nothing_else(tmp_path):
    make_project(tmp_path)
    with pytest.raises(LayerError, match=r"limits\.raster_cells"):
        read_raster(tmp_path / "dem.tif", limits=Limits(raster_cells=10))
    with pytest.raises(LayerError, match="it is no raster, but GeoPackage"):
        read_raster(tmp_path / "flood.gpkg")
    with pytest.raises(LayerError, match="is a raster"):
        read_layer(tmp_path / "dem.tif")
    shutil.copy(tmp_path / "dem.tif", tmp_path / "height.txt")
    assert read_raster(tmp_path / "height.txt").values.shape == rasterio.open(tmp_path / "dem.tif").read(1).shape
    short = (tmp_path / "dem.tif").read_bytes()
    (tmp_path / "dem.tif").write_bytes(short[: len(short) // 2])
    with pytest.raises(GeoTejError, match=r"dem\.tif"):
        read_raster(tmp_path / "dem.tif")


def test_tables_are_refused_with_why(tmp_path):
    path = tmp_path / "firms.csv"
    for text, words in [
        ("a,a\n1,2\n", "'a' stands more than once"), (" , \n1,2\n", "names no column"),
        ("a,b\n1\n", "row 2 has 1 cells"), ("\n\n", "empty"),
    ]:  # fmt: skip
        path.write_text(text, encoding="utf-8")
        with pytest.raises(LayerError, match=words):
            read_table(path)


def test_blanks_in_an_archive_are_not_unpacked_and_what_is_packed_too_densely_is_refused(tmp_path):
    blanks = packed(tmp_path, ("flood.geojson", b" " * 3_000_000))
    with pytest.raises(LayerError, match=r"holds no layer, only flood\.geojson"):
        read_layer(blanks)
    dense = packed(tmp_path, ("flood.geojson", b'{"type":"FeatureCollection","features":[' + b" " * 80_000_000))
    with pytest.raises(LayerError, match=r"more than 100 times its size \(limits\.ratio\)"):
        read_layer(dense)
    with pytest.raises(LayerError, match="cannot be read"):  # it is unpacked, and no JSON
        read_layer(dense, limits=Limits(ratio=2_000))


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    import os  # noqa: PLC0415

    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(tmp_path / "flood.gpkg")
    with pytest.raises(LayerError, match="is a pipe or a device, and no file"):
        read_layer(tmp_path / "flood.gpkg")


LONG = "x" * 3000
LONG_VALUES = {
    "a.geojson": json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"n": LONG}, "geometry": None}]}, ensure_ascii=False),
    "a.csv": f"n,lon,lat\n{LONG},119.5,29.5\n",
    "a.kml": f'<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>{LONG}</name></Placemark></kml>',
    "a.txt": f"[地块坐标]\n4,1,P,{LONG},面,,,,@\nJ1,1,3270000,40500000\n",
    "a.dxf": f"0\nSECTION\n2\nHEADER\n999\n{LONG}\n0\nENDSEC\n0\nEOF\n",
}  # fmt: skip


@pytest.mark.parametrize("name", LONG_VALUES)
def test_a_long_value_in_a_text_is_refused_before_it_is_read(tmp_path, name):
    path = tmp_path / name
    path.write_text(LONG_VALUES[name], encoding="utf-8")
    with pytest.raises(LayerError, match=r"limits\.attribute_bytes"):
        read_layer(path, limits=Limits(attribute_bytes=2_500))


@given(st.lists(st.text(max_size=20), max_size=8), st.integers(1, 9))
def test_the_longest_string_of_any_json_is_found_whatever_the_pieces(texts, piece):
    data = json.dumps(texts, ensure_ascii=False).encode("utf-8", "surrogatepass")
    written = [json.dumps(each, ensure_ascii=False).encode("utf-8", "surrogatepass")[1:-1] for each in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts_module, "_PIECE", piece)
        assert texts_module.longest_string(data) == max(map(len, written), default=0)
