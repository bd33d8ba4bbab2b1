"""A folium map whose page opens without a network: assets are written into it, and what is not at hand is an error."""

from __future__ import annotations

import base64
import html as html_module
import re
from collections import OrderedDict
from functools import cache
from importlib.resources import files
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import folium
from branca.element import Element, Figure, MacroElement
from jinja2 import Template

from geo_tej.errors import MapError
from geo_tej.maps.words import PAGE_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
_NEEDS = {
    "L.tileLayer(": "tiles from a server",
    "L.AwesomeMarkers": "the marker icons of Leaflet.awesome-markers (a folium.Marker without an icon needs nothing)",
    "$.getJSON(": "data from a server",
}
_APART = Template(
    "{% for element in this._children.values() %}{% if not loop.first %}\n</script>\n<script>\n{% endif %}"
    "{{ element.render(**kwargs) }}{% endfor %}"
)
"""A script an element: one that fails takes no other down."""

_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')
_OWN = ("map/", "siting/")
_COMMENTS = re.compile(r"^ */\*.*?\*/\n", re.MULTILINE | re.DOTALL)
_INDENTS = re.compile(r"^ +", re.MULTILINE)
_TEMPLATE_SIGNS = re.compile(r"\{[{%#]|[}%#]\}")


class OfflineMap(folium.Map):
    """A folium.Map without tiles whose page needs nothing but itself.

    Everything of folium may be added to it. Scripts and styles that are shipped with geo_tej (Leaflet, jQuery) are
    written into the page; anything else the page would fetch raises a MapError when the page is made, unless
    `offline` is False. The same map gives the same bytes, each time it is rendered. In a notebook it shows in a frame
    of `frame_height` pixels.
    """

    def __init__(
        self,
        *,
        title: str,
        language: str,
        offline: bool = True,
        frame_height: int = 600,
        **options: Any,  # noqa: ANN401  folium's options
    ) -> None:
        super().__init__(tiles=None, **options)
        self.default_js = [("leaflet", "leaflet.js")]
        self.default_css = [("leaflet_css", "leaflet.css")]
        OfflineFigure(title=title, language=language, offline=offline, frame_height=frame_height).add_child(self)
        self.language = language

    def render(self, **kwargs: object) -> str:
        """Render the map, its layer controls behind all that they list, and layers without a name numbered."""
        root, links = self.get_root(), (self.default_js, self.default_css)
        if isinstance(root, Figure) and not isinstance(root, OfflineFigure):  # a page of the user's own
            for tag, name in (("script", "leaflet.js"), ("style", "leaflet.css")):
                root.header.add_child(Plain(f"<{tag}>{asset(_VENDORED[name])}</{tag}>"), name=f"geo_tej_{name}")
            root.header.add_child(Plain(_marker_pictures()), name="geo_tej_markers")
            self.default_js, self.default_css = [], []
        children, names = self._children, [each.layer_name for each in self._layers()]
        self._children = OrderedDict(
            sorted(children.items(), key=lambda each: isinstance(each[1], folium.LayerControl))
        )
        numbered = PAGE_WORDS["numbered"]["zh" if self.language.startswith("zh") else "en"]
        free = (name for n in count(1) if (name := numbered.format(n=n)) not in names)
        try:
            for layer in self._layers():
                if str(layer.layer_name).endswith(f"_{layer._id}"):  # noqa: SLF001  folium's stand-in for a name
                    layer.layer_name = next(free)
            super().render(**kwargs)  # type: ignore[no-untyped-call]
        finally:
            self._children = children
            self.default_js, self.default_css = links
            for layer, name in zip(self._layers(), names, strict=True):
                layer.layer_name = name
        return ""

    def _layers(self) -> list[folium.map.Layer]:
        return [each for each in self._children.values() if isinstance(each, folium.map.Layer)]


class Plain(Element):
    """Text for the page as it is; branca would run it as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_: object) -> str:
        """Return the text."""
        return self.text


class OfflineFigure(Figure):
    """The page around one or several OfflineMaps."""

    def __init__(self, *, title: str, language: str, offline: bool = True, frame_height: int = 600) -> None:
        super().__init__(height=f"{frame_height}px")
        self.page_title, self.language, self.offline = title, language, offline
        self.script._template = _APART  # noqa: SLF001  no public way

    def render(self, **kwargs: object) -> str:
        """Return the page's text.

        Raises
        ------
        MapError
            If something in it would be fetched.
        """
        elements = list(_walk(self))
        before = [(element, element._children.copy(), element.__dict__.copy()) for element in elements]  # noqa: SLF001
        try:
            for element in elements:
                if isinstance(element, folium.Popup):  # its template is no macro
                    element._template = SimpleNamespace(render=_quoting(element._template.render))  # noqa: SLF001
                elif isinstance(element, MacroElement):
                    element._template = _guarded_macros(element._template)  # noqa: SLF001  no public way
            page = str(super().render(**kwargs))
        finally:
            for element, children, state in before:
                element.__dict__.clear()
                element.__dict__.update(state)
                element._children = children  # noqa: SLF001
        named = {element._id: f"{number:032x}" for number, element in enumerate(elements)}  # noqa: SLF001
        page = re.sub("|".join(map(re.escape, named)), lambda found: named[found[0]], page)
        hosts = sorted({host for element in elements for host in getattr(element, "hosts", ())})
        page = _with_assets(page, hosts=hosts, offline=self.offline)
        page = _VIEWPORT.sub('<meta name="viewport" content="width=device-width, initial-scale=1">', page, count=1)
        head = f'<html lang="{html_module.escape(self.language)}">'
        title = (
            f"<head>\n{_policy(hosts) if self.offline else ''}\n<title>{html_module.escape(self.page_title)}</title>"
        )
        return page.replace("<html>", head, 1).replace("<head>", title, 1)

    def _repr_html_(self, **kwargs: object) -> str:
        """Return a frame that holds the page, for a notebook."""
        page, title = (html_module.escape(text) for text in (self.render(**kwargs), self.page_title))
        return f'<iframe title="{title}" srcdoc="{page}" style="width:100%;height:{self.height};border:0"></iframe>'


def _guarded_macros(template: Template) -> SimpleNamespace:
    """Return a template's macros with text that survives that branca runs it as a template once more."""
    macros = template.module.__dict__
    quoted = {name: _quoting(macros[name]) for name in ("header", "html", "script") if name in macros}
    return SimpleNamespace(module=SimpleNamespace(**quoted), render=template.render)


