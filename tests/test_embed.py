"""Documents: markers are served in place, renewed, and nothing else is touched; a fault leaves the document alone."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import docx
import pytest
from chromium import DESKTOP, chromium
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from specimens import default_frames, make_project, parcels, square, town
from test_law_elsewhere import LAW

from geo_tej import assess, engine, explain, read_project
from geo_tej.cli import main
from geo_tej.document.blocks import Paragraph, Table
from geo_tej.document.content import approvals_table, text_paragraph
from geo_tej.document.markers import MarkerFaultError, read_marker
from geo_tej.document.plain import find_places, renewed
from geo_tej.document.renderers import html_words, markdown_words
from geo_tej.document.report import PLAIN, read_sections, report_blocks
from geo_tej.document.word import _widths
from geo_tej.engine import export_rulebook
from geo_tej.errors import DocumentError, RulebookError
from geo_tej.rulebook import bundled, read_report, read_rulebook
from geo_tej.spreadsheet import read_sheet

HOSTILE = "<img src=x onerror=alert(1)> {{ 7*7 }} | `a` **b** {% raw %}"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    frames = default_frames()
    frames["parcels"]["name"] = ["east", HOSTILE, "third"]
    frames["parcels"]["village"] = ["Upper", "Lower", "Upper"]
    folder = tmp_path_factory.mktemp("town")
    return read_project(make_project(folder, parcels=frames["parcels"]))


def embedded(project, path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    engine.embed(project, path, language="en")
    return path.read_bytes().decode()


ALL = """# A plan

Before.

{{ geo-tej: map use=hotel height=300 }}

Inline: {{ geo-tej: text parcel=A2 }} and after.

- item
  {{ geo-tej: table kind=overlap by=village }}

{{ geo-tej: table kind=matrix by=village use=hotel pathway=build }}
{{geo-tej: table kind=approvals by=parcel use=hotel}}

{{ geo-tej: check parcel=A2 use=hotel pathway=build }}

{{ geo-tej: report parcel=A2 use=hotel }}

`{{ geo-tej: map }}` is how it is written:

```
{{ geo-tej: nonsense }}
```
After.
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["plan.md", "plan.qmd", "plan.html"])
def test_all_kinds_are_served_renewed_and_nothing_else_is_touched(project, tmp_path, name, newline):
    text = ALL.replace("\n", newline)
    if name.endswith("html"):
        text = (
            text.replace("`{{ geo-tej: map }}`", "<code>{{ geo-tej: map }}</code>")
            .replace("```", "<pre>", 1)
            .replace("```", "</pre>")
        )
    first = embedded(project, tmp_path / name, text)
    again = embedded(project, tmp_path / name, first)
    assert again == first
    places, faults = find_places(first, markup=name.endswith("html"))
    assert faults == []
    assert len(places) == 7
    outside = renewed(first, places, lambda _: [])
    before, _ = find_places(text, markup=name.endswith("html"))
    assert outside == renewed(text, before, lambda _: [])
    assert (first.count("\r\n") == first.count("\n")) == (newline == "\r\n")


def test_what_is_put_in_agrees_with_the_assessment(project, tmp_path):
    text = embedded(project, tmp_path / "plan.md", ALL)
    told = explain(assess(project), "A2", "hotel", "build")
    assert markdown_words(told.headline("en")) in text
    assert "| Lower | 1 | 0 | 0 | 0 | 1 |" in text  # one parcel, whose verdict is open
    assert "| **Total** | **3** |" in text
    assert "5,000.00 m² &#61; 0.5000 ha" in text
    assert "Parcel A2" in text
    assert "It does not touch: flood" in text
    assert "<script" not in text
    assert "<img src=x" not in text
    assert "{{ 7*7 }}" not in text


