"""The offsets of web maps: published places, and back to where one came from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo_tej.offset import shifted, undone

# regulation register: computed apart from this package
PLACES = [
    ("gcj02", (119.56, 29.53), (119.564775, 29.527299), 551.3),
    ("bd09", (119.56, 29.53), (119.571344, 29.53305), 1150.5),
    ("gcj02", (119.28, 29.47), (119.285048, 29.467438), 566.1),
    ("bd09", (119.28, 29.47), (119.291456, 29.473782), None),
]
EARTH = Geod(ellps="WGS84")


def away_m(one, other):
    return EARTH.inv(*one, *other)[2]


@pytest.mark.parametrize(("offset", "true", "there", "metres"), PLACES)
def test_published_places(offset, true, there, metres):
    east, north = shifted(np.array(true[:1]), np.array(true[1:]), offset)
    assert (east[0], north[0]) == pytest.approx(there, abs=2e-6)
    assert metres is None or away_m(true, (east[0], north[0])) == pytest.approx(metres, abs=0.1)
    back = undone(np.array(there[:1]), np.array(there[1:]), offset)
    assert away_m(true, (back[0][0], back[1][0])) < 0.15  # the published figures have six decimals


@given(st.floats(73, 135), st.floats(4, 53), st.sampled_from(["gcj02", "bd09"]))
def test_a_round_trip_is_better_than_a_decimetre(longitude, latitude, offset):
    there = shifted(np.array([longitude]), np.array([latitude]), offset)
    back = undone(*there, offset)
    assert away_m((longitude, latitude), (back[0][0], back[1][0])) < 1e-3
    assert 1 < away_m((longitude, latitude), (there[0][0], there[1][0])) < 2500


@pytest.mark.parametrize("offset", ["gcj02", "bd09"])
def test_elsewhere_and_nowhere_nothing_moves(offset):
    for way in (shifted, undone):
        east, north = way(np.array([14.4, -0.1]), np.array([50.1, 51.5]), offset)
        assert east.tolist() == [14.4, -0.1]
        assert north.tolist() == [50.1, 51.5]
        assert way(np.array([]), np.array([]), offset)[0].tolist() == []
