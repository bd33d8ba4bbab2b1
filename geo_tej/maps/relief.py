"""Hill shading from the project's own elevation, so that a page without tiles still shows the lie of the land."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio.transform
import rasterio.warp
from affine import Affine
from PIL import Image
from pyproj import Transformer

if TYPE_CHECKING:
    from geo_tej.model import Project, Raster

_SUN_AZIMUTH_DEG, _SUN_HEIGHT_DEG, _EXAGGERATION = 315.0, 45.0, 1.5
_LARGEST_SIDE = 1200


def relief_png(project: Project) -> dict[str, Any] | None:
    """Return shading as a PNG in a data address with its corners in degrees; None without an elevation model."""
    raster = elevation(project)
    if raster is None:
        return None
    height, transform = _on_mercator(raster)
    light = shade(height, abs(transform.a))
    rows, columns = light.shape
    picture = io.BytesIO()
    Image.fromarray(light).save(picture, format="png", optimize=True)
    west, south, east, north = rasterio.transform.array_bounds(rows, columns, transform)
    to_degrees = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)
    (west, east), (south, north) = to_degrees.transform([west, east], [south, north])
    return {
        "png": "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode("ascii"),
        "bounds": [[round(south, 7), round(west, 7)], [round(north, 7), round(east, 7)]],
    }


def elevation(project: Project) -> Raster | None:
    """Return the project's elevation model: the raster that a measure of the rulebook derives a slope from."""
    names = [measure.layer for measure in project.rulebook.measures.values() if measure.derive == "slope_deg"]
    layers = (project.layers.get(name) for name in names)
    return next((layer.raster for layer in layers if layer is not None and layer.raster is not None), None)


def _on_mercator(raster: Raster) -> tuple[np.ndarray, Any]:
    """Warp elevation to Web Mercator, where the page's pixels are."""
    rows, columns = raster.values.shape
    bounds = rasterio.transform.array_bounds(rows, columns, raster.transform)
    transform, width, height = rasterio.warp.calculate_default_transform(
        raster.crs, "EPSG:3857", columns, rows, *bounds
    )
    shrink = max(1.0, max(width, height) / _LARGEST_SIDE)
    transform = Affine(transform.a * shrink, 0.0, transform.c, 0.0, transform.e * shrink, transform.f)
    warped = np.full((int(height / shrink), int(width / shrink)), np.nan)
    rasterio.warp.reproject(
        raster.values,
        warped,
        src_transform=raster.transform,
        src_crs=raster.crs,
        src_nodata=np.nan,
        dst_transform=transform,
        dst_crs="EPSG:3857",
        dst_nodata=np.nan,
        resampling=rasterio.warp.Resampling.bilinear,
    )
    return warped, transform


def shade(height: np.ndarray, cell_m: float) -> np.ndarray:
    """Return Lambert shading 0..255, white where flat or unknown, in steps of 4 for a small picture."""
    down, right = np.gradient(height * _EXAGGERATION, cell_m)
    slope, aspect = np.arctan(np.hypot(down, right)), np.arctan2(down, -right)
    sun, up = np.radians(90 - _SUN_AZIMUTH_DEG), np.radians(_SUN_HEIGHT_DEG)
    light = np.sin(up) * np.cos(slope) + np.cos(up) * np.sin(slope) * np.cos(sun - aspect)
    level = np.clip(light / np.sin(up), 0.35, 1.0)
    return np.asarray(np.nan_to_num(np.round(level * 63) * 4, nan=252.0) + 3, dtype=np.uint8)
