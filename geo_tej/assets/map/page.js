/* A page of parcels: legend and layers, the map, what is clicked, paper. What the parcels' columns mean is said by
   the header's themes, or by a page that builds on this one (answers.js).
   Words and names come as data and are only ever written as text. */
"use strict";

geoTej.el = function (tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const child of children) if (child !== null && child !== undefined && child !== "") node.append(child);
  return node;
};

/* A sign that is seen and not read out. */
geoTej.unheard = function (node) {
  node.setAttribute("aria-hidden", "true");
  return node;
};

/* Rows that are read out one by one. */
geoTej.listed = function (list, rows) {
  list.setAttribute("role", "list");
  for (const row of rows) row.setAttribute("role", "listitem");
  list.replaceChildren(...rows);
  return list;
};

geoTej.button = function (className, words, action, label) {
  const button = geoTej.el("button", className, words);
  button.type = "button";
  if (label) { button.setAttribute("aria-label", label); button.title = label; }
  button.addEventListener("click", action);
  return button;
};

geoTej.pages = {};

/* others: returns what the user added, as [title, layer]; their scripts may run after this one. */
geoTej.open = async function (map, source, others) {
  const wait = geoTej.el("p", "tej-wait", source.wait);
  map.getContainer().append(wait);
  const data = await source.ready;
  wait.remove();
  const Kind = geoTej.pages[data.header.page] || geoTej.Page;
  const page = new Kind(map, source, data, others());
  source.page = page;
  page.show();
};

/* Leaflet writes the names of its own control as HTML. */
{
  const add = L.Control.Layers.prototype._addItem;
  L.Control.Layers.include({
    _addItem(entry) {
      const plain = document.createElement("i");
      plain.textContent = entry.name;
      return add.call(this, { ...entry, name: plain.innerHTML });
    },
  });
}

