"""Work in threads gives what work in turn gives, in its order."""

from __future__ import annotations

import threading
from functools import partial

import numpy as np
import pytest
import shapely
from specimens import EAST, GRID, NORTH, box, make_book, parcels, square, town

from geo_tej.overlay import meet
from geo_tej.overlay.clip import BODY_VERTICES
from geo_tej.overlay.zones import index_polygons
from geo_tej.threads import side_by_side
from geo_tej.verdict import assess


@pytest.mark.parametrize("size", [None, 10, 100_000])
def test_jobs_give_back_in_their_order(size):
    assert side_by_side([partial(pow, number, 2) for number in range(9)], size=size) == [n * n for n in range(9)]


def test_jobs_on_little_stay_in_the_thread_that_asks():
    assert side_by_side([threading.get_ident] * 3, size=10) == [threading.get_ident()] * 3


def ragged(count, vertices):
    """Draw plots with more vertices than are cut at once."""
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    shore = np.column_stack([np.cos(angle), np.sin(angle)]) * (45 + 3 * np.cos(9 * angle))[:, None]
    corners = [np.add(shore, [EAST + 100 * number, NORTH]) for number in range(count)]
    return np.array([shapely.Polygon(each) for each in corners], dtype=object)


def test_parcels_of_many_vertices_may_be_overlapped_with_several_layers_at_once():
    # what GEOS prepares must not be asked by two threads: the interpreter would crash
    plots = ragged(120, 4 * BODY_VERTICES)
    bands = np.array([box(-50, 20 * turn - 40, 12_000, 20 * turn - 30) for turn in range(4)], dtype=object)
    layers = [index_polygons(bands[turn:], ["band"] * (4 - turn), ["a"] * (4 - turn), GRID) for turn in range(4)]
    alone = [meet(ragged(120, 4 * BODY_VERTICES), layer).area_m2 for layer in layers]
    together = side_by_side([partial(meet, plots, layer) for layer in layers])
    assert not shapely.is_prepared(plots).any()
    for one, other in zip(alone, together, strict=True):
        assert one.tolist() == other.area_m2.tolist()
        assert len(one) == len(other.area_m2) >= 120


def test_parcels_that_somebody_prepared_are_judged_as_others_and_stay_prepared(tmp_path):
    plots = parcels(square(), square(100))
    project = town(make_book(tmp_path / "law"), plots)
    told = assess(project, parcels=plots).verdicts
    shapely.prepare(plots.geometry.to_numpy())
    assessment = assess(project, parcels=plots)
    assert not shapely.is_prepared(assessment.parcels.geometry.to_numpy()).any()
    assert shapely.is_prepared(plots.geometry.to_numpy()).all()
    assert assessment.verdicts.equals(told)
