"""Steps in a possible order, in a GeoPackage that others read, and nothing lost when many write at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import date, timedelta

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimen_routes import route_book

from geo_tej.errors import LayerError, QuestionError
from geo_tej.io import events as store
from geo_tej.io.events import TABLE, read_events, record_event, refuse_network
from geo_tej.model import StatusEvent
from geo_tej.transition import current, order_faults, progress

DAY = date(2026, 1, 10)


@pytest.fixture(scope="module")
def statuses(tmp_path_factory):
    return route_book(tmp_path_factory.mktemp("law") / "routes").statuses


def event(status, day=0, firm="F1", number=0, **more):
    return StatusEvent(number=number, enterprise=firm, status=status, date=DAY + timedelta(days=day), **more)


def record(path, statuses, *steps):
    for each in steps:
        record_event(path, each, statuses)


def test_steps_are_numbered_and_read_back(tmp_path, statuses):
    path = tmp_path / "events.gpkg"
    record(
        path,
        statuses,
        event("planned", note="=1+1", officer="B. Clerk"),
        event("moved", 3),
        event("planned", firm="F2"),
    )
    found = read_events(path)
    assert [(each.number, each.enterprise, each.status) for each in found] == [
        (1, "F1", "planned"), (2, "F1", "moved"), (3, "F2", "planned"),
    ]  # fmt: skip
    assert (found[0].note, found[0].officer, found[1].date) == ("=1+1", "B. Clerk", DAY + timedelta(days=3))


@pytest.mark.parametrize(
    ("before", "step", "said"),
    [
        (
            [],
            event("moved"),
            "F1 cannot be moved on 2026-01-10: nothing is recorded before it; moved comes after planned",
        ),
        ([event("planned")], event("planned", 1), "it is planned since 2026-01-10"),
        ([event("planned")], event("moved", -1), "nothing is recorded before it"),
        ([event("planned"), event("moved", 5)], event("gone", 3), "F1 cannot be moved on 2026-01-15: it is gone since"),
        (
            [event("planned"), event("gone", 1)],
            event("moved", 2),
            "it is gone since 2026-01-11; moved comes after planned",
        ),
    ],
)
def test_an_impossible_order_is_refused_and_leaves_nothing(tmp_path, statuses, before, step, said):
    path = tmp_path / "events.gpkg"
    record(path, statuses, *before)
    with pytest.raises(QuestionError) as fault:
        record_event(path, step, statuses)
    assert said in str(fault.value)
    assert path.exists() == bool(before)
    assert len(read_events(path)) == len(before)


def test_a_step_may_be_recorded_late(tmp_path, statuses):
    path = tmp_path / "events.gpkg"
    record(path, statuses, event("planned"), event("gone", 9), event("moved", 4))  # moved was forgotten
    assert current(read_events(path), DAY + timedelta(days=5))["F1"].status == "moved"
    record(path, statuses, event("planned", 9))  # the same day, after it
    assert current(read_events(path), DAY + timedelta(days=9))["F1"].status == "planned"


def test_each_firm_goes_its_own_way(tmp_path, statuses):
    path = tmp_path / "events.gpkg"
    record(path, statuses, event("planned"), event("planned", firm="F2"), event("gone", 1, firm="F2"))
    reached = current(read_events(path), DAY + timedelta(days=1))
    assert {firm: each.status for firm, each in reached.items()} == {"F1": "planned", "F2": "gone"}


@given(st.lists(st.sampled_from(["planned", "moved", "gone"]), max_size=6))
def test_what_can_be_recorded_is_a_walk_along_the_allowed_steps(steps):
    allowed = {("", "planned"), ("planned", "moved"), ("planned", "gone"), ("moved", "gone"), ("gone", "planned")}
    from geo_tej.i18n import Text  # noqa: PLC0415
    from geo_tej.model import Status  # noqa: PLC0415

    law = {
        "planned": Status(id="planned", title=Text("", ""), first=True, after=("gone",)),
        "moved": Status(id="moved", title=Text("", ""), after=("planned",)),
        "gone": Status(id="gone", title=Text("", ""), after=("planned", "moved")),
    }
    walk = list(zip(["", *steps], steps, strict=False))
    told = [event(status, day, number=day) for day, status in enumerate(steps)]
    assert (order_faults(told, law) == []) == all(pair in allowed for pair in walk)


def test_progress_counts_firms_and_their_ground_day_by_day():
    told = [
        event("planned", number=1),
        event("moved", 2, number=2),
        event("planned", 2, "F2", number=3),
        event("gone", 9, number=4),
    ]
    ground = {"F1": {"A1": 100.0, "A2": 50.0}, "F2": {"A2": 50.0}, "F3": {"A3": 10.0}}
    rows = progress(told, on=DAY + timedelta(days=5), statuses=["planned", "moved", "gone"], ground=ground)
    assert [row["date"] for row in rows] == [DAY, DAY + timedelta(days=2), DAY + timedelta(days=5)]
    assert rows[0]["enterprises"] == {"": 2, "planned": 1, "moved": 0, "gone": 0}
    assert rows[1]["enterprises"] == {"": 1, "planned": 1, "moved": 1, "gone": 0}
    assert rows[1]["area_m2"] == {"": 10.0, "planned": 50.0, "moved": 150.0, "gone": 0.0}
    assert rows[2]["enterprises"] == rows[1]["enterprises"]  # what is dated later has not come yet
    assert progress([], on=DAY, statuses=[], ground={})[0]["enterprises"] == {"": 0}


def test_others_read_the_file(tmp_path, statuses):
    path = tmp_path / "events.gpkg"
    record(path, statuses, event("planned"), event("moved", 1))
    assert pyogrio.list_layers(path).tolist() == [[TABLE, None]]
    frame = pyogrio.read_dataframe(path)
    assert frame["status"].to_list() == ["planned", "moved"]
    assert pyogrio.read_info(path)["dtypes"].tolist()[2] == "datetime64[D]"
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        told = connection.execute("SELECT data_type, last_change FROM gpkg_contents").fetchone()
    connection.close()
    assert told[0] == "attributes"
    assert pd.Timestamp(told[1]).year > 2000


def test_a_file_that_a_gis_made_is_written_to_and_keeps_its_layers(tmp_path, statuses):
    path = tmp_path / "town.gpkg"
    ground = gpd.GeoDataFrame({"name": ["park"]}, geometry=gpd.points_from_xy([0], [0]), crs=4549)
    pyogrio.write_dataframe(ground, path, layer="park")
    rows = pd.DataFrame(
        {"enterprise_id": ["F1"], "status": ["planned"], "date": ["2026-01-10"], "note": [None], "officer": [None]}
    )
    pyogrio.write_dataframe(rows, path, layer=TABLE)
    record(path, statuses, event("moved", 1))
    assert [each.status for each in read_events(path)] == ["planned", "moved"]
    assert pyogrio.read_info(path, layer=TABLE, force_feature_count=True)["features"] == 2
    assert len(pyogrio.read_dataframe(path, layer="park")) == 1
    other = tmp_path / "other.gpkg"
    pyogrio.write_dataframe(ground, other, layer="park")
    record(other, statuses, event("planned"))
    assert {name for name, _ in pyogrio.list_layers(other)} == {"park", TABLE}


WRITER = """
import sys
from datetime import date
from pathlib import Path
from geo_tej.i18n import Text
from geo_tej.io.events import record_event
from geo_tej.model import Status, StatusEvent

