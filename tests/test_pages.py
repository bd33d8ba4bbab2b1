"""Pages in a real browser: in frames, several at once, with what users add, by keys alone, on paper, in public."""

from __future__ import annotations

import html
import itertools
import json
import re
import shutil
import subprocess
import zlib
from base64 import b64decode
from typing import TYPE_CHECKING

import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely
from branca.element import Figure
from chromium import DESKTOP, PHONE, chromium, grave_faults, opened
from specimens import GRID, MANIFEST, box, default_frames, make_project, parcels, square, town

from geo_tej import assess, explain, read_project
from geo_tej.errors import ManifestError, MapError, QuestionError
from geo_tej.i18n import area, percent
from geo_tej.maps import OfflineFigure, OnlineTiles, ParcelLayer, constraint_map, parcel_columns, source_map
from geo_tej.maps.page import OfflineMap
from geo_tej.maps.release import covered_m2, foot_lines, warnings
from geo_tej.verdict.words import cause_words, doubt_words, finding_words, law_words, permit_words

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = [
    "<img src=x onerror=window.hacked=1>",
    "</script><script>window.hacked=1</script>",
    "{{ 7*7 }} {% raw %} {# no #}",
    "`${window.hacked=1}` \u2028 \u202e",
]
STRICT = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'"


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def assessment(tmp_path_factory):
    frames = default_frames()
    frames["parcels"]["name"] = ["east", HOSTILE[0], HOSTILE[2]]
    frames["parcels"]["village"] = ["Upper", HOSTILE[1], "Upper"]
    firms = "enterprise_id,name\nF1,Paper mill\nF2,Tile works\n"
    folder = tmp_path_factory.mktemp("town")
    return assess(read_project(make_project(folder, firms=firms, parcels=frames["parcels"])))


