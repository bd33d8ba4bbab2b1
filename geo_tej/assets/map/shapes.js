/* Shapes on an integer Web Mercator grid, found by a packed tree of boxes and drawn on canvas tiles. */
"use strict";

geoTej.POLYGON = 0;
geoTej.LINE = 1;
geoTej.POINT = 2;
/* How many points are drawn at a stroke: a few milliseconds' worth. */
geoTej.STROKE_POINTS = 1500;

geoTej.Shapes = class {
  constructor(columns, prefix) {
    const sums = (counts) => {
      const total = new Uint32Array(counts.length + 1);
      for (let i = 0; i < counts.length; i += 1) total[i + 1] = total[i] + counts[i];
      return total;
    };
    [this.kind, this.zoom] = columns[prefix + ".kind"];
    this.ring = sums(columns[prefix + ".rings"]);
    this.point = sums(columns[prefix + ".points"]);
    this.length = this.ring.length - 1;
    this._walk(columns, prefix);
    this._tree();
  }

  /* Vertices are differences from the one before, or runs backwards along an earlier ring. */
  _walk(columns, prefix) {
    const stepX = columns[prefix + ".x"], stepY = columns[prefix + ".y"];
    const none = new Uint8Array(0);
    const [gap, back, at, length] = ["gap", "back", "at", "length"].map((name) => columns[prefix + "." + name] || none);
    const { point } = this, count = point[point.length - 1];
    const X = new Int32Array(count), Y = new Int32Array(count);
    let next = 0, read = 0, ring = 0, x = 0, y = 0;
    const write = (until) => {
      for (; next < until; next += 1, read += 1) {
        x += (stepX[read] >>> 1) ^ -(stepX[read] & 1);
        y += (stepY[read] >>> 1) ^ -(stepY[read] & 1);
        X[next] = x; Y[next] = y;
      }
    };
    for (let run = 0; run < gap.length; run += 1) {
      write(next + gap[run]);
      while (point[ring + 1] <= next) ring += 1;
      const first = point[ring - back[run]], size = point[ring - back[run] + 1] - first;
      for (let k = 0, from = at[run]; k < length[run]; k += 1, next += 1) {
        X[next] = X[first + from]; Y[next] = Y[first + from];
        from = from ? from - 1 : size - 1;
      }
      x = X[next - 1]; y = Y[next - 1];
    }
    write(count);
    this.x = X;
    this.y = Y;
  }

  /* Levels of boxes, sixteen to one: shapes come along a Hilbert curve, so neighbours share a box. */
  _tree() {
    const boxes = new Int32Array(this.length * 4), { x, y } = this;
    for (let i = 0; i < this.length; i += 1) {
      let west = 0x7fffffff, north = 0x7fffffff, east = -1, south = -1;
      for (let p = this.point[this.ring[i]], stop = this.point[this.ring[i + 1]]; p < stop; p += 1) {
        if (x[p] < west) west = x[p];
        if (x[p] > east) east = x[p];
        if (y[p] < north) north = y[p];
        if (y[p] > south) south = y[p];
      }
      boxes[i * 4] = west; boxes[i * 4 + 1] = north; boxes[i * 4 + 2] = east; boxes[i * 4 + 3] = south;
    }
    this.boxes = boxes;
    this.levels = [boxes];
    for (let below = boxes; below.length > 64; below = this.levels[this.levels.length - 1]) {
      const above = new Int32Array(Math.ceil(below.length / 64) * 4);
      for (let node = 0; node < above.length / 4; node += 1) {
        let west = 0x7fffffff, north = 0x7fffffff, east = -1, south = -1;
        for (let k = node * 64; k < Math.min(node * 64 + 64, below.length); k += 4) {
          if (below[k + 2] < 0) continue;
          west = Math.min(west, below[k]); north = Math.min(north, below[k + 1]);
          east = Math.max(east, below[k + 2]); south = Math.max(south, below[k + 3]);
        }
        above[node * 4] = west; above[node * 4 + 1] = north; above[node * 4 + 2] = east; above[node * 4 + 3] = south;
      }
      this.levels.push(above);
    }
    /* How wide a shape typically is, in grid units: from every n-th of them. */
    const widths = [];
    for (let i = 0, step = Math.max(1, Math.floor(this.length / 999)); i < this.length; i += step) {
      if (boxes[i * 4 + 2] >= 0) widths.push(Math.max(boxes[i * 4 + 2] - boxes[i * 4], boxes[i * 4 + 3] - boxes[i * 4 + 1]));
    }
    this.typical = widths.sort((a, b) => a - b)[widths.length >> 1] || 0;
  }

  /* Shapes whose box meets a box, in drawing order. */
  within(west, north, east, south) {
    const found = [];
    const visit = (level, from, to) => {
      const boxes = this.levels[level];
      for (let i = from, stop = Math.min(to, boxes.length / 4); i < stop; i += 1) {
        if (boxes[i * 4] > east || boxes[i * 4 + 2] < west || boxes[i * 4 + 1] > south || boxes[i * 4 + 3] < north) continue;
        if (level) visit(level - 1, i * 16, i * 16 + 16); else found.push(i);
      }
    };
    visit(this.levels.length - 1, 0, 16);
    return found;
  }

  /* Whether a polygon covers a point, by the winding of all its rings. */
  covers(i, x, y) {
    let winding = 0;
    for (let r = this.ring[i]; r < this.ring[i + 1]; r += 1) {
      const first = this.point[r], stop = this.point[r + 1];
      for (let p = first, q = stop - 1; p < stop; q = p, p += 1) {
        const down = this.y[p] > y;
        if (down !== this.y[q] > y &&
            x < ((this.x[q] - this.x[p]) * (y - this.y[p])) / (this.y[q] - this.y[p]) + this.x[p]) winding += down ? 1 : -1;
      }
    }
    return winding !== 0;
  }

  /* How far a point is from a polygon's edge, squared. */
  _away(i, x, y) {
    let nearest = Infinity;
    for (let r = this.ring[i]; r < this.ring[i + 1]; r += 1) {
      const first = this.point[r], stop = this.point[r + 1];
      for (let p = first, q = stop - 1; p < stop; q = p, p += 1) {
        const dx = this.x[p] - this.x[q], dy = this.y[p] - this.y[q];
        const t = Math.max(0, Math.min(1, ((x - this.x[q]) * dx + (y - this.y[q]) * dy) / (dx * dx + dy * dy || 1)));
        nearest = Math.min(nearest, (this.x[q] + t * dx - x) ** 2 + (this.y[q] + t * dy - y) ** 2);
      }
    }
    return nearest;
  }

  /* The smallest polygon of those that cover a point, or one of a few pixels beside it that would else not be hit;
     where none covers it, the nearest within a reach; or -1. `pixel` in grid units. */
  pick(x, y, from, to, reach, pixel) {
    const size = (i) => Math.max(this.boxes[i * 4 + 2] - this.boxes[i * 4], this.boxes[i * 4 + 3] - this.boxes[i * 4 + 1]);
    const around = Math.max(reach, 4 * pixel);
    const near = this.within(x - around, y - around, x + around, y + around).filter((i) => i >= from && i < to);
    const nearest = (some, most) => some.map((i) => [this._away(i, x, y), i]).filter(([away]) => away <= most * most)
      .reduce((best, each) => (each[0] < best[0] ? each : best), [Infinity, -1])[1];
    const on = near.filter((i) => this.covers(i, x, y)).sort((a, b) => size(a) - size(b));
    if (!on.length) return reach ? nearest(near, reach) : -1;
    if (size(on[0]) < 40 * pixel) return on[0];
    const tiny = nearest(near.filter((i) => size(i) < 8 * pixel), 4 * pixel);
    return tiny >= 0 ? tiny : on[0];
  }

  at(x, y) {
    return L.CRS.EPSG3857.pointToLatLng(L.point(x, y), this.zoom);
  }

  latLngs(i) {
    const rings = [];
    for (let r = this.ring[i]; r < this.ring[i + 1]; r += 1) {
      const ring = [];
      for (let p = this.point[r]; p < this.point[r + 1]; p += 1) ring.push(this.at(this.x[p], this.y[p]));
      rings.push(ring);
    }
    return rings;
  }

  middle(i) {
    const box = this.boxes.subarray(i * 4, i * 4 + 4);
    return this.at((box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
  }
};

/* Drawing in slices of 8 ms, so that the page answers meanwhile; by messages, which run in hidden tabs too. */
geoTej.work = (function () {
  const jobs = [], channel = new MessageChannel();
  let at = 0;
  channel.port1.onmessage = () => {
    const until = performance.now() + 8;
    while (at < jobs.length && performance.now() < until) if (jobs[at].next().done) at += 1;
    if (at < jobs.length) channel.port2.postMessage(0); else { jobs.length = 0; at = 0; }
  };
  return (job) => { jobs.push(job); if (jobs.length === at + 1) channel.port2.postMessage(0); };
})();

/* options: shapes; from, to (which of them); look() -> {codes, styles}: styles[codes[i]] is
   {fill, ink, pattern, stroke, width, dash, opaque} or null, codes may be a function or missing (all 0);
   name(i), what is written on a polygon that has room for it. */
geoTej.ShapeLayer = L.GridLayer.extend({
  options: { noWrap: true, updateWhenZooming: false, keepBuffer: 1, tileSize: 512, many: false },

  /* Tiles are drawn at the zoom shown, whole or not: stretched ones would show their seams. */
  _setView(center, zoom, noPrune, noUpdate) {
    this._shown = zoom;
    L.GridLayer.prototype._setView.call(this, center, zoom, noPrune, noUpdate);
  },

  _clampZoom() {
    return this._shown;
  },

  /* Opaque tiles lie over each other's edges, where scaling would let the ground shine through. */
  _initTile(tile) {
    L.GridLayer.prototype._initTile.call(this, tile);
    tile.style.width = `${tile.width / tile.sharpness}px`;
    tile.style.height = `${tile.height / tile.sharpness}px`;
  },

  createTile(coords, done) {
    const size = this.getTileSize();
    const sharpness = Math.min(window.devicePixelRatio || 1, 2);
    const tile = document.createElement("canvas"), { overlap = 0 } = this.options;
    tile.width = Math.round((size.x + overlap) * sharpness);
    tile.height = Math.round((size.y + overlap) * sharpness);
    tile.sharpness = sharpness;
    tile.dataset.zoom = coords.z;
    const painting = this._paint(tile, coords, size, sharpness), key = this._tileCoordsToKey(coords);
    const wanted = () => this._tiles[key] && this._tiles[key].el === tile;
    geoTej.work((function* paint() {
      do { if (!wanted()) return; yield; } while (!painting.next().done);
      done(null, tile);
    })());
    return tile;
  },

  /* Draws the whole view at once and finely, for paper, in place of the tiles; returns how to take it away again.
     Pixels are kept: what is drawn while printing would be replayed as vectors with pieces missing. */
  sheet(sharpness) {
    const map = this._map, size = map.getSize(), zoom = map.getZoom();
    const corner = map.getPixelBounds().min;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(size.x * sharpness);
    canvas.height = Math.round(size.y * sharpness);
    canvas.sharpness = sharpness;
    const painting = this._paint(canvas, { x: corner.x / size.x, y: corner.y / size.y, z: zoom }, size, sharpness);
    while (!painting.next().done);
    const pen = canvas.getContext("2d");
    pen.putImageData(pen.getImageData(0, 0, canvas.width, canvas.height), 0, 0);
    Object.assign(canvas.style, { width: `${size.x}px`, height: `${size.y}px`, position: "absolute", opacity: this.options.opacity, zIndex: this.options.zIndex });
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    const tiles = this.getContainer();
    tiles.style.visibility = "hidden";
    this.getPane().append(canvas);
    return () => { canvas.remove(); tiles.style.visibility = ""; };
  },

  * _paint(tile, coords, size, sharpness) {
    const { shapes, from = 0, to = Infinity, many } = this.options;
    const { boxes } = shapes;
    const look = this.options.look(coords.z);
    const codeOf = typeof look.codes === "function" ? look.codes : look.codes ? (i) => look.codes[i] : () => 0;
    const scale = 2 ** (coords.z - shapes.zoom) * sharpness;
    const west = (coords.x * size.x * sharpness) / scale, north = (coords.y * size.y * sharpness) / scale;
    const margin = (4 * sharpness) / scale;
    const seen = shapes.within(west - margin, north - margin, west + tile.width / scale + margin, north + tile.height / scale + margin);
    const large = new Map(), small = [];
    for (let k = 0; k < seen.length; k += 1) {
      if (k % 10000 === 9999) yield;
      const i = seen[k];
      if (i < from || i >= to) continue;
      const code = codeOf(i), style = look.styles[code];
      if (!style) continue;
      const width = (boxes[i * 4 + 2] - boxes[i * 4]) * scale, height = (boxes[i * 4 + 3] - boxes[i * 4 + 1]) * scale;
      if (style.opaque && width * height < 24 * sharpness * sharpness && shapes.kind === geoTej.POLYGON) small.push(i);
      else if (large.has(code)) large.get(code).push(i);
      else large.set(code, [i]);
    }
    const pen = tile.getContext("2d", { willReadFrequently: true });
    /* A browser only notes what it is to draw and does so after the slice, however long that takes: reading a pixel
       back makes it draw now, within the slice's time. */
    const settle = () => pen.getImageData(0, 0, 1, 1);
    if (small.length) {
      const image = pen.createImageData(tile.width, tile.height);
      const pixels = new Uint32Array(image.data.buffer);
      const colours = look.styles.map((style) => style && geoTej.rgba(style.mean || style.fill));
      for (let k = 0; k < small.length; k += 1) {
        this._dot(pixels, tile.width, tile.height, small[k], colours[codeOf(small[k])], west, north, scale);
        if (k % 500 === 499) yield;
      }
      pen.putImageData(image, 0, 0);
    }
    /* All fills, then all patterns, then all lines: none of them cuts into a neighbour's. */
    const far = shapes.typical * 2 ** (coords.z - shapes.zoom) < (many ? 12 : 7);
    const batches = [];
    for (const [code, which] of large) {
      const style = look.styles[code];
      for (let k = 0; k < which.length;) {
        const path = new Path2D();
        for (let points = 0; k < which.length && points < geoTej.STROKE_POINTS; k += 1) {
          points += this._trace(path, which[k], west, north, scale, tile, style);
        }
        batches.push([style, path]);
        if (shapes.kind === geoTej.POLYGON && style.fill) {
          pen.fillStyle = style.fill;
          pen.fill(path, "nonzero");
          /* Neighbours' smoothed edges would let the ground shine through: each reaches a little under the other. */
          if (style.opaque && (many || far)) this._stroke(pen, path, { stroke: style.fill, width: 0.8 }, sharpness);
          settle();
        }
        yield;
      }
    }
    for (const [style, path] of batches) {
      if (!style.pattern || shapes.kind !== geoTej.POLYGON) continue;
      pen.fillStyle = geoTej.pattern(pen, style, sharpness);
      pen.fill(path, "nonzero");
      settle();
      yield;
    }
    for (const [style, path] of batches) {
      if (!style.stroke || (style.opaque ? far : many && far)) continue;
      this._stroke(pen, path, style, sharpness);
      settle();
      yield;
    }
    if (this.options.name && shapes.typical * scale > 40 * sharpness) yield* this._write(pen, large.values(), west, north, scale, sharpness);
  },

  /* Names below the middles of polygons that are wide and high enough for them. */
  * _write(pen, batches, west, north, scale, sharpness) {
    const { shapes, name } = this.options, { boxes } = shapes;
    Object.assign(pen, { font: `600 ${11 * sharpness}px system-ui, "Noto Sans CJK SC", sans-serif`, textAlign: "center", textBaseline: "middle",
      lineJoin: "round", lineWidth: 3 * sharpness, strokeStyle: "rgba(255,255,255,.85)", fillStyle: "#1c2530" });
    pen.setLineDash([]);
    for (const which of batches) {
      for (let k = 0; k < which.length; k += 1) {
        if (k % 40 === 39) yield;
        const [left, top, right, bottom] = boxes.subarray(which[k] * 4, which[k] * 4 + 4);
        if ((bottom - top) * scale < 40 * sharpness || (right - left) * scale < 30 * sharpness) continue;
        const words = name(which[k]), half = (pen.measureText(words).width / 2 + 3 * sharpness) / scale;
        const x = (left + right) / 2, y = (top + bottom) / 2 + (15 * sharpness) / scale, high = (7 * sharpness) / scale;
        if (![[-half, -high], [half, -high], [-half, high], [half, high]].every(([dx, dy]) => shapes.covers(which[k], x + dx, y + dy))) continue;
        pen.strokeText(words, (x - west) * scale, (y - north) * scale);
        pen.fillText(words, (x - west) * scale, (y - north) * scale);
      }
      pen.getImageData(0, 0, 1, 1);
      yield;
    }
  },

  /* A polygon of a few pixels: those whose middle it covers, or the one pixel it lies in. */
  _dot(pixels, width, height, i, colour, west, north, scale) {
    const { x, y, boxes, ring, point } = this.options.shapes;
    const left = (boxes[i * 4] - west) * scale, right = (boxes[i * 4 + 2] - west) * scale;
    const top = (boxes[i * 4 + 1] - north) * scale, bottom = (boxes[i * 4 + 3] - north) * scale;
    let drawn = false;
    for (let row = Math.max(0, Math.ceil(top - 0.5)); row <= Math.min(height - 1, Math.floor(bottom - 0.5)); row += 1) {
      const v = (row + 0.5) / scale + north;
      for (let column = Math.max(0, Math.ceil(left - 0.5)); column <= Math.min(width - 1, Math.floor(right - 0.5)); column += 1) {
        const u = (column + 0.5) / scale + west;
        let winding = 0;
        for (let r = ring[i]; r < ring[i + 1]; r += 1) {
          for (let p = point[r], q = point[r + 1] - 1; p < point[r + 1]; q = p, p += 1) {
            const down = y[p] > v;
            if (down !== y[q] > v && u < ((x[q] - x[p]) * (v - y[p])) / (y[q] - y[p]) + x[p]) winding += down ? 1 : -1;
          }
        }
        if (winding) { pixels[row * width + column] = colour; drawn = true; }
      }
    }
    const row = Math.floor((top + bottom) / 2), column = Math.floor((left + right) / 2);
    if (!drawn && row >= 0 && row < height && column >= 0 && column < width && !pixels[row * width + column]) {
      pixels[row * width + column] = colour;
    }
  },

  /* Writes a shape's rings into a path; returns how many points they took. Of what stays on one side of the tile only
     the ends are written, but for dashes, which would begin anew on every tile. */
  _trace(path, i, west, north, scale, tile, style) {
    const { shapes } = this.options, area = shapes.kind === geoTej.POLYGON;
    const margin = 4 * tile.sharpness, right = tile.width + margin, below = tile.height + margin;
    const cut = !(style.stroke && style.dash && style.dash.length);
    let count = 0;
    for (let r = shapes.ring[i]; r < shapes.ring[i + 1]; r += 1) {
      let lastX = NaN, lastY = NaN, outside = 0, held = null;
      const first = shapes.point[r], stop = shapes.point[r + 1];
      for (let p = first; p < stop; p += 1) {
        const x = (shapes.x[p] - west) * scale, y = (shapes.y[p] - north) * scale;
        const side = (x < -margin ? 1 : x > right ? 2 : 0) | (y < -margin ? 4 : y > below ? 8 : 0);
        if (p === first) path.moveTo(x, y);
        else if (p < stop - 1) {
          if (cut && side & outside) { held = p; outside &= side; continue; }
          if (held === null && Math.abs(x - lastX) + Math.abs(y - lastY) < 0.7) continue;
        }
        if (held !== null) {
          path.lineTo((shapes.x[held] - west) * scale, (shapes.y[held] - north) * scale);
          held = null;
        }
        if (p > first) path.lineTo(x, y);
        lastX = x; lastY = y; outside = side; count += 1;
      }
      if (area) path.closePath();
    }
    return count;
  },

  _stroke(pen, path, style, sharpness) {
    pen.strokeStyle = style.stroke;
    pen.lineWidth = (style.width || 1) * sharpness;
    pen.lineJoin = "round";
    pen.setLineDash((style.dash || []).map((length) => length * sharpness));
    pen.stroke(path);
  },
});

/* A colour like #rrggbb as the four bytes of a pixel. */
geoTej.rgba = function (colour) {
  const value = parseInt(colour.slice(1, 7), 16);
  return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
};

geoTej.patternCells = new Map();

/* Patterns, so that a class is told without its colour: lines, dots, cross. They run on from tile to tile. */
geoTej.pattern = function (pen, style, sharpness) {
  const key = [style.pattern, style.ink, sharpness].join();
  const side = 8 * sharpness;
  if (!geoTej.patternCells.has(key)) {
    const cell = document.createElement("canvas");
    cell.width = cell.height = side;
    const ink = cell.getContext("2d");
    ink.strokeStyle = ink.fillStyle = style.ink;
    ink.lineWidth = (style.pattern === "cross" ? 1.1 : 1.5) * sharpness;
    ink.beginPath();
    if (style.pattern === "dots") {
      for (const [x, y] of [[0.25, 0.25], [0.75, 0.75]]) {
        ink.moveTo(x * side, y * side);
        ink.arc(x * side, y * side, 1.05 * sharpness, 0, 7);
      }
      ink.fill();
    } else {
      for (const offset of [-side, 0, side]) {
        ink.moveTo(offset - 1, side + 1);
        ink.lineTo(offset + side + 1, -1);
        if (style.pattern === "cross") { ink.moveTo(offset - 1, -1); ink.lineTo(offset + side + 1, side + 1); }
      }
      ink.stroke();
    }
    geoTej.patternCells.set(key, cell);
  }
  return pen.createPattern(geoTej.patternCells.get(key), "repeat");
};
