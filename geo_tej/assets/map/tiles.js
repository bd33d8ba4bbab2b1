/* Tiles from a server under the data; those on GCJ-02 are fetched and placed where they belong. */
"use strict";

/* The offset of GCJ-02, by the public approximation (degrees); none outside of China. */
geoTej.gcj02 = function (latlng) {
  const { lat, lng } = latlng;
  if (lng < 72.004 || lng > 137.8347 || lat < 0.8293 || lat > 55.8271) return latlng;
  const { sin, sqrt, abs, PI } = Math;
  const x = lng - 105, y = lat - 35;
  const waves = (20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2 / 3;
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    + (20 * sin(y * PI) + 40 * sin(y / 3 * PI)) * 2 / 3 + (160 * sin(y / 12 * PI) + 320 * sin(y * PI / 30)) * 2 / 3;
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    + (20 * sin(x * PI) + 40 * sin(x / 3 * PI)) * 2 / 3 + (150 * sin(x / 12 * PI) + 300 * sin(x / 30 * PI)) * 2 / 3;
  const a = 6378245, e2 = 0.00669342162296594323, phi = lat * PI / 180;
  const w = 1 - e2 * sin(phi) ** 2;
  return L.latLng(lat + (north * 180) / (a * (1 - e2) / (w * sqrt(w)) * PI), lng + (east * 180) / (a / sqrt(w) * Math.cos(phi) * PI));
};

/* Leaflet is told the place that the tiles would call the middle of the map, so they come to lie under the data. */
geoTej.ShiftedTiles = L.TileLayer.extend({
  _getTiledPixelBounds(center) {
    return L.TileLayer.prototype._getTiledPixelBounds.call(this, geoTej.gcj02(center));
  },
  _setZoomTransform(level, center, zoom) {
    L.TileLayer.prototype._setZoomTransform.call(this, level, geoTej.gcj02(center), zoom);
  },
});

geoTej.tiles = function (addresses, settings) {
  const Kind = settings.gcj02 ? geoTej.ShiftedTiles : L.TileLayer;
  return L.layerGroup(addresses.map((address) => new Kind(address, settings)));
};
