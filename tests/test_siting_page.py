"""The page of ranked places in real Chromium with the network cut: it ranks again, and says what was found."""

from __future__ import annotations

import json
import re
import tomllib
import zlib
from base64 import b64decode

import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely
from chromium import DESKTOP, PHONE, chromium, grave_faults, opened
from programmes import PROGRAMME, programme, town
from specimens import GRID, default_frames

from geo_tej import find_sites, siting_map
from geo_tej.errors import QuestionError

HOSTILE = ["<img src=x onerror=window.hacked=1>", "{{ 7*7 }} {% raw %}", "</script><script>window.hacked=1</script>"]
LIMITS = "\n[limits]\nland_m2 = 9000\nbudget = 5000\n"
PROJECTS = ".tejs-tabs button"
ROWS = ".tejs-table tbody tr"


@pytest.fixture(scope="session")
def sites(tmp_path_factory):
    folder = tmp_path_factory.mktemp("siting-page")
    frame = default_frames()["parcels"]
    frame["sewer"], frame["tenure"], frame["name"] = "yes", "granted", HOSTILE
    project = town(folder, parcels=frame)
    text = PROGRAMME.replace('sources = ["parcel"]', 'sources = ["parcel", "merged"]')
    slope = 'layer = "dem"\nvalue = { kind = "classes", breaks = [90, 120], classes = ["N1", "S3", "S1"] }'
    share = 'layer = "scenic"\nvalue = { kind = "linear", worst = 0, best = 1 }'
    text = text.replace(slope, share).replace('measure = "zonal"', 'measure = "share"')
    return find_sites(project, programme(project, folder, text=text + LIMITS))


@pytest.fixture(scope="session")
def path(sites, tmp_path_factory):
    target = tmp_path_factory.mktemp("page") / "siting.html"
    siting_map(sites, language="en").save(str(target))
    return target


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def told(page):
    """Return candidate, rank and score of each row of the ranking."""
    return [
        (
            line.get_attribute("data-candidate"),
            int(re.match(r"\d+", line.locator(".tejs-rank").inner_text())[0]),
            float(line.locator(".tejs-score b").inner_text()),
        )
        for line in page.locator(ROWS).all()
    ]


def expected(sites, name, weights):
    ranked = sites.values.loc[name].mul(weights).sum(axis=1)
    places = ranked.round(9).rank(method="min", ascending=False).astype(int)
    return {each: (int(places[each]), round(float(ranked[each]), 3)) for each in ranked.index}


def test_the_ranking_is_that_of_the_tables(browser, path, sites):
    with opened(browser, path) as page:
        for number, project in enumerate(sites.programme.projects):
            page.click(f"{PROJECTS} >> nth={number}")
            wanted = expected(sites, project.id, sites.weights)
            assert {name: (rank, score) for name, rank, score in told(page)} == wanted
            assert [rank for _, rank, _ in told(page)] == sorted(rank for rank, _ in wanted.values())


def test_sliders_rank_again_and_give_the_weights_back(browser, path, sites):
    with opened(browser, path) as page:
        before = page.evaluate("document.querySelector('.tejs-cells').src")
        page.locator("input[type=range]").nth(0).fill("0")
        page.locator("input[type=range]").nth(1).fill("1000")
        page.wait_for_timeout(150)
        assert {name: (rank, score) for name, rank, score in told(page)} == expected(
            sites, "inn", {"road": 0.0, "height": 1.0}
        )
        assert page.evaluate("document.querySelector('.tejs-cells').src") != before
        page.locator("input[type=range]").nth(0).fill("500")
        page.get_by_role("button", name="Weights as TOML").click()
        given = tomllib.loads(page.input_value(".tejs-toml"))
        assert given == {"weights": {"method": "direct", "direct": {"road": 0.3333, "height": 0.6667}}}
        page.get_by_role("button", name="Reset").click()
        assert tomllib.loads(page.input_value(".tejs-toml"))["weights"]["direct"] == {"road": 0.4, "height": 0.6}
        assert page.inner_text(".tejs-slider output >> nth=0") == "40.0 %"


