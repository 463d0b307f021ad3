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

  const draw = (name, attributes = {}) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const greatest = (values) => values.reduce((most, value) => (value > most ? value : most), 0);
  const upTo = (count) => Array.from({ length: count }, (_, number) => number);

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
      let rows = filtered ? passing(table) : upTo(table.rows);
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

  // ---- Charts -------------------------------------------------------------------------------------------------
  // A drawing is one image for a screen reader, which finds its figures in the table.
  const asImage = (drawing, label) => {
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", label);
  };
  // Its expressions are interpreted ("ast"), as the page forbids to compile them; its own styles would add a border.
  const EMBEDDED = { mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, hover: false,
    tooltip: { theme: "page", disableDefaultStyle: true, offsetX: 14, offsetY: 14 } };
  const drawings = [];
  for (const chart of report.charts) {
    const host = make("div", { class: "plot-host" });
    drawings.push(vegaEmbed(host, chart.spec, EMBEDDED).then(() =>
      asImage(host.querySelector("svg"), `${chart.title}. The same figures are in the table below it.`)));
    const figures = make("details", {}, make("summary", {}, "The figures as a table"));
    figures.addEventListener("toggle", () => { if (figures.open && figures.children.length === 1) figures.append(...tableElement(chart.table, { filtered: false })); });
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
    const width = 640, height = 900, margin = 8;
    const scale = Math.min((width - 2 * margin) / (east - west), (height - 2 * margin) / (south - north));
    const left = (width - scale * (east - west)) / 2, top = (height - scale * (south - north)) / 2;
    const pixel = (x, y) => [left + (x - west) * scale, top + (y - north) * scale];

    const host = byId("map");
    const svg = draw("svg", { id: "uk", width, height, viewBox: `0 0 ${width} ${height}`, tabindex: 0, role: "img" });
    const view = draw("g");
    svg.append(view);
    host.prepend(svg);
    const layerOf = (attributes, nodes) => {
      const group = draw("g", attributes);
      group.append(...nodes);
      view.append(group);
      return group;
    };
    const part = (name, kind, row, attributes) => draw(name, { "data-kind": kind, "data-row": row, ...attributes });

    // A ring is its first vertex and the steps from there, which is what a path wants.
    const path = (polygons) => polygons.flat().map(([x, y, ...steps]) => `M${x} ${y}l${steps.join(" ")}z`).join("");
    const codePaths = map.shapes.map((polygons, row) => part("path", "code", row, { d: path(polygons) }));
    layerOf({ stroke: "var(--border)", "stroke-width": 0.5, "fill-rule": "evenodd",
      transform: `translate(${left} ${top}) scale(${scale}) translate(${-west} ${-north})` }, codePaths);

    const linked = map.lines && column(map.lines, "links"), heaviest = linked ? greatest(linked.values) : 1;
    const linePaths = (map.lines?.spots ?? []).map(([x1, y1, x2, y2], row) => part("path", "line", row, {
      d: `M${pixel(x1, y1)}L${pixel(x2, y2)}`, "stroke-width": 0.8 + 2.4 * Math.sqrt(cell(linked, row) / heaviest) }));
    const lines = layerOf({ fill: "none", stroke: "var(--line)", "stroke-linecap": "round", "stroke-opacity": 0.85 }, linePaths);

    const spots = map.outcodes?.spots ?? [];
    const asked = map.outcodes && (column(map.outcodes, "asked") ?? null);
    const most = (asked && greatest(asked.values)) || 1;
    // By area, as the eye compares dots by it.
    const sizes = spots.map((_, row) => (asked ? Math.max(2.2, 9 * Math.sqrt(cell(asked, row) / most)) : 3));
    // The small ones above the large ones.
    const dots = upTo(spots.length).sort((a, b) => sizes[b] - sizes[a] || a - b).map((row) => {
      const [cx, cy] = pixel(...spots[row]);
      return part("circle", "outcode", row, { cx, cy, r: sizes[row] });
    });
    const dotted = layerOf({ stroke: "var(--mark)", "stroke-width": 0.6 }, dots);

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
      const box = draw("svg", { width: 22, height: 14, "aria-hidden": "true" });
      box.append(draw("rect", { width: 22, height: 14, fill, stroke: "var(--border)" }));
      return box;
    };
    const paint = () => {
      codePaths.forEach((path) => path.setAttribute("fill", colour(layer.classes[path.dataset.row])));
      dots.forEach((dot) => dot.setAttribute("fill", layer.outcodes ? colour(layer.outcodes[dot.dataset.row]) : "transparent"));
      byId("layer-note").textContent = layer.note;
      byId("key").replaceChildren(...layer.labels.map((label, number) => make("li", {}, swatch(colour(number)), label)),
        make("li", {}, swatch("var(--none)"), layer.absent));
      asImage(svg, `Map of the United Kingdom by area code: ${layer.label}. The same figures are in the table “Area codes”, and of an area code or outcode that is chosen they are told beside the map.`);
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
    const boundsOf = (polygons) => {
      const bounds = [Infinity, Infinity, -Infinity, -Infinity];
      for (const [ring] of polygons) {
        for (let i = 0, x = 0, y = 0; i < ring.length; i += 2) {
          x += ring[i];
          y += ring[i + 1];
          bounds.splice(0, 4, Math.min(bounds[0], x), Math.min(bounds[1], y), Math.max(bounds[2], x), Math.max(bounds[3], y));
        }
      }
      return bounds;
    };
    pickCode = (code, zoomed) => {
      const wanted = column(map.area_codes, "area_code");
      const row = upTo(map.area_codes.rows).find((one) => cell(wanted, one) === code);
      if (row === undefined) return;
      pick({ kind: "code", row });
      if (zoomed) { fit(boundsOf(map.shapes[row]), 0.6); svg.scrollIntoView({ block: "center" }); svg.focus({ preventScroll: true }); }
    };
    pickOutcode = (outcode) => {
      const wanted = map.outcodes && column(map.outcodes, "outcode");
      const row = wanted ? upTo(map.outcodes.rows).find((one) => cell(wanted, one) === outcode) : undefined;
      if (row === undefined) return;
      byId("show-dots").checked = true;
      toggle();
      pick({ kind: "outcode", row });
      const [x, y] = spots[row];
      fit([x - 300, y - 300, x + 300, y + 300], 1);
      svg.scrollIntoView({ block: "center" });
      svg.focus({ preventScroll: true });
    };

    // Zoom: a point of the drawing is seen at k times itself, and moved by x and y.
    const CLOSEST = 60, SHEET = [[-width, 2 * width], [-height / 4, 1.25 * height]];
    let seen = { k: 1, x: 0, y: 0 };
    const ruler = () => {
      const shownKm = (map.unit_km / scale / seen.k) * (width / svg.getBoundingClientRect().width || 1);
      const km = [200, 100, 50, 20, 10, 5, 2, 1, 0.5].find((one) => one / shownKm <= 130) ?? 0.5;
      byId("scale-bar").style.width = `${km / shownKm}px`;
      byId("scale-bar").textContent = `${km} km`;
    };
    // The window stays on the sheet; where the sheet is the smaller of the two it lies in the middle.
    const held = (moved, k, size, [low, high]) => {
      const least = size - k * high, most = -k * low;
      return least > most ? (least + most) / 2 : Math.min(Math.max(moved, least), most);
    };
    const see = (k, x, y) => {
      seen = { k, x: held(x, k, width, SHEET[0]), y: held(y, k, height, SHEET[1]) };
      view.setAttribute("transform", `translate(${seen.x},${seen.y}) scale(${k})`);
      for (const dot of dots) dot.setAttribute("r", (sizes[dot.dataset.row] * Math.min(1 + Math.log2(k) / 4, 2)) / k);
      ruler();
    };
    // What lies at a point of the picture stays there.
    const zoomBy = (factor, [px, py] = [width / 2, height / 2]) => {
      const k = Math.min(CLOSEST, Math.max(1, seen.k * factor));
      see(k, px - ((px - seen.x) * k) / seen.k, py - ((py - seen.y) * k) / seen.k);
    };
    const moveBy = (dx, dy) => see(seen.k, seen.x + dx, seen.y + dy);
    const fit = ([x0, y0, x1, y1], share = 1) => {
      const [a, b] = pixel(x0, y0), [c, d] = pixel(x1, y1);
      const k = Math.min(CLOSEST, Math.max(1, share * Math.min((width - 2 * margin) / (c - a), (height - 2 * margin) / (d - b))));
      see(k, width / 2 - (k * (a + c)) / 2, height / 2 - (k * (b + d)) / 2);
    };

    // The pointers that hold the drawing: one moves it, two pinch it. One finger scrolls the page, as everywhere.
    const inPicture = ({ clientX, clientY }) => {
      const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
      return [x, y];
    };
    const SLACK = 3;
    const holding = new Map();
    let dragged = false;
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      if (holding.size === 0) dragged = false;
      holding.set(event.pointerId, { at: inPicture(event), from: [event.clientX, event.clientY] });
    });
    svg.addEventListener("pointermove", (event) => {
      const held = holding.get(event.pointerId);
      if (!held || (event.pointerType === "touch" && holding.size < 2)) return;
      if (!dragged && Math.hypot(event.clientX - held.from[0], event.clientY - held.from[1]) < SLACK) return;
      // Not sooner, as a captured pointer clicks on nothing but the whole map.
      if (!dragged) svg.setPointerCapture(event.pointerId);
      dragged = true;
      const now = inPicture(event), [other] = [...holding].filter(([id]) => id !== event.pointerId).map(([, one]) => one.at);
      if (other) zoomBy(Math.hypot(now[0] - other[0], now[1] - other[1]) / (Math.hypot(held.at[0] - other[0], held.at[1] - other[1]) || 1), other);
      else moveBy(now[0] - held.at[0], now[1] - held.at[1]);
      held.at = now;
    });
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, (event) => holding.delete(event.pointerId));
    svg.addEventListener("click", (event) => { if (dragged) event.stopImmediatePropagation(); dragged = false; }, { capture: true });
    svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      // By pixels, lines or pages; a pinch on a touchpad comes as a wheel in small steps.
      const step = -event.deltaY * [0.002, 0.05, 1][event.deltaMode] * (event.ctrlKey ? 10 : 1);
      zoomBy(2 ** Math.max(-1, Math.min(1, step)), inPicture(event));
    }, { passive: false });

    const STEP = 1.6, STRIDE = 60;
    byId("zoom-in").addEventListener("click", () => zoomBy(STEP));
    byId("zoom-out").addEventListener("click", () => zoomBy(1 / STEP));
    byId("zoom-all").addEventListener("click", () => fit(map.extent));
    byId("zoom-links").addEventListener("click", () => fit(map.focus));
    byId("zoom-links").hidden = String(map.focus) === String(map.extent);
    const KEYS = { "+": () => zoomBy(STEP), "=": () => zoomBy(STEP), "-": () => zoomBy(1 / STEP), 0: () => fit(map.extent),
      ArrowLeft: () => moveBy(STRIDE, 0), ArrowRight: () => moveBy(-STRIDE, 0), ArrowUp: () => moveBy(0, STRIDE), ArrowDown: () => moveBy(0, -STRIDE) };
    svg.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
      event.preventDefault();
      KEYS[event.key]();
    });
    addEventListener("resize", ruler);

    // What is drawn
    const toggle = () => {
      const spotted = spots.length > 0 && byId("show-dots").checked;
      dotted.style.display = spotted ? "" : "none";
      // The dots tell more than the colour of the whole area code, which would drown them.
      host.classList.toggle("spotted", spotted);
      lines.style.display = byId("show-lines").checked ? "" : "none";
    };
    byId("show-dots").checked = map.dots;
    byId("show-dots").closest("label").hidden = !spots.length;
    byId("show-lines").checked = linePaths.length > 0 && linePaths.length <= 2000;
    byId("show-lines").closest("label").hidden = !linePaths.length;
    byId("show-lines").closest("fieldset").hidden = !linePaths.length && !spots.length;
    byId("show-dots").addEventListener("change", toggle);
    byId("show-lines").addEventListener("change", toggle);
    toggle();
    paint();
    fit(map.focus);
  }
  Promise.all(drawings).then(() => { document.documentElement.dataset.ready = "yes"; });
})();
