/* The page of ranked places: suitability under the candidates, barred ground by reason, and weights that rank again.
   Words and names come as data and are only ever written as text. */
"use strict";

geoTej.openSiting = async function (map, script) {
  const { header, columns } = await geoTej.unpack(script.textContent);
  new geoTej.Siting(map, header, columns).show();
};

geoTej.node = function (tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const child of children) if (child !== null && child !== undefined && child !== "") made.append(child);
  return made;
};

/* From bad to good, told apart in grey too. */
geoTej.RAMP = [[255, 245, 214], [214, 226, 160], [139, 196, 128], [61, 146, 110], [18, 92, 92]];
geoTej.HUES = ["#7b3fa0", "#c2185b", "#1f6fb2", "#8d5524", "#5d7a1f", "#d1495b", "#00838f", "#ad6f00", "#3949ab", "#6a1b4d"];
geoTej.PARTS = ["#3d926e", "#e4a03b", "#b9504a", "#8a7fb0"];
geoTej.SAME = 1e9;
geoTej.LABELLED = 10;
geoTej.FOUND = ["permitted", "conditional"];

geoTej.Siting = class {
  constructor(map, head, columns) {
    this.map = map;
    this.head = head;
    this.columns = columns;
    this.words = head.words;
    this.at = 0;
    this.given = head.criteria.map((each) => each.weight);
    this.raw = [...this.given];
    this.chosen = null;
    this.shown = { suitability: true, candidates: true };
    this.hidden = new Set();
    this.pins = [];
    this.names = [];
    this.number = (value, digits) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  show() {
    const container = this.map.getContainer();
    this.container = container;
    geoTej.behave(this.map);
    container.classList.add("tejs");
    container.setAttribute("role", geoTej.landmark());
    container.setAttribute("aria-label", this.head.title);
    for (const [name, z] of [["base", 205], ["suitability", 215], ["relief", 240], ["barred", 260], ["places", 300], ["chosen", 420]]) {
      const pane = this.map.createPane(name);
      pane.style.zIndex = z;
      pane.setAttribute("aria-hidden", "true");
    }
    this.map.getPane("relief").style.mixBlendMode = "multiply";
    this.map.getPane("relief").style.pointerEvents = "none";
    this.map.getPane("barred").style.pointerEvents = "none";
    this._base();
    this._frame();
    this._controls();
    this.map.invalidateSize({ animate: false });
    this._fit();
    this.choose(0);
    this._followAddress();
    this.map.on("moveend", () => this._unclutter());
    this._print();
    container.dataset.ready = "yes";
  }

  /* The whole area, beside the panel: left of the map on a desk, below it on a phone, right of it on paper. */
  _fit() {
    const { clientWidth: wide, clientHeight: high } = this.container;
    if (!wide) {
      const unfolded = new ResizeObserver(() => {
        if (!this.container.clientWidth) return;
        unfolded.disconnect();
        this.map.invalidateSize({ animate: false });
        this._fit();
      });
      unfolded.observe(this.container);
      return;
    }
    const paper = this.container.classList.contains("tejs-printing");
    const phone = !paper && wide <= 760;
    this.map.fitBounds(this.head.bounds, {
      animate: false, paddingTopLeft: [paper || phone ? 14 : 428, 14],
      paddingBottomRight: [paper ? this.sheet.offsetWidth + 14 : 14, phone ? high * 0.54 + 14 : 14] });
  }

  get project() { return this.head.projects[this.at]; }

  get weights() {
    const sum = this.raw.reduce((total, each) => total + each, 0);
    return sum > 0 ? this.raw.map((each) => each / sum) : this.raw.map(() => 1 / this.raw.length);
  }

  get moved() { return this.weights.some((each, k) => Math.abs(each - this.given[k]) > 5e-4); }

  /* ---- ranking ---- */

  /* Rows with their score or the span of it; ranks from 1, ties share the better one. */
  ranked(weights) {
    const rows = this.project.rows.filter((row) => geoTej.FOUND.includes(row.status)).map((row) => {
      let low = 0, high = 0;
      row.values.forEach((value, k) => {
        if (!weights[k]) return;
        low += value === null ? 0 : weights[k] * value;
        high += value === null ? weights[k] : weights[k] * value;
      });
      const known = row.values.every((value, k) => value !== null || !weights[k]);
      return { row, score: known ? low : null, low, high, rank: null, tied: false };
    });
    const known = rows.filter((each) => each.score !== null);
    const key = (each) => Math.round(each.score * geoTej.SAME);
    known.sort((a, b) => key(b) - key(a));
    known.forEach((each, n) => { each.rank = n && key(known[n - 1]) === key(each) ? known[n - 1].rank : n + 1; });
    known.forEach((each) => { each.tied = known.filter((other) => other.rank === each.rank).length > 1; });
    return { known, unknown: rows.filter((each) => each.score === null) };
  }

  choose(at) {
    this.at = at;
    this.chosen = null;
    this.before = new Map(this.ranked(this.given).known.map((each) => [each.row.at, each.rank]));
    [...this.tabs.children].forEach((tab, n) => { tab.setAttribute("aria-selected", String(n === at)); tab.tabIndex = n === at ? 0 : -1; });
    const { project, words } = this;
    this.about.replaceChildren(
      geoTej.node("b", "", project.uses.join(this.head.language === "zh" ? "、" : ", ")),
      ` · ${words.by.replace("{way}", project.pathway)} · ${words.needs.replace("{from}", this.number(project.least, 0)).replace("{to}", this.number(project.most, 0)).replace("{width}", this.number(project.width, 0))}`);
    this.update();
    this._barred();
    this._layers();
    this._notPlaced();
    this.closeDetail();
  }

  /* Everything that weights change. */
  update(announce) {
    this.order = this.ranked(this.weights);
    this._table();
    this._surface();
    this._places();
    this._sliderWords();
    if (this.chosen !== null) this.open(this.chosen, true);
    if (announce && this.order.known.length) {
      this.live.textContent = this.words.first_now.replace("{project}", this.project.title)
        .replace("{name}", this.head.candidates[this.order.known[0].row.at].id);
    }
  }

  /* ---- the panel ---- */

  _frame() {
    const { node } = geoTej, { head, words } = this;
    const side = node("aside", "tejs-side");
    side.setAttribute("aria-label", words.panel);
    L.DomEvent.disableClickPropagation(side);
    L.DomEvent.disableScrollPropagation(side);
    side.append(node("h1", "", head.title), node("p", "tejs-place", head.place));
    if (head.notice) side.append(node("p", "tejs-notice", head.notice));
    if (head.scenario) side.append(node("p", "tejs-scenario", this.labelled(words.assumed, head.scenario)));
    if (head.failed.length) side.append(node("p", "tejs-failed", words.failed + head.failed.join(head.language === "zh" ? "、" : ", ")));
    this.tabs = node("div", "tejs-tabs");
    this.tabs.setAttribute("role", "tablist");
    this.tabs.setAttribute("aria-label", words.project);
    head.projects.forEach((project, n) => {
      const tab = node("button", "", project.title);
      tab.type = "button";
      tab.setAttribute("role", "tab");
      tab.addEventListener("click", () => this.choose(n));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = (n + step + head.projects.length) % head.projects.length;
        this.choose(next);
        this.tabs.children[next].focus();
      });
      this.tabs.append(tab);
    });
    this.about = node("p", "tejs-about");
    this.list = node("div", "tejs-list");
    this.rest = node("div", "tejs-rest");
    this.live = node("p", "tejs-live");
    this.live.setAttribute("aria-live", "polite");
    const plan = node("section", "tejs-plan", node("h2", "", words.plan), this._plan());
    this.layerBox = node("div", "tejs-layers");
    side.append(this.tabs, this.about, node("h2", "", words.ranking), this.list, this.rest, this.live,
      node("section", "tejs-weights", node("h2", "", words.weights), this._sliders()), plan,
      node("section", "", node("h2", "", words.layers), this.layerBox), this._foot());
    this.detail = node("section", "tejs-detail");
    this.detail.hidden = true;
    this.detail.tabIndex = -1;
    L.DomEvent.disableClickPropagation(this.detail);
    L.DomEvent.disableScrollPropagation(this.detail);
    this.sheet = node("div", "tejs-sheet");
    this.container.append(side, this.detail, this.sheet);
    this.side = side;
    this.container.addEventListener("keydown", (event) => { if (event.key === "Escape" && !this.detail.hidden) this.closeDetail(true); });
  }

  _foot() {
    const { node } = geoTej, { head, words } = this;
    const foot = node("footer", "tejs-foot");
    for (const [label, said] of head.foot) foot.append(node("p", "", node("b", "", label), ` ${said}`));
    for (const warning of head.warnings) foot.append(node("p", "tejs-failed", warning));
    foot.append(node("p", "", head.disclaimer), node("p", "tejs-id", head.site));
    return foot;
  }

  _table() {
    const { node } = geoTej, { head, words } = this;
    if (!this.order.known.length) {
      this.list.replaceChildren(node("p", "tejs-none", words.no_ranked));
      return;
    }
    const table = node("table", "tejs-table");
    table.setAttribute("aria-label", words.ranking);
    const title = node("thead", "", node("tr", "", ...[words.rank, words.candidate, words.score, words.level, words.firm].map((word, n) => {
      const cell = node("th", "", word);
      cell.scope = "col";
      if (n === 4) cell.title = words.firm_long.replace("{n}", this.number(head.trial[0], 0)).replace("{top}", head.trial[1]);
      return cell;
    })));
    const body = node("tbody", "");
    const chosen = new Set(this.project.plan.map(([at]) => at));
    for (const each of this.order.known) {
      const { row } = each, candidate = head.candidates[row.at];
      const was = this.before.get(row.at);
      const shift = was !== undefined && was !== each.rank ? `${was > each.rank ? "▲" : "▼"}${Math.abs(was - each.rank)}` : "";
      const button = node("button", "", candidate.id);
      button.type = "button";
      button.addEventListener("click", () => this.open(row.at));
      const bar = node("span", "tejs-bar");
      this._segments(row).forEach(([k, adds]) => {
        const part = node("i", "");
        part.style.width = `${adds * 100}%`;
        part.style.background = geoTej.HUES[k % geoTej.HUES.length];
        bar.append(part);
      });
      const rank = node("td", "tejs-rank", String(each.rank), each.tied ? node("small", "", words.tie) : "");
      if (shift) { const moved = node("small", was > each.rank ? "tejs-up" : "tejs-down", shift); moved.title = words.moved.replace("{n}", was); rank.append(moved); }
      const line = node("tr", "", rank,
        node("td", "tejs-who", button, chosen.has(row.at) ? this._mark() : "", candidate.name ? node("small", "", candidate.name) : ""),
        node("td", "tejs-score", node("b", "", each.score.toFixed(3)), bar),
        node("td", "tejs-level", head.levels[row.level], node("small", "", words[row.status])),
        node("td", "tejs-firm", row.shaken && !this.moved ? `${Math.round(row.shaken[0] * 100)} %` : "–"));
      line.dataset.candidate = candidate.id;
      if (row.at === this.chosen) line.className = "tejs-now";
      line.addEventListener("mouseenter", () => this._glow(row.at));
      line.addEventListener("mouseleave", () => this._glow(null));
      body.append(line);
    }
    table.append(title, body);
    this.list.replaceChildren(table);
  }

  _mark() {
    const mark = geoTej.node("span", "tejs-mark", "✓");
    mark.title = this.words.in_plan;
    mark.setAttribute("aria-label", this.words.in_plan);
    return mark;
  }

  /* What each criterion adds, in the order of the criteria. */
  _segments(row) {
    return this.weights.map((weight, k) => [k, row.values[k] === null ? 0 : weight * row.values[k]]);
  }

  _notPlaced() {
    const { node } = geoTej, { head, words } = this;
    const parts = [];
    const fold = (title, rows, say) => {
      const list = node("ul", "");
      for (const row of rows.slice(0, 200)) {
        const button = node("button", "", head.candidates[row.at].id);
        button.type = "button";
        button.addEventListener("click", () => this.open(row.at));
        list.append(node("li", "", button, node("span", "", say(row))));
      }
      if (rows.length > 200) list.append(node("li", "", words.more.replace("{n}", rows.length - 200)));
      parts.push(node("details", "", node("summary", "", title), list));
    };
    const { unknown } = this.ranked(this.given);
    if (unknown.length) {
      fold(words.unranked.replace("{n}", unknown.length), unknown.map((each) => each.row), (row) => {
        const span = unknown.find((each) => each.row === row);
        return words.between.replace("{low}", span.low.toFixed(3)).replace("{high}", span.high.toFixed(3));
      });
    }
    const others = this.project.rows.filter((row) => !geoTej.FOUND.includes(row.status));
    if (others.length) fold(words.why_not.replace("{n}", others.length), others, (row) => this._whyNot(row));
    this.rest.replaceChildren(...parts);
  }

  _whyNot(row) {
    const first = row.status === "prohibited" && row.barred.length ? this.project.reasons[row.barred[0][0]] : null;
    const told = ["open", "same"].includes(row.status);
    const more = told ? row.open : row.status === "too_small" ? this.square(row.usable) : first ? first[0] : "";
    return [this.words[`status_${row.status}`], more].filter(Boolean).join(" · ");
  }

  _plan() {
    const { node } = geoTej, { head, words } = this;
    const box = node("div", "");
    const list = node("ol", "");
    head.projects.forEach((project, n) => project.plan.forEach(([at, area, cost]) => {
      const button = node("button", "", head.candidates[at].id);
      button.type = "button";
      button.addEventListener("click", () => { this.choose(n); this.open(at); });
      list.append(node("li", "", this.labelled(project.title, ""), button, node("small", "", `${this.square(area)}${cost ? ` · ${words.cost} ${this.number(cost, 0)}` : ""}`)));
    }));
    if (list.children.length) box.append(list);
    for (const line of head.plan) box.append(node("p", list.children.length ? "" : "tejs-failed", line));
    this.planNote = node("p", "tejs-hint", words.plan_of);
    this.planNote.hidden = true;
    box.append(this.planNote);
    return box;
  }

  /* ---- weights ---- */

  _sliders() {
    const { node } = geoTej, { head, words } = this;
    const box = node("div", "");
    this.sliders = head.criteria.map((criterion, k) => {
      const slider = node("input", "");
      slider.type = "range";
      slider.min = "0";
      slider.max = "1000";
      slider.step = "5";
      slider.id = `tejs-weight-${k}`;
      slider.value = String(Math.round(this.given[k] * 1000));
      const said = node("output", "");
      said.htmlFor = slider.id;
      const label = node("label", "", node("i", "tejs-dot"), criterion.title);
      label.htmlFor = slider.id;
      label.firstChild.style.background = geoTej.HUES[k % geoTej.HUES.length];
      slider.addEventListener("input", () => { this.raw[k] = Number(slider.value) / 1000; this._later(); });
      slider.addEventListener("change", () => this.update(true));
      box.append(node("div", "tejs-slider", label, slider, said));
      return { slider, said };
    });
    const button = (word, act) => {
      const made = node("button", "", word);
      made.type = "button";
      made.addEventListener("click", act);
      return made;
    };
    const set = (values) => {
      this.raw = values;
      this.sliders.forEach(({ slider }, k) => { slider.value = String(Math.round(values[k] * 1000)); });
      this.update(true);
    };
    this.toml = node("textarea", "tejs-toml");
    this.toml.readOnly = true;
    this.toml.hidden = true;
    this.toml.rows = head.criteria.length + 5;
    this.toml.setAttribute("aria-label", words.as_toml);
    this.tomlHint = node("p", "tejs-hint");
    this.tomlHint.hidden = true;
    const ratio = head.consistency.filter(([group]) => group === "").map(([, cr]) => node("p", "tejs-hint tejs-ratio", words.consistency.replace("{cr}", cr)));
    box.append(...ratio, node("div", "tejs-buttons",
      button(words.reset, () => set([...this.given])),
      button(words.equal, () => set(this.given.map(() => 1 / this.given.length))),
      button(words.as_toml, () => this._giveToml())), this.toml, this.tomlHint);
    return box;
  }

  _later() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.update(); });
  }

  _sliderWords() {
    this.weights.forEach((weight, k) => {
      const words = `${(weight * 100).toFixed(1)} %`;
      this.sliders[k].said.textContent = words;
      this.sliders[k].slider.setAttribute("aria-valuetext", words);
    });
    this.planNote.hidden = !this.moved;
    for (const ratio of this.side.querySelectorAll(".tejs-ratio")) ratio.hidden = this.moved;
    if (!this.toml.hidden) this.toml.value = this.asToml();
  }

  /* Weights with four decimals that add up to 1 (largest remainder). */
  asToml() {
    const exact = this.weights.map((each) => each * 1e4), whole = exact.map(Math.floor);
    const order = exact.map((each, k) => [whole[k] - each, k]).sort((a, b) => a[0] - b[0]);
    const left = 1e4 - whole.reduce((total, each) => total + each, 0);
    for (let n = 0; n < left; n += 1) whole[order[n % order.length][1]] += 1;
    const key = (id) => (/^[A-Za-z0-9_-]+$/.test(id) ? id : JSON.stringify(id));
    const lines = this.head.criteria.map((criterion, k) => `${key(criterion.id)} = ${(whole[k] / 1e4).toFixed(4)}`);
    return ["[weights]", 'method = "direct"', "", "[weights.direct]", ...lines, ""].join("\n");
  }

  _giveToml() {
    this.toml.hidden = false;
    this.tomlHint.hidden = false;
    this.toml.value = this.asToml();
    this.toml.focus();
    this.toml.select();
    this.toml.scrollTop = 0;
    this.tomlHint.textContent = this.words.toml_hint;
    const copied = () => { this.tomlHint.textContent = `${this.words.copied}. ${this.words.toml_hint}`; };
    if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(this.toml.value).then(copied, () => {});
    else if (document.execCommand && document.execCommand("copy")) copied();
  }

  /* ---- the map ---- */

  _base() {
    const styles = {
      water: { fillColor: "#b9d7e8", fillOpacity: 1, color: "#b9d7e8", weight: 1 },
      road: { fillColor: "#f6f1e4", fillOpacity: 1, color: "#a89f8c", weight: 1.2 },
    };
    let outlines = 0;
    const outline = () => {
      const look = this.head.outlines[outlines++ % this.head.outlines.length];
      return { fill: false, color: look.stroke, weight: look.width, dashArray: look.dash.join(" ") };
    };
    this.base = this.head.layers.map((layer) => {
      const style = { ...(styles[layer.style] || (layer.style === "place" ? {} : outline())), pane: "base", interactive: false };
      const group = L.layerGroup();
      if (layer.rings.length) group.addLayer(L.polygon(layer.rings, style));
      if (layer.lines.length) group.addLayer(L.polyline(layer.lines, { ...style, fill: false }));
      layer.points.forEach((point, n) => {
        if (!layer.names[n]) return;
        const label = geoTej.node("span", "tejs-name", layer.names[n]);
        this.names.push({ label, at: L.latLng(point) });
        group.addLayer(L.marker(point, { interactive: false, keyboard: false, icon: L.divIcon({ className: "tejs-label", html: label, iconSize: null }) }));
      });
      group.addTo(this.map);
      return { title: layer.title, layer: group };
    });
    if (this.head.relief) {
      this.relief = L.imageOverlay(this.head.relief.png, this.head.relief.bounds, { pane: "relief", opacity: 0.45 }).addTo(this.map);
      this.base.push({ title: this.words.relief, layer: this.relief });
    }
    this.map.on("click", () => this.closeDetail());
  }

  static colour(value) {
    const at = Math.max(0, Math.min(1, value)) * (geoTej.RAMP.length - 1), low = Math.min(geoTej.RAMP.length - 2, Math.floor(at));
    return geoTej.RAMP[low].map((part, n) => Math.round(part + (geoTej.RAMP[low + 1][n] - part) * (at - low)));
  }

  /* The weighted sum of the criteria's planes where the project is free, as a picture. */
  _surface() {
    const { width, height, bounds } = this.head.raster, { weights } = this;
    const free = this.columns[`free.${this.at}`];
    const planes = weights.map((weight, k) => [weight, this.columns[`value.${k}`]]).filter(([weight]) => weight > 0);
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext("2d"), picture = pen.createImageData(width, height);
    for (let i = 0; i < free.length; i += 1) {
      if (!free[i]) continue;
      let sum = 0;
      for (const [weight, plane] of planes) sum += plane[i] === 255 ? NaN : weight * plane[i];
      if (Number.isNaN(sum)) continue;
      const [red, green, blue] = geoTej.Siting.colour(sum / 254);
      picture.data.set([red, green, blue, 235], i * 4);
    }
    pen.putImageData(picture, 0, 0);
    const url = canvas.toDataURL();
    if (this.surface) this.surface.setUrl(url);
    else {
      this.surface = L.imageOverlay(url, bounds, { pane: "suitability", className: "tejs-cells" });
      if (this.shown.suitability) this.surface.addTo(this.map);
    }
  }

  /* Barred ground of the project, a layer a reason, hatched in its own hue. */
  _barred() {
    for (const { layer } of this.reasons || []) layer.remove();
    const patterns = this._patterns();
    this.reasons = this.project.barred.map((each, n) => {
      const hue = each.by === "open" ? "#8a7fb0" : geoTej.HUES[n % geoTej.HUES.length];
      const layer = L.polygon(each.rings, { pane: "barred", interactive: false, color: hue, weight: 0.8, fill: true, fillOpacity: 1, fillColor: patterns(hue, n) });
      const reason = { ...each, hue, layer, key: `${each.by}|${each.title}|${each.article}` };
      if (!this.hidden.has(reason.key)) layer.addTo(this.map);
      return reason;
    });
  }

  /* Hatches as SVG patterns, each at its own angle, so that ground which two reasons bar shows both. */
  _patterns() {
    if (!this.defs) {
      const svg = L.SVG.create("svg");
      svg.setAttribute("width", "0");
      svg.setAttribute("height", "0");
      svg.setAttribute("aria-hidden", "true");
      svg.style.position = "absolute";
      this.defs = svg.appendChild(L.SVG.create("defs"));
      this.container.append(svg);
      this.prefix = `tejs-${this.container.id}`;
    }
    return (hue, n) => {
      const id = `${this.prefix}-${hue.slice(1)}-${n}`;
      if (!document.getElementById(id)) {
        const pattern = L.SVG.create("pattern");
        const given = { id, width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${(45 + n * 37) % 180})` };
        for (const [name, value] of Object.entries(given)) pattern.setAttribute(name, value);
        const line = L.SVG.create("rect");
        for (const [name, value] of Object.entries({ width: 1.4, height: 8, fill: hue, "fill-opacity": 0.6 })) line.setAttribute(name, value);
        pattern.append(line);
        this.defs.append(pattern);
      }
      return `url(#${id})`;
    };
  }

  /* Candidates: those that are ranked filled lightly with their rank on them, others as thin outlines. */
  _places() {
    if (this.places) this.places.remove();
    this.places = L.layerGroup();
    this.outline = new Map();
    const rank = new Map(this.order.known.map((each) => [each.row.at, each]));
    const unknown = new Set(this.order.unknown.map((each) => each.row.at));
    const rows = [...this.project.rows].sort((a, b) => this.head.candidates[b.at].area - this.head.candidates[a.at].area);
    for (const row of rows) {
      const candidate = this.head.candidates[row.at], placed = rank.get(row.at);
      const style = placed
        ? { color: "#12303f", weight: 1.8, fillColor: "#ffffff", fillOpacity: 0.04 }
        : { color: "#5b6570", weight: 0.7, dashArray: unknown.has(row.at) ? "4 3" : "2 3", fillColor: "#ffffff", fillOpacity: 0.01 };
      const shape = L.polygon(candidate.rings, { pane: "places", ...style });
      shape.on("click", (event) => { L.DomEvent.stopPropagation(event); this.open(row.at); });
      const words = placed ? `${placed.rank} · ${placed.score.toFixed(3)}` : this._whyNot(row);
      shape.bindTooltip(geoTej.node("div", "", geoTej.node("b", "", candidate.id), geoTej.node("div", "", words)), { sticky: true, direction: "top" });
      this.places.addLayer(shape);
      this.outline.set(row.at, shape);
    }
    this.pins = [];
    for (const each of this.order.known.slice(0, geoTej.LABELLED)) {
      const shape = L.polygon(each.row.piece).getBounds().getCenter();
      const sign = geoTej.node("span", "tejs-pin", String(each.rank));
      sign.setAttribute("aria-hidden", "true");
      this.pins.push({ label: sign, at: shape });
      this.places.addLayer(L.marker(shape, { pane: "chosen", interactive: false, keyboard: false, icon: L.divIcon({ className: "tejs-label", html: sign, iconSize: null }) }));
    }
    if (this.shown.candidates) this.places.addTo(this.map);
    this._unclutter();
    this._glow(this.chosen);
  }

  /* Ranks and names that would lie on one another or under what covers the map are left out; the better rank stays. */
  _unclutter() {
    const { map } = this, frame = this.container.getBoundingClientRect(), size = map.getSize();
    const taken = [this.side, this.sheet].map((each) => each.getBoundingClientRect()).filter((box) => box.width)
      .map((box) => [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top]);
    for (const each of [...this.pins, ...this.names]) {
      const { x, y } = map.latLngToContainerPoint(each.at);
      const wide = (each.wide = each.wide || each.label.offsetWidth || 20) / 2;
      const box = [x - wide, y - 10, x + wide, y + 10];
      const free = box[0] >= 0 && box[1] >= 0 && box[2] <= size.x && box[3] <= size.y
        && !taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
      each.label.style.visibility = free ? "" : "hidden";
      if (free) taken.push(box);
    }
  }

  _glow(at) {
    if (this.lit) this.lit.remove();
    this.lit = null;
    const shown = at === null ? this.chosen : at;
    if (shown === null || shown === undefined) return;
    const row = this.project.rows.find((each) => each.at === shown);
    if (!row) return;
    this.lit = L.layerGroup([L.polygon(this.head.candidates[shown].rings, { pane: "chosen", interactive: false, color: "#d81b60", weight: 3, fill: false })]);
    if (row.piece) this.lit.addLayer(L.polygon(row.piece, { pane: "chosen", interactive: false, color: "#d81b60", weight: 1.5, dashArray: "5 4", fill: false }));
    this.lit.addTo(this.map);
  }

  _controls() {
    L.control.zoom({ position: "bottomright", zoomInTitle: this.words.zoom_in, zoomOutTitle: this.words.zoom_out }).addTo(this.map);
    L.control.scale({ position: "bottomright", imperial: false, maxWidth: 140 }).addTo(this.map);
    const ratio = L.control({ position: "bottomright" });
    ratio.onAdd = () => (this.ratio = geoTej.node("div", "tejs-scale"));
    ratio.addTo(this.map);
    const north = L.control({ position: "topright" });
    north.onAdd = () => geoTej.node("div", "tejs-north", geoTej.node("span", "", "▲"), geoTej.node("b", "", this.words.north));
    north.addTo(this.map);
  }

  _layers() {
    const { node } = geoTej, { words } = this;
    const row = (title, layer, swatch, on, act, small) => {
      const box = node("input", "");
      box.type = "checkbox";
      box.checked = on;
      const label = node("label", "tejs-layer", box, swatch, node("span", "", title, small ? node("small", "", small) : ""));
      box.addEventListener("change", () => {
        if (box.checked) layer().addTo(this.map); else layer().remove();
        label.classList.toggle("tejs-off", !box.checked);
        act(box.checked);
      });
      label.classList.toggle("tejs-off", !on);
      return label;
    };
    const ramp = node("span", "tejs-ramp");
    ramp.style.background = `linear-gradient(90deg, ${geoTej.RAMP.map((each) => `rgb(${each})`).join(",")})`;
    const parts = [
      row(words.suitability, () => this.surface, ramp, this.shown.suitability, (on) => { this.shown.suitability = on; }),
      row(words.candidates, () => this.places, node("span", "tejs-swatch tejs-box"), this.shown.candidates, (on) => { this.shown.candidates = on; }),
      node("h3", "", words.exclusions),
    ];
    for (const reason of this.reasons) {
      const swatch = node("span", "tejs-swatch");
      swatch.style.background = `repeating-linear-gradient(${45 + (this.reasons.indexOf(reason) * 37) % 180}deg, ${reason.hue} 0 1.6px, #fff 1.6px 4.5px)`;
      const small = [reason.article, this.extent(reason.area)].filter(Boolean).join(" · ");
      parts.push(row(reason.title, () => reason.layer, swatch, !this.hidden.has(reason.key), (on) => { if (on) this.hidden.delete(reason.key); else this.hidden.add(reason.key); }, small));
    }
    parts.push(node("h3", "", words.base));
    for (const each of this.base) parts.push(row(each.title, () => each.layer, null, this.map.hasLayer(each.layer), () => {}));
    this.layerBox.replaceChildren(...parts);
  }

  /* ---- one candidate ---- */

  extent(value) {
    return value < 1000 ? this.square(value) : `${this.number(value / 10000, 2)} ${this.words.hectares}`;
  }

  labelled(label, said) { return `${label}${this.head.language === "zh" ? "：" : ": "}${said}`; }

  square(value) { return `${this.number(value, 0)} ${this.words.square_metres}`; }

  open(at, quietly) {
    const { node } = geoTej, { head, words } = this;
    const row = this.project.rows.find((each) => each.at === at);
    if (!row) return;
    this.chosen = at;
    const candidate = head.candidates[at];
    const close = node("button", "tejs-close", "×");
    close.type = "button";
    close.setAttribute("aria-label", words.close);
    close.addEventListener("click", () => this.closeDetail(true));
    const placed = this.order.known.find((each) => each.row.at === at);
    const parts = [close, node("h2", "", candidate.id), node("p", "tejs-under", [candidate.name, candidate.source].filter(Boolean).join(" · "))];
    parts.push(node("p", `tejs-verdict tejs-${row.status}`, words[`status_${row.status}`]));
    if (row.level && geoTej.FOUND.includes(row.status)) parts.push(node("p", "", words.approval.replace("{level}", head.levels[row.level])));
    if (placed) {
      parts.push(node("p", "tejs-big", `${words.rank} ${placed.rank}`, placed.tied ? ` (${words.tie})` : "", node("b", "", placed.score.toFixed(4))));
    }
    if (row.values) parts.push(node("h3", "", words.contributions), this._chart(row));
    if (row.others && !this.moved) {
      parts.push(node("p", "tejs-hint", words.methods.replace("{topsis}", row.others[0]).replace("{vikor}", row.others[1])));
      parts.push(node("p", "tejs-hint", words.shaken.replace("{best}", row.shaken[1]).replace("{worst}", row.shaken[2])
        .replace("{top}", head.trial[1]).replace("{share}", `${(row.shaken[0] * 100).toFixed(1)} %`)));
    } else if (row.others) parts.push(node("p", "tejs-hint", words.unshaken));
    if (row.grade) parts.push(node("p", "", words.grade.replace("{grade}", row.grade)));
    parts.push(node("h3", "", words.areas), this._ground(candidate, row));
    if (row.open) parts.push(node("h3", "", words.to_settle), node("p", "tejs-open", row.open), node("p", "tejs-hint", row.settled));
    if (row.barred.length) {
      const list = node("ul", "tejs-reasons");
      for (const [reason, area] of row.barred) {
        const [title, article] = this.project.reasons[reason];
        list.append(node("li", "", node("b", "", title), ` ${this.square(area)}`, article ? node("small", "", article) : ""));
      }
      parts.push(node("h3", "", words.barred_by), list);
    }
    if (candidate.parcels.length > 1) parts.push(node("p", "tejs-hint", this.labelled(words.parcels, candidate.parcels.join(head.language === "zh" ? "、" : ", "))));
    this.detail.replaceChildren(...parts);
    const opening = this.detail.hidden;
    this.detail.hidden = false;
    this.detail.setAttribute("aria-label", candidate.id);
    this._glow(at);
    for (const line of this.list.querySelectorAll("tbody tr")) line.classList.toggle("tejs-now", line.dataset.candidate === candidate.id);
    if (!quietly) {
      this._writeAddress();
      const wide = this.container.clientWidth > 760, high = this.container.clientHeight;
      this.map.panInside(L.polygon(candidate.rings).getBounds().getCenter(), {
        animate: false, paddingTopLeft: wide ? [450, 40] : [40, 40], paddingBottomRight: wide ? [390, 40] : [40, high * 0.62 + 30] });
      if (opening) this.from = document.activeElement;
      this.detail.focus({ preventScroll: true });
      this.detail.scrollTop = 0;
    }
  }

  /* Opens the candidate that the address names, like page.html#parcel=SD-0129, now and when the address changes. */
  _followAddress() {
    const follow = () => {
      const id = new URLSearchParams(location.hash.slice(1)).get("parcel");
      const at = this.head.candidates.findIndex((each) => each.id === id);
      const holds = (project) => project.rows.some((row) => row.at === at);
      if (at < 0 || (holds(this.project) && at === this.chosen)) return;
      if (!holds(this.project)) this.choose(Math.max(0, this.head.projects.findIndex(holds)));
      this.open(at);
    };
    window.addEventListener("hashchange", follow);
    follow();
  }

  _writeAddress() {
    const hash = this.chosen === null ? "" : `#${new URLSearchParams({ parcel: this.head.candidates[this.chosen].id })}`;
    if (location.hash === hash) return;
    try {
      window.history.replaceState(null, "", hash || location.pathname + location.search);
    } catch {
      /* A page without an address of its own: within another, or sandboxed. */
    }
  }

  closeDetail(back) {
    if (!this.detail || this.detail.hidden) return;
    this.detail.hidden = true;
    this.chosen = null;
    this._writeAddress();
    this._glow(null);
    for (const line of this.list.querySelectorAll(".tejs-now")) line.classList.remove("tejs-now");
    if (back && this.from && this.from.isConnected) this.from.focus();
  }

  /* Bars of what each criterion adds, within what it could add at most. */
  _chart(row) {
    const { node } = geoTej, { head, words, weights } = this;
    const chart = node("ul", "tejs-chart");
    const most = Math.max(...weights);
    head.criteria.forEach((criterion, k) => {
      const value = row.values[k], adds = value === null ? null : value * weights[k];
      const unit = row.measured[k] === null ? words.not_known
        : `${this.number(row.measured[k], Math.abs(row.measured[k]) < 10 ? 2 : 0)} ${criterion.unit}${row.classes[k] ? ` · ${row.classes[k]}` : ""}`;
      const room = node("span", "tejs-room"), fill = node("span", "tejs-fill");
      room.style.width = `${(weights[k] / most) * 100}%`;
      if (adds === null) room.classList.add("tejs-lacking");
      fill.style.width = `${(value || 0) * 100}%`;
      fill.style.background = geoTej.HUES[k % geoTej.HUES.length];
      room.append(fill);
      const line = node("li", "", node("span", "tejs-criterion", criterion.title), node("span", "tejs-measured", unit),
        node("span", "tejs-track", room), node("b", "", adds === null ? "?" : adds.toFixed(3)));
      line.setAttribute("aria-label", words.contribution_row.replace("{name}", criterion.title).replace("{measured}", unit)
        .replace("{value}", value === null ? words.not_known : value.toFixed(3)).replace("{weight}", weights[k].toFixed(3)).replace("{adds}", adds === null ? "?" : adds.toFixed(3)));
      chart.append(line);
    });
    return chart;
  }

  _ground(candidate, row) {
    const { node } = geoTej, { words } = this;
    const names = [words.permitted, words.conditional, words.prohibited, words.unknown];
    const bar = node("div", "tejs-ground");
    bar.setAttribute("aria-hidden", "true");
    row.ground.forEach((area, n) => {
      const part = node("i", "");
      part.style.width = `${(area / candidate.area) * 100}%`;
      part.style.background = geoTej.PARTS[n];
      bar.append(part);
    });
    const list = node("dl", "");
    const say = (name, area, n) => {
      const dot = node("i", "tejs-dot");
      if (n !== undefined) dot.style.background = geoTej.PARTS[n]; else dot.style.visibility = "hidden";
      list.append(node("dt", "", dot, name), node("dd", "", this.square(area)));
    };
    say(words.area, candidate.area);
    names.forEach((name, n) => { if (row.ground[n] > 0) say(name, row.ground[n], n); });
    if (row.excluded > 0) say(words.excluded, row.excluded);
    if (row.no_data > 0) say(words.no_data, row.no_data);
    if (row.usable > 0) say(words.usable_piece, row.usable);
    return node("div", "", bar, list);
  }

  /* ---- on paper: one sheet with the map, the ranking and the weights ---- */

  _paper() {
    const { node } = geoTej, { head, words } = this;
    const heading = node("div", "tejs-paper-head", node("h1", "", `${head.title} · ${this.project.title}`),
      node("p", "", [head.place, head.notice, head.scenario ? this.labelled(words.assumed, head.scenario) : "", this.moved ? words.changed : ""].filter(Boolean).join(" · ")));
    const table = node("table", "", node("thead", "", node("tr", "", ...[words.rank, words.candidate, words.score, words.level, `${words.usable} ${words.square_metres}`, words.firm].map((word) => node("th", "", word)))));
    const body = node("tbody", "");
    const chosen = new Set(this.project.plan.map(([at]) => at));
    const fit = 24;
    for (const each of this.order.known.slice(0, fit)) {
      const candidate = head.candidates[each.row.at];
      body.append(node("tr", "", node("td", "", String(each.rank)), node("td", "", candidate.id, chosen.has(each.row.at) ? " ✓" : ""), node("td", "", each.score.toFixed(3)),
        node("td", "", head.levels[each.row.level]), node("td", "", this.number(each.row.usable, 0)),
        node("td", "", each.row.shaken && !this.moved ? `${Math.round(each.row.shaken[0] * 100)} %` : "–")));
    }
    table.append(body);
    const left = this.order.known.length - fit;
    const weights = node("ul", "", ...head.criteria.map((criterion, k) => {
      const dot = node("i", "tejs-dot");
      dot.style.background = geoTej.HUES[k % geoTej.HUES.length];
      return node("li", "", dot, `${criterion.title} ${(this.weights[k] * 100).toFixed(1)} %`);
    }));
    const ramp = node("span", "tejs-ramp");
    ramp.style.background = `linear-gradient(90deg, ${geoTej.RAMP.map((each) => `rgb(${each})`).join(",")})`;
    const legend = node("ul", "tejs-paper-legend");
    if (this.shown.suitability) legend.append(node("li", "", ramp, words.suitability));
    this.reasons.filter((reason) => this.map.hasLayer(reason.layer)).forEach((reason) => {
      const swatch = node("span", "tejs-swatch");
      swatch.style.background = `repeating-linear-gradient(${45 + (this.reasons.indexOf(reason) * 37) % 180}deg, ${reason.hue} 0 1.6px, #fff 1.6px 4.5px)`;
      legend.append(node("li", "", swatch, [reason.title, reason.article].filter(Boolean).join(" · ")));
    });
    const placed = head.projects.flatMap((project) => project.plan.map(([at, area]) =>
      node("li", "", this.labelled(project.title, `${head.candidates[at].id} (${this.square(area)})`))));
    const plan = node("div", "", node("ul", "", ...placed), ...head.plan.map((line) => node("p", "", line)));
    const firm = words.firm_long.replace("{n}", this.number(head.trial[0], 0)).replace("{top}", head.trial[1]);
    return [heading, node("h2", "", words.ranking), table, this.moved ? "" : node("p", "tejs-hint", this.labelled(words.firm, firm)), left > 0 ? node("p", "tejs-hint", words.more.replace("{n}", left)) : "",
      node("h2", "", words.weights), weights, node("h2", "", words.plan), plan, node("h2", "", words.layers), legend,
      node("p", "tejs-foot", [...head.foot.map(([label, said]) => this.labelled(label, said)), ...head.warnings, head.disclaimer, head.site].join(" · "))].filter(Boolean);
  }

  _print() {
    let before = null;
    const start = () => {
      if (before) return;
      before = { seen: this.map.getBounds(), snap: this.map.options.zoomSnap, undo: [] };
      this.map.options.zoomSnap = 0;
      this.sheet.replaceChildren(...this._paper());
      this.container.classList.add("tejs-printing");
      this.map.invalidateSize({ animate: false, pan: false });
      this._fit();
      const room = this.sheet.clientHeight;
      this.sheet.style.zoom = "";
      if (this.sheet.scrollHeight > room) this.sheet.style.zoom = String(Math.max(0.55, room / this.sheet.scrollHeight));
      const taken = this.sheet.getBoundingClientRect().width, { x, y } = this.map.getSize();
      this.container.style.setProperty("--tejs-sheet", `${taken}px`);
      this.ratio.textContent = `1 : ${this.number(geoTej.roundScale(this.map, L.point((x - taken) / 2, y / 2)), 0)}`;
      if (this.relief && this.map.hasLayer(this.relief)) before.undo.push(geoTej.smooth(this.map, this.relief));
    };
    const end = () => {
      if (!before) return;
      this.container.classList.remove("tejs-printing");
      this.sheet.style.zoom = "";
      before.undo.forEach((each) => each());
      this.map.options.zoomSnap = before.snap;
      this.map.invalidateSize({ animate: false, pan: false });
      this.map.fitBounds(before.seen, { animate: false });
      before = null;
    };
    window.addEventListener("beforeprint", start);
    window.addEventListener("afterprint", end);
  }
};
