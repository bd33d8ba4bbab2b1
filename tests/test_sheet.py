"""Sheets for paper: ISO sizes at 300 dpi, Chinese type, a round scale, what the map says of itself, the same bytes."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from PIL import Image
from pyproj import CRS
from specimens import box, default_frames, make_project, parcels, square, town

from geo_tej import assess, read_project
from geo_tej.cli import main
from geo_tej.errors import MapError, OutputError, QuestionError
from geo_tej.i18n import Text
from geo_tej.maps import type as type_
from geo_tej.maps.sheet import constraint_sheet, save_sheet
from geo_tej.maps.type import chinese_family, wrapped

HOSTILE = "$x^2$ {{ 7*7 }} <b> 镇"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return read_project(make_project(tmp_path_factory.mktemp("town"), parcels=default_frames()["parcels"]))


@pytest.fixture(scope="module")
def assessment(project):
    return assess(replace(project, title=Text(HOSTILE, HOSTILE), review_number="浙S(2026)1号"))


def written(figure, form: str, **more) -> bytes:
    out = io.BytesIO()
    save_sheet(figure, out, form=form, **more)
    return out.getvalue()


def words(figure) -> list[str]:
    return [each.get_text() for axes in figure.axes for each in axes.texts]


@pytest.mark.parametrize(("paper", "size"), [("A4", (3508, 2480)), ("A3", (4961, 3508))])
def test_a_png_has_the_sheets_pixels_at_300_dpi(assessment, paper, size):
    with Image.open(io.BytesIO(written(constraint_sheet(assessment, paper=paper), "png"))) as picture:
        assert all(abs(ours - iso) <= 1 for ours, iso in zip(picture.size, size, strict=True))
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.01)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_same_sheet_same_bytes(assessment, form):
    first, second = (written(constraint_sheet(assessment, use="hotel"), form, dpi=60) for _ in range(2))
    assert first == second
    assert {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[form] == first[: {"svg": 5}.get(form, 4)]


def test_what_the_sheet_says(assessment):
    said = words(constraint_sheet(assessment, use="hotel", pathway="build", language="en"))
    assert HOSTILE in said  # a dollar sign starts no formula
    assert "hotel · build" in said
    for line in ("Legend", "Law as of: 2026-06-30", "Map review no.: 浙S(2026)1号", "Made up", "N"):
        assert line in said
    assert any(re.fullmatch(r"1 : [1-9][\d,]*00", line) for line in said)
    assert any(line.startswith("Rulebook: Tiny rulebook 1") for line in said)
    assert sum(bool(re.match(r"\d+ parcels?, [\d.]+ ha", line)) for line in said) >= 3


def test_areas_of_the_classes_are_those_of_the_verdicts(assessment):
    said = words(constraint_sheet(assessment, use="hotel", pathway="keep", language="en"))
    counted = [int(found[1]) for line in said if (found := re.match(r"(\d+) parcels?, ", line))]
    assert sum(counted) == len(assessment.parcels)


def test_a_dense_town_is_drawn_at_a_round_scale_and_has_no_white_gaps(book):
    plots = parcels(*[square(100 * column, 100 * row) for column in range(20) for row in range(20)])
    whole = [({"class": "mixed"}, box(-1000, -1000, 4000, 4000))]
    alone = assess(town(book, plots, zoning=whole, scenic=None, flood=None, roads=None, dem=None), uses=["shop"])
    figure = constraint_sheet(alone, use="shop", language="en")
    assert "1 : 15,000" in words(figure)
    with Image.open(io.BytesIO(written(figure, "png", dpi=100))) as picture:
        pixels = np.asarray(picture.convert("L"))
    frame = figure.axes[0].get_position()
    rows, columns = pixels.shape
    middle = pixels[int(rows * (1 - (frame.y0 + frame.y1) / 2)), int(columns * (frame.x0 + frame.x1) / 2) - 20 :][:40]
    assert middle.max() < 250


def test_one_parcel_is_framed_and_named(assessment):
    figure = constraint_sheet(assessment, parcel="A2", language="en")
    assert "A2" in words(figure)
    west, east = figure.axes[0].get_xlim()
    assert west < 500_100
    assert east > 500_200
    assert east - west < 1000


def test_a_sheet_of_parcels_without_ground_is_refused(book):
    nothing = parcels(shapely.Polygon())
    alone = assess(town(book, nothing, zoning=[], scenic=None, flood=None, roads=None, dem=None))
    with pytest.raises(MapError, match="none of the parcels has any ground"):
        constraint_sheet(alone, language="en")


def test_what_is_not_known_is_named(assessment, tmp_path, monkeypatch):
    for asked, named in (({"paper": "B5"}, "A4, A3"), ({"use": "hotle"}, "hotel"), ({"pathway": "kep"}, "keep")):
        with pytest.raises(MapError, match=named):
            constraint_sheet(assessment, **asked)
    with pytest.raises(QuestionError):
        constraint_sheet(assessment, parcel="A9")
    with pytest.raises(OutputError, match="png, svg, pdf"):
        save_sheet(constraint_sheet(assessment), tmp_path / "sheet.gif", form="gif")
    (tmp_path / "no.ttf").write_text("no font")
    with pytest.raises(MapError, match=r"no\.ttf"):
        chinese_family(tmp_path / "no.ttf")
    monkeypatch.setattr(type_, "_FAMILIES", ("Nobody's Type",))
    with pytest.raises(MapError, match="fonts-noto-cjk"):
        chinese_family(None)


def test_chinese_has_its_glyphs():
    family = chinese_family(None)
    path = font_manager.findfont(family, fallback_to_default=False)
    from fontTools.ttLib import TTCollection, TTFont  # noqa: PLC0415  comes with matplotlib

    fonts = TTCollection(path).fonts if path.endswith(".ttc") else [TTFont(path)]
    assert all(ord(sign) in fonts[0].getBestCmap() for sign in "三江汇流符合〔〕亩")


def test_the_command(project, tmp_path):
    run = CliRunner()
    base = ["map", "use", "--use", "hotel", "-m", str(project.manifest), "--lang", "en"]
    done = run.invoke(main, [*base, "--static", "svg", "--paper", "A3", "-o", str(tmp_path / "s.svg")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "s.svg").read_text(encoding="utf-8").startswith("<?xml")
    for wrong, named in (
        (["--static", "pdf", "-o", str(tmp_path / "x.png")], "named .pdf"),
        (["-o", str(tmp_path / "x.png")], "written as .html"),
        (["--static", "pdf", "--tiles", "osm", "-o", str(tmp_path / "x.pdf")], "no tiles"),
        (["--tiles", "tianditu", "-o", str(tmp_path / "x.html")], "key"),
        (["--tiles-key", "k", "-o", str(tmp_path / "x.html")], "--tiles"),
        (["--static", "png", "--font", str(tmp_path / "none.ttf"), "-o", str(tmp_path / "x.png")], "none.ttf"),
    ):
        done = run.invoke(main, [*base, *wrong])
        assert done.exit_code == 2
        assert named in done.stderr
        assert not list(tmp_path.glob("x.*"))


def test_accents_stand_on_their_letters(project):
    named = assess(replace(project, title=Text("镇", "Bubeneč 镇")))
    (title,) = [
        each
        for axes in constraint_sheet(named, language="en").figure.axes
        for each in axes.texts
        if "Bubeneč" in each.get_text()
    ]
    assert title.get_fontfamily()[0] == "DejaVu Sans"


def test_parcels_too_small_to_be_read_are_drawn_once_more_in_a_free_corner(book):
    plots = parcels(*(square(110 * n, 0, 100) for n in range(4)), square(9_000, 9_000, 100), square(9_000, 0, 100))
    firms = [(f"F{n}", f"A{n + 1}") for n in range(4)]
    drawn = constraint_sheet(assess(town(book, plots, firms=firms)), language="en", use="hotel")
    scales = [each for each in words(drawn) if each.startswith("1 : ")]
    assert len(scales) == 2
    inset, whole = sorted(int(each.removeprefix("1 : ").replace(",", "")) for each in scales)
    assert inset * 2 <= whole
    assert words(drawn).count("Legend") == 1
    alone = constraint_sheet(assess(town(book, plots, firms=firms)), bounds=(500_000, 3_270_000, 500_440, 3_270_100))
    assert len([each for each in words(alone) if each.startswith("1 : ")]) == 1


@given(st.text("面积公顷，。（）《》A1 ", max_size=60), st.integers(6, 30))
def test_lines_keep_their_signs_and_no_line_begins_with_one_that_closes(said, columns):
    lines = wrapped(said, columns)
    assert "".join("".join(lines).split()) == "".join(said.split())
    for line in lines[1:]:
        assert line[:1] not in "，。）》" or not line


def test_the_arrow_points_to_true_north_where_the_grid_does_not(book):
    """Far west of a central meridian the grid's north lies left of the true one, by about 6 degrees x sin(latitude)."""
    here = assess(town(book, parcels(square()), dem=None), uses=["shop"])
    grid = CRS("+proj=tmerc +lon_0=126 +x_0=1080000 +ellps=GRS80 +units=m")
    tips = []
    for shown in (here, replace(here, project=replace(here.project, crs=grid))):
        arrow = next(axes for axes in constraint_sheet(shown, language="en").axes if axes.get_xlim() == (0, 10))
        tip, _, foot = arrow.patches[0].get_xy()[:3]
        tips.append(np.degrees(np.arctan2(*(tip - foot))))
    assert tips[0] == pytest.approx(0, abs=0.1)
    assert tips[1] == pytest.approx(6 * np.sin(np.radians(29.55)), abs=0.1)
