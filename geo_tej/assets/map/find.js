/* Ways to a parcel without a mouse: search as one types, keys on the map, and the list of what is in view. */
"use strict";

geoTej.MOST_LISTED = 300;

Object.assign(geoTej.Page.prototype, {
  /* What can be sought besides parcels: [words, shown, kind, action]. */
  findable() {
    const places = this.layers.filter((layer) => layer.style === "place" && layer.names);
    return places.flatMap((layer) => layer.names.map((name, i) => (name
      ? [name, name, layer.title, () => this.map.setView(layer.shapes.middle(i), 15, { animate: false })] : null)).filter(Boolean));
  },

  /* The first few that begin with the words, then those that hold them: firms and places, then parcels. */
  sought(words, most) {
    const needle = words.trim().toLowerCase();
    if (!needle) return [];
    this._findable = this._findable || this.findable().map((entry) => [entry[0].toLowerCase(), entry]);
    const ids = this.data.text("parcel.id"), names = this.data.text("parcel.name");
    const parcel = (i) => ["", names && names[i] ? `${ids[i]} ${names[i]}` : ids[i], this.words.parcels, () => this.openParcel(i, true)];
    const begin = [], hold = [];
    for (const [lowered, entry] of this._findable) {
      const at = lowered.indexOf(needle);
      if (at >= 0) (at ? hold : begin).push(entry);
    }
    for (let i = 0; i < ids.length && begin.length < most; i += 1) {
      const id = ids[i].toLowerCase();
      if (id === needle) begin.unshift(parcel(i));
      else if (id.startsWith(needle)) begin.push(parcel(i));
      else if (hold.length < most && (id.includes(needle) || (names && names[i].toLowerCase().includes(needle)))) hold.push(parcel(i));
    }
    return [...begin, ...hold].slice(0, most);
  },

  _search() {
    const { el } = geoTej, { words } = this;
    geoTej.searches = (geoTej.searches || 0) + 1;
    const name = `tej-found-${geoTej.searches}`;
    const input = el("input", "tej-input");
    input.type = "search";
    input.placeholder = words.search;
    for (const [key, value] of Object.entries({ "aria-label": words.search, role: "combobox", "aria-expanded": "false", "aria-controls": name, "aria-autocomplete": "list", autocomplete: "off" })) input.setAttribute(key, value);
    const list = el("div", "tej-found");
    list.id = name;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", words.search);
    list.hidden = true;
    let found = [], at = -1;
    const shown = (yes) => { list.hidden = !yes; input.setAttribute("aria-expanded", String(yes)); if (!yes) input.removeAttribute("aria-activedescendant"); };
    const take = (entry) => { shown(false); input.value = entry[1]; entry[3](); };
    const mark = () => {
      [...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
      if (list.children[at]) input.setAttribute("aria-activedescendant", list.children[at].id);
    };
    const look = this.look = () => {
      const asked = Boolean(input.value.trim());
      found = this.sought(input.value, 8);
      at = -1;
      list.replaceChildren(...found.map((entry, n) => {
        const option = el("div", "tej-option", el("span", "", entry[1]), el("small", "", entry[2]));
        option.id = `${name}-${n}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.addEventListener("mousedown", (event) => { event.preventDefault(); take(entry); });
        return option;
      }));
      if (asked && !found.length) {
        const none = el("div", "tej-option tej-empty", words.nothing_found);
        none.setAttribute("role", "option");
        list.append(none);
      }
      if (asked) this.say(found.length ? words.found.replace("{n}", found.length) : words.nothing_found);
      shown(asked);
    };
    input.addEventListener("input", look);
    input.addEventListener("focus", look);
    input.addEventListener("blur", () => shown(false));
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        at = Math.max(0, Math.min(found.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)));
        mark();
      } else if (event.key === "Enter" && found.length) take(found[Math.max(at, 0)]);
      else if (event.key === "Escape") { shown(false); event.stopPropagation(); }
    });
    return el("div", "tej-search", input, list);
  },

  /* ---- the address: page.html#parcel=SD-0107 opens a parcel ---- */

  /* Opens what the address names, now and when one goes back; else what the page was made to open on. */
  _followAddress() {
    const follow = () => {
      const asked = new URLSearchParams(location.hash.slice(1)), id = asked.get("parcel");
      if (id === null) { if (this.chosen >= 0) this.close(); return; }
      const found = this.data.text("parcel.id").indexOf(id);
      if (found < 0) { this.container.querySelector(".tej-input").value = id; this.look(); return; }
      this.ask(asked);
      this.openParcel(found, true);
    };
    window.addEventListener("popstate", follow);
    if (typeof this.head.opens_parcel === "number" && !/[#&]parcel=/.test(location.hash)) this.openParcel(this.head.opens_parcel, true);
    else follow();
  },

  /* What the address says of the question, and how that is taken up again: here there is one question only. */
  asked() {
    return {};
  },

  ask() {},

  /* Names the open parcel in the address; the way back closes it again, but for a page within another. */
  _writeAddress() {
    const named = new URLSearchParams(location.hash.slice(1)).has("parcel");
    const hash = this.chosen < 0 ? "" : `#${new URLSearchParams({ parcel: this.id(this.chosen), ...this.asked() })}`;
    if (location.hash === hash || (!hash && !named)) return;
    const way = hash && !named && window === window.top ? "pushState" : "replaceState";
    try {
      window.history[way](null, "", hash || location.pathname + location.search);
    } catch {
      /* A page without an address of its own: within another, or sandboxed. */
    }
  },

  /* ---- keys and the spoken word ---- */

  _keys() {
    const { container, map } = this;
    this.spoken = geoTej.el("div", "tej-unseen");
    this.spoken.setAttribute("aria-live", "polite");
    this.spoken.setAttribute("role", "status");
    container.append(this.spoken, geoTej.el("div", "tej-cross"));
    let at = -1;
    /* The cross in the middle is for those who use keys. */
    for (const [kind, keys] of [["keydown", true], ["pointerdown", false]]) {
      container.addEventListener(kind, () => container.classList.toggle("tej-by-keys", keys), true);
    }
    container.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { this.close(); return; }
      if (event.target !== container || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "Enter") {
        const found = this.chosen >= 0 && this.detail.hidden ? this.chosen : this.at(map.getCenter(), 0);
        if (found >= 0) { this.openParcel(found); this.detail.focus({ preventScroll: true }); } else this.say(this.words.no_parcel_here);
      } else if (event.key === "PageDown" || event.key === "PageUp") {
        event.preventDefault();
        const seen = this.inView();
        if (!seen.length) { this.say(this.words.no_parcel_here); return; }
        const was = seen.indexOf(at), step = event.key === "PageDown" ? 1 : -1;
        at = seen[was < 0 ? (step > 0 ? 0 : seen.length - 1) : (was + step + seen.length) % seen.length];
        this.openParcel(at);
      }
    });
  },

  say(words) {
    this.spoken.textContent = words;
  },

  /* A parcel's name, outcome and reason, for those who hear the page. */
  speak(i) {
    const colon = this.zh ? "：" : ": ";
    this.say([[this.id(i), this.name(i)].filter(Boolean).join(" ") + colon + this.saying(i), this.because(i)].filter(Boolean).join(this.zh ? "。" : ". "));
  },

  /* ---- what is in view, as a table ---- */

  /* Parcels of the layers shown whose box meets the view, from north-west to south-east. */
  inView() {
    const bounds = this.map.getBounds(), { shapes } = this;
    const corner = (latlng) => L.CRS.EPSG3857.latLngToPoint(latlng, shapes.zoom);
    const from = corner(bounds.getNorthWest()), to = corner(bounds.getSouthEast());
    const shown = this.ranked.filter((group) => this.map.hasLayer(group.layer));
    const seen = shapes.within(from.x, from.y, to.x, to.y).filter((i) => shown.some((group) => i >= group.from && i < group.to));
    if (seen.length > 20000) return seen;
    const row = (i) => Math.floor((shapes.boxes[i * 4 + 1] - from.y) / Math.max(1, (to.y - from.y) / 12));
    const column = (i) => shapes.boxes[i * 4];
    return seen.sort((a, b) => row(a) - row(b) || column(a) - column(b));
  },

  toggleList() {
    if (this.listing && this.opened === this.listing) { this.close(); return; }
    if (this.outline) this.outline.remove();
    this.chosen = -1;
    this._writeAddress();
    this.listing = () => this.fill(this._list());
    this.opened = this.listing;
    this.opened();
    this.detail.focus({ preventScroll: true });
    if (!this._follows) {
      this._follows = true;
      this.map.on("moveend", () => { if (this.opened && this.opened === this.listing) this.opened(); });
    }
  },

  _list() {
    const { el } = geoTej, { words } = this;
    const seen = this.inView();
    const table = el("table", "tej-table");
    const caption = el("caption", "", words.in_view.replace("{n}", this.number(seen.length, 0))
      + (seen.length > geoTej.MOST_LISTED ? words.first_of.replace("{n}", geoTej.MOST_LISTED) : ""));
    const header = el("tr", "", ...[words.parcels, `${words.area} (${words.square_metres})`, this.view().title].map((title) => {
      const cell = el("th", "", title);
      cell.scope = "col";
      return cell;
    }));
    const body = el("tbody", "");
    for (const i of seen.slice(0, geoTej.MOST_LISTED)) {
      const name = this.name(i);
      const link = geoTej.button("tej-link", this.id(i), () => { this.openParcel(i); this.detail.focus({ preventScroll: true }); });
      const first = el("th", "", link, name ? el("small", "", name) : "");
      first.scope = "row";
      const mark = this.swatch(this.view().classes[this.codes[i]]);
      body.append(el("tr", "", first, el("td", "tej-number", this.number(this.area2(i), 2)), el("td", "", mark, ` ${this.saying(i)}`)));
    }
    table.append(caption, el("thead", "", header), body);
    return [el("h2", "", words.list_label), table];
  },
});