def test_the_frame_has_a_page_and_a_picture_for_print(project, tmp_path):
    text = embedded(
        project, tmp_path / "plan.html", "<p>\n{{ geo-tej: map use=hotel height=333 caption='Two \"words\"' }}\n</p>"
    )
    folder = tmp_path / "plan-geo-tej"
    pages, pictures = sorted(folder.glob("*.html")), sorted(folder.glob("*.png"))
    assert len(pages) == len(pictures) == 1
    assert "&quot;words&quot;" in text
    with chromium() as browser:
        context = browser.new_context(viewport=DESKTOP, offline=True)
        page = context.new_page()
        page.goto((tmp_path / "plan.html").as_uri())
        page.frames[1].wait_for_selector("[data-drawn=yes]")
        assert page.locator("iframe").bounding_box()["height"] == 333
        assert not page.locator("img.geo-tej-print").is_visible()
        page.emulate_media(media="print")
        assert page.locator("img.geo-tej-print").is_visible()
        assert page.evaluate("document.querySelector('img.geo-tej-print').naturalWidth") > 1000
        assert not page.locator("iframe").is_visible()
        context.close()


def test_a_map_of_what_boundaries_may_change(project, tmp_path):
    said = embedded(project, tmp_path / "plan.md", "{{ geo-tej: map kind=tolerance tolerance=5 use=hotel }}\n")
    assert "boundary error ±5 m · " in said
    assert re.search(r"\d+ of \d+ verdicts may change if boundaries are off by up to 5 m", said)
    (page,) = (tmp_path / "plan-geo-tej").glob("*.html")
    assert "Boundary error ±5 m" in page.read_text(encoding="utf-8")
    assert "kind=tolerance" in said


@pytest.mark.parametrize(
    ("marker", "named"),
    [
        ("map kind=tolerance", "needs tolerance=5"),
        ("map kind=tolerance tolerance=yes", "is no tolerance"),
        ("map kind=tolerance tolerance=0", "is no tolerance"),
        ("map kind=use", "needs use="),
        ("map kind=matrix", "is not known"),
    ],
)
def test_a_map_that_cannot_be_drawn_names_its_line(project, tmp_path, marker, named):
    with pytest.raises(DocumentError, match=rf"line 1.*{named}"):
        embedded(project, tmp_path / "plan.md", f"{{{{ geo-tej: {marker} }}}}\n")


def test_tables_by_village_say_so_in_a_sentence(project, tmp_path):
    said = embedded(project, tmp_path / "plan.md", "{{ geo-tej: table kind=overlap by=village }}\n")
    assert "Ground under control layers by village" in said