def _quoting(macro: Callable[..., object]) -> Callable[..., str]:
    def quoted(*given: object, **named: object) -> str:
        return _TEMPLATE_SIGNS.sub(lambda found: "{{ '" + found[0] + "' }}", str(macro(*given, **named)))

    return quoted


def _policy(hosts: Iterable[str]) -> str:
    """Return what a browser lets the page do: nothing that leaves it, but for pictures of the hosts asked for."""
    pictures = " ".join(["data:", "blob:", *hosts])
    return (
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src {pictures}; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
    )


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for part in ("header", "html", "script"):
        if isinstance(element, Figure | folium.Popup):
            yield from _walk(getattr(element, part))
    for child in list(element._children.values()):  # noqa: SLF001
        yield from _walk(child)


def _with_assets(page: str, *, hosts: Iterable[str], offline: bool) -> str:
    """Write linked assets into a page, after making sure that nothing else in it would be fetched."""
    if offline:
        rest = _LINKED.sub(lambda found: "" if _address(found) in _VENDORED else found[0], page)
        for loads in (*_LOADS.finditer(rest), *_LINKED.finditer(rest)):
            if not any(host.replace("*.", "") in loads[0] for host in (each.partition("//")[2] for each in hosts)):
                message = (
                    f"the page would fetch {loads[0][:200]!r}, which geo_tej does not ship; leave that element out, "
                    "or say offline=False"
                )
                raise MapError(message)
        for token, what in _NEEDS.items():
            if token in rest:
                message = (
                    f"the page would need {what}, which geo_tej does not ship; leave that element out, "
                    "or say offline=False"
                )
                raise MapError(message)
    page = _LINKED.sub(_inline, page)
    extra = ""
    if "$(`" in page:
        extra += f"<script>{asset('jquery/jquery.slim.min.js')}</script>"
    if "L.marker(" in page or "L.geoJson(" in page:  # GeoJSON makes markers of its points
        extra += _marker_pictures()
    return page.replace("</head>", f"{extra}</head>", 1)


def _marker_pictures() -> str:
    """Return the script that gives Leaflet its pictures of markers, which it would look for beside the page."""
    pictures = {
        "iconUrl": _picture("marker-icon.png"),
        "iconRetinaUrl": _picture("marker-icon-2x.png"),
        "shadowUrl": _picture("marker-shadow.png"),
    }
    told = ",".join(f'{name}:"{address}"' for name, address in pictures.items())
    return (
        f"<script>L.Icon.Default.mergeOptions({{{told}}});"
        "L.Icon.Default.prototype._getIconUrl=L.Icon.prototype._getIconUrl;</script>"
    )


def _address(found: re.Match[str]) -> str:
    """Return the file name of a linked asset, without its server and version."""
    address = found["script"] or found["style"]
    return address.rsplit("/", 1)[-1].split("?")[0].replace(".min.", ".")


def _inline(found: re.Match[str]) -> str:
    if _address(found) not in _VENDORED:
        return found[0]
    text = asset(_VENDORED[_address(found)])
    return f"<script>{text}</script>" if found["script"] else f"<style>{text}</style>"


@cache
def asset(name: str) -> str:
    """Return the text of a file in `geo_tej/assets`, with the pictures it names written into it.

    What is geo_tej's own comes without comments and indents: every page carries it.
    """
    text = (files("geo_tej") / "assets" / name).read_text(encoding="utf-8")
    text = re.sub(r"//# sourceMappingURL=\S+", "", text)
    if name.startswith(_OWN):
        text = _INDENTS.sub("", _COMMENTS.sub("", text))
    return re.sub(r"url\(images/([^)]*)\)", lambda found: f"url({_picture(found[1])})", text)


@cache
def _picture(name: str) -> str:
    data = (files("geo_tej") / "assets" / "leaflet" / "images" / name).read_bytes()
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")
