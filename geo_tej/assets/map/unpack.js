/* Reads what geo_tej/maps/columns.py packs: base64 of one zlib block with a header and byte-planed columns. */
"use strict";
var geoTej = window.geoTej || {};

geoTej.unpack = async function (base64) {
  const text = atob(base64.trim());
  const deflated = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) deflated[i] = text.charCodeAt(i);
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const headLength = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + headLength)));
  const columns = {};
  let at = 4 + headLength;
  for (const [name, type, count] of header.columns) {
    const Kind = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array }[type];
    const width = Kind.BYTES_PER_ELEMENT;
    const whole = new Uint8Array(count * width);
    for (let plane = 0; plane < width; plane += 1) {
      const from = at + plane * count;
      for (let i = 0, to = plane; i < count; i += 1, to += width) whole[to] = bytes[from + i];
    }
    columns[name] = new Kind(whole.buffer);
    at += count * width;
  }
  return new geoTej.Data(header, columns);
};

/* A header, arrays by name, and texts by name, which are read when first asked for. */
geoTej.Data = class {
  constructor(header, columns) {
    this.header = header;
    this.columns = columns;
    this.texts = new Map();
  }

  /* All values of a text column; null where there is no such column. */
  text(name) {
    if (!this.texts.has(name)) this.texts.set(name, this._text(name));
    return this.texts.get(name);
  }

  /* One value of a text column, without reading the others; "" where there is none. */
  word(name, i) {
    const how = (this.header.texts || {})[name];
    if (!how) return "";
    if (how.words) return how.words[this.columns[name + ".code"][i]];
    return how.form ? this._numbered(how.form, this._numbers(name)[i]) : this.text(name)[i];
  }

  _numbered([before, width, after], number) {
    return before + String(number).padStart(width, "0") + after;
  }

  /* The numbers of a text column whose values differ in one number only. */
  _numbers(name) {
    const key = `${name}.numbers`;
    if (!this.texts.has(key)) {
      const steps = this.columns[name + ".number"], numbers = new Int32Array(steps.length);
      for (let i = 0, number = 0; i < steps.length; i += 1) numbers[i] = number += (steps[i] >>> 1) ^ -(steps[i] & 1);
      this.texts.set(key, numbers);
    }
    return this.texts.get(key);
  }

  _text(name) {
    const how = (this.header.texts || {})[name], { columns } = this;
    if (!how) return null;
    if (how.words) return Array.from(columns[name + ".code"], (code) => how.words[code]);
    if (!how.form) return JSON.parse(new TextDecoder().decode(columns[name + ".text"]));
    return Array.from(this._numbers(name), (number) => this._numbered(how.form, number));
  }
};

/* What a page's layers draw from: layers are made at once and filled when the data is read. */
geoTej.source = function (script) {
  if (typeof DecompressionStream === "undefined") {
    const said = document.createElement("p");
    said.textContent = script.dataset.old;
    document.body.prepend(said);
    return { groups: {}, ready: new Promise(() => {}) };
  }
  return { groups: {}, wait: script.dataset.wait, ready: geoTej.unpack(script.textContent) };
};

/* The Leaflet layer of one part of a source; empty until the page opens. */
geoTej.layer = function (source, part) {
  source.groups[part] = L.layerGroup();
  return source.groups[part];
};

/* A map that moves no more than its reader wants, and within another page leaves the wheel to that page until clicked.
   Shapes with a tooltip are no stops for the Tab key: lists and keys lead to what they stand for. */
geoTej.behave = function (map) {
  map.on("layeradd", ({ layer }) => {
    const shape = layer instanceof L.Path && ["chosen", "places"].includes(layer.options.pane) && layer.getElement();
    if (shape) shape.setAttribute("tabindex", "-1");
  });
  if (window.matchMedia && window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
    Object.assign(map.options, { inertia: false, zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false });
    map._zoomAnimated = map._fadeAnimated = false;
  }
  if (window !== window.top) {
    map.scrollWheelZoom.disable();
    map.on("focus", () => map.scrollWheelZoom.enable());
    map.on("blur", () => map.scrollWheelZoom.disable());
  }
};

/* The role of a map: what its page is about, but for a second one. */
geoTej.landmark = function () {
  return document.querySelector("main, [role=main]") ? "region" : "main";
};

/* Zooms a map on paper out to the next round scale about a point of it; returns the scale's denominator. */
geoTej.roundScale = function (map, middle) {
  const metres = (40075016.686 * Math.cos((map.containerPointToLatLng(middle).lat * Math.PI) / 180)) / (256 * 2 ** map.getZoom());
  const fits = (metres * 96) / 0.0254, power = 10 ** Math.floor(Math.log10(fits));
  const scale = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 10].map((step) => step * power).find((round) => round >= fits);
  map.setZoomAround(middle, map.getZoom() - Math.log2(scale / fits), { animate: false });
  return scale;
};

/* Draws a coarse picture of a map on paper smoothly, where its cells would show; returns how to take that away again. */
geoTej.smooth = function (map, overlay) {
  const image = overlay.getElement(), canvas = document.createElement("canvas"), size = map.getSize();
  canvas.width = size.x * 2;
  canvas.height = size.y * 2;
  const from = map.latLngToContainerPoint(overlay.getBounds().getNorthWest()), to = map.latLngToContainerPoint(overlay.getBounds().getSouthEast());
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, from.x * 2, from.y * 2, (to.x - from.x) * 2, (to.y - from.y) * 2);
  pen.putImageData(pen.getImageData(0, 0, canvas.width, canvas.height), 0, 0);
  Object.assign(canvas.style, { width: `${size.x}px`, height: `${size.y}px`, position: "absolute", opacity: overlay.options.opacity });
  L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
  image.style.visibility = "hidden";
  overlay.getPane().append(canvas);
  return () => { canvas.remove(); image.style.visibility = ""; };
};