@pytest.fixture(scope="session")
def page_path(assessment, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "map.html"
    constraint_map(assessment, language="en", kind="use", use="hotel").save(str(path))
    return path


def packed(path: Path) -> bytes:
    block = path.read_text(encoding="utf-8").split('type="text/plain"')[1].split(">")[1].split("<")[0]
    return zlib.decompress(b64decode(block))


# ---- still folium


def made(page: folium.Map) -> list:
    return list(page._children.values())  # noqa: SLF001  as folium's own control does


def test_parcels_and_zones_are_layers_of_a_folium_map(assessment):
    page = constraint_map(assessment)
    assert isinstance(page, folium.Map)
    layers = [child for child in made(page) if isinstance(child, folium.map.Layer)]
    assert sum(isinstance(layer, ParcelLayer) for layer in layers) == 1
    assert {"Plan", "Scenic", "Flood", "Roads"} <= {layer.layer_name for layer in layers}
    assert any(isinstance(child, folium.LayerControl) for child in made(page))


def test_what_users_add_is_in_the_list_of_layers(browser, assessment, tmp_path):
    page = constraint_map(assessment, language="en")
    spots = folium.FeatureGroup(name=f"Spots {HOSTILE[0]} {HOSTILE[2]}").add_to(page)
    folium.Marker([29.5501, 120.0005], popup="a popup of words", tooltip="here").add_to(spots)
    folium.GeoJson(
        gpd.GeoDataFrame({"name": [HOSTILE[2]]}, geometry=[box(0, 0, 50, 50)], crs=GRID).to_crs(4326),
        tooltip=folium.GeoJsonTooltip(["name"]),
        name="Mine",
    ).add_to(page)
    folium.LayerControl().add_to(page)  # folium's own, with the same names
    page.save(str(tmp_path / "page.html"))
    with opened(browser, tmp_path / "page.html") as seen:
        listed = seen.locator(".tej-layers")
        assert f"Spots {HOSTILE[0]} {HOSTILE[2]}" in listed.inner_text()
        assert "Mine" in listed.inner_text()
        seen.hover(".leaflet-control-layers")
        assert HOSTILE[0] in seen.inner_text(".leaflet-control-layers")
        assert seen.locator(".leaflet-marker-icon").count() == 1
        seen.locator(".tej-layer:has-text('Spots') input").uncheck()
        assert seen.locator(".leaflet-marker-icon").count() == 0
        assert seen.evaluate("window.hacked") is None


def test_a_popup_opens_offline(browser, tmp_path):
    page = OfflineMap(title="t", language="en", location=[0, 0], zoom_start=4)
    folium.Marker([0, 0], popup="words of a popup").add_to(page)
    page.save(str(tmp_path / "page.html"))
    asked = []
    with browser.new_context(viewport=DESKTOP, offline=True).new_page() as seen:
        seen.on("request", lambda request: asked.append(request.url))
        seen.goto((tmp_path / "page.html").as_uri())
        seen.click(".leaflet-marker-icon")
        seen.wait_for_selector("text=words of a popup")
        assert seen.evaluate("document.querySelector('.leaflet-marker-icon').naturalWidth") > 0
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
    assert len([url for url in asked if url.startswith("file:")]) == 1


def test_offline_false_leaves_links_in(assessment):
    page = constraint_map(assessment, offline=False)
    folium.TileLayer("OpenStreetMap").add_to(page)
    assert "tile.openstreetmap.org" in page.get_root().render()


def test_braces_in_data_run_nothing_when_the_page_is_made():
    page = OfflineMap(title="{{ 7*7 }}", language="en", location=[0, 0])
    name = "{{ cycler.__init__.__globals__.os.system('exit 1') }} 50%{% 甲 %} {#1}号 }}"
    frame = gpd.GeoDataFrame({"name": [name]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    folium.GeoJson(frame, name=name).add_to(page)
    folium.Circle([0, 0], tooltip=name).add_to(page)
    written = page.get_root().render()
    assert written.count("cycler.__init__") == 2  # the row's name and the tooltip, as they are written
    assert "{% 甲 %}" in written
    assert "<title>{{ 7*7 }}</title>" in written


def test_a_page_of_ones_own_columns(browser, tmp_path):
    frame = parcels(square(0), square(100), name=[HOSTILE[0], "b"], score=[0.5, 0.75], kind=["a", HOSTILE[1]])
    theme = {
        "title": "Rank",
        "codes": [0, 1],
        "classes": [{"name": HOSTILE[0], "fill": "#336699"}, {"name": "low", "fill": "#ddeeff"}],
    }
    header, columns = parcel_columns(
        frame, title="Sites", themes=[theme, theme | {"title": "Other"}], language="en",
        details={"score": "Score", "kind": HOSTILE[2]}, foot=[("By", "nobody")],
    )  # fmt: skip
    source_map(header, columns, title="Sites", language="en").save(str(tmp_path / "page.html"))
    with opened(browser, tmp_path / "page.html") as page:
        assert HOSTILE[0] in page.inner_text(".tej-legend")
        page.fill(".tej-input", "A2")
        page.keyboard.press("Enter")
        told = page.inner_text(".tej-detail")
        assert "0.75" in told
        assert HOSTILE[1] in told
        assert HOSTILE[2] in told
        assert page.evaluate("window.hacked") is None


def test_the_legend_is_of_the_parcels_on_top_of_those_that_are_shown(browser, tmp_path):
    frame = parcels(square(0), square(0), square(100))
    theme = {"title": "Rank", "codes": [0, 0, 0], "classes": [{"name": "all", "fill": "#336699"}]}
    header, columns = parcel_columns(frame, title="Sites", themes=[theme], language="en", details={}, foot=[])
    header["parcels"]["groups"] = [["Survey", 0, False], ["Lots", 1, True]]
    source_map(header, columns, title="Sites", language="en").save(str(tmp_path / "page.html"))
    with opened(browser, tmp_path / "page.html") as page:
        legend = page.locator(".tej-legend")
        assert "2 parcels, 2.0 ha" in legend.inner_text()
        page.check(".tej-layer:has-text('Survey') input")
        assert "1 parcel, 1.0 ha" in legend.inner_text()
        page.uncheck(".tej-layer:has-text('Survey') input")
        assert "2 parcels, 2.0 ha" in legend.inner_text()


# ---- frames, several maps, strict hosts


def framed(page_text: str, *, sandbox: str = "") -> str:
    return f'<iframe {sandbox} title="map" srcdoc="{html.escape(page_text)}" style="width:900px;height:380px"></iframe>'


@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts"'])
def test_two_frames_in_a_host_with_a_strict_policy(browser, page_path, tmp_path, sandbox):
    text = page_path.read_text(encoding="utf-8")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{STRICT}">'
    host = tmp_path / "host.html"
    host.write_text(
        f"<html><head>{policy}</head><body>{framed(text, sandbox=sandbox) * 2}</body></html>", encoding="utf-8"
    )
    asked = []
    with browser.new_context(viewport=DESKTOP, offline=True).new_page() as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(host.as_uri())
        for frame in page.frames[1:]:
            frame.wait_for_selector("[data-drawn=yes]")
            frame.fill(".tej-input", "A3")
            frame.press(".tej-input", "Enter")
            assert frame.inner_text(".tej-detail h2") == "A3"
        assert len(page.frames) == 3
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []


def test_a_notebook_shows_it_in_a_frame_of_known_height(browser, assessment, tmp_path):
    shown = constraint_map(assessment, language="en")._repr_html_()
    assert "height:600px" in shown
    (tmp_path / "notebook.html").write_text(f"<body>{shown}</body>", encoding="utf-8")
    with browser.new_context(offline=True).new_page() as page:
        page.goto((tmp_path / "notebook.html").as_uri())
        page.frames[1].wait_for_selector("[data-drawn=yes]")
        assert page.evaluate("document.querySelector('iframe').clientHeight") == 600


def test_two_maps_on_one_page_share_their_scripts(browser, assessment, tmp_path):
    both = OfflineFigure(title="two", language="en")
    for _ in range(2):
        both.add_child(constraint_map(assessment, language="en"))
    text = both.render()
    assert text.count("geoTej.unpack = async") == 1
    (tmp_path / "two.html").write_text(text, encoding="utf-8")
    with opened(browser, tmp_path / "two.html") as page:
        page.wait_for_selector("[data-ready=yes] >> nth=1", state="attached")
        assert page.locator(".tej-side").count() == 2


def test_it_draws_in_a_hidden_tab(browser, page_path):
    context = browser.new_context(viewport=DESKTOP, offline=True)
    page = context.new_page()
    page.add_init_script("window.requestAnimationFrame = () => 0;")  # what a hidden tab does: no frames
    page.goto(page_path.as_uri())
    page.wait_for_selector("[data-drawn=yes]", state="attached")
    context.close()


def test_an_old_browser_is_told(browser, page_path):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream;")
    page.goto(page_path.as_uri())
    assert "too old for the map" in page.inner_text("body")
    context.close()


def test_the_same_policy_forbids_leaving_the_page(page_path):
    assert "default-src 'none'; img-src data: blob:;" in page_path.read_text(encoding="utf-8")


# ---- what is said


def squeezed(words: str) -> str:
    return re.sub(r"\s+", "", words)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_click_says_what_explain_says(browser, assessment, tmp_path, language):
    constraint_map(assessment, language=language).save(str(tmp_path / "page.html"))
    project, rules = assessment.project, {rule.id: rule for rule in assessment.rules}
    book = project.rulebook
    with opened(browser, tmp_path / "page.html") as page:
        for parcel in assessment.parcels.index:
            page.fill(".tej-input", parcel)
            page.keyboard.press("Enter")
            for number, pathway in enumerate(assessment.questions.pathways):
                page.click(f".tej-pathway button:nth-child({number + 1})")
                page.evaluate("document.querySelectorAll('details.tej-use').forEach((each) => { each.open = true; })")
                page.wait_for_selector(".tej-why >> nth=2", state="attached")
                for use in assessment.questions.uses:
                    told = explain(assessment, parcel, use.id, pathway.id)
                    shown = page.locator(f"details.tej-use:has(.tej-name:text-is('{use.title[language]}')) .tej-why")
                    said = squeezed(shown.inner_text())
                    assert squeezed(told.headline(language)) in said
                    for reason in told.reasons:
                        doubt = "" if reason.holds else doubt_words(book, reason.rule, reason.unknown, language)
                        assert squeezed(finding_words(reason.rule, language, doubt)) in said
                        assert squeezed(law_words(book, reason.rule, language)) in said
                        if reason.layer:
                            assert squeezed(area(reason.area_m2, language, book.units)) in said
                            assert squeezed(percent(reason.share)) in said
                    for cause in told.causes:
                        for words in cause_words(project, cause, rules, language):
                            assert squeezed(words) in said
                    for permit in told.permits:
                        assert squeezed(permit_words(book, permit, language).strip(" →")) in said


def test_the_command_that_is_copied_runs(browser, page_path, assessment):
    with opened(browser, page_path) as page:
        page.fill(".tej-input", "A2")
        page.keyboard.press("Enter")
        page.click(".tej-copies button:nth-child(2)")
        page.wait_for_selector("[data-copied]", state="attached")
        command = page.get_attribute("[data-copied]", "data-copied")
        page.click(".tej-copies button:nth-child(1)")
        page.wait_for_selector("[data-copied='A2']", state="attached")
    assert command == "geo-tej check --use hotel --pathway keep A2"
    from click.testing import CliRunner  # noqa: PLC0415

    from geo_tej.cli import main  # noqa: PLC0415

    done = CliRunner().invoke(main, [*command.split()[1:], "-m", str(assessment.project.manifest), "--lang", "en"])
    assert explain(assessment, "A2", "hotel", "keep").headline("en") in done.output


def test_views_of_layer_state_and_share(browser, page_path):
    with opened(browser, page_path) as page:
        page.click(".tej-choice button:nth-child(2)")
        page.select_option(".tej-question select", label="scenic")
        legend = page.inner_text(".tej-legend")
        assert "affected" in legend
        assert "1 parcel, 1.0 ha" in legend  # A2 alone
        page.click(".tej-choice button:nth-child(3)")
        page.fill(".tej-input", "A2")
        page.keyboard.press("Enter")
        page.click(".tej-tool >> nth=0")
        row = page.locator(".tej-table tr:has-text('A2')").inner_text()
        assert "50 %" in row  # the core covers half of it


def test_a_share_that_nobody_knows_is_no_data_and_not_zero(browser, tmp_path):
    drawn = 'path = "scenic.gpkg", extent = '
    extent = {f'{drawn}"zoning"': f"{drawn}{[*box(0, 0, 150, 100).bounds]}"}
    project = read_project(make_project(tmp_path / "town", edit=extent))
    path = tmp_path / "map.html"
    constraint_map(assess(project), language="en").save(str(path))
    with opened(browser, path) as page:
        page.click(".tej-choice button:nth-child(3)")
        page.select_option(".tej-question select", label="scenic")
        legend = page.locator(".tej-legend .tej-row").all_inner_texts()
        assert [re.split(r"\s*\n\s*", row) for row in legend if "1 parcel, 1.0 ha" in row] == [
            ["0 %", "1 parcel, 1.0 ha"], ["50–100 %", "1 parcel, 1.0 ha"], ["no data", "1 parcel, 1.0 ha"],
        ]  # fmt: skip
        page.click(".tej-tool >> nth=0")
        rows = {name: page.locator(f".tej-table tr:has-text('{name}')").inner_text() for name in ("A1", "A3")}
        assert "no data" in rows["A3"]
        assert "0 %" in rows["A1"]


def test_outcomes_are_told_by_pattern_and_by_lightness():
    from geo_tej.maps.looks import OUTCOMES  # noqa: PLC0415

    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    permitted, conditional, unsettled, prohibited = OUTCOMES[0], OUTCOMES[2], OUTCOMES[6], OUTCOMES[7]
    patterns = [look.get("pattern", "") for look in (permitted, conditional, unsettled, prohibited)]
    assert len(set(patterns)) == 4
    assert lightness(prohibited["fill"]) < lightness(permitted["fill"]) - 60
    assert lightness(permitted["fill"]) < lightness(unsettled["fill"]) - 30


def test_legend_scale_north_sources_and_what_the_map_says_of_itself(browser, page_path):
    with opened(browser, page_path) as page:
        said = page.inner_text(".tej-more")
        for words in (
            "Law as of 2026-06-30",
            "Tiny rulebook 1",
            "Map review no.",
            "Positions within 0.05 m",
            "Made up",
        ):
            assert words in said
        assert page.locator(".leaflet-control-scale-line").is_visible()
        assert page.locator(".tej-north").is_visible()


# ---- clicks and search


def test_the_smallest_parcel_can_be_clicked_and_found(browser, book, tmp_path):
    plots = parcels(box(-2000, -2000, 2000, 2000), box(10, 10, 11, 11), box(3000, 0, 3000.4, 0.4))
    alone = assess(town(book, plots, scenic=None, flood=None, roads=None, dem=None))
    constraint_map(alone, language="en").save(str(tmp_path / "page.html"))
    with opened(browser, tmp_path / "page.html") as page:
        name = page.evaluate("document.querySelector('.folium-map').id")
        for parcel in ("A2", "A3"):
            lon, lat = shapely.get_coordinates(alone.parcels.to_crs(4326).geometry[parcel].centroid)[0]
            spot = page.evaluate(
                f"(() => {{ const p = {name}.latLngToContainerPoint([{lat}, {lon}]); return [p.x, p.y]; }})()"
            )
            page.mouse.click(*spot)
            assert page.inner_text(".tej-detail h2") == parcel
            page.keyboard.press("Escape")
            page.wait_for_timeout(50)


def test_search_finds_by_id_name_and_firm_as_one_types(browser, page_path):
    with opened(browser, page_path) as page:
        for typed, found in (("a2", "A2"), ("eas", "A1"), ("paper", "Paper mill"), ("{{ 7*", "A3")):
            page.fill(".tej-input", "")
            page.type(".tej-input", typed)
            assert found in page.locator("[role=option]").first.inner_text()
        page.fill(".tej-input", "nowhere")
        assert "nothing found" in page.inner_text(".tej-found")


# ---- anyone can use it


@pytest.mark.parametrize(("size", "opened_first"), [(DESKTOP, "parcel"), (DESKTOP, "list"), (PHONE, "menu")])
def test_axe_finds_no_serious_fault(browser, page_path, size, opened_first):
    with opened(browser, page_path, size=size) as page:
        if opened_first == "parcel":
            page.fill(".tej-input", "A2")
            page.keyboard.press("Enter")
        elif opened_first == "list":
            page.click(".tej-tool >> nth=0")
        else:
            page.click(".tej-menu")
        assert grave_faults(page) == []


def test_keys_reach_every_parcel_in_view_and_are_answered_in_words(browser, page_path, assessment):
    with opened(browser, page_path) as page:
        page.focus(".folium-map")
        seen = []
        for _ in assessment.parcels.index:
            page.keyboard.press("PageDown")
            seen.append(page.inner_text(".tej-detail h2"))
            heard = page.text_content("[role=status]")
            assert seen[-1] in heard
            assert explain(assessment, seen[-1], "hotel", "keep").headline("en").split(" (")[0].split(",")[0] in heard
            assert "act" in heard
        assert sorted(seen) == sorted(assessment.parcels.index)
        page.keyboard.press("Escape")
        assert page.locator(".tej-detail").is_hidden()
        assert page.evaluate("document.activeElement.classList.contains('folium-map')")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.classList.contains('tej-detail')")


def test_legend_and_layers_are_read_out_one_by_one(browser, page_path):
    with opened(browser, page_path) as page:
        page.keyboard.press("Tab")
        heard = page.locator(".tej-legend").aria_snapshot()
        assert heard.count("listitem") == page.locator(".tej-legend .tej-row").count() > 1
        find = page.locator(".tej-input")
        find.fill("A1")
        find.press("Enter")
        assert page.locator(".tej-states").aria_snapshot().count("listitem") > 1
        assert page.locator(".leaflet-chosen-pane").get_attribute("aria-hidden") == "true"


def test_the_list_follows_the_view(browser, page_path):
    with opened(browser, page_path) as page:
        page.click(".tej-tool >> nth=0")
        assert "3 parcels in view" in page.inner_text(".tej-table")
        page.click(".tej-table button >> nth=1")
        assert page.inner_text(".tej-detail h2") in ("A1", "A2", "A3")


def test_fingers_and_still_pictures(browser, page_path):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, offline=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(page_path.as_uri())
    page.wait_for_selector("[data-ready=yes]")
    page.tap(".tej-menu")
    sizes = page.evaluate(
        "[...document.querySelectorAll('.tej button, .tej select, .tej-layer, .leaflet-control-zoom a')]"
        ".filter((each) => each.offsetParent).map((each) => [each.className, each.getBoundingClientRect().height])"
    )
    assert [each for each in sizes if each[1] < 40] == []
    name = page.evaluate("document.querySelector('.folium-map').id")
    assert page.evaluate(f"{name}.options.zoomAnimation") is False
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


# ---- no seams, on screen and on paper


def holes(picture: np.ndarray) -> int:
    """Count pixels that are lighter than both neighbours, left and right or above and below, by much."""
    grey = picture[..., :3].astype(int).sum(axis=2)
    across = (grey[:, 1:-1] - np.maximum(grey[:, :-2], grey[:, 2:])) > 60
    down = (grey[1:-1] - np.maximum(grey[:-2], grey[2:])) > 60
    return int(across.sum() + down.sum())


@pytest.fixture(scope="module")
def board(book, tmp_path_factory):
    """Make a page of a board of 60 x 60 parcels without gaps that all have one outcome."""
    rng = np.random.default_rng(5)
    corner = np.stack(np.meshgrid(np.arange(61), np.arange(61)), -1) * 60.0 + rng.uniform(-15, 15, (61, 61, 2))
    rings = np.stack([corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]], 2).reshape(-1, 4, 2)
    plots = parcels(*shapely.polygons(rings + np.array([500_000, 3_270_000])))
    whole = [({"class": "mixed"}, box(-1000, -1000, 6000, 6000))]
    alone = assess(town(book, plots, zoning=whole, scenic=None, flood=None, roads=None, dem=None), uses=["shop"])
    path = tmp_path_factory.mktemp("board") / "board.html"
    constraint_map(alone, language="en", kind="use", use="shop").save(str(path))
    return path


@pytest.mark.parametrize("zoom", [11, 12.5, 13, 13.5])
def test_neighbours_leave_no_seam(browser, board, zoom):
    from io import BytesIO  # noqa: PLC0415

    from PIL import Image  # noqa: PLC0415

    with opened(browser, board) as page:
        name = page.evaluate("document.querySelector('.folium-map').id")
        page.evaluate(f"(() => {{ {name}.setView([29.558, 120.0185], {zoom}, {{animate: false}}); }})()")
        page.evaluate(
            "document.querySelectorAll('.tej-side, .leaflet-control-container').forEach((each) => each.remove())"
        )
        page.wait_for_timeout(500)
        middle = page.screenshot(clip={"x": 620, "y": 380, "width": 40, "height": 40})
    assert holes(np.asarray(Image.open(BytesIO(middle)).convert("RGB"))) == 0


@pytest.mark.parametrize("sharpness", [1, 1.25, 1.5, 2])
def test_tiles_of_parcels_lie_over_each_others_edges_and_are_not_stretched(browser, board, sharpness):
    context = browser.new_context(viewport=DESKTOP, offline=True, device_scale_factor=sharpness)
    page = context.new_page()
    page.goto(board.as_uri())
    page.wait_for_selector("[data-drawn=yes]")
    tiles = page.evaluate(
        """[...document.querySelectorAll('.leaflet-parcels-pane .leaflet-tile')]
        .map((tile) => [tile.width, parseFloat(tile.style.width)])"""
    )
    context.close()
    assert tiles
    for width, shown in tiles:
        assert shown > 513
        assert width / shown == pytest.approx(sharpness)


@pytest.mark.parametrize(("paper", "size"), [("A4", "841.92 x 594.96"), ("A3", "1190.88 x 841.92")])
def test_it_prints_on_one_sheet_with_legend_and_scale(browser, assessment, tmp_path, paper, size):
    constraint_map(assessment, language="en", paper=paper).save(str(tmp_path / "page.html"))
    with opened(browser, tmp_path / "page.html") as page:
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True, print_background=True)
        data = (tmp_path / "page.pdf").read_bytes()
        page.emulate_media(media="screen")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") == 1
    found = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    width, height = (float(each) for each in size.split(" x "))
    assert abs(float(found[1]) - width) < 1.5
    assert abs(float(found[2]) - height) < 1.5
    reader = shutil.which("pdftotext")
    if reader:
        said = subprocess.run(  # noqa: S603  a reader of PDF on a file of ours
            [reader, str(tmp_path / "page.pdf"), "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "Legend" in said
        assert "1 :" in said


def test_the_scale_on_paper_is_round_and_that_of_the_ground(browser, assessment, page_path):
    east, west = assessment.parcels.loc[["A1"]].to_crs(4326).total_bounds[[2, 0]]
    with opened(browser, page_path) as page:
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        said = int(page.inner_text(".tej-ratio").split(":")[1].replace(",", ""))
        name = page.evaluate("document.querySelector('.folium-map').id")
        middle = assessment.parcels.geometry.loc["A1"].centroid
        latitude = gpd.GeoSeries([middle], crs=GRID).to_crs(4326).iloc[0].y
        pixels = page.evaluate(
            f"""(() => {{
              const at = (lng) => {name}.latLngToContainerPoint([{latitude}, lng]).x;
              return at({east}) - at({west});
            }})()"""
        )
        bar = page.locator(".leaflet-control-scale-line")
        bar_m = float(bar.inner_text().split()[0]) * (1000 if "km" in bar.inner_text() else 1)
        bar_pixels = bar.evaluate("(line) => line.clientWidth + 2")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    ground_m = np.diff(assessment.parcels.loc[["A1"]].total_bounds[[0, 2]])[0]
    paper_m = pixels / 96 * 0.0254
    assert ground_m / paper_m == pytest.approx(said, rel=0.01)
    assert said / 10 ** (len(str(said)) - 2) in (10, 15, 20, 25, 30, 40, 50, 60, 75)
    assert bar_m / (bar_pixels / 96 * 0.0254) == pytest.approx(said, rel=0.03)  # Leaflet draws whole pixels


def test_a_map_that_opens_folded_away_shows_its_parcels_when_it_is_unfolded(browser, page_path, tmp_path):
    host = tmp_path / "host.html"
    text = page_path.read_text(encoding="utf-8")
    host.write_text(f'<body><div id="fold" style="display:none">{framed(text)}</div></body>', encoding="utf-8")
    with browser.new_context(viewport=DESKTOP, offline=True).new_page() as page:
        page.goto(host.as_uri())
        frame = page.frames[1]
        frame.wait_for_selector("[data-ready=yes]", state="attached")
        page.evaluate("document.querySelector('#fold').style.display = ''")
        page.wait_for_timeout(300)
        name = frame.evaluate("document.querySelector('.folium-map').id")
        assert frame.evaluate(f"{name}.getZoom()") > 12
        frame.click(".tej-tool >> nth=0")
        assert "3 parcels in view" in frame.inner_text(".tej-table")


def test_names_of_places_do_not_lie_on_one_another(browser, tmp_path):
    names = [f"Village {number}" for number in range(30)]
    places = gpd.GeoDataFrame(
        {"name": names}, geometry=[shapely.Point(500_000 + 9 * n, 3_270_000 + 4 * n) for n in range(30)], crs=GRID
    )
    places.to_file(tmp_path / "villages.gpkg")
    layer = '  { id = "villages", role = "context", style = "place", title = "Villages", path = "villages.gpkg" },\n]'
    path = make_project(tmp_path, manifest=MANIFEST.rstrip().removesuffix("]") + layer)
    constraint_map(assess(read_project(path)), language="en").save(str(tmp_path / "page.html"))
    with opened(browser, tmp_path / "page.html") as page:
        boxes = page.evaluate(
            """[...document.querySelectorAll('.tej-place')].filter((each) => each.style.visibility !== 'hidden')
            .map((each) => each.getBoundingClientRect()).map((box) => [box.left, box.top, box.right, box.bottom])"""
        )
    shown = shapely.box(*np.array(boxes).T)
    assert 1 < len(shown) < 30
    assert len(shapely.STRtree(shown).query(shown, predicate="overlaps")[0]) == 0


def test_paper_that_is_not_known(assessment):
    with pytest.raises(MapError, match="known: A4, A3"):
        constraint_map(assessment, paper="A5")


def test_a_page_is_as_small_as_its_parcels_let_it_be(board):
    assert board.stat().st_size <= 250_000 + 3600 * (10 + 3.6 * 4)


# ---- tiles


def test_tiles_by_name_need_what_they_need():
    with pytest.raises(MapError, match="need a key"):
        OnlineTiles("tianditu")
    with pytest.raises(MapError, match="did you mean gaode"):
        OnlineTiles("goade")
    with pytest.raises(MapError, match="no key has"):
        OnlineTiles("tianditu", key="'});alert(1)")


def test_shifted_tiles_lie_under_the_data(browser, assessment, tmp_path):
    page = constraint_map(assessment, language="en", tiles=OnlineTiles("gaode"))
    page.save(str(tmp_path / "page.html"))
    assert "img-src data: blob: https://*.is.autonavi.com" in (tmp_path / "page.html").read_text(encoding="utf-8")
    asked = []
    context = browser.new_context(viewport=DESKTOP)
    seen = context.new_page()
    seen.route(
        "http*://**/*",
        lambda route: (asked.append(route.request.url), route.fulfill(status=200, content_type="image/png", body=b""))[
            1
        ],
    )
    seen.goto((tmp_path / "page.html").as_uri())
    seen.wait_for_selector("[data-ready=yes]")
    seen.wait_for_timeout(300)
    lat, lng = seen.evaluate("(() => { const at = geoTej.gcj02(L.latLng(29.53, 119.56)); return [at.lat, at.lng]; })()")
    assert lng == pytest.approx(119.564775, abs=2e-6)  # domain figures computed with the public algorithm
    assert lat == pytest.approx(29.527299, abs=2e-6)
    name = seen.evaluate("document.querySelector('.folium-map').id")
    shift = seen.evaluate(
        f"""(() => {{
          const tile = document.querySelector('.leaflet-tile-pane .leaflet-layer img.leaflet-tile');
          const url = new URL(tile.src), zoom = Number(url.searchParams.get('z'));
          const [x, y] = ['x', 'y'].map((key) => 256 * url.searchParams.get(key));
          const corner = L.CRS.EPSG3857.pointToLatLng(L.point(x, y), zoom);
          const box = tile.getBoundingClientRect(), map = {name}.getContainer().getBoundingClientRect();
          const shown = {name}.containerPointToLatLng([box.left - map.left, box.top - map.top]);
          const meant = geoTej.gcj02(shown);
          return [{name}.distance(meant, corner), {name}.distance(shown, corner)];
        }})()"""
    )
    assert shift[0] < 30  # metres: the offset is that of the middle of the view
    assert shift[1] > 300
    assert all(re.match(r"https://webrd0\d\.is\.autonavi\.com/", url) for url in asked)
    assert asked
    context.close()


# ---- safe to publish


def test_only_what_is_published_is_in_the_file(tmp_path):
    frames = default_frames()
    frames["parcels"]["village"] = ["secret-village", "secret-village", "secret-village"]
    keys = 'rulebook = "rulebook"\npublish = ["name"]\nprecision_m = 1.0\nreview_number = "浙S(2026)1号"'
    edit = {'rulebook = "rulebook"': keys}
    path = make_project(tmp_path, edit=edit, parcels=frames["parcels"])
    project = read_project(path)
    constraint_map(assess(project), language="en").save(str(tmp_path / "page.html"))
    held = packed(tmp_path / "page.html")
    assert b"middle" in held
    for hidden in (b"secret-village", b"Paper mill", b"Tile works", b"F1", b"registered_m2"):
        assert hidden not in held
    header = json.loads(held[4 : 4 + int.from_bytes(held[:4], "little")])
    assert header["enterprises"] == []
    assert ["Map review no.", "浙S(2026)1号"] in header["foot"]
    assert ["Positions", "within 1 m"] in header["foot"]
    assert not any(label == "Release" for label, _ in header["foot"])
    names = [name for name, *_ in header["columns"]]
    assert "parcel.registered" not in names


def test_a_column_that_is_not_there_cannot_be_published(tmp_path):
    path = make_project(
        tmp_path, edit={'rulebook = "rulebook"': 'rulebook = "rulebook"\npublish = ["nmae", "enterprises.willing"]'}
    )
    with pytest.raises(ManifestError, match="did you mean name"):
        read_project(path)


def test_large_scale_over_25_square_kilometres_is_warned_of(book):
    from dataclasses import replace  # noqa: PLC0415

    small, large = parcels(square()), parcels(square(), square(5100, 5100))
    project = town(book, large)
    assert covered_m2(small) == pytest.approx(10_000)
    assert warnings(project, small, "en") == []
    assert "27.0 km²" in warnings(project, large, "en")[0]
    assert warnings(replace(project, precision_m=2.0), large, "en") == []


def test_a_parcel_to_open_on(browser, assessment, tmp_path):
    constraint_map(assessment, language="en", parcel="A3").save(str(tmp_path / "page.html"))
    with opened(browser, tmp_path / "page.html") as page:
        assert page.inner_text(".tej-detail h2") == "A3"
    with pytest.raises(QuestionError):
        constraint_map(assessment, parcel="A9")


def test_a_plain_figure_is_not_needed(assessment):
    page = constraint_map(assessment)
    assert isinstance(page.get_root(), Figure)
    assert page.get_root().render() == page.get_root().render()


# ---- addresses, and what lies under a panel


def chosen(page):
    """Return the box of the outlined parcel, and of the panel, in pixels."""
    return page.evaluate(
        """['.leaflet-chosen-pane path[stroke="#111827"]', '.tej-detail'].map((each) => {
          const box = document.querySelector(each).getBoundingClientRect();
          return [box.left, box.top, box.right, box.bottom];
        })"""
    )


def test_the_address_names_a_parcel_and_a_question_and_the_way_back_closes_it(browser, page_path):
    with opened(browser, page_path) as page:
        page.fill(".tej-input", "A3")
        page.keyboard.press("Enter")
        page.click(".tej-pathway button >> nth=1")
        address = page.url
        assert address.endswith("#parcel=A3&use=hotel&pathway=build")
        page.fill(".tej-input", "A2")
        page.keyboard.press("Enter")
        assert "#parcel=A2&" in page.url
        page.go_back()
        page.wait_for_selector(".tej-detail", state="hidden")
        assert "#" not in page.url
        page.goto(address)
        page.wait_for_selector(".tej-detail h2:text-is('A3')")
        page.reload()
        page.wait_for_selector(".tej-detail h2:text-is('A3')")
        assert page.get_attribute(".tej-pathway button >> nth=1", "aria-pressed") == "true"
        page.click(".tej-close")
        assert "#" not in page.url


def test_an_address_that_names_no_parcel_is_told(browser, page_path):
    with opened(browser, page_path) as page:
        page.goto(f"{page_path.as_uri()}#parcel=%3Cb%3Enowhere")
        page.wait_for_selector(".tej-found:visible")
        assert page.input_value(".tej-input") == "<b>nowhere"
        assert page.inner_text(".tej-found") == "nothing found"
        assert page.locator(".tej-detail").is_hidden()


@pytest.mark.parametrize("nearer", [0, 2])
@pytest.mark.parametrize("size", [DESKTOP, PHONE, {"width": 680, "height": 410}, {"width": 320, "height": 480}])
def test_a_parcel_comes_out_from_under_its_panel(browser, page_path, size, nearer):
    with opened(browser, page_path, size=size) as page:
        for parcel in ("A1", "A2", "A3"):
            page.evaluate(
                f"""(() => {{
                  const {{ page }} = window[Object.keys(window).find((key) => key.startsWith('source_'))];
                  page.close();
                  page._fit();
                  page.map.setZoom(page.map.getZoom() + {nearer}, {{ animate: false }});
                  page.openParcel(page.data.text('parcel.id').indexOf('{parcel}'));
                }})()"""
            )
            box, panel = chosen(page)
            whole = shapely.box(*box)
            assert shapely.box(0, 0, size["width"], size["height"]).contains(whole)
            assert not shapely.box(*panel).intersects(whole)


def test_every_stop_of_the_tab_key_has_a_name(browser, page_path):
    with opened(browser, page_path) as page:
        page.fill(".tej-input", "A1")
        page.keyboard.press("Enter")
        page.focus(".folium-map")
        stops = []
        for _ in range(25):
            page.keyboard.press("Tab")
            stops.append(
                page.evaluate(
                    """(() => {
                      const { activeElement: at } = document, label = at.closest("label");
                      return [at.tagName, at.ariaLabel || (label || at).textContent.trim()];
                    })()"""
                )
            )
    assert all(name for _, name in stops)
    assert {"INPUT", "BUTTON", "SELECT"} <= {tag for tag, _ in stops}
    assert "path" not in {tag for tag, _ in stops}


def test_headings_are_in_order_and_an_open_use_says_its_verdict_once(browser, page_path):
    with opened(browser, page_path) as page:
        page.fill(".tej-input", "A1")
        page.keyboard.press("Enter")
        page.evaluate("document.querySelectorAll('details.tej-use').forEach((each) => { each.open = true; })")
        page.locator(".tej-why").nth(page.locator("details.tej-use").count() - 1).wait_for()
        levels = page.evaluate(
            """[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter((each) => each.checkVisibility())
              .map((each) => Number(each.tagName[1]))"""
        )
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert max(levels) >= 4
        assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
        assert not page.locator("details[open] > summary .tej-said:visible").count()
        assert page.locator(".tej-why .tej-verdict:visible").count() == page.locator("details.tej-use").count()


def test_scale_and_north_stay_in_sight_beside_a_panel(browser, page_path):
    with opened(browser, page_path) as page:
        page.fill(".tej-input", "A1")
        page.keyboard.press("Enter")
        panel = page.locator(".tej-detail").bounding_box()
        for part in (".leaflet-control-scale-line", ".tej-north", ".leaflet-control-zoom"):
            box = page.locator(part).bounding_box()
            assert box["x"] + box["width"] <= panel["x"]


def test_tools_stand_under_a_title_of_several_lines(browser, page_path):
    with opened(browser, page_path, size=PHONE) as page:
        page.evaluate("document.querySelector('.tej-head').append(document.createElement('p'), 'long '.repeat(60))")
        page.wait_for_timeout(200)
        head, tools = (page.locator(part).bounding_box() for part in (".tej-head", ".tej-tools"))
    assert tools["y"] >= head["y"] + head["height"]


def test_what_is_open_prints_on_a_sheet_of_its_own(browser, page_path, tmp_path):
    reader = shutil.which("pdftotext") or pytest.skip("no pdftotext here")
    with opened(browser, page_path) as page:
        page.fill(".tej-input", "A2")
        page.keyboard.press("Enter")
        law = page.inner_text(".tej-why .tej-law >> nth=0")
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True, print_background=True)
        page.emulate_media(media="screen")
        assert page.locator(".tej-told").count() == 0
    said = subprocess.run(  # noqa: S603  a reader of PDF on a file of ours
        [reader, "-layout", str(tmp_path / "page.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout.split("\f")
    assert len([each for each in said if each.strip()]) == 2
    assert "Legend" in said[0]
    assert re.search(r"\bN\b", said[0])  # the north arrow
    assert "A2" in said[1]
    assert squeezed(law) in squeezed(said[1])


def test_paper_says_what_is_open_in_the_uses_of_a_parcel(browser, tmp_path):
    reader = shutil.which("pdftotext") or pytest.skip("no pdftotext here")
    answered = assess(
        read_project(
            make_project(tmp_path / "town", edit={', extent = "zoning" },\n  { id = "roads"': ' },\n  { id = "roads"'})
        )
    )
    constraint_map(answered, language="en").save(str(tmp_path / "map.html"))
    with opened(browser, tmp_path / "map.html") as page:
        page.fill(".tej-input", "A1")
        page.keyboard.press("Enter")
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True, print_background=True)
    said = subprocess.run(  # noqa: S603  a reader of PDF on a file of ours
        [reader, str(tmp_path / "page.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout.split("\f")
    way = answered.questions.pathways[0].id
    asked = {
        cause_words(answered.project, cause, answered.rules_by_id, "en")[0]
        for use in answered.questions.uses
        for cause in explain(answered, "A1", use.id, way).causes
    }
    assert asked
    assert "To be settled" in said[1]
    assert all(squeezed(what) in squeezed(said[1]) for what in asked)


def test_the_sheet_shows_the_whole_legend(browser, page_path):
    with opened(browser, page_path) as page:
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate(
            "[document.querySelector('.tej-more')].every((box) => box.scrollHeight <= box.clientHeight)"
        )
        assert page.locator(".tej-group:visible").count() == page.locator(".tej-group:has(input:checked)").count()
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")


def test_forced_colours_leave_the_legend_its_own(browser, page_path):
    context = browser.new_context(viewport=DESKTOP, offline=True, forced_colors="active")
    page = context.new_page()
    page.goto(page_path.as_uri())
    page.wait_for_selector("[data-ready=yes]")
    fills = page.evaluate(
        "[...document.querySelectorAll('.tej-legend .tej-swatch')].map((box) => getComputedStyle(box).backgroundColor)"
    )
    assert len(set(fills)) == len(fills) > 2
    pressed, other = (
        page.locator(f".tej-choice button[aria-pressed={yes}] >> nth=0").evaluate(
            "(each) => getComputedStyle(each).backgroundColor"
        )
        for yes in ("true", "false")
    )
    assert pressed != other
    context.close()


def test_within_another_page_the_wheel_is_that_pages_until_the_map_is_clicked(browser, page_path, tmp_path):
    host = tmp_path / "host.html"
    host.write_text(
        f'<body style="height:3000px"><iframe src="{page_path.as_uri()}" style="width:100%;height:500px">',
        encoding="utf-8",
    )
    context = browser.new_context(viewport=DESKTOP, offline=True)
    page = context.new_page()
    page.goto(host.as_uri())
    frame = page.frames[1]
    frame.wait_for_selector("[data-drawn=yes]")
    name = frame.evaluate("document.querySelector('.folium-map').id")
    zoom = frame.evaluate(f"{name}.getZoom()")
    page.mouse.move(900, 120)
    page.mouse.wheel(0, 100)
    page.wait_for_timeout(400)
    assert page.evaluate("scrollY") > 0
    assert frame.evaluate(f"{name}.getZoom()") == zoom
    page.mouse.wheel(0, -100)
    page.mouse.click(900, 120)
    page.mouse.wheel(0, 100)
    page.wait_for_timeout(600)
    assert frame.evaluate(f"{name}.getZoom()") < zoom
    context.close()


def test_maps_outside_of_china_are_not_told_its_rules_of_publication(book, assessment):
    frame = parcels(square(), square(5100, 5100))
    here = town(book, frame)
    assert warnings(here, frame, "en")
    there = frame.set_crs("EPSG:3067", allow_override=True)
    assert warnings(here, there, "en") == []
    assert "Map review no." in dict(foot_lines(assessment, "en"))
