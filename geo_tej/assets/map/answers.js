/* The page of an assessment: verdicts by use, layer states and shares, and what `explain` says of each answer. */
"use strict";

geoTej.AnswersPage = class extends geoTej.Page {
  constructor(map, source, data, others) {
    super(map, source, data, others);
    const { head } = this;
    this.mode = head.opens_mode;
    this.use = head.opens_on;
    this.pathway = 0;
    this.layer = 0;
    this.unknown = [2, 3]; // states of a layer that say nothing of how much it covers: no data, failed
    this.questions = head.uses.length * head.pathways.length;
    this.tested = Math.max(1, head.law.rules.filter((rule) => rule[7] !== null).length);
    this.hitStart = new Uint32Array(this.shapes.length + 1);
    const counts = this.columns["hit.count"];
    for (let i = 0; i < counts.length; i += 1) this.hitStart[i + 1] = this.hitStart[i] + counts[i];
  }

  /* ---- views ---- */

  view() {
    const key = [this.mode, this.use, this.pathway, this.layer].join();
    if (this._viewKey !== key) {
      this._viewKey = key;
      this._view = this.mode === "state" ? this._states() : this.mode === "share" ? this._shares() : this.mode === "tolerance" ? this._steadiness() : this.use === null ? this._overview() : this._outcomes();
      let codes = null;
      const make = this._view.codes;
      this._view.codes = () => { codes = codes || make(); return codes; };
    }
    return this._view;
  }

  /* A code a parcel from a code a profile: parcels share far fewer profiles than there are parcels. */
  _byProfile(profile, rows, codeOf) {
    const code = new Uint8Array(rows);
    for (let row = 0; row < rows; row += 1) code[row] = codeOf(row);
    const codes = new Uint8Array(profile.length);
    for (let i = 0; i < profile.length; i += 1) codes[i] = code[profile[i]];
    return codes;
  }

  _verdicts(codeOf) {
    return this._byProfile(this.columns["verdict.profile"], this.columns["verdict.table"].length / this.questions, codeOf);
  }

  _overview() {
    const { head, words, looks } = this, number = head.uses.length;
    const classes = head.bins.map(([from, to], n) => ({ ...looks.ramp[looks.ramp.length - 1 - n], from,
      name: to === 1 ? words.some_one : words.some.replace("{n}", from < to ? `${from}–${to}` : from) }));
    const open = classes.length;
    classes.push({ ...looks.outcomes[6], name: words.none_sure.replace("{open}", words.open_some) });
    classes.push({ ...looks.outcomes[7], name: head.outcomes[2][0] });
    const codes = () => this._verdicts((profile) => {
      let sure = 0, maybe = 0;
      for (let use = 0; use < number; use += 1) {
        const span = this._span(profile, use * head.pathways.length + this.pathway);
        if (span.most < 2) sure += 1; else if (span.least < 2) maybe += 1;
      }
      return sure ? classes.findIndex((each) => each.from <= sure) : maybe ? open : open + 1;
    });
    return { title: `${words.overview}${this.zh ? "" : " "}${words.overview_counts} · ${head.pathways[this.pathway]}`, classes, codes };
  }

  _outcomes() {
    const { head, looks } = this;
    const classes = looks.outcomes.map((look, k) => ({ ...look, name: head.class_words[k], spare: k > 0 && k < 6 }));
    const question = this.use * head.pathways.length + this.pathway;
    return { title: `${head.uses[this.use][0]} · ${head.pathways[this.pathway]}`, classes,
      codes: () => this._verdicts((profile) => this._classOfSpan(this._span(profile, question))) };
  }

  /* Whether boundaries that are off may change the verdict on a use, or on any. */
  _steadiness() {
    const { head, words, looks } = this, ways = head.pathways.length;
    const one = this.use !== null;
    const names = one ? [words.steady, words.unsteady] : [words.all_steady, words.some_unsteady];
    const uses = one ? [this.use] : head.uses.map((_, use) => use);
    return { title: `${words.tolerance} ±${head.tolerance.within} · ${one ? `${head.uses[this.use][0]} · ` : ""}${head.pathways[this.pathway]}`,
      classes: names.map((name, k) => ({ ...looks.tolerance[k], name })),
      codes: () => this._verdicts((profile) => Number(uses.some((use) => this._span(profile, use * ways + this.pathway).unsteady))) };
  }

  /* What the command line says of a parcel's verdict on a question, or of all its verdicts together (null). */
  steadyWords(i, question) {
    const { columns } = this, { words, boundaries } = this.head.tolerance;
    let found = -1;
    for (let row = columns["steady.start"][i]; row < columns["steady.start"][i + 1]; row += 1) {
      if (question !== null && columns["steady.question"][row] !== question) continue;
      if (found < 0 || columns["steady.distance"][row] < columns["steady.distance"][found]) found = row;
    }
    if (found < 0) return this.area2(i) ? words[question === null ? "parcel" : "stable"] : words.no_ground;
    const distance = columns["steady.distance"][found];
    return words[(question === null ? "some_" : "") + (distance ? "changes" : "at_once")].replace("{d}", () => (distance / 10).toFixed(1))
      .replace("{where}", () => boundaries[columns["steady.boundary"][found]]);
  }

  _states() {
    const { head, columns, looks } = this, count = head.law.layers.length;
    const classes = head.states.map((name, k) => ({ ...looks.states[k], name, spare: k > 1 }));
    return { title: `${this.words.states} · ${head.law.layers[this.layer][0]}`, classes,
      codes: () => this._byProfile(columns["state.profile"], columns["state.table"].length / count, (row) => columns["state.table"][row * count + this.layer]) };
  }

  _shares() {
    const { head, looks } = this;
    const names = ["0 %", "0–10 %", "10–50 %", "50–100 %", "100 %"];
    const classes = [...names.map((name, k) => ({ ...looks.shares[k], name })),
      ...this.unknown.map((state) => ({ ...looks.states[state], name: head.states[state], spare: true }))];
    const codes = () => {
      const found = new Uint8Array(this.shapes.length);
      for (let i = 0; i < found.length; i += 1) {
        const share = this.shareOf(i, this.layer), unknown = this.unknown.indexOf(this.stateOf(i, this.layer));
        found[i] = share > 0 ? 1 + looks.cuts.filter((cut) => share >= cut).length : unknown < 0 ? 0 : names.length + unknown;
      }
      return found;
    };
    return { title: `${this.words.shares} · ${head.law.layers[this.layer][0]}`, classes, codes };
  }

  stateOf(i, layer) {
    const { columns, head } = this;
    return columns["state.table"][columns["state.profile"][i] * head.law.layers.length + layer];
  }

  /* How much of a parcel a layer covers: its zones together, or the widest of its strips. */
  shareOf(i, layer) {
    const { columns, head } = this;
    let zones = 0, strip = 0;
    for (let row = this.hitStart[i]; row < this.hitStart[i + 1]; row += 1) {
      const key = head.law.keys[columns["hit.key"][row]];
      if (key[0] !== layer) continue;
      const share = this._hitArea(i, row) / (this.area2(i) || 1);
      if (key[2] === null) zones += share; else strip = Math.max(strip, share);
    }
    return Math.min(1, Math.max(zones, strip));
  }

  _hitArea(i, row) {
    return (this.columns["hit.area"][row] || this.columns["parcel.area"][i]) / 400;
  }

  _span(profile, question) {
    const cell = this.columns["verdict.table"][profile * this.questions + question];
    return { least: cell & 3, most: (cell >> 2) & 3, level: (cell >> 4) & 7, unsteady: (cell >> 7) & 1, open: cell >> 8 };
  }

  spanOf(i, use, pathway) {
    return this._span(this.columns["verdict.profile"][i], use * this.head.pathways.length + pathway);
  }

  _classOfSpan(span) {
    if (span.least !== span.most) return 6;
    return span.least === 0 ? 0 : span.least === 2 ? 7 : 1 + span.level;
  }

  _question() {
    const { el } = geoTej, { head, words } = this;
    const box = el("div", "tej-question");
    const draw = this.drawQuestion = () => {
      const modes = ["outcome", "state", "share", ...(head.tolerance ? ["tolerance"] : [])];
      const named = [words.outcome, words.states, words.shares, words.tolerance].slice(0, modes.length);
      const parts = [this._choice("tej-choice", words.show, named,
        modes.indexOf(this.mode), (number) => {
          this.mode = modes[number];
          draw();
          box.querySelector(`.tej-choice button:nth-child(${number + 1})`).focus();
          this.restyle();
        })];
      if (this.asksUse()) {
        const uses = head.groups.flatMap((title, group) => head.uses.map((use, number) => [title, use[0], number, use[2]]).filter((use) => use[3] === group));
        parts.push(this._select(words.use, [["", this.mode === "tolerance" ? words.all_uses : words.overview, ""], ...uses], this.use === null ? "" : this.use,
          (chosen) => { this.use = chosen === "" ? null : Number(chosen); this.restyle(); }));
        if (head.pathways.length > 1) {
          parts.push(this._choice("tej-pathway", words.pathway, head.pathways, this.pathway, (number) => { this.pathway = number; this.restyle(); }));
        }
      } else {
        parts.push(this._select(words.layer, head.law.layers.map(([title], number) => ["", title, number]), this.layer,
          (chosen) => { this.layer = Number(chosen); this.restyle(); }));
      }
      box.replaceChildren(...parts);
    };
    draw();
    return box;
  }

  /* ---- enterprises ---- */

  _more() {
    const firms = L.layerGroup();
    const on = new Map();
    for (const firm of this.head.enterprises) {
      if (!firm.parcels.length) continue;
      const home = firm.parcels[0][0];
      const nth = on.get(home) || 0;
      on.set(home, nth + 1);
      const turn = (nth * 2.4) + 0.6, away = nth ? 0.00012 * Math.sqrt(nth) : 0;
      const middle = this.shapes.middle(home);
      const at = L.latLng(middle.lat + away * Math.sin(turn), middle.lng + away * Math.cos(turn));
      const dot = L.circleMarker(at, { pane: "chosen", radius: 4, color: "#fff", weight: 1.2, fillColor: "#1d2b3a", fillOpacity: 1, large: firm.designated });
      dot.bindTooltip(geoTej.el("span", "", firm.name || firm.id), { direction: "top", offset: [0, -4] });
      dot.on("click", (event) => { L.DomEvent.stopPropagation(event); this.openFirm(firm); });
      firms.addLayer(dot);
    }
    const sized = () => {
      const grown = Math.max(0, Math.min(4, this.map.getZoom() - 12.5));
      firms.eachLayer((dot) => dot.setRadius(1.6 + grown * (dot.options.large ? 1.1 : 0.75)));
    };
    this.map.on("zoomend", sized);
    this.map.whenReady(sized);
    const { enterprises } = this.source.groups;
    if (enterprises) {
      enterprises.addLayer(firms);
      this.pointLayers = [[this.words.enterprises, enterprises, geoTej.el("span", "tej-dot")]];
    }
  }

  findable() {
    const { head, words } = this;
    return [...head.enterprises.map((firm) => [`${firm.name} ${firm.id}`, firm.name || firm.id, words.enterprise, () => this.openFirm(firm)]), ...super.findable()];
  }

  openFirm(firm) {
    this.chosen = -1;
    this.opened = () => this.fill(this._firmContents(firm));
    this.opened();
    this.mark(firm.parcels.map(([place]) => place), true);
    this._writeAddress();
    this.detail.scrollTop = 0;
    this.say(firm.name || firm.id);
  }

  _firmContents(firm) {
    const { el } = geoTej, { words, head } = this;
    const number = head.enterprises.indexOf(firm);
    const contents = [el("h2", "", firm.name || firm.id),
      el("p", "tej-under", [firm.id, firm.industry, firm.designated ? words.designated : ""].filter(Boolean).join(" · "))];
    if (!firm.parcels.length) return [...contents, el("p", "tej-failed", words.no_site)];
    const links = el("div", "tej-links");
    for (const [place, relation] of firm.parcels) {
      links.append(geoTej.button("", this.id(place) + (relation ? ` · ${relation}` : ""), () => this.openParcel(place, true)));
    }
    contents.push(el("h3", "", words.its_parcels), links, el("h3", "", `${words.uses} · ${head.pathways[this.pathway]}`), el("p", "tej-small", words.of_enterprise));
    const span = (use) => {
      const cell = this.columns["enterprise.verdict"][number * this.questions + use * head.pathways.length + this.pathway];
      return { least: cell & 3, most: (cell >> 2) & 3, level: (cell >> 4) & 7, differs: cell >> 7 };
    };
    return [...contents, ...this._useRows(span, null)];
  }

  /* ---- one parcel ---- */

  spanWords(span) {
    const { outcomes } = this.head;
    if (span.least === span.most) return outcomes[span.least][0];
    const differs = span.differs ? this.words.differs : "";
    return `${differs}${outcomes[span.least][0]}${this.zh ? "～" : " to "}${outcomes[span.most][0]}`;
  }

  /* The question as a part of an address: a use and a pathway. */
  asked() {
    return this.use === null ? {} : { use: this.head.uses[this.use][3], pathway: this.head.pathway_ids[this.pathway] };
  }

  ask(asked) {
    const use = this.head.uses.findIndex((each) => each[3] === asked.get("use"));
    const pathway = this.head.pathway_ids.indexOf(asked.get("pathway"));
    if (use < 0 || pathway < 0) return;
    Object.assign(this, { use, pathway });
    this.drawQuestion();
    this.restyle();
  }

  asksUse() {
    return this.mode === "outcome" || this.mode === "tolerance";
  }

  saying(i) {
    if (this.mode === "tolerance") {
      return this.steadyWords(i, this.use === null ? null : this.use * this.head.pathways.length + this.pathway);
    }
    if (this.mode === "share") {
      const share = this.shareOf(i, this.layer), state = this.stateOf(i, this.layer);
      return share === 0 && this.unknown.includes(state) ? this.head.states[state] : this.percent(share);
    }
    if (this.mode === "outcome" && this.use !== null) return this.spanWords(this.spanOf(i, this.use, this.pathway));
    return super.saying(i);
  }

  because(i) {
    if (this.mode !== "outcome" || this.use === null) return "";
    const span = this.spanOf(i, this.use, this.pathway);
    const asked = span.least === span.most ? [] : this._asked(span);
    const open = asked.length ? `${this.words.to_settle}${this.zh ? "：" : ": "}${asked.join(this.zh ? "；" : "; ")}` : "";
    const first = this._reasons(i, this.use).find(({ rule }) => rule[1] === span.most) || this._reasons(i, this.use)[0];
    const said = first ? `${this._finding(first.rule[10], first.doubt).join("")}${this.zh ? "。" : "; "}${first.rule[3]}` : "";
    return [said, open].filter(Boolean).join(this.zh ? "。" : ". ");
  }

  /* What is open in a verdict, each thing once. */
  _asked(span) {
    const { law } = this.head;
    return [...new Set((law.sets[span.open] || []).map((cause) => law.causes[cause][0]))];
  }

  contents(i) {
    const { el } = geoTej, { words, head, data } = this;
    const contents = [el("h2", "", this.id(i)), el("p", "tej-under", this.name(i))];
    const hits = this._hits(i);
    for (const hit of hits.filter((each) => head.law.layers[each.layer][1])) {
      contents.push(el("p", "tej-heads", `${words.heads} ${hit.ground} ${this._portion(hit)}`));
    }
    const facts = el("dl", "");
    const fact = (name, value) => { if (value) facts.append(el("dt", "", name), el("dd", "", value)); };
    const area = this.area2(i), registered = this.columns["parcel.registered"];
    fact(words.area, this.area(area));
    if (registered && registered[i] > 0 && Math.abs(registered[i] / 400 - area) > 0.5) fact(words.registered, this.area(registered[i] / 400));
    fact(words.village, data.word("parcel.village", i));
    fact(words.land_use, data.word("parcel.land_use", i));
    fact(words.tenure, data.word("parcel.tenure", i));
    fact(words.term_end, data.word("parcel.term_end", i));
    if (head.tolerance) fact(`${words.tolerance} ±${head.tolerance.within}`, this.steadyWords(i, null));
    contents.push(facts, this.copying(i));
    const firms = head.enterprises.filter((firm) => firm.parcels.some(([place]) => place === i));
    if (firms.length) {
      const links = el("div", "tej-links");
      for (const firm of firms) links.append(geoTej.button("", firm.name || firm.id, () => this.openFirm(firm)));
      contents.push(el("h3", "", words.enterprises), links);
    }
    contents.push(el("h3", "", `${words.uses} · ${head.pathways[this.pathway]}`));
    contents.push(...this._useRows((use) => {
      const span = this.spanOf(i, use, this.pathway);
      return { ...span, inPart: this._inPart(i, use, span) };
    }, (use) => this._why(i, use)));
    contents.push(el("h3", "", words.states), this._stateRows(i, hits));
    return contents;
  }

  /* Paper cannot unfold a use: what is open in any of them, each thing once. */
  printed(i) {
    const { el } = geoTej, { law } = this.head, asked = new Map();
    this.head.uses.forEach((_, use) => {
      const span = this.spanOf(i, use, this.pathway);
      if (span.least === span.most) return;
      for (const cause of law.sets[span.open] || []) asked.set(law.causes[cause].slice(0, 2).join("\n"), law.causes[cause]);
    });
    if (!asked.size) return [];
    return [el("h3", "", this.words.to_settle), ...[...asked.values()].map(([what, settled]) => el("p", "tej-open", el("b", "", what), ` ${settled}`))];
  }

  command(i) {
    const asked = this.asksUse() && this.use !== null
      ? ` --use ${this.head.uses[this.use][3]} --pathway ${this.head.pathway_ids[this.pathway]}` : "";
    return super.command(i).replace(" check ", () => ` check${asked} `);
  }

  /* A row a use, grouped; a row unfolds to why, where there is more to say. The use asked for comes unfolded. */
  _useRows(spanOf, why) {
    const { el } = geoTej, { head } = this;
    const row = (use) => {
      const span = spanOf(use);
      const outcome = span.least === span.most ? span.least : 3;
      const mark = el("span", `tej-sign tej-sign-${outcome}`, head.signs[outcome]);
      mark.setAttribute("aria-hidden", "true");
      const more = [outcome === 1 && span.level ? head.levels[span.level] : "", span.inPart ? "◔" : "", span.unsteady ? "↔" : ""].filter(Boolean);
      const said = el("span", "tej-said", this.spanWords(span) + (outcome === 1 && span.level ? " · " : " "));
      const size = el("span", "tej-size", said, more.join(" "));
      if (span.inPart) size.title = this.words.in_part;
      const line = [mark, el("span", "tej-name", head.uses[use][0]), size];
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
      if (rows.length) contents.push(el("h4", "", title), ...rows);
    });
    return contents;
  }

  _hits(i) {
    const { columns, head } = this;
    const found = [];
    for (let row = this.hitStart[i]; row < this.hitStart[i + 1]; row += 1) {
      const key = columns["hit.key"][row];
      const [layer, ground, distance, rules] = head.law.keys[key];
      const area = this._hitArea(i, row);
      found.push({ key, layer, ground, distance, rules, area, share: Math.min(1, area / this.area2(i)) });
    }
    return found;
  }

  _portion(hit) {
    return `${this.area(hit.area)}${this.zh ? "，" : ", "}${this.percent(hit.share)}`;
  }

  /* Every rule that speaks on a parcel, use and pathway, in the order of `explain`. */
  _reasons(i, use) {
    const { head } = this;
    const held = (rule) => this._held(i, rule);
    const reasons = [];
    const question = use * head.pathways.length + this.pathway;
    const away = head.law.gone ? head.law.gone[this.columns["gone.profile"][i]] : [];
    const hear = (number, sure, hit) => {
      const rule = head.law.rules[number];
      if (hit && away.some(([key, gone, asked]) => key === hit.key && gone === number && asked.includes(question))) return;
      if (!rule[5].includes(use) || !rule[6].includes(this.pathway) || !held(rule)) return;
      reasons.push({ rule, hit, held: held(rule), unknown: sure === true ? "" : sure, doubt: sure === true ? (held(rule) === 2 ? "" : this.words.possibly) : sure });
    };
    for (const hit of this._hits(i)) for (const [number, sure] of hit.rules) hear(number, sure, hit);
    for (const number of head.law.everywhere) hear(number, true, null);
    const whole = this.area2(i);
    const first = ({ rule }) => (rule[9] !== null && head.law.layers[rule[9]][1] ? 0 : 1);
    const size = ({ hit }) => (hit ? hit.area : whole);
    return reasons.sort((a, b) => first(a) - first(b) || b.rule[1] - a.rule[1] || b.rule[4] - a.rule[4] || size(b) - size(a) || a.rule[11] - b.rule[11]);
  }

  /* What `explain` says: the span, ground to keep clear of, reasons by ground, what is open, approvals. */
  _why(i, use) {
    const { el } = geoTej, { head, words, columns } = this;
    const box = el("div", "tej-why"), heading = (title) => el(use === this.use ? "h4" : "h5", "", title);
    const question = use * head.pathways.length + this.pathway;
    const span = this.spanOf(i, use, this.pathway);
    const open = head.law.sets[span.open] || [];
    const asked = this._asked(span).join(this.zh ? "；" : "; ");
    const beside = this._besides(span, this._row("ground", i, question));
    box.append(el("p", "tej-verdict", span.least === span.most ? head.outcomes[span.least][1] + beside
      : this.spanWords(span) + beside + (asked ? (this.zh ? `，待核：${asked}` : `, to be settled: ${asked}`) : "")));
    if (head.tolerance) box.append(el("p", "tej-steady", `↔ ${this.steadyWords(i, question)}`));
    if (this._row("stood", i, question) >= 0) box.append(el("p", "", words.stood));
    const row = this._row("ground", i, question);
    if (row >= 0) {
      const settled = columns["ground.rest"][row] === columns["ground.most"][row];
      for (const [kind, sentence] of [["barred", settled ? words.keep_clear : words.keep_clear_at_most], ["feared", words.feared]]) {
        const part = columns[`ground.${kind}`][row];
        if (!part) continue;
        box.append(el("p", "", sentence.replace("{area}", this.metres(part / 400))
          .replace("{share}", this.percent(part / columns["parcel.area"][i]))
          .replace("{rest}", this.metres(columns["ground.rest"][row] / 400))
          .replace("{most}", this.metres(columns["ground.most"][row] / 400))));
      }
    }
    if (open.length) {
      box.append(heading(words.to_settle));
      const said = new Set();
      for (const [what, settled, how] of open.map((cause) => head.law.causes[cause])) {
        if (said.has(what + settled)) continue;
        said.add(what + settled);
        box.append(el("p", "tej-open", el("b", "", what), ` ${settled}`, how ? el("code", "", how) : ""));
      }
    }
    const reasons = this._reasons(i, use);
    box.append(heading(words.why));
    const silent = this._silences(i, span, reasons);
    if (!reasons.length && !silent.length) box.append(el("p", "", words.no_reason));
    const grounds = new Map(), permits = new Set(), shown = new Set();
    for (const { rule, hit, doubt } of reasons) {
      if (rule[1] !== 2 && !doubt && rule[4]) rule[8].forEach((permit) => permits.add(permit));
      const ground = hit ? `${hit.ground} ${this._portion(hit)}` : rule[9] !== null
        ? `${head.law.layers[rule[9]][0]} ${this._portion({ area: this.area2(i), share: 1 })}` : words.everywhere;
      if (shown.has(ground + rule[10].join() + doubt + rule[3])) continue;
      shown.add(ground + rule[10].join() + doubt + rule[3]);
      if (!grounds.has(ground)) grounds.set(ground, el("div", "tej-ground", el("div", "tej-where", ground)));
      const decided = this._decided(i, use, rule);
      const outcome = rule[2] ? 4 : rule[1];
      const [outcomeWord, aside, said] = this._finding(decided.length && rule[13] ? rule[13] : rule[10], doubt);
      const sign = el("span", `tej-sign tej-sign-${outcome}`, rule[2] ? "·" : head.signs[rule[1]]);
      sign.setAttribute("aria-hidden", "true");
      grounds.get(ground).append(el("div", "tej-reason", sign, el("div", "",
        el("div", "", outcomeWord, el("em", "", aside), said),
        el("div", "tej-law", [rule[3], rule[0]].filter(Boolean).join(" · ")), ...decided)));
    }
    const [kept, rest] = [[...grounds.values()].slice(0, 6), [...grounds.values()].slice(6)];
    box.append(...kept);
    if (rest.length) box.append(el("details", "tej-rest", el("summary", "", words.more.replace("{n}", rest.length)), ...rest));
    box.append(...this._decided(i, use, null, new Set(reasons.map(({ rule }) => rule[12]))));
    for (const each of silent) {
      const sign = el("span", "tej-sign tej-sign-2", head.signs[2]);
      sign.setAttribute("aria-hidden", "true");
      box.append(el("div", "tej-reason", sign, el("div", "", each)));
    }
    if (permits.size && span.least < 2) {
      box.append(heading(words.approvals));
      const list = el("ol", "");
      [...permits].sort((a, b) => a - b).forEach((permit) => list.append(el("li", "", head.law.permits[permit])));
      box.append(list);
    }
    const possible = span.least < 2 ? this._possiblePermits(i, use, reasons, permits) : [];
    if (possible.length) {
      box.append(heading(words.possible_approvals));
      const list = el("ul", "");
      for (const [permit, hangs] of possible) {
        const depends = hangs.size ? words.depends.replace("{what}", () => [...hangs].join(this.zh ? "；" : "; ")) : "";
        list.append(el("li", "", head.law.permits[permit], depends ? el("em", "", this.zh ? `（${depends}）` : ` (${depends})`) : ""));
      }
      box.append(list);
    }
    return box;
  }

  /* What a rule says: its outcome; under what it would hold, for which verbs; its condition. */
  _finding([outcome, beside, said], doubt) {
    const aside = [doubt, beside].filter(Boolean).join(this.zh ? "；" : "; ");
    return [outcome, aside && (this.zh ? `（${aside}）` : ` (${aside})`), (this.zh ? "：" : ": ") + said];
  }

  /* On how much ground a verdict surely holds, and how much must or else may have to be kept clear, in brackets. */
  _besides(span, row) {
    if (span.most === 2 || row < 0) return "";
    const { columns, words } = this, ground = (name) => this.metres(columns[`ground.${name}`][row] / 400);
    const said = columns["ground.feared"][row] ? words.on_part.replace("{sure}", ground("sure")).replace("{feared}", ground("feared"))
      : words.kept.replace("{ground}", ground("barred"));
    return this.zh ? `（${said}）` : ` (${said})`;
  }

  /* The row of a table that tells of a parcel and question, such as its ground to keep clear of; -1 where none does. */
  _row(table, i, question) {
    const { columns } = this;
    for (let row = columns[`${table}.start`][i]; row < columns[`${table}.start`][i + 1]; row += 1) {
      if (columns[`${table}.question`][row] === question) return row;
    }
    return -1;
  }

  /* Whether some ground must or may have to be kept clear though the parcel as a whole surely is not barred. */
  _inPart(i, use, span) {
    if (span.most === 2) return false;
    return this._row("ground", i, use * this.head.pathways.length + this.pathway) >= 0;
  }

  /* Approvals that may be needed and may not, each with what that hangs on. */
  _possiblePermits(i, use, reasons, sure) {
    const { head, words, columns } = this, { law } = head;
    const found = new Map();
    const add = (rule, hangs) => {
      for (const permit of rule[8]) {
        if (sure.has(permit)) continue;
        if (!found.has(permit)) found.set(permit, new Set());
        for (const each of hangs) if (each) found.get(permit).add(each);
      }
    };
    for (const { rule, held, unknown } of reasons) {
      if (rule[1] === 2 || (!unknown && held === 2 && rule[4])) continue;
      add(rule, [unknown, rule[4] ? "" : words.unchecked, ...(held === 1 ? rule[14] : [])]);
    }
    law.without.forEach((numbers, layer) => {
      const state = this.stateOf(i, layer);
      if (state !== 2 && state !== 3) return;
      for (const rule of numbers.map((number) => law.rules[number])) {
        if (rule[5].includes(use) && rule[6].includes(this.pathway) && this._held(i, rule)) add(rule, [words.without.replace("{layer}", law.layers[layer][0])]);
      }
    });
    return [...found].sort(([a], [b]) => a - b);
  }

  /* Whether the tests of a rule hold on a parcel: 0 no, 1 perhaps, 2 yes. */
  _held(i, rule) {
    if (rule[7] === null) return 2;
    return this.columns["held.table"][this.columns["held.profile"][i] * this.tested + rule[7]];
  }

  /* What officers decided on the findings of a rule, beside them; of no rule that speaks here, where it is null. */
  _decided(i, use, rule, told) {
    return this.head.law.decisions
      .filter(([parcel, of, way, name]) => parcel === i && of === use && way === this.pathway && (rule ? name === rule[12] : !told.has(name)))
      .map(([, , , , words]) => geoTej.el("div", "tej-decided", `→ ${words}`));
  }

  /* Layers that bar a use by not listing it, where no rule bars it. */
  _silences(i, span, reasons) {
    if (span.least !== 2 || reasons.some(({ rule, doubt }) => rule[1] === 2 && !doubt)) return [];
    return [...new Set(this._hits(i).map((hit) => this.head.law.layers[hit.layer][2]).filter(Boolean))];
  }

  _stateRows(i, hits) {
    const { el } = geoTej, { head } = this;
    return geoTej.listed(el("div", "tej-states"), head.law.layers.map(([title], layer) => {
      const state = this.stateOf(i, layer);
      const where = hits.filter((hit) => hit.layer === layer)
        .map((hit) => [hit.ground.startsWith(title) ? hit.ground.slice(title.length).trim() : hit.ground, `${this.metres(hit.area)}, ${this.percent(hit.share)}`].filter(Boolean).join(" "));
      return el("div", `tej-row tej-state-${state}`, el("span", "tej-name", title, ...where.map((words) => el("small", "", words))),
        el("span", "tej-size", head.states[state]));
    }));
  }
};

geoTej.pages.answers = geoTej.AnswersPage;
