"""Pages are packed right, need nothing from outside, and say in a real browser what the assessment says."""

from __future__ import annotations

import base64
import json
import zlib
from importlib.resources import files
from typing import TYPE_CHECKING

import folium
import numpy as np
import pytest
import shapely
from chromium import PHONE, chromium, opened
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer
from specimen_texts import RULES, rule
from specimens import EAST, GRID, NORTH, box, default_frames, make_book, make_project, parcels, square, town

from geo_tej import assess, explain, extract, read_project
from geo_tej.errors import MapError, QuestionError
from geo_tej.maps import constraint_map, opening_bounds
from geo_tej.maps.answers import answer_columns
from geo_tej.maps.columns import areas, distinct, grid_xy, grid_zoom, hilbert, pack, shapes, starts, text

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

HOSTILE = [
    "<img src=x onerror=window.hacked=1>",
    "</script><script>window.hacked=1</script>",
    "{{ 7*7 }} {% raw %} {# no #}",
    "`${window.hacked=1}` \u2028 \u202e",
]


def unpack(block: str) -> tuple[dict, dict[str, np.ndarray]]:
    """Read what `pack` wrote, by its description."""
    data = zlib.decompress(base64.b64decode(block))
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    at, columns = 4 + length, {}
    for name, kind, count in header["columns"]:
        width = np.dtype(kind).itemsize
        planes = np.frombuffer(data, np.uint8, count * width, at).reshape(width, count)
        columns[name] = np.ascontiguousarray(planes.T).view(f"<{kind}").ravel()
        at += count * width
    assert at == len(data)
    return header, columns


@given(st.lists(st.integers(0, 2**32 - 1)), st.lists(st.floats(width=32, allow_nan=False)))
def test_pack_keeps_every_value(whole, real):
    given_columns = {"a": np.array(whole, np.uint32), "b": np.array(real, np.float32)}
    header, columns = unpack(pack({"title": "镇 </script>"}, given_columns))
    assert header["title"] == "镇 </script>"
    for name, values in given_columns.items():
        np.testing.assert_array_equal(columns[name], values)


def test_pack_refuses_what_the_page_cannot_read():
    with pytest.raises(TypeError, match="int64"):
        pack({}, {"a": np.array([1])})


