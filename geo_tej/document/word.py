"""Word documents: markers in paragraphs, what is put in as content controls, pictures as parts; other parts stay as is.

ECMA-376: a content control (`w:sdt`) holds what an earlier run put in; the hidden paragraph before it is the marker.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree
from PIL import Image

from geo_tej.document.blocks import Block, Heading, Map, Paragraph, Table
from geo_tej.document.markers import MARKER, Marker, MarkerFaultError, almost, almost_markers, read_marker
from geo_tej.document.renderers import one_line
from geo_tej.errors import DocumentError
from geo_tej.i18n import wide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
PIC = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_DOCUMENT, _LINKS, _CONTENT_TYPES = "word/document.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"
_TAG, _HIDDEN = "geo-tej", "geo-tej:"
_EMU_PER_MM = 36_000
_TWIPS_PER_MM = 1440 / 25.4
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TYPE, _SMALL_TYPE, _MANY_COLUMNS = 18, 14, 8
"""Half points of a table's type, smaller where there are many columns."""

_PADDING = 120
"""Of a cell, left and right together, in twentieths of a point."""

_BOLDER = 1.15
_SHORT, _LONG = 6, 20
"""Letters: a title has room for the first; words beyond the second may be broken."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WordPlace:
    """A marker of a document, and the paragraph or content control that stands for it."""

    marker: Marker
    element: Any


class WordFile:
    """A .docx as read: its parts' bytes, and the tree of its text."""

    def __init__(self, data: bytes, name: str) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                self.parts = [(each, archive.read(each)) for each in archive.infolist()]
            held = {each.filename: content for each, content in self.parts}
            self.root = etree.fromstring(held[_DOCUMENT], _parser())
            self.links = etree.fromstring(held[_LINKS], _parser())
            self.types = etree.fromstring(held[_CONTENT_TYPES], _parser())
        except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError, NotImplementedError, RuntimeError) as fault:
            message = f"{name}: is no Word document (.docx) that can be read"
            raise DocumentError(message) from fault
        self.media: dict[str, bytes] = {}
        self.controls = 0

    def places(self) -> tuple[list[WordPlace], list[str]]:
        """Return the markers in order, and the faults of those that cannot be read."""
        places: list[WordPlace] = []
        faults = [
            f"{each.filename}: markers are served in the text of a document only"
            for each, content in self.parts
            if each.filename.startswith("word/") and each.filename.endswith(".xml") and each.filename != _DOCUMENT
            for words in [_words_of_part(content)]
            if MARKER.search(words) or any(almost_markers(words))
        ]
        number = 0
        for element in self.root.iter(_w("p"), _w("sdt")):
            if any(_tag_of(parent) == _TAG for parent in element.iterancestors(_w("sdt"))):
                continue
            if element.tag == _w("p"):
                number += not _words(element).startswith(_HIDDEN) and not _closes_cell(element)
                asked = [found["asked"] for found in MARKER.finditer(_words(element))]
                alone = MARKER.fullmatch(_words(element).strip()) is not None
            else:
                asked, alone = _asked_before(element), True
                number += _tag_of(element) == _TAG  # stands for the one paragraph that its marker was
            where = f"paragraph {number}"
            if element.tag == _w("p"):
                faults += [almost(found, where) for found in almost_markers(_words(element))]
            if asked and not alone:
                faults.append(f"{where}: a marker needs a paragraph of its own")
                continue
            for each in asked:
                try:
                    places.append(WordPlace(marker=read_marker(each, where), element=element))
                except MarkerFaultError as fault:
                    faults.append(str(fault))
        return places, faults

    def put(self, place: WordPlace, blocks: Sequence[Block], pictures: Mapping[str, bytes]) -> None:
        """Put blocks in the place of a marker, as a content control that a later run finds again."""
        element = place.element
        control = _element("sdt")
        properties = _sub(control, "sdtPr")
        _sub(properties, "alias", val="geo-tej")
        _sub(properties, "tag", val=_TAG)
        self.controls += 1
        _sub(properties, "id", val=str(_number(f"{self.controls} {place.marker.asked}")))
        content = _sub(control, "sdtContent")
        for block in blocks:
            for part in self._parts(block, pictures):
                content.append(part)
        parent = element.getparent()
        if element.tag == _w("p"):
            element.addprevious(_hidden(f"{_HIDDEN} {place.marker.asked}"))
        parent.replace(element, control)
        control.tail, element.tail = element.tail, None
        if parent.tag == _w("tc") and control.getnext() is None:
            parent.append(_element("p"))

    def _parts(self, block: Block, pictures: Mapping[str, bytes]) -> Iterator[Any]:
        if isinstance(block, Heading):
            yield _paragraph(block.words, bold=True, keep=True, size=26)
        elif isinstance(block, Paragraph):
            yield _paragraph(block.words, bold=block.strong)
        elif isinstance(block, Table):
            yield _paragraph(block.caption, bold=True, keep=True, centred=True)
            yield _table(block, self._text_width_mm() * _TWIPS_PER_MM)
            yield _element("p")
        else:
            yield self._picture(block, pictures[block.name])
            yield _paragraph(block.caption, centred=True, size=20)

    def _picture(self, block: Map, data: bytes) -> Any:  # noqa: ANN401
        """Return a paragraph with a picture as wide as the text, with its words for those who cannot see it."""
        name = f"geo-tej-{block.name}.png"
        self.media[f"word/media/{name}"] = data
        link = self._link(f"media/{name}")
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
        wide = int(self._text_width_mm() * _EMU_PER_MM)
        tall = round(wide * height / width)
        number = str(_number(block.name) % 100_000 + 1000)
        xml = f"""<w:p xmlns:w="{W}" xmlns:r="{R}" xmlns:wp="{WP}" xmlns:a="{A}" xmlns:pic="{PIC}"><w:pPr><w:keepNext/><w:jc w:val="center"/></w:pPr><w:r><w:drawing>
<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{wide}" cy="{tall}"/><wp:docPr id="{number}" name="{name}"/>
<a:graphic><a:graphicData uri="{PIC}"><pic:pic><pic:nvPicPr><pic:cNvPr id="{number}" name="{name}"/><pic:cNvPicPr/></pic:nvPicPr>
<pic:blipFill><a:blip r:embed="{link}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>
<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{wide}" cy="{tall}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>
</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>""".replace(">\n<", "><")  # noqa: E501
        paragraph = etree.fromstring(xml, _parser())
        paragraph.find(f".//{{{WP}}}docPr").set("descr", _clean(block.alt))
        return paragraph

    def _link(self, target: str) -> str:
        for link in self.links:
            if link.get("Target") == target:
                return str(link.get("Id"))
        name = "rIdGeoTej" + hashlib.sha256(target.encode()).hexdigest()[:8]
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
        etree.SubElement(self.links, f"{{{RELS}}}Relationship", Id=name, Type=kind, Target=target)
        return name

    def _text_width_mm(self) -> float:
        size, margin = (
            self.root.find(f".//{_w('sectPr')}/{_w('pgSz')}"),
            self.root.find(f".//{_w('sectPr')}/{_w('pgMar')}"),
        )
        if size is None or margin is None:
            return 150.0
        twips = [int(float(part.get(_w(key), "0"))) for part, key in ((size, "w"), (margin, "left"), (margin, "right"))]
        return max((twips[0] - twips[1] - twips[2]) / _TWIPS_PER_MM, 40.0)

    def data(self) -> bytes:
        """Return the file: parts that nothing was put into are the bytes they were."""
        used = {f"word/{link.get('Target')}" for link in self.links}
        if self.media and not any(each.get("Extension", "").lower() == "png" for each in self.types):
            default = etree.Element(f"{{{TYPES}}}Default", Extension="png", ContentType="image/png")
            self.types.insert(0, default)
        changed = {_DOCUMENT: _xml(self.root)}
        if self.media:
            changed |= {_LINKS: _xml(self.links), _CONTENT_TYPES: _xml(self.types), **self.media}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for each, content in self.parts:
                kept = zipfile.ZipInfo(each.filename, each.date_time)
                kept.compress_type, kept.external_attr = each.compress_type, each.external_attr
                archive.writestr(kept, changed.pop(each.filename, content))
            for name, content in changed.items():
                if name in used:
                    archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_STORED)
        return out.getvalue()