geoTej.Page = class {
  constructor(map, source, data, others) {
    this.map = map;
    this.source = source;
    this.data = data;
    this.others = others;
    this.head = data.header;
    this.columns = data.columns;
    this.words = this.head.words;
    this.looks = this.head.looks;
    this.zh = this.head.language === "zh";
    this.container = map.getContainer();
    geoTej.behave(map);
    this.shapes = new geoTej.Shapes(data.columns, "parcels");
    this.theme = 0;
    this.labels = [];
  }

  show() {
    const { container, map } = this;
    container.classList.add("tej");
    container.setAttribute("role", geoTej.landmark());
    container.setAttribute("aria-label", `${this.head.title}${this.zh ? "。" : ". "}${this.words.keys}`);
    map.invalidateSize({ animate: false });
    this._panes();
    this._parcels();
    this._layers();
    this._more();
    this._side();
    this._panel();
    this._fit();
    this._keys();
    this._scale();
    this._answerClicks();
    this._paper();
    this.restyle();
    map.on("moveend layeradd", () => this._names());
    this._names();
    this._followAddress();
    container.dataset.ready = "yes";
    this._announceDrawn();
  }

  /* The part of the map that neither legend nor panel covers, in pixels: each cover costs the side that loses least. */
  free() {
    const { container, detail } = this, frame = container.getBoundingClientRect();
    let free = { left: 0, top: 0, right: container.clientWidth, bottom: container.clientHeight };
    const size = ({ left, top, right, bottom }) => Math.max(0, right - left) * Math.max(0, bottom - top);
    for (const cover of [container.querySelector(".tej-side"), detail]) {
      const box = cover.getBoundingClientRect();
      if (!box.width) continue;
      const [left, right] = [box.left - frame.left, box.right - frame.left], [top, bottom] = [box.top - frame.top, box.bottom - frame.top];
      const rests = [{ ...free, left: Math.max(free.left, right) }, { ...free, top: Math.max(free.top, bottom) },
        { ...free, right: Math.min(free.right, left) }, { ...free, bottom: Math.min(free.bottom, top) }];
      const rest = rests.reduce((best, each) => (size(each) > size(best) ? each : best));
      if (rest.right - rest.left > 80 && rest.bottom - rest.top > 60) free = rest;
    }
    return free;
  }

  /* Shows a place within the free part of the map. */
  _fitInto(bounds, options) {
    const { left, top, right, bottom } = this.free(), { clientWidth, clientHeight } = this.container;
    const edge = Math.min(18, (right - left) / 8), zooms = right - left > 500 ? 42 : 0;
    this.map.fitBounds(bounds, { animate: false, ...options, paddingTopLeft: [left + edge, top + edge],
      paddingBottomRight: [clientWidth - right + edge + zooms, clientHeight - bottom + edge] });
  }

  /* The view to open on; a map that opens unseen, in a folded part of a page, waits until it has a size. */
  _fit() {
    const { container, map } = this;
    if (!container.clientWidth) {
      const unfolded = new ResizeObserver(() => {
        if (!container.clientWidth) return;
        unfolded.disconnect();
        map.invalidateSize({ animate: false });
        this._fit();
        if (this.chosen >= 0) this.mark([this.chosen], true);
      });
      unfolded.observe(container);
      return;
    }
    this._fitInto(this.head.bounds);
  }

  /* Tells tests and hosts when the first picture is whole. */
  _announceDrawn() {
    const shown = this.groups.filter((group) => this.map.hasLayer(group.layer)).map((group) => group.tiles);
    Promise.all(shown.map((tiles) => new Promise((done) => { if (tiles.isLoading()) tiles.once("load", done); else done(); })))
      .then(() => { this.container.dataset.drawn = "yes"; });
  }

  /* ---- the map ---- */

  _panes() {
    const { map } = this;
    for (const [name, z] of [["context", 210], ["ground", 215], ["parcels", 220], ["relief", 240], ["zones", 260], ["chosen", 450]]) {
      const pane = map.getPane(name) || map.createPane(name);
      pane.style.zIndex = z;
      pane.setAttribute("aria-hidden", "true");
    }
    map.getPane("relief").style.mixBlendMode = "multiply";
    map.getPane("relief").style.pointerEvents = "none";
    const { relief } = this.head;
    if (relief && this.source.groups.relief) {
      this.relief = L.imageOverlay(relief.png, relief.bounds, { pane: "relief", opacity: 0.55, alt: "" });
      this.source.groups.relief.addLayer(this.relief);
    }
  }

  _parcels() {
    const groups = this.head.parcels.groups;
    this.groups = groups.map(([title, first], number) => {
      const to = number + 1 < groups.length ? groups[number + 1][1] : this.shapes.length;
      const many = to - first > 2000;
      const tiles = new geoTej.ShapeLayer({
        shapes: this.shapes, from: first, to, pane: "parcels", overlap: 2, many,
        look: (zoom) => ({ codes: this.codes, styles: this.styles(many, zoom) }), name: (i) => this.id(i),
      });
      const layer = this.source.groups[`parcels${number}`] || L.layerGroup().addTo(this.map);
      return { title, from: first, to, tiles, layer, many };
    });
    /* The layer with the most parcels lies under the others. */
    const most = (group) => group.to - group.from;
    this.ranked = [...this.groups].sort((a, b) => most(a) - most(b));
    this.ranked.forEach((group, rank) => {
      group.tiles.setZIndex(this.groups.length - rank);
      if (this.groups.length > 1 && rank === this.groups.length - 1) group.tiles.setOpacity(0.45);
    });
    this.codes = this.view().codes();
    for (const group of this.groups) group.layer.addLayer(group.tiles);
  }

  /* What the parcels show now: {title, classes: [{name, fill, ink, pattern, mean}], codes()}. */
  view() {
    const theme = this.head.themes[this.theme];
    return { title: theme.title, classes: theme.classes, codes: () => this.columns[theme.column] };
  }

  /* How parcels are drawn: a dense layer gets hairlines, and those only from close by; small parcels get thin lines. */
  styles(many, zoom) {
    const width = Math.max(0.5, Math.min(1.2, (this.shapes.typical * 2 ** (zoom - this.shapes.zoom)) / 28));
    return this.view().classes.map((each) => ({
      ...each, opaque: true, stroke: many ? "rgba(60,60,60,.34)" : "#3b3f45", width: many ? 0.7 : width }));
  }

  _layers() {
    let hue = 0, outlines = 0;
    this.layers = this.head.layers.map((described, number) => {
      const shapes = new geoTej.Shapes(this.columns, described.prefix);
      const control = described.classes !== undefined;
      const colour = control ? this.looks.hues[hue++ % this.looks.hues.length] : null;
      const classes = control ? described.classes.map((_, k) => this._zoneStyle(described, colour, k, shapes.kind)) : null;
      const codes = this.columns[described.prefix + ".class"];
      const drawn = (pane, styles) => new geoTej.ShapeLayer({ shapes, pane, zIndex: number + 1, look: () => ({ codes, styles }) });
      const layer = this.source.groups[described.prefix] || L.layerGroup();
      const context = control || described.style === "place" ? null
        : this.looks.context[described.style] || this.looks.outlines[outlines++ % this.looks.outlines.length];
      /* A zone's ground lies under the parcels, so that it does not tint their answers; its outline lies above. */
      const tiles = control
        ? [drawn("ground", classes.map((each) => ({ fill: each.fill }))), drawn("zones", classes.map((each) => ({ ...each, fill: null })))]
        : described.style === "place" && described.names
          ? [this._places(shapes, described.names)]
          : [drawn(described.role === "area" ? "zones" : "context", [context])];
      tiles.forEach((each) => layer.addLayer(each));
      return { ...described, shapes, colour, styles: classes, layer, context };
    });
  }

  _zoneStyle(described, colour, k, kind) {
    const count = described.classes.length;
    if (described.base) {
      const turn = (k * 137.5) % 360;
      return { fill: `hsla(${turn},45%,62%,.55)`, stroke: `hsl(${turn},35%,40%)`, width: 0.8 };
    }
    const strength = count > 1 ? 0.24 - (0.16 * k) / (count - 1) : 0.16;
    const alpha = Math.round(strength * 255).toString(16).padStart(2, "0");
    const area = kind === geoTej.POLYGON;
    return { fill: area ? colour + alpha : null, stroke: colour, width: area ? 1.4 : 2, dash: k % 2 ? [5, 3] : [] };
  }

  _places(shapes, names) {
    const group = L.layerGroup();
    for (let i = 0; i < shapes.length; i += 1) {
      if (!names[i]) continue;
      const label = geoTej.el("span", "tej-place", names[i]), at = shapes.middle(i);
      this.labels.push({ label, at });
      group.addLayer(new L.Marker(at, { interactive: false, keyboard: false, icon: L.divIcon({ className: "tej-place-box", html: label, iconSize: null }) }));
    }
    return group;
  }

  /* Leaves out the names that would be cut, or lie on one another or under what covers the map. */
  _names() {
    if (!this.labels.length) return;
    const { map, container } = this, size = map.getSize(), frame = container.getBoundingClientRect();
    const taken = [...container.querySelectorAll(".tej-bar,.tej-head,.tej-more,.tej-detail,.leaflet-control")]
      .map((each) => each.getBoundingClientRect()).filter((box) => box.width)
      .map((box) => [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top]);
    for (const each of this.labels) {
      const { x, y } = map.latLngToContainerPoint(each.at);
      each.width = each.width || each.label.offsetWidth;
      const box = [x - each.width / 2, y - 24, x + each.width / 2, y - 5];
      const free = box[0] >= 0 && box[1] >= 0 && box[2] <= size.x && box[3] <= size.y
        && !taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
      each.label.style.visibility = free ? "" : "hidden";
      if (free && each.width) taken.push(box);
    }
  }

  /* What a page that builds on this one puts on the map besides. */
  _more() {}

  _scale() {
    const { map, words } = this;
    L.control.zoom({ position: "bottomright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
    L.control.scale({ position: "bottomright", imperial: false, maxWidth: 140 }).addTo(map);
    const ratio = L.control({ position: "bottomright" });
    ratio.onAdd = () => geoTej.el("div", "tej-ratio");
    ratio.addTo(map);
    const tools = L.control({ position: "topright" });
    tools.onAdd = () => {
      const box = geoTej.el("div", "tej-tools",
        geoTej.button("tej-tool", words.list, () => this.toggleList(), words.list_label),
        geoTej.button("tej-tool", words.print, () => window.print(), words.print_label),
        geoTej.el("div", "tej-north", geoTej.unheard(geoTej.el("span", "", "▲")), geoTej.el("b", "", words.north)));
      L.DomEvent.disableClickPropagation(box);
      return box;
    };
    tools.addTo(map);
    /* Where the legend is folded away, its classes stay on the map. */
    const key = L.control({ position: "bottomleft" });
    key.onAdd = () => {
      this.keyBox = geoTej.el("div", "tej-key");
      this.keyBox.setAttribute("aria-hidden", "true");
      return this.keyBox;
    };
    key.addTo(map);
  }

  /* Redraws what the question changes: parcels, legend and what is open. */
  restyle() {
    this.codes = this.view().codes();
    for (const group of this.groups) group.tiles.redraw();
    this._legend();
    if (this.opened) this.opened();
    if (this.chosen >= 0) this._writeAddress();
  }

  /* The parcel at a place of the map, or -1; a finger may miss by a little. */
  at(latlng, slack) {
    const point = L.CRS.EPSG3857.latLngToPoint(latlng, this.shapes.zoom);
    const pixel = 2 ** (this.shapes.zoom - this.map.getZoom());
    for (const reach of slack ? [0, slack * pixel] : [0]) {
      for (const group of this.ranked) {
        if (!this.map.hasLayer(group.layer)) continue;
        const found = this.shapes.pick(point.x, point.y, group.from, group.to, reach, pixel);
        if (found >= 0) return found;
      }
    }
    return -1;
  }

  _answerClicks() {
    const { map } = this, { el } = geoTej;
    const coarse = window.matchMedia && window.matchMedia("(pointer: coarse)").matches;
    map.on("click", (event) => {
      const found = this.at(event.latlng, coarse ? 14 : 5);
      if (found >= 0) this.openParcel(found); else this.close();
    });
    const tip = L.tooltip({ direction: "top", offset: [0, -6], className: "tej-tip" });
    map.on("mousemove", (event) => {
      const over = event.originalEvent.target.closest(".tej-side,.tej-detail,.leaflet-interactive,.leaflet-control");
      const found = over ? -1 : this.at(event.latlng, 0);
      if (found < 0) { map.closeTooltip(tip); return; }
      tip.setLatLng(event.latlng).setContent(el("div", "", el("b", "", this.id(found)), el("div", "", this.saying(found))));
      map.openTooltip(tip);
    });
    map.on("mouseout", () => map.closeTooltip(tip));
  }

  /* ---- parcels in words ---- */

  id(i) {
    return this.data.word("parcel.id", i);
  }

  name(i) {
    return this.data.word("parcel.name", i);
  }

  /* What the present view says of a parcel, in a few words. */
  saying(i) {
    return this.view().classes[this.codes[i]].name;
  }

  /* Why, in a sentence, for those who hear the page. */
  because() {
    return "";
  }

  area2(i) {
    return this.columns["parcel.area"][i] / 400;
  }

  number(value, digits) {
    return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  /* Square metres, and beside them the other units that are asked for. */
  area(value) {
    const written = {
      m2: this.metres(value),
      ha: `${this.number(value / 10000, 4)} ${this.words.hectares}`,
      mu: `${this.number((value * 3) / 2000, 2)} ${this.words.mu}`,
    };
    const [first, ...rest] = this.head.units.map((unit) => written[unit]);
    if (!rest.length) return first;
    return this.zh ? `${first}（合 ${rest.join("、")}）` : [first, ...rest].join(" = ");
  }

  metres(value) {
    return `${this.number(value, 2)} ${this.words.square_metres}`;
  }

  percent(share) {
    if (share > 0 && share < 0.001) return "<0.1 %";
    if (share > 0.999 && share < 1 - 1e-6) return ">99.9 %";
    return `${(share * 100).toFixed(1).replace(/\.0$/, "")} %`;
  }

  /* ---- the side: question, legend, layers ---- */

  _side() {
    const { el } = geoTej, { head, words } = this;
    const side = el("div", "tej-side");
    L.DomEvent.disableClickPropagation(side);
    L.DomEvent.disableScrollPropagation(side);
    const menu = geoTej.button("tej-menu", "☰", () => menu.setAttribute("aria-expanded", String(side.classList.toggle("tej-unfolded"))), words.menu);
    menu.setAttribute("aria-expanded", "false");
    side.append(el("div", "tej-bar", this._search(), menu));
    const heading = el("div", "tej-head", el("h1", "", head.title));
    if (head.notice) heading.append(el("span", "tej-notice", head.notice));
    side.append(heading);
    const more = el("div", "tej-more");
    more.append(el("h1", "", head.title));
    if (head.notice) more.append(el("p", "tej-notice", head.notice));
    for (const warning of head.failed || []) more.append(el("p", "tej-failed", warning));
    more.append(this._question());
    this.legendBox = el("div", "tej-legend");
    this.askedBox = el("div", "tej-asked");
    more.append(el("h2", "", words.legend), this.askedBox, this.legendBox, el("h2", "", words.layers), this._layerList());
    const foot = el("div", "tej-foot");
    for (const [label, said] of head.foot) foot.append(el("p", "", el("b", "", label), ` ${said}`));
    for (const warning of head.warnings || []) foot.append(el("p", "tej-failed", warning));
    foot.append(el("p", "", head.disclaimer));
    if (head.assessment) foot.append(el("p", "tej-id", head.assessment));
    more.append(foot);
    side.append(more);
    this.container.append(side);
    /* Where legend and layers are folded away, the tools stand under the title. */
    new ResizeObserver(() => {
      this.container.style.setProperty("--tej-top", `${heading.offsetTop + heading.offsetHeight + 10}px`);
      this._names();
    }).observe(heading);
  }

  /* The choice of what is shown: here one list of themes. */
  _question() {
    const { el } = geoTej;
    if (this.head.themes.length < 2) return null;
    const select = this._select(this.words.show, this.head.themes.map((theme, number) => ["", theme.title, number]), this.theme,
      (chosen) => { this.theme = Number(chosen); this.restyle(); });
    return el("div", "tej-question", select);
  }

  /* A labelled list of choices [group, words, value]. */
  _select(label, choices, chosen, then) {
    const { el } = geoTej;
    const select = el("select", "");
    const groups = new Map([["", select]]);
    for (const [group, words, value] of choices) {
      if (!groups.has(group)) {
        const together = document.createElement("optgroup");
        together.label = group;
        groups.set(group, together);
        select.append(together);
      }
      const option = el("option", "", words);
      option.value = String(value);
      groups.get(group).append(option);
    }
    select.value = String(chosen);
    select.addEventListener("change", () => then(select.value));
    return el("label", "", el("span", "", label), select);
  }

  /* A row of buttons of which one is down. */
  _choice(className, label, titles, chosen, then) {
    const row = geoTej.el("div", className);
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", label);
    titles.forEach((title, number) => {
      const button = geoTej.button("", title, () => {
        [...row.children].forEach((each, n) => each.setAttribute("aria-pressed", String(n === number)));
        then(number);
      });
      button.setAttribute("aria-pressed", String(number === chosen));
      row.append(button);
    });
    return row;
  }

  /* Classes with their areas, of the parcels that lie on top of those shown. */
  _legend() {
    const { el } = geoTej, { title, classes } = this.view();
    const group = this.ranked.find((each) => this.map.hasLayer(each.layer)) || this.ranked[0];
    const count = classes.map(() => 0), area = classes.map(() => 0);
    for (let i = group.from; i < group.to; i += 1) {
      count[this.codes[i]] += 1;
      area[this.codes[i]] += this.columns["parcel.area"][i] / 400;
    }
    const rows = [], keys = [];
    classes.forEach((each, k) => {
      if (!count[k] && each.spare) return;
      if (count[k]) keys.push(el("div", "tej-row", this.swatch(each), el("span", "", each.name)));
      const size = (count[k] === 1 ? this.words.count_one : this.words.count).replace("{n}", this.number(count[k], 0)).replace("{ha}", this.number(area[k] / 10000, 1));
      rows.push(el("div", "tej-row", this.swatch(each), el("span", "tej-name", each.name), el("span", "tej-size", size)));
    });
    this.keyBox.replaceChildren(el("div", "tej-under", title), ...keys);
    this.askedBox.textContent = `${title} · ${group.title}`;
    geoTej.listed(this.legendBox, rows);
  }

  swatch(style) {
    const swatch = geoTej.el("span", "tej-swatch");
    if (style.fill) swatch.style.backgroundColor = style.fill;
    if (style.pattern === "dots") {
      swatch.style.backgroundImage = `radial-gradient(${style.ink} 1.1px, transparent 1.4px)`;
      swatch.style.backgroundSize = "5px 5px";
    } else if (style.pattern) {
      const lines = (degrees) => `repeating-linear-gradient(${degrees}deg, ${style.ink} 0 1.2px, transparent 1.2px 4.5px)`;
      swatch.style.backgroundImage = style.pattern === "cross" ? `${lines(45)}, ${lines(135)}` : lines(135);
    }
    if (style.stroke) swatch.style.border = `1.5px ${style.dash && style.dash.length ? "dashed" : "solid"} ${style.stroke}`;
    return swatch;
  }

  /* Of a layer whose classes have hues of their own: the first few side by side. */
  _swatchOf(layer) {
    const swatch = this.swatch(layer.styles[0]);
    if (!layer.base || layer.styles.length < 2) return swatch;
    const few = layer.styles.slice(0, 4);
    swatch.style.background = `linear-gradient(90deg, ${few.map((each, k) => `${each.fill} ${(k * 100) / few.length}% ${((k + 1) * 100) / few.length}%`).join(", ")})`;
    swatch.style.border = "";
    return swatch;
  }

  _layerList() {
    const { el } = geoTej, { words, map } = this;
    const list = el("div", "tej-layers");
    let group = list;
    const heading = (title) => { group = el("div", "tej-group", el("h3", "", title)); list.append(group); };
    const row = (title, layer, swatch, classes) => {
      const box = el("input", "");
      box.type = "checkbox";
      box.checked = map.hasLayer(layer);
      const legend = el("div", "tej-classes");
      box.addEventListener("change", () => {
        if (box.checked) layer.addTo(map); else layer.remove();
        legend.hidden = !box.checked;
      });
      map.on("layeradd layerremove", (event) => { if (event.layer === layer) { box.checked = map.hasLayer(layer); legend.hidden = !box.checked; } });
      legend.hidden = !box.checked;
      if (classes) geoTej.listed(legend, classes);
      group.append(el("label", "tej-layer", box, swatch, el("span", "", title)));
      if (classes && classes.length) group.append(legend);
    };
    heading(words.parcels);
    for (const { title, layer } of this.ranked) row(title, layer, null);
    map.on("layeradd layerremove", (event) => { if (this.ranked.some((each) => each.layer === event.layer)) this._legend(); });
    for (const [title, layer, swatch] of this.pointLayers || []) row(title, layer, swatch);
    if (this.others.length) {
      heading(words.others);
      for (const [title, layer] of this.others) row(title, layer, null);
    }
    const zones = this.layers.filter((each) => each.classes);
    if (zones.length) heading(words.controls);
    for (const layer of zones) {
      const several = layer.classes.length > 1 && layer.classes.length <= 12;
      row(layer.title, layer.layer, this._swatchOf(layer), several
        ? layer.classes.map((name, k) => el("div", "tej-row", this.swatch(layer.styles[k]), el("span", "tej-name", name))) : null);
    }
    const context = this.layers.filter((each) => !each.classes);
    if (context.length || this.head.relief) heading(words.context);
    for (const layer of context) row(layer.title, layer.layer, layer.style === "place" ? null : this.swatch(layer.context));
    if (this.source.groups.relief) row(words.relief, this.source.groups.relief, null);
    return list;
  }

  /* ---- the panel: one parcel, one firm, or the list of what is in view ---- */

  _panel() {
    const { el } = geoTej;
    this.detail = el("div", "tej-detail");
    this.detail.setAttribute("role", "region");
    this.detail.setAttribute("aria-label", this.words.answers);
    this.detail.tabIndex = -1;
    this.detail.hidden = true;
    L.DomEvent.disableClickPropagation(this.detail);
    L.DomEvent.disableScrollPropagation(this.detail);
    this.container.append(this.detail);
  }

  close() {
    const inside = this.detail.contains(document.activeElement);
    this.detail.hidden = true;
    this.opened = null;
    this.chosen = -1;
    this.container.classList.remove("tej-panel-open");
    if (this.outline) this.outline.remove();
    this._writeAddress();
    if (inside) this.container.focus({ preventScroll: true });
  }

  /* Outlines parcels and brings them out from under the panel: close by where asked, else by the shortest way, and
     where they are larger than what the panel leaves of the map, as much smaller as they must be to be seen whole. */
  mark(places, move) {
    if (this.outline) this.outline.remove();
    const rings = places.map((i) => this.shapes.latLngs(i));
    this.outline = L.layerGroup(rings.flatMap((each) => [
      L.polygon(each, { pane: "chosen", fill: false, color: "#fff", weight: 6, opacity: 0.9, interactive: false }),
      L.polygon(each, { pane: "chosen", fill: false, color: "#111827", weight: 3, interactive: false })])).addTo(this.map);
    const { map } = this, marked = L.latLngBounds(rings.flat(2));
    if (!this.container.clientWidth || !marked.isValid()) return;
    if (move) { this._fitInto(marked, { maxZoom: 17 }); return; }
    const free = this.free(), edge = 12;
    const from = map.latLngToContainerPoint(marked.getNorthWest()), to = map.latLngToContainerPoint(marked.getSouthEast());
    if (to.x - from.x > free.right - free.left - 2 * edge || to.y - from.y > free.bottom - free.top - 2 * edge) {
      this._fitInto(marked, { maxZoom: map.getZoom() });
      return;
    }
    const shift = (low, high, least, most) => (low < least ? low - least : high > most ? high - most : 0);
    const by = [shift(from.x, to.x, free.left + edge, free.right - edge), shift(from.y, to.y, free.top + edge, free.bottom - edge)];
    if (by[0] || by[1]) map.panBy(by, { animate: false });
  }

  openParcel(i, move) {
    this.chosen = i;
    this.opened = () => this.fill(this.contents(i));
    this.opened();
    this.mark([i], move);
    this.detail.scrollTop = 0;
    this.speak(i);
    this._writeAddress();
  }

  fill(contents) {
    const { el } = geoTej, { head } = this;
    const kept = this.detail.scrollTop;
    const close = geoTej.button("tej-close", "×", () => this.close(), this.words.close);
    this.detail.replaceChildren(close, ...contents);
    if (head.notice) this.detail.append(el("p", "tej-notice", head.notice));
    this.detail.append(el("p", "tej-small", head.disclaimer));
    this.detail.hidden = false;
    this.container.classList.add("tej-panel-open");
    this.detail.scrollTop = kept;
  }

  /* What is said of a parcel: here its details, label by label. */
  contents(i) {
    const { el } = geoTej;
    const facts = el("dl", "");
    for (const [label, value] of this.facts(i)) if (value) facts.append(el("dt", "", label), el("dd", "", value));
    return [el("h2", "", this.id(i)), el("p", "tej-under", this.name(i)),
      el("p", "tej-verdict", this.saying(i)), facts, this.copying(i)];
  }

  facts(i) {
    const rows = [];
    if (this.columns["parcel.area"]) rows.push([this.words.area, this.area(this.area2(i))]);
    for (const [label, column] of this.head.parcels.details) {
      const numbers = this.columns[column];
      const value = numbers ? numbers[i] : this.data.word(column, i);
      rows.push([label, typeof value === "number" ? (Number.isNaN(value) ? "" : value.toLocaleString("en-US")) : value]);
    }
    return rows;
  }

  /* Buttons that copy the parcel's id, and the command that prints its extract. */
  copying(i) {
    const { el } = geoTej, { words, head } = this;
    const row = el("div", "tej-copies");
    const button = (label, copied) => row.append(geoTej.button("tej-copy", label, async (event) => {
      const pressed = event.currentTarget;
      await this.copy(copied);
      pressed.textContent = words.copied;
      this.say(`${words.copied}: ${copied}`);
      setTimeout(() => { pressed.textContent = label; }, 1500);
    }));
    button(words.copy_id, this.id(i));
    if (head.command) button(words.copy_command, this.command(i));
    return row;
  }

  /* What paper says of a parcel beyond what is open beside the map. */
  printed() {
    return [];
  }

  /* The command line that prints what the page says of a parcel, quoted for a shell. */
  command(i) {
    const id = this.id(i);
    return this.head.command.replace("{id}", () => (/^[\w.-]+$/.test(id) && !id.startsWith("-") ? id : `-- '${id.replace(/'/g, "'\\''")}'`));
  }

  async copy(words) {
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      /* No clipboard in a sandboxed frame or from a file: by a selection, as of old. */
      const box = geoTej.el("textarea", "tej-unseen");
      box.value = words;
      this.container.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
    }
    this.container.dataset.copied = words;
  }

  /* ---- on paper ---- */

  /* The part of a view where there are data, if any. */
  _ofData(view) {
    const [[south, west], [north, east]] = this.head.bounds;
    const part = [[Math.max(south, view.getSouth()), Math.max(west, view.getWest())], [Math.min(north, view.getNorth()), Math.min(east, view.getEast())]];
    return part[0][0] < part[1][0] && part[0][1] < part[1][1] ? L.latLngBounds(part) : view;
  }

  _paper() {
    const { container, map, head } = this;
    const sheet = { A4: [297, 210], A3: [420, 297] }[head.paper] || [297, 210];
    const page = document.createElement("style");
    page.textContent = `@page { size: ${head.paper || "A4"} landscape; margin: 10mm; }`;
    document.head.append(page);
    container.style.setProperty("--tej-sheet-width", `${sheet[0] - 20}mm`);
    container.style.setProperty("--tej-sheet-height", `${sheet[1] - 21}mm`);
    let before = null;
    const start = () => {
      if (before) return;
      const { left, top, right, bottom } = this.free();
      const seen = this._ofData(L.latLngBounds(map.containerPointToLatLng([left, top]), map.containerPointToLatLng([right, bottom])));
      before = { middle: map.getCenter(), zoom: map.getZoom(), snap: map.options.zoomSnap, undo: [] };
      map.options.zoomSnap = 0;
      container.classList.add("tej-printing");
      map.invalidateSize({ animate: false, pan: false });
      const side = container.querySelector(".tej-side").offsetWidth, { x, y } = map.getSize();
      map.fitBounds(seen, { animate: false, paddingTopLeft: [side + 20, 4], paddingBottomRight: [4, 4] });
      const middle = L.point((x + side + 16) / 2, y / 2);
      const scale = geoTej.roundScale(map, middle);
      map.eachLayer((layer) => {
        if (layer instanceof geoTej.ShapeLayer) before.undo.push(layer.sheet(3));
        if (layer === this.relief) before.undo.push(geoTej.smooth(map, layer));
      });
      container.querySelector(".tej-ratio").textContent = `1 : ${this.number(scale, 0)}`;
      const more = container.querySelector(".tej-more");
      let size = 1;
      while (size > 0.3 && more.scrollHeight > more.clientHeight) more.style.zoom = size -= 0.02;
      if (size < 1) more.style.zoom = size - 0.02;
      before.undo.push(() => { more.style.zoom = ""; });
      /* What is open beside the map follows on a sheet of its own. */
      if (!this.detail.hidden) {
        const told = geoTej.el("div", "tej tej-told", geoTej.el("p", "tej-under", head.title), ...[...this.detail.cloneNode(true).children].filter((each) => !each.matches(".tej-close,.tej-copies")), ...(this.chosen < 0 ? [] : this.printed(this.chosen)));
        container.after(told);
        before.undo.push(() => told.remove());
      }
    };
    const end = () => {
      if (!before) return;
      const { middle, zoom, snap, undo } = before;
      before = null;
      undo.forEach((each) => each());
      container.classList.remove("tej-printing");
      map.options.zoomSnap = snap;
      map.invalidateSize({ animate: false, pan: false });
      map.setView(middle, zoom, { animate: false });
    };
    window.addEventListener("beforeprint", start);
    window.addEventListener("afterprint", end);
  }
};