def drawn(columns: dict[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    """Follow the columns of shapes as `shapes.js` does: the rings' vertices on the grid."""
    steps = np.column_stack([columns[f"{prefix}.x"], columns[f"{prefix}.y"]]).astype(np.int64)
    steps = (steps >> 1) ^ -(steps & 1)
    points = columns[f"{prefix}.points"].astype(int)
    start = np.append(0, np.cumsum(points))
    out = np.zeros((start[-1], 2), np.int64)
    here, read, last = 0, 0, np.zeros(2, np.int64)
    walked = zip(*(columns.get(f"{prefix}.{name}", []) for name in ("gap", "back", "at", "length")), strict=True)
    for gap, back, at, length in [*(tuple(map(int, run)) for run in walked), (len(out), 0, 0, 0)]:
        for _ in range(min(gap, len(steps) - read)):
            last = last + steps[read]
            out[here], here, read = last, here + 1, read + 1
        ring = int(np.searchsorted(start, here, side="right")) - 1
        for k in range(length):
            first, size = start[ring - back], points[ring - back]
            out[here] = last = out[first + (at - k) % size]
            here += 1
    assert (here, read) == (len(out), len(steps))
    return np.split(out, start[1:-1])


def turned(ring: np.ndarray) -> list[tuple[int, int]]:
    """Begin a ring at its least vertex, so that rings that differ in their beginning only are the same."""
    pairs = [(int(x), int(y)) for x, y in ring]
    return min((pairs[k:] + pairs[:k] for k in range(len(pairs))), default=[])


def on_grid(geometry: np.ndarray, zoom: int) -> list[np.ndarray]:
    rings = shapely.get_rings(shapely.orient_polygons(shapely.get_parts(geometry)))
    return [grid_xy(*shapely.get_coordinates(ring)[:-1].T, GRID, zoom) for ring in rings]


def follows(geometry: list, zoom: int = 21) -> dict[str, np.ndarray]:
    """Pack polygons, follow them, and find every ring again."""
    shape = np.array(geometry, dtype=object)
    columns = shapes(shape, GRID, "p", zoom=zoom)
    expected = [turned(ring) for ring in on_grid(shape[~shapely.is_missing(shape)], zoom)]
    assert [turned(ring) for ring in drawn(columns, "p")] == expected
    assert columns["p.rings"].sum() == len(expected)
    return columns


def test_shared_edges_are_written_once():
    cells = [square(100 * column, 100 * row) for row in range(6) for column in range(6)]
    columns = follows(cells)
    assert len(columns["p.x"]) == 49  # the corners of a 6 x 6 board, each once


@pytest.mark.parametrize(
    "geometry",
    [
        [shapely.difference(square(), box(20, 20, 40, 40)), box(20, 20, 40, 40)],  # a hole and what fills it
        [shapely.union(square(300), square(500)), square(400)],
        [square(), None, shapely.Polygon(), square(100)],
        [square(), square()],
        [shapely.Polygon([(EAST, NORTH), (EAST, NORTH), (EAST + 9, NORTH), (EAST + 9, NORTH + 9)])],
        [box(0, 0, 0.01, 0.01), square(0.01)],  # smaller than the grid
        [box(-40_000, 0, 40_000, 10)],
    ],
    ids=["hole", "parts", "missing", "twice", "vertex repeated", "tiny", "across"],
)
def test_any_polygon_is_found_again(geometry):
    follows(geometry)


@given(
    st.lists(st.tuples(*(st.integers(0, 7) for _ in range(4))), min_size=1, max_size=12),
    st.integers(12, 22),
)
def test_polygons_that_touch_and_overlap_are_found_again(boxes, zoom):
    follows([box(x * 10, y * 10, (x + w + 1) * 10, (y + h + 1) * 10) for x, y, w, h in boxes], zoom)


@pytest.mark.parametrize("latitude", [0.0, 12.0, 29.5, 60.0])
@pytest.mark.parametrize("precision_m", [0.05, 1.0, 10.0])
def test_vertices_stand_within_the_precision(latitude, precision_m):
    zoom = grid_zoom(precision_m, latitude)
    unit = 2 * np.pi * 6_378_137 / (256 << zoom)
    rng = np.random.default_rng(1)
    x, y = rng.uniform(100, 100.1, 500), rng.uniform(latitude, latitude + 0.01, 500)
    grid = grid_xy(x, y, CRS(4326), zoom)
    half = np.pi * 6_378_137
    lon, lat = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True).transform(
        grid[:, 0] * unit - half, half - grid[:, 1] * unit
    )
    _, _, away = Geod(ellps="WGS84").inv(x, y, lon, lat)
    assert away.max() <= precision_m * 1.01
    assert zoom == 0 or away.max() > precision_m / 4


def test_grid_runs_south():
    grid = grid_xy(np.array([EAST, EAST]), np.array([NORTH, NORTH + 100.0]), GRID, 21)
    assert grid[1, 1] < grid[0, 1]


@given(st.lists(st.floats(0, 1e6), max_size=50))
def test_two_decimals_of_an_area_are_its_own(values):
    kept = areas(np.array(values, float)).astype(float) / 400
    assert [f"{value:.2f}" for value in kept] == [f"{value:.2f}" for value in values]


@pytest.mark.parametrize(
    "values",
    [
        [f"SD-{number:04d}" for number in range(300, 0, -1)],
        [f"{number} 号地块" for number in range(150)],
        [f"地块{number}" for number in range(2, 500, 3)],
        ["a", None, "b"] * 80,
        [f"{HOSTILE[0]} {letter}" for letter in map(chr, range(200, 350))],
        [f"0{number}" if number % 2 else f"{number}" for number in range(200)],
        [],
    ],
)
def test_texts_are_read_back(values, browser, tmp_path):
    how, columns = text(values, "t")
    block = pack({"texts": {"t": how}}, columns)
    scripts = (files("geo_tej") / "assets" / "map" / "unpack.js").read_text(encoding="utf-8")
    (tmp_path / "page.html").write_text(f"<script>{scripts}</script><p data-ready=yes>.</p>", encoding="utf-8")
    with opened(browser, tmp_path / "page.html") as page:
        whole, single = page.evaluate(
            f"""geoTej.unpack('{block}').then((data) => {{
              const single = Array.from({{ length: {len(values)} }}, (_, i) => data.word('t', i));
              return [data.text('t'), single];
            }})"""
        )
        assert whole == single == ["" if value is None else value for value in values]


def test_hilbert_keeps_neighbours_together():
    far = [square(0), square(9000, 9000), square(100), square(9100, 9000)]
    order = hilbert(np.array(far, dtype=object)).tolist()
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({0, 2}), frozenset({1, 3})}


