"use strict";
(() => {
  const report = JSON.parse(document.getElementById("report").textContent);
  const byId = (id) => document.getElementById(id);
  const PAGE_ROWS = 20;

  // Elements are made from text nodes only: whatever a link is called, it stays text.
  const make = (name, properties = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key === "class") element.className = value;
      else if (key in element && key !== "list") element[key] = value;
      else element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };

  // ---- Values -------------------------------------------------------------------------------------------------
  const whole = new Intl.NumberFormat("en-GB");
  const oneDecimal = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const upToThree = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 3 });
  const percent = (value) => {
    const rounded = Math.round(value * 1000) / 10;
    if (value < 1 && rounded >= 100) return "over 99.9 %";
    if (value > 0 && rounded <= 0) return "under 0.1 %";
    return `${upToThree.format(rounded)} %`;
  };
  const NUMERIC = new Set(["int", "km", "share", "number"]);
  const show = {
    text: (value) => value,
    outcode: (value) => value,
    reason: (value) => report.reasons[value] ?? value,
    code: (value) => (/^\d+$/.test(value) ? `0${value}` : value),
    int: (value) => whole.format(value),
    km: (value) => oneDecimal.format(value),
    share: percent,
    number: (value) => upToThree.format(value),
  };
  const cell = (column, row) =>
    column.texts === undefined ? column.values[row] : column.index[row] === null ? null : column.texts[column.index[row]];
  const shown = (column, row) => {
    const value = cell(column, row);
    return value === null || value === undefined ? "" : show[column.kind](value);
  };
  const column = (table, key) => table.columns.find((one) => one.key === key);

  // ---- Filters --------------------------------------------------------------------------------------------------
  const filters = { outcode: "", reason: "", code: "", text: "" };
  const outcodeTest = (typed, known) => {
    const wanted = typed.trim().toUpperCase();
    if (wanted === "") return null;
    if (wanted.endsWith("*")) return (value) => value.startsWith(wanted.slice(0, -1));
    return known.has(wanted) ? (value) => value === wanted : (value) => value.startsWith(wanted);
  };
  const codeTest = (typed) => {
    const wanted = typed.trim();
    if (wanted === "") return null;
    const digits = /^0?(\d+)/.exec(wanted);
    if (digits) return (value) => value === digits[1];
    const codes = new Set(namesOfCodes.filter(([, name]) => name.toLowerCase().includes(wanted.toLowerCase())).map(([code]) => code));
    return (value) => codes.has(value);
  };
  const namesOfCodes = [];
  const knownOutcodes = new Set();
  for (const table of [report.map?.area_codes, ...report.tables]) {
    const codes = table && column(table, "area_code"), names = table && column(table, "name");
    if (codes && names && namesOfCodes.length === 0)
      for (let row = 0; row < table.rows; row++) namesOfCodes.push([cell(codes, row), cell(names, row) ?? ""]);
  }
  for (const table of report.tables)
    for (const one of table.columns)
      if (one.kind === "outcode") for (const value of one.texts ?? one.values) if (value) knownOutcodes.add(value);

  const passing = (table) => {
    const tests = [];
    const any = (kind, test) => {
      const columns = table.columns.filter((one) => one.kind === kind);
      if (test && columns.length) {
        // The test is made once for each distinct text, as there may be many rows.
        const sure = columns.map((one) => [one, one.texts?.map(test)]);
        tests.push((row) => sure.some(([one, texts]) => {
          if (texts) return one.index[row] !== null && texts[one.index[row]];
          const value = one.values[row];
          return value !== null && test(value);
        }));
      }
    };
    any("outcode", outcodeTest(filters.outcode, knownOutcodes));
    any("code", codeTest(filters.code));
    any("reason", filters.reason === "" ? null : (value) => value === filters.reason);
    const text = filters.text.trim().toLowerCase();
    any("text", text === "" ? null : (value) => String(value).toLowerCase().includes(text));
    const rows = [];
    for (let row = 0; row < table.rows; row++) if (tests.every((test) => test(row))) rows.push(row);
    return rows;
  };

  // ---- Tables -----------------------------------------------------------------------------------------------------
  const collator = new Intl.Collator("en-GB", { numeric: true });
  const ordered = (rows, one, direction) => {
    const numeric = NUMERIC.has(one.kind);
    return rows.slice().sort((a, b) => {
      const left = cell(one, a), right = cell(one, b);
      if (left === null || right === null) return (left === null) - (right === null) || a - b;
      return direction * (numeric ? left - right : collator.compare(left, right)) || a - b;
    });
  };

  const redraws = [];
  const tableElement = (table, { filtered = true } = {}) => {
    const state = { sort: null, direction: 1, page: 0 };
    const body = make("tbody"), count = make("span", { class: "count", role: "status" });
    const earlier = make("button", { type: "button" }, "Earlier rows"), later = make("button", { type: "button" }, "Later rows");
    const heads = table.columns.map((one) => {
      const sorter = make("button", { type: "button" }, one.label || "what");
      const head = make("th", { scope: "col", class: NUMERIC.has(one.kind) ? "n" : "" }, sorter);
      sorter.addEventListener("click", () => {
        state.direction = state.sort === one ? -state.direction : NUMERIC.has(one.kind) ? -1 : 1;
        state.sort = one;
        state.page = 0;
        draw();
      });
      return head;
    });
    const draw = () => {
      let rows = filtered ? passing(table) : d3.range(table.rows);
      if (state.sort) rows = ordered(rows, state.sort, state.direction);
      const pages = Math.max(Math.ceil(rows.length / PAGE_ROWS), 1);
      state.page = Math.min(Math.max(state.page, 0), pages - 1);
      const first = state.page * PAGE_ROWS, visible = rows.slice(first, first + PAGE_ROWS);
      body.replaceChildren(...visible.map((row) => make("tr", {}, ...table.columns.map((one, place) => cellElement(table, one, row, place)))));
      heads.forEach((head, place) => {
        const sorted = state.sort === table.columns[place];
        head.setAttribute("aria-sort", sorted ? (state.direction > 0 ? "ascending" : "descending") : "none");
        head.dataset.label = (table.columns[place].label || "what") + (sorted ? (state.direction > 0 ? " ▲" : " ▼") : "");
        head.firstChild.textContent = head.dataset.label;
      });
      const range = rows.length > PAGE_ROWS ? `Rows ${whole.format(first + 1)} to ${whole.format(first + visible.length)} of ` : "";
      const rest = rows.length < table.rows ? `, of ${whole.format(table.rows)} without the filter` : "";
      count.textContent = `${range}${whole.format(rows.length)} ${rows.length === 1 ? "row" : "rows"}${rest}`;
      earlier.disabled = state.page === 0;
      later.disabled = state.page >= pages - 1;
      earlier.hidden = later.hidden = pages === 1;
    };
    earlier.addEventListener("click", () => { state.page -= 1; draw(); });
    later.addEventListener("click", () => { state.page += 1; draw(); });
    if (filtered) redraws.push(() => { state.page = 0; draw(); });
    draw();
    const name = make("caption", { class: "skip" }, table.title);
    const grid = make("table", {}, name, make("thead", {}, make("tr", {}, ...heads)), body);
    const scroll = make("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": `${table.title}, which can be scrolled` }, grid);
    return [scroll, make("div", { class: "pager" }, count, earlier, later)];
  };

  const cellElement = (table, one, row, place) => {
    const text = shown(one, row);
    const kind = NUMERIC.has(one.kind) ? "n" : one.key === "message" || one.key === "outcodes_text" ? "wide" : "";
    let content = text;
    if (place === 0 && text && report.map && (one.kind === "code" || one.kind === "outcode")) {
      content = make("button", { type: "button", class: "go", title: "Show on the map" }, text);
      content.addEventListener("click", () => (one.kind === "code" ? pickCode(cell(one, row), true) : pickOutcode(cell(one, row))));
    }
    return make(place === 0 ? "th" : "td", place === 0 ? { scope: "row", class: kind } : { class: kind }, content);
  };

  const sheets = byId("sheets");
  for (const table of report.tables) {
    sheets.append(make("section", { class: "sheet", id: table.id, "aria-labelledby": `${table.id}-title` },
      make("h3", { id: `${table.id}-title` }, table.title),
      table.note ? make("p", { class: "note" }, table.note) : null,
      ...tableElement(table)));
  }

  const kinds = new Set(report.tables.flatMap((table) => table.columns.map((one) => one.kind)));
  byId("filters").hidden = !["outcode", "code", "reason", "text"].some((kind) => kinds.has(kind));
  const refilter = () => redraws.forEach((redraw) => redraw());
  for (const [key, kind] of [["outcode", "outcode"], ["code", "code"], ["reason", "reason"], ["text", "text"]]) {
    const input = byId(`filter-${key}`);
    if (!input) continue;
    if (!kinds.has(kind)) { input.closest("label").hidden = true; continue; }
    let waiting = 0;
    input.addEventListener("input", () => {
      filters[key] = input.value;
      clearTimeout(waiting);
      waiting = setTimeout(refilter, 120);
    });
  }
  const reasons = byId("filter-reason");
  if (reasons) {
    const found = new Set(report.tables.flatMap((table) => table.columns.filter((one) => one.kind === "reason").flatMap((one) => one.texts ?? one.values)));
    for (const reason of [...found].sort()) reasons.append(make("option", { value: reason }, report.reasons[reason] ?? reason));
  }
  const options = byId("codes");
  if (options) for (const [code, name] of namesOfCodes) options.append(make("option", { value: `0${code} ${name}` }));
  byId("filter-clear")?.addEventListener("click", () => {
    for (const key of Object.keys(filters)) { filters[key] = ""; const input = byId(`filter-${key}`); if (input) input.value = ""; }
    refilter();
  });
  const setFilter = (key, value) => {
    filters[key] = value;
    const input = byId(`filter-${key}`);
    if (input) input.value = value;
    refilter();
  };

  // A drawing is one image for a screen reader: Plot's own labels of its parts are in nobody's way then.
  const asImage = (drawing, label) => {
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", label);
    drawing.querySelectorAll("g[aria-label], g[aria-description]").forEach((part) => {
      part.removeAttribute("aria-label");
      part.removeAttribute("aria-description");
    });
  };

  // ---- Charts -------------------------------------------------------------------------------------------------
  const STYLE = { background: "transparent", color: "inherit", fontFamily: "inherit", fontSize: "12px" };
  const seriesColours = (names) => ({ domain: names, range: ["var(--bar)", "var(--bar2)", "var(--line)", "var(--soft)"] });
  const pictures = {
    histogram(chart) {
      const names = [...new Set(chart.rows.map((row) => row.series))];
      // The links at home stand apart, left of 0, as they would dwarf the others if drawn to the width of a bin.
      const at = (row) => row.to_km === 0 ? { x1: -1.6 * chart.width, x2: -0.6 * chart.width } : { x1: row.from_km, x2: row.to_km };
      const rows = chart.rows.map((row) => ({ ...row, ...at(row) }));
      const told = (row) => `${row.to_km === 0 ? "own area code, 0 km" : `over ${row.from_km} to ${row.to_km} km`}: ${whole.format(row.links)} links`;
      const ends = d3.extent(chart.rows, (row) => row.to_km);
      return Plot.plot({
        style: STYLE, height: names.length > 1 ? 340 : 260, marginLeft: 56, marginBottom: 40, width: 620,
        x: { label: "kilometres", ticks: [-1.1 * chart.width, ...d3.ticks(0, ends[1], 8)], tickFormat: (x) => (x < 0 ? "own" : x), domain: [-1.9 * chart.width, ends[1]] },
        y: { label: "links", grid: true, nice: true, tickFormat: "~s" },
        fy: { axis: null, domain: names },
        marks: [
          Plot.rectY(rows, { x1: "x1", x2: "x2", y: "links", fill: (row) => (row.to_km === 0 ? "var(--soft)" : "var(--bar)"), insetLeft: 0.5, insetRight: 0.5,
            title: told, tip: true, ...(names.length > 1 ? { fy: "series" } : {}) }),
          Plot.ruleY([0]),
          names.length > 1 ? Plot.text(names, { fy: (name) => name, text: (name) => name, frameAnchor: "top-right", fontWeight: 650 }) : null,
        ],
      });
    },
    bars(chart) {
      const rows = chart.rows, longest = d3.max(rows, (row) => row.label.length);
      return Plot.plot({
        style: STYLE, width: 620, height: 46 + 30 * rows.length, marginLeft: Math.min(300, 16 + 6.3 * longest), marginRight: 60,
        x: { label: chart.x, grid: true, nice: true, ticks: 5 }, y: { label: null, domain: rows.map((row) => row.label) },
        marks: [
          Plot.barX(rows, { x: "value", y: "label", fill: "var(--bar)", insetTop: 2, insetBottom: 2, title: (row) => `${row.label}: ${upToThree.format(row.value)}` }),
          Plot.text(rows, { x: "value", y: "label", text: (row) => upToThree.format(row.value), textAnchor: "start", dx: 4 }),
          Plot.ruleX([0]),
        ],
      });
    },
    curves(chart) {
      const names = [...new Set(chart.rows.map((row) => row.series))];
      const low = d3.min(chart.rows, (row) => row.y), high = d3.max(chart.rows, (row) => row.y);
      return Plot.plot({
        style: STYLE, width: 620, height: 300, marginLeft: 60, marginBottom: 40,
        x: { label: chart.x, grid: true, nice: true }, y: { label: chart.y, grid: true, nice: true, domain: low < 0 || low > 0.5 * high ? [low, high] : [0, high] },
        color: { ...seriesColours(names), legend: names.length > 1 },
        marks: [
          Plot.line(chart.rows, { x: "x", y: "y", z: "series", stroke: "series", strokeWidth: 2, curve: chart.step ? "step-after" : "linear" }),
          chart.rows.length <= 60 ? Plot.dot(chart.rows, { x: "x", y: "y", fill: "series", r: 2.5 }) : null,
          Plot.tip(chart.rows, Plot.pointer({ x: "x", y: "y", fill: "var(--page)", title: (row) =>
            `${names.length > 1 ? `${row.series}\n` : ""}${chart.x}: ${upToThree.format(row.x)}\n${chart.y}: ${upToThree.format(row.y)}` })),
        ],
      });
    },
  };
  for (const chart of report.charts) {
    const host = make("div", { class: "plot-host" });
    const picture = pictures[chart.kind](chart);
    const drawing = picture.tagName.toLowerCase() === "svg" ? picture : picture.querySelector(":scope > svg");
    asImage(drawing, `${chart.title}. The same figures are in the table below it.`);
    host.append(picture);
    const figures = make("details", {}, make("summary", {}, "The figures as a table"));
    figures.addEventListener("toggle", () => { if (figures.open && figures.children.length === 1) figures.append(...tableElement(chart.table, { filtered: false })); }, { once: false });
    byId("pictures").append(make("figure", { id: chart.id },
      make("h3", {}, chart.title), chart.note ? make("p", { class: "note" }, chart.note) : null, host, figures));
  }

  // ---- Theme ----------------------------------------------------------------------------------------------------
  const theme = byId("theme"), themes = ["auto", "light", "dark"];
  theme.addEventListener("click", () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme ?? "auto") + 1) % themes.length];
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    theme.textContent = `Colours: ${next}`;
  });

  // ---- Map ------------------------------------------------------------------------------------------------------
  let pickCode = () => {}, pickOutcode = () => {};
  if (report.map) {
    const map = report.map, [west, north, east, south] = map.extent;
    const closed = (ring) => {
      let x = 0, y = 0;
      const points = [];
      for (let i = 0; i < ring.length; i += 2) points.push([(x += ring[i]), (y += ring[i + 1])]);
      return [...points, points[0]];
    };
    const codes = map.shapes.map((polygons, row) => ({
      type: "Feature", row, properties: {}, geometry: { type: "MultiPolygon", coordinates: polygons.map((rings) => rings.map(closed)) },
    }));
    const spots = (map.outcodes?.spots ?? []).map(([x, y], row) => ({ x, y, row }));
    const lines = (map.lines?.spots ?? []).map(([x1, y1, x2, y2], row) => ({ x1, y1, x2, y2, row }));
    const host = byId("map");
    const width = 640, height = 900;
    const asked = map.outcodes && (column(map.outcodes, "asked") ?? null);
    const most = asked ? d3.max(asked.values) || 1 : 1;
    // By area, as the eye compares dots by it.
    const radius = (spot) => (asked ? Math.max(2.2, 9 * Math.sqrt(cell(asked, spot.row) / most)) : 3);
    const linked = map.lines && column(map.lines, "links");
    const heaviest = linked ? d3.max(linked.values) : 1;

    const svg = Plot.plot({
      width, height, margin: 8, style: { background: "transparent", color: "inherit", fontFamily: "inherit" },
      projection: { type: "identity", domain: { type: "MultiPoint", coordinates: [[west, north], [east, south]] } },
      color: { type: "identity" }, r: { type: "identity" },
      marks: [
        Plot.geo(codes, { fill: "var(--none)", stroke: "var(--border)", strokeWidth: 0.5 }),
        Plot.link(lines, { x1: "x1", y1: "y1", x2: "x2", y2: "y2", stroke: "var(--line)", strokeLinecap: "round",
          strokeWidth: (line) => 0.8 + 2.4 * Math.sqrt(cell(linked, line.row) / heaviest), strokeOpacity: 0.85 }),
        Plot.dot(spots, { x: "x", y: "y", r: radius, fill: "var(--none)", stroke: "var(--mark)", strokeWidth: 0.6, sort: (spot) => -radius(spot) }),
      ],
    });
    const groups = [...svg.querySelectorAll(":scope > g")].filter((group) => /^(geo|link|dot)$/.test(group.getAttribute("aria-label")));
    const drawn = new Map(groups.map((group) => [group.getAttribute("aria-label"), group]));
    const layerOf = (label) => drawn.get(label);
    const view = document.createElementNS("http://www.w3.org/2000/svg", "g");
    svg.append(view);
    view.append(...groups);
    const parts = (label, kind) => {
      const found = [...(layerOf(label)?.children ?? [])];
      for (const node of found) { node.dataset.kind = kind; node.dataset.row = node.__data__; }
      return found;
    };
    const codePaths = parts("geo", "code"), linePaths = parts("link", "line"), dots = parts("dot", "outcode");
    const sizes = dots.map((dot) => Number(dot.getAttribute("r")));
    asImage(svg, "");
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("id", "uk");
    host.prepend(svg);

    // Layers
    let layer = map.layers[0];
    const place = (labels) => byId("layers").append(...labels);
    place(map.layers.map((one, number) => {
      const radio = make("input", { type: "radio", name: "layer", value: one.id, checked: number === 0 });
      radio.addEventListener("change", () => { layer = one; paint(); });
      return make("label", { class: "choice" }, radio, one.label);
    }));
    const colour = (number) => (number < 0 ? "var(--none)" : `var(--${layer.colours[number]})`);
    const swatch = (fill) => {
      const box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      for (const [key, value] of [["width", 22], ["height", 14], ["aria-hidden", "true"]]) box.setAttribute(key, value);
      const inside = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const [key, value] of [["width", 22], ["height", 14], ["fill", fill], ["stroke", "var(--border)"]]) inside.setAttribute(key, value);
      box.append(inside);
      return box;
    };
    const paint = () => {
      codePaths.forEach((path) => path.setAttribute("fill", colour(layer.classes[path.dataset.row])));
      dots.forEach((dot) => dot.setAttribute("fill", layer.outcodes ? colour(layer.outcodes[dot.dataset.row]) : "transparent"));
      byId("layer-note").textContent = layer.note;
      byId("key").replaceChildren(...layer.labels.map((label, number) => make("li", {}, swatch(colour(number)), label)),
        make("li", {}, swatch("var(--none)"), layer.absent));
      svg.setAttribute("aria-label", `Map of the United Kingdom by area code: ${layer.label}. The same figures are in the table “Area codes”, and of an area code or outcode that is chosen they are told beside the map.`);
      if (picked) tell(picked);
    };

    // What is under the pointer, and what was chosen
    const figuresOf = (table, row, current) => {
      const list = make("dl");
      for (const one of table.columns) {
        if (["area_code", "name", "outcode"].includes(one.key)) continue;
        const now = one.key === current ? "now" : "";
        list.append(make("dt", { class: now }, one.label), make("dd", { class: now }, shown(one, row) || "–"));
      }
      return list;
    };
    const described = ({ kind, row }) => {
      if (kind === "code") {
        const table = map.area_codes;
        return [make("strong", {}, `${shown(column(table, "area_code"), row)} ${shown(column(table, "name"), row)}`), figuresOf(table, row, layer.column)];
      }
      if (kind === "outcode") {
        const table = map.outcodes;
        return [make("strong", {}, `Outcode ${shown(column(table, "outcode"), row)}, in ${shown(column(table, "area_code"), row)} ${shown(column(table, "name"), row)}`), figuresOf(table, row, layer.column)];
      }
      const table = map.lines;
      return [make("strong", {}, `${shown(column(table, "outcode"), row)} served by ${shown(column(table, "area_code"), row)} ${shown(column(table, "name"), row)}`), figuresOf(table, row, "")];
    };
    const tip = byId("tip");
    let hovered = null;
    const target = (event) => event.target.closest?.("[data-kind]");
    svg.addEventListener("pointermove", (event) => {
      const node = target(event);
      if (hovered !== node) {
        hovered?.classList.remove("hovered");
        hovered = node;
        if (node) { node.classList.add("hovered"); tip.replaceChildren(...described({ kind: node.dataset.kind, row: Number(node.dataset.row) })); }
      }
      tip.hidden = !node;
      if (!node) return;
      const box = tip.getBoundingClientRect();
      tip.style.left = `${Math.max(4, Math.min(event.clientX + 16, innerWidth - box.width - 8))}px`;
      tip.style.top = `${Math.max(4, event.clientY + 16 + box.height > innerHeight ? event.clientY - box.height - 12 : event.clientY + 16)}px`;
    });
    svg.addEventListener("pointerleave", () => { hovered?.classList.remove("hovered"); hovered = null; tip.hidden = true; });

    let picked = null;
    const tell = (one) => byId("picked").replaceChildren(...described(one));
    const pick = (one) => {
      picked = one;
      svg.querySelectorAll(".picked").forEach((node) => node.classList.remove("picked"));
      const node = (one.kind === "code" ? codePaths : one.kind === "outcode" ? dots : linePaths).find((path) => Number(path.dataset.row) === one.row);
      if (node) { node.classList.add("picked"); if (one.kind === "code") node.parentNode.append(node); }
      tell(one);
    };
    svg.addEventListener("click", (event) => {
      const node = target(event);
      if (!node) return;
      const one = { kind: node.dataset.kind, row: Number(node.dataset.row) };
      pick(one);
      if (one.kind === "code") { const table = map.area_codes; setFilter("code", `${shown(column(table, "area_code"), one.row)} ${shown(column(table, "name"), one.row)}`); }
      else setFilter("outcode", cell(column(one.kind === "outcode" ? map.outcodes : map.lines, "outcode"), one.row));
    });
    pickCode = (code, zoomed) => {
      const wanted = column(map.area_codes, "area_code");
      const row = d3.range(map.area_codes.rows).find((one) => cell(wanted, one) === code);
      if (row === undefined) return;
      pick({ kind: "code", row });
      if (zoomed) { fit(d3.geoPath(d3.geoIdentity()).bounds(codes[row].geometry).flat(), 0.6); svg.scrollIntoView({ block: "center" }); svg.focus({ preventScroll: true }); }
    };
    pickOutcode = (outcode) => {
      const wanted = map.outcodes && column(map.outcodes, "outcode");
      const row = wanted ? d3.range(map.outcodes.rows).find((one) => cell(wanted, one) === outcode) : undefined;
      if (row === undefined) return;
      byId("show-dots").checked = true;
      toggle();
      pick({ kind: "outcode", row });
      const { x, y } = spots[row];
      fit([x - 300, y - 300, x + 300, y + 300], 1);
      svg.scrollIntoView({ block: "center" });
      svg.focus({ preventScroll: true });
    };

    // Zoom
    const scale = Math.min((width - 16) / (east - west), (height - 16) / (south - north));
    const left = (width - scale * (east - west)) / 2, top = (height - scale * (south - north)) / 2;
    const pixel = (x, y) => [left + (x - west) * scale, top + (y - north) * scale];
    const ruler = () => {
      const shownKm = (map.unit_km / scale / zoomed.k) * (width / svg.getBoundingClientRect().width || 1);
      const km = [200, 100, 50, 20, 10, 5, 2, 1, 0.5].find((one) => one / shownKm <= 130) ?? 0.5;
      byId("scale-bar").style.width = `${km / shownKm}px`;
      byId("scale-bar").textContent = `${km} km`;
    };
    let zoomed = d3.zoomIdentity;
    const zoom = d3.zoom().scaleExtent([1, 60]).translateExtent([[-width, -height / 4], [2 * width, 1.25 * height]])
      .filter((event) => event.type === "wheel" ? event.ctrlKey || event.metaKey : !event.button && !(event.type === "touchstart" && event.touches.length < 2))
      .on("zoom", ({ transform }) => {
        zoomed = transform;
        view.setAttribute("transform", transform);
        dots.forEach((dot, number) => {
          dot.setAttribute("r", sizes[number] * Math.min(1 + Math.log2(transform.k) / 4, 2) / transform.k);
        });
        ruler();
      });
    const chart = d3.select(svg).call(zoom).on("dblclick.zoom", null);
    const fit = ([x0, y0, x1, y1], share = 1) => {
      const [a, b] = pixel(x0, y0), [c, d] = pixel(x1, y1);
      const k = Math.min(60, Math.max(1, share * Math.min((width - 16) / (c - a), (height - 16) / (d - b))));
      chart.call(zoom.transform, d3.zoomIdentity.translate(width / 2 - (k * (a + c)) / 2, height / 2 - (k * (b + d)) / 2).scale(k));
    };
    byId("zoom-in").addEventListener("click", () => chart.call(zoom.scaleBy, 1.6));
    byId("zoom-out").addEventListener("click", () => chart.call(zoom.scaleBy, 1 / 1.6));
    byId("zoom-all").addEventListener("click", () => fit(map.extent));
    byId("zoom-links").addEventListener("click", () => fit(map.focus));
    byId("zoom-links").hidden = String(map.focus) === String(map.extent);
    const KEYS = { "+": () => chart.call(zoom.scaleBy, 1.6), "=": () => chart.call(zoom.scaleBy, 1.6), "-": () => chart.call(zoom.scaleBy, 1 / 1.6), 0: () => fit(map.extent),
      ArrowLeft: () => chart.call(zoom.translateBy, 60 / zoomed.k, 0), ArrowRight: () => chart.call(zoom.translateBy, -60 / zoomed.k, 0),
      ArrowUp: () => chart.call(zoom.translateBy, 0, 60 / zoomed.k), ArrowDown: () => chart.call(zoom.translateBy, 0, -60 / zoomed.k) };
    svg.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
      event.preventDefault();
      KEYS[event.key]();
    });
    addEventListener("resize", ruler);

    // What is drawn
    const toggle = () => {
      const spotted = spots.length > 0 && byId("show-dots").checked;
      if (spots.length) layerOf("dot").style.display = spotted ? "" : "none";
      // The dots tell more than the colour of the whole area code, which would drown them.
      host.classList.toggle("spotted", spotted);
      if (lines.length) layerOf("link").style.display = byId("show-lines").checked ? "" : "none";
    };
    byId("show-dots").checked = map.dots;
    byId("show-dots").closest("label").hidden = !spots.length;
    byId("show-lines").checked = lines.length > 0 && lines.length <= 2000;
    byId("show-lines").closest("label").hidden = !lines.length;
    byId("show-lines").closest("fieldset").hidden = !lines.length && !spots.length;
    byId("show-dots").addEventListener("change", toggle);
    byId("show-lines").addEventListener("change", toggle);
    toggle();
    paint();
    fit(map.focus);
  }
  document.documentElement.dataset.ready = "yes";
})();