def _parser() -> Any:  # noqa: ANN401
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def _w(name: str) -> str:
    return f"{{{W}}}{name}"


def _element(name: str, **attributes: str) -> Any:  # noqa: ANN401
    return etree.Element(_w(name), {_w(key): value for key, value in attributes.items()}, nsmap={"w": W})


def _sub(parent: Any, name: str, **attributes: str) -> Any:  # noqa: ANN401
    return etree.SubElement(parent, _w(name), {_w(key): value for key, value in attributes.items()})


def _xml(root: Any) -> bytes:  # noqa: ANN401
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _words(paragraph: Any) -> str:  # noqa: ANN401
    """Return the text of a paragraph, of its own runs and not of text boxes within it."""
    found = [each for each in paragraph.iter(_w("t")) if next(each.iterancestors(_w("p"))) is paragraph]
    return "".join(each.text or "" for each in found)


def _words_of_part(content: bytes) -> str:
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError:
        return ""
    return "\n".join(_words(paragraph) for paragraph in root.iter(_w("p")))


def _tag_of(control: Any) -> str:  # noqa: ANN401
    tag = control.find(f"{_w('sdtPr')}/{_w('tag')}")
    return "" if tag is None else str(tag.get(_w("val"), ""))


def _asked_before(control: Any) -> list[str]:  # noqa: ANN401
    """Return the hidden marker before a content control of ours; an empty one where it is gone."""
    if _tag_of(control) != _TAG:
        return []
    before = control.getprevious()
    told = "" if before is None or before.tag != _w("p") else _words(before)
    return [told.removeprefix(_HIDDEN)]