def test_mkdocs_finds_the_pages_from_the_folder_it_makes(project, tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n")
    assert 'src="../plan-geo-tej/' in embedded(project, tmp_path / "docs" / "plan.md", "{{ geo-tej: map }}\n")
    assert 'src="index-geo-tej/' in embedded(project, tmp_path / "docs" / "index.md", "{{ geo-tej: map }}\n")
    (tmp_path / "mkdocs.yml").write_text("use_directory_urls: false\n")
    assert 'src="plan-geo-tej/' in embedded(project, tmp_path / "docs" / "plan.md", "{{ geo-tej: map }}\n")


@pytest.mark.parametrize(
    ("marker", "named"),
    [
        ("mpa", "did you mean map"),
        ("text", "text needs parcel="),
        ("text parcel=A9", "'A9' is not in the project"),
        ("map use=hotle", "did you mean hotel"),
        ("map use=hotel use=hotel", "given twice"),
        ("map height=9", "from 160 to 2000"),
        ("map height=abc", "pixels"),
        ("table kind=sums", "overlap, matrix, approvals"),
        ("table kind=overlap by=street", "village, parcel"),
        ("table kind=overlap layer=nowhere", "is not in the project"),
        ("check parcel", "write it like"),
        ("check parcel='A1", "quotation mark"),
        ("check parcel=A1 --> <b>", "end a comment"),
        ("report parcel=A1 pathway=walk", "'walk'"),
    ],
)
def test_a_marker_that_cannot_be_served_names_its_line(project, tmp_path, marker, named):
    text = f"one\n\ntwo\n{{{{ geo-tej: {marker} }}}}\n\n{{{{ geo-tej: text parcel=A1 }}}}\n"
    path = tmp_path / "plan.md"
    with pytest.raises(DocumentError, match="line 4") as told:
        embedded(project, path, text)
    assert named in str(told.value)
    assert path.read_text(encoding="utf-8") == text
    assert sorted(each.name for each in tmp_path.iterdir()) == ["plan.md"]


@pytest.mark.parametrize(
    "meant",
    ["{{ geo-tej map }}", "{{geo-tej：map}}", "{{ geo-tej : map }}", "{{ geo_tej: map }}", "{{ GEO-TEJ: map }}"],
)
def test_what_is_meant_as_a_marker_and_is_none_is_told(project, tmp_path, meant):
    for name, data in (("plan.md", f"one\n\n{meant}\n".encode()), ("plan.docx", word("one", "", meant))):
        with pytest.raises(DocumentError) as told:
            embedded(project, tmp_path / name, data)
        assert f" 3: {meant} is no marker; write it like {{{{ geo-tej: map }}}}" in str(told.value)


@pytest.mark.parametrize("other", ["{{ geo_tej_version }}", "{{ geo-tejido }}", "`{{ geo-tej map }}`", "geo-tej map"])
def test_what_is_no_marker_of_ours_is_left_alone(project, tmp_path, other):
    assert other in embedded(project, tmp_path / "plan.md", f"{other}\n\n{{{{ geo-tej: text parcel=A1 }}}}\n")


@pytest.mark.parametrize(
    ("units", "en", "zh"),
    [
        (("m2", "ha"), "an area of 1.0000 ha.", "面积 1.0000 公顷"),
        (("m2", "ha", "mu"), "an area of 1.0000 ha (15.00 mu).", "面积 1.0000 公顷（15.00 亩）"),
        (("mu",), "an area of 15.00 mu.", "面积 15.00 亩"),
        (("m2",), "an area of 10,000.00 m².", "面积 10,000.00 平方米"),
    ],
)
def test_a_text_says_areas_in_the_units_of_the_rulebook(project, units, en, zh):
    counted = replace(project, rulebook=replace(project.rulebook, units=units))
    assessment = assess(counted, parcels=project.parcels.loc[["A1"]])
    for language, said in (("en", en), ("zh", zh)):
        (paragraph,) = text_paragraph(assessment, "A1", language, with_verdict=False)
        assert said in paragraph.words
        assert ("mu" in units) == bool(re.search(r" mu\b|亩", paragraph.words))


def test_all_faults_at_once_and_what_has_no_end(project, tmp_path):
    text = "{{ geo-tej: map use=x }}\n{{ geo-tej: nothing }}\n<!-- geo-tej: map -->\nlost\n"
    with pytest.raises(DocumentError) as told:
        embedded(project, tmp_path / "plan.md", text)
    assert "line 2" in str(told.value)
    assert "line 3: what was put in here has no end" in str(told.value)
    with pytest.raises(DocumentError, match="line of its own"):
        embedded(project, tmp_path / "plan.md", "words {{ geo-tej: map }} words\n")
    with pytest.raises(DocumentError, match="has no marker"):
        embedded(project, tmp_path / "plan.md", "nothing\n")
    with pytest.raises(DocumentError, match=r"\.docx"):
        embedded(project, tmp_path / "plan.pdf", "{{ geo-tej: map }}\n")
    with pytest.raises(DocumentError, match="cannot be read"):
        engine.embed(project, tmp_path / "none.md", language="en")


def test_old_chinese_encodings_and_marks_stay(project, tmp_path):
    path = tmp_path / "plan.md"
    path.write_bytes("前言\r\n{{ geo-tej: text parcel=A1 lang=zh }}\r\n后记".encode("gb18030"))
    engine.embed(project, path, language="en")
    text = path.read_bytes().decode("gb18030")
    assert text.startswith("前言\r\n<!-- geo-tej")
    assert text.endswith("后记")
    assert "地块 A1" in text
    path.write_bytes("\ufeff{{ geo-tej: text parcel=A1 }}\n".encode())
    engine.embed(project, path, language="en")
    assert path.read_bytes().startswith("\ufeff".encode())


@given(st.text(max_size=60))
def test_words_stay_words(words):
    for written in (markdown_words(words), html_words(words)):
        assert not set("<{}\n\r") & set(written)
    assert "|" not in markdown_words(words)
    assert "`" not in markdown_words(words)


@given(
    st.lists(st.sampled_from(["words", "", "{{ geo-tej: text parcel=A }}", "```", "<!-- a -->", "\t x"]), max_size=12)
)
def test_renewing_twice_is_renewing_once(lines):
    text = "\n".join(lines)
    places, _ = find_places(text, markup=False)
    once = renewed(text, places, lambda place: [place.marker.kind])
    places, faults = find_places(once, markup=False)
    assert faults == []
    assert renewed(once, places, lambda place: [place.marker.kind]) == once


def test_a_marker_is_read_strictly():
    assert read_marker("check parcel='A 1'", "line 1").options == {"parcel": "A 1"}
    with pytest.raises(MarkerFaultError, match="no option 'uses'"):
        read_marker("map uses=x", "line 1")


# ---- Word


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    for words in paragraphs:
        document.add_paragraph(words)
    cell = document.add_table(1, 2).cell(0, 0)
    cell.text = "{{ geo-tej: table kind=matrix by=village use=hotel pathway=keep }}"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_word_gets_a_picture_with_caption_and_alt_text_and_is_renewed(project, tmp_path):
    path = tmp_path / "plan.docx"
    document = docx.Document(io.BytesIO(word("Before.", "", "{{ geo-tej: text parcel=A2 }}", "After.")))
    split = document.paragraphs[1]
    for part in ("{{ geo-", "tej: map use=ho", "tel }}"):
        split.add_run(part).bold = part.startswith("tej")
    document.save(str(path))
    before = path.read_bytes()
    engine.embed(project, path, language="en")
    first = path.read_bytes()
    engine.embed(project, path, language="en")
    assert path.read_bytes() == first

    read = docx.Document(str(path))
    assert [each.text for each in read.paragraphs if not each.text.startswith("geo-tej:")] == ["Before.", "After."]
    (shape,) = read.element.iterfind(".//{*}docPr")
    assert "3 parcels" in shape.get("descr")
    text = "\n".join(each.text or "" for each in read.element.iter("{*}t"))
    assert "Specimen town: hotel · keep" in text
    assert HOSTILE in text
    assert "Total" in text
    assert all(
        each.find("{*}rPr/{*}vanish") is not None
        for each in read.element.iter("{*}r")
        if "geo-tej:" in "".join(each.itertext())
    )
    old, new = (zipfile.ZipFile(io.BytesIO(data)) for data in (before, first))
    changed = {"word/document.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"}
    for name in old.namelist():
        assert name in changed or new.read(name) == old.read(name)


def test_word_faults(project, tmp_path):
    path = tmp_path / "plan.docx"
    for data, named in (
        (word("one", "{{ geo-tej: check parcel=A9 }}"), "paragraph 2"),
        (word("words {{ geo-tej: map }} words"), "paragraph of its own"),
        (b"no zip", "no Word document"),
    ):
        path.write_bytes(data)
        with pytest.raises(DocumentError, match=named):
            engine.embed(project, path, language="en")
        assert path.read_bytes() == data
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "{{ geo-tej: map }}"
    document.save(str(path))
    with pytest.raises(DocumentError, match="text of a document only"):
        engine.embed(project, path, language="en")


def test_word_counts_its_paragraphs_alike_when_it_is_renewed(project, tmp_path):
    path = tmp_path / "plan.docx"
    path.write_bytes(
        word("one", "{{ geo-tej: report parcel=A1 use=hotel }}", "three", "{{ geo-tej: text parcel=A1 }}", "5")
    )
    for renewal in range(3):
        if renewal:
            engine.embed(project, path, language="en")
        kept = path.read_bytes()
        document = docx.Document(io.BytesIO(kept))
        document.add_paragraph("{{ geo-tej: check parcel=A9 }}")
        document.save(str(path))
        with pytest.raises(DocumentError, match="paragraph 8: parcel 'A9'"):  # two are cells
            engine.embed(project, path, language="en")
        path.write_bytes(kept)


# ---- reports


def test_the_sections_of_the_bundled_report_name_every_layer():
    folder = bundled()["zhejiang-scenic"]
    sections = read_sections(read_report(folder), read_rulebook(folder))
    assert len(sections) == 14
    named = [name for section in sections if section.content == "layers" for name in section.names]
    assert len(named) == len(set(named))
    assert set(named) == set(read_rulebook(folder).layers)


def test_a_report_leaves_no_layer_out(project, tmp_path):
    text = embedded(project, tmp_path / "plan.html", "{{ geo-tej: report parcel=A2 use=hotel pathway=build }}\n")
    for title in ("plan", "scenic", "flood", "roads", "elevation"):
        assert f"<td>{title}</td>" in text
    assert "Conclusion" in text


def test_report_sections_are_read_strictly(project, tmp_path):
    path = tmp_path / "report.csv"
    path.write_text("title_zh,title_en,content,names\na,a,layers,scenik\nb,b,sums,\n", encoding="utf-8")
    with pytest.raises(RulebookError, match="2 faults") as told:
        read_sections(read_sheet(path, []), project.rulebook)
    assert "row 2, column names (D): layer 'scenik'; did you mean scenic" in str(told.value)


@pytest.mark.parametrize("name", ["law", "law.xlsx"])
def test_the_sections_of_reports_are_written_out_with_the_law(tmp_path, name):
    """A town that edits the law in a spreadsheet keeps the sections of its reports."""
    source = bundled()["zhejiang-scenic"]
    export_rulebook(source, tmp_path / name)
    law = read_rulebook(tmp_path / name)
    assert read_sections(read_report(tmp_path / name), law) == read_sections(read_report(source), law)
    assert not any("is not read" in note for note in law.notes)


def test_the_command(project, tmp_path):
    path = tmp_path / "plan.md"
    path.write_text("{{ geo-tej: text parcel=A1 }}\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["embed", str(path), "-m", str(project.manifest), "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert "text" in done.output
    path.write_text("\n{{ geo-tej: text parcel=A0 }}\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["embed", str(path), "-m", str(project.manifest)])
    assert done.exit_code == 2
    assert "line 2" in done.stderr


def test_how_an_open_question_is_settled_is_a_sentence_of_its_own(tmp_path):
    drawn = 'path = "flood.gpkg", extent = "zoning"'
    project = read_project(make_project(tmp_path / "town", edit={drawn: 'path = "flood.gpkg"'}))
    report = report_blocks(assess(project, uses=["hotel"]), "A1", "en", PLAIN)
    said = [block.words for block in report if isinstance(block, Paragraph) and block.words.startswith("To be settled")]
    assert said
    assert all(re.search(r"\. [A-Z]", words) for words in said)


def test_a_column_with_empty_cells_keeps_its_heading_whole():
    heading = "Where and how much"
    table = Table(
        caption="", header=("Layer", "State", heading),
        rows=(("Cultural heritage protection zones", "not affected", ""),), numbers=frozenset(),
    )  # fmt: skip
    assert _widths(table, 18, 8640)[2] >= len(heading) * 18 / 2 * 20 * 0.58


def test_approvals_that_may_be_needed_are_counted_beside_those_that_are():
    """In C-1 a drive-through asks for a permit; in MU nothing does; a bed and breakfast in R-1 always does."""
    book = read_rulebook(LAW / "harbor")
    ground = [square(number * 150) for number in range(3)]
    drawn = [({"district": name}, shape) for name, shape in zip(("C-1", "MU", "R-1"), ground, strict=True)]
    place = town(book, parcels(*ground), districts=drawn, historic=[], airport=[])

    def counted(use, **facts):
        assessment = assess(place, uses=[use], pathways=["build"], facts={"floor_area_m2": 200, **facts})
        table = approvals_table(assessment, "parcel", "en", what=use)
        return [(row[0], *row[4:]) for row in table.rows], table.total[4:]

    assert counted("cafe") == ([("A1", "0", "1")], ("0", "1"))
    assert counted("cafe", drive_through=True) == ([("A1", "1", "0")], ("1", "0"))
    assert counted("cafe", drive_through=False) == ([], ("0", "0"))
    assert counted("bnb") == ([("A3", "1", "0")], ("1", "0"))