def test_a_click_opens_the_contributions(browser, path, sites):
    with opened(browser, path) as page:
        page.click(f"{ROWS}[data-candidate='A2'] button")
        detail = page.inner_text(".tejs-detail")
        assert "A2" in detail
        assert "Highest authority: province" in detail
        assert "Example act, art. 9" in detail
        adds = sites.contributions.loc[("inn", "A2")]
        drawn = [float(each) for each in page.locator(".tejs-chart b").all_inner_texts()]
        assert drawn == pytest.approx(adds.round(3).tolist())
        assert page.locator(".tejs-chart li").nth(0).get_attribute("aria-label").startswith("Road: measured")
        page.keyboard.press("Escape")
        assert page.locator(".tejs-detail").is_hidden()


def test_what_is_no_place_says_why(browser, path):
    with opened(browser, path) as page:
        page.click(".tejs-rest summary")
        assert "to be settled" in page.inner_text(".tejs-rest li:has(button:text-is('A3'))")
        page.click(".tejs-rest button:text-is('A3')")
        assert "the text of Example act, art. 9" in page.inner_text(".tejs-detail")


def test_barred_ground_is_switched_by_reason(browser, path):
    with opened(browser, path) as page:
        reason = page.locator(".tejs-layer:has-text('scenic') input")
        assert "Example act, art. 9" in page.inner_text(".tejs-layer:has-text('scenic')")
        drawn = page.locator(".leaflet-barred-pane path")
        count = drawn.count()
        reason.uncheck()
        assert drawn.count() == count - 1
        page.click(f"{PROJECTS} >> nth=1")
        page.click(f"{PROJECTS} >> nth=0")
        assert not page.locator(".tejs-layer:has-text('scenic') input").is_checked()
        page.locator(".tejs-layer:has-text('Suitability') input").uncheck()
        assert page.locator(".tejs-cells").count() == 0


def test_names_are_shown_as_they_are(browser, path):
    with opened(browser, path) as page:
        assert HOSTILE[0] in page.inner_text(".tejs-list")
        assert page.evaluate("window.hacked") is None


def test_it_works_from_the_keyboard(browser, path):
    with opened(browser, path) as page:
        page.focus(f"{PROJECTS} >> nth=0")
        page.keyboard.press("ArrowRight")
        assert page.get_attribute(f"{PROJECTS} >> nth=1", "aria-selected") == "true"
        page.focus("input[type=range] >> nth=0")
        said = page.get_attribute("input[type=range] >> nth=0", "aria-valuetext")
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(100)
        assert page.get_attribute("input[type=range] >> nth=0", "aria-valuetext") != said
        unnamed = page.evaluate("""() => [...document.querySelectorAll("button, input, textarea")].filter((each) =>
          !(each.labels && each.labels.length) && !each.ariaLabel && !each.textContent.trim()).length""")
        assert unnamed == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_languages_on_a_phone(browser, sites, tmp_path, language):
    target = tmp_path / "page.html"
    siting_map(sites, language=language).save(str(target))
    with opened(browser, target, size=PHONE) as page:
        assert page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[language]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert {"zh": "候选地块排名", "en": "Ranking"}[language] in page.inner_text(".tejs-side")
        page.click(f"{ROWS} button >> nth=0")
        assert page.locator(".tejs-detail").is_visible()


def test_shapes_are_no_stops_of_the_tab_key(browser, path):
    with opened(browser, path) as page:
        assert page.locator(".leaflet-places-pane path").count() >= 3
        page.focus(".folium-map")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") in {"A", "BUTTON"}


def test_it_prints_as_one_sheet_with_the_ranking(browser, path, tmp_path):
    with opened(browser, path) as page:
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True, print_background=True)
        data = (tmp_path / "page.pdf").read_bytes()
        assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") == 1
        page.emulate_media(media="print")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert "A2" in page.inner_text(".tejs-sheet table")
        assert page.locator(".tejs-side").is_hidden()
        scale = page.inner_text(".tejs-scale")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.locator(".tejs-sheet").is_hidden()
    assert re.fullmatch(r"1 : \d[\d,]*00", scale)


