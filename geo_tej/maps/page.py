"""A folium map whose page opens without a network: assets are written into it, and what is not at hand is an error."""

from __future__ import annotations

import html as html_module
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import folium
from branca.element import Element, Figure

from geo_tej.errors import MapError

if TYPE_CHECKING:
    from collections.abc import Iterator

_VENDORED = {"leaflet.js": "leaflet/leaflet.js", "leaflet.css": "leaflet/leaflet.css"}
_LINKED = re.compile(
    r"""<script\b[^>]*\bsrc\s*=\s*["']?(?P<script>[^"'\s>]+)[^>]*>\s*</script>"""
    r"""|<link\b[^>]*\bhref\s*=\s*["']?(?P<style>[^"'\s>]+)[^>]*>""",
    re.IGNORECASE,
)
_LOADS = re.compile(
    r"""<(?:img|iframe|source|video|audio|embed|object|script|link)\b[^>]*(?:src|href|data)\s*=\s*["']?\s*(?:https?:)?//[^"'\s>]*"""
    r"""|url\(\s*["']?(?:https?:)?//[^)]*|@import[^;]*|(?<!href=)["'](?:https?:)?//[^\s"'<>]+""",
    re.IGNORECASE,
)
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data: blob:; '
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
)
"""What a browser lets the page do: nothing that leaves it."""

_NEEDS = {
    "L.tileLayer(": "tiles from a server",
    "L.AwesomeMarkers": "the marker icons of Leaflet.awesome-markers (a folium.CircleMarker needs nothing)",
    "$(": "jQuery (folium.Tooltip and GeoJsonPopup do without it)",
}


class OfflineMap(folium.Map):
    """A folium.Map without tiles whose page needs nothing but itself.

    Everything of folium may be added to it. Scripts and styles that are shipped with geo_tej are written into the
    page; anything else the page would fetch raises a MapError when the page is made. The same map gives the same
    bytes, each time it is rendered.
    """

    def __init__(self, *, title: str, language: str, **options: Any) -> None:  # noqa: ANN401  folium's options
        super().__init__(tiles=None, **options)
        self.default_js = [("leaflet", "leaflet.js")]
        self.default_css = [("leaflet_css", "leaflet.css")]
        _OfflineFigure(title, language).add_child(self)


class Plain(Element):
    """Text for the page as it is; branca would run it as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_: object) -> str:
        """Return the text."""
        return self.text


class _OfflineFigure(Figure):
    """The page around an OfflineMap."""

    def __init__(self, title: str, language: str) -> None:
        super().__init__()
        self.page_title, self.language = title, language

    def render(self, **kwargs: object) -> str:
        """Return the page's text.

        Raises
        ------
        MapError
            If something in it would be fetched.
        """
        elements = list(_walk(self))
        before = [(element, element._children.copy()) for element in elements]  # noqa: SLF001  no public way
        try:
            page = str(super().render(**kwargs))
        finally:
            for element, children in before:
                element._children = children  # noqa: SLF001
        named = {element._id: f"{number:032x}" for number, element in enumerate(elements)}  # noqa: SLF001
        page = re.sub("|".join(map(re.escape, named)), lambda found: named[found[0]], page)
        page = _with_assets(page)
        head = f'<html lang="{html_module.escape(self.language)}">'
        title = f"<head>\n{_POLICY}\n<title>{html_module.escape(self.page_title)}</title>"
        return page.replace("<html>", head, 1).replace("<head>", title, 1)


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for part in ("header", "html", "script"):
        if isinstance(element, Figure):
            yield from _walk(getattr(element, part))
    for child in list(element._children.values()):  # noqa: SLF001
        yield from _walk(child)


def _with_assets(page: str) -> str:
    """Write linked assets into a page, after making sure that nothing else in it would be fetched."""
    rest = _LINKED.sub(lambda found: "" if _address(found) in _VENDORED else found[0], page)
    loads = _LOADS.search(rest) or _LINKED.search(rest)
    if loads is not None:
        message = f"the page would fetch {loads[0][:200]!r}, which geo_tej does not ship; leave that element out"
        raise MapError(message)
    for token, what in _NEEDS.items():
        if token in rest:
            message = f"the page would need {what}, which geo_tej does not ship; leave that element out"
            raise MapError(message)
    return _LINKED.sub(_inline, page)


def _address(found: re.Match[str]) -> str:
    """Return the file name of a linked asset, without its server and version."""
    address = found["script"] or found["style"]
    return address.rsplit("/", 1)[-1].split("?")[0].replace(".min.", ".")


def _inline(found: re.Match[str]) -> str:
    text = asset(_VENDORED[_address(found)])
    return f"<script>{text}</script>" if found["script"] else f"<style>{text}</style>"


@cache
def asset(name: str) -> str:
    """Return the text of a file in `geo_tej/assets`."""
    text = (files("geo_tej") / "assets" / name).read_text(encoding="utf-8")
    return re.sub(r"url\((?:images/[^)]*)\)", "none", re.sub(r"//# sourceMappingURL=\S+", "", text))