def test_distinct_and_starts():
    table, which = distinct(np.array([[1, 2], [3, 4], [1, 2]]))
    assert table[which].tolist() == [[1, 2], [3, 4], [1, 2]]
    assert starts(np.array([0, 0, 2]), 3).tolist() == [0, 2, 2, 3]


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    frames = default_frames()
    frames["parcels"]["name"] = [HOSTILE[0], "middle", "third"]
    frames["parcels"]["village"] = [HOSTILE[1], HOSTILE[2], HOSTILE[3]]
    folder = tmp_path_factory.mktemp("town")
    firms = f'enterprise_id,name,willing\nF1,"{HOSTILE[1]}",no\nF2,Tile works,no\n'
    edit = {
        'title = "Specimen town"': f'title = "Specimen {HOSTILE[0]} {HOSTILE[2]}"\nnotice = "illustrative"',
        '"Scenic"': f'"{HOSTILE[0]}"',
    }
    return read_project(make_project(folder, edit=edit, firms=firms, parcels=frames["parcels"]))


@pytest.fixture(scope="session")
def assessment(project):
    return assess(project)


@pytest.fixture(scope="session")
def page_path(assessment, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("page") / "map.html"
    constraint_map(assessment, language="en", kind="use", use="hotel").save(str(path))
    return path


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def test_same_input_same_bytes(assessment, page_path):
    page = constraint_map(assessment, language="en", kind="use", use="hotel")
    first, second = page.get_root().render(), page.get_root().render()
    assert first == second == page_path.read_text(encoding="utf-8")


def test_folium_elements_may_be_added(assessment):
    page = constraint_map(assessment)
    folium.CircleMarker([29.5, 123.0], tooltip="here").add_to(page)
    assert "L.circleMarker" in page.get_root().render()


@pytest.mark.parametrize(
    ("element", "named"),
    [
        (folium.TileLayer("OpenStreetMap"), "tile.openstreetmap.org"),
        (folium.Marker([29.5, 123.0], icon=folium.Icon(color="red")), "awesome-markers"),
        (folium.Element('<script src="https://example.org/a.js"></script>'), "example.org/a.js"),
        (folium.Element('<img src="//example.org/a.png">'), "example.org/a.png"),
        (folium.raster_layers.ImageOverlay("https://example.org/i.png", [[29, 123], [30, 124]]), "example.org/i.png"),
        (folium.WmsTileLayer("https://example.org/wms", layers="a"), "example.org/wms|tiles"),
        (folium.Element("<style>p{background:url(http://example.org/b)}</style>"), "example.org/b"),
    ],
)
def test_what_would_be_fetched_is_refused(assessment, element, named):
    page = constraint_map(assessment)
    if isinstance(element, folium.map.Layer | folium.Marker):
        page.add_child(element)
    else:
        page.get_root().html.add_child(element)
    with pytest.raises(MapError, match=named):
        page.get_root().render()


def test_what_is_no_assessment_and_a_language_that_is_not_known_are_refused(assessment):
    with pytest.raises(QuestionError, match=r"not of a Project: constraint_map\(assess\(project\)\)"):
        constraint_map(assessment.project)
    use, way = assessment.questions.uses[0].id, assessment.questions.pathways[0].id
    parcel = assessment.parcels.index[0]
    for ask in (
        lambda: constraint_map(assessment, language="fr"),
        lambda: explain(assessment, parcel, use, way).text("fr"),
        lambda: extract(assessment, parcel, language="fr"),
    ):
        with pytest.raises(QuestionError, match="language 'fr' is not known; known: zh, en"):
            ask()


def test_unknown_kind_and_use(assessment):
    with pytest.raises(QuestionError, match="known: constraint, use"):
        constraint_map(assessment, kind="siting")
    with pytest.raises(QuestionError, match="hotel"):
        constraint_map(assessment, kind="use", use="casino")


def test_willingness_is_not_in_the_page(page_path):
    block = page_path.read_text(encoding="utf-8").split('type="text/plain"')[1].split(">")[1].split("<")[0]
    header, _ = unpack(block)
    assert header["enterprises"][1]["name"] == "Tile works"
    assert "willing" not in json.dumps(header)


def find(page: Page, words: str) -> None:
    page.fill(".tej-input", words)
    page.keyboard.press("Enter")
    page.wait_for_selector(".tej-detail:not([hidden])")


def test_every_answer_is_the_assessments(browser, page_path, assessment):
    with opened(browser, page_path) as page:
        for parcel in assessment.parcels.index:
            find(page, parcel)
            assert page.inner_text(".tej-detail h2") == parcel
            for number, pathway in enumerate(assessment.questions.pathways):
                page.click(f".tej-pathway button:nth-child({number + 1})")
                for use in assessment.questions.uses:
                    said = page.text_content(
                        f"details.tej-use:has(.tej-name:text-is('{use.title.en}')) summary .tej-said"
                    )
                    expected = explain(assessment, parcel, use.id, pathway.id)
                    spoken = expected.headline("en").split(" (")[0].split(", to be settled")[0]
                    assert said.removesuffix(" · ").strip() == spoken


def test_a_click_finds_the_parcel_under_it(browser, page_path, assessment):
    to_degrees = Transformer.from_crs(GRID, "EPSG:4326", always_xy=True)
    with opened(browser, page_path) as page:
        name = page.evaluate("document.querySelector('.folium-map').id")
        for parcel, shape in assessment.parcels.geometry.items():
            lon, lat = to_degrees.transform(shape.centroid.x + 20, shape.centroid.y + 20)
            spot = page.evaluate(
                f"(() => {{ const p = {name}.latLngToContainerPoint([{lat}, {lon}]); return [p.x, p.y]; }})()"
            )
            page.mouse.click(*spot)
            assert page.inner_text(".tej-detail h2") == parcel
            page.keyboard.press("Escape")


def test_reasons_name_article_ground_and_layer(browser, page_path):
    with opened(browser, page_path) as page:
        find(page, "A2")
        page.click(".tej-pathway button:nth-child(2)")
        why = page.inner_text(".tej-asked-use .tej-why")
    assert (
        "Keep clear of 5,250.00 m² (52.5 %); largest piece left at most 4,750.00 m²" in why
    )  # core half, and 5 m of road strip beside it
    assert "Example act, art. 9" in why
    assert "5,000.00 m² = 0.5000 ha, 50 %" in why
    assert "province" in why


def test_the_panel_tells_what_may_have_to_be_kept_clear_and_which_approvals_are_only_possible(browser, tmp_path):
    unsure = rule(
        "banks", layer='"flood"', where='{ class = ["often"] }', outcome='"conditional"', binds='"parcel"',
        approvals='["opinion"]', uses='["shop"]',
    )  # fmt: skip
    lawful = make_book(tmp_path / "law", rules=RULES + unsure)
    flood = [({"class": "deep"}, box(80, -9, 109, 109)), ({"class": "unknown"}, box(50, -9, 80, 109))]
    plan = [({"class": "mixed"}, box(-900, -900, 900, 900))]
    told = assess(town(lawful, parcels(square()), zoning=plan, flood=flood), uses=["shop"])
    path = tmp_path / "map.html"
    constraint_map(told, language="en", kind="use", use="shop").save(str(path))
    with opened(browser, path) as page:
        find(page, "A1")
        page.click(".tej-pathway button:nth-child(2)")
        row, why = page.inner_text(".tej-asked-use summary"), page.inner_text(".tej-asked-use .tej-why")
    assert "◔" in row
    assert "Keep clear of 2,000.00 m² (20 %); largest piece left at most 8,000.00 m²" in why
    assert "May also have to keep clear of 3,000.00 m² (30 %); largest piece left for sure 5,000.00 m²" in why
    assert "(on 5,000.00 m²; may also have to keep clear of 3,000.00 m²)" in why
    assert explain(told, "A1", "shop", told.questions.pathways[1].id).headline("en") in why
    assert "Possibly needed" in why
    assert "opinion" in why
    assert "depends on: if often" in why


def test_hostile_words_are_shown_as_they_are(browser, page_path):
    with opened(browser, page_path) as page:
        assert HOSTILE[0] in page.title()
        assert HOSTILE[2] in page.inner_text(".tej-more h1")
        assert page.locator(".tej-layer span", has_text=HOSTILE[0]).count() == 1
        find(page, "A1")
        detail = page.inner_text(".tej-detail")
        assert HOSTILE[0] in detail
        assert HOSTILE[1] in detail
        find(page, "A2")
        assert HOSTILE[2] in page.inner_text(".tej-detail")
        page.fill(".tej-input", "<img")
        assert HOSTILE[0] in page.inner_text(".tej-found")
        assert page.evaluate("window.hacked") is None


def test_a_firm_shows_its_parcels(browser, page_path):
    with opened(browser, page_path) as page:
        find(page, "Tile works")
        assert page.inner_text(".tej-detail h2") == "Tile works"
        assert page.inner_text(".tej-links") == "A3"
        page.click(".tej-links button")
        assert page.inner_text(".tej-detail h2") == "A3"


def test_layers_are_switched(browser, page_path):
    with opened(browser, page_path) as page:
        box_of = page.locator(".tej-layer:has-text('Flood') input")
        before = page.screenshot()
        box_of.check()
        page.wait_for_timeout(200)
        shown = page.screenshot()
        assert shown != before
        box_of.uncheck()
        page.wait_for_timeout(200)
        assert page.locator(".tej-layer:has-text('Flood') input").is_checked() is False


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_languages_on_a_phone(browser, assessment, tmp_path, language):
    path = tmp_path / "page.html"
    constraint_map(assessment, language=language).save(str(path))
    with opened(browser, path, size=PHONE) as page:
        assert page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[language]
        assert page.locator(".tej-head .tej-notice").is_visible()
        assert page.locator(".tej-more").is_hidden()
        page.click(".tej-menu")
        legend = page.inner_text(".tej-legend")
        assert {"zh": "不符合", "en": "not permitted"}[language] in legend
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_prints_on_one_page(browser, page_path, tmp_path):
    with opened(browser, page_path) as page:
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True, print_background=True)
        data = (tmp_path / "page.pdf").read_bytes()
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") == 1


