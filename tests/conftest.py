"""What every test may use: the specimens, importable by their name, and the tiny rulebook read once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode puts nothing on the path

settings.register_profile(
    "house", deadline=None, max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    from specimens import make_book  # noqa: PLC0415  the path is set above

    return make_book(tmp_path_factory.mktemp("law") / "tiny")
