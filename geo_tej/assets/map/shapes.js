/* Shapes on an integer Web Mercator grid, found by a packed tree of boxes and drawn on canvas tiles. */
"use strict";

geoTej.GRID_ZOOM = 21;
geoTej.POLYGON = 0;
geoTej.LINE = 1;
geoTej.POINT = 2;

geoTej.Shapes = class {
  constructor(columns, prefix) {
    const sums = (counts) => {
      const total = new Uint32Array(counts.length + 1);
      for (let i = 0; i < counts.length; i += 1) total[i + 1] = total[i] + counts[i];
      return total;
    };
    const along = (steps) => {
      const values = new Int32Array(steps.length);
      let value = 0;
      for (let i = 0; i < steps.length; i += 1) {
        value += (steps[i] >>> 1) ^ -(steps[i] & 1);
        values[i] = value;
      }
      return values;
    };
    this.kind = columns[prefix + ".kind"][0];
    this.ring = sums(columns[prefix + ".rings"]);
    this.point = sums(columns[prefix + ".points"]);
    this.x = along(columns[prefix + ".x"]);
    this.y = along(columns[prefix + ".y"]);
    this.length = this.ring.length - 1;
    this._tree();
  }

  /* Levels of boxes, sixteen to one: shapes come along a Hilbert curve, so neighbours share a box. */
  _tree() {
    const boxes = new Float64Array(this.length * 4);
    for (let i = 0; i < this.length; i += 1) {
      let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
      for (let p = this.point[this.ring[i]]; p < this.point[this.ring[i + 1]]; p += 1) {
        west = Math.min(west, this.x[p]); east = Math.max(east, this.x[p]);
        north = Math.min(north, this.y[p]); south = Math.max(south, this.y[p]);
      }
      boxes.set([west, north, east, south], i * 4);
    }
    this.levels = [boxes];
    for (let below = boxes; below.length > 64; below = this.levels[this.levels.length - 1]) {
      const above = new Float64Array(Math.ceil(below.length / 64) * 4);
      for (let node = 0; node < above.length / 4; node += 1) {
        let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
        for (let k = node * 16; k < Math.min(node * 16 + 16, below.length / 4); k += 1) {
          west = Math.min(west, below[k * 4]); north = Math.min(north, below[k * 4 + 1]);
          east = Math.max(east, below[k * 4 + 2]); south = Math.max(south, below[k * 4 + 3]);
        }
        above.set([west, north, east, south], node * 4);
      }
      this.levels.push(above);
    }
  }

  /* Shapes whose box meets a box, in drawing order. */
  within(west, north, east, south) {
    const found = [];
    const visit = (level, from, to) => {
      const boxes = this.levels[level];
      for (let i = from; i < Math.min(to, boxes.length / 4); i += 1) {
        if (boxes[i * 4] > east || boxes[i * 4 + 2] < west || boxes[i * 4 + 1] > south || boxes[i * 4 + 3] < north) continue;
        if (level) visit(level - 1, i * 16, i * 16 + 16); else found.push(i);
      }
    };
    visit(this.levels.length - 1, 0, 16);
    return found;
  }

  /* Whether a polygon covers a point, by the even-odd rule over all its rings. */
  covers(i, x, y) {
    let inside = false;
    for (let r = this.ring[i]; r < this.ring[i + 1]; r += 1) {
      const first = this.point[r], stop = this.point[r + 1];
      for (let p = first, q = stop - 1; p < stop; q = p, p += 1) {
        if (this.y[p] > y !== this.y[q] > y &&
            x < ((this.x[q] - this.x[p]) * (y - this.y[p])) / (this.y[q] - this.y[p]) + this.x[p]) inside = !inside;
      }
    }
    return inside;
  }

  /* The polygon drawn last among those that cover a point, or -1. */
  pick(x, y, from, to) {
    const found = this.within(x, y, x, y).filter((i) => i >= from && i < to && this.covers(i, x, y));
    return found.length ? found[found.length - 1] : -1;
  }

  latLngs(i) {
    const rings = [];
    for (let r = this.ring[i]; r < this.ring[i + 1]; r += 1) {
      const ring = [];
      for (let p = this.point[r]; p < this.point[r + 1]; p += 1) {
        ring.push(L.CRS.EPSG3857.pointToLatLng(L.point(this.x[p], this.y[p]), geoTej.GRID_ZOOM));
      }
      rings.push(ring);
    }
    return rings;
  }

  middle(i) {
    const box = this.levels[0].subarray(i * 4, i * 4 + 4);
    return L.CRS.EPSG3857.pointToLatLng(L.point((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), geoTej.GRID_ZOOM);
  }
};

/* options: shapes, from, to (which of them), styleOf(i) -> {fill, hatch, stroke, width, dash} or null */
geoTej.ShapeLayer = L.GridLayer.extend({
  options: { noWrap: true, updateWhenZooming: false, keepBuffer: 1, sharpness: 0 },

  createTile(coords) {
    const size = this.getTileSize();
    const sharpness = this.options.sharpness || Math.min(window.devicePixelRatio || 1, 2);
    const tile = document.createElement("canvas");
    tile.width = size.x * sharpness;
    tile.height = size.y * sharpness;
    const pen = tile.getContext("2d");
    const scale = 2 ** (coords.z - geoTej.GRID_ZOOM) * sharpness;
    const west = (coords.x * size.x * sharpness) / scale, north = (coords.y * size.y * sharpness) / scale;
    const margin = (4 * sharpness) / scale;
    const seen = this.options.shapes.within(
      west - margin, north - margin, west + tile.width / scale + margin, north + tile.height / scale + margin);
    const { from = 0, to = Infinity } = this.options;
    for (const i of seen) {
      if (i < from || i >= to) continue;
      const style = this.options.styleOf(i, coords.z);
      if (style) this._draw(pen, i, style, west, north, scale, sharpness);
    }
    /* What is drawn while printing is replayed as vectors with pieces missing at the tiles' edges: keep pixels. */
    if (this.options.sharpness) pen.putImageData(pen.getImageData(0, 0, tile.width, tile.height), 0, 0);
    return tile;
  },

  _draw(pen, i, style, west, north, scale, sharpness) {
    const shapes = this.options.shapes;
    pen.beginPath();
    for (let r = shapes.ring[i]; r < shapes.ring[i + 1]; r += 1) {
      let lastX = NaN, lastY = NaN;
      const first = shapes.point[r], stop = shapes.point[r + 1];
      for (let p = first; p < stop; p += 1) {
        const x = (shapes.x[p] - west) * scale, y = (shapes.y[p] - north) * scale;
        if (p === first) pen.moveTo(x, y);
        else if (Math.abs(x - lastX) + Math.abs(y - lastY) < 0.7 && p < stop - 1) continue;
        else pen.lineTo(x, y);
        lastX = x; lastY = y;
      }
      if (shapes.kind === geoTej.POLYGON) pen.closePath();
    }
    if (shapes.kind === geoTej.POLYGON && style.fill) {
      pen.fillStyle = style.fill;
      pen.fill("evenodd");
    }
    if (shapes.kind === geoTej.POLYGON && style.hatch) {
      pen.fillStyle = geoTej.hatch(pen, style.hatch, sharpness);
      pen.fill("evenodd");
    }
    if (style.stroke) {
      pen.strokeStyle = style.stroke;
      pen.lineWidth = (style.width || 1) * sharpness;
      pen.lineJoin = "round";
      pen.setLineDash((style.dash || []).map((length) => length * sharpness));
      pen.stroke();
    }
  },
});

geoTej.hatchCells = new Map();

geoTej.hatch = function (pen, colour, sharpness) {
  const known = geoTej.hatchCells.get(colour + sharpness);
  if (known) return pen.createPattern(known, "repeat");
  const side = 8 * sharpness;
  const cell = document.createElement("canvas");
  geoTej.hatchCells.set(colour + sharpness, cell);
  cell.width = cell.height = side;
  const stroke = cell.getContext("2d");
  stroke.strokeStyle = colour;
  stroke.lineWidth = 1.6 * sharpness;
  stroke.beginPath();
  for (const offset of [-side, 0, side]) {
    stroke.moveTo(offset - 1, side + 1);
    stroke.lineTo(offset + side + 1, -1);
  }
  stroke.stroke();
  return pen.createPattern(cell, "repeat");
};
