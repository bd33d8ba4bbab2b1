"""The folium parts of a page of parcels: the columns it holds, the layers that draw them, and the panel around them.

Nothing here knows of law. A page is put together from a `Source` (a header and columns, see `parcel_columns`), one
`SourceLayer` a layer of it, and a `Panel` at the end:

    header, columns = parcel_columns(frame, layers=[("", "Parcels")], themes=[theme], language="en")
    page = source_map(header, columns, title="Sites", language="en")
    page.save("sites.html")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import folium
import numpy as np
import shapely
from branca.element import Figure, MacroElement
from jinja2 import Template
from pyproj import Transformer

from geo_tej.errors import MapError
from geo_tej.maps.columns import PRECISION_M, areas, grid_zoom, hilbert, pack, shapes, text
from geo_tej.maps.looks import LOOKS
from geo_tej.maps.page import OfflineMap, Plain, asset
from geo_tej.maps.words import PAGE_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

    from geo_tej.i18n import Language
    from geo_tej.maps.tiles import OnlineTiles

PAPERS = ("A4", "A3")
_SCRIPTS = ("map/unpack.js", "map/shapes.js", "map/page.js", "map/find.js")


class Source(MacroElement):
    """A header and columns, packed into the page once; its layers and its panel read them."""

    _template = Template("""
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = geoTej.source(document.getElementById("{{ this.get_name() }}_data"));
        {% endmacro %}
        """)

    def __init__(self, block: str, *, scripts: Sequence[str], still: str, old: str, wait: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Source"
        self.block, self.scripts, self.still, self.old, self.wait = block, tuple(scripts), still, old, wait

    def render(self, **kwargs: object) -> str:
        """Put style, scripts and columns into the page's figure."""
        figure = self.get_root()
        if not isinstance(figure, Figure):
            message = "the columns of a map can only be rendered within a page"
            raise MapError(message)
        name = f"{self.get_name()}_data"
        figure.header.add_child(Plain(f"<style>{asset('map/page.css')}</style>"), name="geo_tej_style")
        figure.html.add_child(Plain(f"<noscript>{self.still}</noscript>"), name="geo_tej_no_script")
        for script in self.scripts:
            figure.html.add_child(Plain(f"<script>{asset(script)}</script>"), name=f"geo_tej_{script}")
        figure.html.add_child(
            Plain(
                f'<script type="text/plain" id="{name}" data-old="{self.old}" data-wait="{self.wait}">'
                f"{self.block}</script>"
            ),
            name=name,
        )
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        return ""


class SourceLayer(folium.map.Layer):
    """A part of a source as a layer of its map: parcels, zones, a base layer; it is drawn by the page's panel."""

    _template = Template("""
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = geoTej.layer({{ this.source.get_name() }}, {{ this.part|tojson }});
        {% endmacro %}
        """)

    def __init__(self, source: Source, part: str, *, name: str, show: bool = True) -> None:
        super().__init__(name=name, overlay=True, control=True, show=show)
        self._name = "SourceLayer"
        self.source, self.part = source, part


class ParcelLayer(SourceLayer):
    """Parcels of one layer of the project."""


class Panel(folium.LayerControl):
    """The layer control of a page of parcels: question, legend, layers, search, and what is clicked."""

    _template = Template("""
        {% macro script(this, kwargs) %}
            geoTej.open({{ this._parent.get_name() }}, {{ this.source.get_name() }}, [
                {%- for name, variable in this.others %}
                [{{ name|tojson }}, () => {{ variable }}],
                {%- endfor %}
            ]);
        {% endmacro %}
        """)

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._name = "Panel"
        self.source = source
        self.others: list[tuple[str, str]] = []

    def render(self, **kwargs: object) -> str:
        """Render the control, with the layers that the user has added to the map."""
        siblings = [] if self._parent is None else self._parent._children.values()  # noqa: SLF001  as folium's own does
        self.others = [
            (str(item.layer_name), item.get_name())
            for item in siblings
            if isinstance(item, folium.map.Layer)
            and item.control
            and not (isinstance(item, SourceLayer) and item.source is self.source)
        ]
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        return ""