def _closes_cell(paragraph: Any) -> bool:  # noqa: ANN401
    """Tell the empty paragraph that a cell needs behind a content control of ours."""
    before = paragraph.getprevious()
    in_cell = paragraph.getparent().tag == _w("tc") and before is not None and before.tag == _w("sdt")
    return in_cell and _tag_of(before) == _TAG and not _words(paragraph)


def _number(words: str) -> int:
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:4], "big") & 0x7FFFFFFF


def _clean(words: str) -> str:
    """Return words without the signs that XML cannot hold."""
    return "".join(
        sign for sign in one_line(words) if sign.isprintable() or sign in "\t\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    )


def _hidden(words: str) -> Any:  # noqa: ANN401
    """Return a paragraph that is neither seen nor printed."""
    paragraph = _element("p")
    _sub(_sub(_sub(paragraph, "pPr"), "rPr"), "vanish")
    run = _sub(paragraph, "r")
    _sub(_sub(run, "rPr"), "vanish")
    _sub(run, "t").text = _clean(words)
    return paragraph


def _paragraph(words: str, *, bold: bool = False, keep: bool = False, centred: bool = False, size: int = 0) -> Any:  # noqa: ANN401
    paragraph = _element("p")
    if keep or centred:
        properties = _sub(paragraph, "pPr")
        if keep:
            _sub(properties, "keepNext")
        if centred:
            _sub(properties, "jc", val="center")
    run = _sub(paragraph, "r")
    if bold or size:
        properties = _sub(run, "rPr")
        if bold:
            _sub(properties, "b")
        if size:
            _sub(properties, "sz", val=str(size))
    text = _sub(run, "t")
    text.text = _clean(words)
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return paragraph


def _table(table: Table, room: float) -> Any:  # noqa: ANN401
    size = _TYPE if len(table.header) <= _MANY_COLUMNS else _SMALL_TYPE
    drawn = _element("tbl")
    properties = _sub(drawn, "tblPr")
    _sub(properties, "tblW", w="5000", type="pct")
    borders = _sub(properties, "tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        _sub(borders, side, val="single", sz="4", space="0", color="808080")
    _sub(properties, "tblLayout", type="fixed")
    margins = _sub(properties, "tblCellMar")
    for side, far in (("top", 25), ("left", _padding(size) // 2), ("bottom", 25), ("right", _padding(size) // 2)):
        _sub(margins, side, w=str(far), type="dxa")
    _sub(properties, "tblCaption", val=_clean(table.caption))
    grid = _sub(drawn, "tblGrid")
    widths = _widths(table, size, room)
    for far in widths:
        _sub(grid, "gridCol", w=str(far))
    rows = [
        (table.header, True),
        *((row, False) for row in table.rows),
        *([(table.total, True)] if table.total else []),
    ]
    for number, (cells, bold) in enumerate(rows):
        row = _sub(drawn, "tr")
        settings = _sub(row, "trPr")
        _sub(settings, "cantSplit")
        if number == 0:
            _sub(settings, "tblHeader")
        for column, (words, far) in enumerate(zip(cells, widths, strict=True)):
            cell = _sub(row, "tc")
            _sub(_sub(cell, "tcPr"), "tcW", w=str(round(5000 * far / sum(widths))), type="pct")
            paragraph = _paragraph(words, bold=bold, size=size)
            place = _element("pPr")
            _sub(place, "spacing", before="0", after="0", line="240", lineRule="auto")
            if column in table.numbers:
                _sub(place, "jc", val="right")
            paragraph.insert(0, place)
            cell.append(paragraph)
    return drawn


def _widths(table: Table, size: int, room: float) -> list[int]:
    """Return how wide columns are in twentieths of a point: numbers and short words on one line, the rest shared.

    Headings stand on one line too where there is room, so that a column whose cells are empty is not a slit.
    """
    letter = size / 2 * 20 * 0.58
    for heading in (_LONG, _SHORT):
        natural, long = [], []
        for column, title in enumerate(table.header):
            total = wide(table.total[column]) * _BOLDER if table.total else 0
            letters = max(*(wide(row[column]) for row in table.rows), total, min(wide(title), heading), 0)
            natural.append(letters * letter + _padding(size))
            long.append(letters > _LONG and column not in table.numbers)
        kept = sum(far for far, broken in zip(natural, long, strict=True) if not broken)
        if any(long) and kept + sum(long) * heading * letter <= room:
            shared = (room - kept) / sum(min(far, room) for far, broken in zip(natural, long, strict=True) if broken)
            return [
                round(min(far, room) * shared if broken else far) for far, broken in zip(natural, long, strict=True)
            ]
    return [round(far * room / sum(natural)) for far in natural]


def _padding(size: int) -> int:
    return _PADDING if size == _TYPE else _PADDING // 2
