"""What a page shows where scripts are off, and pages that are too large: a picture, a table, a word on the way out."""

from __future__ import annotations

import io
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest
import shapely
from chromium import chromium
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from programmes import programme
from programmes import town as sites_town
from specimens import default_frames, make_project

from geo_tej import assess, constraint_map, engine, find_sites, read_project, siting_map
from geo_tej.engine import mapping
from geo_tej.errors import DocumentError, OutputError
from geo_tej.i18n import Text
from geo_tej.maps.looks import OUTCOMES
from geo_tej.maps.still import picture_of, shapes_at

NO_WATER = np.empty(0, object)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return read_project(make_project(tmp_path_factory.mktemp("town"), parcels=default_frames()["parcels"]))


@pytest.fixture(scope="module")
def assessment(project):
    return assess(replace(project, title=Text("<b>镇</b> {{ 7*7 }}", "<b>Town</b> {{ 7*7 }}")))


@given(
    st.lists(
        st.tuples(
            *[st.floats(0, 20).map(lambda x: round(x, 2))] * 2, *[st.floats(0.1, 15).map(lambda x: round(x, 2))] * 2
        ),
        max_size=4,
    ),
    st.booleans(),
)
def test_a_pixel_shows_what_covers_its_middle(boxes, bitten):
    shapes = [shapely.box(x, y, x + wide, y + high) for x, y, wide, high in boxes]
    if bitten:
        shapes = [shape.difference(shape.centroid.buffer(1.3, quad_segs=2)) for shape in shapes]
    shapes = [shape for shape in shapes if shape.area > 4]
    found = shapes_at(np.array(shapes, object), 0.0, 20.0, 1.0, (20, 24))
    for row in range(20):
        for column in range(24):
            middle = shapely.Point(column + 0.5, 19.5 - row)
            over = [n for n, shape in enumerate(shapes) if shape.buffer(1e-9).contains(middle)]
            under = [n for n, shape in enumerate(shapes) if shape.buffer(-1e-9).contains(middle)]
            assert found[row, column] in over or (not under and found[row, column] == -1)


def test_the_smallest_parcel_has_a_pixel_and_what_is_beyond_has_none():
    shapes = np.array([shapely.box(3.1, 3.1, 3.2, 3.2), shapely.box(50, 50, 60, 60), shapely.Polygon()], object)
    assert shapes_at(shapes, 0.0, 10.0, 1.0, (10, 10))[6, 3] == 0
    assert set(np.unique(shapes_at(shapes, 0.0, 10.0, 1.0, (10, 10)))) == {-1, 0}


def test_classes_have_their_colours_and_patterns():
    address = picture_of(
        np.array([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)], object),
        np.array([0, 7]), OUTCOMES, (0, 0, 200, 100), water=NO_WATER,
    )  # fmt: skip
    with Image.open(io.BytesIO(b64decode(address.split(",")[1]))) as drawn:
        seen = np.asarray(drawn.convert("RGB"))
    middle = seen.shape[1] // 4
    assert "#{:02x}{:02x}{:02x}".format(*seen[40, middle]) == OUTCOMES[0]["fill"]
    barred = {
        "#{:02x}{:02x}{:02x}".format(*each) for each in seen[20:60, 3 * middle - 20 : 3 * middle + 20].reshape(-1, 3)
    }
    assert barred == {OUTCOMES[7]["fill"], OUTCOMES[7]["ink"]}
    assert picture_of(NO_WATER, np.empty(0, int), OUTCOMES, (np.nan,) * 4, water=NO_WATER) == ""


def test_without_scripts_a_picture_the_classes_and_the_foot_are_shown(assessment, tmp_path):
    constraint_map(assessment, language="en", kind="use", use="hotel").save(str(tmp_path / "page.html"))
    with chromium() as browser:
        page = browser.new_context(java_script_enabled=False, offline=True).new_page()
        page.goto((tmp_path / "page.html").as_uri())
        said = page.inner_text("main")
        assert "<b>Town</b> {{ 7*7 }}" in said
        assert page.locator("main tr").count() >= 2
        assert "Map review no." in said
        assert assessment.project.rulebook.disclaimer.en in said
        box = page.locator("main img").bounding_box()
        assert box["width"] > 300
        assert page.locator(".folium-map").is_hidden()


def test_ranked_places_without_scripts(tmp_path):
    project = sites_town(tmp_path)
    siting_map(find_sites(project, programme(project, tmp_path)), language="en").save(str(tmp_path / "page.html"))
    with chromium() as browser:
        page = browser.new_context(java_script_enabled=False, offline=True).new_page()
        page.goto((tmp_path / "page.html").as_uri())
        assert "Inn 1" in page.inner_text("main table")
        assert page.locator("main img").bounding_box()["width"] > 100


# ---- pages that nobody could open


def test_a_page_that_is_too_large_is_refused_with_the_way_out(assessment, tmp_path, monkeypatch):
    monkeypatch.setattr(mapping, "_LARGEST_BYTES", 1000)
    with pytest.raises(OutputError, match=r"page\.html: would have 0 MB.*--use, --pathway.*--anyway.*precision_m"):
        mapping.save_map(assessment, tmp_path / "page.html", language="en")
    assert list(tmp_path.iterdir()) == []
    mapping.save_map(assessment, tmp_path / "page.html", language="en", anyway=True)
    assert (tmp_path / "page.html").stat().st_size > 1000


def test_a_run_leaves_out_a_page_that_is_too_large_and_says_so(project, tmp_path, monkeypatch):
    monkeypatch.setattr(mapping, "_LARGEST_BYTES", 1000)
    told = []
    _, written = engine.run(project, tmp_path, language="en", warn=told.append)
    assert "constraints.html" not in written
    assert "verdicts.xlsx" in written
    assert "constraints.html: would have" in told[-1]


def test_a_map_in_a_document_that_is_too_large_names_its_line(project, tmp_path, monkeypatch):
    monkeypatch.setattr(mapping, "_LARGEST_BYTES", 1000)
    document = tmp_path / "plan.md"
    document.write_text("# Plan\n\n{{ geo-tej: map use=hotel }}\n", encoding="utf-8")
    with pytest.raises(DocumentError, match=r"line 3.*would have"):
        engine.embed(project, document, language="en")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.md"]
