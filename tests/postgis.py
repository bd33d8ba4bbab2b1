"""A PostGIS server of one's own, in a temporary folder, for tests that ask another engine."""

from __future__ import annotations

import csv
import io
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = "postgres"
USER = "tester"


@dataclass(frozen=True)
class PostGIS:
    """A server that runs: where it listens, and the way to ask it by SQL."""

    programs: Path
    port: int

    @property
    def url(self) -> str:
        """The address as a client library takes it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{DATABASE}"

    def sql(self, text: str) -> list[dict[str, str]]:
        """Run statements; return the rows of the last one, as text."""
        told = subprocess.run(  # noqa: S603  our own server
            [self.programs / "psql", self.url, "--no-psqlrc", "--quiet", "--csv", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr
        return list(csv.DictReader(io.StringIO(told.stdout)))


@contextmanager
def postgis() -> Iterator[PostGIS]:
    """Start a server on the loopback with PostGIS in it; without one the test is skipped, and fails where CI=true."""
    programs = _programs()
    if programs is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no PostGIS: install the packages postgresql and postgresql-postgis")
        pytest.skip("no PostGIS here")
    folder = Path(tempfile.mkdtemp(prefix="postgis-"))
    as_user = _as_user(folder)
    try:
        data, port = folder / "data", _free_port()
        initdb = ["initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        _call([*as_user, programs / initdb[0], *initdb[1:]])
        settings = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c full_page_writes=off"
        control = [*as_user, programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
        _call([*control, "-o", settings, "start"])
        try:
            server = PostGIS(programs, port)
            server.sql("CREATE EXTENSION postgis")
            yield server
        finally:
            _call([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """Return the folder of the newest server that has PostGIS."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    shared = Path("/usr/share/postgresql")
    able = [path for path in folders if (shared / path.parent.name / "extension" / "postgis.control").exists()]
    return next((path for path in reversed(able) if (path / "initdb").exists()), None)


def _as_user(folder: Path) -> list[str]:
    """Hand the folder to another user where we are root, whom the server refuses; return the words that run as them."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _call(words: list[str | Path]) -> None:
    told = subprocess.run(  # noqa: S603  programs of the package, in a folder of our own
        words, capture_output=True, text=True, check=False, cwd="/", stdin=subprocess.DEVNULL
    )
    assert told.returncode == 0, told.stdout + told.stderr