path, writer, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
steps = {"on": Status(id="on", title=Text("", ""), first=True, after=("off",)),
         "off": Status(id="off", title=Text("", ""), after=("on",))}
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    status, day = ("on", "off")[number % 2], date(2026, 1, 1)
    event = StatusEvent(number=0, enterprise=writer, status=status, date=day, note=str(number))
    record_event(path, event, steps)
"""


def test_many_writers_at_once_lose_nothing(tmp_path):
    path, writers, count = tmp_path / "events.gpkg", 6, 15  # the file is not there yet: they race to make it, too
    running = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", WRITER, str(path), f"F{number}", str(count)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(writers)
    ]  # fmt: skip
    for each in running:
        assert each.stdout.readline() == "ready\n"
    for each in running:
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in running:
        _, said = each.communicate()
        assert each.returncode == 0, said
    found = read_events(path)
    assert len(found) == writers * count
    assert [each.number for each in found] == list(range(1, writers * count + 1))
    for number in range(writers):
        assert [each.note for each in found if each.enterprise == f"F{number}"] == list(map(str, range(count)))
    assert len(pyogrio.read_dataframe(path)) == writers * count


def test_two_that_record_the_same_step_at_once_cannot_both_be_right(tmp_path):
    path = tmp_path / "events.gpkg"
    code = WRITER.replace("for number in range(count):", "for number in [0]:")
    running = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", code, str(path), "F1", "1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for each in running:
        assert each.stdout.readline() == "ready\n"
    ended = [each.communicate("go\n") and each.returncode for each in running]
    assert sorted(ended) == [0, 1, 1, 1]  # the others were told that it is `on` already
    assert len(read_events(path)) == 1


def test_a_file_that_is_locked_for_too_long_is_told(tmp_path, statuses, monkeypatch):
    path = tmp_path / "events.gpkg"
    record(path, statuses, event("planned"))
    monkeypatch.setattr(store, "WAIT_S", 0.05)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LayerError, match="kept it locked"):
        record_event(path, event("moved", 1), statuses)
    holder.execute("ROLLBACK")
    holder.close()
    record(path, statuses, event("moved", 1))
    assert len(read_events(path)) == 2


def test_what_cannot_be_read_or_written_is_told(tmp_path, statuses):
    text = tmp_path / "text.gpkg"
    text.write_text("no database, but long enough to be looked at as if it were one, twice over " * 20)
    for act in (lambda: read_events(text), lambda: record_event(text, event("planned"), statuses)):
        with pytest.raises(LayerError, match="is no GeoPackage, or a damaged one"):
            act()
    assert text.read_text().startswith("no database")
    with pytest.raises(LayerError, match="there is no folder"):
        record_event(tmp_path / "none" / "events.gpkg", event("planned"), statuses)
    folder = tmp_path / "folder.gpkg"
    folder.mkdir()
    with pytest.raises(LayerError, match="cannot be"):
        record_event(folder, event("planned"), statuses)
    bare = tmp_path / "bare.gpkg"
    with sqlite3.connect(bare) as connection:
        connection.execute(f"CREATE TABLE {TABLE} (fid INTEGER PRIMARY KEY, enterprise_id TEXT)")
    connection.close()
    with pytest.raises(LayerError, match="lacks the column status, date, note, officer"):
        read_events(bare)


def test_a_file_that_may_not_be_written_to_is_told(tmp_path, statuses, monkeypatch):
    path = tmp_path / "events.gpkg"
    record(path, statuses, event("planned"))
    connect = sqlite3.connect  # as if the file were not ours to write to: who runs tests as root may write anywhere
    monkeypatch.setattr(sqlite3, "connect", lambda name, **how: connect(name.replace("rwc", "ro"), **how))
    with pytest.raises(LayerError, match="it cannot be written to; make it and its folder writable"):
        record_event(path, event("moved", 1), statuses)
    assert len(read_events(path)) == 1


def test_a_date_that_is_none_is_told(tmp_path, statuses):
    path = tmp_path / "events.gpkg"
    record(path, statuses, event("planned"))
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE {TABLE} SET date = 'soon'")  # noqa: S608
    connection.close()
    with pytest.raises(LayerError, match="row 1: 'soon' is no date"):
        read_events(path)


def test_a_truncated_file_is_told(tmp_path, statuses):
    path = tmp_path / "events.gpkg"
    record(path, statuses, *(event("planned", firm=f"F{n}", note="x" * 500) for n in range(40)))
    path.write_bytes(path.read_bytes()[:-9000])
    with pytest.raises(LayerError, match="damaged"):
        read_events(path)


@pytest.mark.parametrize(
    "name", ["http://example.org/events.gpkg", "/vsicurl/events.gpkg", "//server/share/events.gpkg"]
)
def test_addresses_and_shares_are_refused(name):
    from pathlib import PurePosixPath  # noqa: PLC0415

    class Named(PurePosixPath):
        def __str__(self):
            return name

    with pytest.raises(LayerError, match="local file"):
        refuse_network(Named())


def test_network_drives_are_refused(tmp_path, statuses, monkeypatch):
    monkeypatch.setattr(store, "_file_system", lambda _: "nfs4")
    with pytest.raises(LayerError, match=r"network drive \(nfs4\)"):
        record_event(tmp_path / "events.gpkg", event("planned"), statuses)
    assert not (tmp_path / "events.gpkg").exists()