def test_no_zones_and_no_firms_make_a_page_too(book, browser, tmp_path):
    alone = assess(town(book, parcels(square()), zoning=[], scenic=None, flood=None, roads=None, dem=None))
    constraint_map(alone, language="en").save(str(tmp_path / "page.html"))
    with opened(browser, tmp_path / "page.html") as page:
        find(page, "A1")
        assert "no data" in page.inner_text(".tej-states")


def bounds_of(book, plots, firms):
    return np.array(opening_bounds(assess(town(book, plots, firms=firms), uses=["shop"], pathways=["keep"])))


def test_a_page_opens_on_all_sites_but_on_the_firms_where_they_hold_a_trace_of_a_large_set(book):
    firms = [("F1", "A1"), ("F2", "A2")]
    few = parcels(*(square(20 * n, 0, 15) for n in range(60)))
    whole = few.total_bounds
    seen = bounds_of(book, few, firms)
    assert (seen[:2] < whole[:2]).all()
    assert (seen[2:] > whole[2:]).all()
    kinds = few.assign(kind=["rights"] * 10 + ["patch"] * 50)
    rights = bounds_of(book, kinds, firms)
    assert kinds.total_bounds[2] > rights[2] > kinds.iloc[:10].total_bounds[2]
    many = parcels(*(square(20 * (n % 40), 20 * (n // 40), 15) for n in range(1200)))
    near = bounds_of(book, many, firms)
    assert near[2] < many.iloc[:5].total_bounds[2]


def test_the_relation_of_a_firm_to_its_parcel_is_told_in_the_language_of_the_page(tmp_path):
    links = "enterprise_id,parcel_id,relation\nF1,A1,owner\nF1,A2,tenant\nF2,A3,heir\n"
    told = assess(read_project(make_project(tmp_path, occupancy=links)))
    for language, words in (("zh", {"权利人", "承租人", "heir"}), ("en", {"owner", "tenant", "heir"})):
        header, _ = answer_columns(told, language, opens_on=None, parcel=None, paper="A4")
        assert {relation for firm in header["enterprises"] for _, relation in firm["parcels"]} == words
