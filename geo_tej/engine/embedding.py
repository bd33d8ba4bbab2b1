"""Put maps and extracts into a planning document, or renew them there: all of its markers or none."""

from __future__ import annotations

import hashlib
import io
import os
import re
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from geo_tej.document.blocks import Block, Map
from geo_tej.document.content import (
    approvals_table,
    check_blocks,
    closing,
    counts_in_words,
    matrix_table,
    overlap_table,
    text_paragraph,
    words_of,
)
from geo_tej.document.markers import Marker, MarkerFaultError
from geo_tej.document.plain import find_places, renewed
from geo_tej.document.renderers import markdown, page
from geo_tej.document.report import Section, read_sections, report_blocks
from geo_tej.engine.jobs import only_kind
from geo_tej.engine.mapping import require_size
from geo_tej.errors import DocumentError, OutputError, QuestionError, choices, gather
from geo_tej.frames import called
from geo_tej.io.manifest import read_manifest
from geo_tej.io.write import replacing
from geo_tej.rulebook import find_rulebook, read_report
from geo_tej.verdict import assess
from geo_tej.verdict.steadiness import count_words, head_word, tolerance_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.model import Project
    from geo_tej.verdict import Assessment

MARKDOWN, HTML, WORD = (".md", ".markdown", ".qmd", ".rmd"), (".html", ".htm"), (".docx",)
_PICTURE_DPI = 150


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """What was put into a document: the kinds of its markers in order, and the files beside it."""

    markers: tuple[str, ...]
    files: tuple[str, ...]


