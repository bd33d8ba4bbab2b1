"""Work in threads gives what work in turn gives, in its order."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from geo_tej.threads import side_by_side


@pytest.mark.parametrize("size", [None, 10, 100_000])
def test_jobs_give_back_in_their_order(size):
    assert side_by_side([partial(pow, number, 2) for number in range(9)], size=size) == [n * n for n in range(9)]


def test_jobs_on_little_stay_in_the_thread_that_asks():
    assert side_by_side([threading.get_ident] * 3, size=10) == [threading.get_ident()] * 3
