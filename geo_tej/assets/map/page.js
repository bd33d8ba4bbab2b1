/* The page of an assessment: what is asked, the legend and layers, the map, and the answers for what is clicked.
   Words and names come as data and are only ever written as text. */
"use strict";

geoTej.COLOURS = {
  permitted: "#3c9d8f", conditional: ["#f3d27a", "#f3d27a", "#eebf5a", "#e4a03b", "#cf7f2a"], prohibited: "#b9504a",
  open: "#e9e7f0", openHatch: "#8a7fb0", ramp: ["#b9504a", "#f3e3bd", "#cfdcee", "#8fb0d9", "#4a78b5"],
};
/* Control layers in turn: hues far from those of the answers. */
geoTej.HUES = ["#1f6fb2", "#c2185b", "#7b3fa0", "#5d7a1f", "#8d5524", "#d1495b", "#00838f", "#455a64", "#ad6f00", "#3949ab", "#6a1b4d", "#2e7d32"];

geoTej.el = function (tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const child of children) if (child !== null && child !== undefined && child !== "") node.append(child);
  return node;
};

geoTej.open = async function (map, script) {
  const block = script.textContent;
  const { header, columns } = await geoTej.unpack(block);
  const page = new geoTej.Page(map, header, columns);
  page.show();
};

