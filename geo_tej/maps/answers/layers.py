"""The layers of a page of answers: shapes of zones, objects and what is drawn for orientation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_tej.maps.columns import hilbert, shapes, smallest
from geo_tej.maps.release import published
from geo_tej.verdict.words import zone_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.maps.answers.laid_out import Page
    from geo_tej.model import Layer


def layers_part(page: Page) -> tuple[list[dict[str, Any]], dict[str, NDArray[Any]]]:
    """Return what the header says of zones, objects and context layers, and the columns of their shapes."""
    listed: list[dict[str, Any]] = []
    columns: dict[str, NDArray[Any]] = {}
    for layer in page.project.layers.values():
        if layer.frame is None or layer.role not in ("zones", "objects", "context", "area") or not len(layer.frame):
            continue
        if layer.style == "place" and not ("name" in layer.frame and published(page.project, layer.role, "name")):
            continue  # places are shown by their names alone
        described, drawn = _layer(page, layer, f"layer{len(listed)}")
        listed.append(described)
        columns |= drawn
    return listed, columns


def _layer(page: Page, layer: Layer, prefix: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    frame = layer.frame
    assert frame is not None  # noqa: S101  narrows the type; the caller has looked
    geometry = frame.geometry.to_numpy()
    types = shapely.get_dimensions(geometry)
    chosen = np.flatnonzero(types == types.max())
    chosen = chosen[hilbert(geometry[chosen])]
    columns = shapes(geometry[chosen], page.project.crs, prefix, zoom=page.zoom)
    law = page.rulebook.layers.get(layer.id)
    described: dict[str, Any] = {
        "title": layer.title[page.language],
        "role": layer.role,
        "style": layer.style,
        "prefix": prefix,
        "show": layer.role in ("context", "area") or layer.show or bool(law and law.heads_extract),
        "base": bool(law and law.base),
    }
    if layer.role in ("zones", "objects"):
        classes = list(layer.classes)
        code = {name: number for number, name in enumerate(classes)}
        columns[f"{prefix}.class"] = smallest(
            np.array([code[name] for name in frame["zone_class"].iloc[chosen]], np.intp)
        )
        described["classes"] = [zone_words(law, name, page.language) for name in classes]
    elif "name" in frame and published(page.project, layer.role, "name"):
        described["names"] = [None if name is None else str(name) for name in frame["name"].iloc[chosen]]
    return described, columns
