"""Every example in a docstring is true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import geo_tej

NAMES = [module.name for module in pkgutil.walk_packages(geo_tej.__path__, "geo_tej.")]
MODULES = [name for name in NAMES if not name.endswith("__main__")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name):
    assert doctest.testmod(import_module(name)).failed == 0
