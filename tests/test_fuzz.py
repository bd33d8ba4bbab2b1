"""300 mutated files of each text format, read in subprocesses: refused, or every row accounted for."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("fuzz", Path(__file__).parent / "fuzz.py")
fuzz = importlib.util.module_from_spec(spec)
sys.modules["fuzz"] = fuzz
spec.loader.exec_module(fuzz)


@pytest.mark.parametrize("kind", fuzz.FORMATS)
def test_mutated_files_are_refused_or_accounted_for(kind):
    told = fuzz.run(kind, count=300)
    assert told["read"] + told["refused"] + told["set aside"] == 300
    assert told["refused"]


@pytest.mark.parametrize("kind", fuzz.FORMATS)
def test_the_file_that_is_mutated_is_sound_and_mutations_differ(tmp_path, kind):
    original = fuzz.originals()[kind]
    path = tmp_path / f"{kind}.{'csv' if kind in ('csv', 'wkt') else kind}"
    path.write_bytes(original)
    assert fuzz.read_once(path) == "read"
    mutations = {fuzz.mutated(original, random.Random(seed)) for seed in range(50)}  # noqa: S311
    assert len(mutations) > 40