def test_same_input_same_bytes_and_folium_may_be_added(sites, path):
    page = siting_map(sites, language="en")
    assert isinstance(page, folium.Map)
    assert page.get_root().render() == path.read_text(encoding="utf-8")
    folium.CircleMarker([29.5, 123.0], tooltip="here").add_to(page)
    assert "L.circleMarker" in page.get_root().render()


def test_only_what_is_published_is_in_the_file_no_finer_than_stated(tmp_path):
    frame = default_frames()["parcels"]
    frame["sewer"], frame["tenure"] = "yes", "granted"
    keys = 'rulebook = "rulebook"\npublish = ["name"]\nprecision_m = 1.0\nreview_number = "浙S(2026)1号"'
    project = town(tmp_path, parcels=frame, edit={'rulebook = "rulebook"': keys})
    text = PROGRAMME.replace('sources = ["parcel"]', 'sources = ["parcel", "enterprise"]')
    found = find_sites(project, programme(project, tmp_path, text=text))
    assert "F1" in found.candidates.index
    siting_map(found, language="en").save(str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    held = zlib.decompress(b64decode(page.split('type="text/plain"')[1].split(">")[1].split("<")[0]))
    header = json.loads(held[4 : 4 + int.from_bytes(held[:4], "little")])
    assert "A1+A2" in [each["id"] for each in header["candidates"]]
    assert "enterprise site" not in [each["source"] for each in header["candidates"]]
    for hidden in ("F1", "Paper mill", "granted"):
        assert f'"{hidden}"' not in held[4:].decode("utf-8", "replace")
        assert hidden not in page.split("<noscript>")[1].split("</noscript>")[0]
    assert ["Map review no.", "浙S(2026)1号"] in header["foot"]
    assert ["Positions", "within 1 m"] in header["foot"]
    exact = shapely.get_coordinates(found.candidates.geometry.loc["A1"].exterior)
    ring = next(each for each in header["candidates"] if each["id"] == "A1")["rings"][0][0]
    back = gpd.GeoSeries(gpd.points_from_xy([at[1] for at in ring], [at[0] for at in ring]), crs=4326).to_crs(GRID)
    away = back.distance(shapely.MultiPoint(exact))
    assert away.max() <= 1.0
    assert away.max() > 0.01


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_axe_finds_no_serious_fault(browser, path, size):
    with opened(browser, path, size=size) as page:
        assert grave_faults(page) == []
        page.click(".tejs-who button >> nth=0")
        assert grave_faults(page) == []


def test_ranks_do_not_lie_on_one_another(browser, path):
    with opened(browser, path) as page:
        boxes = page.evaluate(
            """[...document.querySelectorAll('.tejs-pin')].filter((each) => each.style.visibility !== 'hidden')
            .map((each) => each.getBoundingClientRect()).map((box) => [box.left, box.top, box.right, box.bottom])"""
        )
    shown = shapely.box(*np.array(boxes).T)
    assert len(shown)
    assert len(shapely.STRtree(shown).query(shown, predicate="overlaps")[0]) == 0


def test_the_address_names_a_candidate(browser, path):
    with opened(browser, path) as page:
        page.click(f"{ROWS}[data-candidate='A2'] button")
        assert page.url.endswith("#parcel=A2")
        page.reload()
        page.wait_for_selector(".tejs-detail h2:text-is('A2')")
        page.keyboard.press("Escape")
        assert "#" not in page.url


def test_forced_colours_keep_the_tab_that_is_chosen_and_the_hues_of_criteria(browser, path):
    context = browser.new_context(viewport=DESKTOP, offline=True, forced_colors="active")
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("[data-ready=yes]")
    colour = "(each) => getComputedStyle(each).backgroundColor"
    chosen, other = (
        page.locator(f"{PROJECTS}[aria-selected={yes}] >> nth=0").evaluate(colour) for yes in ("true", "false")
    )
    assert chosen != other
    hues = [dot.evaluate(colour) for dot in page.locator(".tejs-slider .tejs-dot").all()]
    assert len(set(hues)) == len(hues) > 1
    context.close()


def test_a_project_is_no_result_of_siting(sites):
    with pytest.raises(QuestionError, match="not of a Project: siting_map"):
        siting_map(sites.project)