class _Desk:
    """Serves markers from one project; what was assessed or drawn for one marker serves the others too."""

    def __init__(self, project: Project, language: Language, tell: Callable[[str], None]) -> None:
        self.project, self.language, self.tell = project, language, tell
        self._assessed: dict[tuple[str | None, ...], Assessment] = {}
        self._sections: tuple[Section, ...] | None = None
        self.pages: dict[str, str] = {}
        self.pictures: dict[str, bytes] = {}

    def served(self, marker: Marker, *, with_page: bool) -> list[Block]:
        """Return the blocks of a marker.

        Raises
        ------
        MarkerFaultError
            If it names a parcel, use, pathway or layer that there is not.
        """
        self.tell(f"{marker.where}: {marker.kind}")
        language: Language = "zh" if marker.options.get("lang", self.language) == "zh" else "en"
        self._check(marker)
        if marker.kind == "map":
            return [self._map(marker, language, with_page=with_page)]
        if marker.kind == "table":
            return self._table(marker, language)
        parcel = marker.options["parcel"]
        assessment = self._assessment(marker, parcel=parcel)
        narrowed = "use" in marker.options
        if marker.kind == "text":
            return text_paragraph(assessment, parcel, language, with_verdict=narrowed)
        if marker.kind == "check":
            return check_blocks(assessment, parcel, language, in_full=narrowed)
        if self._sections is None:
            manifest = self.project.manifest
            written, _, _ = read_manifest(manifest, scenario=self.project.scenario)
            folder = find_rulebook(written.rulebook, beside=manifest.parent)
            self._sections = read_sections(read_report(folder), self.project.rulebook)
        return report_blocks(assessment, parcel, language, self._sections)

    def _check(self, marker: Marker) -> None:
        book = self.project.rulebook
        known: dict[str, Mapping[str, object] | Sequence[str]] = {
            "parcel": called(self.project.parcels),
            "use": book.uses,
            "pathway": book.pathways,
            "layer": {name: each for name, each in self.project.layers.items() if each.role in ("zones", "objects")},
        }
        refs = {use.ref for use in book.uses.values() if use.ref}
        for key, allowed in known.items():
            given = marker.options.get(key)
            if given is not None and given not in allowed and not (key == "use" and given in refs):
                message = f"{marker.where}: {key} {given!r} is not in the project; {choices(given, allowed)}"
                raise MarkerFaultError(message)

    def _assessment(self, marker: Marker, *, parcel: str | None = None, every: bool = False) -> Assessment:
        """Assess what a marker asks for: one parcel, the sites that people ask about, or every parcel."""
        use, pathway = marker.options.get("use"), marker.options.get("pathway")
        tolerance = marker.options.get("tolerance")
        key = (parcel or ("*" if every else None), use, pathway, tolerance)
        if key not in self._assessed:
            parcels = self.project.parcels if parcel is None else self.project.parcels.loc[[parcel]]
            if parcel is None and not every and "kind" in parcels and (parcels["kind"] == "rights").any():
                parcels = parcels[parcels["kind"] == "rights"]
            try:
                self._assessed[key] = assess(
                    self.project,
                    parcels=parcels,
                    uses=[use] if use else None,
                    pathways=[pathway] if pathway else None,
                    tolerance=None if tolerance is None else float(tolerance),
                )
            except QuestionError as fault:
                message = f"{marker.where}: {fault}"
                raise MarkerFaultError(message) from fault
        return self._assessed[key]

    def _table(self, marker: Marker, language: Language) -> list[Block]:
        assessment = self._assessment(marker)
        words, by = words_of(language), marker.options.get("by", "village")
        asked = assessment.questions
        use = asked.uses[0].title[language] if len(asked.uses) == 1 else words["all_uses"]
        way = asked.pathways[0].title[language] if len(asked.pathways) == 1 else words["all_pathways"]
        what = f"{use} · {way}"
        kind = marker.options["kind"]
        if kind == "overlap":
            table = overlap_table(assessment, by, language, layer=marker.options.get("layer"))
        elif kind == "matrix":
            table = matrix_table(assessment, by, language, what=what, counts_parcels=len(asked) == 1)
        else:
            table = approvals_table(assessment, by, language, what=what)
        return [table, closing(assessment, language)]

    def _map(self, marker: Marker, language: Language, *, with_page: bool) -> Map:
        from geo_tej.maps import constraint_map, opening_bounds  # noqa: PLC0415  heavy; only maps need them
        from geo_tej.maps.sheet import constraint_sheet, save_sheet  # noqa: PLC0415

        options = marker.options
        assessment = self._assessment(marker, every=True)
        asked, words = assessment.questions, words_of(language)
        use, parcel = (asked.uses[0].id if "use" in options else None), options.get("parcel")
        way, kind = asked.pathways[0], options.get("kind", "use" if use else "constraint")
        if kind == "tolerance" and assessment.robust is None:
            message = f"{marker.where}: a map of kind=tolerance needs tolerance=5 or the like, in metres"
            raise MarkerFaultError(message)
        within = f"{head_word(language)} ±{tolerance_words(assessment, language)}" if kind == "tolerance" else ""
        name = f"map-{hashlib.sha256(f'{marker.asked}|{language}'.encode()).hexdigest()[:10]}"
        subject = asked.uses[0].title[language] if use else words["overview_of_uses"]
        subject = words["all_uses"] if kind == "tolerance" and not use else subject
        what = " · ".join(each for each in (parcel, within, subject, way.title[language]) if each)
        caption = options.get("caption") or words["map"].format(town=self.project.title[language], what=what)
        if name not in self.pictures:
            seen = opening_bounds(assessment)  # the picture shows what the page opens on
            drawn = constraint_sheet(
                assessment, language=language, kind=kind, use=use, pathway=way.id, parcel=parcel, bounds=seen
            )
            picture = io.BytesIO()
            save_sheet(drawn, picture, form="png", dpi=_PICTURE_DPI)
            self.pictures[name] = picture.getvalue()
            if with_page:
                made = constraint_map(assessment, language=language, kind=kind, use=use, parcel=parcel)
                page = made.get_root().render()
                try:
                    require_size(len(page.encode()), f"{name}.html", "name a use and a pathway in the marker")
                except OutputError as fault:
                    message = f"{marker.where}: {fault}"
                    raise MarkerFaultError(message) from fault
                self.pages[name] = page
        counted = only_kind(assessment, "rights")
        counts = counts_in_words(counted, use, way.id, language)
        counts = count_words(counted, language) if kind == "tolerance" else counts
        alt = words["map_alt"].format(caption=caption, n=len(counted.parcels), counts=counts)
        return Map(name=name, caption=caption, alt=alt, height_px=int(options.get("height", "480")))


def embed(
    project: Project,
    document: Path,
    *,
    language: Language,
    tell: Callable[[str], None] = lambda _: None,
) -> Embedded:
    """Put what a document's markers stand for in their places; a later run renews it and changes nothing else.

    Raises
    ------
    DocumentError
        If the document is of no known kind, cannot be read, has no marker, or one that cannot be served: the message
        names its line, and the document is as it was.
    """
    suffix = document.suffix.lower()
    if suffix not in MARKDOWN + HTML + WORD:
        message = f"{document.name}: a document is .md, .qmd, .html or .docx"
        raise DocumentError(message)
    try:
        data = document.read_bytes()
    except OSError as fault:
        message = f"{document}: cannot be read: {fault.strerror or fault}"
        raise DocumentError(message) from fault
    desk = _Desk(project, language, tell)
    if suffix in WORD:
        return _embed_word(desk, document, data)
    return _embed_plain(desk, document, data, markup=suffix in HTML)


