"""Ctrl-C while modules are imported: one line and 130, whatever the module makes of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from specimens import make_project

PRESS = """
import signal, sys

module = sys.argv.pop(1)

class Press:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            signal.raise_signal(signal.SIGINT)

from geo_tej.__main__ import main
sys.meta_path.insert(0, Press())
main()
"""


@pytest.mark.parametrize("module", ["click", "numpy.linalg", "pandas._libs.tslibs", "shapely.lib", "pyogrio._io"])
def test_ctrl_c_during_imports_is_one_line_and_nothing_is_written(tmp_path, module):
    path = make_project(tmp_path / "town")
    told = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-c", PRESS, module, "assess", "-m", str(path), "-o", str(tmp_path / "new" / "table.csv")],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONFAULTHANDLER": "1"},
    )  # fmt: skip
    assert (told.returncode, told.stdout) == (130, "")
    assert told.stderr == "geo-tej: interrupted; no half-written file is left\n"
    assert not (tmp_path / "new").exists()


def test_the_command_is_what_the_package_runs_as():
    told = subprocess.run([sys.executable, "-m", "geo_tej", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("geo-tej, version ")
    assert told.stderr == ""
