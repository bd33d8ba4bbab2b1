"""Where coordinates lie: zones by number, what numbers contradict, what can be inferred and what cannot."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import CRS, Transformer

from geo_tej.errors import CRSError
from geo_tej.placing import away_m, contradiction, gauss_kruger, inferred, readings, require_known_shift, zone_number

HOME = CRS(4549)
# the published place 119.56 E, 29.53 N (tests/test_crs.py)
AREA = (457_000.0, 3_267_000.0, 459_000.0, 3_269_000.0)


def there(code, *, swapped=False):
    points = np.array([[457_347.2, 3_268_095.3], [458_000.0, 3_268_500.0]])
    x, y = Transformer.from_crs(4549, code, always_xy=True).transform(points[:, 0], points[:, 1])
    return np.column_stack([y, x] if swapped else [x, y])


@pytest.mark.parametrize(
    ("datum", "width", "zone", "prefixed", "code"),
    [
        ("CGCS2000", 3, 40, True, 4528), ("CGCS2000", 3, 40, False, 4549), ("CGCS2000", 3, 39, True, 4527),
        ("CGCS2000", 3, 39, False, 4548), ("CGCS2000", 6, 20, True, 4498), ("CGCS2000", 6, 20, False, 4509),
        ("CGCS2000", 3, 25, True, 4513), ("CGCS2000", 3, 45, False, 4554), ("CGCS2000", 6, 13, True, 4491),
        ("CGCS2000", 6, 23, False, 4512),
    ],
)  # fmt: skip
def test_zones_by_number(datum, width, zone, prefixed, code):
    crs = gauss_kruger(datum, width, zone, prefixed=prefixed)
    assert crs.to_epsg() == code
    assert zone_number(crs) == (zone if prefixed else None)


@pytest.mark.parametrize("datum", ["CGCS2000", "Xian 1980", "Beijing 1954"])
@pytest.mark.parametrize("width", [3, 6])
@pytest.mark.parametrize("prefixed", [True, False])
def test_every_zone_of_every_datum_has_the_meridian_of_its_number(datum, width, prefixed):
    for zone in range(25, 46) if width == 3 else range(13, 24):
        crs = gauss_kruger(datum, width, zone, prefixed=prefixed)
        params = {each.name: each.value for each in crs.coordinate_operation.params}
        assert params["Longitude of natural origin"] == (3 * zone if width == 3 else 6 * zone - 3)
        assert params["False easting"] == 500_000 + (zone * 1_000_000 if prefixed else 0)
        assert datum.split()[0].lower() in crs.name.lower()


@pytest.mark.parametrize(("width", "zone"), [(3, 24), (3, 46), (6, 12), (6, 24), (4, 40)])
def test_there_are_no_other_zones(width, zone):
    with pytest.raises(CRSError, match="there is no zone"):
        gauss_kruger("CGCS2000", width, zone, prefixed=True)


@pytest.mark.parametrize("code", [4549, 4528, 4490, 4326, 32650, 3857])
def test_what_is_right_contradicts_nothing(code):
    points = there(code)
    assert contradiction(CRS(code), (*points.min(axis=0), *points.max(axis=0))) is None


@pytest.mark.parametrize(
    ("code", "swapped", "found", "how"),
    [
        (4528, False, 4528, "begin with zone 40"), (4528, True, 4528, "north before east"),
        (4498, False, 4498, "zone 20"),
        (4490, False, 4490, "degrees"), (4490, True, 4490, "latitude first"),
    ],
)  # fmt: skip
def test_what_can_be_inferred_says_its_evidence(code, swapped, found, how):
    reading, said = inferred(there(code, swapped=swapped), HOME, AREA)
    assert (reading.crs.to_epsg(), reading.swapped) == (found, swapped)
    assert how in said


@pytest.mark.parametrize("code", [4549, 4548, 32650, 3857, 4509])
def test_metres_without_a_zone_are_never_inferred(code):
    assert inferred(there(code), HOME, AREA) is None
    assert inferred(there(code), HOME, None) is None
    assert CRS(code) in [each.crs for each in readings(there(code), HOME, AREA)]


def test_what_falls_elsewhere_is_not_inferred():
    elsewhere = (AREA[0] + 90_000, AREA[1], AREA[2] + 90_000, AREA[3])
    for code in (4528, 4490):
        assert inferred(there(code), HOME, elsewhere) is None
    assert inferred(there(4528), HOME, None)[0].crs.to_epsg() == 4528  # a zone number stands for itself
    assert inferred(there(4490), HOME, None) is None  # degrees do not
    assert inferred(np.empty((0, 2)), HOME, AREA) is None


@pytest.mark.parametrize(
    ("source", "target", "known"),
    [
        (4326, 4549, True), (4490, 4549, True), (3857, 4549, True), (32650, 4549, True), (4258, 32633, True),
        (5514, 32633, True), (2364, 4549, False), (4214, 4490, False), (2385, 4548, False), (2364, 4610, True),
    ],
)  # fmt: skip
def test_a_shift_between_datums_is_known_or_refused(source, target, known):
    if known:
        require_known_shift(CRS(source), CRS(target), what="x")
        return
    with pytest.raises(CRSError, match="no parameters are known"):
        require_known_shift(CRS(source), CRS(target), what="x")


def test_how_far_boxes_are():
    boxes = np.array([[0, 0, 1, 1], [4, 0, 5, 1], [5, 6, 7, 8]], dtype=float)
    assert away_m(boxes, (0, 0, 2, 2)).tolist() == [0, 2, 5]