geoTej.Page = class {
  constructor(map, header, columns) {
    this.map = map;
    this.head = header;
    this.columns = columns;
    this.words = header.words;
    this.use = header.opens_on;
    this.pathway = 0;
    this.questions = header.uses.length * header.pathways.length;
    this.shapes = new geoTej.Shapes(columns, "parcels");
    this.tested = Math.max(1, header.law.rules.filter((rule) => rule[7] !== null).length);
  }

  show() {
    const container = this.map.getContainer();
    container.classList.add("tej");
    this._panes();
    this._parcels();
    this._zones();
    this._enterprises();
    this._side(container);
    this._detail(container);
    this._scale();
    this._answerClicks();
    this._print();
    const wide = container.clientWidth > 760;
    this.map.invalidateSize({ animate: false });
    this.map.fitBounds(this.head.bounds, {
      animate: false, paddingTopLeft: [wide ? 330 : 12, wide ? 12 : 64], paddingBottomRight: [12, 24] });
    this._restyle();
    container.dataset.ready = "yes";
  }

  /* ---- the map ---- */

  _panes() {
    for (const [name, z] of [["context", 210], ["ground", 215], ["relief", 240], ["zones", 260], ["chosen", 450]]) {
      this.map.createPane(name).style.zIndex = z;
    }
    this.map.getPane("relief").style.mixBlendMode = "multiply";
    this.map.getPane("relief").style.pointerEvents = "none";
    this.map.createPane("parcels").style.zIndex = 220;
    if (this.head.relief) {
      this.relief = L.imageOverlay(this.head.relief.png, this.head.relief.bounds, { pane: "relief", opacity: 0.55 }).addTo(this.map);
    }
  }

  _parcels() {
    const groups = this.head.parcels.groups;
    this.groups = groups.map(([title, first, show], number) => {
      const to = number + 1 < groups.length ? groups[number + 1][1] : this.shapes.length;
      const layer = new geoTej.ShapeLayer({
        shapes: this.shapes, from: first, to, pane: "parcels", zIndex: number + 1,
        styleOf: (i, zoom) => this._parcelStyle(i, zoom, to - first > 2000),
      });
      return { title, from: first, to, layer, show };
    });
    /* The layer with the most parcels lies under the others. */
    [...this.groups].sort((a, b) => (b.to - b.from) - (a.to - a.from))
      .forEach((group, rank) => { group.layer.setZIndex(rank + 1); group.rank = rank; if (group.show) group.layer.addTo(this.map); });
    if (this.groups.length > 1) {
      const most = this.groups.find((group) => group.rank === 0);
      most.layer.setOpacity(0.45);
    }
  }

  _parcelStyle(i, zoom, many) {
    const shade = this._classes()[this._classOf(i)];
    const line = many ? (zoom >= 14.5 ? "rgba(60,60,60,.28)" : shade.fill) : "#3b3f45";
    return { fill: shade.fill, hatch: shade.hatch, stroke: line, width: many ? 0.6 : zoom >= 14 ? 1.2 : 0.7 };
  }

  _span(profile, question) {
    const cell = this.columns["verdict.table"][profile * this.questions + question];
    return { least: cell & 3, most: (cell >> 2) & 3, level: (cell >> 4) & 7, open: cell >> 8 };
  }

  spanOf(i, use, pathway) {
    return this._span(this.columns["verdict.profile"][i], use * this.head.pathways.length + pathway);
  }

  /* Uses that surely may come, may yet come, and may not come, by pathway. */
  counts(i) {
    const profile = this.columns["verdict.profile"][i];
    const key = profile * this.head.pathways.length + this.pathway;
    this._counted = this._counted || new Map();
    let counted = this._counted.get(key);
    if (!counted) {
      counted = { sure: 0, open: 0, barred: 0 };
      for (let use = 0; use < this.head.uses.length; use += 1) {
        const span = this._span(profile, use * this.head.pathways.length + this.pathway);
        if (span.most < 2) counted.sure += 1; else if (span.least < 2) counted.open += 1; else counted.barred += 1;
      }
      this._counted.set(key, counted);
    }
    return counted;
  }

  /* The classes of the present question, from mild to strict, as the legend shows them. */
  _classes() {
    const { COLOURS } = geoTej, { outcomes, levels } = this.head;
    if (this.use === null) {
      if (!this._overviewClasses) {
        const bins = [...new Set([1, 0.25, 0.5, 1].map((part, n) => (n ? Math.ceil(this.head.uses.length * part) : 1)))];
        const classes = [];
        for (let n = bins.length - 1; n > 0; n -= 1) {
          const from = n === 1 ? 1 : bins[n - 1] + 1;
          if (from <= bins[n]) classes.push({ from, fill: COLOURS.ramp[n + 1], name: this.words.some.replace("{n}", from < bins[n] ? `${from}–${bins[n]}` : from) });
        }
        classes.push({ name: this.words.none_sure.replace("{open}", this.words.open_some), fill: COLOURS.open, hatch: COLOURS.openHatch });
        classes.push({ name: outcomes[2][0], fill: COLOURS.prohibited });
        this._overviewClasses = classes;
      }
      return this._overviewClasses;
    }
    if (!this._useClasses) {
      this._useClasses = [{ name: outcomes[0][0], fill: COLOURS.permitted }];
      COLOURS.conditional.forEach((fill, level) => this._useClasses.push({
        fill, name: outcomes[1][0] + (level ? " · " + this.words.signature.replace("{level}", levels[level]) : "") }));
      this._useClasses.push({ name: outcomes[3][0], fill: COLOURS.open, hatch: COLOURS.openHatch });
      this._useClasses.push({ name: outcomes[2][0], fill: COLOURS.prohibited });
    }
    return this._useClasses;
  }

  _classOf(i) {
    if (this.use === null) {
      const classes = this._classes(), counted = this.counts(i);
      if (!counted.sure) return counted.open ? classes.length - 2 : classes.length - 1;
      return classes.findIndex((each) => each.from <= counted.sure);
    }
    return this._classOfSpan(this.spanOf(i, this.use, this.pathway));
  }

  _classOfSpan(span) {
    if (span.least !== span.most) return 6;
    return span.least === 0 ? 0 : span.least === 2 ? 7 : 1 + span.level;
  }

  _zones() {
    let hue = 0;
    this.layers = this.head.layers.map((described, number) => {
      const shapes = new geoTej.Shapes(this.columns, described.prefix);
      const control = described.classes !== undefined;
      const colour = control ? geoTej.HUES[hue++ % geoTej.HUES.length] : null;
      const styles = control ? described.classes.map((_, k) => this._zoneStyle(described, colour, k, shapes.kind)) : null;
      const classOf = this.columns[described.prefix + ".class"];
      const drawn = (pane, styleOf) => new geoTej.ShapeLayer({ shapes, pane, zIndex: number + 1, styleOf });
      /* A zone's ground lies under the parcels, so that it does not tint their answers; its outline lies above. */
      const layers = control
        ? [drawn("ground", (i) => ({ fill: styles[classOf[i]].fill })), drawn("zones", (i) => ({ ...styles[classOf[i]], fill: null }))]
        : [drawn(described.role === "area" ? "zones" : "context", () => geoTej.CONTEXT[described.style] || geoTej.CONTEXT.outline)];
      const entry = { ...described, shapes, colour, styles, layers };
      if (described.style === "place" && described.names) entry.layers = [this._places(shapes, described.names)];
      if (described.show) entry.layers.forEach((each) => each.addTo(this.map));
      return entry;
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
    return { fill: kind === geoTej.POLYGON ? colour + alpha : null, stroke: colour, width: kind === geoTej.POLYGON ? 1.4 : 2, dash: k % 2 ? [5, 3] : [] };
  }

  _places(shapes, names) {
    const group = L.layerGroup();
    for (let i = 0; i < shapes.length; i += 1) {
      if (!names[i]) continue;
      const label = geoTej.el("span", "tej-place", names[i]);
      group.addLayer(L.marker(shapes.middle(i), { interactive: false, keyboard: false, icon: L.divIcon({ className: "tej-place-box", html: label, iconSize: null }) }));
    }
    return group;
  }

  _enterprises() {
    this.firms = L.layerGroup();
    const on = new Map();
    for (const firm of this.head.enterprises) {
      if (!firm.parcels.length) continue;
      const home = firm.parcels[0][0];
      const nth = on.get(home) || 0;
      on.set(home, nth + 1);
      const turn = (nth * 2.4) + 0.6, away = nth ? 0.00012 * Math.sqrt(nth) : 0;
      const middle = this.shapes.middle(home);
      firm.at = L.latLng(middle.lat + away * Math.sin(turn), middle.lng + away * Math.cos(turn));
      const dot = L.circleMarker(firm.at, { pane: "chosen", radius: 4, color: "#fff", weight: 1.2, fillColor: "#1d2b3a", fillOpacity: 1, large: firm.designated });
      dot.bindTooltip(geoTej.el("span", "", firm.name || firm.id), { direction: "top", offset: [0, -4] });
      dot.on("click", (event) => { L.DomEvent.stopPropagation(event); this.openFirm(firm); });
      this.firms.addLayer(dot);
    }
    const sized = () => {
      const grown = Math.max(0, Math.min(4, this.map.getZoom() - 12.5));
      this.firms.eachLayer((dot) => dot.setRadius(1.6 + grown * (dot.options.large ? 1.1 : 0.75)));
    };
    this.map.on("zoomend", sized);
    this.map.whenReady(sized);
    if (on.size) this.firms.addTo(this.map);
  }

  _scale() {
    L.control.zoom({ position: "bottomright", zoomInTitle: this.words.zoom_in, zoomOutTitle: this.words.zoom_out }).addTo(this.map);
    L.control.scale({ position: "bottomright", imperial: false, maxWidth: 140 }).addTo(this.map);
    const north = L.control({ position: "topright" });
    north.onAdd = () => geoTej.el("div", "tej-north", geoTej.el("span", "", "▲"), geoTej.el("b", "", this.words.north));
    north.addTo(this.map);
  }

  /* Redraws what the question changes: parcels and legend. */
  _restyle() {
    for (const group of this.groups) group.layer.redraw();
    this._legend();
    if (this.opened) this.opened();
  }

  _answerClicks() {
    const at = (event) => {
      const point = L.CRS.EPSG3857.latLngToPoint(event.latlng, geoTej.GRID_ZOOM);
      const shown = this.groups.filter((group) => this.map.hasLayer(group.layer)).sort((a, b) => b.rank - a.rank);
      for (const group of shown) {
        const found = this.shapes.pick(point.x, point.y, group.from, group.to);
        if (found >= 0) return found;
      }
      return -1;
    };
    this.map.on("click", (event) => {
      const found = at(event);
      if (found >= 0) this.openParcel(found); else this.close();
    });
    const tip = L.tooltip({ direction: "top", offset: [0, -6], className: "tej-tip" });
    this.map.on("mousemove", (event) => {
      const found = event.originalEvent.target.closest(".tej-side,.tej-detail,.leaflet-interactive") ? -1 : at(event);
      if (found < 0) { this.map.closeTooltip(tip); return; }
      const words = this.use === null
        ? this._classes()[this._classOf(found)].name
        : this.spanWords(this.spanOf(found, this.use, this.pathway));
      tip.setLatLng(event.latlng).setContent(geoTej.el("div", "", geoTej.el("b", "", this.head.parcels.ids[found]), geoTej.el("div", "", words)));
      this.map.openTooltip(tip);
    });
    this.map.on("mouseout", () => this.map.closeTooltip(tip));
  }

  /* ---- words ---- */

  spanWords(span) {
    const { outcomes, language } = this.head;
    if (span.least === span.most) return outcomes[span.least][0];
    return language === "zh" ? `${outcomes[span.least][0]}～${outcomes[span.most][0]}` : `${outcomes[span.least][0]} to ${outcomes[span.most][0]}`;
  }

  number(value, digits) {
    return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  /* Square metres, and beside them the other units that the rulebook asks for. */
  area(value) {
    const written = {
      m2: this.metres(value),
      ha: `${this.number(value / 10000, 4)} ${this.words.hectares}`,
      mu: `${this.number((value * 3) / 2000, 2)} ${this.words.mu}`,
    };
    const [first, ...rest] = this.head.units.map((unit) => written[unit]);
    if (!rest.length) return first;
    return this.head.language === "zh" ? `${first}（合 ${rest.join("、")}）` : [first, ...rest].join(" = ");
  }

  metres(value) {
    return `${this.number(value, 2)} ${this.words.square_metres}`;
  }

  portion(hit) {
    return `${this.metres(hit.area)}${this.head.language === "zh" ? "，" : ", "}${this.percent(hit.share)}`;
  }

  percent(share) {
    if (share > 0 && share < 0.001) return "<0.1 %";
    if (share > 0.999 && share < 1 - 1e-6) return ">99.9 %";
    return `${(share * 100).toFixed(1).replace(/\.0$/, "")} %`;
  }

  /* ---- the side: question, legend, layers ---- */

  _side(container) {
    const { el } = geoTej, { head, words } = this;
    const side = el("div", "tej-side");
    L.DomEvent.disableClickPropagation(side);
    L.DomEvent.disableScrollPropagation(side);
    const menu = el("button", "tej-menu", "☰");
    menu.type = "button";
    menu.setAttribute("aria-label", words.menu);
    menu.setAttribute("aria-expanded", "false");
    menu.addEventListener("click", () => menu.setAttribute("aria-expanded", String(side.classList.toggle("tej-unfolded"))));
    side.append(el("div", "tej-bar", this._search(), menu));
    const heading = el("div", "tej-head", el("b", "", head.title));
    if (head.notice) heading.append(el("span", "tej-notice", head.notice));
    side.append(heading);
    const more = el("div", "tej-more");
    more.append(el("h1", "", head.title));
    if (head.notice) more.append(el("p", "tej-notice", head.notice));
    if (head.failed.length) more.append(el("p", "tej-failed", words.failed + head.failed.join(head.language === "zh" ? "、" : ", ")));
    more.append(this._question());
    this.legendBox = el("div", "tej-legend");
    more.append(el("h2", "", words.legend), this.legendBox, el("h2", "", words.layers), this._layerList());
    const foot = el("div", "tej-foot");
    if (head.scenario) foot.append(el("p", "", `${words.assumed}: ${head.scenario}`));
    foot.append(el("p", "", `${words.on} ${head.on} · ${words.rulebook}: ${head.rulebook}`));
    if (head.sources.length) foot.append(el("p", "", `${words.sources}: ${head.sources.join(head.language === "zh" ? "；" : "; ")}`));
    foot.append(el("p", "", head.disclaimer), el("p", "tej-id", head.assessment));
    more.append(foot);
    side.append(more);
    container.append(side);
  }

  _question() {
    const { el } = geoTej, { head, words } = this;
    const use = el("select", "");
    use.setAttribute("aria-label", words.use);
    const overview = el("option", "", words.overview);
    overview.value = "";
    use.append(overview);
    head.groups.forEach((title, group) => {
      const together = document.createElement("optgroup");
      together.label = title;
      head.uses.forEach(([name, , of], number) => {
        if (of !== group) return;
        const option = el("option", "", name);
        option.value = String(number);
        together.append(option);
      });
      use.append(together);
    });
    use.value = this.use === null ? "" : String(this.use);
    use.addEventListener("change", () => { this.use = use.value === "" ? null : Number(use.value); this._restyle(); });
    this.useBox = use;
    const pathway = el("div", "tej-pathway");
    pathway.setAttribute("role", "radiogroup");
    pathway.setAttribute("aria-label", words.pathway);
    head.pathways.forEach((title, number) => {
      const button = el("button", "", title);
      button.type = "button";
      button.setAttribute("role", "radio");
      button.setAttribute("aria-checked", String(number === this.pathway));
      button.addEventListener("click", () => {
        this.pathway = number;
        [...pathway.children].forEach((each, n) => each.setAttribute("aria-checked", String(n === number)));
        this._restyle();
      });
      pathway.append(button);
    });
    return el("div", "tej-question", el("label", "", el("span", "", words.show), use), pathway);
  }

  _legend() {
    const { el } = geoTej;
    const classes = this._classes();
    const group = [...this.groups].sort((a, b) => b.rank - a.rank)[0];
    const count = classes.map(() => 0), area = classes.map(() => 0);
    for (let i = group.from; i < group.to; i += 1) {
      const k = this._classOf(i);
      count[k] += 1;
      area[k] += this.columns["parcel.area"][i];
    }
    const several = new Map();
    const rows = [];
    classes.forEach((each, k) => {
      const key = each.fill + (each.hatch || "");
      if (this.use !== null && !count[k] && k > 0 && k < 6) return;
      if (several.has(key) && !count[k]) return;
      several.set(key, k);
      const size = this.words.count.replace("{n}", this.number(count[k], 0)).replace("{ha}", this.number(area[k] / 10000, 1));
      rows.push(el("div", "tej-row", this._swatch(each), el("span", "tej-name", each.name), el("span", "tej-size", size)));
    });
    const heading = this.use === null ? this.words.overview : this.head.uses[this.use][0];
    this.legendBox.replaceChildren(
      el("div", "tej-asked", `${heading} · ${this.head.pathways[this.pathway]} · ${group.title}`), ...rows);
  }

  _swatch(style) {
    const swatch = geoTej.el("span", "tej-swatch");
    if (style.hatch) {
      swatch.style.background = `repeating-linear-gradient(135deg, ${style.fill} 0 3px, ${style.hatch} 3px 4.5px)`;
    } else if (style.fill) swatch.style.background = style.fill;
    if (style.stroke) swatch.style.border = `1.5px ${style.dash && style.dash.length ? "dashed" : "solid"} ${style.stroke}`;
    return swatch;
  }

  _layerList() {
    const { el } = geoTej, { words } = this;
    const list = el("div", "tej-layers");
    const row = (title, layers, swatch, classes) => {
      const box = el("input", "");
      box.type = "checkbox";
      box.checked = layers.every((layer) => this.map.hasLayer(layer));
      const legend = el("div", "tej-classes");
      const update = () => {
        for (const layer of layers) if (box.checked) layer.addTo(this.map); else layer.remove();
        legend.hidden = !box.checked;
      };
      box.addEventListener("change", update);
      legend.hidden = !box.checked;
      if (classes) legend.append(...classes);
      list.append(el("label", "tej-layer", box, swatch, el("span", "", title)));
      if (classes && classes.length) list.append(legend);
    };
    list.append(el("h3", "", words.parcels));
    for (const group of [...this.groups].sort((a, b) => b.rank - a.rank)) row(group.title, [group.layer], null);
    if (this.head.enterprises.length) row(words.enterprises, [this.firms], el("span", "tej-dot"));
    list.append(el("h3", "", words.controls));
    for (const layer of this.layers.filter((each) => each.classes)) {
      const several = layer.classes.length > 1 && layer.classes.length <= 12;
      row(layer.title, layer.layers, this._swatch(layer.styles[0]), several
        ? layer.classes.map((name, k) => el("div", "tej-row", this._swatch(layer.styles[k]), el("span", "tej-name", name))) : null);
    }
    list.append(el("h3", "", words.context));
    for (const layer of this.layers.filter((each) => !each.classes)) row(layer.title, layer.layers, null);
    if (this.relief) row(words.relief, [this.relief], null);
    return list;
  }

  _search() {
    const { el } = geoTej, { head, words } = this;
    const input = el("input", "tej-input");
    input.type = "search";
    input.placeholder = words.search;
    input.setAttribute("aria-label", words.search);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "false");
    const list = el("div", "tej-found");
    list.setAttribute("role", "listbox");
    list.hidden = true;
    const named = head.parcels.details.name;
    const entries = [];
    head.enterprises.forEach((firm) => entries.push([`${firm.name} ${firm.id}`, firm.name || firm.id, words.enterprise, () => this.openFirm(firm)]));
    head.parcels.ids.forEach((id, i) => {
      const name = named && named[1][i] >= 0 ? named[0][named[1][i]] : "";
      entries.push([`${id} ${name}`, name ? `${id} ${name}` : id, words.parcels, () => this.openParcel(i, true)]);
    });
    this.layers.filter((layer) => layer.style === "place" && layer.names).forEach((layer) => layer.names.forEach((name, i) => {
      if (name) entries.push([name, name, layer.title, () => this.map.setView(layer.shapes.middle(i), 15)]);
    }));
    const lowered = entries.map((entry) => entry[0].toLowerCase());
    let found = [], at = -1;
    const take = (entry) => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.value = entry[1]; entry[3](); };
    const mark = () => [...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    const look = () => {
      const sought = input.value.trim().toLowerCase();
      found = []; at = -1;
      if (sought) {
        for (let i = 0; i < entries.length && found.length < 8; i += 1) if (lowered[i].startsWith(sought)) found.push(entries[i]);
        for (let i = 0; i < entries.length && found.length < 8; i += 1) {
          if (lowered[i].includes(sought) && !found.includes(entries[i])) found.push(entries[i]);
        }
      }
      list.replaceChildren(...found.map((entry) => {
        const option = el("div", "tej-option", el("span", "", entry[1]), el("small", "", entry[2]));
        option.setAttribute("role", "option");
        option.addEventListener("mousedown", (event) => { event.preventDefault(); take(entry); });
        return option;
      }));
      if (sought && !found.length) list.replaceChildren(el("div", "tej-option tej-empty", words.nothing_found));
      list.hidden = !sought;
      input.setAttribute("aria-expanded", String(Boolean(sought)));
    };
    input.addEventListener("input", look);
    input.addEventListener("focus", look);
    input.addEventListener("blur", () => { list.hidden = true; });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        at = Math.max(0, Math.min(found.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)));
        mark();
      } else if (event.key === "Enter" && found.length) take(found[Math.max(at, 0)]);
      else if (event.key === "Escape") { list.hidden = true; input.blur(); }
    });
    return el("div", "tej-search", input, list);
  }

  /* ---- the answers for one parcel or firm ---- */

  _detail(container) {
    this.detail = geoTej.el("div", "tej-detail");
    this.detail.setAttribute("role", "region");
    this.detail.setAttribute("aria-live", "polite");
    this.detail.hidden = true;
    L.DomEvent.disableClickPropagation(this.detail);
    L.DomEvent.disableScrollPropagation(this.detail);
    container.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
    container.append(this.detail);
  }

  close() {
    this.detail.hidden = true;
    this.opened = null;
    if (this.outline) this.outline.remove();
  }

  _outline(places, move) {
    if (this.outline) this.outline.remove();
    this.outline = L.layerGroup(places.map((i) => L.polygon(this.shapes.latLngs(i), {
      pane: "chosen", fill: false, color: "#111827", weight: 3, interactive: false }))).addTo(this.map);
    if (!move || !places.length) return;
    const wide = this.map.getContainer().clientWidth > 760;
    const bounds = L.latLngBounds(places.flatMap((i) => this.shapes.latLngs(i).flat()));
    this.map.fitBounds(bounds, { animate: false, maxZoom: 16.5, paddingTopLeft: [wide ? 340 : 20, wide ? 20 : 70],
      paddingBottomRight: [wide ? 420 : 20, wide ? 20 : this.map.getContainer().clientHeight * 0.55] });
  }

  openParcel(i, move) {
    this._outline([i], move);
    this.opened = () => this._fill(this._parcelContents(i));
    this.opened();
    this.detail.scrollTop = 0;
  }

  openFirm(firm) {
    this._outline(firm.parcels.map(([place]) => place), firm.parcels.length > 0);
    this.opened = () => this._fill(this._firmContents(firm));
    this.opened();
    this.detail.scrollTop = 0;
  }

  _fill(contents) {
    const { el } = geoTej;
    const kept = this.detail.scrollTop;
    const close = el("button", "tej-close", "×");
    close.type = "button";
    close.setAttribute("aria-label", this.words.close);
    close.addEventListener("click", () => this.close());
    this.detail.replaceChildren(close, ...contents);
    if (this.head.notice) this.detail.append(el("p", "tej-notice", this.head.notice));
    this.detail.append(el("p", "tej-small", this.head.disclaimer));
    this.detail.hidden = false;
    this.detail.scrollTop = kept;
  }

  _firmContents(firm) {
    const { el } = geoTej, { words, head } = this;
    const number = head.enterprises.indexOf(firm);
    const contents = [el("h1", "", firm.name || firm.id),
      el("p", "tej-under", [firm.id, firm.industry, firm.designated ? words.designated : ""].filter(Boolean).join(" · "))];
    if (!firm.parcels.length) return [...contents, el("p", "tej-failed", words.no_site)];
    const links = el("div", "tej-links");
    for (const [place, relation] of firm.parcels) {
      const button = el("button", "", head.parcels.ids[place] + (relation ? ` · ${relation}` : ""));
      button.type = "button";
      button.addEventListener("click", () => this.openParcel(place, true));
      links.append(button);
    }
    contents.push(el("h2", "", words.its_parcels), links, el("h2", "", `${words.uses} · ${head.pathways[this.pathway]}`), el("p", "tej-small", words.of_enterprise));
    const span = (use) => {
      const cell = this.columns["enterprise.verdict"][number * this.questions + use * head.pathways.length + this.pathway];
      return { least: cell & 3, most: (cell >> 2) & 3, level: cell >> 4 };
    };
    return [...contents, ...this._useRows(span, null)];
  }

  _parcelContents(i) {
    const { el } = geoTej, { words, head } = this;
    const detail = (name) => {
      const column = head.parcels.details[name];
      return column && column[1][i] >= 0 ? column[0][column[1][i]] : "";
    };
    const contents = [el("h1", "", head.parcels.ids[i]), el("p", "tej-under", detail("name"))];
    const hits = this._hits(i);
    for (const hit of hits.filter((each) => head.law.layers[each.layer][1])) {
      contents.push(el("p", "tej-heads", `${words.heads} ${head.law.layers[hit.layer][0]}${hit.words ? ` [${hit.words}]` : ""} ${this.portion(hit)}`));
    }
    const facts = el("dl", "");
    const fact = (name, value) => { if (value) facts.append(el("dt", "", name), el("dd", "", value)); };
    const area = this.columns["parcel.area"][i], registered = this.columns["parcel.registered"];
    fact(words.area, this.area(area));
    if (registered && registered[i] > 0 && Math.abs(registered[i] - area) > 0.5) fact(words.registered, this.area(registered[i]));
    fact(words.village, detail("village"));
    fact(words.land_use, [detail("land_use_code"), detail("land_use_scheme")].filter(Boolean).join(" · "));
    fact(words.tenure, detail("tenure"));
    fact(words.term_end, detail("term_end"));
    contents.push(facts);
    const firms = head.enterprises.filter((firm) => firm.parcels.some(([place]) => place === i));
    if (firms.length) {
      const links = el("div", "tej-links");
      for (const firm of firms) {
        const button = el("button", "", firm.name || firm.id);
        button.type = "button";
        button.addEventListener("click", () => this.openFirm(firm));
        links.append(button);
      }
      contents.push(el("h2", "", words.enterprises), links);
    }
    contents.push(el("h2", "", `${words.uses} · ${head.pathways[this.pathway]}`));
    contents.push(...this._useRows((use) => this.spanOf(i, use, this.pathway), (use) => this._why(i, use)));
    contents.push(el("h2", "", words.states), this._states(i, hits));
    return contents;
  }

  /* A row a use, grouped; a row unfolds to why, where there is more to say. The use asked for comes unfolded. */
  _useRows(spanOf, why) {
    const { el } = geoTej, { head } = this;
    const symbols = ["●", "◐", "×", "?"];
    const row = (use) => {
      const span = spanOf(use);
      const outcome = span.least === span.most ? span.least : 3;
      const style = this._spanStyle(span);
      const mark = this._swatch(style);
      mark.textContent = symbols[outcome];
      const words = this.spanWords(span) + (outcome === 1 && span.level ? ` · ${head.levels[span.level]}` : "");
      const line = [mark, el("span", "tej-name", head.uses[use][0]), el("span", "tej-size", words)];
      if (!why) return el("div", "tej-row tej-use", ...line);
      const folded = el("details", "tej-use", el("summary", "tej-row", ...line));
      folded.addEventListener("toggle", () => {
        if (folded.open && folded.children.length === 1) folded.append(why(use));
      });
      return folded;
    };
    const contents = [];
    if (this.use !== null) {
      const first = row(this.use);
      first.classList.add("tej-asked-use");
      if (why) first.open = true;
      contents.push(first);
    }
    head.groups.forEach((title, group) => {
      const rows = head.uses.map((use, number) => (use[2] === group && number !== this.use ? row(number) : null)).filter(Boolean);
      if (rows.length) contents.push(el("h3", "", title), ...rows);
    });
    return contents;
  }

  _spanStyle(span) {
    const { COLOURS } = geoTej;
    if (span.least !== span.most) return { fill: COLOURS.open, hatch: COLOURS.openHatch };
    return { fill: [COLOURS.permitted, COLOURS.conditional[span.level], COLOURS.prohibited][span.least] };
  }

  _hits(i) {
    const { columns, head } = this;
    const found = [];
    for (let row = columns["hit.start"][i]; row < columns["hit.start"][i + 1]; row += 1) {
      const key = columns["hit.key"][row];
      const [layer, words, distance, rules] = head.law.keys[key];
      found.push({ layer, distance, rules, area: columns["hit.area"][row], share: columns["hit.share"][row],
        words: distance === null ? words : [words, this.words.within.replace("{m}", distance)].filter(Boolean).join(this.head.language === "zh" ? "，" : ", ") });
    }
    return found;
  }

  /* Every rule that speaks on a parcel, use and pathway: laid on heading layers first, then the strictest. */
  _reasons(i, use) {
    const { columns, head } = this;
    const held = (rule) => {
      if (rule[7] === null) return 2;
      return columns["held.table"][columns["held.profile"][i] * this.tested + rule[7]];
    };
    const reasons = [];
    const hear = (number, sure, hit) => {
      const rule = head.law.rules[number];
      if (!rule[5].includes(use) || !rule[6].includes(this.pathway) || !held(rule)) return;
      reasons.push({ rule, hit, sure: sure === true && held(rule) === 2, doubt: sure });
    };
    for (const hit of this._hits(i)) for (const [number, sure] of hit.rules) hear(number, sure, hit);
    for (const number of head.law.everywhere) hear(number, true, null);
    const first = (reason) => (reason.hit && head.law.layers[reason.hit.layer][1] ? 0 : 1);
    return reasons.sort((a, b) => first(a) - first(b) || b.rule[1] - a.rule[1] || b.rule[4] - a.rule[4] ||
      (b.hit ? b.hit.area : 0) - (a.hit ? a.hit.area : 0));
  }

  _why(i, use) {
    const { el } = geoTej, { head, words, columns } = this;
    const box = el("div", "tej-why");
    const question = use * head.pathways.length + this.pathway;
    const span = this.spanOf(i, use, this.pathway);
    box.append(el("p", "tej-verdict", span.least === span.most ? head.outcomes[span.least][1] : this.spanWords(span)));
    for (let row = columns["ground.start"][i]; row < columns["ground.start"][i + 1]; row += 1) {
      if (columns["ground.question"][row] !== question) continue;
      box.append(el("p", "", words.keep_clear.replace("{area}", this.metres(columns["ground.barred"][row]))
        .replace("{share}", this.percent(columns["ground.barred"][row] / columns["parcel.area"][i]))
        .replace("{rest}", this.metres(columns["ground.rest"][row]))));
    }
    const open = head.law.sets[span.open] || [];
    if (open.length) {
      box.append(el("h4", "", words.to_settle));
      const said = new Set();
      for (const [what, settled] of open.map((cause) => head.law.causes[cause])) {
        if (said.has(what)) continue;
        said.add(what);
        box.append(el("p", "tej-open", el("b", "", what), ` ${settled}`));
      }
    }
    const reasons = this._reasons(i, use);
    box.append(el("h4", "", words.why));
    if (!reasons.length || (span.least === 2 && !reasons.some(({ rule }) => rule[1] === 2))) box.append(el("p", "", words.no_reason));
    const permits = new Set();
    const rest = el("details", "tej-rest", el("summary", "", words.more.replace("{n}", reasons.length - 5)));
    for (const [nth, { rule, hit, sure, doubt }] of reasons.entries()) {
      if (rule[1] !== 2 && sure && rule[4]) rule[8].forEach((permit) => permits.add(permit));
      const place = hit ? `${head.law.layers[hit.layer][0]}${hit.words ? ` · ${hit.words}` : ""}` : rule[9] !== null ? head.law.layers[rule[9]][0] : "";
      const share = hit ? this.portion(hit) : "";
      const unsure = sure ? "" : doubt === true ? words.possibly : doubt;
      const mark = this._swatch(rule[2] ? { fill: "#aab4bf" } : this._spanStyle({ least: rule[1], most: rule[1], level: 1 }));
      (nth < 5 || reasons.length < 8 ? box : rest).append(el("div", "tej-reason", mark, el("div", "",
        el("div", "", rule[10], unsure ? el("em", "", ` ${unsure}`) : ""),
        el("div", "tej-law", [rule[3], rule[0]].filter(Boolean).join(" · ")),
        place ? el("div", "tej-law", [place, share].filter(Boolean).join(" · ")) : "")));
    }
    if (rest.children.length > 1) box.append(rest);
    for (const [parcel, of, way, said] of head.law.decisions) {
      if (parcel === i && of === use && way === this.pathway) box.append(el("p", "tej-decided", `→ ${said}`));
    }
    if (permits.size && span.least < 2) {
      box.append(el("h4", "", words.approvals));
      const list = el("ol", "");
      [...permits].sort((a, b) => a - b).forEach((permit) => list.append(el("li", "", head.law.permits[permit])));
      box.append(list);
    }
    return box;
  }

  _states(i, hits) {
    const { el } = geoTej, { head, columns } = this;
    const count = head.law.layers.length;
    const table = el("div", "tej-states");
    head.law.layers.forEach(([title], layer) => {
      const state = columns["state.table"][columns["state.profile"][i] * count + layer];
      const where = hits.filter((hit) => hit.layer === layer)
        .map((hit) => [hit.words, this.portion(hit)].filter(Boolean).join(" · "));
      table.append(el("div", `tej-row tej-state-${state}`, el("span", "tej-name", title, ...where.map((words) => el("small", "", words))),
        el("span", "tej-size", head.states[state])));
    });
    return table;
  }

  /* ---- on paper ---- */

  _print() {
    const container = this.map.getContainer();
    let before = null;
    const layers = () => {
      const all = [];
      this.map.eachLayer((layer) => { if (layer instanceof geoTej.ShapeLayer) all.push(layer); });
      return all;
    };
    const start = () => {
      if (before) return;
      before = this.map.getBounds();
      container.classList.add("tej-printing");
      this.map.invalidateSize({ animate: false, pan: false });
      this.map.fitBounds(before, { animate: false });
      for (const layer of layers()) { layer.options.sharpness = 3; layer.redraw(); }
      const more = container.querySelector(".tej-more");
      more.style.zoom = Math.min(1, more.parentNode.clientHeight / more.scrollHeight);
    };
    const end = () => {
      if (!before) return;
      container.classList.remove("tej-printing");
      container.querySelector(".tej-more").style.zoom = "";
      this.map.invalidateSize({ animate: false, pan: false });
      this.map.fitBounds(before, { animate: false });
      before = null;
      for (const layer of layers()) { layer.options.sharpness = 0; layer.redraw(); }
    };
    window.addEventListener("beforeprint", start);
    window.addEventListener("afterprint", end);
  }
};

geoTej.CONTEXT = {
  water: { fill: "#b9d7e8", stroke: "#b9d7e8", width: 0.8 },
  road: { fill: "#f6f1e4", stroke: "#a89f8c", width: 1.2 },
  outline: { stroke: "#4a4f57", width: 1.6, dash: [8, 4, 2, 4] },
};