def _embed_plain(desk: _Desk, document: Path, data: bytes, *, markup: bool) -> Embedded:
    encoding = _encoding(data, document)
    text = data.decode(encoding)
    places, faults = find_places(text, markup=markup)
    _require(document, [place.marker for place in places], faults)
    served = _served(desk, document, [place.marker for place in places], with_page=True)
    beside = document.with_name(f"{document.stem}-geo-tej")
    folder = quote(_address(document, beside.name))
    quarto = document.suffix.lower() == ".qmd"
    written = {
        id(place): page(blocks, folder=folder) if markup else markdown(blocks, folder=folder, quarto=quarto)
        for place, blocks in zip(places, served, strict=True)
    }
    for place, blocks in zip(places, served, strict=True):
        if not place.alone:
            written[id(place)] = [written[id(place)][0].removeprefix("<p>").removesuffix("</p>")] if blocks else []
    result = renewed(text, places, lambda place: written[id(place)]).encode(encoding)
    files = {f"{name}.html": made.encode() for name, made in desk.pages.items()}
    files |= {f"{name}.png": made for name, made in desk.pictures.items()}
    _write(document, result, data, {beside / name: content for name, content in files.items()})
    return Embedded(markers=tuple(place.marker.kind for place in places), files=tuple(sorted(files)))


def _embed_word(desk: _Desk, document: Path, data: bytes) -> Embedded:
    try:
        from geo_tej.document.word import WordFile  # noqa: PLC0415  lxml comes with the extra [docs]
    except ImportError as fault:
        message = f"{document.name}: for Word documents, install geo_tej[docs]"
        raise DocumentError(message) from fault
    file = WordFile(data, document.name)
    places, faults = file.places()
    _require(document, [place.marker for place in places], faults)
    served = _served(desk, document, [place.marker for place in places], with_page=False)
    for place, blocks in zip(places, served, strict=True):
        file.put(place, blocks, desk.pictures)
    _write(document, file.data(), data, {})
    return Embedded(markers=tuple(place.marker.kind for place in places), files=())


def _require(document: Path, markers: Sequence[Marker], faults: Sequence[str]) -> None:
    if faults:
        message = f"{document}: {gather(faults)}"
        raise DocumentError(message)
    if not markers:
        message = f"{document}: has no marker; write one such as {{{{ geo-tej: map use=… }}}} where a map is to stand"
        raise DocumentError(message)


def _served(desk: _Desk, document: Path, markers: Sequence[Marker], *, with_page: bool) -> list[list[Block]]:
    """Serve every marker, or say what is wrong with each that cannot be."""
    served, faults = [], []
    for marker in markers:
        try:
            served.append(desk.served(marker, with_page=with_page))
        except MarkerFaultError as fault:
            faults.append(str(fault))
    _require(document, markers, faults)
    return served


def _write(document: Path, result: bytes, before: bytes, files: dict[Path, bytes]) -> None:
    """Write the files beside a document and then the document; what is the same already is left alone."""
    with ExitStack() as stack:
        for path, content in [*files.items(), *([(document, result)] if result != before else [])]:
            if not path.exists() or path.read_bytes() != content:
                target = document.resolve() if path == document else path
                stack.enter_context(replacing(target)).write_bytes(content)


def _encoding(data: bytes, document: Path) -> str:
    """Return the encoding of a document: UTF-8, or GB 18030 as older Chinese editors write."""
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    message = f"{document}: is written in neither UTF-8 nor GB 18030; save it as UTF-8"
    raise DocumentError(message)


def _address(document: Path, folder: str) -> str:
    """Return how a page made of a document finds the folder beside it: MkDocs makes a folder of a page."""
    for parent in document.resolve().parents:
        settings = parent / "mkdocs.yml"
        if settings.is_file() and document.suffix.lower() in (".md", ".markdown"):
            flat = re.search(
                r"^use_directory_urls:\s*(?:false|no|off)\b",
                settings.read_text(encoding="utf-8"),
                re.MULTILINE | re.IGNORECASE,
            )
            return folder if flat or document.stem.lower() in ("index", "readme") else f"{os.pardir}/{folder}"
    return folder