def source_map(  # noqa: PLR0913  what a page is made of
    header: Mapping[str, Any],
    columns: Mapping[str, NDArray[Any]],
    *,
    title: str,
    language: Language,
    scripts: Sequence[str] = (),
    offline: bool = True,
    tiles: OnlineTiles | None = None,
    still: str = "",
) -> OfflineMap:
    """Return the page of a header and its columns: a folium.Map with one layer a layer of the header.

    Parameters
    ----------
    header
        As `parcel_columns` makes it, with what else the page's scripts read.
    columns
        Arrays by name.
    title
        Of the page.
    language
        Of the page's words.
    scripts
        Scripts of `geo_tej/assets` beyond those of every page.
    offline
        Whether what would be fetched is an error.
    tiles
        A base from a server, which is shown only by those who are connected.
    still
        HTML that is shown where scripts are off; a sentence unless given.
    """
    (south, west), (north, east) = header["bounds"]
    result = OfflineMap(
        title=title,
        language="zh-CN" if language == "zh" else "en",
        offline=offline,
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=12,
        zoom_control=False,
        attributionControl=tiles is not None,
        fade_animation=False,
        zoom_snap=0.25,
        max_zoom=20,
    )
    if tiles is not None:
        tiles.add_to(result)
    source = Source(
        pack(header, columns),
        scripts=(*_SCRIPTS, *(("map/tiles.js",) if tiles is not None else ()), *scripts),
        still=still or f"<p>{PAGE_WORDS['no_script'][language]}</p>",
        old=PAGE_WORDS["old_browser"][language],
        wait=PAGE_WORDS["wait"][language],
    )
    result.add_child(source)
    if header.get("relief"):
        SourceLayer(source, "relief", name=PAGE_WORDS["relief"][language]).add_to(result)
    for layer in header["layers"]:
        SourceLayer(source, layer["prefix"], name=layer["title"], show=layer["show"]).add_to(result)
    for number, (name, _, show) in enumerate(header["parcels"]["groups"]):
        ParcelLayer(source, f"parcels{number}", name=name, show=show).add_to(result)
    if header.get("enterprises"):
        SourceLayer(source, "enterprises", name=PAGE_WORDS["enterprises"][language]).add_to(result)
    Panel(source).add_to(result)
    return result


def parcel_columns(  # noqa: PLR0913  what a page says of parcels
    frame: gpd.GeoDataFrame,
    *,
    title: str,
    themes: Sequence[Mapping[str, Any]],
    language: Language,
    details: Mapping[str, str] | None = None,
    foot: Sequence[tuple[str, str]] = (),
    disclaimer: str = "",
    notice: str = "",
    units: Sequence[str] = ("m2", "ha"),
    precision_m: float = PRECISION_M,
    paper: str = "A4",
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return header and columns of a page that shows a frame of parcels by columns of it.

    Parameters
    ----------
    frame
        Parcels in a projected CRS, index the id, a column `name` where they have names.
    title
        Of the page.
    themes
        What parcels may be coloured by, each a mapping: `title`; `codes`, the class of each parcel in the frame's
        order; `classes`, a list of mappings with `name`, `fill` (#rrggbb), and where a pattern helps `pattern` (dots,
        lines or cross) and `ink`.
    language
        Of the page's words.
    details
        Label by column: what a click shows besides area and class.
    foot
        Lines (label, text) at the foot of the panel: date, source, and the like.
    disclaimer, notice
        What is said once, and at the top.
    units
        Of areas: m2, ha, mu.
    precision_m
        Vertices are moved by at most this much, in metres.
    paper
        The sheet it prints on, A4 or A3.
    """
    order = hilbert(frame.geometry.to_numpy())
    parcels = frame.iloc[order]
    bounds = degrees(frame.total_bounds, frame.crs)
    zoom = grid_zoom(precision_m, bounds[0][0])
    texts, columns = parcel_texts(parcels, [name for name in ("name",) if name in parcels])
    columns |= shapes(parcels.geometry.to_numpy(), frame.crs, "parcels", zoom=zoom)
    columns["parcel.area"] = areas(shapely.area(parcels.geometry.to_numpy()))
    listed = []
    for column, label in (details or {}).items():
        name = f"detail.{column}"
        if parcels[column].dtype.kind in "iuf":
            columns[name] = parcels[column].to_numpy(np.float64)
        else:
            texts[name], more = text(parcels[column].to_list(), name)
            columns |= more
        listed.append([label, name])
    shown = []
    for number, theme in enumerate(themes):
        columns[f"theme{number}"] = np.asarray(theme["codes"])[order].astype(np.uint8)
        shown.append({"title": theme["title"], "column": f"theme{number}", "classes": list(theme["classes"])})
    header = {
        "page": "columns",
        "words": {name: words[language] for name, words in PAGE_WORDS.items()},
        "language": language, "title": title, "notice": notice, "foot": [list(line) for line in foot],
        "disclaimer": disclaimer, "units": list(units), "bounds": bounds, "paper": paper, "texts": texts,
        "parcels": {"groups": [[PAGE_WORDS["parcels"][language], 0, True]], "details": listed},
        "layers": [], "themes": shown, "looks": LOOKS,
    }  # fmt: skip
    return header, columns


def parcel_texts(
    parcels: gpd.GeoDataFrame | pd.DataFrame, names: Sequence[str]
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the ids of parcels and some of their columns as text columns: how each is written, and the arrays."""
    texts: dict[str, Any] = {}
    columns: dict[str, NDArray[Any]] = {}
    for name in ("id", *names):
        values = parcels.index.to_list() if name == "id" else parcels[name].to_list()
        texts[f"parcel.{name}"], arrays = text(values, f"parcel.{name}")
        columns |= arrays
    return texts, columns


def degrees(bounds: Sequence[float] | NDArray[np.float64], crs: CRS) -> list[list[float]]:
    """Return west, south, east, north of a CRS as the south-west and north-east corners in degrees, as folium wants."""
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(*bounds)
    return [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]]
