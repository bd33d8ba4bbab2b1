"""Dask as the engine: two processes, the same answer bit for bit, and a worker that is killed loses nothing."""

from __future__ import annotations

import os
import signal
import threading
import time

import geopandas as gpd
import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from specimens import EAST, NORTH, box, zones

import geo_tej.ledgers as engine
from geo_tej.cli import main

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")  # what a cluster says as it starts and stops is not ours


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dask")
    west = np.arange(2000) * 10.0
    shapes = shapely.box(EAST + west, NORTH, EAST + west + 10, NORTH + 10)
    gpd.GeoDataFrame({"parcel_id": range(2000)}, geometry=shapes, crs=4549).to_parquet(folder / "p.parquet")
    pond = shapely.Point(EAST + 3000, NORTH + 5).buffer(2500, quad_segs=300)
    zones(("low", box(-5, -5, 15_000, 4)), ("pond", pond)).to_parquet(folder / "z.parquet")
    return folder


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    real = engine.batches
    monkeypatch.setattr(engine, "batches", lambda source, columns: real(source, columns, rows=40))


def answer(files, name, *words):
    output = files / f"{name}.parquet"
    told = CliRunner().invoke(
        main, ["ledger", str(files / "p.parquet"), str(files / "z.parquet"), "-o", str(output), *words]
    )
    assert told.exit_code == 0, told.output
    return output.read_bytes()


def test_two_processes_give_the_same_bytes(files):
    local = answer(files, "local", "--step", "300", "--min-width", "0.5", "--ellipsoidal")
    dask = answer(
        files, "dask", "--step", "300", "--min-width", "0.5", "--ellipsoidal", "--engine", "dask", "--workers", "2"
    )
    assert dask == local
    assert (files / "dask-dropped.parquet").read_bytes() == (files / "local-dropped.parquet").read_bytes()


def test_a_worker_killed_in_the_middle_loses_nothing(files):
    killed = []

    def kill(cluster):
        """Wait until the workers are at work, then end one."""
        with distributed.Client(cluster) as client:
            while not any(client.processing().values()):
                time.sleep(0.01)
            pid = min(client.run(os.getpid).values())
        killed.append(pid)
        os.kill(pid, signal.SIGKILL)

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        thread = threading.Thread(target=kill, args=(cluster,))
        thread.start()
        dask = answer(files, "killed", "--engine", "dask", "--scheduler", cluster.scheduler_address)
        thread.join()
    assert len(killed) == 1
    assert dask == answer(files, "whole")


def test_a_scheduler_that_does_not_answer_is_named(files, monkeypatch):
    monkeypatch.setattr(engine.workers, "_PATIENCE_S", 0.5)
    words = ["ledger", str(files / "p.parquet"), str(files / "z.parquet"), "-o", str(files / "no.parquet")]
    told = CliRunner().invoke(main, [*words, "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9"])
    assert told.exit_code == 2
    assert "--scheduler tcp://127.0.0.1:9: does not answer" in told.stderr
    assert not (files / "no.parquet").exists()
