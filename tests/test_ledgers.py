"""The ledger of two files: any format, size and interruption; what is faulty is named, and nothing half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from click.testing import CliRunner
from pandas.testing import assert_frame_equal
from pyproj import CRS, Geod
from specimens import EAST, NORTH, box, parcels, square, zones

import geo_tej.ledgers as engine
from geo_tej.cli import main
from geo_tej.crs import in_metres
from geo_tej.ledgers import ids
from geo_tej.overlay import overlaps

STRIP = box(0, 99.99, 200, 120)  # a strip of 1 cm x 200 m on the first parcel
CORNER = box(198, 99, 220, 120)  # a corner of 2 m²; the strip's end lies in it too
WIDE = parcels(box(0, 0, 200, 100))


def call(*words):
    return CliRunner().invoke(main, ["ledger", *map(str, words)])


def refused(told):
    assert told.exit_code == 2, told.output
    assert told.stdout == ""
    assert told.stderr.startswith("geo-tej: ")
    return told.stderr


def written(folder, plots, over, *, suffix="parquet"):
    """Write two frames, and return the words that name the files and the output."""
    for name, frame in (("p", plots.reset_index() if plots.index.name else plots), ("z", over)):
        path = folder / f"{name}.{suffix}"
        frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path)
    return folder / f"p.{suffix}", folder / f"z.{suffix}", "-o", folder / "ledger.parquet"


def mesh(count, *, text=True):
    """Draw a strip of squares, and zones whose boundaries cross some of them."""
    west = np.arange(count) * 10.0
    shapes = shapely.box(EAST + west, NORTH, EAST + west + 10, NORTH + 10)
    names = [f"P{number % 97}-{number}" for number in range(count)] if text else range(count)
    plots = gpd.GeoDataFrame({"parcel_id": names}, geometry=shapes, crs=4549)
    pond = shapely.Point(EAST + 300, NORTH + 5).buffer(120)
    return plots, zones(("low", box(-5, -5, count * 6.0, 4)), ("low", box(15, 2, 1000, 5)), ("high", pond))


@pytest.fixture
def small_steps(monkeypatch):
    """Make batches of a few parcels, so that a test has many."""
    real = engine.batches
    monkeypatch.setattr(engine, "batches", lambda source, columns: real(source, columns, rows=7))


@pytest.mark.parametrize("suffix", ["parquet", "gpkg", "shp", "geojson", "fgb"])
def test_files_give_what_frames_give(tmp_path, suffix):
    plots, over = mesh(60)
    words = written(tmp_path, plots.to_crs(4490) if suffix == "geojson" else plots, over, suffix=suffix)
    if suffix == "shp":
        words = (*words, "--zone-class", "zone_class")
    told = call(*words, *(["--crs", "EPSG:4549"] if suffix == "geojson" else []))
    assert told.exit_code == 0, told.output
    theirs = overlaps(plots, over).kept
    ours = pd.read_parquet(tmp_path / "ledger.parquet")
    assert told.stdout == f"{tmp_path / 'ledger.parquet'}: {len(theirs)} overlaps\n"
    tolerance = {"atol": 1e-3} if suffix == "geojson" else {"rtol": 1e-12}
    if suffix == "fgb":  # FlatGeobuf puts its rows in an order of its own
        ours, theirs = (each.sort_values(["parcel_id", "zone_class"], ignore_index=True) for each in (ours, theirs))
    assert_frame_equal(ours, theirs, check_dtype=False, **tolerance)


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_coordinates_in_lists_are_read_as_bytes_are(tmp_path, encoding):
    plots, over = mesh(30)
    plots.loc[3, "geometry"] = None
    plots.to_parquet(tmp_path / "p.parquet", geometry_encoding=encoding, schema_version="1.1.0")
    over.to_parquet(tmp_path / "z.parquet")
    assert call(tmp_path / "p.parquet", tmp_path / "z.parquet", "-o", tmp_path / "l.parquet").exit_code == 0
    assert_frame_equal(pd.read_parquet(tmp_path / "l.parquet"), overlaps(plots, over).kept, check_dtype=False)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("suffix", ["parquet", "csv", "xlsx"])
@pytest.mark.parametrize("step", [5, 20, 10_000])
def test_steps_and_kinds_of_files_do_not_change_the_answer(tmp_path, suffix, step):
    plots, over = mesh(100)
    left, right, _, _ = written(tmp_path, plots, over)
    output = tmp_path / f"ledger.{suffix}"
    assert call(left, right, "-o", output, "--step", step, "--workers", 3).exit_code == 0
    read = {"parquet": pd.read_parquet, "csv": pd.read_csv, "xlsx": pd.read_excel}[suffix]
    assert_frame_equal(read(output), overlaps(plots, over).kept, check_dtype=False, rtol=1e-9)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([output.name, "p.parquet", "z.parquet"])


def test_the_same_files_give_the_same_bytes(tmp_path):
    words = written(tmp_path, *mesh(80))
    assert call(*words).exit_code == 0
    first = (tmp_path / "ledger.parquet").read_bytes()
    assert call(*words, "--workers", 1, "--step", 9).exit_code == 0
    assert (tmp_path / "ledger.parquet").read_bytes() == first


def test_nothing_in_gives_the_columns_out(tmp_path):
    plots, over = mesh(3)
    for left, right in ((plots[:0], over), (plots, over[:0]), (plots[:0], over[:0])):
        assert call(*written(tmp_path, left, right)).exit_code == 0
        table = pd.read_parquet(tmp_path / "ledger.parquet")
        assert list(table.columns) == ["parcel_id", "layer", "zone_class", "area_m2", "share"]
        assert len(table) == 0


def test_zones_without_a_class_are_unknown_and_layers_stay_apart(tmp_path):
    over = zones(("a", square()), (None, square())).assign(sheet=["one", "two"])
    assert call(*written(tmp_path, parcels(square()), over), "--layer", "sheet").exit_code == 0
    table = pd.read_parquet(tmp_path / "ledger.parquet")
    assert table[["layer", "zone_class"]].to_numpy().tolist() == [["one", "a"], ["two", "unknown"]]


# What is faulty


def test_all_missing_columns_are_named_at_once(tmp_path):
    words = written(tmp_path, parcels(square()).reset_index(names="nr"), zones(("a", square())))
    told = refused(call(*words, "--zone-class", "class", "--layer", "sheet"))
    assert all(part in told for part in ("3 faults", "'parcel_id'", "did you mean zone_class?", "'sheet'"))


@pytest.mark.parametrize("step", [2, 1000])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda plots: plots.assign(parcel_id=["A", "B", None, "D"]), "1 rows have no parcel_id"),
        (lambda plots: plots.assign(parcel_id=["A", "B", "C", "A"]), "A stand more than once"),
        (lambda plots: plots.assign(parcel_id=[4, 5, 6, 4]), "4 stand more than once"),
        (
            lambda plots: plots.set_geometry(plots.boundary),
            "only polygons have ground; P0-0, P1-1, P2-2 and 1 more are",
        ),
        (lambda plots: plots.set_geometry(plots.translate(np.inf)), "have no place in"),
    ],
)
@pytest.mark.usefixtures("small_steps")
def test_faulty_parcels_are_named_and_nothing_is_written(tmp_path, change, words, step):
    plots, over = mesh(4)
    left, right, _, output = written(tmp_path, change(plots), over)
    assert words in refused(call(left, right, "-o", output, "--step", step))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.parquet", "z.parquet"]


def test_a_file_that_is_damaged_or_no_map_is_named(tmp_path):
    left, right, _, output = written(tmp_path, parcels(square()), zones(("a", square())))
    (tmp_path / "bad.parquet").write_bytes(left.read_bytes()[:500])
    pd.DataFrame({"parcel_id": [1]}).to_parquet(tmp_path / "table.parquet")
    (tmp_path / "bad.gpkg").write_text("no map", encoding="utf-8")
    assert "bad.parquet: cannot be read" in refused(call(tmp_path / "bad.parquet", right, "-o", output))
    assert "table.parquet: has no geometry" in refused(call(tmp_path / "table.parquet", right, "-o", output))
    assert "bad.gpkg: no columns hold coordinates" in refused(call(left, tmp_path / "bad.gpkg", "-o", output))
    (tmp_path / "bare.geojson").write_text("", encoding="utf-8")
    assert "bare.geojson: cannot be read: it is empty" in refused(call(tmp_path / "bare.geojson", right, "-o", output))
    (tmp_path / "none.geojson").write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    assert "none.geojson: has no polygons" in refused(call(tmp_path / "none.geojson", right, "-o", output))
    (tmp_path / "dem.gpkg").write_bytes(b"II*\x00" + bytes(100))
    assert "dem.gpkg: is a raster, not polygons" in refused(call(left, tmp_path / "dem.gpkg", "-o", output))
    assert ": is a folder; name the file in it" in refused(call(tmp_path, right, "-o", output))
    assert "no kind of ledger" in refused(call(left, right, "-o", tmp_path / "ledger.txt"))
    assert "one of the files to be read" in refused(call(left, right, "-o", left))
    assert "is a folder" in refused(call(left, right, "-o", (tmp_path / "x.csv").mkdir() or tmp_path / "x.csv"))
    assert not output.exists()


def test_a_file_of_several_layers_is_asked_by_name_and_never_taken_by_its_first(tmp_path):
    plots, over = mesh(20)
    path, out = tmp_path / "town.gpkg", tmp_path / "ledger.parquet"
    over[:0].assign(zone_class="none").to_file(path, layer="empty")
    plots.to_file(path, layer="plots")
    over.to_file(path, layer="zones")
    words = refused(call(path, path, "-o", out, "--zones-sublayer", "zones"))
    assert all(part in words for part in ("holds 3 layers", "--parcels-sublayer", "empty", "plots", "zones"))
    words = refused(call(path, path, "-o", out, "--parcels-sublayer", "plots"))
    assert "--zones-sublayer" in words
    words = refused(call(path, path, "-o", out, "--parcels-sublayer", "plot", "--zones-sublayer", "zones"))
    assert "no sublayer 'plot'" in words
    assert "plots" in words
    assert not out.exists()
    told = call(path, path, "-o", out, "--parcels-sublayer", "plots", "--zones-sublayer", "zones")
    assert told.exit_code == 0, told.output
    assert_frame_equal(pd.read_parquet(out), overlaps(plots, over).kept, check_dtype=False)


def test_parquet_has_no_sublayer_to_name(tmp_path):
    words = written(tmp_path, *mesh(5))
    assert "holds no sublayers; leave out --zones-sublayer" in refused(call(*words, "--zones-sublayer", "zones"))


def test_invalid_polygons_are_repaired_and_told(tmp_path):
    bow = shapely.Polygon([(EAST, NORTH), (EAST + 100, NORTH + 100), (EAST + 100, NORTH), (EAST, NORTH + 100)])
    mixed = shapely.GeometryCollection([square(200), shapely.Point(EAST, NORTH)])
    plots = parcels(bow, square(200), bow)
    told = call(*written(tmp_path, plots, zones(("a", box(0, 0, 300, 50)), ("b", bow), ("b", mixed))), "--json")
    assert told.exit_code == 0
    report = json.loads(told.stdout)
    assert len(report["repaired_parcels"]) == len(report["repaired_zones"]) == 2
    assert "geo-tej: parcels: A1: repaired (its outline crosses itself" in told.stderr
    areas = pd.read_parquet(tmp_path / "ledger.parquet").groupby(["parcel_id", "zone_class"])["area_m2"].sum().to_dict()
    assert areas == {
        ("A1", "a"): pytest.approx(2500), ("A1", "b"): pytest.approx(5000), ("A2", "a"): pytest.approx(5000),
        ("A2", "b"): pytest.approx(10_000), ("A3", "a"): pytest.approx(2500), ("A3", "b"): pytest.approx(5000),
    }  # fmt: skip


# Systems


def test_feet_are_computed_in_metres_of_the_same_projection(tmp_path):
    lot = shapely.box(990_000, 190_000, 990_100, 190_200)
    lots = gpd.GeoDataFrame({"parcel_id": ["L"]}, geometry=[lot], crs=2263)
    half = gpd.GeoDataFrame(
        {"zone_class": ["R6"]}, geometry=[shapely.box(990_050, 190_000, 991_000, 191_000)], crs=2263
    )
    assert call(*written(tmp_path, lots, half.to_crs(4326))).exit_code == 0
    (row,) = pd.read_parquet(tmp_path / "ledger.parquet").to_dict("records")
    assert row["area_m2"] == pytest.approx(50 * 200 * (1200 / 3937) ** 2, rel=1e-6)
    assert row["share"] == pytest.approx(0.5, abs=1e-6)
    assert in_metres(CRS(2263)).is_projected


def test_degrees_are_refused_with_the_way_out_and_files_without_a_system_can_be_told_theirs(tmp_path):
    plots, over = parcels(square()), zones(("a", square(50)))
    words = written(tmp_path, plots.to_crs(4490), over)
    assert "--crs EPSG:4549" in refused(call(*words))
    assert call(*words, "--crs", "EPSG:4549").exit_code == 0
    assert pd.read_parquet(tmp_path / "ledger.parquet")["area_m2"].to_list() == pytest.approx([5000], abs=1e-3)
    words = written(tmp_path, plots.set_crs(None, allow_override=True), over.set_crs(None, allow_override=True))
    assert "--parcels-crs" in refused(call(*words))
    assert "--zones-crs" in refused(call(*words, "--parcels-crs", "EPSG:4549"))
    assert call(*words, "--parcels-crs", "EPSG:4549", "--zones-crs", "EPSG:4549").exit_code == 0
    assert "degrees" in refused(
        call(*words, "--parcels-crs", "EPSG:4549", "--zones-crs", "EPSG:4549", "--crs", "EPSG:4326")
    )
    assert "times the true ones" in refused(call(*written(tmp_path, plots.to_crs(3857), over)))


# Thresholds


@pytest.mark.parametrize(
    ("options", "kept", "reason"),
    [
        (["--min-width", "0.1"], {"corner", "half"}, "width"),
        (["--min-area", "2.1"], {"half"}, "area"),
        (["--min-share", "0.001"], {"half"}, "share"),
        (["--min-width", "strips=0.1"], {"corner", "half"}, "width"),
        (["--min-width", "9", "--min-width", "others=0"], {"corner", "half"}, "width"),
    ],
)
def test_slivers_are_dropped_by_width_and_listed_and_a_corner_is_kept(tmp_path, options, kept, reason):
    over = zones(("strip", STRIP), ("corner", CORNER), ("half", box(100, -10, 300, 200)))
    words = written(tmp_path, WIDE, over.assign(sheet=["strips", "others", "others"]))
    told = call(*words, "--layer", "sheet", *options)
    assert told.exit_code == 0, told.output
    table = pd.read_parquet(tmp_path / "ledger.parquet")
    dropped = pd.read_parquet(tmp_path / "ledger-dropped.parquet").set_index("zone_class")
    assert set(table["zone_class"]) == kept
    assert set(dropped.index) == {"strip", "corner", "half"} - kept
    assert set(dropped["reason"]) == {reason}
    assert dropped.loc["strip", "area_m2"] == pytest.approx(2.0, abs=1e-5)
    assert dropped.loc["strip", "width_m"] == pytest.approx(0.01, rel=1e-3)
    assert told.stdout.splitlines()[1] == f"{tmp_path / 'ledger-dropped.parquet'}: {3 - len(kept)} dropped"


def test_thresholds_drop_from_files_what_they_drop_from_frames(tmp_path):
    from geo_tej.model import Thresholds  # noqa: PLC0415

    plots, over = mesh(60)
    words = written(tmp_path, plots, over)
    for width in (3.0, 4.0):
        told = call(*words, "--min-width", width, "--min-area", 3, "--dropped", tmp_path / "elsewhere" / "out.csv")
        assert told.exit_code == 0, told.output
        kept, dropped = overlaps(plots, over, thresholds=Thresholds(width_m=width, area_m2=3))
        assert_frame_equal(pd.read_parquet(tmp_path / "ledger.parquet"), kept, check_dtype=False)
        assert_frame_equal(pd.read_csv(tmp_path / "elsewhere" / "out.csv"), dropped, check_dtype=False, rtol=1e-9)
        assert len(dropped)


@pytest.mark.parametrize(
    "option", [["--min-area", "-1"], ["--min-width", "wide"], ["--min-share", "2"], ["--min-width", "watre=1"]]
)
def test_thresholds_that_mean_nothing_are_refused(tmp_path, option):
    over = zones(("a", square()), layer="water")
    assert option[0] in refused(call(*written(tmp_path, parcels(square()), over), "--layer", "layer", *option)) or (
        option[1] == "watre=1"
    )
    assert not (tmp_path / "ledger.parquet").exists()


# On the ellipsoid


def test_parts_have_the_areas_on_the_ellipsoid_that_geodesics_give_and_close(tmp_path):
    corners = {"P": [(612.345, 211.902), (734.118, 190.447), (751.006, 102.333), (660.5, 71.25), (598.75, 120.064)]}
    plots = parcels(
        shapely.box(457_400, 3_268_000, 457_500, 3_268_100),  # 9999.5534 m² on the ellipsoid
        shapely.Polygon([(457_000 + east, 3_268_000 + north) for east, north in corners["P"]]),  # 15463.7409
        shapely.box(457_400, 3_268_000, 458_400, 3_269_000),  # 999956.2813
        shapely.box(457_400, 3_268_150, 457_600, 3_268_150.01),  # 1.9999
    )
    middle = shapely.box(456_000, 3_267_000, 457_450.3, 3_270_000)
    over = gpd.GeoDataFrame(
        {"zone_class": ["west", "east"]},
        geometry=[middle, shapely.box(456_000, 3_267_000, 460_000, 3_270_000) - middle], crs=4549,
    )  # fmt: skip
    assert call(*written(tmp_path, plots, over), "--ellipsoidal").exit_code == 0
    table = pd.read_parquet(tmp_path / "ledger.parquet")
    sums = table.groupby("parcel_id")["ellipsoidal_m2"].sum()
    assert sums.to_dict() == pytest.approx(
        {"A1": 9999.5534, "A2": 15463.7409, "A3": 999956.2813, "A4": 1.9999}, rel=1e-6, abs=1e-4
    )
    degrees = gpd.GeoSeries([middle & plots.geometry["A3"]], crs=4549).to_crs(4490).iloc[0]
    area, _ = Geod(ellps="GRS80").geometry_area_perimeter(shapely.orient_polygons(degrees))
    (part,) = table.query("parcel_id == 'A3' and zone_class == 'west'")["ellipsoidal_m2"]
    assert part == pytest.approx(abs(area), rel=1e-6)


# Interrupted


SLOW = (
    "import sys, time, geo_tej.ledgers as engine\n"
    "real = engine.batches\n"
    "def slowly(source, columns):\n"
    "    for number, batch in enumerate(real(source, columns, rows=50)):\n"
    "        if number >= 12: time.sleep(60)\n"
    "        yield batch\n"
    "engine.batches = slowly\n"
    "from geo_tej.cli import main; main(sys.argv[1:])"
)


def killed(words, folder, how):
    """Start a ledger that hangs after some steps, wait for their entries, and end it."""
    process = subprocess.Popen(  # noqa: S603  ourselves
        [sys.executable, "-c", SLOW, "ledger", *map(str, words), "--step", "100"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for _ in range(600):
        if len(list(folder.glob("*.kept.arrow"))) >= 5 or process.poll() is not None:
            break
        time.sleep(0.1)
    process.send_signal(how)
    _, told = process.communicate(timeout=60)
    return process.returncode, told


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_it_leaves_no_file_and_goes_on_without_doing_again(tmp_path, monkeypatch, how):
    plots, over = mesh(1500)
    words = written(tmp_path, plots, over)
    folder = tmp_path / ".ledger.parquet.unfinished"
    code, told = killed(words, folder, how)
    assert code == (-signal.SIGKILL if how == signal.SIGKILL else 130), told
    assert not (tmp_path / "ledger.parquet").exists()
    finished = len(list(folder.glob("*.kept.arrow")))
    assert finished >= 5
    worked = []
    real, measure = engine.batches, engine.workers.ledger_of
    monkeypatch.setattr(engine, "batches", lambda source, columns: real(source, columns, rows=50))
    monkeypatch.setattr(
        engine.workers, "ledger_of", lambda job, batch: worked.append(len(batch)) or measure(job, batch)
    )
    assert call(*words, "--step", 100).exit_code == 0
    assert sum(worked) == 1500 - 100 * finished
    assert_frame_equal(pd.read_parquet(tmp_path / "ledger.parquet"), overlaps(plots, over).kept, check_dtype=False)
    assert not folder.exists()


def test_what_changed_since_is_done_again(tmp_path):
    plots, over = mesh(1500)
    words = written(tmp_path, plots, over)
    folder = tmp_path / ".ledger.parquet.unfinished"
    killed(words, folder, signal.SIGKILL)
    plots.loc[0, "geometry"] = box(0, 0, 5, 5)
    written(tmp_path, plots, over)
    assert call(*words, "--step", 100).exit_code == 0
    assert_frame_equal(pd.read_parquet(tmp_path / "ledger.parquet"), overlaps(plots, over).kept, check_dtype=False)


def test_an_output_that_was_there_stays_when_the_next_fails(tmp_path):
    words = written(tmp_path, *mesh(10))
    assert call(*words).exit_code == 0
    before = (tmp_path / "ledger.parquet").read_bytes()
    assert call(*words, "--crs", "EPSG:4326").exit_code == 2
    assert (tmp_path / "ledger.parquet").read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    left, right, _, _ = written(tmp_path, *mesh(3))
    (tmp_path / "shut").mkdir(mode=0o500)
    assert "cannot be written" in refused(call(left, right, "-o", tmp_path / "shut" / "l.csv"))


# Ids


def test_fingerprints_tell_ids_apart_and_repeated_ones_are_found():
    names = [f"{number:06d}" for number in range(20_000)] + ["a" * 3000, "", "b"]
    prints = ids.fingerprints(pa.array(names))
    assert len(np.unique(prints)) == len(names)
    assert len(ids.alike([prints])) == 0
    again = pa.array(["x", "000007", "b", "y"])
    suspects = ids.alike([prints, ids.fingerprints(again)])
    assert ids.repeated([pa.array(names), again], suspects) == ["000007", "b"]
    assert ids.repeated([pa.array(names)], suspects) == []


def test_fingerprints_are_compared_in_parts_where_they_are_many(monkeypatch):
    prints = [ids.fingerprints(pa.array([f"{number}" for number in range(1000)])) for _ in range(2)]
    whole = ids.alike(prints)
    monkeypatch.setattr(ids, "_AT_ONCE", 64)
    assert ids.alike(prints).tolist() == whole.tolist()
    assert len(whole) == 1000


def test_the_command_on_parquet_wakes_neither_pandas_nor_geopandas(tmp_path):
    words = written(tmp_path, *mesh(20))
    code = (
        "import sys; from geo_tej.cli import main; main(sys.argv[1:], standalone_mode=False);"
        "print(sorted({'pandas', 'geopandas', 'rich'} & set(sys.modules)))"
    )
    told = subprocess.run(  # noqa: S603  ourselves
        [sys.executable, "-c", code, "ledger", *map(str, words)], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == "[]"
    assert Path(words[3]).exists()
