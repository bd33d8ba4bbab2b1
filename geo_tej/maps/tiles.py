"""Base maps from servers, by name: only where they are asked for, and moved under the data where they are shifted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import folium
from jinja2 import Template

from geo_tej.errors import MapError, choices

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class Service:
    """A tile service: addresses of its layers, who is to be named, and whether it stands on GCJ-02."""

    layers: tuple[str, ...]
    host: str
    subdomains: str
    attribution: str
    needs_key: bool = False
    gcj02: bool = False
    max_zoom: int = 18


def _tianditu(*layers: str) -> Service:
    address = (
        "https://t{{s}}.tianditu.gov.cn/{0}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={0}&STYLE=default"
        "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={{key}}"
    )
    return Service(
        layers=tuple(address.format(layer) for layer in layers), host="https://*.tianditu.gov.cn",
        subdomains="01234567", attribution="天地图 tianditu.gov.cn", needs_key=True,
    )  # fmt: skip


SERVICES = {
    "tianditu": _tianditu("vec", "cva"),
    "tianditu-image": _tianditu("img", "cia"),
    "tianditu-terrain": _tianditu("ter", "cta"),
    "gaode": Service(
        layers=("https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}",),
        host="https://*.is.autonavi.com", subdomains="1234", attribution="高德地图 amap.com", gcj02=True,
    ),
    "osm": Service(
        layers=("https://tile.openstreetmap.org/{z}/{x}/{y}.png",), host="https://tile.openstreetmap.org",
        subdomains="a", attribution="© OpenStreetMap contributors", max_zoom=19,
    ),
}  # fmt: skip
"""The tile services that can be asked for, by name."""


class OnlineTiles(folium.map.Layer):
    """A base of tiles from a server, under everything else.

    Tiles on GCJ-02 stand some 500 m aside: they are moved to where the data is, never the data to them.

    Parameters
    ----------
    name
        One of SERVICES.
    key
        Of the user, for services that need one.

    Raises
    ------
    MapError
        If the service is not known, or its key is missing or no key.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = geoTej.tiles({{ this.addresses|tojson }}, {{ this.settings|tojson }});
        {% endmacro %}
        """)

    def __init__(self, name: str, *, key: str | None = None) -> None:
        if name not in SERVICES:
            message = f"tiles {name!r} are not known; {choices(name, list(SERVICES))}"
            raise MapError(message)
        service = SERVICES[name]
        if service.needs_key and not key:
            message = f"tiles {name!r} need a key of yours; give it with --tiles-key"
            raise MapError(message)
        if key and not re.fullmatch(r"[\w-]+", key):
            message = f"the key for tiles {name!r} holds signs that no key has"
            raise MapError(message)
        super().__init__(name=name, overlay=False)
        self._name = "OnlineTiles"
        self.addresses = [address.replace("{key}", key or "") for address in service.layers]
        self.hosts: Iterable[str] = (service.host,)
        self.settings = {
            "subdomains": service.subdomains, "attribution": service.attribution, "gcj02": service.gcj02,
            "maxNativeZoom": service.max_zoom, "maxZoom": 20,
        }  # fmt: skip
